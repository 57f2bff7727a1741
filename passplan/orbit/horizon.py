"""Stations as arrays, and what counts as high enough: minimum elevation, skyline, refraction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.checks import FloatArray
from passplan.orbit.station import Station, mask_elevation_deg
from passplan.orbit.topocentric import apparent_elevation_deg, local_axes, site, true_elevation_deg
from passplan.units import to_deg, to_rad


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """Stations of one search, J of them.

    stations : the records
    min_elevation_deg : lowest elevation [deg], above the skyline too; as seen, when refraction is on
    refraction : the model of `topocentric.true_elevation_deg` ("bennett"), None for geometric angles
    position_km, north, east, up : shape (J, 3), Earth's frame (ITRS); unit vectors but for the position [km]
    radius_km : distance from the Earth's centre [km], shape (J,)
    floor_deg : geometric elevation below which nothing is visible in any azimuth [deg], shape (J,)
    floor_sine : its sine, shape (J,)
    """

    stations: tuple[Station, ...]
    min_elevation_deg: float
    refraction: str | None
    position_km: FloatArray
    north: FloatArray
    east: FloatArray
    up: FloatArray
    radius_km: FloatArray
    floor_deg: FloatArray
    floor_sine: FloatArray

    def __len__(self) -> int:
        return len(self.stations)

    def part(self, chosen: slice) -> "Sites":
        """Some of the sites."""
        arrays = ("position_km", "north", "east", "up", "radius_km", "floor_deg", "floor_sine")
        return replace(self, stations=self.stations[chosen], **{name: getattr(self, name)[chosen] for name in arrays})

    def is_uneven(self, index: int) -> bool:
        """Whether the skyline of a station rises above its floor somewhere."""
        skyline = [elevation_deg for _, elevation_deg in self.stations[index].horizon_mask]
        return max(skyline, default=-90.0) > max(self.min_elevation_deg, min(skyline, default=-90.0))

    def limit_deg(self, index: int, azimuth_deg: ArrayLike) -> FloatArray:
        """Lowest geometric elevation [deg] that counts as visible at an azimuth [deg], shape (...)."""
        station = self.stations[index]
        lowest = np.full(np.shape(azimuth_deg), self.min_elevation_deg)
        if station.horizon_mask:
            lowest = np.maximum(lowest, mask_elevation_deg(station, azimuth_deg))
        return lowest if self.refraction is None else true_elevation_deg(station, lowest)

    def shown_deg(self, index: NDArray[np.intp], elevation_deg: FloatArray) -> FloatArray:
        """Geometric elevations [deg] as they are told: apparent when refraction is on; shape (n,), as ``index``."""
        if self.refraction is None:
            return elevation_deg
        shown = elevation_deg.copy()
        for number in np.unique(index):
            chosen = index == number
            shown[chosen] = apparent_elevation_deg(self.stations[int(number)], elevation_deg[chosen])
        return shown


def sites_of(stations: Sequence[Station], *, min_elevation_deg: float, refraction: str | None) -> Sites:
    """Arrays of stations for a search above an elevation [deg]; a skyline counts where it is higher."""
    axes = [local_axes(station) for station in stations]
    north, east, up = (np.array([each[i] for each in axes]).reshape(-1, 3) for i in range(3))
    position_km = np.array([site(station).itrs_xyz.km for station in stations]).reshape(-1, 3)
    floor_deg = np.array([_floor_deg(station, min_elevation_deg, refraction) for station in stations])
    return Sites(
        stations=tuple(stations),
        min_elevation_deg=min_elevation_deg,
        refraction=refraction,
        position_km=position_km,
        north=north,
        east=east,
        up=up,
        radius_km=np.linalg.norm(position_km, axis=1),
        floor_deg=floor_deg,
        floor_sine=np.sin(to_rad(floor_deg)),
    )


def look_angles(
    sites: Sites, index: NDArray[np.intp], position_km: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Azimuth [deg] in [0, 360), geometric elevation [deg] and range [km] of positions, each from its own site.

    index : number of the site, shape (n,); position_km : Earth's frame (ITRS), shape (n, 3)
    """
    relative = position_km - sites.position_km[index]
    n, e, u = (np.einsum("nk,nk->n", relative, axis[index]) for axis in (sites.north, sites.east, sites.up))
    ground_km = np.hypot(n, e)
    return to_deg(np.arctan2(e, n)) % 360.0, to_deg(np.arctan2(u, ground_km)), np.hypot(ground_km, u)


def _floor_deg(station: Station, min_elevation_deg: float, refraction: str | None) -> float:
    skyline = [elevation_deg for _, elevation_deg in station.horizon_mask]
    lowest = max(min_elevation_deg, min(skyline, default=-90.0))
    return lowest if refraction is None else float(true_elevation_deg(station, lowest))
