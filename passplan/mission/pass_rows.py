"""The table of passes: its columns, in the order in which they stand."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from passplan.mission.summary import SCHEMA_VERSION
from passplan.orbit.conditions import Usability
from passplan.orbit.earth import earth_orientation_date
from passplan.orbit.elements import age_days
from passplan.orbit.light import LightConditions, lights_at
from passplan.orbit.passes import Pass
from passplan.units import format_utc

COLUMNS = (
    "pass_id", "satellite", "norad_id", "station", "rise_utc", "culmination_utc", "set_utc", "duration_s",
    "rise_azimuth_deg", "culmination_azimuth_deg", "set_azimuth_deg", "max_elevation_deg", "min_range_km",
    "is_truncated", "sun_elevation_deg", "sunlit_fraction", "moon_elevation_deg", "moon_illumination",
    "moon_separation_deg", "element_age_days",
)  # fmt: skip
USE_COLUMNS = ("usable_s", "usable_from_utc", "usable_until_utc", "usable_intervals")
"""Further columns where rules of light were asked for."""

_TIMES = ("rise_utc", "culmination_utc", "set_utc")
_PLAIN = (
    "satellite", "norad_id", "station", "duration_s", "rise_azimuth_deg", "culmination_azimuth_deg", "set_azimuth_deg",
    "max_elevation_deg", "min_range_km", "is_truncated",
)  # fmt: skip
_LIGHT = ("sun_elevation_deg", "sunlit_fraction", "moon_elevation_deg", "moon_illumination", "moon_separation_deg")


def pass_rows(passes: Sequence[Pass]) -> list[dict[str, Any]]:
    """A row a pass, in their order: times are texts to the millisecond, light is that at culmination.

    Raises
    ------
    DomainError
        If a pass lies outside the ephemeris of Sun and Moon, 2015 to 2049.
    """
    if not passes:
        return []
    listed = list(passes)
    light = lights_at(listed)
    return [_row(item, light, number) for number, item in enumerate(listed)]


def columns_of(rows: Sequence[dict[str, Any]], names: Sequence[str] = COLUMNS) -> dict[str, list[Any]]:
    """The same table by columns, whole even when it has no row."""
    return {name: [row[name] for row in rows] for name in names}


def search_heading() -> dict[str, Any]:
    """What every table of passes carries."""
    return {
        "schema_version": SCHEMA_VERSION,
        "passplan_version": version("passplan"),
        "earth_orientation_date": earth_orientation_date().isoformat(),
    }


def _row(item: Pass, light: LightConditions, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(item, name) for name in _PLAIN}
    row |= {name: float(getattr(light, name)[number]) for name in _LIGHT}
    row |= {name: format_utc(getattr(item, name), digits=3) for name in _TIMES}
    row |= {"pass_id": item.pass_id, "element_age_days": age_days(item.elements, item.culmination_utc)}
    ordered = {name: row[name] for name in COLUMNS}
    return ordered if item.usability is None else ordered | _use(item.usability)


def _use(usability: Usability) -> dict[str, Any]:
    spans = [
        (format_utc(interval.start_utc, digits=3), format_utc(interval.end_utc, digits=3))
        for interval in usability.intervals
    ]
    return {
        "usable_s": usability.duration_s,
        "usable_from_utc": spans[0][0] if spans else "",
        "usable_until_utc": spans[-1][1] if spans else "",
        "usable_intervals": " ".join("/".join(span) for span in spans),
    }
