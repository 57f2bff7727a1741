from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline
from skyfield.sgp4lib import EarthSatellite
from skyfield.toposlib import wgs84

from passplan.orbit.earth import timescale
from passplan.orbit.passes import find_passes
from passplan.orbit.station import Station, mask_elevation_deg

ARCSEC_TENTH_DEG = 0.1 / 3600.0
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


def direct(p, when):
    """Elevation and azimuth [deg] by Skyfield alone, nutation and all."""
    satellite = EarthSatellite(p.elements.line_1, p.elements.line_2, ts=timescale())
    place = wgs84.latlon(p.site.latitude_deg, p.site.longitude_deg, elevation_m=p.site.height_m)
    elevation, azimuth, _ = (satellite - place).at(timescale().from_datetime(when)).altaz()
    return elevation.degrees, azimuth.degrees


@pytest.mark.parametrize("orbit", ["iss", "molniya", "geostationary"])
def test_angles_are_those_of_skyfield(orbit, graz, xinglong, utc, request):
    """`EarthSatellite - wgs84.latlon`, 0.1 arcsec; azimuths as arcs on the sky, those near north among them."""
    elements = request.getfixturevalue(orbit)
    start = utc(2018, 8, 20)
    passes = find_passes([[elements]], [graz, xinglong], start, start + timedelta(days=5), min_elevation_deg=0.0)
    assert len(passes) > 0
    across = 0
    for p in passes:
        for when, azimuth_deg in (
            (p.rise_utc, p.rise_azimuth_deg),
            (p.culmination_utc, p.culmination_azimuth_deg),
            (p.set_utc, p.set_azimuth_deg),
        ):
            elevation_deg, plain_deg = direct(p, when)
            arc_deg = abs((azimuth_deg - plain_deg + 180.0) % 360.0 - 180.0) * np.cos(np.deg2rad(elevation_deg))
            assert arc_deg < ARCSEC_TENTH_DEG
            assert 0.0 <= azimuth_deg < 360.0
        assert abs(direct(p, p.culmination_utc)[0] - p.max_elevation_deg) < ARCSEC_TENTH_DEG
        across += abs(p.rise_azimuth_deg - p.set_azimuth_deg) > 180.0
    assert across > 0 or orbit != "iss"


@pytest.mark.parametrize("max_range_km", [None, 1500.0])
def test_a_window_that_begins_or_ends_at_an_edge(iss, molniya, graz, xinglong, utc, max_range_km):
    """Property: from a set on, or up to a rise, there is nothing; from a rise, or up to a set, the pass is there.

    Rise and set are told to the microsecond, so that the window's end lies within rounding of the crossing.
    """
    start, limits = utc(2018, 8, 20), {"max_range_km": max_range_km}
    whole = [
        p
        for elements, days in ((iss, 6), (molniya, 3))
        for p in find_passes([[elements]], [graz, xinglong], start, start + timedelta(days=days), **limits)
        if not p.is_truncated
    ]
    assert len(whole) > (30 if max_range_km is None else 15)
    for p in whole:
        arguments = [[p.elements]], [p.site]
        gap = timedelta(minutes=4)
        assert find_passes(*arguments, p.set_utc, p.set_utc + gap, **limits) == []
        assert find_passes(*arguments, p.rise_utc - gap, p.rise_utc, **limits) == []
        for low, high in (
            (p.rise_utc, p.set_utc),
            (p.rise_utc, p.culmination_utc),
            (p.culmination_utc, p.set_utc),
            (p.rise_utc - gap, p.culmination_utc),
        ):
            (part,) = find_passes(*arguments, low, high, **limits)
            assert abs((part.rise_utc - max(low, p.rise_utc)).total_seconds()) < 1e-4
            assert abs((part.set_utc - min(high, p.set_utc)).total_seconds()) < 1e-4
            assert part.rise_utc <= part.culmination_utc <= part.set_utc


@settings(max_examples=25)
@given(
    latitude_deg=st.floats(-90.0, 90.0),
    longitude_deg=st.floats(-180.0, 180.0),
    inclination_deg=st.floats(0.0, 180.0),
    turns_per_day=st.floats(0.9, 16.0),
    perigee_altitude_km=st.floats(250.0, 1000.0),
    is_round=st.booleans(),
    min_elevation_deg=st.floats(-5.0, 60.0),
    share=st.floats(0.0, 1.0),
)
def test_promises_for_any_orbit(
    plain_angles,
    build_elements,
    utc,
    latitude_deg,
    longitude_deg,
    inclination_deg,
    turns_per_day,
    perigee_altitude_km,
    is_round,
    min_elevation_deg,
    share,
):
    """Properties: order, no overlap, edges on the limit; a cut anywhere, or an earlier start, changes nothing."""
    axis_km = np.cbrt(398_600.4418 * (86_400.0 / turns_per_day / 2.0 / np.pi) ** 2)
    eccentricity = 0.001 if is_round else max(1.0 - (6378.137 + perigee_altitude_km) / axis_km, 0.0)
    station = Station(name="x", latitude_deg=latitude_deg, longitude_deg=longitude_deg, height_m=0.0)
    elements = build_elements(
        inclination_deg=inclination_deg, node_deg=10.0, eccentricity=eccentricity, perigee_deg=250.0, anomaly_deg=50.0,
        turns_per_day=turns_per_day,
    )  # fmt: skip
    if axis_km * (1.0 - eccentricity) < 6550.0:
        return
    start, length = utc(2018, 8, 20), timedelta(hours=30)
    arguments, limits = ([[elements]], [station]), {"min_elevation_deg": min_elevation_deg}
    whole = find_passes(*arguments, start, start + length, **limits)
    assert all(a.set_utc < b.rise_utc for a, b in pairwise(whole))
    for p in whole:
        assert start <= p.rise_utc <= p.culmination_utc <= p.set_utc <= start + length
        for when in (p.rise_utc, p.set_utc):
            if start < when < start + length:
                assert abs(plain_angles(elements, station, when, np.zeros(1))[0][0] - min_elevation_deg) < 0.01
    seam = start + share * length
    if start < seam < start + length:
        parts = [
            *find_passes(*arguments, start, seam, **limits),
            *find_passes(*arguments, seam, start + length, **limits),
        ]
        joined = rejoined(parts, seam)
        assert np.shape(joined) == np.shape(edges(whole))
        if joined:
            assert np.abs(np.subtract(joined, edges(whole))).max() < 1e-3
    earlier = find_passes(*arguments, start - share * length, start + length, **limits)
    same = [times for times in edges(earlier) if times[1] > start.timestamp()]
    assert len(same) == len(whole)
    for (rise, down), (own_rise, own_down) in zip(same, edges(whole), strict=True):
        assert abs(max(rise, start.timestamp()) - own_rise) < 1e-3
        assert abs(down - own_down) < 1e-3


def edges(passes):
    return [(p.rise_utc.timestamp(), p.set_utc.timestamp()) for p in passes]


def rejoined(parts, seam):
    """Edges of passes, those on either side of a seam put together."""
    found = edges(parts)
    for k, (one, other) in enumerate(pairwise(found)):
        if one[1] == other[0] == seam.timestamp():
            return [*found[:k], (one[0], other[1]), *found[k + 2 :]]
    return found
