"""Nights of a station: the stretches of time in which the Sun stands below a limit."""

from datetime import datetime

import numpy as np

from passplan.checks import FloatArray, within
from passplan.errors import DomainError
from passplan.orbit.almanac import epoch_seconds, julian_date
from passplan.orbit.conditions import Interval
from passplan.orbit.station import Station
from passplan.units import add_seconds, format_utc, to_deg, to_rad

_STEP_S = 600.0  # at which the Sun's elevation is sampled; its course between is straight to 0.02 deg
_J2000_JULIAN_DATE = 2_451_545.0


def dark_stretches(
    station: Station, start_utc: datetime, end_utc: datetime, *, max_sun_elevation_deg: float
) -> tuple[Interval, ...]:
    """Stretches between two aware instants in which the Sun's centre stands below a limit, in order.

    Parameters
    ----------
    station : Station
        Where.
    start_utc, end_utc : datetime
        Between which instants, start < end.
    max_sun_elevation_deg : float
        Limit of the geometric elevation [deg], in [-90, 90].

    Returns
    -------
    tuple of Interval
        Their ends are good to some 10 s at middle latitudes, for calendars: rules of light on passes look at the
        ephemeris (`usability`). What the span cuts is shorter than the night.

    Raises
    ------
    DomainError
        If the limit is outside its range or the span does not start before it ends.
    """
    within("max_sun_elevation_deg", max_sun_elevation_deg, -90.0, 90.0)
    start_s, end_s = epoch_seconds([start_utc, end_utc])
    if not start_s < end_s:
        raise DomainError(f"start_utc is {format_utc(start_utc)}, must be before end_utc, {format_utc(end_utc)}")
    seconds = np.linspace(start_s, end_s, int((end_s - start_s) / _STEP_S) + 2)
    over_deg = sun_elevation_deg(station, seconds) - max_sun_elevation_deg
    dark = over_deg < 0.0
    edge = np.flatnonzero(dark[:-1] != dark[1:])
    roots = seconds[edge] + over_deg[edge] / (over_deg[edge] - over_deg[edge + 1]) * (seconds[edge + 1] - seconds[edge])
    marks = [*([start_s] if dark[0] else []), *roots, *([end_s] if dark[-1] else [])]
    ends = [add_seconds(start_utc, mark - start_s) for mark in marks]
    return tuple(Interval(start_utc=ends[k], end_utc=ends[k + 1]) for k in range(0, len(ends), 2))


def sun_elevation_deg(station: Station, seconds: FloatArray) -> FloatArray:
    """Geometric elevation of the Sun's centre [deg], shape (n,), at seconds [s] since `EPOCH_UTC` of the almanac.

    Source: The Astronomical Almanac, section C, low-precision formulas for the Sun, good to 0.01 deg from 1950 to 2050.
    UT1 is taken for UTC (0.004 deg), and the parallax (0.002 deg) is left out.
    """
    day, fraction = julian_date(seconds)
    days = day - _J2000_JULIAN_DATE + fraction
    anomaly_rad = to_rad(357.528 + 0.985_600_3 * days)
    longitude_rad = to_rad(
        280.460 + 0.985_647_4 * days + 1.915 * np.sin(anomaly_rad) + 0.020 * np.sin(2.0 * anomaly_rad)
    )
    obliquity_rad = to_rad(23.439 - 4e-7 * days)
    right_ascension_rad = np.arctan2(np.cos(obliquity_rad) * np.sin(longitude_rad), np.cos(longitude_rad))
    declination_rad = np.arcsin(np.sin(obliquity_rad) * np.sin(longitude_rad))
    sidereal_rad = to_rad((280.460_62 + 360.985_647_37 * days + station.longitude_deg) % 360.0)
    latitude_rad = to_rad(station.latitude_deg)
    across = np.cos(latitude_rad) * np.cos(declination_rad) * np.cos(sidereal_rad - right_ascension_rad)
    return to_deg(np.arcsin(np.sin(latitude_rad) * np.sin(declination_rad) + across))
