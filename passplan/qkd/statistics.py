"""Entropy and limits of counts: the statistics every finite-key proof is built from.

How far may the expected counts of an intensity lie from those that were seen? Four answers of one signature stand in
``CONCENTRATION_PAIRS``: the counts of an intensity, the total of its basis and the failure probability of each limit
in, the lower and the upper limit out; plain floats, or arrays that broadcast. ``CONCENTRATION`` asks them about all
intensities of a basis. They may be exchanged in any proof that asks for limits of counts. For speed they check
nothing: ``count_limits`` is their checked door.
"""

from collections.abc import Callable
from functools import partial
from math import log

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammainccinv, gammaincinv, ndtr, ndtri, xlogy

from passplan.checks import FloatArray, one_of, within
from passplan.qkd.elementwise import Numbers, root

Pair = tuple[Numbers, Numbers]

_LN2 = float(np.log(2.0))
_COMMON_FACTORS = {"hoeffding": -0.5, "azuma": -2.0}  # before total * ln(epsilon), under the root of a deviation
_MANY = 1e6  # counts from which the series of the gamma quantile is better than the library's inverse
_NO_COUNT = 1e-6  # expected counts below: the library's inverse gives nan there, and the lower limit is 0 to rounding


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
    return entropy_in_range(np.asarray(share, dtype=float))


def entropy_in_range(share: FloatArray) -> FloatArray:
    """``binary_entropy`` [bit] of shares [1] that are known to lie in [0, 1]: nothing is checked, nan stays nan."""
    return -(xlogy(share, share) + xlogy(1.0 - share, 1.0 - share)) / _LN2


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


def hoeffding_pair(count: Numbers, total: Numbers, epsilon: Numbers) -> Pair:
    """Limits n_k -+ sqrt(n / 2 ln(1 / epsilon)) [counts] of a count n_k in a total n; the lower may be negative.

    Notes
    -----
    One deviation for all intensities of a basis, which is wide for the weak ones. Source: as ``hoeffding_deviation``.
    """
    deviation = root(_COMMON_FACTORS["hoeffding"] * total * _log(epsilon))
    return count - deviation, count + deviation


def azuma_pair(count: Numbers, total: Numbers, epsilon: Numbers) -> Pair:
    """Limits n_k -+ sqrt(2 n ln(1 / epsilon)) [counts] of a count n_k in a total n; the lower may be negative.

    Notes
    -----
    Azuma, Tohoku Math. J. 19, 357 (1967), for differences held within one: clicks need not be independent. Twice as
    wide as Hoeffding's. Offered as an option by the authors of arXiv 2405.16578.
    """
    deviation = root(_COMMON_FACTORS["azuma"] * total * _log(epsilon))
    return count - deviation, count + deviation


def chernoff_pair(count: Numbers, total: Numbers, epsilon: Numbers) -> Pair:
    """Limits of a count by its own size [counts], whatever the total; the lower may be negative.

    Notes
    -----
    With b = ln(1 / epsilon): n - b / 2 - sqrt(2 b n + b^2 / 4) and n + b + sqrt(2 b n + b^2). Source: Yin et al.,
    Sci. Rep. 10, 14312 (2020); formula taken from the code of SatQuMA 2.0.0. The lower limit is wider than the
    multiplicative Chernoff bound needs (it has 2 n where that has twice the mean).
    """
    b = -_log(epsilon)
    twice = 2.0 * b * count
    return count - 0.5 * b - root(twice + 0.25 * b * b), count + b + root(twice + b * b)


def exact_pair(count: Numbers, total: Numbers, epsilon: Numbers) -> Pair:
    """Limits of a Poisson mean, by inversion of the distribution [counts]; the lower is >= 0, and 0 for no counts.

    Notes
    -----
    The lower mean gives n or more with probability epsilon, the upper one n or fewer. Labels of a fixed number of
    clicks spread less than Poisson counts, so the total does not enter. Counts that are not whole are taken as they
    are (the gamma function interpolates). From 1e6 counts on a Cornish-Fisher series of the gamma distribution to the
    fifth term replaces the library's inverse, which loses digits there; the next term is below 1e-4 counts down to
    epsilon = 1e-30. Source: Garwood, Biometrika 28, 437 (1936).
    """
    n, e = np.asarray(count, dtype=float), np.asarray(epsilon, dtype=float)
    many = n > _MANY
    few = np.where(many, 1.0, n)
    some = few > _NO_COUNT
    lower = np.where(some, gammaincinv(np.where(some, few, 1.0), e), 0.0)
    upper = gammainccinv(few + 1.0, e)
    if many.any():
        z = -ndtri(e)
        lower = np.where(many, _gamma_quantile(np.maximum(n, _MANY), -z), lower)
        upper = np.where(many, _gamma_quantile(np.maximum(n, _MANY) + 1.0, z), upper)
    return (float(lower), float(upper)) if isinstance(count, float) else (lower, upper)


def limits_apart(
    *, counts: tuple[Numbers, ...], total: Numbers, epsilon: float, concentration: str
) -> tuple[tuple[Numbers, ...], tuple[Numbers, ...]]:
    """Lower and upper limits [counts] of the counts of one basis, one entry an intensity; no checks.

    As the pairs give them, but a deviation that all intensities of a basis have in common is worked out once.
    """
    factor = _COMMON_FACTORS.get(concentration)
    if factor is None:
        pair = CONCENTRATION_PAIRS[concentration]
        lower, upper = zip(*[pair(count, total, epsilon) for count in counts], strict=True)
        return lower, upper
    deviation = root(factor * total * _log(epsilon))
    return tuple([count - deviation for count in counts]), tuple([count + deviation for count in counts])


def basis_limits(
    *, counts: FloatArray, epsilon: float | FloatArray, pair: Callable[[Numbers, Numbers, Numbers], Pair]
) -> tuple[FloatArray, FloatArray]:
    """Lower and upper limits [counts] of all intensities of a basis, shape (..., K), by one of the pairs; no checks.

    ``epsilon`` is a number or of shape (...).
    """
    total = counts[..., 0]
    for i in range(1, counts.shape[-1]):  # term by term: faster than a reduction of two or three
        total = total + counts[..., i]
    share = epsilon[..., None] if np.ndim(epsilon) else epsilon  # type: ignore[index]
    lower, upper = pair(counts, np.asarray(total)[..., None], share)
    return np.asarray(lower), np.asarray(upper)


CONCENTRATION_PAIRS: dict[str, Callable[[Numbers, Numbers, Numbers], Pair]] = {
    "hoeffding": hoeffding_pair,
    "azuma": azuma_pair,
    "chernoff": chernoff_pair,
    "exact": exact_pair,
}
CONCENTRATION: dict[str, Callable[..., tuple[FloatArray, FloatArray]]] = {
    name: partial(basis_limits, pair=pair) for name, pair in CONCENTRATION_PAIRS.items()
}


def count_limits(
    *, counts: ArrayLike, epsilon: ArrayLike, concentration: str = "hoeffding"
) -> tuple[FloatArray, FloatArray]:
    """Lower and upper limit of the expected counts at each intensity.

    Parameters
    ----------
    counts : array_like, shape (..., K)
        Counts of each intensity of one basis [1], >= 0.
    epsilon : float or array_like, shape (...)
        Failure probability of each one-sided limit [1], in (0, 1).
    concentration : str
        "hoeffding", "azuma", "chernoff" or "exact" (see ``CONCENTRATION``).

    Returns
    -------
    tuple of ndarray, shape (..., K)
        Lower limits [counts], negative where the bound knows no better, and upper limits [counts].

    Raises
    ------
    DomainError
        If counts are negative or epsilon lies outside (0, 1).
    UnknownName
        If there is no such bound.
    """
    within("counts", counts, 0.0, np.inf, ends="[)")
    within("epsilon", epsilon, 0.0, 1.0, ends="()")
    limits = CONCENTRATION[one_of("concentration", concentration, CONCENTRATION)]
    return limits(counts=np.asarray(counts, dtype=float), epsilon=np.asarray(epsilon, dtype=float))


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


def _log(value: Numbers) -> Numbers:
    return log(value) if isinstance(value, float) else np.log(value)


def _gamma_quantile(shape: FloatArray, z: FloatArray) -> FloatArray:
    """Quantile of a gamma distribution of large shape, z standard deviations from the mean."""
    root = np.sqrt(shape)
    third = (z * z - 1.0) / 3.0 + (z**3 - 7.0 * z) / (36.0 * root)
    return shape + z * root + third - (3.0 * z**4 + 7.0 * z * z - 16.0) / (810.0 * shape)
