"""Answers of GP queries as one table: the columns of an OMM, each value as it was sent, merged without loss."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from passplan.errors import ElementsError, InputError
from passplan.mission.files import write_file
from passplan.orbit.element_files import parse_elements
from passplan.orbit.element_set import Elements, Fault

# The keywords of CelesTrak's CSV, in its order; Space-Track's JSON has them all, among others.
COLUMNS = (
    "OBJECT_NAME", "OBJECT_ID", "EPOCH", "MEAN_MOTION", "ECCENTRICITY", "INCLINATION", "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER", "MEAN_ANOMALY", "EPHEMERIS_TYPE", "CLASSIFICATION_TYPE", "NORAD_CAT_ID", "ELEMENT_SET_NO",
    "REV_AT_EPOCH", "BSTAR", "MEAN_MOTION_DOT", "MEAN_MOTION_DDOT",
)  # fmt: skip
_SHOWN = 60

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The good rows of an answer with their element sets, one each, and the faults of the others."""

    rows: tuple[Row, ...]
    sets: tuple[Elements, ...]
    faults: tuple[Fault, ...]

    def of_number(self, number: int) -> "Answered":
        """What belongs to one catalogue number, and the faults whose number is unknown."""
        kept = [index for index, item in enumerate(self.sets) if item.norad_id == number]
        return Answered(
            rows=tuple(self.rows[index] for index in kept),
            sets=tuple(self.sets[index] for index in kept),
            faults=tuple(fault for fault in self.faults if fault.norad_id in (number, None)),
        )

    def fault_lines(self) -> tuple[str, ...]:
        """The faults, one line each."""
        return tuple(" ".join(str(fault).split()) for fault in self.faults)


def parse_answer(body: bytes, *, source: str) -> Answered:
    """Rows and element sets of an answer in CSV or JSON.

    Parameters
    ----------
    body : bytes
        As downloaded.
    source : str
        Name of the answer in messages and faults.

    Raises
    ------
    InputError
        If it holds no good element set: empty, HTML, a remark such as "No GP data found", half a JSON text, other
        columns, or faults in every row. One line.
    """
    text = body.decode("utf-8-sig", errors="replace").strip()
    if not text or text == "[]":
        raise InputError(f"{source}: the answer is empty: no such object, or no data of it")
    if text.startswith("<"):
        raise InputError(f"{source}: the answer is a page (HTML), not data: {_excerpt(text)!r}")
    rows = _json_rows(text, source) if text[0] in "[{" else _csv_rows(text, source)
    try:
        reading = parse_elements(table_text(rows), source=source)
    except ElementsError as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{source}: holds no element set that can be used: {first}") from error
    good = sorted((int(item.source.rpartition(":")[2]), index) for index, item in enumerate(reading.sets))
    return Answered(
        rows=tuple(rows[line - 2] for line, _ in good),  # line 1 is the header
        sets=tuple(reading.sets[index] for _, index in good),
        faults=reading.faults,
    )


def table_text(rows: Iterable[Row]) -> str:
    """CSV text of rows: a header, then one line a row; columns beyond those of an OMM follow behind."""
    listed = list(rows)
    extra = dict.fromkeys(name for row in listed for name in row if name not in COLUMNS)
    text = io.StringIO()
    writer = csv.DictWriter(text, [*COLUMNS, *extra], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue()


def merge_into(path: Path, rows: Sequence[Row]) -> int:
    """Add rows to the table at a path, each object and epoch once, and return how many were new.

    What is held stays, in its order and as it is; the file is replaced whole or not at all, and not touched when
    nothing is new.

    Raises
    ------
    InputError
        If the held file cannot be read, is no such table, or cannot be written.
    """
    held = _held_rows(path)
    known = {_identity(row) for row in held}
    fresh = [row for row in rows if _identity(row) not in known and not known.add(_identity(row))]  # type: ignore[func-returns-value]
    if fresh:
        write_file(path, table_text([*held, *fresh]))
    return len(fresh)


def _held_rows(path: Path) -> list[Row]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    return _csv_rows(text, str(path)) if text.strip() else []


def _identity(row: Row) -> tuple[str, str]:
    return row["NORAD_CAT_ID"].strip().lstrip("0"), row["EPOCH"].strip().removesuffix("Z")


def _csv_rows(text: str, source: str) -> list[Row]:
    reader = csv.DictReader(io.StringIO(text), restval="")
    header = [name.strip() for name in reader.fieldnames or ()]
    if not {"NORAD_CAT_ID", "EPOCH", "MEAN_MOTION"} <= set(header):
        raise InputError(f"{source}: is no table of element sets, it begins with {_excerpt(text)!r}")
    reader.fieldnames = header
    try:
        return [{name: _one_line(value) for name, value in row.items() if name} for row in reader]
    except csv.Error as error:
        raise InputError(f"{source}: is no table of element sets: {error}") from error


def _json_rows(text: str, source: str) -> list[Row]:
    try:
        document = json.loads(text, parse_float=str, parse_int=str)
    except ValueError as error:
        raise InputError(f"{source}: the answer breaks off or is no JSON: {error}") from error
    objects = document if isinstance(document, list) else [document]
    if not all(isinstance(item, dict) and "NORAD_CAT_ID" in item for item in objects):
        raise InputError(f"{source}: the answer holds no element sets, it begins with {_excerpt(text)!r}")
    return [{name: _one_line(item.get(name)) for name in COLUMNS} for item in objects]


def _one_line(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())


def _excerpt(text: str) -> str:
    """First words of a text, without what a terminal would obey."""
    line = " ".join(text[: 4 * _SHOWN].split())
    return "".join(letter if letter.isprintable() else "?" for letter in line[:_SHOWN])
