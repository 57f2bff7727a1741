from math import comb, log, log2, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from passplan.errors import DomainError
from passplan.qkd.sampling import (
    SAMPLING,
    SAMPLING_FORMULAS,
    fung_gamma,
    hypergeometric_gamma,
    hypergeometric_log_cdf,
    serfling_gamma,
    serfling_printed_gamma,
    yin_gamma,
)

EPSILON = 1e-9 / 21.0


def exact_cdf(errors_tested, errors, tested, total):
    fewest, most = max(0, tested - (total - errors)), min(errors_tested, errors, tested)
    ways = sum(comb(errors, j) * comb(total - errors, tested - j) for j in range(fewest, most + 1))
    return ways / comb(total, tested)


def test_fung_is_the_printed_formula():
    """Exact formula of Lim 2014 below eq. 5, written with its 21^2 / a^2."""
    b, c, d, a = 0.0315, 335474.0, 500000.0, 1e-9
    inside = (c + d) / (c * d * (1.0 - b) * b) * 21.0**2 / a**2
    expected = sqrt((c + d) * (1.0 - b) * b / (c * d * log(2.0)) * log2(inside))
    assert float(fung_gamma(error_rate=b, tested=c, keyed=d, epsilon=a / 21.0)) == pytest.approx(expected, rel=1e-12)


def test_fung_does_not_vanish_without_errors():
    """Limit: no error seen counts as one, which is above what the exact distribution leaves of 'no error at all'."""
    none = float(fung_gamma(error_rate=0.0, tested=1e4, keyed=1e4, epsilon=EPSILON))
    one = float(fung_gamma(error_rate=1e-4, tested=1e4, keyed=1e4, epsilon=EPSILON))
    assert none == one > 0.0


def test_fung_is_zero_where_the_estimate_allows_it():
    """Limit: a failure probability above the prefactor leaves no deviation, and no nan."""
    assert float(fung_gamma(error_rate=0.3, tested=1e9, keyed=1e9, epsilon=0.5)) == 0.0


@pytest.mark.parametrize(
    ("errors", "tested", "keyed", "holds"),
    [(10566, 335474, 335474, True), (100, 5000, 1_000_000, True), (5, 5000, 1_000_000, False)],
)
def test_fung_holds_for_many_errors_alone(errors, tested, keyed, holds):
    """Exact: the hypergeometric probability that the untested are worse than Fung's term says, against epsilon."""
    gamma = float(fung_gamma(error_rate=errors / tested, tested=tested, keyed=keyed, epsilon=EPSILON))
    beyond = int((errors / tested + gamma) * keyed) + 1
    log_failure = hypergeometric_log_cdf(
        errors_tested=errors, errors=errors + beyond, tested=tested, total=tested + keyed
    )
    assert (log_failure <= log(EPSILON)) is holds


def test_yin_reproduces_the_r4_phase_error():
    """Reference evaluation of the R4 pass: phi = 0.024223172780980143 from 8,401.6 errors in 379,940.7."""
    errors, size = 8401.634681337122, 379940.68120260746
    gamma = float(yin_gamma(error_rate=errors / size, tested=size, keyed=size, epsilon=EPSILON))
    assert errors / size + gamma == pytest.approx(0.024223172780980143, rel=1e-14)


@pytest.mark.parametrize(
    ("errors", "tested", "keyed", "failure"),
    [
        (10566, 335474, 335474, 5.6e-10),
        (10**7, 10**9, 10**9, 1.87e-8),
        (100, 5000, 1_000_000, 1.8e-12),
        (5, 5000, 1_000_000, 2.8e-17),
    ],
)
def test_yin_is_an_estimate(errors, tested, keyed, failure):
    """Exact: hypergeometric failure probabilities as the docstring tells them; the first is twelve times epsilon."""
    gamma = float(yin_gamma(error_rate=errors / tested, tested=tested, keyed=keyed, epsilon=EPSILON))
    beyond = int((errors / tested + gamma) * keyed) + 1
    log_failure = hypergeometric_log_cdf(
        errors_tested=errors, errors=errors + beyond, tested=tested, total=tested + keyed
    )
    assert np.exp(log_failure) == pytest.approx(failure, rel=0.05)


def test_yin_stays_finite_at_its_ends():
    """Limit: no error counts as one; above one half as one half; no deviation where the estimate allows it."""
    none, one = (float(yin_gamma(error_rate=b, tested=1e4, keyed=1e4, epsilon=EPSILON)) for b in (0.0, 1e-4))
    assert none == one > 0.0
    half, more = (float(yin_gamma(error_rate=b, tested=1e4, keyed=1e4, epsilon=EPSILON)) for b in (0.5, 0.9))
    assert half == more > 0.0
    assert float(yin_gamma(error_rate=0.3, tested=1e9, keyed=1e9, epsilon=0.5)) == 0.0


def test_printed_serfling_carries_the_older_factor():
    """Exact formula before March 2026: (c + 1) / c with c the key set; the ratio to the corrected one is exact."""
    sets = {"error_rate": 0.1, "tested": 10.0, "keyed": 1e6, "epsilon": EPSILON}
    ratio = float(serfling_printed_gamma(**sets)) / float(serfling_gamma(**sets))
    assert ratio == pytest.approx(sqrt((1e6 + 1.0) / 1e6 / (11.0 / 10.0)), rel=1e-13)


@pytest.mark.parametrize("name", sorted(SAMPLING))
def test_terms_broadcast_and_take_plain_floats(name):
    """Two routes: arrays of all four arguments, epsilon too, give what each gives alone in plain floats."""
    rates, sizes, epsilons = np.array([0.01, 0.2]), np.array([[1e3], [5e4]]), np.array([1e-20, 1e-4])
    together = SAMPLING[name](error_rate=rates, tested=sizes, keyed=2e4, epsilon=epsilons)
    assert together.shape == (2, 2)
    for i in range(2):
        for j in range(2):
            alone = SAMPLING_FORMULAS[name](float(rates[j]), float(sizes[i, 0]), 2e4, float(epsilons[j]))
            assert type(alone) is float
            assert alone == pytest.approx(together[i, j], rel=1e-12)


def test_serfling_carries_the_corrected_factor():
    """Exact formula as corrected in March 2026: (d + 1) / d with d the tested set, not the key set."""
    tested, keyed = 10.0, 1e6
    expected = sqrt((tested + keyed) / (tested * keyed) * (tested + 1.0) / tested * log(1.0 / EPSILON))
    gamma = float(serfling_gamma(error_rate=0.1, tested=tested, keyed=keyed, epsilon=EPSILON))
    assert gamma == pytest.approx(expected, rel=1e-12)


@given(errors_tested=st.integers(0, 40), extra=st.integers(0, 60), right=st.integers(0, 80), tested=st.integers(1, 150))
def test_log_cdf_equals_whole_number_arithmetic(errors_tested, extra, right, tested):
    """Exact: sums of binomial coefficients in whole numbers."""
    errors, total = errors_tested + extra, errors_tested + extra + right
    tested = min(tested, total)
    errors_tested = max(errors_tested, tested - right)
    got = hypergeometric_log_cdf(errors_tested=errors_tested, errors=errors, tested=tested, total=total)
    assert got == pytest.approx(log(exact_cdf(errors_tested, errors, tested, total)), abs=1e-9)


def test_log_cdf_equals_scipy_far_in_the_tail():
    """Another library: scipy.stats.hypergeom.logcdf at the numbers of the R4 pass, about exp(-47)."""
    arguments = {"errors_tested": 10566, "errors": 22522, "tested": 335474, "total": 670948}
    expected = hypergeom.logcdf(10566, 670948, 22522, 335474)
    assert hypergeometric_log_cdf(**arguments) == pytest.approx(expected, abs=1e-5)


def test_log_cdf_sums_more_than_one_chunk():
    """Two routes: near the median of a wide distribution thousands of terms matter; normal with continuity."""
    got = hypergeometric_log_cdf(errors_tested=10**8, errors=2 * 10**8, tested=10**9, total=2 * 10**9)
    one_count_in_sigma = 0.5 / sqrt(10**9 * 0.1 * 0.9 * 0.5)
    assert got == pytest.approx(log(0.5 + one_count_in_sigma / sqrt(2.0 * np.pi)), abs=1e-5)


def test_hypergeometric_reproduces_the_r4_phase_error():
    """Reference evaluation of the R4 pass: phi = 0.03563912553580904 from 10,565.77 errors in 335,474.36."""
    errors, size = 10565.77117504059, 335474.3633412439
    gamma = float(hypergeometric_gamma(error_rate=errors / size, tested=size, keyed=size, epsilon=EPSILON))
    assert errors / size + gamma == pytest.approx(0.03563912553580904, abs=1e-15)


@given(observed=st.integers(0, 12), tested=st.integers(12, 40), keyed=st.integers(1, 40))
def test_hypergeometric_inversion_is_the_largest_not_excluded(observed, tested, keyed):
    """Exact: k errors in the key set are possible, k + 1 are not, by whole-number arithmetic."""
    epsilon = 0.05
    gamma = float(hypergeometric_gamma(error_rate=observed / tested, tested=tested, keyed=keyed, epsilon=epsilon))
    worst = round((gamma + observed / tested) * keyed)
    total = tested + keyed
    if gamma > 0.0:
        assert exact_cdf(observed, observed + worst, tested, total) >= epsilon**2 * (1.0 - 1e-9)
    if worst < keyed:
        beyond = int(worst + 1)
        assert exact_cdf(observed, observed + beyond, tested, total) < epsilon**2 * (1.0 + 1e-9)


@given(rate=st.floats(0.005, 0.2), log_size=st.floats(4.0, 6.0), ratio=st.floats(0.2, 5.0))
def test_all_terms_cover_the_normal_approximation(rate, log_size, ratio):
    """Property: none but yin lies below 9/10 of the normal deviation at a failure probability of epsilon squared."""
    tested, keyed = 10.0**log_size, ratio * 10.0**log_size
    nine_sigma = 9.0 * sqrt(rate * (1.0 - rate) * (1.0 / tested + 1.0 / keyed))
    for name in set(SAMPLING) - {"yin"}:
        gamma = SAMPLING[name](error_rate=rate, tested=tested, keyed=keyed, epsilon=EPSILON)
        assert float(gamma) > 0.9 * nine_sigma


@pytest.mark.parametrize("name", sorted(SAMPLING))
def test_terms_shrink_with_size_and_failure_probability(name):
    """Property: a larger test, or a larger failure probability, never widens the term."""
    gamma = SAMPLING[name]
    by_size = gamma(error_rate=0.02, tested=np.array([1e3, 1e4, 1e5, 1e6]), keyed=1e5, epsilon=EPSILON)
    assert np.all(np.diff(by_size) < 0.0)
    by_epsilon = [float(gamma(error_rate=0.02, tested=1e4, keyed=1e5, epsilon=e)) for e in (1e-30, 1e-10, 1e-3)]
    assert by_epsilon[0] > by_epsilon[1] > by_epsilon[2] > 0.0


@pytest.mark.parametrize("name", sorted(set(SAMPLING) - {"yin"}))  # yin estimates far tails alone
def test_a_sampled_lot_stays_below_the_term(name, rng):
    """Statistics: 20,000 random tests of one lot; misses stay below epsilon^2 (Fung: epsilon) plus 5 sigma."""
    tested, keyed, errors, epsilon, runs = 400, 600, 50, 0.2, 20_000
    seen = rng.hypergeometric(errors, tested + keyed - errors, tested, runs)
    values, index = np.unique(seen, return_inverse=True)
    gamma = SAMPLING[name](error_rate=values / tested, tested=tested, keyed=keyed, epsilon=epsilon)
    missed = np.mean((errors - seen) / keyed > (values / tested + gamma)[index] + 1e-12)
    allowed = epsilon if name == "fung" else epsilon**2
    assert missed <= allowed + 5.0 * sqrt(allowed / runs)


def test_the_smallest_sets_are_taken():
    """Exact: one right of one tested leaves one of one possible; of half a count tested, Fung's b is one half."""
    assert float(hypergeometric_gamma(error_rate=0.0, tested=1.0, keyed=1.0, epsilon=EPSILON)) == 1.0
    expected = sqrt(2.1 * 0.25 * log(2.1 * 4.0 / EPSILON**2)) / log(2.0)
    for rate in (0.0, 1.0):
        gamma = float(fung_gamma(error_rate=rate, tested=0.5, keyed=10.0, epsilon=EPSILON))
        assert gamma == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("name", sorted(SAMPLING))
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"error_rate": 1.2}, r"error_rate is 1.2, must lie in \[0, 1\]"),
        ({"tested": 0.0}, "tested is 0.0, must lie in"),
        ({"keyed": -1.0}, "keyed is -1.0, must lie in"),
        ({"epsilon": 1.0}, r"epsilon is 1.0, must lie in \(0, 1\)"),
    ],
)
def test_terms_refuse(name, change, message):
    """Refusal: empty sets and impossible shares, the same for all terms."""
    good = {"error_rate": 0.1, "tested": 100.0, "keyed": 100.0, "epsilon": 1e-10}
    with pytest.raises(DomainError, match=message):
        SAMPLING[name](**{**good, **change})


def test_hypergeometric_refuses_less_than_one_item():
    """Refusal: a set of less than one whole photon cannot be drawn from."""
    with pytest.raises(DomainError, match=r"tested is 0.5"):
        hypergeometric_gamma(error_rate=0.1, tested=0.5, keyed=10.0, epsilon=0.1)
    with pytest.raises(DomainError, match=r"keyed is 0.5"):
        hypergeometric_gamma(error_rate=0.1, tested=10.0, keyed=0.5, epsilon=0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"errors": 11}, "errors is 11.0"),
        ({"tested": 11}, "tested is 11.0"),
        ({"errors_tested": 0, "tested": 8}, "errors_tested is 0.0, must lie in .3, inf"),
    ],
)
def test_log_cdf_refuses(change, message):
    """Refusal: more errors or tests than items, and fewer errors than a test of that size must hold."""
    good = {"errors_tested": 2, "errors": 5, "tested": 4, "total": 10}
    with pytest.raises(DomainError, match=message):
        hypergeometric_log_cdf(**{**good, **change})
