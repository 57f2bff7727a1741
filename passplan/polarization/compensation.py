"""The motor that turns the half-wave plate: steps, period, latency, limits, and the error it leaves each second.

The plate is simulated on a grid finer than the step of the motor, because the staircase moves inside a second: the mean
of sin^2 of the residual is what the key sees, not sin^2 of the mean.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline

from passplan.checks import Finite, FloatArray, NonNegative, Positive, check_limits, freeze, same_length, within
from passplan.errors import DomainError
from passplan.polarization.waveplates import plate_angle_deg
from passplan.units import to_rad

_CELL_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class WavePlateMotor:
    """Motorised half-wave plate; all angles are angles of the plate, half those of the polarization.

    step_deg : smallest step of the plate [deg], 0 for none
    update_period_s : time between two commands [s]
    latency_s : time from reading the angle to the start of the move [s]
    max_rate_deg_s : highest speed of the plate [deg/s]
    max_acceleration_deg_s2 : highest acceleration of the plate [deg/s^2]
    bias_deg : constant misalignment of the plate, not known to the command [deg]
    zero_deg : plate angle at which an unturned polarization is analysed without error [deg], found by alignment
    prediction : whether a command aims at the middle of the time it will hold, known from the orbit, instead of at the
        angle of the moment it is given
    """

    step_deg: NonNegative
    update_period_s: Positive
    latency_s: NonNegative
    max_rate_deg_s: Positive
    max_acceleration_deg_s2: Positive
    bias_deg: Finite = 0.0
    zero_deg: Finite = 0.0
    prediction: bool = False

    def __post_init__(self) -> None:
        """Refuse values outside the annotated limits."""
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compensation:
    """What the plate did along a pass; arrays of shape (n,) on the caller's time grid.

    command_deg : ideal plate angle at the sample [deg]
    plate_deg : achieved plate angle, mean over the interval of the sample [deg]
    residual_deg : error of the polarization angle 2 (plate - ideal), mean over the interval [deg]
    residual_peak_deg : largest absolute value of that error within the interval [deg]
    error_mean : probability of the wrong port sin^2(residual), mean over the interval [1]
    """

    command_deg: FloatArray
    plate_deg: FloatArray
    residual_deg: FloatArray
    residual_peak_deg: FloatArray
    error_mean: FloatArray

    def __post_init__(self) -> None:
        """Mark the arrays read-only."""
        freeze(self.command_deg, self.plate_deg, self.residual_deg, self.residual_peak_deg, self.error_mean)


def plate_angles(motor: WavePlateMotor, *, time_s: ArrayLike, rotation_deg: ArrayLike) -> Compensation:
    """Run the wave plate along a pass.

    Parameters
    ----------
    motor : WavePlateMotor
        Motor and its timing.
    time_s : array_like, shape (n,)
        Increasing times [s], at least two. Each sample stands for the interval centred on it, halfway to its
        neighbours.
    rotation_deg : array_like, shape (n,)
        Rotation of the polarization [deg], modulo 180.

    Returns
    -------
    Compensation
        Plate angles and the remaining error for each sample.

    Raises
    ------
    DomainError
        If the times do not increase, are fewer than two, or the arrays differ in length.

    Notes
    -----
    The ideal angle between samples is a cubic spline. Commands are given every update period from the start of the
    first interval, rounded to the step, and reach the motor after the latency; the plate waits for the pass at the
    angle of the first command. The plate follows with limited speed and acceleration. Model of this project; the
    drive of the Micius receiver is not published.
    """
    times_s = np.asarray(time_s, dtype=float)
    same_length(time_s=times_s, rotation_deg=rotation_deg)
    if times_s.ndim != 1 or times_s.size < 2 or not np.all(np.diff(times_s) > 0.0):
        raise DomainError(f"time_s must hold at least two increasing times [s], has shape {times_s.shape}")
    within("time_s", times_s, -np.inf, np.inf, ends="()")
    command_deg = plate_angle_deg(rotation_deg=rotation_deg, zero_deg=motor.zero_deg)
    ideal = CubicSpline(times_s, command_deg)
    middle_s, width_s = _cells(times_s)
    ideal_deg = ideal(middle_s)
    target_deg = _targets(motor, ideal, time_s=middle_s.ravel(), start_s=middle_s[0, 0] - 0.5 * width_s[0])
    moved_deg = _limited_motion(motor, target_deg, cell_s=np.repeat(width_s, middle_s.shape[1]))
    plate_deg = moved_deg.reshape(middle_s.shape) + motor.bias_deg
    residual_deg = 2.0 * (plate_deg - ideal_deg)
    return Compensation(
        command_deg=command_deg,
        plate_deg=plate_deg.mean(axis=1),
        residual_deg=residual_deg.mean(axis=1),
        residual_peak_deg=np.abs(residual_deg).max(axis=1),
        error_mean=np.mean(np.sin(to_rad(residual_deg)) ** 2, axis=1),
    )


def _cells(times_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Middles, shape (n, m), and widths, shape (n,), of the cells that fill the interval around each sample [s]."""
    between_s = 0.5 * (times_s[1:] + times_s[:-1])
    edges_s = np.concatenate([[2.0 * times_s[0] - between_s[0]], between_s, [2.0 * times_s[-1] - between_s[-1]]])
    interval_s = np.diff(edges_s)
    count = math.ceil(interval_s.max() / _CELL_S - 1e-9)
    width_s = interval_s / count
    return edges_s[:-1, None] + width_s[:, None] * (np.arange(count) + 0.5), width_s


def _targets(motor: WavePlateMotor, ideal: CubicSpline, *, time_s: FloatArray, start_s: float) -> FloatArray:
    """Angle [deg] the motor is told to hold at each time: the last command that has arrived, rounded to the step."""
    command = np.maximum(np.floor((time_s - start_s - motor.latency_s) / motor.update_period_s), 0.0)
    aim_s = start_s + command * motor.update_period_s
    if motor.prediction:
        aim_s = aim_s + motor.latency_s + 0.5 * motor.update_period_s
    wanted_deg = ideal(np.minimum(aim_s, time_s[-1]))
    return np.round(wanted_deg / motor.step_deg) * motor.step_deg if motor.step_deg > 0.0 else wanted_deg


def _limited_motion(motor: WavePlateMotor, target_deg: FloatArray, *, cell_s: FloatArray) -> FloatArray:
    """Plate angle [deg] at the end of each cell.

    The speed is the highest from which the plate can still stop at its target, v dt + v^2 / (2 a) = distance, within
    the limits of speed and acceleration.
    """
    rate_deg_s, acceleration_deg_s2 = motor.max_rate_deg_s, motor.max_acceleration_deg_s2
    plate_deg, speed_deg_s = float(target_deg[0]), 0.0
    track_deg = np.empty_like(target_deg)
    for index, (aim_deg, step_s) in enumerate(zip(target_deg.tolist(), cell_s.tolist(), strict=True)):
        distance_deg = aim_deg - plate_deg
        away_deg = abs(distance_deg)
        braking_deg_s = 2.0 * away_deg / (step_s + math.sqrt(step_s**2 + 2.0 * away_deg / acceleration_deg_s2))
        wanted_deg_s = math.copysign(min(rate_deg_s, braking_deg_s), distance_deg)
        change_deg_s = acceleration_deg_s2 * step_s
        speed_deg_s = min(max(wanted_deg_s, speed_deg_s - change_deg_s), speed_deg_s + change_deg_s)
        plate_deg += speed_deg_s * step_s
        track_deg[index] = plate_deg
    return track_deg
