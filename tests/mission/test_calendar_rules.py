"""Closures, hours and the classical channel as blocks: times against hand-made dates, sectors second by second."""

from datetime import UTC, datetime, time, timedelta

import numpy as np
import pytest

from passplan.mission.calendar_rules import PassView, calendar_of, closed_by_hours, may_end_stretches
from passplan.mission.campaign_scenario import CampaignScenario, Classical, ClassicalWindow, Closure, Hours, Span
from passplan.schedule.calendar import left_of

START = datetime(2016, 12, 17, tzinfo=UTC)
RISE = datetime(2016, 12, 19, 16, 48, tzinfo=UTC)
SPAN = Span(satellites=("micius",), stations=("xinglong", "nanshan"), start=START, end=START + timedelta(days=7))
ALL_SKY = {"min_azimuth_deg": 0.0, "max_azimuth_deg": 360.0}


def at(text):
    return datetime.fromisoformat(f"2016-12-{text}Z")


def view(**changes):
    """A pass of 480 s that rises at azimuth 340 deg, crosses north after 160 s, and climbs by 0.1 deg a second."""
    time_s = np.arange(481.0)
    values = {
        "satellite": "micius",
        "station": "xinglong",
        "start_utc": RISE,
        "stop_utc": RISE + timedelta(seconds=480),
        "time_s": time_s,
        "azimuth_deg": (340.0 + time_s / 8.0) % 360.0,
        "elevation_deg": 10.0 + time_s / 10.0,
    }
    return PassView(**{**values, **changes})


def blocks(**tables):
    calendar = calendar_of(CampaignScenario(campaign=SPAN, **tables))
    return calendar.blocks(view())


def since_rise(block):
    offset_s = (RISE - START).total_seconds()
    return block.start_s - offset_s, block.stop_s - offset_s


def closure(start, end, **fields):
    return Closure(**{"of": "xinglong", "start": at(start), "end": at(end), **fields})


def test_without_rules_nothing_is_closed():
    assert blocks() == ()


@pytest.mark.parametrize(
    ("start", "end", "part", "told"),
    [
        ("19T16:00:00", "19T16:50:00", (0, 120), "until 16:50:00Z"),
        ("19T16:50:00", "19T18:00:00", (120, 480), "from 16:50:00Z"),
        ("19T16:50:00", "19T16:52:00", (120, 240), "from 16:50:00Z to 16:52:00Z"),
        ("19T12:00:00", "19T18:42:10", (0, 480), "until 18:42:10Z"),
        ("18T12:00:00", "21T12:00:00", (0, 480), "until 2016-12-21T12:00:00Z"),
    ],
)
def test_a_closure_says_when_it_ends(start, end, part, told):
    (block,) = blocks(closed=(closure(start, end, reason="aircraft"),))
    assert since_rise(block) == part
    assert block.reason == f"laser keep-out 'aircraft' of xinglong {told}"


def test_closures_of_others_and_of_other_times_do_not_count():
    others = (
        closure("19T16:00:00", "19T18:00:00", of="nanshan"),
        closure("19T16:00:00", "19T16:48:00"),
        closure("19T16:56:00", "19T18:00:00"),
    )
    assert blocks(closed=others) == ()


def test_a_closure_of_all_and_of_a_satellite():
    both = (
        closure("19T16:00:00", "19T18:00:00", of="ALL", kind="maintenance"),
        closure("19T16:00:00", "19T18:00:00", of="micius", kind="other", reason="safe mode"),
    )
    assert {block.reason for block in blocks(closed=both)} == {
        "maintenance until 18:00:00Z",
        "other 'safe mode' of micius until 18:00:00Z",
    }


@pytest.mark.parametrize(
    ("sky", "closed_at", "told"),
    [
        ({"min_azimuth_deg": 350.0, "max_azimuth_deg": 10.0}, lambda az, el: (az >= 350) | (az <= 10), "350 to 10 deg"),
        ({"min_azimuth_deg": 5.0, "max_azimuth_deg": 20.0}, lambda az, el: (az >= 5) & (az <= 20), "azimuth 5 to 20"),
        ({"max_elevation_deg": 30.0}, lambda az, el: el <= 30.0, "below 30 deg"),
        ({"min_elevation_deg": 45.0}, lambda az, el: el >= 45.0, "above 45 deg"),
        (
            {"min_azimuth_deg": 350.0, "max_azimuth_deg": 10.0, "min_elevation_deg": 20.0, "max_elevation_deg": 30.0},
            lambda az, el: ((az >= 350) | (az <= 10)) & (el >= 20) & (el <= 30),
            "azimuth 350 to 10 deg and elevation 20 to 30 deg",
        ),
    ],
)
def test_a_part_of_the_sky_is_closed_second_by_second(sky, closed_at, told):
    """What is left never looks into the closed part, and no more than a second on either side is lost."""
    (block,) = blocks(closed=(closure("19T16:00:00", "19T18:00:00", **sky),))
    seen = view()
    inside = np.flatnonzero(closed_at(seen.azimuth_deg, seen.elevation_deg))
    begin, end = since_rise(block)
    assert begin <= inside[0] <= begin + 1.0
    assert end - 1.0 <= inside[-1] <= end
    assert told in block.reason


def test_a_part_of_the_sky_that_the_pass_does_not_cross_costs_nothing():
    assert blocks(closed=(closure("19T16:00:00", "19T18:00:00", min_azimuth_deg=100.0, max_azimuth_deg=200.0),)) == ()


def test_a_part_of_the_sky_is_closed_only_in_its_time():
    (block,) = blocks(closed=(closure("19T16:50:00", "19T16:51:00", max_elevation_deg=80.0),))
    assert since_rise(block) == (120.0, 180.0)


@pytest.mark.parametrize(
    ("hours", "parts", "told"),
    [
        (Hours(start=time(18), end=time(6), utc_offset_h=8.0), [], None),
        (Hours(start=time(6), end=time(18), utc_offset_h=8.0), [(0, 480)], "(06:00-18:00 local) all through"),
        (Hours(start=time(18), end=time(0, 50), utc_offset_h=8.0), [(120, 480)], "(18:00-00:50 local) from 16:50:00Z"),
        (Hours(start=time(16, 50), end=time(16, 54)), [(0, 120), (360, 480)], "(16:50-16:54 UTC) until 16:50:00Z"),
        (Hours(start=time(18), end=time(6), utc_offset_h=8.0, weekdays=("mon",)), [], None),
        (Hours(start=time(18), end=time(6), utc_offset_h=8.0, weekdays=("tue",)), [(0, 480)], "tue local) all through"),
    ],
)
def test_operators_hours_in_local_time(hours, parts, told):
    """2016-12-19 16:48 UTC, a Monday, is 00:48 of Tuesday at UTC+8: a shift that began on Monday evening."""
    found = blocks(hours={"xinglong": hours})
    assert [since_rise(block) for block in found] == parts
    if told:
        assert found[0].reason.startswith("outside operator hours (")
        assert found[0].reason.endswith(told)


def test_hours_of_another_station_do_not_count():
    assert blocks(hours={"nanshan": Hours(start=time(1), end=time(2))}) == ()


def test_days_are_open_as_long_as_the_shift_says():
    """A week of nights of 18:00 to 06:30 local at UTC+5:30: seven times 12.5 h, one of them cut at both ends."""
    hours = Hours(start=time(18), end=time(6, 30), utc_offset_h=5.5)
    week_s = 7 * 86_400.0
    opened = left_of(0.0, week_s, closed_by_hours(hours, START, START + timedelta(days=7)))
    assert sum(stop - start for start, stop in opened) == 7 * 12.5 * 3600.0
    assert opened[0] == (0.0, 3600.0)


def window(start, end):
    return ClassicalWindow(satellite="micius", start=at(start), end=at(end))


def test_a_pass_may_end_when_a_window_follows_in_time():
    """Window 20:00-20:10, at most 3 h later, 60 s needed: ends of 17:00 to 20:09; pass ends at 16:56."""
    rules = Classical(max_delay_h=3.0, min_length_s=60.0, window=(window("19T20:00:00", "19T20:10:00"),))
    (stretch,) = may_end_stretches(rules, rules.window, epoch_utc=at("19T00:00:00"))
    assert stretch == (17 * 3600.0, 20 * 3600.0 + 540.0)
    (block,) = blocks(classical=rules)
    assert since_rise(block) == (0.0, 480.0)
    assert block.reason == "no classical contact of micius within 3 h of its end that leaves 60 s"
    assert blocks(classical=Classical(max_delay_h=4.0, window=rules.window)) == ()


def test_a_window_that_ends_within_the_pass_cuts_its_end():
    rules = Classical(min_length_s=30.0, window=(window("19T16:00:00", "19T16:52:30"),))
    (block,) = blocks(classical=rules)
    assert since_rise(block) == (240.0, 480.0)
    assert block.reason.endswith("if it ends after 16:52:00Z")
    calendar = calendar_of(CampaignScenario(campaign=SPAN, classical=rules))
    assert calendar.may_end("micius", at("19T16:52:00"))
    assert not calendar.may_end("micius", at("19T16:52:01"))
    assert calendar.may_end("tiangong", at("19T16:52:01"))


def test_a_window_that_is_too_short_serves_nothing():
    rules = Classical(min_length_s=700.0, window=(window("19T20:00:00", "19T20:10:00"),))
    assert may_end_stretches(rules, rules.window, epoch_utc=START) == ()
    (block,) = blocks(classical=rules)
    assert since_rise(block) == (0.0, 480.0)


def test_what_the_blocks_leave_is_open():
    """Closed until 16:50, hours until 16:54: the four minutes between."""
    found = blocks(
        closed=(closure("19T16:00:00", "19T16:50:00"),),
        hours={"xinglong": Hours(start=time(18), end=time(0, 54), utc_offset_h=8.0)},
    )
    rise_s = (RISE - START).total_seconds()
    assert left_of(rise_s, rise_s + 480.0, found) == ((rise_s + 120.0, rise_s + 360.0),)
