"""Margins against the closed forms of the integrator, brute force, and loops that cross more than once."""

from math import asin, degrees, inf, pi, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.apt.design import SampledLoop, closed_loop_poles, open_loop
from passplan.apt.laws import Integrator, Pid, TypeTwo, filter_of
from passplan.apt.line_filter import Resonance
from passplan.apt.margins import (
    check_stable,
    is_stable,
    largest_stable_factor,
    margin_grid_hz,
    margins,
    peak_sensitivity,
    slowest_pole,
    with_gain,
)
from passplan.errors import DomainError

RATE_HZ = 2000.0


def loop_of(law, **timing):
    return SampledLoop(law=filter_of(law, rate_hz=RATE_HZ), **timing)


def stable_gain(n):
    return 2.0 * sin(pi / (2.0 * (2.0 * n - 1.0)))


@given(n=st.integers(1, 6), share=st.floats(0.02, 0.95))
def test_integrator_margins_are_the_closed_forms(n, share):
    """physics A4: f_c, PM and GM, exact. For n = 1 the phase crosses -180 deg at half the rate itself: GM = 2/g."""
    gain = share * stable_gain(n)
    found = margins(loop_of(Integrator(gain=gain), delay_frames=n - 1))
    assert found.crossover_hz == pytest.approx(RATE_HZ / pi * asin(0.5 * gain), rel=1e-9)
    phase_deg = 90.0 - (n - 0.5) * degrees(2.0 * asin(0.5 * gain))
    assert found.phase_margin_deg == pytest.approx(phase_deg, rel=1e-9)
    assert found.gain_margin == pytest.approx(stable_gain(n) / gain, rel=1e-9)
    assert found.gain_margin_hz == pytest.approx(RATE_HZ / (2.0 * (2.0 * n - 1.0)), rel=1e-9)
    assert found.crossings == 1
    assert found.gain_reduction == 0.0


@pytest.mark.parametrize(
    ("n", "gain", "gain_margin", "phase_deg"),
    [(2, 0.25, 4.00, 68.46), (2, 0.48, 2.083, 48.34), (3, 0.28, 2.207, 49.76)],
)
def test_the_published_margins(n, gain, gain_margin, phase_deg):
    """physics A4, computed there with python-control."""
    found = margins(loop_of(Integrator(gain=gain), delay_frames=n - 1))
    assert found.gain_margin == pytest.approx(gain_margin, abs=5e-4)
    assert found.phase_margin_deg == pytest.approx(phase_deg, abs=5e-3)


def test_gain_margin_at_nyquist_is_finite():
    found = margins(loop_of(Integrator(gain=0.25), delay_frames=0))
    assert found.gain_margin == pytest.approx(8.0, rel=1e-9)
    assert found.gain_margin_hz == 0.5 * RATE_HZ


def test_delay_margin_is_the_delay_that_makes_it_oscillate():
    """g = 1 with n = 1: 60 deg at a sixth of the rate, one frame; n = 2 then has its poles on the unit circle."""
    found = margins(loop_of(Integrator(gain=1.0), delay_frames=0))
    assert found.delay_margin_frames == pytest.approx(1.0, rel=1e-9)
    assert found.delay_margin_s == pytest.approx(1.0 / RATE_HZ, rel=1e-9)
    assert slowest_pole(loop_of(Integrator(gain=1.0), delay_frames=1)).magnitude == pytest.approx(1.0, abs=1e-9)


@given(
    gain=st.floats(0.02, 0.4), proportional=st.floats(0.0, 0.3), share=st.floats(0.05, 1.0),
    extra=st.floats(0.0, 1.0), actuator_hz=st.floats(300.0, 3000.0), damping=st.floats(0.3, 1.5),
)  # fmt: skip
def test_gain_margin_makes_the_loop_oscillate(gain, proportional, share, extra, actuator_hz, damping):
    """The poles are the witness: inside the unit circle just below the margin, outside just above."""
    loop = loop_of(
        Pid(gain=gain, proportional_gain=proportional), delay_frames=1, exposure_share=share,
        extra_delay_s=extra / RATE_HZ, actuator_hz=actuator_hz, actuator_damping=damping,
    )  # fmt: skip
    if not is_stable(loop):
        with pytest.raises(DomainError, match="is unstable"):
            margins(loop)
        return
    factor = margins(loop).gain_margin
    assert is_stable(with_gain(loop, 0.999 * factor))
    assert not is_stable(with_gain(loop, 1.001 * factor))


@given(gain=st.floats(0.05, 0.6), actuator_hz=st.floats(300.0, 3000.0))
def test_peak_is_that_of_a_very_dense_grid(gain, actuator_hz):
    loop = loop_of(Integrator(gain=gain), delay_frames=1, actuator_hz=actuator_hz)
    if is_stable(loop):
        dense = np.linspace(0.1, 0.5 * RATE_HZ, 100_001)
        brute = 1.0 / float(np.abs(1.0 + open_loop(loop, dense)).min())
        peak, _ = peak_sensitivity(loop)
        assert peak == pytest.approx(brute, rel=1e-6)
        assert margins(loop).modulus_margin * peak == pytest.approx(1.0, rel=1e-12)


def test_peak_of_a_one_frame_integrator_is_at_half_the_rate():
    """L = g / (z - 1) is -g/2 there: Ms = 1 / (1 - g/2)."""
    peak, where_hz = peak_sensitivity(loop_of(Integrator(gain=0.99), delay_frames=0))
    assert peak == pytest.approx(1.0 / (1.0 - 0.495), rel=1e-9)
    assert where_hz == pytest.approx(0.5 * RATE_HZ, rel=1e-6)


def test_peak_of_the_averaged_loop_is_lower():
    """physics A4: Ms 1.46 for g = 0.99 without whole frames of delay, where the sampled loop has 1.98."""
    loop = loop_of(Integrator(gain=0.99), delay_frames=0)
    assert peak_sensitivity(loop, averaged=True)[0] == pytest.approx(1.46, abs=0.005)


def test_a_resonance_makes_more_crossings():
    """A peak of the law at 300 Hz lifts the loop over one again: the least of three phases is the margin."""
    law = Integrator(gain=0.1, resonances=(Resonance(frequency_hz=300.0, gain=9.0, damping=0.01),))
    loop = loop_of(law, delay_frames=1)
    found = margins(loop)
    assert found.crossings == 3
    grid_hz = np.linspace(1.0, 999.0, 400_001)
    response = open_loop(loop, grid_hz)
    ones = np.flatnonzero(np.diff(np.sign(np.abs(response) - 1.0)))
    phases = np.abs(np.angle(-response[ones], deg=True))
    assert found.phase_margin_deg == pytest.approx(phases.min(), abs=0.2)


def triple_integrator():
    """L with -270 deg at low frequency: it needs its gain."""
    double = filter_of(TypeTwo(gain=0.2, zero_hz=10.0), rate_hz=RATE_HZ)
    single = filter_of(Pid(gain=0.02, proportional_gain=1.0), rate_hz=RATE_HZ)
    from passplan.apt.line_filter import in_series

    return SampledLoop(law=in_series(double, single), delay_frames=0)


def test_a_loop_that_needs_its_gain_says_how_much_it_may_lose():
    loop = triple_integrator()
    found = margins(loop)
    assert 0.0 < found.gain_reduction < 1.0
    assert is_stable(with_gain(loop, 1.001 * found.gain_reduction))
    assert not is_stable(with_gain(loop, 0.999 * found.gain_reduction))


def test_an_unstable_loop_is_refused_with_the_numbers():
    """z^2 - z + 1.3 = 0: |z| = sqrt(1.3) = 1.14018, at acos(0.5/1.14018) rate / 2 pi; stable below g = 1."""
    loop = loop_of(Integrator(gain=1.3), delay_frames=1)
    angle = np.arccos(0.5 / np.sqrt(1.3)) / (2.0 * pi) * RATE_HZ
    with pytest.raises(DomainError, match=rf"magnitude 1\.14018, .*{angle:.4g} Hz .* less than 0\.7692"):
        check_stable(loop, name="the loop")
    pole = slowest_pole(loop)
    assert pole.time_s == pytest.approx(1.0 / RATE_HZ / np.log(np.sqrt(1.3)), rel=1e-9)
    with pytest.raises(DomainError, match="unstable"):
        margins(loop)


def test_a_loop_on_the_edge_never_dies_out():
    with pytest.raises(DomainError, match="never dies out"):
        check_stable(loop_of(Integrator(gain=1.0), delay_frames=1))
    assert slowest_pole(loop_of(Integrator(gain=1.0), delay_frames=1)).time_s == inf


def test_a_loop_with_the_wrong_sign_has_no_stable_gain():
    loop = with_gain(loop_of(Integrator(gain=0.3)), 1.0)
    backwards = SampledLoop(
        law=type(loop.law)(
            rate_hz=RATE_HZ, a=loop.law.a, b=loop.law.b, c=-loop.law.c, d=-loop.law.d, windup=loop.law.windup
        )
    )
    assert largest_stable_factor(backwards) == 0.0
    with pytest.raises(DomainError, match="not stable at any lower gain"):
        check_stable(backwards)


def test_the_grid_ends_at_half_the_rate_and_is_close_around_poles():
    loop = loop_of(Integrator(gain=0.1, resonances=(Resonance(frequency_hz=123.4, gain=3.0, damping=1e-4),)))
    grid_hz = margin_grid_hz(loop)
    assert grid_hz[-1] == 0.5 * RATE_HZ
    ring_hz = np.abs(np.angle(closed_loop_poles(loop))) / (2.0 * pi) * RATE_HZ
    nearest = ring_hz[np.argmin(np.abs(ring_hz - 123.4))]
    assert np.abs(grid_hz - nearest).min() < 1e-3


def test_gains_scale_and_must_be_positive():
    loop = loop_of(Pid(gain=0.1, proportional_gain=0.3))
    frequency_hz = np.array([3.0, 50.0, 700.0])
    np.testing.assert_allclose(open_loop(with_gain(loop, 1.7), frequency_hz), 1.7 * open_loop(loop, frequency_hz))
    with pytest.raises(DomainError, match="factor is 0"):
        with_gain(loop, 0.0)
