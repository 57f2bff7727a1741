"""A tracking loop in the frequency domain: Bode, Nyquist, sensitivity, spectra before and after."""

from typing import Any

import numpy as np

from passplan.checks import FloatArray
from passplan.mission.loop_design import LARGEST_MS, LoopDesign, curves
from passplan.plots.canvas import axes
from passplan.units import to_rad

Columns = dict[str, FloatArray]

_GOOD, _BAD = "tab:green", "tab:red"


def bode(design: LoopDesign, ax: Any = None, *, columns: Columns | None = None) -> Any:
    """Open loop at the sampling instants: gain [1] (left) and phase [deg] (right); returns the left Axes."""
    ax = axes(ax)
    columns = curves(design.case) if columns is None else columns
    found, frequency_hz = design.margins, columns["frequency_hz"]
    ax.loglog(frequency_hz, columns["open_loop_gain"], color="tab:blue", label="gain")
    ax.axhline(1.0, color="0.6", lw=0.8)
    ax.set_ylabel("gain of the open loop [1]", color="tab:blue")
    ax.set_ylim(1e-2, min(1e4, 2.0 * float(columns["open_loop_gain"].max())))
    _frequency_axis(ax, frequency_hz)
    other = ax.twinx()
    other.plot(frequency_hz, columns["open_loop_phase_deg"], color="tab:orange", lw=1.0, label="phase")
    other.axhline(-180.0, color="tab:orange", lw=0.8, ls=":")
    other.set_ylim(-370.0, 10.0)
    other.set_yticks(range(-360, 1, 90))
    other.set_ylabel("phase [deg]", color="tab:orange")
    if np.isfinite(found.phase_margin_hz):
        ax.axvline(found.phase_margin_hz, color="0.4", lw=0.8, ls="--")
        text = f"{found.phase_margin_deg:.0f}° at {found.phase_margin_hz:.4g} Hz"
        other.annotate(
            text, (found.phase_margin_hz, -180.0 + found.phase_margin_deg), xytext=(-6, 0), ha="right", fontsize=8,
            textcoords="offset points",
        )  # fmt: skip
    if np.isfinite(found.gain_margin_hz):
        ax.plot([found.gain_margin_hz] * 2, [1.0 / found.gain_margin, 1.0], color=_mark(design, "gain margin"), lw=2)
        ax.annotate(
            f"1/{found.gain_margin:.3g}", (found.gain_margin_hz, 1.0 / found.gain_margin), xytext=(-4, -2), ha="right",
            va="top", fontsize=8, textcoords="offset points",
        )  # fmt: skip
    ax.set_title("Open loop")
    return ax


def nyquist(design: LoopDesign, ax: Any = None, *, columns: Columns | None = None) -> Any:
    """Open loop in the complex plane, with the circle around -1 that Ms = 2 forbids to enter."""
    ax = axes(ax)
    columns = curves(design.case) if columns is None else columns
    real, imaginary = columns["open_loop_real"], columns["open_loop_imag"]
    near = np.hypot(real, imaginary) < 20.0
    ax.plot(real[near], imaginary[near], color="tab:blue", label="0 Hz to half the rate")
    ax.plot(real[near], -imaginary[near], color="tab:blue", lw=0.6, alpha=0.5)
    turn = to_rad(np.linspace(0.0, 360.0, 361))
    ax.plot(np.cos(turn), np.sin(turn), color="0.6", lw=0.8, ls=":", label="gain 1")
    colour = _mark(design, "peak sensitivity Ms")
    ax.fill(
        -1.0 + np.cos(turn) / LARGEST_MS, np.sin(turn) / LARGEST_MS, color=colour, alpha=0.2, lw=0,
        label=f"Ms > {LARGEST_MS:g}",
    )  # fmt: skip
    ax.plot(-1.0, 0.0, "+", color="black", ms=10)
    ax.set_aspect("equal")
    ax.set_xlim(-2.2, 1.2)
    ax.set_ylim(-2.0, 1.4)
    ax.set_xlabel("real part [1]")
    ax.set_ylabel("imaginary part [1]")
    ax.legend(fontsize=8, loc="lower right")
    ax.set_title(f"Nyquist: Ms = {design.margins.peak_sensitivity:.3g}")
    return ax


def sensitivities(design: LoopDesign, ax: Any = None, *, columns: Columns | None = None) -> Any:
    """Sensitivity |S| and complementary sensitivity |T| at the sampling instants [1]; above one the loop amplifies."""
    ax = axes(ax)
    columns = curves(design.case) if columns is None else columns
    found, frequency_hz = design.margins, columns["frequency_hz"]
    ax.loglog(frequency_hz, columns["sensitivity"], color="tab:blue", label="|S|, what is left")
    ax.loglog(frequency_hz, columns["complementary"], color="tab:orange", label="|T|, what is followed")
    ax.axhline(1.0, color="0.6", lw=0.8)
    ax.axhline(LARGEST_MS, color=_mark(design, "peak sensitivity Ms"), lw=0.8, ls="--", label=f"Ms = {LARGEST_MS:g}")
    ax.plot(found.peak_hz, found.peak_sensitivity, "v", color="tab:blue")
    ax.annotate(
        f"{found.peak_sensitivity:.3g} at {found.peak_hz:.4g} Hz", (found.peak_hz, found.peak_sensitivity),
        xytext=(-8, 6), textcoords="offset points", ha="right", fontsize=8,
    )  # fmt: skip
    ax.set_ylim(1e-3, 10.0)
    _frequency_axis(ax, frequency_hz)
    ax.set_ylabel("magnitude [1]")
    ax.legend(fontsize=8, loc="lower right")
    ax.set_title("Sensitivity")
    return ax


def spectra(design: LoopDesign, ax: Any = None, *, columns: Columns | None = None) -> Any:
    """One-sided spectra of what the loop follows and of what it leaves [urad^2/Hz], one axis, on the sky."""
    ax = axes(ax)
    columns = curves(design.case) if columns is None else columns
    frequency_hz = columns["frequency_hz"]
    before, after = columns["psd_before_urad2_hz"], columns["psd_after_urad2_hz"]
    ax.loglog(frequency_hz, before, color="0.4", label=f"before, {design.before_urad:.3g} urad rms")
    ax.loglog(frequency_hz, after, color="tab:blue", label=f"after, {design.residual_urad:.3g} urad rms, with noise")
    top = float(max(before.max(), after.max()))
    ax.set_ylim(1e-9 * top, 5.0 * top)
    _frequency_axis(ax, frequency_hz)
    ax.set_ylabel("density, one axis [urad²/Hz]")
    ax.legend(fontsize=8, loc="lower left")
    ax.set_title("Spectrum before and after")
    return ax


def loop_sheet(design: LoopDesign) -> Any:
    """Draw all four on one Figure, under a line that says which goals are met; return the Figure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12.0, 9.0))
    figure.subplots_adjust(left=0.07, right=0.95, bottom=0.07, top=0.89, wspace=0.27, hspace=0.28)
    columns = curves(design.case)
    for place, plot in enumerate((bode, nyquist, sensitivities, spectra), 1):
        plot(design, figure.add_subplot(2, 2, place), columns=columns)
    figure.suptitle(design.case.name, fontsize=13, y=0.975)
    shown = [f"{'OK' if goal.is_met else 'NOT'}  {goal.name} {goal.value:.3g} {goal.must_be}" for goal in design.goals]
    colour = _GOOD if design.is_met else _BAD
    figure.text(0.5, 0.935, "     ".join(shown), ha="center", va="center", fontsize=8.5, color=colour)
    return figure


def _frequency_axis(ax: Any, frequency_hz: FloatArray) -> None:
    ax.set_xlim(frequency_hz[0], frequency_hz[-1])
    ax.set_xlabel("frequency [Hz]")
    ax.grid(True, color="0.9", lw=0.6)


def _mark(design: LoopDesign, name: str) -> str:
    return _GOOD if all(goal.is_met for goal in design.goals if goal.name == name) else _BAD
