"""Cirrus and cloud as an optical depth with a probability: the light is there or not, and the mean says little."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.channel.airmass import layer_airmass
from passplan.checks import FloatArray, Fraction, NonNegative, check_limits, freeze, within
from passplan.errors import DomainError

_MOST_LAYERS = 10  # 2^10 states


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudLayer:
    """A layer that is on the line of sight with a probability, and then has one optical depth.

    probability : share of the time in which the layer covers the line of sight [1], in [0, 1]
    optical_depth : extinction at the zenith, natural logarithm [1], >= 0; by general knowledge (recalled, not re-read)
        under 0.03 is cirrus that no eye sees, 0.03 to 0.3 thin cirrus, 0.3 to 3 thick cirrus, above 3 water cloud
    height_m : height above the site [m], in (0, 30000]; 9000 is usual for cirrus (general knowledge)

    Drops and crystals are larger than the wavelength, so that the depth holds from 500 to 1600 nm alike. Light
    scattered forwards by crystals stays outside a field of view of 100 urad; a wide camera would see more than is
    said here.
    """

    probability: Fraction
    optical_depth: NonNegative
    height_m: Annotated[float, Interval(gt=0.0, le=30_000.0)] = 9000.0

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudStates:
    """Every combination of k layers present and absent, at n instants.

    probability : of each state [1], shape (2^k,), sum 1, read-only
    transmittance : of each state at each instant [1], shape (2^k, n), read-only
    """

    probability: FloatArray
    transmittance: FloatArray

    def __post_init__(self) -> None:
        freeze(self.probability, self.transmittance)

    def outage(self, threshold: ArrayLike) -> FloatArray:
        """Probability [1], shape (n,), that the transmittance lies under a threshold [1], in [0, 1], shape (n,) or ().

        Raises
        ------
        DomainError
            If the threshold lies outside [0, 1] or is nan.
        """
        within("threshold", threshold, 0.0, 1.0)
        return np.einsum("k,k...->...", self.probability, self.transmittance < np.asarray(threshold, dtype=float))


def cloud_transmittance(layer: CloudLayer, *, elevation_deg: ArrayLike) -> FloatArray:
    """Transmittance of a layer that is present.

    Parameters
    ----------
    layer : CloudLayer
        The layer.
    elevation_deg : array_like, shape (...)
        Apparent elevation [deg], in [0, 90].

    Returns
    -------
    ndarray, shape (...)
        exp(-depth times obliquity) [1], in [0, 1].

    Raises
    ------
    DomainError
        If the elevation lies outside [0, 90] or is nan.
    """
    return np.exp(-layer.optical_depth * layer_airmass(elevation_deg=elevation_deg, layer_height_m=layer.height_m))


def cloud_moments(layers: Sequence[CloudLayer], *, elevation_deg: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of the transmittance of independent layers, between passes.

    Parameters
    ----------
    layers : sequence of CloudLayer
        The layers; they come and go independently of each other.
    elevation_deg : array_like, shape (...)
        Apparent elevation [deg], in [0, 90].

    Returns
    -------
    mean, variance : ndarray, shape (...)
        Of the transmittance [1].

    Raises
    ------
    DomainError
        If the elevation lies outside [0, 90] or is nan.

    Notes
    -----
    E[T^m] = product of 1 - p + p exp(-m depth X), exact. The mean is that of the transmittance; a mean of the loss in
    dB would be larger (Jensen) and would not be what counts follow. The variance is from night to night: within one
    pass a cloud stays, so it does not average out as a fade does. That a slant path meets broken cloud more often than
    a vertical one is not in it.
    """
    ones = np.ones(np.shape(elevation_deg))
    mean, square = ones, ones
    for layer in layers:
        through = cloud_transmittance(layer, elevation_deg=elevation_deg)
        mean = mean * (1.0 - layer.probability + layer.probability * through)  # keeps the digits of an opaque layer
        square = square * (1.0 - layer.probability + layer.probability * through**2)
    return mean, np.maximum(square - mean**2, 0.0)


def cloud_states(layers: Sequence[CloudLayer], *, elevation_deg: ArrayLike) -> CloudStates:
    """Each combination of independent layers with its probability and transmittance.

    Parameters
    ----------
    layers : sequence of CloudLayer
        At most 10 layers; they come and go independently of each other.
    elevation_deg : array_like, shape (n,) or ()
        Apparent elevation [deg], in [0, 90].

    Returns
    -------
    CloudStates
        2^k states; the first is the clear sky.

    Raises
    ------
    DomainError
        If the elevation lies outside [0, 90] or is nan, or there are more than 10 layers.
    """
    if len(layers) > _MOST_LAYERS:
        raise DomainError(f"layers are {len(layers)}, must be at most {_MOST_LAYERS}")
    ones = np.ones(np.shape(elevation_deg))
    through = [cloud_transmittance(layer, elevation_deg=elevation_deg) for layer in layers]
    present = list(product((False, True), repeat=len(layers)))
    probability = [
        prod(
            layer.probability if there else 1.0 - layer.probability for layer, there in zip(layers, state, strict=True)
        )
        for state in present
    ]
    transmittance = [
        prod((part for part, there in zip(through, state, strict=True) if there), start=ones) for state in present
    ]
    return CloudStates(probability=np.array(probability), transmittance=np.array(transmittance))


def outage_probability(layers: Sequence[CloudLayer], *, elevation_deg: ArrayLike, threshold: ArrayLike) -> FloatArray:
    """Probability that cloud takes the transmittance under a threshold.

    Parameters
    ----------
    layers : sequence of CloudLayer
        At most 10 independent layers.
    elevation_deg : array_like, shape (n,) or ()
        Apparent elevation [deg], in [0, 90].
    threshold : array_like, shape (n,) or ()
        Least transmittance of the cloud at which the link still works [1], in [0, 1].

    Returns
    -------
    ndarray, shape (n,) or ()
        Probability [1].

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan, or there are more than 10 layers.
    """
    return cloud_states(layers, elevation_deg=elevation_deg).outage(threshold)
