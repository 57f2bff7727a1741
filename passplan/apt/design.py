"""A sampled tracking loop in the frequency domain: exposure, delays, hold and actuator as the clock makes them.

::

    disturbance d --->(-)---> camera: mean over the exposure ---> law C ---> delay, hold, actuator ---+
                       ^                                                                              |
                       +------------------------- angle m of the actuator <---------------------------+

Angles are those of one axis, on the sky [urad]. With the period T, the exposure e T, the delay tau, s = 2 pi i f:

    camera   A(f) = (1 - exp(-s e T)) / (s e T)                  mean over the exposure, which ends at the sample
    hold     K(f) = exp(-s tau) (1 - exp(-s T)) / (s T) P(f)     P the servo of the actuator, second order

Two open loops belong to it. ``open_loop`` is the loop at the sampling instants, C(z) G(z): exact, a function of
z = exp(s T), with G the sum of A K over all images f + j/T. Margins, poles and noise come from it.
``averaged_open_loop`` is C A K at one frequency, without the images. The two differ by the images: little below a
tenth of the rate, and wholly at half the rate. The second gives the usual estimate |1 / (1 + C A K)|^2 of what is
left of a continuous spectrum (`rejection.averaged_share`); `rejection.left_share` is the exact one, images included.
At the multiples of the frame rate an integrator has no response; it is taken a ten-millionth of the rate beside them.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import floor, inf, isfinite, pi
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike, NDArray

from passplan.apt.law import Filter, law_response
from passplan.apt.steering import second_order_response
from passplan.checks import FloatArray, NonNegative, Positive, check_limits

ComplexArray = NDArray[np.complex128]

_LEAST_PART = 1e-9  # of a frame: shorter pieces of it are rounding
_BESIDE = 1e-7  # of the rate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampledLoop:
    """One axis of a tracking loop; the rate of its law is that of its frames.

    law : from the error to the command
    exposure_share : share of a frame in which the camera exposes, at its end [1], in (0, 1]
    delay_frames : whole frames between the end of an exposure and the command made of it [1], >= 0
    extra_delay_s : added to that [s], >= 0
    actuator_hz : natural frequency of the actuator's servo [Hz], > 0; inf for one that follows at once
    actuator_damping : its damping ratio [1], > 0
    """

    law: Filter
    exposure_share: Annotated[float, Interval(gt=0.0, le=1.0)] = 1.0
    delay_frames: Annotated[int, Interval(ge=0, le=1000)] = 1
    extra_delay_s: NonNegative = 0.0
    actuator_hz: Annotated[float, Interval(gt=0.0)] = inf
    actuator_damping: Positive = 1.0

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def rate_hz(self) -> float:
        """Frames a second [Hz]."""
        return self.law.rate_hz

    @property
    def frame_s(self) -> float:
        """Period of a frame, and of the hold [s]."""
        return 1.0 / self.law.rate_hz

    @property
    def delay_s(self) -> float:
        """From the end of an exposure to the command made of it [s]."""
        return self.delay_frames * self.frame_s + self.extra_delay_s

    @property
    def latency_s(self) -> float:
        """From the middle of an exposure to the middle of the hold of its command [s], the actuator's lag not in it."""
        return self.delay_s + 0.5 * (self.exposure_share + 1.0) * self.frame_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Frame:
    """One frame of the actuator: x' = flow x + late u_old + now u_new, and the reading in the same way of see.

    The new command comes whole_frames frames and a part of one after the sample of its error.
    """

    whole_frames: int
    has_part: bool
    flow: FloatArray
    late: FloatArray
    now: FloatArray
    see: FloatArray
    see_late: float
    see_now: float


def camera_response(loop: SampledLoop, frequency_hz: ArrayLike) -> ComplexArray:
    """Mean over an exposure that ends now, of a wave of unit amplitude: A(f) [1], shape (...)."""
    turns = np.asarray(frequency_hz, dtype=float) * (loop.exposure_share * loop.frame_s)
    return np.sinc(turns) * np.exp(-1j * pi * turns)


def hold_response(loop: SampledLoop, frequency_hz: ArrayLike) -> ComplexArray:
    """Angle of the actuator at a frequency under a command that is delayed and held: K(f) [1], shape (...)."""
    frequency = np.asarray(frequency_hz, dtype=float)
    turns = frequency * loop.frame_s
    lag = np.exp(-1j * pi * (turns + 2.0 * frequency * loop.delay_s))
    return np.asarray(np.sinc(turns) * lag * servo_response(loop, frequency), dtype=complex)


def servo_response(loop: SampledLoop, frequency_hz: ArrayLike) -> ComplexArray:
    """Angle over target of the actuator's servo: P(f) [1], shape (...); one for an actuator that follows at once."""
    frequency = np.asarray(frequency_hz, dtype=float)
    if not isfinite(loop.actuator_hz):
        return np.ones(frequency.shape, dtype=complex)
    ratio = frequency / loop.actuator_hz
    return np.asarray(1.0 / (1.0 - ratio * ratio + 2j * loop.actuator_damping * ratio), dtype=complex)


def plant_response(loop: SampledLoop, frequency_hz: ArrayLike) -> ComplexArray:
    """Reading over command at the sampling instants, G(z) [1], shape (...): exact for any delay, exposure and servo."""
    frame = _frame(loop)
    z = np.exp(2j * pi * np.asarray(frequency_hz, dtype=float) * loop.frame_s)
    seen = frame.see_now + frame.see_late / z
    if frame.flow.size:
        (a, b), (c, d) = frame.flow
        drive = frame.now[:, None] + frame.late[:, None] / np.ravel(z)
        determinant = (np.ravel(z) - a) * (np.ravel(z) - d) - b * c
        first = ((np.ravel(z) - d) * drive[0] + b * drive[1]) / determinant
        second = (c * drive[0] + (np.ravel(z) - a) * drive[1]) / determinant
        seen = seen + (frame.see[0] * first + frame.see[1] * second).reshape(z.shape)
    return np.asarray(seen * z ** -(frame.whole_frames + 1.0))


def control_response(law: Filter, frequency_hz: ArrayLike) -> ComplexArray:
    """Command over error of a law, C(z) [1], shape (...), beside the multiples of its rate instead of on them."""
    frequency = np.asarray(frequency_hz, dtype=float)
    beside = np.abs(frequency - np.round(frequency / law.rate_hz) * law.rate_hz) < _BESIDE * law.rate_hz
    return law_response(law, np.where(beside, frequency + _BESIDE * law.rate_hz, frequency))


def open_loop(loop: SampledLoop, frequency_hz: ArrayLike) -> ComplexArray:
    """Loop at the sampling instants, C(z) G(z) [1], shape (...); repeats with the frame rate."""
    return control_response(loop.law, frequency_hz) * plant_response(loop, frequency_hz)


def averaged_open_loop(loop: SampledLoop, frequency_hz: ArrayLike) -> ComplexArray:
    """Loop at one frequency without its images, C A K [1], shape (...); falls off beyond the frame rate."""
    return (
        control_response(loop.law, frequency_hz)
        * camera_response(loop, frequency_hz)
        * hold_response(loop, frequency_hz)
    )


def sensitivity(loop: SampledLoop, frequency_hz: ArrayLike) -> ComplexArray:
    """Error over disturbance, both as read at the sampling instants: S = 1 / (1 + C G) [1], shape (...)."""
    return 1.0 / (1.0 + open_loop(loop, frequency_hz))


def complementary(loop: SampledLoop, frequency_hz: ArrayLike) -> ComplexArray:
    """Actuator over disturbance, both as read at the sampling instants: C G / (1 + C G) [1], shape (...)."""
    return open_loop(loop, frequency_hz) * sensitivity(loop, frequency_hz)


def command_response(loop: SampledLoop, frequency_hz: ArrayLike) -> ComplexArray:
    """Command over what a reading adds to the angle (noise, or the disturbance itself): Q = C / (1 + C G) [1]."""
    return control_response(loop.law, frequency_hz) * sensitivity(loop, frequency_hz)


def closed_loop_poles(loop: SampledLoop) -> ComplexArray:
    """Poles of the closed loop in z [1], largest first; it is stable when all lie inside the unit circle."""
    frame, law = _frame(loop), loop.law
    order, states = law.b.size, frame.now.size
    depth = frame.whole_frames + frame.has_part
    reading = order + states + depth
    size = reading + 1
    command = np.zeros(size)
    command[:order], command[reading] = law.c, -law.d
    past = np.vstack((command, np.eye(size)[order + states : reading]))  # u_k, u_(k-1), ...
    now, late = past[frame.whole_frames], past[depth]
    matrix = np.zeros((size, size))
    matrix[:order, :order], matrix[:order, reading] = law.a, -law.b
    plant = slice(order, order + states)
    matrix[plant, plant] = frame.flow
    matrix[plant] += np.outer(frame.now, now) + np.outer(frame.late, late)
    matrix[order + states : reading] = past[:depth]
    matrix[reading, plant] = frame.see
    matrix[reading] += frame.see_now * now + frame.see_late * late
    poles = np.linalg.eigvals(matrix).astype(complex)
    return poles[np.argsort(-np.abs(poles), kind="stable")]


def _frame(loop: SampledLoop) -> _Frame:
    """Step the actuator exactly through the pieces of a frame: until the new command, until and in the exposure."""
    delay = loop.delay_s * loop.rate_hz
    whole = floor(delay + _LEAST_PART)
    part = delay - whole if delay - whole > _LEAST_PART else 0.0
    states = 2 if isfinite(loop.actuator_hz) else 0
    moved = np.eye(states, states + 2)  # of the state at the start, the old and the new command
    seen = np.zeros(states + 2)
    opens = 1.0 - loop.exposure_share
    edges = sorted({0.0, part, opens, 1.0})
    for start, end in pairwise(edges):
        if end - start <= _LEAST_PART:
            continue
        held = np.eye(states + 2)[states + (start >= part - _LEAST_PART)]
        moved, collected = _piece(loop, moved, held, end - start)
        if start >= opens - _LEAST_PART:
            seen += collected / loop.exposure_share
    return _Frame(
        whole_frames=whole,
        has_part=part > 0.0,
        flow=moved[:, :states],
        late=moved[:, states],
        now=moved[:, states + 1],
        see=seen[:states],
        see_late=float(seen[states]),
        see_now=float(seen[states + 1]),
    )


def _piece(
    loop: SampledLoop, moved: FloatArray, held: FloatArray, length_frames: float
) -> tuple[FloatArray, FloatArray]:
    """State after a piece of a frame, and the integral of the angle over it, time counted in frames."""
    if not moved.size:
        return moved, held * length_frames
    omega = 2.0 * pi * loop.actuator_hz * loop.frame_s
    step = second_order_response(natural_hz=omega / (2.0 * pi), damping=loop.actuator_damping, step_s=length_frames)
    gap, rate = moved[0] - held, moved[1]
    after = np.stack(
        (
            held + step.position_position * gap + step.position_rate_s * rate,
            step.rate_position_per_s * gap + step.rate_rate * rate,
        )
    )
    # The equation of motion, integrated once: rate' + 2 zeta w angle' + w^2 angle = w^2 held.
    spring = (after[1] - rate + 2.0 * loop.actuator_damping * omega * (after[0] - moved[0])) / omega**2
    return after, held * length_frames - spring
