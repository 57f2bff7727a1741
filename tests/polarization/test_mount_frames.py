"""Frames of a mount: against rotation matrices, textbook spherical trigonometry and turned vectors."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.polarization.mount_frames import FRAMES, carried, equatorial_angles_deg, pointing_deg, turn

ROUNDING = 1e-12
ROUNDING_DEG = 1e-9
azimuths, elevations = st.floats(-360.0, 360.0), st.floats(-89.0, 89.0)
latitudes = st.floats(-89.0, 89.0)


def about(axis, angle_rad):
    """Rotation matrix by Rodrigues' formula, right-handed about a unit vector."""
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + np.sin(angle_rad) * cross + (1.0 - np.cos(angle_rad)) * cross @ cross


def sight_of(azimuth_deg, elevation_deg):
    azimuth, elevation = np.deg2rad(azimuth_deg), np.deg2rad(elevation_deg)
    return np.stack(
        [np.cos(elevation) * np.sin(azimuth), np.cos(elevation) * np.cos(azimuth), np.sin(elevation)], axis=-1
    )


def wrapped(angle_deg):
    return np.mod(np.asarray(angle_deg) + 180.0, 360.0) - 180.0


@given(
    first_deg=azimuths,
    second_deg=st.floats(-90.0, 180.0),
    vector=st.lists(st.floats(-2.0, 2.0), min_size=3, max_size=3),
)
def test_frames_turn_as_rotation_matrices(first_deg, second_deg, vector):
    """Two routes: Rodrigues' formula; the tube rises about right, the fork turns from front to right about up."""
    vector = np.array(vector)
    angles = turn(first_deg=[first_deg], second_deg=[second_deg])
    rising = about([1.0, 0.0, 0.0], np.deg2rad(second_deg))
    turning = about([0.0, 0.0, 1.0], -np.deg2rad(first_deg))
    for start, end, matrix in (
        ("tube", "fork", rising),
        ("fork", "ground", turning),
        ("tube", "ground", turning @ rising),
    ):
        found = carried(vector, start=start, end=end, angles=angles)
        np.testing.assert_allclose(np.ravel(found), matrix @ vector, atol=ROUNDING)


def test_without_a_turn_the_vector_is_itself():
    """Exact: from a frame to itself nothing is computed, and rows of vectors keep their shape."""
    angles = turn(first_deg=np.arange(4.0), second_deg=np.arange(4.0))
    for frame in FRAMES:
        np.testing.assert_array_equal(
            carried(np.array([1.0, 2.0, 3.0]), start=frame, end=frame, angles=angles), [1, 2, 3]
        )
    assert carried(np.ones((3, 4)), start="tube", end="ground", angles=angles).shape == (3, 4)


@given(azimuth_deg=azimuths, elevation_deg=elevations)
def test_the_front_of_the_tube_looks_at_the_satellite(azimuth_deg, elevation_deg):
    """Textbook: east, north, zenith of azimuth and elevation."""
    angles = turn(first_deg=[azimuth_deg], second_deg=[elevation_deg])
    found = carried(np.array([0.0, 1.0, 0.0]), start="tube", end="ground", angles=angles)
    np.testing.assert_allclose(found[:, 0], sight_of(azimuth_deg, elevation_deg), atol=ROUNDING)


@given(azimuth_deg=azimuths, elevation_deg=elevations, latitude_deg=latitudes)
def test_hour_angle_declination_and_parallactic_angle(azimuth_deg, elevation_deg, latitude_deg):
    """Textbook: Meeus, Astronomical Algorithms, ch. 13 and 14 (recalled, not re-read), on both hemispheres.

    sin dec = sin lat sin el + cos lat cos el cos az; the hour angle from its sine and cosine; tan q = sin H / (tan lat
    cos dec - sin dec cos H), positive in the west, where the pole leans to the right: from H towards V the tube turns
    by -q.
    """
    azimuth, elevation, latitude = np.deg2rad([azimuth_deg, elevation_deg, latitude_deg])
    declination = np.arcsin(
        np.clip(np.sin(latitude) * np.sin(elevation) + np.cos(latitude) * np.cos(elevation) * np.cos(azimuth), -1, 1)
    )
    assume(abs(np.rad2deg(declination)) < 88.0)
    hour = np.arctan2(
        -np.sin(azimuth) * np.cos(elevation),
        np.sin(elevation) * np.cos(latitude) - np.cos(elevation) * np.sin(latitude) * np.cos(azimuth),
    )
    parallactic_deg = np.rad2deg(
        np.arctan2(
            np.cos(latitude) * np.sin(hour),
            np.sin(latitude) * np.cos(declination) - np.cos(latitude) * np.sin(declination) * np.cos(hour),
        )
    )
    first_deg, second_deg, turned_deg = equatorial_angles_deg(
        azimuth_deg=[azimuth_deg], elevation_deg=[elevation_deg], latitude_deg=latitude_deg
    )
    near_the_pole_deg = 1e-8
    assert abs(second_deg[0] - np.rad2deg(declination)) < near_the_pole_deg
    assert abs(wrapped(first_deg[0] - 180.0 - np.rad2deg(hour))) < near_the_pole_deg
    assert abs(wrapped(turned_deg[0] + parallactic_deg)) < near_the_pole_deg


@pytest.mark.parametrize(
    ("latitude_deg", "azimuth_deg", "elevation_deg", "turned_deg"),
    [
        (40.0, 180.0, 30.0, 0.0),  # in the south the pole lies behind the zenith, up in the tube
        (40.0, 0.0, 30.0, 0.0),  # in the north below the pole, still up
        (40.0, 0.0, 60.0, 180.0),  # above the pole it is down
        (-40.0, 0.0, 30.0, 180.0),  # the north pole is under the horizon
        (-40.0, 180.0, 30.0, 180.0),
        (-40.0, 180.0, 60.0, 0.0),  # above the south pole the way to the north pole leads over the zenith
    ],
)
def test_on_the_meridian(latitude_deg, azimuth_deg, elevation_deg, turned_deg):
    """Exact: the tube stands upright or upside down, by the side of the pole on which it looks."""
    _, _, found_deg = equatorial_angles_deg(
        azimuth_deg=[azimuth_deg], elevation_deg=[elevation_deg], latitude_deg=latitude_deg
    )
    assert abs(wrapped(found_deg[0] - turned_deg)) < ROUNDING_DEG


def test_at_the_pole_of_the_earth_both_mounts_are_one():
    """Exact: with the pole in the zenith the angles are azimuth and elevation, and nothing is turned."""
    azimuth_deg, elevation_deg = np.linspace(-170.0, 170.0, 12), np.linspace(-80.0, 80.0, 12)
    first_deg, second_deg, turned_deg = equatorial_angles_deg(
        azimuth_deg=azimuth_deg, elevation_deg=elevation_deg, latitude_deg=90.0
    )
    np.testing.assert_allclose(first_deg, azimuth_deg, atol=ROUNDING_DEG)
    np.testing.assert_allclose(second_deg, elevation_deg, atol=ROUNDING_DEG)
    np.testing.assert_allclose(turned_deg, 0.0, atol=ROUNDING_DEG)


@given(azimuth_deg=azimuths, elevation_deg=elevations, latitude_deg=latitudes)
def test_reflected_in_the_meridian_the_turn_changes_sign(azimuth_deg, elevation_deg, latitude_deg):
    """Property: east and west are mirror images."""
    angles = {"elevation_deg": [elevation_deg, elevation_deg], "latitude_deg": latitude_deg}
    pole_away = np.linalg.norm(np.cross(sight_of(azimuth_deg, elevation_deg), sight_of(0.0, latitude_deg)))
    assume(pole_away > 0.02)
    first_deg, second_deg, turned_deg = equatorial_angles_deg(azimuth_deg=[azimuth_deg, -azimuth_deg], **angles)
    assert abs(wrapped(first_deg.sum())) < ROUNDING_DEG
    assert abs(second_deg[0] - second_deg[1]) < ROUNDING_DEG
    assert abs(wrapped(turned_deg.sum())) < ROUNDING_DEG


@given(
    azimuth_deg=azimuths,
    elevation_deg=elevations,
    known_azimuth_deg=azimuths,
    known_elevation_deg=elevations,
    range_km=st.floats(1.0, 1e5),
    seed=st.integers(0, 9),
)
def test_pointing_by_a_known_direction(
    azimuth_deg, elevation_deg, known_azimuth_deg, known_elevation_deg, range_km, seed
):
    """Round trip: directions made from angles, in axes turned at random."""
    orthogonal, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    axes = orthogonal * np.sign(np.linalg.det(orthogonal))
    found_azimuth_deg, found_elevation_deg = pointing_deg(
        sight_km=[range_km * axes @ sight_of(azimuth_deg, elevation_deg)],
        up=[axes @ [0.0, 0.0, 1.0]],
        known_sight_km=[700.0 * axes @ sight_of(known_azimuth_deg, known_elevation_deg)],
        known_azimuth_deg=[known_azimuth_deg],
    )
    assert abs(wrapped(found_azimuth_deg[0] - azimuth_deg)) < ROUNDING_DEG
    assert abs(found_elevation_deg[0] - elevation_deg) < ROUNDING_DEG


def test_the_known_direction_is_given_back_unchanged():
    """Exact: no jump at 0/360, since the azimuth is not brought into a range."""
    azimuth_deg = np.array([359.0, 361.0, 725.0])
    sight_km = sight_of(azimuth_deg, np.full(3, 30.0))
    found_deg, _ = pointing_deg(
        sight_km=sight_km, up=np.tile([0.0, 0.0, 1.0], (3, 1)), known_sight_km=sight_km, known_azimuth_deg=azimuth_deg
    )
    np.testing.assert_allclose(found_deg, azimuth_deg, atol=ROUNDING_DEG)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"azimuth_deg": [np.inf, 0.0]}, "azimuth_deg is inf"),
        ({"elevation_deg": [10.0, 91.0]}, r"elevation_deg is 91.0, must lie in \[-90, 90\]"),
        ({"latitude_deg": -90.5}, r"latitude_deg is -90.5, must lie in \[-90, 90\]"),
        ({"elevation_deg": [10.0]}, "azimuth_deg 2, elevation_deg 1"),
    ],
)
def test_wrong_angles_are_refused(changes, message):
    """Refusal: the angle is named."""
    angles = {"azimuth_deg": [0.0, 1.0], "elevation_deg": [10.0, 11.0], "latitude_deg": 40.0}
    with pytest.raises(DomainError, match=message):
        equatorial_angles_deg(**angles | changes)
