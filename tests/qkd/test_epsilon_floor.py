"""Failure probabilities and sizes at the ends of what doubles hold: a message or a number, no crash, no waiting."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.errors import DomainError
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.key_length import PROOFS
from passplan.qkd.proof_lim2014 import lim2014_both_bases
from passplan.qkd.proof_ma2005 import ma2005_sigma
from passplan.qkd.sampling import LARGEST_EXACT, hypergeometric_gamma, hypergeometric_log_cdf, serfling_gamma
from passplan.qkd.settings import LEAST_EPSILON, KeySettings, Options

BASIS = BasisCounts(clicks=(835_535.0, 52_980.0, 850.0), errors=(8_770.0, 932.0, 425.0))
R4 = Counts(intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25), key_basis=BASIS, test_basis=BASIS)
TWO = Counts(
    intensities=(0.8, 0.1),
    probabilities=(0.7, 0.3),
    key_basis=BasisCounts(clicks=BASIS.clicks[:2], errors=BASIS.errors[:2]),
    test_basis=BasisCounts(clicks=BASIS.clicks[:2], errors=BASIS.errors[:2]),
)
CHOICES = [
    Options(),
    Options(concentration="chernoff"),
    Options(concentration="exact"),
    Options(sampling="hypergeometric"),
    Options(leak_model="tomamichel"),
]


@pytest.mark.parametrize("name", ["epsilon_sec", "epsilon_cor"])
@pytest.mark.parametrize("value", [5e-324, 1e-320, 1e-307, 1e-162, 9.9e-101])
def test_smaller_ones_are_refused(name, value):
    """Refusal: the field, what it was and the least allowed."""
    with pytest.raises(DomainError, match=rf"KeySettings.{name} is {value:g}, must be >= 1e-100"):
        KeySettings(**{name: value})


@pytest.mark.parametrize("name", ["epsilon_sec", "epsilon_cor"])
def test_both_bases_halve_it(name):
    """Refusal: the same floor for the half, told in the user's own number."""
    with pytest.raises(DomainError, match=rf"KeySettings.{name} is 1.5e-100, must be >= 2e-100 for lim2014_both_bases"):
        lim2014_both_bases(R4, settings=KeySettings(**{name: 1.5e-100}))


@pytest.mark.parametrize("options", CHOICES, ids=lambda options: options.concentration or options.sampling or "own")
@pytest.mark.parametrize("proof", PROOFS)
def test_the_least_makes_no_trouble(proof, options):
    """Property: at the floor every proof gives a finite length, no longer than at 1e-9."""
    if proof.endswith("1decoy") and options.concentration is not None:
        options = Options(concentration="azuma")
    counts, least = (TWO if proof.endswith("1decoy") else R4), 2.0 * LEAST_EPSILON
    many = replace(
        counts,
        **{
            name: BasisCounts(
                clicks=[100.0 * n for n in getattr(counts, name).clicks],
                errors=[100.0 * m for m in getattr(counts, name).errors],
            )
            for name in ("key_basis", "test_basis")
        },
    )
    key = PROOFS[proof](many, settings=KeySettings(epsilon_sec=least, epsilon_cor=least, options=options))
    usual = PROOFS[proof](many, settings=KeySettings(options=options))
    assert np.isfinite(key.secret_bits_real)
    assert key.secret_bits_real < usual.secret_bits_real
    assert key.secret_bits > 0


def test_more_than_a_half_is_no_number_of_sigmas():
    """Refusal: the field that the user gave; at one half no standard deviation, 0 and not -0."""
    with pytest.raises(DomainError, match=r"KeySettings.epsilon_sec is 0.7, must be <= 0.5 for ma2005_sigma"):
        ma2005_sigma(R4, settings=KeySettings(epsilon_sec=0.7))
    assert repr(ma2005_sigma(R4, settings=KeySettings(epsilon_sec=0.5)).options["sigmas"]) == "0.0"
    assert ma2005_sigma(R4, settings=KeySettings(epsilon_sec=0.7, sigmas=6.0)).secret_bits > 0


@pytest.mark.parametrize("size", [1.01 * LARGEST_EXACT, 5e17, 1e30])
def test_sizes_beyond_the_exact_sum_take_serfling(size):
    """Bound: Serfling's term fails no more often; the exact one just below the limit is smaller, but of its order."""
    sets = {"error_rate": 0.02, "tested": 0.4 * size, "keyed": 0.6 * size, "epsilon": 1e-10}
    assert float(hypergeometric_gamma(**sets)) == pytest.approx(float(serfling_gamma(**sets)), rel=1e-12)
    below = {**sets, "tested": 0.4 * LARGEST_EXACT, "keyed": 0.59 * LARGEST_EXACT}
    assert 0.1 < float(hypergeometric_gamma(**below)) / float(serfling_gamma(**below)) < 1.0


def test_large_and_small_sizes_side_by_side():
    """Two routes: each of several sizes as it is alone; an untested share is never worse than all of it."""
    tested = np.array([1e3, 1e6, 1e12, 1.0])
    keyed = np.array([1e4, 2e6, 1e12, 1e13])
    together = hypergeometric_gamma(error_rate=0.02, tested=tested, keyed=keyed, epsilon=1e-10)
    alone = [
        float(hypergeometric_gamma(error_rate=0.02, tested=c, keyed=d, epsilon=1e-10))
        for c, d in zip(tested, keyed, strict=True)
    ]
    np.testing.assert_array_equal(together, alone)
    assert together[3] == 0.98


def test_the_exact_sum_has_a_largest_size():
    """Refusal: above it log-gamma loses the digits that a probability needs."""
    with pytest.raises(DomainError, match=r"total is 1000000000000.0, must lie in \[0, 1e\+11\]"):
        hypergeometric_log_cdf(errors_tested=1, errors=10, tested=10**6, total=10**12)


@pytest.mark.parametrize("proof", ["decoy3_variable_length", "tupkary_variable_length", "lim2014"])
def test_years_of_counts_end(proof):
    """Property: 1e18 clicks with the exact sampling term make a key, a little shorter than the infinite one."""
    large = BasisCounts(clicks=[1e12 * n for n in BASIS.clicks], errors=[1e12 * m for m in BASIS.errors])
    counts = replace(R4, key_basis=large, test_basis=large)
    exact, bound = (
        PROOFS[proof](counts, settings=KeySettings(options=Options(sampling=name)))
        for name in ("hypergeometric", "serfling")
    )
    assert exact.secret_bits_real == pytest.approx(bound.secret_bits_real, rel=1e-12)
    assert exact.secret_bits > 1e16
