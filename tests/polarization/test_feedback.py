"""The loop that corrects the wave plate: its recursion, its noise, and drawn passes against the expectation."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from passplan.errors import DomainError
from passplan.polarization.feedback import (
    CountFeedback,
    ReferenceLaser,
    best_gain,
    count_noise_deg,
    remaining_angle,
    simulate_feedback,
)

LASER = ReferenceLaser(noise_deg=0.4, period_s=2.0, gain=0.3)
COUNTS = CountFeedback(period_s=2.0, gain=0.3)
SECONDS = np.arange(101.0)
STEADY_DEG = np.full(101, 1.0)
MOVING_DEG = 0.5 + 0.02 * SECONDS + 0.6 * np.sin(SECONDS / 15.0) ** 2
SIGMAS = 5.0


def drawn(seed):
    return np.random.default_rng(seed)


def test_without_a_loop_the_angle_stays():
    """Exact: bias and unknown angle as they are."""
    result = remaining_angle(None, time_s=SECONDS, unknown_sigma_deg=MOVING_DEG, bias_deg=0.7)
    np.testing.assert_array_equal(result.mean_deg, 0.7)
    np.testing.assert_allclose(result.sigma_deg, MOVING_DEG, rtol=1e-15)


def test_a_constant_angle_dies_out_as_a_power_of_the_gain():
    """Exact: (1 - g)^k after k corrections, at 2, 4, 6 s; between them nothing happens."""
    laser = replace(LASER, noise_deg=0.0)
    result = remaining_angle(laser, time_s=SECONDS, unknown_sigma_deg=STEADY_DEG, bias_deg=2.0)
    corrections = np.floor(SECONDS / 2.0)
    np.testing.assert_allclose(result.mean_deg, 2.0 * 0.7**corrections, rtol=1e-12)
    np.testing.assert_allclose(result.sigma_deg, 0.7**corrections, rtol=1e-12)


@pytest.mark.parametrize("gain", [0.1, 0.5, 1.0])
def test_noise_of_the_steady_state(gain):
    """Exact: variance noise^2 g / (2 - g), the integrator's noise bandwidth."""
    laser = replace(LASER, gain=gain, period_s=0.5)
    result = remaining_angle(laser, time_s=SECONDS, unknown_sigma_deg=np.zeros(101))
    np.testing.assert_allclose(result.sigma_deg[-1], 0.4 * np.sqrt(gain / (2.0 - gain)), rtol=1e-9)


def test_the_bias_of_the_laser_stays():
    """Exact: the loop settles at the laser's own angle, whatever the plate's bias."""
    laser = replace(LASER, bias_deg=0.3)
    result = remaining_angle(laser, time_s=SECONDS, unknown_sigma_deg=STEADY_DEG, bias_deg=5.0)
    np.testing.assert_allclose(result.mean_deg[-1], 0.3, atol=1e-6)


def test_a_steady_drift_is_followed_at_a_distance():
    """Exact: a drift d a period leaves d (1 - g) / g after a correction and d / g before the next."""
    drift_deg = 0.2
    laser = replace(LASER, noise_deg=0.0)
    time_s = np.arange(0.0, 100.0, 0.5)
    result = remaining_angle(laser, time_s=time_s, unknown_sigma_deg=0.5 * drift_deg * time_s)
    np.testing.assert_allclose(result.sigma_deg[time_s == 90.0], drift_deg * 0.7 / 0.3, rtol=1e-6)
    before_deg = drift_deg * 0.7 / 0.3 + 0.75 * drift_deg
    np.testing.assert_allclose(result.sigma_deg[time_s == 91.5], before_deg, rtol=1e-6)


def test_counts_see_the_mean_of_their_period():
    """Exact: half the drift of a period is not seen, so the distance after a correction is d (1 - g / 2) / g."""
    drift_deg = 0.2
    result = remaining_angle(
        COUNTS,
        time_s=SECONDS,
        unknown_sigma_deg=0.5 * drift_deg * SECONDS,
        mismatched_cps=np.full(101, 1e15),
    )
    np.testing.assert_allclose(result.sigma_deg[-1], drift_deg * 0.85 / 0.3, rtol=1e-4)


def test_noise_of_counts():
    """Exact: binomial noise sqrt(N) / N about an even split, over the slope 2 V of V sin(2 delta)."""
    np.testing.assert_allclose(count_noise_deg(mismatched_counts=[100.0, 0.0]), [np.rad2deg(0.05), np.inf])
    np.testing.assert_allclose(count_noise_deg(mismatched_counts=100.0, visibility=0.5), np.rad2deg(0.1))


def test_counts_that_change_give_their_noise_period_by_period():
    """Two routes: the recursion written out here, with the counts of each period as a trapezium."""
    rate_cps = 50.0 + 3.0 * SECONDS
    result = remaining_angle(
        COUNTS, time_s=SECONDS, unknown_sigma_deg=np.zeros(101), mismatched_cps=rate_cps, visibility=0.9
    )
    variance = 0.0
    for start in range(0, 100, 2):
        noise_deg = np.rad2deg(0.5 / (0.9 * np.sqrt(rate_cps[start] + rate_cps[start + 2])))
        variance = 0.49 * variance + 0.09 * noise_deg**2
    np.testing.assert_allclose(result.sigma_deg[-1], np.sqrt(variance), rtol=1e-9)


def test_without_counts_the_loop_holds():
    """Limit: no light, no correction and no division by zero; light from 50 s on is used from then on."""
    dark = remaining_angle(
        COUNTS, time_s=SECONDS, unknown_sigma_deg=MOVING_DEG, bias_deg=1.0, mismatched_cps=np.zeros(101)
    )
    np.testing.assert_array_equal(dark.mean_deg, 1.0)
    np.testing.assert_allclose(dark.sigma_deg, MOVING_DEG, rtol=1e-12)
    rate_cps = np.where(SECONDS > 50.0, 1e4, 0.0)
    late = remaining_angle(COUNTS, time_s=SECONDS, unknown_sigma_deg=MOVING_DEG, bias_deg=1.0, mismatched_cps=rate_cps)
    np.testing.assert_array_equal(late.mean_deg[SECONDS < 52.0], 1.0)
    assert late.mean_deg[-1] < 0.01
    runs = simulate_feedback(
        COUNTS, time_s=SECONDS, unknown_sigma_deg=np.zeros(101), bias_deg=1.0, mismatched_cps=np.zeros(101),
        rng=drawn(1),
    )  # fmt: skip
    np.testing.assert_array_equal(runs, 1.0)


@pytest.mark.parametrize(
    ("feedback", "relative_bias"),
    [
        (None, 0.0),
        (replace(LASER, bias_deg=0.5), 0.0),
        (COUNTS, 0.02),  # 1 / N of the Poisson counts, and the curve of the arcsine
    ],
)
def test_drawn_passes_follow_the_expectation(feedback, relative_bias):
    """Statistics: mean and mean square of 4,000 passes within 5 sigma of the normal law; counts drawn one by one."""
    runs = 4000
    case = {
        "time_s": SECONDS,
        "unknown_sigma_deg": MOVING_DEG,
        "bias_deg": 1.0,
        "mismatched_cps": np.full(101, 150.0),
        "visibility": 0.95,
    }
    expected = remaining_angle(feedback, **case)
    angle_deg = simulate_feedback(feedback, **case, runs=runs, rng=drawn(7))
    assert angle_deg.shape == (runs, 101)
    mean_slack = SIGMAS * expected.sigma_deg / np.sqrt(runs) + relative_bias * np.abs(expected.mean_deg)
    assert np.all(np.abs(angle_deg.mean(axis=0) - expected.mean_deg) < mean_slack)
    square = expected.mean_deg**2 + expected.sigma_deg**2
    spread = np.sqrt(2.0 * expected.sigma_deg**4 + 4.0 * expected.mean_deg**2 * expected.sigma_deg**2)
    square_slack = SIGMAS * spread / np.sqrt(runs) + relative_bias * square
    assert np.all(np.abs((angle_deg**2).mean(axis=0) - square) < square_slack)


def test_a_run_is_a_function_of_its_generator():
    """Property: same seed, same pass; another seed, another."""
    case = {"time_s": SECONDS, "unknown_sigma_deg": MOVING_DEG}
    one, same, other = (simulate_feedback(LASER, **case, rng=drawn(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0.0


@given(drift_deg=st.floats(0.01, 5.0), noise_deg=st.floats(0.0, 5.0))
def test_best_gain_is_the_least_mean_square(drift_deg, noise_deg):
    """Two routes: the closed form against a search for the least of the mean square over a period."""

    def mean_square(gain):
        return drift_deg**2 * (1.0 / gain**2 - 1.0 / gain + 1.0 / 3.0) + noise_deg**2 * gain / (2.0 - gain)

    found = minimize_scalar(mean_square, bounds=(1e-4, 1.0), method="bounded", options={"xatol": 1e-9})
    gain = best_gain(drift_deg=drift_deg, noise_deg=noise_deg)
    assert mean_square(gain) <= found.fun * (1.0 + 1e-9)
    assert best_gain(drift_deg=-drift_deg, noise_deg=noise_deg) == gain


def test_the_mean_square_of_the_best_gain_is_that_of_the_loop():
    """Two routes: the formula that `best_gain` minimises against the loop itself, on a fine grid of its last period."""
    drift_deg, noise_deg, gain = 0.3, 0.8, 0.4
    time_s = np.arange(0.0, 100.0, 0.01)
    laser = ReferenceLaser(noise_deg=noise_deg, period_s=1.0, gain=gain)
    result = remaining_angle(laser, time_s=time_s, unknown_sigma_deg=drift_deg * time_s)
    formula = drift_deg**2 * (1.0 / gain**2 - 1.0 / gain + 1.0 / 3.0) + noise_deg**2 * gain / (2.0 - gain)
    cells_of_the_grid = 0.01
    assert abs(np.mean(result.sigma_deg[-100:] ** 2) / formula - 1.0) < cells_of_the_grid


def test_arrays_are_read_only():
    """Property: no stage changes the result of another."""
    result = remaining_angle(LASER, time_s=SECONDS, unknown_sigma_deg=STEADY_DEG)
    with pytest.raises(ValueError, match="read-only"):
        result.sigma_deg[0] = 0.0


@pytest.mark.parametrize(
    ("record", "field", "value"),
    [
        (LASER, "noise_deg", -1.0),
        (LASER, "period_s", 0.0),
        (LASER, "gain", 0.0),
        (LASER, "bias_deg", float("nan")),
        (COUNTS, "period_s", -1.0),
        (COUNTS, "gain", 1.1),
    ],
)
def test_an_impossible_loop_is_refused(record, field, value):
    """Refusal: the field is named."""
    with pytest.raises(DomainError, match=rf"{type(record).__name__}\.{field} is"):
        replace(record, **{field: value})


def test_wrong_values_are_refused():
    """Refusal: the field is named, with what is allowed."""

    def call(feedback=COUNTS, **changes):
        case = {"time_s": [0.0, 1.0], "unknown_sigma_deg": [1.0, 1.0], "mismatched_cps": [1.0, 1.0]}
        return remaining_angle(feedback, **{**case, **changes})

    with pytest.raises(DomainError, match="mismatched_cps is missing"):
        call(mismatched_cps=None)
    with pytest.raises(DomainError, match="mismatched_cps 1"):
        call(mismatched_cps=[1.0])
    with pytest.raises(DomainError, match="mismatched_cps is -1"):
        call(mismatched_cps=[1.0, -1.0])
    with pytest.raises(DomainError, match=r"visibility is 0\.0, must lie in \(0, 1\]"):
        call(visibility=0.0)
    with pytest.raises(DomainError, match="at least one time"):
        call(time_s=[1.0, 0.0])
    with pytest.raises(DomainError, match="time_s is inf"):
        call(time_s=[0.0, np.inf])
    with pytest.raises(DomainError, match="unknown_sigma_deg 1"):
        call(unknown_sigma_deg=[1.0])
    with pytest.raises(DomainError, match="unknown_sigma_deg is -1"):
        call(unknown_sigma_deg=[1.0, -1.0])
    with pytest.raises(DomainError, match="bias_deg is nan"):
        call(bias_deg=np.nan)
    with pytest.raises(DomainError, match="runs is 0"):
        simulate_feedback(LASER, time_s=[0.0], unknown_sigma_deg=[1.0], runs=0, rng=drawn(0))
    with pytest.raises(DomainError, match="mismatched_counts is -1"):
        count_noise_deg(mismatched_counts=-1.0)
    with pytest.raises(DomainError, match="visibility is 2"):
        count_noise_deg(mismatched_counts=1.0, visibility=2.0)
    with pytest.raises(DomainError, match="drift_deg is 0"):
        best_gain(drift_deg=0.0, noise_deg=1.0)
    with pytest.raises(DomainError, match="noise_deg is -1"):
        best_gain(drift_deg=1.0, noise_deg=-1.0)
