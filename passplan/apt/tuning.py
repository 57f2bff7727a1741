"""Gains that reject the most: least residual of a vibration and of the readings' noise, subject to a largest Ms."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from passplan.apt.design import SampledLoop, averaged_open_loop, closed_loop_poles, control_response, open_loop
from passplan.apt.laws import Law, filter_of
from passplan.apt.margins import is_stable, peak_sensitivity
from passplan.apt.rejection import (
    Way,
    averaged_share,
    noise_share,
    residual_rms_urad,
    share_left,
    spectrum_grid_hz,
    way_of,
)
from passplan.apt.spectrum import Psd, lines_of
from passplan.checks import FloatArray, within
from passplan.errors import DomainError, NothingFound

# What is tuned of each law, with the band in which it is sought. A bandwidth or a corner is sought below half the
# rate; the noise that a predictor believes in stands for its bandwidth.
_GAIN = (1e-3, 0.99)
TUNED: dict[str, tuple[str, ...]] = {
    "integrator": ("gain",),
    "pid": ("gain", "proportional_gain"),
    "lead_lag": ("gain",),
    "type_two": ("gain", "zero_hz"),
    "kalman": ("reading_noise_urad",),
    "observer": ("bandwidth_hz",),
}
_PER_DECADE = 300
_PENALTY = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """A law with its tuned gains.

    law : the law
    loop : the loop that it makes
    residual_urad : rms that is left of vibration and noise, one axis, in continuous time [urad]
    peak_sensitivity : Ms [1]
    """

    law: Law
    loop: SampledLoop
    residual_urad: float
    peak_sensitivity: float


def loop_with(law: Law, timing: SampledLoop) -> SampledLoop:
    """Return a loop with the camera, delays and actuator of another, and this law, which is told of them."""
    filtered = filter_of(
        law,
        rate_hz=timing.rate_hz,
        delay_frames=timing.delay_s * timing.rate_hz,
        exposure_share=timing.exposure_share,
        actuator_hz=timing.actuator_hz,
        actuator_damping=timing.actuator_damping,
    )
    return replace(timing, law=filtered)


def tuned(
    law: Law,
    timing: SampledLoop,
    psd: Psd,
    *,
    noise_urad: float = 0.0,
    most_ms: float = 2.0,
    averaged: bool = False,
) -> Tuned:
    """Tune a law for a vibration.

    Parameters
    ----------
    law : Integrator, Pid, LeadLag, TypeTwo, KalmanPredictor or DisturbanceObserver
        Its gains, corner or bandwidth are sought (`TUNED`); all else of it stays.
    timing : SampledLoop
        Camera, delays and actuator; its own law does not count.
    psd : callable
        One-sided density per axis [urad^2/Hz] of a frequency [Hz]; its lines count too.
    noise_urad : float
        Rms error of a reading [urad], >= 0.
    most_ms : float
        Largest peak of the sensitivity [1], > 1.
    averaged : bool
        Judge residual and peak by the loop without its images (`averaged_open_loop`), which allows a little more gain.

    Returns
    -------
    Tuned
        Gains of at most 0.99, the best of a search that is coarse first and then goes downhill.

    Raises
    ------
    DomainError
        If an input is out of its limits.
    NothingFound
        If no gain keeps the peak.
    """
    within("most_ms", most_ms, 1.0, inf, ends="()")
    within("noise_urad", noise_urad, 0.0, inf, ends="[)")
    names = TUNED[law.kind]
    cost = _cost(law, timing, psd, noise_urad=noise_urad, most_ms=most_ms, averaged=averaged)
    bands = [_band(name, timing) for name in names]
    best = _search(cost, np.log(bands), points=41 if len(names) == 1 else 13)
    if cost(best) >= _PENALTY:
        raise NothingFound(f"no {' and '.join(names)} of the law {law.kind} keeps Ms at or below {most_ms:g}")
    chosen = _with_values(law, names, np.exp(best))
    loop = loop_with(chosen, timing)
    return Tuned(
        law=chosen,
        loop=loop,
        residual_urad=residual_rms_urad(loop, psd, noise_urad=noise_urad, averaged=averaged),
        peak_sensitivity=peak_sensitivity(loop, averaged=averaged)[0],
    )


def _band(name: str, timing: SampledLoop) -> tuple[float, float]:
    if name.endswith("gain"):
        return _GAIN
    return (1e-4 * timing.rate_hz, 0.4 * timing.rate_hz) if name.endswith("_hz") else (1e-4, 1e4)


def _with_values(law: Law, names: tuple[str, ...], values: FloatArray) -> Law:
    return replace(law, **dict(zip(names, map(float, values), strict=True)))  # type: ignore[arg-type]


def _cost(
    law: Law, timing: SampledLoop, psd: Psd, *, noise_urad: float, most_ms: float, averaged: bool
) -> Callable[[FloatArray], float]:
    """Variance that is left [urad^2] against the logarithms of the tuned values; a penalty where Ms is too large."""
    variance = _variance(timing, psd, noise_urad=noise_urad, averaged=averaged)
    peak_hz = _peak_grid_hz(timing.rate_hz, averaged=averaged)
    response = averaged_open_loop if averaged else open_loop

    def cost(logarithms: FloatArray) -> float:
        try:
            loop = loop_with(_with_values(law, TUNED[law.kind], np.exp(logarithms)), timing)
        except (DomainError, np.linalg.LinAlgError):  # no such law, or no predictor for it
            return 2.0 * _PENALTY
        if not is_stable(loop):
            return _PENALTY * (1.0 + float(abs(closed_loop_poles(loop)[0])))
        peak = 1.0 / float(np.abs(1.0 + response(loop, peak_hz)).min())
        if peak <= 0.999 * most_ms:
            return variance(loop)
        peak, _ = peak_sensitivity(loop, averaged=averaged)  # the grid may step over the top
        return variance(loop) if peak <= most_ms else _PENALTY * (1.0 + 0.1 * min(peak / most_ms - 1.0, 1.0))

    return cost


def _peak_grid_hz(rate_hz: float, *, averaged: bool) -> FloatArray:
    slow_hz, nyquist_hz = np.geomspace(1e-4, 0.05, 250) * rate_hz, 0.5 * rate_hz
    fast_hz = np.linspace(0.05 * rate_hz, 3.0 * rate_hz if averaged else nyquist_hz, 1500 if averaged else 450)
    return np.concatenate((slow_hz, fast_hz))


def _variance(timing: SampledLoop, psd: Psd, *, noise_urad: float, averaged: bool) -> Callable[[SampledLoop], float]:
    grid_hz = spectrum_grid_hz(psd, rate_hz=timing.rate_hz, per_decade=_PER_DECADE)
    weight = psd(grid_hz) * grid_hz
    lines = lines_of(psd)
    line_hz = np.array([line.frequency_hz for line in lines])
    line_power = np.array([line.rms_urad**2 for line in lines])
    vibration, whistle = way_of(timing, grid_hz), way_of(timing, line_hz) if lines else None
    period = way_of(timing, (np.arange(1024) + 0.5) * (timing.rate_hz / 2048.0))

    def left(loop: SampledLoop, way: Way) -> FloatArray:
        if averaged:
            return averaged_share(loop, way.frequency_hz)
        return share_left(control_response(loop.law, way.frequency_hz), way)

    def variance(loop: SampledLoop) -> float:
        total = float(np.trapezoid(weight * left(loop, vibration), np.log(grid_hz)))
        if whistle is not None:
            total += float(line_power @ left(loop, whistle))
        noise = noise_share(control_response(loop.law, period.frequency_hz), period).mean() if noise_urad else 0.0
        return total + noise_urad**2 * float(noise)

    return variance


def _search(cost: Callable[[FloatArray], float], bands: FloatArray, *, points: int) -> FloatArray:
    """Least cost within a box: a net first, then downhill from its best point, with ever smaller steps."""
    axes = np.meshgrid(*(np.linspace(low, high, points) for low, high in bands), indexing="ij")
    net = np.stack([axis.ravel() for axis in axes], axis=1)
    costs = [cost(point) for point in net]
    best, least = net[int(np.argmin(costs))], min(costs)
    steps = (bands[:, 1] - bands[:, 0]) / (points - 1)
    while steps.max() > 1e-4:
        for direction in _directions(len(bands)):
            trial = np.clip(best + direction * steps, bands[:, 0], bands[:, 1])
            value = cost(trial)
            if value < least:
                best, least = trial, value
                break
        else:
            steps = 0.5 * steps
    return best


def _directions(axes: int) -> FloatArray:
    """All ways to the neighbours on a square net, diagonals included, so that the search slides along a limit."""
    ways = np.stack(np.meshgrid(*([[-1.0, 0.0, 1.0]] * axes), indexing="ij"), axis=-1).reshape(-1, axes)
    return ways[np.abs(ways).sum(axis=1) > 0.0]
