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
from passplan.errors import DomainError


def test_gamma_gamma_moments():
    """Exact law: mean 1, variance 1/a + 1/b + 1/(ab), over 200,000 fades a step apart by 5 correlation times."""
    law = {"correlation_s": 1e-3, "step_s": 5e-3, "count": 200_000}
    fade = gamma_gamma_series(alpha=4.0, beta=2.5, rng=np.random.default_rng(3), **law)
    assert fade.mean() == pytest.approx(1.0, abs=0.01)
    assert fade.var() == pytest.approx(0.75, rel=0.03)


@pytest.mark.parametrize(("index", "correlation_s", "std"), [(0.0064, 8e-3, 0.0103), (0.05, 8e-3, 0.0289)])
def test_second_means(index, correlation_s, std):
    """Simulation of 3000 s against the closed form within 3 %, and the figures of an independent Monte Carlo."""
    rng = np.random.default_rng(11)
    fade = log_normal_series(index=index, correlation_s=correlation_s, step_s=2e-3, count=1_500_000, rng=rng)
    simulated = interval_means(fade, step_s=2e-3).std()
    expected = np.sqrt(index * averaged_share(correlation_s=correlation_s))
    assert simulated == pytest.approx(expected, rel=0.03)
    assert expected == pytest.approx(std, rel=0.035)


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
    with pytest.raises(DomainError, match="no light arrives"):
        pointing_series(residual_x_urad=[1e4], residual_y_urad=[0.0], **beam)


def test_bad_input_is_named():
    with pytest.raises(DomainError, match="must be one or more of the same shape"):
        joined_series([1.0], [1.0, 2.0])
    with pytest.raises(DomainError, match=r"must be a multiple of the step 0.3 s"):
        interval_means([1.0] * 10, step_s=0.3)
    with pytest.raises(DomainError, match=r"must not exceed the series of 0.5 s"):
        interval_means([1.0] * 5, step_s=0.1)
