"""A sky told by three numbers, a dark night, a full Moon and a clear day, and how Moon and Sun scale between them."""

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.moonlight import PAPER_EXTINCTION_MAG, scattering_airmass, scattering_function
from passplan.channel.source_spectra import moon_phase_angle_deg, moon_v_magnitude
from passplan.checks import FloatArray, within

# Sky light of the Sun against the clear day sky, from the illuminance of the ground in lux over 10 klx of diffuse
# daylight: sunset 400, end of civil twilight 3.4, of nautical 0.008, of astronomical 1e-4 (general
# knowledge, no source read).
_SUN_ELEVATION_DEG = (-18.0, -12.0, -6.0, 0.0, 10.0)
_SUN_SHARE = (1e-8, 8e-7, 3.4e-4, 0.04, 1.0)

_REFERENCE_ELEVATION_DEG = 45.0
_REFERENCE_SEPARATION_DEG = 90.0


def moon_phase_share(*, moon_illumination: ArrayLike) -> FloatArray:
    """Light of the Moon against that of the full Moon.

    Parameters
    ----------
    moon_illumination : array_like, shape (...)
        Lit fraction of the disc [1], in [0, 1].

    Returns
    -------
    ndarray, shape (...)
        Share [1], in (0, 1].

    Raises
    ------
    DomainError
        If the lit fraction lies outside [0, 1] or is nan.

    Notes
    -----
    10^(-0.4 dm), dm = 0.026 |a| + 4e-9 a^4, a the phase angle in degrees from lit = (1 + cos a)/2. Source: Krisciunas
    and Schaefer, PASP 103, 1033 (1991), eq. 9.
    """
    magnitude = moon_v_magnitude(phase_angle_deg=moon_phase_angle_deg(moon_illumination=moon_illumination))
    return 10.0 ** (-0.4 * (magnitude - moon_v_magnitude(phase_angle_deg=0.0)))


def moonlight_geometry(
    *, moon_elevation_deg: ArrayLike, moon_separation_deg: ArrayLike, elevation_deg: ArrayLike
) -> FloatArray:
    """Moonlit sky at a place against that at the reference place; 0 with the Moon below the horizon.

    Parameters
    ----------
    moon_elevation_deg : array_like, shape (...)
        Elevation of the Moon [deg], -90 to 90.
    moon_separation_deg : array_like, shape (...)
        Angle between the Moon and the line of sight [deg], 0 to 180; under 0.25 taken as 0.25.
    elevation_deg : array_like, shape (...)
        Elevation of the line of sight [deg], -90 to 90.

    Returns
    -------
    ndarray, shape (...)
        Factor [1], 1 when Moon and line of sight stand at 45 deg elevation and 90 deg apart.

    Raises
    ------
    DomainError
        If an angle lies outside its range or is nan.

    Notes
    -----
    f(rho) 10^(-0.4 k X(Moon)) (1 - 10^(-0.4 k X(sight))), f as in ``moonlight.scattering_function``, k = 0.172 mag per
    airmass. Source: Krisciunas and Schaefer, PASP 103, 1033 (1991), eqs. 3, 15, 18, 21; made for the V band, used here
    for its shape alone.
    """
    within("moon_elevation_deg", moon_elevation_deg, -90.0, 90.0)
    within("moon_separation_deg", moon_separation_deg, 0.0, 180.0)
    reference = _moonlit(_REFERENCE_SEPARATION_DEG, _REFERENCE_ELEVATION_DEG, _REFERENCE_ELEVATION_DEG)
    here = _moonlit(moon_separation_deg, moon_elevation_deg, elevation_deg)
    return np.where(np.asarray(moon_elevation_deg, dtype=float) > 0.0, here / reference, 0.0)


def _moonlit(separation_deg: ArrayLike, moon_elevation_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
    arriving, passing = (
        10.0 ** (-0.4 * PAPER_EXTINCTION_MAG * scattering_airmass(elevation_deg=angle_deg))
        for angle_deg in (moon_elevation_deg, elevation_deg)
    )
    return np.add(*scattering_function(separation_deg=separation_deg)) * arriving * (1.0 - passing)


def sunlight_share(*, sun_elevation_deg: ArrayLike) -> FloatArray:
    """Sky light of the Sun against a clear day: 0 below -18 deg, 1 above 10 deg.

    Parameters
    ----------
    sun_elevation_deg : array_like, shape (...)
        Elevation of the Sun [deg], -90 to 90.

    Returns
    -------
    ndarray, shape (...)
        Share [1], in [0, 1].

    Raises
    ------
    DomainError
        If the elevation lies outside [-90, 90] deg or is nan.

    Notes
    -----
    Logarithmic interpolation between -18, -12, -6, 0 and 10 deg of the usual illuminances of the ground over those of
    the day sky (general knowledge, no source read; a factor of 3 either way is weather).
    """
    within("sun_elevation_deg", sun_elevation_deg, -90.0, 90.0)
    sun_deg = np.asarray(sun_elevation_deg, dtype=float)
    share = np.exp(np.interp(sun_deg, _SUN_ELEVATION_DEG, np.log(_SUN_SHARE)))
    return np.where(sun_deg < _SUN_ELEVATION_DEG[0], 0.0, share)
