"""What the user chooses for a key length: failure probabilities, error correction, and the conventions of a proof."""

from dataclasses import dataclass, field
from math import inf
from typing import Annotated, Literal

from annotated_types import Interval

from passplan.checks import check_limits, one_of
from passplan.errors import DomainError
from passplan.qkd.sampling import SAMPLING

LEAST_EPSILON = 1e-100  # proofs share it out, square it and take its inverse; far below, doubles underflow
CONCENTRATIONS = ("hoeffding", "azuma", "chernoff", "exact")
LEAK_MODELS = ("entropy", "tomamichel")
_SWITCHES = ("clip_negative", "clip_errors", "cap_errors", "pool_errors", "with_vacuum", "intensity_spread_corners")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Conventions in which published codes differ; None leaves the choice to the proof.

    A proof that does not take an option that was stated says so among its assumptions.

    sampling : how the phase error of the untested is bounded: "fung", "serfling", "hypergeometric", "yin", or
        "serfling_printed" (the factor as it stood before its correction, to compare with older codes)
    concentration : how far counts may lie from their mean: "hoeffding", "azuma", "chernoff" or "exact"; not every proof
        takes all four
    clip_negative : raise negative lower limits of counts, and of the vacuum counts, to 0
    clip_errors : raise negative lower limits of errors to 0; None follows clip_negative
    cap_errors : hold the single-photon errors at or below all errors seen in the test basis
    pool_errors : spread all errors of the test basis over the intensities in proportion to their clicks (as SatQuMA
        2.0.0 does) instead of using those seen at each; vacuum clicks then get the average error rate, not one half
    leak_model : how the leak is planned when none was measured: "entropy" (f times the entropy of the errors) or
        "tomamichel" (the larger of that and a finite-block estimate; see ``leakage``); for the two-decoy proofs
    with_vacuum : count the clicks of empty pulses as key; for the one-decoy proofs
    intensity_spread_corners : evaluate the proof at every corner of KeySettings.intensity_spread and keep the shortest
        key; a conservative evaluation, no part of the proof. ma2005_sigma does so always; lim2014, both ways, and
        chernoff never
    """

    sampling: Literal["fung", "serfling", "hypergeometric", "yin", "serfling_printed"] | None = None
    concentration: Literal["hoeffding", "azuma", "chernoff", "exact"] | None = None
    clip_negative: bool | None = None
    clip_errors: bool | None = None
    cap_errors: bool | None = None
    pool_errors: bool | None = None
    leak_model: Literal["entropy", "tomamichel"] | None = None
    with_vacuum: bool | None = None
    intensity_spread_corners: bool | None = None

    def __post_init__(self) -> None:
        for name, allowed in (("sampling", SAMPLING), ("concentration", CONCENTRATIONS), ("leak_model", LEAK_MODELS)):
            chosen = getattr(self, name)
            if chosen is None:
                continue
            if not isinstance(chosen, str):
                raise DomainError(f"Options.{name} is {chosen!r}, must be one of {', '.join(sorted(allowed))}")
            one_of(f"Options.{name}", chosen, allowed)
        for name in _SWITCHES:
            value = getattr(self, name)
            if value is not None and not isinstance(value, bool):
                raise DomainError(f"Options.{name} is {value!r}, must be true, false or left out")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """Everything a proof needs beside the counts.

    error_correction_efficiency : bits told per bit of entropy, f [1], >= 1; used when no leak was measured
    error_correction_leak_bits : bits truly told in error correction [bit], >= 0, for all the clicks that the proof
        turns into key; None to plan with f
    epsilon_sec : secrecy failure probability [1], in [1e-100, 1)
    epsilon_cor : correctness failure probability [1], in [1e-100, 1)
    options : conventions of the proof
    intensity_spread : largest relative deviation of an intensity [1], in [0, 1); used by ma2005_sigma, and by others
        with Options.intensity_spread_corners. The 2017 mission printed "below 5 %"
    sigmas : standard deviations of ma2005_sigma [1], >= 0; None takes the one-sided normal quantile of epsilon_sec
        (5.9978 for 1e-9)
    basis_fidelity : fidelity F = tr |sqrt(rho) sqrt(rho')| of the single photons that Alice sends in the two bases [1],
        in (0, 1]; used by ma2005_sigma, others say that it is not covered. None: not stated, taken as 1
    matched_pulses : pulses of the block, of all intensities, for which both sides had chosen the same basis [1], > 0;
        needed with a basis_fidelity below 1
    mismatch_delta1, mismatch_delta2 : what unequal detectors cost in tupkary_variable_length [1], in [0, 1] (see
        detector_mismatch.mismatch_deltas); None: not stated, taken as 0
    """

    error_correction_efficiency: Annotated[float, Interval(ge=1.0, lt=inf)] = 1.16
    error_correction_leak_bits: Annotated[float | None, Interval(ge=0.0, lt=inf)] = None
    epsilon_sec: Annotated[float, Interval(gt=0.0, lt=1.0)] = 1e-9
    epsilon_cor: Annotated[float, Interval(gt=0.0, lt=1.0)] = 1e-15
    options: Options = field(default_factory=Options)
    intensity_spread: Annotated[float, Interval(ge=0.0, lt=1.0)] = 0.05
    sigmas: Annotated[float | None, Interval(ge=0.0, lt=inf)] = None
    basis_fidelity: Annotated[float | None, Interval(gt=0.0, le=1.0)] = None
    matched_pulses: Annotated[float | None, Interval(gt=0.0, lt=inf)] = None
    mismatch_delta1: Annotated[float | None, Interval(ge=0.0, le=1.0)] = None
    mismatch_delta2: Annotated[float | None, Interval(ge=0.0, le=1.0)] = None

    def __post_init__(self) -> None:
        check_limits(self)
        for name in ("epsilon_sec", "epsilon_cor"):
            if getattr(self, name) < LEAST_EPSILON:
                raise DomainError(
                    f"KeySettings.{name} is {getattr(self, name):g}, must be >= {LEAST_EPSILON:g}: parts of smaller "
                    "ones get lost in double precision"
                )
