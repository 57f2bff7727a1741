"""The tracking part of a pass's document: acquisition, states, errors, limits, outages, and what to be warned of."""

from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.apt.acquisition import State
from passplan.apt.gimbal import Gimbal
from passplan.apt.mount_plan import MountPlan, ideal_error_urad, keyhole_outages, plan_mount
from passplan.apt.residual import ResidualRms, TerminalTrack, rms_over
from passplan.apt.spectrum import band_warning, vibration_stride
from passplan.apt.spectrum_file import read_psd
from passplan.apt.terminal import Terminal
from passplan.channel.refraction import apparent_elevation_deg
from passplan.checks import FloatArray
from passplan.mission.result import CATALOGUE, OLYMPUS, PassResult
from passplan.units import add_seconds, format_utc, urad_to_deg

_MUCH_STROKE = 0.9  # of the mirror's; what is left is for gusts that this run did not have


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyhole:
    """A pass whose azimuth is too fast for the mount of the station.

    needed_deg_s, limit_deg_s : largest rate of the azimuth [deg/s], and that of the axis
    error_urad : largest angle on the sky between the target and what an ideal mount reaches [urad]
    reach_urad : such an angle that the fine stage bears, half its mirror's stroke and half its camera's field [urad]
    outages_s : times in which the error is larger, (start, stop) on the grid of the track [s]
    """

    needed_deg_s: float
    limit_deg_s: float
    error_urad: float
    reach_urad: float
    outages_s: tuple[tuple[float, float], ...]


def locked_rms(track: TerminalTrack, mask: NDArray[np.bool_]) -> ResidualRms:
    """Statistics over the seconds of a mask, shape (n,), that were whole in fine lock; nan where there are none."""
    return rms_over(track, mask & (track.locked == 1.0))


def key_seconds(result: PassResult) -> NDArray[np.bool_]:
    """Seconds of the key window, or of the whole pass when no key can be made, shape (n,)."""
    return result.mask if result.mask.any() else np.ones_like(result.mask)


def utc_at(result: PassResult, time_s: float) -> str | None:
    """Text of a time on the grid of the track [s], to the millisecond; None for nan."""
    return format_utc(add_seconds(result.track.epoch_utc, time_s), digits=3) if isfinite(time_s) else None


def keyhole_of(result: PassResult) -> Keyhole | None:
    """What an ideal mount of the station cannot follow; None where its azimuth axis is fast enough, or there is none.

    Near the zenith the azimuth is faster than its whole seconds show, so its rate is that between the nodes of the
    mount's plan, 0.1 s apart.
    """
    terminal, plan = result.site.apt, _plan_of(result)
    if plan is None:
        return None
    gimbal = terminal.coarse.gimbal
    # A rewind jumps by a whole turn, going over the top by half a turn; neither is a way of the target.
    turns = np.diff(plan.target_azimuth_deg)
    turns -= 180.0 * np.round(turns / 180.0)
    needed_deg_s = float(np.abs(turns / np.diff(plan.node_time_s)).max())
    if needed_deg_s <= gimbal.rate_limit_deg_s:
        return None
    reach_urad = _reach_urad(terminal)
    return Keyhole(
        needed_deg_s=needed_deg_s,
        limit_deg_s=gimbal.rate_limit_deg_s,
        error_urad=float(ideal_error_urad(plan).max()),
        reach_urad=reach_urad,
        outages_s=keyhole_outages(plan, field_urad=reach_urad),
    )


def _plan_of(result: PassResult) -> MountPlan | None:
    """Plan of the station's mount, nodes 0.1 s apart; None without a mount."""
    path, coarse = result.track, result.site.apt.coarse
    if coarse.mount is None:
        return None
    return plan_mount(
        coarse.mount,
        time_s=path.time_s,
        azimuth_deg=path.azimuth_deg,
        elevation_deg=apparent_elevation_deg(elevation_deg=path.elevation_deg),
        rate_limit_deg_s=coarse.gimbal.rate_limit_deg_s,
        acceleration_limit_deg_s2=float(urad_to_deg(coarse.gimbal.acceleration_limit_urad_s2)),
    )


def _reach_urad(terminal: Terminal) -> float:
    return terminal.fine.mirror.half_stroke_urad + terminal.fine.camera.half_field_urad


def tracking_section(result: PassResult) -> dict[str, Any]:
    """Acquisition, and pointing errors over the seconds of full lock in the key window (else in the pass)."""
    mask = key_seconds(result)
    both = result.satellite.locked * result.ground.locked
    # Both must hold the other, so a nan of either is one of the sum.
    acquired_s, acquisition_s = np.maximum(
        (result.satellite.acquired_s, result.satellite.acquisition_s),
        (result.ground.acquired_s, result.ground.acquisition_s),
    )
    keyhole = keyhole_of(result)
    return {
        "acquired_utc": utc_at(result, float(acquired_s)),
        "acquisition_s": _number(acquisition_s),
        "satellite": _end(result, result.payload.apt, result.satellite, mask),
        "ground": _end(result, result.site.apt, result.ground, mask),
        "locked_fraction": float(both[mask].mean()),
        "dropouts": result.satellite.dropouts + result.ground.dropouts,
        "keyhole": None if keyhole is None else asdict(keyhole),
    }


def tracking_warnings(result: PassResult) -> list[str]:
    """What of the tracking a user should know before trusting the result."""
    warnings = [
        *_keyhole_warnings(result),
        *_mount_warnings(result),
        *_spectrum_warnings(result),
        *_cloud_warnings(result),
    ]
    for name, terminal, track in _ends(result):
        warnings += _lock_warnings(result, name, track)
        warnings += _stroke_warnings(result, name, terminal, track)
    return warnings


def _ends(result: PassResult) -> tuple[tuple[str, Terminal, TerminalTrack], ...]:
    return ("satellite", result.payload.apt, result.satellite), ("ground", result.site.apt, result.ground)


def _end(result: PassResult, terminal: Terminal, track: TerminalTrack, mask: NDArray[np.bool_]) -> dict[str, Any]:
    errors = {name: _number(value) for name, value in asdict(locked_rms(track, mask)).items()}
    used, limit = errors["stroke_used_urad"], terminal.fine.mirror.half_stroke_urad
    counts = np.bincount(track.sample_state, minlength=len(State))
    return {
        **errors,
        "stroke_limit_urad": limit,
        "stroke_used_share": None if used is None else used / limit,
        "acquired_utc": utc_at(result, track.acquired_s),
        "acquisition_s": _number(track.acquisition_s),
        "dropouts": track.dropouts,
        "states_s": {state.name.lower(): float(counts[state] * track.residual_step_s) for state in State},
        "outages": [
            {"start_utc": utc_at(result, start), "duration_s": float(stop - start), "reacquisition_s": _number(back)}
            for (start, stop), back in zip(track.outages_s, track.reacquisition_s, strict=True)
        ],
        "outage_s": float(np.diff(track.outages_s, axis=1).sum()),
        "longest_reacquisition_s": _largest(track.reacquisition_s),
        **_axes(terminal.coarse.gimbal, track),
    }


def _axes(gimbal: Gimbal, track: TerminalTrack) -> dict[str, Any]:
    """Rates, accelerations and torques of the gimbal's axes against their limits, over the whole pass."""
    efforts = (track.axis_effort_x_urad_s2, track.axis_effort_y_urad_s2)
    torques = None if gimbal.inertia_kg_m2 is None else [_peak(gimbal.inertia_kg_m2 * 1e-6 * one) for one in efforts]
    return {
        "axis_rate_max_deg_s": [
            _peak(urad_to_deg(one)) for one in (track.axis_rate_x_urad_s, track.axis_rate_y_urad_s)
        ],
        "axis_rate_limit_deg_s": gimbal.rate_limit_deg_s,
        "axis_acceleration_max_deg_s2": [_peak(urad_to_deg(one)) for one in efforts],
        "axis_acceleration_limit_deg_s2": float(urad_to_deg(gimbal.acceleration_limit_urad_s2)),
        "axis_torque_max_n_m": torques,
        "axis_torque_limit_n_m": _number(gimbal.torque_limit_n_m) if torques else None,
    }


def _keyhole_warnings(result: PassResult) -> list[str]:
    keyhole = keyhole_of(result)
    if keyhole is None:
        return []
    needs = (
        f"the azimuth axis would have to turn at {keyhole.needed_deg_s:.1f} deg/s, its limit is "
        f"{keyhole.limit_deg_s:g} deg/s; it falls behind by up to {1e-3 * keyhole.error_urad:.3g} mrad"
    )
    return [needs + _reach_text(result, keyhole.reach_urad, keyhole.outages_s)]


def _reach_text(result: PassResult, reach_urad: float, outages_s: tuple[tuple[float, float], ...]) -> str:
    reach = f"{1e-3 * reach_urad:.3g} mrad that the fine stage reaches"
    if not outages_s:
        return f", within the {reach}"
    each = "; ".join(f"from {utc_at(result, start)} for {stop - start:.1f} s" for start, stop in outages_s)
    return f", beyond the {reach}: no fine lock {each}"


def _mount_warnings(result: PassResult) -> list[str]:
    """Where the elevation axis ends before the pass does, or the motors are too weak for a pass without a keyhole."""
    mount, plan = result.site.apt.coarse.mount, _plan_of(result)
    if mount is None or plan is None:
        return []
    needs, (low, high) = "", mount.elevation_range_deg
    lowest, highest = float(plan.target_elevation_deg.min()), float(plan.target_elevation_deg.max())
    if lowest < low or highest > high:
        needs = (
            f"the elevation axis would have to go from {lowest:.1f} to {highest:.1f} deg, its limits are {low:g} and "
            f"{high:g} deg"
        )
    elif mount.rate_step_deg_s == 0.0 and not plan.rewinds and not plan.over_the_top and keyhole_of(result) is None:
        limit_deg_s2 = float(urad_to_deg(result.site.apt.coarse.gimbal.acceleration_limit_urad_s2))
        needed_deg_s2 = max(
            _acceleration_deg_s2(plan, way) for way in (plan.target_azimuth_deg, plan.target_elevation_deg)
        )
        if needed_deg_s2 > limit_deg_s2:
            needs = (
                f"an axis of the mount would have to accelerate by {needed_deg_s2:.3g} deg/s^2, its motor's limit is "
                f"{limit_deg_s2:.3g} deg/s^2"
            )
    if not needs:
        return []
    reach_urad, error_urad = _reach_urad(result.site.apt), float(ideal_error_urad(plan).max())
    missed = f"; it misses the target by up to {1e-3 * error_urad:.3g} mrad"
    return [needs + missed + _reach_text(result, reach_urad, keyhole_outages(plan, field_urad=reach_urad))]


def _acceleration_deg_s2(plan: MountPlan, angle_deg: FloatArray) -> float:
    rates = np.diff(angle_deg) / np.diff(plan.node_time_s)
    return float(np.abs(np.diff(rates) / np.diff(plan.node_time_s)[1:]).max())


def _spectrum_warnings(result: PassResult) -> list[str]:
    name = result.options.disturbance
    if name in (None, CATALOGUE, OLYMPUS):
        return []
    spectrum, plant_step_s = read_psd(str(name)), result.payload.apt.step_s
    step_s = vibration_stride(spectrum, plant_step_s=plant_step_s) * plant_step_s
    warning = band_warning(spectrum, result.track.time_s.size, step_s)
    return [] if warning is None else [f"{name}: {warning}"]


def _cloud_warnings(result: PassResult) -> list[str]:
    ends_s = result.track.time_s[-1] + 1.0
    return [
        f"the cloud from {start:g} to {stop:g} s comes after the pass, which ends at {ends_s:g} s"
        for start, stop in result.options.clouds_s
        if start >= ends_s
    ]


def _lock_warnings(result: PassResult, name: str, track: TerminalTrack) -> list[str]:
    if not isfinite(track.acquired_s):
        return [f"{name}: never in fine lock"]
    if not track.reacquisition_s.size or isfinite(track.reacquisition_s[-1]):
        return []
    return [f"{name}: the fine lock was lost at {utc_at(result, float(track.outages_s[-1, 0]))} and not found again"]


def _stroke_warnings(result: PassResult, name: str, terminal: Terminal, track: TerminalTrack) -> list[str]:
    half_urad = terminal.fine.mirror.half_stroke_urad
    lead_urad = float(max(np.abs(result.track.point_ahead_x_urad).max(), np.abs(result.track.point_ahead_y_urad).max()))
    if name == "satellite" and lead_urad > half_urad:  # the end that sends the narrow beam
        return [
            f"{name}: the fast mirror reaches {half_urad:g} urad to either side, less than the point-ahead of an axis, "
            f"{lead_urad:.1f} urad"
        ]
    seconds = track.locked > 0.0
    if not seconds.any():
        return []
    used_urad = float(max(track.stroke_x_urad[seconds].max(), track.stroke_y_urad[seconds].max()))
    if used_urad <= _MUCH_STROKE * half_urad:
        return []
    return [
        f"{name}: the fast mirror used {used_urad:.0f} of {half_urad:g} urad to either side, "
        f"{100.0 * used_urad / half_urad:.0f} %"
    ]


def _peak(values: FloatArray) -> float:
    return float(np.max(values))


def _largest(values: FloatArray) -> float | None:
    finite = values[np.isfinite(values)]
    return float(finite.max()) if finite.size else None


def _number(value: float) -> float | None:
    return float(value) if isfinite(value) else None
