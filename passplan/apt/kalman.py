"""Kalman predictor: the command is the mean of the disturbance, predicted over the time for which it will be held.

The vibration is a sum of stationary processes in continuous time and, if wanted, a slow drift. A frame reads its mean
over the exposure, with white noise; from one frame to the next the model is taken exactly. The law knows what its own
commands did to the readings, so it filters the disturbance alone: the linear quadratic Gaussian controller of a plant
that costs nothing to move.
"""

from dataclasses import dataclass
from math import inf, isfinite, pi, sqrt
from typing import Annotated, Literal

import numpy as np
from annotated_types import Interval

from passplan.apt.disturbance import VibrationSpectrum
from passplan.apt.law import Filter
from passplan.apt.line_filter import Damping, Notch, Resonance
from passplan.apt.replica import Replica, replica_filter, with_replica
from passplan.checks import FloatArray, NonNegative, Positive, check_limits
from passplan.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Narrow band of vibration, a resonance driven by white noise.

    frequency_hz : its middle [Hz], > 0
    rms_urad : rms of one axis [urad], >= 0
    damping : half its width over its middle [1], in (0, 1)
    """

    frequency_hz: Positive
    rms_urad: NonNegative
    damping: Damping = 0.005

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class KalmanPredictor:
    """Prediction of the vibration; angles on the sky, one axis.

    rms_urad, corner_hz, roll_off_hz : spectrum of the vibration, as `VibrationSpectrum` [urad, Hz]
    lines : lines beside it
    reading_noise_urad : rms error of a reading [urad], >= 0; a larger one makes a slower and more robust law
    walk_urad2_s : variance that a drift gains each second [urad^2/s], >= 0; above 0, a constant error is taken out
    ramp_urad2_s3 : variance that the rate of that drift gains each second [urad^2/s^3], >= 0; above 0, a ramp is, too
    notches, resonances : bands and lines that the law treats apart from the model
    """

    kind: Literal["kalman"] = "kalman"
    rms_urad: NonNegative
    corner_hz: Positive = 1.0
    roll_off_hz: Annotated[float, Interval(gt=0.0)] = inf
    lines: tuple[Line, ...] = ()
    reading_noise_urad: NonNegative = 0.1
    walk_urad2_s: NonNegative = 10.0
    ramp_urad2_s3: NonNegative = 0.0
    notches: tuple[Notch, ...] = ()
    resonances: tuple[Resonance, ...] = ()

    def __post_init__(self) -> None:
        check_limits(self)
        rms = (self.rms_urad, *(line.rms_urad for line in self.lines))
        if not any((*rms, self.walk_urad2_s, self.ramp_urad2_s3)):
            raise DomainError("KalmanPredictor: rms_urad, lines and drift are all 0; one must be > 0 to be predicted")


def predictor_filter(law: KalmanPredictor, replica: Replica) -> Filter:
    """Filter of a predictor, without its notches and resonances.

    Parameters
    ----------
    law : KalmanPredictor
        Model of the vibration and of the readings [urad, Hz].
    replica : Replica
        The loop; a delay or an actuator that it does not hold costs stability.

    Returns
    -------
    Filter
        c is the prediction over the hold, moved on by the lag of the actuator. The state is the estimate of the
        vibration, then that of the replica.

    Notes
    -----
    The steady gain solves the discrete Riccati equation for a reading that shares the noise of its frame with the
    state: x_k = Phi x_{k-1} + w, y_k = H x_{k-1} + v, E[w v] not 0. Source: Anderson and Moore, Optimal Filtering
    (1979), sec. 4.1 and 5.4, quoted from general knowledge.
    """
    from scipy.linalg import expm, solve_discrete_are  # slow to import

    flow, noise, look = vibration_model(law, step_s=1.0 / replica.rate_hz)
    states = look.size
    phi, read, noise_x, noise_xy, noise_y = _frame(flow, noise, look, replica.exposure_share)
    noise_y += law.reading_noise_urad**2
    prior = solve_discrete_are(phi.T, read[:, None], noise_x, np.array([[noise_y]]), s=noise_xy[:, None])
    gain = (phi @ prior @ read + noise_xy) / (read @ prior @ read + noise_y)
    ahead = expm(_averaged(flow, look))[states, :states]  # the mean over one period from now
    ahead = ahead @ expm((replica.delay_frames + replica.actuator_lag_frames) * flow)
    estimator = Filter(
        rate_hz=replica.rate_hz,
        a=phi - np.outer(gain, read),
        b=gain,
        c=ahead @ (phi - np.outer(gain, read)),
        d=float(ahead @ gain),
        windup=np.zeros(states),
    )
    return with_replica(estimator, replica_filter(replica))


def vibration_model(law: KalmanPredictor, *, step_s: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Linear model of the disturbance in time counted in steps [s], x' = flow x + white noise, angle = look x.

    Returns
    -------
    flow : ndarray, shape (n, n)
        State matrix.
    noise : ndarray, shape (n, n)
        Covariance that the state gains in a step [urad^2].
    look : ndarray, shape (n,)
        Angle on the sky of a state [urad].
    """
    blocks = []
    if law.rms_urad:
        spectrum = VibrationSpectrum(rms_urad=law.rms_urad, corner_hz=law.corner_hz, roll_off_hz=law.roll_off_hz)
        blocks.append(_broad(spectrum, step_s))
    for line in law.lines:
        omega = 2.0 * pi * line.frequency_hz * step_s
        blocks.append((_oscillator(omega, line.damping), [0.0, 2.0 * line.rms_urad * sqrt(line.damping * omega)], 0))
    if law.walk_urad2_s or law.ramp_urad2_s3:
        blocks.append((np.zeros((1, 1)), [sqrt(law.walk_urad2_s * step_s)], 0))
    size = sum(len(drive) for _, drive, _ in blocks) + bool(law.ramp_urad2_s3)
    flow, noise, look = np.zeros((size, size)), np.zeros((size, size)), np.zeros(size)
    first = 0
    for block, drive, seen in blocks:
        part = slice(first, first + len(drive))
        flow[part, part] = block
        noise[part, part] = np.outer(drive, drive)
        look[first + seen] = 1.0
        first += len(drive)
    if law.ramp_urad2_s3:
        flow[-2, -1] = 1.0
        noise[-1, -1] = law.ramp_urad2_s3 * step_s**3
    return flow, noise, look


def _broad(spectrum: VibrationSpectrum, step_s: float) -> tuple[FloatArray, list[float], int]:
    """White noise through the pole and, behind it, the second-order roll-off, whose fourth power is in the density."""
    pole = 2.0 * pi * spectrum.corner_hz * step_s
    drive = pole * sqrt(0.5 * spectrum.plateau_urad2_hz / step_s)  # half the one-sided density, per axis and step
    if not isfinite(spectrum.roll_off_hz):
        return np.array([[-pole]]), [drive], 0
    flow = np.zeros((3, 3))
    flow[0, 0] = -pole
    flow[1:, 1:] = _oscillator(2.0 * pi * spectrum.roll_off_hz * step_s, sqrt(0.5))
    flow[2, 0] = flow[1, 2]
    return flow, [drive, 0.0, 0.0], 1


def _oscillator(omega: float, damping: float) -> FloatArray:
    """Position and rate over omega of a second-order system."""
    return omega * np.array([[0.0, 1.0], [-1.0, -2.0 * damping]])


def _averaged(flow: FloatArray, look: FloatArray) -> FloatArray:
    """State matrix with the sum of the angle as last state."""
    return np.block([[flow, np.zeros((look.size, 1))], [look[None, :], np.zeros((1, 1))]])


def _frame(
    flow: FloatArray, noise: FloatArray, look: FloatArray, share: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, float]:
    """From the end of one exposure to the end of the next: state, mean of the angle, and their noise covariance."""
    states = look.size
    rest, rest_noise = _passage(flow, noise, 1.0 - share)
    exposed = np.zeros((states + 1, states + 1))
    exposed[:states, :states] = noise
    across, added = _passage(_averaged(flow, look / share), exposed, share)
    both = across[:, :states]
    passage = both @ rest
    covariance = both @ rest_noise @ both.T + added
    return (
        passage[:states],
        passage[states],
        covariance[:states, :states],
        covariance[:states, states],
        float(covariance[states, states]),
    )


def _passage(flow: FloatArray, noise: FloatArray, span: float) -> tuple[FloatArray, FloatArray]:
    """Transition and noise covariance over a span, by one exponential (Van Loan, IEEE Trans. AC 23, 395 (1978))."""
    from scipy.linalg import expm  # slow to import

    size = len(flow)
    block = expm(span * np.block([[-flow, noise], [np.zeros((size, size)), flow.T]]))
    transition = block[size:, size:].T
    covariance = transition @ block[:size, size:]
    return transition, 0.5 * (covariance + covariance.T)
