"""Loss and error rate of a pass with their bands, and the inputs in the order of what they do."""

from typing import Any

import numpy as np

from passplan.mission.result import PassResult
from passplan.mission.spread import Band
from passplan.mission.uncertainty import LOSS, QBER, SIFTED, Uncertainty
from passplan.plots.canvas import axes, minutes, time_label

MOST_BARS = 12
_COLOURS = {"minus": "tab:blue", "plus": "tab:orange"}


def loss_band(result: PassResult, found: Uncertainty, ax: Any = None) -> Any:
    """Loss [dB] of each second of the key window with its 68 % and 95 % band."""
    ax = axes(ax)
    _band(ax, result, found.loss_db, result.budget.loss_db[result.mask])
    ax.set_ylabel("loss [dB], transmitter to in front of detectors")
    ax.set_title("Loss, with its 68 % and 95 % band")
    return ax


def qber_band(result: PassResult, found: Uncertainty, ax: Any = None) -> Any:
    """Error rate [%] of each second of the key window with its 68 % and 95 % band, counting statistics included."""
    ax = axes(ax)
    scaled = Band(**{name: 100.0 * getattr(found.qber, name) for name in Band.__slots__})
    bits = np.maximum(result.sifted_bits[result.mask], 1e-12)
    _band(ax, result, scaled, 100.0 * result.sifted_errors[result.mask] / bits)
    ax.set_ylabel("error rate of one second [%]")
    ax.set_ylim(0.0, None)
    ax.set_title("Quantum bit error rate, with its 68 % and 95 % band")
    return ax


def tornado(found: Uncertainty, axs: Any = None) -> Any:
    """Change of loss, QBER and sifted bits when one input stands 1 sigma below or above its value, largest on top.

    axs : three Axes side by side; by default those of a new figure. Returns the first.
    """
    if axs is None:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(11.0, 4.6))
        figure.subplots_adjust(left=0.27, right=0.98, bottom=0.12, top=0.88, wspace=0.12)
        axs = figure.subplots(1, 3, sharey=True)
    bits = found.nominal[SIFTED]
    panels = ((LOSS, 1.0, "mean loss [dB]"), (QBER, 100.0, "QBER [percentage points]"),
              (SIFTED, 100.0 / bits if bits else 0.0, "sifted bits [%]"))  # fmt: skip
    shown = found.inputs[:MOST_BARS]
    places = np.arange(len(shown))[::-1]
    for ax, (name, scale, label) in zip(axs, panels, strict=True):
        for side, colour in _COLOURS.items():
            widths = [scale * getattr(each, side)[name] for each in shown]
            ax.barh(places, widths, color=colour, alpha=0.75, label="-1 sigma" if side == "minus" else "+1 sigma")
        ax.axvline(0.0, color="0.3", lw=0.8)
        ax.set_xlabel(label)
        ax.grid(axis="x", lw=0.4, color="0.85")
        ax.set_axisbelow(True)
    axs[0].set_yticks(places, [f"{each.key}  {each.spread}" for each in shown], fontsize=7)
    axs[-1].legend(fontsize=8, ncols=2, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    axs[0].set_title("One input 1 sigma off, all else at its value", fontsize=10, loc="left")
    return axs[0]


def _band(ax: Any, result: PassResult, values: Band, nominal: Any) -> None:
    time = minutes(result)[result.mask]
    ax.fill_between(time, values.p2_5, values.p97_5, color="tab:blue", alpha=0.18, lw=0, label="95 %")
    ax.fill_between(time, values.p16, values.p84, color="tab:blue", alpha=0.35, lw=0, label="68 %")
    ax.plot(time, values.p50, color="tab:blue", lw=1.0, label="median")
    ax.plot(time, nominal, color="black", lw=1.2, label="every input at its value")
    time_label(ax, result)
    ax.legend(fontsize=8, ncols=2, loc="upper center")
