from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline

from passplan.orbit.passes import find_passes
from passplan.orbit.station import Station, mask_elevation_deg

CROSSING_S = 0.01
GRID_S = 5.0


def brute_force(plain_angles, elements, station, start, end, *, min_elevation_deg=10.0):
    """Rise, culmination and set [s] from a 5-s grid of plain Skyfield and a spline through it."""
    seconds = np.arange(0.0, (end - start).total_seconds() + GRID_S, GRID_S)
    spline = CubicSpline(seconds, plain_angles(elements, station, start, seconds)[0] - min_elevation_deg)
    last = (end - start).total_seconds()
    edges = [root for root in spline.roots(extrapolate=False) if root < last]
    turns = spline.derivative().roots(extrapolate=False)
    marks = [0.0, *edges, last]
    found = []
    for low, high in pairwise(marks):
        if spline(0.5 * (low + high)) > 0.0:
            inside = [low, high, *turns[(turns > low) & (turns < high)]]
            found.append((low, max(inside, key=spline), high))
    return found


def seconds_of(passes, start):
    return [
        tuple((when - start).total_seconds() for when in (p.rise_utc, p.culmination_utc, p.set_utc)) for p in passes
    ]


@pytest.mark.parametrize("min_elevation_deg", [0.0, 10.0, 62.0])
@pytest.mark.parametrize(("orbit", "days"), [("iss", 2), ("molniya", 2)])
def test_passes_are_those_of_a_fine_grid(plain_angles, orbit, days, min_elevation_deg, graz, utc, request):
    """Plain Skyfield on a 5-s grid with a spline: the same passes, crossings to 0.01 s."""
    elements = request.getfixturevalue(orbit)
    start, end = utc(2018, 8, 20), utc(2018, 8, 20) + timedelta(days=days)
    passes = find_passes([[elements]], [graz], start, end, min_elevation_deg=min_elevation_deg)
    expected = brute_force(plain_angles, elements, graz, start, end, min_elevation_deg=min_elevation_deg)
    assert len(passes) == len(expected) > 0
    difference = np.subtract(seconds_of(passes, start), expected)
    assert np.abs(difference[:, [0, 2]]).max() < CROSSING_S
    culmination_s = 0.05 if orbit == "iss" else 5.0  # the top of a high orbit is flat
    assert np.abs(difference[:, 1]).max() < culmination_s
    highest = plain_angles(elements, graz, start, np.array(expected)[:, 1])[0]
    assert np.abs([p.max_elevation_deg for p in passes] - highest).max() < 1e-4


@settings(max_examples=15)
@given(
    latitude_deg=st.floats(-80.0, 80.0),
    longitude_deg=st.floats(-180.0, 180.0),
    inclination_deg=st.floats(20.0, 110.0),
    turns_per_day=st.floats(11.0, 16.0),
    eccentricity=st.floats(0.0, 0.01),
    min_elevation_deg=st.floats(0.0, 40.0),
    hours=st.floats(1.0, 12.0),
)
def test_promises_and_fine_grid_for_any_low_orbit(
    plain_angles,
    build_elements,
    utc,
    latitude_deg,
    longitude_deg,
    inclination_deg,
    turns_per_day,
    eccentricity,
    min_elevation_deg,
    hours,
):
    """Property: order within, no overlap, inside the window; and the fine grid's passes longer than a blink."""
    station = Station(name="x", latitude_deg=latitude_deg, longitude_deg=longitude_deg, height_m=0.0)
    elements = build_elements(
        inclination_deg=inclination_deg,
        node_deg=10.0,
        eccentricity=eccentricity,
        perigee_deg=100.0,
        anomaly_deg=50.0,
        turns_per_day=turns_per_day,
    )
    start = utc(2018, 8, 20)
    end = start + timedelta(hours=hours)
    passes = find_passes([[elements]], [station], start, end, min_elevation_deg=min_elevation_deg)
    for pass_ in passes:
        assert start <= pass_.rise_utc <= pass_.culmination_utc <= pass_.set_utc <= end
        assert pass_.max_elevation_deg >= min_elevation_deg - 1e-3
        assert pass_.is_truncated == (pass_.rise_utc == start or pass_.set_utc == end)
    assert all(a.set_utc < b.rise_utc for a, b in pairwise(passes))
    blink_s = 1.0  # the spline may miss or invent a pass that hardly grazes
    expected = [
        times
        for times in brute_force(plain_angles, elements, station, start, end, min_elevation_deg=min_elevation_deg)
        if times[2] - times[0] > blink_s
    ]
    found = [times for times in seconds_of(passes, start) if times[2] - times[0] > blink_s]
    assert len(found) == len(expected)
    if found:
        slowest_s = 0.2  # a grazing crossing is slow
        assert np.abs(np.subtract(found, expected)[:, [0, 2]]).max() < slowest_s


def test_a_grazing_pass_shorter_than_the_step_is_found(iss, graz, utc):
    """Exact: with the limit 0.01 deg under a pass's greatest elevation, the pass remains, for a few seconds."""
    start, end = utc(2018, 8, 20), utc(2018, 8, 21)
    for whole in find_passes([[iss]], [graz], start, end):
        limit_deg = whole.max_elevation_deg - 0.01
        short = find_passes([[iss]], [graz], start, end, min_elevation_deg=limit_deg)
        (match,) = [p for p in short if abs((p.culmination_utc - whole.culmination_utc).total_seconds()) < 0.01]
        assert 0.1 < match.duration_s < 10.0
        none = find_passes([[iss]], [graz], start, end, min_elevation_deg=whole.max_elevation_deg + 1e-5)
        assert all(abs((p.culmination_utc - whole.culmination_utc).total_seconds()) > 1.0 for p in none)


def test_the_skyline_is_respected(plain_angles, micius, xinglong, utc):
    """Plain Skyfield on a 0.5-s grid against a skyline with a tower: the same stretches to a step."""
    skyline = ((0.0, 12.0), (150.0, 12.0), (225.0, 15.0), (230.0, 60.0), (240.0, 60.0), (245.0, 18.0), (330.0, 30.0))
    station = replace(xinglong, horizon_mask=skyline)
    start, end = utc(2016, 12, 19, 16, 40), utc(2016, 12, 19, 17)
    passes = find_passes([[micius[1]]], [station], start, end)
    seconds = np.arange(0.0, 1200.0, 0.5)
    elevation, azimuth, _ = plain_angles(micius[1], station, start, seconds)
    clear = elevation > np.maximum(10.0, mask_elevation_deg(station, azimuth))
    changes = seconds[np.flatnonzero(clear[:-1] != clear[1:])]
    found = np.array(seconds_of(passes, start))[:, [0, 2]].ravel()
    assert len(changes) == found.size >= 4
    assert np.all((found - changes >= 0.0) & (found - changes <= 0.5))


def test_a_flat_skyline_is_a_limit_of_elevation(iss, graz, utc):
    """Exact: a mask of 25 deg all round equals a limit of 25 deg."""
    start, end = utc(2018, 8, 20), utc(2018, 8, 22)
    walled = replace(graz, horizon_mask=((0.0, 25.0), (180.0, 25.0)))
    by_mask = find_passes([[iss]], [walled], start, end)
    by_limit = find_passes([[iss]], [graz], start, end, min_elevation_deg=25.0)
    assert seconds_of(by_mask, start) == seconds_of(by_limit, start)
