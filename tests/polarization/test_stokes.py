"""Mueller matrices against the Jones matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.polarization.jones import linear_state, port_probability, projector, retarder, rotator
from passplan.polarization.stokes import (
    degree_of_polarization,
    linear_stokes,
    mueller_depolarizer,
    mueller_diattenuator,
    mueller_mirror,
    mueller_of_jones,
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


def jones_diattenuator(along, across, axis_deg):
    plain = np.diag([np.sqrt(along), np.sqrt(across)]).astype(complex)
    return rotator(angle_deg=axis_deg) @ plain @ rotator(angle_deg=-axis_deg)


angles = st.floats(-400.0, 400.0)
shares = st.floats(0.0, 1.0)
phases = st.floats(-4.0, 4.0).map(lambda phase_rad: np.exp(1j * phase_rad))
amplitudes = st.builds(lambda size, phase: size * phase, shares, phases)


def mirror_pair(r_p, r_s):
    return np.diag([r_p, r_s]), mueller_mirror(r_p=r_p, r_s=r_s)


lossless = st.one_of(
    st.builds(lambda a: (rotator(angle_deg=a), mueller_rotator(angle_deg=a)), angles),
    st.builds(
        lambda g, a: (
            retarder(retardance_deg=g, axis_deg=a),
            mueller_retarder(retardance_deg=g, axis_deg=a),
        ),
        angles,
        angles,
    ),
    st.builds(mirror_pair, phases, phases),
)
elements = st.one_of(
    lossless,
    st.builds(
        lambda p, q, a: (
            jones_diattenuator(p, q, a),
            mueller_diattenuator(transmittance_along=p, transmittance_across=q, axis_deg=a),
        ),
        shares,
        shares,
        angles,
    ),
    st.builds(mirror_pair, amplitudes, amplitudes),
)
trains = st.lists(elements, min_size=1, max_size=8)


def multiplied(train):
    jones, mueller = np.eye(2, dtype=complex), np.eye(4)
    for one, other in train:
        jones, mueller = one @ jones, other @ mueller
    return jones, mueller


@given(train=trains)
def test_trains_agree(train):
    """Two routes: product of Jones matrices made a Mueller matrix, and product of Mueller matrices."""
    jones, mueller = multiplied(train)
    np.testing.assert_allclose(mueller_of_jones(jones), mueller, atol=ROUNDING)


@given(train=trains, kept=shares)
def test_trains_pass_no_more_than_they_get(train, kept):
    """Property: greatest transmittance of a passive train <= 1; light that can exist stays so."""
    jones, mueller = multiplied(train)
    greatest = mueller[0, 0] + np.linalg.norm(mueller[0, 1:])
    assert greatest <= 1.0 + ROUNDING
    assert greatest == pytest.approx(np.linalg.svd(jones, compute_uv=False)[0] ** 2, abs=ROUNDING)
    out = mueller_depolarizer(depolarization=1.0 - kept) @ mueller @ linear_stokes(angle_deg=31.0)
    assert np.linalg.norm(out[1:]) <= kept * out[0] + ROUNDING


@given(train=st.lists(lossless, max_size=6))
def test_unitary_trains_turn_the_sphere(train):
    """Property: a product of rotators, retarders and whole mirrors keeps power, and turns (S1, S2, S3) rigidly."""
    _, mueller = multiplied(train)
    np.testing.assert_allclose(mueller @ mueller.T, np.eye(4), atol=1e-11)
    np.testing.assert_allclose(mueller[0], [1.0, 0.0, 0.0, 0.0], atol=1e-11)
    assert np.linalg.det(mueller) == pytest.approx(1.0, abs=1e-11)


def test_an_ideal_mirror_flips_diagonal_and_circular_light():
    """Exact: r_p = 1, r_s = -1 keeps S1 and turns the signs of S2 and S3, as diag(1, -1) does."""
    np.testing.assert_allclose(mueller_mirror(r_p=1.0, r_s=-1.0), np.diag([1.0, 1.0, -1.0, -1.0]), atol=ROUNDING)


def test_a_mirrors_lag_is_a_retarder():
    """Exact: r_p = exp(i g), r_s = -1 is the ideal mirror behind a retarder that delays x by g."""
    mirror = mueller_mirror(r_p=np.exp(1j * np.deg2rad(15.0)), r_s=-1.0)
    lag = mueller_retarder(retardance_deg=15.0, axis_deg=90.0)
    np.testing.assert_allclose(mirror, np.diag([1.0, 1.0, -1.0, -1.0]) @ lag, atol=ROUNDING)


def test_diattenuators_end_in_polarizer_and_window():
    """Exact limits: across blocked, a polarizer; both alike, a grey filter."""
    angles_deg = np.array([0.0, 20.0, 100.0])
    found = mueller_diattenuator(transmittance_along=1.0, transmittance_across=0.0, axis_deg=angles_deg)
    np.testing.assert_allclose(found, mueller_polarizer(angle_deg=angles_deg), atol=ROUNDING)
    grey = mueller_diattenuator(transmittance_along=0.3, transmittance_across=0.3, axis_deg=angles_deg)
    np.testing.assert_allclose(grey, np.broadcast_to(0.3 * np.eye(4), (3, 4, 4)), atol=ROUNDING)


def test_depolarization_costs_half_its_share():
    """Exact: light of error e, of which a share d is unpolarized, has the error e + d (1 - 2 e) / 2."""
    tilt_deg, share = 6.0, np.array([0.0, 0.02, 1.0])
    light = mueller_depolarizer(depolarization=share) @ linear_stokes(angle_deg=tilt_deg)
    wrong = (light @ mueller_polarizer(angle_deg=90.0).T)[:, 0]
    error = np.sin(np.deg2rad(tilt_deg)) ** 2
    np.testing.assert_allclose(wrong, error + share * (1.0 - 2.0 * error) / 2.0, atol=ROUNDING)
    np.testing.assert_allclose(degree_of_polarization(light), 1.0 - share, atol=ROUNDING)


def test_mixed_light_is_partly_polarized():
    """Exact: H and V in the ratio 3 to 1 are polarized by one half."""
    light = 3.0 * linear_stokes(angle_deg=0.0) + linear_stokes(angle_deg=90.0)
    assert degree_of_polarization(light) == pytest.approx(0.5, abs=ROUNDING)


def test_refusals():
    for share in (-0.1, 1.1, np.nan):
        with pytest.raises(DomainError, match=r"depolarization is .*, must lie in \[0, 1\]"):
            mueller_depolarizer(depolarization=share)
        with pytest.raises(DomainError, match=r"transmittance_along is .*, must lie in \[0, 1\]"):
            mueller_diattenuator(transmittance_along=share, transmittance_across=0.5)
        with pytest.raises(DomainError, match=r"transmittance_across is .*, must lie in \[0, 1\]"):
            mueller_diattenuator(transmittance_along=0.5, transmittance_across=share)
    with pytest.raises(DomainError, match=r"jones has the shape \(2, 3\), must end in \(2, 2\)"):
        mueller_of_jones(np.ones((2, 3)))
    with pytest.raises(DomainError, match=r"stokes\[..., 0\] is 0.0, must lie in \(0, inf\)"):
        degree_of_polarization([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
