"""Mueller matrices against the Jones matrices."""

import numpy as np
import pytest

from passplan.polarization.jones import linear_state, port_probability, projector, retarder, rotator
from passplan.polarization.stokes import (
    linear_stokes,
    mueller_polarizer,
    mueller_retarder,
    mueller_rotator,
    stokes_vector,
)

ROUNDING = 1e-12
SAMPLES = 40


@pytest.fixture
def rng():
    return np.random.default_rng(23)


@pytest.fixture
def states(rng):
    field = rng.normal(size=(SAMPLES, 2)) + 1j * rng.normal(size=(SAMPLES, 2))
    return field / np.linalg.norm(field, axis=1, keepdims=True)


def applied(matrices, vectors):
    return np.einsum("nij,nj->ni", matrices, vectors)


def test_linear_states_agree(rng):
    """Two routes: Stokes vector written down, and through the Jones vector."""
    angles_deg = rng.uniform(-180.0, 180.0, SAMPLES)
    through_jones = stokes_vector(state=linear_state(angle_deg=angles_deg))
    np.testing.assert_allclose(linear_stokes(angle_deg=angles_deg), through_jones, atol=ROUNDING)


def test_pure_states_are_fully_polarized(states):
    """Exact: S0^2 = S1^2 + S2^2 + S3^2."""
    stokes = stokes_vector(state=states)
    np.testing.assert_allclose(stokes[:, 0] ** 2, np.sum(stokes[:, 1:] ** 2, axis=1), atol=ROUNDING)


def test_retarders_agree(rng, states):
    """Two routes: Jones then Stokes, or Stokes then Mueller; sign of S3 included."""
    optics = {
        "retardance_deg": rng.uniform(-360.0, 360.0, SAMPLES),
        "axis_deg": rng.uniform(-180.0, 180.0, SAMPLES),
    }
    through_jones = stokes_vector(state=applied(retarder(**optics), states))
    np.testing.assert_allclose(
        applied(mueller_retarder(**optics), stokes_vector(state=states)), through_jones, atol=ROUNDING
    )


def test_rotators_and_polarizers_agree(rng, states):
    """Two routes, as above."""
    angles_deg = rng.uniform(-180.0, 180.0, SAMPLES)
    for jones, mueller in ((rotator, mueller_rotator), (projector, mueller_polarizer)):
        through_jones = stokes_vector(state=applied(jones(angle_deg=angles_deg), states))
        through_mueller = applied(mueller(angle_deg=angles_deg), stokes_vector(state=states))
        np.testing.assert_allclose(through_mueller, through_jones, atol=ROUNDING)


def test_passed_intensity_is_the_port_probability(rng, states):
    """Two routes to one probability: S0 behind a polarizer, and the Jones overlap."""
    angles_deg = rng.uniform(-180.0, 180.0, SAMPLES)
    passed = applied(mueller_polarizer(angle_deg=angles_deg), stokes_vector(state=states))[:, 0]
    overlap = port_probability(state=states, port=linear_state(angle_deg=angles_deg))
    np.testing.assert_allclose(passed, overlap, atol=ROUNDING)
