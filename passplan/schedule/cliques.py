"""Maximal cliques of windows that exclude each other: of intervals by a sweep, of other graphs by branching."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray

Nodes = NDArray[np.intp]


def cliques_of_intervals(starts: FloatArray, ends: FloatArray) -> list[Nodes]:
    """Maximal sets of two or more intervals [start, end) that all overlap, in order of time.

    Parameters
    ----------
    starts : ndarray, shape (n,)
        Ascending, in any unit.
    ends : ndarray, shape (n,)
        Each above its start, in any order.

    Notes
    -----
    Intervals that overlap in pairs share an instant (Helly), so each maximal set is alive at the last start before
    some end.
    """
    next_starts = np.append(starts[1:], np.inf)
    in_order = np.sort(ends)
    is_last = np.searchsorted(in_order, next_starts, "right") > np.searchsorted(in_order, starts, "right")
    instants = np.flatnonzero(is_last)
    alive_from = np.searchsorted(instants, np.arange(len(starts)))
    alive_until = np.searchsorted(instants, np.searchsorted(starts, ends, "left"))
    counts = alive_until - alive_from
    nodes = np.repeat(np.arange(len(starts)), counts)
    sets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - alive_from, counts)
    inside = nodes[np.argsort(sets, kind="stable")]
    bounds = np.cumsum(np.bincount(sets, minlength=len(instants))).tolist()
    return [inside[low:high] for low, high in pairwise([0, *bounds]) if high - low > 1]


def maximal_cliques(size: int, first: Nodes, second: Nodes) -> list[Nodes]:
    """Maximal cliques of two or more of a graph with so many nodes, whose edges join ``first`` and ``second``.

    Each edge goes from a lower to a higher number.

    Notes
    -----
    Bron and Kerbosch with a pivot (Comm. ACM 16, 575 (1973); Tomita et al., Theor. Comput. Sci. 363, 28 (2006)), on
    bits of integers, from one node after another: the neighbours that come after it, so no clique is met twice.
    """
    found: list[Nodes] = []
    for low, near in _pieces(size, first, second):
        for node, neighbours in enumerate(near):
            later = neighbours >> node << node  # a node is no neighbour of its own
            if later:
                _grow([low + node], later, neighbours ^ later, near, found, low)
    return found


def lifted(groups: Sequence[Nodes], contacts: Nodes, first: Nodes, second: Nodes) -> list[Nodes]:
    """Cliques in time, each widened by nodes that with each member either clash or share the contact; none twice.

    Parameters
    ----------
    groups : sequence of ndarray
        Cliques of the graph of the edges.
    contacts : ndarray, shape (n,)
        Number of the contact of each node.
    first, second : ndarray, shape (edges,)
        The edges, from lower to higher numbers.
    """
    one, other = _edges_within(contacts)
    edges = np.unique(np.concatenate([first * len(contacts) + second, one * len(contacts) + other]))
    pieces = list(_pieces(len(contacts), edges // len(contacts), edges % len(contacts)))
    lows = np.array([low for low, _ in pieces])
    found: dict[int, dict[int, Nodes]] = {}
    for group in groups:
        low, near = pieces[int(np.searchsorted(lows, group[0], "right")) - 1]
        members, common = 0, -1
        for node in (group - low).tolist():
            members |= 1 << node
            common &= near[node]
        while common:
            lowest = common & -common
            members |= lowest
            common &= near[lowest.bit_length() - 1]
        found.setdefault(low, {})[members] = np.array(list(_bits(members)), dtype=np.intp) + low
    return [nodes for sets in found.values() for nodes in sets.values()]


def _edges_within(contacts: Nodes) -> tuple[Nodes, Nodes]:
    """Edges between all nodes of one contact, from lower to higher numbers."""
    order = np.argsort(contacts, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(contacts[order])) + 1)
    edges = [group[np.stack(np.triu_indices(len(group), 1))] for group in groups]
    both = np.concatenate(edges, axis=1)
    return both[0], both[1]


def _pieces(size: int, first: Nodes, second: Nodes) -> Iterator[tuple[int, list[int]]]:
    """Runs of nodes without an edge between two of them: number of the first, and neighbours of each as bits."""
    reach = np.arange(size)
    np.maximum.at(reach, first, second)
    breaks = np.flatnonzero(np.maximum.accumulate(reach)[:-1] <= np.arange(size - 1)) + 1
    order = np.argsort(first, kind="stable")
    first, second = first[order], second[order]
    for low, high in zip([0, *breaks.tolist()], [*breaks.tolist(), size], strict=True):
        inside = slice(*np.searchsorted(first, [low, high]).tolist())
        near = np.zeros((high - low, high - low), dtype=bool)
        near[first[inside] - low, second[inside] - low] = True
        rows = np.packbits(near | near.T, axis=1, bitorder="little")
        yield low, [int.from_bytes(row.tobytes(), "little") for row in rows]


def _grow(clique: list[int], open_: int, done: int, near: list[int], found: list[Nodes], low: int) -> None:
    """Add every maximal clique that holds ``clique``, some of ``open_`` and none of ``done``."""
    if not open_:
        if not done:
            found.append(np.array(clique))
        return
    for node in _bits(_least_apart(open_, done, near)):
        _grow([*clique, low + node], open_ & near[node], done & near[node], near, found, low)
        open_ ^= 1 << node
        done |= 1 << node


def _least_apart(open_: int, done: int, near: list[int]) -> int:
    """The few nodes of ``open_`` that are no neighbours of the pivot: each clique that is not met yet holds one."""
    apart, fewest = open_, open_.bit_count()
    for node in _bits(done | open_):
        others = open_ & ~near[node]
        count = others.bit_count()
        if count < fewest:
            apart, fewest = others, count
            if count <= 1:
                break
    return apart


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
