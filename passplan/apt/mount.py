"""Telescope mount: what its two axes may do, and how an axis runs after a target that is at times too fast for it."""

from dataclasses import dataclass
from math import copysign, inf, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, NonNegative, Positive, check_limits, within
from passplan.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """Azimuth-elevation mount; angles are those of the axes, elevations above 90 deg lie over the top.

    azimuth_range_deg : (low, high), from stop to stop [deg]; (-270, 270) has a cable wrap of three half turns
    elevation_range_deg : (low, high) [deg], within [-90, 270]; high above 90 deg lets the tube go over the top
    keyhole : what the program does where the azimuth axis is too slow: "follow" runs after the target and catches up;
        "lead" starts before the culmination, so that the errors before and after it are alike
    rate_step_deg_s : the mount takes only whole multiples of this rate [deg/s], >= 0; 0 is continuous
    rate_update_s : time between two settings of such a rate [s], > 0
    stow_azimuth_deg, stow_elevation_deg : where the mount rests before a pass [deg]; None: wherever is nearest
    may_flip : the mount may point with its azimuth turned by 180 deg and its elevation over the top
    """

    azimuth_range_deg: tuple[float, float] = (-270.0, 270.0)
    elevation_range_deg: tuple[float, float] = (0.0, 90.0)
    keyhole: Literal["follow", "lead"] = "follow"
    rate_step_deg_s: NonNegative = 0.0
    rate_update_s: Positive = 1.0
    stow_azimuth_deg: float | None = None
    stow_elevation_deg: float | None = None
    may_flip: bool = False

    def __post_init__(self) -> None:
        check_limits(self)
        within("Mount.azimuth_range_deg", self.azimuth_range_deg, -inf, inf, ends="()")
        within("Mount.elevation_range_deg", self.elevation_range_deg, -90.0, 270.0)
        for name in ("azimuth", "elevation"):
            low, high = getattr(self, f"{name}_range_deg")
            if not low < high:
                raise DomainError(f"Mount.{name}_range_deg is ({low:g}, {high:g}), low must be less than high")
            stow = getattr(self, f"stow_{name}_deg")
            if stow is not None:
                within(f"Mount.stow_{name}_deg", stow, low, high)
        if self.keyhole not in ("follow", "lead"):
            raise DomainError(f'Mount.keyhole is {self.keyhole!r}, must be "follow" or "lead"')
        if self.may_flip and self.elevation_range_deg[1] <= 90.0:
            raise DomainError(
                f"Mount.may_flip is true, but elevation_range_deg ends at {self.elevation_range_deg[1]:g} deg, "
                "must pass 90 deg"
            )


def follow_limited(
    target_deg: ArrayLike,
    time_s: ArrayLike,
    *,
    rate_limit_deg_s: float,
    acceleration_limit_deg_s2: float,
    start: tuple[float, float] | None = None,
) -> FloatArray:
    """Way of an ideal axis after its target, within its rate and acceleration.

    Parameters
    ----------
    target_deg : array_like, shape (n,)
        Wanted angles [deg].
    time_s : array_like, shape (n,)
        Their times [s], increasing.
    rate_limit_deg_s, acceleration_limit_deg_s2 : float
        Limits of the axis [deg/s] and [deg/s^2], > 0.
    start : (float, float) or None
        Angle [deg] and rate [deg/s] at the first time; None: on the target and moving with it, as far as the axis can.

    Returns
    -------
    ndarray, shape (n,)
        Angles of the axis [deg]. Where the target keeps within the limits, and the axis was on it, they are the target.

    Raises
    ------
    DomainError
        If a limit is not > 0, the times do not increase, or the arrays differ in shape.

    Notes
    -----
    The axis knows the target's rate. It closes a gap as fast as it may, but never faster than it can brake from at the
    gap's end (bang-bang). Rates are means over the time between two points, and the acceleration is their change.
    """
    within("rate_limit_deg_s", rate_limit_deg_s, 0.0, inf, ends="()")
    within("acceleration_limit_deg_s2", acceleration_limit_deg_s2, 0.0, inf, ends="()")
    targets, times = np.asarray(target_deg, dtype=float), np.asarray(time_s, dtype=float)
    if targets.ndim != 1 or targets.shape != times.shape:
        raise DomainError(f"target_deg has shape {targets.shape}, time_s {times.shape}, must be one (n,)")
    steps = np.diff(times)
    within("steps of time_s", steps, 0.0, inf, ends="()")
    rates = np.clip(np.diff(targets) / steps, -rate_limit_deg_s, rate_limit_deg_s)
    own = start if start is not None else (float(targets[0]), float(rates[0]) if rates.size else 0.0)
    angle, rate = own
    way = [angle]
    for step, target, target_rate in zip(steps.tolist(), targets[:-1].tolist(), rates.tolist(), strict=True):
        most = acceleration_limit_deg_s2 * step
        gap = target - angle
        closing = min(sqrt(0.25 * most**2 + 2.0 * acceleration_limit_deg_s2 * abs(gap)) - 0.5 * most, abs(gap) / step)
        wanted = target_rate + copysign(closing, gap)
        wanted = min(max(wanted, -rate_limit_deg_s), rate_limit_deg_s)
        rate = min(max(wanted, rate - most), rate + most)
        angle += rate * step
        way.append(angle)
    return np.array(way)


def within_limits(
    target_deg: FloatArray, time_s: FloatArray, *, rate_limit_deg_s: float, acceleration_limit_deg_s2: float
) -> bool:
    """Tell whether an axis can follow a target [deg] at its times [s] throughout, within [deg/s] and [deg/s^2]."""
    steps = np.diff(time_s)
    rates = np.diff(target_deg) / steps
    change = np.abs(np.diff(rates)) / steps[1:]
    fastest = float(np.abs(rates).max(initial=0.0))
    return fastest <= rate_limit_deg_s and float(change.max(initial=0.0)) <= acceleration_limit_deg_s2


def whole_rates(mount: Mount, angle_deg: ArrayLike, time_s: ArrayLike, *, rate_limit_deg_s: float) -> FloatArray:
    """Way of a mount that takes only whole multiples of a rate.

    Parameters
    ----------
    mount : Mount
        Its rate step, > 0, and the time between two settings.
    angle_deg : array_like, shape (n,)
        Wanted angles [deg].
    time_s : array_like, shape (n,)
        Their times [s], increasing.
    rate_limit_deg_s : float
        Largest rate [deg/s], at least the rate step.

    Returns
    -------
    ndarray, shape (n,)
        Angles [deg] on straight pieces. Each rate is the one that ends nearest to the wanted angle, so that the error
        at the end of a piece is at most half the rate step times the time between settings, while the wanted rate
        keeps within the limit.

    Raises
    ------
    DomainError
        If the mount is continuous, or its step exceeds the rate limit.
    """
    within("Mount.rate_step_deg_s", mount.rate_step_deg_s, 0.0, rate_limit_deg_s, ends="(]")
    times = np.asarray(time_s, dtype=float)
    pieces = int(np.ceil((times[-1] - times[0]) / mount.rate_update_s))
    settings = times[0] + mount.rate_update_s * np.arange(pieces + 1)
    wanted = np.interp(settings, times, np.asarray(angle_deg, dtype=float))
    most = int(rate_limit_deg_s / mount.rate_step_deg_s)
    quantum_deg = mount.rate_step_deg_s * mount.rate_update_s
    way = [float(wanted[0])]
    for target in wanted[1:].tolist():
        multiple = min(max(round((target - way[-1]) / quantum_deg), -most), most)
        way.append(way[-1] + multiple * quantum_deg)
    return np.interp(times, settings, way)
