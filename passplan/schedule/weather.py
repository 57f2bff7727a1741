"""Probability of cloud by station and time: a forecast with or without members, or a climatology of months and hours.

The value of a row stands from its time until the next row's, in a climatology for the whole hour of the day. The clear
chance of a stretch is one less the mean over its seconds: a contact of some minutes mostly lies in one hour, and where
it does not, each hour counts with its part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.checks import FloatArray, freeze, one_of, same_length, within
from passplan.errors import DomainError
from passplan.units import add_seconds, as_utc, format_utc, seconds_between

_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CloudTable:
    """Probability of cloud over a span of time.

    stations : names
    epoch_utc : from which times count, aware
    time_s : from when each step stands [s since the epoch], rising, shape (steps,), read-only
    end_s : until when the last one stands [s since the epoch]
    cloud : probability [1], in [0, 1], shape (members, stations, steps), read-only; members are equally likely
    source : file it was read from, for messages
    """

    stations: tuple[str, ...]
    epoch_utc: datetime
    time_s: FloatArray
    end_s: float
    cloud: FloatArray
    source: str = "weather"

    def __post_init__(self) -> None:
        as_utc(self.epoch_utc, what="epoch_utc")
        within("CloudTable.cloud", self.cloud, 0.0, 1.0)
        same_length(cloud=self.cloud, time_s=self.time_s)
        if self.cloud.ndim != 3 or self.cloud.shape[1] != len(self.stations) or not self.cloud.size:
            raise DomainError(f"cloud has the shape {self.cloud.shape}, must be (members, {len(self.stations)}, steps)")
        if not (np.diff(np.append(self.time_s, self.end_s)) > 0.0).all():
            raise DomainError("time_s must rise, up to end_s")
        freeze(self.time_s, self.cloud)

    def over(self, start_utc: datetime, end_utc: datetime) -> "CloudTable":
        """Return the table itself, if it covers a span.

        Raises
        ------
        DomainError
            If it begins later or ends sooner.
        """
        first_utc, last_utc = (add_seconds(self.epoch_utc, edge_s) for edge_s in (self.time_s[0], self.end_s))
        if start_utc < first_utc or end_utc > last_utc:
            raise DomainError(
                f"{self.source}: covers {format_utc(first_utc)} to {format_utc(last_utc)}, "
                f"must cover {format_utc(start_utc)} to {format_utc(end_utc)}"
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Climatology:
    """Probability of cloud by month and hour of the day.

    stations : names
    cloud : probability [1], in [0, 1], shape (stations, 12, 24): January first, hours of UTC; read-only
    source : file it was read from, for messages
    """

    stations: tuple[str, ...]
    cloud: FloatArray
    source: str = "weather"

    def __post_init__(self) -> None:
        within("Climatology.cloud", self.cloud, 0.0, 1.0)
        if self.cloud.shape != (len(self.stations), 12, 24):
            raise DomainError(f"cloud has the shape {self.cloud.shape}, must be ({len(self.stations)}, 12, 24)")
        freeze(self.cloud)

    def over(self, start_utc: datetime, end_utc: datetime) -> CloudTable:
        """Table of the hours that a span touches, each with the value of its month and hour of the day."""
        first_utc = as_utc(start_utc).replace(minute=0, second=0, microsecond=0)
        count = max(1, int(np.ceil(seconds_between(first_utc, end_utc) / _HOUR_S)))
        hours = [first_utc + timedelta(hours=step) for step in range(count)]
        months, of_day = (np.array(part) for part in zip(*((each.month - 1, each.hour) for each in hours), strict=True))
        return CloudTable(
            stations=self.stations,
            epoch_utc=first_utc,
            time_s=np.arange(count, dtype=np.float64) * _HOUR_S,
            end_s=count * _HOUR_S,
            cloud=self.cloud[None, :, months, of_day].copy(),
            source=self.source,
        )


def same_clouds(stations: Sequence[str], cloud: float, *, source: str = "weather") -> Climatology:
    """One probability of cloud [1], in [0, 1], for every station and hour."""
    within("cloud", cloud, 0.0, 1.0)
    return Climatology(stations=tuple(stations), cloud=np.full((len(stations), 12, 24), float(cloud)), source=source)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """Which steps of a table stretches of time lie in, one entry for each step that a stretch touches.

    stretch, step : which touches which, by rising stretch, shape (parts,)
    share : part of the stretch in that step [1], shape (parts,); the shares of a stretch add to 1
    row : of the table's stations for each stretch, shape (stretches,)
    """

    stretch: NDArray[np.intp]
    step: NDArray[np.intp]
    share: FloatArray
    row: NDArray[np.intp]

    def sums(self, values: FloatArray) -> FloatArray:
        """Sum of shares times values over the parts of each stretch; ``values`` has shape (..., parts)."""
        if not len(self.row):
            return np.zeros((*values.shape[:-1], 0))
        firsts = np.flatnonzero(np.diff(self.stretch, prepend=-1))
        return np.asarray(np.add.reduceat(values * self.share, firsts, axis=-1), dtype=float)


def parts_of(
    table: CloudTable, stations: Sequence[str], start_s: ArrayLike, stop_s: ArrayLike, *, epoch_utc: datetime
) -> Parts:
    """Steps of a table that stretches over stations touch.

    Parameters
    ----------
    table : CloudTable
        Probability of cloud.
    stations : sequence of str
        Station of each stretch.
    start_s, stop_s : array_like, shape (stretches,)
        From and to [s since ``epoch_utc``], start < stop.
    epoch_utc : datetime
        Aware epoch of the stretches.

    Raises
    ------
    UnknownName
        If a station is not in the table.
    DomainError
        If a stretch is not covered by it.
    """
    rows = {name: table.stations.index(one_of("station", name, table.stations)) for name in dict.fromkeys(stations)}
    offset_s = seconds_between(table.epoch_utc, epoch_utc)
    start, stop = (np.asarray(edge_s, dtype=float) + offset_s for edge_s in (start_s, stop_s))
    outside = np.flatnonzero((start < table.time_s[0]) | (stop > table.end_s))
    if outside.size:
        begin, end = (add_seconds(table.epoch_utc, edge[outside[0]]) for edge in (start, stop))
        table.over(begin, end)
    first = np.searchsorted(table.time_s, start, side="right") - 1
    last = np.searchsorted(table.time_s, stop, side="left") - 1
    counts = last - first + 1
    stretch = np.repeat(np.arange(len(start)), counts)
    step = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[stretch]
    edges = np.append(table.time_s, table.end_s)
    inside_s = np.minimum(stop[stretch], edges[step + 1]) - np.maximum(start[stretch], edges[step])
    share = inside_s / (stop - start)[stretch]
    return Parts(
        stretch=stretch, step=step, share=share, row=np.array([rows[name] for name in stations], dtype=np.intp)
    )


def clear_chances(
    table: CloudTable, stations: Sequence[str], start_s: ArrayLike, stop_s: ArrayLike, *, epoch_utc: datetime
) -> FloatArray:
    """Chance of a clear sky over stretches [1], in [0, 1], shape (stretches,): mean over members and over time.

    Parameters
    ----------
    table : CloudTable
        Probability of cloud.
    stations : sequence of str
        Station of each stretch.
    start_s, stop_s : array_like, shape (stretches,)
        From and to [s since ``epoch_utc``], start < stop.
    epoch_utc : datetime
        Aware epoch of the stretches.

    Raises
    ------
    UnknownName, DomainError
        If a station is not in the table, or a stretch is not covered by it.
    """
    parts = parts_of(table, stations, start_s, stop_s, epoch_utc=epoch_utc)
    cloud = table.cloud.mean(axis=0)[parts.row[parts.stretch], parts.step]
    return np.clip(parts.sums(1.0 - cloud), 0.0, 1.0)
