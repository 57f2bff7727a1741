"""Closed forms of the integrator loop: printed margins, and the law's own filter in a delayed loop, to 1e-9."""

import numpy as np
import pytest

from passplan.apt.control import (
    crossover_hz,
    gain_margin,
    latency_bound_urad,
    noise_gain,
    phase_margin_deg,
    ramp_error_urad,
    sensitivity,
)
from passplan.apt.law import law_response, law_step
from passplan.apt.laws import Integrator, filter_of
from passplan.apt.replica import Replica, replica_filter
from passplan.errors import DomainError

CASES = [(2, 0.25, 4.00, 68.46), (2, 0.48, 2.083, 48.34), (3, 0.28, 2.207, 49.76)]  # n, g, GM, PM, from python-control


@pytest.mark.parametrize(("delay", "gain", "margin", "phase_deg"), CASES)
def test_margins(delay, gain, margin, phase_deg):
    """Printed margins, computed with python-control."""
    assert gain_margin(gain=gain, total_delay_frames=delay) == pytest.approx(margin, rel=2e-3)
    assert phase_margin_deg(gain=gain, total_delay_frames=delay) == pytest.approx(phase_deg, abs=0.005)


def loop_at(frequency_hz, *, gain, delay):
    """Open loop of the law's own filter and the replica of its frames."""
    law = filter_of(Integrator(gain=gain), rate_hz=2000.0)
    way = replica_filter(Replica(rate_hz=2000.0, delay_frames=delay - 1.0))
    return law_response(law, frequency_hz) * law_response(way, frequency_hz)


def test_crossover():
    """Printed: 79.8 Hz at 2 kHz and g = 0.25."""
    assert crossover_hz(gain=0.25, frame_rate_hz=2000.0) == pytest.approx(79.8, abs=0.05)


@pytest.mark.parametrize(("delay", "gain"), [(1, 0.3), (2, 0.25), (2, 0.48), (3, 0.28)])
def test_crossover_and_margins_are_those_of_the_filter(delay, gain):
    """At the crossover |L| = 1 with the phase margin left; where the phase is 180 deg, the gain margin is left."""
    at_one = loop_at(crossover_hz(gain=gain, frame_rate_hz=2000.0), gain=gain, delay=delay)
    assert abs(at_one) == pytest.approx(1.0, rel=1e-9)
    left_deg = 180.0 + np.angle(at_one, deg=True)
    assert left_deg == pytest.approx(phase_margin_deg(gain=gain, total_delay_frames=delay), rel=1e-9)
    turned = loop_at(1000.0 / (2 * delay - 1), gain=gain, delay=delay)  # 90 deg - (n - 1/2) w T = 0
    assert turned == pytest.approx(-1.0 / gain_margin(gain=gain, total_delay_frames=delay), rel=1e-9)


def test_sensitivity_is_that_of_the_filter():
    frequency_hz = np.linspace(1.0, 999.0, 57)
    found = sensitivity(frequency_hz, gain=0.3, total_delay_frames=3, frame_rate_hz=2000.0)
    expected = 1.0 / np.abs(1.0 + loop_at(frequency_hz, gain=0.3, delay=3))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("delay", [1, 2, 4])
def test_ramp_error_of_the_stepped_law(delay):
    """Step by step: the readings of a loop on a ramp of 119 urad/s settle at rate / (g fs), whatever the delay."""
    law, state, waiting = filter_of(Integrator(gain=0.1), rate_hz=40.0), np.zeros(1), [0.0] * delay
    for frame in range(2000):
        error_urad = 119.0 * frame / 40.0 - waiting.pop(0)
        state, command_urad = law_step(law, state, error_urad)
        waiting.append(command_urad)
    expected = ramp_error_urad(rate_urad_s=119.0, gain=0.1, frame_rate_hz=40.0)
    assert error_urad == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("delay", [1, 2, 3, 5])
def test_gain_margin_is_the_edge_of_stability(delay):
    """At the margin the closed loop z^n - z^(n-1) + g has a root on the unit circle."""
    gain = gain_margin(gain=1.0, total_delay_frames=delay)
    polynomial = np.zeros(delay + 1)
    polynomial[0], polynomial[-1] = 1.0, gain
    polynomial[1] += -1.0
    assert np.abs(np.roots(polynomial)).max() == pytest.approx(1.0, abs=1e-9)


def test_sensitivity():
    """Printed |S| at 2 kHz, one extra frame, g = 0.25, to two digits; the frame average in it takes 1 % at 200 Hz."""
    frequency_hz = [1.0, 10.0, 30.0, 50.0, 100.0, 200.0]
    found = sensitivity(frequency_hz, gain=0.25, total_delay_frames=2, frame_rate_hz=2000.0)
    np.testing.assert_allclose(found, [0.013, 0.125, 0.37, 0.60, 1.05, 1.39], rtol=0.01, atol=0.005)


@pytest.mark.parametrize("gain", [0.05, 0.4, 1.0, 1.7])
def test_noise_gain(gain):
    """Sum of the squared impulse response of the command u[k+1] = (1 - g) u[k] + g noise, taken to its last digit."""
    impulse = gain * (1.0 - gain) ** np.arange(2000)
    assert noise_gain(gain=gain) == pytest.approx(np.sum(impulse**2), rel=1e-9)


def test_ramp_error():
    """Printed: 40 Hz, g = 0.1: 119 urad/s leaves 29.75 urad, 11.9 mrad/s 2.98 mrad."""
    found = ramp_error_urad(rate_urad_s=[119.0, 11_900.0], gain=0.1, frame_rate_hz=40.0)
    np.testing.assert_allclose(found, [29.75, 2975.0], rtol=1e-12)


def test_latency_bound():
    """Printed prediction error of Olympus: 0.888, 1.255, 1.772, 2.166, 2.498 urad."""
    found = latency_bound_urad(
        rms_urad=np.sqrt(80.0 * np.pi), corner_hz=1.0, latency_s=[0.25e-3, 0.5e-3, 1e-3, 1.5e-3, 2e-3]
    )
    np.testing.assert_allclose(found, [0.888, 1.255, 1.772, 2.166, 2.498], atol=6e-4)


def test_refusals():
    """Each limit names its field."""
    with pytest.raises(DomainError, match=r"gain is 2\.5"):
        crossover_hz(gain=2.5, frame_rate_hz=1.0)
    with pytest.raises(DomainError, match="total_delay_frames is 0"):
        phase_margin_deg(gain=0.1, total_delay_frames=0)
    with pytest.raises(DomainError, match="total_delay_frames is 0"):
        gain_margin(gain=0.1, total_delay_frames=0)
    with pytest.raises(DomainError, match="gain is 2"):
        noise_gain(gain=2.0)
    with pytest.raises(DomainError, match="frame_rate_hz is 0"):
        ramp_error_urad(rate_urad_s=1.0, gain=0.1, frame_rate_hz=0.0)
    with pytest.raises(DomainError, match="frequency_hz is 11"):
        sensitivity(11.0, gain=0.1, total_delay_frames=1, frame_rate_hz=20.0)
    with pytest.raises(DomainError, match="latency_s is -1"):
        latency_bound_urad(rms_urad=1.0, corner_hz=1.0, latency_s=-1.0)
