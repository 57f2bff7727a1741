"""One-decoy bounds: what the counts at two intensities say about vacuum and single photons.

All bounds are in counts, not in rates per pulse: the number of pulses cancels. Every number here is a plain float or an
array of one shape (...). With two intensities alone the vacuum is not measured: an upper limit comes from the errors,
for empty pulses are wrong half of the time. So the errors of the key basis must be known, which they are once they were
corrected. Nothing here knows of bases or keys.

Source of all formulas: Rusca, Boaron, Gruenenfelder, Martin, Zbinden, APL 112, 171104 (2018), (A16)-(A22), taken from a
transcription and from a machine-checked evaluation; (A18) as printed lacks the weight exp(k) / p_k.
"""

from math import log
from typing import NamedTuple

from passplan.checks import one_of
from passplan.qkd.elementwise import Numbers, exponential, larger, root, smaller

# What stands before total * ln(1 / epsilon) under the root of a deviation. Hoeffding: labels drawn independently given
# the detections. Azuma: a martingale of differences up to 1 either way, for detections that may depend on the past.
DEVIATION_FACTORS = {"hoeffding": 0.5, "azuma": 2.0}


class Source(NamedTuple):
    """What the bounds need of the two intensities.

    strong, weak : mean photons of the two pulses [1], strong > weak > 0
    strong_weight, weak_weight : exp(k) / p_k [1]
    empty, one : share of pulses with no photon and with one, tau_0 and tau_1 [1]
    gap : strong - weak [1]
    share : (weak / strong)^2 [1]
    """

    strong: Numbers
    weak: Numbers
    strong_weight: Numbers
    weak_weight: Numbers
    empty: Numbers
    one: Numbers
    gap: Numbers
    share: Numbers


class Limits(NamedTuple):
    """Reduced limits n-+_k = exp(k) / p_k * (n_k -+ deviation) of counts [counts], those that the bounds need."""

    strong_upper: Numbers
    weak_lower: Numbers
    weak_upper: Numbers


def source_of(*, strong: Numbers, weak: Numbers, strong_share: Numbers, weak_share: Numbers) -> Source:
    """Source of two intensities [mean photons] and the shares of pulses [1] sent at each.

    Notes
    -----
    tau_n = sum_k p_k exp(-k) k^n / n!. Nothing is checked: the bounds hold for strong > weak > 0 alone.
    """
    strong_dark, weak_dark = strong_share * exponential(-strong), weak_share * exponential(-weak)
    ratio = weak / strong
    return Source(
        strong=strong,
        weak=weak,
        strong_weight=1.0 / strong_dark,
        weak_weight=1.0 / weak_dark,
        empty=strong_dark + weak_dark,
        one=strong * strong_dark + weak * weak_dark,
        gap=strong - weak,
        share=ratio * ratio,
    )


def label_deviation(*, total: Numbers, epsilon: float, concentration: str) -> Numbers:
    """Deviation of the counts of one intensity from their mean, given the total of both [counts].

    Parameters
    ----------
    total : float or ndarray, shape (...)
        Counts of both intensities together in one basis [1], >= 0.
    epsilon : float
        Failure probability of this one-sided bound [1], in (0, 1).
    concentration : str
        "hoeffding", sqrt(total / 2 * ln(1 / epsilon)), or "azuma", sqrt(2 total * ln(1 / epsilon)).

    Raises
    ------
    UnknownName
        If the concentration is another one.
    """
    if concentration not in DEVIATION_FACTORS:
        one_of("options.concentration of a one-decoy proof", concentration, DEVIATION_FACTORS)
    return root(-DEVIATION_FACTORS[concentration] * log(epsilon) * total)


def limits_of(
    *, strong: Numbers, weak: Numbers, deviation: Numbers, source: Source, floor: bool, ceiling: bool
) -> Limits:
    """Reduced limits of counts.

    Parameters
    ----------
    strong, weak : float or ndarray, shape (...)
        Counts at either intensity [1].
    deviation : float or ndarray, shape (...)
        Half-width of the interval [counts].
    source : Source
        The two intensities.
    floor, ceiling : bool
        Hold lower limits at or above 0; hold upper ones at or below the counts of both. Either is true of any counts.
    """
    strong_upper, weak_lower, weak_upper = strong + deviation, weak - deviation, weak + deviation
    if floor:
        weak_lower = larger(weak_lower, 0.0)
    if ceiling:
        strong_upper, weak_upper = smaller(strong_upper, strong + weak), smaller(weak_upper, strong + weak)
    return Limits(source.strong_weight * strong_upper, source.weak_weight * weak_lower, source.weak_weight * weak_upper)


def vacuum_lower(*, clicks: Limits, source: Source) -> Numbers:
    """Fewest clicks from empty pulses, s_0 = tau_0 (mu1 n-_2 - mu2 n+_1) / (mu1 - mu2) [counts]; may be negative."""
    told = source.strong * clicks.weak_lower - source.weak * clicks.strong_upper
    return source.empty * told / source.gap


def vacuum_upper(*, errors: Limits, deviation: Numbers, source: Source, best_of_both: bool) -> Numbers:
    """Most clicks that empty pulses can have made, s_0 = 2 (tau_0 m+_k + deviation) [counts].

    Parameters
    ----------
    errors : Limits
        Reduced limits of the errors of the same basis.
    deviation : float or ndarray, shape (...)
        Deviation of the clicks of that basis [counts]: the errors of empty pulses scatter about one half.
    source : Source
        The two intensities.
    best_of_both : bool
        Take the smaller bound of both intensities (Wiesemann et al.), not that of the weak one alone (Rusca et al.).
    """
    most = smaller(errors.strong_upper, errors.weak_upper) if best_of_both else errors.weak_upper
    return 2.0 * (source.empty * most + deviation)


def single_photon_lower(*, clicks: Limits, vacuum: Numbers, source: Source) -> Numbers:
    """Fewest clicks from single photons [counts]; negative when the counts say nothing.

    Parameters
    ----------
    clicks : Limits
        Reduced limits of the clicks.
    vacuum : float or ndarray, shape (...)
        Most clicks from empty pulses in the same basis [counts].
    source : Source
        The two intensities.

    Notes
    -----
    s_1 = tau_1 mu1 / (mu2 (mu1 - mu2)) [n-_2 - (mu2 / mu1)^2 n+_1 - (1 - (mu2 / mu1)^2) s_0 / tau_0].
    """
    share = source.share
    told = clicks.weak_lower - share * clicks.strong_upper - (1.0 - share) * vacuum / source.empty
    return source.one * source.strong / (source.weak * source.gap) * told


def single_photon_errors_upper(*, errors: Limits, source: Source) -> Numbers:
    """Most errors of single photons, v_1 = tau_1 (m+_1 - m-_2) / (mu1 - mu2) [counts]; never below 0."""
    told = errors.strong_upper - errors.weak_lower
    return larger(source.one * told / source.gap, 0.0)
