"""Tracking of both terminals through a pass, in the time domain: open loop, search, coarse loop, fine loop.

Every angle is on the sky. A loop follows the offset of the target from the predicted direction, in two axes across
the line of sight:

::

    offset = pointing error at the start + orbit error / range + scale error * (angle travelled)
             + time-tag error * rate + refraction that no model knows + what the mount cannot follow + vibration
"""

from dataclasses import dataclass
from math import exp, floor, gcd, inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.apt.beacon import Beacon
from passplan.apt.gimbal import move_time_s
from passplan.apt.kernel import CARRIED, compiled_loop
from passplan.apt.loop_inputs import NODE_S, Inputs, inputs_of, runaway
from passplan.apt.records import CAMERA, TERMINAL, record
from passplan.apt.residual import Run, TerminalTrack, summarise
from passplan.apt.sensor import Camera, noise_terms
from passplan.apt.sight import Sight
from passplan.apt.spectrum import Psd
from passplan.apt.steering import second_order_response
from passplan.apt.terminal import Terminal
from passplan.checks import FloatArray
from passplan.constants import SPEED_OF_LIGHT_KM_S
from passplan.errors import DomainError

_NEVER = 1e18  # [steps]
_SMALLEST_E = 1e-6  # of a spot that a camera without threshold can still read
_LONGEST_STRIDE = 7  # steps between two samples; up to a quarter of a frame where that is longer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class End:
    """One end of a link: its terminal, what it has to follow, its own beacon, and what shakes it.

    vibration : one-sided density per axis [urad^2/Hz] of a frequency [Hz], as `disturbance.Vibration`
    """

    terminal: Terminal
    sight: Sight
    beacon: Beacon
    vibration: Psd


def simulate_link(
    one: End, other: End, *, rngs: tuple[np.random.Generator, np.random.Generator]
) -> tuple[TerminalTrack, TerminalTrack]:
    """Track each other through a pass.

    Parameters
    ----------
    one, other : End
        The two ends, on the same seconds.
    rngs : two numpy.random.Generator
        Source of the random numbers of each end; the same states give the same tracks.

    Returns
    -------
    two TerminalTrack
        The track of each end, second by second, and its residual.

    Raises
    ------
    DomainError
        If the ends have different seconds, a beacon leaves frames dark, a search leaves a place too soon, a mount
        cannot reach the pass, or a loop is unstable and has lost the spot (says when).

    Notes
    -----
    A step is a whole part of a fine frame, at most 0.1 ms and half a period of the mirror. The beacon of an end goes
    where its gimbal points; the other end sees it that much dimmer, up to a light time of the largest range later. So
    an end that has not found the other leaves it in the dark.
    """
    if not np.array_equal(one.sight.time_s, other.sight.time_s):
        raise DomainError("both ends must have the same time_s")
    ends = (one, other)
    made = [
        inputs_of(
            end.terminal,
            end.sight,
            opposite.beacon,
            end.vibration,
            scan_width_urad=2.0 * end.beacon.half_divergence_urad,
            rng=rng,
        )
        for end, opposite, rng in zip(ends, ends[::-1], rngs, strict=True)
    ]
    first, second = _run([(end.terminal, end.sight, end.beacon) for end in ends], made)
    return first, second


def simulate_terminal(
    terminal: Terminal, sight: Sight, *, opposite_beacon: Beacon, vibration: Psd, rng: np.random.Generator
) -> TerminalTrack:
    """Track an end that always points well; else as `simulate_link`.

    Parameters
    ----------
    terminal : Terminal
        The end that tracks.
    sight : Sight
        What it has to follow.
    opposite_beacon : Beacon
        Beacon that the cameras see.
    vibration : callable
        One-sided density per axis [urad^2/Hz] of a frequency [Hz].
    rng : numpy.random.Generator
        Source of the random numbers; the same state gives the same track.

    Returns
    -------
    TerminalTrack

    Raises
    ------
    DomainError
        As `simulate_link`.
    """
    made = inputs_of(terminal, sight, opposite_beacon, vibration, scan_width_urad=inf, rng=rng)
    (track,) = _run([(terminal, sight, None)], [made])
    return track


def _run(ends: list[tuple[Terminal, Sight, Beacon | None]], made: list[Inputs]) -> list[TerminalTrack]:
    """Join the arrays of the ends, close their loops, and take each end's part of the outputs."""
    turn_s = float(max(sight.range_km.max() for _, sight, _ in ends)) / SPEED_OF_LIGHT_KM_S
    starts = _Starts()
    records, samples = [], []
    for number, ((terminal, sight, beacon), inputs) in enumerate(zip(ends, made, strict=True)):
        r, coarse, fine = _records(terminal, sight, beacon, inputs, number, starts, turn_s)
        records += [r, coarse, fine]
        samples.append(starts.add(inputs, strides=int((r.steps - 1.0) / r.stride) + 1))
    if len(ends) == 1:
        records += [record(TERMINAL, turn_steps=1.0), record(CAMERA), record(CAMERA)]
    series = np.zeros((3, starts.sample), dtype=np.complex64)
    states = np.zeros(starts.sample, dtype=np.int8)
    axes = np.zeros((2, starts.node), dtype=np.complex64)
    laws, memory = _laws(made)
    widths, plays = _plays(made)
    compiled_loop()(
        *records,
        np.concatenate([inputs.nodes for inputs in made], axis=1),
        np.concatenate([inputs.vibration for inputs in made]),
        np.concatenate([frames for inputs in made for frames in (inputs.coarse_frames, inputs.fine_frames)]),
        np.concatenate([_all_fades(inputs) for inputs in made]),
        np.concatenate([inputs.scan for inputs in made]),
        laws,
        widths,
        memory,
        plays,
        series,
        states,
        axes,
        int(ends[0][1].time_s.size / turn_s) + 2,
    )
    tracks = []
    for number, ((terminal, sight, _), inputs, part) in enumerate(zip(ends, made, samples, strict=True)):
        r = records[3 * number]
        _check_left(terminal, r, sight, inputs)
        run = Run(
            time_s=sight.time_s,
            step_s=float(r.stride) * terminal.step_s,
            series=series[:, part.sample],
            states=states[part.sample],
            node_s=NODE_S,
            axes=axes[:, part.node],
        )
        tracks.append(summarise(run, terminal=terminal, lead=sight.lead_urad, gaps_s=sight.gaps_s))
    return tracks


class _Part:
    """Slices of one end in the joint outputs."""

    def __init__(self, sample: slice, node: slice) -> None:
        self.sample, self.node = sample, node


class _Starts:
    """Where the next end starts in the joint arrays."""

    def __init__(self) -> None:
        self.node = self.shake = self.frame = self.sample = self.scan = 0

    def add(self, inputs: Inputs, *, strides: int) -> _Part:
        part = _Part(slice(self.sample, self.sample + strides), slice(self.node, self.node + inputs.nodes.shape[1] - 1))
        self.node += inputs.nodes.shape[1]
        self.shake += inputs.vibration.size
        self.frame += inputs.coarse_frames.size + inputs.fine_frames.size
        self.sample += strides
        self.scan += inputs.scan.size
        return part


def _records(
    terminal: Terminal, sight: Sight, beacon: Beacon | None, inputs: Inputs, number: int, starts: _Starts, turn_s: float
) -> tuple[Any, Any, Any]:
    step_s, coarse, fine = terminal.step_s, terminal.coarse, terminal.fine
    arrival_s = terminal.stow_s + move_time_s(coarse.gimbal, angle_deg=terminal.stow_deg)
    search_s = arrival_s + float(sight.range_km[0]) / SPEED_OF_LIGHT_KM_S
    node_steps = NODE_S / step_s
    row = record(
        TERMINAL,
        step_s=step_s, per_step=1.0 / step_s, turn_steps=turn_s / step_s, narrowness=_narrowness(beacon),
        steps=floor(sight.time_s.size / step_s - 1e-6), stride=_stride(terminal.steps_per_frame), beacon=1.0,
        node=starts.node, node_steps=node_steps, per_node=1.0 / node_steps,
        shake_index=starts.shake, shake_steps=inputs.stride, per_shake=1.0 / inputs.stride,
        renew_steps=terminal.point_ahead_update_s / step_s, renew_at=-0.5, sample=starts.sample, which=number,
        open_at=terminal.stow_s / step_s - 0.5, search_at=search_s / step_s - 0.5, late_at=_NEVER, left_at=-1.0,
        scan_steps=coarse.search.dwell_s / step_s, scan_index=starts.scan, scan_first=starts.scan,
        scan_end=starts.scan + inputs.scan.size, row=2 * number, offloads=coarse.offloads,
        confirm_frames=coarse.confirm_frames, lost_frames=coarse.lost_frames,
        dwell_frames=fine.dwell_frames, coast_steps=fine.coast_s / step_s,
        unstable=runaway(inputs.loops) is not None,
        **_gimbal(terminal, inputs), **_mirror(terminal, inputs),
    )  # fmt: skip
    cameras, frame = [], starts.frame
    for camera, frames in ((coarse.camera, inputs.coarse_frames), (fine.camera, inputs.fine_frames)):
        cameras.append(_camera(camera, step_s, frame))
        frame += frames.size
    return row, cameras[0], cameras[1]


def _narrowness(beacon: Beacon | None) -> float:
    """Exponent of a Gaussian beam over the square of its pointing error [1/urad^2]."""
    return 0.0 if beacon is None else 2.0 / beacon.half_divergence_urad**2


def _stride(steps_per_frame: int) -> int:
    """Steps between two samples: coprime with the frame, so that every phase of a frame is seen as often."""
    longest = max(_LONGEST_STRIDE, steps_per_frame // 4)
    return next(stride for stride in range(longest, 0, -1) if gcd(stride, steps_per_frame) == 1)


def _gimbal(terminal: Terminal, inputs: Inputs) -> dict[str, float]:
    """Servo, limits and friction of the axes; nearer than ``near_urad`` no limit of rate or braking can act."""
    gimbal, step_s = terminal.coarse.gimbal, terminal.step_s
    response = second_order_response(natural_hz=gimbal.servo_hz, damping=gimbal.damping, step_s=step_s)
    rate, acceleration = gimbal.rate_limit_urad_s, gimbal.acceleration_limit_urad_s2
    per_inertia = 0.0 if gimbal.inertia_kg_m2 is None else 1e6 / gimbal.inertia_kg_m2  # rad -> urad
    friction = gimbal.friction
    lead_s = gimbal.lead_s
    carried = inputs.nodes[CARRIED]
    spare = max(0.0, rate - float(max(np.abs(carried.real).max(), np.abs(carried.imag).max())))
    return {
        **{f"g_{name}": value for name, value in _short(response).items()},
        "half_range": gimbal.half_range_urad,
        "near_urad": lead_s * min(2.0 * acceleration * lead_s, spare),
        "lead_s": lead_s,
        "reach_s": lead_s + 0.5 * step_s,  # lag behind an aim that moves on, and stands during the step
        "rate_limit": rate,
        "acceleration_limit": acceleration,
        "encoder": gimbal.encoder_step_urad,
        "breakaway": max(friction.stiction_n_m, friction.coulomb_n_m) * per_inertia
        or (1e-300 if friction.viscous_n_m_s > 0.0 else 0.0),
        "coulomb": friction.coulomb_n_m * per_inertia,
        "per_stribeck": 1.0 / friction.stribeck_urad_s,
        "viscous_share": exp(-1e-6 * friction.viscous_n_m_s * per_inertia * step_s),  # 1/urad -> 1/rad
    }


def _mirror(terminal: Terminal, inputs: Inputs) -> dict[str, float]:
    mirror, step_s = terminal.fine.mirror, terminal.step_s
    response = second_order_response(natural_hz=mirror.resonance_hz, damping=mirror.damping, step_s=step_s)
    return {
        **{f"m_{name}": value for name, value in _short(response).items()},
        "half_stroke": mirror.half_stroke_urad,
        "slew_step": mirror.slew_urad_s * step_s,
        "direct": inputs.plays.direct,
        "coupling": mirror.coupling,
    }


def _short(response: Any) -> dict[str, float]:
    names = ("position_position", "position_rate", "rate_position", "rate_rate")
    return dict(zip(names, response, strict=True))


def _camera(camera: Camera, step_s: float, start: int) -> Any:
    """Record of a camera. An exposure is a step at least; times are half a step early, so that rounding moves none."""
    photon, pixel, floor2 = noise_terms(camera)
    period = camera.frame_s / step_s
    exposure = max(camera.exposure_s / step_s, 1.0)
    return record(
        CAMERA,
        period=period,
        exposure=exposure,
        end_at=period - 0.5,
        start_at=period - exposure - 0.5,
        act_at=period * (1 + camera.delay_frames) + camera.extra_delay_s / step_s - 0.5,
        half_field=camera.half_field_urad,
        photon=photon,
        pixel=pixel,
        floor2=floor2,
        least=max(camera.minimum_e, _SMALLEST_E),
        most=camera.saturation_e,
        index=start,
        heard=start,
    )


def _laws(made: list[Inputs]) -> tuple[FloatArray, NDArray[np.complex128]]:
    """Every law as one block, of the order of the largest."""
    laws = [loop.law for inputs in made for loop in inputs.loops]
    order = max(law.b.size for law in laws)
    blocks = np.zeros((4, order + 1, order + 2))
    for block, law in zip(blocks, laws, strict=False):
        n = law.b.size
        block[:n, :n], block[:n, order], block[:n, order + 1] = law.a, law.b, law.windup
        block[order, :n], block[order, order] = law.c, law.d
    return blocks, np.zeros((4, 2 * order), dtype=complex)


def _plays(made: list[Inputs]) -> tuple[FloatArray, NDArray[np.complex128]]:
    most = max(inputs.plays.weight.size for inputs in made)
    widths = np.zeros((2, 2, most))
    for block, inputs in zip(widths, made, strict=False):
        block[:, : inputs.plays.weight.size] = inputs.plays.half_width_urad, inputs.plays.weight
    return widths, np.zeros((2, most), dtype=complex)


def _all_fades(inputs: Inputs) -> NDArray[np.float32]:
    """Fades of all frames of an end; an exposure of the coarse camera averages them out."""
    return np.concatenate((np.ones(inputs.coarse_frames.size, dtype=np.float32), inputs.fades))


def _check_left(terminal: Terminal, r: Any, sight: Sight, inputs: Inputs) -> None:
    """Refuse a run with an unstable loop, whether or not it threw the spot out of the field."""
    found = runaway(inputs.loops)
    if found is None:
        return
    name, pole = found
    left_s = float(sight.time_s[0] + r.left_at * terminal.step_s)
    end = (
        "never left the field of view after a fine lock"
        if r.left_at < 0.0
        else f"left the field of view at {left_s:.3f} s"
    )
    raise DomainError(
        f"the {name} loop is unstable: its largest pole has the magnitude {pole.magnitude:.6g}, must be < 1; it rings "
        f"at {pole.frequency_hz:.4g} Hz; the spot {end}"
    )
