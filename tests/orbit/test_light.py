from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skyfield import almanac
from skyfield.sgp4lib import EarthSatellite
from skyfield.toposlib import wgs84

from passplan.constants import EARTH_EQUATORIAL_RADIUS_KM, SUN_RADIUS_KM
from passplan.errors import DomainError
from passplan.orbit.earth import ephemeris, instants, timescale
from passplan.orbit.light import (
    covered_share,
    darkness,
    light_at,
    light_conditions,
    lights_at,
    lit_share,
    sunlit_fraction,
)
from passplan.orbit.passes import find_passes
from passplan.orbit.track import track

SUN_DISTANCE_KM = 149.6e6
DIRECTIONS = ("sun_elevation_deg", "moon_elevation_deg", "moon_separation_deg", "sun_separation_deg")


@pytest.fixture(scope="module")
def published_pass(micius, xinglong, utc):
    (pass_,) = find_passes([micius], [xinglong], utc(2016, 12, 19, 16), utc(2016, 12, 19, 17))
    return pass_


def test_light_of_the_published_pass(published_pass):
    """Computed figures beside the reference table: Sun -70.6 deg, Moon 23 deg up at azimuth 101 deg, 64 % lit."""
    light = light_at(published_pass)
    assert light.sun_elevation_deg == pytest.approx(-70.6, abs=0.1)
    assert light.moon_elevation_deg == pytest.approx(23.0, abs=0.5)
    assert light.moon_azimuth_deg == pytest.approx(101.0, abs=0.5)
    assert light.moon_illumination == pytest.approx(0.64, abs=0.005)
    assert light.sunlit_fraction == 0.0


def test_the_whole_published_pass_lies_in_the_shadow(published_pass, xinglong):
    """The same figures: not sunlit in the whole pass."""
    geometry = track(
        published_pass.elements,
        xinglong,
        start_utc=published_pass.rise_utc,
        time_s=np.arange(0.0, published_pass.duration_s, 10.0),
    )
    assert np.all(light_conditions(geometry, xinglong).sunlit_fraction == 0.0)


def test_shadow_and_moon_are_skyfields(iss, graz, utc):
    """Skyfield's is_sunlit (sharp edge, spherical Earth) and almanac.fraction_illuminated over a day."""
    start = utc(2018, 8, 20, 1)
    geometry = track(iss, graz, start_utc=start, time_s=np.arange(0.0, 86_400.0, 20.0))
    light = light_conditions(geometry, graz)
    times = instants(start, geometry.time_s)
    theirs = EarthSatellite(iss.line_1, iss.line_2, ts=timescale()).at(times).is_sunlit(ephemeris())
    np.testing.assert_array_equal(theirs[light.sunlit_fraction == 1.0], True)
    np.testing.assert_array_equal(theirs[light.sunlit_fraction == 0.0], False)
    assert 0.3 < np.mean(light.sunlit_fraction == 0.0) < 0.45
    lit = almanac.fraction_illuminated(ephemeris(), "moon", times)
    assert np.abs(light.moon_illumination - lit).max() < 1e-4


def test_the_angle_to_the_moon_follows_from_azimuth_and_elevation(published_pass, xinglong):
    """Two routes: spherical cosine rule between the look angles of the satellite and of the Moon."""
    geometry = track(
        published_pass.elements, xinglong, start_utc=published_pass.rise_utc, time_s=np.arange(0.0, 400.0, 50.0)
    )
    light = light_conditions(geometry, xinglong)
    height, moon_height = np.deg2rad(geometry.elevation_deg), np.deg2rad(light.moon_elevation_deg)
    turn = np.deg2rad(geometry.azimuth_deg - light.moon_azimuth_deg)
    cosine = np.sin(height) * np.sin(moon_height) + np.cos(height) * np.cos(moon_height) * np.cos(turn)
    np.testing.assert_allclose(light.moon_separation_deg, np.rad2deg(np.arccos(cosine)), atol=1e-3)


def test_the_angle_to_the_sun_is_skyfields(published_pass, xinglong, utc):
    """Skyfield's separation_from between the apparent Sun and the geometric satellite, 0.1 arcsec."""
    times = instants(published_pass.culmination_utc, [0.0])
    site = wgs84.latlon(xinglong.latitude_deg, xinglong.longitude_deg, elevation_m=xinglong.height_m)
    satellite = EarthSatellite(published_pass.elements.line_1, published_pass.elements.line_2, ts=timescale())
    sun = (ephemeris()["earth"] + site).at(times).observe(ephemeris()["sun"]).apparent(deflectors=())
    theirs = (satellite - site).at(times).separation_from(sun).degrees[0]
    assert light_at(published_pass).sun_separation_deg == pytest.approx(theirs, abs=0.1 / 3600.0)


def test_many_passes_at_once_are_those_passes_one_by_one(micius, iss, molniya, xinglong, graz, utc):
    """Two routes: splines and SGP4 by element set against the full computation of each, 0.1 arcsec."""
    passes = [
        *find_passes([micius, [iss], [molniya]], [xinglong, graz], utc(2017, 1, 1), utc(2017, 1, 2)),
        *find_passes([[iss], [molniya]], [graz, xinglong], utc(2018, 8, 20), utc(2018, 8, 22)),
    ]
    assert len(passes) > 20
    passes = passes[::2] + passes[1::2]
    many = lights_at(passes)
    single = [light_at(pass_) for pass_ in passes]
    for name in DIRECTIONS:
        theirs = np.array([getattr(light, name) for light in single])
        np.testing.assert_allclose(getattr(many, name), theirs, atol=0.1 / 3600.0, rtol=0.0, err_msg=name)
    azimuth = np.array([light.moon_azimuth_deg for light in single])
    elevation = np.deg2rad(many.moon_elevation_deg)
    turn = (many.moon_azimuth_deg - azimuth + 180.0) % 360.0 - 180.0
    assert np.abs(turn * np.cos(elevation)).max() < 0.1 / 3600.0
    for name in ("moon_illumination", "sunlit_fraction"):
        theirs = np.array([getattr(light, name) for light in single])
        np.testing.assert_allclose(getattr(many, name), theirs, atol=1e-6, err_msg=name)


def test_the_light_of_no_pass():
    """Limit: empty in, empty out."""
    assert lights_at([]).sun_elevation_deg.shape == (0,)


def behind(angle_rad, distance_km):
    """Satellite at an angle between the Earth's centre and the Sun's, as the satellite sees them."""
    satellite = distance_km * np.array([-np.cos(angle_rad), np.sin(angle_rad), np.zeros_like(angle_rad)]).T
    return satellite, satellite + np.array([SUN_DISTANCE_KM, 0.0, 0.0])


def test_shadow_begins_and_ends_where_the_discs_touch():
    """Exact: full light when the discs are apart, none when the Earth's covers the Sun's, half near the limb."""
    distance_km = 6878.0
    earth_rad = np.arcsin(EARTH_EQUATORIAL_RADIUS_KM / distance_km)
    sun_rad = np.arcsin(SUN_RADIUS_KM / SUN_DISTANCE_KM)
    margin_rad = 1e-6
    angles = np.array([earth_rad - sun_rad - margin_rad, earth_rad, earth_rad + sun_rad + margin_rad])
    satellite, sun = behind(angles, distance_km)
    dark, half, bright = sunlit_fraction(satellite_position_km=satellite, sun_position_km=sun)
    assert (dark, bright) == (0.0, 1.0)
    limb_curvature = 4.0 / (3.0 * np.pi) * sun_rad / (2.0 * np.tan(earth_rad))
    assert half == pytest.approx(0.5, abs=2.0 * limb_curvature)


@given(angle_rad=st.floats(0.5, 2.0), step_rad=st.floats(1e-6, 1e-2), distance_km=st.floats(6500.0, 50_000.0))
def test_moving_out_of_the_shadow_never_darkens(angle_rad, step_rad, distance_km):
    """Property: the share grows with the angle between Earth and Sun, and stays in [0, 1]."""
    angles = np.array([angle_rad, angle_rad + step_rad])
    satellite, sun = behind(angles, distance_km)
    first, second = sunlit_fraction(satellite_position_km=satellite, sun_position_km=sun)
    rounding = 1e-9
    assert 0.0 <= first <= second + rounding <= 1.0 + rounding


def test_the_covered_share_is_that_of_a_random_count(rng):
    """Monte Carlo: a million points on the unit disc under a disc of radius 3, five sigma."""
    points = 1_000_000
    radius, turn = np.sqrt(rng.random(points)), 2.0 * np.pi * rng.random(points)
    for separation in (2.3, 3.0, 3.6):
        hidden = np.mean(np.hypot(radius * np.cos(turn) - separation, radius * np.sin(turn)) < 3.0)
        share = covered_share(np.float64(1.0), np.float64(3.0), np.float64(separation))
        assert abs(share - hidden) < 5.0 * np.sqrt(share * (1.0 - share) / points)


def test_phases_of_the_moon():
    """Exact: full at phase angle 0, half at 90 deg, new at 180 deg."""
    np.testing.assert_allclose(lit_share([0.0, 0.5 * np.pi, np.pi]), [1.0, 0.5, 0.0], atol=1e-15)


@pytest.mark.parametrize(
    ("sun_elevation_deg", "name"),
    [
        (90.0, "day"),
        (-0.8, "day"),
        (-0.9, "civil"),
        (-6.0, "civil"),
        (-6.1, "nautical"),
        (-12.1, "astronomical"),
        (-18.0, "astronomical"),
        (-18.1, "night"),
    ],
)
def test_names_of_twilight(sun_elevation_deg, name):
    """Convention of almanacs: -0.833, -6, -12, -18 deg."""
    assert darkness(sun_elevation_deg) == name


def test_wrong_inputs_are_refused(published_pass, xinglong, graz, utc):
    """nan, the wrong station, a satellite inside the Earth, an instant outside the ephemeris."""
    with pytest.raises(DomainError, match="sun_elevation_deg is nan"):
        darkness(float("nan"))
    geometry = track(published_pass.elements, xinglong, start_utc=published_pass.rise_utc, time_s=[0.0])
    with pytest.raises(DomainError, match="station is 'Graz', must be the station of the track, 'Xinglong'"):
        light_conditions(geometry, graz)
    with pytest.raises(DomainError, match="satellite distance_km is 6000"):
        sunlit_fraction(satellite_position_km=[6000.0, 0.0, 0.0], sun_position_km=[SUN_DISTANCE_KM, 0.0, 0.0])
    with pytest.raises(DomainError, match="must lie within the ephemeris of Sun and Moon, 2015"):
        light_conditions(replace(geometry, epoch_utc=utc(2014, 6, 1)), xinglong)


def test_arrays_are_read_only(published_pass, xinglong):
    """A record of arrays cannot be changed."""
    geometry = track(published_pass.elements, xinglong, start_utc=published_pass.rise_utc, time_s=[0.0, 1.0])
    with pytest.raises(ValueError, match="read-only"):
        light_conditions(geometry, xinglong).sunlit_fraction[0] = 1.0
