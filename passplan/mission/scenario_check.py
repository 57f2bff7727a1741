"""Whether a campaign can be flown as its scenario says: a verdict on each matter, with the margin."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from passplan.constants import SECONDS_PER_DAY
from passplan.errors import DomainError, PassplanError
from passplan.mission.calendar_rules import Calendar, calendar_of
from passplan.mission.campaign_scenario import CampaignScenario
from passplan.mission.outcome import counted
from passplan.mission.scenario_files import Loaded
from passplan.mission.scenario_names import EVERYTHING
from passplan.mission.verdict import Verdict
from passplan.orbit.conditions import Interval
from passplan.orbit.earth import EPHEMERIS_END, earth_orientation_date
from passplan.orbit.elements import Elements, age_days
from passplan.orbit.nights import dark_stretches
from passplan.orbit.passes import find_passes
from passplan.orbit.satellite_pass import Pass, slug
from passplan.orbit.station import Station
from passplan.schedule.calendar import Block, left_of
from passplan.units import add_seconds, format_utc, seconds_between

_SEARCHED_DAYS = (2.0, 20.0, 60.0)  # until a pass is found; longer searches are the plan's own
MATTER = "matter"  # kind of the verdicts


def scenario_verdicts(loaded: Loaded) -> tuple[Verdict, ...]:
    """Verdicts on a scenario that is valid: element sets, tables, darkness, classical channel, weather and passes."""
    scenario = loaded.scenario
    calendar = calendar_of(scenario)
    found = [_elements(name, history, scenario) for name, history in loaded.histories.items()]
    found += [_sun(scenario), _earth_orientation(scenario)]
    found += [_station(name, station, scenario, calendar) for name, station in loaded.stations.items()]
    found += [_classical(name, ends, scenario) for name, ends in calendar.ends.items()]
    found += list(_quotas(scenario))
    found += [_weather(loaded), _passes(loaded, calendar)]
    return tuple(found)


def whole_verdict(loaded: Loaded, matters: tuple[Verdict, ...]) -> Verdict:
    """Verdict on the file: GO when nothing speaks against it."""
    span = loaded.scenario.campaign
    against = [matter.name for matter in matters if not matter.go]
    reason = f"NO-GO for {', '.join(against)}" if against else "valid; nothing below is NO-GO"
    holds = (
        f"{counted(len(span.satellites), 'satellite')}, {counted(len(span.stations), 'station')}, "
        f"{_day(span.start)} to {_day(span.end)}, {_days(span.start, span.end):g} d"
    )
    told = "; ".join((reason, *loaded.remarks))
    return Verdict(name=str(loaded.path), kind="scenario", holds=holds, go=not against, reason=told)


def _elements(name: str, history: tuple[Elements, ...], scenario: CampaignScenario) -> Verdict:
    """How far the span is from the sets: the farthest instants are its ends and the middles between two epochs.

    It is NO-GO when nothing of the span is near enough; passes in a part that is not are left out.
    """
    span = scenario.campaign
    limit_days = span.max_age_days
    instants = [span.start, span.end, *_middles(history)]
    ages = {
        when: min(abs(age_days(item, when)) for item in history) for when in instants if span.start <= when <= span.end
    }
    worst = max(ages, key=lambda when: ages[when])
    reach = timedelta(days=limit_days)
    near = [_block(span.start, item.epoch_utc - reach, item.epoch_utc + reach) for item in history]
    whole = ((0.0, seconds_between(span.start, span.end)),)
    far = left_of(*whole[0], near)
    reason = f"at most {ages[worst]:.1f} d from a set, {format_utc(worst)}; limit {limit_days:g} d"
    if far:
        lost_days = sum(stop - start for start, stop in far) / SECONDS_PER_DAY
        first, last = (_day(add_seconds(span.start, second)) for second in (far[0][0], far[-1][1]))
        reason += f": the passes of {lost_days:.1f} d between {first} and {last} are left out"
    else:
        reason += f", margin {limit_days - ages[worst]:.1f} d"
    holds = f"{counted(len(history), 'set')}, {_day(history[0].epoch_utc)} to {_day(history[-1].epoch_utc)}"
    return Verdict(name=f"element sets of {name}", kind=MATTER, holds=holds, go=far != whole, reason=reason)


def _middles(history: tuple[Elements, ...]) -> Iterator[datetime]:
    for one, other in pairwise(history):
        yield one.epoch_utc + (other.epoch_utc - one.epoch_utc) / 2


def _block(epoch: datetime, start: datetime, stop: datetime) -> Block:
    return Block(start_s=seconds_between(epoch, start), stop_s=seconds_between(epoch, stop))


def _sun(scenario: CampaignScenario) -> Verdict:
    left = _days(scenario.campaign.end, EPHEMERIS_END)
    return Verdict(name="Sun and Moon", kind=MATTER, holds="JPL DE421", go=True,
                   reason=f"ends {left:,.0f} d after the campaign")  # fmt: skip


def _earth_orientation(scenario: CampaignScenario) -> Verdict:
    last = earth_orientation_date()
    left = (last - scenario.campaign.end.date()).days
    beyond = "" if left >= 0 else ": beyond it UT1 is held, arcseconds of Earth rotation"
    side = "after" if left >= 0 else "before"
    return Verdict(name="Earth orientation", kind=MATTER, holds=f"IERS, to {last.isoformat()}", go=True,
                   reason=f"ends {abs(left):,} d {side} the campaign{beyond}")  # fmt: skip


def _station(name: str, station: Station, scenario: CampaignScenario, calendar: Calendar) -> Verdict:
    """Darkness of a station, and how much of it operators and closures leave."""
    span, limit_deg = scenario.campaign, scenario.passes.max_sun_elevation_deg
    whole = (0.0, seconds_between(span.start, span.end))
    if limit_deg is None or limit_deg >= 90.0:
        dark, what = [whole], "any light"
    else:
        nights = dark_stretches(station, span.start, span.end, max_sun_elevation_deg=limit_deg)
        dark = [
            (seconds_between(span.start, each.start_utc), seconds_between(span.start, each.end_utc)) for each in nights
        ]
        what = f"{counted(len(nights), 'night')}, {_hours(dark):,.1f} h with the Sun below {limit_deg:g} deg"
    shut = [*calendar.shut.get(name, ()), *_closures(name, scenario)]
    open_h = _hours([part for start, stop in dark for part in left_of(start, stop, shut)])
    if not dark:
        reason = f"the Sun is never below {limit_deg:g} deg in the campaign"
    elif open_h == 0.0:
        reason = "operator hours and closures leave nothing of it"
    else:
        reason = f"{open_h:,.1f} h open" + ("; the rest is closed or outside operator hours" if shut else "")
    return Verdict(name=f"station {name}", kind=MATTER, holds=what, go=open_h > 0.0, reason=reason)


def _closures(name: str, scenario: CampaignScenario) -> Iterator[Block]:
    for closure in scenario.closed:
        if closure.is_of_all_the_sky and (closure.of == name or slug(closure.of) == EVERYTHING):
            yield _block(scenario.campaign.start, closure.start, closure.end)


def _classical(name: str, ends: tuple[tuple[float, float], ...], scenario: CampaignScenario) -> Verdict:
    """How long of the campaign a pass may end."""
    span_s = seconds_between(scenario.campaign.start, scenario.campaign.end)
    served = [(max(start, 0.0), min(stop, span_s)) for start, stop in ends if start < span_s and stop > 0.0]
    served_h = _hours(served)
    number = sum(window.satellite == name for window in scenario.classical.window)
    return Verdict(name=f"classical channel of {name}", kind=MATTER, holds=counted(number, "window"), go=served_h > 0.0,
                   reason=f"serves passes that end in {served_h:,.1f} h of {span_s / 3600.0:,.1f} h")  # fmt: skip


def _quotas(scenario: CampaignScenario) -> Iterator[Verdict]:
    """Whether the quota of passes lets a satellite fly at all; of those that have one."""
    for name in scenario.campaign.satellites:
        passes = scenario.quota_of.get(name, scenario.quota).passes
        if passes is not None:
            each = f"{passes} pass" if passes == 1 else f"{passes} passes"
            reason = "leaves passes to fly" if passes else "nothing can be flown, must be at least 1"
            yield Verdict(name=f"quota of {name}", kind=MATTER, holds=f"{each} a night", go=passes > 0, reason=reason)


def _weather(loaded: Loaded) -> Verdict:
    """Whether the weather covers the campaign, and the chance of a clear sky by station, day and night."""
    span, file = loaded.scenario.campaign, loaded.scenario.weather.file
    holds = f"{loaded.scenario.weather.cloud:.0%} cloud everywhere and always" if file is None else file
    try:
        table = loaded.clouds.over(span.start, span.end)
    except DomainError as error:
        return Verdict(name="weather", kind=MATTER, holds=holds, go=False, reason=str(error))
    inside = (table.time_s < seconds_between(table.epoch_utc, span.end)) & (
        np.append(table.time_s[1:], table.end_s) > seconds_between(table.epoch_utc, span.start)
    )
    clear = 1.0 - table.cloud[:, :, inside].mean(axis=(0, 2))
    shares = {name: clear[table.stations.index(name)] for name in loaded.stations}
    told = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    return Verdict(name="weather", kind=MATTER, holds=holds, go=max(shares.values()) > 0.0,
                   reason=f"covers the campaign; clear of its time, day and night: {told}")  # fmt: skip


def _passes(loaded: Loaded, calendar: Calendar) -> Verdict:
    """The passes that geometry, light, age and calendar leave, searched for in the first nights."""
    scenario = loaded.scenario
    span, stations = scenario.campaign, list(loaded.stations.values())
    length_days = _days(span.start, span.end)
    searched = [days for days in _SEARCHED_DAYS if days < length_days]
    found: Sequence[Pass] = ()
    for days in [*searched, length_days][: len(_SEARCHED_DAYS)]:
        end = span.start + timedelta(days=days)
        try:
            found = find_passes(list(loaded.histories.values()), stations, span.start, end, scenario.passes)
        except PassplanError as error:
            return Verdict(name="passes", kind=MATTER, holds="-", go=False, reason=str(error))
        open_ = [each for each in found if _is_open(each, scenario, calendar)]
        if open_:
            best = max(open_, key=lambda each: each.max_elevation_deg)
            told = f"{len(open_)} of {len(found)} in the first {days:g} d have {scenario.contact.min_length_s:g} s open"
            return Verdict(name="passes", kind=MATTER, holds=told, go=True,
                           reason=f"highest {best.max_elevation_deg:.1f} deg, {best.pass_id}")  # fmt: skip
    if found:
        reason = (
            f"none of {len(found)} in the first {days:g} d has {scenario.contact.min_length_s:g} s left by element "
        )
        reason += "ages, closures and operator hours"
    else:
        lowest_deg = scenario.passes.min_elevation_deg
        reason = f"none above {lowest_deg:g} deg in the first {days:g} d that the other rules of [passes] leave"
    return Verdict(name="passes", kind=MATTER, holds="none", go=days < length_days, reason=reason)


def _is_open(each: Pass, scenario: CampaignScenario, calendar: Calendar) -> bool:
    """Whether element age, closures of all the sky and operators leave a useful stretch of a pass."""
    if abs(age_days(each.elements, each.culmination_utc)) > scenario.campaign.max_age_days:
        return False
    station, satellite = slug(each.station), slug(each.satellite)
    blocks = [*calendar.shut.get(station, ()), *_closures(station, scenario), *_closures(satellite, scenario)]
    whole = [Interval(start_utc=each.rise_utc, end_utc=each.set_utc)]
    for interval in each.usability.intervals if each.usability is not None else whole:
        start_s, stop_s = (seconds_between(calendar.epoch_utc, when) for when in (interval.start_utc, interval.end_utc))
        parts = left_of(start_s, stop_s, blocks) if start_s < stop_s else ()
        if any(stop - start >= scenario.contact.min_length_s for start, stop in parts):
            return True
    return False


def _hours(stretches: list[tuple[float, float]]) -> float:
    return sum(stop - start for start, stop in stretches) / 3600.0


def _days(start: datetime, end: datetime) -> float:
    return round(seconds_between(start, end) / SECONDS_PER_DAY, 2)


def _day(when: datetime) -> str:
    return format_utc(when)[:10]
