"""Counts of lasers that are not the signal: the other end's beacon through the filter, the own one from the air."""

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.radiance_units import photon_energy_j
from passplan.checks import FloatArray, within
from passplan.units import to_rad, to_transmittance

_DEPTH_PER_DB = 0.1 * float(np.log(10.0))
_MOLECULAR_SCALE_HEIGHT_M = 8000.0  # general knowledge, not read in a source
_MOLECULAR_BACKSCATTER_PER_SR = 3.0 / (8.0 * np.pi)  # exact for Rayleigh's phase function
_HAZE_LIDAR_RATIO_SR = 50.0  # extinction over backscatter; 30 to 70 is usual (general knowledge)


def filter_leak_cps(
    *, power_w: ArrayLike, wavelength_nm: float, blocking_db: ArrayLike, efficiency: float
) -> FloatArray:
    """Counts a second of laser light that passes the filters of the signal's detectors.

    Parameters
    ----------
    power_w : array_like, shape (...)
        Power that enters the telescope within the field stop [W], >= 0.
    wavelength_nm : float
        Wavelength of the stray light [nm], > 0.
    blocking_db : array_like, shape (...)
        Loss of dichroic, filter and baffles together at that wavelength [dB], >= 0.
    efficiency : float
        Optics times detectors at that wavelength, without the blocking [1], 0 to 1.

    Returns
    -------
    ndarray, shape (...)
        Counts [1/s], all detectors, before any gate. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    P T efficiency / (h c / w): exact.
    """
    within("power_w", power_w, 0.0, np.inf, ends="[)")
    within("efficiency", efficiency, 0.0, 1.0)
    passed_w = np.asarray(power_w, dtype=float) * to_transmittance(blocking_db)
    return passed_w * efficiency / photon_energy_j(wavelength_nm)


def backscatter_power_w(
    *,
    power_w: float,
    aperture_m: float,
    elevation_deg: ArrayLike,
    overlap_range_m: float,
    backscatter_per_m_sr: float = 1.5e-6,
    scale_height_m: float = 6000.0,
) -> FloatArray:
    """Power of the own beacon that the air throws back into the telescope.

    Parameters
    ----------
    power_w : float
        Beacon power leaving the ground [W], >= 0.
    aperture_m : float
        Clear diameter of the receiver [m], > 0.
    elevation_deg : array_like, shape (...)
        Elevation of the beam [deg], in (0, 90].
    overlap_range_m : float
        Range from which the field stop sees the whole beam [m], > 0; nearer, nothing is seen.
    backscatter_per_m_sr : float
        Backscatter coefficient at the site [1/(m sr)], >= 0. The default is clean air near 550 nm (recalled); haze has
        1e-5, and more.
    scale_height_m : float
        Height over which it falls by 1/e [m], > 0; an assumed mixture of molecules (8000) and haze (1500).

    Returns
    -------
    ndarray, shape (...)
        Power inside the aperture [W].

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    P b A integral of exp(-r sin h / H) / r^2 from r0, that is P b A E2(r0 sin h / H) / r0, without loss on the way
    (an upper bound). Source: the elastic lidar equation, single scattering.
    """
    from scipy.special import expn

    within("power_w", power_w, 0.0, np.inf, ends="[)")
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    within("elevation_deg", elevation_deg, 0.0, 90.0, ends="(]")
    within("overlap_range_m", overlap_range_m, 0.0, np.inf, ends="()")
    within("backscatter_per_m_sr", backscatter_per_m_sr, 0.0, np.inf, ends="[)")
    within("scale_height_m", scale_height_m, 0.0, np.inf, ends="()")
    area_m2 = 0.25 * np.pi * aperture_m**2
    column_per_m = expn(2, overlap_range_m * np.sin(to_rad(elevation_deg)) / scale_height_m) / overlap_range_m
    return power_w * backscatter_per_m_sr * area_m2 * column_per_m


def own_beacon_power_w(
    *,
    power_w: float,
    half_divergence_urad: float,
    aperture_m: float,
    field_of_view_urad: float,
    elevation_deg: ArrayLike,
    molecular_zenith_db: float,
    aerosol_zenith_db: float,
    aerosol_scale_height_m: float,
    obscuration: float = 0.0,
) -> FloatArray:
    """Power of the own beacon, launched beside the telescope, that the air throws back into aperture and field stop.

    Parameters
    ----------
    power_w : float
        Beacon power leaving the ground [W], >= 0.
    half_divergence_urad : float
        Half-angle of the beacon at 1/e^2 intensity [urad], > 0.
    aperture_m : float
        Clear diameter of the receiver [m], > 0.
    field_of_view_urad : float
        FULL field of view of the round stop [urad], > 0.
    elevation_deg : array_like, shape (...)
        Elevation of the beam [deg], in (0, 90].
    molecular_zenith_db, aerosol_zenith_db : float
        Zenith loss of molecules and haze at the beacon's wavelength [dB], >= 0.
    aerosol_scale_height_m : float
        Height over which the haze falls by 1/e [m], > 0.
    obscuration : float
        Central obscuration, ratio of diameters [1], in [0, 1).

    Returns
    -------
    ndarray, shape (...)
        Power [W].

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    ``backscatter_power_w`` of molecules (3/(8 pi) per sr of their scattering) and haze (lidar ratio 50 sr, assumed),
    times the share 1 - exp(-2 (FOV/2)^2/theta^2) of a Gaussian beam within the field of view. The air is seen from the
    range at which the beam, half an aperture aside (assumed), covers the axis. An upper bound within a factor of 3: how
    far aside the beacon stands is not known, and loss on the way is left out.
    """
    within("half_divergence_urad", half_divergence_urad, 0.0, np.inf, ends="()")
    within("field_of_view_urad", field_of_view_urad, 0.0, np.inf, ends="()")
    within("obscuration", obscuration, 0.0, 1.0, ends="[)")
    within("molecular_zenith_db", molecular_zenith_db, 0.0, np.inf, ends="[)")
    within("aerosol_zenith_db", aerosol_zenith_db, 0.0, np.inf, ends="[)")
    within("aerosol_scale_height_m", aerosol_scale_height_m, 0.0, np.inf, ends="()")
    seen = -np.expm1(-2.0 * (0.5 * field_of_view_urad / half_divergence_urad) ** 2) * (1.0 - obscuration**2)
    molecules_per_m_sr = _DEPTH_PER_DB * molecular_zenith_db / _MOLECULAR_SCALE_HEIGHT_M * _MOLECULAR_BACKSCATTER_PER_SR
    haze_per_m_sr = _DEPTH_PER_DB * aerosol_zenith_db / aerosol_scale_height_m / _HAZE_LIDAR_RATIO_SR
    layers = ((molecules_per_m_sr, _MOLECULAR_SCALE_HEIGHT_M), (haze_per_m_sr, aerosol_scale_height_m))
    thrown_back = [
        backscatter_power_w(
            power_w=power_w,
            aperture_m=aperture_m,
            elevation_deg=elevation_deg,
            overlap_range_m=0.5 * aperture_m / (half_divergence_urad * 1e-6),  # urad to rad
            backscatter_per_m_sr=backscatter_per_m_sr,
            scale_height_m=scale_height_m,
        )
        for backscatter_per_m_sr, scale_height_m in layers
    ]
    return seen * np.sum(thrown_back, axis=0)
