"""A campaign planned: candidates, expected keys, windows, the best timetable, and why every other pass is not in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from passplan.errors import NothingFound
from passplan.mission.calendar_rules import calendar_of
from passplan.mission.campaign_binding import why_nothing
from passplan.mission.campaign_candidates import Candidate, Candidates, find_candidates
from passplan.mission.campaign_former import Former, not_among, standing_windows, with_former
from passplan.mission.campaign_problem import objective_of, problem_of
from passplan.mission.campaign_windows import Offer, Remake, offer_of
from passplan.mission.catalog import Catalog
from passplan.mission.plan_record import Solve
from passplan.mission.planned_calibration import Calibration
from passplan.mission.planned_key import PlannedProfile
from passplan.mission.planned_pairs import Pair, calibrations_of, pairs_of
from passplan.mission.planned_profiles import profiles_of
from passplan.mission.scenario_files import Loaded
from passplan.schedule.planner import Plan, plan
from passplan.schedule.trimming import variants_of_all
from passplan.schedule.verdict import Refusal, refusals_of
from passplan.schedule.weather_draws import with_weather
from passplan.schedule.window import Problem, Window

Tell = Callable[[str], None]
Calibrations = Mapping[tuple[str, str], Calibration]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prospect:
    """What a campaign can choose from: everything that does not depend on weather or objective.

    loaded : the scenario
    candidates : all passes
    pairs : satellites and stations with the records that their passes share
    calibrations : by the names of satellite and station
    profiles : expected counts along each usable candidate, in their order
    offer : windows, and why other passes have none
    """

    loaded: Loaded
    candidates: Candidates
    pairs: tuple[Pair, ...]
    calibrations: Calibrations
    profiles: tuple[PlannedProfile, ...]
    offer: Offer

    @property
    def epoch_utc(self) -> datetime:
        """Instant from which the seconds of the windows count."""
        return self.loaded.scenario.campaign.start


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CampaignPlan:
    """The plan of a campaign.

    prospect : what was chosen from
    problem : windows with weather and trimmed variants, terminals, budgets
    plan : the timetable and its proof
    refusals : why each contact that has a window and is not flown is not, by its id
    """

    prospect: Prospect
    problem: Problem
    plan: Plan
    refusals: Mapping[str, Refusal]

    def reason_of(self, candidate: Candidate) -> str:
        """Why a pass is not flown, in words; empty for one that is."""
        name = candidate.pass_.pass_id
        if name in self.refusals:
            return self.refusals[name].text
        return self.prospect.offer.refused.get(name, "")


def prospect_of(
    loaded: Loaded,
    catalog: Catalog,
    *,
    jobs: int = 1,
    tell: Tell = lambda text: None,
    kept: Callable[[Callable[[], Calibrations]], Calibrations] = lambda make: make(),
) -> Prospect:
    """Candidates of a scenario with their expected keys.

    Parameters
    ----------
    loaded : Loaded
        The scenario.
    catalog : Catalog
        Its satellites and stations.
    jobs : int
        Processes that share the work, >= 1; the result does not depend on it.
    tell : callable
        Told what is done next.
    kept : callable
        Given what makes the calibrations, returns them, made now or earlier.

    Raises
    ------
    PassplanError
        As the stages do.
    """
    scenario = loaded.scenario
    tell("searching passes")
    candidates = find_candidates(scenario, catalog, folder=loaded.folder, jobs=jobs)
    pairs = pairs_of(scenario, catalog, candidates.usable, folder=loaded.folder)
    tell("tracking a few passes of each pair in full")
    calibrations = kept(partial(calibrations_of, scenario, pairs, jobs=jobs))
    tell(f"expected key of {len(candidates.usable)} passes")
    profiles = profiles_of(scenario, pairs, calibrations, jobs=jobs)
    return Prospect(
        loaded=loaded,
        candidates=candidates,
        pairs=pairs,
        calibrations=calibrations,
        profiles=profiles,
        offer=offer_of(scenario, loaded.stations, candidates, profiles),
    )


def plan_campaign(
    prospect: Prospect,
    *,
    former: Former | None = None,
    tell: Tell = lambda text: None,
    kept: Callable[[Solve], Solve] = lambda solve: solve,
) -> CampaignPlan:
    """Best timetable of a campaign, and the reason of every pass that is not in it.

    Parameters
    ----------
    prospect : Prospect
        What can be flown; its scenario may have got another objective, demand, weather or quota since.
    former : Former, optional
        A plan that stands.
    tell : callable
        Told what is done next.
    kept : callable
        Given the solver, returns one that finds earlier plans again (see `plan_record`).

    Raises
    ------
    NothingFound
        If no pass can be flown; the rule that binds is named.
    NoPlan
        If what is frozen contradicts the limits.
    """
    if not prospect.offer.windows:
        raise NothingFound(why_nothing(prospect.loaded, prospect.candidates, prospect.profiles))
    scenario = prospect.loaded.scenario
    windows = list(prospect.offer.windows)
    if scenario.contact.trim:
        tell("trimming passes that overlap")
        windows = _with_variants(prospect, windows)
    stands: tuple[Window, ...] = ()
    if former is not None:
        stands = standing_windows(former, scenario, prospect.loaded.stations, prospect.profiles, offer=prospect.offer)
        windows += not_among(stands, windows)
    clouds = prospect.loaded.clouds.over(scenario.campaign.start, scenario.campaign.end)
    weathered = with_weather(windows, clouds, epoch_utc=prospect.epoch_utc)
    problem = problem_of(scenario, weathered)
    if former is not None:
        problem = with_former(problem, former, stands, epoch_utc=prospect.epoch_utc)
    objective = objective_of(scenario, weathered, clouds)
    tell(f"choosing among {len(weathered)} windows")
    aim = scenario.objective
    solve = kept(partial(plan, time_limit_s=aim.time_limit_s, gap=aim.gap))
    found = solve(problem, objective)
    refusals = {refusal.contact: refusal for refusal in refusals_of(problem, found, objective)}
    return CampaignPlan(prospect=prospect, problem=problem, plan=found, refusals=refusals)


def _with_variants(prospect: Prospect, windows: list[Window]) -> list[Window]:
    scenario = prospect.loaded.scenario
    remake = Remake(scenario, prospect.profiles, calendar_of(scenario))
    plain = problem_of(scenario, windows)
    least_s = scenario.contact.min_length_s
    return list(variants_of_all(windows, plain.satellites, plain.stations, remake.many, min_length_s=least_s))
