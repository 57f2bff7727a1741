"""Whether one object's elements can be flown with at an instant: fresh, in orbit, and physically possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import hypot, inf
from typing import Any

from passplan.checks import within
from passplan.constants import EARTH_EQUATORIAL_RADIUS_KM
from passplan.errors import ElementsError
from passplan.orbit.earth import timescale
from passplan.orbit.elements import Elements, Fault, age_days, nearest_in_time, period_s
from passplan.orbit.topocentric import HIGHEST_ALTITUDE_KM, LOWEST_ALTITUDE_KM, ground_fixed_states, propagator
from passplan.units import as_utc, format_utc

# No satellite was seen to come round again after a perigee below about 80 km: J. McDowell, "The edge of space:
# revisiting the Karman line", Acta Astronautica 151, 668 (2018).
LOWEST_PERIGEE_KM = 80.0
# Beyond the Moon the Earth holds nothing, and SGP4 knows of no Moon that could be met.
HIGHEST_APOGEE_KM = HIGHEST_ALTITUDE_KM
# Assumed: ten times the greatest of 2703 active objects on 2020-06-05, which was 1.003.
GREATEST_DRAG_TERM = 10.0
# Assumed: half a derivative of 1 rev/d^2 takes a low orbit down within days; the greatest of those objects was 0.14.
FASTEST_DECAY_REV_DAY2 = 1.0
# Assumed: five times the steepest climb under electric propulsion among 200 Starlinks of 2026-03-19, 0.02.
FASTEST_CLIMB_REV_DAY2 = 0.1

_SGP4_RADIUS_KM = 6378.135  # WGS 72, in which SGP4 counts its Earth radii
_FLATTENING_KM = 22.0  # by so much the poles lie lower than the equator, rounded up


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectVerdict:
    """Whether one object can be flown with at an instant, and why not.

    source : where the set or the fault stands, ``file:line``
    norad_id : catalogue number, None if it could not be read
    name : name of the object, empty if unknown
    epoch_utc, age_days : epoch of the set nearest to the instant, and its age [d] then, negative before the epoch
    perigee_km, apogee_km : mean altitudes over the equatorial radius [km]
    period_min : period of the mean motion [min]
    go : whether nothing speaks against it
    reasons : one text each, which begins with ``stale:``, ``decayed:``, ``implausible:`` or ``faulty:``

    A faulty object has no set: what it would say is None.
    """

    source: str
    norad_id: int | None
    name: str
    epoch_utc: datetime | None
    age_days: float | None
    perigee_km: float | None
    apogee_km: float | None
    period_min: float | None
    go: bool
    reasons: tuple[str, ...]


def verdict_of(history: Elements | Sequence[Elements], *, when: datetime, max_age_days: float) -> ObjectVerdict:
    """Verdict on one object at an aware instant, by its set nearest to it.

    Parameters
    ----------
    history : Elements or sequence of Elements
        One set, or the sets of one object.
    when : datetime
        The instant, aware.
    max_age_days : float
        Greatest distance [d] of the epoch from the instant, either side, >= 0.

    Returns
    -------
    ObjectVerdict
        ``stale``: the epoch is too far away. ``decayed``: the mean perigee is below 80 km, or SGP4 fails at the instant
        or puts the object below 80 or beyond 500,000 km. ``implausible``: an orbit inside the Earth or beyond the
        Moon, or a drag term or change of mean motion that nothing in orbit has.

    Raises
    ------
    ElementsError
        If the history is empty.
    DomainError
        If ``max_age_days`` is negative or nan.
    InputError
        If the instant is naive.

    Notes
    -----
    Altitudes are those of SGP4's own mean semi-major axis, short-period terms left out: D. Vallado et al.,
    "Revisiting Spacetrack Report #3", AIAA 2006-6753. They differ from the osculating ones by some 10 km.
    """
    if not 0.0 <= max_age_days <= inf:
        within("max_age_days", max_age_days, 0.0, inf)
    when = as_utc(when, what="when")
    elements = history if isinstance(history, Elements) else nearest_in_time(history, when)
    age = age_days(elements, when)
    model = propagator(elements)
    perigee_km, apogee_km = model.altp * _SGP4_RADIUS_KM, model.alta * _SGP4_RADIUS_KM
    reasons = [*_stale(elements, when, age, max_age_days), *_implausible(elements, perigee_km, apogee_km)]
    if 0.0 <= perigee_km < LOWEST_PERIGEE_KM:
        reasons.append(f"decayed: mean perigee is {perigee_km:.0f} km, must be at least {LOWEST_PERIGEE_KM:g} km")
    elif perigee_km >= 0.0:
        code, position_km, _ = model.sgp4_tsince(age * 1440.0)  # min
        if code or not _surely_in_orbit(position_km):
            reasons += _failure(elements, when)
    return ObjectVerdict(
        source=elements.source,
        norad_id=elements.norad_id,
        name=elements.name,
        epoch_utc=elements.epoch_utc,
        age_days=age,
        perigee_km=perigee_km,
        apogee_km=apogee_km,
        period_min=period_s(elements) / 60.0,
        go=not reasons,
        reasons=tuple(reasons),
    )


def verdict_of_fault(fault: Fault) -> ObjectVerdict:
    """Verdict ``faulty`` on an object whose set could not be read."""
    return ObjectVerdict(
        source=fault.source,
        norad_id=fault.norad_id,
        name=fault.name,
        epoch_utc=None,
        age_days=None,
        perigee_km=None,
        apogee_km=None,
        period_min=None,
        go=False,
        reasons=(f"faulty: {fault.reason}",),
    )


def _stale(elements: Elements, when: datetime, age: float, max_age_days: float) -> list[str]:
    if abs(age) <= max_age_days:
        return []
    side = "before" if age > 0.0 else "after"
    epoch = format_utc(elements.epoch_utc)
    return [f"stale: epoch {epoch} is {abs(age):.1f} d {side} {format_utc(when)}, must be within {max_age_days:g} d"]


def _implausible(elements: Elements, perigee_km: float, apogee_km: float) -> list[str]:
    found = []
    motion, change = elements.mean_motion_rev_day, elements.mean_motion_dot_rev_day2
    if perigee_km + apogee_km < 0.0:
        found.append(f"mean motion of {motion:g} rev/d puts the whole orbit inside the Earth")
    elif not perigee_km >= 0.0:
        found.append(f"mean perigee is {perigee_km:.0f} km, inside the Earth")
    if apogee_km > HIGHEST_APOGEE_KM:
        found.append(f"mean apogee is {apogee_km:.0f} km, must be at most {HIGHEST_APOGEE_KM:.0f} km")
    if abs(elements.drag_term) > GREATEST_DRAG_TERM:
        found.append(
            f"drag term is {elements.drag_term:g} per Earth radius, must lie within +-{GREATEST_DRAG_TERM:g} (assumed)"
        )
    if not -FASTEST_CLIMB_REV_DAY2 <= change <= FASTEST_DECAY_REV_DAY2:
        limits = f"[-{FASTEST_CLIMB_REV_DAY2:g}, {FASTEST_DECAY_REV_DAY2:g}] (assumed)"
        found.append(f"half the change of mean motion is {change:g} rev/d^2, must lie in {limits}")
    return [f"implausible: {text}" for text in found]


def _surely_in_orbit(position_km: tuple[float, float, float]) -> bool:
    """Whether the altitude keeps its limits wherever on the flattened Earth the object stands; nan never does."""
    height_km = hypot(*position_km) - EARTH_EQUATORIAL_RADIUS_KM
    return LOWEST_ALTITUDE_KM < height_km < HIGHEST_ALTITUDE_KM - _FLATTENING_KM


def _failure(elements: Elements, when: datetime) -> list[str]:
    """What the one propagation of the house says of the instant: nothing, or why it fails."""
    try:
        ground_fixed_states(elements, _one_instant(when))
    except ElementsError as error:
        return [f"decayed: {str(error).rpartition(f'epoch {format_utc(elements.epoch_utc)}: ')[2]}"]
    return []


@lru_cache(maxsize=8)
def _one_instant(when: datetime) -> Any:
    """Skyfield time of an instant; that Earth rotation may be extrapolated there matters to no altitude."""
    return timescale().from_datetimes([when])
