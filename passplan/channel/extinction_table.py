"""Transmittances that MODTRAN or libRadtran computed: a table over wavelength and elevation, in place of the laws here.

::

    # visibility_km = 23
    # height_m = 890
    # source = MODTRAN 6, mid-latitude winter, rural
    wavelength_nm,elevation_deg,transmittance
    848.0,90,0.812
    848.0,30,0.660

The angle is ``elevation_deg`` or ``zenith_deg``; the transmittance is that from space to the site, a share and not per
cent. Rows come in any order, and every wavelength has the same angles.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.extinction import airmass
from passplan.channel.passband import Passband, passband_mean
from passplan.checks import FloatArray, freeze, within
from passplan.errors import DomainError, InputError
from passplan.units import to_loss_db, to_transmittance

FLOOR_TRANSMITTANCE = 1e-30  # a printed 0 is cut at 300 dB, as every term of the budget
_ROUNDING = 1e-6  # the airmass is flat at the zenith, and its least value lies 0.02 deg beside it
_GO_ON = "atmosphere.extrapolate = true goes on beyond it"
_ANGLES = ("elevation_deg", "zenith_deg")
_COLUMNS = ("wavelength_nm", *_ANGLES, "transmittance")
_LIMITS = {
    "wavelength_nm": (100.0, 1e5),
    "elevation_deg": (0.0, 90.0),
    "zenith_deg": (0.0, 90.0),
    "transmittance": (0.0, 1.0),
}
_HEADER = re.compile(r"#\s*(visibility_km|height_m|source)\s*=\s*(.*\S)")
_HEADER_LIMITS = {"visibility_km": (0.05, 1000.0), "height_m": (-500.0, 9000.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtinctionTable:
    """Slant transmittances on a grid of m wavelengths and k airmasses, read-only.

    wavelength_nm : rising [nm], shape (m,)
    airmass : Kasten-Young airmass of the tabulated elevations, rising [1], shape (k,)
    transmittance : from space to the site [1], in [1e-30, 1], shape (m, k)
    visibility_km, height_m : for which the table was made [km], [m above the sea]; None where the file says nothing
    source : what the file says of its origin
    file : its name, for messages
    """

    wavelength_nm: FloatArray
    airmass: FloatArray
    transmittance: FloatArray
    visibility_km: float | None = None
    height_m: float | None = None
    source: str = ""
    file: str = "extinction table"

    def __post_init__(self) -> None:
        within("ExtinctionTable.transmittance", self.transmittance, FLOOR_TRANSMITTANCE, 1.0)
        freeze(self.wavelength_nm, self.airmass, self.transmittance)

    @property
    def label(self) -> str:
        """File, source and visibility in a few words."""
        told = [self.source] if self.source else []
        told += [] if self.visibility_km is None else [f"visibility {self.visibility_km:g} km"]
        return ": ".join([Path(self.file).name, *([", ".join(told)] if told else [])])

    @property
    def elevation_range_deg(self) -> tuple[float, float]:
        """Lowest and highest tabulated elevation [deg], to 0.01 deg; 90 from 89.9 deg on, where the airmass is flat."""
        grid_deg = np.append(90.0, np.linspace(89.9, 0.0, 8991))
        high, low = np.interp(self.airmass[[0, -1]], airmass(elevation_deg=grid_deg), grid_deg)
        low_deg, high_deg = (90.0 if deg > 89.9 else round(float(deg), 2) for deg in (low, high))
        return low_deg, high_deg


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTransmittance:
    """What a table says of a slant path.

    transmittance : shape (...) [1], read-only
    is_extrapolated : shape (...), whether the value was continued beyond the table, read-only
    """

    transmittance: FloatArray
    is_extrapolated: np.ndarray

    def __post_init__(self) -> None:
        freeze(self.transmittance, self.is_extrapolated)


def read_extinction_table(path: Path) -> ExtinctionTable:
    """Table of a CSV file [nm, deg, 1]; see the head of this module for its form.

    Raises
    ------
    InputError
        If the file cannot be read, or with every fault of the table, one a line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    return parse_extinction_table(lines, source=str(path))


def parse_extinction_table(lines: Iterable[str], *, source: str) -> ExtinctionTable:
    """Table of the lines of a CSV file [nm, deg, 1]; ``source`` names it in messages.

    Raises
    ------
    InputError
        With every fault, one a line: source, line, column, value and limit; a missing, unknown or doubled column, a row
        of wrong length, a value out of its limits or not a number, a pair that stands twice or is missing.
    """
    faults: list[str] = []
    kept = [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
    said = _header([item for item in kept if item[1].startswith("#")], faults)
    rows = [item for item in kept if not item[1].startswith("#")]
    names = [cell.strip() for cell in rows[0][1].split(",")] if rows else []
    faults += _column_faults(names)
    points: dict[tuple[float, float], float] = {}
    all_placed = True
    for number, line in rows[1:] if not faults else []:
        all_placed &= _add_point(number, next(csv.reader([line], skipinitialspace=True)), names, points, faults)
    wavelengths = sorted({nm for nm, _ in points})
    elevations = sorted({deg for _, deg in points}, reverse=True)
    if all_placed:  # a row whose place is unknown may be the one that would seem to be missing
        faults += [
            f"no row for wavelength_nm {nm:g} at elevation {deg:g} deg: every wavelength needs the same angles"
            for nm, deg in product(wavelengths, elevations)
            if (nm, deg) not in points
        ]
    if not points and not faults:
        faults.append("the table has no rows")
    if faults:
        raise InputError("\n".join(f"{source}: {fault}" for fault in faults))
    grid = np.array([[points[nm, deg] for deg in elevations] for nm in wavelengths])
    return ExtinctionTable(
        wavelength_nm=np.array(wavelengths),
        airmass=airmass(elevation_deg=elevations),
        transmittance=np.maximum(grid, FLOOR_TRANSMITTANCE),
        visibility_km=said.get("visibility_km"),
        height_m=said.get("height_m"),
        source=next((text for _, line in kept for name, text in _HEADER.findall(line) if name == "source"), ""),
        file=source,
    )


def table_transmittance(
    table: ExtinctionTable,
    *,
    elevation_deg: ArrayLike,
    wavelength_nm: float | None = None,
    passband: Passband | None = None,
    extrapolate: bool = False,
) -> TableTransmittance:
    """Transmittance along a slant path, of one line or averaged over a passband.

    Parameters
    ----------
    table : ExtinctionTable
        The table.
    elevation_deg : array_like, shape (...)
        Apparent elevation [deg], in [0, 90].
    wavelength_nm : float, optional
        Wavelength of the line [nm].
    passband : Passband, optional
        The filter instead of a line; flat spectrum.
    extrapolate : bool
        Continue beyond the table: the outermost slopes of the logarithm go on, and a table of one airmass is taken
        through the origin. Such values are marked in ``is_extrapolated``. A passband must lie inside in any case.

    Returns
    -------
    TableTransmittance
        Values and marks.

    Raises
    ------
    DomainError
        If not exactly one of wavelength and passband is given, the elevation is out of [0, 90], or a value lies outside
        the table and ``extrapolate`` is false.

    Notes
    -----
    The loss in dB is linear in the wavelength and in the Kasten-Young airmass between the tabulated points. A passband
    is averaged at each tabulated airmass, as a transmittance; between these its logarithm is linear.
    """
    if (wavelength_nm is None) == (passband is None):
        raise DomainError("give either wavelength_nm or passband")
    path = airmass(elevation_deg=elevation_deg)
    low, high = table.airmass[0], table.airmass[-1]
    outside = (path < low * (1.0 - _ROUNDING)) | (path > high * (1.0 + _ROUNDING))
    beside = False
    if passband is not None:
        mean = passband_mean(table.transmittance.T, wavelength_nm=table.wavelength_nm, passband=passband)
        knots_db = to_loss_db(mean)
    else:
        nm = float(wavelength_nm or 0.0)
        beside = not table.wavelength_nm[0] <= nm <= table.wavelength_nm[-1]
        if beside and not extrapolate:
            ends = f"[{table.wavelength_nm[0]:g}, {table.wavelength_nm[-1]:g}]"
            raise DomainError(f"{table.file}: wavelength_nm is {nm:g}, must lie in {ends} nm; {_GO_ON}")
        first = int(np.searchsorted(table.wavelength_nm[1:-1], nm, side="right"))
        near = slice(first, first + 2)  # the two rows that the line needs, in place of a whole large table
        knots_db = _line(nm, table.wavelength_nm[near], to_loss_db(table.transmittance[near]))
    if np.any(outside) and not extrapolate:
        worst = int(np.argmax(np.where(outside, np.abs(path - low), -1.0)))
        ends = "[{:g}, {:g}]".format(*table.elevation_range_deg)
        raise DomainError(
            f"{table.file}: elevation_deg is {np.ravel(elevation_deg)[worst]:.4g}, must lie in {ends} deg; {_GO_ON}"
        )
    through_origin = table.airmass.size == 1
    loss_db = knots_db[0] * path / low if through_origin else _line(path, table.airmass, knots_db)
    return TableTransmittance(
        transmittance=np.asarray(to_transmittance(np.maximum(loss_db, 0.0))),
        is_extrapolated=np.asarray(outside | beside),
    )


def _line(x: ArrayLike, knots: FloatArray, values: FloatArray) -> FloatArray:
    """Straight lines through values at the knots (first axis), the outer ones continued; one knot: its value."""
    if knots.size == 1:
        return values[0]
    place = np.asarray(x, dtype=float)
    left = np.clip(np.searchsorted(knots, place, side="right") - 1, 0, knots.size - 2)
    part = (place - knots[left]) / (knots[left + 1] - knots[left])
    return values[left] * (1.0 - part) + values[left + 1] * part


def _header(comments: list[tuple[int, str]], faults: list[str]) -> dict[str, float]:
    """Numbers that the comments state; other comments are passed over."""
    said: dict[str, float] = {}
    for number, line in comments:
        for name, text in _HEADER.findall(line):
            if name in _HEADER_LIMITS:
                value = _number(text, number, name, _HEADER_LIMITS[name], faults)
                said |= {} if value is None else {name: value}
    return said


def _column_faults(names: list[str]) -> list[str]:
    faults = [f"column {name!r} is not known; allowed: {', '.join(_COLUMNS)}" for name in names if name not in _COLUMNS]
    faults += [f"column {name} is missing" for name in ("wavelength_nm", "transmittance") if name not in names]
    faults += [f"column {name} stands twice" for name in _COLUMNS if names.count(name) > 1]
    if sum(name in names for name in _ANGLES) != 1:
        faults.append("the table needs one column of elevation_deg and zenith_deg")
    return faults


def _add_point(
    number: int, row: list[str], names: list[str], points: dict[tuple[float, float], float], faults: list[str]
) -> bool:
    """Put one row among the points, or say what is wrong with it; whether its place among them is known."""
    if len(row) != len(names):
        faults.append(f"line {number} has {len(row)} cells, must have {len(names)}")
        return False
    cells = {name: _number(text, number, name, _LIMITS[name], faults) for name, text in zip(names, row, strict=True)}
    values = {name: value for name, value in cells.items() if value is not None}
    if len({*cells} - {*values, "transmittance"}):
        return False
    elevation_deg = values["elevation_deg"] if "elevation_deg" in values else 90.0 - values["zenith_deg"]
    place = (values["wavelength_nm"], round(elevation_deg, 9))
    if place in points:
        faults.append(f"line {number}: wavelength_nm {place[0]:g} at elevation {place[1]:g} deg stands twice")
    points[place] = values.get("transmittance", 1.0)  # 1 stands in for a fault that has been told
    return True


def _number(text: str, number: int, name: str, limits: tuple[float, float], faults: list[str]) -> float | None:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if limits[0] <= value <= limits[1]:
        return value
    faults.append(f"line {number}: {name} is {text.strip()!r}, must be a number in [{limits[0]:g}, {limits[1]:g}]")
    return None
