"""``passplan simulate``: one pass from track to key."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form, form_of, output_options, pass_options, run_options
from passplan.cli.processes import load_plotting
from passplan.cli.stage import Part, busy, hand_out, run

if TYPE_CHECKING:
    from passplan.mission.result import PassResult

PART = Part(
    titles=("pass", "key window", "tracking", "polarization", "link", "detection", "key"),
    keys=(),
    columns=(),
    plots=("sifted_rate",),
)


@click.command()
@pass_options
@run_options
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for report, table, document and plots; by default passplan-SATELLITE-STATION-TIME.",
)
@output_options
def command(report: Path | None, **options: Any) -> None:
    """Simulate one pass: pointing, polarization, loss, clicks and key, each second.

    Prints the result beside the published figures, if the catalogue has them, and writes a folder with the report. With
    --json, --csv, --ecsv or -o the data alone is handed out, and the folder is written only where --report says so.
    """
    form = form_of(options)
    if form.output is not None and form.output.suffix.lower() == ".html":
        raise click.UsageError("-o writes data or one plot; --report DIR writes the page")
    data_only = form.as_json or form.as_csv or form.as_ecsv or form.output is not None
    if data_only and report is None:
        hand_out(run(options, form), form, PART)
    else:
        run_with_report(report, options, form)


def run_with_report(folder: Path | None, options: dict[str, Any], form: Form) -> "tuple[PassResult, Path]":
    """Simulate a pass, hand out its data and leave a report."""
    load_plotting()
    result = run(options, form)
    hand_out(result, form, PART)
    if folder is None:
        folder = Path("passplan-" + result.pass_.pass_id.replace("/", "-"))
    with busy("drawing the report"):
        from passplan.report.folder import write_report

        write_report(result, folder, command=repeat(result, folder))
    form.remark(f"wrote {folder}/report.html, summary.json, per_second.ecsv and the plots")
    return result, folder


def repeat(result: "PassResult", folder: Path) -> str:
    """The command that repeats a run of the catalogue's own settings."""
    return f"passplan simulate {result.pass_.pass_id} --seed {result.seed} --report {folder}"
