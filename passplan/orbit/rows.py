"""Rows of a search: each element set with the time in which it is the nearest of its object's history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from passplan.errors import ElementsError
from passplan.orbit.elements import Elements, period_s
from passplan.orbit.nodes import ANCHOR
from passplan.units import add_seconds, seconds_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One element set in a search.

    history : number of the object
    number : that of the set within the object's history
    elements : the set
    nearest_s : from when to when [s after `nodes.ANCHOR`] no other set of the object is nearer in time
    searched_s : the same, widened by a period on either side where another set takes over
    """

    history: int
    number: int
    elements: Elements
    nearest_s: tuple[float, float]
    searched_s: tuple[float, float]


def rows_within(histories: Sequence[Sequence[Elements]], start_s: float, end_s: float) -> list[Row]:
    """Rows whose searched time has a part in a window [s after `nodes.ANCHOR`], by object and epoch."""
    return [
        row
        for number, history in enumerate(histories)
        for row in _rows(number, history, start_s, end_s)
        if row.searched_s[0] < end_s and row.searched_s[1] > start_s
    ]


def seconds_of(when: datetime) -> float:
    """Seconds [s] from `nodes.ANCHOR` to an aware instant."""
    return seconds_between(ANCHOR, when)


def instant_of(seconds: float) -> datetime:
    """Instant of seconds [s] after `nodes.ANCHOR`, UTC, to the microsecond."""
    return add_seconds(ANCHOR, seconds)


def checked_history(history: Sequence[Elements] | Elements) -> tuple[Elements, ...]:
    """History in order of epoch, each epoch once, of one object; one set by itself is a history too.

    Raises
    ------
    ElementsError
        If it is empty or holds several objects.
    """
    if isinstance(history, Elements):
        return (history,)
    if not history:
        raise ElementsError("a history holds no element set")
    strangers = [item for item in history if not isinstance(item, Elements)]
    if strangers:
        raise ElementsError(f"a history holds {strangers[0]!r}, must hold records of Elements; see load_history")
    if len(history) == 1:
        return tuple(history)
    numbers = sorted({elements.norad_id for elements in history})
    if len(numbers) > 1:
        raise ElementsError(f"a history holds the objects {', '.join(map(str, numbers))}, must hold one")
    by_epoch = {elements.epoch_utc: elements for elements in reversed(history)}
    return tuple(by_epoch[epoch] for epoch in sorted(by_epoch))


def _rows(number: int, history: Sequence[Elements], start_s: float, end_s: float) -> list[Row]:
    if len(history) == 1:
        always = (start_s, end_s)
        return [Row(history=number, number=0, elements=history[0], nearest_s=always, searched_s=always)]
    epochs_s = [seconds_of(elements.epoch_utc) for elements in history]
    middles = [0.5 * (first + second) for first, second in pairwise(epochs_s)]
    edges = [float("-inf"), *middles, float("inf")]
    rows = []
    for place, (elements, low_s, high_s) in enumerate(zip(history, edges[:-1], edges[1:], strict=True)):
        margin_s = period_s(elements)
        rows.append(
            Row(
                history=number,
                number=place,
                elements=elements,
                nearest_s=(low_s, high_s),
                searched_s=(low_s - margin_s, high_s + margin_s),
            )
        )
    return rows
