"""Demands of a scenario that contradict each other or lead to nothing, each with the place where it stands."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from passplan.checks import nearest_spelling
from passplan.detection.source import Source
from passplan.mission.calendar_rules import closed_by_hours, may_end_stretches
from passplan.mission.campaign_scenario import Aim, CampaignScenario, Closure, Quota
from passplan.mission.key_lines import Place
from passplan.mission.scenario_names import EVERYTHING, Names
from passplan.orbit.earth import EPHEMERIS_END, EPHEMERIS_START
from passplan.orbit.satellite_pass import slug
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.key_length import PROOFS, suitable_proofs
from passplan.schedule.calendar import left_of
from passplan.units import format_utc, seconds_between

LONGEST_DAYS = 3653  # ten years: beyond it every element set and every forecast is a guess
Told = tuple[Place, str]
Rule = Callable[[CampaignScenario], Iterator[Told]]


def sense_faults(
    scenario: CampaignScenario, names: Names, *, skipped: frozenset[str] = frozenset()
) -> dict[Place, str]:
    """Faults between the values of a scenario by their places; tables that are faulty in themselves are ``skipped``."""
    rules: dict[tuple[str, ...], Rule] = {
        ("campaign",): _span_faults,
        ("closed", "campaign"): partial(_closure_faults, names=names),
        ("hours", "campaign"): _hours_faults,
        ("classical", "campaign"): partial(_classical_faults, names=names),
        ("demand",): _demand_faults,
        ("objective", "demand"): lambda each: _placed(aim_faults(each.objective, pairs=len(each.demand))),
        ("quota", "quota_of", "contact"): _quota_faults,
        ("key",): partial(_key_faults, names=names),
    }
    faults: dict[Place, str] = {}
    for tables, rule in rules.items():
        if not skipped.intersection(tables):
            faults.update(rule(scenario))
    return faults


def aim_faults(aim: Aim, *, pairs: int) -> dict[str, str]:
    """What an objective asks for that is not there, by its key; ``pairs`` is the number of pairs with a demand."""
    faults = {}
    if aim.risk != "expected" and aim.kind != "sum":
        faults["risk"] = (
            f"objective.risk is {aim.risk!r}, must be 'expected' with kind = {aim.kind!r}: "
            "risk is weighed with the sum of the keys alone"
        )
    if aim.risk == "chance" and aim.night_bits == 0.0:
        faults["night_bits"] = "objective.night_bits is 0 bit, must be > 0 bit with risk = 'chance'"
    if aim.kind == "demand" and not pairs:
        faults["kind"] = "objective.kind is 'demand', but there is no pair of stations: write a table [[demand]]"
    return faults


def remarks_of(scenario: CampaignScenario) -> tuple[str, ...]:
    """What a scenario says to no effect, in words."""
    told = []
    if scenario.demand and scenario.objective.kind != "demand":
        told.append(f"[[demand]] has no effect with objective.kind = {scenario.objective.kind!r}")
    for name, quota in _quotas(scenario):
        if quota.energy_wh is None and quota.power_w:
            told.append(f"[{name}]: power_w has no effect without energy_wh")
    span = scenario.campaign
    for index, closure in enumerate(scenario.closed, 1):
        if closure.end <= span.start or closure.start >= span.end:
            told.append(f"closed[{index}] lies outside the span of [campaign]")
    return tuple(told)


def _placed(by_key: dict[str, str]) -> Iterator[Told]:
    yield from ((("objective", key), text) for key, text in by_key.items())


def _span_faults(scenario: CampaignScenario) -> Iterator[Told]:
    span = scenario.campaign
    if not span.name.strip() or not span.name.isprintable():
        yield ("campaign", "name"), f"campaign.name is {span.name!r}, must be one line of text that is not empty"
    for key, written in (("satellites", span.satellites), ("stations", span.stations)):
        if not written:
            yield ("campaign", key), f"campaign.{key} is empty, must hold one name at least"
    ephemeris = f"the ephemeris of the Sun, {format_utc(EPHEMERIS_START)} to {format_utc(EPHEMERIS_END)}"
    for key, when in (("start", span.start), ("end", span.end)):
        if not EPHEMERIS_START <= when <= EPHEMERIS_END:
            yield ("campaign", key), f"campaign.{key} is {format_utc(when)}, must lie within {ephemeris}"
    if span.end <= span.start:
        yield ("campaign", "end"), _order("campaign", span.start, span.end)
    elif span.end - span.start > timedelta(days=LONGEST_DAYS):
        days = (span.end - span.start).days
        yield ("campaign", "end"), f"campaign.end is {days} d after start, must be at most {LONGEST_DAYS} d"


def _order(table: str, start: datetime, end: datetime) -> str:
    return f"{table}.end is {format_utc(end)}, must be after start, {format_utc(start)}"


def _closure_faults(scenario: CampaignScenario, *, names: Names) -> Iterator[Told]:
    span = scenario.campaign
    for index, closure in enumerate(scenario.closed):
        table, label = ("closed", index), f"closed[{index + 1}]"
        if closure.end <= closure.start:
            yield (*table, "end"), _order(label, closure.start, closure.end)
        if closure.min_elevation_deg >= closure.max_elevation_deg:
            yield (
                (*table, "max_elevation_deg"),
                (
                    f"{label}.max_elevation_deg is {closure.max_elevation_deg:g} deg, "
                    f"must be above min_elevation_deg, {closure.min_elevation_deg:g} deg"
                ),
            )
        if closure.min_azimuth_deg == closure.max_azimuth_deg:
            yield (
                (*table, "max_azimuth_deg"),
                (f"{label}.max_azimuth_deg is {closure.max_azimuth_deg:g} deg as min_azimuth_deg, must differ"),
            )
        if names.find(closure.of, ("satellite",)) and not closure.is_of_all_the_sky:
            yield (*table, "of"), f"{label}.of is {closure.of!r}, a satellite, but part of the sky is a station's"
        covers = closure.start <= span.start < span.end <= closure.end
        if covers and closure.is_of_all_the_sky and _leaves_none(closure, names):
            yield (
                (*table, "of"),
                f"{label} closes {closure.of!r} all through the campaign, so that nothing can be flown",
            )


def _leaves_none(closure: Closure, names: Names) -> bool:
    """Whether no satellite or no station is left besides what a closure names."""
    if slug(closure.of) == EVERYTHING:
        return True
    name = names.find(closure.of)
    return any(name in group and len(group) == 1 for group in (names.satellites, names.stations))


def _hours_faults(scenario: CampaignScenario) -> Iterator[Told]:
    span = scenario.campaign
    for name, hours in scenario.hours.items():
        place, table = ("hours", name), f"hours.{name}"
        if hours.start == hours.end:
            at = hours.start.isoformat("minutes")
            yield (
                (*place, "end"),
                f"{table}: start and end are both {at}, must differ; for all hours leave [{table}] out",
            )
        elif not hours.weekdays:
            yield (*place, "weekdays"), f"{table}.weekdays is empty, must hold one day at least"
        elif span.start < span.end:
            blocks = closed_by_hours(hours, span.start, span.end)
            if not left_of(0.0, seconds_between(span.start, span.end), blocks):
                yield place, f"{table} leaves no shift between campaign.start and campaign.end"


def _classical_faults(scenario: CampaignScenario, *, names: Names) -> Iterator[Told]:
    rules, span = scenario.classical, scenario.campaign
    first: dict[str, int] = {}
    for index, window in enumerate(rules.window):
        label = f"classical.window[{index + 1}]"
        if window.end <= window.start:
            yield ("classical", "window", index, "end"), _order(label, window.start, window.end)
            return
        first.setdefault(names.find(window.satellite) or window.satellite, index)
    for name, index in first.items():
        own = [each for each in rules.window if (names.find(each.satellite) or each.satellite) == name]
        allowed = may_end_stretches(rules, own, epoch_utc=span.start)
        if span.start < span.end and not any(
            stop >= 0.0 and start <= seconds_between(span.start, span.end) for start, stop in allowed
        ):
            yield (
                ("classical", "window", index),
                (
                    f"classical: no window of {name} comes within {rules.max_delay_h:g} h of a pass in the campaign "
                    f"and leaves {rules.min_length_s:g} s after it"
                ),
            )


def _demand_faults(scenario: CampaignScenario) -> Iterator[Told]:
    first: dict[frozenset[str], int] = {}
    for index, demand in enumerate(scenario.demand):
        label = f"demand[{index + 1}]"
        pair = frozenset(slug(name) for name in demand.between)
        if len(pair) == 1:
            yield (
                ("demand", index, "between"),
                f"{label}.between names {demand.between[0]!r} twice, must name two stations",
            )
        elif first.setdefault(pair, index) != index:
            one, other = demand.between
            yield (
                ("demand", index, "between"),
                f"{label} is of {one} and {other}, as demand[{first[pair] + 1}], keep one",
            )


def _quotas(scenario: CampaignScenario) -> Iterator[tuple[str, Quota]]:
    yield "quota", scenario.quota
    yield from ((f"quota_of.{name}", quota) for name, quota in scenario.quota_of.items())


def _quota_faults(scenario: CampaignScenario) -> Iterator[Told]:
    shortest_s = scenario.contact.min_length_s
    for name, quota in _quotas(scenario):
        place = tuple(name.split(".", 1))
        if quota.energy_wh is None:
            continue
        if quota.power_w == 0.0:
            yield (
                (*place, "energy_wh"),
                (f"{name}.energy_wh is {quota.energy_wh:g} W h, but power_w is 0 W: say what a contact draws"),
            )
            continue
        need_wh = quota.power_w * (shortest_s + quota.warm_up_s) / 3600.0  # s to h
        if need_wh > quota.energy_wh:
            yield (
                (*place, "energy_wh"),
                (
                    f"{name}.energy_wh is {quota.energy_wh:g} W h, but the shortest contact, {shortest_s:g} s after "
                    f"{quota.warm_up_s:g} s of warming up at {quota.power_w:g} W, takes {need_wh:.4g} W h"
                ),
            )


def _key_faults(scenario: CampaignScenario, *, names: Names) -> Iterator[Told]:
    proof = scenario.key.proof
    if proof is not None and proof not in PROOFS:
        close = nearest_spelling(proof, PROOFS)
        hint = f"; did you mean {close!r}?" if close else ""
        yield ("key", "proof"), f"key.proof is {proof!r}, must be one of {', '.join(PROOFS)}{hint}"
    elif proof is not None:
        for name, source in names.sources.items():
            suitable = _suitable_proofs(source)
            if proof not in suitable:
                sent = ", ".join(f"{intensity:g}" for intensity in source.intensities)
                told = f"key.proof is {proof!r}, which is not for the intensities of {name}, {sent}"
                yield ("key", "proof"), f"{told}; suitable: {', '.join(suitable)}"


def _suitable_proofs(source: Source) -> tuple[str, ...]:
    nothing = (0.0,) * len(source.intensities)
    basis = BasisCounts(clicks=nothing, errors=nothing)
    return suitable_proofs(
        Counts(intensities=source.intensities, probabilities=source.probabilities, key_basis=basis, test_basis=basis)
    )
