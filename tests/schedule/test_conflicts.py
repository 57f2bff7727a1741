"""Which windows exclude each other: gaps, turns, and the rows that say so."""

from itertools import combinations
from math import cos, inf, pi, sin

import numpy as np
import pytest
from schedule_checker import fits_terminals, may_follow
from schedule_instances import random_problem

from passplan.errors import DomainError
from passplan.schedule.conflicts import clashes, cliques_of, turning_s
from passplan.schedule.window import Problem, Resource, Window


def direction(angle_deg):
    """Unit vector at an angle from the x axis."""
    return (cos(angle_deg * pi / 180.0), sin(angle_deg * pi / 180.0), 0.0)


def contact(name, start_s, stop_s, *, aim_deg=None, satellite="s", station=None):
    """A contact of satellite s, each over a station of its own."""
    aim = None if aim_deg is None else (direction(aim_deg[0]), direction(aim_deg[1]))
    return Window(
        contact=name, satellite=satellite, station=station or f"g-{name}", start_s=start_s, stop_s=stop_s,
        key_bits=1.0, satellite_aim=aim,
    )  # fmt: skip


def problem_of(*windows, **resource):
    """Windows of one satellite with its terminals."""
    return Problem(
        windows=windows,
        satellites={"s": Resource(name="s", **resource)},
        stations={name: Resource(name=name) for name in {window.station for window in windows}},
    )


def pairs_on(problem, name="s"):
    """Pairs of contacts that exclude each other on a resource."""
    each = next(each for each in clashes(problem) if each.resource.name == name)
    windows = [problem.windows[place].contact for place in each.places]
    return {(windows[one], windows[other]) for one, other in zip(each.first, each.second, strict=True)}


@pytest.mark.parametrize(("gap_s", "clash"), [(59.999, True), (60.0, False), (60.001, False)])
def test_the_set_up_time_is_kept_to_the_instant(gap_s, clash):
    """Exact: a contact may start as soon as the terminal is set up."""
    problem = problem_of(contact("a", 0.0, 100.0), contact("b", 100.0 + gap_s, 400.0), setup_s=60.0)
    assert pairs_on(problem) == ({("a", "b")} if clash else set())
    assert len(cliques_of(problem)) == clash


@pytest.mark.parametrize(("gap_s", "clash"), [(54.9, True), (55.1, False)])
def test_the_turn_takes_its_time(gap_s, clash):
    """Exact: 90 deg at 2 deg/s are 45 s, and 10 s of set-up."""
    first = contact("a", 0.0, 100.0, aim_deg=(30.0, 0.0))
    second = contact("b", 100.0 + gap_s, 400.0, aim_deg=(90.0, 0.0))
    problem = problem_of(first, second, setup_s=10.0, slew_deg_s=2.0)
    assert pairs_on(problem) == ({("a", "b")} if clash else set())


def test_turning_time_of_opposite_equal_and_unknown_directions():
    """Limits: 180 deg, 0 deg, and no turn where a direction is not known."""
    resource = Resource(name="s", setup_s=5.0, slew_deg_s=3.0)
    before = np.array([direction(0.0), direction(0.0), (np.nan,) * 3])
    after = np.array([direction(180.0), direction(0.0), direction(90.0)])
    np.testing.assert_allclose(turning_s(resource, before, after), [65.0, 5.0, 5.0], atol=1e-9)
    np.testing.assert_array_equal(turning_s(Resource(name="s", setup_s=5.0), before, after), 5.0)


def test_a_contact_that_turns_faster_than_the_terminal_is_refused():
    """Refusal: what follows a contact must be able to follow what came before it."""
    windows = contact("a", 0.0, 10.0, aim_deg=(0.0, 90.0)), contact("b", 5.0, 20.0, aim_deg=(0.0, 0.0))
    with pytest.raises(DomainError, match=r"a: s turns by 90 deg in 10 s, faster than its slew_deg_s of 1 deg/s"):
        list(clashes(problem_of(*windows, slew_deg_s=1.0)))
    assert pairs_on(problem_of(*windows, slew_deg_s=10.0)) == {("a", "b")}


def test_directions_are_known_of_all_windows_or_of_none():
    """Refusal: a terminal that must turn between some, but not to others."""
    mixed = contact("a", 0.0, 10.0, aim_deg=(0.0, 0.0)), contact("b", 50.0, 60.0)
    with pytest.raises(DomainError, match="b: satellite_aim is not known, but s turns between others"):
        cliques_of(problem_of(*mixed, slew_deg_s=1.0))
    unknown = contact("a", 0.0, 10.0), contact("b", 10.0, 60.0)
    assert cliques_of(problem_of(*unknown, slew_deg_s=1.0)) == []


@pytest.mark.parametrize("seed", range(40))
def test_pairs_are_those_that_no_terminal_can_fly_both(seed):
    """Independent route: every pair of a resource, by the arc cosine."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 25)
    for each in clashes(problem):
        found = {tuple(sorted(each.places[[one, other]])) for one, other in zip(each.first, each.second, strict=True)}
        expected = set()
        for one, other in combinations(sorted(each.places.tolist()), 2):
            pair = problem.windows[one], problem.windows[other]
            if not (may_follow(*pair, each.resource, each.of) or may_follow(*pair[::-1], each.resource, each.of)):
                expected.add((one, other))
        assert found == expected


@pytest.mark.parametrize("seed", range(60))
def test_rows_allow_exactly_what_the_terminals_can_fly(seed):
    """Dilworth: of every set of different contacts, rows and trying out of the terminals say the same."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 11, satellites=1, stations=2, span_s=1200.0)
    cliques = cliques_of(problem)
    lanes = (("satellite", problem.satellites), ("station", problem.stations))
    for count in range(1, 6):
        for places in combinations(range(11), count):
            windows = [problem.windows[place] for place in places]
            is_once = len({window.contact for window in windows}) == count
            fits = is_once and all(
                fits_terminals([window for window in windows if getattr(window, of) == name], resource, of)
                for of, resources in lanes
                for name, resource in resources.items()
            )
            kept = all(len(set(places) & set(clique.places.tolist())) <= clique.terminals for clique in cliques)
            assert kept == fits


def test_cliques_are_sorted_read_only_and_bind():
    """Property: none that its windows could not overfill."""
    problem = random_problem(np.random.default_rng(3), 60)
    for clique in cliques_of(problem):
        assert (np.diff(clique.places) > 0).all()
        assert not clique.places.flags.writeable
        contacts = {problem.windows[place].contact for place in clique.places}
        assert len(contacts) > clique.terminals or contacts == {clique.resource}


def test_a_problem_without_windows_has_no_rows():
    """Limit: nothing."""
    nothing = Problem(windows=(), satellites={"s": Resource(name="s", slew_deg_s=inf)}, stations={})
    assert cliques_of(nothing) == []
    assert list(clashes(nothing)) == []
