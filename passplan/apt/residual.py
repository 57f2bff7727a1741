"""What a tracking run leaves: the pointing residual, second by second, and its statistics."""

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.apt.acquisition import State
from passplan.checks import FloatArray, freeze, same_length
from passplan.errors import DomainError


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
    acquired_s : time of the first fine lock, on the grid of time_s [s]; nan if never
    acquisition_s : from the start of the search to the first fine lock [s]; nan if never
    dropouts : losses of the fine lock [1]
    residual_x_urad, residual_y_urad : residual at each step, shape (steps,), float32 [urad]
    residual_step_s : that step [s]
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
    acquired_s: float
    acquisition_s: float
    dropouts: int
    residual_x_urad: NDArray[np.float32]
    residual_y_urad: NDArray[np.float32]
    residual_step_s: float

    def __post_init__(self) -> None:
        arrays = {name: getattr(self, name) for name in self.__slots__ if np.ndim(getattr(self, name))}
        same_length(**{name: array for name, array in arrays.items() if not name.startswith("residual")})
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
    return np.minimum(((np.arange(steps) + 0.5) * step_s).astype(int), seconds - 1)


def summarise(
    *,
    time_s: FloatArray,
    step_s: float,
    residual_urad: NDArray[np.float32],
    coarse_urad: NDArray[np.float32],
    mirror_urad: NDArray[np.float32],
    states: NDArray[np.int8],
) -> TerminalTrack:
    """Collect the series of a run into seconds.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Start of each second [s].
    step_s : float
        Step of the series [s].
    residual_urad, coarse_urad, mirror_urad : ndarray, shape (2, steps)
        Pointing residual, what the gimbal leaves, and the mirror, on the sky [urad].
    states : ndarray, shape (steps,)
        `State` at each step.

    Returns
    -------
    TerminalTrack
        The record.
    """
    seconds = second_of_step(states.size, step_s=step_s, seconds=time_s.size)
    starts = np.searchsorted(seconds, np.arange(time_s.size))
    locks = states == State.FINE_LOCK
    locked = np.add.reduceat(locks, starts, dtype=float) / np.diff(starts, append=states.size)
    weight = (locks | (locked == 0.0)[seconds]).astype(float)
    share = np.add.reduceat(weight, starts)
    bias, jitter, coarse, stroke = [], [], [], []
    for axis in range(2):
        residual, left = residual_urad[axis].astype(float), coarse_urad[axis].astype(float)
        mean = np.add.reduceat(weight * residual, starts) / share
        about = residual - mean[seconds]
        bias.append(mean)
        jitter.append(np.sqrt(np.add.reduceat(weight * about * about, starts) / share))
        coarse.append(np.sqrt(np.add.reduceat(left * left, starts) / np.diff(starts, append=states.size)))
        stroke.append(np.maximum.reduceat(np.abs(mirror_urad[axis]), starts).astype(float))
    acquired = np.flatnonzero(locks)
    searching = np.flatnonzero(states >= State.SEARCH)
    acquired_s = float(time_s[0] + acquired[0] * step_s) if acquired.size else nan
    return TerminalTrack(
        time_s=time_s,
        bias_x_urad=bias[0],
        bias_y_urad=bias[1],
        jitter_x_urad=jitter[0],
        jitter_y_urad=jitter[1],
        coarse_x_urad=coarse[0],
        coarse_y_urad=coarse[1],
        locked=locked,
        state=states[np.append(starts[1:], states.size) - 1],
        stroke_x_urad=stroke[0],
        stroke_y_urad=stroke[1],
        acquired_s=acquired_s,
        acquisition_s=float((acquired[0] - searching[0]) * step_s) if acquired.size else nan,
        dropouts=int(np.count_nonzero(locks[:-1] & (states[1:] == State.DROPOUT))),
        residual_x_urad=residual_urad[0],
        residual_y_urad=residual_urad[1],
        residual_step_s=step_s,
    )
