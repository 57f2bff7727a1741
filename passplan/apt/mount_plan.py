"""Plan of a pass for a mount: which axis angles it is told, what an ideal one reaches, and where that is not enough."""

from dataclasses import dataclass, fields
from math import inf

import numpy as np
from numpy.typing import ArrayLike

from passplan.apt.axes import (
    best_elevation_deg,
    choose_branches,
    in_branch,
    over_the_top,
    pointing,
    sky_offset_urad,
    unwrapped_deg,
)
from passplan.apt.keyhole import Chase, across_zenith_deg, balanced_deg
from passplan.apt.mount import Mount, whole_rates
from passplan.checks import FloatArray, freeze, within
from passplan.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MountPlan:
    """Axis angles of a mount through a pass, on nodes; arrays are read-only, shape (n,).

    node_time_s : [s]
    target_azimuth_deg, target_elevation_deg : where the target is, in the branch of the axes that was chosen [deg];
        a rewind or going over the top changes the branch, and these jump
    program_azimuth_deg, program_elevation_deg : what the mount is told [deg]
    ideal_azimuth_deg, ideal_elevation_deg : what a mount does of it that has its limits and no other fault [deg]
    flipped : the tube starts over the top (azimuth turned by 180 deg, elevation above 90 deg)
    over_the_top : the elevation axis passes the zenith at the culmination
    rewinds : how often the azimuth axis meets a stop and turns back by a whole turn [1]
    """

    node_time_s: FloatArray
    target_azimuth_deg: FloatArray
    target_elevation_deg: FloatArray
    program_azimuth_deg: FloatArray
    program_elevation_deg: FloatArray
    ideal_azimuth_deg: FloatArray
    ideal_elevation_deg: FloatArray
    flipped: bool
    over_the_top: bool
    rewinds: int

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                if value.shape != self.node_time_s.shape:
                    raise DomainError(f"MountPlan.{field.name} has shape {value.shape}, not {self.node_time_s.shape}")
                freeze(value)


def plan_mount(
    mount: Mount,
    *,
    time_s: ArrayLike,
    azimuth_deg: ArrayLike,
    elevation_deg: ArrayLike,
    rate_limit_deg_s: float,
    acceleration_limit_deg_s2: float,
    node_step_s: float = 0.1,
) -> MountPlan:
    """Plan a pass.

    Parameters
    ----------
    mount : Mount
        Ranges and habits of the mount.
    time_s : array_like, shape (m,)
        Times [s], increasing, about a second apart, m >= 4.
    azimuth_deg, elevation_deg : array_like, shape (m,)
        Look angles [deg]; azimuth may jump by whole turns.
    rate_limit_deg_s, acceleration_limit_deg_s2 : float
        Limits of either axis [deg/s] and [deg/s^2], > 0.
    node_step_s : float
        Step of the nodes [s], > 0; the mount's rate_update_s must be a whole multiple if it takes whole rates only.

    Returns
    -------
    MountPlan
        From the first time to one second after the last.

    Raises
    ------
    DomainError
        If the azimuth axis cannot reach the pass, the elevation axis never does, or an input is out of its limits.

    Notes
    -----
    Directions are joined by polynomials through six of their unit vectors, which know no zenith. Where the elevation
    axis ends, the program waits at its end. A mount of whole rates is taken to change them at once. A pass goes over
    the top if the mount may, and errs less that way.
    """
    within("node_step_s", node_step_s, 0.0, inf, ends="()")
    nodes_s, direction = _nodes(time_s, azimuth_deg, elevation_deg, node_step_s)
    azimuth, elevation = unwrapped_deg(direction)
    _check_elevations(mount, elevation)
    chase = Chase(
        time_s=nodes_s, rate_limit_deg_s=rate_limit_deg_s, acceleration_limit_deg_s2=acceleration_limit_deg_s2
    )

    branches = choose_branches(mount, azimuth, elevation)
    plan = _plan(mount, chase, direction, branches, in_branch(branches, azimuth, elevation), over=False)
    if mount.may_flip and _peak_urad(plan, direction) > 1.0:
        turned = over_the_top(mount, azimuth, elevation, int(elevation.argmax()))
        if turned is not None:
            other = _plan(mount, chase, direction, turned, in_branch(turned, azimuth, elevation), over=True)
            plan = min(plan, other, key=lambda one: _peak_urad(one, direction))
    return plan


def ideal_offset_urad(plan: MountPlan) -> tuple[FloatArray, FloatArray]:
    """Target beside what an ideal mount reaches [urad], x and y as in `sky_offset_urad`, shape (n,)."""
    direction = pointing(plan.target_azimuth_deg, plan.target_elevation_deg)
    return sky_offset_urad(direction, plan.ideal_azimuth_deg, plan.ideal_elevation_deg)


def ideal_error_urad(plan: MountPlan) -> FloatArray:
    """Angle on the sky between the target and what an ideal mount reaches [urad], shape (n,)."""
    return np.hypot(*ideal_offset_urad(plan))


def keyhole_outages(plan: MountPlan, *, field_urad: float) -> tuple[tuple[float, float], ...]:
    """Intervals in which even an ideal mount misses the target.

    Parameters
    ----------
    plan : MountPlan
        The plan.
    field_urad : float
        Error that can be borne, half the field of view on the sky [urad], > 0.

    Returns
    -------
    tuple of (start_s, stop_s)
        In order, on the time of the plan [s]; the error is taken as straight between nodes.

    Raises
    ------
    DomainError
        If the field is not > 0.
    """
    within("field_urad", field_urad, 0.0, inf, ends="()")
    excess, time_s = ideal_error_urad(plan) - field_urad, plan.node_time_s
    out = np.concatenate([[False], excess > 0.0, [False]])
    edges = np.flatnonzero(out[1:] != out[:-1])
    crossings = [_crossing_s(time_s, excess, int(edge)) for edge in edges]
    return tuple(zip(crossings[::2], crossings[1::2], strict=True))


def axis_rates_deg_s(plan: MountPlan) -> tuple[FloatArray, FloatArray]:
    """Rates of the azimuth and elevation axis of an ideal mount [deg/s], shape (n,), to hold against the limits."""
    return (
        np.gradient(plan.ideal_azimuth_deg, plan.node_time_s),
        np.gradient(plan.ideal_elevation_deg, plan.node_time_s),
    )


def first_way_deg(mount: Mount, plan: MountPlan) -> float | None:
    """Longer of the ways of both axes from the stow position to the start of a plan [deg]; None without a stow."""
    if mount.stow_azimuth_deg is None or mount.stow_elevation_deg is None:
        return None
    azimuth_deg = abs(float(plan.program_azimuth_deg[0]) - mount.stow_azimuth_deg)
    return max(azimuth_deg, abs(float(plan.program_elevation_deg[0]) - mount.stow_elevation_deg))


def _nodes(
    time_s: ArrayLike, azimuth_deg: ArrayLike, elevation_deg: ArrayLike, step_s: float
) -> tuple[FloatArray, FloatArray]:
    times, given = np.asarray(time_s, dtype=float), pointing(azimuth_deg, elevation_deg)
    if times.ndim != 1 or given.shape != (times.size, 3) or times.size < 4:
        raise DomainError(f"time_s has shape {times.shape}, look angles {given.shape[:-1]}, must be one (m,), m >= 4")
    within("steps of time_s", np.diff(times), 0.0, inf, ends="()")
    within("look angles", given, -1.0, 1.0)
    count = round((times[-1] - times[0] + 1.0) / step_s) + 1
    nodes_s = times[0] + step_s * np.arange(count)
    vectors = _between(times, given, nodes_s)
    return nodes_s, vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _between(times: FloatArray, given: FloatArray, at_s: FloatArray) -> FloatArray:
    """Lagrange's polynomial through the six given vectors around each time, shape (n, 3)."""
    points = min(6, times.size)
    first = np.clip(np.searchsorted(times, at_s) - points // 2, 0, times.size - points)
    near = first[:, None] + np.arange(points)
    gaps = at_s[:, None] - times[near]
    vectors = np.zeros((at_s.size, 3))
    for k in range(points):
        others = [j for j in range(points) if j != k]
        apart = times[near[:, [k]]] - times[near[:, others]]
        vectors += np.prod(gaps[:, others] / apart, axis=1)[:, None] * given[near[:, k]]
    return vectors


def _check_elevations(mount: Mount, elevation_deg: FloatArray) -> None:
    low, high = mount.elevation_range_deg
    if elevation_deg.max() < low or elevation_deg.min() > high:
        needs = f"{elevation_deg.min():.1f} to {elevation_deg.max():.1f} deg"
        raise DomainError(f"elevation axis needs {needs}, limits {low:g} to {high:g} deg")


def _plan(
    mount: Mount,
    chase: Chase,
    direction: FloatArray,
    branches: FloatArray,
    target: tuple[FloatArray, FloatArray],
    *,
    over: bool,
) -> MountPlan:
    """Plan in given branches."""
    azimuth, elevation = target
    told_azimuth, told_elevation = azimuth, elevation
    turns = int(np.count_nonzero(np.diff(branches)))
    if over:
        told_azimuth = across_zenith_deg(chase, direction, azimuth)
    elif mount.keyhole == "lead" and turns == 0 and not chase.able(azimuth):
        told_azimuth = balanced_deg(chase, direction, azimuth, mount.elevation_range_deg)
    if told_azimuth is not azimuth:
        told_elevation = best_elevation_deg(direction, told_azimuth)
    told_elevation = np.clip(told_elevation, *mount.elevation_range_deg)
    if mount.rate_step_deg_s > 0.0:
        told_azimuth, told_elevation = (_stepped(mount, chase, told) for told in (told_azimuth, told_elevation))
        ideal = told_azimuth, told_elevation
    else:
        ideal = chase.run(told_azimuth), chase.run(told_elevation)
    return MountPlan(
        node_time_s=chase.time_s,
        target_azimuth_deg=azimuth,
        target_elevation_deg=elevation,
        program_azimuth_deg=told_azimuth,
        program_elevation_deg=told_elevation,
        ideal_azimuth_deg=ideal[0],
        ideal_elevation_deg=ideal[1],
        flipped=bool(branches[0] % 2 == 1),
        over_the_top=over,
        rewinds=0 if over else turns,
    )


def _stepped(mount: Mount, chase: Chase, told_deg: FloatArray) -> FloatArray:
    step_s = float(chase.time_s[1] - chase.time_s[0])
    share = mount.rate_update_s / step_s
    if round(share) < 1 or abs(share - round(share)) > 1e-6:
        raise DomainError(f"Mount.rate_update_s is {mount.rate_update_s:g} s, must be a multiple of {step_s:g} s")
    return whole_rates(mount, told_deg, chase.time_s, rate_limit_deg_s=chase.rate_limit_deg_s)


def _peak_urad(plan: MountPlan, direction: FloatArray) -> float:
    return float(np.hypot(*sky_offset_urad(direction, plan.ideal_azimuth_deg, plan.ideal_elevation_deg)).max())


def _crossing_s(time_s: FloatArray, excess: FloatArray, edge: int) -> float:
    """Time at which the excess changes sign before node ``edge``; the end of the nodes where there is none before."""
    if edge == 0 or edge == excess.size:
        return float(time_s[min(edge, excess.size - 1)])
    before, after = excess[edge - 1], excess[edge]
    return float(time_s[edge - 1] + before / (before - after) * (time_s[edge] - time_s[edge - 1]))
