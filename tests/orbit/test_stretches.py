from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.orbit.stretches import Crossings, Stretches, from_crossings, merged, number_inside


def crossings(*rows):
    pair, time_s, upward = zip(*rows, strict=True) if rows else ((), (), ())
    return Crossings(
        pair=np.array(pair, dtype=np.intp), time_s=np.array(time_s, dtype=float), upward=np.array(upward, dtype=bool)
    )


def rows_of(stretches):
    return list(zip(stretches.pair.tolist(), stretches.start_s.tolist(), stretches.end_s.tolist(), strict=True))


def ends(*spans):
    return tuple(np.array(each, dtype=float) for each in zip(*spans, strict=True))


def stretches(*rows):
    pair, start_s, end_s = zip(*rows, strict=True)
    return Stretches(np.array(pair), np.array(start_s, dtype=float), np.array(end_s, dtype=float))


@pytest.mark.parametrize(
    ("found", "inside", "expected"),
    [
        ([], [True], [(0, 0.0, 10.0)]),
        ([], [False], []),
        ([(0, 4.0, True)], [False], [(0, 4.0, 10.0)]),
        ([(0, 4.0, False)], [False], [(0, 0.0, 4.0)]),
        ([(0, 6.0, False), (0, 4.0, True)], [False], [(0, 4.0, 6.0)]),
        ([(0, 4.0, False), (0, 6.0, True)], [False], [(0, 0.0, 4.0), (0, 6.0, 10.0)]),
        ([(0, -1.0, True), (0, 11.0, False)], [True], [(0, 0.0, 10.0)]),
        ([(0, 0.0, False)], [False], []),
        ([(0, 0.0, True)], [True], [(0, 0.0, 10.0)]),
        ([(0, 10.0, True)], [False], []),
        ([(0, 5.0, True), (0, 5.0, False)], [False], [(0, 5.0, 5.0)]),
    ],
)
def test_stretches_between_crossings(found, inside, expected):
    """By hand: each way in which a stretch may begin and end; a crossing at an end is none."""
    assert rows_of(from_crossings(crossings(*found), np.array(inside), *ends((0.0, 10.0)))) == expected


def test_each_pair_has_its_own_ends():
    """By hand: three pairs, crossings in no order."""
    found = crossings((2, 25.0, False), (0, 4.0, True), (2, 22.0, True), (0, 2.0, False))
    result = from_crossings(found, np.array([False, True, False]), *ends((0.0, 10.0), (5.0, 6.0), (20.0, 30.0)))
    assert rows_of(result) == [(0, 0.0, 2.0), (0, 4.0, 10.0), (1, 5.0, 6.0), (2, 22.0, 25.0)]


@given(
    st.lists(
        st.tuples(st.booleans(), st.lists(st.floats(0.001, 9.999), unique=True, max_size=9).map(sorted)),
        min_size=1,
        max_size=5,
    )
)
def test_stretches_say_at_every_instant_whether_it_is_inside(pairs):
    """Property: at the middle between marks, inside equals the parity of the crossings before it."""
    rows = [
        (number, time_s, (index % 2 == 0) != begins)
        for number, (begins, times_s) in enumerate(pairs)
        for index, time_s in enumerate(times_s)
    ]
    whole = np.full(len(pairs), 10.0)
    result = from_crossings(crossings(*rows), np.array([begins for begins, _ in pairs]), 0.0 * whole, whole)
    for number, (begins, times_s) in enumerate(pairs):
        marks = [0.0, *times_s, 10.0]
        for index, (low, high) in enumerate(pairwise(marks)):
            here = number_inside(result, np.array([number]), np.array([0.5 * (low + high)]))[0]
            if high - low > 1e-6:
                assert (here >= 0) == (begins == (index % 2 == 0))


def test_the_number_of_the_stretch_of_an_instant():
    """By hand: inside, at both ends, between, of another pair, before all and after all."""
    some = stretches((1, 10.0, 20.0), (1, 30.0, 40.0), (3, 10.0, 20.0))
    pair = np.array([1, 1, 1, 1, 1, 3, 2, 0, 3, 5])
    time_s = np.array([15.0, 10.0, 20.0, 25.0, 35.0, 15.0, 15.0, 15.0, 5.0, 15.0])
    assert number_inside(some, pair, time_s).tolist() == [0, 0, 0, -1, 1, 2, -1, -1, -1, -1]
    none = some.where(np.zeros(3, dtype=bool))
    assert number_inside(none, pair, time_s).tolist() == [-1] * 10
    assert number_inside(some, pair[:0], time_s[:0]).tolist() == []


def test_an_instant_at_the_start_of_a_stretch_far_down_the_list_is_not_before_it():
    """Exact: with thirty days and ten thousand pairs the start of a stretch is still told from a microsecond before."""
    count, month_s = 10_000, 2_592_000.0
    many = Stretches(np.arange(count), np.full(count, 1.0 / 3.0), np.full(count, month_s))
    pair = np.array([count - 1])
    assert number_inside(many, pair, np.array([1.0 / 3.0]))[0] == count - 1
    assert number_inside(many, pair, np.array([1.0 / 3.0 - 1e-6]))[0] == -1


def test_two_sets_are_put_in_order():
    """By hand."""
    one, two = stretches((2, 0.0, 1.0), (2, 5.0, 6.0)), stretches((0, 3.0, 4.0))
    assert rows_of(merged(one, two)) == [(0, 3.0, 4.0), (2, 0.0, 1.0), (2, 5.0, 6.0)]
