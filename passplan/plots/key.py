"""Which proof gives what of one pass, and the key against loss."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from passplan.mission.catalog import published_of
from passplan.mission.key_study import BestSetting, LossStudy
from passplan.mission.result import PassResult
from passplan.plots.canvas import axes

_HERE, _OTHERS, _BEST = "tab:blue", "0.65", "tab:green"


def proof_bars(result: PassResult, ax: Any = None, *, best: Sequence[BestSetting] = (), log: bool = False) -> Any:
    """Key length [bit] of a pass under each proof that takes its counts, the mission's own in colour.

    ax : Axes, by default those of a new figure; best : best settings, drawn beside the mission's setting; log : a
    logarithmic scale, on which no key has no bar
    """
    if ax is None:
        ax = axes()
        ax.figure.subplots_adjust(left=0.27, right=0.97, top=0.87, bottom=0.23)
    practice = result.payload.key
    found = {one.optimum.proof: float(one.key.secret_bits) for one in best}
    own = {name: float(key.secret_bits) for name, key in result.keys.items()}
    names = sorted({**own, **found}, key=lambda name: found.get(name, own.get(name, 0.0)))
    places, height = np.arange(len(names), dtype=float), 0.4 if found else 0.8
    shift = 0.2 if found else 0.0
    top = max(*own.values(), *found.values(), 1.0)
    ax.set_xlim(*((0.5, 8.0 * top) if log else (0.0, 1.2 * top)))
    if log:
        ax.set_xscale("log")
    else:
        ax.locator_params(axis="x", nbins=5)  # more numbers of seven digits would run into each other
        ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.tick_params(axis="x", labelsize=8)
    colours = {name: _HERE if name == practice.proof else _OTHERS for name in names}
    _bars(ax, {p - shift: (own[n], colours[n]) for p, n in zip(places, names, strict=True) if n in own}, height)
    _bars(ax, {p + shift: (found[n], _BEST) for p, n in zip(places, names, strict=True) if n in found}, height)
    ax.set_yticks(places, names, fontsize=8)
    _legend(ax, result, best)
    ax.set_xlabel("secret bits of the key window [bit]")
    ax.set_title(
        f"Which proof gives what: epsilon_sec {practice.epsilon_sec:g}, epsilon_cor {practice.epsilon_cor:g}, "
        f"f {practice.error_correction_efficiency:g}\n{result.mask.sum()} s of one pass, {result.window.rule}",
        fontsize=9,
    )
    return ax


def sweep_curves(studies: Sequence[LossStudy], ax: Any = None, *, title: str = "") -> Any:
    """Key length [bit] against the loss of the best second [dB], at the mission's setting and at the best ones.

    studies : one a proof; ax : Axes, by default those of a new figure; title : what stands above, such as the epsilons.
    Where there is no key a curve ends. The legend stands to the right of the Axes, for it covers curves otherwise.
    """
    from matplotlib.lines import Line2D

    if ax is None:
        ax = axes()
        ax.figure.set_size_inches(9.2, 4.4)
        ax.figure.subplots_adjust(left=0.09, right=0.78, top=0.87)
    handles = []
    for number, study in enumerate(studies):
        loss_db = study.best.loss_db
        best = np.array([one.key.secret_bits for one in study.best.optima], dtype=float)
        handles += ax.plot(loss_db, _shown(best), color=f"C{number}", lw=1.4, label=study.proof)
        if study.own_bits is not None:
            ax.plot(loss_db, _shown(study.own_bits), color=f"C{number}", lw=1.2, ls="--")
    ax.set_yscale("log")
    ax.set_xlabel("loss at the best second, detectors included [dB]")
    ax.set_ylabel("secret bits of the pass [bit]")
    ax.grid(lw=0.4, color="0.85")
    ax.set_title(title or "Key against loss", fontsize=9)
    if studies:
        handles += [
            Line2D([], [], color="0.2", lw=1.4, label="best setting at each loss"),
            Line2D([], [], color="0.2", lw=1.2, ls="--", label="mission's setting"),
            ax.axvline(studies[0].pass_loss_db, color="0.4", lw=0.9, ls=":", label="this pass"),
        ]
        ax.legend(handles=handles, fontsize=7, loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0.0)
    return ax


def _shown(bits: Any) -> Any:
    return np.where(bits > 0.0, bits, np.nan)


def _bars(ax: Any, bars: Mapping[float, tuple[float, str]], height: float) -> None:
    """Bars by their place, each a length [bit] and a colour, with the number at its end."""
    low = ax.get_xlim()[0]
    for place, (bits, colour) in bars.items():
        if bits > low:
            ax.barh(place, bits - low, left=low, height=height, color=colour)
        ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.0}
        ax.text(max(bits, low), place, f" {bits:,.0f}", va="center", fontsize=7, bbox=ground, zorder=3)


def _legend(ax: Any, result: PassResult, best: Sequence[BestSetting]) -> None:
    """Name the colours, and mark the printed key of the pass where there is one."""
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(color=_HERE, label="the mission's proof"), Patch(color=_OTHERS, label="other proofs")]
    if best:
        is_moved = any(one.optimum.window.rule != result.window.rule for one in best)
        handles.append(Patch(color=_BEST, label="best setting" + (" and window" if is_moved else "")))
    published = published_of(result.payload, result.pass_.pass_id)
    for item in published.figure if published else ():
        if item.key == "key.secret_bits":
            told = f"printed: {item.printed}, {item.source}"
            handles.append(ax.axvline(item.value, color="tab:red", lw=1.0, ls=":", label=told))
    columns = len(handles) if len(handles) < 4 else 2
    ax.legend(handles=handles, fontsize=7, ncols=columns, loc="upper right", bbox_to_anchor=(1.0, -0.17))
