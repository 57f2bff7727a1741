"""The loop as a law knows it: exact delays, and a brute-force run of the actuator in small steps."""

import numpy as np
import pytest
from scipy import signal

from passplan.apt.law import law_response, law_step
from passplan.apt.line_filter import from_polynomials
from passplan.apt.replica import Replica, replica_filter, slow_delay_frames, with_replica
from passplan.errors import DomainError

FREQUENCY_HZ = np.array([1.0, 40.0, 300.0, 990.0])
LAG = np.exp(-2j * np.pi * FREQUENCY_HZ / 2000.0)


@pytest.mark.parametrize(
    ("delay_frames", "exposure_share", "weights"),
    [
        (0.0, 1.0, [0.0, 1.0]),
        (1.0, 1.0, [0.0, 0.0, 1.0]),
        (2.0, 1e-6, [0.0, 0.0, 0.0, 1.0]),
        (0.5, 1.0, [0.0, 0.5, 0.5]),
        (1.25, 1.0, [0.0, 0.0, 0.75, 0.25]),
        (1.25, 0.8, [0.0, 0.0, 0.9375, 0.0625]),
        (0.3, 0.5, [0.0, 1.0]),
    ],
)
def test_without_actuator_it_is_the_share_of_each_command_in_the_exposure(delay_frames, exposure_share, weights):
    """Exact: overlap of hold [d - i, d - i + 1] with the exposure [-share, 0], by hand."""
    way = replica_filter(Replica(rate_hz=2000.0, delay_frames=delay_frames, exposure_share=exposure_share))
    expected = sum(weight * LAG**i for i, weight in enumerate(weights))
    np.testing.assert_allclose(law_response(way, FREQUENCY_HZ), expected, atol=1e-9)
    assert slow_delay_frames(way) == pytest.approx(sum(i * weight for i, weight in enumerate(weights)), abs=1e-9)


@pytest.mark.parametrize(("delay_frames", "exposure_share"), [(1.0, 1.0), (0.4, 0.7), (1.75, 0.25)])
def test_with_actuator_against_small_steps(delay_frames, exposure_share):
    """Brute force: the servo in 400 steps a frame, discretised by scipy; the trapezoids of its mean err by 1e-5."""
    rng, frames, fine = np.random.default_rng(3), 12, 400
    commands = rng.standard_normal(frames)
    way = replica_filter(
        Replica(
            rate_hz=2000.0,
            delay_frames=delay_frames,
            exposure_share=exposure_share,
            actuator_hz=700.0,
            actuator_damping=0.4,
        )
    )
    seen, state = [], np.zeros(way.b.size)
    for command in commands:
        seen.append(float(way.c @ state))
        state, _ = law_step(way, state, command)
    time = np.arange(frames * fine + 1) / fine  # frames; command k is made at time k
    held = np.concatenate((np.zeros(round(delay_frames * fine)), np.repeat(commands, fine)))[: time.size - 1]
    omega = 2.0 * np.pi * 700.0 / 2000.0
    servo = signal.cont2discrete(([omega**2], [1.0, 0.8 * omega, omega**2]), 1.0 / fine)
    angle = signal.lfilter(np.ravel(servo[0]), servo[1], np.append(held, 0.0))
    for frame in range(1, frames):
        exposed = angle[round((frame - exposure_share) * fine) : frame * fine + 1]
        mean = np.trapezoid(exposed) / (exposed.size - 1)
        assert seen[frame] == pytest.approx(mean, abs=3e-5)


def test_a_slow_command_comes_late_by_delay_and_actuator():
    """Exact: 2 damping / omega for the servo, half a frame of hold, half of exposure, the delay."""
    replica = Replica(rate_hz=2000.0, delay_frames=1.0, actuator_hz=1000.0)
    assert replica.actuator_lag_frames == pytest.approx(2.0 / (2.0 * np.pi * 1000.0) * 2000.0)
    assert slow_delay_frames(replica_filter(replica)) == pytest.approx(2.0 + replica.actuator_lag_frames, rel=1e-9)


def test_sensitivity_is_one_less_the_estimate():
    """Exact: with C = E / (1 - E M) and the loop M, 1 / (1 + C M) = 1 - E M."""
    way = replica_filter(Replica(rate_hz=2000.0, delay_frames=1.3, exposure_share=0.6, actuator_hz=500.0))
    estimator = from_polynomials([0.2, 0.05], [1.0, -0.75], rate_hz=2000.0)
    loop = law_response(with_replica(estimator, way), FREQUENCY_HZ) * law_response(way, FREQUENCY_HZ)
    expected = 1.0 - law_response(estimator, FREQUENCY_HZ) * law_response(way, FREQUENCY_HZ)
    np.testing.assert_allclose(1.0 / (1.0 + loop), expected, rtol=1e-9)


def test_the_estimate_stays_right_at_the_limit():
    """Two routes: a limited law gives the clipped commands of the unlimited one, because it knows what was held."""
    way = replica_filter(Replica(rate_hz=2000.0, delay_frames=1.3, actuator_hz=600.0))
    law = with_replica(from_polynomials([0.3, 0.0], [1.0, -0.7], rate_hz=2000.0), way)
    disturbance_urad = 30.0 * np.sin(0.02 * np.arange(900))
    runs = []
    for limit_urad in (np.inf, 10.0):
        state, seen, commands = np.zeros(law.b.size), np.zeros(way.b.size), []
        for offset_urad in disturbance_urad:
            error_urad = offset_urad - way.c @ seen
            state, command_urad = law_step(law, state, error_urad, limit_urad=limit_urad)
            seen, _ = law_step(way, seen, command_urad)
            commands.append(command_urad)
        runs.append(commands)
    assert np.max(runs[0]) > 20.0
    np.testing.assert_allclose(np.clip(runs[0], -10.0, 10.0), runs[1], atol=1e-9)


def test_refusals():
    with pytest.raises(DomainError, match=r"Replica\.delay_frames is -1"):
        Replica(rate_hz=1.0, delay_frames=-1.0)
    with pytest.raises(DomainError, match=r"Replica\.exposure_share is 0"):
        Replica(rate_hz=1.0, exposure_share=0.0)
    with pytest.raises(DomainError, match=r"Replica\.actuator_hz is nan"):
        Replica(rate_hz=1.0, actuator_hz=np.nan)
