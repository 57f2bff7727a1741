"""Where on the sky a telescope looks: place against the Sun on the ecliptic, and distance from the Milky Way."""

import numpy as np

from passplan.checks import FloatArray
from passplan.units import to_deg, to_rad

OBLIQUITY_DEG = 84_381.406 / 3600.0  # of the ecliptic at J2000; IAU 2006 resolution B1, Capitaine et al. 2003
GALACTIC_POLE_RA_DEG, GALACTIC_POLE_DEC_DEG = 192.859_48, 27.128_25  # ICRS; Hipparcos catalogue, ESA SP-1200, vol. 1


def ecliptic_place_deg(sight: FloatArray, sun: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ecliptic place of a line of sight against the Sun.

    Parameters
    ----------
    sight, sun : ndarray, shape (3, n)
        Towards the satellite and the Sun, GCRS axes, any length.

    Returns
    -------
    (helioecliptic_longitude_deg, ecliptic_latitude_deg) : two ndarrays, shape (n,)
        Longitude less that of the Sun in [0, 360), and latitude [deg].

    Notes
    -----
    Mean ecliptic of J2000; its turn since (under 1 arcmin) and the frame bias (0.02 arcsec) are left out.
    """
    longitude_rad, latitude_rad = _ecliptic_rad(sight)
    sun_longitude_rad, _ = _ecliptic_rad(sun)
    return to_deg(longitude_rad - sun_longitude_rad) % 360.0, to_deg(latitude_rad)


def galactic_latitude_deg(sight: FloatArray) -> FloatArray:
    """Galactic latitude [deg] of a direction, shape (3, n), GCRS axes, any length; shape (n,)."""
    ra_rad, dec_rad = to_rad(GALACTIC_POLE_RA_DEG), to_rad(GALACTIC_POLE_DEC_DEG)
    pole = np.array((np.cos(dec_rad) * np.cos(ra_rad), np.cos(dec_rad) * np.sin(ra_rad), np.sin(dec_rad)))
    return to_deg(np.arcsin(np.clip(pole @ sight / np.sqrt(np.sum(sight**2, axis=0)), -1.0, 1.0)))


def _ecliptic_rad(direction: FloatArray) -> tuple[FloatArray, FloatArray]:
    cosine, sine = np.cos(to_rad(OBLIQUITY_DEG)), np.sin(to_rad(OBLIQUITY_DEG))
    x, y, z = direction
    y, z = cosine * y + sine * z, cosine * z - sine * y
    return np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))
