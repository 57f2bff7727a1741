"""Element sets: two-line texts, their checksums, epochs, ages, and the choice of the nearest one."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from passplan.checks import within
from passplan.constants import SECONDS_PER_DAY
from passplan.errors import ElementsError
from passplan.units import as_utc, format_utc, seconds_between

LINE_LENGTH = 69
WARNING_AGE_DAYS = 7.0

_ALPHA_5 = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # I and O are left out: they look like digits
_ELEMENT_LINE = re.compile(r"[12] [ 0-9A-HJ-NP-Z][ 0-9]{3}[0-9]")
_NAME_TAIL = re.compile(r"\s+epoch\s+\d{5}\.\d+.*$", re.IGNORECASE)
_EXPONENT = r"[ +-][ \d]\d{4}[+-]\d"
_THREE_DIGITS = r"(?: {2}\d| \d\d|\d{3})"  # padded left
_ANGLE = _THREE_DIGITS + r"\.\d{4}"

# Field, first and last column (from 1, as the format's tables count), and the form its text must have.
_FIELDS = {
    "1": (
        ("epoch", 19, 32, r"\d\d" + _THREE_DIGITS + r"\.\d{8}"),
        ("mean motion derivative", 34, 43, r"[ +0-]\.\d{8}"),
        ("mean motion second derivative", 45, 52, _EXPONENT),
        ("drag term", 54, 61, _EXPONENT),
    ),
    "2": (
        ("inclination", 9, 16, _ANGLE),
        ("right ascension of the node", 18, 25, _ANGLE),
        ("eccentricity", 27, 33, r" *\d+"),
        ("argument of perigee", 35, 42, _ANGLE),
        ("mean anomaly", 44, 51, _ANGLE),
        ("mean motion", 53, 63, r"[ \d]\d\.\d{8}"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """One element set of one object, as published.

    name : name of the object
    norad_id : catalogue number
    line_1, line_2 : the two lines, 69 characters each
    epoch_utc : epoch of the set, aware, UTC
    source : where it was read, ``file:line``
    """

    name: str
    norad_id: int
    line_1: str
    line_2: str
    epoch_utc: datetime
    source: str

    def __post_init__(self) -> None:
        as_utc(self.epoch_utc, what="Elements.epoch_utc")


def parse_tle(text: str, *, source: str, name: str | None = None) -> list[Elements]:
    """Element sets of a text of two-line or three-line (named) sets, in the order of the text.

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
    The libraries that propagate accept a wrong checksum in silence, hence this check.
    """
    faults: list[str] = []
    sets: list[Elements] = []
    for label, pair in _pairs(text, source, faults):
        found = [fault for number, line in pair for fault in _line_faults(line, f"{source}:{number}")]
        found = found or _pair_faults(pair, source)
        faults.extend(found)
        if not found:
            sets.append(_record(name or label, pair, source))
    if faults:
        raise ElementsError("\n".join(faults))
    if not sets:
        raise ElementsError(f"{source}: holds no element set")
    return sets


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


def nearest_in_time(history: Iterable[Elements], when: datetime) -> Elements:
    """Element set whose epoch is nearest to an aware instant; of two equally near ones the first.

    Raises
    ------
    ElementsError
        If the history is empty.
    """
    sets = list(history)
    if not sets:
        raise ElementsError("the history holds no element set to choose from")
    return min(sets, key=lambda elements: abs(age_days(elements, when)))


def age_days(elements: Elements, when: datetime) -> float:
    """Age [d] of a set at an aware instant: when minus epoch, negative before the epoch."""
    return seconds_between(elements.epoch_utc, as_utc(when)) / SECONDS_PER_DAY


def trusted(elements: Elements, when: datetime, *, max_age_days: float = 30.0) -> list[str]:
    """Warnings about the age of a set at an aware instant: one text beyond 7 d either side, else none.

    Raises
    ------
    ElementsError
        If the set is further than ``max_age_days`` [d] from the instant, either side.
    DomainError
        If ``max_age_days`` is negative or nan.

    Notes
    -----
    A set is a fit to past observations: its error is about 1 km along the track at epoch and grows by 1 to 3 km a
    day (recalled; T. Kelso, "Validation of SGP4 and IS-GPS-200D against GPS precision ephemerides", AAS 07-127).
    """
    within("max_age_days", max_age_days, 0.0, float("inf"))
    age = age_days(elements, when)
    side = "older" if age >= 0.0 else "younger"
    told = (
        f"{elements.source}: element set of {elements.name} of {format_utc(elements.epoch_utc)} is {abs(age):.1f} d "
        f"{side} than {format_utc(when)}"
    )
    if abs(age) > max_age_days:
        raise ElementsError(f"{told}, must be within {max_age_days:g} d")
    return [f"{told}; beyond {WARNING_AGE_DAYS:g} d expect kilometres"] if abs(age) > WARNING_AGE_DAYS else []


def _pairs(text: str, source: str, faults: list[str]) -> list[tuple[str, tuple[tuple[int, str], tuple[int, str]]]]:
    """Name and numbered lines of each set; a line without its partner is added to the faults."""
    pairs = []
    label, first = "", None
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        line = raw.rstrip()
        if not line or line.startswith("#"):
            continue
        kind = line[0] if _ELEMENT_LINE.match(line) else "0"
        if first is not None and kind != "2":
            faults.append(f"{source}:{first[0]}: line 1 is followed by {line[:24]!r}, must be followed by its line 2")
            first = None
        if kind == "0":
            label = _NAME_TAIL.sub("", line.removeprefix("0 ").strip())
        elif kind == "1":
            first = (number, line)
        elif first is None:
            faults.append(f"{source}:{number}: line 2 is {line[:24]!r}..., must follow its line 1")
        else:
            pairs.append((label, (first, (number, line))))
            label, first = "", None
    if first is not None:
        faults.append(f"{source}:{first[0]}: line 1 is the last line, must be followed by its line 2")
    return pairs


def _line_faults(line: str, where: str) -> list[str]:
    if len(line) != LINE_LENGTH:
        return [f"{where}: length is {len(line)} characters, must be {LINE_LENGTH}"]
    faults = []
    if line[-1] != str(checksum(line)):
        faults.append(f"{where}: checksum is {line[-1]}, must be {checksum(line)}")
    for field, first, last, form in _FIELDS[line[0]]:
        value = line[first - 1 : last]
        if not re.fullmatch(form, value):
            faults.append(f"{where}: {field} is {value!r}, must be a number in columns {first} to {last}")
    return faults or _value_faults(line, where)


def _value_faults(line: str, where: str) -> list[str]:
    """Faults of values that are numbers but cannot be."""
    if line[0] == "1":
        day = float(line[20:32])
        return [] if 1.0 <= day < 367.0 else [f"{where}: day of the epoch is {day}, must lie in [1, 367)"]
    inclination_deg, revolutions_per_day = float(line[8:16]), float(line[52:63])
    faults = []
    if inclination_deg > 180.0:
        faults.append(f"{where}: inclination is {inclination_deg} deg, must lie in [0, 180]")
    if revolutions_per_day == 0.0:
        faults.append(f"{where}: mean motion is 0 revolutions a day, must be > 0")
    return faults


def _pair_faults(pair: Sequence[tuple[int, str]], source: str) -> list[str]:
    (_, line_1), (number, line_2) = pair
    first, second = catalogue_number(line_1[2:7]), catalogue_number(line_2[2:7])
    if first == second:
        return []
    return [f"{source}:{number}: catalogue number is {second}, must be {first} as in line 1"]


def _record(label: str, pair: Sequence[tuple[int, str]], source: str) -> Elements:
    (number, line_1), (_, line_2) = pair
    norad_id = catalogue_number(line_1[2:7])
    return Elements(
        name=label or str(norad_id),
        norad_id=norad_id,
        line_1=line_1,
        line_2=line_2,
        epoch_utc=_epoch(line_1[18:32]),
        source=f"{source}:{number}",
    )


def checksum(line: str) -> int:
    """Checksum of the first 68 characters of an element line: digits add up, a minus counts one, modulo 10."""
    body = line[: LINE_LENGTH - 1]
    return (sum(int(character) for character in body if character in "0123456789") + body.count("-")) % 10


def catalogue_number(text: str) -> int:
    """Catalogue number of five characters; a first letter (Alpha-5) stands for 10 to 33, I and O left out."""
    digits = text.strip()
    if digits[0] in _ALPHA_5:
        return 10_000 * (_ALPHA_5.index(digits[0]) + 10) + int(digits[1:])
    return int(digits)


def _epoch(text: str) -> datetime:
    """Instant of yyddd.dddddddd; years 57 to 99 are of the twentieth century."""
    short_year, day = int(text[:2]), int(text[2:5])
    year = short_year + (1900 if short_year >= 57 else 2000)
    seconds = float(text[5:]) * SECONDS_PER_DAY
    return datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day - 1, seconds=seconds)


def period_s(elements: Elements) -> float:
    """Orbital period [s] of the set's mean motion."""
    return SECONDS_PER_DAY / float(elements.line_2[52:63])


def eccentricity(elements: Elements) -> float:
    """Eccentricity [1] of the set."""
    return float("0." + elements.line_2[26:33].replace(" ", "0"))
