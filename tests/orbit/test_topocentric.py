import numpy as np
import pytest
from skyfield.api import load
from skyfield.sgp4lib import EarthSatellite
from skyfield.toposlib import wgs84

from passplan.errors import ElementsError
from passplan.orbit.earth import clock, instants, timescale
from passplan.orbit.station import Station
from passplan.orbit.topocentric import (
    apparent_place,
    ground_fixed_states,
    local_axes,
    look,
    satellite_states,
    station_states,
)

ARCSEC_DEG = 1.0 / 3600.0
MILLIMETRE_KM = 1e-6


def skyfield_pair(elements, station, scale):
    satellite = EarthSatellite(elements.line_1, elements.line_2, ts=scale)
    return satellite, wgs84.latlon(station.latitude_deg, station.longitude_deg, elevation_m=station.height_m)


@pytest.mark.parametrize("builtin", [False, True])
@pytest.mark.parametrize("orbit", ["iss", "molniya", "geostationary"])
def test_angles_are_skyfields(orbit, builtin, graz, utc, request):
    """Direct Skyfield, (satellite - station).at(t).altaz(), with our and with its built-in Earth orientation."""
    elements = request.getfixturevalue(orbit)
    start, seconds = utc(2018, 8, 20, 1), np.arange(0.0, 20_000.0, 97.0)
    times = clock(start, seconds)
    scale = load.timescale(builtin=True) if builtin else timescale()
    satellite, site = skyfield_pair(elements, graz, scale)
    elevation, azimuth, distance = (satellite - site).at(scale.tt_jd(times.whole, times.tt_fraction)).altaz()
    seen = look(graz, *ground_fixed_states(elements, times))
    assert np.abs(seen.elevation_deg - elevation.degrees).max() < 0.01 * ARCSEC_DEG
    across = (seen.azimuth_deg - azimuth.degrees + 180.0) % 360.0 - 180.0
    assert np.abs(across * np.cos(elevation.radians)).max() < 0.01 * ARCSEC_DEG
    assert np.abs(seen.range_km - distance.km).max() < 1000.0 * MILLIMETRE_KM


def test_states_are_skyfields(iss, graz, utc):
    """Skyfield's GCRS positions and velocities of both ends, to 1 cm and 1 mm/s."""
    times = instants(utc(2018, 8, 20, 1), np.arange(0.0, 6000.0, 60.0))
    satellite, site = skyfield_pair(iss, graz, timescale())
    pairs = (
        (satellite_states(iss, times), satellite.at(times)),
        (station_states(graz, times)[:2], site.at(times)),
    )
    for (position_km, velocity_km_s), theirs in pairs:
        assert np.abs(position_km - theirs.position.km.T).max() < 10.0 * MILLIMETRE_KM
        assert np.abs(velocity_km_s - theirs.velocity.km_per_s.T).max() < 1e-6


def test_up_is_the_geodetic_vertical(graz, utc):
    """Two routes: the difference of two stations, one 1000 m above the other."""
    times = instants(utc(2018, 8, 20, 1), [0.0, 40_000.0])
    high = Station(name="x", latitude_deg=graz.latitude_deg, longitude_deg=graz.longitude_deg, height_m=1539.4)
    low_km, _, up = station_states(graz, times)
    np.testing.assert_allclose(station_states(high, times)[0] - low_km, up, atol=1e-9)


def test_the_two_frames_see_one_geometry(iss, graz, utc):
    """Range and elevation from GCRS vectors equal those from the Earth's frame."""
    times = instants(utc(2018, 8, 20, 1), np.arange(0.0, 6000.0, 60.0))
    position_km, _ = satellite_states(iss, times)
    station_km, _, up = station_states(graz, times)
    relative = position_km - station_km
    seen = look(graz, *ground_fixed_states(iss, times))
    range_km = np.linalg.norm(relative, axis=1)
    np.testing.assert_allclose(range_km, seen.range_km, atol=10.0 * MILLIMETRE_KM)
    sine = np.sum(relative * up, axis=1) / range_km
    np.testing.assert_allclose(np.rad2deg(np.arcsin(sine)), seen.elevation_deg, atol=0.01 * ARCSEC_DEG)


def test_zenith_and_cardinal_points(graz):
    """Exact: a point 100 km along an axis of the station stands in the zenith, north or east."""
    north, east, up = local_axes(graz)
    place_km = wgs84.latlon(graz.latitude_deg, graz.longitude_deg, elevation_m=graz.height_m).itrs_xyz.km
    points = place_km + 100.0 * np.array((up, north, east, -north - up))
    seen = look(graz, points, np.zeros_like(points))
    np.testing.assert_allclose(seen.elevation_deg, (90.0, 0.0, 0.0, -45.0), atol=1e-5)
    np.testing.assert_allclose(seen.azimuth_deg[1:], (0.0, 90.0, 180.0), atol=1e-9)
    assert np.all(np.isfinite(seen.azimuth_rate_deg_s))


def test_a_decayed_object_is_refused(micius_late, utc):
    """The set of 2025-09-22 leads into the ground: the message names the instant and the altitude."""
    with pytest.raises(ElementsError, match=r"late\.tle:1: Micius \(41731\), epoch 2025-09-22T.*20\d\d-.* decayed"):
        satellite_states(micius_late, clock(utc(2026, 6, 1), np.arange(0.0, 6000.0, 60.0)))


def test_one_bad_instant_among_good_ones_is_noticed(micius_late, utc):
    """Every instant is checked, not the last alone; the good ones alone pass."""
    good = clock(utc(2025, 9, 22, 9), [0.0, 60.0])
    assert satellite_states(micius_late, good)[0].shape == (2, 3)
    year_s = 365.0 * 86_400.0
    with pytest.raises(ElementsError, match="decayed"):
        ground_fixed_states(micius_late, clock(utc(2025, 9, 22, 9), [0.0, year_s, 60.0]))


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ({"turns_per_day": 16.8, "eccentricity": 0.0}, r"altitude at .* is \d\d km, must lie in \(80, 500000\)"),
        ({"turns_per_day": 0.01, "eccentricity": 0.0}, r"altitude at .* is 9\d{5} km, must lie in \(80, 500000\)"),
        ({"turns_per_day": 12.0, "eccentricity": 0.5}, "SGP4 fails at .* decayed"),
    ],
)
def test_impossible_altitudes_are_refused(build_elements, utc, shape, message):
    """Below 80 km, beyond 500,000 km, and SGP4's own refusal."""
    elements = build_elements(inclination_deg=10.0, node_deg=0.0, perigee_deg=0.0, anomaly_deg=0.0, **shape)
    with pytest.raises(ElementsError, match=message):
        satellite_states(elements, clock(utc(2018, 8, 20, 12), np.arange(0.0, 6000.0, 60.0)))


def test_the_moon_and_the_sun_keep_their_distances(graz, utc):
    """Known extremes: Moon 356,400 to 406,700 km, Sun 147.1 to 152.1 million km from the Earth's centre."""
    times = clock(utc(2018, 1, 1), np.arange(0.0, 365.0 * 86_400.0, 86_400.0))
    station_km, _, up = station_states(graz, times)
    places = [apparent_place(body, graz, times) for body in ("moon", "sun")]
    moon_km, sun_km = (np.linalg.norm(place.position_km + station_km, axis=1) for place in places)
    assert 356_300.0 < moon_km.min() < moon_km.max() < 406_800.0
    assert 147.0e6 < sun_km.min() < sun_km.max() < 152.2e6
    for place in places:
        sine = np.sum(place.position_km * up, axis=1) / np.linalg.norm(place.position_km, axis=1)
        np.testing.assert_allclose(np.rad2deg(np.arcsin(sine)), place.elevation_deg, atol=0.01 * ARCSEC_DEG)
