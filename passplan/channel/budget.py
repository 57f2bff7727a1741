"""The loss of a downlink, term by term, on one time grid: its mean and how it fades."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.atmosphere import Atmosphere, air_transmittance, turbulence_above
from passplan.channel.cloud import cloud_moments
from passplan.channel.coupling import FieldStop, coupled_share
from passplan.channel.extinction_table import ExtinctionTable
from passplan.channel.fading import averaged_index, combined_index, crossing_time_s
from passplan.channel.jittered_collection import jittered_collection
from passplan.channel.pointing_loss import PointingError, pointing_index, pointing_transmittance
from passplan.channel.profiles import BuftonWind, TabulatedProfile, mean_layer_speed_m_s
from passplan.channel.receiver import Receiver
from passplan.channel.refraction import chromatic_refraction_urad, true_elevation_deg
from passplan.channel.scintillation import aperture_index
from passplan.channel.transmitter import FarFieldTransmitter, Transmitter, diffraction_transmittance
from passplan.channel.turbulence import Cn2Profile, beam_spread_urad
from passplan.checks import FloatArray, freeze, same_length, within
from passplan.units import to_loss_db, to_transmittance

FLOOR_TRANSMITTANCE = 1e-30  # a term is cut at 300 dB, so that a second without lock stays finite
_CALMEST_M_S = 1.0  # wind that carries the air past a line of sight at rest, where the model's wind is 0
_SMALL_RECEIVER = 0.1  # of the spot's radius: under it the receiver is a point for the pointing, to 0.01 dB


@dataclass(frozen=True, slots=True, kw_only=True)
class LossBudget:
    """Named losses from the output of the transmitter to the front of the detectors, on one grid of n instants.

    terms_db : mean loss [dB] >= 0 of each cause, shape (n,) each, read-only
    transmittance_std : standard deviation of the transmittance averaged over an interval [1], shape (n,), read-only
    fading_index : variance over squared mean of the instantaneous transmittance [1], shape (n,), read-only
    labels : what of it goes beyond a table or rests on coarse means; empty as a rule
    """

    terms_db: dict[str, FloatArray]
    transmittance_std: FloatArray
    fading_index: FloatArray
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        same_length(**self.terms_db, transmittance_std=self.transmittance_std, fading_index=self.fading_index)
        for name, loss_db in self.terms_db.items():
            within(f"LossBudget.terms_db[{name!r}]", loss_db, 0.0, np.inf, ends="[)")
        within("LossBudget.transmittance_std", self.transmittance_std, 0.0, np.inf, ends="[)")
        within("LossBudget.fading_index", self.fading_index, 0.0, np.inf, ends="[)")
        freeze(*self.terms_db.values(), self.transmittance_std, self.fading_index)

    @property
    def loss_db(self) -> FloatArray:
        """Sum of the terms [dB], shape (n,)."""
        return np.sum(list(self.terms_db.values()), axis=0)

    @property
    def transmittance(self) -> FloatArray:
        """Mean transmittance [1], shape (n,): the one that counts follow."""
        return to_transmittance(self.loss_db)

    def while_locked(self, locked: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Mean [1] and variance [1] of the transmittance within each interval of which a share is locked.

        locked : share of the interval in which light arrives [1], in [0, 1], shape (n,) or (); in the rest none does

        The moments of an on-off process times a fade of unit mean: m = T L, variance = T^2 L (1 + SI) - m^2.
        """
        within("locked", locked, 0.0, 1.0)
        on = np.asarray(locked, dtype=float)
        mean = self.transmittance * on
        variance = self.transmittance**2 * on * (1.0 + self.fading_index) - mean**2
        return mean, np.maximum(variance, 0.0)


def loss_budget(
    *,
    range_km: ArrayLike,
    elevation_deg: ArrayLike,
    los_rate_urad_s: ArrayLike,
    transmitter: Transmitter,
    receiver: Receiver,
    atmosphere: Atmosphere,
    height_m: float,
    satellite_error: PointingError,
    ground_error: PointingError,
    jitter_correlation_s: float,
    beacon_nm: float,
    interval_s: float = 1.0,
    ground_correlation_s: float = np.inf,
    extinction_table: ExtinctionTable | None = None,
    cn2_profile: TabulatedProfile | None = None,
) -> LossBudget:
    """Loss of a downlink with every cause under its own name.

    Parameters
    ----------
    range_km : array_like, shape (n,)
        Slant range [km], > 0.
    elevation_deg : array_like, shape (n,)
        Apparent elevation [deg], in (0, 90].
    los_rate_urad_s : array_like, shape (n,)
        Angular rate of the line of sight [urad/s], >= 0.
    transmitter, receiver, atmosphere : Transmitter, Receiver, Atmosphere
        The two terminals and the air.
    height_m : float
        Height of the site above sea level [m], -500 to 9000.
    satellite_error, ground_error : PointingError
        Bias and per-axis jitter of the two lines of sight [urad], each a number or shape (n,).
    jitter_correlation_s : float
        1/e correlation time of the fades that the satellite's jitter causes [s], > 0.
    beacon_nm : float
        Wavelength of the beacon that the ground terminal tracks [nm].
    interval_s : float
        Interval over which ``transmittance_std`` averages [s], > 0.
    ground_correlation_s : float
        1/e correlation time of the ground terminal's squared residual [s], > 0; a corrected fibre follows what is slow.
    extinction_table : ExtinctionTable, optional
        What the file that the atmosphere names holds; it takes the place of the laws.
    cn2_profile : TabulatedProfile, optional
        Likewise of the turbulence.

    Returns
    -------
    LossBudget
        Terms: diffraction, main_lobe, pointing, extinction, turbulence, field_stop (fibre_coupling with a fibre),
        receiver_optics; and cloud where the atmosphere has layers.

    Raises
    ------
    DomainError
        If an input lies outside its range, two arrays differ in length, the filter misses the signal, or a table does
        not reach.

    Notes
    -----
    Every term is the loss of the MEAN transmittance. Scintillation conserves the mean, so the term ``turbulence`` holds
    only the spreading of the beam (under 0.002 dB for a low orbit above 19 deg); fades are in ``fading_index`` and
    nowhere else. ``pointing`` is the loss of the jittering beam over a receiver of finite size beside that of the still
    one; it takes a Gaussian main lobe of the stated 1/e^2 angles for every beam model: a top-hat or an aperture sets
    the level on the axis, not the shape. The fades of the field stop are not in the index. ``cloud`` is the mean over
    nights with and without each layer. Terms are cut at 300 dB.
    """
    within("height_m", height_m, -500.0, 9000.0)
    range_km, elevation_deg, los_rate_urad_s = np.atleast_1d(range_km, elevation_deg, los_rate_urad_s)
    _check_grid(range_km, elevation_deg, los_rate_urad_s, satellite_error, ground_error)
    wavelength_nm = transmitter.wavelength_nm
    receiver.passband(wavelength_nm=wavelength_nm)
    profile = turbulence_above(atmosphere, height_m=height_m, profile=cn2_profile)
    air = air_transmittance(
        atmosphere,
        elevation_deg=elevation_deg,
        wavelength_nm=wavelength_nm,
        height_m=height_m,
        table=extinction_table,
    )
    still = diffraction_transmittance(
        transmitter, range_km=range_km, aperture_m=receiver.aperture_m, obscuration=receiver.obscuration
    )
    shares: dict[str, ArrayLike] = {
        "diffraction": still,
        "main_lobe": transmitter.main_lobe_efficiency,
        "pointing": _pointing(satellite_error, transmitter, receiver, range_km, still),
        "extinction": air.transmittance,
        "turbulence": _spreading(transmitter, profile, elevation_deg=elevation_deg, range_km=range_km),
        _stop_name(receiver): coupled_share(
            receiver.coupling,
            _image_error(ground_error, receiver, elevation_deg, beacon_nm, wavelength_nm),
            profile,
            wind=atmosphere.wind or BuftonWind(),
            elevation_deg=elevation_deg,
            los_rate_urad_s=los_rate_urad_s,
            wavelength_nm=wavelength_nm,
            aperture_m=receiver.aperture_m,
            obscuration=receiver.obscuration,
            field_of_view_urad=receiver.field_of_view_urad,
            error_correlation_s=ground_correlation_s,
        ),
        "receiver_optics": receiver.optics_efficiency,
    }
    if atmosphere.cloud:
        shares["cloud"] = cloud_moments(atmosphere.cloud, elevation_deg=elevation_deg)[0]
    terms_db = {name: _term_db(share, range_km.shape) for name, share in shares.items()}
    jitter = pointing_index(satellite_error, **_divergence(transmitter))
    scintillation = aperture_index(
        profile, elevation_deg=elevation_deg, wavelength_nm=wavelength_nm, aperture_m=receiver.aperture_m
    )
    averaged = averaged_index(
        index_a=jitter,
        correlation_a_s=jitter_correlation_s,
        index_b=scintillation,
        correlation_b_s=_crossing_s(elevation_deg, los_rate_urad_s, receiver, atmosphere, profile),
        interval_s=interval_s,
        log_normal_b=True,
    )
    return LossBudget(
        terms_db=terms_db,
        transmittance_std=to_transmittance(np.sum(list(terms_db.values()), axis=0)) * np.sqrt(averaged),
        fading_index=np.broadcast_to(combined_index(jitter, scintillation), range_km.shape).copy(),
        labels=(*air.labels, *_profile_labels(cn2_profile)),
    )


def _check_grid(
    range_km: FloatArray,
    elevation_deg: FloatArray,
    los_rate_urad_s: FloatArray,
    satellite_error: PointingError,
    ground_error: PointingError,
) -> None:
    """Refuse arrays that would silently broadcast against each other."""
    arrays = {"range_km": range_km, "elevation_deg": elevation_deg, "los_rate_urad_s": los_rate_urad_s}
    for owner, error in (("satellite_error", satellite_error), ("ground_error", ground_error)):
        values = {f"{owner}.{field.name}": getattr(error, field.name) for field in fields(error)}
        arrays |= {name: value for name, value in values.items() if np.ndim(value)}
    same_length(**arrays)


def _divergence(transmitter: Transmitter) -> dict[str, float]:
    return {
        "divergence_x_urad": transmitter.divergence_x_urad,
        "divergence_y_urad": transmitter.divergence_y_urad,
    }


def _stop_name(receiver: Receiver) -> str:
    return "field_stop" if isinstance(receiver.coupling, FieldStop) else "fibre_coupling"


def _profile_labels(profile: TabulatedProfile | None) -> tuple[str, ...]:
    return ("turbulence beyond the table of Cn2",) if profile is not None and profile.is_extrapolated else ()


def _pointing(
    error: PointingError, transmitter: Transmitter, receiver: Receiver, range_km: FloatArray, collected: FloatArray
) -> FloatArray:
    """Mean share of a jittering Gaussian main lobe beside the still one, over the receiver's whole aperture."""
    share = np.broadcast_to(pointing_transmittance(error, **_divergence(transmitter)), range_km.shape).copy()
    narrower_urad = min(_divergence(transmitter).values())
    near = 0.5 * receiver.aperture_m > _SMALL_RECEIVER * narrower_urad * range_km * 1e-3  # urad * km = mm
    if np.any(near):
        here = PointingError(**{field.name: _at(getattr(error, field.name), near) for field in fields(error)})
        moving = _gaussian(here, transmitter, receiver, range_km[near])
        gaussian = isinstance(transmitter, FarFieldTransmitter) and transmitter.beam == "gaussian"
        still = collected[near] if gaussian else _gaussian(PointingError(), transmitter, receiver, range_km[near])
        share[near] = np.minimum(moving / still, 1.0)
    return share


def _gaussian(error: PointingError, transmitter: Transmitter, receiver: Receiver, range_km: FloatArray) -> FloatArray:
    return jittered_collection(
        error,
        range_km=range_km,
        **_divergence(transmitter),
        aperture_m=receiver.aperture_m,
        obscuration=receiver.obscuration,
    )


def _at(value: ArrayLike, where: np.ndarray) -> ArrayLike:
    return np.asarray(value)[where] if np.ndim(value) else value


def _crossing_s(
    elevation_deg: FloatArray,
    los_rate_urad_s: FloatArray,
    receiver: Receiver,
    atmosphere: Atmosphere,
    profile: Cn2Profile,
) -> FloatArray:
    if atmosphere.wind is not None:
        speed_m_s = mean_layer_speed_m_s(
            profile, atmosphere.wind, los_rate_urad_s=los_rate_urad_s, elevation_deg=elevation_deg
        )
        return receiver.aperture_m / np.maximum(speed_m_s, _CALMEST_M_S)
    return crossing_time_s(
        aperture_m=receiver.aperture_m,
        elevation_deg=elevation_deg,
        los_rate_urad_s=los_rate_urad_s,
        wind_m_s=max(atmosphere.high_wind_m_s, _CALMEST_M_S),
    )


def _image_error(
    error: PointingError, receiver: Receiver, apparent_deg: FloatArray, beacon_nm: float, signal_nm: float
) -> PointingError:
    """Pointing error of the signal's image, beside the beacon's that is tracked; y is the axis of elevation."""
    if receiver.corrects_chromatic_refraction:
        return error
    true_deg = true_elevation_deg(apparent_deg=apparent_deg)
    offset_urad = chromatic_refraction_urad(elevation_deg=true_deg, beacon_nm=beacon_nm, signal_nm=signal_nm)
    return replace(error, bias_y_urad=np.asarray(error.bias_y_urad) - offset_urad)


def _spreading(
    transmitter: Transmitter, profile: Cn2Profile, *, elevation_deg: FloatArray, range_km: FloatArray
) -> FloatArray:
    """Fall of the intensity on the axis when each width grows by the spread, in quadrature."""
    spread_urad = beam_spread_urad(
        profile, elevation_deg=elevation_deg, range_km=range_km, wavelength_nm=transmitter.wavelength_nm
    )
    growth_x, growth_y = (1.0 + (spread_urad / width_urad) ** 2 for width_urad in _divergence(transmitter).values())
    return 1.0 / np.sqrt(growth_x * growth_y)


def _term_db(share: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    return np.broadcast_to(to_loss_db(np.clip(share, FLOOR_TRANSMITTANCE, 1.0)), shape).copy()
