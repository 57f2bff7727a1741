"""Geometry of the Micius pass over Xinglong of 2016-12-19, made by Skyfield and SGP4 alone, and of synthetic passes."""

from types import SimpleNamespace

import numpy as np
import pytest
from skyfield.api import EarthSatellite, load, wgs84

from passplan.polarization.arrival import Arrival
from passplan.polarization.satellite_axes import REFERENCE_AXES
from passplan.polarization.stress import JonesMap
from passplan.polarization.train import MirrorTrain

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


@pytest.fixture(scope="session")
def reference_arrival(reference_pass):
    """What arrives at the plates on that pass, by reference axis and train; with the Fresnel indices of 850 nm."""
    geometry = reference_pass.geometry
    motion = {name: geometry[name] for name in ("satellite_position_km", "satellite_velocity_km_s")}

    def arrival(axis="orbit-normal", train=None, **changes):
        fields = {
            "time_s": reference_pass.time_s,
            "reference_axis": REFERENCE_AXES[axis](**motion),
            "line_of_sight_km": geometry["station_position_km"] - geometry["satellite_position_km"],
            "up": geometry["up"],
            "azimuth_deg": geometry["azimuth_deg"],
            "elevation_deg": geometry["elevation_deg"],
        }
        fields = {name: np.array(value, dtype=float) for name, value in (fields | changes).items()}
        return Arrival(**fields, latitude_deg=LATITUDE_DEG, wavelength_nm=850.0, train=train or MirrorTrain())

    return arrival


EARTH_RADIUS_KM, ORBIT_RADIUS_KM = 6371.0, 6871.0
ORBIT_RATE_RAD_S = np.sqrt(398600.4418 / ORBIT_RADIUS_KM**3)
EARTH_RATE_RAD_S = 7.292115e-5


@pytest.fixture(scope="session")
def circular_pass():
    """Passes of a circular orbit at 500 km over a turning spherical Earth, by vectors alone.

    The satellite culminates at time 0 at about the elevation asked for, flying towards an azimuth (its heading), with
    the station on its left (side +1) or right (side -1).
    """

    def flown(*, latitude_deg, heading_deg, elevation_deg, side=1, step_s=1.0, half_s=150.0, train=None, **changes):
        time_s = np.arange(-half_s, half_s + 0.5 * step_s, step_s)
        east, north, up = _station_axes(latitude_deg, time_s)
        heading_rad, zenith_rad = np.deg2rad(heading_deg), np.deg2rad(90.0 - elevation_deg)
        middle = [_station_axes(latitude_deg, np.zeros(1))[number][0] for number in range(3)]
        ahead = np.sin(heading_rad) * middle[0] + np.cos(heading_rad) * middle[1]
        tilt_rad = zenith_rad - np.arcsin(EARTH_RADIUS_KM / ORBIT_RADIUS_KM * np.sin(zenith_rad))
        above = np.cos(tilt_rad) * middle[2] + side * np.sin(tilt_rad) * np.cross(ahead, middle[2])
        phase_rad = ORBIT_RATE_RAD_S * time_s[:, None]
        position = ORBIT_RADIUS_KM * (np.cos(phase_rad) * above + np.sin(phase_rad) * ahead)
        sight = position - EARTH_RADIUS_KM * up
        along = [np.sum(sight * axis, axis=-1) for axis in (east, north, up)]
        fields = {
            "time_s": time_s,
            "reference_axis": np.tile(np.cross(above, ahead), (time_s.size, 1)),
            "line_of_sight_km": -sight,
            "up": up,
            "azimuth_deg": np.mod(np.rad2deg(np.arctan2(along[0], along[1])), 360.0),
            "elevation_deg": np.rad2deg(np.arctan2(along[2], np.hypot(along[0], along[1]))),
            "latitude_deg": latitude_deg,
            "wavelength_nm": 850.0,
            "train": train or MirrorTrain(),
        }
        return Arrival(**(fields | changes))

    return flown


def _station_axes(latitude_deg, time_s):
    """East, north and up of a station that the Earth turns, each of shape (n, 3)."""
    latitude_rad, longitude_rad = np.deg2rad(latitude_deg), EARTH_RATE_RAD_S * time_s
    sine, cosine = np.sin(longitude_rad), np.cos(longitude_rad)
    east = np.stack([-sine, cosine, np.zeros_like(sine)], axis=-1)
    outward = np.stack([cosine, sine, np.zeros_like(sine)], axis=-1)
    pole = np.array([0.0, 0.0, 1.0])
    north = np.cos(latitude_rad) * pole - np.sin(latitude_rad) * outward
    return east, north, np.cos(latitude_rad) * outward + np.sin(latitude_rad) * pole


@pytest.fixture(scope="session")
def still_arrival():
    """Light of a satellite that does not move, in front of a receiver."""

    def still(receiver, *, rotation_deg=25.0, azimuth_deg=0.0, elevation_deg=0.0, stress_deg=None):
        """Four seconds of a satellite that does not move: exact, since no spline or motor has anything to follow."""
        rotation, azimuth, elevation = np.deg2rad([rotation_deg, azimuth_deg, elevation_deg])
        sight = np.array([np.cos(elevation) * np.sin(azimuth), np.cos(elevation) * np.cos(azimuth), np.sin(elevation)])
        up = np.array([0.0, 0.0, 1.0])
        right = np.cross(sight, up) / np.linalg.norm(np.cross(sight, up))
        axis = np.cos(rotation) * right + np.sin(rotation) * np.cross(right, sight)
        stress = None
        if stress_deg is not None:
            stress = JonesMap(
                azimuth_deg=np.array([0.0, 120.0, 240.0]),
                elevation_deg=np.array([0.0, 90.0]),
                retardance_deg=np.array(np.broadcast_to(stress_deg, (3, 2, 3))),
            )
        return Arrival(
            time_s=np.arange(4.0),
            reference_axis=np.tile(axis, (4, 1)),
            line_of_sight_km=np.tile(-500.0 * sight, (4, 1)),
            up=np.tile(up, (4, 1)),
            azimuth_deg=np.full(4, azimuth_deg),
            elevation_deg=np.full(4, elevation_deg),
            latitude_deg=40.0,
            wavelength_nm=850.0,
            train=receiver.train,
            stress_map=stress,
        )

    return still
