import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.orbit.intervals import ROOT_TOLERANCE_S, bracketed_roots, crossings, line_of

ROUNDING_S = 1e-6


def nodes(line, counts):
    """Equidistant nodes of every span, and the span of each."""
    places = [
        np.linspace(left, right, count + 1) for left, right, count in zip(line.base, line.end, counts, strict=True)
    ]
    return np.concatenate(places), np.repeat(np.arange(len(counts)), np.asarray(counts) + 1)


def test_places_on_the_line_belong_to_their_spans():
    """Exact: three spans of 10, 0 and 5 s, a second apart."""
    line = line_of(np.array([100.0, 50.0, 7.0]), np.array([110.0, 50.0, 12.0]))
    np.testing.assert_array_equal(line.base, [0.0, 11.0, 12.0])
    np.testing.assert_array_equal(line.end, [10.0, 11.0, 17.0])
    owner = line.owner(np.array([0.0, 10.0, 11.0, 12.0, 17.0]))
    np.testing.assert_array_equal(owner, [0, 0, 1, 2, 2])
    np.testing.assert_array_equal(line.seconds(np.array([10.0, 17.0]), np.array([0, 2])), [110.0, 12.0])


@given(
    level=st.floats(-0.999, 0.999),
    phase=st.floats(0.0, 6.3),
    starts=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5),
    length_s=st.floats(1.0, 300.0),
)
def test_all_roots_of_a_cosine_are_found(level, phase, starts, length_s):
    """Exact: cos(w t + phase) = level, period 100 s, nodes 20 s apart or nearer; humps between nodes included."""
    turn = 2.0 * np.pi / 100.0
    start = np.array(starts)
    line = line_of(start, start + length_s)
    x, owner = nodes(line, [int(np.ceil(length_s / 20.0)) + 1] * start.size)

    def function(places):
        t = line.seconds(places, line.owner(places))
        return np.cos(turn * t + phase) - level, -turn * np.sin(turn * t + phase)

    found = crossings(function, x, owner).roots
    half = np.arccos(level)
    k = np.arange(-40, 60)
    every = np.concatenate((2.0 * np.pi * k + half, 2.0 * np.pi * k - half))
    expected = []
    for base, first in zip(line.base, start, strict=True):
        t = (every - phase) / turn
        expected.extend(base + t[(t > first + ROUNDING_S) & (t < first + length_s - ROUNDING_S)] - first)
    near_an_end = np.abs(found[:, None] - np.concatenate((line.base, line.end))).min(axis=1) < 1e-3
    inner = np.array(sorted(expected))
    inner_clear = inner[np.abs(inner[:, None] - np.concatenate((line.base, line.end))).min(axis=1) >= 1e-3]
    np.testing.assert_allclose(np.sort(found[~near_an_end]), inner_clear, atol=1e-3)


def test_a_graze_between_nodes_is_found_and_its_top_is_known():
    """Exact: a hump of 0.01 above the level, 9 s wide, between nodes 60 s apart."""
    line = line_of(np.array([0.0]), np.array([240.0]))
    x, owner = nodes(line, [4])
    centre, width = 97.0, 1e-4

    def function(places):
        return 0.01 - width * (places - centre) ** 2 / 0.2, -2.0 * width * (places - centre) / 0.2

    known = crossings(function, x, owner)
    half = np.sqrt(0.01 * 0.2 / width)
    np.testing.assert_allclose(known.roots, [centre - half, centre + half], atol=ROOT_TOLERANCE_S)
    assert known.values.max() == pytest.approx(0.01, abs=1e-9)
    assert np.all(np.diff(known.places) > 0.0)


def test_spans_are_not_joined():
    """Limit: a function that is negative in one span and positive in the next has no root."""
    line = line_of(np.array([0.0, 0.0]), np.array([10.0, 10.0]))
    x, owner = nodes(line, [2, 2])
    known = crossings(lambda p: (np.where(p > 10.5, 1.0, -1.0), np.zeros_like(p)), x, owner)
    assert known.roots.size == 0


@given(
    root=st.lists(st.floats(-0.99, 0.99), min_size=1, max_size=20),
    power=st.sampled_from([1, 3, 5]),
)
def test_roots_in_brackets(root, power):
    """Exact: (x - r) + (x - r)^n has its root at r; one bracket around each multiple of 3, all at once."""
    exact = 3.0 * np.arange(len(root)) + np.array(root)

    def function(x):
        near = exact[np.rint(x / 3.0).astype(int)]
        return (x - near) + (x - near) ** power

    left, right = (3.0 * np.arange(exact.size) + side for side in (-1.0, 1.0))
    found = bracketed_roots(function, left, right, function(left), function(right))
    np.testing.assert_allclose(found, exact, atol=ROOT_TOLERANCE_S)


def test_no_bracket_no_root():
    """Limit: empty in, empty out; a root at an end is given."""
    empty = np.empty(0)
    assert bracketed_roots(lambda x: x, empty, empty, empty, empty).size == 0
    root = bracketed_roots(lambda x: x, np.array([0.0]), np.array([1.0]), np.array([0.0]), np.array([1.0]))
    np.testing.assert_allclose(root, [0.0], atol=ROOT_TOLERANCE_S)
