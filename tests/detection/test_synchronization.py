"""Gates off centre: the normal distribution, quadrature over a drift, and the best gate by another optimiser."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from passplan.detection.error_rate import key_weight, noisy_error_rate
from passplan.detection.gating import arrival_sigma_ns, gate_acceptance
from passplan.detection.synchronization import best_gate_ns, doppler_drift_ns_s, drifting_acceptance, offset_acceptance
from passplan.errors import DomainError


def test_offset_gate_is_the_mass_of_a_normal_distribution():
    """Another library: scipy.stats.norm; without an offset the centred gate."""
    offset_ns = np.array([-3.0, -0.4, 0.0, 1.0])
    mass = norm.cdf(1.0, offset_ns, 0.5) - norm.cdf(-1.0, offset_ns, 0.5)
    found = offset_acceptance(gate_ns=2.0, timing_sigma_ns=0.5, offset_ns=offset_ns)
    np.testing.assert_allclose(found, mass, rtol=1e-9)
    assert abs(found[2] - gate_acceptance(gate_ns=2.0, timing_sigma_ns=0.5)) < 1e-15


@pytest.mark.parametrize(("drift_ns", "offset_ns"), [(0.3, 0.0), (2.0, 0.4), (-8.0, 0.0), (8.0, -1.0)])
def test_drift_against_quadrature(drift_ns, offset_ns):
    """Another library: scipy's quad over the arrivals between two corrections."""
    low, high = sorted((offset_ns - 0.5 * drift_ns, offset_ns + 0.5 * drift_ns))
    area, _ = quad(lambda middle: norm.cdf(1.0, middle, 0.5) - norm.cdf(-1.0, middle, 0.5), low, high)
    found = drifting_acceptance(gate_ns=2.0, timing_sigma_ns=0.5, drift_ns=drift_ns, offset_ns=offset_ns)
    assert abs(found - area / (high - low)) < 1e-9


def test_no_drift_is_the_offset_gate():
    """Limit: drift 0, to 1e-8."""
    found = drifting_acceptance(gate_ns=2.0, timing_sigma_ns=0.529, drift_ns=0.0, offset_ns=[0.0, 0.7])
    still = offset_acceptance(gate_ns=2.0, timing_sigma_ns=0.529, offset_ns=[0.0, 0.7])
    np.testing.assert_allclose(found, still, atol=1e-8)
    assert abs(found[0] - 0.941) < 0.5e-3  # 94.1 % at the published synchronization jitter


def test_doppler_drift():
    """Exact: 299.792458 m/s are 1 us/s, and a clock off by 1e-9 runs away by 1 ns/s."""
    np.testing.assert_allclose(doppler_drift_ns_s(range_rate_m_s=[299.792458, 0.0, 7000.0]), [1e3, 0.0, 23349.49], 1e-6)
    assert doppler_drift_ns_s(range_rate_m_s=0.0, clock_error_ppb=1.0) == 1.0


def test_raw_widths_in_quadrature():
    """Worked value: 0.529, 0.35 and 0.2 ns, all taken as standard deviations, give 0.67 ns, above the measured 0.5."""
    full_width = 2.0 * np.sqrt(2.0 * np.log(2.0))
    found_ns = arrival_sigma_ns(
        synchronization_sigma_ns=0.529, detector_fwhm_ns=0.35 * full_width, pulse_fwhm_ns=0.2 * full_width
    )
    assert abs(found_ns - 0.67) < 0.005


@pytest.mark.parametrize(("signal", "noise"), [(1e4, 100.0), (1e3, 100.0), (1e3, 1000.0)])
def test_best_gate_by_another_optimiser(signal, noise):
    """Another library: scipy's bounded search on the same measure; a weaker signal wants a narrower gate."""

    def lost(gate_ns):
        kept = signal * gate_acceptance(gate_ns=gate_ns, timing_sigma_ns=0.5)
        noisy = noise * gate_ns / 10.0
        error = noisy_error_rate(signal_bit_s=kept, noise_bit_s=noisy, error_intrinsic=0.005)
        return -float((kept + noisy) * key_weight(qber=error))

    found_ns = best_gate_ns(
        signal_bit_s=signal, noise_bit_s=noise, error_intrinsic=0.005, timing_sigma_ns=0.5, clock_hz=1e8
    )
    other = minimize_scalar(lost, bounds=(0.05, 6.0), method="bounded", options={"xatol": 1e-6})
    assert abs(found_ns - other.x) < 1e-3
    louder_ns = best_gate_ns(
        signal_bit_s=signal, noise_bit_s=1.5 * noise, error_intrinsic=0.005, timing_sigma_ns=0.5, clock_hz=1e8
    )
    assert louder_ns < found_ns


def test_nonsense_is_refused():
    """Refusal: each input is named; noise that leaves no key at any gate."""
    with pytest.raises(DomainError, match=r"timing_sigma_ns is 0\.0"):
        offset_acceptance(gate_ns=2.0, timing_sigma_ns=0.0, offset_ns=0.0)
    with pytest.raises(DomainError, match="offset_ns is nan"):
        offset_acceptance(gate_ns=2.0, timing_sigma_ns=0.5, offset_ns=np.nan)
    with pytest.raises(DomainError, match="drift_ns is inf"):
        drifting_acceptance(gate_ns=2.0, timing_sigma_ns=0.5, drift_ns=np.inf)
    with pytest.raises(DomainError, match="range_rate_m_s is nan"):
        doppler_drift_ns_s(range_rate_m_s=np.nan)
    with pytest.raises(DomainError, match="no gate leaves a key: noise_bit_s is 1e\\+06 beside signal_bit_s 10"):
        best_gate_ns(signal_bit_s=10.0, noise_bit_s=1e6, error_intrinsic=0.0, timing_sigma_ns=0.5, clock_hz=1e8)
