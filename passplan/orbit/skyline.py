"""Where a satellite stands above an uneven skyline."""

import numpy as np

from passplan.checks import FloatArray
from passplan.orbit.horizon import Sites, look_angles
from passplan.orbit.nodes import Nodes
from passplan.orbit.roots import roots
from passplan.orbit.stretches import BoolArray, Crossings, IntArray, Stretches, from_crossings, merged

_COARSE = 10  # parts of a step at which skyline and satellite are compared: 30 s for a low orbit
_FINE = 30  # parts of such a part that are walked where the two may cross: 1 s
_DIP_DEG = 0.05  # elevation may sag this much between coarse samples
_PEAK_DEG = 3.0  # and peak this much, below _STEEP_DEG
_STEEP_DEG = 45.0
_BINS = 720  # of azimuth
_ASIDE_BINS = 2  # azimuth may stray so far beyond its values at the ends of a part


def clear_stretches(visible: Stretches, index: int, nodes: Nodes, sites: Sites) -> Stretches:
    """The stretches, those of one site cut to where the satellite is above its skyline.

    Edges are refined to 0.1 ms. Where satellite and skyline come near each other they are compared every second (for a
    low orbit): a gap in the skyline, or a tower, that the satellite passes in less may be lost.
    """
    mine = visible.pair % len(sites) == index
    if not mine.any():
        return visible
    own = visible.where(mine)
    row = own.pair // len(sites)

    def clearance_deg(stretch: IntArray, time_s: FloatArray) -> FloatArray:
        site = np.full(time_s.size, index)
        azimuth_deg, elevation_deg, _ = look_angles(sites, site, nodes.at(row[stretch], time_s))
        return elevation_deg - sites.limit_deg(index, azimuth_deg)

    stretch, time_s = _walk(own, index, row, nodes, sites)
    clear = clearance_deg(stretch, time_s) >= 0.0
    change = np.flatnonzero((clear[:-1] != clear[1:]) & (stretch[:-1] == stretch[1:]))
    crossing_s = roots(lambda s: clearance_deg(stretch[change], s), time_s[change], time_s[change + 1])
    found = Crossings(pair=stretch[change], time_s=crossing_s, upward=clear[change + 1])
    numbers = np.arange(len(own))
    middle = (np.searchsorted(stretch, numbers) + np.searchsorted(stretch, numbers, side="right")) // 2
    cut = from_crossings(found, clear[middle], own.start_s, own.end_s)
    return merged(visible.where(~mine), Stretches(own.pair[cut.pair], cut.start_s, cut.end_s))


def _walk(own: Stretches, index: int, row: IntArray, nodes: Nodes, sites: Sites) -> tuple[IntArray, FloatArray]:
    """Samples (stretch, time), sorted: coarse ones, and fine ones wherever the skyline may be crossed."""
    stretch, time_s = _samples(own, nodes.step_s / _COARSE)
    site = np.full(time_s.size, index)
    azimuth_deg, elevation_deg, _ = look_angles(sites, site, nodes.at(row[stretch], time_s))
    first = np.flatnonzero(stretch[:-1] == stretch[1:])
    doubtful = first[_doubtful(azimuth_deg, elevation_deg, first, sites, index)]
    share = np.arange(1, _FINE) / _FINE
    between = time_s[doubtful][:, None] + np.diff(time_s)[doubtful][:, None] * share
    all_stretches = np.concatenate((stretch, np.repeat(stretch[doubtful], share.size)))
    all_times = np.concatenate((time_s, between.ravel()))
    order = np.lexsort((all_times, all_stretches))
    return all_stretches[order], all_times[order]


def _samples(own: Stretches, step_s: float) -> tuple[IntArray, FloatArray]:
    """Equidistant samples of each stretch, its ends included, at most a step [s] apart."""
    length_s = own.end_s - own.start_s
    parts = np.maximum(np.ceil(length_s / step_s).astype(np.intp), 1)
    stretch = np.repeat(np.arange(len(own)), parts + 1)
    number = np.arange(stretch.size) - np.repeat(np.cumsum(parts + 1) - parts - 1, parts + 1)
    return stretch, own.start_s[stretch] + length_s[stretch] * (number / parts[stretch])


def _doubtful(
    azimuth_deg: FloatArray, elevation_deg: FloatArray, first: IntArray, sites: Sites, index: int
) -> BoolArray:
    """Whether, between samples ``first`` and the next, the satellite may cross the skyline."""
    lowest, highest = _skyline_between(azimuth_deg[first], azimuth_deg[first + 1], sites, index)
    low_deg = np.minimum(elevation_deg[first], elevation_deg[first + 1]) - _DIP_DEG
    high_deg = np.maximum(elevation_deg[first], elevation_deg[first + 1])
    hidden = (high_deg < _STEEP_DEG) & (high_deg + _PEAK_DEG < lowest)
    return ~hidden & (low_deg < highest)


def _skyline_between(
    start_deg: FloatArray, end_deg: FloatArray, sites: Sites, index: int
) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest skyline [deg] between pairs of azimuths [deg], the short way round, shape (n,) each.

    Of every power of two of bins the extremes are tabled; two overlapping entries cover any range.
    """
    turn_deg = (end_deg - start_deg + 180.0) % 360.0 - 180.0
    begin = np.floor(np.minimum(start_deg, start_deg + turn_deg) * _BINS / 360.0).astype(np.intp) - _ASIDE_BINS
    count = np.ceil(np.abs(turn_deg) * _BINS / 360.0).astype(np.intp) + 2 * _ASIDE_BINS + 1
    level = np.floor(np.log2(count)).astype(np.intp)
    second = begin + count - (1 << level)
    lows, highs = _extremes(sites, index)
    return (
        np.minimum(lows[level, begin % _BINS], lows[level, second % _BINS]),
        np.maximum(highs[level, begin % _BINS], highs[level, second % _BINS]),
    )


def _extremes(sites: Sites, index: int) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest skyline [deg] in 1, 2, 4, ... bins from each bin on, shape (levels, bins)."""
    corners_deg = np.array([azimuth_deg for azimuth_deg, _ in sites.stations[index].horizon_mask]) % 360.0
    places_deg = np.concatenate((np.arange(_BINS + 1) * (360.0 / _BINS), corners_deg))
    heights_deg = sites.limit_deg(index, places_deg)
    edges, corners = heights_deg[: _BINS + 1], heights_deg[_BINS + 1 :]
    low, high = np.minimum(edges[:-1], edges[1:]), np.maximum(edges[:-1], edges[1:])
    bins = (corners_deg * _BINS / 360.0).astype(np.intp) % _BINS
    np.minimum.at(low, bins, corners)
    np.maximum.at(high, bins, corners)
    lows, highs = [low], [high]
    for level in range(int(np.log2(_BINS))):
        lows.append(np.minimum(lows[-1], np.roll(lows[-1], -(1 << level))))
        highs.append(np.maximum(highs[-1], np.roll(highs[-1], -(1 << level))))
    return np.array(lows), np.array(highs)
