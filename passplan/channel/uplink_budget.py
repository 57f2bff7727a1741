"""Losses term by term of links that end in space: from the ground up to a satellite, and between two satellites."""

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.channel.budget import FLOOR_TRANSMITTANCE, LossBudget
from passplan.channel.fading import averaged_share
from passplan.channel.jittered_collection import jittered_collection
from passplan.channel.pointing_loss import PointingError, pointing_index
from passplan.channel.transmitter import ApertureTransmitter, Transmitter, diffraction_transmittance
from passplan.channel.turbulence import Cn2Profile, HufnagelValley, path_moment, wave_number_per_m
from passplan.channel.uplink import (
    UplinkBeam,
    point_ahead_strehl,
    tilt_anisoplanatism,
    uplink_index,
    uplink_spot,
)
from passplan.checks import FloatArray, Fraction, Positive, check_limits, same_length, within
from passplan.errors import DomainError
from passplan.units import to_loss_db, to_transmittance

_GROUND_LAYER_M = 100.0  # scale height of the Hufnagel-Valley ground term, hence its column per unit of Cn2
_BEST_WAIST = 0.892  # of the radius: the Gaussian beam most like a uniform disc


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceReceiver:
    """Receiving telescope on a satellite and the optics behind it, up to the detectors.

    aperture_m : clear diameter [m], > 0
    obscuration : central obscuration, ratio of diameters [1], in [0, 1); leave it 0 when the efficiency contains it
    optics_efficiency : transmittance from the aperture to in front of the detectors [1], in (0, 1]; without detectors
    """

    aperture_m: Positive
    obscuration: Annotated[float, Interval(ge=0.0, lt=1.0)] = 0.0
    optics_efficiency: Annotated[float, Interval(gt=0.0, le=1.0)] = 1.0

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkControl:
    """What the ground telescope does against turbulence, from the light of the satellite's beacon.

    tilt_gain : share of the beacon's measured image motion that is taken from the beam [1], in [0, 1]; 0: none
    is_adaptive : whether the whole wave front is corrected, ideally but in the direction of the beacon; tilt included
    point_ahead_urad : angle between beacon and beam [urad], >= 0, a number or shape (n,)
    """

    tilt_gain: Fraction = 0.0
    is_adaptive: bool = False
    point_ahead_urad: ArrayLike = 0.0

    def __post_init__(self) -> None:
        check_limits(self)
        within("UplinkControl.point_ahead_urad", self.point_ahead_urad, 0.0, 1000.0)
        if self.is_adaptive and self.tilt_gain > 0.0:
            raise DomainError(
                f"UplinkControl.tilt_gain is {self.tilt_gain:g}, must be 0 with is_adaptive, which corrects tilt too"
            )


def uplink_budget(
    *,
    range_km: ArrayLike,
    elevation_deg: ArrayLike,
    beam: UplinkBeam,
    receiver: SpaceReceiver,
    profile: Cn2Profile,
    extinction: ArrayLike,
    error: PointingError,
    control: UplinkControl | None = None,
    main_lobe_efficiency: float = 1.0,
    correlation_s: float = 0.01,
    interval_s: float = 1.0,
) -> LossBudget:
    """Loss of an uplink from the last surface of the ground telescope to in front of the satellite's detectors.

    Parameters
    ----------
    range_km : array_like, shape (n,)
        Slant range [km], >= 100.
    elevation_deg : array_like, shape (n,)
        Apparent elevation [deg], in (0, 90].
    beam : UplinkBeam
        Beam as it leaves the ground telescope.
    receiver : SpaceReceiver
        Telescope and optics of the satellite.
    profile : Cn2Profile
        Turbulence above the site.
    extinction : array_like, shape (n,) or ()
        Transmittance of the slant path through the air [1], in (0, 1], as ``air_transmittance`` gives it.
    error : PointingError
        Bias and per-axis jitter of the ground telescope [urad], numbers or shape (n,), without the wander.
    control : UplinkControl, optional
        Correction of the wave front at the ground; by default none.
    main_lobe_efficiency : float
        Share of the emitted power inside the beam's Gaussian main lobe [1], in (0, 1].
    correlation_s : float
        1/e correlation time of the fades [s], > 0.
    interval_s : float
        Interval over which ``transmittance_std`` averages [s], > 0.

    Returns
    -------
    LossBudget
        Terms: diffraction, main_lobe, beam_spread, wander, point_ahead, pointing, extinction, receiver_optics.

    Raises
    ------
    DomainError
        If an input lies outside its range, or two arrays differ in length.

    Notes
    -----
    Each term is what the mean loses when one cause more is let in, in this order: the still beam in vacuum
    (diffraction), the short-term widening (beam_spread), the wander that tilt control would leave without a point-ahead
    angle, (1 - g)^2 of its variance (wander), what that angle adds, g times ``tilt_anisoplanatism`` (point_ahead), and
    the telescope's own error (pointing). A gain g takes g times the beacon's tilt from the beam's: of unit variances
    that correlate as 1 - a/2 it leaves (1 - g)^2 + g a. With ideal adaptive optics there is neither spread nor wander,
    and point_ahead is ``point_ahead_strehl``. Sources: those of the functions in ``uplink``.
    """
    range_km, elevation_deg = np.atleast_1d(range_km, elevation_deg)
    grid: dict[str, ArrayLike] = {"extinction": extinction}
    grid |= {f"error.{field.name}": getattr(error, field.name) for field in fields(error)}
    same_length(
        range_km=range_km,
        elevation_deg=elevation_deg,
        **{name: values for name, values in grid.items() if np.ndim(values)},
    )
    within("extinction", extinction, 0.0, 1.0, ends="(]")
    within("main_lobe_efficiency", main_lobe_efficiency, 0.0, 1.0, ends="(]")
    control = control or UplinkControl()
    spot = uplink_spot(beam, profile, elevation_deg=elevation_deg, range_km=range_km)
    narrow_urad = np.full(range_km.shape, beam.divergence_urad)
    width_urad = narrow_urad if control.is_adaptive else spot.short_term_urad
    kept, left = _wander_shares(beam, profile, control, elevation_deg)

    def collected(width: FloatArray, wander_share: ArrayLike, pointed: PointingError) -> FloatArray:
        return jittered_collection(
            _moved(pointed, np.multiply(wander_share, spot.wander_urad**2)),
            range_km=range_km,
            divergence_x_urad=width,
            divergence_y_urad=width,
            aperture_m=receiver.aperture_m,
            obscuration=receiver.obscuration,
        )

    still = PointingError()
    strehl = _strehl(beam, profile, control, elevation_deg)
    steps = [
        ("diffraction", collected(narrow_urad, 0.0, still)),
        ("beam_spread", collected(width_urad, 0.0, still)),
        ("wander", collected(width_urad, kept, still)),
        ("point_ahead", collected(width_urad, left, still) * strehl),
        ("pointing", collected(width_urad, left, error) * strehl),
    ]
    shares: dict[str, ArrayLike] = {"diffraction": steps[0][1], "main_lobe": main_lobe_efficiency}
    for (_, before), (name, after) in pairwise(steps):
        shares[name] = after / np.maximum(before, FLOOR_TRANSMITTANCE)
    shares |= {"extinction": extinction, "receiver_optics": receiver.optics_efficiency}
    index = uplink_index(beam, profile, elevation_deg=elevation_deg, range_km=range_km, error=error, wander_share=left)
    return _budget(shares, index, shape=range_km.shape, correlation_s=correlation_s, interval_s=interval_s)


def crosslink_budget(
    *,
    range_km: ArrayLike,
    transmitter: Transmitter,
    receiver: SpaceReceiver,
    error: PointingError,
    correlation_s: float = 0.01,
    interval_s: float = 1.0,
) -> LossBudget:
    """Loss of a link between two satellites, from the output of one telescope to in front of the other's detectors.

    Parameters
    ----------
    range_km : array_like, shape (n,)
        Distance [km], > 0; near the telescope only a transmitter given by its aperture is right.
    transmitter : Transmitter
        By its far field or by its aperture.
    receiver : SpaceReceiver
        Telescope and optics of the other satellite.
    error : PointingError
        Bias and per-axis jitter of the transmitter [urad], point-ahead error included, numbers or shape (n,).
    correlation_s : float
        1/e correlation time of the jitter's fades [s], > 0.
    interval_s : float
        Interval over which ``transmittance_std`` averages [s], > 0.

    Returns
    -------
    LossBudget
        Terms: diffraction, main_lobe, pointing, receiver_optics. There is no air.

    Raises
    ------
    DomainError
        If an input lies outside its range.

    Notes
    -----
    ``pointing`` takes a round or elliptic Gaussian spot in place of the lobe, over a receiver of finite size; that of
    an aperture is as wide as a collimated Gaussian beam, (divergence^2 + (waist/range)^2)^(1/2) seen from the
    telescope. The beam that misses is lost beyond 300 dB.
    """
    range_km = np.atleast_1d(np.asarray(range_km, dtype=float))
    within("range_km", range_km, 0.0, np.inf, ends="()")
    start_urad = _waist_m(transmitter) / range_km * 1e3  # m/km = 1e3 urad
    width_x_urad = np.hypot(transmitter.divergence_x_urad, start_urad)
    width_y_urad = np.hypot(transmitter.divergence_y_urad, start_urad)
    aperture_m, obscuration = receiver.aperture_m, receiver.obscuration

    def collected(pointed: PointingError) -> FloatArray:
        return jittered_collection(
            pointed,
            range_km=range_km,
            divergence_x_urad=width_x_urad,
            divergence_y_urad=width_y_urad,
            aperture_m=aperture_m,
            obscuration=obscuration,
        )

    shares: dict[str, ArrayLike] = {
        "diffraction": diffraction_transmittance(
            transmitter, range_km=range_km, aperture_m=aperture_m, obscuration=obscuration
        ),
        "main_lobe": transmitter.main_lobe_efficiency,
        "pointing": collected(error) / np.maximum(collected(PointingError()), FLOOR_TRANSMITTANCE),
        "receiver_optics": receiver.optics_efficiency,
    }
    index = pointing_index(error, divergence_x_urad=width_x_urad, divergence_y_urad=width_y_urad)
    return _budget(shares, index, shape=range_km.shape, correlation_s=correlation_s, interval_s=interval_s)


def ground_cn2_of_seeing(
    *, seeing_fwhm_urad: float, wavelength_nm: float = 500.0, site_height_m: float, high_wind_m_s: float = 21.0
) -> float:
    """Ground term of the Hufnagel-Valley profile [m^(-2/3)] that gives a measured seeing at the zenith.

    Parameters
    ----------
    seeing_fwhm_urad : float
        Full width at half maximum of the long-exposure image at the zenith [urad], > 0.
    wavelength_nm : float
        Wavelength at which it is stated [nm], > 0; 500 is the custom.
    site_height_m, high_wind_m_s : float
        As in ``HufnagelValley``.

    Raises
    ------
    DomainError
        If an input lies outside its range, or the layers above the ground alone give more seeing than that.

    Notes
    -----
    seeing = 0.98 wavelength/r0 and r0 = (0.423 k^2 int Cn2 dh)^(-3/5), solved for the column; the ground term's own
    column is 100 m times its strength.
    """
    within("seeing_fwhm_urad", seeing_fwhm_urad, 0.0, np.inf, ends="()")
    wave_number = float(wave_number_per_m(wavelength_nm=wavelength_nm))
    coherence_m = 0.98 * wavelength_nm * 1e-3 / seeing_fwhm_urad  # nm/urad = 1e-3 m
    column = coherence_m ** (-5.0 / 3.0) / (0.423 * wave_number**2)
    above = path_moment(
        HufnagelValley(ground_cn2=0.0, high_wind_m_s=high_wind_m_s, site_height_m=site_height_m), order=0.0
    )
    if column < above:
        least_urad = seeing_fwhm_urad * (above / column) ** 0.6
        raise DomainError(
            f"seeing_fwhm_urad is {seeing_fwhm_urad:g} urad, must be at least {least_urad:.3g} urad, "
            "which the air above the ground layer gives alone"
        )
    return (column - above) / _GROUND_LAYER_M


def _wander_shares(
    beam: UplinkBeam, profile: Cn2Profile, control: UplinkControl, elevation_deg: FloatArray
) -> tuple[ArrayLike, ArrayLike]:
    """Shares of the wander's variance: left by the control itself, and with the point-ahead angle."""
    if control.is_adaptive:
        return 0.0, 0.0
    kept = (1.0 - control.tilt_gain) ** 2
    if control.tilt_gain == 0.0:
        return kept, kept
    apart = tilt_anisoplanatism(beam, profile, elevation_deg=elevation_deg, point_ahead_urad=control.point_ahead_urad)
    return kept, kept + control.tilt_gain * apart


def _strehl(beam: UplinkBeam, profile: Cn2Profile, control: UplinkControl, elevation_deg: FloatArray) -> FloatArray:
    if not control.is_adaptive:
        return np.ones(elevation_deg.shape)
    return point_ahead_strehl(
        profile,
        elevation_deg=elevation_deg,
        wavelength_nm=beam.wavelength_nm,
        point_ahead_urad=control.point_ahead_urad,
    )


def _moved(error: PointingError, variance_urad2: FloatArray) -> PointingError:
    return PointingError(
        bias_x_urad=error.bias_x_urad,
        bias_y_urad=error.bias_y_urad,
        jitter_x_urad=np.sqrt(np.square(error.jitter_x_urad) + variance_urad2),
        jitter_y_urad=np.sqrt(np.square(error.jitter_y_urad) + variance_urad2),
    )


def _waist_m(transmitter: Transmitter) -> float:
    """Radius at 1/e^2 of the beam as it starts [m]; 0 where only the far field is known."""
    if not isinstance(transmitter, ApertureTransmitter):
        return 0.0
    return min(transmitter.waist_m, _BEST_WAIST * 0.5 * transmitter.aperture_m)


def _budget(
    shares: dict[str, ArrayLike], index: ArrayLike, *, shape: tuple[int, ...], correlation_s: float, interval_s: float
) -> LossBudget:
    terms_db = {
        name: np.broadcast_to(to_loss_db(np.clip(share, FLOOR_TRANSMITTANCE, 1.0)), shape).copy()
        for name, share in shares.items()
    }
    fading = np.broadcast_to(np.asarray(index, dtype=float), shape).copy()
    mean = to_transmittance(np.sum(list(terms_db.values()), axis=0))
    kept = averaged_share(correlation_s=correlation_s, interval_s=interval_s)
    return LossBudget(terms_db=terms_db, transmittance_std=mean * np.sqrt(fading * kept), fading_index=fading)
