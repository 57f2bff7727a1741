"""Slow inputs, noise and lost frames of the loop, against the terms that they are made of."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.apt.beacon import photons_per_exposure, received_power_w
from passplan.apt.disturbance import VibrationSpectrum
from passplan.apt.kernel import CARRIED, COSINES, DRIFT, ELECTRONS, SET_POINT
from passplan.apt.laws import Integrator
from passplan.apt.loop_inputs import NODE_S, inputs_of, runaway, spot_electrons_unheld
from passplan.apt.mount import Mount
from passplan.apt.scan import Scan
from passplan.errors import DomainError

SECONDS = 20
TIME_S = np.arange(float(SECONDS))
NODES_S = NODE_S * np.arange(10 * SECONDS + 1)


@pytest.fixture
def made(sight_of, ground_beacon):
    def inputs(terminal, *, beacon=ground_beacon, seed=3, width_urad=900.0, **given):
        return inputs_of(
            terminal,
            sight_of(SECONDS, **given),
            beacon,
            VibrationSpectrum(rms_urad=1.0),
            scan_width_urad=width_urad,
            rng=np.random.default_rng(seed),
        )

    return inputs


def test_drift_is_the_sum_of_its_terms(satellite, made):
    """Exact for a rate that grows evenly: scale error * t^2/2 * a, time tag * rate, refraction; and a node to spare."""
    terminal = replace(satellite, feed_forward_scale_error=0.01, time_tag_error_s=1e-3, refraction_error=0.1)
    rate = 100.0 * TIME_S
    inputs = made(terminal, rate_x_urad_s=rate, refraction_urad=500.0 - 10.0 * TIME_S)
    rate_s, known_s = 100.0 * NODES_S[:-10], NODES_S[:-10]
    drift = inputs.nodes[DRIFT]
    assert drift.size == NODES_S.size + 1
    assert drift[-1] == drift[-2]
    expected = 0.01 * 50.0 * known_s**2 + 1e-3 * rate_s + 0.1j * (500.0 - 10.0 * known_s)
    np.testing.assert_allclose(drift[: known_s.size], expected, rtol=1e-9, atol=1e-9)
    assert not inputs.nodes[CARRIED].any()


def test_pointing_errors_scatter_as_stated(satellite, made):
    """Statistics over 25 seeds: attitude 0.1 deg = 1745 urad, orbit 200 m at 700 km = 286 urad, each axis; 4 sigma."""
    for terminal, sigma_urad in (
        (replace(satellite, attitude_error_deg=0.1), 1745.3),
        (replace(satellite, orbit_error_m=200.0), 285.7),
    ):
        starts = np.array([made(terminal, seed=seed).nodes[DRIFT, 0] for seed in range(25)])
        both = np.concatenate((starts.real, starts.imag))
        assert both.std() == pytest.approx(sigma_urad, rel=4.0 / np.sqrt(2.0 * both.size))
        assert abs(both.mean()) < 4.0 * sigma_urad / np.sqrt(both.size)


def test_an_orbit_error_grows_as_the_range_falls(satellite, made):
    """Exact: error over range; 1684 km at 10 deg to 646 km at culmination."""
    drift = made(replace(satellite, orbit_error_m=200.0), range_km=np.linspace(1684.0, 646.0, SECONDS)).nodes[DRIFT]
    assert abs(drift[190]) / abs(drift[0]) == pytest.approx(1684.0 / 646.0, rel=1e-9)


def test_a_mount_carries_what_is_fed_forward(satellite, station, made):
    """A telescope carries the rate less the scale error; a satellite's body carries it instead of the gimbal."""
    rate = np.full(SECONDS, 5000.0)
    terminal = replace(station, feed_forward_scale_error=0.02)
    np.testing.assert_allclose(made(terminal, rate_x_urad_s=rate).nodes[CARRIED], 4900.0)
    assert not made(satellite, rate_x_urad_s=rate).nodes[CARRIED].any()


def test_an_alt_azimuth_mount_carries_the_rates_of_its_axes(station, made, with_coarse):
    """By hand: 0.5 deg/s of azimuth and -0.1 deg/s of elevation, at cos(el) of 40 to 38 deg."""
    terminal = with_coarse(station, mount=Mount())
    azimuth, elevation = 350.0 + 0.5 * TIME_S, 40.0 - 0.1 * TIME_S
    nodes = made(terminal, azimuth_deg=azimuth % 360.0, elevation_deg=elevation).nodes
    inside = slice(20, 170)
    np.testing.assert_allclose(nodes[CARRIED, inside].real, np.deg2rad(0.5) * 1e6, rtol=1e-4)
    np.testing.assert_allclose(nodes[CARRIED, inside].imag, np.deg2rad(-0.1) * 1e6, rtol=1e-3)
    at_s = NODES_S[inside]
    np.testing.assert_allclose(nodes[COSINES, inside].real, np.cos(np.deg2rad(40.0 - 0.1 * at_s)), rtol=1e-6)
    assert np.abs(nodes[DRIFT, inside]).max() < 0.1


def test_the_set_point_is_minus_the_lead(satellite, made):
    """The beam leads when the spot is held behind: minus lead, minus calibration error."""
    terminal = replace(satellite, point_ahead_error_urad=(0.2, -0.1))
    nodes = made(terminal, point_ahead_x_urad=np.full(SECONDS, 40.0), point_ahead_y_urad=np.full(SECONDS, 3.0)).nodes
    np.testing.assert_allclose(nodes[SET_POINT], -40.2 - 2.9j)


def test_electrons_of_the_spot(satellite, sight_of, ground_beacon):
    """Two routes: the beacon's power at the aperture, photons of an exposure, throughput and quantum efficiency."""
    camera = replace(satellite.fine.camera, exposure_share=0.5)
    found = spot_electrons_unheld(camera, sight_of(3), ground_beacon, 0.3)
    power_w = received_power_w(ground_beacon, range_km=700.0, aperture_m=0.3, transmittance=0.5)
    photons = photons_per_exposure(power_w, wavelength_nm=671.0, exposure_s=0.25e-3)
    np.testing.assert_allclose(found, 0.05 * 0.5 * photons)
    assert found[0] > 1e5


def test_a_lost_frame_has_no_number(satellite, made, with_fine):
    """Statistics: 5 % of 40,000 frames in losses of 10 frames, 3 sigma of the number of losses."""
    frames = made(with_fine(satellite, camera={"dropout_share": 0.05})).fine_frames
    lost = np.isnan(frames.real)
    losses = np.count_nonzero(np.diff(lost.astype(int)) == 1)
    assert lost.mean() == pytest.approx(0.05, rel=3.0 * np.sqrt(2.0 / losses))
    assert np.count_nonzero(lost) / losses == pytest.approx(10.0, rel=3.0 / np.sqrt(losses))
    assert not np.isnan(made(satellite).fine_frames).any()


def test_noise_is_standard_normal(satellite, made):
    """Statistics of 40,000 numbers an axis: mean 0, variance 1, axes independent, 4 sigma."""
    frames = made(satellite).fine_frames
    bound = 4.0 / np.sqrt(frames.size)
    assert abs(frames.mean()) < 2.0 * bound
    assert frames.real.var() == pytest.approx(1.0, abs=1.5 * bound)
    assert abs(np.mean(frames.real * frames.imag)) < bound


def test_a_cloud_takes_the_light(satellite, made):
    """Frames that end behind the cloud are lost, to the frame, and no others."""
    inputs = made(satellite, gaps_s=((3.04, 5.16),))
    ends_s = (np.arange(inputs.fine_frames.size) + 1) / 2000.0
    dark = np.isnan(inputs.fine_frames.real)
    assert (inputs.nodes[ELECTRONS].imag > 0.0).all()
    one_frame_s = 5e-4
    sure = (np.abs(ends_s - 3.04) > one_frame_s) & (np.abs(ends_s - 5.16) > one_frame_s)
    np.testing.assert_array_equal(dark[sure], ((ends_s > 3.04) & (ends_s < 5.16))[sure])


def test_fades_follow_the_scintillation(satellite, made):
    """Statistics: index 0.3 throughout, mean 1; none without."""
    fades = made(satellite, scintillation=np.full(SECONDS, 0.3)).fades
    memories = SECONDS / 5e-3
    assert fades.mean() == pytest.approx(1.0, abs=4.0 * np.sqrt(0.3 * 2.0 / memories))
    assert fades.var() == pytest.approx(0.3, rel=0.2)
    assert (made(satellite).fades == 1.0).all()
    assert (made(satellite, scintillation=np.zeros(SECONDS)).fades == 1.0).all()


def test_the_search_takes_the_narrower_of_field_and_beam(satellite, made, with_coarse):
    """Cells go with the square of the width: a beam of 900 urad, or a field of 40.14 mrad where no beam scans."""
    scanning = with_coarse(satellite, search=Scan(kind="spiral", radius_mrad=100.0, dwell_s=0.1))
    narrow, wide = (made(scanning, width_urad=width).scan for width in (900.0, np.inf))
    assert narrow.size == pytest.approx(np.pi * 100.0**2 / (0.7 * 0.9) ** 2, rel=0.02)
    assert wide.size == pytest.approx(np.pi * (100.0 + 0.35 * 40.14) ** 2 / (0.7 * 40.14) ** 2, rel=0.1)
    assert made(satellite).scan.tolist() == [0j]


@pytest.mark.parametrize(("coarse", "fine", "name"), [(0.1, 0.25, None), (0.1, 1.3, "fine"), (1.5, 0.25, "coarse")])
def test_a_loop_that_runs_away_is_named(satellite, made, with_coarse, with_fine, coarse, fine, name):
    """Gain margins 2 sin(pi/6)/g = 1/g of two frames of delay; the gimbal's and the mirror's lags take more off."""
    terminal = with_fine(with_coarse(satellite, law=Integrator(gain=coarse)), law=Integrator(gain=fine))
    found = runaway(made(terminal).loops)
    assert found is None if name is None else found[0] == name and found[1].magnitude > 1.0


def test_an_open_loop_does_not_run_away(satellite, made, with_coarse, with_fine):
    """A gain of nought has its pole on the unit circle, where nothing grows."""
    terminal = with_fine(with_coarse(satellite, law=Integrator(gain=0.0)), law=Integrator(gain=0.0))
    assert runaway(made(terminal).loops) is None


def test_refusals(satellite, made, ground_beacon, with_coarse):
    """A beacon that leaves frames dark, a dwell that is too short, and a mount that cannot reach the pass."""
    with pytest.raises(DomainError, match=r"opposite_beacon.repetition_khz is 1.0, must lie in \[2, inf"):
        made(satellite, beacon=replace(ground_beacon, repetition_khz=1.0))
    hasty = with_coarse(satellite, search=Scan(kind="raster", dwell_s=0.01))
    with pytest.raises(DomainError, match=r"Scan.dwell_s is 0.01 s, must be at least 0.0523"):
        made(hasty)
    low = with_coarse(satellite, mount=Mount(elevation_range_deg=(0.0, 30.0)))
    with pytest.raises(DomainError, match="elevation"):
        made(low, azimuth_deg=TIME_S, elevation_deg=np.full(SECONDS, 60.0))
