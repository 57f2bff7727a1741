"""Molecules and haze apart: each from what was measured to a loss at the zenith, and both along the slant path.

Three ways lead to the haze: a visibility through the MODTRAN values (``extinction.aerosol_zenith_db``), a visibility
through Koschmieder and Kruse or Kim, and an optical depth that a sun photometer measured.
"""

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.airmass import shell_airmass
from passplan.channel.extinction import WAVELENGTH_RANGE_NM, airmass
from passplan.checks import FloatArray, within
from passplan.units import to_loss_db, to_transmittance

VISIBILITY_NM = 550.0  # the wavelength at which a visibility is meant
KRUSE_RANGE_KM = (1.0, 300.0)
KIM_RANGE_KM = (0.05, 300.0)
_CONTRAST = 0.02  # Koschmieder's threshold of the eye; an instrument's meteorological optical range takes 0.05
_MOLECULES_PER_KM = 0.0116  # scattering of air at 550 nm and sea level, handbook value (recalled, not re-read)


def molecular_zenith_db(
    *, wavelength_nm: ArrayLike, height_m: float = 0.0, scale_height_m: float = 8000.0
) -> FloatArray:
    """Zenith loss by molecular (Rayleigh) scattering alone, above a site.

    Parameters
    ----------
    wavelength_nm : array_like, shape (...)
        Wavelength [nm], 400 to 1700.
    height_m : float
        Height of the site above sea level [m], -500 to 9000.
    scale_height_m : float
        Height over which the pressure falls by 1/e [m], > 0; 8000 follows the standard atmosphere to 1 % up to 5 km.

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
    Optical depth 0.0021520 (1.0455996 - 341.29061 w^-2 - 0.90230850 w^2) / (1 + 0.0027059889 w^-2 - 85.968563 w^2) for
    1013.25 hPa, w in um, times exp(-height / scale height). Source: Bodhaine et al., J. Atmos. Oceanic Technol. 16,
    1854 (1999), eq. 30, coefficients as several open programs print them, the paper not re-read. Made for 250 to
    850 nm; beyond, it stays within 1.5 % of ``extinction.rayleigh_zenith_db``, of a loss under 0.07 dB.
    """
    within("wavelength_nm", wavelength_nm, 400.0, 1700.0)
    within("height_m", height_m, -500.0, 9000.0)
    within("scale_height_m", scale_height_m, 0.0, np.inf, ends="()")
    square = (np.asarray(wavelength_nm, dtype=float) * 1e-3) ** 2  # nm to um
    upper = 1.0455996 - 341.29061 / square - 0.90230850 * square
    lower = 1.0 + 0.0027059889 / square - 85.968563 * square
    return depth_to_db(0.0021520 * upper / lower) * np.exp(-height_m / scale_height_m)


def depth_to_db(optical_depth: ArrayLike) -> FloatArray:
    """Loss [dB] of an optical depth [1] >= 0 (natural logarithm): 4.343 times as large.

    Raises
    ------
    DomainError
        If a depth is negative, infinite or nan.
    """
    within("optical_depth", optical_depth, 0.0, np.inf, ends="[)")
    return np.asarray(optical_depth, dtype=float) * to_loss_db(np.exp(-1.0))


def angstrom_depth(
    *, wavelength_nm: ArrayLike, optical_depth: ArrayLike, measured_nm: float, angstrom_exponent: ArrayLike = 1.3
) -> FloatArray:
    """Optical depth of haze at one wavelength from that measured at another (Angstrom's law).

    Parameters
    ----------
    wavelength_nm : array_like, shape (...)
        Wavelength wanted [nm], 500 to 1600.
    optical_depth : array_like, shape (...)
        Vertical optical depth of the aerosol above the site, as a sun photometer gives it [1], >= 0.
    measured_nm : float
        Wavelength at which it was measured [nm], 300 to 2000; 550 or 500 is usual.
    angstrom_exponent : array_like, shape (...)
        Fall with the wavelength [1], -1 to 3: about 0 dust and sea salt, 1.3 continental, 2 smoke (general knowledge).

    Returns
    -------
    ndarray, shape (...)
        Optical depth [1], >= 0. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    depth (wavelength / measured)^-exponent. A photometer measures at its own site: no height correction is due there.
    Source: Angstrom, Tellus 16, 64 (1964) (recalled, not re-read).
    """
    within("wavelength_nm", wavelength_nm, *WAVELENGTH_RANGE_NM)
    within("optical_depth", optical_depth, 0.0, np.inf, ends="[)")
    within("measured_nm", measured_nm, 300.0, 2000.0)
    within("angstrom_exponent", angstrom_exponent, -1.0, 3.0)
    ratio = np.asarray(wavelength_nm, dtype=float) / measured_nm
    return np.asarray(optical_depth, dtype=float) * ratio ** -np.asarray(angstrom_exponent, dtype=float)


def measured_aerosol_db(
    *, wavelength_nm: ArrayLike, optical_depth: ArrayLike, measured_nm: float, angstrom_exponent: ArrayLike = 1.3
) -> FloatArray:
    """Zenith loss [dB] >= 0 of a measured optical depth of haze; arguments [nm, 1] and errors of ``angstrom_depth``."""
    depth = angstrom_depth(
        wavelength_nm=wavelength_nm,
        optical_depth=optical_depth,
        measured_nm=measured_nm,
        angstrom_exponent=angstrom_exponent,
    )
    return depth_to_db(depth)


def koschmieder_per_km(*, visibility_km: ArrayLike, contrast: float = _CONTRAST) -> FloatArray:
    """Extinction coefficient at 550 nm near the ground, molecules and haze together [1/km].

    Parameters
    ----------
    visibility_km : array_like, shape (...)
        Visibility [km], 0.05 to 300.
    contrast : float
        Least contrast that is seen [1], in (0, 1): 0.02 for the eye (Koschmieder), 0.05 for the meteorological optical
        range that instruments report.

    Returns
    -------
    ndarray, shape (...)
        ln(1 / contrast) / visibility [1/km]; 3.912 / visibility by default.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    within("visibility_km", visibility_km, *KIM_RANGE_KM)
    within("contrast", contrast, 0.0, 1.0, ends="()")
    return -np.log(contrast) / np.asarray(visibility_km, dtype=float)


def kruse_exponent(*, visibility_km: ArrayLike) -> FloatArray:
    """Wavelength exponent of haze by Kruse.

    Parameters
    ----------
    visibility_km : array_like, shape (...)
        Visibility [km], 1 to 300; in fog, below 1 km, the law does not hold: see ``kim_exponent``.

    Returns
    -------
    ndarray, shape (...)
        1.6 above 50 km, 1.3 from 6 to 50 km, 0.585 V^(1/3) below 6 km [1]; it steps from 1.06 to 1.3 at 6 km.

    Raises
    ------
    DomainError
        If the visibility lies outside its range or is nan.

    Notes
    -----
    Source: Kruse, McGlauchlin and McQuistan, Elements of Infrared Technology, 1962 (recalled, not re-read).
    """
    within("visibility_km", visibility_km, *KRUSE_RANGE_KM)
    v = np.asarray(visibility_km, dtype=float)
    return np.where(v > 50.0, 1.6, np.where(v >= 6.0, 1.3, 0.585 * np.cbrt(v)))


def kim_exponent(*, visibility_km: ArrayLike) -> FloatArray:
    """Wavelength exponent of haze and fog by Kim.

    Parameters
    ----------
    visibility_km : array_like, shape (...)
        Visibility [km], 0.05 to 300.

    Returns
    -------
    ndarray, shape (...)
        As Kruse above 6 km; 0.16 V + 0.34 from 1 to 6 km, V - 0.5 from 0.5 to 1 km, 0 in denser fog [1]. Continuous
        except at 50 km.

    Raises
    ------
    DomainError
        If the visibility lies outside its range or is nan.

    Notes
    -----
    Source: Kim, McArthur and Korevaar, Proc. SPIE 4214, 26 (2001) (recalled, not re-read).
    """
    within("visibility_km", visibility_km, *KIM_RANGE_KM)
    v = np.asarray(visibility_km, dtype=float)
    hazy = np.where(v >= 1.0, 0.16 * v + 0.34, np.maximum(v - 0.5, 0.0))
    return np.where(v > 50.0, 1.6, np.where(v >= 6.0, 1.3, hazy))


def visibility_aerosol_db(
    *,
    wavelength_nm: ArrayLike,
    visibility_km: ArrayLike,
    exponent: ArrayLike,
    height_m: float = 0.0,
    aerosol_scale_height_m: float = 1500.0,
    contrast: float = _CONTRAST,
) -> FloatArray:
    """Zenith loss of the haze from a visibility by Koschmieder's law and a wavelength exponent.

    Parameters
    ----------
    wavelength_nm : array_like, shape (...)
        Wavelength [nm], 500 to 1600.
    visibility_km : array_like, shape (...)
        Visibility reduced to sea level [km], 0.05 to 300.
    exponent : array_like, shape (...)
        Wavelength exponent [1], -1 to 3: of ``kruse_exponent``, ``kim_exponent`` or measured.
    height_m : float
        Height of the site above sea level [m], -500 to 9000.
    aerosol_scale_height_m : float
        Height over which the aerosol falls by 1/e [m], > 0; 1200 to 2000 is usual (general knowledge).
    contrast : float
        Contrast that defines the visibility [1], in (0, 1).

    Returns
    -------
    ndarray, shape (...)
        Loss [dB] >= 0 for one airmass of the aerosol. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    (coefficient at 550 nm less that of air, 0.0116 / km) times scale height exp(-height / scale height), times
    (wavelength / 550 nm)^-exponent. One exponential for the whole column: fog, which is shallow, needs its own scale
    height. With Kruse's exponent 20 to 40 % beside the MODTRAN values at 848.6 nm from 2 to 23 km.
    """
    within("height_m", height_m, -500.0, 9000.0)
    within("aerosol_scale_height_m", aerosol_scale_height_m, 0.0, np.inf, ends="()")
    haze_per_km = koschmieder_per_km(visibility_km=visibility_km, contrast=contrast) - _MOLECULES_PER_KM
    column_km = aerosol_scale_height_m * 1e-3 * np.exp(-height_m / aerosol_scale_height_m)  # m to km
    return measured_aerosol_db(
        wavelength_nm=wavelength_nm,
        optical_depth=np.maximum(haze_per_km, 0.0) * column_km,
        measured_nm=VISIBILITY_NM,
        angstrom_exponent=exponent,
    )


def parted_transmittance(
    *,
    elevation_deg: ArrayLike,
    clear_zenith_db: ArrayLike,
    aerosol_zenith_db: ArrayLike,
    aerosol_scale_height_m: float = 1500.0,
) -> FloatArray:
    """Transmittance along a slant path of air and haze, each with its own airmass.

    Parameters
    ----------
    elevation_deg : array_like, shape (...)
        Apparent elevation [deg], in [0, 90].
    clear_zenith_db, aerosol_zenith_db : array_like, shape (...)
        Zenith loss above the site of the air and of the haze [dB], >= 0.
    aerosol_scale_height_m : float
        Height over which the aerosol falls by 1/e [m], > 0.

    Returns
    -------
    ndarray, shape (...)
        Transmittance [1], in [0, 1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Kasten and Young for the air, the shell of the aerosol's scale height for the haze: this is where the 2 % come from
    by which MODTRAN's hazy paths at 10 deg exceed one Kasten-Young airmass for all.
    """
    within("clear_zenith_db", clear_zenith_db, 0.0, np.inf, ends="[)")
    within("aerosol_zenith_db", aerosol_zenith_db, 0.0, np.inf, ends="[)")
    haze = shell_airmass(elevation_deg=elevation_deg, scale_height_m=aerosol_scale_height_m)
    return to_transmittance(
        np.multiply(clear_zenith_db, airmass(elevation_deg=elevation_deg)) + np.multiply(aerosol_zenith_db, haze)
    )
