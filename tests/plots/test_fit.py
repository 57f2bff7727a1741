"""Plots of a fit: axes labelled with units, the data in the artists. Witness: the arrays of the fit."""

from datetime import UTC, datetime

import numpy as np
import pytest

from passplan.mission.fit import Fit, Fitted
from passplan.mission.fit_model import Expected
from passplan.mission.measured_pass import Measured
from passplan.plots.fit import correlations, data_with_model, fit_page, residuals


def small_fit(**changes):
    """Three rows, of which two were used."""
    bits = np.array([100.0, 220.0, 330.0])
    measured = Measured(
        source="night.csv",
        epoch_utc=datetime(2016, 12, 19, 16, 50, tzinfo=UTC),
        time_s=np.array([0.0, 60.0, 120.0]),
        interval_s=np.full(3, 2.0),
        sifted_bits=bits,
        errors=0.01 * bits,
        loss_db=np.full(3, 30.0),
    )
    expected = Expected(
        sifted=np.array([200.0, 330.0]),
        errors=np.array([2.0, 3.3]),
        fading_variance=np.zeros(2),
        background_cps=np.full(2, 100.0),
        loss_db=np.full(2, 31.0),
    )
    spans = {"interval_68": (1.5, 2.5), "interval_95": (1.0, 3.0)}
    values = {
        "measured": measured,
        "parameters": (
            Fitted(name="visibility_km", unit="km", start=3.0, value=2.0, sigma=0.1, **spans),
            Fitted(name="intrinsic_error", unit="1", start=0.01, value=0.01, note="held as asked"),
        ),
        "names": ("visibility_km", "static_loss_db"),
        "correlation": np.array([[1.0, -0.97], [-0.97, 1.0]]),
        "used": np.array([False, True, True]),
        "expected": expected,
        "residual_sigma": np.array([1.4, 0.0]),
        "error_sigma": np.array([0.1, 0.0]),
        "background_sigma": None,
        "chi_square": 2.0,
        "degrees": 2,
        "extra_fading": 0.1,
        "reduced": 1.5,
        "autocorrelation": 0.5,
        "stretch": 3.0,
        "inseparable": ("this and that move together",),
    }
    return Fit(**{**values, **changes})


def test_data_with_model():
    ax = data_with_model(small_fit())
    lines = {line.get_label(): line for line in ax.get_lines()}
    np.testing.assert_allclose(lines["measured"].get_ydata(), [0.11, 0.165])  # 220 and 330 bits in two seconds
    np.testing.assert_allclose(lines["model, fitted"].get_ydata(), [0.1, 0.165])
    np.testing.assert_allclose(lines["measured"].get_xdata(), [1.0, 2.0])
    assert ax.get_xlabel() == "time from 2016-12-19T16:50:00Z [min]"
    assert ax.get_ylabel() == "sifted rate [kbit/s]"


def test_residuals_of_what_was_measured():
    ax = residuals(small_fit())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["sifted bits", "errors"]
    assert ax.get_ylabel() == "measured less model [standard deviations]"


def test_correlations_are_written_into_their_cells():
    ax = correlations(small_fit())
    assert [text.get_text() for text in ax.texts] == ["+1.00", "-0.97", "-0.97", "+1.00"]


@pytest.mark.parametrize("errors", [None, np.array([0.1, 0.0])])
def test_the_page_holds_all_three(errors):
    figure = fit_page(small_fit(error_sigma=errors), pass_id="a/b/c")
    assert len(figure.axes) == 3
    assert figure.get_suptitle() == "Fit of a/b/c"
