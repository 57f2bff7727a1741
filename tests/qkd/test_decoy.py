from math import exp

import numpy as np
import pytest

from passplan.errors import DomainError
from passplan.qkd.decoy import (
    photon_share,
    reduced_limits,
    single_photon_errors_upper,
    single_photon_lower,
    two_decoys,
    vacuum_lower,
)

SOURCE = {"intensities": (0.6, 0.2, 0.001), "probabilities": (0.5, 0.3, 0.2)}
ONE_COUNT = 1.0


def expected_counts(yields, source=SOURCE, pulses=1e10):
    """Counts of each intensity when an n-photon pulse clicks with probability yields[n], and those of n = 0, 1."""
    k, p = np.array(source["intensities"]), np.array(source["probabilities"])
    share = np.array([p * np.exp(-k) * k**n / np.prod(np.arange(1, n + 1)) for n in range(len(yields))])
    clicks = pulses * share * np.asarray(yields)[:, None]
    return clicks.sum(axis=0), clicks[0].sum(), clicks[1].sum()


def limits_of(counts, deviation=0.0, clip=True):
    return reduced_limits(counts=counts, deviation=deviation, clip_negative=clip, **SOURCE)


def test_photon_shares_are_poisson_and_complete():
    """Exact: shares of all photon numbers add up to one; that of no photon is sum p exp(-k)."""
    shares = [photon_share(photons=n, **SOURCE) for n in range(20)]
    assert sum(shares) == pytest.approx(1.0, abs=1e-15)
    assert shares[0] == pytest.approx(0.5 * exp(-0.6) + 0.3 * exp(-0.2) + 0.2 * exp(-0.001), rel=1e-15)


def test_bounds_are_exact_when_only_few_photons_click():
    """Exact: with no clicks from two photons and more the bounds equal the true vacuum and single-photon counts."""
    counts, vacuum, single = expected_counts([2e-6, 3e-4])
    lower, upper = limits_of(counts)
    found_vacuum = vacuum_lower(lower=lower, upper=upper, clip_negative=True, **SOURCE)
    # the single photons cancel in eq. 2; what it neglects is of two photons and more
    assert float(found_vacuum) == pytest.approx(vacuum, abs=ONE_COUNT)
    found = single_photon_lower(lower=lower, upper=upper, vacuum=found_vacuum, **SOURCE)
    assert float(found) == pytest.approx(single, abs=ONE_COUNT)
    errors = single_photon_errors_upper(lower=lower, upper=upper, **SOURCE)
    assert float(errors) == pytest.approx(single, abs=ONE_COUNT)


def test_bounds_hold_for_random_channels(rng):
    """Property: for 300 random sets of yields no lower bound exceeds the truth, no upper bound falls below it."""
    for _ in range(300):
        yields = rng.uniform(0.0, 1.0, 12) * 10.0 ** rng.uniform(-6.0, 0.0)
        counts, vacuum, single = expected_counts(yields)
        lower, upper = limits_of(counts)
        slack = 1e-9 * counts.sum()
        found_vacuum = vacuum_lower(lower=lower, upper=upper, clip_negative=True, **SOURCE)
        assert found_vacuum <= vacuum + slack
        assert single_photon_lower(lower=lower, upper=upper, vacuum=found_vacuum, **SOURCE) <= single + slack
        assert single_photon_errors_upper(lower=lower, upper=upper, **SOURCE) >= single - slack


def test_bounds_take_arrays():
    """Two routes: a stack of counts gives what each set gives alone."""
    stack = np.array([expected_counts([1e-6, eta, 2.0 * eta])[0] for eta in (1e-4, 1e-3)])
    lower, upper = limits_of(stack, deviation=np.array([[100.0], [300.0]]))
    vacuum = vacuum_lower(lower=lower, upper=upper, clip_negative=False, **SOURCE)
    single = single_photon_lower(lower=lower, upper=upper, vacuum=vacuum, **SOURCE)
    assert single.shape == (2,)
    for i, deviation in enumerate((100.0, 300.0)):
        low, high = limits_of(stack[i], deviation=deviation)
        alone = vacuum_lower(lower=low, upper=high, clip_negative=False, **SOURCE)
        assert float(single_photon_lower(lower=low, upper=high, vacuum=alone, **SOURCE)) == single[i]


def test_clip_raises_negative_limits_alone():
    """Exact: 3 -+ 10 counts reach below 0 only without the clip; the upper limit is the same."""
    clipped, unclipped = limits_of([100.0, 50.0, 3.0], 10.0), limits_of([100.0, 50.0, 3.0], 10.0, clip=False)
    assert clipped[0][2] == 0.0 > unclipped[0][2] == pytest.approx(exp(0.001) / 0.2 * -7.0)
    np.testing.assert_array_equal(clipped[0][:2], unclipped[0][:2])
    np.testing.assert_array_equal(clipped[1], unclipped[1])
    bound = {"lower": unclipped[0], "upper": unclipped[1], **SOURCE}
    assert vacuum_lower(clip_negative=True, **bound) == 0.0 > vacuum_lower(clip_negative=False, **bound)


def test_no_negative_errors():
    """Limit: error counts that contradict the model, more at the weakest decoy, give 0, not less."""
    lower, upper = limits_of([10.0, 10.0, 1000.0])
    assert single_photon_errors_upper(lower=lower, upper=upper, **SOURCE) == 0.0


@pytest.mark.parametrize("mu", [(0.6, 0.2), (0.2, 0.6, 0.0), (0.5, 0.3, 0.2), (0.6, 0.2, 0.2)])
def test_bounds_refuse_other_intensities(mu):
    """Refusal: eq. 2 to 4 need mu1 > mu2 > mu3 and mu1 > mu2 + mu3."""
    source = {"intensities": mu, "probabilities": (0.5, 0.3, 0.2)[: len(mu)]}
    ones = np.ones(3)
    for call in (
        lambda: vacuum_lower(lower=ones, upper=ones, clip_negative=True, **source),
        lambda: single_photon_lower(lower=ones, upper=ones, vacuum=0.0, **source),
        lambda: single_photon_errors_upper(lower=ones, upper=ones, **source),
    ):
        with pytest.raises(DomainError, match="two decoys need mu1 > mu2 > mu3 >= 0 and mu1 > mu2"):
            call()


def test_bounds_refuse_probabilities_outside_their_range():
    """Refusal: a share of 1 or more of all pulses, for one intensity of three."""
    ones = np.ones(3)
    for wrong in (1.0, 1.5):
        source = {"intensities": (0.6, 0.2, 0.0), "probabilities": (wrong, 0.3, 0.2)}
        with pytest.raises(DomainError, match=rf"probabilities is {wrong}, must lie in \(0, 1\)"):
            vacuum_lower(lower=ones, upper=ones, clip_negative=True, **source)


def test_limits_and_shares_refuse():
    """Refusal: negative counts, deviations, intensities; probabilities outside (0, 1)."""
    with pytest.raises(DomainError, match="counts is -1"):
        limits_of([-1.0, 0.0, 0.0])
    with pytest.raises(DomainError, match="deviation is -1"):
        limits_of([1.0, 0.0, 0.0], -1.0)
    with pytest.raises(DomainError, match=r"intensities is -0.1"):
        photon_share(intensities=(-0.1,), probabilities=(0.5,), photons=0)
    with pytest.raises(DomainError, match=r"probabilities is 1.0"):
        photon_share(intensities=(0.1,), probabilities=(1.0,), photons=0)


def test_sources_stand_side_by_side(rng):
    """Two routes: a stack of sources gives what each gives alone; one that does not suit is marked, and finite."""
    mu = np.array([[0.6, 0.2, 0.001], [0.8, 0.1, 0.0], [0.5, 0.3, 0.2], [0.4, 0.2, 0.2]])
    p = np.array([[0.5, 0.3, 0.2], [0.5, 0.25, 0.25], [0.4, 0.3, 0.3], [0.4, 0.3, 0.3]])
    low = rng.uniform(0.0, 1e6, (4, 3))
    high = low * rng.uniform(1.0, 1.1, (4, 3))
    source = two_decoys(intensities=mu, probabilities=p)
    assert source.suits.tolist() == [True, True, False, False]
    assert not source.all_suit
    vacuum = source.vacuum(low, high)
    found = np.stack([vacuum, source.single(low, high, vacuum), source.errors(low, high)])
    assert np.all(np.isfinite(found))
    for i in range(2):
        one = {"lower": low[i], "upper": high[i], "intensities": mu[i], "probabilities": p[i]}
        empty = vacuum_lower(clip_negative=False, **one)
        alone = [empty, single_photon_lower(vacuum=empty, **one), max(single_photon_errors_upper(**one), 0.0)]
        np.testing.assert_allclose(np.maximum(found[:, i], [-np.inf, -np.inf, 0.0]), alone, rtol=1e-12)
    stack = {"lower": low[:2], "upper": high[:2], "intensities": mu[:2], "probabilities": p[:2]}
    np.testing.assert_allclose(vacuum_lower(clip_negative=False, **stack), vacuum[:2], rtol=1e-12)
    with pytest.raises(DomainError, match=r"intensities are 0.5, 0.3, 0.2; two decoys need mu1 > mu2 > mu3"):
        vacuum_lower(lower=low, upper=high, intensities=mu, probabilities=p, clip_negative=False)


@pytest.mark.parametrize("stack", [[[0.8, 0.1]] * 4, [[0.8, 0.1, 0.05, 0.0]] * 4])
def test_a_stack_of_sources_of_other_sizes_is_refused(stack):
    """Four sources of two or four intensities: the first is shown, and what two decoys need."""
    with pytest.raises(DomainError, match=r"intensities are 0.8, 0.1.*; two decoys need mu1 > mu2 > mu3 >= 0"):
        vacuum_lower(
            lower=np.ones((4, 3)),
            upper=np.ones((4, 3)),
            intensities=stack,
            probabilities=[0.5, 0.25, 0.25],
            clip_negative=True,
        )
