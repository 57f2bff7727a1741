"""Beacon of the other end: power and photons that reach a camera."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, NonNegative, Positive, check_limits, within
from passplan.constants import PLANCK_J_S, SPEED_OF_LIGHT_M_S


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
    spot_radius_m = beacon.half_divergence_urad * np.asarray(range_km, dtype=float) * 1e-3  # urad km = mm
    collected = -np.expm1(-2.0 * (0.5 * aperture_m / spot_radius_m) ** 2)
    off_axis = np.exp(-2.0 * (beacon.pointing_error_urad / beacon.half_divergence_urad) ** 2)
    return beacon.power_w * np.asarray(transmittance, dtype=float) * collected * off_axis


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
