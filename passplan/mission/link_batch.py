"""Many passes of one satellite over one station at once, joined to long arrays: loss, background and clicks of each.

For planning, where thousands of passes are looked at and the pointing of each is an estimate: nothing is tracked here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.channel.background import Background
from passplan.channel.budget import LossBudget
from passplan.channel.pointing_loss import PointingError
from passplan.channel.refraction import apparent_elevation_deg
from passplan.checks import FloatArray, freeze, within
from passplan.detection.rates import Clicks
from passplan.errors import DomainError
from passplan.mission.background_path import background_of
from passplan.mission.channel_path import clicks_of, pointed_budget_of
from passplan.mission.selection import Selection
from passplan.orbit.light import LightConditions
from passplan.orbit.track import Track
from passplan.units import to_loss_db

_OF_TRACK = ("time_s", "azimuth_deg", "elevation_deg", "range_km", "line_of_sight_rate_urad_s")
_BLOCK = 16_384  # instants handled at a time: long enough to pay for the calls, short enough to stay in the cache


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPass:
    """One pass with what is expected of its pointing; numbers, or arrays on the grid of the track, shape (n,).

    track, light : geometry and light, on one grid of n instants a second apart, all above the horizon
    satellite_error, ground_error : bias and per-axis jitter of both ends [urad]
    error_polarization : probability of the wrong port from the polarization [1]; an array may be of shape (2, n), for
        the key basis and the test basis
    locked : share of each second in which both ends are locked [1]
    """

    track: Track
    light: LightConditions
    satellite_error: PointingError
    ground_error: PointingError
    error_polarization: ArrayLike = 0.0
    locked: ArrayLike = 1.0

    def __post_init__(self) -> None:
        if self.light.sun_elevation_deg.shape != self.track.time_s.shape:
            raise DomainError(
                f"PlannedPass.light has {self.light.sun_elevation_deg.size} instants and its track has "
                f"{self.track.time_s.size}, must be as many"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLink:
    """What comes of m passes; read-only arrays of shape (m,).

    seconds : length of each [s]
    transmittance : mean over the pass and its fades, seconds without lock included [1]
    loss_db : mean loss of each term over the pass [dB], by name
    background_cps : mean raw counts by cause [1/s], all detectors, before the gate
    detections, sifted_bits, sifted_errors : expected counts of the pass; the sifted ones of the signal intensity
    """

    seconds: FloatArray
    transmittance: FloatArray
    loss_db: dict[str, FloatArray]
    background_cps: dict[str, FloatArray]
    detections: FloatArray
    sifted_bits: FloatArray
    sifted_errors: FloatArray

    def __post_init__(self) -> None:
        freeze(self.seconds, self.transmittance, self.detections, self.sifted_bits, self.sifted_errors)
        freeze(*self.loss_db.values(), *self.background_cps.values())

    @property
    def qber(self) -> FloatArray:
        """Error rate of the sifted bits of each pass [1]; nan where there are none."""
        nothing = np.full(self.sifted_bits.shape, np.nan)
        return np.divide(self.sifted_errors, self.sifted_bits, out=nothing, where=self.sifted_bits > 0.0)


def link_of_many(
    selection: Selection, passes: Sequence[PlannedPass], *, jitter_correlation_s: float = 0.01
) -> BatchLink:
    """Loss, background by cause and clicks of many passes of one satellite over one station.

    Parameters
    ----------
    selection : Selection
        Records of the satellite and the station; its own pass is not used.
    passes : sequence of PlannedPass
        The passes, in any order; they may overlap.
    jitter_correlation_s : float
        1/e correlation time of the fades that the satellite's jitter causes [s], > 0.

    Returns
    -------
    BatchLink
        One value a pass, in the order given.

    Raises
    ------
    DomainError
        If there is no pass, an instant is below the horizon, or an input lies outside a model's range.

    Notes
    -----
    The same functions as for one pass, on the instants of many. To use several cores, split the passes.
    """
    if not passes:
        raise DomainError("passes is empty, must hold at least one pass")
    within("jitter_correlation_s", jitter_correlation_s, 0.0, np.inf, ends="()")
    parts = [_block(selection, block, jitter_correlation_s) for block in _blocks(passes)]
    joined: dict[str, Any] = {}
    for field in fields(BatchLink):
        values = [getattr(part, field.name) for part in parts]
        if isinstance(values[0], dict):
            joined[field.name] = {name: np.concatenate([each[name] for each in values]) for name in values[0]}
        else:
            joined[field.name] = np.concatenate(values)
    return BatchLink(**joined)


def _blocks(passes: Sequence[PlannedPass]) -> Iterator[Sequence[PlannedPass]]:
    """Passes in groups of about so many instants."""
    first, instants = 0, 0
    for index, each in enumerate(passes):
        instants += each.track.time_s.size
        if instants >= _BLOCK or index == len(passes) - 1:
            yield passes[first : index + 1]
            first, instants = index + 1, 0


def clicks_of_many(
    selection: Selection,
    passes: Sequence[PlannedPass],
    *,
    jitter_correlation_s: float = 0.01,
    ground_correlation_s: float = np.inf,
) -> list[Clicks]:
    """Expected clicks of a second at each instant of many passes of one satellite over one station.

    Parameters
    ----------
    selection, passes
        As for `link_of_many`; instants need not be a second apart.
    jitter_correlation_s, ground_correlation_s : float
        1/e correlation times of the fades that the jitter of the satellite and of the ground causes [s], > 0.

    Returns
    -------
    list of Clicks
        One a pass, in the order given; its arrays end in the number of instants of the pass.

    Raises
    ------
    DomainError
        As `link_of_many`.
    """
    if not passes:
        raise DomainError("passes is empty, must hold at least one pass")
    within("jitter_correlation_s", jitter_correlation_s, 0.0, np.inf, ends="()")
    found: list[Clicks] = []
    for block in _blocks(passes):
        joined = _links(selection, block, jitter_correlation_s, ground_correlation_s)
        edges = np.concatenate([[0], np.cumsum(joined.counts)])
        for first, stop in pairwise(edges.tolist()):
            cut = {field.name: getattr(joined.clicks, field.name)[..., first:stop] for field in fields(Clicks)}
            found.append(Clicks(**cut))
    return found


class _Links(NamedTuple):
    """Links of the instants of many passes, one after the other; counts : instants of each, shape (m,)."""

    counts: NDArray[np.int_]
    budget: LossBudget
    background: Background
    locked: FloatArray
    clicks: Clicks


def _links(
    selection: Selection, passes: Sequence[PlannedPass], correlation_s: float, ground_correlation_s: float = np.inf
) -> _Links:
    counts = np.array([each.track.time_s.size for each in passes])
    path, light = _joined_track(passes), _joined_light(passes)
    apparent_deg = apparent_elevation_deg(elevation_deg=path.elevation_deg)
    budget = pointed_budget_of(
        selection,
        path,
        apparent_deg,
        errors=(
            _joined_error([each.satellite_error for each in passes], counts),
            _joined_error([each.ground_error for each in passes], counts),
        ),
        correlation_s=correlation_s,
        ground_correlation_s=ground_correlation_s,
    )
    background = background_of(selection, path, light, apparent_deg)
    locked = _spread_out([each.locked for each in passes], counts)
    clicks = clicks_of(
        selection,
        budget,
        locked=locked,
        background_cps=background.total_cps,
        error_polarization=_joined_bases([each.error_polarization for each in passes], counts),
    )
    return _Links(counts=counts, budget=budget, background=background, locked=locked, clicks=clicks)


def _block(selection: Selection, passes: Sequence[PlannedPass], jitter_correlation_s: float) -> BatchLink:
    counts, budget, background, locked, clicks = _links(selection, passes, jitter_correlation_s)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])

    def sums(values: FloatArray) -> FloatArray:
        return np.add.reduceat(values, starts)

    return BatchLink(
        seconds=counts.astype(float),
        transmittance=sums(budget.transmittance * locked) / counts,
        loss_db={name: sums(values) / counts for name, values in budget.terms_db.items()},
        background_cps={name: sums(values) / counts for name, values in background.by_cause_cps.items()},
        detections=sums(clicks.detections),
        sifted_bits=sums(clicks.sifted),
        sifted_errors=sums(clicks.sifted_errors),
    )


def _joined_track(passes: Sequence[PlannedPass]) -> Track:
    """One track with the instants of all; its times and epoch are those of each pass and no single grid.

    Arrays that neither loss nor background asks for are nan, which every model refuses.
    """
    first = passes[0].track
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(each.track, name) for each in passes]) for name in _OF_TRACK
    }
    count = joined["time_s"].size
    others: dict[str, Any] = {
        name: np.broadcast_to(np.nan, (count, *array.shape[1:]))
        for name, array in first.arrays().items()
        if name not in joined
    }
    return replace(first, **joined, **others)


def _joined_light(passes: Sequence[PlannedPass]) -> LightConditions:
    return LightConditions(
        **{
            field.name: np.concatenate([getattr(each.light, field.name) for each in passes])
            for field in fields(LightConditions)
        }
    )


def _joined_error(errors: Sequence[PointingError], counts: NDArray[np.int_]) -> PointingError:
    return PointingError(
        **{
            field.name: _spread_out([getattr(each, field.name) for each in errors], counts)
            for field in fields(PointingError)
        }
    )


def _spread_out(values: Sequence[ArrayLike], counts: NDArray[np.int_]) -> FloatArray:
    """Numbers or arrays of the passes on the grid of all."""
    if all(np.ndim(value) == 0 for value in values):
        return np.repeat(np.asarray(values, dtype=float), counts)
    arrays = [
        np.asarray(value, dtype=float) if np.ndim(value) else np.full(count, float(value))  # type: ignore[arg-type]
        for value, count in zip(values, counts, strict=True)
    ]
    for array, count in zip(arrays, counts, strict=True):
        if array.shape != (count,):
            raise DomainError(f"a pass of {count} instants has an array of shape {array.shape}, must be ({count},)")
    return np.concatenate(arrays)


def _joined_bases(values: Sequence[ArrayLike], counts: NDArray[np.int_]) -> FloatArray:
    """Errors of the passes on the grid of all, shape (n,), or (2, n) where a pass has one for each basis."""
    if all(np.ndim(value) < 2 for value in values):
        return _spread_out(values, counts)
    bases = [value if np.ndim(value) == 2 else (value, value) for value in values]
    return np.stack([_spread_out([pair[basis] for pair in bases], counts) for basis in (0, 1)])  # type: ignore[index]


def loss_of(link: BatchLink) -> FloatArray:
    """Loss of the mean transmittance of each pass [dB]; infinite for one that was never locked."""
    never = np.full(link.transmittance.shape, np.inf)
    seen = link.transmittance > 0.0
    never[seen] = to_loss_db(link.transmittance[seen])
    return never
