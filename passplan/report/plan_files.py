"""The files of a plan or a campaign, all out of its document."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from passplan.mission.export import csv_text, json_text
from passplan.mission.files import write_file
from passplan.mission.formats.timetable_calendar import timetable_calendar_text
from passplan.mission.plan_document import PASS_COLUMNS
from passplan.report.plan_page import plan_page_html

_PLOTS = (".png", ".svg", ".pdf")


def plan_bytes(document: Mapping[str, Any], suffix: str) -> bytes:
    """Content of a file of a plan; the suffix chooses the form: .json .csv .ics .html .png .svg .pdf."""
    if suffix in _PLOTS:
        from passplan.report.plan_drawing import drawn

        return drawn(document, suffix[1:])
    texts = {".json": json_text, ".csv": _table, ".ics": timetable_calendar_text, ".html": plan_page_html}
    return texts[suffix](document).encode()


def write_campaign(document: Mapping[str, Any], folder: Path) -> None:
    """Write plan.json, timetable.csv, timetable.ics and report.html, each whole or not at all.

    Raises
    ------
    InputError
        If one cannot be written.
    """
    for name in ("plan.json", "timetable.csv", "timetable.ics", "report.html"):
        write_file(folder / name, plan_bytes(document, Path(name).suffix))


def _table(document: Mapping[str, Any]) -> str:
    rows = document["passes"]
    return csv_text({name: ["" if row[name] is None else row[name] for row in rows] for name in PASS_COLUMNS})
