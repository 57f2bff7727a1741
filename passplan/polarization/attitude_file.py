"""Attitudes read from a file: a CCSDS Attitude Ephemeris Message or a table."""

import math
from pathlib import Path

from passplan.errors import InputError
from passplan.polarization.attitude_history import AttitudeHistory, AttitudeRow, segment_of_rows
from passplan.polarization.attitude_message import VERSION_KEY, message_blocks
from passplan.units import parse_utc

HEADING = "time_utc,qx,qy,qz,qw"


def read_attitude(path: str | Path) -> AttitudeHistory:
    """Attitudes of a satellite from a file.

    Parameters
    ----------
    path : str or Path
        Text of one of two forms. A CCSDS AEM (KVN, 504.0-B issue 1 or 2) with quaternions between EME2000, J2000, ICRF
        or GCRF and SC_BODY, in UTC; it begins with CCSDS_AEM_VERS. Or a table with the heading
        ``time_utc,qx,qy,qz,qw``, ISO 8601 times with their zone, and quaternions, scalar last, that take components
        along the body to components in GCRS; lines that begin with # are comments.

    Returns
    -------
    AttitudeHistory
        Quaternions from body to GCRS. The inertial frames are taken as one: they differ by 0.02 arcsec.

    Raises
    ------
    InputError
        If the file cannot be read, a quaternion's length is off 1 by more than 0.001, time does not increase, or a
        frame, type or time system is another; names file, line, field, value and what is allowed.
    """
    lines = _lines(path)
    first = next((line for line in lines if line and not line.startswith("#")), "")
    if first.startswith(VERSION_KEY):
        return _history_of_message(lines, source=str(path))
    if first.replace(" ", "") == HEADING:
        return _history_of_table(lines, source=str(path))
    raise InputError(f"{path}: begins with {first[:60]!r}, must begin with {VERSION_KEY} (CCSDS AEM, KVN) or {HEADING}")


def _lines(path: str | Path) -> list[str]:
    try:
        return [line.strip() for line in Path(path).read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text: {error}") from error


def _history_of_message(lines: list[str], *, source: str) -> AttitudeHistory:
    blocks = message_blocks(lines, source=source)
    epoch_utc = next((row.time_utc for block in blocks for row in block.rows), None)
    if epoch_utc is None:
        raise InputError(f"{source}: holds no line of data, must hold at least two")
    segments = [
        segment_of_rows(
            block.rows,
            epoch_utc=epoch_utc,
            source=block.where,
            start_utc=block.usable("USEABLE_START_TIME"),
            stop_utc=block.usable("USEABLE_STOP_TIME"),
        )
        for block in blocks
    ]
    for block, before, after in zip(blocks[1:], segments, segments[1:], strict=False):
        if after.start_s < before.stop_s:
            overlap_s = before.stop_s - after.start_s
            raise InputError(f"{block.where}: block begins {overlap_s:g} s before the end of the last, must follow it")
    return AttitudeHistory(epoch_utc=epoch_utc, segments=tuple(segments), source=source)


def _history_of_table(lines: list[str], *, source: str) -> AttitudeHistory:
    rows: list[AttitudeRow] = []
    is_headed = False
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith("#"):
            continue
        if is_headed:
            rows.append(_row(line, where=f"{source}:{number}"))
        is_headed = True
    if not rows:
        raise InputError(f"{source}: holds no row under {HEADING}, must hold at least two")
    segment = segment_of_rows(rows, epoch_utc=rows[0].time_utc, source=source)
    return AttitudeHistory(epoch_utc=rows[0].time_utc, segments=(segment,), source=source)


def _row(line: str, *, where: str) -> AttitudeRow:
    words = line.split(",")
    if len(words) != 5:
        raise InputError(f"{where}: {line!r} has {len(words)} fields, must have 5, {HEADING}")
    numbers = []
    for name, word in zip(HEADING.split(",")[1:], words[1:], strict=True):
        try:
            numbers.append(float(word))
        except ValueError as error:
            raise InputError(f"{where}: {name} is {word.strip()!r}, must be a number") from error
        if not math.isfinite(numbers[-1]):
            raise InputError(f"{where}: {name} is {word.strip()!r}, must be finite")
    x, y, z, scalar = numbers
    return AttitudeRow(
        where=where, time_utc=parse_utc(words[0], what=f"{where}: time_utc"), quaternion=(x, y, z, scalar)
    )
