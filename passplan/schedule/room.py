"""Room that is left in a plan: what may still be flown beside what is chosen, as windows are chosen one by one."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray
from passplan.errors import NoPlan
from passplan.schedule.conflicts import Clique
from passplan.schedule.window import Problem

Chosen = NDArray[np.bool_]
_ROUNDING = 1e-9  # of sums of uses, relative to a limit above 1


def change_signs(problem: Problem) -> tuple[FloatArray, int]:
    """Count changes of a standing plan as a sum: signs of the windows, shape (windows,), and a number to be added.

    A window of a contact that stands takes a change back, one of another contact is a change. Contacts of the standing
    plan without a window in the problem are nobody's choice, and are not counted.
    """
    if problem.standing is None:
        return np.zeros(len(problem.windows)), 0
    stands = [window.contact in problem.standing.contacts for window in problem.windows]
    present = {window.contact for window in problem.windows} & problem.standing.contacts
    return np.where(stands, -1.0, 1.0), len(present)


def changes_of(problem: Problem, chosen: Chosen) -> int:
    """How many contacts a choice adds to the standing plan and drops from it; 0 where none stands."""
    signs, present = change_signs(problem)
    return round(float(signs[chosen].sum())) + present


class Room:
    """What is left of every limit while windows are chosen.

    problem : the windows
    chosen : what is flown so far, shape (windows,)
    is_open : windows that are neither chosen nor fixed, shape (windows,)
    price_bits : what flying a window costs as a change of the standing plan [bit], shape (windows,)
    """

    def __init__(self, problem: Problem, cliques: Sequence[Clique]) -> None:
        """Note for each window what it takes of which limit; nothing is chosen."""
        self.problem = problem
        self.chosen: Chosen = np.zeros(len(problem.windows), dtype=bool)
        self.is_open: Chosen = np.ones(len(problem.windows), dtype=bool)
        standing = problem.standing
        self.price_bits: FloatArray = change_signs(problem)[0] * (standing.cost_bits if standing else 0.0)
        self._free: list[float] = []
        self._names: list[str] = []
        self._uses: list[list[tuple[int, float]]] = [[] for _ in problem.windows]
        for clique in cliques:
            self.limit(clique.resource, clique.terminals, dict.fromkeys(clique.places.tolist(), 1.0))
        for budget in problem.budgets:
            self.limit(budget.name, budget.limit, budget.uses)

    def limit(self, name: str, most: float, uses: Mapping[int, float]) -> None:
        """Add a limit on the sum of what windows use."""
        for place, use in uses.items():
            self._uses[place].append((len(self._free), use))
        self._free.append(float(most) + _ROUNDING * max(1.0, most))
        self._names.append(name)

    def fits(self, *places: int) -> bool:
        """Whether windows that are not chosen yet may still be flown, all together."""
        if len(places) == 1:
            return all(use <= self._free[limit] for limit, use in self._uses[places[0]])
        total: dict[int, float] = {}
        for limit, use in (pair for place in places for pair in self._uses[place]):
            total[limit] = total.get(limit, 0.0) + use
        return all(use <= self._free[limit] for limit, use in total.items())

    def take(self, place: int) -> None:
        """Fly a window."""
        for limit, use in self._uses[place]:
            self._free[limit] -= use
        self.chosen[place] = True
        self.is_open[place] = False

    def take_fixed(self) -> None:
        """Fly what is fixed to be flown, and close all that is fixed.

        Raises
        ------
        NoPlan
            If it does not fit; the message names what it clashes with.
        """
        fixed = self.problem.fixed or {}
        for place in sorted(place for place, flown in fixed.items() if flown):
            if not self.fits(place):
                raise NoPlan(self._clash(place))
            self.take(place)
        self.is_open[list(fixed)] = False

    def _clash(self, place: int) -> str:
        full = next(limit for limit, use in self._uses[place] if use > self._free[limit])
        beside = [
            self.problem.windows[other].contact
            for other in np.flatnonzero(self.chosen).tolist()
            if any(limit == full for limit, _ in self._uses[other])
        ]
        contact = self.problem.windows[place].contact
        return f"{contact} is fixed to be flown, but does not fit on {self._names[full]} beside {', '.join(beside)}"

    def fill_by_value(self, values: FloatArray) -> None:
        """Fly whatever fits, by falling value less price [bit], as long as that is above 0."""
        worth = values - self.price_bits
        for place in np.argsort(-worth, kind="stable").tolist():
            if worth[place] <= 0.0:
                return
            if self.is_open[place] and self.fits(place):
                self.take(place)

    def fill_by_gain(self, gains: Callable[[Chosen], FloatArray]) -> None:
        """Fly the window that fits with the greatest gain less price, again and again, as long as that is above 0.

        ``gains`` says what each window would add to the chosen, shape (windows,); what does not fit once never will.
        """
        waiting = self.is_open.copy()
        worth = np.asarray(gains(self.chosen) - self.price_bits)
        while waiting.any():
            place = int(np.argmax(np.where(waiting, worth, -np.inf)))
            if worth[place] <= 0.0:
                return
            waiting[place] = False
            if self.fits(place):
                self.take(place)
                worth = np.asarray(gains(self.chosen) - self.price_bits)
