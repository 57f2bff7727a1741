"""Mean, scatter and quantiles of the transmittance of a Gaussian beam that is pointed with bias and jitter."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within

_LARGEST_EXPONENT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PointingError:
    """Pointing error of a terminal on a time grid; each field is a number or an array of shape (n,).

    bias_x_urad, bias_y_urad : mean offset along two axes [urad], finite
    jitter_x_urad, jitter_y_urad : rms about the mean, PER AXIS [urad], >= 0 (a radial rms is sqrt(2) larger)
    """

    bias_x_urad: ArrayLike = 0.0
    bias_y_urad: ArrayLike = 0.0
    jitter_x_urad: ArrayLike = 0.0
    jitter_y_urad: ArrayLike = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            low = 0.0 if field.name.startswith("jitter") else -np.inf
            ends = "[)" if field.name.startswith("jitter") else "()"
            within(f"PointingError.{field.name}", getattr(self, field.name), low, np.inf, ends=ends)


def pointing_transmittance(
    error: PointingError, *, divergence_x_urad: ArrayLike, divergence_y_urad: ArrayLike
) -> FloatArray:
    """Mean transmittance relative to a perfectly pointed beam.

    Parameters
    ----------
    error : PointingError
        Bias and per-axis jitter of the transmitter [urad].
    divergence_x_urad, divergence_y_urad : array_like, shape (...)
        Half-angles at 1/e^2 intensity along the same axes [urad], > 0.

    Returns
    -------
    ndarray, shape (...)
        Mean of exp(-2 x^2/t_x^2 - 2 y^2/t_y^2) [1], in [0, 1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If a divergence is not > 0 or is nan.

    Notes
    -----
    Product over the axes of (1 + 4 s^2/t^2)^(-1/2) exp(-2 b^2/(t^2 + 4 s^2)), s jitter, b bias, t divergence: the exact
    Gaussian mean (Beckmann distribution of the radial error; Rician when the axes are equal). Holds while the spot is
    much wider than the receiver's aperture. At a receiver of finite size read t as the equivalent width of Farid and
    Hranilovic, J. Lightwave Technol. 25, 1702 (2007).
    """
    return _axis_mean(error.bias_x_urad, error.jitter_x_urad, divergence_x_urad, "divergence_x_urad") * _axis_mean(
        error.bias_y_urad, error.jitter_y_urad, divergence_y_urad, "divergence_y_urad"
    )


def pointing_index(error: PointingError, *, divergence_x_urad: ArrayLike, divergence_y_urad: ArrayLike) -> FloatArray:
    """Scintillation index, variance over squared mean, of the fades that pointing jitter causes.

    Parameters
    ----------
    error : PointingError
        Bias and per-axis jitter of the transmitter [urad].
    divergence_x_urad, divergence_y_urad : array_like, shape (...)
        Half-angles at 1/e^2 intensity along the same axes [urad], > 0.

    Returns
    -------
    ndarray, shape (...)
        Index [1], >= 0. Inputs broadcast.

    Raises
    ------
    DomainError
        If a divergence is not > 0 or is nan.

    Notes
    -----
    The second moment is the mean with t -> t/sqrt(2). Per axis, E[h^2]/E[h]^2 =
    (1 + 4q)/sqrt(1 + 8q) exp(16 b^2 s^2 / ((t^2 + 4 s^2)(t^2 + 8 s^2))), q = s^2/t^2. The exponent, which only a beam
    that points elsewhere makes large, is cut at 100. Without bias and with equal axes this is
    (beta + 1)^2/(beta (beta + 2)) - 1, beta = t^2/(4 s^2).
    """
    excess_x, exponent_x = _axis_ratio(error.bias_x_urad, error.jitter_x_urad, divergence_x_urad, "divergence_x_urad")
    excess_y, exponent_y = _axis_ratio(error.bias_y_urad, error.jitter_y_urad, divergence_y_urad, "divergence_y_urad")
    logarithm = excess_x + excess_y + exponent_x + exponent_y
    return np.expm1(np.minimum(logarithm, _LARGEST_EXPONENT))


def pointing_quantile(*, probability: ArrayLike, divergence_urad: ArrayLike, jitter_urad: ArrayLike) -> FloatArray:
    """Transmittance that a round, unbiased beam falls below with a given probability.

    Parameters
    ----------
    probability : array_like, shape (...)
        Probability [1], in (0, 1].
    divergence_urad : array_like, shape (...)
        Half-angle at 1/e^2 intensity [urad], > 0.
    jitter_urad : array_like, shape (...)
        Rms jitter per axis, equal on both [urad], >= 0.

    Returns
    -------
    ndarray, shape (...)
        Transmittance [1], in (0, 1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    The transmittance has the beta density b h^(b-1), b = divergence^2/(4 jitter^2), so the quantile is p^(1/b). A fade
    depth, not a mean loss: counts follow the mean.
    """
    within("probability", probability, 0.0, 1.0, ends="(]")
    within("divergence_urad", divergence_urad, 0.0, np.inf, ends="()")
    within("jitter_urad", jitter_urad, 0.0, np.inf, ends="[)")
    return np.asarray(probability, dtype=float) ** (4.0 * np.divide(jitter_urad, divergence_urad) ** 2)


def _axis_mean(bias_urad: ArrayLike, jitter_urad: ArrayLike, divergence_urad: ArrayLike, name: str) -> FloatArray:
    within(name, divergence_urad, 0.0, np.inf, ends="()")
    widened = np.square(divergence_urad) + 4.0 * np.square(jitter_urad)
    return np.asarray(divergence_urad, dtype=float) / np.sqrt(widened) * np.exp(-2.0 * np.square(bias_urad) / widened)


def _axis_ratio(
    bias_urad: ArrayLike, jitter_urad: ArrayLike, divergence_urad: ArrayLike, name: str
) -> tuple[FloatArray, FloatArray]:
    """Logarithm of E[h^2]/E[h]^2 of one axis: the parts without and with bias."""
    within(name, divergence_urad, 0.0, np.inf, ends="()")
    width, spread = np.square(divergence_urad), 4.0 * np.square(jitter_urad)
    exponent = 4.0 * np.square(bias_urad) * spread / ((width + spread) * (width + 2.0 * spread))
    return np.log1p(spread / width) - 0.5 * np.log1p(2.0 * spread / width), exponent
