"""Plans for bad weather, against exhaustive search and by hand."""

import numpy as np
import pytest

from passplan.errors import DomainError
from passplan.schedule.objective import charge_bits
from passplan.schedule.planner import plan
from passplan.schedule.risk import NightlyChance, WorstShare, spread_of


def weathers(rng, problem, count=12):
    """Clear or not, and some in part."""
    return rng.choice([0.0, 0.5, 1.0], size=(count, len(problem.windows)), p=[0.45, 0.1, 0.45])


def cvar_by_hand(problem, chosen, clear, worst_share):
    """Rockafellar and Uryasev's function of the value at risk, at each total, where its maximum must lie."""
    keys = np.array([window.key_bits * window.priority for window in problem.windows])
    totals = [sum(keys[place] * row[place] for place in np.flatnonzero(chosen)) for row in clear]
    return max(eta - np.mean([max(eta - total, 0.0) for total in totals]) / worst_share for eta in totals)


def chance_by_hand(problem, chosen, clear, bits):
    nights = sorted({window.night for window in problem.windows})
    good = 0
    for row in clear:
        for night in nights:
            places = [p for p in np.flatnonzero(chosen) if problem.windows[p].night == night]
            good += sum(problem.windows[p].key_bits * row[p] for p in places) >= bits - 1e-6
    return good / (len(clear) * len(nights))


@pytest.mark.parametrize("worst_share", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("seed", range(6))
def test_the_worst_weathers_are_made_the_best_of(small_problem, every_choice, seed, worst_share):
    rng = np.random.default_rng(seed)
    problem = small_problem(rng, count=10, standing=seed % 2 == 1)
    clear = weathers(rng, problem)
    found = plan(problem, WorstShare(clear=clear, worst_share=worst_share), time_limit_s=20.0)
    best = max(
        cvar_by_hand(problem, chosen, clear, worst_share) - charge_bits(problem, chosen)
        for chosen in every_choice(problem)
    )
    assert found.worth == pytest.approx(best, rel=1e-6, abs=1e-3)
    assert found.is_proven


@pytest.mark.parametrize("seed", range(10))
def test_the_chance_of_a_night_is_the_greatest_and_then_the_sum(small_problem, every_choice, seed):
    rng = np.random.default_rng(seed)
    problem = small_problem(rng, count=10, nights=3)
    clear = weathers(rng, problem)
    found = plan(problem, NightlyChance(clear=clear, bits=6000.0), time_limit_s=20.0)
    choices = every_choice(problem)
    chances = [chance_by_hand(problem, chosen, clear, 6000.0) for chosen in choices]
    assert found.worth == pytest.approx(max(chances), abs=1e-12)
    sums = [
        sum(problem.windows[p].value for p in np.flatnonzero(c))
        for c, s in zip(choices, chances, strict=True)
        if s >= max(chances) - 1e-9
    ]
    assert found.levels[1].worth == pytest.approx(max(sums), rel=1e-6)
    assert found.is_proven


def test_the_worst_of_all_weathers_is_the_mean(small_problem, rng):
    problem = small_problem(rng)
    clear = weathers(rng, problem)
    chosen = rng.random(len(problem.windows)) < 0.5
    keys = np.array([window.key_bits * window.priority for window in problem.windows])
    mean_bits = (clear @ (keys * chosen)).mean()
    assert WorstShare(clear=clear, worst_share=1.0).worth(problem, chosen) == pytest.approx(mean_bits)


def test_a_worse_share_is_worth_less(small_problem, rng):
    """The mean of a worse tail is never greater; of a share below one weather it is the worst total."""
    problem = small_problem(rng)
    clear = weathers(rng, problem)
    chosen = np.ones(len(problem.windows), dtype=bool)
    worths = [
        WorstShare(clear=clear, worst_share=share).worth(problem, chosen) for share in (0.01, 0.1, 0.35, 0.8, 1.0)
    ]
    assert worths == sorted(worths)
    keys = np.array([window.key_bits * window.priority for window in problem.windows])
    assert worths[0] == pytest.approx((clear @ keys).min())


def test_the_chance_lies_between_none_and_all(small_problem, rng):
    problem = small_problem(rng)
    clear = np.ones((3, len(problem.windows)))
    everything = np.ones(len(problem.windows), dtype=bool)
    assert NightlyChance(clear=clear, bits=1.0).worth(problem, everything) == 1.0
    assert NightlyChance(clear=clear, bits=1e9).worth(problem, everything) == 0.0
    assert NightlyChance(clear=clear, bits=1.0).worth(problem, ~everything) == 0.0


def test_a_chance_that_nothing_reaches_leaves_the_sum(small_problem, rng):
    """With an impossible wish the plan is that of the sum."""
    problem = small_problem(rng)
    clear = weathers(rng, problem)
    found = plan(problem, NightlyChance(clear=clear, bits=1e9))
    assert found.worth == 0.0
    assert found.levels[1].worth == pytest.approx(plan(problem).worth, rel=1e-6)


def test_the_spread_adds_up(small_problem, rng):
    """Nights add to the totals; half of the weathers lie below the median."""
    problem = small_problem(rng)
    clear = weathers(rng, problem, count=11)
    chosen = rng.random(len(problem.windows)) < 0.7
    spread = spread_of(problem, chosen, clear)
    np.testing.assert_allclose(np.sort(sum(spread.night_bits.values())), spread.total_bits)
    assert spread.quantile_bits(0.5) == spread.total_bits[5]
    assert spread.mean_bits == pytest.approx(spread.total_bits.sum() / 11.0)
    assert WorstShare(clear=clear).detail(problem, chosen).mean_bits == spread.mean_bits
    chances = NightlyChance(clear=clear, bits=500.0).detail(problem, chosen).chance_of(500.0)
    assert set(chances) == {window.night for window in problem.windows}


def test_wrong_weathers(small_problem, rng):
    problem = small_problem(rng)
    with pytest.raises(DomainError, match=r"clear has the shape \(3,\), must be \(weathers, windows\)"):
        WorstShare(clear=np.ones(3))
    with pytest.raises(DomainError, match=r"clear is 1\.5, must lie in \[0, 1\]"):
        NightlyChance(clear=np.full((1, 2), 1.5), bits=1.0)
    with pytest.raises(DomainError, match=r"NightlyChance\.bits is 0\.0, must lie in \(0, inf\)"):
        NightlyChance(clear=np.ones((1, 2)), bits=0.0)
    with pytest.raises(DomainError, match=r"WorstShare\.worst_share is 0\.0, must lie in \(0, 1\]"):
        WorstShare(clear=np.ones((1, 2)), worst_share=0.0)
    with pytest.raises(DomainError, match="clear is of 2 windows, the problem has 9"):
        plan(problem, WorstShare(clear=np.ones((1, 2))))
