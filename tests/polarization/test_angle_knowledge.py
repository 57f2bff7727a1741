"""Errors of the foreseen rotation: the growth law, shifts of the satellite, and the mean of sin^2."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from passplan.errors import DomainError
from passplan.polarization.angle_knowledge import (
    element_angle_error_deg,
    element_position_error_km,
    expected_error,
    unknown_angle_deg,
)
from passplan.polarization.frame import tube_rotation_deg

STATE = {
    "satellite_position_km": np.array([[7000.0, 0.0, 0.0], [6999.0, 50.0, 3.0]]),
    "satellite_velocity_km_s": np.array([[0.0, 7.5, 0.3], [0.1, 7.5, 0.3]]),
}


@pytest.fixture
def rotation_of(reference_pass):
    """Rotation on the tube for the orbit normal, of a satellite anywhere, with the station where it is."""
    geometry = reference_pass.geometry

    def rotation(position_km, velocity_km_s):
        return tube_rotation_deg(
            reference_axis=np.cross(position_km, velocity_km_s),
            line_of_sight=geometry["station_position_km"] - position_km,
            up=geometry["up"],
        )

    return rotation


def test_growth_of_the_position_error():
    """Exact: 1 and 0.5 km at the epoch; a day later within the 1 to 3 km a day that the sgp4 package states."""
    in_track_km, cross_track_km = element_position_error_km([0.0, 1.0, -1.0, 10.0])
    np.testing.assert_allclose(in_track_km, [1.0, np.sqrt(5.0), np.sqrt(5.0), np.sqrt(401.0)])
    np.testing.assert_allclose(cross_track_km, [0.5, np.sqrt(0.26), np.sqrt(0.26), np.sqrt(1.25)])


def test_in_track_is_a_matter_of_time(reference_pass, rotation_of):
    """Two routes: shifted along the track, against the same pass flown by SGP4 as many seconds earlier and later."""
    position_km = reference_pass.geometry["satellite_position_km"]
    velocity_km_s = reference_pass.geometry["satellite_velocity_km_s"]
    seconds, inside = 3, slice(3, -3)
    speed_km_s = np.linalg.norm(velocity_km_s, axis=-1)
    error_deg = element_angle_error_deg(
        satellite_position_km=position_km,
        satellite_velocity_km_s=velocity_km_s,
        rotation_deg_of=rotation_of,
        in_track_km=seconds * speed_km_s.mean(),
        cross_track_km=0.0,
    )
    here_deg = rotation_of(position_km, velocity_km_s)
    squares = []
    for shift in (seconds, -seconds):
        flown_deg = rotation_of(np.roll(position_km, -shift, axis=0), np.roll(velocity_km_s, -shift, axis=0))
        squares.append((np.mod(flown_deg - here_deg + 90.0, 180.0) - 90.0) ** 2)
    expected_deg = np.sqrt(np.mean(squares, axis=0))
    change_of_speed_and_flattening = 2e-3
    np.testing.assert_allclose(error_deg[inside], expected_deg[inside], rtol=change_of_speed_and_flattening, atol=1e-4)


def test_both_shifts_add_as_squares(reference_pass, rotation_of):
    """Property: the root of the sum of squares; a kilometre turns the reference pass by some tenths of a degree."""
    state = {name: reference_pass.geometry[name] for name in STATE}

    def both(in_track_km, cross_track_km):
        return element_angle_error_deg(
            **state, rotation_deg_of=rotation_of, in_track_km=in_track_km, cross_track_km=cross_track_km
        )

    along_deg, across_deg = both(1.0, 0.0), both(0.0, 1.0)
    np.testing.assert_allclose(both(1.0, 1.0), np.hypot(along_deg, across_deg), atol=1e-12)
    np.testing.assert_allclose(both(0.0, 0.0), 0.0, atol=1e-9)
    fastest_deg_s, speed_km_s = 1.30, 7.6
    assert abs(along_deg.max() - fastest_deg_s / speed_km_s) < 0.02
    assert 0.02 < across_deg.max() < 0.5


def test_across_the_track_is_along_the_orbit_normal():
    """Exact: a rotation of 2 deg per km of z sees the shift along r x v, which is z here, and not the one in track."""
    error_deg = element_angle_error_deg(
        satellite_position_km=[[7000.0, 0.0, 0.0]],
        satellite_velocity_km_s=[[0.0, 7.5, 0.0]],
        rotation_deg_of=lambda position_km, velocity_km_s: 2.0 * position_km[:, 2],
        in_track_km=5.0,
        cross_track_km=1.5,
    )
    np.testing.assert_allclose(error_deg, 3.0, atol=1e-12)


def test_angles_count_modulo_180():
    """Property: the rotation may wrap anywhere; a jump of half a turn is none."""

    def smooth(position_km, velocity_km_s):
        return position_km[:, 1] * 10.0

    plain, wrapped = (
        element_angle_error_deg(**STATE, rotation_deg_of=function, in_track_km=2.0, cross_track_km=0.0)
        for function in (smooth, lambda position_km, velocity_km_s: np.mod(smooth(position_km, velocity_km_s), 180.0))
    )
    np.testing.assert_allclose(plain, 20.0, rtol=0.01)
    np.testing.assert_allclose(wrapped, plain, atol=1e-9)


def test_errors_of_position_and_roll_are_independent():
    """Exact: 3, 4, 5."""
    np.testing.assert_allclose(unknown_angle_deg(element_angle_error_deg=[3.0, 0.0], roll_error_deg=4.0), [5.0, 4.0])


def test_expected_error_of_half_a_degree():
    """Notes on the compensation: a roll error of 0.5 deg alone costs 7.6e-5."""
    assert abs(expected_error(0.5) - 7.6e-5) < 0.05e-5


@given(sigma_deg=st.floats(0.5, 120.0), mean_deg=st.floats(-200.0, 200.0))
def test_expected_error_is_the_mean_of_the_malus_law(sigma_deg, mean_deg):
    """Two routes: the closed form against an integral over the normal distribution."""

    def share(z):
        return np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi) * np.sin(np.deg2rad(mean_deg + sigma_deg * z)) ** 2

    integral, _ = quad(share, -9.0, 9.0, limit=200)
    np.testing.assert_allclose(expected_error(sigma_deg, mean_deg=mean_deg), integral, atol=1e-9)


def test_expected_error_at_its_ends():
    """Limits: sin^2 of the mean without a spread; a half with an endless one; no digits lost on a tiny one."""
    np.testing.assert_allclose(expected_error(0.0, mean_deg=[0.0, 30.0, 90.0]), [0.0, 0.25, 1.0], atol=1e-15)
    np.testing.assert_allclose(expected_error(1e4, mean_deg=20.0), 0.5)
    np.testing.assert_allclose(expected_error(1e-9), np.deg2rad(1e-9) ** 2, rtol=1e-12)


def test_wrong_values_are_refused():
    """Refusal: the field is named."""
    with pytest.raises(DomainError, match="age_days is nan"):
        element_position_error_km(np.nan)
    with pytest.raises(DomainError, match="sigma_deg is -1"):
        expected_error(-1.0)
    with pytest.raises(DomainError, match="mean_deg is inf"):
        expected_error(1.0, mean_deg=np.inf)
    with pytest.raises(DomainError, match="element_angle_error_deg is -1"):
        unknown_angle_deg(element_angle_error_deg=-1.0, roll_error_deg=0.0)
    with pytest.raises(DomainError, match="roll_error_deg is -1"):
        unknown_angle_deg(element_angle_error_deg=0.0, roll_error_deg=-1.0)


def test_wrong_states_are_refused():
    """Refusal: shapes, values, and what the callable returns."""

    def call(**changes):
        given_ = {**STATE, "rotation_deg_of": lambda r, v: r[:, 0], "in_track_km": 1.0, "cross_track_km": 1.0}
        return element_angle_error_deg(**{**given_, **changes})

    with pytest.raises(DomainError, match=r"satellite_position_km has shape \(3,\)"):
        call(satellite_position_km=np.zeros(3))
    with pytest.raises(DomainError, match=r"satellite_velocity_km_s has shape \(1, 3\), must be \(n, 3\)"):
        call(satellite_velocity_km_s=np.ones((1, 3)))
    with pytest.raises(DomainError, match="satellite_velocity_km_s is nan"):
        call(satellite_velocity_km_s=np.full((2, 3), np.nan))
    with pytest.raises(DomainError, match="in_track_km is -1"):
        call(in_track_km=-1.0)
    with pytest.raises(DomainError, match="cross_track_km is -1"):
        call(cross_track_km=-1.0)
    with pytest.raises(DomainError, match=r"rotation_deg_of returned shape \(2, 3\), must be \(2,\)"):
        call(rotation_deg_of=lambda r, v: r)
