"""What the optimiser is asked, and what it answers."""

from dataclasses import dataclass, field, replace

import numpy as np

from passplan.checks import one_of, within
from passplan.errors import DomainError
from passplan.qkd.block import block_of
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.engine import KeyWindow
from passplan.qkd.gain import SourceSetting
from passplan.qkd.key_length import TERMS, proof_named, suitable_proofs
from passplan.qkd.key_record import KeyLength
from passplan.qkd.search import Effort
from passplan.qkd.settings import KeySettings
from passplan.qkd.space import Space

LEAST_TESTED = 100.0  # single photons in the test sample; fewer make no key


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """Best settings found for a pass, and what they give.

    proof : id of the proof
    source : settings of the source
    window : seconds that make key, and the rule
    counts : expected counts of the block [counts]
    key : key length; 0 bits where the sample is too small
    tested_single_photons : fewest single-photon clicks of the test basis [counts]
    least_tested : how many of them a key needs [counts]
    seed_bits : unclipped length found from each seed [bit], the best first
    evaluations : about how many settings were tried [1]; a step of the polish counts as five
    """

    proof: str
    source: SourceSetting
    window: KeyWindow
    counts: Counts
    key: KeyLength
    tested_single_photons: float
    least_tested: float
    seed_bits: tuple[float, ...]
    evaluations: int

    @property
    def gap_bits(self) -> float:
        """Difference of the two best seeds [bit], the certificate: near 0 where two searches met; inf for one seed."""
        return self.seed_bits[0] - self.seed_bits[1] if len(self.seed_bits) > 1 else float("inf")

    @property
    def is_sampled(self) -> bool:
        """Whether the test sample holds as many single photons [counts] as a key needs."""
        return self.tested_single_photons >= self.least_tested


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to optimise; the same for all passes of a search.

    proof : id of the proof
    settings : failure probabilities and error correction, without a measured leak
    bob_key_probability : Bob's share of the key basis [1], in (0, 1), fixed by his splitter; None ties it to Alice's
    space : where to look
    optimise_window : choose the seconds too; otherwise all of them make key
    least_tested : single photons that the test sample must hold [counts], >= 1
    effort : length of the search
    """

    proof: str
    settings: KeySettings
    bob_key_probability: float | None
    space: Space = field(default_factory=Space)
    optimise_window: bool = False
    least_tested: float = LEAST_TESTED
    effort: Effort = field(default_factory=Effort)

    def __post_init__(self) -> None:
        one_of("proof", self.proof, TERMS)
        if self.bob_key_probability is not None:
            within("Task.bob_key_probability", self.bob_key_probability, 0.0, 1.0, ends="()")
        within("Task.least_tested", self.least_tested, 1.0, np.inf, ends="[)")
        leak = self.settings.error_correction_leak_bits
        if leak is not None:
            raise DomainError(f"error_correction_leak_bits is {leak:g} bit, must be None: settings are planned with f")

        if self.space.intensities is not None and not self._suits(self.space.intensities):
            raise DomainError(f"Space.intensities is {self.space.intensities}, but {self.proof} does not take so many")

    @property
    def intensities(self) -> int:
        """Number of intensities [1]: the space's, else 3 where the proof allows it, else 2."""
        return self.space.intensities or (3 if self._suits(3) else 2)

    def _suits(self, number: int) -> bool:
        trial = BasisCounts(clicks=(1.0,) * number, errors=(0.0,) * number)
        rest = 0.5 / (number - 1)
        return self.proof in suitable_proofs(
            Counts(
                intensities=(0.6, 0.2, 0.0)[:number],
                probabilities=(0.5, *(rest,) * (number - 1)),
                key_basis=trial,
                test_basis=trial,
            )
        )


def guarded_key(counts: Counts, *, task: Task) -> tuple[KeyLength, float]:
    """Key length of one block [bit], 0 where the sample is too small, and its tested single photons [counts].

    Raises
    ------
    DomainError
        If the proof does not take such counts.
    """
    key = proof_named(task.proof)(counts, settings=task.settings)
    tested = float(TERMS[task.proof](block_of(counts), settings=task.settings).tested)
    return (key if tested >= task.least_tested else replace(key, secret_bits=0)), tested
