"""The list of passes as CSV, ECSV or JSON, with the columns of ``passplan passes``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from passplan.mission.export import csv_text, ecsv_text, json_text
from passplan.mission.formats.origin import GROUND_FRAME, distinct_sets, origin_lines
from passplan.mission.formats.sampling import in_order
from passplan.mission.search import columns_of, search_heading
from passplan.orbit.elements import age_days
from passplan.orbit.light import light_at
from passplan.orbit.passes import Pass
from passplan.units import as_utc, format_utc


def pass_csv_text(passes: Sequence[Pass], *, created_utc: datetime) -> str:
    """List of passes as CSV, one row each in order of rise; the format has no place for remarks.

    Raises
    ------
    InputError
        If there is no pass, or ``created_utc`` is naive.
    DomainError
        If a pass lies outside the ephemeris of Sun and Moon.
    """
    as_utc(created_utc, what="created_utc")
    return csv_text(columns_of(pass_rows(passes)))


def pass_ecsv_text(passes: Sequence[Pass], *, created_utc: datetime) -> str:
    """List of passes as ECSV, units and origin in its header; errors as `pass_csv_text`."""
    return ecsv_text(columns_of(pass_rows(passes)), meta=_heading(passes, created_utc))


def pass_json_text(passes: Sequence[Pass], *, created_utc: datetime) -> str:
    """List of passes as one JSON document with all digits; errors as `pass_csv_text`."""
    return json_text({**_heading(passes, created_utc), "passes": pass_rows(passes)})


def pass_rows(passes: Sequence[Pass]) -> list[dict[str, Any]]:
    """Rows of the table of passes in order of rise, each pass once; times are texts to the millisecond."""
    return [_row(item) for item in in_order(passes)]


def _heading(passes: Sequence[Pass], created_utc: datetime) -> dict[str, Any]:
    ordered = in_order(passes)
    return {
        **search_heading(),
        "created_utc": format_utc(as_utc(created_utc, what="created_utc")),
        "element_sets": [
            {
                "satellite": elements.name,
                "norad_id": elements.norad_id,
                "epoch_utc": format_utc(elements.epoch_utc, digits=6),
                "source": elements.source.rsplit("/", 1)[-1],
            }
            for elements in distinct_sets(ordered)
        ],
        "remarks": origin_lines(ordered, GROUND_FRAME),
    }


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
