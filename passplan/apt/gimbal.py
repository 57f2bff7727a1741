"""Coarse actuator: a second-order servo an axis, with limits, friction and encoder. Angles are those of the axes.

A gimbal's axes are followed as deviations from the program that it is told. On the sky, the deviation of the azimuth
axis counts with the cosine of the elevation; that of the elevation axis counts in full. The motor carries the
program's own rate and acceleration, so without friction the deviations know nothing of the program.
"""

from dataclasses import dataclass
from math import floor, inf, sqrt
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.apt.friction import Friction, friction_step, friction_torque_n_m
from passplan.apt.steering import Response, second_order_response, second_order_step
from passplan.checks import FloatArray, NonNegative, Positive, check_limits, within
from passplan.errors import DomainError
from passplan.units import deg_to_urad


@dataclass(frozen=True, slots=True, kw_only=True)
class Gimbal:
    """Coarse actuator, a gimbal mirror or a telescope mount, both axes alike; torques and rates are of an axis.

    servo_hz : natural frequency of the position servo [Hz], > 0
    damping : damping ratio of the servo [1], > 0
    rate_limit_deg_s : largest rate [deg/s], > 0
    acceleration_limit_deg_s2 : largest acceleration of the motor [deg/s^2], > 0
    range_deg : full range of the offset from the predicted direction [deg], > 0
    inertia_kg_m2 : moment of inertia about the axis [kg m^2], > 0; None: no torque is known, nor friction
    coulomb_n_m : friction torque while the axis slides [N m], >= 0
    stiction_n_m : torque that breaks the axis away from rest [N m], >= coulomb_n_m
    stribeck_deg_s : rate at which half the excess of the break-away torque is gone [deg/s], > 0
    viscous_n_m_s : friction torque for each rad/s [N m s], >= 0
    torque_limit_n_m : largest torque of the motor [N m], > 0
    encoder_step_urad : step of the axis encoder that the servo reads [urad], >= 0; 0 is continuous
    """

    servo_hz: Positive = 8.0
    damping: Positive = 0.7
    rate_limit_deg_s: Positive = 5.0
    acceleration_limit_deg_s2: Positive = 20.0
    range_deg: Positive = 10.0
    inertia_kg_m2: Positive | None = None
    coulomb_n_m: NonNegative = 0.0
    stiction_n_m: NonNegative = 0.0
    stribeck_deg_s: Positive = 0.01
    viscous_n_m_s: NonNegative = 0.0
    torque_limit_n_m: Annotated[float, Interval(gt=0.0)] = inf
    encoder_step_urad: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_limits(self)
        if self.inertia_kg_m2 is not None:
            within("Gimbal.inertia_kg_m2", self.inertia_kg_m2, 0.0, inf, ends="()")
        friction = self.friction
        named = {"coulomb_n_m": friction.coulomb_n_m, "stiction_n_m": friction.stiction_n_m}
        named |= {"viscous_n_m_s": friction.viscous_n_m_s}
        if self.torque_limit_n_m < inf:
            named["torque_limit_n_m"] = self.torque_limit_n_m
        known = [f"{name} {value:g}" for name, value in named.items() if value > 0.0]
        if self.inertia_kg_m2 is None and known:
            raise DomainError(f"Gimbal.inertia_kg_m2 is missing [kg m^2]; without it {', '.join(known)} mean nothing")
        if self.stiction_n_m >= self.torque_limit_n_m:
            raise DomainError(
                f"Gimbal.torque_limit_n_m is {self.torque_limit_n_m:g} N m, must exceed the break-away torque "
                f"stiction_n_m, {self.stiction_n_m:g} N m, or the axis never moves"
            )
        if self.inertia_kg_m2 is not None:
            motor_n_m = 1e-6 * self.inertia_kg_m2 * self.acceleration_limit_urad_s2  # urad -> rad
            if self.stiction_n_m >= motor_n_m:
                raise DomainError(
                    f"Gimbal.acceleration_limit_deg_s2 is {self.acceleration_limit_deg_s2:g} deg/s^2, a torque of "
                    f"{motor_n_m:.3g} N m for inertia_kg_m2, {self.inertia_kg_m2:g} kg m^2; it must exceed the "
                    f"break-away torque stiction_n_m, {self.stiction_n_m:g} N m, or the axis never moves"
                )

    @property
    def friction(self) -> Friction:
        """Friction of an axis."""
        return Friction(
            coulomb_n_m=self.coulomb_n_m,
            stiction_n_m=self.stiction_n_m,
            stribeck_deg_s=self.stribeck_deg_s,
            viscous_n_m_s=self.viscous_n_m_s,
        )

    @property
    def rate_limit_urad_s(self) -> float:
        """Largest rate of an axis [urad/s]."""
        return float(deg_to_urad(self.rate_limit_deg_s))

    @property
    def acceleration_limit_urad_s2(self) -> float:
        """Largest acceleration of an axis [urad/s^2]: its own limit, or the torque over the inertia if that is less."""
        own_urad_s2 = float(deg_to_urad(self.acceleration_limit_deg_s2))
        if self.inertia_kg_m2 is None:
            return own_urad_s2
        return min(own_urad_s2, 1e6 * self.torque_limit_n_m / self.inertia_kg_m2)  # rad -> urad

    @property
    def half_range_urad(self) -> float:
        """Largest offset to either side [urad]."""
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
        Its rate v and its own acceleration a.
    angle_deg : float
        Length of the move [deg], >= 0.

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
    angle_urad = float(deg_to_urad(angle_deg))
    rate, acceleration = gimbal.rate_limit_urad_s, gimbal.acceleration_limit_urad_s2
    if angle_urad * acceleration < rate**2:
        return 2.0 * sqrt(angle_urad / acceleration)
    return angle_urad / rate + rate / acceleration


def torque_n_m(gimbal: Gimbal, *, rate_urad_s: ArrayLike, acceleration_urad_s2: ArrayLike) -> FloatArray:
    """Torque of the motor of an axis in motion.

    Parameters
    ----------
    gimbal : Gimbal
        The gimbal; its inertia must be known.
    rate_urad_s, acceleration_urad_s2 : array_like, shape (...)
        Whole rate [urad/s] and acceleration [urad/s^2] of the axis, the program's included.

    Returns
    -------
    ndarray, shape (...)
        Inertia times acceleration plus friction [N m]. Wind and imbalance are not in it.

    Raises
    ------
    DomainError
        If the inertia is not known.
    """
    if gimbal.inertia_kg_m2 is None:
        raise DomainError("Gimbal.inertia_kg_m2 is not known [kg m^2], so there is no torque to tell")
    inertial = gimbal.inertia_kg_m2 * 1e-6 * np.asarray(acceleration_urad_s2, dtype=float)  # urad -> rad
    return inertial + friction_torque_n_m(gimbal.friction, rate_urad_s)


def read_encoder_urad(gimbal: Gimbal, position_urad: float) -> float:
    """Deviation of an axis as its encoder tells it [urad]: the nearest whole step."""
    if gimbal.encoder_step_urad == 0.0:
        return position_urad
    return gimbal.encoder_step_urad * floor(position_urad / gimbal.encoder_step_urad + 0.5)


def approach_urad(gimbal: Gimbal, gap_urad: float, *, program_rate_urad_s: float, step_s: float) -> float:
    """Gap that the servo is shown of a gap [urad], so that the axis keeps its rate [urad/s] and can still brake."""
    braking = sqrt(2.0 * gimbal.acceleration_limit_urad_s2 * abs(gap_urad))
    fastest = min(gimbal.rate_limit_urad_s - program_rate_urad_s, braking)
    slowest = max(-gimbal.rate_limit_urad_s - program_rate_urad_s, -braking)
    reach_s = gimbal.lead_s + 0.5 * step_s  # lag behind an aim that moves on, and stands during the step
    if gap_urad > fastest * gimbal.lead_s:
        return fastest * reach_s
    if gap_urad < slowest * gimbal.lead_s:
        return slowest * reach_s
    return gap_urad


def axis_step(
    gimbal: Gimbal,
    response: Response,
    friction: Friction,
    state: tuple[float, float],
    command_urad: float,
    program: tuple[float, float],
    *,
    step_s: float,
) -> tuple[float, float]:
    """One step of one axis.

    Parameters
    ----------
    gimbal : Gimbal
        The gimbal.
    response : Response
        Its servo, `second_order_response` for the step.
    friction : Friction
        Its friction, ``gimbal.friction``.
    state : (float, float)
        Deviation from the program [urad], and its rate [urad/s].
    command_urad : float
        Commanded deviation, held through the step [urad].
    program : (float, float)
        Rate of the program at the start and at the end of the step [urad/s].
    step_s : float
        Step [s].

    Returns
    -------
    (float, float)
        Deviation [urad] and its rate [urad/s] at the end of the step.

    Notes
    -----
    Without limits, friction and encoder the step is exact. The target is brought near while it is farther than the
    axis can brake from; the acceleration of the motor, the program's included, is cut to the limit; then friction acts
    on the whole rate. The servo reads the deviation in whole steps of the encoder.
    """
    position, rate = state
    start, end = program
    gap = command_urad - read_encoder_urad(gimbal, position)
    aim = position + approach_urad(gimbal, gap, program_rate_urad_s=start, step_s=step_s)
    next_position, next_rate = second_order_step(position, rate, aim, response)
    change = next_rate + end - rate - start
    most = gimbal.acceleration_limit_urad_s2 * step_s
    if abs(change) > most:
        next_rate = rate + start - end + (most if change > 0.0 else -most)
        next_position = position + 0.5 * (rate + next_rate) * step_s
    if gimbal.inertia_kg_m2 is not None:
        free = next_rate + end
        kept = friction_step(friction, rate + start, free, inertia_kg_m2=gimbal.inertia_kg_m2, step_s=step_s)
        next_rate = kept - end
        if kept == 0.0:  # a stuck axis must not creep by what the exact step has beyond the trapezoid
            next_position = position + 0.5 * (rate + next_rate) * step_s
        else:
            next_position -= 0.5 * (free - kept) * step_s
    return next_position, next_rate


def gimbal_motion_urad(
    gimbal: Gimbal, command_urad: ArrayLike, *, step_s: float, program_rate_urad_s: ArrayLike = 0.0
) -> FloatArray:
    """Motion of one axis from rest beside its program, under a command that is held through each step.

    Parameters
    ----------
    gimbal : Gimbal
        The gimbal.
    command_urad : array_like, shape (n,)
        Commanded deviation of the axis from its program [urad], held within the range.
    step_s : float
        Step [s], > 0, small against the lag of the servo.
    program_rate_urad_s : array_like, shape () or (n + 1,)
        Rate of the program at both ends of the steps [urad/s].

    Returns
    -------
    ndarray, shape (n,)
        Deviation of the axis from its program at the end of each step [urad].

    Raises
    ------
    DomainError
        If the step is not > 0, or the arrays do not fit.

    Notes
    -----
    The reference of the loop's kernel: see `axis_step`.
    """
    response = second_order_response(natural_hz=gimbal.servo_hz, damping=gimbal.damping, step_s=step_s)
    commands = np.clip(np.asarray(command_urad, dtype=float), -gimbal.half_range_urad, gimbal.half_range_urad)
    program = np.asarray(program_rate_urad_s, dtype=float)
    if program.shape not in ((), (commands.size + 1,)):
        raise DomainError(f"program_rate_urad_s has shape {program.shape}, must be () or ({commands.size + 1},)")
    program = np.broadcast_to(program, (commands.size + 1,))
    motion, friction = np.empty(commands.shape), gimbal.friction
    state = (0.0, 0.0)
    for k, command in enumerate(commands):
        rates = (float(program[k]), float(program[k + 1]))
        state = axis_step(gimbal, response, friction, state, float(command), rates, step_s=step_s)
        motion[k] = state[0]
    return motion
