"""Published curves of a pass, and how far the simulated one lies from them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from passplan.checks import FloatArray
from passplan.mission.catalog import published_of
from passplan.mission.result import PassResult

Curve = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Digitised curves of a pass, None where there is none: sifted rate (s, kbit/s) and loss (km, dB)."""

    rate: Curve | None = None
    loss: Curve | None = None


def published_curves(result: PassResult) -> Curves:
    """Digitised curves that the catalogue has of this very pass."""
    published = published_of(result.payload, result.pass_.pass_id)
    if published is None:
        return Curves()
    folder = result.selection.files[0].parent
    names = (published.sifted_rate_curve, published.loss_curve)
    rate, loss = (_curve(folder / name) if name else None for name in names)
    return Curves(rate=rate, loss=loss)


def loss_deviation_db(result: PassResult) -> dict[str, float] | None:
    """Rms difference [dB] to the published loss against range, for the rising and the setting arm of the pass.

    The simulated loss is interpolated to the ranges of the published points that the arm covers. None without a curve.
    """
    curve = published_curves(result).loss
    if curve is None:
        return None
    range_km, loss_db = curve
    path_km, simulated_db = result.track.range_km, result.budget.loss_db
    nearest = int(np.argmin(path_km))
    arms = {"rising": slice(nearest, None, -1), "setting": slice(nearest, None)}
    deviations = {}
    for name, arm in arms.items():
        covered = (range_km >= path_km[nearest]) & (range_km <= path_km[arm][-1])
        difference_db = np.interp(range_km[covered], path_km[arm], simulated_db[arm]) - loss_db[covered]
        deviations[name] = float(np.sqrt(np.mean(difference_db**2)))
    return deviations


def _curve(path: Path) -> Curve:
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = np.array([line.split(",") for line in lines if line[:1].isdigit()], dtype=float)
    return rows[:, 0], rows[:, 1]
