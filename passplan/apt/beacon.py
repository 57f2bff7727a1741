"""Beacon of the other end: power, photons and electrons that reach a camera, and the loss by its causes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from passplan.apt.sensor import Camera, spot_electrons
from passplan.checks import FloatArray, NonNegative, Positive, check_limits, freeze, within
from passplan.constants import PLANCK_J_S, SPEED_OF_LIGHT_M_S
from passplan.units import to_loss_db, to_transmittance

_FLOOR_TRANSMITTANCE = 1e-30  # a term is cut at 300 dB, so that a beacon that points elsewhere has a finite loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Beacon:
    """Beacon laser of a terminal: a Gaussian beam wide enough to cover the uncertainty of the other end.

    power_w : mean power behind the telescope [W], > 0
    full_divergence_mrad : full angle at 1/e^2 intensity in the far field [mrad], > 0
    wavelength_nm : wavelength in vacuum [nm], > 0
    pointing_error_urad : offset of the beam axis from the other terminal, on the sky [urad], >= 0
    repetition_khz : pulse rate [kHz], >= 0, not below the frame rate of a camera that sees it; 0 for a continuous beam
    """

    power_w: Positive
    full_divergence_mrad: Positive
    wavelength_nm: Positive
    pointing_error_urad: NonNegative = 0.0
    repetition_khz: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def half_divergence_urad(self) -> float:
        """Half-angle at 1/e^2 intensity [urad]."""
        return 0.5e3 * self.full_divergence_mrad  # mrad -> urad


def received_power_w(
    beacon: Beacon, *, range_km: ArrayLike, aperture_m: float, transmittance: ArrayLike = 1.0
) -> FloatArray:
    """Mean beacon power inside an aperture [W].

    Parameters
    ----------
    beacon : Beacon
        The other terminal's beacon.
    range_km : array_like, shape (...)
        Slant range [km], > 0.
    aperture_m : float
        Clear diameter of the receiving telescope [m], > 0.
    transmittance : array_like, shape (...)
        Of the path [1], in [0, 1].

    Returns
    -------
    ndarray, shape (...)
        Power [W]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input is out of its limits.

    Notes
    -----
    P T [1 - exp(-2 a^2/w^2)] exp(-2 b^2/theta^2), a half the aperture, w = theta range, theta the half-angle at
    1/e^2, b the pointing error. Holds beyond the Rayleigh range and for an aperture much smaller than the spot.
    Source: Saleh and Teich, Fundamentals of Photonics, sec. 3.1.
    """
    within("range_km", range_km, 0.0, np.inf, ends="()")
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    within("transmittance", transmittance, 0.0, 1.0)
    collected = _collected(beacon, range_km=range_km, aperture_m=aperture_m)
    return beacon.power_w * np.asarray(transmittance, dtype=float) * collected * _off_axis(beacon)


def _collected(beacon: Beacon, *, range_km: ArrayLike, aperture_m: float) -> FloatArray:
    spot_radius_m = beacon.half_divergence_urad * np.asarray(range_km, dtype=float) * 1e-3  # urad km = mm
    return -np.expm1(-2.0 * (0.5 * aperture_m / spot_radius_m) ** 2)


def _off_axis(beacon: Beacon) -> float:
    return float(np.exp(-2.0 * (beacon.pointing_error_urad / beacon.half_divergence_urad) ** 2))


def photons_per_exposure(power_w: ArrayLike, *, wavelength_nm: float, exposure_s: float) -> FloatArray:
    """Mean photons of a beam in one exposure [1].

    Parameters
    ----------
    power_w : array_like, shape (...)
        Mean power [W], >= 0.
    wavelength_nm : float
        Wavelength in vacuum [nm], > 0.
    exposure_s : float
        Exposure [s], > 0. A pulsed beacon must send many pulses in it.

    Returns
    -------
    ndarray, shape (...)
        P t lambda / (h c).

    Raises
    ------
    DomainError
        If an input is out of its limits.
    """
    within("power_w", power_w, 0.0, np.inf, ends="[)")
    within("wavelength_nm", wavelength_nm, 0.0, np.inf, ends="()")
    within("exposure_s", exposure_s, 0.0, np.inf, ends="()")
    photon_j = PLANCK_J_S * SPEED_OF_LIGHT_M_S / (wavelength_nm * 1e-9)  # nm -> m
    return np.asarray(power_w, dtype=float) * exposure_s / photon_j


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeaconBudget:
    """Way of a beacon from the output of one telescope to the electrons of the other end's camera.

    power_w : mean power behind the transmitting telescope [W]
    terms_db : loss [dB] >= 0 of each cause, shape (...) each, read-only
    electrons : photo-electrons of the spot in one exposure, not above the camera's saturation_e [1], shape (...)
    """

    power_w: float
    terms_db: dict[str, FloatArray]
    electrons: FloatArray

    def __post_init__(self) -> None:
        freeze(*self.terms_db.values(), self.electrons)

    @property
    def loss_db(self) -> FloatArray:
        """Sum of the terms [dB], shape (...)."""
        return np.sum(list(self.terms_db.values()), axis=0)

    @property
    def received_w(self) -> FloatArray:
        """Mean power on the camera [W], shape (...); the quantum efficiency is not in it."""
        return self.power_w * to_transmittance(self.loss_db - self.terms_db["quantum efficiency"])


def beacon_budget(
    beacon: Beacon,
    camera: Camera,
    *,
    range_km: ArrayLike,
    aperture_m: float,
    extinction_db: ArrayLike = 0.0,
    scintillation_index: ArrayLike = 0.0,
    fade_share: float | None = None,
) -> BeaconBudget:
    """Budget of a beacon, term by term; the same for both directions.

    Parameters
    ----------
    beacon, camera : Beacon, Camera
        Of the end that sends and of the end that sees.
    range_km : array_like, shape (...)
        Slant range [km], > 0.
    aperture_m : float
        Clear diameter of the receiving telescope [m], > 0.
    extinction_db : array_like, shape (...)
        Loss of the air [dB], >= 0.
    scintillation_index : array_like, shape (...)
        Of the power in that aperture [1], >= 0.
    fade_share : float, optional
        Share of the time in which the beacon may be weaker than the budget says [1], in (0, 0.5]; without it the
        budget is that of the mean, to which a log-normal fade of mean 1 adds no loss.

    Returns
    -------
    BeaconBudget
        Terms: collection (divergence, range and aperture), pointing, extinction, scintillation, optics, quantum
        efficiency. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input is out of its limits.

    Notes
    -----
    Collection and pointing as in `received_power_w`. A log-normal fade is deeper than exp(z sqrt(v) - v/2) in a share
    q of the time, v = ln(1 + index), z the q-quantile of a normal distribution.
    """
    within("range_km", range_km, 0.0, np.inf, ends="()")
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    within("extinction_db", extinction_db, 0.0, np.inf, ends="[)")
    within("scintillation_index", scintillation_index, 0.0, np.inf, ends="[)")
    shares: dict[str, ArrayLike] = {
        "collection": _collected(beacon, range_km=range_km, aperture_m=aperture_m),
        "pointing": _off_axis(beacon),
        "extinction": to_transmittance(extinction_db),
        "scintillation": _fade(scintillation_index, fade_share),
        "optics": camera.throughput,
        "quantum efficiency": camera.quantum_efficiency,
    }
    grid = np.broadcast_shapes(*(np.shape(share) for share in shares.values()))
    terms_db = {
        name: np.broadcast_to(to_loss_db(np.maximum(share, _FLOOR_TRANSMITTANCE)), grid).copy()
        for name, share in shares.items()
    }
    outside = ("optics", "quantum efficiency")  # `spot_electrons` counts these two
    path = to_transmittance(np.sum([terms_db[name] for name in terms_db if name not in outside], axis=0))
    photons = photons_per_exposure(
        beacon.power_w * path, wavelength_nm=beacon.wavelength_nm, exposure_s=camera.exposure_s
    )
    electrons = np.array(spot_electrons(camera, photons))
    return BeaconBudget(power_w=beacon.power_w, terms_db=terms_db, electrons=electrons)


def _fade(index: ArrayLike, share: float | None) -> ArrayLike:
    if share is None:
        return np.ones(np.shape(index))
    from scipy.special import ndtri  # slow to import, and the loop needs this file for `Beacon` alone

    within("fade_share", share, 0.0, 0.5, ends="(]")
    variance = np.log1p(np.asarray(index, dtype=float))
    return np.exp(ndtri(share) * np.sqrt(variance) - 0.5 * variance)
