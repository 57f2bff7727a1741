"""Steps of a terminal's simulation, and what its records refuse."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.apt.laws import Integrator
from passplan.apt.sensor import Camera
from passplan.apt.steering import FastMirror
from passplan.apt.terminal import CoarseStage, FineStage, Terminal
from passplan.errors import DomainError

LONGEST_S = 1e-4


def terminal_of(*, rate_hz=2000.0, share=1.0, resonance_hz=1000.0):
    camera = Camera(field_mrad=0.64, pixels=60, frame_rate_hz=rate_hz, exposure_share=share)
    return Terminal(
        coarse=CoarseStage(camera=Camera(field_mrad=40.0, pixels=512, frame_rate_hz=40.0)),
        fine=FineStage(camera=camera, mirror=FastMirror(resonance_hz=resonance_hz)),
        aperture_m=0.3,
    )


@given(rate_hz=st.floats(20.0, 20_000.0), share=st.floats(0.01, 1.0), resonance_hz=st.floats(10.0, 20_000.0))
def test_a_step_is_short_and_divides_a_frame(rate_hz, share, resonance_hz):
    """Promise: a whole part of a frame, at most 0.1 ms and half a period of the mirror, whatever the exposure."""
    terminal = terminal_of(rate_hz=rate_hz, share=share, resonance_hz=resonance_hz)
    assert terminal.steps_per_frame * terminal.step_s == pytest.approx(1.0 / rate_hz, rel=1e-12)
    assert terminal.step_s <= min(LONGEST_S, 0.5 / resonance_hz) * (1.0 + 1e-6)


@pytest.mark.parametrize(("rate_hz", "steps"), [(2000.0, 5), (212.0, 48), (212.5, 48), (10_000.0, 1), (10_001.0, 1)])
def test_steps_of_common_cameras(rate_hz, steps):
    """By hand: 0.5 ms are five tenths, 1/212 s is 47.2 of them, 0.1 ms is one."""
    assert terminal_of(rate_hz=rate_hz).steps_per_frame == steps


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"aperture_m": 0.0}, r"Terminal.aperture_m is 0"),
        ({"attitude_error_deg": -1.0}, r"Terminal.attitude_error_deg is -1"),
        ({"orbit_error_m": -1.0}, r"Terminal.orbit_error_m is -1"),
        ({"feed_forward_scale_error": 2.0}, r"Terminal.feed_forward_scale_error is 2"),
        ({"time_tag_error_s": 11.0}, r"Terminal.time_tag_error_s is 11"),
        ({"refraction_error": 1.5}, r"Terminal.refraction_error is 1.5"),
        ({"boresight_urad": (np.nan, 0.0)}, r"Terminal.boresight_urad is .*nan"),
        ({"point_ahead_error_urad": (0.0, np.inf)}, r"Terminal.point_ahead_error_urad is .*inf"),
        ({"point_ahead_update_s": 0.0}, r"Terminal.point_ahead_update_s is 0"),
        ({"stow_s": -1.0}, r"Terminal.stow_s is -1"),
        ({"stow_deg": -1.0}, r"Terminal.stow_deg is -1"),
    ],
)
def test_refusals_of_a_terminal(changed, message):
    with pytest.raises(DomainError, match=message):
        replace(terminal_of(), **changed)


@pytest.mark.parametrize(
    ("stage", "changed", "message"),
    [
        ("coarse", {"confirm_frames": 0}, r"CoarseStage.confirm_frames is 0"),
        ("coarse", {"lost_frames": 0}, r"CoarseStage.lost_frames is 0"),
        ("fine", {"dwell_frames": 0}, r"FineStage.dwell_frames is 0"),
        ("fine", {"coast_s": -0.1}, r"FineStage.coast_s is -0.1"),
    ],
)
def test_refusals_of_a_stage(stage, changed, message):
    with pytest.raises(DomainError, match=message):
        replace(getattr(terminal_of(), stage), **changed)


def test_a_negative_gain_is_refused():
    with pytest.raises(DomainError, match=r"Integrator.gain is -1"):
        Integrator(gain=-1.0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rate_hz": 1e9}, r"Terminal.fine.camera.frame_rate_hz is 1000000000.0, must lie in \(0, 100000\]"),
        ({"resonance_hz": 1e7}, r"Terminal.fine.mirror.resonance_hz is 10000000.0, must lie in \(0, 500000\]"),
    ],
)
def test_a_simulation_without_end_is_refused(changed, message):
    """A terabyte of readings, or hours of steps."""
    with pytest.raises(DomainError, match=message):
        terminal_of(**changed)
