"""``passplan passes``: candidate passes with geometry and light."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form, Number, catalog_option, form_of, limit_options, output_options, sun_option
from passplan.cli.stage import busy, progress_bar
from passplan.errors import InputError, NothingFound

if TYPE_CHECKING:
    from passplan.mission.search import Field, Query
    from passplan.orbit.conditions import Conditions
    from passplan.orbit.passes import Pass

_TABLES = (".json", ".csv", ".ecsv")
_FORMATS = (".ics", ".czml", ".kml")
_WORTH_SHARING = 20_000.0  # days times pairs of satellite and station: some two seconds' work


@click.command()
@click.argument("satellites", nargs=-1, metavar="[SATELLITE]...")
@click.option("--station", "stations", multiple=True, help="Name, TOML file, or 'lat,lon,height'; may be repeated.")
@click.option(
    "--elements", multiple=True, type=click.Path(path_type=Path), help="File of element sets; may be repeated."
)
@click.option("--from", "start", metavar="TIME", help="Start, ISO 8601 with Z.")
@click.option("--days", type=Number(0.0, 13_000.0, "d", open_low=True), default=1.0, show_default=True, metavar="N")
@click.option("--night", metavar="DATE", help="Evening of one night at the station, instead of --from and --days.")
@limit_options
@click.option(
    "--max-range-km", type=Number(0.0, 1e6, "km", open_low=True), metavar="KM",
    help="A pass is the time with a range up to this, too.",
)  # fmt: skip
@click.option(
    "--min-duration", type=Number(0.0, 1e6, "s"), default=0.0, metavar="S", help="Shortest time of use."
)  # fmt: skip
@click.option("--refraction", type=click.Choice(["bennett"]), help="Elevations as seen through air; else geometric.")
@click.option("--any-light/--dark", default=False, help="Passes in twilight and daylight too.")
@sun_option
@click.option(
    "--satellite-light", multiple=True, type=click.Choice(["sunlit", "penumbra", "umbra"]),
    help="Light in which the satellite may be; may be repeated. Any by default.",
)  # fmt: skip
@click.option("--max-moon-elevation", type=Number(0.0, 90.0, "deg"), metavar="DEG", help="Moon no higher than this.")
@click.option(
    "--min-moon-separation", type=Number(0.0, 180.0, "deg"), metavar="DEG",
    help="Moon, while it is up, at least this far from the satellite.",
)  # fmt: skip
@click.option(
    "--max-moon-illumination", type=Number(0.0, 1.0, "of the disc"), metavar="SHARE",
    help="Moon, while it is up, lit no more than this.",
)  # fmt: skip
@click.option(
    "--min-sun-separation", type=Number(0.0, 180.0, "deg"), metavar="DEG",
    help="Sun at least this far from the satellite.",
)  # fmt: skip
@click.option("--explain", is_flag=True, help="List every pass above the horizon, and why it is usable or not.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes that share a large search; by default all cores.")
@click.option("--resume", is_flag=True, help="Go on with an interrupted search that writes the same -o FILE.csv.")
@catalog_option
@output_options
def command(**options: Any) -> None:
    """List the passes of satellites over stations, with geometry and light.

    Without a SATELLITE, all satellites with a payload in the catalogue or, with --elements, all objects of the files.
    Without --station, all stations of the catalogue. By default only passes with some time in the dark. -o FILE.csv is
    written as the search goes, and can be resumed; -o also takes .json .ecsv .ics .czml .kml.
    """
    form = form_of(options)
    form.allow(*_TABLES, *(() if options["explain"] else _FORMATS))
    if (options["night"] is None) == (options["start"] is None):
        raise click.UsageError("give --from TIME with --days N, or --night DATE")
    from passplan.mission.search import prepare

    query = _query(options)
    with busy("reading element sets"):
        field = prepare(query)
    for remark in field.remarks:
        form.remark(remark)
    processes = _processes(options["jobs"], query, field)
    if options["explain"]:
        if options["resume"]:
            raise click.UsageError("--explain cannot be resumed")
        _explain(query, field, form, processes)
        return
    if options["resume"] and not _is_long(form, query):
        raise click.UsageError("--resume needs -o FILE.csv and --from")
    if _is_long(form, query):
        _write_long(query, field, form, processes, resume=options["resume"])
    else:
        _list(query, field, form, processes)


def _query(options: dict[str, Any]) -> "Query":
    from passplan.mission.search import Query
    from passplan.units import parse_utc

    return Query(
        satellites=options["satellites"],
        stations=options["stations"],
        element_files=options["elements"],
        start=parse_utc(options["start"], what="--from") if options["start"] else None,
        length=timedelta(days=options["days"]),
        night=options["night"],
        conditions=_conditions(options),
        max_age_days=options["max_age_days"],
        catalog_folder=options["catalog"],
    )


def _conditions(options: dict[str, Any]) -> "Conditions":
    from passplan.orbit.conditions import SATELLITE_LIGHTS, Conditions

    return Conditions(
        min_elevation_deg=options["min_elevation"],
        max_range_km=options["max_range_km"],
        min_duration_s=options["min_duration"],
        refraction=options["refraction"],
        max_sun_elevation_deg=None if options["any_light"] else options["max_sun_elevation"],
        satellite_light=frozenset(options["satellite_light"] or SATELLITE_LIGHTS),
        max_moon_elevation_deg=options["max_moon_elevation"],
        min_moon_separation_deg=options["min_moon_separation"],
        max_moon_illumination=options["max_moon_illumination"],
        min_sun_separation_deg=options["min_sun_separation"],
    )


def _processes(jobs: int | None, query: "Query", field: "Field") -> int:
    """Processes asked for; by default all cores for work of more than some seconds."""
    from passplan.cli.processes import AS_PROGRAM

    if jobs is not None:
        return jobs
    pair_days = sum(
        len(field.histories) * len(stations) * (last - first) / timedelta(days=1)
        for (first, last), stations in field.windows.items()
    )
    ours = click.get_current_context().find_root().obj == AS_PROGRAM
    return (os.cpu_count() or 1) if ours and pair_days > _WORTH_SHARING else 1


def _is_long(form: Form, query: "Query") -> bool:
    """Whether the passes go to a CSV file window by window."""
    return form.output is not None and form.output.suffix.lower() == ".csv" and query.start is not None


def _write_long(query: "Query", field: "Field", form: Form, processes: int, *, resume: bool) -> None:
    from passplan.mission.long_search import write_search

    if form.output is None:
        raise InputError("a long search needs -o FILE.csv")
    with progress_bar("searching for passes") as progress:
        try:
            outcome = write_search(form.output, query, field, processes=processes, resume=resume, progress=progress)
        except KeyboardInterrupt:
            form.remark(
                "the same command with --resume goes on after the last window that was written, if there is one"
            )
            raise
    for remark in outcome.remarks:
        form.remark(remark)
    form.remark(f"wrote {form.output}")
    _none_found(outcome.passes)


def _list(query: "Query", field: "Field", form: Form, processes: int) -> None:
    from passplan.mission.search import Ages, check_found, failure_reasons, failure_remarks, search

    passes: list[Pass] = []
    ages = Ages(query.max_age_days)
    reasons: dict[str, str] = {}
    total = sum((last - first) / timedelta(days=1) for first, last in field.windows)
    done = 0.0
    with progress_bar("searching for passes") as progress:
        for part in search(query, field, processes=processes):
            passes += ages.young(part.passes)
            reasons |= failure_reasons(part.failures)
            done += (part.end_utc - part.start_utc) / timedelta(days=1)
            progress(done / total)
    check_found(field, len(passes), reasons)
    said = (*ages.remarks(), *failure_remarks(reasons))
    for remark in said:
        form.remark(remark)
    passes.sort(key=lambda item: (item.rise_utc, item.satellite, item.station))
    _hand_out(passes, query, form, (*field.remarks, *said))
    _none_found(len(passes))


def _none_found(count: int) -> None:
    if not count:
        raise NothingFound("no pass in this time that meets the conditions; --explain tells why")


def _hand_out(passes: "list[Pass]", query: "Query", form: Form, remarks: tuple[str, ...]) -> None:
    """Print or write the passes."""
    suffix = form.output.suffix.lower() if form.output else None
    if suffix in _FORMATS:
        from passplan.mission.outgoing import export_passes

        _none_found(len(passes))
        _give(form, lambda: export_passes(passes, suffix.removeprefix("."), created_utc=datetime.now(UTC)))
        return
    from passplan.mission.long_search import columns
    from passplan.mission.pass_rows import pass_rows

    _give(form, lambda: _text({"passes": pass_rows(passes), "remarks": remarks}, columns(query), form, suffix))


def _give(form: Form, text: Callable[[], str]) -> None:
    from passplan.mission.files import write_file

    if form.output is None:
        click.echo(text(), nl=False)
    else:
        write_file(form.output, text())
        form.remark(f"wrote {form.output}")


def _text(document: dict[str, Any], names: tuple[str, ...], form: Form, suffix: str | None) -> str:
    """Document as JSON, or its passes as a table."""
    from passplan.mission.export import csv_text, ecsv_text, json_text
    from passplan.mission.pass_rows import columns_of, search_heading

    rows = document["passes"]
    if form.as_json or suffix == ".json":
        return json_text({**search_heading(), **document})
    if form.as_csv or suffix == ".csv":
        return csv_text(columns_of(rows, names))
    if form.as_ecsv or suffix == ".ecsv":
        return ecsv_text(columns_of(rows, names), meta=search_heading())
    from passplan.report.console import passes_text

    return passes_text(rows)


def _explain(query: "Query", field: "Field", form: Form, processes: int) -> None:
    """Print why each pass is usable or not, and the sum of it."""
    from passplan.mission.explanation import summary
    from passplan.mission.search import check_found, explained, failure_remarks
    from passplan.report.console import explanations_text

    with busy("searching for passes"):
        rows, ages, reasons = explained(query, field, processes=processes)
    check_found(field, len(rows), reasons)
    said = (*ages.remarks(), *failure_remarks(reasons))
    for remark in said:
        form.remark(remark)
    table = [
        {"pass_id": row.pass_.pass_id, "usable": row.is_usable, "kind": row.kind, "value": row.value, "text": row.text}
        for row in rows
    ]
    suffix = form.output.suffix.lower() if form.output else None
    names = ("pass_id", "usable", "kind", "value", "text")
    if form.as_json or form.as_csv or form.as_ecsv or suffix:
        document = {"passes": table, "summary": summary(rows), "remarks": (*field.remarks, *said)}
        _give(form, lambda: _text(document, names, form, suffix))
    else:
        more = "" if not ages.left_out else f"; {sum(ages.left_out.values())} more follow from sets that are too old"
        _give(form, lambda: explanations_text(rows) + summary(rows) + more + "\n")
    if not any(row.is_usable for row in rows):
        raise NothingFound("no pass in this time that meets the conditions")
