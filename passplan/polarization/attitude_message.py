"""CCSDS Attitude Ephemeris Message as text (KVN): quaternions between an inertial frame and the body.

Source: CCSDS 504.0-B-2, Attitude Data Messages, section 4 and annex F2 (read): the quaternion from frame A to frame B
turns the axes of A into those of B, so that as an active rotation it takes components in B to components in A. Issue 1
of the standard says the direction with ATTITUDE_DIR and the place of the scalar with QUATERNION_TYPE (recalled, not
re-read, and both asked for here); issue 2 fixes both, from A to B and scalar last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from passplan.checks import nearest_spelling
from passplan.errors import InputError
from passplan.polarization.attitude_history import AttitudeRow
from passplan.units import parse_utc

# The frame ties and biases between these differ from GCRS by at most 0.02 arcsec, far below any roll error.
INERTIAL_FRAMES = ("EME2000", "J2000", "ICRF", "GCRF")
VERSION_KEY = "CCSDS_AEM_VERS"

# Numbers of a data line after the time; the quaternion comes first in each.
_NUMBERS = {"QUATERNION": 4, "QUATERNION/DERIVATIVE": 8, "QUATERNION/RATE": 7, "QUATERNION/ANGVEL": 7}
_CHOICES = {
    "TIME_SYSTEM": ("UTC",),
    "ATTITUDE_TYPE": tuple(_NUMBERS),
    "ATTITUDE_DIR": ("A2B", "B2A"),
    "QUATERNION_TYPE": ("FIRST", "LAST"),
}
_NEEDED = ("REF_FRAME_A", "REF_FRAME_B", "TIME_SYSTEM", "ATTITUDE_TYPE")
_NEEDED_IN_ISSUE_1 = ("ATTITUDE_DIR", "QUATERNION_TYPE")
_WITHOUT_EFFECT = (
    *("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "START_TIME", "STOP_TIME", "EULER_ROT_SEQ", "RATE_FRAME"),
    *("ANGVEL_FRAME", "INTERPOLATION_METHOD", "INTERPOLATION_DEGREE"),
)
_KEYS = {*_NEEDED, *_NEEDED_IN_ISSUE_1, *_WITHOUT_EFFECT, "USEABLE_START_TIME", "USEABLE_STOP_TIME"}
_MARKS = {"META_START": "", "META_STOP": "META_START", "DATA_START": "META_STOP", "DATA_STOP": "DATA_START"}


@dataclass(slots=True)
class MessageBlock:
    """One metadata block and its data, as far as they are read.

    where : file and line on which it begins
    values : value and place of each key
    rows : the attitudes, quaternions from body to inertial components, scalar last
    """

    where: str
    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    rows: list[AttitudeRow] = field(default_factory=list)

    def usable(self, key: str) -> datetime | None:
        """Aware instant of USEABLE_START_TIME or USEABLE_STOP_TIME, or None when it is not given."""
        value = self.values.get(key)
        return None if value is None else _time(value[0], where=value[1])


def message_blocks(lines: Sequence[str], *, source: str) -> list[MessageBlock]:
    """Blocks of a message.

    Parameters
    ----------
    lines : sequence of str
        Lines of the text, the first of which that is not blank states the version.
    source : str
        Name of the file, for the messages.

    Returns
    -------
    list of MessageBlock
        Blocks in the order of the file, with at least their required keys. Times in UTC; order, spacing and length of
        the quaternions are not checked here.

    Raises
    ------
    InputError
        If a mark, a key or a line is not that of a quaternion ephemeris in UTC between an inertial frame and the body;
        names file, line, key, value and what is allowed.
    """
    blocks: list[MessageBlock] = []
    mark, issue = "", 0
    for number, line in enumerate((text.strip() for text in lines), start=1):
        where = f"{source}:{number}"
        if not line or line.split()[0] == "COMMENT":
            continue
        if line in _MARKS:
            mark = _next_mark(mark, line, where=where)
            if line == "META_START":
                blocks.append(MessageBlock(where))
            elif line == "META_STOP":
                _check_block(blocks[-1], issue, where=where)
        elif mark == "DATA_START":
            blocks[-1].rows.append(_row(line, blocks[-1], where=where))
        elif mark == "META_START":
            _take_key(line, blocks[-1], where=where)
        elif not blocks and "=" in line:
            issue = _issue(line, issue, where=where)
        else:
            raise InputError(f"{where}: {line!r} stands outside a block, must be META_START or DATA_START")
    if mark != "DATA_STOP":
        raise InputError(f"{source}: ends after {mark or 'the header'}, must end with DATA_STOP")
    return blocks


def _next_mark(mark: str, line: str, *, where: str) -> str:
    allowed = [name for name, before in _MARKS.items() if before == mark] or ["META_START"]
    if line not in allowed:
        raise InputError(f"{where}: {line} after {mark or 'the header'}, must be {allowed[0]}")
    return line


def _issue(line: str, issue: int, *, where: str) -> int:
    """Issue of the standard after a line of the header."""
    key, value = _key_and_value(line)
    if key != VERSION_KEY:
        return issue
    if value.split(".")[0] not in ("1", "2"):
        raise InputError(f"{where}: {VERSION_KEY} is {value!r}, must be 1.0 or 2.0")
    return int(value[0])


def _take_key(line: str, block: MessageBlock, *, where: str) -> None:
    key, value = _key_and_value(line)
    if key not in _KEYS:
        close = nearest_spelling(key, _KEYS)
        raise InputError(
            f"{where}: {key!r} is no key of the metadata" + (f"; did you mean {close!r}?" if close else "")
        )
    if key in block.values:
        raise InputError(f"{where}: {key} stands twice in one block, must stand once")
    allowed = _CHOICES.get(key)
    if allowed and value.upper() not in allowed:
        raise InputError(f"{where}: {key} is {value!r}, must be {' or '.join(allowed)}")
    block.values[key] = (value.upper() if allowed else value, where)


def _key_and_value(line: str) -> tuple[str, str]:
    key, _, value = line.partition("=")
    return key.strip(), value.strip()


def _check_block(block: MessageBlock, issue: int, *, where: str) -> None:
    for key in (*_NEEDED, *(_NEEDED_IN_ISSUE_1 if issue == 1 else ())):
        if key not in block.values:
            raise InputError(f"{where}: {key} is missing in the metadata above")
    frames = {key: block.values[key] for key in ("REF_FRAME_A", "REF_FRAME_B")}
    bodies = [key for key, (name, _) in frames.items() if _is_body(name)]
    for key, (name, place) in frames.items():
        if not _is_body(name) and name.upper() not in INERTIAL_FRAMES:
            raise InputError(
                f"{place}: {key} is {name!r}, must be SC_BODY_1 (or another SC_BODY) or inertial: "
                f"{', '.join(INERTIAL_FRAMES)}; frames fixed to the Earth or to the orbit are not read"
            )
    if len(bodies) != 1:
        told = " and ".join(name for name, _ in frames.values())
        raise InputError(f"{frames['REF_FRAME_B'][1]}: frames are {told}, must be one inertial and one SC_BODY")


def _is_body(frame: str) -> bool:
    return frame.upper().startswith("SC_BODY")


def _row(line: str, block: MessageBlock, *, where: str) -> AttitudeRow:
    kind = block.values["ATTITUDE_TYPE"][0]
    epoch, *words = line.split()
    try:
        numbers = [float(word) for word in words]
    except ValueError as error:
        raise InputError(f"{where}: {line!r} is not a time and numbers") from error
    if len(numbers) != _NUMBERS[kind]:
        raise InputError(f"{where}: {len(numbers)} numbers after the time, must be {_NUMBERS[kind]} for {kind}")
    scalar_first = block.values.get("QUATERNION_TYPE", ("LAST", ""))[0] == "FIRST"
    x, y, z, scalar = (*numbers[1:4], numbers[0]) if scalar_first else numbers[:4]
    from_a = block.values.get("ATTITUDE_DIR", ("A2B", ""))[0] == "A2B"
    body_is_target = _is_body(block.values["REF_FRAME_B"][0]) == from_a
    # From inertial to body axes is, as an active rotation, from body to inertial components.
    quaternion = (x, y, z, scalar) if body_is_target else (-x, -y, -z, scalar)
    return AttitudeRow(where=where, time_utc=_time(epoch, where=where), quaternion=quaternion)


def _time(text: str, *, where: str) -> datetime:
    """Aware instant of YYYY-MM-DDThh:mm:ss.s or YYYY-DDDThh:mm:ss.s, with or without Z: it is UTC."""
    day, _, clock = text.removesuffix("Z").partition("T")
    if len(day) == 8 and day[4] == "-" and day[5:].isdigit() and day[:4].isdigit():
        day = _calendar_day(day, where=where)
    return parse_utc(f"{day}T{clock}Z", what=f"{where}: time")


def _calendar_day(day: str, *, where: str) -> str:
    year, count = int(day[:4]), int(day[5:])
    found = date(year, 1, 1) + timedelta(days=count - 1) if year > 0 else None
    if found is None or found.year != year:
        raise InputError(f"{where}: day {day!r} is not in the calendar, must be YYYY-DDD")
    return found.isoformat()
