"""Completeness of the search: against elevation and range every second, straight from SGP4."""

from datetime import timedelta

import numpy as np
import pytest
from catalogues import EPOCH, STATIONS, catalogue
from skyfield.toposlib import wgs84
from truth import Witness, compare, true_passes

from passplan.constants import EARTH_EQUATORIAL_RADIUS_KM, EARTH_GRAVITY_KM3_S2
from passplan.orbit.earth import clock
from passplan.orbit.elements import period_s
from passplan.orbit.passes import find_passes
from passplan.orbit.station import Station
from passplan.orbit.topocentric import ground_fixed_states

EDGE_S = 0.05
HALF_DAY_S = 43_200


def as_numbers(passes, sets, stations, start):
    satellites = {elements: number for number, elements in enumerate(sets)}
    sites = {station: number for number, station in enumerate(stations)}
    return [
        (
            satellites[p.elements],
            sites[p.site],
            (p.rise_utc - start).total_seconds(),
            (p.set_utc - start).total_seconds(),
        )
        for p in passes
    ]


def check_whole(sets, stations, start, hours, **limits):
    """Nothing missed, nothing invented, edges to 0.05 s; a pass shorter than the truth's step is looked at itself."""
    end = start + timedelta(hours=hours)
    passes = find_passes([[elements] for elements in sets], stations, start, end, **limits)
    truth = true_passes(sets, stations, start, hours * 3600, min_elevation_deg=limits.get("min_elevation_deg", 10.0))
    missed, invented, worst_s, blinks = compare(as_numbers(passes, sets, stations, start), truth)
    assert (missed, invented) == ([], [])
    assert worst_s < EDGE_S
    for satellite, station, rise_s, set_s in blinks:
        height_deg = Witness(sets[satellite], stations, start).elevation_deg(np.array([0.5 * (rise_s + set_s)]))
        assert height_deg[station, 0] >= limits.get("min_elevation_deg", 10.0) - 1e-6
    return passes


def test_a_catalogue_of_all_kinds_is_found_whole():
    """A 1-s truth by SGP4 and mean sidereal time: 40 satellites of four kinds, 4 stations, 12 h."""
    sets = catalogue(40)
    assert len({round(elements.mean_motion_rev_day) for elements in sets}) >= 4
    passes = check_whole(sets, STATIONS[:4], EPOCH, 12)
    assert len(passes) > 300


ODD = {
    "retrograde": {"inclination_deg": 144.0, "eccentricity": 0.002, "turns_per_day": 14.9},
    "transfer orbit": {"inclination_deg": 27.0, "eccentricity": 0.73, "turns_per_day": 2.27},
    "long ellipse": {"inclination_deg": 50.0, "eccentricity": 0.3, "turns_per_day": 8.0},
    "lowest": {"inclination_deg": 51.6, "eccentricity": 0.0005, "turns_per_day": 16.3},
    "equatorial": {"inclination_deg": 0.0, "eccentricity": 0.001, "turns_per_day": 13.0},
    "polar": {"inclination_deg": 90.0, "eccentricity": 0.001, "turns_per_day": 15.2},
    "navigation": {"inclination_deg": 55.0, "eccentricity": 0.01, "turns_per_day": 2.0056},
}
PLACES = (
    Station(name="pole", latitude_deg=90.0, longitude_deg=0.0, height_m=2800.0),
    Station(name="equator", latitude_deg=0.0, longitude_deg=-50.0, height_m=0.0),
    Station(name="date line", latitude_deg=-17.0, longitude_deg=180.0, height_m=10.0),
    Station(name="graz", latitude_deg=47.0671, longitude_deg=15.4933, height_m=539.4),
)


@pytest.fixture(scope="module")
def odd_sets(build_elements):
    return [
        build_elements(node_deg=40.0 * k, perigee_deg=250.0, anomaly_deg=10.0, **odd)
        for k, odd in enumerate(ODD.values())
    ]


@pytest.mark.parametrize("min_elevation_deg", [-5.0, 0.0, 10.0, 40.0])
def test_odd_orbits_are_found_whole(odd_sets, utc, min_elevation_deg):
    """The same truth: retrograde, transfer, long, lowest, equatorial, polar and navigation orbits, 12 h."""
    check_whole(odd_sets, PLACES, utc(2018, 8, 20, 12), 12, min_elevation_deg=min_elevation_deg)


def test_three_days_of_molniya_are_found_whole(molniya, utc):
    """The same truth, on an orbit whose elevation turns several times in one pass."""
    check_whole([molniya], PLACES, utc(2018, 8, 20), 72, min_elevation_deg=5.0)


class RangeWitness:
    """Stretches with elevation and range within limits, every second, by this package's own checked states."""

    def __init__(self, elements, station, start, seconds):
        place = wgs84.latlon(station.latitude_deg, station.longitude_deg, elevation_m=station.height_m)
        latitude, longitude = place.latitude.radians, place.longitude.radians
        up = np.array((np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)))
        position_km, _ = ground_fixed_states(elements, clock(start, np.arange(seconds + 1.0)))
        relative_km = position_km - place.itrs_xyz.km
        self.range_km = np.linalg.norm(relative_km, axis=1)
        self.elevation_deg = np.rad2deg(np.arcsin(relative_km @ up / self.range_km))

    def stretches(self, min_elevation_deg, max_range_km):
        seen = np.concatenate(
            ([False], (self.elevation_deg >= min_elevation_deg) & (self.range_km <= max_range_km), [False])
        )
        changes = np.flatnonzero(seen[1:] != seen[:-1])
        return changes.reshape(-1, 2) - [0, 1]


@pytest.fixture(scope="module")
def grids(odd_sets, molniya, geostationary, utc):
    """Half a day of every orbit over every place."""
    return {
        (elements, station): RangeWitness(elements, station, utc(2018, 8, 20, 12), HALF_DAY_S)
        for elements in (*odd_sets, molniya, geostationary)
        for station in PLACES
    }


@pytest.mark.parametrize("max_range_km", [700.0, 1500.0, 2500.0, 4000.0, 6000.0, 9000.0, 20_000.0, 37_000.0])
def test_passes_within_a_range(grids, utc, max_range_km):
    """Every second, elevation and range together: the same stretches to that second.

    Ranges beyond that of the limit of elevation matter most: there the range is crossed while the satellite is down.
    """
    start = utc(2018, 8, 20, 12)
    for (elements, station), grid in grids.items():
        passes = find_passes([[elements]], [station], start, start + timedelta(hours=12), max_range_km=max_range_km)
        found = np.array(
            [[(when - start).total_seconds() for when in (p.rise_utc, p.set_utc)] for p in passes]
        ).reshape(-1, 2)
        found = found[np.ceil(found[:, 0] + 1e-4) <= np.floor(found[:, 1] - 1e-4)]  # with a whole second inside
        expected = grid.stretches(10.0, max_range_km)
        assert found.shape == expected.shape, (elements, station)
        late_s, early_s = expected[:, 0] - found[:, 0], found[:, 1] - expected[:, 1]
        assert np.all((late_s > -EDGE_S) & (late_s < 1.0 + EDGE_S))
        assert np.all((early_s > -EDGE_S) & (early_s < 1.0 + EDGE_S))
        assert all(p.min_range_km <= max_range_km + 1e-3 for p in passes)


def test_the_smallest_range_and_the_highest_elevation_are_those_of_the_second(grids, utc):
    """The same grid: no second is nearer or higher than what is told, and the nearest second is near it."""
    start = utc(2018, 8, 20, 12)
    fastest_km_s, fastest_deg_s = 11.0, 3.0
    for (elements, station), grid in grids.items():
        for p in find_passes([[elements]], [station], start, start + timedelta(hours=12)):
            first, last = (int((when - start).total_seconds()) for when in (p.rise_utc, p.set_utc))
            inside = slice(first + 1, last + 1)
            if last > first:
                assert -1e-3 < grid.range_km[inside].min() - p.min_range_km < fastest_km_s
                assert -1e-4 < p.max_elevation_deg - grid.elevation_deg[inside].max() < fastest_deg_s


def test_a_satellite_through_the_zenith(build_elements, utc):
    """Exact: over a station in the plane of an equatorial orbit the highest elevation is 90 deg."""
    elements = build_elements(
        inclination_deg=0.0, node_deg=0.0, eccentricity=0.0, perigee_deg=0.0, anomaly_deg=0.0, turns_per_day=14.0
    )
    start = utc(2018, 8, 20, 12)
    passes = find_passes([[elements]], [PLACES[1]], start, start + timedelta(hours=12))
    assert len(passes) > 5
    axis_km = np.cbrt(EARTH_GRAVITY_KM3_S2 * (period_s(elements) / (2.0 * np.pi)) ** 2)
    for p in passes:
        assert p.max_elevation_deg == pytest.approx(90.0, abs=0.05)  # the plane wanders by some hundred metres
        assert p.min_range_km == pytest.approx(axis_km - EARTH_EQUATORIAL_RADIUS_KM, rel=0.02)
        assert p.culminations == 1
