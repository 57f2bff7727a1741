"""Rotation of the frame along the Micius pass of 2016-12-19, and its exact properties."""

import numpy as np
import pytest

from passplan.errors import DomainError, UnknownName
from passplan.polarization.frame import RECEIVERS, REFERENCE_AXES, rotation_deg, tube_rotation_deg

START_MINUTE, START_SECOND = 48, 44
ANGLE_TOLERANCE_DEG = 0.05
RATE_TOLERANCE_DEG_S = 0.006  # half of the last printed digit, and the step of 1 s
VERTICAL_TOLERANCE_DEG = 0.005  # half of the last printed digit
SHARPEST_RATE_TOLERANCE_DEG_S = 0.0006

# reference axis, receiver, range above 10 deg elevation, range within 1200 km, highest rate [deg, deg, deg/s]
ROTATION_TABLE = [
    ("orbit-normal", "tube", 167.4, 157.4, 1.30),
    ("orbit-normal", "nasmyth", 172.1, 157.6, 1.34),
    ("orbit-normal", "coude-sum", 48.7, 41.6, 0.40),
    ("orbit-normal", "coude-difference", 316.7, 291.7, 2.34),
    ("velocity", "tube", 112.7, 99.0, 0.80),
    ("velocity", "nasmyth", 120.5, 102.7, 0.87),
    ("velocity", "coude-sum", 61.6, 50.8, 0.45),
    ("velocity", "coude-difference", 261.9, 233.3, 1.85),
    ("nadir", "tube", 0.28, 0.25, 0.003),
    ("nadir", "nasmyth", 38.1, 28.7, 0.28),
    ("nadir", "coude-sum", 151.4, 135.2, 1.09),
    ("nadir", "coude-difference", 151.6, 134.7, 1.09),
]


def second_of(minute, second):
    return 60 * (minute - START_MINUTE) + second - START_SECOND


def rotation(reference_pass, axis, receiver, **changes):
    return rotation_deg(**{**reference_pass.geometry, **changes}, reference_axis=axis, receiver=receiver)


@pytest.mark.parametrize(("axis", "receiver", "range_10_deg", "range_window_deg", "rate_deg_s"), ROTATION_TABLE)
def test_ranges_and_rates_of_the_reference_pass(
    reference_pass, axis, receiver, range_10_deg, range_window_deg, rate_deg_s
):
    """An independent script over the same element set: ranges and rates of all twelve combinations."""
    angle_deg = rotation(reference_pass, axis, receiver)
    assert abs(np.ptp(angle_deg) - range_10_deg) < ANGLE_TOLERANCE_DEG
    assert abs(np.ptp(angle_deg[reference_pass.window]) - range_window_deg) < ANGLE_TOLERANCE_DEG
    assert abs(np.abs(np.gradient(angle_deg, 1.0)).max() - rate_deg_s) < RATE_TOLERANCE_DEG_S


def test_the_nadir_axis_is_still_to_the_last_printed_digit(reference_pass):
    """The same script: 0.28 and 0.25 deg, 0.003 deg/s; the angle between geodetic and geocentric vertical."""
    angle_deg = rotation(reference_pass, "nadir", "tube")
    assert abs(np.ptp(angle_deg) - 0.28) < VERTICAL_TOLERANCE_DEG
    assert abs(np.ptp(angle_deg[reference_pass.window]) - 0.25) < VERTICAL_TOLERANCE_DEG
    assert abs(np.abs(np.gradient(angle_deg, 1.0)).max() - 0.003) < SHARPEST_RATE_TOLERANCE_DEG_S


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
def test_orbit_normal_at_the_tube_along_the_pass(reference_pass, minute, second, angle_deg):
    """The same script: angle at nine instants of the pass."""
    found_deg = rotation(reference_pass, "orbit-normal", "tube")[second_of(minute, second)]
    assert abs(found_deg - angle_deg) < ANGLE_TOLERANCE_DEG


@pytest.mark.parametrize(("crossing_deg", "minute", "second"), [(45, 51, 37), (90, 52, 16), (135, 52, 58)])
def test_orbit_normal_crosses_the_octants(reference_pass, crossing_deg, minute, second):
    """The same script: instants of crossing, printed to the second."""
    angle_deg = rotation(reference_pass, "orbit-normal", "tube")
    crossing_s = np.interp(crossing_deg, angle_deg, reference_pass.time_s)
    half_a_second_and_rounding = 0.6
    assert abs(crossing_s - second_of(minute, second)) < half_a_second_and_rounding


def test_highest_acceleration_of_the_polarization(reference_pass):
    """The same script: 0.0168 deg/s^2."""
    angle_deg = rotation(reference_pass, "orbit-normal", "tube")
    last_digit_deg_s2 = 1e-4
    assert abs(np.abs(np.diff(angle_deg, 2)).max() - 0.0168) < last_digit_deg_s2


def test_nadir_axis_is_exactly_constant_on_a_sphere(reference_pass):
    """Exact: with a geocentric zenith, nadir, zenith and line of sight share a plane, so the angle is 90 deg."""
    site = reference_pass.geometry["station_position_km"]
    geocentric_up = site / np.linalg.norm(site, axis=1, keepdims=True)
    angle_deg = rotation(reference_pass, "nadir", "tube", up=geocentric_up)
    rounding_deg = 1e-9
    assert np.abs(angle_deg - 90.0).max() < rounding_deg


def test_receivers_differ_by_the_mount_angles(reference_pass):
    """Exact: the bench turns 1:1 with elevation at Nasmyth, and with azimuth too at Coude."""
    tube_deg = rotation(reference_pass, "velocity", "tube")
    azimuth_deg = np.unwrap(reference_pass.geometry["azimuth_deg"], period=360.0)
    for receiver, (elevation_sign, azimuth_sign) in RECEIVERS.items():
        mount_deg = elevation_sign * reference_pass.geometry["elevation_deg"] + azimuth_sign * azimuth_deg
        left_over_deg = rotation(reference_pass, "velocity", receiver) - tube_deg - mount_deg
        np.testing.assert_allclose(left_over_deg, left_over_deg[0], atol=1e-9)


def test_the_angle_is_the_same_in_any_inertial_frame(reference_pass):
    """Property: a common rotation of all vectors changes nothing."""
    rng = np.random.default_rng(5)
    orthogonal, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    proper = orthogonal * np.sign(np.linalg.det(orthogonal))
    vectors = {name: value @ proper.T for name, value in reference_pass.geometry.items() if np.ndim(value) == 2}
    turned_deg = rotation(reference_pass, "orbit-normal", "tube", **vectors)
    np.testing.assert_allclose(turned_deg, rotation(reference_pass, "orbit-normal", "tube"), atol=1e-9)


def test_a_known_triad_gives_a_known_angle():
    """Exact: seen from below, an axis 30 deg above the horizontal H = l x up turns the tube by 30 deg."""
    angle_rad = np.deg2rad(30.0)
    line_of_sight = [[-1.0, 0.0, 0.0]]  # the satellite stands in +x, up is z, so H = x cross z = -y and V = H x l = z
    axis = [[0.0, -np.cos(angle_rad), np.sin(angle_rad)]]
    found_deg = tube_rotation_deg(reference_axis=axis, line_of_sight=line_of_sight, up=[[0.0, 0.0, 1.0]])
    np.testing.assert_allclose(found_deg, 30.0, atol=1e-12)


def test_axes_are_unit_vectors_and_the_orbit_normal_is_across(reference_pass):
    """Property: length 1; the orbit normal is orthogonal to the other two axes."""
    motion = {name: reference_pass.geometry[name] for name in ("satellite_position_km", "satellite_velocity_km_s")}
    axes = {name: law(**motion) for name, law in REFERENCE_AXES.items()}
    for axis in axes.values():
        np.testing.assert_allclose(np.linalg.norm(axis, axis=1), 1.0, atol=1e-14)
    for other in ("velocity", "nadir"):
        np.testing.assert_allclose(np.sum(axes["orbit-normal"] * axes[other], axis=1), 0.0, atol=1e-14)


def test_unknown_names_are_refused_with_a_hint(reference_pass):
    """Refusal: the nearest right spelling."""
    with pytest.raises(UnknownName, match="did you mean 'orbit-normal'"):
        rotation(reference_pass, "orbit_normal", "tube")
    with pytest.raises(UnknownName, match="did you mean 'nasmyth'"):
        rotation(reference_pass, "nadir", "nasmith")


def test_an_undefined_angle_is_refused():
    """Refusal: at the zenith the horizontal is lost; an axis along the ray has no projection."""
    sideways, upward = [[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]]
    with pytest.raises(DomainError, match="up lies along the line of sight"):
        tube_rotation_deg(reference_axis=sideways, line_of_sight=[[0.0, 0.0, -1.0]], up=upward)
    with pytest.raises(DomainError, match="reference_axis lies along the line of sight"):
        tube_rotation_deg(reference_axis=sideways, line_of_sight=[[-1.0, 0.0, 0.0]], up=upward)


def test_wrong_grids_are_refused(reference_pass):
    """Refusal: shapes and lengths are named."""
    with pytest.raises(DomainError, match=r"up has shape \(3,\), must be \(n, 3\)"):
        rotation(reference_pass, "nadir", "tube", up=np.array([0.0, 0.0, 1.0]))
    with pytest.raises(DomainError, match="azimuth_deg 2"):
        rotation(reference_pass, "nadir", "tube", azimuth_deg=[0.0, 1.0])
    with pytest.raises(DomainError, match="elevation_deg is nan"):
        rotation(reference_pass, "nadir", "tube", elevation_deg=np.full(417, np.nan))
