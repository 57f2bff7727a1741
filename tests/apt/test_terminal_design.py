"""A terminal's loops and budget: what is taken from its records, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.apt.cascade import CoarseResidual
from passplan.apt.disturbance import VibrationSpectrum
from passplan.apt.laws import Integrator
from passplan.apt.rejection import residual_rms_urad
from passplan.apt.sensor import Camera, noise_equivalent_angle_urad
from passplan.apt.stage_loop import camera_loop, stage_loop
from passplan.apt.steering import FastMirror
from passplan.apt.terminal import CoarseStage, FineStage, Terminal
from passplan.apt.terminal_design import (
    Geometry,
    check_stroke,
    seen_by,
    stage_noise_urad,
    stroke_needed_urad,
    terminal_budget,
    unfollowed_drift,
)
from passplan.errors import DomainError

PSD = VibrationSpectrum(rms_urad=9.3, roll_off_hz=30.0)


def terminal(**values):
    """Cameras and actuators like those of Micius."""
    return Terminal(
        coarse=CoarseStage(camera=Camera(field_mrad=40.14, pixels=1024, frame_rate_hz=40.0)),
        fine=FineStage(camera=Camera(field_mrad=0.64, pixels=60, frame_rate_hz=2000.0)),
        aperture_m=0.3,
        **values,
    )


def test_loops_of_the_stages():
    end = terminal()
    fine, coarse = stage_loop(end, "fine"), stage_loop(end, "coarse")
    assert (fine.rate_hz, fine.actuator_hz, fine.delay_frames) == (2000.0, 1000.0, 1)
    assert (coarse.rate_hz, coarse.actuator_hz, coarse.actuator_damping) == (40.0, 8.0, 0.7)
    assert fine.latency_s == pytest.approx(end.fine.camera.latency_s, rel=1e-12)


def test_a_camera_with_a_short_exposure_and_a_readout():
    camera = Camera(field_mrad=1.0, pixels=64, frame_rate_hz=500.0, exposure_share=0.2, extra_delay_s=3e-4)
    loop = camera_loop(camera, Integrator(gain=0.2), actuator_hz=800.0, actuator_damping=0.5)
    assert loop.latency_s == pytest.approx(camera.latency_s, rel=1e-12)


def test_noise_of_a_spot_and_of_the_brightest_one():
    camera = terminal().fine.camera
    assert stage_noise_urad(terminal(), "fine", electrons=2000.0) == noise_equivalent_angle_urad(camera, 2000.0)
    brightest = float(noise_equivalent_angle_urad(camera, camera.saturation_e))
    assert stage_noise_urad(terminal(), "fine") == brightest
    assert stage_noise_urad(terminal(), "fine", electrons=1e9) == brightest


def test_a_spot_below_the_threshold_has_no_reading():
    """The cameras take 500 electrons for a beacon and no fewer, as in the run."""
    assert stage_noise_urad(terminal(), "fine", electrons=500.0) > 0.0
    for stage in ("fine", "coarse"):
        with pytest.raises(DomainError, match=rf"electrons is 499, must be >= {stage}\.camera\.minimum_e, 500"):
            stage_noise_urad(terminal(), stage, electrons=499.0)


def test_the_fine_stage_follows_what_the_coarse_one_leaves():
    assert seen_by(terminal(), "coarse", PSD) is PSD
    left = seen_by(terminal(), "fine", PSD)
    assert isinstance(left, CoarseResidual)
    assert residual_rms_urad(stage_loop(terminal(), "fine"), left) == pytest.approx(0.545, rel=0.02)


def test_drift_that_the_feed_forward_leaves():
    """1 % of 11.9 mrad/s is 119 urad/s (physics A4); 1 ms of an acceleration; 200 m at 645 km moving at 3 km/s."""
    moment = Geometry(sight_rate_urad_s=11_900.0, sight_acceleration_urad_s2=80.0, range_km=645.0, range_rate_km_s=-3.0)
    only_scale = unfollowed_drift(terminal(feed_forward_scale_error=-0.01), moment)
    assert only_scale == (pytest.approx((119.0, 0.0)), pytest.approx((0.8, 0.0)))
    assert unfollowed_drift(terminal(time_tag_error_s=0.001), moment)[0] == pytest.approx((0.08, 0.0))
    orbit_urad = 200.0 / 645e3 * 1e6
    orbit_later_urad = 200.0 / (645e3 - 3.0) * 1e6  # a millisecond later
    moving = unfollowed_drift(terminal(orbit_error_m=200.0), moment)[0]
    assert moving == pytest.approx(((orbit_later_urad - orbit_urad) * 1e3,) * 2, rel=1e-4)


def test_an_orbit_error_needs_a_range():
    with pytest.raises(DomainError, match=r"Geometry\.range_km is 0 km, must be > 0"):
        unfollowed_drift(terminal(orbit_error_m=200.0), Geometry(range_km=0.0))


def test_feed_forward_of_one_per_cent_is_harmless_and_none_is_not():
    """physics A4: 29.75 urad, or 2.98 mrad, which the stroke of 0.8 mrad cannot carry."""
    moment = Geometry(sight_rate_urad_s=11_900.0)
    some = terminal_budget(terminal(feed_forward_scale_error=0.01), psd=PSD, geometry=moment)
    none = terminal_budget(terminal(feed_forward_scale_error=1.0), psd=PSD, geometry=moment)
    assert some.coarse_lag_urad[0] == pytest.approx(29.75, rel=1e-6)
    assert none.coarse_lag_urad[0] == pytest.approx(2975.0, rel=1e-6)
    half_urad = terminal().fine.mirror.half_stroke_urad
    assert stroke_needed_urad(some, moment) < half_urad < stroke_needed_urad(none, moment)


def test_budget_takes_the_alignment_of_the_records():
    end = terminal(boresight_urad=(0.3, 0.2), point_ahead_error_urad=(-0.2, 0.1), point_ahead_update_s=0.05)
    moment = Geometry(point_ahead_urad=51.4, point_ahead_rate_urad_s=0.2, chromatic_urad=2.4)
    budget = terminal_budget(end, psd=PSD, geometry=moment, electrons=2000.0)
    assert budget.bias_urad == pytest.approx((-0.3 + 0.2 + 0.005, -0.2 - 0.1 + 2.4), abs=1e-9)
    resting = terminal_budget(end, psd=PSD)
    assert resting.bias_urad == pytest.approx((-0.1, -0.3), abs=1e-9)
    assert budget.jitter_urad[1] > resting.jitter_urad[1]  # fewer electrons


def test_a_stroke_smaller_than_the_point_ahead_is_refused():
    end = terminal()
    small = replace(end, fine=replace(end.fine, mirror=FastMirror(stroke_mrad=0.1)))
    moment = Geometry(point_ahead_urad=51.4)
    with pytest.raises(DomainError, match=r"stroke_mrad is 0\.1 mrad, 50 urad to either side, .*51\.4 urad; .*0\.1028"):
        check_stroke(small, moment)
    with pytest.raises(DomainError, match="less than the point-ahead"):
        terminal_budget(small, psd=PSD, geometry=moment)
    check_stroke(end, moment)


def test_stroke_is_lead_and_lag_and_three_sigma():
    moment = Geometry(point_ahead_urad=51.4)
    budget = terminal_budget(terminal(), psd=PSD, geometry=moment)
    assert stroke_needed_urad(budget, moment) == pytest.approx(51.4 + 3.0 * budget.coarse_rms_urad, rel=1e-12)
    assert np.hypot(*budget.coarse_lag_urad) == 0.0


def test_geometry_out_of_its_limits_is_refused():
    with pytest.raises(DomainError, match=r"Geometry\.sight_rate_urad_s is -1"):
        Geometry(sight_rate_urad_s=-1.0)
