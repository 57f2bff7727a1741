"""Beacon camera: how sure it is to see the spot, and how well it knows the centroid."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, Fraction, NonNegative, Positive, check_limits, within

_PIXEL_VARIANCE_PX2 = 1.0 / 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Tracking camera: it exposes at the end of each frame, and delivers the centroid some time later.

    field_mrad : full width of the square field, angle on the sky [mrad], > 0
    pixels : pixels across the field [1], >= 1
    frame_rate_hz : frames a second [Hz], > 0
    exposure_share : share of a frame in which the camera exposes, at its end [1], in (0, 1]
    delay_frames : whole frames between the end of an exposure and the command made of it [1], 0 to 20
    extra_delay_s : readout, computation and transport that are no whole frame, added to that [s], >= 0
    throughput : share of the light in the telescope's aperture that reaches the camera [1], in [0, 1]
    quantum_efficiency : photo-electrons a photon [1], in [0, 1]
    spot_px : rms radius of the spot, per axis [px], > 0
    window_px : side of the square window of the centroid [px], >= 2
    read_noise_e : read noise [electrons rms a pixel], >= 0
    background_e : background and dark charge [electrons a pixel and frame], >= 0
    saturation_e : most electrons of the spot; gain control dims a brighter beacon to it, it is never clipped, so
        that the centroid stays true [electrons], > 0
    minimum_e : fewest electrons of the spot that are taken for a beacon [electrons], >= 0
    fixed_pattern_urad : floor of the centroid error from pixel phase and fixed pattern, on the sky [urad], >= 0
    dropout_share : share of the frames that are lost [1], in [0, 1)
    dropout_s : mean length of a loss [s], > 0
    """

    field_mrad: Positive
    pixels: Annotated[int, Interval(ge=1)]
    frame_rate_hz: Positive
    exposure_share: Annotated[float, Interval(gt=0.0, le=1.0)] = 1.0
    delay_frames: Annotated[int, Interval(ge=0, le=20)] = 1
    extra_delay_s: NonNegative = 0.0
    throughput: Fraction = 0.05
    quantum_efficiency: Fraction = 0.5
    spot_px: Positive = 1.0
    window_px: Annotated[int, Interval(ge=2)] = 8
    read_noise_e: NonNegative = 10.0
    background_e: NonNegative = 0.0
    saturation_e: Positive = 1e5
    minimum_e: NonNegative = 500.0
    fixed_pattern_urad: NonNegative = 0.1
    dropout_share: Annotated[float, Interval(ge=0.0, lt=1.0)] = 0.0
    dropout_s: Positive = 0.005

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
    def frame_s(self) -> float:
        """Time from frame to frame [s]."""
        return 1.0 / self.frame_rate_hz

    @property
    def exposure_s(self) -> float:
        """Time in which the camera exposes, at the end of each frame [s]."""
        return self.exposure_share * self.frame_s

    @property
    def latency_s(self) -> float:
        """Mean age of a reading while the command made of it is held [s].

        Half the exposure, the delays, and half a frame of hold: 1.0 ms at 2 kHz with one frame of delay.
        """
        return (0.5 * self.exposure_share + self.delay_frames + 0.5) * self.frame_s + self.extra_delay_s


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


def noise_terms(camera: Camera) -> tuple[float, float, float]:
    """Coefficients of a reading's variance, for a loop that knows the electrons N only from frame to frame.

    Parameters
    ----------
    camera : Camera
        The camera.

    Returns
    -------
    photon, pixel, floor : float
        p [urad^2], q [urad^2], f [urad^2] of `noise_equivalent_angle_urad`^2 = p/N + q/N^2 + f, per axis.
    """
    scale = camera.pixel_urad**2
    side = float(camera.window_px**2)
    photon = scale * (camera.spot_px**2 + _PIXEL_VARIANCE_PX2)
    pixel = scale * (camera.read_noise_e**2 + camera.background_e) * side * (side - 1.0) / 12.0
    return photon, pixel, camera.fixed_pattern_urad**2


def pixel_phase_error_px(*, offset_px: ArrayLike, spot_px: float) -> FloatArray:
    """Error of the centre of gravity that the pixels make of a Gaussian spot: the S-curve [px].

    Parameters
    ----------
    offset_px : array_like, shape (...)
        Centre of the spot from the centre of a pixel [px].
    spot_px : float
        Rms radius s of the spot per axis, before the pixels widen it [px], > 0.

    Returns
    -------
    ndarray, shape (...)
        sum over k >= 1 of (-1)^k exp(-2 pi^2 s^2 k^2) sin(2 pi k x) / (pi k). Period of a pixel.

    Raises
    ------
    DomainError
        If spot_px is not > 0.

    Notes
    -----
    Exact for pixels without gaps and a window that holds the whole spot (Fourier series of the sampled moment). Its
    rms is 0.2251 exp(-2 pi^2 s^2) px: 0.038 px at s = 0.3, 0.0016 px at 0.5, nothing at 1. Over a spot that moves over
    many pixels it is a part of `Camera.fixed_pattern_urad`.
    """
    within("spot_px", spot_px, 0.0, np.inf, ends="()")
    order = np.arange(1, 2 + int(3.0 / spot_px))
    weight = (-1.0) ** order / (np.pi * order) * np.exp(-2.0 * (np.pi * spot_px * order) ** 2)
    phase = 2.0 * np.pi * np.multiply.outer(np.asarray(offset_px, dtype=float), order)
    return np.sin(phase) @ weight


def detection_probability(camera: Camera, electrons: ArrayLike) -> FloatArray:
    """Probability that one frame takes a spot for a beacon [1].

    Parameters
    ----------
    camera : Camera
        The camera.
    electrons : array_like, shape (...)
        Mean photo-electrons N of the spot in one exposure, >= 0.

    Returns
    -------
    ndarray, shape (...)
        Q((minimum_e - N) / sqrt(N + n^2 (r^2 + b))), Q the tail of a normal distribution, n the window, r the read
        noise and b the background of a pixel.

    Raises
    ------
    DomainError
        If electrons are negative or nan.

    Notes
    -----
    The sum of the window against the threshold, its noise taken as Gaussian; with no noise at all a step.
    """
    from scipy.special import ndtr  # slow to import, and the loop needs this file for `Camera` alone

    within("electrons", electrons, 0.0, np.inf, ends="[]")
    count = np.asarray(electrons, dtype=float)
    noise = np.sqrt(count + camera.window_px**2 * (camera.read_noise_e**2 + camera.background_e))
    least_noise, on_threshold = 1e-15, 1e-12  # electrons: without noise a spot on the threshold is seen
    return ndtr((count - camera.minimum_e + on_threshold) / np.maximum(noise, least_noise))
