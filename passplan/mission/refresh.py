"""Fresh element sets from CelesTrak or Space-Track: the only thing in the house that may use a network.

What the sources ask for, and what is done about it:

- CelesTrak updates its GP data every 2 hours and answers 403 to whoever downloads the same data twice in that time;
  a machine shall stop at any status but 200 and leave it to a human (celestrak.org/usage-policy.php of 22 May 2026;
  the 403 as told in OpenSpace issue 3973). So one query rests 2 hours once the source has answered, whatever it
  answered; a 403 or 429 lets the whole source rest; any fault of the source ends the run.
- Space-Track allows fewer than 30 requests a minute and 300 an hour, GP data once an hour, and wants lists of numbers
  rather than many requests (space-track.org/documentation, API use guidelines; read second-hand). So each object rests
  an hour, and all that are due go into one request.

No option overrides this, ``--force`` neither: the limits are the sources', not ours. What is held stays when anything
fails; new sets are added to it and nothing is taken away.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from passplan.errors import InputError
from passplan.mission.download import Answer, fetch, new_session
from passplan.mission.element_table import Answered, merge_into, parse_answer
from passplan.mission.fetch_log import Block, Fetch, FetchLog, full_until, read_log, write_log
from passplan.mission.files import make_folder
from passplan.mission.gp_sources import Credentials, Query, Source, address_of, check_queries, login_address
from passplan.mission.outcome import (
    UNCHANGED,
    WHOLE,
    Outcome,
    failed_outcome,
    left_outcome,
    resting_outcome,
    taken_outcome,
)
from passplan.units import as_utc, format_utc

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

DEFAULT_TIMEOUT_S = 30.0
_KEPT = "what is held stays"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What stays the same during one run."""

    source: Source
    folder: Path
    now: datetime
    timeout_s: float
    session: "OpenerDirector"


def refresh(
    queries: Sequence[Query],
    *,
    source: Source,
    folder: Path,
    now: datetime,
    credentials: Credentials | None = None,
    timeout_s: float = DEFAULT_TIMEOUT_S,
) -> list[Outcome]:
    """Ask a source for element sets and add what is new to the element files of a data folder.

    Parameters
    ----------
    queries : sequence of Query
        Space-Track takes CATNR only.
    source : Source
        Of `gp_sources.choose_source`.
    folder : Path
        The user's data folder; sets go to its ``elements``, the record of fetches beside.
    now : datetime
        Aware; decides what may be asked.
    credentials : Credentials, optional
        Needed for Space-Track.
    timeout_s : float
        Longest silence of the server [s].

    Returns
    -------
    list of Outcome
        One a query, in the order of the queries. A fault of the source is an outcome, never an exception.

    Raises
    ------
    InputError
        If the folder cannot be written, the record of fetches is faulty, or a query does not suit the source.
    """
    check_queries(queries, source, credentials)
    now = as_utc(now)
    log = read_log(folder)
    outcomes = {query: rest for query in queries if (rest := resting_outcome(query, source, log, now))}
    due = _troubled_last([query for query in dict.fromkeys(queries) if query not in outcomes], source, log)
    if due:
        make_folder(folder / "elements")
        session = new_session(source.base_url)
        run = _Run(source=source, folder=folder, now=now, timeout_s=timeout_s, session=session)
        outcomes |= _ask_all(run, due, log, credentials)
    return [outcomes[query] for query in queries]


def _troubled_last(queries: list[Query], source: Source, log: FetchLog) -> list[Query]:
    """Queries that failed the last time come last, so that they do not keep the others from being asked."""

    def failed(query: Query) -> bool:
        last = log.of_query(source.base_url, str(query))
        return last is not None and last.status not in (WHOLE, UNCHANGED)

    return sorted(queries, key=failed)


def _ask_all(run: _Run, due: Sequence[Query], log: FetchLog, credentials: Credentials | None) -> dict[Query, Outcome]:
    """Outcomes of queries that may be asked; the first fault of the source ends the run."""
    fault = ""
    if credentials is not None and run.source.name == "space-track":
        log, fault = _log_in(run, log, credentials)
        if fault:
            return {query: failed_outcome(query, run.source, fault) for query in due}
    outcomes: dict[Query, Outcome] = {}
    for first in range(0, len(due), run.source.at_once):
        batch = due[first : first + run.source.at_once]
        if fault:
            outcomes |= {query: left_outcome(query, run.source) for query in batch}
        else:
            log, found, fault = _ask(run, batch, log)
            outcomes |= found
    return outcomes


def _log_in(run: _Run, log: FetchLog, credentials: Credentials) -> tuple[FetchLog, str]:
    """Log after a login, and why it failed or an empty text."""
    log, fault = _count_request(run, log)
    if fault:
        return log, fault
    form = {"identity": credentials.identity, "password": credentials.password}
    answer = fetch(run.session, login_address(run.source), now=run.now, timeout_s=run.timeout_s, form=form)
    if answer.status == 401 or b'"Failed"' in answer.body:
        return log, f"{run.source.host} refuses the login: SPACETRACK_USER or SPACETRACK_PASSWORD is wrong; {_KEPT}"
    log, fault = _fault_of(answer, run, log, "the login")
    write_log(run.folder, log)
    return log, fault


def _ask(run: _Run, batch: Sequence[Query], log: FetchLog) -> tuple[FetchLog, dict[Query, Outcome], str]:
    """Log, outcomes and the source's fault (or an empty text) after one request."""
    log, fault = _count_request(run, log)
    if fault:
        return log, {query: failed_outcome(query, run.source, fault) for query in batch}, fault
    before = log
    log = _noted(run, batch, log, status=0)  # before it is asked, so that a run that is cut off counts too
    write_log(run.folder, log)
    conditions = _conditions(run, batch[0], before) if run.source.at_once == 1 else {}
    address = address_of(run.source, batch)
    answer = fetch(run.session, address, now=run.now, timeout_s=run.timeout_s, conditions=conditions)
    if answer.status is None:  # nothing came: it may be tried again at once
        write_log(run.folder, before)
        fault = f"{answer.fault}; {_KEPT}, check the network and try again"
        return before, {query: failed_outcome(query, run.source, fault) for query in batch}, fault
    log = _noted(run, batch, log, status=answer.status)
    log, fault = _fault_of(answer, run, log, ", ".join(map(str, batch[:3])))
    if fault:
        block = log.block_at(run.source.base_url, run.now)
        until = max(block.until_utc if block else run.now, run.now + run.source.rest)
        found = {query: failed_outcome(query, run.source, fault, next_utc=until) for query in batch}
    elif answer.status == UNCHANGED:
        log, found = _unchanged(run, batch[0], log)
    else:
        log, found = _take(run, batch, log, answer)
    write_log(run.folder, log)
    return log, found, fault


def _count_request(run: _Run, log: FetchLog) -> tuple[FetchLog, str]:
    """Log with one request more, or the fault that it would be one too many."""
    source = run.source
    past = log.requests.get(source.base_url, ())
    until = full_until(past, run.now, per_minute=source.per_minute, per_hour=source.per_hour)
    if until:
        limits = f"{source.per_minute} requests a minute and {source.per_hour} an hour"
        return log, f"not asked, may be asked again from {format_utc(until)}: {source.host} gets at most {limits}"
    log = log.with_request(source.base_url, run.now)
    write_log(run.folder, log)
    return log, ""


def _noted(run: _Run, batch: Sequence[Query], log: FetchLog, *, status: int) -> FetchLog:
    """Log with the queries of a batch asked now."""
    source = run.source
    for query in batch:
        url, next_utc = address_of(source, [query]), run.now + source.rest
        new = Fetch(query=str(query), source=source.name, url=url, asked_utc=run.now, next_utc=next_utc, status=status)
        last = log.of_query(source.base_url, str(query))
        if last:
            new = replace(last, url=url, asked_utc=run.now, next_utc=next_utc, status=status)
        log = log.with_fetch(source.base_url, new)
    return log


def _conditions(run: _Run, query: Query, log: FetchLog) -> dict[str, str]:
    """Headers that spare the source the body, when the file of the last one is still there."""
    last = log.of_query(run.source.base_url, str(query))
    if last is None or not last.file or not (run.folder / "elements" / last.file).is_file():
        return {}
    pairs = {"If-None-Match": last.etag, "If-Modified-Since": last.last_modified}
    return {name: value for name, value in pairs.items() if value}


def _fault_of(answer: Answer, run: _Run, log: FetchLog, what: str) -> tuple[FetchLog, str]:
    """Log, with a block if the source wants to be left alone, and the source's fault or an empty text."""
    host, status = run.source.host, answer.status
    if answer.fault:
        return log, f"{answer.fault}; {_KEPT}"
    if status in (WHOLE, UNCHANGED):
        return log, ""
    if status == 403 and b"not updated since" in answer.body:
        return log, f"{host} answers 403: its data of {what} have not changed since they were last taken; {_KEPT}"
    if status in (403, 429) or b"query rate limit" in answer.body:
        pause = run.source.rest if answer.retry_after_s is None else timedelta(seconds=answer.retry_after_s)
        reason = f"{host} answered {status}: it was asked too often, or blocks this address"
        log = log.with_block(run.source.base_url, Block(until_utc=run.now + pause, reason=reason))
        return log, f"{reason}; {_KEPT}, nothing is asked before {format_utc(run.now + pause)}"
    if status == 404:
        return log, f"{host} answers 404: it has no data of {what}: decayed, too new, or a wrong name; {_KEPT}"
    if status == 401:
        return log, f"{host} answers 401: the login does not hold; {_KEPT}, try again"
    side = "a fault of the server, try again later" if status and status >= 500 else "the address may have changed"
    return log, f"{host} answers {status} to {what}: {side}; {_KEPT}"


def _unchanged(run: _Run, query: Query, log: FetchLog) -> tuple[FetchLog, dict[Query, Outcome]]:
    """Log and outcome when the source says that nothing has changed."""
    last = log.fetches[log.key(run.source.base_url, str(query))]
    log = log.with_fetch(run.source.base_url, replace(last, taken_utc=run.now))
    message = f"{query}: unchanged at {run.source.host} since {format_utc(last.taken_utc or last.asked_utc)}"
    found = Outcome(
        query=str(query), source=run.source.name, state="unchanged", message=message, file=last.file,
        next_utc=last.next_utc,
    )  # fmt: skip
    return log, {query: found}


def _take(run: _Run, batch: Sequence[Query], log: FetchLog, answer: Answer) -> tuple[FetchLog, dict[Query, Outcome]]:
    """Put the sets of a whole answer into the files of their queries."""
    source, next_utc = run.source, run.now + run.source.rest
    try:
        answered = parse_answer(answer.body, source=f"{source.host} {', '.join(map(str, batch[:3]))}")
    except InputError as error:
        return log, {query: failed_outcome(query, source, f"{error}; {_KEPT}", next_utc=next_utc) for query in batch}
    found = {}
    for query in batch:
        mine = answered.of_number(int(query.value)) if query.kind == "CATNR" else answered
        try:
            found[query] = _keep(run, query, mine)
        except InputError as error:
            reason = f"{error}; {_KEPT}"
            found[query] = failed_outcome(query, source, reason, next_utc=next_utc, faults=mine.fault_lines())
            continue
        last = log.fetches[log.key(source.base_url, str(query))]
        taken = replace(
            last, file=found[query].file, etag=answer.etag, last_modified=answer.last_modified, sets=len(mine.sets),
            sha256=hashlib.sha256(answer.body).hexdigest(), taken_utc=run.now,
        )  # fmt: skip
        log = log.with_fetch(source.base_url, taken)
    return log, found


def _keep(run: _Run, query: Query, mine: Answered) -> Outcome:
    """Outcome after the sets of one query have gone into its file."""
    if not mine.sets:
        told = "; ".join(mine.fault_lines()) or "decayed, too new, or a wrong number"
        raise InputError(f"{run.source.host} sends no set of it: {told}")
    name = query.file_name(run.source)
    new_sets = merge_into(run.folder / "elements" / name, mine.rows)
    return taken_outcome(query, run.source, mine, file=name, new_sets=new_sets, now=run.now)
