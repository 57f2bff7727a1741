"""How often and for how long the received power is below what the receiver needs.

An outage is a statement about time. None of these figures is a loss: the mean loss of a link holds no fade margin.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.fading import log_normal_parameters
from passplan.channel.gamma_gamma import gamma_gamma_cdf, shapes_for_index
from passplan.checks import FloatArray, freeze, same_length, within
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PassOutages:
    """Outages that are to be expected in each second (or other interval) of a pass.

    probability : share of the second in outage [1], shape (n,)
    rate_hz : outages that begin, for each second [1/s], shape (n,)
    mean_fade_s : mean duration of an outage [s], shape (n,); 0 where none is to be expected, inf where the link is
        always out
    """

    probability: FloatArray
    rate_hz: FloatArray
    mean_fade_s: FloatArray

    def __post_init__(self) -> None:
        """Check that all arrays share one time grid, then mark them read-only."""
        same_length(probability=self.probability, rate_hz=self.rate_hz, mean_fade_s=self.mean_fade_s)
        freeze(self.probability, self.rate_hz, self.mean_fade_s)

    @property
    def worst(self) -> int:
        """Place of the second with the highest probability, the first of several."""
        return int(np.argmax(self.probability))

    @property
    def share(self) -> float:
        """Share of the pass in outage [1]."""
        return float(np.mean(self.probability))


def pass_outages(
    *,
    transmittance: ArrayLike,
    index: ArrayLike,
    threshold: ArrayLike,
    correlation_s: ArrayLike,
    step_s: float,
    law: Callable[..., FloatArray] | None = None,
) -> PassOutages:
    """Outages of a pass by closed form, from mean and index of every second.

    Parameters
    ----------
    transmittance : array_like, shape (n,)
        Mean of each second [1], >= 0; any unit that the threshold shares will do.
    index : array_like, shape (n,) or ()
        Scintillation index of all fades together [1], > 0.
    threshold : array_like, shape () or (n,)
        Level below which the link is out, in the unit of the transmittance, > 0.
    correlation_s : array_like, shape (n,) or ()
        1/e correlation time of the fades' normal score [s], > 0.
    step_s : float
        Time at which the receiver decides [s], > 0; see `crossing_rate_hz`.
    law : callable, optional
        `log_normal_outage` (the default), `gamma_gamma_outage`, or another function of threshold and index.

    Returns
    -------
    PassOutages
        One value a second.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan, or the transmittance is not of shape (n,).

    Notes
    -----
    As `crossing_rate_hz`, with the normal score that has the probability of the outage: exact for a series that is a
    normal series mapped to its law.
    """
    mean = np.asarray(transmittance, dtype=float)
    if mean.ndim != 1 or mean.size == 0:
        raise DomainError(f"transmittance has the shape {mean.shape}, must be (n,) with n >= 1")
    within("transmittance", mean, 0.0, np.inf, ends="[)")
    within("threshold", threshold, 0.0, np.inf, ends="()")
    within("index", index, 0.0, np.inf, ends="()")
    within("correlation_s", correlation_s, 0.0, np.inf, ends="()")
    within("step_s", step_s, 0.0, np.inf, ends="()")
    from scipy.special import ndtri, owens_t

    lit = mean > 0.0
    level = np.divide(threshold, mean, out=np.full(mean.shape, np.inf), where=lit)
    finite = np.where(np.isfinite(level), level, 1.0)
    chance = (log_normal_outage if law is None else law)(threshold=finite, index=np.broadcast_to(index, mean.shape))
    probability = np.where(np.isfinite(level), chance, 1.0)
    slope = np.broadcast_to(np.sqrt(np.tanh(0.5 * np.divide(step_s, correlation_s))), mean.shape)
    rate_hz = 2.0 * owens_t(ndtri(probability), slope) / step_s
    endless = np.where(probability > 0.5, np.inf, 0.0)
    fade_s = np.divide(probability, rate_hz, out=endless, where=rate_hz > 0.0)
    return PassOutages(probability=probability, rate_hz=rate_hz, mean_fade_s=fade_s)


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


def gamma_gamma_outage(*, threshold: ArrayLike, index: ArrayLike) -> FloatArray:
    """Probability [1] that a gamma-gamma fade of mean 1, large and small eddies alike, is below a level.

    Arguments, shapes and errors are those of `log_normal_outage`, its twin.
    """
    within("threshold", threshold, 0.0, np.inf, ends="()")
    levels, indices = np.broadcast_arrays(np.asarray(threshold, dtype=float), np.asarray(index, dtype=float))
    alphas, betas = shapes_for_index(index=indices)
    chances = [
        gamma_gamma_cdf(level, alpha=float(alpha), beta=float(beta))
        for level, alpha, beta in zip(levels.flat, alphas.flat, betas.flat, strict=True)
    ]
    return np.reshape(np.asarray(chances, dtype=float), levels.shape)


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
