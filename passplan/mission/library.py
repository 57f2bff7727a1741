"""One object's sets out of files that hold thousands, without reading the others.

The number or name is looked for as text; only the records in which it stands are cut out and parsed. Where that finds
nothing although the text is there, the file is read whole.
"""

import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from passplan.errors import ElementsError
from passplan.orbit.element_files import parse_elements, read_elements
from passplan.orbit.element_set import Elements, Reading
from passplan.orbit.passes import slug

ELEMENT_SUFFIXES = (".tle", ".2le", ".3le", ".txt", ".csv", ".json", ".xml", ".kvn", ".omm")
_ALPHA_5 = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # I and O are left out: they look like digits
_TABLE_HEAD = re.compile(r"[^\r\n]*\bNORAD_CAT_ID\b[^\r\n]*,[^\r\n]*|[^\r\n]*,[^\r\n]*\bNORAD_CAT_ID\b[^\r\n]*")
_NUMERIC = frozenset("0123456789.")

Finder = Callable[[str], Iterable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Records cut out of a file.

    text  : as a file of its own
    lines : first line of each piece, in the text and in the file
    """

    text: str
    lines: tuple[tuple[int, int], ...]

    def place_in_file(self, source: str) -> str:
        """``file:line`` in the whole file, of one in the text."""
        path, _, line = source.rpartition(":")
        if not line.isdigit():
            return source
        here, there = self.lines[bisect_right(self.lines, (int(line), sys.maxsize)) - 1]
        return f"{path}:{int(line) - here + there}"


def element_paths(folders: Iterable[Path]) -> list[Path]:
    """Element files in the folders ``elements`` of some folders, in order, hidden ones left out."""
    return [
        path
        for folder in folders
        for path in sorted((folder / "elements").glob("*"))
        if path.suffix.lower() in ELEMENT_SUFFIXES and not path.name.startswith(".") and path.is_file()
    ]


def sets_of_number(paths: Iterable[Path], number: int) -> tuple[tuple[Elements, ...], tuple[Path, ...]]:
    """All sets of one catalogue number in some files, in their order, and the files that hold them.

    Raises
    ------
    ElementsError
        If a file cannot be read, or the object stands in the files but none of its sets can be used.
    """
    sets: list[Elements] = []
    files: list[Path] = []
    faults: list[str] = []
    find = _number_places(number)
    for path in paths:
        reading = _read_part(path, find)
        mine = [item for item in reading.sets if item.norad_id == number]
        faults += [str(fault) for fault in reading.faults if fault.norad_id == number]
        if mine:
            sets += mine
            files.append(path)
    if faults and not sets:
        raise ElementsError("\n".join(faults))
    return tuple(sets), tuple(files)


def numbers_named(paths: Iterable[Path], name: str) -> dict[int, str]:
    """Catalogue number and name of the objects with this name (by its slug) or international designator.

    Raises
    ------
    ElementsError
        If a file cannot be read.
    """
    wanted = slug(name)
    patterns = [re.compile(r"[^a-z0-9]*".join(map(re.escape, wanted.split("-"))), re.IGNORECASE)]
    designator = re.fullmatch(r"\d\d(\d\d)-(\d{3})([a-z]{1,3})", wanted)
    if designator:
        patterns.append(re.compile("".join(designator.groups()), re.IGNORECASE))  # 16051A, as two-line sets have it
    found = {}
    for path in paths:
        for pattern in patterns:
            for item in _read_part(path, _pattern_places(pattern)).sets:
                if wanted in (slug(item.name), slug(item.object_id)):
                    found[item.norad_id] = item.name
    return found


def all_names(paths: Iterable[Path]) -> dict[str, set[int]]:
    """Slugs of the names of all objects of some files, with their numbers; the files are read whole."""
    names: dict[str, set[int]] = {}
    for path in paths:
        for item in read_elements(path).sets:
            names.setdefault(slug(item.name), set()).add(item.norad_id)
    return names


def one_epoch_each(sets: Iterable[Elements]) -> tuple[Elements, ...]:
    """The sets, oldest first, of each epoch the first in the given order."""
    by_epoch: dict[object, Elements] = {}
    for item in sets:
        by_epoch.setdefault(item.epoch_utc, item)
    return tuple(sorted(by_epoch.values(), key=lambda item: item.epoch_utc))


def _number_places(number: int) -> Finder:
    """Where a catalogue number stands in a text: plain, padded with zeros, or with a letter (Alpha-5)."""
    spellings = [str(number)]
    if 100_000 <= number <= 339_999:
        spellings.append(f"{_ALPHA_5[number // 10_000 - 10]}{number % 10_000:04d}")

    def places(text: str) -> Iterator[int]:
        for spelling in spellings:  # a plain search is 50 times faster than a pattern, and most files hold no such text
            place = text.find(spelling)
            while place >= 0:
                end = place + len(spelling)
                if text[end : end + 1] not in _NUMERIC and _begins_number(text, place):
                    yield place
                place = text.find(spelling, end)

    return places


def _begins_number(text: str, place: int) -> bool:
    """Whether nothing but padding zeros stands between a place and what is no number."""
    while place > 0 and text[place - 1] == "0":
        place -= 1
    return place == 0 or text[place - 1] not in _NUMERIC


def _pattern_places(pattern: re.Pattern[str]) -> Finder:
    return lambda text: (match.start() for match in pattern.finditer(text))


def _read_part(path: Path, find: Finder) -> Reading:
    """Reading of the records of a file in which something stands; their lines are counted in the whole file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ElementsError(f"{path}: cannot be read: {error}") from error
    part = _narrowed(text, sorted(find(text)))
    if not part.text:
        return Reading(sets=(), faults=())
    try:
        reading = parse_elements(part.text, source=str(path))
    except ElementsError:  # the cut was wrong, or every record in it is faulty
        return _read_whole(text, path)
    return Reading(
        sets=tuple(replace(item, source=part.place_in_file(item.source)) for item in reading.sets),
        faults=tuple(replace(item, source=part.place_in_file(item.source)) for item in reading.faults),
    )


def _read_whole(text: str, path: Path) -> Reading:
    try:
        return parse_elements(text, source=str(path))
    except ElementsError:  # `passplan check` and `data status` tell what is wrong with it
        return Reading(sets=(), faults=())


def _narrowed(text: str, places: Sequence[int]) -> _Part:
    """The records of a text around some places; empty when there is no place."""
    if not places:
        return _Part(text="", lines=())
    start = len(text) - len(text.lstrip())
    if text.startswith(("{", "["), start):
        return _joined(text, _enclosed(text, places, "{", "}"), before="[", between=",", after="]")
    if text.startswith("<", start):
        return _joined(text, _enclosed(text, places, "<omm", "</omm>"), before="<ndm>", after="</ndm>")
    if "CCSDS_OMM_VERS" in text:
        return _joined(text, _enclosed(text, places, "CCSDS_OMM_VERS", None))
    table = _TABLE_HEAD.match(text, start)
    if table:
        return _joined(text, [table.span(), *(_line_at(text, place) for place in places)])
    return _joined(text, _pairs(text, places))


def _joined(
    text: str, spans: Iterable[tuple[int, int]], *, before: str = "", between: str = "", after: str = ""
) -> _Part:
    """Pieces of a text, each beginning on a line of its own."""
    pieces: list[str] = []
    lines: list[tuple[int, int]] = []
    done, line_here, line_there = 0, 1, 1
    for start, end in spans:
        if start < done:
            continue
        line_there += text.count("\n", done, start)
        lines.append((line_here, line_there))
        piece = text[start:end]
        pieces.append(piece)
        inside = piece.count("\n")
        done, line_here, line_there = end, line_here + inside + 1, line_there + inside
    return _Part(text=before + f"{between}\n".join(pieces) + after + "\n", lines=tuple(lines))


def _enclosed(text: str, places: Iterable[int], opening: str, closing: str | None) -> Iterator[tuple[int, int]]:
    """Spans from the opening before a place to the closing, or to the next opening, behind it."""
    for place in places:
        start = max(text.rfind(opening, 0, place + len(opening)), 0)
        end = text.find(closing or opening, max(place, start + 1))
        yield start, len(text) if end < 0 else end + len(closing or "")


def _line_at(text: str, place: int) -> tuple[int, int]:
    end = text.find("\n", place)
    return text.rfind("\n", 0, place) + 1, len(text) if end < 0 else end


def _pairs(text: str, places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Spans of two-line sets with their name lines, around places in any of their lines."""
    for place in places:
        start, end = _line_at(text, place)
        if text.startswith("2 ", start):
            start = _neighbour(text, start, -1)[0]
        elif not text.startswith("1 ", start):
            start, end = _neighbour(text, end, 1)
        end = _neighbour(text, _line_at(text, start)[1], 1)[1]
        name = _neighbour(text, start, -1)[0]
        yield start if text.startswith(("1 ", "2 "), name) else name, end


def _neighbour(text: str, place: int, step: int) -> tuple[int, int]:
    """Span of the next line (step 1, from the end of one) or the one before (step -1, from a start) that says a thing.

    Blank lines and remarks are passed over; at either end of the text the span is empty.
    """
    while 0 < place < len(text):
        start, end = _line_at(text, place + 1 if step > 0 else place - 1)
        line = text[start:end].strip()
        if line and not line.startswith("#"):
            return start, end
        place = end if step > 0 else start
    return place, place
