"""The motorised wave plate along the Micius pass of 2016-12-19, and its exact behaviour on simple rotations."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.errors import DomainError
from passplan.polarization.compensation import WavePlateMotor, plate_angles
from passplan.polarization.error_rate import combined_error, contrast, error_of_contrast
from passplan.polarization.frame import rotation_deg

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
RAMP_S = np.arange(60.0)


@pytest.fixture(scope="module")
def rotation(reference_pass):
    return rotation_deg(**reference_pass.geometry, reference_axis="orbit-normal", receiver="tube")


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
def test_contrast_of_the_reference_pass(reference_pass, rotation, motor, printed):
    """An independent script over the same pass: contrast of the mean error within 1200 km, intrinsic 280:1.

    A bias ahead of the rotation is partly undone by the lag of the usual motor; both rows with a bias have that motor.
    """
    result = plate_angles(motor, time_s=reference_pass.time_s, rotation_deg=rotation)
    mean_error = combined_error(result.error_mean, INTRINSIC_ERROR)[reference_pass.window].mean()
    assert abs(contrast(mean_error) - printed) < CONTRAST_TOLERANCE


def test_worst_error_of_the_slow_motor(reference_pass, rotation):
    """The same script: 7.2 deg, which is 5.5 s at 1.30 deg/s."""
    result = plate_angles(SLOW, time_s=reference_pass.time_s, rotation_deg=rotation)
    assert abs(result.residual_peak_deg[reference_pass.window].max() - 7.2) < 0.1


@pytest.mark.parametrize(("period_s", "latency_s"), [(1.0, 0.0), (1.0, 0.5), (2.0, 0.24)])
def test_lag_behind_a_steady_rotation(period_s, latency_s):
    """Exact: the lag runs evenly from latency to latency + period, so its mean and mean square are known."""
    rate_deg_s = 1.2
    motor = replace(IDEAL, update_period_s=period_s, latency_s=latency_s, prediction=False)
    result = plate_angles(motor, time_s=RAMP_S, rotation_deg=rate_deg_s * RAMP_S)
    settled = slice(10, 50)
    longest_s = latency_s + period_s
    np.testing.assert_allclose(
        result.residual_deg[settled].mean(), -rate_deg_s * 0.5 * (latency_s + longest_s), atol=FINITE_LIMITS_DEG
    )
    mean_square_rad2 = np.deg2rad(rate_deg_s) ** 2 * (longest_s**3 - latency_s**3) / (3.0 * period_s)
    grid_and_small_angle = 1e-3
    assert abs(result.error_mean[settled].mean() / mean_square_rad2 - 1.0) < grid_and_small_angle


def test_prediction_centres_the_staircase():
    """Exact: aimed at the middle of its hold, the residual has no mean and the variance of an even spread."""
    rate_deg_s = 1.2
    motor = replace(IDEAL, update_period_s=1.0, latency_s=0.5)
    result = plate_angles(motor, time_s=RAMP_S, rotation_deg=rate_deg_s * RAMP_S)
    settled = slice(10, 50)
    np.testing.assert_allclose(result.residual_deg[settled].mean(), 0.0, atol=FINITE_LIMITS_DEG)
    grid_and_small_angle = 1e-3
    assert abs(result.error_mean[settled].mean() / (np.deg2rad(rate_deg_s) ** 2 / 12.0) - 1.0) < grid_and_small_angle


def test_steps_leave_the_error_of_an_even_spread():
    """Exact: rounding the plate to a step s leaves a polarization error of mean square (2 s)^2 / 12."""
    motor = replace(IDEAL, step_deg=0.5, update_period_s=0.02)
    result = plate_angles(motor, time_s=RAMP_S, rotation_deg=1.0 * RAMP_S)
    grid_and_small_angle = 5e-3
    assert abs(result.error_mean[10:50].mean() / (np.deg2rad(1.0) ** 2 / 12.0) - 1.0) < grid_and_small_angle


def test_a_bias_is_doubled_and_nothing_else():
    """Exact: the polarization is off by twice the bias; the command does not know it, but knows the zero."""
    motor = replace(IDEAL, bias_deg=0.8, zero_deg=7.0)
    result = plate_angles(motor, time_s=RAMP_S, rotation_deg=np.full(60, 40.0))
    np.testing.assert_allclose(result.command_deg, 27.0, atol=1e-12)
    np.testing.assert_allclose(result.plate_deg, 27.8, atol=1e-12)
    np.testing.assert_allclose(result.residual_deg, 1.6, atol=1e-12)
    np.testing.assert_allclose(result.error_mean, np.sin(np.deg2rad(1.6)) ** 2, atol=1e-15)


def test_the_speed_limit_holds_back_a_fast_rotation():
    """Exact: a plate of 0.4 deg/s loses 0.1 deg/s on a rotation of 1 deg/s, twice that in polarization."""
    motor = replace(IDEAL, max_rate_deg_s=0.4)
    result = plate_angles(motor, time_s=RAMP_S, rotation_deg=1.0 * RAMP_S)
    np.testing.assert_allclose(np.diff(result.plate_deg)[1:-1], 0.4, atol=1e-9)
    np.testing.assert_allclose(np.diff(result.residual_deg)[1:-1], -0.2, atol=1e-9)


def test_a_move_takes_the_time_of_its_acceleration():
    """Exact: from rest to rest over d at acceleration a takes 2 sqrt(d / a), never overshooting by more than a cell."""
    acceleration_deg_s2, distance_deg = 1.0, 20.0
    motor = replace(IDEAL, max_acceleration_deg_s2=acceleration_deg_s2, prediction=False, update_period_s=5.0)
    time_s = np.arange(0.0, 25.0, 0.02)
    rotation_deg = np.where(time_s < 4.0, 0.0, 2.0 * distance_deg)
    result = plate_angles(motor, time_s=time_s, rotation_deg=rotation_deg)
    started_s = time_s[np.argmax(result.plate_deg > 1e-6)]
    arrived_s = time_s[np.argmax(result.plate_deg > distance_deg - 0.01)]
    two_cells_and_the_last_hundredth = 0.3
    expected_s = 2.0 * np.sqrt(distance_deg / acceleration_deg_s2)
    assert abs(arrived_s - started_s - expected_s) < two_cells_and_the_last_hundredth
    assert result.plate_deg.max() < distance_deg + acceleration_deg_s2 * 0.02


def test_wrapped_rotation_gives_the_same_track(reference_pass, rotation):
    """Property: the rotation is known modulo 180 deg only."""
    shifted_deg = rotation + 60.0
    wrapped = plate_angles(USUAL, time_s=reference_pass.time_s, rotation_deg=np.mod(shifted_deg, 180.0))
    straight = plate_angles(USUAL, time_s=reference_pass.time_s, rotation_deg=shifted_deg)
    np.testing.assert_allclose(wrapped.plate_deg, straight.plate_deg, atol=1e-9)


def test_results_do_not_depend_on_the_sampling(reference_pass, rotation):
    """Two routes: samples every second and every other second give the same mean error."""
    fine = plate_angles(USUAL, time_s=reference_pass.time_s, rotation_deg=rotation)
    coarse = plate_angles(USUAL, time_s=reference_pass.time_s[::2], rotation_deg=rotation[::2])
    assert abs(coarse.error_mean.mean() / fine.error_mean.mean() - 1.0) < 0.01


def test_arrays_are_read_only():
    """Property: no stage changes the result of another."""
    result = plate_angles(IDEAL, time_s=RAMP_S, rotation_deg=RAMP_S)
    with pytest.raises(ValueError, match="read-only"):
        result.plate_deg[0] = 0.0


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
    ],
)
def test_an_impossible_motor_is_refused(field, value):
    """Refusal: the field is named."""
    with pytest.raises(DomainError, match=rf"WavePlateMotor\.{field} is"):
        replace(IDEAL, **{field: value})


def test_a_wrong_grid_is_refused():
    """Refusal: times must increase and match the angles."""
    with pytest.raises(DomainError, match="at least two increasing times"):
        plate_angles(IDEAL, time_s=[0.0, 2.0, 1.0], rotation_deg=[0.0, 0.0, 0.0])
    with pytest.raises(DomainError, match="at least two increasing times"):
        plate_angles(IDEAL, time_s=[0.0], rotation_deg=[0.0])
    with pytest.raises(DomainError, match="rotation_deg 1"):
        plate_angles(IDEAL, time_s=[0.0, 1.0], rotation_deg=[0.0])
    with pytest.raises(DomainError, match="rotation_deg is nan"):
        plate_angles(IDEAL, time_s=[0.0, 1.0], rotation_deg=[0.0, np.nan])
