"""Passes of satellites over stations."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from passplan.checks import within
from passplan.errors import DomainError, ElementsError
from passplan.orbit.elements import Elements, age_days, nearest_in_time, period_s
from passplan.orbit.station import Station
from passplan.orbit.visibility import Limits, Opening, Span, openings
from passplan.units import add_seconds, as_utc, format_utc, seconds_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass of a satellite over a station; geometric angles, without refraction.

    satellite, norad_id, station : names and catalogue number
    rise_utc, culmination_utc, set_utc : aware, rise <= culmination <= set; culmination is the highest instant
    rise_azimuth_deg, culmination_azimuth_deg, set_azimuth_deg : [deg] from north over east
    max_elevation_deg : elevation [deg] at culmination
    min_range_km : smallest range [km] within the pass
    is_truncated : the search window cut the pass, so that it begins before or ends after what is said here
    culminations : number of maxima of elevation within; 0 when the window cut it away
    elements : the element set from which all this follows
    site : the station itself
    """

    satellite: str
    norad_id: int
    station: str
    rise_utc: datetime
    culmination_utc: datetime
    set_utc: datetime
    rise_azimuth_deg: float
    culmination_azimuth_deg: float
    set_azimuth_deg: float
    max_elevation_deg: float
    min_range_km: float
    is_truncated: bool
    culminations: int
    elements: Elements
    site: Station

    def __post_init__(self) -> None:
        rise, culmination, down = (as_utc(when) for when in (self.rise_utc, self.culmination_utc, self.set_utc))
        if not rise <= culmination <= down:
            raise DomainError(
                f"Pass.culmination_utc is {format_utc(culmination, digits=3)}, must lie between rise_utc "
                f"{format_utc(rise, digits=3)} and set_utc {format_utc(down, digits=3)}"
            )

    @property
    def duration_s(self) -> float:
        """Time [s] from rise to set."""
        return seconds_between(self.rise_utc, self.set_utc)

    @property
    def pass_id(self) -> str:
        """Stable name: satellite, station and culmination to the second, as ``micius/xinglong/20161219T165213Z``."""
        culmination = re.sub("[-:]", "", format_utc(self.culmination_utc))
        return f"{slug(self.satellite)}/{slug(self.station)}/{culmination}"


def slug(name: str) -> str:
    """Name in lower case, with anything but letters, digits and ``. + - _`` turned into single hyphens."""
    return "-".join(word for word in re.split(r"[^\w.+-]+", name.lower()) if word)


def find_passes(
    satellites: Iterable[Sequence[Elements]],
    stations: Sequence[Station],
    start: datetime,
    end: datetime,
    *,
    min_elevation_deg: float = 10.0,
    max_range_km: float | None = None,
) -> list[Pass]:
    """All passes of satellites over stations within a window, in order of rise.

    Parameters
    ----------
    satellites : iterable of sequences of Elements
        One history of element sets an object; each pass follows from the set nearest in time to its culmination.
    stations : sequence of Station
        A station's horizon mask counts where it is higher than ``min_elevation_deg``.
    start, end : datetime
        Aware, start before end. A pass that the window cuts is kept, cut, and marked ``is_truncated``.
    min_elevation_deg : float
        Lowest elevation [deg], in [-10, 90).
    max_range_km : float, optional
        Greatest range [km], > 0: a pass then is the time in which the satellite is high enough and near enough.

    Returns
    -------
    list of Pass
        Empty when there is none. Passes of one satellite over one station never overlap; one with several maxima of
        elevation is one pass; a satellite that never sets gives one truncated pass. Rise and set follow from the set
        to 1 ms, culmination to 0.1 s (a few seconds for the flat top of a high orbit, where elevation hardly
        changes); the set itself is good to about 0.1 s.

    Raises
    ------
    InputError
        If start or end is naive.
    DomainError
        If end is not after start, or a limit is out of range.
    ElementsError
        If a history is empty or of several objects, or its propagation fails or has decayed within the window.
    """
    start_utc, end_utc = as_utc(start, what="start"), as_utc(end, what="end")
    if not start_utc < end_utc:
        raise DomainError(f"end is {format_utc(end_utc)}, must be after start, {format_utc(start_utc)}")
    within("min_elevation_deg", min_elevation_deg, -10.0, 90.0, ends="[)")
    if max_range_km is not None:
        within("max_range_km", max_range_km, 0.0, float("inf"), ends="()")
    limits = Limits(min_elevation_deg=min_elevation_deg, max_range_km=max_range_km)
    found = [
        pass_
        for history in satellites
        for pass_ in _passes_of_history(_checked(history), stations, start_utc, end_utc, limits)
    ]
    return sorted(found, key=lambda pass_: (pass_.rise_utc, pass_.satellite, pass_.station))


def _checked(history: Sequence[Elements]) -> list[Elements]:
    """History in order of epoch, each epoch once, of one object."""
    if not history:
        raise ElementsError("a history holds no element set")
    numbers = sorted({elements.norad_id for elements in history})
    if len(numbers) > 1:
        raise ElementsError(f"a history holds the objects {', '.join(map(str, numbers))}, must hold one")
    by_epoch = {elements.epoch_utc: elements for elements in reversed(history)}
    return [by_epoch[epoch] for epoch in sorted(by_epoch)]


def _passes_of_history(
    history: list[Elements], stations: Sequence[Station], start: datetime, end: datetime, limits: Limits
) -> list[Pass]:
    """Passes of one object: each set is searched in its own part of the window and one orbit beyond."""
    by_station: list[list[Pass]] = [[] for _ in stations]
    for elements, low, high in _parts(history, start, end):
        for passes, more in zip(by_station, _search(elements, stations, low, high, limits), strict=True):
            passes.extend(more)
    return [
        pass_
        for station, passes in zip(stations, by_station, strict=True)
        for group in _overlapping(passes)
        for pass_ in _settled(group, history, station, start, end, limits)
    ]


def _parts(history: list[Elements], start: datetime, end: datetime) -> list[tuple[Elements, datetime, datetime]]:
    """Each set with the part of the window in which it is the nearest, widened by a period on either side."""
    middles = [first.epoch_utc + (second.epoch_utc - first.epoch_utc) / 2 for first, second in pairwise(history)]
    parts = []
    for elements, low, high in zip(history, [start, *middles], [*middles, end], strict=True):
        margin = timedelta(seconds=period_s(elements))
        first, last = max(start, low - margin), min(end, high + margin)
        if first < last and low < end + margin and high > start - margin:
            parts.append((elements, first, last))
    return parts


def _search(
    elements: Elements, stations: Sequence[Station], start: datetime, end: datetime, limits: Limits
) -> list[list[Pass]]:
    span = Span(epoch_utc=start, start_s=0.0, end_s=seconds_between(start, end))
    return [
        [_pass(opening, elements, station, start) for opening in found]
        for station, found in zip(stations, openings(elements, stations, span, limits), strict=True)
    ]


def _pass(opening: Opening, elements: Elements, station: Station, epoch_utc: datetime) -> Pass:
    return Pass(
        satellite=elements.name,
        norad_id=elements.norad_id,
        station=station.name,
        rise_utc=add_seconds(epoch_utc, opening.rise_s),
        culmination_utc=add_seconds(epoch_utc, opening.culmination_s),
        set_utc=add_seconds(epoch_utc, opening.set_s),
        rise_azimuth_deg=opening.rise_azimuth_deg,
        culmination_azimuth_deg=opening.culmination_azimuth_deg,
        set_azimuth_deg=opening.set_azimuth_deg,
        max_elevation_deg=opening.max_elevation_deg,
        min_range_km=opening.min_range_km,
        is_truncated=opening.is_truncated,
        culminations=opening.culminations,
        elements=elements,
        site=station,
    )


def _overlapping(passes: list[Pass]) -> list[list[Pass]]:
    """Groups of passes that overlap in time: one pass as several element sets see it."""
    groups: list[list[Pass]] = []
    group_set = None
    for pass_ in sorted(passes, key=lambda pass_: pass_.rise_utc):
        if group_set is None or pass_.rise_utc > group_set:
            groups.append([])
            group_set = pass_.set_utc
        groups[-1].append(pass_)
        group_set = max(group_set, pass_.set_utc)
    return groups


def _settled(
    group: list[Pass], history: list[Elements], station: Station, start: datetime, end: datetime, limits: Limits
) -> list[Pass]:
    """What the element set nearest to a group of overlapping passes sees of it.

    A pass that one set alone sees counts when that set is the nearest at its culmination. So a pass near the change
    from one set to the next is neither lost nor doubled. Where the part searched, not the window, may have cut a
    pass, the set is searched again over all of the group.
    """
    best = min(group, key=lambda pass_: abs(age_days(pass_.elements, pass_.culmination_utc))).elements
    kept = [pass_ for pass_ in group if pass_.elements is best]
    if len(kept) == len(group) and nearest_in_time(history, kept[0].culmination_utc) is not best:
        return []
    if len(history) == 1 or not any(pass_.is_truncated for pass_ in kept):
        return kept
    margin = timedelta(seconds=period_s(best))
    rise, down = min(pass_.rise_utc for pass_ in group), max(pass_.set_utc for pass_ in group)
    again = _search(best, [station], max(start, rise - margin), min(end, down + margin), limits)[0]
    return [pass_ for pass_ in again if pass_.rise_utc <= down and pass_.set_utc >= rise]
