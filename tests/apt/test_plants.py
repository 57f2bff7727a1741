"""Mirror and gimbal: the matrix exponential, textbook step responses, and the limits of both."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from passplan.apt.gimbal import Gimbal, gimbal_motion_urad, move_time_s, read_encoder_urad, torque_n_m
from passplan.apt.steering import (
    FastMirror,
    mechanical_angle_urad,
    mirror_motion_urad,
    optical_angle_urad,
    second_order_response,
    sky_angle_urad,
)
from passplan.errors import DomainError


def one_axis(mirror, commands_urad, *, step_s):
    """Motion of the first axis [urad] while the second is commanded to rest."""
    return mirror_motion_urad(mirror, [commands_urad, np.zeros(len(commands_urad))], step_s=step_s)[0]


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
    motion = one_axis(mirror, np.full(10, 100.0), step_s=0.5e-3)
    np.testing.assert_allclose(motion, 100.0 * (1.0 - (1.0 + angle) * np.exp(-angle)), rtol=1e-6)


def test_stroke():
    """1.6 mrad of range is 0.8 mrad to either side."""
    motion = one_axis(FastMirror(), np.full(40, 5000.0), step_s=0.5e-3)
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


def test_slew_of_the_mirror():
    """200 urad at 0.5 rad/s need 0.4 ms; no step is longer than the limit allows."""
    mirror = FastMirror(resonance_hz=5000.0, slew_urad_s=5e5)
    motion = one_axis(mirror, np.full(200, 200.0), step_s=1e-5)
    assert np.abs(np.diff(motion, prepend=0.0)).max() <= 5.0 * (1.0 + 1e-9)
    assert motion[39] < 200.0
    assert motion[-1] == pytest.approx(200.0, rel=1e-3)


def test_coupling_of_the_mirror():
    """At rest, 2 % of one axis's command stand on the other."""
    motion = mirror_motion_urad(FastMirror(coupling=0.02), [np.full(100, 300.0), np.full(100, -100.0)], step_s=1e-3)
    np.testing.assert_allclose(motion[:, -1], [298.0, -94.0], rtol=1e-9)


def test_hysteresis_of_the_mirror():
    """Back at nought after a full swing, the angle is half the loop's opening: 0.5 * 12 % of 1600 urad."""
    commands = np.concatenate([np.full(50, 800.0), np.zeros(50)])
    motion = one_axis(FastMirror(hysteresis=0.12), commands, step_s=1e-3)
    assert motion[-1] == pytest.approx(96.0, rel=1e-9)


def test_mirror_angles():
    """A tilt of 100 urad turns the beam by 200 urad, which behind a telescope of 8 times are 25 urad on the sky."""
    mirror = FastMirror(magnification=8.0)
    assert optical_angle_urad(mechanical_urad=100.0) == 200.0
    assert sky_angle_urad(mirror, mechanical_urad=100.0) == 25.0
    assert mechanical_angle_urad(mirror, sky_urad=25.0) == 100.0


@given(position_urad=st.floats(-1e5, 1e5), step_urad=st.floats(0.1, 50.0))
def test_encoder(position_urad, step_urad):
    """A whole number of steps, at most half a step away."""
    read = read_encoder_urad(Gimbal(encoder_step_urad=step_urad), position_urad)
    assert abs(read - position_urad) <= 0.5 * step_urad * (1.0 + 1e-9)
    assert read / step_urad == pytest.approx(round(read / step_urad), abs=1e-6)


def test_a_coarse_encoder_stands_the_axis_at_its_step():
    """Commanded 34 urad with steps of 10 urad, the servo rests only where it reads 34: it hunts about an edge."""
    motion = gimbal_motion_urad(Gimbal(encoder_step_urad=10.0), np.full(20_000, 34.0), step_s=1e-4)
    assert motion[10_000:].mean() == pytest.approx(35.0, abs=1.0)
    assert np.ptp(motion[10_000:]) < 10.0


def test_the_program_is_carried_without_error():
    """The motor has the program's rate and acceleration: within the limits the deviation stays nought."""
    rate_urad_s = 5e3 * np.sin(np.linspace(0.0, 6.0, 2001))
    motion = gimbal_motion_urad(Gimbal(), np.zeros(2000), step_s=1e-3, program_rate_urad_s=rate_urad_s)
    assert np.abs(motion).max() < 1e-9


def test_a_program_too_fast_leaves_the_axis_behind():
    """At 6 deg/s of program and 5 deg/s of limit the axis falls behind by 1 deg/s, less one lag of the servo."""
    gimbal = Gimbal(rate_limit_deg_s=5.0, range_deg=180.0)
    ramp = np.minimum(np.arange(6001) * 1e-3 * 10.0, 6.0)  # deg/s
    motion = gimbal_motion_urad(gimbal, np.zeros(6000), step_s=1e-3, program_rate_urad_s=np.deg2rad(ramp) * 1e6)
    behind_deg_s = np.rad2deg(1e-6 * (motion[-1] - motion[-1001]))
    assert behind_deg_s == pytest.approx(-1.0, rel=1e-3)


def test_torque_limits_the_acceleration():
    """50 N m on 100 kg m^2 are 0.5 rad/s^2, less than 50 deg/s^2."""
    gimbal = Gimbal(acceleration_limit_deg_s2=50.0, inertia_kg_m2=100.0, torque_limit_n_m=50.0)
    assert gimbal.acceleration_limit_urad_s2 == pytest.approx(5e5)
    motion = gimbal_motion_urad(gimbal, np.full(100, 80_000.0), step_s=1e-3)
    assert np.diff(motion, 2).max() / 1e-6 == pytest.approx(5e5, rel=1e-6)
    assert Gimbal(acceleration_limit_deg_s2=10.0, inertia_kg_m2=100.0).acceleration_limit_urad_s2 == pytest.approx(
        np.deg2rad(10.0) * 1e6
    )


def test_torque():
    """J a + friction: 100 * 0.02 + 3 + 5 * 0.1 N m."""
    gimbal = Gimbal(inertia_kg_m2=100.0, coulomb_n_m=3.0, stiction_n_m=3.0, viscous_n_m_s=5.0)
    assert torque_n_m(gimbal, rate_urad_s=1e5, acceleration_urad_s2=2e4) == pytest.approx(5.5)


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
    with pytest.raises(DomainError, match=r"Gimbal.inertia_kg_m2 is missing .*coulomb_n_m 2, stiction_n_m 3"):
        Gimbal(coulomb_n_m=2.0, stiction_n_m=3.0)
    with pytest.raises(DomainError, match=r"Gimbal.inertia_kg_m2 is -1"):
        Gimbal(inertia_kg_m2=-1.0)
    with pytest.raises(DomainError, match=r"Gimbal.torque_limit_n_m is 3 N m, must exceed .* stiction_n_m, 3 N m"):
        Gimbal(inertia_kg_m2=1.0, stiction_n_m=3.0, torque_limit_n_m=3.0)
    weak = r"acceleration_limit_deg_s2 is 5 deg/s\^2, a torque of 8.73 N m .* must exceed .* stiction_n_m, 45 N m"
    with pytest.raises(DomainError, match=weak):  # 100 kg m^2 times 0.0873 rad/s^2
        Gimbal(inertia_kg_m2=100.0, acceleration_limit_deg_s2=5.0, stiction_n_m=45.0, torque_limit_n_m=50.0)
    with pytest.raises(DomainError, match=r"Gimbal.inertia_kg_m2 is not known"):
        torque_n_m(Gimbal(), rate_urad_s=0.0, acceleration_urad_s2=0.0)
    with pytest.raises(DomainError, match=r"program_rate_urad_s has shape \(3,\), must be \(\) or \(4,\)"):
        gimbal_motion_urad(Gimbal(), np.zeros(3), step_s=1e-3, program_rate_urad_s=np.zeros(3))
    with pytest.raises(DomainError, match=r"command_urad has shape \(3,\), must be \(2, n\)"):
        mirror_motion_urad(FastMirror(), np.zeros(3), step_s=1e-3)
    with pytest.raises(DomainError, match=r"FastMirror.magnification is not known"):
        sky_angle_urad(FastMirror(), mechanical_urad=1.0)
    with pytest.raises(DomainError, match=r"FastMirror.magnification is 0"):
        FastMirror(magnification=0.0)
    with pytest.raises(DomainError, match=r"FastMirror.slew_urad_s is 0"):
        FastMirror(slew_urad_s=0.0)
