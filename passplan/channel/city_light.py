"""How much light the towns around a site add, by azimuth and elevation."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, NonNegative, Positive, check_limits, within


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Dome of light over one town, as seen from the site.

    azimuth_deg : direction of its middle [deg] from north over east, in [0, 360)
    horizon_radiance_w_m2_sr_um : radiance of its middle at the horizon at the signal's wavelength
        [W m^-2 sr^-1 um^-1], >= 0
    azimuth_width_deg : standard deviation across [deg], > 0; 360 and more is a glow all round
    elevation_scale_deg : elevation over which it falls by 1/e [deg], > 0; 10 to 30 is usual (general knowledge)
    """

    azimuth_deg: Annotated[float, Interval(ge=0.0, lt=360.0)]
    horizon_radiance_w_m2_sr_um: NonNegative
    azimuth_width_deg: Positive = 30.0
    elevation_scale_deg: Positive = 20.0

    def __post_init__(self) -> None:
        check_limits(self)


def town_radiance(*, azimuth_deg: ArrayLike, elevation_deg: ArrayLike, towns: tuple[Town, ...]) -> FloatArray:
    """Radiance that all towns together add to the sky.

    Parameters
    ----------
    azimuth_deg : array_like, shape (...)
        Azimuth of the line of sight [deg], any turn.
    elevation_deg : array_like, shape (...)
        Elevation [deg], -90 to 90; below 0 taken as 0.
    towns : tuple of Town
        Empty means dark.

    Returns
    -------
    ndarray, shape (...)
        Radiance [W m^-2 sr^-1 um^-1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an angle lies outside its range or is nan.

    Notes
    -----
    Sum of L exp(-d^2 / 2 s^2) exp(-h / scale), d the azimuth difference: an own description for values that a site
    measures, no model of how light spreads in air.
    """
    within("azimuth_deg", azimuth_deg, -np.inf, np.inf, ends="()")
    within("elevation_deg", elevation_deg, -90.0, 90.0)
    turn_deg = np.asarray(azimuth_deg, dtype=float)
    height_deg = np.maximum(np.asarray(elevation_deg, dtype=float), 0.0)
    total = np.zeros(np.broadcast(turn_deg, height_deg).shape)
    for town in towns:
        aside_deg = np.mod(turn_deg - town.azimuth_deg + 180.0, 360.0) - 180.0
        across = np.exp(-0.5 * (aside_deg / town.azimuth_width_deg) ** 2)
        total = total + town.horizon_radiance_w_m2_sr_um * across * np.exp(-height_deg / town.elevation_scale_deg)
    return total


def city_light_factor(*, azimuth_deg: ArrayLike, city_light: tuple[tuple[float, float], ...]) -> FloatArray:
    """Factor on the dark radiance from the lights of towns, linear between the given azimuths round the circle.

    Parameters
    ----------
    azimuth_deg : array_like, shape (...)
        Azimuth of the line of sight [deg], any turn.
    city_light : tuple of (azimuth [deg], factor [1])
        As in ``sky.Sky``; empty means 1 everywhere.

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


def city_factor_at(
    *,
    azimuth_deg: ArrayLike,
    elevation_deg: ArrayLike,
    city_light: tuple[tuple[float, float], ...],
    elevation_scale_deg: float = np.inf,
) -> FloatArray:
    """Factor on the dark radiance from pairs (azimuth, factor) that hold at the horizon and fade upwards.

    Parameters
    ----------
    azimuth_deg, elevation_deg : array_like, shape (...)
        Line of sight [deg]; elevation -90 to 90, below 0 taken as 0.
    city_light : tuple of (azimuth [deg], factor [1])
        As in ``sky.Sky``; empty means 1.
    elevation_scale_deg : float
        Elevation over which what the town adds falls by 1/e [deg], > 0; infinite: the same at every elevation.

    Returns
    -------
    ndarray, shape (...)
        Factor [1], > 0. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    within("elevation_deg", elevation_deg, -90.0, 90.0)
    within("elevation_scale_deg", elevation_scale_deg, 0.0, np.inf, ends="(]")
    fading = np.exp(-np.maximum(np.asarray(elevation_deg, dtype=float), 0.0) / elevation_scale_deg)
    return 1.0 + (city_light_factor(azimuth_deg=azimuth_deg, city_light=city_light) - 1.0) * fading
