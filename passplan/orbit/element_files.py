"""Files of element sets in any form: which form it is, told by its content, and what it holds."""

import re
from pathlib import Path

from passplan.errors import ElementsError
from passplan.orbit.element_messages import is_key_value, kvn_messages, xml_messages
from passplan.orbit.element_set import Fault, Reading
from passplan.orbit.element_tables import csv_messages, is_header, json_messages
from passplan.orbit.omm import omm_reading
from passplan.orbit.tle import text_lines, tle_reading

MOST_FAULTS_TOLD = 100  # in one message; a reading keeps them all

_WEB_PAGE = re.compile(r"<!doctype html|<html[\s>]", re.IGNORECASE)
_JSON = re.compile(r"\{\s*\"|\[\s*[{\]]")  # a name may begin with a bracket or a brace too
_HEAD = 2000  # characters in which a web page shows itself


def parse_elements(text: str, *, source: str) -> Reading:
    """Element sets of a text, whatever its form, and what kept others from being read.

    Parameters
    ----------
    text : str
        Two-line sets (with names, with names that begin with 0, or without names), or mean-elements messages (OMM) in
        JSON, CSV, XML or key = value. The content decides, not a suffix. Any line ending, a byte-order mark, blank
        lines, and lines that begin with ``#`` (not in JSON and XML) are accepted.
    source : str
        Name of the text, for ``Elements.source`` and ``Fault.source``.

    Returns
    -------
    Reading
        Sets in the order of the text, duplicates included. A bad set hides no other: it becomes a fault with its line.

    Raises
    ------
    ElementsError
        If there is no set at all; told with what the text looks like and with its faults.
    """
    reading = _read(text.removeprefix("\ufeff"), source)
    if not reading.sets:
        raise ElementsError(_nothing(text, source, reading.faults))
    return reading


def read_elements(path: str | Path) -> Reading:
    """Element sets of a file, whatever its form; see `parse_elements`.

    UTF-8 is expected, UTF-16 with its mark is known. A byte that is neither is a fault of its line, and spoils a set
    only if it stands in one of its fields.

    Raises
    ------
    ElementsError
        If the file cannot be read, or holds no set at all.
    """
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise ElementsError(f"{path}: cannot be read: {error}") from error
    is_wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = data.decode("utf-16" if is_wide else "utf-8-sig", errors="replace")
    reading = parse_elements(text, source=str(path))
    return Reading(sets=reading.sets, faults=(*_byte_faults(data, is_wide, str(path)), *reading.faults))


def _read(text: str, source: str) -> Reading:
    lines = text_lines(text)
    text = "\n".join(lines)
    start = text.lstrip()[:_HEAD]
    if start.startswith("<"):
        return omm_reading([] if _WEB_PAGE.search(start) else xml_messages(text), source=source)
    if _JSON.match(start):
        return omm_reading(json_messages(text), source=source)
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    if is_header(first):
        return omm_reading(csv_messages(lines), source=source)
    if is_key_value(first):
        return omm_reading(kvn_messages(lines), source=source)
    return tle_reading(text, source=source)


def _nothing(text: str, source: str, faults: tuple[Fault, ...]) -> str:
    """Message for a text without any set."""
    start = text.removeprefix("\ufeff").strip()
    if not start:
        return f"{source}: holds no element set: it is empty"
    if _WEB_PAGE.search(start[:_HEAD]):
        return f"{source}: holds no element set: it is a web page (HTML), must be element sets"
    told = [f"{source}: holds no element set; it begins with {start[:40]!r}"]
    told += map(str, faults[:MOST_FAULTS_TOLD])
    if len(faults) > MOST_FAULTS_TOLD:
        told.append(f"{source}: and {len(faults) - MOST_FAULTS_TOLD} more faults")
    return "\n".join(told)


def _byte_faults(data: bytes, is_wide: bool, source: str) -> list[Fault]:
    """One fault for the first byte that is no text."""
    try:
        data.decode("utf-16" if is_wide else "utf-8")
    except UnicodeDecodeError as error:
        line = 1 + data[: error.start].decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").count("\n")
        reason = f"byte {data[error.start]:#04x} is no {'UTF-16' if is_wide else 'UTF-8'} text"
        return [Fault(source=f"{source}:{line}", norad_id=None, name="", reason=reason)]
    return []
