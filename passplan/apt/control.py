"""Closed forms of a sampled integrator loop, exact at the sampling instants.

The loop is u[k+1] = u[k] + g e[k] with a total delay of n frames between the middle of an exposure and the middle of
the hold of the command that answers it: L(z) = g z^-n / (1 - z^-1). A camera that exposes for the whole frame and
delivers ``delay_frames`` later has n = delay_frames + 1.
"""

from math import asin, inf, pi, sin

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.units import to_deg


def crossover_hz(*, gain: float, frame_rate_hz: float) -> float:
    """Frequency at which the integrator loop has gain one [Hz]: (fs/pi) asin(g/2), g in (0, 2]; exact."""
    within("gain", gain, 0.0, 2.0, ends="(]")
    within("frame_rate_hz", frame_rate_hz, 0.0, inf, ends="()")
    return frame_rate_hz / pi * asin(0.5 * gain)


def phase_margin_deg(*, gain: float, total_delay_frames: int) -> float:
    """Phase margin of the integrator loop [deg]: 90 deg - (n - 1/2) 2 asin(g/2); exact for n >= 1, g in (0, 2]."""
    within("gain", gain, 0.0, 2.0, ends="(]")
    within("total_delay_frames", total_delay_frames, 1, inf, ends="[)")
    return float(90.0 - (total_delay_frames - 0.5) * to_deg(2.0 * asin(0.5 * gain)))


def gain_margin(*, gain: float, total_delay_frames: int) -> float:
    """Factor on the gain at which the integrator loop oscillates [1]: 2 sin(pi/(2(2n-1)))/g; exact for n >= 1."""
    within("gain", gain, 0.0, inf, ends="()")
    within("total_delay_frames", total_delay_frames, 1, inf, ends="[)")
    return 2.0 * sin(pi / (2.0 * (2.0 * total_delay_frames - 1.0))) / gain


def noise_gain(*, gain: float) -> float:
    """Variance of the command over that of white sensor noise, n = 1 [1]: g/(2-g), g in (0, 2); exact."""
    within("gain", gain, 0.0, 2.0, ends="()")
    return gain / (2.0 - gain)


def ramp_error_urad(*, rate_urad_s: ArrayLike, gain: float, frame_rate_hz: float) -> FloatArray:
    """Mean error of the readings of an integrator loop that follows a ramp [urad]: rate / (g fs), for any delay."""
    within("gain", gain, 0.0, inf, ends="()")
    within("frame_rate_hz", frame_rate_hz, 0.0, inf, ends="()")
    return np.asarray(rate_urad_s, dtype=float) / (gain * frame_rate_hz)


def sensitivity(frequency_hz: ArrayLike, *, gain: float, total_delay_frames: int, frame_rate_hz: float) -> FloatArray:
    """Share of a disturbance that the integrator loop leaves, |S| = 1/|1 + L| [1].

    Parameters
    ----------
    frequency_hz : array_like, shape (...)
        Frequency [Hz], >= 0 and below frame_rate_hz / 2.
    gain : float
        Integrator gain g [1], > 0.
    total_delay_frames : int
        n [1], >= 1.
    frame_rate_hz : float
        Frame rate [Hz], > 0.

    Returns
    -------
    ndarray, shape (...)
        |S| at the sampling instants; above one, the loop amplifies.

    Raises
    ------
    DomainError
        If an input is out of its limits.
    """
    within("gain", gain, 0.0, inf, ends="()")
    within("total_delay_frames", total_delay_frames, 1, inf, ends="[)")
    within("frequency_hz", frequency_hz, 0.0, 0.5 * frame_rate_hz)
    lag = np.exp(-2j * pi * np.asarray(frequency_hz, dtype=float) / frame_rate_hz)  # z^-1
    return np.abs((1.0 - lag) / (1.0 - lag + gain * lag**total_delay_frames))


def latency_bound_urad(*, rms_urad: float, corner_hz: float, latency_s: ArrayLike) -> FloatArray:
    """Least residual of any linear controller on a one-pole disturbance [urad].

    Parameters
    ----------
    rms_urad : float
        Rms of the disturbance, one axis [urad], >= 0.
    corner_hz : float
        Its pole [Hz], > 0.
    latency_s : array_like, shape (...)
        From an instant's angle to the correction that knows it [s], >= 0.

    Returns
    -------
    ndarray, shape (...)
        rms sqrt(1 - exp(-4 pi corner latency)), the prediction error of an Ornstein-Uhlenbeck process.

    Raises
    ------
    DomainError
        If an input is out of its limits.
    """
    within("rms_urad", rms_urad, 0.0, inf, ends="[)")
    within("corner_hz", corner_hz, 0.0, inf, ends="()")
    within("latency_s", latency_s, 0.0, inf)
    return rms_urad * np.sqrt(-np.expm1(-4.0 * pi * corner_hz * np.asarray(latency_s, dtype=float)))
