"""Planning again when the forecast has changed: what has begun is frozen, the rest changes as little as asked."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from passplan.errors import NoPlan
from passplan.schedule.conflicts import cliques_of
from passplan.schedule.room import Room
from passplan.schedule.window import Problem, Standing, Window

_SAME_S = 0.5  # by how much times of one window may differ between two files


def frozen_until(problem: Problem, flown: Collection[int], time_s: float) -> Problem:
    """Return the problem with everything fixed that starts before an instant: flown as it stands, or not at all.

    Parameters
    ----------
    problem : Problem
        Windows and limits; what it has fixed already stays so.
    flown : collection of int
        Places of the windows that the standing plan flies.
    time_s : float
        Instant [s since the epoch of the plan].

    Raises
    ------
    NoPlan
        If frozen windows do not fit together, with the names of both, or contradict what is fixed.
    """
    stands = set(flown)
    frozen = {place: place in stands for place, each in enumerate(problem.windows) if each.start_s < time_s}
    fixed = dict(problem.fixed or {})
    for place, is_flown in frozen.items():
        if fixed.get(place, is_flown) != is_flown:
            contact = problem.windows[place].contact
            must = ("be flown", "not be flown") if fixed[place] else ("not be flown", "be flown")
            raise NoPlan(f"{contact} is fixed and must {must[0]}, but it is frozen and must {must[1]}")
    changed = replace(problem, fixed={**fixed, **frozen})
    Room(changed, cliques_of(changed)).take_fixed()
    return changed


def keeping(
    problem: Problem, contacts: Collection[str], *, most_changes: int | None = None, cost_bits: float = 0.0
) -> Problem:
    """Return the problem with a plan that stands.

    Parameters
    ----------
    problem : Problem
        Windows and limits.
    contacts : collection of str
        Ids of the contacts that the plan flies.
    most_changes : int, optional
        How many contacts may be added or dropped, >= 0; by default any number.
    cost_bits : float
        What each costs [bit], >= 0.
    """
    standing = Standing(contacts=frozenset(contacts), most_changes=most_changes, cost_bits=cost_bits)
    return replace(problem, standing=standing)


def places_of(problem: Problem, windows: Sequence[Window]) -> tuple[int, ...]:
    """Places in a problem of windows that another flew: those of the same contact and, to 0.5 s, the same times.

    Raises
    ------
    NoPlan
        If the problem holds no such window.
    """
    by_contact: dict[str, list[int]] = {}
    for place, window in enumerate(problem.windows):
        by_contact.setdefault(window.contact, []).append(place)
    return tuple(_place_of(problem, window, by_contact.get(window.contact, [])) for window in windows)


def _place_of(problem: Problem, window: Window, places: Sequence[int]) -> int:
    def off_s(place: int) -> float:
        mine = problem.windows[place]
        return max(abs(mine.start_s - window.start_s), abs(mine.stop_s - window.stop_s))

    nearest = min(places, key=off_s, default=None)
    if nearest is None or off_s(nearest) > _SAME_S:
        raise NoPlan(
            f"the standing plan flies {window.contact} from {window.start_s:g} s to {window.stop_s:g} s, "
            "which is not among the windows of the problem"
        )
    return nearest
