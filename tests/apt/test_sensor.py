"""Centroid noise: printed test points, a Monte Carlo of the estimator, and limits."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import erf

from passplan.apt.sensor import (
    Camera,
    centroid_noise_px,
    detection_probability,
    noise_equivalent_angle_urad,
    noise_terms,
    pixel_phase_error_px,
    spot_electrons,
)
from passplan.errors import DomainError

FINE = Camera(field_mrad=0.64, pixels=60, frame_rate_hz=2000.0, fixed_pattern_urad=0.0)

# electrons, read noise, window, spot, background -> px, urad at 10.7 urad a pixel
PRINTED = [
    (1e4, 10.0, 8, 1.0, 0.0, 0.0211, 0.226),
    (1e3, 10.0, 8, 1.0, 0.0, 0.186, 1.99),
    (1e5, 10.0, 8, 1.0, 0.0, 0.00377, 0.040),
    (1e4, 5.0, 6, 0.7, 20.0, 0.0102, 0.109),
]


@pytest.mark.parametrize(("electrons", "read", "window", "spot", "background", "noise_px", "noise_urad"), PRINTED)
def test_centroid_noise(electrons, read, window, spot, background, noise_px, noise_urad):
    """Printed test points of the closed form, to their last digit."""
    arguments = {"spot_px": spot, "window_px": window, "read_noise_e": read, "background_e": background}
    found = centroid_noise_px(electrons=electrons, **arguments)
    assert found == pytest.approx(noise_px, rel=5e-3)
    assert found * FINE.pixel_urad == pytest.approx(noise_urad, rel=1e-2)


def test_centroid_noise_against_monte_carlo():
    """Centre of gravity of simulated frames (Poisson spot, Gaussian read noise) against the formula, 3 %."""
    rng = np.random.default_rng(1)
    frames, electrons, spot, window, read = 4000, 5000, 1.0, 10, 6.0
    place = np.arange(window) - 0.5 * (window - 1)
    hits = rng.normal(0.0, spot, (frames, electrons)).astype(np.float32)
    pixels = np.clip(np.rint(hits + 0.5 * (window - 1)), 0, window - 1).astype(int)
    rows = np.arange(frames)[:, None] * window
    columns = np.bincount((rows + pixels).ravel(), minlength=frames * window).reshape(frames, window)
    columns = columns + rng.normal(0.0, read * np.sqrt(window), (frames, window))
    centre = columns @ place / electrons
    expected = centroid_noise_px(electrons=electrons, spot_px=spot, window_px=window, read_noise_e=read)
    three_percent = 0.03
    assert centre.std() == pytest.approx(expected, rel=three_percent)


def test_pixel_of_the_fine_camera():
    """0.64 mrad over 60 pixels: 10.7 urad a pixel."""
    assert FINE.pixel_urad == pytest.approx(10.67, abs=0.01)
    assert FINE.half_field_urad == pytest.approx(320.0)


def test_floor_and_saturation():
    """The fixed pattern is what remains; gain control bounds the electrons."""
    camera = Camera(field_mrad=0.64, pixels=60, frame_rate_hz=2000.0, read_noise_e=0.0, fixed_pattern_urad=0.3)
    assert spot_electrons(camera, 1e12) == camera.saturation_e
    assert spot_electrons(camera, 1e4) == pytest.approx(250.0)
    assert noise_equivalent_angle_urad(camera, 1e12) == pytest.approx(0.3, rel=1e-4)


def test_times_of_a_frame():
    """2 kHz with one frame of delay: 0.25 + 0.5 + 0.25 = 1.0 ms; a half exposure and 0.1 ms of transport after it."""
    assert FINE.exposure_s == FINE.frame_s == pytest.approx(0.5e-3)
    assert FINE.latency_s == pytest.approx(1.0e-3, rel=1e-12)
    short = replace(FINE, exposure_share=0.5, extra_delay_s=1e-4)
    assert short.exposure_s == pytest.approx(0.25e-3, rel=1e-12)
    assert short.latency_s == pytest.approx(0.125e-3 + 0.5e-3 + 0.1e-3 + 0.25e-3, rel=1e-12)


@pytest.mark.parametrize(("read", "window", "spot", "background"), [case[1:5] for case in PRINTED])
def test_noise_terms(read, window, spot, background):
    """Two routes: the coefficients and the closed form give one variance."""
    camera = replace(
        FINE, read_noise_e=read, window_px=window, spot_px=spot, background_e=background, fixed_pattern_urad=0.3
    )
    photon, pixel, floor = noise_terms(camera)
    electrons = np.array([1.0, 500.0, 1e4, 1e5])
    expected = noise_equivalent_angle_urad(camera, electrons) ** 2
    np.testing.assert_allclose(photon / electrons + pixel / electrons**2 + floor, expected, rtol=1e-12)


@pytest.mark.parametrize("spot", [0.2, 0.3, 0.5])
def test_pixel_phase_against_a_spot_laid_on_pixels(spot):
    """Centre of gravity of a Gaussian that is integrated over each pixel (error function), 1e-12 px."""
    offset = np.linspace(-0.7, 0.7, 29)
    edges = np.arange(-12.5, 13.5)
    below = 0.5 * (1.0 + erf((edges - offset[:, None]) / (spot * np.sqrt(2.0))))
    centre = np.diff(below, axis=1) @ np.arange(-12.0, 13.0)
    found = pixel_phase_error_px(offset_px=offset, spot_px=spot)
    np.testing.assert_allclose(found, centre - offset, atol=1e-12)


def test_detection_against_monte_carlo(rng):
    """Poisson spot and Gaussian read noise in the window against the threshold; five standard errors and 1 %."""
    camera = replace(FINE, minimum_e=500.0, read_noise_e=5.0, background_e=4.0, window_px=8)
    frames = 100_000
    for electrons in (450.0, 500.0, 560.0):
        background = rng.poisson(64 * 4.0, frames) - 64 * 4.0
        total = rng.poisson(electrons, frames) + background + rng.normal(0.0, 5.0 * 8.0, frames)
        found = detection_probability(camera, electrons)
        assert found == pytest.approx(np.mean(total >= 500.0), abs=0.01)
    assert detection_probability(camera, 1e9) == 1.0


def test_detection_without_noise_is_a_step():
    """Limit: no noise and no light, a threshold of zero is met, any other is not."""
    silent = replace(FINE, read_noise_e=0.0, minimum_e=0.0)
    assert detection_probability(silent, 0.0) == 1.0
    assert detection_probability(replace(silent, minimum_e=1.0), 0.0) == 0.0


def test_refusals():
    """Each limit names its field."""
    with pytest.raises(DomainError, match="electrons is 0"):
        noise_equivalent_angle_urad(FINE, 0.0)
    with pytest.raises(DomainError, match="window_px is 1"):
        centroid_noise_px(electrons=1.0, spot_px=1.0, window_px=1, read_noise_e=1.0)
    with pytest.raises(DomainError, match=r"Camera.field_mrad is 0"):
        Camera(field_mrad=0.0, pixels=60, frame_rate_hz=2000.0)
    with pytest.raises(DomainError, match=r"Camera.delay_frames is -1"):
        Camera(field_mrad=0.64, pixels=60, frame_rate_hz=2000.0, delay_frames=-1)
    with pytest.raises(DomainError, match=r"Camera.exposure_share is 0"):
        replace(FINE, exposure_share=0.0)
    with pytest.raises(DomainError, match=r"Camera.extra_delay_s is -1"):
        replace(FINE, extra_delay_s=-1.0)
    with pytest.raises(DomainError, match=r"Camera.dropout_share is 1"):
        replace(FINE, dropout_share=1.0)
    with pytest.raises(DomainError, match=r"Camera.dropout_s is 0"):
        replace(FINE, dropout_s=0.0)
    with pytest.raises(DomainError, match=r"spot_px is 0"):
        pixel_phase_error_px(offset_px=0.1, spot_px=0.0)
    with pytest.raises(DomainError, match=r"electrons is -1"):
        detection_probability(FINE, -1.0)
