"""A pass as it was measured: counts of each second from a CSV or ECSV file, and every fault of the file at once.

Columns, in any order; others are passed over, so that the per-second table of ``passplan simulate`` can be read as it
is. Lines that start with ``#`` are remarks::

    time_utc       begin of the interval, ISO 8601 with Z; or time_s, from a zero that a remark names:
                   "# epoch_utc = 2016-12-19T16:49:56Z" or "# time_s = 0 is 2016-12-19T16:49:56Z"
    sifted_bits    sifted bits of the interval, signal intensity and matched basis; or sifted_rate_bit_s, sifted_kbit_s
    errors         wrong ones among them; or qber, their share                                         (may be absent)
    background_cps raw counts a second with the signal blanked, all detectors, before the gate         (may be absent)
    loss_db        loss from the transmitter's output to in front of the detectors; compared, not fitted (may be absent)
    interval_s     length of the interval, by default 1 s                                              (may be absent)
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import pairwise
from math import ceil, floor, inf, isnan, nan
from pathlib import Path
from typing import NamedTuple

import numpy as np

from passplan.checks import FloatArray, freeze, nearest_spelling, same_length
from passplan.detection.rates import expected_clicks
from passplan.detection.saturation import SATURATION_CPS, saturated
from passplan.errors import InputError
from passplan.mission.selection import Selection
from passplan.units import add_seconds, format_utc, parse_utc, seconds_between

BIT_COLUMNS = {"sifted_bits": 1.0, "sifted_rate_bit_s": 1.0, "sifted_kbit_s": 1e3}  # to bits, or bits a second
COLUMNS = ("time_utc", "time_s", *BIT_COLUMNS, "errors", "qber", "background_cps", "loss_db", "interval_s")
MOST_FAULTS = 100  # told of one file; the rest is counted
_GAP_STEPS = 1.5  # a row may be late by half a step
_TOUCH_S = 1e-3  # by how much two intervals may overlap, for times written to the millisecond
_EPOCH = re.compile(r"(?:epoch_utc\W+|time_s\s*=\s*0\s+is\s+(?:about\s+)?)(\d{4}[-\d]*T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Counts of n intervals of one pass, in order of time; arrays of shape (n,), read-only.

    source         : name of the file
    epoch_utc      : instant from which ``time_s`` counts
    time_s         : begin of each interval [s]
    interval_s     : its length [s]
    sifted_bits    : sifted bits [count]
    errors         : wrong ones among them [count], None where the file does not hold them
    background_cps : raw counts with the signal blanked, all detectors, before the gate [1/s], or None
    loss_db        : measured loss [dB], or None
    gaps           : holes between the rows, in words with their times
    """

    source: str
    epoch_utc: datetime
    time_s: FloatArray
    interval_s: FloatArray
    sifted_bits: FloatArray
    errors: FloatArray | None = None
    background_cps: FloatArray | None = None
    loss_db: FloatArray | None = None
    gaps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
        same_length(**arrays)
        freeze(*arrays.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class PassLimits:
    """What a measurement of a pass cannot exceed.

    first_utc, last_utc : begin and end of the pass
    sifted_bit_s        : sifted rate at which a detector saturates, or that no transmittance gives [1/s]
    raw_cps             : raw counts of all detectors at which one saturates [1/s]
    """

    first_utc: datetime
    last_utc: datetime
    sifted_bit_s: float
    raw_cps: float


class _Row(NamedTuple):
    line: int
    cells: dict[str, str]


def limits_of(selection: Selection) -> PassLimits:
    """Limits of what can be measured of a pass: its seconds, and the rates that its detectors count truly."""
    detectors, source = selection.site.detectors, selection.payload.source
    clicks = expected_clicks(
        source,
        detectors,
        transmittance=np.geomspace(1e-6, 1.0, 241),
        background_cps=detectors.all_dark_cps,
        error_polarization=0.0,
    )
    true = ~saturated(rate_cps=clicks.detections / detectors.count)
    rise, set_ = selection.pass_.rise_utc, selection.pass_.set_utc
    whole = rise.replace(microsecond=0)
    return PassLimits(
        first_utc=add_seconds(whole, ceil(seconds_between(whole, rise))),
        last_utc=add_seconds(whole, floor(seconds_between(whole, set_)) + 1.0),
        sifted_bit_s=float(clicks.sifted[true].max()),
        raw_cps=detectors.count * SATURATION_CPS,
    )


def read_measured(path: str | Path, *, limits: PassLimits, allow_gaps: bool = False) -> Measured:
    """Counts of a CSV or ECSV file.

    Raises
    ------
    InputError
        If the file cannot be read or is wrong (see ``parse_measured``).
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")  # with or without a byte order mark
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    return parse_measured(text.splitlines(), source=str(path), limits=limits, allow_gaps=allow_gaps)


def parse_measured(lines: Iterable[str], *, source: str, limits: PassLimits, allow_gaps: bool = False) -> Measured:
    """Counts of the lines of a table.

    Raises
    ------
    InputError
        With every fault of the table, one a line, each naming source, line, column, value and limit: cells that are no
        number or negative, errors above bits, times twice, out of order or outside the pass, intervals that overlap,
        gaps (unless allowed), and rates above what the detectors count truly.
    """
    remarks, header, rows, faults = _split(lines)
    faults += _header_faults(header)
    if faults or not rows:
        raise _wrong(source, faults or ["no row of counts"])
    epoch, time_s = _times(rows, remarks, header, faults)
    interval_s = _column(rows, "interval_s", 0.0, inf, "s", faults, ends="()") if "interval_s" in header else None
    interval = np.ones(len(rows)) if interval_s is None else interval_s
    faults += _time_faults(rows, epoch, time_s, interval, limits, is_counted="sifted_bits" in header)
    gaps = _gaps(rows, epoch, time_s, interval)
    bits = _bits(rows, header, interval, limits, faults)
    errors = _errors(rows, header, bits, faults)
    background, loss = (
        _column(rows, name, 0.0, inf, unit, faults) if name in header else None
        for name, unit in (("background_cps", "1/s"), ("loss_db", "dB"))
    )
    if background is not None:
        over = [(row.line, rate) for row, rate in zip(rows, background, strict=True) if rate > limits.raw_cps]
        faults += [_saturation(line, "background_cps", rate, "1/s", limits.raw_cps) for line, rate in over]
    if not allow_gaps:
        faults += [f"{gap}; --allow-gaps fits what is there" for gap in gaps]
    if faults:
        raise _wrong(source, faults)
    return Measured(
        source=source, epoch_utc=epoch, time_s=time_s, interval_s=interval, sifted_bits=bits, errors=errors,
        background_cps=background, loss_db=loss, gaps=tuple(gaps),
    )  # fmt: skip


def _wrong(source: str, faults: list[str]) -> InputError:
    told = [f"{source}: {fault}" for fault in faults[:MOST_FAULTS]]
    if len(faults) > MOST_FAULTS:
        told.append(f"{source}: and {len(faults) - MOST_FAULTS} more faults")
    return InputError("\n".join(told))


def _split(lines: Iterable[str]) -> tuple[list[str], list[str], list[_Row], list[str]]:
    """Remarks, names of the columns, rows, and faults of the shape; cells are parted by commas, in ECSV as it says."""
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    remarks = [line for _, line in numbered if line.startswith("#")]
    body = [(number, line) for number, line in numbered if not line.startswith("#")]
    spaced = any("%ECSV" in line for line in remarks) and not any("delimiter: ','" in line for line in remarks)
    comma = None if spaced else ","
    table = [(number, [cell.strip().strip('"') for cell in line.split(comma)]) for number, line in body]
    header = table[0][1] if table else []
    faults = [
        f"line {number} has {len(cells)} cells, must have {len(header)}"
        for number, cells in table[1:]
        if len(cells) != len(header)
    ]
    rows = [_Row(number, dict(zip(header, cells, strict=False))) for number, cells in table[1:]]
    return remarks, header, rows, faults


def _header_faults(header: list[str]) -> list[str]:
    faults = [f"column {name} stands twice" for name in COLUMNS if header.count(name) > 1]
    for wanted in (("time_utc", "time_s"), tuple(BIT_COLUMNS)):
        if not set(wanted) & set(header):
            others = [name for name in header if name not in COLUMNS]
            near = next((name for name in others if nearest_spelling(name, wanted)), None)
            hint = f"; did you mean {nearest_spelling(near, wanted)!r} by {near!r}?" if near else ""
            faults.append(f"no column {' or '.join(wanted)}{hint}")
    return faults


def _times(rows: list[_Row], remarks: list[str], header: list[str], faults: list[str]) -> tuple[datetime, FloatArray]:
    """Zero of time and begin of each interval [s] after it, nan where it cannot be read."""
    if "time_utc" in header:
        instants = [_instant(row.cells["time_utc"], f"line {row.line}: time_utc", faults) for row in rows]
        epoch = next((instant for instant in instants if instant is not None), None)
        if epoch is None:
            return datetime.min, np.full(len(rows), nan)
        return epoch, np.array([nan if when is None else seconds_between(epoch, when) for when in instants])
    time_s = _column(rows, "time_s", -inf, inf, "s", faults, ends="()")
    found = next((match[1] for match in map(_EPOCH.search, remarks) if match), None)
    if found is None:
        faults.append("column time_s needs the time of its zero in a remark, as '# epoch_utc = 2016-12-19T16:49:56Z'")
    zero = None if found is None else _instant(found, "epoch_utc", faults)
    return (datetime.min, np.full(len(rows), nan)) if zero is None else (zero, time_s)


def _instant(text: str, what: str, faults: list[str]) -> datetime | None:
    try:
        return parse_utc(text, what=what)
    except InputError as error:
        faults.append(str(error))
        return None


def _time_faults(
    rows: list[_Row],
    epoch: datetime,
    time_s: FloatArray,
    interval_s: FloatArray,
    limits: PassLimits,
    *,
    is_counted: bool,
) -> list[str]:
    """Intervals that do not follow each other, or that the pass does not hold; only counts must not overlap."""
    known = [place for place in range(len(rows)) if not isnan(time_s[place])]
    faults = []
    for before, place in pairwise(known):
        what = f"line {rows[place].line}: the time {format_utc(add_seconds(epoch, time_s[place]), digits=3)}"
        step_s = time_s[place] - time_s[before]
        if step_s == 0.0:
            faults.append(f"{what} stands twice, first on line {rows[before].line}")
        elif step_s < 0.0:
            faults.append(f"{what} comes before that of line {rows[before].line}, times must rise")
        elif is_counted and step_s < interval_s[before] - _TOUCH_S:
            length = f"interval_s is {interval_s[before]:g} s"
            faults.append(f"{what} begins {step_s:g} s after line {rows[before].line}, whose {length}")
    if not known:
        return faults
    low_s, high_s = seconds_between(epoch, limits.first_utc), seconds_between(epoch, limits.last_utc)
    span = f"{format_utc(limits.first_utc)} to {format_utc(limits.last_utc)}"
    for place in known:
        end_s = time_s[place] + (0.0 if isnan(interval_s[place]) else interval_s[place])
        if time_s[place] < low_s - _TOUCH_S or end_s > high_s + _TOUCH_S:
            when = format_utc(add_seconds(epoch, time_s[place]), digits=3)
            faults.append(f"line {rows[place].line}: the interval from {when} must lie in the pass, {span}")
    return faults


def _gaps(rows: list[_Row], epoch: datetime, time_s: FloatArray, interval_s: FloatArray) -> list[str]:
    """Steps of more than one and a half usual ones, in words."""
    steps_s = np.diff(time_s)
    if not np.any(steps_s > 0.0):
        return []
    usual_s = max(float(np.median(steps_s[steps_s > 0.0])), float(np.nanmax(interval_s)))
    return [
        f"line {rows[place + 1].line}: gap of {steps_s[place]:g} s where rows follow after {usual_s:g} s, from "
        f"{format_utc(add_seconds(epoch, time_s[place]))} to {format_utc(add_seconds(epoch, time_s[place + 1]))}"
        for place in np.flatnonzero(steps_s > _GAP_STEPS * usual_s)
    ]


def _bits(
    rows: list[_Row], header: list[str], interval_s: FloatArray, limits: PassLimits, faults: list[str]
) -> FloatArray:
    """Sifted bits of each interval; a rate above what the detectors count truly is a fault."""
    name = next(name for name in BIT_COLUMNS if name in header)
    is_counted = name == "sifted_bits"
    given = _column(rows, name, 0.0, inf, "bit" if is_counted else "bit/s", faults)
    bits = BIT_COLUMNS[name] * given * (1.0 if is_counted else interval_s)
    for row, count, value, length_s in zip(rows, bits, given, interval_s, strict=True):
        if count > limits.sifted_bit_s * length_s:
            most = limits.sifted_bit_s / BIT_COLUMNS[name] * (length_s if is_counted else 1.0)
            faults.append(_saturation(row.line, name, value, "", most))
    return bits


def _saturation(line: int, name: str, value: float, unit: str, most: float) -> str:
    shown = f"{value:g} {unit}".strip()
    return f"line {line}: {name} is {shown}: saturated, the detectors count up to {most:.4g} {unit}".strip() + " truly"


def _errors(rows: list[_Row], header: list[str], bits: FloatArray, faults: list[str]) -> FloatArray | None:
    """Errors of each interval, from their number or their share; a share may be empty where there is no bit."""
    if "errors" in header:
        errors = _column(rows, "errors", 0.0, inf, "bit", faults)
        for row, wrong, all_ in zip(rows, errors, bits, strict=True):
            if wrong > all_ * (1.0 + 1e-9):
                faults.append(f"line {row.line}: errors is {wrong:g}, must not exceed the sifted bits, {all_:g}")
        return errors
    if "qber" not in header:
        return None
    dark = [bits[place] == 0.0 and row.cells.get("qber", "") in ("", "nan") for place, row in enumerate(rows)]
    shares = _column(rows, "qber", 0.0, 1.0, "", faults, empty=lambda place: dark[place])
    return shares * bits


def _column(
    rows: list[_Row],
    name: str,
    low: float,
    high: float,
    unit: str,
    faults: list[str],
    *,
    ends: str = "[]",
    empty: Callable[[int], bool] = lambda place: False,
) -> FloatArray:
    """Numbers of a column, nan where a cell is wrong, 0 where it is empty and may be."""
    values = np.full(len(rows), nan)
    allowed = f"must be a number in {ends[0]}{low:g}, {high:g}{ends[1] if high < inf else ')'} {unit}".rstrip()
    for place, row in enumerate(rows):
        if empty(place):
            values[place] = 0.0
            continue
        text = row.cells.get(name, "")
        try:
            value = float(text)
        except ValueError:
            value = nan
        above = value >= low if ends[0] == "[" else value > low
        if above and value <= high and value < inf:
            values[place] = value
        else:
            faults.append(f"line {row.line}: {name} is {text!r}, {allowed}")
    return values
