"""Key between pairs of stations, against exhaustive search with flows of its own, and by hand."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from passplan.errors import DomainError, UnknownName
from passplan.schedule.objective import charge_bits
from passplan.schedule.planner import plan
from passplan.schedule.relay_demand import PairDemand, Wish
from passplan.schedule.window import Problem, Resource, Window


def worth_by_hand(problem, chosen, wishes, max_age_s):
    """Greatest weighted flow between the chosen windows, one column for each pair of them."""
    span = {}
    for window in problem.windows:
        start_s, stop_s = span.get(window.contact, (inf, -inf))
        span[window.contact] = (min(start_s, window.start_s), max(stop_s, window.stop_s))
    flown = [problem.windows[place] for place in np.flatnonzero(chosen)]
    columns = []
    for one in flown:
        for other in flown:
            earlier, later = sorted((one, other), key=lambda window: span[window.contact])
            age_s = span[later.contact][0] - span[earlier.contact][1]
            for number, wish in enumerate(wishes):
                is_pair = (one.station, other.station) == wish.between and one.satellite == other.satellite
                if is_pair and age_s <= max_age_s:
                    columns.append((one.contact, other.contact, number, one.clear * other.clear))
    if not columns:
        return 0.0
    rows = [[float(w.contact in column[:2]) for column in columns] for w in flown]
    limits = [window.key_bits for window in flown]
    for number, wish in enumerate(wishes):
        if wish.bits < inf:
            rows.append([column[3] * (column[2] == number) for column in columns])
            limits.append(wish.bits)
    gains = [wishes[column[2]].weight * column[3] for column in columns]
    return -linprog(-np.array(gains), A_ub=rows, b_ub=limits).fun


@pytest.mark.parametrize("bits", [inf, 2500.0])
@pytest.mark.parametrize("seed", range(6))
def test_the_plan_serves_the_pairs_best(small_problem, every_choice, seed, bits):
    """Three pairs, of which one with a weight and one with a limit; budgets, fixed windows, shorter alternatives."""
    rng = np.random.default_rng(seed)
    problem = small_problem(rng, count=9, satellites=2, nights=1, standing=seed % 2 == 1)
    wishes = (Wish(between=("g1", "g0")), Wish(between=("g0", "g2"), weight=2.0, bits=bits), Wish(between=("g1", "g2")))
    objective = PairDemand(wishes=wishes, max_age_s=240.0)
    found = plan(problem, objective, time_limit_s=30.0)
    worths = [
        worth_by_hand(problem, each, wishes, 240.0) - charge_bits(problem, each) for each in every_choice(problem)
    ]
    assert found.worth == pytest.approx(max(worths), rel=1e-6, abs=1e-3)
    assert found.is_proven
    assert found.greedy_worth <= found.worth + 1e-6


@given(seed=st.integers(0, 10_000))
def test_the_worth_is_that_of_the_best_flow(seed, small_problem):
    """Two formulations of the flow; and never more than half of all the key when each weight is 1."""
    rng = np.random.default_rng(seed)
    problem = small_problem(rng, count=8, nights=1)
    first = {}
    for place in rng.permutation(len(problem.windows)).tolist():
        first.setdefault(problem.windows[place].contact, place)
    chosen = np.zeros(len(problem.windows), dtype=bool)
    chosen[list(first.values())] = True
    wishes = tuple(Wish(between=pair, bits=6000.0) for pair in (("g0", "g1"), ("g2", "g0"), ("g1", "g2")))
    worth = PairDemand(wishes=wishes, max_age_s=120.0).worth(problem, chosen)
    assert worth == pytest.approx(worth_by_hand(problem, chosen, wishes, 120.0), rel=1e-7, abs=1e-6)
    assert worth <= 0.5 * sum(window.key_bits for window in problem.windows) + 1e-6


def passes(*rows, terminals=1):
    """Problem of rows (contact, satellite, station, start [s], key [bit], chance of clear sky), 300 s each."""
    windows = [
        Window(contact=n, satellite=sat, station=to, start_s=at, stop_s=at + 300.0, key_bits=bits, clear=clear)
        for n, sat, to, at, bits, clear in rows
    ]
    return Problem(
        windows=tuple(windows),
        satellites={each.satellite: Resource(name=each.satellite, terminals=terminals) for each in windows},
        stations={name: Resource(name=name) for name in ("xinglong", "nanshan", "graz")},
    )


PAIR = (Wish(between=("xinglong", "nanshan")),)


def test_the_smaller_key_two_hours_apart():
    """Xinglong and Nanshan two hours apart: within 2 h from end to start, and not one second later."""
    for gap_s, bits in ((7200.0, 800.0), (7201.0, 0.0)):
        problem = passes(
            ("x", "micius", "xinglong", 0.0, 1000.0, 1.0), ("n", "micius", "nanshan", 300.0 + gap_s, 800.0, 1.0)
        )
        found = plan(problem, PairDemand(wishes=PAIR, max_age_s=7200.0))
        assert found.worth == pytest.approx(bits)
        assert found.timetable.places == ((0, 1) if bits else ())


def test_no_relay_between_two_satellites():
    problem = passes(("x", "micius", "xinglong", 0.0, 1000.0, 1.0), ("n", "jinan", "nanshan", 600.0, 800.0, 1.0))
    assert plan(problem, PairDemand(wishes=PAIR, max_age_s=7200.0)).worth == 0.0


def test_each_bit_is_spent_once():
    """One pass of 1000 bit for two partners of 700: 1000 in all, not 1400."""
    problem = passes(
        ("x", "s", "xinglong", 0.0, 1000.0, 1.0),
        ("n", "s", "nanshan", 600.0, 700.0, 1.0),
        ("g", "s", "graz", 1200.0, 700.0, 1.0),
    )
    wishes = (*PAIR, Wish(between=("graz", "xinglong")))
    found = plan(problem, PairDemand(wishes=wishes, max_age_s=7200.0))
    assert found.worth == pytest.approx(1000.0)
    assert sum(key.expected_bits for key in found.detail) == pytest.approx(1000.0)
    assert all(relay.spent_bits <= 700.0 + 1e-6 for key in found.detail for relay in key.relays)


def test_the_key_table_says_who_served_whom():
    """600 bit are wanted, and both skies are clear in half of the nights: of 1000 bit that are spent 500 arrive."""
    problem = passes(("x", "s", "xinglong", 0.0, 1000.0, 0.5), ("n", "s", "nanshan", 600.0, 2000.0, 1.0))
    (key,) = plan(
        problem, PairDemand(wishes=(Wish(between=("xinglong", "nanshan"), bits=600.0, weight=3.0),), max_age_s=900.0)
    ).detail
    assert key.pair == ("nanshan", "xinglong")
    assert (key.wanted_bits, key.weight) == (600.0, 3.0)
    assert key.expected_bits == pytest.approx(500.0)
    (relay,) = key.relays
    assert (relay.first, relay.second) == ("n", "x")
    assert relay.spent_bits == pytest.approx(1000.0)
    assert relay.expected_bits == pytest.approx(500.0)


def test_no_more_than_is_wanted():
    problem = passes(("x", "s", "xinglong", 0.0, 1000.0, 0.8), ("n", "s", "nanshan", 600.0, 2000.0, 1.0))
    found = plan(problem, PairDemand(wishes=(Wish(between=("xinglong", "nanshan"), bits=600.0),), max_age_s=900.0))
    assert found.worth == pytest.approx(600.0)
    assert found.detail[0].relays[0].spent_bits == pytest.approx(750.0)


def test_both_stations_at_once_with_two_terminals():
    """Passes that overlap have no age; with one terminal only one of them can be flown, and then no pair is served."""
    rows = (("x", "s", "xinglong", 0.0, 1000.0, 1.0), ("n", "s", "nanshan", 100.0, 800.0, 1.0))
    objective = PairDemand(wishes=PAIR, max_age_s=0.0)
    assert plan(passes(*rows, terminals=2), objective).worth == pytest.approx(800.0)
    found = plan(passes(*rows), objective)
    assert (found.worth, found.greedy_worth) == (0.0, 0.0)


@pytest.mark.parametrize("seed", range(4))
def test_more_terminals_are_never_worse(small_problem, seed):
    problem = small_problem(np.random.default_rng(seed), count=12, nights=1, fixed=False)
    more = replace(
        problem,
        satellites={name: replace(each, terminals=3) for name, each in problem.satellites.items()},
        stations={name: replace(each, terminals=3) for name, each in problem.stations.items()},
    )
    objective = PairDemand(wishes=(Wish(between=("g0", "g1")), Wish(between=("g0", "g2"))), max_age_s=600.0)
    assert plan(more, objective).worth >= plan(problem, objective).worth * (1.0 - 1e-6)


def test_wrong_demands():
    with pytest.raises(DomainError, match="a demand is between graz and itself"):
        Wish(between=("graz", "graz"))
    with pytest.raises(DomainError, match=r"bits of the demand graz - nanshan is -1\.0"):
        Wish(between=("graz", "nanshan"), bits=-1.0)
    with pytest.raises(DomainError, match=r"weight of the demand graz - nanshan is 0\.0"):
        Wish(between=("graz", "nanshan"), weight=0.0)
    with pytest.raises(DomainError, match="the pair nanshan - xinglong has two demands"):
        PairDemand(wishes=(*PAIR, Wish(between=("nanshan", "xinglong"))), max_age_s=1.0)
    with pytest.raises(DomainError, match=r"max_age_s is -1\.0"):
        PairDemand(wishes=PAIR, max_age_s=-1.0)
    problem = passes(("x", "s", "xinglong", 0.0, 1000.0, 1.0))
    with pytest.raises(UnknownName, match="station 'nanshn' is not known; did you mean 'nanshan'"):
        plan(problem, PairDemand(wishes=(Wish(between=("xinglong", "nanshn")),), max_age_s=1.0))
