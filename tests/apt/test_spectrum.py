"""Rms against frequency, the stride of a series, the band of a run: printed table, closed forms and sines."""

from math import pi, sqrt

import numpy as np
import pytest

from passplan.apt.disturbance import Vibration, VibrationSpectrum, micius_like_psd, olympus_psd, vibration
from passplan.apt.spectrum import Line, band_warning, cumulative_rms_urad, lines_of, lines_psd, vibration_stride
from passplan.apt.spectrum_file import TabulatedPsd
from passplan.apt.wheels import Harmonic, ReactionWheel
from passplan.errors import DomainError

PRINTED_RMS_URAD = {0.1: 15.34, 1.0: 11.21, 10.0: 3.99, 30.0: 2.31, 100.0: 1.265}  # sqrt(160 (pi/2 - atan f0))
LINE = Line(frequency_hz=50.0, rms_urad=2.0)


@pytest.mark.parametrize(("frequency_hz", "rms_urad"), PRINTED_RMS_URAD.items())
def test_olympus_rms_above_a_frequency(frequency_hz, rms_urad):
    """Printed table of the rms above f0, and the exact formula it comes from."""
    found = cumulative_rms_urad(olympus_psd, frequency_hz=frequency_hz, high_hz=1e7)
    assert found == pytest.approx(sqrt(160.0 * (pi / 2 - np.arctan(frequency_hz))), rel=1e-4)
    assert found == pytest.approx(rms_urad, abs=0.006)


def test_rms_below_a_frequency():
    """sqrt(160 atan f0), and the two directions together the whole."""
    below = cumulative_rms_urad(olympus_psd, frequency_hz=[0.1, 1.0, 30.0], low_hz=1e-6, below=True)
    np.testing.assert_allclose(below, np.sqrt(160.0 * np.arctan([0.1, 1.0, 30.0])), rtol=1e-4)
    above = cumulative_rms_urad(olympus_psd, frequency_hz=[0.1, 1.0, 30.0], low_hz=1e-6, high_hz=1e7)
    np.testing.assert_allclose(above**2 + below**2, 80.0 * pi, rtol=1e-4)


def test_micius_like_is_mostly_below_30_hz():
    """Appl. Opt. 2021 abstract: 9.3 urad, energy mainly below 30 Hz."""
    low, above = cumulative_rms_urad(micius_like_psd, frequency_hz=[1e-4, 30.0])
    assert low == pytest.approx(9.3, rel=1e-4)
    assert above**2 < 0.02 * low**2


def test_lines_are_steps_of_the_cumulative_rms():
    """A line counts from its frequency on, in both directions."""
    psd = Vibration(rms_urad=0.0, line=(LINE,))
    np.testing.assert_allclose(cumulative_rms_urad(psd, frequency_hz=[1.0, 49.0, 51.0]), [2.0, 2.0, 0.0])
    np.testing.assert_allclose(cumulative_rms_urad(psd, frequency_hz=[49.0, 51.0], below=True), [0.0, 2.0])
    assert cumulative_rms_urad(psd, frequency_hz=60.0, low_hz=60.0, high_hz=70.0, below=True) == 0.0
    assert lines_of(olympus_psd) == ()


def test_narrow_peaks_of_a_table_are_not_stepped_over():
    """A triangle 0.02 Hz wide at 500 Hz of 100 urad^2/Hz: variance 1 urad^2, far under the step of the log grid."""
    frequency_hz = np.array([499.0, 499.99, 500.0, 500.01, 501.0])
    table = TabulatedPsd(frequency_hz=frequency_hz, psd_urad2_hz=np.array([99.0, 99.0, 101.0, 99.0, 99.0]))
    exact = 2.0 * 99.0 + 0.5 * 0.02 * 2.0
    assert cumulative_rms_urad(table, frequency_hz=1.0) ** 2 == pytest.approx(exact, rel=2e-5)
    assert cumulative_rms_urad(table, frequency_hz=600.0, low_hz=510.0) == 0.0


def test_the_stride_of_the_known_spectra():
    """Olympus falls as 1/f^2 and needs every step of 0.1 ms; a roll-off at 30 Hz about 2 kHz."""
    assert vibration_stride(olympus_psd, plant_step_s=1e-4) == 1
    assert 3 <= vibration_stride(micius_like_psd, plant_step_s=1e-4) <= 5
    assert vibration_stride(VibrationSpectrum(rms_urad=0.0), plant_step_s=1e-4) == 1000  # 0.1 s


def test_every_line_keeps_20_points_a_period():
    """50 Hz needs 1 kHz; a wheel that runs up needs what its end needs."""
    slow = VibrationSpectrum(rms_urad=9.0, corner_hz=0.1, roll_off_hz=1.0)
    assert vibration_stride(slow, plant_step_s=1e-4) > 10
    psd = Vibration(rms_urad=9.0, corner_hz=0.1, roll_off_hz=1.0, line=(LINE,))
    assert vibration_stride(psd, plant_step_s=1e-4) == 10
    wheel = ReactionWheel(
        speed_rpm=600.0, end_speed_rpm=6000.0, inertia_kg_m2=1.0, harmonic=(Harmonic(order=1.0, imbalance_kg_m2=1e-6),)
    )
    running_up = Vibration(rms_urad=9.0, corner_hz=0.1, roll_off_hz=1.0, wheel=(wheel,))
    assert vibration_stride(running_up, plant_step_s=1e-4) == 5


@pytest.mark.parametrize("psd", [micius_like_psd, VibrationSpectrum(rms_urad=5.0, corner_hz=2.0, roll_off_hz=5.0)])
def test_straight_lines_lose_under_one_per_cent(psd):
    """Mean square of a joined sine is (2 + cos(2 pi f step))/3 of its own; over the spectrum, and at its top."""
    step_s = vibration_stride(psd, plant_step_s=1e-4) * 1e-4
    frequency_hz = np.geomspace(1e-3, 1e4, 20_000)
    density = psd(frequency_hz)
    kept = (2.0 + np.cos(2.0 * pi * frequency_hz * step_s)) / 3.0
    loss = 1.0 - sqrt(np.trapezoid(kept * density, frequency_hz) / np.trapezoid(density, frequency_hz))
    assert loss < 1e-4
    top_hz = 1.0 / (18.1 * step_s)
    assert 1.0 - sqrt((2.0 + np.cos(2.0 * pi * top_hz * step_s)) / 3.0) < 0.01
    assert cumulative_rms_urad(psd, frequency_hz=top_hz) < 0.0033 * cumulative_rms_urad(psd, frequency_hz=1e-4)


def test_a_joined_series_keeps_its_rms():
    """A series at the stride, joined by straight lines, against one at every step: within five standard errors."""
    stride = vibration_stride(micius_like_psd, plant_step_s=1e-4)
    coarse = vibration(micius_like_psd, duration_s=400.0, step_s=stride * 1e-4, rng=np.random.default_rng(2))
    between = 0.5 * (coarse[:, 1:] + coarse[:, :-1])
    assert between.var() / coarse.var() == pytest.approx(1.0, abs=1e-3)


def test_a_run_says_what_it_leaves_out():
    """Rms of a flat table from 1 to 101 Hz of 1 urad^2/Hz: 10 urad; a run of 100 Hz shows half of the variance."""
    table = TabulatedPsd(frequency_hz=np.array([1.0, 101.0]), psd_urad2_hz=np.ones(2))
    assert band_warning(table, 10.0, 1e-3) is None
    assert band_warning(olympus_psd, 417.0, 5e-4) is None
    said = band_warning(table, 10.0, 1e-2)
    assert said is not None
    assert "of 10 urad rms, 0 urad lie below 0.1 Hz, 1/duration, and 7.14 urad above 50 Hz" in said
    assert "51 % of the variance" in said
    short = band_warning(Vibration(rms_urad=1.0, line=(LINE,)), 0.1, 1e-2)
    assert short is not None
    assert "lie below 10 Hz" in short
    assert "50 Hz" in short


def test_lines_for_a_plot_hold_their_variance():
    """Sum over the cells of the grid: 4 + 1 urad^2, and nothing of a line beyond the grid."""
    lines = (LINE, Line(frequency_hz=100.0, rms_urad=1.0), Line(frequency_hz=200.0, rms_urad=9.0))
    grid_hz = np.linspace(1.0, 100.0, 100)
    density = lines_psd(lines, frequency_hz=grid_hz)
    cells_hz = np.ones(100)
    cells_hz[[0, -1]] = 0.5
    assert density @ cells_hz == pytest.approx(5.0)
    assert np.flatnonzero(density).tolist() == [49, 99]


def test_refusals():
    """Each limit names its field."""
    with pytest.raises(DomainError, match="frequency_hz is 1e-05"):
        cumulative_rms_urad(olympus_psd, frequency_hz=1e-5)
    with pytest.raises(DomainError, match="low_hz is 0"):
        cumulative_rms_urad(olympus_psd, frequency_hz=1.0, low_hz=0.0)
    with pytest.raises(DomainError, match=r"density of the spectrum \[urad\^2/Hz\] is -1"):
        vibration_stride(lambda f: -np.ones(np.shape(f)), plant_step_s=1e-4)
    with pytest.raises(DomainError, match="plant_step_s is 0"):
        vibration_stride(olympus_psd, plant_step_s=0.0)
    with pytest.raises(DomainError, match="duration_s is 0"):
        band_warning(olympus_psd, 0.0, 1.0)
    with pytest.raises(DomainError, match="step_s is 1"):
        band_warning(olympus_psd, 1.0, 1.0)
    with pytest.raises(DomainError, match="number of frequencies is 1"):
        lines_psd((LINE,), frequency_hz=[1.0])
    with pytest.raises(DomainError, match="step between frequencies"):
        lines_psd((LINE,), frequency_hz=[2.0, 1.0])
    with pytest.raises(DomainError, match=r"Line\.frequency_hz is 0"):
        Line(frequency_hz=0.0, rms_urad=1.0)
