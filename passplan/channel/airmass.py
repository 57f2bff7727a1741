"""How much air lies on a slant path: airmass by named model, of the atmosphere, of one constituent, of one layer."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfcx

from passplan.channel.extinction import airmass
from passplan.checks import FloatArray, one_of, within
from passplan.constants import EARTH_EQUATORIAL_RADIUS_KM
from passplan.units import to_rad

_LEAST_COSINE = 1e-9  # at the zenith the shell's formula is 0 / 0; this close to it the limit is reached to rounding


def plane_parallel_airmass(*, elevation_deg: ArrayLike) -> FloatArray:
    """Airmass of a flat atmosphere.

    Parameters
    ----------
    elevation_deg : array_like, shape (...)
        Apparent (refracted) elevation [deg], in (0, 90].

    Returns
    -------
    ndarray, shape (...)
        Airmass 1 / sin h [1], >= 1.

    Raises
    ------
    DomainError
        If the elevation lies outside (0, 90] or is nan.

    Notes
    -----
    Exact for a flat Earth; above the Kasten-Young value by 0.3 % at 30 deg, 0.7 % at 20 deg, 3 % at 10 deg, and without
    bound towards the horizon.
    """
    within("elevation_deg", elevation_deg, 0.0, 90.0, ends="(]")
    return 1.0 / np.sin(to_rad(elevation_deg))


def young_airmass(*, elevation_deg: ArrayLike) -> FloatArray:
    """Airmass by Young 1994, which takes the TRUE elevation.

    Parameters
    ----------
    elevation_deg : array_like, shape (...)
        True (geometric, not refracted) elevation [deg], in [0, 90].

    Returns
    -------
    ndarray, shape (...)
        Airmass [1], 1 at the zenith and 31.7 at a true elevation of 0.

    Raises
    ------
    DomainError
        If the elevation lies outside [0, 90] or is nan.

    Notes
    -----
    (1.002432 c^2 + 0.148386 c + 0.0096467) / (c^3 + 0.149864 c^2 + 0.0102963 c + 0.000303978), c = sin h. Source:
    Young, Applied Optics 33, 1108 (1994); coefficients as several open programs print them, the paper not re-read.
    """
    within("elevation_deg", elevation_deg, 0.0, 90.0)
    c = np.sin(to_rad(elevation_deg))
    upper = (1.002432 * c + 0.148386) * c + 0.0096467
    return upper / (((c + 0.149864) * c + 0.0102963) * c + 0.000303978)


def shell_airmass(*, elevation_deg: ArrayLike, scale_height_m: float = 8434.0) -> FloatArray:
    """Airmass of a constituent that thins exponentially with height above a round Earth.

    Parameters
    ----------
    elevation_deg : array_like, shape (...)
        Apparent elevation at the site [deg], in [0, 90].
    scale_height_m : float
        Height over which the constituent falls by 1/e [m], in (0, 100000]; 8434 is dry air at 288.15 K (k T / m g).

    Returns
    -------
    ndarray, shape (...)
        Column along the path over the column above the site [1], >= 1.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    sqrt(pi x / 2) / cos h erfcx(sqrt(x / 2) tan h), x = Earth radius / scale height: the integral of exp(-z / H) with
    z = s sin h + (s cos h)^2 / 2R along the path s, a parabola for the round Earth. Against the integral with the exact
    height it lies within 0.1 % for scale heights up to 10 km. Kasten and Young, with refraction
    and the profile of the standard atmosphere, lie 0.8 % higher at 10 deg (and have 38 at the horizon, not 34.5). Haze
    lies low, so its airmass exceeds that of the air: by 2 % at 10 deg. Source: own
    derivation; Chapman, Proc. Phys. Soc. 43, 483 (1931) has the exact function (recalled, not re-read).
    """
    within("elevation_deg", elevation_deg, 0.0, 90.0)
    within("scale_height_m", scale_height_m, 0.0, 1e5, ends="(]")
    height_rad = to_rad(elevation_deg)
    cosine = np.maximum(np.cos(height_rad), _LEAST_COSINE)
    half_x = 0.5 * EARTH_EQUATORIAL_RADIUS_KM * 1e3 / scale_height_m  # km to m
    return np.sqrt(np.pi * half_x) / cosine * erfcx(np.sqrt(half_x) * np.sin(height_rad) / cosine)


def layer_airmass(*, elevation_deg: ArrayLike, layer_height_m: float) -> FloatArray:
    """Obliquity of a path through a thin layer, such as cirrus, on a round Earth.

    Parameters
    ----------
    elevation_deg : array_like, shape (...)
        Apparent elevation at the site [deg], in [0, 90].
    layer_height_m : float
        Height of the layer above the site [m], in (0, 100000].

    Returns
    -------
    ndarray, shape (...)
        Path within the layer over its thickness [1], >= 1.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    1 / sqrt(1 - (R cos h / (R + z))^2), straight rays.
    """
    within("elevation_deg", elevation_deg, 0.0, 90.0)
    within("layer_height_m", layer_height_m, 0.0, 1e5, ends="(]")
    radius_m = EARTH_EQUATORIAL_RADIUS_KM * 1e3  # km to m
    return 1.0 / np.sqrt(1.0 - (np.cos(to_rad(elevation_deg)) * radius_m / (radius_m + layer_height_m)) ** 2)


AirmassModel = Callable[..., FloatArray]
AIRMASS_MODELS: dict[str, AirmassModel] = {
    "kasten-young-1989": airmass,
    "plane-parallel": plane_parallel_airmass,
    "spherical-shell": shell_airmass,
    "young-1994": young_airmass,
}


def airmass_model(name: str) -> AirmassModel:
    """Airmass function of a name in a file; every one takes ``elevation_deg`` [deg], only Young's the true one.

    Raises
    ------
    UnknownName
        If there is no such model; the message gives the nearest right spelling.
    """
    return AIRMASS_MODELS[one_of("airmass model", name, AIRMASS_MODELS)]
