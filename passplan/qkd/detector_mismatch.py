"""Unequal detectors: what a basis that clicks more readily than the other costs, after Tupkary et al.

Two numbers carry it. ``delta1`` bounds how far the test of one basis may misjudge the phase error of the other,
``delta2`` how far the sets of clicks themselves may differ. Both are 0 for detectors that are alike.

Source: Tupkary, Nahar, Sinha, Luetkenhaus, Quantum 9, 1937 (2025), arXiv 2408.17349; formulas taken from the authors'
code (not from the text of the paper), and written anew.
"""

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within

_TINY = 1e-200  # a probability no smaller keeps the ratio of excess to probability finite
_NEWTON_STEPS = 25  # each step stays on the safe side, so stopping early is loose, never wrong


def mismatch_deltas(
    *, efficiency_spread: float, dark_count_spread: float, dark_count_probability: float, swapped: bool
) -> tuple[float, float]:
    """The pair (delta1, delta2) [1] of a receiver with actively chosen basis and two detectors.

    Parameters
    ----------
    efficiency_spread : float
        Largest relative deviation of a detector's efficiency from the common value [1], in [0, 1).
    dark_count_spread : float
        Largest relative deviation of a detector's dark counts from the common value [1], in [0, 1).
    dark_count_probability : float
        Probability of a dark count in a detection window, one detector [1], in [0, 0.5].
    swapped : bool
        Whether the two detectors trade places at random, pulse by pulse.

    Returns
    -------
    tuple of float
        delta1 and delta2 [1], each held at or below 1, where no key is left anyway.

    Raises
    ------
    DomainError
        If a share lies outside its range.

    Notes
    -----
    With r = (1 - s)/(1 + s) the ratio of efficiencies, d the least dark count probability and x = (1 - d)^2 (1 - r):
    delta1 = 4 (1 - sqrt(1 - x)) and delta2 = x, or the same of the clicks without photons where that is more; swapped,
    x is (1 - d)^2 (1 - r)^2 / 2 and the clicks without photons drop out. Formulas taken from the authors' code. A
    receiver whose basis is chosen by a beam splitter has four detectors and is not covered by them.
    """
    within("efficiency_spread", efficiency_spread, 0.0, 1.0, ends="[)")
    within("dark_count_spread", dark_count_spread, 0.0, 1.0, ends="[)")
    within("dark_count_probability", dark_count_probability, 0.0, 0.5)
    least, most = (dark_count_probability * (1.0 + sign * dark_count_spread) for sign in (-1.0, 1.0))
    apart = 1.0 - (1.0 - efficiency_spread) / (1.0 + efficiency_spread)
    if swapped:
        lost = 0.5 * ((1.0 - least) * apart) ** 2
        return min(4.0 * (1.0 - sqrt(1.0 - lost)), 1.0), lost
    lost = (1.0 - least) ** 2 * apart
    ratio = (1.0 - dark_count_spread) / (1.0 + dark_count_spread)  # of dark counts, least over most
    empty = 1.0 - ratio * (2.0 - least) / (2.0 - most)
    return min(max(empty / ratio, 4.0 * (1.0 - sqrt(1.0 - lost))), 1.0), max(empty, lost)


def ratio_deltas(*, efficiency_ratio: float) -> tuple[float, float]:
    """The pair (delta1, delta2) [1] of two detectors whose efficiencies stand in a known ratio, dark counts alike.

    Parameters
    ----------
    efficiency_ratio : float
        Efficiency of the weaker detector over that of the stronger [1], in (0, 1].

    Returns
    -------
    tuple of float
        delta1 = 4 (1 - sqrt r), held at 1, and delta2 = 1 - r.

    Raises
    ------
    DomainError
        If the ratio lies outside its range.

    Notes
    -----
    ``mismatch_deltas`` for the spread s = (1 - r)/(1 + r), at which both detectors stand at the ends of what it allows,
    detectors that do not trade places, and equal dark counts, of which more would only make both deltas smaller.
    """
    within("efficiency_ratio", efficiency_ratio, 0.0, 1.0, ends="(]")
    return min(4.0 * (1.0 - sqrt(efficiency_ratio)), 1.0), 1.0 - efficiency_ratio


def binomial_excess(*, trials: ArrayLike, share: ArrayLike, epsilon: float) -> FloatArray:
    """By how much a binomial share may exceed its mean, up to a probability of epsilon squared.

    Parameters
    ----------
    trials : array_like, shape (...)
        Number of trials n [1], > 0; rounded down, but to no less than 1.
    share : array_like, shape (...)
        Probability p of one trial [1], in [0, 1].
    epsilon : float
        Square root of the failure probability [1], in (0, 1).

    Returns
    -------
    ndarray, shape (...)
        Excess c [1], in [0, 1 - p], with P(X >= n (p + c)) <= epsilon^2; 0 where p is 0 or 1.

    Raises
    ------
    DomainError
        If an input lies outside its range.

    Notes
    -----
    n D(p + c || p) = 2 ln(1/epsilon), D the relative entropy: the bound of Chernoff, never looser than Hoeffding's
    c = sqrt(ln(1/epsilon) / n), from which Newton's steps come down. The authors' code inverts the binomial sum where
    epsilon^2 exceeds 1e-16 and takes Hoeffding's bound below that; this one lies between the two and holds to 1e-30.
    Where even n successes of n are likelier than epsilon^2, c = 1 - p.
    """
    within("trials", trials, 0.0, np.inf, ends="()")
    within("share", share, 0.0, 1.0)
    within("epsilon", epsilon, 0.0, 1.0, ends="()")
    shown = np.asarray(share, dtype=float)
    n = np.maximum(np.floor(np.asarray(trials, dtype=float)), 1.0)
    mixed = (shown > 0.0) & (shown < 1.0)
    p, n = np.broadcast_arrays(np.where(mixed, np.maximum(shown, _TINY), 0.5), n)
    aim = -2.0 * np.log(epsilon) / n  # relative entropy that the excess must reach
    within_reach = aim < -np.log(p)
    nearly_all = (1.0 - p) * (1.0 - 1e-12)
    c = np.minimum(np.sqrt(0.5 * aim), nearly_all)
    for _ in range(_NEWTON_STEPS):
        up, down = np.log1p(c / p), np.log1p(-c / (1.0 - p))
        step = ((p + c) * up + (1.0 - p - c) * down - aim) / (up - down)
        c = c - np.maximum(step, 0.0)
        if np.all(step <= 1e-12 * c):
            break
    return np.where(mixed, np.where(within_reach, c, 1.0 - p), 0.0)
