"""Spectra and series: exact integrals, autocorrelation and Welch spectra of the series, sums of several."""

from math import pi, sqrt

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.signal import welch

from passplan.apt.disturbance import (
    Disturbance,
    Vibration,
    VibrationSpectrum,
    micius_like_psd,
    olympus_psd,
    vibration,
)
from passplan.apt.spectrum import Line, cumulative_rms_urad, vibration_stride
from passplan.apt.spectrum_file import TabulatedPsd, TwoAxisPsd
from passplan.apt.wheels import Harmonic, ReactionWheel, wheel_lines
from passplan.apt.wind import WindLoad
from passplan.errors import DomainError, InputError
from passplan.mission.scenario import parse_record


def test_olympus_variance_is_80_pi():
    """Exact integral of 160/(1+f^2): 251.3 urad^2."""
    variance, _ = quad(olympus_psd, 0.0, np.inf)
    assert variance == pytest.approx(80.0 * pi, rel=1e-9)
    assert variance == pytest.approx(251.3, abs=0.05)


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
    with pytest.raises(DomainError, match="samples, duration_s / step_s, is 2000000000"):
        vibration(olympus_psd, duration_s=2e3, step_s=1e-6, rng=np.random.default_rng(0))
    with pytest.raises(DomainError, match=r"density of the spectrum \[urad\^2/Hz\] is -1"):
        vibration(lambda f: -np.ones(np.shape(f)), duration_s=1.0, step_s=0.1, rng=np.random.default_rng(0))
    with pytest.raises(DomainError, match=r"Vibration\.drift_corner_hz is 0"):
        Vibration(rms_urad=1.0, drift_corner_hz=0.0)


WHEEL = ReactionWheel(speed_rpm=1800.0, inertia_kg_m2=1.0, harmonic=(Harmonic(order=2.0, imbalance_kg_m2=4e-6),))


def test_a_file_of_three_numbers_is_the_broad_spectrum():
    """What a file states without more is the spectrum alone, byte for byte."""
    plain = VibrationSpectrum(rms_urad=9.3, roll_off_hz=30.0)
    stated = Vibration(rms_urad=9.3, roll_off_hz=30.0)
    series = [vibration(psd, duration_s=2.0, step_s=1e-3, rng=np.random.default_rng(1)) for psd in (plain, stated)]
    np.testing.assert_array_equal(*series)
    np.testing.assert_array_equal(stated([0.0, 1.0, 30.0]), plain([0.0, 1.0, 30.0]))
    assert stated.lines == ()
    assert stated.highest_line_hz == 0.0


def test_a_sum_has_the_variance_and_the_density_of_its_parts():
    """Independent parts: variances add, and so do densities; the series holds them all, five standard errors."""
    wind = WindLoad(wind_m_s=5.0, area_m2=1.0, lever_m=0.1, inertia_kg_m2=800.0, servo_hz=3.0)
    line = Line(frequency_hz=10.0, rms_urad=2.0)
    whole = Vibration(
        rms_urad=3.0, roll_off_hz=30.0, drift_rms_urad=4.0, drift_corner_hz=0.5, line=(line,), wheel=(WHEEL,), wind=wind
    )
    grid_hz = np.array([0.1, 1.0, 7.0])
    parts = whole.disturbance.parts
    np.testing.assert_allclose(whole(grid_hz), sum(part(grid_hz) for part in parts), rtol=1e-12)
    variance = sum(cumulative_rms_urad(part, frequency_hz=1e-4) ** 2 for part in parts) + 4.0
    variance += wheel_lines(WHEEL)[0].rms_urad ** 2
    assert cumulative_rms_urad(whole, frequency_hz=1e-4) ** 2 == pytest.approx(variance, rel=1e-3)
    series = vibration(whole, duration_s=2000.0, step_s=2e-3, rng=np.random.default_rng(6))
    assert series.shape == (2, 1_000_000)
    independent = 2 * 2000.0 * 0.2  # the gusts, 60 m long at 5 m/s, are the slowest
    assert series.var() == pytest.approx(variance, rel=5.0 * sqrt(2.0 / independent))


def test_a_sum_at_its_own_stride_keeps_the_fast_parts():
    """Parts joined by straight lines: Welch spectrum of the sum against the densities, up to where they matter."""
    whole = Disturbance(parts=(olympus_psd, VibrationSpectrum(rms_urad=30.0, corner_hz=0.5, roll_off_hz=3.0)))
    step_s = 1e-3
    assert vibration_stride(whole.parts[1], plant_step_s=step_s) > 2
    series = vibration(whole, duration_s=1000.0, step_s=step_s, rng=np.random.default_rng(8))
    frequency_hz, found = welch(series, fs=1.0 / step_s, nperseg=8192, axis=1)
    for low_hz in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0):
        band = (frequency_hz >= low_hz) & (frequency_hz < 2 * low_hz)
        samples = 2 * 1000.0 * low_hz
        expected = whole(frequency_hz[band]).mean()
        assert found[:, band].mean() == pytest.approx(expected, rel=5.0 / sqrt(samples) + 0.03)


STATED = """
rms_urad = 9.3
roll_off_hz = "0.03 kHz"
drift_rms_urad = 20.0

[[line]]
frequency_hz = 60.0
rms_urad = 0.2

[[wheel]]
speed_rpm = 2000.0
inertia_kg_m2 = 300.0
[[wheel.harmonic]]
order = 1.0
imbalance_kg_m2 = 2e-6
[[wheel.mode]]
frequency_hz = 70.0

[wind]
wind_m_s = 5.0
area_m2 = 1.5
lever_m = 0.3
inertia_kg_m2 = 800.0
servo_hz = 3.0
"""


def test_a_file_may_state_everything():
    """The reader of TOML files makes the nested records; a fault in one is named with its place."""
    stated = parse_record(STATED, Vibration, source="any.toml")
    assert stated.roll_off_hz == pytest.approx(30.0)
    assert len(stated.disturbance.parts) == 3
    assert [line.frequency_hz for line in stated.lines] == pytest.approx([60.0, 2000.0 / 60.0])
    assert stated.highest_line_hz == 60.0
    with pytest.raises(InputError, match=r"wheel\[1\]\.harmonic\[1\]\.order is -1.0, must be > 0"):
        parse_record(STATED.replace("order = 1.0", "order = -1.0"), Vibration, source="any.toml")


def test_no_vibration_is_none():
    """An empty sum, and a spectrum of no rms: zeros of the right shape."""
    for psd in (Disturbance(), Vibration(rms_urad=0.0), VibrationSpectrum(rms_urad=0.0, roll_off_hz=30.0)):
        assert not vibration(psd, duration_s=1.0, step_s=0.01, rng=np.random.default_rng(0)).any()


def test_two_measured_axes_stay_apart():
    """A file of two columns: each axis has the rms of its own table, five standard errors."""
    frequency_hz = np.geomspace(1e-2, 1e2, 200)
    shape = VibrationSpectrum(rms_urad=1.0, corner_hz=3.0, roll_off_hz=20.0)(frequency_hz)
    tables = [TabulatedPsd(frequency_hz=frequency_hz, psd_urad2_hz=rms**2 * shape) for rms in (2.0, 7.0)]
    psd = TwoAxisPsd(x=tables[0], y=tables[1])
    series = vibration(psd, duration_s=500.0, step_s=4e-3, rng=np.random.default_rng(9))
    error = 5.0 / sqrt(2.0 * 500.0 * 3.0 * pi)
    np.testing.assert_allclose(series.std(axis=1), [2.0, 7.0], rtol=error + 0.005)
    assert cumulative_rms_urad(psd, frequency_hz=1e-2) == pytest.approx(sqrt(0.5 * (4.0 + 49.0)), rel=0.01)
    assert psd.band_hz == (frequency_hz[0], frequency_hz[-1])
    np.testing.assert_array_equal(Disturbance(parts=(psd,)).nodes_hz, frequency_hz)
