"""What ``plan`` and ``campaign`` share: the scenario with what its options change, and a plan that stands."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form, Number, catalog_option, chain

if TYPE_CHECKING:
    from passplan.mission.campaign_former import Former
    from passplan.mission.catalog import Catalog
    from passplan.mission.scenario_files import Loaded

scenario_options: Callable[[Any], Any] = chain(
    click.argument("scenario", type=click.Path(dir_okay=False, path_type=Path), metavar="SCENARIO"),
    click.option("--objective", type=click.Choice(["sum", "fair", "demand"]), help="Instead of the scenario's."),
    click.option("--risk", type=click.Choice(["expected", "cvar", "chance"]), help="Instead of the scenario's."),
    click.option(
        "--time-limit", type=Number(0.0, 1e6, "s", open_low=True), metavar="S", help="For the solver; as the scenario."
    ),
    click.option(
        "--former", type=click.Path(dir_okay=False, path_type=Path), metavar="PLAN.json",
        help="A plan that stands, to be changed.",
    ),
    click.option("--freeze-until", metavar="TIME", help="Keep what the former plan flies before, ISO 8601 with Z."),
    click.option("--max-changes", type=click.IntRange(min=0), help="Most contacts added to it or dropped."),
    click.option(
        "--change-cost", type=Number(0.0, 1e15, "bit"), default=0.0, metavar="BIT", help="What each change costs."
    ),
    click.option("--jobs", type=click.IntRange(1, 256), help="Processes; by default all cores."),
    catalog_option,
)  # fmt: skip


def loaded_of(path: Path, options: dict[str, Any], form: Form) -> "tuple[Loaded, Catalog]":
    """Scenario of a file with the options of the command, and the catalogue; remarks go to stderr."""
    from passplan.mission.catalog import open_catalog
    from passplan.mission.scenario_files import load_scenario, with_aim

    catalog = open_catalog(options["catalog"])
    loaded = load_scenario(path, catalog)
    names = {"objective": "kind", "risk": "risk", "time_limit": "time_limit_s"}
    changes = {key: options[name] for name, key in names.items() if options[name] is not None}
    if changes:
        loaded = with_aim(loaded, **changes)
    for remark in loaded.remarks:
        form.remark(remark)
    return loaded, catalog


def standing_plan(options: dict[str, Any], loaded: "Loaded") -> "Former | None":
    """The plan that stands, of --former, and how far it may be changed."""
    from passplan.mission.campaign_former import former_of
    from passplan.units import parse_utc

    path, until = options["former"], options["freeze_until"]
    if path is None:
        given = [name for name in ("freeze_until", "max_changes") if options[name] is not None]
        if given or options["change_cost"]:
            name = (given or ["change_cost"])[0].replace("_", "-")
            raise click.UsageError(f"--{name} needs --former PLAN.json")
        return None
    return former_of(
        path,
        loaded,
        frozen_until_utc=parse_utc(until, what="--freeze-until") if until is not None else None,
        most_changes=options["max_changes"],
        change_cost_bits=options["change_cost"],
    )


def workers(jobs: int | None) -> int:
    """Number of processes: as asked, else one a core."""
    return jobs or os.cpu_count() or 1


def hand_out_plan(document: dict[str, Any], form: Form, *, explain: bool = False) -> None:
    """Print or write the document of a plan or a campaign in the form that was asked for."""
    from passplan.mission.export import json_text
    from passplan.mission.files import write_file
    from passplan.report.plan_files import plan_bytes
    from passplan.report.plan_sheet import plan_text

    if form.output is not None:
        write_file(form.output, plan_bytes(document, form.output.suffix.lower()))
        form.remark(f"wrote {form.output}")
    elif form.as_json:
        click.echo(json_text(document), nl=False)
    elif form.as_csv:
        click.echo(plan_bytes(document, ".csv").decode(), nl=False)
    else:
        click.echo(plan_text(document, explain=explain), nl=False)
