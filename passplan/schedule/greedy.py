"""The plan that a careful operator would make by hand: the best window that still fits, one after another."""

from collections.abc import Sequence

import numpy as np

from passplan.schedule.conflicts import Clique, cliques_of
from passplan.schedule.objective import Objective, stages_of, values_of
from passplan.schedule.room import Chosen, Room, change_signs, changes_of
from passplan.schedule.window import Problem


def greedy_choice(problem: Problem, objective: Objective, cliques: Sequence[Clique] | None = None) -> Chosen | None:
    """Choice of windows, shape (windows,): what is fixed, what stands, then whatever the objective takes next.

    Parameters
    ----------
    problem : Problem
        Windows, limits, what is fixed and what stands.
    objective : Objective
        What to make the most of; where it has further stages, what still fits is added for them.
    cliques : sequence of Clique, optional
        Those of the problem, if they are known already.

    Returns
    -------
    ndarray or None
        None if more of the standing plan was lost on this way than may be changed.

    Raises
    ------
    NoPlan
        If what is fixed to be flown does not fit.
    """
    room = Room(problem, cliques_of(problem) if cliques is None else cliques)
    room.take_fixed()
    if problem.standing is not None and not _keep_standing(room):
        return None
    for stage in stages_of(objective):
        stage.fill(room)
    return room.chosen


def _keep_standing(room: Room) -> bool:
    """Fly what stands as far as it fits; whether no more is lost than may be."""
    problem = room.problem
    assert problem.standing is not None
    signs, _ = change_signs(problem)
    for place in np.argsort(-values_of(problem), kind="stable").tolist():
        if signs[place] < 0.0 and room.is_open[place] and room.fits(place):
            room.take(place)
    if problem.standing.most_changes is None:
        return True
    left = problem.standing.most_changes - changes_of(problem, room.chosen)
    new = np.flatnonzero((signs > 0.0) & ~room.chosen)
    room.limit("changes of the standing plan", left, dict.fromkeys(new.tolist(), 1.0))
    return left >= 0


def kept_to_limits(problem: Problem, cliques: Sequence[Clique], chosen: Chosen) -> Chosen:
    """Leave out what does not fit of a choice that is right but for the rounding of a solver, the least first."""
    if _is_kept(problem, cliques, chosen):
        return chosen
    room = Room(problem, cliques)
    room.take_fixed()
    values = values_of(problem)
    for place in np.flatnonzero(chosen)[np.argsort(-values[chosen], kind="stable")].tolist():
        if room.is_open[place] and room.fits(place):
            room.take(place)
    return room.chosen


def _is_kept(problem: Problem, cliques: Sequence[Clique], chosen: Chosen) -> bool:
    """Whether a choice keeps to every limit."""
    flown = chosen.astype(float)
    if any(flown[clique.places].sum() > clique.terminals for clique in cliques):
        return False
    for budget in problem.budgets:
        if np.fromiter(budget.uses.values(), dtype=float) @ flown[list(budget.uses)] > budget.limit:
            return False
    return all(chosen[place] == must for place, must in (problem.fixed or {}).items())
