"""What clear and hazy air take from a beam along a slant path."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.units import to_loss_db, to_rad, to_transmittance

# Zenith loss [dB per airmass] at sea level, reduced from the MODTRAN tables that ship with Qrackling (MIT licence).
_VISIBILITY_KM = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_TABLE_NM = (848.6, 1550.0)
_HAZY_DB = ((13.1, 6.94, 3.16, 1.85, 1.04, 0.504), (6.19, 3.26, 1.46, 0.835, 0.45, 0.206))
_CLEAR_DB = (0.323, 0.125)

WAVELENGTH_RANGE_NM = (500.0, 1600.0)
VISIBILITY_RANGE_KM = (1.0, 300.0)  # 300 km is near the visual range of air without aerosol
_PRESSURE_SCALE_HEIGHT_M = 8000.0  # general knowledge, not read in a source


def airmass(*, elevation_deg: ArrayLike) -> FloatArray:
    """Relative optical airmass of a slant path.

    Parameters
    ----------
    elevation_deg : array_like, shape (...)
        Apparent (refracted) elevation [deg], in [0, 90].

    Returns
    -------
    ndarray, shape (...)
        Airmass [1], 1 at the zenith and 38 at the horizon.

    Raises
    ------
    DomainError
        If the elevation lies outside [0, 90] or is nan.

    Notes
    -----
    1 / (sin h + 0.50572 (h + 6.07995)^-1.6364), h in degrees. Source: Kasten and Young, Applied Optics 28, 4735 (1989).
    """
    within("elevation_deg", elevation_deg, 0.0, 90.0)
    height_deg = np.asarray(elevation_deg, dtype=float)
    return 1.0 / (np.sin(to_rad(height_deg)) + 0.50572 * (height_deg + 6.07995) ** -1.6364)


def clear_zenith_db(*, wavelength_nm: float, height_m: float = 0.0) -> FloatArray:
    """Zenith loss of air without haze: molecules, water vapour and background aerosol.

    Parameters
    ----------
    wavelength_nm : float
        Wavelength [nm], 500 to 1600, outside absorption lines.
    height_m : float
        Height of the site above sea level [m], -500 to 9000.

    Returns
    -------
    ndarray, shape ()
        Loss [dB] >= 0 for one airmass.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Rayleigh scattering plus a rest, the MODTRAN "clear" values at 848.6 and 1550 nm less their Rayleigh part, on a
    power law of the wavelength; both times exp(-height / 8000 m) (pressure scale height: general knowledge). Between
    500 and 848.6 nm the rest is extrapolated: good for a beacon, to a few tenths of a dB. Ozone, the water-vapour lines
    near 720, 820 and beyond 900 nm, and those at 1350 to 1450 nm are not in it.
    """
    within("wavelength_nm", wavelength_nm, *WAVELENGTH_RANGE_NM)
    within("height_m", height_m, -500.0, 9000.0)
    rest_db = np.subtract(_CLEAR_DB, rayleigh_zenith_db(wavelength_nm=_TABLE_NM))
    sea_level_db = rayleigh_zenith_db(wavelength_nm=wavelength_nm) + _log_log(wavelength_nm, _TABLE_NM, rest_db)
    return sea_level_db * np.exp(-height_m / _PRESSURE_SCALE_HEIGHT_M)


def rayleigh_zenith_db(*, wavelength_nm: ArrayLike) -> FloatArray:
    """Zenith loss by molecular scattering at sea level.

    Parameters
    ----------
    wavelength_nm : array_like, shape (...)
        Wavelength [nm], 300 to 2000.

    Returns
    -------
    ndarray, shape (...)
        Loss [dB] >= 0 for one airmass.

    Raises
    ------
    DomainError
        If the wavelength lies outside its range or is nan.

    Notes
    -----
    Optical depth 0.008569 w^-4 (1 + 0.0113 w^-2 + 0.00013 w^-4), w in um. Source: Hansen and Travis, Space Science
    Reviews 16, 527 (1974), eq. 2.30 (cited from general knowledge).
    """
    within("wavelength_nm", wavelength_nm, 300.0, 2000.0)
    inverse_square = (np.asarray(wavelength_nm, dtype=float) * 1e-3) ** -2.0  # nm to um
    depth = 0.008569 * inverse_square**2 * (1.0 + 0.0113 * inverse_square + 0.00013 * inverse_square**2)
    return to_loss_db(np.exp(-depth))


def aerosol_zenith_db(
    *, wavelength_nm: float, visibility_km: ArrayLike, height_m: float = 0.0, aerosol_scale_height_m: float = 1500.0
) -> FloatArray:
    """Zenith loss of the haze alone.

    Parameters
    ----------
    wavelength_nm : float
        Wavelength [nm], 500 to 1600.
    visibility_km : array_like, shape (...)
        Meteorological visibility reduced to sea level [km], 1 to 300.
    height_m : float
        Height of the site above sea level [m], -500 to 9000.
    aerosol_scale_height_m : float
        Height over which the aerosol falls by 1/e [m], > 0; 1200 to 2000 is usual (general knowledge).

    Returns
    -------
    ndarray, shape (...)
        Loss [dB] >= 0 for one airmass.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    MODTRAN (presumably rural aerosol) totals minus the clear value, power laws between the tabulated visibilities
    (1 to 50 km; the last is continued to 300 km, where 0.01 dB is left) and through the two wavelengths, continued to
    500 nm; the column above the site is exp(-height / scale height) of the column above sea level.
    """
    within("wavelength_nm", wavelength_nm, *WAVELENGTH_RANGE_NM)
    within("visibility_km", visibility_km, *VISIBILITY_RANGE_KM)
    within("height_m", height_m, -500.0, 9000.0)
    within("aerosol_scale_height_m", aerosol_scale_height_m, 0.0, np.inf, ends="()")
    haze_db = [
        _log_log(visibility_km, _VISIBILITY_KM, np.subtract(hazy_db, clear_db))
        for hazy_db, clear_db in zip(_HAZY_DB, _CLEAR_DB, strict=True)
    ]
    share = np.log(wavelength_nm / _TABLE_NM[0]) / np.log(_TABLE_NM[1] / _TABLE_NM[0])
    sea_level_db = haze_db[0] ** (1.0 - share) * haze_db[1] ** share
    return sea_level_db * np.exp(-height_m / aerosol_scale_height_m)


def zenith_extinction_db(
    *, wavelength_nm: float, visibility_km: ArrayLike, height_m: float = 0.0, aerosol_scale_height_m: float = 1500.0
) -> FloatArray:
    """Zenith loss of clear air and haze together.

    Parameters
    ----------
    wavelength_nm : float
        Wavelength [nm], 500 to 1600.
    visibility_km : array_like, shape (...)
        Meteorological visibility reduced to sea level [km], 1 to 300.
    height_m : float
        Height of the site above sea level [m], -500 to 9000.
    aerosol_scale_height_m : float
        Height over which the aerosol falls by 1/e [m], > 0.

    Returns
    -------
    ndarray, shape (...)
        Loss [dB] >= 0 for one airmass: ``clear_zenith_db`` plus ``aerosol_zenith_db``, whose notes give the sources.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    haze_db = aerosol_zenith_db(
        wavelength_nm=wavelength_nm,
        visibility_km=visibility_km,
        height_m=height_m,
        aerosol_scale_height_m=aerosol_scale_height_m,
    )
    return haze_db + clear_zenith_db(wavelength_nm=wavelength_nm, height_m=height_m)


def extinction_transmittance(*, elevation_deg: ArrayLike, zenith_db: ArrayLike) -> FloatArray:
    """Transmittance of the air along a slant path.

    Parameters
    ----------
    elevation_deg : array_like, shape (...)
        Apparent elevation [deg], in [0, 90].
    zenith_db : array_like, shape (...)
        Loss of one airmass [dB], >= 0.

    Returns
    -------
    ndarray, shape (...)
        Transmittance [1], in (0, 1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Loss = zenith loss times Kasten-Young airmass. The MODTRAN slant paths agree to 0.5 % of the loss above 20 deg and
    are 2 % higher at 10 deg.
    """
    within("zenith_db", zenith_db, 0.0, np.inf, ends="[)")
    return to_transmittance(np.multiply(zenith_db, airmass(elevation_deg=elevation_deg)))


def _log_log(x: ArrayLike, knots: Sequence[float], values: ArrayLike) -> FloatArray:
    """Power laws through the knots; the outer ones continue beyond the ends."""
    log_x, log_knots, log_values = (np.log(np.asarray(array, dtype=float)) for array in (x, knots, values))
    left = np.clip(np.searchsorted(log_knots, log_x, side="right") - 1, 0, len(log_knots) - 2)
    slope = np.diff(log_values)[left] / np.diff(log_knots)[left]
    return np.exp(log_values[left] + slope * (log_x - log_knots[left]))
