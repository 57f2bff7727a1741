"""Welch's method: against scipy, Parseval, the spectrum a series was made of, and the longest stretch of a lock."""

from math import sqrt

import numpy as np
import pytest
from scipy.signal import welch

from passplan.apt.disturbance import olympus_psd, vibration
from passplan.apt.measured_psd import longest_stretch, measured_psd
from passplan.errors import DomainError


@pytest.mark.parametrize("length", [256, 255])
def test_agrees_with_scipy(length):
    """Hann, half overlap, constant detrend: scipy.signal.welch to rounding, for even and odd segments."""
    series = np.random.default_rng(1).standard_normal((2, 5000)).cumsum(axis=1)
    frequency_hz, psd = measured_psd(series, 1e-3, segment_s=length * 1e-3)
    expected_hz, expected = welch(series, fs=1e3, nperseg=length, noverlap=length - length // 2, axis=1)
    np.testing.assert_allclose(frequency_hz, expected_hz[1:], rtol=1e-12)
    np.testing.assert_allclose(psd, expected[:, 1:], rtol=1e-9)


def test_parseval():
    """Sines of whole periods in the segment: the sum over frequency is their mean square, 4.5 + 0.5."""
    time_s = np.arange(8000) * 1e-3
    series = 3.0 * np.sin(2.0 * np.pi * 20.0 * time_s) + np.cos(2.0 * np.pi * 111.0 * time_s) + 40.0
    frequency_hz, psd = measured_psd(series, 1e-3)
    assert psd.sum() * frequency_hz[0] == pytest.approx(5.0, rel=1e-9)


def test_white_noise_is_one_sided():
    """Variance 1 at 1 kHz: 2/rate = 0.002 a hertz, five standard errors."""
    series = np.random.default_rng(2).standard_normal(200_000)
    _, psd = measured_psd(series, 1e-3, segment_s=1.0)
    assert psd.mean() == pytest.approx(2e-3, rel=5.0 * sqrt(2.0 / 200_000))


def test_finds_the_spectrum_of_olympus():
    """A known spectrum in octaves, five standard errors; sampled, 1/f^2 becomes 1/sin^2, its folds and all."""
    series = vibration(olympus_psd, duration_s=400.0, step_s=1e-3, rng=np.random.default_rng(3))
    frequency_hz, psd = measured_psd(series, 1e-3, segment_s=8.0)
    for low_hz in (1.0, 4.0, 16.0, 64.0):
        band = (frequency_hz >= low_hz) & (frequency_hz < 2 * low_hz)
        turn = np.pi * frequency_hz[band] * 1e-3
        expected = (olympus_psd(frequency_hz[band]) * (turn / np.sin(turn)) ** 2).mean()
        assert psd[:, band].mean() == pytest.approx(expected, rel=5.0 / sqrt(800.0 * low_hz) + 0.01)


def test_uses_the_longest_locked_stretch():
    """Samples without lock, however wild, leave no trace."""
    series = np.random.default_rng(4).standard_normal(4000)
    locked = np.ones(4000, dtype=bool)
    locked[[100, 3000, 3001]] = False
    wild = np.where(locked, series, np.nan)
    wild[3002:] = 1e6
    found = measured_psd(wild, 1e-3, locked=locked)
    np.testing.assert_array_equal(found[1], measured_psd(series[101:3000], 1e-3)[1])


def test_longest_stretch():
    """First of equals; whole, none, and one at the end."""
    assert longest_stretch([0, 1, 1, 0, 1, 1]) == slice(1, 3)
    assert longest_stretch([1, 0, 1, 1, 1]) == slice(2, 5)
    assert longest_stretch([1, 1]) == slice(0, 2)
    assert longest_stretch([0, 0]) == slice(0, 0)


def test_refusals():
    """Each limit names its field."""
    series = np.zeros(100)
    with pytest.raises(DomainError, match=r"locked has shape \(99,\), must be \(100,\), one flag a sample"):
        measured_psd(series, 1e-3, locked=np.ones(99))
    with pytest.raises(DomainError, match="samples in the longest stretch is 0"):
        measured_psd(series, 1e-3, locked=np.zeros(100))
    with pytest.raises(DomainError, match="samples in a segment is 200"):
        measured_psd(series, 1e-3, segment_s=0.2)
    with pytest.raises(DomainError, match="samples in a segment is 2"):
        measured_psd(series, 1e-3, segment_s=2e-3)
    with pytest.raises(DomainError, match="step_s is 0"):
        measured_psd(series, 0.0)
    with pytest.raises(DomainError, match="series_urad is nan"):
        measured_psd(np.full(100, np.nan), 1e-3)
