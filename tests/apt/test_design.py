"""The sampled loop against sums over its images, the laws' own replica, and polynomials by hand."""

from math import inf, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.apt.design import (
    SampledLoop,
    averaged_open_loop,
    camera_response,
    closed_loop_poles,
    complementary,
    hold_response,
    open_loop,
    plant_response,
    sensitivity,
    servo_response,
)
from passplan.apt.law import law_response
from passplan.apt.laws import Integrator, Pid, filter_of
from passplan.apt.replica import Replica, replica_filter
from passplan.errors import DomainError

SHARES = st.floats(0.01, 1.0)
DELAYS = st.floats(0.0, 3.0)


def integrator_loop(gain=0.25, rate_hz=2000.0, **timing):
    return SampledLoop(law=filter_of(Integrator(gain=gain), rate_hz=rate_hz), **timing)


@given(share=SHARES, delay=DELAYS, actuator=st.floats(0.1, 2.0), damping=st.floats(0.05, 2.0))
def test_plant_is_the_sum_of_its_images(share, delay, actuator, damping):
    """Poisson's sum: G(z) = sum over j of A K at f + j rate; the terms fall with the fourth power."""
    loop = integrator_loop(
        exposure_share=share, delay_frames=0, extra_delay_s=delay / 2000.0, actuator_hz=2000.0 * actuator,
        actuator_damping=damping,
    )  # fmt: skip
    frequency_hz = np.array([3.0, 170.0, 640.0, 999.0])
    images_hz = frequency_hz + 2000.0 * np.arange(-2000, 2001)[:, None]
    summed = (camera_response(loop, images_hz) * hold_response(loop, images_hz)).sum(axis=0)
    np.testing.assert_allclose(plant_response(loop, frequency_hz), summed, atol=1e-8)


@given(share=SHARES, delay=DELAYS, actuator=st.sampled_from([inf, 37.0, 1000.0]))
def test_plant_is_the_replica_that_laws_know(share, delay, actuator):
    """The replica is built by matrix exponentials, the plant here by closed forms."""
    loop = integrator_loop(
        exposure_share=share, delay_frames=0, extra_delay_s=delay / 2000.0, actuator_hz=actuator, actuator_damping=0.3
    )
    replica = Replica(
        rate_hz=2000.0, delay_frames=delay, exposure_share=share, actuator_hz=actuator, actuator_damping=0.3
    )
    frequency_hz = np.array([0.5, 33.0, 410.0, 1000.0])
    np.testing.assert_allclose(
        plant_response(loop, frequency_hz), law_response(replica_filter(replica), frequency_hz), atol=1e-9
    )


@given(delay=st.integers(0, 4))
def test_plant_without_an_actuator_is_a_delay(delay):
    frequency_hz = np.array([1.0, 300.0, 1000.0])
    expected = np.exp(-2j * pi * frequency_hz * (delay + 1) / 2000.0)
    np.testing.assert_allclose(plant_response(integrator_loop(delay_frames=delay), frequency_hz), expected, atol=1e-12)


def test_averaged_loop_of_the_published_form():
    """physics: L = g sinc(f T)^2 exp(-2 pi i f T) z^-nd / (1 - z^-1)."""
    frequency_hz = np.geomspace(0.1, 5000.0, 40) + 0.01
    turns = frequency_hz / 2000.0
    lag = np.exp(-2j * pi * turns)
    expected = 0.25 * np.sinc(turns) ** 2 * lag * lag**2 / (1.0 - lag)
    np.testing.assert_allclose(averaged_open_loop(integrator_loop(delay_frames=2), frequency_hz), expected, rtol=1e-9)


def test_exact_and_averaged_loops_meet_at_low_frequency_and_part_at_half_the_rate():
    """With a full exposure and whole delays the ratio is sinc^2: 1 % at a fifteenth of the rate... 0.405 at half."""
    loop = integrator_loop()
    ratio = np.abs(averaged_open_loop(loop, [1.0, 1000.0]) / open_loop(loop, [1.0, 1000.0]))
    np.testing.assert_allclose(ratio, np.sinc(np.array([1.0, 1000.0]) / 2000.0) ** 2, rtol=1e-9)


def test_sensitivity_and_its_complement_add_up_to_one():
    loop = integrator_loop(actuator_hz=1000.0, actuator_damping=0.7, exposure_share=0.3, extra_delay_s=1.3e-4)
    frequency_hz = np.geomspace(0.1, 1000.0, 50)
    np.testing.assert_allclose(sensitivity(loop, frequency_hz) + complementary(loop, frequency_hz), 1.0, atol=1e-12)


def test_sensitivity_of_the_fine_loop():
    """physics A4: |S| at 2 kHz, one frame, g = 0.25: 0.013, .125, .37, .60, 1.05, 1.39 at 1 to 200 Hz."""
    left = np.abs(sensitivity(integrator_loop(), [1.0, 10.0, 30.0, 50.0, 100.0, 200.0]))
    np.testing.assert_allclose(left, [0.013, 0.125, 0.37, 0.60, 1.05, 1.39], atol=0.012)


@pytest.mark.parametrize("delay", [0, 1, 2, 5])
def test_poles_are_the_roots_of_the_characteristic_polynomial(delay):
    """1 + g z^-n / (1 - z^-1) = 0: z^n - z^(n-1) + g = 0, n = delay + 1."""
    polynomial = np.zeros(delay + 2)
    polynomial[[0, 1]] = 1.0, -1.0
    polynomial[-1] += 0.25
    roots = np.roots(polynomial)
    poles = closed_loop_poles(integrator_loop(delay_frames=delay))
    expected = np.sort(np.abs(roots))[::-1]
    np.testing.assert_allclose(np.abs(poles)[: roots.size], expected, rtol=1e-6)
    assert np.all(np.abs(poles[roots.size :]) < 1e-6)


@given(share=SHARES, delay=DELAYS, gain=st.floats(0.05, 1.5))
def test_poles_are_where_the_loop_is_minus_one(share, delay, gain):
    """Analytic continuation of C G to complex z, by the replica; simple poles away from zero."""
    timing = {"exposure_share": share, "actuator_hz": 900.0, "actuator_damping": 0.4}
    law = filter_of(Pid(gain=gain, proportional_gain=0.2, derivative_gain=0.05), rate_hz=2000.0)
    loop = SampledLoop(law=law, delay_frames=0, extra_delay_s=delay / 2000.0, **timing)
    way = replica_filter(Replica(rate_hz=2000.0, delay_frames=delay, **timing))

    def at(filtered, z):
        return filtered.c @ np.linalg.solve(z * np.eye(filtered.b.size) - filtered.a, filtered.b) + filtered.d

    for pole in closed_loop_poles(loop)[:2]:
        assert at(law, pole) * at(way, pole) == pytest.approx(-1.0, abs=1e-5)


def test_poles_are_ordered_and_come_in_pairs():
    poles = closed_loop_poles(integrator_loop(actuator_hz=700.0))
    assert np.all(np.diff(np.abs(poles)) <= 1e-12)
    assert poles.imag.sum() == pytest.approx(0.0, abs=1e-12)


def test_latency_of_the_fine_loop_is_one_millisecond():
    """physics A3: 2 kHz with one frame of delay, 0.25 + 0.5 + 0.25 ms."""
    loop = integrator_loop()
    assert loop.latency_s == pytest.approx(1.0e-3, rel=1e-12)
    assert loop.delay_s == pytest.approx(loop.frame_s, rel=1e-12)


def test_servo_is_three_decibels_down_at_its_frequency_for_a_damping_of_one_half_root_two():
    loop = integrator_loop(actuator_hz=8.0, actuator_damping=0.5**0.5)
    assert abs(servo_response(loop, 8.0)) ** 2 == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize(
    ("field", "value"),
    [("exposure_share", 0.0), ("exposure_share", 1.1), ("delay_frames", -1), ("extra_delay_s", -1e-3),
     ("actuator_hz", 0.0), ("actuator_damping", 0.0)],
)  # fmt: skip
def test_a_loop_out_of_its_limits_is_refused(field, value):
    with pytest.raises(DomainError, match=f"SampledLoop.{field} is"):
        integrator_loop(**{field: value})
