"""Loss, pointing, rates and errors of one pass against time."""

from typing import Any

import numpy as np

from passplan.checks import FloatArray
from passplan.mission.result import PassResult
from passplan.plots.canvas import axes, mark_window, minutes, time_label

DIGITISED = "published, digitised (second-hand)"
TERM_COLOURS = ("tab:blue", "tab:cyan", "tab:purple", "tab:orange", "tab:green", "tab:red", "tab:brown", "tab:pink")
CAUSE_COLOURS = {
    "dark": "tab:blue",
    "airglow": "tab:green",
    "zodiacal": "tab:olive",
    "starlight": "tab:cyan",
    "moonlight": "0.7",
    "sunlight": "tab:orange",
    "city": "tab:purple",
    "satellite_beacon": "tab:red",
    "ground_beacon": "tab:pink",
    "dark_counts": "0.35",
}


def loss_terms(result: PassResult, ax: Any = None, *, measured: tuple[FloatArray, FloatArray] | None = None) -> Any:
    """Stacked loss terms [dB], transmitter output to in front of the detectors.

    measured : range [km] and loss [dB] of a published curve, drawn against the time at which the pass has that range.
    """
    ax = axes(ax)
    time = minutes(result)
    names = list(result.budget.terms_db)
    heights = [result.budget.terms_db[name] for name in names]
    labels = [_term_label(result, name) for name in names]
    ax.stackplot(time, heights, labels=labels, colors=TERM_COLOURS, alpha=0.75)
    ax.plot(time, result.budget.loss_db, color="black", lw=1.4, label="total")
    if measured is not None:
        _plot_against_range(ax, result, *measured)
    mark_window(ax, result)
    time_label(ax, result)
    ax.set_ylabel("loss [dB], transmitter to in front of detectors")
    locked = result.satellite.locked * result.ground.locked > 0.5
    ax.set_ylim(0.0, 1.3 * float(result.budget.loss_db[locked].max(initial=40.0)))
    ax.legend(ncols=3, loc="upper center", fontsize=7.5, columnspacing=1.2)
    ax.set_title("Loss by cause, with the range of each in the key window" if result.mask.any() else "Loss by cause")
    return ax


def _term_label(result: PassResult, name: str) -> str:
    """Name of a term with its least and greatest loss in the key window: a thin layer cannot be read off."""
    inside = result.mask if result.mask.any() else slice(None)
    values_db = result.budget.terms_db[name][inside]
    low, high = f"{values_db.min():.1f}", f"{values_db.max():.1f}"
    return f"{name.replace('_', ' ')}, {low if low == high else f'{low} to {high}'} dB"


def _plot_against_range(ax: Any, result: PassResult, range_km: FloatArray, loss_db: FloatArray) -> None:
    time, path_km = minutes(result), result.track.range_km
    nearest = int(np.argmin(path_km))
    label = DIGITISED
    for side in (slice(None, nearest + 1), slice(nearest, None)):
        order = np.argsort(path_km[side])
        inside = (range_km >= path_km[side].min()) & (range_km <= path_km[side].max())
        when = np.interp(range_km[inside], path_km[side][order], time[side][order])
        ax.plot(when[::4], loss_db[inside][::4], ".", ms=4, color="white", mec="black", mew=0.5, label=label)
        label = ""


def tracking_error(result: PassResult, ax: Any = None) -> Any:
    """Fine tracking error [urad] of both axes of both terminals, rms and mean in each second, on the sky."""
    ax = axes(ax)
    shown: list[float] = []
    time = minutes(result)
    for name, terminal, colour in (
        ("satellite", result.satellite, "tab:blue"),
        ("ground", result.ground, "tab:orange"),
    ):
        locked = terminal.locked > 0.0
        for axis, width in (("x", 1.6), ("y", 0.8)):
            jitter = np.where(locked, getattr(terminal, f"jitter_{axis}_urad"), np.nan)
            bias = np.where(locked, getattr(terminal, f"bias_{axis}_urad"), np.nan)
            ax.plot(time, jitter, color=colour, lw=width, label=f"{name} {axis}, rms")
            ax.plot(time, bias, ":", color=colour, lw=width, label=f"{name} {axis}, bias")
            shown.append(np.nanmax(jitter[locked][1:], initial=1.0))  # the first locked second still settles
    mark_window(ax, result)
    time_label(ax, result)
    ax.axhline(0.0, color="0.6", lw=0.6)
    ax.set_ylim(-1.0, 1.5 * max(shown))
    ax.set_ylabel("pointing error on the sky, per axis [urad]")
    ax.legend(ncols=4, fontsize=7, loc="upper center")
    ax.set_title("Fine tracking error in each second")
    return ax


def sifted_rate(result: PassResult, ax: Any = None, *, measured: tuple[FloatArray, FloatArray] | None = None) -> Any:
    """Sifted rate [kbit/s] in each second.

    measured : time from the start of the key window [s] and sifted rate [kbit/s] of a published curve.
    """
    ax = axes(ax)
    time = minutes(result)
    ax.plot(time, 1e-3 * result.sifted_bits, color="tab:blue", label="simulated")
    if measured is not None and result.mask.any():
        seconds, rate = measured
        ax.plot(time[result.mask][0] + seconds / 60.0, rate, ".", ms=4, color="0.35", label=DIGITISED)
    mark_window(ax, result)
    time_label(ax, result)
    ax.set_ylabel("sifted rate [kbit/s]")
    ax.set_ylim(0.0, None)
    ax.legend(fontsize=8, loc="upper right")
    ax.set_title("Sifted rate")
    return ax


def error_rate(result: PassResult, ax: Any = None) -> Any:
    """Quantum bit error rate [%] of the sifted bits by cause, and their sum."""
    ax = axes(ax)
    time, bits = minutes(result), np.maximum(result.sifted_bits, 1e-12)
    parts = {
        "source and alignment": result.clicks.errors_preparation,
        "polarization": result.clicks.errors_polarization,
        "background": result.clicks.errors_background,
    }
    shares = [100.0 * part / bits for part in parts.values()]
    ax.stackplot(time, shares, labels=list(parts), colors=("tab:purple", "tab:green", "tab:orange"), alpha=0.75)
    ax.plot(time, 100.0 * result.sifted_errors / bits, color="black", lw=1.2, label="QBER")
    mark_window(ax, result)
    time_label(ax, result)
    inside = result.mask if result.mask.any() else slice(None)
    ax.set_ylim(0.0, 2.0 * float(np.max((100.0 * result.sifted_errors / bits)[inside])))
    ax.set_ylabel("error rate [%]")
    ax.legend(fontsize=8, ncols=2, loc="upper center")
    ax.set_title("Quantum bit error rate by cause")
    return ax


def background(result: PassResult, ax: Any = None) -> Any:
    """Raw background [1/s] stacked by cause; how high Moon and Sun stand at either end is written beside it."""
    ax = axes(ax)
    time, parts = minutes(result), result.background.by_cause_cps
    shown = [cause for cause, counts in parts.items() if counts.any()]
    labels = [cause.replace("_", " ") for cause in shown]
    colours = [CAUSE_COLOURS[cause] for cause in shown]
    ax.stackplot(time, [parts[cause] for cause in shown], labels=labels, colors=colours, alpha=0.75)
    ax.plot(time, result.background_cps, color="black", lw=1.2, label="total")
    mark_window(ax, result)
    time_label(ax, result)
    ax.set_ylim(0.0, 1.4 * float(result.background_cps.max(initial=1e-9)))
    ax.set_ylabel("raw background, all detectors [1/s]")
    ax.legend(fontsize=8, ncols=3, loc="upper center")
    light = result.light
    moon = f"Moon {light.moon_illumination[0]:.0%} lit, {_course(light.moon_elevation_deg)}"
    ax.set_title(f"Background by cause; {moon}; Sun {_course(light.sun_elevation_deg)}", fontsize=10)
    return ax


def _course(elevation_deg: FloatArray) -> str:
    first, last = (f"{value:.0f}" for value in elevation_deg[[0, -1]])
    return f"at {first} deg" if first == last else f"at {first} to {last} deg"
