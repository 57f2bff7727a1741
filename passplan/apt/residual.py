"""What a tracking run leaves: the pointing residual, second by second, and its statistics."""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.apt.acquisition import State
from passplan.apt.sight import Gaps
from passplan.apt.terminal import Terminal
from passplan.checks import FloatArray, freeze, same_length
from passplan.errors import DomainError

_OF_OUTAGES = ("outages_s", "reacquisition_s")
_OF_SAMPLES = (
    "residual_x_urad", "residual_y_urad", "mirror_x_urad", "mirror_y_urad", "gimbal_x_urad", "gimbal_y_urad",
    "sample_state",
)  # fmt: skip

Complexes = NDArray[np.complexfloating]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TerminalTrack:
    """Tracking of one terminal through a pass. All angles are on the sky; the second i runs from time_s[i], 1 s long.

    The residual is the wanted direction (line of sight, point-ahead) minus that of the beam. In a second with fine
    lock, bias and jitter are those of its locked part; in one without, of the whole second.

    time_s : start of each second, shape (n,) [s]
    bias_x_urad, bias_y_urad : mean residual, with boresight and point-ahead errors, shape (n,) [urad]
    jitter_x_urad, jitter_y_urad : rms of the residual about that mean, per axis, shape (n,) [urad]
    coarse_x_urad, coarse_y_urad : rms of what the gimbal leaves, mean included, per axis, shape (n,) [urad]
    locked : part of the second in fine lock, shape (n,) [1], in [0, 1]
    state : `State` at the end of the second, shape (n,)
    stroke_x_urad, stroke_y_urad : largest angle of the fast mirror to either side, shape (n,) [urad]
    axis_rate_x_urad_s, axis_rate_y_urad_s : largest rate of the gimbal's axes (azimuth and elevation of a mount), to
        either side, shape (n,) [urad/s]
    axis_effort_x_urad_s2, axis_effort_y_urad_s2 : largest torque of the motors over inertia, shape (n,) [urad/s^2]
    acquired_s : time of the first fine lock, on the grid of time_s [s]; nan if never
    acquisition_s : from the start of the search to the first fine lock [s]; nan if never
    dropouts : losses of the fine lock [1]
    outages_s : times without fine lock after the first, (start, stop) on the grid of time_s, shape (m, 2) [s]
    reacquisition_s : from the return of the beacon (from the loss, when it was not a cloud's) to the fine lock, one for
        each outage, nan for one that lasts to the end, shape (m,) [s]
    residual_x_urad, residual_y_urad : residual at each sample, shape (samples,), float32 [urad]
    mirror_x_urad, mirror_y_urad : angle of the fast mirror at each sample, shape (samples,), float32 [urad]
    gimbal_x_urad, gimbal_y_urad : what the gimbal leaves at each sample, shape (samples,), float32 [urad]
    sample_state : `State` at each sample, shape (samples,)
    residual_step_s : step between two samples [s]
    """

    time_s: FloatArray
    bias_x_urad: FloatArray
    bias_y_urad: FloatArray
    jitter_x_urad: FloatArray
    jitter_y_urad: FloatArray
    coarse_x_urad: FloatArray
    coarse_y_urad: FloatArray
    locked: FloatArray
    state: NDArray[np.int8]
    stroke_x_urad: FloatArray
    stroke_y_urad: FloatArray
    axis_rate_x_urad_s: FloatArray
    axis_rate_y_urad_s: FloatArray
    axis_effort_x_urad_s2: FloatArray
    axis_effort_y_urad_s2: FloatArray
    acquired_s: float
    acquisition_s: float
    dropouts: int
    outages_s: FloatArray
    reacquisition_s: FloatArray
    residual_x_urad: NDArray[np.float32]
    residual_y_urad: NDArray[np.float32]
    mirror_x_urad: NDArray[np.float32]
    mirror_y_urad: NDArray[np.float32]
    gimbal_x_urad: NDArray[np.float32]
    gimbal_y_urad: NDArray[np.float32]
    sample_state: NDArray[np.int8]
    residual_step_s: float

    def __post_init__(self) -> None:
        arrays = {name: getattr(self, name) for name in self.__slots__ if np.ndim(getattr(self, name))}
        same_length(**{name: array for name, array in arrays.items() if name not in _OF_SAMPLES + _OF_OUTAGES})
        same_length(**{name: arrays[name] for name in _OF_SAMPLES})
        freeze(*arrays.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualRms:
    """Statistics of a track over chosen seconds; angles on the sky [urad], nan when no second is chosen.

    fine_x_rms_urad, fine_y_rms_urad : rms of the residual about its mean over all these seconds, per axis
    coarse_x_rms_urad, coarse_y_rms_urad : rms of what the gimbal leaves, mean included, per axis
    coarse_rms_urad : the same, mean square of both axes
    bias_urad : length of the mean residual
    stroke_used_urad : largest angle of the fast mirror to either side, of both axes
    """

    fine_x_rms_urad: float
    fine_y_rms_urad: float
    coarse_x_rms_urad: float
    coarse_y_rms_urad: float
    coarse_rms_urad: float
    bias_urad: float
    stroke_used_urad: float


def rms_over(track: TerminalTrack, mask: ArrayLike) -> ResidualRms:
    """Statistics over the seconds of a mask.

    Parameters
    ----------
    track : TerminalTrack
        The run.
    mask : array_like of bool, shape (n,)
        Seconds to use; each counts whole, also where the lock was lost inside it.

    Returns
    -------
    ResidualRms
        Rms, bias and stroke [urad].

    Raises
    ------
    DomainError
        If the mask has another length than the track.
    """
    chosen = np.asarray(mask, dtype=bool)
    if chosen.shape != track.time_s.shape:
        raise DomainError(f"mask has shape {chosen.shape}, must be {track.time_s.shape}, one flag for each second")
    if not chosen.any():
        return ResidualRms(**dict.fromkeys(ResidualRms.__slots__, nan))
    seconds = second_of_step(track.residual_x_urad.size, step_s=track.residual_step_s, seconds=chosen.size)
    steps = chosen[seconds]
    fine_x, fine_y = track.residual_x_urad[steps], track.residual_y_urad[steps]
    coarse_x = float(np.sqrt(np.mean(track.coarse_x_urad[chosen] ** 2)))
    coarse_y = float(np.sqrt(np.mean(track.coarse_y_urad[chosen] ** 2)))
    return ResidualRms(
        fine_x_rms_urad=float(fine_x.std(dtype=float)),
        fine_y_rms_urad=float(fine_y.std(dtype=float)),
        coarse_x_rms_urad=coarse_x,
        coarse_y_rms_urad=coarse_y,
        coarse_rms_urad=float(np.hypot(coarse_x, coarse_y) / np.sqrt(2.0)),
        bias_urad=float(np.hypot(fine_x.mean(dtype=float), fine_y.mean(dtype=float))),
        stroke_used_urad=float(max(track.stroke_x_urad[chosen].max(), track.stroke_y_urad[chosen].max())),
    )


def second_of_step(steps: int, *, step_s: float, seconds: int) -> NDArray[np.int64]:
    """Index of the second in which each step of step_s [s] starts, shape (steps,)."""
    return np.minimum((np.arange(steps) * step_s + 1e-9).astype(int), seconds - 1)


class Run(NamedTuple):
    """Outputs of the loop for one terminal.

    time_s : start of each second, shape (n,) [s]
    step_s : between two samples [s]
    series : angle of the fine and of the coarse camera and of the mirror, x + iy, shape (3, samples) [urad]
    states : `State` at each sample, shape (samples,)
    node_s : between two nodes [s]
    axes : at each node rates of the axes [urad/s] and largest torque over inertia since the last [urad/s^2],
        shape (2, nodes)
    """

    time_s: FloatArray
    step_s: float
    series: NDArray[np.complex64]
    states: NDArray[np.int8]
    node_s: float
    axes: NDArray[np.complex64]


def summarise(run: Run, *, terminal: Terminal, lead: Complexes | None, gaps_s: Gaps) -> TerminalTrack:
    """Collect the series of a run into seconds.

    Parameters
    ----------
    run : Run
        The outputs of the loop.
    terminal : Terminal
        Whose they are; its boresight stands beside the camera's axis.
    lead : ndarray of complex, shape (n,), or None
        Wanted point-ahead [urad], x + iy.
    gaps_s : tuple of (start, stop)
        Times without beacon [s].

    Returns
    -------
    TerminalTrack
        The record.
    """
    count, size = run.time_s.size, run.states.size
    starts = np.searchsorted(np.arange(size) * run.step_s + 1e-9, np.arange(count))
    each = np.diff(starts, append=size)
    residual = run.series[0] - np.complex64(complex(*terminal.boresight_urad))
    if lead is not None:  # wanted minus beam: a beam ahead of its camera errs forward
        at_s = np.arange(size, dtype=np.float32) * np.float32(run.step_s)
        residual += np.interp(at_s, np.arange(count), lead).astype(np.complex64)
    locks = run.states == State.FINE_LOCK
    locked = np.add.reduceat(locks, starts, dtype=float) / each
    columns: dict[str, FloatArray] = {}
    weight = (locks | np.repeat(locked == 0.0, each)).astype(np.float32)
    share = np.add.reduceat(weight, starts, dtype=float)
    for axis, part in (("x", np.real), ("y", np.imag)):
        angle, left, mirror = (np.ascontiguousarray(part(series)) for series in (residual, *run.series[1:]))
        mean = np.add.reduceat(weight * angle, starts, dtype=float) / share
        about = angle - np.repeat(mean.astype(np.float32), each)
        columns[f"bias_{axis}_urad"] = mean
        columns[f"jitter_{axis}_urad"] = np.sqrt(np.add.reduceat(weight * about * about, starts, dtype=float) / share)
        columns[f"coarse_{axis}_urad"] = np.sqrt(np.add.reduceat(left * left, starts, dtype=float) / each)
        columns[f"stroke_{axis}_urad"] = np.maximum.reduceat(np.abs(mirror), starts).astype(float)
        columns[f"axis_rate_{axis}_urad_s"], columns[f"axis_effort_{axis}_urad_s2"] = _peaks(run, part)
    acquired = np.flatnonzero(locks)[:1]
    searching = np.flatnonzero(run.states >= State.SEARCH)[:1]
    outages, back = _outages(run, locks, gaps_s)
    return TerminalTrack(
        time_s=run.time_s,
        locked=locked,
        state=run.states[np.append(starts[1:], size) - 1],
        acquired_s=float(run.time_s[0] + acquired[0] * run.step_s) if acquired.size else nan,
        acquisition_s=float((acquired[0] - searching[0]) * run.step_s) if acquired.size else nan,
        dropouts=int(np.count_nonzero(locks[:-1] & ~locks[1:])),
        outages_s=outages,
        reacquisition_s=back,
        residual_x_urad=residual.real,
        residual_y_urad=residual.imag,
        mirror_x_urad=run.series[2].real,
        mirror_y_urad=run.series[2].imag,
        gimbal_x_urad=run.series[1].real,
        gimbal_y_urad=run.series[1].imag,
        sample_state=run.states,
        residual_step_s=run.step_s,
        **columns,
    )


def _peaks(run: Run, part: Callable[[Any], Any]) -> tuple[FloatArray, FloatArray]:
    """Largest rate and effort of one axis in each second, to either side."""
    per_second = round(1.0 / run.node_s)
    rates, efforts = (np.abs(part(row)).astype(float) for row in run.axes)
    count = run.time_s.size
    # A node holds the effort since the node before; a second starts and ends at nodes.
    fastest = np.maximum(rates[:-1], rates[1:])[: count * per_second].reshape(count, per_second).max(axis=1)
    return fastest, efforts[1 : count * per_second + 1].reshape(count, per_second).max(axis=1)


def _outages(run: Run, locks: NDArray[np.bool_], gaps_s: Gaps) -> tuple[FloatArray, FloatArray]:
    """Times without fine lock after the first lock, and how long after the beacon's return each ended."""
    losses = np.flatnonzero(locks[:-1] & ~locks[1:]) + 1
    gains = np.flatnonzero(~locks[:-1] & locks[1:]) + 1
    gains = gains[gains > losses[0]] if losses.size else gains[:0]
    ends = np.append(gains, locks.size)[: losses.size]
    outages = run.time_s[0] + np.column_stack((losses, ends)) * run.step_s
    back = np.full(losses.size, nan)
    for row, (start_s, stop_s) in enumerate(outages[: gains.size]):
        cloud_ends = [end for begin, end in gaps_s if begin < stop_s and end > start_s]
        back[row] = max(stop_s - max([start_s, *cloud_ends]), 0.0)
    return outages, back
