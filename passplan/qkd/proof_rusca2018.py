"""The proof of Rusca et al. 2018: one decoy, one basis for the key, the other for the test.

In the paper's letters: Z is the key basis, X the test basis, s_0 and s_1 the vacuum and single-photon counts, v the
single-photon errors, phi the phase error.
"""

from passplan.qkd.block import Blocks, Terms
from passplan.qkd.counts import Counts
from passplan.qkd.key_record import KeyLength
from passplan.qkd.one_decoy_key import OneDecoyProof, one_decoy_key, one_decoy_terms, suits_one_decoy
from passplan.qkd.settings import KeySettings

_PROOF = OneDecoyProof(
    name="rusca2018_1decoy",
    shares=19,
    hashing_factor=6.0,
    hashing_refund=0.0,
    sampling="fung",
    with_vacuum=True,
    best_vacuum=False,
    ceiling=False,
    assumptions=(
        "phase-randomised weak pulses with exactly the stated intensities",
        "perfect BB84 states without side channels",
        "detection probability independent of the basis",
        "errors of the key basis at each intensity known, that is, counted after error correction",
        "proven for a fixed length agreed beforehand; that treatment was found flawed later (arXiv 2405.16578)",
        "intensities, their probabilities and the basis choice constant over the block",
    ),
    reference="Rusca, Boaron, Gruenenfelder, Martin, Zbinden, APL 112, 171104 (2018), (A16)-(A25); transcribed",
)


def rusca2018_1decoy(counts: Counts, *, settings: KeySettings) -> KeyLength:
    """Secret key length of one block, key from the key basis at both intensities.

    Parameters
    ----------
    counts : Counts
        Two intensities, mu1 > mu2 > 0. The errors of both bases enter the bounds.
    settings : KeySettings
        A measured leak [bit] is that of all clicks of the key basis. Options left to the proof are: sampling "fung",
        concentration "hoeffding" (or "azuma"), with_vacuum true, clip_negative true, cap_errors and pool_errors false.

    Returns
    -------
    KeyLength
        l = s_0 + s_1 (1 - h(phi)) - leak - 6 log2(19 / eps_sec) - log2(2 / eps_cor) [bit], phi = v / s_1,test + gamma.

    Raises
    ------
    DomainError
        Unless there are two intensities, mu1 > mu2 > 0; or if options.concentration is neither of the two (then as
        UnknownName).

    Notes
    -----
    Source: Rusca et al., APL 112, 171104 (2018), (A16)-(A25), taken from a transcription; equal in every intermediate
    to the machine-checked vector of FormalQKD. The printed (A18) lacks the weight exp(k) / p_k of the errors.
    """
    return one_decoy_key(counts, settings=settings, proof=_PROOF)


def rusca2018_1decoy_terms(blocks: Blocks, *, settings: KeySettings) -> Terms:
    """Bounds [counts] and length [bit] of ``rusca2018_1decoy`` for blocks of two intensities, arrays of shape (...).

    Nothing is refused: intensities that the proof does not cover prove nothing.
    """
    return one_decoy_terms(blocks, settings=settings, proof=_PROOF)


def suits_rusca2018(counts: Counts) -> bool:
    """Say whether the source has one decoy: two intensities, mu1 > mu2 > 0 [mean photons]."""
    return suits_one_decoy(counts)
