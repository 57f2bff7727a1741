"""A plan: the best choice of windows that is proven, the greedy one beside it, and which of them is handed out."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from time import perf_counter

import numpy as np

from passplan.checks import within
from passplan.errors import NoPlan
from passplan.schedule.conflicts import Clique, cliques_of
from passplan.schedule.greedy import greedy_choice, kept_to_limits
from passplan.schedule.model import PROVEN_GAP, Answer, Model
from passplan.schedule.objective import Objective, TotalKey, add_charge, charge_bits, model_of, stages_of
from passplan.schedule.room import Chosen, changes_of
from passplan.schedule.timetable import Timetable, timetable_of
from passplan.schedule.window import Problem

EXACT, GREEDY = "exact", "greedy"
_FIRST_SHARE = 0.7  # of the time that is left, for a stage with another behind it
_LEAST_TIME_S = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One stage of an objective, and how good a timetable is proven to be in it.

    objective : name of what was made the most of
    worth : of the timetable [unit]
    bound : no timetable has more that is as good in the stages before [unit]
    greedy_worth : what choosing one by one comes to [unit]; None where that found no timetable
    unit : of worth and bounds
    """

    objective: str
    worth: float
    bound: float
    greedy_worth: float | None
    unit: str

    @property
    def gap(self) -> float:
        """By how much a timetable could at most be better, over the bound [1]; infinite without a bound."""
        if self.bound <= self.worth:
            return 0.0
        return inf if self.bound == inf else (self.bound - self.worth) / abs(self.bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A timetable, and how good it is proven to be.

    timetable : what is flown
    levels : the stages of the objective, the one that decides first; changes of a standing plan cost in the last
    method : "exact", or "greedy" where the solver had nothing better in its time
    detail : what the objective says of the timetable besides its worth, or None
    changes : contacts added to the standing plan and dropped from it
    """

    timetable: Timetable
    levels: tuple[Level, ...]
    method: str
    detail: object = None
    changes: int = 0

    @property
    def objective(self) -> str:
        """Name of what was made the most of."""
        return self.levels[0].objective

    @property
    def worth(self) -> float:
        """Worth of the timetable [unit]."""
        return self.levels[0].worth

    @property
    def bound(self) -> float:
        """No timetable has more [unit]."""
        return self.levels[0].bound

    @property
    def greedy_worth(self) -> float | None:
        """What choosing one by one comes to [unit]; None where that found no timetable."""
        return self.levels[0].greedy_worth

    @property
    def unit(self) -> str:
        """Of worth and bounds."""
        return self.levels[0].unit

    @property
    def gap(self) -> float:
        """By how much a timetable could at most be better, over the bound [1]; infinite without a bound."""
        return self.levels[0].gap

    @property
    def is_proven(self) -> bool:
        """Whether no timetable is better in any stage, within the solver's tolerance of 1e-6."""
        return all(level.gap <= PROVEN_GAP for level in self.levels)


def plan(problem: Problem, objective: Objective | None = None, *, time_limit_s: float = 60.0, gap: float = 0.0) -> Plan:
    """Best timetable of a problem.

    Parameters
    ----------
    problem : Problem
        Windows, terminals, budgets, what is fixed and what stands.
    objective : Objective, optional
        What to make the most of; by default the sum of the expected keys.
    time_limit_s : float
        Time for the solver [s], > 0, shared by the stages of the objective.
    gap : float
        Relative gap with which it may stop [1], in [0, 1].

    Returns
    -------
    Plan
        The timetable with its worth and the proven bound. Without an answer in time, or with a worse one, it is the
        greedy one, and ``method`` says so.

    Raises
    ------
    NoPlan
        If what is fixed contradicts the limits, or the standing plan cannot be kept with so few changes, or neither
        the greedy way nor the solver found a timetable that does in time.
    """
    within("time_limit_s", time_limit_s, 0.0, inf, ends="(]")
    within("gap", gap, 0.0, 1.0)
    objective = TotalKey() if objective is None else objective
    cliques = cliques_of(problem)
    greedy = greedy_choice(problem, objective, cliques)
    chosen, bounds = _solve(problem, objective, cliques, greedy, time_limit_s=time_limit_s, gap=gap)
    worths = _worths(problem, objective, chosen)
    greedy_worths: Sequence[float | None] = [None] * len(worths)
    if greedy is not None:
        greedy_worths = _worths(problem, objective, greedy)
    levels = [
        Level(objective=stage.name, worth=worth, bound=max(bound, worth), greedy_worth=hand, unit=stage.unit)
        for stage, worth, bound, hand in zip(stages_of(objective), worths, bounds, greedy_worths, strict=True)
    ]
    return Plan(
        timetable=timetable_of(problem, np.flatnonzero(chosen).tolist()),
        levels=tuple(levels),
        method=GREEDY if chosen is greedy else EXACT,
        detail=objective.detail(problem, chosen),
        changes=changes_of(problem, chosen),
    )


def _solve(
    problem: Problem,
    objective: Objective,
    cliques: Sequence[Clique],
    best: Chosen | None,
    *,
    time_limit_s: float,
    gap: float,
) -> tuple[Chosen, list[float]]:
    """Best choice, no worse than the one that is known, and the bound of every stage."""
    until_s = perf_counter() + time_limit_s
    model, windows = model_of(problem, cliques)
    stages, bounds = list(stages_of(objective)), []
    for index, stage in enumerate(stages):
        is_last = index == len(stages) - 1
        stage.add_to(model, problem, windows)
        if is_last:
            add_charge(model, problem, windows)
        share = (until_s - perf_counter()) * (1.0 if is_last else _FIRST_SHARE)
        answer = _answer(problem, model, max(share, _LEAST_TIME_S), gap)
        best = _better(problem, objective, cliques, best, answer, windows)
        bounds.append(answer.bound)
        if not is_last:
            model.hold(stage.worth(problem, best))
    assert best is not None
    return best, bounds


def _answer(problem: Problem, model: Model, time_limit_s: float, gap: float) -> Answer:
    """Answer of the solver; what is fixed is known to fit, so that only the changes allowed can rule out every plan."""
    try:
        return model.solve(time_limit_s=time_limit_s, gap=gap)
    except NoPlan as error:
        if problem.standing is None or problem.standing.most_changes is None:
            raise
        raise NoPlan(
            f"no timetable is within {problem.standing.most_changes} changes of the standing plan: "
            "more of its contacts can no longer be flown together"
        ) from error


def _better(
    problem: Problem,
    objective: Objective,
    cliques: Sequence[Clique],
    best: Chosen | None,
    answer: Answer,
    windows: Sequence[int],
) -> Chosen:
    """What the solver found, or the best known choice if that is no worse."""
    found = None
    if answer.values is not None:
        found = kept_to_limits(problem, cliques, answer.values[windows] > 0.5)
        standing = problem.standing
        if standing is not None and standing.most_changes is not None:
            found = found if changes_of(problem, found) <= standing.most_changes else None
    if found is None and best is None:
        raise NoPlan("no timetable was found in time that keeps to the changes of the standing plan that are allowed")
    if found is None or (best is not None and not _is_as_good(problem, objective, found, best)):
        assert best is not None
        return best
    return found


def _is_as_good(problem: Problem, objective: Objective, one: Chosen, other: Chosen) -> bool:
    """Whether a choice is worth as much as another in the first stage in which they differ by more than rounding."""
    pairs = zip(_worths(problem, objective, one), _worths(problem, objective, other), strict=True)
    for mine, yours in pairs:
        if abs(mine - yours) > PROVEN_GAP * max(abs(mine), abs(yours)):
            return mine > yours
    return True


def _worths(problem: Problem, objective: Objective, chosen: Chosen) -> list[float]:
    """Worth of a choice in every stage; the changes of a standing plan cost in the last."""
    worths = [stage.worth(problem, chosen) for stage in stages_of(objective)]
    return [*worths[:-1], worths[-1] - charge_bits(problem, chosen)]
