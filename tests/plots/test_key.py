"""Plots of the key. Witness: what is drawn is what was found."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from passplan.mission.key_study import optimum, sweep
from passplan.plots.key import proof_bars, sweep_curves
from passplan.qkd.key_length import PROOFS

NAME = "lim2014"


def lengths(ax):
    return sorted(bar.get_width() + bar.get_x() for bar in ax.patches)


def test_bars_are_the_keys_and_the_title_says_under_what(reference):
    ax = proof_bars(reference)
    assert lengths(ax) == sorted(key.secret_bits for key in reference.keys.values())
    assert {text.get_text() for text in ax.get_yticklabels()} == set(reference.keys)
    assert "epsilon_sec 1e-09" in ax.get_title()
    assert reference.window.rule in ax.get_title()
    assert any("300,939" in text.get_text() for text in ax.get_legend().get_texts())


def test_bars_may_stand_on_a_logarithmic_scale(reference):
    ax = Figure().subplots()
    assert proof_bars(reference, ax, log=True) is ax
    assert ax.get_xscale() == "log"
    assert lengths(ax) == pytest.approx(sorted(key.secret_bits for key in reference.keys.values()))


def test_best_settings_stand_beside_the_missions(reference):
    best = [
        optimum(reference, name, rng=np.random.default_rng(1), window="best") for name in (NAME, "rusca2018_1decoy")
    ]
    ax = proof_bars(reference, best=best)
    assert {float(one.key.secret_bits) for one in best} <= set(lengths(ax))
    assert "rusca2018_1decoy" in {text.get_text() for text in ax.get_yticklabels()}
    assert any("and window" in text.get_text() for text in ax.get_legend().get_texts())


def test_numbers_of_the_axis_stand_apart(reference):
    """Witness: the boxes of the drawn texts, as matplotlib measures them."""
    ax = proof_bars(reference)
    FigureCanvasAgg(ax.figure).draw()
    labels = [text.get_window_extent() for text in ax.get_xticklabels() if text.get_text()]
    assert len(labels) >= 3
    assert all(one.x1 + 5.0 < other.x0 for one, other in pairwise(labels))


def test_the_legend_covers_no_curve(reference):
    """Witness: the boxes of legend, axes and picture, with every proof in it."""
    study = sweep(reference, NAME, loss_db=[32.0, 38.0], rng=np.random.default_rng(1))
    studies = [replace(study, proof=name) for name in PROOFS]
    ax = sweep_curves(studies)
    FigureCanvasAgg(ax.figure).draw()
    legend = ax.get_legend()
    box, inside, picture = legend.get_window_extent(), ax.get_window_extent(), ax.figure.bbox
    assert inside.x1 < box.x0
    assert picture.y0 <= box.y0 < box.y1 <= picture.y1
    assert box.x1 <= picture.x1
    told = ["best setting at each loss", "mission's setting", "this pass"]
    assert [text.get_text() for text in legend.get_texts()] == [*PROOFS, *told]


def test_the_legend_of_the_bars_stays_in_the_picture(reference):
    best = [optimum(reference, NAME, rng=np.random.default_rng(1), window="best")]
    ax = proof_bars(reference, best=best)
    FigureCanvasAgg(ax.figure).draw()
    box, picture = ax.get_legend().get_window_extent(), ax.figure.bbox
    assert picture.x0 <= box.x0 < box.x1 <= picture.x1
    assert picture.y0 <= box.y0
    assert box.y1 < ax.xaxis.label.get_window_extent().y0


def test_curves_end_where_the_key_does(reference):
    study = sweep(reference, NAME, loss_db=[32.0, 38.0, 55.0], rng=np.random.default_rng(1))
    ax = sweep_curves([study])
    best, own, here = (line.get_ydata() for line in ax.lines)
    bits = [one.key.secret_bits for one in study.best.optima]
    np.testing.assert_array_equal(best, [*bits[:2], np.nan])
    np.testing.assert_array_equal(own, [*study.own_bits[:2], np.nan])
    assert ax.lines[2].get_xdata()[0] == study.pass_loss_db
    assert len(here) == 2
    assert ax.get_yscale() == "log"
    assert "[dB]" in ax.get_xlabel()
