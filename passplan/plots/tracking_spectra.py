"""Spectra of a pass's tracking: what shakes each end, and what its loops leave of it. Angles are on the sky."""

from typing import Any

import numpy as np

from passplan.apt.acquisition import State
from passplan.apt.measured_psd import longest_stretch, measured_psd
from passplan.apt.spectrum import cumulative_rms_urad, lines_of, lines_psd
from passplan.checks import FloatArray
from passplan.mission.monte_carlo import ends_of_result
from passplan.mission.result import PassResult
from passplan.plots.canvas import axes
from passplan.plots.tracking import COLOURS, ENDS, X_COLOUR, Y_COLOUR, track_of

Curve = tuple[FloatArray, FloatArray]
Spectra = dict[str, Curve]

_POINTS_A_DECADE = 60
_FEWEST_SAMPLES = 64  # of a stretch in lock that has a spectrum


def spectra_of(result: PassResult, end: str) -> Spectra:
    """Frequencies [Hz] and one-sided densities [urad^2/Hz] of the vibration, and of the residual of each axis.

    The residual is that of the longest stretch in fine lock; without one, there is the vibration alone.
    """
    track = track_of(result, end)
    vibration = ends_of_result(result)[ENDS.index(end)].vibration
    locked = track.sample_state == State.FINE_LOCK
    stretch = longest_stretch(locked)
    grid_hz = np.geomspace(1e-2, 0.5 / track.residual_step_s, 600)
    density = np.asarray(vibration(grid_hz)) + lines_psd(lines_of(vibration), frequency_hz=grid_hz)
    curves = {"vibration": (grid_hz, density)}
    if stretch.stop - stretch.start < _FEWEST_SAMPLES:
        return curves
    series = np.stack((track.residual_x_urad[stretch], track.residual_y_urad[stretch]))
    frequency_hz, densities = measured_psd(series, track.residual_step_s)
    for axis, one in zip("xy", densities, strict=True):
        curves[f"residual {axis}"] = _thinned(frequency_hz, one)
    return curves


def spectra(result: PassResult, end: str, ax: Any = None, *, curves: Spectra | None = None) -> Any:
    """One-sided spectra [urad^2/Hz] of the vibration and of the residual of both axes of one end.

    curves : of `spectra_of`, when they are drawn more than once.
    """
    ax = axes(ax)
    curves = spectra_of(result, end) if curves is None else curves
    top = 0.0
    for (name, (frequency_hz, density)), colour in zip(curves.items(), ("0.4", X_COLOUR, Y_COLOUR), strict=False):
        ax.plot(frequency_hz, density, color=colour, lw=1.0, label=name)
        top = max(top, float(density.max()))
    ax.set_ylim(1e-8 * top, 5.0 * top)
    _frequency_axis(ax)
    ax.set_ylabel("density, one axis [urad²/Hz]")
    ax.legend(fontsize=8, loc="upper right")
    ax.set_title(f"Spectrum before and after, {end}")
    return ax


def cumulative_rms(result: PassResult, ax: Any = None, *, curves: dict[str, Spectra] | None = None) -> Any:
    """Rms of one axis from all that lies below a frequency [urad], of the vibration and the residual of both ends."""
    ax = axes(ax)
    curves = {end: spectra_of(result, end) for end in ENDS} if curves is None else curves
    for end, one in zip(ENDS, ends_of_result(result), strict=True):
        before_hz, _ = curves[end]["vibration"]
        below = cumulative_rms_urad(
            one.vibration, frequency_hz=before_hz, low_hz=float(before_hz[0]), high_hz=float(before_hz[-1]), below=True
        )
        ax.plot(before_hz, np.maximum(below, 1e-6), "--", color=COLOURS[end], lw=1.0, label=f"{end}, vibration")
        for axis, width in (("x", 1.6), ("y", 0.8)):
            if f"residual {axis}" in curves[end]:
                frequency_hz, density = curves[end][f"residual {axis}"]
                widths = np.gradient(frequency_hz)
                rms = np.sqrt(np.cumsum(density * widths))
                ax.plot(frequency_hz, rms, color=COLOURS[end], lw=width, label=f"{end}, residual {axis}")
    _frequency_axis(ax)
    ax.set_ylim(1e-3, None)
    ax.set_ylabel("rms below the frequency, one axis [urad]")
    ax.legend(fontsize=7, loc="lower right")
    ax.set_title("Cumulative rms")
    return ax


def _thinned(frequency_hz: FloatArray, density: FloatArray) -> Curve:
    """Means over cells that are alike on a logarithmic axis; where lines are wider than cells, the lines themselves."""
    cells = np.floor(_POINTS_A_DECADE * np.log(frequency_hz / frequency_hz[0]) / np.log(10.0)).astype(int)
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    each = np.diff(starts, append=frequency_hz.size)
    return np.add.reduceat(frequency_hz, starts) / each, np.add.reduceat(density, starts) / each


def _frequency_axis(ax: Any) -> None:
    ax.set_xscale("log", subs=[])  # no minor ticks: they take longer to draw than all the rest
    ax.set_yscale("log", subs=[])
    ax.set_xlabel("frequency [Hz]")
    ax.grid(True, color="0.9", lw=0.6)
