"""Algebra of the rotating half-wave plate that undoes the rotation of the frame.

A half-wave plate at theta maps a linear state at a to 2 theta - a. With the states turned by phi the plate goes to
theta = phi / 2 and moves at half the rate. The map is a reflection, not a rotation: H and V come back, **D and A come
back exchanged**. Either the labels of the diagonal basis are exchanged in sifting, or another reflection in the train
(a mirror) does it; `diagonal_labels_swapped` counts them. Sources: Ma et al., quant-ph/0504077 (abstract read); the
algebra is tested against the Jones matrices.
"""

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.errors import DomainError
from passplan.units import to_rad

BRANCH_DEG = 90.0  # a half-wave plate turned by this angle acts as before


def reflected_angle_deg(*, state_deg: ArrayLike, plate_deg: ArrayLike) -> FloatArray:
    """Angle of a linear state behind an ideal half-wave plate, 2 plate - state.

    Parameters
    ----------
    state_deg : array_like, shape (...)
        Angle of the state before the plate [deg].
    plate_deg : array_like, shape (...)
        Angle of the plate's axis [deg]. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Angle behind the plate [deg], meaningful modulo 180.
    """
    return 2.0 * np.asarray(plate_deg, dtype=float) - np.asarray(state_deg, dtype=float)


def plate_angle_deg(*, rotation_deg: ArrayLike, zero_deg: float = 0.0) -> FloatArray:
    """Plate angle that undoes a rotation, zero + rotation / 2, continuous along the pass.

    Parameters
    ----------
    rotation_deg : array_like, shape (n,)
        Rotation of the polarization [deg], modulo 180.
    zero_deg : float
        Plate angle at which a rotation of 0 deg is analysed without error [deg], found by alignment.

    Returns
    -------
    ndarray, shape (n,)
        Plate angle [deg], on the branch of the first sample, so that the plate never rewinds.

    Raises
    ------
    DomainError
        If an angle is not finite.
    """
    within("rotation_deg", rotation_deg, -np.inf, np.inf, ends="()")
    within("zero_deg", zero_deg, -np.inf, np.inf, ends="()")
    half_deg = 0.5 * np.asarray(rotation_deg, dtype=float)
    return zero_deg + np.unwrap(half_deg, period=BRANCH_DEG)


def nearest_branch_deg(*, plate_deg: ArrayLike, start_deg: float) -> FloatArray:
    """Shift a track of plate angles by a multiple of 90 deg, so that it begins nearest to where the plate stands.

    Parameters
    ----------
    plate_deg : array_like, shape (n,)
        Continuous plate angle [deg], at least one sample.
    start_deg : float
        Present angle of the plate [deg].

    Returns
    -------
    ndarray, shape (n,)
        Equivalent plate angle [deg]; the first sample lies within 45 deg of the start.

    Raises
    ------
    DomainError
        If an angle is not finite, or there is no sample.
    """
    track_deg = np.asarray(plate_deg, dtype=float)
    if track_deg.size == 0:
        raise DomainError("plate_deg is empty, must hold at least one angle [deg]")
    within("plate_deg", track_deg, -np.inf, np.inf, ends="()")
    within("start_deg", start_deg, -np.inf, np.inf, ends="()")
    return track_deg + BRANCH_DEG * np.round((start_deg - track_deg[0]) / BRANCH_DEG)


def diagonal_labels_swapped(*, half_wave_plates: int = 1, mirrors: int = 0) -> bool:
    """Whether D and A arrive exchanged: true for an odd number of reflections of the polarization plane.

    Parameters
    ----------
    half_wave_plates, mirrors : int
        Elements between source and analyser [count], each of which reverses the handedness.

    Returns
    -------
    bool
        True when sifting must exchange the labels D and A.

    Raises
    ------
    DomainError
        If a count is negative.
    """
    within("half_wave_plates", half_wave_plates, 0, np.inf)
    within("mirrors", mirrors, 0, np.inf)
    return (half_wave_plates + mirrors) % 2 == 1


def plate_angle_error(*, plate_error_deg: ArrayLike) -> FloatArray:
    """Error of a plate that stands off its right angle by d: the polarization is off by 2 d.

    Parameters
    ----------
    plate_error_deg : array_like, shape (...)
        Plate angle minus the right one [deg].

    Returns
    -------
    ndarray, shape (...)
        Probability of the wrong port sin^2(2 d) [1].
    """
    return np.sin(2.0 * to_rad(plate_error_deg)) ** 2


def plate_retardance_error(*, retardance_error_deg: ArrayLike, state_to_plate_deg: ArrayLike = 45.0) -> FloatArray:
    """Error of a half-wave plate whose retardance is not 180 deg.

    Parameters
    ----------
    retardance_error_deg : array_like, shape (...)
        Departure of the retardance from 180 deg [deg].
    state_to_plate_deg : array_like, shape (...)
        Angle between the state and the plate's axis [deg]; 45 deg is the worst. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Probability of the wrong port sin^2(error / 2) sin^2(2 angle) [1]. The other basis lies 45 deg away, so the
        mean of both is half the worst case, whatever the angle.
    """
    worst = np.sin(0.5 * to_rad(retardance_error_deg)) ** 2
    return worst * np.sin(2.0 * to_rad(state_to_plate_deg)) ** 2
