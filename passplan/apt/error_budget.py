"""Predicted pointing error of one terminal by cause: what bias, lag, vibration, noise and actuators leave. On the sky.

The coarse loop sees what the gimbal leaves of the offset; the fine loop sees what the coarse loop leaves. So the fine
loop's disturbance is the residual of the coarse loop, images included.
"""

from dataclasses import dataclass, replace
from math import inf, pi, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from passplan.apt.cascade import CoarseResidual, mirror_spectrum
from passplan.apt.design import SampledLoop, control_response, servo_response
from passplan.apt.disturbance import VibrationSpectrum
from passplan.apt.hysteresis import Plays
from passplan.apt.rejection import (
    left_share,
    noise_gain,
    ramp_error_urad,
    residual_rms_urad,
    share_left,
    spectrum_variance,
    way_of,
)
from passplan.apt.spectrum import Psd
from passplan.checks import Finite, FloatArray, NonNegative, check_limits, within

Vector = tuple[float, float]

_RIPPLES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """What no loop can see or follow, x and y on the sky.

    boresight_urad : beam axis beside that of the fine camera [urad]
    point_ahead_error_urad : calibration error of the set-point that makes the point-ahead [urad]
    point_ahead_rate_urad_s : rate of the wanted lead [urad/s]
    point_ahead_update_s : time between updates of that set-point [s], >= 0
    chromatic_urad : the beacon's image beside the signal's, as refraction leaves it uncorrected [urad]
    drift_urad_s, drift_urad_s2 : rate [urad/s] and acceleration [urad/s^2] that the feed-forward leaves to the loops
    """

    boresight_urad: Vector = (0.0, 0.0)
    point_ahead_error_urad: Vector = (0.0, 0.0)
    point_ahead_rate_urad_s: Vector = (0.0, 0.0)
    point_ahead_update_s: NonNegative = 0.0
    chromatic_urad: Vector = (0.0, 0.0)
    drift_urad_s: Vector = (0.0, 0.0)
    drift_urad_s2: Vector = (0.0, 0.0)

    def __post_init__(self) -> None:
        check_limits(self)
        for name in self.__slots__:
            within(f"Alignment.{name}", getattr(self, name), -inf, inf, ends="()")


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetTerm:
    """One cause: a bias with its sign, or an rms about the mean, x and y [urad]."""

    name: str
    kind: Literal["bias", "rms"]
    x_urad: Finite
    y_urad: Finite

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBudget:
    """All causes of one terminal; biases add with their signs, rms terms in squares.

    terms : the causes, first the biases, then the rms terms
    coarse_rms_urad : rms that the coarse loop leaves to the fine mirror, one axis, without the lag [urad]
    coarse_lag_urad : mean that it leaves, the lag behind the drift, x and y [urad]
    mirror_rms_urad : rms of the fine mirror's angle, one axis [urad]
    """

    terms: tuple[BudgetTerm, ...]
    coarse_rms_urad: float
    coarse_lag_urad: Vector
    mirror_rms_urad: float

    @property
    def bias_urad(self) -> Vector:
        """Mean error, x and y [urad]."""
        biases = [term for term in self.terms if term.kind == "bias"]
        return sum(term.x_urad for term in biases), sum(term.y_urad for term in biases)

    @property
    def jitter_urad(self) -> Vector:
        """Rms about the mean, x and y [urad]."""
        squares = [(term.x_urad**2, term.y_urad**2) for term in self.terms if term.kind == "rms"]
        return sqrt(sum(x for x, _ in squares)), sqrt(sum(y for _, y in squares))

    @property
    def total_urad(self) -> Vector:
        """Rms about the wanted direction, x and y [urad]."""
        (bias_x, bias_y), (jitter_x, jitter_y) = self.bias_urad, self.jitter_urad
        return float(np.hypot(bias_x, jitter_x)), float(np.hypot(bias_y, jitter_y))


def error_budget(
    *,
    fine: SampledLoop,
    psd: Psd,
    coarse: SampledLoop | None = None,
    alignment: Alignment | None = None,
    fine_noise_urad: float = 0.0,
    coarse_noise_urad: float = 0.0,
    plays: Plays | None = None,
    encoder_step_urad: float = 0.0,
) -> ErrorBudget:
    """Error budget of a terminal with both loops closed.

    Parameters
    ----------
    fine, coarse : SampledLoop
        The two loops, stable; no coarse loop for a mirror that stands alone.
    psd : callable
        Vibration, one-sided density per axis [urad^2/Hz] of a frequency [Hz]; its lines count too.
    alignment : Alignment, optional
        Biases and drifts; none by itself.
    fine_noise_urad, coarse_noise_urad : float
        Rms error of a reading of either camera, per axis [urad], >= 0.
    plays : Plays, optional
        Hysteresis of the fine mirror, angles on the sky.
    encoder_step_urad : float
        Step of the gimbal's encoder, on the sky [urad], >= 0.

    Returns
    -------
    ErrorBudget
        Bias and rms by cause. The rms of a loop's own causes is alike in both axes; that of the vibration is not where
        the spectrum has two ``axes``, and the rms of mirror and coarse loop are then the mean of both, by power.

    Raises
    ------
    DomainError
        If an input is out of its limits.

    Notes
    -----
    Linear: no limit of stroke, slew or rate is reached, no frame is lost. The encoder's error is spread evenly over a
    step, and over the frequencies that the gimbal's servo follows.
    Hysteresis counts by what the smaller and later answer of the mirror adds to the vibration that is left, with the
    describing function of its plays for a narrow-band motion as large as the mirror's; its harmonics are left out.
    """
    within("fine_noise_urad", fine_noise_urad, 0.0, inf, ends="[)")
    within("coarse_noise_urad", coarse_noise_urad, 0.0, inf, ends="[)")
    within("encoder_step_urad", encoder_step_urad, 0.0, inf, ends="[)")
    given = alignment or Alignment()
    left = _left_by(coarse, psd)
    vibration_urad = residual_rms_urad(fine, left)
    shaken_urad = [vibration_urad, vibration_urad]
    if hasattr(psd, "axes"):
        shaken_urad = [residual_rms_urad(fine, _left_by(coarse, axis)) for axis in psd.axes]
    motion = mirror_spectrum(fine, left)
    mirror_urad = sqrt(spectrum_variance(motion, _all, rate_hz=fine.rate_hz))
    terms = [*_biases(given, fine, coarse), *_sawtooth(given, fine, coarse)]
    terms.append(BudgetTerm(name="vibration", kind="rms", x_urad=shaken_urad[0], y_urad=shaken_urad[1]))
    alike = {"reading noise, fine": fine_noise_urad * sqrt(noise_gain(fine))}
    if coarse is not None:
        noise = CoarseResidual(loop=coarse, psd=_silence, noise_urad=coarse_noise_urad)
        alike["reading noise, coarse"] = residual_rms_urad(fine, noise)
        servo_hz = min(coarse.actuator_hz, coarse.rate_hz)
        step = VibrationSpectrum(rms_urad=encoder_step_urad / sqrt(12.0), corner_hz=servo_hz, roll_off_hz=servo_hz)
        alike["encoder step"] = residual_rms_urad(fine, step)
    if plays is not None and plays.weight.size:
        gain = equivalent_gain(plays, motion_rms_urad=mirror_urad)
        variance = spectrum_variance(left, lambda f: _share_with(fine, f, gain), rate_hz=fine.rate_hz)
        alike["hysteresis"] = sqrt(max(variance - vibration_urad**2, 0.0))
    terms += [BudgetTerm(name=name, kind="rms", x_urad=rms, y_urad=rms) for name, rms in alike.items()]
    return ErrorBudget(
        terms=tuple(terms),
        coarse_rms_urad=_coarse_rms_urad(coarse, psd, coarse_noise_urad, rate_hz=fine.rate_hz),
        coarse_lag_urad=_lag_urad(coarse, given.drift_urad_s),
        mirror_rms_urad=mirror_urad,
    )


def equivalent_gain(plays: Plays, *, motion_rms_urad: float) -> complex:
    """Gain of a stage with hysteresis for a narrow-band Gaussian command, its lag as a negative imaginary part [1].

    Parameters
    ----------
    plays : Plays
        The stage, angles on the sky.
    motion_rms_urad : float
        Rms of the command [urad], >= 0.

    Returns
    -------
    complex
        direct + sum of weight (p - i q) over the plays, the mean over a Rayleigh distributed amplitude a, by power. For
        a play of half-width r, x = 1 - 2 r / a: p = 1/2 + (asin(x) + x sqrt(1 - x^2)) / pi, q = 4 (r / a) (1 - r / a) /
        pi; both 0 for a <= r. A command smaller than all plays meets the direct part alone.

    Raises
    ------
    DomainError
        If the rms is negative.

    Notes
    -----
    Source: describing function of backlash, Slotine and Li, Applied Nonlinear Control (1991), sec. 5.2, quoted from
    general knowledge.
    """
    within("motion_rms_urad", motion_rms_urad, 0.0, inf, ends="[)")
    if motion_rms_urad == 0.0:
        return complex(plays.direct)
    probability = (np.arange(4000) + 0.5) / 4000.0
    power = -2.0 * np.log1p(-probability)  # of an amplitude, over the mean square
    share = np.minimum(plays.half_width_urad / (motion_rms_urad * np.sqrt(power[:, None])), 1.0)
    x = 1.0 - 2.0 * share
    along = 0.5 + (np.arcsin(x) + x * np.sqrt(1.0 - x * x)) / pi
    late = 4.0 / pi * share * (1.0 - share)
    return complex(plays.direct + np.average((plays.weight * (along - 1j * late)).sum(axis=1), weights=power))


def _left_by(coarse: SampledLoop | None, psd: Psd) -> Psd:
    """What a coarse loop, if any, leaves of a vibration."""
    return psd if coarse is None else CoarseResidual(loop=coarse, psd=psd, noise_urad=0.0)


def _share_with(loop: SampledLoop, frequency_hz: ArrayLike, gain: complex) -> FloatArray:
    """Share of a disturbance's power that is left when the actuator answers with a gain."""
    way = way_of(loop, frequency_hz)
    changed = replace(way, hold=gain * way.hold, plant=gain * way.plant, held_power=abs(gain) ** 2 * way.held_power)
    return share_left(control_response(loop.law, way.frequency_hz), changed)


def _biases(given: Alignment, fine: SampledLoop, coarse: SampledLoop | None) -> list[BudgetTerm]:
    """Residual is the wanted direction less that of the beam."""
    age_s = 0.5 * given.point_ahead_update_s
    rows = {
        "boresight": [0.0 - value for value in given.boresight_urad],
        "point-ahead calibration": [0.0 - value for value in given.point_ahead_error_urad],
        "point-ahead between updates": [age_s * value for value in given.point_ahead_rate_urad_s],
        "chromatic refraction": list(given.chromatic_urad),
    }
    if coarse is None:
        rows["lag"] = list(_lag_urad(fine, given.drift_urad_s))
    else:  # each loop of type I takes one derivative of the drift
        rows["lag"] = list(_lag_urad(fine, _lag_urad(coarse, given.drift_urad_s2)))
    return [BudgetTerm(name=name, kind="bias", x_urad=x, y_urad=y) for name, (x, y) in rows.items()]


def _sawtooth(given: Alignment, fine: SampledLoop, coarse: SampledLoop | None) -> list[BudgetTerm]:
    """Rms of what the steps of the set-point and of the coarse hold make about their mean."""
    spread_s = given.point_ahead_update_s / sqrt(12.0)
    stale = [abs(spread_s * value) for value in given.point_ahead_rate_urad_s]
    terms = [BudgetTerm(name="point-ahead steps", kind="rms", x_urad=stale[0], y_urad=stale[1])]
    if coarse is not None:
        order = np.arange(1, _RIPPLES + 1)
        harmonic_hz = order * coarse.rate_hz
        # A staircase is a ramp less a saw; its harmonics have 1/(pi j) of the step, and the servo shapes them.
        saw_s = coarse.frame_s / (pi * order) * np.abs(servo_response(coarse, harmonic_hz))
        power = 0.5 * saw_s**2 * left_share(fine, harmonic_hz)
        ripple_s = float(np.sqrt(power.sum()))
        x, y = (abs(ripple_s * value) for value in given.drift_urad_s)
        terms.append(BudgetTerm(name="steps of the coarse command", kind="rms", x_urad=x, y_urad=y))
    return terms


def _lag_urad(loop: SampledLoop | None, rate_urad_s: Vector) -> Vector:
    if loop is None:
        return 0.0, 0.0
    x, y = (ramp_error_urad(loop, rate_urad_s=rate) for rate in rate_urad_s)
    return x, y


def _coarse_rms_urad(coarse: SampledLoop | None, psd: Psd, noise_urad: float, *, rate_hz: float) -> float:
    if coarse is None:
        return sqrt(spectrum_variance(psd, _all, rate_hz=rate_hz))
    return residual_rms_urad(coarse, psd, noise_urad=noise_urad)


def _all(frequency_hz: ArrayLike) -> FloatArray:
    return np.ones(np.shape(frequency_hz))


def _silence(frequency_hz: ArrayLike) -> FloatArray:
    return np.zeros(np.shape(frequency_hz))
