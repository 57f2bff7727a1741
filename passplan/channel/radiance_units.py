"""Which units a sky brightness may be written in, and what it is in W m^-2 sr^-1 um^-1; anything else is refused."""

import re

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.source_spectra import ARCSEC2_SR, V_BAND_NM, sun_colour, zero_point_w_m2_um
from passplan.checks import FloatArray, within
from passplan.constants import PLANCK_J_S, SPEED_OF_LIGHT_M_S
from passplan.errors import InputError

ENERGY_UNITS = ("W/m2/sr/um", "W/m2/sr/nm")  # these alone need no wavelength
RADIANCE_UNITS = (
    *ENERGY_UNITS,
    "ph/s/m2/sr/um",
    "ph/s/m2/sr/nm",
    "ph/s/m2/arcsec2/um",
    "mag/arcsec2",
    "mag/arcsec2 (V)",
)
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*")
_NANOLAMBERT_AT_MAG_0 = 34.08 * np.exp(20.7233)  # Krisciunas and Schaefer 1991, eq. 1: nL of 0 mag per square arcsecond


def nanolambert_of_v_mag(v_mag_arcsec2: ArrayLike) -> FloatArray:
    """Brightness [nL] of a V magnitude per square arcsecond, any shape; 34.08 exp(20.7233 - 0.92104 V).

    Source: Krisciunas and Schaefer, PASP 103, 1033 (1991), eq. 1.
    """
    return _NANOLAMBERT_AT_MAG_0 * np.exp(-0.92104 * np.asarray(v_mag_arcsec2, dtype=float))


def v_mag_of_nanolambert(nanolambert: ArrayLike) -> FloatArray:
    """V magnitude per square arcsecond of a brightness [nL] > 0, any shape.

    Raises
    ------
    DomainError
        If the brightness is not > 0.
    """
    within("nanolambert", nanolambert, 0.0, np.inf, ends="()")
    return np.log(_NANOLAMBERT_AT_MAG_0 / np.asarray(nanolambert, dtype=float)) / 0.92104


def photon_energy_j(wavelength_nm: float) -> float:
    """Energy [J] of a photon of a wavelength [nm]; DomainError unless it is > 0."""
    within("wavelength_nm", wavelength_nm, 0.0, np.inf, ends="()")
    return PLANCK_J_S * SPEED_OF_LIGHT_M_S / (wavelength_nm * 1e-9)


def magnitude_radiance(*, mag_arcsec2: ArrayLike, wavelength_nm: float) -> FloatArray:
    """Radiance [W m^-2 sr^-1 um^-1] of a sky brightness in Vega magnitudes of a band at the wavelength.

    Parameters
    ----------
    mag_arcsec2 : array_like, shape (...)
        Magnitudes per square arcsecond, -30 to 40.
    wavelength_nm : float
        Wavelength of the band [nm], 500 to 1600.

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
    Zero points of Bessell et al. 1998 (recalled); one square arcsecond is 2.3504e-11 sr.
    """
    within("mag_arcsec2", mag_arcsec2, -30.0, 40.0)
    zero_point = zero_point_w_m2_um(wavelength_nm=wavelength_nm)
    return zero_point * 10.0 ** (-0.4 * np.asarray(mag_arcsec2, dtype=float)) / ARCSEC2_SR


def radiance_of(text: str, *, wavelength_nm: float | None = None) -> float:
    """Spectral radiance [W m^-2 sr^-1 um^-1] of a text with its unit, such as "1.5e-3 W/m2/sr/um".

    Parameters
    ----------
    text : str
        Number and unit; the units are listed in ``RADIANCE_UNITS``, those that need no wavelength in ``ENERGY_UNITS``;
        also written as "W m^-2 sr^-1 um^-1".
    wavelength_nm : float, optional
        Wavelength of the signal [nm]; needed for photons and magnitudes. "mag/arcsec2" is a magnitude at that
        wavelength; "mag/arcsec2 (V)" is one in V, carried over with the spectrum of the Sun.

    Returns
    -------
    float
        Radiance [W m^-2 sr^-1 um^-1].

    Raises
    ------
    InputError
        If there is no number, the unit is not one of these, or a wavelength is needed and missing.
    DomainError
        If the radiance is negative or not finite, or the wavelength outside 500 to 1600 nm for magnitudes.
    """
    match = _NUMBER.fullmatch(text)
    if not match:
        raise InputError(f"radiance {text!r} does not begin with a number; write it as '1.5e-3 W/m2/sr/um'")
    value, unit = float(match[1]), _plain_unit(match[2])
    if unit not in RADIANCE_UNITS:
        allowed = ENERGY_UNITS if wavelength_nm is None else RADIANCE_UNITS
        raise InputError(f"radiance {text!r} has the unit {match[2]!r}, allowed: {', '.join(allowed)}")
    if unit.startswith("mag"):
        return _from_magnitude(value, unit, _needed(wavelength_nm, text))
    within(f"radiance [{unit}]", value, 0.0, np.inf, ends="[)")
    if unit.endswith("/nm"):
        value *= 1e3  # per nm to per um
    if "/arcsec2" in unit:
        value /= ARCSEC2_SR
    return value * photon_energy_j(_needed(wavelength_nm, text)) if unit.startswith("ph") else value


def _from_magnitude(value: float, unit: str, wavelength_nm: float) -> float:
    if not unit.endswith("(V)"):
        return float(magnitude_radiance(mag_arcsec2=value, wavelength_nm=wavelength_nm))
    in_v = float(magnitude_radiance(mag_arcsec2=value, wavelength_nm=V_BAND_NM))
    return in_v * sun_colour(wavelength_nm, V_BAND_NM)


def _plain_unit(unit: str) -> str:
    """Turn powers into slashes: 'W m^-2 sr^-1 um^-1' becomes 'W/m2/sr/um'."""
    powers = re.sub(r"\s*\*?\s*(sr|um|nm|s|m|arcsec)\^?-([12])(?!\d)", _slash, unit.replace("µ", "u").replace("μ", "u"))
    return powers.replace("^", "").replace("photons", "ph")


def _slash(power: re.Match[str]) -> str:
    return f"/{power[1]}" + ("2" if power[2] == "2" else "")


def _needed(wavelength_nm: float | None, text: str) -> float:
    if wavelength_nm is None:
        raise InputError(
            f"radiance {text!r} needs the wavelength [nm], which is not known here: convert it first; "
            f"allowed without it: {', '.join(ENERGY_UNITS)}"
        )
    return wavelength_nm
