"""What became of each query of a refresh, told in one line."""

from dataclasses import dataclass
from datetime import datetime

from passplan.mission.element_table import Answered
from passplan.mission.fetch_log import FetchLog
from passplan.mission.gp_sources import Query, Source
from passplan.units import format_utc

WHOLE, UNCHANGED = 200, 304  # of HTTP: all of it came, or nothing has changed
CUT_OFF = 0  # the run ended before the answer came


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one query.

    state    : ``new`` (sets were added), ``unchanged``, ``resting`` (not asked: too early), ``failed``, or ``left``
               (not asked, because the run had ended with a fault)
    message  : one line
    file     : name of the element file, or empty
    objects, sets, new_sets : in the answer, and what was not held before
    newest_utc : youngest epoch in the answer, or None
    next_utc : when it may be asked again, or None
    faults   : faulty objects of the answer, one line each
    """

    query: str
    source: str
    state: str
    message: str
    file: str = ""
    objects: int = 0
    sets: int = 0
    new_sets: int = 0
    newest_utc: datetime | None = None
    next_utc: datetime | None = None
    faults: tuple[str, ...] = ()


def resting_outcome(query: Query, source: Source, log: FetchLog, now: datetime) -> Outcome | None:
    """Why a query must not be asked now, or None."""
    block = log.block_at(source.base_url, now)
    last = log.of_query(source.base_url, str(query))
    if block:
        until, why = block.until_utc, block.reason
    elif last and last.next_utc > now:
        until, why = last.next_utc, f"{source.host} may be asked for the same data once in {_hours(source)}"
    else:
        return None
    failed = last is not None and last.status not in (CUT_OFF, WHOLE, UNCHANGED)
    if last is not None and failed:
        why += f"; the last answer, {last.status}, brought nothing"
    return Outcome(
        query=str(query), source=source.name, state="failed" if failed else "resting", next_utc=until,
        file=last.file if last else "",
        message=f"{query}: not asked, may be asked again from {format_utc(until)}: {why}",
    )  # fmt: skip


def taken_outcome(
    query: Query, source: Source, answered: Answered, *, file: str, new_sets: int, now: datetime
) -> Outcome:
    """Outcome of an answer whose sets are in a file now."""
    objects = len({item.norad_id for item in answered.sets})
    newest = max(item.epoch_utc for item in answered.sets)
    what = f"{new_sets} new" if new_sets else "nothing new"
    counts = f"{counted(objects, 'object')}, {counted(len(answered.sets), 'set')}"
    message = f"{query}: {counts}, {what}, newest {format_utc(newest)}"
    if answered.faults:
        message += f"; {counted(len(answered.faults), 'fault')}, left out"
    return Outcome(
        query=str(query), source=source.name, state="new" if new_sets else "unchanged", message=message, file=file,
        objects=objects, sets=len(answered.sets), new_sets=new_sets, newest_utc=newest, next_utc=now + source.rest,
        faults=answered.fault_lines(),
    )  # fmt: skip


def failed_outcome(
    query: Query, source: Source, reason: str, *, next_utc: datetime | None = None, faults: tuple[str, ...] = ()
) -> Outcome:
    """Outcome of a query that brought nothing."""
    return Outcome(
        query=str(query), source=source.name, state="failed", message=f"{query}: {reason}", next_utc=next_utc,
        faults=faults,
    )  # fmt: skip


def left_outcome(query: Query, source: Source) -> Outcome:
    """Outcome of a query that was not put, because the source had a fault."""
    message = f"{query}: not asked, because {source.host} had a fault before"
    return Outcome(query=str(query), source=source.name, state="left", message=message)


def counted(number: int, what: str) -> str:
    """A number with its noun: 1 set, 2 sets."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _hours(source: Source) -> str:
    return f"{source.rest.total_seconds() / 3600.0:g} h"
