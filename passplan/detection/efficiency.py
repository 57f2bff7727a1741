"""Detection efficiency against wavelength: three coarse tables, one's own from CSV, and refusal outside of them."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import StringIO
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.checks import FloatArray, within
from passplan.detection.detector import Detectors
from passplan.errors import DomainError, InputError

_COLUMNS = ["wavelength_nm", "efficiency"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EfficiencyTable:
    """Efficiency of a kind of detector against wavelength.

    name : what the detector is
    source : where the values come from, and what they are worth
    wavelength_nm : vacuum wavelengths, rising, at least two [nm]
    efficiency : probability of a click for a photon on the detector, one for each wavelength [1], in [0, 1]
    """

    name: str
    source: str
    wavelength_nm: tuple[float, ...]
    efficiency: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse tables that cannot be interpolated."""
        what = f"efficiency table {self.name!r}"
        if len(self.wavelength_nm) < 2 or len(self.wavelength_nm) != len(self.efficiency):
            raise DomainError(
                f"{what} has {len(self.wavelength_nm)} wavelengths and {len(self.efficiency)} efficiencies, "
                "must have as many of one as of the other, at least 2"
            )
        within(f"{what}: wavelength_nm", self.wavelength_nm, 0.0, np.inf, ends="()")
        within(f"{what}: efficiency", self.efficiency, 0.0, 1.0)
        if not np.all(np.diff(self.wavelength_nm) > 0.0):
            raise DomainError(f"{what}: wavelength_nm must rise from row to row")


class Efficiency(NamedTuple):
    """Efficiency read from a table.

    value : efficiency [1], shape (...)
    extrapolated : whether it lies outside the table, where the nearest end stands for it, shape (...)
    """

    value: FloatArray
    extrapolated: NDArray[np.bool_]


_COARSE = "general knowledge of typical devices, recalled, not re-read; no particular device, +-0.05 at best"

SILICON_SPAD = EfficiencyTable(
    name="thick silicon avalanche diode",
    source=_COARSE,
    wavelength_nm=(400.0, 450.0, 500.0, 550.0, 600.0, 650.0, 700.0, 750.0, 800.0, 850.0, 900.0, 950.0, 1000.0, 1060.0),
    efficiency=(0.10, 0.30, 0.47, 0.57, 0.63, 0.67, 0.68, 0.65, 0.58, 0.48, 0.34, 0.21, 0.11, 0.02),
)
INGAAS_SPAD = EfficiencyTable(
    name="gated InGaAs/InP avalanche diode",
    source=_COARSE + "; follows the excess bias: dark counts and afterpulses rise with it",
    wavelength_nm=(1000.0, 1064.0, 1200.0, 1310.0, 1450.0, 1550.0, 1600.0, 1650.0),
    efficiency=(0.18, 0.22, 0.25, 0.25, 0.23, 0.20, 0.17, 0.08),
)
NANOWIRE = EfficiencyTable(
    name="superconducting nanowire with a cavity for 1550 nm",
    source=_COARSE + "; a device is built for one wavelength, fibre coupling included",
    wavelength_nm=(1200.0, 1310.0, 1450.0, 1550.0, 1600.0, 1650.0),
    efficiency=(0.50, 0.65, 0.80, 0.85, 0.83, 0.78),
)
EFFICIENCY_TABLES: Mapping[str, EfficiencyTable] = MappingProxyType(
    {"silicon": SILICON_SPAD, "ingaas": INGAAS_SPAD, "nanowire": NANOWIRE}
)


def detection_efficiency(table: EfficiencyTable, *, wavelength_nm: ArrayLike, extrapolate: bool = False) -> Efficiency:
    """Efficiency at a wavelength.

    Parameters
    ----------
    table : EfficiencyTable
        The detector.
    wavelength_nm : array_like, shape (...)
        Vacuum wavelength [nm].
    extrapolate : bool
        Outside the table take its nearest end, and say so, instead of an error.

    Returns
    -------
    Efficiency
        Linear between the rows, and a flag for what lies outside.

    Raises
    ------
    DomainError
        If a wavelength lies outside the table and `extrapolate` is not set, or is not > 0.
    """
    wavelength = np.asarray(wavelength_nm, dtype=float)
    first, last = table.wavelength_nm[0], table.wavelength_nm[-1]
    within("wavelength_nm", wavelength, 0.0, np.inf, ends="()")
    outside = (wavelength < first) | (wavelength > last)
    if outside.any() and not extrapolate:
        raise DomainError(
            f"efficiency table {table.name!r}: wavelength_nm is {wavelength[outside].flat[0]}, must lie in "
            f"[{first:g}, {last:g}] nm; detectors.extrapolate_efficiency = true takes the nearest end"
        )
    value = np.interp(wavelength, table.wavelength_nm, table.efficiency)
    return Efficiency(np.asarray(value), np.asarray(outside))


def with_table(
    detectors: Detectors, table: EfficiencyTable, *, wavelength_nm: float, extrapolate: bool = False
) -> Detectors:
    """Detectors whose efficiency is their factor times what a table says.

    Parameters
    ----------
    detectors : Detectors
        Their `efficiency` is the factor on the table [1].
    table : EfficiencyTable
        Efficiency against wavelength.
    wavelength_nm : float
        Vacuum wavelength [nm].
    extrapolate : bool
        Outside the table take its nearest end instead of an error.

    Returns
    -------
    Detectors
        With the product as `efficiency` and no table left to read; `extrapolate_efficiency` then says that the
        wavelength lay outside.

    Raises
    ------
    DomainError
        If the wavelength lies outside the table and `extrapolate` is not set, or the stronger of two unlike detectors
        would exceed 1.
    """
    found = detection_efficiency(table, wavelength_nm=wavelength_nm, extrapolate=extrapolate)
    return replace(
        detectors,
        efficiency=detectors.efficiency * float(found.value),
        efficiency_table=None,
        extrapolate_efficiency=bool(found.extrapolated),
    )


def parse_efficiency(text: str, *, name: str, source: str) -> EfficiencyTable:
    """Read a table from CSV text with the header ``wavelength_nm,efficiency``; lines that begin with # are passed over.

    Parameters
    ----------
    text : str
        The table.
    name : str
        What the detector is, or the file's name; stands in messages.
    source : str
        Where the values come from.

    Returns
    -------
    EfficiencyTable
        The record.

    Raises
    ------
    InputError
        If the header is another one (its units are in the names) or a row does not hold two numbers.
    DomainError
        If the values make no table.
    """
    rows = [(number, row) for number, row in enumerate(csv.reader(StringIO(text)), start=1) if _is_data(row)]
    header = [cell.strip() for cell in rows[0][1]] if rows else []
    if header != _COLUMNS:
        raise InputError(f"{name}: header is {','.join(header)!r}, must be {','.join(_COLUMNS)!r}")
    pairs = [_pair(row, f"{name}: line {number}") for number, row in rows[1:]]
    return EfficiencyTable(
        name=name,
        source=source,
        wavelength_nm=tuple(wavelength for wavelength, _ in pairs),
        efficiency=tuple(efficiency for _, efficiency in pairs),
    )


def _is_data(row: list[str]) -> bool:
    return any(cell.strip() for cell in row) and not row[0].lstrip().startswith("#")


def _pair(row: list[str], where: str) -> tuple[float, float]:
    try:
        wavelength, efficiency = (float(cell) for cell in row)
    except ValueError as error:
        raise InputError(f"{where} is {','.join(row)!r}, must hold a wavelength [nm] and an efficiency [1]") from error
    return wavelength, efficiency
