"""``passplan validate``: published passes and flown links beside what is simulated for them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form, catalog_option, form_of, output_options
from passplan.cli.stage import progress_bar

if TYPE_CHECKING:
    from passplan.mission.validation_table import Validation


@click.command()
@click.argument("satellite", default="micius")
@click.option(
    "--samples",
    type=click.IntRange(min=100, max=100_000),
    default=200,
    show_default=True,
    help="Joint samples of the inputs of each pass and link; with fewer a verdict would be luck.",
)
@click.option("--jobs", type=click.IntRange(1, 256), metavar="N", help="Processes; by default one a core.")
@catalog_option
@output_options
def command(satellite: str, samples: int, jobs: int | None, catalog: Path | None, **options: Any) -> int:
    """Hold what is published of a satellite's passes against the bands that are simulated for them.

    Simulates every pass of which the satellite's file has a printed loss, count or QBER, always with the same seed, and
    the links whose loss is printed. Ends with 1 when a bound does not hold that the project states.
    """
    form = form_of(options)
    form.allow(".json", ".csv")
    if form.as_ecsv:
        raise click.UsageError("validate makes tables, --json or --csv: leave out --ecsv")
    with progress_bar("simulating published passes") as progress:
        from passplan.mission.catalog import open_catalog
        from passplan.mission.validation_table import validate

        found = validate(
            open_catalog(catalog), satellite, samples=samples, jobs=jobs or os.cpu_count() or 1, progress=progress
        )
    _hand_out(found, form)
    return 0 if found.holds else _failed(found, form)


def _failed(found: "Validation", form: Form) -> int:
    from passplan.report.validation_sheet import bound_text

    for bound in found.bounds:
        if not bound.holds:
            form.remark(bound_text(bound))
    return 1


def _hand_out(found: "Validation", form: Form) -> None:
    if form.output is not None:
        from passplan.mission.files import write_file

        write_file(form.output, _content(found, as_json=form.is_json))
        form.remark(f"wrote {form.output}")
    elif form.is_table:
        from passplan.report.validation_sheet import validation_text

        click.echo(validation_text(found), nl=False)
    else:
        click.echo(_content(found, as_json=form.is_json), nl=False)


def _content(found: "Validation", *, as_json: bool) -> str:
    from passplan.mission.export import csv_text, json_text
    from passplan.report.validation_sheet import validation_columns, validation_document

    return json_text(validation_document(found)) if as_json else csv_text(validation_columns(found))
