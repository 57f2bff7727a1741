"""Ground stations: position and horizon mask."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, check_limits, within
from passplan.errors import DomainError, InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """Ground station.

    name : name of the site
    latitude_deg : geodetic latitude, WGS 84 [deg], north positive, in [-90, 90]
    longitude_deg : longitude, WGS 84 [deg], east positive, in [-180, 180]
    height_m : height above the WGS 84 ellipsoid [m], in [-500, 9000]
    horizon_mask : pairs (azimuth_deg in [0, 360] from north over east, elevation_deg in [-10, 90]) of the skyline,
        in any order, joined by straight lines and round 360; empty: a flat horizon that hides nothing
    """

    name: str
    latitude_deg: Annotated[float, Interval(ge=-90.0, le=90.0)]
    longitude_deg: Annotated[float, Interval(ge=-180.0, le=180.0)]
    height_m: Annotated[float, Interval(ge=-500.0, le=9000.0)]
    horizon_mask: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        check_limits(self)
        if not self.name.strip():
            raise DomainError("Station.name is empty, must be a word")
        for azimuth_deg, elevation_deg in self.horizon_mask:
            within("Station.horizon_mask azimuth_deg", azimuth_deg, 0.0, 360.0)
            within("Station.horizon_mask elevation_deg", elevation_deg, -10.0, 90.0)


def mask_elevation_deg(station: Station, azimuth_deg: ArrayLike) -> FloatArray:
    """Elevation [deg] of the skyline at an azimuth.

    Parameters
    ----------
    station : Station
        Its ``horizon_mask`` is interpolated linearly in azimuth, round 360 degrees; 0 everywhere when it is empty.
    azimuth_deg : array_like, shape (...)
        Azimuth [deg] from north over east; whole turns do not matter.

    Returns
    -------
    ndarray, shape (...)
        Elevation [deg].

    Raises
    ------
    DomainError
        If an azimuth is not finite.
    """
    within("azimuth_deg", azimuth_deg, -np.inf, np.inf, ends="()")
    azimuth = np.asarray(azimuth_deg, dtype=float)
    if not station.horizon_mask:
        return np.zeros_like(azimuth)
    skyline = np.array(station.horizon_mask, dtype=float)
    return np.interp(azimuth, skyline[:, 0], skyline[:, 1], period=360.0)


def parse_station_text(text: str) -> Station:
    """Station of the text ``lat,lon,height`` [deg, deg, m], labelled by that text.

    Raises
    ------
    InputError
        If the text is not three numbers.
    DomainError
        If a number is outside the range of its field.
    """
    label = text.strip()
    parts = label.split(",")
    try:
        latitude_deg, longitude_deg, height_m = (float(part) for part in parts)
    except ValueError as error:
        raise InputError(
            f"station {label!r} is not three numbers lat,lon,height [deg, deg, m], such as 40.3959,117.5775,890"
        ) from error
    return Station(name=label, latitude_deg=latitude_deg, longitude_deg=longitude_deg, height_m=height_m)
