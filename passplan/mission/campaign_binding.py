"""Which rule binds where a campaign can fly nothing: the one that stopped the passes that got furthest.

A pass goes through the rules in this order: age of its element set, rules of light, key window, calendar, least
length, least key. Most passes of most campaigns fail early (by day), so the most frequent reason says little; what
stopped those that got furthest is what a user must change.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from passplan.errors import NothingFound
from passplan.mission.calendar_rules import Calendar, calendar_of
from passplan.mission.campaign_candidates import Candidate, Candidates
from passplan.mission.campaign_scenario import CampaignScenario
from passplan.mission.campaign_windows import view_of
from passplan.mission.planned_key import PlannedProfile, why_no_key, windows_of
from passplan.mission.scenario_files import Loaded
from passplan.orbit.conditions import Conditions, Cut, Interval, in_words, told_apart
from passplan.orbit.elements import age_days, nearest_in_time
from passplan.orbit.passes import Pass, find_passes
from passplan.schedule.calendar import Stretch, gaps, left_of
from passplan.schedule.refusal import Refusal, bits_text
from passplan.units import format_utc, seconds_between

_SEARCHED = timedelta(days=60)  # of the span, for what passes of other limits there are
_LEAST_S = 0.5  # what is shorter is nothing
_LIGHT = {
    "elevation": "passes.min_elevation_deg",
    "range": "passes.max_range_km",
    "sun": "passes.max_sun_elevation_deg",
    "satellite_sunlit": "passes.satellite_light",
    "satellite_penumbra": "passes.satellite_light",
    "satellite_umbra": "passes.satellite_light",
    "moon_elevation": "passes.max_moon_elevation_deg",
    "moon_separation": "passes.min_moon_separation_deg",
    "moon_illumination": "passes.max_moon_illumination",
    "sun_separation": "passes.min_sun_separation_deg",
    "too_short": "passes.min_duration_s",
}
_AGE, _WINDOW = "campaign.max_age_days", "link.max_range_km"
_CALENDAR = ("[[closed]]", "[hours]", "[classical]")
_LENGTH, _PROOF, _KEY = "contact.min_length_s", "key.proof", "contact.min_key_bits"
_ORDER = (_AGE, *dict.fromkeys(_LIGHT.values()), _WINDOW, *_CALENDAR, _LENGTH, _PROOF, _KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where a pass ended on its way through the rules.

    pass_id : of the pass
    rule : table and key in the scenario
    miss : by how much it missed the limit, in the rule's own unit; the smaller the nearer
    text : the value reached against what is allowed, in words
    """

    pass_id: str
    rule: str
    miss: float
    text: str


def why_nothing(loaded: Loaded, candidates: Candidates, profiles: Sequence[PlannedProfile]) -> str:
    """Message of a campaign without any window: the binding rule, the best value reached, and the counts of all rules.

    Parameters
    ----------
    loaded : Loaded
        The scenario.
    candidates : Candidates
        All its passes.
    profiles : sequence of PlannedProfile
        Of the usable ones.
    """
    stops = stops_of(loaded.scenario, candidates, profiles)
    return _told(stops) if stops else _without_candidates(loaded)


def stops_of(
    scenario: CampaignScenario, candidates: Candidates, profiles: Sequence[PlannedProfile]
) -> tuple[Stop, ...]:
    """Where each pass that has no window ends; passes that have one are left out."""
    calendars = _calendars(scenario)
    found = [_stop_of_cuts(one) for one in candidates.cut_away]
    stops = [_stop_of_profile(profile, scenario, calendars) for profile in profiles]
    return (*found, *(stop for stop in stops if stop is not None))


def require_flown(contacts: int, refusals: Collection[Refusal]) -> None:
    """Raise where passes can be flown, but the plan flies none of them.

    Parameters
    ----------
    contacts : int
        How many are flown.
    refusals : collection of Refusal
        Why each other is not.

    Raises
    ------
    NothingFound
        If none is flown: how many passes there were, the most frequent kind of refusal, and an example of it.
    """
    if contacts:
        return
    kinds = [refusal.kind for refusal in refusals]
    told = f"no pass is flown of {len(kinds)} that could be"
    if kinds:
        kind = max(dict.fromkeys(kinds), key=kinds.count)
        example = next(refusal for refusal in refusals if refusal.kind == kind)
        told += f"; {kinds.count(kind)} of them for one reason: {example.contact}, {example.text}"
    raise NothingFound(told)


def _told(stops: Sequence[Stop]) -> str:
    last = max((stop.rule for stop in stops), key=_ORDER.index)
    of_it = [stop for stop in stops if stop.rule == last]
    best = min(of_it, key=lambda stop: (stop.miss, stop.pass_id))
    counts = [(rule, sum(stop.rule == rule for stop in stops)) for rule in _ORDER]
    stopped = ", ".join(f"{rule} {count}" for rule, count in counts if count)
    return (
        f"none of {_passes(len(stops))} can be flown; {last} binds: of {_passes(len(of_it))} that got so far the best, "
        f"{best.pass_id}: {best.text}; stopped by each rule in turn: {stopped}"
    )


def _stop_of_cuts(one: Candidate) -> Stop:
    """Rule that takes what the rules before it left of a pass that light or age takes away."""
    name, pass_ = one.pass_.pass_id, one.pass_
    if one.unfit:
        miss = abs(age_days(pass_.elements, pass_.culmination_utc))
        return Stop(pass_id=name, rule=_AGE, miss=miss, text=one.unfit)
    length_s = seconds_between(pass_.rise_utc, pass_.set_utc)
    taken: list[Stretch] = []
    cuts: list[Cut] = []
    for rule in dict.fromkeys(_LIGHT.values()):
        own = [cut for cut in one.cuts if _LIGHT[cut.reason] == rule]
        cuts = own or cuts
        taken += [_since(pass_, cut) for cut in own]
        if own and sum(stop - start for start, stop in gaps(taken, 0.0, length_s)) < _LEAST_S:
            break
    cut = min(cuts, key=lambda each: abs(each.worst - each.limit))
    text = in_words(cut, whole=Interval(start_utc=pass_.rise_utc, end_utc=pass_.set_utc))
    return Stop(pass_id=name, rule=_LIGHT[cut.reason], miss=abs(cut.worst - cut.limit), text=text)


def _since(pass_: Pass, cut: Cut) -> Stretch:
    """Stretch of a cut [s] since the rise of its pass."""
    return seconds_between(pass_.rise_utc, cut.start_utc), seconds_between(pass_.rise_utc, cut.end_utc)


def _stop_of_profile(
    profile: PlannedProfile, scenario: CampaignScenario, calendars: Sequence[tuple[str, Calendar]]
) -> Stop | None:
    """Rule that stops a pass that light leaves; None where a window is left."""
    pass_, least_s = profile.candidate.pass_, scenario.contact.min_length_s
    if not profile.contacts:
        miss_km = max(pass_.min_range_km - profile.rule.max_range_km, 0.0)
        return Stop(pass_id=pass_.pass_id, rule=_WINDOW, miss=miss_km, text=why_no_key(profile))
    longest_s = _longest_s(profile.contacts)
    if longest_s < least_s:
        return _too_short(pass_, longest_s, least_s)
    view, free = view_of(profile), list(profile.contacts)
    for rule, calendar in calendars:
        blocks = calendar.blocks(view)
        free = [part for start_s, stop_s in profile.contacts for part in left_of(start_s, stop_s, blocks)]
        left_s = _longest_s(free)
        if left_s < least_s or not free:
            reasons = "; ".join(dict.fromkeys(block.reason for block in blocks))
            if free:
                reasons += f"; {_left_text(left_s, least_s)}"
            return Stop(pass_id=pass_.pass_id, rule=rule, miss=longest_s - left_s, text=reasons)
    return _stop_of_key(profile, [part for part in free if part[1] - part[0] >= least_s], scenario.contact.min_key_bits)


def _stop_of_key(profile: PlannedProfile, parts: Sequence[Stretch], least_bits: float) -> Stop | None:
    name = profile.candidate.pass_.pass_id
    starts, stops = zip(*parts, strict=True)
    keys_bits = [window.key_bits for window in windows_of([profile] * len(parts), starts, stops) if window is not None]
    if not keys_bits:
        text = why_no_key(profile) or "no key is expected of what the calendar leaves"
        return Stop(pass_id=name, rule=_PROOF, miss=0.0, text=text)
    best_bits = max(keys_bits)
    if best_bits >= least_bits:
        return None
    best, least = bits_text(best_bits), bits_text(least_bits)
    if best == least:  # three digits do not tell them apart
        best, least = f"{best_bits:,.0f} bit", f"{least_bits:,.1f} bit"
    text = f"makes {best}, must make at least {least}"
    return Stop(pass_id=name, rule=_KEY, miss=least_bits - best_bits, text=text)


def _too_short(pass_: Pass, longest_s: float, least_s: float) -> Stop:
    return Stop(pass_id=pass_.pass_id, rule=_LENGTH, miss=least_s - longest_s, text=_left_text(longest_s, least_s))


def _left_text(longest_s: float, least_s: float) -> str:
    return f"{told_apart(longest_s, least_s, digits=0)} s are left, must be at least {least_s:g} s"


def _longest_s(stretches: Sequence[Stretch]) -> float:
    return max((stop - start for start, stop in stretches), default=0.0)


def _calendars(scenario: CampaignScenario) -> tuple[tuple[str, Calendar], ...]:
    """Calendars of one rule more each, so that the rule that leaves too little is known."""
    whole = calendar_of(scenario)
    parts = (replace(whole, shut={}, ends={}), replace(whole, ends={}), whole)
    return tuple(zip(_CALENDAR, parts, strict=True))


def _without_candidates(loaded: Loaded) -> str:
    """Message where geometry alone, or the age of the element sets, leaves no pass at all."""
    too_old = _all_too_old(loaded)
    if too_old:
        return too_old
    span, rules = loaded.scenario.campaign, loaded.scenario.passes
    end = min(span.end, span.start + _SEARCHED)
    lowest = Conditions(min_elevation_deg=min(0.0, rules.min_elevation_deg), refraction=rules.refraction)
    found = find_passes(list(loaded.histories.values()), list(loaded.stations.values()), span.start, end, lowest)
    between = f"from {format_utc(span.start)} to {format_utc(end)}"
    if not found:
        return f"no pass of the campaign: no satellite rises over any of its stations {between}"
    reasons = "; ".join(_geometry(found, loaded.scenario))
    return f"none of {_passes(len(found))} {between} can be flown: {reasons}"


def _geometry(found: Sequence[Pass], scenario: CampaignScenario) -> Iterator[str]:
    """Rules of geometry that leave no pass, the best value of each against its limit."""
    rules = scenario.passes
    highest = max(found, key=lambda each: each.max_elevation_deg)
    high = [each for each in found if each.max_elevation_deg >= rules.min_elevation_deg]
    if not high:
        value = told_apart(highest.max_elevation_deg, rules.min_elevation_deg)
        yield (
            f"passes.min_elevation_deg binds: the highest, {highest.pass_id}, reaches {value} deg, "
            f"must reach {rules.min_elevation_deg:g} deg"
        )
        return
    nearest = min(high, key=lambda each: each.min_range_km)
    if rules.max_range_km is not None and nearest.min_range_km > rules.max_range_km:
        value = told_apart(nearest.min_range_km, rules.max_range_km, digits=0)
        yield (
            f"passes.max_range_km binds: the nearest, {nearest.pass_id}, comes to {value} km, "
            f"must come within {rules.max_range_km:g} km"
        )
        return
    value = f"{highest.max_elevation_deg:.1f} deg and {nearest.min_range_km:.0f} km"
    yield (
        f"[passes] binds: passes come to {value}, but none keeps min_elevation_deg, horizon mask, max_range_km and "
        f"min_duration_s, {rules.min_duration_s:g} s, together"
    )


def _all_too_old(loaded: Loaded) -> str:
    """Message where no element set of any satellite is near enough to any of the span; empty where one is."""
    span = loaded.scenario.campaign
    reached: list[tuple[float, str]] = []
    for name, history in loaded.histories.items():
        for when in (span.start, span.end):
            nearest = nearest_in_time(history, when)
            if span.start <= nearest.epoch_utc <= span.end:
                return ""
            age = abs(age_days(nearest, when))
            reached.append((age, f"{name}, of {format_utc(nearest.epoch_utc)}, is {age:.1f} d from {format_utc(when)}"))
    age, text = min(reached, default=(0.0, ""))
    if age <= span.max_age_days:
        return ""
    return (
        f"no pass can be flown; {_AGE} binds: the nearest element set, that of {text}, "
        f"must be within {span.max_age_days:g} d"
    )


def _passes(number: int) -> str:
    return f"{number} pass" if number == 1 else f"{number} passes"
