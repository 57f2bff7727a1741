"""From the telescope's focus into the receiver: a field stop, a multimode fibre or a single-mode fibre."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.adaptive_optics import Correction, ModalCorrection, NoCorrection, TipTilt, residual_error
from passplan.channel.fibre_coupling import BEST_MODE_RATIO, encircled_share, single_mode_coupling, still_air_coupling
from passplan.channel.field_stop import field_stop_transmittance
from passplan.channel.pointing_loss import PointingError
from passplan.channel.profiles import BuftonWind
from passplan.channel.turbulence import Cn2Profile, fried_parameter_m, seeing_fwhm_urad
from passplan.checks import FloatArray, Positive, check_limits, within


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldStop:
    """A round stop in the focus; the image on it is taken as Gaussian."""

    kind: Literal["field_stop"] = "field_stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class MultimodeFibre:
    """A fibre of many modes: its core is the field of view, and the wings of the image miss it."""

    kind: Literal["multimode"] = "multimode"


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleModeFibre:
    """A fibre of one mode, behind what corrects the wave front.

    correction : none, tip_tilt or modal
    mode_ratio : aperture radius over the 1/e field radius of the mode imaged into the aperture [1], > 0; 1.12 couples
        most of an open aperture

    The sky enters through one mode: let ``field_of_view_urad`` be about wavelength / aperture.
    """

    kind: Literal["single_mode"] = "single_mode"
    correction: Correction = field(default_factory=NoCorrection)
    mode_ratio: Positive = BEST_MODE_RATIO

    def __post_init__(self) -> None:
        check_limits(self)


Coupling = FieldStop | MultimodeFibre | SingleModeFibre


def coupled_share(
    coupling: Coupling,
    error: PointingError,
    profile: Cn2Profile,
    *,
    wind: BuftonWind,
    elevation_deg: ArrayLike,
    los_rate_urad_s: ArrayLike,
    wavelength_nm: float,
    aperture_m: float,
    obscuration: float,
    field_of_view_urad: float,
    error_correlation_s: float = np.inf,
) -> FloatArray:
    """Mean share of the collected light that passes the stop or enters the fibre.

    Parameters
    ----------
    coupling : Coupling
        FieldStop, MultimodeFibre or SingleModeFibre.
    error : PointingError
        Bias and per-axis jitter of the receiver's line of sight [urad].
    profile, wind : Cn2Profile, BuftonWind
        Turbulence and wind above the site; the wind matters to a correction alone.
    elevation_deg, los_rate_urad_s : array_like, shape (n,)
        Apparent elevation [deg], in (0, 90], and rate of the line of sight [urad/s], >= 0.
    wavelength_nm, aperture_m, obscuration : float
        Wavelength [nm] > 0, clear diameter [m] > 0, ratio of diameters [1] in [0, 1).
    field_of_view_urad : float
        FULL angle of the stop or of the core on the sky [urad], > 0; of no effect on a single-mode fibre.
    error_correlation_s : float
        1/e correlation time of the squared jitter [s], > 0: what a correction leaves of it, with its own bandwidth.

    Returns
    -------
    ndarray, shape (n,)
        Share [1], in [0, 1]: from the light in the clear aperture to behind the stop, or inside the fibre.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Multimode: the bias is taken as jitter of the same mean square, and so without correction in single mode, where the
    mean over Kolmogorov turbulence and jitter is exact. With a correction: still air times e^(-v), v the wave-front
    variance that it leaves, and the uncorrected share times the rest, so that it never does harm in the mean. The
    mirror takes the slope of the residual too: all of the bias, and of a jitter with an exponential autocorrelation
    (corner f) all but f / (f + bandwidth); the rest enters as Zernike tilt, (k D / 4)^2 times its mean square, open
    aperture. Sources: those of ``fibre_coupling`` and ``adaptive_optics``.
    """
    within("error_correlation_s", error_correlation_s, 0.0, np.inf, ends="(]")
    if isinstance(coupling, FieldStop):
        seeing_urad = seeing_fwhm_urad(profile, elevation_deg=elevation_deg, wavelength_nm=wavelength_nm)
        return field_stop_transmittance(error, field_of_view_urad=field_of_view_urad, seeing_fwhm_urad=seeing_urad)
    fried_m = fried_parameter_m(profile, elevation_deg=elevation_deg, wavelength_nm=wavelength_nm)
    if isinstance(coupling, MultimodeFibre):
        return encircled_share(
            full_angle_urad=field_of_view_urad,
            wavelength_nm=wavelength_nm,
            aperture_m=aperture_m,
            fried_m=fried_m,
            jitter_urad=np.sqrt(0.5 * _mean_square_urad2(error)),
            obscuration=obscuration,
        )
    unit_urad = wavelength_nm * 1e-3 / aperture_m  # nm/m = 1e-3 urad
    bare = single_mode_coupling(
        aperture_ratio=aperture_m / fried_m,
        obscuration=obscuration,
        mode_ratio=coupling.mode_ratio,
        jitter_ratio=np.sqrt(0.5 * _mean_square_urad2(error)) / unit_urad,
    )
    if isinstance(coupling.correction, NoCorrection):
        return bare
    left = residual_error(
        coupling.correction,
        profile,
        wind,
        elevation_deg=elevation_deg,
        wavelength_nm=wavelength_nm,
        aperture_m=aperture_m,
        los_rate_urad_s=los_rate_urad_s,
    )
    core = np.exp(-left.total_rad2 - _tilt_left_rad2(coupling.correction, error, unit_urad, error_correlation_s))
    return core * still_air_coupling(obscuration=obscuration, mode_ratio=coupling.mode_ratio) + (1.0 - core) * bare


def _tilt_left_rad2(
    correction: TipTilt | ModalCorrection, error: PointingError, unit_urad: float, correlation_s: float
) -> FloatArray:
    """Wave-front variance [rad^2] of the residual's jitter that is too quick for the correction."""
    corner_hz = 1.0 / (2.0 * np.pi * 2.0 * correlation_s)  # the jitter itself forgets half as fast as its square
    left = corner_hz / (corner_hz + correction.bandwidth_hz)
    jitter_urad2 = np.square(error.jitter_x_urad) + np.square(error.jitter_y_urad)
    return left * (0.5 * np.pi / unit_urad) ** 2 * jitter_urad2


def _mean_square_urad2(error: PointingError) -> FloatArray:
    """Mean square of the angle, both axes and bias together [urad^2]."""
    parts = (error.bias_x_urad, error.bias_y_urad, error.jitter_x_urad, error.jitter_y_urad)
    return np.asarray(sum(np.square(part) for part in parts))
