"""Two-decoy bounds of Lim et al. 2014: what the counts at several intensities say about vacuum and single photons.

All bounds are in counts, not in rates per pulse: the number of pulses cancels. The last axis of every array is the
intensity, largest first. Nothing here knows of bases, keys or failure probabilities: the caller brings the lower and
upper limits of the counts.
"""

from math import factorial

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.errors import DomainError


def photon_share(*, intensities: ArrayLike, probabilities: ArrayLike, photons: int) -> float:
    """Share tau_n = sum_k p_k exp(-k) k^n / n! of pulses that carry n photons [1], over all intensities, shape (K,).

    Raises
    ------
    DomainError
        If an intensity is negative or a probability lies outside (0, 1).

    Notes
    -----
    Poissonian light with random phase. Source: Lim et al., PRA 89, 022307 (2014), below eq. 2.
    """
    within("intensities", intensities, 0.0, np.inf, ends="[)")
    within("probabilities", probabilities, 0.0, 1.0, ends="()")
    k, p = np.asarray(intensities, dtype=float), np.asarray(probabilities, dtype=float)
    return float(np.sum(p * np.exp(-k) * k**photons) / factorial(photons))


def reduced_limits(
    *,
    counts: ArrayLike,
    deviation: ArrayLike,
    intensities: ArrayLike,
    probabilities: ArrayLike,
    clip_negative: bool,
) -> tuple[FloatArray, FloatArray]:
    """Lower and upper reduced counts n-+_k = exp(k) / p_k * (n_k -+ deviation), Lim 2014 above eq. 2.

    Parameters
    ----------
    counts : array_like, shape (..., K)
        Counts of each intensity [1], >= 0.
    deviation : array_like, broadcast with counts
        Half-width of the interval [counts], >= 0.
    intensities, probabilities : array_like, shape (K,)
        Mean photon numbers [1] and the shares [1] with which they are sent.
    clip_negative : bool
        Raise negative lower limits to 0; counts cannot be negative, so the bound stays valid.

    Returns
    -------
    tuple of ndarray, shape (..., K)
        Lower and upper reduced counts.

    Raises
    ------
    DomainError
        If counts or deviation are negative or nan.
    """
    within("counts", counts, 0.0, np.inf, ends="[)")
    within("deviation", deviation, 0.0, np.inf, ends="[)")
    weight = np.exp(np.asarray(intensities, dtype=float)) / np.asarray(probabilities, dtype=float)
    n = np.asarray(counts, dtype=float)
    lower, upper = weight * (n - deviation), weight * (n + deviation)
    return (np.maximum(lower, 0.0) if clip_negative else lower), upper


def vacuum_lower(
    *, lower: ArrayLike, upper: ArrayLike, intensities: ArrayLike, probabilities: ArrayLike, clip_negative: bool
) -> FloatArray:
    """Fewest counts that came from empty pulses, two decoys.

    Parameters
    ----------
    lower, upper : array_like, shape (..., 3)
        Reduced count limits (see ``reduced_limits``).
    intensities, probabilities : array_like, shape (3,)
        Mean photon numbers [1], mu1 > mu2 > mu3 >= 0 and mu1 > mu2 + mu3, and their shares [1].
    clip_negative : bool
        Raise a negative bound to 0.

    Returns
    -------
    ndarray, shape (...)
        s_0 = tau_0 (mu2 n-_3 - mu3 n+_2) / (mu2 - mu3) [counts].

    Raises
    ------
    DomainError
        If the intensities are not ordered as stated.

    Notes
    -----
    Source: Lim et al., PRA 89, 022307 (2014), eq. 2.
    """
    _, mu2, mu3 = _two_decoys(intensities)
    low, high = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    tau0 = photon_share(intensities=intensities, probabilities=probabilities, photons=0)
    bound = tau0 * (mu2 * low[..., 2] - mu3 * high[..., 1]) / (mu2 - mu3)
    return np.maximum(bound, 0.0) if clip_negative else bound


def single_photon_lower(
    *, lower: ArrayLike, upper: ArrayLike, vacuum: ArrayLike, intensities: ArrayLike, probabilities: ArrayLike
) -> FloatArray:
    """Fewest counts that came from single-photon pulses, two decoys; may be negative when the data say nothing.

    Parameters
    ----------
    lower, upper : array_like, shape (..., 3)
        Reduced count limits (see ``reduced_limits``).
    vacuum : array_like, shape (...)
        Lower bound of the vacuum counts [1] (see ``vacuum_lower``).
    intensities, probabilities : array_like, shape (3,)
        As for ``vacuum_lower``.

    Returns
    -------
    ndarray, shape (...)
        s_1 = tau_1 mu1 [n-_2 - n+_3 - (mu2^2 - mu3^2) / mu1^2 (n+_1 - s_0 / tau_0)]
        / [mu1 (mu2 - mu3) - mu2^2 + mu3^2] [counts].

    Raises
    ------
    DomainError
        If the intensities are not ordered as stated.

    Notes
    -----
    Source: Lim et al., PRA 89, 022307 (2014), eq. 3.
    """
    mu1, mu2, mu3 = _two_decoys(intensities)
    low, high = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    tau0 = photon_share(intensities=intensities, probabilities=probabilities, photons=0)
    tau1 = photon_share(intensities=intensities, probabilities=probabilities, photons=1)
    several = (mu2**2 - mu3**2) / mu1**2 * (high[..., 0] - np.asarray(vacuum, dtype=float) / tau0)
    return tau1 * mu1 * (low[..., 1] - high[..., 2] - several) / (mu1 * (mu2 - mu3) - mu2**2 + mu3**2)


def single_photon_errors_upper(
    *, lower: ArrayLike, upper: ArrayLike, intensities: ArrayLike, probabilities: ArrayLike
) -> FloatArray:
    """Most errors that single-photon pulses can have made, two decoys.

    Parameters
    ----------
    lower, upper : array_like, shape (..., 3)
        Reduced limits of the error counts (see ``reduced_limits``).
    intensities, probabilities : array_like, shape (3,)
        As for ``vacuum_lower``.

    Returns
    -------
    ndarray, shape (...)
        v_1 = tau_1 (m+_2 - m-_3) / (mu2 - mu3) [counts], raised to 0 if negative.

    Raises
    ------
    DomainError
        If the intensities are not ordered as stated.

    Notes
    -----
    Source: Lim et al., PRA 89, 022307 (2014), eq. 4.
    """
    _, mu2, mu3 = _two_decoys(intensities)
    low, high = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    tau1 = photon_share(intensities=intensities, probabilities=probabilities, photons=1)
    return np.maximum(tau1 * (high[..., 1] - low[..., 2]) / (mu2 - mu3), 0.0)


def _two_decoys(intensities: ArrayLike) -> tuple[float, float, float]:
    mu = [float(k) for k in np.asarray(intensities, dtype=float)]
    if len(mu) != 3 or not (mu[0] > mu[1] > mu[2] >= 0.0 and mu[0] > mu[1] + mu[2]):
        shown = ", ".join(f"{k:g}" for k in mu)
        raise DomainError(f"intensities are {shown}; two decoys need mu1 > mu2 > mu3 >= 0 and mu1 > mu2 + mu3")
    return mu[0], mu[1], mu[2]
