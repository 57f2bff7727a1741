"""From a scenario and its windows to the problem that a plan solves: terminals, quotas, weather and objective."""

from collections.abc import Sequence
from math import inf

import numpy as np

from passplan.mission.campaign_scenario import Aim, CampaignScenario, Quota
from passplan.schedule.fairness import FairShare
from passplan.schedule.objective import Objective, TotalKey
from passplan.schedule.relay_demand import PairDemand, Wish
from passplan.schedule.risk import NightlyChance, WorstShare
from passplan.schedule.weather import CloudTable
from passplan.schedule.weather_draws import draw_weathers
from passplan.schedule.window import Budget, Problem, Resource, Window

_SECONDS_PER_HOUR = 3600.0
_WEATHER_SEED = 1  # second word of the seed, so that weathers and tracking draw different numbers


def problem_of(scenario: CampaignScenario, windows: Sequence[Window]) -> Problem:
    """Problem of windows: the terminals of the scenario, and what a satellite may spend in a night."""
    satellites, stations = scenario.campaign.satellites, scenario.campaign.stations
    return Problem(
        windows=tuple(windows),
        satellites={name: _terminals(scenario, name) for name in satellites},
        stations={name: _terminals(scenario, name) for name in stations},
        budgets=_budgets(scenario, windows),
    )


def objective_of(scenario: CampaignScenario, windows: Sequence[Window], clouds: CloudTable) -> Objective:
    """What the plan makes the most of, in bit or as a chance [1]; weathers are drawn with the seed of the campaign."""
    aim = scenario.objective
    if aim.kind == "demand":
        wishes = [
            Wish(between=each.between, bits=inf if each.bits is None else each.bits, weight=each.weight)
            for each in scenario.demand
        ]
        return PairDemand(wishes=tuple(wishes), max_age_s=aim.relay_age_h * _SECONDS_PER_HOUR)
    if aim.kind == "fair":
        return FairShare(of=aim.fair_of)
    if aim.risk == "expected":
        return TotalKey()
    return _risk_of(aim, scenario, windows, clouds)


def _risk_of(aim: Aim, scenario: CampaignScenario, windows: Sequence[Window], clouds: CloudTable) -> Objective:
    clear = draw_weathers(
        windows,
        clouds,
        epoch_utc=scenario.campaign.start,
        weathers=aim.weathers,
        correlation_s=scenario.weather.correlation_h * _SECONDS_PER_HOUR,
        rng=np.random.default_rng([scenario.campaign.seed, _WEATHER_SEED]),
    )
    if aim.risk == "cvar":
        return WorstShare(clear=clear, worst_share=aim.worst_share)
    return NightlyChance(clear=clear, bits=aim.night_bits)


def _terminals(scenario: CampaignScenario, name: str) -> Resource:
    """Terminals of a satellite or station: what [contact] says, unless [terminals.NAME] says otherwise."""
    rules, own = scenario.contact, scenario.terminals.get(name)
    if own is None:
        return Resource(name=name, setup_s=rules.setup_s, slew_deg_s=rules.slew_deg_s)
    return Resource(
        name=name,
        terminals=own.count,
        setup_s=rules.setup_s if own.setup_s is None else own.setup_s,
        slew_deg_s=rules.slew_deg_s if own.slew_deg_s is None else own.slew_deg_s,
    )


def _budgets(scenario: CampaignScenario, windows: Sequence[Window]) -> tuple[Budget, ...]:
    """Quotas of each satellite in each night that has windows."""
    nights: dict[tuple[str, str], list[int]] = {}
    for place, window in enumerate(windows):
        nights.setdefault((window.satellite, window.night), []).append(place)
    found = []
    for (satellite, night), places in sorted(nights.items()):
        quota = scenario.quota_of.get(satellite, scenario.quota)
        at = f"of {satellite} in the night of {night}"
        if quota.passes is not None:
            uses = dict.fromkeys(places, 1.0)
            found.append(Budget(name=f"quota of passes {at}", limit=quota.passes, unit="passes", uses=uses))
        if quota.energy_wh is not None:
            uses = {place: _energy_wh(quota, windows[place]) for place in places}
            found.append(Budget(name=f"energy {at}", limit=quota.energy_wh, unit="W h", uses=uses))
    return tuple(found)


def _energy_wh(quota: Quota, window: Window) -> float:
    return quota.power_w * (window.duration_s + quota.warm_up_s) / _SECONDS_PER_HOUR
