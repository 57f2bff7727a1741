import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rice

from passplan.channel.field_stop import field_stop_transmittance
from passplan.channel.pointing_loss import PointingError
from passplan.errors import DomainError

FWHM_PER_SIGMA = 2.354_820_045


def test_centred_image_in_closed_form():
    """Rayleigh distribution: 1 - exp(-r^2/(2 s^2)); a stop of 3 FWHM across passes 99.8 %."""
    share = field_stop_transmittance(PointingError(), field_of_view_urad=30.0, seeing_fwhm_urad=10.0)
    assert share == pytest.approx(1.0 - np.exp(-0.5 * (15.0 * FWHM_PER_SIGMA / 10.0) ** 2), rel=1e-9)
    assert 0.997 < share < 0.999


def test_displaced_image_against_the_rice_distribution():
    """scipy.stats.rice: bias 6 urad, sigma from seeing and jitter in quadrature."""
    error = PointingError(bias_x_urad=3.6, bias_y_urad=-4.8, jitter_x_urad=2.0, jitter_y_urad=2.0)
    sigma_urad = np.hypot(12.0 / FWHM_PER_SIGMA, 2.0)
    share = field_stop_transmittance(error, field_of_view_urad=20.0, seeing_fwhm_urad=12.0)
    assert share == pytest.approx(rice.cdf(10.0, 6.0 / sigma_urad, scale=sigma_urad), rel=1e-9)


@pytest.mark.parametrize("sigmas_away", [0.01, 0.3, 1.0, 1.41, 1.42, 3.0, 12.0])
def test_short_series_and_library_against_the_rice_distribution(sigmas_away):
    """scipy.stats.rice on both sides of bias^2 / 2 s^2 = 1, from a stop much narrower to one much wider."""
    radii = np.array([0.1, 0.7, 1.0, 2.5, 4.0, 9.0])
    error = PointingError(bias_y_urad=3.0 * sigmas_away)
    share = field_stop_transmittance(error, field_of_view_urad=6.0 * radii, seeing_fwhm_urad=3.0 * FWHM_PER_SIGMA)
    np.testing.assert_allclose(share, rice.cdf(radii, sigmas_away), rtol=1e-9, atol=1e-14)


def test_unequal_axes_against_monte_carlo(rng):
    """Monte Carlo of unequal axes: the mean of the variances is good to a few parts in a thousand here."""
    error = PointingError(bias_x_urad=2.0, jitter_x_urad=3.0, jitter_y_urad=1.5)
    seeing_sigma_urad = 11.0 / FWHM_PER_SIGMA
    trials = 1_000_000
    x_urad = 2.0 + np.hypot(seeing_sigma_urad, 3.0) * rng.standard_normal(trials)
    y_urad = np.hypot(seeing_sigma_urad, 1.5) * rng.standard_normal(trials)
    sampled = np.mean(np.hypot(x_urad, y_urad) < 12.0)
    axis_mean_error = 5e-3
    share = field_stop_transmittance(error, field_of_view_urad=24.0, seeing_fwhm_urad=11.0)
    assert share == pytest.approx(sampled, abs=axis_mean_error)


@given(bias_urad=st.floats(0.0, 5000.0), stop_urad=st.floats(5.0, 3000.0), jitter_urad=st.floats(0.0, 50.0))
def test_a_wider_stop_passes_more(bias_urad, stop_urad, jitter_urad):
    """Property: shares lie in [0, 1] and rise with the stop, however far the image has gone."""
    error = PointingError(bias_x_urad=bias_urad, jitter_x_urad=jitter_urad, jitter_y_urad=jitter_urad)
    narrow, wide = field_stop_transmittance(
        error, field_of_view_urad=np.array([stop_urad, 1.3 * stop_urad]), seeing_fwhm_urad=10.0
    )
    rounding = 1e-12
    assert 0.0 <= narrow <= wide + rounding
    assert wide <= 1.0


def test_far_inside_and_far_outside():
    """Limit: an image 10 mrad away gives 0, one deep inside a wide stop gives 1."""
    error = PointingError(bias_x_urad=np.array([0.0, 1e4]))
    share = field_stop_transmittance(error, field_of_view_urad=1000.0, seeing_fwhm_urad=10.0)
    np.testing.assert_array_equal(share, [1.0, 0.0])


@pytest.mark.parametrize("name", ["field_of_view_urad", "seeing_fwhm_urad"])
def test_wrong_angles_are_refused_by_name(name):
    """Refusal: the message names the field."""
    good = {"field_of_view_urad": 100.0, "seeing_fwhm_urad": 10.0}
    with pytest.raises(DomainError, match=name):
        field_stop_transmittance(PointingError(), **(good | {name: 0.0}))
