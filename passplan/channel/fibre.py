"""A fibre between the same two places: loss, dispersion, the repeaterless bound, and what a satellite gains on it.

Losses here count from the source's output to in front of the detectors: the fibre has no optics of its own, and a
satellite's loss that stands beside it must hold its receiver's optics but no detector (so does the paper's 40 dB).
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.constants import SPEED_OF_LIGHT_M_S
from passplan.errors import DomainError
from passplan.units import to_transmittance

SECONDS_PER_JULIAN_YEAR = 365.25 * 86_400.0  # IAU, exact
_GAUSSIAN_TIME_BANDWIDTH = 2.0 * math.log(2.0) / math.pi  # 0.441, full widths at half maximum


def fibre_loss_db(
    *, length_km: ArrayLike, attenuation_db_km: ArrayLike = 0.2, fixed_loss_db: ArrayLike = 0.0
) -> FloatArray:
    """Loss of a fibre line.

    Parameters
    ----------
    length_km : array_like, shape (...)
        Length of the fibre [km], >= 0; a laid cable is longer than the distance of its ends.
    attenuation_db_km : array_like, shape (...)
        Loss of each kilometre [dB/km], >= 0. 0.2 is a common telecom fibre at 1550 nm, and the paper's figure.
    fixed_loss_db : array_like, shape (...)
        Splices, connectors and switches together [dB], >= 0. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Loss [dB], exact.

    Raises
    ------
    DomainError
        If an input is negative or not finite.
    """
    within("length_km", length_km, 0.0, np.inf, ends="[)")
    within("attenuation_db_km", attenuation_db_km, 0.0, np.inf, ends="[)")
    within("fixed_loss_db", fixed_loss_db, 0.0, np.inf, ends="[)")
    return np.asarray(np.multiply(length_km, attenuation_db_km) + fixed_loss_db)


def transform_limited_width_nm(*, pulse_fwhm_ps: ArrayLike, wavelength_nm: ArrayLike) -> FloatArray:
    """Least spectral width of a Gaussian pulse, 0.441 wavelength^2 / (c pulse).

    Parameters
    ----------
    pulse_fwhm_ps : array_like, shape (...)
        Full width at half maximum of the intensity [ps], > 0.
    wavelength_nm : array_like, shape (...)
        Vacuum wavelength [nm], > 0. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Full width at half maximum of the spectrum [nm]. Holds while it is small against the wavelength.

    Raises
    ------
    DomainError
        If an input is not > 0.

    Notes
    -----
    2 ln 2 / pi is exact for a Gaussian without chirp.
    """
    within("pulse_fwhm_ps", pulse_fwhm_ps, 0.0, np.inf, ends="()")
    within("wavelength_nm", wavelength_nm, 0.0, np.inf, ends="()")
    light_nm_ps = SPEED_OF_LIGHT_M_S * 1e-3  # m/s to nm/ps
    return (
        _GAUSSIAN_TIME_BANDWIDTH
        * np.square(np.asarray(wavelength_nm, dtype=float))
        / np.multiply(light_nm_ps, pulse_fwhm_ps)
    )


def dispersed_width_ps(
    *,
    length_km: ArrayLike,
    pulse_fwhm_ps: ArrayLike,
    spectral_fwhm_nm: ArrayLike,
    dispersion_ps_nm_km: ArrayLike = 17.0,
) -> FloatArray:
    """Duration of a pulse behind a fibre.

    Parameters
    ----------
    length_km : array_like, shape (...)
        Length of the fibre [km], >= 0.
    pulse_fwhm_ps : array_like, shape (...)
        Full width at half maximum at the input [ps], > 0.
    spectral_fwhm_nm : array_like, shape (...)
        Full width at half maximum of the spectrum [nm], >= 0; at least `transform_limited_width_nm`.
    dispersion_ps_nm_km : array_like, shape (...)
        Chromatic dispersion [ps/(nm km)], either sign. 17 is a standard fibre at 1550 nm (general knowledge); 0 at
        about 1310 nm, where only the slope is left. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        sqrt(pulse^2 + (D L width)^2) [ps]: exact for Gaussians without chirp and constant dispersion.

    Raises
    ------
    DomainError
        If an input lies outside its range.

    Notes
    -----
    Source: Agrawal, Fiber-Optic Communication Systems, ch. 2.4 (recalled, not re-read). Polarization-mode dispersion
    (about 0.1 ps for each root of a km) is left out.
    """
    within("length_km", length_km, 0.0, np.inf, ends="[)")
    within("pulse_fwhm_ps", pulse_fwhm_ps, 0.0, np.inf, ends="()")
    within("spectral_fwhm_nm", spectral_fwhm_nm, 0.0, np.inf, ends="[)")
    within("dispersion_ps_nm_km", dispersion_ps_nm_km, -np.inf, np.inf, ends="()")
    return np.hypot(pulse_fwhm_ps, np.multiply(np.multiply(length_km, dispersion_ps_nm_km), spectral_fwhm_nm))


def orders_of_magnitude(*, loss_db: ArrayLike, other_loss_db: ArrayLike) -> FloatArray:
    """Powers of ten by which the first link passes more photons than the other.

    Parameters
    ----------
    loss_db, other_loss_db : array_like, shape (...)
        Losses of the two links, counted between the same points [dB], >= 0. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        (other - first) / 10 [1]; negative where the first loses more.

    Raises
    ------
    DomainError
        If a loss is negative or not finite.
    """
    within("loss_db", loss_db, 0.0, np.inf, ends="[)")
    within("other_loss_db", other_loss_db, 0.0, np.inf, ends="[)")
    return np.asarray(np.subtract(other_loss_db, loss_db) / 10.0)


def seconds_per_sifted_bit(
    *, loss_db: ArrayLike, clock_hz: float = 1e10, photons_per_pulse: float = 1.0, sifting: float = 0.5
) -> FloatArray:
    """Mean wait for one sifted bit behind a loss.

    Parameters
    ----------
    loss_db : array_like, shape (...)
        Loss from the source to the click, detectors included if they are to count [dB], >= 0.
    clock_hz : float
        Pulses per second [Hz], > 0.
    photons_per_pulse : float
        Mean photons of a pulse [1], in (0, 1]; 1 is the ideal single-photon source.
    sifting : float
        Share of the detections that sifting keeps [1], in (0, 1].

    Returns
    -------
    ndarray, shape (...)
        1 / (clock photons T sifting) [s]. Holds for photons_per_pulse * T well below 1. Divide by
        `SECONDS_PER_JULIAN_YEAR` for years.

    Raises
    ------
    DomainError
        If an input lies outside its range.

    Notes
    -----
    Nature 549, 43 (2017), end of the main text: 240 dB, 10 GHz and ideal detectors wait over six million years a bit.
    """
    within("clock_hz", clock_hz, 0.0, np.inf, ends="()")
    within("photons_per_pulse", photons_per_pulse, 0.0, 1.0, ends="(]")
    within("sifting", sifting, 0.0, 1.0, ends="(]")
    return 1.0 / (clock_hz * photons_per_pulse * sifting * to_transmittance(loss_db))


def crossover_distance_km(
    *,
    distance_km: ArrayLike,
    satellite_loss_db: ArrayLike,
    attenuation_db_km: float = 0.2,
    fixed_loss_db: float = 0.0,
) -> float:
    """Distance beyond which the satellite passes more photons than the fibre.

    Parameters
    ----------
    distance_km : array_like, shape (n,)
        Rising distances at which the satellite's loss is known [km], n >= 2.
    satellite_loss_db : array_like, shape (n,) or ()
        Loss of the satellite link at these distances, counted like the fibre's [dB], >= 0.
    attenuation_db_km, fixed_loss_db : float
        The fibre, as in `fibre_loss_db`.

    Returns
    -------
    float
        First distance at which the fibre's loss passes the satellite's [km], linear between the given points.

    Raises
    ------
    DomainError
        If the distances do not rise, or the losses do not cross between the first and the last of them.
    """
    distance = np.asarray(distance_km, dtype=float)
    if distance.ndim != 1 or distance.size < 2 or not np.all(np.diff(distance) > 0.0):
        raise DomainError("distance_km must hold at least two rising distances [km]")
    within("satellite_loss_db", satellite_loss_db, 0.0, np.inf, ends="[)")
    fibre_db = fibre_loss_db(length_km=distance, attenuation_db_km=attenuation_db_km, fixed_loss_db=fixed_loss_db)
    ahead_db = np.subtract(fibre_db, satellite_loss_db)
    crossings = np.flatnonzero((ahead_db[:-1] <= 0.0) & (ahead_db[1:] > 0.0))
    if crossings.size == 0:
        raise DomainError(f"the losses do not cross between {distance[0]:g} and {distance[-1]:g} km of distance_km")
    before = int(crossings[0])
    step = -ahead_db[before] / (ahead_db[before + 1] - ahead_db[before])
    return float(distance[before] + step * (distance[before + 1] - distance[before]))


def plob_bound_bits(*, transmittance: ArrayLike) -> FloatArray:
    """Most secret bits that one use of a lossy channel can give without a repeater.

    Parameters
    ----------
    transmittance : array_like, shape (...)
        Transmittance of the channel [1], in [0, 1).

    Returns
    -------
    ndarray, shape (...)
        -log2(1 - T) [bit for each use and mode]; about 1.44 T where T is small.

    Raises
    ------
    DomainError
        If the transmittance lies outside [0, 1): a lossless channel has no bound.

    Notes
    -----
    Pirandola, Laurenza, Ottaviani and Banchi, Nature Communications 8, 15043 (2017) (recalled, not re-read). A bound
    for pure loss; noise only lowers it.
    """
    within("transmittance", transmittance, 0.0, 1.0, ends="[)")
    return -np.log1p(-np.asarray(transmittance, dtype=float)) / math.log(2.0)
