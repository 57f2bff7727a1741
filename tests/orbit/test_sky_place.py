import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skyfield.framelib import ecliptic_J2000_frame, galactic_frame
from skyfield.positionlib import ICRF

from passplan.orbit.light import light_at, light_conditions, lights_at
from passplan.orbit.passes import find_passes
from passplan.orbit.sky_place import ecliptic_place_deg, galactic_latitude_deg
from passplan.orbit.track import track

ARCSEC_DEG = 1.0 / 3600.0
PLACES = ("helioecliptic_longitude_deg", "ecliptic_latitude_deg", "galactic_latitude_deg")


def turned_deg(first, second):
    """Difference of two angles [deg], across the end of the circle."""
    return (np.subtract(first, second) + 180.0) % 360.0 - 180.0


def test_ecliptic_and_galactic_axes_are_skyfields(rng):
    """Another library: Skyfield's J2000 ecliptic and galactic frames on random directions, 0.1 arcsec."""
    sight, sun = rng.normal(size=(2, 3, 200))
    sun[2] = 0.43 * sun[1]  # near the ecliptic, where the frame bias does not count for more
    latitude, longitude, _ = ICRF(sight).frame_latlon(ecliptic_J2000_frame)
    _, sun_longitude, _ = ICRF(sun).frame_latlon(ecliptic_J2000_frame)
    found_longitude_deg, found_latitude_deg = ecliptic_place_deg(sight, sun)
    apart_deg = turned_deg(found_longitude_deg, longitude.degrees - sun_longitude.degrees)
    assert np.abs(apart_deg * np.cos(latitude.radians)).max() < 0.1 * ARCSEC_DEG
    np.testing.assert_allclose(found_latitude_deg, latitude.degrees, atol=0.1 * ARCSEC_DEG, rtol=0.0)
    galactic, _, _ = ICRF(sight).frame_latlon(galactic_frame)
    np.testing.assert_allclose(galactic_latitude_deg(sight), galactic.degrees, atol=0.1 * ARCSEC_DEG, rtol=0.0)


def test_known_stars_and_the_galactic_centre():
    """Astropy 7: Sgr A* (266.417, -29.008) at galactic latitude -0.046 deg, Polaris at ecliptic latitude 66.10 deg."""
    astropy = pytest.importorskip("astropy.coordinates")
    places = astropy.SkyCoord([266.41684, 37.95456], [-29.00781, 89.26411], unit="deg")
    directions = places.cartesian.xyz.value
    np.testing.assert_allclose(galactic_latitude_deg(directions), places.galactic.b.deg, atol=ARCSEC_DEG)
    theirs = places.transform_to(astropy.BarycentricMeanEcliptic()).lat.deg
    _, latitude_deg = ecliptic_place_deg(directions, directions)
    np.testing.assert_allclose(latitude_deg, theirs, atol=ARCSEC_DEG)


@given(turn=st.floats(0.0, 6.2), lift=st.floats(-1.5, 1.5))
def test_the_sun_stands_at_longitude_nought(turn, lift):
    """Property: along the Sun itself the longitude is 0, opposite 180 deg, for any length of the vector."""
    sun = np.array([[np.cos(turn) * np.cos(lift)], [np.sin(turn) * np.cos(lift)], [np.sin(lift)]])
    assert turned_deg(ecliptic_place_deg(5.0 * sun, sun)[0], 0.0) == pytest.approx(0.0, abs=1e-9)
    assert ecliptic_place_deg(-sun, sun)[0] == pytest.approx(180.0, abs=1e-6)


def test_places_along_a_pass_agree_with_the_angle_to_the_sun(micius, xinglong, utc):
    """Two routes: cos of longitude and latitude against the Sun (on the ecliptic to 1 arcsec) gives its angle."""
    (pass_,) = find_passes([micius], [xinglong], utc(2016, 12, 19, 16), utc(2016, 12, 19, 17))
    along = track(pass_.elements, xinglong, start_utc=pass_.rise_utc, time_s=np.arange(0.0, 400.0, 20.0))
    light = light_conditions(along, xinglong)
    cosine = np.cos(np.deg2rad(light.helioecliptic_longitude_deg)) * np.cos(np.deg2rad(light.ecliptic_latitude_deg))
    parallax_and_aberration_deg = 0.01
    np.testing.assert_allclose(
        np.rad2deg(np.arccos(cosine)), light.sun_separation_deg, atol=parallax_and_aberration_deg
    )


def test_many_passes_at_once_have_the_places_of_each(micius, iss, xinglong, graz, utc):
    """Two routes: TEME turned by ten-day axes against GCRS of each instant, 3 arcsec."""
    passes = [
        *find_passes([micius, [iss]], [xinglong, graz], utc(2017, 1, 1), utc(2017, 1, 2)),
        *find_passes([[iss]], [graz], utc(2018, 8, 20), utc(2018, 8, 21)),
    ]
    assert len(passes) > 10
    many = lights_at(passes)
    single = [light_at(pass_) for pass_ in passes]
    latitude_rad = np.deg2rad(many.ecliptic_latitude_deg)
    for name in PLACES:
        apart_deg = turned_deg(getattr(many, name), [getattr(light, name) for light in single])
        scale = np.cos(latitude_rad) if name == PLACES[0] else 1.0
        assert np.abs(apart_deg * scale).max() < 3.0 * ARCSEC_DEG
