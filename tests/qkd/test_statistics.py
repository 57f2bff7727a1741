from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.qkd.statistics import (
    binary_entropy,
    gaussian_limits,
    hoeffding_deviation,
    normal_quantile,
    normal_tail,
)

ROUNDING = 1e-14


def test_entropy_has_its_exact_values():
    """Exact: h(0) = h(1) = 0, h(1/2) = 1, h(1/4) = 2 - 3/4 log2 3."""
    expected = [0.0, 1.0, 0.0, 2.0 - 0.75 * log(3.0) / log(2.0)]
    np.testing.assert_allclose(binary_entropy([0.0, 0.5, 1.0, 0.25]), expected, atol=ROUNDING)


@given(share=st.floats(0.0, 1.0))
def test_entropy_is_symmetric_and_bounded(share):
    """Property: h(x) = h(1 - x), and 4 x (1 - x) <= h(x) <= 1."""
    entropy = float(binary_entropy(share))
    assert abs(entropy - float(binary_entropy(1.0 - share))) < 1e-12
    assert 4.0 * share * (1.0 - share) - ROUNDING <= entropy <= 1.0


def test_entropy_refuses_what_is_no_share():
    """Refusal: shares outside [0, 1] and nan."""
    with pytest.raises(DomainError, match=r"share is 1.5, must lie in \[0, 1\]"):
        binary_entropy(1.5)
    with pytest.raises(DomainError, match="share is nan"):
        binary_entropy([0.1, np.nan])


def test_hoeffding_deviation_is_the_printed_formula():
    """Exact formula of Lim 2014: sqrt(n / 2 ln(21 / eps_sec)) for the totals of the R4 pass."""
    total = 889364.6175045258
    expected = sqrt(total / 2.0 * log(21.0 / 1e-9))
    assert abs(float(hoeffding_deviation(total=total, epsilon=1e-9 / 21.0)) - expected) < 1e-8 * expected


def test_hoeffding_deviation_covers_binomial_counts(rng):
    """Statistics: labels drawn with a known share leave the interval less often than epsilon allows."""
    total, share, epsilon, runs = 2000, 0.3, 0.05, 20_000
    counts = rng.binomial(total, share, runs)
    misses = np.mean(counts - total * share > hoeffding_deviation(total=total, epsilon=epsilon))
    assert misses < epsilon


@pytest.mark.parametrize(("total", "epsilon", "message"), [(-1.0, 0.1, "total is -1"), (1.0, 0.0, "epsilon is 0")])
def test_hoeffding_deviation_refuses(total, epsilon, message):
    """Refusal: negative totals, impossible probabilities."""
    with pytest.raises(DomainError, match=message):
        hoeffding_deviation(total=total, epsilon=epsilon)


def test_normal_quantile_has_tabulated_values():
    """Published tables: 1e-9 one-sided is 5.9978 sigma, 0.5e-9 is 6.1094 sigma."""
    np.testing.assert_allclose(normal_quantile(epsilon=[1e-9, 0.5e-9]), [5.997807, 6.109410], atol=1e-6)


@given(exponent=st.floats(-200.0, -0.5))
def test_quantile_and_tail_are_inverse(exponent):
    """Two routes: the tail of the quantile gives the probability back, down to 1e-200."""
    epsilon = 10.0**exponent
    assert float(normal_tail(sigmas=normal_quantile(epsilon=epsilon))) == pytest.approx(epsilon, rel=1e-9)


def test_normal_functions_refuse():
    """Refusal: a probability of 0, nan sigmas."""
    with pytest.raises(DomainError, match=r"epsilon is 0.0, must lie in \(0, 1\)"):
        normal_quantile(epsilon=0.0)
    with pytest.raises(DomainError, match="sigmas is nan"):
        normal_tail(sigmas=np.nan)


def test_gaussian_limits_are_root_n_and_never_negative():
    """Exact: 100 -+ 5 sqrt(100); the lower limit of 4 counts at 5 sigma is held at 0."""
    lower, upper = gaussian_limits(counts=[100.0, 4.0], sigmas=5.0)
    np.testing.assert_allclose(lower, [50.0, 0.0])
    np.testing.assert_allclose(upper, [150.0, 14.0])


def test_gaussian_limits_refuse():
    """Refusal: negative counts or sigmas."""
    with pytest.raises(DomainError, match="counts is -1"):
        gaussian_limits(counts=-1.0, sigmas=1.0)
    with pytest.raises(DomainError, match="sigmas is -1"):
        gaussian_limits(counts=1.0, sigmas=-1.0)
