"""Analyser with faults: exact single-fault formulas, and Mueller matrices as the second route."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.polarization.analyser import (
    Analyser,
    basis_errors,
    basis_imbalance,
    port_intensities,
    port_weights,
    received_errors,
    received_states,
    state_errors,
)
from passplan.polarization.error_rate import contrast
from passplan.polarization.jones import half_wave_plate, linear_state, retarder, rotator
from passplan.polarization.stokes import mueller_diattenuator, mueller_retarder, stokes_vector

ROUNDING = 1e-12
IDEAL = Analyser()

extinctions = st.one_of(st.just(np.inf), st.floats(1.01, 1e6))
angles_deg = st.floats(-180.0, 180.0)
analysers = st.builds(
    Analyser,
    extinction_transmitted=extinctions,
    extinction_reflected=extinctions,
    splitter_transmittance_ratio=st.floats(0.2, 5.0),
    splitter_reflectance_ratio=st.one_of(st.none(), st.floats(0.2, 5.0)),
    splitter_transmitted_retardance_deg=angles_deg,
    splitter_reflected_retardance_deg=angles_deg,
    straight_arm_error_deg=angles_deg,
    diagonal_arm_error_deg=angles_deg,
)


def random_states(count):
    rng = np.random.default_rng(7)
    return rng.normal(size=(count, 2)) + 1j * rng.normal(size=(count, 2))


def splitter_shares(transmitted_extinction, reflected_extinction):
    """(T_wanted, T_unwanted, R_wanted, R_unwanted) of a PBS without loss: four linear equations, solved by numpy."""
    equations = np.array(
        [
            [1.0, 0.0, 0.0, 1.0],  # the polarization wanted at the transmitted port is unwanted at the other
            [0.0, 1.0, 1.0, 0.0],
            [1.0 / transmitted_extinction, -1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0 / reflected_extinction, -1.0],
        ]
    )
    return np.linalg.solve(equations, [1.0, 1.0, 0.0, 0.0])


def mueller_intensities(analyser, states):
    """Intensities of the ports H, V, D, A by Mueller matrices alone."""
    kept_t, leak_t, kept_r, leak_r = splitter_shares(analyser.extinction_transmitted, analyser.extinction_reflected)
    ratio, other = analyser.splitter_transmittance_ratio, analyser.splitter_reflectance_ratio
    through = np.array([ratio, 1.0]) / (ratio + 1.0)
    aside = np.array([1.0, ratio]) / (ratio + 1.0) if other is None else np.array([other, 1.0]) / (other + 1.0)
    arms = [
        (through, analyser.splitter_transmitted_retardance_deg, analyser.straight_arm_error_deg),
        (aside, analyser.splitter_reflected_retardance_deg, 45.0 + analyser.diagonal_arm_error_deg),
    ]
    brightest = max(1.0, *(through + aside))
    found = []
    for shares, lag_deg, axis_deg in arms:
        along, across = shares / brightest
        splitter = mueller_diattenuator(transmittance_along=along, transmittance_across=across)
        arm = mueller_retarder(retardance_deg=lag_deg, axis_deg=0.0) @ splitter
        for wanted, unwanted, turn_deg in ((kept_t, leak_t, 0.0), (kept_r, leak_r, 90.0)):
            port = mueller_diattenuator(
                transmittance_along=wanted, transmittance_across=unwanted, axis_deg=axis_deg + turn_deg
            )
            found.append((stokes_vector(state=states) @ (port @ arm).T)[:, 0])
    return np.stack(found)


@given(analysers)
def test_intensities_agree_with_mueller_matrices(analyser):
    """Two routes: positive 2x2 matrices, and Stokes vectors through splitter, arm and port."""
    states = random_states(10)
    np.testing.assert_allclose(
        port_intensities(analyser, states), mueller_intensities(analyser, states), rtol=ROUNDING, atol=ROUNDING
    )


@given(analysers)
def test_the_ports_are_a_measurement(analyser):
    """Property: each matrix is Hermitian and positive, and together they give no light that did not come."""
    weights = port_weights(analyser)
    np.testing.assert_allclose(weights, np.conj(np.swapaxes(weights, 1, 2)), atol=ROUNDING)
    assert np.min(np.linalg.eigvalsh(weights)) > -ROUNDING
    assert np.max(np.linalg.eigvalsh(weights.sum(axis=0))) < 1.0 + ROUNDING
    if analyser.splitter_reflectance_ratio is None:
        np.testing.assert_allclose(weights.sum(axis=0), np.eye(2), atol=ROUNDING)


def test_the_ideal_analyser_halves_four_projectors():
    """Exact: E = P / 2 for H, V, D, A."""
    for weight, angle_deg in zip(port_weights(IDEAL), (0.0, 90.0, 45.0, -45.0), strict=True):
        state = linear_state(angle_deg=angle_deg)
        np.testing.assert_allclose(weight, 0.5 * np.outer(state, np.conj(state)), atol=ROUNDING)


def test_a_rotation_hurts_all_four_states_alike():
    """Exact: sin^2 delta; and the table of the physics notes B2 for the contrast, to its last digit."""
    delta_deg = np.array([0.5, 1.0, 2.0, 10.0, 45.0, 90.0])
    errors = state_errors(IDEAL, rotator(angle_deg=delta_deg))
    np.testing.assert_allclose(errors, np.tile(np.sin(np.deg2rad(delta_deg)) ** 2, (4, 1)), atol=ROUNDING)
    np.testing.assert_allclose(contrast(errors[2]), [13131, 3282, 820, 32, 1, 0], rtol=6e-3, atol=ROUNDING)


def test_extinction_leaves_one_over_one_plus_ratio():
    """Exact for two equal ports: 280:1 gives 1 / 281 for all four aligned states."""
    analyser = Analyser(extinction_transmitted=280.0, extinction_reflected=280.0)
    np.testing.assert_allclose(state_errors(analyser, np.eye(2)), 1.0 / 281.0, atol=ROUNDING)


def test_a_perfect_transmitted_port_leaves_the_reflected_one_its_leak():
    """Exact: nothing of V is transmitted, so V is right; 1 / R of H is reflected."""
    errors = state_errors(Analyser(extinction_reflected=50.0), np.eye(2))
    np.testing.assert_allclose(errors, [0.02, 0.0, 0.02, 0.0], atol=ROUNDING)


def test_retardance_along_horizontal_hurts_the_diagonal_basis_alone():
    """Exact: sin^2(Gamma / 2), before the analyser or in its reflected arm; physics notes B2: 525, 131, 32, 14:1."""
    lag_deg = np.array([5.0, 10.0, 20.0, 30.0])
    errors = state_errors(IDEAL, retarder(retardance_deg=lag_deg, axis_deg=0.0))
    expected = np.sin(np.deg2rad(0.5 * lag_deg)) ** 2
    np.testing.assert_allclose(basis_errors(errors), [np.zeros(4), expected], atol=ROUNDING)
    np.testing.assert_allclose(contrast(errors[3]), [525, 131, 32, 14], rtol=0.01)
    inside = state_errors(Analyser(splitter_reflected_retardance_deg=20.0), np.eye(2))
    np.testing.assert_allclose(inside, [0.0, 0.0, expected[2], expected[2]], atol=ROUNDING)


def test_retardance_has_a_sign():
    """Exact: what the optics delay, an arm of the opposite retardance brings back; the straight arm sees neither."""
    analyser = Analyser(splitter_reflected_retardance_deg=-33.0, splitter_transmitted_retardance_deg=12.0)
    errors = state_errors(analyser, retarder(retardance_deg=33.0, axis_deg=0.0))
    np.testing.assert_allclose(errors, 0.0, atol=ROUNDING)


def test_each_arm_has_its_own_misalignment():
    """Exact: sin^2 of each arm's error; a rotation by the same angle undoes it."""
    analyser = Analyser(straight_arm_error_deg=2.0, diagonal_arm_error_deg=-3.0)
    expected = np.sin(np.deg2rad([2.0, 2.0, 3.0, 3.0])) ** 2
    np.testing.assert_allclose(state_errors(analyser, np.eye(2)), expected, atol=ROUNDING)
    straight = state_errors(analyser, rotator(angle_deg=2.0))[:2]
    np.testing.assert_allclose(straight, 0.0, atol=ROUNDING)


def test_unequal_transmission_turns_the_diagonal_states():
    """Exact: D behind amplitudes sqrt(T_H), sqrt(T_V) is right with (sqrt T_H + sqrt T_V)^2 / (2 (T_H + T_V))."""
    right = (np.sqrt(1.5) + 1.0) ** 2 / (2.0 * 2.5)
    errors = state_errors(Analyser(splitter_transmittance_ratio=1.5), np.eye(2))
    np.testing.assert_allclose(errors, [0.0, 0.0, 1.0 - right, 1.0 - right], atol=ROUNDING)
    given_ratio = Analyser(splitter_reflectance_ratio=1.5)
    np.testing.assert_allclose(state_errors(given_ratio, np.eye(2)), errors, atol=ROUNDING)


def test_a_half_wave_plate_needs_new_labels_and_only_d_and_a_tell():
    """Exact: the plate at phi / 2 undoes a rotation phi up to the handedness. With the labels of a rotation H and V are
    perfect and D and A all wrong: whoever looks at H and V alone sees no fault."""
    phi_deg = np.array([0.0, 17.0, 45.0, 90.0, 133.0])
    train = half_wave_plate(angle_deg=0.5 * phi_deg) @ rotator(angle_deg=phi_deg)
    np.testing.assert_allclose(state_errors(IDEAL, train, swapped_labels=True), 0.0, atol=ROUNDING)
    unlabelled = state_errors(IDEAL, train)
    np.testing.assert_allclose(unlabelled[:2], 0.0, atol=ROUNDING)
    np.testing.assert_allclose(unlabelled[2:], 1.0, atol=ROUNDING)


def test_what_was_received_may_be_given_as_states():
    """Two routes: matrices, and the states behind them; intensity cancels."""
    rng = np.random.default_rng(8)
    jones = rng.normal(size=(3, 5, 2, 2)) + 1j * rng.normal(size=(3, 5, 2, 2))
    analyser = Analyser(extinction_transmitted=100.0, diagonal_arm_error_deg=1.0)
    states = received_states(jones)
    assert states.shape == (4, 3, 5, 2)
    np.testing.assert_allclose(states[1], jones[..., 1], atol=ROUNDING)
    found = received_errors(analyser, 0.1 * states, swapped_labels=True)
    np.testing.assert_allclose(found, state_errors(analyser, jones, swapped_labels=True), atol=ROUNDING)
    assert found.shape == (4, 3, 5)


def test_basis_errors_are_the_means_of_their_states():
    """Exact arithmetic."""
    np.testing.assert_allclose(basis_errors([0.1, 0.3, 0.0, 0.5]), [0.2, 0.25])


def test_imbalance_is_the_diattenuation_along_the_basis():
    """Exact: transmittances 1 and 0.8 along H and V lean H/V by 0.2 / 1.8, D/A not at all; a rotation leans neither."""
    leaning = basis_imbalance(IDEAL, np.diag([1.0, np.sqrt(0.8)]))
    np.testing.assert_allclose(leaning, [0.2 / 1.8, 0.0], atol=ROUNDING)
    turned = rotator(angle_deg=45.0) @ np.diag([1.0, np.sqrt(0.8)])
    np.testing.assert_allclose(basis_imbalance(IDEAL, turned), [0.0, 0.2 / 1.8], atol=ROUNDING)
    np.testing.assert_allclose(basis_imbalance(IDEAL, rotator(angle_deg=[3.0, 50.0])), 0.0, atol=ROUNDING)


def test_unequal_ports_lean_too():
    """Exact: with T and R leaks t, r a PBS sends (1 - r + t) / 2 of unpolarized light to its transmitted port."""
    analyser = Analyser(extinction_transmitted=1000.0, extinction_reflected=20.0)
    kept, leak, _, _ = splitter_shares(1000.0, 20.0)
    np.testing.assert_allclose(basis_imbalance(analyser, np.eye(2)), kept + leak - 1.0, atol=ROUNDING)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("extinction_transmitted", 1.0, r"Analyser.extinction_transmitted is 1.0, must lie in \(1, inf\]"),
        ("extinction_reflected", np.nan, r"Analyser.extinction_reflected is nan"),
        ("splitter_transmittance_ratio", 0.0, r"Analyser.splitter_transmittance_ratio is 0.0, must lie in \(0, inf\)"),
        ("splitter_reflectance_ratio", -1.0, r"Analyser.splitter_reflectance_ratio is -1.0, must lie in \(0, inf\)"),
        ("diagonal_arm_error_deg", np.inf, r"Analyser.diagonal_arm_error_deg is inf, must lie in \(-inf, inf\)"),
    ],
)
def test_impossible_analysers_are_refused(field, value, message):
    with pytest.raises(DomainError, match=message):
        Analyser(**{field: value})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: state_errors(IDEAL, np.ones((2, 3))), r"jones has shape \(2, 3\), must be \(..., 2, 2\)"),
        (lambda: port_intensities(IDEAL, np.ones(3)), r"states has shape \(3,\), must be \(..., 2\)"),
        (lambda: port_intensities(IDEAL, [[1.0, 0.0], [np.nan, 1.0]]), r"states is not finite at index \(1, 0\)"),
        (lambda: received_errors(IDEAL, np.ones((3, 2))), r"states has shape \(3, 2\), must be \(4, ..., 2\)"),
        (lambda: state_errors(IDEAL, np.diag([1.0, 0.0])), r"state V brings no light to its basis"),
        (lambda: state_errors(IDEAL, np.zeros((2, 2))), r"state H brings no light to its basis"),
        (lambda: basis_imbalance(IDEAL, np.zeros((2, 2))), r"the basis H/V gets no light"),
        (lambda: basis_errors(np.ones((3, 7))), r"errors has shape \(3, 7\), must be \(4, ...\)"),
    ],
)
def test_what_has_no_meaning_is_refused(call, message):
    with pytest.raises(DomainError, match=message):
        call()
