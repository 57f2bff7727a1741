"""What a beacon camera may take for a beacon: its own noise, stars, and the Moon's light.

The sky and the zero points here are general knowledge, good to a factor of about 1.3; a site's own numbers are better.
"""

from math import inf, pi

import numpy as np
from numpy.typing import ArrayLike

from passplan.apt.beacon import photons_per_exposure
from passplan.apt.sensor import Camera, detection_probability
from passplan.checks import FloatArray, within
from passplan.units import to_rad

# Stars brighter than a visual magnitude on the whole sky (general knowledge, after Allen's Astrophysical Quantities).
_STAR_MAGNITUDE = np.arange(0.0, 16.0)
_STAR_COUNT = np.array(
    [4, 14, 47, 166, 530, 1620, 4850, 14_300, 41_000, 117_000, 324_000, 870_000, 2.27e6, 5.7e6, 1.38e7, 3.2e7]
)
# Irradiance of magnitude 0 in the bands B V R I J H (general knowledge, after Bessell's Johnson-Cousins system).
_BAND_NM = np.array([438.0, 545.0, 641.0, 798.0, 1220.0, 1630.0])
_ZERO_W_M2_UM = np.array([6.32e-8, 3.63e-8, 2.18e-8, 1.13e-8, 3.15e-9, 1.14e-9])
_E_PER_MAGNITUDE = 0.4 * float(np.log(10.0))
_MOON_RADIUS_DEG = 0.259  # mean, seen from the Earth
_FULL_MOON_MAGNITUDE = -12.74
_SCATTER_1DEG_PER_SR = 0.1


def star_electrons(
    camera: Camera,
    *,
    magnitude: ArrayLike,
    wavelength_nm: float,
    filter_nm: float,
    aperture_m: float,
    transmittance: ArrayLike = 1.0,
) -> FloatArray:
    """Photo-electrons of a star in one exposure, behind the beacon's filter.

    Parameters
    ----------
    camera : Camera
        The camera; its throughput counts the filter's peak.
    magnitude : array_like, shape (...)
        Magnitude of the star at that wavelength [1].
    wavelength_nm, filter_nm : float
        Middle of the filter [nm], in [438, 1630], and its width [nm], > 0.
    aperture_m : float
        Clear diameter of the telescope [m], > 0.
    transmittance : array_like, shape (...)
        Of the air [1], in [0, 1].

    Returns
    -------
    ndarray, shape (...)
        Electrons [1], not dimmed by gain control. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input is out of its limits.

    Notes
    -----
    Irradiance of magnitude 0 (interpolated in its logarithm between the bands) times 10^(-0.4 m).
    """
    within("magnitude", magnitude, -inf, inf, ends="()")
    within("wavelength_nm", wavelength_nm, _BAND_NM[0], _BAND_NM[-1])
    within("filter_nm", filter_nm, 0.0, inf, ends="()")
    within("aperture_m", aperture_m, 0.0, inf, ends="()")
    within("transmittance", transmittance, 0.0, 1.0)
    zero_w_m2_um = np.exp(np.interp(wavelength_nm, _BAND_NM, np.log(_ZERO_W_M2_UM)))
    zero_w = zero_w_m2_um * 1e-3 * filter_nm * 0.25 * pi * aperture_m**2  # a nm is 1e-3 um
    power_w = zero_w * np.exp(-_E_PER_MAGNITUDE * np.asarray(magnitude, dtype=float)) * transmittance
    photons = photons_per_exposure(power_w, wavelength_nm=wavelength_nm, exposure_s=camera.exposure_s)
    return camera.throughput * camera.quantum_efficiency * photons


def limiting_magnitude(
    camera: Camera, *, wavelength_nm: float, filter_nm: float, aperture_m: float, transmittance: ArrayLike = 1.0
) -> FloatArray:
    """Magnitude of a star that gives the camera's minimum_e; fainter ones are not taken for a beacon.

    Parameters and errors as for `star_electrons`; inf for a camera whose minimum_e is 0, -inf in the dark.
    """
    zero_e = star_electrons(
        camera,
        magnitude=0.0,
        wavelength_nm=wavelength_nm,
        filter_nm=filter_nm,
        aperture_m=aperture_m,
        transmittance=transmittance,
    )
    with np.errstate(divide="ignore"):
        return (np.log(zero_e) - np.log(camera.minimum_e)) / _E_PER_MAGNITUDE


def stars_in_field(camera: Camera, *, magnitude: ArrayLike) -> FloatArray:
    """Mean number of stars brighter than a magnitude in the camera's field, over the whole sky.

    Parameters
    ----------
    camera : Camera
        The camera.
    magnitude : array_like, shape (...)
        Faintest magnitude that counts [1], <= 15.

    Returns
    -------
    ndarray, shape (...)
        Number [1]; none brighter than -2. In the Milky Way it is about 3 times as many, at its poles a third.

    Raises
    ------
    DomainError
        If the magnitude is above 15 or nan.
    """
    within("magnitude", magnitude, -inf, _STAR_MAGNITUDE[-1])
    faintest = np.asarray(magnitude, dtype=float)
    steps = np.append(-2.0, _STAR_MAGNITUDE)
    counts = np.append(1.0, _STAR_COUNT)  # Sirius is the first
    whole_sky = np.exp(np.interp(faintest, steps, np.log(counts))) * (faintest >= steps[0])
    field_sr = (1e-3 * camera.field_mrad) ** 2  # mrad -> rad
    return whole_sky * field_sr / (4.0 * pi)


def moon_magnitude(phase_angle_deg: ArrayLike) -> FloatArray:
    """Visual magnitude of the Moon; phase angle [deg] 0 at full Moon, in [0, 180], shape (...).

    -12.74 + 0.026 a + 4e-9 a^4 (general knowledge, Krisciunas and Schaefer).
    """
    within("phase_angle_deg", phase_angle_deg, 0.0, 180.0)
    angle = np.asarray(phase_angle_deg, dtype=float)
    return _FULL_MOON_MAGNITUDE + 0.026 * angle + 4e-9 * angle**4


def moon_background_e(
    camera: Camera,
    *,
    angle_deg: ArrayLike,
    phase_angle_deg: ArrayLike,
    wavelength_nm: float,
    filter_nm: float,
    aperture_m: float,
    transmittance: ArrayLike = 1.0,
    scatter_1deg_per_sr: float = _SCATTER_1DEG_PER_SR,
) -> FloatArray:
    """Background that the Moon makes: its disc if it is in the field, else its light scattered by the optics.

    Parameters
    ----------
    camera : Camera
        The camera.
    angle_deg : array_like, shape (...)
        From the middle of the field to the Moon [deg], in [0, 180].
    phase_angle_deg : array_like, shape (...)
        Phase angle of the Moon [deg], in [0, 180], 0 at full Moon.
    wavelength_nm, filter_nm, aperture_m, transmittance
        As for `star_electrons`.
    scatter_1deg_per_sr : float
        Share of the light that the optics scatter into a steradian 1 deg away [1/sr], >= 0; it falls with the square
        of the angle. 0.1 is a clean telescope (general knowledge), 1 a dusty one.

    Returns
    -------
    ndarray, shape (...)
        Electrons a pixel in one exposure, to add to the camera's background_e. Inputs broadcast. Light that the air
        scatters is not in it.

    Raises
    ------
    DomainError
        If an input is out of its limits.
    """
    within("angle_deg", angle_deg, 0.0, 180.0)
    within("scatter_1deg_per_sr", scatter_1deg_per_sr, 0.0, inf, ends="[)")
    whole_e = star_electrons(
        camera,
        magnitude=moon_magnitude(phase_angle_deg),
        wavelength_nm=wavelength_nm,
        filter_nm=filter_nm,
        aperture_m=aperture_m,
        transmittance=transmittance,
    )
    angle = np.asarray(angle_deg, dtype=float)
    disc_sr = pi * to_rad(_MOON_RADIUS_DEG) ** 2
    in_field = to_rad(np.maximum(angle - _MOON_RADIUS_DEG, 0.0)) <= 1e-6 * camera.half_field_urad  # urad -> rad
    scatter_per_sr = scatter_1deg_per_sr * np.maximum(angle, _MOON_RADIUS_DEG) ** -2.0
    pixel_sr = (1e-6 * camera.pixel_urad) ** 2  # urad -> rad
    return whole_e * pixel_sr * np.where(in_field, 1.0 / disc_sr, scatter_per_sr)


def false_alarm_probability(camera: Camera, *, stars: ArrayLike = 0.0) -> FloatArray:
    """Probability that a frame without beacon shows something that is taken for one [1].

    Parameters
    ----------
    camera : Camera
        The camera; its background_e holds the sky and the Moon (`dataclasses.replace` adds `moon_background_e`).
    stars : array_like, shape (...)
        Mean number of stars in the field that are bright enough, as `stars_in_field` gives it [1], >= 0.

    Returns
    -------
    ndarray, shape (...)
        1 - (1 - P)^w exp(-stars), with P of a window without spot (`sensor.detection_probability` of 0 electrons) and
        w the windows that fill the field side by side.

    Raises
    ------
    DomainError
        If stars is negative or nan.
    """
    within("stars", stars, 0.0, inf, ends="[)")
    window = np.minimum(detection_probability(camera, 0.0), 1.0 - 1e-16)
    windows = max(1.0, camera.pixels / camera.window_px) ** 2
    return -np.expm1(windows * np.log1p(-window) - np.asarray(stars, dtype=float))
