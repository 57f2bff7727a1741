"""Centroid noise: printed test points, a Monte Carlo of the estimator, and limits."""

import numpy as np
import pytest

from passplan.apt.sensor import Camera, centroid_noise_px, noise_equivalent_angle_urad, spot_electrons
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
