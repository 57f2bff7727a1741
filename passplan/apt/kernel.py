"""The plain inner loop of one terminal, and its steps: small functions, which numba compiles together.

They share one file because numba's cache of the compiled loop looks at this file alone. Nothing is compiled, and numba
is not imported, before `compiled_loop` is first called. The functions run as they are, too, only slower.

Angles are on the sky [urad]; both axes are held in one complex number, x + iy. The loop's coordinate is the offset of
the target from the predicted direction:

::

    offset - gimbal = what the coarse camera sees;   offset - gimbal - mirror = what the fine camera sees

A camera averages its angle over the whole frame (trapezoids over the steps), adds noise, and is heard ``delay`` frames
after the end of the exposure; the command is then held. Latency is half a frame + delay + half a frame.

The first run of the program waits for the compiler, whose time goes with the number of statements and, far more, with
the kinds of operation among them: ``min``, ``max``, ``int`` and the product of complex numbers each cost as much as a
whole function, and an axis or a state in an array costs several times one in a variable.
"""

from functools import cache
from math import inf, isnan, nan, sqrt
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.apt.acquisition import State

SEARCH = int(State.SEARCH)
COARSE_LOCK = int(State.COARSE_LOCK)
HANDOVER = int(State.HANDOVER)
FINE_LOCK = int(State.FINE_LOCK)
DROPOUT = int(State.DROPOUT)
REACQUIRE = int(State.REACQUIRE)

NO_SPOT = complex(nan, nan)

# The loop's gains, frames and times, as in the record of the terminal.
SETTINGS = np.dtype(
    [
        ("step_s", float),
        ("set_point_s", float),
        ("coarse_gain", float),
        ("confirm_frames", float),
        ("lost_frames", float),
        ("fine_gain", float),
        ("fine_proportional_gain", float),
        ("dwell_frames", float),
        ("coast_s", float),
    ]
)

# An actuator: its `Response` to a held command, how far it goes to either side, and its limits; no limits for a mirror.
ACTUATOR = np.dtype(
    [
        ("position_position", float),
        ("position_rate_s", float),
        ("rate_position_per_s", float),
        ("rate_rate", float),
        ("half_range_urad", float),
        ("rate_limit_urad_s", float),
        ("acceleration_limit_urad_s2", float),
        ("lead_s", float),
    ]
)

# A camera: its settings; then the end of the frame under way [s], the step at which it began, the number of the frame,
# and the sum of the angles since [urad].
CAMERA = np.dtype(
    [
        ("period_s", float),
        ("half_field_urad", float),
        ("delay_frames", int),
        ("due_s", float),
        ("began", int),
        ("frame", int),
        ("sum_urad", complex),
    ]
)


def record(kind: np.dtype[Any], **values: float) -> Any:
    """Record of a kind, with its fields as attributes here and in the compiled loop; what is not given is zero."""
    row = np.zeros(1, dtype=kind).view(np.recarray)
    for name, value in values.items():
        row[name] = value
    return row[0]


def clamp(value: float, limit: float) -> float:
    """Value held within plus and minus a limit."""
    if value > limit:
        value = limit
    if value < -limit:
        value = -limit
    return value


def scaled(vector: complex, factor: float) -> complex:
    """Product with a real number; that of the language would be one of two complex numbers."""
    return complex(vector.real * factor, vector.imag * factor)


def between(values: NDArray[np.complex128], second: int, part: float) -> complex:
    """Value at a part of a second, linear between the values at its ends."""
    start = values[second]
    change = values[second + 1] - start
    return start + scaled(change, part)


def law_step(integral_urad: complex, error_urad: complex, gain: float, limit_urad: float) -> complex:
    """Integral plus a share of the error [urad], both axes held within the limit, so that it never winds up."""
    x_urad = clamp(integral_urad.real + gain * error_urad.real, limit_urad)
    return complex(x_urad, clamp(integral_urad.imag + gain * error_urad.imag, limit_urad))


def second_order_step(position: float, rate: float, target: float, actuator: Any) -> tuple[float, float]:
    """Position [urad] and rate [urad/s] of a servo one step later."""
    gap = position - target
    next_position = target + actuator.position_position * gap + actuator.position_rate_s * rate
    return next_position, actuator.rate_position_per_s * gap + actuator.rate_rate * rate


def gimbal_step(
    position: float,
    rate: float,
    target: float,
    carried_rate: float,
    carried_acceleration: float,
    gimbal: Any,
    step_s: float,
) -> tuple[float, float]:
    """Position [urad] and rate [urad/s] of the gimbal one step later, both beside what it carries of the prediction.

    The target is brought near while it is farther than the gimbal can brake from, and the change of the whole rate is
    cut to the acceleration limit.
    """
    gap = target - position
    braking = sqrt(2.0 * gimbal.acceleration_limit_urad_s2 * abs(gap))
    fastest = gimbal.rate_limit_urad_s - carried_rate
    if fastest > braking:
        fastest = braking
    slowest = -gimbal.rate_limit_urad_s - carried_rate
    if slowest < -braking:
        slowest = -braking
    reach_s = gimbal.lead_s + 0.5 * step_s  # lag behind an aim that moves on, and stands during the step
    aim = target
    if gap > fastest * gimbal.lead_s:
        aim = position + fastest * reach_s
    elif gap < slowest * gimbal.lead_s:
        aim = position + slowest * reach_s
    next_position, next_rate = second_order_step(position, rate, aim, gimbal)
    carried_change = carried_acceleration * step_s
    change = next_rate - rate + carried_change
    most = gimbal.acceleration_limit_urad_s2 * step_s
    if abs(change) > most:
        next_rate = rate + clamp(change, most) - carried_change
        next_position = position + 0.5 * (rate + next_rate) * step_s
    return next_position, next_rate


def read_camera(
    camera: Any, k: int, angle_urad: complex, noise_urad: float, readings: NDArray[np.complex128]
) -> complex:
    """End an exposure at step k, put its reading in line, and return the one that is due [urad].

    A spot outside the field leaves `NO_SPOT` in the line; so does one too faint, by a noise_urad of nan.
    """
    half_urad = scaled(angle_urad, 0.5)
    mean_urad = scaled(camera.sum_urad - half_urad, 1.0 / (k - camera.began))
    last = camera.frame + camera.delay_frames
    reading_urad = NO_SPOT
    if (abs(mean_urad.real) < camera.half_field_urad) & (abs(mean_urad.imag) < camera.half_field_urad):
        reading_urad = mean_urad + scaled(readings[last], noise_urad)
    readings[last] = reading_urad
    due_urad = readings[camera.frame]
    camera.sum_urad = half_urad
    camera.began = k
    camera.frame += 1
    camera.due_s += camera.period_s
    return due_urad


def after_coarse_frame(state: int, count: float, spotted: bool, confirm: float, lost: float) -> tuple[int, float]:
    """State and count of frames after a reading of the coarse camera."""
    if state == SEARCH:
        count += 1.0
        if not spotted:
            count = 0.0
        if count >= confirm:
            return COARSE_LOCK, 0.0
    elif state == COARSE_LOCK:
        count += 1.0
        if spotted:
            count = 0.0
        if count >= lost:
            return SEARCH, 0.0
    return state, count


def after_fine_frame(
    state: int, count: float, caught: bool, spotted: bool, dwell: float, late: bool
) -> tuple[int, float]:
    """State and count of frames after a reading of the fine camera; late says that a dropout has coasted too long."""
    if caught & (state >= COARSE_LOCK) & (state != FINE_LOCK):
        count += 1.0
        if state == COARSE_LOCK:
            state = HANDOVER
            count = 1.0
        if state == DROPOUT:
            state = REACQUIRE
        if count >= dwell:
            state = FINE_LOCK
            count = 0.0
    elif (not caught) & (state > COARSE_LOCK):
        if (state == HANDOVER) | (late & spotted):
            state = COARSE_LOCK
        elif late:
            state = SEARCH
        else:
            state = DROPOUT
        count = 0.0
    return state, count


def close_loop(
    settings: Any,
    mount: Any,
    tip_tilt: Any,
    coarse_camera: Any,
    fine_camera: Any,
    offset: NDArray[np.complex128],
    carried: NDArray[np.complex128],
    set_point: NDArray[np.complex128],
    noise_urad: NDArray[np.float64],
    coarse_readings: NDArray[np.complex128],
    fine_readings: NDArray[np.complex128],
    series: NDArray[np.complex64],
    states: NDArray[np.int8],
) -> None:
    """Run one terminal through a pass; fills the last two arrays with what is at the start of each step.

    settings : record of `SETTINGS`
    mount, tip_tilt : gimbal and fast mirror, records of `ACTUATOR`
    coarse_camera, fine_camera : records of `CAMERA`, used up
    offset : target beside the predicted direction [urad], shape (n,)
    carried : rate that the gimbal carries of the prediction [urad/s], shape (seconds + 2,)
    set_point : wanted place of the spot on the fine camera [urad], shape (seconds + 2,)
    noise_urad : rms of a reading of the coarse and of the fine camera [urad], nan if too faint, shape (2, seconds + 2)
    coarse_readings, fine_readings : `NO_SPOT` for the delay, then standard normal numbers for the frames, used up
    series : fine and coarse camera's angle and the mirror's [urad], shape (3, n)
    states : `State` by the clock alone, up to SEARCH, where the loop takes over, shape (n,)
    """
    gimbal = gimbal_rate = target = mirror = mirror_rate = integral = command = aim = 0j
    state = 0
    count = 0.0
    spotted = False
    second = 0
    end_s = 1.0
    renew_s = 0.0
    late_s = inf
    half_step_s = 0.5 * settings.step_s
    for k in range(states.size):
        time_s = k * settings.step_s + half_step_s  # half a step ahead, so that rounding moves no event
        if time_s >= end_s:
            second += 1
            end_s += 1.0
        part = time_s - half_step_s - second
        coarse = offset[k] - gimbal
        fine = coarse - mirror
        series[0, k] = fine
        series[1, k] = coarse
        series[2, k] = mirror
        coarse_camera.sum_urad += coarse
        fine_camera.sum_urad += fine
        if state < SEARCH:
            state = states[k]
        if time_s >= renew_s:
            renew_s += settings.set_point_s
            aim = between(set_point, second, part)
        if time_s >= coarse_camera.due_s:
            reading = read_camera(coarse_camera, k, coarse, noise_urad[0, second], coarse_readings)
            spotted = not isnan(reading.real)
            state, count = after_coarse_frame(state, count, spotted, settings.confirm_frames, settings.lost_frames)
            if spotted & (state >= COARSE_LOCK):
                target = law_step(target, reading, settings.coarse_gain, mount.half_range_urad)
        if time_s >= fine_camera.due_s:
            if state == FINE_LOCK:
                late_s = time_s + settings.coast_s
            reading = read_camera(fine_camera, k, fine, noise_urad[1, second], fine_readings)
            caught = not isnan(reading.real)
            state, count = after_fine_frame(state, count, caught, spotted, settings.dwell_frames, time_s > late_s)
            if state == FINE_LOCK:
                error = reading - aim
                integral = law_step(integral, error, settings.fine_gain, tip_tilt.half_range_urad)
                command = law_step(integral, error, settings.fine_proportional_gain, tip_tilt.half_range_urad)
            elif state < FINE_LOCK:
                integral = command = 0j
        acceleration = carried[second + 1] - carried[second]
        rate = between(carried, second, part)
        x, rate_x = gimbal_step(
            gimbal.real, gimbal_rate.real, target.real, rate.real, acceleration.real, mount, settings.step_s
        )
        y, rate_y = gimbal_step(
            gimbal.imag, gimbal_rate.imag, target.imag, rate.imag, acceleration.imag, mount, settings.step_s
        )
        gimbal = complex(x, y)
        gimbal_rate = complex(rate_x, rate_y)
        x, rate_x = second_order_step(mirror.real, mirror_rate.real, command.real, tip_tilt)
        y, rate_y = second_order_step(mirror.imag, mirror_rate.imag, command.imag, tip_tilt)
        mirror = complex(x, y)
        mirror_rate = complex(rate_x, rate_y)
        states[k] = state


# What `close_loop` calls, each after what it calls itself.
STEPS = (
    clamp,
    scaled,
    between,
    law_step,
    second_order_step,
    gimbal_step,
    read_camera,
    after_coarse_frame,
    after_fine_frame,
)


@cache
def compiled_loop() -> Any:
    """Return `close_loop` compiled by numba, kept on disk where numba finds a place to write (NUMBA_CACHE_DIR)."""
    import numba

    outer: dict[str, Any] = {"error_model": "numpy", "no_cfunc_wrapper": True}
    inner = {**outer, "no_cpython_wrapper": True}
    names = dict(globals())
    for step in STEPS:
        names[step.__name__] = numba.njit(**inner)(FunctionType(step.__code__, names, step.__name__))
    loop = FunctionType(close_loop.__code__, names, close_loop.__name__)
    try:
        return numba.njit(cache=True, **outer)(loop)
    except RuntimeError:  # no folder that numba may write to
        return numba.njit(**outer)(loop)
