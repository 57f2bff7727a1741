"""Jones and Mueller calculus, each the witness of the other."""

import numpy as np
import pytest

from passplan.polarization.jones import (
    bb84_states,
    half_wave_plate,
    linear_state,
    port_probability,
    projector,
    retarder,
    rotator,
)

ROUNDING = 1e-12


@pytest.fixture
def angles_deg():
    return np.random.default_rng(11).uniform(-360.0, 360.0, size=50)


def test_bb84_states_are_two_unbiased_bases():
    """Exact: orthogonal inside a basis, 1/2 between bases."""
    states = bb84_states()
    for one, other, overlap in [("H", "V", 0.0), ("D", "A", 0.0), ("H", "D", 0.5), ("V", "A", 0.5), ("H", "H", 1.0)]:
        assert abs(port_probability(state=states[one], port=states[other]) - overlap) < ROUNDING


def test_malus(angles_deg):
    """Exact: cos^2 of the angle between state and port."""
    found = port_probability(state=linear_state(angle_deg=angles_deg), port=linear_state(angle_deg=17.0))
    np.testing.assert_allclose(found, np.cos(np.deg2rad(angles_deg - 17.0)) ** 2, atol=ROUNDING)


def test_rotator_turns_linear_states(angles_deg):
    """Exact: a state at 10 deg comes out at 10 deg plus the turn."""
    turned = rotator(angle_deg=angles_deg) @ linear_state(angle_deg=10.0)
    np.testing.assert_allclose(turned, linear_state(angle_deg=10.0 + angles_deg), atol=ROUNDING)


def test_retarders_are_unitary_and_their_axis_is_an_eigenstate(angles_deg):
    """Property: U U^dagger = 1, and light along the axis keeps its state."""
    matrices = retarder(retardance_deg=angles_deg, axis_deg=3.0 * angles_deg)
    product = matrices @ np.conj(np.swapaxes(matrices, -1, -2))
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(2), product.shape), atol=ROUNDING)
    along = linear_state(angle_deg=3.0 * angles_deg)
    kept = port_probability(state=np.einsum("nij,nj->ni", matrices, along), port=along)
    np.testing.assert_allclose(kept, 1.0, atol=ROUNDING)


def test_a_retarder_is_a_turned_retarder(angles_deg):
    """Two routes: R(axis) diag(...) R(-axis) multiplied out."""
    lag_rad = np.deg2rad(70.0)
    plain = np.diag([np.exp(-0.5j * lag_rad), np.exp(0.5j * lag_rad)])
    turned = rotator(angle_deg=angles_deg) @ plain @ rotator(angle_deg=-angles_deg)
    np.testing.assert_allclose(retarder(retardance_deg=70.0, axis_deg=angles_deg), turned, atol=ROUNDING)


def test_half_wave_plate_reflects_linear_states(angles_deg):
    """Exact: a goes to 2 theta - a."""
    behind = half_wave_plate(angle_deg=angles_deg) @ linear_state(angle_deg=25.0)
    kept = port_probability(state=behind, port=linear_state(angle_deg=2.0 * angles_deg - 25.0))
    np.testing.assert_allclose(kept, 1.0, atol=ROUNDING)


def test_projector_is_a_projector(angles_deg):
    """Property: idempotent, trace 1, and its expectation is the port's probability."""
    matrices = projector(angle_deg=angles_deg)
    np.testing.assert_allclose(matrices @ matrices, matrices, atol=ROUNDING)
    np.testing.assert_allclose(np.trace(matrices, axis1=-2, axis2=-1), 1.0, atol=ROUNDING)
    state = bb84_states()["D"]
    expectation = np.einsum("i,nij,j->n", np.conj(state), matrices, state).real
    found = port_probability(state=state, port=linear_state(angle_deg=angles_deg))
    np.testing.assert_allclose(expectation, found, atol=ROUNDING)
