"""What is bundled and how old it is, and whether a file is fit to fly with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from passplan.errors import PassplanError
from passplan.mission.catalog import Catalog, catalog_files, check_companions
from passplan.mission.payload import GroundSite, Payload
from passplan.mission.scenario import has_table, read_record
from passplan.mission.selection import DEFAULT_MAX_AGE_DAYS
from passplan.orbit.earth import EPHEMERIS_END, EPHEMERIS_START, earth_orientation_date
from passplan.orbit.elements import age_days, nearest_in_time, read_tle
from passplan.units import format_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One file or data set: what it holds, GO or NO-GO, and the reason with its margin."""

    name: str
    kind: str
    holds: str
    go: bool
    reason: str


def data_status(catalog: Catalog, *, now: datetime) -> list[Verdict]:
    """Verdict on every file of the catalogue and on the tables of the package."""
    return [*_tables(now), *(check_file(path, now=now) for path in catalog_files(catalog))]


def check_file(path: Path, *, now: datetime, max_age_days: float = DEFAULT_MAX_AGE_DAYS) -> Verdict:
    """Verdict on one file: a payload, a station or element sets.

    ``now`` is the instant for which an element set must be fresh.
    """
    try:
        if path.suffix == ".tle":
            return _check_elements(path, now=now, max_age_days=max_age_days)
        if path.suffix == ".toml":
            return _check_record(path)
    except PassplanError as error:
        return Verdict(name=str(path), kind="faulty", holds="-", go=False, reason=str(error))
    reason = f"{path}: the suffix is {path.suffix or 'absent'}, must be .tle or .toml"
    return Verdict(name=str(path), kind="faulty", holds="-", go=False, reason=reason)


def _check_elements(path: Path, *, now: datetime, max_age_days: float) -> Verdict:
    history = read_tle(path)
    nearest = nearest_in_time(history, now)
    age = age_days(nearest, now)
    span = f"{len(history)} sets, {min(item.epoch_utc for item in history):%Y-%m-%d} to "
    span += f"{max(item.epoch_utc for item in history):%Y-%m-%d}"
    fresh = abs(age) <= max_age_days
    margin = f"nearest set is {age:+.1f} d from {format_utc(now)}, limit {max_age_days:g} d"
    return Verdict(name=str(path), kind="elements", holds=span, go=fresh, reason=margin)


def is_station_file(path: Path) -> bool:
    """Whether a TOML file is a station's: by its table [station] or [satellite], else by its folder."""
    if has_table(path, "station") != has_table(path, "satellite"):
        return has_table(path, "station")
    return path.parent.name == "stations"


def _check_record(path: Path) -> Verdict:
    record: GroundSite | Payload
    if is_station_file(path):
        record = read_record(path, GroundSite)
        station = record.station
        holds = f"{station.name}, {station.latitude_deg:.4f}, {station.longitude_deg:.4f} deg, {station.height_m:g} m"
    else:
        record = read_record(path, Payload)
        check_companions(record, path)
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
