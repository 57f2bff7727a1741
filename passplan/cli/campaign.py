"""``passplan campaign``: find, plan and simulate all passes of a scenario, in a folder that can be gone on with."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.campaign_options import hand_out_plan, loaded_of, scenario_options, standing_plan, workers
from passplan.cli.options import Form, form_of, output_options
from passplan.cli.stage import progress_bar

if TYPE_CHECKING:
    from passplan.mission.campaign import Shard
    from passplan.mission.campaign_run import CampaignResult

_UNFINISHED = 1


class ShardOf(click.ParamType):
    """I/N: the I-th of N parts."""

    name = "shard"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Shard":
        """Part of a text."""
        from passplan.mission.campaign import Shard

        number, _, of = str(value).partition("/")
        if not (
            number.isascii() and of.isascii() and number.isdigit() and of.isdigit() and 1 <= int(number) <= int(of)
        ):
            self.fail(f"{value!r} is not I/N with 1 <= I <= N, as 2/4", param, ctx)
        return Shard(number=int(number), of=int(of))


@click.command()
@scenario_options
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where records, command files and the report go; by default passplan-NAME.",
)
@click.option("--resume", is_flag=True, help="Go on with what an earlier run left in the folder.")
@click.option("--shard", type=ShardOf(), metavar="I/N", help="Simulate the I-th of N parts of the passes.")
@output_options
def command(scenario: Path, folder: Path | None, resume: bool, shard: "Shard | None", **options: Any) -> int:
    """Find, plan and simulate the passes of a campaign, and write a report with the command files of each.

    What is done stands in the folder as it is done: a run that was stopped at any moment goes on with --resume, and
    ends the same, whatever the number of --jobs. Exit code 1 when passes are left for other shards, or failed, or when
    none is flown.
    """
    form = form_of(options)
    form.allow(".json", ".csv", ".ics", ".html", ".png", ".svg", ".pdf")
    if form.as_ecsv:
        raise click.UsageError("a campaign is handed out as --json, --csv or -o FILE")
    from passplan.mission.campaign_binding import require_flown
    from passplan.mission.task_store import opened_store
    from passplan.orbit.satellite_pass import slug

    loaded, catalog = loaded_of(scenario, options, form)
    folder = folder or Path(f"passplan-{slug(loaded.scenario.campaign.name)}")
    _refuse_used(folder, resume)
    former = standing_plan(options, loaded)
    with opened_store(folder) as store, progress_bar("simulating") as bar:
        from passplan.mission.campaign_run import run_campaign
        from passplan.report.plan_files import write_campaign

        result = run_campaign(
            loaded,
            catalog,
            store,
            jobs=workers(options["jobs"]),
            shard=shard,
            former=former,
            tell=form.detail,
            progress=lambda done, of: bar(done / of if of else 1.0),
        )
        write_campaign(result.document, folder)
    hand_out_plan(result.document, form)
    form.remark(f"wrote {folder}/report.html, plan.json, timetable.csv, timetable.ics and the files of each pass")
    require_flown(len(result.found.plan.timetable.contacts), result.found.refusals.values())
    return _exit_code(result, form)


def _refuse_used(folder: Path, resume: bool) -> None:
    """Keep an earlier run from being mixed with another by mistake."""
    from passplan.errors import InputError

    if not resume and (folder / "tasks").is_dir() and any((folder / "tasks").iterdir()):
        raise InputError(f"{folder}: holds an earlier run; --resume goes on with it, --folder names another place")


def _exit_code(result: "CampaignResult", form: Form) -> int:
    """0, or 1 with a remark when passes are not simulated yet or failed."""
    faults = {name: each["fault"] for name, each in result.outcomes.items() if each is not None and each["fault"]}
    for name, fault in faults.items():
        form.remark(f"{name} failed: {fault}")
    left = sum(each is None for each in result.outcomes.values())
    if left:
        form.remark(f"{left} of {len(result.outcomes)} passes are left for other shards; --resume puts all together")
    return _UNFINISHED if left or faults else 0
