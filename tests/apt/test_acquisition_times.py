"""Histogram of acquisition times: exact counts, quantiles against numpy, memory, and refusals."""

import numpy as np
import pytest

from passplan.apt.acquisition_times import AcquisitionTimes, collect_times
from passplan.errors import DomainError


def test_moments_and_quantiles(rng):
    """Two routes: the histogram of blocks against the whole sample; quantiles to a bin."""
    times_s = rng.exponential(2.0, (2, 30_000))
    times_s[1, ::3] = np.inf
    found = collect_times(np.split(times_s, 10, axis=1), limit_s=10.0)
    for kind, sample in zip(found, times_s, strict=True):
        hit = sample[sample <= 10.0]
        assert kind.runs == sample.size
        assert kind.acquired == hit.size
        assert kind.probability == pytest.approx(hit.size / sample.size, rel=1e-12)
        assert kind.mean_s == pytest.approx(hit.mean(), rel=1e-12)
        wanted = np.quantile(np.where(sample <= 10.0, sample, np.inf), [0.1, 0.5], method="inverted_cdf")
        np.testing.assert_allclose(kind.quantile_s([0.1, 0.5]), wanted, atol=kind.bin_s)
    assert found[1].quantile_s(0.9) == np.inf


def test_the_size_does_not_grow_with_the_runs():
    """The histogram of ten and of ten thousand runs has one size, and a time on the limit is within it."""
    few, many = (collect_times([np.full((1, runs), 5.0)], limit_s=5.0)[0] for runs in (10, 10_000))
    assert few.count.size == many.count.size
    assert few.probability == many.probability == 1.0


def test_none_acquired():
    """Limit: no time, no mean, and no quantile."""
    never = collect_times([np.full((1, 4), np.inf)], limit_s=5.0)[0]
    assert never.probability == 0.0
    assert np.isnan(never.mean_s)
    assert never.quantile_s(0.5) == np.inf


def test_refusals():
    """Each limit names its field."""
    with pytest.raises(DomainError, match="limit_s is 0"):
        collect_times([np.ones((1, 1))], limit_s=0.0)
    with pytest.raises(DomainError, match="number of runs is 0"):
        collect_times([], limit_s=1.0)
    with pytest.raises(DomainError, match=r"share is 1.5"):
        collect_times([np.ones((1, 1))], limit_s=2.0)[0].quantile_s(1.5)
    with pytest.raises(DomainError, match=r"AcquisitionTimes.runs is 1"):
        AcquisitionTimes(runs=1, bin_s=1.0, count=np.array([1, 1]), sum_s=1.0)
    with pytest.raises(DomainError, match=r"AcquisitionTimes.bin_s is 0"):
        AcquisitionTimes(runs=2, bin_s=0.0, count=np.array([1, 1]), sum_s=1.0)
