"""Linear models: a knapsack and a fractional optimum worked by hand, and what is refused."""

from math import inf

import numpy as np
import pytest

from passplan.errors import DomainError, NoPlan
from passplan.schedule.model import Model


def knapsack():
    """Values 60, 100, 120 and weights 10, 20, 30 of at most 50: the textbook's optimum is 220, fractional 240."""
    model = Model()
    items = model.add_columns(3, gain=[60.0, 100.0, 120.0], upper=1.0, whole=True)
    model.add_row(items, [10.0, 20.0, 30.0], upper=50.0)
    return model, items


def test_the_textbook_knapsack():
    """Cormen et al., Introduction to Algorithms, 3rd ed., fig. 16.2."""
    model, items = knapsack()
    answer = model.solve(time_limit_s=10.0)
    assert answer.objective == pytest.approx(220.0)
    assert answer.bound == pytest.approx(220.0, rel=1e-6)
    np.testing.assert_allclose(answer.values[items], [0.0, 1.0, 1.0])


def test_a_constant_is_added_to_answer_and_bound():
    model, _ = knapsack()
    model.add_constant(-20.0)
    answer = model.solve(time_limit_s=10.0)
    assert answer.objective == pytest.approx(200.0)
    assert answer.bound == pytest.approx(200.0, rel=1e-6)


def test_gains_add_up():
    model, items = knapsack()
    model.add_gains(items[:1], 100.0)
    assert model.solve(time_limit_s=10.0).objective == pytest.approx(280.0)  # 160 + 120, weight 40


def test_a_held_objective_binds_the_next():
    """Of the choices worth 160 or more, the one with the least weight: items 1 and 2, weight 30."""
    model, items = knapsack()
    model.add_constant(5.0)
    model.hold(165.0)
    model.add_gains(items, [-10.0, -20.0, -30.0])
    answer = model.solve(time_limit_s=10.0)
    assert answer.objective == pytest.approx(-30.0)
    np.testing.assert_allclose(answer.values[items], [1.0, 1.0, 0.0])


def test_holding_nothing_changes_nothing():
    model = Model()
    columns = model.add_columns(2, upper=3.0)
    model.hold(0.0)
    model.add_gains(columns, [1.0, 2.0])
    assert model.solve(time_limit_s=10.0).objective == pytest.approx(9.0)


def test_an_empty_model_is_worth_its_constant():
    model = Model()
    model.add_constant(7.0)
    answer = model.solve(time_limit_s=1.0)
    assert (answer.objective, answer.bound) == (7.0, 7.0)
    assert answer.values.size == 0


def test_contradictions_are_no_plan():
    model = Model()
    column = model.add_columns(1, upper=1.0)
    model.add_row(column, [1.0], lower=2.0)
    with pytest.raises(NoPlan, match="there is no plan: the rows contradict each other"):
        model.solve(time_limit_s=1.0)


def test_an_objective_without_bound_is_no_plan():
    model = Model()
    model.add_columns(1, gain=1.0)
    with pytest.raises(NoPlan, match="there is no plan: the objective has no bound"):
        model.solve(time_limit_s=1.0)


@pytest.mark.parametrize(
    ("limits", "message"),
    [({"time_limit_s": 0.0}, "time_limit_s is 0.0"), ({"time_limit_s": 1.0, "gap": 2.0}, "gap is 2.0")],
)
def test_limits_of_the_solver_are_checked(limits, message):
    with pytest.raises(DomainError, match=message):
        Model().solve(**limits)


def test_no_answer_in_time_has_no_values():
    """A knapsack of random numbers with equal ratios cannot be solved in a microsecond."""
    rng = np.random.default_rng(1)
    weights = rng.integers(10**5, 10**6, size=(40, 60)).astype(float)
    model = Model()
    columns = model.add_columns(60, gain=weights.sum(axis=0), upper=1.0, whole=True)
    for row in weights:
        model.add_row(columns, row, lower=row.sum() / 2.0, upper=row.sum() / 2.0)
    answer = model.solve(time_limit_s=1e-6)
    assert answer.values is None
    assert answer.objective is None
    assert answer.bound > 0.0
    assert answer.bound <= inf
