"""Attitude of the satellite as quaternions at instants, and the attitude between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation, Slerp

from passplan.checks import FloatArray, freeze, within
from passplan.errors import DomainError, InputError
from passplan.units import add_seconds, format_utc, seconds_between

UNIT_TOLERANCE = 1e-3  # departure of a quaternion's length from 1 that is taken for rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class AttitudeRow:
    """One line of a file: where it stands, its aware instant, and four numbers, scalar last."""

    where: str
    time_utc: datetime
    quaternion: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AttitudeSegment:
    """Attitudes between which one may interpolate.

    time_s : times since the epoch of the history [s], increasing, shape (n,), n >= 2
    quaternions : rotations from body to GCRS components, unit length, scalar last, shape (n, 4); q and -q are the same
    start_s, stop_s : span that may be used [s], within the times
    """

    time_s: FloatArray
    quaternions: FloatArray
    start_s: float
    stop_s: float

    def __post_init__(self) -> None:
        """Refuse times that do not increase and quaternions that are no rotations; mark the arrays read-only."""
        within("number of attitudes in a segment", len(self.time_s), 2, np.inf)
        if self.quaternions.shape != (len(self.time_s), 4):
            raise DomainError(f"quaternions has shape {self.quaternions.shape}, must be ({len(self.time_s)}, 4)")
        within("time_s", self.time_s, -np.inf, np.inf, ends="()")
        within("step between attitudes [s]", np.diff(self.time_s), 0.0, np.inf, ends="()")
        length = np.linalg.norm(self.quaternions, axis=1)
        within("length of a quaternion", length, 1.0 - UNIT_TOLERANCE, 1.0 + UNIT_TOLERANCE)
        within("start_s", self.start_s, float(self.time_s[0]), float(self.time_s[-1]))
        within("stop_s", self.stop_s, self.start_s, float(self.time_s[-1]))
        freeze(self.time_s, self.quaternions)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AttitudeHistory:
    """Attitudes of a satellite, in the order of time.

    epoch_utc : aware instant of time 0
    segments : stretches; nothing is interpolated from one into the next
    source : name of the file, for messages
    """

    epoch_utc: datetime
    segments: tuple[AttitudeSegment, ...]
    source: str

    def __post_init__(self) -> None:
        """Refuse a history of nothing, and segments that go back in time."""
        if not self.segments:
            raise DomainError(f"{self.source}: holds no attitude, must hold at least one segment")
        for before, after in zip(self.segments, self.segments[1:], strict=False):
            if after.start_s < before.stop_s:
                back, ended = (_instant(self, time_s) for time_s in (after.start_s, before.stop_s))
                raise DomainError(f"{self.source}: a segment begins at {back}, before the end of the last at {ended}")

    @property
    def start_utc(self) -> datetime:
        """First instant that the history covers."""
        return add_seconds(self.epoch_utc, self.segments[0].start_s)

    @property
    def stop_utc(self) -> datetime:
        """Last instant that the history covers."""
        return add_seconds(self.epoch_utc, self.segments[-1].stop_s)


def attitude_at(
    history: AttitudeHistory, *, epoch_utc: datetime, time_s: ArrayLike, max_gap_s: float = 60.0
) -> Rotation:
    """Attitude at instants, between the given ones by a turn about a fixed axis at a constant rate.

    Parameters
    ----------
    history : AttitudeHistory
        The attitudes.
    epoch_utc : datetime
        Aware instant of time 0 of the times asked for.
    time_s : array_like, shape (n,)
        Times since that epoch [s], in any order, at least one.
    max_gap_s : float
        Longest time between two attitudes that is bridged [s], > 0.

    Returns
    -------
    scipy.spatial.transform.Rotation
        n rotations that take components along the body to components in GCRS.

    Raises
    ------
    DomainError
        If the history does not cover the times, a gap longer than allowed lies among them, or they fall between two
        segments; names the instants.

    Notes
    -----
    Spherical linear interpolation along the shorter way, so that the sign of a quaternion does not matter; exact for
    a constant rate below half a turn between two attitudes. Source: Shoemake, SIGGRAPH 1985 (recalled, not re-read).
    """
    asked_s = np.atleast_1d(np.asarray(time_s, dtype=float)) + seconds_between(history.epoch_utc, epoch_utc)
    within("number of times", asked_s.size, 1, np.inf)
    within("time_s", asked_s, -np.inf, np.inf, ends="()")
    within("max_gap_s", max_gap_s, 0.0, np.inf, ends="()")
    first_s, last_s = float(asked_s.min()), float(asked_s.max())
    if first_s < history.segments[0].start_s or last_s > history.segments[-1].stop_s:
        raise DomainError(
            f"{history.source}: covers {_told(history.start_utc)} to {_told(history.stop_utc)}, but "
            f"{_instant(history, first_s)} to {_instant(history, last_s)} is needed"
        )
    quaternions = np.full((asked_s.size, 4), np.nan)
    for segment in history.segments:
        inside = (asked_s >= segment.start_s) & (asked_s <= segment.stop_s)
        if np.any(inside):
            _check_gaps(history, segment, asked_s[inside], max_gap_s)
            turns = Slerp(segment.time_s, Rotation.from_quat(segment.quaternions))
            quaternions[inside] = turns(asked_s[inside]).as_quat()
    missing = np.isnan(quaternions[:, 0])
    if np.any(missing):
        lost = _instant(history, float(asked_s[missing].min()))
        raise DomainError(f"{history.source}: {lost} lies between two segments, and nothing is interpolated there")
    return Rotation.from_quat(quaternions)


def segment_of_rows(
    rows: Sequence[AttitudeRow],
    *,
    epoch_utc: datetime,
    source: str,
    start_utc: datetime | None = None,
    stop_utc: datetime | None = None,
) -> AttitudeSegment:
    """Segment of the lines of a file, each quaternion brought to length 1.

    Parameters
    ----------
    rows : sequence of AttitudeRow
        Lines in the order of the file, quaternions from body to GCRS.
    epoch_utc : datetime
        Aware instant of time 0 [s].
    source : str
        File, and line, for the messages.
    start_utc, stop_utc : datetime, optional
        Aware instants to which the use is limited; without them, the first and the last line.

    Returns
    -------
    AttitudeSegment
        The attitudes.

    Raises
    ------
    InputError
        If there are fewer than two lines, a quaternion is no rotation, the time does not increase, or the limits lie
        outside the lines; names file and line.
    """
    if len(rows) < 2:
        raise InputError(f"{source}: holds {len(rows)} attitudes, must hold at least 2 to interpolate")
    for before, row in zip((None, *rows), rows, strict=False):
        length = float(np.linalg.norm(row.quaternion))
        if not abs(length - 1.0) <= UNIT_TOLERANCE:
            raise InputError(
                f"{row.where}: quaternion {row.quaternion} has length {length:.6g}, must be 1 within {UNIT_TOLERANCE:g}"
            )
        if before is not None and row.time_utc <= before.time_utc:
            told = "repeats" if row.time_utc == before.time_utc else "goes back behind"
            raise InputError(
                f"{row.where}: time {_told(row.time_utc)} {told} {_told(before.time_utc)} of the row before, "
                "must increase"
            )
    start, stop = start_utc or rows[0].time_utc, stop_utc or rows[-1].time_utc
    if not rows[0].time_utc <= start <= stop <= rows[-1].time_utc:
        raise InputError(
            f"{source}: usable span is {_told(start)} to {_told(stop)}, must lie within its rows, "
            f"{_told(rows[0].time_utc)} to {_told(rows[-1].time_utc)}"
        )
    quaternions = np.array([row.quaternion for row in rows])
    return AttitudeSegment(
        time_s=np.array([seconds_between(epoch_utc, row.time_utc) for row in rows]),
        quaternions=quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True),
        start_s=seconds_between(epoch_utc, start),
        stop_s=seconds_between(epoch_utc, stop),
    )


def _check_gaps(history: AttitudeHistory, segment: AttitudeSegment, asked_s: FloatArray, max_gap_s: float) -> None:
    before_s, after_s = segment.time_s[:-1], segment.time_s[1:]
    long = (after_s - before_s > max_gap_s) & (after_s > asked_s.min()) & (before_s < asked_s.max())
    if np.any(long):
        index = int(np.argmax(long))
        begin_s, end_s = float(before_s[index]), float(after_s[index])
        raise DomainError(
            f"{history.source}: gap of {end_s - begin_s:g} s from {_instant(history, begin_s)} to "
            f"{_instant(history, end_s)} within the pass, must be at most max_gap_s {max_gap_s:g} s"
        )


def _instant(history: AttitudeHistory, time_s: float) -> str:
    return _told(add_seconds(history.epoch_utc, time_s))


def _told(when: datetime) -> str:
    return format_utc(when, digits=3)
