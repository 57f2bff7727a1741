"""iCalendar of a timetable: one event a contact."""

from collections.abc import Mapping
from typing import Any

from passplan.mission.campaign_former import chosen_rows
from passplan.mission.formats.calendar_lines import calendar_text, escaped, stamp, whole_second_after
from passplan.schedule.refusal import bits_text
from passplan.units import parse_utc

Document = Mapping[str, Any]
Row = Mapping[str, Any]


def timetable_calendar_text(document: Document) -> str:
    """Calendar of the passes that a plan flies, one event each, in order of start, lines ended by CRLF.

    Parameters
    ----------
    document : mapping
        Of a plan or a campaign.

    Returns
    -------
    str
        An event covers its contact in whole seconds. Its UID follows from the campaign and the id of the pass, so that
        a calendar that reads a changed plan moves the event instead of adding one. DTSTAMP is the start of the
        campaign: the same plan gives the same bytes. A plan that flies nothing gives a calendar without events.

    Raises
    ------
    InputError
        If the document is none of a plan.

    Notes
    -----
    Source: RFC 5545, sections 3.3.11 (escaped text) and 3.6.1 (event).
    """
    rows = sorted(chosen_rows(dict(document), source="document"), key=lambda row: (row["start_utc"], row["pass_id"]))
    return calendar_text(_event(document, row) for row in rows)


def _event(document: Document, row: Row) -> list[str]:
    start, stop = (parse_utc(row[name]) for name in ("start_utc", "stop_utc"))
    name = f"{document['campaign']}/{row['pass_id']}@passplan"
    summary = f"{row['satellite']} -> {row['station']}, {bits_text(row['key_bits'])} planned"
    return [
        "BEGIN:VEVENT",
        f"UID:{escaped(name)}",
        f"DTSTAMP:{stamp(parse_utc(document['start_utc']))}",
        f"DTSTART:{stamp(start)}",
        f"DTEND:{stamp(whole_second_after(stop))}",
        f"SUMMARY:{escaped(summary)}",
        f"DESCRIPTION:{escaped(chr(10).join(_described(document, row)))}",
        f"LOCATION:{escaped(row['station'])}",
        "TRANSP:OPAQUE",
        "END:VEVENT",
    ]


def _described(document: Document, row: Row) -> list[str]:
    cut = f"Trimmed: the pass is above the lowest elevation from {row['rise_utc']} to {row['set_utc']}"
    weather = f", with the weather {bits_text(row['expected_bits'])} (clear {100.0 * row['clear_chance']:.0f} %)"
    return [
        row["pass_id"],
        f"Contact {row['start_utc']} to {row['stop_utc']}, {row['duration_s']:.0f} s",
        *([cut] if row["is_trimmed"] else []),
        f"Highest elevation {row['max_elevation_deg']:.1f} deg, smallest range {row['min_range_km']:.0f} km",
        f"Key under a clear sky {row['key_bits']:,.0f} bit{weather if row['clear_chance'] < 1.0 else ''}",
        *_proof_lines(document, row),
        *_simulated_lines(document, row),
        f"Terminals: {row['satellite']} {row['satellite_terminal']}, {row['station']} {row['station_terminal']}",
        f"Element set {row['element_age_days']:+.1f} d old; {document['campaign']}, passplan "
        f"{document['passplan_version']}",
    ]


def _proof_lines(document: Document, row: Row) -> list[str]:
    return [
        f"Proof {each['proof']}, epsilon_sec {each['epsilon_sec']:g}, epsilon_cor {each['epsilon_cor']:g}"
        for each in document["proofs"]
        if (each["satellite"], each["station"]) == (row["satellite"], row["station"])
    ]


def _simulated_lines(document: Document, row: Row) -> list[str]:
    outcome = (document.get("simulated") or {}).get(row["pass_id"])
    if outcome is None:
        return []
    if outcome["fault"] is not None:
        return [f"Simulation failed: {outcome['fault']}"]
    return [f"Simulated {outcome['secret_bits']:,.0f} bit"]
