"""Axes of a two-axis mount: tube, fork and ground, their turning into one another, and the equatorial mount.

Vectors have components (right, front, up), a right-handed set. Ground: east, north, zenith for an altazimuth mount;
for an equatorial one the zenith is replaced by the celestial pole, north by what completes east and pole. The fork
turns by the first angle (azimuth, from front towards right) about up; the tube by the second (elevation) about right.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, same_length, within
from passplan.polarization.satellite_axes import dot, unit
from passplan.units import to_deg, to_rad

Frame = Literal["tube", "fork", "ground"]
Mount = Literal["altazimuth", "equatorial"]

FRAMES: tuple[Frame, ...] = ("tube", "fork", "ground")  # each turns against the next one


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Cosines and sines of the mount's angles, shape (n,), computed once for a pass."""

    cosine_first: FloatArray
    sine_first: FloatArray
    cosine_second: FloatArray
    sine_second: FloatArray


def turn(*, first_deg: ArrayLike, second_deg: ArrayLike) -> Turn:
    """Cosines and sines of both angles [deg] of a mount, arrays of shape (n,)."""
    first_rad, second_rad = to_rad(first_deg), to_rad(second_deg)
    return Turn(
        cosine_first=np.cos(first_rad),
        sine_first=np.sin(first_rad),
        cosine_second=np.cos(second_rad),
        sine_second=np.sin(second_rad),
    )


def carried(vector: FloatArray, *, start: Frame, end: Frame, angles: Turn) -> FloatArray:
    """Components of a vector in a frame further towards the ground.

    Parameters
    ----------
    vector : ndarray, shape (3,) or (3, n)
        Components (right, front, up) in the frame ``start``.
    start, end : {"tube", "fork", "ground"}
        Frames; ``end`` is ``start`` or comes after it.
    angles : Turn
        Angles of the mount.

    Returns
    -------
    ndarray, shape (3,) or (3, n)
        Components in the frame ``end``; without a turn the very vector.
    """
    right, front, up = vector
    here = FRAMES.index(start)
    if here < 1 <= FRAMES.index(end):
        cosine, sine = angles.cosine_second, angles.sine_second
        front, up = front * cosine - up * sine, front * sine + up * cosine
    if here < 2 <= FRAMES.index(end):
        cosine, sine = angles.cosine_first, angles.sine_first
        right, front = right * cosine + front * sine, front * cosine - right * sine
    return np.array(np.broadcast_arrays(right, front, up), dtype=float)


def equatorial_angles_deg(
    *, azimuth_deg: ArrayLike, elevation_deg: ArrayLike, latitude_deg: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Angles of an equatorial mount, and by how much its tube is turned against that of an altazimuth mount.

    Parameters
    ----------
    azimuth_deg, elevation_deg : array_like, shape (n,)
        Direction of the satellite [deg], azimuth from north over east.
    latitude_deg : float
        Geodetic latitude of the station [deg].

    Returns
    -------
    first_deg, second_deg : ndarray, shape (n,)
        Angle about the pole from the lower meridian over east [deg] (the hour angle is that less 180 deg), and
        declination [deg].
    turned_deg : ndarray, shape (n,)
        Angle [deg] of the equatorial tube's horizontal H against that of the altazimuth tube, from H towards V: the
        parallactic angle but for its sign.

    Raises
    ------
    DomainError
        If an angle is out of range or the arrays differ in length.

    Notes
    -----
    With the pole P = (0, cos lat, sin lat) in (east, north, up) and l towards the satellite: H' = l x P, normalised.
    Undefined at the pole itself, where the mount has its own keyhole.
    """
    within("azimuth_deg", azimuth_deg, -np.inf, np.inf, ends="()")
    within("elevation_deg", elevation_deg, -90.0, 90.0)
    within("latitude_deg", latitude_deg, -90.0, 90.0)
    same_length(azimuth_deg=azimuth_deg, elevation_deg=elevation_deg)
    angles = turn(first_deg=azimuth_deg, second_deg=elevation_deg)
    sight, horizontal, vertical = (
        carried(np.array(axis), start="tube", end="ground", angles=angles)
        for axis in ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    )
    latitude_rad = to_rad(latitude_deg)
    pole = np.array([0.0, np.cos(latitude_rad), np.sin(latitude_rad)])
    lower_meridian = np.array([0.0, np.sin(latitude_rad), -np.cos(latitude_rad)])
    first_rad = np.arctan2(sight[0], lower_meridian @ sight)
    second_rad = np.arcsin(np.clip(pole @ sight, -1.0, 1.0))
    across = np.cross(sight, pole, axisa=0, axisc=0)
    turned_rad = np.arctan2(np.sum(across * vertical, axis=0), np.sum(across * horizontal, axis=0))
    return to_deg(first_rad), to_deg(second_rad), to_deg(turned_rad)


def pointing_deg(
    *, sight_km: ArrayLike, up: ArrayLike, known_sight_km: ArrayLike, known_azimuth_deg: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Azimuth and elevation of other directions, of which one at the same instants is known.

    Parameters
    ----------
    sight_km, known_sight_km : array_like, shape (n, 3)
        From the station to the satellite [km], any axes; the known one not towards the zenith.
    up : array_like, shape (n, 3)
        Zenith, unit vectors, the same axes.
    known_azimuth_deg : array_like, shape (n,)
        Azimuth [deg] of the known direction.

    Returns
    -------
    azimuth_deg, elevation_deg : ndarray, shape (n,)
        [deg] The azimuth is not brought into a range.
    """
    zenith, known = np.asarray(up, dtype=float), np.asarray(known_sight_km, dtype=float)
    right = unit(np.cross(known, zenith))
    front = np.cross(zenith, right)
    upward, forward, sideways = (dot(sight_km, axis) for axis in (zenith, front, right))
    azimuth_deg = np.asarray(known_azimuth_deg, dtype=float) + to_deg(np.arctan2(sideways, forward))
    return azimuth_deg, to_deg(np.arctan2(upward, np.hypot(forward, sideways)))
