"""``passplan plan``: the best timetable of a campaign, and why every other pass is not in it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.campaign_options import hand_out_plan, loaded_of, scenario_options, standing_plan, workers
from passplan.cli.options import Form, form_of, output_options
from passplan.cli.stage import busy

if TYPE_CHECKING:
    from passplan.mission.campaign_former import Former
    from passplan.mission.campaign_plan import CampaignPlan

_SUFFIXES = (".json", ".csv", ".ics", ".html", ".png", ".svg", ".pdf")


@click.command()
@scenario_options
@click.option("--explain", is_flag=True, help="List every pass that is not flown, and why.")
@output_options
def command(scenario: Path, explain: bool, **options: Any) -> None:
    """Choose the passes of a campaign to fly: the best timetable, its proof, and the reason of every pass left out.

    SCENARIO is a TOML file (`passplan init scenario` writes one). Nothing is simulated in full but a few passes that
    tell how the terminals point. -o takes .json (for --former and other programs), .csv, .ics (calendar), .html
    (report) and .png .svg .pdf (timeline).
    """
    form = form_of(options)
    form.allow(*_SUFFIXES)
    if form.as_ecsv:
        raise click.UsageError("a plan is handed out as --json, --csv or -o FILE")
    from passplan.mission.campaign_binding import require_flown
    from passplan.mission.plan_document import plan_document

    found = planned(scenario, options, form)
    hand_out_plan(plan_document(found), form, explain=explain)
    require_flown(len(found.plan.timetable.contacts), found.refusals.values())


def planned(path: Path, options: dict[str, Any], form: Form) -> "CampaignPlan":
    """Plan of a scenario file, with the options of the command."""
    from passplan.mission.campaign_plan import plan_campaign, prospect_of

    loaded, catalog = loaded_of(path, options, form)
    former: Former | None = standing_plan(options, loaded)
    with busy("planning"):
        prospect = prospect_of(loaded, catalog, jobs=workers(options["jobs"]), tell=form.detail)
        return plan_campaign(prospect, former=former, tell=form.detail)
