"""Crossings and turning points of elevation and range, of many satellites over many stations at once.

Height above the station's horizontal plane and range squared are as smooth as the orbit; elevation itself has a sharp
peak near the zenith, and is never interpolated: see `curves`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from passplan.checks import FloatArray
from passplan.orbit.curves import (
    Curve,
    Curves,
    approach,
    clearance,
    cubic,
    nearness,
    roots_within,
    turning_rate,
    value_and_slope,
)
from passplan.orbit.horizon import Sites
from passplan.orbit.interpolation import NODES, to_samples
from passplan.orbit.nodes import EARTH_RAD_S, Nodes
from passplan.orbit.stretches import BoolArray, Crossings, IntArray
from passplan.units import to_rad

_PARTS = 10  # of an interval: 30 s for a low orbit
_FAR_KM = 10_000.0
_PATH_SURPLUS = 1.2  # of a path over its chord; a third of a radian is longer than its chord by 0.5 %
_VERTICAL_DEG = 0.2  # geodetic against geocentric vertical: 0.193 deg at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Instants at which elevation is highest or range smallest; pair and time as in `Crossings`.

    sine, range_km : sine of the geometric elevation, and range [km], there
    """

    pair: IntArray
    time_s: FloatArray
    sine: FloatArray
    range_km: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What a sweep found; range is crossed ``upward`` when the satellite comes near enough."""

    elevation_crossings: Crossings
    culminations: Turns
    range_crossings: Crossings
    approaches: Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class _Intervals:
    """Intervals in which a satellite may be visible, n of them, whose windows have one place.

    pair, number : of the pair, and of the interval, shape (n,)
    height, range2 : at the nodes of the windows, shape (n, NODES)
    sine : of the lowest elevation, shape (n,)
    """

    pair: IntArray
    number: IntArray
    height: FloatArray
    range2: FloatArray
    sine: FloatArray
    place: int


@dataclass(frozen=True, slots=True)
class _Samples:
    """Values and slopes [1/part] of height and range squared at the ends of the parts, shape (n, _PARTS + 1)."""

    height: FloatArray
    height_slope: FloatArray
    range2: FloatArray
    range2_slope: FloatArray

    def curves(self, interval: IntArray, part: IntArray, level: FloatArray) -> Curves:
        """Cubics of parts; for the instants of events only, 2 cm from the orbit at most."""
        at = interval * (_PARTS + 1) + part
        return Curves(cubic(self.height, self.height_slope, at), cubic(self.range2, self.range2_slope, at), level)


def sweep(nodes: Nodes, sites: Sites, *, max_range_km: float | None) -> Events:
    """Events of every row of nodes over every site, within a range [km] if one is given.

    A pair is row times the number of sites, plus that of the site.

    Between two samples (a tenth of a step) elevation and range turn at most once, and where one turns, the turning
    point itself is looked at: so a pass shorter than a part, or a dip below the limit within a pass, is not lost.
    """
    groups = [_events(group, nodes.step_s, max_range_km) for group in _intervals(nodes, sites, max_range_km)]
    return groups[0] if len(groups) == 1 else _merged(groups)


def _intervals(nodes: Nodes, sites: Sites, max_range_km: float | None) -> list[_Intervals]:
    """Candidate intervals with the values at their windows' nodes; those whose windows have one place together."""
    rows, count = nodes.radius_km.shape
    along = np.matmul(sites.position_km, nodes.position_km)
    pair, number = _candidates(along, nodes, sites)
    height = np.matmul(sites.up, nodes.position_km)
    height -= np.einsum("sk,sk->s", sites.up, sites.position_km)[:, None]
    range2 = along
    range2 *= -2.0
    range2 += (nodes.radius_km**2)[:, None, :]
    range2 += (sites.radius_km**2)[:, None]
    if nodes.farthest_km.max() > _FAR_KM:
        eventful = ~_is_dull(height, range2, pair, number - nodes.first, nodes, sites, max_range_km)
        pair, number = pair[eventful], number[eventful]
    windows = [sliding_window_view(each.reshape(rows * len(sites), count), NODES, axis=1) for each in (height, range2)]
    start = nodes.windows_start(number)
    groups = []
    for place in _distinct(start - number):
        part = slice(None) if start.size == 0 else np.flatnonzero(start - number == place)
        own, first = pair[part], start[part] - nodes.first
        groups.append(
            _Intervals(
                pair=own,
                number=number[part],
                height=windows[0][own, first],
                range2=windows[1][own, first],
                sine=sites.floor_sine[own % len(sites)],
                place=place,
            )
        )
    return groups


def _candidates(along: FloatArray, nodes: Nodes, sites: Sites) -> tuple[IntArray, IntArray]:
    """Pair and number of every interval in which the satellite may be high enough: never one too few.

    At a given angle from the site, seen from the Earth's centre, the highest orbit is seen highest: that gives the
    reach. Within an interval the satellite is at most half a step's turn from one of its two nodes. It keeps to the
    great circle between them but for the turn of the Earth, which bends its path by less than the margin.
    """
    lowest_rad = to_rad(sites.floor_deg - _VERTICAL_DEG)
    reach_rad = np.arccos(np.minimum(sites.radius_km * np.cos(lowest_rad) / nodes.farthest_km[:, None], 1.0))
    reach_rad -= lowest_rad
    turn_rad = nodes.step_s * nodes.fastest_rad_s[:, None]
    margin_rad = 1e-3 + 0.4 * nodes.step_s * EARTH_RAD_S * turn_rad
    low, high = nodes.intervals
    part = slice(low - nodes.first, high - nodes.first + 1)
    least = np.cos(np.minimum(reach_rad + 0.5 * turn_rad + margin_rad, np.pi)) * sites.radius_km
    near = along[:, :, part] >= least[:, :, None] * nodes.radius_km[:, None, part]
    pair, interval = np.divmod(np.flatnonzero(near[:, :, :-1] | near[:, :, 1:]), high - low)
    row, site = np.divmod(pair, len(sites))
    unit = nodes.position_km[:, :, part] / nodes.radius_km[:, None, part]
    between = np.einsum("rkn,rkn->rn", unit[:, :, :-1], unit[:, :, 1:])[row, interval]
    left, right = (
        along[row, site, at + part.start] / (nodes.radius_km[row, at + part.start] * sites.radius_km[site])
        for at in (interval, interval + 1)
    )
    closest = _cosine_to_arc(left, right, between)
    kept = closest >= np.cos(np.minimum(reach_rad + margin_rad, np.pi))[row, site]
    return pair[kept], interval[kept] + low


def _is_dull(
    height: FloatArray,
    range2: FloatArray,
    pair: IntArray,
    index: IntArray,
    nodes: Nodes,
    sites: Sites,
    max_range_km: float | None,
) -> BoolArray:
    """Whether nothing can happen in the intervals that begin at nodes ``index``: high orbits spend hours so.

    Elevation and range go the same way from the node before to the node after the next one, and at both ends the
    satellite is farther from either limit than it moves in the interval.
    """
    row, site = np.divmod(pair, len(sites))
    inside = (index >= 1) & (index + 2 < nodes.radius_km.shape[1])
    around = np.clip(index + np.arange(-1, 3)[:, None], 0, nodes.radius_km.shape[1] - 1)
    heights, ranges = height[row, site, around], np.sqrt(range2[row, site, around])
    path_km = np.linalg.norm(np.diff(nodes.position_km, axis=2), axis=1)[row, np.minimum(index, around[2] - 1)]
    moves_km = _PATH_SURPLUS * path_km
    sine = sites.floor_sine[site]
    room_km = np.min((heights - sine * ranges)[1:3], axis=0) - (1.0 + np.abs(sine)) * moves_km
    if max_range_km is not None:
        room_km = np.minimum(room_km, np.min(np.abs(ranges[1:3] - max_range_km), axis=0) - moves_km)
    return inside & _is_monotone(heights / ranges) & _is_monotone(ranges) & (room_km > 0.0)


def _is_monotone(values: FloatArray) -> BoolArray:
    steps = np.diff(values, axis=0)
    return np.all(steps > 0.0, axis=0) | np.all(steps < 0.0, axis=0)


def _cosine_to_arc(left: FloatArray, right: FloatArray, between: FloatArray) -> FloatArray:
    """Cosine of the least angle from a direction to the arc between two others.

    left, right : cosines of its angles with the two; between : cosine of their own angle; shape (n,) each
    """
    from_left, from_right = left - between * right, right - between * left
    square = 1.0 - between * between
    inside = (from_left > 0.0) & (from_right > 0.0) & (square > 0.0)
    foot2 = np.divide(from_left * left + from_right * right, square, out=np.zeros_like(left), where=inside)
    return np.maximum(np.sqrt(np.maximum(foot2, 0.0)), np.maximum(left, right))  # a foot by rounding only helps


def _events(intervals: _Intervals, step_s: int, max_range_km: float | None) -> Events:
    """Events within intervals."""
    values, slopes = (matrix.T for matrix in to_samples(_PARTS, intervals.place))
    samples = _Samples(
        intervals.height @ values, intervals.height @ slopes, intervals.range2 @ values, intervals.range2 @ slopes
    )
    climbs = samples.height_slope * samples.range2 > 0.5 * samples.height * samples.range2_slope
    comes = samples.range2_slope < 0.0
    _agree(intervals, climbs, comes)
    above = samples.height >= intervals.sine[:, None] * np.sqrt(samples.range2)
    turning = climbs[:, :-1] != climbs[:, 1:]
    elevation = _crossings_and_turns(samples, intervals.sine, above, climbs, turning, clearance, turning_rate)
    seen = above[:, :-1] | above[:, 1:]
    seen[elevation.turned, elevation.turned_part] |= elevation.above_at_turn
    most_km2 = np.full_like(intervals.sine, np.inf if max_range_km is None else max_range_km**2)
    turning = (comes[:, :-1] != comes[:, 1:]) & seen
    inside = samples.range2 <= most_km2[:, None]
    distance = _crossings_and_turns(samples, most_km2, inside, comes, turning, nearness, approach)
    return Events(
        elevation_crossings=elevation.crossings(intervals, step_s),
        culminations=elevation.maxima(intervals, step_s),
        range_crossings=distance.crossings(intervals, step_s),
        approaches=distance.maxima(intervals, step_s),
    )


def _agree(intervals: _Intervals, *slopes: BoolArray) -> None:
    """Make neighbours agree on the way a function goes at their common node; else a turn at a node would be lost."""
    same_pair = intervals.pair[1:] == intervals.pair[:-1]
    follows = np.flatnonzero(same_pair & (intervals.number[1:] == intervals.number[:-1] + 1))
    for slope in slopes:
        slope[follows + 1, 0] = slope[follows, -1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Where functions cross and turn: the interval, the place in parts within it, and which way."""

    crossed: IntArray
    crossing: FloatArray
    upward: BoolArray
    turned: IntArray
    turned_part: IntArray
    turn: FloatArray
    curves: Curves
    is_top: BoolArray
    above_at_turn: BoolArray

    def crossings(self, intervals: _Intervals, step_s: int) -> Crossings:
        time_s = (intervals.number[self.crossed] + self.crossing / _PARTS) * step_s
        return Crossings(pair=intervals.pair[self.crossed], time_s=time_s, upward=self.upward)

    def maxima(self, intervals: _Intervals, step_s: int) -> Turns:
        kept = np.flatnonzero(self.is_top & self.above_at_turn)
        index, u, curves = self.turned[kept], self.turn[kept], self.curves.of(kept)
        range_km = np.sqrt(value_and_slope(curves.range2, u)[0])
        return Turns(
            pair=intervals.pair[index],
            time_s=(intervals.number[index] + (self.turned_part[kept] + u) / _PARTS) * step_s,
            sine=value_and_slope(curves.height, u)[0] / range_km,
            range_km=range_km,
        )


def _crossings_and_turns(
    samples: _Samples,
    level: FloatArray,
    above: BoolArray,
    climbs: BoolArray,
    turning: BoolArray,
    function: Curve,
    derivative: Curve,
) -> _Shape:
    """Turning points first; they divide the parts so that every piece is monotone, then the crossings."""
    turned, part = np.divmod(np.flatnonzero(turning), _PARTS)
    is_top = climbs[turned, part]
    curves = samples.curves(turned, part, level[turned])
    start, end = np.zeros(turned.size), np.ones(turned.size)
    turn = roots_within(derivative, curves, start, end, ~is_top)
    above_at_turn = function(curves, turn)[0] >= 0.0
    above_left, above_right = above[turned, part], above[turned, part + 1]
    before, after = np.flatnonzero(above_left != above_at_turn), np.flatnonzero(above_at_turn != above_right)
    whole, piece = np.divmod(np.flatnonzero((above[:, :-1] != above[:, 1:]) & ~turning), _PARTS)
    crossed = np.concatenate((whole, turned[before], turned[after]))
    crossed_part = np.concatenate((piece, part[before], part[after]))
    low = np.concatenate((np.zeros(whole.size), start[before], turn[after]))
    high = np.concatenate((np.ones(whole.size), turn[before], end[after]))
    upward = np.concatenate((above[whole, piece + 1], above_at_turn[before], above_right[after]))
    crossing = roots_within(function, samples.curves(crossed, crossed_part, level[crossed]), low, high, upward)
    return _Shape(
        crossed=crossed,
        crossing=crossed_part + crossing,
        upward=upward,
        turned=turned,
        turned_part=part,
        turn=turn,
        curves=curves,
        is_top=is_top,
        above_at_turn=above_at_turn,
    )


def _distinct(places: IntArray) -> list[int]:
    return sorted(set(places.tolist())) if places.size and places.min() < places.max() else places[:1].tolist() or [0]


def _merged(groups: Sequence[Events]) -> Events:
    def join(name: str) -> Any:
        items = [getattr(group, name) for group in groups]
        kind = type(items[0])
        return kind(
            **{item.name: np.concatenate([getattr(each, item.name) for each in items]) for item in fields(kind)}
        )

    return Events(**{item.name: join(item.name) for item in fields(Events)})
