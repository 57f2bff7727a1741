"""The proofs by name: one signature, counts and settings in, a key length out.

========================  ============================================================================================
id                        what it is
========================  ============================================================================================
decoy3_variable_length    two decoys, a length computed from the data, sampling terms that are bounds: the default
lim2014                   two decoys, composable, key from one basis, a length agreed beforehand
lim2014_both_bases        the same in both directions at half the failure probabilities; beyond the 2014 paper
chernoff                  lim2014 with Chernoff limits of each count, as SatQuMA has it
tupkary_variable_length   two decoys, a length computed from the data, detectors that need not be alike
wiesemann2026_1decoy      one decoy, a length computed from the data, corrected in 2026
rusca2018_1decoy          one decoy, as printed in 2018; to compare
ma2005_sigma              the 2017 way: vacuum + weak decoy with Gaussian errors; to compare, not to make keys
========================  ============================================================================================
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from passplan.checks import one_of
from passplan.qkd.block import Blocks, Terms
from passplan.qkd.counts import Counts
from passplan.qkd.key_record import KeyLength
from passplan.qkd.proof_chernoff import chernoff, chernoff_terms, suits_chernoff
from passplan.qkd.proof_decoy3 import decoy3_variable_length, decoy3_variable_length_terms, suits_decoy3
from passplan.qkd.proof_lim2014 import (
    lim2014,
    lim2014_both_bases,
    lim2014_both_bases_terms,
    lim2014_terms,
    suits_lim2014,
)
from passplan.qkd.proof_ma2005 import ma2005_sigma, ma2005_sigma_terms, suits_ma2005
from passplan.qkd.proof_rusca2018 import rusca2018_1decoy, rusca2018_1decoy_terms, suits_rusca2018
from passplan.qkd.proof_tupkary2025 import suits_tupkary, tupkary_variable_length, tupkary_variable_length_terms
from passplan.qkd.proof_wiesemann2026 import suits_wiesemann2026, wiesemann2026_1decoy, wiesemann2026_1decoy_terms
from passplan.qkd.settings import KeySettings, Options

__all__ = [
    "PROOFS",
    "TERMS",
    "KeyLength",
    "KeySettings",
    "Options",
    "Proof",
    "ProofTerms",
    "chernoff",
    "decoy3_variable_length",
    "default_proof",
    "lim2014",
    "lim2014_both_bases",
    "ma2005_sigma",
    "proof_named",
    "rusca2018_1decoy",
    "suitable_proofs",
    "tupkary_variable_length",
    "wiesemann2026_1decoy",
]


class Proof(Protocol):
    """A proof: counts of one block and the user's settings in, the key length [bit] with its bounds out."""

    def __call__(self, counts: Counts, *, settings: KeySettings) -> KeyLength:
        """Key length [bit] of one block."""
        ...


class ProofTerms(Protocol):
    """The same proof on many blocks at once, arrays in and out."""

    def __call__(self, blocks: Blocks, *, settings: KeySettings) -> Terms:
        """Bounds [counts] and unclipped lengths [bit] of blocks."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    proof: Proof
    terms: ProofTerms
    suits: Callable[[Counts], bool]


_ENTRIES = {
    "decoy3_variable_length": _Entry(
        proof=decoy3_variable_length, terms=decoy3_variable_length_terms, suits=suits_decoy3
    ),
    "lim2014": _Entry(proof=lim2014, terms=lim2014_terms, suits=suits_lim2014),
    "lim2014_both_bases": _Entry(proof=lim2014_both_bases, terms=lim2014_both_bases_terms, suits=suits_lim2014),
    "chernoff": _Entry(proof=chernoff, terms=chernoff_terms, suits=suits_chernoff),
    "tupkary_variable_length": _Entry(
        proof=tupkary_variable_length, terms=tupkary_variable_length_terms, suits=suits_tupkary
    ),
    "wiesemann2026_1decoy": _Entry(
        proof=wiesemann2026_1decoy, terms=wiesemann2026_1decoy_terms, suits=suits_wiesemann2026
    ),
    "rusca2018_1decoy": _Entry(proof=rusca2018_1decoy, terms=rusca2018_1decoy_terms, suits=suits_rusca2018),
    "ma2005_sigma": _Entry(proof=ma2005_sigma, terms=ma2005_sigma_terms, suits=suits_ma2005),
}
DEFAULT_TWO_DECOYS, DEFAULT_ONE_DECOY = "decoy3_variable_length", "wiesemann2026_1decoy"
PROOFS: dict[str, Proof] = {name: entry.proof for name, entry in _ENTRIES.items()}
TERMS: dict[str, ProofTerms] = {name: entry.terms for name, entry in _ENTRIES.items()}


def default_proof(intensities: Sequence[float]) -> str:
    """Id of the careful proof for a source of so many intensities [mean photons]: two have their own."""
    return DEFAULT_ONE_DECOY if len(intensities) == 2 else DEFAULT_TWO_DECOYS


def suitable_proofs(counts: Counts) -> tuple[str, ...]:
    """Ids of the proofs that the source of these counts allows (by its intensities, in mean photons)."""
    return tuple(name for name, entry in _ENTRIES.items() if entry.suits(counts))


def proof_named(name: str) -> Proof:
    """Return the proof of that id; its lengths are in bits.

    Raises
    ------
    UnknownName
        If there is none, with the nearest right spelling.
    """
    return PROOFS[one_of("proof", name, PROOFS)]
