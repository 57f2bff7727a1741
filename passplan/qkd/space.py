"""Settings of the source as points of the unit cube: every point is a source that a proof can take."""

from dataclasses import dataclass

import numpy as np

from passplan.checks import FloatArray, within
from passplan.errors import DomainError
from passplan.qkd.gain import SourceSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Where the optimiser may look; each pair is lowest and highest, equal ends fix the value.

    signal : largest intensity [mean photons], in (0, 10]
    decoy : second intensity between its neighbours, (mu2 - mu3) / (mu1 - 2 mu3) [1], in (0, 1), which keeps
        mu1 > mu2 + mu3; for two intensities mu2 / mu1
    vacuum : third intensity [mean photons], fixed; of no use with two intensities
    least_probability : least share of pulses at any intensity [1], in (0, 1/4)
    alice_key_probability : Alice's share of the key basis [1], in (0, 1)
    intensities : how many, 2 or 3; None takes 3 where the proof allows it
    """

    signal: tuple[float, float] = (0.1, 1.0)
    decoy: tuple[float, float] = (0.02, 0.95)
    vacuum: float = 0.0
    least_probability: float = 0.002
    alice_key_probability: tuple[float, float] = (0.05, 0.995)
    intensities: int | None = None

    def __post_init__(self) -> None:
        for name, top, ends in (("signal", 10.0, "(]"), ("decoy", 1.0, "()"), ("alice_key_probability", 1.0, "()")):
            low, high = getattr(self, name)
            within(f"Space.{name}[1]", high, 0.0, top, ends=ends)
            within(f"Space.{name}[0]", low, 0.0, high, ends="(]")
        within("Space.vacuum", self.vacuum, 0.0, 0.5 * self.signal[0], ends="[)")
        within("Space.least_probability", self.least_probability, 0.0, 0.25, ends="()")
        if self.intensities not in (None, 2, 3):
            raise DomainError(f"Space.intensities is {self.intensities}, must be 2 or 3, or None for the proof's own")

    def dimensions(self, number: int) -> int:
        """Coordinates of a point [1] for sources with that number of intensities."""
        return 5 if number == 3 else 4


def sources_at(
    space: Space, points: FloatArray, *, number: int, bob_key_probability: float | None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Sources at points of the unit cube.

    Parameters
    ----------
    space : Space
        Ranges.
    points : ndarray, shape (..., d)
        Coordinates [1], in [0, 1]: Alice's bias, signal, decoy, share of the signal, and with three intensities the
        share of the decoy in the rest.
    number : int
        Intensities, 2 or 3.
    bob_key_probability : float or None
        Bob's share of the key basis [1]; None ties it to Alice's.

    Returns
    -------
    tuple of ndarray
        Intensities [mean photons] and probabilities [1], shape (..., number), and Alice's and Bob's share of the key
        basis [1], shape (...).
    """
    alice = _between(space.alice_key_probability, points[..., 0])
    signal = _between(space.signal, points[..., 1])
    lowest = space.vacuum if number == 3 else 0.0
    decoy = lowest + _between(space.decoy, points[..., 2]) * (signal - 2.0 * lowest)
    least = space.least_probability
    first = least + points[..., 3] * (1.0 - number * least)
    if number == 3:
        second = least + points[..., 4] * (1.0 - first - 2.0 * least)
        intensities = np.stack([signal, decoy, np.full_like(signal, lowest)], axis=-1)
        probabilities = np.stack([first, second, 1.0 - first - second], axis=-1)
    else:
        intensities = np.stack([signal, decoy], axis=-1)
        probabilities = np.stack([first, 1.0 - first], axis=-1)
    bob = alice if bob_key_probability is None else np.full_like(alice, bob_key_probability)
    return intensities, probabilities, alice, bob


def source_at(space: Space, point: FloatArray, *, number: int, bob_key_probability: float | None) -> SourceSetting:
    """Source at one point [1] of the unit cube, shape (d,)."""
    intensities, probabilities, alice, bob = sources_at(
        space, point, number=number, bob_key_probability=bob_key_probability
    )
    return SourceSetting(
        intensities=tuple(intensities.tolist()),
        probabilities=tuple(probabilities.tolist()),
        alice_key_probability=float(alice),
        bob_key_probability=float(bob),
    )


def _between(ends: tuple[float, float], share: FloatArray) -> FloatArray:
    return ends[0] + share * (ends[1] - ends[0])
