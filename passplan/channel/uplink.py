"""A beam sent up from the ground: turbulence close to the telescope spreads and steers it before it diffracts.

Angles are seen from the ground telescope, with which they reach the satellite as lengths angle * range. All half-angles
at 1/e^2 of the irradiance; wander is an rms PER AXIS.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.jittered_collection import jittered_collection
from passplan.channel.pointing_loss import PointingError, pointing_index
from passplan.channel.turbulence import (
    Cn2Profile,
    isoplanatic_angle_urad,
    path_moment,
    rytov_variance,
    slant_factor,
    structure_constant,
    wave_number_per_m,
)
from passplan.checks import FloatArray, Positive, check_limits, within
from passplan.errors import DomainError

_GRADIENT = 2.0 * np.pi**2 * 0.033 * 0.5 * 5.566_316 * 4.0 ** (1.0 / 6.0)  # 0.033: Kolmogorov; 5.566: Gamma(1/6)
_COHERENCE_RANGE = (1e-3, 3e2)  # beam width over coherence radius, ends of the table
_STILL = PointingError()


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkBeam:
    """Gaussian beam as it leaves a ground telescope.

    waist_m : radius at 1/e^2 intensity of the beam in the aperture [m], > 0; it should not be cut (under 2/3 of the
        aperture's radius, else see ``aperture_beam``)
    full_divergence_urad : FULL angle at 1/e^2 intensity without air [urad], at least 2 wavelength/(pi waist)
    wavelength_nm : [nm], > 0
    """

    waist_m: Positive
    full_divergence_urad: Positive
    wavelength_nm: Positive

    def __post_init__(self) -> None:
        check_limits(self)
        narrowest_urad = 2.0 * self.wavelength_nm / (np.pi * self.waist_m) * 1e-3  # nm/m = 1e-3 urad
        if self.full_divergence_urad < narrowest_urad * (1.0 - 1e-9):
            raise DomainError(
                f"UplinkBeam.full_divergence_urad is {self.full_divergence_urad} urad, must be at least "
                f"2 wavelength/(pi waist) = {narrowest_urad:.4g} urad (it is the FULL angle at 1/e^2)"
            )

    @property
    def divergence_urad(self) -> float:
        """Half-angle at 1/e^2 intensity without air [urad]."""
        return 0.5 * self.full_divergence_urad


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkSpot:
    """Angular size of an uplink's spot at the satellite, arrays of one shape [urad].

    long_term_urad : half-angle at 1/e^2 of the mean spot, wander included
    short_term_urad : half-angle at 1/e^2 of the spot about its own centre
    wander_urad : rms of the centre per axis
    """

    long_term_urad: FloatArray
    short_term_urad: FloatArray
    wander_urad: FloatArray


def uplink_spot(beam: UplinkBeam, profile: Cn2Profile, *, elevation_deg: ArrayLike, range_km: ArrayLike) -> UplinkSpot:
    """Long-term and short-term size of the spot and the wander of its centre.

    Parameters
    ----------
    beam : UplinkBeam
        The beam as it leaves the telescope.
    profile : Cn2Profile
        Turbulence above the site.
    elevation_deg : array_like, shape (...)
        Elevation [deg], in (0, 90].
    range_km : array_like, shape (...)
        Slant range [km], >= 100: the satellite stands far above the air.

    Returns
    -------
    UplinkSpot
        Arrays of shape (...). Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    The air is thin against the path, so it acts at the telescope, weighted by the lever 1 - h sec z/R.
    Long term: the mean irradiance on the axis falls by 2 int x exp(-x^2 - (sqrt(2) W x/rho0)^(5/3)) dx, with
    rho0 = (1.46 k^2 sec z int Cn2 (1 - h sec z/R)^(5/3) dh)^(-3/5) and W = 2/(k divergence); the Gaussian of the same
    axis stands for the spot. Wander: the centre moves as the intensity-weighted phase gradient (Ehrenfest), per axis
    2.284 w^(-1/3) sec z int Cn2 (1 - h sec z/R)^2 dh, w the waist, infinite outer scale. Short term: long term squared
    less four times the wander squared, not under the free beam. Derived here; compare Fante, Proc. IEEE 63, 1669
    (1975), Dios et al., Appl. Opt. 43, 3866 (2004), 2.07 per axis, and Andrews and Phillips, Laser Beam Propagation
    through Random Media, ch. 12, 3.63 per axis (all three recalled, not re-read). Good while flat layers are: above
    about 10 deg.
    """
    slant, reach_m = _path(elevation_deg, range_km)
    wave_number = float(wave_number_per_m(wavelength_nm=beam.wavelength_nm))
    strength = 1.46 * wave_number**2 * slant * _levered(profile, slant / reach_m, 5.0 / 3.0)
    coherent_m = 2.0 / (wave_number * beam.divergence_urad * 1e-6)  # urad to rad
    dimming = _axis_dimming(coherent_m * strength**0.6)
    long_term = beam.divergence_urad**2 * (1.0 + dimming)
    wander = _GRADIENT * beam.waist_m ** (-1.0 / 3.0) * slant * _levered(profile, slant / reach_m, 2.0) * 1e12  # urad^2
    short_term = np.maximum(long_term - 4.0 * wander, beam.divergence_urad**2)
    return UplinkSpot(
        long_term_urad=np.sqrt(long_term), short_term_urad=np.sqrt(short_term), wander_urad=np.sqrt(wander)
    )


def uplink_transmittance(
    beam: UplinkBeam,
    profile: Cn2Profile,
    *,
    elevation_deg: ArrayLike,
    range_km: ArrayLike,
    aperture_m: float,
    obscuration: float = 0.0,
    error: PointingError = _STILL,
    wander_share: ArrayLike = 1.0,
) -> FloatArray:
    """Mean share of the power leaving the ground telescope that reaches the satellite's aperture, without extinction.

    Parameters
    ----------
    beam, profile, elevation_deg, range_km
        As for ``uplink_spot``.
    aperture_m : float
        Clear diameter of the satellite's receiver [m], > 0.
    obscuration : float
        Its central obscuration, ratio of diameters [1], in [0, 1).
    error : PointingError
        Bias and per-axis jitter of the telescope [urad], without the wander.
    wander_share : array_like, shape (...)
        Share of the wander's VARIANCE that tip-tilt control leaves [1], 0 to 2; see ``tilt_anisoplanatism``.

    Returns
    -------
    ndarray, shape (...)
        Mean transmittance [1], in [0, 1]: diffraction, turbulence and pointing. Extinction, optics and detectors are
        not in it.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    spot = uplink_spot(beam, profile, elevation_deg=elevation_deg, range_km=range_km)
    return jittered_collection(
        _with_wander(error, spot, wander_share),
        range_km=range_km,
        divergence_x_urad=spot.short_term_urad,
        divergence_y_urad=spot.short_term_urad,
        aperture_m=aperture_m,
        obscuration=obscuration,
    )


def uplink_index(
    beam: UplinkBeam,
    profile: Cn2Profile,
    *,
    elevation_deg: ArrayLike,
    range_km: ArrayLike,
    error: PointingError = _STILL,
    wander_share: ArrayLike = 1.0,
) -> FloatArray:
    """Scintillation index of an uplink at a point of the satellite, from diffraction in the air, wander and pointing.

    Arguments and errors are those of ``uplink_transmittance``; returns variance over squared mean [1], shape (...).

    Notes
    -----
    (1 + s)(1 + p) - 1, taken as independent. s: spherical wave,
    exp(0.49 b / (1 + 0.56 B^(6/5))^(7/6) + 0.51 b / (1 + 0.69 B^(6/5))^(5/6)) - 1, where b = B is the Rytov variance,
    for the air is at the source's end (Andrews and Phillips, ch. 12, recalled, not re-read); p: ``pointing_index`` of
    the short-term spot. A satellite's receiver is far smaller than the fades, so it averages nothing.
    """
    spot = uplink_spot(beam, profile, elevation_deg=elevation_deg, range_km=range_km)
    rytov = rytov_variance(profile, elevation_deg=elevation_deg, wavelength_nm=beam.wavelength_nm)
    large = 0.49 * rytov / (1.0 + 0.56 * rytov**1.2) ** (7.0 / 6.0)
    small = 0.51 * rytov / (1.0 + 0.69 * rytov**1.2) ** (5.0 / 6.0)
    moving = pointing_index(
        _with_wander(error, spot, wander_share),
        divergence_x_urad=spot.short_term_urad,
        divergence_y_urad=spot.short_term_urad,
    )
    return np.exp(large + small) * (1.0 + moving) - 1.0


def tilt_anisoplanatism(
    beam: UplinkBeam, profile: Cn2Profile, *, elevation_deg: ArrayLike, point_ahead_urad: ArrayLike
) -> FloatArray:
    """Share of the wander's variance that ideal tip-tilt control on a beacon from the satellite leaves.

    Parameters
    ----------
    beam, profile
        As for ``uplink_spot``; the tilt is sensed over the beam's own width.
    elevation_deg : array_like, shape (...)
        Elevation [deg], in (0, 90].
    point_ahead_urad : array_like, shape (...)
        Angle between beacon and beam [urad], 0 to 1000.

    Returns
    -------
    ndarray, shape (...)
        Share [1], in [0, 2]; over 1 the control does harm.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    2 (1 - int Cn2 F(p h) dh / int Cn2 dh), F(d) = 1F1(1/6; 1; -d^2/w^2), p = angle * sec z: correlation of the phase
    gradients of two shifted Gaussian beams in one layer, mean of both axes, levers taken as 1; from a table per beam
    and profile, good to 1e-3.
    """
    within("point_ahead_urad", point_ahead_urad, 0.0, 1000.0)
    shear = np.asarray(point_ahead_urad, dtype=float) * 1e-6 * slant_factor(elevation_deg=elevation_deg)  # urad to rad
    knots, shares = _tilt_table(profile, beam.waist_m)
    return np.asarray(np.interp(np.log(np.maximum(shear, 1e-12)), knots, shares))


def point_ahead_strehl(
    profile: Cn2Profile, *, elevation_deg: ArrayLike, wavelength_nm: float, point_ahead_urad: ArrayLike
) -> FloatArray:
    """Share of the irradiance on the axis that an adaptively corrected uplink keeps, corrected an angle away.

    Parameters
    ----------
    profile : Cn2Profile
        Turbulence above the site.
    elevation_deg : array_like, shape (...)
        Elevation [deg], in (0, 90].
    wavelength_nm : float
        Wavelength [nm], > 0.
    point_ahead_urad : array_like, shape (...)
        Angle between the corrected direction and the beam [urad], >= 0.

    Returns
    -------
    ndarray, shape (...)
        Strehl ratio [1], in (0, 1].

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    exp(-(angle/theta0)^(5/3)). Source: Fried, J. Opt. Soc. Am. 72, 52 (1982), for an aperture far wider than r0; a
    lower bound for a smaller one, where the shared tilt does no harm.
    """
    within("point_ahead_urad", point_ahead_urad, 0.0, np.inf, ends="[)")
    patch_urad = isoplanatic_angle_urad(profile, elevation_deg=elevation_deg, wavelength_nm=wavelength_nm)
    return np.exp(-((np.asarray(point_ahead_urad, dtype=float) / patch_urad) ** (5.0 / 3.0)))


def _path(elevation_deg: ArrayLike, range_km: ArrayLike) -> tuple[FloatArray, FloatArray]:
    within("range_km", range_km, 100.0, np.inf, ends="[)")
    slant, reach_km = np.broadcast_arrays(slant_factor(elevation_deg=elevation_deg), np.asarray(range_km, dtype=float))
    return slant, reach_km * 1e3  # km to m


def _levered(profile: Cn2Profile, slope_per_m: FloatArray, power: float) -> FloatArray:
    """Integral of Cn2 (1 - slope h)^power: the binomial series to the square, enough for a satellite."""
    zero, one, two = (path_moment(profile, order=order) for order in (0.0, 1.0, 2.0))
    return zero - power * slope_per_m * one + 0.5 * power * (power - 1.0) * slope_per_m**2 * two


def _with_wander(error: PointingError, spot: UplinkSpot, wander_share: ArrayLike) -> PointingError:
    within("wander_share", wander_share, 0.0, 2.0)
    moved = np.asarray(wander_share, dtype=float) * spot.wander_urad**2
    return PointingError(
        bias_x_urad=error.bias_x_urad,
        bias_y_urad=error.bias_y_urad,
        jitter_x_urad=np.sqrt(np.square(error.jitter_x_urad) + moved),
        jitter_y_urad=np.sqrt(np.square(error.jitter_y_urad) + moved),
    )


def _axis_dimming(width: FloatArray) -> FloatArray:
    """One over the mean share left on the axis, less one, for beam widths in coherence radii."""
    knots, logarithms = _dimming_table()
    return np.exp(np.interp(np.log(np.maximum(width, 1e-30)), knots, logarithms)) * np.where(width > 0.0, 1.0, 0.0)


@lru_cache(maxsize=1)
def _dimming_table() -> tuple[FloatArray, FloatArray]:
    """Logarithms of the width and of the dimming; the integral over u = x^2 = v^4 has no cusp left that matters."""
    knots = np.linspace(np.log(_COHERENCE_RANGE[0]), np.log(_COHERENCE_RANGE[1]), 600)
    width = 40.0**0.25 / 800.0  # to u = 40
    v = width * (np.arange(800) + 0.5)
    u, step = v**4, width * 4.0 * v**3
    exponent = (np.sqrt(2.0) * np.exp(knots)[:, None]) ** (5.0 / 3.0) * u ** (5.0 / 6.0)
    left = np.exp(-u - exponent) @ step
    lost = (np.exp(-u) * -np.expm1(-exponent)) @ step
    return knots, np.log(lost / left)


@lru_cache(maxsize=32)
def _tilt_table(profile: Cn2Profile, waist_m: float) -> tuple[FloatArray, FloatArray]:
    """Share of the wander left over the logarithm of the shear [rad]."""
    from scipy.special import hyp1f1

    knots = np.concatenate([[np.log(1e-12)], np.linspace(np.log(1e-9), np.log(1e-1), 240)])
    height_m, weight_m = profile.nodes()
    strength = weight_m * structure_constant(profile, height_m=height_m)
    squared = (np.exp(knots)[:, None] * height_m / waist_m) ** 2
    alike = hyp1f1(1.0 / 6.0, 1.0, -np.minimum(squared, 600.0)) * np.maximum(squared / 600.0, 1.0) ** (-1.0 / 6.0)
    return knots, 2.0 * (1.0 - alike @ strength / np.sum(strength))
