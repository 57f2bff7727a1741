"""Acquisition of a pass: closed forms written out here, the Monte Carlo within five errors, properties, refusals."""

from dataclasses import replace
from math import erf, exp, log, radians, sqrt

import numpy as np
import pytest

from passplan.apt.laws import Integrator
from passplan.apt.scan import Scan
from passplan.errors import DomainError
from passplan.mission.acquisition_case import FADE_SHARE, acquisition_case
from passplan.mission.acquisition_odds import bright_half_angle_urad, closed_times, lock_probabilities
from passplan.mission.link import track_of

RUNS = 2000


@pytest.fixture(scope="module")
def case(reference_selection):
    return acquisition_case(reference_selection, seed=1, runs=RUNS)


def with_apt(selection, *, satellite=None, ground=None):
    """The selection with other terminals: functions of the ones that it has."""
    payload, site = selection.payload, selection.site
    if satellite:
        payload = replace(payload, apt=satellite(payload.apt))
    if ground:
        site = replace(site, apt=ground(site.apt))
    return replace(selection, payload=payload, site=site)


def five_errors(probability):
    return 5.0 * sqrt(probability * (1.0 - probability) / RUNS) + 1e-3


def test_causes_are_those_of_the_files(case, reference_selection):
    """Exact: 200 m over the range, 0.17 and 0.005 deg, 1 ms of the rate; squares add up."""
    path = track_of(reference_selection)
    for end, attitude_deg in ((case.satellite, 0.17), (case.ground, 0.005)):
        causes = end.causes_urad
        assert causes["orbit"] == pytest.approx(200.0 / (1e3 * path.range_km[0]) * 1e6)
        assert causes["attitude or mount"] == pytest.approx(1e6 * radians(attitude_deg))
        assert causes["refraction"] == 0.0
        assert end.seeker.sigma_urad == pytest.approx(sqrt(sum(value**2 for value in causes.values())))
    rate_urad_s = np.hypot(path.ground_rate_x_urad_s[0], path.ground_rate_y_urad_s[0])
    assert case.ground.causes_urad["time tag"] == pytest.approx(1e-3 * rate_urad_s)
    assert case.range_km == path.range_km[0]


def test_refraction_counts_at_the_ground_alone(reference_selection):
    """Exact: a tenth of the bending at 10 deg, which is 5.3' (Bennett 1982, Saemundsson 1986) at sea level, within
    15 % for the air at 890 m."""
    careless = with_apt(
        reference_selection,
        satellite=lambda apt: replace(apt, refraction_error=0.1),
        ground=lambda apt: replace(apt, refraction_error=0.1),
    )
    found = acquisition_case(careless, seed=1, runs=1)
    assert found.ground.causes_urad["refraction"] == pytest.approx(0.1e6 * radians(5.3 / 60.0), rel=0.15)
    assert found.satellite.causes_urad["refraction"] == 0.0


def test_field_and_beacon(case):
    """Closed forms of physics A1 with the printed field of 2.3 deg and beacons of 0.9 and 1.25 mrad."""
    up, down = case.satellite, case.ground
    sigma_up, sigma_down = up.seeker.sigma_urad, down.seeker.sigma_urad
    assert up.cover.in_field == pytest.approx(erf(20_070.0 / (sqrt(2.0) * sigma_up)) ** 2)
    assert up.cover.in_beacon == pytest.approx(1.0 - exp(-0.5 * (450.0 / sigma_down) ** 2))
    assert down.cover.in_beacon == pytest.approx(1.0 - exp(-0.5 * (625.0 / sigma_up) ** 2))
    at_edge = up.seeker.electrons * exp(-2.0 * (up.cover.bright_half_angle_urad / 450.0) ** 2)
    assert at_edge == pytest.approx(up.seeker.camera.minimum_e)


def test_budget_gives_the_electrons_of_the_runs(case):
    """Two routes: the terms in dB against the electrons that the loop takes; the fade against its quantile."""
    for end, other_nm in ((case.satellite, 671e-9), (case.ground, 532e-9)):
        photon_j = 6.62607015e-34 * 299_792_458.0 / other_nm
        at_sensor_w = end.budget.power_w * 10.0 ** (-0.1 * float(end.budget.loss_db))
        assert end.seeker.electrons == pytest.approx(at_sensor_w * end.seeker.camera.exposure_s / photon_j)
        spread = sqrt(log(1.0 + end.seeker.scintillation_index))
        deep = exp(-2.326348 * spread - 0.5 * spread**2)  # 1 % quantile of a normal distribution
        assert FADE_SHARE == 0.01
        assert end.faded.terms_db["scintillation"] == pytest.approx(-10.0 * np.log10(deep), rel=1e-6)
        assert end.budget.terms_db["scintillation"] == 0.0


def test_staring_of_both(case):
    """The runs against the closed forms: probability to five errors; the satellite's time to a frame, and the ground
    waits for the satellite's beacon, to a frame of each."""
    found = case.found
    up, down = case.satellite, case.ground
    for times, probability in (
        (found.first, up.probability),
        (found.second, down.probability),
        (found.both, case.probability),
    ):
        assert times.probability == pytest.approx(probability, abs=five_errors(probability))
    assert float(found.first.quantile_s(0.5)) == pytest.approx(up.times.staring_s, abs=1 / 40)
    waiting_s = up.times.staring_s + down.times.staring_s
    assert float(found.both.quantile_s(0.5)) == pytest.approx(waiting_s, abs=1 / 40 + 1 / 56)


@pytest.mark.parametrize("orbit_error_m", [600.0, 2000.0, 6000.0])
def test_a_poor_orbit_is_as_likely_found_as_the_closed_form_says(reference_selection, orbit_error_m):
    """Monte Carlo against the closed form at the culmination, where 2 km are 3 mrad, to five errors. Fades and
    jitter blur the edge of the beam by much less than its width."""
    poor = with_apt(
        reference_selection,
        satellite=lambda apt: replace(apt, orbit_error_m=orbit_error_m),
        ground=lambda apt: replace(apt, orbit_error_m=orbit_error_m),
    )
    case = acquisition_case(poor, seed=3, runs=RUNS, second=210, limit_s=3.0)
    for times, probability in ((case.found.first, case.satellite.probability), (case.found.both, case.probability)):
        assert times.probability == pytest.approx(probability, abs=five_errors(probability))


def test_a_scan_finds_what_a_stare_misses(reference_selection):
    """Monte Carlo against the closed form of a stare and of a spiral over half a sigma, which leaves some unfound; and
    the closed forms of the spiral written out: cells pi R^2/p^2, mean 2 pi sigma^2 dwell/p^2."""
    poor = with_apt(reference_selection, ground=lambda apt: replace(apt, attitude_error_deg=0.1))
    scan = Scan(kind="spiral", radius_mrad=0.9, dwell_s=0.2)
    scanning = with_apt(poor, ground=lambda apt: replace(apt, coarse=replace(apt.coarse, search=scan)))
    stare, spiral = (acquisition_case(item, seed=3, runs=RUNS, second=100, limit_s=4.0) for item in (poor, scanning))
    pitch_urad = 0.7 * 900.0
    times = spiral.ground.times
    assert times.cells == pytest.approx(np.pi * (900.0 / pitch_urad) ** 2)
    assert times.full_s == pytest.approx(0.2 * times.cells)
    assert times.mean_s == pytest.approx(2.0 * np.pi * (spiral.ground.seeker.sigma_urad / pitch_urad) ** 2 * 0.2)
    assert stare.ground.times.cells is None
    assert spiral.found.both.probability > stare.found.both.probability + 0.2
    for found in (stare, spiral):
        assert found.found.both.probability == pytest.approx(found.probability, abs=five_errors(found.probability))


def test_a_long_scan_has_a_longer_limit(reference_selection):
    """Exact: four whole scans."""
    scan = Scan(kind="spiral", radius_mrad=2.5, dwell_s=0.2)
    scanning = with_apt(reference_selection, ground=lambda apt: replace(apt, coarse=replace(apt.coarse, search=scan)))
    case = acquisition_case(scanning, seed=1, runs=1)
    assert case.limit_s == pytest.approx(4.0 * case.ground.seeker.full_scan_s)
    assert case.limit_s > 30.0


def test_a_raster_has_no_mean_of_a_spiral(case):
    """Exact: the cells of the cone are those of a spiral, the mean is not."""
    raster = replace(case.ground.seeker, scan=Scan(kind="raster", radius_mrad=8.73, dwell_s=0.05))
    times = closed_times(replace(raster, half_divergence_urad=625.0), range_km=1000.0)
    assert times.cells == pytest.approx(313, abs=1)  # physics A1
    assert times.full_s == pytest.approx(15.6, abs=0.05)
    assert times.mean_s is None


def test_perfect_ends_are_certain(case):
    """Limits: no uncertainty; no light at all; no threshold."""
    first, second = (replace(end.seeker, sigma_urad=0.0) for end in (case.satellite, case.ground))
    assert lock_probabilities(first, second) == (1.0, 1.0, 1.0)
    dark = [replace(end, electrons=0.0) for end in (first, second)]
    assert lock_probabilities(*dark) == (0.0, 0.0, 0.0)
    assert bright_half_angle_urad(electrons=1.0, minimum_e=0.0, half_divergence_urad=450.0) == float("inf")
    open_camera = replace(first.camera, minimum_e=0.0)
    assert lock_probabilities(replace(first, camera=open_camera), second) == (1.0, 1.0, 1.0)


def test_one_lock_opens_the_other(case):
    """Exact: a satellite with a beacon far wider than its error is locked on even if its own camera sees nothing."""
    blind = replace(case.satellite.seeker, electrons=0.0, half_divergence_urad=1e6)
    satellite, ground, both = lock_probabilities(blind, case.ground.seeker)
    assert ground == pytest.approx(1.0)
    assert satellite == pytest.approx(case.satellite.cover.in_field)  # found by the ground, which then points at it
    assert both == pytest.approx(satellite * ground)


def test_moon_and_stars_are_the_ground_cameras(reference_selection, case):
    """Property: a wider filter passes more stars and more of the Moon; the satellite looks down."""
    wide = acquisition_case(reference_selection, seed=1, runs=1, filter_nm=100.0)
    assert wide.ground.alarms.moon_background_e == pytest.approx(10.0 * case.ground.alarms.moon_background_e)
    assert wide.ground.seeker.camera.background_e == wide.ground.alarms.moon_background_e > 0.0
    assert wide.ground.alarms.limiting_magnitude == pytest.approx(case.ground.alarms.limiting_magnitude + 2.5)
    assert wide.ground.alarms.probability > case.ground.alarms.probability > case.ground.alarms.noise
    assert case.satellite.alarms.limiting_magnitude is None
    assert case.satellite.alarms.probability == case.satellite.alarms.noise


def test_a_move_from_the_stow_delays_what_is_left_of_it(reference_selection):
    """Exact: 60 deg at 5 deg/s and 20 deg/s^2 take 12.25 s, from second 10 on 2.25 s; then it is there."""
    stowed = with_apt(reference_selection, satellite=lambda apt: replace(apt, stow_deg=60.0))
    for second, start_s in ((0, 12.25), (10, 2.25), (50, 0.0)):
        found = acquisition_case(stowed, seed=1, runs=1, second=second)
        assert found.satellite.seeker.start_s == pytest.approx(start_s)


def test_same_seed_same_runs(reference_selection, case):
    again = acquisition_case(reference_selection, seed=1, runs=RUNS)
    np.testing.assert_array_equal(again.found.both.count, case.found.both.count)


def test_the_limit_ends_with_the_pass(reference_selection):
    last = track_of(reference_selection).time_s.size - 1
    assert acquisition_case(reference_selection, seed=1, runs=1, second=last - 9).limit_s == 10.0
    assert acquisition_case(reference_selection, seed=1, runs=1, second=last - 9, limit_s=1e4).limit_s == 10.0
    with pytest.raises(DomainError, match=rf"second of the pass is {last + 1}.0, must lie in \[0, {last}\]"):
        acquisition_case(reference_selection, seed=1, runs=1, second=last + 1)


def test_refusals(reference_selection):
    with pytest.raises(DomainError, match=r"seed is -1.0, must lie in \[0, inf\]"):
        acquisition_case(reference_selection, seed=-1)
    wild = with_apt(
        reference_selection, ground=lambda apt: replace(apt, coarse=replace(apt.coarse, law=Integrator(gain=1.5)))
    )
    with pytest.raises(DomainError, match=r"the coarse loop of the ground is unstable: its largest pole"):
        acquisition_case(wild, seed=1)
    hasty = Scan(kind="spiral", dwell_s=0.05)
    hurried = with_apt(reference_selection, ground=lambda apt: replace(apt, coarse=replace(apt.coarse, search=hasty)))
    with pytest.raises(DomainError, match=r"Scan.dwell_s is 0.05 s, must be at least"):
        acquisition_case(hurried, seed=1)
