"""Counts of one block: clicks and errors at each intensity in the key basis and in the test basis.

The intensity labels are independent of the channel, so counts of seconds, or of passes, with different loss may be
added as long as the settings of the source are the same. Keys of parts must never be added in their place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, isfinite

from passplan.errors import DomainError

LARGEST_INTENSITY = 10.0  # mean photons; far beyond any weak pulse, keeps exp(k) harmless
PROBABILITY_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisCounts:
    """Clicks and errors of one basis, one entry an intensity, the largest intensity first.

    clicks : detections where both sides used this basis [1], >= 0; expected counts need not be whole
    errors : those of them with the wrong bit [1], in [0, clicks]
    """

    clicks: tuple[float, ...]
    errors: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "clicks", tuple(self.clicks))
        object.__setattr__(self, "errors", tuple(self.errors))
        faults = basis_faults(self.clicks, self.errors)
        if faults:
            raise DomainError("; ".join(faults))

    @property
    def total_clicks(self) -> float:
        """Clicks of all intensities [1]."""
        return fsum(self.clicks)

    @property
    def total_errors(self) -> float:
        """Errors of all intensities [1]."""
        return fsum(self.errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Counts of one block, with the source settings they were taken at.

    intensities : mean photons of a pulse [1], two or three, strictly falling, in [0, 10]
    probabilities : share of pulses sent at each [1], in (0, 1), together 1 within 1e-9
    key_basis : counts of the basis that carries the key
    test_basis : counts of the basis that is tested
    """

    intensities: tuple[float, ...]
    probabilities: tuple[float, ...]
    key_basis: BasisCounts
    test_basis: BasisCounts

    def __post_init__(self) -> None:
        object.__setattr__(self, "intensities", tuple(self.intensities))
        object.__setattr__(self, "probabilities", tuple(self.probabilities))
        faults = setting_faults(self.intensities, self.probabilities)
        for name, basis in (("key_basis", self.key_basis), ("test_basis", self.test_basis)):
            if len(basis.clicks) != len(self.intensities):
                faults.append(f"{name} has {len(basis.clicks)} entries, must have one an intensity")
        if faults:
            raise DomainError("; ".join(faults))


def basis_faults(clicks: Iterable[float], errors: Iterable[float]) -> list[str]:
    """All faults of the clicks and errors [counts] of one basis, each naming entry, value and limit; empty if none."""
    clicks, errors = tuple(clicks), tuple(errors)
    faults = [
        f"{name}[{i}] is {value:.12g}, must be finite and >= 0 (counts)"
        for name, values in (("clicks", clicks), ("errors", errors))
        for i, value in enumerate(values)
        if not (isfinite(value) and value >= 0.0)
    ]
    if len(clicks) != len(errors):
        faults.append(f"errors has {len(errors)} entries, must have {len(clicks)} like clicks")
    faults += [
        f"errors[{i}] is {m:.12g}, must be <= clicks[{i}], {n:.12g}"
        for i, (n, m) in enumerate(zip(clicks, errors, strict=False))
        if m > n
    ]
    return faults


def setting_faults(intensities: Iterable[float], probabilities: Iterable[float]) -> list[str]:
    """All faults of intensities [mean photons] and probabilities [1], each naming value and limit; empty if none."""
    intensities, probabilities = tuple(intensities), tuple(probabilities)
    faults = []
    if len(intensities) not in (2, 3):
        faults.append(f"intensities has {len(intensities)} entries, must have 2 or 3")
    if len(intensities) != len(probabilities):
        faults.append(f"probabilities has {len(probabilities)} entries, must have {len(intensities)} like intensities")
    faults += [
        f"intensities[{i}] is {value:g}, must lie in [0, {LARGEST_INTENSITY:g}] (mean photons)"
        for i, value in enumerate(intensities)
        if not 0.0 <= value <= LARGEST_INTENSITY
    ]
    if any(not first > second for first, second in pairwise(intensities)):
        faults.append(f"intensities are {_listed(intensities)}, must fall strictly, the largest first")
    faults += [
        f"probabilities[{i}] is {value:g}, must lie in (0, 1)"
        for i, value in enumerate(probabilities)
        if not 0.0 < value < 1.0
    ]
    total = fsum(value for value in probabilities if isfinite(value))
    if abs(total - 1.0) > PROBABILITY_TOLERANCE:
        faults.append(f"probabilities add up to {total:.12g}, must add up to 1 within {PROBABILITY_TOLERANCE:g}")
    return faults


def add_counts(first: Counts, second: Counts) -> Counts:
    """Counts [1] of two blocks taken at the same source settings, as one block.

    Raises
    ------
    DomainError
        If intensities or probabilities differ: such blocks need their own labels, not a sum.
    """
    for name in ("intensities", "probabilities"):
        one, other = getattr(first, name), getattr(second, name)
        if one != other:
            raise DomainError(f"{name} differ, {_listed(one)} and {_listed(other)}: such counts must not be added")
    return Counts(
        intensities=first.intensities,
        probabilities=first.probabilities,
        key_basis=_sum_of(first.key_basis, second.key_basis),
        test_basis=_sum_of(first.test_basis, second.test_basis),
    )


def swap_bases(counts: Counts) -> Counts:
    """The same counts [1] with the key taken from the other basis."""
    return Counts(
        intensities=counts.intensities,
        probabilities=counts.probabilities,
        key_basis=counts.test_basis,
        test_basis=counts.key_basis,
    )


def pool_bases(counts: Counts) -> BasisCounts:
    """Counts [1] of both bases together, one entry an intensity."""
    return _sum_of(counts.key_basis, counts.test_basis)


def pool_errors(basis: BasisCounts) -> BasisCounts:
    """The same clicks, with all errors [counts] spread over the intensities in proportion to their clicks."""
    clicks = basis.total_clicks
    share = basis.total_errors / clicks if clicks > 0.0 else 0.0
    return BasisCounts(clicks=basis.clicks, errors=tuple(share * n for n in basis.clicks))


def _sum_of(first: BasisCounts, second: BasisCounts) -> BasisCounts:
    return BasisCounts(
        clicks=tuple(a + b for a, b in zip(first.clicks, second.clicks, strict=True)),
        errors=tuple(a + b for a, b in zip(first.errors, second.errors, strict=True)),
    )


def _listed(values: Iterable[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
