"""The acquisition of a pass as text for a terminal, and as a document."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from math import isfinite
from typing import Any

from passplan.apt.acquisition_times import AcquisitionTimes
from passplan.mission.acquisition_case import FADE_SHARE, AcquisitionCase, SeekingEnd
from passplan.report.console import table_text
from passplan.units import format_utc

SCHEMA_VERSION = 1

_QUANTILES = (0.05, 0.5, 0.95)


def acquisition_text(case: AcquisitionCase) -> str:
    """Uncertainty, beacons, and the odds and times of lock."""
    return "\n".join((_heading(case), _uncertainty(case), _beacons(case), _outcome(case)))


def acquisition_document(case: AcquisitionCase) -> dict[str, Any]:
    """Document of an acquisition, ready for JSON; units in the names, nan and inf for what never happens."""
    return {
        "schema_version": SCHEMA_VERSION,
        "passplan_version": version("passplan"),
        "pass_id": case.pass_id,
        "seed": case.seed,
        "inputs": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in case.files},
        "warnings": list(case.warnings),
        "when_utc": format_utc(case.when_utc, digits=3),
        "second": case.second,
        "range_km": case.range_km,
        "elevation_deg": case.elevation_deg,
        "limit_s": case.limit_s,
        "filter_nm": case.filter_nm,
        "satellite": _end_section(case.satellite, case.found.first),
        "ground": _end_section(case.ground, case.found.second),
        "both": {"closed_form": {"probability": case.probability}, "monte_carlo": _times_section(case.found.both)},
    }


def _end_section(end: SeekingEnd, found: AcquisitionTimes) -> dict[str, Any]:
    seeker = end.seeker
    camera = seeker.camera
    return {
        "uncertainty": {"causes_urad": end.causes_urad, "sigma_urad": seeker.sigma_urad, **asdict(end.cover)},
        "camera": {"field_mrad": camera.field_mrad, "frame_rate_hz": camera.frame_rate_hz},
        "beacon_half_divergence_urad": seeker.half_divergence_urad,
        "received_beacon": {
            "power_w": end.budget.power_w,
            "terms_db": {name: float(value) for name, value in end.budget.terms_db.items() if name != "scintillation"},
            "received_w": float(end.budget.received_w),
            "electrons_before_gain_control": seeker.electrons,
            "electrons": float(end.budget.electrons),
            "saturation_e": camera.saturation_e,
            "threshold_e": camera.minimum_e,
            "detection_probability": end.detection,
            "scintillation_index": seeker.scintillation_index,
            "fade_share": FADE_SHARE,
            "fade_db": float(end.faded.terms_db["scintillation"]),
            "detection_probability_in_fade": end.detection_in_fade,
        },
        "false_alarms": asdict(end.alarms),
        "search": {
            "kind": seeker.scan.kind,
            "confirm_frames": seeker.confirm_frames,
            "start_s": seeker.start_s,
            "settle_s": seeker.settle_s,
            "jitter_urad": seeker.jitter_urad,
        },
        "closed_form": {"probability": end.probability, **asdict(end.times)},
        "monte_carlo": _times_section(found),
    }


def _times_section(found: AcquisitionTimes) -> dict[str, Any]:
    quantiles = found.quantile_s(_QUANTILES)
    return {
        "runs": found.runs,
        "acquired": found.acquired,
        "probability": found.probability,
        "mean_s": found.mean_s,
        **{f"quantile_{round(100 * share)}_s": float(time) for share, time in zip(_QUANTILES, quantiles, strict=True)},
    }


def _heading(case: AcquisitionCase) -> str:
    return (
        f"{case.pass_id}: both ends locked in {case.found.both.probability:.2%} of {case.runs:,} runs within "
        f"{case.limit_s:g} s\nsearch from {format_utc(case.when_utc)}, second {case.second}; range {case.range_km:.1f} "
        f"km, elevation {case.elevation_deg:.1f} deg; seed {case.seed}\n"
    )


def _uncertainty(case: AcquisitionCase) -> str:
    ends = (case.satellite, case.ground)
    rows = [_row(f"{cause}, urad", ends, lambda end, of=cause: f"{end.causes_urad[of]:.1f}") for cause in _causes(case)]
    rows += [
        _row("SIGMA AN AXIS, urad", ends, lambda end: f"{end.seeker.sigma_urad:.1f}"),
        _row("camera's field to either side, urad", ends, lambda end: f"{end.seeker.camera.half_field_urad:.0f}"),
        _row("P, the other end is in it", ends, lambda end: _share(end.cover.in_field)),
        _row(
            "other's beacon, half-angle at 1/e^2, urad",
            ends[::-1],
            lambda end: f"{end.seeker.half_divergence_urad:.0f}",
        ),
        _row("P, this end is in it", ends, lambda end: _share(end.cover.in_beacon)),
        _row("other's beacon, half-angle seen, urad", ends, lambda end: f"{end.cover.bright_half_angle_urad:.0f}"),
        _row("P, this end is in it", ends, lambda end: _share(end.cover.in_bright_beacon)),
    ]
    return table_text(("open-loop pointing", "satellite", "ground"), rows, numbers=2)


def _causes(case: AcquisitionCase) -> tuple[str, ...]:
    return tuple(case.satellite.causes_urad)


def _row(title: str, ends: Sequence[SeekingEnd], cell: Callable[..., str]) -> tuple[str, ...]:
    return (title, *map(cell, ends))


def _share(probability: float) -> str:
    """Percentage that is 100 or 0 only where it is; small ones keep their digits."""
    if probability in (0.0, 1.0):
        return f"{probability:.0%}"
    if probability < 1e-3:
        return f"{probability:.1e}"
    return f"{probability:.2%}" if probability < 0.9999 else f"> {0.9999:.2%}"


def _beacons(case: AcquisitionCase) -> str:
    ends = (case.satellite, case.ground)
    names = [name for name in case.satellite.budget.terms_db if name != "scintillation"]
    rows = [_row("power sent, W", ends, lambda end: f"{end.budget.power_w:g}")]
    rows += [_row(f"{name}, dB", ends, lambda end, of=name: f"{end.budget.terms_db[of]:.2f}") for name in names]
    rows += [
        _row("LOSS, dB", ends, lambda end: f"{end.budget.loss_db:.2f}"),
        _row("power on the camera, W", ends, lambda end: f"{end.budget.received_w:.3g}"),
        _row("electrons an exposure", ends, lambda end: f"{end.seeker.electrons:.3g}"),
        _row("held by gain control to", ends, lambda end: f"{end.budget.electrons:.3g}"),
        _row("threshold, electrons", ends, lambda end: f"{end.seeker.camera.minimum_e:g}"),
        _row("P, a frame on the axis shows it", ends, lambda end: _share(end.detection)),
        _row(f"fade exceeded {FADE_SHARE:.0%} of the time, dB", ends, _fade),
        _row("P, a frame in that fade shows it", ends, lambda end: _share(end.detection_in_fade)),
        _row("stars bright enough, in the field", ends, _stars),
        _row("Moon from the line of sight, deg", ends, _moon),
        _row("Moon's light, electrons a pixel", ends, lambda end: f"{end.alarms.moon_background_e:.2g}"),
        _row("P, noise of a frame is taken for it", ends, lambda end: _share(end.alarms.noise)),
        _row("P, false alarm a frame", ends, lambda end: _share(end.alarms.probability)),
    ]
    table = table_text(("beacon of the other end", "at the satellite", "at the ground"), rows, numbers=2)
    return f"{table}stars and Moon through an assumed filter of {case.filter_nm:g} nm; the satellite looks down\n"


def _fade(end: SeekingEnd) -> str:
    return f"{end.faded.terms_db['scintillation']:.2f}"


def _stars(end: SeekingEnd) -> str:
    magnitude = end.alarms.limiting_magnitude
    return "-" if magnitude is None else f"{end.alarms.stars:.2g} (mag < {magnitude:.1f})"


def _moon(end: SeekingEnd) -> str:
    separation_deg = end.alarms.moon_separation_deg
    if separation_deg is None:
        return "-" if end.name == "satellite" else "below the horizon"
    return f"{separation_deg:.1f}"


def _outcome(case: AcquisitionCase) -> str:
    ends, found = (case.satellite, case.ground), (case.found.first, case.found.second, case.found.both)
    odds = (case.satellite.probability, case.ground.probability, case.probability)
    rows: list[tuple[str, ...]] = [
        (*_row("search", ends, lambda end: end.seeker.scan.kind), ""),
        (*_row("formula: lock with light on it, s", ends, lambda end: f"{end.times.staring_s:.3f}"), ""),
    ]
    for title, name in (
        ("formula: dwells in the cone", "cells"),
        ("formula: time of the whole scan, s", "full_s"),
        ("formula: mean time to the hit, s", "mean_s"),
    ):
        if any(getattr(end.times, name) is not None for end in ends):
            rows.append((*_row(title, ends, lambda end, of=name: _or_dash(getattr(end.times, of))), ""))
    rows.append(("formula: P of the lock, no limit of time", *map(_share, odds)))
    rows.append((f"runs: P of the lock within {case.limit_s:g} s", *(_share(times.probability) for times in found)))
    rows.append(("runs: mean of those that lock, s", *(_seconds(times.mean_s) for times in found)))
    for share in _QUANTILES:
        rows.append((f"runs: {share:.0%} are locked after, s", *(_seconds(times.quantile_s(share)) for times in found)))
    table = table_text(("acquisition", "satellite", "ground", "both"), rows, numbers=3)
    return f"{table}an end that must wait for the other one's beacon locks that much later than its formula\n"


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _seconds(time_s: Any) -> str:
    return f"{float(time_s):.3f}" if isfinite(float(time_s)) else "never"
