"""The proof of Lim et al. 2014: two decoys, one basis for the key, the other for the test.

Source: Lim, Curty, Walenta, Xu, Zbinden, PRA 89, 022307 (2014). In the paper's letters: X is the key basis, Z the test
basis, s_0 and s_1 the vacuum and single-photon counts, v the single-photon errors, phi the phase error.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from passplan.errors import DomainError
from passplan.qkd.block import Blocks, Terms
from passplan.qkd.counts import Counts
from passplan.qkd.decoy import TwoDecoys, two_decoys, two_decoys_of_one
from passplan.qkd.elementwise import Numbers, Parts, either, larger, parts_of_one, split
from passplan.qkd.key_record import Found, KeyLength, bounds_of, whole_bits
from passplan.qkd.leakage import error_entropy_bits, leak_cautions, leak_efficiency
from passplan.qkd.settings import LEAST_EPSILON, KeySettings
from passplan.qkd.two_decoy import (
    PhotonBounds,
    TwoDecoyProof,
    epsilon_roles,
    photon_bounds,
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
BOTH_BASES_PROOF = replace(
    PROOF,
    name="lim2014_both_bases",
    assumptions=(BOTH_BASES_ASSUMPTION, *ASSUMPTIONS),
    reference=REFERENCE + ", applied in both directions",
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
        A measured leak [bit] is that of both bases together. All of it is taken off, whichever basis gives key: how
        much was told of each is not known.

    Returns
    -------
    KeyLength
        Bounds are sums over the two directions [counts]; the phase error is the larger one [1], so that the sums do
        not lead to it: ``lim2014`` at half the failure probabilities shows the steps of a direction. One that gives no
        key adds none, and takes none away beside a measured leak.

    Raises
    ------
    DomainError
        Unless there are three intensities with mu1 > mu2 + mu3; if half a failure probability is below 1e-100.

    Notes
    -----
    The practice of the 2017 mission. The 2014 paper does not cover it: see the first assumption of the result.
    """
    refuse_other_source(counts, name=BOTH_BASES_PROOF.name)
    source = two_decoys_of_one(counts.intensities, counts.probabilities)
    directions = _directions(parts_of_one(counts), source, settings)
    measured = settings.error_correction_leak_bits
    found = _sum_of(directions, measured)
    plan = two_decoy_plan(settings, BOTH_BASES_PROOF)
    real, leak = float(found.real), float(found.leak)
    whole = sum(whole_bits(float(part.real)) for part in directions)
    entropy = sum(
        error_entropy_bits(clicks=basis.total_clicks, errors=basis.total_errors)
        for basis in (counts.key_basis, counts.test_basis)
    )
    return KeyLength(
        proof=BOTH_BASES_PROOF.name,
        secret_bits=whole if measured is None else whole_bits(real),
        secret_bits_real=real,
        bounds=bounds_of(found),
        leak_bits=leak,
        epsilon={
            "sec": settings.epsilon_sec,
            "cor": settings.epsilon_cor,
            "total": settings.epsilon_sec + settings.epsilon_cor,
            "sec_each_direction": 0.5 * settings.epsilon_sec,
            "cor_each_direction": 0.5 * settings.epsilon_cor,
            **epsilon_roles(settings.epsilon_sec),
        },
        error_correction_efficiency=leak_efficiency(leak=leak, entropy_bits=entropy),
        assumptions=(*plan.assumptions, *leak_cautions(leak=leak, entropy_bits=entropy, settings=settings)),
        reference=BOTH_BASES_PROOF.reference,
        options=plan.options.copy(),
    )


def lim2014_both_bases_terms(blocks: Blocks, *, settings: KeySettings) -> Terms:
    """Bounds [counts] and real lengths [bit] of ``lim2014_both_bases`` for blocks (..., 3).

    Raises
    ------
    DomainError
        If half a failure probability is below 1e-100; never for the blocks.
    """
    source = two_decoys(intensities=blocks.intensities, probabilities=blocks.probabilities)
    clicks = np.stack([blocks.key_clicks, blocks.test_clicks])  # both directions at once: half as many steps
    errors = np.stack([blocks.key_errors, blocks.test_errors])
    parts = Parts(split(clicks), split(errors), split(clicks[::-1]), split(errors[::-1]))
    found = two_decoys_found(parts, source, settings=_half(settings), proof=PROOF, leak_bits=_untold(parts, settings))
    one, other = (Found(*(np.asarray(value)[i] for value in found)) for i in (0, 1))
    return _sum_of((one, other), settings.error_correction_leak_bits).terms


def suits_lim2014(counts: Counts) -> bool:
    """Say whether the source has two decoys as eq. 3 needs them: mu1 > mu2 + mu3 [mean photons]."""
    return suits_two_decoys(counts)


@lru_cache(maxsize=64)
def _half(settings: KeySettings) -> KeySettings:
    """The settings of one direction: half of either failure probability."""
    for name in ("epsilon_sec", "epsilon_cor"):
        if getattr(settings, name) < 2.0 * LEAST_EPSILON:
            raise DomainError(
                f"KeySettings.{name} is {getattr(settings, name):g}, must be >= {2.0 * LEAST_EPSILON:g} for "
                "lim2014_both_bases, which halves it"
            )
    return replace(settings, epsilon_sec=0.5 * settings.epsilon_sec, epsilon_cor=0.5 * settings.epsilon_cor)


def _directions(parts: Parts, source: TwoDecoys, settings: KeySettings) -> tuple[Found, Found]:
    half = _half(settings)
    plan = two_decoy_plan(half, PROOF)
    one, other = photon_bounds(parts.key_clicks, source, plan), photon_bounds(parts.test_clicks, source, plan)

    def found(parts: Parts, bounds: tuple[PhotonBounds, PhotonBounds]) -> Found:
        untold = _untold(parts, settings)
        return two_decoys_found(parts, source, settings=half, proof=PROOF, leak_bits=untold, bounds=bounds)

    return found(parts, (one, other)), found(parts.swapped, (other, one))


def _untold(parts: Parts, settings: KeySettings) -> Numbers | None:
    """No leak in one direction where it was measured for both together; None where that of each is planned."""
    return None if settings.error_correction_leak_bits is None else 0.0 * parts.key_clicks[0]


def _sum_of(directions: tuple[Found, Found], measured: float | None) -> Found:
    """Sums of both directions, less the measured leak [bit]; one without a key takes none away from the other."""
    one, other = directions
    leak = one.leak + other.leak + (measured or 0.0)
    told = leak if measured is not None else 0.0  # a planned one is in either length already
    gains = larger(one.real, 0.0) + larger(other.real, 0.0) - told
    return Found(
        vacuum=one.vacuum + other.vacuum,
        single=one.single + other.single,
        tested=one.tested + other.tested,
        wrong=one.wrong + other.wrong,
        phase_error=larger(one.phase_error, other.phase_error),
        leak=leak,
        real=either(gains > 0.0, gains, one.real + other.real - told),
        sampling=either(one.phase_error >= other.phase_error, one.sampling, other.sampling),
    )
