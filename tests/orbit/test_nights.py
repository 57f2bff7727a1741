"""Nights by the low-precision Sun, against the ephemeris (Skyfield with DE421)."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from passplan.errors import DomainError
from passplan.orbit.almanac import epoch_seconds
from passplan.orbit.earth import instants
from passplan.orbit.nights import dark_stretches, sun_elevation_deg
from passplan.orbit.station import Station
from passplan.orbit.topocentric import apparent_place

XINGLONG = Station(name="Xinglong", latitude_deg=40.395867, longitude_deg=117.577458, height_m=890.0)
TROMSO = Station(name="Tromso", latitude_deg=69.65, longitude_deg=18.96, height_m=100.0)
START = datetime(2016, 9, 20, tzinfo=UTC)
PRECISION_DEG = 0.02  # 0.01 deg of the formulas, UT1 for UTC, parallax


@pytest.mark.parametrize("station", [XINGLONG, TROMSO])
def test_the_suns_elevation_is_that_of_the_ephemeris(station):
    time_s = np.linspace(0.0, 10.0 * 365.25 * 86_400.0, 997)
    seconds = epoch_seconds([START])[0] + time_s
    expected = apparent_place("sun", station, instants(START, time_s)).elevation_deg
    assert np.abs(sun_elevation_deg(station, seconds) - expected).max() < PRECISION_DEG


@pytest.mark.parametrize("limit_deg", [-18.0, -12.0, -0.8])
def test_nights_begin_and_end_where_the_ephemeris_has_the_limit(limit_deg):
    nights = dark_stretches(XINGLONG, START, START + timedelta(days=30), max_sun_elevation_deg=limit_deg)
    assert len(nights) == 30
    edges = [edge for night in nights for edge in (night.start_utc, night.end_utc)]
    time_s = np.array([(edge - START).total_seconds() for edge in edges])
    elevation_deg = apparent_place("sun", XINGLONG, instants(START, time_s)).elevation_deg
    assert np.abs(elevation_deg - limit_deg).max() < 2.0 * PRECISION_DEG


def test_the_span_cuts_a_night():
    start, end = datetime(2016, 12, 19, 16, tzinfo=UTC), datetime(2016, 12, 19, 17, tzinfo=UTC)
    (night,) = dark_stretches(XINGLONG, start, end, max_sun_elevation_deg=-12.0)
    assert (night.start_utc, night.end_utc) == (start, end)


def test_the_polar_day_and_the_polar_night():
    june, december = datetime(2026, 6, 20, tzinfo=UTC), datetime(2026, 12, 20, tzinfo=UTC)
    assert dark_stretches(TROMSO, june, june + timedelta(days=3), max_sun_elevation_deg=0.0) == ()
    (night,) = dark_stretches(TROMSO, december, december + timedelta(days=3), max_sun_elevation_deg=0.0)
    assert night.duration_s == 3 * 86_400.0


def test_wrong_spans_and_limits_are_refused():
    with pytest.raises(DomainError, match="start_utc is 2016-09-20T00:00:00Z, must be before end_utc"):
        dark_stretches(XINGLONG, START, START, max_sun_elevation_deg=-12.0)
    with pytest.raises(DomainError, match="max_sun_elevation_deg is -91"):
        dark_stretches(XINGLONG, START, START + timedelta(days=1), max_sun_elevation_deg=-91.0)
