"""Keyhole of an azimuth-elevation mount: near the zenith the azimuth axis must turn faster than it can.

The axis' rate is that of the line of sight over the cosine of the elevation. Who follows falls behind at the rate
limit and catches up later. Who leads leaves the target before and meets it at the culmination. Over a time T at the
limit R the axis turns by R T, so the way that turns least in its keyhole is out of a narrow field for the shortest
time: that is to follow. To lead has the smallest largest error, and is out for longest, half before and half after.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from passplan.apt.axes import best_elevation_deg, sky_offset_urad
from passplan.apt.mount import follow_limited, within_limits
from passplan.checks import FloatArray
from passplan.units import to_deg

# Two errors are alike when they differ by less than this [urad], and a share of the larger.
_LIKENESS_URAD = 1.0
_LIKENESS = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Chase:
    """Axis that runs after a target on given times [s], within its limits [deg/s] and [deg/s^2]."""

    time_s: FloatArray
    rate_limit_deg_s: float
    acceleration_limit_deg_s2: float

    def able(self, target_deg: FloatArray) -> bool:
        """Tell whether the axis can follow throughout."""
        limits = {
            "rate_limit_deg_s": self.rate_limit_deg_s,
            "acceleration_limit_deg_s2": self.acceleration_limit_deg_s2,
        }
        return within_limits(target_deg, self.time_s, **limits)

    def run(self, target_deg: FloatArray) -> FloatArray:
        """Way of the axis from the start [deg]."""
        return target_deg if self.able(target_deg) else self._part(target_deg, slice(None), 1, None)

    def through(self, target_deg: FloatArray, node: int, angle_deg: float, rate_deg_s: float) -> FloatArray:
        """Way of an axis that is at an angle at a node, and came there as it would leave with the time reversed."""
        after = self._part(target_deg, slice(node, None), 1, (angle_deg, rate_deg_s))
        before = self._part(target_deg, slice(node, None, -1), -1, (angle_deg, -rate_deg_s))
        return np.concatenate([before[:0:-1], after])

    def _part(self, target_deg: FloatArray, part: slice, sense: int, start: tuple[float, float] | None) -> FloatArray:
        return follow_limited(
            target_deg[part],
            sense * self.time_s[part],
            rate_limit_deg_s=self.rate_limit_deg_s,
            acceleration_limit_deg_s2=self.acceleration_limit_deg_s2,
            start=start,
        )


def across_zenith_deg(chase: Chase, direction: FloatArray, azimuth_deg: FloatArray) -> FloatArray:
    """Azimuth axis for a pass that goes over the top.

    Parameters
    ----------
    chase : Chase
        The axis and its times.
    direction : ndarray, shape (n, 3)
        Unit vectors east, north, up [1].
    azimuth_deg : ndarray, shape (n,)
        Target of the axis [deg], which jumps at the culmination to the other branch.

    Returns
    -------
    ndarray, shape (n,)
        The axis stands in the plane of the motion at the culmination, and meets its target before and after [deg].
    """
    jump = int(np.abs(np.diff(azimuth_deg)).argmax())
    motion = direction[min(jump + 2, len(direction) - 1)] - direction[max(jump - 1, 0)]
    plane_deg = float(to_deg(np.arctan2(motion[0], motion[1])))
    between_deg = 0.5 * float(azimuth_deg[jump] + azimuth_deg[jump + 1])
    plane_deg += 180.0 * round((between_deg - plane_deg) / 180.0)
    return chase.through(azimuth_deg, jump, plane_deg, 0.0)


def balanced_deg(
    chase: Chase, direction: FloatArray, azimuth_deg: FloatArray, elevation_range_deg: tuple[float, float]
) -> FloatArray:
    """Azimuth axis that leads into the keyhole.

    Parameters
    ----------
    chase : Chase
        The axis and its times.
    direction : ndarray, shape (n, 3)
        Unit vectors east, north, up [1].
    azimuth_deg : ndarray, shape (n,)
        Target of the axis [deg].
    elevation_range_deg : (float, float)
        Where the elevation axis may go to err least [deg].

    Returns
    -------
    ndarray, shape (n,)
        Angles [deg] that meet the target where it is fastest, or a little beside it, so that the largest errors on the
        sky before and after are alike; the largest of all is then least.
    """
    meeting = int(np.abs(np.diff(azimuth_deg)).argmax())
    sense = 1.0 if azimuth_deg[meeting + 1] > azimuth_deg[meeting] else -1.0
    rate_deg_s = sense * chase.rate_limit_deg_s

    def way(beside_deg: float) -> FloatArray:
        return chase.through(azimuth_deg, meeting, float(azimuth_deg[meeting]) + beside_deg, rate_deg_s)

    def errors_urad(told_deg: FloatArray) -> tuple[float, float]:
        elevation = np.clip(best_elevation_deg(direction, told_deg), *elevation_range_deg)
        error = np.hypot(*sky_offset_urad(direction, told_deg, elevation))
        return float(error[: meeting + 1].max()), float(error[meeting:].max())

    reach_deg = float(np.abs(chase.run(azimuth_deg) - azimuth_deg).max())
    return _balance(way, errors_urad, sense * reach_deg)


def _balance(
    way: Callable[[float], FloatArray], errors: Callable[[FloatArray], tuple[float, float]], reach_deg: float
) -> FloatArray:
    """Way with like errors before and after; an axis farther ahead errs more before the meeting and less after it."""
    behind_deg, ahead_deg = -reach_deg, reach_deg
    for _ in range(20):
        told = way(0.5 * (behind_deg + ahead_deg))
        before, after = errors(told)
        if abs(after - before) < _LIKENESS_URAD + _LIKENESS * max(before, after):
            break
        if after > before:
            behind_deg = 0.5 * (behind_deg + ahead_deg)
        else:
            ahead_deg = 0.5 * (behind_deg + ahead_deg)
    return told
