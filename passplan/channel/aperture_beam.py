"""Far and near field of a beam as its telescope makes it: cut, obscured, aberrated; by a numeric Hankel integral."""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.polynomial import Chebyshev
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, NonNegative, Positive, check_limits, within
from passplan.units import to_loss_db

_LARGEST_ERROR_WAVES = 1.0 / 7.0  # rms; beyond, the extended Marechal formula is a guess
_LARGEST_FRESNEL_NUMBER = 2000.0
_FAR_FRESNEL_NUMBER = 0.5  # under it the share is smooth in range and may be interpolated
_FEW_RANGES = 8
_PANEL_NODES = 16  # one for a radian of phase
_OCTAVE_KNOTS = 14
_STEP = 0.02  # of wavelength / aperture, in the search for the edge of the main lobe


@dataclass(frozen=True, slots=True, kw_only=True)
class ApertureBeam:
    """Collimated Gaussian or uniform beam behind a round aperture with a central obscuration.

    aperture_m : clear diameter [m], > 0
    waist_m : radius at 1/e^2 intensity of the beam that meets the aperture [m], from 2 % of the aperture's radius to
        infinity, which means a uniform beam that fills the aperture and no more
    obscuration : central obscuration, ratio of diameters [1], in [0, 1)
    wavefront_error_rms_nm : rms over the aperture [nm], 0 to a seventh of the wavelength
    wavelength_nm : [nm], > 0
    """

    aperture_m: Positive
    waist_m: Annotated[float, Interval(gt=0.0)]
    obscuration: Annotated[float, Interval(ge=0.0, lt=1.0)] = 0.0
    wavefront_error_rms_nm: NonNegative = 0.0
    wavelength_nm: Positive

    def __post_init__(self) -> None:
        check_limits(self)
        within("ApertureBeam.waist_m [m]", self.waist_m, 0.01 * self.aperture_m, np.inf)
        largest_nm = _LARGEST_ERROR_WAVES * self.wavelength_nm
        within("ApertureBeam.wavefront_error_rms_nm [nm]", self.wavefront_error_rms_nm, 0.0, largest_nm)

    @property
    def radius_m(self) -> float:
        """Radius of the aperture [m]."""
        return 0.5 * self.aperture_m

    @property
    def wave_number_per_m(self) -> float:
        """Wave number 2 pi / wavelength [1/m]."""
        return 2.0 * np.pi / (self.wavelength_nm * 1e-9)  # nm to m


def strehl_ratio(beam: ApertureBeam) -> float:
    """Share of the irradiance on the axis that the wavefront error leaves [1], in (0, 1].

    Notes
    -----
    exp(-(2 pi s / wavelength)^2), s the rms error: the extended Marechal formula (Mahajan, J. Opt. Soc. Am. 73, 860
    (1983), recalled, not re-read). Within some percent to s = wavelength/7, where the record stops.
    """
    return float(np.exp(-((2.0 * np.pi * beam.wavefront_error_rms_nm / beam.wavelength_nm) ** 2)))


def launched_share(beam: ApertureBeam) -> float:
    """Share of the laser's power that passes the aperture and its obscuration [1], in (0, 1].

    Notes
    -----
    exp(-2 e^2 m^2) - exp(-2 m^2), m = aperture radius / waist, e the obscuration; uniform: 1 - e^2. Mirror coatings are
    not in it.
    """
    if np.isinf(beam.waist_m):
        return 1.0 - beam.obscuration**2
    squared = 2.0 * (beam.radius_m / beam.waist_m) ** 2
    return float(-np.exp(-(beam.obscuration**2) * squared) * np.expm1(-(1.0 - beam.obscuration**2) * squared))


def far_field_gain(beam: ApertureBeam, *, angle_urad: ArrayLike) -> FloatArray:
    """Antenna gain of the beam at an angle from its axis, relative to the power of the laser.

    Parameters
    ----------
    beam : ApertureBeam
        The beam.
    angle_urad : array_like, shape (...)
        Angle from the axis [urad], >= 0 and under 1e5.

    Returns
    -------
    ndarray, shape (...)
        Gain over an isotropic source of the laser's power [1], >= 0: truncation is a loss here.

    Raises
    ------
    DomainError
        If an angle lies outside its range or is nan.

    Notes
    -----
    4 pi / wavelength^2 |int U(r) J0(k r angle) 2 pi r dr|^2, U the amplitude of a laser of unit power, by
    Gauss-Legendre quadrature over the annulus; times the Strehl ratio, so what aberrations scatter into a halo counts
    as lost.
    Source: Klein and Degnan, Appl. Opt. 13, 2134 (1974), whose closed form on the axis the tests hold against it.
    """
    within("angle_urad", angle_urad, 0.0, 1e5, ends="[)")
    amplitude = _amplitude(beam, np.asarray(angle_urad, dtype=float) * 1e-6, None)  # urad to rad
    wavelength_m = beam.wavelength_nm * 1e-9  # nm to m
    return 4.0 * np.pi / wavelength_m**2 * np.abs(amplitude) ** 2 * strehl_ratio(beam)


@lru_cache(maxsize=256)
def axis_gain_db(beam: ApertureBeam) -> float:
    """Gain on the axis over an isotropic source, relative to the power of the laser [dB] (see ``far_field_gain``)."""
    return float(to_loss_db(1.0 / far_field_gain(beam, angle_urad=0.0)))


@lru_cache(maxsize=256)
def full_width_urad(beam: ApertureBeam) -> float:
    """FULL angle of the far field's main lobe at 1/e^2 of the irradiance on the axis [urad].

    Notes
    -----
    The first crossing, found on a grid and then to rounding. Every aperture has one: even a thin ring's pattern, the
    square of J0, falls at once to its first zero.
    """
    from scipy.optimize import brentq

    unit_urad = beam.wavelength_nm / beam.aperture_m * 1e-3  # nm/m = 1e-3 urad
    widest = 2.0 + beam.aperture_m / min(beam.waist_m, beam.aperture_m)
    angle_urad = np.arange(0.0, widest, _STEP) * unit_urad
    level = np.exp(-2.0) * float(far_field_gain(beam, angle_urad=0.0))
    below = far_field_gain(beam, angle_urad=angle_urad) < level
    edge = int(np.argmax(below))

    def excess(angle: float) -> float:
        return float(far_field_gain(beam, angle_urad=angle)) - level

    return 2.0 * float(brentq(excess, angle_urad[edge - 1], angle_urad[edge]))


def fresnel_number(beam: ApertureBeam, *, range_km: ArrayLike) -> FloatArray:
    """Fresnel number a^2 / (wavelength R) of the transmitting aperture [1]; far field where it is much under 1.

    Raises
    ------
    DomainError
        If a range [km] is not > 0 or is nan.
    """
    within("range_km", range_km, 0.0, np.inf, ends="()")
    return beam.radius_m**2 / (beam.wavelength_nm * 1e-9) / (np.asarray(range_km, dtype=float) * 1e3)  # nm, km to m


def aperture_collection(
    beam: ApertureBeam, *, range_km: ArrayLike, aperture_m: float, obscuration: float = 0.0
) -> FloatArray:
    """Share of the power that LEAVES the telescope which a centred receiver collects, near field included.

    Parameters
    ----------
    beam : ApertureBeam
        The beam; times ``launched_share(beam)`` the result refers to the power of the laser.
    range_km : array_like, shape (...)
        Distance [km], > 0, at which the Fresnel number is at most 2000.
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

    Notes
    -----
    Fresnel integral (1/(wavelength R))^2 |int U exp(i k r^2 / 2R) J0(k r rho / R) 2 pi r dr|^2, integrated over the
    receiver. The Strehl ratio multiplies it, so behind a receiver wider than the halo it is a lower bound. More than a
    few ranges in the far field are interpolated, octave by octave, in tables kept per beam: good to 1e-6.
    """
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    within("obscuration", obscuration, 0.0, 1.0, ends="[)")
    within("Fresnel number of the range", fresnel_number(beam, range_km=range_km), 0.0, _LARGEST_FRESNEL_NUMBER)
    distance_km = np.asarray(range_km, dtype=float)
    flat_km = distance_km.ravel()
    octave = np.floor(np.log2(flat_km)).astype(int)
    shares = np.empty_like(flat_km)
    for start in np.unique(octave):
        here = octave == start
        smooth = fresnel_number(beam, range_km=2.0**start) < _FAR_FRESNEL_NUMBER and aperture_m < 2.0 * _spot_m(
            beam, 2.0**start
        )
        if smooth and flat_km.size > _FEW_RANGES:
            shares[here] = np.exp(_octave(beam, int(start), aperture_m, obscuration)(np.log2(flat_km[here])))
        else:
            shares[here] = [_collected(beam, float(r), aperture_m, obscuration) for r in flat_km[here]]
    return np.clip(shares, 0.0, 1.0).reshape(distance_km.shape)


def _spot_m(beam: ApertureBeam, range_km: float) -> float:
    """Rough radius of the main lobe [m]."""
    return beam.wavelength_nm / min(beam.aperture_m, 3.0 * beam.waist_m) * range_km * 1e-6  # nm/m * km = 1e-6 m


@lru_cache(maxsize=256)
def _octave(beam: ApertureBeam, start: int, aperture_m: float, obscuration: float) -> Chebyshev:
    """Logarithm of the share over the binary logarithm of the range [km], from 2^start to twice that."""

    def logarithm(log_range: FloatArray) -> FloatArray:
        return np.log([_collected(beam, float(2.0**value), aperture_m, obscuration) for value in log_range])

    return Chebyshev.interpolate(logarithm, _OCTAVE_KNOTS, domain=[start, start + 1])


def _collected(beam: ApertureBeam, range_km: float, aperture_m: float, obscuration: float) -> float:
    """Share of the power that leaves the telescope which lands on the receiver, at one range."""
    range_m = range_km * 1e3  # km to m
    wavelength_m = beam.wavelength_nm * 1e-9  # nm to m
    phase = beam.wave_number_per_m * beam.radius_m * 0.5 * aperture_m / range_m
    far_edge_m = 0.5 * aperture_m
    node, weight = _gauss(16 + ceil(2.0 * phase))
    inner_m = far_edge_m * obscuration
    radius_m = 0.5 * (far_edge_m + inner_m) + 0.5 * (far_edge_m - inner_m) * node
    area_m2 = np.pi * (far_edge_m - inner_m) * weight * radius_m
    amplitude = _amplitude(beam, radius_m / range_m, range_m)
    power = float(np.sum(area_m2 * np.abs(amplitude) ** 2)) / (wavelength_m * range_m) ** 2
    return power / launched_share(beam) * strehl_ratio(beam)


def _amplitude(beam: ApertureBeam, angle_rad: FloatArray, range_m: float | None) -> FloatArray:
    """Hankel integral [m] of a laser of unit power; complex when a range gives the wave its curvature."""
    from scipy.special import j0

    wave_number, outer_m = beam.wave_number_per_m, beam.radius_m
    phase = wave_number * outer_m * float(np.max(angle_rad, initial=0.0))
    curvature = 0.0 if range_m is None else 0.5 * wave_number / range_m
    narrow = 4.0 * outer_m / min(beam.waist_m, outer_m)
    node, weight = _gauss(16 + ceil(phase + curvature * outer_m**2 + 4.0 * narrow))
    inner_m = outer_m * beam.obscuration
    radius_m = 0.5 * (outer_m + inner_m) + 0.5 * (outer_m - inner_m) * node
    area_m2 = np.pi * (outer_m - inner_m) * weight * radius_m
    if np.isinf(beam.waist_m):
        field = np.full_like(radius_m, 1.0 / (np.sqrt(np.pi) * outer_m))
    else:
        field = np.sqrt(2.0 / np.pi) / beam.waist_m * np.exp(-((radius_m / beam.waist_m) ** 2))
    source = area_m2 * field * (1.0 if range_m is None else np.exp(1j * curvature * radius_m**2))
    return np.asarray(j0(wave_number * np.multiply.outer(angle_rad, radius_m)) @ source)


@lru_cache(maxsize=64)
def _gauss(count: int) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights on [-1, 1] of at least so many nodes: panels of a Gauss-Legendre rule, quick to make."""
    node, weight = np.polynomial.legendre.leggauss(_PANEL_NODES)
    panels = ceil(count / _PANEL_NODES)
    middle = (2.0 * np.arange(panels) + 1.0) / panels - 1.0
    return (middle[:, None] + node / panels).ravel(), np.tile(weight / panels, panels)
