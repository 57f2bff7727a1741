"""Which windows exclude each other on a resource, and the maximal cliques of them, each one row of a plan.

On one terminal two windows exclude each other unless the second starts after the first has stopped and the terminal
has turned and been set up. "May be followed by" is an order (see ``Resource.slew_deg_s``), so the windows of a
resource of k terminals can be flown if and only if no more than k of any clique are (Dilworth 1950): a row for each
maximal clique says all that pairs of windows say, and more tightly.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray, freeze
from passplan.errors import DomainError
from passplan.schedule.cliques import cliques_of_intervals, lifted, maximal_cliques
from passplan.schedule.window import Problem, Resource, Window
from passplan.units import to_deg

Places = NDArray[np.intp]
_HALF_TURN_DEG = 180.0
_ROUNDING_S = 1e-3  # by how much a contact may seem to turn too fast


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clique:
    """Windows of which no more than ``terminals`` can be flown.

    places : of the windows in the problem, ascending, read-only
    terminals : how many of them may be flown
    resource : name of the satellite or station, or of the contact
    """

    places: Places
    terminals: int
    resource: str

    def __post_init__(self) -> None:
        freeze(self.places)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clashes:
    """The windows of one resource, and the pairs of them that one of its terminals cannot both fly.

    resource : the terminals
    of : "satellite" or "station"
    places : of its windows in the problem, in order of start, read-only
    first, second : the pairs, by their index in ``places``, first before second; read-only. Windows of one contact are
        a pair only if they clash in time
    """

    resource: Resource
    of: str
    places: Places
    first: Places
    second: Places

    def __post_init__(self) -> None:
        freeze(self.places, self.first, self.second)


def turning_s(resource: Resource, before: FloatArray, after: FloatArray) -> FloatArray:
    """Time [s] from one contact to the next on one terminal: set-up, and the turn from one direction to the other.

    Parameters
    ----------
    resource : Resource
        Set-up time and speed.
    before, after : ndarray, shape (n, 3)
        Unit vectors at the end of the first and at the start of the second; nan: not known, no turn.
    """
    if np.isinf(resource.slew_deg_s):
        return np.full(len(before), resource.setup_s)
    return resource.setup_s + np.nan_to_num(_angle_deg(before, after)) / resource.slew_deg_s


def _angle_deg(one: FloatArray, other: FloatArray) -> FloatArray:
    chord = np.linalg.norm(other - one, axis=1)
    return to_deg(2.0 * np.arcsin(np.minimum(0.5 * chord, 1.0)))


def clashes(problem: Problem) -> Iterator[Clashes]:
    """Clashes of every satellite, then of every station, by name.

    Raises
    ------
    DomainError
        If a contact turns a terminal faster than it can, or directions are known of some windows of a resource that
        takes time to turn, but not of all; either would leave no order in which windows can follow each other.
    """
    starts_s, stops_s = _times_s(problem.windows)
    for resource, of, places in _lanes(problem, starts_s):
        first, second = _pairs(problem.windows, resource, of, places, starts_s[places], stops_s[places])
        yield Clashes(resource=resource, of=of, places=places, first=first, second=second)


def _times_s(windows: Sequence[Window]) -> tuple[FloatArray, FloatArray]:
    starts_s = np.fromiter((window.start_s for window in windows), dtype=float, count=len(windows))
    return starts_s, np.fromiter((window.stop_s for window in windows), dtype=float, count=len(windows))


def _lanes(problem: Problem, starts_s: FloatArray) -> Iterator[tuple[Resource, str, Places]]:
    """Resources with the places of their windows in order of start."""
    lanes: tuple[tuple[Mapping[str, Resource], str, Sequence[str]], ...] = (
        (problem.satellites, "satellite", [window.satellite for window in problem.windows]),
        (problem.stations, "station", [window.station for window in problem.windows]),
    )
    order = np.argsort(starts_s, kind="stable").tolist()
    for resources, of, names in lanes:
        members: dict[str, list[int]] = {}
        for place in order:
            members.setdefault(names[place], []).append(place)
        for name in sorted(members):
            yield resources[name], of, np.array(members[name], dtype=np.intp)


def _pairs(
    windows: Sequence[Window], resource: Resource, of: str, places: Places, starts_s: FloatArray, stops_s: FloatArray
) -> tuple[Places, Places]:
    """Pairs of the windows of one resource that exclude each other."""
    farthest_s = resource.setup_s + _HALF_TURN_DEG / resource.slew_deg_s
    reach = np.searchsorted(starts_s, stops_s + farthest_s, side="left")
    counts = np.maximum(reach - np.arange(len(places)) - 1, 0)
    first = np.repeat(np.arange(len(places)), counts)
    second = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first + 1
    if np.isinf(resource.slew_deg_s):
        return first, second
    aims = _aims([windows[place] for place in places.tolist()], resource, of)
    clash = starts_s[second] < stops_s[first] + turning_s(resource, aims[first, 1], aims[second, 0])
    return first[clash], second[clash]


def _aims(windows: Sequence[Window], resource: Resource, of: str) -> FloatArray:
    """Directions at start and stop, shape (n, 2, 3); nan where they are not known."""
    known = [aim for aim in (getattr(window, f"{of}_aim") for window in windows) if aim is not None]
    if not known:
        return np.full((len(windows), 2, 3), np.nan)
    if len(known) < len(windows):
        stranger = next(window for window in windows if getattr(window, f"{of}_aim") is None)
        raise DomainError(f"{stranger.contact}: {of}_aim is not known, but {resource.name} turns between others")
    aims = np.array(known, dtype=float)
    turn_deg = _angle_deg(aims[:, 0], aims[:, 1])
    spare_s = np.array([window.duration_s for window in windows]) + resource.setup_s
    fast = np.flatnonzero(turn_deg / resource.slew_deg_s > spare_s + _ROUNDING_S)
    if fast.size:
        window = windows[fast[0]]
        raise DomainError(
            f"{window.contact}: {resource.name} turns by {turn_deg[fast[0]]:.3g} deg in {window.duration_s:g} s, "
            f"faster than its slew_deg_s of {resource.slew_deg_s:g} deg/s"
        )
    return aims


def cliques_of(problem: Problem) -> list[Clique]:
    """Cliques of windows that exclude each other: every maximal one in time on a resource, and every contact.

    A clique in time is widened by further windows of its contacts, which exclude each other as alternatives: of such a
    set, too, no more can be flown than there are terminals. It is left out where it cannot bind: when it has no more
    contacts than there are terminals.
    """
    names: dict[str, int] = {}
    contacts = np.array([names.setdefault(window.contact, len(names)) for window in problem.windows], dtype=np.intp)
    has_alternatives = len(names) < len(contacts)
    starts_s, stops_s = _times_s(problem.windows)
    found = []
    for resource, of, places in _lanes(problem, starts_s):
        starts, stops = starts_s[places], stops_s[places]
        if np.isinf(resource.slew_deg_s):
            groups = cliques_of_intervals(starts, stops + resource.setup_s)
            pairs = None
        else:
            pairs = _pairs(problem.windows, resource, of, places, starts, stops)
            groups = maximal_cliques(len(places), *pairs)
        if has_alternatives and len(np.unique(contacts[places])) < len(places):
            pairs = _pairs(problem.windows, resource, of, places, starts, stops) if pairs is None else pairs
            groups = lifted(groups, contacts[places], *pairs)
        for group in groups:
            inside = np.sort(places[group])
            if len(inside) > resource.terminals and (
                not has_alternatives or len(set(contacts[inside].tolist())) > resource.terminals
            ):
                found.append(Clique(places=inside, terminals=resource.terminals, resource=resource.name))
    return found + _contact_cliques(problem.windows, contacts) if has_alternatives else found


def _contact_cliques(windows: Sequence[Window], contacts: Places) -> list[Clique]:
    order = np.argsort(contacts, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(contacts[order])) + 1)
    return [Clique(places=group, terminals=1, resource=windows[group[0]].contact) for group in groups if len(group) > 1]
