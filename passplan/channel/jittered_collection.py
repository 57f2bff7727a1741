"""Share of a jittering beam that a receiver of finite size collects, where the spot is not much wider than it."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.diffraction import gaussian_collection
from passplan.channel.pointing_loss import PointingError
from passplan.checks import FloatArray, within

_CUT = 3.6  # of the 1/e^2 radius: 2e-13 of the power lies beyond
_NODES = ((0.2, 8), (0.7, 14), (np.inf, 48))  # receiver radius over spot radius, up to which so many nodes do


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
    convolution, exact at any size. Without bias that is ``gaussian_collection`` of the widened beam. With one, the
    integral over a disc is closed along one axis (error functions) and a Gauss-Legendre sum in the angle t of
    x = a sin(t) along the other, cut where the spot ends; good to 1e-6. The obscured disc is subtracted.
    """
    from scipy.special import erf

    within("range_km", range_km, 0.0, np.inf, ends="()")
    within("divergence_x_urad", divergence_x_urad, 0.0, np.inf, ends="()")
    within("divergence_y_urad", divergence_y_urad, 0.0, np.inf, ends="()")
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    within("obscuration", obscuration, 0.0, 1.0, ends="[)")
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
    x_m, y_m, wide_x_m, wide_y_m = (
        a[..., None] for a in np.broadcast_arrays(x_m, y_m, reach * far_x_urad, reach * far_y_urad)
    )

    def disc(radius_m: float) -> FloatArray:
        """Share within a centred disc."""
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

    share = disc(0.5 * aperture_m)
    if obscuration > 0.0:
        share = share - disc(0.5 * aperture_m * obscuration)
    return np.asarray(np.clip(share, 0.0, 1.0))


@lru_cache(maxsize=4)
def _gauss(count: int) -> tuple[FloatArray, FloatArray]:
    return np.polynomial.legendre.leggauss(count)
