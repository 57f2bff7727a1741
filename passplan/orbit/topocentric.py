"""States of satellites and stations, look angles, and apparent places of Sun and Moon: the door to Skyfield."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sgp4.api import SGP4_ERRORS, WGS72, Satrec, SatrecArray
from skyfield.earthlib import refract, refraction
from skyfield.framelib import itrs
from skyfield.functions import mxv
from skyfield.sgp4lib import TEME, theta_GMST1982
from skyfield.timelib import Time
from skyfield.toposlib import GeographicPosition, wgs84

from passplan.checks import FloatArray
from passplan.constants import EARTH_EQUATORIAL_RADIUS_KM, SECONDS_PER_DAY, SPEED_OF_LIGHT_KM_S
from passplan.errors import ElementsError
from passplan.orbit.earth import ephemeris, require_ephemeris
from passplan.orbit.elements import Elements
from passplan.orbit.station import Station
from passplan.units import format_utc, seconds_between, to_deg, to_rad

LOWEST_ALTITUDE_KM = 80.0
HIGHEST_ALTITUDE_KM = 500_000.0
_TT_MINUS_TAI_S = 32.184
_AIR_C = 10.0
_SGP4_EPOCH = datetime(1949, 12, 31, tzinfo=UTC)  # SGP4 counts its days from 1950 January 0
_HIGHEST_LINE_NUMBER = 339_999  # Z9999, the last catalogue number that SGP4's own record can hold
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


def ground_fixed_positions(
    models: Sequence[Satrec], times: Time, *, leap_s: float
) -> tuple[NDArray[np.uint8], FloatArray]:
    """SGP4 error codes, shape (r, n), and positions [km] in the Earth's frame (ITRS), shape (r, 3, n), of r models.

    ``leap_s`` is TAI-UTC [s] of the whole series: where a leap second lies within ``times``, the Earth turns on
    without a step, so that the series stays smooth. Nothing is checked here: positions may be absurd where a model
    fails or has decayed.
    """
    own_leap_s = leap_seconds(times)
    fraction = times.tai_fraction - own_leap_s / SECONDS_PER_DAY
    codes, position_km, _ = SatrecArray(models).sgp4(times.whole, fraction)
    angle_rad, _ = theta_GMST1982(times.whole, times.ut1_fraction - (own_leap_s - leap_s) / SECONDS_PER_DAY)
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    turned = np.empty((position_km.shape[0], 3, position_km.shape[1]))
    x, y = position_km[..., 0], position_km[..., 1]
    turned[:, 0] = cosine * x + sine * y
    turned[:, 1] = cosine * y - sine * x
    turned[:, 2] = position_km[..., 2]
    return codes, turned


def teme_axes(times: Time) -> FloatArray:
    """Rotations from GCRS to TEME axes, shape (3, 3, n): a vector v becomes ``einsum("ijn,jn->in", axes, v)``."""
    return np.asarray(TEME.rotation_at(times))


def leap_seconds(times: Time) -> FloatArray:
    """TAI-UTC [s] at each instant."""
    return np.rint(times.dut1 + times.delta_t - _TT_MINUS_TAI_S)


def apparent_elevation_deg(station: Station, elevation_deg: ArrayLike) -> FloatArray:
    """Elevation [deg] with refraction, of geometric elevations, shape (...): the inverse of `true_elevation_deg`."""
    return np.asarray(refract(np.asarray(elevation_deg, dtype=float), _AIR_C, _pressure_mbar(station)))


def true_elevation_deg(station: Station, apparent_deg: ArrayLike) -> FloatArray:
    """Geometric elevation [deg] of apparent ones, shape (...).

    G. Bennett, "The calculation of astronomical refraction in marine navigation", J. Navigation 35, 255 (1982), good
    to 0.07 arcmin above the horizon; 0 below -1 deg and within 0.1 deg of the zenith. Air of 10 C and of 1010 hPa at
    sea level, less by a factor e each 9.1 km of height.
    """
    apparent = np.asarray(apparent_deg, dtype=float)
    return apparent - refraction(apparent, _AIR_C, _pressure_mbar(station))


def _pressure_mbar(station: Station) -> float:
    return float(1010.0 * np.exp(-station.height_m / 9100.0))


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


def propagator(elements: Elements) -> Satrec:
    """SGP4 model of a set, constants WGS 72: from its two lines if it has them, else from its mean elements.

    Both routes give the same states; the lines hold the epoch to 0.9 ms, the record to 1 us.
    """
    if elements.line_1 is not None and elements.line_2 is not None:
        return Satrec.twoline2rv(elements.line_1, elements.line_2)
    angles_deg = (
        elements.perigee_argument_deg,
        elements.inclination_deg,
        elements.mean_anomaly_deg,
        elements.ascending_node_deg,
    )
    perigee_rad, inclination_rad, anomaly_rad, node_rad = to_rad(angles_deg).tolist()
    model = Satrec()
    model.sgp4init(
        WGS72,
        "i",
        elements.norad_id if elements.norad_id <= _HIGHEST_LINE_NUMBER else 0,  # a label: it moves nothing
        seconds_between(_SGP4_EPOCH, elements.epoch_utc) / SECONDS_PER_DAY,
        elements.drag_term,
        elements.mean_motion_dot_rev_day2 * np.pi / 1_036_800.0,  # rad/min^2; SGP4 itself makes no use of either
        elements.mean_motion_ddot_rev_day3 * np.pi / 1_492_992_000.0,  # rad/min^3
        elements.eccentricity,
        perigee_rad,
        inclination_rad,
        anomaly_rad,
        elements.mean_motion_rev_day / 720.0 * np.pi,  # rad/min
        node_rad,
    )
    return model


def _teme_states(elements: Elements, times: Time) -> tuple[FloatArray, FloatArray]:
    """SGP4 states, shape (3, n) each, checked at every instant."""
    leap_s = leap_seconds(times)
    model = propagator(elements)
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
        height = f", altitude {altitude_km:.0f} km" if np.isfinite(altitude_km) else ""
        fate = "" if "decayed" in SGP4_ERRORS[code] else "; the object has decayed"
        return f"{told}: SGP4 fails at {when}{height}: {SGP4_ERRORS[code]}{fate}"
    return (
        f"{told}: altitude at {when} is {altitude_km:.0f} km, must lie in ({LOWEST_ALTITUDE_KM:g}, "
        f"{HIGHEST_ALTITUDE_KM:.0f}); the object has decayed or the set is too old"
    )


def _transposed(matrices: Any) -> Any:
    """Inverse of rotations of shape (3, 3, n)."""
    return np.swapaxes(matrices, 0, 1)


def geocentric_place(body: Literal["sun", "moon"], times: Time) -> FloatArray:
    """Apparent place of the Sun or the Moon from the Earth's centre, TEME axes, shape (n, 3) [km].

    Light time and annual aberration are in it, as in `apparent_place`. Its length is that of the sum of place and
    aberration, 1 + v.u/c of the distance (v the Earth's velocity, u the direction), so that minus the vector of a
    station it is the place from there: light time and aberration change with parallax by amounts that cancel.

    Raises
    ------
    DomainError
        If an instant lies outside the ephemeris, 2015 to 2049.
    """
    require_ephemeris(times)
    centre = ephemeris()["earth"].at(times)
    place_km = centre.observe(ephemeris()[body]).apparent(deflectors=()).position.km
    towards_km_s = np.sum(place_km * centre.velocity.km_per_s, axis=0) / np.sqrt(np.sum(place_km**2, axis=0))
    return mxv(TEME.rotation_at(times), place_km * (1.0 + towards_km_s / SPEED_OF_LIGHT_KM_S)).T
