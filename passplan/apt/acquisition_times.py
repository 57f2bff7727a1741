"""Times of acquisition of many runs: probability, mean and quantiles, in a memory that does not grow with the runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.checks import FloatArray, freeze, within

_BINS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AcquisitionTimes:
    """Histogram of the times at which runs were acquired.

    runs : number of runs [1], >= 1
    bin_s : width of a bin, from time 0 on; quantiles are right to it [s], > 0
    count : runs that were acquired in each bin [1], shape (n,), read-only; the others were not acquired
    sum_s : sum of the times of the runs that were acquired [s]
    """

    runs: int
    bin_s: float
    count: NDArray[np.int64]
    sum_s: float

    def __post_init__(self) -> None:
        within("AcquisitionTimes.runs", self.runs, max(1, int(self.count.sum())), inf, ends="[)")
        within("AcquisitionTimes.bin_s", self.bin_s, 0.0, inf, ends="()")
        freeze(self.count)

    @property
    def acquired(self) -> int:
        """Runs that were acquired [1]."""
        return int(self.count.sum())

    @property
    def probability(self) -> float:
        """Share of the runs that were acquired [1]."""
        return self.acquired / self.runs

    @property
    def mean_s(self) -> float:
        """Mean time of the runs that were acquired [s]; nan if none was."""
        return self.sum_s / self.acquired if self.acquired else nan

    def quantile_s(self, share: ArrayLike) -> FloatArray:
        """Time by which a share of all runs was acquired [s], shape (...); inf where so many never were.

        Raises
        ------
        DomainError
            If a share is not in [0, 1].
        """
        within("share", share, 0.0, 1.0)
        wanted = np.asarray(share, dtype=float) * self.runs - 1e-9  # a share of 0.3 of 10 runs is 3 of them
        place = np.searchsorted(np.cumsum(self.count), wanted)
        return np.where(place < self.count.size, (place + 1.0) * self.bin_s, inf)


def collect_times(blocks: Iterable[FloatArray], *, limit_s: float) -> tuple[AcquisitionTimes, ...]:
    """Sort the times of runs into histograms, block after block.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (m, n)
        Times [s], >= 0, of n runs and m kinds, inf where there was none; at least one block.
    limit_s : float
        Latest time that counts [s], > 0.

    Returns
    -------
    tuple of AcquisitionTimes, length m
        In 20,000 bins up to limit_s.

    Raises
    ------
    DomainError
        If limit_s is not > 0 or there is no block.
    """
    within("limit_s", limit_s, 0.0, inf, ends="()")
    runs, sums_s, counts = 0, np.zeros(1), np.zeros((1, _BINS), dtype=np.int64)
    for times_s in blocks:
        runs += times_s.shape[1]
        hit = times_s <= limit_s
        kind, _ = np.nonzero(hit)
        place = np.minimum((times_s[hit] * (_BINS / limit_s)).astype(np.int64), _BINS - 1)
        kinds = times_s.shape[0]
        counts = counts + np.bincount(kind * _BINS + place, minlength=kinds * _BINS).reshape(kinds, _BINS)
        sums_s = sums_s + np.where(hit, times_s, 0.0).sum(axis=1)
    within("number of runs", runs, 1, inf, ends="[)")
    bin_s = limit_s / _BINS
    return tuple(
        AcquisitionTimes(runs=runs, bin_s=bin_s, count=count, sum_s=float(sum_s))
        for count, sum_s in zip(counts, sums_s, strict=True)
    )
