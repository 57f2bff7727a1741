import numpy as np
import pytest

from passplan.channel.fade_series import (
    correlation_time_s,
    gamma_gamma_series,
    interval_means,
    joined_series,
    normal_series,
    pointing_series,
)
from passplan.channel.fading import averaged_share, log_normal_series
from passplan.channel.gamma_gamma import gamma_gamma_cdf, gamma_gamma_index, shapes_for_index
from passplan.errors import DomainError


def test_gamma_gamma_moments():
    """Exact law: mean 1, variance 1/a + 1/b + 1/(ab), over 200,000 fades a step apart by 5 correlation times."""
    law = {"correlation_s": 1e-3, "step_s": 5e-3, "count": 200_000}
    fade = gamma_gamma_series(alpha=4.0, beta=2.5, rng=np.random.default_rng(3), **law)
    assert fade.mean() == pytest.approx(1.0, abs=0.01)
    assert fade.var() == pytest.approx(0.75, rel=0.03)


@pytest.mark.parametrize("law", ["log-normal", "gamma-gamma"])
@pytest.mark.parametrize(
    ("index", "correlation_s", "printed_percent", "monte_carlo_percent"),
    [(0.0064, 8e-3, (1.0,), 1.03), (0.05, 8e-3, (2.8,), 2.89), (0.3, 10e-3, (7.5, 7.7), 7.5)],
)
def test_second_means(law, index, correlation_s, printed_percent, monte_carlo_percent):
    """Simulation of 4000 s against the closed form within 3 %, and the figures of an independent Monte Carlo.

    The third line was printed as a span; printed values carry half a unit of their last digit, the Monte Carlo 3 %.
    """
    timing = {"correlation_s": correlation_s, "step_s": 2e-3, "count": 2_000_000, "rng": np.random.default_rng(11)}
    if law == "log-normal":
        fade = log_normal_series(index=index, **timing)
    else:
        alpha, beta = shapes_for_index(index=index)
        fade = gamma_gamma_series(alpha=alpha, beta=beta, **timing)
    simulated = interval_means(fade, step_s=2e-3).std()
    expected = np.sqrt(index * averaged_share(correlation_s=correlation_s))
    assert simulated == pytest.approx(expected, rel=0.03)
    assert 100.0 * expected > min(printed_percent) - 0.05
    assert 100.0 * expected < max(printed_percent) + 0.05
    assert 100.0 * simulated == pytest.approx(monte_carlo_percent, rel=0.03 + 0.05 / monte_carlo_percent)


@pytest.mark.parametrize("small_s", [None, 2e-3])
def test_gamma_gamma_law_along_a_pass(small_s):
    """Exact distribution: shares below three levels in each third of a series whose shapes change, to 1e-3 and 5 sigma.

    Steps of five correlation times, so that draws are nearly independent.
    """
    count = 600_000
    alpha, beta = np.repeat([[30.0, 6.0, 1.5], [20.0, 2.5, 1.1]], 20, axis=1)
    rng = np.random.default_rng(4)
    fade = gamma_gamma_series(
        alpha=alpha, beta=beta, correlation_s=1e-3, correlation_small_s=small_s, step_s=1e-2, count=count, rng=rng
    )
    assert np.all(fade > 0.0)
    for third, a, b in zip(fade.reshape(3, -1), alpha[::20], beta[::20], strict=True):
        for level in (0.3, 0.8, 1.5):
            exact = gamma_gamma_cdf(level, alpha=a, beta=b)
            noise = 5.0 * np.sqrt(exact * (1.0 - exact) / third.size)
            assert np.mean(third < level) == pytest.approx(exact, abs=1e-3 + noise)
        index = gamma_gamma_index(alpha=a, beta=b)
        assert third.mean() == pytest.approx(1.0, abs=5.0 * np.sqrt(index / third.size))


def test_two_correlation_times():
    """Exact to first order: the logarithm of the product keeps each part's own exponential."""
    fade = gamma_gamma_series(
        alpha=200.0,
        beta=200.0,
        correlation_s=20e-3,
        correlation_small_s=2e-3,
        step_s=1e-3,
        count=400_000,
        rng=np.random.default_rng(6),
    )
    centred = np.log(fade) - np.log(fade).mean()
    lagged = np.mean(centred[:-4] * centred[4:]) / centred.var()
    assert lagged == pytest.approx(0.5 * (np.exp(-0.2) + np.exp(-2.0)), abs=0.02)


def test_correlation():
    """Exact: 1/e after one correlation time, over 4000 of them."""
    series = normal_series(correlation_s=0.01, step_s=1e-3, count=40_000, rng=np.random.default_rng(5))
    assert np.mean(series[:-10] * series[10:]) == pytest.approx(np.exp(-1.0), abs=0.05)
    assert correlation_time_s(aperture_m=1.0, layer_speed_m_s=125.0) == pytest.approx(8e-3)


def test_pointing_keeps_its_mean():
    """Identity: the mean times the fades is the transmittance of each sample; the fades average to 1."""
    beam = {"divergence_x_urad": 10.0, "divergence_y_urad": 10.0}
    mean, fade = pointing_series(residual_x_urad=[0.0, 5.0], residual_y_urad=[0.0, 0.0], **beam)
    np.testing.assert_allclose(mean * fade, [1.0, np.exp(-0.5)])
    np.testing.assert_allclose(joined_series(fade, [2.0, 1.0]), fade * [2.0, 1.0])
    np.testing.assert_allclose(joined_series(fade, [2.0, 1.0], [0.0, 3.0]), fade * [0.0, 3.0])
    with pytest.raises(DomainError, match="no light arrives"):
        pointing_series(residual_x_urad=[1e4], residual_y_urad=[0.0], **beam)
    with pytest.raises(DomainError, match=r"have the shape \(0,\), must be \(n,\)"):
        pointing_series(residual_x_urad=[], residual_y_urad=[], **beam)
    with pytest.raises(DomainError, match="residual_y_urad is nan"):
        pointing_series(residual_x_urad=[0.0], residual_y_urad=[np.nan], **beam)
    with pytest.raises(DomainError, match="residual_x_urad is inf"):
        pointing_series(residual_x_urad=[np.inf], residual_y_urad=[0.0], **beam)


def test_bad_input_is_named():
    with pytest.raises(DomainError, match="must be one or more of the same shape"):
        joined_series([1.0], [1.0, 2.0])
    with pytest.raises(DomainError, match="fade is -1"):
        joined_series([1.0], [-1.0])
    with pytest.raises(DomainError, match="fade is nan"):
        joined_series([np.nan])
    with pytest.raises(DomainError, match=r"must be a multiple of the step 0.3 s"):
        interval_means([1.0] * 10, step_s=0.3)
    with pytest.raises(DomainError, match=r"must not exceed the series of 0.5 s"):
        interval_means([1.0] * 5, step_s=0.1)
