"""The satellite's gimbal mirror: two reflections against rotations, and its coating."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from passplan.errors import DomainError
from passplan.polarization.coatings import Ideal, MeasuredCoating, Metal, reflection_amplitudes
from passplan.polarization.gimbal_mirror import (
    GimbalMirror,
    angle_between_deg,
    incidence_deg,
    mirror_jones,
    turned_axis,
)

X, Y, Z = np.eye(3)
COMPONENT = st.floats(-1.0, 1.0)
VECTOR = st.tuples(COMPONENT, COMPONENT, COMPONENT).filter(lambda v: np.linalg.norm(v) > 0.1)


def unit(vector):
    return np.asarray(vector) / np.linalg.norm(vector)


def turn(incoming, sight, boresight=Z, **fields):
    """Matrices M M0, shape (n, 3, 3)."""
    mirror = GimbalMirror(incoming_body=tuple(incoming), **{"range_deg": 180.0, **fields})
    columns = [
        turned_axis(mirror, axis_body=axis, boresight_body=boresight, line_of_sight_body=np.atleast_2d(sight))
        for axis in np.eye(3)
    ]
    return np.stack(columns, axis=-1)


@given(incoming=VECTOR, boresight=VECTOR, sight=VECTOR)
def test_the_turn_is_a_rotation_by_twice_the_angle_of_the_normals(incoming, boresight, sight):
    """Exact: two reflections are the rotation about the cross product of the normals by twice their angle."""
    d, b, k = unit(incoming), unit(boresight), unit(sight)
    assume(np.linalg.norm(d - b) > 0.1 and np.linalg.norm(d - k) > 0.1)
    nominal, actual = unit(d - b), unit(d - k)
    axis = np.cross(nominal, actual)
    angle = 2.0 * np.arctan2(np.linalg.norm(axis), nominal @ actual)
    expected = np.eye(3) if np.linalg.norm(axis) < 1e-12 else Rotation.from_rotvec(angle * unit(axis)).as_matrix()
    (found,) = turn(incoming, sight, boresight)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_allclose(found @ b, k, atol=1e-12)


def test_normal_incidence_carries_the_axes_without_a_turn_of_the_image():
    """Exact: with the beam coming back on itself, M M0 is the smallest rotation from boresight to line of sight."""
    for azimuth_rad in (0.0, 1.0, 2.0, -2.5):
        away_rad = 0.9
        sight = np.array(
            [np.sin(away_rad) * np.cos(azimuth_rad), np.sin(away_rad) * np.sin(azimuth_rad), np.cos(away_rad)]
        )
        smallest = Rotation.from_rotvec(away_rad * np.array([-np.sin(azimuth_rad), np.cos(azimuth_rad), 0.0]))
        np.testing.assert_allclose(turn(-Z, sight)[0], smallest.as_matrix(), atol=1e-14)


@pytest.mark.parametrize("offset_deg", [0.1, 1.0, 5.0])
def test_a_mirror_at_45_deg_turns_the_image_by_the_offset_across_its_plane(offset_deg):
    """Small angles: rotation vector 2 n0 x dn, so that an offset beta across the plane of incidence rolls by -beta."""
    offset_rad = np.deg2rad(offset_deg)
    across = np.array([0.0, np.sin(offset_rad), np.cos(offset_rad)])
    rolled_rad = Rotation.from_matrix(turn(X, across)[0]).as_rotvec()
    second_order_rad = offset_rad**2
    np.testing.assert_allclose(rolled_rad, offset_rad * np.array([-1.0, 0.0, -1.0]), atol=second_order_rad)
    within = np.array([np.sin(offset_rad), 0.0, np.cos(offset_rad)])
    in_plane_rad = Rotation.from_matrix(turn(X, within)[0]).as_rotvec()
    np.testing.assert_allclose(in_plane_rad, [0.0, offset_rad, 0.0], atol=1e-12)


def test_permuted_body_axes_permute_the_turn():
    """Property: calling the body axes otherwise (all six orders, with signs) changes nothing but the names."""
    incoming, sight = np.array([0.9, 0.1, 0.2]), unit([0.1, -0.2, 1.0])
    (plain,) = turn(incoming, sight)
    for order, signs in itertools.product(itertools.permutations(range(3)), itertools.product((1.0, -1.0), repeat=3)):
        names = np.diag(signs)[list(order)]
        (renamed,) = turn(names @ incoming, names @ sight, names @ Z)
        np.testing.assert_allclose(renamed, names @ plain @ names.T, atol=1e-14)


@given(incoming=VECTOR, sight=VECTOR)
def test_the_incidence_bends_the_beam_by_180_deg_minus_twice_itself(incoming, sight):
    """Exact: law of reflection, against the angle between normal and beam."""
    d, k = unit(incoming), unit(sight)
    assume(np.linalg.norm(d - k) > 0.1)
    mirror = GimbalMirror(incoming_body=incoming)
    found_deg = incidence_deg(mirror, line_of_sight_body=np.atleast_2d(k))
    np.testing.assert_allclose(found_deg, np.degrees(np.arccos(np.clip(d @ unit(d - k), -1, 1))), atol=1e-5)


def test_angles_are_exact_where_a_cosine_is_not():
    """Exact: 1e-7 deg from 0 and from 180 deg."""
    tiny_deg = 1e-7
    near = [np.sin(np.deg2rad(tiny_deg)), 0.0, 1.0]
    np.testing.assert_allclose(angle_between_deg(near, Z), tiny_deg, rtol=1e-6)
    np.testing.assert_allclose(angle_between_deg(np.negative(near), Z), 180.0 - tiny_deg, rtol=1e-15)


def jones(coating, incoming, sight, axis):
    mirror = GimbalMirror(incoming_body=tuple(incoming), coating=coating)
    return mirror_jones(mirror, line_of_sight_body=sight, axis_body=axis, wavelength_nm=850.0)


@given(incoming=VECTOR, sight=VECTOR, seed=VECTOR)
def test_an_ideal_coating_changes_nothing(incoming, sight, seed):
    """Exact: the identity, wherever the axis points and at normal incidence too."""
    k = unit(sight)
    axis = np.cross(k, seed)
    assume(np.linalg.norm(axis) > 0.1 and np.linalg.norm(unit(incoming) - k) > 0.1)
    for beam in (incoming, -k):
        found = jones(Ideal(), beam, k[None], unit(axis)[None])
        np.testing.assert_allclose(found, np.eye(2)[None], atol=1e-12)


def test_a_coating_acts_along_the_plane_of_incidence():
    """Exact: beam x to z, so p lies along x: diag(r_p, -r_s) on an axis along x, exchanged on one along y."""
    gold = Metal(material="gold")
    r_p, r_s = reflection_amplitudes(gold, incidence_deg=45.0, wavelength_nm=850.0)
    along_p = jones(gold, X, Z[None], X[None])[0]
    np.testing.assert_allclose(along_p, np.diag([r_p, -r_s]), atol=1e-12)
    along_s = jones(gold, X, Z[None], Y[None])[0]
    np.testing.assert_allclose(along_s, np.diag([-r_s, r_p]), atol=1e-12)


def test_an_oblique_axis_sees_the_coating_as_a_three_dimensional_trace_does():
    """Two routes: the field carried as a vector in space, E' = r_p p' (p.E) + r_s s (s.E), against the ideal mirror."""
    gold, rng = Metal(material="gold"), np.random.default_rng(4)
    incoming, sight = unit([0.9, 0.2, -0.1]), unit([0.2, -0.1, 1.0])
    x = unit(np.cross(sight, rng.normal(size=3)))
    y = np.cross(sight, x)
    s = unit(np.cross(incoming, sight))
    p_in, p_out = np.cross(s, incoming), np.cross(s, sight)
    angle_deg = 0.5 * (180.0 - np.degrees(np.arccos(incoming @ sight)))
    r_p, r_s = reflection_amplitudes(gold, incidence_deg=angle_deg, wavelength_nm=850.0)
    normal = unit(incoming - sight)
    for state in ([1.0, 0.0], [0.6, 0.8j]):
        leaving_ideal = state[0] * x + state[1] * y
        before = -(leaving_ideal - 2.0 * normal * (normal @ leaving_ideal))  # a perfect conductor: E' = -M E
        after = r_p * p_out * (p_in @ before) + r_s * s * (s @ before)
        found = jones(gold, incoming, sight[None], x[None])[0] @ state
        np.testing.assert_allclose(found, [x @ after, y @ after], atol=1e-12)


def test_normal_incidence_on_metal_is_the_same_for_every_axis():
    """Exact: r_p = -r_s there, so the matrix is a multiple of the identity."""
    found = jones(Metal(material="silver"), -Z, Z[None], unit([0.3, 0.7, 0.0])[None])[0]
    np.testing.assert_allclose(found, found[0, 0] * np.eye(2), atol=1e-12)


def test_what_the_mirror_cannot_do_is_refused():
    """Refusals: reach, grazing incidence, a beam without direction, a table that ends too early."""
    away = unit([np.sin(0.2), 0.0, np.cos(0.2)])
    with pytest.raises(DomainError, match=r"sample 1 stands 11\.459 deg off the boresight.*range_deg 10 deg"):
        turn(X, [Z, away], range_deg=10.0)
    with pytest.raises(DomainError, match=r"line of sight at sample 0 lies along .*incidence .* is 90 deg"):
        turn(X, X)
    with pytest.raises(DomainError, match="boresight_body at sample 0 lies along"):
        turn(Z, X)
    with pytest.raises(DomainError, match=r"incoming_body is \(0.0, 0.0, 0.0\), must be three finite numbers"):
        GimbalMirror(incoming_body=(0.0, 0.0, 0.0))
    with pytest.raises(DomainError, match=r"GimbalMirror.range_deg is 0.0, must lie in \(0, inf\)"):
        GimbalMirror(incoming_body=(1.0, 0.0, 0.0), range_deg=0.0)
    short = MeasuredCoating(incidence_deg=(0.0, 30.0), retardance_deg=(0.0, 5.0), diattenuation=(0.0, 0.0))
    with pytest.raises(DomainError, match="covers 0 to 30 deg"):
        jones(short, X, Z[None], X[None])
