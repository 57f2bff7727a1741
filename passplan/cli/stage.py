"""What the commands on one pass share: choose it, run it, hand out the part that was asked for."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form

if TYPE_CHECKING:
    from passplan.mission.result import PassPath, PassResult
    from passplan.mission.selection import Selection

SUFFIXES = (".json", ".csv", ".ecsv", ".png", ".svg", ".pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The part of a pass that a command shows.

    titles  : blocks of the human table
    keys    : sections of the document
    columns : beginnings of the names of the per-second columns; empty for all
    plots   : names of its plots, the first for ``-o file.png``
    """

    titles: tuple[str, ...]
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    plots: tuple[str, ...]


def again(options: dict[str, Any]) -> list[str]:
    """Words of the options that differ from what a command takes by itself, to repeat a run."""
    usual = {"min_elevation": 10.0, "max_age_days": 30.0}
    names = ("min_elevation", "max_age_days", "catalog", "disturbance", "visibility_km", "max_range_km", "proof")
    words = []
    for name in names:
        value = options.get(name)
        if value is not None and value != usual.get(name):
            words += [f"--{name.replace('_', '-')}", str(value)]  # str of a float keeps all its digits
    for start, stop in options.get("cloud", ()):
        words += ["--cloud", f"{start}:{stop}"]
    return words


def select(options: dict[str, Any]) -> "Selection":
    """Take PASS, or SATELLITE STATION --night DATE, out of a command's options and find the pass."""
    from passplan.mission.catalog import open_catalog
    from passplan.mission.selection import Limits, select_by_id, select_by_night

    what, night = options["what"], options["night"]
    limits = Limits(
        min_elevation_deg=options["min_elevation"],
        max_age_days=options["max_age_days"],
        max_sun_elevation_deg=options["max_sun_elevation"],
    )
    catalog = open_catalog(options["catalog"])
    if night is None:
        return select_by_id(catalog, what[0], limits=limits)
    satellite, station = what
    return select_by_night(catalog, satellite, station, night, limits=limits)


def run(
    options: dict[str, Any], form: Form, meanwhile: Callable[["PassPath"], None] = lambda path: None
) -> "PassResult":
    """Choose and simulate the pass of a command's options; meanwhile is called while the terminals are tracked."""
    form.allow(*SUFFIXES)
    if len(options["what"]) != (1 if options["night"] is None else 2):
        raise click.UsageError("give one PASS, or SATELLITE STATION with --night DATE")
    from passplan.cli.processes import tracking_process

    with busy("simulating the pass"), tracking_process() as executor:
        from passplan.mission.link import simulate_pass
        from passplan.mission.result import RunOptions
        from passplan.mission.summary import warnings_of

        selection = select(options)
        form.detail(f"read {', '.join(map(str, selection.files))}")
        if selection.others:
            form.remark(f"the night's highest pass is {selection.pass_.pass_id}; also {', '.join(selection.others)}")
        names = ("disturbance", "visibility_km", "max_range_km", "proof")
        settings = RunOptions(**{name: options[name] for name in names}, clouds_s=_joined(options.get("cloud", ())))
        result = simulate_pass(
            selection, seed=options["seed"], options=settings, executor=executor, meanwhile=meanwhile
        )
    for warning in warnings_of(result):
        form.remark(warning)
    return result


def _joined(spans: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Spans of time in order, those that overlap or touch made one."""
    joined: list[tuple[float, float]] = []
    for start, stop in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(stop, joined[-1][1])
        else:
            joined.append((start, stop))
    return tuple(joined)


def write_plots(pictures: Callable[[], Mapping[str, bytes]], folder: Path, form: Form) -> None:
    """Draw pictures and write each as a PNG file of its name into a folder."""
    from passplan.mission.files import folder_beside, write_file

    with busy("drawing"):
        drawn = pictures()
        with folder_beside(folder) as beside:
            for name, png in drawn.items():
                write_file(beside / f"{name}.png", png)
    form.remark(f"wrote {len(drawn)} plots to {folder}")


def exit_code(result: "PassResult", form: Form) -> int:
    """0, or 1 with a remark when no second of the pass can make key."""
    if result.mask.any():
        return 0
    nearest_km = float(result.track.range_km.min())
    form.remark(f"no second is in the key window ({result.window.rule}); the smallest range is {nearest_km:.1f} km")
    return 1


def hand_out(
    result: "PassResult", form: Form, part: Part, *, further: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """Print or write one part of a pass in the form that was asked for, with further sections of its document."""
    from passplan.mission.summary import summary

    document = {**summary(result), **further}
    if form.output is not None:
        write_output(result, document, form.output, part)
        form.remark(f"wrote {form.output}")
    elif form.as_json:
        click.echo(document_json(document, part), nl=False)
    elif form.as_csv or form.as_ecsv:
        click.echo(_table(result, part, ecsv=form.as_ecsv), nl=False)
    else:
        from passplan.report.console import sections_text
        from passplan.report.rows import sections

        click.echo(f"{result.pass_.pass_id}, seed {result.seed}")
        click.echo(sections_text(sections(document, part.titles)), nl=False)


def write_output(result: "PassResult", document: dict[str, Any], path: Path, part: Part) -> None:
    """Write one file whose suffix chooses the form."""
    from passplan.mission.files import write_file

    suffix = path.suffix.lower()
    if suffix == ".json":
        write_file(path, document_json(document, part))
    elif suffix in (".csv", ".ecsv"):
        write_file(path, _table(result, part, ecsv=suffix == ".ecsv"))
    else:
        from passplan.mission.validation import published_curves
        from passplan.report.drawing import draw

        write_file(path, draw(part.plots[0], result, published_curves(result), suffix[1:]))


@contextmanager
def busy(what: str) -> Iterator[None]:
    """A spinner on a terminal's stderr while something runs."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"passplan: {what}"):
        yield


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[float], None]]:
    """A bar on a terminal's stderr, which is told the share that is done."""
    if not sys.stderr.isatty():
        yield lambda share: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"passplan: {what}", total=1.0)
        yield lambda share: progress.update(task, completed=share)


def document_json(document: dict[str, Any], part: Part) -> str:
    """Text of the sections of a document that a part shows, under what every output carries."""
    from passplan.mission.export import json_text

    heading = (
        "schema_version",
        "passplan_version",
        "pass_id",
        "seed",
        "inputs",
        "element_set",
        "earth_orientation_date",
        "run",
        "warnings",
    )
    wanted = (*heading, *part.keys, "published")
    return json_text({key: value for key, value in document.items() if not part.keys or key in wanted})


def _table(result: "PassResult", part: Part, *, ecsv: bool) -> str:
    from passplan.mission.export import csv_text, ecsv_text, per_second, table_meta

    columns = per_second(result)
    if part.columns:
        columns = {name: values for name, values in columns.items() if name.startswith(("time_utc", *part.columns))}
    return ecsv_text(columns, meta=table_meta(result)) if ecsv else csv_text(columns)
