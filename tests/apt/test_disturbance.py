"""Spectra and series: exact integrals, the printed rms table, autocorrelation and Welch spectra of the series."""

from math import pi, sqrt

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.signal import welch

from passplan.apt.disturbance import VibrationSpectrum, cumulative_rms_urad, micius_like_psd, olympus_psd, vibration
from passplan.errors import DomainError

PRINTED_RMS_URAD = {0.1: 15.34, 1.0: 11.21, 10.0: 3.99, 30.0: 2.31, 100.0: 1.265}  # sqrt(160 (pi/2 - atan f0))


def test_olympus_variance_is_80_pi():
    """Exact integral of 160/(1+f^2): 251.3 urad^2."""
    variance, _ = quad(olympus_psd, 0.0, np.inf)
    assert variance == pytest.approx(80.0 * pi, rel=1e-9)
    assert variance == pytest.approx(251.3, abs=0.05)


@pytest.mark.parametrize(("frequency_hz", "rms_urad"), PRINTED_RMS_URAD.items())
def test_olympus_rms_above_a_frequency(frequency_hz, rms_urad):
    """Printed table of the rms above f0, and the exact formula it comes from."""
    found = cumulative_rms_urad(olympus_psd, frequency_hz=frequency_hz, high_hz=1e7)
    assert found == pytest.approx(sqrt(160.0 * (pi / 2 - np.arctan(frequency_hz))), rel=1e-4)
    assert found == pytest.approx(rms_urad, abs=0.006)


@pytest.mark.parametrize("roll_off_hz", [0.3, 1.0, 30.0, np.inf])
@pytest.mark.parametrize("corner_hz", [0.2, 1.0, 5.0])
def test_shape_is_normalised_exactly(corner_hz, roll_off_hz):
    """Numerical integral of the shape against its closed form, over a logarithmic variable."""
    spectrum = VibrationSpectrum(rms_urad=9.3, corner_hz=corner_hz, roll_off_hz=roll_off_hz)
    variance, _ = quad(lambda x: spectrum(np.exp(x)) * np.exp(x), -25.0, 25.0, limit=500)
    assert sqrt(variance) == pytest.approx(9.3, rel=1e-6)


def test_plateau_without_roll_off():
    """A = 55.06 urad^2/Hz for 9.3 urad and a corner of 1 Hz: 9.3^2/(pi/2)."""
    assert VibrationSpectrum(rms_urad=9.3).plateau_urad2_hz == pytest.approx(55.06, abs=0.005)


def test_micius_like_is_mostly_below_30_hz():
    """Appl. Opt. 2021 abstract: 9.3 urad, energy mainly below 30 Hz."""
    low, above = cumulative_rms_urad(micius_like_psd, frequency_hz=[1e-4, 30.0])
    assert low == pytest.approx(9.3, rel=1e-4)
    assert above**2 < 0.02 * low**2


def test_olympus_series_is_an_exact_ar1():
    """Ornstein-Uhlenbeck: variance 251.3, autocorrelation exp(-2 pi lag); five standard errors."""
    step_s, duration_s = 1e-3, 2000.0
    series = vibration(olympus_psd, duration_s=duration_s, step_s=step_s, rng=np.random.default_rng(1))
    independent = 2 * duration_s * pi  # two axes; the integral time of the squared process is 1/(2 pi) s
    error = 5.0 * sqrt(2.0 / independent)
    assert series.shape == (2, 2_000_000)
    assert series.var() == pytest.approx(80.0 * pi, rel=error)
    for lag in (1, 50, 150):
        product = np.mean(series[:, lag:] * series[:, :-lag]) / series.var()
        assert product == pytest.approx(np.exp(-2.0 * pi * lag * step_s), abs=error)
    innovation = series[:, 1:] - np.exp(-2.0 * pi * step_s) * series[:, :-1]
    assert innovation.var() == pytest.approx(80.0 * pi * -np.expm1(-4.0 * pi * step_s), rel=5e-3)


def test_series_follows_its_spectrum():
    """Welch periodogram of the synthesised series against the model, in octaves, five standard errors."""
    rate_hz, duration_s = 500.0, 1000.0
    series = vibration(micius_like_psd, duration_s=duration_s, step_s=1 / rate_hz, rng=np.random.default_rng(2))
    frequency_hz, found = welch(series, fs=rate_hz, nperseg=4096, axis=1)
    for low_hz in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0):
        band = (frequency_hz >= low_hz) & (frequency_hz < 2 * low_hz)
        expected = micius_like_psd(frequency_hz[band]).mean()
        samples = 2 * duration_s * low_hz  # independent periodogram values: axes, duration times bandwidth
        assert found[:, band].mean() == pytest.approx(expected, rel=5.0 / sqrt(samples) + 0.02)


def test_two_axes_are_independent_and_alike():
    """Cross-correlation of the axes within five standard errors of zero; equal variances."""
    series = vibration(micius_like_psd, duration_s=1000.0, step_s=5e-3, rng=np.random.default_rng(3))
    independent = 1000.0 * pi
    for lag in (0, 10, 100):
        assert abs(np.corrcoef(series[0, lag:], series[1, : series.shape[1] - lag])[0, 1]) < 5.0 / sqrt(independent)
    assert series.var(axis=1) == pytest.approx(9.3**2, rel=5.0 * sqrt(2.0 / independent))


def test_short_series_still_moves_as_a_whole():
    """Content below 1/T: the mean of a 0.1 s piece has nearly the variance of the process (corner 1 Hz)."""
    rng = np.random.default_rng(4)
    pieces = [vibration(micius_like_psd, duration_s=0.1, step_s=5e-3, rng=rng) for _ in range(400)]
    means = np.array([piece.mean(axis=1) for piece in pieces])
    assert means.std() > 0.7 * 9.3


def test_series_does_not_close_on_itself():
    """A record that repeated with its length would end where it began; the step is that of two independent values."""
    rng = np.random.default_rng(5)
    pieces = np.array([vibration(micius_like_psd, duration_s=5.12, step_s=5e-3, rng=rng) for _ in range(200)])
    gap = pieces[:, :, -1] - pieces[:, :, 0]
    assert gap.std() == pytest.approx(9.3 * sqrt(2.0), rel=5.0 / sqrt(2 * 400))


def test_same_seed_same_bytes():
    """Property: a series is a function of its inputs."""
    for psd in (olympus_psd, micius_like_psd):
        first, second = (
            vibration(psd, duration_s=2.0, step_s=1e-3, rng=np.random.default_rng(7)).tobytes() for _ in range(2)
        )
        assert first == second


def test_refusals():
    """Each limit names its field."""
    with pytest.raises(DomainError, match="frequency_hz is -1"):
        olympus_psd(-1.0)
    with pytest.raises(DomainError, match="frequency_hz is nan"):
        micius_like_psd(np.nan)
    with pytest.raises(DomainError, match=r"VibrationSpectrum\.rms_urad is -1"):
        VibrationSpectrum(rms_urad=-1.0)
    with pytest.raises(DomainError, match="step_s is 2"):
        vibration(olympus_psd, duration_s=1.0, step_s=2.0, rng=np.random.default_rng(0))
    with pytest.raises(DomainError, match="duration_s is 0"):
        vibration(olympus_psd, duration_s=0.0, step_s=1.0, rng=np.random.default_rng(0))
    with pytest.raises(DomainError, match="frequency_hz is 1e-05"):
        cumulative_rms_urad(olympus_psd, frequency_hz=1e-5)
