"""Polarization of one pass: the records of both files and the track, handed to the polarization room."""

from dataclasses import replace
from math import inf

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.apt.mount_plan import plan_mount
from passplan.checks import FloatArray
from passplan.mission.channel_path import feedback_cps
from passplan.mission.result import PolarizationTrack
from passplan.mission.selection import Selection
from passplan.orbit.light import sun_position_km
from passplan.orbit.track import Track
from passplan.polarization.angle_knowledge import element_angle_error_deg, element_position_error_km, unknown_angle_deg
from passplan.polarization.arrival import Arrival
from passplan.polarization.attitude import transmitter_axes
from passplan.polarization.compensation import compensate
from passplan.polarization.error_balance import error_balance
from passplan.polarization.error_rate import error_of_contrast, visibility
from passplan.polarization.feedback import remaining_angle
from passplan.polarization.mount_frames import pointing_deg
from passplan.polarization.receiver import PolarizationReceiver


def polarization_of(
    selection: Selection,
    path: Track,
    *,
    element_age_days: float | None = None,
    stopped_from_s: float = inf,
) -> PolarizationTrack:
    """Rotation, wave plates and errors along a track.

    Parameters
    ----------
    selection : Selection
        Records of satellite and station.
    path : Track
        Geometry of the pass.
    element_age_days : float, optional
        Age [d] of the element set on which the command rests; by default that of the track.
    stopped_from_s : float
        Time [s] from which the motors stand still; by default never.
    """
    receiver = selection.site.polarization
    arrival = arrival_of(selection, path)
    age_days = path.elements_age_days if element_age_days is None else element_age_days
    unknown_deg = unknown_deg_of(selection, path, age_days=age_days)
    offset_deg: FloatArray | float = 0.0
    if receiver.feedback is not None:
        remaining = remaining_angle(
            receiver.feedback,
            time_s=path.time_s,
            unknown_sigma_deg=unknown_deg,
            bias_deg=receiver.bias_angle_deg,
            mismatched_cps=feedback_cps(selection, path),
            visibility=float(visibility(error_of_contrast(receiver.intrinsic_contrast))),
        )
        last = max(int(np.searchsorted(path.time_s, stopped_from_s)) - 1, 0)  # a motor that stands corrects nothing
        held = np.minimum(np.arange(path.time_s.size), last)
        receiver, offset_deg, unknown_deg = receiver.without_bias(), remaining.mean_deg[held], remaining.sigma_deg[held]
    compensation = compensate(receiver, arrival, offset_deg=offset_deg, stopped_from_s=stopped_from_s)
    return PolarizationTrack(
        compensation=compensation,
        balance=error_balance(receiver, compensation, unknown_sigma_deg=unknown_deg),
        unknown_sigma_deg=unknown_deg,
        compensated=receiver.compensated,
    )


def arrival_of(selection: Selection, path: Track) -> Arrival:
    """What reaches the plates along a track."""
    return _arrival(selection, path, path.satellite_position_km, path.satellite_velocity_km_s)


def unknown_deg_of(selection: Selection, path: Track, *, age_days: ArrayLike) -> FloatArray:
    """Standard deviation [deg] of the polarization angle from the age of the element set and the roll, shape (n,).

    The age [d] may be one number, or one for each instant.
    """
    in_track_km, cross_track_km = element_position_error_km(age_days)
    elements_deg = element_angle_error_deg(
        satellite_position_km=path.satellite_position_km,
        satellite_velocity_km_s=path.satellite_velocity_km_s,
        rotation_deg_of=lambda position, velocity: _arrival(selection, path, position, velocity).rotation_deg(),
        in_track_km=in_track_km,
        cross_track_km=cross_track_km,
    )
    return unknown_angle_deg(
        element_angle_error_deg=elements_deg, roll_error_deg=selection.payload.attitude.roll_error_deg
    )


def with_receiver(selection: Selection, receiver: PolarizationReceiver) -> Selection:
    """The same pass with another polarization receiver."""
    return replace(selection, site=replace(selection.site, polarization=receiver))


def _arrival(selection: Selection, path: Track, position_km: FloatArray, velocity_km_s: FloatArray) -> Arrival:
    azimuth_deg, elevation_deg = pointing_deg(
        sight_km=position_km - path.station_position_km,
        up=path.up,
        known_sight_km=path.satellite_position_km - path.station_position_km,
        known_azimuth_deg=path.azimuth_deg,
    )
    station, wavelength_nm = selection.site.station, selection.payload.transmitter.wavelength_nm
    axes = transmitter_axes(
        selection.payload.attitude,
        satellite_position_km=position_km,
        satellite_velocity_km_s=velocity_km_s,
        station_position_km=path.station_position_km,
        epoch_utc=path.epoch_utc,
        time_s=path.time_s,
        wavelength_nm=wavelength_nm,
        sun_position_km=sun_position_km(path, station) if selection.payload.attitude.reference_axis == "sun" else None,
        history=selection.attitude_history,
    )
    return Arrival(
        time_s=path.time_s,
        reference_axis=axes.reference_axis,
        line_of_sight_km=path.station_position_km - position_km,
        up=path.up,
        azimuth_deg=azimuth_deg,
        elevation_deg=elevation_deg,
        latitude_deg=station.latitude_deg,
        wavelength_nm=wavelength_nm,
        train=selection.site.polarization.train,
        stress_map=selection.stress_map,
        over_the_top=_over_the_top(selection, path),
        transmitter_jones=axes.jones if selection.payload.attitude.gimbal_mirror is not None else None,
    )


def _over_the_top(selection: Selection, path: Track) -> NDArray[np.bool_] | None:
    """Where the station's mount points over the top, None where it cannot or where no mirror turns with it."""
    train, coarse = selection.site.polarization.train, selection.site.apt.coarse
    if coarse.mount is None or coarse.mount.elevation_range_deg[1] <= 90.0:
        return None
    if not train.mirrors or train.mount == "equatorial":
        return None
    plan = plan_mount(
        coarse.mount,
        time_s=path.time_s,
        azimuth_deg=path.azimuth_deg,
        elevation_deg=path.elevation_deg,
        rate_limit_deg_s=coarse.gimbal.rate_limit_deg_s,
        acceleration_limit_deg_s2=coarse.gimbal.acceleration_limit_deg_s2,
    )
    return np.interp(path.time_s, plan.node_time_s, plan.program_elevation_deg) > 90.0
