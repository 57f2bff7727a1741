"""Polarization of one pass against time: contrast, rotation, plates, their rates, error by cause."""

from typing import Any

import numpy as np

from passplan.mission.catalog import published_of
from passplan.mission.export import plate_columns
from passplan.mission.polarization_summary import PLATE_TEXTS, held_back_s, plate_demand
from passplan.mission.result import PassPath
from passplan.plots.canvas import axes, mark_window, minutes, time_label
from passplan.polarization.error_rate import contrast

DRIVEN, STILL, ROTATION = "tab:green", "tab:red", "tab:orange"
PLATE_COLOURS = {"qwp_first": "tab:blue", "hwp": "tab:green", "qwp_second": "tab:purple"}
CAUSE_LABELS = {
    "optics": "optics, plates exact",
    "motor": "motor",
    "knowledge": "unknown angle",
    "intrinsic": "intrinsic",
}
CAUSE_COLOURS = {"optics": "tab:blue", "motor": "tab:orange", "knowledge": "tab:purple", "intrinsic": "0.7"}
DECADES = {0.01: "0.01", 0.1: "0.1", 1.0: "1", 10.0: "10", 100.0: "100", 1000.0: "1,000", 10000.0: "10,000"}

_BEYOND = 1e5  # stands for a contrast without limit, above the axis
_HEADROOM = 1.45  # over the highest line, for the legend
_SEEN_APART = 0.1  # share of the mean error: bases that differ by less are one line
_NEAR_LIMIT = 0.3  # share of a motor's limit from which the limit is drawn


def polarization_contrast(result: PassPath, ax: Any = None) -> Any:
    """Contrast ratio [1] with and without compensation, logarithmic, as the 2017 paper's Fig. 2c.

    The axis ends at 0.01 and 10,000 and curves may leave it; thin lines are the published contrasts of this pass.
    """
    ax = axes(ax)
    time, polarization = minutes(result), result.polarization
    ax.set_yscale("log", subs=[])  # no minor ticks: they take longer to draw than all the rest
    for label, colour in (("compensated", DRIVEN), ("uncompensated", STILL)):
        ratio = getattr(polarization, f"contrast_{label}")
        ax.plot(time, np.minimum(ratio, _BEYOND), color=colour, label=label)
    _states_apart(ax, result)
    for place, value in enumerate(_published_contrasts(result)):
        ax.axhline(value, color="black", lw=0.7, ls="--")
        side, away = ("top", -2) if place % 2 else ("bottom", 3)
        words = f"published {value:g} : 1"
        ax.annotate(
            words, (time.mean(), value), (0, away), textcoords="offset points", fontsize=7, ha="center", va=side
        )
    ax.axhline(1.0, color="0.6", lw=0.8, ls=":")
    ax.set_ylim(1e-2, 1e4)
    ax.set_yticks(list(DECADES), list(DECADES.values()), fontsize=8)
    mark_window(ax, result)
    time_label(ax, result)
    ax.set_ylabel("polarization contrast ratio [1]")
    ax.legend(fontsize=8, loc="upper right", ncols=2)
    ax.set_title("Polarization contrast")
    return ax


def _states_apart(ax: Any, result: PassPath) -> None:
    """Draw the contrast of each basis with compensation where they differ enough to be seen."""
    errors = result.polarization.balance.bases(compensated=True)
    if not np.any(np.abs(errors[0] - errors[1]) > _SEEN_APART * errors.mean(axis=0)):
        return
    for values, name, style in zip(contrast(errors), ("H, V", "D, A"), ("--", ":"), strict=True):
        ax.plot(minutes(result), np.minimum(values, _BEYOND), color=DRIVEN, lw=1.0, ls=style, label=f"of it {name}")


def rotation_and_plate(result: PassPath, ax: Any = None) -> Any:
    """Rotation of the frame [deg] and angle of each plate [deg]."""
    ax = axes(ax)
    time, polarization = minutes(result), result.polarization
    ax.plot(time, polarization.rotation_deg, color=ROTATION, label="rotation of the frame")
    for column, angle_deg in plate_columns(result.site.polarization, polarization.compensation).items():
        name = column.removesuffix("_deg")
        ax.plot(time, angle_deg, color=PLATE_COLOURS[name], label=PLATE_TEXTS[name])
    _mark_held_back(ax, result)
    mark_window(ax, result)
    time_label(ax, result)
    ax.set_ylabel("angle [deg]")
    ax.legend(fontsize=8, loc="best")
    ax.set_title("Polarization rotation and wave plate")
    return ax


def plate_rates(result: PassPath, ax: Any = None) -> Any:
    """Rate [deg/s] that the command asks of each plate, its acceleration [mdeg/s^2], and limits that are near."""
    ax = axes(ax)
    time, motor = minutes(result), result.site.polarization.motor
    right = ax.twinx()
    right.set_ylabel("acceleration of the plate [mdeg/s$^2$]")
    for place, (name, (rate_deg_s, acceleration_deg_s2)) in enumerate(plate_demand(result).items()):
        label = "accelerations" if place == 0 else None
        ax.plot(time, rate_deg_s, color=PLATE_COLOURS[name], label=PLATE_TEXTS[name])
        right.plot(time, 1e3 * acceleration_deg_s2, ":", color=PLATE_COLOURS[name], lw=1.0, label=label)
    _with_limit(ax, motor.max_rate_deg_s, label="limit of the rate", ls="--")
    _with_limit(right, 1e3 * motor.max_acceleration_deg_s2, label="limit of the acceleration", ls=":")
    ax.axhline(0.0, color="0.6", lw=0.6)
    mark_window(ax, result)
    time_label(ax, result)
    ax.set_ylabel("rate of the plate [deg/s]")
    handles = [handle for one in (ax, right) for handle in one.get_legend_handles_labels()[0]]
    ax.legend(handles=handles, fontsize=7, ncols=2, loc="upper right")
    ax.set_title("What the command asks of the motors")
    return ax


def polarization_error(result: PassPath, ax: Any = None) -> Any:
    """Mean error of the four states with driven plates [%] by cause, stacked, and their sum.

    A cause that lessens the error, such as a motor that is off in the right direction, has no area. The legend gives
    the mean of each cause over the key window, else over the pass.
    """
    ax = axes(ax)
    time, balance = minutes(result), result.polarization.balance
    heights = [100.0 * np.maximum(values, 0.0) for values in balance.by_cause.values()]
    inside = result.mask if result.mask.any() else slice(None)
    means = {cause: f"{100.0 * float(values[inside].mean()):.4f} %" for cause, values in balance.by_cause.items()}
    names = [f"{CAUSE_LABELS[cause]}, mean {mean}" for cause, mean in means.items()]
    ax.stackplot(time, heights, labels=names, colors=[CAUSE_COLOURS[cause] for cause in balance.by_cause], alpha=0.75)
    whole = 100.0 * balance.driven.mean(axis=0)
    ax.plot(time, whole, color="black", lw=1.2, label="mean of H, V, D, A")
    mark_window(ax, result)
    time_label(ax, result)
    ax.set_ylim(0.0, _HEADROOM * float(whole.max()))
    ax.set_ylabel("error of the polarization [%]")
    ax.legend(fontsize=8, ncols=2, loc="upper center")
    ax.set_title("Polarization error by cause")
    return ax


def polarization_page(result: PassPath) -> Any:
    """Draw all of a pass on one Figure, and return the Figure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13.6, 8.8))
    # Fixed margins: the layout engines draw everything twice.
    figure.subplots_adjust(left=0.06, right=0.93, bottom=0.065, top=0.915, wspace=0.18, hspace=0.26)
    for place, plot in enumerate((polarization_contrast, polarization_error, rotation_and_plate, plate_rates), 1):
        plot(result, figure.add_subplot(2, 2, place))
    receiver = result.site.polarization
    figure.suptitle(f"Polarization of {result.pass_.pass_id}, {receiver.frame}, {receiver.plates}", fontsize=14)
    return figure


def _with_limit(ax: Any, limit: float, *, label: str, ls: str) -> None:
    """Make room around the lines of Axes, both signs alike, and draw a limit that they come near."""
    most = max(float(np.abs(line.get_ydata()).max()) for line in ax.get_lines())
    near = most > _NEAR_LIMIT * limit
    if near:
        ax.axhline(limit, color="0.3", lw=0.9, ls=ls, label=label)
        ax.axhline(-limit, color="0.3", lw=0.9, ls=ls)
    top = _HEADROOM * max(most, limit if near else 1e-3)
    ax.set_ylim(-top, top)


def _mark_held_back(ax: Any, result: PassPath) -> None:
    """Shade the times in which a motor cannot keep a plate at its command."""
    for place, (start_s, stop_s) in enumerate(held_back_s(result)):
        start, stop = np.interp((start_s, stop_s), result.track.time_s, minutes(result))
        label = "plate held back" if place == 0 else ""
        ax.axvspan(start, stop, color="tab:red", alpha=0.15, lw=0, zorder=0, label=label)


def _published_contrasts(result: PassPath) -> list[float]:
    """Printed contrasts of this very pass [1], largest first; one of 0 has no place on a logarithmic axis."""
    published = published_of(result.payload, result.pass_.pass_id)
    figures = () if published is None else published.figure
    values = {one.value for one in figures if one.key.startswith("polarization.contrast_") and one.value > 0.0}
    return sorted(values, reverse=True)
