from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skyfield.sgp4lib import theta_GMST1982

from passplan.errors import DomainError
from passplan.orbit.almanac import EPOCH_UTC, almanac, dot, epoch_seconds, julian_date, norm, spin, turned
from passplan.orbit.earth import EPHEMERIS_END, EPHEMERIS_START, clock, instants
from passplan.orbit.station import Station
from passplan.orbit.topocentric import apparent_place, local_axes, site

ARCSEC_RAD = np.pi / 180.0 / 3600.0
DAY_S = 86_400.0


def from_station(body, station, seconds, sky):
    """Direction from a station, in its own axes north, east, up."""
    angle = sky.earth_angle_rad(seconds)
    to_teme = np.cos(angle), np.sin(angle)
    site_km, *axes = (
        turned(np.outer(vector, np.ones_like(seconds)), *to_teme)
        for vector in (site(station).itrs_xyz.km, *local_axes(station))
    )
    place = {"sun": sky.sun_from, "moon": sky.moon_from}[body](site_km, seconds)
    return np.array([dot(place / norm(place), axis) for axis in axes])


def miss_arcsec(body, station, start, seconds):
    """Angle between our direction and that of the full computation."""
    since = epoch_seconds([start])[0] + seconds
    ours = from_station(body, station, since, almanac(since))
    place = apparent_place(body, station, instants(start, seconds))
    azimuth, elevation = np.deg2rad(place.azimuth_deg), np.deg2rad(place.elevation_deg)
    theirs = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
    return np.linalg.norm(ours - theirs, axis=0).max() / ARCSEC_RAD


@pytest.mark.parametrize("body", ["sun", "moon"])
@given(
    day=st.integers(0, 12_700),
    latitude_deg=st.floats(-90.0, 90.0),
    longitude_deg=st.floats(-180.0, 180.0),
    height_m=st.floats(0.0, 5000.0),
)
@pytest.mark.filterwarnings("ignore:Earth orientation")
def test_directions_are_those_of_the_full_computation(body, day, latitude_deg, longitude_deg, height_m):
    """Skyfield's observe, apparent, altaz from any station on any day: 0.05 arcsec."""
    station = Station(name="any", latitude_deg=latitude_deg, longitude_deg=longitude_deg, height_m=height_m)
    start = datetime(2015, 1, 2, tzinfo=UTC) + timedelta(days=day)
    assert miss_arcsec(body, station, start, np.linspace(0.0, DAY_S, 9)) < 0.05


@pytest.mark.parametrize("body", ["sun", "moon"])
def test_a_leap_second_is_kept(body, graz, utc):
    """2016-12-31 ended with one: the day before it and the day after, the same 0.05 arcsec (one second: 15 arcsec)."""
    seconds = np.sort(np.concatenate((np.linspace(-DAY_S, DAY_S, 49), [-0.5, 0.5])))
    assert miss_arcsec(body, graz, utc(2017, 1, 1), seconds) < 0.05


def test_the_earths_angle_is_skyfields(rng, utc):
    """theta_GMST1982 of Skyfield at random instants of two years with a leap second: 1e-5 arcsec."""
    start = utc(2015, 6, 1)
    seconds = np.sort(rng.uniform(0.0, 730.0 * DAY_S, 500))
    since = epoch_seconds([start])[0] + seconds
    times = clock(start, seconds)
    theirs, rate_rad_day = theta_GMST1982(times.whole, times.ut1_fraction)
    ours = almanac(since).earth_angle_rad(since)
    difference = (ours - theirs + np.pi) % (2.0 * np.pi) - np.pi
    assert np.abs(difference).max() < 1e-5 * ARCSEC_RAD
    np.testing.assert_allclose(spin(np.array([[1.0], [0.0], [0.0]]))[1, 0], rate_rad_day[0] / DAY_S, rtol=1e-6)


def test_the_equinox_of_2020(utc):
    """Published (almanacs, recalled): the Sun crosses the equator of date northward on 2020-03-20 at 03:50 UTC."""
    since = epoch_seconds([utc(2020, 3, 20, 3, 49), utc(2020, 3, 20, 3, 51)])
    before, after = almanac(since).sun_km(since)[2]
    assert before < 0.0 < after


def test_the_eclipse_of_2017(utc):
    """Published (NASA, F. Espenak; recalled): greatest eclipse 18:25:32 UT, at 36 deg 58.0' N, 87 deg 40.3' W.

    There the axis of the shadow passes: Sun and Moon agree in direction. Two minutes earlier they do not.
    """
    station = Station(name="axis", latitude_deg=36.0 + 58.0 / 60.0, longitude_deg=-(87.0 + 40.3 / 60.0), height_m=0.0)
    since = epoch_seconds([utc(2017, 8, 21, 18, 25, 32), utc(2017, 8, 21, 18, 23, 32)])
    sky = almanac(since)
    sun, moon = (from_station(body, station, since, sky) for body in ("sun", "moon"))
    apart = np.linalg.norm(sun - moon, axis=0) / ARCSEC_RAD
    assert apart[0] < 5.0
    assert apart[1] > 20.0


def test_spans_agree_where_they_overlap(utc):
    """Property: knots are anchored in time, so another span, or one with gaps of years, moves the Moon by under 1 m."""
    since = epoch_seconds([utc(2020, 3, 20, 3), utc(2020, 3, 21, 17)])
    day_s = np.arange(-20.0, 30.0) * DAY_S
    alone = almanac(since).moon_km(since)
    for others in (since[0] + day_s, since[0] + np.array([-1500.0, -40.0, 700.0]) * DAY_S):
        assert np.abs(almanac(np.concatenate((since, others))).moon_km(since) - alone).max() < 1e-3


@pytest.mark.filterwarnings("ignore:Earth orientation")
def test_the_ephemeris_is_used_to_its_ends(graz):
    """The full computation, in the first and the last hour that the ephemeris allows."""
    for start, seconds in ((EPHEMERIS_START, np.array([0.0, 3600.0])), (EPHEMERIS_END, np.array([-3600.0, 0.0]))):
        assert miss_arcsec("moon", graz, start, seconds) < 0.1


def test_outside_the_ephemeris_nothing_is_said(utc):
    """A refusal with the span that is allowed."""
    since = epoch_seconds([utc(2014, 12, 30)])[0]
    with pytest.raises(DomainError, match="must lie within the ephemeris of Sun and Moon, 2015-01-01"):
        almanac(np.array([since]))


def test_julian_dates():
    """Exact: 2000-01-01 0 h is 2451544.5."""
    whole, fraction = julian_date(np.array([0.0, 1.25 * DAY_S, -0.25 * DAY_S]))
    np.testing.assert_array_equal(whole, [2_451_544.5, 2_451_545.5, 2_451_543.5])
    np.testing.assert_array_equal(fraction, [0.0, 0.25, 0.75])
    np.testing.assert_array_equal(epoch_seconds([EPOCH_UTC + timedelta(seconds=2.5)]), [2.5])
