"""Counts from a file: a JSON document with counts and settings, or a CSV table with counts alone.

JSON::

    {"intensities": [0.8, 0.1, 0.0], "probabilities": [0.5, 0.25, 0.25],
     "key_basis": {"clicks": [..], "errors": [..]}, "test_basis": {"clicks": [..], "errors": [..]},
     "error_correction_efficiency": 1.16, "error_correction_leak_bits": null, "epsilon_sec": 1e-9, "epsilon_cor": 1e-15,
     "options": {"sampling": "fung", "clip_negative": true, "cap_errors": true, "pool_errors": false}}

CSV: one row an intensity, largest first, with the columns ``intensity, probability, key_clicks, key_errors,
test_clicks, test_errors``; lines that start with ``#`` are remarks. All faults of a file are told at once. Clicks and
errors were counted, so they are whole. A file in which most are fractions holds the expected counts of a plan instead,
and ``KeyRequest.is_expected`` says so; a single fraction among whole counts is a fault.
"""

import csv
import dataclasses
import re
from collections.abc import Iterable, Mapping
from math import inf
from pathlib import Path
from reprlib import repr as shown
from types import MappingProxyType
from typing import Any, NamedTuple

from passplan.checks import nearest_spelling
from passplan.errors import InputError, PassplanError
from passplan.qkd.counts import BasisCounts, Counts, basis_faults, setting_faults
from passplan.qkd.json_document import parse_json
from passplan.qkd.settings import KeySettings, Options

BASES = ("key_basis", "test_basis")
COUNT_KEYS = ("intensities", "probabilities", *BASES)
SETTING_KEYS = tuple(field.name for field in dataclasses.fields(KeySettings) if field.name != "options")
OPTION_KEYS = tuple(field.name for field in dataclasses.fields(Options))
MAY_BE_NULL = ("error_correction_leak_bits", "sigmas")
COLUMNS = ("intensity", "probability", "key_clicks", "key_errors", "test_clicks", "test_errors")
PATHS = ("intensities", "probabilities", *(f"{basis}.{what}" for basis in BASES for what in ("clicks", "errors")))
_SEPARATORS = ";\t|"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LONGEST = 80  # characters of a name that is not known, and still shown whole

Places = Mapping[str, tuple[int, str]]  # by path in the document: line, and the name that the value has in the file


class KeyRequest(NamedTuple):
    """What a file asks: a key length for these counts, under these settings.

    counts : counts of one block
    settings : failure probabilities, error correction, conventions; defaults where the file says nothing
    """

    counts: Counts
    settings: KeySettings

    @property
    def is_expected(self) -> bool:
        """Whether the counts are those that a plan expects, with fractions, rather than measured ones."""
        bases = (self.counts.key_basis, self.counts.test_basis)
        return any(value % 1.0 != 0.0 for basis in bases for value in (*basis.clicks, *basis.errors))


def parse_key_request(document: Any, *, source: str, places: Places = MappingProxyType({})) -> KeyRequest:
    """Counts [1] of a JSON document, and its settings, with defaults where it says nothing.

    Parameters
    ----------
    document : dict
        Values as in the module's example.
    source : str
        Name of the file, for messages.
    places : mapping, optional
        Line of the file and name there by path, as ``key_basis.clicks[1]``; faults are then told with both.

    Raises
    ------
    InputError
        With every fault of the document, one a line, each naming source, line, key, value and limit, and the nearest
        right spelling of a key that is not known.
    """
    faults: list[str] = []
    root = _table(document, "the document", (*COUNT_KEYS, *SETTING_KEYS, "options"), "", faults)
    faults += [f"{name} is missing" for name in COUNT_KEYS if root is not None and name not in root]
    root = root or {}
    mu = _numbers(root, "intensities", "", faults)
    p = _numbers(root, "probabilities", "", faults)
    if mu is not None and p is not None:
        faults += setting_faults(mu, p)
    whole = not _are_expected(root)
    key_basis, test_basis = (_basis(root, name, mu, faults, whole=whole) for name in BASES)
    settings = _settings(root, faults)
    if faults or mu is None or p is None or key_basis is None or test_basis is None:
        raise InputError("\n".join(f"{source}: {_placed(fault, places)}" for fault in faults))
    counts = Counts(intensities=tuple(mu), probabilities=tuple(p), key_basis=key_basis, test_basis=test_basis)
    return KeyRequest(counts=counts, settings=settings)


def parse_counts(document: Any, *, source: str) -> Counts:
    """Counts [1] of a JSON document; its settings are checked too.

    Raises
    ------
    InputError
        As ``parse_key_request``.
    """
    return parse_key_request(document, source=source).counts


def parse_key_table(lines: Iterable[str], *, source: str) -> KeyRequest:
    """Counts [1] of the lines of a CSV table with the columns of ``COLUMNS``; its settings are the defaults.

    Raises
    ------
    InputError
        With every fault of the table, one a line, each naming source, line, column, value and limit.
    """
    rows = _rows(lines, source)
    where, header = rows[0] if rows else (0, [])
    faults = [_unknown(name, COLUMNS, "column ") for name in header if name not in COLUMNS]
    faults += [f"column {name} is missing" for name in COLUMNS if name not in header]
    faults += [f"column {name} stands twice" for name in COLUMNS if header.count(name) > 1]
    faults = [f"line {where}: {fault}" if where else fault for fault in faults]
    values: dict[str, list[float]] = {path: [] for path in PATHS}
    places: dict[str, tuple[int, str]] = {}
    paths = dict(zip(COLUMNS, PATHS, strict=True))
    for number, (line, row) in enumerate(rows[1:]):
        if len(row) != len(header):
            faults.append(f"line {line} has {len(row)} cells, must have {len(header)}")
        for name, cell in zip(header, row, strict=False):
            if name in paths:
                values[paths[name]].append(_cell(cell, f"line {line}: {name}", faults))
                places[f"{paths[name]}[{number}]"] = (line, name)
    if faults:
        raise InputError("\n".join(f"{source}: {fault}" for fault in faults))
    document: dict[str, Any] = {name: values[name] for name in ("intensities", "probabilities")}
    for basis in BASES:
        document[basis] = {what: values[f"{basis}.{what}"] for what in ("clicks", "errors")}
    return parse_key_request(document, source=source, places=places)


def read_key_request(path: str | Path) -> KeyRequest:
    """Counts [1] and settings of a JSON or, by its suffix, a CSV file.

    Raises
    ------
    InputError
        If the file cannot be read, is no JSON, or is wrong (see ``parse_key_request``).
    """
    source = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")  # with or without a byte order mark
    except OSError as error:
        raise InputError(f"{source}: cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: cannot be read: {error}; must be text in UTF-8") from error
    if Path(path).suffix.lower() == ".csv":
        return parse_key_table(text.splitlines(), source=source)
    found = parse_json(text, source=source)
    if found.faults:
        raise InputError("\n".join(f"{source}: {fault}" for fault in found.faults))
    places = {name: (line, name) for name, line in found.lines.items()}
    return parse_key_request(found.value, source=source, places=places)


def read_counts(path: str | Path) -> Counts:
    """Counts [1] of a JSON or CSV file; the settings of a JSON document are checked too.

    Raises
    ------
    InputError
        As ``read_key_request``.
    """
    return read_key_request(path).counts


def _settings(root: Mapping[str, Any], faults: list[str]) -> KeySettings:
    """Settings of the document; each key is tried alone, so that all faults are found."""
    given: dict[str, Any] = {}
    for name in SETTING_KEYS:
        if name not in root or (root[name] is None and name in MAY_BE_NULL):
            continue
        value = _number(root[name], name, faults)
        if value is not None and _fits(KeySettings, name, value, "", faults):
            given[name] = value
    options = _table(root.get("options", {}), "options", OPTION_KEYS, "options.", faults) or {}
    chosen = {
        name: options[name]
        for name in OPTION_KEYS
        if name in options and _fits(Options, name, options[name], "options.", faults)
    }
    return KeySettings(**given, options=Options(**chosen))


def _fits(record: type, name: str, value: Any, prefix: str, faults: list[str]) -> bool:
    try:
        record(**{name: value})
    except PassplanError as error:
        faults.append(prefix + str(error).removeprefix(f"{record.__name__}."))
        return False
    return True


def _are_expected(root: Mapping[str, Any]) -> bool:
    """Whether at least half of the counts above 0 are fractions."""
    tables = [root[name] for name in BASES if isinstance(root.get(name), dict)]
    lists = [table[what] for table in tables for what in ("clicks", "errors") if isinstance(table.get(what), list)]
    some = [value for values in lists for value in values if isinstance(value, int | float) and 0.0 < value < inf]
    return bool(some) and 2 * sum(value % 1 != 0 for value in some) >= len(some)


def _basis(
    root: Mapping[str, Any], name: str, intensities: list[float] | None, faults: list[str], *, whole: bool
) -> BasisCounts | None:
    if name not in root:
        return None
    table = _table(root[name], name, ("clicks", "errors"), f"{name}.", faults)
    if table is None:
        return None
    faults += [f"{name}.{key} is missing" for key in ("clicks", "errors") if key not in table]
    clicks, errors = (_numbers(table, key, f"{name}.", faults) for key in ("clicks", "errors"))
    if clicks is None or errors is None:
        return None
    found = [fault for what in ("clicks", "errors") for fault in _count_faults(what, table[what], whole)]
    # An entry that is no count stands as 0 here, so that its neighbour is not blamed for it.
    good = [_is_count(n, whole) and _is_count(m, whole) for n, m in zip(clicks, errors, strict=False)]
    pairs = [(n, m) if fine else (0.0, 0.0) for n, m, fine in zip(clicks, errors, good, strict=False)]
    found += basis_faults([n for n, _ in pairs], [m for _, m in pairs])
    if len(clicks) != len(errors):
        found.append(f"errors has {len(errors)} entries, must have {len(clicks)} like clicks")
    if intensities is not None and len(clicks) != len(intensities):
        found.append(f"clicks has {len(clicks)} entries, must have {len(intensities)}, one an intensity")
    faults += [f"{name}.{fault}" for fault in found]
    return None if found else BasisCounts(clicks=tuple(clicks), errors=tuple(errors))


def _is_count(value: float, whole: bool) -> bool:
    return 0.0 <= value < inf and (float(value).is_integer() or not whole)


def _count_faults(what: str, values: list[float], whole: bool) -> list[str]:
    must = "a whole number" if whole else "a number"
    return [
        f"{what}[{i}] is {value:.12g}, must be {must} >= 0 (counts)"
        for i, value in enumerate(values)
        if not _is_count(value, whole)
    ]


def _placed(fault: str, places: Places) -> str:
    """The fault with the line of its value, or of the table or list that should hold it, where that is known."""
    path = fault.split(" ", maxsplit=1)[0]
    if path in places:
        line, name = places[path]
        return f"line {line}: {name}{fault[len(path) :]}"
    while path:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
        if path and path in places:
            return f"line {places[path][0]}: {fault}"
    return fault


def _table(value: Any, what: str, allowed: tuple[str, ...], prefix: str, faults: list[str]) -> Mapping[str, Any] | None:
    if not isinstance(value, Mapping):
        faults.append(f"{what} is {shown(value)}, must be a table of {', '.join(allowed)}")
        return None
    faults += [_unknown(str(key), allowed, prefix) for key in value if key not in allowed]
    return value


def _unknown(name: str, allowed: tuple[str, ...], prefix: str) -> str:
    close = nearest_spelling(name, allowed)
    hint = f"; did you mean {close!r}?" if close else ";"
    name = name if name.isprintable() and len(name) <= _LONGEST else shown(name)
    return f"{prefix}{name} is not known{hint} Allowed: {', '.join(allowed)}"


def _numbers(table: Mapping[str, Any], name: str, prefix: str, faults: list[str]) -> list[float] | None:
    if name not in table:
        return None
    value = table[name]
    if not isinstance(value, list | tuple):
        faults.append(f"{prefix}{name} is {shown(value)}, must be a list of numbers, one an intensity")
        return None
    numbers = [_number(item, f"{prefix}{name}[{i}]", faults) for i, item in enumerate(value)]
    whole = [number for number in numbers if number is not None]
    return whole if len(whole) == len(numbers) else None


def _number(value: Any, path: str, faults: list[str]) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            pass
    faults.append(f"{path} is {shown(value)}, must be a number")
    return None


def _rows(lines: Iterable[str], source: str) -> list[tuple[int, list[str]]]:
    """Rows of a table with the line on which each ends; the first one is the header."""
    numbered = [
        (i, line) for i, line in enumerate(lines, start=1) if line.strip() and not line.lstrip().startswith("#")
    ]
    reader = csv.reader((line for _, line in numbered), skipinitialspace=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows += ((numbered[reader.line_num - 1][0], [cell.strip() for cell in row]) for row in reader)
    except csv.Error as error:
        line, _ = numbered[max(reader.line_num - 1, 0)]
        raise InputError(f"{source}: line {line}: no CSV: {error}") from error
    if rows and len(rows[0][1]) == 1:
        for separator in _SEPARATORS:
            if separator in rows[0][1][0]:
                raise InputError(f"{source}: line {rows[0][0]}: the separator is {separator!r}, must be ','")
    return rows


def _cell(text: str, path: str, faults: list[str]) -> float:
    """Number of a cell; Python's own reading would take 835_536 and the digits of other scripts too."""
    if _NUMBER.fullmatch(text):
        return float(text)
    faults.append(f"{path} is {shown(text)}, must be a number in plain digits, such as 1000 or 1e3")
    return 0.0
