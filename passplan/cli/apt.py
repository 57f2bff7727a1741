"""``passplan apt``: the tracking loops themselves, apart from any pass."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form, Number, catalog_option, form_of, output_options
from passplan.cli.stage import busy

if TYPE_CHECKING:
    from passplan.mission.loop_design import LoopDesign
    from passplan.mission.loop_file import LoopCase

SUFFIXES = (".json", ".csv", ".png", ".svg", ".pdf")


@click.group()
def command() -> None:
    """Tracking loops: design and judge them in the frequency domain."""


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
