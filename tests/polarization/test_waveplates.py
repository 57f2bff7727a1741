"""Algebra of the half-wave plate against Jones matrices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.polarization.analyser import Analyser, state_errors
from passplan.polarization.jones import bb84_states, half_wave_plate, linear_state, port_probability, rotator
from passplan.polarization.waveplates import (
    best_plate_angle_deg,
    diagonal_labels_swapped,
    plate_angle_deg,
    plate_retardance_error,
    reflected_angle_deg,
)

ROUNDING = 1e-12
angles = st.floats(-720.0, 720.0)


@settings(deadline=None)
@given(rotation_deg=angles)
def test_the_plate_restores_h_and_v_and_exchanges_d_and_a(rotation_deg):
    """Jones matrices of the whole train, all four states: H, V come back, D and A exchanged."""
    states = bb84_states()
    plate_deg = plate_angle_deg(rotation_deg=[rotation_deg])[0]
    train = half_wave_plate(angle_deg=plate_deg) @ rotator(angle_deg=rotation_deg)
    for sent, received in (("H", "H"), ("V", "V"), ("D", "A"), ("A", "D")):
        assert port_probability(state=train @ states[sent], port=states[received]) > 1.0 - ROUNDING


def test_labels_follow_the_number_of_reflections():
    """Jones matrices: a mirror diag(1, -1) after the plate puts D and A right again."""
    states = bb84_states()
    train = np.diag([1.0, -1.0]) @ half_wave_plate(angle_deg=15.0) @ rotator(angle_deg=30.0)
    assert port_probability(state=train @ states["D"], port=states["D"]) > 1.0 - ROUNDING
    assert not diagonal_labels_swapped(half_wave_plates=1, mirrors=1)
    assert diagonal_labels_swapped()
    assert diagonal_labels_swapped(half_wave_plates=2, mirrors=3)
    assert not diagonal_labels_swapped(half_wave_plates=2)


@settings(deadline=None)
@given(state_deg=angles, plate_deg=angles)
def test_a_plate_reflects(state_deg, plate_deg):
    """Jones matrices: 2 plate - state; a plate turned by 90 deg does the same."""
    behind_deg = reflected_angle_deg(state_deg=state_deg, plate_deg=plate_deg)
    for same_deg in (plate_deg, plate_deg + 90.0):
        behind = half_wave_plate(angle_deg=same_deg) @ linear_state(angle_deg=state_deg)
        assert port_probability(state=behind, port=linear_state(angle_deg=behind_deg)) > 1.0 - ROUNDING


def test_the_plate_never_rewinds():
    """Property: a rotation wrapped to [0, 180) gives the same track as the continuous one, at half the rate."""
    rotation_deg = np.linspace(150.0, 700.0, 400)
    wrapped = plate_angle_deg(rotation_deg=np.mod(rotation_deg, 180.0), zero_deg=3.0)
    np.testing.assert_allclose(wrapped, 3.0 + 0.5 * rotation_deg, atol=1e-9)


@settings(deadline=None)
@given(rotation_deg=angles)
def test_the_best_angle_of_a_rotation_is_half_of_it(rotation_deg):
    """Exact: modulo 90 deg, with the labels exchanged; behind one mirror the angle of arrival is halved too."""
    straight = best_plate_angle_deg(jones=rotator(angle_deg=[rotation_deg]), labels_swapped=True)[0]
    mirrored = best_plate_angle_deg(
        jones=rotator(angle_deg=[rotation_deg]) @ np.diag([1.0, -1.0]), labels_swapped=False
    )[0]
    for found_deg in (straight, mirrored):
        off_deg = np.mod(found_deg - 0.5 * rotation_deg + 45.0, 90.0) - 45.0
        assert abs(off_deg) < 1e-9
        assert 0.0 <= found_deg < 90.0 + 1e-9


@settings(deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_no_other_angle_leaves_less_error(seed, swapped):
    """Brute force: the mean error of the four states at every half degree, behind any unitary."""
    unitary, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(2, 2, 2)) @ np.array([1.0, 1.0j]))
    found_deg = best_plate_angle_deg(jones=unitary[None], labels_swapped=swapped)[0]
    grid_deg = np.append(np.arange(0.0, 90.0, 0.5), found_deg)
    behind = half_wave_plate(angle_deg=grid_deg) @ unitary
    mean = state_errors(Analyser(), behind, swapped_labels=swapped).mean(axis=0)
    assert mean[-1] <= mean[:-1].min() + ROUNDING


@pytest.mark.parametrize(("error_deg", "worst"), [(1, 7.6e-5), (2, 3.0e-4), (5, 1.9e-3), (10, 7.6e-3)])
def test_retardance_error_of_the_plate(error_deg, worst):
    """Rounded worst cases, and Jones matrices at other angles and in the other basis."""
    assert abs(plate_retardance_error(retardance_error_deg=error_deg) / worst - 1.0) < 0.02
    for state_deg in (0.0, 20.0, 65.0):
        behind = half_wave_plate(angle_deg=0.0, retardance_error_deg=error_deg) @ linear_state(angle_deg=state_deg)
        wrong = port_probability(state=behind, port=linear_state(angle_deg=90.0 - state_deg))
        found = plate_retardance_error(retardance_error_deg=error_deg, state_to_plate_deg=state_deg)
        assert abs(found - wrong) < ROUNDING


def test_mean_of_both_bases_does_not_depend_on_the_plate():
    """Exact: sin^2 + cos^2, half the worst case."""
    angles_deg = np.linspace(0.0, 90.0, 19)
    rectilinear, diagonal = (
        plate_retardance_error(retardance_error_deg=6.0, state_to_plate_deg=angles_deg + offset_deg)
        for offset_deg in (0.0, 45.0)
    )
    worst = plate_retardance_error(retardance_error_deg=6.0)
    np.testing.assert_allclose(0.5 * (rectilinear + diagonal), 0.5 * worst, atol=ROUNDING)


def test_nonsense_is_refused():
    """Refusal: each input is named."""
    with pytest.raises(DomainError, match="rotation_deg is nan"):
        plate_angle_deg(rotation_deg=[0.0, np.nan])
    with pytest.raises(DomainError, match="zero_deg is inf"):
        plate_angle_deg(rotation_deg=[0.0], zero_deg=np.inf)
    with pytest.raises(DomainError, match="half_wave_plates is -1"):
        diagonal_labels_swapped(half_wave_plates=-1)
    with pytest.raises(DomainError, match="mirrors is -1"):
        diagonal_labels_swapped(mirrors=-1)
