"""Satellite, station, Sun and Moon at very many instants of many passes, and the quantities that rules of light watch.

Vectors have their three components first, shape (3, n), and TEME axes; instants are seconds [s] as in `almanac`. Each
quantity comes with its rate, in which Sun and Moon stand still among the stars: good enough to find its extrema.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray
from passplan.constants import EARTH_EQUATORIAL_RADIUS_KM, SUN_RADIUS_KM
from passplan.orbit.almanac import (
    EPOCH_UTC,
    Almanac,
    dot,
    julian_date,
    norm,
    spin,
    turned,
)
from passplan.orbit.earth import clock
from passplan.orbit.elements import Elements
from passplan.orbit.station import Station
from passplan.orbit.topocentric import ground_fixed_states, local_axes, propagator, site

IndexArray = NDArray[np.intp]
States = tuple[FloatArray, FloatArray]


class Scene:
    """Who stands where; what is not asked for is not computed.

    Parameters
    ----------
    seconds : ndarray, shape (n,)
        Instants [s] since `EPOCH_UTC`.
    sites : ndarray, shape (4, 3, n)
        Position [km] and the axes north, east, up of the station of each instant, as `sites_of` gives them.
    states : callable
        Gives positions [km] and velocities [km/s] of the satellites, TEME axes, shape (3, n) each.
    sky : Almanac
        Covers the instants.
    """

    def __init__(self, seconds: FloatArray, sites: FloatArray, states: Callable[[], States], sky: Almanac) -> None:
        self.seconds, self._sites, self._states, self._sky = seconds, sites, states, sky

    @cached_property
    def _turn(self) -> tuple[FloatArray, FloatArray]:
        angle_rad = self._sky.earth_angle_rad(self.seconds)
        return np.cos(angle_rad), np.sin(angle_rad)

    @cached_property
    def site_km(self) -> FloatArray:
        """Stations from the Earth's centre [km]."""
        return turned(self._sites[0], *self._turn)

    @cached_property
    def axes(self) -> tuple[FloatArray, FloatArray]:
        """North and east of the stations."""
        return turned(self._sites[1], *self._turn), turned(self._sites[2], *self._turn)

    @cached_property
    def up(self) -> FloatArray:
        """Geodetic verticals of the stations."""
        return turned(self._sites[3], *self._turn)

    @cached_property
    def satellite(self) -> States:
        """Satellites from the Earth's centre, [km] and [km/s]."""
        return self._states()

    @cached_property
    def range_km(self) -> FloatArray:
        """Distance [km] from station to satellite."""
        return norm(self.satellite[0] - self.site_km)

    @cached_property
    def sight(self) -> FloatArray:
        """Direction from station to satellite."""
        return (self.satellite[0] - self.site_km) / self.range_km

    @cached_property
    def sight_rate(self) -> tuple[FloatArray, FloatArray]:
        """Rate of that direction [1/s], and of the range [km/s]."""
        velocity_km_s = self.satellite[1] - spin(self.site_km)
        receding_km_s = dot(velocity_km_s, self.sight)
        return (velocity_km_s - self.sight * receding_km_s) / self.range_km, receding_km_s

    @cached_property
    def sun(self) -> FloatArray:
        """Direction from station to the Sun."""
        place_km = self._sky.sun_from(self.site_km, self.seconds)
        return place_km / norm(place_km)

    @cached_property
    def moon(self) -> FloatArray:
        """Direction from station to the Moon."""
        place_km = self._sky.moon_from(self.site_km, self.seconds)
        return place_km / norm(place_km)

    @cached_property
    def sun_km(self) -> FloatArray:
        """Sun from the Earth's centre [km]."""
        return self._sky.sun_km(self.seconds)

    @cached_property
    def lit_share(self) -> FloatArray:
        """Lit share of the Moon's disc [1], seen from the Earth's centre."""
        moon_km = self._sky.moon_km(self.seconds)
        to_sun_km = self.sun_km - moon_km
        return 0.5 * (1.0 - dot(moon_km, to_sun_km) / (norm(moon_km) * norm(to_sun_km)))

    @cached_property
    def limb(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """At the satellite: cosine of the angle between Earth and Sun, sines of the radii of both discs."""
        position_km, _ = self.satellite
        to_sun_km = self.sun_km - position_km
        sun_km, distance_km = norm(to_sun_km), norm(position_km)
        apart = -dot(position_km, to_sun_km) / (distance_km * sun_km)
        return apart, EARTH_EQUATORIAL_RADIUS_KM / distance_km, SUN_RADIUS_KM / sun_km


def sun_height(scene: Scene) -> States:
    """Sine of the Sun's elevation, and its rate [1/s]."""
    return dot(scene.up, scene.sun), dot(spin(scene.up), scene.sun)


def moon_height(scene: Scene) -> States:
    """Sine of the Moon's elevation, and its rate [1/s]."""
    return dot(scene.up, scene.moon), dot(spin(scene.up), scene.moon)


def satellite_height(scene: Scene) -> States:
    """Sine of the satellite's elevation, and its rate [1/s]."""
    rate = dot(scene.up, scene.sight_rate[0]) + dot(spin(scene.up), scene.sight)
    return dot(scene.up, scene.sight), rate


def satellite_range(scene: Scene) -> States:
    """Range of the satellite [km], and its rate [km/s]."""
    return scene.range_km, scene.sight_rate[1]


def sun_closeness(scene: Scene) -> States:
    """Cosine of the angle between satellite and Sun, and its rate [1/s]."""
    return dot(scene.sight, scene.sun), dot(scene.sight_rate[0], scene.sun)


def moon_closeness(scene: Scene) -> States:
    """Cosine of the angle between satellite and Moon, and its rate [1/s]."""
    return dot(scene.sight, scene.moon), dot(scene.sight_rate[0], scene.moon)


def moon_light(scene: Scene) -> States:
    """Lit share of the Moon's disc, and 0 for its rate: within a pass it has no extremum that matters."""
    return scene.lit_share, np.zeros_like(scene.seconds)


def shadow_depth(scene: Scene) -> States:
    """Cosine of the angle from Earth to Sun less that of the sum of their radii, > 0 in shadow, and its rate [1/s]."""
    return _depth(scene, 1.0)


def umbra_depth(scene: Scene) -> States:
    """As `shadow_depth` with the difference of the radii: > 0 in the umbra."""
    return _depth(scene, -1.0)


def _depth(scene: Scene, side: float) -> States:
    """Discs touch from outside (side 1) or inside (-1) where the angle between them is asin a + side asin b."""
    apart, earth, sun = scene.limb
    earth_cosine, sun_cosine = np.sqrt(1.0 - earth**2), np.sqrt(1.0 - sun**2)
    position_km, velocity_km_s = scene.satellite
    distance_km = norm(position_km)
    rising_km_s = dot(position_km, velocity_km_s) / distance_km
    across_km_s = velocity_km_s - position_km * (rising_km_s / distance_km)
    shrinking = -earth * rising_km_s / distance_km
    apart_rate = -dot(across_km_s, scene.sun_km / norm(scene.sun_km)) / distance_km
    rate = apart_rate + shrinking * (earth / earth_cosine * sun_cosine + side * sun)
    return apart - (earth_cosine * sun_cosine - side * earth * sun), rate


def states_of(elements: Sequence[Elements], counts: IndexArray, seconds: FloatArray) -> States:
    """SGP4 positions [km] and velocities [km/s], TEME axes, shape (3, n) each.

    Parameters
    ----------
    elements : sequence of Elements
        Neighbours that are the same record are propagated in one go.
    counts : ndarray, shape (len(elements),)
        How many of the instants belong to each.
    seconds : ndarray, shape (n,)
        Instants [s] since `EPOCH_UTC`.

    Raises
    ------
    ElementsError
        If SGP4 fails at an instant.
    """
    positions, velocities = np.empty((3, seconds.size)), np.empty((3, seconds.size))
    whole, fraction = julian_date(seconds)
    first = 0
    for _, group in groupby(zip(elements, counts, strict=True), key=lambda item: id(item[0])):
        members = list(group)
        model = members[0][0]
        span = slice(first, first + int(sum(count for _, count in members)))
        codes, position_km, velocity_km_s = propagator(model).sgp4_array(whole[span], fraction[span])
        positions[:, span], velocities[:, span] = position_km.T, velocity_km_s.T
        bad = (codes != 0) | ~(norm(position_km.T) > EARTH_EQUATORIAL_RADIUS_KM)
        if np.any(bad):  # the door says what is wrong
            ground_fixed_states(model, clock(EPOCH_UTC, seconds[span][bad]))
        first = span.stop
    return positions, velocities


def sites_of(stations: Sequence[Station]) -> FloatArray:
    """Position [km] and the unit vectors north, east, up of stations in the Earth's frame, shape (4, 3, n)."""
    places: dict[int, int] = {}
    rows: list[tuple[FloatArray, ...]] = []
    for station in stations:
        if id(station) not in places:
            places[id(station)] = len(rows)
            rows.append((site(station).itrs_xyz.km, *local_axes(station)))
    index = [places[id(station)] for station in stations]
    return np.ascontiguousarray(np.moveaxis(np.array(rows)[index], 0, -1))
