"""Rotation of the frame at the tube along the Micius pass of 2016-12-19, and its exact properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.polarization.frame import tube_rotation_deg
from passplan.polarization.satellite_axes import REFERENCE_AXES

START_MINUTE, START_SECOND = 48, 44
ANGLE_TOLERANCE_DEG = 0.05
ROUNDING_DEG = 1e-9
directions = st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3).filter(lambda v: np.linalg.norm(v) > 0.1)


def second_of(minute, second):
    return 60 * (minute - START_MINUTE) + second - START_SECOND


@pytest.fixture(scope="module")
def vectors(reference_pass):
    """Arguments of `tube_rotation_deg` but for the axis."""
    geometry = reference_pass.geometry
    return {
        "line_of_sight": geometry["station_position_km"] - geometry["satellite_position_km"],
        "up": geometry["up"],
    }


@pytest.fixture(scope="module")
def axes(reference_pass):
    motion = {name: reference_pass.geometry[name] for name in ("satellite_position_km", "satellite_velocity_km_s")}
    return {name: law(**motion) for name, law in REFERENCE_AXES.items()}


@pytest.fixture(scope="module")
def orbit_normal_deg(vectors, axes):
    """Angle of the orbit normal, continued modulo 180 deg."""
    return np.unwrap(np.mod(tube_rotation_deg(reference_axis=axes["orbit-normal"], **vectors), 180.0), period=180.0)


@pytest.mark.parametrize(
    ("minute", "second", "angle_deg"),
    [
        (48, 44, 5.06),
        (50, 0, 10.12),
        (51, 0, 23.27),
        (52, 0, 69.20),
        (52, 14, 86.97),
        (53, 0, 136.83),
        (54, 0, 162.34),
        (54, 30, 167.26),
        (55, 40, 172.5),
    ],
)
def test_orbit_normal_along_the_pass(orbit_normal_deg, minute, second, angle_deg):
    """An independent script over the same element set: angle at nine instants of the pass."""
    assert abs(orbit_normal_deg[second_of(minute, second)] - angle_deg) < ANGLE_TOLERANCE_DEG


@pytest.mark.parametrize(("crossing_deg", "minute", "second"), [(45, 51, 37), (90, 52, 16), (135, 52, 58)])
def test_orbit_normal_crosses_the_octants(reference_pass, orbit_normal_deg, crossing_deg, minute, second):
    """The same script: instants of crossing, printed to the second."""
    crossing_s = np.interp(crossing_deg, orbit_normal_deg, reference_pass.time_s)
    half_a_second_and_rounding = 0.6
    assert abs(crossing_s - second_of(minute, second)) < half_a_second_and_rounding


def test_highest_acceleration_of_the_polarization(orbit_normal_deg):
    """The same script: 0.0168 deg/s^2."""
    last_digit_deg_s2 = 1e-4
    assert abs(np.abs(np.diff(orbit_normal_deg, 2)).max() - 0.0168) < last_digit_deg_s2


def test_nadir_is_still_but_for_the_flattening(vectors, axes):
    """The same script: 0.28 deg over the pass, the angle between geodetic and geocentric vertical."""
    angle_deg = tube_rotation_deg(reference_axis=axes["nadir"], **vectors)
    half_of_the_last_digit_deg = 0.005
    assert abs(np.ptp(angle_deg) - 0.28) < half_of_the_last_digit_deg


def test_nadir_is_exactly_constant_on_a_sphere(reference_pass, vectors, axes):
    """Exact: with a geocentric zenith, nadir, zenith and line of sight share a plane; nadir points down, -90 deg."""
    site = reference_pass.geometry["station_position_km"]
    geocentric_up = site / np.linalg.norm(site, axis=1, keepdims=True)
    angle_deg = tube_rotation_deg(reference_axis=axes["nadir"], **vectors | {"up": geocentric_up})
    np.testing.assert_allclose(angle_deg, -90.0, atol=ROUNDING_DEG)


def test_the_angle_is_the_same_in_any_inertial_frame(vectors, axes, rng):
    """Property: a common proper rotation of all vectors changes nothing; a reflection reverses the angle."""
    orthogonal, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    orthogonal *= np.sign(np.linalg.det(orthogonal))
    here_deg = tube_rotation_deg(reference_axis=axes["velocity"], **vectors)
    for matrix, sign in ((orthogonal, 1.0), (-orthogonal, -1.0)):
        turned = {name: vector @ matrix.T for name, vector in vectors.items()}
        found_deg = tube_rotation_deg(reference_axis=axes["velocity"] @ matrix.T, **turned)
        off_deg = np.mod(found_deg - sign * here_deg + 90.0, 180.0) - 90.0
        np.testing.assert_allclose(off_deg, 0.0, atol=ROUNDING_DEG)


@pytest.mark.parametrize("angle_deg", [-150.0, -30.0, 0.0, 30.0, 90.0, 179.0])
def test_a_known_triad_gives_a_known_angle(angle_deg):
    """Exact: an axis at an angle above the right hand of one who looks at the satellite, of any length."""
    angle_rad = np.deg2rad(angle_deg)
    line_of_sight = [[-7.0, 0.0, 0.0]]  # the satellite stands in +x, up is z, so H = x cross z = -y and V = H x l = z
    axis = [[0.0, -3.0 * np.cos(angle_rad), 3.0 * np.sin(angle_rad)]]
    found_deg = tube_rotation_deg(reference_axis=axis, line_of_sight=line_of_sight, up=[[0.0, 0.0, 1.0]])
    np.testing.assert_allclose(found_deg, angle_deg, atol=ROUNDING_DEG)


@given(axis=directions, along=st.floats(-5.0, 5.0), turn_deg=st.floats(-180.0, 180.0))
def test_only_the_projection_counts_and_a_turn_about_the_ray_adds(axis, along, turn_deg):
    """Property: a part along the ray changes nothing; turned about l by t, the angle falls by t, modulo 360.

    From H towards V = H x l is left-handed about l.
    """
    sight, up = np.array([0.6, 0.0, 0.8]), np.array([0.0, 0.0, 1.0])
    across = np.array(axis) - sight * (sight @ axis)
    if np.linalg.norm(across) < 0.05:
        across = np.array([0.0, 1.0, 0.0])
    turn_rad = np.deg2rad(turn_deg)
    turned = np.cos(turn_rad) * across + np.sin(turn_rad) * np.cross(sight, across)

    def angle_of(vector):
        return tube_rotation_deg(reference_axis=[vector], line_of_sight=[-sight], up=[up])[0]

    here_deg = angle_of(across)
    for found_deg, expected_deg in (
        (angle_of(across + along * sight), here_deg),
        (angle_of(turned), here_deg - turn_deg),
    ):
        assert abs(np.mod(found_deg - expected_deg + 180.0, 360.0) - 180.0) < 1e-6


def test_axes_are_unit_vectors_and_the_orbit_normal_is_across(axes):
    """Property: length 1; the orbit normal is orthogonal to the other two axes."""
    for axis in axes.values():
        np.testing.assert_allclose(np.linalg.norm(axis, axis=1), 1.0, atol=1e-14)
    for other in ("velocity", "nadir"):
        np.testing.assert_allclose(np.sum(axes["orbit-normal"] * axes[other], axis=1), 0.0, atol=1e-14)


def test_an_undefined_angle_is_refused():
    """Refusal: at the zenith the horizontal is lost; an axis along the ray has no projection."""
    sideways, upward = [[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]]
    with pytest.raises(DomainError, match="up lies along the line of sight"):
        tube_rotation_deg(reference_axis=sideways, line_of_sight=[[0.0, 0.0, -1.0]], up=upward)
    with pytest.raises(DomainError, match="reference_axis lies along the line of sight"):
        tube_rotation_deg(reference_axis=sideways, line_of_sight=[[-1.0, 0.0, 0.0]], up=upward)
