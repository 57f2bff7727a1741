"""A fit to a measured pass: data with the model, residuals, correlation of the parameters."""

from typing import Any

import numpy as np

from passplan.mission.fit import Fit
from passplan.plots.canvas import axes
from passplan.units import format_utc


def data_with_model(fit: Fit, ax: Any = None) -> Any:
    """Measured sifted rate [kbit/s] of each row, and the model's with one standard deviation of its scatter."""
    ax = axes(ax)
    time, interval_s = _minutes(fit), fit.measured.interval_s[fit.used]
    model = fit.expected.sifted
    scatter = np.sqrt(model + fit.expected.fading_variance + (fit.extra_fading * model) ** 2)
    low, middle, high = (1e-3 * each / interval_s for each in (model - scatter, model, model + scatter))
    ax.fill_between(time, np.maximum(low, 0.0), high, color="tab:blue", alpha=0.2, lw=0, label="model, 1 sigma")
    ax.plot(time, middle, color="tab:blue", label="model, fitted")
    rate = 1e-3 * fit.measured.sifted_bits[fit.used] / interval_s
    ax.plot(time, rate, ".", ms=4, color="0.25", label="measured")
    ax.set_ylabel("sifted rate [kbit/s]")
    ax.set_ylim(0.0, None)
    ax.legend(fontsize=8)
    ax.set_title("Measured and fitted sifted rate")
    return _time_axis(ax, fit)


def residuals(fit: Fit, ax: Any = None) -> Any:
    """Residuals [standard deviations] of the sifted bits, and of errors and blanked counts where they were measured."""
    ax = axes(ax)
    time = _minutes(fit)
    blocks = {"sifted bits": fit.residual_sigma, "errors": fit.error_sigma, "blanked counts": fit.background_sigma}
    for (name, values), colour in zip(blocks.items(), ("tab:blue", "tab:orange", "tab:green"), strict=True):
        if values is not None:
            ax.plot(time, values, ".", ms=4, color=colour, label=name)
    for level in (-2.0, 0.0, 2.0):
        ax.axhline(level, color="0.5", lw=0.6, ls="-" if level == 0.0 else ":")
    ax.set_ylabel("measured less model [standard deviations]")
    ax.legend(fontsize=8)
    ax.set_title("Residuals")
    return _time_axis(ax, fit)


def correlations(fit: Fit, ax: Any = None) -> Any:
    """Correlation [1] of each pair of fitted parameters."""
    ax = axes(ax)
    ax.imshow(fit.correlation, cmap="RdBu", vmin=-1.0, vmax=1.0, aspect="auto")
    names = [name.replace("_", " ") for name in fit.names]
    ax.set_xticks(range(len(names)), names, fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=8, rotation=90, va="center")
    for (row, column), value in np.ndenumerate(fit.correlation):
        ax.text(column, row, f"{value:+.2f}", ha="center", va="center", color="white" if abs(value) > 0.6 else "black")
    ax.set_title("Correlation of the fitted parameters [1]")
    return ax


def fit_page(fit: Fit, *, pass_id: str) -> Any:
    """Draw all of a fit on one Figure, and return the Figure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15.0, 4.6))
    figure.subplots_adjust(left=0.05, right=0.98, bottom=0.13, top=0.85, wspace=0.2)
    for place, plot in enumerate((data_with_model, residuals, correlations), 1):
        plot(fit, figure.add_subplot(1, 3, place))
    figure.suptitle(f"Fit of {pass_id}")
    return figure


def _minutes(fit: Fit) -> Any:
    return fit.measured.time_s[fit.used] / 60.0


def _time_axis(ax: Any, fit: Fit) -> Any:
    ax.set_xlabel(f"time from {format_utc(fit.measured.epoch_utc)} [min]")
    ax.margins(x=0.01)
    return ax
