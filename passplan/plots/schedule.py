"""A plan in time: its passes night by night and station by station, over a season, and the key of each night.

All plots read the document of a plan (`passplan.mission.plan_document`), so that they can be drawn again from its file.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import numpy as np

from passplan.constants import SECONDS_PER_DAY
from passplan.errors import InputError
from passplan.plots import plan_axes as shared
from passplan.plots.canvas import axes
from passplan.plots.plan_axes import FLOWN, H_PER_DAY, LEFT_OUT, UNFIT, kind_of, span_h
from passplan.units import format_utc, parse_utc, seconds_between

MOST_NIGHTS, MOST_LANES, MOST_PANELS = 10, 60, 8
PLANNED, SIMULATED, WITH_WEATHER = "planned, clear sky", "simulated, clear sky", "planned, with the weather"
_DARK_COLOUR = "0.87"
_HALF_LANE, _HALF_BAR = 0.5, 0.36
_PAD_H = 0.25
_NEAR_DAYS = 3  # a night's hours reach no farther from its date
_KBIT = 1e-3  # kbit in a bit

Document = Mapping[str, Any]
Row = Mapping[str, Any]
Lanes = Mapping[tuple[str, str], int]
Dark = Mapping[tuple[str, str], list[tuple[float, float]]]


def timeline(document: Document, ax: Any = None, first: str | None = None, last: str | None = None) -> Any:
    """Passes of some nights against the time of day [h UTC]; a lane a night and station, the dark hours shaded.

    Parameters
    ----------
    document : mapping
        Of a plan.
    ax : Axes, optional
        By default those of a new figure, as high as the lanes need.
    first, last : str, optional
        Nights by the dates of their evenings, both included. Without ``last`` ten nights, or fewer where many stations
        would fill more than 60 lanes; without ``first`` from the first night in which a pass can be flown.

    Returns
    -------
    Axes
        Flown passes are filled, others outlined, the colour is the expected key [kbit]; with several satellites the
        marker of a flown pass tells which. Hours count on through midnight; passes by daylight lie outside.

    Raises
    ------
    InputError
        If the plan has no such night.
    """
    stations = stations_of(document)
    nights = _nights(document, first, last, len(stations))
    lanes = {lane: place for place, lane in enumerate(product(nights, stations))}
    rows = [row for row in document["passes"] if (row["night"], row["station"]) in lanes]
    if ax is None:
        ax = shared.new_figure(height_in=1.4 + 0.24 * max(len(lanes), 5)).add_subplot()
    dark = {(night, name): _dark_h(document, name, night) for night, name in lanes}
    low_h, high_h = _hours_shown(dark, rows)
    _shade(ax, dark, lanes, low_h, high_h)
    colours = _draw_bars(ax, rows, lanes)
    _mark_satellites(ax, document, rows, lanes)
    ax.set_xlim(low_h, high_h)
    _name_lanes(ax, nights, stations)
    shared.clock_axis(ax.xaxis, low_h, high_h)
    ax.set_xlabel("time of day, UTC")
    span = f"night of {nights[0]}" if len(nights) == 1 else f"nights of {nights[0]} to {nights[-1]}"
    ax.set_title(f"{document['campaign']}: {span}", fontsize=11)
    shared.finish([ax], colours)
    return ax


def season(document: Document, ax: Any = None) -> Any:
    """Passes of a long campaign: date across, time of day [h UTC] upward and on through midnight, dark hours shaded.

    Parameters
    ----------
    document : mapping
        Of a plan.
    ax : sequence of Axes, optional
        One a station, in the order of `panels_of`; a single one will do for one station. By default those of a new
        figure.

    Returns
    -------
    Axes
        The first. Flown passes are filled, others open, the colour is the expected key [kbit]; passes that cannot be
        flown are small dots.
    """
    stations = panels_of(document)
    if ax is None:
        ax = shared.new_figure(height_in=1.4 + 2.1 * len(stations)).subplots(len(stations), 1, sharex=True)
    panels = list(np.ravel(ax))
    rows_of: dict[str, list[Row]] = {name: [] for name in stations}
    for row in document["passes"]:
        rows_of.get(row["station"], []).append(row)
    colours = shared.colours_for(row for rows in rows_of.values() for row in rows)
    for panel, name in zip(panels, stations, strict=True):
        _season_panel(panel, document, name, rows_of[name], colours)
    few = len(stations) < len(stations_of(document))
    told = f", the {len(stations)} of {len(stations_of(document))} stations with the most key" if few else ""
    panels[0].set_title(
        f"{document['campaign']}: {document['start_utc'][:10]} to {document['end_utc'][:10]}{told}", fontsize=11
    )
    panels[-1].set_xlabel("date of the evening")
    shared.finish(panels, colours)
    return panels[0]


def nights_bars(document: Document, ax: Any = None) -> Any:
    """Key of each night [kbit]: planned, and where the document has it simulated and with the weather.

    A sum of the keys of separate blocks; simulated are the passes whose simulation is done and without fault.
    """
    ax = axes(ax)
    nights = document["nights"]
    days = np.array(shared.days_of(row["night"] for row in nights))
    planned, expected = (np.array([row[name] for row in nights]) * _KBIT for name in ("key_bits", "expected_bits"))
    simulated = _simulated_bits(document)
    width = 0.4 if simulated else 0.8
    ax.bar(days - (0.8 - width) / 2, planned, width, color="tab:blue", label=PLANNED)
    if simulated:
        bits = np.array([simulated.get(row["night"], 0.0) for row in nights])
        ax.bar(days + 0.2, bits * _KBIT, width, color="tab:orange", label=SIMULATED)
    if not np.allclose(planned, expected):
        ax.plot(days, expected, "_", color="black", ms=5, mew=1.4, label=WITH_WEATHER)
    _date_axis(ax, [row["night"] for row in nights], days)
    ax.set_ylim(0.0, 1.12 * ax.get_ylim()[1])  # the legend stands above the bars
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set_xlabel("date of the evening")
    ax.set_ylabel("sum of keys [kbit]")
    ax.set_title(f"{document['campaign']}: key of each night", fontsize=11)
    ax.legend(fontsize=8, ncols=3, loc="upper center", frameon=False)
    return ax


def _date_axis(ax: Any, nights: Sequence[str], days: Any) -> None:
    """Dates along the bottom: of a few nights their own, for the ticks between them would be hours."""
    if nights and days[-1] - days[0] < MOST_NIGHTS:
        ax.set_xticks(days, nights)
        ax.set_xlim(days[0] - 1.0, days[-1] + 1.0)
    else:
        shared.date_axis(ax)


def stations_of(document: Document) -> list[str]:
    """Names of the stations of a plan, in order."""
    return sorted({*document["dark"], *(row["station"] for row in document["stations"])})


def panels_of(document: Document) -> list[str]:
    """Names of the stations that `season` draws: all, or the eight with the most key, in order."""
    names = stations_of(document)
    bits = {row["station"]: row["expected_bits"] for row in document["stations"]}
    best = sorted(names, key=lambda name: (-bits.get(name, 0.0), name))[:MOST_PANELS]
    return [name for name in names if name in best]


def _nights(document: Document, first: str | None, last: str | None, stations: int) -> list[str]:
    every = [row["night"] for row in document["nights"]]
    flyable = [row["night"] for row in document["nights"] if row["flyable"]]
    begin = first if first is not None else min(flyable or every, default="")
    nights = [night for night in every if begin <= night and (last is None or night <= last)]
    if not nights:
        asked = "".join(f" {word} {night}" for word, night in (("from", first), ("to", last)) if night)
        held = f"its nights are {every[0]} to {every[-1]}" if every else "it has no pass"
        raise InputError(f"the plan has no night{asked}; {held}")
    return nights if last is not None else nights[: max(1, min(MOST_NIGHTS, MOST_LANES // max(stations, 1)))]


def _hours_shown(dark: Dark, rows: Sequence[Row]) -> tuple[float, float]:
    """Hours that hold every pass that can be flown, and the night around it."""
    hours = []
    for row in [row for row in rows if row["key_bits"] is not None] or rows:
        low_h, high_h = span_h(row)
        hours += [low_h, high_h]
        for start_h, stop_h in dark[row["night"], row["station"]]:
            if start_h <= high_h and stop_h >= low_h and stop_h - start_h < H_PER_DAY:
                hours += [start_h, stop_h]
    return (min(hours) - _PAD_H, max(hours) + _PAD_H) if hours else (0.0, H_PER_DAY)


def _dark_h(document: Document, station: str, night: str) -> list[tuple[float, float]]:
    """Dark times of a station that come near a night, in hours of the night's date."""
    before, after = (format_utc(parse_utc(night) + timedelta(days=days)) for days in (-_NEAR_DAYS, _NEAR_DAYS))
    stretches = [each for each in document["dark"].get(station, ()) if each[1] > before and each[0] < after]
    return [(shared.hours_of(start, night), shared.hours_of(stop, night)) for start, stop in stretches]


def _shade(ax: Any, dark: Dark, lanes: Lanes, low_h: float, high_h: float) -> None:
    boxes = []
    for lane, y in lanes.items():
        for start_h, stop_h in dark[lane]:
            if max(start_h, low_h) < min(stop_h, high_h):
                boxes.append(shared.box(max(start_h, low_h), min(stop_h, high_h), y - _HALF_LANE, y + _HALF_LANE))
    shared.add_boxes(ax, boxes, label="dark", facecolor=_DARK_COLOUR, edgecolor="none", zorder=0)


def _draw_bars(ax: Any, rows: Sequence[Row], lanes: Lanes) -> Any:
    """Bars of the passes by kind; returns their colour scale."""
    scale = shared.colours_for(rows)
    for kind in (UNFIT, LEFT_OUT, FLOWN):
        shown = [row for row in rows if kind_of(row) == kind]
        places = [lanes[row["night"], row["station"]] for row in shown]
        boxes = [shared.box(*span_h(row), y - _HALF_BAR, y + _HALF_BAR) for row, y in zip(shown, places, strict=True)]
        shared.add_boxes(ax, boxes, label=kind, **_style(kind, shown, scale))
    return scale


def _style(kind: str, rows: Sequence[Row], scale: Any) -> dict[str, Any]:
    colours = scale.to_rgba(np.array([shared.kbit(row) for row in rows]))
    if kind == FLOWN:
        return {"facecolor": colours, "edgecolor": "0.15", "linewidth": 0.5, "zorder": 3}
    if kind == LEFT_OUT:
        return {"facecolor": "none", "edgecolor": colours, "linewidth": 1.0, "zorder": 2}
    return {"facecolor": "none", "edgecolor": "0.6", "linewidth": 0.5, "zorder": 1}


def _mark_satellites(ax: Any, document: Document, rows: Sequence[Row], lanes: Lanes) -> None:
    names = _satellites(document)
    for name, marker in shared.markers_of(names).items() if len(names) > 1 else ():
        flown = [row for row in rows if row["is_chosen"] and row["satellite"] == name]
        middles = [sum(span_h(row)) / 2.0 for row in flown]
        places = [lanes[row["night"], row["station"]] for row in flown]
        if flown:
            ax.plot(middles, places, marker, ms=4.5, color="white", mec="black", mew=0.8, label=name, zorder=4)


def _name_lanes(ax: Any, nights: Sequence[str], stations: Sequence[str]) -> None:
    """Stations along the left edge, the first of a night with its date, and a line between nights."""
    many = len(nights) > 1
    names = [f"{night}  {name}" if many and name == stations[0] else name for night in nights for name in stations]
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.set_ylim(len(names) - _HALF_LANE, -_HALF_LANE)
    for place in range(len(stations), len(names), len(stations)):
        ax.axhline(place - _HALF_LANE, color="0.4", lw=0.6, zorder=1)


def _season_panel(ax: Any, document: Document, station: str, rows: Sequence[Row], scale: Any) -> None:
    stretches = [(parse_utc(start), parse_utc(stop)) for start, stop in document["dark"].get(station, ())]
    first_h = _first_hour(stretches)
    parts = [part for start, stop in stretches for part in shared.by_day(start, stop, first_h)]
    boxes = [shared.box(day - 0.5, day + 0.5, start_h, stop_h) for day, start_h, stop_h in parts]
    shared.add_boxes(ax, boxes, label="dark", facecolor=_DARK_COLOUR, edgecolor="none", zorder=0)
    markers = shared.markers_of(_satellites(document))
    for kind in (UNFIT, LEFT_OUT, FLOWN):
        for name, marker in markers.items():
            shown = [row for row in rows if row["satellite"] == name and kind_of(row) == kind]
            _season_points(ax, shown, first_h, marker=marker, label=kind, style=_style(kind, shown, scale))
    for name, marker in markers.items() if len(markers) > 1 else ():
        ax.plot([], [], marker, ms=4.5, color="white", mec="black", mew=0.8, label=name)
    hours = [hour for _, *ends in parts for hour in ends]
    low_h, high_h = (min(hours), max(hours)) if hours else (first_h, first_h + H_PER_DAY)
    ax.set_ylim(low_h - _PAD_H, high_h + _PAD_H)
    shared.clock_axis(ax.yaxis, low_h, high_h, most=7)
    shared.date_axis(ax)
    start, stop = shared.days_of([document["start_utc"], document["end_utc"]])
    ax.set_xlim(start - 1.0, stop + 0.5)
    ax.set_ylabel(f"{station}\nUTC", fontsize=9)


def _season_points(
    ax: Any, rows: Sequence[Row], first_h: float, *, marker: str, label: str, style: Mapping[str, Any]
) -> None:
    if not rows:
        return
    middles = [parse_utc(row["culmination_utc"]) for row in rows]
    places = [next(shared.by_day(middle, middle, first_h))[:2] for middle in middles]
    days, hours = zip(*places, strict=True)
    size = 3.0 if style["zorder"] == 1 else 18.0
    ax.scatter(days, hours, s=size, marker=marker, label=label, **style)


def _first_hour(stretches: Sequence[tuple[datetime, datetime]]) -> float:
    """Hour of the UTC day [h] in [0, 24) at which the days of a station begin, opposite to the middle of its nights."""
    midnights = [seconds_between(shared.EPOCH, start) + seconds_between(start, stop) / 2.0
                 for start, stop in stretches if seconds_between(start, stop) < SECONDS_PER_DAY]  # fmt: skip
    if not midnights:
        return 0.0
    angles = 2.0 * np.pi * (np.array(midnights) / SECONDS_PER_DAY)
    middle_h = np.angle(np.exp(1j * angles).mean()) / (2.0 * np.pi) * H_PER_DAY
    return float((middle_h - 0.5 * H_PER_DAY) % H_PER_DAY)


def _satellites(document: Document) -> list[str]:
    return sorted(row["satellite"] for row in document["satellites"])


def _simulated_bits(document: Document) -> dict[str, float]:
    """Simulated key [bit] by night; empty where nothing is simulated."""
    outcomes = document.get("simulated") or {}
    found: dict[str, float] = {}
    for row in document["passes"]:
        outcome = outcomes.get(row["pass_id"])
        if outcome is not None and outcome["fault"] is None:
            found[row["night"]] = found.get(row["night"], 0.0) + outcome["secret_bits"]
    return found
