"""How often and for how long the received power is below what the receiver needs.

An outage is a statement about time. None of these figures is a loss: the mean loss of a link holds no fade margin.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.fading import log_normal_parameters
from passplan.checks import FloatArray, within
from passplan.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageStatistics:
    """Outages of one series.

    count : number of outages, one that the series cuts at an end included
    total_s, mean_s, longest_s : time in outage, mean and longest duration [s]; 0 without an outage
    share : time in outage over the length of the series [1]
    rate_hz : outages that begin inside the series, over its length [1/s]
    """

    count: int
    total_s: float
    mean_s: float
    longest_s: float
    share: float
    rate_hz: float


def outage_statistics(fade: ArrayLike, *, threshold: ArrayLike, step_s: float) -> OutageStatistics:
    """Outages of a series of fades or powers.

    Parameters
    ----------
    fade : array_like, shape (n,)
        Series, any unit, on an even grid.
    threshold : array_like, shape () or (n,)
        Level in the same unit; below it the link is out.
    step_s : float
        Step of the grid [s], > 0.

    Returns
    -------
    OutageStatistics
        Number and durations.

    Raises
    ------
    DomainError
        If the series is empty or not one-dimensional, or a value is nan.
    """
    within("step_s", step_s, 0.0, np.inf, ends="()")
    within("fade", fade, -np.inf, np.inf)
    within("threshold", threshold, -np.inf, np.inf)
    values = np.asarray(fade, dtype=float)
    if values.ndim != 1 or values.size == 0:
        raise DomainError(f"fade has the shape {values.shape}, must be (n,) with n >= 1")
    is_out = values < threshold
    edges = np.diff(is_out.astype(np.int8), prepend=0, append=0)
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    durations_s = (stops - starts) * step_s
    return OutageStatistics(
        count=len(starts),
        total_s=float(durations_s.sum()),
        mean_s=float(durations_s.mean()) if len(starts) else 0.0,
        longest_s=float(durations_s.max(initial=0.0)),
        share=float(np.mean(is_out)),
        rate_hz=float(np.count_nonzero(starts > 0) / (values.size * step_s)),
    )


def log_normal_outage(*, threshold: ArrayLike, index: ArrayLike) -> FloatArray:
    """Probability that a log-normal fade of mean 1 is below a level.

    Parameters
    ----------
    threshold : array_like, shape (...)
        Level of h [1], > 0, relative to the mean.
    index : array_like, shape (...)
        Scintillation index [1], > 0.

    Returns
    -------
    ndarray, shape (...)
        Probability [1], in [0, 1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input is not > 0 or is nan.
    """
    from scipy.special import ndtr

    return ndtr(_score(threshold, index))


def crossing_rate_hz(
    *, threshold: ArrayLike, index: ArrayLike, correlation_s: ArrayLike, step_s: ArrayLike
) -> FloatArray:
    """Rate of downward crossings of a level by a log-normal fade with exponentially correlated logarithm.

    Parameters
    ----------
    threshold : array_like, shape (...)
        Level of h [1], > 0, relative to the mean.
    index : array_like, shape (...)
        Scintillation index [1], > 0.
    correlation_s : array_like, shape (...)
        1/e correlation time of ln(h) [s], > 0.
    step_s : array_like, shape (...)
        Time at which the receiver decides, or the step of the series [s], > 0.

    Returns
    -------
    ndarray, shape (...)
        Rate [1/s]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input is not > 0 or is nan.

    Notes
    -----
    2 T(z, sqrt((1 - r)/(1 + r))) / step, T Owen's function, z the normal score of the level, r =
    exp(-step/correlation): the exact probability that one sample is above and the next below. Without a step this
    process has no rate: its path is rough and crosses a level without end, so the rate grows as 1/sqrt(step).
    """
    from scipy.special import owens_t

    score = _score(threshold, index)
    within("correlation_s", correlation_s, 0.0, np.inf, ends="()")
    within("step_s", step_s, 0.0, np.inf, ends="()")
    # (1 - r)/(1 + r) = tanh(step / (2 correlation))
    slope = np.sqrt(np.tanh(0.5 * np.divide(step_s, correlation_s)))
    return 2.0 * owens_t(score, slope) / np.asarray(step_s, dtype=float)


def rice_crossing_rate_hz(*, threshold: ArrayLike, index: ArrayLike, zero_crossing_hz: ArrayLike) -> FloatArray:
    """Rate of downward crossings of a level by a log-normal fade whose path is smooth.

    Parameters
    ----------
    threshold : array_like, shape (...)
        Level of h [1], > 0, relative to the mean.
    index : array_like, shape (...)
        Scintillation index [1], > 0.
    zero_crossing_hz : array_like, shape (...)
        Rate at which ln(h) falls through its median [1/s], > 0; sqrt(-r''(0)) / (2 pi) of its autocorrelation r.

    Returns
    -------
    ndarray, shape (...)
        Rate [1/s]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input is not > 0 or is nan.

    Notes
    -----
    zero_crossing exp(-z^2/2), z the normal score of the level. Source: Rice, Bell Syst. Tech. J. 24, 46 (1945).
    """
    score = _score(threshold, index)
    within("zero_crossing_hz", zero_crossing_hz, 0.0, np.inf, ends="()")
    return np.asarray(zero_crossing_hz, dtype=float) * np.exp(-0.5 * score**2)


def mean_fade_s(*, probability: ArrayLike, rate_hz: ArrayLike) -> FloatArray:
    """Mean duration of an outage [s], its probability [1] over the rate of crossings [1/s] > 0.

    Raises
    ------
    DomainError
        If the probability lies outside [0, 1] or the rate is not > 0.
    """
    within("probability", probability, 0.0, 1.0)
    within("rate_hz", rate_hz, 0.0, np.inf, ends="()")
    return np.divide(probability, rate_hz)


def _score(threshold: ArrayLike, index: ArrayLike) -> FloatArray:
    """Normal score of a level of h."""
    within("threshold", threshold, 0.0, np.inf, ends="()")
    within("index", index, 0.0, np.inf, ends="()")
    mean, std = log_normal_parameters(index=index)
    return (np.log(threshold) - mean) / std
