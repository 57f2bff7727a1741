"""The inversion of the hypergeometric distribution: many at once, far out and at its ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from passplan.qkd.sampling import hypergeometric_gamma, hypergeometric_log_cdf

EPSILON = 1e-9 / 21.0


def bisected(observed, tested, keyed, epsilon):
    """Largest number of untested errors that is not excluded, by plain halving."""
    low, high = 0, keyed + 1
    while high - low > 1:
        k = (low + high) // 2
        seen = hypergeometric_log_cdf(errors_tested=observed, errors=observed + k, tested=tested, total=tested + keyed)
        low, high = (k, high) if seen >= 2.0 * np.log(epsilon) else (low, k)
    return low


@given(
    tested=st.integers(1, 10**6),
    keyed=st.integers(1, 10**6),
    share=st.floats(0.0, 1.0),
    epsilon=st.floats(1e-15, 0.9),
)
def test_newton_ends_where_halving_ends(tested, keyed, share, epsilon):
    """Two routes: plain bisection from the whole range, which needs no start, no slope and no estimate."""
    observed = int(share * tested)
    gamma = hypergeometric_gamma(error_rate=observed / tested, tested=tested, keyed=keyed, epsilon=epsilon)
    expected = max(bisected(observed, tested, keyed, epsilon) / keyed - observed / tested, 0.0)
    assert float(gamma) == pytest.approx(expected, abs=1e-12)


def test_many_at_once_are_one_by_one():
    """Two routes: sets of all sizes in one call, of two axes, are those of calls of their own."""
    tested = np.array([1.0, 20.0, 5000.0, 335474.0, 1e8])[:, None]
    rate = np.array([0.0, 0.02, 0.3, 1.0])
    together = hypergeometric_gamma(error_rate=rate, tested=tested, keyed=1e5, epsilon=EPSILON)
    assert together.shape == (5, 4)
    for i, size in enumerate(tested[:, 0]):
        for j, share in enumerate(rate):
            alone = hypergeometric_gamma(error_rate=share, tested=size, keyed=1e5, epsilon=EPSILON)
            assert together[i, j] == alone


@pytest.mark.parametrize(
    ("observed", "tested", "keyed"), [(10566, 335474, 335474), (100, 5000, 1_000_000), (0, 300, 40), (3, 10**7, 2000)]
)
def test_the_last_not_excluded_by_another_library(observed, tested, keyed):
    """Another library: scipy.stats.hypergeom leaves epsilon^2 at the answer and less with one error more."""
    gamma = hypergeometric_gamma(error_rate=observed / tested, tested=tested, keyed=keyed, epsilon=EPSILON)
    worst = round((float(gamma) + observed / tested) * keyed)
    at, above = (
        hypergeom.logcdf(observed, tested + keyed, observed + k, tested) if k <= keyed else -np.inf
        for k in (worst, worst + 1)
    )
    assert at >= 2.0 * np.log(EPSILON) - 1e-6
    assert above < 2.0 * np.log(EPSILON) + 1e-6


def test_a_test_of_errors_alone_excludes_nothing():
    """Limit: all tested are wrong, so all untested may be; gamma adds nothing to a rate of 1."""
    assert float(hypergeometric_gamma(error_rate=1.0, tested=12.0, keyed=7.0, epsilon=EPSILON)) == 0.0
