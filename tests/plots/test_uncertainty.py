"""Plots of the bands and the ranking. Witness: what is drawn is what was found."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from passplan.mission.spread import Spread
from passplan.mission.uncertainty import LOSS, QBER, uncertainty_of
from passplan.plots.uncertainty import loss_band, qber_band, tornado


@pytest.fixture(scope="module")
def found(reference):
    key = "transmitter.main_lobe_efficiency"
    payload = replace(reference.payload, spread={key: Spread(factor=1.2, reason="a test")})
    site = replace(reference.site, spread={}, night=())
    result = replace(reference, selection=replace(reference.selection, payload=payload, site=site))
    return uncertainty_of(result, samples=20, rng=np.random.default_rng(2))


@pytest.mark.parametrize(("plot", "median"), [(loss_band, "loss_db"), (qber_band, "qber")])
def test_bands_are_drawn_about_their_median(reference, found, plot, median):
    ax = plot(reference, found)
    lines = {line.get_label(): line.get_ydata() for line in ax.lines}
    scale = 100.0 if median == "qber" else 1.0
    assert np.array_equal(lines["median"], scale * getattr(found, median).p50)
    wide, narrow = (each.get_paths()[0].get_extents().height for each in ax.collections)
    assert wide > narrow > 0.0
    assert "%" in ax.get_ylabel() or "dB" in ax.get_ylabel()


def test_bars_are_the_effects(found):
    axs = Figure().subplots(1, 3)
    assert tornado(found, axs) is axs[0]
    (only,) = found.inputs
    widths = [[bar.get_width() for bar in ax.patches] for ax in axs]
    assert widths[0] == pytest.approx([only.minus[LOSS], only.plus[LOSS]])
    assert widths[1] == pytest.approx([100.0 * only.minus[QBER], 100.0 * only.plus[QBER]])


def test_a_figure_of_its_own(found):
    assert len(tornado(found).figure.axes) == 3
