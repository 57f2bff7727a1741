"""``iter_passes``: windows joined are the whole, can be taken up again, and take no memory."""

import tracemalloc
from dataclasses import fields, replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from skyfield.sgp4lib import EarthSatellite
from skyfield.toposlib import wgs84

from passplan.errors import DomainError
from passplan.orbit.conditions import Conditions
from passplan.orbit.earth import timescale
from passplan.orbit.elements import checksum, parse_tle
from passplan.orbit.passes import Passes, find_passes, iter_passes
from passplan.orbit.station import Station

MILLISECOND = timedelta(milliseconds=1)
FLAT_TOP = timedelta(seconds=10)  # of a high orbit: the highest instant is known no better
HOUR = timedelta(hours=1)


def listed(windows):
    found = [item for window in windows for item in window.passes]
    return sorted(found, key=lambda p: (p.rise_utc, p.satellite, p.station))


def check_equal(found, expected, *, culmination=MILLISECOND):
    """Same passes, times to 1 ms, angles to 0.1 arcsec."""
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        assert (one.satellite, one.station, one.is_truncated) == (other.satellite, other.station, other.is_truncated)
        assert one.culminations == other.culminations
        assert abs(one.rise_utc - other.rise_utc) < MILLISECOND
        assert abs(one.set_utc - other.set_utc) < MILLISECOND
        assert abs(one.culmination_utc - other.culmination_utc) < culmination
        assert one.max_elevation_deg == pytest.approx(other.max_elevation_deg, abs=2e-5)
        assert one.min_range_km == pytest.approx(other.min_range_km, abs=1e-3)
        assert one.elements is other.elements


@pytest.fixture(scope="module")
def objects(iss, molniya, geostationary, micius):
    named = [replace(item, name=name) for item, name in ((molniya, "Molniya"), (geostationary, "Still"))]
    return [[iss], *([item] for item in named), [replace(micius[0], name="Old"), replace(micius[1], name="Old")]]


@pytest.fixture(scope="module")
def places(geostationary, graz, xinglong, utc):
    """One of them sees the geostationary satellite always."""
    times = timescale().from_datetime(utc(2018, 8, 20))
    below = wgs84.subpoint_of(EarthSatellite(geostationary.line_1, geostationary.line_2, ts=timescale()).at(times))
    return [
        graz,
        xinglong,
        Station(name="below", latitude_deg=10.0, longitude_deg=below.longitude.degrees, height_m=0.0),
    ]


@pytest.mark.parametrize("max_range_km", [None, 30_000.0])
@pytest.mark.parametrize("hours", [3.0, 0.17])
def test_windows_joined_are_the_whole(objects, places, utc, hours, max_range_km):
    """Two days in windows of 3 h and of 10 min, seams inside passes of all kinds, against one window."""
    start = utc(2018, 8, 20)
    end = start + timedelta(days=2 if hours > 1.0 else 0.3)
    asked = Conditions(max_range_km=max_range_km)
    whole = find_passes(objects, places, start, end, asked)
    windows = list(iter_passes(objects, places, start, end, asked, window=hours * HOUR))
    assert windows[0].start_utc == start
    assert windows[-1].end_utc == end
    assert all(one.end_utc == other.start_utc for one, other in pairwise(windows))
    assert len(windows[-1].open) == 0
    check_equal(listed(windows), list(whole), culmination=FLAT_TOP)
    if max_range_km is None:
        assert any(p.rise_utc == start and p.set_utc == end for p in whole)


@pytest.mark.parametrize("minutes", [40, 180, 1000])
def test_windows_of_a_history_joined_are_the_whole(micius, xinglong, graz, utc, minutes):
    """Bundled sets of Micius over nineteen days: seams in passes and near changes of the set."""
    start, end = utc(2016, 12, 18), utc(2016, 12, 18) + timedelta(days=2 if minutes < 100 else 25)
    whole = find_passes([micius], [xinglong, graz], start, end, min_elevation_deg=3.0)
    windows = iter_passes(
        [micius], [xinglong, graz], start, end, Conditions(min_elevation_deg=3.0), window=timedelta(minutes=minutes)
    )
    check_equal(listed(windows), list(whole))


@pytest.mark.parametrize("share", [0.01, 0.3, 0.49, 0.51, 0.7, 0.99])
@pytest.mark.parametrize("change_s", [-3000.0, -100.0, 100.0, 300.0, 3000.0])
def test_a_seam_in_a_pass_near_a_change_of_the_set(iss, graz, utc, build_later, share, change_s):
    """A second set, three seconds late, takes over before, in and after the pass that the seam cuts."""
    start, end = utc(2018, 8, 20, 12), utc(2018, 8, 21)
    alone = find_passes([[iss]], [graz], start, end)[1]
    change = alone.culmination_utc + timedelta(seconds=change_s)
    history = [iss, build_later(iss, 3.0, change + (change - iss.epoch_utc))]
    seam = alone.rise_utc + share * (alone.set_utc - alone.rise_utc)
    whole = find_passes([history], [graz], start, end)
    windows = list(iter_passes([history], [graz], start, end, window=seam - start))
    check_equal(listed(windows), list(whole))


@pytest.fixture(scope="module")
def build_later():
    """A set a given time late on the orbit of another, with an epoch of its own in the record alone."""

    def build(elements, late_s, epoch_utc):
        line_1 = elements.line_1
        day = float(line_1[20:32]) + late_s / 86_400.0
        line_1 = f"{line_1[:20]}{day:012.8f}{line_1[32:68]}"
        text = f"{line_1}{checksum(line_1)}\n{elements.line_2}"
        return replace(parse_tle(text, source="later")[0], name=elements.name, epoch_utc=epoch_utc)

    return build


def test_a_search_goes_on_from_any_window(objects, places, utc):
    """Taken up after each window in turn: the same bits as without an interruption."""
    start, end = utc(2018, 8, 20), utc(2018, 8, 20, 20)
    arguments = (objects, places, start, end)
    windows = list(iter_passes(*arguments, window=3 * HOUR))
    for number, found in enumerate(windows):
        rest = list(iter_passes(*arguments, window=3 * HOUR, resume=found))
        assert [item.start_utc for item in rest] == [item.start_utc for item in windows[number + 1 :]]
        for one, other in zip(rest, windows[number + 1 :], strict=True):
            assert one.passes == other.passes
            for item in fields(one.open):
                np.testing.assert_array_equal(getattr(one.open, item.name), getattr(other.open, item.name))


def test_a_search_may_go_on_with_other_windows(objects, places, utc):
    """Property: how the rest is cut does not matter."""
    start, end = utc(2018, 8, 20), utc(2018, 8, 20, 20)
    first = next(iter_passes(objects, places, start, end, window=4 * HOUR))
    rest = list(iter_passes(objects, places, start, end, window=0.9 * HOUR, resume=first))
    assert rest[0].start_utc == start + 4 * HOUR
    check_equal(listed([first, *rest]), list(find_passes(objects, places, start, end)), culmination=FLAT_TOP)


def test_memory_does_not_grow_with_the_time(iss, graz, xinglong, places, utc):
    """One satellite, three stations, 300 days, ten times as long as a window: no more than that window's arrays."""
    month, year = timedelta(days=30), timedelta(days=300)
    stations, start = [graz, xinglong, places[2]], utc(2018, 8, 20)
    find_passes([[iss]], stations, start, start + month)  # fills the caches of times and stations
    peaks = []
    for length in (month, year):
        tracemalloc.start()
        count = sum(len(item.passes) for item in iter_passes([[iss]], stations, start, start + length))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert count > 10 * length.days
    arrays = 30 * 288 * 3 * 8 * 40  # nodes x stations x 8 B x 40: of the window and its candidates' samples
    assert peaks[1] < 1.1 * peaks[0] + arrays * 0.1
    assert peaks[0] < arrays


def test_a_window_must_have_a_length(iss, graz, utc):
    with pytest.raises(DomainError, match=r"window is 0:00:00, must be longer than 0 s"):
        iter_passes([[iss]], [graz], utc(2018, 8, 20), utc(2018, 8, 21), window=timedelta(0))


def direct_deg(pass_, when):
    """Elevation and azimuth [deg] straight from Skyfield."""
    satellite = EarthSatellite(pass_.elements.line_1, pass_.elements.line_2, ts=timescale())
    place = wgs84.latlon(pass_.site.latitude_deg, pass_.site.longitude_deg, elevation_m=pass_.site.height_m)
    elevation, azimuth, _ = (satellite - place).at(timescale().from_datetime(when)).altaz()
    return elevation.degrees, azimuth.degrees


def azimuth_error_arcsec(told_deg, azimuth_deg, elevation_deg):
    return 3600.0 * abs((told_deg - azimuth_deg + 180.0) % 360.0 - 180.0) * np.cos(np.deg2rad(elevation_deg))


@pytest.mark.parametrize("sets", [slice(1, 2), slice(0, 3)])
def test_angles_on_either_side_of_a_leap_second(micius, xinglong, graz, utc, sets):
    """Skyfield's own angles, five days on either side of 2017-01-01, of one set and of a history that changes."""
    passes = find_passes([micius[sets]], [xinglong, graz], utc(2016, 12, 27), utc(2017, 1, 6))
    assert {p.rise_utc.year for p in passes} == {2016, 2017}
    for p in passes:
        for when, told_deg in (
            (p.rise_utc, p.rise_azimuth_deg),
            (p.culmination_utc, p.culmination_azimuth_deg),
            (p.set_utc, p.set_azimuth_deg),
        ):
            elevation_deg, azimuth_deg = direct_deg(p, when)
            assert azimuth_error_arcsec(told_deg, azimuth_deg, elevation_deg) < 0.1
        assert abs(direct_deg(p, p.rise_utc)[0] - 10.0) < 1e-4
        assert abs(direct_deg(p, p.set_utc)[0] - 10.0) < 1e-4
        assert abs(direct_deg(p, p.culmination_utc)[0] - p.max_elevation_deg) < 0.1 / 3600.0


@pytest.mark.parametrize("alone", [True, False])
def test_a_pass_over_a_leap_second_is_one(micius, utc, alone):
    """A station under Micius at 2017-01-01: one pass, both its ends on the limit by Skyfield."""
    history = micius[1:2] if alone else micius[:3]
    nearest = history[-1]
    leap = utc(2017, 1, 1)
    satellite = EarthSatellite(nearest.line_1, nearest.line_2, ts=timescale())
    below = wgs84.subpoint_of(satellite.at(timescale().from_datetime(leap)))
    station = Station(
        name="leap", latitude_deg=below.latitude.degrees, longitude_deg=below.longitude.degrees, height_m=0.0
    )
    (whole,) = find_passes([history], [station], leap - HOUR, leap + HOUR)
    assert whole.rise_utc < leap < whole.set_utc
    assert not whole.is_truncated
    assert whole.culminations == 1
    assert whole.max_elevation_deg > 80.0
    for when in (whole.rise_utc, whole.set_utc):
        assert abs(direct_deg(whole, when)[0] - 10.0) < 1e-4
    windows = list(iter_passes([history], [station], leap - HOUR, leap + HOUR))
    assert [item.end_utc for item in windows] == [leap, leap + HOUR]
    assert [len(item.passes) for item in windows] == [0, 1]


def test_parts_of_one_search_make_one_sequence(objects, places, utc):
    """Exact: joined in the order of rise, with the failures that are given."""
    start, end = utc(2018, 8, 20), utc(2018, 8, 20, 12)
    parts = [item.passes for item in iter_passes(objects, places, start, end, window=3 * HOUR)]
    whole = Passes.joined(parts, ())
    assert [p.rise_utc for p in whole] == sorted(p.rise_utc for p in whole)
    assert len(whole) == sum(map(len, parts))
    assert Passes.joined(parts[:1], ()) == parts[0]
