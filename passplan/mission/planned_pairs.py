"""Pairs of satellite and station with the records that their candidates share, and the calibration of each pair."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np

from passplan.apt.compilation import compile_now
from passplan.mission.campaign_candidates import Candidate, station_file
from passplan.mission.campaign_scenario import CampaignScenario
from passplan.mission.catalog import Catalog, load_site, night_of
from passplan.mission.link import with_options
from passplan.mission.planned_calibration import Calibration, calibrate
from passplan.mission.result import RunOptions
from passplan.mission.selection import Selection, selection_of
from passplan.orbit.conditions import Conditions, Interval
from passplan.orbit.passes import Pass
from passplan.orbit.processes import spread_over
from passplan.orbit.usability import usable
from passplan.units import seconds_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Candidates of one satellite over one station under the same records.

    selection : the records, with what the scenario sets; its pass is that of the first candidate
    candidates : in order of rise
    key_intervals : time in which the rules of light leave each and the satellite is near enough for key
    places : place of each among all candidates
    """

    selection: Selection
    candidates: tuple[Candidate, ...]
    key_intervals: tuple[tuple[Interval, ...], ...]
    places: tuple[int, ...]

    @property
    def name(self) -> tuple[str, str]:
        """Names of satellite and station in the scenario."""
        return self.candidates[0].satellite, self.candidates[0].station


def pairs_of(
    scenario: CampaignScenario, catalog: Catalog, candidates: Sequence[Candidate], *, folder: Path = Path()
) -> tuple[Pair, ...]:
    """Candidates by satellite, station and what the station's file says of single nights, with their records.

    Raises
    ------
    UnknownName
        If there is no payload or station of a name, or no such proof.
    InputError
        If a file is wrong.
    """
    options = RunOptions(
        visibility_km=scenario.link.visibility_km,
        max_range_km=scenario.link.max_range_km,
        proof=scenario.key.proof,
    )
    files = {name: station_file(name, folder) for name in scenario.campaign.stations}
    sites = {name: load_site(catalog, file)[0] for name, file in files.items()}
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, candidate in enumerate(candidates):
        night = night_of(sites[candidate.station], candidate.pass_.culmination_utc)
        key = candidate.satellite, candidate.station, None if night is None else night.date
        groups.setdefault(key, []).append(place)
    pairs = []
    for places in groups.values():
        first = selection_of(catalog, candidates[places[0]].pass_, station_files=tuple(files.values()))
        selection, mine = with_options(first, options), tuple(candidates[place] for place in places)
        parts = _key_intervals(mine, scenario.passes, max_range_km=selection.payload.key.max_range_km)
        pairs.append(Pair(selection=selection, candidates=mine, key_intervals=parts, places=tuple(places)))
    return tuple(pairs)


def calibrations_of(
    scenario: CampaignScenario, pairs: Sequence[Pair], *, jobs: int = 1
) -> dict[tuple[str, str], Calibration]:
    """Calibration of each satellite over each station of the pairs, by their names; ``campaign.seed`` is the seed.

    A satellite that never comes within the key window of a station has none. The result does not depend on ``jobs``.
    """
    by_name: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        by_name.setdefault(pair.name, []).append(pair)
    tasks, names = [], []
    for name, mine in by_name.items():
        selection = max(mine, key=lambda pair: len(pair.candidates)).selection
        found = [
            (each.pass_, _since(each.pass_.rise_utc, part[0]), _since(each.pass_.rise_utc, part[-1], end=True))
            for pair in mine
            for each, part in zip(pair.candidates, pair.key_intervals, strict=True)
            if part
        ]
        if found:
            tasks.append((selection, found))
            names.append(name)
    if jobs > 1 and tasks:
        compile_now()
    with spread_over(max(min(jobs, len(tasks)), 1)) as spread:
        return dict(zip(names, spread(partial(_calibrated, scenario.campaign.seed), tasks), strict=True))


def _key_intervals(
    candidates: Sequence[Candidate], conditions: Conditions, *, max_range_km: float
) -> tuple[tuple[Interval, ...], ...]:
    limit_km = min(max_range_km, conditions.max_range_km or np.inf)
    near = [number for number, each in enumerate(candidates) if each.intervals and each.pass_.min_range_km < limit_km]
    asked = replace(conditions, max_range_km=limit_km, min_duration_s=0.0)
    found: list[tuple[Interval, ...]] = [() for _ in candidates]
    both = usable([candidates[number].pass_ for number in near], asked, geometry=True)
    for number, left in zip(near, both, strict=True):
        found[number] = tuple(
            Interval(start_utc=max(one.start_utc, other.start_utc), end_utc=min(one.end_utc, other.end_utc))
            for one in left.intervals
            for other in candidates[number].intervals
            if max(one.start_utc, other.start_utc) < min(one.end_utc, other.end_utc)
        )
    return tuple(found)


def _calibrated(seed: int, task: tuple[Selection, list[tuple[Pass, float, float]]]) -> Calibration:
    selection, stretches = task
    return calibrate(selection, stretches, seed=seed)


def _since(rise_utc: datetime, interval: Interval, *, end: bool = False) -> float:
    return seconds_between(rise_utc, interval.end_utc if end else interval.start_utc)
