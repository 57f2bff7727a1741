"""Entropy and deviations of counts: the statistics every finite-key proof is built from."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, xlogy

from passplan.checks import FloatArray, within


def binary_entropy(share: ArrayLike) -> FloatArray:
    """Entropy h(x) = -x log2 x - (1 - x) log2(1 - x) [bit] of a share in [0, 1], shape (...); h(0) = h(1) = 0.

    Raises
    ------
    DomainError
        If the share lies outside [0, 1] or is nan.

    Notes
    -----
    Source: Shannon, Bell Syst. Tech. J. 27, 379 (1948). Exact.
    """
    within("share", share, 0.0, 1.0)
    x = np.asarray(share, dtype=float)
    return -(xlogy(x, x) + xlogy(1.0 - x, 1.0 - x)) / np.log(2.0)


def hoeffding_deviation(*, total: ArrayLike, epsilon: float) -> FloatArray:
    """Deviation of the counts of one intensity from their mean, given the total of all intensities.

    Parameters
    ----------
    total : array_like, shape (...)
        Counts of all intensities together in one basis [1], >= 0.
    epsilon : float
        Failure probability of this one-sided bound [1], in (0, 1).

    Returns
    -------
    ndarray, shape (...)
        sqrt(total / 2 * ln(1 / epsilon)) [counts].

    Raises
    ------
    DomainError
        If total is negative or epsilon lies outside (0, 1).

    Notes
    -----
    Source: Hoeffding, J. Am. Stat. Assoc. 58, 13 (1963), as used by Lim et al., PRA 89, 022307 (2014). The intensity
    labels must be independent given the detections, which holds for any channel.
    """
    within("total", total, 0.0, np.inf, ends="[)")
    within("epsilon", epsilon, 0.0, 1.0, ends="()")
    return np.sqrt(-0.5 * np.asarray(total, dtype=float) * np.log(epsilon))


def normal_quantile(*, epsilon: ArrayLike) -> FloatArray:
    """Standard deviations [1] that a normal variable exceeds, on one side, with probability epsilon in (0, 1).

    Raises
    ------
    DomainError
        If epsilon lies outside (0, 1).

    Notes
    -----
    1e-9 gives 5.9978. Exact inverse of the normal distribution; counts are normal only when they are many.
    """
    within("epsilon", epsilon, 0.0, 1.0, ends="()")
    return -ndtri(np.asarray(epsilon, dtype=float))


def normal_tail(*, sigmas: ArrayLike) -> FloatArray:
    """Probability [1] that a normal variable exceeds its mean by a number of standard deviations [1], shape (...).

    Raises
    ------
    DomainError
        If sigmas are nan.
    """
    within("sigmas", sigmas, -np.inf, np.inf)
    return ndtr(-np.asarray(sigmas, dtype=float))


def gaussian_limits(*, counts: ArrayLike, sigmas: float) -> tuple[FloatArray, FloatArray]:
    """Lower and upper limit n -+ sigmas * sqrt(n) [counts] of Poisson counts >= 0, shape (...); the lower is >= 0.

    Raises
    ------
    DomainError
        If counts or sigmas are negative or nan.

    Notes
    -----
    The standard-error analysis of Ma et al., PRA 72, 012326 (2005). A normal approximation: not exact for few counts.
    """
    within("counts", counts, 0.0, np.inf, ends="[)")
    within("sigmas", sigmas, 0.0, np.inf, ends="[)")
    n = np.asarray(counts, dtype=float)
    deviation = sigmas * np.sqrt(n)
    return np.maximum(n - deviation, 0.0), n + deviation
