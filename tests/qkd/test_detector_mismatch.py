from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from passplan.errors import DomainError
from passplan.qkd.detector_mismatch import binomial_excess, mismatch_deltas, ratio_deltas

shares = st.floats(0.0, 0.9)
ALIKE = {"efficiency_spread": 0.0, "dark_count_spread": 0.0, "dark_count_probability": 1e-6}


def plain_deltas(spread, dark_spread, dark, swapped):
    """Second route: the published code's own arrangement of the formulas, exact fractions up to the roots."""
    least, most = Fraction(dark) * (1 - Fraction(dark_spread)), Fraction(dark) * (1 + Fraction(dark_spread))
    ratio = (1 - Fraction(spread)) / (1 + Fraction(spread))
    if swapped:
        lost = (1 - least) ** 2 * (1 - ratio) ** 2 / 2
        return 4 * (1 - float(1 - lost) ** 0.5), float(lost)
    empty = 1 - (1 - (1 - least) ** 2) / (1 - (1 - most) ** 2)
    lost = (1 - least) ** 2 * (1 - ratio)
    one = max(float(empty * most * (2 - least) / (1 - (1 - least) ** 2)), 4 * (1 - float(1 - lost) ** 0.5))
    return one, float(max(empty, lost))


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("spread", "dark_spread"), [(0.01, 0.0), (0.05, 0.05), (0.0, 0.1), (0.002, 0.02)])
def test_two_arrangements_agree(spread, dark_spread, swapped):
    """Two routes: the deltas of arXiv 2408.17349 as its code arranges them, with d = 1e-6."""
    found = mismatch_deltas(
        efficiency_spread=spread, dark_count_spread=dark_spread, dark_count_probability=1e-6, swapped=swapped
    )
    assert found == pytest.approx(plain_deltas(spread, dark_spread, 1e-6, swapped), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("swapped", [False, True])
def test_equal_detectors_cost_nothing(swapped):
    """Limit: alike in efficiency and dark counts, both deltas are 0; without dark counts their spread still counts."""
    assert mismatch_deltas(**ALIKE, swapped=swapped) == (0.0, 0.0)
    dark = mismatch_deltas(efficiency_spread=0.0, dark_count_spread=0.1, dark_count_probability=0.0, swapped=swapped)
    assert dark == pytest.approx((0.0, 0.0) if swapped else (0.2 / 0.9, 0.2 / 1.1), rel=1e-12)


@given(low=shares, step=st.floats(0.0, 0.09), swapped=st.booleans())
def test_more_mismatch_costs_more(low, step, swapped):
    """Property: both deltas grow with the spread, stay within [0, 1], and swapping never makes them larger."""

    def deltas(spread, swap):
        return mismatch_deltas(
            efficiency_spread=spread, dark_count_spread=spread, dark_count_probability=1e-6, swapped=swap
        )

    for less, more in zip(deltas(low, swapped), deltas(low + step, swapped), strict=True):
        assert 0.0 <= less <= more <= 1.0
    assert all(a <= b for a, b in zip(deltas(low, True), deltas(low, False), strict=True))


@given(ratio=st.floats(1e-3, 1.0), dark=st.floats(0.0, 0.5))
def test_a_ratio_is_a_spread(ratio, dark):
    """Two routes: detectors 1 + s and 1 - s have the ratio (1 - s)/(1 + s); dark counts make the deltas smaller."""
    spread = (1.0 - ratio) / (1.0 + ratio)

    def deltas(dark_count_probability):
        return mismatch_deltas(
            efficiency_spread=spread,
            dark_count_spread=0.0,
            dark_count_probability=dark_count_probability,
            swapped=False,
        )

    assert ratio_deltas(efficiency_ratio=ratio) == pytest.approx(deltas(0.0), rel=1e-9, abs=1e-12)
    assert all(with_dark <= none + 1e-12 for with_dark, none in zip(deltas(dark), deltas(0.0), strict=True))


def test_ratios_at_their_ends():
    """Limits: detectors alike cost nothing; a hopeless one is held at 1; others are refused."""
    assert ratio_deltas(efficiency_ratio=1.0) == (0.0, 0.0)
    assert ratio_deltas(efficiency_ratio=1e-30) == (1.0, 1.0)
    for ratio in (0.0, 1.01):
        with pytest.raises(DomainError, match=rf"efficiency_ratio is {ratio}, must lie in \(0, 1\]"):
            ratio_deltas(efficiency_ratio=ratio)


@pytest.mark.parametrize("n", [50, 3000, 400_000])
@pytest.mark.parametrize("p", [1e-5, 0.004, 0.3])
@pytest.mark.parametrize("epsilon", [0.2, 1e-4, 1e-10])
def test_the_excess_is_a_bound(n, p, epsilon):
    """Exact: the binomial tail at the excess never exceeds epsilon^2; at half the excess it would."""
    c = float(binomial_excess(trials=n, share=p, epsilon=epsilon))
    assert 0.0 < c <= min(np.sqrt(-np.log(epsilon) / n) * (1.0 + 1e-12), 1.0)
    if c < 1.0 - p:
        assert binom.sf(np.ceil(n * (p + c) - 1e-9) - 1, n, p) <= epsilon**2
        if epsilon <= 1e-4:  # above, a single count is already too much
            assert binom.sf(np.ceil(n * (p + 0.5 * c)) - 1, n, p) > epsilon**2


def test_the_excess_solves_its_equation():
    """Exact: n D(p + c || p) = 2 ln(1 / epsilon), from 10 to 1e12 trials and down to 1e-30."""
    n, p = np.geomspace(1e3, 1e12, 10), 0.02
    for epsilon in (1e-3, 1e-15, 1e-30):
        c = binomial_excess(trials=n, share=p, epsilon=epsilon)
        divergence = (p + c) * np.log1p(c / p) + (1.0 - p - c) * np.log1p(-c / (1.0 - p))
        np.testing.assert_allclose(np.floor(n) * divergence, -2.0 * np.log(epsilon), rtol=1e-4)
        assert all(big > small for big, small in pairwise(c))


def test_the_excess_at_its_ends():
    """Limits: certain or impossible outcomes have none; few trials reach 1 - p; fractions of trials are dropped."""
    np.testing.assert_array_equal(binomial_excess(trials=[10.0, 1e6], share=[[0.0], [1.0]], epsilon=1e-9), 0.0)
    assert float(binomial_excess(trials=3.0, share=0.25, epsilon=1e-9)) == 0.75
    whole, more = (float(binomial_excess(trials=n, share=0.1, epsilon=1e-3)) for n in (500.0, 500.9))
    assert whole == more


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"efficiency_spread": 1.0}, r"efficiency_spread is 1.0, must lie in \[0, 1\)"),
        ({"dark_count_spread": -0.1}, r"dark_count_spread is -0.1, must lie in \[0, 1\)"),
        ({"dark_count_probability": 0.6}, r"dark_count_probability is 0.6, must lie in \[0, 0.5\]"),
    ],
)
def test_other_shares_are_refused(changed, message):
    """Refusal: spreads and probabilities outside their range."""
    with pytest.raises(DomainError, match=message):
        mismatch_deltas(**(ALIKE | changed), swapped=False)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"trials": 0.0}, r"trials is 0.0, must lie in \(0, inf\)"),
        ({"share": 1.5}, r"share is 1.5, must lie in \[0, 1\]"),
        ({"epsilon": 1.0}, r"epsilon is 1.0, must lie in \(0, 1\)"),
    ],
)
def test_other_trials_are_refused(changed, message):
    """Refusal: no trials, no probability, no failure probability."""
    with pytest.raises(DomainError, match=message):
        binomial_excess(**({"trials": 100.0, "share": 0.1, "epsilon": 1e-9} | changed))
