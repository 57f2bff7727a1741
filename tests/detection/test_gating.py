"""The time gate against the normal distribution and the printed figures of Micius."""

import numpy as np
import pytest
from scipy.stats import norm

from passplan.detection.gating import arrival_sigma_ns, gate_acceptance, gate_duty
from passplan.errors import DomainError


@pytest.mark.parametrize(("sigma_ns", "printed_percent", "half_digit"), [(0.5, 95.4, 0.06), (0.529, 94.1, 0.05)])
def test_acceptance_of_a_two_nanosecond_gate(sigma_ns, printed_percent, half_digit):
    """Two sigma of a Gaussian, 95.45 %; Nature 549, 43 (2017): 2 ns window, 0.5 ns spread, 0.529 ns synchronization."""
    found_percent = 100.0 * gate_acceptance(gate_ns=2.0, timing_sigma_ns=sigma_ns)
    assert abs(found_percent - printed_percent) < half_digit


def test_loss_of_the_gate_in_db():
    """Printed: 95.4 % are -0.20 dB."""
    assert abs(10.0 * np.log10(gate_acceptance(gate_ns=2.0, timing_sigma_ns=0.5)) + 0.20) < 0.005


def test_acceptance_is_the_mass_of_a_normal_distribution():
    """Another library: scipy.stats.norm."""
    gate_ns, sigma_ns = np.array([0.1, 1.0, 3.0]), np.array([[0.2], [0.7]])
    mass = norm.cdf(0.5 * gate_ns / sigma_ns) - norm.cdf(-0.5 * gate_ns / sigma_ns)
    np.testing.assert_allclose(gate_acceptance(gate_ns=gate_ns, timing_sigma_ns=sigma_ns), mass, rtol=1e-12)


def test_without_spread_every_pulse_is_inside():
    """Limit: sigma = 0."""
    np.testing.assert_array_equal(gate_acceptance(gate_ns=2.0, timing_sigma_ns=[0.0, 1e-9]), [1.0, 1.0])


def test_duty_of_micius():
    """Nature 549, 43 (2017): 100 MHz and 2 ns leave the gate open a fifth of the time."""
    assert abs(gate_duty(clock_hz=1e8, gate_ns=2.0) - 0.2) < 1e-15
    assert gate_duty(clock_hz=1e8, gate_ns=10.0) == pytest.approx(1.0, abs=1e-15)


def test_spread_of_the_arrival_times():
    """Exact: one cause alone is itself; Micius' causes lie between the measured 0.5 and the 0.67 ns of raw widths."""
    alone_ns = arrival_sigma_ns(synchronization_sigma_ns=0.529, detector_fwhm_ns=0.0, pulse_fwhm_ns=0.0)
    assert alone_ns == 0.529
    full_width_of_one_sigma_ns = 2.0 * np.sqrt(2.0 * np.log(2.0))
    width_ns = arrival_sigma_ns(
        synchronization_sigma_ns=0.0, detector_fwhm_ns=full_width_of_one_sigma_ns, pulse_fwhm_ns=0.0
    )
    assert abs(width_ns - 1.0) < 1e-12
    micius_ns = arrival_sigma_ns(synchronization_sigma_ns=0.529, detector_fwhm_ns=0.35, pulse_fwhm_ns=0.2)
    assert 0.5 < micius_ns < 0.67
    assert abs(micius_ns - np.sqrt(0.529**2 + (0.35**2 + 0.2**2) / 5.545177)) < 1e-6


def test_nonsense_is_refused():
    """Refusal: each input is named; gates must not overlap."""
    with pytest.raises(DomainError, match=r"gate_ns is 0\.0"):
        gate_acceptance(gate_ns=0.0, timing_sigma_ns=0.5)
    with pytest.raises(DomainError, match=r"timing_sigma_ns is -0\.5"):
        gate_acceptance(gate_ns=2.0, timing_sigma_ns=-0.5)
    with pytest.raises(DomainError, match="must not exceed the pulse period 10 ns"):
        gate_duty(clock_hz=1e8, gate_ns=10.1)
    with pytest.raises(DomainError, match="clock_hz is 0"):
        gate_duty(clock_hz=0.0, gate_ns=1.0)
    with pytest.raises(DomainError, match="pulse_fwhm_ns is -1"):
        arrival_sigma_ns(synchronization_sigma_ns=0.5, detector_fwhm_ns=0.3, pulse_fwhm_ns=-1.0)
