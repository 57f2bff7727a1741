"""The proof of Lim et al. 2014: two decoys, one basis for the key, the other for the test.

Source: Lim, Curty, Walenta, Xu, Zbinden, PRA 89, 022307 (2014). In the paper's letters: X is the key basis, Z the test
basis, s_0 and s_1 the vacuum and single-photon counts, v the single-photon errors, phi the phase error.
"""

from dataclasses import replace
from functools import lru_cache

from passplan.qkd.block import Blocks, Terms
from passplan.qkd.counts import Counts
from passplan.qkd.decoy import TwoDecoys, two_decoys, two_decoys_of_one
from passplan.qkd.elementwise import Numbers, Parts, either, larger, parts_of, parts_of_one
from passplan.qkd.key_record import Found, KeyLength, whole_bits
from passplan.qkd.leakage import error_entropy_bits, leak_efficiency
from passplan.qkd.settings import KeySettings
from passplan.qkd.two_decoy import (
    TwoDecoyProof,
    bounds_of,
    refuse_other_source,
    suits_two_decoys,
    two_decoy_key,
    two_decoy_plan,
    two_decoy_terms,
    two_decoys_found,
)

REFERENCE = "Lim, Curty, Walenta, Xu, Zbinden, PRA 89, 022307 (2014), eq. 1-5"
ASSUMPTIONS = (
    "phase-randomised weak pulses with exactly the stated intensities",
    "perfect BB84 states without side channels",
    "detection probability independent of the basis",
    "proven for a fixed length agreed beforehand; a length computed from the data goes beyond the printed proof",
    "intensities, their probabilities and the basis choice constant over the block",
)
BOTH_BASES_ASSUMPTION = (
    "key from both bases, at half the failure probability each: covered only by proofs that allow test-basis "
    "statistics after error correction, not by the 2014 paper"
)
PROOF = TwoDecoyProof(
    name="lim2014", concentration="hoeffding", cap_errors=False, assumptions=ASSUMPTIONS, reference=REFERENCE
)


def lim2014(counts: Counts, *, settings: KeySettings) -> KeyLength:
    """Secret key length of one block, key from the key basis at all intensities.

    Parameters
    ----------
    counts : Counts
        Three intensities, mu1 > mu2 + mu3.
    settings : KeySettings
        A measured leak [bit] is that of all clicks of the key basis. Options left to the proof are: sampling "fung",
        concentration "hoeffding", clip_negative true (and clip_errors with it), cap_errors false, pool_errors false,
        leak_model "entropy" (the paper, with the clip at 0 that public codes add).

    Returns
    -------
    KeyLength
        l = s_0 + s_1 (1 - h(phi)) - leak - 6 log2(21 / eps_sec) - log2(2 / eps_cor) [bit].

    Raises
    ------
    DomainError
        Unless there are three intensities with mu1 > mu2 + mu3.

    Notes
    -----
    Eq. 1-5 of the paper. Never more than was seen: s_0 + s_1 is held at or below the clicks of its basis, phi at or
    below 1/2. A test basis that proves less than one single photon gives no key: then neither s_0 nor s_1 counts.
    The fung sampling term is an estimate for many errors (see there). The paper uses Hoeffding's limits; the others
    are offered because the proof needs nothing of the limits but their failure probability. Without a key the real
    length says how far the block is from one (see ``two_decoy_terms``).
    """
    return two_decoy_key(counts, settings=settings, proof=PROOF)


def lim2014_terms(blocks: Blocks, *, settings: KeySettings) -> Terms:
    """Bounds [counts] and real lengths [bit] of ``lim2014`` for blocks of shape (..., 3); refuses nothing."""
    return two_decoy_terms(blocks, settings=settings, proof=PROOF)


def lim2014_both_bases(counts: Counts, *, settings: KeySettings) -> KeyLength:
    """Sum of the lengths with either basis as the key basis, each at half the failure probabilities.

    Parameters
    ----------
    counts : Counts
        As for ``lim2014``.
    settings : KeySettings
        A measured leak [bit] is that of both bases together; it is shared out in proportion to their clicks.

    Returns
    -------
    KeyLength
        Bounds are sums over the two directions [counts]; the phase error is the larger one [1]. A direction that
        gives no key adds none, and takes none away.

    Raises
    ------
    DomainError
        Unless there are three intensities with mu1 > mu2 + mu3.

    Notes
    -----
    The practice of the 2017 mission. The 2014 paper does not cover it: see the first assumption of the result.
    """
    refuse_other_source(counts, name="lim2014")
    source = two_decoys_of_one(counts.intensities, counts.probabilities)
    directions = _directions(parts_of_one(counts), source, settings)
    found = _sum_of(directions)
    plan = two_decoy_plan(settings, PROOF)
    real, leak = float(found.real), float(found.leak)
    entropy = sum(
        error_entropy_bits(clicks=basis.total_clicks, errors=basis.total_errors)
        for basis in (counts.key_basis, counts.test_basis)
    )
    return KeyLength(
        proof="lim2014_both_bases",
        secret_bits=sum(whole_bits(float(part.real)) for part in directions),
        secret_bits_real=real,
        bounds=bounds_of(found),
        leak_bits=leak,
        epsilon={
            "sec": settings.epsilon_sec,
            "cor": settings.epsilon_cor,
            "total": settings.epsilon_sec + settings.epsilon_cor,
            "sec_each_direction": 0.5 * settings.epsilon_sec,
            "cor_each_direction": 0.5 * settings.epsilon_cor,
        },
        error_correction_efficiency=leak_efficiency(leak=leak, entropy_bits=entropy),
        assumptions=(BOTH_BASES_ASSUMPTION, *plan.assumptions),
        reference=REFERENCE + ", applied in both directions",
        options=plan.options.copy(),
    )


def lim2014_both_bases_terms(blocks: Blocks, *, settings: KeySettings) -> Terms:
    """Bounds [counts] and real lengths [bit] of ``lim2014_both_bases`` for blocks (..., 3); refuses nothing."""
    source = two_decoys(intensities=blocks.intensities, probabilities=blocks.probabilities)
    return _sum_of(_directions(parts_of(blocks), source, settings)).terms


def suits_lim2014(counts: Counts) -> bool:
    """Say whether the source has two decoys as eq. 3 needs them: mu1 > mu2 + mu3 [mean photons]."""
    return suits_two_decoys(counts)


@lru_cache(maxsize=64)
def _half(settings: KeySettings) -> KeySettings:
    """The settings of one direction: half of either failure probability."""
    return replace(settings, epsilon_sec=0.5 * settings.epsilon_sec, epsilon_cor=0.5 * settings.epsilon_cor)


def _directions(parts: Parts, source: TwoDecoys, settings: KeySettings) -> tuple[Found, Found]:
    half = _half(settings)
    first: Numbers | None = None
    second: Numbers | None = None
    measured = settings.error_correction_leak_bits
    if measured is not None:
        key, test = _total(parts.key_clicks), _total(parts.test_clicks)
        both = key + test
        share = either(both > 0.0, key / larger(both, 1e-300), 0.5)
        first, second = measured * share, measured * (1.0 - share)
    return (
        two_decoys_found(parts, source, settings=half, proof=PROOF, leak_bits=first),
        two_decoys_found(parts.swapped, source, settings=half, proof=PROOF, leak_bits=second),
    )


def _total(clicks: tuple[Numbers, ...]) -> Numbers:
    return clicks[0] + clicks[1] + clicks[2]


def _sum_of(directions: tuple[Found, Found]) -> Found:
    """Sums of both directions; a direction without a key takes none away from the other."""
    one, other = directions
    gains = larger(one.real, 0.0) + larger(other.real, 0.0)
    return Found(
        vacuum=one.vacuum + other.vacuum,
        single=one.single + other.single,
        tested=one.tested + other.tested,
        wrong=one.wrong + other.wrong,
        phase_error=larger(one.phase_error, other.phase_error),
        leak=one.leak + other.leak,
        real=either(gains > 0.0, gains, one.real + other.real),
    )
