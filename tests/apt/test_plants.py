"""Mirror and gimbal: the matrix exponential, textbook step responses, and the limits of both."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from passplan.apt.gimbal import Gimbal, gimbal_motion_urad, move_time_s
from passplan.apt.steering import FastMirror, mirror_motion_urad, second_order_response
from passplan.errors import DomainError


@given(natural_hz=st.floats(1.0, 3000.0), damping=st.floats(0.005, 3.0), step_s=st.floats(1e-5, 1e-3))
def test_exact_step(natural_hz, damping, step_s):
    """scipy.linalg.expm of the plant's matrix, with rates in units of the natural frequency."""
    omega = 2.0 * np.pi * natural_hz
    found = second_order_response(natural_hz=natural_hz, damping=damping, step_s=step_s)
    expected = expm(omega * step_s * np.array([[0.0, 1.0], [-1.0, -2.0 * damping]]))
    scaled = np.array([[found[0], found[1] * omega], [found[2] / omega, found[3]]])
    np.testing.assert_allclose(scaled, expected, atol=1e-9)


@pytest.mark.parametrize("damping", [1.0, 1.0 + 1e-13, 1.0 - 1e-13])
def test_critical_damping(damping):
    """Step response 1 - (1 + w t) exp(-w t), also next to the singular point."""
    mirror = FastMirror(resonance_hz=1000.0, damping=damping, stroke_mrad=1.6)
    time_s = np.arange(1, 11) * 0.5e-3
    angle = 2.0 * np.pi * 1000.0 * time_s
    motion = mirror_motion_urad(mirror, np.full(10, 100.0), step_s=0.5e-3)
    np.testing.assert_allclose(motion, 100.0 * (1.0 - (1.0 + angle) * np.exp(-angle)), rtol=1e-6)


def test_stroke():
    """1.6 mrad of range is 0.8 mrad to either side."""
    motion = mirror_motion_urad(FastMirror(), np.full(40, 5000.0), step_s=0.5e-3)
    assert motion.max() == pytest.approx(800.0, rel=1e-9)


def test_small_moves_of_the_gimbal_are_linear():
    """Overshoot of a second-order servo: exp(-pi zeta / sqrt(1 - zeta^2)), at pi / (w sqrt(1 - zeta^2))."""
    gimbal = Gimbal(servo_hz=8.0, damping=0.7, acceleration_limit_deg_s2=50.0)
    motion = gimbal_motion_urad(gimbal, np.full(2000, 10.0), step_s=0.5e-3)
    root = np.sqrt(1.0 - 0.7**2)
    assert motion.max() == pytest.approx(10.0 * (1.0 + np.exp(-np.pi * 0.7 / root)), rel=1e-4)
    assert motion.argmax() * 0.5e-3 == pytest.approx(1.0 / (16.0 * root), abs=1e-3)


def test_large_moves_keep_the_limits():
    """Rate and acceleration never exceed their limits; the move is at most a servo lag slower than bang-bang."""
    gimbal = Gimbal(rate_limit_deg_s=2.0, acceleration_limit_deg_s2=10.0, range_deg=10.0)
    step_s, angle_urad = 0.5e-3, 20_000.0
    motion = gimbal_motion_urad(gimbal, np.full(8000, angle_urad), step_s=step_s)
    rate = np.diff(motion, prepend=0.0) / step_s
    acceleration = np.diff(rate, prepend=0.0) / step_s
    bend_within_a_step = 0.03  # where the servo takes over from the limit, means over two steps differ by its jerk
    assert np.abs(rate).max() <= gimbal.rate_limit_urad_s * (1.0 + 1e-6)
    assert np.abs(acceleration).max() <= gimbal.acceleration_limit_urad_s2 * (1.0 + bend_within_a_step)
    assert motion.max() < (1.0 + np.exp(-np.pi * 0.7 / np.sqrt(1.0 - 0.7**2))) * angle_urad  # of the servo alone
    arrived_s = step_s * np.argmax(np.abs(motion - angle_urad) < 0.02 * angle_urad)
    least_s = move_time_s(gimbal, angle_deg=float(np.rad2deg(0.98e-6 * angle_urad)))
    assert 0.9 * least_s < arrived_s < least_s + 10.0 * gimbal.lead_s


def test_move_time():
    """Triangle and trapezium of the rate: 2 sqrt(A/a) and A/v + v/a, equal where they meet."""
    gimbal = Gimbal(rate_limit_deg_s=2.0, acceleration_limit_deg_s2=4.0)
    assert move_time_s(gimbal, angle_deg=0.25) == pytest.approx(0.5)
    assert move_time_s(gimbal, angle_deg=1.0) == pytest.approx(1.0)
    assert move_time_s(gimbal, angle_deg=10.0) == pytest.approx(5.5)
    assert move_time_s(gimbal, angle_deg=0.0) == 0.0


def test_refusals():
    """Each limit names its field."""
    with pytest.raises(DomainError, match="step_s is 0"):
        second_order_response(natural_hz=1.0, damping=1.0, step_s=0.0)
    with pytest.raises(DomainError, match="natural_hz is 0"):
        second_order_response(natural_hz=0.0, damping=1.0, step_s=1.0)
    with pytest.raises(DomainError, match="damping is -1"):
        second_order_response(natural_hz=1.0, damping=-1.0, step_s=1.0)
    with pytest.raises(DomainError, match="angle_deg is -1"):
        move_time_s(Gimbal(), angle_deg=-1.0)
    with pytest.raises(DomainError, match=r"Gimbal.servo_hz is 0"):
        Gimbal(servo_hz=0.0)
    with pytest.raises(DomainError, match=r"FastMirror.stroke_mrad is 0"):
        FastMirror(stroke_mrad=0.0)
