"""What is bundled and how old it is, and whether a file is fit to fly with."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from passplan.errors import InputError, PassplanError
from passplan.mission.air_files import cn2_profile_of, extinction_table_of
from passplan.mission.catalog import Catalog, catalog_files, check_companions, open_catalog
from passplan.mission.detector_files import efficiency_table_of
from passplan.mission.library import ELEMENT_SUFFIXES
from passplan.mission.outcome import counted
from passplan.mission.payload import GroundSite, Payload
from passplan.mission.polarization_files import attitude_history_of, stress_map_of
from passplan.mission.scenario import has_table, read_record, read_text
from passplan.mission.scenario_check import scenario_verdicts, whole_verdict
from passplan.mission.scenario_files import load_scenario
from passplan.mission.selection import DEFAULT_MAX_AGE_DAYS
from passplan.mission.verdict import Verdict
from passplan.orbit.earth import EPHEMERIS_END, EPHEMERIS_START, earth_orientation_date
from passplan.orbit.elements import Fault, histories, read_elements
from passplan.orbit.plausibility import ObjectVerdict, verdict_of
from passplan.schedule.weather import Climatology
from passplan.schedule.weather_text import parse_clouds
from passplan.units import add_seconds, format_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """Verdict on a file, and what stands behind it.

    objects : verdict on each object of an element file that has a set, in the order of the file
    faults  : what could not be read of it
    matters : verdict on each matter of a campaign's scenario
    """

    verdict: Verdict
    objects: tuple[ObjectVerdict, ...] = ()
    faults: tuple[Fault, ...] = ()
    matters: tuple[Verdict, ...] = ()


def data_status(catalog: Catalog, *, now: datetime) -> list[Verdict]:
    """Verdict on every file of the catalogue and on the tables of the package."""
    return [*_tables(now), *(check_file(path, now=now).verdict for path in catalog_files(catalog))]


def check_file(
    path: Path, *, now: datetime, max_age_days: float = DEFAULT_MAX_AGE_DAYS, catalog: Catalog | None = None
) -> FileCheck:
    """Verdict on one file: a payload, a station, a scenario, weather, or element sets and each of their objects.

    ``now`` is the instant for which an element set must be fresh; a scenario has its own dates and limit of age, and
    its names are those of ``catalog``, by default the bundled one with the user's own.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".csv" and _is_weather(path):
            return FileCheck(verdict=_check_weather(path))
        if suffix in ELEMENT_SUFFIXES:
            return _check_elements(path, now=now, max_age_days=max_age_days)
        if suffix == ".toml" and has_table(path, "campaign"):
            return _check_scenario(path, catalog or open_catalog())
        if suffix == ".toml":
            return FileCheck(verdict=_check_record(path))
        allowed = f"{', '.join(ELEMENT_SUFFIXES)} or .toml"
        raise InputError(f"{path}: the suffix is {path.suffix or 'absent'}, must be {allowed}")
    except PassplanError as error:
        return FileCheck(verdict=Verdict(name=str(path), kind="faulty", holds="-", go=False, reason=str(error)))


def _is_weather(path: Path) -> bool:
    """Whether a CSV file begins with the columns of one of the weather's forms, not with those of element sets."""
    try:
        lines = (line.strip() for line in read_text(path).splitlines())
    except InputError:
        return False
    header = next((line for line in lines if line and not line.startswith("#")), "")
    return {"station", "cloud"} <= {cell.strip() for cell in header.split(",")}


def _check_weather(path: Path) -> Verdict:
    clouds = parse_clouds(read_text(path), source=str(path))
    if isinstance(clouds, Climatology):
        what, reason = "every month and hour", "a climatology: stands for any date"
    else:
        first, last = (format_utc(add_seconds(clouds.epoch_utc, edge)) for edge in (clouds.time_s[0], clouds.end_s))
        what = counted(clouds.cloud.shape[0], "member")
        reason = f"a forecast: {first} to {last}, {counted(clouds.time_s.size, 'step')}"
    return Verdict(
        name=str(path), kind="weather", holds=f"{', '.join(clouds.stations)}; {what}", go=True, reason=reason
    )


def _check_scenario(path: Path, catalog: Catalog) -> FileCheck:
    loaded = load_scenario(path, catalog)
    matters = scenario_verdicts(loaded)
    return FileCheck(verdict=whole_verdict(loaded, matters), matters=matters)


def _check_elements(path: Path, *, now: datetime, max_age_days: float) -> FileCheck:
    reading = read_elements(path)
    by_object = histories(reading.sets)
    objects = tuple(verdict_of(history, when=now, max_age_days=max_age_days) for history in by_object.values())
    out = sum(not item.go for item in objects)
    first, last = min(item.epoch_utc for item in reading.sets), max(item.epoch_utc for item in reading.sets)
    counts = f"{counted(len(objects), 'object')}, {counted(len(reading.sets), 'set')}, {out} NO-GO"
    verdict = Verdict(
        name=str(path),
        kind="faulty" if reading.faults else "elements",
        holds=f"{counts}, {first:%Y-%m-%d} to {last:%Y-%m-%d}",
        go=not out and not reading.faults,
        reason=_elements_reason(objects, reading.faults, now, max_age_days),
    )
    return FileCheck(verdict=verdict, objects=objects, faults=reading.faults)


def _elements_reason(
    objects: Sequence[ObjectVerdict], faults: Sequence[Fault], now: datetime, max_age_days: float
) -> str:
    """Age of the sets used against its limit, how many objects fail by which verdict, and how many faults there are."""
    ages = [item.age_days for item in objects if item.age_days is not None]
    span = f"set is {ages[0]:+.1f}" if len(ages) == 1 else f"sets are {min(ages):+.1f} to {max(ages):+.1f}"
    told = [f"nearest {span} d from {format_utc(now)}, limit {max_age_days:g} d"]
    kinds = Counter(kind for item in objects for kind in {reason.partition(":")[0] for reason in item.reasons})
    told += [f"{number} {kind}" for kind, number in sorted(kinds.items())]
    told += [counted(len(faults), "fault")] if faults else []
    return ", ".join(told)


def is_station_file(path: Path) -> bool:
    """Whether a TOML file is a station's: by its table [station] or [satellite], else by its folder."""
    if has_table(path, "station") != has_table(path, "satellite"):
        return has_table(path, "station")
    return path.parent.name == "stations"


def _check_record(path: Path) -> Verdict:
    record: GroundSite | Payload
    if is_station_file(path):
        record = read_record(path, GroundSite)
        stress_map_of(record, path)
        extinction_table_of(record, path)
        cn2_profile_of(record, path)
        efficiency_table_of(record.detectors, path.parent)
        station = record.station
        holds = f"{station.name}, {station.latitude_deg:.4f}, {station.longitude_deg:.4f} deg, {station.height_m:g} m"
    else:
        record = read_record(path, Payload)
        check_companions(record, path)
        attitude_history_of(record, path)
        holds = f"{record.satellite.name} ({record.satellite.norad_id})"
    assumed = f"valid; {len(record.assumed)} values are assumed"
    return Verdict(name=str(path), kind=type(record).__name__, holds=holds, go=True, reason=assumed)


def _tables(now: datetime) -> Iterator[Verdict]:
    last = earth_orientation_date()
    left = (last - now.date()).days
    yield Verdict(
        name="Earth orientation", kind="table", holds=f"IERS, to {last.isoformat()}", go=left >= 0,
        reason=f"{left:+d} d left; beyond it UT1 is held: arcseconds of Earth rotation, never a failure",
    )  # fmt: skip
    inside = EPHEMERIS_START <= now <= EPHEMERIS_END
    yield Verdict(
        name="Sun and Moon", kind="table", holds=f"JPL DE421, {EPHEMERIS_START:%Y} to {EPHEMERIS_END:%Y}", go=inside,
        reason=f"ends {format_utc(EPHEMERIS_END)}",
    )  # fmt: skip
