"""Reaction wheels: rigid body and resonance in closed form, spectra of the series, a ramp against an integration."""

from cmath import exp
from math import pi, sqrt

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from passplan.apt.spectrum import Line
from passplan.apt.wheels import (
    Harmonic,
    Mode,
    ReactionWheel,
    lines_series,
    wheel_amplitude_urad,
    wheel_frequency_hz,
    wheel_lines,
    wheel_series,
)
from passplan.errors import DomainError

ROTOR = Harmonic(order=1.0, imbalance_kg_m2=2e-6)
BEARING = Harmonic(order=2.8, imbalance_kg_m2=1e-6)


@pytest.mark.parametrize("speed_rpm", [30.0, 1000.0, 4000.0, -4000.0])
def test_a_rigid_body_moves_alike_at_every_speed(speed_rpm):
    """Torque C W^2 over J (h W)^2: the amplitude C / (J h^2), an rms of that over sqrt 2."""
    wheel = ReactionWheel(speed_rpm=speed_rpm, inertia_kg_m2=200.0, harmonic=(ROTOR, BEARING))
    rotor, bearing = wheel_lines(wheel)
    assert rotor.rms_urad == pytest.approx(2e-6 / 200.0 * 1e6 / sqrt(2.0))
    assert bearing.rms_urad == pytest.approx(1e-6 / 200.0 / 2.8**2 * 1e6 / sqrt(2.0))
    assert (rotor.frequency_hz, bearing.frequency_hz) == pytest.approx((abs(speed_rpm) / 60, 2.8 * abs(speed_rpm) / 60))


def test_a_mode_multiplies_by_its_quality():
    """At resonance the mode adds i Q to the rigid body's -1, Q = 1/(2 zeta) = 100."""
    wheel = ReactionWheel(
        speed_rpm=3000.0, inertia_kg_m2=200.0, harmonic=(ROTOR,), mode=(Mode(frequency_hz=50.0, damping=0.005),)
    )
    (line,) = wheel_lines(wheel)
    assert line.rms_urad == pytest.approx(abs(-1.0 - 100.0j) * 0.01 / sqrt(2.0))


def test_a_wheel_at_rest_is_silent():
    """No line at 0 Hz, and the ramp through rest has no pole there."""
    still = ReactionWheel(speed_rpm=0.0, inertia_kg_m2=200.0, harmonic=(ROTOR,))
    assert wheel_lines(still) == ()
    assert np.isfinite(wheel_amplitude_urad(still, ROTOR, frequency_hz=[-1.0, 0.0, 1.0])).all()
    assert not wheel_series(still, count=10, step_s=1e-3, rng=np.random.default_rng(0)).any()


def test_lines_have_their_frequency_and_rms():
    """Whole periods in the series: rms exact, and the Fourier transform has the lines alone."""
    lines = (Line(frequency_hz=12.0, rms_urad=3.0), Line(frequency_hz=100.0, rms_urad=0.5))
    series = lines_series(lines, count=4000, step_s=1e-3, rng=np.random.default_rng(5))
    amplitude = np.abs(np.fft.rfft(series, axis=1)) / 2000.0
    for axis in range(2):
        assert np.flatnonzero(amplitude[axis] > 1e-9).tolist() == [48, 400]
        np.testing.assert_allclose(amplitude[axis, [48, 400]], np.array([3.0, 0.5]) * sqrt(2.0), rtol=1e-9)
    assert series.std(axis=1) == pytest.approx(sqrt(9.25), rel=1e-9)


def test_phases_are_random_and_axes_apart():
    """Mean over many draws of the first value: zero and the rms of the line, five standard errors."""
    rng = np.random.default_rng(6)
    line = Line(frequency_hz=10.0, rms_urad=1.0)
    first = np.array([lines_series((line,), count=1, step_s=1e-3, rng=rng)[:, 0] for _ in range(2000)])
    assert np.abs(first.mean(axis=0)).max() < 5.0 / sqrt(2000)
    assert first.std(axis=0) == pytest.approx(1.0, rel=5.0 / sqrt(2.0 * 2000))
    assert abs(np.corrcoef(first.T)[0, 1]) < 5.0 / sqrt(2000)


def test_a_ramp_follows_the_speed():
    """Between start and end in a straight line, then held; the phase is the integral of the frequency."""
    wheel = ReactionWheel(speed_rpm=600.0, end_speed_rpm=1200.0, ramp_s=10.0, inertia_kg_m2=1.0, harmonic=(ROTOR,))
    np.testing.assert_allclose(wheel_frequency_hz(wheel, [0.0, 5.0, 10.0, 20.0]), [10.0, 15.0, 20.0, 20.0])
    assert wheel_lines(wheel, time_s=5.0)[0].frequency_hz == pytest.approx(15.0)
    assert wheel.highest_hz == 20.0
    series = wheel_series(wheel, count=200_000, step_s=1e-4, rng=np.random.default_rng(7))
    crossings_s = np.flatnonzero(np.diff(np.sign(series[0]))) * 1e-4
    for middle_s, turns_hz in ((2.0, 12.0), (8.0, 18.0), (15.0, 20.0)):
        near = np.abs(crossings_s - middle_s) < 1.0
        assert near.sum() / 2.0 == pytest.approx(2.0 * turns_hz, abs=1.0)


def test_a_slow_ramp_through_a_mode_against_the_equation_of_motion():
    """Body x'' = T/J and mode q'' + 2 zeta w q' + w^2 q = T/J, integrated: the same motion within 4 % of its peak."""
    mode = Mode(frequency_hz=5.0, damping=0.05)
    wheel = ReactionWheel(
        speed_rpm=270.0, end_speed_rpm=330.0, ramp_s=100.0, inertia_kg_m2=1.0, harmonic=(ROTOR,), mode=(mode,)
    )
    step_s, count = 5e-3, 20_000
    natural = 2.0 * pi * mode.frequency_hz
    time_s = np.arange(count) * step_s

    def motion(time, state):
        turns = 4.5 * time + time * time / 200.0
        speed = 2.0 * pi * (4.5 + time / 100.0)
        torque = 2.0 * speed**2 * exp(2j * pi * turns)  # imbalance 2e-6 kg m^2, in urad
        return [state[1], torque - 2.0 * mode.damping * natural * state[1] - natural**2 * state[0]]

    solved = solve_ivp(motion, (0.0, time_s[-1]), [0j, 0j], t_eval=time_s, rtol=1e-5, atol=1e-5, method="DOP853")
    rigid = ReactionWheel(speed_rpm=270.0, end_speed_rpm=330.0, ramp_s=100.0, inertia_kg_m2=1.0, harmonic=(ROTOR,))
    draws = [wheel_series(item, count=count, step_s=step_s, rng=np.random.default_rng(8)) for item in (wheel, rigid)]
    flexible = draws[0] - draws[1]  # the same phases: what the mode adds
    settled = time_s > 5.0
    phase = np.random.default_rng(8).uniform(0.0, 2.0 * pi, (2, 1))
    expected = (np.exp(1j * phase) * solved.y[0]).real
    peak = np.abs(expected[:, settled]).max()
    assert peak == pytest.approx(2.0 / (2.0 * mode.damping), rel=0.05)
    assert np.abs(flexible - expected)[:, settled].max() < 0.04 * peak


def test_refusals():
    """Each limit names its field."""
    with pytest.raises(DomainError, match=r"Harmonic\.order is 0"):
        Harmonic(order=0.0, imbalance_kg_m2=1e-6)
    with pytest.raises(DomainError, match=r"Mode\.damping is 1"):
        Mode(frequency_hz=1.0, damping=1.0)
    with pytest.raises(DomainError, match=r"ReactionWheel\.inertia_kg_m2 is 0"):
        ReactionWheel(speed_rpm=1.0, inertia_kg_m2=0.0, harmonic=())
    for end_speed_rpm in (None, 20.0):
        wheel = ReactionWheel(speed_rpm=10.0, end_speed_rpm=end_speed_rpm, inertia_kg_m2=1.0, harmonic=(ROTOR,))
        with pytest.raises(DomainError, match="count is 0"):
            wheel_series(wheel, count=0, step_s=1.0, rng=np.random.default_rng(0))
        with pytest.raises(DomainError, match="step_s is 0"):
            wheel_series(wheel, count=1, step_s=0.0, rng=np.random.default_rng(0))
