"""Counts of lasers that are not the signal: the other end's beacon through the filter, the own one from the air."""

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.radiance_units import photon_energy_j
from passplan.checks import FloatArray, within
from passplan.units import to_rad, to_transmittance


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
