"""What a loop leaves: the published table of the sampled integrator, exact special cases, sums over images."""

import numpy as np
import pytest

from passplan.apt.design import SampledLoop, sensitivity
from passplan.apt.disturbance import Disturbance, VibrationSpectrum
from passplan.apt.laws import Integrator, TypeTwo, filter_of
from passplan.apt.rejection import (
    averaged_share,
    left_share,
    noise_gain,
    ramp_error_urad,
    residual_psd,
    residual_rms_urad,
    spectrum_grid_hz,
    spectrum_variance,
    way_of,
)
from passplan.apt.spectrum import Line
from passplan.errors import DomainError

OLYMPUS = VibrationSpectrum(rms_urad=float(np.sqrt(80.0 * np.pi)))
SAME_SHAPE = VibrationSpectrum(rms_urad=9.3)
ROLLED_OFF = VibrationSpectrum(rms_urad=9.3, roll_off_hz=30.0)

# physics A4: frame rate, whole frames of delay, gain, residual of each spectrum [urad].
TABLE = [
    (2000.0, 0, 0.99, (1.117, 0.655, 0.134)),
    (2000.0, 1, 0.48, (1.885, 1.106, 0.279)),
    (2000.0, 2, 0.28, (2.447, 1.435, 0.484)),
    (5000.0, 1, 0.48, (1.192, 0.699, 0.111)),
]


def integrator_loop(gain=0.25, rate_hz=2000.0, **timing):
    return SampledLoop(law=filter_of(Integrator(gain=gain), rate_hz=rate_hz), **timing)


@pytest.mark.parametrize(("rate_hz", "delay", "gain", "residuals"), TABLE)
def test_the_published_residuals(rate_hz, delay, gain, residuals):
    loop = integrator_loop(gain, rate_hz, delay_frames=delay)
    for spectrum, expected in zip((OLYMPUS, SAME_SHAPE, ROLLED_OFF), residuals, strict=True):
        assert residual_rms_urad(loop, spectrum, averaged=True) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(("rate_hz", "delay", "gain", "residuals"), TABLE)
def test_the_exact_residuals_lie_a_little_above(rate_hz, delay, gain, residuals):
    """The images that the averaged form leaves out cost up to 5 %, most where the loop is fastest."""
    loop = integrator_loop(gain, rate_hz, delay_frames=delay)
    for spectrum, expected in zip((OLYMPUS, SAME_SHAPE, ROLLED_OFF), residuals, strict=True):
        assert 1.0 < residual_rms_urad(loop, spectrum) / expected < 1.05


@pytest.mark.parametrize("delay", [0, 1, 3])
def test_share_of_a_full_exposure_and_whole_delays(delay):
    """1 - sinc^2 within the frame, sinc^2 |S|^2 of its mean: no actuator, so the command stands still in a frame."""
    loop = integrator_loop(delay_frames=delay)
    frequency_hz = np.geomspace(0.3, 9000.0, 200)
    within_frame = np.sinc(frequency_hz / 2000.0) ** 2
    folded_hz = np.abs(np.mod(frequency_hz + 1000.0, 2000.0) - 1000.0)
    expected = 1.0 - within_frame + within_frame * np.abs(sensitivity(loop, folded_hz)) ** 2
    np.testing.assert_allclose(left_share(loop, frequency_hz), expected, atol=1e-6)


def test_a_wave_through_a_loop_in_time():
    """Direct simulation of one wave: law, delay and hold stepped at a hundredth of a frame, mean square at the end."""
    loop = integrator_loop(0.4, 100.0, delay_frames=1)
    frequency_hz, fine_steps, frames = 17.0, 100, 4000
    time_s = (np.arange(frames * fine_steps) + 0.5) / (100.0 * fine_steps)
    for phase in (0.0, 1.0):
        wave = np.sin(2.0 * np.pi * frequency_hz * time_s + phase).reshape(frames, fine_steps)
        commands, command = [0.0, 0.0], 0.0
        left = np.empty(wave.shape)
        for k in range(frames):
            left[k] = wave[k] - commands[-2]
            command += 0.4 * left[k].mean()
            commands.append(command)
        measured = 2.0 * np.mean(left[400:] ** 2)
        assert measured == pytest.approx(float(left_share(loop, frequency_hz)), rel=2e-3)


def test_spectrum_of_the_residual_holds_what_the_shares_say():
    """Integral over all frequencies, images included, against the integral of the shares."""
    loop = integrator_loop(0.1, 40.0, actuator_hz=8.0, actuator_damping=0.7, exposure_share=0.6)
    residual = spectrum_variance(
        lambda f: residual_psd(loop, ROLLED_OFF, f, noise_urad=3.0), np.ones_like, rate_hz=loop.rate_hz
    )
    expected = residual_rms_urad(loop, ROLLED_OFF, noise_urad=3.0) ** 2
    assert residual == pytest.approx(expected, rel=2e-3)


def test_power_of_a_held_command_is_the_sum_of_its_images():
    """Without an actuator the sum of sinc^2 over all images is one, exactly."""
    assert np.all(way_of(integrator_loop(), [1.0, 400.0]).held_power == 1.0)
    quick = integrator_loop(actuator_hz=2e5)
    np.testing.assert_allclose(way_of(quick, [1.0, 400.0]).held_power, 1.0, atol=2e-3)


@pytest.mark.parametrize("gain", [0.05, 0.25, 0.48, 1.0, 1.6])
def test_noise_gain_of_an_integrator(gain):
    """physics A4: g / (2 - g) for n = 1; exact."""
    assert noise_gain(integrator_loop(gain, delay_frames=0)) == pytest.approx(gain / (2.0 - gain), rel=1e-9)


@pytest.mark.parametrize("delay", [0, 1, 4])
@pytest.mark.parametrize("gain", [0.05, 0.1, 0.25])
def test_ramp_error_of_an_integrator(gain, delay):
    """physics A4: rate T / g; 40 Hz, g = 0.1, 119 urad/s leave 29.75 urad."""
    loop = integrator_loop(gain, 40.0, delay_frames=delay)
    assert ramp_error_urad(loop, rate_urad_s=119.0) == pytest.approx(119.0 / (40.0 * gain), rel=1e-9)


def test_type_two_follows_a_ramp():
    loop = SampledLoop(law=filter_of(TypeTwo(gain=0.2, zero_hz=5.0), rate_hz=2000.0))
    assert ramp_error_urad(loop, rate_urad_s=1e4) == pytest.approx(0.0, abs=1e-2)
    assert ramp_error_urad(integrator_loop(0.2), rate_urad_s=1e4) == pytest.approx(25.0, rel=1e-9)


def test_type_two_is_worse_on_a_falling_spectrum():
    """physics A4: a double integrator raises the residual of a 1/f^2 spectrum."""
    two = SampledLoop(law=filter_of(TypeTwo(gain=0.25, zero_hz=8.0), rate_hz=2000.0))
    assert residual_rms_urad(two, OLYMPUS) > residual_rms_urad(integrator_loop(0.25), OLYMPUS)


def test_lines_are_counted():
    """A wheel line above 90 Hz is amplified by a 2 kHz loop with g = 0.25 (physics A4)."""
    loop = integrator_loop()
    lines = Disturbance(line=(Line(frequency_hz=200.0, rms_urad=2.0),))
    expected = 2.0 * np.sqrt(left_share(loop, 200.0))
    assert residual_rms_urad(loop, lines) == pytest.approx(expected, rel=1e-12)
    assert expected > 2.0


def test_noise_adds_in_squares():
    loop = integrator_loop(actuator_hz=1000.0)
    quiet, loud = residual_rms_urad(loop, SAME_SHAPE), residual_rms_urad(loop, SAME_SHAPE, noise_urad=2.0)
    assert loud**2 - quiet**2 == pytest.approx(4.0 * noise_gain(loop), rel=1e-9)


def test_a_negative_density_is_refused():
    with pytest.raises(DomainError, match=r"density of the spectrum \[urad\^2/Hz\] is -1"):
        residual_rms_urad(integrator_loop(), lambda f: np.full(np.shape(f), -1.0))


def test_negative_frequencies_and_noise_are_refused():
    with pytest.raises(DomainError, match="frequency_hz is -1"):
        left_share(integrator_loop(), [-1.0])
    with pytest.raises(DomainError, match="frequency_hz is -1"):
        residual_psd(integrator_loop(), SAME_SHAPE, [-1.0])
    with pytest.raises(DomainError, match="noise_urad is -1"):
        residual_psd(integrator_loop(), SAME_SHAPE, [1.0], noise_urad=-1.0)
    with pytest.raises(DomainError, match="noise_urad is -1"):
        residual_rms_urad(integrator_loop(), SAME_SHAPE, noise_urad=-1.0)


def test_whole_multiples_of_the_rate_have_a_value():
    """There the camera sees nothing and the loop leaves all."""
    loop = SampledLoop(law=filter_of(TypeTwo(gain=0.2, zero_hz=5.0), rate_hz=2000.0))
    np.testing.assert_allclose(left_share(loop, [2000.0, 4000.0]), 1.0, atol=1e-5)
    assert float(left_share(loop, 0.0)) == pytest.approx(0.0, abs=1e-5)
    assert float(averaged_share(loop, 0.0)) == pytest.approx(0.0, abs=1e-5)


def test_the_grid_keeps_to_the_band_and_holds_the_nodes():
    class Table:
        band_hz = (2.0, 300.0)
        nodes_hz = np.array([17.3])

    grid_hz = spectrum_grid_hz(Table(), rate_hz=2000.0)
    assert (grid_hz[0], grid_hz[-1]) == (2.0, 300.0)
    assert 17.3 in grid_hz
    assert np.all(np.diff(grid_hz) > 0.0)
