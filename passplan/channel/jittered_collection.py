"""Share of a jittering beam that a receiver of finite size collects, where the spot is not much wider than it."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.diffraction import check_collection, gaussian_collection
from passplan.channel.pointing_loss import PointingError
from passplan.checks import FloatArray

_CUT = 3.6  # of the 1/e^2 radius: 2e-13 of the power lies beyond
_NODES = ((0.7, 14), (np.inf, 48))  # receiver radius over spot radius, up to which so many nodes do
_SERIES_ERROR = 1e-7  # of the share; beyond it the integral is summed


def jittered_collection(
    error: PointingError,
    *,
    range_km: ArrayLike,
    divergence_x_urad: ArrayLike,
    divergence_y_urad: ArrayLike,
    aperture_m: float,
    obscuration: float = 0.0,
) -> FloatArray:
    """Mean share of an elliptic Gaussian beam with bias and jitter that a round, obscured receiver collects.

    Diffraction and pointing in one, from the beam that leaves the telescope to the receiver's aperture: it replaces
    the product of ``gaussian_collection`` and ``pointing_transmittance``, to which it tends for a small receiver.

    Parameters
    ----------
    error : PointingError
        Bias and per-axis jitter of the transmitter [urad], numbers or arrays that broadcast.
    range_km : array_like, shape (...)
        Slant range [km], > 0; far beyond the Rayleigh range.
    divergence_x_urad, divergence_y_urad : array_like, shape (...)
        Half-angles at 1/e^2 intensity along the axes of the ellipse [urad], > 0.
    aperture_m : float
        Clear diameter of the receiver [m], > 0.
    obscuration : float
        Central obscuration of the receiver, ratio of diameters [1], in [0, 1).

    Returns
    -------
    ndarray, shape (...)
        Mean transmittance [1], in [0, 1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    The mean over Gaussian jitter of a Gaussian spot is a Gaussian spot of w^2 + 4 (s R)^2 about the bias: a
    convolution, exact at any size. Without bias that is ``gaussian_collection`` of the widened beam. With one, the mean
    over a disc of radius a is sum_k (a^2/4)^k / (k! (k+1)!) times the k-fold Laplacian at its centre, to k = 4, where
    what follows is below 1e-7 of it: a receiver up to a fourth of the spot. Else the integral over the disc is closed
    along one axis (error functions) and a Gauss-Legendre sum in the angle t of x = a sin(t) along the other, cut where
    the spot ends; good to 1e-6. The obscured disc is subtracted.
    """
    check_collection(range_km, divergence_x_urad, divergence_y_urad, aperture_m, obscuration)
    far_x_urad = np.sqrt(np.square(divergence_x_urad) + 4.0 * np.square(error.jitter_x_urad))
    far_y_urad = np.sqrt(np.square(divergence_y_urad) + 4.0 * np.square(error.jitter_y_urad))
    if not (np.any(error.bias_x_urad) or np.any(error.bias_y_urad)):
        return gaussian_collection(
            range_km=range_km,
            divergence_x_urad=far_x_urad,
            divergence_y_urad=far_y_urad,
            aperture_m=aperture_m,
            obscuration=obscuration,
        )
    reach = np.asarray(range_km, dtype=float) * 1e-3  # urad * km = mm
    x_m, y_m = np.multiply(error.bias_x_urad, reach), np.multiply(error.bias_y_urad, reach)
    spot = _Spot(*np.broadcast_arrays(x_m, y_m, reach * far_x_urad, reach * far_y_urad))
    share = _disc(spot, 0.5 * aperture_m)
    if obscuration > 0.0:
        share = share - _disc(spot, 0.5 * aperture_m * obscuration)
    return np.asarray(np.clip(share, 0.0, 1.0))


class _Spot(NamedTuple):
    """Place [m] of an elliptic Gaussian spot beside a disc, and its radii at 1/e^2 intensity [m], shape (...)."""

    x_m: FloatArray
    y_m: FloatArray
    wide_x_m: FloatArray
    wide_y_m: FloatArray


def _disc(spot: _Spot, radius_m: float) -> FloatArray:
    """Share within a centred disc, shape (...)."""
    share, error = _by_series(spot, radius_m)
    share, far = np.asarray(share), ~np.asarray(error < _SERIES_ERROR)
    if np.any(far):
        share[far] = _by_sum(_Spot(*(each[far] for each in spot)), radius_m)
    return share


def _by_series(spot: _Spot, radius_m: float) -> tuple[FloatArray, FloatArray]:
    """Share within a disc that is small beside the spot, and a bound of its relative error.

    The derivatives of a Gaussian of standard deviation s are Hermite polynomials He_2j(u) s^-2j of u = x / s. The
    bound is that of the term k = 5: |He_2j(u)| <= E (u^2 + Z^2)^j, Z standard normal, on the narrower axis for both.
    """
    size_x, size_y = ((2.0 * radius_m / wide_m) ** 2 for wide_m in (spot.wide_x_m, spot.wide_y_m))
    far_x, far_y = (2.0 * spot.x_m / spot.wide_x_m) ** 2, (2.0 * spot.y_m / spot.wide_y_m) ** 2
    far = far_x + far_y
    x1, x2, x3, x4 = _hermite(far_x, size_x)
    y1, y2, y3, y4 = _hermite(far_y, size_y)
    mean = 1.0 + (x1 + y1) / 8.0
    mean += (x2 + 2.0 * x1 * y1 + y2) / 192.0
    mean += (x3 + 3.0 * (x2 * y1 + x1 * y2) + y3) / 9216.0
    mean += (x4 + 4.0 * (x3 * y1 + x1 * y3) + 6.0 * x2 * y2 + y4) / 737_280.0
    moment = ((((far + 10.0) * far + 80.0) * far + 480.0) * far + 1920.0) * far + 3840.0  # E (u^2 + Z^2)^5, two axes
    error = np.maximum(size_x, size_y) ** 5 * moment / 88_473_600.0
    return 0.5 * np.sqrt(size_x * size_y) * np.exp(-0.5 * far) * mean, error


def _hermite(far: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """He_2j(u) a^2j / s^2j for j = 1 to 4 from u^2 and a^2 / s^2."""
    square = size * size
    return (
        size * (far - 1.0),
        square * ((far - 6.0) * far + 3.0),
        square * size * (((far - 15.0) * far + 45.0) * far - 15.0),
        square * square * ((((far - 28.0) * far + 210.0) * far - 420.0) * far + 105.0),
    )


def _by_sum(spot: _Spot, radius_m: float) -> FloatArray:
    """Share within a disc of any size, shape (m,)."""
    from scipy.special import erf

    x_m, y_m, wide_x_m, wide_y_m = (each[..., None] for each in spot)
    narrowest_m = min(float(np.min(wide_x_m)), float(np.min(wide_y_m)))
    node, weight = _gauss(next(count for limit, count in _NODES if radius_m <= limit * narrowest_m))
    low = np.arcsin(np.clip((x_m - _CUT * wide_x_m) / radius_m, -1.0, 1.0))
    high = np.arcsin(np.clip((x_m + _CUT * wide_x_m) / radius_m, -1.0, 1.0))
    angle = 0.5 * (high + low) + 0.5 * (high - low) * node
    half_m = radius_m * np.cos(angle)
    scale = np.sqrt(2.0) / wide_y_m
    above = erf(scale * (half_m + y_m))
    chord = above + (erf(scale * (half_m - y_m)) if np.any(y_m) else above)
    density = np.exp(-2.0 * ((radius_m * np.sin(angle) - x_m) / wide_x_m) ** 2) / wide_x_m
    return np.sqrt(2.0 / np.pi) * np.sum(0.25 * (high - low) * weight * half_m * density * chord, axis=-1)


@lru_cache(maxsize=4)
def _gauss(count: int) -> tuple[FloatArray, FloatArray]:
    return np.polynomial.legendre.leggauss(count)
