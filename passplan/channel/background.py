"""How bright the sky behind the satellite is, and how many counts it gives: night glow, Moon, towns, twilight."""

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.constants import PLANCK_J_S, SPEED_OF_LIGHT_M_S
from passplan.units import to_deg, to_rad

# Sky light of the Sun against the clear day sky, from the illuminance of the ground in lux over 10 klx of diffuse
# daylight: sunset 400, end of civil twilight 3.4, of nautical 0.008, of astronomical 1e-4 (general
# knowledge, no source read).
_SUN_ELEVATION_DEG = (-18.0, -12.0, -6.0, 0.0, 10.0)
_SUN_SHARE = (1e-8, 8e-7, 3.4e-4, 0.04, 1.0)

_V_BAND_EXTINCTION_MAG = 0.172  # per airmass, Krisciunas and Schaefer 1991
_REFERENCE_ELEVATION_DEG = 45.0
_REFERENCE_SEPARATION_DEG = 90.0


def sky_counts_cps(
    *,
    radiance_w_m2_sr_um: ArrayLike,
    aperture_m: float,
    field_of_view_urad: float,
    filter_nm: float,
    wavelength_nm: float,
    efficiency: float,
    obscuration: float = 0.0,
) -> FloatArray:
    """Counts a second that the sky gives, all detectors together.

    Parameters
    ----------
    radiance_w_m2_sr_um : array_like, shape (...)
        Spectral radiance of the sky [W m^-2 sr^-1 um^-1], >= 0.
    aperture_m : float
        Clear diameter [m], > 0.
    field_of_view_urad : float
        FULL field of view of a round stop [urad], > 0.
    filter_nm : float
        Width of the spectral filter [nm], > 0.
    wavelength_nm : float
        Centre of the filter [nm], > 0.
    efficiency : float
        Optics times detectors [1], in [0, 1].
    obscuration : float
        Central obscuration, ratio of diameters [1], in [0, 1).

    Returns
    -------
    ndarray, shape (...)
        Counts [1/s], before any time gate.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    H Omega A dlambda efficiency lambda/(h c), Omega = pi/4 FOV^2, A = pi/4 D^2 (1 - obscuration^2). Source:
    Miao et al., New J. Phys. 7, 215 (2005).
    """
    within("radiance_w_m2_sr_um", radiance_w_m2_sr_um, 0.0, np.inf, ends="[)")
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    within("field_of_view_urad", field_of_view_urad, 0.0, np.inf, ends="()")
    within("filter_nm", filter_nm, 0.0, np.inf, ends="()")
    within("wavelength_nm", wavelength_nm, 0.0, np.inf, ends="()")
    within("efficiency", efficiency, 0.0, 1.0)
    within("obscuration", obscuration, 0.0, 1.0, ends="[)")
    solid_angle_sr = 0.25 * np.pi * (field_of_view_urad * 1e-6) ** 2
    area_m2 = 0.25 * np.pi * aperture_m**2 * (1.0 - obscuration**2)
    photon_j = PLANCK_J_S * SPEED_OF_LIGHT_M_S / (wavelength_nm * 1e-9)
    power_w = np.asarray(radiance_w_m2_sr_um, dtype=float) * solid_angle_sr * area_m2 * filter_nm * 1e-3  # nm to um
    return power_w * efficiency / photon_j


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
    and Schaefer, PASP 103, 1033 (1991), eq. 20.
    """
    within("moon_illumination", moon_illumination, 0.0, 1.0)
    phase_deg = to_deg(np.arccos(2.0 * np.asarray(moon_illumination, dtype=float) - 1.0))
    return 10.0 ** (-0.4 * (0.026 * phase_deg + 4e-9 * phase_deg**4))


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
    f(rho) 10^(-0.4 k X(Moon)) (1 - 10^(-0.4 k X(sight))), f = 10^5.36 (1.06 + cos^2 rho) + 10^(6.15 - rho/40), the
    second term 6.2e7/rho^2 under 10 deg; X = (1 - 0.96 sin^2 z)^(-1/2); k = 0.172 mag per airmass. Source: Krisciunas
    and Schaefer, PASP 103, 1033 (1991), eqs. 3, 15, 18, 21; made for the V band, used here for its shape alone.
    """
    within("moon_elevation_deg", moon_elevation_deg, -90.0, 90.0)
    within("moon_separation_deg", moon_separation_deg, 0.0, 180.0)
    within("elevation_deg", elevation_deg, -90.0, 90.0)
    reference = _scattering(_REFERENCE_SEPARATION_DEG) * _moon_path(_REFERENCE_ELEVATION_DEG, _REFERENCE_ELEVATION_DEG)
    here = _scattering(moon_separation_deg) * _moon_path(moon_elevation_deg, elevation_deg)
    return np.where(np.asarray(moon_elevation_deg, dtype=float) > 0.0, here / reference, 0.0)


def _scattering(separation_deg: ArrayLike) -> FloatArray:
    apart_deg = np.maximum(separation_deg, 0.25)
    aerosol = np.where(apart_deg < 10.0, 6.2e7 / apart_deg**2, 10.0 ** (6.15 - apart_deg / 40.0))
    return 10.0**5.36 * (1.06 + np.cos(to_rad(apart_deg)) ** 2) + aerosol


def _moon_path(moon_elevation_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
    moon_airmass, sight_airmass = (
        (1.0 - 0.96 * np.cos(to_rad(angle_deg)) ** 2) ** -0.5 for angle_deg in (moon_elevation_deg, elevation_deg)
    )
    arriving = 10.0 ** (-0.4 * _V_BAND_EXTINCTION_MAG * moon_airmass)
    return arriving * (1.0 - 10.0 ** (-0.4 * _V_BAND_EXTINCTION_MAG * sight_airmass))


def sunlight_share(*, sun_elevation_deg: ArrayLike) -> FloatArray:
    """Sky light of the Sun against a clear day: 0 below -18 deg, 1 above 10 deg.

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


def city_light_factor(*, azimuth_deg: ArrayLike, city_light: tuple[tuple[float, float], ...]) -> FloatArray:
    """Factor on the dark radiance from the lights of towns, linear between the given azimuths round the circle.

    Parameters
    ----------
    azimuth_deg : array_like, shape (...)
        Azimuth of the line of sight [deg], any turn.
    city_light : tuple of (azimuth [deg], factor [1])
        As in ``Sky``; empty means 1 everywhere.

    Returns
    -------
    ndarray, shape (...)
        Factor [1], > 0.

    Raises
    ------
    DomainError
        If an azimuth is not finite.
    """
    within("azimuth_deg", azimuth_deg, -np.inf, np.inf, ends="()")
    turn_deg = np.asarray(azimuth_deg, dtype=float)
    if not city_light:
        return np.ones_like(turn_deg)
    azimuths_deg, factors = zip(*city_light, strict=True)
    return np.interp(turn_deg, azimuths_deg, factors, period=360.0)


def sky_radiance(
    *,
    moon_illumination: ArrayLike,
    moon_elevation_deg: ArrayLike,
    moon_separation_deg: ArrayLike,
    sun_elevation_deg: ArrayLike,
    dark_radiance: ArrayLike = 1.5e-5,
    full_moon_radiance: float = 1.5e-3,
    day_radiance: float = 1.5,
    elevation_deg: ArrayLike = _REFERENCE_ELEVATION_DEG,
    city_factor: ArrayLike = 1.0,
) -> FloatArray:
    """Spectral radiance of the sky: night glow, moonlight and sunlight together.

    Parameters
    ----------
    moon_illumination : array_like, shape (...)
        Lit fraction of the Moon [1], in [0, 1].
    moon_elevation_deg : array_like, shape (...)
        Elevation of the Moon [deg], -90 to 90; no moonlight at or below 0.
    moon_separation_deg : array_like, shape (...)
        Angle between the Moon and the line of sight [deg], 0 to 180.
    sun_elevation_deg : array_like, shape (...)
        Elevation of the Sun [deg], -90 to 90.
    dark_radiance : array_like, shape (...)
        Moonless night away from towns [W m^-2 sr^-1 um^-1], >= 0.
    full_moon_radiance : float
        Added by the full Moon at the reference place of ``moonlight_geometry`` [W m^-2 sr^-1 um^-1], >= 0.
    day_radiance : float
        Clear day [W m^-2 sr^-1 um^-1], >= 0.
    elevation_deg : array_like, shape (...)
        Elevation of the line of sight [deg], -90 to 90.
    city_factor : array_like, shape (...)
        ``city_light_factor`` of the line of sight [1], > 0; multiplies the dark radiance.

    Returns
    -------
    ndarray, shape (...)
        Radiance [W m^-2 sr^-1 um^-1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    within("dark_radiance", dark_radiance, 0.0, np.inf, ends="[)")
    within("full_moon_radiance", full_moon_radiance, 0.0, np.inf, ends="[)")
    within("day_radiance", day_radiance, 0.0, np.inf, ends="[)")
    within("city_factor", city_factor, 0.0, np.inf, ends="()")
    geometry = moonlight_geometry(
        moon_elevation_deg=moon_elevation_deg, moon_separation_deg=moon_separation_deg, elevation_deg=elevation_deg
    )
    moonlit = full_moon_radiance * moon_phase_share(moon_illumination=moon_illumination) * geometry
    sunlit = day_radiance * sunlight_share(sun_elevation_deg=sun_elevation_deg)
    return np.multiply(dark_radiance, city_factor) + moonlit + sunlit
