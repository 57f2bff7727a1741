"""What a plan is to make the most of; each objective says its worth of a choice, and adds its columns to a model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray
from passplan.schedule.conflicts import Clique, cliques_of
from passplan.schedule.model import Model
from passplan.schedule.room import Chosen, Room, change_signs, changes_of
from passplan.schedule.window import Problem


class Objective(Protocol):
    """One aim of a plan."""

    @property
    def name(self) -> str:
        """The aim in one word."""

    @property
    def unit(self) -> str:
        """Of its worth."""

    @property
    def then(self) -> "Objective | None":
        """What decides between choices of equal worth, or None."""

    def worth(self, problem: Problem, chosen: Chosen) -> float:
        """Worth of a choice [unit]; ``chosen`` has shape (windows,)."""

    def add_to(self, model: Model, problem: Problem, windows: Any) -> None:
        """Add to a model whose columns ``windows`` say which are flown what makes its objective the worth."""

    def fill(self, room: Room) -> None:
        """Fly what fits in the order in which it seems to add most; the greedy choice."""

    def detail(self, problem: Problem, chosen: Chosen) -> object:
        """What there is to say of a choice besides its worth, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalKey:
    """Sum of the expected keys [bit], each times its priority."""

    name: str = "sum"
    unit: str = "bit"
    then: Objective | None = None

    def worth(self, problem: Problem, chosen: Chosen) -> float:
        """Sum over the chosen [bit]."""
        return float(values_of(problem)[chosen].sum())

    def add_to(self, model: Model, problem: Problem, windows: Any) -> None:
        """Give each window its value."""
        model.add_gains(windows, values_of(problem))

    def fill(self, room: Room) -> None:
        """By falling value."""
        room.fill_by_value(values_of(room.problem))

    def detail(self, problem: Problem, chosen: Chosen) -> None:
        """Nothing besides the sum."""


def stages_of(objective: Objective) -> Iterator[Objective]:
    """The objective and those that decide after it."""
    stage: Objective | None = objective
    while stage is not None:
        yield stage
        stage = stage.then


def values_of(problem: Problem) -> FloatArray:
    """Expected key times priority of each window [bit], shape (windows,)."""
    return np.array([each.key_bits * each.clear * each.priority for each in problem.windows], dtype=float)


def charge_bits(problem: Problem, chosen: Chosen) -> float:
    """What the changes of the standing plan cost [bit]; 0 where none stands."""
    return changes_of(problem, chosen) * (problem.standing.cost_bits if problem.standing else 0.0)


def model_of(problem: Problem, cliques: Sequence[Clique] | None = None) -> tuple[Model, Any]:
    """Model of all choices that keep every limit, without an objective, and the numbers of its windows' columns."""
    model = Model()
    lower, upper = np.zeros(len(problem.windows)), np.ones(len(problem.windows))
    for place, flown in (problem.fixed or {}).items():
        lower[place] = upper[place] = float(flown)
    windows = model.add_columns(len(problem.windows), lower=lower, upper=upper, whole=True)
    known = cliques_of(problem) if cliques is None else cliques
    _add_sums(model, [(clique.places, 1.0, clique.terminals) for clique in known])
    budgets = [budget for budget in problem.budgets if sum(budget.uses.values()) > budget.limit]
    _add_sums(
        model, [(list(each.uses), _scaled(each.uses.values(), each.limit), 1.0) for each in budgets if each.limit]
    )
    _add_sums(model, [(list(each.uses), list(each.uses.values()), 0.0) for each in budgets if not each.limit])
    if problem.standing is not None and problem.standing.most_changes is not None:
        signs, present = change_signs(problem)
        model.add_row(windows, signs, upper=problem.standing.most_changes - present)
    return model, windows


def add_charge(model: Model, problem: Problem, windows: Any) -> None:
    """Take what changes of the standing plan cost from the objective."""
    if problem.standing is not None and problem.standing.cost_bits:
        signs, present = change_signs(problem)
        model.add_gains(windows, -problem.standing.cost_bits * signs)
        model.add_constant(-problem.standing.cost_bits * present)


def _scaled(values: Any, limit: float) -> FloatArray:
    """Shares of a limit: the solver's tolerances are absolute."""
    return np.fromiter(values, dtype=float) / limit


def _add_sums(model: Model, sums: Sequence[tuple[Any, Any, float]]) -> None:
    """Rows sum of values times columns <= limit, of triples of columns, values and limit."""
    if sums:
        sizes = [len(columns) for columns, _, _ in sums]
        model.add_rows(
            np.repeat(np.arange(len(sums)), sizes),
            np.concatenate([np.asarray(columns) for columns, _, _ in sums]),
            np.concatenate([np.broadcast_to(values, size) for (_, values, _), size in zip(sums, sizes, strict=True)]),
            upper=[limit for _, _, limit in sums],
            count=len(sums),
        )


def by_group(problem: Problem, of: str) -> Mapping[str, NDArray[np.intp]]:
    """Places of the windows by the name of their satellite, station, contact or night."""
    found: dict[str, list[int]] = {}
    for place, window in enumerate(problem.windows):
        found.setdefault(getattr(window, of), []).append(place)
    return {name: np.array(found[name]) for name in sorted(found)}
