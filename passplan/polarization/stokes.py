"""Stokes vectors and Mueller matrices: a second, real-valued route to the same probabilities as `jones.py`.

Convention: S = (S0, S1, S2, S3), S1 horizontal minus vertical, S2 +45 minus -45 deg, S3 = 2 Im(conj(Ex) Ey). The
matrices are written from their trigonometric form, not derived from the Jones matrices, so that each route can
witness the other. Source of the matrices: Goldstein, Polarized Light, ch. 5-6 (recalled, not re-read).
"""

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray
from passplan.units import to_rad


def stokes_vector(*, state: ArrayLike) -> FloatArray:
    """Stokes vector of a Jones vector.

    Parameters
    ----------
    state : array_like, shape (..., 2)
        Jones vectors.

    Returns
    -------
    ndarray, shape (..., 4)
        Stokes parameters [unit of the squared amplitude].
    """
    field = np.asarray(state, dtype=complex)
    horizontal, vertical = field[..., 0], field[..., 1]
    cross = np.conj(horizontal) * vertical
    power_h, power_v = np.abs(horizontal) ** 2, np.abs(vertical) ** 2
    return np.stack([power_h + power_v, power_h - power_v, 2.0 * cross.real, 2.0 * cross.imag], axis=-1)


def linear_stokes(*, angle_deg: ArrayLike) -> FloatArray:
    """Stokes vector of fully polarized linear light.

    Parameters
    ----------
    angle_deg : array_like, shape (...)
        Angle from the horizontal [deg].

    Returns
    -------
    ndarray, shape (..., 4)
        (1, cos 2a, sin 2a, 0) [1].
    """
    double_rad = 2.0 * to_rad(angle_deg)
    zero = np.zeros_like(double_rad)
    return np.stack([zero + 1.0, np.cos(double_rad), np.sin(double_rad), zero], axis=-1)


def mueller_rotator(*, angle_deg: ArrayLike) -> FloatArray:
    """Mueller matrix that turns a state by an angle, from x to y.

    Parameters
    ----------
    angle_deg : array_like, shape (...)
        Angle of the turn [deg].

    Returns
    -------
    ndarray, shape (..., 4, 4)
        Matrices [1]; (S1, S2) turns by twice the angle.
    """
    double_rad = 2.0 * to_rad(angle_deg)
    cosine, sine = np.cos(double_rad), np.sin(double_rad)
    zero, one = np.zeros_like(cosine), np.ones_like(cosine)
    return _matrix(
        [[one, zero, zero, zero], [zero, cosine, -sine, zero], [zero, sine, cosine, zero], [zero, zero, zero, one]]
    )


def mueller_retarder(*, retardance_deg: ArrayLike, axis_deg: ArrayLike) -> FloatArray:
    """Mueller matrix of a linear retarder.

    Parameters
    ----------
    retardance_deg : array_like, shape (...)
        Phase [deg] by which the component across the axis lags.
    axis_deg : array_like, shape (...)
        Angle of the axis from the horizontal [deg]. Inputs broadcast.

    Returns
    -------
    ndarray, shape (..., 4, 4)
        Matrices [1]: a turn of (S1, S2, S3) by the retardance about (cos 2 axis, sin 2 axis, 0).
    """
    retardance_rad, double_rad = np.broadcast_arrays(to_rad(retardance_deg), 2.0 * to_rad(axis_deg))
    cosine, sine = np.cos(double_rad), np.sin(double_rad)
    lag_cosine, lag_sine = np.cos(retardance_rad), np.sin(retardance_rad)
    zero, one = np.zeros_like(cosine), np.ones_like(cosine)
    mixed = cosine * sine * (1.0 - lag_cosine)
    return _matrix(
        [
            [one, zero, zero, zero],
            [zero, cosine**2 + sine**2 * lag_cosine, mixed, sine * lag_sine],
            [zero, mixed, sine**2 + cosine**2 * lag_cosine, -cosine * lag_sine],
            [zero, -sine * lag_sine, cosine * lag_sine, lag_cosine],
        ]
    )


def mueller_polarizer(*, angle_deg: ArrayLike) -> FloatArray:
    """Mueller matrix of an ideal linear polarizer.

    Parameters
    ----------
    angle_deg : array_like, shape (...)
        Angle of the passed polarization from the horizontal [deg].

    Returns
    -------
    ndarray, shape (..., 4, 4)
        Matrices [1]; S0 behind it is the share of the light that passes.
    """
    passed = linear_stokes(angle_deg=angle_deg)
    return 0.5 * passed[..., :, None] * passed[..., None, :]


def _matrix(rows: list[list[FloatArray]]) -> FloatArray:
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
