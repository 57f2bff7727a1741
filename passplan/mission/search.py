"""Candidate passes of many satellites over many stations, with the light at their culmination."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from passplan.errors import ElementsError, InputError
from passplan.mission.catalog import (
    Catalog,
    load_satellite,
    load_site,
    night_window,
    open_catalog,
    satellite_names,
    station_names,
)
from passplan.mission.selection import Limits
from passplan.mission.summary import SCHEMA_VERSION
from passplan.orbit.earth import EPHEMERIS_END, earth_orientation_date
from passplan.orbit.elements import WARNING_AGE_DAYS, Elements, age_days, read_tle, trusted
from passplan.orbit.light import light_at
from passplan.orbit.passes import Pass, find_passes
from passplan.orbit.station import Station, parse_station_text
from passplan.units import format_utc, parse_utc

COLUMNS = (
    "pass_id", "satellite", "norad_id", "station", "rise_utc", "culmination_utc", "set_utc", "duration_s",
    "rise_azimuth_deg", "culmination_azimuth_deg", "set_azimuth_deg", "max_elevation_deg", "min_range_km",
    "is_truncated", "sun_elevation_deg", "sunlit_fraction", "moon_elevation_deg", "moon_illumination",
    "moon_separation_deg", "element_age_days",
)  # fmt: skip


def search(
    *,
    satellites: Sequence[str],
    stations: Sequence[str],
    element_files: Sequence[Path],
    start: datetime | None,
    length: timedelta,
    night: str | None,
    limits: Limits,
    max_range_km: float | None,
    any_light: bool,
    catalog_folder: Path | None,
) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of the table of passes, sorted by rise, and warnings about element sets.

    Exactly one of ``start`` (with ``length``) and ``night`` (the evening's date; local solar noon to noon) is given.
    ``any_light`` keeps passes that are not dark.

    Raises
    ------
    PassplanError
        For unknown names and wrong files; for element sets that are too old or fail when they are the only
        object's, otherwise that object is left out and a warning says so.
    """
    catalog = open_catalog(catalog_folder)
    histories = _histories(catalog, satellites, element_files)
    windows: dict[tuple[datetime, datetime], list[Station]] = {}
    for station in _stations(catalog, stations):
        windows.setdefault(_window(station, start, length, night), []).append(station)
    found: list[Pass] = []
    warnings: list[str] = []
    for history in histories:
        try:
            passes, remarks = _passes_of(history, windows, limits, max_range_km)
            found += passes
            warnings += remarks
        except ElementsError as error:
            if len(histories) == 1:
                raise
            warnings.append(f"left out: {error}")
    rows = [_row(item) for item in sorted(found, key=lambda item: (item.rise_utc, item.pass_id))]
    kept = [row for row in rows if any_light or row["sun_elevation_deg"] < limits.max_sun_elevation_deg]
    return kept, warnings


def _passes_of(
    history: tuple[Elements, ...],
    windows: dict[tuple[datetime, datetime], list[Station]],
    limits: Limits,
    max_range_km: float | None,
) -> tuple[list[Pass], list[str]]:
    """Passes of one object whose element sets are young enough, and remarks; raises when no set is near a window."""
    found: list[Pass] = []
    for (first, last), stations in windows.items():
        nearest = min(history, key=lambda item: _days_outside(item.epoch_utc, first, last))
        trusted(nearest, min(max(nearest.epoch_utc, first), last), max_age_days=limits.max_age_days)
        found += find_passes(
            [history],
            stations,
            first,
            last,
            min_elevation_deg=limits.min_elevation_deg,
            max_range_km=max_range_km,
        )
    ages = [abs(age_days(item.elements, item.culmination_utc)) for item in found]
    young = [item for item, age in zip(found, ages, strict=True) if age <= limits.max_age_days]
    name, remarks = history[0].name, []
    if len(young) < len(found):
        left_out = len(found) - len(young)
        remarks.append(f"{name}: {left_out} passes left out, more than {limits.max_age_days:g} d from a set")
    stale = [age for age in ages if WARNING_AGE_DAYS < age <= limits.max_age_days]
    if stale:
        ages_d = f"{min(stale):.0f} to {max(stale):.0f} d"
        remarks.append(f"{name}: {len(stale)} passes follow from element sets that are {ages_d} old")
    return young, remarks


def _days_outside(epoch: datetime, first: datetime, last: datetime) -> float:
    return max((first - epoch).total_seconds(), (epoch - last).total_seconds(), 0.0)


def columns_of(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """The same table by columns, whole even when it has no row."""
    return {name: [row[name] for row in rows] for name in COLUMNS}


def search_heading() -> dict[str, Any]:
    """What every table of passes carries."""
    return {
        "schema_version": SCHEMA_VERSION,
        "passplan_version": version("passplan"),
        "earth_orientation_date": earth_orientation_date().isoformat(),
    }


def _window(
    station: Station, start: datetime | None, length: timedelta, night: str | None
) -> tuple[datetime, datetime]:
    if night is not None:
        return night_window(parse_utc(night, what="--night"), station.longitude_deg)
    if start is None:
        raise InputError("a search needs a start or a night")
    if start + length > EPHEMERIS_END:
        raise InputError(f"the window ends after {format_utc(EPHEMERIS_END)}, where the ephemeris of the Sun ends")
    return start, start + length


def _histories(catalog: Catalog, names: Sequence[str], files: Sequence[Path]) -> list[tuple[Elements, ...]]:
    if not files:
        return [load_satellite(catalog, name)[1] for name in names or satellite_names(catalog)]
    by_number: dict[int, list[Elements]] = {}
    for path in files:
        for item in read_tle(path):
            by_number.setdefault(item.norad_id, []).append(item)
    histories = [tuple(sorted(sets, key=lambda item: item.epoch_utc)) for sets in by_number.values()]
    if not names:
        return histories
    wanted = {name.lower() for name in names}
    chosen = [sets for sets in histories if {sets[0].name.lower(), str(sets[0].norad_id)} & wanted]
    missing = wanted - {key for sets in chosen for key in (sets[0].name.lower(), str(sets[0].norad_id))}
    if missing:
        raise InputError(f"{', '.join(map(str, files))}: holds no satellite {', '.join(sorted(missing))}")
    return chosen


def _stations(catalog: Catalog, names: Sequence[str]) -> list[Station]:
    return [
        parse_station_text(name) if "," in name else load_site(catalog, name)[0].station
        for name in names or station_names(catalog)
    ]


def _row(item: Pass) -> dict[str, Any]:
    light = light_at(item)
    return {
        "pass_id": item.pass_id,
        "satellite": item.satellite,
        "norad_id": item.norad_id,
        "station": item.station,
        "rise_utc": format_utc(item.rise_utc, digits=3),
        "culmination_utc": format_utc(item.culmination_utc, digits=3),
        "set_utc": format_utc(item.set_utc, digits=3),
        "duration_s": item.duration_s,
        "rise_azimuth_deg": item.rise_azimuth_deg,
        "culmination_azimuth_deg": item.culmination_azimuth_deg,
        "set_azimuth_deg": item.set_azimuth_deg,
        "max_elevation_deg": item.max_elevation_deg,
        "min_range_km": item.min_range_km,
        "is_truncated": item.is_truncated,
        "sun_elevation_deg": light.sun_elevation_deg,
        "sunlit_fraction": light.sunlit_fraction,
        "moon_elevation_deg": light.moon_elevation_deg,
        "moon_illumination": light.moon_illumination,
        "moon_separation_deg": light.moon_separation_deg,
        "element_age_days": age_days(item.elements, item.culmination_utc),
    }
