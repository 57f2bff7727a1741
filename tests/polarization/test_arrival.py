"""What arrives at the plates: the published pass, synthetic passes over the whole sky, and the order of the light."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.errors import DomainError
from passplan.polarization.coatings import Metal
from passplan.polarization.jones import retarder, rotator
from passplan.polarization.stress import JonesMap
from passplan.polarization.train import PRESETS, MirrorTrain, preset_train, train_jones

ROUNDING = 1e-12
ROUNDING_DEG = 1e-8
GOLD = Metal(material="gold", index=(0.16, 5.34))

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
TEXTBOOK = {"tube": (0.0, 0.0), "nasmyth": (1.0, 0.0), "coude-sum": (1.0, 1.0), "coude-difference": (1.0, -1.0)}

PASSES = [
    pytest.param({"latitude_deg": 40.0, "heading_deg": 350.0, "elevation_deg": 89.0}, id="zenith, north, ascending"),
    pytest.param({"latitude_deg": 40.0, "heading_deg": 190.0, "elevation_deg": 89.0}, id="zenith, north, descending"),
    pytest.param({"latitude_deg": -35.0, "heading_deg": 350.0, "elevation_deg": 89.0}, id="zenith, south, ascending"),
    pytest.param({"latitude_deg": -35.0, "heading_deg": 190.0, "elevation_deg": 89.0}, id="zenith, south, descending"),
    pytest.param(
        {"latitude_deg": 40.0, "heading_deg": 80.0, "elevation_deg": 50.0, "side": -1}, id="over north, eastward"
    ),
    pytest.param({"latitude_deg": -35.0, "heading_deg": 280.0, "elevation_deg": 50.0}, id="over north, westward"),
    pytest.param({"latitude_deg": 67.0, "heading_deg": 200.0, "elevation_deg": 30.0, "side": -1}, id="low, descending"),
    pytest.param({"latitude_deg": -35.0, "heading_deg": 12.0, "elevation_deg": 70.0}, id="south, ascending, right"),
]


def half_turn(angle_deg):
    """Angle modulo 180 deg in [-90, 90)."""
    return np.mod(np.asarray(angle_deg) + 90.0, 180.0) - 90.0


@pytest.mark.parametrize(("axis", "receiver", "range_10_deg", "range_window_deg", "rate_deg_s"), ROTATION_TABLE)
def test_ranges_and_rates_of_the_reference_pass(
    reference_pass, reference_arrival, axis, receiver, range_10_deg, range_window_deg, rate_deg_s
):
    """An independent script over the same element set: all twelve cells, to half of the last printed digit.

    A rate moreover to what a step of 1 s costs, 0.001 deg/s.
    """
    angle_deg = reference_arrival(axis, preset_train(receiver)).rotation_deg()
    hardly_turns = rate_deg_s < 0.01
    angle_tolerance_deg, rate_tolerance_deg_s = (0.005, 0.0006) if hardly_turns else (0.05, 0.006)
    assert abs(np.ptp(angle_deg) - range_10_deg) < angle_tolerance_deg
    assert abs(np.ptp(angle_deg[reference_pass.window]) - range_window_deg) < angle_tolerance_deg
    assert abs(np.abs(np.gradient(angle_deg, 1.0)).max() - rate_deg_s) < rate_tolerance_deg_s


@pytest.mark.parametrize("axis", ["orbit-normal", "velocity", "nadir"])
@pytest.mark.parametrize("receiver", PRESETS)
def test_the_trace_gives_the_textbook_angles(reference_arrival, axis, receiver):
    """Textbook: phi, phi + el, phi + el +- az, so that Nasmyth turns 1:1 with elevation and not with azimuth."""
    arrival = reference_arrival(axis, preset_train(receiver))
    by_elevation, by_azimuth = TEXTBOOK[receiver]
    expected_deg = arrival.tube_deg() + by_elevation * arrival.elevation_deg + by_azimuth * arrival.azimuth_deg
    sense = -1.0 if arrival.train.is_mirrored else 1.0
    found_deg = arrival.rotation_deg()
    np.testing.assert_allclose(half_turn(sense * found_deg - expected_deg), 0.0, atol=ROUNDING_DEG)
    assert 0.0 <= found_deg[0] < 180.0


def test_vectors_may_stand_in_any_axes(reference_arrival, rng):
    """Property: both frames turned together, satellite's and station's, nothing changes behind any mirror."""
    orthogonal, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    orthogonal *= np.sign(np.linalg.det(orthogonal))
    here = reference_arrival(train=preset_train("coude-sum", coating=GOLD))
    names = ("reference_axis", "line_of_sight_km", "up")
    turned = replace(here, **{name: getattr(here, name) @ orthogonal.T for name in names})
    np.testing.assert_allclose(turned.jones(), here.jones(), atol=ROUNDING_DEG)
    np.testing.assert_allclose(turned.rotation_deg(), here.rotation_deg(), atol=ROUNDING_DEG)


@pytest.mark.parametrize("receiver", PRESETS)
@pytest.mark.parametrize("course", PASSES)
def test_the_angle_is_continuous_on_any_pass(circular_pass, course, receiver):
    """Property: between samples 0.05 s apart no step is longer than the turning of both ends allows.

    The axis stands still in space, so its projection turns about the ray by at most |dk/dt| cot(axis, ray); the tube
    turns about the ray by the azimuth's rate times sin el, the bench by the rates of elevation and azimuth, the Earth
    by 0.0042 deg/s.
    """
    arrival = circular_pass(**course, step_s=0.05, train=preset_train(receiver))
    step_s = 0.05
    sight = arrival.line_of_sight_km / np.linalg.norm(arrival.line_of_sight_km, axis=1, keepdims=True)
    cosine = np.abs(np.sum(sight * arrival.reference_axis, axis=1)) / np.linalg.norm(arrival.reference_axis, axis=1)
    azimuth_rate = np.abs(np.gradient(np.unwrap(arrival.azimuth_deg, period=360.0), step_s))
    elevation_rate = np.abs(np.gradient(arrival.elevation_deg, step_s))
    sight_rate = np.rad2deg(np.linalg.norm(np.gradient(sight, step_s, axis=0), axis=1))
    by_elevation, by_azimuth = np.abs(TEXTBOOK[receiver])
    bound = sight_rate * cosine / np.sqrt(1.0 - cosine**2) + by_elevation * elevation_rate + 0.0042
    bound += azimuth_rate * (np.sin(np.deg2rad(arrival.elevation_deg)) + by_azimuth)
    found_rate = np.abs(np.diff(arrival.rotation_deg())) / step_s
    differences_and_rounding = 1.01
    assert np.all(found_rate <= differences_and_rounding * np.maximum(bound[1:], bound[:-1]) + 1e-3)
    assert np.all(np.isfinite(found_rate))
    assert found_rate.max() > 0.02


def test_the_courses_are_what_they_say(circular_pass):
    """Witness of the witness: culmination, hemisphere, sense of flight, and azimuths on both sides of north."""
    for course in (entry.values[0] for entry in PASSES):
        arrival = circular_pass(**course)
        culmination_tolerance_deg = 0.1
        assert abs(arrival.elevation_deg.max() - course["elevation_deg"]) < culmination_tolerance_deg
        climbs = -np.diff(arrival.line_of_sight_km[:, 2])[150] > 0.0
        assert climbs == (np.cos(np.deg2rad(course["heading_deg"])) > 0.0)
        if "heading_deg" in course and course["heading_deg"] in (80.0, 280.0):
            assert np.abs(np.diff(arrival.azimuth_deg)).max() > 350.0


@pytest.mark.parametrize("receiver", PRESETS)
@pytest.mark.parametrize("course", PASSES)
def test_between_the_samples_the_vectors_are_interpolated(circular_pass, course, receiver):
    """Two routes: a pass at 1 s, asked at 0.1 s, against the same pass flown at 0.1 s."""
    train = preset_train(receiver)
    fine = circular_pass(**course, step_s=0.1, train=train)
    asked = circular_pass(**course, train=train).at(fine.time_s)
    off_deg = half_turn(asked.rotation_deg() - fine.rotation_deg())
    spline_near_the_zenith_deg = 1e-3
    assert np.abs(off_deg).max() < spline_near_the_zenith_deg
    apart = np.mod(asked.azimuth_deg - fine.azimuth_deg + 180.0, 360.0) - 180.0
    assert np.abs(apart * np.cos(np.deg2rad(fine.elevation_deg))).max() < 1e-5
    np.testing.assert_allclose(asked.elevation_deg, fine.elevation_deg, atol=1e-5)


def test_at_its_own_samples_an_arrival_is_itself(reference_arrival):
    """Exact: the spline passes through the samples; the transmitter's matrices are interpolated with the rest."""
    seconds = np.arange(417.0)
    jones = retarder(retardance_deg=0.1 * seconds, axis_deg=20.0)
    arrival = replace(reference_arrival("velocity", preset_train("nasmyth", coating=GOLD)), transmitter_jones=jones)
    again = arrival.at(seconds[::7])
    np.testing.assert_allclose(again.jones(), arrival.jones()[::7], atol=1e-9)
    between = arrival.at(seconds[:-1] + 0.5).transmitter_jones
    np.testing.assert_allclose(between, retarder(retardance_deg=0.1 * seconds[:-1] + 0.05, axis_deg=20.0), atol=1e-9)
    assert (again.latitude_deg, again.wavelength_nm, again.train) == (40.395867, 850.0, arrival.train)


def test_matrices_stand_in_the_order_of_the_light(reference_arrival):
    """Exact: transmitter, rotation of the frame, stress of the telescope, mirrors; none of them commute."""
    train = preset_train("coude-difference", coating=GOLD)
    stress_deg = np.broadcast_to([9.0, 4.0, 2.0], (2, 2, 3))
    stress_map = JonesMap(
        azimuth_deg=np.array([0.0, 360.0]), elevation_deg=np.array([0.0, 90.0]), retardance_deg=np.array(stress_deg)
    )
    sent = np.broadcast_to(retarder(retardance_deg=30.0, axis_deg=25.0), (417, 2, 2))
    arrival = replace(reference_arrival(train=train), stress_map=stress_map, transmitter_jones=np.array(sent))
    turned = rotator(angle_deg=arrival.tube_deg())
    generator = np.array([[9.0, 4.0 - 2.0j], [4.0 + 2.0j, -9.0]]) * np.pi / 360.0
    length = 0.5 * np.deg2rad(np.sqrt(9.0**2 + 4.0**2 + 2.0**2))
    stress = np.cos(length) * np.eye(2) - 1j * np.sin(length) / length * generator
    angles = {"azimuth_deg": arrival.azimuth_deg, "elevation_deg": arrival.elevation_deg}
    expected = train_jones(train, **angles, wavelength_nm=850.0) @ stress @ turned @ sent
    np.testing.assert_allclose(arrival.jones(), expected, atol=ROUNDING)
    assert not np.allclose(
        train_jones(train, **angles, wavelength_nm=850.0) @ turned @ stress @ sent, expected, atol=1e-3
    )


def test_ideal_optics_turn_the_reference_axis_by_the_rotation(reference_arrival):
    """Two routes: the first column of the matrices points along the angle, up to its sign."""
    for receiver in PRESETS:
        arrival = reference_arrival("velocity", preset_train(receiver))
        angle_rad = np.deg2rad(arrival.rotation_deg())
        along = np.stack([np.cos(angle_rad), np.sin(angle_rad)], axis=-1)
        np.testing.assert_allclose(np.abs(np.sum(along * arrival.jones()[:, :, 0], axis=-1)), 1.0, atol=ROUNDING)


@pytest.mark.parametrize("latitude_deg", [40.0, -35.0])
def test_an_equatorial_mount_sees_the_pole_upright(circular_pass, latitude_deg):
    """Two routes: the angle in an equatorial tube is that against the Earth's axis, in any inertial frame.

    H = l x pole and V = H x l with the pole along z, as the tube of an altazimuth mount has it with the zenith.
    """
    course = {"latitude_deg": latitude_deg, "heading_deg": 350.0, "elevation_deg": 60.0}
    arrival = circular_pass(**course, train=MirrorTrain(mount="equatorial"))
    upright = replace(arrival, up=np.tile([0.0, 0.0, 1.0], (arrival.time_s.size, 1)), train=MirrorTrain())
    np.testing.assert_allclose(half_turn(arrival.rotation_deg() - upright.tube_deg()), 0.0, atol=1e-6)


def test_arrays_are_read_only(reference_arrival):
    """Property: no stage changes what another was given."""
    arrival = reference_arrival()
    for name in ("time_s", "reference_axis", "line_of_sight_km", "up", "azimuth_deg", "elevation_deg"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(arrival, name)[0] = 0.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time_s": np.zeros(417)}, r"time_s must hold at least two increasing times \[s\], has shape \(417,\)"),
        ({"time_s": np.zeros(1)}, r"time_s must hold at least two increasing times \[s\], has shape \(1,\)"),
        ({"time_s": np.arange(418.0)}, "time_s 418, azimuth_deg 417"),
        ({"elevation_deg": np.full(416, 30.0)}, "elevation_deg 416"),
        ({"elevation_deg": np.full(417, 90.5)}, r"elevation_deg is 90.5, must lie in \[-90, 90\]"),
        ({"up": np.array([0.0, 0.0, 1.0])}, r"up has shape \(3,\), must be \(417, 3\)"),
        ({"reference_axis": np.ones((416, 3))}, r"reference_axis has shape \(416, 3\), must be \(417, 3\)"),
        ({"line_of_sight_km": np.full((417, 3), np.nan)}, "line_of_sight_km is nan"),
    ],
)
def test_wrong_grids_are_refused(reference_arrival, changes, message):
    """Refusal: the array is named, with its shape and the right one."""
    with pytest.raises(DomainError, match=message):
        reference_arrival(**changes)
