"""Closed forms of the integrator loop: printed margins, a direct evaluation of L(z), and the loop run step by step."""

import numpy as np
import pytest

from passplan.apt.control import (
    IntegratorLaw,
    PiLaw,
    crossover_hz,
    gain_margin,
    integrator_step,
    latency_bound_urad,
    noise_gain,
    phase_margin_deg,
    pi_step,
    ramp_error_urad,
    sensitivity,
)
from passplan.errors import DomainError

CASES = [(2, 0.25, 4.00, 68.46), (2, 0.48, 2.083, 48.34), (3, 0.28, 2.207, 49.76)]  # n, g, GM, PM, from python-control


@pytest.mark.parametrize(("delay", "gain", "margin", "phase_deg"), CASES)
def test_margins(delay, gain, margin, phase_deg):
    """Printed margins, computed with python-control."""
    assert gain_margin(gain=gain, total_delay_frames=delay) == pytest.approx(margin, rel=2e-3)
    assert phase_margin_deg(gain=gain, total_delay_frames=delay) == pytest.approx(phase_deg, abs=0.005)


def test_crossover():
    """Printed: 79.8 Hz at 2 kHz and g = 0.25; there |L| = 1 and its phase leaves the margin."""
    found_hz = crossover_hz(gain=0.25, frame_rate_hz=2000.0)
    lag = np.exp(-2j * np.pi * found_hz / 2000.0)
    loop = 0.25 * lag**2 / (1.0 - lag)
    assert found_hz == pytest.approx(79.8, abs=0.05)
    assert abs(loop) == pytest.approx(1.0, rel=1e-12)
    assert 180.0 + np.angle(loop, deg=True) == pytest.approx(phase_margin_deg(gain=0.25, total_delay_frames=2))


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


def test_noise_gain_of_the_stepped_law():
    """g/(2-g): variance of the command of a loop of delay one, run on white noise; five standard errors."""
    rng, law, count = np.random.default_rng(1), IntegratorLaw(gain=0.4, limit_urad=1e6), 50_000
    command, commands = 0.0, np.empty(count)
    for index, noise in enumerate(rng.standard_normal(count)):
        command = integrator_step(law, command, noise - command)
        commands[index] = command
    five_errors = 5.0 * np.sqrt(2.0 / (count * 0.4))
    assert commands.var() == pytest.approx(noise_gain(gain=0.4), rel=five_errors)


def test_ramp_error():
    """Printed: 40 Hz, g = 0.1: 119 urad/s leaves 29.75 urad, 11.9 mrad/s 2.98 mrad."""
    found = ramp_error_urad(rate_urad_s=[119.0, 11_900.0], gain=0.1, frame_rate_hz=40.0)
    np.testing.assert_allclose(found, [29.75, 2975.0], rtol=1e-12)


def test_anti_windup():
    """After long saturation the first error of the other sign moves the command at once."""
    law = PiLaw(gain=0.5, proportional_gain=0.2, limit_urad=10.0)
    integral = 0.0
    for _ in range(100):
        integral, command = pi_step(law, integral, 8.0)
    assert (integral, command) == (10.0, 10.0)
    assert pi_step(law, integral, -4.0) == pytest.approx((8.0, 7.2))
    assert integrator_step(IntegratorLaw(gain=0.5, limit_urad=10.0), 10.0, -4.0) == pytest.approx(8.0)


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
    with pytest.raises(DomainError, match=r"IntegratorLaw.gain is -1"):
        IntegratorLaw(gain=-1.0, limit_urad=1.0)
    with pytest.raises(DomainError, match=r"PiLaw.limit_urad is 0"):
        PiLaw(gain=1.0, proportional_gain=0.0, limit_urad=0.0)
