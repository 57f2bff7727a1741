"""Vibration spectra that a user measured, read from a CSV file that states what it holds."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, freeze, same_length, within
from passplan.errors import InputError

_STATED = re.compile(r"^#\s*(sided|unit)\s*[=:]\s*(\S+)\s*$")
_ALLOWED = {"sided": ("one", "two"), "unit": ("urad2/Hz", "rad2/Hz")}
_TINY_URAD2_HZ = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TabulatedPsd:
    """Measured spectrum; call it with a frequency [Hz]. Straight lines in log-log, zero outside the table.

    frequency_hz : frequencies [Hz], > 0, increasing, shape (n,), n >= 2
    psd_urad2_hz : one-sided density per axis [urad^2/Hz], >= 0, shape (n,)
    """

    frequency_hz: FloatArray
    psd_urad2_hz: FloatArray

    def __post_init__(self) -> None:
        same_length(frequency_hz=self.frequency_hz, psd_urad2_hz=self.psd_urad2_hz)
        within("frequency_hz", self.frequency_hz, 0.0, np.inf, ends="()")
        within("psd_urad2_hz", self.psd_urad2_hz, 0.0, np.inf, ends="[)")
        within("number of frequencies", len(self.frequency_hz), 2, np.inf)
        within("step between frequencies [Hz]", np.diff(self.frequency_hz), 0.0, np.inf, ends="()")
        freeze(self.frequency_hz, self.psd_urad2_hz)

    @property
    def band_hz(self) -> tuple[float, float]:
        """Lowest and highest frequency of the table [Hz]."""
        return float(self.frequency_hz[0]), float(self.frequency_hz[-1])

    def __call__(self, frequency_hz: ArrayLike) -> FloatArray:
        """One-sided density [urad^2/Hz] at a frequency [Hz], shape (...); zero outside the table."""
        frequency = np.asarray(frequency_hz, dtype=float)
        low_hz, high_hz = self.band_hz
        inside = (frequency >= low_hz) & (frequency <= high_hz)
        position = np.log(np.clip(frequency, low_hz, high_hz))
        table = np.log(np.maximum(self.psd_urad2_hz, _TINY_URAD2_HZ))
        return np.where(inside, np.exp(np.interp(position, np.log(self.frequency_hz), table)), 0.0)


def read_psd(path: str | Path) -> TabulatedPsd:
    """Spectrum of one axis from a CSV file.

    Parameters
    ----------
    path : str or Path
        Text file. Comment lines state ``# sided = one`` (or ``two``) and ``# unit = urad2/Hz`` (or ``rad2/Hz``); then
        the heading ``frequency_hz,psd`` and one row for each frequency, > 0 and increasing.

    Returns
    -------
    TabulatedPsd
        One-sided, in urad^2/Hz: a two-sided density is doubled.

    Raises
    ------
    InputError
        If the file does not state its sides and unit, or a line cannot be read; names file and line.
    """
    stated: dict[str, str] = {}
    rows: list[tuple[float, float]] = []
    heading = False
    for number, line in enumerate(_lines(path), start=1):
        where = f"{path}:{number}"
        if line.startswith("#"):
            stated.update(_statement(line, where=where))
        elif line and not heading:
            _check_heading(line, stated, where=where)
            heading = True
        elif line:
            rows.append(_row(line, above_hz=rows[-1][0] if rows else 0.0, where=where))
    if len(rows) < 2:
        raise InputError(f"{path}: needs the heading frequency_hz,psd and at least two rows, found {len(rows)}")
    frequency_hz, psd = np.array(rows).T.copy()
    sides = 2.0 if stated["sided"] == "two" else 1.0
    scale = 1e12 if stated["unit"] == "rad2/Hz" else 1.0  # rad^2 -> urad^2
    return TabulatedPsd(frequency_hz=frequency_hz, psd_urad2_hz=psd * (sides * scale))


def _lines(path: str | Path) -> list[str]:
    try:
        return [line.strip() for line in Path(path).read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text: {error}") from error


def _statement(line: str, *, where: str) -> dict[str, str]:
    match = _STATED.match(line)
    if not match:
        return {}
    key, value = match.groups()
    if value not in _ALLOWED[key]:
        raise InputError(f"{where}: {key} is {value!r}, allowed: {', '.join(_ALLOWED[key])}")
    return {key: value}


def _check_heading(line: str, stated: dict[str, str], *, where: str) -> None:
    for key, allowed in _ALLOWED.items():
        if key not in stated:
            raise InputError(f"{where}: a comment line '# {key} = {'|'.join(allowed)}' must stand above the table")
    if [word.strip() for word in line.split(",")] != ["frequency_hz", "psd"]:
        raise InputError(f"{where}: heading is {line!r}, must be 'frequency_hz,psd'")


def _row(line: str, *, above_hz: float, where: str) -> tuple[float, float]:
    try:
        frequency_hz, psd = (float(word) for word in line.split(","))
    except ValueError as error:
        raise InputError(f"{where}: {line!r} is not two numbers, frequency_hz,psd") from error
    if not above_hz < frequency_hz < np.inf:
        raise InputError(f"{where}: frequency_hz is {frequency_hz:g}, must be finite and above {above_hz:g} Hz")
    if not 0.0 <= psd < np.inf:
        raise InputError(f"{where}: psd is {psd:g}, must be finite and >= 0")
    return frequency_hz, psd
