"""Beacon camera: how well the centroid of the spot is known."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, Fraction, NonNegative, Positive, check_limits, within

_PIXEL_VARIANCE_PX2 = 1.0 / 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Tracking camera; it exposes for the whole frame, and delivers the centroid whole frames later.

    field_mrad : full width of the square field, angle on the sky [mrad], > 0
    pixels : pixels across the field [1], >= 1
    frame_rate_hz : frames a second [Hz], > 0
    delay_frames : whole frames between the end of an exposure and the command made of it [1], 0 to 20
    throughput : share of the light in the telescope's aperture that reaches the camera [1], in [0, 1]
    quantum_efficiency : photo-electrons a photon [1], in [0, 1]
    spot_px : rms radius of the spot, per axis [px], > 0
    window_px : side of the square window of the centroid [px], >= 2
    read_noise_e : read noise [electrons rms a pixel], >= 0
    background_e : background and dark charge [electrons a pixel and frame], >= 0
    saturation_e : most electrons of the spot; gain control dims a brighter beacon to it [electrons], > 0
    minimum_e : fewest electrons of the spot that are taken for a beacon [electrons], >= 0
    fixed_pattern_urad : floor of the centroid error from pixel phase and fixed pattern, on the sky [urad], >= 0
    """

    field_mrad: Positive
    pixels: Annotated[int, Interval(ge=1)]
    frame_rate_hz: Positive
    delay_frames: Annotated[int, Interval(ge=0, le=20)] = 1
    throughput: Fraction = 0.05
    quantum_efficiency: Fraction = 0.5
    spot_px: Positive = 1.0
    window_px: Annotated[int, Interval(ge=2)] = 8
    read_noise_e: NonNegative = 10.0
    background_e: NonNegative = 0.0
    saturation_e: Positive = 1e5
    minimum_e: NonNegative = 500.0
    fixed_pattern_urad: NonNegative = 0.1

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def pixel_urad(self) -> float:
        """Width of a pixel, angle on the sky [urad]."""
        return 1e3 * self.field_mrad / self.pixels  # mrad -> urad

    @property
    def half_field_urad(self) -> float:
        """Half the width of the field, angle on the sky [urad]."""
        return 0.5e3 * self.field_mrad  # mrad -> urad

    @property
    def exposure_s(self) -> float:
        """Exposure, the whole frame [s]."""
        return 1.0 / self.frame_rate_hz


def centroid_noise_px(
    *,
    electrons: ArrayLike,
    spot_px: float,
    window_px: float,
    read_noise_e: float,
    background_e: float = 0.0,
) -> FloatArray:
    """Rms error of a thresholded centre of gravity, per axis [px].

    Parameters
    ----------
    electrons : array_like, shape (...)
        Photo-electrons N of the spot in one exposure, > 0.
    spot_px : float
        Rms radius s of the spot per axis [px], > 0.
    window_px : float
        Side n of the square window [px], > 1.
    read_noise_e, background_e : float
        Read noise r [electrons rms] and background b [electrons], a pixel, >= 0.

    Returns
    -------
    ndarray, shape (...)
        sqrt((s^2 + 1/12)/N + (r^2 + b) n^2 (n^2 - 1) / (12 N^2)).

    Raises
    ------
    DomainError
        If an input is out of its limits.

    Notes
    -----
    Photon noise of the spot (the 1/12 px^2 is the width of a pixel) and pixel noise weighted with the squared
    distance from the window's centre. A Monte Carlo of the estimator agrees to 1 %. Holds for a spot well inside the
    window and a background that is subtracted; pixel-phase error is not in it.
    """
    within("electrons", electrons, 0.0, np.inf, ends="(]")
    within("spot_px", spot_px, 0.0, np.inf, ends="()")
    within("window_px", window_px, 1.0, np.inf, ends="()")
    within("read_noise_e", read_noise_e, 0.0, np.inf, ends="[)")
    within("background_e", background_e, 0.0, np.inf, ends="[)")
    spot = (spot_px**2 + _PIXEL_VARIANCE_PX2) / np.asarray(electrons, dtype=float)
    side = window_px**2
    pixels = (read_noise_e**2 + background_e) * side * (side - 1.0) / (12.0 * np.square(electrons, dtype=float))
    return np.sqrt(spot + pixels)


def spot_electrons(camera: Camera, photons: ArrayLike) -> FloatArray:
    """Photo-electrons of the spot in one exposure, of the photons inside the aperture; shape (...)."""
    within("photons", photons, 0.0, np.inf, ends="[)")
    detected = camera.throughput * camera.quantum_efficiency * np.asarray(photons, dtype=float)
    return np.minimum(detected, camera.saturation_e)


def noise_equivalent_angle_urad(camera: Camera, electrons: ArrayLike) -> FloatArray:
    """Rms error of one reading of the camera, per axis and on the sky [urad].

    Parameters
    ----------
    camera : Camera
        The camera.
    electrons : array_like, shape (...)
        Photo-electrons of the spot in one exposure, > 0.

    Returns
    -------
    ndarray, shape (...)
        Centroid noise times the pixel, and the fixed-pattern floor, added in squares [urad].

    Raises
    ------
    DomainError
        If electrons are not > 0.
    """
    noise_px = centroid_noise_px(
        electrons=electrons,
        spot_px=camera.spot_px,
        window_px=camera.window_px,
        read_noise_e=camera.read_noise_e,
        background_e=camera.background_e,
    )
    return np.hypot(noise_px * camera.pixel_urad, camera.fixed_pattern_urad)
