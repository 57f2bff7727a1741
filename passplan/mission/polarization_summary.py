"""The polarization part of a pass's document: states, bases, causes, what the plates do, and what to be warned of."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray
from passplan.mission.result import PassPath, PassResult
from passplan.mission.tracking_summary import key_seconds, utc_at
from passplan.polarization.error_rate import contrast
from passplan.polarization.plate_demand import outages
from passplan.polarization.receiver import PERIOD_DEG, PLATE_NAMES

STATES = ("H", "V", "D", "A")
BASES = ("hv", "da")
PLATE_TEXTS = {
    "qwp_first": "first quarter-wave plate",
    "hwp": "half-wave plate",
    "qwp_second": "second quarter-wave plate",
}

_MOST_SPANS = 6  # that a warning lists

Spans = tuple[tuple[float, float], ...]


def polarization_section(result: PassResult) -> dict[str, Any]:
    """What becomes of H, V, D and A.

    Over the key window (else the whole pass): errors, contrasts by state, and angles that are left. Over the pass: what
    the plates do, and the uncompensated extremes.
    """
    return {
        **_rotation_and_contrast(result),
        **_receiver(result),
        **_errors(result, key_seconds(result)),
        **_plates(result),
    }


def polarization_warnings(result: PassResult) -> list[str]:
    """When a motor cannot keep a plate at its command, and when a plate rewinds."""
    if not result.polarization.compensated:
        return []
    held_s, rewinds_s = held_back_s(result), result.polarization.compensation.rewinds
    kept = "the limits of its motor keep a wave plate from its command"
    return [
        *([f"{kept} {_clocks(result, held_s)}"] if held_s else []),
        *([f"a wave plate rewinds {_clocks(result, rewinds_s)}"] if rewinds_s else []),
    ]


def held_back_s(path: PassPath) -> Spans:
    """Times in which a motor keeps a plate from its command, (start, stop) on the grid of the track [s]."""
    return outages(path.track.time_s, path.polarization.compensation.held_back)


def plate_demand(path: PassPath) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Rate [deg/s] and acceleration [deg/s^2] that the ideal command asks of each plate, by its name, shapes (n,).

    Moves to another branch are left out: they are the motor's own, as fast as it can.
    """
    compensation, time_s = path.polarization.compensation, path.track.time_s
    starts_s = np.array([start for start, _ in compensation.rewinds])
    rewinding = np.diff(np.searchsorted(starts_s, time_s, side="right")) > 0
    demand = {}
    for name, command_deg in zip(_plate_names(path), compensation.command_deg, strict=True):
        moves_deg, period_deg = np.diff(command_deg), PERIOD_DEG[name]
        moves_deg -= period_deg * np.round(moves_deg / period_deg) * rewinding
        rate_deg_s = np.gradient(np.append(0.0, np.cumsum(moves_deg)), time_s)
        demand[name] = rate_deg_s, np.gradient(rate_deg_s, time_s)
    return demand


def _rotation_and_contrast(result: PassResult) -> dict[str, Any]:
    polarization, mask = result.polarization, result.mask
    bits = float(result.sifted_bits[mask].sum())
    driven = polarization.contrast_compensated[mask]
    return {
        "reference_axis": result.payload.attitude.reference_axis,
        "receiver_frame": result.site.polarization.frame,
        "rotation_span_deg": float(np.ptp(polarization.rotation_deg[mask])) if mask.any() else None,
        "rotation_span_pass_deg": float(np.ptp(polarization.rotation_deg)),
        "max_rotation_rate_deg_s": float(np.abs(np.gradient(polarization.rotation_deg, result.track.time_s)).max()),
        "contrast_compensated_mean": float(driven.mean()) if mask.any() else None,
        "contrast_uncompensated_max": float(polarization.contrast_uncompensated.max()),
        "contrast_uncompensated_min": float(polarization.contrast_uncompensated.min()),
        "contrast_uncompensated_start": float(polarization.contrast_uncompensated[0]),
        "contrast_geometry_start": float(polarization.contrast_geometry[0]),
        "contrast_geometry_min": float(polarization.contrast_geometry.min()),
        "qber_polarization": float(result.clicks.errors_polarization[mask].sum()) / bits if bits > 0.0 else None,
    }


def _receiver(result: PassResult) -> dict[str, Any]:
    receiver = result.site.polarization
    return {
        "mount": receiver.mount,
        "mirrors": [{"to": one.to, "coating": one.coating.kind} for one in receiver.train.mirrors],
        "stress_map": receiver.stress_map,
        "plates": receiver.plates,
        "compensated": receiver.compensated,
        "feedback": None if receiver.feedback is None else receiver.feedback.kind,
        "labels_swapped": result.polarization.compensation.labels_swapped,
    }


def _errors(result: PassResult, mask: NDArray[np.bool_]) -> dict[str, Any]:
    polarization = result.polarization
    balance, compensation = polarization.balance, polarization.compensation
    return {
        "contrast_by_state": _by_state(balance.driven[:, mask]),
        "contrast_uncompensated_by_state": _by_state(balance.still[:, mask]),
        "qber_by_basis": {
            name: _weighted(error[mask], bits[mask])
            for name, error, bits in zip(BASES, polarization.error, result.clicks.clicks[:, 0], strict=True)
        },
        "imbalance_by_basis": {
            name: _weighted(lean[mask], bits[mask])
            for name, lean, bits in zip(BASES, compensation.imbalance, result.clicks.clicks[:, 0], strict=True)
        },
        "error_by_cause": {cause: float(values[mask].mean()) for cause, values in balance.by_cause.items()},
        "unknown_angle_deg": float(np.max(polarization.unknown_sigma_deg[mask])),
        "max_residual_deg": float(compensation.residual_peak_deg[mask].max()),
    }


def _plates(result: PassResult) -> dict[str, Any]:
    compensation, motor = result.polarization.compensation, result.site.polarization.motor
    plates = {}
    for (name, demand), angle_deg in zip(plate_demand(result).items(), compensation.plate_deg, strict=True):
        rate_deg_s, acceleration_deg_s2 = (float(np.abs(values).max()) for values in demand)
        plates[name] = {
            "start_deg": float(angle_deg[0]),
            "stop_deg": float(angle_deg[-1]),
            "travel_deg": float(np.abs(np.diff(angle_deg)).sum()),
            "max_rate_deg_s": rate_deg_s,
            "max_acceleration_deg_s2": acceleration_deg_s2,
        }
    return {
        "plate": plates,
        "plate_rate_limit_deg_s": motor.max_rate_deg_s,
        "plate_acceleration_limit_deg_s2": motor.max_acceleration_deg_s2,
        "held_back": _spans(result, held_back_s(result)),
        "rewinds": _spans(result, compensation.rewinds),
    }


def _plate_names(path: PassPath) -> tuple[str, ...]:
    return PLATE_NAMES[path.site.polarization.plates]


def _by_state(errors: FloatArray) -> dict[str, float]:
    """Contrast of the mean error of each state, errors of shape (4, m)."""
    return dict(zip(STATES, contrast(errors.mean(axis=1)).tolist(), strict=True))


def _weighted(values: FloatArray, weights: FloatArray) -> float | None:
    whole = float(weights.sum())
    return float((values * weights).sum()) / whole if whole > 0.0 else None


def _spans(result: PassResult, spans_s: Spans) -> list[dict[str, str | None]]:
    return [{"start_utc": utc_at(result, start), "stop_utc": utc_at(result, stop)} for start, stop in spans_s]


def _clocks(result: PassResult, spans_s: Spans) -> str:
    each = [f"from {utc_at(result, start)} to {utc_at(result, stop)}" for start, stop in spans_s[:_MOST_SPANS]]
    if len(spans_s) > _MOST_SPANS:
        each.append(f"and {len(spans_s) - _MOST_SPANS} times more")
    return "; ".join(each) + f" ({sum(stop - start for start, stop in spans_s):.1f} s)"
