"""What a command asks of a wave plate's motor, when the motor failed it, and the grid on which both are told.

The formulas are those of the cubic spline between samples, exact; no source is needed.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline

from passplan.checks import FloatArray, same_length, within
from passplan.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a command asks of a plate at most.

    rate_deg_s : highest speed [deg/s]
    acceleration_deg_s2 : highest acceleration, either way [deg/s^2]
    """

    rate_deg_s: float
    acceleration_deg_s2: float

    def within_limits(self, *, max_rate_deg_s: float, max_acceleration_deg_s2: float) -> bool:
        """Whether a motor with these limits [deg/s, deg/s^2] can follow, its steps and commands aside."""
        return self.rate_deg_s <= max_rate_deg_s and self.acceleration_deg_s2 <= max_acceleration_deg_s2


def demand_of(*, time_s: ArrayLike, command_deg: ArrayLike) -> Demand:
    """Highest speed and acceleration that a command asks of a plate.

    Parameters
    ----------
    time_s : array_like, shape (n,)
        Increasing times [s], at least two.
    command_deg : array_like, shape (n,)
        Ideal plate angle [deg], continuous.

    Returns
    -------
    Demand
        Extremes of the cubic spline through the samples: exact, since its speed is a parabola between samples and
        its acceleration a straight line.

    Raises
    ------
    DomainError
        If the times do not increase or are fewer than two, the lengths differ, or a value is not finite.
    """
    times_s, angles_deg = checked_grid(time_s, command_deg)
    curve = CubicSpline(times_s, angles_deg)
    bend_deg_s2 = curve(times_s, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = bend_deg_s2[:-1] / (bend_deg_s2[:-1] - bend_deg_s2[1:])
    inside = (share > 0.0) & (share < 1.0)  # where the acceleration passes 0 the speed is extreme
    turning_s = (times_s[:-1] + share * np.diff(times_s))[inside]
    return Demand(
        rate_deg_s=float(np.abs(curve(np.concatenate([times_s, turning_s]), 1)).max()),
        acceleration_deg_s2=float(np.abs(bend_deg_s2).max()),
    )


def checked_grid(time_s: ArrayLike, command_deg: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Times [s] and plate angles [deg] as arrays of shape (n,), n >= 2, after their checks.

    Raises
    ------
    DomainError
        If the times do not increase or are fewer than two, the lengths differ, or a value is not finite.
    """
    times_s, angles_deg = np.asarray(time_s, dtype=float), np.array(command_deg, dtype=float)
    same_length(time_s=times_s, command_deg=angles_deg)
    if times_s.ndim != 1 or times_s.size < 2 or not np.all(np.diff(times_s) > 0.0):
        raise DomainError(f"time_s must hold at least two increasing times [s], has shape {times_s.shape}")
    within("time_s", times_s, -inf, inf, ends="()")
    within("command_deg", angles_deg, -inf, inf, ends="()")
    return times_s, angles_deg


def interval_edges_s(times_s: FloatArray) -> FloatArray:
    """Edges [s] of the intervals centred on the samples, halfway between neighbours: shape (n + 1,) of (n,), n >= 2."""
    between_s = 0.5 * (times_s[1:] + times_s[:-1])
    return np.concatenate([[2.0 * times_s[0] - between_s[0]], between_s, [2.0 * times_s[-1] - between_s[-1]]])


def outages(time_s: ArrayLike, held_back: ArrayLike) -> tuple[tuple[float, float], ...]:
    """Start and end of each run of intervals in which the plate was held back.

    Parameters
    ----------
    time_s : array_like, shape (n,)
        Samples [s], increasing, at least two; each stands for the interval centred on it.
    held_back : array_like of bool, shape (n,)
        As in `PlateMotion`.

    Returns
    -------
    tuple of (float, float)
        Edges [s], in the order of time.

    Raises
    ------
    DomainError
        If the times do not increase or are fewer than two, or the lengths differ.
    """
    flags = np.asarray(held_back, dtype=bool)
    same_length(time_s=time_s, held_back=flags)
    times_s, _ = checked_grid(time_s, flags)
    edges_s = interval_edges_s(times_s)
    changes = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return tuple((float(edges_s[a]), float(edges_s[b])) for a, b in changes.reshape(-1, 2))
