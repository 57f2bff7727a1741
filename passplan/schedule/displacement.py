"""What would have to be dropped from a timetable for one more window."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

import numpy as np

from passplan.checks import FloatArray
from passplan.schedule.conflicts import Clique
from passplan.schedule.room import Chosen
from passplan.schedule.window import Problem

_MOST_WAYS = 2000  # ways to make room that are all compared; beyond, what is cheapest on each terminal is dropped
_ROUNDING = 1e-9  # of sums of uses, relative to a limit above 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A limit that leaves no room for a window; a budget only if what is dropped for terminals does not free enough.

    name : of the resource or budget
    rivals : places of the chosen windows that use it
    used, limit : what they use, and what may be used
    unit : of both; empty for terminals
    is_budget : whether it is a budget rather than terminals
    """

    name: str
    rivals: tuple[int, ...]
    used: float
    limit: float
    unit: str = ""
    is_budget: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a window could be flown.

    place : of the window
    obstacles : limits that leave no room for it
    dropped : places of chosen windows that make room together
    instead : places of shorter windows of their contacts that still fit
    is_open : whether it can be flown at all; not against what is fixed, nor where it needs more than all of a limit
    """

    place: int
    obstacles: tuple[Obstacle, ...]
    dropped: tuple[int, ...] = ()
    instead: tuple[int, ...] = ()
    is_open: bool = True


class Displacement:
    """A timetable and its limits, to be asked for one window after another."""

    def __init__(self, problem: Problem, cliques: Sequence[Clique], chosen: Chosen, values: FloatArray) -> None:
        """Count what the timetable uses of every limit; values [any unit] say which windows are dropped first."""
        self._problem, self._cliques, self._values = problem, cliques, values
        self._fixed = {place for place, flown in (problem.fixed or {}).items() if flown}
        self._shut = {place for place, flown in (problem.fixed or {}).items() if not flown}
        self._chosen = set(np.flatnonzero(chosen).tolist())
        self._cliques_of: list[list[int]] = [[] for _ in problem.windows]
        self._budgets_of: list[list[int]] = [[] for _ in problem.windows]
        self._flown_in: list[tuple[int, ...]] = []
        for number, clique in enumerate(cliques):
            places = clique.places.tolist()
            self._flown_in.append(tuple(place for place in places if place in self._chosen))
            for place in places:
                self._cliques_of[place].append(number)
        for number, budget in enumerate(problem.budgets):
            for place in budget.uses:
                self._budgets_of[place].append(number)
        self._used = [
            sum(use for place, use in budget.uses.items() if place in self._chosen) for budget in problem.budgets
        ]
        self._windows_of: dict[str, list[int]] = {}
        for place, window in enumerate(problem.windows):
            self._windows_of.setdefault(window.contact, []).append(place)

    def way(self, place: int) -> Way:
        """Cheapest way found to fly a window of a contact that is not flown, with nothing instead of what is lost."""
        crowds = tuple(self._crowds(place))
        if place in self._shut or any(set(each.rivals) <= self._fixed for each in crowds):
            return Way(place=place, obstacles=crowds, is_open=False)
        dropped = self._cheapest([set(each.rivals) - self._fixed for each in crowds])
        obstacles = list(crowds)
        for number in self._budgets_of[place]:
            more = self._dropped_for(place, number, dropped)
            if more is None:
                return Way(place=place, obstacles=(*crowds, self._overdrawn(number)), is_open=False)
            obstacles += [self._overdrawn(number)] if more else []
            dropped |= more
        return Way(place=place, obstacles=tuple(obstacles), dropped=tuple(sorted(dropped)))

    def _crowds(self, place: int) -> Iterator[Obstacle]:
        """Resources whose terminals are all taken, each with those windows of which one must go."""
        seen = set()
        for number in self._cliques_of[place]:
            clique, flown = self._cliques[number], self._flown_in[number]
            if len(flown) >= clique.terminals and (clique.resource, flown) not in seen:
                seen.add((clique.resource, flown))
                yield Obstacle(name=clique.resource, rivals=flown, used=len(flown), limit=clique.terminals)

    def _overdrawn(self, number: int) -> Obstacle:
        budget = self._problem.budgets[number]
        rivals = sorted(other for other, use in budget.uses.items() if use > 0.0 and other in self._chosen)
        return Obstacle(
            name=budget.name,
            rivals=tuple(rivals),
            used=self._used[number],
            limit=budget.limit,
            unit=budget.unit,
            is_budget=True,
        )

    def _cheapest(self, groups: list[set[int]]) -> set[int]:
        """Windows of least value, one of each group at least."""
        if prod(len(group) for group in groups) > _MOST_WAYS:
            found: set[int] = set()
            for group in groups:
                if not group & found:
                    found.add(min(group, key=lambda each: (self._values[each], each)))
            return found
        ways = ({*way} for way in product(*(sorted(group) for group in groups)))
        return min(ways, key=lambda way: (sum(self._values[each] for each in way), len(way), sorted(way)))

    def _dropped_for(self, place: int, number: int, dropped: set[int]) -> set[int] | None:
        """Further windows to drop for a budget: one, or those that free most for their value; None if none suffice."""
        budget = self._problem.budgets[number]
        left = [each for each in sorted(self._chosen - dropped - self._fixed) if budget.uses.get(each, 0.0) > 0.0]
        over = self._used[number] + budget.uses[place] - sum(budget.uses.get(each, 0.0) for each in dropped)
        over -= _with_rounding(budget.limit)
        if over <= 0.0:
            return set()
        if sum(budget.uses[each] for each in left) < over:
            return None
        single = min(
            (each for each in left if budget.uses[each] >= over), key=lambda each: self._values[each], default=None
        )
        several: set[int] = set()
        for each in sorted(left, key=lambda each: self._values[each] / budget.uses[each]):
            if sum(budget.uses[one] for one in several) >= over:
                break
            several.add(each)
        is_single = single is not None and self._values[single] <= sum(self._values[each] for each in several)
        return {single} if is_single and single is not None else several

    def shortened(self, way: Way) -> Way:
        """Way with a shorter window of each dropped contact that still fits, the best of each."""
        gone, found = set(way.dropped), [way.place]
        flown, used = self._change(way)
        for each in sorted(way.dropped, key=lambda each: (-self._values[each], each)):
            others = self._windows_of[self._problem.windows[each].contact]
            for other in sorted(others, key=lambda one: (-self._values[one], one)):
                if other in gone or other in self._shut or self._values[other] <= 0.0:
                    continue
                if self._fits(other, flown, used):
                    found.append(other)
                    self._count(other, 1, flown, used)
                    break
        return replace(way, instead=tuple(sorted(found[1:])))

    def _change(self, way: Way) -> tuple[dict[int, int], dict[int, float]]:
        """By how much cliques and budgets are fuller with a way."""
        flown: dict[int, int] = {}
        used: dict[int, float] = {}
        for place in way.dropped:
            self._count(place, -1, flown, used)
        self._count(way.place, 1, flown, used)
        return flown, used

    def _count(self, place: int, sign: int, flown: dict[int, int], used: dict[int, float]) -> None:
        for number in self._cliques_of[place]:
            flown[number] = flown.get(number, 0) + sign
        for number in self._budgets_of[place]:
            used[number] = used.get(number, 0.0) + sign * self._problem.budgets[number].uses[place]

    def _fits(self, place: int, flown: Mapping[int, int], used: Mapping[int, float]) -> bool:
        """Whether a window fits when cliques and budgets are so much fuller."""
        for number in self._cliques_of[place]:
            if len(self._flown_in[number]) + flown.get(number, 0) >= self._cliques[number].terminals:
                return False
        for number in self._budgets_of[place]:
            budget = self._problem.budgets[number]
            if self._used[number] + used.get(number, 0.0) + budget.uses[place] > _with_rounding(budget.limit):
                return False
        return True


def _with_rounding(limit: float) -> float:
    return limit + _ROUNDING * max(1.0, limit)
