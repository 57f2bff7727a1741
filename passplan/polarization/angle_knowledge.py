"""What a command computed beforehand does not know: where the satellite really is, how it is really rolled.

Both turn the polarization by an angle that the wave plate does not take out; it is given here as one sigma along the
pass. The growth of the error of an element set comes from general knowledge of public sets, not from this satellite.
"""

from math import inf
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.constants import EARTH_GRAVITY_KM3_S2
from passplan.errors import DomainError
from passplan.units import to_rad

# One sigma of the position of a low satellite, by the age of its element set. About 1 km near the epoch (Kelso, AAS
# 07-127, recalled, not re-read), 1 to 3 km a day in track (documentation of the sgp4 package, read). Assumed: the
# middle of that range, and across the track half a kilometre that hardly grows, because drag acts along the track.
_IN_TRACK_KM, _IN_TRACK_KM_PER_DAY = 1.0, 2.0
_CROSS_TRACK_KM, _CROSS_TRACK_KM_PER_DAY = 0.5, 0.1


class RotationOf(Protocol):
    """Rotation of the polarization along the pass, for a satellite that flies elsewhere than foreseen."""

    def __call__(self, position_km: FloatArray, velocity_km_s: FloatArray) -> FloatArray:
        """Return the rotation [deg], shape (n,), of positions [km] and velocities [km/s], shape (n, 3)."""


def element_position_error_km(age_days: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Error of the position from an element set, one sigma, by the age of the set.

    Parameters
    ----------
    age_days : array_like, shape (...)
        Time since the epoch of the set [d]; before it, the size counts.

    Returns
    -------
    in_track_km, cross_track_km : ndarray, shape (...)
        One sigma [km]: hypot(1, 2 age) and hypot(0.5, 0.1 age).

    Raises
    ------
    DomainError
        If an age is not finite.

    Notes
    -----
    Assumed, for a low satellite under a quiet Sun that does not manoeuvre; sources beside the numbers. Drag grows with
    the square of the time, so beyond a week, in a magnetic storm or below 400 km the law is too good.
    """
    within("age_days", age_days, -inf, inf, ends="()")
    age = np.asarray(age_days, dtype=float)
    return (
        np.hypot(_IN_TRACK_KM, _IN_TRACK_KM_PER_DAY * age),
        np.hypot(_CROSS_TRACK_KM, _CROSS_TRACK_KM_PER_DAY * age),
    )


def element_angle_error_deg(
    *,
    satellite_position_km: ArrayLike,
    satellite_velocity_km_s: ArrayLike,
    rotation_deg_of: RotationOf,
    in_track_km: ArrayLike,
    cross_track_km: ArrayLike,
) -> FloatArray:
    """Error of the foreseen rotation that a wrong position leaves, one sigma along the pass.

    Parameters
    ----------
    satellite_position_km, satellite_velocity_km_s : array_like, shape (n, 3)
        Foreseen inertial position [km] and velocity [km/s].
    rotation_deg_of : callable
        Rotation [deg], shape (n,), modulo 180, that the receiver would see of a satellite at other positions and
        velocities, at the same instants and so with the station where it is; it must point the mount at them too.
    in_track_km, cross_track_km : array_like, shape (n,) or ()
        One sigma of the position along the velocity and across the plane of the orbit [km], >= 0.

    Returns
    -------
    ndarray, shape (n,)
        Root of the sum of both squares [deg].

    Raises
    ------
    DomainError
        If the shapes are not (n, 3), a value is not finite, an error is negative, or the callable returns another
        shape.

    Notes
    -----
    In track the satellite is early or late by in_track / |v|: it is moved along its orbit to second order in that time
    (two bodies; 30 km in track leave 0.1 m). Across the track the position is moved along r x v with the velocity kept.
    Each shift is made both ways, its angle is the root of the mean square of both differences, taken modulo 180 deg
    into [-90, 90]. Far from the zenith they are alike and the result is a true sigma. Where a shift is not small
    against the distance from the zenith they are not, the angle is not normally distributed, and the result is only
    the size of the change, at most 90 deg for either cause.
    """
    position_km = np.asarray(satellite_position_km, dtype=float)
    velocity_km_s = np.asarray(satellite_velocity_km_s, dtype=float)
    for name, vector in (("satellite_position_km", position_km), ("satellite_velocity_km_s", velocity_km_s)):
        if vector.ndim != 2 or vector.shape != (position_km.shape[0], 3):
            raise DomainError(f"{name} has shape {vector.shape}, must be (n, 3), n the same for both")
        within(name, vector, -inf, inf, ends="()")
    within("in_track_km", in_track_km, 0.0, inf, ends="[)")
    within("cross_track_km", cross_track_km, 0.0, inf, ends="[)")

    in_track, cross_track = (
        np.broadcast_to(np.asarray(shift, dtype=float), position_km.shape[:1])[:, None]
        for shift in (in_track_km, cross_track_km)
    )
    foreseen_deg = _checked_rotation(rotation_deg_of, position_km, velocity_km_s)
    mean_square_deg2 = np.zeros(position_km.shape[0])
    for sign in (1.0, -1.0):
        for moved in (
            _moved_in_track(position_km, velocity_km_s, sign * in_track),
            _moved_across(position_km, velocity_km_s, sign * cross_track),
        ):
            off_deg = _half_turn_difference_deg(_checked_rotation(rotation_deg_of, *moved), foreseen_deg)
            mean_square_deg2 += 0.5 * off_deg**2
    return np.sqrt(mean_square_deg2)


def unknown_angle_deg(*, element_angle_error_deg: ArrayLike, roll_error_deg: ArrayLike) -> FloatArray:
    """Error of the foreseen angle from both causes, one sigma.

    Parameters
    ----------
    element_angle_error_deg : array_like, shape (...)
        One sigma from the position of the satellite [deg], >= 0.
    roll_error_deg : array_like, shape (...)
        One sigma of the attitude about the line of sight [deg], >= 0; it turns the polarization one to one. Inputs
        broadcast.

    Returns
    -------
    ndarray, shape (...)
        Root of the sum of the squares [deg]: the causes are independent.

    Raises
    ------
    DomainError
        If an error is negative or not finite.
    """
    within("element_angle_error_deg", element_angle_error_deg, 0.0, inf, ends="[)")
    within("roll_error_deg", roll_error_deg, 0.0, inf, ends="[)")
    return np.hypot(element_angle_error_deg, roll_error_deg)


def expected_error(sigma_deg: ArrayLike, *, mean_deg: ArrayLike = 0.0) -> FloatArray:
    """Mean error of an analyser whose angle against the state is normally distributed.

    Parameters
    ----------
    sigma_deg : array_like, shape (...)
        One sigma of the angle [deg], >= 0.
    mean_deg : array_like, shape (...)
        Mean of the angle [deg]. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Probability of the wrong port [1], in [0, 1]: the mean of sin^2.

    Raises
    ------
    DomainError
        If the sigma is negative, or a value is not finite.

    Notes
    -----
    (1 - exp(-2 sigma^2) cos(2 mean)) / 2, sigma and mean in radians: exact, from the characteristic function of the
    normal distribution. It tends to 1/2, an angle of which nothing is known.
    """
    within("sigma_deg", sigma_deg, 0.0, inf, ends="[)")
    within("mean_deg", mean_deg, -inf, inf, ends="()")
    exponent = -2.0 * to_rad(sigma_deg) ** 2
    return -0.5 * np.expm1(exponent) + np.exp(exponent) * np.sin(to_rad(mean_deg)) ** 2


def _moved_in_track(
    position_km: FloatArray, velocity_km_s: FloatArray, shift_km: FloatArray
) -> tuple[FloatArray, FloatArray]:
    late_s = shift_km / np.linalg.norm(velocity_km_s, axis=-1, keepdims=True)
    pull_km_s2 = -EARTH_GRAVITY_KM3_S2 * position_km / np.linalg.norm(position_km, axis=-1, keepdims=True) ** 3
    return position_km + late_s * (velocity_km_s + 0.5 * late_s * pull_km_s2), velocity_km_s + late_s * pull_km_s2


def _moved_across(
    position_km: FloatArray, velocity_km_s: FloatArray, shift_km: FloatArray
) -> tuple[FloatArray, FloatArray]:
    normal = np.cross(position_km, velocity_km_s)
    return position_km + shift_km * normal / np.linalg.norm(normal, axis=-1, keepdims=True), velocity_km_s


def _checked_rotation(rotation_deg_of: RotationOf, position_km: FloatArray, velocity_km_s: FloatArray) -> FloatArray:
    rotation_deg = np.asarray(rotation_deg_of(position_km, velocity_km_s), dtype=float)
    if rotation_deg.shape != position_km.shape[:1]:
        raise DomainError(f"rotation_deg_of returned shape {rotation_deg.shape}, must be {position_km.shape[:1]}")
    return rotation_deg


def _half_turn_difference_deg(one_deg: FloatArray, other_deg: FloatArray) -> FloatArray:
    return np.mod(one_deg - other_deg + 90.0, 180.0) - 90.0
