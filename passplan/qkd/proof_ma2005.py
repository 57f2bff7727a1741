"""The 2017 way: Ma et al. 2005 with vacuum and one weak decoy, and a standard-error analysis.

Kept to compare with what the Micius mission printed, not to make keys: the analysis is Gaussian, assumes the same
attack on every pulse, and its result is not composable. The exact formulas of the 2017 Methods section could not be
read; only "failure probability 1e-9" and "intensity fluctuation below 5 %" are known.

Why the 300,939 bits printed for the reference pass are not met exactly: with 6 sigma, the worst corner of 5 % and a
Hamming-type correction that tells f = 1.4 times the entropy, the model of that pass gives 337,420 bits, 12 % more;
300,939 would need f of about 1.65. The counts at each intensity (extended data table 4 of the paper) could not be read
either. The sifted bits and the error rate of the model are those printed, so what differs can only be the decoy counts,
the efficiency of the correction or the way in which fluctuations were added up.
"""

from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from passplan.checks import FloatArray
from passplan.errors import DomainError
from passplan.qkd.block import Blocks, Terms
from passplan.qkd.cautions import option_cautions, unused_options
from passplan.qkd.counts import Counts
from passplan.qkd.elementwise import (
    Condition,
    Numbers,
    Parts,
    either,
    entropy_bits,
    larger,
    log_above_one,
    parts_of,
    parts_of_one,
    root,
    smaller,
    split,
)
from passplan.qkd.key_record import Found, KeyLength, bounds_of, whole_bits
from passplan.qkd.leakage import leak_cautions, leak_efficiency
from passplan.qkd.settings import KeySettings
from passplan.qkd.source_flaws import flaw_assumptions, phase_error_of_leaky_source
from passplan.qkd.statistics import normal_quantile, normal_tail
from passplan.qkd.weak_decoy import intensity_corners, weak_decoy_error_yield, weak_decoy_single_photons

NAME = "ma2005_sigma"
REFERENCE = "Ma, Qi, Zhao, Lo, PRA 72, 012326 (2005), vacuum + weak decoy (formula taken second-hand)"
ASSUMPTIONS = (
    "legacy reproduction of the 2017 analysis: not composable, Gaussian statistics, the same attack on every pulse",
    "phase-randomised weak pulses; intensities anywhere within the stated spread, constant over the block",
    "both bases pooled: same detection probability and same single-photon error rate in both",
    "key from the signal intensity alone; background wrong half of the time",
)
PERFECT_STATES = "perfect BB84 states without side channels"
LEAKY_STATES = "single photons betray their basis no more than the stated basis_fidelity (quantum coin, many pulses)"
_LARGEST_PHASE_ERROR = 0.5
_TAKEN = {False: ("pool_errors",), True: ("pool_errors", "intensity_spread_corners")}  # corners always, never none
_LARGEST_EPSILON = 0.5  # its quantile is no standard deviation


def ma2005_sigma(counts: Counts, *, settings: KeySettings) -> KeyLength:
    """Key length of the signal clicks of both bases, worst corner of the intensity tolerance.

    Parameters
    ----------
    counts : Counts
        Three intensities: signal, weak decoy, vacuum (exactly 0).
    settings : KeySettings
        Uses sigmas, intensity_spread, basis_fidelity with matched_pulses, error_correction_efficiency (or the measured
        leak [bit] of the signal clicks of both bases), and of the options pool_errors alone. Without ``sigmas`` the
        one-sided normal quantile of epsilon_sec is taken (5.9978 for 1e-9), which must not exceed 1/2 then.
        epsilon_cor does not enter.

    Returns
    -------
    KeyLength
        l = p_mu mu e^-mu Y_1 (1 - h(e_1)) - leak [bit], counts in the place of rates. ``vacuum_lower`` is None: vacuum
        clicks are not credited. The other bounds are those of the worst corner.

    Raises
    ------
    DomainError
        Unless the intensities are signal > decoy > vacuum = 0, also at the ends of their tolerance; if a
        basis_fidelity below 1 comes without matched_pulses, or with fewer than the clicks; if the quantile of
        epsilon_sec would be negative.

    Notes
    -----
    Each observed count n stands for the worst of n -+ sigmas sqrt(n): vacuum clicks high in Y_1 and low in e_1, as if
    independent. The leak is that of the observed signal errors. Background wrong by one half is taken from the vacuum
    clicks, not from their errors. No correction for finite privacy amplification. A basis fidelity below 1 raises e_1
    (see ``leaky_phase_error``).
    """
    if not suits_ma2005(counts):
        shown = ", ".join(f"{k:g}" for k in counts.intensities)
        raise DomainError(f"intensities are {shown}; ma2005_sigma needs signal, weak decoy and vacuum, the last 0")
    signal, decoy, _ = counts.intensities
    _factors_of_one(signal, decoy, counts.probabilities[0], settings.intensity_spread)  # refuses an overlap
    clicks = counts.key_basis.total_clicks + counts.test_basis.total_clicks
    if _is_leaky(settings) and settings.matched_pulses is not None and settings.matched_pulses < clicks:
        raise DomainError(
            f"KeySettings.matched_pulses is {settings.matched_pulses:g}, must be >= the clicks of both bases, "
            f"{clicks:g}"
        )
    parts = parts_of_one(counts)
    found = _found(counts.intensities, counts.probabilities, parts, settings)
    real, leak, entropy = float(found.real), float(found.leak), float(_entropy_bits(parts))
    sigmas = _sigmas(settings)
    options: dict[str, str | float | bool] = {
        "sigmas": sigmas,
        "intensity_spread": settings.intensity_spread,
        "pool_errors": bool(settings.options.pool_errors),
    }
    if settings.basis_fidelity is not None:
        options["basis_fidelity"] = settings.basis_fidelity
    return KeyLength(
        proof=NAME,
        secret_bits=whole_bits(real),
        secret_bits_real=real,
        bounds=bounds_of(found) | {"vacuum_lower": None},
        leak_bits=leak,
        epsilon={"each_bound": _tail(sigmas)},
        error_correction_efficiency=leak_efficiency(leak=leak, entropy_bits=entropy),
        assumptions=(*_assumptions(settings), *leak_cautions(leak=leak, entropy_bits=entropy, settings=settings)),
        reference=REFERENCE,
        options=options,
    )


def ma2005_sigma_terms(blocks: Blocks, *, settings: KeySettings) -> Terms:
    """Bounds [counts] and length [bit] of blocks, each array of shape (...); see ``ma2005_sigma``.

    Raises
    ------
    DomainError
        If a basis_fidelity below 1 comes without matched_pulses, or the quantile of epsilon_sec would be negative;
        never for the blocks.

    Notes
    -----
    ``single`` and ``wrong`` belong to the signal clicks of both bases, which are key and test at once. ``tested`` is
    what the counts of one basis alone prove of its signal clicks, of the basis that proves less: a plan that leaves one
    of them empty tests nothing, whatever the sums say. A block without key (length <= 0) whose phase error lies above
    1/2, or that lacks single photons, has its clicks times ln(1 + excess) taken off ``real``, so that a search knows
    which way the key lies. Intensities that overlap within their tolerance, a third one above 0, or a basis without
    decoy clicks prove nothing.
    """
    return _found(split(blocks.intensities), split(blocks.probabilities), parts_of(blocks), settings).terms


def suits_ma2005(counts: Counts) -> bool:
    """Say whether the source sends signal, one weak decoy and vacuum (exactly 0 mean photons)."""
    return len(counts.intensities) == 3 and counts.intensities[2] == 0.0


def _sigmas(settings: KeySettings) -> float:
    return settings.sigmas if settings.sigmas is not None else _quantile(settings.epsilon_sec)


@lru_cache(maxsize=64)  # these four: a pass, a search or a year asks with the same numbers again and again
def _quantile(epsilon: float) -> float:
    if epsilon > _LARGEST_EPSILON:
        raise DomainError(
            f"KeySettings.epsilon_sec is {epsilon:g}, must be <= {_LARGEST_EPSILON:g} for ma2005_sigma, which takes "
            "its normal quantile for sigmas; or give KeySettings.sigmas"
        )
    return float(normal_quantile(epsilon=epsilon)) + 0.0  # at one half 0, not -0


@lru_cache(maxsize=64)
def _tail(sigmas: float) -> float:
    return float(normal_tail(sigmas=sigmas))


@lru_cache(maxsize=64)
def _assumptions(settings: KeySettings) -> tuple[str, ...]:
    return (
        *ASSUMPTIONS,
        LEAKY_STATES if _is_leaky(settings) else PERFECT_STATES,
        *flaw_assumptions(settings, covered=("intensity_spread", "basis_leakage"), needs_empty_vacuum=True),
        *unused_options(settings.options, taken=_TAKEN[bool(settings.options.intensity_spread_corners)], proof=NAME),
        *option_cautions(settings, sampling=None, pool_errors=bool(settings.options.pool_errors), leak_model=None),
    )


def _is_leaky(settings: KeySettings) -> bool:
    return settings.basis_fidelity is not None and settings.basis_fidelity < 1.0


class _Factors(NamedTuple):
    """What the bounds take of a source at its corners: floats of one corner, or arrays (5, ...) of all.

    The single-photon yield is the sum of a factor times each of Q_mu, Q_nu and Y_0; the error yield is a factor times
    E_nu Q_nu less one times Y_0; ``sent`` is the share of pulses that are signals of one photon.
    """

    single: tuple[Numbers, Numbers, Numbers]
    error: Numbers
    empty: Numbers
    sent: Numbers


class _Limits(NamedTuple):
    """Limits of Q_mu, Q_nu, Y_0 and E_nu Q_nu [counts over the share sent], signal clicks [counts], leak [bit]."""

    signal_upper: Numbers
    decoy_lower: Numbers
    vacuum_lower: Numbers
    vacuum_upper: Numbers
    errors_upper: Numbers
    clicks: Numbers
    leak: Numbers


def _found(
    intensities: tuple[Numbers, ...], probabilities: tuple[Numbers, ...], parts: Parts, settings: KeySettings
) -> Found:
    """What ``ma2005_sigma_terms`` finds, at the worst corner; floats of one block stay floats."""
    if _is_leaky(settings) and settings.matched_pulses is None:
        raise DomainError(
            f"KeySettings.basis_fidelity is {settings.basis_fidelity:g}, which needs KeySettings.matched_pulses "
            "(pulses), but that is not given"
        )
    spread = settings.intensity_spread
    good = _holds(intensities, parts, spread)
    harmless = 0.5 * (1.0 - spread) / (1.0 + spread)  # stands in, with a signal of 1, where the bounds do not hold
    signal, decoy = either(good, intensities[0], 1.0), either(good, intensities[1], harmless)
    limits = _limits(parts, probabilities, settings)
    if isinstance(good, bool):
        corners = _factors_of_one(float(signal), float(decoy), float(probabilities[0]), spread)
        every = [_at_corner(corner, limits, good, settings) for corner in corners]
        worst = min(every, key=attrgetter("real"))
        tested = _tested(corners[every.index(worst)], parts, probabilities, good, _sigmas(settings))
        return worst._replace(tested=tested)
    factors = _factors(*intensity_corners(signal=signal, decoy=decoy, spread=spread), probabilities[0])
    tested = _tested(factors, parts, probabilities, good, _sigmas(settings))
    return _shortest(_at_corner(factors, limits, good, settings)._replace(tested=tested))


def _holds(mu: tuple[Numbers, ...], parts: Parts, spread: float) -> Condition:
    """Whether the bounds hold: intensities apart at every corner, the third 0, and decoy clicks in either basis."""
    apart = (mu[0] * (1.0 - spread) > mu[1] * (1.0 + spread)) & (mu[1] > 0.0) & (mu[2] == 0.0)
    return apart & (parts.key_clicks[1] > 0.0) & (parts.test_clicks[1] > 0.0)


def _factors(signal: FloatArray, decoy: FloatArray, share: Numbers) -> _Factors:
    """Factors at corners of shape (5, ...): the bounds, which are linear, of one count at a time."""
    units = np.eye(3).reshape(3, 3, *(1,) * signal.ndim)
    single = weak_decoy_single_photons(
        signal_upper=units[0], decoy_lower=units[1], vacuum_upper=units[2], signal=signal, decoy=decoy
    )
    # the error yield is held at 0 from below, so its second factor is asked for with the sign turned
    error, empty = weak_decoy_error_yield(
        decoy_errors_upper=units[0, :2], vacuum_lower=-units[1, :2], signal=signal, decoy=decoy
    )
    return _Factors((single[0], single[1], single[2]), error, empty, share * signal * np.exp(-signal))


@lru_cache(maxsize=64)
def _factors_of_one(signal: float, decoy: float, share: float, spread: float) -> tuple[_Factors, ...]:
    """Factors of one source at each of its corners as plain floats; one corner where there is no spread."""
    signals, decoys = intensity_corners(signal=signal, decoy=decoy, spread=spread)
    single, error, empty, sent = _factors(signals, decoys, share)
    rows = np.stack([*single, error, empty, sent], axis=-1).tolist()
    return tuple(_Factors((row[0], row[1], row[2]), *row[3:]) for row in (rows if spread > 0.0 else rows[:1]))


def _limits(parts: Parts, probabilities: tuple[Numbers, ...], settings: KeySettings) -> _Limits:
    """Limits of what was seen in both bases together, n -+ sigmas sqrt(n), over the shares sent."""
    sigmas = _sigmas(settings)
    signal, decoy, vacuum = (key + test for key, test in zip(parts.key_clicks, parts.test_clicks, strict=True))
    errors = parts.key_errors[1] + parts.test_errors[1]
    if settings.options.pool_errors:
        total = signal + decoy + vacuum
        wrong = sum(parts.key_errors) + sum(parts.test_errors)
        errors = wrong / either(total > 0.0, total, 1.0) * decoy
    signal_upper, decoy_lower, vacuum_upper = _ends((signal, decoy, vacuum), probabilities, sigmas)
    return _Limits(
        signal_upper=signal_upper,
        decoy_lower=decoy_lower,
        vacuum_lower=larger(vacuum - sigmas * root(vacuum), 0.0) / probabilities[2],
        vacuum_upper=vacuum_upper,
        errors_upper=(errors + sigmas * root(errors)) / probabilities[1],
        clicks=signal,
        leak=_leak_bits(parts, settings),
    )


def _ends(clicks: tuple[Numbers, ...], probabilities: tuple[Numbers, ...], sigmas: float) -> tuple[Numbers, ...]:
    """Signal high, decoy low, vacuum high: the ends of n -+ sigmas sqrt(n) that mean few single photons."""
    signal, decoy, vacuum = clicks
    return (
        (signal + sigmas * root(signal)) / probabilities[0],
        larger(decoy - sigmas * root(decoy), 0.0) / probabilities[1],
        (vacuum + sigmas * root(vacuum)) / probabilities[2],
    )


def _tested(
    factors: _Factors, parts: Parts, probabilities: tuple[Numbers, ...], good: Condition, sigmas: float
) -> Numbers:
    """Single photons among the signal clicks of one basis, as its own counts prove them: of the basis with fewer."""
    own = []
    for clicks in (parts.key_clicks, parts.test_clicks):
        terms = zip(factors.single, _ends(clicks, probabilities, sigmas), strict=True)
        proven = factors.sent * sum(factor * end for factor, end in terms)
        own.append(smaller(larger(proven, 0.0), clicks[0]))
    return either(good, smaller(*own), 0.0)


def _at_corner(factors: _Factors, limits: _Limits, good: Condition, settings: KeySettings) -> Found:
    clicks, (of_signal, of_decoy, of_vacuum) = limits.clicks, factors.single
    one_photon = of_signal * limits.signal_upper + of_decoy * limits.decoy_lower + of_vacuum * limits.vacuum_upper
    wrong = factors.sent * larger(factors.error * limits.errors_upper - factors.empty * limits.vacuum_lower, 0.0)
    raw = either(good, factors.sent * one_photon, -clicks)
    single = smaller(larger(raw, 0.0), clicks)
    over = either(raw > 0.0, wrong / larger(raw, 1.0), _LARGEST_PHASE_ERROR)
    rate = either(raw >= 1.0, smaller(over, _LARGEST_PHASE_ERROR), _LARGEST_PHASE_ERROR)
    if settings.basis_fidelity is not None and settings.matched_pulses is not None:
        share = larger(one_photon, 0.0) / settings.matched_pulses
        rate = phase_error_of_leaky_source(error_rate=rate, single_yield=share, basis_fidelity=settings.basis_fidelity)
    length = single * (1.0 - entropy_bits(rate)) - limits.leak
    excess = larger(over - _LARGEST_PHASE_ERROR, 0.0) + larger(1.0 - raw, 0.0) / (clicks + 1.0)
    real = either(length > 0.0, length, length - clicks * log_above_one(excess))
    return Found(0.0, single, single, wrong, rate, limits.leak, real, 0.0)


def _shortest(corners: Found) -> Found:
    """The corner of the shortest key, of arrays (5, ...); the leak is that of any."""
    worst = np.argmin(corners.real, axis=0)
    places = (worst, *np.indices(worst.shape, sparse=True))
    single, tested, wrong, rate, real = (
        np.asarray(value)[places]
        for value in (corners.single, corners.tested, corners.wrong, corners.phase_error, corners.real)
    )
    none = np.zeros_like(single)
    return Found(none, single, tested, wrong, rate, corners.leak, real, none)


def _entropy_bits(parts: Parts) -> Numbers:
    """Entropy of the errors of the signal clicks of both bases [bit]."""
    clicks = parts.key_clicks[0] + parts.test_clicks[0]
    errors = parts.key_errors[0] + parts.test_errors[0]
    return clicks * entropy_bits(smaller(errors / either(clicks > 0.0, clicks, 1.0), 1.0))


def _leak_bits(parts: Parts, settings: KeySettings) -> Numbers:
    if settings.error_correction_leak_bits is not None:
        return settings.error_correction_leak_bits + 0.0 * parts.key_clicks[0]
    return settings.error_correction_efficiency * _entropy_bits(parts)
