"""``passplan passes``: candidate passes with geometry and light."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from passplan.cli.options import Form, Number, catalog_option, form_of, limit_options, output_options, sun_option
from passplan.cli.stage import busy
from passplan.errors import NothingFound


@click.command()
@click.argument("satellites", nargs=-1, metavar="[SATELLITE]...")
@click.option("--station", "stations", multiple=True, help="Name, TOML file, or 'lat,lon,height'; may be repeated.")
@click.option(
    "--elements", multiple=True, type=click.Path(path_type=Path), help="File of element sets; may be repeated."
)
@click.option("--from", "start", metavar="TIME", help="Start, ISO 8601 with Z.")
@click.option("--days", type=Number(0.0, 13_000.0, "d", open_low=True), default=1.0, show_default=True, metavar="N")
@click.option("--night", metavar="DATE", help="Evening of one night at the station, instead of --from and --days.")
@click.option(
    "--max-range-km", type=Number(0.0, 1e6, "km", open_low=True), metavar="KM",
    help="A pass is the time with a range up to this, too.",
)  # fmt: skip
@click.option("--any-light/--dark", default=False, help="Passes in twilight and daylight too.")
@sun_option
@limit_options
@catalog_option
@output_options
def command(**options: Any) -> None:
    """List the passes of satellites over stations, with geometry and light.

    Without a SATELLITE, all satellites of the catalogue or, with --elements, all objects of those files. Without
    --station, all stations of the catalogue. By default only passes that culminate in the dark.
    """
    form = form_of(options)
    form.allow(".json", ".csv", ".ecsv")
    if (options["night"] is None) == (options["start"] is None):
        raise click.UsageError("give --from TIME with --days N, or --night DATE")
    from passplan.mission.search import search
    from passplan.mission.selection import Limits
    from passplan.units import parse_utc

    start = parse_utc(options["start"], what="--from") if options["start"] else None
    with busy("searching for passes"):
        rows, warnings = search(
            satellites=options["satellites"],
            stations=options["stations"],
            element_files=options["elements"],
            start=start,
            length=timedelta(days=options["days"]),
            night=options["night"],
            limits=Limits(
                min_elevation_deg=options["min_elevation"],
                max_age_days=options["max_age_days"],
                max_sun_elevation_deg=options["max_sun_elevation"],
            ),
            max_range_km=options["max_range_km"],
            any_light=options["any_light"],
            catalog_folder=options["catalog"],
        )
    for warning in warnings:
        form.remark(warning)
    hand_out_rows(rows, form)
    if not rows:
        raise NothingFound("no pass in this time, above this elevation, in this light")


def hand_out_rows(rows: list[dict[str, Any]], form: Form) -> None:
    """Print or write the table of passes."""
    from passplan.mission.files import write_file

    suffix = form.output.suffix.lower() if form.output else None
    text = _text(rows, form, suffix)
    if form.output is None:
        click.echo(text, nl=False)
    else:
        write_file(form.output, text)
        form.remark(f"wrote {form.output}")


def _text(rows: list[dict[str, Any]], form: Form, suffix: str | None) -> str:
    from passplan.mission.export import csv_text, ecsv_text, json_text
    from passplan.mission.search import columns_of, search_heading

    if form.as_json or suffix == ".json":
        return json_text({**search_heading(), "passes": rows})
    if form.as_csv or suffix == ".csv":
        return csv_text(columns_of(rows))
    if form.as_ecsv or suffix == ".ecsv":
        return ecsv_text(columns_of(rows), meta=search_heading())
    from passplan.report.console import passes_text

    return passes_text(rows)
