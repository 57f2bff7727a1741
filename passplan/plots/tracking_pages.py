"""Pages of several plots: the tracking of one pass, and the numbers of many runs of it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from passplan.mission.monte_carlo import TrackStatistics
from passplan.mission.result import PassResult
from passplan.plots.canvas import axes
from passplan.plots.tracking import (
    ENDS,
    axis_rates,
    axis_torques,
    coarse_error,
    each_second,
    pointing_error,
    states,
    stroke_histogram,
)
from passplan.plots.tracking_spectra import cumulative_rms, spectra, spectra_of


def tracking_page(result: PassResult) -> Any:
    """Draw all of a pass on one Figure, and return the Figure."""
    curves = {end: spectra_of(result, end) for end in ENDS}
    plots: list[Callable[[Any], Any]] = [
        partial(pointing_error, result, "satellite"),
        partial(pointing_error, result, "ground"),
        partial(states, result),
        partial(each_second, result, "satellite"),
        partial(each_second, result, "ground"),
        partial(coarse_error, result),
        partial(spectra, result, "satellite", curves=curves["satellite"]),
        partial(spectra, result, "ground", curves=curves["ground"]),
        partial(cumulative_rms, result, curves=curves),
        partial(axis_rates, result),
        partial(axis_torques, result),
        partial(stroke_histogram, result),
    ]
    figure = _page(4, 3, plots)
    figure.suptitle(f"Tracking of {result.pass_.pass_id}, seed {result.seed}", fontsize=14, y=0.985)
    return figure


def statistics_page(statistics: TrackStatistics) -> Any:
    """Draw how often each number of many runs occurs on one Figure, and return the Figure."""
    names = (
        ("satellite_fine_x_rms_urad", "satellite fine x, rms [urad]"),
        ("satellite_coarse_rms_urad", "satellite coarse, rms an axis [urad]"),
        ("ground_fine_x_rms_urad", "ground fine x, rms [urad]"),
        ("ground_coarse_rms_urad", "ground coarse, rms an axis [urad]"),
        ("acquired_s", "both in fine lock after [s]"),
        ("locked_fraction", "share of the key window in fine lock [1]"),
    )
    plots: list[Callable[[Any], Any]] = [partial(histogram, statistics, name, label) for name, label in names]
    figure = _page(2, 3, plots)
    first, last = int(statistics.seeds[0]), int(statistics.seeds[-1])
    figure.suptitle(f"{statistics.seeds.size} runs, seeds {first} to {last}", fontsize=14, y=0.975)
    return figure


def histogram(statistics: TrackStatistics, name: str, label: str, ax: Any = None) -> Any:
    """Runs by one of their numbers, with the 5, 50 and 95 % values; ``label`` names it, with its unit."""
    ax = axes(ax)
    values = statistics.by_run[name]
    spread = statistics.spread(name)
    ax.hist(values[np.isfinite(values)], bins=min(40, max(5, values.size // 5)), color="tab:blue", alpha=0.7)
    for value, style in ((spread.p05, ":"), (spread.p50, "-"), (spread.p95, ":")):
        if np.isfinite(value):
            ax.axvline(value, color="black", lw=1.0, ls=style)
    ax.ticklabel_format(axis="x", style="plain", useOffset=False)
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel(label)
    ax.set_ylabel("runs [1]")
    ax.set_title(f"{spread.mean:.4g} ± {spread.std:.2g}" if spread.runs else "in no run")
    return ax


def _page(rows: int, columns: int, plots: list[Callable[[Any], Any]]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4 * columns, 4.2 * rows))
    # Fixed margins: the layout engines draw everything twice.
    figure.subplots_adjust(left=0.05, right=0.965, bottom=0.2 / rows, top=1.0 - 0.28 / rows, wspace=0.26, hspace=0.32)
    for place, plot in enumerate(plots, 1):
        plot(figure.add_subplot(rows, columns, place))
    return figure
