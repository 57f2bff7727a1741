"""What a sampled loop leaves of a vibration and passes on of its readings' noise, in continuous time.

A camera that averages and a command that is held make of one wave many: the actuator answers a wave at f at f and at
all its images f + j rate. Everything here counts them, except what is called averaged.
"""

from dataclasses import dataclass
from math import inf, isfinite, pi

import numpy as np
from numpy.typing import ArrayLike

from passplan.apt.design import (
    ComplexArray,
    SampledLoop,
    averaged_open_loop,
    camera_response,
    command_response,
    control_response,
    hold_response,
    plant_response,
)
from passplan.apt.spectrum import Psd, lines_of
from passplan.checks import FloatArray, within

_IMAGES = 24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Way:
    """What a loop is made of besides its law, on a grid of frequencies, shape (...).

    camera, hold : A and K
    plant : G, from the command to the reading at the sampling instants
    held_power : mean square of the actuator's angle under a command of unit amplitude [1]; sum of |K|^2 over the images
    """

    frequency_hz: FloatArray
    camera: ComplexArray
    hold: ComplexArray
    plant: ComplexArray
    held_power: FloatArray


def way_of(loop: SampledLoop, frequency_hz: ArrayLike) -> Way:
    """Camera, hold and plant of a loop at frequencies [Hz], shape (...); they do not depend on its law."""
    within("frequency_hz", frequency_hz, 0.0, inf, ends="[)")
    frequency = np.asarray(frequency_hz, dtype=float)
    return Way(
        frequency_hz=frequency,
        camera=camera_response(loop, frequency),
        hold=hold_response(loop, frequency),
        plant=plant_response(loop, frequency),
        held_power=_held_power(loop, frequency),
    )


def averaged_share(loop: SampledLoop, frequency_hz: ArrayLike) -> FloatArray:
    """Share of a disturbance's power that the loop leaves, |1 / (1 + C A K)|^2 [1]: the images are not in it."""
    return np.abs(1.0 + averaged_open_loop(loop, frequency_hz)) ** -2.0


def left_share(loop: SampledLoop, frequency_hz: ArrayLike) -> FloatArray:
    """Share of a disturbance's power at a frequency that stays in the error, wherever in the spectrum it ends up.

    Parameters
    ----------
    loop : SampledLoop
        The loop; it must be stable.
    frequency_hz : array_like, shape (...)
        Frequency of the disturbance [Hz], >= 0.

    Returns
    -------
    ndarray, shape (...)
        Mean square of the error, in continuous time, over that of the disturbance [1].

    Raises
    ------
    DomainError
        If a frequency is negative or nan.

    Notes
    -----
    A wave at f makes a command at f and, by the sampling, an actuator's angle at f and all its images. The mean square
    is |1 - Q A K|^2 at f, plus |Q A|^2 |K(f + j/T)|^2 summed over the images, Q = C / (1 + C G). With a full
    exposure, whole delays and an actuator that follows at once this is 1 - sinc^2 + sinc^2 |S|^2.
    """
    way = way_of(loop, frequency_hz)
    return share_left(control_response(loop.law, frequency_hz), way)


def share_left(law: ComplexArray, way: Way) -> FloatArray:
    """`left_share` of a law's response C on the grid of a way, for those who try many laws on one grid."""
    answer = law / (1.0 + law * way.plant) * way.camera
    return 1.0 - 2.0 * (answer * way.hold).real + np.abs(answer) ** 2 * way.held_power


def noise_share(law: ComplexArray, way: Way) -> FloatArray:
    """Mean square of the actuator's angle over that of the noise of a reading, by frequency, on the grid of a way."""
    return np.abs(law / (1.0 + law * way.plant)) ** 2 * way.held_power


def noise_gain(loop: SampledLoop) -> float:
    """Variance of the actuator's angle, in continuous time, over that of white noise of the readings [1].

    The integral of |Q|^2 sum |K|^2 over the rate. For an integrator with n = 1 and no actuator it is g / (2 - g).
    """
    count, before = 512, inf
    while True:  # midpoints of a periodic function converge faster than any power
        way = way_of(loop, (np.arange(count // 2) + 0.5) * (loop.rate_hz / count))
        gain = float(noise_share(control_response(loop.law, way.frequency_hz), way).mean())
        if abs(gain - before) <= 1e-12 * abs(gain) or count >= 2**18:
            return gain
        count, before = 2 * count, gain


def residual_psd(loop: SampledLoop, psd: Psd, frequency_hz: ArrayLike, *, noise_urad: float = 0.0) -> FloatArray:
    """Spectrum of what the loop leaves, with the images of the disturbance and the noise of the readings.

    Parameters
    ----------
    loop : SampledLoop
        The loop; it must be stable.
    psd : callable
        One-sided density of the disturbance per axis [urad^2/Hz] of a frequency [Hz]; its lines are not drawn.
    frequency_hz : array_like, shape (...)
        Frequencies [Hz], >= 0.
    noise_urad : float
        Rms error of a reading [urad], >= 0.

    Returns
    -------
    ndarray, shape (...)
        One-sided density of the error in continuous time [urad^2/Hz]. With 24 images to either side its integral is
        that of psd times `left_share`.

    Raises
    ------
    DomainError
        If a frequency or the noise is negative.
    """
    within("noise_urad", noise_urad, 0.0, inf, ends="[)")
    frequency = np.asarray(frequency_hz, dtype=float)
    within("frequency_hz", frequency, 0.0, inf, ends="[)")
    answer, hold = command_response(loop, frequency), hold_response(loop, frequency)
    density = np.abs(1.0 - answer * camera_response(loop, frequency) * hold) ** 2 * psd(frequency)
    folded = np.full(frequency.shape, 2.0 * loop.frame_s * noise_urad**2)
    for image in (*range(-_IMAGES, 0), *range(1, _IMAGES + 1)):
        from_hz = np.abs(frequency + image * loop.rate_hz)
        folded += np.abs(camera_response(loop, from_hz)) ** 2 * psd(from_hz)
    return density + np.abs(answer * hold) ** 2 * folded


def spectrum_grid_hz(psd: Psd, *, rate_hz: float, per_decade: int = 1000) -> FloatArray:
    """Frequencies [Hz] on which a spectrum and a loop of a rate [Hz] are both smooth, for trapezoids in log f."""
    known_low_hz, known_high_hz = getattr(psd, "band_hz", (0.0, inf))
    high_hz = min(known_high_hz, 1000.5 * rate_hz)
    low_hz = min(max(known_low_hz, 1e-6 * rate_hz), 0.5 * high_hz)
    points = max(int(per_decade * np.log(high_hz / low_hz) / np.log(10.0)), per_decade)
    nodes_hz = np.asarray(getattr(psd, "nodes_hz", ()), dtype=float)
    nodes_hz = nodes_hz[(nodes_hz > low_hz) & (nodes_hz < high_hz)]
    inside = np.geomspace(low_hz, high_hz, points + 1)[1:-1]
    return np.unique(np.concatenate(([low_hz], inside, nodes_hz, [high_hz])))


def residual_rms_urad(loop: SampledLoop, psd: Psd, *, noise_urad: float = 0.0, averaged: bool = False) -> float:
    """Rms of what the loop leaves of a vibration, one axis, in continuous time.

    Parameters
    ----------
    loop : SampledLoop
        The loop; it must be stable.
    psd : callable
        One-sided density per axis [urad^2/Hz] of a frequency [Hz]; its lines count too.
    noise_urad : float
        Rms error of a reading [urad], >= 0.
    averaged : bool
        Use `averaged_share`, without the images, instead of the exact `left_share`.

    Returns
    -------
    float
        sqrt(integral of S times the share that is left, plus the noise that the loop passes on) [urad].

    Raises
    ------
    DomainError
        If the noise or a density is negative.
    """
    within("noise_urad", noise_urad, 0.0, inf, ends="[)")
    share = averaged_share if averaged else left_share
    variance = spectrum_variance(psd, lambda frequency_hz: share(loop, frequency_hz), rate_hz=loop.rate_hz)
    return float(np.sqrt(variance + (noise_gain(loop) * noise_urad**2 if noise_urad else 0.0)))


def spectrum_variance(psd: Psd, share: Psd, *, rate_hz: float) -> float:
    """Integral of a spectrum times a share of a frequency, its lines included [urad^2].

    Raises DomainError if a density is negative or nan.
    """
    grid_hz = spectrum_grid_hz(psd, rate_hz=rate_hz)
    density = np.asarray(psd(grid_hz), dtype=float)
    within("density of the spectrum [urad^2/Hz]", density, 0.0, inf, ends="[)")
    left = density * share(grid_hz)
    variance = float(np.trapezoid(left * grid_hz, np.log(grid_hz)) + left[0] * grid_hz[0])
    for line in lines_of(psd):
        variance += float(line.rms_urad**2 * share(np.array([line.frequency_hz]))[0])
    return variance


def ramp_error_urad(loop: SampledLoop, *, rate_urad_s: float) -> float:
    """Mean error, in continuous time, of a loop that follows a ramp [urad]; for an integrator near rate / (g f).

    The limit of (1 - Q A K) / s at f = 0, from two frequencies near a hundred-thousandth of the rate, whose errors of
    second order cancel; 0 for a law of type II.
    """
    frequency = np.array([1e-5, 2e-5]) * loop.rate_hz
    answer = command_response(loop, frequency) * camera_response(loop, frequency) * hold_response(loop, frequency)
    near_s, far_s = ((1.0 - answer) / (2j * pi * frequency)).real
    slope_s = float(4.0 * near_s - far_s) / 3.0
    return rate_urad_s * slope_s if abs(slope_s) > 1e-6 * loop.frame_s else 0.0


def _held_power(loop: SampledLoop, frequency_hz: FloatArray) -> FloatArray:
    if not isfinite(loop.actuator_hz):
        return np.ones(frequency_hz.shape)  # the sum of sinc^2 over all images
    images = _IMAGES + int(10.0 * loop.actuator_hz / loop.rate_hz)
    folded = np.mod(frequency_hz, loop.rate_hz)
    power = np.zeros(frequency_hz.shape)
    for image in range(-images, images + 1):
        power += np.abs(hold_response(loop, folded + image * loop.rate_hz)) ** 2
    return power
