"""Lines of an iCalendar file: head and tail, folding, escaped text, instants."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from passplan.mission.formats.origin import program
from passplan.units import as_utc

_LONGEST_LINE = 75  # octets, the line break not counted


def calendar_text(events: Iterable[list[str]]) -> str:
    """Calendar of events, each a list of its lines; they are folded and ended by CRLF.

    Notes
    -----
    Source: RFC 5545, sections 3.1 (folding) and 3.4 (calendar).
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//passplan//{escaped(program())}//EN",
        "CALSCALE:GREGORIAN",
        *(line for event in events for line in event),
        "END:VCALENDAR",
    ]
    return "".join(f"{piece}\r\n" for line in lines for piece in _folded(line))


def stamp(when: datetime) -> str:
    """UTC in the basic form, cut to the second.

    Raises
    ------
    InputError
        If the instant is naive.
    """
    return as_utc(when).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def whole_second_after(when: datetime) -> datetime:
    """First whole second later than an instant, so that no event is empty."""
    return when.replace(microsecond=0) + timedelta(seconds=1)


def escaped(value: str) -> str:
    """Text with backslash, semicolon, comma and line break escaped; other control characters fall.

    Notes
    -----
    Source: RFC 5545, section 3.3.11.
    """
    text = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    return "".join(letter for letter in text if letter >= " " and letter != "\x7f")


def _folded(line: str) -> Iterator[str]:
    """Pieces of a line, each at most 75 octets with the blank that continues it; no letter is cut in two."""
    piece, octets = "", 0
    for letter in line:
        size = len(letter.encode())
        if octets + size > _LONGEST_LINE:
            yield piece
            piece, octets = " ", 1
        piece, octets = piece + letter, octets + size
    yield piece
