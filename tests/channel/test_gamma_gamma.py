import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gamma, kv
from scipy.stats import norm

from passplan.channel.gamma_gamma import (
    gamma_gamma_cdf,
    gamma_gamma_index,
    gamma_gamma_moment,
    gamma_gamma_pdf,
    gamma_gamma_scores,
    gamma_gamma_shapes,
    gamma_scores,
    log_variance,
    shape_of_log_variance,
    shapes_for_index,
)
from passplan.channel.scintillation import point_index
from passplan.channel.turbulence import HufnagelValley, rytov_variance
from passplan.errors import DomainError


def test_density_against_the_bessel_function():
    """The closed form of Al-Habash, Andrews and Phillips with scipy's kv, at shapes where it does not overflow."""
    a, b, h = 4.2, 1.4, np.array([0.05, 0.3, 1.0, 2.5, 5.0])
    bessel = kv(a - b, 2.0 * np.sqrt(a * b * h))
    expected = 2.0 * (a * b) ** ((a + b) / 2) / (gamma(a) * gamma(b)) * h ** ((a + b) / 2 - 1) * bessel
    np.testing.assert_allclose(gamma_gamma_pdf(h, alpha=a, beta=b), expected, rtol=1e-8)


def test_moments_and_distribution_against_quadrature():
    """scipy.integrate.quad over the density: total, mean 1, second moment 1 + index, distribution at one level."""
    shapes = {"alpha": 6.0, "beta": 3.0}

    def moment(order, top=np.inf):
        return quad(lambda h: h**order * gamma_gamma_pdf(h, **shapes), 0.0, top)[0]

    assert moment(0) == pytest.approx(1.0, abs=1e-6)
    assert moment(1) == pytest.approx(1.0, abs=1e-6)
    assert moment(2) == pytest.approx(1.0 + gamma_gamma_index(**shapes), rel=1e-6)
    assert moment(2) == pytest.approx(gamma_gamma_moment(**shapes, order=2.0), rel=1e-6)
    assert moment(0, 0.4) == pytest.approx(gamma_gamma_cdf(0.4, **shapes), rel=1e-6)
    assert gamma_gamma_moment(**shapes, order=1.0) == pytest.approx(1.0, rel=1e-12)


def test_shapes_give_the_point_index():
    """Identity: at a point receiver the two shapes make the index of the saturation formula, .125 to 1.12."""
    path = {"elevation_deg": [90.0, 47.8, 30.0, 19.4, 10.0], "wavelength_nm": 848.6}
    alpha, beta = gamma_gamma_shapes(rytov=rytov_variance(HufnagelValley(), **path))
    index = gamma_gamma_index(alpha=alpha, beta=beta)
    np.testing.assert_allclose(index, point_index(HufnagelValley(), **path), rtol=1e-12)
    np.testing.assert_allclose(index, [0.125, 0.211, 0.399, 0.688, 1.12], rtol=3e-3)


def test_aperture_averages():
    """Property: a wider aperture leaves less of both eddies; a wanted index comes back."""
    ratio = np.array([0.0, 1.0, 5.0])
    alpha, beta = gamma_gamma_shapes(rytov=2.0, aperture_ratio=ratio)
    index = gamma_gamma_index(alpha=alpha, beta=beta)
    assert np.all(np.diff(index) < 0.0)
    alpha, beta = shapes_for_index(index=[0.0003, 0.05, 1.0], share_large=0.3)
    np.testing.assert_allclose(gamma_gamma_index(alpha=alpha, beta=beta), [0.0003, 0.05, 1.0], rtol=1e-9)


def test_scores_keep_probability():
    """scipy.stats.gamma against scipy.stats.norm, both tails."""
    from scipy.stats import gamma as gamma_law
    from scipy.stats import norm

    score = np.array([-5.0, -1.0, 0.0, 2.0, 6.0])
    value = gamma_scores(shape=2.5, score=score)
    np.testing.assert_allclose(gamma_law.logcdf(value * 2.5, 2.5), norm.logcdf(score), rtol=1e-7)


@pytest.mark.parametrize(("alpha", "beta"), [(4.0, 2.5), (1.2, 30.0), (500.0, 3.0), (3000.0, 3000.0), (0.8, 0.5)])
def test_quantiles_turn_the_distribution_round(alpha, beta):
    """Two routes: the distribution function by quadrature at the quantile of a score has the score's probability."""
    score = np.linspace(-5.0, 3.0, 17)
    (fade,) = gamma_gamma_scores(alpha=[alpha], beta=[beta], score=score)
    np.testing.assert_allclose(gamma_gamma_cdf(fade, alpha=alpha, beta=beta), norm.cdf(score), rtol=6e-3, atol=1e-9)
    assert np.all(np.diff(fade) > 0.0)


def test_shape_of_a_logarithm():
    """scipy's trigamma function and back, over ten decades; large shapes: 1/shape + 1/(2 shape^2)."""
    variance = np.geomspace(1e-8, 50.0, 40)
    np.testing.assert_allclose(log_variance(shape=shape_of_log_variance(variance=variance)), variance, rtol=1e-12)
    assert log_variance(shape=1e4) == pytest.approx(1e-4 + 0.5e-8, rel=1e-8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gamma_gamma_shapes(rytov=0.0), "rytov is 0.0"),
        (lambda: gamma_gamma_shapes(rytov=1.0, aperture_ratio=-1.0), "aperture_ratio is -1.0"),
        (lambda: gamma_gamma_cdf(-1.0, alpha=1.0, beta=1.0), "fade is -1.0"),
        (lambda: gamma_gamma_pdf(1.0, alpha=0.0, beta=1.0), "alpha is 0.0"),
        (lambda: gamma_gamma_moment(alpha=2.0, beta=1.0, order=-1.0), "order is -1.0"),
        (lambda: shapes_for_index(index=0.0), "index is 0.0"),
        (lambda: gamma_scores(shape=1.0, score=np.nan), "score is nan"),
        (lambda: gamma_gamma_scores(alpha=[1.0], beta=[1.0], score=[8.0]), "score is 8.0"),
        (lambda: gamma_gamma_scores(alpha=[0.0], beta=[1.0], score=[1.0]), "alpha is 0.0"),
        (lambda: log_variance(shape=0.0), "shape is 0.0"),
        (lambda: shape_of_log_variance(variance=0.0), "variance is 0.0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(DomainError, match=message):
        call()
