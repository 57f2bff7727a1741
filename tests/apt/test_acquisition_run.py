"""Monte Carlo of the acquisition against the closed forms, exact timing without noise, and refusals."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.apt.acquisition import (
    containment,
    field_probability,
    repeated_scan_time_s,
    spiral_full_time_s,
    spiral_mean_time_s,
    staring_time_s,
)
from passplan.apt.acquisition_run import Seeker, acquire, scan_times
from passplan.apt.scan import Scan
from passplan.apt.sensor import Camera
from passplan.errors import DomainError

LIGHT_1200_KM_S = 1200.0 / 299_792.458
# Micius and Xinglong as printed: 2.3 deg at 40 Hz and 1.25 mrad; 0.33 deg at 56 Hz and 0.9 mrad.
SATELLITE = Seeker(
    camera=Camera(field_mrad=40.14, pixels=1000, frame_rate_hz=40.0),
    sigma_urad=8727.0,
    electrons=1e5,
    half_divergence_urad=625.0,
)
GROUND = Seeker(
    camera=Camera(field_mrad=5.76, pixels=512, frame_rate_hz=56.0),
    sigma_urad=167.0,
    electrons=1e5,
    half_divergence_urad=450.0,
)
SPIRAL = Scan(kind="spiral", radius_mrad=3.0, dwell_s=0.15)


def five_errors(probability, runs):
    return 5.0 * np.sqrt(probability * (1.0 - probability) / runs)


def test_spiral_of_a_narrow_beam(rng):
    """Closed forms: mean time 2 pi sigma^2 dwell/p^2 within 1 %, and the share that the cone holds."""
    scan = Scan(kind="spiral", radius_mrad=1.0, dwell_s=0.005)
    runs = 40_000
    found = scan_times(scan, width_urad=10.0, sigma_urad=250.0, runs=runs, rng=rng)
    assert found.mean_s == pytest.approx(
        spiral_mean_time_s(sigma_urad=250.0, beam_urad=10.0, dwell_s=0.005), rel=0.01 + 5.0 / np.sqrt(runs)
    )
    assert found.probability == pytest.approx(containment(4.0), abs=five_errors(containment(4.0), runs) + 1e-4)
    full_s = spiral_full_time_s(radius_urad=250.0, beam_urad=10.0, dwell_s=0.005)
    share = containment(1.0)
    assert found.quantile_s(share) == pytest.approx(full_s, rel=0.02)


def test_spiral_of_the_printed_beacon(rng):
    """Printed: sigma 1 mrad, 1.25 mrad beam, 50 ms: 0.410 s; the dwells are 0.9 sigma apart, so 3 % is what it can."""
    scan = Scan(kind="spiral", radius_mrad=8.73, dwell_s=0.05)
    found = scan_times(scan, width_urad=1250.0, sigma_urad=1000.0, runs=100_000, rng=rng)
    assert found.mean_s == pytest.approx(0.410, rel=0.03)
    assert found.probability > 0.9999


def test_repeated_scans(rng):
    """Closed form of repeated scans against repeating the simulated ones, five standard errors."""
    scan = Scan(kind="spiral", radius_mrad=2.0, dwell_s=0.05)
    once = scan_times(scan, width_urad=100.0, sigma_urad=1000.0, detection=0.5, runs=50_000, rng=rng)
    full_s = once.count.size * once.bin_s
    mean_s = repeated_scan_time_s(hit_s=once.mean_s, full_s=full_s, probability=once.probability)
    misses = rng.geometric(once.probability, 50_000) - 1
    hit_bins = rng.choice(once.count.size, 50_000, p=once.count / once.acquired)
    total_s = (hit_bins + 0.5) * once.bin_s + misses * full_s
    assert mean_s == pytest.approx(total_s.mean(), abs=5.0 * total_s.std() / np.sqrt(total_s.size) + once.bin_s)


def test_a_dwell_that_detects_half_of_the_time(rng):
    """Exact bounds: a point lies in one to four beams at a step of 0.7, so one scan finds 1/2 to 15/16 of them."""
    scan = Scan(kind="raster", radius_mrad=10.0, dwell_s=0.05)
    found = scan_times(scan, width_urad=1000.0, sigma_urad=1000.0, detection=0.5, runs=20_000, rng=rng)
    dwells_a_point = np.pi / 4.0 / 0.49
    mixed = 1.0 - (2.0 - dwells_a_point) * 0.5 - (dwells_a_point - 1.0) * 0.25  # if each lies in one or in two
    assert found.probability == pytest.approx(mixed, abs=0.02)
    assert scan_times(scan, width_urad=1000.0, sigma_urad=1.0, detection=0.0, runs=10, rng=rng).probability == 0.0


def test_jitter_wants_overlap(rng):
    """Property: jitter costs acquisitions, and more overlap gives them back."""
    loose = Scan(kind="spiral", radius_mrad=1.0, dwell_s=0.05)
    tight = replace(loose, step_ratio=0.4)
    arguments = {"width_urad": 50.0, "sigma_urad": 200.0, "runs": 20_000, "rng": rng}
    still = scan_times(loose, **arguments).probability
    shaken = scan_times(loose, **arguments, jitter_urad=15.0).probability
    overlap = scan_times(tight, **arguments, jitter_urad=15.0).probability
    assert shaken < still - 0.05
    assert overlap > shaken + 0.05


def test_staring_without_error_takes_the_closed_time(rng):
    """Exact: light time, five frames and the settling; a run's clock ticks in frames."""
    first, second = (replace(end, sigma_urad=0.0, settle_s=0.0) for end in (SATELLITE, GROUND))
    found = acquire(first, second, range_km=1200.0, limit_s=2.0, runs=10, rng=rng)
    for times, rate_hz in ((found.first, 40.0), (found.second, 56.0)):
        expected_s = staring_time_s(range_km=1200.0, confirm_frames=5, frame_rate_hz=rate_hz)
        assert times.probability == 1.0
        # The frame in which the light arrives shows it if its middle comes after; so up to half a frame apart.
        assert times.mean_s == pytest.approx(expected_s, abs=0.5 / rate_hz)
        assert times.mean_s * rate_hz == pytest.approx(round(times.mean_s * rate_hz), abs=1e-6)
    assert found.both.mean_s == pytest.approx(max(found.first.mean_s, found.second.mean_s))


def test_light_time_delays_the_far_end(rng):
    """Exact: a geostationary distance adds 0.12 s of light, to half a frame."""
    first, second = (replace(end, sigma_urad=0.0, settle_s=0.0) for end in (SATELLITE, GROUND))
    near = acquire(first, second, range_km=600.0, limit_s=2.0, runs=1, rng=rng)
    far = acquire(first, second, range_km=36_000.0, limit_s=2.0, runs=1, rng=rng)
    added_s = 35_400.0 / 299_792.458
    assert far.first.mean_s - near.first.mean_s == pytest.approx(added_s, abs=0.5 / 40.0 + 1e-9)


def test_staring_as_micius(rng):
    """Closed forms: the ground must lie in the satellite's field, and the satellite in the part of the ground's beacon
    that is brighter than the threshold; then the satellite locks and its beacon reaches the ground. Five errors."""
    runs = 20_000
    found = acquire(SATELLITE, GROUND, range_km=1200.0, limit_s=5.0, runs=runs, rng=rng)
    bright_sigmas = 450.0 * np.sqrt(0.5 * np.log(1e5 / 500.0)) / 167.0
    expected = field_probability(sigma_urad=8727.0, field_urad=40_140.0) * containment(bright_sigmas)
    assert found.first.probability == pytest.approx(expected, abs=five_errors(expected, runs))
    assert found.both.probability == pytest.approx(expected, abs=five_errors(expected, runs))
    first_s = 5.0 / 40.0 + LIGHT_1200_KM_S + 0.25
    assert found.first.quantile_s(0.5) == pytest.approx(first_s, abs=0.5 / 40.0 + 1e-3)
    second_s = first_s + LIGHT_1200_KM_S + 5.0 / 56.0 + 0.25
    assert found.both.quantile_s(0.5) == pytest.approx(second_s, abs=1.5 / 40.0)


def test_a_scan_finds_what_a_stare_misses(rng):
    """Ground wrong by 1 mrad per axis: staring meets few, a spiral almost all that the field holds."""
    wrong = replace(GROUND, sigma_urad=1000.0)
    runs = 4000
    stare = acquire(SATELLITE, wrong, range_km=1200.0, limit_s=20.0, runs=runs, rng=rng)
    spiral = acquire(SATELLITE, replace(wrong, scan=SPIRAL), range_km=1200.0, limit_s=40.0, runs=runs, rng=rng)
    field = float(field_probability(sigma_urad=8727.0, field_urad=40_140.0))
    dim_sigmas = 0.45 * np.sqrt(0.5 * np.log(1e5 / 500.0))
    assert stare.both.probability == pytest.approx(field * containment(dim_sigmas), abs=five_errors(0.5, runs))
    assert spiral.both.probability == pytest.approx(field, abs=five_errors(field, runs) + 0.01)
    assert spiral.both.mean_s > stare.both.mean_s


def test_both_scan(rng):
    """The slow end stands while the fast one covers its cone: all are found, the last within a few slow scans."""
    fast = replace(GROUND, sigma_urad=300.0, scan=replace(SPIRAL, radius_mrad=1.0))
    narrow = replace(SATELLITE.camera, field_mrad=5.0, pixels=200)
    slow_scan = Scan(kind="spiral", radius_mrad=3.0, dwell_s=fast.full_scan_s)
    slow = replace(SATELLITE, camera=narrow, sigma_urad=1000.0, scan=slow_scan)
    found = acquire(slow, fast, range_km=1200.0, limit_s=4.0 * slow.full_scan_s, runs=500, rng=rng)
    assert found.both.probability > 0.98
    assert found.both.quantile_s(0.9) < slow.full_scan_s
    with pytest.raises(DomainError, match=r"both ends scan: the slower dwells 1 s, must be at least .* s, the time of"):
        acquire(replace(slow, scan=replace(slow_scan, dwell_s=1.0)), fast, range_km=1e3, limit_s=1.0, runs=1, rng=rng)


def test_weak_beacon_and_fades_cost_time(rng):
    """Property: a spot on the threshold is confirmed late (five in a row at 1/2: about 62 frames), fades cost more."""
    blind = replace(SATELLITE, sigma_urad=0.0, electrons=500.0)
    sure = replace(GROUND, sigma_urad=0.0)
    runs = 2000
    weak = acquire(blind, sure, range_km=1200.0, limit_s=60.0, runs=runs, rng=rng)
    frames_until_five_in_a_row = 62.0
    assert weak.first.mean_s - 0.25 == pytest.approx(frames_until_five_in_a_row / 40.0, rel=0.15)
    strong = replace(blind, electrons=1000.0)
    steady = acquire(strong, sure, range_km=1200.0, limit_s=60.0, runs=runs, rng=rng)
    fading = replace(strong, scintillation_index=1.0)
    faded = acquire(fading, sure, range_km=1200.0, limit_s=60.0, runs=runs, rng=rng)
    assert faded.first.mean_s > 1.5 * steady.first.mean_s


def test_false_alarms_hold_the_scan(rng):
    """Property: an alarm in one frame of ten holds the scan for 0.2 s, which makes the search longer."""
    wrong = replace(GROUND, sigma_urad=1500.0, scan=replace(SPIRAL, radius_mrad=6.0))
    alarmed = replace(wrong, false_alarm_probability=0.1, false_alarm_s=0.2)
    sure = replace(SATELLITE, sigma_urad=0.0, electrons=2000.0)
    arguments = {"range_km": 1200.0, "limit_s": 60.0, "runs": 2000, "rng": rng}
    clean, late = (acquire(sure, end, **arguments).both for end in (wrong, alarmed))
    assert late.mean_s > 1.3 * clean.mean_s


def test_jitter_of_a_beam_as_wide(rng):
    """Closed form: with jitter as wide as the uncertainty, one frame sees the beam as often as their sum lies in it."""
    shaken = replace(GROUND, sigma_urad=300.0, jitter_urad=400.0)
    look = replace(SATELLITE, sigma_urad=0.0, confirm_frames=1, settle_s=0.0)
    one_frame_s, runs = 1.5 / 40.0, 20_000
    found = acquire(look, shaken, range_km=100.0, limit_s=one_frame_s, runs=runs, rng=rng)
    expected = containment(450.0 * np.sqrt(0.5 * np.log(1e5 / 500.0)) / 500.0)
    assert found.first.probability == pytest.approx(expected, abs=five_errors(expected, runs) + 1e-3)
    nearer = replace(look, jitter_urad=20_000.0, camera=replace(look.camera, field_mrad=20.0))
    steady = replace(GROUND, sigma_urad=0.0)
    field = acquire(nearer, steady, range_km=100.0, limit_s=one_frame_s, runs=runs, rng=rng)
    expected = float(field_probability(sigma_urad=20_000.0, field_urad=20_000.0))
    assert field.first.probability == pytest.approx(expected, abs=five_errors(expected, runs))


def test_start_of_the_other_end(rng):
    """Exact: no light before the other end's beacon is on."""
    late = replace(GROUND, sigma_urad=0.0, start_s=1.0)
    found = acquire(replace(SATELLITE, sigma_urad=0.0), late, range_km=1200.0, limit_s=5.0, runs=1, rng=rng)
    assert found.first.mean_s == pytest.approx(1.0 + LIGHT_1200_KM_S + 5.0 / 40.0 + 0.25, abs=0.5 / 40.0 + 1e-9)


def test_same_seed_same_times():
    """Exact: a run is a function of its inputs."""
    one, two = (
        acquire(SATELLITE, GROUND, range_km=1200.0, limit_s=3.0, runs=300, rng=np.random.default_rng(5))
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.both.count, two.both.count)


def test_refusals(rng):
    """Each limit names its field."""
    scan = {"width_urad": 10.0, "sigma_urad": 10.0, "runs": 1, "rng": rng}
    for name, value in (("sigma_urad", 0.0), ("jitter_urad", -1.0), ("detection", 1.5), ("runs", 0)):
        with pytest.raises(DomainError, match=f"{name} is {value}"):
            scan_times(Scan(), **{**scan, name: value})
    both = {"range_km": 1000.0, "limit_s": 1.0, "runs": 1, "rng": rng}
    for name, value in (("range_km", 0.0), ("limit_s", 0.0), ("runs", 0)):
        with pytest.raises(DomainError, match=f"{name} is {value}"):
            acquire(SATELLITE, GROUND, **{**both, name: value})
    hasty = replace(GROUND, scan=replace(SPIRAL, dwell_s=0.05))
    with pytest.raises(DomainError, match=r"dwell_s is 0.05 s, must be at least 0.128336 s: exposure 0.125 s"):
        acquire(SATELLITE, hasty, **both)
    with pytest.raises(DomainError, match=r"Seeker.half_divergence_urad is 0"):
        replace(GROUND, half_divergence_urad=0.0)
