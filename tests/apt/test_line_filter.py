"""Notches and peaks against scipy's bilinear transform and exact responses; series and parallel against products."""

import numpy as np
import pytest
from scipy import signal

from passplan.apt.law import law_response, law_step
from passplan.apt.line_filter import (
    Notch,
    Resonance,
    from_polynomials,
    in_parallel,
    in_series,
    notch_filter,
    peak_filter,
)
from passplan.errors import DomainError

FREQUENCY_HZ = np.linspace(0.0, 1000.0, 41)
LEAD = from_polynomials([2.0, -1.2, 0.1], [1.0, -1.3, 0.4], rate_hz=2000.0)
LAG = from_polynomials([0.3, 0.1], [1.0, -0.6], rate_hz=2000.0)


def test_polynomials_against_scipy():
    """Another library: scipy.signal.freqz of the same coefficients."""
    _, expected = signal.freqz([2.0, -1.2, 0.1], [1.0, -1.3, 0.4], worN=FREQUENCY_HZ, fs=2000.0)
    np.testing.assert_allclose(law_response(LEAD, FREQUENCY_HZ), expected, rtol=1e-12)


def test_notch_against_scipy():
    """Another library: bilinear transform of the printed N(s), warped so that the middle stays in place."""
    notch = Notch(centre_hz=400.0, damping=0.3, depth_db=26.0)
    omega = 2.0 * 2000.0 * np.tan(np.pi * 400.0 / 2000.0)
    zero = 0.3 * 10.0 ** (-26.0 / 20.0)
    over, under = signal.bilinear([1.0, 2.0 * zero * omega, omega**2], [1.0, 2.0 * 0.3 * omega, omega**2], fs=2000.0)
    _, expected = signal.freqz(over, under, worN=FREQUENCY_HZ, fs=2000.0)
    found = law_response(notch_filter(notch, rate_hz=2000.0), FREQUENCY_HZ)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_notch_has_its_depth_in_the_middle_and_none_at_the_ends():
    notch = notch_filter(Notch(centre_hz=730.0, depth_db=40.0), rate_hz=2000.0)
    np.testing.assert_allclose(np.abs(law_response(notch, [0.0, 730.0, 1000.0])), [1.0, 0.01, 1.0], rtol=1e-9)


@pytest.mark.parametrize("frequency_hz", [0.5, 30.0, 333.0, 990.0])
def test_peak_has_the_response_that_was_asked_for(frequency_hz):
    wanted = 3.0 - 4.0j
    peak = peak_filter(frequency_hz=frequency_hz, response=wanted, damping=0.01, rate_hz=2000.0)
    assert law_response(peak, frequency_hz) == pytest.approx(wanted, rel=1e-9)
    assert np.abs(np.linalg.eigvals(peak.a)) == pytest.approx(np.exp(-2.0 * np.pi * 0.01 * frequency_hz / 2000.0))


def test_peak_falls_to_half_power_at_its_width():
    """A lone pair of poles, lightly damped: |R|^2 is half of its peak at f (1 +- damping); exact as damping -> 0."""
    peak = peak_filter(frequency_hz=100.0, response=1.0, damping=1e-3, rate_hz=2000.0)
    np.testing.assert_allclose(np.abs(law_response(peak, [99.9, 100.1])) ** 2, 0.5, rtol=5e-3)


def test_series_and_parallel_are_product_and_sum():
    one, two = law_response(LEAD, FREQUENCY_HZ), law_response(LAG, FREQUENCY_HZ)
    np.testing.assert_allclose(law_response(in_series(LEAD, LAG), FREQUENCY_HZ), one * two, rtol=1e-11)
    np.testing.assert_allclose(law_response(in_parallel(LEAD, LAG), FREQUENCY_HZ), one + two, rtol=1e-11)


def test_at_the_limit_the_state_hears_the_held_command_alone():
    """Conditioning: the same held commands leave the same state, whatever errors asked for more."""
    states = []
    for error in (50.0, 5000.0):
        law, state = in_series(LEAD, LAG), np.zeros(3)
        for _ in range(400):
            state, command = law_step(law, state, error, limit_urad=1.0)
            assert command == 1.0
        states.append(state)
    np.testing.assert_allclose(states[0], states[1], atol=1e-9)


def test_refusals():
    with pytest.raises(DomainError, match=r"Notch\.centre_hz is 1000\.0, must lie in \(0, 1000\)"):
        notch_filter(Notch(centre_hz=1000.0), rate_hz=2000.0)
    with pytest.raises(DomainError, match=r"rate_hz is 0"):
        notch_filter(Notch(centre_hz=1.0), rate_hz=0.0)
    with pytest.raises(DomainError, match=r"Resonance\.frequency_hz is 1200\.0, must lie in \(0, 1000\)"):
        peak_filter(frequency_hz=1200.0, response=1.0, damping=0.1, rate_hz=2000.0)
    with pytest.raises(DomainError, match=r"rate_hz is -1"):
        peak_filter(frequency_hz=1.0, response=1.0, damping=0.1, rate_hz=-1.0)
    with pytest.raises(DomainError, match=r"damping is 0"):
        peak_filter(frequency_hz=1.0, response=1.0, damping=0.0, rate_hz=10.0)
    with pytest.raises(DomainError, match=r"Notch\.depth_db is -1"):
        Notch(centre_hz=1.0, depth_db=-1.0)
    with pytest.raises(DomainError, match=r"Resonance\.damping is 1"):
        Resonance(frequency_hz=1.0, gain=1.0, damping=1.0)
