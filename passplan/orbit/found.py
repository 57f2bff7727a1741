"""Passes found by a search: columns, and a record of each when it is asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from passplan.orbit.conditions import Conditions, Usability
from passplan.orbit.contacts import Contacts, joined
from passplan.orbit.elements import Elements
from passplan.orbit.rows import instant_of
from passplan.orbit.satellite_pass import Pass
from passplan.orbit.search import Failure
from passplan.orbit.station import Station
from passplan.orbit.stretches import IntArray
from passplan.orbit.usability import usable
from passplan.units import format_utc

if TYPE_CHECKING:
    from astropy.table import QTable
_SHORTEST_S = 1e-4  # shorter ones are rounding
_TABLE = (
    "pass_id", "satellite", "norad_id", "station", "rise_utc", "culmination_utc", "set_utc", "duration_s",
    "rise_azimuth_deg", "culmination_azimuth_deg", "set_azimuth_deg", "max_elevation_deg", "min_range_km",
    "is_truncated", "culminations",
)  # fmt: skip
_SUFFIX_UNITS = (("_deg", "deg"), ("_km", "km"), ("_s", "s"))


@dataclass(frozen=True, slots=True, eq=False)
class Passes(Sequence[Pass]):
    """Passes in order of rise, then of the satellite's and the station's name; a sequence of `Pass`.

    contacts : their columns; ``row`` is the number of the object, ``site`` that of the station
    histories : element sets of each object, oldest first
    stations : the stations
    refraction : model of refraction of the search, None for geometric angles
    usabilities : what the rules of light leave of each, None when there was no rule
    cut_away : passes of which those rules leave nothing
    failures : element sets that gave no position for some of the search
    """

    contacts: Contacts
    histories: tuple[tuple[Elements, ...], ...]
    stations: tuple[Station, ...]
    refraction: str | None = None
    usabilities: tuple[Usability, ...] | None = None
    cut_away: "Passes | None" = None
    failures: tuple[Failure, ...] = ()

    def __len__(self) -> int:
        return len(self.contacts)

    @overload
    def __getitem__(self, index: int) -> Pass: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Pass]: ...

    def __getitem__(self, index: int | slice) -> Pass | Sequence[Pass]:
        """One pass, or a list of them."""
        numbers = range(len(self))[index]
        if isinstance(numbers, int):
            return self._pass(numbers, self._values(slice(numbers, numbers + 1))[0])
        return [self._pass(number, self._values(slice(number, number + 1))[0]) for number in numbers]

    def __iter__(self) -> Iterator[Pass]:
        for number, values in enumerate(self._values(slice(None))):
            yield self._pass(number, values)

    def __eq__(self, other: object) -> bool:
        """Whether the other is a sequence of the same passes."""
        return isinstance(other, Sequence) and len(self) == len(other) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as a list's

    @staticmethod
    def joined(parts: Sequence["Passes"], failures: tuple[Failure, ...]) -> "Passes":
        """Passes of all parts of one search, in order."""
        first = parts[0]
        if len(parts) == 1:
            return replace(first, failures=failures)
        contacts = joined([part.contacts for part in parts])
        ruled = first.usabilities is not None
        usabilities = tuple(item for part in parts for item in part.usabilities or ()) if ruled else None
        whole = replace(first, contacts=contacts, usabilities=usabilities, cut_away=None, failures=failures)
        away = [part.cut_away for part in parts if part.cut_away is not None]
        cut_away = Passes.joined(away, ()) if away else None
        return replace(whole._chosen(_order(whole)), cut_away=cut_away)

    def to_table(self) -> "QTable":
        """Astropy QTable: a row a pass, columns with units, times as texts to the millisecond."""
        from astropy.table import QTable

        table = QTable()
        for name in _TABLE:
            values = [getattr(item, name) for item in self]
            table[name] = [format_utc(when, digits=3) for when in values] if name.endswith("_utc") else values
            table[name].unit = next((unit for suffix, unit in _SUFFIX_UNITS if name.endswith(suffix)), None)
        return table

    def sets(self) -> list[Elements]:
        """Element set from which each pass follows; of a pass that several sets tell, that of its culmination."""
        rows, numbers = self.contacts.row.tolist(), self.contacts.set_number.tolist()
        return [self.histories[row][number] for row, number in zip(rows, numbers, strict=True)]

    def _chosen(self, index: IntArray) -> "Passes":
        usabilities = self.usabilities
        if usabilities is not None:
            usabilities = tuple(usabilities[i] for i in index.tolist())
        return replace(self, contacts=self.contacts.take(index), usabilities=usabilities)

    def _values(self, part: slice) -> list[tuple[Any, ...]]:
        """Plain values of contacts in the order of their fields: indexing arrays one by one is slow."""
        columns = [getattr(self.contacts, item.name)[part].tolist() for item in fields(Contacts)]
        return list(zip(*columns, strict=True))

    def _pass(self, number: int, values: tuple[Any, ...]) -> Pass:
        (
            row, set_number, site, rise_s, culmination_s, set_s, rise_azimuth_deg, culmination_azimuth_deg,
            set_azimuth_deg, max_elevation_deg, min_range_km, culminations, is_cut_before, is_cut_after,
        ) = values  # fmt: skip
        elements = self.histories[row][set_number]
        return Pass(
            satellite=elements.name,
            norad_id=elements.norad_id,
            station=self.stations[site].name,
            rise_utc=instant_of(rise_s),
            culmination_utc=instant_of(culmination_s),
            set_utc=instant_of(set_s),
            rise_azimuth_deg=rise_azimuth_deg,
            culmination_azimuth_deg=culmination_azimuth_deg,
            set_azimuth_deg=set_azimuth_deg,
            max_elevation_deg=max_elevation_deg,
            min_range_km=min_range_km,
            is_truncated=is_cut_before or is_cut_after,
            culminations=culminations,
            elements=elements,
            site=self.stations[site],
            refraction=self.refraction,
            usability=None if self.usabilities is None else self.usabilities[number],
        )


def passes_of(
    contacts: Contacts,
    histories: Sequence[tuple[Elements, ...]],
    stations: tuple[Station, ...],
    conditions: Conditions,
    failures: Sequence[Failure],
) -> Passes:
    """Passes of contacts, those too short left out, and with rules of light those of which nothing can be used."""
    long = contacts.set_s - contacts.rise_s >= max(conditions.min_duration_s, _SHORTEST_S)
    bare = Passes(contacts=contacts.take(long), histories=tuple(histories), stations=stations, failures=tuple(failures))
    bare = bare._chosen(_order(bare))
    if not conditions.has_light_rules:
        return bare
    usabilities = tuple(usable(list(bare), conditions))
    whole = replace(bare, usabilities=usabilities)
    some = np.array([bool(item.intervals) for item in usabilities], dtype=bool)
    away = replace(whole._chosen(np.flatnonzero(~some)), failures=())
    return replace(whole._chosen(np.flatnonzero(some)), cut_away=away)


def _order(passes: Passes) -> IntArray:
    names = [history[0].name for history in passes.histories]
    places = [station.name for station in passes.stations]
    contacts = passes.contacts
    return np.lexsort((_ranks(places)[contacts.site], _ranks(names)[contacts.row], contacts.rise_s))


def _ranks(names: Sequence[str]) -> IntArray:
    """Place of each name in the order of the alphabet."""
    ranks = np.empty(len(names), dtype=np.intp)
    ranks[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return ranks
