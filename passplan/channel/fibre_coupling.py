"""How much of the collected light enters a single-mode fibre, a multimode fibre or a field stop.

All shares count from the light in the clear aperture to the light in the fibre or behind the stop; reflection at the
fibre's end and the loss of the optics are not in them.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, freeze, within

BEST_MODE_RATIO = 1.1209  # aperture radius over the 1/e field radius of the mode, open aperture: coupling 0.8145
_SEPARATIONS = 161
_RADIAL_NODES = 24
_ANGLE_NODES = 20
_LARGEST_RATIO = 200.0  # D / r0


def simple_coupling(*, aperture_ratio: ArrayLike) -> FloatArray:
    """Rule of thumb for the share of an uncorrected wave that enters a single-mode fibre, 1/(1 + (D/r0)^2) [1].

    ``aperture_ratio`` is D/r0 [1], >= 0, any shape. The rule leaves out the mismatch of fibre mode and aperture (0.81
    at best), so it stands above ``single_mode_coupling`` in still air. Mean over time; the fades about it are deep.

    Raises
    ------
    DomainError
        If the ratio is negative or nan.
    """
    within("aperture_ratio", aperture_ratio, 0.0, np.inf, ends="[)")
    return 1.0 / (1.0 + np.square(np.asarray(aperture_ratio, dtype=float)))


def still_air_coupling(*, obscuration: ArrayLike = 0.0, mode_ratio: ArrayLike = BEST_MODE_RATIO) -> FloatArray:
    """Share of a plane wave in still air that enters a single-mode fibre.

    Parameters
    ----------
    obscuration : array_like, shape (...)
        Central obscuration, ratio of diameters [1], in [0, 1).
    mode_ratio : array_like, shape (...)
        Aperture radius over the 1/e field radius of the fibre mode imaged into the aperture [1], > 0.

    Returns
    -------
    ndarray, shape (...)
        Share [1] of the light in the clear ring. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    2 (e^(-a^2 e^2) - e^(-a^2))^2 / (a^2 (1 - e^2)), a the mode ratio, e the obscuration: overlap of a uniform ring with
    a Gaussian. Source: Ruilier, Proc. SPIE 3350, 319 (1998) (recalled, not re-read; derived again).
    """
    within("obscuration", obscuration, 0.0, 1.0, ends="[)")
    within("mode_ratio", mode_ratio, 0.0, np.inf, ends="()")
    square = np.square(np.asarray(mode_ratio, dtype=float))
    inner = np.square(np.asarray(obscuration, dtype=float))
    return 2.0 * (np.exp(-square * inner) - np.exp(-square)) ** 2 / (square * (1.0 - inner))


def best_mode_ratio(*, obscuration: float = 0.0) -> float:
    """Mode ratio [1] that couples most in still air; 1.1209 for an open aperture.

    Raises
    ------
    DomainError
        If the obscuration lies outside [0, 1) or is nan.
    """
    from scipy.optimize import minimize_scalar

    within("obscuration", obscuration, 0.0, 1.0, ends="[)")
    found = minimize_scalar(
        lambda ratio: -float(still_air_coupling(obscuration=obscuration, mode_ratio=ratio)),
        bounds=(0.3, 1.5),
        method="bounded",
        options={"xatol": 1e-7},
    )
    return float(found.x)


def single_mode_coupling(
    *,
    aperture_ratio: ArrayLike,
    obscuration: float = 0.0,
    mode_ratio: float = BEST_MODE_RATIO,
    jitter_ratio: ArrayLike = 0.0,
) -> FloatArray:
    """Mean share of an uncorrected turbulent plane wave that enters a single-mode fibre.

    Parameters
    ----------
    aperture_ratio : array_like, shape (...)
        D/r0 [1], 0 to 200.
    obscuration : float
        Central obscuration, ratio of diameters [1], in [0, 1).
    mode_ratio : float
        Aperture radius over the 1/e field radius of the mode in the aperture [1], > 0.
    jitter_ratio : array_like, shape (...)
        Per-axis rms of the line of sight's own error over wavelength/D [1], >= 0.

    Returns
    -------
    ndarray, shape (...)
        Mean share [1] of the light in the clear ring.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Integral of exp(-3.44 (r/r0)^(5/3)) over the autocorrelation of aperture times mode: exact for the mean with a
    Kolmogorov spectrum, infinite outer scale and even illumination, tilt left in. Dikmelik and Davidson, Appl. Opt.
    44, 4946 (2005), take the square in place of the power 5/3 (recalled, not re-read). Scintillation over the aperture
    is in the coherence function; phase correction is not: see ``adaptive_optics``.
    """
    within("aperture_ratio", aperture_ratio, 0.0, _LARGEST_RATIO)
    within("obscuration", obscuration, 0.0, 1.0, ends="[)")
    within("mode_ratio", mode_ratio, 0.0, np.inf, ends="()")
    within("jitter_ratio", jitter_ratio, 0.0, np.inf, ends="[)")
    separation, overlap = _pupil_overlap(float(obscuration), float(mode_ratio))
    ratio = np.asarray(aperture_ratio, dtype=float)[..., None]
    # The coherence is under 1e-8 beyond 2.9 r0.
    farthest = np.minimum(1.0, 2.9 / np.maximum(ratio, 2.9))
    node, weight = _unit_nodes(96)
    distance = farthest * node
    jitter = np.asarray(jitter_ratio, dtype=float)[..., None]
    coherence = np.exp(-3.44 * (distance * ratio) ** (5.0 / 3.0) - 2.0 * (np.pi * jitter * distance) ** 2)
    inside = np.interp(distance, separation, overlap)
    total = np.sum(weight * coherence * inside * distance, axis=-1) * farthest[..., 0]
    # Over the power in the ring and of the whole mode; distances in diameters, the overlap in radii squared.
    mode_power = 0.5 * np.pi / mode_ratio**2
    return total * 2.0 * np.pi * 4.0 / (np.pi * (1.0 - obscuration**2) * mode_power)


def encircled_share(
    *,
    full_angle_urad: ArrayLike,
    wavelength_nm: float,
    aperture_m: float,
    fried_m: ArrayLike,
    jitter_urad: ArrayLike = 0.0,
    obscuration: float = 0.0,
) -> FloatArray:
    """Mean share of the light inside a round field stop or the core of a multimode fibre, image centred.

    Parameters
    ----------
    full_angle_urad : array_like, shape (...)
        FULL angle of the stop on the sky [urad], > 0: of a core, its diameter over the focal length.
    wavelength_nm : float
        Wavelength [nm], > 0.
    aperture_m : float
        Clear diameter [m], > 0.
    fried_m : array_like, shape (...)
        Fried parameter [m], > 0, at least D/200.
    jitter_urad : array_like, shape (...)
        Rms motion of the line of sight PER AXIS [urad], >= 0; turbulent tilt is in the seeing already.
    obscuration : float
        Central obscuration, ratio of diameters [1], in [0, 1).

    Returns
    -------
    ndarray, shape (...)
        Share [1], in [0, 1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Hankel integral of the long-exposure transfer function, telescope times exp(-3.44 (r/r0)^(5/3)) times the jitter:
    it keeps the wings that a Gaussian image (``field_stop``) leaves out. A multimode fibre takes this share only while
    the focal ratio lies inside its numerical aperture and it carries many modes. Good to 1e-3 for stops under some
    100 wavelength/D or 100 wavelength/r0, whichever is wider; beyond that the share is 1 to 1 %.
    """
    within("full_angle_urad", full_angle_urad, 0.0, np.inf, ends="()")
    within("wavelength_nm", wavelength_nm, 0.0, np.inf, ends="()")
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    within("fried_m", fried_m, aperture_m / _LARGEST_RATIO, np.inf, ends="[)")
    within("jitter_urad", jitter_urad, 0.0, np.inf, ends="[)")
    within("obscuration", obscuration, 0.0, 1.0, ends="[)")
    from scipy.special import j1

    separation, overlap = _pupil_overlap(float(obscuration), 0.0)
    ratio = aperture_m / np.asarray(fried_m, dtype=float)[..., None]
    farthest = np.minimum(1.0, 2.9 / np.maximum(ratio, 2.9))
    node, weight = _unit_nodes(256)
    distance = farthest * node
    # Angles in units of wavelength/D; nm/m = 1e-3 urad.
    unit_urad = wavelength_nm * 1e-3 / aperture_m
    radius = 0.5 * np.asarray(full_angle_urad, dtype=float)[..., None] / unit_urad
    jitter = np.asarray(jitter_urad, dtype=float)[..., None] / unit_urad
    transfer = np.interp(distance, separation, overlap / overlap[0])
    transfer = transfer * np.exp(-3.44 * (distance * ratio) ** (5.0 / 3.0) - 2.0 * (np.pi * jitter * distance) ** 2)
    share = np.sum(farthest * weight * transfer * j1(2.0 * np.pi * radius * distance), axis=-1)
    return np.clip(2.0 * np.pi * radius[..., 0] * share, 0.0, 1.0)


@lru_cache(maxsize=64)
def _pupil_overlap(obscuration: float, mode_ratio: float) -> tuple[FloatArray, FloatArray]:
    """Separations [diameters] and the autocorrelation [radii squared] of ring times Gaussian mode at them."""
    separation = np.linspace(0.0, 1.0, _SEPARATIONS)
    overlap = _disc_overlap(2.0 * separation, 1.0, 1.0, mode_ratio)
    if obscuration > 0.0:
        overlap = overlap - 2.0 * _disc_overlap(2.0 * separation, obscuration, 1.0, mode_ratio)
        overlap = overlap + _disc_overlap(2.0 * separation, obscuration, obscuration, mode_ratio)
    freeze(separation, overlap)
    return separation, overlap


def _disc_overlap(shift: FloatArray, first: float, second: float, mode_ratio: float) -> FloatArray:
    """Integral of the product of two Gaussian modes, each cut by its disc, over shifts of their centres.

    Polar coordinates about the first disc; the radius is split where the second disc begins to cut the circle.
    """
    split = np.clip(np.abs(second - shift), 0.0, first)
    start = np.clip(shift - second, 0.0, first)
    end = np.full_like(shift, first)
    node, weight = _unit_nodes(_RADIAL_NODES)
    angle, angle_weight = _unit_nodes(_ANGLE_NODES)
    total = np.zeros_like(shift)
    for low, high in ((start, split), (split, end)):
        width = (high - low)[:, None]
        # Squared nodes of sin^2 kind take the square-root ends of the cut angle.
        turn = np.sin(0.5 * np.pi * node) ** 2
        radius = low[:, None] + width * turn
        radius_weight = width * weight * np.pi * np.sin(0.5 * np.pi * node) * np.cos(0.5 * np.pi * node)
        apart = shift[:, None]
        denominator = np.maximum(2.0 * radius * apart, 1e-300)
        cosine = np.clip((radius**2 + apart**2 - second**2) / denominator, -1.0, 1.0)
        half_angle = np.arccos(cosine)
        directions = np.cos(half_angle[..., None] * angle)
        squares = 2.0 * radius**2 + apart**2
        exponent = squares[..., None] - 2.0 * (radius * apart)[..., None] * directions
        around = 2.0 * half_angle * (np.exp(-(mode_ratio**2) * exponent) @ angle_weight)
        total += np.sum(radius_weight * radius * around, axis=-1)
    return total


@lru_cache(maxsize=8)
def _unit_nodes(count: int) -> tuple[FloatArray, FloatArray]:
    node, weight = np.polynomial.legendre.leggauss(count)
    nodes, weights = 0.5 * (node + 1.0), 0.5 * weight
    freeze(nodes, weights)
    return nodes, weights
