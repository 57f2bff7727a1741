"""Rotation of the polarization between the satellite's reference axis and the receiver's tube, from the geometry alone.

The transmitter defines its states against one axis of the spacecraft; which one is a matter of the attitude law
(`attitude`). The tube sees that axis projected on the plane across the line of sight: with k the unit vector satellite
to station, p = e - (e.k) k, l = -k, H = l x up (horizontal), V = H x l, the angle is phi = atan2(p.V, p.H). The mirrors
between tube and analyser turn it further (`train`).
"""

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray
from passplan.errors import DomainError
from passplan.polarization.satellite_axes import SMALLEST_PROJECTION, cross, dot
from passplan.units import to_deg


def tube_rotation_deg(*, reference_axis: ArrayLike, line_of_sight: ArrayLike, up: ArrayLike) -> FloatArray:
    """Angle of an axis of the satellite against the horizontal of the telescope tube, in (-180, 180].

    Parameters
    ----------
    reference_axis : array_like, shape (n, 3)
        Axis of the satellite, unit vectors.
    line_of_sight : array_like, shape (n, 3)
        Direction from the satellite to the station (any length).
    up : array_like, shape (n, 3)
        Zenith of the mount, unit vectors.

    Returns
    -------
    ndarray, shape (n,)
        Angle phi [deg] from H = l x up towards V = H x l, with l from the station to the satellite.

    Raises
    ------
    DomainError
        If the axis or the zenith lies along the line of sight, where the angle is not defined.

    Notes
    -----
    phi = atan2(p.V, p.H) with p the projection of the axis across the line of sight. Linear polarization is
    carried unchanged along the ray; aberration and the atmosphere (about 1e-4 rad per km at most) are left out.
    """
    along, upward = tube_projection(reference_axis=reference_axis, line_of_sight=line_of_sight, up=up)
    return to_deg(np.arctan2(upward, along))


def tube_projection(
    *, reference_axis: ArrayLike, line_of_sight: ArrayLike, up: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Components of the axis along H and V of the tube, in one unit that is the same for both, shape (n,) each.

    Arguments and errors as `tube_rotation_deg`, of which they are cosine and sine but for their length.
    """
    towards_station = np.asarray(line_of_sight, dtype=float)
    distance = np.sqrt(dot(towards_station, towards_station))
    horizontal = cross(np.asarray(up, dtype=float), towards_station)  # l x up, as long as sine times distance
    vertical = cross(towards_station, horizontal)  # H x l, longer by the distance
    axis = np.asarray(reference_axis, dtype=float)
    along, upward, length = dot(axis, horizontal), dot(axis, vertical) / distance, np.sqrt(dot(horizontal, horizontal))
    if np.any(length < SMALLEST_PROJECTION * distance):
        raise DomainError("up lies along the line of sight: the rotation angle is not defined there")
    if np.any(np.hypot(along, upward) < SMALLEST_PROJECTION * length):
        raise DomainError("reference_axis lies along the line of sight: the rotation angle is not defined there")
    return along, upward
