"""Counts with detectors as they are: timing off centre, unlike twins, blinded ones, tables not yet read."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from passplan.detection.detector import Detectors
from passplan.detection.mismatch import mismatched_basis
from passplan.detection.rates import expected_clicks, sampled_clicks
from passplan.detection.source import Source
from passplan.errors import DomainError

# Nature 549, 43 (2017), main text.
MICIUS = Source(
    clock_hz=1e8,
    intensities=(0.8, 0.1, 0.0),
    probabilities=(0.5, 0.25, 0.25),
    wavelength_nm=848.6,
    pulse_width_ns=0.2,
)
PLAIN = Detectors(efficiency=0.5, dark_cps=0.0, dead_time_ns=0.0, gate_ns=2.0, timing_sigma_ns=0.0)
XINGLONG = replace(PLAIN, dark_cps=25.0, dead_time_ns=50.0, timing_sigma_ns=0.5)
BRIGHT = replace(MICIUS, intensities=(3.0, 0.9, 0.1), basis_probability=1.0)


def counted(receiver, **changes):
    """Counts of one second with light, noise and errors all at work."""
    arguments = {"transmittance": [1e-4], "background_cps": 1000.0, "error_polarization": 0.01}
    return expected_clicks(MICIUS, receiver, **{**arguments, **changes})


@pytest.mark.parametrize(("raw_cps", "printed_share"), [(0.0, 0.47059), (300.0, 0.4696), (1840.0, 0.464)])
def test_sifted_share_of_the_detections_with_noise(raw_cps, printed_share):
    """Worked values: 0.47059 without noise, 0.4696 (0.001 lower) with 300 and 0.464 with 1,840 raw counts/s.

    At the mean rate of the reference pass, 6121 bit/s with noise; the published share is 0.47057.
    """
    transmittance = (6121.0 - 0.05 * raw_cps) / (1e8 * 0.5 * 0.8 * 0.5 * 0.5)
    counts = counted(PLAIN, transmittance=[transmittance], background_cps=raw_cps, error_polarization=0.0)
    half_digit = 0.5 * 10.0 ** -len(str(printed_share).partition(".")[2])
    assert abs(counts.sifted[0] / counts.detections[0] - printed_share) < half_digit + 1e-5


def test_causes_of_the_spread_take_the_place_of_the_whole():
    """Two routes: 0.529 ns, 0.35 ns and the pulse's 0.2 ns FWHM, against their root of squares given as a whole."""
    whole_ns = np.sqrt(0.529**2 + (0.35**2 + 0.2**2) / 5.545177)
    parts = replace(PLAIN, timing_sigma_ns=0.1, synchronization_sigma_ns=0.529, detector_fwhm_ns=0.35)
    np.testing.assert_allclose(
        counted(parts).clicks, counted(replace(PLAIN, timing_sigma_ns=whole_ns)).clicks, rtol=1e-6
    )


@pytest.mark.parametrize(
    ("offset_ns", "drift_ns", "sigma_ns"),
    [(0.4, 0.0, 0.5), (-0.4, 0.0, 0.5), (0.0, 1.5, 0.5), (0.6, 3.0, 0.5), (0.4, 2.0, 0.0)],
)
def test_gates_off_centre_keep_what_a_normal_law_leaves(offset_ns, drift_ns, sigma_ns):
    """Another library: scipy.stats.norm over 4,001 evenly spread middles; errors of noise stay."""
    middle_ns = offset_ns + drift_ns * (np.arange(4001) / 4000 - 0.5)
    law = norm(middle_ns, max(sigma_ns, 1e-9))
    kept = np.mean(law.cdf(1.0) - law.cdf(-1.0))
    receiver = replace(PLAIN, gate_offset_ns=offset_ns, gate_drift_ns=drift_ns, timing_sigma_ns=sigma_ns)
    found = counted(receiver, background_cps=0.0).sifted[0]
    whole = counted(PLAIN, background_cps=0.0).sifted[0]
    grid = 3e-4
    assert abs(found / whole - kept) < grid


def test_drift_ends_at_no_drift():
    """Limit: a drift of 1e-7 ns is none, with and without an offset."""
    for offset_ns in (0.0, 0.3):
        still = replace(XINGLONG, gate_offset_ns=offset_ns)
        drifting = replace(still, gate_drift_ns=1e-7)
        np.testing.assert_allclose(counted(drifting).clicks, counted(still).clicks, rtol=1e-6)


def test_paralysable_detectors_lose_more():
    """Exact: live shares exp(-r tau) and 1 / (1 + r tau) at 2 Mcps a detector and 50 ns."""
    loud = {"background_cps": 8e6, "transmittance": [0.0]}
    free = counted(PLAIN, **loud).detections[0]
    load = 2e6 * 50e-9
    held = counted(replace(PLAIN, dead_time_ns=50.0), **loud).detections[0]
    lamed = counted(replace(PLAIN, dead_time_ns=50.0, paralysable=True), **loud).detections[0]
    double_clicks = 2e-3
    assert abs(held / free * (1.0 + load) - 1.0) < double_clicks
    assert abs(lamed / free / np.exp(-load) - 1.0) < double_clicks


def test_seconds_in_which_a_detector_is_saturated():
    """Worked values of 1 m, 100 urad and 5 nm: 14.4 Mcps by day blind four detectors of 1 Mcps, 14.4 kcps do not."""
    day = counted(XINGLONG, transmittance=[1e-5] * 3, background_cps=[1.44e7, 4.0e6, 1.44e4])
    np.testing.assert_array_equal(day.saturated, [True, True, False])
    assert day.saturated.dtype == bool
    strict = counted(replace(XINGLONG, saturation_cps=3000.0), background_cps=1.44e4)
    np.testing.assert_array_equal(strict.saturated, [True])
    np.testing.assert_array_equal(sampled_clicks(day, np.random.default_rng(1)).saturated, day.saturated)


def test_the_busiest_detector_saturates_first():
    """Exact: 21 kcps of light; split 0.8 and mismatch 0.5 put 0.4 * 4/3 of it on one detector, twins get a quarter."""
    light = {"transmittance": [1e-3], "background_cps": 0.0}
    all_cps = 1e8 * 0.425 * 1e-3 * 0.5
    for changes, share in (({}, 0.25), ({"basis_split": 0.8, "efficiency_mismatch": 0.5}, 0.4 * 4.0 / 3.0)):
        for factor, expected in ((0.99, True), (1.01, False)):
            receiver = replace(PLAIN, saturation_cps=factor * share * all_cps, **changes)
            assert counted(receiver, **light).saturated[0] == expected


@pytest.mark.parametrize("mismatch", [0.01, 0.5, 0.9])
def test_unlike_detectors_against_one_basis(mismatch):
    """Two routes: `mismatched_basis` with all light in one basis, bright pulses, noise and double clicks included."""
    receiver = replace(PLAIN, basis_split=1.0, efficiency=0.4, efficiency_mismatch=mismatch)
    counts = expected_clicks(BRIGHT, receiver, transmittance=[0.6], background_cps=4e7, error_polarization=0.03)
    noise = -np.expm1(-1e7 * 2e-9)
    strong = 0.8 / (1.0 + mismatch)
    basis = mismatched_basis(
        mean_photons=np.array(BRIGHT.intensities) * 0.6,
        efficiency_zero=strong,
        efficiency_one=strong * mismatch,
        error=0.03,
        noise_zero=noise,
        noise_one=noise,
    )
    pulses = 1e8 * np.array(BRIGHT.probabilities)
    crossed = 1.0 - 0.5 * (1.0 - (1.0 - noise) ** 2)  # noise in the other basis takes half of the gates it enters
    np.testing.assert_allclose(counts.clicks[0, :, 0], pulses * basis.click * crossed, rtol=1e-12)
    np.testing.assert_allclose(counts.errors[0, :, 0], pulses * basis.click * basis.qber * crossed, rtol=1e-12)


def test_unlike_detectors_with_weak_pulses_keep_counts_and_errors():
    """Exact for weak pulses: the mean efficiency alone counts; twins named so give the very same numbers."""
    unlike = counted(replace(XINGLONG, efficiency_mismatch=0.7))
    np.testing.assert_allclose(unlike.clicks, counted(XINGLONG).clicks, rtol=1e-4)
    np.testing.assert_allclose(unlike.errors, counted(XINGLONG).errors, rtol=1e-4)
    causes = unlike.errors_polarization + unlike.errors_preparation + unlike.errors_background
    np.testing.assert_allclose(causes, unlike.sifted_errors, rtol=1e-12)


def test_a_table_that_has_not_been_read_is_refused():
    """Refusal: a factor must not pass for an efficiency."""
    with pytest.raises(DomainError, match=r"Detectors\.efficiency_table is 'silicon', must be read first"):
        counted(replace(PLAIN, efficiency_table="silicon"))
