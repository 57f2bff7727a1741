"""Satellite states on an even grid around a pass, wide enough for a reader to interpolate up to its ends."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

import numpy as np

from passplan.checks import FloatArray, freeze, within
from passplan.constants import SECONDS_PER_DAY
from passplan.errors import DomainError, InputError
from passplan.orbit.earth import clock, instants
from passplan.orbit.elements import Elements, period_s
from passplan.orbit.passes import Pass
from passplan.orbit.topocentric import ground_fixed_states, leap_seconds, satellite_states
from passplan.units import add_seconds, as_utc, format_utc, seconds_between

DEGREE = 9
"""Degree of the interpolation that a reader is told to use: ten samples, five on either side."""

MARGIN_SAMPLES = (DEGREE + 1) // 2
MOST_SAMPLES = 1_000_000
_SMALLEST_STEP_S = 1e-3
_MJD_EPOCH = date(1858, 11, 17)
_STEPS_A_TURN = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ephemeris:
    """States of one satellite; arrays are read-only, shape (n,) or (n, 3).

    elements : the set that was propagated
    epoch_utc : aware midnight from which ``time_s`` counts
    time_s : [s] of UTC since the epoch; no leap second lies within
    position_km, velocity_km_s : geocentric, axes as asked for
    """

    elements: Elements
    epoch_utc: datetime
    time_s: FloatArray
    position_km: FloatArray
    velocity_km_s: FloatArray

    def __post_init__(self) -> None:
        freeze(self.time_s, self.position_km, self.velocity_km_s)

    @property
    def times_utc(self) -> list[datetime]:
        """The instants, aware, to the microsecond."""
        return [add_seconds(self.epoch_utc, second) for second in self.time_s]


def grid_s(first_utc: datetime, last_utc: datetime, step_s: float, margin: int) -> tuple[datetime, FloatArray]:
    """Midnight before the first instant, and the multiples of a step since then that enclose two instants.

    Parameters
    ----------
    first_utc, last_utc : datetime
        Aware, first not after last.
    step_s : float
        [s], at least 0.001.
    margin : int
        Samples at or before the first instant, and at or after the last, >= 1.

    Returns
    -------
    epoch_utc, time_s : datetime, ndarray of shape (n,)
        Times [s] to the microsecond, as files print them.

    Raises
    ------
    DomainError
        If the step is too small, or gives more than a million samples.
    """
    within("step_s", step_s, _SMALLEST_STEP_S, SECONDS_PER_DAY)
    first = as_utc(first_utc)
    midnight = datetime.combine(first.date(), time(0), tzinfo=first.tzinfo)
    start = int(np.floor(seconds_between(midnight, first) / step_s)) - margin + 1
    stop = int(np.ceil(seconds_between(midnight, last_utc) / step_s)) + margin - 1
    if stop - start + 1 > MOST_SAMPLES:
        raise DomainError(f"step_s is {step_s:g} s, gives {stop - start + 1} samples, must give at most {MOST_SAMPLES}")
    return midnight, np.round(np.arange(start, stop + 1) * step_s, 6)


def ephemeris(
    elements: Elements, first_utc: datetime, last_utc: datetime, step_s: float, frame: Literal["ground", "space"]
) -> Ephemeris:
    """States that a reader can interpolate from a first to a last instant.

    Parameters
    ----------
    elements : Elements
    first_utc, last_utc : datetime
        Aware; the grid reaches five samples beyond either, for ten-point interpolation.
    step_s : float
        [s], at least 0.001 and at most `largest_step_s`.
    frame : str
        ``ground``: turning Earth (ITRS without polar motion); ``space``: GCRS.

    Raises
    ------
    DomainError
        If the step is out of range, or gives more than a million samples.
    InputError
        If a leap second lies within the grid.
    ElementsError
        If the propagation fails on the grid.
    """
    check_step(elements, step_s)
    epoch, seconds = grid_s(first_utc, last_utc, step_s, MARGIN_SAMPLES)
    times = clock(epoch, seconds) if frame == "ground" else instants(epoch, seconds)
    leaps = np.flatnonzero(np.diff(leap_seconds(times)))
    if leaps.size:
        raise InputError(
            f"a leap second lies within the ephemeris of {elements.name}, before "
            f"{format_utc(add_seconds(epoch, seconds[leaps[0] + 1]))}: SGP4 counts days of 86,400 s, so that the orbit "
            "jumps there and cannot be interpolated; export the passes before it and after it apart"
        )
    states = ground_fixed_states if frame == "ground" else satellite_states
    position_km, velocity_km_s = states(elements, times)
    return Ephemeris(
        elements=elements,
        epoch_utc=epoch,
        time_s=seconds,
        position_km=position_km,
        velocity_km_s=velocity_km_s,
    )


def largest_step_s(elements: Elements) -> float:
    """Largest step [s] with which ten-point interpolation stays within a millimetre, near perigee too.

    A sixtieth of the time that a turn at perigee's rate would take. For a circular motion of radius r the error midway
    is r (w h)^10 x 2.4e-4 (Lagrange's remainder): a micrometre for a low orbit. What counts are higher frequencies,
    SGP4's periodic terms and the turn at perigee; this step keeps them below a millimetre (measured up to e = 0.74).
    """
    share = elements.eccentricity
    return period_s(elements) * (1.0 - share) ** 1.5 / (1.0 + share) ** 0.5 / _STEPS_A_TURN


def check_step(elements: Elements, step_s: float) -> None:
    """Raise DomainError when a step [s] is too small or too large for an ephemeris of this object."""
    largest = largest_step_s(elements)
    if not _SMALLEST_STEP_S <= step_s <= largest:
        raise DomainError(
            f"step_s is {step_s:g} s, must lie in [{_SMALLEST_STEP_S:g}, {largest:.1f}] s "
            f"for {elements.name}: beyond, readers cannot interpolate to a millimetre"
        )


def modified_julian_day(day: date) -> int:
    """Modified Julian day [d] of a date."""
    return (day - _MJD_EPOCH).days


def in_order(passes: Iterable[Pass]) -> list[Pass]:
    """Passes in order of rise, each once.

    Raises
    ------
    InputError
        If there is none.
    """
    once = {(item.pass_id, item.norad_id): item for item in passes}
    if not once:
        raise InputError("there is no pass to export")
    return sorted(once.values(), key=lambda item: (item.rise_utc, item.pass_id))


def one_satellite(passes: Iterable[Pass], what: str) -> list[Pass]:
    """Passes in order of rise, all of one satellite.

    Raises
    ------
    InputError
        If there is none, or they are of several satellites.
    """
    ordered = in_order(passes)
    numbers = sorted({item.norad_id for item in ordered})
    if len(numbers) > 1:
        raise InputError(f"{what} holds one satellite, but the passes are of {', '.join(map(str, numbers))}")
    return ordered
