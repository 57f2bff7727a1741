"""A plan kept between runs: a solver that ran into its time limit may choose otherwise the next time."""

from collections.abc import Callable
from importlib.metadata import version
from math import inf, isfinite
from typing import Any

import numpy as np

from passplan.mission.task_store import Task, TaskStore, fingerprint
from passplan.schedule.objective import Objective
from passplan.schedule.planner import Level, Plan
from passplan.schedule.timetable import timetable_of
from passplan.schedule.window import Problem

Solve = Callable[[Problem, Objective], Plan]


def keeping_plans(store: TaskStore, solve: Solve, *, settings: dict[str, Any]) -> Solve:
    """Return a solver that finds its plans again in a store; ``settings`` are the time limit [s] and the gap [1]."""

    def solved(problem: Problem, objective: Objective) -> Plan:
        task = Task(
            kind="plan",
            name=objective.name,
            inputs={
                "passplan_version": version("passplan"),
                "problem": fingerprint(problem),
                "objective": fingerprint(objective),
                **settings,
            },
        )
        record = store.outcome_of(task)
        if record is None:
            store.keep(task, _record_of(solve(problem, objective)))
            record = store.outcome_of(task)
        return _plan_of(record, problem, objective)

    return solved


def _record_of(found: Plan) -> dict[str, Any]:
    levels = [
        {
            "objective": level.objective,
            "worth": level.worth,
            "bound": level.bound if isfinite(level.bound) else None,
            "greedy_worth": level.greedy_worth,
            "unit": level.unit,
        }
        for level in found.levels
    ]
    return {"places": list(found.timetable.places), "levels": levels, "method": found.method, "changes": found.changes}


def _plan_of(record: dict[str, Any], problem: Problem, objective: Objective) -> Plan:
    chosen = np.zeros(len(problem.windows), dtype=bool)
    chosen[record["places"]] = True
    return Plan(
        timetable=timetable_of(problem, record["places"]),
        levels=tuple(
            Level(**{**level, "bound": inf if level["bound"] is None else level["bound"]}) for level in record["levels"]
        ),
        method=record["method"],
        detail=objective.detail(problem, chosen),
        changes=record["changes"],
    )
