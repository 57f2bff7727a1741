"""Times that are closed: blocks with their reasons, what they leave of a stretch, and daily hours across midnight.

Times are seconds [s] since one epoch that the caller chooses; a stretch is a pair (start_s, stop_s).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf

from passplan.checks import within
from passplan.constants import SECONDS_PER_DAY
from passplan.errors import DomainError

Stretch = tuple[float, float]
EVERY_DAY = frozenset(range(7))  # Monday is 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A stretch of time that cannot be used.

    start_s, stop_s : from and to [s], start < stop; either may be infinite
    reason : why, in words
    """

    start_s: float
    stop_s: float
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.start_s < self.stop_s:
            raise DomainError(f"Block.start_s is {self.start_s:g} s, must be before stop_s, {self.stop_s:g} s")

    def within(self, start_s: float, stop_s: float) -> "Block | None":
        """The part of it in a stretch [s], or None."""
        start, stop = max(self.start_s, start_s), min(self.stop_s, stop_s)
        return Block(start_s=start, stop_s=stop, reason=self.reason) if start < stop else None


def merged(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Union of stretches [s], in order and apart from each other; those that touch are one."""
    found: list[Stretch] = []
    for start_s, stop_s in sorted(stretches):
        if found and start_s <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop_s))
        else:
            found.append((start_s, stop_s))
    return tuple(found)


def left_of(start_s: float, stop_s: float, blocks: Iterable[Block]) -> tuple[Stretch, ...]:
    """What blocks leave of a stretch [s], in order; empty when they leave nothing.

    Raises
    ------
    DomainError
        If the stretch does not start before it stops.
    """
    if not start_s < stop_s:
        raise DomainError(f"start_s is {start_s:g} s, must be before stop_s, {stop_s:g} s")
    return gaps([(block.start_s, block.stop_s) for block in blocks], start_s, stop_s)


def gaps(stretches: Iterable[Stretch], start_s: float, stop_s: float) -> tuple[Stretch, ...]:
    """Parts of (start_s, stop_s) [s] that no stretch covers, in order."""
    found, free_s = [], start_s
    for begin_s, end_s in merged(stretches):
        if free_s < min(begin_s, stop_s):
            found.append((free_s, min(begin_s, stop_s)))
        free_s = max(free_s, end_s)
    if free_s < stop_s:
        found.append((free_s, stop_s))
    return tuple(found)


def shifts(
    start_s: float,
    stop_s: float,
    *,
    opens_s: float,
    closes_s: float,
    midnight_s: float = 0.0,
    weekday: int = 0,
    weekdays: Collection[int] = EVERY_DAY,
) -> tuple[Stretch, ...]:
    """Daily hours that meet a stretch of time, whole, in order.

    Parameters
    ----------
    start_s, stop_s : float
        The stretch [s].
    opens_s, closes_s : float
        Times of the local day [s], in [0, 86400]; a shift that closes before it opens runs across midnight.
    midnight_s : float
        A local midnight [s]; days are of 86400 s, so there is no change of clocks.
    weekday : int
        Day of the week that begins then, Monday is 0.
    weekdays : collection of int
        Days on which a shift may start, Monday is 0.

    Raises
    ------
    DomainError
        If a time of the day or a weekday is none, or both times are the same.
    """
    for name, value in (("opens_s", opens_s), ("closes_s", closes_s)):
        within(name, value, 0.0, SECONDS_PER_DAY)
    if opens_s == closes_s:
        raise DomainError(f"opens_s and closes_s are both {opens_s:g} s, must differ")
    for day in (weekday, *weekdays):
        within("weekday", day, 0, 6)
    length_s = (closes_s - opens_s) % SECONDS_PER_DAY or SECONDS_PER_DAY
    first = floor((start_s - midnight_s) / SECONDS_PER_DAY) - 1
    last = ceil((stop_s - midnight_s) / SECONDS_PER_DAY)
    begins = (
        midnight_s + day * SECONDS_PER_DAY + opens_s for day in range(first, last) if (weekday + day) % 7 in weekdays
    )
    return tuple((begin, begin + length_s) for begin in begins if begin < stop_s and begin + length_s > start_s)


def outside(stretches: Sequence[Stretch], reason: str) -> tuple[Block, ...]:
    """Blocks of all the time [s] that no stretch covers, without beginning and end."""
    return tuple(Block(start_s=start, stop_s=stop, reason=reason) for start, stop in gaps(stretches, -inf, inf))
