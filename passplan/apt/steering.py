"""Fast steering mirror: one resonance, stepped exactly, inside a stroke. Angles are on the sky."""

from dataclasses import dataclass
from math import cos, exp, inf, pi, sin, sinh, sqrt
from math import cosh as hyperbolic_cos
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from passplan.apt.kernel import clamp, second_order_step
from passplan.checks import FloatArray, Positive, check_limits, within


@dataclass(frozen=True, slots=True, kw_only=True)
class FastMirror:
    """Fast steering mirror, both axes alike, with its own position servo and notch.

    resonance_hz : natural frequency of the closed position servo [Hz], > 0
    damping : damping ratio [1], > 0; 1 is critical, a bare piezo stage has 0.01 to 0.03
    stroke_mrad : full range, angle on the sky [mrad], > 0: twice the mechanical angle over the magnification
    """

    resonance_hz: Positive = 1000.0
    damping: Positive = 1.0
    stroke_mrad: Positive = 1.6

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def half_stroke_urad(self) -> float:
        """Largest angle to either side, on the sky [urad]."""
        return 0.5e3 * self.stroke_mrad  # mrad -> urad


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


def mirror_motion_urad(mirror: FastMirror, command_urad: ArrayLike, *, step_s: float) -> FloatArray:
    """Motion of the mirror from rest under a command that is held through each step.

    Parameters
    ----------
    mirror : FastMirror
        The mirror.
    command_urad : array_like, shape (n,)
        Commanded angle on the sky [urad], limited to the stroke.
    step_s : float
        Step [s], > 0.

    Returns
    -------
    ndarray, shape (n,)
        Angle on the sky at the end of each step [urad].

    Raises
    ------
    DomainError
        If the step is not > 0.
    """
    response = second_order_response(natural_hz=mirror.resonance_hz, damping=mirror.damping, step_s=step_s)
    limit_urad = mirror.half_stroke_urad
    motion = np.empty(np.shape(command_urad))
    position, rate = 0.0, 0.0
    for index, command in enumerate(np.asarray(command_urad, dtype=float)):
        position, rate = second_order_step(position, rate, clamp(command, limit_urad), response)
        motion[index] = position
    return motion
