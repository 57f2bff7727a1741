"""TOML in, records out, and every fault of a file at once: file, line, key, value, limit, unit, nearest spelling.

The records of the stages are the schema: a table of the file has the name of a field, its keys the names of the
record's fields, and the limits written beside those fields hold for the file too. A number may be written with its
unit, as in ``wavelength = "0.85 um"`` for a field in nanometres; it is converted once, here. Where a field may hold
one of several records, the key ``kind`` of its table says which.
"""

import dataclasses
import re
import tomllib
import types
from collections.abc import Mapping
from datetime import datetime, time
from functools import cache
from math import isinf
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    Protocol,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    runtime_checkable,
)

from passplan.checks import nearest_spelling
from passplan.errors import InputError
from passplan.mission.key_lines import KeyLines, Place, PlacedFaults, dotted
from passplan.mission.written_values import instant_of, number_of, time_of_day_of, unit_in_file, unit_of

__all__ = [
    "ChecksItself",
    "has_table",
    "parse_document",
    "parse_record",
    "raise_faults",
    "read_record",
    "read_text",
    "record_of",
    "unit_of",
]

Record = TypeVar("Record")

_PLAIN_TYPES = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "a whole number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "true or false"),
    **dict.fromkeys(("tuple_type", "frozen_set_type"), "a list, as [...]"),
}


@runtime_checkable
class ChecksItself(Protocol):
    """A record of a file that is stricter when it is read than when a run changes it."""

    def reading_faults(self) -> Mapping[Place, str]:
        """Return the message of each fault by its place in the file."""


def read_record(path: Path, schema: type[Record]) -> Record:
    """Record of a TOML file; see ``parse_record``. Raises InputError when the file cannot be read."""
    return parse_record(read_text(path), schema, source=str(path))


def read_text(path: Path) -> str:
    """Text of a file; raises InputError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: cannot be read: {error}") from error


def has_table(path: Path, name: str) -> bool:
    """Whether a file has a line that opens a table; says nothing of whether the file is right."""
    try:
        return re.search(rf"^\s*\[{name}[\].]", path.read_text(encoding="utf-8-sig"), flags=re.MULTILINE) is not None
    except (OSError, UnicodeDecodeError):
        return False


def parse_record(text: str, schema: type[Record], *, source: str) -> Record:
    """Record of a TOML text.

    Parameters
    ----------
    text : str
        The document.
    schema : type
        A frozen dataclass, whose fields may be further dataclasses (tables), numbers, texts or tuples.
    source : str
        File name for the messages.

    Raises
    ------
    InputError
        With one line a fault: an unknown key (and the nearest right one), a missing key, a value of the wrong type,
        unit or range, and faults between fields.
    """
    record, faults = record_of(parse_document(text, schema, source=source), schema)
    raise_faults(faults, text, source=source)
    return record


def parse_document(text: str, schema: type, *, source: str) -> dict[str, Any]:
    """Tables of a TOML text as they stand; raises InputError when it is no TOML or holds nothing."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source}: is not TOML: {error}") from error
    if not document:
        tables = ", ".join(field.name for field in dataclasses.fields(schema))
        raise InputError(f"{source}:1: is empty, must hold the tables {tables}")
    return document


def record_of(document: Mapping[str, Any], schema: type[Record]) -> tuple[Record, dict[Place, str]]:
    """Record of a document and its faults by their places; with any fault the record must not be used."""
    faults: dict[Place, str] = {}
    record: Record = _record_of_table(document, schema, (), faults)
    if not faults and isinstance(record, ChecksItself):
        faults.update(record.reading_faults())
    return record, faults


def raise_faults(faults: Mapping[Place, str], text: str, *, source: str) -> None:
    """Raise InputError with a line for each fault, in the order of the text; without any do nothing."""
    if faults:
        lines = KeyLines(text)
        ordered = sorted((lines.line_of(place), message) for place, message in faults.items())
        raise InputError("\n".join(f"{source}:{line}: {message}" for line, message in ordered))


@cache
def _reader_of(schema: type) -> Any:
    """Reader of a record, made once: making one takes longer than reading a hundred files."""
    from pydantic import TypeAdapter

    return TypeAdapter(schema)


@cache
def _hints(schema: type) -> dict[str, Any]:
    hints = get_type_hints(schema, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(schema)}


def _bare(hint: Any) -> Any:
    """Return the hint without its Annotated coat and without ``| None``."""
    if get_origin(hint) is Annotated:
        return _bare(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        inner = [arm for arm in get_args(hint) if arm is not type(None)]
        return _bare(inner[0]) if len(inner) == 1 else hint
    return hint


def _arms(hint: Any) -> dict[str, type]:
    """Kind -> record of a union of records that have a literal ``kind``; empty for any other hint."""
    if get_origin(hint) not in (Union, types.UnionType):
        return {}
    arms: list[Any] = [arm for arm in get_args(hint) if arm is not type(None)]
    kinds = [dataclasses.is_dataclass(arm) and _hints(arm).get("kind") for arm in arms]  # type: ignore[arg-type]
    if any(get_origin(kind) is not Literal for kind in kinds):
        return {}
    return {get_args(kind)[0]: arm for kind, arm in zip(kinds, arms, strict=True)}


def _default_kind(schema: type, key: str) -> str | None:
    """Kind of the record that a field holds when the file does not name it, or None."""
    (field,) = (field for field in dataclasses.fields(schema) if field.name == key)
    if "kind" in field.metadata:
        return str(field.metadata["kind"])
    default = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
    return getattr(default, "kind", None)


def _record_of_table(table: Mapping[str, Any], schema: type, place: Place, faults: dict[Place, str]) -> Any:
    """Record of a table that stands at a place of the document, or None when faults were found in it."""
    from pydantic import ValidationError

    converted = _convert_table(table, schema, place, faults)
    try:
        return _reader_of(schema).validate_python(converted)
    except ValidationError as error:
        known = list(faults)
        for item in error.errors():
            at = (*place, *_place_within(converted, item))
            cause = item.get("ctx", {}).get("error")
            if isinstance(cause, PlacedFaults):
                faults.update({(*at, *where): message for where, message in cause.faults.items()})
                continue
            refused = item["input"] is None  # TOML has no null: here stood a record whose faults are listed
            if not refused and not any(at[: len(fault)] == fault for fault in known):
                told = _fault_text(item, at)
                other = told.partition(", must be ")[2]  # of a field that may hold one of several types
                faults[at] = f"{faults[at].partition(';')[0]} or {other}" if at in faults and other else told
        return None


def _place_within(table: Any, item: Mapping[str, Any]) -> Place:
    """Place of a fault within a table, without the names of types that the reader adds to it."""
    place: Place = ()
    for part in item["loc"]:
        if not isinstance(table, dict | list | tuple):
            break
        place = (*place, part)
        try:
            table = table[part]
        except (KeyError, IndexError, TypeError):
            table = None
    return place


def _convert_table(table: Mapping[str, Any], schema: type, place: Place, faults: dict[Place, str]) -> dict[str, Any]:
    hints = _hints(schema)
    converted = {}
    for key, value in table.items():
        if key not in hints:
            close = nearest_spelling(key, hints)
            advice = f"did you mean {close!r}?" if close else f"allowed: {', '.join(hints)}"
            faults[*place, key] = f"{dotted((*place, key))} is no known key; {advice}"
            continue
        hint = _bare(hints[key])
        kind = _default_kind(schema, key) if _arms(hint) else None
        converted[key] = _convert_value(value, hint, (*place, key), faults, kind=kind)
    return converted


def _convert_value(value: Any, hint: Any, place: Place, faults: dict[Place, str], *, kind: str | None = None) -> Any:
    if arms := _arms(hint):
        return _convert_arm(value, arms, place, faults, kind=kind)
    if dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return _convert_table(value, hint, place, faults)  # type: ignore[arg-type]
    if get_origin(hint) is tuple and isinstance(value, list):
        inner = get_args(hint)[0]
        return tuple(_convert_value(item, _bare(inner), (*place, i), faults) for i, item in enumerate(value))
    if get_origin(hint) is dict and isinstance(value, dict) and dataclasses.is_dataclass(get_args(hint)[1]):
        record: Any = get_args(hint)[1]  # keys that the file chooses, each with a record
        return {key: _convert_value(item, record, (*place, key), faults) for key, item in value.items()}
    if hint is float and isinstance(value, str):
        return number_of(value, place, faults)
    if hint is datetime or datetime in get_args(hint):
        return instant_of(value, place, faults)
    return time_of_day_of(value, place, faults) if hint is time else value


def _convert_arm(
    table: Any, arms: Mapping[str, type], place: Place, faults: dict[Place, str], *, kind: str | None
) -> Any:
    """Record of the kind that a table names; the field's default is of the kind given here."""
    if not isinstance(table, dict):
        faults[place] = f"{dotted(place)} is {table!r}, must be a table"
        return None
    named = table.get("kind", kind)
    if isinstance(named, str) and named in arms:
        return _record_of_table(table, arms[named], place, faults)
    at, allowed = (*place, "kind"), " or ".join(repr(name) for name in arms)
    if named is None:
        faults[at] = f"{dotted(at)} is missing, must be {allowed}"
    else:
        close = nearest_spelling(str(named), arms)
        faults[at] = f"{dotted(at)} is {named!r}, must be {allowed}" + (f"; did you mean {close!r}?" if close else "")
    return None


def _fault_text(item: Mapping[str, Any], place: Place) -> str:
    key = str(place[-1]) if place else ""
    unit = unit_in_file(key)
    name = dotted(place) or "the file"
    context = item.get("ctx", {})
    if item["type"] == "missing":
        return f"{name} is missing" + (f" [{unit}]" if unit else "")
    signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
    limits = [f"{sign} {context[word]:g}" for word, sign in signs.items() if word in context]
    if any(isinstance(context.get(word), float) and isinf(context[word]) for word in signs):
        must = "finite" + (f" [{unit}]" if unit else "")
    elif limits:
        must = " and ".join(limits) + (f" {unit}" if unit else "")
    elif item["type"] == "literal_error":
        close = nearest_spelling(str(item["input"]), re.findall(r"'([^']*)'", context["expected"]))
        must = context["expected"] + (f"; did you mean {close!r}?" if close else "")
    elif "error" in context:
        return f"{name}: {context['error']}"
    elif item["type"] == "too_long":
        must = f"a list of {context['max_length']}"
    elif item["type"] in _PLAIN_TYPES:
        must = _PLAIN_TYPES[item["type"]] + (f" [{unit}]" if unit else "")
    else:
        must = item["msg"].removeprefix("Input should be ") + (f" [{unit}]" if unit else "")
    return f"{name} is {item['input']!r}, must be {must}"
