"""Blocks and daily hours, each against counting second by second or the standard library's calendar."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.schedule.calendar import Block, gaps, left_of, merged, outside, shifts

DAY_S = 86_400.0
stretches = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 15)).map(lambda pair: (float(pair[0]), float(sum(pair)))), max_size=8
)


def seconds_of(found):
    """Whole seconds that stretches of whole seconds cover."""
    return {second for start, stop in found for second in range(int(start), int(stop))}


@given(stretches)
def test_merged_stretches_cover_the_same_and_lie_apart(found):
    union = merged(found)
    assert seconds_of(union) == seconds_of(found)
    assert all(one[1] < other[0] for one, other in pairwise(union))


@given(stretches, st.integers(0, 30), st.integers(1, 30))
def test_what_blocks_leave_is_what_no_block_covers(found, start, length):
    blocks = [Block(start_s=one, stop_s=other, reason="x") for one, other in found]
    left = left_of(start, start + length, blocks)
    assert seconds_of(left) == set(range(start, start + length)) - seconds_of(found)
    assert list(left) == sorted(left)
    assert all(one < other for one, other in left)


@given(stretches)
def test_gaps_and_stretches_share_the_time_out(found):
    left = gaps(found, 0.0, 60.0)
    assert seconds_of(left) | seconds_of(found) == set(range(60))
    assert not seconds_of(left) & seconds_of(found)


def test_a_block_within_a_stretch():
    block = Block(start_s=-inf, stop_s=10.0, reason="closed")
    assert block.within(4.0, 20.0) == Block(start_s=4.0, stop_s=10.0, reason="closed")
    assert block.within(10.0, 20.0) is None


def clock_of(start, minute):
    """Local clock of a minute after a start, by the standard library."""
    return start + timedelta(minutes=minute)


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.integers(0, 2879),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 6),
)
def test_shifts_are_those_of_the_standard_librarys_calendar(opens, closes, start, weekdays, first_day):
    """Minute by minute over three days: open when a shift of this day, or of the day before across midnight, runs."""
    if opens == closes:
        closes = (closes + 1) % 1440
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    midnight = monday + timedelta(days=first_day)
    found = shifts(
        start * 60.0,
        start * 60.0 + 3 * DAY_S,
        opens_s=opens * 60.0,
        closes_s=closes * 60.0,
        weekday=first_day,
        weekdays=weekdays,
    )
    for minute in range(start, start + 3 * 1440, 7):
        now = clock_of(midnight, minute)
        of_day = now.hour * 60 + now.minute
        before = (now - timedelta(days=1)).weekday()
        if opens < closes:
            is_open = now.weekday() in weekdays and opens <= of_day < closes
        else:
            is_open = (now.weekday() in weekdays and of_day >= opens) or (before in weekdays and of_day < closes)
        assert is_open == any(begin <= minute * 60.0 < end for begin, end in found)


def test_a_shift_from_midnight_to_midnight_is_the_whole_day():
    assert shifts(0.0, DAY_S, opens_s=0.0, closes_s=DAY_S) == ((0.0, DAY_S),)


def test_outside_runs_on_without_end():
    blocks = outside(((10.0, 20.0), (30.0, 40.0)), "closed")
    assert [(block.start_s, block.stop_s) for block in blocks] == [(-inf, 10.0), (20.0, 30.0), (40.0, inf)]
    assert {block.reason for block in blocks} == {"closed"}


def test_wrong_orders_are_refused():
    with pytest.raises(DomainError, match=r"Block\.start_s is 2 s, must be before stop_s, 1 s"):
        Block(start_s=2.0, stop_s=1.0)
    with pytest.raises(DomainError, match="start_s is 3 s, must be before stop_s, 3 s"):
        left_of(3.0, 3.0, ())
    with pytest.raises(DomainError, match="opens_s and closes_s are both 5 s, must differ"):
        shifts(0.0, DAY_S, opens_s=5.0, closes_s=5.0)
    with pytest.raises(DomainError, match="closes_s is 86401"):
        shifts(0.0, DAY_S, opens_s=5.0, closes_s=86_401.0)
    with pytest.raises(DomainError, match="weekday is 7"):
        shifts(0.0, DAY_S, opens_s=5.0, closes_s=6.0, weekdays={7})
