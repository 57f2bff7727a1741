"""Tracking of one terminal through a pass, in the time domain: open loop, coarse loop, fine loop.

Every angle is on the sky. The loop follows the offset of the target from the predicted direction, in two axes across
the line of sight:

::

    offset = pointing error at the start + orbit error / range + scale error * (angle travelled)
             + time-tag error * rate + vibration
"""

from dataclasses import dataclass, field
from math import ceil
from typing import Annotated, Any

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike, NDArray

from passplan.apt.acquisition import State
from passplan.apt.beacon import Beacon, photons_per_exposure, received_power_w
from passplan.apt.disturbance import Psd
from passplan.apt.disturbance import vibration as vibration_series
from passplan.apt.gimbal import Gimbal, gimbal_record, move_time_s
from passplan.apt.kernel import ACTUATOR, CAMERA, NO_SPOT, SETTINGS, compiled_loop, record
from passplan.apt.residual import TerminalTrack, summarise
from passplan.apt.sensor import Camera, noise_equivalent_angle_urad, spot_electrons
from passplan.apt.steering import FastMirror, second_order_response
from passplan.checks import FloatArray, NonNegative, Positive, check_limits, same_length, within
from passplan.constants import SPEED_OF_LIGHT_KM_S
from passplan.units import deg_to_urad

Count = Annotated[int, Interval(ge=1)]
Vector = tuple[float, float]

_LONGEST_STEP_S = 0.5e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class CoarseStage:
    """Coarse camera and gimbal; an integrator closes the loop.

    camera : the coarse camera, which sees what the gimbal leaves
    gimbal : its actuator
    gain : share of a reading that the integrator takes out [1], >= 0
    confirm_frames : frames in succession that must show the beacon before the loop closes [1], >= 1
    lost_frames : frames in succession without it after which the search starts again [1], >= 1
    carries_rate : true when the gimbal carries the predicted rate of the line of sight (a telescope mount), which
        then counts against its limits; false when the body does (a satellite that points at the station)
    """

    camera: Camera
    gimbal: Gimbal = field(default_factory=Gimbal)
    gain: NonNegative = 0.1
    confirm_frames: Count = 5
    lost_frames: Count = 5
    carries_rate: bool = False

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class FineStage:
    """Fine camera and fast steering mirror, behind the gimbal; an integrator closes the loop.

    camera : the fine camera, which sees what gimbal and mirror leave
    mirror : its actuator
    gain : share of a reading that the integrator takes out [1], >= 0
    proportional_gain : share of a reading added to the command directly [1], >= 0
    dwell_frames : frames in succession that must hold the spot before the loop closes [1], >= 1
    coast_s : time without the spot after which the mirror is centred and the lock given up [s], >= 0
    """

    camera: Camera
    mirror: FastMirror = field(default_factory=FastMirror)
    gain: NonNegative = 0.25
    proportional_gain: NonNegative = 0.0
    dwell_frames: Count = 20
    coast_s: NonNegative = 0.5

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Pointing, acquisition and tracking of one end of the link. Angles are on the sky.

    coarse, fine : the two stages
    aperture_m : clear diameter of the telescope that receives the beacon [m], > 0
    attitude_error_deg : error of open-loop pointing (attitude or mount model), 1 sigma per axis [deg], >= 0
    orbit_error_m : error of the predicted position across the line of sight, 1 sigma per axis [m], >= 0
    feed_forward_scale_error : share of the predicted rate that is not fed forward [1]; 1 for no feed-forward
    time_tag_error_s : the prediction comes late by this [s]
    boresight_urad : beam axis beside that of the fine camera, x and y [urad]
    point_ahead_update_s : time between updates of the fine set-point that makes the point-ahead [s], > 0
    point_ahead_error_urad : calibration error of that set-point, x and y [urad]
    stow_s : time from the start of the grid at which the terminal leaves its stow position [s], >= 0
    stow_deg : way from there to the predicted direction [deg], >= 0
    """

    coarse: CoarseStage
    fine: FineStage
    aperture_m: Positive
    attitude_error_deg: NonNegative = 0.0
    orbit_error_m: NonNegative = 0.0
    feed_forward_scale_error: Annotated[float, Interval(ge=-1.0, le=1.0)] = 0.0
    time_tag_error_s: Annotated[float, Interval(ge=-10.0, le=10.0)] = 0.0
    boresight_urad: Vector = (0.0, 0.0)
    point_ahead_update_s: Positive = 1.0
    point_ahead_error_urad: Vector = (0.0, 0.0)
    stow_s: NonNegative = 0.0
    stow_deg: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_limits(self)
        for name in ("boresight_urad", "point_ahead_error_urad"):
            within(f"Terminal.{name}", getattr(self, name), -np.inf, np.inf, ends="()")

    @property
    def steps_per_frame(self) -> int:
        """Steps of the simulation in a frame of the fine camera [1].

        A step is at most 0.5 ms, and at most half a period of the mirror, whose motion within an exposure is averaged.
        """
        longest_s = min(_LONGEST_STEP_S, 0.5 / self.fine.mirror.resonance_hz)
        return ceil(self.fine.camera.exposure_s / longest_s - 1e-9)

    @property
    def step_s(self) -> float:
        """Step of the simulation, a whole part of the fine camera's frame [s]."""
        return self.fine.camera.exposure_s / self.steps_per_frame


def simulate_terminal(
    terminal: Terminal,
    *,
    time_s: ArrayLike,
    rate_x_urad_s: ArrayLike,
    rate_y_urad_s: ArrayLike,
    range_km: ArrayLike,
    point_ahead_x_urad: ArrayLike | None = None,
    point_ahead_y_urad: ArrayLike | None = None,
    beacon_transmittance: ArrayLike,
    opposite_beacon: Beacon,
    vibration: Psd,
    rng: np.random.Generator,
) -> TerminalTrack:
    """Track the other end through a pass.

    Parameters
    ----------
    terminal : Terminal
        The end that tracks.
    time_s : array_like, shape (n,)
        Start of each second [s]; 1 s apart, n >= 2. The run ends 1 s after the last.
    rate_x_urad_s, rate_y_urad_s : array_like, shape (n,)
        Rate of the line of sight across two axes that do not turn about it [urad/s]; linear in between.
    range_km : array_like, shape (n,)
        Slant range [km], > 0.
    point_ahead_x_urad, point_ahead_y_urad : array_like, shape (n,), optional
        Lead of the transmitted beam over the line of sight, 2 v/c [urad]; none for a beam that needs none.
    beacon_transmittance : array_like, shape () or (n,)
        Of the path, for the beacon [1], in [0, 1].
    opposite_beacon : Beacon
        Beacon that the cameras see.
    vibration : callable
        One-sided density per axis [urad^2/Hz] of a frequency [Hz], as `disturbance.micius_like_psd`.
    rng : numpy.random.Generator
        Source of the random numbers; the same state gives the same track.

    Returns
    -------
    TerminalTrack
        The track, second by second, and the residual at each step.

    Raises
    ------
    DomainError
        If an input is out of its limits, the grid is not one of whole seconds, or a pulsed beacon leaves frames dark.

    Notes
    -----
    One step is a whole part of a fine frame, at most 0.5 ms and half a period of the mirror; gimbal and mirror are
    stepped exactly for a held command. The fine camera answers after half a frame of exposure, its delay, and half a
    frame of hold: 1.0 ms at 2 kHz with a delay of one frame. A frame of the coarse camera ends at the step nearest to
    its due time.
    """
    grid = {
        "time_s": time_s,
        "rate_x_urad_s": rate_x_urad_s,
        "rate_y_urad_s": rate_y_urad_s,
        "range_km": range_km,
        "point_ahead_x_urad": np.zeros(np.shape(time_s)) if point_ahead_x_urad is None else point_ahead_x_urad,
        "point_ahead_y_urad": np.zeros(np.shape(time_s)) if point_ahead_y_urad is None else point_ahead_y_urad,
    }
    seconds, rates, distance_km, lead_urad = _checked_grid(grid)
    noise_urad = _reading_noise_urad(terminal, opposite_beacon, distance_km, beacon_transmittance)
    step_s = terminal.step_s
    steps = round(seconds.size / step_s)
    vibration_urad = vibration_series(vibration, duration_s=steps * step_s, step_s=step_s, rng=rng)
    offset = _drift_urad(terminal, rates, distance_km, steps=steps, rng=rng)
    offset.real += vibration_urad[0]
    offset.imag += vibration_urad[1]
    set_point = -lead_urad - complex(*terminal.point_ahead_error_urad)
    carried = (1.0 - terminal.feed_forward_scale_error) * rates * terminal.coarse.carries_rate
    series = np.empty((3, steps), dtype=np.complex64)
    states = _states_by_the_clock(terminal, float(distance_km[0]), steps=steps)
    compiled_loop()(
        *_records(terminal),
        offset,
        _held(carried),
        _held(set_point),
        _held(noise_urad),
        *_readings(terminal, seconds.size, rng),
        series,
        states,
    )
    residual = series[0]
    residual -= complex(*terminal.boresight_urad)  # wanted minus beam: a beam ahead of its camera errs forward
    if point_ahead_x_urad is not None or point_ahead_y_urad is not None:
        residual += _at_steps(lead_urad, steps=steps, step_s=step_s)
    residual_urad, coarse_urad, mirror_urad = (np.stack((angle.real, angle.imag)) for angle in series)
    return summarise(
        time_s=seconds,
        step_s=step_s,
        residual_urad=residual_urad,
        coarse_urad=coarse_urad,
        mirror_urad=mirror_urad,
        states=states,
    )


def _checked_grid(
    grid: dict[str, ArrayLike],
) -> tuple[FloatArray, NDArray[np.complex128], FloatArray, NDArray[np.complex128]]:
    """Time, rate, range and point-ahead; from here to the end of the loop one complex number holds both axes."""
    same_length(**grid)
    arrays = {name: np.array(values, dtype=float) for name, values in grid.items()}
    for name, values in arrays.items():
        within(name, values, 0.0 if name == "range_km" else -np.inf, np.inf, ends="()")
    time_s = arrays["time_s"]
    within("number of seconds", time_s.size, 2, np.inf)
    within("step of time_s [s]", np.diff(time_s), 1.0 - 1e-6, 1.0 + 1e-6)
    rates = arrays["rate_x_urad_s"] + 1j * arrays["rate_y_urad_s"]
    return time_s, rates, arrays["range_km"], arrays["point_ahead_x_urad"] + 1j * arrays["point_ahead_y_urad"]


def _records(terminal: Terminal) -> tuple[Any, ...]:
    coarse, fine, mirror, step_s = terminal.coarse, terminal.fine, terminal.fine.mirror, terminal.step_s
    settings = record(
        SETTINGS,
        step_s=step_s,
        set_point_s=terminal.point_ahead_update_s,
        coarse_gain=coarse.gain,
        confirm_frames=coarse.confirm_frames,
        lost_frames=coarse.lost_frames,
        fine_gain=fine.gain,
        fine_proportional_gain=fine.proportional_gain,
        dwell_frames=fine.dwell_frames,
        coast_s=fine.coast_s,
    )
    mount = gimbal_record(coarse.gimbal, step_s=step_s)
    tip_tilt = record(
        ACTUATOR,
        **second_order_response(natural_hz=mirror.resonance_hz, damping=mirror.damping, step_s=step_s)._asdict(),
        half_range_urad=mirror.half_stroke_urad,
    )
    cameras = (
        record(
            CAMERA,
            period_s=camera.exposure_s,
            half_field_urad=camera.half_field_urad,
            delay_frames=camera.delay_frames,
            due_s=camera.exposure_s,
        )
        for camera in (coarse.camera, fine.camera)
    )
    return settings, mount, tip_tilt, *cameras


def _states_by_the_clock(terminal: Terminal, range_km: float, *, steps: int) -> NDArray[np.int8]:
    """In stow, on the move, searching from the light time after the arrival [km, s]."""
    arrival_s = terminal.stow_s + move_time_s(terminal.coarse.gimbal, angle_deg=terminal.stow_deg)
    search_s = arrival_s + range_km / SPEED_OF_LIGHT_KM_S
    states = np.full(steps, State.SEARCH, dtype=np.int8)
    for state, end_s in ((State.OPEN_LOOP, search_s), (State.STOW, terminal.stow_s)):
        # Half a step ahead, as in the loop.
        states[: max(0, ceil(end_s / terminal.step_s - 0.5))] = state
    return states


def _reading_noise_urad(
    terminal: Terminal, beacon: Beacon, range_km: FloatArray, transmittance: ArrayLike
) -> FloatArray:
    power_w = received_power_w(beacon, range_km=range_km, aperture_m=terminal.aperture_m, transmittance=transmittance)
    noise_urad = np.full((2, range_km.size), np.nan)
    for row, camera in enumerate((terminal.coarse.camera, terminal.fine.camera)):
        if beacon.repetition_khz:
            within("opposite_beacon.repetition_khz", beacon.repetition_khz, 1e-3 * camera.frame_rate_hz, np.inf)
        photons = photons_per_exposure(power_w, wavelength_nm=beacon.wavelength_nm, exposure_s=camera.exposure_s)
        electrons = spot_electrons(camera, photons)
        visible = (electrons > 0.0) & (electrons >= camera.minimum_e)
        noise_urad[row, visible] = noise_equivalent_angle_urad(camera, electrons[visible])
    return noise_urad


def _drift_urad(
    terminal: Terminal, rates: NDArray[np.complex128], range_km: FloatArray, *, steps: int, rng: np.random.Generator
) -> NDArray[np.complex128]:
    start_urad = complex(*rng.standard_normal(2)) * float(deg_to_urad(terminal.attitude_error_deg))
    orbit_m = complex(*rng.standard_normal(2)) * terminal.orbit_error_m
    slow = np.full(rates.size, start_urad)
    slow += orbit_m * (1e3 / range_km)  # m/km = mrad
    slow += terminal.time_tag_error_s * rates
    drift = _at_steps(slow, steps=steps, step_s=terminal.step_s)
    if terminal.feed_forward_scale_error:
        rate = _at_steps(terminal.feed_forward_scale_error * rates, steps=steps, step_s=terminal.step_s)
        drift[1:] += np.cumsum(0.5 * terminal.step_s * (rate[1:] + rate[:-1]))
    return drift


def _at_steps(values: NDArray[np.complex128], *, steps: int, step_s: float) -> NDArray[np.complex128]:
    return np.interp(np.arange(steps) * step_s, np.arange(values.size), values)


def _held(values: NDArray[Any]) -> NDArray[Any]:
    """Held for two seconds more: the loop looks at the end of a second, and its last step may start with the next."""
    return np.concatenate((values, values[..., -1:], values[..., -1:]), axis=-1)


def _readings(terminal: Terminal, seconds: int, rng: np.random.Generator) -> tuple[NDArray[np.complex128], ...]:
    """Of each camera the frames without reading that its delay makes, then a standard normal number for each frame."""
    cameras = (terminal.coarse.camera, terminal.fine.camera)
    coarse_frames, fine_frames = (int(seconds * camera.frame_rate_hz) + 2 for camera in cameras)
    noise = rng.standard_normal((2, coarse_frames + fine_frames), dtype=np.float32)
    parts = np.split(noise, [coarse_frames], axis=1)
    readings = []
    for camera, (x, y) in zip(cameras, parts, strict=True):
        line = np.full(camera.delay_frames + x.size, NO_SPOT)
        line[camera.delay_frames :].real = x
        line[camera.delay_frames :].imag = y
        readings.append(line)
    return tuple(readings)
