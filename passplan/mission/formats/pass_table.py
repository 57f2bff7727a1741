"""The list of passes as CSV, ECSV or JSON, with the columns of ``passplan passes``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from passplan.mission.export import csv_text, ecsv_text, json_text
from passplan.mission.formats.origin import GROUND_FRAME, distinct_sets, origin_lines
from passplan.mission.formats.sampling import in_order
from passplan.mission.pass_rows import columns_of, pass_rows, search_heading
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
    return csv_text(columns_of(pass_rows(in_order(passes))))


def pass_ecsv_text(passes: Sequence[Pass], *, created_utc: datetime) -> str:
    """List of passes as ECSV, units and origin in its header; errors as `pass_csv_text`."""
    return ecsv_text(columns_of(pass_rows(in_order(passes))), meta=_heading(passes, created_utc))


def pass_json_text(passes: Sequence[Pass], *, created_utc: datetime) -> str:
    """List of passes as one JSON document with all digits; errors as `pass_csv_text`."""
    return json_text({**_heading(passes, created_utc), "passes": pass_rows(in_order(passes))})


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
