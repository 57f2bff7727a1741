"""Why each contact that is not flown is not: what stands in its way, and what flying it would cost."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np

from passplan.checks import one_of
from passplan.errors import NoPlan
from passplan.schedule.conflicts import Clique, cliques_of
from passplan.schedule.displacement import Displacement, Way
from passplan.schedule.model import PROVEN_GAP
from passplan.schedule.objective import Objective, TotalKey, values_of
from passplan.schedule.planner import Plan, plan
from passplan.schedule.refusal import BUDGET, CHANGES, FROZEN, LOST, OPEN, WORTHLESS, Refusal, listed
from passplan.schedule.room import Chosen, changes_of
from passplan.schedule.stakes import Stakes
from passplan.schedule.window import Problem

_PRICED = 3  # ways to fly a contact whose cost is worked out


def refusals_of(
    problem: Problem,
    found: Plan,
    objective: Objective | None = None,
    *,
    cliques: Sequence[Clique] | None = None,
    exact: bool | Collection[str] = False,
    time_limit_s: float = 60.0,
) -> tuple[Refusal, ...]:
    """Why each contact without a window in a plan is not flown, in order of their first windows in the problem.

    Parameters
    ----------
    problem : Problem
        What was planned.
    found : Plan
        Its plan.
    objective : Objective, optional
        Of the plan; by default the sum of the expected keys.
    cliques : sequence of Clique, optional
        Those of the problem, if they are known already.
    exact : bool or collection of str
        Contacts, or all, whose cost is found by planning again with each of their windows flown: of use for few.
    time_limit_s : float
        For each such plan [s], > 0.

    Raises
    ------
    UnknownName
        If ``exact`` names a contact that the problem does not have.

    Notes
    -----
    Unless exact, a cost is that of one timetable that flies the contact: without those that stand in its way, but with
    shorter windows of them where these still fit. A better one may exist, so the cost is "at most". That holds for
    every objective.
    """
    judge = _Judge(problem, found, TotalKey() if objective is None else objective, cliques)
    refusals = judge.refusals()
    if isinstance(exact, bool):
        wanted = {refusal.contact for refusal in refusals if exact}
    else:
        known = {window.contact for window in problem.windows}
        wanted = {one_of("contact", contact, known) for contact in exact}
    return tuple(judge.exactly(each, time_limit_s) if each.contact in wanted else each for each in refusals)


class _Judge:
    """A plan with all that is needed to judge one contact after another."""

    def __init__(self, problem: Problem, found: Plan, objective: Objective, cliques: Sequence[Clique] | None) -> None:
        """Work out the plan's worth and what it uses of every limit."""
        self._problem, self._plan, self._objective = problem, found, objective
        self._chosen: Chosen = np.zeros(len(problem.windows), dtype=bool)
        self._chosen[list(found.timetable.places)] = True
        self._fixed = problem.fixed or {}
        known = cliques_of(problem) if cliques is None else cliques
        self._values = values_of(problem)
        self._room = Displacement(problem, known, self._chosen, self._values)
        self._stakes = Stakes(problem, objective, self._chosen)

    def refusals(self) -> list[Refusal]:
        """Refusals of all contacts that are not flown."""
        flown = {contact.window.contact for contact in self._plan.timetable.contacts}
        places_of: dict[str, list[int]] = {}
        for place, window in enumerate(self._problem.windows):
            if window.contact not in flown:
                places_of.setdefault(window.contact, []).append(place)
        return [self._refusal(contact, places) for contact, places in places_of.items()]

    def _refusal(self, contact: str, places: Sequence[int]) -> Refusal:
        free = [place for place in places if self._fixed.get(place) is not False]
        if not free:
            return Refusal(contact=contact, place=places[0], kind=FROZEN, reason="frozen: fixed not to be flown")
        reason = self._stakes.why_worthless(free)
        if reason:
            reason = f"worth nothing: {reason}"
            return Refusal(contact=contact, place=free[0], kind=WORTHLESS, reason=reason)
        ways = [self._room.way(place) for place in free]
        possible = sorted((way for way in ways if way.is_open), key=self._value_lost)
        if not possible:
            return self._impossible(contact, ways[0])
        near = [self._room.shortened(way) for way in possible[:_PRICED]]
        priced = [(self._losses(way), way) for way in near]
        losses, way = min(priced, key=lambda item: (item[0], len(item[1].dropped)))
        kind, reason = self._why(way, losses)
        return self._costing(
            Refusal(
                contact=contact,
                place=way.place,
                kind=kind,
                reason=reason,
                rivals=self._contacts(way.dropped),
                limits=_limits(way),
            ),
            losses,
        )

    def _impossible(self, contact: str, way: Way) -> Refusal:
        """A contact that cannot be flown beside what is fixed, or needs more than all of a budget."""
        needs = [
            f"needs {budget.uses[way.place]:g} {budget.unit} of {budget.name}, at most {budget.limit:g} may be used"
            for budget in self._problem.budgets
            if budget.uses.get(way.place, 0.0) > budget.limit
        ]
        if needs:
            return Refusal(contact=contact, place=way.place, kind=BUDGET, reason=needs[0], limits=_limits(way))
        rivals = [place for each in way.obstacles for place in each.rivals if self._fixed.get(place)]
        return Refusal(
            contact=contact,
            place=way.place,
            kind=FROZEN,
            reason=f"frozen: beside what is fixed there is no room, {self._holders(way, rivals)}",
            rivals=self._contacts(rivals),
            limits=_limits(way),
        )

    def _why(self, way: Way, losses: tuple[float, ...]) -> tuple[str, str]:
        """Kind of a refusal, and its reason."""
        loss = next((each for each in losses if each), 0.0)
        standing = self._problem.standing
        if standing is not None and standing.most_changes is not None:
            changes = self._changes(way)
            if changes > standing.most_changes:
                takes = f"would take {changes} change{'s' if changes > 1 else ''} of the standing plan"
                return CHANGES, f"{takes}, at most {standing.most_changes} may be made"
        rivals = self._contacts(way.dropped)
        if loss < 0.0:
            beside = f" in place of {listed(rivals)}" if rivals else ""
            return OPEN, f"not chosen{beside}, though the plan is not proven to be the best (gap {self._plan.gap:.2g})"
        if not way.obstacles:
            adds_less = CHANGES, "worth less than a change of the standing plan costs"
            return adds_less if loss else (WORTHLESS, "worth nothing: adds nothing to what is flown")
        budgets = [each for each in way.obstacles if each.is_budget]
        used_up = [
            f"{each.name} used up ({f'{each.used:g} of {each.limit:g} {each.unit}'.strip()})" for each in budgets
        ]
        if len(budgets) == len(way.obstacles):
            return BUDGET, f"{' and '.join(used_up)}, lost to {listed(rivals)}"
        return LOST, "; ".join([*used_up, f"lost to {self._holders(way, way.dropped)}"])

    def _changes(self, way: Way) -> int:
        """Changes of the standing plan if the way is gone."""
        after = self._chosen.copy()
        after[list(way.dropped)] = False
        after[[way.place, *way.instead]] = True
        return changes_of(self._problem, after)

    def _holders(self, way: Way, places: Collection[int]) -> str:
        """Who holds which terminals or budgets, as "a and b on micius, c on micius and nanshan"."""
        limits: dict[str, list[str]] = {contact: [] for contact in self._contacts(places)}
        for each in sorted(way.obstacles, key=lambda each: each.is_budget):
            for contact in self._contacts(place for place in each.rivals if place in places):
                if each.name not in limits[contact] and not (each.is_budget and limits[contact]):
                    limits[contact].append(each.name)
        together: dict[str, list[str]] = {}
        for contact, names in limits.items():
            together.setdefault(listed(names), []).append(contact)
        return ", ".join(f"{listed(contacts)} on {names}" for names, contacts in together.items())

    def _value_lost(self, way: Way) -> float:
        """Values of what goes less that of what comes [bit]: which ways are looked at more closely."""
        return float(sum(self._values[place] for place in way.dropped) - self._values[way.place])

    def _losses(self, way: Way) -> tuple[float, ...]:
        return self._rounded(self._stakes.losses(way.dropped, (way.place, *way.instead)))

    def _rounded(self, losses: Iterable[float]) -> tuple[float, ...]:
        """Losses, those within the solver's tolerance as 0."""
        pairs = zip(losses, self._plan.levels, strict=True)
        return tuple(0.0 if abs(loss) <= PROVEN_GAP * abs(level.worth) else loss for loss, level in pairs)

    def _costing(self, refusal: Refusal, losses: tuple[float, ...], *, is_exact: bool = False) -> Refusal:
        """Refusal with the first loss that there is."""
        stage = next((index for index, loss in enumerate(losses) if loss), 0)
        level = self._plan.levels[stage]
        return replace(
            refusal,
            cost=losses[stage],
            unit=level.unit,
            objective=level.objective,
            is_last=stage > 0,
            is_exact=is_exact,
        )

    def _contacts(self, places: Iterable[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._problem.windows[place].contact for place in places))

    def exactly(self, refusal: Refusal, time_limit_s: float) -> Refusal:
        """Refusal with the cost of the best plan that flies the contact; as it is where none was proven in time."""
        if refusal.cost is None or not self._plan.is_proven:
            return refusal
        found: list[tuple[float, ...]] = []
        for place, window in enumerate(self._problem.windows):
            if window.contact == refusal.contact and self._fixed.get(place) is not False:
                forced = replace(self._problem, fixed={**self._fixed, place: True})
                try:
                    other = plan(forced, self._objective, time_limit_s=time_limit_s)
                except NoPlan:
                    continue
                if not other.is_proven:
                    return refusal
                pairs = zip(self._plan.levels, other.levels, strict=True)
                found.append(self._rounded(mine.worth - theirs.worth for mine, theirs in pairs))
        return self._costing(refusal, min(found), is_exact=True) if found else refusal


def _limits(way: Way) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in way.obstacles))
