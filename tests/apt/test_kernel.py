"""The compiled loop against the same functions run as Python, its plants against the reference ones, and its cache."""

import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numba
import numpy as np
import pytest

from passplan.apt import loop as loop_module
from passplan.apt.acquisition import State
from passplan.apt.axes import pointing, sky_offset_urad
from passplan.apt.disturbance import VibrationSpectrum, micius_like_psd
from passplan.apt.gimbal import Gimbal, gimbal_motion_urad, read_encoder_urad
from passplan.apt.kalman import KalmanPredictor
from passplan.apt.kernel import compiled_loop, gimbal_step, on_sky, run_plants
from passplan.apt.loop import End, simulate_link, simulate_terminal
from passplan.apt.scan import Scan
from passplan.apt.steering import FastMirror, mirror_motion_urad, mirror_targets_urad
from passplan.units import to_deg

STEP_S = 1e-4


@pytest.fixture
def full_terminal(satellite, with_coarse, with_fine):
    """Everything that the kernel knows: friction, encoder, search, hysteresis, slew, coupling, lost frames, a model."""
    gimbal = {
        "inertia_kg_m2": 0.5, "coulomb_n_m": 0.002, "stiction_n_m": 0.003, "viscous_n_m_s": 0.05,
        "encoder_step_urad": 2.0,
    }  # fmt: skip
    terminal = with_coarse(
        satellite, gimbal=gimbal, search=Scan(kind="spiral", radius_mrad=3.0, dwell_s=0.06), offloads=True
    )
    terminal = with_fine(
        terminal,
        camera={"dropout_share": 0.02, "exposure_share": 0.6, "extra_delay_s": 1e-4},
        mirror={"hysteresis": 0.12, "gauge_gain": 2.0, "slew_urad_s": 3e4, "coupling": 0.01},
        law=KalmanPredictor(rms_urad=9.3, roll_off_hz=30.0),
        coast_s=0.05,
    )
    return replace(terminal, attitude_error_deg=0.05, point_ahead_update_s=0.05, feed_forward_scale_error=0.01)


def both_ends(full_terminal, station, sight_of, ground_beacon, satellite_beacon):
    common = {"rate_x_urad_s": np.array([4000.0, 6000.0]), "range_km": np.array([800.0, 700.0])}
    up = sight_of(2, point_ahead_x_urad=np.array([40.0, 41.0]), point_ahead_y_urad=np.full(2, 3.0), **common)
    down = sight_of(2, gaps_s=((1.4, 1.5),), scintillation=np.full(2, 0.2), **common)
    slow = replace(station, fine=replace(station.fine, dwell_frames=5), attitude_error_deg=0.01)
    ends = (
        End(terminal=full_terminal, sight=up, beacon=satellite_beacon, vibration=micius_like_psd),
        End(terminal=slow, sight=down, beacon=ground_beacon, vibration=VibrationSpectrum(rms_urad=3.0)),
    )
    return simulate_link(*ends, rngs=tuple(np.random.default_rng(5).spawn(2)))


def test_compiled_and_plain_loop_agree(
    monkeypatch, plain_loop, full_terminal, station, sight_of, ground_beacon, satellite_beacon
):
    """Two routes, 2 s of both ends: numba's machine code and the interpreter; all that either writes, to 1e-12."""
    loops, runs = [compiled_loop(), plain_loop], []
    for loop in loops:
        written = []

        def keep(*arguments, loop=loop, written=written):
            written.extend(arguments[:-1])
            loop(*arguments)

        monkeypatch.setattr(loop_module, "compiled_loop", lambda keep=keep: keep)
        tracks = both_ends(full_terminal, station, sight_of, ground_beacon, satellite_beacon)
        runs.append((written, tracks))
    (compiled, tracks), (plain, _) = runs
    assert [set(np.unique(track.sample_state)) >= {State.SEARCH, State.FINE_LOCK} for track in tracks] == [True, True]
    assert all(track.dropouts for track in tracks)
    for one, other in zip(compiled, plain, strict=True):
        if isinstance(one, np.record):
            for name in one.dtype.names:
                assert one[name] == pytest.approx(other[name], rel=1e-12, abs=1e-12), name
        else:
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_the_last_step_may_start_with_the_next_second(monkeypatch, plain_loop, satellite, run, with_fine):
    """A frame rate at which two seconds are no whole number of steps; plain Python checks indices."""
    monkeypatch.setattr(loop_module, "compiled_loop", lambda: plain_loop)
    terminal = with_fine(satellite, camera={"frame_rate_hz": 2000.75})
    assert 2.0 / terminal.step_s % 1.0 > 0.4
    track = run(terminal, seconds=2, vibration=micius_like_psd)
    assert track.time_s.size == 2
    assert track.state[-1] == State.FINE_LOCK


def test_one_compiled_form_for_all_terminals(satellite, station, run, full_terminal):
    """Property: the loop has one signature, so it is compiled once."""
    for terminal in (satellite, station, full_terminal):
        run(terminal, seconds=2)
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


@pytest.fixture
def record_of(monkeypatch, satellite, sight_of, ground_beacon, with_coarse, with_fine):
    """Record of a terminal with this gimbal and mirror, as the loop would start with it."""

    def recorded(*, gimbal=None, mirror=None, carried_urad_s=0.0):
        caught = []
        monkeypatch.setattr(loop_module, "compiled_loop", lambda: lambda *arguments: caught.extend(arguments))
        terminal = with_coarse(satellite, carries_rate=True)
        terminal = replace(terminal, coarse=replace(terminal.coarse, gimbal=gimbal or Gimbal()))
        terminal = replace(terminal, fine=replace(terminal.fine, mirror=mirror or FastMirror()))
        assert terminal.step_s == pytest.approx(STEP_S)
        simulate_terminal(
            terminal,
            sight_of(2, rate_x_urad_s=np.full(2, carried_urad_s)),
            opposite_beacon=ground_beacon,
            vibration=VibrationSpectrum(rms_urad=0.0),
            rng=np.random.default_rng(0),
        )
        monkeypatch.undo()
        return SimpleNamespace(**dict(zip(caught[0].dtype.names, caught[0].item(), strict=True)))

    return recorded


def axis_of_the_kernel(r, gimbal, commands, program):
    """Deviation of an axis after each step, as `gimbal_motion_urad` returns it."""
    position = rate = 0.0
    way = []
    for k, command in enumerate(commands):
        aim = command + position - read_encoder_urad(gimbal, position)
        acceleration = (program[k + 1] - program[k]) / STEP_S
        position, rate, _ = gimbal_step(position, rate, aim, program[k], acceleration, r)
        way.append(position)
    return np.array(way)


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"rate_limit_deg_s": 0.5, "acceleration_limit_deg_s2": 2.0},
        {"encoder_step_urad": 20.0},
        {"inertia_kg_m2": 1.0, "torque_limit_n_m": 0.02},
    ],
)
def test_gimbal_against_the_reference(record_of, rng, limits):
    """Two routes: `gimbal_motion_urad`; steps of command up to 2 mrad and a program that speeds up and reverses."""
    gimbal = Gimbal(**limits)
    commands = np.repeat(1000.0 * rng.uniform(-1.0, 1.0, 6), 600)
    program = 4000.0 * np.sin(np.linspace(0.0, 5.0, commands.size + 1))
    expected = gimbal_motion_urad(gimbal, commands, step_s=STEP_S, program_rate_urad_s=program)
    r = record_of(gimbal=gimbal, carried_urad_s=np.abs(program).max())
    np.testing.assert_allclose(axis_of_the_kernel(r, gimbal, commands, program), expected, rtol=0.0, atol=1e-6)


def friction_of(**more):
    return Gimbal(inertia_kg_m2=2.0, coulomb_n_m=0.02, stiction_n_m=0.03, viscous_n_m_s=0.4, **more)


@pytest.mark.parametrize("stribeck_deg_s", [0.01, 1e-4])
def test_friction_against_the_reference(record_of, stribeck_deg_s):
    """Two routes: an axis that rests, reverses and follows steps under friction; 1 % of the friction's own angle."""
    gimbal = friction_of(stribeck_deg_s=stribeck_deg_s)
    time_s = STEP_S * np.arange(8001)
    program = 600.0 * (time_s - 0.3)
    commands = np.where(time_s[:-1] < 0.6, 0.0, 8.0)
    expected = gimbal_motion_urad(gimbal, commands, step_s=STEP_S, program_rate_urad_s=program)
    found = axis_of_the_kernel(record_of(gimbal=gimbal), gimbal, commands, program)
    own_urad = 1e6 * gimbal.stiction_n_m / gimbal.inertia_kg_m2 / (2.0 * np.pi * gimbal.servo_hz) ** 2
    assert np.ptp(expected) > own_urad
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=0.01 * own_urad)


def test_the_break_away_torque_holds_the_axis(record_of):
    """Exact: below F_s / (J w^2) of command the axis does not move, whatever its Stribeck rate; above, it does."""
    gimbal = replace(friction_of(stribeck_deg_s=1e-5), viscous_n_m_s=0.0)
    held_urad = 1e6 * gimbal.stiction_n_m / gimbal.inertia_kg_m2 / (2.0 * np.pi * gimbal.servo_hz) ** 2
    still = np.zeros(2001)
    r = record_of(gimbal=gimbal)
    below, above = (axis_of_the_kernel(r, gimbal, np.full(2000, share * held_urad), still) for share in (0.97, 1.03))
    assert np.abs(below).max() < 1e-3 * held_urad
    assert above[-1] > 0.1 * held_urad


def test_a_stuck_axis_stands_while_its_program_runs(record_of):
    """Exact: a stuck axis' deviation is minus the way of the program, here a parabola of 200 urad/s^2."""
    gimbal = replace(friction_of(stribeck_deg_s=0.01), coulomb_n_m=0.5, stiction_n_m=0.5)
    time_s = STEP_S * np.arange(5001)
    found = axis_of_the_kernel(record_of(gimbal=gimbal), gimbal, np.zeros(5000), 200.0 * time_s)
    np.testing.assert_allclose(found, -100.0 * time_s[1:] ** 2, atol=0.02)


def test_effort_is_the_torque_over_the_inertia(record_of):
    """Exact: a free axis on its program needs the program's acceleration, and no more than the limit."""
    gimbal = Gimbal(acceleration_limit_deg_s2=float(to_deg(1000e-6)))
    r = record_of(gimbal=gimbal, carried_urad_s=1000.0)
    assert gimbal_step(0.0, 0.0, 0.0, 100.0, -250.0, r)[2] == pytest.approx(250.0)
    _, rate, effort = gimbal_step(0.0, 0.0, 1e5, 100.0, 300.0, r)
    assert (rate, effort) == (pytest.approx(0.07), pytest.approx(1000.0))
    _, rate, effort = gimbal_step(0.0, 0.0, -1e5, 100.0, 300.0, r)
    assert (rate, effort) == (pytest.approx(-0.13), pytest.approx(1000.0))


def test_a_carried_rate_uses_up_the_limit(record_of):
    """A mount that carries 0.9 of its rate limit has 0.1 left to catch up with an offset."""
    gimbal = Gimbal(rate_limit_deg_s=float(to_deg(1000e-6)))
    r = record_of(gimbal=gimbal, carried_urad_s=900.0)
    way = axis_of_the_kernel(r, gimbal, np.full(4000, 1e4), np.full(4001, 900.0))
    assert (way[-1] - way[-2]) / STEP_S == pytest.approx(100.0, rel=1e-3)


@pytest.mark.parametrize(
    "mirror",
    [
        FastMirror(resonance_hz=800.0, damping=0.3),
        FastMirror(slew_urad_s=2e4),
        FastMirror(hysteresis=0.15, gauge_gain=1.0, coupling=0.05),
    ],
)
def test_mirror_against_the_reference(record_of, rng, mirror):
    """Two routes: `mirror_motion_urad` under steps of both axes, to 1e-9 of the stroke."""
    commands = np.repeat(rng.uniform(-600.0, 600.0, (2, 20)), 25, axis=1)
    expected = mirror_motion_urad(mirror, commands, step_s=STEP_S)
    r = record_of(mirror=mirror)
    r.k = 0.0
    found = []
    for x, y in mirror_targets_urad(mirror, commands).T:
        r.rest = complex(x, y)
        run_plants(r, r.k + 1.0)
        found.append(r.mirror)
    np.testing.assert_allclose(found, expected[0] + 1j * expected[1], rtol=0.0, atol=1e-9 * 800.0)


def test_what_dies_away_becomes_nought(record_of):
    """Property: numbers below 2.2e-308, which make a processor many times slower, do not last while nothing moves."""
    r = record_of()
    r.mirror, r.mirror_rate, r.gimbal_rate, r.wanted = 100.0 - 1e-300j, 1e-310j, 1e-310 + 0j, 0j
    for stop in range(50, 3001, 50):
        run_plants(r, float(stop))
    assert (r.mirror, r.mirror_rate, r.gimbal_rate) == (0j, 0j, 0j)


@pytest.mark.parametrize("elevation_deg", [20.0, 60.0, 85.0])
def test_axes_beside_the_prediction_on_the_sky(elevation_deg):
    """Exact geometry of the two axes, `sky_offset_urad`; what is left out is of third order, or has both axes in it."""
    x, y = 3000.0, 40.0
    direction = pointing([150.0 + to_deg(x * 1e-6)], [elevation_deg + to_deg(y * 1e-6)])
    expected = sky_offset_urad(direction, [150.0], [elevation_deg])
    radians = np.deg2rad(elevation_deg)
    found = on_sky(complex(x, y), float(np.cos(radians)), float(0.25e-6 * np.sin(2.0 * radians)))
    assert found.real == pytest.approx(expected[0][0], abs=1e-6 * x * y)
    assert found.imag == pytest.approx(expected[1][0], abs=0.01)
