"""The proof of Wiesemann et al. 2026: one decoy, with the gaps of the earlier fixed-length treatment closed.

In the paper's letters: X is the key basis, Z the test basis, s_0 and s_1 the vacuum and single-photon counts, v the
single-photon errors, Lambda the phase error. What stands here is the form that the authors' public code computes, with
the Serfling factor as corrected on 18 March 2026; of the paper itself the abstract was read.
"""

from passplan.qkd.block import Blocks, Terms
from passplan.qkd.counts import Counts
from passplan.qkd.key_record import KeyLength
from passplan.qkd.one_decoy_key import OneDecoyProof, one_decoy_key, one_decoy_terms, suits_one_decoy
from passplan.qkd.settings import KeySettings

_PROOF = OneDecoyProof(
    name="wiesemann2026_1decoy",
    shares=15,
    hashing_factor=4.0,
    hashing_refund=1.0,  # 4 log2(15 / (eps_sec 2^(1/4))) = 4 log2(15 / eps_sec) - 1
    sampling="serfling",
    with_vacuum=False,
    best_vacuum=True,
    ceiling=True,
    assumptions=(
        "phase-randomised weak pulses with exactly the stated intensities",
        "perfect BB84 states without side channels",
        "detection probability independent of the basis",
        "errors of the key basis at each intensity known, that is, counted after error correction",
        "length computed from the counts of each block (variable length)",
        "intensities, their probabilities and the basis choice constant over the block",
        "formula taken from the authors' code, with the Serfling factor corrected on 18 March 2026",
    ),
    reference="Wiesemann, Krause, Tupkary, Luetkenhaus, Rusca, Walenta, Quantum 10, 2037 (2026), arXiv 2405.16578v3",
)


def wiesemann2026_1decoy(counts: Counts, *, settings: KeySettings) -> KeyLength:
    """Secret key length of one block, key from the key basis at both intensities.

    Parameters
    ----------
    counts : Counts
        Two intensities, mu1 > mu2 > 0. The errors of both bases enter the bounds.
    settings : KeySettings
        A measured leak [bit] is that of all clicks of the key basis. Options left to the proof are: sampling
        "serfling" ("serfling_printed" is the factor before its correction, for comparison alone), concentration
        "hoeffding" (or "azuma"), with_vacuum false, clip_negative true, cap_errors and pool_errors false.

    Returns
    -------
    KeyLength
        l = [s_0] + s_1 (1 - h(Lambda)) - leak - 4 log2(15 / (eps_sec 2^(1/4))) - log2(2 / eps_cor) [bit],
        Lambda = v / s_1,test + gamma; s_0 with the option with_vacuum alone.

    Raises
    ------
    DomainError
        Unless there are two intensities, mu1 > mu2 > 0; or if options.concentration is neither of the two (then as
        UnknownName).

    Notes
    -----
    Source: Wiesemann et al., Quantum 10, 2037 (2026), arXiv 2405.16578v3; formula taken from the authors' code. Every
    limit of counts is held between 0 and the total of its basis; the vacuum's upper limit is the smaller one of both
    intensities. clip_negative false lifts all of these holds.
    """
    return one_decoy_key(counts, settings=settings, proof=_PROOF)


def wiesemann2026_1decoy_terms(blocks: Blocks, *, settings: KeySettings) -> Terms:
    """Bounds [counts] and length [bit] of ``wiesemann2026_1decoy``: blocks of two intensities, arrays of shape (...).

    Nothing is refused: intensities that the proof does not cover prove nothing.
    """
    return one_decoy_terms(blocks, settings=settings, proof=_PROOF)


def suits_wiesemann2026(counts: Counts) -> bool:
    """Say whether the source has one decoy: two intensities, mu1 > mu2 > 0 [mean photons]."""
    return suits_one_decoy(counts)
