import numpy as np
import pytest

from passplan.channel.cloud import (
    CloudLayer,
    cloud_moments,
    cloud_states,
    cloud_transmittance,
    outage_probability,
)
from passplan.errors import DomainError
from passplan.units import to_loss_db

CIRRUS = CloudLayer(probability=0.3, optical_depth=0.2)
STRATUS = CloudLayer(probability=0.4, optical_depth=12.0, height_m=1500.0)


def test_one_layer_at_the_zenith():
    """Exact two-point law: T = exp(-0.2) with 0.3, else 1; variance p (1 - p) (1 - T)^2."""
    through = np.exp(-0.2)
    mean, variance = cloud_moments([CIRRUS], elevation_deg=90.0)
    assert cloud_transmittance(CIRRUS, elevation_deg=90.0) == pytest.approx(through, rel=1e-12)
    assert mean == pytest.approx(0.7 + 0.3 * through, rel=1e-12)
    assert variance == pytest.approx(0.21 * (1.0 - through) ** 2, rel=1e-9)


def test_moments_are_those_of_the_states():
    """Second route: product formula against the sum over all states, three layers on a pass."""
    layers = [CIRRUS, STRATUS, CloudLayer(probability=0.1, optical_depth=1.0, height_m=4000.0)]
    elevation_deg = np.linspace(5.0, 90.0, 40)
    states = cloud_states(layers, elevation_deg=elevation_deg)
    mean, variance = cloud_moments(layers, elevation_deg=elevation_deg)
    assert states.transmittance.shape == (8, 40)
    assert states.probability.sum() == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(states.probability @ states.transmittance, mean, rtol=1e-12)
    np.testing.assert_allclose(states.probability @ states.transmittance**2 - mean**2, variance, atol=1e-14)


def test_moments_against_drawn_skies():
    """Monte Carlo of the independent layers, 200,000 skies, within 4 standard errors of the mean."""
    random = np.random.default_rng(7)
    through = np.ones(200_000)
    for layer in (CIRRUS, STRATUS):
        there = random.random(through.size) < layer.probability
        through *= np.where(there, cloud_transmittance(layer, elevation_deg=35.0), 1.0)
    mean, variance = cloud_moments([CIRRUS, STRATUS], elevation_deg=35.0)
    assert abs(through.mean() - mean) < 4.0 * np.sqrt(variance / through.size)
    assert through.var() == pytest.approx(variance, rel=0.01)


def test_the_mean_is_no_mean_of_decibels():
    """Jensen: cloud that is opaque in 0.4 of the nights leaves 0.6 of the light; the mean in dB claims 21 dB lost."""
    mean, _ = cloud_moments([STRATUS], elevation_deg=90.0)
    mean_db = 0.4 * to_loss_db(cloud_transmittance(STRATUS, elevation_deg=90.0))
    assert to_loss_db(mean) == pytest.approx(2.218, abs=1e-3)
    assert mean_db == pytest.approx(20.85, abs=0.01)


def test_outage_has_steps():
    """Exact: a threshold between the two states gives the probability of the thick one; 0 gives none."""
    layers = [CIRRUS, STRATUS]
    assert outage_probability(layers, elevation_deg=90.0, threshold=0.0) == 0.0
    assert outage_probability(layers, elevation_deg=90.0, threshold=0.5) == pytest.approx(0.4)
    assert outage_probability(layers, elevation_deg=90.0, threshold=0.9) == pytest.approx(1.0 - 0.6 * 0.7)


def test_thin_cirrus_becomes_an_outage_low_down():
    """Obliquity: exp(-0.2) = 0.82 overhead, under 0.5 at 10 deg, where the layer at 9 km is 5.3 thick."""
    outage = outage_probability([CIRRUS], elevation_deg=[90.0, 10.0], threshold=0.5)
    np.testing.assert_allclose(outage, [0.0, 0.3])


def test_no_layer_is_a_clear_sky():
    """Exact: mean 1, variance 0, one state."""
    mean, variance = cloud_moments([], elevation_deg=[20.0, 90.0])
    np.testing.assert_array_equal([mean, variance], [[1.0, 1.0], [0.0, 0.0]])
    np.testing.assert_array_equal(cloud_states([], elevation_deg=[20.0, 90.0]).transmittance, [[1.0, 1.0]])


def test_wrong_clouds_are_refused():
    """Refusal: each limit by the name of its field."""
    good = {"probability": 0.3, "optical_depth": 0.2, "height_m": 9000.0}
    for name, value in (("probability", 1.1), ("optical_depth", -0.1), ("height_m", 0.0)):
        with pytest.raises(DomainError, match=f"CloudLayer.{name}"):
            CloudLayer(**(good | {name: value}))
    with pytest.raises(DomainError, match="elevation_deg"):
        cloud_moments([CIRRUS], elevation_deg=-1.0)
    with pytest.raises(DomainError, match="threshold"):
        outage_probability([CIRRUS], elevation_deg=30.0, threshold=1.5)
    with pytest.raises(DomainError, match="layers are 11, must be at most 10"):
        cloud_states([CIRRUS] * 11, elevation_deg=30.0)


def test_an_opaque_layer_keeps_its_digits():
    """A layer that is always there is its own transmittance, exp(-depth X), however small."""
    layer = CloudLayer(probability=1.0, optical_depth=30.0)
    mean, variance = cloud_moments([layer], elevation_deg=[90.0, 20.0])
    np.testing.assert_allclose(mean, cloud_transmittance(layer, elevation_deg=[90.0, 20.0]), rtol=1e-12)
    np.testing.assert_allclose(variance, 0.0, atol=1e-30)
