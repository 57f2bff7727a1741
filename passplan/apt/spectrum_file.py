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
_HEADINGS = (("frequency_hz", "psd"), ("frequency_hz", "psd_x", "psd_y"))
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
    def nodes_hz(self) -> FloatArray:
        """Frequencies of the table [Hz], shape (n,)."""
        return self.frequency_hz

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoAxisPsd:
    """Measured spectra of two axes that differ; called with a frequency [Hz], the mean of both.

    x, y : spectrum of each axis
    """

    x: TabulatedPsd
    y: TabulatedPsd

    @property
    def axes(self) -> tuple[TabulatedPsd, TabulatedPsd]:
        """Spectra of x and y, which a series follows apart."""
        return self.x, self.y

    @property
    def nodes_hz(self) -> FloatArray:
        """Frequencies of both tables [Hz], shape (n,)."""
        return np.union1d(self.x.frequency_hz, self.y.frequency_hz)

    @property
    def band_hz(self) -> tuple[float, float]:
        """Lowest and highest frequency of both tables [Hz]."""
        return min(self.x.band_hz[0], self.y.band_hz[0]), max(self.x.band_hz[1], self.y.band_hz[1])

    def __call__(self, frequency_hz: ArrayLike) -> FloatArray:
        """One-sided density, mean of both axes [urad^2/Hz], at a frequency [Hz], shape (...)."""
        return 0.5 * (self.x(frequency_hz) + self.y(frequency_hz))


def read_psd(path: str | Path) -> TabulatedPsd | TwoAxisPsd:
    """Spectrum of both axes, or of each, from a CSV file.

    Parameters
    ----------
    path : str or Path
        Text file. Comment lines state ``# sided = one`` (or ``two``) and ``# unit = urad2/Hz`` (or ``rad2/Hz``); then
        the heading ``frequency_hz,psd`` or ``frequency_hz,psd_x,psd_y`` and one row for each frequency, > 0 and
        increasing.

    Returns
    -------
    TabulatedPsd or TwoAxisPsd
        One-sided, in urad^2/Hz: a two-sided density is doubled.

    Raises
    ------
    InputError
        If the file does not state its sides and unit, states two of them, or a line cannot be read; names file and
        line.
    """
    stated: dict[str, tuple[str, int]] = {}
    rows: list[tuple[float, ...]] = []
    heading: tuple[str, ...] = ()
    for number, line in enumerate(_lines(path), start=1):
        where = f"{path}:{number}"
        if line.startswith("#"):
            _note_statement(line, stated, number, where=where)
        elif line and not heading:
            heading = _heading(line, stated, where=where)
        elif line:
            rows.append(_row(line, heading, above_hz=rows[-1][0] if rows else 0.0, where=where))
    if len(rows) < 2:
        raise InputError(f"{path}: needs the heading frequency_hz,psd and at least two rows, found {len(rows)}")
    frequency_hz, *densities = np.array(rows).T.copy()
    sides = 2.0 if stated["sided"][0] == "two" else 1.0
    scale = 1e12 if stated["unit"][0] == "rad2/Hz" else 1.0  # rad^2 -> urad^2
    axes = [TabulatedPsd(frequency_hz=frequency_hz, psd_urad2_hz=psd * (sides * scale)) for psd in densities]
    return axes[0] if len(axes) == 1 else TwoAxisPsd(x=axes[0], y=axes[1])


def _lines(path: str | Path) -> list[str]:
    try:
        return [line.strip() for line in Path(path).read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text: {error}") from error


def _note_statement(line: str, stated: dict[str, tuple[str, int]], number: int, *, where: str) -> None:
    match = _STATED.match(line)
    if not match:
        return
    key, value = match.groups()
    if value not in _ALLOWED[key]:
        raise InputError(f"{where}: {key} is {value!r}, allowed: {', '.join(_ALLOWED[key])}")
    before, line_before = stated.setdefault(key, (value, number))
    if before != value:
        raise InputError(f"{where}: {key} is {value!r}, but line {line_before} says {before!r}; a file has one {key}")


def _heading(line: str, stated: dict[str, tuple[str, int]], *, where: str) -> tuple[str, ...]:
    for key, allowed in _ALLOWED.items():
        if key not in stated:
            raise InputError(f"{where}: a comment line '# {key} = {'|'.join(allowed)}' must stand above the table")
    names = tuple(word.strip() for word in line.split(","))
    if names not in _HEADINGS:
        raise InputError(f"{where}: heading is {line!r}, must be {' or '.join(repr(','.join(h)) for h in _HEADINGS)}")
    return names


def _row(line: str, heading: tuple[str, ...], *, above_hz: float, where: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(word) for word in line.split(","))
    except ValueError as error:
        raise InputError(f"{where}: {line!r} is not a row of numbers, {','.join(heading)}") from error
    if len(numbers) != len(heading):
        raise InputError(f"{where}: {line!r} has {len(numbers)} numbers, must have {len(heading)}, {','.join(heading)}")
    frequency_hz, *densities = numbers
    if frequency_hz == above_hz > 0.0:
        raise InputError(f"{where}: frequency_hz is {frequency_hz:g}, the same as in the row above")
    if not above_hz < frequency_hz < np.inf:
        raise InputError(f"{where}: frequency_hz is {frequency_hz:g}, must be finite and above {above_hz:g} Hz")
    for name, psd in zip(heading[1:], densities, strict=True):
        if not 0.0 <= psd < np.inf:
            raise InputError(f"{where}: {name} is {psd:g}, must be finite and >= 0")
    return numbers
