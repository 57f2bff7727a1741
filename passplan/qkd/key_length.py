"""The proofs by name: one signature, counts and settings in, a key length out.

====================  ================================================================================================
id                    what it is
====================  ================================================================================================
lim2014               two decoys, composable, key from one basis
lim2014_both_bases    the same in both directions at half the failure probabilities; beyond the 2014 paper
ma2005_sigma          the 2017 way: vacuum + weak decoy with Gaussian errors; to compare, not to make keys
====================  ================================================================================================
"""

from collections.abc import Callable
from typing import Protocol

from passplan.checks import one_of
from passplan.qkd.counts import Counts
from passplan.qkd.key_record import KeyLength
from passplan.qkd.proof_lim2014 import lim2014, lim2014_both_bases, suits_lim2014
from passplan.qkd.proof_ma2005 import ma2005_sigma, suits_ma2005
from passplan.qkd.settings import KeySettings, Options

__all__ = [
    "PROOFS",
    "KeyLength",
    "KeySettings",
    "Options",
    "Proof",
    "lim2014",
    "lim2014_both_bases",
    "ma2005_sigma",
    "proof_named",
    "suitable_proofs",
]


class Proof(Protocol):
    """A proof: counts of one block and the user's settings in, the key length [bit] with its bounds out."""

    def __call__(self, counts: Counts, *, settings: KeySettings) -> KeyLength:
        """Key length [bit] of one block."""
        ...


PROOFS: dict[str, Proof] = {
    "lim2014": lim2014,
    "lim2014_both_bases": lim2014_both_bases,
    "ma2005_sigma": ma2005_sigma,
}

_SUITS: dict[str, Callable[[Counts], bool]] = {
    "lim2014": suits_lim2014,
    "lim2014_both_bases": suits_lim2014,
    "ma2005_sigma": suits_ma2005,
}


def suitable_proofs(counts: Counts) -> tuple[str, ...]:
    """Ids of the proofs that the source of these counts allows (by its intensities, in mean photons)."""
    return tuple(name for name in PROOFS if _SUITS[name](counts))


def proof_named(name: str) -> Proof:
    """Return the proof of that id; its lengths are in bits.

    Raises
    ------
    UnknownName
        If there is none, with the nearest right spelling.
    """
    return PROOFS[one_of("proof", name, PROOFS)]
