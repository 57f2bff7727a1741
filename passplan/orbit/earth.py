"""Time scale, Earth rotation and the ephemeris of Sun and Moon, all from installed files, never from a network."""

import atexit
import warnings
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import astropy_iers_data
import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline
from skyfield.data.iers import build_timescale_arrays
from skyfield.jpllib import SpiceKernel
from skyfield.nutationlib import iau2000a_radians
from skyfield.timelib import Time, Timescale

from passplan.checks import FloatArray, within
from passplan.constants import SECONDS_PER_DAY
from passplan.errors import DomainError
from passplan.units import as_utc, format_utc

NUTATION_STEP_DAYS = 0.05
_NUTATION_MARGIN_STEPS = 4  # knots beyond either end, so that the end conditions of the spline do not reach inside
_MJD_EPOCH = date(1858, 11, 17)
_SECOND_DAYS = 1.0 / SECONDS_PER_DAY

EPHEMERIS_START = datetime(2015, 1, 1, tzinfo=UTC)  # what the excerpt holds, rounded inwards
EPHEMERIS_END = datetime(2049, 12, 30, 23, 58, tzinfo=UTC)


class EarthOrientationWarning(UserWarning):
    """An instant lies outside the table of Earth orientation; the nearest value of the table is used."""


@cache
def orientation_table() -> tuple[FloatArray, FloatArray]:
    """UT1 table of IERS Bulletin A: modified Julian dates (UTC) [d] and UT1-UTC [s], one row a day.

    Measured days since 1973-01-02, followed by the year of predictions that the installed ``astropy-iers-data``
    holds (columns of finals2000A.all: MJD 8-15, UT1-UTC 59-68, IERS readme.finals2000A).
    """
    rows = []
    with Path(astropy_iers_data.IERS_A_FILE).open(encoding="ascii") as table:
        for line in table:
            difference = line[58:68].strip()
            if difference:
                rows.append((float(line[7:15]), float(difference)))
    mjd, ut1_minus_utc_s = np.array(rows).T
    return mjd, ut1_minus_utc_s


def earth_orientation_date() -> date:
    """Last day whose Earth orientation the installed table holds, predictions included (about a year ahead)."""
    return _MJD_EPOCH + timedelta(days=int(orientation_table()[0][-1]))


@cache
def timescale() -> Timescale:
    """Skyfield time scale with UT1 and leap seconds of `orientation_table`.

    Outside the table TT-UT1 keeps its last (first) value. Polar motion is left out, as in Skyfield's own default:
    it moves a station by up to 15 m, small beside the kilometre of an element set.
    """
    daily_tt, daily_delta_t_s, leap_dates, leap_offsets = build_timescale_arrays(*orientation_table())

    def delta_t_s(tt: Any) -> Any:
        return np.interp(tt, daily_tt, daily_delta_t_s)

    return Timescale(delta_t_s, leap_dates, leap_offsets)


@cache
def warn_outside_table() -> None:
    """Warn, once in a process, that Earth orientation is extrapolated."""
    warnings.warn(
        f"Earth orientation is known until {earth_orientation_date()}; outside the table its nearest value is used, "
        "which turns look angles by up to 15 arcsec for each second of UT1. Upgrade astropy-iers-data",
        EarthOrientationWarning,
        stacklevel=3,
    )


def clock(epoch_utc: datetime, time_s: ArrayLike) -> Time:
    """Skyfield time of UTC seconds since an aware epoch, without nutation prepared.

    Parameters
    ----------
    epoch_utc : datetime
        Aware epoch.
    time_s : array_like, shape (n,)
        Seconds [s] since the epoch as differences of UTC datetimes count them: 86,400 a day, leap seconds not
        counted, so that ``epoch_utc + timedelta(seconds=time_s)`` is the same instant.

    Raises
    ------
    InputError
        If the epoch is naive.
    DomainError
        If a time is not finite.
    """
    epoch = as_utc(epoch_utc, what="epoch_utc")
    seconds = np.atleast_1d(np.asarray(time_s, dtype=float))
    within("time_s", seconds, -np.inf, np.inf, ends="()")
    midnight = epoch.replace(hour=0, minute=0, second=0, microsecond=0)
    day, second = np.divmod(seconds + (epoch - midnight).total_seconds(), SECONDS_PER_DAY)
    times = timescale().utc(epoch.year, epoch.month, epoch.day + day, 0, 0, second)
    first_mjd, last_mjd = orientation_table()[0][[0, -1]]
    mjd = (midnight.date() - _MJD_EPOCH).days + day
    if mjd.size and (mjd.min() < first_mjd or mjd.max() > last_mjd):
        warn_outside_table()
    return times


def instants(epoch_utc: datetime, time_s: ArrayLike) -> Time:
    """Skyfield time of UTC seconds since an aware epoch, with nutation ready in its cache.

    Parameters (``time_s`` in [s]) and errors as `clock`. Nutation (IAU 2000A, all terms) is computed on knots every
    0.05 days, and read off a cubic spline; look angles change by less than 0.001 mas, and those of 20,000 instants
    take a fifteenth of the time. When the instants are fewer than the knots they would need, nutation is computed
    at each.
    """
    times = clock(epoch_utc, time_s)
    step = NUTATION_STEP_DAYS
    first = np.floor(times.tt.min() / step) - _NUTATION_MARGIN_STEPS
    last = np.ceil(times.tt.max() / step) + _NUTATION_MARGIN_STEPS
    if last - first < times.tt.size:
        times._nutation_angles_radians = tuple(_nutation(first, last)(times.tt - first * step))
    return times


@lru_cache(maxsize=8)
def _nutation(first: float, last: float) -> CubicSpline:
    """Both angles [rad] on the days since the first of knots of such numbers; track and light of one grid share it."""
    knots = np.arange(first, last + 1.0) * NUTATION_STEP_DAYS
    return CubicSpline(knots - knots[0], np.array(iau2000a_radians(timescale().tt_jd(knots))), axis=1)


@cache
def ephemeris() -> SpiceKernel:
    """Ephemeris of Sun, Earth and Moon, 2015 to 2050: an excerpt of JPL DE421 that travels with the package.

    Source: W. Folkner, J. Williams, D. Boggs, "The planetary and lunar ephemeris DE 421", IPN Progress Report
    42-178 (2009).
    """
    kernel = SpiceKernel(str(files("passplan").joinpath("data", "de421_2015_2050.bsp")))
    atexit.register(kernel.close)
    return kernel


def leap_instants(start_utc: datetime, end_utc: datetime) -> list[datetime]:
    """Midnights strictly between two aware instants before which a leap second was put in."""
    dates = [datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(days=day - 2_451_545.0) for day in timescale().leap_dates]
    return [when for when in dates if start_utc < when < end_utc]


def require_ephemeris(times: Time) -> None:
    """Raise DomainError unless all instants lie within `EPHEMERIS_START` and `EPHEMERIS_END` (to the second)."""
    first, last = (_julian_date(edge) for edge in (EPHEMERIS_START, EPHEMERIS_END))
    outside = (times.ut1 < first - _SECOND_DAYS) | (times.ut1 > last + _SECOND_DAYS)
    if np.any(outside):
        when = times.utc_datetime()[int(np.argmax(outside))]
        raise DomainError(
            f"instant is {format_utc(when)}, must lie within the ephemeris of Sun and Moon, "
            f"{format_utc(EPHEMERIS_START)} to {format_utc(EPHEMERIS_END)}"
        )


def _julian_date(when: datetime) -> float:
    return 2_451_545.0 + (when - datetime(2000, 1, 1, 12, tzinfo=UTC)) / timedelta(days=1)
