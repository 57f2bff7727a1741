"""Coarse actuator: a second-order servo with limits of rate, acceleration and range. Angles are on the sky."""

from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from passplan.apt.kernel import ACTUATOR, gimbal_step, record
from passplan.apt.steering import second_order_response
from passplan.checks import FloatArray, Positive, check_limits, within
from passplan.units import deg_to_urad


@dataclass(frozen=True, slots=True, kw_only=True)
class Gimbal:
    """Coarse actuator, a gimbal mirror or a telescope mount, both axes alike.

    servo_hz : natural frequency of the position servo [Hz], > 0
    damping : damping ratio of the servo [1], > 0
    rate_limit_deg_s : largest rate of the line of sight, on the sky [deg/s], > 0
    acceleration_limit_deg_s2 : largest acceleration of the line of sight, on the sky [deg/s^2], > 0
    range_deg : full range of the offset from the predicted direction, on the sky [deg], > 0
    """

    servo_hz: Positive = 8.0
    damping: Positive = 0.7
    rate_limit_deg_s: Positive = 5.0
    acceleration_limit_deg_s2: Positive = 20.0
    range_deg: Positive = 10.0

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def rate_limit_urad_s(self) -> float:
        """Largest rate, on the sky [urad/s]."""
        return float(deg_to_urad(self.rate_limit_deg_s))

    @property
    def acceleration_limit_urad_s2(self) -> float:
        """Largest acceleration, on the sky [urad/s^2]."""
        return float(deg_to_urad(self.acceleration_limit_deg_s2))

    @property
    def half_range_urad(self) -> float:
        """Largest offset to either side, on the sky [urad]."""
        return float(deg_to_urad(0.5 * self.range_deg))

    @property
    def lead_s(self) -> float:
        """Lag of the servo behind a ramp, 2 zeta / w [s]."""
        return self.damping / (np.pi * self.servo_hz)


def move_time_s(gimbal: Gimbal, *, angle_deg: float) -> float:
    """Shortest time of a move from rest to rest [s].

    Parameters
    ----------
    gimbal : Gimbal
        Its rate v and acceleration a.
    angle_deg : float
        Length of the move, on the sky [deg], >= 0.

    Returns
    -------
    float
        2 sqrt(angle/a) while v is not reached, else angle/v + v/a.

    Raises
    ------
    DomainError
        If the angle is negative.
    """
    within("angle_deg", angle_deg, 0.0, inf, ends="[)")
    rate, acceleration = gimbal.rate_limit_deg_s, gimbal.acceleration_limit_deg_s2
    if angle_deg * acceleration < rate**2:
        return 2.0 * sqrt(angle_deg / acceleration)
    return angle_deg / rate + rate / acceleration


def gimbal_record(gimbal: Gimbal, *, step_s: float) -> Any:
    """Record of `kernel.ACTUATOR` for steps of step_s [s]."""
    return record(
        ACTUATOR,
        **second_order_response(natural_hz=gimbal.servo_hz, damping=gimbal.damping, step_s=step_s)._asdict(),
        half_range_urad=gimbal.half_range_urad,
        rate_limit_urad_s=gimbal.rate_limit_urad_s,
        acceleration_limit_urad_s2=gimbal.acceleration_limit_urad_s2,
        lead_s=gimbal.lead_s,
    )


def gimbal_motion_urad(gimbal: Gimbal, command_urad: ArrayLike, *, step_s: float) -> FloatArray:
    """Motion of the gimbal from rest under a command that is held through each step.

    Parameters
    ----------
    gimbal : Gimbal
        The gimbal.
    command_urad : array_like, shape (n,)
        Commanded angle on the sky [urad].
    step_s : float
        Step [s], > 0, small against the lag of the servo.

    Returns
    -------
    ndarray, shape (n,)
        Angle on the sky at the end of each step [urad].

    Raises
    ------
    DomainError
        If the step is not > 0.

    Notes
    -----
    Without limits the step is exact. The target is brought near while it is farther than the gimbal can brake from,
    and the change of rate in a step is cut to the acceleration limit.
    """
    actuator = gimbal_record(gimbal, step_s=step_s)
    motion = np.empty(np.shape(command_urad))
    position, rate = 0.0, 0.0
    for index, command in enumerate(np.asarray(command_urad, dtype=float)):
        position, rate = gimbal_step(position, rate, command, 0.0, 0.0, actuator, step_s)
        motion[index] = position
    return motion
