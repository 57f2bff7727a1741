"""The two-decoy proof with Chernoff limits at each intensity, as the code SatQuMA 2.0.0 evaluates it.

Lim et al. 2014 with the common Hoeffding deviation replaced by a limit of each count by its own size: a decoy that is
sent seldom is then known better, and the key of one satellite pass grows by about a third to a half.
"""

from passplan.qkd.block import Blocks, Terms
from passplan.qkd.counts import Counts
from passplan.qkd.key_record import KeyLength
from passplan.qkd.settings import KeySettings, Options
from passplan.qkd.two_decoy import TwoDecoyProof, suits_two_decoys, two_decoy_key, two_decoy_terms

REFERENCE = (
    "Lim et al., PRA 89, 022307 (2014), eq. 1-5, with the limits of Yin et al., Sci. Rep. 10, 14312 (2020); formula "
    "taken from the authors' code (SatQuMA 2.0.0)"
)
ASSUMPTIONS = (
    "phase-randomised weak pulses with exactly the stated intensities",
    "perfect BB84 states without side channels",
    "detection probability independent of the basis",
    "proven for a fixed length agreed beforehand; a length computed from the data goes beyond the printed proof",
    "intensities, their probabilities and the basis choice constant over the block",
)
SATQUMA_OPTIONS = Options(
    sampling="fung", clip_errors=False, cap_errors=True, pool_errors=True, leak_model="tomamichel"
)  # with these, and errors pooled second by second instead of over the block, SatQuMA 2.0.0 to the last digit
PROOF = TwoDecoyProof(
    name="chernoff", concentration="chernoff", cap_errors=True, assumptions=ASSUMPTIONS, reference=REFERENCE
)


def chernoff(counts: Counts, *, settings: KeySettings) -> KeyLength:
    """Secret key length of one block with Chernoff limits, key from the key basis at all intensities.

    Parameters
    ----------
    counts : Counts
        Three intensities, mu1 > mu2 + mu3.
    settings : KeySettings
        A measured leak [bit] is that of all clicks of the key basis. Options left to the proof are: sampling "fung",
        concentration "chernoff", clip_negative true (and clip_errors with it), cap_errors true, pool_errors false,
        leak_model "entropy". ``SATQUMA_OPTIONS`` are those of SatQuMA itself, which spreads the errors over the
        intensities and so hides that the vacuum clicks are wrong half of the time.

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
    See ``lim2014`` for what is held at or below what was seen.
    """
    return two_decoy_key(counts, settings=settings, proof=PROOF)


def chernoff_terms(blocks: Blocks, *, settings: KeySettings) -> Terms:
    """Bounds [counts] and real lengths [bit] of ``chernoff`` for blocks of shape (..., 3); refuses nothing."""
    return two_decoy_terms(blocks, settings=settings, proof=PROOF)


def suits_chernoff(counts: Counts) -> bool:
    """Say whether the source has two decoys as eq. 3 needs them: mu1 > mu2 + mu3 [mean photons]."""
    return suits_two_decoys(counts)
