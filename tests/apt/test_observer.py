"""Disturbance observer: its exact sensitivity, and what each order takes out."""

import numpy as np
import pytest

from passplan.apt.law import law_response, law_step
from passplan.apt.laws import filter_of
from passplan.apt.observer import DisturbanceObserver
from passplan.apt.replica import Replica, replica_filter
from passplan.errors import DomainError

LOOP = {"delay_frames": 1.4, "exposure_share": 0.8, "actuator_hz": 800.0, "actuator_damping": 0.6}


def test_sensitivity_of_order_one():
    """Exact: S = 1 - M (1 - p) / (1 - p z^-1), p = exp(-2 pi f / rate)."""
    frequency_hz = np.array([0.5, 20.0, 400.0])
    law = filter_of(DisturbanceObserver(bandwidth_hz=50.0), rate_hz=2000.0, **LOOP)
    seen = law_response(replica_filter(Replica(rate_hz=2000.0, **LOOP)), frequency_hz)
    pole, lag = np.exp(-0.05 * np.pi), np.exp(-2j * np.pi * frequency_hz / 2000.0)
    expected = 1.0 - seen * (1.0 - pole) / (1.0 - pole * lag)
    np.testing.assert_allclose(1.0 / (1.0 + law_response(law, frequency_hz) * seen), expected, rtol=1e-9)


@pytest.mark.parametrize(("order", "left_urad"), [(1, 0.05 * 8.768), (2, 0.0)])
def test_error_on_a_ramp(order, left_urad):
    """Step by step, 100 urad/s: order 1 leaves rate times the delay of Q M, order 2 nothing.

    Delay in frames: 2 for the loop (delay 1, whole exposure), p / (1 - p) for the low-pass of 44 Hz: 6.768.
    """
    law = filter_of(
        DisturbanceObserver(bandwidth_hz=1000.0 / np.pi * np.log(7.768 / 6.768), order=order), rate_hz=2000.0
    )
    state, waiting = np.zeros(law.b.size), [0.0, 0.0]
    for frame in range(3000):
        error = 0.05 * frame - waiting.pop(0)
        state, command = law_step(law, state, error)
        waiting.append(command)
    assert error == pytest.approx(left_urad, abs=1e-9)


def test_order_two_costs_noise():
    """Property: the flatter estimate overshoots, so its gain on white noise is larger."""
    gains = []
    for order in (1, 2):
        law = filter_of(DisturbanceObserver(bandwidth_hz=60.0, order=order), rate_hz=2000.0)
        frequency_hz = np.linspace(0.5, 999.5, 1000)
        loop = law_response(law, frequency_hz)
        seen = law_response(replica_filter(Replica(rate_hz=2000.0)), frequency_hz)
        gains.append(np.mean(np.abs(loop / (1.0 + loop * seen)) ** 2))
    assert gains[1] > 2.0 * gains[0]


def test_refusals():
    with pytest.raises(DomainError, match=r"DisturbanceObserver\.bandwidth_hz is 0"):
        DisturbanceObserver(bandwidth_hz=0.0)
    with pytest.raises(DomainError, match=r"DisturbanceObserver\.order is 3"):
        DisturbanceObserver(bandwidth_hz=1.0, order=3)
