"""Contacts of many element sets within one window: in pieces that fit the memory, failures told and never silent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from sgp4.api import Satrec

from passplan.constants import EARTH_EQUATORIAL_RADIUS_KM
from passplan.errors import ElementsError
from passplan.orbit.contacts import Contacts, contacts_of, joined, no_contacts
from passplan.orbit.earth import clock
from passplan.orbit.elements import Elements
from passplan.orbit.horizon import Sites
from passplan.orbit.interpolation import NODES
from passplan.orbit.nodes import ANCHOR, FAILING_STEP_S, clipped, good_at, good_run, nodes_of, rows_of, step_s
from passplan.orbit.processes import Map
from passplan.orbit.rows import Row, instant_of, seconds_of
from passplan.orbit.topocentric import ground_fixed_states, propagator

_PIECE = 200_000  # nodes times sites searched at once: some ten megabytes
_MOST_ROWS = 100
_DRAG_FREE_KM = 1000.0  # of perigee: no drag above it ends an orbit within the reach of an element set
_LOOK_EVERY_S = 4320.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An element set that cannot be followed through a search.

    elements : the set
    start_utc, end_utc : the time, within the search, in which it gives no position
    reason : why, in words
    """

    elements: Elements
    start_utc: datetime
    end_utc: datetime
    reason: str

    def __str__(self) -> str:
        return self.reason

    def within(self, start_s: float, end_s: float) -> "Failure":
        """The same, no earlier and no later than instants [s after `nodes.ANCHOR`]; empty where it lies outside."""
        start_utc = self.start_utc if start_s == float("-inf") else max(self.start_utc, instant_of(start_s))
        end_utc = self.end_utc if end_s == float("inf") else min(self.end_utc, instant_of(end_s))
        return replace(self, start_utc=start_utc, end_utc=end_utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Rows with one step and one time that are searched at once; ``numbers`` are theirs within the search."""

    numbers: tuple[int, ...]
    sets: tuple[Elements, ...]
    sites: Sites
    step_s: int
    start_s: float
    end_s: float
    max_range_km: float | None


def search(
    rows: Sequence[Row],
    sites: Sites,
    start_s: float,
    end_s: float,
    *,
    max_range_km: float | None,
    spread: Map = map,
) -> tuple[Contacts, list[Failure]]:
    """Contacts of rows within a window [s after `nodes.ANCHOR`], and what failed.

    ``spread`` maps a function over pieces of work, as ``map`` does or the like of several processes. Rows of contacts
    are the numbers of the rows; each row is searched in its own part of the window.
    """
    found, failures = [], []
    for contacts, failed in spread(search_piece, _pieces(rows, sites, start_s, end_s, max_range_km)):
        found.append(contacts)
        failures += failed
    return joined(found), failures


def search_piece(piece: _Piece) -> tuple[Contacts, list[Failure]]:
    """Contacts of one piece; rows that fail are searched alone, as far as they go."""
    models = [propagator(elements) for elements in piece.sets]
    window = {"start_s": piece.start_s, "end_s": piece.end_s}
    nodes = nodes_of(piece.sets, models, step=piece.step_s, **window)
    lost_s = [_lost_s(*each, piece) for each in zip(piece.sets, models, strict=True)]
    held = np.array([at_s is None for at_s in lost_s])
    whole = nodes.good.all(axis=1) & held
    found = []
    failures = [
        _failure(elements, piece.start_s, piece.end_s, at_s)
        for elements, at_s in zip(piece.sets, lost_s, strict=True)
        if at_s is not None
    ]
    if whole.any():
        good = np.flatnonzero(whole)
        kept = nodes if whole.all() else rows_of(nodes, good)
        found.append(_numbered(contacts_of(kept, piece.sites, max_range_km=piece.max_range_km, **window), good))
    for row in np.flatnonzero(~whole & held):
        contacts, failed = _search_failing(piece, int(row))
        found.append(_numbered(contacts, np.array([row])))
        failures += failed
    return _numbered(joined(found), np.array(piece.numbers)), failures


def _pieces(
    rows: Sequence[Row], sites: Sites, start_s: float, end_s: float, max_range_km: float | None
) -> Iterator[_Piece]:
    """Rows grouped by step and by their own part of the window."""
    groups: dict[tuple[int, float, float], list[int]] = {}
    for number, row in enumerate(rows):
        span = max(row.searched_s[0], start_s), min(row.searched_s[1], end_s)
        if span[0] < span[1]:
            groups.setdefault((step_s(row.elements), *span), []).append(number)
    for (step, low_s, high_s), numbers in groups.items():
        nodes = (high_s - low_s) / step + NODES
        size = int(min(max(_PIECE / (nodes * max(len(sites), 1)), 1), _MOST_ROWS))
        for first in range(0, len(numbers), size):
            part = tuple(numbers[first : first + size])
            yield _Piece(
                numbers=part,
                sets=tuple(rows[number].elements for number in part),
                sites=sites,
                step_s=step,
                start_s=low_s,
                end_s=high_s,
                max_range_km=max_range_km,
            )


def _lost_s(elements: Elements, model: Satrec, piece: _Piece) -> float | None:
    """First instant [s after `nodes.ANCHOR`] between epoch and window at which an orbit that drag may end has ended.

    Beyond its decay SGP4 may let an object fly up again, at any altitude: such positions are nonsense.
    """
    epoch_s = seconds_of(elements.epoch_utc)
    edge_s = min(max(epoch_s, piece.start_s), piece.end_s)
    if edge_s == epoch_s or model.altp * EARTH_EQUATORIAL_RADIUS_KM > _DRAG_FREE_KM:
        return None
    between_s = np.linspace(epoch_s, edge_s, int(abs(edge_s - epoch_s) / _LOOK_EVERY_S) + 2)
    good = good_at(elements, model, between_s)
    return None if good.all() else float(between_s[int(np.argmin(good))])


def _search_failing(piece: _Piece, row: int) -> tuple[Contacts, list[Failure]]:
    """Contacts of a row as far as its set gives positions, from the run of good nodes nearest to its epoch."""
    elements = piece.sets[row]
    window = {"start_s": piece.start_s, "end_s": piece.end_s}
    nodes = nodes_of([elements], [propagator(elements)], step=FAILING_STEP_S, **window)
    run = good_run(nodes, 0, seconds_of(elements.epoch_utc))
    if run is None:
        return no_contacts(), [_failure(elements, piece.start_s, piece.end_s, piece.start_s)]
    low_s, high_s = (max(piece.start_s, run[0] * FAILING_STEP_S), min(piece.end_s, run[1] * FAILING_STEP_S))
    failures = []
    if low_s > piece.start_s:
        failures.append(_failure(elements, piece.start_s, min(low_s, piece.end_s), (run[0] - 1) * FAILING_STEP_S))
    if high_s < piece.end_s:
        failures.append(_failure(elements, max(high_s, piece.start_s), piece.end_s, (run[1] + 1) * FAILING_STEP_S))
    if not low_s < high_s:
        return no_contacts(), failures
    own = clipped(nodes, 0, run)
    found = []
    at_once = max(int(_PIECE / own.radius_km.size), 1)
    for first in range(0, len(piece.sites), at_once):
        sites = piece.sites.part(slice(first, first + at_once))
        contacts = contacts_of(own, sites, start_s=low_s, end_s=high_s, max_range_km=piece.max_range_km)
        found.append(replace(contacts, site=contacts.site + first))
    return joined(found), failures


def _failure(elements: Elements, start_s: float, end_s: float, at_s: float) -> Failure:
    """Failure within a time, in the words of the propagation at one instant of it [s after `nodes.ANCHOR`]."""
    try:
        ground_fixed_states(elements, clock(ANCHOR, [at_s]))
        reason = f"{elements.source}: {elements.name} ({elements.norad_id}) has no good position nearby"
    except ElementsError as error:
        reason = str(error)
    return Failure(elements=elements, start_utc=instant_of(start_s), end_utc=instant_of(end_s), reason=reason)


def _numbered(contacts: Contacts, numbers: Any) -> Contacts:
    """Contacts whose rows are looked up in ``numbers``."""
    return contacts.renumbered(numbers[contacts.row]) if len(contacts) else contacts
