"""How bright moonlit and sunlit air is: Krisciunas and Schaefer's model, and the same carried to other wavelengths."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.radiance_units import nanolambert_of_v_mag
from passplan.channel.source_spectra import (
    ARCSEC2_SR,
    V_BAND_NM,
    moon_irradiance_w_m2_um,
    moon_phase_angle_deg,
    moon_v_magnitude,
)
from passplan.checks import FloatArray, within
from passplan.units import to_rad

PAPER_EXTINCTION_MAG = 0.172  # per airmass in V on Mauna Kea, Krisciunas and Schaefer 1991
_DB_PER_MAG = 4.0
_LN_10 = float(np.log(10.0))
_DEPTH_PER_DB = 0.1 * _LN_10
# Split of the extinction: molecules above 2800 m (0.097 at sea level, 8 km scale height, in magnitudes), the rest
# counted as haze. The paper gives the sum alone.
_PAPER_RAYLEIGH_DB = 0.075 * _DB_PER_MAG
_PAPER_HAZE_DB = PAPER_EXTINCTION_MAG * _DB_PER_MAG - _PAPER_RAYLEIGH_DB
_HAZE_EXPONENT = -1.3
# Source of V = 0 to nanolamberts (eq. 8: 16.57 mag), nanolamberts to a radiance in units of V = 0 per sr.
_SCATTERING_PER_SR = 10.0 ** (-0.4 * 16.57) / (float(nanolambert_of_v_mag(0.0)) * ARCSEC2_SR)


def scattering_airmass(*, elevation_deg: ArrayLike) -> FloatArray:
    """Airmass of scattered light, (1 - 0.96 cos^2 h)^(-1/2): 1 at the zenith, 5 at the horizon, same shape as h [deg].

    Raises
    ------
    DomainError
        If the elevation lies outside [-90, 90] deg or is nan.

    Notes
    -----
    Source: Krisciunas and Schaefer, PASP 103, 1033 (1991), eq. 3.
    """
    within("elevation_deg", elevation_deg, -90.0, 90.0)
    return 1.0 / np.sqrt(1.0 - 0.96 * np.cos(to_rad(elevation_deg)) ** 2)


def scattering_function(*, separation_deg: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Molecular and aerosol part of the paper's scattering function f, in its own unit.

    Parameters
    ----------
    separation_deg : array_like, shape (...)
        Angle from the Moon or the Sun [deg], 0 to 180; below 0.25 deg (the disc) taken as 0.25.

    Returns
    -------
    (rayleigh, aerosol) : two ndarrays, shape (...)
        10^5.36 (1.06 + cos^2 rho), and 10^(6.15 - rho/40) or under 10 deg 6.2e7/rho^2.

    Raises
    ------
    DomainError
        If the angle lies outside its range or is nan.

    Notes
    -----
    Source: Krisciunas and Schaefer, PASP 103, 1033 (1991), eqs. 17 to 19.
    """
    within("separation_deg", separation_deg, 0.0, 180.0)
    apart_deg = np.maximum(np.asarray(separation_deg, dtype=float), 0.25)
    aerosol = np.where(apart_deg < 10.0, 6.2e7 / apart_deg**2, np.exp(_LN_10 * (6.15 - apart_deg / 40.0)))
    return 10.0**5.36 * (1.06 + np.cos(to_rad(apart_deg)) ** 2), aerosol


def moonlight_nanolambert(
    *,
    moon_illumination: ArrayLike,
    moon_elevation_deg: ArrayLike,
    moon_separation_deg: ArrayLike,
    elevation_deg: ArrayLike,
    extinction_mag: float = PAPER_EXTINCTION_MAG,
) -> FloatArray:
    """Moonlit sky in V [nL], the paper's model as printed; 0 with the Moon at or below the horizon.

    Parameters
    ----------
    moon_illumination : array_like, shape (...)
        Lit share of the disc [1], in [0, 1].
    moon_elevation_deg, elevation_deg : array_like, shape (...)
        Elevation of Moon and line of sight [deg], -90 to 90.
    moon_separation_deg : array_like, shape (...)
        Angle between them [deg], 0 to 180.
    extinction_mag : float
        Extinction in V [mag per airmass], >= 0.

    Returns
    -------
    ndarray, shape (...)
        Brightness [nL]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    f I 10^(-0.4 k X(Moon)) (1 - 10^(-0.4 k X(sight))), I = 10^(-0.4 (V + 16.57)). Good to 8 to 23 % by the paper, for
    Moons that are not within some days of new. Source: Krisciunas and Schaefer, PASP 103, 1033 (1991), eqs. 8, 15, 21.
    """
    within("extinction_mag", extinction_mag, 0.0, np.inf, ends="[)")
    magnitude = moon_v_magnitude(phase_angle_deg=moon_phase_angle_deg(moon_illumination=moon_illumination))
    function = np.add(*scattering_function(separation_deg=moon_separation_deg))
    arriving = 10.0 ** (-0.4 * extinction_mag * scattering_airmass(elevation_deg=moon_elevation_deg))
    scattered = 1.0 - 10.0 ** (-0.4 * extinction_mag * scattering_airmass(elevation_deg=elevation_deg))
    sky = function * 10.0 ** (-0.4 * (magnitude + 16.57)) * arriving * scattered
    return np.where(np.asarray(moon_elevation_deg, dtype=float) > 0.0, sky, 0.0)


@lru_cache(maxsize=256)
def paper_extinction_db(*, wavelength_nm: float) -> tuple[float, float]:
    """Zenith loss [dB] by molecules and by haze of the paper's site, carried to a wavelength [nm] > 0.

    Raises
    ------
    DomainError
        If the wavelength is not > 0.

    Notes
    -----
    Molecules with the power -4, haze with -1.3 of the wavelength; the split of the paper's 0.172 mag is assumed.
    """
    within("wavelength_nm", wavelength_nm, 0.0, np.inf, ends="()")
    ratio = wavelength_nm / V_BAND_NM
    return _PAPER_RAYLEIGH_DB * ratio**-4.0, _PAPER_HAZE_DB * ratio**_HAZE_EXPONENT


def scattered_radiance(
    *,
    irradiance_w_m2_um: ArrayLike,
    source_elevation_deg: ArrayLike,
    separation_deg: ArrayLike,
    elevation_deg: ArrayLike,
    rayleigh_zenith_db: float,
    aerosol_zenith_db: float,
) -> FloatArray:
    """Radiance of clear or slightly hazy air lit by Moon or Sun, once scattered; 0 with the source at or below 0 deg.

    Parameters
    ----------
    irradiance_w_m2_um : array_like, shape (...)
        Of the source above the air [W m^-2 um^-1], >= 0.
    source_elevation_deg, elevation_deg : array_like, shape (...)
        Elevation of source and line of sight [deg], -90 to 90.
    separation_deg : array_like, shape (...)
        Angle between them [deg], 0 to 180.
    rayleigh_zenith_db, aerosol_zenith_db : float
        Zenith loss of the site's molecules and haze at this wavelength [dB], >= 0.

    Returns
    -------
    ndarray, shape (...)
        Radiance [W m^-2 sr^-1 um^-1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    The paper's f, its two parts in proportion to the site's molecules and haze against those of the paper; with the
    paper's own extinction it is the paper's formula. Haze of more than about 2 dB, where light scatters more than once,
    and ground that throws light back (snow) are outside: a factor of 2 to 3 by day. Source: Krisciunas and Schaefer,
    PASP 103, 1033 (1991), scaled to the wavelength as Rayleigh and Mie parts (own choice).
    """
    within("irradiance_w_m2_um", irradiance_w_m2_um, 0.0, np.inf, ends="[)")
    zenith_db = _sum_of_both(float(rayleigh_zenith_db), float(aerosol_zenith_db))
    source_airmass = scattering_airmass(elevation_deg=source_elevation_deg)
    sight_airmass = scattering_airmass(elevation_deg=elevation_deg)
    if zenith_db == 0.0:
        return np.zeros(np.broadcast(irradiance_w_m2_um, source_airmass, sight_airmass, separation_deg).shape)
    rayleigh, aerosol = scattering_function(separation_deg=separation_deg)
    mixed = rayleigh * (rayleigh_zenith_db / _PAPER_RAYLEIGH_DB) + aerosol * (aerosol_zenith_db / _PAPER_HAZE_DB)
    depth = _DEPTH_PER_DB * zenith_db
    path = -np.exp(-depth * source_airmass) * np.expm1(-depth * sight_airmass)
    paper_share = PAPER_EXTINCTION_MAG * _DB_PER_MAG / zenith_db
    sky = np.asarray(irradiance_w_m2_um, dtype=float) * _SCATTERING_PER_SR * mixed * path * paper_share
    return np.where(np.asarray(source_elevation_deg, dtype=float) > 0.0, sky, 0.0)


@lru_cache(maxsize=256)
def _sum_of_both(rayleigh_zenith_db: float, aerosol_zenith_db: float) -> float:
    within("rayleigh_zenith_db", rayleigh_zenith_db, 0.0, np.inf, ends="[)")
    within("aerosol_zenith_db", aerosol_zenith_db, 0.0, np.inf, ends="[)")
    return rayleigh_zenith_db + aerosol_zenith_db


def moonlight_radiance(
    *,
    wavelength_nm: float,
    moon_illumination: ArrayLike,
    moon_elevation_deg: ArrayLike,
    moon_separation_deg: ArrayLike,
    elevation_deg: ArrayLike,
    rayleigh_zenith_db: float | None = None,
    aerosol_zenith_db: float | None = None,
) -> FloatArray:
    """Radiance of the moonlit sky at a wavelength.

    Parameters
    ----------
    wavelength_nm : float
        Wavelength [nm], 500 to 1600.
    moon_illumination : array_like, shape (...)
        Lit share of the disc [1], in [0, 1].
    moon_elevation_deg, elevation_deg : array_like, shape (...)
        Elevation of Moon and line of sight [deg], -90 to 90.
    moon_separation_deg : array_like, shape (...)
        Angle between them [deg], 0 to 180.
    rayleigh_zenith_db, aerosol_zenith_db : float, optional
        Zenith loss of molecules and haze at this wavelength [dB], >= 0; without them those of the paper's site.

    Returns
    -------
    ndarray, shape (...)
        Radiance [W m^-2 sr^-1 um^-1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    ``scattered_radiance`` of ``moon_irradiance_w_m2_um``. The absolute value is the paper's: a full Moon gives some
    1e-5 at 850 nm far from it, two orders below the 1.5e-3 of Miao et al. 2005. The daylight of that list (1.5), over
    the 4e5 by which the Sun outshines the full Moon, agrees with the paper.
    """
    paper_db = paper_extinction_db(wavelength_nm=wavelength_nm)
    return scattered_radiance(
        irradiance_w_m2_um=moon_irradiance_w_m2_um(moon_illumination=moon_illumination, wavelength_nm=wavelength_nm),
        source_elevation_deg=moon_elevation_deg,
        separation_deg=moon_separation_deg,
        elevation_deg=elevation_deg,
        rayleigh_zenith_db=paper_db[0] if rayleigh_zenith_db is None else rayleigh_zenith_db,
        aerosol_zenith_db=paper_db[1] if aerosol_zenith_db is None else aerosol_zenith_db,
    )
