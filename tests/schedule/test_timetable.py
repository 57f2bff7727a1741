"""A timetable that cannot be flown cannot exist."""

import numpy as np
import pytest
from schedule_checker import faults_of_timetable, fits_terminals
from schedule_instances import random_problem

from passplan.errors import DomainError
from passplan.schedule.timetable import timetable_of
from passplan.schedule.window import Budget, Problem, Resource, Window


def window(contact, start_s, stop_s, station="g"):
    """A contact of satellite s."""
    return Window(contact=contact, satellite="s", station=station, start_s=start_s, stop_s=stop_s, key_bits=1.0)


def problem_of(*windows, terminals=1, **more):
    """Windows of one satellite with one setting-up of 10 s; stations have room for all."""
    return Problem(
        windows=windows,
        satellites={"s": Resource(name="s", terminals=terminals, setup_s=10.0)},
        stations={name: Resource(name=name, terminals=9) for name in {each.station for each in windows}},
        **more,
    )


def test_contacts_come_in_order_of_start_with_their_terminals():
    """By hand: two that overlap take two terminals, the third the one that is free again."""
    problem = problem_of(window("c", 200.0, 300.0), window("b", 50.0, 195.0), window("a", 0.0, 100.0), terminals=2)
    table = timetable_of(problem, [0, 1, 2])
    assert [contact.window.contact for contact in table.contacts] == ["a", "b", "c"]
    assert table.places == (2, 1, 0)
    one, other, third = (contact.satellite_terminal for contact in table.contacts)
    assert {one, other} == {1, 2}
    assert third == one  # b stops 5 s before c starts, which is less than the set-up


def test_what_cannot_be_flown_is_refused():
    """Refusals: too few terminals, a contact twice, a budget, what is fixed."""
    three = window("a", 0.0, 100.0), window("b", 109.0, 200.0), window("c", 300.0, 400.0)
    with pytest.raises(DomainError, match=r"s has 1 terminal, too few .*: a \(0 s to 100 s\), b \(109 s to 200 s\)"):
        timetable_of(problem_of(*three), [0, 1, 2])
    crowd = window("a", 0.0, 9.0), window("b", 5.0, 9.0), *(window(f"x{place}", 100.0, 200.0) for place in range(3))
    with pytest.raises(DomainError, match=r"s has 2 terminals, too few .*: x0 .*, x1 .*, x2 "):
        timetable_of(problem_of(*crowd, terminals=2), range(5))
    twice = window("a", 0.0, 100.0), window("a", 200.0, 300.0)
    with pytest.raises(DomainError, match="a is chosen twice, must be at most once"):
        timetable_of(problem_of(*twice), [0, 1])
    quota = Budget(name="passes of s", limit=1.0, unit="passes", uses={0: 1.0, 1: 1.0, 2: 1.0})
    with pytest.raises(DomainError, match="passes of s: 2 passes are used, must be at most 1"):
        timetable_of(problem_of(*three, budgets=(quota,)), [0, 2])
    fixed = problem_of(*three, fixed={0: True, 1: False})
    with pytest.raises(DomainError, match="a is fixed and must be flown"):
        timetable_of(fixed, [2])
    with pytest.raises(DomainError, match="b is fixed and must not be flown"):
        timetable_of(problem_of(*three, terminals=2, fixed={1: False}), [0, 1])
    assert timetable_of(fixed, [0, 2]).places == (0, 2)


def test_nothing_is_a_timetable():
    """Limit: no window at all."""
    assert timetable_of(problem_of(window("a", 0.0, 1.0)), []).contacts == ()


@pytest.mark.parametrize("seed", range(80))
def test_terminals_are_found_whenever_there_are_enough(seed):
    """Independent route: trying out. What fits gets terminals that keep every gap, what does not is refused."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 16, satellites=2, stations=2, alternatives=0.0, fixed=False)
    places = np.flatnonzero(rng.random(16) < rng.uniform(0.2, 0.9)).tolist()
    bare = Problem(windows=problem.windows, satellites=problem.satellites, stations=problem.stations)
    windows = [problem.windows[place] for place in places]
    fits = all(
        fits_terminals([each for each in windows if getattr(each, of) == name], resource, of)
        for of, resources in (("satellite", problem.satellites), ("station", problem.stations))
        for name, resource in resources.items()
    )
    if fits:
        assert faults_of_timetable(bare, timetable_of(bare, places)) == []
    else:
        with pytest.raises(DomainError, match="too few for what is chosen"):
            timetable_of(bare, places)
