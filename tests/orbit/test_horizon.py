"""Skylines and refraction: what counts as high enough, against dense grids of plain Skyfield."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from passplan.orbit.conditions import Conditions
from passplan.orbit.horizon import look_angles, sites_of
from passplan.orbit.passes import find_passes
from passplan.orbit.station import Station, mask_elevation_deg
from passplan.orbit.topocentric import apparent_elevation_deg, true_elevation_deg

GRID_S = 0.5
TOWERS = ((0.0, 5.0), (40.0, 5.0), (41.0, 55.0), (47.0, 55.0), (48.0, 5.0), (150.0, 5.0), (200.0, 25.0), (300.0, 8.0))
GAP = ((0.0, 70.0), (90.0, 70.0), (91.0, 12.0), (130.0, 12.0), (131.0, 70.0), (359.0, 70.0))
OVER_NORTH = ((350.0, 15.0), (355.0, 40.0), (5.0, 40.0), (10.0, 15.0), (180.0, 15.0))
BOTH_ENDS = ((0.0, 20.0), (90.0, 10.0), (270.0, 30.0), (360.0, 20.0))
VALLEY = ((0.0, -3.0), (90.0, 4.0), (180.0, -1.0), (270.0, 9.0))
FULL_TURN = tuple((float(k), 10.0 + 8.0 * np.sin(np.deg2rad(9.0 * k))) for k in range(0, 360, 5))
SKYLINES = {
    "towers": (TOWERS, 10.0),
    "gap": (GAP, 10.0),
    "over north": (OVER_NORTH, 10.0),
    "points at 0 and 360": (BOTH_ENDS, 5.0),
    "partly under the limit": (VALLEY, 3.0),
    "under the horizontal plane": (VALLEY, -5.0),
    "many corners": (FULL_TURN, 0.0),
}


def grid_stretches(angles, station, limit_deg, start, seconds, *, refraction=None):
    """First and last grid instant [s] of each time above the limit and the skyline."""
    elevation_deg, azimuth_deg, _ = angles
    lowest_deg = np.maximum(limit_deg, mask_elevation_deg(station, azimuth_deg))
    if refraction:
        lowest_deg = true_elevation_deg(station, lowest_deg)
    seen = np.concatenate(([False], elevation_deg >= lowest_deg, [False]))
    return seconds[0] + (np.flatnonzero(seen[1:] != seen[:-1]).reshape(-1, 2) - [0, 1]) * GRID_S


def check_against_grid(plain_angles, elements, station, start, hours, limit_deg, *, refraction=None):
    seconds = np.arange(0.0, hours * 3600.0 + GRID_S, GRID_S)
    angles = plain_angles(elements, station, start, seconds)
    expected = grid_stretches(angles, station, limit_deg, start, seconds, refraction=refraction)
    asked = Conditions(min_elevation_deg=limit_deg, refraction=refraction)
    passes = find_passes([[elements]], [station], start, start + timedelta(hours=hours), asked)
    found = np.array([[(when - start).total_seconds() for when in (p.rise_utc, p.set_utc)] for p in passes]).reshape(
        -1, 2
    )
    # a time between two instants of the grid is not seen by it
    found = found[np.ceil((found[:, 0] + 1e-3) / GRID_S) <= np.floor((found[:, 1] - 1e-3) / GRID_S)]
    assert found.shape == expected.shape
    close_s = 0.01
    assert np.all((expected[:, 0] - found[:, 0] > -close_s) & (expected[:, 0] - found[:, 0] < GRID_S + close_s))
    assert np.all((found[:, 1] - expected[:, 1] > -close_s) & (found[:, 1] - expected[:, 1] < GRID_S + close_s))
    return passes


@pytest.mark.parametrize("refraction", [None, "bennett"])
@pytest.mark.parametrize("name", SKYLINES)
def test_skylines_of_all_shapes(plain_angles, iss, graz, utc, name, refraction):
    """Plain Skyfield every 0.5 s for a day: the same times above skyline and limit, the limit raised by air or not."""
    skyline, limit_deg = SKYLINES[name]
    if refraction:
        limit_deg = max(limit_deg, -1.0)  # the model knows nothing lower
    station = replace(graz, horizon_mask=skyline)
    passes = check_against_grid(plain_angles, iss, station, utc(2018, 8, 20, 12), 24, limit_deg, refraction=refraction)
    assert passes


@pytest.mark.parametrize("name", ["towers", "over north", "many corners"])
def test_skylines_before_a_slow_satellite(plain_angles, molniya, graz, utc, name):
    """The same grid, a satellite that stays for hours and turns back on its way."""
    skyline, limit_deg = SKYLINES[name]
    station = replace(graz, horizon_mask=skyline)
    assert check_against_grid(plain_angles, molniya, station, utc(2018, 8, 20, 12), 24, limit_deg)


def test_a_skyline_above_everything_leaves_nothing(iss, graz, utc):
    """Exact: a wall of 90 deg all round."""
    walled = replace(graz, horizon_mask=((0.0, 90.0), (120.0, 90.0), (240.0, 90.0)))
    assert find_passes([[iss]], [walled], utc(2018, 8, 20), utc(2018, 8, 22)) == []


def test_a_skyline_below_the_limit_changes_nothing(iss, graz, utc):
    """Exact: the same passes in each bit."""
    low = replace(graz, horizon_mask=((0.0, -2.0), (120.0, 9.9), (240.0, 3.0)))
    window = utc(2018, 8, 20), utc(2018, 8, 22)
    found, expected = find_passes([[iss]], [low], *window), find_passes([[iss]], [graz], *window)
    assert [replace(p, site=graz) for p in found] == list(expected)


@pytest.mark.parametrize("limit_deg", [10.0, 12.0, 25.0])
def test_a_skyline_flat_in_part_keeps_every_pass(iss, graz, utc, limit_deg):
    """Property: where skyline and limit are one for most azimuths, passes there are those of the limit, to 1 ms."""
    mostly = replace(
        graz, horizon_mask=((0.0, limit_deg), (170.0, limit_deg), (171.0, limit_deg + 1.0), (172.0, limit_deg))
    )
    window = utc(2018, 8, 20), utc(2018, 9, 20)
    found = find_passes([[iss]], [mostly], *window, min_elevation_deg=0.0)
    expected = find_passes([[iss]], [graz], *window, min_elevation_deg=limit_deg)
    assert len(expected) > 40
    starts = {round(p.culmination_utc.timestamp()): p for p in found}
    for p in expected:
        if abs(p.rise_azimuth_deg - 171.0) > 2.0 and abs(p.set_azimuth_deg - 171.0) > 2.0:
            twin = starts[round(p.culmination_utc.timestamp())]
            assert abs((twin.rise_utc - p.rise_utc).total_seconds()) < 1e-3
            assert abs((twin.set_utc - p.set_utc).total_seconds()) < 1e-3


@settings(max_examples=25)
@given(
    corners=st.lists(
        st.tuples(st.floats(0.0, 360.0), st.floats(-5.0, 60.0)), min_size=1, max_size=8, unique_by=lambda c: c[0] % 360
    ),
    min_elevation_deg=st.floats(0.0, 30.0),
    refraction=st.sampled_from([None, "bennett"]),
)
def test_edges_lie_on_the_skyline(iss, graz, utc, plain_angles, corners, min_elevation_deg, refraction):
    """Property, by plain Skyfield: at uncut edges the elevation is that of limit and skyline, to 0.01 deg."""
    places = np.sort([azimuth_deg for azimuth_deg, _ in corners])
    assume(len(corners) == 1 or np.diff(places, append=places[0] + 360.0).min() >= 0.5)
    station = replace(graz, horizon_mask=tuple(corners))
    asked = Conditions(min_elevation_deg=min_elevation_deg, refraction=refraction)
    start = utc(2018, 8, 20, 12)
    for p in find_passes([[iss]], [station], start, start + timedelta(hours=24), asked):
        assert p.rise_utc <= p.culmination_utc <= p.set_utc
        for when, azimuth_deg in ((p.rise_utc, p.rise_azimuth_deg), (p.set_utc, p.set_azimuth_deg)):
            elevation_deg, plain_azimuth_deg, _ = plain_angles(iss, station, when, np.zeros(1))
            assert abs((azimuth_deg - plain_azimuth_deg[0] + 180.0) % 360.0 - 180.0) < 1e-4
            limit_deg = np.maximum(min_elevation_deg, mask_elevation_deg(station, azimuth_deg))
            if refraction:
                limit_deg = true_elevation_deg(station, limit_deg)
            if not p.is_truncated:
                slope = 120.0  # deg of skyline a degree of azimuth; 1e-4 s at 1 deg/s
                assert abs(elevation_deg[0] - limit_deg) < 0.01 + slope * 1e-4


@pytest.mark.parametrize("min_elevation_deg", [0.0, 5.0, 20.0])
def test_refraction_moves_the_limit(iss, graz, xinglong, utc, min_elevation_deg):
    """Two routes: a geometric search at the limit's true elevation, station by station, gives the same times."""
    window = utc(2018, 8, 20), utc(2018, 8, 23)
    asked = Conditions(min_elevation_deg=min_elevation_deg, refraction="bennett")
    for station in (graz, replace(xinglong, height_m=5000.0)):
        true_deg = float(true_elevation_deg(station, min_elevation_deg))
        seen = find_passes([[iss]], [station], *window, asked)
        plain = find_passes([[iss]], [station], *window, min_elevation_deg=true_deg)
        assert true_deg < min_elevation_deg
        assert [(p.rise_utc, p.set_utc) for p in seen] == [(p.rise_utc, p.set_utc) for p in plain]
        for one, other in zip(seen, plain, strict=True):
            told = float(apparent_elevation_deg(station, other.max_elevation_deg))
            assert one.max_elevation_deg == pytest.approx(told, abs=1e-9)
            assert one.max_elevation_deg >= other.max_elevation_deg


def test_sites_say_where_the_floor_is(graz):
    """By hand: the floor is the lowest of the skyline, not below the limit; uneven is what rises above it."""
    stations = [replace(graz, horizon_mask=skyline) for skyline in ((), ((0.0, 5.0),), VALLEY, TOWERS)]
    sites = sites_of(stations, min_elevation_deg=2.0, refraction=None)
    assert sites.floor_deg.tolist() == [2.0, 5.0, 2.0, 5.0]
    assert [sites.is_uneven(number) for number in range(len(sites))] == [False, False, True, True]
    assert sites.limit_deg(2, [0.0, 90.0, 270.0]).tolist() == [2.0, 4.0, 9.0]
    low = sites_of(stations, min_elevation_deg=-9.0, refraction=None)
    assert low.floor_deg.tolist() == [-9.0, 5.0, -3.0, 5.0]
    assert len(sites_of([], min_elevation_deg=2.0, refraction=None)) == 0


def test_look_angles_of_points_round_a_station():
    """Exact: a kilometre to each side of a station on the equator at 0 deg, where up is x, east y and north z."""
    place = Station(name="x", latitude_deg=0.0, longitude_deg=0.0, height_m=0.0)
    sites = sites_of([place], min_elevation_deg=0.0, refraction=None)
    sides = np.array([(0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (0.0, -1.0, 0.0), (1.0, 0.0, 1.0)])
    azimuth_deg, elevation_deg, range_km = look_angles(sites, np.zeros(5, dtype=int), sites.position_km[0] + sides)
    np.testing.assert_allclose(azimuth_deg, [0.0, 90.0, 180.0, 270.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(elevation_deg, [0.0, 0.0, 0.0, 0.0, 45.0], atol=1e-9)
    np.testing.assert_allclose(range_km, [1.0, 1.0, 1.0, 1.0, np.sqrt(2.0)], rtol=1e-12)
