"""A long search written window by window, which an interruption does not undo."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from passplan.errors import InputError
from passplan.mission.export import csv_text
from passplan.mission.files import write_file
from passplan.mission.pass_rows import COLUMNS, USE_COLUMNS, columns_of, pass_rows
from passplan.mission.search import Ages, Field, Query, check_found, failure_reasons, failure_remarks, search
from passplan.orbit.conditions import Conditions
from passplan.orbit.contacts import Contacts, no_contacts
from passplan.orbit.found import passes_of
from passplan.orbit.passes import Found, window_for
from passplan.units import format_utc, parse_utc

Progress = Callable[[float], None]

_SHORT_PAIR_DAYS = 20_000.0  # pairs of satellite and station times days: a minute's work, done in one window
_WINDOWS = 40  # of a longer one, so that little is lost when it is interrupted
_ROWS_AT_ONCE = 10_000  # some 20 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many passes a long search wrote, and what is to be said about it."""

    passes: int
    remarks: tuple[str, ...]


def write_search(
    path: Path,
    query: Query,
    field: Field,
    *,
    processes: int = 1,
    window: timedelta | None = None,
    resume: bool = False,
    progress: Progress = lambda share: None,
) -> Outcome:
    """Write the passes of a search as CSV, window by window, in bounded memory.

    Parameters
    ----------
    path : Path
        The file, which appears when all is written. Until then its rows stand in ``<name>.part`` beside it, and how far
        the search has come in ``<name>.part.json``.
    query, field
        What is searched; all stations must share one time.
    processes, window
        As for `iter_passes`.
    resume : bool
        Go on where an interrupted search of the same query stopped.
    progress : callable
        Told after each window which share of the time is done.

    Returns
    -------
    Outcome
        Rows are in order of rise within a window, and stand in the window in which the pass ends.

    Raises
    ------
    InputError
        If there is nothing to resume, the unfinished search is another one, or a file cannot be written.
    """
    if len(field.windows) != 1:
        raise InputError(f"{path}: stations with nights of their own cannot be written window by window")
    ((first, last), stations) = next(iter(field.windows.items()))
    names = columns(query)
    part, notes = path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.part.json")
    if notes.exists() and not resume:
        raise InputError(
            f"{notes}: an interrupted search stands there; go on with --resume, or remove it to begin anew"
        )
    digest = _digest(query, field)
    before = _read_notes(notes, part, digest, field, stations, query.max_age_days) if resume else None
    own_window = window or _window(len(field.histories) * len(stations), last - first)
    count, ages, reasons = (before.count, before.ages, before.reasons) if before else (0, Ages(query.max_age_days), {})
    try:
        with part.open("r+b" if before else "wb") as file:
            file.truncate(before.size) if before else file.write(csv_text({name: [] for name in names}).encode())
            file.seek(0, os.SEEK_END)
            for found in search(
                query, field, processes=processes, resume=before.found if before else None, window=own_window
            ):
                young = ages.young(found.passes)
                reasons |= failure_reasons(found.failures)
                for block in range(0, len(young), _ROWS_AT_ONCE):
                    file.write(_lines(pass_rows(young[block : block + _ROWS_AT_ONCE]), names))
                file.flush()
                os.fsync(file.fileno())
                count += len(young)
                _write_notes(notes, digest, found, count, ages, reasons, file.tell())
                progress((found.end_utc - first) / (last - first))
        os.replace(part, path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    notes.unlink(missing_ok=True)
    check_found(field, count, reasons)
    return Outcome(passes=count, remarks=(*ages.remarks(), *failure_remarks(reasons)))


def _window(pairs: int, length: timedelta) -> timedelta:
    """Length of the windows of a search; its rows are in order of rise where one window holds it all."""
    longest = window_for(pairs)
    if pairs * (length / timedelta(days=1)) <= _SHORT_PAIR_DAYS:
        return longest
    return min(longest, max(length / _WINDOWS, timedelta(hours=6)))


def columns(query: Query) -> tuple[str, ...]:
    """Columns of the table of a query's passes."""
    return (*COLUMNS, *USE_COLUMNS) if query.conditions.has_light_rules else COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notes:
    """How far an interrupted search came."""

    found: Found
    count: int
    ages: Ages
    reasons: dict[str, str]
    size: int


def _lines(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> bytes:
    return csv_text(columns_of(rows, names)).split("\n", 1)[1].encode()


def _write_notes(
    path: Path, digest: str, found: Found, count: int, ages: Ages, reasons: dict[str, str], size: int
) -> None:
    open_ = {item.name: getattr(found.open, item.name).tolist() for item in fields(Contacts)}
    notes = {
        "digest": digest,
        "start_utc": format_utc(found.start_utc, digits=6),
        "end_utc": format_utc(found.end_utc, digits=6),
        "count": count,
        "left_out": ages.left_out,
        "stale": ages.stale,
        "failures": reasons,
        "size": size,
        "open": open_,
    }
    write_file(path, json.dumps(notes))


def _read_notes(
    path: Path, part: Path, digest: str, field: Field, stations: Sequence[Any], max_age_days: float
) -> _Notes:
    if not path.is_file() or not part.is_file():
        raise InputError(f"{path}: there is no interrupted search to resume; leave out --resume to begin")
    try:
        notes = json.loads(path.read_text(encoding="utf-8"))
        if notes["digest"] != digest:
            raise InputError(f"{path}: the interrupted search is another one; remove it to begin anew")
        kinds = {item.name: getattr(no_contacts(), item.name).dtype for item in fields(Contacts)}
        going = Contacts(**{name: np.array(notes["open"][name], dtype=kind) for name, kind in kinds.items()})
        start_utc, end_utc = (parse_utc(notes[name], what=name) for name in ("start_utc", "end_utc"))
        size, count, reasons = int(notes["size"]), int(notes["count"]), dict(notes["failures"])
        stale = {name: (int(many), float(least), float(most)) for name, (many, least, most) in notes["stale"].items()}
        ages = Ages(max_age_days, left_out=dict(notes["left_out"]), stale=stale)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: cannot be read: {error!r}; remove it to begin anew") from error
    if part.stat().st_size < size:
        raise InputError(f"{part}: holds {part.stat().st_size} bytes, must hold {size}; remove it to begin anew")
    none = passes_of(no_contacts(), field.histories, tuple(stations), Conditions(), ())
    found = Found(start_utc=start_utc, end_utc=end_utc, passes=none, failures=(), open=going)
    return _Notes(found=found, count=count, ages=ages, reasons=reasons, size=size)


def _digest(query: Query, field: Field) -> str:
    """Digest of everything on which the result hangs."""
    asked = asdict(query.conditions) | {"satellite_light": sorted(query.conditions.satellite_light)}
    text = repr((asked, query.max_age_days, field.histories, field.windows))
    return hashlib.sha256(text.encode()).hexdigest()
