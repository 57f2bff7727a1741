"""One pass on one time grid: look angles, rates, point-ahead and the vectors behind them."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, freeze, within
from passplan.constants import SECONDS_PER_DAY, SPEED_OF_LIGHT_KM_S
from passplan.errors import DomainError
from passplan.orbit.earth import instants
from passplan.orbit.elements import Elements, age_days
from passplan.orbit.station import Station
from passplan.orbit.topocentric import ground_fixed_states, look, satellite_states, station_states
from passplan.units import as_utc, deg_to_urad, format_utc, to_rad

if TYPE_CHECKING:
    from astropy.table import QTable

_UNITS = (
    ("_urad_s", "urad / s"),
    ("_deg_s", "deg / s"),
    ("_km_s", "km / s"),
    ("_urad", "urad"),
    ("_deg", "deg"),
    ("_km", "km"),
    ("_s", "s"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Geometry of one satellite over one station on one grid; arrays are read-only, shape (n,) unless said.

    satellite, station : names
    epoch_utc : aware instant from which ``time_s`` counts
    time_s : [s] of UTC since the epoch, increasing
    azimuth_deg, elevation_deg, range_km : geometric look angles [deg] and range [km]: no refraction, no light time
    range_rate_km_s : [km/s], positive when the satellite recedes
    azimuth_rate_deg_s, elevation_rate_deg_s : [deg/s] of the mount on the turning Earth
    line_of_sight_rate_urad_s : rate [urad/s] of the direction between both ends in inertial space
    point_ahead_urad : 2 v_perp / c [urad], v the relative velocity in inertial space
    point_ahead_x_urad, point_ahead_y_urad : the same as a vector in the satellite frame [urad]: where the satellite
        sends, minus where it sees the station's beacon
    ground_point_ahead_x_urad, ground_point_ahead_y_urad : the same of the station's beam, in the frame of the mount
        [urad]: across elevation (the way in which azimuth grows) and along elevation
    satellite_rate_x_urad_s, satellite_rate_y_urad_s : inertial rate [urad/s] of the direction from satellite to
        station, in the satellite frame
    ground_rate_x_urad_s, ground_rate_y_urad_s : rate [urad/s] of the direction from station to satellite in the frame
        of the mount: across elevation (azimuth rate times cos elevation) and along elevation
    satellite_position_km, satellite_velocity_km_s, station_position_km : geocentric, GCRS axes, shape (n, 3)
    up : geodetic vertical of the station, unit vector, GCRS axes, shape (n, 3)
    elements_age_days : age [d] of the element set at the first instant, negative before its epoch

    Satellite frame: k from satellite to station; x the orbit normal (position cross velocity) less its part along k,
    normalised; y = k cross x.
    """

    satellite: str
    station: str
    epoch_utc: datetime
    time_s: FloatArray
    azimuth_deg: FloatArray
    elevation_deg: FloatArray
    range_km: FloatArray
    range_rate_km_s: FloatArray
    azimuth_rate_deg_s: FloatArray
    elevation_rate_deg_s: FloatArray
    line_of_sight_rate_urad_s: FloatArray
    point_ahead_urad: FloatArray
    point_ahead_x_urad: FloatArray
    point_ahead_y_urad: FloatArray
    ground_point_ahead_x_urad: FloatArray
    ground_point_ahead_y_urad: FloatArray
    satellite_rate_x_urad_s: FloatArray
    satellite_rate_y_urad_s: FloatArray
    ground_rate_x_urad_s: FloatArray
    ground_rate_y_urad_s: FloatArray
    satellite_position_km: FloatArray
    satellite_velocity_km_s: FloatArray
    station_position_km: FloatArray
    up: FloatArray
    elements_age_days: float

    def __post_init__(self) -> None:
        count = np.shape(self.time_s)[0]
        for name, array in self.arrays().items():
            if np.shape(array) not in ((count,), (count, 3)):
                raise DomainError(f"Track.{name} has shape {np.shape(array)}, must be ({count},) or ({count}, 3)")
            freeze(array)

    def arrays(self) -> dict[str, FloatArray]:
        """Arrays of the grid by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}

    def to_table(self) -> "QTable":
        """Astropy QTable: one row an instant, columns with units, names and epoch in ``meta``."""
        from astropy.table import QTable

        table = QTable()
        for name, array in self.arrays().items():
            unit = next((unit for suffix, unit in _UNITS if name.endswith(suffix)), None)
            table[name] = array.copy()
            table[name].unit = unit
        table.meta = {
            "satellite": self.satellite,
            "station": self.station,
            "epoch_utc": format_utc(self.epoch_utc, digits=6),
            "elements_age_days": self.elements_age_days,
        }
        return table


def track(elements: Elements, station: Station, *, start_utc: datetime, time_s: ArrayLike) -> Track:
    """Track of a satellite over a station.

    Parameters
    ----------
    elements : Elements
        Element set; its age is not judged here, see `elements.trusted`.
    station : Station
        Ground station.
    start_utc : datetime
        Aware instant from which ``time_s`` counts.
    time_s : array_like, shape (n,)
        Instants [s], strictly increasing, n >= 1.

    Returns
    -------
    Track

    Raises
    ------
    InputError
        If ``start_utc`` is naive.
    DomainError
        If ``time_s`` is empty, not finite or not increasing.
    ElementsError
        If the propagation fails or the object has decayed at any instant.

    Notes
    -----
    Rates follow from SGP4's velocity by exact differentiation of the geometry. Against central differences of the
    angles they agree to 2e-6 deg/s, and 2e-5 km/s in range, for a low orbit: SGP4's velocity is not quite the
    derivative of its position.
    """
    grid = _checked_grid(time_s)
    times = instants(start_utc, grid)
    seen = look(station, *ground_fixed_states(elements, times))
    position_km, velocity_km_s = satellite_states(elements, times)
    station_km, station_velocity_km_s, up = station_states(station, times)
    towards, rate_rad_s = _line_of_sight(station_km - position_km, station_velocity_km_s - velocity_km_s)
    x_axis, y_axis = satellite_axes(towards, position_km, velocity_km_s)
    ground_x_axis, ground_y_axis = mount_axes(-towards, up)
    rate_x_urad_s, rate_y_urad_s = (_along(rate_rad_s, axis) * 1e6 for axis in (x_axis, y_axis))  # rad -> urad
    rate_urad_s = np.hypot(rate_x_urad_s, rate_y_urad_s)
    round_trip_s = 2.0 * seen.range_km / SPEED_OF_LIGHT_KM_S
    return Track(
        satellite=elements.name,
        station=station.name,
        epoch_utc=as_utc(start_utc),
        time_s=grid,
        azimuth_deg=seen.azimuth_deg,
        elevation_deg=seen.elevation_deg,
        range_km=seen.range_km,
        range_rate_km_s=seen.range_rate_km_s,
        azimuth_rate_deg_s=seen.azimuth_rate_deg_s,
        elevation_rate_deg_s=seen.elevation_rate_deg_s,
        line_of_sight_rate_urad_s=rate_urad_s,
        point_ahead_urad=round_trip_s * rate_urad_s,
        point_ahead_x_urad=round_trip_s * rate_x_urad_s,
        point_ahead_y_urad=round_trip_s * rate_y_urad_s,
        ground_point_ahead_x_urad=-1e6 * round_trip_s * _along(rate_rad_s, ground_x_axis),  # rad -> urad
        ground_point_ahead_y_urad=-1e6 * round_trip_s * _along(rate_rad_s, ground_y_axis),
        satellite_rate_x_urad_s=rate_x_urad_s,
        satellite_rate_y_urad_s=rate_y_urad_s,
        ground_rate_x_urad_s=deg_to_urad(seen.azimuth_rate_deg_s) * np.cos(to_rad(seen.elevation_deg)),
        ground_rate_y_urad_s=deg_to_urad(seen.elevation_rate_deg_s),
        satellite_position_km=position_km,
        satellite_velocity_km_s=velocity_km_s,
        station_position_km=station_km,
        up=up,
        elements_age_days=age_days(elements, start_utc) + float(grid[0]) / SECONDS_PER_DAY,
    )


def satellite_axes(
    towards: FloatArray, position_km: FloatArray, velocity_km_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Axes x and y of the satellite frame about the line of sight.

    Parameters
    ----------
    towards : ndarray, shape (n, 3)
        Unit vector k from satellite to station.
    position_km, velocity_km_s : ndarray, shape (n, 3)
        Geocentric state of the satellite, axes as k [km], [km/s].

    Returns
    -------
    x, y : ndarray, shape (n, 3)
        Unit vectors: x the orbit normal less its part along k, y = k cross x.
    """
    normal = np.cross(position_km, velocity_km_s)
    across = normal - _along(normal, towards)[:, None] * towards
    x_axis = across / np.linalg.norm(across, axis=1, keepdims=True)
    return x_axis, np.cross(towards, x_axis)


def mount_axes(towards: FloatArray, up: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Axes x and y of an azimuth-elevation mount about the line of sight.

    Parameters
    ----------
    towards : ndarray, shape (n, 3)
        Unit vector from station to satellite, not along the vertical.
    up : ndarray, shape (n, 3)
        Vertical of the station, unit vector, axes as ``towards``.

    Returns
    -------
    x, y : ndarray, shape (n, 3)
        Unit vectors: x horizontal, the way in which azimuth grows; y the way in which elevation grows.
    """
    across = np.cross(towards, up)
    x_axis = across / np.linalg.norm(across, axis=1, keepdims=True)
    return x_axis, np.cross(x_axis, towards)


def _checked_grid(time_s: ArrayLike) -> FloatArray:
    grid = np.array(time_s, dtype=float)
    if grid.ndim != 1 or grid.size == 0:
        raise DomainError(f"time_s has shape {grid.shape}, must be (n,) with n >= 1")
    within("time_s", grid, -np.inf, np.inf, ends="()")
    if np.any(np.diff(grid) <= 0.0):
        raise DomainError("time_s does not increase, must increase strictly [s]")
    return grid


def _line_of_sight(relative_km: FloatArray, relative_km_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unit vector of a relative position and its inertial rate [rad/s]."""
    distance_km = np.linalg.norm(relative_km, axis=1, keepdims=True)
    towards = relative_km / distance_km
    across_km_s = relative_km_s - _along(relative_km_s, towards)[:, None] * towards
    return towards, across_km_s / distance_km


def _along(vectors: FloatArray, directions: FloatArray) -> FloatArray:
    return np.einsum("ij,ij->i", vectors, directions)
