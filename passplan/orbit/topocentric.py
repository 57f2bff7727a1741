"""States of satellites and stations, look angles, and apparent places of Sun and Moon: the door to Skyfield."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from sgp4.api import SGP4_ERRORS, Satrec
from skyfield.framelib import itrs
from skyfield.functions import mxv
from skyfield.sgp4lib import TEME, theta_GMST1982
from skyfield.timelib import Time
from skyfield.toposlib import GeographicPosition, wgs84

from passplan.checks import FloatArray
from passplan.constants import EARTH_EQUATORIAL_RADIUS_KM, SECONDS_PER_DAY
from passplan.errors import ElementsError
from passplan.orbit.earth import ephemeris, require_ephemeris
from passplan.orbit.elements import Elements
from passplan.orbit.station import Station
from passplan.units import format_utc, to_deg

LOWEST_ALTITUDE_KM = 80.0
HIGHEST_ALTITUDE_KM = 500_000.0
_TT_MINUS_TAI_S = 32.184
_ZENITH_FLOOR_KM = 1e-6  # 1 mm: keeps rates finite in the zenith itself


@dataclass(frozen=True, slots=True)
class Look:
    """Geometric look angles from a station and their rates, shape (n,) each; no refraction, no light time.

    azimuth_deg : [deg] in [0, 360), from true north over east
    elevation_deg : [deg] above the geodetic horizon
    range_km : [km]
    azimuth_rate_deg_s, elevation_rate_deg_s : [deg/s] as seen from the turning Earth
    range_rate_km_s : [km/s], positive when the satellite recedes
    """

    azimuth_deg: FloatArray
    elevation_deg: FloatArray
    range_km: FloatArray
    azimuth_rate_deg_s: FloatArray
    elevation_rate_deg_s: FloatArray
    range_rate_km_s: FloatArray


@dataclass(frozen=True, slots=True)
class Place:
    """Apparent place of a body seen from a station, light time and aberration included, no refraction.

    azimuth_deg, elevation_deg : shape (n,) [deg]
    position_km : shape (n, 3), from the station, GCRS axes [km]
    """

    azimuth_deg: FloatArray
    elevation_deg: FloatArray
    position_km: FloatArray


def satellite_states(elements: Elements, times: Time) -> tuple[FloatArray, FloatArray]:
    """Position [km] and velocity [km/s] of a satellite by SGP4, geocentric, GCRS axes, shape (n, 3) each.

    Raises
    ------
    ElementsError
        If SGP4 reports an error at any instant, or the altitude leaves 80 to 500,000 km: the object has decayed, or
        the set is far too old. SGP4 alone gives no error for some decayed sets.

    Notes
    -----
    SGP4: D. Vallado et al., "Revisiting Spacetrack Report #3", AIAA 2006-6753, with its constants WGS 72. TEME is
    turned to GCRS by IAU 2006 precession and IAU 2000A nutation, as Skyfield does.
    """
    position_km, velocity_km_s = _teme_states(elements, times)
    to_gcrs = _transposed(TEME.rotation_at(times))
    return mxv(to_gcrs, position_km).T, mxv(to_gcrs, velocity_km_s).T


def ground_fixed_states(elements: Elements, times: Time) -> tuple[FloatArray, FloatArray]:
    """Position [km] and velocity [km/s] of a satellite in the turning Earth's frame (ITRS), shape (n, 3) each.

    Raises
    ------
    ElementsError
        As `satellite_states`.

    Notes
    -----
    TEME turns into the Earth's frame by mean sidereal time (IAU 1982) alone: nutation and precession cancel (AIAA
    2006-6753, appendix C), so times from `earth.clock` are enough. Polar motion is left out (under 15 m).
    """
    position_km, velocity_km_s = _teme_states(elements, times)
    angle_rad, rate_rad_day = theta_GMST1982(times.whole, times.ut1_fraction)
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    x, y, z = position_km
    x, y = cosine * x + sine * y, cosine * y - sine * x
    v_x, v_y, v_z = velocity_km_s
    v_x, v_y = cosine * v_x + sine * v_y, cosine * v_y - sine * v_x
    turn_rad_s = rate_rad_day / SECONDS_PER_DAY
    return np.array((x, y, z)).T, np.array((v_x + turn_rad_s * y, v_y - turn_rad_s * x, v_z)).T


def look(station: Station, position_km: FloatArray, velocity_km_s: FloatArray) -> Look:
    """Look angles and rates of satellite states in the Earth's frame, as `ground_fixed_states` gives them.

    Rates are exact derivatives of the angles for the given velocity. SGP4's velocity differs from the derivative of
    its own position by less than 0.03 m/s for a low orbit, 2e-6 deg/s at 600 km.
    """
    north, east, up = local_axes(station)
    relative = position_km - site(station).itrs_xyz.km
    n, e, u = relative @ north, relative @ east, relative @ up
    v_n, v_e, v_u = velocity_km_s @ north, velocity_km_s @ east, velocity_km_s @ up
    ground_km = np.maximum(np.hypot(n, e), _ZENITH_FLOOR_KM)
    range_km = np.hypot(ground_km, u)
    ground_rate_km_s = (n * v_n + e * v_e) / ground_km
    return Look(
        azimuth_deg=to_deg(np.arctan2(e, n)) % 360.0,
        elevation_deg=to_deg(np.arctan2(u, ground_km)),
        range_km=range_km,
        azimuth_rate_deg_s=to_deg((n * v_e - e * v_n) / ground_km**2),
        elevation_rate_deg_s=to_deg((v_u * ground_km - u * ground_rate_km_s) / range_km**2),
        range_rate_km_s=(u * v_u + ground_km * ground_rate_km_s) / range_km,
    )


def station_states(station: Station, times: Time) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Position [km], velocity [km/s] and geodetic up (unit vector) of a station, geocentric, GCRS axes, (n, 3) each."""
    to_gcrs = _transposed(itrs.rotation_at(times))
    _, rate_rad_day = theta_GMST1982(times.whole, times.ut1_fraction)
    x, y, z = site(station).itrs_xyz.km
    turn_rad_s = rate_rad_day / SECONDS_PER_DAY
    still = np.ones_like(turn_rad_s)
    position_km = np.array((x * still, y * still, z * still))
    velocity_km_s = np.array((-y * turn_rad_s, x * turn_rad_s, 0.0 * still))
    up = np.multiply.outer(local_axes(station)[2], still)
    return mxv(to_gcrs, position_km).T, mxv(to_gcrs, velocity_km_s).T, mxv(to_gcrs, up).T


def apparent_place(body: Literal["sun", "moon"], station: Station, times: Time) -> Place:
    """Apparent place of the Sun or the Moon from a station; light bending (milliarcseconds) is left out.

    Raises
    ------
    DomainError
        If an instant lies outside the ephemeris, 2015 to 2049.
    """
    require_ephemeris(times)
    observer = ephemeris()["earth"] + site(station)
    apparent = observer.at(times).observe(ephemeris()[body]).apparent(deflectors=())
    elevation, azimuth, _ = apparent.altaz()
    return Place(azimuth.degrees, elevation.degrees, apparent.position.km.T)


@lru_cache(maxsize=256)
def site(station: Station) -> GeographicPosition:
    """Skyfield position of a station on WGS 84."""
    return wgs84.latlon(station.latitude_deg, station.longitude_deg, elevation_m=station.height_m)


@lru_cache(maxsize=256)
def local_axes(station: Station) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit vectors north, east and geodetic up of a station in the Earth's frame (ITRS), shape (3,) each."""
    place = site(station)
    latitude, longitude = place.latitude.radians, place.longitude.radians
    east = np.array((-np.sin(longitude), np.cos(longitude), 0.0))
    up = np.array((np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)))
    return np.cross(up, east), east, up


def _teme_states(elements: Elements, times: Time) -> tuple[FloatArray, FloatArray]:
    """SGP4 states, shape (3, n) each, checked at every instant."""
    leap_s = np.rint(times.dut1 + times.delta_t - _TT_MINUS_TAI_S)
    model = Satrec.twoline2rv(elements.line_1, elements.line_2)
    codes, position_km, velocity_km_s = model.sgp4_array(times.whole, times.tai_fraction - leap_s / SECONDS_PER_DAY)
    distance_km = np.sqrt(np.sum(position_km**2, axis=1))
    polar_share = (position_km[:, 2] / distance_km) ** 2
    ground_km = EARTH_EQUATORIAL_RADIUS_KM * (1.0 - polar_share / wgs84.inverse_flattening)
    altitude_km = distance_km - ground_km
    sane = (altitude_km > LOWEST_ALTITUDE_KM) & (altitude_km < HIGHEST_ALTITUDE_KM)
    bad = (codes != 0) | ~sane
    if np.any(bad):
        worst = int(np.argmax(bad))
        raise ElementsError(_failure(elements, times, worst, int(codes[worst]), float(altitude_km[worst])))
    return position_km.T, velocity_km_s.T


def _failure(elements: Elements, times: Time, index: int, code: int, altitude_km: float) -> str:
    when = format_utc(times.utc_datetime()[index])
    told = f"{elements.source}: {elements.name} ({elements.norad_id}), epoch {format_utc(elements.epoch_utc)}"
    if code:
        return (
            f"{told}: SGP4 fails at {when}, altitude {altitude_km:.0f} km: {SGP4_ERRORS[code]}; the object has decayed"
        )
    return (
        f"{told}: altitude at {when} is {altitude_km:.0f} km, must lie in ({LOWEST_ALTITUDE_KM:g}, "
        f"{HIGHEST_ALTITUDE_KM:.0f}); the object has decayed or the set is too old"
    )


def _transposed(matrices: Any) -> Any:
    """Inverse of rotations of shape (3, 3, n)."""
    return np.swapaxes(matrices, 0, 1)
