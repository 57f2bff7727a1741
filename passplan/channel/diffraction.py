"""Which share of the transmitted beam falls on the receiver's aperture, from diffraction alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, Positive, check_limits, one_of, within
from passplan.errors import DomainError

# Nodes of a periodic trapezoid over half a turn, which converges geometrically: the even half of them, both ends once.
_DIRECTIONS = 64
_EDGE_WEIGHTS = np.r_[1.0, np.full(_DIRECTIONS // 2 - 1, 2.0), 1.0] / _DIRECTIONS


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
    _check_geometry(range_km, divergence_x_urad, divergence_y_urad, aperture_m, obscuration)
    spot_x_m = np.asarray(np.multiply(divergence_x_urad, range_km) * 1e-3)  # urad * km = mm
    spot_y_m = np.asarray(np.multiply(divergence_y_urad, range_km) * 1e-3)
    if np.array_equal(spot_x_m, spot_y_m):
        return _ring(spot_x_m**-2.0, aperture_m, obscuration)
    spot_x_m, spot_y_m = spot_x_m[..., None], spot_y_m[..., None]
    direction = np.pi * np.arange(_DIRECTIONS // 2 + 1) / _DIRECTIONS
    curvature = (np.cos(direction) / spot_x_m) ** 2 + (np.sin(direction) / spot_y_m) ** 2
    ring = _ring(curvature, aperture_m, obscuration)
    # a sum, not a matrix product, whose last digit would hang on the number of instants
    return np.asarray(np.sum(ring / (spot_x_m * spot_y_m * curvature) * _EDGE_WEIGHTS, axis=-1))


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
    _check_geometry(range_km, divergence_x_urad, divergence_y_urad, aperture_m, obscuration)
    within("launch_aperture_m", launch_aperture_m, 0.0, np.inf, ends="[)")
    spot_x_m = np.multiply(divergence_x_urad, range_km) * 1e-3 + 0.5 * launch_aperture_m  # urad * km = mm
    spot_y_m = np.multiply(divergence_y_urad, range_km) * 1e-3 + 0.5 * launch_aperture_m
    spot_area = spot_x_m * spot_y_m
    outer = np.minimum((0.5 * aperture_m) ** 2 / spot_area, 1.0)
    inner = np.minimum((0.5 * aperture_m * obscuration) ** 2 / spot_area, 1.0)
    return np.asarray(outer - inner)


def _ring(curvature: FloatArray, aperture_m: float, obscuration: float) -> FloatArray:
    """exp(-2 a^2 q) of the inner disc minus that of the outer one, kept in its last digits."""
    outer_m, inner_m = 0.5 * aperture_m, 0.5 * aperture_m * obscuration
    return -np.exp(-2.0 * inner_m**2 * curvature) * np.expm1(-2.0 * (outer_m**2 - inner_m**2) * curvature)


def _check_geometry(
    range_km: ArrayLike,
    divergence_x_urad: ArrayLike,
    divergence_y_urad: ArrayLike,
    aperture_m: float,
    obscuration: float,
) -> None:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Transmitter:
    """Transmitting telescope and its far-field beam.

    aperture_m : clear diameter [m], > 0
    full_divergence_x_urad, full_divergence_y_urad : FULL angles at 1/e^2 intensity along two axes [urad], each at least
        wavelength/aperture, below which no aperture can form a main lobe
    beam : shape of the far field, "gaussian", "top-hat" or "top-hat-from-aperture", which grows from the aperture's own
        width (see the functions in COLLECTION)
    wavelength_nm : [nm], > 0
    main_lobe_efficiency : share of the emitted power inside the main lobe [1], in (0, 1]; truncation, obscuration and
        aberrations put the rest into side lobes
    """

    aperture_m: Positive
    full_divergence_x_urad: Positive
    full_divergence_y_urad: Positive
    beam: Literal["gaussian", "top-hat", "top-hat-from-aperture"]
    wavelength_nm: Positive
    main_lobe_efficiency: Annotated[float, Interval(gt=0.0, le=1.0)] = 1.0

    def __post_init__(self) -> None:
        check_limits(self)
        one_of("Transmitter.beam", self.beam, COLLECTION)
        narrowest_urad = self.wavelength_nm / self.aperture_m * 1e-3  # nm/m = 1e-3 urad
        for axis in ("full_divergence_x_urad", "full_divergence_y_urad"):
            if getattr(self, axis) < narrowest_urad:
                raise DomainError(
                    f"Transmitter.{axis} is {getattr(self, axis)} urad, must be at least wavelength/aperture = "
                    f"{narrowest_urad:.3g} urad (it is the FULL angle at 1/e^2)"
                )

    @property
    def divergence_x_urad(self) -> float:
        """Half-angle at 1/e^2 intensity along x [urad]."""
        return 0.5 * self.full_divergence_x_urad

    @property
    def divergence_y_urad(self) -> float:
        """Half-angle at 1/e^2 intensity along y [urad]."""
        return 0.5 * self.full_divergence_y_urad


def diffraction_transmittance(
    transmitter: Transmitter, *, range_km: ArrayLike, aperture_m: float, obscuration: float = 0.0
) -> FloatArray:
    """Share of the main lobe that the receiver collects when the beam is perfectly pointed.

    Parameters
    ----------
    transmitter : Transmitter
        Its beam model and divergence are used; ``main_lobe_efficiency`` is a term of its own and is not included.
    range_km : array_like, shape (...)
        Slant range [km], > 0.
    aperture_m : float
        Clear diameter of the receiver [m], > 0.
    obscuration : float
        Central obscuration of the receiver, ratio of diameters [1], in [0, 1).

    Returns
    -------
    ndarray, shape (...)
        Transmittance [1], in [0, 1].

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    launch = {"launch_aperture_m": transmitter.aperture_m} if transmitter.beam == "top-hat-from-aperture" else {}
    return COLLECTION[transmitter.beam](
        range_km=range_km,
        divergence_x_urad=transmitter.divergence_x_urad,
        divergence_y_urad=transmitter.divergence_y_urad,
        aperture_m=aperture_m,
        obscuration=obscuration,
        **launch,
    )
