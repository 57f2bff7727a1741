"""A timetable: windows that can all be flown. One with two windows on one terminal cannot exist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from passplan.errors import DomainError
from passplan.schedule.cliques import maximal_cliques
from passplan.schedule.conflicts import Clashes, Places, clashes
from passplan.schedule.window import Problem, Window

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A window with the terminals that fly it, counted from 1."""

    window: Window
    place: int
    satellite_terminal: int
    station_terminal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """Contacts in order of start.

    contacts : what is flown, each with its terminals
    """

    contacts: tuple[Contact, ...]

    @property
    def places(self) -> tuple[int, ...]:
        """Places of the windows in their problem, in order of start."""
        return tuple(contact.place for contact in self.contacts)


def timetable_of(problem: Problem, chosen: Sequence[int]) -> Timetable:
    """Timetable of chosen windows, with a terminal for each.

    Parameters
    ----------
    problem : Problem
        Windows, terminals and budgets.
    chosen : sequence of int
        Places of the windows in the problem.

    Raises
    ------
    DomainError
        If a contact is there twice, windows outnumber the terminals of a resource at some time, a budget is
        overdrawn, or something fixed is not kept; it says which and when.
    """
    places = sorted(chosen)
    windows = [problem.windows[place] for place in places]
    _refuse_twice(windows)
    _refuse_overdrawn(problem, places)
    _refuse_unfixed(problem, set(places))
    small = Problem(windows=tuple(windows), satellites=problem.satellites, stations=problem.stations)
    terminals = _terminals(small)
    contacts = [
        Contact(
            window=window,
            place=place,
            satellite_terminal=terminals["satellite"][index],
            station_terminal=terminals["station"][index],
        )
        for index, (place, window) in enumerate(zip(places, windows, strict=True))
    ]
    return Timetable(contacts=tuple(sorted(contacts, key=lambda each: (each.window.start_s, each.window.contact))))


def _refuse_twice(windows: Sequence[Window]) -> None:
    seen: set[str] = set()
    for window in windows:
        if window.contact in seen:
            raise DomainError(f"{window.contact} is chosen twice, must be at most once")
        seen.add(window.contact)


def _refuse_overdrawn(problem: Problem, places: Sequence[int]) -> None:
    for budget in problem.budgets:
        used = sum(budget.uses.get(place, 0.0) for place in places)
        if used > budget.limit * (1.0 + _ROUNDING) + _ROUNDING:
            raise DomainError(f"{budget.name}: {used:g} {budget.unit} are used, must be at most {budget.limit:g}")


def _refuse_unfixed(problem: Problem, places: set[int]) -> None:
    for place, flown in (problem.fixed or {}).items():
        if flown != (place in places):
            must = "be flown" if flown else "not be flown"
            raise DomainError(f"{problem.windows[place].contact} is fixed and must {must}")


def _terminals(problem: Problem) -> Mapping[str, dict[int, int]]:
    """Terminal of each window on its satellite and on its station, by place."""
    found: dict[str, dict[int, int]] = {"satellite": {}, "station": {}}
    for each in clashes(problem):
        chains = _chains(len(each.places), each.first, each.second)
        if len(chains) > each.resource.terminals:
            raise DomainError(_crowd(problem, each))
        found[each.of].update(
            (int(each.places[node]), count) for count, chain in enumerate(chains, 1) for node in chain
        )
    return found


def _chains(size: int, first: Places, second: Places) -> list[list[int]]:
    """Fewest sequences of windows that single terminals can fly; nodes are in order of start.

    A minimum path cover by a maximum matching of each window with the one flown next (Dilworth; Fulkerson 1956).
    """
    if not len(first):
        return [list(range(size))] if size else []
    follows = ~np.tri(size, dtype=bool)
    follows[first, second] = False
    after = maximum_bipartite_matching(csr_array(follows), perm_type="column")
    started = np.setdiff1d(np.arange(size), after)
    chains = []
    for node in started.tolist():
        chain = [node]
        while after[chain[-1]] >= 0:
            chain.append(int(after[chain[-1]]))
        chains.append(chain)
    return chains


def _crowd(problem: Problem, each: Clashes) -> str:
    terminals = each.resource.terminals
    groups = maximal_cliques(len(each.places), each.first, each.second)
    crowd = next(group for group in groups if len(group) > terminals)
    windows = [problem.windows[place] for place in each.places[np.sort(crowd)[: terminals + 1]].tolist()]
    named = ", ".join(f"{window.contact} ({window.start_s:g} s to {window.stop_s:g} s)" for window in windows)
    some = f"{terminals} terminal{'s' if terminals > 1 else ''}"
    return f"{each.resource.name} has {some}, too few for what is chosen: {named}"
