"""``passplan simulate``: one pass from track to key."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form, form_of, output_options, pass_options, run_options
from passplan.cli.processes import load_plotting
from passplan.cli.stage import Part, again, busy, exit_code, hand_out, run

if TYPE_CHECKING:
    from passplan.mission.result import PassPath

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
def command(report: Path | None, **options: Any) -> int:
    """Simulate one pass: pointing, polarization, loss, clicks and key, each second.

    Prints the result beside the published figures, if the catalogue has them, and writes a folder with the report. With
    --json, --csv, --ecsv or -o the data alone is handed out, and the folder is written only where --report says so.
    """
    form = form_of(options)
    data_only = form.as_json or form.as_csv or form.as_ecsv or form.output is not None
    if data_only and report is None:
        result = run(options, form)
        hand_out(result, form, PART)
        return exit_code(result, form)
    return run_with_report(report, options, form)[0]


def run_with_report(folder: Path | None, options: dict[str, Any], form: Form) -> tuple[int, str]:
    """Simulate a pass, hand out its data, leave a report; returns exit code and the command that repeats it."""
    if folder is not None:
        from passplan.mission.files import check_folder

        check_folder(folder)
    plotting = load_plotting()
    drawn: dict[str, bytes] = {}

    def draw_meanwhile(path: "PassPath") -> None:
        import passplan.report.console
        import passplan.report.folder  # noqa: F401 (loaded now, while there is time)
        from passplan.report.drawing import draw_path

        plotting.join()
        drawn.update(draw_path(path))

    result = run(options, form, draw_meanwhile)
    hand_out(result, form, PART)
    if folder is None:
        folder = Path("passplan-" + result.pass_.pass_id.replace("/", "-"))
    extra = ["--seed", str(result.seed), *again(options), "--report", str(folder)]
    command = shlex.join(["passplan", "simulate", result.pass_.pass_id, *extra])
    with busy("drawing the report"):
        from passplan.report.folder import write_report

        write_report(result, folder, command=command, drawn=drawn)
    form.remark(f"wrote {folder}/report.html, summary.json, per_second.ecsv and the plots")
    return exit_code(result, form), command
