"""Writing that never leaves half a file, and never takes away what is not its own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from passplan.errors import InputError


def write_file(path: Path, content: str | bytes) -> None:
    """Write beside, then rename: a fault leaves the old file, or none.

    Raises
    ------
    InputError
        If the folder does not exist or cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(beside, 0o644)
            os.replace(beside, path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """A new folder whose files move to ``path`` when the block ends well, and vanish when it does not.

    Files of the same name in ``path`` are replaced, each whole; everything else that lies there stays.

    Raises
    ------
    InputError
        If ``path`` is a file, or cannot be made or written.
    """
    target = path.resolve()
    check_folder(path)
    try:
        target.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=target, prefix=".passplan."))
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    try:
        yield beside
        for file in sorted(beside.iterdir()):
            os.replace(file, target / file.name)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if not any(target.iterdir()):
            target.rmdir()


def check_folder(path: Path) -> None:
    """Raise InputError when a folder cannot be made or written there, before any work is spent on it."""
    if path.exists() and not path.is_dir():
        raise InputError(f"{path}: is a file, must be a folder or absent")
    standing = next(folder for folder in (path.resolve(), *path.resolve().parents) if folder.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK):
        raise InputError(f"{path}: cannot be written: {standing} is no folder in which you may write")


def make_folder(path: Path) -> None:
    """Make a folder and those above it; one that stands is left as it is.

    Raises
    ------
    InputError
        If it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be made: {error.strerror}") from error


def named_file(path: Path, key: str, name: str) -> Path:
    """Path of a file that another file names under a key: it stands in the same folder, or below it.

    Raises
    ------
    InputError
        If there is no such file.
    """
    if not (path.parent / name).is_file():
        raise InputError(f"{path}: {key} is {name!r}, but no such file stands in {path.parent}")
    return path.parent / name
