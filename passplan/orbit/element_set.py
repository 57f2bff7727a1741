"""The record of one element set, and what a reading of a file gives: its sets and its faults."""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

from passplan.checks import within
from passplan.constants import SECONDS_PER_DAY
from passplan.errors import DomainError, ElementsError
from passplan.units import as_utc, format_utc

HIGHEST_CATALOGUE_NUMBER = 999_999_999  # nine digits: Space-Track's announced range of catalogue numbers
FIRST_EPOCH = datetime(1957, 1, 1, tzinfo=UTC)  # the year of the first satellite, and the first of two-digit years
LAST_EPOCH = datetime(2100, 1, 1, tzinfo=UTC)

# Field, limits and which ends belong to them; the angles may be written from -180 or from 0 deg.
_LIMITS = (
    ("mean_motion_rev_day", 0.0, inf, "()"),
    ("eccentricity", 0.0, 1.0, "[)"),
    ("inclination_deg", 0.0, 180.0, "[]"),
    ("ascending_node_deg", -360.0, 360.0, "[]"),
    ("perigee_argument_deg", -360.0, 360.0, "[]"),
    ("mean_anomaly_deg", -360.0, 360.0, "[]"),
    ("drag_term", -inf, inf, "()"),
    ("mean_motion_dot_rev_day2", -inf, inf, "()"),
    ("mean_motion_ddot_rev_day3", -inf, inf, "()"),
    ("norad_id", 0, HIGHEST_CATALOGUE_NUMBER, "[]"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """One element set of one object: SGP4 mean elements in the frame TEME, as published.

    name : name of the object
    norad_id : catalogue number, 0 to 999,999,999
    object_id : international designator such as 2016-051A, empty if unknown
    epoch_utc : epoch of the set, aware, UTC, 1957 to 2099
    source : where it was read, ``file:line``
    mean_motion_rev_day : Kozai mean motion [rev/d], > 0
    eccentricity : [1], in [0, 1)
    inclination_deg : [deg], in [0, 180]
    ascending_node_deg, perigee_argument_deg, mean_anomaly_deg : [deg], in [-360, 360]
    drag_term : B* [1/Earth radii]
    mean_motion_dot_rev_day2 : half the first derivative of mean motion [rev/d^2], as it is published
    mean_motion_ddot_rev_day3 : a sixth of the second derivative [rev/d^3], as it is published
    line_1, line_2 : the two lines, 69 characters each; both None for a set that was not read from lines
    """

    name: str
    norad_id: int
    object_id: str
    epoch_utc: datetime
    source: str
    mean_motion_rev_day: float
    eccentricity: float
    inclination_deg: float
    ascending_node_deg: float
    perigee_argument_deg: float
    mean_anomaly_deg: float
    drag_term: float
    mean_motion_dot_rev_day2: float
    mean_motion_ddot_rev_day3: float
    line_1: str | None
    line_2: str | None

    def __post_init__(self) -> None:
        if not _is_sane(self):
            _refuse(self)
        if (self.line_1 is None) != (self.line_2 is None):
            raise ElementsError(f"{self.source}: line_1 and line_2 of {self.name} must both be there or both be None")


def _is_sane(elements: Elements) -> bool:
    """Whether epoch and numbers keep the limits, in a tenth of the time that naming the wrong one takes."""
    return (
        elements.epoch_utc.tzinfo is UTC
        and FIRST_EPOCH <= elements.epoch_utc < LAST_EPOCH
        and 0.0 < elements.mean_motion_rev_day < inf
        and 0.0 <= elements.eccentricity < 1.0
        and 0.0 <= elements.inclination_deg <= 180.0
        and -360.0 <= elements.ascending_node_deg <= 360.0
        and -360.0 <= elements.perigee_argument_deg <= 360.0
        and -360.0 <= elements.mean_anomaly_deg <= 360.0
        and -inf < elements.drag_term < inf
        and -inf < elements.mean_motion_dot_rev_day2 < inf
        and -inf < elements.mean_motion_ddot_rev_day3 < inf
        and 0 <= elements.norad_id <= HIGHEST_CATALOGUE_NUMBER
    )


def _refuse(elements: Elements) -> None:
    """Raise with the field that breaks its limits; an epoch in another zone than UTC breaks none."""
    epoch = as_utc(elements.epoch_utc, what="Elements.epoch_utc")
    if not FIRST_EPOCH <= epoch < LAST_EPOCH:
        allowed = f"[{FIRST_EPOCH:%Y-%m-%d}, {LAST_EPOCH:%Y-%m-%d})"
        raise DomainError(f"Elements.epoch_utc is {format_utc(epoch)}, must lie in {allowed}")
    for name, low, high, ends in _LIMITS:
        within(f"Elements.{name}", getattr(elements, name), low, high, ends=ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing in a file that kept a set from being read.

    source : where, ``file:line``
    norad_id : catalogue number, None if it could not be read
    name : name of the object, empty if unknown
    reason : what was found and what is allowed
    """

    source: str
    norad_id: int | None
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file of element sets holds.

    sets : the sets that could be read, in the order of the file, duplicates included
    faults : what could not be read, in the order of the file
    """

    sets: tuple[Elements, ...]
    faults: tuple[Fault, ...]


def period_s(elements: Elements) -> float:
    """Orbital period [s] of the set's mean motion."""
    return SECONDS_PER_DAY / elements.mean_motion_rev_day
