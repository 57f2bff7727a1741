"""A fit told in words, as a document and as a table. Witness: a small fit written by hand."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from passplan.mission.fit import Fit, Fitted
from passplan.mission.fit_advice import Advice, Change
from passplan.mission.fit_model import Expected
from passplan.mission.measured_pass import Measured
from passplan.report.fit_sheet import files_text, fit_columns, fit_document, fit_text, relative


@pytest.fixture
def fit():
    """Three rows, of which the last two were used; the first of them 3.01 dB too bright."""
    bits = np.array([100.0, 400.0, 330.0])
    spans = {"interval_68": (1.5, 2.5), "interval_95": (1.0, 3.0)}
    return Fit(
        measured=Measured(
            source="night.csv",
            epoch_utc=datetime(2016, 12, 19, 16, 50, tzinfo=UTC),
            time_s=np.array([0.0, 1.0, 2.0]),
            interval_s=np.ones(3),
            sifted_bits=bits,
            errors=0.01 * bits,
            background_cps=np.full(3, 90.0),
            loss_db=np.full(3, 30.0),
        ),
        parameters=(
            Fitted(name="visibility_km", unit="km", start=3.0, value=2.0, sigma=0.1, **spans),
            Fitted(name="static_loss_db", unit="dB", start=0.0, value=1.0, sigma=0.1, **spans),
            Fitted(name="background_factor", unit="1", start=1.0, value=2.0, sigma=0.1, **spans),
            Fitted(name="intrinsic_error", unit="1", start=0.01, value=0.01, note="held as asked"),
        ),
        names=("visibility_km", "static_loss_db", "background_factor"),
        correlation=np.eye(3),
        used=np.array([False, True, True]),
        expected=Expected(
            sifted=np.array([200.0, 330.0]),
            errors=np.array([2.0, 3.3]),
            fading_variance=np.zeros(2),
            background_cps=np.full(2, 100.0),
            loss_db=np.full(2, 31.0),
        ),
        residual_sigma=np.array([1.4, 0.0]),
        error_sigma=np.zeros(2),
        background_sigma=np.full(2, -1.0),
        chi_square=2.0,
        degrees=2,
        extra_fading=0.1,
        reduced=1.5,
        autocorrelation=0.5,
        stretch=3.0,
        inseparable=("this and that move together",),
    )


def test_the_text(fit):
    text = fit_text(fit, pass_id="a/b/c")
    assert text.startswith("a/b/c: 2 of 3 rows of night.csv; in the other 1 the simulated tracking is not in lock\n")
    for words in (
        "chi-square 2.0 for 2 degrees",
        "the bits scatter by 10 % more than that",
        "variances times 1.5, the reduced chi-square",
        "neighbouring residuals are alike (correlation +0.50)",
        "variances times 3",
        "rms 2.13 dB, 70.7 %",  # 3.01 dB and 100 % in one row of two
        "measured loss, not fitted: rms 1 dB from the model's",
        "NOT SEPARATED: this and that move together",
        "held as asked",
        "2016-12-19T16:50:01Z",
    ):
        assert words in text
    calm = replace(fit, inseparable=(), extra_fading=0.0, reduced=0.9, stretch=1.0)
    assert fit_text(calm, pass_id="a/b/c").endswith("the data separate all parameters that were fitted\n")


def test_the_table(fit):
    columns = fit_columns(fit)
    assert {np.shape(values) for values in columns.values()} == {(2,)}
    np.testing.assert_allclose(columns["residual_db"], [3.0103, 0.0], atol=1e-4)
    np.testing.assert_allclose(columns["errors_model"], [4.0, 3.3])  # 1 % of what was measured
    np.testing.assert_allclose(relative(fit), [1.0, 0.0])
    bare = replace(fit, measured=replace(fit.measured, errors=None, background_cps=None, loss_db=None))
    assert list(fit_columns(bare)) == [
        "time_utc", "interval_s", "sifted_bits", "sifted_bits_model", "residual_db", "residual_sigma", "loss_model_db"
    ]  # fmt: skip


def test_the_document(fit, reference):
    document = fit_document(fit, reference)
    assert document["schema_version"] == 1
    assert document["measured"] == {
        "file": "night.csv", "rows": 3, "rows_used": 2, "has_errors": True, "has_blanked_counts": True, "gaps": []
    }  # fmt: skip
    assert document["parameters"]["visibility_km"]["interval_68"] == (1.5, 2.5)
    assert document["parameters"]["intrinsic_error"]["is_fitted"] is False
    assert document["at_limits"] == []
    keys = [change["key"] for change in document["catalogue_values"]]
    assert keys[:2] == ["transmitter.main_lobe_efficiency", "atmosphere.visibility_km"]
    assert document["worst"][0]["db"] == pytest.approx(3.0103, abs=1e-4)


@pytest.fixture
def at_limit(fit):
    """The same with a static loss that ran to the end of its range."""
    parameters = tuple(
        replace(item, limit="upper", note="at its upper limit, 40 dB") if item.name == "static_loss_db" else item
        for item in fit.parameters
    )
    return replace(fit, parameters=parameters)


def test_a_fit_at_a_limit_is_told_loudly(at_limit, reference):
    told = "static_loss_db at its upper limit, 40 dB: no value is to be used; look into the counts"
    assert f"\nAT A LIMIT: {told}" in fit_text(at_limit, pass_id="a/b/c")
    calm = fit_text(replace(at_limit, inseparable=()), pass_id="a/b/c")
    assert "the data separate all" not in calm
    document = fit_document(at_limit, reference)
    assert document["at_limits"] == ["static_loss_db"]
    assert document["catalogue_values"] == []
    assert document["not_in_catalogue"][0].startswith(told)


def test_what_the_command_does_not_set_stands_in_one_line():
    """Witness: the values written here; the visibility is the command's own."""
    changes = (
        Change(file="satellite", key="transmitter.main_lobe_efficiency", value=0.25),
        Change(file="station", key="atmosphere.visibility_km", value=5.0),
        Change(file="station", key="sky.airglow_activity", value=2.0),
        Change(file="satellite", key="source.preparation_error", value=0.01),
    )
    assert files_text(Advice(changes=changes, left_out=())) == (
        "that command sets the visibility alone; put in the satellite's file: transmitter.main_lobe_efficiency = 0.25, "
        "source.preparation_error = 0.01; in the station's file: sky.airglow_activity = 2"
    )
    assert files_text(Advice(changes=changes[1:2], left_out=())) == ""
