"""Two-decoy bounds of Lim et al. 2014: what the counts at several intensities say about vacuum and single photons.

All bounds are in counts, not in rates per pulse: the number of pulses cancels. The last axis of every array is the
intensity, largest first. Nothing here knows of bases, keys or failure probabilities: the caller brings the lower and
upper limits of the counts.

``TwoDecoys`` holds what the formulas need of the source, worked out once for any number of sources side by side; its
methods are the formulas and check nothing. The functions below are their checked doors.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import factorial

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, freeze, within
from passplan.errors import DomainError
from passplan.qkd.elementwise import Condition, Numbers, either, split

_LEAST_STEP = 1e-9  # of the signal intensity: nearer to each other the decoys tell nothing of single photons

Three = tuple[Numbers, ...]  # one entry an intensity, as ``split`` leaves them
Limits = FloatArray | Three


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoDecoys:
    """Sources of three intensities mu1 > mu2 > mu3 as eq. 2 to 4 need them, arrays of shape (...), or floats of one.

    mu1, mu2, mu3 : mean photons of a pulse [1]
    tau0, tau1 : shares of pulses with no photon and with one [1]
    weight : exp(k) / p_k, array of shape (..., 3) [1]
    weights : the same taken apart
    suits : see ``tells_photons_apart``; where not, the bounds mean nothing, but are finite
    all_suit : whether every one does
    gap, spread : denominators mu2 - mu3 and mu1 (mu2 - mu3) - mu2^2 + mu3^2 [1]; 1 where the source does not suit
    several : weight of pulses with more photons, (mu2^2 - mu3^2) / mu1^2 [1]
    single_factor : tau1 mu1 [1]
    """

    mu1: Numbers
    mu2: Numbers
    mu3: Numbers
    tau0: Numbers
    tau1: Numbers
    weight: FloatArray
    weights: Three
    suits: Condition
    all_suit: bool
    gap: Numbers
    spread: Numbers
    several: Numbers
    single_factor: Numbers

    def vacuum(self, lower: Limits, upper: Limits) -> Numbers:
        """Fewest counts from empty pulses, eq. 2, of reduced limits (..., 3) or their parts; may be negative."""
        low, high = _parts(lower), _parts(upper)
        return self.tau0 * (self.mu2 * low[2] - self.mu3 * high[1]) / self.gap

    def single(self, lower: Limits, upper: Limits, vacuum: Numbers) -> Numbers:
        """Fewest counts from single photons, eq. 3, of reduced limits and vacuum counts; may be negative."""
        low, high = _parts(lower), _parts(upper)
        several = self.several * (high[0] - vacuum / self.tau0)
        return self.single_factor * (low[1] - high[2] - several) / self.spread

    def errors(self, lower: Limits, upper: Limits) -> Numbers:
        """Most errors of single photons, eq. 4, of reduced limits (..., 3) of the errors; may be negative."""
        return self.tau1 * (_parts(upper)[1] - _parts(lower)[2]) / self.gap


def tells_photons_apart(mu1: Numbers, mu2: Numbers, mu3: Numbers) -> Condition:
    """Whether mu1 > mu2 + mu3 and mu2 > mu3 [mean photons] by more than rounding, so that eq. 2 to 4 divide by no 0."""
    least = _LEAST_STEP * mu1
    return (mu2 - mu3 > least) & (mu1 - mu2 - mu3 > least)


def two_decoys(*, intensities: FloatArray, probabilities: FloatArray) -> TwoDecoys:
    """What eq. 2 to 4 need of sources with these mean photons [1] and shares [1], both of shape (..., 3).

    Nothing is refused: an optimiser asks about any source; see ``TwoDecoys.suits``.
    """
    growth = np.exp(intensities)
    decayed = probabilities / growth
    mu1, mu2, mu3 = split(intensities)
    empty1, empty2, empty3 = split(decayed)
    suits = tells_photons_apart(mu1, mu2, mu3)
    gap = mu2 - mu3
    spread = gap * (mu1 - mu2 - mu3)  # of mu1 (mu2 - mu3) - mu2^2 + mu3^2 nothing but rounding is left near its zero
    all_suit = suits if isinstance(suits, bool) else bool(suits.all())
    if not all_suit:
        gap, spread, mu1 = either(suits, gap, 1.0), either(suits, spread, 1.0), either(suits, mu1, 1.0)
    tau1 = empty1 * mu1 + empty2 * mu2 + empty3 * mu3
    weight = growth / probabilities
    return TwoDecoys(
        mu1=mu1,
        mu2=mu2,
        mu3=mu3,
        tau0=empty1 + empty2 + empty3,
        tau1=tau1,
        weight=weight,
        weights=split(weight),
        suits=suits,
        all_suit=all_suit,
        gap=gap,
        spread=spread,
        several=(mu2**2 - mu3**2) / mu1**2,
        single_factor=tau1 * mu1,
    )


def _parts(limits: Limits) -> Three:
    return limits if isinstance(limits, tuple) else (limits[..., 0], limits[..., 1], limits[..., 2])


@lru_cache(maxsize=64)  # the blocks of a pass, or of a year of passes, come from one source
def two_decoys_of_one(intensities: tuple[float, ...], probabilities: tuple[float, ...]) -> TwoDecoys:
    """``two_decoys`` of one source: three mean photons [1] and three shares [1]."""
    source = two_decoys(intensities=np.array(intensities), probabilities=np.array(probabilities))
    freeze(source.weight)
    return source


def photon_share(*, intensities: ArrayLike, probabilities: ArrayLike, photons: int) -> FloatArray:
    """Share tau_n = sum_k p_k exp(-k) k^n / n! of pulses that carry n photons [1], summed over the last axis.

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
    return np.sum(p * np.exp(-k) * k**photons, axis=-1) / factorial(photons)


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
    intensities, probabilities : array_like, shape (K,) or (..., K)
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
    intensities, probabilities : array_like, shape (3,) or (..., 3)
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
    source = _checked(intensities, probabilities)
    bound = np.asarray(source.vacuum(np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)))
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
    intensities, probabilities : array_like, shape (3,) or (..., 3)
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
    source = _checked(intensities, probabilities)
    found = source.single(
        np.asarray(lower, dtype=float), np.asarray(upper, dtype=float), np.asarray(vacuum, dtype=float)
    )
    return np.asarray(found)


def single_photon_errors_upper(
    *, lower: ArrayLike, upper: ArrayLike, intensities: ArrayLike, probabilities: ArrayLike
) -> FloatArray:
    """Most errors that single-photon pulses can have made, two decoys.

    Parameters
    ----------
    lower, upper : array_like, shape (..., 3)
        Reduced limits of the error counts (see ``reduced_limits``).
    intensities, probabilities : array_like, shape (3,) or (..., 3)
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
    source = _checked(intensities, probabilities)
    return np.maximum(source.errors(np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)), 0.0)


def _checked(intensities: ArrayLike, probabilities: ArrayLike) -> TwoDecoys:
    mu = np.asarray(intensities, dtype=float)
    three = mu[..., :3] if mu.ndim and mu.shape[-1] == 3 else np.full((1, 3), np.nan)
    good = np.asarray(tells_photons_apart(three[..., 0], three[..., 1], three[..., 2])) & (three[..., 2] >= 0.0)
    if not np.all(good):
        worst = mu if mu.ndim < 2 else mu.reshape(-1, mu.shape[-1])[np.argmin(np.ravel(good))]
        shown = ", ".join(f"{k:g}" for k in np.atleast_1d(worst))
        raise DomainError(f"intensities are {shown}; two decoys need mu1 > mu2 > mu3 >= 0 and mu1 > mu2 + mu3")
    within("probabilities", probabilities, 0.0, 1.0, ends="()")
    return two_decoys(intensities=mu, probabilities=np.asarray(probabilities, dtype=float))
