"""Fast steering mirror: one resonance, stepped exactly, inside a stroke, with slew, hysteresis and coupling.

Three angles are met. The mechanical angle is that of the mirror's tilt. The optical angle is that by which the beam
turns behind the telescope, twice the mechanical one. The angle on the sky is the optical one over the magnification of
the telescope. Every number here is on the sky, unless its name says otherwise.
"""

from dataclasses import dataclass
from math import cos, exp, inf, pi, sin, sinh, sqrt
from math import cosh as hyperbolic_cos
from typing import Annotated, NamedTuple

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.apt.hysteresis import WIDEST_LOOP, Plays, play_step, plays_of
from passplan.checks import FloatArray, NonNegative, Positive, check_limits, within
from passplan.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class FastMirror:
    """Fast steering mirror, both axes alike, with its own position servo and notch.

    resonance_hz : natural frequency of the closed position servo [Hz], > 0
    damping : damping ratio [1], > 0; 1 is critical, a bare piezo stage has 0.01 to 0.03
    stroke_mrad : full range, angle on the sky [mrad], > 0
    slew_urad_s : largest rate, angle on the sky [urad/s], > 0
    hysteresis : opening of the loop over the full stroke, without strain gauges [1], in [0, 0.4]; piezos have 0.1-0.15
    gauge_gain : gain of the strain-gauge loop, which divides the hysteresis by one more than it [1], >= 0; 0: no gauges
    coupling : share of one axis's command that moves the other [1], in (-1, 1)
    magnification : of the telescope in front of the mirror [1], > 0; None: mechanical angles are not asked for
    """

    resonance_hz: Positive = 1000.0
    damping: Positive = 1.0
    stroke_mrad: Positive = 1.6
    slew_urad_s: Annotated[float, Interval(gt=0.0)] = inf
    hysteresis: Annotated[float, Interval(ge=0.0, le=WIDEST_LOOP)] = 0.0
    gauge_gain: NonNegative = 0.0
    coupling: Annotated[float, Interval(gt=-1.0, lt=1.0)] = 0.0
    magnification: Positive | None = None

    def __post_init__(self) -> None:
        check_limits(self)
        if self.magnification is not None:
            within("FastMirror.magnification", self.magnification, 0.0, inf, ends="()")

    @property
    def half_stroke_urad(self) -> float:
        """Largest angle to either side, on the sky [urad]."""
        return 0.5e3 * self.stroke_mrad  # mrad -> urad

    @property
    def residual_hysteresis(self) -> float:
        """Opening of the loop over the full stroke that the strain gauges leave [1]."""
        return self.hysteresis / (1.0 + self.gauge_gain)

    @property
    def plays(self) -> Plays:
        """Hysteresis of an axis, angles on the sky."""
        return plays_of(half_stroke_urad=self.half_stroke_urad, width=self.residual_hysteresis)


def sky_angle_urad(mirror: FastMirror, *, mechanical_urad: ArrayLike) -> FloatArray:
    """Angle on the sky [urad] of a tilt of the mirror [urad], shape (...): twice the tilt over the magnification."""
    return optical_angle_urad(mechanical_urad=mechanical_urad) / _known_magnification(mirror)


def mechanical_angle_urad(mirror: FastMirror, *, sky_urad: ArrayLike) -> FloatArray:
    """Tilt of the mirror [urad] for an angle on the sky [urad], shape (...)."""
    return 0.5 * _known_magnification(mirror) * np.asarray(sky_urad, dtype=float)


def optical_angle_urad(*, mechanical_urad: ArrayLike) -> FloatArray:
    """Turn of the beam behind the telescope [urad] for a tilt of the mirror in the plane of the beam [urad]."""
    return 2.0 * np.asarray(mechanical_urad, dtype=float)


def _known_magnification(mirror: FastMirror) -> float:
    if mirror.magnification is None:
        raise DomainError("FastMirror.magnification is not known [1], so there is no mechanical angle to tell")
    return mirror.magnification


class Response(NamedTuple):
    """One step of a second-order servo: what distance from the target [urad] and rate [urad/s] become."""

    position_position: float
    position_rate_s: float
    rate_position_per_s: float
    rate_rate: float


def second_order_response(*, natural_hz: float, damping: float, step_s: float) -> Response:
    """Exact step of a servo whose target is held through the step (zero-order hold).

    Parameters
    ----------
    natural_hz : float
        Natural frequency [Hz], > 0.
    damping : float
        Damping ratio zeta [1], > 0.
    step_s : float
        Step [s], > 0.

    Returns
    -------
    Response
        exp(M step) of x' = M x, M = [[0, 1], [-w^2, -2 zeta w]], w = 2 pi natural_hz, in closed form.

    Raises
    ------
    DomainError
        If an input is not > 0.
    """
    within("natural_hz", natural_hz, 0.0, inf, ends="()")
    within("damping", damping, 0.0, inf, ends="()")
    within("step_s", step_s, 0.0, inf, ends="()")
    omega = 2.0 * pi * natural_hz
    decay = damping * omega
    discriminant = 1.0 - damping**2
    ringing = omega * sqrt(abs(discriminant))
    angle = ringing * step_s
    if angle < 1e-6:  # critical damping, where the sine over its frequency tends to the step
        even, odd = 1.0, step_s
    elif discriminant > 0.0:
        even, odd = cos(angle), sin(angle) / ringing
    else:
        even, odd = hyperbolic_cos(angle), sinh(angle) / ringing
    fade = exp(-decay * step_s)
    return Response(fade * (even + decay * odd), fade * odd, -fade * omega**2 * odd, fade * (even - decay * odd))


def second_order_step(position: float, rate: float, target: float, response: Response) -> tuple[float, float]:
    """Position [urad] and rate [urad/s] of a servo one step later."""
    gap = position - target
    next_position = target + response.position_position * gap + response.position_rate_s * rate
    return next_position, response.rate_position_per_s * gap + response.rate_rate * rate


def mirror_targets_urad(mirror: FastMirror, command_urad: ArrayLike) -> FloatArray:
    """Angles at rest of a mirror that is commanded from its virgin state.

    Parameters
    ----------
    mirror : FastMirror
        The mirror.
    command_urad : array_like, shape (2, n)
        Commands of both axes, on the sky [urad], limited to the stroke.

    Returns
    -------
    ndarray, shape (2, n)
        After hysteresis and coupling, before the resonance, on the sky [urad].
    """
    plays = mirror.plays
    commands = np.clip(np.asarray(command_urad, dtype=float), -mirror.half_stroke_urad, mirror.half_stroke_urad)
    rest = np.empty(commands.shape)
    for axis, axis_commands in enumerate(commands):
        state = np.zeros(plays.weight.shape)
        for index, command in enumerate(axis_commands):
            state, rest[axis, index] = play_step(plays, state, command)
    return rest + mirror.coupling * rest[::-1]


def mirror_motion_urad(mirror: FastMirror, command_urad: ArrayLike, *, step_s: float) -> FloatArray:
    """Motion of the mirror from rest under commands that are held through each step.

    Parameters
    ----------
    mirror : FastMirror
        The mirror.
    command_urad : array_like, shape (2, n)
        Commands of both axes, on the sky [urad], limited to the stroke.
    step_s : float
        Step [s], > 0.

    Returns
    -------
    ndarray, shape (2, n)
        Angles on the sky at the end of each step [urad].

    Raises
    ------
    DomainError
        If the step is not > 0, or the commands are not of two axes.

    Notes
    -----
    Within the slew limit the step is exact. A step that would be longer is cut, and the rate with it.
    """
    if np.ndim(command_urad) != 2 or np.shape(command_urad)[0] != 2:
        raise DomainError(f"command_urad has shape {np.shape(command_urad)}, must be (2, n), one row an axis")
    response = second_order_response(natural_hz=mirror.resonance_hz, damping=mirror.damping, step_s=step_s)
    rest = mirror_targets_urad(mirror, command_urad)
    longest = mirror.slew_urad_s * step_s
    motion = np.empty(rest.shape)
    for axis, targets in enumerate(rest):
        position, rate = 0.0, 0.0
        for index, target in enumerate(targets):
            before = position
            position, rate = second_order_step(position, rate, target, response)
            if abs(position - before) > longest:
                way = longest if position > before else -longest
                position, rate = before + way, way / step_s
            motion[axis, index] = position
    return motion
