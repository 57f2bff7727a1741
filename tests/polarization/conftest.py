"""Geometry of the Micius pass over Xinglong of 2016-12-19, made by Skyfield and SGP4 alone."""

from types import SimpleNamespace

import numpy as np
import pytest
from skyfield.api import EarthSatellite, load, wgs84

# Element set of epoch 2016-12-18 and the Xinglong station; the pass of Nature 549, 43 (2017).
LINE_1 = "1 41731U 16051A   16353.90152003  .00000364  00000-0  17957-4 0  9993"
LINE_2 = "2 41731  97.3699 267.4500 0013200 178.5836 246.0824 15.23915303 19063"
LATITUDE_DEG, LONGITUDE_DEG, HEIGHT_M = 40.395867, 117.577458, 890.0
START_UTC = (2016, 12, 19, 16, 48, 44.0)
DURATION_S = 416
WINDOW_RANGE_KM = 1200.0


def unit(vector):
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)


@pytest.fixture(scope="session")
def reference_pass():
    """One sample a second while the elevation is above 10 deg; vectors in GCRS, shape (n, 3)."""
    timescale = load.timescale(builtin=True)
    satellite = EarthSatellite(LINE_1, LINE_2, ts=timescale)
    station = wgs84.latlon(LATITUDE_DEG, LONGITUDE_DEG, elevation_m=HEIGHT_M)
    above = wgs84.latlon(LATITUDE_DEG, LONGITUDE_DEG, elevation_m=HEIGHT_M + 1e5)
    seconds = np.arange(DURATION_S + 1.0)
    times = timescale.utc(*START_UTC[:5], START_UTC[5] + seconds)
    orbit, site = satellite.at(times), station.at(times)
    elevation, azimuth, distance = (satellite - station).at(times).altaz()
    return SimpleNamespace(
        time_s=seconds,
        window=distance.km <= WINDOW_RANGE_KM,
        geometry={
            "satellite_position_km": orbit.xyz.km.T,
            "satellite_velocity_km_s": orbit.velocity.km_per_s.T,
            "station_position_km": site.xyz.km.T,
            "up": unit((above.at(times).xyz.km - site.xyz.km).T),
            "azimuth_deg": azimuth.degrees,
            "elevation_deg": elevation.degrees,
        },
    )
