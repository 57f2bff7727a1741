"""The plain inner loop of two terminals: their plants step by step, and what is due between.

Numba compiles it with the small functions that it calls, here and in `frames`. Nothing is compiled, and numba is not
imported, before `compiled_loop` is first called. The functions run as they are, too, only slower.

Angles are on the sky [urad]; both axes are held in one complex number, x + iy. The gimbal is held as the angles of its
axes beside the predicted ones; its x counts on the sky with the cosine of the elevation. The loop's coordinate is
the offset of the target from the predicted direction:

::

    offset - gimbal = what the coarse camera sees;   offset - gimbal - mirror = what the fine camera sees

Time is counted in steps. Gimbal and mirror are stepped exactly for a command held through the step; friction, limits
and the encoder act between. Whatever is due at a step (a frame, a command, new inputs) is done before it.

The first run of the program waits for the compiler, whose time goes with the number of statements and, far more, with
the kinds of operation among them: ``min``, ``max``, ``int`` and the product of complex numbers each cost as much as a
whole function, and an axis or a state in an array costs several times one in a variable.
"""

import hashlib
from functools import cache
from math import exp, floor, inf, sqrt
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.apt.frames import (
    OPEN_LOOP,
    SEARCH,
    Complexes,
    Floats,
    Readings,
    act_coarse,
    act_fine,
    after_coarse_frame,
    after_fine_frame,
    clamp,
    end_exposure,
    forget,
    hysteresis,
    law_output,
    scaled,
    start_exposure,
)

# Rows of the slow inputs, at nodes some steps apart.
DRIFT = 0  # target beside the predicted direction, without vibration [urad]
CARRIED = 1  # predicted rate of the gimbal's axes [urad/s]
SET_POINT = 2  # wanted place of the spot on the fine camera [urad]
COSINES = 3  # cosine of the elevation; imaginary part: half the sine of twice the elevation, for angles in urad
LOWEST = 5  # of the gimbal's axes beside the prediction, where their stops are [urad]
HIGHEST = 6
ELECTRONS = 4  # of the spot in an exposure while the other end points well: coarse camera; imaginary part: fine

# Added and taken off, it makes nought of what dies away: the processor is slow with the smallest numbers.
NOUGHT = complex(1e-200, 1e-200)
ZENITH = 1e-5  # square of the cosine below which the azimuth axis no longer moves the line of sight (0.2 deg)


def earlier(one: float, other: float) -> float:
    """Lesser of two numbers."""
    if other < one:
        one = other
    return one


def gimbal_step(
    position: float, rate: float, target: float, carried_rate: float, carried_acceleration: float, r: Any
) -> tuple[float, float, float]:
    """Position [urad], rate [urad/s] and torque over inertia [urad/s^2] of one axis of the gimbal, a step later.

    Position, rate and target are beside what the axis carries of the prediction. The target is brought near while it
    is farther than the axis can brake from; the motor's acceleration is cut to its limit; friction may stop the axis
    within the step, never turn it.
    """
    gap = target - position
    if abs(gap) > r.near_urad:
        braking = sqrt(2.0 * r.acceleration_limit * abs(gap))
        fastest = earlier(r.rate_limit - carried_rate, braking)
        slowest = -earlier(r.rate_limit + carried_rate, braking)
        if gap > fastest * r.lead_s:
            gap = fastest * r.reach_s
        elif gap < slowest * r.lead_s:
            gap = slowest * r.reach_s
    next_rate = r.g_rate_rate * rate - r.g_rate_position * gap
    next_position = position + gap - r.g_position_position * gap + r.g_position_rate * rate
    effort = (next_rate - rate) * r.per_step + carried_acceleration
    if abs(effort) > r.acceleration_limit:
        effort = clamp(effort, r.acceleration_limit)
        next_rate = rate + (effort - carried_acceleration) * r.step_s
        next_position = position + 0.5 * (rate + next_rate) * r.step_s
    if r.breakaway > 0.0:
        slip = (rate + carried_rate) * r.per_stribeck
        most = (r.coulomb + (r.breakaway - r.coulomb) / (1.0 + slip * slip)) * r.step_s
        after_rate = carried_rate + carried_acceleration * r.step_s
        whole = (next_rate + after_rate) * r.viscous_share
        slowed = whole - clamp(whole, most) - after_rate
        next_position += 0.5 * (slowed - next_rate) * r.step_s
        if abs(whole) <= most:
            next_position = position + 0.5 * (rate + slowed) * r.step_s
        next_rate = slowed
    return next_position, next_rate, abs(effort)


def on_sky(gimbal: complex, cosine: float, swing: float) -> complex:
    """Angle on the sky of axes beside the prediction [urad], to second order of the azimuth's."""
    return complex(gimbal.real * cosine, gimbal.imag + gimbal.real * gimbal.real * swing)


def run_plants(r: Any, stop: float) -> None:
    """Step gimbal and mirror to a step at which something is due; the cameras collect, and samples are taken."""
    k, offset, carried, cosine = r.k, r.offset, r.carried, r.cosine
    gimbal, gimbal_rate, mirror, mirror_rate = r.gimbal, r.gimbal_rate, r.mirror, r.mirror_rate
    coarse_sum, fine_sum, torque_x, torque_y = r.coarse_sum, r.fine_sum, r.torque_x, r.torque_y
    acceleration = scaled(r.carried_step, r.per_step)
    while k < stop:
        coarse = offset - on_sky(gimbal, cosine, r.swing)
        coarse_sum += coarse
        fine_sum += coarse - mirror
        aim = r.wanted
        if r.encoder > 0.0:
            error = gimbal.real - r.encoder * floor(gimbal.real / r.encoder + 0.5)
            aim += complex(error, gimbal.imag - r.encoder * floor(gimbal.imag / r.encoder + 0.5))
        x, rate_x, torque = gimbal_step(gimbal.real, gimbal_rate.real, aim.real, carried.real, acceleration.real, r)
        if torque > torque_x:
            torque_x = torque
        y, rate_y, torque = gimbal_step(gimbal.imag, gimbal_rate.imag, aim.imag, carried.imag, acceleration.imag, r)
        if torque > torque_y:
            torque_y = torque
        gimbal = complex(x, y)
        gimbal_rate = complex(rate_x, rate_y)
        gap = mirror - r.rest
        move = scaled(gap, r.m_position_position) + scaled(mirror_rate, r.m_position_rate) - gap
        mirror_rate = scaled(gap, r.m_rate_position) + scaled(mirror_rate, r.m_rate_rate)
        if abs(move.real) > r.slew_step:
            move = complex(clamp(move.real, r.slew_step), move.imag)
            mirror_rate = complex(move.real * r.per_step, mirror_rate.imag)
        if abs(move.imag) > r.slew_step:
            move = complex(move.real, clamp(move.imag, r.slew_step))
            mirror_rate = complex(mirror_rate.real, move.imag * r.per_step)
        mirror += move
        offset += r.offset_step
        carried += r.carried_step
        cosine += r.cosine_step
        k += 1.0
    r.k, r.offset, r.carried, r.cosine = k, offset, carried, cosine
    r.gimbal, r.gimbal_rate = gimbal + NOUGHT - NOUGHT, gimbal_rate + NOUGHT - NOUGHT
    r.mirror, r.mirror_rate = mirror + NOUGHT - NOUGHT, mirror_rate + NOUGHT - NOUGHT
    r.coarse_sum, r.fine_sum, r.torque_x, r.torque_y = coarse_sum, fine_sum, torque_x, torque_y


def pass_node(r: Any, nodes: Complexes, axes: Readings) -> None:
    """Take in the slow inputs of the next node; leave the rates of the axes, and the largest torque since the last."""
    n = r.node
    r.drift = nodes[DRIFT, n]
    r.drift_step = scaled(nodes[DRIFT, n + 1] - r.drift, r.per_node)
    r.carried = nodes[CARRIED, n]
    r.carried_step = scaled(nodes[CARRIED, n + 1] - r.carried, r.per_node)
    r.cosine = nodes[COSINES, n].real
    r.cosine_step = (nodes[COSINES, n + 1].real - r.cosine) * r.per_node
    r.swing = nodes[COSINES, n].imag
    r.electrons = nodes[ELECTRONS, n]
    r.lowest = nodes[LOWEST, n]
    r.highest = nodes[HIGHEST, n]
    r.set_point = nodes[SET_POINT, n]
    r.set_point_step = scaled(nodes[SET_POINT, n + 1] - r.set_point, r.per_node)
    axes[0, n] = r.carried + r.gimbal_rate
    axes[1, n] = complex(r.torque_x, r.torque_y)
    r.torque_x = 0.0
    r.torque_y = 0.0
    r.node = n + 1
    r.node_at += r.node_steps


def pass_shake(r: Any, vibration: Readings) -> None:
    """Take in the next sample of the vibration."""
    i = r.shake_index
    r.shake = complex(vibration[i].real, vibration[i].imag)
    ahead = complex(vibration[i + 1].real, vibration[i + 1].imag)
    r.shake_step = scaled(ahead - r.shake, r.per_shake)
    r.shake_index = i + 1
    r.shake_at += r.shake_steps


def advance(
    r: Any,
    coarse: Any,
    fine: Any,
    nodes: Complexes,
    vibration: Readings,
    frames: Readings,
    fades: NDArray[np.float32],
    scan: Complexes,
    laws: Floats,
    widths: Floats,
    memory: Complexes,
    plays: Complexes,
    series: Readings,
    states: NDArray[np.int8],
    axes: Readings,
    stop: float,
) -> None:
    """Run one terminal from where its record stands to a step, or to where its loop has lost the spot for good."""
    while (r.k < stop) & (r.left_at < 0.0):
        if r.k >= r.node_at:
            pass_node(r, nodes, axes)
        if r.k >= r.shake_at:
            pass_shake(r, vibration)
        since = r.k + r.node_steps - r.node_at
        r.offset = (
            r.drift + scaled(r.drift_step, since) + r.shake + scaled(r.shake_step, r.k + r.shake_steps - r.shake_at)
        )
        r.offset_step = r.drift_step + r.shake_step
        seen = r.offset - on_sky(r.gimbal, r.cosine, r.swing)
        r.seen = seen
        if r.k >= r.open_at:
            r.state = OPEN_LOOP
            r.open_at = inf
        if r.k >= r.search_at:
            r.state = SEARCH
            r.search_at = inf
        if r.k >= coarse.end_at:
            end_exposure(coarse, frames, seen, r.k, r.coarse_sum, r.electrons.real * r.beacon * fades[coarse.index])
        if r.k >= coarse.start_at:
            r.coarse_sum = start_exposure(coarse, seen, r.k)
        if r.k >= fine.end_at:
            light = r.electrons.imag * r.beacon * fades[fine.index]
            end_exposure(fine, frames, seen - r.mirror, r.k, r.fine_sum, light)
        if r.k >= fine.start_at:
            r.fine_sum = start_exposure(fine, seen - r.mirror, r.k)
        if r.k >= r.renew_at:
            r.renew_at += r.renew_steps
            r.aim = r.set_point + scaled(r.set_point_step, since)
        if r.k >= coarse.act_at:
            act_coarse(r, coarse, frames, scan, laws, memory)
        if r.k >= fine.act_at:
            act_fine(r, fine, frames, laws, memory, plays, widths)
        if r.k >= r.sample_at:
            i = r.sample
            series[0, i] = seen - r.mirror
            series[1, i] = seen
            series[2, i] = r.mirror
            states[i] = r.state
            r.sample = i + 1
            r.sample_at += r.stride
        x = earlier(r.target.real * r.cosine / (r.cosine * r.cosine + ZENITH), r.highest.real)
        y = earlier(r.target.imag, r.highest.imag)
        r.wanted = complex(-earlier(-x, -r.lowest.real), -earlier(-y, -r.lowest.imag))
        until = earlier(earlier(r.node_at, r.shake_at), earlier(fine.end_at, fine.start_at))
        until = earlier(earlier(until, earlier(fine.act_at, r.sample_at)), earlier(coarse.end_at, coarse.start_at))
        run_plants(r, earlier(earlier(until, coarse.act_at), stop))


def close_loop(
    one: Any,
    one_coarse: Any,
    one_fine: Any,
    other: Any,
    other_coarse: Any,
    other_fine: Any,
    nodes: Complexes,
    vibration: Readings,
    frames: Readings,
    fades: NDArray[np.float32],
    scan: Complexes,
    laws: Floats,
    widths: Floats,
    memory: Complexes,
    plays: Complexes,
    series: Readings,
    states: NDArray[np.int8],
    axes: Readings,
    turns: int,
) -> None:
    """Run both terminals by turns, each turn as long as the light needs; each sees how well the other points.

    Both read the same arrays, each from where the indices in its records start; a terminal alone has a partner with
    no steps to run. Readings, series, states and axes are filled.

    one, other : records of `records.TERMINAL`, used up
    one_coarse, one_fine, other_coarse, other_fine : records of `records.CAMERA`, used up
    nodes : slow inputs, rows as named above, a node more than the terminal passes, shape (7, nodes)
    vibration : at its own multiple of the step [urad], a sample more than used
    frames : standard normal numbers, nan for a frame that is lost; the readings [urad] take their place
    fades : of the beacon in these frames [1]
    scan : points of the search about the predicted direction, on the sky [urad]
    laws, memory, widths, plays : as `frames.law_output` and `frames.hysteresis` say
    series : fine and coarse camera's angle and the mirror's [urad], every ``stride`` steps, shape (3, samples)
    states : `State` at the same steps
    axes : at each node the whole rates of the gimbal's axes [urad/s], and the largest torque over inertia since the
        node before [urad/s^2], shape (2, nodes)
    turns : number of turns
    """
    for turn in range(1, turns + 1):
        one.beacon = exp(-other.narrowness * (other.seen.real * other.seen.real + other.seen.imag * other.seen.imag))
        other.beacon = exp(-one.narrowness * (one.seen.real * one.seen.real + one.seen.imag * one.seen.imag))
        advance(one, one_coarse, one_fine, nodes, vibration, frames, fades, scan, laws, widths, memory, plays,
                series, states, axes, earlier(one.steps, turn * one.turn_steps))  # fmt: skip
        advance(other, other_coarse, other_fine, nodes, vibration, frames, fades, scan, laws, widths, memory, plays,
                series, states, axes, earlier(other.steps, turn * other.turn_steps))  # fmt: skip


# What `close_loop` calls, each after what it calls itself; those of the plants' own loop are made part of it.
STEPS = (
    clamp, earlier, scaled, law_output, forget, hysteresis, gimbal_step, on_sky, run_plants, pass_node, pass_shake,
    after_coarse_frame, after_fine_frame, start_exposure, end_exposure, act_coarse, act_fine, advance,
)  # fmt: skip


@cache
def compiled_loop() -> Any:
    """Return `close_loop` compiled by numba, kept on disk where numba finds a place to write (NUMBA_CACHE_DIR).

    Numba looks at the loop's own file for changes; the digest of all steps in its name makes it look at them too.
    """
    import numba

    outer: dict[str, Any] = {"error_model": "numpy", "no_cfunc_wrapper": True}
    inner = {**outer, "no_cpython_wrapper": True, "_nrt": False}  # without counting references to the arrays
    digest = hashlib.sha256()
    names = act_fine.__globals__ | globals()
    for step in STEPS:
        code = step.__code__
        digest.update(code.co_code + repr((code.co_consts, code.co_names)).encode())
        options = {**inner, "forceinline": True} if step is not advance else inner
        names[step.__name__] = numba.njit(**options)(FunctionType(code, names, step.__name__))
    loop = FunctionType(close_loop.__code__, names, close_loop.__name__)
    loop.__qualname__ = f"close_loop_{digest.hexdigest()[:12]}"
    try:
        return numba.njit(cache=True, **outer)(loop)
    except RuntimeError:  # no folder that numba may write to
        return numba.njit(**outer)(loop)
