"""What error correction tells an eavesdropper: measured, or planned from the entropy of the errors."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtrik, betainc

from passplan.checks import FloatArray, within
from passplan.errors import DomainError
from passplan.qkd.elementwise import Numbers, entropy_bits, larger
from passplan.qkd.settings import KeySettings
from passplan.qkd.statistics import entropy_in_range

_BELOW_ONE = 1.0 - 1e-9


def error_entropy_bits(*, clicks: float, errors: float) -> float:
    """Entropy n h(m / n) [bit] of m errors among n clicks [1]; 0 without clicks.

    Raises
    ------
    DomainError
        If clicks are negative or errors do not lie in [0, clicks].

    Notes
    -----
    The Shannon limit of one-way error correction of a long block.
    """
    within("clicks", clicks, 0.0, float("inf"), ends="[)")
    within("errors", errors, 0.0, clicks)
    return clicks * float(entropy_bits(errors / clicks)) if clicks > 0.0 else 0.0


def leak_bits(*, entropy_bits: float, settings: KeySettings) -> float:
    """Bits told in error correction [bit]: those measured if given, else f times the entropy of the errors [bit]."""
    if settings.error_correction_leak_bits is not None:
        return float(settings.error_correction_leak_bits)
    return settings.error_correction_efficiency * entropy_bits


def leak_efficiency(*, leak: float, entropy_bits: float) -> float | None:
    """Bits told over the entropy of the errors, f [1]; None where there is no entropy to tell.

    Raises
    ------
    DomainError
        If the leak [bit] is negative.
    """
    if leak < 0.0:
        raise DomainError(f"leak is {leak:g} bit, must be >= 0")
    return leak / entropy_bits if entropy_bits > 0.0 else None


def leak_cautions(*, leak: float, entropy_bits: float, settings: KeySettings) -> tuple[str, ...]:
    """A line if a measured leak [bit] lies below the entropy of the errors [bit] of its own clicks, else none.

    Notes
    -----
    Below the Shannon limit a correction fails, or the leak does not belong to these clicks, or not all of it was
    counted. Only one that treats every intensity by itself may lie a little below, as their error rates differ.
    """
    if settings.error_correction_leak_bits is None or leak >= entropy_bits:
        return ()
    return (
        f"caution: the leak given, {leak:,.0f} bit, lies below the Shannon limit of the errors, {entropy_bits:,.0f} "
        "bit: if bits told were left out, as many too many are called secret",
    )


def planned_leak_bits(*, clicks: Numbers, errors: Numbers, settings: KeySettings) -> Numbers:
    """Bits told in error correction [bit] for blocks of ``clicks`` with ``errors`` [counts], floats or arrays.

    Parameters
    ----------
    clicks, errors : float or ndarray, shape (...)
        Counts of the key basis, 0 <= errors <= clicks; not checked.
    settings : KeySettings
        Efficiency f, epsilon_cor and the option ``leak_model``; a measured leak is left to the caller.

    Returns
    -------
    float or ndarray, shape (...)
        f n h(m / n); with the leak model "tomamichel" no less than ``tomamichel_leak_bits``.
    """
    rate = errors / larger(clicks, 1e-300)
    planned = settings.error_correction_efficiency * (clicks * entropy_bits(rate))
    if settings.options.leak_model == "tomamichel":
        least = tomamichel_leak_bits(clicks=clicks, error_rate=rate, epsilon_cor=settings.epsilon_cor)
        return larger(planned, float(least) if isinstance(clicks, float) else least)
    return planned


def tomamichel_leak_bits(*, clicks: ArrayLike, error_rate: ArrayLike, epsilon_cor: float) -> FloatArray:
    """Finite-block estimate of the bits that one-way error correction must tell [bit], as SatQuMA 2.0.0 codes it.

    Parameters
    ----------
    clicks : array_like, shape (...)
        Block length n [bit], >= 0.
    error_rate : array_like, shape (...)
        Share of errors q [1], in [0, 1].
    epsilon_cor : float
        Correctness failure probability [1], in (0, 1).

    Returns
    -------
    ndarray, shape (...)
        n h(q) + [n (1 - q) - F - 1] ln((1 - q) / q) - ln(n) / 2 - ln(1 / epsilon_cor) [bit], F the quantile of the
        number of right bits, Binomial(floor(n), 1 - q), at epsilon_cor (1 + 1 / sqrt(n)); 0 without errors or clicks.

    Raises
    ------
    DomainError
        If clicks are negative, the rate lies outside [0, 1] or epsilon_cor outside (0, 1).

    Notes
    -----
    Source: Tomamichel, Martinez-Mateo, Pacher, Elkouss, Quantum Inf. Process. 16, 280 (2017), eq. 6; formula taken
    from the code of SatQuMA, which takes natural logarithms in all terms but the first. With logarithms to base 2
    throughout the second term would be 1.44 times as large; kept as coded, because it is there to reproduce that code.
    """
    within("clicks", clicks, 0.0, np.inf, ends="[)")
    within("error_rate", error_rate, 0.0, 1.0)
    within("epsilon_cor", epsilon_cor, 0.0, 1.0, ends="()")
    n, q = np.asarray(clicks, dtype=float), np.asarray(error_rate, dtype=float)
    told = (n >= 1.0) & (q > 0.0) & (q < 1.0)
    size, rate = np.where(told, n, 1.0), np.where(told, q, 0.5)
    right = _binomial_quantile(
        np.minimum(epsilon_cor * (1.0 + 1.0 / np.sqrt(size)), _BELOW_ONE), np.floor(size), 1.0 - rate
    )
    odds = np.log1p(-rate) - np.log(rate)
    finite = (size * (1.0 - rate) - right - 1.0) * odds - 0.5 * np.log(size) + np.log(epsilon_cor)
    return np.where(told, size * entropy_in_range(rate) + finite, 0.0)


def _binomial_quantile(probability: FloatArray, trials: FloatArray, share: FloatArray) -> FloatArray:
    """Smallest whole number that a binomial variable does not exceed with at least that probability (below 1)."""
    found = np.minimum(np.maximum(np.ceil(bdtrik(probability, trials, share)), 0.0), trials)
    lower = np.maximum(found - 1.0, 0.0)
    return np.where(betainc(trials - lower, lower + 1.0, 1.0 - share) >= probability, lower, found)
