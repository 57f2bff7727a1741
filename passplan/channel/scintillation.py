"""How strongly turbulence makes the received power scintillate, at a point and over an aperture."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline
from scipy.special import j1

from passplan.channel.turbulence import (
    Cn2Profile,
    path_moment,
    rytov_variance,
    slant_factor,
    structure_constant,
    wave_number_per_m,
)
from passplan.checks import FloatArray, within

_APERTURE_RANGE_M = (0.05, 20.0)
_LOWEST_LAYER_M = 10.0  # layers below it scintillate too little to count
_KNOTS_PER_DECADE = 12
_SLANT_KNOTS = 24
_LOG_SLANT_STEP = 0.5  # the knots end at a multiple of it, so that few splines serve all passes of a site
_FREQUENCY_NODES = 1500


def point_index(profile: Cn2Profile, *, elevation_deg: ArrayLike, wavelength_nm: float) -> FloatArray:
    """Scintillation index of a point receiver, weak to saturated.

    Parameters
    ----------
    profile : Cn2Profile
        Turbulence above the site.
    elevation_deg : array_like, shape (...)
        Elevation [deg], in (0, 90].
    wavelength_nm : float
        Wavelength [nm], > 0.

    Returns
    -------
    ndarray, shape (...)
        Variance over squared mean of the irradiance [1], >= 0.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    exp(0.49 s / (1 + 1.11 s^(6/5))^(7/6) + 0.51 s / (1 + 0.69 s^(6/5))^(5/6)) - 1, s the Rytov variance, plane wave,
    no inner scale. Source: Andrews and Phillips, Laser Beam Propagation through Random Media, sec. 12.5 (cited from
    general knowledge).
    """
    rytov = rytov_variance(profile, elevation_deg=elevation_deg, wavelength_nm=wavelength_nm)
    large = 0.49 * rytov / (1.0 + 1.11 * rytov**1.2) ** (7.0 / 6.0)
    small = 0.51 * rytov / (1.0 + 0.69 * rytov**1.2) ** (5.0 / 6.0)
    return np.expm1(large + small)


def is_weak(profile: Cn2Profile, *, elevation_deg: ArrayLike, wavelength_nm: float) -> NDArray[np.bool_]:
    """Whether the Rytov variance is under 1, so that weak-turbulence theory holds; for HV 5/7 at 850 nm above 19 deg.

    Raises
    ------
    DomainError
        If the elevation lies outside (0, 90] deg or the wavelength [nm] is not > 0.
    """
    return np.asarray(rytov_variance(profile, elevation_deg=elevation_deg, wavelength_nm=wavelength_nm) < 1.0)


def aperture_index(
    profile: Cn2Profile, *, elevation_deg: ArrayLike, wavelength_nm: float, aperture_m: float
) -> FloatArray:
    """Scintillation index of the power collected by a round aperture.

    Parameters
    ----------
    profile : Cn2Profile
        Turbulence above the site.
    elevation_deg : array_like, shape (...)
        Elevation [deg], in (0, 90].
    wavelength_nm : float
        Wavelength [nm], > 0.
    aperture_m : float
        Clear diameter [m], 0.05 to 20; a central obscuration is not considered.

    Returns
    -------
    ndarray, shape (...)
        Variance over squared mean of the collected power [1], >= 0.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Plane wave, weak theory, Kolmogorov spectrum, exact aperture filter:
    16 pi^2 0.033 k^2 sec z int dh Cn2(h) int dK K^(-8/3) sin^2(K^2 h sec z / 2k) [2 J1(KD/2) / (KD/2)]^2
    (Tatarskii 1961; Roddier, Progress in Optics 19, 281 (1981)). The inner integral depends on 2 h sec z/(k D^2) alone
    and is interpolated between knots, as is the result over sec z. It is never above the saturated ``point_index``.
    Weak theory is good while ``is_weak`` says so, and for an aperture much wider than the Fresnel zone some way
    beyond; below about 12 deg it is an upper estimate and not to be relied on.
    """
    within("aperture_m", aperture_m, *_APERTURE_RANGE_M)
    log_slant = np.log(slant_factor(elevation_deg=elevation_deg))
    wave_number = float(wave_number_per_m(wavelength_nm=wavelength_nm))
    steps = max(int(np.ceil(np.max(log_slant) / _LOG_SLANT_STEP)), 1)
    weak = np.exp(_log_weak_index(profile, wave_number, float(aperture_m), steps)(log_slant))
    return np.minimum(weak, point_index(profile, elevation_deg=elevation_deg, wavelength_nm=wavelength_nm))


@lru_cache(maxsize=64)
def _log_weak_index(profile: Cn2Profile, wave_number: float, aperture_m: float, steps: int) -> CubicSpline:
    """Logarithm of the weak-theory index over ln(sec z), kept by site: many passes share it."""
    log_knots = np.linspace(0.0, steps * _LOG_SLANT_STEP, _SLANT_KNOTS)
    return CubicSpline(log_knots, np.log(_weak_index(profile, np.exp(log_knots), wave_number, aperture_m)))


def _weak_index(profile: Cn2Profile, slant: FloatArray, wave_number: float, aperture_m: float) -> FloatArray:
    """Weak-theory index at each slant factor, shape (m,)."""
    height_m, weight_m = profile.nodes()
    strength = weight_m * structure_constant(profile, height_m=height_m)
    high = height_m > _LOWEST_LAYER_M
    log_zone = np.log(2.0 * np.outer(slant, height_m[high]) / (wave_number * aperture_m**2))
    decades = (log_zone.max() - log_zone.min()) / np.log(10.0)
    log_knots = np.linspace(log_zone.min(), log_zone.max(), int(np.ceil(_KNOTS_PER_DECADE * decades)) + 4)
    log_filter = CubicSpline(log_knots, np.log(filtered_strength(zone=np.exp(log_knots))))
    layers = np.exp(log_filter(log_zone)) @ strength[high]
    return 16.0 * np.pi**2 * 0.033 * wave_number**2 * slant * (0.5 * aperture_m) ** (5.0 / 3.0) * layers


def filtered_strength(*, zone: ArrayLike) -> FloatArray:
    """Scintillation that one turbulent layer leaves after averaging over an aperture, in units of the layer.

    Parameters
    ----------
    zone : array_like, shape (m,)
        2 L / (k D^2) [1], > 0: distance L of the layer against the square of the aperture D, k the wave number.

    Returns
    -------
    ndarray, shape (m,)
        int_0^inf u^(-8/3) sin^2(zone u^2) [2 J1(u)/u]^2 du [1], > 0.

    Raises
    ------
    DomainError
        If the zone is not > 0 or is nan.

    Notes
    -----
    Midpoint rule in the square root of u up to U, beyond which both oscillating factors are replaced by their means;
    good to 1e-6 for zones from 1e-5 to 50.
    """
    within("zone", zone, 0.0, np.inf, ends="()")
    scale = np.asarray(zone, dtype=float)[:, None]
    highest = np.maximum(12.0, 8.0 / np.sqrt(scale))
    step = (np.arange(_FREQUENCY_NODES) + 0.5) / _FREQUENCY_NODES
    frequency = highest * step**2
    airy = (2.0 * j1(frequency) / frequency) ** 2
    integrand = frequency ** (-8.0 / 3.0) * np.sin(scale * frequency**2) ** 2 * airy
    body = np.mean(integrand * 2.0 * highest * step, axis=-1)
    tail = 2.0 / np.pi * 3.0 / 14.0 * highest[:, 0] ** (-14.0 / 3.0)
    return body + tail


def andrews_aperture_factor(
    profile: Cn2Profile, *, elevation_deg: ArrayLike, wavelength_nm: float, aperture_m: float
) -> FloatArray:
    """Aperture-averaging factor of Andrews, for comparison with other tools; ``aperture_index`` is the one to trust.

    Parameters
    ----------
    profile : Cn2Profile
        Turbulence above the site.
    elevation_deg : array_like, shape (...)
        Elevation [deg], in (0, 90].
    wavelength_nm : float
        Wavelength [nm], > 0.
    aperture_m : float
        Clear diameter [m], > 0.

    Returns
    -------
    ndarray, shape (...)
        Factor [1], in (0, 1), to be multiplied with ``point_index``.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    (1 + 1.062 k D^2/(4 h0 sec z))^(-7/6), h0 = (int Cn2 h^2 dh / int Cn2 h^(5/6) dh)^(6/7), 7.8 km for HV 5/7. It was
    made for a uniform path. With an aperture of 1 m on a downlink it gives too little: the exact integral stands 1.5
    times above it at the zenith and 4 times at 10 deg. Source: Andrews, J. Opt. Soc. Am. A 9, 597 (1992) (recalled,
    not re-read).
    """
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    slant = slant_factor(elevation_deg=elevation_deg)
    wave_number = wave_number_per_m(wavelength_nm=wavelength_nm)
    scale_m = (path_moment(profile, order=2.0) / path_moment(profile, order=5.0 / 6.0)) ** (6.0 / 7.0)
    return (1.0 + 1.062 * wave_number * aperture_m**2 / (4.0 * scale_m * slant)) ** (-7.0 / 6.0)


def large_aperture_index(profile: Cn2Profile, *, elevation_deg: ArrayLike, aperture_m: float) -> FloatArray:
    """Scintillation index in the limit of an aperture much wider than the Fresnel zone, at any wavelength.

    Parameters
    ----------
    profile : Cn2Profile
        Turbulence above the site.
    elevation_deg : array_like, shape (...)
        Elevation [deg], in (0, 90].
    aperture_m : float
        Clear diameter [m], > 0.

    Returns
    -------
    ndarray, shape (...)
        Index [1]; 10 to 20 % above ``aperture_index`` for D = 1 m.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    17.34 D^(-7/3) sec^3 z int Cn2 h^2 dh. Source: Tatarskii 1961; Roddier, Progress in Optics 19, 281 (1981).
    """
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    slant = slant_factor(elevation_deg=elevation_deg)
    return 17.34 * aperture_m ** (-7.0 / 3.0) * slant**3 * path_moment(profile, order=2.0)
