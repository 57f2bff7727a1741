"""What every plot of a pass shares: its axes, its time axis, and the shaded key window."""

from typing import Any

from passplan.checks import FloatArray
from passplan.mission.result import PassPath
from passplan.units import format_utc


def axes(ax: Any = None, *, polar: bool = False) -> Any:
    """Return the given Axes, or one of a new figure that no window shows."""
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 5.0) if polar else (7.6, 4.2))
    # Fixed margins: the layout engines draw everything twice.
    figure.subplots_adjust(left=0.1, right=0.9, bottom=0.12 if not polar else 0.1, top=0.92 if not polar else 0.88)
    return figure.add_subplot(projection="polar") if polar else figure.add_subplot()


def minutes(result: PassPath) -> FloatArray:
    """Time [min] from the culmination, negative before it."""
    culmination_s = (result.pass_.culmination_utc - result.track.epoch_utc).total_seconds()
    return (result.track.time_s - culmination_s) / 60.0


def time_label(ax: Any, result: PassPath) -> None:
    """Name the time axis."""
    ax.set_xlabel(f"time from culmination, {format_utc(result.pass_.culmination_utc)} [min]")
    ax.margins(x=0.01)


def mark_window(ax: Any, result: PassPath) -> None:
    """Shade the seconds in which key is made."""
    time = minutes(result)
    if result.mask.any():
        inside = time[result.mask]
        ax.axvspan(inside[0], inside[-1], color="0.5", alpha=0.12, lw=0, zorder=0)
