"""What interrupts a beacon from frame to frame: fades of the air, lost frames, and clouds."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.apt.shaping import shaped_series, shaping_filter
from passplan.checks import within
from passplan.errors import DomainError

Gaps = Sequence[tuple[float, float]]


def beacon_fades(
    *, index: ArrayLike, correlation_s: float, frame_s: float, count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Log-normal fades of a beacon, one factor for each frame.

    Parameters
    ----------
    index : array_like, shape () or (count,)
        Scintillation index of the power in the camera's aperture [1], >= 0: variance over squared mean. A downlink into
        a large telescope has 1e-3 to 0.05, an uplink of a beam wider than its wander 0.1 to 1 (general knowledge).
    correlation_s : float
        1/e correlation time of the logarithm [s], > 0.
    frame_s : float
        Time from frame to frame [s], > 0.
    count : int
        Number of frames, >= 1.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float32, shape (count,)
        Factors of the mean power [1], > 0, of mean 1, stationary from the first frame.

    Raises
    ------
    DomainError
        If an input lies outside its limits.

    Notes
    -----
    ln(h) is a Gaussian AR(1) of variance ln(1 + index) and mean minus half of it, so that the mean energy stays.
    """
    within("index", index, 0.0, np.inf, ends="[)")
    within("correlation_s", correlation_s, 0.0, np.inf, ends="()")
    within("frame_s", frame_s, 0.0, np.inf, ends="()")
    within("count", count, 1, np.inf, ends="[)")
    corner_hz = 1.0 / (2.0 * np.pi * correlation_s)  # one pole of this corner has that correlation time
    one_pole = shaping_filter(rms_urad=1.0, corner_hz=corner_hz, roll_off_hz=np.inf, step_s=frame_s)
    logarithm = shaped_series(one_pole, count=count, rng=rng, axes=1)[0].astype(np.float32)
    variance = np.log1p(np.asarray(index, dtype=np.float32))
    logarithm *= np.sqrt(variance)
    logarithm -= np.float32(0.5) * variance
    return np.exp(logarithm)


def dropouts(*, share: float, mean_s: float, frame_s: float, count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Frames that a camera loses, as a Markov chain of two states.

    Parameters
    ----------
    share : float
        Share of the frames that are lost [1], in [0, 1).
    mean_s : float
        Mean length of a loss [s], > 0.
    frame_s : float
        Time from frame to frame [s], > 0.
    count : int
        Number of frames, >= 1.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of bool, shape (count,)
        True where a frame is lost, stationary from the first frame.

    Raises
    ------
    DomainError
        If an input lies outside its limits.

    Notes
    -----
    A loss ends after each of its frames with probability r and begins after each good one with r share/(1 - share),
    so the share is exact. r = frame/mean, at most 1 - share: losses shorter than that come independently of each
    other, with a mean length of frame/(1 - share).
    """
    within("share", share, 0.0, 1.0, ends="[)")
    within("mean_s", mean_s, 0.0, np.inf, ends="()")
    within("frame_s", frame_s, 0.0, np.inf, ends="()")
    within("count", count, 1, np.inf, ends="[)")
    if share == 0.0:
        return np.zeros(count, dtype=bool)
    end = min(frame_s / mean_s, 1.0 - share)
    begin = max(end * share / (1.0 - share), 1e-300)  # so that the smallest share is a chance, too
    lost_first = bool(rng.random() < share)
    chances = (end, begin) if lost_first else (begin, end)
    most = count + 1  # a stay that outlasts the series; keeps the sums of long ones finite
    lengths: list[NDArray[np.int64]] = []
    total = 0
    while total < count:
        pairs = 16 + int((count - total) * begin * end / (begin + end))
        stays = np.stack([np.minimum(rng.geometric(chance, pairs), most) for chance in chances], axis=1).ravel()
        lengths.append(stays)
        total += int(stays.sum())
    return _alternating(np.concatenate(lengths), first=lost_first, count=count)


def _alternating(lengths: NDArray[np.int64], *, first: bool, count: int) -> NDArray[np.bool_]:
    """Series of count values that holds each state for its length, then takes the other."""
    ends = np.cumsum(lengths)
    changes = np.zeros(count, dtype=np.int8)
    changes[ends[ends < count]] = 1
    return (np.cumsum(changes, dtype=np.int64) % 2 == 1) != first


def in_gaps(time_s: ArrayLike, gaps_s: Gaps) -> NDArray[np.bool_]:
    """Tell at which times a cloud covers the beacon.

    Parameters
    ----------
    time_s : array_like, shape (...)
        Times [s].
    gaps_s : sequence of (start, stop)
        Start and stop of each gap on the same clock [s], in order and apart from each other.

    Returns
    -------
    ndarray of bool, shape (...)
        True from a start (included) to its stop (not included).

    Raises
    ------
    DomainError
        If a gap ends before it starts, or before the one before it has ended.
    """
    bounds = np.array(gaps_s, dtype=float).reshape(-1)
    if bounds.size and not np.all(np.diff(bounds) > 0.0):
        raise DomainError(f"gaps_s are {tuple(gaps_s)}, must be (start, stop) in s, in order and apart from each other")
    return np.searchsorted(bounds, np.asarray(time_s, dtype=float), side="right") % 2 == 1
