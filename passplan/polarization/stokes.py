"""Stokes vectors and Mueller matrices: a second, real-valued route to the same probabilities as `jones.py`.

Convention: S = (S0, S1, S2, S3), S1 horizontal minus vertical, S2 +45 minus -45 deg, S3 = 2 Im(conj(Ex) Ey). The
matrices of the elements are written from their trigonometric form, not derived from the Jones matrices, so that each
route can witness the other; `mueller_of_jones` alone leads across, for a train whose Jones matrix is known and whose
depolarization is not nothing. Source of the matrices: Goldstein, Polarized Light, ch. 5-6 (recalled, not re-read).
"""

from math import inf

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.errors import DomainError
from passplan.units import to_rad

# Matrices with S_i = E^dagger PAULI[i] E.
PAULI = ([[1, 0], [0, 1]], [[1, 0], [0, -1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]])


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


def mueller_diattenuator(
    *, transmittance_along: ArrayLike, transmittance_across: ArrayLike, axis_deg: ArrayLike = 0.0
) -> FloatArray:
    """Mueller matrix of an element that passes two linear polarizations unequally and delays neither.

    Parameters
    ----------
    transmittance_along, transmittance_across : array_like, shape (...)
        Transmittances of power along and across the axis [1], in [0, 1].
    axis_deg : array_like, shape (...)
        Angle of the axis from the horizontal [deg]. Inputs broadcast.

    Returns
    -------
    ndarray, shape (..., 4, 4)
        Matrices [1].

    Raises
    ------
    DomainError
        If a transmittance lies outside [0, 1] or is nan.
    """
    within("transmittance_along", transmittance_along, 0.0, 1.0)
    within("transmittance_across", transmittance_across, 0.0, 1.0)
    along, across, double_rad = np.broadcast_arrays(
        np.asarray(transmittance_along, dtype=float),
        np.asarray(transmittance_across, dtype=float),
        2.0 * to_rad(axis_deg),
    )
    cosine, sine, zero = np.cos(double_rad), np.sin(double_rad), np.zeros_like(double_rad)
    mean, half, common = 0.5 * (along + across), 0.5 * (along - across), np.sqrt(along * across)
    mixed = (mean - common) * cosine * sine
    return _matrix(
        [
            [mean, half * cosine, half * sine, zero],
            [half * cosine, mean * cosine**2 + common * sine**2, mixed, zero],
            [half * sine, mixed, mean * sine**2 + common * cosine**2, zero],
            [zero, zero, zero, common],
        ]
    )


def mueller_mirror(*, r_p: ArrayLike, r_s: ArrayLike) -> FloatArray:
    """Mueller matrix of a mirror in its own axes: x in the plane of incidence (p), y across it (s).

    Parameters
    ----------
    r_p, r_s : array_like, shape (...)
        Complex amplitudes of reflection [1], r_p = -r_s for an ideal mirror. Inputs broadcast.

    Returns
    -------
    ndarray, shape (..., 4, 4)
        Matrices [1]: mean reflectance and diattenuation in (S0, S1), a turn of (S2, S3) by arg(r_s) - arg(r_p).
    """
    along, across = np.broadcast_arrays(np.asarray(r_p, dtype=complex), np.asarray(r_s, dtype=complex))
    mean = 0.5 * (np.abs(along) ** 2 + np.abs(across) ** 2)
    half = 0.5 * (np.abs(along) ** 2 - np.abs(across) ** 2)
    common, phase_rad = np.abs(along) * np.abs(across), np.angle(across) - np.angle(along)
    cosine, sine, zero = common * np.cos(phase_rad), common * np.sin(phase_rad), np.zeros_like(mean)
    return _matrix(
        [[mean, half, zero, zero], [half, mean, zero, zero], [zero, zero, cosine, -sine], [zero, zero, sine, cosine]]
    )


def mueller_depolarizer(*, depolarization: ArrayLike) -> FloatArray:
    """Mueller matrix of light that loses a share of its polarization, all states alike.

    Parameters
    ----------
    depolarization : array_like, shape (...)
        Share of the light whose polarization is lost [1], in [0, 1].

    Returns
    -------
    ndarray, shape (..., 4, 4)
        Matrices diag(1, 1 - d, 1 - d, 1 - d) [1]; the error of every state grows to e + d (1 - 2 e) / 2.

    Raises
    ------
    DomainError
        If the share lies outside [0, 1] or is nan.
    """
    within("depolarization", depolarization, 0.0, 1.0)
    kept = 1.0 - np.asarray(depolarization, dtype=float)
    return np.stack([np.ones_like(kept), kept, kept, kept], axis=-1)[..., None] * np.eye(4)


def mueller_of_jones(jones: ArrayLike) -> FloatArray:
    """Mueller matrix of an element that does not depolarize, from its Jones matrix.

    Parameters
    ----------
    jones : array_like, shape (..., 2, 2)
        Jones matrices [1], in the convention of `jones.py`.

    Returns
    -------
    ndarray, shape (..., 4, 4)
        Matrices M_ij = tr(P_i J P_j J^dagger) / 2 [1], P the Pauli matrices in the order of (S0, S1, S2, S3).

    Raises
    ------
    DomainError
        If the last two axes are not (2, 2).
    """
    matrices = np.asarray(jones, dtype=complex)
    if matrices.shape[-2:] != (2, 2):
        raise DomainError(f"jones has the shape {matrices.shape}, must end in (2, 2)")
    pauli = np.array(PAULI, dtype=complex).reshape(4, 4)
    # J P J^dagger, written out as a matrix that acts on the four entries of P: the Kronecker product of J and conj(J)
    pairs = matrices[..., :, None, :, None] * np.conj(matrices)[..., None, :, None, :]
    return 0.5 * (np.conj(pauli) @ pairs.reshape(*matrices.shape[:-2], 4, 4) @ pauli.T).real


def degree_of_polarization(stokes: ArrayLike) -> FloatArray:
    """Share of the light that is polarized, sqrt(S1^2 + S2^2 + S3^2) / S0.

    Parameters
    ----------
    stokes : array_like, shape (..., 4)
        Stokes vectors [any unit of power], S0 > 0.

    Returns
    -------
    ndarray, shape (...)
        Degree of polarization [1], in [0, 1] to rounding for light that can exist.

    Raises
    ------
    DomainError
        If there is no light, S0 <= 0, or S0 is not finite.
    """
    vectors = np.asarray(stokes, dtype=float)
    within("stokes[..., 0]", vectors[..., 0], 0.0, inf, ends="()")
    return np.linalg.norm(vectors[..., 1:], axis=-1) / vectors[..., 0]


def _matrix(rows: list[list[FloatArray]]) -> FloatArray:
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
