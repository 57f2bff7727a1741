"""Which share of the pulses a receiver's gate accepts, whatever is wrong with its time: spread, offset, drift."""

from functools import lru_cache

from passplan.detection.detector import Detectors
from passplan.detection.gating import gate_acceptance, gate_duty
from passplan.detection.source import Source
from passplan.detection.synchronization import drifting_acceptance, offset_acceptance

_SHARPEST = 1e-6  # spread of the arrivals over the gate that stands for none where the gate is off centre


@lru_cache(maxsize=64)  # every second of a pass asks with the same link
def pulse_acceptance(source: Source, detectors: Detectors) -> float:
    """Share of the pulses that arrive inside the gate.

    Parameters
    ----------
    source : Source
        Its clock [Hz] and the width of its pulses [ns].
    detectors : Detectors
        Gate, offset and drift of the gate, and the causes of the spread of the arrival times, all in ns.

    Returns
    -------
    float
        Share [1], in [0, 1]: ``gate_acceptance`` of a gate that stands still on the pulses, ``offset_acceptance`` of
        one that stands beside them, ``drifting_acceptance`` of one that moves.

    Raises
    ------
    DomainError
        If the gates overlap.

    Notes
    -----
    Exact for Gaussian arrival times. Off centre a spread of 0 is taken as 1e-6 of the gate: there the share is a step.
    """
    gate_duty(clock_hz=source.clock_hz, gate_ns=detectors.gate_ns)
    gate_ns, sigma_ns = detectors.gate_ns, detectors.arrival_spread_ns(pulse_width_ns=source.pulse_width_ns)
    offset_ns, drift_ns = detectors.gate_offset_ns, detectors.gate_drift_ns
    if offset_ns == 0.0 and drift_ns == 0.0:
        return float(gate_acceptance(gate_ns=gate_ns, timing_sigma_ns=sigma_ns))
    sigma_ns = max(sigma_ns, _SHARPEST * gate_ns)
    if drift_ns == 0.0:
        return float(offset_acceptance(gate_ns=gate_ns, timing_sigma_ns=sigma_ns, offset_ns=offset_ns))
    return float(drifting_acceptance(gate_ns=gate_ns, timing_sigma_ns=sigma_ns, drift_ns=drift_ns, offset_ns=offset_ns))
