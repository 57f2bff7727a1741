"""CCSDS orbit ephemeris message in keyword-value notation: states of one satellite, one segment a pass."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from passplan.errors import InputError
from passplan.mission.formats.origin import SPACE_FRAME, ascii_line, origin_lines
from passplan.mission.formats.sampling import DEGREE, Ephemeris, ephemeris, one_satellite
from passplan.orbit.passes import Pass
from passplan.units import as_utc, format_utc

STEP_S = 10.0
_LONGEST_LINE = 254
_UNKNOWN = "UNKNOWN"


def oem_text(passes: Sequence[Pass], *, created_utc: datetime, step_s: float = STEP_S) -> str:
    """Ephemeris message of the passes of one satellite.

    Parameters
    ----------
    passes : sequence of Pass
        At least one, all of one satellite. Passes that overlap share a segment.
    created_utc : datetime
        Aware instant of production.
    step_s : float
        [s] between states.

    Returns
    -------
    str
        Positions [km] to a micrometre and velocities [km/s] to a micrometre a second in GCRF, times in UTC to a
        microsecond. USEABLE_START_TIME and USEABLE_STOP_TIME are rise and set; five states lie beyond either, so that
        Lagrange's interpolation of degree 9 holds up to them.

    Raises
    ------
    InputError
        If there is no pass, the passes are of several satellites, overlapping ones follow from different sets, or a
        leap second lies within one.
    DomainError
        If the step is out of range.
    ElementsError
        If the propagation fails.

    Notes
    -----
    The frame is GCRF because SGP4's TEME turns into it without Earth orientation, because inertial states interpolate
    best, and because every reader knows it; TEME itself is legal but has no agreed definition. SGP4's velocity is not
    quite the derivative of its position (0.03 m/s), which makes Hermite's interpolation worse than Lagrange's.
    Source: CCSDS 502.0-B-2, Orbit Data Messages (2009), section 5 and annex A.
    """
    ordered = one_satellite(passes, "an OEM")
    lines = [
        "CCSDS_OEM_VERS = 2.0",
        f"CREATION_DATE = {_time(as_utc(created_utc, what='created_utc'))}",
        "ORIGINATOR = PASSPLAN",
    ]
    for group in _segments(ordered):
        first, last = group[0].rise_utc, max(item.set_utc for item in group)
        states = ephemeris(group[0].elements, first, last, step_s, "space")
        lines += ["", *_metadata(group, states, first, last), "", *_state_lines(states)]
    return "\n".join(lines) + "\n"


def _segments(ordered: list[Pass]) -> list[list[Pass]]:
    """Passes in groups that do not overlap: useable spans of segments must not."""
    groups = [[ordered[0]]]
    for item in ordered[1:]:
        if item.rise_utc <= max(other.set_utc for other in groups[-1]):
            groups[-1].append(item)
        else:
            groups.append([item])
    for group in groups:
        for one, other in pairwise(group):
            if one.elements.epoch_utc != other.elements.epoch_utc:
                raise InputError(
                    f"{one.pass_id} and {other.pass_id} overlap but follow from different element sets: "
                    "write a file for each"
                )
    return groups


def _metadata(group: list[Pass], states: Ephemeris, first: datetime, last: datetime) -> list[str]:
    times = states.times_utc
    remarks = [*(f"pass {item.pass_id}" for item in group), *origin_lines(group, SPACE_FRAME)]
    return [
        "META_START",
        *(ascii_line(f"COMMENT {remark}", _LONGEST_LINE) for remark in remarks),
        ascii_line(f"OBJECT_NAME = {states.elements.name.upper()}", _LONGEST_LINE),
        f"OBJECT_ID = {states.elements.object_id or _UNKNOWN}",
        "CENTER_NAME = EARTH",
        "REF_FRAME = GCRF",
        "TIME_SYSTEM = UTC",
        f"START_TIME = {_time(times[0])}",
        f"USEABLE_START_TIME = {_time(first)}",
        f"USEABLE_STOP_TIME = {_time(last)}",
        f"STOP_TIME = {_time(times[-1])}",
        "INTERPOLATION = LAGRANGE",
        f"INTERPOLATION_DEGREE = {DEGREE}",
        "META_STOP",
    ]


def _state_lines(states: Ephemeris) -> list[str]:
    return [
        f"{_time(when)} {' '.join(f'{value:16.9f}' for value in position)} "
        f"{' '.join(f'{value:13.9f}' for value in velocity)}"
        for when, position, velocity in zip(states.times_utc, states.position_km, states.velocity_km_s, strict=True)
    ]


def _time(when: datetime) -> str:
    """Calendar form without Z: TIME_SYSTEM says UTC, and some readers stumble over the letter."""
    return format_utc(when, digits=6).removesuffix("Z")
