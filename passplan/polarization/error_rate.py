"""Contrast, visibility and error of a polarization analyser, and how errors of several causes add.

The error e is the probability that a photon leaves by the wrong port: contrast C = (1 - e) / e, visibility
V = (C - 1) / (C + 1) = 1 - 2 e, and the error rate of the key from polarization alone is e = 1 / (1 + C).
"""

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.units import to_rad


def contrast(error: ArrayLike) -> FloatArray:
    """Contrast C = (1 - e) / e, right port over wrong port.

    Parameters
    ----------
    error : array_like, shape (...)
        Probability of the wrong port [1], in [0, 1].

    Returns
    -------
    ndarray, shape (...)
        Contrast [1]; infinite without error, 0 when every photon goes wrong.

    Raises
    ------
    DomainError
        If the error lies outside [0, 1] or is nan.
    """
    within("error", error, 0.0, 1.0)
    wrong = np.asarray(error, dtype=float)
    unlimited = np.full_like(wrong, np.inf)
    smallest = np.finfo(float).tiny  # one over a number below it is beyond the largest
    return np.divide(1.0 - wrong, wrong, out=unlimited, where=wrong >= smallest)


def error_of_contrast(contrast_ratio: ArrayLike) -> FloatArray:
    """Error e = 1 / (1 + C) of a contrast; 280:1 gives 0.356 %.

    Parameters
    ----------
    contrast_ratio : array_like, shape (...)
        Contrast [1], >= 0, infinity allowed.

    Returns
    -------
    ndarray, shape (...)
        Probability of the wrong port [1], in [0, 1].

    Raises
    ------
    DomainError
        If the contrast is negative or nan.
    """
    within("contrast_ratio", contrast_ratio, 0.0, np.inf)
    return 1.0 / (1.0 + np.asarray(contrast_ratio, dtype=float))


def visibility(error: ArrayLike) -> FloatArray:
    """Visibility V = 1 - 2 e.

    Parameters
    ----------
    error : array_like, shape (...)
        Probability of the wrong port [1], in [0, 1].

    Returns
    -------
    ndarray, shape (...)
        Visibility [1], in [-1, 1]; negative when the wrong port is the brighter one.

    Raises
    ------
    DomainError
        If the error lies outside [0, 1] or is nan.
    """
    within("error", error, 0.0, 1.0)
    return 1.0 - 2.0 * np.asarray(error, dtype=float)


def error_of_visibility(visibility_ratio: ArrayLike) -> FloatArray:
    """Error e = (1 - V) / 2 of a visibility.

    Parameters
    ----------
    visibility_ratio : array_like, shape (...)
        Visibility [1], in [-1, 1].

    Returns
    -------
    ndarray, shape (...)
        Probability of the wrong port [1], in [0, 1].

    Raises
    ------
    DomainError
        If the visibility lies outside [-1, 1] or is nan.
    """
    within("visibility_ratio", visibility_ratio, -1.0, 1.0)
    return 0.5 * (1.0 - np.asarray(visibility_ratio, dtype=float))


def combined_error(one: ArrayLike, other: ArrayLike) -> FloatArray:
    """Error of two independent flips, e1 (1 - e2) + e2 (1 - e1): wrong when exactly one of them flips.

    Parameters
    ----------
    one, other : array_like, shape (...)
        Probabilities of the wrong port [1], in [0, 1]. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Probability of the wrong port [1]; the visibilities multiply.

    Raises
    ------
    DomainError
        If an error lies outside [0, 1] or is nan.
    """
    within("one", one, 0.0, 1.0)
    within("other", other, 0.0, 1.0)
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    return first + second - 2.0 * first * second


def error_probability(*, delta_deg: ArrayLike, intrinsic_error: ArrayLike = 0.0) -> FloatArray:
    """Error of an analyser turned by delta against the state, in either BB84 basis.

    Parameters
    ----------
    delta_deg : array_like, shape (...)
        Angle between the polarization and the analyser [deg].
    intrinsic_error : array_like, shape (...)
        Error of the aligned optics [1], in [0, 1]. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        e = e0 + (1 - 2 e0) sin^2(delta) [1] (law of Malus and independent flips).

    Raises
    ------
    DomainError
        If the intrinsic error lies outside [0, 1].
    """
    return combined_error(np.sin(to_rad(delta_deg)) ** 2, intrinsic_error)


def retardance_error_probability(*, retardance_deg: ArrayLike) -> FloatArray:
    """Error in the diagonal basis of a retarder whose axis lies along H; H and V themselves are not hurt.

    Parameters
    ----------
    retardance_deg : array_like, shape (...)
        Phase between H and V left uncorrected [deg].

    Returns
    -------
    ndarray, shape (...)
        e = sin^2(Gamma / 2) [1].
    """
    return np.sin(0.5 * to_rad(retardance_deg)) ** 2
