"""The compiled loop against the same functions run as Python, the states one by one, and where the cache goes."""

import subprocess
import sys

import numba
import numpy as np
import pytest

from passplan.apt import loop as loop_module
from passplan.apt.acquisition import State
from passplan.apt.beacon import Beacon
from passplan.apt.disturbance import micius_like_psd
from passplan.apt.kernel import (
    ACTUATOR,
    after_coarse_frame,
    after_fine_frame,
    close_loop,
    compiled_loop,
    gimbal_step,
    record,
)
from passplan.apt.loop import CoarseStage, FineStage, Terminal, simulate_terminal
from passplan.apt.sensor import Camera
from passplan.apt.steering import second_order_response

GROUND = Beacon(power_w=2.7, full_divergence_mrad=0.9, wavelength_nm=671.0)


def short_run():
    terminal = Terminal(
        coarse=CoarseStage(camera=Camera(field_mrad=40.14, pixels=512, frame_rate_hz=40.0), carries_rate=True),
        fine=FineStage(
            camera=Camera(field_mrad=0.64, pixels=60, frame_rate_hz=2000.0), proportional_gain=0.05, coast_s=0.1
        ),
        aperture_m=0.3,
        attitude_error_deg=0.05,
        orbit_error_m=100.0,
        feed_forward_scale_error=0.01,
        point_ahead_update_s=0.3,
    )
    return simulate_terminal(
        terminal,
        time_s=np.arange(4.0),
        rate_x_urad_s=1000.0 * np.arange(4.0),
        rate_y_urad_s=np.full(4, -500.0),
        range_km=np.full(4, 800.0),
        point_ahead_x_urad=np.full(4, 40.0),
        point_ahead_y_urad=np.linspace(-3.0, 3.0, 4),
        beacon_transmittance=[0.5, 0.5, 0.0, 0.5],
        opposite_beacon=GROUND,
        vibration=micius_like_psd,
        rng=np.random.default_rng(5),
    )


def test_compiled_and_plain_loop_agree(monkeypatch):
    """Two routes: numba's machine code and the interpreter, on a run with acquisition, fade and recovery."""
    compiled = short_run()
    monkeypatch.setattr(loop_module, "compiled_loop", lambda: close_loop)
    plain = short_run()
    single_precision_of_the_output_urad = 1e-3
    assert compiled.dropouts == plain.dropouts == 1
    np.testing.assert_array_equal(compiled.state, plain.state)
    for name in ("residual_x_urad", "residual_y_urad", "bias_x_urad", "jitter_y_urad", "stroke_x_urad"):
        np.testing.assert_allclose(
            getattr(compiled, name), getattr(plain, name), atol=single_precision_of_the_output_urad
        )


def test_the_last_step_may_start_with_the_next_second(monkeypatch):
    """4001.5 steps in two seconds round to 4002, and the loop looks half a step ahead; plain Python checks indices."""
    monkeypatch.setattr(loop_module, "compiled_loop", lambda: close_loop)
    camera = Camera(field_mrad=0.64, pixels=60, frame_rate_hz=2000.75)
    terminal = Terminal(
        coarse=CoarseStage(camera=Camera(field_mrad=40.14, pixels=512, frame_rate_hz=40.0)),
        fine=FineStage(camera=camera),
        aperture_m=0.3,
    )
    track = simulate_terminal(
        terminal,
        time_s=np.arange(2.0),
        rate_x_urad_s=np.zeros(2),
        rate_y_urad_s=np.zeros(2),
        range_km=np.full(2, 800.0),
        beacon_transmittance=0.5,
        opposite_beacon=GROUND,
        vibration=micius_like_psd,
        rng=np.random.default_rng(5),
    )
    assert track.residual_x_urad.size == 4002
    assert track.state[-1] == State.FINE_LOCK


def test_one_compiled_form_for_all_terminals():
    """Property: the loop has one signature, so it is compiled once."""
    short_run()
    assert len(compiled_loop().signatures) <= 1


def test_numba_waits_for_the_first_run():
    """A fresh interpreter that imports the loop has not imported numba."""
    code = "import sys, passplan.apt.loop; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_folder_for_the_cache(monkeypatch):
    """A read-only installation: numba refuses to cache, and the loop is compiled without."""
    wanted = []

    def refuse(*, cache=False, **options):
        def compiled(function):
            if cache:
                raise RuntimeError("cannot cache function: no locator available")
            wanted.append(function.__name__)
            return function

        return compiled

    monkeypatch.setattr(numba, "njit", refuse)
    loop = compiled_loop.__wrapped__()
    assert loop.__name__ == wanted[-1] == "close_loop"


@pytest.mark.parametrize(
    ("before", "spotted", "after"),
    [
        ((State.SEARCH, 0), True, (State.SEARCH, 1)),
        ((State.SEARCH, 4), True, (State.COARSE_LOCK, 0)),
        ((State.SEARCH, 4), False, (State.SEARCH, 0)),
        ((State.COARSE_LOCK, 2), False, (State.SEARCH, 0)),
        ((State.COARSE_LOCK, 1), False, (State.COARSE_LOCK, 2)),
        ((State.COARSE_LOCK, 1), True, (State.COARSE_LOCK, 0)),
        ((State.OPEN_LOOP, 0), True, (State.OPEN_LOOP, 0)),
        ((State.FINE_LOCK, 0), False, (State.FINE_LOCK, 0)),
    ],
)
def test_states_after_a_coarse_frame(before, spotted, after):
    """Table of the state machine, 5 frames to confirm, 3 to lose."""
    assert after_coarse_frame(*before, spotted, 5.0, 3.0) == after


@pytest.mark.parametrize(
    ("before", "caught", "late", "after"),
    [
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
    assert after_fine_frame(*before, caught, True, 20.0, late) == after


def test_without_any_spot_the_search_starts_again():
    """A dropout that coasted too long, with nothing on the coarse camera."""
    assert after_fine_frame(State.DROPOUT, 0, False, False, 20.0, True) == (State.SEARCH, 0)


def mount(*, step_s, **limits):
    """Actuator of 30 ms of lag."""
    lead_s = 0.03
    response = second_order_response(natural_hz=0.7 / (np.pi * lead_s), damping=0.7, step_s=step_s)
    return record(ACTUATOR, **response._asdict(), lead_s=lead_s, **limits)


def test_a_carried_rate_uses_up_the_limit():
    """A mount that carries 0.9 of its rate limit has 0.1 left to catch up with an offset."""
    step_s = 1e-3
    gimbal = mount(step_s=step_s, rate_limit_urad_s=1000.0, acceleration_limit_urad_s2=1e5)
    position, rate = 0.0, 0.0
    for _ in range(400):
        position, rate = gimbal_step(position, rate, 1e4, 900.0, 0.0, gimbal, step_s)
    assert rate == pytest.approx(100.0, rel=1e-3)


def test_a_carried_acceleration_uses_up_the_limit():
    """The whole acceleration, carried and own, is cut to the limit: 300 carried leave 700 of 1000 urad/s^2."""
    step_s = 1e-3
    gimbal = mount(step_s=step_s, rate_limit_urad_s=1e6, acceleration_limit_urad_s2=1000.0)
    _, forward = gimbal_step(0.0, 0.0, 1e5, 0.0, 300.0, gimbal, step_s)
    _, backward = gimbal_step(0.0, 0.0, -1e5, 0.0, 300.0, gimbal, step_s)
    assert forward == pytest.approx(0.7)
    assert backward == pytest.approx(-1.3)
