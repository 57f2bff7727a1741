"""Plans of random problems keep to every limit, and small ones are the best that there are.

The witness is tests/benchmarks/schedule_checker.py, which shares no code with the schedule.
"""

import os

import numpy as np
import pytest
from schedule_checker import (
    faults_of_timetable,
    least_share_bits,
    maximal_choices,
    nightly_chance,
    relayed_bits,
    total_bits,
    worst_bits,
)
from schedule_instances import random_problem

from passplan.errors import NoPlan
from passplan.schedule.fairness import FairShare
from passplan.schedule.objective import TotalKey
from passplan.schedule.planner import plan
from passplan.schedule.relay_demand import PairDemand, Wish
from passplan.schedule.risk import NightlyChance, WorstShare

WEATHERS, WORST = 8, 3
WANTED_BITS = 6000.0
WISHES = ((("g0", "g1"), 5000.0, 1.0), (("g0", "g2"), 9000.0, 2.0), (("g1", "g2"), 1e9, 0.5))
MAX_AGE_S = 600.0
OBJECTIVES = ("sum", "fair", "demand", "cvar", "chance")
ALL = bool(os.environ.get("PASSPLAN_ALL_PROBLEMS"))  # the thousand takes a minute and a half; else two hundred
PROBLEMS = {"sum": 50, "fair": 20, "demand": 10, "cvar": 10, "chance": 10}  # of each block; a thousand in all


def objective_of(name, clear):
    """One of the five objectives."""
    return {
        "sum": TotalKey(),
        "fair": FairShare(),
        "demand": PairDemand(
            wishes=tuple(Wish(between=pair, bits=bits, weight=weight) for pair, bits, weight in WISHES),
            max_age_s=MAX_AGE_S,
        ),
        "cvar": WorstShare(clear=clear, worst_share=WORST / WEATHERS),
        "chance": NightlyChance(clear=clear, bits=WANTED_BITS),
    }[name]


def worth_of(name, problem, places, clear):
    """Worth of a choice, by the checker."""
    if name == "sum":
        return total_bits(problem, places)
    if name == "fair":
        return least_share_bits(problem, places)
    if name == "demand":
        return relayed_bits(problem, places, WISHES, MAX_AGE_S)
    if name == "cvar":
        return worst_bits(problem, places, clear, WORST)
    return nightly_chance(problem, places, clear, WANTED_BITS)


def weathers(rng, count):
    """Clear or not."""
    return (rng.random((WEATHERS, count)) < 0.7).astype(float)


@pytest.mark.parametrize("block", range(10 if ALL else 2))
@pytest.mark.parametrize("name", OBJECTIVES)
def test_plans_of_a_thousand_random_problems_keep_every_limit(name, block):
    """Independent checker: overlaps, gaps, turns, terminals, budgets, what is fixed, one window of each contact."""
    for number in range(PROBLEMS[name]):
        rng = np.random.default_rng([OBJECTIVES.index(name), block, number])
        problem = random_problem(rng, int(rng.integers(10, 41)), span_s=float(rng.uniform(900.0, 6000.0)))
        clear = weathers(rng, len(problem.windows))
        found = plan(problem, objective_of(name, clear), time_limit_s=30.0)
        assert faults_of_timetable(problem, found.timetable) == []
        assert found.worth == pytest.approx(worth_of(name, problem, found.timetable.places, clear), rel=1e-6, abs=1e-6)
        assert found.worth <= found.bound


def assert_best(name, seed, count):
    """A plan against every maximal choice; a problem whose fixed windows do not fit has none."""
    rng = np.random.default_rng([7, seed])
    problem = random_problem(rng, count, span_s=float(rng.uniform(900.0, 4000.0)))
    clear = weathers(rng, len(problem.windows))
    choices = maximal_choices(problem)
    if not choices:
        with pytest.raises(NoPlan, match="is fixed to be flown"):
            plan(problem, objective_of(name, clear))
        return
    found = plan(problem, objective_of(name, clear))
    best = max(worth_of(name, problem, places, clear) for places in choices)
    assert found.is_proven
    assert found.worth == pytest.approx(best, rel=2e-6, abs=1e-6)
    if name == "fair":
        totals = [total_bits(problem, places) for places in choices
                  if least_share_bits(problem, places) >= best * (1.0 - 2e-6)]  # fmt: skip
        assert found.levels[1].worth == pytest.approx(max(totals), rel=4e-6)


@pytest.mark.parametrize("block", range(20 if ALL else 7))
def test_the_sum_of_small_problems_against_exhaustive_search(block):
    """Exhaustive search: 300 problems of 6 to 14 windows, terminals, turns, budgets, alternatives, fixed windows."""
    for number in range(15):
        assert_best("sum", 100 * block + number, 6 + (block + number) % 9)


@pytest.mark.parametrize("block", range(4 if ALL else 2))
@pytest.mark.parametrize("name", OBJECTIVES[1:])
def test_other_objectives_of_small_problems_against_exhaustive_search(name, block):
    """Exhaustive search: 40 problems of 6 to 14 windows for each objective."""
    for number in range(10):
        assert_best(name, 5000 + 100 * block + number, 6 + (block + number) % 9)
