"""Largest, smallest, root, entropy of plain floats or of arrays, so that a proof is written once and is fast in both.

One block is a dozen floats, and numpy takes a microsecond or more for each step with one; a search asks about hundreds
of blocks at once. So a proof takes its blocks apart with ``split`` or ``parts_of`` and works with these functions.
"""

from math import exp, log, log1p, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from passplan.checks import FloatArray
from passplan.qkd.block import Blocks
from passplan.qkd.counts import Counts

Numbers = float | FloatArray
Condition = bool | NDArray[np.bool_]

_BITS_PER_NAT = 1.0 / log(2.0)


def split(values: FloatArray) -> tuple[Numbers, ...]:
    """Entries along the last axis: plain floats of an array of shape (K,), else K arrays of shape (...); unit kept."""
    numbers = np.asarray(values, dtype=float)
    if numbers.ndim == 1:
        return tuple(numbers.tolist())
    return tuple([numbers[..., k] for k in range(numbers.shape[-1])])


class Parts(NamedTuple):
    """Counts [1] taken apart, one entry an intensity: plain floats of one block, or arrays of shape (...) of many."""

    key_clicks: tuple[Numbers, ...]
    key_errors: tuple[Numbers, ...]
    test_clicks: tuple[Numbers, ...]
    test_errors: tuple[Numbers, ...]

    @property
    def swapped(self) -> "Parts":
        """The same counts with the key taken from the other basis."""
        return Parts(self.test_clicks, self.test_errors, self.key_clicks, self.key_errors)


def parts_of(blocks: Blocks) -> Parts:
    """Counts [1] of blocks, taken apart."""
    return Parts(
        split(blocks.key_clicks), split(blocks.key_errors), split(blocks.test_clicks), split(blocks.test_errors)
    )


def parts_of_one(counts: Counts) -> Parts:
    """Counts [1] of one block as plain floats, without the way through arrays."""
    key, test = counts.key_basis, counts.test_basis
    return Parts(
        tuple(map(float, key.clicks)),
        tuple(map(float, key.errors)),
        tuple(map(float, test.clicks)),
        tuple(map(float, test.errors)),
    )


def larger(first: Numbers, second: Numbers) -> Numbers:
    """The larger of two numbers of one unit, element by element."""
    if type(first) is float and type(second) is float:
        return first if first > second else second
    return np.maximum(first, second)


def smaller(first: Numbers, second: Numbers) -> Numbers:
    """The smaller of two numbers of one unit, element by element."""
    if type(first) is float and type(second) is float:
        return first if first < second else second
    return np.minimum(first, second)


def either(condition: Condition, yes: Numbers, no: Numbers) -> Numbers:
    """The one number where the condition holds, the other of the same unit where it does not; both are worked out."""
    if isinstance(condition, bool):
        return yes if condition else no
    return np.where(condition, yes, no)


def root(value: Numbers) -> Numbers:
    """Square root of a number >= 0, in the root of its unit."""
    return sqrt(value) if isinstance(value, float) else np.sqrt(value)


def exponential(value: Numbers) -> Numbers:
    """Exponential of a number without unit."""
    return exp(value) if isinstance(value, float) else np.exp(value)


def log_above_one(value: Numbers) -> Numbers:
    """Natural logarithm of 1 + value, for a value >= 0 without unit."""
    return log1p(value) if isinstance(value, float) else np.log1p(value)


def entropy_bits(share: Numbers) -> Numbers:
    """Binary entropy h [bit] of a share in [0, 1], not checked; h(0) = h(1) = 0."""
    if isinstance(share, float):
        rest = 1.0 - share
        return -_BITS_PER_NAT * (share * log(share) + rest * log(rest)) if 0.0 < share < 1.0 else 0.0
    return _BITS_PER_NAT * (entr(share) + entr(1.0 - share))
