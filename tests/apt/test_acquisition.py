"""Acquisition: printed times and containments, Monte Carlo, and limits."""

import numpy as np
import pytest

from passplan.apt.acquisition import (
    beacon_probability,
    containment,
    field_probability,
    pointing_sigma_urad,
    repeated_scan_time_s,
    spiral_cells,
    spiral_full_time_s,
    spiral_mean_time_s,
    staring_time_s,
)
from passplan.errors import DomainError


def test_containment():
    """Printed: 39.3, 86.5, 98.9 % in one, two, three sigma of two axes."""
    np.testing.assert_allclose(containment([1, 2, 3]), [0.393, 0.865, 0.989], atol=5e-4)


def test_spiral_of_a_beacon():
    """Printed: 1.25 mrad, 8.73 mrad half-cone, 50 ms: 313 cells, 15.6 s; sigma 1 mrad: 0.410 s."""
    scan = {"beam_urad": 1250.0, "dwell_s": 0.05}
    assert spiral_cells(radius_urad=8730.0, beam_urad=1250.0) == pytest.approx(313, abs=0.5)
    assert spiral_full_time_s(radius_urad=8730.0, **scan) == pytest.approx(15.6, abs=0.05)
    assert spiral_mean_time_s(sigma_urad=1000.0, **scan) == pytest.approx(0.410, abs=5e-4)


def test_beaconless_spiral():
    """Printed: 10 urad over 1 mrad half-cone at 5 ms: 64,114 cells, 321 s."""
    assert spiral_cells(radius_urad=1000.0, beam_urad=10.0) == pytest.approx(64_114, abs=1.0)
    assert spiral_full_time_s(radius_urad=1000.0, beam_urad=10.0, dwell_s=0.005) == pytest.approx(321, abs=0.5)


def test_spiral_mean_time_against_monte_carlo():
    """The time at which the spiral reaches the radius of a Gaussian target, averaged; five standard errors."""
    rng, count = np.random.default_rng(1), 200_000
    radius_urad = 1000.0 * np.hypot(*rng.standard_normal((2, count)))
    time_s = spiral_full_time_s(radius_urad=radius_urad, beam_urad=1250.0, dwell_s=0.05)
    mean_s = spiral_mean_time_s(sigma_urad=1000.0, beam_urad=1250.0, dwell_s=0.05)
    assert time_s.mean() == pytest.approx(mean_s, abs=5.0 * time_s.std() / np.sqrt(count))
    assert time_s.mean() == pytest.approx(0.410, rel=0.01)


def test_probabilities_against_monte_carlo():
    """Share of Gaussian errors in a square field and in a round beam, five standard errors."""
    rng, count = np.random.default_rng(2), 400_000
    x, y = 500.0 * rng.standard_normal((2, count))
    error = 5.0 * 0.5 / np.sqrt(count)
    inside = np.mean((np.abs(x) < 600.0) & (np.abs(y) < 600.0))
    assert field_probability(sigma_urad=500.0, field_urad=1200.0) == pytest.approx(inside, abs=error)
    hit = np.mean(np.hypot(x, y) < 450.0)
    assert beacon_probability(sigma_urad=500.0, half_divergence_urad=450.0) == pytest.approx(hit, abs=error)


def test_uncertainty_of_the_reference_pass():
    """Printed: 200 m are 310 urad at 646 km and 119 urad at 1684 km; the attitude adds in squares."""
    orbit = pointing_sigma_urad(range_km=[646.0, 1684.0], orbit_error_m=200.0, attitude_error_urad=0.0)
    np.testing.assert_allclose(orbit, [310.0, 119.0], atol=0.5)
    both = pointing_sigma_urad(range_km=500.0, orbit_error_m=150.0, attitude_error_urad=400.0, mount_error_urad=1200.0)
    assert both == pytest.approx(1300.0)


def test_time_tag_and_refraction_widen_the_cone():
    """Printed: 1 ms at 11.9 mrad/s is 11.9 urad; squares add: 2^2 + 3^2 + 6^2 = 7^2."""
    still = {"range_km": 1000.0, "orbit_error_m": 0.0, "attitude_error_urad": 0.0}
    assert pointing_sigma_urad(**still, time_tag_error_s=1e-3, rate_urad_s=11.9e3) == pytest.approx(11.9)
    three = pointing_sigma_urad(
        **{**still, "orbit_error_m": 2.0}, time_tag_error_s=3e-3, rate_urad_s=[1e3, 1e3], refraction_error_urad=6.0
    )
    np.testing.assert_allclose(three, 7.0, rtol=1e-12)


def test_staring_time():
    """5 frames at 40 Hz and 4 ms of light: 0.129 s with no move."""
    found = staring_time_s(range_km=1200.0, confirm_frames=5, frame_rate_hz=40.0, move_s=1.0)
    assert found == pytest.approx(1.129, abs=5e-5)


def test_repeated_scans_against_monte_carlo():
    """Geometric number of misses before the hit; five standard errors."""
    misses = np.random.default_rng(3).geometric(0.6, 100_000) - 1
    time_s = 2.0 + 7.0 * misses
    found = repeated_scan_time_s(hit_s=2.0, full_s=7.0, probability=0.6)
    assert found == pytest.approx(time_s.mean(), abs=5.0 * time_s.std() / np.sqrt(time_s.size))


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (lambda **values: containment(values["k"]), {"k": -1.0}, "k is -1"),
        (
            pointing_sigma_urad,
            {"range_km": 0.0, "orbit_error_m": 1.0, "attitude_error_urad": 1.0},
            "range_km is 0",
        ),
        (
            pointing_sigma_urad,
            {"range_km": 1.0, "orbit_error_m": 1.0, "attitude_error_urad": 1.0, "time_tag_error_s": -1.0},
            "time_tag_error_s is -1",
        ),
        (field_probability, {"sigma_urad": 0.0, "field_urad": 1.0}, "sigma_urad is 0"),
        (beacon_probability, {"sigma_urad": -1.0, "half_divergence_urad": 1.0}, "sigma_urad is -1"),
        (staring_time_s, {"range_km": 1.0, "confirm_frames": 0, "frame_rate_hz": 1.0}, "confirm_frames is 0"),
        (spiral_cells, {"radius_urad": 1.0, "beam_urad": 1.0, "step_ratio": 1.5}, "step_ratio is 1.5"),
        (spiral_full_time_s, {"radius_urad": 1.0, "beam_urad": 1.0, "dwell_s": 0.0}, "dwell_s is 0"),
        (repeated_scan_time_s, {"hit_s": 1.0, "full_s": 1.0, "probability": 0.0}, "probability is 0"),
    ],
)
def test_refusals(function, arguments, message):
    """Each limit names its field."""
    with pytest.raises(DomainError, match=message):
        function(**arguments)
