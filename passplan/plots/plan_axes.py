"""What the plots of a plan share: kinds of passes and their colours, times of day and dates as axes, boxes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import ceil, floor
from typing import Any

import numpy as np

from passplan.constants import SECONDS_PER_DAY
from passplan.units import parse_utc, seconds_between

FLOWN, LEFT_OUT, UNFIT = "flown", "could be flown, is not", "cannot be flown"
H_PER_DAY = 24.0
_S_PER_H = 3600.0
_MARKERS = "os^vDPX*<>ph"
_LIGHTEST = 0.12  # of the colours: lighter ones are lost on white
_STEPS_H = (0.25, 0.5, 1.0, 2.0, 3.0, 6.0)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # from which matplotlib counts its days
_BAR_IN = 0.2
_MARGINS_IN = {"left": 1.5, "right": 1.3, "bottom": 0.95, "top": 0.4}

Row = Mapping[str, Any]


def new_figure(*, height_in: float, width_in: float = 11.0) -> Any:
    """Figure with the same margins [in] whatever its height, which no window shows."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in))
    margins = _MARGINS_IN
    figure.subplots_adjust(
        left=margins["left"] / width_in,
        right=1.0 - margins["right"] / width_in,
        bottom=margins["bottom"] / height_in,
        top=1.0 - margins["top"] / height_in,
        hspace=0.12,
    )
    return figure


def kind_of(row: Row) -> str:
    """Whether a pass is flown, could be flown, or cannot be."""
    if row["is_chosen"]:
        return FLOWN
    return UNFIT if row["key_bits"] is None else LEFT_OUT


def kbit(row: Row) -> float:
    """Expected key [kbit] of a pass; 0 where nothing is expected."""
    return (row["expected_bits"] or 0.0) * 1e-3  # bit to kbit


def hours_of(when: str, night: str) -> float:
    """Hours [h] of an instant since 0 h UTC of a night's date."""
    return seconds_between(parse_utc(night), parse_utc(when)) / _S_PER_H


def span_h(row: Row) -> tuple[float, float]:
    """From and to of a pass in hours [h] of its night's date: its window where it has one, else rise and set."""
    names = ("rise_utc", "set_utc") if row["start_utc"] is None else ("start_utc", "stop_utc")
    return hours_of(row[names[0]], row["night"]), hours_of(row[names[1]], row["night"])


def by_day(start: datetime, stop: datetime, first_h: float) -> Iterator[tuple[int, float, float]]:
    """Parts of a time by the day, which begins so many hours after 0 h UTC: day since 1970, from and to [h]."""
    start_h, stop_h = (seconds_between(EPOCH, when) / _S_PER_H for when in (start, stop))
    first, last = (floor((hour - first_h) / H_PER_DAY) for hour in (start_h, stop_h))
    for day in range(first, last + 1):
        low_h = day * H_PER_DAY
        yield day, max(start_h - low_h, first_h), min(stop_h - low_h, first_h + H_PER_DAY)


def days_of(dates: Iterable[str]) -> list[float]:
    """Days since 1970 of ISO 8601 dates or instants, as matplotlib counts them."""
    return [seconds_between(EPOCH, parse_utc(date)) / SECONDS_PER_DAY for date in dates]


def colours_for(rows: Iterable[Row]) -> Any:
    """Colour scale [kbit] from no key to the most of these passes."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    shades = ListedColormap(colormaps["viridis_r"](np.linspace(_LIGHTEST, 1.0, 256)))
    return ScalarMappable(norm=Normalize(0.0, max(map(kbit, rows), default=0.0) or 1.0), cmap=shades)


def markers_of(satellites: Sequence[str]) -> dict[str, str]:
    """Marker of each satellite; beyond twelve they repeat."""
    return {name: _MARKERS[index % len(_MARKERS)] for index, name in enumerate(satellites)}


def box(left: float, right: float, low: float, high: float) -> list[tuple[float, float]]:
    """Corners of a box."""
    return [(left, low), (left, high), (right, high), (right, low)]


def add_boxes(ax: Any, boxes: Sequence[Any], **style: Any) -> None:
    """Add boxes of one style, or of a style each, as one collection."""
    from matplotlib.collections import PolyCollection

    if boxes:
        ax.add_collection(PolyCollection(boxes, **style), autolim=False)


def clock_axis(axis: Any, low_h: float, high_h: float, *, most: int = 13) -> None:
    """Ticks at round times of day, on through midnight, and so many at most."""
    step_h = next((step for step in _STEPS_H if (high_h - low_h) / step <= most - 1), _STEPS_H[-1])
    ticks = [step_h * n for n in range(ceil(low_h / step_h), floor(high_h / step_h) + 1)]
    texts = [f"{int(tick % H_PER_DAY):02d}:{round(60 * (tick % 1.0)):02d}" for tick in ticks]
    axis.set_ticks(ticks, texts, fontsize=8)


def date_axis(ax: Any) -> None:
    """Dates along the bottom."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=12)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def finish(panels: Sequence[Any], colours: Any) -> None:
    """Colour bar [kbit] beside the panels, and below them one legend of all kinds and satellites."""
    figure, last = panels[0].figure, panels[-1]
    drawn = [panel.get_legend_handles_labels() for panel in panels]
    handles = {label: handle for pair in drawn for handle, label in zip(*pair, strict=True)}
    last.legend(handles.values(), handles.keys(), fontsize=8, ncols=8, frameon=False, loc="upper left",
                bbox_to_anchor=(0.0, 0.0), bbox_transform=_below(last), borderaxespad=0.0)  # fmt: skip
    height_in = (panels[0].get_position().y1 - last.get_position().y0) * figure.get_figheight()
    bar = figure.colorbar(colours, ax=list(panels), pad=0.015, fraction=0.03, aspect=max(height_in / _BAR_IN, 5.0))
    bar.set_label("expected key [kbit]", fontsize=9)
    bar.ax.tick_params(labelsize=8)
    bar.formatter = "{x:,.0f}"


def _below(ax: Any) -> Any:
    """Where the axis label ends: the left end of the axes, half an inch lower."""
    from matplotlib.transforms import ScaledTranslation

    return ax.transAxes + ScaledTranslation(0.0, -0.5, ax.figure.dpi_scale_trans)
