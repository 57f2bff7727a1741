"""Propagated nodes: positions of many satellites on one equidistant grid that is anchored in time.

The grid does not hang on the window searched: nodes are whole multiples of the step from `ANCHOR`, so that the same
pass comes out of any window, to microseconds.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sgp4.api import Satrec

from passplan.checks import FloatArray
from passplan.constants import EARTH_EQUATORIAL_RADIUS_KM, EARTH_GRAVITY_KM3_S2
from passplan.orbit.earth import clock
from passplan.orbit.elements import Elements, period_s
from passplan.orbit.interpolation import CENTRAL, NODES, weights
from passplan.orbit.topocentric import (
    HIGHEST_ALTITUDE_KM,
    LOWEST_ALTITUDE_KM,
    ground_fixed_positions,
    leap_seconds,
)

ANCHOR = datetime(2000, 1, 1, tzinfo=UTC)
FAILING_STEP_S = 15

_DIP_KM = 15.0  # between nodes of the usual steps a perigee may lie this much lower than at the nodes
_STEPS_S = (15, 30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 330, 360, 420, 480, 600, 900, 1200, 1800)
EARTH_RAD_S = 7.3e-5

IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]


def step_s(elements: Elements) -> int:
    """Step of the nodes [s] with which interpolation is good to 5 cm: 300 s for a low round orbit, 120 s for Molniya's.

    The turn at the perigee in one step may be 0.35 rad for a circle, 0.17 rad for long ellipses; between, a curve
    fitted to the error of 14-point interpolation against SGP4 over eccentricities of 0.001 to 0.8 and mean motions of
    1 to 16.3 revolutions a day.
    """
    e = elements.eccentricity
    perigee_rad_s = 2.0 * np.pi / period_s(elements) * (1.0 + e) ** 2 / (1.0 - e * e) ** 1.5
    most_s = (0.17 + 0.18 * np.exp(-e / 0.08)) / perigee_rad_s
    return _STEPS_S[max(bisect_right(_STEPS_S, most_s) - 1, 0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """Positions of R satellites at nodes; node i lies at i times the step after `ANCHOR`.

    step_s : [s]
    first, last : numbers of the first and last node
    intervals : numbers of the first interval searched and one past the last; interval i lies between nodes i and i + 1
    position_km : shape (R, 3, nodes), Earth's frame (ITRS) [km]
    radius_km : distance from the Earth's centre [km], shape (R, nodes)
    good : whether SGP4 works and the position is sane, with steps above `FAILING_STEP_S` between nodes too, shape
        (R, nodes)
    farthest_km, fastest_rad_s : bounds of the radius [km] and of the turn about the Earth's centre [rad/s], shape (R,)
    """

    step_s: int
    first: int
    last: int
    intervals: tuple[int, int]
    position_km: FloatArray
    radius_km: FloatArray
    good: BoolArray
    farthest_km: FloatArray
    fastest_rad_s: FloatArray

    def windows_start(self, interval: IntArray) -> IntArray:
        """First node of the window of each interval: central, or moved where the nodes end."""
        return np.clip(interval + CENTRAL, self.first, self.last - NODES + 1)

    def at(self, row: IntArray, time_s: FloatArray) -> FloatArray:
        """Positions [km] of rows at instants [s] after `ANCHOR`, interpolated, shape (n, 3)."""
        steps = time_s / self.step_s
        low, high = self.intervals
        interval = np.clip(np.floor(steps).astype(np.intp), low, high - 1)
        start = self.windows_start(interval)
        share = _weights(steps - interval - 0.5, start - interval)
        count = self.last - self.first + 1
        where = (row * 3 * count + start - self.first)[:, None] + np.arange(NODES)
        flat_km = self.position_km.reshape(-1)
        position_km = np.empty((time_s.size, 3))
        for axis in range(3):
            position_km[:, axis] = np.einsum("nw,nw->n", share, flat_km[where])
            where += count
        return position_km


def nodes_of(sets: Sequence[Elements], models: Sequence[Satrec], *, step: int, start_s: float, end_s: float) -> Nodes:
    """Nodes of element sets for the intervals that cover a window [s after `ANCHOR`], with what interpolation needs.

    Raises nothing where a model fails: such nodes are not ``good``.
    """
    low, high = int(np.floor(start_s / step)), int(np.ceil(end_s / step))
    high = max(high, low + 1)
    first, last = low + CENTRAL, high - 1 + CENTRAL + NODES - 1
    times = clock(ANCHOR, np.arange(first, last + 1) * float(step))
    leap_s = float(leap_seconds(clock(ANCHOR, [start_s]))[0])
    codes, position_km = ground_fixed_positions(models, times, leap_s=leap_s)
    radius_km = np.sqrt(np.einsum("rkn,rkn->rn", position_km, position_km))
    apogee_km, perigee_km, parameter_km = _sizes(sets)
    with np.errstate(invalid="ignore"):
        low_km = _ground_km(position_km, radius_km) + LOWEST_ALTITUDE_KM + (_DIP_KM if step > FAILING_STEP_S else 0.0)
        good = (codes == 0) & (radius_km > low_km) & (radius_km < _highest_km(apogee_km)[:, None])
    farthest_km = np.maximum(1.02 * apogee_km, _largest(radius_km, good)) + 50.0
    nearest_km = 0.98 * np.minimum(perigee_km, -_largest(-radius_km, good)) - 20.0
    fastest_rad_s = np.sqrt(EARTH_GRAVITY_KM3_S2 * 1.02 * parameter_km) / nearest_km**2 + EARTH_RAD_S
    return Nodes(
        step_s=step,
        first=first,
        last=last,
        intervals=(low, high),
        position_km=position_km,
        radius_km=radius_km,
        good=good,
        farthest_km=farthest_km,
        fastest_rad_s=fastest_rad_s,
    )


def good_at(elements: Elements, model: Satrec, time_s: FloatArray) -> BoolArray:
    """Whether SGP4 works and the position is sane at instants [s after `ANCHOR`], shape (n,)."""
    codes, position_km = ground_fixed_positions([model], clock(ANCHOR, time_s), leap_s=0.0)
    radius_km = np.sqrt(np.einsum("rkn,rkn->rn", position_km, position_km))
    return _is_good(codes, position_km, radius_km, _sizes([elements])[0])[0]


def rows_of(nodes: Nodes, chosen: IntArray) -> Nodes:
    """The same nodes with only the chosen rows."""
    return replace(
        nodes,
        position_km=nodes.position_km[chosen],
        radius_km=nodes.radius_km[chosen],
        good=nodes.good[chosen],
        farthest_km=nodes.farthest_km[chosen],
        fastest_rad_s=nodes.fastest_rad_s[chosen],
    )


def good_run(nodes: Nodes, row: int, near_s: float) -> tuple[int, int] | None:
    """First and last node of the unbroken run of good nodes nearest to an instant [s after `ANCHOR`], if long enough.

    What a model gives on the far side of a failure is not trusted: decayed objects come back as nonsense.
    """
    good = np.concatenate(([False], nodes.good[row], [False]))
    starts, ends = np.flatnonzero(~good[:-1] & good[1:]), np.flatnonzero(good[:-1] & ~good[1:]) - 1
    if starts.size == 0:
        return None
    place = near_s / nodes.step_s - nodes.first
    nearest = int(np.argmin(np.maximum(np.maximum(starts - place, place - ends), 0.0)))
    first, last = int(starts[nearest]), int(ends[nearest])
    return (nodes.first + first, nodes.first + last) if last - first + 1 >= NODES else None


def clipped(nodes: Nodes, row: int, run: tuple[int, int]) -> Nodes:
    """One row with nothing but a run of its nodes."""
    first, last = run
    part = slice(first - nodes.first, last - nodes.first + 1)
    low, high = nodes.intervals
    return replace(
        rows_of(nodes, np.array([row])),
        first=first,
        last=last,
        intervals=(max(low, first), min(high, last)),
        position_km=nodes.position_km[[row], :, part],
        radius_km=nodes.radius_km[[row], part],
        good=nodes.good[[row], part],
    )


def _weights(x: FloatArray, offset: IntArray) -> FloatArray:
    """Weights of the windows' values at x, shape (n, NODES); nearly always all windows lie alike."""
    share = weights(x)
    for place in set(np.flatnonzero(np.bincount(-offset))) - {-CENTRAL}:
        chosen = offset == -place
        share[chosen] = weights(x[chosen], -int(place))
    return share


def _is_good(
    codes: NDArray[np.uint8], position_km: FloatArray, radius_km: FloatArray, apogee_km: FloatArray
) -> BoolArray:
    with np.errstate(invalid="ignore"):
        low_km = _ground_km(position_km, radius_km) + LOWEST_ALTITUDE_KM
        return (codes == 0) & (radius_km > low_km) & (radius_km < _highest_km(apogee_km)[:, None])


def _sizes(sets: Sequence[Elements]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Apogee, perigee and parameter of the mean orbits [km], shape (R,)."""
    mean_rad_s = 2.0 * np.pi / np.array([period_s(item) for item in sets])
    e = np.array([item.eccentricity for item in sets])
    axis_km = np.cbrt(EARTH_GRAVITY_KM3_S2 / mean_rad_s**2)
    return axis_km * (1.0 + e), axis_km * (1.0 - e), axis_km * (1.0 - e * e)


def _ground_km(position_km: FloatArray, radius_km: FloatArray) -> FloatArray:
    """Radius of the Earth under a position [km], to 0.1 km."""
    return EARTH_EQUATORIAL_RADIUS_KM - 21.4 * (position_km[:, 2] / radius_km) ** 2


def _highest_km(apogee_km: FloatArray) -> FloatArray:
    """Radius [km] beyond which a position is nonsense: an orbit does not grow by a half."""
    return np.minimum(1.5 * apogee_km + 1000.0, HIGHEST_ALTITUDE_KM)


def _largest(values: FloatArray, good: BoolArray) -> FloatArray:
    return np.max(values, axis=1, where=good, initial=-np.inf)
