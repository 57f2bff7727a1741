"""What tip-tilt and simple modal correction leave of the wave-front error, and what then enters a fibre."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.channel.profiles import BuftonWind, layer_speed_m_s
from passplan.channel.turbulence import (
    Cn2Profile,
    fried_parameter_m,
    isoplanatic_angle_urad,
    slant_factor,
    wave_number_per_m,
)
from passplan.checks import FloatArray, NonNegative, Positive, check_limits, freeze, within

# Residual after the first J Zernike modes, piston the first, over (D/r0)^(5/3) [rad^2]; beyond 21 the asymptote.
# Source: Noll, J. Opt. Soc. Am. 66, 207 (1976), table IV (recalled, not re-read).
_NOLL_RAD2 = (
    *(1.0299, 0.582, 0.134, 0.111, 0.0880, 0.0648, 0.0587, 0.0525, 0.0463, 0.0401, 0.0377),
    *(0.0352, 0.0328, 0.0304, 0.0279, 0.0267, 0.0255, 0.0243, 0.0232, 0.0220, 0.0208),
)
_MOST_MODES = 2000
_TILT_MODES = 3  # piston, tip and tilt


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCorrection:
    """The wave front as it arrives."""

    kind: Literal["none"] = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class TipTilt:
    """A mirror that takes out the mean slope.

    bandwidth_hz : frequency at which the loop takes out half the power [Hz], > 0
    offset_urad : angle between the beacon that is measured and the signal [urad], >= 0
    """

    kind: Literal["tip_tilt"] = "tip_tilt"
    bandwidth_hz: Positive
    offset_urad: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModalCorrection:
    """A deformable mirror that takes out the first Zernike modes.

    modes : number of modes, piston, tip and tilt counted [1], 3 to 2000
    bandwidth_hz : frequency at which the loop takes out half the power [Hz], > 0
    offset_urad : angle between the beacon that is measured and the signal [urad], >= 0
    """

    kind: Literal["modal"] = "modal"
    modes: Annotated[int, Interval(ge=_TILT_MODES, le=_MOST_MODES)]
    bandwidth_hz: Positive
    offset_urad: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_limits(self)


Correction = NoCorrection | TipTilt | ModalCorrection


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualError:
    """Wave-front variance that is left, by cause, on a time grid [rad^2], shape (n,) each.

    fitting_rad2 : modes that are not corrected
    bandwidth_rad2 : delay of the loop
    anisoplanatism_rad2 : beacon and signal through different air
    """

    fitting_rad2: FloatArray
    bandwidth_rad2: FloatArray
    anisoplanatism_rad2: FloatArray

    def __post_init__(self) -> None:
        freeze(self.fitting_rad2, self.bandwidth_rad2, self.anisoplanatism_rad2)

    @property
    def total_rad2(self) -> FloatArray:
        """Sum of the causes [rad^2], shape (n,)."""
        return self.fitting_rad2 + self.bandwidth_rad2 + self.anisoplanatism_rad2


def noll_residual_rad2(*, modes: int, aperture_ratio: ArrayLike) -> FloatArray:
    """Wave-front variance [rad^2] that is left after the first Zernike modes are taken out.

    ``modes`` counts piston, 1 to 2000; ``aperture_ratio`` is D/r0 [1], >= 0, any shape. Kolmogorov spectrum, infinite
    outer scale, no obscuration; beyond 21 modes 0.2944 modes^(-0.866).

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    within("modes", modes, 1, _MOST_MODES)
    within("aperture_ratio", aperture_ratio, 0.0, np.inf, ends="[)")
    tabulated = modes <= len(_NOLL_RAD2)
    share = _NOLL_RAD2[modes - 1] if tabulated else 0.2944 * modes ** (-0.5 * np.sqrt(3.0))
    return share * np.asarray(aperture_ratio, dtype=float) ** (5.0 / 3.0)


def greenwood_frequency_hz(
    profile: Cn2Profile,
    wind: BuftonWind,
    *,
    elevation_deg: ArrayLike,
    wavelength_nm: float,
    los_rate_urad_s: ArrayLike = 0.0,
) -> FloatArray:
    """Greenwood frequency [Hz]: a loop of this bandwidth leaves 1 rad^2.

    Parameters
    ----------
    profile : Cn2Profile
        Turbulence above the site.
    wind : BuftonWind
        Wind over height.
    elevation_deg, los_rate_urad_s : array_like, shape (...)
        Elevation [deg], in (0, 90], and angular rate of the line of sight [urad/s], >= 0.
    wavelength_nm : float
        Wavelength [nm], > 0.

    Returns
    -------
    ndarray, shape (...)
        Frequency [Hz]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    (0.102 k^2 sec z int Cn2 v^(5/3) dh)^(3/5), v wind and slew along the slant path. Source: Greenwood, J. Opt. Soc.
    Am. 67, 390 (1977) (recalled, not re-read).
    """
    elevation, rate = np.broadcast_arrays(np.asarray(elevation_deg, float), np.asarray(los_rate_urad_s, float))
    height_m, strength = _column(profile)
    speed = layer_speed_m_s(
        wind, height_m=height_m, los_rate_urad_s=rate[..., None], elevation_deg=elevation[..., None]
    )
    moment = np.cbrt(speed) ** 5 @ strength
    wave_number = wave_number_per_m(wavelength_nm=wavelength_nm)
    return (0.102 * wave_number**2 * slant_factor(elevation_deg=elevation) * moment) ** 0.6


def residual_error(
    correction: Correction,
    profile: Cn2Profile,
    wind: BuftonWind,
    *,
    elevation_deg: ArrayLike,
    wavelength_nm: float,
    aperture_m: float,
    los_rate_urad_s: ArrayLike = 0.0,
) -> ResidualError:
    """Wave-front variance that a correction leaves over the aperture.

    Parameters
    ----------
    correction : Correction
        NoCorrection, TipTilt or ModalCorrection.
    profile : Cn2Profile
        Turbulence above the site.
    wind : BuftonWind
        Wind over height.
    elevation_deg, los_rate_urad_s : array_like, shape (...)
        Elevation [deg], in (0, 90], and angular rate of the line of sight [urad/s], >= 0.
    wavelength_nm : float
        Wavelength [nm], > 0.
    aperture_m : float
        Clear diameter [m], > 0.

    Returns
    -------
    ResidualError
        Variance by cause.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Noll residual, (f_G / f_3dB)^(5/3) and (offset / isoplanatic angle)^(5/3). The last two are for all modes together;
    each is held to the variance of the modes that the mirror corrects, above which it would do harm. That makes them
    an upper estimate for tip-tilt, whose modes are slower and wider than the mean of all.
    """
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    elevation = np.asarray(elevation_deg, dtype=float)
    ratio = aperture_m / fried_parameter_m(profile, elevation_deg=elevation, wavelength_nm=wavelength_nm)
    if isinstance(correction, NoCorrection):
        raw = noll_residual_rad2(modes=1, aperture_ratio=ratio)
        return ResidualError(fitting_rad2=raw, bandwidth_rad2=0.0 * raw, anisoplanatism_rad2=0.0 * raw)
    modes = correction.modes if isinstance(correction, ModalCorrection) else _TILT_MODES
    fitting = noll_residual_rad2(modes=modes, aperture_ratio=ratio)
    corrected = noll_residual_rad2(modes=1, aperture_ratio=ratio) - fitting
    greenwood_hz = greenwood_frequency_hz(
        profile, wind, elevation_deg=elevation, wavelength_nm=wavelength_nm, los_rate_urad_s=los_rate_urad_s
    )
    patch_urad = isoplanatic_angle_urad(profile, elevation_deg=elevation, wavelength_nm=wavelength_nm)
    return ResidualError(
        fitting_rad2=fitting,
        bandwidth_rad2=np.minimum((greenwood_hz / correction.bandwidth_hz) ** (5.0 / 3.0), corrected),
        anisoplanatism_rad2=np.minimum((correction.offset_urad / patch_urad) ** (5.0 / 3.0), corrected),
    )


def strehl_ratio(*, residual_rad2: ArrayLike, aperture_ratio: ArrayLike) -> FloatArray:
    """Long-exposure Strehl ratio of a partly corrected wave front; times still-air coupling it is the fibre's share.

    Parameters
    ----------
    residual_rad2 : array_like, shape (...)
        Wave-front variance that is left [rad^2], >= 0.
    aperture_ratio : array_like, shape (...)
        D/r0 [1], >= 0, of the uncorrected wave.

    Returns
    -------
    ndarray, shape (...)
        Ratio [1], in (0, 1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input is negative or nan.

    Notes
    -----
    e^(-s) + (1 - e^(-s)) / (1 + (D/r0)^2): extended Marechal core on the uncorrected halo, so that a useless mirror
    gives the uncorrected rule and none gives more than 1. Good to 10 % while s < 2; beyond, an interpolation. Source:
    Parenti and Sasiela, J. Opt. Soc. Am. A 11, 288 (1994) (recalled, not re-read).
    """
    within("residual_rad2", residual_rad2, 0.0, np.inf, ends="[)")
    within("aperture_ratio", aperture_ratio, 0.0, np.inf, ends="[)")
    core = np.exp(-np.asarray(residual_rad2, dtype=float))
    return core + (1.0 - core) / (1.0 + np.square(np.asarray(aperture_ratio, dtype=float)))


@lru_cache(maxsize=64)
def _column(profile: Cn2Profile) -> tuple[FloatArray, FloatArray]:
    """Heights [m] and Cn2 times their weights [m^(1/3)] of the quadrature."""
    height_m, weight_m = profile.nodes()
    strength = weight_m * profile.cn2(height_m)
    freeze(height_m, strength)
    return height_m, strength
