"""How bright the sky is while the Sun is near or above the horizon, from the end of night to a clear day."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.moonlight import paper_extinction_db, scattered_radiance
from passplan.channel.radiance_units import magnitude_radiance
from passplan.channel.source_spectra import SPECTRUM_RANGE_NM, solar_irradiance_w_m2_um, sun_colour
from passplan.checks import FloatArray, within
from passplan.units import to_rad

NIGHT_BELOW_DEG = -18.0
# Zenith, magnitudes per square arcsecond at a depression d: a0 + a1 (d - 5) + a2 (d - 5)^2, in V, R, I: Patat,
# Ugolnikov and Postylyakov 2006, recalled and not re-read. Beyond 10 deg the night sky is in their values: there
# 1 mag per degree (assumed).
_BAND_NM = (550.0, 650.0, 800.0)
_BAND_TERMS = np.array(((11.84, 1.518, -0.057), (11.40, 1.567, -0.064), (10.93, 1.470, -0.062)))
_FITTED_TO_DEG = 10.0
_FADING_MAG_DEG = 1.0
_RED_EXPONENT = -3.0  # scattering beyond 800 nm, between molecules (-4) and haze (-1.3): assumed
_SUNWARD = 1.0  # brightness near the horizon: e times the zenith under the Sun, 1/e opposite; assumed, a factor of 2
_DAY_FROM_DEG = 5.0
_TWILIGHT_TO_DEG = -5.0


def zenith_twilight_radiance(*, wavelength_nm: float, sun_elevation_deg: ArrayLike) -> FloatArray:
    """Radiance of the zenith by the Sun alone during twilight.

    Parameters
    ----------
    wavelength_nm : float
        Wavelength [nm], 500 to 1600.
    sun_elevation_deg : array_like, shape (...)
        Elevation of the Sun [deg], -90 to 90; above -5 the value at -5, below -18 none.

    Returns
    -------
    ndarray, shape (...)
        Radiance [W m^-2 sr^-1 um^-1].

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    V, R, I at Paranal, power laws of the wavelength between them; above 800 nm sunlight times wavelength^-3 (assumed,
    a factor of 3 at 1550 nm). Source: Patat et al., A&A 455, 385 (2006), coefficients recalled and not re-read.
    """
    within("sun_elevation_deg", sun_elevation_deg, -90.0, 90.0)
    slope, curve, at_five_deg = _fit(wavelength_nm)
    sun_deg = np.asarray(sun_elevation_deg, dtype=float)
    depression_deg = np.maximum(-sun_deg, -_TWILIGHT_TO_DEG)
    fitted_deg = np.minimum(depression_deg, _FITTED_TO_DEG) + _TWILIGHT_TO_DEG
    fainter = (slope + curve * fitted_deg) * fitted_deg
    fainter = fainter + _FADING_MAG_DEG * np.maximum(depression_deg - _FITTED_TO_DEG, 0.0)
    return np.where(sun_deg < NIGHT_BELOW_DEG, 0.0, at_five_deg * 10.0 ** (-0.4 * fainter))


@lru_cache(maxsize=256)
def _fit(wavelength_nm: float) -> tuple[float, float, float]:
    """Slope and curvature in magnitudes, radiance at 5 deg of depression."""
    within("wavelength_nm", wavelength_nm, *SPECTRUM_RANGE_NM)
    start, slope, curve = (float(np.interp(wavelength_nm, _BAND_NM, column)) for column in _BAND_TERMS.T)
    band_nm = min(wavelength_nm, _BAND_NM[-1])
    colour = sun_colour(wavelength_nm, band_nm) * (wavelength_nm / band_nm) ** _RED_EXPONENT
    return slope, curve, colour * float(magnitude_radiance(mag_arcsec2=start, wavelength_nm=band_nm))


def sunlit_sky_radiance(
    *,
    wavelength_nm: float,
    sun_elevation_deg: ArrayLike,
    sun_separation_deg: ArrayLike,
    elevation_deg: ArrayLike,
    rayleigh_zenith_db: float | None = None,
    aerosol_zenith_db: float | None = None,
) -> FloatArray:
    """Radiance that the Sun gives a clear sky, by night, twilight and day.

    Parameters
    ----------
    wavelength_nm : float
        Wavelength [nm], 500 to 1600.
    sun_elevation_deg : array_like, shape (...)
        Elevation of the Sun [deg], -90 to 90.
    sun_separation_deg : array_like, shape (...)
        Angle between Sun and line of sight [deg], 0 to 180; by twilight it says how far from the Sun's azimuth it is.
    elevation_deg : array_like, shape (...)
        Elevation of the line of sight [deg], -90 to 90.
    rayleigh_zenith_db, aerosol_zenith_db : float, optional
        Zenith loss of molecules and haze at this wavelength [dB], >= 0; without them those of Mauna Kea.

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
    Above 5 deg the once scattered sunlight of ``moonlight.scattered_radiance`` (coarse: a factor of 3 by day, clouds
    not known); below -5 deg the twilight of the zenith, up to e times it towards the Sun (assumed); between, straight
    in the logarithm. Source: Krisciunas and Schaefer 1991 and Patat et al. 2006, see there.
    """
    within("sun_elevation_deg", sun_elevation_deg, -90.0, 90.0)
    within("sun_separation_deg", sun_separation_deg, 0.0, 180.0)
    within("elevation_deg", elevation_deg, -90.0, 90.0)
    sun_deg = np.asarray(sun_elevation_deg, dtype=float)
    twilight = zenith_twilight_radiance(wavelength_nm=wavelength_nm, sun_elevation_deg=sun_deg) * _sunward_factor(
        sun_deg, sun_separation_deg, elevation_deg
    )
    if np.all(sun_deg <= _TWILIGHT_TO_DEG):
        return twilight
    paper_db = paper_extinction_db(wavelength_nm=wavelength_nm)
    day = scattered_radiance(
        irradiance_w_m2_um=solar_irradiance_w_m2_um(wavelength_nm=wavelength_nm),
        source_elevation_deg=np.maximum(sun_deg, _DAY_FROM_DEG),
        separation_deg=sun_separation_deg,
        elevation_deg=elevation_deg,
        rayleigh_zenith_db=paper_db[0] if rayleigh_zenith_db is None else rayleigh_zenith_db,
        aerosol_zenith_db=paper_db[1] if aerosol_zenith_db is None else aerosol_zenith_db,
    )
    share = np.clip((sun_deg - _TWILIGHT_TO_DEG) / (_DAY_FROM_DEG - _TWILIGHT_TO_DEG), 0.0, 1.0)
    return np.where(share > 0.0, twilight ** (1.0 - share) * day**share, twilight)


def _sunward_factor(sun_deg: FloatArray, separation_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
    """Exp of cos(azimuth from the Sun) cos(elevation), which the triangle of both places gives."""
    sun_rad = to_rad(sun_deg)
    across = np.cos(to_rad(separation_deg)) - np.sin(to_rad(elevation_deg)) * np.sin(sun_rad)
    return np.exp(_SUNWARD * np.clip(across / np.maximum(np.cos(sun_rad), 1e-9), -1.0, 1.0))
