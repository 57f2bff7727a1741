"""``passplan export``: passes as calendar, ephemeris, scene or table for other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Number, catalog_option, limit_options
from passplan.cli.stage import busy
from passplan.errors import InputError

if TYPE_CHECKING:
    from passplan.orbit.passes import Pass

FORMAT_NAMES = ("cpf", "csv", "czml", "ecsv", "hwp", "ics", "json", "kml", "mount", "oem")


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="PASS...")
@click.option(
    "--format", "format_name", type=click.Choice(FORMAT_NAMES), metavar="|".join(FORMAT_NAMES),
    help="Format; by default the suffix of -o FILE.",
)  # fmt: skip
@click.option(
    "-o", "--output", metavar="FILE|FOLDER/", help="Write to a file; a folder (with a slash) gets one file a PASS."
)
@click.option(
    "--step", type=Number(0.0, 86_400.0, "s", open_low=True), metavar="S",
    help="Seconds between samples; by default 1 for mount and hwp, 60 for cpf, else 10.",
)  # fmt: skip
@click.option(
    "--elements", multiple=True, type=click.Path(path_type=Path),
    help="File of element sets that holds the satellites, instead of the catalogue; may be repeated.",
)  # fmt: skip
@click.option(
    "--station", "stations", multiple=True,
    help="TOML file or 'lat,lon,height' of a station that the catalogue does not hold; may be repeated.",
)  # fmt: skip
@limit_options
@catalog_option
@click.option("--quiet", is_flag=True, help="No remarks on stderr.")
def command(**options: Any) -> None:
    """Write passes for other programs.

    Any passes: ics, a calendar (RFC 5545); czml and kml, a moving scene for Cesium or Google Earth; csv, ecsv and json,
    the columns of 'passplan passes'.

    Passes of one satellite: oem, states in GCRF (CCSDS 502.0-B-2); cpf, body-fixed positions for laser ranging (ILRS,
    version 2).

    One pass: mount, azimuth, elevation, rates and range against time, without refraction; hwp, the angles and rates of
    the station's wave plates, for a satellite and a station with a file in the catalogue.

    Several PASSes go into one file where it can hold them; -o FOLDER/ writes one file a PASS. Without -o the text goes
    to stdout.
    """
    chosen = _format_name(options["format_name"], options["output"])
    target = None if options["output"] is None else Path(options["output"])
    one_each = target is not None and (options["output"].endswith("/") or target.is_dir())
    _check_target(target, one_each)
    with busy("searching for the passes"):
        passes = _passes(options)
    for remark in _warnings(passes, options["max_age_days"]):
        _remark(remark, options)
    with busy("writing"):
        texts = _command_texts if chosen == "hwp" else _texts
        for path, text in texts(passes, chosen, options, one_each):
            _put(text, target, path, options)


def _format_name(name: str | None, output: str | None) -> str:
    """Format that was asked for, by name or by the suffix of the file."""
    if name is not None:
        return name
    suffix = Path(output or "").suffix.lower().removeprefix(".")
    if suffix not in FORMAT_NAMES:
        raise click.UsageError(f"give --format, or -o FILE with a suffix: {', '.join(FORMAT_NAMES)}")
    return suffix


def _check_target(target: Path | None, one_each: bool) -> None:
    """Refuse a place that cannot be written, before any work is spent on it."""
    from passplan.mission.files import check_folder

    if target is None:
        return
    if one_each:
        check_folder(target)
    elif not target.parent.is_dir():
        raise InputError(f"{target}: cannot be written: there is no folder {target.parent}")


def _passes(options: dict[str, Any]) -> "list[Pass]":
    from passplan.mission.catalog import open_catalog
    from passplan.mission.search import load_stations
    from passplan.mission.selection import Limits, find_pass

    limits = Limits(min_elevation_deg=options["min_elevation"], max_age_days=options["max_age_days"])
    catalog = open_catalog(options["catalog"])
    stations = load_stations(catalog, options["stations"]) if options["stations"] else []
    return [
        find_pass(catalog, text, element_files=options["elements"], stations=stations, limits=limits)
        for text in options["what"]
    ]


def _warnings(passes: "list[Pass]", max_age_days: float) -> list[str]:
    from passplan.orbit.elements import trusted

    told = [text for item in passes for text in trusted(item.elements, item.culmination_utc, max_age_days=max_age_days)]
    return list(dict.fromkeys(told))


def _command_texts(passes: "list[Pass]", chosen: str, options: dict[str, Any], one_each: bool) -> list[tuple[str, str]]:
    """Names and texts of the command files, one a pass."""
    from datetime import UTC, datetime

    from passplan.mission.catalog import open_catalog
    from passplan.mission.outgoing import export_commands
    from passplan.mission.selection import selection_of

    different = {item.pass_id: item for item in passes}
    if len(different) > 1 and not one_each:
        raise InputError(f"a {chosen} file holds one pass, not {len(different)}: write a file for each, -o FOLDER/")
    now, catalog = datetime.now(UTC), open_catalog(options["catalog"])
    return [
        (
            f"{name.replace('/', '_')}.{chosen}" if one_each else "",
            export_commands(
                selection_of(catalog, item, station_files=options["stations"]),
                chosen,
                created_utc=now,
                step_s=options["step"],
            ),
        )
        for name, item in different.items()
    ]


def _texts(passes: "list[Pass]", chosen: str, options: dict[str, Any], one_each: bool) -> list[tuple[str, str]]:
    """Names and texts of the files; all are made before any is written."""
    from datetime import UTC, datetime

    from passplan.mission.outgoing import FORMATS, export_passes

    now, step_s = datetime.now(UTC), options["step"]
    if not one_each:
        return [("", export_passes(passes, chosen, created_utc=now, step_s=step_s))]
    return [
        (
            item.pass_id.replace("/", "_") + FORMATS[chosen].suffix,
            export_passes([item], chosen, created_utc=now, step_s=step_s),
        )
        for item in {item.pass_id: item for item in passes}.values()
    ]


def _put(text: str, target: Path | None, name: str, options: dict[str, Any]) -> None:
    from passplan.mission.files import write_file

    if target is None:
        click.echo(text.encode(), nl=False)  # bytes, so that no line ending changes
        return
    path = target / name if name else target
    if name:
        target.mkdir(parents=True, exist_ok=True)
    write_file(path, text)
    _remark(f"wrote {path}", options)


def _remark(text: str, options: dict[str, Any]) -> None:
    if not options["quiet"]:
        click.echo(f"passplan: {text}", err=True)
