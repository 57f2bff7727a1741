"""Attitude laws of the transmitter, with and without the gimbal mirror, along the Micius pass of 2016-12-19."""

from datetime import UTC, datetime

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from passplan.errors import DomainError
from passplan.polarization.attitude import Attitude, transmitter_axes
from passplan.polarization.attitude_history import AttitudeHistory, AttitudeSegment
from passplan.polarization.coatings import Metal
from passplan.polarization.frame import tube_rotation_deg
from passplan.polarization.gimbal_mirror import GimbalMirror
from passplan.polarization.satellite_axes import REFERENCE_AXES, check_vectors, frame_of

EPOCH = datetime(2016, 12, 19, 16, 48, 44, tzinfo=UTC)
MOTION = ("satellite_position_km", "satellite_velocity_km_s")
ROUNDING_DEG = 1e-9


@pytest.fixture
def along(reference_pass):
    """A function from an attitude to the transmitter's axes along the reference pass."""

    def axes_of(attitude, **changes):
        geometry = {name: reference_pass.geometry[name] for name in (*MOTION, "station_position_km")}
        fields = {**geometry, "epoch_utc": EPOCH, "time_s": reference_pass.time_s, "wavelength_nm": 848.6, **changes}
        return transmitter_axes(attitude, **fields)

    return axes_of


@pytest.fixture
def sight(reference_pass):
    """Line of sight from the satellite to the station [km], shape (n, 3)."""
    return reference_pass.geometry["station_position_km"] - reference_pass.geometry["satellite_position_km"]


@pytest.fixture
def tube(reference_pass, sight):
    """A function from the transmitter's axes to the angle at the tube [deg], above a geocentric zenith or not."""

    def angle_deg(axes, up=None):
        zenith = reference_pass.geometry["up"] if up is None else up
        return tube_rotation_deg(reference_axis=axes.reference_axis, line_of_sight=sight, up=zenith)

    return angle_deg


def folded_deg(angle_deg):
    """Angle [deg] brought to [-180, 180)."""
    return np.mod(np.asarray(angle_deg) + 180.0, 360.0) - 180.0


def unit(vector):
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)


def mirror(incoming=(1.0, 0.0, 0.0), **fields):
    return GimbalMirror(incoming_body=incoming, **fields)


def history(quaternions, time_s, source="pass.aem"):
    segment = AttitudeSegment(
        time_s=np.array(time_s), quaternions=quaternions, start_s=float(time_s[0]), stop_s=float(time_s[-1])
    )
    return AttitudeHistory(epoch_utc=EPOCH, segments=(segment,), source=source)


def test_laws_without_a_mirror_name_axes_of_the_orbit(reference_pass, along):
    """Exact: r x v, v and -r at length 1, and no Jones matrix but the identity."""
    position, velocity = (reference_pass.geometry[name] for name in MOTION)
    wanted = {"orbit-normal": np.cross(position, velocity), "velocity": velocity, "nadir": -position}
    for law, vector in wanted.items():
        axes = along(Attitude(reference_axis=law))
        np.testing.assert_allclose(axes.reference_axis, unit(vector), atol=1e-15)
        np.testing.assert_array_equal(axes.jones, np.broadcast_to(np.eye(2), axes.jones.shape))


def test_the_angles_of_the_reference_pass(along, tube):
    """An independent script over the same element set: 10.12, 69.20 and 167.26 deg at 16:50:00, 16:52:00, 16:54:30."""
    angle_deg = tube(along(Attitude(reference_axis="orbit-normal")))
    last_digits_deg = 0.05
    for second, wanted_deg in ((76, 10.12), (196, 69.20), (346, 167.26)):
        assert abs(angle_deg[second] - wanted_deg) < last_digits_deg


def test_nadir_is_exactly_constant_on_a_sphere(reference_pass, along, tube):
    """Exact: nadir, geocentric zenith and line of sight share a plane, and the nadir points down."""
    site = reference_pass.geometry["station_position_km"]
    angle_deg = tube(along(Attitude(reference_axis="nadir")), up=unit(site))
    assert np.abs(angle_deg + 90.0).max() < ROUNDING_DEG


def test_the_sun_is_seen_from_the_satellite(reference_pass, along):
    """Exact: a Sun at the satellite plus 5 km along x gives the axis x, wherever the satellite is."""
    sun_km = reference_pass.geometry["satellite_position_km"] + np.array([5.0, 0.0, 0.0])
    axes = along(Attitude(reference_axis="sun"), sun_position_km=sun_km)
    np.testing.assert_allclose(axes.reference_axis, np.broadcast_to([1.0, 0.0, 0.0], sun_km.shape), atol=1e-9)


@pytest.mark.parametrize("law", ["orbit-normal", "velocity"])
@pytest.mark.parametrize("incoming", [(1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.3, 0.5, -0.7), (0.0, 0.0, -1.0)])
def test_a_mirror_at_its_nominal_place_changes_nothing(along, tube, law, incoming):
    """Exact: target pointing without offset, from whichever side the beam comes."""
    plain = along(Attitude(reference_axis=law))
    behind = along(Attitude(reference_axis=law, gimbal_mirror=mirror(incoming)))
    np.testing.assert_allclose(folded_deg(tube(behind) - tube(plain)), 0.0, atol=ROUNDING_DEG)
    np.testing.assert_allclose(behind.jones, np.broadcast_to(np.eye(2), behind.jones.shape), atol=1e-12)
    assert behind.boresight_offset_deg.max() < ROUNDING_DEG


@pytest.mark.parametrize("offset_deg", [1.0, 5.0])
def test_a_small_offset_is_a_small_constant_correction(along, tube, offset_deg):
    """Small angles: a mirror at 45 deg, beam along x: an offset about x rolls the axes by as much, one about y by none.

    The body turned by beta about x sees the line of sight at +beta along y, and the mirror rolls by -beta about z.
    """
    plain_deg = tube(along(Attitude(reference_axis="orbit-normal")))
    second_order_deg = offset_deg**2 * np.pi / 180.0
    for offsets_deg, roll_deg in (((offset_deg, 0.0), -offset_deg), ((0.0, offset_deg), 0.0)):
        attitude = Attitude(reference_axis="orbit-normal", offset_deg=offsets_deg, gimbal_mirror=mirror())
        axes = along(attitude)
        correction_deg = folded_deg(tube(axes) - plain_deg)
        np.testing.assert_allclose(correction_deg, roll_deg, atol=second_order_deg)
        np.testing.assert_allclose(axes.boresight_offset_deg, offset_deg, atol=ROUNDING_DEG)
        assert np.ptp(correction_deg) < ROUNDING_DEG


def test_nadir_pointing_behind_a_mirror_turns_with_the_azimuth_about_nadir(reference_pass, along, tube, sight):
    """Exact: a beam that comes back on itself is carried by the smallest rotation.

    So the angle at the tube differs from that of the nadir itself by 180 deg minus the azimuth of the station about the
    nadir, counted from along track.
    """
    motion = {name: reference_pass.geometry[name] for name in MOTION}
    body = frame_of(z=REFERENCE_AXES["nadir"](**motion), towards=REFERENCE_AXES["velocity"](**motion))
    seen = np.einsum("nij,ni->nj", body, unit(sight))
    azimuth_deg = np.degrees(np.arctan2(seen[:, 1], seen[:, 0]))
    plain_deg = tube(along(Attitude(reference_axis="nadir")))
    axes = along(Attitude(reference_axis="nadir", gimbal_mirror=mirror((0.0, 0.0, -1.0))))
    np.testing.assert_allclose(folded_deg(tube(axes) - plain_deg - 180.0 + azimuth_deg), 0.0, atol=1e-8)
    np.testing.assert_allclose(axes.boresight_offset_deg, np.degrees(np.arccos(seen[:, 2])), atol=1e-9)
    assert np.ptp(np.unwrap(azimuth_deg, period=360.0)) > 90.0


def test_axes_behind_a_mirror_lie_across_the_line_of_sight(along, sight):
    """Property: unit vectors, orthogonal to the ray, for an oblique mirror and the whole range of the nadir law."""
    attitude = Attitude(reference_axis="nadir", gimbal_mirror=mirror((0.4, -0.8, -0.3)), reference_body=(0.2, 1.0, 0.3))
    axes = along(attitude)
    np.testing.assert_allclose(np.linalg.norm(axes.reference_axis, axis=1), 1.0, atol=1e-13)
    np.testing.assert_allclose(np.sum(axes.reference_axis * unit(sight), axis=1), 0.0, atol=1e-13)


def test_other_names_of_the_body_axes_change_nothing(along):
    """Property: boresight, beam and reference axis given in permuted body axes leave the same axes and matrices."""
    coating = Metal(material="gold")
    first = along(
        Attitude(
            reference_axis="velocity",
            offset_deg=(2.0, -3.0),
            gimbal_mirror=mirror((1.0, 0.2, 0.1), coating=coating),
        )
    )
    second = along(
        Attitude(
            reference_axis="velocity",
            offset_deg=(2.0, -3.0),
            reference_body=(0.0, 1.0, 0.0),
            boresight_body=(1.0, 0.0, 0.0),
            gimbal_mirror=mirror((0.1, 1.0, 0.2), coating=coating),
        )
    )
    np.testing.assert_allclose(first.reference_axis, second.reference_axis, atol=1e-13)
    np.testing.assert_allclose(first.jones, second.jones, atol=1e-12)
    assert np.abs(first.jones - np.eye(2)).max() > 0.01


def test_a_file_of_the_law_gives_the_axes_of_the_law(reference_pass, along, sight):
    """Two routes: quaternions of the orbit-normal body frame every second, with the sign of each other one changed."""
    normal = REFERENCE_AXES["orbit-normal"](**{name: reference_pass.geometry[name] for name in MOTION})
    body = frame_of(z=sight, towards=normal)
    quaternions = Rotation.from_matrix(body).as_quat()
    quaternions[::2] *= -1.0
    attitudes = history(quaternions, reference_pass.time_s)
    from_file = along(Attitude(reference_axis="file", file="pass.aem"), history=attitudes)
    np.testing.assert_allclose(from_file.reference_axis, body[:, :, 0], atol=1e-12)
    offset = Attitude(reference_axis="orbit-normal", gimbal_mirror=mirror())
    behind = along(Attitude(reference_axis="file", file="pass.aem", gimbal_mirror=mirror()), history=attitudes)
    np.testing.assert_allclose(behind.reference_axis, along(offset).reference_axis, atol=1e-12)


def test_quaternions_of_the_other_direction_are_noticed(reference_pass, along, sight):
    """Refusal: the inverse attitude does not point at the station; a wide tolerance lets it pass."""
    normal = REFERENCE_AXES["orbit-normal"](**{name: reference_pass.geometry[name] for name in MOTION})
    inverse = Rotation.from_matrix(frame_of(z=sight, towards=normal)).inv().as_quat()
    attitudes = history(inverse, reference_pass.time_s)
    told = (
        r"pass.aem: boresight_body .* stands .* deg off the station at 2016-12-19T16:48:44\.000Z.*tolerance_deg 2 deg"
    )
    with pytest.raises(DomainError, match=told):
        along(Attitude(reference_axis="file", file="pass.aem"), history=attitudes)
    lenient = Attitude(reference_axis="file", file="pass.aem", boresight_tolerance_deg=180.0)
    assert along(lenient, history=attitudes).boresight_offset_deg.max() > 5.0


def test_gaps_of_the_file_are_those_of_the_record(reference_pass, along):
    """Refusal: the record's max_gap_s reaches the interpolation."""
    sparse = history(np.array([[0.0, 0.0, 0.0, 1.0]] * 2), [0.0, 416.0])
    attitude = Attitude(reference_axis="file", file="pass.aem", boresight_tolerance_deg=180.0)
    with pytest.raises(DomainError, match=r"gap of 416 s .* max_gap_s 60 s"):
        along(attitude, history=sparse)
    wide = Attitude(reference_axis="file", file="pass.aem", boresight_tolerance_deg=180.0, max_gap_s=500.0)
    np.testing.assert_allclose(along(wide, history=sparse).reference_axis[:, 0], 1.0, atol=1e-14)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"reference_axis": "file"}, "Attitude.file is None with reference_axis 'file'"),
        ({"reference_axis": "nadir", "file": "a.aem"}, r"Attitude.file is 'a\.aem' with reference_axis 'nadir'"),
        ({"reference_body": (0.0, 0.0, 2.0)}, "Attitude.reference_body .* lies along boresight_body"),
        ({"reference_body": (0.0, 0.0, 0.0)}, "Attitude.reference_body is .*, must be three finite numbers"),
        ({"boresight_body": (0.0, np.nan, 1.0)}, "Attitude.boresight_body is .*, must be three finite numbers"),
        ({"offset_deg": (1.0, 0.0)}, r"Attitude.offset_deg is \(1.0, 0.0\), must be \(0, 0\) deg"),
        ({"offset_deg": (1.0, 0.0), "reference_axis": "nadir", "gimbal_mirror": mirror()}, r"must be \(0, 0\) deg"),
        (
            {"offset_deg": (90.0, 0.0), "gimbal_mirror": mirror()},
            r"Attitude.offset_deg is 90.0, must lie in \(-90, 90\)",
        ),
        ({"gimbal_mirror": mirror((0.0, 0.0, 3.0))}, "incoming_body .* lies along boresight_body .* < 90 deg"),
        ({"roll_error_deg": -1.0}, "Attitude.roll_error_deg is -1.0"),
        ({"max_gap_s": 0.0}, "Attitude.max_gap_s is 0.0"),
    ],
)
def test_records_that_contradict_themselves_are_refused(fields, message):
    """Refusals: each field by name."""
    with pytest.raises(DomainError, match=message):
        Attitude(**{"reference_axis": "velocity", **fields})


def test_what_the_law_lacks_is_named(reference_pass, along):
    """Refusals: the Sun, the file, the reach of the mirror, the grids."""
    with pytest.raises(DomainError, match="sun_position_km is None, but reference_axis 'sun' needs"):
        along(Attitude(reference_axis="sun"))
    with pytest.raises(DomainError, match=r"history is None, .* needs the attitudes of a\.aem"):
        along(Attitude(reference_axis="file", file="a.aem"))
    with pytest.raises(DomainError, match=r"sample 0 stands 66\.\d+ deg off the boresight .*range_deg 20 deg"):
        along(Attitude(reference_axis="nadir", gimbal_mirror=mirror(range_deg=20.0)))
    with pytest.raises(DomainError, match="lengths are: satellite_position_km 417, time_s 2"):
        along(Attitude(reference_axis="nadir"), time_s=[0.0, 1.0])
    with pytest.raises(DomainError, match="time_s is nan"):
        along(Attitude(reference_axis="nadir"), time_s=np.full(417, np.nan))
    with pytest.raises(DomainError, match=r"station_position_km has shape \(3,\), must be \(n, 3\)"):
        along(Attitude(reference_axis="nadir"), station_position_km=np.ones(3))
    with pytest.raises(DomainError, match="sun_position_km 2"):
        along(Attitude(reference_axis="sun"), sun_position_km=np.ones((2, 3)))
    with pytest.raises(DomainError, match="length of length is 0"):
        check_vectors(length=np.zeros((1, 3)))


def test_directions_that_define_no_angle_are_refused_with_the_instant(along):
    """Refusals: the Sun or the nadir along the line of sight, a fall without a velocity along track."""
    outward, sideways = np.array([[7000.0, 0.0, 0.0]] * 2), np.array([[0.0, 7.5, 0.0]] * 2)
    station = np.array([[6378.0, 100.0, 0.0], [6378.0, 0.0, 0.0]])
    overhead = {
        "satellite_position_km": outward,
        "satellite_velocity_km_s": sideways,
        "station_position_km": station,
        "time_s": [0.0, 2.5],
    }
    told = r"reference axis 'nadir' lies along the line of sight at 2016-12-19T16:48:46\.500Z"
    with pytest.raises(DomainError, match=told):
        along(Attitude(reference_axis="nadir"), **overhead)
    sun_km = outward + 1e6 * (station - outward)
    for attitude in (Attitude(reference_axis="sun"), Attitude(reference_axis="sun", gimbal_mirror=mirror())):
        with pytest.raises(DomainError, match=r"reference axis 'sun' lies along the line of sight at .*44\.000Z"):
            along(attitude, **overhead, sun_position_km=sun_km)
    falling = {**overhead, "satellite_velocity_km_s": outward}
    with pytest.raises(DomainError, match="velocity lies along the nadir at"):
        along(Attitude(reference_axis="nadir", gimbal_mirror=mirror()), **falling)


def test_the_mirror_serves_where_the_nadir_itself_is_lost(along):
    """Exact: a station right below; the axes of the bench leave unturned, along track."""
    axes = along(
        Attitude(reference_axis="nadir", gimbal_mirror=mirror()),
        satellite_position_km=[[7000.0, 0.0, 0.0]],
        satellite_velocity_km_s=[[0.0, 7.5, 0.0]],
        station_position_km=[[6378.0, 0.0, 0.0]],
        time_s=[0.0],
    )
    np.testing.assert_allclose(axes.reference_axis, [[0.0, 1.0, 0.0]], atol=1e-15)
