"""Stretches of time of many pairs at once, from the crossings between them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray

IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossings:
    """Instants at which a function of a pair (a satellite and a station) crosses its level; shape (n,) each.

    pair : number of the pair
    time_s : [s]
    upward : the function comes from below
    """

    pair: IntArray
    time_s: FloatArray
    upward: BoolArray


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches [start_s, end_s] of pairs, sorted by pair and time, those of one pair disjoint; shape (n,) each."""

    pair: IntArray
    start_s: FloatArray
    end_s: FloatArray

    def __len__(self) -> int:
        return int(self.pair.size)

    def where(self, chosen: BoolArray) -> "Stretches":
        """Those chosen."""
        return Stretches(self.pair[chosen], self.start_s[chosen], self.end_s[chosen])


def from_crossings(found: Crossings, is_inside: BoolArray, start_s: FloatArray, end_s: FloatArray) -> Stretches:
    """Stretches between alternate crossings, cut at each pair's own ends; start_s, end_s have the shape (pairs,).

    Where the first crossing of a pair leads out, the stretch began before; ``is_inside``, shape (pairs,), is asked for
    pairs without any crossing between their ends. A crossing at an end is none.
    """
    inside = (found.time_s > start_s[found.pair]) & (found.time_s < end_s[found.pair])
    pair, time_s, upward = _by_pair(found.pair[inside], found.time_s[inside], found.upward[inside])
    is_first, is_last = np.diff(pair, prepend=-1) != 0, np.diff(pair, append=-1) != 0
    crossed = np.zeros(start_s.size, dtype=bool)
    crossed[pair] = True
    always = np.flatnonzero(is_inside & ~crossed)
    cut_before = np.concatenate((pair[is_first & ~upward], always))
    cut_after = np.concatenate((pair[is_last & upward], always))
    rises = np.concatenate((pair[upward], cut_before)), np.concatenate((time_s[upward], start_s[cut_before]))
    falls = np.concatenate((pair[~upward], cut_after)), np.concatenate((time_s[~upward], end_s[cut_after]))
    if cut_before.size:
        rises = _by_pair(*rises)
    if cut_after.size:
        falls = _by_pair(*falls)
    return Stretches(*rises, falls[1])


def merged(first: Stretches, second: Stretches) -> Stretches:
    """Stretches of two sets that share no pair, sorted."""
    pair = np.concatenate((first.pair, second.pair))
    start_s = np.concatenate((first.start_s, second.start_s))
    return Stretches(*_by_pair(pair, start_s, np.concatenate((first.end_s, second.end_s))))


def number_inside(stretches: Stretches, pair: IntArray, time_s: FloatArray) -> IntArray:
    """Number of the stretch of a pair in which an instant [s] lies, -1 where it lies in none; shape (n,)."""
    if len(stretches) == 0 or pair.size == 0:
        return np.full(pair.size, -1)
    first_s = min(stretches.start_s.min(), time_s.min())
    width_s = max(stretches.end_s.max(), time_s.max()) - first_s + 1.0
    starts = stretches.pair * width_s + (stretches.start_s - first_s)
    number = np.searchsorted(starts, pair * width_s + (time_s - first_s), side="right") - 1
    # The sums above round to microseconds: an instant just before a start must not count as inside.
    good = (number >= 0) & (stretches.pair[number] == pair)
    good &= (time_s >= stretches.start_s[number]) & (time_s <= stretches.end_s[number])
    return np.where(good, number, -1)


def _by_pair(pair: IntArray, time_s: FloatArray, *others: Any) -> tuple[Any, ...]:
    order = np.lexsort((time_s, pair))
    return pair[order], time_s[order], *(other[order] for other in others)
