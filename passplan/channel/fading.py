"""How fades combine, how much of them a second's mean keeps, and series of them in time."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.fade_scores import pieces, score_source
from passplan.channel.turbulence import slant_factor
from passplan.checks import FloatArray, within

_NEGLIGIBLE = 1e-9  # of the first part of a log-normal index

_SHORTEST_STRETCH = 1000  # steps


def combined_index(*indices: ArrayLike) -> FloatArray:
    """Index of the product of independent fades: the product of (1 + index), minus 1.

    Raises
    ------
    DomainError
        If an index is negative or nan.
    """
    for index in indices:
        within("index", index, 0.0, np.inf, ends="[)")
    total = sum(np.log1p(index) for index in indices)
    return np.expm1(total)


def crossing_time_s(
    *,
    aperture_m: float,
    elevation_deg: ArrayLike,
    los_rate_urad_s: ArrayLike,
    wind_m_s: float = 21.0,
    layer_height_m: float = 10_000.0,
) -> FloatArray:
    """Time in which the line of sight carries the aperture over its own width of the scintillating layer.

    Parameters
    ----------
    aperture_m : float
        Clear diameter [m], > 0.
    elevation_deg : array_like, shape (...)
        Elevation [deg], in (0, 90].
    los_rate_urad_s : array_like, shape (...)
        Angular rate of the line of sight [urad/s], >= 0.
    wind_m_s : float
        Wind in the layer [m/s], > 0.
    layer_height_m : float
        Height of the layer above the site [m], > 0; about 10 km for HV 5/7.

    Returns
    -------
    ndarray, shape (...)
        Correlation time of the scintillation [s].

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    D / hypot(wind, rate * slant distance of the layer), directions taken as independent: 8 ms for 1 m, 12 mrad/s and
    10 km. An order of magnitude (general knowledge).
    """
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    within("los_rate_urad_s", los_rate_urad_s, 0.0, np.inf, ends="[)")
    within("wind_m_s", wind_m_s, 0.0, np.inf, ends="()")
    within("layer_height_m", layer_height_m, 0.0, np.inf, ends="()")
    distance_m = layer_height_m * slant_factor(elevation_deg=elevation_deg)
    return aperture_m / np.hypot(wind_m_s, np.asarray(los_rate_urad_s, dtype=float) * 1e-6 * distance_m)  # urad to rad


def averaged_share(*, correlation_s: ArrayLike, interval_s: float = 1.0) -> FloatArray:
    """Share of the variance of a fade that is left in its mean over an interval.

    Parameters
    ----------
    correlation_s : array_like, shape (...)
        1/e correlation time of the fade [s], > 0.
    interval_s : float
        Length of the interval [s], > 0.

    Returns
    -------
    ndarray, shape (...)
        Share [1], in (0, 1).

    Raises
    ------
    DomainError
        If a time is not > 0 or is nan.

    Notes
    -----
    2 r (1 - r (1 - exp(-1/r))), r = correlation/interval: exact for an exponential autocorrelation.
    """
    within("correlation_s", correlation_s, 0.0, np.inf, ends="()")
    within("interval_s", interval_s, 0.0, np.inf, ends="()")
    ratio = np.divide(correlation_s, interval_s)
    return 2.0 * ratio * (1.0 + ratio * np.expm1(-1.0 / ratio))


def log_normal_averaged_index(*, index: ArrayLike, correlation_s: ArrayLike, interval_s: float = 1.0) -> FloatArray:
    """Index of the mean over an interval of a log-normal fade whose logarithm is exponentially correlated.

    Parameters
    ----------
    index : array_like, shape (...)
        Scintillation index of the instantaneous fade [1], 0 to 20.
    correlation_s : array_like, shape (...)
        1/e correlation time of the logarithm [s], > 0.
    interval_s : float
        Length of the interval [s], > 0.

    Returns
    -------
    ndarray, shape (...)
        Variance over squared mean of the interval's mean [1], >= 0. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    The covariance is exp(s r^k) - 1 with s = ln(1 + index): sum over k of s^k / k! times ``averaged_share`` of the k-th
    part of the time; exact. The plain product of index and share is 0.3 % too large at an index of 0.05 (in the
    scatter) and 3 % at 0.3, for a strong fade forgets itself sooner than its logarithm.
    """
    within("index", index, 0.0, 20.0)
    total = np.zeros(())
    for order, part in _log_normal_parts(index):
        total = total + part * averaged_share(correlation_s=np.divide(correlation_s, order), interval_s=interval_s)
    return total


def _log_normal_parts(index: ArrayLike) -> Iterator[tuple[int, FloatArray]]:
    """Parts s^k / k! of a log-normal index, s = ln(1 + index), each correlated as the k-th power of the logarithm."""
    logarithm = np.log1p(np.asarray(index, dtype=float))
    part, order, largest = np.ones_like(logarithm), 0, float(np.max(logarithm, initial=0.0))
    remaining = largest
    while order == 0 or remaining > _NEGLIGIBLE * largest:
        order += 1
        part = part * logarithm / order
        remaining *= largest / (order + 1)
        yield order, part


def averaged_index(
    *,
    index_a: ArrayLike,
    correlation_a_s: ArrayLike,
    index_b: ArrayLike,
    correlation_b_s: ArrayLike,
    interval_s: float = 1.0,
    log_normal_b: bool = False,
) -> FloatArray:
    """Index of the mean over an interval of the product of two independent fades.

    Parameters
    ----------
    index_a, index_b : array_like, shape (...)
        Scintillation indices of the instantaneous fades [1], >= 0.
    correlation_a_s, correlation_b_s : array_like, shape (...)
        Their 1/e correlation times [s], > 0.
    interval_s : float
        Length of the interval [s], > 0.
    log_normal_b : bool
        Whether the second fade is log-normal, the time that of its logarithm; else its own correlation is exponential.

    Returns
    -------
    ndarray, shape (...)
        Variance over squared mean of the interval's mean [1], >= 0. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    The covariance of the product is C_a + C_b + C_a C_b; with exponential C the last one is exponential too, at the
    sum of the two rates, and ``averaged_share`` applies to each. A log-normal C_b is a sum of exponentials, see
    ``log_normal_averaged_index``.
    """
    within("index_a", index_a, 0.0, np.inf, ends="[)")
    within("index_b", index_b, 0.0, np.inf, ends="[)")
    within("correlation_a_s", correlation_a_s, 0.0, np.inf, ends="()")
    within("correlation_b_s", correlation_b_s, 0.0, np.inf, ends="()")
    parts = _log_normal_parts(index_b) if log_normal_b else iter([(1, np.asarray(index_b, dtype=float))])
    total = np.multiply(index_a, averaged_share(correlation_s=correlation_a_s, interval_s=interval_s))
    for order, part in parts:
        rate_b = np.divide(order, correlation_b_s)
        joint_s = 1.0 / (np.divide(1.0, correlation_a_s) + rate_b)
        alone, both = (averaged_share(correlation_s=each, interval_s=interval_s) for each in (1.0 / rate_b, joint_s))
        total = total + part * (alone + np.asarray(index_a) * both)
    return total


def log_normal_parameters(*, index: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of ln(h) of a log-normal fade with E[h] = 1.

    Parameters
    ----------
    index : array_like, shape (...)
        Scintillation index [1], >= 0.

    Returns
    -------
    mean, std : ndarray, shape (...)
        mean = -variance/2 and std = sqrt(ln(1 + index)), so that no energy is lost or gained.

    Raises
    ------
    DomainError
        If the index is negative or nan.
    """
    within("index", index, 0.0, np.inf, ends="[)")
    variance = np.log1p(index)
    return -0.5 * variance, np.sqrt(variance)


def log_normal_series(
    *, index: ArrayLike, correlation_s: float, step_s: float, count: int, rng: np.random.Generator
) -> FloatArray:
    """Series of log-normal fades with mean 1 and an exponentially correlated logarithm.

    Parameters
    ----------
    index : array_like, shape () or (m,)
        Scintillation index [1], >= 0; of m <= count values each holds for an m-th of the series.
    correlation_s : float
        1/e correlation time of ln(h) [s], > 0.
    step_s : float
        Step of the series [s], > 0.
    count : int
        Number of steps, >= 1.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (count,)
        Fades h [1], > 0, E[h] = 1, stationary from the first step.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    mean, std = (np.atleast_1d(value) for value in log_normal_parameters(index=index))
    within("count", count, mean.size, np.inf, ends="[)")
    following = score_source(correlation_s=correlation_s, step_s=step_s, rng=rng)
    if mean.size > 1 and count < mean.size * _SHORTEST_STRETCH:  # too short to be worth a call each
        places = np.minimum(((np.arange(count) + 0.5) * mean.size / count).astype(int), mean.size - 1)
        return np.exp(mean[places] + std[places] * following(count))
    out = np.empty(count)
    for piece, parts in pieces(count, mean.size):
        score = following(piece.stop - piece.start)
        for row, part in parts:
            score[part] *= std[row]
            score[part] += mean[row]
        np.exp(score, out=out[piece])
    return out
