"""Quick normal scores: scipy's normal law, exponential correlation, and cuts that leave nothing out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, norm

from passplan.channel.fade_scores import normal_draws, pieces, score_source
from passplan.errors import DomainError


def test_draws_are_normal(rng):
    """scipy.stats.norm: shares below seven levels within 5 sigma; mean, variance and fourth moment of 1e6 draws."""
    draws = normal_draws(1_000_001, rng).astype(float)
    assert draws.size == 1_000_001
    for level in range(-3, 4):
        share = norm.cdf(level)
        assert np.mean(draws < level) == pytest.approx(share, abs=5.0 * np.sqrt(share * (1.0 - share) / draws.size))
    sampling = 1e-3
    assert abs(draws.mean()) < 5.0 * sampling
    assert abs(draws.var() - 1.0) < 5.0 * np.sqrt(2.0) * sampling
    assert abs(np.mean(draws**4) - 3.0) < 5.0 * np.sqrt(96.0) * sampling


def test_neighbours_are_independent(rng):
    """Statistics: four draws of one random word do not know each other, within 5 sigma."""
    words = normal_draws(400_000, rng).astype(float).reshape(-1, 4)
    found = np.corrcoef(words.T)
    assert np.max(np.abs(found - np.eye(4))) < 5.0 / np.sqrt(100_000)


def test_series_goes_on_from_call_to_call(rng):
    """Exact: exp(-t/tau) within and across calls, the scale, and scipy's Kolmogorov test of well separated values."""
    following = score_source(correlation_s=5e-3, step_s=1e-3, rng=rng, scale=20.0)
    series = np.concatenate([following(count) for count in (3, 100_000, 100_000)])
    assert series.std() == pytest.approx(20.0, rel=0.05)
    assert np.mean(series[:-5] * series[5:]) / 400.0 == pytest.approx(np.exp(-1.0), abs=0.03)
    assert kstest(series[::40] / 20.0, norm.cdf).pvalue > 1e-3


def test_first_value_has_the_full_variance(rng):
    """Monte Carlo: stationary from the first step, within 5 sigma of its estimate."""
    first = [score_source(correlation_s=0.1, step_s=1e-3, rng=rng)(1)[0] for _ in range(600)]
    assert np.var(first) == pytest.approx(1.0, rel=5.0 * np.sqrt(2.0 / 600))


@given(count=st.integers(1, 100_000), stretches=st.integers(1, 60))
def test_pieces_cover_the_series_once(count, stretches):
    """Property: every step belongs to one piece and to the stretch of its even share of the series."""
    stretches = min(stretches, count)
    owner = np.full(count, -1)
    for piece, parts in pieces(count, stretches):
        for stretch, part in parts:
            assert np.all(owner[piece][part] == -1)
            owner[piece][part] = stretch
    bounds = np.linspace(0, count, stretches + 1).round().astype(int)
    np.testing.assert_array_equal(owner, np.repeat(np.arange(stretches), np.diff(bounds)))


@pytest.mark.parametrize("name", ["correlation_s", "step_s", "scale"])
def test_wrong_input_is_refused_by_name(name, rng):
    """Refusal: the message names the field."""
    with pytest.raises(DomainError, match=f"{name} is 0.0"):
        score_source(**{"correlation_s": 1.0, "step_s": 1.0, "scale": 1.0, name: 0.0}, rng=rng)
    with pytest.raises(DomainError, match="count is 0"):
        normal_draws(0, rng)
