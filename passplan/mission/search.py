"""Candidate passes of many satellites over many stations: what is asked for, and the way through the search."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
from passplan.orbit.passes import Found, Pass, Passes, iter_passes
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
    for station in _stations(catalog, query.stations):
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
    query: Query, field: Field, *, processes: int = 1, resume: Found | None = None, window: timedelta | None = None
) -> Iterator[Found]:
    """Windows of a search, as `iter_passes` gives them; where stations have nights of their own, night by night."""
    for (first, last), stations in field.windows.items():
        yield from iter_passes(
            field.histories,
            stations,
            first,
            last,
            query.conditions,
            window=window,
            processes=processes,
            resume=resume,
        )


def young_passes(passes: Passes, max_age_days: float) -> tuple[list[Pass], list[str]]:
    """Passes whose element set is young enough at culmination, and remarks about the others and about stale ones."""
    kept: list[Pass] = []
    left_out: dict[str, int] = {}
    stale: dict[str, list[float]] = {}
    for item in passes:
        age = abs(age_days(item.elements, item.culmination_utc))
        if age > max_age_days:
            left_out[item.satellite] = left_out.get(item.satellite, 0) + 1
            continue
        if age > WARNING_AGE_DAYS:
            stale.setdefault(item.satellite, []).append(age)
        kept.append(item)
    remarks = _told(
        [
            f"{name}: {count} passes left out, more than {max_age_days:g} d from a set"
            for name, count in left_out.items()
        ],
        f"objects have passes that are left out, more than {max_age_days:g} d from a set",
    )
    remarks += _told(
        [
            f"{name}: {len(ages)} passes follow from element sets that are {min(ages):.1f} to {max(ages):.1f} d old"
            for name, ages in stale.items()
        ],
        f"objects have passes that follow from element sets older than {WARNING_AGE_DAYS:g} d",
    )
    return kept, remarks


def failure_remarks(found: Sequence[Found]) -> list[str]:
    """What failed in a search, each element set once."""
    reasons = {id(failure.elements): failure.reason for part in found for failure in part.failures}
    return _told(list(reasons.values()), "objects have no position in all or part of the time")


def explained(query: Query, field: Field, *, processes: int = 1) -> list[Explanation]:
    """Every pass above the horizon within the query's time, and why it is usable or not, in order of rise."""
    wide = Conditions(min_elevation_deg=min(0.0, query.conditions.min_elevation_deg))
    found = [
        item
        for part in search(replace(query, conditions=wide), field, processes=processes)
        for item in young_passes(part.passes, query.max_age_days)[0]
    ]
    found.sort(key=lambda item: (item.rise_utc, item.satellite, item.station))
    return explain(found, query.conditions, usable(found, query.conditions, geometry=True))


def _histories(catalog: Catalog, query: Query) -> tuple[list[tuple[Elements, ...]], list[str]]:
    if not query.element_files:
        if not query.satellites:
            return [load_satellite(catalog, name)[1] for name in satellite_names(catalog)], []
        return [load_history(catalog, name) for name in query.satellites], []
    chosen, faults = chosen_histories(query.element_files, query.satellites)
    return chosen, _told(faults, "element sets are faulty and left out; `passplan check` lists them")


def _stations(catalog: Catalog, names: Sequence[str]) -> list[Station]:
    return [
        parse_station_text(name) if "," in name else load_site(catalog, name)[0].station
        for name in names or station_names(catalog)
    ]


def _window(station: Station, query: Query) -> Window:
    if query.night is not None:
        return night_window(parse_utc(query.night, what="--night"), station.longitude_deg)
    if query.start is None:
        raise InputError("a search needs a start or a night")
    if query.start < EPHEMERIS_START:
        raise InputError(f"the time begins before {format_utc(EPHEMERIS_START)}, where the ephemeris of the Sun begins")
    if query.start + query.length > EPHEMERIS_END:
        raise InputError(f"the time ends after {format_utc(EPHEMERIS_END)}, where the ephemeris of the Sun ends")
    return query.start, query.start + query.length


def _check_age(history: tuple[Elements, ...], window: Window, max_age_days: float) -> None:
    """Raise ElementsError when no set is near a window."""
    first, last = window
    nearest = min(history, key=lambda item: max(first - item.epoch_utc, item.epoch_utc - last, timedelta(0)))
    trusted(nearest, min(max(nearest.epoch_utc, first), last), max_age_days=max_age_days)


def _told(items: Sequence[str], many: str) -> list[str]:
    """The items; of many of them the first few, and their number."""
    if len(items) <= _MOST_TOLD:
        return list(items)
    return [f"{len(items)} {many}; the first: {items[0]}"]
