"""How strong the turbulence above a site is, and what a slant path through it does to a wave front."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import Finite, FloatArray, NonNegative, check_limits, within
from passplan.units import to_rad

# Panels of a composite Gauss-Legendre rule over the height above the site [m]; each is short against the local scale.
_PANELS_M = (0.0, 100.0, 400.0, 1200.0, 3000.0, 6000.0, 10_000.0, 15_000.0, 22_000.0, 40_000.0)
_NODES_PER_PANEL = 12


class Cn2Profile(Protocol):
    """What every turbulence profile answers; a frozen record, so that results can be kept by profile."""

    def __hash__(self) -> int: ...

    def cn2(self, height_m: FloatArray) -> FloatArray:
        """Structure constant [m^(-2/3)] at heights above the ground of the site [m], same shape."""

    def nodes(self) -> tuple[FloatArray, FloatArray]:
        """Nodes [m] above the site and weights [m] of a quadrature over height, each of shape (m,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HufnagelValley:
    """Profile of the refractive-index structure constant above a site.

    ground_cn2 : strength at the ground of the site [m^(-2/3)], >= 0; 1.7e-14 in the 5/7 model
    high_wind_m_s : rms wind between 5 and 20 km [m/s], >= 0; 21 in the 5/7 model
    site_height_m : height of the site above sea level [m], -500 to 9000
    """

    ground_cn2: NonNegative = 1.7e-14
    high_wind_m_s: NonNegative = 21.0
    site_height_m: Finite = 0.0

    def __post_init__(self) -> None:
        check_limits(self)
        within("HufnagelValley.site_height_m", self.site_height_m, -500.0, 9000.0)

    def cn2(self, height_m: FloatArray) -> FloatArray:
        """Structure constant [m^(-2/3)] at heights [m] above the site; the formula stands at structure_constant."""
        sea_m = np.maximum(height_m + self.site_height_m, 0.0)
        jet = 0.00594 * (self.high_wind_m_s / 27.0) ** 2 * (1e-5 * sea_m) ** 10 * np.exp(-sea_m / 1000.0)
        return jet + 2.7e-16 * np.exp(-sea_m / 1500.0) + self.ground_cn2 * np.exp(-height_m / 100.0)

    def nodes(self) -> tuple[FloatArray, FloatArray]:
        """Nodes and weights from the ground to 40 km, as height_nodes gives them."""
        return height_nodes()


def structure_constant(profile: Cn2Profile, *, height_m: ArrayLike) -> FloatArray:
    """Refractive-index structure constant Cn2 at heights above the site.

    Parameters
    ----------
    profile : Cn2Profile
        The profile: Cn2Profile, or a table of ``profiles``.
    height_m : array_like, shape (...)
        Height above the ground of the site [m], >= 0.

    Returns
    -------
    ndarray, shape (...)
        Cn2 [m^(-2/3)], >= 0.

    Raises
    ------
    DomainError
        If the height is negative or nan, or outside a tabulated profile.

    Notes
    -----
    0.00594 (v/27)^2 (1e-5 H)^10 e^(-H/1000) + 2.7e-16 e^(-H/1500) + A e^(-h/100), H above sea level, h above the
    ground: the A term is raised to the site. Source: Hufnagel-Valley model as in Andrews and Phillips, Laser Beam
    Propagation through Random Media, sec. 12.2 (cited from general knowledge). Some codes print 5.49e-53 for the
    coefficient 5.94e-53 of H^10.
    """
    within("height_m", height_m, 0.0, np.inf, ends="[)")
    return profile.cn2(np.asarray(height_m, dtype=float))


def height_nodes() -> tuple[FloatArray, FloatArray]:
    """Nodes [m] above the site and weights [m] of the quadrature over height, each of shape (m,).

    Composite Gauss-Legendre rule from the ground to 40 km, above which the profile holds under 1e-6 of any moment.
    """
    node, weight = np.polynomial.legendre.leggauss(_NODES_PER_PANEL)
    edge_m = np.array(_PANELS_M)
    half_m = 0.5 * np.diff(edge_m)[:, None]
    middle_m = 0.5 * (edge_m[1:] + edge_m[:-1])[:, None]
    return (middle_m + half_m * node).ravel(), (half_m * weight).ravel()


def path_moment(profile: Cn2Profile, *, order: float) -> float:
    """Vertical integral of Cn2(h) h^order above the site [m^(1/3 + order)].

    Raises
    ------
    DomainError
        If the order is negative or above 4.
    """
    within("order", order, 0.0, 4.0)
    return _moment(profile, order)


@lru_cache(maxsize=256)
def _moment(profile: Cn2Profile, order: float) -> float:
    height_m, weight_m = profile.nodes()
    return float(np.sum(weight_m * structure_constant(profile, height_m=height_m) * height_m**order))


def slant_factor(*, elevation_deg: ArrayLike) -> FloatArray:
    """Slant over vertical path, sec(zenith angle) = 1/sin(elevation), of flat layers.

    Raises
    ------
    DomainError
        If the elevation lies outside (0, 90] deg or is nan. Below about 5 deg flat layers are too long: 10 % at 3 deg.
    """
    within("elevation_deg", elevation_deg, 0.0, 90.0, ends="(]")
    return 1.0 / np.sin(to_rad(elevation_deg))


def wave_number_per_m(*, wavelength_nm: ArrayLike) -> FloatArray:
    """Wave number 2 pi / wavelength [1/m] of a wavelength [nm] > 0.

    Raises
    ------
    DomainError
        If the wavelength is not > 0 or is nan.
    """
    within("wavelength_nm", wavelength_nm, 0.0, np.inf, ends="()")
    return 2.0 * np.pi / (np.asarray(wavelength_nm, dtype=float) * 1e-9)


def fried_parameter_m(profile: Cn2Profile, *, elevation_deg: ArrayLike, wavelength_nm: ArrayLike) -> FloatArray:
    """Fried parameter r0 [m] of the slant path, plane wave from above.

    Raises
    ------
    DomainError
        If the elevation lies outside (0, 90] deg or the wavelength [nm] is not > 0.

    Notes
    -----
    (0.423 k^2 sec z int Cn2 dh)^(-3/5). Source: Fried, J. Opt. Soc. Am. 56, 1372 (1966).
    """
    wave_number = wave_number_per_m(wavelength_nm=wavelength_nm)
    strength = slant_factor(elevation_deg=elevation_deg) * path_moment(profile, order=0.0)
    return (0.423 * wave_number**2 * strength) ** -0.6


def isoplanatic_angle_urad(profile: Cn2Profile, *, elevation_deg: ArrayLike, wavelength_nm: ArrayLike) -> FloatArray:
    """Isoplanatic angle [urad] of the slant path.

    Raises
    ------
    DomainError
        If the elevation lies outside (0, 90] deg or the wavelength [nm] is not > 0.

    Notes
    -----
    (2.914 k^2 sec^(8/3) z int Cn2 h^(5/3) dh)^(-3/5). Source: Fried, J. Opt. Soc. Am. 72, 52 (1982).
    """
    wave_number = wave_number_per_m(wavelength_nm=wavelength_nm)
    strength = slant_factor(elevation_deg=elevation_deg) ** (8.0 / 3.0) * path_moment(profile, order=5.0 / 3.0)
    return (2.914 * wave_number**2 * strength) ** -0.6 * 1e6


def rytov_variance(profile: Cn2Profile, *, elevation_deg: ArrayLike, wavelength_nm: ArrayLike) -> FloatArray:
    """Rytov variance [1] of a downlink plane wave; weak turbulence while it is under 1.

    Raises
    ------
    DomainError
        If the elevation lies outside (0, 90] deg or the wavelength [nm] is not > 0.

    Notes
    -----
    2.25 k^(7/6) sec^(11/6) z int Cn2 h^(5/6) dh. Source: Andrews and Phillips, sec. 12.5 (from general knowledge).
    """
    wave_number = wave_number_per_m(wavelength_nm=wavelength_nm)
    strength = slant_factor(elevation_deg=elevation_deg) ** (11.0 / 6.0) * path_moment(profile, order=5.0 / 6.0)
    return 2.25 * wave_number ** (7.0 / 6.0) * strength


def seeing_fwhm_urad(profile: Cn2Profile, *, elevation_deg: ArrayLike, wavelength_nm: ArrayLike) -> FloatArray:
    """Full width at half maximum [urad] of the long-exposure image, 0.98 wavelength / r0; image motion included.

    Raises
    ------
    DomainError
        If the elevation lies outside (0, 90] deg or the wavelength [nm] is not > 0.
    """
    coherence_m = fried_parameter_m(profile, elevation_deg=elevation_deg, wavelength_nm=wavelength_nm)
    return 0.98 * np.asarray(wavelength_nm, dtype=float) * 1e-3 / coherence_m  # nm/m = 1e-3 urad


def arrival_tilt_urad(
    profile: Cn2Profile, *, elevation_deg: ArrayLike, wavelength_nm: ArrayLike, aperture_m: float
) -> FloatArray:
    """Rms angle of arrival per axis [urad] over an aperture larger than r0; the same at all wavelengths.

    Raises
    ------
    DomainError
        If the elevation lies outside (0, 90] deg, or the wavelength [nm] or the aperture [m] is not > 0.

    Notes
    -----
    sqrt(0.182 (D/r0)^(5/3)) wavelength/D, Zernike tilt, infinite outer scale. Source: Noll, J. Opt. Soc. Am. 66, 207
    (1976), converted from radians of phase.
    """
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    coherence_m = fried_parameter_m(profile, elevation_deg=elevation_deg, wavelength_nm=wavelength_nm)
    diffraction_urad = np.asarray(wavelength_nm, dtype=float) * 1e-3 / aperture_m  # nm/m = 1e-3 urad
    return np.sqrt(0.182 * (aperture_m / coherence_m) ** (5.0 / 3.0)) * diffraction_urad


def beam_spread_urad(
    profile: Cn2Profile, *, elevation_deg: ArrayLike, range_km: ArrayLike, wavelength_nm: ArrayLike
) -> FloatArray:
    """Half-angle at 1/e^2 [urad], seen from the satellite, that turbulence adds in quadrature to a downlink beam.

    Raises
    ------
    DomainError
        If the elevation lies outside (0, 90] deg, or the range [km] or the wavelength [nm] is not > 0.

    Notes
    -----
    2 sqrt(2) / (k rho0), rho0 = (1.46 k^2 sec z int Cn2 (h sec z / R)^(5/3) dh)^(-3/5): coherence radius of a spherical
    wave sent up from the ground end, long exposure, 5/3 power taken as a square. Source: Fante, Proc. IEEE 63, 1669
    (1975). Some 0.03 urad for a low orbit: the air is at the far end of the path.
    """
    within("range_km", range_km, 0.0, np.inf, ends="()")
    wave_number = wave_number_per_m(wavelength_nm=wavelength_nm)
    slant = slant_factor(elevation_deg=elevation_deg)
    lever = (slant / (np.asarray(range_km, dtype=float) * 1e3)) ** (5.0 / 3.0)  # km to m
    coherence_m = (1.46 * wave_number**2 * slant * lever * path_moment(profile, order=5.0 / 3.0)) ** -0.6
    return 2.0 * np.sqrt(2.0) / (wave_number * coherence_m) * 1e6
