"""Passes of satellites over stations: none missed, none invented."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from passplan.errors import DomainError
from passplan.orbit.conditions import Conditions
from passplan.orbit.contacts import Contacts, joined, no_contacts
from passplan.orbit.earth import leap_instants
from passplan.orbit.elements import Elements, period_s
from passplan.orbit.found import Passes, passes_of
from passplan.orbit.horizon import Sites, sites_of
from passplan.orbit.joints import carried_on, cut_to, settled
from passplan.orbit.processes import Map, spread_over
from passplan.orbit.rows import Row, checked_history, rows_within, seconds_of
from passplan.orbit.satellite_pass import Pass, slug
from passplan.orbit.search import Failure, search
from passplan.orbit.station import Station
from passplan.units import as_utc, format_utc

__all__ = ["Conditions", "Failure", "Found", "Pass", "Passes", "find_passes", "iter_passes", "slug"]

_PAIR_DAYS = 50_000.0  # pairs of a satellite and a station times days, searched at once: some 30 MB of passes
_LEAST_DAYS, _MOST_DAYS = 0.25, 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one window of a search gave.

    start_utc, end_utc : the window
    passes : those that ended in it, or that the end of the search cut; in order of rise
    failures : element sets that gave no position in some of it
    open : what goes on at its end; with it, a search can be taken up again at ``end_utc``
    """

    start_utc: datetime
    end_utc: datetime
    passes: Passes
    failures: tuple[Failure, ...]
    open: Contacts


def find_passes(
    satellites: Iterable[Sequence[Elements]],
    stations: Sequence[Station],
    start: datetime,
    end: datetime,
    conditions: Conditions | None = None,
    *,
    min_elevation_deg: float | None = None,
    max_range_km: float | None = None,
    processes: int = 1,
) -> Passes:
    """All passes of satellites over stations within a window, in order of rise.

    Parameters
    ----------
    satellites : iterable of sequences of Elements
        One history of element sets an object; each pass follows from the set nearest in time to its culmination.
    stations : sequence of Station
        A station's horizon mask counts where it is higher than the lowest elevation.
    start, end : datetime
        Aware, start before end. A pass that the window cuts is kept, cut, and marked ``is_truncated``.
    conditions : Conditions, optional
        Limits of geometry and rules of light; by default 10 deg and nothing else.
    min_elevation_deg, max_range_km : float, optional
        In place of those of the conditions [deg], [km].
    processes : int
        How many processes share the work, >= 1.

    Returns
    -------
    Passes
        A sequence, empty when there is none. Passes of one satellite over one station never overlap; one with several
        maxima of elevation is one pass; a satellite that never sets gives one truncated pass. With rules of light it
        holds the passes of which some time can be used, and ``cut_away`` holds the others. ``failures`` tells the
        element sets that gave no position for some of the window: passes are then those of the rest.

    Raises
    ------
    InputError
        If start or end is naive.
    DomainError
        If end is not after start, or a limit is out of range.
    ElementsError
        If a history is empty or of several objects.

    Notes
    -----
    SGP4 gives positions on a grid anchored in time (300 s for a low orbit, less for long ellipses); between its nodes
    14-point interpolation is good to 5 cm, so that times follow from the set to 1 ms (a few seconds for the flat top
    of a high orbit, where elevation hardly changes) and angles to 0.1 arcsec. No pass is missed: see `sweep`. The set
    itself is good to about 0.1 s.
    """
    parts = list(
        iter_passes(
            satellites,
            stations,
            start,
            end,
            _with_limits(conditions, min_elevation_deg, max_range_km),
            processes=processes,
        )
    )
    return Passes.joined([part.passes for part in parts], _merged_failures(parts))


def iter_passes(
    satellites: Iterable[Sequence[Elements]],
    stations: Sequence[Station],
    start: datetime,
    end: datetime,
    conditions: Conditions | None = None,
    *,
    window: timedelta | None = None,
    processes: int = 1,
    resume: Found | None = None,
) -> Iterator[Found]:
    """Passes window by window, as `find_passes` finds them, in bounded memory.

    Parameters
    ----------
    satellites, stations, start, end, conditions, processes
        As for `find_passes`.
    window : timedelta, optional
        Length of a window; by default such that its passes take about 30 MB.
    resume : Found, optional
        The last window of an interrupted search with the same arguments: the search goes on after it.

    Yields
    ------
    Found
        For each window the passes that end in it. A pass over a seam comes whole, with the window in which it ends.

    Raises
    ------
    InputError, DomainError, ElementsError
        As `find_passes`; also if ``window`` is not positive.
    """
    start_utc, end_utc = as_utc(start, what="start"), as_utc(end, what="end")
    if not start_utc < end_utc:
        raise DomainError(f"end is {format_utc(end_utc)}, must be after start, {format_utc(start_utc)}")
    if window is not None and window <= timedelta(0):
        raise DomainError(f"window is {window}, must be longer than 0 s")
    asked = conditions or Conditions()
    histories = [checked_history(history) for history in satellites]
    stations = [stations] if isinstance(stations, Station) else stations
    sites = sites_of(stations, min_elevation_deg=asked.min_elevation_deg, refraction=asked.refraction)
    seams = _seams(start_utc, end_utc, window or window_for(len(histories) * len(sites)))
    if resume is not None:
        seams = [resume.end_utc, *(seam for seam in seams if seam > resume.end_utc)]
    return _windows(histories, sites, start_utc, seams, asked, processes, resume)


def _windows(
    histories: list[tuple[Elements, ...]],
    sites: Sites,
    start_utc: datetime,
    seams: list[datetime],
    asked: Conditions,
    processes: int,
    resume: Found | None,
) -> Iterator[Found]:
    going = no_contacts() if resume is None else resume.open
    ends_s = [seconds_of(end) for end in (start_utc, *leap_instants(start_utc, seams[-1]), seams[-1])]
    with spread_over(processes) as spread:
        for low_utc, high_utc in pairwise(seams):
            low_s, high_s = seconds_of(low_utc), seconds_of(high_utc)
            widest_s = (max(end for end in ends_s if end <= low_s), min(end for end in ends_s if end >= high_s))
            contacts, failures = _window_contacts(histories, sites, (low_s, high_s), widest_s, asked, spread)
            if low_utc > start_utc:
                contacts = carried_on(going, contacts, low_s)
            goes_on = contacts.is_cut_after & (contacts.set_s >= high_s) & (high_utc < seams[-1])
            going, ended = contacts.take(goes_on), contacts.take(~goes_on)
            yield Found(
                start_utc=low_utc,
                end_utc=high_utc,
                passes=passes_of(ended, histories, sites.stations, asked, failures),
                failures=tuple(failures),
                open=going,
            )


def _window_contacts(
    histories: list[tuple[Elements, ...]],
    sites: Sites,
    window_s: tuple[float, float],
    widest_s: tuple[float, float],
    asked: Conditions,
    spread: Map,
) -> tuple[Contacts, list[Failure]]:
    """Contacts of one window, their ``row`` the number of the object.

    Objects whose element set changes near the window are searched a little beyond it, though not beyond ``widest_s``,
    so that both windows at a seam come to one and the same choice of the set.
    """
    rows = rows_within(histories, *window_s)
    counts = np.bincount([row.history for row in rows], minlength=len(histories))
    single = [row for row in rows if counts[row.history] == 1]
    contacts, failures = search(single, sites, *window_s, max_range_km=asked.max_range_km, spread=spread)
    found = [_of_objects(contacts, single)]
    for number in np.flatnonzero(counts > 1):
        mine = [row for row in rows if row.history == number]
        contacts, failed = _changing(mine, sites, window_s, widest_s, asked.max_range_km)
        found.append(_of_objects(contacts, mine))
        failures += failed
    return joined(found), failures


def _of_objects(contacts: Contacts, rows: Sequence[Row]) -> Contacts:
    return contacts.of_objects([row.history for row in rows], [row.number for row in rows])


def _changing(
    rows: list[Row],
    sites: Sites,
    window_s: tuple[float, float],
    widest_s: tuple[float, float],
    max_range_km: float | None,
) -> tuple[Contacts, list[Failure]]:
    """Contacts of one object within a window in which its element set changes."""
    margin_s = max(period_s(row.elements) for row in rows)
    wide_s = max(window_s[0] - margin_s, widest_s[0]), min(window_s[1] + margin_s, widest_s[1])

    def again(row: int, site: int, start_s: float, end_s: float) -> Contacts:
        whole = replace(rows[row], searched_s=(start_s, end_s))
        found, _ = search([whole], sites, start_s, end_s, max_range_km=max_range_km)
        return found.take(found.site == site).renumbered(np.full(int(np.sum(found.site == site)), row))

    contacts, failures = search(rows, sites, *wide_s, max_range_km=max_range_km)
    chosen = settled(contacts, rows, again, *wide_s)
    nearest_s = {row.elements: row.nearest_s for row in rows}
    told = (failure.within(*window_s).within(*nearest_s[failure.elements]) for failure in failures)
    return cut_to(chosen, again, *window_s), [failure for failure in told if failure.start_utc < failure.end_utc]


def _with_limits(
    conditions: Conditions | None, min_elevation_deg: float | None, max_range_km: float | None
) -> Conditions:
    asked = conditions or Conditions()
    if min_elevation_deg is not None:
        asked = replace(asked, min_elevation_deg=min_elevation_deg)
    return asked if max_range_km is None else replace(asked, max_range_km=max_range_km)


def window_for(pairs: int) -> timedelta:
    """Length of a window whose passes take about 30 MB, for a number of pairs of satellite and station."""
    return timedelta(days=float(np.clip(_PAIR_DAYS / max(pairs, 1), _LEAST_DAYS, _MOST_DAYS)))


def _seams(start: datetime, end: datetime, window: timedelta) -> list[datetime]:
    """Ends of windows; at a leap second SGP4's positions jump by a second's flight, hence a seam there too."""
    regular = [start + window * number for number in range(int((end - start) / window) + 1)]
    return sorted({*(seam for seam in regular if seam < end), *leap_instants(start, end), end})


def _merged_failures(parts: Sequence[Found]) -> tuple[Failure, ...]:
    """Failures of all windows, those of one set that follow each other as one."""
    merged: list[Failure] = []
    last: dict[Elements, int] = {}  # not by identity: sets that come from another process are copies
    for failure in (failure for part in parts for failure in part.failures):
        number = last.get(failure.elements)
        if number is not None and merged[number].end_utc == failure.start_utc:
            merged[number] = replace(merged[number], end_utc=failure.end_utc)
        else:
            last[failure.elements] = len(merged)
            merged.append(failure)
    return tuple(merged)
