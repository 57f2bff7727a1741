"""Geodetic places against Skyfield's and astropy's."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import EarthLocation

from passplan.mission.formats.geodetic import places, station_position_m

ONE_MICROMETRE_M = 1e-6


@pytest.mark.parametrize("height_km", [-0.4, 0.0, 500.0, 36_000.0])
def test_places_invert_astropy(height_km, rng):
    """ERFA's gd2gc the other way, poles and date line included."""
    latitude = np.concatenate([rng.uniform(-90.0, 90.0, 200), [-90.0, 90.0, 0.0, 45.0]])
    longitude = np.concatenate([rng.uniform(-180.0, 180.0, 200), [0.0, 0.0, 180.0, -179.999]])
    there = EarthLocation.from_geodetic(longitude * u.deg, latitude * u.deg, np.full(204, height_km) * u.km)
    position_km = np.array([axis.to_value(u.km) for axis in (there.x, there.y, there.z)]).T
    lon, lat, height_m = places(position_km)
    metres_a_degree = 111_320.0
    east_m = (np.remainder(lon - longitude + 180.0, 360.0) - 180.0) * metres_a_degree * np.cos(np.deg2rad(latitude))
    assert np.abs(east_m).max() < ONE_MICROMETRE_M
    assert (np.abs(lat - latitude) * metres_a_degree).max() < ONE_MICROMETRE_M
    assert np.abs(height_m - height_km * 1e3).max() < ONE_MICROMETRE_M


def test_station_position_is_astropys(xinglong):
    there = EarthLocation.from_geodetic(117.577458 * u.deg, 40.395867 * u.deg, 890.0 * u.m)
    half_a_millimetre_m = 5.1e-4
    np.testing.assert_allclose(
        station_position_m(xinglong), [there.x.value, there.y.value, there.z.value], atol=half_a_millimetre_m
    )
