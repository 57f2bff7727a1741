"""The way from two-decoy counts to a key length, which lim2014 and chernoff share; each brings its ``TwoDecoyProof``.

In the letters of Lim et al. 2014: X is the key basis, Z the test basis, s_0 and s_1 the vacuum and single-photon
counts, v the single-photon errors, phi the phase error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import log2
from typing import NamedTuple

from passplan.errors import DomainError
from passplan.qkd.block import Blocks, Terms
from passplan.qkd.cautions import BY_SIZE, POISSON_ASSUMPTION, option_cautions, unused_options
from passplan.qkd.counts import Counts
from passplan.qkd.decoy import Three, TwoDecoys, tells_photons_apart, two_decoys, two_decoys_of_one
from passplan.qkd.elementwise import Numbers, Parts, either, entropy_bits, larger, parts_of, parts_of_one, smaller
from passplan.qkd.key_record import Found, KeyLength, bounds_of, steps_of, whole_bits
from passplan.qkd.leakage import error_entropy_bits, leak_cautions, leak_efficiency, planned_leak_bits
from passplan.qkd.sampling import SAMPLING_FORMULAS
from passplan.qkd.settings import KeySettings, Options
from passplan.qkd.source_flaws import flaw_assumptions
from passplan.qkd.statistics import limits_apart

SHARES = 21  # eps_sec = 2 (2 a1 + a2 + a3) + nu + 10 eps_1 + 2 eps_2, all equal
ROLES = {  # which of the 21 shares stand for what; see ``epsilon_account``
    "key_clicks": 5,
    "test_clicks": 5,
    "test_errors": 2,
    "sampling": 4,
    "chain_rules": 4,
    "privacy_amplification": 1,
}
TAKEN = ("sampling", "concentration", "clip_negative", "clip_errors", "cap_errors", "pool_errors", "leak_model")
_LARGEST_PHASE_ERROR = 0.5
_NO_CLICKS = 1e-200  # stands for 0 where clicks divide


PhotonBounds = tuple[Numbers, Numbers, Numbers, Numbers]  # as ``photon_bounds`` returns them


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoDecoyProof:
    """What sets one two-decoy proof apart from another.

    name : id of the proof
    concentration : the proof's own limits of counts
    cap_errors : the proof's own choice of this option
    assumptions : what must hold for the length to be secret
    reference : where the proof is written
    """

    name: str
    concentration: str
    cap_errors: bool
    assumptions: tuple[str, ...]
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoDecoyConventions:
    """The options as used, none left open; see ``Options``."""

    sampling: str
    concentration: str
    clip_negative: bool
    clip_errors: bool
    cap_errors: bool
    pool_errors: bool
    leak_model: str

    def to_dict(self) -> dict[str, str | float | bool]:
        """The options by name; none has a unit."""
        return {name: getattr(self, name) for name in self.__slots__}


def two_decoy_conventions(options: Options, *, proof: TwoDecoyProof) -> TwoDecoyConventions:
    """Options [no unit], with the proof's own choice wherever one was left open."""
    clip = True if options.clip_negative is None else options.clip_negative
    return TwoDecoyConventions(
        sampling=options.sampling or "fung",
        concentration=options.concentration or proof.concentration,
        clip_negative=clip,
        clip_errors=clip if options.clip_errors is None else options.clip_errors,
        cap_errors=proof.cap_errors if options.cap_errors is None else options.cap_errors,
        pool_errors=bool(options.pool_errors),
        leak_model=options.leak_model or "entropy",
    )


class TwoDecoyPlan(NamedTuple):
    """What settings and proof alone decide, worked out once for all blocks.

    used : the options as used
    share : failure probability of each bound [1]
    sampling : the sampling term, see ``SAMPLING_FORMULAS``
    hashing_bits, checking_bits : cost of privacy amplification and of verification [bit]
    assumptions : those of the proof and the cautions of the options
    options : the options by name; to be copied
    """

    used: TwoDecoyConventions
    share: float
    sampling: Callable[[Numbers, Numbers, Numbers, Numbers], Numbers]
    hashing_bits: float
    checking_bits: float
    assumptions: tuple[str, ...]
    options: dict[str, str | float | bool]


@lru_cache(maxsize=64)  # a pass, a search or a year asks with the same settings again and again
def two_decoy_plan(settings: KeySettings, proof: TwoDecoyProof) -> TwoDecoyPlan:
    """What settings and proof alone decide; units as in ``TwoDecoyPlan``."""
    used = two_decoy_conventions(settings.options, proof=proof)
    return TwoDecoyPlan(
        used=used,
        share=settings.epsilon_sec / SHARES,
        sampling=SAMPLING_FORMULAS[used.sampling],
        hashing_bits=6.0 * log2(SHARES / settings.epsilon_sec),
        checking_bits=log2(2.0 / settings.epsilon_cor),
        assumptions=(
            *proof.assumptions,
            *flaw_assumptions(settings, covered=(), takes_corners=False),
            *unused_options(settings.options, taken=TAKEN, proof=proof.name),
            *cautions_of(settings, used),
        ),
        options=used.to_dict(),
    )


def suits_two_decoys(counts: Counts) -> bool:
    """Say whether the source has two decoys as eq. 3 needs them: mu1 > mu2 + mu3 [mean photons]."""
    mu = counts.intensities
    return len(mu) == 3 and bool(tells_photons_apart(*mu))


def refuse_other_source(counts: Counts, *, name: str) -> None:
    """Raise DomainError unless there are three intensities with mu1 > mu2 + mu3 [mean photons]."""
    if not suits_two_decoys(counts):
        shown = ", ".join(f"{k:g}" for k in counts.intensities)
        raise DomainError(f"intensities are {shown}; {name} needs three with mu1 > mu2 + mu3 (mean photons)")


def two_decoy_terms(blocks: Blocks, *, settings: KeySettings, proof: TwoDecoyProof) -> Terms:
    """What a two-decoy proof finds in blocks of shape (..., 3); nothing is refused, nothing becomes nan.

    Parameters
    ----------
    blocks : Blocks
        Counts [1], key from their key basis.
    settings : KeySettings
        Failure probabilities [1], options and error correction.
    proof : TwoDecoyProof
        The proof's own choices.

    Returns
    -------
    Terms
        l = s_0 + s_1 (1 - h(phi)) - leak - 6 log2(21 / eps_sec) - log2(2 / eps_cor) [bit]. Where there is no key,
        ``real`` is lower still by a share of the clicks of the key basis, x / (1 + x) for each thing that is missing: x
        is the excess of the phase error over 1/2, or the single photons that a basis falls short of one, over its
        clicks. So it keeps a slope where l has none.

    Notes
    -----
    s_0 + s_1 is held at or below the clicks of its basis, phi at or below 1/2. A test basis that proves less than one
    single photon gives no key: then neither s_0 nor s_1 counts.
    """
    source = two_decoys(intensities=blocks.intensities, probabilities=blocks.probabilities)
    return two_decoys_found(parts_of(blocks), source, settings=settings, proof=proof).terms


def two_decoys_found(
    parts: Parts,
    source: TwoDecoys,
    *,
    settings: KeySettings,
    proof: TwoDecoyProof,
    leak_bits: Numbers | None = None,
    bounds: tuple[PhotonBounds, PhotonBounds] | None = None,
) -> Found:
    """What ``two_decoy_terms`` finds in counts taken apart, counts and bits; floats of one block stay floats.

    ``leak_bits`` is the measured leak of each block [bit] in the place of that of the settings; ``bounds`` are the
    ``photon_bounds`` of the key and of the test basis where they are at hand.
    """
    plan = two_decoy_plan(settings, proof)
    share, used = plan.share, plan.used
    key, test = bounds or [photon_bounds(clicks, source, plan) for clicks in (parts.key_clicks, parts.test_clicks)]
    (vacuum, keyed, key_clicks, key_lack), (_, tested, _, test_lack) = key, test
    wrong = _errors_bound(parts, source, share, used)
    size = larger(tested, 1.0)
    rate = wrong / size
    sampling = plan.sampling(smaller(rate, 0.5), size, larger(keyed, 1.0), share)
    over = rate + sampling
    proven = (tested >= 1.0) & (keyed >= 1.0)
    phase_error = either(proven, smaller(over, _LARGEST_PHASE_ERROR), _LARGEST_PHASE_ERROR)
    leak = _leak(parts.key_errors, key_clicks, settings) if leak_bits is None else leak_bits
    secret = either(tested >= 1.0, vacuum + keyed * (1.0 - entropy_bits(phase_error)), 0.0)
    real = secret - leak - plan.hashing_bits - plan.checking_bits
    excess = larger(over - _LARGEST_PHASE_ERROR, 0.0)
    missing = key_clicks * (either(tested >= 1.0, excess / (1.0 + excess), 1.0 + test_lack) + key_lack)
    return Found(vacuum, keyed, tested, wrong, phase_error, leak, either(real > 0.0, real, real - missing), sampling)


def two_decoy_key(counts: Counts, *, settings: KeySettings, proof: TwoDecoyProof) -> KeyLength:
    """Key length [bit] of one block, with its bounds; see the proof's own function.

    Raises
    ------
    DomainError
        Unless there are three intensities, mu1 > mu2 + mu3.
    """
    refuse_other_source(counts, name=proof.name)
    found = two_decoys_found(
        parts_of_one(counts),
        two_decoys_of_one(counts.intensities, counts.probabilities),
        settings=settings,
        proof=proof,
    )
    plan = two_decoy_plan(settings, proof)
    basis = counts.key_basis
    entropy = error_entropy_bits(clicks=basis.total_clicks, errors=basis.total_errors)
    real, leak = float(found.real), float(found.leak)
    return KeyLength(
        proof=proof.name,
        secret_bits=whole_bits(real),
        secret_bits_real=real,
        bounds=bounds_of(found) | steps_of(found),
        leak_bits=leak,
        epsilon=epsilon_account(settings),
        error_correction_efficiency=leak_efficiency(leak=leak, entropy_bits=entropy),
        assumptions=(*plan.assumptions, *leak_cautions(leak=leak, entropy_bits=entropy, settings=settings)),
        reference=proof.reference,
        options=plan.options.copy(),
    )


def epsilon_account(settings: KeySettings) -> dict[str, float]:
    """Failure probabilities by name [1]: of secrecy, of correctness, their sum, of each of 21 equal shares, by role.

    Notes
    -----
    The roles ``key_clicks_5_of_21``, ``test_clicks_5_of_21``, ``test_errors_2_of_21``, ``sampling_4_of_21``,
    ``chain_rules_4_of_21`` and ``privacy_amplification_1_of_21`` add up to ``sec``. Of the clicks of a basis five
    limits are used, both of either decoy and the upper one of the signal (eq. 2 and 3: 10 eps_1); of the errors two,
    the upper one of the stronger decoy and the lower one of the weaker (eq. 4: 2 eps_2). What the rest, 2 (2 a_1 + a_2
    + a_3) + nu, stands for is recalled: a_1 smooths the entropy of the single photons, as the sampling term fails with
    its square; a_2 and a_3 belong to the two chain rules that part vacuum, single photons and the rest; nu to privacy
    amplification. It fits that a_2, a_3 and nu together then cost just the 6 log2(21 / eps_sec) of the length.
    """
    return _account(settings.epsilon_sec, settings.epsilon_cor).copy()


@lru_cache(maxsize=64)
def _account(epsilon_sec: float, epsilon_cor: float) -> dict[str, float]:
    return {
        "sec": epsilon_sec,
        "cor": epsilon_cor,
        "total": epsilon_sec + epsilon_cor,
        "each_of_21_bounds": epsilon_sec / SHARES,
        **epsilon_roles(epsilon_sec),
    }


def epsilon_roles(epsilon_sec: float) -> dict[str, float]:
    """The secrecy failure probability [1] by the roles of its 21 equal shares; see ``epsilon_account``."""
    return {f"{role}_{count}_of_{SHARES}": count * (epsilon_sec / SHARES) for role, count in ROLES.items()}


def cautions_of(settings: KeySettings, used: TwoDecoyConventions) -> tuple[str, ...]:
    """What the chosen options assume beyond the proof; no unit."""
    return (
        *((POISSON_ASSUMPTION,) if used.concentration in BY_SIZE else ()),
        *option_cautions(settings, sampling=used.sampling, pool_errors=used.pool_errors, leak_model=used.leak_model),
    )


def photon_bounds(counts: tuple[Numbers, ...], source: TwoDecoys, plan: TwoDecoyPlan) -> PhotonBounds:
    """Vacuum counts, single-photon counts and clicks of one basis, and what it lacks, x / (1 + x) [1].

    x is the counts by which the unclipped bound falls short of one single photon, in the clicks: that falls as the
    basis is tested more, while the shortfall itself first grows with the deviations.
    """
    total, used = counts[0] + counts[1] + counts[2], plan.used
    lower, upper = reduced_apart(counts, total, source, plan.share, used.concentration, clip=used.clip_negative)
    empty = source.vacuum(lower, upper)
    if used.clip_negative:
        empty = larger(empty, 0.0)
    unclipped = source.single(lower, upper, empty)
    if not source.all_suit:
        empty = either(source.suits, empty, 0.0)
        unclipped = either(source.suits, unclipped, -total * (1.0 + source.mu2 + source.mu3))
    vacuum = smaller(empty, total)
    single = smaller(larger(unclipped, 0.0), total - larger(vacuum, 0.0))
    lacking = larger(1.0 - unclipped, 0.0) / larger(total, _NO_CLICKS)
    return vacuum, single, total, lacking / (1.0 + lacking)


def _errors_bound(parts: Parts, source: TwoDecoys, share: float, used: TwoDecoyConventions) -> Numbers:
    errors = parts.test_errors
    total = errors[0] + errors[1] + errors[2]
    if used.pool_errors:
        clicks = parts.test_clicks
        rate = total / larger(clicks[0] + clicks[1] + clicks[2], _NO_CLICKS)
        errors = tuple(rate * n for n in clicks)
    lower, upper = reduced_apart(errors, total, source, share, used.concentration, clip=used.clip_errors)
    wrong = larger(source.errors(lower, upper), 0.0)
    return smaller(wrong, total) if used.cap_errors else wrong


def reduced_apart(
    counts: tuple[Numbers, ...], total: Numbers, source: TwoDecoys, epsilon: float, concentration: str, *, clip: bool
) -> tuple[Three, Three]:
    """Lower and upper reduced counts exp(k) / p_k times the limits of each count [counts]; no checks.

    Every limit fails with ``epsilon`` [1]; ``total`` is the counts of all intensities, ``clip`` raises negative lower
    limits to 0.
    """
    lower, upper = limits_apart(counts=counts, total=total, epsilon=epsilon, concentration=concentration)
    (low1, low2, low3), (high1, high2, high3) = lower, upper
    if clip:
        low1, low2, low3 = larger(low1, 0.0), larger(low2, 0.0), larger(low3, 0.0)
    w1, w2, w3 = source.weights
    return (w1 * low1, w2 * low2, w3 * low3), (w1 * high1, w2 * high2, w3 * high3)


def _leak(errors: Three, clicks: Numbers, settings: KeySettings) -> Numbers:
    if settings.error_correction_leak_bits is not None:
        return settings.error_correction_leak_bits + 0.0 * clicks
    return planned_leak_bits(clicks=clicks, errors=errors[0] + errors[1] + errors[2], settings=settings)
