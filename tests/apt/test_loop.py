"""The closed loop in the time domain against closed forms, printed residuals and the limits of physics."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.apt.acquisition import State
from passplan.apt.control import latency_bound_urad, noise_gain, ramp_error_urad
from passplan.apt.disturbance import VibrationSpectrum, micius_like_psd, olympus_psd
from passplan.apt.laws import Integrator
from passplan.apt.rejection import left_share, residual_rms_urad
from passplan.apt.residual import rms_over
from passplan.apt.spectrum_file import TabulatedPsd
from passplan.apt.stage_loop import stage_loop

STILL = VibrationSpectrum(rms_urad=0.0)
OPEN = Integrator(gain=0.0)


def settled(track, from_s=5):
    return rms_over(track, np.arange(track.time_s.size) >= from_s)


@pytest.fixture
def free(with_coarse):
    """The terminal without feed-forward, its gimbal free to go wherever the law wants it."""

    def freed(terminal):
        return replace(with_coarse(terminal, gimbal={"range_deg": 360.0}), feed_forward_scale_error=1.0)

    return freed


@pytest.mark.parametrize(
    ("spectrum", "disturbance_urad", "coarse_urad", "fine_urad"),
    [
        (olympus_psd, 15.69, 14.87, 2.30),
        (VibrationSpectrum(rms_urad=9.21), 9.21, 8.77, 1.35),
        (VibrationSpectrum(rms_urad=9.36, roll_off_hz=30.0), 9.36, 8.90, 0.555),
    ],
)
def test_two_stage_residuals(satellite, run, spectrum, disturbance_urad, coarse_urad, fine_urad):
    """Printed: 40 Hz coarse g = 0.1, 2 kHz fine g = 0.25, one frame, 1 kHz mirror, 0.1 urad of noise; 4 %."""
    track = run(satellite, seconds=300, vibration=spectrum)
    found = settled(track)
    four_percent = 0.04
    assert found.coarse_rms_urad / disturbance_urad == pytest.approx(coarse_urad / disturbance_urad, rel=four_percent)
    assert found.fine_x_rms_urad == pytest.approx(fine_urad, rel=four_percent)
    assert found.fine_y_rms_urad == pytest.approx(fine_urad, rel=four_percent)
    assert track.dropouts == 0


@pytest.mark.parametrize(("gain", "share", "extra_s"), [(0.25, 1.0, 0.0), (0.48, 1.0, 0.0), (0.3, 0.4, 1.5e-4)])
@pytest.mark.parametrize("spectrum", [olympus_psd, VibrationSpectrum(rms_urad=9.3, roll_off_hz=30.0)])
def test_residual_of_the_fine_loop_is_the_predicted_one(
    satellite, run, quiet, with_coarse, with_fine, spectrum, gain, share, extra_s
):
    """Two routes: `residual_rms_urad` of the sampled loop, exposure, delays and mirror in it; 100 s, both axes; 3 %."""
    terminal = with_coarse(quiet(satellite), law=OPEN)
    camera = {"exposure_share": share, "extra_delay_s": extra_s}
    terminal = with_fine(terminal, camera=camera, law=Integrator(gain=gain))
    found = settled(run(terminal, seconds=105, vibration=spectrum))
    expected = residual_rms_urad(stage_loop(terminal, "fine"), spectrum)
    both_axes = np.hypot(found.fine_x_rms_urad, found.fine_y_rms_urad) / np.sqrt(2.0)
    assert both_axes == pytest.approx(expected, rel=0.03)


def test_residual_of_the_coarse_loop_is_the_predicted_one(satellite, run, quiet):
    """Two routes: as above, of the 40 Hz loop with its 8 Hz gimbal on Olympus; slow, hence 5 %."""
    found = settled(run(quiet(satellite), seconds=400, vibration=olympus_psd))
    expected = residual_rms_urad(stage_loop(quiet(satellite), "coarse"), olympus_psd)
    assert found.coarse_rms_urad == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("frequency_hz", [3.0, 30.0, 100.0, 200.0])
def test_a_vibration_line_is_left_as_the_sampled_loop_says(satellite, run, quiet, with_coarse, with_fine, frequency_hz):
    """Exact mean square for a loop that averages over a frame and holds: 1 - s^2 + s^2 |S|^2, s = sinc(f/fs); 2 %.

    S is that of g z^-2 / (1 - z^-1) with the 16 us of a 20 kHz mirror in it, which are 3 % of a frame.
    """
    width_hz = 0.02 * frequency_hz
    line = TabulatedPsd(
        frequency_hz=np.array([frequency_hz - width_hz, frequency_hz + width_hz]),
        psd_urad2_hz=np.full(2, 100.0 / (2.0 * width_hz)),
    )
    terminal = with_fine(with_coarse(quiet(satellite), law=OPEN), mirror={"resonance_hz": 20_000.0})
    found = settled(run(terminal, vibration=line), from_s=2)
    lag = np.exp(-2j * np.pi * frequency_hz / 2000.0)
    closed = 0.25 * lag**2 / (1.0 - lag + 0.25 * lag**2)
    average = np.sinc(frequency_hz / 2000.0)
    expected = np.sqrt(1.0 + (abs(closed) ** 2 - 2.0 * closed.real) * average**2)
    left = found.fine_x_rms_urad / found.coarse_x_rms_urad
    assert left == pytest.approx(expected, rel=0.02)
    assert left == pytest.approx(np.sqrt(left_share(stage_loop(terminal, "fine"), frequency_hz)), rel=0.02)


def test_residual_is_gaussian(satellite, run):
    """Printed: p99 of the axis error is 2.58 rms."""
    error = run(satellite, seconds=60, vibration=micius_like_psd).residual_x_urad[10_000:].astype(float)
    assert np.quantile(np.abs(error), 0.99) / error.std() == pytest.approx(2.58, rel=0.02)


def test_latency_bounds_the_residual(satellite, run, quiet, with_fine):
    """No linear controller with 1 ms of latency beats 1.772 urad on Olympus."""
    bound = latency_bound_urad(rms_urad=np.sqrt(80.0 * np.pi), corner_hz=1.0, latency_s=1e-3)
    terminal = with_fine(quiet(satellite), law=Integrator(gain=0.48))
    assert settled(run(terminal, seconds=60, vibration=olympus_psd)).fine_x_rms_urad > bound


@pytest.mark.parametrize("gain", [0.1, 0.25, 0.6])
def test_noise_of_the_sensor_alone(satellite, run, with_coarse, with_fine, gain):
    """Closed form g / (2 - g) for n = 1 and a mirror that follows within a tenth of a frame; 4 sigma of 60 s.

    A frame without delay at an exposure of a tenth: the reading comes nine tenths of a frame before the next exposure.
    """
    camera = {
        "fixed_pattern_urad": 1.0, "read_noise_e": 0.0, "saturation_e": 1e15, "throughput": 1.0,
        "delay_frames": 0, "exposure_share": 0.1, "frame_rate_hz": 1000.0,
    }  # fmt: skip
    terminal = with_fine(
        with_coarse(satellite, law=OPEN), camera=camera, mirror={"resonance_hz": 5000.0}, law=Integrator(gain=gain)
    )
    found = settled(run(terminal, seconds=65))
    variance = 0.5 * (found.fine_x_rms_urad**2 + found.fine_y_rms_urad**2)
    independent = 2.0 * 60.0 * 1000.0 * gain / 2.0
    assert variance == pytest.approx(noise_gain(gain=gain), rel=4.0 * np.sqrt(2.0 / independent) + 0.005)


def test_coarse_loop_on_a_ramp(satellite, run, quiet):
    """Printed: 119 urad/s, 1 % of the rate at culmination, leaves 29.75 urad at 40 Hz and g = 0.1; no harm is done."""
    terminal = replace(quiet(satellite), feed_forward_scale_error=0.01)
    track = run(terminal, seconds=40, rate_x_urad_s=np.full(40, 11_900.0))
    assert track.coarse_x_urad[20:] == pytest.approx(29.75, abs=0.01)
    assert float(ramp_error_urad(rate_urad_s=119.0, gain=0.1, frame_rate_hz=40.0)) == pytest.approx(29.75)
    assert track.locked[5:].min() == 1.0
    assert np.abs(track.bias_x_urad[20:]).max() < 0.01
    assert track.jitter_x_urad[20:].max() < 0.1


def test_without_feed_forward_the_lock_is_lost(satellite, run, free):
    """Printed: at 11.9 mrad/s the coarse loop lags 2.98 mrad, the mirror ends at 0.8 mrad: 2.175 mrad, lock lost."""
    rate = np.clip(np.arange(60.0) * 1000.0, 0.0, 11_900.0)
    track = run(free(satellite), seconds=60, rate_x_urad_s=rate)
    assert track.dropouts >= 1
    assert track.locked[:2].max() == 1.0
    assert track.locked[20:].max() == 0.0
    assert track.coarse_x_urad[40:] == pytest.approx(2975.0, rel=1e-3)
    assert track.stroke_x_urad.max() == pytest.approx(800.0, abs=0.01)
    assert np.isnan(track.reacquisition_s[-1])
    for scale in (0.0, 0.01):
        fed = run(replace(satellite, feed_forward_scale_error=scale), seconds=60, rate_x_urad_s=rate)
        assert fed.dropouts == 0
        assert fed.locked[2:].min() == 1.0


def test_mirror_ends_at_its_stroke(satellite, run, free):
    """A ramp whose lag exceeds the stroke but not stroke and field: the residual is the difference, still in lock."""
    track = run(free(satellite), seconds=40, rate_x_urad_s=np.clip(np.arange(40.0) * 500.0, 0.0, 4000.0))
    lag_urad = float(ramp_error_urad(rate_urad_s=4000.0, gain=0.1, frame_rate_hz=40.0))
    assert track.locked[30:].min() == 1.0
    assert track.stroke_x_urad[30:] == pytest.approx(800.0, abs=0.01)
    assert track.bias_x_urad[30:] == pytest.approx(lag_urad - 800.0, abs=0.5)


def test_time_tag_error(satellite, run, with_coarse, with_fine):
    """1 ms late at 11.9 mrad/s is 11.9 urad of offset, which the loops take out; in a steady rate nothing is left."""
    late = replace(satellite, time_tag_error_s=1e-3)
    off = with_fine(with_coarse(late, law=OPEN), law=OPEN)
    rate = np.full(20, 11_900.0)
    assert run(off, rate_x_urad_s=rate).coarse_x_urad[5:] == pytest.approx(11.9, rel=1e-5)
    assert np.abs(run(late, rate_x_urad_s=rate).bias_x_urad[10:]).max() < 0.05


@pytest.mark.parametrize("update_s", [1.0, 0.05])
def test_point_ahead_and_boresight_set_the_bias(satellite, run, update_s):
    """Wanted minus beam: the beam leads by boresight and set-point error; an old set-point lags by half its age."""
    seconds, rate_urad_s = 12, 20.0
    terminal = replace(
        satellite, boresight_urad=(0.5, -0.3), point_ahead_error_urad=(0.2, 0.1), point_ahead_update_s=update_s
    )
    lead = rate_urad_s * np.arange(float(seconds))
    track = run(terminal, seconds=seconds, point_ahead_x_urad=lead, point_ahead_y_urad=np.full(seconds, -50.0))
    fine_noise_of_a_second_urad = 0.02
    mean_age_s = 0.5 * (update_s - terminal.step_s)
    settle_s = (1.0 / 0.25 - 2.0) * 0.5e-3 + 1.0 / (np.pi * 1000.0)  # sum of the errors of a step, and the mirror's lag
    assert track.bias_x_urad[5:-1] == pytest.approx(
        -0.5 - 0.2 + rate_urad_s * (mean_age_s + settle_s), abs=fine_noise_of_a_second_urad
    )
    assert track.bias_y_urad[5:] == pytest.approx(0.3 - 0.1, abs=fine_noise_of_a_second_urad)
    assert track.jitter_x_urad[5:-1] == pytest.approx(
        np.hypot(rate_urad_s * update_s / np.sqrt(12.0), track.jitter_y_urad[5:-1].mean()), rel=0.05
    )


def test_the_point_ahead_is_made_by_the_mirror(satellite, run):
    """A steady lead of 50 urad stands on the mirror, the other way, and nothing on the gimbal."""
    track = run(satellite, seconds=12, point_ahead_x_urad=np.full(12, 50.0), point_ahead_y_urad=np.zeros(12))
    assert track.mirror_x_urad[-100:] == pytest.approx(50.0, abs=1.0)
    assert np.abs(track.gimbal_x_urad[-100:]).max() < 1.0


def test_offload_keeps_the_mirror_centred(satellite, run, with_coarse):
    """A ramp of 30 urad/s leaves 7.5 urad at 40 Hz and g = 0.1 on the mirror, whichever signal the coarse law takes.

    A coarse camera with 300 urad of noise shakes the gimbal, and the mirror makes up for it; a gimbal that takes the
    mirror's angle instead knows nothing of that noise.
    """
    drifting = replace(satellite, feed_forward_scale_error=0.01)
    rate = np.full(30, 3000.0)
    plain = run(drifting, seconds=30, rate_x_urad_s=rate, vibration=micius_like_psd)
    offloading = run(with_coarse(drifting, offloads=True), seconds=30, rate_x_urad_s=rate, vibration=micius_like_psd)
    for track in (plain, offloading):
        assert track.locked[3:].min() == 1.0
        assert track.mirror_x_urad[-20_000:].mean() == pytest.approx(7.5, abs=0.5)  # 30 urad/s / (0.1 * 40 Hz)
    noisy = with_coarse(satellite, camera={"fixed_pattern_urad": 300.0})
    centred = run(with_coarse(noisy, offloads=True), seconds=30, vibration=micius_like_psd)
    shaken = run(noisy, seconds=30, vibration=micius_like_psd)
    assert centred.stroke_x_urad[5:].max() < 0.5 * shaken.stroke_x_urad[5:].max()
    assert np.abs(centred.mirror_x_urad[-20_000:].mean()) < 1.0


def test_same_seed_same_bytes(satellite, run):
    """Property: a run is a function of its inputs."""
    first, second, other = (
        run(satellite, seconds=5, vibration=micius_like_psd, seed=seed).residual_x_urad.tobytes() for seed in (3, 3, 4)
    )
    assert first == second != other


@pytest.mark.parametrize("seconds", [3, 7, 14, 30])
def test_every_sample_is_written(satellite, run, seconds):
    """Property: the run ends in lock, also when the number of steps is a multiple of the stride between samples."""
    track = run(satellite, seconds=seconds)
    assert track.dropouts == 0
    assert track.sample_state[-1] == track.state[-1] == State.FINE_LOCK
    assert seconds - 2e-3 < track.sample_state.size * track.residual_step_s < seconds + 2e-3


def test_the_axes_are_alike(satellite, run):
    """Property: exchanging x and y of the rates and the lead exchanges them in the track."""
    zero, rate, lead = np.zeros(10), 500.0 * np.arange(10.0), np.full(10, 30.0)
    terminal = replace(satellite, feed_forward_scale_error=0.01)
    one = run(terminal, seconds=10, rate_x_urad_s=rate, point_ahead_x_urad=lead, point_ahead_y_urad=zero)
    other = run(terminal, seconds=10, rate_y_urad_s=rate, point_ahead_x_urad=zero, point_ahead_y_urad=lead)
    assert one.stroke_x_urad[3:] == pytest.approx(other.stroke_y_urad[3:], abs=1.0)
    assert one.coarse_x_urad[3:] == pytest.approx(other.coarse_y_urad[3:], abs=0.5)


def test_frame_rates_that_do_not_divide_a_second(station, run, with_coarse, with_fine):
    """Property: 212.5 Hz and 56.3 Hz run, with a step that divides the fine frame."""
    terminal = with_fine(with_coarse(station, camera={"frame_rate_hz": 56.3}), camera={"frame_rate_hz": 212.5})
    track = run(terminal, seconds=10)
    assert terminal.steps_per_frame * terminal.step_s == pytest.approx(1.0 / 212.5)
    assert track.locked[3:].min() == 1.0


def test_an_exposure_shorter_than_a_step(satellite, run, quiet, with_coarse, with_fine):
    """A camera of 20 us reads the spot as it stands: like one whose exposure is a step."""
    found = []
    for share in (0.04, 0.2):
        terminal = with_fine(with_coarse(quiet(satellite), law=OPEN), camera={"exposure_share": share})
        found.append(settled(run(terminal, seconds=15, vibration=micius_like_psd)).fine_x_rms_urad)
    assert found[0] == pytest.approx(found[1], rel=1e-3)
