"""``passplan data``: what is there and how old it is, what you add, and fresh element sets."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from passplan.cli.options import Form, Number, catalog_option, form_of, output_options
from passplan.cli.stage import busy
from passplan.cli.verdicts import hand_out_verdicts

FAULT = 3
MOST_FAULTS = 10  # lines on stderr, unless -v


@click.group("data")
def command() -> None:
    """Look at the data that passplan carries, add to it, refresh it."""


@command.command()
@catalog_option
@output_options
def status(catalog: Path | None, **options: Any) -> None:
    """List the catalogue's files, the Earth-orientation table and the ephemeris, with their age against now."""
    form = form_of(options)
    from passplan.mission.catalog import open_catalog
    from passplan.mission.status import data_status
    from passplan.mission.store import element_verdicts

    opened, now = open_catalog(catalog), datetime.now(UTC)
    hand_out_verdicts([*data_status(opened, now=now), *element_verdicts(opened, now=now)], form)


@command.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--name", metavar="NAME", help="Name in the catalogue, instead of the file's own.")
@click.option("--force", is_flag=True, help="Replace a different file of the same name.")
@output_options
def add(files: tuple[Path, ...], name: str | None, force: bool, **options: Any) -> None:
    """Copy station, satellite or element files into your data folder, after a check of all of them.

    A FILE is a station's or a satellite's TOML (the files it names come along), or element sets as TLE, 3LE or OMM in
    JSON, CSV, XML or KVN. The folder is $XDG_DATA_HOME/passplan, by default ~/.local/share/passplan.
    """
    form = form_of(options)
    form.allow(".json", ".csv", ".ecsv")
    if name is not None and len(files) > 1:
        raise click.UsageError("--name is for one FILE")
    from passplan.mission.catalog import own_folder
    from passplan.mission.store import add_files

    added = add_files(files, folder=own_folder(), force=force, name=name)
    for item in added:
        _tell_faults(item.faults, form)
    cells = [(item.state, item.kind, item.holds, item.file, item.before) for item in added]
    _hand_out("added", [asdict(item) for item in added], ("", "what", "holds", "file", "before"), cells, form)


@command.command()
@click.argument("satellites", nargs=-1, metavar="[SATELLITE]...")
@click.option("--group", "groups", multiple=True, metavar="GROUP", help="A group of CelesTrak's, such as active.")
@click.option("--name", "parts", multiple=True, metavar="TEXT", help="All objects with this in their names.")
@click.option("--launch", "launches", multiple=True, metavar="YYYY-NNN", help="All objects of a launch.")
@click.option("--source", "source_name", type=click.Choice(["celestrak", "space-track"]), default="celestrak",
              show_default=True, help="Space-Track takes SPACETRACK_USER and SPACETRACK_PASSWORD.")  # fmt: skip
@click.option("--timeout", type=Number(0.0, 600.0, "s", open_low=True), default=30.0, show_default=True, metavar="S",
              help="Longest silence of the server.")  # fmt: skip
@catalog_option
@output_options
def refresh(satellites: tuple[str, ...], source_name: str, timeout: float, catalog: Path | None, **options: Any) -> int:
    """Fetch element sets into your data folder; the only command that uses a network.

    A SATELLITE is a name of the catalogue or a catalogue number; without any, all satellites that have a payload.
    What is held stays and new sets are added. The same data are asked for once in 2 h (CelesTrak) or 1 h
    (Space-Track), as the sources demand; nothing overrides that. Exit code 3 when something failed.
    """
    form = form_of(options)
    form.allow(".json", ".csv", ".ecsv")
    from passplan.mission.catalog import open_catalog, own_folder, satellite_names, satellite_number
    from passplan.mission.gp_sources import Query, choose_source, read_credentials
    from passplan.mission.refresh import refresh as refresh_data

    opened = open_catalog(catalog)
    wanted = [("GROUP", options["groups"]), ("NAME", options["parts"]), ("INTDES", options["launches"])]
    queries = [Query(kind, value) for kind, values in wanted for value in values]
    names = satellites or (() if queries else satellite_names(opened))
    queries = [*(Query("CATNR", str(satellite_number(opened, name))) for name in names), *queries]
    source = choose_source(source_name, os.environ)
    credentials = read_credentials(os.environ) if source_name == "space-track" else None
    now = datetime.now(UTC)
    with busy(f"asking {source.host}"):
        outcomes = refresh_data(
            queries, source=source, folder=own_folder(), now=now, credentials=credentials, timeout_s=timeout
        )
    for item in outcomes:
        _tell_faults(item.faults, form)
        if item.state in ("failed", "left"):
            click.echo(f"passplan: {item.message}", err=True)
    cells = [(item.state, item.source, item.message, item.file) for item in outcomes]
    rows = [_with_times(asdict(item)) for item in outcomes]
    _hand_out("refreshed", rows, ("", "source", "what", "file"), cells, form)
    return FAULT if any(item.state in ("failed", "left") for item in outcomes) else 0


def _with_times(row: dict[str, Any]) -> dict[str, Any]:
    from passplan.units import format_utc

    return {key: format_utc(value) if isinstance(value, datetime) else value for key, value in row.items()}


def _tell_faults(faults: Sequence[str], form: Form) -> None:
    shown = faults if form.verbose else faults[:MOST_FAULTS]
    for fault in shown:
        form.remark(fault)
    if len(shown) < len(faults):
        form.remark(f"and {len(faults) - len(shown)} faults more; -v lists them")


def _hand_out(
    key: str, rows: list[dict[str, Any]], heads: Sequence[str], cells: Sequence[Sequence[str]], form: Form
) -> None:
    """Print or write rows as a table, JSON, CSV or ECSV."""
    from passplan.mission.export import csv_text, ecsv_text, json_text
    from passplan.mission.files import write_file
    from passplan.mission.pass_rows import search_heading
    from passplan.report.console import table_text

    suffix = form.output.suffix.lower() if form.output else None
    flat = [{**row, "faults": len(row["faults"])} for row in rows]
    columns = {name: ["" if row[name] is None else row[name] for row in flat] for name in flat[0]} if flat else {}
    if form.as_json or suffix == ".json":
        text = json_text({**search_heading(), key: rows})
    elif form.as_csv or suffix == ".csv":
        text = csv_text(columns)
    elif form.as_ecsv or suffix == ".ecsv":
        text = ecsv_text(columns, meta=search_heading())
    else:
        text = table_text(heads, cells)
    if form.output is None:
        click.echo(text, nl=False)
    else:
        write_file(form.output, text)
        form.remark(f"wrote {form.output}")
