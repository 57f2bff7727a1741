"""The motor of a wave plate along the Micius pass of 2016-12-19, and its exact behaviour on simple commands."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.polarization.error_rate import combined_error, contrast, error_of_contrast
from passplan.polarization.frame import tube_rotation_deg
from passplan.polarization.plate_demand import outages
from passplan.polarization.plate_motor import WavePlateMotor, follow

INTRINSIC_ERROR = error_of_contrast(280.0)
IDEAL = WavePlateMotor(
    step_deg=0.0,
    update_period_s=0.02,
    latency_s=0.0,
    max_rate_deg_s=1e6,
    max_acceleration_deg_s2=1e9,
    prediction=True,
)
SECOND = replace(IDEAL, update_period_s=1.0, prediction=False)
USUAL = replace(SECOND, step_deg=0.1, latency_s=0.5)
SLOW = replace(USUAL, update_period_s=5.0)
CONTRAST_TOLERANCE = 1.0  # last printed digit
FINITE_LIMITS_DEG = 1e-6  # what the finite speed and acceleration of the ideal motor leave
CELL_S = 0.02
SECONDS = np.arange(60.0)
RAMP_DEG = 0.6 * SECONDS


@pytest.fixture(scope="module")
def command(reference_pass):
    geometry = reference_pass.geometry
    rotation_deg = tube_rotation_deg(
        reference_axis=np.cross(geometry["satellite_position_km"], geometry["satellite_velocity_km_s"]),
        line_of_sight=geometry["station_position_km"] - geometry["satellite_position_km"],
        up=geometry["up"],
    )
    return 0.5 * np.unwrap(rotation_deg, period=180.0)


def residual_deg(motion):
    """Error of the polarization behind a half-wave plate."""
    return 2.0 * (motion.plate_deg - motion.ideal_deg)


def error_mean(motion):
    return np.mean(np.sin(np.deg2rad(residual_deg(motion))) ** 2, axis=1)


@pytest.mark.parametrize(
    ("motor", "printed"),
    [
        (IDEAL, 280.0),
        (SECOND, 276.0),
        (USUAL, 268.0),
        (SLOW, 191.0),
        (replace(USUAL, bias_deg=1.0), 235.0),
        (replace(USUAL, bias_deg=1.6), 174.0),
    ],
)
def test_contrast_of_the_reference_pass(reference_pass, command, motor, printed):
    """An independent script over the same pass: contrast of the mean error within 1200 km, intrinsic 280:1.

    A bias ahead of the rotation is partly undone by the lag of the usual motor; both rows with a bias have that motor.
    """
    motion = follow(motor, time_s=reference_pass.time_s, command_deg=command)
    mean_error = combined_error(error_mean(motion), INTRINSIC_ERROR)[reference_pass.window].mean()
    assert abs(contrast(mean_error) - printed) < CONTRAST_TOLERANCE
    assert motion.rewinds == ()
    assert not motion.held_back.any()


def test_worst_error_of_the_slow_motor(reference_pass, command):
    """The same script: 7.2 deg, which is 5.5 s at 1.30 deg/s."""
    motion = follow(SLOW, time_s=reference_pass.time_s, command_deg=command)
    assert abs(np.abs(residual_deg(motion))[reference_pass.window].max() - 7.2) < 0.1


@pytest.mark.parametrize(("period_s", "latency_s"), [(1.0, 0.0), (1.0, 0.5), (2.0, 0.24)])
def test_lag_behind_a_steady_rotation(period_s, latency_s):
    """Exact: the lag runs evenly from latency to latency + period, so its mean and mean square are known."""
    motor = replace(IDEAL, update_period_s=period_s, latency_s=latency_s, prediction=False)
    motion = follow(motor, time_s=SECONDS, command_deg=RAMP_DEG)
    settled = slice(10, 50)
    longest_s = latency_s + period_s
    np.testing.assert_allclose(
        residual_deg(motion)[settled].mean(), -1.2 * 0.5 * (latency_s + longest_s), atol=FINITE_LIMITS_DEG
    )
    mean_square_rad2 = np.deg2rad(1.2) ** 2 * (longest_s**3 - latency_s**3) / (3.0 * period_s)
    grid_and_small_angle = 1e-3
    assert abs(error_mean(motion)[settled].mean() / mean_square_rad2 - 1.0) < grid_and_small_angle


def test_prediction_centres_the_staircase():
    """Exact: aimed at the middle of its hold, the residual has no mean and the variance of an even spread."""
    motor = replace(IDEAL, update_period_s=1.0, latency_s=0.5)
    motion = follow(motor, time_s=SECONDS, command_deg=RAMP_DEG)
    settled = slice(10, 50)
    np.testing.assert_allclose(residual_deg(motion)[settled].mean(), 0.0, atol=FINITE_LIMITS_DEG)
    grid_and_small_angle = 1e-3
    variance_rad2 = np.deg2rad(1.2) ** 2 / 12.0
    assert abs(error_mean(motion)[settled].mean() / variance_rad2 - 1.0) < grid_and_small_angle


def test_steps_leave_the_error_of_an_even_spread():
    """Exact: rounding the plate to a step s leaves a polarization error of mean square (2 s)^2 / 12."""
    motion = follow(replace(IDEAL, step_deg=0.5), time_s=SECONDS, command_deg=0.5 * SECONDS)
    grid_and_small_angle = 5e-3
    assert abs(error_mean(motion)[10:50].mean() / (np.deg2rad(1.0) ** 2 / 12.0) - 1.0) < grid_and_small_angle


def test_a_bias_turns_the_plate_and_not_what_it_was_told():
    """Exact: the command does not know the bias."""
    motion = follow(replace(IDEAL, bias_deg=0.8), time_s=SECONDS, command_deg=np.full(60, 27.0))
    np.testing.assert_allclose(motion.command_deg, 27.0, atol=1e-12)
    np.testing.assert_allclose(motion.told_deg, 27.0, atol=1e-12)
    np.testing.assert_allclose(motion.plate_deg, 27.8, atol=1e-12)


def test_the_speed_limit_holds_back_a_fast_rotation():
    """Exact: a plate of 0.4 deg/s loses 0.1 deg/s on a command of 0.5 deg/s, and is 0.5 deg behind after 5 s."""
    motion = follow(replace(IDEAL, max_rate_deg_s=0.4), time_s=SECONDS, command_deg=0.5 * SECONDS)
    plate_deg = motion.plate_deg.mean(axis=1)
    np.testing.assert_allclose(np.diff(plate_deg)[1:-1], 0.4, atol=1e-9)
    np.testing.assert_allclose(np.diff(residual_deg(motion).mean(axis=1))[1:-1], -0.2, atol=1e-9)
    ((start_s, stop_s),) = outages(SECONDS, motion.held_back)
    assert (start_s, stop_s) == (4.5, 59.5)  # the interval in which 4.5 s after its start, at -0.5 s, 0.5 deg is passed


def test_a_move_takes_the_time_of_its_acceleration():
    """Exact: from rest to rest over d at acceleration a takes 2 sqrt(d / a), never overshooting by more than a cell."""
    acceleration_deg_s2, distance_deg = 1.0, 20.0
    motor = replace(SECOND, max_acceleration_deg_s2=acceleration_deg_s2, update_period_s=5.0)
    time_s = np.arange(0.0, 25.0, CELL_S)
    motion = follow(motor, time_s=time_s, command_deg=np.where(time_s < 4.0, 0.0, distance_deg))
    plate_deg = motion.plate_deg[:, 0]
    started_s = time_s[np.argmax(plate_deg > 1e-6)]
    arrived_s = time_s[np.argmax(plate_deg > distance_deg - 0.01)]
    two_cells_and_the_last_hundredth = 0.3
    expected_s = 2.0 * np.sqrt(distance_deg / acceleration_deg_s2)
    assert abs(arrived_s - started_s - expected_s) < two_cells_and_the_last_hundredth
    assert plate_deg.max() < distance_deg + acceleration_deg_s2 * CELL_S
    held = outages(time_s, motion.held_back)  # the move of 8.9 s outlasts the command of 5 s: late from then on
    assert len(held) == 1
    np.testing.assert_allclose(held[0], (started_s + 5.0, arrived_s), atol=1.0)


def test_a_move_within_its_period_is_no_outage():
    """Limit: 0.5 s at 1 deg/s finishes the step of 0.5 deg before the next command comes."""
    motor = replace(SECOND, max_rate_deg_s=1.0, update_period_s=5.0)
    assert not follow(motor, time_s=SECONDS, command_deg=0.5 * SECONDS).held_back.any()


def test_results_do_not_depend_on_the_sampling(reference_pass, command):
    """Two routes: samples every second and every other second give the same mean error."""
    fine = follow(USUAL, time_s=reference_pass.time_s, command_deg=command)
    coarse = follow(USUAL, time_s=reference_pass.time_s[::2], command_deg=command[::2])
    assert abs(error_mean(coarse).mean() / error_mean(fine).mean() - 1.0) < 0.01


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_play_stays_unseen_until_the_command_turns_round(sign):
    """Exact: before the turn nothing; after it the plate stands still over the play and then lags by all of it."""
    play_deg, turn_s = 3.0, 30.0
    command_deg = sign * (20.0 - np.abs(SECONDS - turn_s) * 0.5)
    free = follow(SECOND, time_s=SECONDS, command_deg=command_deg)
    loose = follow(replace(SECOND, backlash_deg=play_deg), time_s=SECONDS, command_deg=command_deg)
    since_s = SECONDS - turn_s
    before = since_s < 0.0
    np.testing.assert_array_equal(loose.plate_deg[before], free.plate_deg[before])
    standing = (since_s > 2.0) & (since_s < 5.0)
    assert np.ptp(loose.plate_deg[standing]) == 0.0
    lagging = since_s > 10.0
    np.testing.assert_allclose((loose.plate_deg - free.plate_deg)[lagging], sign * play_deg, atol=1e-9)
    np.testing.assert_array_equal(loose.held_back, free.held_back)


def plate_behind_play(motor_deg, play_deg):
    """Play as a finger in a slot, cell by cell; the motor's first move is upwards."""
    plate_deg, track = motor_deg[0], []
    for angle_deg in motor_deg:
        plate_deg = min(max(plate_deg, angle_deg), angle_deg + play_deg)
        track.append(plate_deg)
    return np.array(track)


@given(
    angles=st.lists(st.integers(-20, 20), min_size=3, max_size=12),
    play_deg=st.sampled_from([0.5, 4.0, 50.0]),
)
def test_play_is_a_finger_in_a_slot(angles, play_deg):
    """Two routes: the stretches between reversals against the recursion of the play operator, cell by cell."""
    motor = replace(SECOND, backlash_deg=play_deg)
    time_s = np.arange(len(angles) * 4.0)
    command_deg = np.repeat(np.array(angles, dtype=float), 4)
    told = follow(replace(motor, backlash_deg=0.0), time_s=time_s, command_deg=command_deg).plate_deg.ravel()
    moves = np.diff(told)
    sign = np.sign(moves[np.flatnonzero(moves)[0]]) if moves.any() else 1.0
    loose = follow(motor, time_s=time_s, command_deg=command_deg).plate_deg.ravel()
    np.testing.assert_allclose(loose, sign * plate_behind_play(sign * told, play_deg), atol=1e-12)


def test_the_start_chooses_the_nearest_equivalent_angle():
    """Exact: 100 deg is nearer to 1 + 90 than to 1 or 181; behind a quarter-wave plate to 1 or 181."""
    command_deg = 1.0 + 0.1 * SECONDS
    half = follow(replace(IDEAL, start_deg=100.0), time_s=SECONDS, command_deg=command_deg)
    np.testing.assert_allclose(half.command_deg, command_deg + 90.0, atol=1e-12)
    np.testing.assert_allclose(half.plate_deg, half.ideal_deg, atol=0.01)
    quarter = follow(replace(IDEAL, start_deg=100.0), time_s=SECONDS, command_deg=command_deg, period_deg=180.0)
    np.testing.assert_allclose(quarter.command_deg, command_deg + 180.0, atol=1e-12)


def test_stops_choose_a_branch_that_holds_the_whole_pass():
    """Limit: 10 deg is nearest to the start, but the pass would end beyond the stop; one branch below holds it."""
    command_deg = 10.0 + SECONDS
    motor = replace(USUAL, min_deg=-100.0, max_deg=60.0, start_deg=20.0)
    motion = follow(motor, time_s=SECONDS, command_deg=command_deg)
    np.testing.assert_allclose(motion.command_deg, command_deg - 90.0, atol=1e-12)
    assert motion.rewinds == ()
    assert not motion.held_back.any()


def test_a_pass_longer_than_the_travel_rewinds_once():
    """Exact: the command meets the stop of 130 deg at 40 s; 90 deg at 10 deg/s less the tolerance take 8.95 s."""
    command_deg = 90.0 + SECONDS
    motor = replace(SECOND, max_rate_deg_s=10.0, min_deg=20.0, max_deg=130.0)
    motion = follow(motor, time_s=SECONDS, command_deg=command_deg)
    ((start_s, stop_s),) = motion.rewinds
    command_and_cell_s = 1.1
    assert abs(start_s - 40.0) < command_and_cell_s
    assert abs(stop_s - start_s - 8.95) < command_and_cell_s
    np.testing.assert_allclose(motion.command_deg, command_deg - 90.0 * np.greater(SECONDS, start_s))
    ((held_from_s, held_to_s),) = outages(SECONDS, motion.held_back)
    assert held_from_s <= start_s < held_from_s + 1.0
    assert held_to_s - 1.0 < stop_s <= held_to_s
    assert motion.plate_deg.min() >= 20.0
    assert motion.plate_deg.max() <= 130.0


def test_a_travel_below_a_period_waits_at_its_stop():
    """Exact: between the stops 0 and 40 deg the angles from 40 to 90 have no place, at 1 deg/s for 50 s."""
    time_s = np.arange(150.0)
    motor = replace(SECOND, min_deg=0.0, max_deg=40.0, max_rate_deg_s=100.0)
    motion = follow(motor, time_s=time_s, command_deg=time_s)
    waiting = (time_s > 42.0) & (time_s < 89.0)
    np.testing.assert_allclose(motion.plate_deg[waiting], 40.0, atol=1e-9)
    assert motion.held_back[waiting].all()
    assert not motion.held_back[(time_s < 40.0) | ((time_s > 93.0) & (time_s < 130.0))].any()
    assert [round(start_s) for start_s, _ in motion.rewinds] == [90]


def test_a_pass_that_no_angle_serves_is_one_outage():
    """Limit: stops far from every equivalent angle; the plate stands at one of them all the time."""
    motor = replace(SECOND, min_deg=40.0, max_deg=50.0)
    motion = follow(motor, time_s=SECONDS, command_deg=np.full(60, 5.0))
    assert motion.held_back.all()
    assert set(np.unique(motion.plate_deg)) <= {40.0, 50.0}


@given(
    low_deg=st.floats(-200.0, 200.0),
    span_deg=st.floats(90.5, 400.0),
    start=st.floats(0.0, 1.0),
    rates=st.lists(st.floats(-3.0, 3.0), min_size=20, max_size=20),
)
def test_between_wide_stops_the_plate_stays_and_acts_as_told(low_deg, span_deg, start, rates):
    """Property: a travel of a period or more serves every angle, within the stops, and modulo 90 deg is as without."""
    command_deg = np.cumsum(rates)
    time_s = np.arange(20.0)
    motor = replace(USUAL, step_deg=0.5, min_deg=low_deg, max_deg=low_deg + span_deg, start_deg=low_deg + start)
    motion = follow(motor, time_s=time_s, command_deg=command_deg)
    free = follow(replace(USUAL, step_deg=0.5), time_s=time_s, command_deg=command_deg)
    assert motion.plate_deg.min() >= low_deg - 1e-9
    assert motion.plate_deg.max() <= low_deg + span_deg + 1e-9
    turned_deg = (motion.told_deg - free.told_deg) / 90.0
    half_a_step = 0.25 + 1e-9
    np.testing.assert_allclose(90.0 * np.abs(turned_deg - np.round(turned_deg)), 0.0, atol=half_a_step)


def test_arrays_are_read_only():
    """Property: no stage changes the result of another."""
    motion = follow(IDEAL, time_s=SECONDS, command_deg=RAMP_DEG)
    with pytest.raises(ValueError, match="read-only"):
        motion.plate_deg[0] = 0.0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("step_deg", -0.1),
        ("update_period_s", 0.0),
        ("latency_s", -1.0),
        ("max_rate_deg_s", 0.0),
        ("max_acceleration_deg_s2", 0.0),
        ("bias_deg", float("nan")),
        ("zero_deg", float("inf")),
        ("backlash_deg", -1.0),
        ("min_deg", float("nan")),
        ("max_deg", float("nan")),
        ("start_deg", float("inf")),
    ],
)
def test_an_impossible_motor_is_refused(field, value):
    """Refusal: the field is named."""
    with pytest.raises(DomainError, match=rf"WavePlateMotor\.{field} is"):
        replace(IDEAL, **{field: value})


def test_stops_without_way_and_a_start_beyond_them_are_refused():
    """Refusal: both values are named."""
    with pytest.raises(DomainError, match=r"min_deg is 10\.0, must be less than max_deg 10\.0 deg"):
        replace(IDEAL, min_deg=10.0, max_deg=10.0)
    with pytest.raises(DomainError, match=r"start_deg is 200\.0, must lie in \[-180, 180\]"):
        replace(IDEAL, min_deg=-180.0, max_deg=180.0, start_deg=200.0)


def test_a_wrong_grid_is_refused():
    """Refusal: times must increase and match the angles, the period must be positive."""
    with pytest.raises(DomainError, match="at least two increasing times"):
        follow(IDEAL, time_s=[0.0, 2.0, 1.0], command_deg=[0.0, 0.0, 0.0])
    with pytest.raises(DomainError, match="command_deg 1"):
        follow(IDEAL, time_s=[0.0, 1.0], command_deg=[0.0])
    with pytest.raises(DomainError, match="period_deg is 0"):
        follow(IDEAL, time_s=[0.0, 1.0], command_deg=[0.0, 0.0], period_deg=0.0)
