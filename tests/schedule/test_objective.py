"""Objectives: sums of keys, and the charge for changes."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.errors import NoPlan
from passplan.schedule.objective import TotalKey, by_group, charge_bits, model_of, stages_of, values_of
from passplan.schedule.room import changes_of


def test_the_sum_counts_weather_and_priority(small_problem, rng):
    """Written out: key times clear chance times priority."""
    problem = small_problem(rng)
    chosen = rng.random(len(problem.windows)) < 0.5
    by_hand = sum(w.key_bits * w.clear * w.priority for w, flown in zip(problem.windows, chosen, strict=True) if flown)
    assert TotalKey().worth(problem, chosen) == pytest.approx(by_hand, rel=1e-12)
    assert TotalKey().detail(problem, chosen) is None
    assert values_of(problem).shape == (len(problem.windows),)


def test_groups_hold_every_window_once(small_problem, rng):
    problem = small_problem(rng)
    for of in ("station", "satellite", "night", "contact"):
        groups = by_group(problem, of)
        assert list(groups) == sorted(groups)
        assert sorted(np.concatenate(list(groups.values())).tolist()) == list(range(len(problem.windows)))


def test_an_objective_without_more_has_one_stage():
    assert [stage.name for stage in stages_of(TotalKey(then=TotalKey(name="again")))] == ["sum", "again"]
    assert [stage.name for stage in stages_of(TotalKey())] == ["sum"]


def test_changes_are_counted_by_contact(small_problem, changes):
    """Against the symmetric difference of the sets of contacts."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        problem = small_problem(rng, standing=True)
        chosen = np.zeros(len(problem.windows), dtype=bool)
        for place, window in enumerate(problem.windows):  # no contact twice
            if rng.random() < 0.5 and window.contact not in {
                problem.windows[p].contact for p in np.flatnonzero(chosen)
            }:
                chosen[place] = True
        assert changes_of(problem, chosen) == changes(problem, chosen)
        assert charge_bits(problem, chosen) == changes(problem, chosen) * problem.standing.cost_bits


def test_nothing_stands_and_nothing_is_charged(small_problem, rng):
    problem = small_problem(rng)
    assert charge_bits(problem, np.ones(len(problem.windows), dtype=bool)) == 0.0


def test_the_model_allows_what_is_allowed(small_problem, every_choice):
    """Each allowed choice, fixed in the model, has an answer; the others contradict it."""
    for seed in range(3):
        problem = small_problem(np.random.default_rng(seed), count=6, fixed=False)
        allowed = {chosen.tobytes() for chosen in every_choice(problem)}
        for number in range(2**6):
            chosen = np.array([bool(number >> place & 1) for place in range(6)])
            model, _ = model_of(replace(problem, fixed={place: bool(chosen[place]) for place in range(6)}))
            if chosen.tobytes() in allowed:
                assert model.solve(time_limit_s=10.0).values is not None
            else:
                with pytest.raises(NoPlan, match="the rows contradict each other"):
                    model.solve(time_limit_s=10.0)
