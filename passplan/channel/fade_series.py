"""Series of fades in time: gamma-gamma fades, the tracking residual's own fades, their product and its means."""

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.gamma_gamma import gamma_scores
from passplan.checks import FloatArray, within
from passplan.errors import DomainError

_SCORE_LIMIT = 7.0
_SCORE_KNOTS = 281
_SHAPE_KNOTS_PER_E = 6
_PIECE = 16_384


def correlation_time_s(*, aperture_m: float, layer_speed_m_s: ArrayLike) -> FloatArray:
    """Time [s] in which the layers cross the aperture, D / speed: the 1/e correlation time of the fades.

    An order of magnitude; take the speed from ``profiles.mean_layer_speed_m_s``, wind and slew together.

    Raises
    ------
    DomainError
        If the aperture [m] or the speed [m/s] is not > 0.
    """
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    within("layer_speed_m_s", layer_speed_m_s, 0.0, np.inf, ends="()")
    return np.divide(aperture_m, layer_speed_m_s)


def normal_series(*, correlation_s: float, step_s: float, count: int, rng: np.random.Generator) -> FloatArray:
    """Standard normal series with exponential autocorrelation, stationary from the first step.

    Parameters
    ----------
    correlation_s : float
        1/e correlation time [s], > 0.
    step_s : float
        Step [s], > 0.
    count : int
        Number of steps, >= 1.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (count,)
        Values [1] of mean 0 and variance 1.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    within("correlation_s", correlation_s, 0.0, np.inf, ends="()")
    within("step_s", step_s, 0.0, np.inf, ends="()")
    within("count", count, 1, np.inf, ends="[)")
    from scipy.signal import lfilter  # slow to import, and only a simulated series needs it

    fresh = np.sqrt(-np.expm1(-2.0 * step_s / correlation_s))
    drive = rng.standard_normal(count)
    drive[0] /= fresh
    return lfilter([fresh], [1.0, -np.exp(-step_s / correlation_s)], drive)


def gamma_gamma_series(
    *,
    alpha: ArrayLike,
    beta: ArrayLike,
    correlation_s: float,
    step_s: float,
    count: int,
    rng: np.random.Generator,
    correlation_small_s: float | None = None,
) -> FloatArray:
    """Series of gamma-gamma fades with mean 1.

    Parameters
    ----------
    alpha, beta : array_like, shape () or (m,)
        Shapes [1], > 0; of m values each holds for an m-th of the series.
    correlation_s : float
        1/e correlation time of the large eddies' normal score [s], > 0.
    step_s : float
        Step of the series [s], > 0.
    count : int
        Number of steps, >= m.
    rng : numpy.random.Generator
        Source of randomness.
    correlation_small_s : float, optional
        The same of the small eddies [s], > 0; without it that of the large ones.

    Returns
    -------
    ndarray, shape (count,)
        Fades h [1], > 0, E[h] = 1.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Gaussian copula: two normal series, each mapped to its gamma law of mean 1 by equal probability. The law of every
    sample is exact to 1e-4; the correlation of h is that of the scores to first order in 1/sqrt(shape).
    """
    shapes = np.broadcast_arrays(
        np.atleast_1d(np.asarray(alpha, dtype=float)), np.atleast_1d(np.asarray(beta, dtype=float))
    )
    within("alpha", shapes[0], 0.0, np.inf, ends="()")
    within("beta", shapes[1], 0.0, np.inf, ends="()")
    within("count", count, shapes[0].size, np.inf, ends="[)")
    small_s = correlation_s if correlation_small_s is None else correlation_small_s
    for name, value in (("correlation_s", correlation_s), ("correlation_small_s", small_s), ("step_s", step_s)):
        within(name, value, 0.0, np.inf, ends="()")
    large, small = (
        _gamma_series(shape, time_s, step_s, count, rng)
        for shape, time_s in zip(shapes, (correlation_s, small_s), strict=True)
    )
    large *= small
    return large


def pointing_series(
    *, residual_x_urad: ArrayLike, residual_y_urad: ArrayLike, divergence_x_urad: float, divergence_y_urad: float
) -> tuple[float, FloatArray]:
    """Mean transmittance of a tracking residual and the fades about it.

    Parameters
    ----------
    residual_x_urad, residual_y_urad : array_like, shape (n,)
        Pointing error of the transmitter [urad], bias included, on an even grid.
    divergence_x_urad, divergence_y_urad : float
        Half-angles at 1/e^2 intensity [urad], > 0.

    Returns
    -------
    mean : float
        Mean transmittance [1]: the pointing loss of the budget, not to be counted again.
    fade : ndarray, shape (n,)
        exp(-2 x^2/t_x^2 - 2 y^2/t_y^2) over its mean [1], of mean 1.

    Raises
    ------
    DomainError
        If a residual is not finite, a divergence is not > 0, or no light arrives at all.
    """
    within("residual_x_urad", residual_x_urad, -np.inf, np.inf, ends="()")
    within("residual_y_urad", residual_y_urad, -np.inf, np.inf, ends="()")
    within("divergence_x_urad", divergence_x_urad, 0.0, np.inf, ends="()")
    within("divergence_y_urad", divergence_y_urad, 0.0, np.inf, ends="()")
    x, y = np.divide(residual_x_urad, divergence_x_urad), np.divide(residual_y_urad, divergence_y_urad)
    share = np.exp(-2.0 * (x * x + y * y))
    mean = float(np.mean(share))
    if mean == 0.0:
        raise DomainError("residual_x_urad and residual_y_urad lie so far outside the beam that no light arrives")
    return mean, share / mean


def joined_series(*fades: ArrayLike) -> FloatArray:
    """Product of independent series of fades on one grid, shape (n,) [1]: h = h_point(t) h_scint(t).

    Raises
    ------
    DomainError
        If no series is given, their lengths differ, or a fade is negative or nan.
    """
    sizes = {np.shape(fade) for fade in fades}
    if len(sizes) != 1:
        raise DomainError(f"fades have the shapes {sorted(sizes)}, must be one or more of the same shape")
    for fade in fades:
        within("fade", fade, 0.0, np.inf, ends="[)")
    product = np.array(fades[0], dtype=float)
    for fade in fades[1:]:
        product *= fade
    return product


def interval_means(fade: ArrayLike, *, step_s: float, interval_s: float = 1.0) -> FloatArray:
    """Means of a series over whole intervals; an unfinished last one is left out.

    Parameters
    ----------
    fade : array_like, shape (n,)
        Series on an even grid.
    step_s : float
        Step [s], > 0.
    interval_s : float
        Length of an interval [s], a multiple of the step.

    Returns
    -------
    ndarray, shape (m,)
        Mean of each interval, in the unit of the series.

    Raises
    ------
    DomainError
        If the interval is not a multiple of the step or is longer than the series.
    """
    within("step_s", step_s, 0.0, np.inf, ends="()")
    within("interval_s", interval_s, 0.0, np.inf, ends="()")
    values = np.asarray(fade, dtype=float)
    each = round(interval_s / step_s)
    if each < 1 or abs(each * step_s - interval_s) > 1e-6 * interval_s:
        raise DomainError(f"interval_s is {interval_s:g}, must be a multiple of the step {step_s:g} s")
    whole = values.size // each
    if whole == 0:
        raise DomainError(f"interval_s is {interval_s:g}, must not exceed the series of {values.size * step_s:g} s")
    return values[: whole * each].reshape(whole, each).mean(axis=1)


def _gamma_series(
    shape: FloatArray, correlation_s: float, step_s: float, count: int, rng: np.random.Generator
) -> FloatArray:
    """Gamma variates of mean 1, shape (count,), made in pieces that stay in the processor's cache."""
    from scipy.signal import lfilter

    rows = _tables(shape, np.linspace(-_SCORE_LIMIT, _SCORE_LIMIT, _SCORE_KNOTS))
    bounds = np.linspace(0, count, shape.size + 1).round().astype(int)
    fresh, memory = np.sqrt(-np.expm1(-2.0 * step_s / correlation_s)), np.exp(-step_s / correlation_s)
    state = np.array([memory * rng.standard_normal()])
    out = np.empty(count)
    for row, begin, end in zip(rows, bounds[:-1], bounds[1:], strict=True):
        slope = np.append(np.diff(row), 0.0)
        offset = row - slope * np.arange(row.size)
        for start in range(begin, end, _PIECE):
            stop = min(start + _PIECE, end)
            score, state = lfilter([fresh], [1.0, -memory], rng.standard_normal(stop - start), zi=state)
            out[start:stop] = _read_table(score, slope, offset)
    return out


def _tables(shape: FloatArray, score: FloatArray) -> FloatArray:
    """Variates at the scores for each shape, (m, k); a long run of shapes is interpolated in the logarithm."""
    log_shape = np.log(shape)
    span = float(np.ptp(log_shape))
    knots = int(np.ceil(_SHAPE_KNOTS_PER_E * span)) + 2
    if shape.size <= knots:
        return gamma_scores(shape=shape[:, None], score=score)
    log_knots = np.linspace(log_shape.min(), log_shape.max() + 1e-9, knots)
    rows = gamma_scores(shape=np.exp(log_knots)[:, None], score=score)
    place = (log_shape - log_knots[0]) / (log_knots[1] - log_knots[0])
    lower = np.minimum(place.astype(int), knots - 2)
    part = (place - lower)[:, None]
    return rows[lower] * (1.0 - part) + rows[lower + 1] * part


def _read_table(score: FloatArray, slope: FloatArray, offset: FloatArray) -> FloatArray:
    """Linear interpolation on the even grid of scores; overwrites the scores."""
    score *= (_SCORE_KNOTS - 1) / (2.0 * _SCORE_LIMIT)
    score += 0.5 * (_SCORE_KNOTS - 1)
    np.clip(score, 0.0, _SCORE_KNOTS - 1.0, out=score)
    cell = score.astype(np.intp)
    score *= slope.take(cell)
    score += offset.take(cell)
    return score
