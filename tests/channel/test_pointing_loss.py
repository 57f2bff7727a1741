import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.channel.pointing_loss import PointingError, pointing_index, pointing_quantile, pointing_transmittance
from passplan.errors import DomainError
from passplan.units import to_loss_db

ROUND = {"divergence_x_urad": 5.0, "divergence_y_urad": 5.0}


def jittery(jitter_urad, bias_urad=0.0):
    return PointingError(bias_x_urad=bias_urad, jitter_x_urad=jitter_urad, jitter_y_urad=jitter_urad)


@pytest.mark.parametrize(
    ("jitter_urad", "bias_urad", "expected_db"),
    [
        (0.5, 0.0, 0.170),
        (1.2 / np.sqrt(2.0), 0.0, 0.474),
        (1.2, 0.0, 0.900),
        (1.2, 1.0, 1.183),
        (1.2, 2.0, 2.030),
        (2.5, 0.0, 3.010),
        (0.0, 1.2, 0.500),
    ],
)
def test_mean_loss(jitter_urad, bias_urad, expected_db):
    """Worked apart for a half-angle of 5 urad: per-axis jitter, bias and the mean loss."""
    loss_db = to_loss_db(pointing_transmittance(jittery(jitter_urad, bias_urad), **ROUND))
    assert loss_db == pytest.approx(expected_db, abs=6e-4)


def test_mean_loss_of_an_elliptic_beam():
    """Worked apart: 4.5 x 5.5 urad half-angles and 1.2 urad per axis lose 0.922 dB."""
    share = pointing_transmittance(jittery(1.2), divergence_x_urad=4.5, divergence_y_urad=5.5)
    assert to_loss_db(share) == pytest.approx(0.922, abs=6e-4)


@pytest.mark.parametrize(("jitter_urad", "expected"), [(0.5, 0.0015), (0.85, 0.0108), (1.2, 0.0363), (2.5, 0.333)])
def test_index_without_bias(jitter_urad, expected):
    """Worked apart, and the beta distribution's (b + 1)^2/(b (b + 2)) - 1 with b = theta^2/(4 sigma^2)."""
    index = pointing_index(jittery(jitter_urad), **ROUND)
    assert index == pytest.approx(expected, rel=0.02)
    beta = 25.0 / (4.0 * jitter_urad**2)
    assert index == pytest.approx((beta + 1.0) ** 2 / (beta * (beta + 2.0)) - 1.0, rel=1e-10)


@pytest.mark.parametrize(
    ("jitter_urad", "expected_db"), [(0.5, 0.80), (1.2 / np.sqrt(2.0), 2.30), (1.2, 4.61), (2.5, 20.0)]
)
def test_fade_of_one_percent(jitter_urad, expected_db):
    """Worked apart: the 1 % quantile for a half-angle of 5 urad."""
    share = pointing_quantile(probability=0.01, divergence_urad=5.0, jitter_urad=jitter_urad)
    assert to_loss_db(share) == pytest.approx(expected_db, abs=6e-3)


def test_moments_against_monte_carlo(rng):
    """Monte Carlo of biased, anisotropic jitter on an elliptic beam: mean and index within 5 sigma of the estimate."""
    error = PointingError(bias_x_urad=1.0, bias_y_urad=-0.7, jitter_x_urad=1.5, jitter_y_urad=0.8)
    trials = 2_000_000
    x_urad = 1.0 + 1.5 * rng.standard_normal(trials)
    y_urad = -0.7 + 0.8 * rng.standard_normal(trials)
    sample = np.exp(-2.0 * (x_urad / 4.5) ** 2 - 2.0 * (y_urad / 5.5) ** 2)
    divergence = {"divergence_x_urad": 4.5, "divergence_y_urad": 5.5}
    mean = pointing_transmittance(error, **divergence)
    assert abs(sample.mean() - mean) < 5.0 * sample.std() / np.sqrt(trials)
    variance = (sample - mean) ** 2
    expected = pointing_index(error, **divergence) * mean**2
    assert abs(variance.mean() - expected) < 5.0 * variance.std() / np.sqrt(trials)


def test_quantile_against_monte_carlo(rng):
    """Monte Carlo: the share of fades below the 5 % quantile is 5 %, within 5 sigma."""
    trials, probability = 400_000, 0.05
    radius_2 = np.sum((1.2 * rng.standard_normal((2, trials))) ** 2, axis=0)
    quantile = pointing_quantile(probability=probability, divergence_urad=5.0, jitter_urad=1.2)
    below = np.mean(np.exp(-2.0 * radius_2 / 25.0) < quantile)
    assert abs(below - probability) < 5.0 * np.sqrt(probability * (1.0 - probability) / trials)


@given(jitter_urad=st.floats(0.0, 20.0), bias_urad=st.floats(-30.0, 30.0), more=st.floats(0.1, 5.0))
def test_bias_only_harms(jitter_urad, bias_urad, more):
    """Property: shares lie in [0, 1], fall with the size of the bias, and do not know its sign; the index is >= 0."""
    share = pointing_transmittance(jittery(jitter_urad, bias_urad), **ROUND)
    assert 0.0 <= share <= 1.0
    assert pointing_transmittance(jittery(jitter_urad, -bias_urad), **ROUND) == share
    assert pointing_transmittance(jittery(jitter_urad, abs(bias_urad) + more), **ROUND) < share
    assert pointing_index(jittery(jitter_urad, bias_urad), **ROUND) >= 0.0


def test_a_beam_that_points_elsewhere_stays_finite():
    """Limit: a bias of 10 mrad gives no light and a finite index, without a warning."""
    error = jittery(1.2, np.array([0.0, 10_000.0]))
    share, index = pointing_transmittance(error, **ROUND), pointing_index(error, **ROUND)
    assert share[1] == 0.0
    assert np.all(np.isfinite(index))


@pytest.mark.parametrize(
    ("name", "value"),
    [("bias_x_urad", np.inf), ("bias_y_urad", np.nan), ("jitter_x_urad", -0.1), ("jitter_y_urad", -1.0)],
)
def test_wrong_errors_are_refused_by_name(name, value):
    """Refusal: the message names the field."""
    with pytest.raises(DomainError, match=f"PointingError.{name}"):
        PointingError(**{name: value})


def test_wrong_beams_are_refused_by_name():
    """Refusal: divergence of nought on either axis, in each function."""
    for function in (pointing_transmittance, pointing_index):
        for name in ROUND:
            with pytest.raises(DomainError, match=name):
                function(jittery(1.0), **(ROUND | {name: 0.0}))
    good = {"probability": 0.1, "divergence_urad": 5.0, "jitter_urad": 1.0}
    for name in good:
        with pytest.raises(DomainError, match=name):
            pointing_quantile(**(good | {name: -1.0}))
