"""Which passes can serve a pair of stations together, and how much of their keys flows between them at best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from passplan.checks import FloatArray, freeze
from passplan.schedule.conflicts import Places
from passplan.schedule.room import Chosen
from passplan.schedule.window import Problem

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flows:
    """Pairs of sources between which key can flow; a source: windows of one contact with equal chance of clear sky.

    contacts : of each source, shape (sources,)
    source : of each window, shape (windows,), read-only
    keys_bits : of each window under a clear sky [bit], shape (windows,), read-only
    ends : the two sources of each flow, in the order of the pair's stations, shape (2, flows), read-only
    pairs : number of the pair that each flow serves, shape (flows,), read-only
    clear : chance that both its skies are clear [1], shape (flows,), read-only
    """

    contacts: tuple[str, ...]
    source: Places
    keys_bits: FloatArray
    ends: Places
    pairs: Places
    clear: FloatArray

    def __post_init__(self) -> None:
        freeze(self.source, self.keys_bits, self.ends, self.pairs, self.clear)

    @property
    def size(self) -> int:
        """How many flows there are."""
        return len(self.pairs)

    @property
    def largest_bits(self) -> FloatArray:
        """Longest key of each source [bit], shape (sources,)."""
        largest = np.zeros(len(self.contacts))
        np.maximum.at(largest, self.source, self.keys_bits)
        return largest

    def members(self) -> list[Places]:
        """Places of the windows of each source, the longest key first."""
        order = np.lexsort((-self.keys_bits, self.source))
        return np.split(order, np.searchsorted(self.source[order], np.arange(1, len(self.contacts))))


def flows_between(problem: Problem, pairs: Mapping[Pair, int], max_age_s: float) -> Flows:
    """All flows of a problem for numbered pairs of stations, each in alphabetical order.

    ``max_age_s`` : longest time [s] between the end of the earlier contact and the start of the later, each contact as
    long as the longest of its windows.
    """
    keys: dict[tuple[str, float], int] = {}
    source = np.array(
        [keys.setdefault((each.contact, each.clear), len(keys)) for each in problem.windows], dtype=np.intp
    )
    contacts = tuple(contact for contact, _ in keys)
    clear = np.array([chance for _, chance in keys], dtype=float)
    spans = _spans(problem)
    ends: list[tuple[int, int]] = []
    numbers: list[int] = []
    for by_station in _sources_by_satellite(problem, source).values():
        for pair in combinations(sorted(by_station), 2):
            if pair in pairs:
                found = _within_age(by_station[pair[0]], by_station[pair[1]], contacts, spans, max_age_s)
                ends += found
                numbers += [pairs[pair]] * len(found)
    both = np.array(ends, dtype=np.intp).reshape(-1, 2).T.copy()
    return Flows(
        contacts=contacts,
        source=source,
        keys_bits=np.array([window.key_bits for window in problem.windows], dtype=float),
        ends=both,
        pairs=np.array(numbers, dtype=np.intp),
        clear=clear[both[0]] * clear[both[1]],
    )


def _spans(problem: Problem) -> dict[str, tuple[float, float]]:
    """First start and last stop of the windows of each contact [s]."""
    spans: dict[str, tuple[float, float]] = {}
    for window in problem.windows:
        start_s, stop_s = spans.get(window.contact, (window.start_s, window.stop_s))
        spans[window.contact] = min(start_s, window.start_s), max(stop_s, window.stop_s)
    return spans


def _sources_by_satellite(problem: Problem, source: Places) -> dict[str, dict[str, list[int]]]:
    """Numbers of the sources by satellite, then by station."""
    found: dict[str, dict[str, list[int]]] = {}
    for window, number in zip(problem.windows, source.tolist(), strict=True):
        numbers = found.setdefault(window.satellite, {}).setdefault(window.station, [])
        if number not in numbers[-1:]:
            numbers.append(number)
    return {
        satellite: {station: sorted(set(numbers)) for station, numbers in stations.items()}
        for satellite, stations in found.items()
    }


def _within_age(
    ones: Sequence[int],
    others: Sequence[int],
    contacts: Sequence[str],
    spans: Mapping[str, tuple[float, float]],
    max_age_s: float,
) -> list[tuple[int, int]]:
    """Pairs of sources over two stations that are close enough in time."""
    one = np.array([spans[contacts[number]] for number in ones])
    other = np.array([spans[contacts[number]] for number in others])
    age_s = np.maximum(one[:, None, 0], other[None, :, 0]) - np.minimum(one[:, None, 1], other[None, :, 1])
    return [(ones[row], others[column]) for row, column in np.argwhere(age_s <= max_age_s).tolist()]


def best_flow(flows: Flows, chosen: Chosen, gains: FloatArray, wanted_bits: FloatArray) -> FloatArray:
    """Key that flows [bit], shape (flows,), for the greatest sum of gains times flow.

    Parameters
    ----------
    flows : Flows
        What may flow.
    chosen : ndarray, shape (windows,)
        The windows that are flown; others give nothing.
    gains : ndarray, shape (flows,)
        Of each bit that flows [1].
    wanted_bits : ndarray, shape (pairs,)
        Most that is of use to a pair [bit], weather counted; may be infinite.

    Notes
    -----
    A linear programme: of each source no more flows than its key, and to each pair no more than it wants.
    """
    holds_bits = np.bincount(flows.source[chosen], flows.keys_bits[chosen], minlength=len(flows.contacts))
    bits = np.zeros(flows.size)
    used = np.flatnonzero((holds_bits[flows.ends] > 0.0).all(axis=0) & (wanted_bits[flows.pairs] > 0.0) & (gains > 0.0))
    if not used.size:
        return bits
    scale_bits = float(holds_bits.max())
    ends, pairs = flows.ends[:, used], flows.pairs[used]
    limited = np.flatnonzero(np.isfinite(wanted_bits[pairs]))
    rows = np.concatenate([ends[0], ends[1], len(flows.contacts) + pairs[limited]])
    columns = np.concatenate([np.arange(used.size), np.arange(used.size), limited])
    values = np.concatenate([np.ones(2 * used.size), flows.clear[used[limited]]])
    limits = np.concatenate([holds_bits, wanted_bits]) / scale_bits
    kept = np.unique(rows)
    matrix = coo_array((values, (np.searchsorted(kept, rows), columns)), shape=(len(kept), used.size)).tocsr()
    found = linprog(-gains[used] / gains[used].max(), A_ub=matrix, b_ub=limits[kept], method="highs")
    bits[used] = np.maximum(found.x, 0.0) * scale_bits
    return bits
