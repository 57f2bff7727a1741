"""From planned passes to windows that compete: calendar, least length and key, nights, weather, trimmed variants."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from passplan.mission.calendar_rules import Calendar, PassView, calendar_of
from passplan.mission.campaign_candidates import Candidates, reasons_of
from passplan.mission.campaign_scenario import CampaignScenario
from passplan.mission.planned_key import PlannedProfile, why_no_key, windows_of
from passplan.orbit.station import Station
from passplan.schedule.calendar import Block, Stretch, left_of
from passplan.schedule.window import Window
from passplan.units import add_seconds

_NOON_H = 12.0
_DEG_PER_H = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What may be flown, and what may not.

    windows : longest useful windows of each pass under a clear sky, in order of start; several of one pass are
        alternatives
    refused : why each other pass cannot be flown, by its id
    """

    windows: tuple[Window, ...]
    refused: dict[str, str]


def offer_of(
    scenario: CampaignScenario,
    stations: Mapping[str, Station],
    candidates: Candidates,
    profiles: Sequence[PlannedProfile],
) -> Offer:
    """Windows of all candidates, and the reason of each that has none.

    Parameters
    ----------
    scenario : CampaignScenario
        Names found; see `scenario_files.load_scenario`.
    stations : mapping of str to Station
        By name.
    candidates : Candidates
        All passes.
    profiles : sequence of PlannedProfile
        Of the usable candidates, in their order.
    """
    calendar = calendar_of(scenario)
    refused = {one.pass_.pass_id: "; ".join(reasons_of(one)) for one in candidates.cut_away}
    asked: list[tuple[PlannedProfile, Stretch]] = []
    for profile in profiles:
        blocks = calendar.blocks(view_of(profile)) if profile.contacts else ()
        free = _free(profile, blocks)
        long = [stretch for stretch in free if stretch[1] - stretch[0] >= scenario.contact.min_length_s]
        asked += [(profile, stretch) for stretch in long]
        if not long:
            refused[_id(profile)] = _why_not(profile, blocks, free, scenario.contact.min_length_s)
    starts, stops = ([stretch[end] for _, stretch in asked] for end in (0, 1))
    made = windows_of([profile for profile, _ in asked], starts, stops) if asked else []
    windows = []
    for (profile, _), window in zip(asked, made, strict=True):
        if window is None or window.key_bits < scenario.contact.min_key_bits:
            refused[_id(profile)] = _why_little(profile, window, scenario.contact.min_key_bits)
        else:
            windows.append(dressed(window, profile, scenario, stations))
    for window in windows:
        refused.pop(window.contact, None)  # another stretch of the pass is good enough
    return Offer(windows=tuple(sorted(windows, key=lambda each: (each.start_s, each.contact))), refused=refused)


class Remake:
    """Makes shorter windows of passes, with their keys and directions; None where one is not worth flying."""

    def __init__(self, scenario: CampaignScenario, profiles: Sequence[PlannedProfile], calendar: Calendar) -> None:
        """Know the profiles by the id of their pass, the least key, and when a pass may end."""
        self._profiles = {_id(profile): profile for profile in profiles}
        self._least_bits = scenario.contact.min_key_bits
        self._calendar = calendar

    def many(self, asked: Sequence[tuple[Window, float, float]]) -> list[Window | None]:
        """Windows of the same passes, each from a start to a stop [s since the epoch of the plan], or None."""
        profiles = [self._profiles[window.contact] for window, _, _ in asked]
        starts, stops = [start_s for _, start_s, _ in asked], [stop_s for _, _, stop_s in asked]
        made = windows_of(profiles, starts, stops) if asked else []
        return [self._checked(old, new) for (old, _, _), new in zip(asked, made, strict=True)]

    def _checked(self, old: Window, new: Window | None) -> Window | None:
        if new is None or new.key_bits < self._least_bits:
            return None
        if not self._calendar.may_end(new.satellite, add_seconds(self._calendar.epoch_utc, new.stop_s)):
            return None
        return replace(new, clear=old.clear, priority=old.priority, night=old.night)


def dressed(
    window: Window, profile: PlannedProfile, scenario: CampaignScenario, stations: Mapping[str, Station]
) -> Window:
    """Return the window with its night and its priority."""
    weights = defaultdict(lambda: 1.0, scenario.priority)
    weight = weights[window.satellite] * weights[window.station]
    return replace(window, priority=weight, night=night_name(profile, stations))


def night_name(profile: PlannedProfile, stations: Mapping[str, Station]) -> str:
    """Date of the evening of the night at the station, from local solar noon to noon."""
    return evening_of(profile.candidate.pass_.culmination_utc, stations[profile.candidate.station].longitude_deg)


def evening_of(when: datetime, longitude_deg: float) -> str:
    """Date on which the night began in which an instant lies, by local mean solar time; ISO 8601."""
    return (when + timedelta(hours=longitude_deg / _DEG_PER_H - _NOON_H)).date().isoformat()


def view_of(profile: PlannedProfile) -> PassView:
    """What the calendar must know of a pass, from end to end of its contacts; it has at least one."""
    start_s = min(float(profile.time_s[0]), *(start for start, _ in profile.contacts))
    stop_s = max(float(profile.time_s[-1]), *(stop for _, stop in profile.contacts))
    return PassView(
        satellite=profile.candidate.satellite,
        station=profile.candidate.station,
        start_utc=add_seconds(profile.epoch_utc, start_s),
        stop_utc=add_seconds(profile.epoch_utc, stop_s),
        time_s=profile.time_s - start_s,
        azimuth_deg=profile.azimuth_deg.copy(),
        elevation_deg=profile.elevation_deg.copy(),
    )


def _free(profile: PlannedProfile, blocks: Sequence[Block]) -> list[Stretch]:
    return [part for start_s, stop_s in profile.contacts for part in left_of(start_s, stop_s, blocks)]


def _why_not(profile: PlannedProfile, blocks: Sequence[Block], free: Sequence[Stretch], min_length_s: float) -> str:
    """Reason of a pass of which no stretch is long enough."""
    told = list(dict.fromkeys(block.reason for block in blocks))
    if not profile.contacts:
        told.append(why_no_key(profile))
        told += reasons_of(profile.candidate)
    elif free or not told:
        longest_s = max((stop - start for start, stop in free or profile.contacts), default=0.0)
        told.append(f"{longest_s:.0f} s are left, must be at least {min_length_s:g} s")
    return "; ".join(dict.fromkeys(filter(None, told)))


def _why_little(profile: PlannedProfile, window: Window | None, least_bits: float) -> str:
    if window is None:
        return why_no_key(profile) or "no key is expected of what the calendar leaves"
    return f"{window.key_bits:.0f} bit are expected, must be at least {least_bits:g} bit"


def _id(profile: PlannedProfile) -> str:
    return profile.candidate.pass_.pass_id
