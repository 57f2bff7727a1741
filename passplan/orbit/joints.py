"""Contacts of one pair put together: across the seams of windows, and where one element set follows another."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from passplan.orbit.contacts import Contacts, joined
from passplan.orbit.elements import period_s
from passplan.orbit.rows import Row, seconds_of
from passplan.orbit.stretches import IntArray

Search = Callable[[int, int, float, float], Contacts]
"""Contacts of a row (its number) and a site within a time [s after `nodes.ANCHOR`]."""

_MARGIN_S = 60.0


def carried_on(earlier: Contacts, later: Contacts, seam_s: float) -> Contacts:
    """Contacts of two adjoining windows, those that go on across the seam joined to one.

    Parameters
    ----------
    earlier, later : Contacts
        All of ``earlier`` are cut by the seam; of ``later`` those that are cut before and begin there. Others may be
        cut because their element set gives no position before. Their ``row`` is the number of the object.
    seam_s : float
        Where the windows meet [s after `nodes.ANCHOR`].

    Returns
    -------
    Contacts
        A contact without a sequel, or a sequel without a beginning, ends or begins at the seam to within rounding, and
        is called cut no more.
    """
    begun = {(int(earlier.row[i]), int(earlier.site[i])): i for i in range(len(earlier))}
    begins_at_seam = later.is_cut_before & (later.rise_s <= seam_s)
    sequels = np.flatnonzero(begins_at_seam)
    first = np.array([begun.get((int(later.row[i]), int(later.site[i])), -1) for i in sequels], dtype=np.intp)
    one, two = first[first >= 0], sequels[first >= 0]
    ended = earlier.take(np.setdiff1d(np.arange(len(earlier)), one))
    alone = np.setdiff1d(np.arange(len(later)), two)
    rest = later.take(alone)
    return joined(
        [
            replace(ended, is_cut_after=np.zeros(len(ended), dtype=bool)),
            _spliced(earlier.take(one), later.take(two)),
            replace(rest, is_cut_before=rest.is_cut_before & ~begins_at_seam[alone]),
        ]
    )


def cut_to(contacts: Contacts, search: Search, start_s: float, end_s: float) -> Contacts:
    """Contacts within a window [s after `nodes.ANCHOR`]; those that reach beyond it are searched again within it.

    So both parts of a contact that a seam cuts hold what is theirs alone, and can be joined.
    """
    inside = (contacts.rise_s >= start_s) & (contacts.set_s <= end_s)
    parts = [contacts.take(inside)]
    for i in np.flatnonzero(~inside & (contacts.set_s > start_s) & (contacts.rise_s < end_s)):
        rise_s, set_s = contacts.rise_s[i], contacts.set_s[i]
        low_s, high_s = max(start_s, rise_s - _MARGIN_S), min(end_s, set_s + _MARGIN_S)
        part = search(int(contacts.row[i]), int(contacts.site[i]), low_s, high_s)
        parts.append(part.take((part.rise_s <= set_s) & (part.set_s >= rise_s)))
    return joined(parts)


def settled(contacts: Contacts, rows: Sequence[Row], search: Search, start_s: float, end_s: float) -> Contacts:
    """Contacts that several element sets of one object see, each told by the set nearest to its culmination.

    start_s, end_s bound the search [s after `nodes.ANCHOR`].

    Overlapping contacts are one pass as several sets see it. A pass that one set alone sees counts when that set is
    the nearest at its culmination. So a pass near the change from one set to the next is neither lost nor doubled.
    Where the time searched with a set, not the window, may have cut a pass, that set is searched again over all of it.
    """
    kept = []
    for group in _overlapping(contacts):
        middles_s = contacts.culmination_s[group]
        ages_s = np.abs(middles_s - [seconds_of(rows[contacts.row[i]].elements.epoch_utc) for i in group])
        best = int(contacts.row[group[int(np.argmin(ages_s))]])
        own = group[contacts.row[group] == best]
        nearest_s = rows[best].nearest_s
        alone = own.size == group.size
        if alone and not nearest_s[0] <= contacts.culmination_s[own[0]] < nearest_s[1]:
            continue
        if not np.any(contacts.is_cut_before[own] | contacts.is_cut_after[own]):
            kept.append(contacts.take(own))
            continue
        margin_s = period_s(rows[best].elements)
        rise_s, set_s = contacts.rise_s[group].min(), contacts.set_s[group].max()
        site = int(contacts.site[group[0]])
        again = search(best, site, max(start_s, rise_s - margin_s), min(end_s, set_s + margin_s))
        kept.append(again.take((again.rise_s <= set_s) & (again.set_s >= rise_s)))
    return joined(kept)


def _overlapping(contacts: Contacts) -> list[IntArray]:
    """Groups of contacts of one object and site that overlap in time."""
    order = np.lexsort((contacts.rise_s, contacts.site))
    groups: list[list[int]] = []
    site, until_s = -1, -np.inf
    for i in order:
        if contacts.site[i] != site or contacts.rise_s[i] > until_s:
            groups.append([])
            until_s = -np.inf
        groups[-1].append(int(i))
        site, until_s = int(contacts.site[i]), max(until_s, contacts.set_s[i])
    return [np.array(group, dtype=np.intp) for group in groups]


def _spliced(first: Contacts, second: Contacts) -> Contacts:
    """Contacts that go from the rise of one to the set of the other."""
    later_is_higher = second.max_elevation_deg > first.max_elevation_deg

    def of_higher(name: str) -> Any:
        return np.where(later_is_higher, getattr(second, name), getattr(first, name))

    return replace(
        first,
        set_s=second.set_s,
        set_azimuth_deg=second.set_azimuth_deg,
        is_cut_after=second.is_cut_after,
        min_range_km=np.minimum(first.min_range_km, second.min_range_km),
        culminations=first.culminations + second.culminations,
        set_number=of_higher("set_number"),
        culmination_s=of_higher("culmination_s"),
        culmination_azimuth_deg=of_higher("culmination_azimuth_deg"),
        max_elevation_deg=of_higher("max_elevation_deg"),
    )
