"""Planning again: what has begun stays, and the rest changes as little as asked."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from passplan.errors import NoPlan
from passplan.schedule.planner import plan
from passplan.schedule.replan import frozen_until, keeping, places_of
from passplan.schedule.window import Problem, Resource, Window


def contacts_of(problem, found):
    return {problem.windows[place].contact for place in found.timetable.places}


def worse(problem, rng):
    """The problem with other chances of a clear sky."""
    return replace(problem, windows=tuple(replace(w, clear=float(rng.random())) for w in problem.windows))


@pytest.mark.parametrize("seed", range(8))
def test_without_changes_the_standing_plan_comes_back(small_problem, seed):
    rng = np.random.default_rng(seed)
    problem = small_problem(rng, count=12, fixed=False)
    first = plan(problem)
    again = plan(keeping(worse(problem, rng), contacts_of(problem, first), most_changes=0))
    assert contacts_of(problem, again) == contacts_of(problem, first)
    assert again.changes == 0


@pytest.mark.parametrize("seed", range(8))
def test_more_changes_are_worth_no_less_and_are_counted(small_problem, seed):
    """From none to many the worth rises up to that of a plan from nothing."""
    rng = np.random.default_rng(seed)
    problem = small_problem(rng, count=12, fixed=False)
    stands = contacts_of(problem, plan(problem))
    later = worse(problem, rng)
    found = [plan(keeping(later, stands, most_changes=most)) for most in range(0, 12, 2)]
    worths = [each.worth for each in found]
    assert all(after >= before * (1.0 - 1e-6) for before, after in pairwise(worths))
    assert all(each.changes <= 2 * index for index, each in enumerate(found))
    assert plan(keeping(later, stands)).worth == pytest.approx(plan(later).worth, rel=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_what_has_begun_stays(small_problem, seed):
    """Before the instant both timetables are the same; the rest is planned anew."""
    rng = np.random.default_rng(seed)
    problem = small_problem(rng, count=12, fixed=False)
    first = plan(problem)
    time_s = 86_400.0
    again = plan(frozen_until(worse(problem, rng), first.timetable.places, time_s))
    begun = [
        {place for place in found.timetable.places if problem.windows[place].start_s < time_s}
        for found in (first, again)
    ]
    assert begun[0] == begun[1]
    assert all(each.window.start_s >= time_s for each in again.timetable.contacts if each.place not in begun[0])


def pair(fixed=None):
    windows = [
        Window(contact=name, satellite="s", station=to, start_s=at, stop_s=at + 100.0, key_bits=5.0)
        for name, to, at in (("s/a/1", "a", 0.0), ("s/b/1", "b", 50.0), ("s/a/2", "a", 500.0))
    ]
    return Problem(
        windows=tuple(windows),
        satellites={"s": Resource(name="s")},
        stations={name: Resource(name=name) for name in "ab"},
        fixed=fixed,
    )


def test_frozen_contacts_that_overlap_are_both_named():
    with pytest.raises(NoPlan, match="s/b/1 is fixed to be flown, but does not fit on s beside s/a/1"):
        frozen_until(pair(), [0, 1], 400.0)


def test_what_begins_at_the_instant_is_free():
    assert frozen_until(pair(), [0], 50.0).fixed == {0: True}
    assert frozen_until(pair(), [0], 50.1).fixed == {0: True, 1: False}
    assert frozen_until(pair({2: False}), [], 10.0).fixed == {0: False, 2: False}


def test_frozen_against_fixed():
    with pytest.raises(NoPlan, match="s/a/1 is fixed and must be flown, but it is frozen and must not be flown"):
        frozen_until(pair({0: True}), [], 10.0)
    with pytest.raises(NoPlan, match="s/a/1 is fixed and must not be flown, but it is frozen and must be flown"):
        frozen_until(pair({0: False}), [0], 10.0)


def test_windows_are_found_again():
    """In other places, with other keys, and times that were rounded."""
    problem = pair()
    flown = [replace(problem.windows[2], start_s=500.4, key_bits=1.0), problem.windows[0]]
    assert places_of(problem, flown) == (2, 0)
    with pytest.raises(NoPlan, match="flies s/a/2 from 501 s to 600 s, which is not among the windows"):
        places_of(problem, [replace(problem.windows[2], start_s=501.0)])
    with pytest.raises(NoPlan, match="flies s/c/1 from 0 s"):
        places_of(problem, [replace(problem.windows[0], contact="s/c/1")])
