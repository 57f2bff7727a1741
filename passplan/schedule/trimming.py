"""Contacts that overlap, shortened rather than dropped: further windows that let two of them follow each other.

A plan with these windows is the best among them. Which windows there are is a choice by rule: of the instants at which
one contact could hand over to another only a few are offered, so a plan that shortens at any instant could be better.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from passplan.checks import within
from passplan.schedule.cliques import maximal_cliques
from passplan.schedule.conflicts import clashes, turning_s
from passplan.schedule.window import Problem, Resource, Window

Stretch = tuple[Window, float, float]
Remake = Callable[[Window, float, float], Window | None]
RemakeAll = Callable[[Sequence[Stretch]], Sequence[Window | None]]

MOST_VARIANTS = 12
_GRID = 7  # instants between the two outermost hand-overs
_CUTS_AT_ONCE = 6  # starts and stops of one contact that are tried together
_ROUNDS = 6  # until the turn between two contacts fits the directions in which they were cut
_MOST_SHARE = 0.9  # of a move that the turn it causes may eat up
_SPARE_S = 1e-3  # cuts keep off the least gap by this much, so that rounding makes no clash


@dataclass(frozen=True, slots=True, kw_only=True)
class _HandOver:
    """One window shortened at its end, another at its start, or only one of both.

    before, after : places of the windows
    stop_s, start_s : where the first stops and the second starts [s]
    resource, of : whose terminal both need
    moves_stop : whether the stop gives way where the terminal must turn for longer, rather than the start
    kind : "early", "late" or "middle"
    short_s : by how much the time to turn fell short before the last move [s]; 0: not moved yet
    """

    before: int
    after: int
    stop_s: float
    start_s: float
    resource: Resource
    of: str
    moves_stop: bool
    kind: str
    short_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Cut:
    """An instant at which a window may start or stop [s], and what the pair gains by it [bit]."""

    at_s: float
    gain_bits: float


def variants_of(
    windows: Sequence[Window],
    satellites: Mapping[str, Resource],
    stations: Mapping[str, Resource],
    remake: Remake,
    *,
    min_length_s: float,
    most: int = MOST_VARIANTS,
) -> tuple[Window, ...]:
    """Windows, then shortened ones beside them; see ``variants_of_all``, which asks for many at once.

    Parameters
    ----------
    remake : callable
        ``remake(window, start_s, stop_s)``: the window of a part of a contact, with its own key and directions; None
        where it is worth nothing. It may be shorter than asked, never longer.
    """
    return variants_of_all(
        windows,
        satellites,
        stations,
        lambda stretches: [remake(*stretch) for stretch in stretches],
        min_length_s=min_length_s,
        most=most,
    )


def variants_of_all(
    windows: Sequence[Window],
    satellites: Mapping[str, Resource],
    stations: Mapping[str, Resource],
    remake_all: RemakeAll,
    *,
    min_length_s: float,
    most: int = MOST_VARIANTS,
) -> tuple[Window, ...]:
    """Windows, then shortened ones beside them.

    Parameters
    ----------
    windows : sequence of Window
        Contacts at full length.
    satellites, stations : mapping
        Terminals by name.
    remake_all : callable
        Takes stretches, each a window with the start and stop of a part of it [s]; returns their windows, with their
        own keys and directions, in the same order; None where one is worth nothing. They may be shorter than asked.
    min_length_s : float
        Least useful length [s], >= 0.
    most : int
        Most variants of one contact, >= 0.

    Returns
    -------
    tuple of Window
        The windows as given, at their places, and the variants after them.

    Notes
    -----
    For each two contacts that clash on a resource with too few terminals, and for either order: the first stops early
    enough for the second; the second starts late enough for the first; both are shortened, at that instant of a grid
    where their values sum to most. Then starts and stops of one contact are joined, for one that lies between two
    others. A variant is dropped when another of its contact lies within it and has no less key. Those that gain most
    in their pair are kept.
    """
    within("min_length_s", min_length_s, 0.0, np.inf, ends="[)")
    within("most", most, 0, 1000)
    if not most:
        return tuple(windows)
    maker = _Maker(windows, remake_all, min_length_s)
    problem = Problem(windows=tuple(windows), satellites=satellites, stations=stations)
    starts: list[list[_Cut]] = [[] for _ in windows]
    stops: list[list[_Cut]] = [[] for _ in windows]
    for pair, gain_bits in maker.best(_hand_overs(problem, min_length_s)):
        if pair.stop_s < windows[pair.before].stop_s:
            stops[pair.before].append(_Cut(pair.stop_s, gain_bits))
        if pair.start_s > windows[pair.after].start_s:
            starts[pair.after].append(_Cut(pair.start_s, gain_bits))
    return (
        *windows,
        *_kept(windows, maker, [_best_cuts(cuts) for cuts in starts], [_best_cuts(c) for c in stops], most),
    )


def _hand_overs(problem: Problem, min_length_s: float) -> list[_HandOver]:
    """What to try for every two contacts of a crowd, in both orders."""
    found = []
    for each in clashes(problem):
        crowds = [
            each.places[group].tolist()
            for group in maximal_cliques(len(each.places), each.first, each.second)
            if len(group) > each.resource.terminals
        ]
        pairs = {pair for crowd in crowds for pair in combinations(sorted(crowd), 2)}
        for one, other in sorted(pairs):
            if problem.windows[one].contact != problem.windows[other].contact:
                found += _tries(problem.windows, one, other, each.resource, each.of, min_length_s)
                found += _tries(problem.windows, other, one, each.resource, each.of, min_length_s)
    return found


def _tries(
    windows: Sequence[Window], before: int, after: int, resource: Resource, of: str, min_length_s: float
) -> list[_HandOver]:
    """Hand-overs from one window to another, as far as both stay long enough."""
    first, second = windows[before], windows[after]
    gap_s = _gap_s(first, second, resource, of)
    earliest_s = first.start_s + min_length_s
    latest_s = second.stop_s - min_length_s - gap_s
    plain = _HandOver(
        before=before, after=after, stop_s=first.stop_s, start_s=second.start_s, resource=resource, of=of,
        moves_stop=False, kind="middle",
    )  # fmt: skip
    found = []
    if second.start_s - gap_s > earliest_s:
        found.append(replace(plain, stop_s=second.start_s - gap_s, moves_stop=True, kind="early"))
    if first.stop_s < latest_s:
        found.append(replace(plain, start_s=first.stop_s + gap_s, kind="late"))
    low_s, high_s = max(earliest_s, second.start_s - gap_s), min(latest_s, first.stop_s)
    if low_s < high_s:
        instants = np.linspace(low_s, high_s, _GRID + 2)[1:-1].tolist()
        found += [replace(plain, stop_s=at_s, start_s=at_s + gap_s) for at_s in instants]
    return found


def _gap_s(first: Window, second: Window, resource: Resource, of: str) -> float:
    """Time from the stop of one window to the start of another on one terminal, and a little to spare [s]."""
    before, after = getattr(first, f"{of}_aim"), getattr(second, f"{of}_aim")
    if before is None or after is None:
        return resource.setup_s + _SPARE_S
    return float(turning_s(resource, np.array([before[1]]), np.array([after[0]]))[0]) + _SPARE_S


class _Maker:
    """Parts of windows, each made once."""

    def __init__(self, windows: Sequence[Window], remake_all: RemakeAll, min_length_s: float) -> None:
        """Nothing is made yet."""
        self._windows, self._remake_all, self._min_length_s = windows, remake_all, min_length_s
        self._made: dict[tuple[int, float, float], Window | None] = {}

    def make(self, wanted: Iterable[tuple[int, float, float]]) -> None:
        """Make the parts (place, start, stop) that are not known yet; one too short is worth nothing."""
        new = [key for key in dict.fromkeys(wanted) if key not in self._made]
        for key in new:
            window = self._windows[key[0]]
            self._made[key] = window if key[1:] == (window.start_s, window.stop_s) else None
        new = [key for key in new if self._made[key] is None and key[2] - key[1] >= self._min_length_s]
        found = self._remake_all([(self._windows[place], start_s, stop_s) for place, start_s, stop_s in new])
        for key, part in zip(new, found, strict=True):
            if part is not None and part.duration_s >= self._min_length_s:
                self._made[key] = part

    def part(self, place: int, start_s: float, stop_s: float) -> Window | None:
        """A part that was made."""
        return self._made[place, start_s, stop_s]

    def best(self, tries: list[_HandOver]) -> list[tuple[_HandOver, float]]:
        """Hand-overs that leave time to turn, with what they gain over the better one alone [bit].

        Of those of one pair that shorten both, only the best.
        """
        best: dict[tuple[int, int, str, str], tuple[_HandOver, float]] = {}
        for each in self._settled(tries):
            first, second = self._both(each)
            assert first is not None
            assert second is not None
            alone = max(self._windows[each.before].value, self._windows[each.after].value)
            gain_bits = first.value + second.value - alone
            key = (each.before, each.after, each.of, each.kind)
            if key not in best or gain_bits > best[key][1]:
                best[key] = (each, gain_bits)
        return list(best.values())

    def _settled(self, tries: list[_HandOver]) -> list[_HandOver]:
        """Hand-overs moved until the terminal has time to turn; those that do not come to rest are left out."""
        good: list[_HandOver] = []
        for _ in range(_ROUNDS):
            self.make(key for each in tries for key in self._keys(each))
            moved = []
            for each in tries:
                first, second = self._both(each)
                if first is None or second is None:
                    continue
                short_s = _gap_s(first, second, each.resource, each.of) - (second.start_s - first.stop_s)
                if short_s <= 0.5 * _SPARE_S:
                    good.append(each)
                elif each.moves_stop:
                    moved.append(replace(each, stop_s=first.stop_s - _move_s(each, short_s), short_s=short_s))
                else:
                    moved.append(replace(each, start_s=second.start_s + _move_s(each, short_s), short_s=short_s))
            tries = moved
        return good

    def _keys(self, each: _HandOver) -> tuple[tuple[int, float, float], tuple[int, float, float]]:
        first, second = self._windows[each.before], self._windows[each.after]
        return (each.before, first.start_s, each.stop_s), (each.after, each.start_s, second.stop_s)

    def _both(self, each: _HandOver) -> tuple[Window | None, Window | None]:
        one, other = self._keys(each)
        return self.part(*one), self.part(*other)


def _move_s(each: _HandOver, short_s: float) -> float:
    """How far to move a cut [s] that falls short: each move turns the direction further, by as much as the last did."""
    share = min(short_s / each.short_s, _MOST_SHARE) if each.short_s else 0.0
    return short_s / (1.0 - share)


def _best_cuts(cuts: list[_Cut]) -> list[_Cut]:
    """Different cuts, those that gain most first."""
    gains: dict[float, float] = {}
    for cut in cuts:
        gains[cut.at_s] = max(cut.gain_bits, gains.get(cut.at_s, -np.inf))
    return [_Cut(at_s, gain) for at_s, gain in sorted(gains.items(), key=lambda item: (-item[1], item[0]))]


def _kept(
    windows: Sequence[Window], maker: _Maker, starts: list[list[_Cut]], stops: list[list[_Cut]], most: int
) -> list[Window]:
    """Variants of all contacts, no more than so many of each, in the order of the contacts."""
    tried: dict[str, list[tuple[float, tuple[int, float, float]]]] = {}
    for place, window in enumerate(windows):
        first, last = _Cut(window.start_s, np.inf), _Cut(window.stop_s, np.inf)
        some_starts, some_stops = [first, *starts[place][:_CUTS_AT_ONCE]], [last, *stops[place][:_CUTS_AT_ONCE]]
        joined = [(start, stop) for start in some_starts for stop in some_stops]
        joined += [(start, last) for start in starts[place][_CUTS_AT_ONCE:]]
        joined += [(first, stop) for stop in stops[place][_CUTS_AT_ONCE:]]
        tried.setdefault(window.contact, []).extend(
            (min(start.gain_bits, stop.gain_bits), (place, start.at_s, stop.at_s)) for start, stop in joined[1:]
        )
    maker.make(key for tries in tried.values() for _, key in tries)
    full_of: dict[str, list[Window]] = {}
    for window in windows:
        full_of.setdefault(window.contact, []).append(window)
    kept: list[Window] = []
    for contact, tries in tried.items():
        made = [(gain, maker.part(*key)) for gain, key in tries]
        parts = _undominated([(gain, part) for gain, part in made if part is not None], full_of[contact])
        parts.sort(key=lambda item: (-item[0], -item[1].value, item[1].start_s, item[1].stop_s))
        kept += [part for _, part in parts[:most]]
    return kept


def _undominated(tries: list[tuple[float, Window]], full: Sequence[Window]) -> list[tuple[float, Window]]:
    """Leave out windows that contain another of their contact with no less key, and all but one of equal ones."""
    found: list[tuple[float, Window]] = []
    for gain, window in sorted(tries, key=lambda item: (item[1].duration_s, -item[1].value, -item[0])):
        others = [other for _, other in found] + list(full)
        if window.value > 0.0 and not any(_is_no_worse(other, window) for other in others):
            found.append((gain, window))
    return found


def _is_no_worse(other: Window, window: Window) -> bool:
    """Whether the other takes no more time, and gives no less key whatever counts."""
    return (
        window.start_s <= other.start_s
        and other.stop_s <= window.stop_s
        and other.key_bits >= window.key_bits
        and other.clear >= window.clear
        and other.priority >= window.priority
    )
