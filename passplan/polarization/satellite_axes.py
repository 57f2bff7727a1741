"""Axes of the satellite that its motion and the Sun define, and body frames made of two directions.

All vectors stand in one inertial frame (GCRS). A body frame is a matrix whose columns are the body's x, y and z axes,
so that ``frame @ v`` turns components along the body into inertial ones.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, same_length, within
from passplan.errors import DomainError

SMALLEST_PROJECTION = 1e-6  # sine of the angle between two directions that no longer define a plane


class AxisLaw(Protocol):
    """Signature shared by the reference axes."""

    def __call__(self, *, satellite_position_km: ArrayLike, satellite_velocity_km_s: ArrayLike) -> FloatArray:
        """Return unit vectors, shape (n, 3), in the frame of the inputs."""


def orbit_normal_axis(*, satellite_position_km: ArrayLike, satellite_velocity_km_s: ArrayLike) -> FloatArray:
    """Unit vector along r x v: the axis that target pointing with a roll constraint keeps across the orbit.

    Parameters
    ----------
    satellite_position_km : array_like, shape (n, 3)
        Inertial position [km].
    satellite_velocity_km_s : array_like, shape (n, 3)
        Inertial velocity [km/s].

    Returns
    -------
    ndarray, shape (n, 3)
        Unit vectors [1] in the same frame.
    """
    return unit(
        np.cross(np.asarray(satellite_position_km, dtype=float), np.asarray(satellite_velocity_km_s, dtype=float))
    )


def velocity_axis(*, satellite_position_km: ArrayLike, satellite_velocity_km_s: ArrayLike) -> FloatArray:
    """Unit vector along the inertial velocity.

    Parameters
    ----------
    satellite_position_km : array_like, shape (n, 3)
        Inertial position [km]; not used, so that all axes have one signature.
    satellite_velocity_km_s : array_like, shape (n, 3)
        Inertial velocity [km/s].

    Returns
    -------
    ndarray, shape (n, 3)
        Unit vectors [1] in the same frame.
    """
    return unit(satellite_velocity_km_s)


def nadir_axis(*, satellite_position_km: ArrayLike, satellite_velocity_km_s: ArrayLike) -> FloatArray:
    """Unit vector from the satellite to the centre of the Earth (geocentric nadir).

    Parameters
    ----------
    satellite_position_km : array_like, shape (n, 3)
        Inertial position [km].
    satellite_velocity_km_s : array_like, shape (n, 3)
        Inertial velocity [km/s]; not used, so that all axes have one signature.

    Returns
    -------
    ndarray, shape (n, 3)
        Unit vectors [1] in the same frame.
    """
    return -unit(satellite_position_km)


REFERENCE_AXES: Mapping[str, AxisLaw] = MappingProxyType(
    {"orbit-normal": orbit_normal_axis, "velocity": velocity_axis, "nadir": nadir_axis}
)


def sun_axis(*, satellite_position_km: ArrayLike, sun_position_km: ArrayLike) -> FloatArray:
    """Unit vector from the satellite to the Sun: the axis of a roll that keeps the arrays in the light.

    Parameters
    ----------
    satellite_position_km, sun_position_km : array_like, shape (n, 3)
        Inertial positions [km] from one origin.

    Returns
    -------
    ndarray, shape (n, 3)
        Unit vectors [1] in the same frame.
    """
    return unit(np.asarray(sun_position_km, dtype=float) - np.asarray(satellite_position_km, dtype=float))


def frame_of(*, z: ArrayLike, towards: ArrayLike) -> FloatArray:
    """Right-handed frame with a given z axis and its x axis as near as possible to a direction.

    Parameters
    ----------
    z, towards : array_like, shape (n, 3)
        Directions of any length, not parallel (`projected_sine` tells).

    Returns
    -------
    ndarray, shape (n, 3, 3)
        Columns x, y, z, unit vectors [1]; x is the projection of ``towards`` across z, y = z x x.
    """
    third = unit(z)
    first = unit(across(towards, third))
    return np.stack([first, np.cross(third, first), third], axis=-1)


def across(vector: ArrayLike, direction: FloatArray) -> FloatArray:
    """Part of vectors, shape (..., 3), that lies across unit vectors of the same shape, in the vectors' unit."""
    whole = np.asarray(vector, dtype=float)
    return whole - dot(whole, direction)[..., None] * direction


def projected_sine(vector: ArrayLike, direction: ArrayLike) -> FloatArray:
    """Sine [1] of the angle between directions of any length, shape (..., 3) -> (...); 0 where they are parallel."""
    return length(across(unit(vector), unit(direction)))


def unit(vector: ArrayLike) -> FloatArray:
    """Vectors, shape (..., 3), at length 1."""
    whole = np.asarray(vector, dtype=float)
    return whole / length(whole)[..., None]


def length(vector: ArrayLike) -> FloatArray:
    """Lengths of vectors, shape (..., 3) -> (...), in their unit."""
    return np.sqrt(dot(vector, vector))


def cross(one: FloatArray, other: FloatArray) -> FloatArray:
    """Vector products, shape (n, 3), written out: three times faster than the general one on a pass."""
    first, second = one.T, other.T
    product = np.empty(np.broadcast_shapes(one.shape, other.shape))
    for place, (left, right) in enumerate(((1, 2), (2, 0), (0, 1))):
        product[:, place] = first[left] * second[right] - first[right] * second[left]
    return product


def dot(one: ArrayLike, other: ArrayLike) -> FloatArray:
    """Inner products of vectors, shape (..., 3) -> (...)."""
    return np.asarray(np.einsum("...i,...i->...", np.asarray(one, dtype=float), np.asarray(other, dtype=float)))


def check_vectors(**vectors: ArrayLike) -> None:
    """Raise DomainError unless all are finite, of shape (n, 3), none of length 0, and of one n."""
    for name, vector in vectors.items():
        array = np.asarray(vector, dtype=float)
        if array.ndim != 2 or array.shape[1] != 3:
            raise DomainError(f"{name} has shape {array.shape}, must be (n, 3)")
        within(name, array, -np.inf, np.inf, ends="()")
        within(f"length of {name}", length(array), 0.0, np.inf, ends="()")
    same_length(**{name: np.asarray(vector)[:, 0] for name, vector in vectors.items()})


def check_direction(name: str, vector: tuple[float, float, float]) -> None:
    """Raise DomainError unless three numbers are a direction: finite, and not all 0."""
    size = float(np.linalg.norm(vector)) if len(vector) == 3 else np.nan
    if not 0.0 < size < np.inf:
        raise DomainError(f"{name} is {vector}, must be three finite numbers, not all 0")
