"""Geodetic places of positions in the Earth's frame, for formats that want longitude, latitude and height."""

import numpy as np

from passplan.checks import FloatArray
from passplan.constants import EARTH_EQUATORIAL_RADIUS_KM
from passplan.orbit.station import Station
from passplan.orbit.topocentric import site
from passplan.units import to_deg

_FLATTENING = 1.0 / 298.257223563  # WGS 84, NIMA TR8350.2
_ECCENTRICITY_SQUARED = _FLATTENING * (2.0 - _FLATTENING)
_ROUNDS = 5


def places(position_km: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Longitude [deg], geodetic latitude [deg] and height [m] above the WGS 84 ellipsoid.

    Parameters
    ----------
    position_km : ndarray, shape (n, 3)
        Position [km] in the Earth's frame, at least 1,000 km from the centre.

    Returns
    -------
    longitude_deg, latitude_deg, height_m : ndarray, shape (n,) each
        Longitude in (-180, 180], north and east positive; to a micrometre.

    Notes
    -----
    Fixed point of latitude; each round gains two to three digits. Source: B. Hofmann-Wellenhof, H. Lichtenegger,
    J. Collins, GPS Theory and Practice, 5th ed., sec. 10.2.1.
    """
    x, y, z = np.asarray(position_km, dtype=float).T
    axis_km = np.hypot(x, y)
    latitude = np.arctan2(z, axis_km * (1.0 - _ECCENTRICITY_SQUARED))
    for _ in range(_ROUNDS):
        lift_km = _ECCENTRICITY_SQUARED * _normal_km(latitude) * np.sin(latitude)
        latitude = np.arctan2(z + lift_km, axis_km)
    normal_km = _normal_km(latitude)
    height_km = (
        axis_km * np.cos(latitude)
        + z * np.sin(latitude)
        - normal_km * (1.0 - _ECCENTRICITY_SQUARED * np.sin(latitude) ** 2)
    )
    return to_deg(np.arctan2(y, x)), to_deg(latitude), height_km * 1e3  # km -> m


def station_position_m(station: Station) -> list[float]:
    """Geocentric position [m] of a station in the Earth's frame, to the millimetre."""
    return [round(float(value), 3) for value in site(station).itrs_xyz.m]


def _normal_km(latitude_rad: FloatArray) -> FloatArray:
    """Radius of curvature in the prime vertical [km]."""
    return EARTH_EQUATORIAL_RADIUS_KM / np.sqrt(1.0 - _ECCENTRICITY_SQUARED * np.sin(latitude_rad) ** 2)
