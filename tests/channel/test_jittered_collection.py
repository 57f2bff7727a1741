import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.channel.diffraction import gaussian_collection
from passplan.channel.jittered_collection import jittered_collection
from passplan.channel.pointing_loss import PointingError, pointing_transmittance
from passplan.errors import DomainError

BEAM = {"divergence_x_urad": 4.5, "divergence_y_urad": 5.5}
JITTERY = PointingError(bias_x_urad=1.0, bias_y_urad=-0.7, jitter_x_urad=1.5, jitter_y_urad=0.8)
RANGES_KM = np.array([530.0, 1000.0, 1600.0])


def test_a_small_receiver_sees_the_product_of_the_terms():
    """Limit: diffraction times the exact Beckmann mean, for a receiver of a millimetre."""
    share = jittered_collection(JITTERY, range_km=RANGES_KM, aperture_m=1e-3, obscuration=0.3, **BEAM)
    product = gaussian_collection(range_km=RANGES_KM, aperture_m=1e-3, obscuration=0.3, **BEAM)
    np.testing.assert_allclose(share, product * pointing_transmittance(JITTERY, **BEAM), rtol=1e-6)


@pytest.mark.parametrize("aperture_m", [0.5, 3.0, 8.0, 40.0])
def test_without_error_it_is_diffraction(aperture_m):
    """Two routes: the polar quadrature of an elliptic beam, from a small receiver to one wider than the spot.

    A bias of 1e-6 urad moves nothing and keeps the function from taking that route itself.
    """
    still = PointingError(bias_x_urad=1e-6)
    share = jittered_collection(still, range_km=RANGES_KM, aperture_m=aperture_m, obscuration=0.4, **BEAM)
    expected = gaussian_collection(range_km=RANGES_KM, aperture_m=aperture_m, obscuration=0.4, **BEAM)
    np.testing.assert_allclose(share, expected, rtol=1e-6, atol=1e-9)


def test_monte_carlo_of_a_spot_smaller_than_the_receiver(rng):
    """Monte Carlo: photons of a jittering beam counted on an obscured disc as wide as the spot, within 5 sigma."""
    trials, range_km, aperture_m, obscuration = 2_000_000, 100.0, 1.0, 0.35
    aim = np.array([[1.0], [-0.7]]) + np.array([[1.5], [0.8]]) * rng.standard_normal((2, trials))
    photon = aim + 0.5 * np.array([[4.5], [5.5]]) * rng.standard_normal((2, trials))
    radius_m = np.hypot(*photon) * range_km * 1e-3
    hits = (radius_m < 0.5 * aperture_m) & (radius_m > 0.5 * aperture_m * obscuration)
    share = jittered_collection(JITTERY, range_km=range_km, aperture_m=aperture_m, obscuration=obscuration, **BEAM)
    assert abs(hits.mean() - share) < 5.0 * np.sqrt(share * (1.0 - share) / trials)


def test_jitter_alone_by_either_route():
    """Two routes: without bias the widened beam's closed form, with a vanishing one the quadrature."""
    alone, moved = (
        jittered_collection(
            PointingError(bias_y_urad=bias, jitter_x_urad=1.5, jitter_y_urad=0.8),
            range_km=RANGES_KM,
            aperture_m=2.0,
            obscuration=0.3,
            **BEAM,
        )
        for bias in (0.0, 1e-6)
    )
    np.testing.assert_allclose(alone, moved, rtol=1e-6)


@pytest.mark.parametrize("obscuration", [0.0, 0.35])
def test_series_and_sum_agree_where_they_meet(obscuration):
    """Two routes: rings of equal area around the receiver's centre, on both sides of where the series ends."""
    biases_urad = np.array([0.3, 1.0, 3.0, 8.0, 14.0])
    error = PointingError(bias_x_urad=biases_urad, bias_y_urad=-0.5 * biases_urad, jitter_x_urad=0.8)
    for aperture_m in (0.3, 1.2, 2.4):
        share = jittered_collection(error, range_km=700.0, aperture_m=aperture_m, obscuration=obscuration, **BEAM)
        ring = (np.arange(4000) + 0.5) / 4000
        radius_m = 0.5 * aperture_m * np.sqrt(obscuration**2 + (1.0 - obscuration**2) * ring)
        turn = 2.0 * np.pi * np.arange(64)[:, None] / 64
        wide_m = 0.7 * np.hypot(4.5, 1.6), 0.7 * 5.5
        for bias_urad, found in zip(biases_urad, share, strict=True):
            x_m, y_m = radius_m * np.cos(turn) - 0.7 * bias_urad, radius_m * np.sin(turn) + 0.35 * bias_urad
            density = np.exp(-2.0 * (x_m / wide_m[0]) ** 2 - 2.0 * (y_m / wide_m[1]) ** 2)
            area_m2 = 0.25 * np.pi * aperture_m**2 * (1.0 - obscuration**2)
            assert found == pytest.approx(2.0 / (np.pi * wide_m[0] * wide_m[1]) * area_m2 * density.mean(), rel=2e-6)


def test_a_share_does_not_depend_on_its_neighbours():
    """Property: each instant takes its own route, so that one in a long array is the one alone."""
    biases_urad = np.array([0.2, 6.0, 25.0])
    joined = jittered_collection(PointingError(bias_x_urad=biases_urad), range_km=600.0, aperture_m=1.0, **BEAM)
    for bias_urad, share in zip(biases_urad, joined, strict=True):
        alone = jittered_collection(PointingError(bias_x_urad=bias_urad), range_km=600.0, aperture_m=1.0, **BEAM)
        assert share == pytest.approx(float(alone), rel=1e-12)


def test_a_wide_receiver_forgives_jitter():
    """Property: a receiver of the spot's size loses less to jitter than a point does, and a huge one loses nothing."""
    still, shaken = (
        jittered_collection(error, range_km=1000.0, aperture_m=10.0, **BEAM) for error in (PointingError(), JITTERY)
    )
    assert shaken < still < 1.0
    assert shaken / still > pointing_transmittance(JITTERY, **BEAM)
    assert jittered_collection(JITTERY, range_km=1000.0, aperture_m=100.0, **BEAM) == pytest.approx(1.0, abs=1e-9)


@given(bias_urad=st.floats(0.0, 40.0), jitter_urad=st.floats(0.0, 10.0), aperture_m=st.floats(0.05, 30.0))
def test_shares_stay_shares(bias_urad, jitter_urad, aperture_m):
    """Property: in [0, 1]; a clear receiver takes no less than an obscured one; the sign of the bias is not known."""
    geometry = {"range_km": 700.0, "aperture_m": aperture_m} | BEAM
    plus, minus = (
        PointingError(bias_x_urad=sign * bias_urad, jitter_x_urad=jitter_urad, jitter_y_urad=jitter_urad)
        for sign in (1.0, -1.0)
    )
    share = jittered_collection(plus, **geometry)
    assert 0.0 <= jittered_collection(plus, obscuration=0.5, **geometry) <= share <= 1.0
    assert jittered_collection(minus, **geometry) == pytest.approx(share, rel=1e-9, abs=1e-15)


def test_arrays_broadcast():
    """Shape rule: errors of a time grid against a column of ranges."""
    error = PointingError(bias_x_urad=np.linspace(0.0, 2.0, 5), jitter_x_urad=0.3)
    assert jittered_collection(error, range_km=RANGES_KM[:, None], aperture_m=1.0, **BEAM).shape == (3, 5)


@pytest.mark.parametrize("name", ["range_km", "divergence_x_urad", "divergence_y_urad", "aperture_m", "obscuration"])
def test_wrong_geometry_is_refused_by_name(name):
    """Refusal: the message names the field."""
    good = {"range_km": 1e3, "aperture_m": 1.0, "obscuration": 0.0} | BEAM
    with pytest.raises(DomainError, match=name):
        jittered_collection(JITTERY, **(good | {name: -1.0}))
