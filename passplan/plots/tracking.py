"""Tracking of a pass against time: errors, stroke, axes and states of both ends. Angles are on the sky."""

from collections.abc import Callable
from typing import Any

import numpy as np

from passplan.apt.acquisition import State
from passplan.apt.residual import TerminalTrack
from passplan.apt.terminal import Terminal
from passplan.checks import FloatArray
from passplan.mission.result import PassResult
from passplan.plots.canvas import axes, mark_window, minutes, time_label
from passplan.units import urad_to_deg

ENDS = ("satellite", "ground")
COLOURS = {"satellite": "tab:blue", "ground": "tab:orange"}

X_COLOUR, Y_COLOUR = "tab:blue", "tab:red"
_SHOWN_HZ = 10.0  # samples drawn of a second; the eye sees no more across a page


def pointing_error(result: PassResult, end: str, ax: Any = None) -> Any:
    """Residual [urad] of both axes of one end against time, 10 samples a second, as the 2017 paper's Fig. 2b."""
    ax = axes(ax)
    track = track_of(result, end)
    step = max(round(1.0 / (_SHOWN_HZ * track.residual_step_s)), 1)
    locked = track.sample_state[::step] == State.FINE_LOCK
    time = minutes(result)[0] + np.arange(locked.size) * step * track.residual_step_s / 60.0
    largest = 1.0
    for axis, colour in (("x", X_COLOUR), ("y", Y_COLOUR)):
        shown = np.where(locked, getattr(track, f"residual_{axis}_urad")[::step], np.nan)
        ax.plot(time, shown, color=colour, lw=0.4, alpha=0.6, label=axis)
        about = shown[np.isfinite(shown)]
        largest = max(largest, float(np.percentile(np.abs(about), 99.8)) if about.size else 1.0)
    _time_axis(ax, result)
    ax.set_ylim(-1.6 * largest, 1.6 * largest)
    ax.set_ylabel("pointing error on the sky [urad]")
    legend = ax.legend(fontsize=8, loc="upper right", ncols=2)
    for line in legend.get_lines():
        line.set(lw=2.0, alpha=1.0)
    ax.set_title(f"Pointing error in fine lock, {end}")
    return ax


def each_second(result: PassResult, end: str, ax: Any = None) -> Any:
    """Jitter and bias [urad] of both axes of one end in each second, and the share of it in fine lock (grey)."""
    ax = axes(ax)
    track, time = track_of(result, end), minutes(result)
    locked = track.locked > 0.0
    shown = [1.0]
    for axis, colour in (("x", X_COLOUR), ("y", Y_COLOUR)):
        jitter = np.where(locked, getattr(track, f"jitter_{axis}_urad"), np.nan)
        bias = np.where(locked, getattr(track, f"bias_{axis}_urad"), np.nan)
        ax.plot(time, jitter, color=colour, lw=1.0, label=f"{axis}, jitter rms")
        ax.plot(time, bias, ":", color=colour, lw=1.2, label=f"{axis}, bias")
        whole = track.locked == 1.0
        if whole.any():
            shown += [float(np.percentile(np.abs(part[whole]), 99.0)) for part in (jitter, bias)]
    _time_axis(ax, result)
    top = 1.7 * max(shown)
    ax.set_ylim(-0.6 * top, top)
    ax.set_ylabel("error on the sky, per axis [urad]")
    lock = ax.twinx()
    lock.fill_between(time, 100.0 * track.locked, color="0.5", alpha=0.18, lw=0, step="post", label="fine lock")
    lock.set_ylim(0.0, 400.0)
    lock.set_yticks((0.0, 100.0))
    lock.set_ylabel("second in fine lock [%]", fontsize=8, loc="bottom")
    ax.legend(fontsize=7, loc="upper center", ncols=4)
    ax.set_title(f"Jitter, bias and lock in each second, {end}")
    return ax


def stroke_histogram(result: PassResult, ax: Any = None) -> Any:
    """Share of the time in fine lock [%] at each angle of the fast mirrors, against half their stroke [%]."""
    ax = axes(ax)
    edges = np.linspace(-100.0, 100.0, 101)
    for end in ENDS:
        track, limit_urad = track_of(result, end), terminal_of(result, end).fine.mirror.half_stroke_urad
        locked = track.sample_state == State.FINE_LOCK
        for axis, width in (("x", 1.6), ("y", 0.8)):
            angle = 100.0 * getattr(track, f"mirror_{axis}_urad")[locked] / limit_urad
            counts, _ = np.histogram(np.clip(angle, -100.0, 100.0), edges)
            share = 100.0 * counts / max(counts.sum(), 1)
            label = f"{end} {axis}, 100 % = {limit_urad:g} urad"
            ax.stairs(np.maximum(share, 1e-4), edges, color=COLOURS[end], lw=width, label=label)
    ax.axvline(-100.0, color="0.3", lw=1.0, ls="--")
    ax.axvline(100.0, color="0.3", lw=1.0, ls="--")
    ax.set_yscale("log", subs=[])
    ax.set_ylim(1e-4, 3e3)
    ax.set_xlim(-108.0, 108.0)
    ax.set_xlabel("angle of the mirror on the sky, of half its stroke [%]")
    ax.set_ylabel("share of the time [%]")
    ax.legend(fontsize=7, loc="upper right")
    ax.set_title("Stroke of the fast mirrors in fine lock")
    return ax


def axis_rates(result: PassResult, ax: Any = None) -> Any:
    """Largest rate [deg/s] of each axis of both gimbals in each second, and their limits."""

    def rate(terminal: Terminal, values: FloatArray) -> FloatArray:
        return urad_to_deg(values)

    ax = _against_limits(result, ax, "axis_rate_{}_urad_s", rate, lambda one: one.coarse.gimbal.rate_limit_deg_s)
    ax.set_ylabel("rate of the axis [deg/s]")
    ax.set_title("Rates of the gimbals")
    return ax


def axis_torques(result: PassResult, ax: Any = None) -> Any:
    """Largest torque of each motor in each second as a share of its limit [%].

    Where the inertia is not known, so that there is no torque, it is the acceleration of the motor as a share of its
    limit; the share is the same.
    """

    def share(terminal: Terminal, values: FloatArray) -> FloatArray:
        return 100.0 * values / terminal.coarse.gimbal.acceleration_limit_urad_s2

    ax = _against_limits(result, ax, "axis_effort_{}_urad_s2", share, lambda one: 100.0)
    notes = []
    for end in ENDS:
        gimbal = terminal_of(result, end).coarse.gimbal
        if gimbal.inertia_kg_m2 is None:
            notes.append(f"{end}: 100 % = {float(urad_to_deg(gimbal.acceleration_limit_urad_s2)):.3g} deg/s²")
        else:
            notes.append(f"{end}: 100 % = {1e-6 * gimbal.acceleration_limit_urad_s2 * gimbal.inertia_kg_m2:.3g} N m")
    ax.text(0.99, 0.02, "\n".join(notes), transform=ax.transAxes, fontsize=7, ha="right", va="bottom")
    ax.set_ylabel("torque of the motor, of its limit [%]")
    ax.set_title("Torques of the gimbals")
    return ax


def coarse_error(result: PassResult, ax: Any = None) -> Any:
    """Rms [urad] of what the gimbals leave in each second, per axis, and what the mirrors can take up."""
    ax = axes(ax)
    time = minutes(result)
    for end in ENDS:
        track = track_of(result, end)
        for axis, width in (("x", 1.6), ("y", 0.8)):
            left = getattr(track, f"coarse_{axis}_urad")
            ax.plot(time, left, color=COLOURS[end], lw=width, label=f"{end} {axis}")
        half_urad = terminal_of(result, end).fine.mirror.half_stroke_urad
        ax.axhline(half_urad, color=COLOURS[end], lw=1.0, ls="--", label=f"{end}, half the mirror's stroke")
    _logarithmic(ax)
    _time_axis(ax, result)
    ax.set_ylabel("rms an axis on the sky [urad]")
    ax.legend(fontsize=7, loc="upper center", ncols=2)
    ax.set_title("What the coarse stage leaves")
    return ax


def states(result: PassResult, ax: Any = None) -> Any:
    """State of both ends against time."""
    if ax is None:
        ax = axes()
        ax.figure.subplots_adjust(left=0.17)  # the names of the states are long
    for end, shift in zip(ENDS, (0.08, -0.08), strict=True):
        track = track_of(result, end)
        state = track.sample_state
        turns = np.concatenate(([0], np.flatnonzero(np.diff(state)) + 1, [state.size - 1]))
        time = minutes(result)[0] + turns * track.residual_step_s / 60.0
        ax.step(time, state[turns] + shift, where="post", color=COLOURS[end], lw=1.2, label=end)
    ax.set_yticks([state.value for state in State], [state.name.replace("_", " ").lower() for state in State])
    ax.set_ylim(-0.5, len(State) + 0.4)
    _time_axis(ax, result)
    ax.set_ylabel("state [1]")
    ax.legend(fontsize=8, loc="upper center", ncols=2)
    ax.set_title("States")
    return ax


def _against_limits(
    result: PassResult,
    ax: Any,
    name: str,
    scaled: Callable[[Terminal, FloatArray], FloatArray],
    limit: Callable[[Terminal], float],
) -> Any:
    ax = axes(ax)
    time = minutes(result)
    for end in ENDS:
        terminal, track = terminal_of(result, end), track_of(result, end)
        of_mount = terminal.coarse.mount is not None
        labels = {"x": "azimuth" if of_mount else "x", "y": "elevation" if of_mount else "y"}
        for axis, width in (("x", 1.6), ("y", 0.8)):
            values = np.maximum(scaled(terminal, getattr(track, name.format(axis))), 1e-5)
            ax.plot(time, values, color=COLOURS[end], lw=width, label=f"{end} {labels[axis]}")
    limits = {end: limit(terminal_of(result, end)) for end in ENDS}
    if limits["satellite"] == limits["ground"]:
        ax.axhline(limits["ground"], color="0.3", lw=1.0, ls="--", label="limit")
    else:
        for end in ENDS:
            ax.axhline(limits[end], color=COLOURS[end], lw=1.0, ls="--", label=f"{end}, limit")
    _logarithmic(ax)
    _time_axis(ax, result)
    ax.legend(fontsize=7, loc="upper center", ncols=3)
    return ax


def _time_axis(ax: Any, result: PassResult) -> None:
    mark_window(ax, result)
    time_label(ax, result)
    ax.grid(True, color="0.92", lw=0.6)


def _logarithmic(ax: Any) -> None:
    """Make the axis of values logarithmic, with at most six decades and a quarter above them free for the legend."""
    ax.set_yscale("log", subs=[])  # no minor ticks: they take longer to draw than all the rest
    low, high = ax.get_ylim()
    low = max(low, 1e-6 * high)
    ax.set_ylim(low, high * (high / low) ** 0.35)


def track_of(result: PassResult, end: str) -> TerminalTrack:
    """Track of the end of a name of `ENDS`."""
    return result.satellite if end == "satellite" else result.ground


def terminal_of(result: PassResult, end: str) -> Terminal:
    """Terminal of the end of a name of `ENDS`."""
    return result.payload.apt if end == "satellite" else result.site.apt
