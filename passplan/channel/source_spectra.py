"""How bright Sun, Moon and stars are above the air at the wavelength of the signal."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.units import to_deg

SPECTRUM_RANGE_NM = (500.0, 1600.0)
V_BAND_NM = 545.0
ARCSEC2_SR = (np.pi / 648_000.0) ** 2

# Sun at 1 au, smoothed over its lines, W m^-2 um^-1 (recalled from the ASTM E490 tables, not re-read; 3 %).
_SOLAR_NM = (500.0, 550.0, 600.0, 650.0, 700.0, 750.0, 800.0, 850.0, 900.0, 1000.0, 1100.0, 1250.0, 1400.0, 1600.0)
_SOLAR = (1920.0, 1863.0, 1750.0, 1570.0, 1420.0, 1270.0, 1130.0, 990.0, 900.0, 745.0, 606.0, 450.0, 330.0, 245.0)
# Moon's reflectance over that at 550 nm (recalled from the ROLO model, Kieffer and Stone 2005, not re-read; 10 %).
_MOON_NM = (500.0, 550.0, 650.0, 750.0, 850.0, 950.0, 1250.0, 1600.0)
_MOON_RATIO = (0.93, 1.0, 1.14, 1.25, 1.30, 1.35, 1.55, 1.80)
# Irradiance of magnitude 0, W m^-2 um^-1 at the centres of V, R, I, J, H (Bessell, Castelli and Plez 1998, recalled).
_VEGA_NM = (545.0, 641.0, 798.0, 1220.0, 1630.0)
_VEGA = (3.631e-8, 2.177e-8, 1.126e-8, 3.147e-9, 1.138e-9)

V_ZERO_POINT_W_M2_UM = _VEGA[0]
_FULL_MOON_V_MAGNITUDE = -12.73  # Krisciunas and Schaefer 1991


def solar_irradiance_w_m2_um(*, wavelength_nm: ArrayLike) -> FloatArray:
    """Spectral irradiance of the Sun at 1 au above the air [W m^-2 um^-1], same shape as the wavelength [nm].

    Raises
    ------
    DomainError
        If the wavelength lies outside 500 to 1600 nm or is nan.

    Notes
    -----
    Smoothed table (ASTM E490, recalled and not re-read, 3 %): a filter narrower than a Fraunhofer line may see less.
    """
    within("wavelength_nm", wavelength_nm, *SPECTRUM_RANGE_NM)
    return np.interp(np.asarray(wavelength_nm, dtype=float), _SOLAR_NM, _SOLAR)


@lru_cache(maxsize=256)
def sun_colour(wavelength_nm: float, reference_nm: float) -> float:
    """Sunlight at a wavelength over that at a reference, both 500 to 1600 [nm]; DomainError outside."""
    here, there = solar_irradiance_w_m2_um(wavelength_nm=[wavelength_nm, reference_nm])
    return float(here / there)


@lru_cache(maxsize=256)
def _moon_colour(wavelength_nm: float) -> float:
    here, in_v = np.interp([wavelength_nm, V_BAND_NM], _MOON_NM, _MOON_RATIO)
    return sun_colour(wavelength_nm, V_BAND_NM) * float(here / in_v)


def zero_point_w_m2_um(*, wavelength_nm: ArrayLike) -> FloatArray:
    """Irradiance of a star of magnitude 0 (Vega) above the air [W m^-2 um^-1], same shape as the wavelength [nm].

    Raises
    ------
    DomainError
        If the wavelength lies outside 500 to 1600 nm or is nan.

    Notes
    -----
    Power laws through V, R, I, J, H. Source: Bessell, Castelli and Plez, A&A 333, 231 (1998), recalled, not re-read.
    """
    within("wavelength_nm", wavelength_nm, *SPECTRUM_RANGE_NM)
    log_nm = np.log(np.asarray(wavelength_nm, dtype=float))
    log_knots = np.log(_VEGA_NM)
    inside = np.interp(log_nm, log_knots, np.log(_VEGA))
    blue_slope = np.log(_VEGA[1] / _VEGA[0]) / (log_knots[1] - log_knots[0])
    return np.exp(inside + blue_slope * np.minimum(log_nm - log_knots[0], 0.0))


def moon_phase_angle_deg(*, moon_illumination: ArrayLike) -> FloatArray:
    """Phase angle of the Moon [deg], 0 when full, from the lit share of its disc [1]: lit = (1 + cos a)/2.

    Raises
    ------
    DomainError
        If the lit share lies outside [0, 1] or is nan.
    """
    within("moon_illumination", moon_illumination, 0.0, 1.0)
    return to_deg(np.arccos(2.0 * np.asarray(moon_illumination, dtype=float) - 1.0))


def moon_v_magnitude(*, phase_angle_deg: ArrayLike) -> FloatArray:
    """V magnitude of the Moon above the air at its mean distance.

    Parameters
    ----------
    phase_angle_deg : array_like, shape (...)
        Phase angle [deg], 0 (full) to 180.

    Returns
    -------
    ndarray, shape (...)
        Magnitude [mag].

    Raises
    ------
    DomainError
        If the angle lies outside its range or is nan.

    Notes
    -----
    -12.73 + 0.026 |a| + 4e-9 a^4; the surge within 7 deg of full (up to 35 % more) is left out, as in the paper.
    Source: Krisciunas and Schaefer, PASP 103, 1033 (1991), eq. 9.
    """
    within("phase_angle_deg", phase_angle_deg, 0.0, 180.0)
    angle_deg = np.asarray(phase_angle_deg, dtype=float)
    return _FULL_MOON_V_MAGNITUDE + angle_deg * (0.026 + 4e-9 * angle_deg * angle_deg * angle_deg)


def moon_irradiance_w_m2_um(*, moon_illumination: ArrayLike, wavelength_nm: float) -> FloatArray:
    """Spectral irradiance of the Moon above the air.

    Parameters
    ----------
    moon_illumination : array_like, shape (...)
        Lit share of the disc [1], in [0, 1].
    wavelength_nm : float
        Wavelength [nm], 500 to 1600.

    Returns
    -------
    ndarray, shape (...)
        Irradiance [W m^-2 um^-1].

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    V magnitude of the phase, spectrum of the Sun, reflectance rising to the red (table recalled, 10 %; the reddening
    with phase is left out).
    """
    magnitude = moon_v_magnitude(phase_angle_deg=moon_phase_angle_deg(moon_illumination=moon_illumination))
    return V_ZERO_POINT_W_M2_UM * _moon_colour(wavelength_nm) * 10.0 ** (-0.4 * magnitude)


def star_irradiance_w_m2_um(*, magnitude: ArrayLike, wavelength_nm: float) -> FloatArray:
    """Spectral irradiance of a star above the air, by its Vega magnitude in a band at the wavelength of the signal.

    Parameters
    ----------
    magnitude : array_like, shape (...)
        Magnitude near the wavelength [mag], -30 to 30 (I band at 800 to 850 nm, H at 1550 nm).
    wavelength_nm : float
        Wavelength [nm], 500 to 1600.

    Returns
    -------
    ndarray, shape (...)
        Irradiance [W m^-2 um^-1].

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Zero points: see ``zero_point_w_m2_um``, whose source is Bessell et al. 1998.
    """
    within("magnitude", magnitude, -30.0, 30.0)
    return zero_point_w_m2_um(wavelength_nm=wavelength_nm) * 10.0 ** (-0.4 * np.asarray(magnitude, dtype=float))
