"""Mean-elements messages in JSON and in CSV, as the public catalogues hand them out."""

import csv
import json
import re
from collections.abc import Iterator

from passplan.orbit.omm import Message

_TABLE_KEYS = {"EPOCH", "MEAN_MOTION"}  # by which a line of CSV is known to be a header
_BETWEEN = re.compile(r"[\s,\[\]]*")


def is_header(line: str) -> bool:
    """Whether a line is the header of a table of mean elements."""
    try:
        return "MEAN_MOTION" in line and set(_cells(line)) >= _TABLE_KEYS
    except csv.Error:
        return False


def csv_messages(lines: list[str]) -> Iterator[Message]:
    """Message of each row of a table; the header may come again, as when files were joined.

    A quoted cell may hold commas but no line end, so that a lost quotation mark spoils one row only.
    """
    header: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if not header or is_header(line):
            header = _cells(line)
            twice = sorted({key for key in header if header.count(key) > 1})
            if twice:
                yield Message(number, faults=[(number, f"the header holds {', '.join(twice)} twice")])
            continue
        try:
            cells = _cells(line)
        except csv.Error as error:
            yield Message(number, faults=[(number, f"the row is no CSV: {error}")])
            continue
        message = Message(number, dict(zip(header, cells, strict=False)))
        if len(cells) != len(header):
            message.faults.append((number, f"the row has {len(cells)} cells, must have {len(header)} as the header"))
        yield message


def _cells(line: str) -> list[str]:
    cells = next(csv.reader([line], strict=True)) if '"' in line else line.split(",")
    return [cell.strip() for cell in cells]


def json_messages(text: str) -> Iterator[Message]:
    """Message of each object of a JSON list, of a single object, or of objects that follow each other.

    Objects are decoded one by one: what cannot be decoded is a fault, and reading goes on at the next brace.
    """
    decoder = json.JSONDecoder()
    place, line, record = 0, 1, 0
    while True:
        start = text.find("{", place)
        gap_end = len(text) if start < 0 else start
        stray = _BETWEEN.sub("", text[place:gap_end])
        if stray:
            yield Message(line, faults=[(line, f"after record {record} stands {stray[:24]!r}, must be a JSON object")])
        line += text.count("\n", place, gap_end)
        if start < 0:
            break
        record += 1
        try:
            fields, place = decoder.raw_decode(text, start)
            yield Message(line, fields)
        except (ValueError, RecursionError) as error:
            place = start + 1
            place = len(text) if text.find("{", place) < 0 else text.find("{", place)
            yield Message(line, faults=[(line, f"record {record} is no JSON: {_why(error)}")])
        line += text.count("\n", start, place)
    if text.lstrip().startswith("[") and not text.rstrip().endswith("]"):
        yield Message(line, faults=[(line, "the list has no end ']': the file is cut short")])


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else "it holds a number of too many digits"
