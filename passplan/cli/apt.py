"""``passplan apt``: a tracking loop apart from any pass, and the acquisition of one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form, Number, catalog_option, form_of, output_options, pass_options, seed_option
from passplan.cli.stage import busy, select

if TYPE_CHECKING:
    from passplan.mission.acquisition_case import AcquisitionCase
    from passplan.mission.loop_design import LoopDesign
    from passplan.mission.loop_file import LoopCase

SUFFIXES = (".json", ".csv", ".png", ".svg", ".pdf")
LEAST_PROBABILITY = 0.5  # of an acquisition that is called one


@click.group()
def command() -> None:
    """Tracking loops in the frequency domain, and the acquisition of a pass."""


@command.command()
@click.argument("what", metavar="FILE|NAME")
@click.option(
    "--stage",
    type=click.Choice(["fine", "coarse"]),
    default="fine",
    show_default=True,
    help="Which loop of a terminal.",
)
@click.option("--tune", is_flag=True, help="Seek the gains that leave the least with Ms <= 2, and show that loop too.")
@click.option(
    "--disturbance", metavar="olympus|FILE", help="Vibration instead of the file's, a CSV file of a spectrum."
)
@click.option("--sight-rate", type=Number(0.0, 100.0, "mrad/s"), metavar="MRAD/S", help="Rate of the line of sight.")
@click.option("--point-ahead", type=Number(0.0, 1000.0, "urad"), metavar="URAD", help="Lead of the transmitted beam.")
@click.option(
    "--electrons", type=Number(0.0, 1e12, "electrons", open_low=True), metavar="N", help="Of the spot in an exposure."
)
@catalog_option
@output_options
def design(what: str, tune: bool, **options: Any) -> int:
    """Margins, residual and error budget of one loop, each goal OK or NOT; with -o FILE.png its plots.

    FILE is a TOML file of one loop, or that of a satellite or a station; NAME one of the catalogue. A terminal is
    judged at the fastest moment of Micius over Xinglong on 2016-12-19, as bright as its cameras take. Exit code 1 when
    a goal is not met, 3 when the loop is unstable.
    """
    form = form_of(options)
    form.allow(*SUFFIXES)
    if form.as_ecsv:
        raise click.UsageError("there is no ECSV of a design; choose --json or --csv")
    with busy("designing the loop"):
        from passplan.mission.loop_design import designed, tuned_case

        case = _case(what, options)
        if tune:
            _remark_if_unstable(case, form)
        result = designed(tuned_case(case) if tune else case)
    form.detail(f"read {', '.join(map(str, case.files))}")
    _hand_out(result, form)
    return 0 if result.is_met else 1


def _case(what: str, options: dict[str, Any]) -> "LoopCase":
    from passplan.mission.catalog import open_catalog
    from passplan.mission.loop_file import read_case

    return read_case(
        what,
        open_catalog(options["catalog"]),
        stage=options["stage"],
        disturbance=options["disturbance"],
        sight_rate_urad_s=None if options["sight_rate"] is None else 1e3 * options["sight_rate"],  # mrad -> urad
        point_ahead_urad=options["point_ahead"],
        electrons=options["electrons"],
    )


def _remark_if_unstable(case: "LoopCase", form: Form) -> None:
    from passplan.apt.margins import check_stable
    from passplan.errors import DomainError

    try:
        check_stable(case.loop, name=case.name)
    except DomainError as error:
        form.remark(f"as it stands, {error}")


def _hand_out(result: "LoopDesign", form: Form) -> None:
    if form.output is not None:
        _write(result, form.output)
        form.remark(f"wrote {form.output}")
    elif form.as_json or form.as_csv:
        click.echo(_data(result, ".json" if form.as_json else ".csv"), nl=False)
    else:
        from passplan.report.loop_sheet import design_text

        click.echo(design_text(result), nl=False)


def _data(result: "LoopDesign", suffix: str) -> str:
    from passplan.mission.export import csv_text, json_text
    from passplan.mission.loop_design import curves, design_document

    return json_text(design_document(result)) if suffix == ".json" else csv_text(curves(result.case))


def _write(result: "LoopDesign", path: Path) -> None:
    from passplan.mission.files import write_file

    suffix = path.suffix.lower()
    if suffix in (".json", ".csv"):
        write_file(path, _data(result, suffix))
    else:
        from passplan.report.loop_sheet import picture

        write_file(path, picture(result, suffix[1:]))


@command.command()
@pass_options
@seed_option
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    metavar="N",
    help="Runs of the Monte Carlo.",
)
@click.option(
    "--at",
    "second",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="SECONDS",
    help="Second of the pass, from its first, at which the search begins.",
)
@click.option(
    "--limit",
    type=Number(0.0, 1e5, "s", open_low=True),
    metavar="SECONDS",
    help="A run is given up after this; by default 30 s, or four whole scans, within the pass.",
)
@click.option(
    "--filter-nm",
    type=Number(0.0, 1000.0, "nm", open_low=True),
    default=10.0,
    show_default=True,
    metavar="NM",
    help="Width of the filter of the ground's beacon camera, for stars and Moon; no terminal's file holds it.",
)
@output_options
def acquire(second: int, runs: int, limit: float | None, filter_nm: float, **options: Any) -> int:
    """Uncertainty, beacon budgets, false alarms, and how soon both ends of a pass find each other.

    Formulas stand beside a Monte Carlo. Exit code 1 when both lock in less than half of the runs.
    """
    form = form_of(options)
    form.allow(".json")
    if form.as_csv or form.as_ecsv:
        raise click.UsageError("there is no table of an acquisition; choose --json")
    if len(options["what"]) != (1 if options["night"] is None else 2):
        raise click.UsageError("give one PASS, or SATELLITE STATION with --night DATE")
    with busy("searching for the beacon"):
        from passplan.mission.acquisition_case import acquisition_case

        selection = select(options)
        case = acquisition_case(
            selection, seed=options["seed"], runs=runs, second=second, limit_s=limit, filter_nm=filter_nm
        )
    form.detail(f"read {', '.join(map(str, case.files))}")
    if selection.others:
        form.remark(f"the night's highest pass is {case.pass_id}; also {', '.join(selection.others)}")
    for warning in case.warnings:
        form.remark(warning)
    _hand_out_acquisition(case, form)
    return 0 if case.found.both.probability >= LEAST_PROBABILITY else 1


def _hand_out_acquisition(case: "AcquisitionCase", form: Form) -> None:
    from passplan.report.acquisition_sheet import acquisition_document, acquisition_text

    if form.output is None and not form.as_json:
        click.echo(acquisition_text(case), nl=False)
        return
    from passplan.mission.export import json_text

    document = json_text(acquisition_document(case))
    if form.output is None:
        click.echo(document, nl=False)
        return
    from passplan.mission.files import write_file

    write_file(form.output, document)
    form.remark(f"wrote {form.output}")
