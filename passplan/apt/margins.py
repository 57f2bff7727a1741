"""Stability of a sampled loop and its distance from instability, on a grid of its own.

The grid holds half the frame rate itself: there the response is real, and a loop of one-step integrators crosses
-180 deg nowhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, isfinite, pi

import numpy as np

from passplan.apt.design import ComplexArray, SampledLoop, averaged_open_loop, closed_loop_poles, open_loop
from passplan.checks import FloatArray, within
from passplan.errors import DomainError
from passplan.units import to_deg

_PER_DECADE = 400
_LOWEST_SHARE = 1e-6  # of the frame rate
_EVEN_POINTS = 1000
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """How far a stable loop is from instability; each is the least over all crossings.

    crossover_hz : highest frequency at which the loop has gain one [Hz]; nan if nowhere
    gain_margin : least factor > 1 on the gain at which the loop oscillates [1]; inf if none
    gain_margin_hz : frequency of that oscillation [Hz]; nan if none
    gain_reduction : largest factor < 1 on the gain at which the loop oscillates [1]; 0 if none
    phase_margin_deg : least phase of either sign that makes it oscillate where its gain is one [deg]; inf if nowhere
    phase_margin_hz : frequency of that oscillation [Hz]; nan if none
    delay_margin_s, delay_margin_frames : least lag over 2 pi f at a gain of one [s], [frames]; inf if no gain is one
    modulus_margin : least distance of the loop from -1 [1]
    peak_sensitivity : Ms, the reciprocal of that [1]
    peak_hz : frequency of that peak [Hz]
    crossings : number of frequencies at which the gain is one
    """

    crossover_hz: float
    gain_margin: float
    gain_margin_hz: float
    gain_reduction: float
    phase_margin_deg: float
    phase_margin_hz: float
    delay_margin_s: float
    delay_margin_frames: float
    modulus_margin: float
    peak_sensitivity: float
    peak_hz: float
    crossings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowestPole:
    """Pole of the closed loop with the largest magnitude.

    magnitude : of the pole in z [1]; below one the loop is stable
    frequency_hz : at which it rings [Hz]
    time_s : in which it falls, or grows, by a factor e [s]; inf on the unit circle
    """

    magnitude: float
    frequency_hz: float
    time_s: float


def slowest_pole(loop: SampledLoop) -> SlowestPole:
    """Largest pole of the closed loop, which says whether the loop is stable and how fast it settles or runs away."""
    pole = closed_loop_poles(loop)[0]
    magnitude = float(abs(pole))
    change = abs(float(np.log(magnitude))) if magnitude > 0.0 else inf
    return SlowestPole(
        magnitude=magnitude,
        frequency_hz=float(abs(np.angle(pole))) / (2.0 * pi) * loop.rate_hz,
        time_s=loop.frame_s / change if change > _ROUNDING else inf,
    )


def is_stable(loop: SampledLoop) -> bool:
    """Whether all poles of the closed loop lie inside the unit circle."""
    return float(abs(closed_loop_poles(loop)[0])) < 1.0 - _ROUNDING


def check_stable(loop: SampledLoop, *, name: str = "the loop") -> None:
    """Raise DomainError, with the pole that runs away and the gain that would do, unless a loop is stable."""
    if is_stable(loop):
        return
    pole = slowest_pole(loop)
    factor = largest_stable_factor(loop)
    cure = f"stable with its gain times less than {factor:.4g}" if factor > 0.0 else "not stable at any lower gain"
    pace = f"grows by e in {1e3 * pole.time_s:.3g} ms" if isfinite(pole.time_s) else "never dies out"
    raise DomainError(
        f"{name} is unstable: its largest pole has the magnitude {pole.magnitude:.6g}, must be < 1; it rings at "
        f"{pole.frequency_hz:.4g} Hz and {pace}; {cure}"
    )


def largest_stable_factor(loop: SampledLoop) -> float:
    """Factor on the gain up to which an unstable loop is stable [1], by trial below one; 0 if none was found."""
    tried = np.geomspace(1.0, 1e-4, 200)
    for over, under in pairwise(tried):
        if is_stable(with_gain(loop, float(under))):
            low, high = float(under), float(over)
            for _ in range(40):
                middle = 0.5 * (low + high)
                low, high = (middle, high) if is_stable(with_gain(loop, middle)) else (low, middle)
            return low
    return 0.0


def with_gain(loop: SampledLoop, factor: float) -> SampledLoop:
    """Return the loop with the gain of its law times a factor [1], > 0."""
    within("factor", factor, 0.0, inf, ends="()")
    law = loop.law
    # The state keeps its size and the command grows, so what the limit takes counts for less in the state.
    scaled = replace(law, c=law.c * factor, d=law.d * factor, windup=law.windup / factor)
    return replace(loop, law=scaled)


def margins(loop: SampledLoop) -> Margins:
    """Margins of a loop at the sampling instants.

    Parameters
    ----------
    loop : SampledLoop
        The loop.

    Returns
    -------
    Margins
        Crossings of gain and phase to the rounding of the response; the delay margin is the phase lag that is left,
        over 2 pi times the frequency, as if the delay made no new images.

    Raises
    ------
    DomainError
        If the loop is unstable.

    Notes
    -----
    At half the frame rate the response is real. A negative value there is a crossing of -180 deg.
    """
    check_stable(loop)
    grid_hz = margin_grid_hz(loop)
    response = open_loop(loop, grid_hz)
    gain_hz = _crossings(lambda f: np.log(np.abs(open_loop(loop, f))), grid_hz, np.log(np.abs(response)))
    at_gain = open_loop(loop, gain_hz)
    lag = np.mod(np.angle(-at_gain), 2.0 * pi)  # what the phase may still fall
    phase = np.minimum(lag, 2.0 * pi - lag)
    nearest = int(np.argmin(phase)) if phase.size else -1
    delay_s = float(np.min(lag / (2.0 * pi * gain_hz), initial=inf))
    factor, factor_hz, reduction = _gain_margins(loop, grid_hz, response)
    peak, peak_hz = peak_sensitivity(loop)
    return Margins(
        crossover_hz=float(gain_hz[-1]) if gain_hz.size else np.nan,
        gain_margin=factor,
        gain_margin_hz=factor_hz,
        gain_reduction=reduction,
        phase_margin_deg=float(to_deg(phase[nearest])) if phase.size else inf,
        phase_margin_hz=float(gain_hz[nearest]) if phase.size else np.nan,
        delay_margin_s=delay_s,
        delay_margin_frames=delay_s * loop.rate_hz,
        modulus_margin=1.0 / peak,
        peak_sensitivity=peak,
        peak_hz=peak_hz,
        crossings=int(gain_hz.size),
    )


def peak_sensitivity(loop: SampledLoop, *, averaged: bool = False) -> tuple[float, float]:
    """Largest sensitivity of a loop and where it is.

    Parameters
    ----------
    loop : SampledLoop
        The loop.
    averaged : bool
        Of the loop without its images, `averaged_open_loop`, up to three times the frame rate; else of the loop at
        the sampling instants, which is the larger.

    Returns
    -------
    peak, frequency_hz : float
        Ms = max |1 / (1 + L)| [1], and its frequency [Hz].
    """
    from scipy.optimize import minimize_scalar  # slow to import

    response = averaged_open_loop if averaged else open_loop
    grid_hz = margin_grid_hz(loop)
    if averaged:
        grid_hz = np.concatenate((grid_hz, np.linspace(0.5, 3.0, 5 * _EVEN_POINTS)[1:] * loop.rate_hz))
    distance = np.abs(1.0 + response(loop, grid_hz))
    least = int(np.argmin(distance))
    best = float(distance[least]), float(grid_hz[least])
    low_hz, high_hz = grid_hz[max(least - 1, 0)], grid_hz[min(least + 1, grid_hz.size - 1)]
    found = minimize_scalar(
        lambda f: float(abs(1.0 + response(loop, f))), bounds=(low_hz, high_hz), method="bounded",
        options={"xatol": 1e-9 * high_hz},
    )  # fmt: skip
    least_distance, where_hz = min(best, (float(found.fun), float(found.x)))
    return 1.0 / least_distance, where_hz


def margin_grid_hz(loop: SampledLoop) -> FloatArray:
    """Frequencies up to half the frame rate, that included, close around every pole of the law and the loop [Hz]."""
    nyquist_hz = 0.5 * loop.rate_hz
    low_hz = _LOWEST_SHARE * loop.rate_hz
    poles = np.concatenate((np.linalg.eigvals(loop.law.a), closed_loop_poles(loop)))
    poles = poles[np.abs(poles) > 0.5]
    middle_hz = np.abs(np.angle(poles)) / (2.0 * pi) * loop.rate_hz
    width_hz = np.maximum(np.abs(np.log(np.abs(poles))), 1e-6) / (2.0 * pi) * loop.rate_hz
    offsets = np.concatenate((-np.geomspace(0.01, 100.0, 60), [0.0], np.geomspace(0.01, 100.0, 60)))
    near_hz = (middle_hz[:, None] + width_hz[:, None] * offsets).ravel()
    near_hz = near_hz[(near_hz > low_hz) & (near_hz < nyquist_hz)]
    decades = int(_PER_DECADE * np.log(0.5 / _LOWEST_SHARE) / np.log(10.0))
    even_hz = np.linspace(0.0, nyquist_hz, _EVEN_POINTS)[1:]
    grid_hz = np.unique(np.concatenate((np.geomspace(low_hz, nyquist_hz, decades), even_hz, near_hz)))
    grid_hz = grid_hz[grid_hz < nyquist_hz * (1.0 - 1e-12)]
    return np.append(grid_hz, nyquist_hz)


def _gain_margins(loop: SampledLoop, grid_hz: FloatArray, response: ComplexArray) -> tuple[float, float, float]:
    """Least factor above one, its frequency [Hz], and largest factor below one, at crossings of -180 deg."""
    # The last point is real but for rounding: its imaginary part must not make or hide a crossing beside it.
    phase_hz = _crossings(lambda f: np.imag(open_loop(loop, f)), grid_hz[:-1], response[:-1].imag)
    real = open_loop(loop, phase_hz).real
    real, phase_hz = np.append(real, response[-1].real), np.append(phase_hz, grid_hz[-1])
    keep = real < 0.0
    factors, phase_hz = -1.0 / real[keep], phase_hz[keep]
    above, below = factors > 1.0, factors < 1.0
    reduction = float(np.max(factors[below], initial=0.0))
    if not above.any():
        return inf, np.nan, reduction
    least = int(np.argmin(factors[above]))
    return float(factors[above][least]), float(phase_hz[above][least]), reduction


def _crossings(function: Callable[[float], FloatArray], grid_hz: FloatArray, values: FloatArray) -> FloatArray:
    """Frequencies at which a function changes its sign, refined between the points of a grid [Hz]."""
    from scipy.optimize import brentq  # slow to import

    places = np.flatnonzero(np.sign(values[1:]) * np.sign(values[:-1]) < 0.0)
    roots = [brentq(lambda f: float(function(f)), grid_hz[i], grid_hz[i + 1], xtol=1e-300, rtol=1e-14) for i in places]
    return np.sort(np.concatenate((roots, grid_hz[values == 0.0])))
