"""The motor that turns a wave plate: steps, period, latency, limits, play of the drive, stops, and where the plate is.

The plate is simulated on a grid finer than the step of the motor, because the staircase moves inside a second: the mean
of sin^2 of the residual is what the key sees, not sin^2 of the mean. Model of this project; the drive of the Micius
receiver is not published.
"""

import math
from dataclasses import dataclass
from math import inf
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

from passplan.checks import Finite, FloatArray, NonNegative, Positive, check_limits, freeze, within
from passplan.errors import DomainError
from passplan.polarization.plate_demand import checked_grid, interval_edges_s
from passplan.polarization.plate_travel import branch_numbers, rewind_cells
from passplan.polarization.waveplates import BRANCH_DEG

LONGEST_S = 600.0  # a command or a delay longer than a pass is a slip of the unit
_CELL_S = 0.02
_STEPS_HELD_BACK = 2.0
_LEAST_HELD_BACK_DEG = 0.5  # twice that in polarization costs sin^2(1 deg) = 3e-4, small beside 280:1

Stop = Annotated[float, Interval(ge=-inf, le=inf)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WavePlateMotor:
    """Motorised wave plate; all angles are angles of the plate, for a half-wave plate half those of the polarization.

    step_deg : smallest step of the plate [deg], 0 for none
    update_period_s : time between two commands [s]
    latency_s : time from reading the angle to the start of the move [s]
    max_rate_deg_s : highest speed of the plate [deg/s]
    max_acceleration_deg_s2 : highest acceleration of the plate [deg/s^2]
    bias_deg : constant misalignment of the plate, not known to the command [deg]
    zero_deg : plate angle at which an unturned polarization is analysed without error [deg], found by alignment
    prediction : whether a command aims at the middle of the time it will hold, known from the orbit, instead of at the
        angle of the moment it is given
    backlash_deg : play of the drive [deg]: after a reversal the plate stays until the motor has crossed it
    min_deg, max_deg : stops of the drive on the motor's own scale [deg]; infinite for a stage that turns freely
    start_deg : where the plate stands before the pass [deg], which chooses the branch; None for the command's own
    """

    step_deg: Annotated[float, Interval(ge=0.0, lt=BRANCH_DEG)]
    update_period_s: Annotated[float, Interval(gt=0.0, le=LONGEST_S)]
    latency_s: Annotated[float, Interval(ge=0.0, le=LONGEST_S)]
    max_rate_deg_s: Positive
    max_acceleration_deg_s2: Positive
    bias_deg: Annotated[float, Interval(ge=-BRANCH_DEG, le=BRANCH_DEG)] = 0.0
    zero_deg: Finite = 0.0
    prediction: bool = False
    backlash_deg: NonNegative = 0.0
    min_deg: Stop = -inf
    max_deg: Stop = inf
    start_deg: Annotated[float | None, Interval(gt=-inf, lt=inf)] = None

    def __post_init__(self) -> None:
        """Refuse values outside the annotated limits, stops without way between them, a start beyond them."""
        check_limits(self)
        if not self.min_deg < self.max_deg:
            raise DomainError(f"WavePlateMotor.min_deg is {self.min_deg}, must be less than max_deg {self.max_deg} deg")
        if self.start_deg is not None:
            within("WavePlateMotor.start_deg", self.start_deg, self.min_deg, self.max_deg)

    @property
    def tolerance_deg(self) -> float:
        """Distance of the plate from what it was told [deg] that still counts as following: 2 steps, at least 0.5."""
        return max(_STEPS_HELD_BACK * self.step_deg, _LEAST_HELD_BACK_DEG)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlateMotion:
    """Where the plate was along a pass: n samples of the caller's grid, m cells in the interval of each.

    time_s : middles of the cells [s], shape (n, m)
    command_deg : ideal plate angle at the samples, on the branch in use [deg], shape (n,)
    ideal_deg : ideal plate angle in the cells, on the branch in use [deg], shape (n, m)
    told_deg : angle the motor was told to hold, rounded to its step and kept within its stops [deg], shape (n, m)
    plate_deg : real plate angle with bias and play [deg], shape (n, m)
    held_back : intervals in which speed, acceleration, a stop or a rewind kept the motor from its command, shape (n,)
    rewinds : start and end [s] of each move to another branch; at its end the plate has arrived, or the pass is over
    """

    time_s: FloatArray
    command_deg: FloatArray
    ideal_deg: FloatArray
    told_deg: FloatArray
    plate_deg: FloatArray
    held_back: NDArray[np.bool_]
    rewinds: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        """Mark the arrays read-only."""
        freeze(self.time_s, self.command_deg, self.ideal_deg, self.told_deg, self.plate_deg, self.held_back)


def follow(
    motor: WavePlateMotor, *, time_s: ArrayLike, command_deg: ArrayLike, period_deg: float = BRANCH_DEG
) -> PlateMotion:
    """Run a wave plate along a pass.

    Parameters
    ----------
    motor : WavePlateMotor
        Motor, its timing and its stops; its zero must be in the command already.
    time_s : array_like, shape (n,)
        Increasing times [s], at least two. Each sample stands for the interval centred on it, halfway to its
        neighbours.
    command_deg : array_like, shape (n,)
        Ideal plate angle [deg], continuous.
    period_deg : float
        Turn after which the plate acts as before [deg], > 0: 90 for a half-wave, 180 for a quarter-wave plate.

    Returns
    -------
    PlateMotion
        The plate's angle in cells of at most 0.02 s, and when it could not follow.

    Raises
    ------
    DomainError
        If the times do not increase, are fewer than two, the arrays differ in length, or a value is not finite.

    Notes
    -----
    The ideal angle between samples is a cubic spline. Commands are given every update period from the start of the
    first interval, rounded to the step, and reach the motor after the latency; the plate waits for the pass at the
    angle of the first command, its play taken up in the direction of the first move, for which its scale holds. The
    plate follows with limited speed and acceleration.

    The branch command + k period is the one nearest to the plate's start (else k nearest 0) that keeps the whole pass
    between the stops. Where none does, the plate stays as long as it can on the branch that lasts longest and then
    rewinds to the next, so that rewinds are as few as can be; where no branch lies between the stops it waits at a
    stop. An interval is held back if, at some time in it, the motor is off by more than `tolerance_deg` from every
    angle it was told within the last two commands, stands at a stop that far from its command, or is rewinding.
    """
    times_s, wanted_deg = checked_grid(time_s, command_deg)
    within("period_deg", period_deg, 0.0, inf, ends="()")
    ideal = CubicSpline(times_s, wanted_deg)
    middle_s, width_s = _cells(times_s)
    shape, cells = middle_s.shape, middle_s.size
    number = _command_numbers(motor, time_s=middle_s.ravel(), start_s=middle_s[0, 0] - 0.5 * width_s[0])
    aimed_deg = _aims(motor, ideal, number=number, time_s=middle_s.ravel(), start_s=middle_s[0, 0] - 0.5 * width_s[0])
    branch = branch_numbers(
        aimed_deg, period_deg=period_deg, low_deg=motor.min_deg, high_deg=motor.max_deg, start_deg=motor.start_deg
    )
    shift_deg = branch * period_deg
    asked_deg = _rounded(aimed_deg + shift_deg, motor.step_deg)
    told_deg = np.clip(asked_deg, motor.min_deg, motor.max_deg)
    motor_deg = _limited_motion(motor, told_deg, cell_s=np.repeat(width_s, shape[1]))
    plate_deg = _behind_play(motor_deg, motor.backlash_deg) + motor.bias_deg
    rewinds = rewind_cells(branch, off_deg=np.abs(motor_deg - told_deg), tolerance_deg=motor.tolerance_deg)
    held = _off_command(motor, asked_deg=asked_deg, motor_deg=motor_deg, number=number)
    held |= np.abs(asked_deg - told_deg) > motor.tolerance_deg
    for first, end in rewinds:
        held[first:end] = True
    edges_s = np.append(middle_s - 0.5 * width_s[:, None], middle_s[-1, -1] + 0.5 * width_s[-1])
    return PlateMotion(
        time_s=middle_s,
        command_deg=wanted_deg + shift_deg.reshape(shape)[:, shape[1] // 2],
        ideal_deg=ideal(middle_s) + shift_deg.reshape(shape),
        told_deg=told_deg.reshape(shape),
        plate_deg=plate_deg.reshape(shape),
        held_back=np.any(held.reshape(shape), axis=1),
        rewinds=tuple((float(edges_s[first]), float(edges_s[min(end, cells)])) for first, end in rewinds),
    )


def _cells(times_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Middles, shape (n, m), and widths, shape (n,), of the cells that fill the interval around each sample [s]."""
    edges_s = interval_edges_s(times_s)
    interval_s = np.diff(edges_s)
    count = math.ceil(interval_s.max() / _CELL_S - 1e-9)
    width_s = interval_s / count
    return edges_s[:-1, None] + width_s[:, None] * (np.arange(count) + 0.5), width_s


def _command_numbers(motor: WavePlateMotor, *, time_s: FloatArray, start_s: float) -> FloatArray:
    """Number of the last command that has arrived at each time, the first of all being 0."""
    return np.maximum(np.floor((time_s - start_s - motor.latency_s) / motor.update_period_s), 0.0)


def _aims(
    motor: WavePlateMotor, ideal: CubicSpline, *, number: FloatArray, time_s: FloatArray, start_s: float
) -> FloatArray:
    """Angle [deg] at which the command of each number aims, not rounded."""
    aim_s = start_s + number * motor.update_period_s
    if motor.prediction:
        aim_s = aim_s + motor.latency_s + 0.5 * motor.update_period_s
    return ideal(np.minimum(aim_s, time_s[-1]))


def _rounded(angle_deg: FloatArray, step_deg: float) -> FloatArray:
    return np.round(angle_deg / step_deg) * step_deg if step_deg > 0.0 else angle_deg


def _limited_motion(motor: WavePlateMotor, target_deg: FloatArray, *, cell_s: FloatArray) -> FloatArray:
    """Angle [deg] of the motor at the end of each cell.

    The speed is the highest from which it can still stop at its target, v dt + v^2 / (2 a) = distance, within the
    limits of speed and acceleration.
    """
    rate_deg_s, acceleration_deg_s2 = motor.max_rate_deg_s, motor.max_acceleration_deg_s2
    angle_deg, speed_deg_s = float(target_deg[0]), 0.0
    track_deg = []
    for aim_deg, step_s in zip(target_deg.tolist(), cell_s.tolist(), strict=True):
        distance_deg = aim_deg - angle_deg
        if distance_deg or speed_deg_s:
            away_deg = abs(distance_deg)
            braking_deg_s = (
                2.0 * away_deg / (step_s + math.sqrt(step_s * step_s + 2.0 * away_deg / acceleration_deg_s2))
            )
            limited_deg_s = braking_deg_s if braking_deg_s < rate_deg_s else rate_deg_s
            wanted_deg_s = limited_deg_s if distance_deg >= 0.0 else -limited_deg_s
            change_deg_s = acceleration_deg_s2 * step_s
            if wanted_deg_s < speed_deg_s - change_deg_s:
                speed_deg_s -= change_deg_s
            elif wanted_deg_s > speed_deg_s + change_deg_s:
                speed_deg_s += change_deg_s
            else:
                speed_deg_s = wanted_deg_s
            angle_deg += speed_deg_s * step_s
        track_deg.append(angle_deg)
    return np.array(track_deg)


def _behind_play(motor_deg: FloatArray, play_deg: float) -> FloatArray:
    """Plate angle [deg] behind a drive with play, which is taken up in the direction of the first move."""
    sign = np.sign(np.diff(motor_deg))
    moving = np.flatnonzero(sign)
    if play_deg == 0.0 or moving.size == 0:
        return motor_deg
    turns = moving[1:][sign[moving[1:]] != sign[moving[:-1]]].tolist()  # last cells before a reversal
    forward = sign[moving[0]]
    plate_deg = forward * motor_deg  # the scale holds for this direction; play opens below it
    for number, (first, end) in enumerate(zip(turns, [*turns, motor_deg.size][1:], strict=True)):
        stretch = slice(first + 1, end + 1)
        if number % 2:
            plate_deg[stretch] = np.maximum(plate_deg[first], plate_deg[stretch])
        else:
            plate_deg[stretch] = np.minimum(plate_deg[first], plate_deg[stretch] + play_deg)
    return forward * plate_deg


def _off_command(
    motor: WavePlateMotor, *, asked_deg: FloatArray, motor_deg: FloatArray, number: FloatArray
) -> NDArray[np.bool_]:
    """Cells in which the motor is off by more than the tolerance from the span of its last two commands."""
    new = np.append(False, np.diff(number) > 0.0)
    before = np.append(0, np.flatnonzero(new) - 1)
    former_deg = asked_deg[before][np.cumsum(new)]
    low_deg, high_deg = np.minimum(asked_deg, former_deg), np.maximum(asked_deg, former_deg)
    return (motor_deg < low_deg - motor.tolerance_deg) | (motor_deg > high_deg + motor.tolerance_deg)
