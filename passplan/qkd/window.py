"""Which seconds of a pass make key: a rule on predicted loss and background, never on errors.

A second is as good as its light is strong against its background: its figure is the background clicks of a pulse over
the clicks that one photon would give, Y0 / eta. All seconds with the figure at or below a limit make one window; every
limit that tells two seconds apart is a candidate, so the best of them is found by trying them all in one call.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray
from passplan.qkd.engine import KeyWindow
from passplan.qkd.gain import Channel, Response, growing_responses
from passplan.units import to_loss_db

_SAME = 1e-9  # figures closer than this, relatively, are one figure


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Windows:
    """All windows that the rule allows, each within the next.

    order : numbers of the seconds, the best first, shape (n,)
    sizes : how many seconds each window takes, rising, shape (W,)
    figure : background over single-photon clicks of the worst second of each [1], rising, shape (W,)
    loss_db : largest predicted loss in each window [dB], shape (W,); infinite where nothing arrives
    even_background : whether the background is the same in all seconds, so that the figure orders by loss alone
    """

    order: NDArray[np.int64]
    sizes: NDArray[np.int64]
    figure: FloatArray
    loss_db: FloatArray
    even_background: bool

    def __len__(self) -> int:
        return len(self.sizes)

    def responses(self, channel: Channel, *, largest_intensity: float = 1.0) -> Response:
        """Responses of all windows on the pass they were made from, up to an intensity [mean photons], shape (W,)."""
        return growing_responses(channel, order=self.order, sizes=self.sizes, largest_intensity=largest_intensity)

    def window(self, number: int) -> KeyWindow:
        """Window of that number, 0 the smallest, with its rule in words [dB or 1]."""
        mask = np.zeros(len(self.order), dtype=bool)
        mask[self.order[: self.sizes[number]]] = True
        if mask.all():
            return KeyWindow(mask=mask, rule="all seconds of the pass")
        if self.even_background:
            return KeyWindow(mask=mask, rule=f"predicted loss, detectors included, <= {self.loss_db[number]:.6g} dB")
        rule = f"predicted background clicks over clicks of one photon, Y0 / eta, <= {self.figure[number]:.6g}"
        return KeyWindow(mask=mask, rule=rule)


def windows_of(channel: Channel, *, most: int = 512) -> Windows:
    """Windows that the rule on predicted loss and background allows.

    Parameters
    ----------
    channel : Channel
        The pass, n seconds, as predicted.
    most : int
        Largest number of windows [1]; of more, that many evenly spaced ones are taken, and of one the largest.

    Returns
    -------
    Windows
        The last one takes every second.

    Notes
    -----
    The background is the mean of both bases. Without background the seconds are ordered by loss alone. Seconds with
    the same figure within 1e-9 share their fate. The rule looks at no click: a window picked after looking at errors
    would not be covered by the proofs.
    """
    dark, light = channel.background.mean(axis=0), channel.transmittance
    even = bool(np.ptp(dark) <= _SAME * dark.max(initial=0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        figure = np.where(light > 0.0, (1.0 if even else dark) / light, np.inf)
    order = np.lexsort((-light, figure))
    ranked = figure[order]
    is_last = np.append(ranked[1:] > ranked[:-1] * (1.0 + _SAME), True)
    sizes = np.flatnonzero(is_last) + 1
    if len(sizes) > most:
        sizes = sizes[np.unique(np.linspace(len(sizes) - 1, 0, most).round().astype(int))]
    weakest = np.minimum.accumulate(light[order])[sizes - 1]
    loss_db = np.full(len(sizes), np.inf)
    loss_db[weakest > 0.0] = to_loss_db(weakest[weakest > 0.0])
    with np.errstate(invalid="ignore"):  # no light and no background: nan, shown to nobody
        shown = ranked[sizes - 1] * (dark.max() if even else 1.0)
    return Windows(order=order, sizes=sizes, figure=shown, loss_db=loss_db, even_background=even)
