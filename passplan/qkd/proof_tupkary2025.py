"""The proof of Tupkary et al. 2025: two decoys, a length computed from the data, detectors that need not be alike.

Source: Tupkary, Nahar, Sinha, Luetkenhaus, Quantum 9, 1937 (2025), arXiv 2408.17349. The formulas are taken from the
authors' code, not from the text; how the failure probability is shared out is recalled from the text. The decoy bounds
are those of Lim et al. 2014 with a two-sided deviation at every intensity.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import log2, sqrt
from typing import NamedTuple

import numpy as np

from passplan.errors import DomainError
from passplan.qkd.block import Blocks, Terms, block_of
from passplan.qkd.cautions import BY_SIZE, BY_SIZE_ASSUMPTION, option_cautions, unused_options
from passplan.qkd.counts import Counts
from passplan.qkd.decoy import TwoDecoys, tells_photons_apart, two_decoys, two_decoys_of_one
from passplan.qkd.detector_mismatch import binomial_excess
from passplan.qkd.elementwise import (
    Numbers,
    Parts,
    either,
    entropy_bits,
    larger,
    log_above_one,
    parts_of,
    parts_of_one,
    smaller,
)
from passplan.qkd.key_record import Found, KeyLength, bounds_of, found_in, steps_of, whole_bits
from passplan.qkd.leakage import error_entropy_bits, leak_cautions, leak_efficiency, planned_leak_bits
from passplan.qkd.sampling import SAMPLING_FORMULAS
from passplan.qkd.settings import KeySettings
from passplan.qkd.source_flaws import CORNERS_ASSUMPTION, flaw_assumptions, refuse_overlap, worst_corner
from passplan.qkd.two_decoy import reduced_apart

REFERENCE = (
    "Tupkary, Nahar, Sinha, Luetkenhaus, Quantum 9, 1937 (2025), arXiv 2408.17349 (formulas taken from the authors' "
    "code)"
)
ASSUMPTIONS = (
    "variable length: computed from the counts of the block, no preset counts to reach",
    "phase-randomised weak pulses with exactly the stated intensities",
    "perfect BB84 states without side channels",
    "basis chosen actively by the receiver; double clicks given a random bit",
    "intensities, their probabilities and the basis choice constant over the block",
)
ALIKE = "detectors alike: mismatch deltas are 0 or not stated"
UNLIKE = "detectors unlike within the stated mismatch deltas; an eavesdropper may choose within them, pulse by pulse"
SAMPLINGS = ("hypergeometric", "serfling")  # both fail with at most the square of the share, as the proof needs it
_DECOY_BOUNDS = 9  # two-sided: clicks of either basis and errors of the test, at three intensities each
_LARGEST_PHASE_ERROR = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conventions:
    sampling: str
    concentration: str
    clip_negative: bool
    cap_errors: bool
    pool_errors: bool
    leak_model: str
    intensity_spread_corners: bool


class _Plan(NamedTuple):
    """What the settings alone decide; each bound fails with the square of ``share``."""

    used: _Conventions
    share: float
    bounds: int
    deltas: tuple[float, float]
    sampling: Callable[[Numbers, Numbers, Numbers, Numbers], Numbers]
    hashing_bits: float
    checking_bits: float
    assumptions: tuple[str, ...]
    options: dict[str, str | float | bool]


def tupkary_variable_length(counts: Counts, *, settings: KeySettings) -> KeyLength:
    """Secret key length of one block, key from the single photons of the key basis at all intensities.

    Parameters
    ----------
    counts : Counts
        Three intensities, mu1 > mu2 + mu3.
    settings : KeySettings
        A measured leak [bit] is that of all clicks of the key basis. ``mismatch_delta1`` and ``mismatch_delta2`` [1]
        are those of the receiver (0 if not stated). Options left to the proof are: sampling "serfling",
        concentration "hoeffding", clip_negative false (the vacuum counts are held at or above 0 all the same),
        cap_errors false, pool_errors false, no corners of the intensity spread.

    Returns
    -------
    KeyLength
        l = s_1 (1 - h(phi)) - leak - 2 log2(1 / (2 e)) - log2(2 / eps_cor) [bit], phi = (v / t_1 + gamma + delta1 +
        b(delta1)) / (1 - delta2 - b(delta2)); ``vacuum_lower`` is None: empty pulses are not credited.

    Raises
    ------
    DomainError
        Unless there are three intensities with mu1 > mu2 + mu3, also at the corners of the spread if those are asked
        for; if the sampling chosen is no bound that the proof can take.

    Notes
    -----
    Every bound fails with at most e^2; k of them make eps_sec = 2 sqrt(k) e + e: nine of the decoys, one of the
    sampling, and one for each delta above 0. gamma is the sampling term of that e, b(delta) the excess of a binomial
    share (see ``binomial_excess``). Never more than was seen: s_1 is held at or below the clicks of its basis, phi at
    or below 1/2. A basis that proves less than one single photon gives no key.
    """
    if not suits_tupkary(counts):
        shown = ", ".join(f"{k:g}" for k in counts.intensities)
        raise DomainError(
            f"intensities are {shown}; tupkary_variable_length needs three with mu1 > mu2 + mu3 (mean photons)"
        )
    refuse_overlap(counts, settings=settings)
    plan = _plan(settings)
    found = _found(counts, settings, plan)
    real, leak = float(found.real), float(found.leak)
    share, bounds, deltas = plan.share, plan.bounds, _deltas(settings)
    added, left = _mismatch(larger(float(found.single), 1.0), plan)
    entropy = _entropy_bits(counts)
    return KeyLength(
        proof="tupkary_variable_length",
        secret_bits=whole_bits(real),
        secret_bits_real=real,
        bounds={
            **bounds_of(found),
            "vacuum_lower": None,
            **steps_of(found),
            "mismatch_added": float(added),
            "mismatch_denominator": float(left),
        },
        leak_bits=leak,
        epsilon={
            "sec": settings.epsilon_sec,
            "cor": settings.epsilon_cor,
            "total": settings.epsilon_sec + settings.epsilon_cor,
            "estimation": 2.0 * sqrt(bounds) * share,
            "privacy_amplification": share,
            f"root_of_each_of_{bounds}_bounds": share,
        },
        error_correction_efficiency=leak_efficiency(leak=leak, entropy_bits=entropy),
        assumptions=(*plan.assumptions, *leak_cautions(leak=leak, entropy_bits=entropy, settings=settings)),
        reference=REFERENCE,
        options={**plan.options, "mismatch_delta1": deltas[0], "mismatch_delta2": deltas[1]},
    )


def tupkary_variable_length_terms(blocks: Blocks, *, settings: KeySettings) -> Terms:
    """Bounds [counts] and length [bit] of blocks, each array of shape (...); see ``tupkary_variable_length``.

    Raises
    ------
    DomainError
        If the sampling chosen is no bound that the proof can take; never for the blocks.

    Notes
    -----
    A block without key (length <= 0) whose phase error lies above 1/2, or that lacks single photons, has its clicks
    times ln(1 + excess) taken off ``real``, so that a search knows which way the key lies. Intensities that decoys
    cannot be worked out from prove nothing.
    """
    plan = _plan(settings)
    if plan.used.intensity_spread_corners:
        return worst_corner(lambda corners: _terms(corners, settings, plan), blocks, spread=settings.intensity_spread)
    return _terms(blocks, settings, plan)


def suits_tupkary(counts: Counts) -> bool:
    """Say whether the source has two decoys as the bounds need them: mu1 > mu2 + mu3 [mean photons]."""
    mu = counts.intensities
    return len(mu) == 3 and bool(tells_photons_apart(*mu))


def _conventions(settings: KeySettings) -> _Conventions:
    options = settings.options
    sampling = options.sampling or "serfling"
    if sampling not in SAMPLINGS:
        raise DomainError(
            f"Options.sampling is {sampling!r}, tupkary_variable_length takes one of {', '.join(SAMPLINGS)}"
        )
    return _Conventions(
        sampling=sampling,
        concentration=options.concentration or "hoeffding",
        clip_negative=bool(options.clip_negative),
        cap_errors=bool(options.cap_errors),
        pool_errors=bool(options.pool_errors),
        leak_model=options.leak_model or "entropy",
        intensity_spread_corners=bool(options.intensity_spread_corners),
    )


def _deltas(settings: KeySettings) -> tuple[float, float]:
    return settings.mismatch_delta1 or 0.0, settings.mismatch_delta2 or 0.0


@lru_cache(maxsize=64)  # a pass, a search or a year asks with the same settings again and again
def _plan(settings: KeySettings) -> _Plan:
    used, deltas = _conventions(settings), _deltas(settings)
    bounds = _DECOY_BOUNDS + 1 + sum(delta > 0.0 for delta in deltas)
    share = settings.epsilon_sec / (2.0 * sqrt(bounds) + 1.0)  # root of the failure probability of each bound
    return _Plan(
        used=used,
        share=share,
        bounds=bounds,
        deltas=deltas,
        sampling=SAMPLING_FORMULAS[used.sampling],
        hashing_bits=2.0 * log2(2.0 * share),
        checking_bits=log2(2.0 / settings.epsilon_cor),
        assumptions=(
            *ASSUMPTIONS,
            UNLIKE if any(deltas) else ALIKE,
            *((BY_SIZE_ASSUMPTION,) if used.concentration in BY_SIZE else ()),
            *((CORNERS_ASSUMPTION,) if used.intensity_spread_corners else ()),
            *flaw_assumptions(settings, covered=("detector_mismatch",)),
            *unused_options(settings.options, taken=_Conventions.__slots__, proof="tupkary_variable_length"),
            *option_cautions(settings, sampling=None, pool_errors=used.pool_errors, leak_model=used.leak_model),
        ),
        options={name: getattr(used, name) for name in _Conventions.__slots__},
    )


def _found(counts: Counts, settings: KeySettings, plan: _Plan) -> Found:
    if plan.used.intensity_spread_corners:
        return found_in(tupkary_variable_length_terms(block_of(counts), settings=settings))
    return _find(parts_of_one(counts), two_decoys_of_one(counts.intensities, counts.probabilities), settings, plan)


def _terms(blocks: Blocks, settings: KeySettings, plan: _Plan) -> Terms:
    source = two_decoys(intensities=blocks.intensities, probabilities=blocks.probabilities)
    return _find(parts_of(blocks), source, settings, plan).terms


def _find(parts: Parts, source: TwoDecoys, settings: KeySettings, plan: _Plan) -> Found:
    share, used = plan.share, plan.used
    raw_single, total = _single(parts.key_clicks, source, share, used)
    raw_tested, tests = _single(parts.test_clicks, source, share, used)
    wrong = _wrong(parts, source, share, used)
    single, tested = smaller(larger(raw_single, 0.0), total), smaller(larger(raw_tested, 0.0), tests)
    keyed, size = larger(single, 1.0), larger(tested, 1.0)
    rate = wrong / size
    sampling = plan.sampling(smaller(rate, _LARGEST_PHASE_ERROR), size, keyed, share)
    added, left = _mismatch(keyed, plan)
    over = (rate + sampling + added) / left
    is_proven = (single >= 1.0) & (tested >= 1.0)
    phase_error = either(is_proven, smaller(over, _LARGEST_PHASE_ERROR), _LARGEST_PHASE_ERROR)
    leak = _leak_bits(parts.key_errors, total, settings)
    cost = leak - plan.hashing_bits + plan.checking_bits
    real = single * (1.0 - entropy_bits(phase_error)) - cost
    lacking = larger(1.0 - raw_single, 0.0) / (total + 1.0) + larger(1.0 - raw_tested, 0.0) / (tests + 1.0)
    excess = larger(over - _LARGEST_PHASE_ERROR, 0.0) + lacking
    real = either(real > 0.0, real, real - (total + tests) * log_above_one(excess))
    nothing = either(is_proven, 0.0, 0.0)  # empty pulses are not credited
    return Found(nothing, single, tested, wrong, phase_error, leak, real, sampling)


def _single(
    clicks: tuple[Numbers, ...], source: TwoDecoys, share: float, used: _Conventions
) -> tuple[Numbers, Numbers]:
    """Single-photon clicks of one basis, at least (negative: nothing proven), and all its clicks."""
    total = clicks[0] + clicks[1] + clicks[2]
    lower, upper = reduced_apart(clicks, total, source, 0.5 * share**2, used.concentration, clip=used.clip_negative)
    single = source.single(lower, upper, larger(source.vacuum(lower, upper), 0.0))
    return (single if source.all_suit else either(source.suits, single, -total)), total


def _wrong(parts: Parts, source: TwoDecoys, share: float, used: _Conventions) -> Numbers:
    """Single-photon errors of the test basis, at most."""
    errors = parts.test_errors
    total = errors[0] + errors[1] + errors[2]
    if used.pool_errors:
        clicks = parts.test_clicks
        rate = total / larger(clicks[0] + clicks[1] + clicks[2], 1e-300)
        errors = tuple(rate * n for n in clicks)
    lower, upper = reduced_apart(errors, total, source, 0.5 * share**2, used.concentration, clip=used.clip_negative)
    wrong = larger(source.errors(lower, upper), 0.0)
    return smaller(wrong, total) if used.cap_errors else wrong


def _mismatch(single: Numbers, plan: _Plan) -> tuple[Numbers, Numbers]:
    """What unlike detectors add to the phase error of single photons (at least 1), and what it is divided by."""
    deltas = plan.deltas
    if not any(deltas):
        return 0.0, 1.0
    shares = np.reshape(deltas, (2, *(1,) * np.ndim(single)))
    excess = binomial_excess(trials=single, share=shares, epsilon=plan.share)
    return deltas[0] + excess[0], np.maximum(1.0 - deltas[1] - excess[1], 1e-6)  # nothing left: far above 1/2


def _entropy_bits(counts: Counts) -> float:
    """Entropy of the errors of the key basis [bit]."""
    basis = counts.key_basis
    return error_entropy_bits(clicks=basis.total_clicks, errors=min(basis.total_errors, basis.total_clicks))


def _leak_bits(errors: tuple[Numbers, ...], total: Numbers, settings: KeySettings) -> Numbers:
    if settings.error_correction_leak_bits is not None:
        return settings.error_correction_leak_bits + 0.0 * total
    wrong = smaller(errors[0] + errors[1] + errors[2], total)  # sums of like terms may differ in the last digit
    return planned_leak_bits(clicks=total, errors=wrong, settings=settings)
