"""``passplan track``: acquisition, coarse and fine loops along a pass, in the time domain."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form, form_of, output_options, pass_options, run_options
from passplan.cli.stage import Part, document_json, hand_out, progress_bar, run, write_plots

if TYPE_CHECKING:
    from passplan.mission.monte_carlo import TrackStatistics
    from passplan.mission.result import PassResult

PART = Part(
    titles=("pass", "tracking", "satellite", "ground"),
    keys=("pass", "window", "tracking", "statistics"),
    columns=("azimuth_deg", "elevation_deg", "range", "point", "jitter", "locked", "in_key"),
    plots=("tracking_page",),
)


@click.command()
@pass_options
@run_options
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Statistics over N runs, with the seed and those that follow it; the data are then those of the runs.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes for --runs; by default one a core.")
@click.option(
    "--plots",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Folder for every tracking plot as a PNG file.",
)
@output_options
def command(runs: int | None, jobs: int | None, plots: Path | None, **options: Any) -> None:
    """Acquisition, coarse and fine loops along a pass, in the time domain.

    Both ends are followed, each in the other's beacon. With --runs, --json adds the section "statistics", --csv has one
    row a run, and -o FILE.png shows how often each number occurs.
    """
    form = form_of(options)
    if jobs is not None and runs is None:
        raise click.UsageError("--jobs is for --runs N")
    if plots is not None:
        from passplan.mission.files import check_folder

        check_folder(plots)
    result = run(options, form)
    statistics = None if runs is None else _statistics(result, runs, jobs or os.cpu_count() or 1)
    if plots is not None:
        write_plots(lambda: _pictures(result, statistics), plots, form)
    if statistics is None:
        hand_out(result, form, PART)
    else:
        _hand_out(result, statistics, form)


def _statistics(result: "PassResult", runs: int, jobs: int) -> "TrackStatistics":
    from passplan.mission.monte_carlo import pass_statistics

    with progress_bar(f"tracking {runs} times") as progress:
        return pass_statistics(result, runs=runs, jobs=jobs, progress=progress)


def _pictures(result: "PassResult", statistics: "TrackStatistics | None") -> dict[str, bytes]:
    from passplan.report.drawing import draw_statistics, draw_tracking

    further = {} if statistics is None else {"statistics": draw_statistics(statistics)}
    return {**draw_tracking(result), **further}


def _hand_out(result: "PassResult", statistics: "TrackStatistics", form: Form) -> None:
    if form.output is not None:
        from passplan.mission.files import write_file

        write_file(form.output, _data(result, statistics, form.output.suffix.lower()))
        form.remark(f"wrote {form.output}")
    elif form.as_json or form.as_csv or form.as_ecsv:
        suffix = ".json" if form.as_json else ".csv" if form.as_csv else ".ecsv"
        click.echo(_data(result, statistics, suffix), nl=False)
    else:
        from passplan.report.statistics_sheet import statistics_text

        hand_out(result, form, PART)
        click.echo(statistics_text(statistics), nl=False)


def _data(result: "PassResult", statistics: "TrackStatistics", suffix: str) -> str | bytes:
    from passplan.mission.export import csv_text, ecsv_text, table_meta

    if suffix == ".json":
        from passplan.mission.summary import summary
        from passplan.report.statistics_sheet import statistics_document

        return document_json({**summary(result), "statistics": statistics_document(statistics)}, PART)
    if suffix == ".csv":
        return csv_text(statistics.columns)
    if suffix == ".ecsv":
        return ecsv_text(statistics.columns, meta=table_meta(result))
    from passplan.report.drawing import draw_statistics

    return draw_statistics(statistics, suffix[1:])
