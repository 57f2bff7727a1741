"""The way from one-decoy bounds to a key length, which the one-decoy proofs share; each has its ``OneDecoyProof``."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log2
from typing import NamedTuple

import numpy as np

from passplan.errors import DomainError
from passplan.qkd.block import Blocks, Terms, block_of
from passplan.qkd.counts import Counts
from passplan.qkd.elementwise import Condition, Numbers, either, entropy_bits, larger, log_above_one, smaller, split
from passplan.qkd.key_record import KeyLength, whole_bits
from passplan.qkd.leakage import leak_efficiency, planned_leak_bits
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

CAUTIONS = {
    "fung": ("single-photon errors in the test are many: the fung sampling term is an estimate, no bound",),
    "yin": ("single-photon errors in the test are many: the yin sampling term is an estimate, no bound",),
    "serfling_printed": (
        "sampling factor (c + 1) / c, withdrawn by its authors: to compare with older codes, no bound",
    ),
}
_LARGEST_PHASE_ERROR = 0.5
_TINY = 1e-300  # in place of a divisor that is 0


@dataclass(frozen=True, slots=True, kw_only=True)
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
    used = conventions_of(settings.options, proof=proof)
    terms = _worst_terms(block_of(counts), settings, used, proof)
    real, leak = float(terms.real), float(terms.leak)
    entropy = _entropy(counts.key_basis.total_clicks, counts.key_basis.total_errors)
    return KeyLength(
        proof=proof.name,
        secret_bits=whole_bits(real),
        secret_bits_real=real,
        bounds={
            "vacuum_lower": float(terms.vacuum) if used.with_vacuum else None,
            "single_photon_lower": float(terms.single),
            "single_photon_errors_upper": float(terms.wrong),
            "phase_error_upper": float(terms.phase_error),
        },
        leak_bits=leak,
        epsilon={
            "sec": settings.epsilon_sec,
            "cor": settings.epsilon_cor,
            "total": settings.epsilon_sec + settings.epsilon_cor,
            f"each_of_{proof.shares}_shares": settings.epsilon_sec / proof.shares,
        },
        error_correction_efficiency=leak_efficiency(leak=leak, entropy_bits=float(entropy)),
        assumptions=_assumptions(settings, used, proof),
        reference=proof.reference,
        options=used.to_dict(),
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
    return _worst_terms(blocks, settings, conventions_of(settings.options, proof=proof), proof)


def _worst_terms(blocks: Blocks, settings: KeySettings, used: OneDecoyConventions, proof: OneDecoyProof) -> Terms:
    if not settings.options.intensity_spread_corners:
        return _terms(blocks, settings, used, proof)
    return worst_corner(lambda moved: _terms(moved, settings, used, proof), blocks, spread=settings.intensity_spread)


class _Basis(NamedTuple):
    """What the counts of one basis say, before it is held at what was seen."""

    clicks: Numbers
    errors: Numbers
    vacuum: Numbers
    single: Numbers
    wrong: Numbers


def _terms(blocks: Blocks, settings: KeySettings, used: OneDecoyConventions, proof: OneDecoyProof) -> Terms:
    share = settings.epsilon_sec / proof.shares
    source, is_covered = _source(blocks)
    key = _basis(split(blocks.key_clicks), split(blocks.key_errors), source, share, used, proof)
    test_clicks, test_errors = split(blocks.test_clicks), split(blocks.test_errors)
    if used.pool_errors:
        rate = sum(test_errors) / larger(sum(test_clicks), _TINY)
        test_errors = tuple(rate * clicks for clicks in test_clicks)
    test = _basis(test_clicks, test_errors, source, share, used, proof)
    vacuum = either(is_covered, key.vacuum, 0.0)
    key_single, test_single = (either(is_covered, basis.single, -basis.clicks) for basis in (key, test))
    single = smaller(larger(key_single, 0.0), key.clicks - larger(vacuum, 0.0))
    tested = smaller(larger(test_single, 0.0), test.clicks)
    wrong = smaller(test.wrong, test.errors) if used.cap_errors else test.wrong
    phase_error = _phase_error(wrong, larger(tested, 1.0), larger(single, 1.0), share, used.sampling)
    is_proven = (tested >= 1.0) & (single >= 1.0)
    held = either(is_proven, smaller(phase_error, _LARGEST_PHASE_ERROR), _LARGEST_PHASE_ERROR)
    leak = _leak(key, settings)
    told = single * (1.0 - entropy_bits(held)) + (vacuum if used.with_vacuum else 0.0)
    real = either(is_proven, told, 0.0) - leak - _fixed_cost_bits(settings, proof)
    over = larger(phase_error - _LARGEST_PHASE_ERROR, 0.0)
    excess = over / (1.0 + over) + _lack(key_single, key) + _lack(test_single, test)
    real = either(real > 0.0, real, real - (key.clicks + test.clicks) * log_above_one(excess))
    vacuum, single, tested, wrong, held, leak, real = map(np.asarray, (vacuum, single, tested, wrong, held, leak, real))
    return Terms(vacuum=vacuum, single=single, tested=tested, wrong=wrong, phase_error=held, leak=leak, real=real)


def _source(blocks: Blocks) -> tuple[Source, Condition]:
    """The source, harmless intensities in place of those that the bounds do not cover, and where they do cover them."""
    strong, weak = split(blocks.intensities)
    is_covered = (strong > weak) & (weak > 0.0)
    strong, weak = either(is_covered, strong, 1.0), either(is_covered, weak, 0.5)
    strong_share, weak_share = split(blocks.probabilities)
    return source_of(strong=strong, weak=weak, strong_share=strong_share, weak_share=weak_share), is_covered


def _basis(
    clicks: tuple[Numbers, ...],
    errors: tuple[Numbers, ...],
    source: Source,
    share: float,
    used: OneDecoyConventions,
    proof: OneDecoyProof,
) -> _Basis:
    (n1, n2), (m1, m2) = clicks, errors
    ceiling = proof.ceiling and used.clip_negative
    around = label_deviation(total=n1 + n2, epsilon=share, concentration=used.concentration)
    seen = limits_of(strong=n1, weak=n2, deviation=around, source=source, floor=used.clip_negative, ceiling=ceiling)
    spread = label_deviation(total=m1 + m2, epsilon=share, concentration=used.concentration)
    failed = limits_of(strong=m1, weak=m2, deviation=spread, source=source, floor=used.clip_errors, ceiling=ceiling)
    most = vacuum_upper(errors=failed, deviation=around, source=source, best_of_both=proof.best_vacuum)
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


def _phase_error(wrong: Numbers, tested: Numbers, single: Numbers, share: float, sampling: str) -> Numbers:
    """Phase error of sets of at least one single photon each; not held at 1/2."""
    rate = wrong / tested
    seen = smaller(rate, _LARGEST_PHASE_ERROR)
    formula: Callable[..., Numbers] = SAMPLING_FORMULAS[sampling]
    sampled = formula(seen, tested, single, share)
    return rate + (float(sampled) if np.ndim(sampled) == 0 else sampled)


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
    cautions = CAUTIONS.get(used.sampling, ())
    return (*proof.assumptions, *corners, *cautions, *flaw_assumptions(settings, covered=()))
