"""Weather from CSV: a forecast, hour by hour and perhaps in members, or a climatology of months and hours.

::

    station,time_utc,cloud              station,time_utc,cloud,member        station,month,hour_utc,cloud
    xinglong,2016-12-19T12:00:00Z,0.2   xinglong,2016-12-19T12:00:00Z,0,1    xinglong,12,14,0.31

Cloud is a probability, and not per cent. Rows come in any order; lines that begin with # are left out. A forecast has
every station (and member) at the same times, in even steps, of which each stands until the next; a climatology has
every month and hour of every station.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, product
from math import inf
from statistics import mode

import numpy as np

from passplan.checks import nearest_spelling
from passplan.constants import SECONDS_PER_DAY
from passplan.errors import InputError
from passplan.schedule.weather import Climatology, CloudTable
from passplan.units import format_utc, parse_utc, seconds_between

_FORECAST = ("station", "time_utc", "cloud")
_MEMBERS = (*_FORECAST, "member")
_CLIMATOLOGY = ("station", "month", "hour_utc", "cloud")
_MOST_NAMED = 10  # gaps that are named one by one
_MOST_FAULTS = 20  # that are told
_STRAY_S = 30.0 * SECONDS_PER_DAY  # times farther than this from all others are no gap but a slip
_ONE_ROW_S = 3600.0  # how long a forecast of a single time stands


@dataclass(slots=True)
class _Rows:
    """Values by their place (station, member or month, time or hour), and what is wrong with the file."""

    source: str
    values: dict[tuple[str, object, object], float]
    lines: dict[tuple[str, object, object], int]
    faults: list[tuple[float, str]]

    def fault(self, line: int | None, text: str) -> None:
        """Add a fault of a line; of the whole file, which is told last, without one."""
        self.faults.append(
            (inf if line is None else line, f"{self.source}{'' if line is None else f':{line}'}: {text}")
        )

    def refuse(self) -> None:
        """Raise InputError if there are faults, in order of their lines, those beyond twenty counted."""
        if self.faults:
            told = [text for _, text in sorted(self.faults, key=lambda fault: fault[0])]
            more = len(told) - _MOST_FAULTS
            raise InputError("\n".join(told[:_MOST_FAULTS] + [f"{self.source}: and {more} more faults"] * (more > 0)))


def parse_clouds(
    text: str, *, source: str, known: Iterable[str] | None = None, needed: Iterable[str] = ()
) -> CloudTable | Climatology:
    """Weather of a CSV text; see the head of this module for its forms.

    Parameters
    ----------
    text : str
        The file.
    source : str
        Its name, for messages.
    known : iterable of str, optional
        Names that stations may have; by default any.
    needed : iterable of str
        Stations that must be there.

    Returns
    -------
    CloudTable or Climatology
        Cloud as a probability [1], in [0, 1].

    Raises
    ------
    InputError
        With every fault, one a line and in order of the lines, twenty at most: file, line, column, value and what is
        allowed; a header that is none of the three, a row of wrong length, a time without zone, a value that is no
        number or outside its limits, a station that is not known, a row that stands twice, a time more than 30 d from
        all others, gaps, a needed station without rows.
    """
    rows = _Rows(source, {}, {}, [])
    kept = [
        (number, line) for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1) if line.strip()
    ]
    kept = [(number, line) for number, line in kept if not line.lstrip().startswith("#")]
    header = tuple(cell.strip() for cell in kept[0][1].split(",")) if kept else ()
    if set(header) not in ({*_FORECAST}, {*_MEMBERS}, {*_CLIMATOLOGY}) or len(set(header)) < len(header):
        forms = " or ".join(",".join(form) for form in (_FORECAST, _MEMBERS, _CLIMATOLOGY))
        raise InputError(f"{source}:{kept[0][0] if kept else 1}: columns are {','.join(header)!r}, must be {forms}")
    for number, line in kept[1:]:
        _add_row(rows, number, next(csv.reader([line], skipinitialspace=True)), header)
    stations = sorted({station for station, _, _ in rows.values} | {station for station, _, _ in rows.lines})
    _check_stations(rows, stations, known, needed)
    if not rows.faults and not rows.values:
        rows.fault(kept[0][0], "no rows below the header")
    rows.refuse()
    return _climatology(rows, stations) if "month" in header else _forecast(rows, stations)


def _add_row(rows: _Rows, line: int, cells: list[str], header: tuple[str, ...]) -> None:
    if len(cells) != len(header):
        rows.fault(line, f"{len(cells)} values, must be {len(header)}: {','.join(header)}")
        return
    row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    count = len(rows.faults)
    cloud = _number(rows, line, "cloud", row["cloud"], float, 0.0, 1.0)
    place: tuple[str, object, object]
    if "month" in row:
        month = _number(rows, line, "month", row["month"], int, 1, 12)
        place = row["station"], month, _number(rows, line, "hour_utc", row["hour_utc"], int, 0, 23)
    else:
        place = row["station"], row.get("member", ""), _time(rows, line, row["time_utc"])
    if not row["station"]:
        rows.fault(line, "station is empty")
    first = rows.lines.setdefault(place, line)
    if len(rows.faults) > count:
        return
    if place in rows.values:
        rows.fault(line, f"{_place_text(place)} stands twice, first in line {first}")
    else:
        rows.values[place] = cloud


def _number(
    rows: _Rows, line: int, name: str, text: str, kind: Callable[[str], float], low: float, high: float
) -> float:
    """Value of a cell; 0 and a fault if it is none within limits."""
    try:
        value = kind(text)
    except ValueError:
        rows.fault(line, f"{name} is {text!r}, must be a {'whole ' if kind is int else ''}number")
        return 0.0
    if not low <= value <= high:
        per_cent = name == "cloud" and 1.0 < value <= 100.0
        hint = f"; if that is per cent, write {value / 100.0:g}" if per_cent else ""
        rows.fault(line, f"{name} is {text}, must lie in [{low:g}, {high:g}]{hint}")
    return value


def _time(rows: _Rows, line: int, text: str) -> datetime | None:
    try:
        return parse_utc(text, what="time_utc")
    except InputError as error:
        rows.fault(line, str(error))
        return None


def _check_stations(rows: _Rows, stations: list[str], known: Iterable[str] | None, needed: Iterable[str]) -> None:
    names = None if known is None else sorted(known)
    for station in stations:
        if names is not None and station and station not in names:
            close = nearest_spelling(station, names)
            line = min(line for place, line in rows.lines.items() if place[0] == station)
            hint = f"; did you mean {close!r}?" if close else ""
            rows.fault(line, f"station {station!r} is not known{hint}")
    for station in sorted(set(needed) - set(stations)):
        rows.fault(None, f"station {station!r} has no rows, and is needed")


def _climatology(rows: _Rows, stations: list[str]) -> Climatology:
    places = list(product(stations, range(1, 13), range(24)))
    _refuse_gaps(rows, places)
    cloud = np.array([rows.values[place] for place in places]).reshape(len(stations), 12, 24)
    return Climatology(stations=tuple(stations), cloud=cloud, source=rows.source)


def _forecast(rows: _Rows, stations: list[str]) -> CloudTable:
    members = sorted({str(member) for _, member, _ in rows.values})
    given = sorted({when for _, _, when in rows.values if isinstance(when, datetime)})
    steps_s = [seconds_between(one, other) for one, other in pairwise(given)]
    step_s = mode(steps_s) if steps_s else _ONE_ROW_S
    _refuse_strays(rows, given, step_s)
    count = round(seconds_between(given[0], given[-1]) / step_s) + 1
    times = sorted({*given, *(given[0] + timedelta(seconds=step_s * step) for step in range(count))})
    places = list(product(stations, members, times))
    _refuse_gaps(rows, places)
    cloud = np.array([rows.values[place] for place in places]).reshape(len(stations), len(members), len(times))
    return CloudTable(
        stations=tuple(stations),
        epoch_utc=times[0],
        time_s=np.array([seconds_between(times[0], when) for when in times]),
        end_s=seconds_between(times[0], times[-1]) + step_s,
        cloud=cloud.transpose(1, 0, 2).copy(),
        source=rows.source,
    )


def _refuse_strays(rows: _Rows, given: Sequence[datetime], step_s: float) -> None:
    """Refuse rows whose time lies far from most others, such as a year with a wrong digit."""
    runs = [[given[0]]]
    for one, other in pairwise(given):
        if seconds_between(one, other) > max(_STRAY_S, 2.0 * step_s):
            runs.append([])
        runs[-1].append(other)
    longest = max(runs, key=len)
    others = f"{format_utc(longest[0])} to {format_utc(longest[-1])}"
    for place in rows.values:
        when = place[2]
        if isinstance(when, datetime) and not longest[0] <= when <= longest[-1]:
            days = min(abs(seconds_between(when, end)) for end in (longest[0], longest[-1])) / SECONDS_PER_DAY
            told = f"time_utc is {format_utc(when)}, {days:,.0f} d from most others, {others}"
            rows.fault(rows.lines[place], f"{told}; must be within {max(_STRAY_S, 2.0 * step_s) / SECONDS_PER_DAY:g} d")
    rows.refuse()


def _refuse_gaps(rows: _Rows, places: Sequence[tuple[str, object, object]]) -> None:
    gaps = [place for place in places if place not in rows.values]
    told = [f"{rows.source}: no row for {_place_text(place)}" for place in gaps[:_MOST_NAMED]]
    if len(gaps) > _MOST_NAMED:
        told.append(f"{rows.source}: and {len(gaps) - _MOST_NAMED} more gaps")
    if told:
        raise InputError("\n".join(told))


def _place_text(place: tuple[str, object, object]) -> str:
    station, group, when = place
    if isinstance(when, datetime):
        return f"{station} at {format_utc(when)}" + (f", member {group}" if group else "")
    return f"{station} in month {group}, hour {when}"
