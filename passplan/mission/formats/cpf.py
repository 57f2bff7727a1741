"""Consolidated prediction format of laser ranging: positions of one satellite in the turning Earth's frame."""

import re
from collections.abc import Sequence
from datetime import datetime

from passplan.errors import DomainError, InputError
from passplan.mission.formats.origin import (
    GROUND_FRAME,
    ascii_line,
    distinct_sets,
    ilrs_id,
    origin_lines,
)
from passplan.mission.formats.sampling import DEGREE, Ephemeris, ephemeris, modified_julian_day, one_satellite
from passplan.orbit.passes import Pass, slug
from passplan.units import as_utc

STEP_S = 60.0
_SOURCE = "PPL"
_NO_SIC = "0000"
_NO_REFLECTOR_KNOWN = 0
_NO_LEAP = 0
_LARGEST_STEP_S = 99_999
_LONGEST_COMMENT = 77  # columns 4 to 80


def cpf_text(passes: Sequence[Pass], *, created_utc: datetime, step_s: float = STEP_S) -> str:
    """Prediction file, version 2, of one satellite from its first rise to its last set.

    Parameters
    ----------
    passes : sequence of Pass
        At least one, all of one satellite and one element set; the table runs through the time between them.
    created_utc : datetime
        Aware instant of production; its day of the year is the sequence number.
    step_s : float
        Whole seconds [s] between positions.

    Returns
    -------
    str
        Positions [m] to a millimetre, geocentric, true body-fixed, of the centre of mass at the printed instant
        (direction flag 0: no light time). Five positions lie beyond rise and set, as the customary interpolation of
        degree 9 needs. Times are modified Julian days and seconds of the day in UTC. The leap second flag is 0, as no
        leap second may lie within.

    Raises
    ------
    InputError
        If there is no pass, the passes are of several satellites or follow from several element sets, or a leap second
        lies between the first and the last.
    DomainError
        If the step is out of range or not whole.
    ElementsError
        If the propagation fails.

    Notes
    -----
    Names of the object: the seven digits of its COSPAR number, 0 when it has none; the SIC is given out by the ILRS and
    not in element sets, so it is 0000; target class 0, as element sets say nothing of reflectors. A station that tracks
    an ILRS target fills these in. Source: ILRS, Consolidated Laser Ranging Prediction Format 2.00 (2018).
    """
    ordered = one_satellite(passes, "a CPF")
    sets = distinct_sets(ordered)
    if len(sets) > 1:
        raise InputError(f"a CPF holds one element set, but the passes follow from {len(sets)}: write a file for each")
    if step_s != int(step_s) or step_s > _LARGEST_STEP_S:
        raise DomainError(f"step_s is {step_s:g} s, must be whole seconds up to {_LARGEST_STEP_S} in a CPF")
    last = max(item.set_utc for item in ordered)
    states = ephemeris(sets[0], ordered[0].rise_utc, last, step_s, "ground")
    remarks = [*(f"pass {item.pass_id}" for item in ordered), *origin_lines(ordered, GROUND_FRAME), *_names(states)]
    lines = [
        _first_header(states, as_utc(created_utc, what="created_utc")),
        _second_header(states, int(step_s)),
        "H9",
        *(f"00 {part}" for remark in remarks for part in _parts(remark)),
        *_positions(states),
        "99",
    ]
    return "\n".join(lines) + "\n"


def _first_header(states: Ephemeris, created: datetime) -> str:
    """H1: version, source, production, sequence numbers, name of the target, notes."""
    sequence = created.timetuple().tm_yday
    return f"H1 CPF  2  {_SOURCE} {created:%Y %m %d %H}  {sequence:03d} 01 {_target(states):<10} {'SGP4':<10}".rstrip()


def _target(states: Ephemeris) -> str:
    """Ten small letters and digits, as the list of official names has them."""
    plain = re.sub("[^a-z0-9]", "", ascii_line(slug(states.elements.name), 80))
    return plain[:10] or str(states.elements.norad_id)


def _second_header(states: Ephemeris, step_s: int) -> str:
    """H2: names of the object, span, step, then class, frame, angles, correction and place of the target."""
    times = states.times_utc
    number = ilrs_id(states.elements.object_id) or "0"
    span = f"{times[0]:%Y %m %d %H %M %S} {times[-1]:%Y %m %d %H %M %S}"
    kinds = (
        f"1 {_NO_REFLECTOR_KNOWN}  0 0 0  1"  # may be integrated; class; body-fixed; no angles; centre of mass; orbit
    )
    return f"H2 {number:>8} {_NO_SIC} {states.elements.norad_id:>8} {span} {step_s:5d} {kinds}"


def _names(states: Ephemeris) -> list[str]:
    known = states.elements.object_id or "not known"
    return [
        f"COSPAR number {known}; SIC not known (0000); reflector not known (class 0)",
        f"centre of mass; interpolate with degree {DEGREE}",
    ]


def _parts(remark: str) -> list[str]:
    """A remark in comment lines, broken between words."""
    lines = [""]
    for word in ascii_line(remark, 1000).split():
        if len(lines[-1]) + 1 + len(word) > _LONGEST_COMMENT:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()[:_LONGEST_COMMENT]
    return lines


def _positions(states: Ephemeris) -> list[str]:
    records = []
    for when, position in zip(states.times_utc, states.position_km * 1e3, strict=True):  # km -> m
        mjd = modified_julian_day(when.date())
        of_day = when.hour * 3600 + when.minute * 60 + when.second
        place = " ".join(f"{value:17.3f}" for value in position)
        records.append(f"10 0 {mjd:5d} {of_day:13.6f} {_NO_LEAP:2d} {place}")
    return records
