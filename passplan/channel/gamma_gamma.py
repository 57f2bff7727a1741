"""Fades of gamma-gamma law: large eddies times small eddies, each a gamma variate of mean 1."""

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within

_SCORES = np.linspace(-8.0, 8.0, 321)  # normal scores of the large eddies; trapezoid converges exponentially
_COARSE = np.linspace(-8.0, 8.0, 21)  # the same, where the integrand is no steeper than the law itself
_LEVELS = np.linspace(-8.0, 8.0, 55)
_ROUNDS = 4  # each leaves a tenth of the error or less


def eddy_logs(*, rytov: ArrayLike, aperture_ratio: ArrayLike = 0.0) -> tuple[FloatArray, FloatArray]:
    """Log-variances of the irradiance that large and small eddies make, weak to saturated.

    Parameters
    ----------
    rytov : array_like, shape (...)
        Rytov variance of the plane wave [1], >= 0.
    aperture_ratio : array_like, shape (...)
        d = sqrt(k D^2 / (4 L)) [1], >= 0; 0 is a point receiver.

    Returns
    -------
    large, small : ndarray, shape (...)
        Log-variances [1]; the index is exp(large + small) - 1. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input is negative or nan.

    Notes
    -----
    large = 0.49 s / (1 + 0.65 d^2 + 1.11 s^(6/5))^(7/6), small = 0.51 s (1 + 0.69 s^(6/5))^(-5/6) /
    (1 + 0.90 d^2 + 0.62 d^2 s^(6/5)), s the Rytov variance, no inner scale. Source: Andrews and Phillips, Laser Beam
    Propagation through Random Media, sec. 10.3 (recalled, not re-read). Uniform path: on a downlink the averaged index
    comes out too small, see ``andrews_aperture_factor``; use ``shapes_for_index`` with the exact index there.
    """
    within("rytov", rytov, 0.0, np.inf, ends="[)")
    within("aperture_ratio", aperture_ratio, 0.0, np.inf, ends="[)")
    strength = np.asarray(rytov, dtype=float)
    power = strength**1.2
    square = np.asarray(aperture_ratio, dtype=float) ** 2
    large = 0.49 * strength / (1.0 + 0.65 * square + 1.11 * power) ** (7.0 / 6.0)
    small = 0.51 * strength * (1.0 + 0.69 * power) ** (-5.0 / 6.0) / (1.0 + 0.90 * square + 0.62 * square * power)
    return large, small


def gamma_gamma_shapes(*, rytov: ArrayLike, aperture_ratio: ArrayLike = 0.0) -> tuple[FloatArray, FloatArray]:
    """Shapes alpha (large eddies) and beta (small eddies) [1] from the Rytov variance.

    Parameters
    ----------
    rytov : array_like, shape (...)
        Rytov variance of the plane wave [1], > 0.
    aperture_ratio : array_like, shape (...)
        sqrt(k D^2 / (4 L)) [1], >= 0.

    Returns
    -------
    alpha, beta : ndarray, shape (...)
        1/(exp(large) - 1) and 1/(exp(small) - 1) of ``eddy_logs`` [1], > 0.

    Raises
    ------
    DomainError
        If the Rytov variance is not > 0, or the ratio is negative, or one is nan.
    """
    within("rytov", rytov, 0.0, np.inf, ends="()")
    large, small = eddy_logs(rytov=rytov, aperture_ratio=aperture_ratio)
    return 1.0 / np.expm1(large), 1.0 / np.expm1(small)


def shapes_for_index(*, index: ArrayLike, share_large: ArrayLike = 0.5) -> tuple[FloatArray, FloatArray]:
    """Shapes [1] of the law that has a given index.

    Parameters
    ----------
    index : array_like, shape (...)
        Scintillation index [1], > 0.
    share_large : array_like, shape (...)
        Share of ln(1 + index) that the large eddies make [1], in (0, 1); about a half in weak turbulence.

    Returns
    -------
    alpha, beta : ndarray, shape (...)
        (1 + 1/alpha)(1 + 1/beta) = 1 + index. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    within("index", index, 0.0, np.inf, ends="()")
    within("share_large", share_large, 0.0, 1.0, ends="()")
    total = np.log1p(index)
    return 1.0 / np.expm1(np.multiply(share_large, total)), 1.0 / np.expm1(
        np.multiply(np.subtract(1.0, share_large), total)
    )


def gamma_gamma_index(*, alpha: ArrayLike, beta: ArrayLike) -> FloatArray:
    """Scintillation index 1/alpha + 1/beta + 1/(alpha beta) [1] of shapes [1] > 0.

    Raises
    ------
    DomainError
        If a shape is not > 0 or is nan.
    """
    _check_shapes(alpha, beta)
    return np.divide(1.0, alpha) + np.divide(1.0, beta) + 1.0 / np.multiply(alpha, beta)


def gamma_gamma_moment(*, alpha: ArrayLike, beta: ArrayLike, order: float) -> FloatArray:
    """Moment E[h^order] [1]; 1 at order 1.

    Raises
    ------
    DomainError
        If a shape is not > 0, or the order is not above -min(alpha, beta) where the moment exists.

    Notes
    -----
    Gamma(alpha + n) Gamma(beta + n) / (Gamma(alpha) Gamma(beta) (alpha beta)^n).
    """
    from scipy.special import gammaln

    _check_shapes(alpha, beta)
    within("order", order, -float(np.min(np.minimum(alpha, beta))), np.inf, ends="()")
    large, small = np.asarray(alpha, dtype=float), np.asarray(beta, dtype=float)
    logs = gammaln(large + order) - gammaln(large) + gammaln(small + order) - gammaln(small)
    return np.exp(logs - order * np.log(large * small))


def gamma_gamma_pdf(fade: ArrayLike, *, alpha: float, beta: float) -> FloatArray:
    """Probability density of the fade.

    Parameters
    ----------
    fade : array_like, shape (...)
        h [1], > 0; the mean of the law is 1.
    alpha, beta : float
        Shapes [1], > 0.

    Returns
    -------
    ndarray, shape (...)
        Density [1], >= 0.

    Raises
    ------
    DomainError
        If an input is not > 0 or is nan.

    Notes
    -----
    2 (ab)^((a+b)/2) / (Gamma(a) Gamma(b)) h^((a+b)/2 - 1) K_(a-b)(2 sqrt(a b h)), summed over the large eddies instead
    of by the Bessel function, whose factors overflow where the shapes are large.
    """
    from scipy.special import gammaln

    within("fade", fade, 0.0, np.inf, ends="()")
    large, weight = _large_eddies(alpha, beta)
    scaled = np.asarray(fade, dtype=float)[..., None] / large
    log_density = beta * np.log(beta) - gammaln(beta) + (beta - 1.0) * np.log(scaled) - beta * scaled
    return np.exp(log_density) / large @ weight


def gamma_gamma_cdf(fade: ArrayLike, *, alpha: float, beta: float) -> FloatArray:
    """Probability that the fade is below a level: the outage probability at that level.

    Parameters
    ----------
    fade : array_like, shape (...)
        Level h [1], >= 0; the mean of the law is 1.
    alpha, beta : float
        Shapes [1], > 0.

    Returns
    -------
    ndarray, shape (...)
        Probability [1], in [0, 1].

    Raises
    ------
    DomainError
        If the level is negative, a shape is not > 0, or one is nan.
    """
    from scipy.special import gammainc

    within("fade", fade, 0.0, np.inf, ends="[)")
    large, weight = _large_eddies(alpha, beta)
    return np.clip(gammainc(beta, beta * np.asarray(fade, dtype=float)[..., None] / large) @ weight, 0.0, 1.0)


def gamma_scores(*, shape: ArrayLike, score: ArrayLike) -> FloatArray:
    """Gamma variate of mean 1 that has the same probability as a standard normal variate.

    Parameters
    ----------
    shape : array_like, shape (...)
        Shape of the gamma law [1], > 0.
    score : array_like, shape (...)
        Standard normal variate [1], finite.

    Returns
    -------
    ndarray, shape (...)
        Variate [1], > 0. Inputs broadcast.

    Raises
    ------
    DomainError
        If the shape is not > 0 or an input is not finite.
    """
    from scipy.special import gammainccinv, gammaincinv, ndtr

    within("shape", shape, 0.0, np.inf, ends="()")
    within("score", score, -np.inf, np.inf, ends="()")
    scores, shapes = np.broadcast_arrays(np.asarray(score, dtype=float), np.asarray(shape, dtype=float))
    # Each tail by its own inverse, so that neither probability is rounded to 1.
    tail = ndtr(-np.abs(scores))
    return np.where(scores < 0.0, gammaincinv(shapes, tail), gammainccinv(shapes, tail)) / shapes


def gamma_gamma_scores(*, alpha: ArrayLike, beta: ArrayLike, score: ArrayLike) -> FloatArray:
    """Gamma-gamma fade that has the same probability as a standard normal variate: its quantile function.

    Parameters
    ----------
    alpha, beta : array_like, shape (m,)
        Shapes [1], > 0.
    score : array_like, shape (k,)
        Standard normal variates [1], in [-7, 7].

    Returns
    -------
    ndarray, shape (m, k)
        Fades h [1], > 0.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    The distribution function at levels near the wanted scores, summed over the law of the larger shape, then turned
    round; right to 1e-4 of the scores.
    """
    _check_shapes(alpha, beta)
    within("score", score, -7.0, 7.0)
    narrow, wide = np.sort(np.stack(np.broadcast_arrays(alpha, beta)), axis=0)[::-1, :, None]
    logs, found = _log_levels(narrow, wide)
    step = _LEVELS[1] - _LEVELS[0]
    wanted = np.broadcast_to((np.asarray(score, dtype=float) - _LEVELS[0]) / step, (len(logs), np.size(score)))
    excess = (found - _LEVELS) / step
    place = wanted
    for _ in range(_ROUNDS):
        place = wanted - _cubic(excess, place)
    return np.exp(_cubic(logs, place))


def log_variance(*, shape: ArrayLike) -> FloatArray:
    """Variance of the logarithm of a gamma variate [1], the trigamma function of its shape [1] > 0.

    Raises
    ------
    DomainError
        If the shape is not > 0 or is nan.
    """
    from scipy.special import polygamma

    within("shape", shape, 0.0, np.inf, ends="()")
    return np.asarray(polygamma(1, shape))


def shape_of_log_variance(*, variance: ArrayLike) -> FloatArray:
    """Shape [1] of a gamma variate whose logarithm has a variance [1] > 0, the inverse of `log_variance`, to 1e-12.

    Raises
    ------
    DomainError
        If the variance is not > 0 or is nan.
    """
    from scipy.special import polygamma

    within("variance", variance, 0.0, np.inf, ends="()")
    wanted = np.asarray(variance, dtype=float)
    shape = 0.5 / wanted + np.sqrt(0.25 / wanted**2 + 1.0 / wanted)  # of 1/x + 1/x^2, within a third everywhere
    for _ in range(_ROUNDS + 1):  # Newton's rule on the logarithms
        found = polygamma(1, shape)
        shape = shape * np.exp(np.log(wanted / found) * found / (shape * polygamma(2, shape)))
    return np.asarray(shape)


def _log_levels(narrow: FloatArray, wide: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Levels of ln h, which have the scores `_LEVELS` if both laws are log-normal, and their true scores, (m, k)."""
    from scipy.special import gammainc, gammaincc, ndtri

    part = np.sqrt(log_variance(shape=narrow) / (log_variance(shape=narrow) + log_variance(shape=wide)))
    scores = part * _LEVELS, np.sqrt(1.0 - part**2) * _LEVELS
    fades = gamma_scores(shape=narrow, score=scores[0]) * gamma_scores(shape=wide, score=scores[1])
    weight = np.exp(-0.5 * _COARSE**2)
    weight /= np.sum(weight)
    scaled = (wide * fades)[:, :, None] / gamma_scores(shape=narrow, score=_COARSE)[:, None, :]
    middle = _LEVELS.size // 2
    below = ndtri(gammainc(wide[:, :, None], scaled[:, :middle]) @ weight)
    above = -ndtri(gammaincc(wide[:, :, None], scaled[:, middle:]) @ weight)
    return np.log(fades), np.concatenate([below, above], axis=1)


def _cubic(values: FloatArray, place: FloatArray) -> FloatArray:
    """Values on an even grid, (m, n), at places counted in its steps, (m, k), by the cubic through four neighbours."""
    first = np.clip(place.astype(int) - 1, 0, values.shape[1] - 4)
    x = place - first
    near = [np.take_along_axis(values, first + i, axis=1) for i in range(4)]
    outer = (x - 1.0) * (x - 2.0) / 6.0
    inner = x * (x - 3.0) / 2.0
    return outer * (x * near[3] - (x - 3.0) * near[0]) + inner * ((x - 2.0) * near[1] - (x - 1.0) * near[2])


def _large_eddies(alpha: float, beta: float) -> tuple[FloatArray, FloatArray]:
    """Variates of the large eddies and their weights, shape (m,)."""
    _check_shapes(alpha, beta)
    weight = np.exp(-0.5 * _SCORES**2)
    return gamma_scores(shape=alpha, score=_SCORES), weight / np.sum(weight)


def _check_shapes(alpha: ArrayLike, beta: ArrayLike) -> None:
    within("alpha", alpha, 0.0, np.inf, ends="()")
    within("beta", beta, 0.0, np.inf, ends="()")
