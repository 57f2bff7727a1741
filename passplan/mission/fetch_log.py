"""What was fetched, when, and when each source may be asked again; a small JSON file in the user's data folder."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from passplan.errors import InputError
from passplan.mission.files import write_file
from passplan.units import format_utc, parse_utc

LOG_NAME = "refresh.json"
SCHEMA_VERSION = 1
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """The last time one query was put to one source.

    query    : what was asked, such as ``CATNR=41731``
    source   : ``celestrak`` or ``space-track``
    url      : the address, without credentials
    asked_utc, next_utc : when it was asked, and when it may be asked again
    status   : HTTP status of the answer, 0 when none came
    file     : name of the element file that holds the sets, or empty
    etag, last_modified : for the next conditional request, or empty
    sha256   : of the body that was taken, or empty
    sets     : element sets in that body
    taken_utc : when a body was last taken or found unchanged, or None
    """

    query: str
    source: str
    url: str
    asked_utc: datetime
    next_utc: datetime
    status: int = 0
    file: str = ""
    etag: str = ""
    last_modified: str = ""
    sha256: str = ""
    sets: int = 0
    taken_utc: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A source that wants to be left alone: until when, and why."""

    until_utc: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLog:
    """All fetches, by address and query; blocks and the requests of the last hour, by address."""

    fetches: dict[str, Fetch] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    requests: dict[str, tuple[datetime, ...]] = field(default_factory=dict)

    @staticmethod
    def key(base_url: str, query: str) -> str:
        """Key of a query put to an address."""
        return f"{base_url} {query}"

    def of_query(self, base_url: str, query: str) -> Fetch | None:
        """Last fetch of a query from an address, or None."""
        return self.fetches.get(self.key(base_url, query))

    def of_file(self, name: str) -> Fetch | None:
        """Latest fetch that a file of the folder elements holds, or None."""
        found = [item for item in self.fetches.values() if item.file == name]
        return max(found, key=lambda item: item.taken_utc or item.asked_utc) if found else None

    def with_fetch(self, base_url: str, fetch: Fetch) -> "FetchLog":
        """The log with one fetch more."""
        return replace(self, fetches={**self.fetches, self.key(base_url, fetch.query): fetch})

    def with_block(self, base_url: str, block: Block) -> "FetchLog":
        """The log with a source that wants to be left alone."""
        return replace(self, blocks={**self.blocks, base_url: block})

    def with_request(self, base_url: str, now: datetime) -> "FetchLog":
        """The log with one request more; those older than an hour are forgotten."""
        recent = [when for when in self.requests.get(base_url, ()) if now - when < _HOUR]
        return replace(self, requests={**self.requests, base_url: (*recent, now)})

    def block_at(self, base_url: str, now: datetime) -> Block | None:
        """The block that holds at an instant, or None."""
        block = self.blocks.get(base_url)
        return block if block and block.until_utc > now else None


def full_until(times: Iterable[datetime], now: datetime, *, per_minute: int, per_hour: int) -> datetime | None:
    """Instant from which one request more stays within limits of a minute and of an hour, or None if it does now."""
    past = sorted(times)
    waits = []
    for limit, span in ((per_minute, timedelta(minutes=1)), (per_hour, _HOUR)):
        inside = [when for when in past if now - when < span]
        if len(inside) >= limit:
            waits.append(inside[-limit] + span)
    return max(waits, default=None)


def read_log(folder: Path) -> FetchLog:
    """Log of a data folder; an empty one when there is none yet.

    Raises
    ------
    InputError
        If the file cannot be read or is no such log.
    """
    path = folder / LOG_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return FetchLog()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    try:
        return _parse(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: is no record of fetches ({error}); remove it, and wait two hours before the next refresh"
        ) from error


def write_log(folder: Path, log: FetchLog) -> None:
    """Write the log whole, or leave the old one."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "fetches": {key: _plain(asdict(item)) for key, item in sorted(log.fetches.items())},
        "blocks": {key: _plain(asdict(item)) for key, item in sorted(log.blocks.items())},
        "requests": {
            key: [format_utc(when, digits=6) for when in times] for key, times in sorted(log.requests.items())
        },
    }
    write_file(folder / LOG_NAME, json.dumps(document, indent=1) + "\n")


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: format_utc(value, digits=6) if isinstance(value, datetime) else value for name, value in record.items()
    }


def _timed(record: dict[str, Any]) -> dict[str, Any]:
    return {name: parse_utc(value) if name.endswith("_utc") and value else value for name, value in record.items()}


def _parse(document: dict[str, Any]) -> FetchLog:
    if document["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"schema_version is {document['schema_version']}, must be {SCHEMA_VERSION}")
    return FetchLog(
        fetches={key: Fetch(**_timed(item)) for key, item in document["fetches"].items()},
        blocks={key: Block(**_timed(item)) for key, item in document["blocks"].items()},
        requests={key: tuple(map(parse_utc, times)) for key, times in document["requests"].items()},
    )
