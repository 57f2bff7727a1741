"""What a spectrum of vibration holds, and where: rms against frequency, the step it needs, the part a run leaves out.

A spectrum is a function of frequency [Hz] that returns a one-sided density per axis [urad^2/Hz], as an angle on the
sky. Beside that it may have ``lines`` (a tuple of `Line`), ``highest_line_hz`` (where lines that move will be at most),
``band_hz`` (where it is known) and ``nodes_hz`` (frequencies between which it is smooth).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, NonNegative, Positive, check_limits, within

Psd = Callable[[ArrayLike], FloatArray]

_WIDEST_HZ = (1e-6, 1e6)
_INSIGNIFICANT = 1e-5  # share of the variance: 0.3 % of the rms
_POINTS_A_PERIOD = 20.0  # of a line; straight lines between them keep 99.2 % of a sine's rms
_POINTS_AT_EDGE = 18.1  # of a period at the edge of a smooth spectrum, beyond which little lies; they keep 99.0 %
_LONGEST_S = 0.1  # between two values, however slow the vibration
_UNNOTICED = 0.02  # share of the variance that may lie outside the band: 1 % of the rms


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Narrow line of a spectrum.

    frequency_hz : its frequency [Hz], > 0
    rms_urad : its rms in each axis, angle on the sky [urad], >= 0; the amplitude is sqrt(2) times as large
    """

    frequency_hz: Positive
    rms_urad: NonNegative

    def __post_init__(self) -> None:
        check_limits(self)


def lines_of(psd: Psd) -> tuple[Line, ...]:
    """Lines of a spectrum beside its density; none for a plain function."""
    return tuple(getattr(psd, "lines", ()))


def cumulative_rms_urad(
    psd: Psd, *, frequency_hz: ArrayLike, low_hz: float = 1e-4, high_hz: float = 1e5, below: bool = False
) -> FloatArray:
    """Rms of one axis from all content above a frequency, or below it [urad].

    Parameters
    ----------
    psd : callable
        One-sided density [urad^2/Hz] of a frequency [Hz]; its lines count too.
    frequency_hz : array_like, shape (...)
        Frequencies [Hz] in [low_hz, high_hz].
    low_hz, high_hz : float
        Band of the spectrum [Hz]; a tabulated spectrum lends its own when it is narrower.
    below : bool
        Sum from low_hz up to the frequency, instead of from the frequency up to high_hz.

    Returns
    -------
    ndarray, shape (...)
        sqrt(integral of S from f to high_hz), trapezoids on 1000 points a decade and the nodes of a table.

    Raises
    ------
    DomainError
        If a frequency lies outside the band.
    """
    within("low_hz", low_hz, 0.0, high_hz, ends="()")
    within("frequency_hz", frequency_hz, low_hz, high_hz)
    grid_hz, slices = _slices(psd, low_hz, high_hz)
    summed = np.append(0.0, np.cumsum(slices)) if below else np.append(np.cumsum(slices[::-1])[::-1], 0.0)
    frequency = np.asarray(frequency_hz, dtype=float)
    variance = np.interp(frequency, grid_hz, summed)
    for line in lines_of(psd):
        counts = line.frequency_hz <= frequency if below else line.frequency_hz >= frequency
        if low_hz <= line.frequency_hz <= high_hz:
            variance = variance + np.where(counts, line.rms_urad**2, 0.0)
    return np.sqrt(variance)


def vibration_stride(psd: Psd, *, plant_step_s: float) -> int:
    """Steps of the plants between two values of a series that straight lines may join.

    Parameters
    ----------
    psd : callable
        One-sided density [urad^2/Hz] of a frequency [Hz]; its lines count too.
    plant_step_s : float
        Step of the plants [s], > 0.

    Returns
    -------
    int
        Largest whole number that leaves 18.1 points a period of the frequency above which 0.3 % of the rms lies, and 20
        of every line, >= 1. Joined by straight lines, a sine of 18.1 points a period keeps 99.0 % of its rms, one of 20
        points 99.2 %, a lower one more. Never over 0.1 s.

    Raises
    ------
    DomainError
        If the step is not > 0.
    """
    within("plant_step_s", plant_step_s, 0.0, inf, ends="()")
    grid_hz, slices = _slices(psd, *_WIDEST_HZ)
    above = np.cumsum(slices[::-1])[::-1]
    matters = np.flatnonzero(above > _INSIGNIFICANT * above[0])
    edge_hz = grid_hz[matters[-1] + 1] if matters.size else 0.0
    line_hz = max([getattr(psd, "highest_line_hz", 0.0), *(line.frequency_hz for line in lines_of(psd))])
    points_hz = max(_POINTS_AT_EDGE * edge_hz, _POINTS_A_PERIOD * line_hz, 1.0 / _LONGEST_S)
    return max(int((1.0 + 1e-9) / (points_hz * plant_step_s)), 1)


def band_warning(psd: Psd, duration_s: float, step_s: float) -> str | None:
    """What part of a spectrum a run of some length and step cannot show, or None where that is under 1 % of the rms.

    Parameters
    ----------
    psd : callable
        One-sided density [urad^2/Hz] of a frequency [Hz]; its lines count too.
    duration_s, step_s : float
        Length of the run and its step [s], > 0; the step must not exceed half the duration.

    Returns
    -------
    str or None
        One line that names the rms below 1/duration and that above 1/(2 step), both outside the simulated band.

    Raises
    ------
    DomainError
        If a value is out of its limits.
    """
    within("duration_s", duration_s, 0.0, inf, ends="()")
    within("step_s", step_s, 0.0, 0.5 * duration_s, ends="(]")
    low_hz, high_hz = 1.0 / duration_s, 0.5 / step_s
    grid_hz, slices = _slices(psd, *_WIDEST_HZ)
    total = np.append(0.0, np.cumsum(slices))
    below, inside = np.interp([low_hz, high_hz], grid_hz, total)
    above = total[-1] - inside
    for line in lines_of(psd):
        below += line.rms_urad**2 * (line.frequency_hz < low_hz)
        above += line.rms_urad**2 * (line.frequency_hz > high_hz)
    variance = total[-1] + sum(line.rms_urad**2 for line in lines_of(psd))
    if below + above <= _UNNOTICED * variance:
        return None
    return (
        f"of {sqrt(variance):.3g} urad rms, {sqrt(below):.3g} urad lie below {low_hz:.3g} Hz, 1/duration, and "
        f"{sqrt(above):.3g} urad above {high_hz:.4g} Hz, half the rate of the series: "
        f"{100.0 * (below + above) / variance:.3g} % of the variance lies outside the simulated band"
    )


def lines_psd(lines: Sequence[Line], *, frequency_hz: ArrayLike) -> FloatArray:
    """Density of lines on a grid, for a plot: the variance of each is spread over the cell of the grid it falls in.

    Parameters
    ----------
    lines : sequence of Line
        The lines; one outside the grid is left out.
    frequency_hz : array_like, shape (n,)
        Frequencies [Hz], increasing, n >= 2; a cell reaches halfway to the neighbours.

    Returns
    -------
    ndarray, shape (n,)
        One-sided density [urad^2/Hz]; its sum over the cells is the variance of the lines.

    Raises
    ------
    DomainError
        If the frequencies do not increase.
    """
    grid_hz = np.asarray(frequency_hz, dtype=float)
    within("number of frequencies", grid_hz.size, 2, inf)
    within("step between frequencies [Hz]", np.diff(grid_hz), 0.0, inf, ends="()")
    edges_hz = np.concatenate((grid_hz[:1], 0.5 * (grid_hz[1:] + grid_hz[:-1]), grid_hz[-1:]))
    density = np.zeros(grid_hz.size)
    for line in lines:
        if grid_hz[0] <= line.frequency_hz <= grid_hz[-1]:
            cell = min(int(np.searchsorted(edges_hz, line.frequency_hz, side="right")) - 1, grid_hz.size - 1)
            density[cell] += line.rms_urad**2 / (edges_hz[cell + 1] - edges_hz[cell])
    return density


def _slices(psd: Psd, low_hz: float, high_hz: float) -> tuple[FloatArray, FloatArray]:
    """Frequencies [Hz], shape (n,), and the variance between them [urad^2], shape (n - 1,), within a band."""
    known_low_hz, known_high_hz = getattr(psd, "band_hz", (low_hz, high_hz))
    low_hz, high_hz = max(low_hz, known_low_hz), min(high_hz, known_high_hz)
    if low_hz >= high_hz:  # the spectrum lies elsewhere
        return np.array([low_hz, low_hz]), np.zeros(1)
    nodes_hz = np.asarray(getattr(psd, "nodes_hz", ()), dtype=float)
    nodes_hz = nodes_hz[(nodes_hz > low_hz) & (nodes_hz < high_hz)]
    per_e_fold = 1000.0 / np.log(10.0)
    grid_hz = np.geomspace(low_hz, high_hz, int(per_e_fold * np.log(high_hz / low_hz)) + 2)[1:-1]
    grid_hz = np.unique(np.concatenate(([low_hz], grid_hz, nodes_hz, [high_hz])))
    density = psd(grid_hz)
    within("density of the spectrum [urad^2/Hz]", density, 0.0, inf, ends="[)")
    return grid_hz, 0.5 * (density[1:] + density[:-1]) * np.diff(grid_hz)
