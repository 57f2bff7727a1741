"""What a campaign has done already: a record for each task, named by a hash of all that its outcome depends on.

A record is written beside and renamed, so a campaign that is killed leaves whole records only, and finds them again.
A task whose inputs have changed has another name: nothing stale is ever taken for done.
"""

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from passplan.errors import InputError
from passplan.mission.files import check_folder, write_file

_FOLDER, _LOCK = "tasks", "campaign.lock"
_DIGITS = 24  # of the hash in a file's name: 96 bits, so that no two tasks of any campaign share one


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One piece of work.

    kind : what is done, such as "simulate"
    name : what it is done to, for people
    inputs : all that the outcome depends on, as plain JSON values
    """

    kind: str
    name: str
    inputs: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """Hash of the kind and the inputs, in hexadecimal digits."""
        return _digest({"kind": self.kind, "inputs": self.inputs})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStore:
    """Records of tasks in the folder of a campaign.

    folder : the campaign's
    """

    folder: Path

    def path_of(self, task: Task) -> Path:
        """Where the record of a task stands or will stand."""
        return self.folder / _FOLDER / f"{task.kind}-{task.digest[:_DIGITS]}.json"

    def outcome_of(self, task: Task) -> Any:
        """Outcome of a task that is done, else None.

        A record that cannot be read, or whose outcome is not the one that was written, counts as not there.
        """
        try:
            record = json.loads(self.path_of(task).read_text(encoding="utf-8"))
            whole = record["digest"] == task.digest and record["outcome_digest"] == _digest(record["outcome"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return record["outcome"] if whole else None

    def keep(self, task: Task, outcome: Any) -> None:
        """Write the record of a task that is done; the outcome is of plain JSON values.

        Raises
        ------
        InputError
            If it cannot be written, such as on a full disk; then no record is there.
        """
        record = {
            "kind": task.kind,
            "name": task.name,
            "digest": task.digest,
            "inputs": task.inputs,
            "outcome_digest": _digest(outcome),
            "outcome": outcome,
        }
        write_file(self.path_of(task), _canonical(record) + "\n")


def fingerprint(item: Any) -> str:
    """Hash of a record with all that it holds, the same in every process: sets have no order, and arrays all digits."""
    return _digest(_plain(item))


def _plain(item: Any) -> Any:
    """JSON value that stands for an item; records and collections are gone through."""
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        fields = {field.name: _plain(getattr(item, field.name)) for field in dataclasses.fields(item)}
        return {type(item).__name__: fields}
    if isinstance(item, Mapping):
        return [[_plain(key), _plain(value)] for key, value in item.items()]
    if isinstance(item, np.ndarray):
        return [str(item.dtype), list(item.shape), hashlib.sha256(np.ascontiguousarray(item).tobytes()).hexdigest()]
    if isinstance(item, set | frozenset):
        return {"set": sorted((_plain(each) for each in item), key=repr)}
    if isinstance(item, list | tuple):
        return [_plain(each) for each in item]
    return repr(item)


@contextmanager
def opened_store(folder: Path) -> Iterator[TaskStore]:
    """Store of a campaign's folder, which nobody else may use meanwhile; the folder is made if it is not there.

    Raises
    ------
    InputError
        If the folder cannot be made or written, or another campaign is at work in it.
    """
    check_folder(folder)
    try:
        (folder / _FOLDER).mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        if not _locked(handle):
            raise InputError(f"{folder}: another campaign is at work in this folder; wait for it, or name another")
        yield TaskStore(folder=folder)
    finally:
        os.close(handle)  # the system lets go of the lock, also when the process is killed


def _locked(handle: int) -> bool:
    """Whether the lock could be had; where the system has no such locks it always is."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of this process alone: those it forks do not hold it
    except (BlockingIOError, PermissionError):
        return False
    return True


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def _digest(value: Any) -> str:
    return hashlib.sha256(_canonical(value).encode()).hexdigest()
