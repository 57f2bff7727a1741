"""The way from one-decoy bounds to a key length, which the one-decoy proofs share; each has its ``OneDecoyProof``."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import log2
from typing import NamedTuple

import numpy as np

from passplan.errors import DomainError
from passplan.qkd.block import Blocks, Terms, block_of
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
    smaller,
    split,
)
from passplan.qkd.key_record import Found, KeyLength, bounds_of, found_in, steps_of, whole_bits
from passplan.qkd.leakage import leak_cautions, leak_efficiency, planned_leak_bits
from passplan.qkd.one_decoy import (
    Source,
    label_deviation,
    limits_of,
    single_photon_errors_upper,
    single_photon_lower,
    source_of,
    vacuum_lower,
    vacuum_upper,
)
from passplan.qkd.sampling import SAMPLING_FORMULAS
from passplan.qkd.settings import KeySettings, Options
from passplan.qkd.source_flaws import CORNERS_ASSUMPTION, flaw_assumptions, refuse_overlap, worst_corner

_LARGEST_PHASE_ERROR = 0.5
_TINY = 1e-300  # in place of a divisor that is 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OneDecoyProof:
    """What sets one one-decoy proof apart from another.

    name : id of the proof
    shares : number of equal parts into which epsilon_sec is divided [1]
    hashing_factor : privacy amplification costs hashing_factor * log2(shares / epsilon_sec) - hashing_refund [bit]
    hashing_refund : see above [bit]
    sampling, with_vacuum : the proof's own choice of these options
    best_vacuum : the upper limit of the vacuum is the smaller one of both intensities, not that of the weak one
    ceiling : upper limits of counts are held at their total
    assumptions : what must hold for the length to be secret
    reference : where the proof is written
    """

    name: str
    shares: int
    hashing_factor: float
    hashing_refund: float
    sampling: str
    with_vacuum: bool
    best_vacuum: bool
    ceiling: bool
    assumptions: tuple[str, ...]
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OneDecoyConventions:
    """The options as used, none left open; see ``Options``.

    clip_errors : as clip_negative, for the errors
    """

    sampling: str
    concentration: str
    with_vacuum: bool
    clip_negative: bool
    clip_errors: bool
    cap_errors: bool
    pool_errors: bool
    leak_model: str
    intensity_spread_corners: bool

    def to_dict(self) -> dict[str, str | float | bool]:
        """The options by name; none has a unit."""
        return {name: getattr(self, name) for name in self.__slots__}


def conventions_of(options: Options, *, proof: OneDecoyProof) -> OneDecoyConventions:
    """Options [no unit], with the proof's own choice wherever one was left open."""
    clip = True if options.clip_negative is None else options.clip_negative
    return OneDecoyConventions(
        sampling=options.sampling or proof.sampling,
        concentration=options.concentration or "hoeffding",
        with_vacuum=proof.with_vacuum if options.with_vacuum is None else options.with_vacuum,
        clip_negative=clip,
        clip_errors=clip if options.clip_errors is None else options.clip_errors,
        cap_errors=bool(options.cap_errors),
        pool_errors=bool(options.pool_errors),
        leak_model=options.leak_model or "entropy",
        intensity_spread_corners=bool(options.intensity_spread_corners),
    )


class _Plan(NamedTuple):
    """What settings and proof alone decide; ``options`` is to be copied."""

    used: OneDecoyConventions
    share: float
    sampling: Callable[..., Numbers]
    ceiling: bool
    best_vacuum: bool
    fixed_cost_bits: float
    assumptions: tuple[str, ...]
    options: dict[str, str | float | bool]


@lru_cache(maxsize=64)  # a pass, a search or a year asks with the same settings again and again
def _plan(settings: KeySettings, proof: OneDecoyProof) -> _Plan:
    used = conventions_of(settings.options, proof=proof)
    return _Plan(
        used=used,
        share=settings.epsilon_sec / proof.shares,
        sampling=SAMPLING_FORMULAS[used.sampling],
        ceiling=proof.ceiling and used.clip_negative,
        best_vacuum=proof.best_vacuum,
        fixed_cost_bits=_fixed_cost_bits(settings, proof),
        assumptions=_assumptions(settings, used, proof),
        options=used.to_dict(),
    )


def suits_one_decoy(counts: Counts) -> bool:
    """Say whether the source has one decoy: two intensities, mu1 > mu2 > 0 [mean photons]."""
    return len(counts.intensities) == 2 and counts.intensities[1] > 0.0


def one_decoy_key(counts: Counts, *, settings: KeySettings, proof: OneDecoyProof) -> KeyLength:
    """Key length [bit] of one block, with its bounds; see the proof's own function.

    Raises
    ------
    DomainError
        Unless there are two intensities, mu1 > mu2 > 0.
    """
    if not suits_one_decoy(counts):
        shown = ", ".join(f"{k:g}" for k in counts.intensities)
        raise DomainError(f"intensities are {shown}; {proof.name} needs two with mu1 > mu2 > 0 (mean photons)")
    refuse_overlap(counts, settings=settings)
    plan = _plan(settings, proof)
    found = _found(counts, settings, plan)
    real, leak = float(found.real), float(found.leak)
    entropy = float(_entropy(counts.key_basis.total_clicks, counts.key_basis.total_errors))
    return KeyLength(
        proof=proof.name,
        secret_bits=whole_bits(real),
        secret_bits_real=real,
        bounds=bounds_of(found) | steps_of(found) | ({} if plan.used.with_vacuum else {"vacuum_lower": None}),
        leak_bits=leak,
        epsilon={
            "sec": settings.epsilon_sec,
            "cor": settings.epsilon_cor,
            "total": settings.epsilon_sec + settings.epsilon_cor,
            f"each_of_{proof.shares}_shares": settings.epsilon_sec / proof.shares,
        },
        error_correction_efficiency=leak_efficiency(leak=leak, entropy_bits=entropy),
        assumptions=(*plan.assumptions, *leak_cautions(leak=leak, entropy_bits=entropy, settings=settings)),
        reference=proof.reference,
        options=plan.options.copy(),
    )


def one_decoy_terms(blocks: Blocks, *, settings: KeySettings, proof: OneDecoyProof) -> Terms:
    """Bounds [counts] and length [bit] of blocks, each array of shape (...); see the proof's own function.

    Notes
    -----
    Never more than was seen: s_0 + s_1 is held at or below the clicks of the key basis, the phase error at or below
    1/2. A test that proves less than one single photon gives no key, nor does a key basis that holds less than one.
    Where there is no key (length <= 0) and the phase error lies above 1/2, all clicks times ln(1 + excess) are taken
    off ``real``, so that a search knows which way the key lies; excess is x / (1 + x), x the phase error above 1/2,
    and for either basis the single photons that it lacks as a share of its clicks. Intensities other than
    mu1 > mu2 > 0 prove nothing.
    With the option intensity_spread_corners the terms are those of the worst corner (see ``source_flaws``).
    """
    return _worst_terms(blocks, settings, _plan(settings, proof))


def _worst_terms(blocks: Blocks, settings: KeySettings, plan: _Plan) -> Terms:
    if not settings.options.intensity_spread_corners:
        return _terms(blocks, settings, plan)
    return worst_corner(lambda moved: _terms(moved, settings, plan), blocks, spread=settings.intensity_spread)


def _found(counts: Counts, settings: KeySettings, plan: _Plan) -> Found:
    if settings.options.intensity_spread_corners:
        return found_in(_worst_terms(block_of(counts), settings, plan))
    source, is_covered = _source_of_one(counts.intensities, counts.probabilities)
    return _find(parts_of_one(counts), source, is_covered, settings, plan)


def _terms(blocks: Blocks, settings: KeySettings, plan: _Plan) -> Terms:
    source, is_covered = _source(split(blocks.intensities), split(blocks.probabilities))
    return _find(parts_of(blocks), source, is_covered, settings, plan).terms


class _Basis(NamedTuple):
    """What the counts of one basis say, before it is held at what was seen."""

    clicks: Numbers
    errors: Numbers
    vacuum: Numbers
    single: Numbers
    wrong: Numbers


def _find(parts: Parts, source: Source, is_covered: Condition, settings: KeySettings, plan: _Plan) -> Found:
    used = plan.used
    key = _basis(parts.key_clicks, parts.key_errors, source, plan)
    test_clicks, test_errors = parts.test_clicks, parts.test_errors
    if used.pool_errors:
        rate = sum(test_errors) / larger(sum(test_clicks), _TINY)
        test_errors = tuple(rate * clicks for clicks in test_clicks)
    test = _basis(test_clicks, test_errors, source, plan)
    vacuum = either(is_covered, key.vacuum, 0.0)
    key_single = either(is_covered, key.single, -key.clicks)
    test_single = either(is_covered, test.single, -test.clicks)
    single = smaller(larger(key_single, 0.0), key.clicks - larger(vacuum, 0.0))
    tested = smaller(larger(test_single, 0.0), test.clicks)
    wrong = smaller(test.wrong, test.errors) if used.cap_errors else test.wrong
    size = larger(tested, 1.0)
    rate = wrong / size
    sampling = plan.sampling(smaller(rate, _LARGEST_PHASE_ERROR), size, larger(single, 1.0), plan.share)
    phase_error = rate + sampling
    is_proven = (tested >= 1.0) & (single >= 1.0)
    held = either(is_proven, smaller(phase_error, _LARGEST_PHASE_ERROR), _LARGEST_PHASE_ERROR)
    leak = _leak(key, settings)
    told = single * (1.0 - entropy_bits(held)) + (vacuum if used.with_vacuum else 0.0)
    real = either(is_proven, told, 0.0) - leak - plan.fixed_cost_bits
    over = larger(phase_error - _LARGEST_PHASE_ERROR, 0.0)
    excess = over / (1.0 + over) + _lack(key_single, key) + _lack(test_single, test)
    real = either(real > 0.0, real, real - (key.clicks + test.clicks) * log_above_one(excess))
    return Found(vacuum, single, tested, wrong, held, leak, real, sampling)


@lru_cache(maxsize=64)
def _source_of_one(intensities: tuple[float, ...], probabilities: tuple[float, ...]) -> tuple[Source, Condition]:
    return _source(tuple(map(float, intensities)), tuple(map(float, probabilities)))


def _source(intensities: tuple[Numbers, ...], shares: tuple[Numbers, ...]) -> tuple[Source, Condition]:
    """The source, harmless intensities in place of those that the bounds do not cover, and where they do cover them."""
    strong, weak = intensities
    is_covered = (strong > weak) & (weak > 0.0)
    strong, weak = either(is_covered, strong, 1.0), either(is_covered, weak, 0.5)
    strong_share, weak_share = shares
    return source_of(strong=strong, weak=weak, strong_share=strong_share, weak_share=weak_share), is_covered


def _basis(clicks: tuple[Numbers, ...], errors: tuple[Numbers, ...], source: Source, plan: _Plan) -> _Basis:
    (n1, n2), (m1, m2) = clicks, errors
    share, used, ceiling = plan.share, plan.used, plan.ceiling
    around = label_deviation(total=n1 + n2, epsilon=share, concentration=used.concentration)
    seen = limits_of(strong=n1, weak=n2, deviation=around, source=source, floor=used.clip_negative, ceiling=ceiling)
    spread = label_deviation(total=m1 + m2, epsilon=share, concentration=used.concentration)
    failed = limits_of(strong=m1, weak=m2, deviation=spread, source=source, floor=used.clip_errors, ceiling=ceiling)
    most = vacuum_upper(errors=failed, deviation=around, source=source, best_of_both=plan.best_vacuum)
    wrong = single_photon_errors_upper(errors=failed, source=source)
    if ceiling:
        most, wrong = smaller(most, n1 + n2), smaller(wrong, n1 + n2)
    vacuum = smaller(vacuum_lower(clicks=seen, source=source), n1 + n2)
    return _Basis(
        clicks=n1 + n2,
        errors=m1 + m2,
        vacuum=larger(vacuum, 0.0) if used.clip_negative else vacuum,
        single=single_photon_lower(clicks=seen, vacuum=most, source=source),
        wrong=wrong,
    )


def _lack(single: Numbers, basis: _Basis) -> Numbers:
    """How much a basis lacks to one single photon, as a share of its clicks."""
    return larger(1.0 - single, 0.0) / (basis.clicks + 1.0)


def _entropy(clicks: Numbers, errors: Numbers) -> Numbers:
    """Entropy n h(m / n) [bit] of the errors; 0 without clicks."""
    return clicks * entropy_bits(smaller(errors / larger(clicks, _TINY), 1.0))


def _leak(key: _Basis, settings: KeySettings) -> Numbers:
    if settings.error_correction_leak_bits is not None:
        return 0.0 * key.clicks + settings.error_correction_leak_bits
    if settings.options.leak_model == "tomamichel":
        planned = planned_leak_bits(clicks=np.asarray(key.clicks), errors=np.asarray(key.errors), settings=settings)
        return float(planned) if np.ndim(planned) == 0 else planned
    return settings.error_correction_efficiency * _entropy(key.clicks, key.errors)


def _fixed_cost_bits(settings: KeySettings, proof: OneDecoyProof) -> float:
    """Bits that privacy amplification and verification cost, whatever the block."""
    hashing = proof.hashing_factor * (log2(proof.shares) - log2(settings.epsilon_sec)) - proof.hashing_refund
    return hashing + 1.0 - log2(settings.epsilon_cor)


def _assumptions(settings: KeySettings, used: OneDecoyConventions, proof: OneDecoyProof) -> tuple[str, ...]:
    corners = (CORNERS_ASSUMPTION,) if settings.options.intensity_spread_corners else ()
    cautions = option_cautions(
        settings, sampling=used.sampling, pool_errors=used.pool_errors, leak_model=used.leak_model
    )
    unused = unused_options(settings.options, taken=OneDecoyConventions.__slots__, proof=proof.name)
    return (*proof.assumptions, *corners, *cautions, *flaw_assumptions(settings, covered=()), *unused)
