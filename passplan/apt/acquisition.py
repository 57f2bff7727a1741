"""Acquisition: how large the uncertainty is, how likely and how soon the beacon is found, and the states of a pass.

All angles are on the sky. Uncertainties are Gaussian, independent and equal in both axes; sigma is per axis.
"""

from enum import IntEnum
from math import inf, pi

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.constants import SPEED_OF_LIGHT_KM_S


class State(IntEnum):
    """What a terminal does, as stored in tables; the numbers never change.

    ::

        STOW -> OPEN_LOOP -> SEARCH -> COARSE_LOCK -> HANDOVER -> FINE_LOCK -> DROPOUT -> REACQUIRE -> FINE_LOCK
                               ^           |    ^         |                      |  ^         |
                               +-----------+    +---------+                      |  +---------+
                               +----------- coasted too long --------------------+
    """

    STOW = 0
    OPEN_LOOP = 1
    SEARCH = 2
    COARSE_LOCK = 3
    HANDOVER = 4
    FINE_LOCK = 5
    DROPOUT = 6
    REACQUIRE = 7


def containment(k: ArrayLike) -> FloatArray:
    """Probability that a two-axis Gaussian error lies within k sigma: 1 - exp(-k^2/2), for k >= 0, shape (...)."""
    within("k", k, 0.0, inf)
    return -np.expm1(-0.5 * np.square(k, dtype=float))


def pointing_sigma_urad(
    *,
    range_km: ArrayLike,
    orbit_error_m: float,
    attitude_error_urad: float,
    mount_error_urad: float = 0.0,
    time_tag_error_s: float = 0.0,
    rate_urad_s: ArrayLike = 0.0,
    refraction_error_urad: ArrayLike = 0.0,
) -> FloatArray:
    """Uncertainty of open-loop pointing, per axis [urad].

    Parameters
    ----------
    range_km : array_like, shape (...)
        Slant range [km], > 0.
    orbit_error_m : float
        Error of the predicted position across the line of sight, per axis [m], >= 0.
    attitude_error_urad, mount_error_urad : float
        Error of the body and of the mount model, per axis and on the sky [urad], >= 0.
    time_tag_error_s : float
        Error of the clock that times the prediction, 1 sigma [s], >= 0.
    rate_urad_s : array_like, shape (...)
        Rate of the line of sight [urad/s], >= 0. The two make an error along the track; it is counted on each axis,
        so that the cone holds it whichever way the track runs.
    refraction_error_urad : array_like, shape (...)
        Residual of the refraction model [urad], >= 0; nothing at the satellite.

    Returns
    -------
    ndarray, shape (...)
        Square root of the sum of the squares of orbit/range, attitude, mount, time tag * rate, and refraction.

    Raises
    ------
    DomainError
        If an input is out of its limits.
    """
    within("range_km", range_km, 0.0, inf, ends="()")
    for name, value in (
        ("orbit_error_m", orbit_error_m),
        ("attitude_error_urad", attitude_error_urad),
        ("mount_error_urad", mount_error_urad),
        ("time_tag_error_s", time_tag_error_s),
        ("rate_urad_s", rate_urad_s),
        ("refraction_error_urad", refraction_error_urad),
    ):
        within(name, value, 0.0, inf, ends="[)")
    orbit_urad = orbit_error_m / np.asarray(range_km, dtype=float) * 1e3  # m/km = mrad
    own_urad = np.hypot(attitude_error_urad, mount_error_urad)
    path_urad = np.hypot(time_tag_error_s * np.asarray(rate_urad_s, dtype=float), refraction_error_urad)
    return np.hypot(np.hypot(orbit_urad, own_urad), path_urad)


def field_probability(*, sigma_urad: ArrayLike, field_urad: float) -> FloatArray:
    """Probability that the target lies in a square field of full width field_urad [urad]: erf(h/(sqrt(2) sigma))^2."""
    from scipy.special import erf  # slow to import, and the loop needs this file for `State` alone

    within("sigma_urad", sigma_urad, 0.0, inf, ends="()")
    within("field_urad", field_urad, 0.0, inf, ends="(]")
    return erf(0.5 * field_urad / (np.sqrt(2.0) * np.asarray(sigma_urad, dtype=float))) ** 2


def beacon_probability(*, sigma_urad: ArrayLike, half_divergence_urad: float) -> FloatArray:
    """Probability that the target lies in a round beacon of that half-angle [urad]."""
    within("sigma_urad", sigma_urad, 0.0, inf, ends="()")
    return containment(half_divergence_urad / np.asarray(sigma_urad, dtype=float))


def staring_time_s(
    *, range_km: ArrayLike, confirm_frames: int, frame_rate_hz: float, move_s: float = 0.0
) -> FloatArray:
    """Time until a staring camera that holds the target in its field has confirmed the beacon [s].

    Parameters
    ----------
    range_km : array_like, shape (...)
        Slant range [km], >= 0.
    confirm_frames : int
        Frames that must show the beacon in succession [1], >= 1.
    frame_rate_hz : float
        Frame rate [Hz], > 0.
    move_s : float
        Time of the move to the predicted direction [s], >= 0; `gimbal.move_time_s` gives it.

    Returns
    -------
    ndarray, shape (...)
        move + light time + confirm_frames / frame_rate.

    Raises
    ------
    DomainError
        If an input is out of its limits.
    """
    within("range_km", range_km, 0.0, inf, ends="[)")
    within("confirm_frames", confirm_frames, 1, inf, ends="[)")
    within("frame_rate_hz", frame_rate_hz, 0.0, inf, ends="()")
    within("move_s", move_s, 0.0, inf, ends="[)")
    return move_s + np.asarray(range_km, dtype=float) / SPEED_OF_LIGHT_KM_S + confirm_frames / frame_rate_hz


def spiral_cells(*, radius_urad: ArrayLike, beam_urad: float, step_ratio: float = 0.7) -> FloatArray:
    """Dwells that a spiral of constant areal rate needs to cover a cone [1].

    Parameters
    ----------
    radius_urad : array_like, shape (...)
        Half-angle of the cone [urad], >= 0.
    beam_urad : float
        Full width of the beam or field that scans [urad], > 0.
    step_ratio : float
        Pitch of the spiral over that width [1], in (0, 1].

    Returns
    -------
    ndarray, shape (...)
        pi R^2 / p^2 with the pitch p = step_ratio beam.

    Raises
    ------
    DomainError
        If an input is out of its limits.
    """
    within("radius_urad", radius_urad, 0.0, inf, ends="[)")
    within("beam_urad", beam_urad, 0.0, inf, ends="()")
    within("step_ratio", step_ratio, 0.0, 1.0, ends="(]")
    return pi * np.square(radius_urad, dtype=float) / (step_ratio * beam_urad) ** 2


def spiral_full_time_s(
    *, radius_urad: ArrayLike, beam_urad: float, dwell_s: float, step_ratio: float = 0.7
) -> FloatArray:
    """Time of a spiral over a whole cone [s]: `spiral_cells` times the dwell [s]; the same limits."""
    within("dwell_s", dwell_s, 0.0, inf, ends="()")
    return dwell_s * spiral_cells(radius_urad=radius_urad, beam_urad=beam_urad, step_ratio=step_ratio)


def spiral_mean_time_s(
    *, sigma_urad: ArrayLike, beam_urad: float, dwell_s: float, step_ratio: float = 0.7
) -> FloatArray:
    """Mean time at which an unbounded spiral from the centre meets a Gaussian target [s].

    E[t] = 2 pi sigma^2 dwell / p^2, the full time of a cone of sqrt(2) sigma; no misses. Same limits as `spiral_cells`.
    """
    root_mean_square_urad = np.sqrt(2.0) * np.asarray(sigma_urad, dtype=float)
    return spiral_full_time_s(
        radius_urad=root_mean_square_urad, beam_urad=beam_urad, dwell_s=dwell_s, step_ratio=step_ratio
    )


def repeated_scan_time_s(*, hit_s: ArrayLike, full_s: ArrayLike, probability: ArrayLike) -> FloatArray:
    """Mean time until a scan that is repeated after each miss succeeds [s].

    Parameters
    ----------
    hit_s, full_s : array_like, shape (...)
        Mean time to the target in a scan that meets it, and time of a whole scan [s], >= 0.
    probability : array_like, shape (...)
        That one scan meets the target: field times detection [1], in (0, 1].

    Returns
    -------
    ndarray, shape (...)
        hit + (1/P - 1) full.

    Raises
    ------
    DomainError
        If an input is out of its limits.
    """
    within("hit_s", hit_s, 0.0, inf, ends="[)")
    within("full_s", full_s, 0.0, inf, ends="[)")
    within("probability", probability, 0.0, 1.0, ends="(]")
    misses = 1.0 / np.asarray(probability, dtype=float) - 1.0
    return np.asarray(hit_s, dtype=float) + misses * np.asarray(full_s, dtype=float)
