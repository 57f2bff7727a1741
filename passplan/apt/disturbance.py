"""Platform vibration: one-sided spectra per axis, and time series that follow them.

Every spectrum is a function of frequency [Hz] that returns a power spectral density in urad^2/Hz, one-sided (its
integral from 0 to infinity is the variance) and per axis, as an angle on the sky.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, pi, sqrt
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, NonNegative, Positive, check_limits, within

Psd = Callable[[ArrayLike], FloatArray]

_OLYMPUS_URAD2_HZ = 160.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VibrationSpectrum:
    """Spectrum of one pole and, if wanted, a fourth-order roll-off; call it with a frequency [Hz].

    ::

        S(f) = A / (1 + (f / corner_hz)^2) / (1 + (f / roll_off_hz)^4),   integral of S over f > 0 = rms_urad^2

    rms_urad : rms of one axis over all frequencies, angle on the sky [urad], >= 0
    corner_hz : frequency of the pole [Hz], > 0
    roll_off_hz : frequency of the roll-off [Hz], > 0; inf for none (an Ornstein-Uhlenbeck process)
    """

    rms_urad: NonNegative
    corner_hz: Positive = 1.0
    roll_off_hz: Annotated[float, Interval(gt=0.0)] = inf

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def plateau_urad2_hz(self) -> float:
        """Density A at zero frequency [urad^2/Hz], from the exact integral of the shape."""
        shape = 0.5 * pi
        if isfinite(self.roll_off_hz):
            ratio = self.roll_off_hz / self.corner_hz
            shape = (0.5 * pi + pi / sqrt(8.0) * (ratio**-3 - 1.0 / ratio)) / (1.0 + ratio**-4)
        return self.rms_urad**2 / (self.corner_hz * shape)

    def __call__(self, frequency_hz: ArrayLike) -> FloatArray:
        """One-sided density [urad^2/Hz] at a frequency [Hz], shape (...)."""
        frequency = np.asarray(frequency_hz, dtype=float)
        square = frequency * frequency
        roll_off = 1.0 + square * square / self.roll_off_hz**4
        return self.plateau_urad2_hz / ((1.0 + square / self.corner_hz**2) * roll_off)


def olympus_psd(frequency_hz: ArrayLike) -> FloatArray:
    """Vibration spectrum of the Olympus satellite, one-sided and per axis [urad^2/Hz].

    Parameters
    ----------
    frequency_hz : array_like, shape (...)
        Frequency [Hz], >= 0.

    Returns
    -------
    ndarray, shape (...)
        S = 160 / (1 + f^2); its integral is 80 pi urad^2, 15.85 urad rms.

    Raises
    ------
    DomainError
        If a frequency is negative or nan.

    Notes
    -----
    Source: the ESA specification from Olympus measurements, quoted from general knowledge [M], not re-read.
    A hard case for a 2 kHz camera, not the platform of Micius.
    """
    within("frequency_hz", frequency_hz, 0.0, inf)
    return _OLYMPUS_URAD2_HZ / (1.0 + np.square(frequency_hz, dtype=float))


def micius_like_psd(
    frequency_hz: ArrayLike, *, rms_urad: float = 9.3, corner_hz: float = 1.0, roll_off_hz: float = 30.0
) -> FloatArray:
    """Vibration spectrum with the published rms of Micius, one-sided and per axis [urad^2/Hz].

    Parameters
    ----------
    frequency_hz : array_like, shape (...)
        Frequency [Hz], >= 0.
    rms_urad : float
        Total rms of one axis [urad], >= 0.
    corner_hz, roll_off_hz : float
        Frequencies of the pole and of the fourth-order roll-off [Hz], > 0.

    Returns
    -------
    ndarray, shape (...)
        A / (1 + (f/corner)^2) / (1 + (f/roll_off)^4) with A set so that the integral is rms_urad^2 exactly.

    Raises
    ------
    DomainError
        If a frequency is negative or a parameter out of its limits.

    Notes
    -----
    The rms, 9.3 urad with its energy mainly below 30 Hz, is from the abstract of the in-orbit measurement
    (Applied Optics, 2021). The shape is assumed.
    """
    within("frequency_hz", frequency_hz, 0.0, inf)
    return VibrationSpectrum(rms_urad=rms_urad, corner_hz=corner_hz, roll_off_hz=roll_off_hz)(frequency_hz)


def cumulative_rms_urad(psd: Psd, *, frequency_hz: ArrayLike, low_hz: float = 1e-4, high_hz: float = 1e5) -> FloatArray:
    """Rms of one axis from all content above a frequency [urad].

    Parameters
    ----------
    psd : callable
        One-sided density [urad^2/Hz] of a frequency [Hz].
    frequency_hz : array_like, shape (...)
        Frequencies [Hz] in [low_hz, high_hz].
    low_hz, high_hz : float
        Band of the spectrum [Hz]; a tabulated spectrum lends its own when it is narrower.

    Returns
    -------
    ndarray, shape (...)
        sqrt(integral of S from f to high_hz), trapezoids on 1000 points a decade.

    Raises
    ------
    DomainError
        If a frequency lies outside the band.
    """
    within("low_hz", low_hz, 0.0, high_hz, ends="()")
    within("frequency_hz", frequency_hz, low_hz, high_hz)
    table_low_hz, table_high_hz = getattr(psd, "band_hz", (low_hz, high_hz))
    low_hz, high_hz = max(low_hz, table_low_hz), min(high_hz, table_high_hz)
    per_e_fold = 1000.0 / np.log(10.0)
    grid_hz = np.geomspace(low_hz, high_hz, int(per_e_fold * np.log(high_hz / low_hz)) + 2)[1:-1]
    grid_hz = np.concatenate(([low_hz], grid_hz, [high_hz]))
    density = psd(grid_hz)
    slices = 0.5 * (density[1:] + density[:-1]) * np.diff(grid_hz)
    above = np.append(np.cumsum(slices[::-1])[::-1], 0.0)
    return np.sqrt(np.interp(np.asarray(frequency_hz, dtype=float), grid_hz, above))


def vibration(psd: Psd, *, duration_s: float, step_s: float, rng: np.random.Generator) -> FloatArray:
    """Two independent axes of vibration that follow a spectrum [urad].

    Parameters
    ----------
    psd : callable
        One-sided density per axis [urad^2/Hz] of a frequency [Hz].
    duration_s, step_s : float
        Length of the series and its step [s], > 0; the step must not exceed the duration.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    ndarray, shape (2, round(duration_s / step_s))
        Angle of each axis on the sky [urad], Gaussian and stationary.

    Raises
    ------
    DomainError
        If duration or step are out of their limits.

    Notes
    -----
    A spectrum of one pole (Olympus, or a `VibrationSpectrum` without roll-off) is an Ornstein-Uhlenbeck process and is
    stepped exactly: a = exp(-2 pi corner step), for any duration. Every other spectrum is a sum of Gaussian
    amplitudes at the frequencies of a record at least twice as long, of which the first part is kept: the kept
    part does not repeat, and holds content below 1/duration. Content above 1/(2 step) is left out there, and folded,
    as a sample would, in the exact case.
    """
    within("duration_s", duration_s, 0.0, inf, ends="()")
    within("step_s", step_s, 0.0, duration_s, ends="(]")
    count = round(duration_s / step_s)
    if psd is olympus_psd:
        return _one_pole(sqrt(0.5 * pi * _OLYMPUS_URAD2_HZ), 1.0, count=count, step_s=step_s, rng=rng)
    if isinstance(psd, VibrationSpectrum) and not isfinite(psd.roll_off_hz):
        return _one_pole(psd.rms_urad, psd.corner_hz, count=count, step_s=step_s, rng=rng)
    return _sum_of_waves(psd, count=count, step_s=step_s, rng=rng)


def _one_pole(rms_urad: float, corner_hz: float, *, count: int, step_s: float, rng: np.random.Generator) -> FloatArray:
    from scipy.signal import lfilter  # slow to import, for this branch alone

    decay = np.exp(-2.0 * pi * corner_hz * step_s)
    noise = rng.standard_normal((2, count)) * rms_urad
    noise[:, 1:] *= np.sqrt(-np.expm1(-4.0 * pi * corner_hz * step_s))
    return lfilter([1.0], [1.0, -decay], noise, axis=1)


def _sum_of_waves(psd: Psd, *, count: int, step_s: float, rng: np.random.Generator) -> FloatArray:
    from scipy import fft  # slow to import, and faster here than numpy's

    length = 2 * fft.next_fast_len(count)
    resolution_hz = 1.0 / (length * step_s)
    density = psd(np.arange(length // 2 + 1) * resolution_hz)
    # Each of the length lines, of either sign of frequency, carries half a bin of the one-sided density to each axis;
    # real and imaginary part of one complex series are the two independent axes.
    amplitude = np.sqrt(0.5 * density * resolution_hz).astype(np.float32)
    waves = rng.standard_normal((length, 2), dtype=np.float32).view(np.complex64)[:, 0]
    waves[: length // 2 + 1] *= amplitude
    waves[length // 2 + 1 :] *= amplitude[-2:0:-1]
    series = fft.ifft(waves, norm="forward", overwrite_x=True)[:count]
    return np.stack((series.real, series.imag)).astype(float)
