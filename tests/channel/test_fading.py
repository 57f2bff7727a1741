import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import trapezoid

from passplan.channel.fading import (
    averaged_index,
    averaged_share,
    combined_index,
    crossing_time_s,
    log_normal_averaged_index,
    log_normal_parameters,
    log_normal_series,
)
from passplan.errors import DomainError


@pytest.mark.parametrize(
    ("index", "correlation_s", "expected"), [(0.0064, 0.008, 0.010), (0.05, 0.008, 0.028), (0.3, 0.010, 0.077)]
)
def test_scatter_of_a_seconds_mean(index, correlation_s, expected):
    """Worked apart: SI .0064 and 8 ms leave 1.0 %, .05 leave 2.8 %, .3 and 10 ms leave 7.7 % in a second's mean."""
    printed_step = 6e-4
    assert np.sqrt(index * averaged_share(correlation_s=correlation_s)) == pytest.approx(expected, abs=printed_step)


def test_limits_of_the_average():
    """Closed form: a slow fade keeps all its variance, a fast one 2 tau/T."""
    assert averaged_share(correlation_s=1e4) == pytest.approx(1.0, abs=1e-4)
    assert averaged_share(correlation_s=1e-4) == pytest.approx(2e-4, rel=2e-4)
    half = averaged_share(correlation_s=0.5, interval_s=0.5)
    assert half == pytest.approx(2.0 * np.exp(-1.0), rel=1e-12)


def test_series_against_its_own_statistics(rng):
    """Monte Carlo: mean 1, the stated index, exp(-t/tau) of the logarithm, and the closed form of the second's mean."""
    index, correlation_s, step_s, seconds = 0.3, 0.010, 0.002, 4000
    series = log_normal_series(index=index, correlation_s=correlation_s, step_s=step_s, count=seconds * 500, rng=rng)
    second_std = np.sqrt(index * averaged_share(correlation_s=correlation_s))
    assert abs(series.mean() - 1.0) < 5.0 * second_std / np.sqrt(seconds)
    assert series.var() == pytest.approx(index, rel=0.03)
    logarithm = np.log(series)
    centred = logarithm - logarithm.mean()
    lagged = np.mean(centred[:-5] * centred[5:]) / centred.var()
    assert lagged == pytest.approx(np.exp(-1.0), abs=0.01)
    means = series.reshape(seconds, 500).mean(axis=1)
    sampling = 5.0 / np.sqrt(2.0 * seconds)
    lognormal_is_not_quite_exponential = 0.05
    assert means.std() == pytest.approx(second_std, rel=sampling + lognormal_is_not_quite_exponential)


def test_series_follows_a_changing_index(rng):
    """Property: with an index of 0 the fade is 1 exactly; the same generator state gives the same series."""
    index = np.concatenate([np.zeros(1000), np.full(1000, 0.2)])
    series = log_normal_series(index=index, correlation_s=0.01, step_s=0.001, count=2000, rng=rng)
    assert np.all(series[:1000] == 1.0)
    assert series[1000:].std() > 0.1
    first, second = (
        log_normal_series(index=0.1, correlation_s=0.01, step_s=0.001, count=50, rng=np.random.default_rng(3))
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_series_is_stationary_from_its_first_step(rng):
    """Monte Carlo: the first step of many series has variance ln(1 + SI), within 5 sigma of its estimate."""
    trials = 1000
    first = [
        np.log(log_normal_series(index=0.2, correlation_s=0.1, step_s=0.001, count=1, rng=rng)[0])
        for _ in range(trials)
    ]
    assert np.var(first) == pytest.approx(np.log(1.2), rel=5.0 * np.sqrt(2.0 / trials))


@given(index=st.floats(0.0, 5.0))
def test_log_normal_conserves_energy(index):
    """Identity: E[h] = exp(m + s^2/2) = 1 and Var = exp(s^2) - 1 = index."""
    mean, std = log_normal_parameters(index=index)
    assert np.exp(mean + 0.5 * std**2) == pytest.approx(1.0, rel=1e-12)
    assert np.expm1(std**2) == pytest.approx(index, rel=1e-9, abs=1e-12)


def test_product_of_two_fades(rng):
    """Monte Carlo of two independent log-normal fades: (1 + a)(1 + b) - 1."""
    trials = 1_000_000
    product = np.ones(trials)
    for index in (0.04, 0.1):
        mean, std = log_normal_parameters(index=index)
        product *= np.exp(mean + std * rng.standard_normal(trials))
    assert combined_index(0.04, 0.1) == pytest.approx(0.144, rel=1e-12)
    assert product.var() == pytest.approx(0.144, rel=0.01)


def test_average_of_two_fades():
    """Limits: a slow pair keeps the combined index; one fade alone keeps its own share."""
    slow = averaged_index(index_a=0.04, correlation_a_s=1e7, index_b=0.1, correlation_b_s=1e7)
    assert slow == pytest.approx(combined_index(0.04, 0.1), rel=1e-6)
    alone = averaged_index(index_a=0.04, correlation_a_s=0.001, index_b=0.0, correlation_b_s=0.008)
    assert alone == pytest.approx(0.04 * averaged_share(correlation_s=0.001), rel=1e-12)


def test_crossing_time():
    """About 8 ms for 1 m, 12 mrad/s and a layer 10 km overhead; the wind alone for a line of sight at rest."""
    moving_s = crossing_time_s(aperture_m=1.0, elevation_deg=90.0, los_rate_urad_s=12_000.0)
    assert moving_s == pytest.approx(0.008, abs=3e-4)
    still_s = crossing_time_s(aperture_m=1.0, elevation_deg=90.0, los_rate_urad_s=0.0, wind_m_s=20.0)
    assert still_s == pytest.approx(0.05, rel=1e-12)


GOOD_SERIES = {"index": 0.1, "correlation_s": 0.01, "step_s": 0.001, "count": 10}
GOOD_CROSSING = {
    "aperture_m": 1.0,
    "elevation_deg": 30.0,
    "los_rate_urad_s": 1.0,
    "wind_m_s": 5.0,
    "layer_height_m": 1e4,
}
GOOD_PAIR = {"index_a": 0.1, "correlation_a_s": 0.01, "index_b": 0.1, "correlation_b_s": 0.01, "interval_s": 1.0}


@pytest.mark.parametrize("name", GOOD_SERIES)
def test_wrong_series_are_refused_by_name(name, rng):
    """Refusal: the message names the field."""
    with pytest.raises(DomainError, match=name):
        log_normal_series(**(GOOD_SERIES | {name: -1}), rng=rng)


@pytest.mark.parametrize("name", GOOD_CROSSING)
def test_wrong_crossings_are_refused_by_name(name):
    """Refusal: the message names the field."""
    with pytest.raises(DomainError, match=name):
        crossing_time_s(**(GOOD_CROSSING | {name: -1.0}))


@pytest.mark.parametrize("name", GOOD_PAIR)
def test_wrong_pairs_are_refused_by_name(name):
    """Refusal: the message names the field."""
    with pytest.raises(DomainError, match=name):
        averaged_index(**(GOOD_PAIR | {name: -1.0}))


def test_wrong_indices_and_times_are_refused():
    """Refusal: a negative index, a correlation time of nought."""
    with pytest.raises(DomainError, match="index"):
        combined_index(0.1, -0.1)
    with pytest.raises(DomainError, match="index"):
        log_normal_parameters(index=np.nan)
    with pytest.raises(DomainError, match="correlation_s"):
        averaged_share(correlation_s=0.0)


@pytest.mark.parametrize(("index", "correlation_s"), [(0.0064, 8e-3), (0.05, 8e-3), (0.3, 10e-3), (2.0, 0.3)])
def test_the_mean_of_a_log_normal_fade(index, correlation_s):
    """Quadrature of 2 (1 - t) (exp(s e^(-t/tau)) - 1) over the interval; printed 1.0, 2.8, 7.5 % of the mean."""
    logarithm = np.log1p(index)
    at = np.linspace(0.0, np.log(1.0 / correlation_s + 1.0), 20_001)  # fine near 0, where the covariance is
    lag_s = correlation_s * np.expm1(at)
    integrand = 2.0 * (1.0 - lag_s) * np.expm1(logarithm * np.exp(-lag_s / correlation_s)) * correlation_s * np.exp(at)
    expected = trapezoid(integrand, at)
    found = log_normal_averaged_index(index=index, correlation_s=correlation_s)
    assert found == pytest.approx(expected, rel=1e-6)
    assert found < index * averaged_share(correlation_s=correlation_s)
    printed = {0.0064: 1.0, 0.05: 2.8, 0.3: 7.5}.get(index)
    if printed:
        assert 100.0 * np.sqrt(found) == pytest.approx(printed, rel=0.012)


def test_a_log_normal_fade_under_jitter():
    """With a still beam the exact mean of the log-normal fade; the product law of covariances by quadrature else."""
    alone = log_normal_averaged_index(index=0.3, correlation_s=0.05)
    law = {"index_b": 0.3, "correlation_b_s": 0.05, "log_normal_b": True}
    assert averaged_index(index_a=0.0, correlation_a_s=0.1, **law) == pytest.approx(alone, rel=1e-9)
    lag_s = np.linspace(0.0, 1.0, 200_001)
    jitter = 0.04 * np.exp(-lag_s / 0.01)
    fade = np.expm1(np.log1p(0.3) * np.exp(-lag_s / 0.05))
    expected = trapezoid(2.0 * (1.0 - lag_s) * (jitter + fade + jitter * fade), lag_s)
    assert averaged_index(index_a=0.04, correlation_a_s=0.01, **law) == pytest.approx(expected, rel=1e-6)
