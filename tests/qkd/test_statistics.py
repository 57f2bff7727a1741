from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, norm, poisson

from passplan.errors import DomainError, UnknownName
from passplan.qkd.statistics import (
    CONCENTRATION,
    binary_entropy,
    count_limits,
    exact_pair,
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


def test_hoeffding_deviation_of_hardly_a_count():
    """Exact: half a count at epsilon 1/e^4 deviates by one; no counts do not deviate."""
    np.testing.assert_allclose(hoeffding_deviation(total=[0.5, 0.0], epsilon=exp(-4.0)), [1.0, 0.0], rtol=ROUNDING)


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


def test_hoeffding_and_azuma_share_one_deviation():
    """Exact formulas: sqrt(n / 2 ln(1 / e)) about each count, n the total; Azuma's is twice as wide."""
    counts, epsilon = np.array([[700.0, 200.0, 100.0], [0.0, 0.0, 0.0]]), 1e-10
    lower, upper = count_limits(counts=counts, epsilon=epsilon, concentration="hoeffding")
    deviation = np.array([[sqrt(500.0 * log(1e10))], [0.0]])
    np.testing.assert_allclose(upper, counts + deviation, rtol=ROUNDING)
    np.testing.assert_allclose(lower, counts - deviation, rtol=1e-12, atol=1e-12)
    wide = count_limits(counts=counts, epsilon=epsilon, concentration="azuma")
    np.testing.assert_allclose(wide[1] - counts, 2.0 * deviation * np.ones(3), rtol=1e-12)
    np.testing.assert_allclose(counts - wide[0], 2.0 * deviation * np.ones(3), rtol=1e-12)


def test_chernoff_inverts_its_two_exponents():
    """Two routes: (E - n)^2 / (2 E) = b at the upper limit; at the lower one Chernoff's exponent is no less than b.

    The lower one solves (n - E)^2 / (2 n + (n - E)) = b, which is wider than Chernoff's (n - E)^2 / (2 E + (n - E)).
    """
    counts, epsilon = np.array([1.0, 50.0, 1e4, 1e9]), 1e-12
    lower, upper = count_limits(counts=counts, epsilon=epsilon, concentration="chernoff")
    exponent = log(1e12)
    np.testing.assert_allclose((upper - counts) ** 2 / (2.0 * upper), exponent, rtol=1e-6)
    above = counts - lower
    np.testing.assert_allclose(above**2 / (2.0 * counts + above), exponent, rtol=1e-6)
    held = lower > 0.0
    assert np.all(above[held] ** 2 / (2.0 * lower[held] + above[held]) >= exponent * (1.0 - 1e-6))


@given(count=st.integers(0, 10**6), exponent=st.floats(-30.0, -0.5))
def test_exact_limits_are_those_of_garwood(count, exponent):
    """Another library: half the chi-squared quantiles with 2 n and 2 n + 2 degrees of freedom (Garwood 1936)."""
    epsilon = 10.0**exponent
    lower, upper = count_limits(counts=[float(count), 0.0], epsilon=epsilon, concentration="exact")
    assert upper[0] == pytest.approx(0.5 * chi2.isf(epsilon, 2 * count + 2), rel=1e-9)
    expected = 0.5 * chi2.ppf(epsilon, 2 * count) if count else 0.0
    assert lower[0] == pytest.approx(expected, rel=1e-9)
    assert (lower[1], upper[1]) == pytest.approx((0.0, -log(epsilon)), rel=1e-9)


@pytest.mark.parametrize("count", [999_999.0, 1_000_001.0])
@pytest.mark.parametrize("epsilon", [1e-30, 4.8e-11, 0.05])
def test_exact_limits_of_many_counts_hold_in_the_poisson_distribution(count, epsilon):
    """Another library: the Poisson tails at the limits are epsilon, on either side of the change to the series."""
    lower, upper = count_limits(counts=[count], epsilon=epsilon, concentration="exact")
    assert float(poisson.sf(count - 1.0, lower[0])) == pytest.approx(epsilon, rel=1e-4)
    assert float(poisson.cdf(count, upper[0])) == pytest.approx(epsilon, rel=1e-4)


QUANTILES = (  # 1,000,001 counts: epsilon, lower limit, upper limit, size of the first term left out [counts]
    (1e-30, 988580.40451293538876, 1011509.5503302502886, 6e-8),
    (1e-10, 993652.80554953298748, 1006376.5087237266227, 5e-9),
    (0.05, 998356.71426129111204, 1001647.4235900431015, 5e-10),
    (0.3, 999476.35765503571915, 1000526.1592711304015, 5e-10),
)


@pytest.mark.parametrize(("epsilon", "lowest", "highest", "left_out"), QUANTILES)
def test_exact_limits_of_many_counts_have_all_their_terms(epsilon, lowest, highest, left_out):
    """Another library: mpmath 1.3 with 50 digits, roots of the incomplete gamma functions by series and fraction.

    What the Cornish-Fisher series leaves out next is (9 z^5 + 256 z^3 - 433 z) / (38880 n^(3/2)), and rounding.
    """
    lower, upper = exact_pair(1_000_001.0, 1_000_001.0, epsilon)
    assert lower == pytest.approx(lowest, rel=0.0, abs=left_out)
    assert upper == pytest.approx(highest, rel=0.0, abs=left_out)


def test_exact_limits_stay_normal_where_the_library_fails():
    """Limit: at 1e9 and 1e12 counts -+ z sqrt(n) with the skewness z^2 / 3, to a thousandth of a sigma."""
    counts, epsilon = np.array([1e9, 1e12]), 1e-10
    lower, upper = count_limits(counts=counts, epsilon=epsilon, concentration="exact")
    z = norm.isf(epsilon)
    np.testing.assert_allclose((counts - lower) / np.sqrt(counts), z - (z * z - 1.0) / 3.0 / np.sqrt(counts), atol=1e-5)
    np.testing.assert_allclose((upper - counts) / np.sqrt(counts), z + (z * z + 2.0) / 3.0 / np.sqrt(counts), atol=1e-5)


@pytest.mark.parametrize("name", sorted(CONCENTRATION))
def test_limits_are_missed_less_often_than_epsilon(name, rng):
    """Statistics: labels of 3,000 clicks, 40,000 runs; each side of each limit fails less often than epsilon + 5 s."""
    shares, epsilon, runs = np.array([0.9, 0.08, 0.02]), 0.05, 40_000
    counts = rng.multinomial(3000, shares, runs).astype(float)
    lower, upper = CONCENTRATION[name](counts=counts, epsilon=epsilon)
    allowed = epsilon + 5.0 * sqrt(epsilon / runs)
    assert np.all(np.mean(lower > 3000.0 * shares, axis=0) <= allowed)
    assert np.all(np.mean(upper < 3000.0 * shares, axis=0) <= allowed)


@pytest.mark.parametrize("name", sorted(CONCENTRATION))
def test_limits_take_one_epsilon_a_block(name):
    """Two routes: a stack of blocks with an epsilon each gives what each gives alone; a smaller one is wider."""
    counts, epsilons = np.array([[900.0, 80.0, 0.0], [2e6, 3e5, 40.0]]), np.array([1e-20, 1e-5])
    lower, upper = count_limits(counts=counts, epsilon=epsilons, concentration=name)
    for i, epsilon in enumerate(epsilons):
        alone = count_limits(counts=counts[i], epsilon=epsilon, concentration=name)
        np.testing.assert_allclose(lower[i], alone[0], rtol=1e-12)
        np.testing.assert_allclose(upper[i], alone[1], rtol=1e-12)
        wider = count_limits(counts=counts[i], epsilon=0.1 * epsilon, concentration=name)
        assert np.all(wider[1] > upper[i])
        assert np.all(wider[0] <= lower[i])


def test_limits_refuse():
    """Refusal: negative counts, an epsilon of 1, an unknown bound."""
    with pytest.raises(DomainError, match=r"counts is -1.0, must lie in \[0, inf\)"):
        count_limits(counts=[-1.0, 2.0], epsilon=0.1)
    with pytest.raises(DomainError, match=r"epsilon is 1.0, must lie in \(0, 1\)"):
        count_limits(counts=[1.0, 2.0], epsilon=1.0)
    with pytest.raises(UnknownName, match="concentration 'chernof' is not known; did you mean 'chernoff'"):
        count_limits(counts=[1.0, 2.0], epsilon=0.1, concentration="chernof")


@pytest.mark.parametrize("count", [1e-7, 1e-38, 1e-273, 5e-324])
def test_next_to_no_counts_have_limits(count):
    """Property: the lower limit of hardly a count is 0, as of none; the library's inverse gives nan there."""
    lower, upper = exact_pair(count, 1.0, 1e-9)
    assert lower == 0.0
    assert upper == pytest.approx(exact_pair(0.0, 1.0, 1e-9)[1], rel=1e-5)
