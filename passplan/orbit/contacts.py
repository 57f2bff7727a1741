"""Contacts: stretches of time in which satellites are visible from stations, with their angles."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from passplan.checks import FloatArray
from passplan.orbit.horizon import Sites, look_angles
from passplan.orbit.nodes import Nodes
from passplan.orbit.skyline import clear_stretches
from passplan.orbit.stretches import BoolArray, Crossings, IntArray, Stretches, from_crossings, number_inside
from passplan.orbit.sweep import Events, Turns, sweep


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Contacts, shape (n,) each; times [s] after `nodes.ANCHOR`.

    row, site : number of the element set within a search, later of the object; number of the station
    set_number : of the element set within its object's history
    rise_s, culmination_s, set_s : culmination is the highest instant, at an end when the contact is cut
    rise_azimuth_deg, culmination_azimuth_deg, set_azimuth_deg : [deg] from north over east
    max_elevation_deg : [deg], apparent when refraction is on
    min_range_km : smallest range [km]
    culminations : number of maxima of elevation within
    is_cut_before, is_cut_after : it began before, or goes on after, what was searched
    """

    row: IntArray
    set_number: IntArray
    site: IntArray
    rise_s: FloatArray
    culmination_s: FloatArray
    set_s: FloatArray
    rise_azimuth_deg: FloatArray
    culmination_azimuth_deg: FloatArray
    set_azimuth_deg: FloatArray
    max_elevation_deg: FloatArray
    min_range_km: FloatArray
    culminations: IntArray
    is_cut_before: BoolArray
    is_cut_after: BoolArray

    def __len__(self) -> int:
        return int(self.row.size)

    def take(self, index: IntArray | BoolArray) -> "Contacts":
        """Those of an index."""
        return Contacts(**{item.name: getattr(self, item.name)[index] for item in fields(Contacts)})

    def renumbered(self, row: IntArray) -> "Contacts":
        """The same contacts of other rows."""
        return replace(self, row=row)

    def of_objects(self, objects: Sequence[int], set_numbers: Sequence[int]) -> "Contacts":
        """The same contacts, their rows now objects: of each row of the search its object and its set's number."""
        owner, number = (np.array(each, dtype=np.intp) for each in (objects, set_numbers))
        return replace(self, row=owner[self.row], set_number=number[self.row]) if len(self) else self


def no_contacts() -> Contacts:
    """Contacts of a search that found none."""
    kinds: dict[str, Any] = dict.fromkeys(("row", "set_number", "site", "culminations"), np.intp)
    kinds |= dict.fromkeys(("is_cut_before", "is_cut_after"), np.bool_)
    return Contacts(**{item.name: np.zeros(0, dtype=kinds.get(item.name, float)) for item in fields(Contacts)})


def joined(parts: Sequence[Contacts]) -> Contacts:
    """All contacts of several searches, one after the other."""
    kept = [part for part in parts if len(part)] or [no_contacts()]
    if len(kept) == 1:
        return kept[0]
    return Contacts(
        **{item.name: np.concatenate([getattr(part, item.name) for part in kept]) for item in fields(Contacts)}
    )


def contacts_of(nodes: Nodes, sites: Sites, *, start_s: float, end_s: float, max_range_km: float | None) -> Contacts:
    """Contacts of every row of nodes with every site within a window [s after `nodes.ANCHOR`].

    Sorted by row, site and time; those of one pair never overlap.
    """
    events = sweep(nodes, sites, max_range_km=max_range_km)
    visible = _visible(events, nodes, sites, start_s, end_s, max_range_km)
    for index in range(len(sites)):
        if sites.is_uneven(index):
            visible = clear_stretches(visible, index, nodes, sites)
    return _told(visible, events, nodes, sites, start_s, end_s)


def _visible(
    events: Events, nodes: Nodes, sites: Sites, start_s: float, end_s: float, max_range_km: float | None
) -> Stretches:
    """Stretches high enough and near enough."""
    rows = np.arange(nodes.radius_km.shape[0])
    pairs = rows.size * len(sites)
    # Where nothing crosses within the window its middle speaks for all of it; its ends may lie on a crossing.
    relative_km = nodes.at(rows, np.full(rows.size, 0.5 * (start_s + end_s)))[:, None, :] - sites.position_km
    height_km = np.einsum("nsk,sk->ns", relative_km, sites.up)
    above = height_km >= sites.floor_sine * np.sqrt(np.einsum("nsk,nsk->ns", relative_km, relative_km))
    window = np.full(pairs, start_s), np.full(pairs, end_s)
    high = from_crossings(events.elevation_crossings, above.ravel(), *window)
    return high if max_range_km is None else _near(high, events.range_crossings, nodes, sites, max_range_km)


def _near(high: Stretches, crossings: Crossings, nodes: Nodes, sites: Sites, max_range_km: float) -> Stretches:
    """The parts of stretches that are near enough; only within them all crossings of the range are known."""
    number = number_inside(high, crossings.pair, crossings.time_s)
    kept = number >= 0
    found = Crossings(pair=number[kept], time_s=crossings.time_s[kept], upward=crossings.upward[kept])
    row, site = np.divmod(high.pair, max(len(sites), 1))
    middle_s = 0.5 * (high.start_s + high.end_s)
    is_near = look_angles(sites, site, nodes.at(row, middle_s))[2] <= max_range_km
    near = from_crossings(found, is_near, high.start_s, high.end_s)
    return Stretches(high.pair[near.pair], near.start_s, near.end_s)


def _told(visible: Stretches, events: Events, nodes: Nodes, sites: Sites, start_s: float, end_s: float) -> Contacts:
    """Contacts of stretches: their highest and nearest instants, and the angles."""
    row, site = np.divmod(visible.pair, max(len(sites), 1))
    count, highest = _best(events.culminations, visible, events.culminations.sine)
    _, nearest = _best(events.approaches, visible, -events.approaches.range_km)
    has_top, has_nearest = highest >= 0, nearest >= 0
    culmination_s = visible.start_s.copy()
    culmination_s[has_top] = events.culminations.time_s[highest[has_top]]
    times_s = np.concatenate((visible.start_s, culmination_s, visible.end_s))
    looks = look_angles(sites, np.tile(site, 3), nodes.at(np.tile(row, 3), times_s))
    (rise_az, top_az, set_az), (rise_deg, top_deg, set_deg), (rise_km, _, set_km) = (
        np.split(each, 3) for each in looks
    )
    for end_s_, az, deg in ((visible.start_s, rise_az, rise_deg), (visible.end_s, set_az, set_deg)):
        higher = deg > top_deg
        culmination_s[higher], top_az[higher], top_deg[higher] = end_s_[higher], az[higher], deg[higher]
    min_range_km = np.minimum(rise_km, set_km)
    between_km = events.approaches.range_km[nearest[has_nearest]]
    min_range_km[has_nearest] = np.minimum(min_range_km[has_nearest], between_km)
    return Contacts(
        row=row,
        set_number=np.zeros_like(row),
        site=site,
        rise_s=visible.start_s,
        culmination_s=culmination_s,
        set_s=visible.end_s,
        rise_azimuth_deg=rise_az,
        culmination_azimuth_deg=top_az,
        set_azimuth_deg=set_az,
        max_elevation_deg=sites.shown_deg(site, top_deg),
        min_range_km=min_range_km,
        culminations=count,
        is_cut_before=visible.start_s <= start_s,
        is_cut_after=visible.end_s >= end_s,
    )


def _best(turns: Turns, visible: Stretches, merit: FloatArray) -> tuple[IntArray, IntArray]:
    """Number of the turns within each stretch, and the index of the one of greatest merit, -1 where there is none."""
    number = number_inside(visible, turns.pair, turns.time_s)
    kept = np.flatnonzero(number >= 0)
    order = kept[np.argsort(merit[kept], kind="stable")]
    best = np.full(len(visible), -1)
    best[number[order]] = order  # of several assignments the last one stays
    return np.bincount(number[kept], minlength=len(visible)).astype(np.intp), best
