"""Plans for bad weather: the mean of the worst share of the weathers, or the chance of enough key in a night.

Both are exact for the weathers that they are given, a sample of what may come (see ``weather_draws``). The clear chance
of the windows themselves plays no part in them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
from annotated_types import Interval
from numpy.typing import NDArray

from passplan.checks import FloatArray, Positive, check_limits, freeze, within
from passplan.errors import DomainError
from passplan.schedule.model import Model
from passplan.schedule.objective import Objective, TotalKey, by_group
from passplan.schedule.room import Chosen, Room
from passplan.schedule.window import Problem

_MEAN_WEIGHT = 1e-6  # decides where the worst weathers leave a greedy choice open
_ROUNDING = 1e-9  # of a night's key that just reaches what is wanted, relative


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """How the key of a timetable is spread over the weathers.

    total_bits : in each weather, rising [bit], shape (weathers,), read-only
    night_bits : key of each night in each weather [bit], by night, shape (weathers,), in the order of the weathers
    """

    total_bits: FloatArray
    night_bits: dict[str, FloatArray]

    def __post_init__(self) -> None:
        freeze(self.total_bits, *self.night_bits.values())

    @property
    def mean_bits(self) -> float:
        """Mean over the weathers [bit]."""
        return float(self.total_bits.mean())

    def quantile_bits(self, share: float | Sequence[float]) -> FloatArray:
        """Key [bit] that a share [1] of the weathers does not exceed, shape of ``share``."""
        return np.asarray(np.quantile(self.total_bits, np.asarray(share, dtype=float)))

    def chance_of(self, bits: float) -> dict[str, float]:
        """Share of the weathers in which a night has at least so many bits, by night [1]."""
        return {night: float((key >= bits * (1.0 - _ROUNDING)).mean()) for night, key in self.night_bits.items()}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WorstShare:
    """Mean key of the worst share of the weathers [bit], each key times its priority: conditional value at risk.

    clear : clear share of each window in each weather [1], in [0, 1], shape (weathers, windows)
    worst_share : of the weathers that count [1], in (0, 1]; 1: the mean of all

    Notes
    -----
    With w weathers the worst ``worst_share * w`` count, the last of them in part where that is no whole number. The
    linear rows are those of Rockafellar and Uryasev, J. Risk 2 (3), 21 (2000), eq. (17).
    """

    clear: NDArray[Any]
    worst_share: Annotated[float, Interval(gt=0.0, le=1.0)] = 0.1
    name: str = "cvar"
    unit: str = "bit"
    then: Objective | None = None

    def __post_init__(self) -> None:
        check_limits(self)
        _check_clear(self.clear)

    def worth(self, problem: Problem, chosen: Chosen) -> float:
        """Mean of the worst share of the totals [bit]."""
        totals_bits = np.sort(self._keys_bits(problem)[:, chosen].sum(axis=1))
        return float(totals_bits @ self._tail(len(totals_bits)))

    def detail(self, problem: Problem, chosen: Chosen) -> Spread:
        """Totals over the weathers, priorities left aside."""
        return spread_of(problem, chosen, self.clear)

    def add_to(self, model: Model, problem: Problem, windows: Any) -> None:
        """Add the value at risk, and for each weather what it falls short of that."""
        keys_bits = self._keys_bits(problem)
        scale_bits = float(keys_bits.sum(axis=1).max(initial=0.0))
        if not scale_bits:
            return
        weathers = len(keys_bits)
        at_risk = model.add_columns(1, gain=scale_bits, upper=1.0)
        short = model.add_columns(weathers, gain=-scale_bits / (self.worst_share * weathers), upper=1.0)
        rows, places = np.nonzero(keys_bits)
        every = np.arange(weathers)
        model.add_rows(
            np.concatenate([rows, every, every]),
            np.concatenate([windows[places], np.broadcast_to(at_risk, weathers), short]),
            np.concatenate([keys_bits[rows, places] / scale_bits, -np.ones(weathers), np.ones(weathers)]),
            lower=0.0,
            count=weathers,
        )

    def fill(self, room: Room) -> None:
        """Take what adds most to the weathers that are worst so far."""
        keys_bits = self._keys_bits(room.problem)
        tail = self._tail(len(keys_bits))
        mean_bits = _MEAN_WEIGHT * keys_bits.mean(axis=0)

        def gains(chosen: Chosen) -> FloatArray:
            order = np.argsort(keys_bits[:, chosen].sum(axis=1), kind="stable")
            return np.asarray(tail @ keys_bits[order] + mean_bits)

        room.fill_by_gain(gains)

    def _keys_bits(self, problem: Problem) -> FloatArray:
        """Key times priority of each window in each weather [bit]."""
        _check_shape(self.clear, problem)
        keys_bits = np.array([window.key_bits * window.priority for window in problem.windows], dtype=float)
        return np.asarray(self.clear * keys_bits)

    def _tail(self, weathers: int) -> FloatArray:
        """Weights of the totals in rising order, shape (weathers,); their sum is 1."""
        count = self.worst_share * weathers
        return np.clip(count - np.arange(weathers), 0.0, 1.0) / count


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NightlyChance:
    """Chance that a night has at least so much key [1], mean of the nights; then the sum of the expected keys.

    The nights are those of the problem's windows. Priorities count in the sum alone.

    clear : clear share of each window in each weather [1], in [0, 1], shape (weathers, windows)
    bits : key wanted in a night [bit], > 0
    """

    clear: NDArray[Any]
    bits: Positive
    name: str = "chance"
    unit: str = "1"
    then: Objective | None = field(default_factory=TotalKey)

    def __post_init__(self) -> None:
        check_limits(self)
        _check_clear(self.clear)

    def worth(self, problem: Problem, chosen: Chosen) -> float:
        """Share of nights and weathers with enough key [1], in [0, 1]; 0 without windows."""
        chances = spread_of(problem, chosen, self.clear).chance_of(self.bits)
        return float(np.mean(list(chances.values()))) if chances else 0.0

    def detail(self, problem: Problem, chosen: Chosen) -> Spread:
        """Keys over the weathers."""
        return spread_of(problem, chosen, self.clear)

    def add_to(self, model: Model, problem: Problem, windows: Any) -> None:
        """Add for each night and each different weather of it whether there is enough key."""
        nights = list(self._nights(problem))
        for places, keys_bits, counts in nights:
            share = counts / (len(self.clear) * len(nights))
            possible = np.flatnonzero(keys_bits.sum(axis=1) >= self.bits * (1.0 - _ROUNDING))
            if not possible.size:
                continue
            enough = model.add_columns(len(possible), gain=share[possible], upper=1.0, whole=True)
            give = np.minimum(keys_bits[possible] / self.bits, 1.0)  # more than enough is no more than enough
            rows, members = np.nonzero(give)
            model.add_rows(
                np.append(rows, np.arange(len(possible))),
                np.append(windows[places[members]], enough),
                np.append(give[rows, members], -np.ones(len(possible))),
                lower=0.0,
                count=len(possible),
            )

    def fill(self, room: Room) -> None:
        """Take what adds most to the nights and weathers that have not enough yet."""
        nights = list(self._nights(room.problem))
        night_of = {int(place): index for index, (places, _, _) in enumerate(nights) for place in places}
        gains_bits = np.zeros(len(room.problem.windows))
        known = np.zeros(len(room.problem.windows), dtype=bool)

        def refresh(index: int, chosen: Chosen) -> None:
            places, keys_bits, counts = nights[index]
            missing = np.maximum(self.bits - keys_bits[:, chosen[places]].sum(axis=1), 0.0)
            gains_bits[places] = counts @ np.minimum(keys_bits, missing[:, None])

        def gains(chosen: Chosen) -> FloatArray:
            for index in {night_of[place] for place in np.flatnonzero(chosen & ~known).tolist()}:
                refresh(index, chosen)
            known[:] = chosen
            return gains_bits

        for index in range(len(nights)):
            refresh(index, room.chosen)
        room.fill_by_gain(gains)

    def _nights(self, problem: Problem) -> Iterator[tuple[NDArray[np.intp], FloatArray, FloatArray]]:
        """Places, different keys [bit] of shape (patterns, places), and how many weathers have each, night by night."""
        _check_shape(self.clear, problem)
        keys_bits = np.array([window.key_bits for window in problem.windows], dtype=float)
        for places in by_group(problem, "night").values():
            patterns, counts = np.unique(self.clear[:, places], axis=0, return_counts=True)
            yield places, patterns * keys_bits[places], counts.astype(float)


def spread_of(problem: Problem, chosen: Chosen, clear: NDArray[Any]) -> Spread:
    """Key of a choice over weathers.

    Parameters
    ----------
    problem : Problem
        The windows.
    chosen : ndarray, shape (windows,)
        Which are flown.
    clear : ndarray, shape (weathers, windows)
        Clear share of each window in each weather [1], in [0, 1].

    Raises
    ------
    DomainError
        If the shapes do not agree.
    """
    _check_shape(clear, problem)
    keys_bits = np.where(chosen, clear * np.array([window.key_bits for window in problem.windows], dtype=float), 0.0)
    nights = {night: keys_bits[:, places].sum(axis=1) for night, places in by_group(problem, "night").items()}
    return Spread(total_bits=np.sort(keys_bits.sum(axis=1)), night_bits=nights)


def _check_clear(clear: NDArray[Any]) -> None:
    if np.ndim(clear) != 2 or len(clear) == 0:
        raise DomainError(f"clear has the shape {np.shape(clear)}, must be (weathers, windows) with a weather at least")
    within("clear", clear, 0.0, 1.0)


def _check_shape(clear: NDArray[Any], problem: Problem) -> None:
    if clear.shape[1] != len(problem.windows):
        raise DomainError(f"clear is of {clear.shape[1]} windows, the problem has {len(problem.windows)}")
