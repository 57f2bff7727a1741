"""A pass tracked with many seeds: what its acquisition, errors and lock are on average, and how far they scatter."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.apt.compilation import compile_now
from passplan.apt.loop import End, simulate_link
from passplan.apt.residual import TerminalTrack
from passplan.channel.refraction import apparent_elevation_deg
from passplan.checks import FloatArray, freeze, same_length, within
from passplan.errors import DomainError
from passplan.mission.link import ends_of, generators
from passplan.mission.result import PassResult
from passplan.mission.tracking_summary import key_seconds, locked_rms
from passplan.orbit.processes import spread_over

Progress = Callable[[float], None]

PERCENTILES = (5.0, 50.0, 95.0)

_OF_AN_END = (
    "fine_x_rms_urad", "fine_y_rms_urad", "coarse_rms_urad", "bias_urad", "stroke_used_urad", "acquisition_s",
    "dropouts", "reacquisition_s", "outage_s",
)  # fmt: skip
NUMBERS = (
    "acquired_s",
    "locked_fraction",
    *(f"{end}_{name}" for end in ("satellite", "ground") for name in _OF_AN_END),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """One number over many runs; all but ``runs`` are nan where no run has it.

    runs : runs that have the number [1]; one without fine lock has no error, one without outage no reacquisition
    mean, std : mean, and standard deviation of a single run (nan for one run)
    p05, p50, p95 : the value that 5, 50 and 95 % of the runs do not exceed
    """

    runs: int
    mean: float
    std: float
    p05: float
    p50: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrackStatistics:
    """Numbers of each run.

    seeds : seed of each run, shape (n,)
    by_run : arrays of shape (n,) by the names of `NUMBERS`, nan where a run has no such number:

        acquired_s          both ends in fine lock for the first time, from the start of the pass [s]
        locked_fraction     share of the key window with both in fine lock [1]

        and of each end, as satellite_... and ground_...

        fine_x_rms_urad, fine_y_rms_urad, coarse_rms_urad, bias_urad, stroke_used_urad
                            over the whole locked seconds of the key window, as `residual.ResidualRms` [urad]
        acquisition_s       from the start of the search to the first fine lock [s]
        dropouts            losses of the fine lock in the pass [1]
        reacquisition_s     longest time to find the beacon again [s]
        outage_s            time without fine lock after the first [s]
    """

    seeds: NDArray[np.int64]
    by_run: Mapping[str, FloatArray]

    def __post_init__(self) -> None:
        if tuple(self.by_run) != NUMBERS:
            raise DomainError(f"by_run has {', '.join(self.by_run)}, must have {', '.join(NUMBERS)}")
        same_length(seeds=self.seeds, **self.by_run)
        freeze(self.seeds, *self.by_run.values())

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """Table of one row a run."""
        return {"seed": self.seeds, **self.by_run}

    def spread(self, name: str) -> Spread:
        """Mean, scatter and percentiles of one number over the runs that have it."""
        every = self.by_run[name]
        values = every[np.isfinite(every)]
        if not values.size:
            return Spread(runs=0, mean=nan, std=nan, p05=nan, p50=nan, p95=nan)
        low, middle, high = np.percentile(values, PERCENTILES)
        return Spread(
            runs=values.size,
            mean=float(values.mean()),
            std=float(values.std(ddof=1)) if values.size > 1 else nan,
            p05=float(low),
            p50=float(middle),
            p95=float(high),
        )


def ends_of_result(result: PassResult) -> tuple[End, End]:
    """Both ends of a pass that was simulated, satellite and ground, ready to be tracked with other seeds."""
    path = result.track
    return ends_of(result.selection, path, apparent_elevation_deg(elevation_deg=path.elevation_deg), result.options)


def pass_statistics(
    result: PassResult, *, runs: int, jobs: int = 1, progress: Progress = lambda share: None
) -> TrackStatistics:
    """Track a pass that was simulated with its own seed and those that follow it; see `track_statistics`."""
    within("runs", runs, 1, np.inf, ends="[)")
    seeds = range(result.seed, result.seed + runs)
    return track_statistics(ends_of_result(result), seeds, mask=key_seconds(result), jobs=jobs, progress=progress)


def track_statistics(
    ends: tuple[End, End],
    seeds: Sequence[int],
    *,
    mask: NDArray[np.bool_],
    jobs: int = 1,
    progress: Progress = lambda share: None,
) -> TrackStatistics:
    """Track both ends with many seeds.

    Parameters
    ----------
    ends : (End, End)
        Satellite and ground.
    seeds : sequence of int
        One run each, >= 0.
    mask : ndarray of bool, shape (n,)
        Seconds over which errors and lock are taken.
    jobs : int
        Processes, >= 1; the result does not depend on it.
    progress : callable
        Told after each run which share of them is done.

    Returns
    -------
    TrackStatistics
        Twenty numbers a run; nothing else of a run is kept.

    Raises
    ------
    DomainError
        If there is no seed or one is negative, ``jobs`` is below 1, the mask has no second, or as
        `passplan.apt.loop.simulate_link`.

    Notes
    -----
    The loop is compiled before the processes part, which then share it.
    """
    within("number of seeds", len(seeds), 1, np.inf)
    within("seeds", np.asarray(seeds), 0, np.inf)
    within("seconds of the mask", np.count_nonzero(mask), 1, np.inf)
    if jobs > 1:
        compile_now()
    rows = np.empty((len(seeds), len(NUMBERS)))
    with spread_over(min(jobs, len(seeds))) as spread:
        for number, row in enumerate(spread(partial(run_numbers, ends, mask), seeds)):
            rows[number] = row
            progress((number + 1) / len(seeds))
    by_run = {name: np.ascontiguousarray(column) for name, column in zip(NUMBERS, rows.T, strict=True)}
    return TrackStatistics(seeds=np.array(seeds, dtype=np.int64), by_run=by_run)


def run_numbers(ends: tuple[End, End], mask: NDArray[np.bool_], seed: int) -> tuple[float, ...]:
    """Numbers of one run, in the order of `NUMBERS`."""
    satellite, ground = simulate_link(*ends, rngs=generators(seed))
    acquired_s = np.maximum(satellite.acquired_s, ground.acquired_s) - satellite.time_s[0]
    locked = (satellite.locked * ground.locked)[mask].mean()
    return float(acquired_s), float(locked), *_end_numbers(satellite, mask), *_end_numbers(ground, mask)


def _end_numbers(track: TerminalTrack, mask: NDArray[np.bool_]) -> tuple[float, ...]:
    rms, back = locked_rms(track, mask), track.reacquisition_s[np.isfinite(track.reacquisition_s)]
    return (
        rms.fine_x_rms_urad,
        rms.fine_y_rms_urad,
        rms.coarse_rms_urad,
        rms.bias_urad,
        rms.stroke_used_urad,
        track.acquisition_s,
        float(track.dropouts),
        float(back.max()) if back.size else nan,
        float(np.diff(track.outages_s, axis=1).sum()),
    )
