"""Fair shares: the station or satellite that gets least shall get as much as can be.

Maximin first, then the sum: of all timetables whose least share is the greatest, the one with the most key. The shares
above the least are not levelled one after another (that would be leximin; Ogryczak and Sliwinski, Eur. J. Oper. Res.
128, 80 (2001)).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray, one_of, within
from passplan.schedule.model import Model
from passplan.schedule.objective import Objective, TotalKey, by_group
from passplan.schedule.room import Chosen, Room
from passplan.schedule.window import Problem

Group = Literal["station", "satellite", "night"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What each group gets of a timetable.

    bits : expected key by name [bit]
    weighted : the same over the group's weight [bit], of which the least counts
    without_candidate : names that have no window with key that may be flown; they are not counted
    """

    bits: Mapping[str, float]
    weighted: Mapping[str, float]
    without_candidate: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FairShare:
    """The least weighted share [bit], and the sum of all keys where that is equal.

    The share of a group is the expected key of its windows over its weight. Priorities of windows count in the sum
    alone. A group without a candidate is not counted: its share is nobody's choice.

    of : what the windows are grouped by
    shares : weight of a group by name [1], > 0; 1 where not named. Twice the weight is due twice the key
    """

    of: Group = "station"
    shares: Mapping[str, float] = field(default_factory=dict)
    name: str = "fair"
    unit: str = "bit"
    then: Objective | None = field(default_factory=TotalKey)

    def __post_init__(self) -> None:
        one_of("group", self.of, ("station", "satellite", "night"))
        for name, weight in self.shares.items():
            within(f"share of {name}", weight, 0.0, inf, ends="()")

    def worth(self, problem: Problem, chosen: Chosen) -> float:
        """Least weighted share of the groups with a candidate [bit]; 0 if there is none."""
        return min(self.detail(problem, chosen).weighted.values(), default=0.0)

    def detail(self, problem: Problem, chosen: Chosen) -> Shares:
        """Shares of all groups."""
        keys_bits = expected_bits(problem)
        groups = self._groups(problem)
        bits = {name: float(keys_bits[places[chosen[places]]].sum()) for name, places in groups.items()}
        return Shares(
            bits=bits,
            weighted={name: share / self.shares.get(name, 1.0) for name, share in bits.items()},
            without_candidate=tuple(sorted(self._names(problem) - set(groups))),
        )

    def add_to(self, model: Model, problem: Problem, windows: Any) -> None:
        """Add a column for the least share, and a row for each group that holds it down."""
        groups = self._groups(problem)
        if not groups:
            return
        keys_bits = expected_bits(problem)
        due_bits = {name: keys_bits[places].max() * self.shares.get(name, 1.0) for name, places in groups.items()}
        scale_bits = max(due_bits.values())
        least = model.add_columns(1, gain=scale_bits)
        for name, places in groups.items():
            weight = self.shares.get(name, 1.0)
            model.add_row(
                np.append(windows[places], least), np.append(keys_bits[places] / (scale_bits * weight), -1.0), lower=0.0
            )

    def fill(self, room: Room) -> None:
        """Give the group with the least share its best window that fits, again and again."""
        keys_bits = expected_bits(room.problem)
        groups = self._groups(room.problem)
        queues = {
            name: places[np.argsort(-keys_bits[places], kind="stable")].tolist() for name, places in groups.items()
        }
        shares = {
            name: float(keys_bits[places[room.chosen[places]]].sum()) / self.shares.get(name, 1.0)
            for name, places in groups.items()
        }
        while shares:
            name = min(shares, key=lambda each: shares[each])
            place = _first_that_fits(room, queues[name])
            if place is None:
                del shares[name]
                continue
            room.take(place)
            shares[name] += float(keys_bits[place]) / self.shares.get(name, 1.0)

    def _groups(self, problem: Problem) -> dict[str, NDArray[np.intp]]:
        """Places of the windows by group, of the groups that can get something."""
        names = self._names(problem)
        for name in self.shares:
            one_of(self.of, name, names)
        fixed = problem.fixed or {}
        keys_bits = expected_bits(problem)
        return {
            name: places
            for name, places in by_group(problem, self.of).items()
            if any(keys_bits[place] > 0.0 and fixed.get(place, True) for place in places.tolist())
        }

    def _names(self, problem: Problem) -> set[str]:
        if self.of == "night":
            return {window.night for window in problem.windows}
        return set(problem.stations if self.of == "station" else problem.satellites)


def expected_bits(problem: Problem) -> FloatArray:
    """Expected key of each window without its priority [bit], shape (windows,)."""
    return np.array([each.key_bits * each.clear for each in problem.windows], dtype=float)


def _first_that_fits(room: Room, queue: list[int]) -> int | None:
    """First open window of a queue that fits, taken from it with those before, which never will."""
    while queue:
        place = queue.pop(0)
        if room.is_open[place] and room.fits(place):
            return place
    return None
