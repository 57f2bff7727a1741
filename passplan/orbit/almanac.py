"""Places of Sun and Moon, and the turn of the Earth, for very many instants: knots from the ephemeris, and splines.

Instants are seconds [s] since `EPOCH_UTC` as differences of UTC datetimes count them (leap seconds not counted).
Vectors have their three components first, shape (3, n), and TEME axes, in which SGP4 gives its states.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from passplan.checks import FloatArray, freeze
from passplan.constants import SECONDS_PER_DAY, SPEED_OF_LIGHT_KM_S
from passplan.orbit.earth import EPHEMERIS_END, EPHEMERIS_START, clock, instants, require_ephemeris
from passplan.orbit.topocentric import geocentric_place, leap_seconds
from passplan.units import add_seconds, seconds_between

EPOCH_UTC = datetime(2000, 1, 1, tzinfo=UTC)
TURN_RAD_S = 7.292_115_855_3e-5  # AIAA 2006-6753, appendix C; only velocities and aberration use it
KNOT_STEP_S = 14_400.0  # a cubic through the Moon's places is then good to 0.01 km, 0.005 arcsec
_EPOCH_JULIAN_DATE = 2_451_544.5
_BLOCK_STEPS = 12  # knots are computed, and kept, for 2 days at a time
_BLOCK_S = _BLOCK_STEPS * KNOT_STEP_S


@dataclass(frozen=True, slots=True)
class Almanac:
    """Sun, Moon and the Earth's angle over a span of days; get it from `almanac`.

    first_day : days since `EPOCH_UTC` at which the angles begin
    midnight_rad, rate_rad_s : sidereal angle at each 0 h UTC [rad], and its rate on that day [rad/s]; shape (days,)
    leap_s : leap seconds [s] between atomic time and UTC on each day
    sun, moon : splines of atomic time [s], seconds since `EPOCH_UTC` and leap seconds, to places [km] from the
        Earth's centre
    """

    first_day: int
    midnight_rad: FloatArray
    rate_rad_s: FloatArray
    leap_s: FloatArray
    sun: CubicSpline
    moon: CubicSpline

    def earth_angle_rad(self, seconds: FloatArray) -> FloatArray:
        """Greenwich mean sidereal time (IAU 1982) [rad], not reduced to one turn; shape (n,).

        It turns TEME into the Earth's frame. Within a day UT1-UTC runs linearly, and so does the angle. A leap second
        at the end of a day makes it jump there, as it does for clocks that do not count it.
        """
        day, second = np.divmod(seconds, SECONDS_PER_DAY)
        index = day.astype(np.intp) - self.first_day
        return self.midnight_rad[index] + self.rate_rad_s[index] * second

    def sun_km(self, seconds: FloatArray) -> FloatArray:
        """Apparent place of the Sun from the Earth's centre [km], shape (3, n)."""
        return np.ascontiguousarray(self.sun(self._atomic_s(seconds)).T)

    def moon_km(self, seconds: FloatArray) -> FloatArray:
        """Apparent place of the Moon from the Earth's centre [km], shape (3, n)."""
        return np.ascontiguousarray(self.moon(self._atomic_s(seconds)).T)

    def _atomic_s(self, seconds: FloatArray) -> FloatArray:
        return seconds + self.leap_s[(seconds // SECONDS_PER_DAY).astype(np.intp) - self.first_day]

    def sun_from(self, site_km: FloatArray, seconds: FloatArray) -> FloatArray:
        """Apparent place of the Sun from stations [km], as `moon_from` gives the Moon's; shapes as there."""
        return _from_site(self.sun_km(seconds), site_km)

    def moon_from(self, site_km: FloatArray, seconds: FloatArray) -> FloatArray:
        """Apparent place of the Moon from stations [km].

        Parameters
        ----------
        site_km : ndarray, shape (3, n)
            Positions of the stations at the instants, TEME axes [km].
        seconds : ndarray, shape (n,)
            Instants [s] since `EPOCH_UTC`.

        Returns
        -------
        ndarray, shape (3, n)
            From the station, TEME axes [km]; its direction is that of `topocentric.apparent_place` to 0.05 arcsec.

        Notes
        -----
        `topocentric.geocentric_place` minus the station, and diurnal aberration (0.3 arcsec) to first order.
        """
        return _from_site(self.moon_km(seconds), site_km)


def almanac(seconds: FloatArray) -> Almanac:
    """Almanac that covers instants [s] since `EPOCH_UTC`, shape (n,), n > 0, and two days on either side of each.

    Knots lie on a grid anchored in time and are kept, so that neighbouring spans share them; they cost 0.5 ms each.

    Raises
    ------
    DomainError
        If an instant lies outside the ephemeris, 2015 to 2049.
    """
    require_ephemeris(clock(EPOCH_UTC, [seconds.min(), seconds.max()]))
    blocks = {int(block) + side for block in np.unique(seconds // _BLOCK_S) for side in (-1, 0, 1)}
    return _almanac(tuple(sorted(blocks)))


def _from_site(from_centre: FloatArray, site_km: FloatArray) -> FloatArray:
    relative = from_centre - site_km
    return relative + norm(relative) / SPEED_OF_LIGHT_KM_S * spin(site_km)


def norm(vectors: FloatArray) -> FloatArray:
    """Lengths of vectors of shape (3, n)."""
    x, y, z = vectors
    return np.sqrt(x * x + y * y + z * z)


def dot(first: FloatArray, second: FloatArray) -> FloatArray:
    """Scalar products of vectors of shape (3, n)."""
    return first[0] * second[0] + first[1] * second[1] + first[2] * second[2]


def spin(vectors: FloatArray) -> FloatArray:
    """Rates [unit/s] of vectors at rest on the turning Earth, shape (3, n)."""
    return np.stack((-TURN_RAD_S * vectors[1], TURN_RAD_S * vectors[0], np.zeros_like(vectors[2])))


def turned(vectors: FloatArray, cosine: FloatArray, sine: FloatArray) -> FloatArray:
    """Vectors of shape (3, n) from the Earth's frame to TEME axes, by cosine and sine of the Earth's angle."""
    x, y, z = vectors
    return np.stack((cosine * x - sine * y, sine * x + cosine * y, z))


def epoch_seconds(instants_utc: Iterable[datetime]) -> FloatArray:
    """Seconds [s] of aware instants since `EPOCH_UTC`; good to 0.2 us."""
    return np.array([(when - EPOCH_UTC).total_seconds() for when in instants_utc], dtype=float)


def julian_date(seconds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Julian date (UTC) [d] at 0 h, and the fraction of the day [d] since then, of seconds [s] since `EPOCH_UTC`."""
    day, second = np.divmod(seconds, SECONDS_PER_DAY)
    return _EPOCH_JULIAN_DATE + day, second / SECONDS_PER_DAY


@lru_cache(maxsize=16)
def _almanac(blocks: tuple[int, ...]) -> Almanac:
    """Splines through the knots of blocks; gaps are harmless behind the block on either side of each that is used."""
    seconds, sun, moon = (np.concatenate(column) for column in zip(*map(_knots, blocks), strict=True))
    first_day, last_day = (round(block * _BLOCK_S / SECONDS_PER_DAY) for block in (blocks[0], blocks[-1] + 1))
    day_s = np.arange(first_day, last_day + 1) * SECONDS_PER_DAY
    midnight, noon = clock(EPOCH_UTC, day_s), clock(EPOCH_UTC, day_s + 0.5 * SECONDS_PER_DAY)
    midnight_rad, noon_rad = _sidereal_rad(midnight), _sidereal_rad(noon)
    rate_rad_s = (noon_rad - midnight_rad) % (2.0 * np.pi) / (0.5 * SECONDS_PER_DAY)
    leap_s = leap_seconds(midnight)
    freeze(midnight_rad, rate_rad_s, leap_s)
    atomic_s = seconds + leap_s[(seconds // SECONDS_PER_DAY).astype(np.intp) - first_day]
    return Almanac(
        first_day=first_day,
        midnight_rad=midnight_rad,
        rate_rad_s=rate_rad_s,
        leap_s=leap_s,
        sun=CubicSpline(atomic_s, sun),
        moon=CubicSpline(atomic_s, moon),
    )


@lru_cache(maxsize=4096)
def _knots(block: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Instants [s] of the knots of a block, and the places of Sun and Moon there, shape (k, 3) [km].

    Where the ephemeris begins or ends, a knot lies on its edge and none beyond.
    """
    start_s, end_s = seconds_between(EPOCH_UTC, EPHEMERIS_START), seconds_between(EPOCH_UTC, EPHEMERIS_END)
    grid = [(block * _BLOCK_STEPS + step) * KNOT_STEP_S for step in range(_BLOCK_STEPS)]
    grid += [edge for edge in (start_s, end_s) if grid[0] <= edge < grid[0] + _BLOCK_S]
    inside = np.array(sorted({knot for knot in grid if start_s <= knot <= end_s}))
    if inside.size == 0:
        return inside, np.empty((0, 3)), np.empty((0, 3))
    times = instants(add_seconds(EPOCH_UTC, inside[0]), inside - inside[0])
    return inside, geocentric_place("sun", times), geocentric_place("moon", times)


def _sidereal_rad(times: Any) -> FloatArray:
    """Greenwich mean sidereal time [rad] in [0, 2 pi).

    67310.54841 s + (876600 h + 8640184.812866 s) T + 0.093104 s T^2 - 6.2e-6 s T^3, T in Julian centuries of UT1 since
    2000-01-01 12 h. Source: S. Aoki et al., "The new definition of universal time", Astron. Astrophys. 105, 359 (1982).
    """
    whole, part = times.whole - 2_451_545.0, times.ut1_fraction
    centuries = (whole + part) / 36_525.0
    slow_s = 67_310.54841 + centuries * (8_640_184.812866 + centuries * (0.093104 - 6.2e-6 * centuries))
    turns = whole % 1.0 + part + slow_s / SECONDS_PER_DAY
    return 2.0 * np.pi * (turns % 1.0)
