"""Rotation of the polarization between the satellite's reference axis and the receiver, from the geometry alone.

The transmitter defines its states against one axis of the spacecraft; which one is a matter of the attitude law, hence
one function an axis (`REFERENCE_AXES`). The receiver sees that axis projected on the plane across the line of sight:
with k the unit vector satellite to station, p = e - (e.k) k, l = -k, H = l x up (horizontal), V = H x l, the angle is
phi = atan2(p.V, p.H). A bench behind more mirrors turns by the angles of the axes in between (`RECEIVERS`).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, one_of, same_length, within
from passplan.errors import DomainError
from passplan.units import to_deg

ReferenceAxis = Literal["orbit-normal", "velocity", "nadir"]
Receiver = Literal["tube", "nasmyth", "coude-sum", "coude-difference"]

_SMALLEST_PROJECTION = 1e-6  # sine of the angle between two directions that no longer define a plane


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
    return _unit(
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
    return _unit(np.asarray(satellite_velocity_km_s, dtype=float))


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
    return -_unit(np.asarray(satellite_position_km, dtype=float))


REFERENCE_AXES: Mapping[str, AxisLaw] = MappingProxyType(
    {"orbit-normal": orbit_normal_axis, "velocity": velocity_axis, "nadir": nadir_axis}
)

# Signs with which the elevation and the azimuth of the mount add to the angle at the tube.
RECEIVERS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"tube": (0.0, 0.0), "nasmyth": (1.0, 0.0), "coude-sum": (1.0, 1.0), "coude-difference": (1.0, -1.0)}
)


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
    towards_station = _unit(np.asarray(line_of_sight, dtype=float))
    axis = np.asarray(reference_axis, dtype=float)
    projected = axis - _dot(axis, towards_station)[:, None] * towards_station
    horizontal = np.cross(-towards_station, np.asarray(up, dtype=float))
    for name, vector in (("reference_axis", projected), ("up", horizontal)):
        if np.any(np.linalg.norm(vector, axis=-1) < _SMALLEST_PROJECTION):
            raise DomainError(f"{name} lies along the line of sight: the rotation angle is not defined there")
    horizontal = _unit(horizontal)
    vertical = np.cross(horizontal, -towards_station)
    return to_deg(np.arctan2(_dot(projected, vertical), _dot(projected, horizontal)))


def rotation_deg(
    *,
    satellite_position_km: ArrayLike,
    satellite_velocity_km_s: ArrayLike,
    station_position_km: ArrayLike,
    up: ArrayLike,
    azimuth_deg: ArrayLike,
    elevation_deg: ArrayLike,
    reference_axis: ReferenceAxis,
    receiver: Receiver,
) -> FloatArray:
    """Rotation of the polarization along a pass, continuous, as the receiver's bench sees it.

    Parameters
    ----------
    satellite_position_km, satellite_velocity_km_s, station_position_km : array_like, shape (n, 3)
        Positions [km] and velocity [km/s] in one inertial frame (GCRS).
    up : array_like, shape (n, 3)
        Geodetic zenith of the station, unit vectors in the same frame.
    azimuth_deg, elevation_deg : array_like, shape (n,)
        Pointing of the mount [deg]; the azimuth may wrap.
    reference_axis : {"orbit-normal", "velocity", "nadir"}
        Axis of the satellite that defines its polarization states; follows from the attitude law.
    receiver : {"tube", "nasmyth", "coude-sum", "coude-difference"}
        Where the analyser stands: on the tube (phi), on a Nasmyth platform (phi + elevation), or at a Coude focus
        (phi + elevation + azimuth, or phi + elevation - azimuth; which one depends on the mirrors and the port).

    Returns
    -------
    ndarray, shape (n,)
        Angle [deg], starting in [0, 180) and continued modulo 180 deg, so that neighbours differ by < 90 deg.

    Raises
    ------
    UnknownName
        If the axis or the receiver is not known.
    DomainError
        If the arrays do not share one grid, or the angle is not defined.

    Notes
    -----
    Convention: the elevation enters with a plus sign; the other Nasmyth port takes phi - elevation, and a train with an
    odd number of mirrors also reverses the handedness (see `waveplates.diagonal_labels_swapped`). The attitude law of
    Micius is not published; the orbit normal is a hypothesis that gives the published shape (150:1 down to 0 without
    compensation). The samples must be close enough that the angle turns by less than 90 deg between two of them: 1 s
    suffices below about 89 deg elevation.
    """
    axis = REFERENCE_AXES[one_of("reference axis", reference_axis, REFERENCE_AXES)]
    elevation_sign, azimuth_sign = RECEIVERS[one_of("receiver", receiver, RECEIVERS)]
    station = np.asarray(station_position_km, dtype=float)
    satellite = np.asarray(satellite_position_km, dtype=float)
    vectors = {
        "satellite_position_km": satellite,
        "satellite_velocity_km_s": np.asarray(satellite_velocity_km_s, dtype=float),
        "station_position_km": station,
        "up": np.asarray(up, dtype=float),
    }
    _check_grid(vectors, azimuth_deg, elevation_deg)
    tube_deg = tube_rotation_deg(
        reference_axis=axis(
            satellite_position_km=satellite, satellite_velocity_km_s=vectors["satellite_velocity_km_s"]
        ),
        line_of_sight=station - satellite,
        up=vectors["up"],
    )
    bench_deg = tube_deg + elevation_sign * np.asarray(elevation_deg) + azimuth_sign * np.asarray(azimuth_deg)
    return np.unwrap(np.mod(bench_deg, 180.0), period=180.0)


def _check_grid(vectors: Mapping[str, FloatArray], azimuth_deg: ArrayLike, elevation_deg: ArrayLike) -> None:
    for name, vector in vectors.items():
        if vector.ndim != 2 or vector.shape[1] != 3:
            raise DomainError(f"{name} has shape {vector.shape}, must be (n, 3)")
        within(name, vector, -np.inf, np.inf, ends="()")
    within("azimuth_deg", azimuth_deg, -np.inf, np.inf, ends="()")
    within("elevation_deg", elevation_deg, -90.0, 90.0)
    same_length(
        **{name: vector[:, 0] for name, vector in vectors.items()},
        azimuth_deg=azimuth_deg,
        elevation_deg=elevation_deg,
    )


def _unit(vector: FloatArray) -> FloatArray:
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)


def _dot(one: FloatArray, other: FloatArray) -> FloatArray:
    return np.einsum("ij,ij->i", one, other)
