"""By how much the air lifts the line of sight, and by how much more for one colour than for another."""

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.units import deg_to_urad, to_rad, urad_to_deg

_REFERENCE_NM = 550.0  # the visual formulae hold for yellow-green light
_ARCMIN_PER_DEG = 60.0
_LOWEST_DEG = -1.0


def refraction_urad(
    *, elevation_deg: ArrayLike, pressure_hpa: float = 1010.0, temperature_c: float = 10.0
) -> FloatArray:
    """Refraction of visible light at a true elevation.

    Parameters
    ----------
    elevation_deg : array_like, shape (...)
        True (geometric) elevation [deg], -1 to 90.
    pressure_hpa : float
        Air pressure at the site [hPa], 0 to 1100; not reduced to sea level.
    temperature_c : float
        Air temperature at the site [deg C], -100 to 60.

    Returns
    -------
    ndarray, shape (...)
        Apparent minus true elevation [urad], >= 0.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    1.02' cot(h + 10.3/(h + 5.11)) P/1010 283/(273 + T), h in degrees, clipped at 0 near the zenith. Source:
    Saemundsson, Sky and Telescope 72, 70 (1986), after Bennett (1982); good to about 20 urad above 5 deg. It belongs to
    the pointing of the mount, never to the range.
    """
    within("elevation_deg", elevation_deg, _LOWEST_DEG, 90.0)
    true_deg = np.asarray(elevation_deg, dtype=float)
    lift_arcmin = 1.02 / np.tan(to_rad(true_deg + 10.3 / (true_deg + 5.11)))
    return _lift_urad(lift_arcmin, pressure_hpa, temperature_c)


def apparent_elevation_deg(
    *, elevation_deg: ArrayLike, pressure_hpa: float = 1010.0, temperature_c: float = 10.0
) -> FloatArray:
    """Apparent elevation of a true one.

    Parameters
    ----------
    elevation_deg : array_like, shape (...)
        True (geometric) elevation [deg], -1 to 90.
    pressure_hpa : float
        Air pressure at the site [hPa], 0 to 1100.
    temperature_c : float
        Air temperature at the site [deg C], -100 to 60.

    Returns
    -------
    ndarray, shape (...)
        Apparent elevation [deg], at most 90.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    ``refraction_urad`` gives the formula and its source.
    """
    lift_urad = refraction_urad(elevation_deg=elevation_deg, pressure_hpa=pressure_hpa, temperature_c=temperature_c)
    return np.minimum(np.asarray(elevation_deg, dtype=float) + urad_to_deg(lift_urad), 90.0)


def true_elevation_deg(
    *, apparent_deg: ArrayLike, pressure_hpa: float = 1010.0, temperature_c: float = 10.0
) -> FloatArray:
    """True elevation of an apparent one, as read from a mount.

    Parameters
    ----------
    apparent_deg : array_like, shape (...)
        Apparent elevation [deg], 0 to 90.
    pressure_hpa : float
        Air pressure at the site [hPa], 0 to 1100.
    temperature_c : float
        Air temperature at the site [deg C], -100 to 60.

    Returns
    -------
    ndarray, shape (...)
        True elevation [deg].

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    1' cot(h + 7.31/(h + 4.4)), h apparent in degrees. Source: Bennett, Journal of Navigation 35, 255 (1982). It undoes
    ``apparent_elevation_deg`` to about 0.1 arcmin (30 urad).
    """
    within("apparent_deg", apparent_deg, 0.0, 90.0)
    seen_deg = np.asarray(apparent_deg, dtype=float)
    lift_arcmin = 1.0 / np.tan(to_rad(seen_deg + 7.31 / (seen_deg + 4.4)))
    return seen_deg - urad_to_deg(_lift_urad(lift_arcmin, pressure_hpa, temperature_c))


def _lift_urad(lift_arcmin: FloatArray, pressure_hpa: float, temperature_c: float) -> FloatArray:
    within("pressure_hpa", pressure_hpa, 0.0, 1100.0)
    within("temperature_c", temperature_c, -100.0, 60.0)
    density = pressure_hpa / 1010.0 * 283.0 / (273.0 + temperature_c)
    return deg_to_urad(np.maximum(lift_arcmin, 0.0) / _ARCMIN_PER_DEG) * density


def refractivity(*, wavelength_nm: ArrayLike) -> FloatArray:
    """Refractive index minus 1 of dry standard air (15 deg C, 1013.25 hPa, 450 ppm CO2).

    Parameters
    ----------
    wavelength_nm : array_like, shape (...)
        Vacuum wavelength [nm], 300 to 1700.

    Returns
    -------
    ndarray, shape (...)
        n - 1 [1].

    Raises
    ------
    DomainError
        If the wavelength lies outside its range or is nan.

    Notes
    -----
    1e8 (n - 1) = 5792105/(238.0185 - s^2) + 167917/(57.362 - s^2), s = 1/wavelength in 1/um. Source: Ciddor, Applied
    Optics 35, 1566 (1996), eq. 1.
    """
    within("wavelength_nm", wavelength_nm, 300.0, 1700.0)
    wave_number_2 = (np.asarray(wavelength_nm, dtype=float) * 1e-3) ** -2.0  # nm to um
    return 1e-8 * (5_792_105.0 / (238.0185 - wave_number_2) + 167_917.0 / (57.362 - wave_number_2))


def chromatic_refraction_urad(
    *,
    elevation_deg: ArrayLike,
    beacon_nm: float,
    signal_nm: float,
    pressure_hpa: float = 1010.0,
    temperature_c: float = 10.0,
) -> FloatArray:
    """Elevation of the beacon's image above the signal's image.

    A ground terminal that tracks the beacon must look this much lower to see the signal.

    Parameters
    ----------
    elevation_deg : array_like, shape (...)
        True elevation [deg], -1 to 90.
    beacon_nm, signal_nm : float
        The two wavelengths [nm], 300 to 1700.
    pressure_hpa : float
        Air pressure at the site [hPa], 0 to 1100.
    temperature_c : float
        Air temperature at the site [deg C], -100 to 60.

    Returns
    -------
    ndarray, shape (...)
        Refraction of the beacon minus that of the signal [urad]; > 0 when the beacon has the shorter wavelength.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Refraction is taken proportional to n - 1 (``refractivity``), scaled from the visual formula at 550 nm.
    """
    lift_urad = refraction_urad(elevation_deg=elevation_deg, pressure_hpa=pressure_hpa, temperature_c=temperature_c)
    beacon, signal, reference = refractivity(wavelength_nm=[beacon_nm, signal_nm, _REFERENCE_NM])
    return lift_urad * (beacon - signal) / reference
