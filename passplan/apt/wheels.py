"""Reaction wheels: imbalance torques at harmonics of the speed, through structural modes, to lines of vibration.

::

    torque of harmonic h at wheel speed W [rad/s]:   T = imbalance W^2,  at w = h W
    angle of the body over the torque:               G = (1/J) [-1/w^2 + sum of gain / (w_k^2 - w^2 + 2i zeta w_k w)]

The body turns across the line of sight, so that its angle is that on the sky. A rigid body moves by imbalance / (J h^2)
at any speed; a mode near the line multiplies that by up to 1 / (2 zeta).
"""

from dataclasses import dataclass
from math import inf, pi, sqrt
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike, NDArray

from passplan.apt.spectrum import Line
from passplan.checks import Finite, FloatArray, NonNegative, Positive, check_limits, within

_BLOCK = 1024
_NODE_S = 5e-3  # between amplitudes of a wheel whose speed changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmonic:
    """One harmonic of a wheel's imbalance.

    order : frequency over that of the wheel [1], > 0; 1 for the imbalance of the rotor, others for its bearings
    imbalance_kg_m2 : amplitude of the torque on the body over the square of the wheel's speed [kg m^2], >= 0: the
        dynamic imbalance, and the static imbalance [kg m] times its lever arm [m] to the centre of mass
    """

    order: Positive
    imbalance_kg_m2: NonNegative

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """One structural mode of the body.

    frequency_hz : natural frequency [Hz], > 0
    damping : damping ratio zeta [1], in (0, 1); 0.0025 to 0.01 is usual
    gain : share with which the torque drives the mode and the mode turns the line of sight, that of the rigid body 1
    """

    frequency_hz: Positive
    damping: Annotated[float, Interval(gt=0.0, lt=1.0)] = 0.005
    gain: Finite = 1.0

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionWheel:
    """A wheel, at one speed or on a ramp from one to another.

    speed_rpm : speed at the start [rev/min]
    inertia_kg_m2 : inertia of the body across the line of sight [kg m^2], > 0
    harmonic : harmonics of the imbalance
    mode : structural modes
    end_speed_rpm : speed at the end of the ramp, held from then on [rev/min]; none for a steady wheel
    ramp_s : length of the ramp [s], > 0
    """

    speed_rpm: Finite
    inertia_kg_m2: Positive
    harmonic: tuple[Harmonic, ...]
    mode: tuple[Mode, ...] = ()
    end_speed_rpm: Finite | None = None
    ramp_s: Positive = 400.0

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def is_steady(self) -> bool:
        """Whether the speed stays as it is."""
        return self.end_speed_rpm is None or self.end_speed_rpm == self.speed_rpm

    @property
    def highest_hz(self) -> float:
        """Highest frequency of any of its lines, at the start or the end of the ramp [Hz]."""
        fastest_hz = max(abs(speed_hz) for speed_hz in _speeds_hz(self))
        return fastest_hz * max((item.order for item in self.harmonic), default=0.0)


def wheel_frequency_hz(wheel: ReactionWheel, time_s: ArrayLike) -> FloatArray:
    """Revolutions a second [Hz] at a time from the start [s], shape (...); negative for one that turns backwards."""
    start_hz, end_hz = _speeds_hz(wheel)
    return start_hz + (end_hz - start_hz) * np.clip(np.asarray(time_s, dtype=float) / wheel.ramp_s, 0.0, 1.0)


def wheel_amplitude_urad(
    wheel: ReactionWheel, harmonic: Harmonic, *, frequency_hz: ArrayLike
) -> NDArray[np.complex128]:
    """Amplitude and phase of the body's angle at a steady speed of the wheel.

    Parameters
    ----------
    wheel : ReactionWheel
        Body and modes; its own speed is not used.
    harmonic : Harmonic
        The harmonic.
    frequency_hz : array_like, shape (...)
        Revolutions of the wheel a second [Hz].

    Returns
    -------
    ndarray of complex, shape (...)
        Angle on the sky over a torque that starts as cos [urad].
    """
    speed = 2.0 * pi * np.asarray(frequency_hz, dtype=float)
    w = harmonic.order * speed
    # The rigid body first, where the squares of the speed cancel, and a wheel at rest makes no trouble.
    moved = np.full(w.shape, -1.0 / harmonic.order**2, dtype=np.complex128)
    for mode in wheel.mode:
        natural = 2.0 * pi * mode.frequency_hz
        moved += mode.gain * speed * speed / (natural**2 - w * w + 2j * mode.damping * natural * w)
    moved *= 1e6 * harmonic.imbalance_kg_m2 / wheel.inertia_kg_m2  # rad -> urad
    return moved


def wheel_lines(wheel: ReactionWheel, *, time_s: float = 0.0) -> tuple[Line, ...]:
    """Lines of a wheel at the speed it has at a time [s] from the start; none at rest."""
    turns_hz = float(wheel_frequency_hz(wheel, time_s))
    if turns_hz == 0.0:
        return ()
    return tuple(
        Line(
            frequency_hz=abs(item.order * turns_hz),
            rms_urad=float(abs(wheel_amplitude_urad(wheel, item, frequency_hz=turns_hz))) / sqrt(2.0),
        )
        for item in wheel.harmonic
    )


def lines_series(lines: tuple[Line, ...], *, count: int, step_s: float, rng: np.random.Generator) -> FloatArray:
    """Two axes of lines, each line with a random phase in each axis.

    Parameters
    ----------
    lines : tuple of Line
        The lines; one above 1/(2 step) is folded, as a sample folds it.
    count : int
        Samples an axis, >= 1.
    step_s : float
        Step of the series [s], > 0.
    rng : numpy.random.Generator
        Source of the phases, two a line.

    Returns
    -------
    ndarray, shape (2, count)
        Angle on the sky [urad].

    Raises
    ------
    DomainError
        If count or step are out of their limits.
    """
    within("count", count, 1, inf)
    within("step_s", step_s, 0.0, inf, ends="()")
    turn = 2.0 * pi * step_s * np.array([line.frequency_hz for line in lines])
    amplitude = sqrt(2.0) * np.array([line.rms_urad for line in lines])
    phase = rng.uniform(0.0, 2.0 * pi, (2, len(lines)))
    # cos(a + b) of the start of each block and the place in it: one product of matrices instead of a cosine a sample.
    blocks = -(-count // _BLOCK)
    within_block = np.multiply.outer(turn, np.arange(_BLOCK))
    table = np.concatenate((np.cos(within_block), np.sin(within_block)))
    starts = phase[:, None, :] + np.multiply.outer(np.arange(blocks) * _BLOCK, turn)
    weights = np.concatenate((amplitude * np.cos(starts), -amplitude * np.sin(starts)), axis=-1)
    return (weights @ table).reshape(2, -1)[:, :count]


def wheel_series(wheel: ReactionWheel, *, count: int, step_s: float, rng: np.random.Generator) -> FloatArray:
    """Two axes of a wheel's vibration, with a random phase for each harmonic and axis.

    Parameters
    ----------
    wheel : ReactionWheel
        The wheel, steady or on its ramp.
    count : int
        Samples an axis, >= 1.
    step_s : float
        Step of the series [s], > 0.
    rng : numpy.random.Generator
        Source of the phases, two a harmonic.

    Returns
    -------
    ndarray, shape (2, count)
        Angle on the sky [urad].

    Raises
    ------
    DomainError
        If count or step are out of their limits.

    Notes
    -----
    On a ramp the amplitude is that of the steady speed of the moment. That holds where a line crosses a mode in many
    times its decay: order * ramp [Hz/s] << 2 pi (zeta f)^2. A faster crossing stays below that peak.
    """
    if wheel.is_steady:
        return lines_series(wheel_lines(wheel), count=count, step_s=step_s, rng=rng)
    within("count", count, 1, inf)
    within("step_s", step_s, 0.0, inf, ends="()")
    time_s = np.arange(count) * step_s
    nodes_s = np.linspace(0.0, time_s[-1], int(time_s[-1] / _NODE_S) + 2)
    start_hz, end_hz = _speeds_hz(wheel)
    ramped_s = np.minimum(time_s, wheel.ramp_s)
    turns = start_hz * time_s + (end_hz - start_hz) * ramped_s * (time_s - 0.5 * ramped_s) / wheel.ramp_s
    phase = rng.uniform(0.0, 2.0 * pi, (2, len(wheel.harmonic)))
    series = np.zeros((2, count))
    for item, phases in zip(wheel.harmonic, phase.T, strict=True):
        slow = wheel_amplitude_urad(wheel, item, frequency_hz=wheel_frequency_hz(wheel, nodes_s))
        amplitude = np.interp(time_s, nodes_s, slow.real) + 1j * np.interp(time_s, nodes_s, slow.imag)
        wave = amplitude * np.exp(2j * pi * item.order * turns)
        for axis in range(2):
            series[axis] += np.cos(phases[axis]) * wave.real - np.sin(phases[axis]) * wave.imag
    return series


def _speeds_hz(wheel: ReactionWheel) -> tuple[float, float]:
    end_rpm = wheel.speed_rpm if wheel.end_speed_rpm is None else wheel.end_speed_rpm
    return wheel.speed_rpm / 60.0, end_rpm / 60.0
