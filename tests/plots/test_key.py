"""Plots of the key. Witness: what is drawn is what was found."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from passplan.mission.key_study import optimum, sweep
from passplan.plots.key import proof_bars, sweep_curves

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
