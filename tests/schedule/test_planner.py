"""Plans: proven, no worse than greedy, honest where the time is short, and as little changed as asked."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from passplan.errors import DomainError, NoPlan
from passplan.schedule.fairness import FairShare
from passplan.schedule.objective import TotalKey, charge_bits
from passplan.schedule.planner import EXACT, GREEDY, Level, plan
from passplan.schedule.relay_demand import PairDemand, Wish
from passplan.schedule.risk import NightlyChance, WorstShare
from passplan.schedule.window import Problem, Resource, Standing, Window


@pytest.mark.parametrize("seed", range(12))
def test_the_sum_against_every_choice(small_problem, every_choice, seed):
    """With charges for changes and without."""
    problem = small_problem(np.random.default_rng(seed), count=10, standing=seed % 2 == 1)
    found = plan(problem)
    best = max(TotalKey().worth(problem, each) - charge_bits(problem, each) for each in every_choice(problem))
    assert found.worth == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert found.is_proven
    assert found.gap <= 1e-6
    assert (found.objective, found.unit) == ("sum", "bit")
    assert found.bound >= found.worth


@pytest.mark.parametrize("most_changes", [0, 1, 3])
@pytest.mark.parametrize("seed", range(6))
def test_no_more_changes_than_allowed(small_problem, every_choice, changes, seed, most_changes):
    """Against every choice with so few changes; where there is none, there is no plan."""
    problem = small_problem(np.random.default_rng(seed), count=10, standing=True)
    problem = replace(problem, standing=replace(problem.standing, most_changes=most_changes))
    choices = every_choice(problem)
    if not choices:
        with pytest.raises(NoPlan, match=f"no timetable is within {most_changes} changes of the standing plan"):
            plan(problem)
        return
    found = plan(problem)
    best = max(TotalKey().worth(problem, each) - charge_bits(problem, each) for each in choices)
    assert found.worth == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert found.changes <= most_changes
    chosen = np.isin(np.arange(len(problem.windows)), found.timetable.places)
    assert found.changes == changes(problem, chosen)


def crowd(count=600, *, rng, stations=6):
    """Contacts of three satellites that compete in a few hours."""
    windows = []
    for number in range(count):
        start_s = float(rng.uniform(0.0, 40_000.0))
        windows.append(
            Window(
                contact=f"c{number}",
                satellite=f"s{rng.integers(3)}",
                station=f"g{rng.integers(stations)}",
                start_s=start_s,
                stop_s=start_s + float(rng.uniform(100.0, 500.0)),
                key_bits=float(rng.lognormal(9.0, 1.0)),
                night=f"n{int(start_s // 10_000)}",
            )
        )
    return Problem(
        windows=tuple(windows),
        satellites={f"s{n}": Resource(name=f"s{n}", setup_s=60.0) for n in range(3)},
        stations={f"g{n}": Resource(name=f"g{n}", setup_s=60.0) for n in range(stations)},
    )


def test_without_an_answer_in_time_the_plan_is_greedy_and_says_so(rng):
    """A millisecond for 600 contacts and their pairs; whatever comes out is no worse than greedy."""
    problem = crowd(rng=rng)
    clear = rng.random((50, len(problem.windows))) < 0.5
    wishes = tuple(Wish(between=(f"g{one}", f"g{other}")) for one in range(6) for other in range(one))
    for objective in (
        PairDemand(wishes=wishes, max_age_s=20_000.0),
        FairShare(),
        WorstShare(clear=clear),
        NightlyChance(clear=clear, bits=4e5),
    ):
        found = plan(problem, objective, time_limit_s=1e-3)
        assert found.method == GREEDY
        assert found.worth == found.greedy_worth > 0.0
        assert found.bound >= found.worth
        assert not found.is_proven
        assert found.detail is not None


def test_more_time_is_never_worse(rng):
    problem = crowd(150, rng=rng)
    short, long = (plan(problem, FairShare(), time_limit_s=time_s) for time_s in (1e-3, 5.0))
    assert long.worth >= short.worth
    assert long.method == EXACT
    assert long.levels[0].bound <= short.levels[0].bound * (1.0 + 1e-9)


def test_more_terminals_are_never_worse(rng):
    """For every objective on one crowd."""
    problem = crowd(60, rng=rng, stations=3)
    clear = rng.random((20, 60)) < 0.5
    more = replace(problem, satellites={name: replace(each, terminals=2) for name, each in problem.satellites.items()})
    for objective in (TotalKey(), FairShare(), WorstShare(clear=clear), NightlyChance(clear=clear, bits=1e5)):
        assert plan(more, objective).worth >= plan(problem, objective).worth * (1.0 - 1e-6)


def test_a_wider_gap_is_kept(rng):
    """The solver may stop early, but not beyond the gap it was given."""
    found = plan(crowd(300, rng=rng), gap=0.05)
    assert found.gap <= 0.05


def test_gaps():
    """Over the bound; none below it, infinite without one."""
    level = Level(objective="sum", worth=90.0, bound=100.0, greedy_worth=None, unit="bit")
    assert level.gap == pytest.approx(0.1)
    assert replace(level, bound=90.0).gap == 0.0
    assert replace(level, bound=inf).gap == inf


def test_nothing_to_plan():
    found = plan(Problem(windows=(), satellites={}, stations={}))
    assert (found.worth, found.bound, found.is_proven) == (0.0, 0.0, True)
    assert found.timetable.contacts == ()


def test_limits_are_checked():
    empty = Problem(windows=(), satellites={}, stations={})
    with pytest.raises(DomainError, match=r"time_limit_s is 0\.0"):
        plan(empty, time_limit_s=0.0)
    with pytest.raises(DomainError, match=r"gap is -0\.1"):
        plan(empty, gap=-0.1)


def test_a_standing_plan_that_cannot_be_kept_in_time(rng):
    """All of a crowd stands and no change is allowed; in a millisecond nobody proves that this cannot be."""
    problem = crowd(rng=rng)
    contacts = frozenset(window.contact for window in problem.windows)
    with pytest.raises(NoPlan, match=r"no timetable is within 0 changes|keeps to the changes of the standing plan"):
        plan(replace(problem, standing=Standing(contacts=contacts, most_changes=0)), time_limit_s=1e-3)
