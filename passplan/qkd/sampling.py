"""Sampling terms: how much worse the untested single photons may be than the tested ones.

Single photons of one basis were tested and a share ``error_rate`` of them was wrong; by how much may the share among
the untested ones, picked from the same lot at random, be higher? Three answers of one signature stand in ``SAMPLING``.
In all of them ``epsilon`` is the smoothing share of the proof (in Lim 2014 the twenty-first part of epsilon_sec). The
Serfling and the exact term fail with a probability of at most epsilon**2; the Fung term is an estimate, see there.
"""

from collections.abc import Callable
from math import isqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from passplan.checks import FloatArray, within

_NEGLIGIBLE_LOG = -40.0  # exp(-40) = 4e-18, below the resolution of a double
_CHUNK = 4096


def fung_gamma(*, error_rate: ArrayLike, tested: ArrayLike, keyed: ArrayLike, epsilon: float) -> FloatArray:
    """Sampling term of Fung, Ma and Chau, as Lim 2014 uses it.

    Parameters
    ----------
    error_rate : array_like, shape (...)
        Share b of errors among the tested [1], in [0, 1].
    tested, keyed : array_like, shape (...)
        Sizes c, d of the tested and of the untested set [1], > 0.
    epsilon : float
        Smoothing share [1], in (0, 1).

    Returns
    -------
    ndarray, shape (...)
        gamma = sqrt((c + d)(1 - b) b / (c d ln 2) * log2((c + d) / (c d (1 - b) b epsilon^2))) [1], >= 0.

    Raises
    ------
    DomainError
        If an input lies outside its range.

    Notes
    -----
    Source: Fung, Ma, Chau, PRA 81, 012318 (2010); Lim et al., PRA 89, 022307 (2014), below eq. 5. It is a
    large-deviation estimate for many errors, no bound. Exact failure probabilities at epsilon = 4.8e-11 (own
    calculation): 1e-18 for 10,566 errors among 335,474 tested and as many untested; 4e-14 for 100 errors among 5,000
    tested, 1e6 untested; but 3e-7, above epsilon, for 5 errors there. At b = 0 the formula would vanish, which no
    finite sample allows: b is taken no smaller than one error in the tested set, and no larger than all but one;
    within those limits the printed formula is untouched. Where epsilon^2 exceeds the prefactor of the estimate the
    logarithm is clipped at 0.
    """
    _check_sets(error_rate, tested, keyed, epsilon)
    c, d = np.asarray(tested, dtype=float), np.asarray(keyed, dtype=float)
    one_error = np.minimum(1.0 / c, 0.5)
    b = np.clip(np.asarray(error_rate, dtype=float), one_error, 1.0 - one_error)
    spread = (1.0 / c + 1.0 / d) * (1.0 - b) * b
    bits = np.maximum(np.log2(1.0 / c + 1.0 / d) - np.log2((1.0 - b) * b) - 2.0 * np.log2(epsilon), 0.0)
    return np.sqrt(spread / np.log(2.0) * bits)


def serfling_gamma(*, error_rate: ArrayLike, tested: ArrayLike, keyed: ArrayLike, epsilon: float) -> FloatArray:
    """Sampling term of Serfling, with the corrected factor (d + 1) / d, d the size of the tested set.

    Parameters
    ----------
    error_rate : array_like, shape (...)
        Share of errors among the tested [1], in [0, 1]. The bound holds for any, so it does not enter.
    tested, keyed : array_like, shape (...)
        Sizes d, c of the tested and of the untested set [1], > 0.
    epsilon : float
        Smoothing share [1], in (0, 1); the bound fails with at most epsilon**2.

    Returns
    -------
    ndarray, shape (...)
        gamma = sqrt((c + d) / (c d) * (d + 1) / d * ln(1 / epsilon)) [1].

    Raises
    ------
    DomainError
        If an input lies outside its range.

    Notes
    -----
    Source: Serfling, Ann. Stat. 2, 39 (1974); factor as corrected on 18 Mar 2026 by the authors of Wiesemann et al.,
    arXiv 2405.16578v3 (earlier copies carry (c + 1) / c).
    """
    _check_sets(error_rate, tested, keyed, epsilon)
    d, c = np.asarray(tested, dtype=float), np.asarray(keyed, dtype=float)
    return np.sqrt((1.0 / c + 1.0 / d) * (1.0 + 1.0 / d) * -np.log(epsilon))


def hypergeometric_gamma(*, error_rate: ArrayLike, tested: ArrayLike, keyed: ArrayLike, epsilon: float) -> FloatArray:
    """Sampling term by exact inversion of the hypergeometric distribution.

    Parameters
    ----------
    error_rate : array_like, shape (...)
        Share b of errors among the tested [1], in [0, 1].
    tested, keyed : array_like, shape (...)
        Sizes of the tested and of the untested set [1], >= 1.
    epsilon : float
        Smoothing share [1], in (0, 1); the bound fails with at most epsilon**2.

    Returns
    -------
    ndarray, shape (...)
        k / c - b [1], >= 0, with k the largest number of errors in the c untested that leaves a probability of at
        least epsilon**2 to see no more than the observed errors in the tested set.

    Raises
    ------
    DomainError
        If an input lies outside its range.

    Notes
    -----
    Exact for whole numbers. Bounds on sizes are no whole numbers: both sizes are rounded down and the observed errors
    up, each to the safe side. Worked out in the log domain from log-gamma differences, whose rounding shifts log
    probability by less than 0.01 up to 1e11 counts. Same idea: Mannalath, Zapatero, Curty, arXiv 2410.04095
    (abstract read only).
    """
    _check_sets(error_rate, tested, keyed, epsilon)
    within("tested", tested, 1.0, np.inf, ends="[)")
    within("keyed", keyed, 1.0, np.inf, ends="[)")

    def one(rate: float, tested_set: float, keyed_set: float) -> float:
        test_size, key_size = int(tested_set), int(keyed_set)
        observed = min(int(np.ceil(rate * tested_set)), test_size)
        worst = _largest_untested_errors(observed, test_size, key_size, 2.0 * np.log(epsilon))
        return max(worst / key_size - rate, 0.0)

    return np.vectorize(one, otypes=[float])(error_rate, tested, keyed)


def hypergeometric_log_cdf(*, errors_tested: int, errors: int, tested: int, total: int) -> float:
    """Natural logarithm of the probability to find at most ``errors_tested`` errors in a random test.

    ``errors`` of ``total`` items are wrong and ``tested`` of them are drawn without putting back; all are whole
    numbers [1]. Summed from the largest term downwards until the rest is below double precision. Exact up to the
    rounding of log-gamma.

    Raises
    ------
    DomainError
        If errors or tested exceed total, or errors_tested lies below the fewest errors a test of that size can hold.
    """
    within("errors", errors, 0, total)
    within("tested", tested, 0, total)
    fewest = max(0, tested - (total - errors))
    within("errors_tested", errors_tested, fewest, np.inf, ends="[)")
    top = min(errors_tested, errors, tested)
    log_top = float(_log_choose(errors, top) + _log_choose(total - errors, tested - top) - _log_choose(total, tested))
    log_sum, log_term, start = 0.0, 0.0, top
    while start > fewest:
        j = np.arange(start, max(start - _CHUNK, fewest), -1, dtype=float)
        falling = np.log(j) + np.log(total - errors - tested + j)
        steps = falling - np.log(errors - j + 1.0) - np.log(tested - j + 1.0)
        terms = log_term + np.cumsum(steps)
        log_sum = float(np.logaddexp(log_sum, np.logaddexp.reduce(terms)))
        log_term, start = float(terms[-1]), start - len(j)
        if log_term - log_sum < _NEGLIGIBLE_LOG and steps[-1] < 0.0:
            break
    return min(log_top + log_sum, 0.0)


def _check_sets(error_rate: ArrayLike, tested: ArrayLike, keyed: ArrayLike, epsilon: float) -> None:
    within("error_rate", error_rate, 0.0, 1.0)
    within("tested", tested, 0.0, np.inf, ends="()")
    within("keyed", keyed, 0.0, np.inf, ends="()")
    within("epsilon", epsilon, 0.0, 1.0, ends="()")


def _log_choose(whole: int, part: int) -> FloatArray:
    return gammaln(whole + 1.0) - gammaln(part + 1.0) - gammaln(whole - part + 1.0)


def _largest_untested_errors(observed: int, tested: int, keyed: int, log_probability: float) -> int:
    """Largest number of untested errors that the observation does not exclude: bracket, then bisect."""

    def is_possible(untested: int) -> bool:
        errors, total = observed + untested, tested + keyed
        log_cdf = hypergeometric_log_cdf(errors_tested=observed, errors=errors, tested=tested, total=total)
        return log_cdf >= log_probability

    low = observed * keyed // tested  # the same share of errors: possible unless log_probability is close to 0
    low = low if is_possible(low) else 0  # no errors: probability 1
    step = 1 + isqrt(low)
    while low + step <= keyed and is_possible(low + step):
        low, step = low + step, 2 * step
    high = min(low + step, keyed + 1)  # not possible
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_possible(middle) else (low, middle)
    return low


SAMPLING: dict[str, Callable[..., FloatArray]] = {
    "fung": fung_gamma,
    "serfling": serfling_gamma,
    "hypergeometric": hypergeometric_gamma,
}
