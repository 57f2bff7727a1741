"""Element sets that fail within a search: followed as far as they go, told, and nobody else's loss."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from skyfield.sgp4lib import EarthSatellite
from skyfield.toposlib import wgs84

from passplan.orbit.earth import clock, timescale
from passplan.orbit.elements import parse_tle
from passplan.orbit.passes import find_passes
from passplan.orbit.station import Station

FAILS_AFTER = datetime(2026, 4, 24, 3, 40, 15, tzinfo=UTC)  # the last good instant of `micius_late`, on steps of 15 s


def last_good(elements, first):
    """Last whole step, within two hours, of 15 s at which Skyfield's own satellite is 80 km above an ellipsoid."""
    satellite = EarthSatellite(elements.line_1, elements.line_2, ts=timescale())
    seconds = np.arange(0.0, 7200.0, 15.0)
    state = satellite.at(clock(first, seconds))
    low = wgs84.height_of(state).km < 80.0
    return first + timedelta(seconds=float(seconds[np.argmax(low | np.isnan(state.position.km[0]))] - 15.0))


def test_an_object_is_followed_until_it_decays(micius_late, xinglong, graz, utc):
    """Skyfield's altitude says when: passes before as in a shorter search, none after, and the failure told once."""
    end = FAILS_AFTER + timedelta(days=10)
    start = FAILS_AFTER - timedelta(days=5)
    assert last_good(micius_late, FAILS_AFTER - timedelta(hours=1)) == FAILS_AFTER
    passes = find_passes([[micius_late]], [xinglong, graz], start, end, min_elevation_deg=0.0)
    early = FAILS_AFTER - timedelta(hours=3)
    whole = find_passes([[micius_late]], [xinglong, graz], start, early, min_elevation_deg=0.0)
    assert whole.failures == ()
    assert len(whole) > 10
    for one, other in zip(passes, whole, strict=False):
        assert one.station == other.station
        assert abs((one.rise_utc - other.rise_utc).total_seconds()) < 1e-3
        if not other.is_truncated:
            assert abs((one.set_utc - other.set_utc).total_seconds()) < 1e-3
    (failure,) = passes.failures
    assert (failure.start_utc, failure.end_utc) == (FAILS_AFTER, end)
    assert "late.tle:1: Micius (41731), epoch 2025-09-22T08:01:06Z: altitude at 2026-04-24T03:40:30Z is 80 km" in str(
        failure
    )


def test_a_pass_in_which_an_object_decays_is_cut(micius_late, utc):
    """A station under the last good position: the pass ends there, and is marked."""
    satellite = EarthSatellite(micius_late.line_1, micius_late.line_2, ts=timescale())
    below = wgs84.subpoint_of(satellite.at(timescale().from_datetime(FAILS_AFTER)))
    place = Station(name="x", latitude_deg=below.latitude.degrees, longitude_deg=below.longitude.degrees, height_m=0.0)
    end = FAILS_AFTER + timedelta(hours=2)
    last = find_passes([[micius_late]], [place], FAILS_AFTER - timedelta(hours=2), end)[-1]
    assert (last.set_utc, last.is_truncated) == (FAILS_AFTER, True)
    assert find_passes([[micius_late]], [place], FAILS_AFTER + timedelta(seconds=15), end) == []


@pytest.mark.parametrize(("shift_s", "fails"), [(0.0, False), (-900.0, False), (1.0, True), (900.0, True)])
def test_a_failure_outside_the_window_is_not_told(micius_late, graz, shift_s, fails):
    """Nodes of the interpolation reach beyond the window; what they meet there does not count."""
    end = FAILS_AFTER + timedelta(seconds=shift_s)
    passes = find_passes([[micius_late]], [graz], end - timedelta(hours=20), end)
    assert bool(passes.failures) == fails
    if fails:
        assert (passes.failures[0].start_utc, passes.failures[0].end_utc) == (FAILS_AFTER, end)


def test_a_set_that_fails_before_the_window_opens_fully(micius_late, xinglong, utc):
    """A year before its epoch the last set of Micius lies too low; what comes before that counts as lost, too."""
    start, end = utc(2024, 9, 20), utc(2024, 10, 5)
    passes = find_passes([[micius_late]], [xinglong], start, end)
    (failure,) = passes.failures
    assert (failure.start_utc, failure.end_utc) == (start, utc(2024, 9, 26, 10, 28, 45))
    later = find_passes([[micius_late]], [xinglong], failure.end_utc, end)
    assert later.failures == ()
    assert len(later) == len(passes) > 3
    (early,) = find_passes([[micius_late]], [xinglong], utc(2014, 10, 10), utc(2014, 10, 11)).failures
    assert (early.start_utc, early.end_utc) == (utc(2014, 10, 10), utc(2014, 10, 11))
    assert "altitude at 2024-09-26T10:2" in str(early)


@pytest.fixture(scope="module")
def young(build_elements):
    """A low round orbit and Molniya's, with epochs near the time of the failure."""
    common = {"inclination_deg": 63.4, "node_deg": 120.0, "perigee_deg": 280.0, "epoch": "26110.00000000"}
    low = build_elements(eccentricity=0.001, anomaly_deg=10.0, turns_per_day=15.0, **common)
    high = build_elements(eccentricity=0.7, anomaly_deg=10.0, turns_per_day=2.006, **common)
    return [replace(low, name="Low"), replace(high, name="High")]


def test_a_bad_object_changes_nothing_for_the_good_ones(micius_late, young, xinglong, graz):
    """Exact: with and without it, in one window or several; in any place of the list."""
    start, end = FAILS_AFTER - timedelta(days=1), FAILS_AFTER + timedelta(days=1)
    good = find_passes([[item] for item in young], [xinglong, graz], start, end)
    for place in range(3):
        histories = [[item] for item in young]
        histories.insert(place, [replace(micius_late, name="Bad")])
        both = find_passes(histories, [xinglong, graz], start, end)
        assert [p for p in both if p.satellite != "Bad"] == list(good)
        assert [failure.elements.name for failure in both.failures] == ["Bad"]
        assert any(p.satellite == "Bad" for p in both)


def test_a_failure_of_one_set_of_a_history(micius_late, xinglong, utc):
    """Told once, however many windows the search takes."""
    first = replace(micius_late, epoch_utc=micius_late.epoch_utc - timedelta(days=20))  # in the record alone
    start, end = FAILS_AFTER - timedelta(days=2), FAILS_AFTER + timedelta(days=12)
    (failure,) = find_passes([[first, micius_late]], [xinglong], start, end).failures
    assert (failure.elements, failure.start_utc, failure.end_utc) == (micius_late, FAILS_AFTER, end)


@pytest.mark.parametrize(("change_min", "told_min"), [(-20.0, 0.0), (20.0, 20.0)])
def test_a_failure_counts_while_its_set_is_the_nearest(micius_late, young, xinglong, change_min, told_min):
    """Another set takes over before or after the failure: what fails beside it is nobody's loss."""
    change = FAILS_AFTER + timedelta(minutes=change_min)
    other = replace(young[0], norad_id=41731, epoch_utc=change + (change - micius_late.epoch_utc))
    start, end = FAILS_AFTER - timedelta(days=1), FAILS_AFTER + timedelta(days=1)
    failures = find_passes([[micius_late, other]], [xinglong], start, end).failures
    lasting = [(f.end_utc - f.start_utc).total_seconds() / 60.0 for f in failures]
    assert lasting == ([told_min] if told_min else [])


def test_processes_share_the_work_and_change_nothing(micius_late, young, xinglong, graz):
    """Exact: two processes give the passes and the failures of one, over several windows."""
    start, end = FAILS_AFTER - timedelta(days=1), FAILS_AFTER + timedelta(days=65)
    objects = [*([item] for item in young), [micius_late]]
    one, two = (find_passes(objects, [xinglong, graz], start, end, processes=number) for number in (1, 2))
    assert one == two
    assert len(one) > 100
    assert one.failures == two.failures
    assert [(f.start_utc, f.end_utc) for f in two.failures] == [(FAILS_AFTER, end)]


# IMAGE (26113) as published in 2020: the perigee sinks below the ground in June 2021, and rises again by SGP4.
SINKING = """\
1 26113U 00017A   20155.41939851  .00000076  00000-0  13718-1 0  9998
2 26113  94.8419 275.3402 7601386 184.4863 159.0536  1.68645851124323
"""


def test_nothing_is_believed_beyond_a_failure(xinglong, utc):
    """SGP4 gives positions again after the object has gone: no pass of them, in several windows or one from then on."""
    elements = parse_tle(SINKING, source="image.tle", name="Image")[0]
    start, end = utc(2021, 6, 1), utc(2021, 10, 1)
    passes = find_passes([[elements]], [xinglong], start, end)
    (failure,) = passes.failures
    assert failure.start_utc.date() == utc(2021, 6, 1).date()
    assert failure.end_utc == end
    assert all(p.set_utc <= failure.start_utc for p in passes)
    after = find_passes([[elements]], [xinglong], utc(2021, 8, 20), utc(2021, 9, 5))
    assert (len(after), len(after.failures)) == (0, 1)
    assert (after.failures[0].start_utc, after.failures[0].end_utc) == (utc(2021, 8, 20), utc(2021, 9, 5))
