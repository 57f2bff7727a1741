"""Attitude law of the transmitter: where the axis that defines its states points along the pass.

Without a gimbal mirror the law names the axis itself, and what counts is its projection across the line of sight
(`frame.tube_rotation_deg`). With one, the law gives the body frame, and the mirror carries the axes of the optical
bench to the line of sight (`gimbal_mirror`). The attitude of Micius is not published.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, NonNegative, Positive, check_limits, freeze, same_length, within
from passplan.errors import DomainError
from passplan.polarization.attitude_history import AttitudeHistory, attitude_at
from passplan.polarization.gimbal_mirror import GimbalMirror, angle_between_deg, mirror_jones, turned_axis
from passplan.polarization.jones import ComplexArray
from passplan.polarization.satellite_axes import (
    REFERENCE_AXES,
    SMALLEST_PROJECTION,
    across,
    check_direction,
    check_vectors,
    frame_of,
    length,
    nadir_axis,
    projected_sine,
    sun_axis,
    unit,
    velocity_axis,
)
from passplan.units import add_seconds, format_utc, to_rad

ReferenceAxis = Literal["orbit-normal", "velocity", "nadir", "sun", "file"]
_Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attitude:
    """Attitude law of the transmitter.

    reference_axis : axis that defines |H>, and with it the law: target pointing with the body's x axis as near as
        possible to the orbit normal, to the velocity or to the Sun; nadir pointing; or quaternions from a file
    file : attitude file beside this one, for reference_axis "file" only
    reference_body : body axis that defines |H> where the body frame counts: with a file, or with a gimbal mirror
    boresight_body : body axis along which the beam leaves, with a gimbal mirror at its nominal place
    roll_error_deg : error of the roll about the line of sight, 1 sigma [deg], >= 0
    offset_deg : angles [deg] about the body's x and y by which target pointing holds the boresight off the line of
        sight; a gimbal mirror must take them up
    gimbal_mirror : mirror that steers the beam from the boresight to the line of sight, or none
    max_gap_s : longest time between two quaternions of the file that is interpolated [s], > 0
    boresight_tolerance_deg : angle [deg] to the line of sight beyond which the boresight of a file without a gimbal
        mirror is refused; 2 deg is assumed, well above pointing errors and well below a mistaken file
    """

    reference_axis: ReferenceAxis
    file: str | None = None
    reference_body: _Vector = (1.0, 0.0, 0.0)
    boresight_body: _Vector = (0.0, 0.0, 1.0)
    roll_error_deg: NonNegative = 0.0
    offset_deg: tuple[float, float] = (0.0, 0.0)
    gimbal_mirror: GimbalMirror | None = None
    max_gap_s: Positive = 60.0
    boresight_tolerance_deg: Annotated[float, Interval(gt=0.0, le=180.0)] = 2.0

    def __post_init__(self) -> None:
        """Refuse values outside the limits, and fields that contradict each other."""
        check_limits(self)
        check_direction("Attitude.reference_body", self.reference_body)
        check_direction("Attitude.boresight_body", self.boresight_body)
        within("Attitude.offset_deg", self.offset_deg, -90.0, 90.0, ends="()")
        if (self.file is not None) != (self.reference_axis == "file"):
            raise DomainError(
                f"Attitude.file is {self.file!r} with reference_axis {self.reference_axis!r}: an attitude file and "
                "reference_axis 'file' must stand together"
            )
        if projected_sine(self.reference_body, self.boresight_body) < SMALLEST_PROJECTION:
            raise DomainError(
                f"Attitude.reference_body {self.reference_body} lies along boresight_body {self.boresight_body}, "
                "must lie across it"
            )
        fixed = self.gimbal_mirror is None or self.reference_axis in ("nadir", "file")
        if fixed and any(self.offset_deg):
            raise DomainError(
                f"Attitude.offset_deg is {self.offset_deg}, must be (0, 0) deg but for target pointing with a mirror"
            )
        if self.gimbal_mirror is not None and _parallel(self.gimbal_mirror.incoming_body, self.boresight_body):
            raise DomainError(
                f"Attitude.gimbal_mirror.incoming_body {self.gimbal_mirror.incoming_body} lies along boresight_body "
                f"{self.boresight_body}: the incidence would be 90 deg, must be < 90 deg"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TransmitterAxes:
    """How the transmitter's states leave along the pass.

    reference_axis : axis that defines |H>, inertial unit vectors, shape (n, 3); its projection across the line of
        sight counts
    jones : what the coating of the gimbal mirror does to the states, shape (n, 2, 2), x along the projected axis,
        (x, y, propagation) right-handed; the identity without a mirror
    boresight_offset_deg : angle between the boresight and the line of sight [deg], shape (n,)
    """

    reference_axis: FloatArray
    jones: ComplexArray
    boresight_offset_deg: FloatArray

    def __post_init__(self) -> None:
        """Mark the arrays read-only."""
        freeze(self.reference_axis, self.jones, self.boresight_offset_deg)


def transmitter_axes(
    attitude: Attitude,
    *,
    satellite_position_km: ArrayLike,
    satellite_velocity_km_s: ArrayLike,
    station_position_km: ArrayLike,
    epoch_utc: datetime,
    time_s: ArrayLike,
    wavelength_nm: float,
    sun_position_km: ArrayLike | None = None,
    history: AttitudeHistory | None = None,
) -> TransmitterAxes:
    """Reference axis of the transmitter and the Jones matrix of its gimbal mirror along a pass.

    Parameters
    ----------
    attitude : Attitude
        The law.
    satellite_position_km, satellite_velocity_km_s, station_position_km : array_like, shape (n, 3)
        Positions [km] and velocity [km/s], GCRS.
    epoch_utc : datetime
        Aware instant of time 0.
    time_s : array_like, shape (n,)
        Times since the epoch [s].
    wavelength_nm : float
        Wavelength of the states [nm], for the coating of the mirror.
    sun_position_km : array_like, shape (n, 3), optional
        Position of the Sun [km], GCRS; needed for the law "sun".
    history : AttitudeHistory, optional
        Attitudes of the file; needed for the law "file".

    Returns
    -------
    TransmitterAxes
        Axis, Jones matrix and the angle between boresight and line of sight.

    Raises
    ------
    DomainError
        If the arrays do not share one grid, what the law needs is missing, an axis lies along the line of sight, the
        file does not cover the pass or points elsewhere, or the mirror does not reach; names the instant.

    Notes
    -----
    Axis behind a mirror: B (M M0) x, with B the body frame and x the reference axis made orthogonal to the boresight.
    """
    satellite = np.asarray(satellite_position_km, dtype=float)
    velocity = np.asarray(satellite_velocity_km_s, dtype=float)
    station = np.asarray(station_position_km, dtype=float)
    check_vectors(satellite_position_km=satellite, satellite_velocity_km_s=velocity, station_position_km=station)
    times_s = np.asarray(time_s, dtype=float)
    within("time_s", times_s, -np.inf, np.inf, ends="()")
    same_length(satellite_position_km=satellite[:, 0], time_s=times_s)
    sight = unit(station - satellite)
    law = None if attitude.reference_axis == "file" else _law_axis(attitude, satellite, velocity, sun_position_km)
    clock = _Clock(epoch_utc, times_s)
    if law is not None and attitude.gimbal_mirror is None:
        is_nadir = attitude.reference_axis == "nadir"
        offset_deg = angle_between_deg(sight, law) if is_nadir else np.zeros(len(sight))
        return _plain(attitude, law, sight, offset_deg, clock)
    body = _body_frame(attitude, law, satellite, velocity, sight, history, clock)
    offset_deg = angle_between_deg(sight, body @ unit(attitude.boresight_body))
    if attitude.gimbal_mirror is not None:
        return _behind_mirror(attitude, attitude.gimbal_mirror, body, sight, offset_deg, wavelength_nm)
    _check_boresight(attitude, offset_deg, clock, source=history.source if history else str(attitude.file))
    return _plain(attitude, body @ unit(attitude.reference_body), sight, offset_deg, clock)


@dataclass(frozen=True, slots=True)
class _Clock:
    epoch_utc: datetime
    time_s: FloatArray

    def first(self, bad: np.ndarray) -> tuple[int, str]:
        """Index and instant of the first sample that is bad."""
        index = int(np.argmax(bad))
        return index, format_utc(add_seconds(self.epoch_utc, self.time_s[index]), digits=3)


def _law_axis(
    attitude: Attitude, satellite: FloatArray, velocity: FloatArray, sun_position_km: ArrayLike | None
) -> FloatArray:
    if attitude.reference_axis != "sun":
        law = REFERENCE_AXES[attitude.reference_axis]
        return law(satellite_position_km=satellite, satellite_velocity_km_s=velocity)
    if sun_position_km is None:
        raise DomainError("sun_position_km is None, but reference_axis 'sun' needs the position of the Sun [km]")
    check_vectors(satellite_position_km=satellite, sun_position_km=sun_position_km)
    return sun_axis(satellite_position_km=satellite, sun_position_km=sun_position_km)


def _body_frame(
    attitude: Attitude,
    law: FloatArray | None,
    satellite: FloatArray,
    velocity: FloatArray,
    sight: FloatArray,
    history: AttitudeHistory | None,
    clock: _Clock,
) -> FloatArray:
    """Matrices, shape (n, 3, 3), from body to inertial components."""
    if law is None:
        if history is None:
            raise DomainError(f"history is None, but reference_axis 'file' needs the attitudes of {attitude.file}")
        turn = attitude_at(history, epoch_utc=clock.epoch_utc, time_s=clock.time_s, max_gap_s=attitude.max_gap_s)
        return np.asarray(turn.as_matrix())
    if attitude.reference_axis == "nadir":
        motion = {"satellite_position_km": satellite, "satellite_velocity_km_s": velocity}
        down, ahead = nadir_axis(**motion), velocity_axis(**motion)
        _check_across(ahead, down, clock, what="velocity", along="the nadir")
        return frame_of(z=down, towards=ahead)
    _check_across(law, sight, clock, what=f"reference axis {attitude.reference_axis!r}", along="the line of sight")
    about_x_rad, about_y_rad = to_rad(attitude.offset_deg)
    return frame_of(z=sight, towards=law) @ (_turn_about_x_then_y(about_x_rad, about_y_rad) @ _bench(attitude).T)


def _bench(attitude: Attitude) -> FloatArray:
    """Columns reference axis, third axis, boresight in body axes, shape (3, 3); the identity by default."""
    return frame_of(z=attitude.boresight_body, towards=attitude.reference_body)


def _turn_about_x_then_y(about_x_rad: float, about_y_rad: float) -> FloatArray:
    (cx, cy), (sx, sy) = np.cos([about_x_rad, about_y_rad]), np.sin([about_x_rad, about_y_rad])
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, cx, -sx], [0.0, sx, cx]])
    about_y = np.array([[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]])
    return about_x @ about_y


def _plain(
    attitude: Attitude, axis: FloatArray, sight: FloatArray, offset_deg: FloatArray, clock: _Clock
) -> TransmitterAxes:
    _check_across(axis, sight, clock, what=f"reference axis {attitude.reference_axis!r}", along="the line of sight")
    jones = np.zeros((len(axis), 2, 2), dtype=complex)
    jones[:, 0, 0] = jones[:, 1, 1] = 1.0
    return TransmitterAxes(reference_axis=axis, jones=jones, boresight_offset_deg=offset_deg)


def _behind_mirror(
    attitude: Attitude,
    mirror: GimbalMirror,
    body: FloatArray,
    sight: FloatArray,
    offset_deg: FloatArray,
    wavelength_nm: float,
) -> TransmitterAxes:
    sight_body = np.einsum("nij,ni->nj", body, sight)
    boresight = unit(attitude.boresight_body)
    nominal = unit(across(attitude.reference_body, boresight))
    axis_body = turned_axis(mirror, axis_body=nominal, boresight_body=boresight, line_of_sight_body=sight_body)
    jones = mirror_jones(mirror, line_of_sight_body=sight_body, axis_body=axis_body, wavelength_nm=wavelength_nm)
    axis = np.einsum("nij,nj->ni", body, axis_body)
    return TransmitterAxes(reference_axis=axis, jones=jones, boresight_offset_deg=offset_deg)


def _check_across(axis: FloatArray, direction: FloatArray, clock: _Clock, *, what: str, along: str) -> None:
    lost = length(across(axis, direction)) < SMALLEST_PROJECTION  # both are unit vectors
    if np.any(lost):
        raise DomainError(f"{what} lies along {along} at {clock.first(lost)[1]}: the rotation is not defined there")


def _check_boresight(attitude: Attitude, offset_deg: FloatArray, clock: _Clock, *, source: str) -> None:
    away = offset_deg > attitude.boresight_tolerance_deg
    if np.any(away):
        index, instant = clock.first(away)
        raise DomainError(
            f"{source}: boresight_body {attitude.boresight_body} stands {offset_deg[index]:.2f} deg off the "
            f"station at {instant}, must be within boresight_tolerance_deg {attitude.boresight_tolerance_deg:g} deg: "
            "another pass, quaternions of the other direction (body to GCRS is meant), or another boresight"
        )


def _parallel(one: _Vector, other: _Vector) -> bool:
    return bool(angle_between_deg(one, other) < 1e-4)
