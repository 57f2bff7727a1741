"""Candidate passes of many satellites over many stations: what is asked for, and the way through the search."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from passplan.errors import ElementsError, InputError
from passplan.mission.catalog import (
    Catalog,
    load_history,
    load_satellite,
    load_site,
    night_window,
    open_catalog,
    satellite_names,
    station_names,
)
from passplan.mission.element_choice import chosen_histories
from passplan.mission.explanation import Explanation, explain
from passplan.orbit.conditions import Conditions
from passplan.orbit.earth import EPHEMERIS_END, EPHEMERIS_START
from passplan.orbit.elements import WARNING_AGE_DAYS, Elements, age_days, trusted
from passplan.orbit.passes import Failure, Found, Pass, iter_passes
from passplan.orbit.station import Station, parse_station_text
from passplan.orbit.usability import usable
from passplan.units import format_utc, parse_utc

_MOST_TOLD = 5  # objects told one by one; of more the number

Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A search as a user asks for it.

    satellites : names or numbers; none: all of the catalogue, or of the element files
    stations : names, TOML files or texts ``lat,lon,height``; none: all of the catalogue
    element_files : files of element sets, instead of the catalogue's
    start, length : aware start and length of the time; or instead
    night : date of the evening; each station's own local solar noon to noon
    conditions : limits of geometry and rules of light
    max_age_days : greatest distance [d] of an element set from the pass
    catalog_folder : adds to the bundled catalogue
    """

    satellites: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()
    element_files: tuple[Path, ...] = ()
    start: datetime | None = None
    length: timedelta = timedelta(days=1)
    night: str | None = None
    conditions: Conditions
    max_age_days: float
    catalog_folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a query comes to.

    histories : element sets of each object, oldest first
    windows : stations by the time searched
    remarks : objects left out, with the reason
    """

    histories: tuple[tuple[Elements, ...], ...]
    windows: dict[Window, tuple[Station, ...]]
    remarks: tuple[str, ...]


def prepare(query: Query) -> Field:
    """Read what a query names.

    Raises
    ------
    PassplanError
        For unknown names, wrong files and times outside the ephemeris; for an element set that is too old when it is
        the only object's; of several objects that one is left out, and a remark says so.
    """
    catalog = open_catalog(query.catalog_folder)
    every, remarks = _histories(catalog, query)
    windows: dict[Window, list[Station]] = {}
    for station in load_stations(catalog, query.stations):
        windows.setdefault(_window(station, query), []).append(station)
    young, old = [], []
    for history in every:
        try:
            for window in windows:
                _check_age(history, window, query.max_age_days)
            young.append(history)
        except ElementsError as error:
            if len(every) == 1:
                raise
            old.append(str(error))
    remarks += _told(old, "objects are left out: no element set is young enough")
    return Field(
        histories=tuple(young),
        windows={window: tuple(stations) for window, stations in windows.items()},
        remarks=tuple(remarks),
    )


def search(
    query: Query, prepared: Field, *, processes: int = 1, resume: Found | None = None, window: timedelta | None = None
) -> Iterator[Found]:
    """Windows of a search, as `iter_passes` gives them; where stations have nights of their own, night by night."""
    for (first, last), stations in prepared.windows.items():
        yield from iter_passes(
            prepared.histories,
            stations,
            first,
            last,
            query.conditions,
            window=window,
            processes=processes,
            resume=resume,
        )


@dataclass(slots=True)
class Ages:
    """What the passes of a search tell of the age of their element sets, by the satellite's name.

    left_out : number of passes whose set is too old
    stale : number of passes whose set is older than 7 d, the least and the greatest age [d]
    """

    max_age_days: float
    left_out: dict[str, int] = field(default_factory=dict)
    stale: dict[str, tuple[int, float, float]] = field(default_factory=dict)

    def young(self, passes: Iterable[Pass]) -> list[Pass]:
        """Passes whose element set is young enough at culmination; the others, and the stale ones, are counted."""
        kept: list[Pass] = []
        for item in passes:
            age = abs(age_days(item.elements, item.culmination_utc))
            if age > self.max_age_days:
                self.left_out[item.satellite] = self.left_out.get(item.satellite, 0) + 1
                continue
            if age > WARNING_AGE_DAYS:
                count, least, greatest = self.stale.get(item.satellite, (0, age, age))
                self.stale[item.satellite] = (count + 1, min(least, age), max(greatest, age))
            kept.append(item)
        return kept

    def remarks(self) -> list[str]:
        """In words, of many satellites in one line."""
        limit = f"more than {self.max_age_days:g} d from a set"
        told = _told(
            [f"{name}: {_passes(count)} left out, {limit}" for name, count in self.left_out.items()],
            f"objects have passes that are left out, {limit}",
        )
        stale = [
            f"{name}: {_passes(count)} from element sets that are {least:.1f} to {greatest:.1f} d old"
            for name, (count, least, greatest) in self.stale.items()
        ]
        return told + _told(stale, f"objects have passes from element sets older than {WARNING_AGE_DAYS:g} d")


def failure_reasons(failures: Iterable[Failure]) -> dict[str, str]:
    """Why element sets failed, each set once, by its object's number and its epoch."""
    return {f"{item.elements.norad_id} {format_utc(item.elements.epoch_utc)}": item.reason for item in failures}


def failure_remarks(reasons: Mapping[str, str]) -> list[str]:
    """Reasons of failures, many of them in one line."""
    return _told(list(reasons.values()), "objects have no position in all or part of the time")


def check_found(prepared: Field, passes: int, reasons: Mapping[str, str]) -> None:
    """Raise ElementsError when the one object that was searched gave nothing because its elements failed."""
    if not passes and reasons and len(prepared.histories) == 1:
        raise ElementsError(next(iter(reasons.values())))


def explained(query: Query, prepared: Field, *, processes: int = 1) -> tuple[list[Explanation], Ages, dict[str, str]]:
    """Every pass above horizon and skyline within the query's time, and why it is usable or not, in order of rise.

    Also the passes left out for the age of their sets, and why element sets failed, as `failure_reasons` tells it.
    """
    lowest_deg = min(0.0, query.conditions.min_elevation_deg)
    wide = Conditions(min_elevation_deg=lowest_deg, refraction=query.conditions.refraction)
    ages = Ages(query.max_age_days)
    found: list[Pass] = []
    reasons: dict[str, str] = {}
    for part in search(replace(query, conditions=wide), prepared, processes=processes):
        found += ages.young(part.passes)
        reasons |= failure_reasons(part.failures)
    found.sort(key=lambda item: (item.rise_utc, item.satellite, item.station))
    return explain(found, query.conditions, usable(found, query.conditions, geometry=True)), ages, reasons


def _histories(catalog: Catalog, query: Query) -> tuple[list[tuple[Elements, ...]], list[str]]:
    if not query.element_files:
        if not query.satellites:
            return [load_satellite(catalog, name)[1] for name in satellite_names(catalog)], []
        by_number = {history[0].norad_id: history for history in map(partial(load_history, catalog), query.satellites)}
        return list(by_number.values()), []
    chosen, faults = chosen_histories(query.element_files, query.satellites)
    return chosen, _told(faults, "element sets are faulty and left out; `passplan check` lists them")


def load_stations(catalog: Catalog, names: Sequence[str]) -> list[Station]:
    """Stations of names, TOML files or texts ``lat,lon,height``, each once; without any, all of the catalogue."""
    return [
        parse_station_text(name) if "," in name else load_site(catalog, name)[0].station
        for name in dict.fromkeys(names or station_names(catalog))
    ]


def _window(station: Station, query: Query) -> Window:
    if query.night is not None:
        evening = parse_utc(query.night, what="--night")
        if not EPHEMERIS_START < evening < EPHEMERIS_END - timedelta(days=2):
            first, last = format_utc(EPHEMERIS_START), format_utc(EPHEMERIS_END)
            raise InputError(f"--night is {query.night}, must lie within the ephemeris of the Sun, {first} to {last}")
        return night_window(evening, station.longitude_deg)
    if query.start is None:
        raise InputError("a search needs a start or a night")
    if query.start < EPHEMERIS_START:
        raise InputError(f"the time begins before {format_utc(EPHEMERIS_START)}, where the ephemeris of the Sun begins")
    if query.start > EPHEMERIS_END or query.length > EPHEMERIS_END - query.start:
        raise InputError(f"the time ends after {format_utc(EPHEMERIS_END)}, where the ephemeris of the Sun ends")
    return query.start, query.start + query.length


def _check_age(history: tuple[Elements, ...], window: Window, max_age_days: float) -> None:
    """Raise ElementsError when no set is near a window."""
    first, last = window
    nearest = min(history, key=lambda item: max(first - item.epoch_utc, item.epoch_utc - last, timedelta(0)))
    trusted(nearest, min(max(nearest.epoch_utc, first), last), max_age_days=max_age_days)


def _passes(count: int) -> str:
    return f"{count} pass{'es' if count > 1 else ''}"


def _told(items: Sequence[str], many: str) -> list[str]:
    """The items; of many of them the first few, and their number."""
    if len(items) <= _MOST_TOLD:
        return list(items)
    return [f"{len(items)} {many}; the first: {items[0]}"]
