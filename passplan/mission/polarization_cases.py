"""What the key loses when the wave plates are not driven as planned: the same pass, one thing changed at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from passplan.mission.channel_path import clicks_of
from passplan.mission.link import counts_of, keys_of
from passplan.mission.polarization_path import polarization_of, with_receiver
from passplan.mission.result import PassResult, PolarizationTrack
from passplan.polarization.error_rate import contrast
from passplan.polarization.receiver import PLATE_NAMES, PolarizationReceiver

LAG_S, BIAS_DEG, OLD_DAYS = 1.0, 1.0, 7.0
_FREE = 1e6  # deg/s and deg/s^2, of a motor that nothing holds back


@dataclass(frozen=True, slots=True, kw_only=True)
class PolarizationCase:
    """One way in which the compensation may differ from the plan.

    name        : what is changed
    contrast    : contrast ratio [1] of the mean error over the key window
    error_hv, error_da : polarization error [1] of each basis, mean over the key window
    secret_bits : key under the mission's proof, from expected counts [bit]
    lost_bits   : what is missing to the key as planned [bit]
    """

    name: str
    contrast: float
    error_hv: float
    error_da: float
    secret_bits: int
    lost_bits: int


def polarization_cases(result: PassResult) -> list[PolarizationCase]:
    """Cases of a simulated pass, the plan first; the tracking, the channel and the proof stay as they are.

    A motor without limits is among them when the limits of the real one held a plate back, so that the cost of that
    outage stands in bits; a pass without a second in the key window has no cases.
    """
    if not result.mask.any():
        return []
    cases: list[PolarizationCase] = []
    for name, polarization in _variants(result):
        cases.append(_case(result, name, polarization, cases[0].secret_bits if cases else None))
    return cases


def _variants(result: PassResult) -> Iterator[tuple[str, PolarizationTrack]]:
    receiver = result.site.polarization
    motor, seconds = receiver.motor, result.track.time_s[result.mask]
    yield "as planned", result.polarization
    yield "plates not driven", replace(result.polarization, compensated=False)
    if not receiver.compensated:
        return
    culmination_s = (result.pass_.culmination_utc - result.track.epoch_utc).total_seconds()
    for name, stop_s in (("at the start of the key window", seconds[0]), ("at culmination", culmination_s)):
        yield f"motor stops {name}", _polarization(result, receiver, stopped_from_s=float(stop_s))
    late = replace(motor, latency_s=motor.latency_s + LAG_S, prediction=False)
    yield f"motor {LAG_S:g} s later, without prediction", _polarization(result, replace(receiver, motor=late))
    for name in PLATE_NAMES[receiver.plates]:
        plate = "plate" if receiver.plates == "half-wave" else name.replace("_", " ")
        yield f"{plate} biased by {BIAS_DEG:g} deg", _polarization(result, _with_bias(receiver, name))
    yield f"element set {OLD_DAYS:g} d old", _polarization(result, receiver, element_age_days=OLD_DAYS)
    if receiver.feedback is not None:
        yield "without feedback", _polarization(result, replace(receiver, feedback=None))
    if result.polarization.compensation.held_back.any():
        free = replace(
            motor, max_rate_deg_s=_FREE, max_acceleration_deg_s2=_FREE, min_deg=-np.inf, max_deg=np.inf, start_deg=None
        )
        yield "motor without limits", _polarization(result, replace(receiver, motor=free))


def _with_bias(receiver: PolarizationReceiver, name: str) -> PolarizationReceiver:
    """The same receiver with one plate turned a little."""
    names = PLATE_NAMES[receiver.plates]
    old_deg = receiver.plate_bias_deg or (0.0,) * len(names)
    biases_deg = tuple(bias + BIAS_DEG * (each == name) for bias, each in zip(old_deg, names, strict=True))
    return replace(receiver, plate_bias_deg=biases_deg)


def _polarization(
    result: PassResult,
    receiver: PolarizationReceiver,
    *,
    stopped_from_s: float = np.inf,
    element_age_days: float | None = None,
) -> PolarizationTrack:
    return polarization_of(
        with_receiver(result.selection, receiver),
        result.track,
        stopped_from_s=stopped_from_s,
        element_age_days=element_age_days,
    )


def _case(result: PassResult, name: str, polarization: PolarizationTrack, planned_bits: int | None) -> PolarizationCase:
    clicks = clicks_of(
        result.selection,
        result.budget,
        locked=result.satellite.locked * result.ground.locked,
        background_cps=result.background_cps,
        error_polarization=polarization.error,
    )
    keys = keys_of(result.selection, counts_of(result.selection, clicks, result.mask))
    bits = keys[result.payload.key.proof].secret_bits
    error_hv, error_da = polarization.error[:, result.mask].mean(axis=1)
    return PolarizationCase(
        name=name,
        contrast=float(contrast(0.5 * (error_hv + error_da))),
        error_hv=float(error_hv),
        error_da=float(error_da),
        secret_bits=bits,
        lost_bits=0 if planned_bits is None else planned_bits - bits,
    )
