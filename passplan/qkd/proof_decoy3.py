"""Three intensities, a length computed from the data, and sampling terms that are bounds: the careful default.

What it is: the decoy bounds and the tail of Lim et al. 2014, with the corrected Serfling term or the exact
hypergeometric one in the place of the estimate printed there, read as variable length. What it is not: the two-decoy
theorem of Wiesemann et al., Quantum 10, 2037 (2026), which proves such a length but whose constant for two decoys was
not read. The one-decoy tail of that paper, 4 log2(15 / eps) less one bit, is shorter than the 6 log2(21 / eps) kept
here.
"""

from dataclasses import replace
from functools import lru_cache

from passplan.errors import DomainError
from passplan.qkd.block import Blocks, Terms, block_of
from passplan.qkd.cautions import unused_options
from passplan.qkd.counts import Counts
from passplan.qkd.decoy import two_decoys_of_one
from passplan.qkd.elementwise import parts_of_one
from passplan.qkd.key_record import Found, KeyLength, bounds_of, found_in, steps_of, whole_bits
from passplan.qkd.leakage import error_entropy_bits, leak_cautions, leak_efficiency
from passplan.qkd.settings import KeySettings
from passplan.qkd.source_flaws import CORNERS_ASSUMPTION, flaw_assumptions, refuse_overlap, worst_corner
from passplan.qkd.two_decoy import (
    TAKEN,
    TwoDecoyProof,
    cautions_of,
    epsilon_account,
    refuse_other_source,
    suits_two_decoys,
    two_decoy_conventions,
    two_decoy_terms,
    two_decoys_found,
)

NAME = "decoy3_variable_length"
REFERENCE = (
    "Lim, Curty, Walenta, Xu, Zbinden, PRA 89, 022307 (2014), eq. 1-5, with the sampling term of Serfling as corrected "
    "in arXiv 2405.16578v3, or the exact one"
)
ASSUMPTIONS = (
    "the tail of Lim 2014 with corrected sampling, read as variable length: no theorem for just this was read; the "
    "two-decoy constant of Wiesemann et al. (2026) replaces it once known",
    "phase-randomised weak pulses with exactly the stated intensities",
    "perfect BB84 states without side channels",
    "detection probability independent of the basis",
    "intensities, their probabilities and the basis choice constant over the block",
)
SAMPLINGS = ("hypergeometric", "serfling")
PROOF = TwoDecoyProof(
    name=NAME, concentration="hoeffding", cap_errors=True, assumptions=ASSUMPTIONS, reference=REFERENCE
)


def decoy3_variable_length(counts: Counts, *, settings: KeySettings) -> KeyLength:
    """Secret key length of one block, key from the key basis at all intensities.

    Parameters
    ----------
    counts : Counts
        Three intensities, mu1 > mu2 + mu3.
    settings : KeySettings
        A measured leak [bit] is that of all clicks of the key basis. Options left to the proof are: sampling "serfling"
        ("hypergeometric" is the only other one taken), concentration "hoeffding", clip_negative true (and clip_errors
        with it), cap_errors true, pool_errors false, leak_model "entropy", no corners of the intensity spread.

    Returns
    -------
    KeyLength
        l = s_0 + s_1 (1 - h(phi)) - leak - 6 log2(21 / eps_sec) - log2(2 / eps_cor) [bit].

    Raises
    ------
    DomainError
        Unless there are three intensities with mu1 > mu2 + mu3, also at the corners of the spread if those are asked
        for; if the sampling chosen is an estimate and no bound.

    Notes
    -----
    See ``lim2014`` for what is held at or below what was seen, and the top of this file for what the length rests on.
    """
    refuse_other_source(counts, name=NAME)
    refuse_overlap(counts, settings=settings)
    found = _found(counts, settings)
    assumptions, options = _account(settings)
    basis = counts.key_basis
    entropy = error_entropy_bits(clicks=basis.total_clicks, errors=basis.total_errors)
    real, leak = float(found.real), float(found.leak)
    return KeyLength(
        proof=NAME,
        secret_bits=whole_bits(real),
        secret_bits_real=real,
        bounds=bounds_of(found) | steps_of(found),
        leak_bits=leak,
        epsilon=epsilon_account(settings),
        error_correction_efficiency=leak_efficiency(leak=leak, entropy_bits=entropy),
        assumptions=(*assumptions, *leak_cautions(leak=leak, entropy_bits=entropy, settings=settings)),
        reference=REFERENCE,
        options=options.copy(),
    )


def decoy3_variable_length_terms(blocks: Blocks, *, settings: KeySettings) -> Terms:
    """Bounds [counts] and real lengths [bit] of ``decoy3_variable_length`` for blocks of shape (..., 3).

    Raises
    ------
    DomainError
        If the sampling chosen is an estimate and no bound; never for the blocks.
    """
    own = _own(settings)
    if settings.options.intensity_spread_corners:
        return worst_corner(
            lambda corners: two_decoy_terms(corners, settings=own, proof=PROOF),
            blocks,
            spread=settings.intensity_spread,
        )
    return two_decoy_terms(blocks, settings=own, proof=PROOF)


def suits_decoy3(counts: Counts) -> bool:
    """Say whether the source has two decoys as the bounds need them: mu1 > mu2 + mu3 [mean photons]."""
    return suits_two_decoys(counts)


def _found(counts: Counts, settings: KeySettings) -> Found:
    if settings.options.intensity_spread_corners:
        return found_in(decoy3_variable_length_terms(block_of(counts), settings=settings))
    source = two_decoys_of_one(counts.intensities, counts.probabilities)
    return two_decoys_found(parts_of_one(counts), source, settings=_own(settings), proof=PROOF)


@lru_cache(maxsize=64)
def _account(settings: KeySettings) -> tuple[tuple[str, ...], dict[str, str | float | bool]]:
    """Assumptions, and the options by name, to be copied."""
    used = two_decoy_conventions(_own(settings).options, proof=PROOF)
    corners = bool(settings.options.intensity_spread_corners)
    assumptions = (
        *ASSUMPTIONS,
        *cautions_of(settings, used),
        *((CORNERS_ASSUMPTION,) if corners else ()),
        *flaw_assumptions(settings, covered=()),
        *unused_options(settings.options, taken=(*TAKEN, "intensity_spread_corners"), proof=NAME),
    )
    return assumptions, used.to_dict() | {"intensity_spread_corners": corners}


@lru_cache(maxsize=64)  # a search asks with the same settings again and again
def _own(settings: KeySettings) -> KeySettings:
    """The settings with the proof's own sampling where it was left open."""
    sampling = settings.options.sampling
    if sampling is None:
        return replace(settings, options=replace(settings.options, sampling="serfling"))
    if sampling not in SAMPLINGS:
        raise DomainError(f"Options.sampling is {sampling!r}, {NAME} takes one of {', '.join(SAMPLINGS)}")
    return settings
