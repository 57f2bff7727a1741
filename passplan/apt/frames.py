"""What happens in the tracking loop at the frames of its cameras: readings, states, commands.

Small functions of the loop in `kernel`; numba compiles them with it. Angles are on the sky [urad], both axes in one
complex number; time is counted in steps.
"""

from math import isnan, nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.apt.acquisition import State

OPEN_LOOP = int(State.OPEN_LOOP)
SEARCH = int(State.SEARCH)
COARSE_LOCK = int(State.COARSE_LOCK)
HANDOVER = int(State.HANDOVER)
FINE_LOCK = int(State.FINE_LOCK)
DROPOUT = int(State.DROPOUT)
REACQUIRE = int(State.REACQUIRE)

NO_SPOT = complex(nan, nan)

Complexes = NDArray[np.complex128]
Readings = NDArray[np.complex64]
Floats = NDArray[np.float64]


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


def law_output(laws: Floats, memory: Complexes, row: int, error: complex, limit: float) -> complex:
    """Command of the law in a row, held within the limit [urad]; its state goes one step on.

    laws : for each law the rows a | b | windup, and a last row c | d | 0, shape (laws, n + 1, n + 2)
    memory : for each law its state, then as much room for the next, shape (laws, 2 n)
    """
    order = laws.shape[1] - 1
    command = scaled(error, laws[row, order, order])
    for j in range(order):
        command += scaled(memory[row, j], laws[row, order, j])
    held = complex(clamp(command.real, limit), clamp(command.imag, limit))
    for i in range(order):
        after = scaled(error, laws[row, i, order]) + scaled(held - command, laws[row, i, order + 1])
        for j in range(order):
            after += scaled(memory[row, j], laws[row, i, j])
        memory[row, order + i] = after
    for i in range(order):
        memory[row, i] = memory[row, order + i]
    return held


def forget(memory: Complexes, row: int) -> None:
    """Clear the state of the law in a row."""
    for i in range(memory.shape[1]):
        memory[row, i] = 0j


def hysteresis(command: complex, plays: Complexes, widths: Floats, r: Any) -> complex:
    """Angle at rest of the mirror under a command [urad]: Prandtl-Ishlinskii plays, then the coupling of the axes.

    plays : states of the plays of each terminal, shape (terminals, n)
    widths : their half-widths [urad] and weights [1], shape (terminals, 2, n)
    """
    rest = scaled(command, r.direct)
    for i in range(plays.shape[1]):
        slack = command - plays[r.which, i]
        width = widths[r.which, 0, i]
        plays[r.which, i] += slack - complex(clamp(slack.real, width), clamp(slack.imag, width))
        rest += scaled(plays[r.which, i], widths[r.which, 1, i])
    return rest + scaled(complex(rest.imag, rest.real), r.coupling)


def start_exposure(camera: Any, angle: complex, k: float) -> complex:
    """Start an exposure at step k; return the first of the sum of angles, of which the ends count half [urad]."""
    camera.began = k
    camera.start_at = camera.end_at + camera.period - camera.exposure
    return scaled(angle, -0.5)


def end_exposure(camera: Any, frames: Readings, angle: complex, k: float, total: complex, electrons: float) -> None:
    """End a frame: its reading takes the place of its noise, `NO_SPOT` for a spot too faint or outside the field."""
    mean = scaled(total + scaled(angle, 0.5), 1.0 / (k - camera.began))
    reading = NO_SPOT
    if (abs(mean.real) < camera.half_field) & (abs(mean.imag) < camera.half_field) & (electrons >= camera.least):
        if electrons > camera.most:  # gain control dims a bright spot
            electrons = camera.most
        rms = sqrt(camera.photon / electrons + camera.pixel / (electrons * electrons) + camera.floor2)
        noise = frames[camera.index]
        reading = mean + complex(float(noise.real) * rms, float(noise.imag) * rms)  # not in single precision
    frames[camera.index] = reading
    camera.index += 1
    camera.end_at += camera.period


def after_coarse_frame(state: int, count: float, spotted: bool, r: Any) -> tuple[int, float]:
    """State and count of frames after a reading of the coarse camera."""
    count += 1.0
    if state == SEARCH:
        if not spotted:
            count = 0.0
        if count >= r.confirm_frames:
            return COARSE_LOCK, 0.0
    else:
        if spotted:
            count = 0.0
        if count >= r.lost_frames:
            return SEARCH, 0.0
    return state, count


def after_fine_frame(state: int, count: float, caught: bool, r: Any, late: bool) -> tuple[int, float]:
    """State and count of frames after a reading of the fine camera; late says that a dropout has coasted too long."""
    if caught & (state >= COARSE_LOCK) & (state != FINE_LOCK):
        count += 1.0
        if state == COARSE_LOCK:
            state = HANDOVER
            count = 1.0
        if state == DROPOUT:
            state = REACQUIRE
        if count >= r.dwell_frames:
            state = FINE_LOCK
            count = 0.0
    elif (not caught) & (state > COARSE_LOCK):
        if (state == HANDOVER) | (late & r.spotted):
            state = COARSE_LOCK
        elif late:
            state = SEARCH
        else:
            state = DROPOUT
        count = 0.0
    return state, count


def act_coarse(r: Any, camera: Any, frames: Readings, scan: Complexes, laws: Floats, memory: Complexes) -> None:
    """Hear a reading of the coarse camera: search, lock or lose, and move the gimbal's target."""
    reading = frames[camera.heard]
    camera.heard += 1
    camera.act_at += camera.period
    r.spotted = not isnan(reading.real)
    before = r.state
    if (before == SEARCH) | (before == COARSE_LOCK):
        r.state, r.count = after_coarse_frame(before, r.count, r.spotted, r)
    if r.state == SEARCH:
        if (before == COARSE_LOCK) | r.searches_anew:
            r.searches_anew = False
            r.centre = r.target
            forget(memory, r.row)
            r.scan_index = r.scan_first
            r.scan_at = camera.act_at
        if (camera.act_at >= r.scan_at) & (not r.spotted):
            r.target = r.centre + scan[r.scan_index]
            r.scan_at = camera.act_at + r.scan_steps
            r.scan_index += 1
            if r.scan_index >= r.scan_end:
                r.scan_index = r.scan_first
    elif r.state >= COARSE_LOCK:
        if before == SEARCH:
            r.searches_anew = False
            r.centre = r.target
            forget(memory, r.row)
        if (r.state == FINE_LOCK) & r.offloads:
            reading = r.mirror + r.aim
        lag = r.target - r.offset + r.seen  # of the gimbal; while it cannot follow, the law waits and winds nothing up
        follows = (abs(lag.real) < 0.5 * camera.half_field) & (abs(lag.imag) < 0.5 * camera.half_field)
        if follows & (not isnan(reading.real)):
            r.target = r.centre + law_output(laws, memory, r.row, reading, r.half_range)


def act_fine(
    r: Any, camera: Any, frames: Readings, laws: Floats, memory: Complexes, plays: Complexes, widths: Floats
) -> None:
    """Hear a reading of the fine camera: lock, coast or give up, and command the mirror."""
    reading = frames[camera.heard]
    camera.heard += 1
    before = r.state
    if before == FINE_LOCK:
        r.late_at = camera.act_at + r.coast_steps
    r.state, r.count = after_fine_frame(before, r.count, not isnan(reading.real), r, camera.act_at > r.late_at)
    if r.state == FINE_LOCK:
        command = law_output(laws, memory, r.row + 1, reading - r.aim, r.half_stroke)
        r.rest = hysteresis(command, plays, widths, r)
    elif (before > r.state) & (r.state < HANDOVER):
        forget(memory, r.row + 1)
        r.rest = hysteresis(0j, plays, widths, r)
        r.searches_anew = r.state == SEARCH
    if (before == FINE_LOCK) & (r.state != FINE_LOCK) & r.unstable:
        r.left_at = camera.act_at
    camera.act_at += camera.period
