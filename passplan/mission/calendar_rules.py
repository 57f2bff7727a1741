"""When a campaign may not use a pass: closures, operators' hours and the classical channel, as blocks with reasons."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray, freeze
from passplan.mission.campaign_scenario import CampaignScenario, Classical, ClassicalWindow, Closure, Hours
from passplan.mission.scenario_names import EVERYTHING
from passplan.orbit.satellite_pass import slug
from passplan.schedule.calendar import Block, Stretch, merged, outside, shifts
from passplan.units import add_seconds, format_utc, seconds_between

_SAME_S = 1.0  # ends that agree this well are said to agree
_MARGIN = timedelta(days=2)  # by which passes may lie outside the span
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PassView:
    """What the calendar must know of a pass.

    satellite, station : names, as the scenario has them
    start_utc, stop_utc : of the pass, aware
    time_s : grid [s] since ``start_utc``, ascending, shape (n,), n >= 2; it should reach from end to end
    azimuth_deg, elevation_deg : of the satellite from the station on that grid [deg], shape (n,)
    """

    satellite: str
    station: str
    start_utc: datetime
    stop_utc: datetime
    time_s: FloatArray
    azimuth_deg: FloatArray
    elevation_deg: FloatArray

    def __post_init__(self) -> None:
        freeze(self.time_s, self.azimuth_deg, self.elevation_deg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The calendar of a campaign, made once for all its passes; times are seconds [s] since ``epoch_utc``.

    epoch_utc : start of the campaign
    closed : closures of a satellite, a station or all
    shut : times outside operators' hours by station, in order
    ends : stretches in which a pass may end, by each satellite that the classical channel limits
    max_delay_h, min_length_s : of the classical channel
    """

    epoch_utc: datetime
    closed: tuple[Closure, ...]
    shut: dict[str, tuple[Block, ...]] = field(default_factory=dict)
    ends: dict[str, tuple[Stretch, ...]] = field(default_factory=dict)
    max_delay_h: float
    min_length_s: float

    def blocks(self, view: PassView) -> tuple[Block, ...]:
        """What a pass loses, and why: parts of it [s] since ``epoch_utc``, in order of start; they may overlap.

        `schedule.calendar.left_of` gives what they leave. What the classical channel takes is the time after the last
        instant at which the pass may end; whether a shorter contact may end where it does says `may_end`.
        """
        start_s, stop_s = (seconds_between(self.epoch_utc, when) for when in (view.start_utc, view.stop_utc))
        found = [*self._closures(view), *self._outside_hours(view, start_s, stop_s)]
        found += self._without_channel(view, start_s, stop_s)
        return tuple(sorted(found, key=lambda block: (block.start_s, block.stop_s)))

    def may_end(self, satellite: str, when: datetime) -> bool:
        """Whether the classical channel serves a contact of a satellite that ends at an aware instant."""
        at_s = seconds_between(self.epoch_utc, when)
        return satellite not in self.ends or any(start <= at_s <= stop for start, stop in self.ends[satellite])

    def _closures(self, view: PassView) -> Iterator[Block]:
        for closure in self.closed:
            touches = closure.start < view.stop_utc and closure.end > view.start_utc
            if touches and (slug(closure.of) == EVERYTHING or closure.of in (view.satellite, view.station)):
                start, end = max(closure.start, view.start_utc), min(closure.end, view.stop_utc)
                inside = (seconds_between(view.start_utc, start), seconds_between(view.start_utc, end))
                parts = (inside,) if closure.is_of_all_the_sky else _in_sector(closure, view, inside)
                label = f"{closure.kind} {closure.reason!r}" if closure.reason else closure.kind
                of = "" if slug(closure.of) == EVERYTHING else f" of {closure.of}"
                sky = "" if closure.is_of_all_the_sky else f", {_sky_text(closure)},"
                for part in parts:
                    yield self._block(view, part, f"{label}{of}{sky}", ends=closure)

    def _outside_hours(self, view: PassView, start_s: float, stop_s: float) -> Iterator[Block]:
        blocks = self.shut.get(view.station, ())
        first = max(bisect_right(blocks, start_s, key=lambda block: block.start_s) - 1, 0)
        for block in blocks[first:]:
            if block.start_s >= stop_s:
                return
            cut = block.within(start_s, stop_s)
            if cut is not None:
                yield self._block(view, (cut.start_s - start_s, cut.stop_s - start_s), cut.reason)

    def _without_channel(self, view: PassView, start_s: float, stop_s: float) -> Iterator[Block]:
        if self.may_end(view.satellite, view.stop_utc):
            return
        last_s = max(
            (min(stop, stop_s) for start, stop in self.ends[view.satellite] if start <= stop_s), default=start_s
        )
        length = f" that leaves {self.min_length_s:g} s" if self.min_length_s else ""
        reason = f"no classical contact of {view.satellite} within {self.max_delay_h:g} h of its end{length}"
        begin_s = max(last_s, start_s)
        if begin_s > start_s:
            reason += f", if it ends after {_clock(add_seconds(self.epoch_utc, begin_s))}"
        yield Block(start_s=begin_s, stop_s=stop_s, reason=reason)

    def _block(self, view: PassView, part: Stretch, reason: str, *, ends: Closure | None = None) -> Block:
        """Block of a part [s] of a pass, with when in its reason: as far as it matters, or to its very end."""
        epoch_s = seconds_between(self.epoch_utc, view.start_utc)
        start, stop = (add_seconds(view.start_utc, second) for second in part)
        from_start = part[0] < _SAME_S
        to_end = seconds_between(stop, view.stop_utc) < _SAME_S
        if from_start and to_end:
            whole = ends is not None and ends.is_of_all_the_sky
            when = f"until {_clock(ends.end, view)}" if ends is not None and whole else "all through"
        elif from_start:
            when = f"until {_clock(stop)}"
        else:
            when = f"from {_clock(start)}" if to_end else f"from {_clock(start)} to {_clock(stop)}"
        return Block(start_s=epoch_s + part[0], stop_s=epoch_s + part[1], reason=f"{reason} {when}")


def calendar_of(scenario: CampaignScenario) -> Calendar:
    """Calendar of a scenario whose names have been found (see `scenario_files.read_scenario`)."""
    span, rules = scenario.campaign, scenario.classical
    first, last = span.start - _MARGIN, span.end + _MARGIN
    shut = {}
    for name, hours in scenario.hours.items():
        offset_s = seconds_between(span.start, first)
        shut[name] = tuple(_moved(block, offset_s) for block in closed_by_hours(hours, first, last))
    by_satellite: dict[str, list[ClassicalWindow]] = {}
    for window in rules.window:
        by_satellite.setdefault(window.satellite, []).append(window)
    return Calendar(
        epoch_utc=span.start,
        closed=scenario.closed,
        shut=shut,
        ends={name: may_end_stretches(rules, own, epoch_utc=span.start) for name, own in by_satellite.items()},
        max_delay_h=rules.max_delay_h,
        min_length_s=rules.min_length_s,
    )


def closed_by_hours(hours: Hours, start: datetime, end: datetime) -> tuple[Block, ...]:
    """Blocks [s] since ``start`` of all the time outside the shifts of operators, between two aware instants.

    Local time is UTC plus ``utc_offset_h`` all through: where clocks change, a scenario for each half year is right.
    """
    local = start + timedelta(hours=hours.utc_offset_h)
    midnight_s = -seconds_between(local.replace(hour=0, minute=0, second=0, microsecond=0), local)
    opened = shifts(
        0.0,
        seconds_between(start, end),
        opens_s=_second_of_day(hours.start),
        closes_s=_second_of_day(hours.end),
        midnight_s=midnight_s,
        weekday=local.weekday(),
        weekdays={_WEEKDAYS.index(day) for day in hours.weekdays},
    )
    return outside(opened, f"outside operator hours ({_hours_text(hours)})")


def may_end_stretches(
    rules: Classical, windows: Sequence[ClassicalWindow], *, epoch_utc: datetime
) -> tuple[Stretch, ...]:
    """Stretches [s] since an epoch in which a pass may end so that a window of the classical channel serves it.

    A window serves a pass that ends at most ``max_delay_h`` before it begins and ``min_length_s`` before it ends.
    """
    found = []
    for window in windows:
        begin_s, end_s = (seconds_between(epoch_utc, when) for when in (window.start, window.end))
        if end_s - begin_s >= rules.min_length_s:
            found.append((begin_s - rules.max_delay_h * 3600.0, end_s - rules.min_length_s))  # h to s
    return merged(found)


def _in_sector(closure: Closure, view: PassView, inside: Stretch) -> tuple[Stretch, ...]:
    """Parts [s] of a pass, within a stretch of it, in which the satellite stands in the closed part of the sky."""
    time_s = np.clip(np.unique([*view.time_s, *inside]), *inside)
    azimuth_deg = np.interp(time_s, view.time_s, np.unwrap(view.azimuth_deg, period=360.0)) % 360.0
    elevation_deg = np.interp(time_s, view.time_s, view.elevation_deg)
    low_deg, high_deg = closure.min_azimuth_deg, closure.max_azimuth_deg
    across_north = low_deg > high_deg
    east, west = azimuth_deg >= low_deg, azimuth_deg <= high_deg
    hit: NDArray[np.bool_] = (east | west) if across_north else (east & west)
    hit = hit & (elevation_deg >= closure.min_elevation_deg) & (elevation_deg <= closure.max_elevation_deg)
    touched = hit[:-1] | hit[1:]  # a step of the grid that is closed at either end is closed
    steps = zip(time_s[:-1][touched].tolist(), time_s[1:][touched].tolist(), strict=True)
    return merged((start, stop) for start, stop in steps if start < stop)


def _moved(block: Block, offset_s: float) -> Block:
    return Block(start_s=block.start_s + offset_s, stop_s=block.stop_s + offset_s, reason=block.reason)


def _second_of_day(clock: time) -> float:
    return clock.hour * 3600.0 + clock.minute * 60.0 + clock.second + clock.microsecond * 1e-6  # us to s


def _hours_text(hours: Hours) -> str:
    clocks = "-".join(clock.isoformat("minutes") for clock in (hours.start, hours.end))
    days = "" if len(set(hours.weekdays)) == len(_WEEKDAYS) else f" {' '.join(hours.weekdays)}"
    return f"{clocks}{days} local" if hours.utc_offset_h else f"{clocks}{days} UTC"


def _sky_text(closure: Closure) -> str:
    told = []
    if not (closure.min_azimuth_deg == 0.0 and closure.max_azimuth_deg == 360.0):
        told.append(f"azimuth {closure.min_azimuth_deg:g} to {closure.max_azimuth_deg:g} deg")
    if closure.min_elevation_deg > -90.0 or closure.max_elevation_deg < 90.0:
        low, high = closure.min_elevation_deg, closure.max_elevation_deg
        told.append(f"below {high:g} deg" if low <= -90.0 else f"above {low:g} deg" if high >= 90.0 else
                    f"elevation {low:g} to {high:g} deg")  # fmt: skip
    return " and ".join(told)


def _clock(when: datetime, view: PassView | None = None) -> str:
    """Time of day, with the date when it is not that of the pass."""
    text = format_utc(when)
    return text if view is not None and when.date() != view.stop_utc.date() else text[11:]
