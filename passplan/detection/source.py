"""The source on the satellite: decoy intensities, their probabilities, the clock and the prepared basis."""

import math
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from passplan.checks import Fraction, NonNegative, Positive, check_limits, within
from passplan.errors import DomainError

_ROUNDING = 1e-9  # by how much probabilities written in decimals may miss a sum of 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Phase-randomised weak pulses with decoy intensities.

    clock_hz : pulses per second [Hz]
    intensities : mean photon numbers at the transmitter output [photons/pulse], the signal first, falling; two or three
    probabilities : share of each intensity [1], > 0, sum 1
    wavelength_nm : vacuum wavelength [nm]
    pulse_width_ns : full width at half maximum of a pulse [ns]
    basis_probability : share of pulses prepared in the key basis [1]
    preparation_error : probability that the prepared state is the orthogonal one [1], in [0, 0.5); what is wrong with
        the states besides a rotation of their polarization
    intensity_spread : relative uncertainty of the intensities [1], for the proofs that allow for it
    """

    clock_hz: Positive
    intensities: tuple[NonNegative, ...]
    probabilities: tuple[Fraction, ...]
    wavelength_nm: Positive
    pulse_width_ns: Positive
    basis_probability: Fraction = 0.5
    preparation_error: Annotated[float, Interval(ge=0.0, lt=0.5)] = 0.0
    intensity_spread: Annotated[float, Interval(ge=0.0, lt=1.0)] = 0.05

    def __post_init__(self) -> None:
        """Refuse values outside the annotated limits, and settings that contradict each other."""
        check_limits(self)
        if len(self.intensities) not in (2, 3):
            raise DomainError(f"Source.intensities has {len(self.intensities)} entries, must have 2 or 3")
        if len(self.probabilities) != len(self.intensities):
            raise DomainError(
                f"Source.probabilities has {len(self.probabilities)} entries, must have one for each of the "
                f"{len(self.intensities)} intensities"
            )
        within("Source.intensities", self.intensities, 0.0, math.inf, ends="[)")
        if any(later >= earlier for earlier, later in zip(self.intensities, self.intensities[1:], strict=False)):
            raise DomainError(f"Source.intensities is {self.intensities}, must fall from the signal to the last decoy")
        within("Source.probabilities", self.probabilities, 0.0, 1.0, ends="(]")
        total = math.fsum(self.probabilities)
        if abs(total - 1.0) > _ROUNDING:
            raise DomainError(f"Source.probabilities sum to {total:.9g}, must sum to 1")
