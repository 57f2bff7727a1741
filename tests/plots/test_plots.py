"""Plots: axes labelled with units, the data of the result in the lines, nothing shown. Witness: the drawn artists."""

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from passplan.mission.validation import published_curves
from passplan.plots import link, passes
from passplan.report.drawing import PLOTS


@pytest.fixture
def ax():
    return Figure().add_subplot()


def line(ax, label):
    """Data of the line with a label."""
    return next(item.get_ydata() for item in ax.get_lines() if item.get_label() == label)


@pytest.mark.parametrize("name", [name for name in PLOTS if name not in ("sky", "proofs")])
def test_axes_carry_units(reference, name):
    drawn = PLOTS[name](reference, published_curves(reference))
    assert drawn.get_xlabel().endswith("[min]")
    assert "[" in drawn.get_ylabel()
    assert drawn.get_title()
    assert drawn.get_legend() is not None


def test_nothing_is_shown_and_no_figure_is_kept(reference):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    passes.sky_chart(reference)
    assert plt.get_fignums() == before
    assert matplotlib.is_interactive() is False


def test_the_given_axes_are_used(reference, ax):
    assert link.sifted_rate(reference, ax) is ax


def test_sky_chart_has_north_up_and_east_to_the_left(reference):
    """Seen from below; the path begins in the north at 10 deg elevation."""
    drawn = passes.sky_chart(reference)
    assert drawn.get_theta_direction() == 1
    assert drawn.get_theta_offset() == pytest.approx(np.pi / 2.0)
    path = drawn.get_lines()[0]
    np.testing.assert_allclose(path.get_ydata(), 90.0 - reference.track.elevation_deg)


def test_elevation_and_range(reference, ax):
    passes.elevation_range(reference, ax)
    np.testing.assert_array_equal(line(ax, "elevation"), reference.track.elevation_deg)


def test_terms_stack_up_to_the_total(reference, ax):
    link.loss_terms(reference, ax, measured=published_curves(reference).loss)
    np.testing.assert_allclose(line(ax, "total"), sum(reference.budget.terms_db.values()), rtol=1e-12)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert link.DIGITISED in labels
    assert "second-hand" in link.DIGITISED
    assert "main lobe, 4.2 dB" in labels  # 0.38 of the power, in every second
    inside_db = reference.budget.terms_db["diffraction"][reference.mask]
    assert f"diffraction, {inside_db.min():.1f} to {inside_db.max():.1f} dB" in labels


def test_tracking_error_shows_both_axes_of_both_ends(reference, ax):
    link.tracking_error(reference, ax)
    for end in ("satellite", "ground"):
        for axis in "xy":
            drawn = line(ax, f"{end} {axis}, rms")
            locked = ~np.isnan(drawn)
            expected = getattr(getattr(reference, end), f"jitter_{axis}_urad")
            np.testing.assert_array_equal(drawn[locked], expected[locked])
            assert locked.sum() > 400


def test_sifted_rate_beside_the_measurement(reference, ax):
    link.sifted_rate(reference, ax, measured=published_curves(reference).rate)
    np.testing.assert_allclose(line(ax, "simulated"), 1e-3 * reference.sifted_bits)
    assert line(ax, link.DIGITISED).size == 200


def test_error_rate_is_the_sum_of_its_causes(reference, ax):
    link.error_rate(reference, ax)
    whole = 100.0 * reference.sifted_errors / reference.sifted_bits
    np.testing.assert_allclose(line(ax, "QBER")[reference.mask], whole[reference.mask], rtol=1e-9)
