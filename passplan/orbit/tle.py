"""Two-line element sets as text: names, partners, and the sets and faults of a whole file."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from passplan.errors import DomainError, ElementsError
from passplan.orbit.element_line import (
    catalogue_number,
    checksums_hold,
    elements_of_lines,
    has_form,
    has_number,
    line_faults,
)
from passplan.orbit.element_set import Elements, Fault, Reading

LONGEST_NAME = 59  # a name has 24 characters, histories add "epoch ..."; what is longer is a damaged element line

_NAME_TAIL = re.compile(r"\s+epoch\s+\d{5}\.\d+.*$", re.IGNORECASE)

Numbered = tuple[int, str]  # number of a line in its text, from 1, and the line
Pair = tuple[str, Numbered, Numbered]  # name, line 1, line 2


def parse_tle(text: str, *, source: str, name: str | None = None) -> list[Elements]:
    """Element sets of a text of two-line or three-line (named) sets, in the order of the text, or all its faults.

    Parameters
    ----------
    text : str
        Blank lines, lines that begin with ``#``, and any line ending are accepted; so are catalogue numbers with a
        letter (Alpha-5), explicit plus signs and leading zeros.
    source : str
        Name of the text in messages and in ``Elements.source``.
    name : str, optional
        Name for all sets, instead of the name lines.

    Returns
    -------
    list of Elements
        The name is the name line without a leading ``0`` and without a trailing "epoch yyddd.dddddddd ...";
        a set with no name line is called by its catalogue number.

    Raises
    ------
    ElementsError
        If the text holds no set, or any line fails: its length (69), its checksum (sum of digits, a minus counts
        one, modulo 10), the form of a field, or the catalogue number of its partner. All faults are told at once,
        one a line.

    Notes
    -----
    Format: D. Vallado and P. Cefola, "Two-line element sets: practice and use", IAC-12-C1.6.12 (recalled).
    The libraries that propagate accept a wrong checksum in silence, hence this check. The checksum does not see a
    letter that is changed to another letter or a blank: of what is read here that can alter the international
    designator alone (a letter of the catalogue number is compared with the other line).
    """
    reading = tle_reading(text, source=source, name=name, lone_names=True)
    if reading.faults:
        raise ElementsError("\n".join(map(str, reading.faults)))
    if not reading.sets:
        raise ElementsError(f"{source}: holds no element set")
    return list(reading.sets)


def read_tle(path: str | Path, *, name: str | None = None) -> list[Elements]:
    """Element sets of a file; see `parse_tle`.

    Raises
    ------
    ElementsError
        If the file cannot be read, or its text is wrong.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ElementsError(f"{path}: cannot be read: {error}") from error
    return parse_tle(text, source=str(path), name=name)


def tle_reading(text: str, *, source: str, name: str | None = None, lone_names: bool = False) -> Reading:
    """Sets and faults of a text of two-line or three-line sets: as `parse_tle`, but a bad set hides no other.

    A name line that no set follows is a fault too, unless ``lone_names`` are allowed: its set may have been lost.
    """
    found: list[Fault] = []
    pairs: list[Pair] = []
    for item in _pairs(text, source, lone_names=lone_names):
        if isinstance(item, Fault):
            found.append(item)
        else:
            pairs.append(item)
    holds = checksums_hold([line for _, *lines in pairs for _, line in lines]).reshape(-1, 2)
    sets: list[Elements] = []
    for pair, good in zip(pairs, np.all(holds, axis=1).tolist(), strict=True):
        made = _set_of(pair, name, source) if good else _pair_faults(pair, source)
        if isinstance(made, Elements):
            sets.append(made)
        else:
            found += made
    found.sort(key=lambda fault: int(fault.source.rpartition(":")[2]))
    return Reading(sets=tuple(sets), faults=tuple(found))


def text_lines(text: str) -> list[str]:
    """Lines of a text with any line ending: LF, CR LF or CR; a byte-order mark is dropped."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _set_of(pair: Pair, name: str | None, source: str) -> Elements | list[Fault]:
    """Set of two lines whose checksums hold, or its faults."""
    label, (number, line_1), (_, line_2) = pair
    if not (has_form(line_1) and has_form(line_2)):
        return _pair_faults(pair, source)
    if line_1[2:7] != line_2[2:7] and catalogue_number(line_1[2:7]) != catalogue_number(line_2[2:7]):
        return _pair_faults(pair, source)
    try:
        return elements_of_lines(line_1, line_2, name=name or label, source=f"{source}:{number}")
    except DomainError as error:
        return _pair_faults(pair, source) or [_fault(source, pair[2], label, str(error).removeprefix("Elements."))]


def _pair_faults(pair: Pair, source: str) -> list[Fault]:
    """What is wrong with the lines of a set, or between them."""
    label, first, second = pair
    faults = [_fault(source, line, label, reason) for line in (first, second) for reason in line_faults(line[1])]
    if faults:
        return faults
    expected, number = catalogue_number(first[1][2:7]), catalogue_number(second[1][2:7])
    if expected == number:
        return []
    return [_fault(source, second, label, f"catalogue number is {number}, must be {expected} as in line 1")]


def _pairs(text: str, source: str, *, lone_names: bool) -> Iterator[Pair | Fault]:
    """Name and lines of each set, and a fault for each line that has lost its partner."""
    label, named, first = "", 0, None
    for number, line, kind in _kinds(text):
        if first is not None and kind != "2":
            reason = f"line 1 is followed by {line[:24]!r}, must be followed by its line 2"
            yield _fault(source, first, label, reason)
            label, named, first = "", 0, None
        if kind == "1":
            first = (number, line)
        elif kind == "2" and first is not None:
            yield label, first, (number, line)
            label, named, first = "", 0, None
        elif kind == "0":
            if named and not lone_names:
                reason = f"name {label!r} is followed by {line[:24]!r}, must be followed by an element set"
                yield _fault(source, (named, ""), label, reason)
            label, named = _label(line), number
        else:
            yield _fault(source, (number, line), label, _stray(line, kind))
            label, named = "", 0
    if first is not None:
        yield _fault(source, first, label, "line 1 is the last line, must be followed by its line 2")
    elif named and not lone_names:
        reason = f"name {label!r} is the last line, must be followed by an element set"
        yield _fault(source, (named, ""), label, reason)


def _stray(line: str, kind: str) -> str:
    if kind == "2":
        return f"line 2 is {line[:24]!r}..., must follow its line 1"
    return f"the line is {line[:24]!r}..., must be an element line, or a name of at most {LONGEST_NAME} characters"


def _kinds(text: str) -> Iterator[tuple[int, str, str]]:
    """Number, text and kind of each line: an element line "1" or "2", a name "0", or "" for none of them."""
    for number, raw in enumerate(text_lines(text), start=1):
        line = raw.rstrip()
        if not line or line[0] == "#":
            continue
        is_long = len(line) > LONGEST_NAME
        if line[:2] in ("1 ", "2 ") and (is_long or has_number(line)):
            yield number, line, line[0]
        else:
            yield number, line, "" if is_long else "0"


def _label(line: str) -> str:
    label = line.removeprefix("0 ").strip()
    return _NAME_TAIL.sub("", label) if "epoch" in label.lower() else label


def _fault(source: str, place: Numbered, label: str, reason: str) -> Fault:
    """Fault at a line; the object's number is read from that line, if it holds one."""
    number, line = place
    norad_id = catalogue_number(line[2:7]) if line[:2] in ("1 ", "2 ") and has_number(line) else None
    return Fault(source=f"{source}:{number}", norad_id=norad_id, name=label, reason=reason)
