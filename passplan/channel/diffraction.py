"""Which share of the transmitted beam falls on the receiver's aperture, from diffraction alone."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within

# Directions of a periodic trapezoid over half a turn, which converges geometrically; for how unequal the axes may be
# (half the difference of the curvatures over their mean) and how wide the aperture (that half times its area / pi).
_DIRECTIONS = ((0.22, 0.3, 16), (0.6, 2.0, 32), (np.inf, np.inf, 64))


def gaussian_collection(
    *,
    range_km: ArrayLike,
    divergence_x_urad: ArrayLike,
    divergence_y_urad: ArrayLike,
    aperture_m: float,
    obscuration: float = 0.0,
) -> FloatArray:
    """Share of an elliptic Gaussian beam that a centred round aperture collects.

    Parameters
    ----------
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
        Transmittance [1], in [0, 1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Round beam: eta = 1 - exp(-2 a^2 / w^2), a = aperture/2, w = divergence * range (Saleh and Teich, Fundamentals of
    Photonics, sec. 3.1 B). Elliptic: the radial integral is closed, eta = (1/pi) int_0^pi g(phi) dphi with
    g = (1 - exp(-2 a^2 q)) / (w_x w_y q), q = cos^2/w_x^2 + sin^2/w_y^2, and the angular one is a periodic trapezoid,
    taken over one quadrant for symmetry, exact to rounding unless the aperture is wider than the beam and the ellipse
    very thin. A small aperture gives D^2 / (2 w_x w_y). The obscured inner disc is subtracted.
    """
    check_collection(range_km, divergence_x_urad, divergence_y_urad, aperture_m, obscuration)
    spot_x_m = np.asarray(np.multiply(divergence_x_urad, range_km) * 1e-3)  # urad * km = mm
    spot_y_m = np.asarray(np.multiply(divergence_y_urad, range_km) * 1e-3)
    if np.array_equal(spot_x_m, spot_y_m):
        return _ring(spot_x_m**-2.0, aperture_m, obscuration)
    return _elliptic(spot_x_m**-2.0, spot_y_m**-2.0, aperture_m, obscuration)


def top_hat_collection(
    *,
    range_km: ArrayLike,
    divergence_x_urad: ArrayLike,
    divergence_y_urad: ArrayLike,
    aperture_m: float,
    obscuration: float = 0.0,
    launch_aperture_m: float = 0.0,
) -> FloatArray:
    """Share of a uniformly lit ellipse that a centred round aperture collects.

    Parameters
    ----------
    range_km : array_like, shape (...)
        Slant range [km], > 0.
    divergence_x_urad, divergence_y_urad : array_like, shape (...)
        Half-angles of the lit ellipse [urad], > 0; set to the 1/e^2 half-angles by the common convention.
    aperture_m : float
        Clear diameter of the receiver [m], > 0.
    obscuration : float
        Central obscuration of the receiver, ratio of diameters [1], in [0, 1).
    launch_aperture_m : float
        Diameter that the ellipse already has at the transmitter [m], >= 0; 0 lets it grow from a point.

    Returns
    -------
    ndarray, shape (...)
        Transmittance [1], in [0, 1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    eta = a^2 (1 - obscuration^2) / (w_x w_y), w = divergence * range + launch aperture / 2, the ratio of areas:
    without the launch aperture 3.01 dB under the axis of a Gaussian beam of the same 1/e^2 angle, so it stands for a
    beam with half its power outside the main lobe. Each disc is clipped at 1; that is exact for a round beam, and for
    an elliptic one while the aperture lies within the ellipse.
    """
    check_collection(range_km, divergence_x_urad, divergence_y_urad, aperture_m, obscuration)
    within("launch_aperture_m", launch_aperture_m, 0.0, np.inf, ends="[)")
    spot_x_m = np.multiply(divergence_x_urad, range_km) * 1e-3 + 0.5 * launch_aperture_m  # urad * km = mm
    spot_y_m = np.multiply(divergence_y_urad, range_km) * 1e-3 + 0.5 * launch_aperture_m
    spot_area = spot_x_m * spot_y_m
    outer = np.minimum((0.5 * aperture_m) ** 2 / spot_area, 1.0)
    inner = np.minimum((0.5 * aperture_m * obscuration) ** 2 / spot_area, 1.0)
    return np.asarray(outer - inner)


def _elliptic(curvature_x: FloatArray, curvature_y: FloatArray, aperture_m: float, obscuration: float) -> FloatArray:
    """Mean of the radial integral over the directions, of which one quadrant stands for all."""
    mean, half = 0.5 * (curvature_x + curvature_y), 0.5 * (curvature_x - curvature_y)
    unequal, wide = np.max(np.abs(half / mean)), 0.5 * aperture_m**2 * np.max(np.abs(half))
    count = next(number for axes, area, number in _DIRECTIONS if unequal < axes and wide < area)
    weight = np.r_[1.0, np.full(count // 2 - 1, 2.0), 1.0] / count
    total = np.zeros_like(mean)
    # added one by one, not as a matrix product, whose last digit would hang on the number of instants
    for turn, share in zip(np.cos(2.0 * np.pi * np.arange(count // 2 + 1) / count), weight, strict=True):
        curvature = mean + half * turn
        total += share * _ring(curvature, aperture_m, obscuration) / curvature
    return total * np.sqrt(curvature_x * curvature_y)


def _ring(curvature: FloatArray, aperture_m: float, obscuration: float) -> FloatArray:
    """exp(-2 a^2 q) of the inner disc minus that of the outer one, kept in its last digits."""
    outer_m, inner_m = 0.5 * aperture_m, 0.5 * aperture_m * obscuration
    if obscuration == 0.0:
        return -np.expm1(-2.0 * outer_m**2 * curvature)
    return -np.exp(-2.0 * inner_m**2 * curvature) * np.expm1(-2.0 * (outer_m**2 - inner_m**2) * curvature)


def check_collection(
    range_km: ArrayLike,
    divergence_x_urad: ArrayLike,
    divergence_y_urad: ArrayLike,
    aperture_m: float,
    obscuration: float,
) -> None:
    """Raise DomainError when range [km], divergence [urad], aperture [m] or obscuration [1] is outside its range."""
    within("range_km", range_km, 0.0, np.inf, ends="()")
    within("divergence_x_urad", divergence_x_urad, 0.0, np.inf, ends="()")
    within("divergence_y_urad", divergence_y_urad, 0.0, np.inf, ends="()")
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    within("obscuration", obscuration, 0.0, 1.0, ends="[)")


COLLECTION: Mapping[str, Callable[..., FloatArray]] = MappingProxyType(
    {
        "gaussian": gaussian_collection,
        "top-hat": top_hat_collection,
        "top-hat-from-aperture": top_hat_collection,
    }
)
