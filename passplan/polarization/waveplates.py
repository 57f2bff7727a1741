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
from passplan.polarization.stokes import mueller_of_jones
from passplan.units import to_deg, to_rad

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


def best_plate_angle_deg(*, jones: ArrayLike, labels_swapped: bool) -> FloatArray:
    """Angle of the half-wave plate that brings the four BB84 states back best, continuous along the pass.

    Parameters
    ----------
    jones : array_like, shape (n, 2, 2)
        Jones matrices of all that lies before the plate.
    labels_swapped : bool
        Whether D and A may, and so must, come back exchanged.

    Returns
    -------
    ndarray, shape (n,)
        Angle of the plate's axis [deg], in [0, 90) at the first sample and on its branch after it.

    Notes
    -----
    With m the Mueller matrix of what lies before, the plate at theta gives H and V the visibility m11 cos 4 theta + m21
    sin 4 theta, and D and A (exchanged, s = 1, or not, s = -1) s (m22 cos 4 theta - m12 sin 4 theta); their sum is
    largest at tan 4 theta = (m21 - s m12) / (m11 + s m22). Exact for the mean over the four states; for a pure rotation
    by phi it is phi / 2.
    """
    before = mueller_of_jones(jones)
    sign = 1.0 if labels_swapped else -1.0
    across = before[..., 2, 1] - sign * before[..., 1, 2]
    along = before[..., 1, 1] + sign * before[..., 2, 2]
    angle_deg = 0.25 * to_deg(np.unwrap(np.arctan2(across, along)))
    return angle_deg - BRANCH_DEG * np.floor(angle_deg[0] / BRANCH_DEG)


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
