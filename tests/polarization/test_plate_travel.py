"""Branches of a wave plate between stops, against trying every choice."""

from itertools import pairwise, product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from passplan.polarization.plate_travel import branch_numbers, rewind_cells


def fewest_changes(command_deg, low_deg, high_deg):
    """Changes of the best of all rows of branches from -4 to 4."""
    fits = [[k for k in range(-4, 5) if low_deg <= angle + 90.0 * k <= high_deg] for angle in command_deg]
    return min(sum(a != b for a, b in pairwise(row)) for row in product(*fits))


@given(
    command_deg=st.lists(st.integers(-150, 150), min_size=1, max_size=6),
    low_deg=st.integers(-60, 0),
    span_deg=st.integers(90, 170),
)
def test_no_choice_rewinds_less(command_deg, low_deg, span_deg):
    """Two routes: the greedy cover against all choices; every angle lies between the stops."""
    angles_deg = np.array(command_deg, dtype=float)
    branch = branch_numbers(angles_deg, period_deg=90.0, low_deg=low_deg, high_deg=low_deg + span_deg)
    placed_deg = angles_deg + 90.0 * branch
    assert np.all((placed_deg >= low_deg - 1e-6) & (placed_deg <= low_deg + span_deg + 1e-6))
    assert np.count_nonzero(np.diff(branch)) == fewest_changes(angles_deg, low_deg, low_deg + span_deg)


def test_without_stops_the_branch_is_that_of_the_start():
    """Exact: nearest to the start, and 0 without one."""
    angles_deg = np.array([10.0, 20.0, 30.0])
    np.testing.assert_array_equal(branch_numbers(angles_deg, period_deg=90.0), 0.0)
    np.testing.assert_array_equal(branch_numbers(angles_deg, period_deg=90.0, start_deg=-200.0), -2.0)


def test_an_angle_that_no_branch_reaches_keeps_the_branch_before_it():
    """Exact: between 0 and 40 deg the middle angle has no place; the first takes that of the one after it."""
    branch = branch_numbers(np.array([-20.0, 5.0, 60.0, 95.0]), period_deg=90.0, low_deg=0.0, high_deg=40.0)
    np.testing.assert_array_equal(branch, [0.0, 0.0, 0.0, -1.0])


def test_a_rewind_ends_where_the_plate_arrives_or_the_next_begins():
    """Exact: three moves, one that arrives, one cut by the next, one by the end."""
    branch = np.array([0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0])
    off_deg = np.array([0.0, 9.0, 9.0, 0.1, 9.0, 9.0, 9.0])
    assert rewind_cells(branch, off_deg=off_deg, tolerance_deg=0.5) == ((1, 3), (4, 5), (5, 7))
    assert rewind_cells(np.zeros(3), off_deg=np.full(3, 9.0), tolerance_deg=0.5) == ()
