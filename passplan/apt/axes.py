"""Directions and the two axes of a mount: vectors, axis branches, and the turn that keeps clear of the stops.

A direction is a unit vector, east, north, up. Two pairs of axis angles point along it, (azimuth, elevation) and
(azimuth + 180, 180 - elevation), each with whole turns of azimuth besides: branch m has the azimuth turned by m half
turns, and lies over the top when m is odd.
"""

from math import ceil, floor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.apt.mount import Mount
from passplan.checks import FloatArray
from passplan.errors import DomainError
from passplan.units import to_deg, to_rad


def pointing(azimuth_deg: ArrayLike, elevation_deg: ArrayLike) -> FloatArray:
    """Unit vectors east, north, up [1] of axis angles [deg] of shape (...); shape (..., 3)."""
    azimuth, elevation = to_rad(azimuth_deg), to_rad(elevation_deg)
    return np.stack(
        np.broadcast_arrays(
            np.cos(elevation) * np.sin(azimuth), np.cos(elevation) * np.cos(azimuth), np.sin(elevation)
        ),
        axis=-1,
    )


def unwrapped_deg(direction: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Azimuth without jumps and elevation [deg], shape (n,), of directions (n, 3).

    At the zenith it is the azimuth of the point before. Between two points it turns the shorter way, which is right for
    every straight pass beside the zenith.
    """
    across = np.hypot(direction[:, 0], direction[:, 1])
    azimuth = np.arctan2(direction[:, 0], direction[:, 1])
    defined = np.flatnonzero(across > 1e-9)
    if 0 < defined.size < across.size:
        before = np.searchsorted(defined, np.arange(across.size), side="right") - 1
        azimuth = azimuth[defined[np.maximum(before, 0)]]
    return to_deg(np.unwrap(azimuth)), to_deg(np.arctan2(direction[:, 2], across))


def best_elevation_deg(direction: FloatArray, azimuth_deg: FloatArray) -> FloatArray:
    """Axis elevation [deg] that points nearest along directions (n, 3) while the azimuth axis stands at an angle [deg].

    Above 90 deg when the direction lies behind the azimuth axis.
    """
    azimuth = to_rad(azimuth_deg)
    ahead = direction[:, 0] * np.sin(azimuth) + direction[:, 1] * np.cos(azimuth)
    return to_deg(np.arctan2(direction[:, 2], ahead))


def sky_offset_urad(
    direction: FloatArray, azimuth_deg: ArrayLike, elevation_deg: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Where a direction appears beside the axis of a tube.

    Parameters
    ----------
    direction : ndarray, shape (n, 3)
        Unit vectors east, north, up [1].
    azimuth_deg, elevation_deg : array_like, shape (n,)
        Axis angles of the tube [deg].

    Returns
    -------
    x_urad, y_urad : ndarray, shape (n,)
        Angles on the sky [urad]: x the way in which the azimuth axis carries the image times the cosine of the
        elevation (so it changes its side over the top, where that cosine is negative), y the way of the elevation
        axis. Their root sum of squares is the true angle between both.
    """
    azimuth, elevation = to_rad(azimuth_deg), to_rad(elevation_deg)
    right = np.stack([np.cos(azimuth), -np.sin(azimuth), np.zeros_like(azimuth)], axis=-1)
    up = np.stack(
        [-np.sin(elevation) * np.sin(azimuth), -np.sin(elevation) * np.cos(azimuth), np.cos(elevation)], axis=-1
    )
    x, y = (direction * right).sum(axis=-1), (direction * up).sum(axis=-1)
    ahead = (direction * pointing(azimuth_deg, elevation_deg)).sum(axis=-1)
    sine = np.hypot(x, y)
    stretch = np.where(sine > 0.0, np.arctan2(sine, ahead) / np.where(sine > 0.0, sine, 1.0), 1.0)
    return 1e6 * stretch * x, 1e6 * stretch * y  # rad -> urad


def in_branch(branch: ArrayLike, azimuth_deg: FloatArray, elevation_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Axis angles [deg] in a branch, or in one for each point, of unwrapped azimuths and elevations [deg]."""
    half_turns = np.asarray(branch)
    return azimuth_deg + 180.0 * half_turns, np.where(half_turns % 2 == 1, 180.0 - elevation_deg, elevation_deg)


def choose_branches(mount: Mount, azimuth_deg: FloatArray, elevation_deg: FloatArray) -> FloatArray:
    """Branch of each point of a pass.

    Parameters
    ----------
    mount : Mount
        Its ranges, and whether it may flip.
    azimuth_deg : ndarray, shape (n,)
        Unwrapped azimuth [deg].
    elevation_deg : ndarray, shape (n,)
        Elevation [deg].

    Returns
    -------
    ndarray, shape (n,)
        Number of half turns [1], whole. One branch that stays between the stops for the whole pass, if there is one:
        not over the top if possible, then the one with the least way to its start. Else the one that stays longest,
        and from its stop on a rewound one, a whole number of turns away.

    Raises
    ------
    DomainError
        If there is a point that the azimuth axis cannot reach; the message has the angles that it needs.
    """
    inside = {m: _inside(mount, m, azimuth_deg) for m in _candidates(mount, azimuth_deg, elevation_deg)}
    way_deg = {m: _first_way_deg(mount, m, azimuth_deg, elevation_deg) for m in inside}
    branches = np.zeros(azimuth_deg.size)
    at = 0
    while at < azimuth_deg.size:
        stay = {m: _stay(inside[m][at:]) for m in inside}
        best = min(stay, key=lambda m: (-stay[m], m % 2, way_deg[m]), default=None)
        if best is None or stay[best] == 0:
            raise DomainError(_out_of_range(mount, azimuth_deg))
        branches[at : at + stay[best]] = best
        at += stay[best]
        inside = {m: inside[m] for m in inside if m % 2 == best % 2}
        way_deg = {m: abs(m - best) for m in inside}
    return branches


def over_the_top(
    mount: Mount, azimuth_deg: FloatArray, elevation_deg: FloatArray, culmination: int
) -> FloatArray | None:
    """Branches of a pass that goes over the top at its culmination, or None if the mount cannot.

    Parameters
    ----------
    mount : Mount
        Its ranges, and whether it may flip.
    azimuth_deg, elevation_deg : ndarray, shape (n,)
        Unwrapped azimuth and elevation [deg].
    culmination : int
        First point after it [1].

    Returns
    -------
    ndarray, shape (n,), or None
        Number of half turns [1]; one less or more from the culmination on, against the swing of the azimuth.
    """
    if not mount.may_flip:
        return None
    swing = 1 if azimuth_deg[-1] > azimuth_deg[0] else -1
    after = np.arange(azimuth_deg.size) >= culmination
    low, high = mount.elevation_range_deg
    fitting = []
    for first in range(*_half_turns(mount, azimuth_deg)):
        branches = first - swing * after
        axis_azimuth, axis_elevation = in_branch(branches, azimuth_deg, elevation_deg)
        ends = axis_elevation[[0, -1]]
        reached = (axis_azimuth >= mount.azimuth_range_deg[0]) & (axis_azimuth <= mount.azimuth_range_deg[1])
        if reached.all() and low <= ends.min() and ends.max() <= high:
            way = _first_way_deg(mount, first, azimuth_deg, elevation_deg)
            fitting.append((first % 2, way, first, branches.astype(float)))
    return min(fitting, key=lambda found: found[:3])[3] if fitting else None


def _half_turns(mount: Mount, azimuth_deg: FloatArray) -> tuple[int, int]:
    low, high = mount.azimuth_range_deg
    return ceil((low - azimuth_deg.max()) / 180.0), floor((high - azimuth_deg.min()) / 180.0) + 1


def _candidates(mount: Mount, azimuth_deg: FloatArray, elevation_deg: FloatArray) -> list[int]:
    flips = mount.may_flip and 180.0 - elevation_deg.min() <= mount.elevation_range_deg[1]
    return [m for m in range(*_half_turns(mount, azimuth_deg)) if m % 2 == 0 or flips]


def _inside(mount: Mount, branch: int, azimuth_deg: FloatArray) -> NDArray[np.bool_]:
    low, high = mount.azimuth_range_deg
    axis_deg = azimuth_deg + 180.0 * branch
    return (axis_deg >= low) & (axis_deg <= high)


def _stay(inside: NDArray[np.bool_]) -> int:
    return int(inside.size if inside.all() else np.argmin(inside))


def _first_way_deg(mount: Mount, branch: int, azimuth_deg: FloatArray, elevation_deg: FloatArray) -> float:
    """Way of both axes [deg] to the start of a pass, from where the mount is stowed or else from mid-range."""
    azimuth, elevation = in_branch(branch, azimuth_deg[:1], elevation_deg[:1])
    stow_azimuth, stow_elevation = mount.stow_azimuth_deg, mount.stow_elevation_deg
    if stow_azimuth is None:
        stow_azimuth = 0.5 * sum(mount.azimuth_range_deg)
    if stow_elevation is None:
        stow_elevation = float(elevation[0])
    return abs(float(azimuth[0]) - stow_azimuth) + abs(float(elevation[0]) - stow_elevation)


def _out_of_range(mount: Mount, azimuth_deg: FloatArray) -> str:
    """Message with the branch that needs least beyond the stops."""
    low, high = mount.azimuth_range_deg
    first, last = azimuth_deg.min(), azimuth_deg.max()
    turns = 360.0 * np.arange(floor((low - last) / 360.0), ceil((high - first) / 360.0) + 1)
    beyond = np.maximum(low - first - turns, 0.0) + np.maximum(last + turns - high, 0.0)
    turn = turns[beyond.argmin()]
    return f"azimuth axis needs {first + turn:.1f} to {last + turn:.1f} deg, limits {low:g} to {high:g} deg"
