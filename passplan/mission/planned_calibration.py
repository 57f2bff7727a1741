"""What the planned key of many passes borrows from a few that are tracked in full: pointing, lock and plates.

The residual of a closed loop hardly depends on the pass: so a few passes of a pair of satellite and station tell it as
a function of elevation, and the others take it from there.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.apt.correlation import fade_correlation_s
from passplan.apt.loop import simulate_link
from passplan.apt.residual import TerminalTrack
from passplan.channel.pointing_loss import PointingError
from passplan.channel.refraction import apparent_elevation_deg
from passplan.checks import FloatArray
from passplan.errors import DomainError, InputError
from passplan.mission.keyhole_path import keyhole_outages_of, keyhole_reach_s, may_meet_keyhole
from passplan.mission.link import ends_of, generators, track_of
from passplan.mission.polarization_path import polarization_of
from passplan.mission.result import RunOptions
from passplan.mission.selection import Selection
from passplan.orbit.passes import Pass
from passplan.orbit.track import Track
from passplan.polarization.analyser import basis_errors
from passplan.units import seconds_between

_EDGES_DEG = np.arange(0.0, 91.0, 10.0)
_SETTLING_S = 2.0  # after a lock, until the residual is that of a loop that has settled
_LEAD_S = 10.0  # tracked before the key window, for the acquisition
_AFTER_KEYHOLE_S = 5.0
_AFTER_CULMINATION_S, _SHORTEST_S = 5.0, 30.0
_POINTING = (
    "satellite_bias_x_urad", "satellite_bias_y_urad", "satellite_jitter_x_urad", "satellite_jitter_y_urad",
    "ground_bias_x_urad", "ground_bias_y_urad", "ground_jitter_x_urad", "ground_jitter_y_urad",
)  # fmt: skip
_COLUMNS = (*_POINTING, "locked", "key_plates_error", "test_plates_error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Pointing, lock and plates of one satellite over one station against elevation; tuples of one length.

    satellite, station : names
    passes : ids of the passes that were tracked
    seed : of their random draws
    elevation_deg : geometric elevations of the values [deg], rising
    satellite_bias_x_urad, ..., ground_jitter_y_urad : mean residual and its rms within and between the seconds, per
        axis, of both ends [urad]
    locked : share of the time in which both ends are locked, acquisition and keyhole aside [1]
    key_plates_error, test_plates_error : probability of the wrong port [1] in both bases from optics and plate motors
        alone: without what the command does not know and without the intrinsic error
    lock_delay_s : from the start of a contact until both ends are locked [s]
    relock_delay_s : from the end of a keyhole until both ends are locked again [s]
    correlation_s, ground_correlation_s : 1/e time of the squared residual of both ends [s]
    """

    satellite: str
    station: str
    passes: tuple[str, ...]
    seed: int
    elevation_deg: tuple[float, ...]
    satellite_bias_x_urad: tuple[float, ...]
    satellite_bias_y_urad: tuple[float, ...]
    satellite_jitter_x_urad: tuple[float, ...]
    satellite_jitter_y_urad: tuple[float, ...]
    ground_bias_x_urad: tuple[float, ...]
    ground_bias_y_urad: tuple[float, ...]
    ground_jitter_x_urad: tuple[float, ...]
    ground_jitter_y_urad: tuple[float, ...]
    locked: tuple[float, ...]
    key_plates_error: tuple[float, ...]
    test_plates_error: tuple[float, ...]
    lock_delay_s: float
    relock_delay_s: float
    correlation_s: float
    ground_correlation_s: float

    def __post_init__(self) -> None:
        count = len(self.elevation_deg)
        for name in _COLUMNS:
            if len(getattr(self, name)) != count or not count:
                raise DomainError(
                    f"Calibration.{name} has {len(getattr(self, name))} values, must have one for each of the "
                    f"{count} elevations, at least one"
                )

    def at(self, name: str, elevation_deg: FloatArray) -> FloatArray:
        """Value of a column at elevations [deg], straight between its own and constant beyond them."""
        return np.interp(elevation_deg, self.elevation_deg, getattr(self, name))

    def pointing_at(self, end: str, elevation_deg: FloatArray) -> PointingError:
        """Bias and jitter of an end, "satellite" or "ground", at elevations [deg], in urad."""
        names = ("bias_x_urad", "bias_y_urad", "jitter_x_urad", "jitter_y_urad")
        return PointingError(**{name: self.at(f"{end}_{name}", elevation_deg) for name in names})

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON document, named as the fields, units in the names (such as urad)."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def calibration_from(values: dict[str, Any]) -> Calibration:
    """Calibration out of what `Calibration.to_dict` gave, through JSON or not.

    Raises
    ------
    InputError
        If names are missing or unknown.
    DomainError
        If lengths do not fit.
    """
    names = {field.name for field in fields(Calibration)}
    if values.keys() != names:
        odd = sorted(values.keys() ^ names)
        raise InputError(f"calibration: {', '.join(odd)} missing or unknown, must hold just {', '.join(sorted(names))}")
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return Calibration(**given)


def calibrate(
    selection: Selection, stretches: Sequence[tuple[Pass, float, float]], *, seed: int, most: int = 2
) -> Calibration:
    """Track a few passes of a satellite over a station, and keep what others can borrow.

    Parameters
    ----------
    selection : Selection
        Records of the pair; its own pass is not used.
    stretches : sequence of (Pass, float, float)
        Passes with the start and stop of their key window [s] after rise, in any order, at least one.
    seed : int
        Of every random draw, >= 0.
    most : int
        How many passes are tracked, >= 1: spread from the lowest to the highest; up to their culminations, and besides
        up to two that may meet the keyhole of the mount, in the time about theirs.

    Raises
    ------
    DomainError
        If there is no pass, or none of those tracked was ever locked.
    """
    if not stretches:
        raise DomainError("stretches is empty, must hold at least one pass to calibrate with")
    chosen = _chosen(selection, stretches, most)
    runs = [_run(selection, *stretch, seed=seed) for stretch in chosen]
    rows = np.concatenate([run.rows for run in runs], axis=1)
    if not rows.shape[1] or not rows[1].any():
        raise DomainError(f"{selection.payload.satellite.name} was never locked in the passes to calibrate with")
    columns = _binned(rows)
    relocks = [run.relock_s for run in runs if np.isfinite(run.relock_s)]
    lock_delay_s = float(np.median([run.lock_delay_s for run in runs if np.isfinite(run.lock_delay_s)]))
    return Calibration(
        satellite=selection.payload.satellite.name,
        station=selection.site.station.name,
        passes=tuple(pass_.pass_id for pass_, _, _ in chosen),
        seed=seed,
        lock_delay_s=lock_delay_s,
        relock_delay_s=float(np.mean(relocks)) if relocks else lock_delay_s,
        correlation_s=float(np.median([run.correlation_s[0] for run in runs])),
        ground_correlation_s=float(np.median([run.correlation_s[1] for run in runs])),
        **{name: tuple(values.tolist()) for name, values in columns.items()},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One tracked pass; rows : elevation [deg], whether locked throughout, then `_COLUMNS`, shape (., seconds)."""

    rows: FloatArray
    lock_delay_s: float
    relock_s: float
    correlation_s: tuple[float, float]


def _chosen(
    selection: Selection, stretches: Sequence[tuple[Pass, float, float]], most: int
) -> list[tuple[Pass, float, float]]:
    """Passes spread from low to high; of those that may meet the keyhole the highest and the middle one, cut short."""
    rising = sorted(stretches, key=lambda each: (each[0].max_elevation_deg, each[0].rise_utc))
    high = [each for each in rising if may_meet_keyhole(selection, each[0])]
    free = [each for each in rising if each not in high] or rising
    places = np.unique(np.linspace(0.0, len(free) - 1.0, 2 * most + 1)[1::2].round().astype(int))
    highest = [high[place] for place in sorted({len(high) // 2, len(high) - 1})] if high else []
    return [_rising_half(*free[place]) for place in places] + [_about_culmination(selection, *each) for each in highest]


def _rising_half(pass_: Pass, start_s: float, stop_s: float) -> tuple[Pass, float, float]:
    """The stretch up to its culmination: the other half sees the same elevations at the same rates."""
    middle_s = seconds_between(pass_.rise_utc, pass_.culmination_utc) + _AFTER_CULMINATION_S
    return pass_, start_s, min(stop_s, middle_s) if middle_s > start_s + _SHORTEST_S else stop_s


def _about_culmination(selection: Selection, pass_: Pass, start_s: float, stop_s: float) -> tuple[Pass, float, float]:
    middle_s, reach_s = seconds_between(pass_.rise_utc, pass_.culmination_utc), keyhole_reach_s(selection)
    first_s = max(start_s, middle_s - reach_s)
    return pass_, first_s, max(min(stop_s, middle_s + reach_s), first_s)


def _run(selection: Selection, pass_: Pass, start_s: float, stop_s: float, *, seed: int) -> _Run:
    lead_s = min(start_s, _LEAD_S)
    rise = pass_.rise_utc + timedelta(seconds=start_s - lead_s)
    down = pass_.rise_utc + timedelta(seconds=max(stop_s, start_s + _SHORTEST_S))
    cut = replace(pass_, rise_utc=rise, set_utc=down, culmination_utc=min(max(pass_.culmination_utc, rise), down))
    here = replace(selection, pass_=cut)
    path = track_of(here)
    apparent_deg = apparent_elevation_deg(elevation_deg=path.elevation_deg)
    tracks = simulate_link(*ends_of(here, path, apparent_deg, RunOptions()), rngs=generators(seed))
    outages = keyhole_outages_of(here, path)
    locked = tracks[0].locked * tracks[1].locked
    first_s = float(np.maximum(tracks[0].acquired_s, tracks[1].acquired_s))
    counted = path.time_s > first_s + _SETTLING_S
    for begin_s, end_s in outages:
        counted &= (path.time_s < begin_s - 1.0) | (path.time_s > end_s + _AFTER_KEYHOLE_S)
    return _Run(
        rows=_rows(here, path, tracks, locked)[:, counted],
        lock_delay_s=first_s - float(path.time_s[0]),
        relock_s=_relock_s(path.time_s, locked, outages),
        correlation_s=(fade_correlation_s(tracks[0]), fade_correlation_s(tracks[1])),
    )


def _rows(
    selection: Selection, path: Track, tracks: tuple[TerminalTrack, TerminalTrack], locked: FloatArray
) -> FloatArray:
    compensation = polarization_of(selection, path).compensation
    plates = basis_errors(compensation.error_driven)
    ends = [
        getattr(track, name)
        for track in tracks
        for name in ("bias_x_urad", "bias_y_urad", "jitter_x_urad", "jitter_y_urad")
    ]
    return np.stack([path.elevation_deg, (locked == 1.0).astype(float), *ends, locked, *plates])


def _binned(rows: FloatArray) -> dict[str, FloatArray]:
    """Means of the seconds in each step of elevation, those of full lock for the pointing."""
    elevation_deg, full = rows[0], rows[1] == 1.0
    number = np.clip(np.digitize(elevation_deg, _EDGES_DEG) - 1, 0, _EDGES_DEG.size - 2)
    bins = [place for place in np.unique(number) if np.any(full & (number == place))]
    values = dict(zip(_COLUMNS, rows[2:], strict=True))
    columns: dict[str, list[float]] = {name: [] for name in ("elevation_deg", *_COLUMNS)}
    for place in bins:
        here = number == place
        columns["elevation_deg"].append(float(elevation_deg[here].mean()))
        for name in _COLUMNS:
            columns[name].append(_mean(name, values, here if name not in _POINTING else here & full))
    return {name: np.array(column) for name, column in columns.items()}


def _mean(name: str, values: dict[str, FloatArray], chosen: NDArray[np.bool_]) -> float:
    """Mean, of a jitter the rms together with the scatter of the bias from second to second."""
    if "_jitter_" not in name:
        return float(values[name][chosen].mean())
    bias = values[name.replace("_jitter_", "_bias_")][chosen]
    return float(np.sqrt(np.mean(values[name][chosen] ** 2) + bias.var()))


def _relock_s(time_s: FloatArray, locked: FloatArray, outages: Sequence[tuple[float, float]]) -> float:
    """From the end of the last keyhole to the lock [s], nan without one or without a lock after it."""
    if not outages:
        return float("nan")
    end_s = outages[-1][1]
    back = np.flatnonzero((time_s + 1.0 > end_s) & (locked > 0.0) & (time_s >= outages[-1][0]))
    if not back.size:
        return float("nan")
    return max(float(time_s[back[0]] + 1.0 - locked[back[0]]) - end_s, 0.0)
