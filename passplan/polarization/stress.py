"""Retardance of the telescope as a map over where the mount points: glass under stress, bent windows, coated domes.

Where no model is to be had, a retarder is measured: at each azimuth and elevation the retardance G, the angle a of its
axis, and, where it turns the polarization too, the circular part C. The Poincare vector (G cos 2a, G sin 2a, C) is what
varies smoothly (the axis alone jumps where G passes through 0, and by 180 deg), so it is interpolated between the
points of the map, linearly in both angles, and made a Jones matrix at the end. Source of the exponential form: Jones,
J. Opt. Soc. Am. 38, 671 (1948) (recalled, not re-read); tested against retarder and rotator.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.checks import FloatArray, freeze, nearest_spelling, same_length, within
from passplan.errors import DomainError, InputError
from passplan.polarization.jones import ComplexArray
from passplan.units import to_rad

NEEDED = ("azimuth_deg", "elevation_deg", "retardance_deg", "axis_deg")
COLUMNS = (*NEEDED, "circular_deg")
LIMITS = {"azimuth_deg": (-360.0, 360.0), "elevation_deg": (-90.0, 90.0)}  # [deg]; the others need only be finite

_CIRCLE_DEG = 360.0
_ROUNDING_DEG = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JonesMap:
    """Retardance over azimuth and elevation of the mount, in the basis (H, V) of the place where it acts.

    azimuth_deg : azimuths of the map [deg], shape (na,), increasing, at most one turn
    elevation_deg : elevations of the map [deg], shape (ne,), increasing
    retardance_deg : Poincare vectors (G cos 2a, G sin 2a, C) [deg], shape (na, ne, 3): G delays the component across
        the axis a, C > 0 turns linear states by C / 2 from x to y
    source : file or place of the map, for messages

    The azimuths go round the circle when the step that closes it is no longer than the longest of the others;
    otherwise the map covers the sector from the first to the last.
    """

    azimuth_deg: FloatArray
    elevation_deg: FloatArray
    retardance_deg: FloatArray
    source: str = "Jones map"

    def __post_init__(self) -> None:
        """Refuse a grid that is none; mark the arrays read-only."""
        for name, grid_deg in (("azimuth_deg", self.azimuth_deg), ("elevation_deg", self.elevation_deg)):
            if grid_deg.ndim != 1 or grid_deg.size < 2 or not np.all(np.diff(grid_deg) > 0.0):
                raise DomainError(f"{self.source}: {name} must hold at least two increasing angles [deg]")
            within(f"{self.source}: {name}", grid_deg, *LIMITS[name])
        shape = (self.azimuth_deg.size, self.elevation_deg.size, 3)
        if self.retardance_deg.shape != shape:
            raise DomainError(
                f"{self.source}: retardance_deg has the shape {self.retardance_deg.shape}, must be {shape}"
            )
        within(f"{self.source}: retardance_deg", self.retardance_deg, -inf, inf, ends="()")
        self._check_turn()
        freeze(self.azimuth_deg, self.elevation_deg, self.retardance_deg)

    def _check_turn(self) -> None:
        first_deg, last_deg = self.azimuth_deg[0], self.azimuth_deg[-1]
        if self.closing_deg < -_ROUNDING_DEG:
            raise DomainError(
                f"{self.source}: azimuth_deg goes from {first_deg:g} to {last_deg:g} deg, must stay within one turn"
            )
        apart_deg = np.abs(self.retardance_deg[-1] - self.retardance_deg[0]).max(axis=-1)
        if self.closing_deg <= _ROUNDING_DEG and apart_deg.max() > _ROUNDING_DEG:
            elevation_deg = self.elevation_deg[apart_deg.argmax()]
            raise DomainError(
                f"{self.source}: azimuth_deg {first_deg:g} and {last_deg:g} are one direction, but their retardances"
                f" differ by {apart_deg.max():g} deg at elevation_deg {elevation_deg:g}"
            )

    @property
    def closing_deg(self) -> float:
        """Step [deg] from the last azimuth on to the first; 0 when the first stands again at the end."""
        return float(_CIRCLE_DEG - (self.azimuth_deg[-1] - self.azimuth_deg[0]))

    @property
    def goes_round(self) -> bool:
        """Whether the azimuths cover the whole circle."""
        if self.closing_deg <= _ROUNDING_DEG:
            return True
        longest_deg = float(np.diff(self.azimuth_deg).max())
        return self.azimuth_deg.size > 2 and self.closing_deg <= longest_deg + _ROUNDING_DEG


def retarder_jones(*, retardance_deg: ArrayLike) -> ComplexArray:
    """Jones matrix of an elliptical retarder of a given Poincare vector.

    Parameters
    ----------
    retardance_deg : array_like, shape (..., 3)
        Vector (G cos 2a, G sin 2a, C) [deg]: Poincare's sphere turns about it by its length.

    Returns
    -------
    ndarray, shape (..., 2, 2)
        Unitary matrices exp(-i/2 (v1 P1 + v2 P2 + v3 P3)) [1], P the Pauli matrices of `stokes.py`.
    """
    vector_rad = to_rad(retardance_deg)
    linear, mixed, circular = np.moveaxis(vector_rad, -1, 0)
    length_rad = np.sqrt(linear**2 + mixed**2 + circular**2)
    cosine, scale = np.cos(0.5 * length_rad), 0.5 * np.sinc(length_rad / (2.0 * np.pi))  # also at length 0
    jones = np.empty((*length_rad.shape, 2, 2), dtype=complex)
    jones[..., 0, 0] = cosine - 1j * (scale * linear)
    jones[..., 0, 1] = -scale * (circular + 1j * mixed)
    jones[..., 1, 0] = scale * (circular - 1j * mixed)
    jones[..., 1, 1] = np.conj(jones[..., 0, 0])
    return jones


def poincare_vector_deg(*, retardance_deg: ArrayLike, axis_deg: ArrayLike, circular_deg: ArrayLike = 0.0) -> FloatArray:
    """Poincare vector of a retarder.

    Parameters
    ----------
    retardance_deg : array_like, shape (...)
        Linear retardance G [deg], by which the component across the axis lags.
    axis_deg : array_like, shape (...)
        Angle of the axis from the horizontal [deg].
    circular_deg : array_like, shape (...)
        Circular retardance C [deg]; twice the angle by which it turns linear states. Inputs broadcast.

    Returns
    -------
    ndarray, shape (..., 3)
        (G cos 2a, G sin 2a, C) [deg].
    """
    double_rad = 2.0 * to_rad(axis_deg)
    linear_deg = np.asarray(retardance_deg, dtype=float)
    parts = (linear_deg * np.cos(double_rad), linear_deg * np.sin(double_rad), np.asarray(circular_deg, dtype=float))
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


def stress_jones(jones_map: JonesMap, *, azimuth_deg: ArrayLike, elevation_deg: ArrayLike) -> ComplexArray:
    """Jones matrices of the map along a pass.

    Parameters
    ----------
    jones_map : JonesMap
        The measured retardance.
    azimuth_deg, elevation_deg : array_like, shape (n,)
        Where the mount points [deg]; the azimuth counts modulo 360.

    Returns
    -------
    ndarray, shape (n, 2, 2)
        Unitary matrices [1].

    Raises
    ------
    DomainError
        If the map does not cover a direction of the pass (its range and the first direction outside are named), or
        the arrays differ in length.
    """
    azimuths_deg, elevations_deg = np.asarray(azimuth_deg, dtype=float), np.asarray(elevation_deg, dtype=float)
    same_length(azimuth_deg=azimuths_deg, elevation_deg=elevations_deg)
    within("azimuth_deg", azimuths_deg, -inf, inf, ends="()")
    first_deg, grid_deg, values = jones_map.azimuth_deg[0], jones_map.azimuth_deg, jones_map.retardance_deg
    turned_deg = first_deg + np.mod(azimuths_deg - first_deg + _ROUNDING_DEG, _CIRCLE_DEG) - _ROUNDING_DEG
    if jones_map.goes_round and jones_map.closing_deg > _ROUNDING_DEG:
        grid_deg = np.append(grid_deg, first_deg + _CIRCLE_DEG)
        values = np.concatenate([values, values[:1]])  # the first azimuth again, one turn on
    _refuse_outside(jones_map, "azimuth_deg", turned_deg, grid_deg)
    _refuse_outside(jones_map, "elevation_deg", elevations_deg, jones_map.elevation_deg)
    column, right = _cell(grid_deg, turned_deg)
    row, upper = _cell(jones_map.elevation_deg, elevations_deg)
    parts = np.moveaxis(values, -1, 0).reshape(3, -1)
    high = jones_map.elevation_deg.size
    corner = column * high + row
    left_deg, right_deg = (
        (1.0 - upper) * parts.take(one, axis=1) + upper * parts.take(one + 1, axis=1) for one in (corner, corner + high)
    )
    return retarder_jones(retardance_deg=np.moveaxis((1.0 - right) * left_deg + right * right_deg, 0, -1))


def read_jones_map(path: str | Path) -> JonesMap:
    """Map of a CSV file; see ``parse_jones_map``. Angles [deg].

    Raises
    ------
    InputError
        If the file cannot be read, or is wrong.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    return parse_jones_map(text, source=str(path))


def parse_jones_map(text: str, *, source: str) -> JonesMap:
    """Map of a CSV text with the columns ``azimuth_deg,elevation_deg,retardance_deg,axis_deg`` and ``circular_deg``.

    Parameters
    ----------
    text : str
        Header and one row a direction [deg], in any order; every azimuth needs every elevation. The last column may
        be left out (no circular retardance). Empty lines and lines that start with ``#`` are passed over.
    source : str
        File name for the messages.

    Raises
    ------
    InputError
        With every fault of the text, one a line: file, line, column, value and what is allowed.
    """
    faults: list[str] = []
    directions: dict[tuple[float, float], tuple[int, FloatArray]] = {}
    for line, cells in _rows(text, source, faults):
        place = (cells["azimuth_deg"], cells["elevation_deg"])
        if place in directions:
            faults.append(f"{source}:{line}: {_named(place)} stands already in line {directions[place][0]}")
        linear = {name: cells.get(name, 0.0) for name in COLUMNS[2:]}
        directions.setdefault(place, (line, poincare_vector_deg(**linear)))
    azimuths_deg, elevations_deg = (sorted({place[axis] for place in directions}) for axis in (0, 1))
    missing = [(a, e) for a in azimuths_deg for e in elevations_deg if (a, e) not in directions]
    if missing and not faults:
        more = f" ({len(missing)} rows are missing in all)" if len(missing) > 1 else ""
        faults.append(f"{source}: {_named(missing[0])} is missing, every azimuth needs every elevation{more}")
    if faults:
        raise InputError("\n".join(faults))
    vectors_deg = [[directions[a, e][1] for e in elevations_deg] for a in azimuths_deg]
    try:
        return JonesMap(
            azimuth_deg=np.array(azimuths_deg),
            elevation_deg=np.array(elevations_deg),
            retardance_deg=np.array(vectors_deg, dtype=float).reshape(len(azimuths_deg), len(elevations_deg), 3),
            source=source,
        )
    except DomainError as error:
        raise InputError(str(error)) from error


def _rows(text: str, source: str, faults: list[str]) -> Iterator[tuple[int, dict[str, float]]]:
    """Line number and numbers [deg] of each row that is whole; what is wrong goes to the faults."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"]
    number, header = (lines[0][0], _split(lines[0][1])) if lines else (1, [])
    wrong = [_unknown(name) for name in header if name not in COLUMNS]
    wrong += [f"column {name} is missing" for name in NEEDED if name not in header]
    wrong += [f"column {name} stands twice" for name in COLUMNS if header.count(name) > 1]
    faults += [f"{source}:{number}: {fault}" for fault in wrong]
    for number, line in [] if wrong else lines[1:]:
        cells = _split(line)
        if len(cells) != len(header):
            faults.append(f"{source}:{number}: has {len(cells)} cells, must have {len(header)}")
            continue
        values = {name: _number(cell) for name, cell in zip(header, cells, strict=True)}
        bad = [name for name, value in values.items() if not _allowed(name, value)]
        texts = dict(zip(header, cells, strict=True))
        faults += [f"{source}:{number}: {name} is {texts[name]!r}, must be {_range(name)}" for name in bad]
        if not bad:
            yield number, values


def _split(line: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(",")]


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan


def _allowed(name: str, value: float) -> bool:
    low, high = LIMITS.get(name, (-inf, inf))
    return isfinite(value) and low <= value <= high


def _range(name: str) -> str:
    return "a number in [{:g}, {:g}] deg".format(*LIMITS[name]) if name in LIMITS else "a finite number [deg]"


def _unknown(name: str) -> str:
    close = nearest_spelling(name, COLUMNS)
    return f"column {name!r} is not known; " + (
        f"did you mean {close!r}?" if close else f"allowed: {', '.join(COLUMNS)}"
    )


def _named(place: tuple[float, float]) -> str:
    return f"azimuth_deg {place[0]:g}, elevation_deg {place[1]:g}"


def _refuse_outside(jones_map: JonesMap, name: str, angles_deg: FloatArray, grid_deg: FloatArray) -> None:
    inside = (angles_deg >= grid_deg[0] - _ROUNDING_DEG) & (angles_deg <= grid_deg[-1] + _ROUNDING_DEG)
    if not np.all(inside):
        index = int(np.argmin(inside))
        angle_deg = angles_deg.flat[index] % _CIRCLE_DEG
        raise DomainError(
            f"{name} is {angle_deg:.6g} deg at sample {index} of the pass, {jones_map.source} covers"
            f" {grid_deg[0]:g} to {grid_deg[-1]:g} deg"
        )


def _cell(grid_deg: FloatArray, angles_deg: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Index of the cell of each angle, and how far across it the angle stands [1], both of shape (n,)."""
    index = np.clip(np.searchsorted(grid_deg, angles_deg, side="right") - 1, 0, grid_deg.size - 2)
    share = (angles_deg - grid_deg[index]) / np.diff(grid_deg)[index]
    return index, np.clip(share, 0.0, 1.0)
