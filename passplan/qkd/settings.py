"""What the user chooses for a key length: failure probabilities, error correction, and the conventions of a proof."""

from dataclasses import dataclass, field
from math import inf
from typing import Annotated, Literal

from annotated_types import Interval

from passplan.checks import check_limits, one_of
from passplan.errors import DomainError
from passplan.qkd.sampling import SAMPLING


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Conventions in which published codes differ; None leaves the choice to the proof.

    sampling : how the phase error of the untested is bounded: "fung", "serfling" or "hypergeometric"
    clip_negative : raise negative lower limits of counts, and of the vacuum counts, to 0
    cap_errors : hold the single-photon errors at or below all errors seen in the test basis
    pool_errors : spread all errors of the test basis over the intensities in proportion to their clicks (as SatQuMA
        2.0.0 does) instead of using those seen at each; vacuum clicks then get the average error rate, not one half
    """

    sampling: Literal["fung", "serfling", "hypergeometric"] | None = None
    clip_negative: bool | None = None
    cap_errors: bool | None = None
    pool_errors: bool | None = None

    def __post_init__(self) -> None:
        if self.sampling is not None:
            if not isinstance(self.sampling, str):
                raise DomainError(
                    f"Options.sampling is {self.sampling!r}, must be one of {', '.join(sorted(SAMPLING))}"
                )
            one_of("Options.sampling", self.sampling, SAMPLING)
        for name in ("clip_negative", "cap_errors", "pool_errors"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, bool):
                raise DomainError(f"Options.{name} is {value!r}, must be true, false or left out")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """Everything a proof needs beside the counts.

    error_correction_efficiency : bits told per bit of entropy, f [1], >= 1; used when no leak was measured
    error_correction_leak_bits : bits truly told in error correction [bit], >= 0, for all the clicks that the proof
        turns into key; None to plan with f
    epsilon_sec : secrecy failure probability [1], in (0, 1)
    epsilon_cor : correctness failure probability [1], in (0, 1)
    options : conventions of the proof
    intensity_spread : largest relative deviation of an intensity [1], in [0, 1); used by ma2005_sigma alone. The 2017
        mission printed "below 5 %"
    sigmas : standard deviations of ma2005_sigma [1], >= 0; None takes the one-sided normal quantile of epsilon_sec
        (5.9978 for 1e-9)
    """

    error_correction_efficiency: Annotated[float, Interval(ge=1.0, lt=inf)] = 1.16
    error_correction_leak_bits: Annotated[float | None, Interval(ge=0.0, lt=inf)] = None
    epsilon_sec: Annotated[float, Interval(gt=0.0, lt=1.0)] = 1e-9
    epsilon_cor: Annotated[float, Interval(gt=0.0, lt=1.0)] = 1e-15
    options: Options = field(default_factory=Options)
    intensity_spread: Annotated[float, Interval(ge=0.0, lt=1.0)] = 0.05
    sigmas: Annotated[float | None, Interval(ge=0.0, lt=inf)] = None

    def __post_init__(self) -> None:
        check_limits(self)
