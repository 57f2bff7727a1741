"""Profiles of many candidates: geometry, light, loss and clicks on coarse grids, in pieces that processes can share."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray
from passplan.constants import SECONDS_PER_DAY
from passplan.mission.campaign_candidates import Candidate
from passplan.mission.campaign_scenario import CampaignScenario
from passplan.mission.keyhole_path import keyhole_outages_of, keyhole_reach_s, may_meet_keyhole
from passplan.mission.link_batch import PlannedPass, clicks_of_many
from passplan.mission.planned_calibration import Calibration
from passplan.mission.planned_key import LATE_S, KeyRule, PlannedProfile, key_rule_of, running_sums
from passplan.mission.planned_pairs import Pair
from passplan.mission.polarization_path import polarization_of, unknown_deg_of
from passplan.mission.selection import Selection
from passplan.orbit.conditions import Interval
from passplan.orbit.light import light_conditions
from passplan.orbit.passes import Pass
from passplan.orbit.processes import spread_over
from passplan.orbit.track import Track, track
from passplan.polarization.angle_knowledge import expected_error
from passplan.polarization.error_rate import combined_error, error_of_contrast
from passplan.units import seconds_between, to_rad

STEP_S = 4.0  # of the grids: rates are straight between, which changes counts by less than 2 in 10,000
_AT_ONCE = 40  # passes of one piece: its arrays stay small, its Earth rotation is shared
_EDGE_S = 1e-3  # between the last instant before a keyhole and the first in it
_MIXED_S = (
    0.5  # the full chain gets hardly any light out of a second in which lock comes or goes: half of it on average
)
_FLIGHT_KM_S = 7.5  # of a low satellite across the sky of a station
_SLOW_TURN_S = 20.0
_ZENITH_OFFSETS_S = np.geomspace(0.25, 40.0, 24)

Stretches = tuple[tuple[float, float], ...]


def profiles_of(
    scenario: CampaignScenario,
    pairs: Sequence[Pair],
    calibrations: Mapping[tuple[str, str], Calibration],
    *,
    jobs: int = 1,
) -> tuple[PlannedProfile, ...]:
    """Profiles of all candidates of the pairs, in the order in which `pairs_of` was given them.

    Parameters
    ----------
    scenario : CampaignScenario
        Its start is the epoch of all times [s].
    pairs : sequence of Pair
        From `pairs_of`.
    calibrations : mapping
        From `calibrations_of`.
    jobs : int
        Processes, >= 1; the result does not depend on it.

    Raises
    ------
    DomainError
        If an input lies outside a model's range, or the proof does not suit the source.
    """
    epoch_utc = scenario.campaign.start
    pieces = list(_pieces(pairs, calibrations, epoch_utc))
    found: dict[int, PlannedProfile] = {}
    with spread_over(max(min(jobs, len(pieces)), 1)) as spread:
        for piece, profiles in zip(pieces, spread(_profiles, pieces), strict=True):
            found |= zip(piece.places, profiles, strict=True)
    return tuple(found[place] for place in sorted(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Candidates of one pair and one element set, whose instants make one grid."""

    selection: Selection
    candidates: tuple[Candidate, ...]
    places: tuple[int, ...]
    calibration: Calibration | None
    stretches: tuple[Stretches, ...]
    epoch_utc: datetime


def _pieces(
    pairs: Sequence[Pair],
    calibrations: Mapping[tuple[str, str], Calibration],
    epoch_utc: datetime,
) -> Iterator[_Piece]:
    for pair in pairs:
        by_set: dict[object, list[int]] = {}
        for number, candidate in enumerate(pair.candidates):
            by_set.setdefault(candidate.pass_.elements, []).append(number)
        for numbers in by_set.values():
            for first in range(0, len(numbers), _AT_ONCE):
                part = numbers[first : first + _AT_ONCE]
                yield _Piece(
                    selection=pair.selection,
                    candidates=tuple(pair.candidates[number] for number in part),
                    places=tuple(pair.places[number] for number in part),
                    calibration=calibrations.get(pair.name),
                    stretches=tuple(
                        tuple(_seconds(interval, epoch_utc) for interval in pair.key_intervals[number])
                        for number in part
                    ),
                    epoch_utc=epoch_utc,
                )


def _profiles(piece: _Piece) -> list[PlannedProfile]:
    """Profiles of one piece: one track, one light, one link over the instants of all its passes."""
    selection, rule = piece.selection, key_rule_of(piece.selection)
    stretches = piece.stretches
    seen = [number for number, each in enumerate(stretches) if each]
    empty = [_empty(piece, each, rule) for each in piece.candidates]
    if not seen or piece.calibration is None:
        return empty
    outages = [_outages(piece, piece.candidates[number], piece.calibration) for number in seen]
    grids = [
        _grid(stretches[number], lost, _near_zenith_s(piece.candidates[number].pass_, piece.epoch_utc))
        for number, lost in zip(seen, outages, strict=True)
    ]
    edges = np.concatenate([[0], np.cumsum([grid.size for grid in grids])])
    elements, station = piece.candidates[0].pass_.elements, selection.site.station
    path = track(elements, station, start_utc=piece.epoch_utc, time_s=np.concatenate(grids))
    rates = _rates(piece, piece.calibration, path, edges, outages)
    for index, number in enumerate(seen):
        part = slice(edges[index], edges[index + 1])
        empty[number] = _filled(empty[number], path, rates, part, stretches[number], piece.calibration.lock_delay_s)
    return empty


def _rates(
    piece: _Piece, calibration: Calibration, path: Track, edges: NDArray[np.int_], outages: Sequence[Stretches]
) -> FloatArray:
    """Clicks and errors a second at every instant, shape (n, 2, 2, K)."""
    elevation_deg = path.elevation_deg
    locked = calibration.at("locked", elevation_deg)
    for begin_s, end_s in (span for each in outages for span in each):
        locked = np.where((path.time_s > begin_s) & (path.time_s < end_s), 0.0, locked)
    planned = PlannedPass(
        track=path,
        light=light_conditions(path, piece.selection.site.station),
        satellite_error=calibration.pointing_at("satellite", elevation_deg),
        ground_error=calibration.pointing_at("ground", elevation_deg),
        error_polarization=_polarization_error(piece.selection, calibration, path, edges),
        locked=locked,
    )
    clicks = clicks_of_many(
        piece.selection,
        [planned],
        jitter_correlation_s=calibration.correlation_s,
        ground_correlation_s=calibration.ground_correlation_s,
    )[0]
    return np.moveaxis(np.stack([clicks.clicks, clicks.errors]), -1, 0)


def _polarization_error(
    selection: Selection, calibration: Calibration, path: Track, edges: NDArray[np.int_]
) -> FloatArray:
    """Probability of the wrong port in both bases, shape (2, n).

    What plates and optics leave is the calibration's; what the age of the element set leaves is each pass's own. A
    receiver that steers by its counts, or not at all, is followed along each pass.
    """
    receiver = selection.site.polarization
    parts = [_part(path, slice(first, stop)) for first, stop in pairwise(edges.tolist())]
    if receiver.feedback is not None or not receiver.compensated:
        return np.concatenate([polarization_of(selection, each).error for each in parts], axis=1)
    if _goes_over_the_top(selection):
        each_deg = [unknown_deg_of(selection, each, age_days=each.elements_age_days) for each in parts]
        unknown_deg = np.concatenate(each_deg)
    else:
        ages = np.repeat([each.elements_age_days for each in parts], np.diff(edges))
        unknown_deg = unknown_deg_of(selection, path, age_days=ages)
    plates = np.stack([calibration.at(f"{basis}_plates_error", path.elevation_deg) for basis in ("key", "test")])
    known = combined_error(plates, expected_error(unknown_deg))
    return combined_error(known, error_of_contrast(receiver.intrinsic_contrast))


def _goes_over_the_top(selection: Selection) -> bool:
    """Whether the way of the mount through a pass has to be planned to know how it turns the polarization."""
    mount = selection.site.apt.coarse.mount
    return mount is not None and mount.elevation_range_deg[1] > 90.0


def _part(path: Track, part: slice) -> Track:
    """Some instants of a track, with the age of the element set at the first of them."""
    arrays: dict[str, Any] = {name: array[part] for name, array in path.arrays().items()}
    age_days = path.elements_age_days + (arrays["time_s"][0] - path.time_s[0]) / SECONDS_PER_DAY
    return replace(path, **arrays, elements_age_days=float(age_days))


def _outages(piece: _Piece, candidate: Candidate, calibration: Calibration) -> Stretches:
    """Times [s] since the epoch in which the station's mount has lost the satellite near the zenith."""
    pass_ = candidate.pass_
    if not may_meet_keyhole(piece.selection, pass_):
        return ()
    reach_s = keyhole_reach_s(piece.selection)
    middle_s = seconds_between(piece.epoch_utc, pass_.culmination_utc)
    first_s = max(seconds_between(piece.epoch_utc, pass_.rise_utc), middle_s - reach_s)
    last_s = min(seconds_between(piece.epoch_utc, pass_.set_utc), middle_s + reach_s)
    times = np.linspace(first_s, last_s, max(int(last_s - first_s), 4))
    path = track(pass_.elements, piece.selection.site.station, start_utc=piece.epoch_utc, time_s=times)
    found = keyhole_outages_of(piece.selection, path)
    return tuple(
        (begin_s - _MIXED_S - LATE_S, end_s + calibration.relock_delay_s + _MIXED_S - LATE_S)
        for begin_s, end_s in found
    )


def _grid(stretches: Stretches, outages: Stretches, near_zenith_s: FloatArray) -> FloatArray:
    """Instants [s] from the first start to the last stop, with both sides of the edges of outages."""
    first_s, last_s = stretches[0][0], stretches[-1][1]
    even = np.linspace(first_s, last_s, max(int(np.ceil((last_s - first_s) / STEP_S)), 1) + 1)
    edges = [edge + side for span in outages for edge in span for side in (-_EDGE_S, _EDGE_S)]
    more = np.concatenate([edges, near_zenith_s])
    return np.unique(np.concatenate([even, more[(more > first_s) & (more < last_s)]]))


def _near_zenith_s(pass_: Pass, epoch_utc: datetime) -> FloatArray:
    """Further instants [s] about the culmination of a high pass, where angles turn within seconds; else none.

    The time in which they turn is that in which the satellite flies its distance from the zenith.
    """
    turn_s = pass_.min_range_km * float(np.cos(to_rad(pass_.max_elevation_deg))) / _FLIGHT_KM_S
    if turn_s > _SLOW_TURN_S:
        return np.zeros(0)
    middle_s = seconds_between(epoch_utc, pass_.culmination_utc)
    return np.concatenate([middle_s - _ZENITH_OFFSETS_S, [middle_s], middle_s + _ZENITH_OFFSETS_S])


def _filled(
    bare: PlannedProfile, path: Track, rates: FloatArray, part: slice, stretches: Stretches, lock_delay_s: float
) -> PlannedProfile:
    time_s, azimuth_rad, elevation_rad = (
        path.time_s[part],
        to_rad(path.azimuth_deg[part]),
        to_rad(path.elevation_deg[part]),
    )
    level = np.cos(elevation_rad)
    station = [level * np.sin(azimuth_rad), level * np.cos(azimuth_rad), np.sin(elevation_rad)]
    usable_s = [_seconds(interval, bare.epoch_utc) for interval in bare.candidate.intervals]
    own = rates[part].copy()
    return replace(
        bare,
        stretches=stretches,
        contacts=tuple(
            (max(begin_s - lock_delay_s, max(start for start, _ in usable_s if start <= begin_s)), end_s)
            for begin_s, end_s in stretches
        ),
        time_s=time_s.copy(),
        azimuth_deg=path.azimuth_deg[part].copy(),
        elevation_deg=path.elevation_deg[part].copy(),
        range_km=path.range_km[part].copy(),
        rates=own,
        sums=running_sums(time_s, own),
        station_sight=np.stack(station, axis=-1),
        satellite_sight=_sight_from_orbit(_part(path, part)),
        lock_delay_s=lock_delay_s,
    )


def _empty(piece: _Piece, candidate: Candidate, rule: KeyRule) -> PlannedProfile:
    nothing = np.zeros(0)
    return PlannedProfile(
        candidate=candidate,
        epoch_utc=piece.epoch_utc,
        rule=rule,
        stretches=(),
        contacts=(),
        **dict.fromkeys(("time_s", "azimuth_deg", "elevation_deg", "range_km"), nothing),
        **dict.fromkeys(("rates", "sums"), np.zeros((0, 2, 2, len(rule.intensities)))),
        **dict.fromkeys(("station_sight", "satellite_sight"), np.zeros((0, 3))),
        lock_delay_s=0.0,
    )


def _sight_from_orbit(path: Track) -> FloatArray:
    """Unit vectors from satellite to station along outward, along and across of the orbit, shape (n, 3)."""
    outward = path.satellite_position_km / np.linalg.norm(path.satellite_position_km, axis=1, keepdims=True)
    across = np.cross(path.satellite_position_km, path.satellite_velocity_km_s)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    sight = path.station_position_km - path.satellite_position_km
    sight /= np.linalg.norm(sight, axis=1, keepdims=True)
    axes = (outward, np.cross(across, outward), across)
    return np.stack([np.einsum("ij,ij->i", sight, axis) for axis in axes], axis=-1)


def _seconds(interval: Interval, epoch_utc: datetime) -> tuple[float, float]:
    return seconds_between(epoch_utc, interval.start_utc), seconds_between(epoch_utc, interval.end_utc)
