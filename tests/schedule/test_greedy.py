"""The greedy choice: it keeps to every limit, never beats the proven plan, and takes what a pair needs."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.errors import NoPlan
from passplan.schedule.conflicts import cliques_of
from passplan.schedule.fairness import FairShare
from passplan.schedule.greedy import greedy_choice, kept_to_limits
from passplan.schedule.objective import TotalKey
from passplan.schedule.planner import plan
from passplan.schedule.relay_demand import PairDemand, Wish
from passplan.schedule.risk import NightlyChance, WorstShare
from passplan.schedule.window import Budget, Problem, Resource, Standing, Window


def objectives(problem):
    clear = np.random.default_rng(7).random((15, len(problem.windows))) < 0.6
    return (
        TotalKey(),
        FairShare(),
        FairShare(of="satellite", shares={"s0": 2.0}),
        PairDemand(wishes=(Wish(between=("g0", "g1")), Wish(between=("g0", "g2"), bits=4000.0)), max_age_s=600.0),
        WorstShare(clear=clear, worst_share=0.2),
        NightlyChance(clear=clear, bits=5000.0),
    )


@pytest.mark.parametrize("seed", range(6))
def test_it_keeps_to_the_limits_and_never_beats_the_proof(small_problem, every_choice, seed):
    """Membership in the list of all allowed choices."""
    problem = small_problem(np.random.default_rng(seed), count=10, standing=seed % 2 == 1)
    if problem.standing is not None:
        problem = replace(problem, standing=replace(problem.standing, most_changes=4))
    allowed = {chosen.tobytes() for chosen in every_choice(problem)}
    for objective in objectives(problem):
        choice = greedy_choice(problem, objective)
        if choice is None:
            assert problem.standing is not None
            continue
        assert choice.tobytes() in allowed
        assert objective.worth(problem, choice) <= plan(problem, objective).levels[0].bound * (1.0 + 1e-6) + (
            0.0 if problem.standing is None else 10 * problem.standing.cost_bits
        )


def one_station(*rows, terminals=1, budgets=(), fixed=None, standing=None):
    """Problem of contacts (name, start [s], stop [s], key [bit]) over one station."""
    windows = tuple(
        Window(contact=name, satellite="s", station="g", start_s=start, stop_s=stop, key_bits=bits)
        for name, start, stop, bits in rows
    )
    return Problem(
        windows=windows,
        satellites={"s": Resource(name="s", terminals=terminals)},
        stations={"g": Resource(name="g", terminals=terminals)},
        budgets=budgets,
        fixed=fixed,
        standing=standing,
    )


def test_the_best_first_may_cost_two():
    """The long pass of 10 takes the place of two of 8: greedy 10, proven 16."""
    problem = one_station(("long", 0.0, 300.0, 10.0), ("one", 0.0, 140.0, 8.0), ("two", 150.0, 290.0, 8.0))
    assert greedy_choice(problem, TotalKey()).tolist() == [True, False, False]
    found = plan(problem)
    assert (found.greedy_worth, found.worth, found.method) == (10.0, 16.0, "exact")


def test_nothing_without_key_is_flown():
    problem = one_station(("none", 0.0, 100.0, 0.0), ("some", 200.0, 300.0, 1.0))
    assert greedy_choice(problem, TotalKey()).tolist() == [False, True]


def test_what_stands_is_kept_first():
    """The standing pass of 5 stays although one of 9 is there; with no change allowed the free place stays empty."""
    rows = (("old", 0.0, 100.0, 5.0), ("new", 50.0, 150.0, 9.0), ("more", 500.0, 600.0, 7.0))
    kept = one_station(*rows, standing=Standing(contacts=frozenset({"old"}), most_changes=0))
    assert greedy_choice(kept, TotalKey()).tolist() == [True, False, False]
    one = one_station(*rows, standing=Standing(contacts=frozenset({"old"}), most_changes=1))
    assert greedy_choice(one, TotalKey()).tolist() == [True, False, True]
    dear = one_station(*rows, standing=Standing(contacts=frozenset({"old"}), cost_bits=8.0))
    assert greedy_choice(dear, TotalKey()).tolist() == [True, False, False]


def test_more_may_be_lost_than_allowed():
    """Two that stand cannot both be flown any more, and no change is allowed."""
    rows = (("old", 0.0, 100.0, 5.0), ("other", 50.0, 150.0, 9.0))
    standing = Standing(contacts=frozenset({"old", "other"}), most_changes=0)
    assert greedy_choice(one_station(*rows, standing=standing), TotalKey()) is None


def test_what_is_fixed_must_fit():
    rows = (("one", 0.0, 100.0, 5.0), ("two", 50.0, 150.0, 9.0), ("three", 400.0, 500.0, 1.0))
    with pytest.raises(NoPlan, match="two is fixed to be flown, but does not fit on s beside one"):
        greedy_choice(one_station(*rows, fixed={0: True, 1: True}), TotalKey())
    budget = Budget(name="passes of s in 2016-12-19", limit=1.0, unit="passes", uses={0: 1.0, 1: 1.0, 2: 1.0})
    with pytest.raises(
        NoPlan, match="three is fixed to be flown, but does not fit on passes of s in 2016-12-19 beside one"
    ):
        greedy_choice(one_station(*rows, fixed={0: True, 2: True}, budgets=(budget,)), TotalKey())


def test_a_choice_overdrawn_by_rounding_loses_its_least():
    """Three uses of a third and a little of a limit of 1 pass a solver's tolerance, but not the budget."""
    budget = Budget(name="energy", limit=1.0, unit="W h", uses=dict.fromkeys(range(3), 1.0 / 3.0 + 1e-7))
    problem = one_station(*((f"c{n}", 200.0 * n, 200.0 * n + 100.0, 5.0 + n) for n in range(3)), budgets=(budget,))
    kept = kept_to_limits(problem, cliques_of(problem), np.ones(3, dtype=bool))
    assert kept.tolist() == [False, True, True]
    assert plan(problem).worth == pytest.approx(13.0)


def test_a_pair_is_taken_before_a_greater_pass_alone():
    """The pass of 900 over a has no partner, the two of 500 have each other; the sum takes the 900, demand the pair."""
    windows = [
        Window(contact=name, satellite=sat, station=to, start_s=at, stop_s=at + 100.0, key_bits=bits)
        for name, sat, to, at, bits in (
            ("a9", "t", "a", 0.0, 900.0),
            ("a5", "s", "a", 50.0, 500.0),
            ("b5", "s", "b", 300.0, 500.0),
        )
    ]
    problem = Problem(
        windows=tuple(windows),
        satellites={name: Resource(name=name) for name in "st"},
        stations={name: Resource(name=name) for name in "ab"},
    )
    objective = PairDemand(wishes=(Wish(between=("a", "b")),), max_age_s=1000.0)
    assert greedy_choice(problem, objective).tolist() == [False, True, True]
    assert greedy_choice(problem, TotalKey()).tolist() == [True, False, True]
