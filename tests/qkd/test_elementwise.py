from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.qkd.elementwise import (
    either,
    entropy_bits,
    exponential,
    larger,
    log_above_one,
    root,
    smaller,
    split,
)

value = st.floats(0.0, 1e12)


@given(first=value, second=value)
def test_floats_and_arrays_agree(first, second):
    """Two routes: plain floats through the standard library, arrays through numpy; equal to the last digit or two."""
    one, other = np.array([first, second]), np.array([second, first])
    for function in (larger, smaller):
        assert function(one, other).tolist() == [function(first, second)] * 2
    for function in (root, log_above_one):
        assert function(one) == pytest.approx([function(first), function(second)], rel=1e-15)
    shrunk = one / (1.0 + one)
    assert exponential(-shrunk) == pytest.approx([exponential(float(-x)) for x in shrunk], rel=1e-15)
    assert entropy_bits(shrunk) == pytest.approx([entropy_bits(float(x)) for x in shrunk], rel=1e-12, abs=1e-15)
    assert either(one > other, one, other).tolist() == [either(first > second, first, second), max(first, second)]


def test_a_float_stays_a_float():
    """Convention: no numpy number comes out of plain floats, for those are slow ever after."""
    for function in (larger, smaller):
        assert type(function(1.0, 2.0)) is float
    for function in (root, exponential, log_above_one, entropy_bits):
        assert type(function(0.3)) is float


def test_entropy_is_shannons():
    """Exact: h(1/4) = 2 - 3/4 log2 3 bit; nothing at the ends, one bit in the middle."""
    assert entropy_bits(0.25) == pytest.approx(2.0 - 0.75 * log2(3.0), rel=1e-15)
    assert [entropy_bits(x) for x in (0.0, 1.0, 0.5)] == [0.0, 0.0, 1.0]
    assert entropy_bits(np.array([0.0, 1.0, 0.5])).tolist() == [0.0, 0.0, 1.0]


def test_split_takes_the_last_axis():
    """Convention: floats of one block, arrays of the leading shape of many; whole numbers become floats."""
    assert split(np.array([1, 2])) == (1.0, 2.0)
    assert type(split(np.array([1, 2]))[0]) is float
    many = np.arange(12.0).reshape(2, 3, 2)
    strong, weak = split(many)
    assert strong.tolist() == many[..., 0].tolist()
    assert weak.tolist() == many[..., 1].tolist()
