"""How many counts the sky gives, and what they do to the link: gate, error rate, and when detectors are blinded."""

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.radiance_units import photon_energy_j
from passplan.checks import FloatArray, within


def sky_counts_cps(
    *,
    radiance_w_m2_sr_um: ArrayLike,
    aperture_m: float,
    field_of_view_urad: float,
    filter_nm: float,
    wavelength_nm: float,
    efficiency: float,
    obscuration: float = 0.0,
) -> FloatArray:
    """Counts a second that the sky gives, all detectors together.

    Parameters
    ----------
    radiance_w_m2_sr_um : array_like, shape (...)
        Spectral radiance of the sky [W m^-2 sr^-1 um^-1], >= 0.
    aperture_m : float
        Clear diameter [m], > 0.
    field_of_view_urad : float
        FULL field of view of a round stop [urad], > 0.
    filter_nm : float
        Width of the spectral filter [nm], > 0.
    wavelength_nm : float
        Centre of the filter [nm], > 0.
    efficiency : float
        Optics times detectors [1], in [0, 1].
    obscuration : float
        Central obscuration, ratio of diameters [1], in [0, 1).

    Returns
    -------
    ndarray, shape (...)
        Counts [1/s], before any time gate.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    H Omega A dlambda efficiency lambda/(h c), Omega = pi/4 FOV^2, A = pi/4 D^2 (1 - obscuration^2). Source:
    Miao et al., New J. Phys. 7, 215 (2005).
    """
    within("radiance_w_m2_sr_um", radiance_w_m2_sr_um, 0.0, np.inf, ends="[)")
    within("aperture_m", aperture_m, 0.0, np.inf, ends="()")
    within("field_of_view_urad", field_of_view_urad, 0.0, np.inf, ends="()")
    within("filter_nm", filter_nm, 0.0, np.inf, ends="()")
    within("efficiency", efficiency, 0.0, 1.0)
    within("obscuration", obscuration, 0.0, 1.0, ends="[)")
    solid_angle_sr = 0.25 * np.pi * (field_of_view_urad * 1e-6) ** 2
    area_m2 = 0.25 * np.pi * aperture_m**2 * (1.0 - obscuration**2)
    power_w = np.asarray(radiance_w_m2_sr_um, dtype=float) * solid_angle_sr * area_m2 * filter_nm * 1e-3  # nm to um
    return power_w * efficiency / photon_energy_j(wavelength_nm)


def sifted_background_cps(
    *, raw_cps: ArrayLike, gate_share: float, signal_share: float = 0.5, sifting_share: float = 0.5
) -> FloatArray:
    """Background among the sifted signal bits each second.

    Parameters
    ----------
    raw_cps : array_like, shape (...)
        Sky, stray light and dark counts, all detectors, before the gate [1/s], >= 0.
    gate_share : float
        Share of the time in which the gate is open [1], 0 to 1: width times clock.
    signal_share : float
        Share of the pulses that are signal states [1], 0 to 1.
    sifting_share : float
        Share that basis comparison keeps [1], 0 to 1.

    Returns
    -------
    ndarray, shape (...)
        Counts [1/s]: the product.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    within("raw_cps", raw_cps, 0.0, np.inf, ends="[)")
    within("gate_share", gate_share, 0.0, 1.0)
    within("signal_share", signal_share, 0.0, 1.0)
    within("sifting_share", sifting_share, 0.0, 1.0)
    return np.asarray(raw_cps, dtype=float) * gate_share * signal_share * sifting_share


def background_qber(*, signal_cps: ArrayLike, background_cps: ArrayLike, intrinsic_error: float) -> FloatArray:
    """Error rate of sifted bits when half of the background is wrong.

    Parameters
    ----------
    signal_cps, background_cps : array_like, shape (...)
        Sifted signal and sifted background [1/s], >= 0, together > 0.
    intrinsic_error : float
        Error rate of the signal alone [1], 0 to 0.5.

    Returns
    -------
    ndarray, shape (...)
        QBER [1], (e0 S + B/2) / (S + B). Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan, or there are no counts at all.
    """
    within("signal_cps", signal_cps, 0.0, np.inf, ends="[)")
    within("background_cps", background_cps, 0.0, np.inf, ends="[)")
    within("intrinsic_error", intrinsic_error, 0.0, 0.5)
    signal, background = np.asarray(signal_cps, dtype=float), np.asarray(background_cps, dtype=float)
    within("signal_cps + background_cps", signal + background, 0.0, np.inf, ends="()")
    return (intrinsic_error * signal + 0.5 * background) / (signal + background)


def saturation_cps(*, dead_time_ns: float, detectors: int = 4, live_share: float = 0.5) -> float:
    """Counts a second, all detectors, at which they are live for a given share of the time only.

    Parameters
    ----------
    dead_time_ns : float
        Blind time after a click, not paralysable [ns], > 0.
    detectors : int
        Detectors that share the light evenly [count], >= 1.
    live_share : float
        Share of the time still live [1], in (0, 1).

    Returns
    -------
    float
        Counts that ever-live detectors would give [1/s].

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    live = 1 / (1 + r tau), so r = (1/live - 1) / tau for each: exact for Poisson light. A passively quenched detector
    gives up earlier.
    """
    within("dead_time_ns", dead_time_ns, 0.0, np.inf, ends="()")
    within("detectors", detectors, 1, np.inf, ends="[)")
    within("live_share", live_share, 0.0, 1.0, ends="()")
    return detectors * (1.0 / live_share - 1.0) / (dead_time_ns * 1e-9)


def saturation_radiance(
    *,
    limit_cps: float,
    aperture_m: float,
    field_of_view_urad: float,
    filter_nm: float,
    wavelength_nm: float,
    efficiency: float,
    obscuration: float = 0.0,
) -> float:
    """Radiance of the sky that gives a limiting count rate; beyond it the detectors are blinded.

    Parameters
    ----------
    limit_cps : float
        Counts a second, all detectors [1/s], > 0; ``saturation_cps`` gives one.
    aperture_m, field_of_view_urad, filter_nm, wavelength_nm, efficiency, obscuration : float
        As in ``sky_counts_cps``; efficiency > 0.

    Returns
    -------
    float
        Radiance [W m^-2 sr^-1 um^-1].

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    within("limit_cps", limit_cps, 0.0, np.inf, ends="()")
    within("efficiency", efficiency, 0.0, 1.0, ends="(]")
    per_radiance_cps = sky_counts_cps(
        radiance_w_m2_sr_um=1.0,
        aperture_m=aperture_m,
        field_of_view_urad=field_of_view_urad,
        filter_nm=filter_nm,
        wavelength_nm=wavelength_nm,
        efficiency=efficiency,
        obscuration=obscuration,
    )
    return float(limit_cps / per_radiance_cps)
