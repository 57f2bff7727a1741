"""The two lines of an element set: columns, checksum, catalogue number, epoch, and what is wrong with a line."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from passplan.constants import SECONDS_PER_DAY
from passplan.orbit.element_set import Elements

LINE_LENGTH = 69
SGP4_XP = "4"  # ephemeris type of a set that was fitted with SGP4-XP: SGP4 would put the object somewhere else

_US_PER_DAY = 1e6 * SECONDS_PER_DAY
_ALPHA_5 = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # I and O are left out: they look like digits
_CHECK_VALUES = np.array([code - 48 if 48 <= code <= 57 else int(code == 45) for code in range(256)])  # digits, minus
_EXPONENT = r"[ +-][ \d]\d{4}[+-]\d"


def _padded(width: int, *, least: int = 1) -> str:
    """Form of a whole number that blanks fill up on the left, with at least so many digits."""
    return "(?:" + "|".join(f" {{{width - digits}}}\\d{{{digits}}}" for digits in range(width, least - 1, -1)) + ")"


_NUMBER = f"(?:[A-HJ-NP-Z]\\d{{4}}|{_padded(5)})"
_ANGLE = _padded(3) + r"\.\d{4}"

# Field, first and last column (from 1, as the format's tables count), and the form its text must have. What lies
# between the fields is blank.
_FIELDS = {
    "1": (
        ("line number", 1, 1, "1"),
        ("catalogue number", 3, 7, _NUMBER),
        ("classification", 8, 8, "[A-Z ]"),
        ("international designator", 10, 17, "[A-Z0-9 ]{8}"),
        ("epoch", 19, 32, r"\d\d" + _padded(3) + r"\.\d{8}"),
        ("mean motion derivative", 34, 43, r"[ +0-]\.\d{8}"),
        ("mean motion second derivative", 45, 52, _EXPONENT),
        ("drag term", 54, 61, _EXPONENT),
        ("ephemeris type", 63, 63, r"[ \d]"),
        ("element set number", 65, 68, _padded(4, least=0)),
        ("checksum", 69, 69, r"\d"),
    ),
    "2": (
        ("line number", 1, 1, "2"),
        ("catalogue number", 3, 7, _NUMBER),
        ("inclination", 9, 16, _ANGLE),
        ("right ascension of the node", 18, 25, _ANGLE),
        ("eccentricity", 27, 33, _padded(7)),
        ("argument of perigee", 35, 42, _ANGLE),
        ("mean anomaly", 44, 51, _ANGLE),
        ("mean motion", 53, 63, r"[ \d]\d\.\d{8}"),
        ("revolution number", 64, 68, _padded(5, least=0)),
        ("checksum", 69, 69, r"\d"),
    ),
}
_FORMS = {
    "classification": "a letter or blank",
    "international designator": "letters, digits or blanks",
    "checksum": "a digit",
}


def checksum(line: str) -> int:
    """Checksum of the first 68 characters of an element line: digits add up, a minus counts one, modulo 10."""
    return int(_check_sums([line.ljust(LINE_LENGTH)])[0][0])


def checksums_hold(lines: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each line has 69 characters and the last one is its checksum, shape (n,)."""
    whole = np.array([len(line) == LINE_LENGTH for line in lines], dtype=bool)
    sums, last = _check_sums([line if good else " " * LINE_LENGTH for line, good in zip(lines, whole, strict=True)])
    return whole & (sums == last)


def _check_sums(lines: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Checksums that lines of 69 characters should have, and the ones they have (negative or over 9: no digit)."""
    codes = np.frombuffer("".join(line[:LINE_LENGTH] for line in lines).encode("latin-1", "replace"), dtype=np.uint8)
    table = codes.reshape(-1, LINE_LENGTH)
    return _CHECK_VALUES[table[:, :-1]].sum(axis=1) % 10, table[:, -1].astype(np.int64) - ord("0")


def catalogue_number(text: str) -> int:
    """Catalogue number of five characters; a first letter (Alpha-5) stands for 10 to 33, I and O left out."""
    digits = text.strip()
    if digits[0] in _ALPHA_5:
        return 10_000 * (_ALPHA_5.index(digits[0]) + 10) + int(digits[1:])
    return int(digits)


def has_number(line: str) -> bool:
    """Whether the columns of the catalogue number hold one."""
    return _pattern(_NUMBER).fullmatch(line, 2, 7) is not None


def has_form(line: str) -> bool:
    """Whether every field of an element line has its form, and epoch and ephemeris type can be.

    The checksum and the limits of the other numbers are not looked at; `line_faults` says what is wrong, and takes
    longer.
    """
    if line[0] == "2":
        return _whole_line("2").fullmatch(line) is not None
    good = _whole_line("1").fullmatch(line) is not None
    return good and "001" <= line[20:23].replace(" ", "0") <= "366" and line[62] != SGP4_XP


def line_faults(line: str) -> list[str]:
    """What is wrong with one element line."""
    if len(line) != LINE_LENGTH:
        return [f"length is {len(line)} characters, must be {LINE_LENGTH}"]
    faults, end = [], 0
    if line[-1].isdecimal() and line[-1] != str(checksum(line)):
        faults.append(f"checksum is {line[-1]}, must be {checksum(line)}")
    for field, first, last, form in _FIELDS[line[0]]:
        value, gap = line[first - 1 : last], line[end : first - 1]
        if gap.strip(" "):
            faults.append(f"column {end + 1} is {gap!r}, must be blank")
        if not _pattern(form).fullmatch(value):
            faults.append(f"{field} is {value!r}, must be {_FORMS.get(field, 'a number')} in columns {first} to {last}")
        end = last
    return faults or _value_faults(line)


def _value_faults(line: str) -> list[str]:
    """Faults of values that are numbers but cannot be."""
    faults = []
    if line[0] == "1":
        if not 1.0 <= float(line[20:32]) < 367.0:
            faults.append(f"day of the epoch is {float(line[20:32])}, must lie in [1, 367)")
        if line[62] == SGP4_XP:
            faults.append("ephemeris type is 4, a set for SGP4-XP, must be 0 to 3 (SGP4)")
        return faults
    if float(line[8:16]) > 180.0:
        faults.append(f"inclination is {float(line[8:16])} deg, must lie in [0, 180]")
    if float(line[52:63]) == 0.0:
        faults.append("mean motion is 0 revolutions a day, must be > 0")
    return faults


def elements_of_lines(line_1: str, line_2: str, *, name: str, source: str) -> Elements:
    """Record of two lines that have their form; without a name the object is called by its number.

    Raises
    ------
    DomainError
        If a number lies outside the limits of the record.
    """
    norad_id = catalogue_number(line_1[2:7])
    return Elements(
        name=name or str(norad_id),
        norad_id=norad_id,
        object_id=_object_id(line_1[9:17]),
        epoch_utc=_epoch(line_1[18:32]),
        source=source,
        mean_motion_rev_day=float(line_2[52:63]),
        eccentricity=float("0." + line_2[26:33].replace(" ", "0")),
        inclination_deg=float(line_2[8:16]),
        ascending_node_deg=float(line_2[17:25]),
        perigee_argument_deg=float(line_2[34:42]),
        mean_anomaly_deg=float(line_2[43:51]),
        drag_term=_power(line_1[53:61]),
        mean_motion_dot_rev_day2=float(line_1[33:43]),
        mean_motion_ddot_rev_day3=_power(line_1[44:52]),
        line_1=line_1,
        line_2=line_2,
    )


@cache
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(form, re.ASCII)


@cache
def _whole_line(kind: str) -> re.Pattern[str]:
    """Pattern of a whole element line: its fields, and blanks between them."""
    pattern, end = "", 0
    for _, first, last, form in _FIELDS[kind]:
        pattern, end = pattern + " " * (first - 1 - end) + form, last
    return _pattern(pattern)


def _object_id(text: str) -> str:
    """International designator 2016-051A of 16051A; empty if it is blank or of another form."""
    if not (text[:5].isdigit() and text[5:].rstrip().isalpha()):
        return ""
    return f"{'19' if text[:2] >= '57' else '20'}{text[:2]}-{text[2:].rstrip()}"


def _power(text: str) -> float:
    """Number of the form sddddd-d: a decimal point stands before the digits, and a power of ten follows."""
    return float(f"{text[0]}.{text[1:6].replace(' ', '0')}e{text[6:]}")


def _epoch(text: str) -> datetime:
    """Instant of yyddd.dddddddd; years 57 to 99 are of the twentieth century."""
    short_year, day = int(text[:2]), int(text[2:5])
    year = short_year + (1900 if short_year >= 57 else 2000)
    return _new_year(year) + timedelta(day - 1, 0, round(float(text[5:]) * _US_PER_DAY))


@cache
def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)
