"""Sampling terms: how much worse the untested single photons may be than the tested ones.

Single photons of one basis were tested and a share ``error_rate`` of them was wrong; by how much may the share among
the untested ones, picked from the same lot at random, be higher? Five answers of one signature stand in ``SAMPLING``.
In all of them ``epsilon`` is the smoothing share of the proof (in Lim 2014 the twenty-first part of epsilon_sec). The
Serfling and the exact term fail with a probability of at most epsilon**2; the Fung and the Yin term are estimates, and
``serfling_printed`` carries a factor that its authors have corrected since: see there. All arguments broadcast.
``SAMPLING_FORMULAS`` holds the same formulas without checks, for proofs that keep their numbers in range by themselves.
"""

from collections.abc import Callable
from math import log, pi

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from passplan.checks import FloatArray, within
from passplan.qkd.elementwise import Numbers, larger, root, smaller

_LN2 = log(2.0)
_NEGLIGIBLE_LOG = -40.0  # exp(-40) = 4e-18, below the resolution of a double
_FIRST_CHUNK, _CHUNK = 256, 4096  # terms added at a time, at first and at most
_NEWTON_STEPS = 12
LARGEST_EXACT = 1e11  # items up to which log-gamma keeps the digits that an exact probability needs


def fung_gamma(*, error_rate: ArrayLike, tested: ArrayLike, keyed: ArrayLike, epsilon: ArrayLike) -> FloatArray:
    """Sampling term of Fung, Ma and Chau, as Lim 2014 uses it.

    Parameters
    ----------
    error_rate : array_like, shape (...)
        Share b of errors among the tested [1], in [0, 1].
    tested, keyed : array_like, shape (...)
        Sizes c, d of the tested and of the untested set [1], > 0.
    epsilon : array_like, shape (...)
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
    return np.asarray(_fung(*_checked_sets(error_rate, tested, keyed, epsilon)))


def yin_gamma(*, error_rate: ArrayLike, tested: ArrayLike, keyed: ArrayLike, epsilon: ArrayLike) -> FloatArray:
    """Sampling term of Yin et al. 2020: Stirling's formula for the hypergeometric tail, solved for the untested share.

    Parameters
    ----------
    error_rate : array_like, shape (...)
        Share b of errors among the tested [1], in [0, 1].
    tested, keyed : array_like, shape (...)
        Sizes k, n of the tested and of the untested set [1], > 0.
    epsilon : array_like, shape (...)
        Smoothing share [1], in (0, 1).

    Returns
    -------
    ndarray, shape (...)
        gamma = [(1 - 2 b) A G / (n + k) + sqrt(A^2 G^2 / (n + k)^2 + 4 b (1 - b) G)] / [2 + 2 A^2 G / (n + k)^2] [1]
        with A = max(n, k), G = (n + k) / (n k) ln((n + k) / (2 pi n k b (1 - b) epsilon^2)); >= 0.

    Raises
    ------
    DomainError
        If an input lies outside its range.

    Notes
    -----
    Source: Yin et al., Sci. Rep. 10, 14312 (2020); the formula is recalled, not read, and agrees with a reference
    evaluation of another hand. An estimate, no bound: it has the skewness of few errors, which Fung's lacks, but takes
    the probability of one outcome for that of the tail. Exact failure probabilities at epsilon = 4.8e-11 (own
    calculation): 6e-10, twelve times epsilon, for 10,566 errors among 335,474 tested and as many untested; 2e-8 for
    1e7 errors among 1e9 and 1e9; 2e-12 for 100 errors among 5,000 tested, 1e6 untested; 3e-17 for 5 errors there. b is
    taken no smaller than one error in the tested set and no larger than one half; the logarithm is clipped at 0.
    """
    return np.asarray(_yin(*_checked_sets(error_rate, tested, keyed, epsilon)))


def serfling_gamma(*, error_rate: ArrayLike, tested: ArrayLike, keyed: ArrayLike, epsilon: ArrayLike) -> FloatArray:
    """Sampling term of Serfling, with the corrected factor (d + 1) / d, d the size of the tested set.

    Parameters
    ----------
    error_rate : array_like, shape (...)
        Share of errors among the tested [1], in [0, 1]. The bound holds for any, so it does not enter.
    tested, keyed : array_like, shape (...)
        Sizes d, c of the tested and of the untested set [1], > 0.
    epsilon : array_like, shape (...)
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
    return np.asarray(_serfling(*_checked_sets(error_rate, tested, keyed, epsilon)))


def serfling_printed_gamma(
    *, error_rate: ArrayLike, tested: ArrayLike, keyed: ArrayLike, epsilon: ArrayLike
) -> FloatArray:
    """Sampling term of Serfling with the older factor (c + 1) / c, c the size of the key set: only to compare.

    Parameters
    ----------
    error_rate : array_like, shape (...)
        Share of errors among the tested [1], in [0, 1]; does not enter.
    tested, keyed : array_like, shape (...)
        Sizes d, c of the tested and of the untested set [1], > 0.
    epsilon : array_like, shape (...)
        Smoothing share [1], in (0, 1).

    Returns
    -------
    ndarray, shape (...)
        gamma = sqrt((c + d) / (c d) * (c + 1) / c * ln(1 / epsilon)) [1].

    Raises
    ------
    DomainError
        If an input lies outside its range.

    Notes
    -----
    As printed and coded before 18 Mar 2026, when the authors of arXiv 2405.16578 corrected it (see ``serfling_gamma``).
    Copies of the older code still carry it. Too small where the test is smaller than the key.
    """
    return np.asarray(_serfling_printed(*_checked_sets(error_rate, tested, keyed, epsilon)))


def hypergeometric_gamma(
    *, error_rate: ArrayLike, tested: ArrayLike, keyed: ArrayLike, epsilon: ArrayLike
) -> FloatArray:
    """Sampling term by exact inversion of the hypergeometric distribution.

    Parameters
    ----------
    error_rate : array_like, shape (...)
        Share b of errors among the tested [1], in [0, 1].
    tested, keyed : array_like, shape (...)
        Sizes of the tested and of the untested set [1], >= 1.
    epsilon : array_like, shape (...)
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
    Above 1e11 items, tested and untested together, Serfling's term stands in, held at 1 - b: it fails no more often.
    Exact for whole numbers. Bounds on sizes are no whole numbers: both sizes are rounded down and the observed errors
    up, each to the safe side. Worked out in the log domain from log-gamma differences, whose rounding shifts log
    probability by less than 0.01 up to 1e11 counts. Same idea: Mannalath, Zapatero, Curty, arXiv 2410.04095
    (abstract read only).
    """
    sets = _checked_sets(error_rate, tested, keyed, epsilon)
    within("tested", tested, 1.0, np.inf, ends="[)")
    within("keyed", keyed, 1.0, np.inf, ends="[)")
    return np.asarray(_hypergeometric(*sets))


def hypergeometric_log_cdf(*, errors_tested: int, errors: int, tested: int, total: int) -> float:
    """Natural logarithm of the probability to find at most ``errors_tested`` errors in a random test.

    ``errors`` of ``total`` items are wrong and ``tested`` of them are drawn without putting back; all are whole
    numbers [1]. Summed from the largest term downwards until the rest is below double precision. Exact up to the
    rounding of log-gamma.

    Raises
    ------
    DomainError
        If errors or tested exceed total, that exceeds 1e11, or errors_tested lies below the fewest errors a test of
        that size can hold.
    """
    within("total", total, 0, LARGEST_EXACT)
    within("errors", errors, 0, total)
    within("tested", tested, 0, total)
    fewest = max(0, tested - (total - errors))
    within("errors_tested", errors_tested, fewest, np.inf, ends="[)")
    numbers = (errors_tested, errors, tested, total)
    return float(_log_cdf(*(np.array([number], dtype=float) for number in numbers))[0])


def _checked_sets(
    error_rate: ArrayLike, tested: ArrayLike, keyed: ArrayLike, epsilon: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    within("error_rate", error_rate, 0.0, 1.0)
    within("tested", tested, 0.0, np.inf, ends="()")
    within("keyed", keyed, 0.0, np.inf, ends="()")
    within("epsilon", epsilon, 0.0, 1.0, ends="()")
    rate, test, key, share = (np.asarray(value, dtype=float) for value in (error_rate, tested, keyed, epsilon))
    return rate, test, key, share


def _fung(rate: Numbers, tested: Numbers, keyed: Numbers, epsilon: Numbers) -> Numbers:
    both = 1.0 / tested + 1.0 / keyed
    one_error = smaller(1.0 / tested, 0.5)
    b = smaller(larger(rate, one_error), 1.0 - one_error)
    nats = larger(_log(both) - _log((1.0 - b) * b) - 2.0 * _log(epsilon), 0.0)
    return root(both * (1.0 - b) * b * nats) / _LN2


def _yin(rate: Numbers, tested: Numbers, keyed: Numbers, epsilon: Numbers) -> Numbers:
    both = 1.0 / tested + 1.0 / keyed
    b = smaller(larger(rate, smaller(1.0 / tested, 0.5)), 0.5)
    shares = (1.0 - b) * b
    g = both * larger(_log(both / (2.0 * pi * shares)) - 2.0 * _log(epsilon), 0.0)
    larger_share = larger(tested, keyed) / (tested + keyed)
    skew = larger_share * g
    return ((1.0 - 2.0 * b) * skew + root(skew * skew + 4.0 * shares * g)) / (2.0 + 2.0 * larger_share * skew)


def _serfling(_rate: Numbers, tested: Numbers, keyed: Numbers, epsilon: Numbers) -> Numbers:
    return root((1.0 / keyed + 1.0 / tested) * (1.0 + 1.0 / tested) * -_log(epsilon))


def _serfling_printed(_rate: Numbers, tested: Numbers, keyed: Numbers, epsilon: Numbers) -> Numbers:
    return root((1.0 / keyed + 1.0 / tested) * (1.0 + 1.0 / keyed) * -_log(epsilon))


def _log(value: Numbers) -> Numbers:
    return log(value) if isinstance(value, float) else np.log(value)


def _hypergeometric(rate: Numbers, tested: Numbers, keyed: Numbers, epsilon: Numbers) -> Numbers:
    share, in_test, in_key, each = np.broadcast_arrays(rate, tested, keyed, epsilon)
    many = in_test + in_key > LARGEST_EXACT
    if many.any():
        few = _hypergeometric(share, np.where(many, 1.0, in_test), np.where(many, 1.0, in_key), each)
        found = np.where(many, np.minimum(_serfling(share, in_test, in_key, each), 1.0 - share), few)
        return float(found) if isinstance(rate, float) else found
    test_size, key_size = np.floor(in_test.ravel()), np.floor(in_key.ravel())
    observed = np.minimum(np.ceil((share * in_test).ravel()), test_size)
    worst = _largest_untested_errors(observed, test_size, key_size, each.ravel())
    found = np.maximum((worst / key_size).reshape(share.shape) - share, 0.0)
    return float(found) if isinstance(rate, float) else found


def _log_choose(whole: FloatArray, part: FloatArray) -> FloatArray:
    return np.asarray(gammaln(whole + 1.0) - gammaln(part + 1.0) - gammaln(whole - part + 1.0))


def _log_cdf(observed: FloatArray, errors: FloatArray, tested: FloatArray, total: FloatArray) -> FloatArray:
    """``hypergeometric_log_cdf`` of whole numbers in arrays of shape (n,), not checked; all are summed together."""
    top, rest = np.minimum(np.minimum(observed, errors), tested), total - errors - tested
    log_top = _log_choose(errors, top) + _log_choose(total - errors, tested - top) - _log_choose(total, tested)
    log_sum, log_term = np.zeros_like(top), np.zeros_like(top)
    row, start, count = np.arange(top.size), 0, _FIRST_CHUNK
    while row.size:
        j = top[row, None] - np.arange(start, start + count)
        below = (errors[row, None] - j + 1.0) * (tested[row, None] - j + 1.0)
        with np.errstate(divide="ignore"):  # no term below the fewest errors that a test of that size can hold
            steps = np.log(np.maximum(j, 0.0) * np.maximum(rest[row, None] + j, 0.0) / below)
        terms = log_term[row, None] + np.cumsum(steps, axis=1)
        peak = np.maximum(terms.max(axis=1), log_sum[row])
        log_sum[row] = peak + np.log(np.exp(log_sum[row] - peak) + np.exp(terms - peak[:, None]).sum(axis=1))
        log_term[row] = terms[:, -1]
        row = row[(log_term[row] - log_sum[row] >= _NEGLIGIBLE_LOG) | (steps[:, -1] >= 0.0)]
        start, count = start + count, min(2 * count, _CHUNK)
    return np.minimum(log_top + log_sum, 0.0)


def _largest_untested_errors(
    observed: FloatArray, tested: FloatArray, keyed: FloatArray, epsilon: FloatArray
) -> FloatArray:
    """Largest numbers of untested errors that the observations do not exclude, of whole numbers in arrays (n,).

    The estimate of Yin et al. stands a few errors away; from there by Newton's steps along the slope of the largest
    term, which is nearly that of the sum. Every step moves one end of the bracket, and where steps are many or the
    slope is of no use the bracket is halved.
    """
    limit = 2.0 * np.log(epsilon)
    low, high = np.zeros_like(keyed), keyed + 1.0  # possible: no error untested; not possible: more than there are
    share = observed / tested
    guess = np.clip(np.floor(keyed * (share + _yin(share, tested, keyed, epsilon))), 1.0, keyed)
    row, steps = np.arange(keyed.size), 0
    while row.size:
        k, seen, test, key = guess[row], observed[row], tested[row], keyed[row]
        above = _log_cdf(seen, seen + k, test, test + key) - limit[row]
        low[row], high[row] = np.where(above >= 0.0, k, low[row]), np.where(above >= 0.0, high[row], k)
        right = np.maximum(key - k, 0.5)
        fall = np.log((k + 1.0) * (test - seen + right) / ((seen + k + 1.0) * right))
        steps += 1
        halve = (fall <= 0.0) | (steps > _NEWTON_STEPS)
        middle = 0.5 * (low[row] + high[row])
        step = np.where(halve, middle, k + above / np.where(halve, 1.0, fall))
        guess[row] = np.clip(np.floor(step), low[row] + 1.0, high[row] - 1.0)
        row = row[high[row] - low[row] > 1.0]
    return low


SAMPLING: dict[str, Callable[..., FloatArray]] = {
    "fung": fung_gamma,
    "serfling": serfling_gamma,
    "serfling_printed": serfling_printed_gamma,
    "hypergeometric": hypergeometric_gamma,
    "yin": yin_gamma,
}

# arguments in order: error rate, tested, keyed, epsilon; plain floats or arrays; sets of at least one item
SAMPLING_FORMULAS: dict[str, Callable[[Numbers, Numbers, Numbers, Numbers], Numbers]] = {
    "fung": _fung,
    "serfling": _serfling,
    "serfling_printed": _serfling_printed,
    "hypergeometric": _hypergeometric,
    "yin": _yin,
}
