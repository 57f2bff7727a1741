"""Many blocks of counts side by side, and what a proof says of each: the form in which proofs compute.

A proof is written once, on arrays; one block is an array of no dimensions. So an optimiser asks about a hundred
settings of the source in one call, and the key of a pass comes from the very same lines.
"""

from dataclasses import dataclass

import numpy as np

from passplan.checks import FloatArray
from passplan.errors import DomainError
from passplan.qkd.counts import Counts

_COUNTED = ("probabilities", "key_clicks", "key_errors", "test_clicks", "test_errors")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blocks:
    """Counts of blocks with their source settings; every array of shape (..., K), the largest intensity first.

    intensities : mean photons of a pulse [1]
    probabilities : share of pulses sent at each [1]
    key_clicks, key_errors : counts of the basis that carries the key [1]
    test_clicks, test_errors : counts of the basis that is tested [1]
    """

    intensities: FloatArray
    probabilities: FloatArray
    key_clicks: FloatArray
    key_errors: FloatArray
    test_clicks: FloatArray
    test_errors: FloatArray

    def __post_init__(self) -> None:
        shape = self.intensities.shape
        if not shape or any(getattr(self, name).shape != shape for name in _COUNTED):
            shapes = {name: getattr(self, name).shape for name in ("intensities", *_COUNTED)}
            raise DomainError(f"Blocks has the shapes {shapes}, must have one shape (..., K)")

    @property
    def swapped(self) -> "Blocks":
        """The same blocks with the key taken from the other basis."""
        return Blocks(
            intensities=self.intensities,
            probabilities=self.probabilities,
            key_clicks=self.test_clicks,
            key_errors=self.test_errors,
            test_clicks=self.key_clicks,
            test_errors=self.key_errors,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terms:
    """What a proof finds in blocks, arrays of one shape (...).

    vacuum, single : fewest clicks of the key basis from empty and from single-photon pulses [counts]
    tested : fewest single-photon clicks of the test basis [counts]
    wrong : most errors of single photons in the test basis [counts]
    phase_error : largest phase error of the single photons that carry key [1], in [0, 1/2]
    leak : bits told in error correction [bit]
    real : length of the key before rounding down and clipping at 0 [bit]; keeps its slope where there is no key
    sampling : what the phase error has more than the share of wrong ones among the tested [1]; 0 where all are tested
    """

    vacuum: FloatArray
    single: FloatArray
    tested: FloatArray
    wrong: FloatArray
    phase_error: FloatArray
    leak: FloatArray
    real: FloatArray
    sampling: FloatArray


def block_of(counts: Counts) -> Blocks:
    """One block of counts [1], as arrays of shape (K,)."""
    return Blocks(
        intensities=np.array(counts.intensities),
        probabilities=np.array(counts.probabilities),
        key_clicks=np.array(counts.key_basis.clicks),
        key_errors=np.array(counts.key_basis.errors),
        test_clicks=np.array(counts.test_basis.clicks),
        test_errors=np.array(counts.test_basis.errors),
    )
