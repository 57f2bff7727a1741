"""Counts from a file: a JSON document with counts and settings, or a CSV table with counts alone.

JSON::

    {"intensities": [0.8, 0.1, 0.0], "probabilities": [0.5, 0.25, 0.25],
     "key_basis": {"clicks": [..], "errors": [..]}, "test_basis": {"clicks": [..], "errors": [..]},
     "error_correction_efficiency": 1.16, "error_correction_leak_bits": null, "epsilon_sec": 1e-9, "epsilon_cor": 1e-15,
     "options": {"sampling": "fung", "clip_negative": true, "cap_errors": true, "pool_errors": false}}

CSV: one row an intensity, largest first, with the columns ``intensity, probability, key_clicks, key_errors,
test_clicks, test_errors``; lines that start with ``#`` are remarks. All faults of a file are told at once.
"""

import csv
import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from reprlib import repr as shown
from typing import Any, NamedTuple

from passplan.checks import nearest_spelling
from passplan.errors import InputError, PassplanError
from passplan.qkd.counts import BasisCounts, Counts, basis_faults, setting_faults
from passplan.qkd.settings import KeySettings, Options

BASES = ("key_basis", "test_basis")
COUNT_KEYS = ("intensities", "probabilities", *BASES)
SETTING_KEYS = tuple(field.name for field in dataclasses.fields(KeySettings) if field.name != "options")
OPTION_KEYS = tuple(field.name for field in dataclasses.fields(Options))
MAY_BE_NULL = ("error_correction_leak_bits", "sigmas")
COLUMNS = ("intensity", "probability", "key_clicks", "key_errors", "test_clicks", "test_errors")


class KeyRequest(NamedTuple):
    """What a file asks: a key length for these counts, under these settings.

    counts : counts of one block
    settings : failure probabilities, error correction, conventions; defaults where the file says nothing
    """

    counts: Counts
    settings: KeySettings


def parse_key_request(document: Any, *, source: str) -> KeyRequest:
    """Counts [1] of a JSON document, and its settings, with defaults where it says nothing.

    Raises
    ------
    InputError
        With every fault of the document, one a line, each naming source, key, value and limit, and the nearest right
        spelling of a key that is not known.
    """
    faults: list[str] = []
    root = _table(document, "the document", (*COUNT_KEYS, *SETTING_KEYS, "options"), "", faults)
    faults += [f"{name} is missing" for name in COUNT_KEYS if root is not None and name not in root]
    root = root or {}
    mu = _numbers(root, "intensities", "", faults)
    p = _numbers(root, "probabilities", "", faults)
    if mu is not None and p is not None:
        faults += setting_faults(mu, p)
    key_basis, test_basis = (_basis(root, name, mu, faults) for name in BASES)
    settings = _settings(root, faults)
    if faults or mu is None or p is None or key_basis is None or test_basis is None:
        raise InputError("\n".join(f"{source}: {fault}" for fault in faults))
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
    numbered = [(i, line) for i, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")]
    rows = list(csv.reader((line for _, line in numbered), skipinitialspace=True))
    header = [cell.strip() for cell in rows[0]] if rows else []
    faults = [_unknown(name, COLUMNS, "column ") for name in header if name not in COLUMNS]
    faults += [f"column {name} is missing" for name in COLUMNS if name not in header]
    faults += [f"column {name} stands twice" for name in COLUMNS if header.count(name) > 1]
    values: dict[str, list[float]] = {name: [] for name in COLUMNS}
    for (line_number, _), row in zip(numbered[1:], rows[1:], strict=False):
        if len(row) != len(header):
            faults.append(f"line {line_number} has {len(row)} cells, must have {len(header)}")
        for name, cell in zip(header, row, strict=False):
            if name in values:
                values[name].append(_cell(cell, f"line {line_number}: {name}", faults))
    if faults:
        raise InputError("\n".join(f"{source}: {fault}" for fault in faults))
    document = {
        "intensities": values["intensity"],
        "probabilities": values["probability"],
        "key_basis": {"clicks": values["key_clicks"], "errors": values["key_errors"]},
        "test_basis": {"clicks": values["test_clicks"], "errors": values["test_errors"]},
    }
    return parse_key_request(document, source=source)


def read_key_request(path: str | Path) -> KeyRequest:
    """Counts [1] and settings of a JSON or, by its suffix, a CSV file.

    Raises
    ------
    InputError
        If the file cannot be read, is no JSON, or is wrong (see ``parse_key_request``).
    """
    source = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{source}: cannot be read: {error}") from error
    if Path(path).suffix.lower() == ".csv":
        return parse_key_table(text.splitlines(), source=source)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{source}: line {error.lineno}, column {error.colno}: no JSON: {error.msg}") from error
    return parse_key_request(document, source=source)


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


def _basis(
    root: Mapping[str, Any], name: str, intensities: list[float] | None, faults: list[str]
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
    found = basis_faults(clicks, errors)
    if intensities is not None and len(clicks) != len(intensities):
        found.append(f"clicks has {len(clicks)} entries, must have {len(intensities)}, one an intensity")
    faults += [f"{name}.{fault}" for fault in found]
    return None if found else BasisCounts(clicks=tuple(clicks), errors=tuple(errors))


def _table(value: Any, what: str, allowed: tuple[str, ...], prefix: str, faults: list[str]) -> Mapping[str, Any] | None:
    if not isinstance(value, Mapping):
        faults.append(f"{what} is {shown(value)}, must be a table of {', '.join(allowed)}")
        return None
    faults += [_unknown(str(key), allowed, prefix) for key in value if key not in allowed]
    return value


def _unknown(name: str, allowed: tuple[str, ...], prefix: str) -> str:
    close = nearest_spelling(name, allowed)
    hint = f"; did you mean {close!r}?" if close else ";"
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


def _cell(text: str, path: str, faults: list[str]) -> float:
    try:
        return float(text)
    except ValueError:
        faults.append(f"{path} is {text!r}, must be a number")
        return 0.0
