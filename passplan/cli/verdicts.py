"""How ``data status`` and ``check`` hand out their verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form

if TYPE_CHECKING:
    from passplan.mission.status import FileCheck
    from passplan.mission.verdict import Verdict
    from passplan.orbit.elements import Fault
    from passplan.orbit.plausibility import ObjectVerdict

MOST_ROWS = 200  # of faults and objects of one file on a terminal, unless -v; a file or a pipe's form gets them all
COLUMNS = ("name", "kind", "holds", "go", "reason")

Row = dict[str, Any]


def hand_out_verdicts(verdicts: "Sequence[Verdict]", form: Form) -> None:
    """Print or write verdicts as a table, JSON or CSV."""
    rows = [asdict(verdict) for verdict in verdicts]
    _hand_out(rows, {"verdicts": rows}, form)


def hand_out_checks(checks: "Sequence[FileCheck]", form: Form) -> None:
    """Print or write the checks of files: of each file its verdict, its faults, and its objects that are NO-GO.

    Below a campaign's scenario stands the verdict on each matter. With ``-v`` every object is listed. JSON keeps them
    apart, as ``verdicts``, ``faults``, ``objects`` and ``matters``, each but the first with its file.
    """
    document: dict[str, list[Row]] = {"verdicts": [], "faults": [], "objects": [], "matters": []}
    rows: list[Row] = []
    for check in checks:
        file = check.verdict.name
        objects = [item for item in check.objects if form.verbose or not item.go]
        document["verdicts"].append(asdict(check.verdict))
        document["faults"] += [{"file": file, **asdict(fault)} for fault in check.faults]
        document["objects"] += [_object_entry(item, file) for item in objects]
        head = asdict(check.verdict)
        told = head["reason"].split("\n")
        listed = form.is_table and len(told) > 1  # all faults of a file in one cell cannot be read
        rows.append({**head, "reason": f"{len(told)} faults"} if listed else head)
        matters = [asdict(item) for item in check.matters]
        document["matters"] += [{"file": file, **item} for item in matters]
        lines = [_line_row(line, file) for line in told] if listed else []
        below = [*lines, *map(_fault_row, check.faults), *map(_object_row, objects), *matters]
        is_cut = form.is_table and not form.verbose and len(below) > MOST_ROWS
        rows += [*below[:MOST_ROWS], _rest_row(len(below) - MOST_ROWS)] if is_cut else below
    _hand_out(rows, document, form)


def _hand_out(rows: Sequence[Row], document: Mapping[str, Any], form: Form) -> None:
    from passplan.mission.export import csv_text, ecsv_text, json_text
    from passplan.mission.files import write_file
    from passplan.mission.pass_rows import search_heading

    form.allow(".json", ".csv", ".ecsv")
    suffix = form.output.suffix.lower() if form.output else None
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    if form.as_json or suffix == ".json":
        text = json_text({**search_heading(), **document})
    elif form.as_csv or suffix == ".csv":
        text = csv_text(columns)
    elif form.as_ecsv or suffix == ".ecsv":
        text = ecsv_text(columns, meta=search_heading())
    else:
        text = _table(rows)
    if form.output is None:
        click.echo(text, nl=False)
    else:
        write_file(form.output, text)
        form.remark(f"wrote {form.output}")


def _table(rows: Sequence[Row]) -> str:
    """Rows as a table; thousands are set without rich, which would take minutes."""
    from rich.text import Text

    from passplan.report.console import table_text

    headings, cells = ("verdict", "what", "holds", "why"), [_cells(row) for row in rows]
    if len(rows) <= 2 * MOST_ROWS:
        texts: Any = ([Text(cell) for cell in row] for row in cells)  # a Text has neither markup nor emoji: file:100:
        return table_text(headings, texts)
    widths = [max(len(row[column]) for row in (headings, *cells)) for column in range(3)]
    lines = ["   ".join((*map(str.ljust, row, widths), row[3])).rstrip() for row in (headings, *cells)]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> tuple[str, str, str, str]:
    name = "  " + row["name"] if row["kind"] in ("object", "fault", "rest", "matter") else _short(row["name"])
    return "GO" if row["go"] else "NO-GO", name, row["holds"], row["reason"].replace("\n", "; ")


def _object_entry(item: "ObjectVerdict", file: str) -> Row:
    from passplan.units import format_utc

    epoch = format_utc(item.epoch_utc, digits=6) if item.epoch_utc else None
    return {"file": file, **asdict(item), "epoch_utc": epoch}


def _object_row(item: "ObjectVerdict") -> Row:
    holds = (
        f"epoch {item.epoch_utc:%Y-%m-%d}, {item.perigee_km:.0f} x {item.apogee_km:.0f} km, {item.period_min:.1f} min"
    )
    name = f"{item.name} ({item.norad_id})"
    return {"name": name, "kind": "object", "holds": holds, "go": item.go, "reason": "; ".join(item.reasons)}


def _fault_row(fault: "Fault") -> Row:
    name = fault.name or "unnamed"
    label = name if fault.norad_id is None else f"{name} ({fault.norad_id})"
    return {
        "name": label,
        "kind": "fault",
        "holds": "-",
        "go": False,
        "reason": f"{_short(fault.source)}: {fault.reason}",
    }


def _line_row(line: str, file: str) -> Row:
    """A fault of a file as a row: its line as the name."""
    place, _, reason = line.removeprefix(f"{file}:").partition(": ")
    known = line.startswith(f"{file}:") and place.isdigit()
    name, told = (f"line {place}", reason) if known else ("", line)
    return {"name": name, "kind": "fault", "holds": "-", "go": False, "reason": told}


def _rest_row(number: int) -> Row:
    reason = f"and {number} more NO-GO; -v, --csv and --json list them all"
    return {"name": "...", "kind": "rest", "holds": "", "go": False, "reason": reason}


def _short(name: str) -> str:
    return "/".join(name.split("/")[-2:])
