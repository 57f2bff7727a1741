"""Stars, Moon and noise in the beacon camera: known figures of the sky, conservation, Monte Carlo, and limits."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.apt.false_alarms import (
    false_alarm_probability,
    limiting_magnitude,
    moon_background_e,
    moon_magnitude,
    star_electrons,
    stars_in_field,
)
from passplan.apt.sensor import Camera
from passplan.errors import DomainError

COARSE = Camera(field_mrad=40.14, pixels=1000, frame_rate_hz=40.0)
OPTICS = {"wavelength_nm": 671.0, "filter_nm": 10.0, "aperture_m": 0.3}


def test_photons_of_vega():
    """General knowledge: a star of magnitude 0 gives about 1000 photons/s/cm^2/Angstrom in V."""
    camera = replace(COARSE, throughput=1.0, quantum_efficiency=1.0, frame_rate_hz=1.0)
    one_cm2_m = 2.0 * np.sqrt(1e-4 / np.pi)
    found = star_electrons(camera, magnitude=0.0, wavelength_nm=550.0, filter_nm=0.1, aperture_m=one_cm2_m)
    assert found == pytest.approx(1000.0, rel=0.03)


def test_five_magnitudes_are_a_hundred():
    """Exact: Pogson's ratio, and the limit is where a star gives the threshold."""
    bright, faint = star_electrons(COARSE, magnitude=[1.0, 6.0], **OPTICS)
    assert bright / faint == pytest.approx(100.0, rel=1e-12)
    limit = limiting_magnitude(COARSE, **OPTICS, transmittance=0.6)
    assert star_electrons(COARSE, magnitude=limit, **OPTICS, transmittance=0.6) == pytest.approx(COARSE.minimum_e)
    assert limiting_magnitude(replace(COARSE, throughput=0.0), **OPTICS) == -np.inf
    assert limiting_magnitude(replace(COARSE, minimum_e=0.0), **OPTICS) == np.inf


def test_stars_of_the_whole_sky():
    """General knowledge: about 5,000 stars to magnitude 6 and three times as many a magnitude fainter; one below -1."""
    sky = replace(COARSE, field_mrad=1e3 * np.sqrt(4.0 * np.pi))
    found = stars_in_field(sky, magnitude=[6.0, 7.0, 10.0, -1.4, -3.0, -np.inf])
    assert found[0] == pytest.approx(5000.0, rel=0.05)
    assert found[1] / found[0] == pytest.approx(3.0, rel=0.05)
    assert found[2] == pytest.approx(3.3e5, rel=0.05)
    assert 1.0 <= found[3] < 2.0
    np.testing.assert_array_equal(found[4:], 0.0)


def test_density_of_the_coarse_field():
    """2.3 deg squared is 5.29 of 41,253 square degrees: 0.62 stars to magnitude 6."""
    assert stars_in_field(COARSE, magnitude=6.0) == pytest.approx(4850.0 * 5.29 / 41_253.0, rel=2e-3)


def test_moon():
    """Printed: 75 deg of phase angle cost 2.08 mag; the full Moon's face has 3.35 mag in a square arcsecond."""
    assert moon_magnitude(75.0) - moon_magnitude(0.0) == pytest.approx(2.08, abs=0.01)
    arcsecond_urad = np.pi / 648_000.0 * 1e6
    camera = replace(COARSE, pixels=round(1e3 * COARSE.field_mrad / arcsecond_urad))
    face = moon_background_e(camera, angle_deg=0.0, phase_angle_deg=0.0, **OPTICS)
    patch = star_electrons(camera, magnitude=3.35, **OPTICS) * (camera.pixel_urad / arcsecond_urad) ** 2
    assert face == pytest.approx(patch, rel=0.02)


def test_moon_in_the_field_is_conserved():
    """Exact: the pixels that its disc covers hold the electrons of the whole Moon."""
    face = moon_background_e(COARSE, angle_deg=1.0, phase_angle_deg=30.0, **OPTICS)
    disc_px = np.pi * (np.deg2rad(0.259) * 1e6 / COARSE.pixel_urad) ** 2
    assert face * disc_px == pytest.approx(star_electrons(COARSE, magnitude=moon_magnitude(30.0), **OPTICS))


def test_moon_beside_the_field():
    """Inverse square of the angle beyond half the field and the disc (1.15 + 0.259 deg), and no light of a new Moon."""
    angles = [1.40, 1.42, 2.0, 4.0]
    found = moon_background_e(COARSE, angle_deg=angles, phase_angle_deg=0.0, **OPTICS)
    assert found[0] > 1e3 * found[1]
    assert found[2] / found[3] == pytest.approx(4.0, rel=1e-12)
    dusty = moon_background_e(COARSE, angle_deg=2.0, phase_angle_deg=0.0, **OPTICS, scatter_1deg_per_sr=1.0)
    assert dusty == pytest.approx(10.0 * found[2], rel=1e-12)
    new = moon_background_e(COARSE, angle_deg=2.0, phase_angle_deg=180.0, **OPTICS)
    assert new < 1e-3 * found[2]


def test_false_alarms_against_monte_carlo(rng):
    """Windows of Gaussian noise side by side, and a Poisson number of stars; five standard errors."""
    camera = replace(COARSE, pixels=80, window_px=8, minimum_e=200.0, read_noise_e=8.0, background_e=36.0)
    frames, stars = 20_000, 0.2
    noise = rng.normal(0.0, 8.0 * 10.0, (frames, 100)).max(axis=1) >= 200.0
    alarms = np.mean(noise | (rng.poisson(stars, frames) > 0))
    found = false_alarm_probability(camera, stars=stars)
    assert found == pytest.approx(alarms, abs=5.0 * np.sqrt(found * (1.0 - found) / frames))


def test_the_moon_raises_the_false_alarms():
    """Property: more background, more alarms, up to certainty; a quiet camera has almost none."""
    quiet = false_alarm_probability(COARSE)
    moonlit = [false_alarm_probability(replace(COARSE, background_e=e)) for e in (10.0, 200.0, 1e5)]
    assert 0.0 < quiet < 1e-5 < 0.01 < moonlit[1]
    assert quiet < moonlit[0] < moonlit[1] <= moonlit[2] <= 1.0
    assert false_alarm_probability(replace(COARSE, minimum_e=0.0, read_noise_e=0.0)) == 1.0


def test_refusals():
    """Each limit names its field."""
    star = {"magnitude": 0.0, **OPTICS}
    moon = {"angle_deg": 1.0, "phase_angle_deg": 0.0, **OPTICS}
    for name, value in (
        ("magnitude", np.nan),
        ("wavelength_nm", 300.0),
        ("filter_nm", 0.0),
        ("aperture_m", 0.0),
        ("transmittance", 2.0),
    ):
        with pytest.raises(DomainError, match=f"{name} is {value}"):
            star_electrons(COARSE, **{**star, name: value})
    for name, value in (("angle_deg", 181.0), ("phase_angle_deg", -1.0), ("scatter_1deg_per_sr", -1.0)):
        with pytest.raises(DomainError, match=f"{name} is {value}"):
            moon_background_e(COARSE, **{**moon, name: value})
    with pytest.raises(DomainError, match=r"magnitude is 15.5"):
        stars_in_field(COARSE, magnitude=15.5)
    with pytest.raises(DomainError, match="stars is -1"):
        false_alarm_probability(COARSE, stars=-1.0)
