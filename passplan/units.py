"""Conversions of dB, angle and time: the only ones in the house.

A power of ten between prefixes may stand on one line with its units beside it; logarithms of losses, degrees against
radians, and every reading or writing of a time live here.
"""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.errors import InputError

_URAD_PER_DEG = np.pi / 180.0 * 1e6
_TIME_SPECS = {
    0: ("seconds", timedelta(milliseconds=500)),
    3: ("milliseconds", timedelta(microseconds=500)),
    6: ("microseconds", timedelta(0)),
}


def to_loss_db(transmittance: ArrayLike) -> FloatArray:
    """Loss [dB] >= 0 of a transmittance in (0, 1]."""
    within("transmittance", transmittance, 0.0, 1.0, ends="(]")
    return np.abs(10.0 * np.log10(transmittance))


def to_transmittance(loss_db: ArrayLike) -> FloatArray:
    """Transmittance in (0, 1] of a loss [dB] >= 0."""
    within("loss_db", loss_db, 0.0, np.inf)
    return 10.0 ** (-0.1 * np.asarray(loss_db, dtype=float))


def to_rad(angle_deg: ArrayLike) -> FloatArray:
    """Radians of degrees."""
    return np.deg2rad(np.asarray(angle_deg, dtype=float))


def to_deg(angle_rad: ArrayLike) -> FloatArray:
    """Degrees of radians."""
    return np.rad2deg(np.asarray(angle_rad, dtype=float))


def deg_to_urad(angle_deg: ArrayLike) -> FloatArray:
    """Microradians of degrees."""
    return np.asarray(angle_deg, dtype=float) * _URAD_PER_DEG


def urad_to_deg(angle_urad: ArrayLike) -> FloatArray:
    """Degrees of microradians."""
    return np.asarray(angle_urad, dtype=float) / _URAD_PER_DEG


def parse_utc(text: str, *, what: str = "time") -> datetime:
    """Aware UTC datetime of an ISO 8601 text; a date alone means its 00:00:00Z; naive times are refused.

    Raises
    ------
    InputError
        If the text is no ISO 8601 time, or has a time of day but no zone (Z or an offset).
    """
    clean = text.strip()
    compact = re.fullmatch(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", clean)
    if compact:
        clean = "{}-{}-{}T{}:{}:{}Z".format(*compact.groups())
    try:
        when = datetime.fromisoformat(clean)
    except ValueError as error:
        raise InputError(f"{what} {text!r} is not ISO 8601, such as 2016-12-19T16:52:13Z") from error
    if re.fullmatch(r"\d{4}-\d\d-\d\d|\d{8}", clean):
        return when.replace(tzinfo=UTC)
    return as_utc(when, what=what)


def as_utc(when: datetime, *, what: str = "time") -> datetime:
    """Return the instant in UTC; raise InputError when it is naive, because local time would be a guess."""
    if when.tzinfo is None:
        raise InputError(f"{what} {when.isoformat()} is naive: write the zone, as in {when.isoformat()}Z for UTC")
    return when.astimezone(UTC)


def format_utc(when: datetime, *, digits: int = 0) -> str:
    """ISO 8601 text with Z, rounded (not cut) to 0, 3 or 6 digits of a second."""
    spec, half_a_step = _TIME_SPECS[digits]
    utc = when if when.tzinfo is UTC else as_utc(when)
    return (utc + half_a_step).isoformat(timespec=spec)[:-6] + "Z"  # what lies beyond the digits is cut; +00:00 goes


def add_seconds(epoch_utc: datetime, seconds: float) -> datetime:
    """Instant a number of seconds [s] after an aware epoch (to the microsecond)."""
    return epoch_utc + timedelta(seconds=float(seconds))


def seconds_between(start: datetime, end: datetime) -> float:
    """Seconds [s] from start to end, both aware."""
    return (as_utc(end) - as_utc(start)).total_seconds()
