"""Where a key stands in a TOML file, and faults that know the key they speak of."""

import re
from collections.abc import Mapping
from pathlib import Path

from passplan.errors import DomainError

Place = tuple[str | int, ...]  # names of tables and keys, numbers of list items from 0


class PlacedFaults(DomainError):
    """Faults between the fields of a record, each with its place in the file.

    faults : message by place
    """

    def __init__(self, faults: Mapping[Place, str]) -> None:
        super().__init__("\n".join(faults.values()))
        self.faults = dict(faults)


class KeyLines:
    """Line numbers of the keys of a TOML text (the standard reader keeps none)."""

    _HEADER = re.compile(r"\s*\[(\[?)\s*([^\]]+?)\s*\]")
    _KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_.-]+)\s*=""")

    def __init__(self, text: str) -> None:
        self._lines: dict[Place, int] = {}
        table: Place = ()
        seen: dict[str, int] = {}
        for number, line in enumerate(text.splitlines(), 1):
            header = self._HEADER.match(line)
            key = self._KEY.match(line)
            if header:
                name = header[2]
                table = tuple(_unquoted(part) for part in re.findall(r'"[^"]*"|[^.]+', name))
                if header[1]:
                    table = (*table, seen.setdefault(name, 0))
                    seen[name] += 1
                self._lines.setdefault(table, number)
            elif key:
                quoted = key[1][0] in "\"'"
                parts = [_unquoted(key[1])] if quoted else key[1].split(".")
                self._lines.setdefault((*table, *parts), number)

    def line_of(self, place: Place) -> int:
        """Line of a key, or of the nearest table around it; 1 when even that is absent."""
        for length in range(len(place), 0, -1):
            if place[:length] in self._lines:
                return self._lines[place[:length]]
        return 1


def place_in(path: Path, place: Place) -> str:
    """File and line of a key, as messages begin; the file alone when it cannot be read."""
    try:
        return f"{path}:{KeyLines(path.read_text(encoding='utf-8-sig')).line_of(place)}"
    except (OSError, UnicodeDecodeError):
        return str(path)


def dotted(place: Place) -> str:
    """Name of a place in a document, such as ``apt.coarse.frame_rate_hz`` or ``night[1].date``."""
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text


def _unquoted(text: str) -> str:
    return text.strip().strip("\"'")
