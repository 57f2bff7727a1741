"""Flat mirrors of a receiver: where each sends the light, what part of the mount holds it, and its rays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

import numpy as np

from passplan.checks import Finite, FloatArray, check_limits, freeze
from passplan.errors import DomainError
from passplan.polarization.coatings import Coating, Ideal
from passplan.polarization.mount_frames import FRAMES, Frame
from passplan.units import to_deg, to_rad

Port = Literal[
    "tube-front", "tube-back", "tube-up", "tube-down",
    "elevation-right", "elevation-left", "fork-front", "fork-back",
    "azimuth-up", "azimuth-down", "ground",
]  # fmt: skip

# Direction (right, front, up) of the light behind a mirror, and the frames in which it stands still.
PORTS: Mapping[str, tuple[tuple[float, float, float], tuple[Frame, ...]]] = MappingProxyType(
    {
        "tube-front": ((0.0, 1.0, 0.0), ("tube",)),
        "tube-back": ((0.0, -1.0, 0.0), ("tube",)),
        "tube-up": ((0.0, 0.0, 1.0), ("tube",)),
        "tube-down": ((0.0, 0.0, -1.0), ("tube",)),
        "elevation-right": ((1.0, 0.0, 0.0), ("tube", "fork")),
        "elevation-left": ((-1.0, 0.0, 0.0), ("tube", "fork")),
        "fork-front": ((0.0, 1.0, 0.0), ("fork",)),
        "fork-back": ((0.0, -1.0, 0.0), ("fork",)),
        "azimuth-up": ((0.0, 0.0, 1.0), ("fork", "ground")),
        "azimuth-down": ((0.0, 0.0, -1.0), ("fork", "ground")),
        "ground": ((0.0, 1.0, 0.0), ("ground",)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """One flat mirror.

    to          : where it sends the light: along the tube, along the elevation axis (right and left as one looks along
        the tube at the target), to the front or back of the fork, along the azimuth axis, or to a bench on the ground;
        for an equatorial mount read declination axis for elevation axis and polar axis for azimuth axis
    heading_deg : azimuth [deg] of the way to the bench, only for ``to = "ground"``
    coating     : its complex reflectances
    """

    to: Port
    heading_deg: Finite = 0.0
    coating: Coating = field(default_factory=Ideal)

    def __post_init__(self) -> None:
        check_limits(self)
        if self.heading_deg != 0.0 and self.to != "ground":
            raise DomainError(
                f"heading_deg is {self.heading_deg:g}, but only to = 'ground' has a heading, not {self.to!r}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Ray:
    """One mirror in the frame it rides on; unit vectors (right, front, up), shape (3,), read-only.

    before, behind         : ways of the light
    across                 : s, across the plane of incidence
    in_before, in_behind   : p = s x k before and behind the mirror
    incidence_deg          : angle between the light and the normal of the mirror [deg]
    """

    mirror: Mirror
    frame: Frame
    before: FloatArray
    behind: FloatArray
    across: FloatArray
    in_before: FloatArray
    in_behind: FloatArray
    incidence_deg: float


def _ray(mirror: Mirror, frame: Frame, before: FloatArray, behind: FloatArray) -> Ray:
    across = np.cross(before, behind)
    if not across.any():  # straight back: any axis across the light will do
        across = np.cross(before, np.roll(before, 1))
    across = across / np.linalg.norm(across)
    in_before, in_behind = np.cross(across, before), np.cross(across, behind)
    freeze(before, behind, across, in_before, in_behind)
    incidence_deg = float(to_deg(0.5 * np.arccos(np.clip(-before @ behind, -1.0, 1.0))))
    return Ray(mirror, frame, before, behind, across, in_before, in_behind, incidence_deg)


@lru_cache(maxsize=256)
def rays_of(mirrors: tuple[Mirror, ...]) -> tuple[Ray, ...]:
    """Rays of mirrors in the order of the light, which comes down the tube.

    Raises
    ------
    DomainError
        If a mirror does not turn the light, or no part of the mount holds both its rays still.
    """
    way, frames = PORTS["tube-back"]
    before, name, rays = np.array(way), "tube-back", []
    for number, mirror in enumerate(mirrors, 1):
        way, fixed = PORTS[mirror.to]
        behind = np.array(way)
        if mirror.to == "ground":
            behind = np.array([np.sin(to_rad(mirror.heading_deg)), np.cos(to_rad(mirror.heading_deg)), 0.0])
        shared = [frame for frame in FRAMES if frame in frames and frame in fixed]
        if shared and np.allclose(before, behind):
            raise DomainError(f"mirror {number} (to {mirror.to!r}) does not turn the light, which goes there already")
        if not shared:
            raise DomainError(
                f"mirror {number} cannot send light that goes to {name!r} on to {mirror.to!r}: no part of the mount "
                f"holds both still. From {name!r} it can go to {', '.join(_next_ports(name))}"
            )
        rays.append(_ray(mirror, shared[0], before, behind))
        before, name, frames = behind, mirror.to, fixed
    return tuple(rays)


def _next_ports(name: str) -> list[str]:
    return [port for port, (_, fixed) in PORTS.items() if port != name and set(fixed) & set(PORTS[name][1])]
