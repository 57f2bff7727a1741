"""Frames of the loop one by one: the mean over an exposure, the noise of a reading, the states, laws and plays."""

from types import SimpleNamespace

import numpy as np
import pytest

from passplan.apt.acquisition import State
from passplan.apt.frames import (
    act_coarse,
    after_coarse_frame,
    after_fine_frame,
    clamp,
    end_exposure,
    forget,
    hysteresis,
    law_output,
    start_exposure,
)
from passplan.apt.kalman import KalmanPredictor, Line
from passplan.apt.law import law_step
from passplan.apt.laws import Integrator, Pid, filter_of
from passplan.apt.records import CAMERA, TERMINAL, record
from passplan.apt.sensor import Camera, noise_equivalent_angle_urad, noise_terms
from passplan.apt.steering import FastMirror, mirror_targets_urad

RULES = SimpleNamespace(confirm_frames=5.0, lost_frames=3.0, dwell_frames=20.0, spotted=True)


@pytest.mark.parametrize(
    ("before", "spotted", "after"),
    [
        ((State.SEARCH, 0), True, (State.SEARCH, 1)),
        ((State.SEARCH, 4), True, (State.COARSE_LOCK, 0)),
        ((State.SEARCH, 4), False, (State.SEARCH, 0)),
        ((State.COARSE_LOCK, 2), False, (State.SEARCH, 0)),
        ((State.COARSE_LOCK, 1), False, (State.COARSE_LOCK, 2)),
        ((State.COARSE_LOCK, 1), True, (State.COARSE_LOCK, 0)),
    ],
)
def test_states_after_a_coarse_frame(before, spotted, after):
    """Table of the state machine, 5 frames to confirm, 3 to lose."""
    assert after_coarse_frame(*before, spotted, RULES) == after


@pytest.mark.parametrize(
    ("before", "caught", "late", "after"),
    [
        ((State.STOW, 0), True, False, (State.STOW, 0)),
        ((State.SEARCH, 2), True, False, (State.SEARCH, 2)),
        ((State.COARSE_LOCK, 0), True, False, (State.HANDOVER, 1)),
        ((State.COARSE_LOCK, 1), False, False, (State.COARSE_LOCK, 1)),
        ((State.HANDOVER, 3), True, False, (State.HANDOVER, 4)),
        ((State.HANDOVER, 19), True, False, (State.FINE_LOCK, 0)),
        ((State.HANDOVER, 3), False, False, (State.COARSE_LOCK, 0)),
        ((State.FINE_LOCK, 0), True, False, (State.FINE_LOCK, 0)),
        ((State.FINE_LOCK, 0), False, False, (State.DROPOUT, 0)),
        ((State.DROPOUT, 0), False, False, (State.DROPOUT, 0)),
        ((State.DROPOUT, 0), True, False, (State.REACQUIRE, 1)),
        ((State.DROPOUT, 0), False, True, (State.COARSE_LOCK, 0)),
        ((State.REACQUIRE, 19), True, True, (State.FINE_LOCK, 0)),
        ((State.REACQUIRE, 5), False, False, (State.DROPOUT, 0)),
    ],
)
def test_states_after_a_fine_frame(before, caught, late, after):
    """Table of the state machine, 20 frames of dwell, the coarse camera still sees the beacon."""
    assert after_fine_frame(*before, caught, RULES, late) == after


def test_without_any_spot_the_search_starts_again():
    """A dropout that coasted too long, with nothing on the coarse camera."""
    blind = SimpleNamespace(dwell_frames=20.0, spotted=False)
    assert after_fine_frame(State.DROPOUT, 0, False, blind, True) == (State.SEARCH, 0)


def camera_record(camera, **more):
    photon, pixel, floor2 = noise_terms(camera)
    return record(
        CAMERA, period=5.0, exposure=4.0, end_at=4.5, half_field=camera.half_field_urad, photon=photon, pixel=pixel,
        floor2=floor2, least=camera.minimum_e, most=camera.saturation_e, **more,
    )  # fmt: skip


def exposed(camera, angles, *, electrons=1e9, noise=0j):
    """Reading of a frame whose spot stands at these angles, first and last included."""
    frames = np.array([noise], dtype=np.complex64)
    r = camera_record(camera)
    total = start_exposure(r, angles[0], 1.0)
    for angle in angles[:-1]:
        total += angle
    end_exposure(r, frames, angles[-1], float(len(angles)), total, electrons)
    assert (r.index, r.end_at) == (1, 9.5)
    return frames[0]


CAMERA_2KHZ = Camera(field_mrad=0.64, pixels=60, frame_rate_hz=2000.0)


def test_a_reading_is_the_mean_over_the_exposure():
    """Exact: trapezoids of a ramp give its middle, of a parabola k^2 on 0 to 4 the mean (64 + 4/2) / 3 / 4."""
    ramp = [complex(3.0 * k, -k) for k in range(5)]
    assert exposed(CAMERA_2KHZ, ramp) == pytest.approx(6.0 - 2.0j)
    assert exposed(CAMERA_2KHZ, [complex(k * k) for k in range(5)]) == pytest.approx((64.0 + 2.0) / 12.0)


@pytest.mark.parametrize("electrons", [600.0, 1e4, 1e5])
def test_the_noise_of_a_reading_is_that_of_the_sensor(electrons):
    """Two routes: `noise_equivalent_angle_urad` of the same electrons, single precision of the readings."""
    noise_urad = float(noise_equivalent_angle_urad(CAMERA_2KHZ, electrons))
    assert exposed(CAMERA_2KHZ, [0j, 0j], electrons=electrons, noise=1.0 - 2.0j) == pytest.approx(
        noise_urad * (1.0 - 2.0j), rel=1e-6
    )


def test_gain_control_dims_a_bright_spot():
    """Above saturation_e the noise is that at saturation_e."""
    bright, full = (
        exposed(CAMERA_2KHZ, [0j, 0j], electrons=electrons, noise=1.0 + 0j)
        for electrons in (1e12, CAMERA_2KHZ.saturation_e)
    )
    assert bright == full


@pytest.mark.parametrize(
    ("angle", "electrons", "noise"),
    [(321.0 + 0j, 1e5, 0j), (-321j, 1e5, 0j), (0j, 499.0, 0j), (0j, 1e5, complex(np.nan, np.nan))],
)
def test_no_spot(angle, electrons, noise):
    """Outside the field, too faint, or a frame that is lost."""
    assert np.isnan(exposed(CAMERA_2KHZ, [angle, angle], electrons=electrons, noise=noise).real)


@pytest.mark.parametrize(
    "law",
    [
        Integrator(gain=0.3),
        Pid(gain=0.2, proportional_gain=0.4, derivative_gain=0.1),
        KalmanPredictor(rms_urad=9.3, roll_off_hz=30.0, lines=(Line(frequency_hz=60.0, rms_urad=1.0),)),
    ],
)
def test_a_law_in_the_loop_is_the_law(law, rng):
    """Two routes: `law_step` on each axis, with its limit, and the same law padded to a larger order."""
    made = filter_of(law, rate_hz=2000.0, delay_frames=1.0, exposure_share=1.0, actuator_hz=1000.0)
    n, order = made.b.size, made.b.size + 2
    block = np.zeros((1, order + 1, order + 2))
    block[0, :n, :n], block[0, :n, order], block[0, :n, order + 1] = made.a, made.b, made.windup
    block[0, order, :n], block[0, order, order] = made.c, made.d
    memory = np.zeros((1, 2 * order), dtype=complex)
    x = y = np.zeros(n)
    for error in 30.0 * (rng.standard_normal(300) + 1j * rng.standard_normal(300)) + 5.0:
        found = law_output(block, memory, 0, error, 60.0)
        x, of_x = law_step(made, x, error.real, limit_urad=60.0)
        y, of_y = law_step(made, y, error.imag, limit_urad=60.0)
        assert found == pytest.approx(complex(of_x, of_y), rel=1e-10, abs=1e-9)
    assert np.abs(memory[0, :n]).max() > 0.0
    forget(memory, 0)
    assert not memory.any()


def test_plays_and_coupling_in_the_loop_are_those_of_the_mirror(rng):
    """Two routes: `steering.mirror_targets_urad` under a walk over the whole stroke, to 1e-12 of it."""
    mirror = FastMirror(hysteresis=0.15, gauge_gain=0.5, coupling=0.02)
    plays = mirror.plays
    widths = np.zeros((2, 2, plays.weight.size + 1))  # another terminal may have more
    widths[1, :, :-1] = plays.half_width_urad, plays.weight
    states = np.zeros((2, plays.weight.size + 1), dtype=complex)
    r = record(TERMINAL, which=1, direct=plays.direct, coupling=mirror.coupling)
    walk = np.cumsum(60.0 * rng.standard_normal((2, 400)), axis=1)
    commands = np.clip(walk, -mirror.half_stroke_urad, mirror.half_stroke_urad)
    found = [hysteresis(complex(x, y), states, widths, r) for x, y in commands.T]
    expected = mirror_targets_urad(mirror, commands)
    np.testing.assert_allclose(found, expected[0] + 1j * expected[1], rtol=0.0, atol=1e-12 * 800.0)
    assert not states[0].any()


@pytest.mark.parametrize(("value", "expected"), [(3.0, 2.0), (-3.0, -2.0), (1.5, 1.5)])
def test_clamp(value, expected):
    assert clamp(value, 2.0) == expected


@pytest.mark.parametrize("confirm_frames", [1, 2])
def test_a_new_search_does_not_count_the_old_command_twice(confirm_frames):
    """After a lost lock the gimbal stands where it was; a spot in its middle must not move it.

    The law held 50 urad when the fine loop gave up; the search starts from there with an empty law.
    """
    r = record(
        TERMINAL, state=State.SEARCH, searches_anew=True, confirm_frames=confirm_frames, lost_frames=5.0,
        target=50.0 + 0j, half_range=1e5, scan_end=1,
    )  # fmt: skip
    camera = record(CAMERA, period=100.0, half_field=1e3)
    laws = np.array([[[1.0, 0.1, 1.0], [1.0, 0.1, 0.0]]])
    memory = np.array([[50.0 + 0j, 0j]])
    frames = np.zeros(3, dtype=np.complex64)
    for _ in range(3):
        act_coarse(r, camera, frames, np.zeros(1, dtype=complex), laws, memory)
    assert r.state == State.COARSE_LOCK
    assert r.target == 50.0


@pytest.mark.parametrize(("gimbal", "target"), [(900.0, 1010.0), (100.0, 1000.0)])
def test_the_law_waits_for_a_gimbal_that_cannot_follow(gimbal, target):
    """A quarter of the field behind its target (500 urad here), the gimbal gets no farther target: nothing winds up."""
    r = record(
        TERMINAL, state=State.COARSE_LOCK, lost_frames=5.0, confirm_frames=5.0, half_range=1e5, target=1000.0 + 0j,
        offset=2000.0 + 0j, seen=2000.0 - gimbal + 0j,
    )  # fmt: skip
    camera = record(CAMERA, period=100.0, half_field=1e3)
    laws = np.array([[[1.0, 0.1, 1.0], [1.0, 0.1, 0.0]]])
    memory = np.array([[1000.0 + 0j, 0j]])
    act_coarse(r, camera, np.full(1, 100.0, dtype=np.complex64), np.zeros(1, dtype=complex), laws, memory)
    assert r.target == pytest.approx(target)
