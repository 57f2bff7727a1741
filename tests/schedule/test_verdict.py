"""Why contacts are not flown, and what flying them would cost."""

from dataclasses import replace

import numpy as np
import pytest
from schedule_checker import faults_of, maximal_choices, total_bits
from schedule_instances import random_problem

from passplan.errors import NoPlan, UnknownName
from passplan.schedule.conflicts import cliques_of
from passplan.schedule.fairness import FairShare
from passplan.schedule.planner import plan
from passplan.schedule.refusal import Refusal, bits_text, listed
from passplan.schedule.relay_demand import PairDemand, Wish
from passplan.schedule.risk import NightlyChance, WorstShare
from passplan.schedule.timetable import timetable_of
from passplan.schedule.verdict import refusals_of
from passplan.schedule.window import Budget, Problem, Resource, Standing, Window

TERMINALS = {
    "satellites": {name: Resource(name=name) for name in ("s", "t")},
    "stations": {name: Resource(name=name) for name in ("g", "h", "i")},
}


def window(contact, start_s, stop_s, *, station="g", satellite="s", key_bits=1000.0, **more):
    """A contact of satellite s, over station g if not told otherwise."""
    return Window(
        contact=contact, satellite=satellite, station=station, start_s=start_s, stop_s=stop_s, key_bits=key_bits, **more
    )


def problem_of(*windows, **more):
    """Windows of two satellites over three stations, one terminal each."""
    return Problem(windows=windows, **TERMINALS, **more)


def refusals(problem, objective=None, **more):
    """Refusals of the best plan, by contact."""
    found = refusals_of(problem, plan(problem, objective), objective, **more)
    return {refusal.contact: refusal for refusal in found}


def test_lost_to_one_contact():
    """By hand: 20 kbit stand in the way of 7.7 kbit."""
    found = refusals(problem_of(window("a", 0, 100, key_bits=7700.0), window("b", 50, 150, key_bits=20_000.0)))
    assert list(found) == ["a"]
    assert found["a"].kind == "lost"
    assert found["a"].rivals == ("b",)
    assert found["a"].limits == ("s", "g")
    assert found["a"].cost == pytest.approx(12_300.0)
    assert found["a"].text == "lost to b on s and g by at most 12.3 kbit"


def test_lost_to_two_contacts_on_different_resources():
    """By hand: one rival on the satellite, one on the station; 900 + 800 - 500 bit."""
    problem = problem_of(
        window("a", 0, 100, key_bits=500.0),
        window("b", 50, 150, station="h", key_bits=900.0),
        window("c", 50, 150, satellite="t", key_bits=800.0),
    )
    assert refusals(problem)["a"].text == "lost to b on s, c on g by at most 1.20 kbit"


def test_exact_cost_where_another_contact_fills_in():
    """By hand: without b, d can be flown on the satellite beside a; 900 - 500 - 300 bit."""
    problem = problem_of(
        window("a", 0, 100, key_bits=500.0),
        window("b", 50, 250, station="h", key_bits=900.0),
        window("d", 150, 250, station="i", key_bits=300.0),
    )
    assert refusals(problem)["a"].text == "lost to b on s by at most 400 bit"
    for exact in (True, ["a"]):
        found = refusals(problem, exact=exact)["a"]
        assert (found.is_exact, found.text) == (True, "lost to b on s by 100 bit")


def test_a_rival_that_would_only_be_shortened_costs_less():
    """By hand: b keeps 600 of its 900 bit beside a."""
    problem = problem_of(
        window("a", 0, 100, key_bits=200.0),
        window("b", 50, 250, station="h", key_bits=900.0),
        window("b", 120, 250, station="h", key_bits=600.0),
    )
    assert refusals(problem)["a"].text == "lost to b on s by at most 100 bit"


def test_of_several_terminals_the_cheapest_rival_goes():
    """By hand: two terminals, of which the one with 900 bit is given up for 500."""
    windows = [window(name, 0, 100, station=station, key_bits=bits) for name, station, bits in
               (("a", "g", 500.0), ("b", "h", 2000.0), ("c", "i", 900.0))]  # fmt: skip
    two = {"s": Resource(name="s", terminals=2)}
    problem = Problem(windows=tuple(windows), satellites=two, stations=TERMINALS["stations"])
    assert refusals(problem)["a"].text == "lost to c on s by at most 400 bit"


def test_two_rivals_that_cannot_both_be_shortened():
    """By hand: b and c give way, and of their shorter windows, which overlap, b's is kept: 900 + 800 - 500 - 600."""
    problem = problem_of(
        window("a", 50, 250, key_bits=500.0),
        window("b", 0, 100, station="h", key_bits=900.0),
        window("c", 200, 300, station="i", key_bits=800.0),
        window("b", 400, 500, station="h", key_bits=600.0),
        window("c", 450, 550, station="i", key_bits=500.0),
    )
    found = refusals(problem)["a"]
    assert (found.rivals, found.cost) == (("b", "c"), pytest.approx(600.0))


def test_a_pair_takes_no_more_than_it_wants():
    """By hand: a and b could each give the pair the 450 bit that it wants, from two partners; so a costs nothing."""
    problem = problem_of(
        window("a", 0, 100, key_bits=600.0),
        window("b", 50, 150, key_bits=460.0),
        window("c", 200, 300, station="h", key_bits=300.0),
        window("d", 400, 500, station="h", key_bits=300.0),
    )
    demand = PairDemand(wishes=(Wish(between=("g", "h"), bits=450.0),), max_age_s=7200.0)
    found = replace(plan(problem, demand), timetable=timetable_of(problem, [1, 2, 3]))
    (refusal,) = refusals_of(problem, found, demand)
    assert refusal.text == "lost to b on s and g, worth as much"


def test_equal_worth_is_said():
    """Limit: a tie costs nothing."""
    found = refusals(problem_of(window("a", 0, 100), window("b", 50, 150)))
    (refusal,) = found.values()
    assert refusal.text == f"lost to {refusal.rivals[0]} on s and g, worth as much"


def test_a_budget_that_is_used_up():
    """By hand: two passes of three; the cheapest of them would go."""
    uses = dict.fromkeys(range(3), 1.0)
    quota = Budget(name="passes of s on 2017-05-01", limit=2.0, unit="passes", uses=uses)
    windows = [window(name, at, at + 100, key_bits=bits) for name, at, bits in
               (("a", 0, 1000.0), ("b", 500, 3000.0), ("c", 900, 2000.0))]  # fmt: skip
    found = refusals(problem_of(*windows, budgets=(quota,)))["a"]
    assert found.kind == "budget"
    assert found.limits == ("passes of s on 2017-05-01",)
    text = "passes of s on 2017-05-01 used up (2 of 2 passes), lost to c by at most 1.00 kbit"
    assert found.text == text


def test_a_contact_that_alone_needs_more_than_the_budget():
    """By hand: 12 W h of 10."""
    energy = Budget(name="energy of s", limit=10.0, unit="W h", uses={0: 12.0})
    found = refusals(problem_of(window("a", 0, 100), budgets=(energy,)))["a"]
    assert (found.kind, found.cost) == ("budget", None)
    assert found.text == "needs 12 W h of energy of s, at most 10 may be used"


def test_a_budget_and_a_rival_together():
    """By hand: the rival's pass frees only part of the energy that is needed."""
    energy = Budget(name="energy", limit=20.0, unit="W h", uses={0: 15.0, 1: 5.0, 2: 10.0})
    windows = window("a", 0, 100), window("b", 50, 150, key_bits=3000.0), window("c", 500, 600, key_bits=4000.0)
    found = refusals(problem_of(*windows, budgets=(energy,)))["a"]
    assert found.text == "energy used up (15 of 20 W h); lost to b on s and g, c on energy by at most 6.00 kbit"


def test_frozen_contacts():
    """By hand: one fixed not to be flown, one against what is fixed."""
    windows = window("a", 0, 100), window("b", 50, 150, key_bits=10.0), window("c", 500, 600)
    found = refusals(problem_of(*windows, fixed={1: True, 2: False}))
    assert found["c"].text == "frozen: fixed not to be flown"
    assert (found["a"].kind, found["a"].cost) == ("frozen", None)
    assert found["a"].text == "frozen: beside what is fixed there is no room, b on s and g"


def test_contacts_that_are_worth_nothing():
    """By hand: no key, and a sky that is never clear."""
    found = refusals(problem_of(window("a", 0, 100, key_bits=0.0), window("b", 200, 300, clear=0.0)))
    assert found["a"].text == "worth nothing: no key is expected"
    assert found["b"].text == "worth nothing: the sky is never clear"


def test_contacts_that_are_of_no_use_to_a_pair():
    """By hand: a station without a wish, a partner too late, a partner that is given all already."""
    demand = PairDemand(wishes=(Wish(between=("g", "h"), bits=500.0),), max_age_s=7200.0)
    problem = problem_of(
        window("a", 0, 100),
        window("b", 200, 300, station="h"),
        window("late", 20_000, 20_100),
        window("wishless", 400, 500, station="i"),
        window("more", 600, 700),
    )
    found = refusals(problem, demand)
    assert found["late"].text == "worth nothing: s has no partner for it over h within 2 h"
    assert found["wishless"].text == "worth nothing: no key is wanted by i"
    some = replace(plan(problem, demand), timetable=timetable_of(problem, [0, 1]))
    spare = {refusal.contact: refusal for refusal in refusals_of(problem, some, demand)}["more"]
    assert (spare.cost, spare.text) == (0.0, "worth nothing: adds nothing to what is flown")
    dark = problem_of(window("a", 0, 100, clear=0.5), window("b", 200, 300, station="h", clear=0.0))
    none = replace(plan(dark, demand), timetable=timetable_of(dark, []))
    assert refusals_of(dark, none, demand)[0].text == "worth nothing: never clear over g and a partner"
    minutes = replace(demand, max_age_s=600.0)
    assert refusals(problem, minutes)["late"].text.endswith("no partner for it over h within 10 min")


def test_what_a_pair_loses():
    """By hand: a serves h with 700 bit; b could with 400."""
    problem = problem_of(
        window("a", 0, 100, key_bits=700.0),
        window("b", 50, 150, key_bits=400.0),
        window("c", 200, 300, station="h", key_bits=900.0),
    )
    demand = PairDemand(wishes=(Wish(between=("g", "h"),),), max_age_s=7200.0)  # fmt: skip
    assert refusals(problem, demand)["b"].text == "lost to a on s and g by at most 300 bit of the pairs' key"
    assert refusals(problem, demand, exact=True)["b"].text == "lost to a on s and g by 300 bit of the pairs' key"


def test_shares_chances_and_bad_weather_have_their_own_words():
    """By hand: station h would lose its only pass; the sum is told where the least share stays."""
    windows = window("a", 0, 100, key_bits=5000.0), window("b", 50, 150, station="h", key_bits=400.0)
    more = window("c", 500, 600, key_bits=1000.0), window("d", 550, 650, satellite="t", key_bits=3000.0)
    found = refusals(problem_of(*windows, *more), FairShare())
    assert found["a"].text == "lost to b on s by at most 400 bit of the least share"
    assert found["c"].text == "lost to d on g by at most 2.00 kbit in all"
    pair = problem_of(*(replace(each, night="n") for each in windows))
    clear = np.ones((4, 2))
    assert refusals(pair, WorstShare(clear=clear))["b"].text.endswith("4.60 kbit in the worst weathers")
    chance = NightlyChance(clear=clear, bits=1000.0)
    assert refusals(pair, chance)["b"].text == "lost to a on s by at most 1 of the chance of enough key"


def test_changes_of_a_standing_plan():
    """By hand: no change is allowed, or each costs more than it brings."""
    windows = window("a", 0, 100), window("b", 500, 600)
    few = problem_of(*windows, standing=Standing(contacts=frozenset({"a"}), most_changes=0))
    assert refusals(few)["b"].kind == "changes"
    assert refusals(few)["b"].text == "would take 1 change of the standing plan, at most 0 may be made"
    dear = problem_of(*windows, standing=Standing(contacts=frozenset({"a"}), cost_bits=1500.0))
    assert refusals(dear)["b"].text == "worth less than a change of the standing plan costs by at most 500 bit"


def test_a_plan_that_is_not_proven_is_told():
    """By hand: an empty timetable, as a solver without time might leave it."""
    problem = problem_of(window("a", 0, 100), window("b", 500, 600, key_bits=10.0), window("c", 550, 650))
    best = plan(problem)
    levels = (replace(best.levels[0], worth=10.0, bound=2000.0),)
    poor = replace(best, timetable=timetable_of(problem, [1]), levels=levels)
    found = {refusal.contact: refusal for refusal in refusals_of(problem, poor, exact=True)}
    assert found["a"].kind == "open"
    assert (
        found["a"].text == "not chosen, though the plan is not proven to be the best (gap 0.99): it would add 1.00 kbit"
    )
    assert found["c"].text.startswith("not chosen in place of b, though")


def test_names_that_are_not_there_are_refused():
    """Refusal: the nearest spelling."""
    problem = problem_of(window("micius", 0, 100), window("b", 50, 150, key_bits=1.0))
    with pytest.raises(UnknownName, match="contact 'micus' is not known; did you mean 'micius'"):
        refusals(problem, exact=["micus"])


@pytest.mark.parametrize("seed", range(60))
def test_costs_against_exhaustive_search(seed):
    """Exhaustive search: exact costs are the loss of the best choice with the contact, others are no less."""
    problem = random_problem(np.random.default_rng([11, seed]), 10, span_s=1500.0)
    choices = maximal_choices(problem)
    if not choices:
        with pytest.raises(NoPlan, match="is fixed to be flown"):
            plan(problem)
        return
    best = plan(problem)
    rough = refusals_of(problem, best, cliques=cliques_of(problem))
    flown = {contact.window.contact for contact in best.timetable.contacts}
    assert {refusal.contact for refusal in rough} == {each.contact for each in problem.windows} - flown
    for upper, exact in zip(rough, refusals_of(problem, best, exact=True), strict=True):
        contact = upper.contact
        own = [total_bits(problem, places) for places in choices
               if contact in {problem.windows[place].contact for place in places}]  # fmt: skip
        if not own:
            assert upper.cost is None
            assert upper.kind in ("frozen", "budget")
            continue
        cost = best.worth - max(own)
        assert exact.cost == pytest.approx(cost, abs=2e-6 * best.worth)
        assert upper.cost >= cost - 2e-6 * best.worth
        assert upper.kind in ("lost", "budget")
        assert upper.rivals


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", ["fair", "demand"])
def test_other_costs_are_no_less_than_exact_ones(name, seed):
    """Property: in the order of the stages, a cost is at most what is told."""
    problem = random_problem(np.random.default_rng([13, seed]), 14, span_s=2000.0, fixed=False)
    pairs = (("g0", "g1"), ("g0", "g2"), ("g1", "g2"))
    wishes = tuple(Wish(between=pair, bits=6000.0) for pair in pairs)
    objective = FairShare() if name == "fair" else PairDemand(wishes=wishes, max_age_s=900.0)
    best = plan(problem, objective)
    rough = refusals_of(problem, best, objective)
    exact = refusals_of(problem, best, objective, exact=True)
    for upper, lower in zip(rough, exact, strict=True):
        if upper.cost is not None and upper.is_last == lower.is_last:
            assert upper.cost >= lower.cost - 3e-6 * best.worth
        assert not (lower.is_last is False and lower.cost and upper.is_last)


@pytest.mark.parametrize("seed", range(30))
def test_dropping_the_rivals_makes_room(seed):
    """Independent checker: without its rivals the window keeps every limit."""
    problem = random_problem(np.random.default_rng([17, seed]), 25, fixed=False)
    best = plan(problem)
    for refusal in refusals_of(problem, best):
        left = [place for place in best.timetable.places if problem.windows[place].contact not in refusal.rivals]
        if refusal.cost is not None:
            assert faults_of(problem, [*left, refusal.place]) == []


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        (0.0, "0 bit"), (12.34, "12.3 bit"), (999.4, "999 bit"), (999.6, "1.00 kbit"), (9994.0, "9.99 kbit"),
        (9996.0, "10.0 kbit"), (99_960.0, "100 kbit"), (999_600.0, "1.00 Mbit"), (-12_345.0, "-12.3 kbit"),
    ],
)  # fmt: skip
def test_bits_in_words(bits, words):
    """By hand: three digits."""
    assert bits_text(bits) == words


def test_names_in_words():
    """By hand."""
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_a_sentence_needs_no_plan():
    """By hand: what is stored can be told again."""
    refusal = Refusal(contact="a", place=0, kind="lost", reason="lost to b on s", cost=12_300.0, is_exact=True)
    assert refusal.text == "lost to b on s by 12.3 kbit"
