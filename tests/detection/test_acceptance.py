"""The share of pulses in the gate. Witnesses: the normal distribution, and its mean over a drift by quadrature."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from passplan.detection.acceptance import pulse_acceptance
from passplan.detection.detector import Detectors
from passplan.detection.source import Source
from passplan.errors import DomainError

SOURCE = Source(
    clock_hz=1e8,
    intensities=(0.8, 0.1, 0.0),
    probabilities=(0.5, 0.25, 0.25),
    wavelength_nm=850.0,
    pulse_width_ns=0.2,
)
GATE = Detectors(efficiency=0.5, dark_cps=0.0, dead_time_ns=0.0, gate_ns=2.0, timing_sigma_ns=0.5)


def normal_mass(offset_ns, sigma_ns=0.5):
    return norm.cdf((1.0 - offset_ns) / sigma_ns) - norm.cdf((-1.0 - offset_ns) / sigma_ns)


@pytest.mark.parametrize("offset_ns", [0.0, 0.4, -0.4, 1.0, 3.0])
def test_a_gate_that_stands_still(offset_ns):
    """Another library: scipy.stats.norm between the edges of the gate, seen from the pulse."""
    assert pulse_acceptance(SOURCE, replace(GATE, gate_offset_ns=offset_ns)) == pytest.approx(
        normal_mass(offset_ns), rel=1e-12
    )


@pytest.mark.parametrize("offset_ns", [0.0, -0.3])
def test_a_gate_that_drifts(offset_ns):
    """Another library: the mean of the normal mass over the drift, by scipy's quadrature."""
    drift_ns = 1.2
    mean = quad(normal_mass, offset_ns - 0.5 * drift_ns, offset_ns + 0.5 * drift_ns, epsabs=1e-13)[0] / drift_ns
    found = pulse_acceptance(SOURCE, replace(GATE, gate_drift_ns=drift_ns, gate_offset_ns=offset_ns))
    assert found == pytest.approx(mean, rel=1e-9)


def test_a_sharp_pulse_is_in_or_out():
    """Limit: without spread the share is a step at the edge, and a drift across it counts in proportion."""
    sharp = replace(GATE, timing_sigma_ns=0.0)
    shares = [pulse_acceptance(SOURCE, replace(sharp, gate_offset_ns=offset)) for offset in (0.0, 0.99, 1.01)]
    assert shares == [1.0, 1.0, 0.0]
    crossing = pulse_acceptance(SOURCE, replace(sharp, gate_offset_ns=1.0, gate_drift_ns=1.0))
    assert crossing == pytest.approx(0.5, abs=1e-6)


def test_the_pulse_adds_to_the_spread():
    """Exact: independent widths add in squares; 0.3 ns of the clock and a pulse of 0.4 ns in sigma make 0.5 ns."""
    wide = replace(SOURCE, pulse_width_ns=0.4 * 2.0 * np.sqrt(2.0 * np.log(2.0)))
    causes = replace(GATE, timing_sigma_ns=0.0, synchronization_sigma_ns=0.3, detector_fwhm_ns=0.0)
    assert pulse_acceptance(wide, causes) == pytest.approx(normal_mass(0.0), rel=1e-12)


def test_overlapping_gates_are_refused():
    """Refusal: a gate longer than the pulse period."""
    with pytest.raises(DomainError, match=r"gate_ns is 10\.5, must not exceed the pulse period 10 ns"):
        pulse_acceptance(SOURCE, replace(GATE, gate_ns=10.5))
