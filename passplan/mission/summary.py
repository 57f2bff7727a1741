"""The document of one pass: stable keys, units in the names, null where a value does not apply."""

import hashlib
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from passplan.checks import FloatArray
from passplan.mission.background_path import background_warnings
from passplan.mission.catalog import OPTICAL_DEPTH, night_of, published_of
from passplan.mission.payload import assumptions, unsourced
from passplan.mission.polarization_summary import polarization_section, polarization_warnings
from passplan.mission.result import PassResult
from passplan.mission.tracking_summary import key_seconds, tracking_section, tracking_warnings, utc_at
from passplan.mission.validation import loss_deviation_db
from passplan.orbit.earth import earth_orientation_date
from passplan.units import format_utc

SCHEMA_VERSION = 1


def summary(result: PassResult) -> dict[str, Any]:
    """Document of a pass, ready for JSON; its keys are listed in the README."""
    return {
        **heading(result),
        "run": asdict(result.options),
        "warnings": warnings_of(result),
        "pass": pass_section(result),
        "window": window_section(result),
        "tracking": tracking_section(result),
        "polarization": polarization_section(result),
        "link": link_section(result),
        "detection": detection_section(result),
        "key": key_section(result),
        "published": published_section(result),
        "assumed": [
            {"file": source, "key": key, "value": value, "reason": reason}
            for source, record in (("satellite", result.payload), ("station", result.site))
            for key, value, reason in assumptions(record)
        ],
        "unsourced": [
            {"file": source, "key": key, "value": value}
            for source, record in (("satellite", result.payload), ("station", result.site))
            for key, value in unsourced(record)
        ],
    }


def warnings_of(result: PassResult) -> list[str]:
    """What a user should know of this result before trusting it."""
    return [
        *result.selection.warnings,
        *tracking_warnings(result),
        *polarization_warnings(result),
        *background_warnings(result),
        *_air_warnings(result),
        *(f"extrapolated: {label}" for label in extrapolations(result)),
        *_detector_warnings(result),
    ]


def extrapolations(result: PassResult) -> list[str]:
    """What of a pass goes beyond a table or rests on coarse means, because the station's file asks for it."""
    beyond = result.site.detectors.extrapolate_efficiency and result.site.detectors.efficiency_table is None
    return [*result.budget.labels, *(["efficiency of the detectors beyond their table"] if beyond else [])]


def _air_warnings(result: PassResult) -> list[str]:
    """Where a visibility is given that does not count, or counts in the place of a measurement."""
    night = night_of(result.site, result.pass_.culmination_utc)
    by_hand_km = result.options.visibility_km
    if result.selection.extinction_table is not None:
        dead = "has no effect on the loss: atmosphere.extinction_table is used"
        if by_hand_km is not None:
            return [f"visibility_km {by_hand_km:g} of this run {dead}"]
        return [] if night is None else [f"visibility_km {night.visibility_km:g} of the night of {night.date} {dead}"]
    is_displaced = result.site.atmosphere.aerosol_optical_depth is None and OPTICAL_DEPTH in result.site.assumed
    if night is not None and by_hand_km is None and is_displaced:
        return [f"{OPTICAL_DEPTH} {result.site.assumed[OPTICAL_DEPTH]}"]
    return []


def _detector_warnings(result: PassResult) -> list[str]:
    mismatch = result.site.detectors.efficiency_mismatch
    if mismatch == 1.0:
        return []
    return [
        f"detectors.efficiency_mismatch is {mismatch:g}: the key of tupkary_variable_length alone takes it in, as for "
        "a basis that is chosen actively; the other proofs assume detectors that are alike"
    ]


def heading(result: PassResult) -> dict[str, Any]:
    """What every output carries: version, inputs, element set, Earth orientation, seed."""
    elements = result.pass_.elements
    return {
        "schema_version": SCHEMA_VERSION,
        "passplan_version": version("passplan"),
        "pass_id": result.pass_.pass_id,
        "seed": result.seed,
        "inputs": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in result.files},
        "element_set": {
            "epoch_utc": format_utc(elements.epoch_utc, digits=3),
            "age_days": result.track.elements_age_days,
            "source": elements.source.rsplit("/", 1)[-1],
        },
        "earth_orientation_date": earth_orientation_date().isoformat(),
    }


def pass_section(result: PassResult) -> dict[str, Any]:
    """Geometry and light."""
    pass_, light = result.pass_, result.light
    middle = int(np.argmax(result.track.elevation_deg))
    return {
        "satellite": pass_.satellite,
        "norad_id": pass_.norad_id,
        "station": pass_.station,
        "rise_utc": format_utc(pass_.rise_utc, digits=3),
        "culmination_utc": format_utc(pass_.culmination_utc, digits=3),
        "set_utc": format_utc(pass_.set_utc, digits=3),
        "duration_s": pass_.duration_s,
        "max_elevation_deg": pass_.max_elevation_deg,
        "min_range_km": pass_.min_range_km,
        "max_azimuth_rate_deg_s": float(np.abs(result.track.azimuth_rate_deg_s).max()),
        "max_point_ahead_urad": float(result.track.point_ahead_urad.max()),
        "is_truncated": pass_.is_truncated,
        "sun_elevation_deg": float(light.sun_elevation_deg[middle]),
        "moon_elevation_deg": float(light.moon_elevation_deg[middle]),
        "moon_illumination": float(light.moon_illumination[middle]),
        "moon_separation_deg": float(light.moon_separation_deg[middle]),
        "sunlit_fraction": float(light.sunlit_fraction.mean()),
        "element_age_days": result.track.elements_age_days,
    }


def window_section(result: PassResult) -> dict[str, Any]:
    """The seconds in which key is made."""
    inside = result.track.time_s[result.mask]
    return {
        "start_utc": utc_at(result, inside[0]) if inside.size else None,
        "stop_utc": utc_at(result, inside[-1] + 1.0) if inside.size else None,
        "duration_s": float(inside.size),
        "rule": result.window.rule,
    }


def link_section(result: PassResult) -> dict[str, Any]:
    """Loss from the transmitter's output to in front of the detectors, over the key window (else the whole pass).

    Of visibility, optical depth and table of extinction that one stands there which makes the extinction.
    """
    mask = key_seconds(result)
    path_km, loss_db = result.track.range_km[mask], result.budget.loss_db[mask]
    published = published_of(result.payload, result.pass_.pass_id)
    air, table = result.site.atmosphere, result.selection.extinction_table
    return {
        "visibility_km": air.visibility_km if table is None else None,
        "aerosol_optical_depth": air.aerosol_optical_depth if table is None else None,
        "extinction_table": None if table is None else table.label,
        "extrapolated": extrapolations(result),
        "loss_db": _three(loss_db),
        "loss_at_min_range_db": float(loss_db[np.argmin(path_km)]),
        "loss_at_max_range_db": float(loss_db[np.argmax(path_km)]),
        "terms_db": {name: _three(values[mask]) for name, values in result.budget.terms_db.items()},
        "rms_to_published_db": loss_deviation_db(result),
        "published_curve_source": published.curve_source if published and published.loss_curve else None,
        "fading_index_max": float(result.budget.fading_index[mask].max()),
    }


def detection_section(result: PassResult) -> dict[str, Any]:
    """Clicks of the key window."""
    mask = result.mask
    bits, clicks = result.sifted_bits[mask], result.clicks
    detections = float(clicks.detections[mask].sum())
    return {
        "detections": detections,
        "sifted_bits": float(bits.sum()),
        "sifted_over_detections": float(bits.sum()) / detections if detections else None,
        "sifted_rate_bit_s": {
            "mean": _mean(bits),
            "max": float(bits.max()) if bits.size else None,
            "first": float(bits[0]) if bits.size else None,
            "last": float(bits[-1]) if bits.size else None,
        },
        "qber": _ratio(result.sifted_errors[mask], bits),
        "qber_by_cause": {
            "source_and_alignment": _ratio(clicks.errors_preparation[mask], bits),
            "polarization": _ratio(clicks.errors_polarization[mask], bits),
            "background": _ratio(clicks.errors_background[mask], bits),
        },
        "background_cps": _mean(result.background_cps[mask]),
        "sky_cps": _mean(result.sky_cps[mask]),
        "background_by_cause": {cause: _mean(counts[mask]) for cause, counts in result.background.by_cause_cps.items()},
    }


def key_section(result: PassResult) -> dict[str, Any]:
    """Key length of the window's counts under the mission's proof, and under each."""
    key = result.keys[result.payload.key.proof]
    duration_s = float(result.mask.sum())
    return {
        "proof": key.proof,
        "epsilon_sec": result.payload.key.epsilon_sec,
        "epsilon_cor": result.payload.key.epsilon_cor,
        "error_correction_efficiency": result.payload.key.error_correction_efficiency,
        "secret_bits": key.secret_bits,
        "secret_rate_bit_s": key.secret_bits / duration_s if duration_s else None,
        "by_proof": {name: item.secret_bits for name, item in result.keys.items()},
        "detail": {name: item.to_dict() for name, item in result.keys.items()},
    }


def published_section(result: PassResult) -> list[dict[str, Any]] | None:
    """Printed figures of this very pass, each with its place in this document and its source."""
    published = published_of(result.payload, result.pass_.pass_id)
    if published is None:
        return None
    return [
        {"key": item.key, "value": item.value, "printed": item.printed, "source": item.source, "status": item.status}
        for item in published.figure
    ]


def value_of(document: dict[str, Any], key: str) -> Any:
    """Value at a dotted key of a document."""
    value: Any = document
    for part in key.split("."):
        value = value[part]
    return value


def _three(values: FloatArray) -> dict[str, float]:
    return {"min": float(values.min()), "max": float(values.max()), "mean": float(values.mean())}


def _mean(values: FloatArray) -> float | None:
    return float(values.mean()) if values.size else None


def _ratio(part: FloatArray, whole: FloatArray) -> float | None:
    total = float(whole.sum())
    return float(part.sum()) / total if total > 0.0 else None
