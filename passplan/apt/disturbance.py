"""Vibration of a platform or a mount: one-sided spectra per axis, and time series that follow them.

Every spectrum is a function of frequency [Hz] that returns a power spectral density in urad^2/Hz, one-sided (its
integral from 0 to infinity is the variance) and per axis, as an angle on the sky. See `spectrum` for what else it may
have.
"""

from dataclasses import dataclass
from functools import partial
from math import ceil, inf, pi, sqrt
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.apt.shaping import area_hz, shaped_series, shaping_filter
from passplan.apt.spectrum import Line, Psd, lines_of, vibration_stride
from passplan.apt.wheels import ReactionWheel, lines_series, wheel_lines, wheel_series
from passplan.apt.wind import WindLoad
from passplan.checks import FloatArray, NonNegative, Positive, check_limits, within

_OLYMPUS_URAD2_HZ = 160.0
_DRIFT_ROLL_OFF = 10.0  # corners of the drift: a body with inertia does not jump
_MOST_SAMPLES = 100_000_000


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
        return self.rms_urad**2 / area_hz(corner_hz=self.corner_hz, roll_off_hz=self.roll_off_hz)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """Sum of independent vibrations; call it with a frequency [Hz] for the density of its smooth parts [urad^2/Hz].

    parts : smooth spectra
    line : lines of steady frequency
    wheel : reaction wheels, which add lines of their own
    """

    parts: tuple[Psd, ...] = ()
    line: tuple[Line, ...] = ()
    wheel: tuple[ReactionWheel, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines at the start: the steady ones and those of the wheels, which may move on."""
        return (*self.line, *(line for wheel in self.wheel for line in wheel_lines(wheel)))

    @property
    def highest_line_hz(self) -> float:
        """Highest frequency that any line will have [Hz]; 0 without lines."""
        return max([line.frequency_hz for line in self.line] + [wheel.highest_hz for wheel in self.wheel], default=0.0)

    @property
    def band_hz(self) -> tuple[float, float]:
        """Lowest and highest frequency at which a part is known [Hz]."""
        bands = [getattr(part, "band_hz", (0.0, inf)) for part in self.parts] or [(0.0, inf)]
        return min(low for low, _ in bands), max(high for _, high in bands)

    @property
    def nodes_hz(self) -> FloatArray:
        """Frequencies between which all parts are smooth [Hz], shape (n,)."""
        return np.concatenate([np.zeros(0), *(getattr(part, "nodes_hz", np.zeros(0)) for part in self.parts)])

    def __call__(self, frequency_hz: ArrayLike) -> FloatArray:
        """One-sided density of the smooth parts [urad^2/Hz] at a frequency [Hz], shape (...)."""
        total = np.zeros(np.shape(frequency_hz))
        for part in self.parts:
            total = total + part(frequency_hz)
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Vibration:
    """Vibration of one terminal as a file states it; itself a spectrum, the density of its smooth parts [urad^2/Hz].

    rms_urad, corner_hz, roll_off_hz : the broad spectrum, see `VibrationSpectrum`
    drift_rms_urad : rms of a slow drift of the attitude, one axis, on the sky [urad], >= 0
    drift_corner_hz : its corner [Hz], > 0; it rolls off at ten times that and stays bounded, a stationary process
    line : lines of steady frequency (coolers, solar array)
    wheel : reaction wheels
    wind : wind on a mount, none for a satellite or in a closed dome
    """

    rms_urad: NonNegative
    corner_hz: Positive = 1.0
    roll_off_hz: Annotated[float, Interval(gt=0.0)] = inf
    drift_rms_urad: NonNegative = 0.0
    drift_corner_hz: Positive = 0.01
    line: tuple[Line, ...] = ()
    wheel: tuple[ReactionWheel, ...] = ()
    wind: WindLoad | None = None

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def spectrum(self) -> VibrationSpectrum:
        """The broad spectrum alone."""
        return VibrationSpectrum(rms_urad=self.rms_urad, corner_hz=self.corner_hz, roll_off_hz=self.roll_off_hz)

    @property
    def disturbance(self) -> Disturbance:
        """The sum of all that moves."""
        drift = VibrationSpectrum(
            rms_urad=self.drift_rms_urad,
            corner_hz=self.drift_corner_hz,
            roll_off_hz=_DRIFT_ROLL_OFF * self.drift_corner_hz,
        )
        smooth = tuple(part for part in (self.spectrum, drift) if part.rms_urad > 0.0)
        blown = () if self.wind is None else (self.wind,)
        return Disturbance(parts=(*smooth, *blown), line=self.line, wheel=self.wheel)

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines at the start, those of the wheels too."""
        return self.disturbance.lines

    @property
    def highest_line_hz(self) -> float:
        """Highest frequency that any line will have [Hz]; 0 without lines."""
        return self.disturbance.highest_line_hz

    def __call__(self, frequency_hz: ArrayLike) -> FloatArray:
        """One-sided density of the smooth parts [urad^2/Hz] at a frequency [Hz], shape (...)."""
        return self.disturbance(frequency_hz)


def vibration(psd: Psd, *, duration_s: float, step_s: float, rng: np.random.Generator) -> FloatArray:
    """Two independent axes of vibration that follow a spectrum [urad].

    Parameters
    ----------
    psd : callable
        One-sided density per axis [urad^2/Hz] of a frequency [Hz]; its lines and wheels are heard too.
    duration_s, step_s : float
        Length of the series and its step [s], > 0; the step must not exceed the duration.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    ndarray, shape (2, round(duration_s / step_s))
        Angle of each axis on the sky [urad], Gaussian and stationary but for lines.

    Raises
    ------
    DomainError
        If duration or step are out of their limits, the series has over 1e8 samples, or a density is negative or not
        finite.

    Notes
    -----
    Olympus and every `VibrationSpectrum` are exact at any lag and for any duration, see `shaping`; what lies above
    1/(2 step) is folded, as a sample would. Every other spectrum is a sum of Gaussian amplitudes at the frequencies
    of a record at least twice as long, of which the first part is kept: the kept part does not repeat, and holds
    content below 1/duration, none above 1/(2 step). In a sum of several, a part that needs fewer samples
    (`vibration_stride`) gets fewer, joined by straight lines.
    """
    within("duration_s", duration_s, 0.0, inf, ends="()")
    within("step_s", step_s, 0.0, duration_s, ends="(]")
    within("samples, duration_s / step_s,", duration_s / step_s, 1, _MOST_SAMPLES)
    count = round(duration_s / step_s)
    whole = psd.disturbance if isinstance(psd, Vibration) else psd
    if not isinstance(whole, Disturbance):
        whole = Disturbance(parts=(whole,), line=lines_of(whole))
    if len(whole.parts) == 1:
        series = _smooth_part(whole.parts[0], count=count, step_s=step_s, rng=rng)
    else:
        series = np.zeros((2, count))
        for part in whole.parts:
            stride = vibration_stride(part, plant_step_s=step_s)
            values = _smooth_part(part, count=ceil(count / stride) + 1, step_s=stride * step_s, rng=rng)
            series += _joined(values, stride=stride, count=count)
    if whole.line:
        series += lines_series(whole.line, count=count, step_s=step_s, rng=rng)
    for wheel in whole.wheel:
        series += wheel_series(wheel, count=count, step_s=step_s, rng=rng)
    return series


def _joined(values: FloatArray, *, stride: int, count: int) -> FloatArray:
    share = np.arange(stride) / stride
    between = values[:, :-1, None] + np.diff(values)[:, :, None] * share
    return between.reshape(2, -1)[:, :count]


def _smooth_part(psd: Psd, *, count: int, step_s: float, rng: np.random.Generator) -> FloatArray:
    if psd is olympus_psd:
        psd = VibrationSpectrum(rms_urad=sqrt(0.5 * pi * _OLYMPUS_URAD2_HZ))
    elif psd is micius_like_psd:
        psd = VibrationSpectrum(rms_urad=9.3, corner_hz=1.0, roll_off_hz=30.0)
    if isinstance(psd, VibrationSpectrum):
        shaping = shaping_filter(
            rms_urad=psd.rms_urad, corner_hz=psd.corner_hz, roll_off_hz=psd.roll_off_hz, step_s=step_s
        )
        return shaped_series(shaping, count=count, rng=rng)
    waves = partial(_sum_of_waves, count=count, step_s=step_s, rng=rng)
    axes: tuple[Psd, Psd] | None = getattr(psd, "axes", None)
    return waves(psd) if axes is None else np.stack((waves(axes[0])[0], waves(axes[1])[1]))


def _sum_of_waves(psd: Psd, *, count: int, step_s: float, rng: np.random.Generator) -> FloatArray:
    from scipy import fft  # slow to import, and faster here than numpy's

    length = 2 * fft.next_fast_len(count)
    resolution_hz = 1.0 / (length * step_s)
    density = psd(np.arange(length // 2 + 1) * resolution_hz)
    within("density of the spectrum [urad^2/Hz]", density, 0.0, inf, ends="[)")
    # Each of the length lines, of either sign of frequency, carries half a bin of the one-sided density to each axis;
    # real and imaginary part of one complex series are the two independent axes.
    amplitude = np.sqrt(0.5 * density * resolution_hz).astype(np.float32)
    waves = rng.standard_normal((length, 2), dtype=np.float32).view(np.complex64)[:, 0]
    waves[: length // 2 + 1] *= amplitude
    waves[length // 2 + 1 :] *= amplitude[-2:0:-1]
    series = fft.ifft(waves, norm="forward", overwrite_x=True)[:count]
    return np.stack((series.real, series.imag)).astype(float)
