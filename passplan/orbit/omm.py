"""Orbit mean-elements messages: from the keys of one message, in whatever form it came, to one element set."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from passplan.orbit.element_set import Elements, Fault, Reading

# Key, field of the record, and the units that may stand beside the number.
_REQUIRED = (
    ("MEAN_MOTION", "mean_motion_rev_day", ("rev/day", "REV/DAY")),
    ("ECCENTRICITY", "eccentricity", ()),
    ("INCLINATION", "inclination_deg", ("deg",)),
    ("RA_OF_ASC_NODE", "ascending_node_deg", ("deg",)),
    ("ARG_OF_PERICENTER", "perigee_argument_deg", ("deg",)),
    ("MEAN_ANOMALY", "mean_anomaly_deg", ("deg",)),
    ("BSTAR", "drag_term", ("1/ER", "1/[Earth radii]")),
)
# SGP4 makes no use of these two, and the standard asks for them with other theories only.
_OPTIONAL = (
    ("MEAN_MOTION_DOT", "mean_motion_dot_rev_day2", ("rev/day**2", "REV/DAY**2")),
    ("MEAN_MOTION_DDOT", "mean_motion_ddot_rev_day3", ("rev/day**3", "REV/DAY**3")),
)
# What a message must say, if it says anything of it: SGP4 knows no other frame, time or theory.
_ALLOWED = {
    "CENTER_NAME": ("EARTH",),
    "REF_FRAME": ("TEME",),
    "TIME_SYSTEM": ("UTC",),
    "MEAN_ELEMENT_THEORY": ("SGP4", "SGP/SGP4"),
    "EPHEMERIS_TYPE": ("0", "1", "2", "3"),
}
NUMBER_KEYS = frozenset(key for key, _, _ in (*_REQUIRED, *_OPTIONAL))
KEYS = NUMBER_KEYS | {"NORAD_CAT_ID", "OBJECT_NAME", "OBJECT_ID", "EPOCH", *_ALLOWED}


_WRONG = (KeyError, ValueError, TypeError, OverflowError)  # DomainError is a ValueError too


@dataclass(slots=True)
class Message:
    """One message as text: what stands where, before it is known whether it makes sense.

    line : line on which it begins, from 1
    fields : value of each key: text, number or None
    units : unit that stands beside a number, by key
    faults : line and reason of what is wrong with its form
    """

    line: int
    fields: dict[str, Any] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)

    def add(self, key: str, value: str, line: int) -> None:
        """Take the value of a key; a second one for it is a fault."""
        if key in self.fields:
            self.faults.append((line, f"{key} stands twice, {self.fields[key]!r} and {value!r}, must stand once"))
        self.fields[key] = value


def omm_reading(messages: Iterable[Message], *, source: str) -> Reading:
    """Sets and faults of messages; a bad message hides no other.

    Notes
    -----
    Keys, units and required values: CCSDS 502.0-B, Orbit Data Messages, section 4. NORAD_CAT_ID, which the standard
    leaves open, is required here; OBJECT_NAME and OBJECT_ID may be missing. Epochs are UTC, with or without a Z.
    """
    sets: list[Elements] = []
    faults: list[Fault] = []
    for message in messages:
        if not message.faults:
            try:
                sets.append(_elements(message, f"{source}:{message.line}"))
                continue
            except _WRONG as error:
                told = _reasons(message) or [str(error).replace("Elements.", "")]
                reasons = [(message.line, reason) for reason in told]
        else:
            reasons = message.faults
        name, number = message.fields.get("OBJECT_NAME"), message.fields.get("NORAD_CAT_ID")
        norad_id = int(str(number)) if _is_whole_number(number) else None
        faults += [
            Fault(source=f"{source}:{line}", norad_id=norad_id, name=str(name or ""), reason=reason)
            for line, reason in reasons
        ]
    return Reading(sets=tuple(sets), faults=tuple(faults))


def _elements(message: Message, source: str) -> Elements:
    """Record of a message; raises one of `_WRONG` when something is wrong, and `_reasons` says what."""
    fields = message.fields
    if message.units:
        _require(not any(_unit_faults(message)))
    _require(not any(_value_faults(fields)))
    _require(_is_whole_number(fields["NORAD_CAT_ID"]))
    number = int(fields["NORAD_CAT_ID"])
    numbers = {name: _number(fields[key]) for key, name, _ in _REQUIRED}
    for key, name, _ in _OPTIONAL:
        value = fields.get(key)
        numbers[name] = 0.0 if value is None or value == "" else _number(value)
    return Elements(
        name=str(fields.get("OBJECT_NAME") or number).strip(),
        norad_id=number,
        object_id=_object_id(fields.get("OBJECT_ID")),
        epoch_utc=_epoch(fields["EPOCH"]),
        source=source,
        line_1=None,
        line_2=None,
        **numbers,
    )


def _require(good: bool) -> None:
    if not good:
        raise ValueError("the message cannot be read")


def _reasons(message: Message) -> list[str]:
    """What is wrong with the values of a message, the limits of the record left out."""
    fields = message.fields
    return [*_missing(fields), *_unit_faults(message), *_value_faults(fields), *_number_faults(fields)]


def _missing(fields: Mapping[str, Any]) -> Iterator[str]:
    for key in ("NORAD_CAT_ID", "EPOCH", *(key for key, _, _ in _REQUIRED)):
        if fields.get(key) is None or fields[key] == "":
            yield f"{key} is missing"


def _unit_faults(message: Message) -> Iterator[str]:
    for key, _, allowed in (*_REQUIRED, *_OPTIONAL):
        unit = message.units.get(key)
        if unit is not None and unit not in allowed:
            yield f"{key} is in {unit!r}, must be in {allowed[0] if allowed else 'no unit'}"


def _value_faults(fields: Mapping[str, Any]) -> Iterator[str]:
    for key, allowed in _ALLOWED.items():
        value = fields.get(key)
        if value in allowed or value is None or value == "":
            continue
        if str(value).strip().upper() not in allowed:
            yield f"{key} is {_shown(value)}, must be {' or '.join(allowed)}"


def _number_faults(fields: Mapping[str, Any]) -> Iterator[str]:
    """Texts that should be numbers, a catalogue number or an epoch, and are not."""
    for key in sorted(NUMBER_KEYS & fields.keys()):
        if fields[key] is not None and fields[key] != "":
            try:
                _number(fields[key])
            except _WRONG:
                yield f"{key} is {_shown(fields[key])}, must be a number"
    number, epoch = fields.get("NORAD_CAT_ID"), fields.get("EPOCH")
    if number is not None and number != "" and not _is_whole_number(number):
        yield f"NORAD_CAT_ID is {_shown(number)}, must be a whole number of up to 9 digits"
    if epoch is not None and epoch != "":
        try:
            _epoch(epoch)
        except _WRONG:
            yield f"EPOCH is {_shown(epoch)}, must be a UTC time such as 2020-06-05T20:16:19.507123"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _number(value: Any) -> float:
    """Number of a text or a number; Python's own liberties (1_000, other scripts, true) are not taken."""
    if type(value) is float or type(value) is int:
        return float(value)
    if not isinstance(value, str) or "_" in value or not value.isascii():
        raise ValueError
    return float(value)


def _is_whole_number(value: Any) -> bool:
    if type(value) is str:
        return value.isascii() and value.strip().isdigit() and len(value) <= 12
    return type(value) is int and 0 <= value < 10**9


def _object_id(value: Any) -> str:
    text = str(value or "").strip()
    return "" if text.upper() in ("", "UNKNOWN", "NONE") else text


@cache
def _epoch_form() -> re.Pattern[str]:
    date, clock = r"(\d{4})-(?:(\d\d)-(\d\d)|(\d{3}))", r"(\d\d):(\d\d):(\d\d)(\.\d*)?"
    return re.compile(f"{date}[T ]{clock}(?:Z|\\+00:00)?", re.ASCII)


def _epoch(text: Any) -> datetime:
    """Instant of YYYY-MM-DDThh:mm:ss.s or YYYY-DDDThh:mm:ss.s, to the microsecond."""
    if isinstance(text, str) and text[7:20:3] == "-T::." and len(text) == 26 and text[20:].isdigit():
        # The form that the public catalogues use, read in a twentieth of the time.
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    match = _epoch_form().fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError
    year, month, day, day_of_year, hour, minute, second, fraction = match.groups()
    if day_of_year is None:
        midnight = datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=UTC)
    else:
        midnight = datetime(int(year), 1, 1, int(hour), int(minute), tzinfo=UTC) + _days_after_first(year, day_of_year)
    _require(int(second) <= 60)  # 60 in a leap second
    return midnight + timedelta(0, int(second), round(float(f"0{fraction or ''}") * 1e6))


def _days_after_first(year: str, day_of_year: str) -> timedelta:
    last = (datetime(int(year), 12, 31) - datetime(int(year), 1, 1)).days + 1
    _require(1 <= int(day_of_year) <= last)
    return timedelta(int(day_of_year) - 1)
