"""Friction: break-away, steady slip, energy, and what a servo with friction does at its reversal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.apt.friction import (
    Friction,
    dry_torque_n_m,
    friction_step,
    friction_torque_n_m,
    hunting_jump_urad,
    reversal_kick_urad,
)
from passplan.apt.gimbal import Gimbal, gimbal_motion_urad
from passplan.errors import DomainError
from passplan.units import deg_to_urad

AXIS = Friction(coulomb_n_m=40.0, stiction_n_m=60.0, stribeck_deg_s=0.01, viscous_n_m_s=2000.0)
INERTIA_KG_M2 = 500.0
STEP_S = 1e-4


def pushed(friction, torque_n_m, *, seconds, rate_urad_s=0.0):
    """Rate [urad/s] of a free axis under a constant torque."""
    gain_urad_s = 1e6 * torque_n_m * STEP_S / INERTIA_KG_M2
    for _ in range(round(seconds / STEP_S)):
        free = rate_urad_s + gain_urad_s
        rate_urad_s = friction_step(friction, rate_urad_s, free, inertia_kg_m2=INERTIA_KG_M2, step_s=STEP_S)
    return rate_urad_s


def test_curve():
    """Break-away at rest, half the excess at the Stribeck rate, Coulomb far above; viscous is straight."""
    stribeck_urad_s = float(deg_to_urad(0.01))
    assert dry_torque_n_m(AXIS, 0.0) == 60.0
    assert dry_torque_n_m(AXIS, stribeck_urad_s) == pytest.approx(50.0)
    assert dry_torque_n_m(AXIS, -1e4 * stribeck_urad_s) == pytest.approx(40.0, abs=1e-6)
    radian = 1e6
    assert friction_torque_n_m(AXIS, -radian) == pytest.approx(-2040.0, abs=1e-6)
    np.testing.assert_array_equal(friction_torque_n_m(AXIS, [0.0]), [0.0])


def test_break_away_does_not_hang_on_the_step():
    """A light axis gains more than its Stribeck rate in one step, and yet sticks up to its break-away torque."""
    friction = Friction(coulomb_n_m=0.02, stiction_n_m=0.05, stribeck_deg_s=0.001)
    gain_urad_s = 1e6 * 1e-4 / 0.01  # a step of 0.1 ms with 1 N m on 0.01 kg m^2
    for torque_n_m, moves in ((0.049, False), (0.051, True)):
        after = friction_step(friction, 0.0, gain_urad_s * torque_n_m, inertia_kg_m2=0.01, step_s=1e-4)
        assert (after > 0.0) == moves


@pytest.mark.parametrize("sense", [1.0, -1.0])
def test_an_axis_sticks_up_to_its_break_away_torque(sense):
    """Exactly at rest at 59.9 N m of 60; in motion at 60.1."""
    assert pushed(AXIS, 59.9 * sense, seconds=1.0) == 0.0
    assert pushed(AXIS, 60.1 * sense, seconds=5.0) * sense > 100.0


def test_steady_slip():
    """Torque = dry torque at the rate + viscous * rate, solved by bisection."""
    torque_n_m = 200.0
    low, high = 0.0, 1e6
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if friction_torque_n_m(AXIS, middle) < torque_n_m else (low, middle)
    assert pushed(AXIS, torque_n_m, seconds=8.0) == pytest.approx(low, rel=4e-4)  # B step / J


def test_coulomb_brakes_to_rest_in_its_time():
    """v J / F from v without other torques, then rest for good."""
    friction = Friction(coulomb_n_m=40.0, stiction_n_m=40.0)
    rate_urad_s = 8000.0
    stop_s = rate_urad_s * 1e-6 * INERTIA_KG_M2 / 40.0
    assert pushed(friction, 0.0, seconds=0.9 * stop_s, rate_urad_s=rate_urad_s) == pytest.approx(800.0, rel=1e-6)
    assert pushed(friction, 0.0, seconds=1.01 * stop_s, rate_urad_s=rate_urad_s) == 0.0


@given(
    before_urad_s=st.floats(-1e6, 1e6),
    rate_urad_s=st.floats(-1e6, 1e6),
    coulomb_n_m=st.floats(0.0, 500.0),
    excess_n_m=st.floats(0.0, 500.0),
    viscous_n_m_s=st.floats(0.0, 1e6),
    step_s=st.floats(1e-6, 0.1),
)
def test_friction_never_turns_an_axis_nor_feeds_it(
    before_urad_s, rate_urad_s, coulomb_n_m, excess_n_m, viscous_n_m_s, step_s
):
    """Energy never grows, at any step: the rate keeps its sign and does not grow."""
    friction = Friction(coulomb_n_m=coulomb_n_m, stiction_n_m=coulomb_n_m + excess_n_m, viscous_n_m_s=viscous_n_m_s)
    after = friction_step(friction, before_urad_s, rate_urad_s, inertia_kg_m2=INERTIA_KG_M2, step_s=step_s)
    assert 0.0 <= after * np.sign(rate_urad_s) <= abs(rate_urad_s)


def test_kick_at_the_reversal():
    """A servo without integral leaves F/(J w^2); when the program turns, its error jumps by twice that."""
    gimbal = Gimbal(servo_hz=3.0, inertia_kg_m2=INERTIA_KG_M2, coulomb_n_m=40.0, stiction_n_m=40.0)
    seconds, turn = 4.0, 2.0
    count = round(seconds / STEP_S)
    rate_urad_s = 500.0 * (turn - STEP_S * np.arange(count + 1))
    motion = gimbal_motion_urad(gimbal, np.zeros(count), step_s=STEP_S, program_rate_urad_s=rate_urad_s)
    kick_urad = reversal_kick_urad(gimbal.friction, inertia_kg_m2=INERTIA_KG_M2, servo_hz=3.0)
    assert kick_urad == pytest.approx(2.0 * 40.0 / (500.0 * (6.0 * np.pi) ** 2) * 1e6)
    before, after = motion[round(1.9 / STEP_S)], motion[-1]
    assert before == pytest.approx(-0.5 * kick_urad, rel=2e-3)  # w step
    assert after - before == pytest.approx(kick_urad, rel=2e-3)


@pytest.mark.parametrize("damping", [0.3, 0.7])
def test_hunting(damping):
    """Slowly pulled, the axis jumps by (Fs - Fc)/(J w^2) and its overshoot, and stands still between the jumps."""
    gimbal = Gimbal(
        servo_hz=3.0, damping=damping, inertia_kg_m2=INERTIA_KG_M2,
        coulomb_n_m=40.0, stiction_n_m=60.0, stribeck_deg_s=1e-5,
    )  # fmt: skip
    seconds, pull_urad_s, step_s = 16.0, 40.0, 4e-4
    command = pull_urad_s * step_s * np.arange(round(seconds / step_s))
    motion = gimbal_motion_urad(gimbal, command, step_s=step_s)
    moving = np.diff(motion) != 0.0
    starts = np.flatnonzero(moving[1:] & ~moving[:-1]) + 1
    stops = np.flatnonzero(~moving[1:] & moving[:-1]) + 1
    jumps = motion[stops] - motion[starts[: stops.size]]
    expected = hunting_jump_urad(gimbal.friction, inertia_kg_m2=INERTIA_KG_M2, servo_hz=3.0, damping=damping)
    pulled_during_a_jump = 0.07
    assert jumps.size >= 2
    np.testing.assert_allclose(jumps, expected, rtol=pulled_during_a_jump)


def test_refusals():
    """Each limit names its field."""
    with pytest.raises(DomainError, match=r"stiction_n_m is 10 N m, must be at least coulomb_n_m, 20 N m"):
        Friction(coulomb_n_m=20.0, stiction_n_m=10.0)
    with pytest.raises(DomainError, match=r"Friction.stribeck_deg_s is 0"):
        Friction(stribeck_deg_s=0.0)
    with pytest.raises(DomainError, match="inertia_kg_m2 is 0"):
        friction_step(AXIS, 1.0, 1.0, inertia_kg_m2=0.0, step_s=1e-4)
    with pytest.raises(DomainError, match="step_s is 0"):
        friction_step(AXIS, 1.0, 1.0, inertia_kg_m2=1.0, step_s=0.0)
    with pytest.raises(DomainError, match="servo_hz is 0"):
        reversal_kick_urad(AXIS, inertia_kg_m2=1.0, servo_hz=0.0)
    with pytest.raises(DomainError, match="damping is -1"):
        hunting_jump_urad(AXIS, inertia_kg_m2=1.0, servo_hz=1.0, damping=-1.0)
