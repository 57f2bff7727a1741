"""A JSON text with the line of each of its values, so that a fault can be found; what no file means is refused here."""

import json
import re
from dataclasses import dataclass, field
from reprlib import repr as shown
from typing import Any, NamedTuple

from passplan.errors import InputError

MOST_DIGITS = 300  # of a whole number; floats end at 309
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')
_LONG_NUMBER = re.compile(rf"(?<![\d.])\d{{{MOST_DIGITS + 1},}}(?![\d.eE])")


class JsonDocument(NamedTuple):
    """Values of a JSON text, and where they stand.

    value : what the text holds
    lines : line of each value, counted from 1, by its path such as ``key_basis.clicks[1]``
    faults : keys that stand twice in one table, which JSON readers pass over in silence
    """

    value: Any
    lines: dict[str, int]
    faults: list[str]


def parse_json(text: str, *, source: str) -> JsonDocument:
    """Values of a JSON text, with the line of each [1].

    Raises
    ------
    InputError
        If it is no JSON, is nested beyond what Python reads, or holds a whole number of more than 300 digits.
    """
    long = _LONG_NUMBER.search(text)
    if long is not None:
        line = text.count("\n", 0, long.start()) + 1
        raise InputError(
            f"{source}: line {line}: a whole number of {len(long[0])} digits, must have at most {MOST_DIGITS}"
        )
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{source}: line {error.lineno}, column {error.colno}: no JSON: {error.msg}") from error
    except RecursionError as error:
        raise InputError(f"{source}: nested too deeply, must be a table of tables of lists") from error
    return JsonDocument(value, *_lines_and_repeats(text))


@dataclass(slots=True)
class _Open:
    """A table or list that is not closed yet: its path, the key or place that comes next, and its keys by line."""

    path: str
    is_table: bool
    key: str | None = None
    place: int = 0
    keys: dict[str, int] = field(default_factory=dict)

    def next_path(self) -> str:
        """Path of the value that comes next."""
        if not self.is_table:
            return f"{self.path}[{self.place}]"
        return f"{self.path}.{self.key}" if self.path else str(self.key)


def _lines_and_repeats(text: str) -> tuple[dict[str, int], list[str]]:
    """Line of each value by its path, and the keys that stand twice; the text is known to be JSON."""
    lines: dict[str, int] = {}
    faults: list[str] = []
    stack: list[_Open] = []
    line, seen = 1, 0
    for token in _TOKEN.finditer(text):
        line, seen = line + text.count("\n", seen, token.start()), token.start()
        word = token[0]
        if word == ",":
            stack[-1].key, stack[-1].place = None, stack[-1].place + 1
        elif word in ("]", "}"):
            stack.pop()
        elif word == ":":
            continue
        elif stack and stack[-1].is_table and stack[-1].key is None:
            _take_key(stack[-1], json.loads(word), line, faults)
        else:
            path = stack[-1].next_path() if stack else ""
            lines[path] = line
            if word in ("[", "{"):
                stack.append(_Open(path=path, is_table=word == "{"))
    return lines, faults


def _take_key(table: _Open, key: str, line: int, faults: list[str]) -> None:
    table.key = key
    if key in table.keys:
        path = table.next_path() if key.isprintable() and len(key) < 80 else shown(key)
        faults.append(f"line {line}: {path} stands twice, first in line {table.keys[key]}")
    table.keys.setdefault(key, line)
