"""From what a user types to one pass: an id, a unique beginning of one, or a satellite, a station and a night."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from passplan.channel.extinction_table import ExtinctionTable
from passplan.channel.profiles import TabulatedProfile
from passplan.errors import ElementsError, InputError, NothingFound, UnknownName
from passplan.mission.air_files import cn2_profile_of, extinction_table_of
from passplan.mission.catalog import Catalog, load_history, load_satellite, load_site, night_window, site_at_night
from passplan.mission.companionship import check_together
from passplan.mission.detector_files import detectors_at
from passplan.mission.element_choice import chosen_histories
from passplan.mission.payload import GroundSite, Payload
from passplan.mission.polarization_files import attitude_history_of, stress_map_of
from passplan.orbit.conditions import Interval
from passplan.orbit.elements import Elements, nearest_in_time, trusted
from passplan.orbit.light import light_at
from passplan.orbit.passes import Pass, find_passes, slug
from passplan.orbit.station import Station
from passplan.polarization.attitude_history import AttitudeHistory
from passplan.polarization.stress import JonesMap
from passplan.units import format_utc, parse_utc

DEFAULT_MIN_ELEVATION_DEG = 10.0
DEFAULT_MAX_AGE_DAYS = 30.0
DEFAULT_MAX_SUN_ELEVATION_DEG = -12.0  # end of nautical twilight: the sky is then as dark as it gets, to a tenth


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """One pass with the records and files that belong to it.

    site     : the station with what its file says of that night
    warnings : what the user should know, such as the age of the element set
    others   : ids of further passes that fit what was asked
    attitude_history : attitudes of the satellite, where its law is a file
    stress_map : retardance of the station's telescope, where a file gives it
    extinction_table, cn2_profile : what files say of the air above the station, where it names such
    contact : the part of the pass that is flown; None: all of it
    """

    pass_: Pass
    payload: Payload
    site: GroundSite
    files: tuple[Path, ...]
    warnings: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    attitude_history: AttitudeHistory | None = None
    stress_map: JonesMap | None = None
    extinction_table: ExtinctionTable | None = None
    cn2_profile: TabulatedProfile | None = None
    contact: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of a search.

    min_elevation_deg     : lowest elevation [deg]
    max_age_days          : largest age of an element set [d]
    max_sun_elevation_deg : a pass is dark when the Sun at the station is below this at culmination [deg]
    """

    min_elevation_deg: float = DEFAULT_MIN_ELEVATION_DEG
    max_age_days: float = DEFAULT_MAX_AGE_DAYS
    max_sun_elevation_deg: float = DEFAULT_MAX_SUN_ELEVATION_DEG


def select_by_id(catalog: Catalog, text: str, *, limits: Limits) -> Selection:
    """Pass of an id ``satellite/station/20161219T165213Z`` or of a beginning of it that is unique.

    Raises
    ------
    InputError
        If the text is no id, or fits several passes.
    NothingFound
        If no pass fits.
    """
    satellite, station, when = _parse_id(text)
    payload, history, files = load_satellite(catalog, satellite)
    site, path = load_site(catalog, station)
    found = _only_pass(text, history, site.station, when, limits)
    return _selection(found, history, payload, site, (*files, path), limits=limits)


def find_pass(
    catalog: Catalog,
    text: str,
    *,
    element_files: Sequence[Path] = (),
    stations: Sequence[Station] = (),
    limits: Limits,
) -> Pass:
    """Pass of an id, as `select_by_id`, of any object of the catalogue, of its element files or of those given.

    The station of the id may be one of ``stations``, else it is the catalogue's.

    Raises
    ------
    InputError, NothingFound
        As `select_by_id`; also if the files hold no such satellite, or several of its name have such a pass.
    """
    satellite, name, when = _parse_id(text)
    histories = chosen_histories(element_files, [satellite])[0] if element_files else [load_history(catalog, satellite)]
    mine = [item for item in stations if slug(item.name) == slug(name)]
    station = mine[0] if mine else load_site(catalog, name)[0].station
    if len(histories) == 1:
        return _searched_on_its_day(_only_pass(text, histories[0], station, when, limits), histories[0], limits)
    found = []
    for history in histories:
        with suppress(NothingFound, ElementsError):
            found.append(_searched_on_its_day(_only_pass(text, history, station, when, limits), history, limits))
    if len(found) != 1:
        numbers = ", ".join(str(history[0].norad_id) for history in histories)
        raise InputError(f"{text!r}: {satellite} is the name of {numbers}; write the number in place of the name")
    return found[0]


def selection_of(catalog: Catalog, pass_: Pass, *, station_files: Sequence[str] = ()) -> Selection:
    """A pass that has been found, with the records of its satellite and station.

    Parameters
    ----------
    catalog : Catalog
        Holds the payload of the satellite, by its name or its number, and the station, unless a file does.
    pass_ : Pass
        It keeps its element set, wherever that came from.
    station_files : sequence of str
        TOML files in which the station is looked for first.

    Raises
    ------
    UnknownName
        If there is no payload of that number or no file of that station.
    InputError
        If a file is wrong.
    """
    payload, _, files = _satellite_of(catalog, pass_)
    own = [name for name in station_files if name.endswith(".toml")]
    named = [name for name in own if slug(load_site(catalog, name)[0].station.name) == slug(pass_.station)]
    site, path = load_site(catalog, named[0] if named else pass_.station)
    return _with_records(pass_, payload, site, (*files, path))


def _satellite_of(catalog: Catalog, pass_: Pass) -> tuple[Payload, tuple[Elements, ...], tuple[Path, ...]]:
    """Satellite's file by the name in the pass, if that is of its number, else by the number."""
    with suppress(UnknownName):
        named = load_satellite(catalog, pass_.satellite)
        if named[0].satellite.norad_id == pass_.elements.norad_id:
            return named
    return load_satellite(catalog, str(pass_.elements.norad_id))


def _only_pass(
    text: str,
    history: tuple[Elements, ...],
    station: Station,
    when: tuple[datetime, datetime, str],
    limits: Limits,
) -> Pass:
    """The pass that an id means, of which ``when`` is the time and its text."""
    start, end, beginning = when
    check_elements(history, start, limits=limits)
    margin = timedelta(seconds=2.0)  # the id is rounded to a second; another element set may move it a little
    found = _culminating(history, station, start - margin, end + margin, limits)
    near = [item for item in found if item.pass_id.split("/")[2].startswith(beginning)] or found
    if not near:
        raise NothingFound(_why_none(history, station, start - margin, end + margin, limits))
    if len(near) > 1:
        listed = ", ".join(f"{item.pass_id} ({_told(item)})" for item in near)
        raise InputError(f"{text!r} fits {len(near)} passes: {listed}")
    return near[0]


def select_by_night(catalog: Catalog, satellite: str, station: str, night: str, *, limits: Limits) -> Selection:
    """Highest pass of a satellite over a station in the night that begins on the evening of a date.

    Raises
    ------
    NothingFound
        If the night has no pass above the minimum elevation.
    """
    payload, history, files = load_satellite(catalog, satellite)
    site, path = load_site(catalog, station)
    start, end = night_window(parse_utc(night, what="--night"), site.station.longitude_deg)
    check_elements(history, start + (end - start) / 2, limits=limits)
    found = _dark(_culminating(history, site.station, start, end, limits), limits)
    if not found:
        raise NothingFound(_why_none(history, site.station, start, end, limits))
    best = max(found, key=lambda item: item.max_elevation_deg)
    others = tuple(item.pass_id for item in found if item is not best)
    return _selection(best, history, payload, site, (*files, path), limits=limits, others=others)


def check_elements(history: tuple[Elements, ...], when: datetime, *, limits: Limits) -> list[str]:
    """Warnings about the age of the set nearest to an instant; raises ElementsError when it is too old."""
    return trusted(nearest_in_time(history, when), when, max_age_days=limits.max_age_days)


def _selection(
    found: Pass,
    history: tuple[Elements, ...],
    payload: Payload,
    site: GroundSite,
    files: tuple[Path, ...],
    *,
    limits: Limits,
    others: tuple[str, ...] = (),
) -> Selection:
    pass_ = _searched_on_its_day(found, history, limits)
    told = tuple(trusted(pass_.elements, pass_.culmination_utc, max_age_days=limits.max_age_days))
    return replace(_with_records(pass_, payload, site, files), warnings=told, others=others)


def _with_records(pass_: Pass, payload: Payload, site: GroundSite, files: tuple[Path, ...]) -> Selection:
    """Selection with the files that the payload (the first file) and the station (the last) name."""
    attitudes, attitude_files = attitude_history_of(payload, files[0])
    stress_map, stress_files = stress_map_of(site, files[-1])
    extinction_table, extinction_files = extinction_table_of(site, files[-1])
    check_together(payload, site, (files[0], files[-1]), extinction_table=extinction_table)
    cn2_profile, cn2_files = cn2_profile_of(site, files[-1])
    detectors, detector_files = detectors_at(
        site.detectors, files[-1].parent, wavelength_nm=payload.transmitter.wavelength_nm
    )
    return Selection(
        pass_=pass_,
        payload=payload,
        site=site_at_night(replace(site, detectors=detectors), pass_.culmination_utc),
        files=(*files, *attitude_files, *stress_files, *extinction_files, *cn2_files, *detector_files),
        attitude_history=attitudes,
        stress_map=stress_map,
        extinction_table=extinction_table,
        cn2_profile=cn2_profile,
    )


def _searched_on_its_day(found: Pass, history: tuple[Elements, ...], limits: Limits) -> Pass:
    """The same pass out of a search around its UTC day, so that its last digits do not hang on how it was asked for."""
    midnight = datetime.combine(found.culmination_utc.date(), time(0), tzinfo=UTC)
    start, end = midnight - timedelta(hours=12), midnight + timedelta(hours=36)
    again = find_passes([history], [found.site], start, end, min_elevation_deg=limits.min_elevation_deg)
    return min(again, key=lambda item: abs(item.culmination_utc - found.culmination_utc))


def _culminating(
    history: tuple[Elements, ...], station: Station, start: datetime, end: datetime, limits: Limits
) -> list[Pass]:
    margin = timedelta(minutes=20)  # so that a pass that culminates inside is not cut
    found = find_passes([history], [station], start - margin, end + margin, min_elevation_deg=limits.min_elevation_deg)
    if not found and found.failures:
        raise ElementsError(found.failures[0].reason)
    return [item for item in found if start <= item.culmination_utc <= end]


def _parse_id(text: str) -> tuple[str, str, tuple[datetime, datetime, str]]:
    match = re.fullmatch(r"([^/\s]+)/([^/\s]+)/(\d{8})(?:T(\d{0,6})Z?)?", text.strip())
    if not match:
        raise InputError(
            f"{text!r} is no pass; write satellite/station/YYYYMMDDTHHMMSSZ, such as micius/xinglong/20161219T165213Z, "
            "or a beginning of it down to the day, or SATELLITE STATION --night DATE"
        )
    satellite, station, day, clock = match.groups()
    clock = clock or ""
    if len(clock) % 2:
        clock = clock[:-1]
    start = parse_utc(f"{day}T{clock.ljust(6, '0')}Z", what="PASS")
    length = {0: timedelta(days=1), 2: timedelta(hours=1), 4: timedelta(minutes=1), 6: timedelta(seconds=1)}[len(clock)]
    return satellite, station, (start, start + length, f"{day}T{match[4] or ''}")


def _dark(found: list[Pass], limits: Limits) -> list[Pass]:
    return [item for item in found if light_at(item).sun_elevation_deg < limits.max_sun_elevation_deg]


def _told(pass_: Pass) -> str:
    sun_deg = light_at(pass_).sun_elevation_deg
    return f"{pass_.max_elevation_deg:.1f} deg high, Sun at {sun_deg:.0f} deg"


def _why_none(history: tuple[Elements, ...], station: Station, start: datetime, end: datetime, limits: Limits) -> str:
    where = f"{history[0].name} over {station.name} from {format_utc(start)} to {format_utc(end)}"
    every = _culminating(history, station, start, end, replace(limits, min_elevation_deg=0.0))
    if not every:
        return f"no pass of {where}: the satellite does not rise"
    high = [item for item in every if item.max_elevation_deg >= limits.min_elevation_deg]
    if high:
        best = max(high, key=lambda item: item.max_elevation_deg)
        dark = f"with the Sun below {limits.max_sun_elevation_deg:g} deg"
        return f"no pass of {where} {dark}: {len(high)} in brighter sky, the highest {best.pass_id} ({_told(best)})"
    best = max(_dark(every, limits) or every, key=lambda item: item.max_elevation_deg)
    return (
        f"no pass of {where} above {limits.min_elevation_deg:g} deg: "
        f"the highest, {best.pass_id}, reaches {best.max_elevation_deg:.1f} deg"
    )
