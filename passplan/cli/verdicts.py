"""How ``data status`` and ``check`` hand out their verdicts."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from passplan.cli.options import Form

if TYPE_CHECKING:
    from passplan.mission.status import Verdict


def hand_out_verdicts(verdicts: "list[Verdict]", form: Form) -> None:
    """Print or write verdicts as a table, JSON or CSV."""
    from passplan.mission.export import csv_text, ecsv_text, json_text
    from passplan.mission.files import write_file
    from passplan.mission.pass_rows import search_heading
    from passplan.report.console import table_text

    form.allow(".json", ".csv", ".ecsv")
    suffix = form.output.suffix.lower() if form.output else None
    rows = [asdict(verdict) for verdict in verdicts]
    columns = {name: [row[name] for row in rows] for name in ("name", "kind", "holds", "go", "reason")}
    if form.as_json or suffix == ".json":
        text = json_text({**search_heading(), "verdicts": rows})
    elif form.as_csv or suffix == ".csv":
        text = csv_text(columns)
    elif form.as_ecsv or suffix == ".ecsv":
        text = ecsv_text(columns, meta=search_heading())
    else:
        cells = (
            ("GO" if item.go else "NO-GO", _short(item.name), item.holds, item.reason.replace("\n", "; "))
            for item in verdicts
        )
        text = table_text(("verdict", "what", "holds", "why"), cells)
    if form.output is None:
        click.echo(text, nl=False)
    else:
        write_file(form.output, text)
        form.remark(f"wrote {form.output}")


def _short(name: str) -> str:
    return "/".join(name.split("/")[-2:])
