"""The answer of a proof: how many secret bits, from which bounds, at which failure probabilities, assuming what."""

from dataclasses import dataclass
from math import floor
from typing import Any, NamedTuple

import numpy as np

from passplan.errors import DomainError
from passplan.qkd.block import Terms
from passplan.qkd.elementwise import Numbers

BOUNDS = ("vacuum_lower", "single_photon_lower", "single_photon_errors_upper", "phase_error_upper")
STEPS = ("tested_single_photon_lower", "sampling_term", "mismatch_added", "mismatch_denominator")
_COUNTED = frozenset((*BOUNDS[:-1], STEPS[0]))  # the others are shares
_BOUNDS, _MAY_HAVE = frozenset(BOUNDS), frozenset((*BOUNDS, *STEPS))
_REMARKS = ("covered: ", "not covered: ", "not used: ", "caution: ")  # lines of the assumptions that assume nothing
_INFINITE = float("inf")


class Found(NamedTuple):
    """What a proof finds: plain floats of one block, or arrays of shape (...) of many; see ``Terms``."""

    vacuum: Numbers
    single: Numbers
    tested: Numbers
    wrong: Numbers
    phase_error: Numbers
    leak: Numbers
    real: Numbers
    sampling: Numbers

    @property
    def terms(self) -> Terms:
        """The same as arrays: counts, and bits in ``leak`` and ``real``."""
        return Terms(**{name: np.asarray(value) for name, value in zip(self._fields, self, strict=True)})


def found_in(terms: Terms) -> Found:
    """Terms of one block as plain floats: counts, and bits in ``leak`` and ``real``."""
    return Found(*(float(getattr(terms, name)) for name in Found._fields))


def bounds_of(found: Found) -> dict[str, float | None]:
    """Bounds of one block for its record: counts, and the phase error [1]."""
    return {
        "vacuum_lower": float(found.vacuum),
        "single_photon_lower": float(found.single),
        "single_photon_errors_upper": float(found.wrong),
        "phase_error_upper": float(found.phase_error),
    }


def steps_of(found: Found) -> dict[str, float | None]:
    """What else the phase error of one block is worked out from: tested photons [counts], sampling term [1]."""
    return {"tested_single_photon_lower": float(found.tested), "sampling_term": float(found.sampling)}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLength:
    """Secret key length of one block of counts under one proof.

    proof : id of the proof
    secret_bits : length of the key [bit], a whole number, never negative
    secret_bits_real : the same before rounding down and clipping [bit]; negative says how far the block is from a key
    bounds : vacuum_lower, single_photon_lower, single_photon_errors_upper [counts], phase_error_upper [1]; None where
        the proof has no such bound. Beside them, where the proof has them, the steps to the phase error: the photons
        tested_single_photon_lower [counts], sampling_term, mismatch_added and mismatch_denominator [1]. It is
        (errors / tested + sampling_term + mismatch_added) / mismatch_denominator, held at 1/2; and 1/2 where the key or
        the tested are less than one single photon
    leak_bits : bits told in error correction [bit]
    epsilon : failure probabilities by name [1]
    error_correction_efficiency : bits told over the entropy of the errors [1]; None when no entropy
    assumptions : what must hold for the length to be secret
    reference : where the proof is written
    options : the conventions that were used
    """

    proof: str
    secret_bits: int
    secret_bits_real: float
    bounds: dict[str, float | None]
    leak_bits: float
    epsilon: dict[str, float]
    error_correction_efficiency: float | None
    assumptions: tuple[str, ...]
    reference: str
    options: dict[str, str | float | bool]

    def __post_init__(self) -> None:
        if not abs(self.secret_bits_real) < _INFINITE:
            raise DomainError(f"KeyLength.secret_bits_real is {self.secret_bits_real} [bit], must be finite")
        if not 0 <= self.secret_bits <= max(self.secret_bits_real, 0.0):
            raise DomainError(
                f"KeyLength.secret_bits is {self.secret_bits} [bit], must lie in [0, {self.secret_bits_real:g}]"
            )
        names = self.bounds.keys()
        if not names >= _BOUNDS:
            raise DomainError(f"KeyLength.bounds has {', '.join(sorted(names))}; must have {', '.join(BOUNDS)}")
        if not names <= _MAY_HAVE:
            unknown = ", ".join(sorted(names - _MAY_HAVE))
            raise DomainError(
                f"KeyLength.bounds has {unknown}, which is not known; may have {', '.join((*BOUNDS, *STEPS))}"
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON document; lengths and leaks in bits, bounds in counts, epsilon as probabilities."""
        return {
            "proof": self.proof,
            "secret_bits": self.secret_bits,
            "secret_bits_real": self.secret_bits_real,
            "bounds": dict(self.bounds),
            "leak_bits": self.leak_bits,
            "epsilon": dict(self.epsilon),
            "error_correction_efficiency": self.error_correction_efficiency,
            "assumptions": list(self.assumptions),
            "reference": self.reference,
            "options": dict(self.options),
        }

    def explain(self) -> str:
        """Text that says how the length [bit] came about, one statement a line."""
        lines = [f"{self.proof}: {self.secret_bits:,} secret bits ({self.secret_bits_real:,.1f} before rounding)"]
        for name, value in self.bounds.items():
            shown = "not used" if value is None else f"{value:,.1f}" if name in _COUNTED else f"{value:.5f}"
            lines.append(f"  {name:28s} {shown}")
        efficiency = self.error_correction_efficiency
        lines.append(f"  {'leak_bits':28s} {self.leak_bits:,.1f}" + (f" (f = {efficiency:.3f})" if efficiency else ""))
        lines += [f"  {'epsilon ' + name:28s} {value:.3g}" for name, value in self.epsilon.items()]
        lines += [f"  {'option ' + name:28s} {value}" for name, value in self.options.items()]
        lines += [f"  {text}" if text.startswith(_REMARKS) else f"  assumes {text}" for text in self.assumptions]
        lines.append(f"  source: {self.reference}")
        return "\n".join(lines)


def whole_bits(secret_bits_real: float) -> int:
    """Key length [bit] rounded down to a whole number, and 0 where it is negative."""
    return max(floor(secret_bits_real), 0)
