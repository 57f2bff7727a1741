"""Seeded weathers: in which of them a window has a clear sky, with clouds that keep over hours.

The weather of a station is renewed at random moments, on average once in the correlation time; in between the same
number between 0 and 1 decides, cloudy where it is below the probability of cloud. So every hour is cloudy as often as
the table says, however that changes, and under a constant probability the correlation of cloud falls as exp(-t / tau)
exactly: at the correlation time it is 1/e. Stations are independent unless a table has members, which all stations
share.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from math import inf

import numpy as np

from passplan.checks import FloatArray, within
from passplan.schedule.weather import CloudTable, clear_chances, parts_of
from passplan.schedule.window import Window


def with_weather(windows: Sequence[Window], table: CloudTable, *, epoch_utc: datetime) -> tuple[Window, ...]:
    """Return the windows with the clear chance [1] that a table gives them; their times count from ``epoch_utc`` [s].

    Raises
    ------
    UnknownName, DomainError
        If a station is not in the table, or a window is not covered by it.
    """
    starts, stops = _edges(windows)
    clear = clear_chances(table, [window.station for window in windows], starts, stops, epoch_utc=epoch_utc)
    return tuple(replace(window, clear=float(chance)) for window, chance in zip(windows, clear, strict=True))


def draw_weathers(
    windows: Sequence[Window],
    table: CloudTable,
    *,
    epoch_utc: datetime,
    weathers: int,
    correlation_s: float,
    rng: np.random.Generator,
) -> FloatArray:
    """Clear share of each window in each of some weathers.

    Parameters
    ----------
    windows : sequence of Window
        Their times count from ``epoch_utc`` [s].
    table : CloudTable
        Probability of cloud; weathers take its members in turn.
    epoch_utc : datetime
        Aware epoch of the windows.
    weathers : int
        How many to draw, >= 1.
    correlation_s : float
        Time [s] over which the correlation of a station's clouds falls to 1/e, > 0.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray, shape (weathers, windows)
        Share of the window that is clear [1], in [0, 1]: 0 or 1 where it lies in one step of the table.

    Raises
    ------
    UnknownName, DomainError
        If a station is not in the table, or a window is not covered by it.
    """
    within("weathers", weathers, 1.0, inf, ends="[)")
    within("correlation_s", correlation_s, 0.0, inf, ends="()")
    starts, stops = _edges(windows)
    parts = parts_of(table, [window.station for window in windows], starts, stops, epoch_utc=epoch_utc)
    members = np.arange(weathers) % len(table.cloud)
    clear = np.empty((weathers, len(parts.step)))
    for row in range(len(table.stations)):  # all stations and steps, so that other windows see the same weathers
        decides = _kept_numbers(table.time_s, weathers, correlation_s, rng)
        own = np.flatnonzero(parts.row[parts.stretch] == row)
        clear[:, own] = (decides >= table.cloud[members, row])[:, parts.step[own]]
    return np.clip(parts.sums(clear), 0.0, 1.0)


def _kept_numbers(time_s: FloatArray, weathers: int, correlation_s: float, rng: np.random.Generator) -> FloatArray:
    """Numbers in [0, 1) at rising times that are kept or drawn anew, shape (weathers, times)."""
    fresh = rng.random((weathers, len(time_s)))
    is_kept = rng.random((weathers, len(time_s))) < np.exp(-np.diff(time_s, prepend=-inf) / correlation_s)
    drawn = np.where(is_kept, 0, np.arange(len(time_s)))
    return np.take_along_axis(fresh, np.maximum.accumulate(drawn, axis=1), axis=1)


def _edges(windows: Sequence[Window]) -> tuple[FloatArray, FloatArray]:
    starts, stops = (np.array([getattr(window, edge) for window in windows]) for edge in ("start_s", "stop_s"))
    return starts, stops
