"""Series of fades in time: gamma-gamma fades, the tracking residual's own fades, their product and its means."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.fade_scores import pieces, score_source
from passplan.channel.gamma_gamma import gamma_gamma_scores, gamma_scores, log_variance, shape_of_log_variance
from passplan.checks import FloatArray, freeze, within
from passplan.errors import DomainError

_SCORE_LIMIT = 7.0
_SCORE_KNOTS = 281
_KNOTS = np.linspace(-_SCORE_LIMIT, _SCORE_LIMIT, _SCORE_KNOTS)
_KNOTS_PER_SCORE = (_SCORE_KNOTS - 1) / (2.0 * _SCORE_LIMIT)
_SHAPE_KNOTS_PER_E = 6
_VARIANCE_KNOTS_PER_E = 2
_SHARE_KNOTS = 16
_FEW_PAIRS = 24


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
    following = score_source(correlation_s=correlation_s, step_s=step_s, rng=rng)
    return np.concatenate([following(piece.stop - piece.start) for piece, _ in pieces(count)])


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
        1/e correlation time [s], > 0: of the fades' normal score, or of the large eddies' where the small ones have
        their own.
    step_s : float
        Step of the series [s], > 0.
    count : int
        Number of steps, >= m.
    rng : numpy.random.Generator
        Source of randomness.
    correlation_small_s : float, optional
        The same of the small eddies [s], > 0. Without it both fade together.

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
    Gaussian copula: a normal series mapped to the gamma-gamma law by equal probability, or, where the eddies have
    times of their own, two of them, each mapped to its gamma law of mean 1. The law of every sample is exact to 1e-3;
    the correlation of h is that of the scores to first order in 1/sqrt(shape).
    """
    shapes = np.broadcast_arrays(
        np.atleast_1d(np.asarray(alpha, dtype=float)), np.atleast_1d(np.asarray(beta, dtype=float))
    )
    within("alpha", shapes[0], 0.0, np.inf, ends="()")
    within("beta", shapes[1], 0.0, np.inf, ends="()")
    within("count", count, shapes[0].size, np.inf, ends="[)")
    if correlation_small_s is None:
        laws = [(correlation_s, _pair_rows(*shapes))]
    else:
        laws = [
            (time_s, _tables(shape, _KNOTS))
            for time_s, shape in zip((correlation_s, correlation_small_s), shapes, strict=True)
        ]
    sources = [score_source(correlation_s=time_s, step_s=step_s, rng=rng, scale=_KNOTS_PER_SCORE) for time_s, _ in laws]
    lines = [_lines(rows) for _, rows in laws]
    out = np.empty(count)
    for piece, parts in pieces(count, shapes[0].size):
        fades = []
        for following, line in zip(sources, lines, strict=True):
            fades.append(following(piece.stop - piece.start))
            for row, part in parts:
                _read_table(fades[-1][part], *line[row])
        np.multiply(fades[0], fades[1] if len(fades) > 1 else 1.0, out=out[piece])
    return out


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
    within("divergence_x_urad", divergence_x_urad, 0.0, np.inf, ends="()")
    within("divergence_y_urad", divergence_y_urad, 0.0, np.inf, ends="()")
    x, y = np.broadcast_arrays(np.asarray(residual_x_urad, dtype=float), np.asarray(residual_y_urad, dtype=float))
    if x.ndim != 1 or x.size == 0:
        raise DomainError(f"residual_x_urad and residual_y_urad have the shape {x.shape}, must be (n,) with n >= 1")
    share = np.empty(x.size)
    for piece, _ in pieces(x.size):
        square = (x[piece] * (1.0 / divergence_x_urad)) ** 2
        square += (y[piece] * (1.0 / divergence_y_urad)) ** 2
        if not np.max(square) < np.inf:
            within("residual_x_urad", x[piece], -np.inf, np.inf, ends="()")
            within("residual_y_urad", y[piece], -np.inf, np.inf, ends="()")
        square *= -2.0
        np.exp(square, out=share[piece])
    mean = float(np.mean(share))
    if mean == 0.0:
        raise DomainError("residual_x_urad and residual_y_urad lie so far outside the beam that no light arrives")
    share /= mean
    return mean, share


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
    (shape,) = sizes
    factors = [np.asarray(fade, dtype=float).ravel() for fade in fades]
    product = np.empty(factors[0].size)
    for piece, _ in pieces(product.size):
        joined = np.multiply(factors[0][piece], factors[1][piece] if len(factors) > 1 else 1.0, out=product[piece])
        for factor in factors[2:]:
            joined *= factor[piece]
        # One look at the product finds nan and inf of any factor; two negative ones would hide in it.
        if not np.max(joined) < np.inf or any(np.min(factor[piece]) < 0.0 for factor in factors):
            for factor in factors:
                within("fade", factor[piece], 0.0, np.inf, ends="[)")
    return product.reshape(shape)


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


def _lines(rows: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    """Slopes and offsets of the lines between the knots, over the score in knots, for each row; the ends are level."""
    slopes = np.diff(rows, append=rows[:, -1:])
    slopes[:, 0] = 0.0
    offsets = rows - slopes * np.arange(_SCORE_KNOTS)
    return list(zip(slopes, offsets, strict=True))


def _pair_rows(alpha: FloatArray, beta: FloatArray) -> FloatArray:
    """Gamma-gamma fades at the knots for each pair of shapes, (m, k), each row of mean 1.

    Many pairs share the corners of a grid over the variance of ln h, in whose root ln h is nearly linear, and over the
    large eddies' share of it, on which ln h hardly depends.
    """
    if alpha.size <= _FEW_PAIRS:
        rows = gamma_gamma_scores(alpha=alpha, beta=beta, score=_KNOTS)
    else:
        large, small = log_variance(shape=alpha), log_variance(shape=beta)
        total = large + small
        places = np.stack([_VARIANCE_KNOTS_PER_E * np.log(total), _SHARE_KNOTS * (large / total)])
        cells = np.floor(places)
        low, high = (np.exp(0.5 * (cells[0] + end) / _VARIANCE_KNOTS_PER_E) for end in (0, 1))
        parts = np.stack([(np.sqrt(total) - low) / (high - low), places[1] - cells[1]])
        corners = [np.array([[i], [j]]) for i in (0, 1) for j in (0, 1)]
        nodes, which = np.unique(np.hstack([cells + corner for corner in corners]), axis=1, return_inverse=True)
        share = np.clip(nodes[1] / _SHARE_KNOTS, 1e-6, 1.0 - 1e-6)
        variance = np.exp(nodes[0] / _VARIANCE_KNOTS_PER_E)
        alphas, betas = (shape_of_log_variance(variance=variance * part) for part in (share, 1.0 - share))
        logs = _log_rows(tuple(alphas.tolist()), tuple(betas.tolist()))
        weights = np.stack([np.prod(np.where(corner, parts, 1.0 - parts), axis=0) for corner in corners])
        rows = np.exp(np.einsum("cm,cmk->mk", weights, logs[which.reshape(4, -1)]))
    density = np.exp(-0.5 * _KNOTS**2)
    return np.asarray(rows * (np.sum(density) / (rows @ density))[:, None])


@lru_cache(maxsize=32)
def _log_rows(alphas: tuple[float, ...], betas: tuple[float, ...]) -> FloatArray:
    """Logarithms of the fades at the knots, (m, k), kept for the next series of a pass: 20 ms for a new one."""
    logs = np.log(gamma_gamma_scores(alpha=alphas, beta=betas, score=_KNOTS))
    freeze(logs)
    return logs


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


def _read_table(score: FloatArray, slope: FloatArray, offset: FloatArray) -> None:
    """Fades in the place of scores, which come in units of the knots' distance: linear between the knots."""
    score += 0.5 * (_SCORE_KNOTS - 1)
    cell = score.astype(np.intp)
    score *= slope.take(cell, mode="clip")
    score += offset.take(cell, mode="clip")
