"""How bright the moonless night is by itself: airglow, zodiacal light, starlight, and a star in the field."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.channel.moonlight import scattering_airmass
from passplan.channel.source_spectra import SPECTRUM_RANGE_NM, star_irradiance_w_m2_um, sun_colour
from passplan.checks import FloatArray, within
from passplan.errors import DomainError
from passplan.units import to_deg, to_rad

S10_W_M2_SR_UM = 1.28e-8  # one star of 10 mag like the Sun in a square degree, at 500 nm; Leinert et al. 1998, table 2
_REFERENCE_NM = 500.0
_DEPTH_PER_DB = 0.1 * float(np.log(10.0))

# Airglow at the zenith, mean of wide bands, W m^-2 sr^-1 um^-1. From the broad-band magnitudes of the ESO sky model
# for Paranal (V 21.83, R 21.06, I 19.74, Z 18.76, Y 17.61, J 16.87, H 14.42 per square arcsecond, moonless), less 7e-7
# of zodiacal light and starlight in the first three; 500 nm and the course between the bands are assumed.
_AIRGLOW_NM = (500.0, 550.0, 650.0, 800.0, 900.0, 1020.0, 1250.0, 1500.0, 1600.0)
_AIRGLOW = (1.5e-6, 2.1e-6, 2.8e-6, 5.4e-6, 1.1e-5, 2.2e-5, 2.4e-5, 8.0e-5, 8.3e-5)
_EARTH_RADIUS_KM = 6371.0
AIRGLOW_HEIGHT_KM = 90.0

# Leinert et al. 1998, table 16 (with the pole from its caption): zodiacal light in S10 at 500 nm, rows by helioecliptic
# longitude, columns by ecliptic latitude. The eight places within 15 deg of the Sun, blank in print, hold 9000.
_LONGITUDE_DEG = np.array([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 60, 75, 90, 105, 120, 135, 150, 165, 180], dtype=float)
_LATITUDE_DEG = np.array([0, 5, 10, 15, 20, 25, 30, 45, 60, 75, 90], dtype=float)
_ZODIACAL_S10 = (
    (9000, 9000, 9000, 2450, 1260, 770, 500, 215, 117, 78, 60),
    (9000, 9000, 9000, 2300, 1200, 740, 490, 212, 117, 78, 60),
    (9000, 9000, 3700, 1930, 1070, 675, 460, 206, 116, 78, 60),
    (9000, 5300, 2690, 1450, 870, 590, 410, 196, 114, 78, 60),
    (5000, 3500, 1880, 1100, 710, 495, 355, 185, 110, 77, 60),
    (3000, 2210, 1350, 860, 585, 425, 320, 174, 106, 76, 60),
    (1940, 1460, 955, 660, 480, 365, 285, 162, 102, 74, 60),
    (1290, 990, 710, 530, 400, 310, 250, 151, 98, 73, 60),
    (925, 735, 545, 415, 325, 264, 220, 140, 94, 72, 60),
    (710, 570, 435, 345, 278, 228, 195, 130, 91, 70, 60),
    (395, 345, 275, 228, 190, 163, 143, 105, 81, 67, 60),
    (264, 248, 210, 177, 153, 134, 118, 91, 73, 64, 60),
    (202, 196, 176, 151, 130, 115, 103, 81, 67, 62, 60),
    (166, 164, 154, 133, 117, 104, 93, 75, 64, 60, 60),
    (147, 145, 138, 120, 108, 98, 88, 70, 60, 58, 60),
    (140, 139, 130, 115, 105, 95, 86, 70, 60, 57, 60),
    (140, 139, 129, 116, 107, 99, 91, 75, 62, 56, 60),
    (153, 150, 140, 129, 118, 110, 102, 81, 64, 56, 60),
    (180, 166, 152, 139, 127, 116, 105, 82, 65, 56, 60),
)
_TABLE = np.array(_ZODIACAL_S10, dtype=float)
NEAREST_SUN_DEG = 15.0
_NEAREST_COSINE = float(np.cos(to_rad(NEAREST_SUN_DEG))) + 1e-12
TYPICAL_ZODIACAL_S10 = 100.0  # mid latitudes, 90 deg and more from the Sun
TYPICAL_STARLIGHT_S10 = 100.0  # mean of the sky, general knowledge


class Zodiacal(NamedTuple):
    """Zodiacal light, shape (...) each.

    s10 : brightness at 500 nm in stars of 10 mag like the Sun in a square degree
    is_extrapolated : whether the place lies within 15 deg of the Sun, where the table holds no measured value
    """

    s10: FloatArray
    is_extrapolated: NDArray[np.bool_]


def van_rhijn_factor(*, elevation_deg: ArrayLike, layer_height_km: float = AIRGLOW_HEIGHT_KM) -> FloatArray:
    """Longer way through a thin glowing layer against the zenith.

    Parameters
    ----------
    elevation_deg : array_like, shape (...)
        Elevation of the line of sight [deg], 0 to 90.
    layer_height_km : float
        Height of the layer [km], > 0.

    Returns
    -------
    ndarray, shape (...)
        Factor [1], 1 at the zenith.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    (1 - (R cos h / (R + H))^2)^(-1/2). Source: van Rhijn 1921, as in Leinert et al., A&AS 127, 1 (1998), recalled.
    """
    within("elevation_deg", elevation_deg, 0.0, 90.0)
    within("layer_height_km", layer_height_km, 0.0, np.inf, ends="()")
    nearest = _EARTH_RADIUS_KM / (_EARTH_RADIUS_KM + layer_height_km)
    return 1.0 / np.sqrt(1.0 - (nearest * np.cos(to_rad(elevation_deg))) ** 2)


def airglow_radiance(*, wavelength_nm: float, elevation_deg: ArrayLike, activity: float = 1.0) -> FloatArray:
    """Airglow as seen from the ground, mean over its lines.

    Parameters
    ----------
    wavelength_nm : float
        Wavelength [nm], 500 to 1600.
    elevation_deg : array_like, shape (...)
        Elevation of the line of sight [deg], 0 to 90.
    activity : float
        Factor of the night and the solar cycle [1], >= 0; 0.5 to 2 is usual.

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
    A wide-band mean, 30 % at V to I, a factor of 2 above: OH bands hold most of it, so that a filter of some nm between
    the lines sees a tenth and one on a line several times as much. 1550 nm is ten times brighter than 850 nm.
    Extinction along the longer way is left out. Source: ESO sky model (Noll et al., A&A 543, A92, 2012), broad bands.
    """
    return _zenith_airglow(wavelength_nm, activity) * van_rhijn_factor(elevation_deg=elevation_deg)


@lru_cache(maxsize=256)
def _zenith_airglow(wavelength_nm: float, activity: float) -> float:
    within("activity", activity, 0.0, np.inf, ends="[)")
    within("wavelength_nm", wavelength_nm, *SPECTRUM_RANGE_NM)
    return activity * float(np.exp(np.interp(wavelength_nm, _AIRGLOW_NM, np.log(_AIRGLOW))))


def zodiacal_s10(
    *, helioecliptic_longitude_deg: ArrayLike, ecliptic_latitude_deg: ArrayLike, extrapolate: bool = False
) -> Zodiacal:
    """Zodiacal light above the air by its place against the Sun.

    Parameters
    ----------
    helioecliptic_longitude_deg : array_like, shape (...)
        Ecliptic longitude less that of the Sun [deg], any turn.
    ecliptic_latitude_deg : array_like, shape (...)
        Ecliptic latitude [deg], -90 to 90.
    extrapolate : bool
        Whether places within 15 deg of the Sun are given the table's largest value instead of refused.

    Returns
    -------
    Zodiacal
        Brightness in S10 at 500 nm, linear between the table's places, and where it is extrapolated.

    Raises
    ------
    DomainError
        If an angle lies outside its range or is nan, or a place within 15 deg of the Sun without ``extrapolate``.

    Notes
    -----
    Source: Leinert et al., A&AS 127, 1 (1998), table 16 (after Levasseur-Regourd and Dumont 1980), read in a copy.
    """
    within("helioecliptic_longitude_deg", helioecliptic_longitude_deg, -np.inf, np.inf, ends="()")
    within("ecliptic_latitude_deg", ecliptic_latitude_deg, -90.0, 90.0)
    turn_deg = np.mod(np.asarray(helioecliptic_longitude_deg, dtype=float), 360.0)
    longitude_deg, latitude_deg = np.broadcast_arrays(
        np.minimum(turn_deg, 360.0 - turn_deg), np.abs(np.asarray(ecliptic_latitude_deg, dtype=float))
    )
    towards_sun = np.cos(to_rad(longitude_deg)) * np.cos(to_rad(latitude_deg))
    too_near = towards_sun > _NEAREST_COSINE
    if not extrapolate and np.any(too_near):
        raise DomainError(
            f"elongation from the Sun is {to_deg(np.arccos(towards_sun.max())):.3g} deg, must lie in [15, 180] deg, "
            "where zodiacal light is tabulated; extrapolate=True takes the largest value"
        )
    row, row_share = _place(_LONGITUDE_DEG, longitude_deg)
    column, column_share = _place(_LATITUDE_DEG, latitude_deg)
    upper = _TABLE[row, column] * (1.0 - column_share) + _TABLE[row, column + 1] * column_share
    lower = _TABLE[row + 1, column] * (1.0 - column_share) + _TABLE[row + 1, column + 1] * column_share
    return Zodiacal(upper * (1.0 - row_share) + lower * row_share, too_near)


def _place(knots: FloatArray, x: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    steps = np.interp(x, knots, np.arange(knots.size, dtype=float))
    left = np.minimum(steps.astype(np.intp), knots.size - 2)
    return left, steps - left


def starlight_s10(*, galactic_latitude_deg: ArrayLike) -> FloatArray:
    """Starlight above the air, stars not told apart, in S10 at 500 nm.

    Parameters
    ----------
    galactic_latitude_deg : array_like, shape (...)
        Galactic latitude [deg], -90 to 90.

    Returns
    -------
    ndarray, shape (...)
        Brightness [S10].

    Raises
    ------
    DomainError
        If the latitude lies outside its range or is nan.

    Notes
    -----
    30 + 220 exp(-|b| / 15 deg): a coarse fit to values recalled from Roach and Gordon 1973 (about 250 on the galactic
    equator, 30 to 50 at the poles), good to a factor of 2. A field of some arcseconds mostly sees less than the mean:
    half of it are stars bright enough to be told apart.
    """
    within("galactic_latitude_deg", galactic_latitude_deg, -90.0, 90.0)
    return 30.0 + 220.0 * np.exp(-np.abs(np.asarray(galactic_latitude_deg, dtype=float)) / 15.0)


def dust_and_star_radiance(
    *, wavelength_nm: float, s10: ArrayLike, elevation_deg: ArrayLike, zenith_db: float = 0.0, reddening: float = 0.6
) -> FloatArray:
    """Radiance at the ground of light given in S10, such as zodiacal light and starlight.

    Parameters
    ----------
    wavelength_nm : float
        Wavelength [nm], 500 to 1600.
    s10 : array_like, shape (...)
        Brightness above the air at 500 nm [S10], >= 0.
    elevation_deg : array_like, shape (...)
        Elevation of the line of sight [deg], -90 to 90.
    zenith_db : float
        Zenith loss of the air [dB], >= 0.
    reddening : float
        How much redder than the Sun, per decade of wavelength [1]: 0.6 to 0.8 for zodiacal light.

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
    S10 1.28e-8 sun(w)/sun(500) (1 + reddening log10(w/500)). Source: Leinert et al., A&AS 127, 1 (1998), eq. 22
    (recalled). Light scattered back into the line of sight is left out, so that low down it is too faint by some ten
    per cent.
    """
    within("s10", s10, 0.0, np.inf, ends="[)")
    within("zenith_db", zenith_db, 0.0, np.inf, ends="[)")
    colour = _dust_colour(wavelength_nm, reddening)
    passed = np.exp(-_DEPTH_PER_DB * zenith_db * scattering_airmass(elevation_deg=elevation_deg))
    return np.asarray(s10, dtype=float) * S10_W_M2_SR_UM * colour * passed


@lru_cache(maxsize=256)
def _dust_colour(wavelength_nm: float, reddening: float) -> float:
    within("reddening", reddening, 0.0, 2.0)
    redder = 1.0 + reddening * float(np.log(wavelength_nm / _REFERENCE_NM) / np.log(10.0))
    return sun_colour(wavelength_nm, _REFERENCE_NM) * redder


def star_in_field_radiance(
    *, magnitude: ArrayLike, wavelength_nm: float, field_of_view_urad: float, transmittance: ArrayLike = 1.0
) -> FloatArray:
    """Evenly spread radiance that gives as much light through the field stop as a star inside it.

    Parameters
    ----------
    magnitude : array_like, shape (...)
        Vega magnitude in a band near the wavelength [mag], -30 to 30.
    wavelength_nm : float
        Wavelength [nm], 500 to 1600.
    field_of_view_urad : float
        FULL field of view of a round stop [urad], > 0.
    transmittance : array_like, shape (...)
        Of the air along the line of sight [1], 0 to 1.

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
    Irradiance over pi/4 FOV^2; zero points of Bessell et al. 1998.
    """
    within("field_of_view_urad", field_of_view_urad, 0.0, np.inf, ends="()")
    within("transmittance", transmittance, 0.0, 1.0)
    solid_angle_sr = 0.25 * np.pi * (field_of_view_urad * 1e-6) ** 2
    star = star_irradiance_w_m2_um(magnitude=magnitude, wavelength_nm=wavelength_nm)
    return star * np.asarray(transmittance, dtype=float) / solid_angle_sr
