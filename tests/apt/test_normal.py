"""Normal pairs: against the normal distribution, and against each other."""

import numpy as np
import pytest
from scipy import stats

from passplan.apt.normal import normal_pairs
from passplan.errors import DomainError

COUNT = 1_000_000


@pytest.fixture(scope="module")
def pairs():
    return normal_pairs(np.random.default_rng(5), COUNT)


@pytest.mark.parametrize("part", [np.real, np.imag])
def test_each_part_is_standard_normal(pairs, part):
    """Kolmogorov and Smirnov against scipy's distribution; a p of 1e-3 would be one seed in a thousand."""
    values = part(pairs).astype(float)
    assert stats.kstest(values, "norm").pvalue > 1e-3
    assert abs(values.mean()) < 5.0 / np.sqrt(COUNT)
    assert abs(values.var() - 1.0) < 5.0 * np.sqrt(2.0 / COUNT)
    assert abs(stats.kurtosis(values)) < 5.0 * np.sqrt(24.0 / COUNT)
    beyond = np.count_nonzero(np.abs(values) > 4.0)
    expected = COUNT * 2.0 * stats.norm.sf(4.0)
    assert abs(beyond - expected) < 5.0 * np.sqrt(expected)


def test_the_parts_and_the_pairs_are_independent(pairs):
    """Correlations of parts, squares and neighbours are 0 within five standard errors."""
    x, y = pairs.real.astype(float), pairs.imag.astype(float)
    for one, other in ((x, y), (x**2 - 1.0, y**2 - 1.0), (x[1:], x[:-1]), (y[1:], x[:-1])):
        products = one * other
        assert abs(products.mean()) < 5.0 * products.std() / np.sqrt(products.size)


def test_the_same_seed_gives_the_same_bytes_and_all_numbers_are_finite(pairs):
    again = normal_pairs(np.random.default_rng(5), COUNT)
    assert again.tobytes() == pairs.tobytes()
    assert np.isfinite(pairs).all()


def test_few_numbers_and_none():
    assert normal_pairs(np.random.default_rng(1), 0).size == 0
    assert normal_pairs(np.random.default_rng(1), 3).shape == (3,)
    with pytest.raises(DomainError, match=r"count is -1.0, must lie in"):
        normal_pairs(np.random.default_rng(1), -1)
