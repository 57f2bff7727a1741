"""Weak light as a receiver sees it. Witness: the exact model of clicks, in the limit of few photons."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.detection.detector import Detectors
from passplan.detection.rates import expected_clicks
from passplan.detection.source import Source
from passplan.detection.weak_light import weak_light
from passplan.errors import DomainError

SOURCE = Source(
    clock_hz=1e8,
    intensities=(0.8, 0.1, 0.0),
    probabilities=(0.5, 0.25, 0.25),
    wavelength_nm=850.0,
    pulse_width_ns=0.2,
    basis_probability=0.7,
    preparation_error=0.01,
)
DETECTORS = Detectors(efficiency=0.5, dark_cps=25.0, dead_time_ns=50.0, gate_ns=2.0, timing_sigma_ns=0.5)
SECONDS = {
    "transmittance": np.array([2e-4, 1e-3, 3e-3]),
    "background_cps": np.array([300.0, 2000.0, 100.0]),
    "error_polarization": np.array([[0.003, 0.01, 0.02], [0.005, 0.02, 0.001]]),
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"basis_split": 0.9},
        {"basis_split": 0.1},
        {"gate_offset_ns": 0.4},
        {"gate_drift_ns": 1.0, "gate_offset_ns": -0.2},
        {"timing_sigma_ns": 0.0, "gate_offset_ns": 0.1},
        {"afterpulse_probability": 0.03},
        {"paralysable": True, "dead_time_ns": 400.0},
        {"efficiency_mismatch": 0.8},
        {"synchronization_sigma_ns": 0.3, "detector_fwhm_ns": 0.5},
    ],
)
def test_clicks_and_errors_are_those_of_the_exact_model(change):
    detectors = replace(DETECTORS, **change)
    exact = expected_clicks(SOURCE, detectors, **SECONDS)
    seen = weak_light(SOURCE, detectors, **SECONDS)
    split = np.array([detectors.basis_split, 1.0 - detectors.basis_split])[:, None, None]
    prepared = np.array([0.7, 0.3])[:, None, None]
    share = prepared * split * 1e8 * np.array(SOURCE.probabilities)[:, None]
    light = -np.expm1(-np.array(SOURCE.intensities)[:, None] * seen.transmittance)
    dark, wrong = seen.background[:, None], seen.optical_error[:, None]
    np.testing.assert_allclose(share * (dark + (1.0 - dark) * light), exact.clicks, rtol=2e-3)
    np.testing.assert_allclose(share * (0.5 * dark + wrong * light), exact.errors, rtol=1e-2)


def test_both_bases_of_an_even_splitter_get_the_noise_alike():
    """Two detectors of one basis, half the light: Y0 = 2 cps / 4 gate / (1/2), dead time aside."""
    quiet = replace(DETECTORS, dead_time_ns=0.0)
    seen = weak_light(SOURCE, quiet, transmittance=1e-3, background_cps=400.0, error_polarization=0.0)
    np.testing.assert_allclose(seen.background, 2.0 * 100.0 * 2e-9 / 0.5, rtol=1e-6)
    np.testing.assert_allclose(seen.optical_error, 0.01)
    assert seen.background.shape == (2, 1)
    assert not seen.transmittance.flags.writeable


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"transmittance": 1.2}, "transmittance is 1.2"),
        ({"background_cps": -1.0}, "background_cps is"),
        ({"error_polarization": 1.5}, "error_polarization is"),
    ],
)
def test_inputs_outside_their_range_are_refused(change, match):
    good = {"transmittance": 1e-3, "background_cps": 0.0, "error_polarization": 0.0}
    with pytest.raises(DomainError, match=match.replace(".", r"\.")):
        weak_light(SOURCE, DETECTORS, **{**good, **change})


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"basis_split": 1.0}, r"Detectors\.basis_split is 1"),
        ({"efficiency_table": "x.csv"}, "must be read first"),
        ({"gate_ns": 10.5}, "must not exceed the pulse period 10 ns"),
    ],
)
def test_receivers_that_cannot_be_planned_for_are_refused(change, match):
    with pytest.raises(DomainError, match=match):
        weak_light(SOURCE, replace(DETECTORS, **change), transmittance=1e-3, background_cps=0.0, error_polarization=0.0)
