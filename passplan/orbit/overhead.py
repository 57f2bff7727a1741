"""A pass straight over the station on a circular orbit: angles from the range, where only ranges are printed."""

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.constants import EARTH_EQUATORIAL_RADIUS_KM, EARTH_GRAVITY_KM3_S2, SPEED_OF_LIGHT_KM_S
from passplan.units import to_deg


def overhead_elevation_deg(*, range_km: ArrayLike, orbit_height_km: float, site_height_m: float = 0.0) -> FloatArray:
    """Elevation from which a circular orbit is seen at a range; round Earth, no refraction.

    Parameters
    ----------
    range_km : array_like, shape (...)
        Slant range [km], from the height of the orbit above the site to the horizon's.
    orbit_height_km : float
        Height of the orbit [km], > 10.
    site_height_m : float
        Height of the site [m], -500 to 9000.

    Returns
    -------
    ndarray, shape (...)
        Elevation [deg], in [0, 90].

    Raises
    ------
    DomainError
        If a range is not seen above the horizon.

    Notes
    -----
    Law of cosines in the triangle of Earth's centre, site and satellite, radius 6378.137 km.
    """
    return to_deg(np.arcsin(_sine_of_elevation(range_km, orbit_height_km, site_height_m)))


def overhead_point_ahead_urad(*, range_km: ArrayLike, orbit_height_km: float, site_height_m: float = 0.0) -> FloatArray:
    """Angle 2 v/c across the line of sight by which a beam leads the satellite [urad], site at rest.

    Arguments and errors are those of ``overhead_elevation_deg``; shape (...). The speed is the circular one,
    sqrt(GM/r); its part across the line of sight is the cosine of the angle from the satellite's nadir.
    """
    sine = _sine_of_elevation(range_km, orbit_height_km, site_height_m)
    radius_km = EARTH_EQUATORIAL_RADIUS_KM + orbit_height_km
    site_km = EARTH_EQUATORIAL_RADIUS_KM + site_height_m * 1e-3  # m to km
    speed_km_s = np.sqrt(EARTH_GRAVITY_KM3_S2 / radius_km)
    nadir_sine = site_km / radius_km * np.sqrt(1.0 - sine**2)
    return 2e6 * speed_km_s / SPEED_OF_LIGHT_KM_S * np.sqrt(1.0 - nadir_sine**2)  # rad to urad


def _sine_of_elevation(range_km: ArrayLike, orbit_height_km: float, site_height_m: float) -> FloatArray:
    within("orbit_height_km", orbit_height_km, 10.0, np.inf, ends="()")
    within("site_height_m", site_height_m, -500.0, 9000.0)
    radius_km = EARTH_EQUATORIAL_RADIUS_KM + orbit_height_km
    site_km = EARTH_EQUATORIAL_RADIUS_KM + site_height_m * 1e-3  # m to km
    within("range_km", range_km, (radius_km - site_km) * (1.0 - 1e-12), np.sqrt(radius_km**2 - site_km**2))
    reach_km = np.asarray(range_km, dtype=float)
    return np.minimum((radius_km**2 - site_km**2 - reach_km**2) / (2.0 * site_km * reach_km), 1.0)
