"""Element sets: the record, its readers, and the choice among the sets of one object by their age."""

from collections.abc import Iterable
from datetime import datetime

from passplan.checks import within
from passplan.constants import SECONDS_PER_DAY
from passplan.errors import ElementsError
from passplan.orbit.element_files import parse_elements, read_elements
from passplan.orbit.element_line import catalogue_number, checksum
from passplan.orbit.element_set import Elements, Fault, Reading, period_s
from passplan.orbit.tle import parse_tle, read_tle
from passplan.units import as_utc, format_utc, seconds_between

__all__ = [
    "WARNING_AGE_DAYS",
    "Elements",
    "Fault",
    "Reading",
    "age_days",
    "catalogue_number",
    "checksum",
    "histories",
    "nearest_in_time",
    "parse_elements",
    "parse_tle",
    "period_s",
    "read_elements",
    "read_tle",
    "trusted",
]

WARNING_AGE_DAYS = 7.0


def nearest_in_time(history: Iterable[Elements], when: datetime) -> Elements:
    """Element set whose epoch is nearest to an aware instant; of two equally near ones the first.

    Raises
    ------
    ElementsError
        If the history is empty.
    """
    sets = list(history)
    if not sets:
        raise ElementsError("the history holds no element set to choose from")
    return min(sets, key=lambda elements: abs(age_days(elements, when)))


def histories(sets: Iterable[Elements]) -> dict[int, tuple[Elements, ...]]:
    """Sets by catalogue number, numbers in the order in which they first come, each history oldest first.

    An epoch is kept once: of sets of one object and one epoch the last one of the file stands, be it the same or a
    correction.
    """
    found: dict[int, dict[datetime, Elements]] = {}
    for elements in sets:
        found.setdefault(elements.norad_id, {})[elements.epoch_utc] = elements
    return {number: tuple(by_epoch[epoch] for epoch in sorted(by_epoch)) for number, by_epoch in found.items()}


def age_days(elements: Elements, when: datetime) -> float:
    """Age [d] of a set at an aware instant: when minus epoch, negative before the epoch."""
    return seconds_between(elements.epoch_utc, as_utc(when)) / SECONDS_PER_DAY


def trusted(elements: Elements, when: datetime, *, max_age_days: float = 30.0) -> list[str]:
    """Warnings about the age of a set at an aware instant: one text beyond 7 d either side, else none.

    Raises
    ------
    ElementsError
        If the set is further than ``max_age_days`` [d] from the instant, either side.
    DomainError
        If ``max_age_days`` is negative or nan.

    Notes
    -----
    A set is a fit to past observations: its error is about 1 km along the track at epoch and grows by 1 to 3 km a
    day (recalled; T. Kelso, "Validation of SGP4 and IS-GPS-200D against GPS precision ephemerides", AAS 07-127).
    """
    within("max_age_days", max_age_days, 0.0, float("inf"))
    age = age_days(elements, when)
    side = "older" if age >= 0.0 else "younger"
    told = (
        f"{elements.source}: element set of {elements.name} of {format_utc(elements.epoch_utc)} is {abs(age):.1f} d "
        f"{side} than {format_utc(when)}"
    )
    if abs(age) > max_age_days:
        raise ElementsError(f"{told}, must be within {max_age_days:g} d")
    return [f"{told}; beyond {WARNING_AGE_DAYS:g} d expect kilometres"] if abs(age) > WARNING_AGE_DAYS else []
