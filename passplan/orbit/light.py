"""Light of a pass: Sun and Moon angles, twilight, phase of the Moon, and the Earth's shadow."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, freeze, same_length, within
from passplan.constants import EARTH_EQUATORIAL_RADIUS_KM, SUN_RADIUS_KM
from passplan.errors import DomainError
from passplan.orbit.almanac import EPOCH_UTC, almanac, dot, epoch_seconds
from passplan.orbit.earth import instants
from passplan.orbit.satellite_pass import Pass
from passplan.orbit.scene import Scene, sites_of, states_of
from passplan.orbit.sky_place import ecliptic_place_deg, galactic_latitude_deg
from passplan.orbit.station import Station
from passplan.orbit.topocentric import apparent_place, teme_axes
from passplan.orbit.track import Track, track
from passplan.units import to_deg

Darkness = Literal["day", "civil", "nautical", "astronomical", "night"]

SUNSET_DEG = -50.0 / 60.0  # refraction 34', half the Sun's disc 16'
_AXES_SPAN_S = 864_000.0  # 10 days
_NIGHT_FALLS: tuple[tuple[float, Darkness], ...] = (
    (SUNSET_DEG, "day"),
    (-6.0, "civil"),
    (-12.0, "nautical"),
    (-18.0, "astronomical"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LightConditions:
    """Light along a track, or at the culminations of passes; read-only arrays, shape (n,) each.

    sun_elevation_deg, moon_elevation_deg : apparent, without refraction [deg]
    moon_azimuth_deg : [deg] from north over east
    moon_illumination : lit share of the Moon's disc [1]
    moon_separation_deg, sun_separation_deg : angle [deg] between Moon or Sun and the satellite, seen from the station
    sunlit_fraction : visible share of the Sun's disc at the satellite [1]: 1 in sunlight, 0 in the umbra
    helioecliptic_longitude_deg : ecliptic longitude of the line of sight less that of the Sun [deg], in [0, 360)
    ecliptic_latitude_deg, galactic_latitude_deg : of the line of sight [deg]
    """

    sun_elevation_deg: FloatArray
    moon_elevation_deg: FloatArray
    moon_azimuth_deg: FloatArray
    moon_illumination: FloatArray
    moon_separation_deg: FloatArray
    sun_separation_deg: FloatArray
    sunlit_fraction: FloatArray
    helioecliptic_longitude_deg: FloatArray
    ecliptic_latitude_deg: FloatArray
    galactic_latitude_deg: FloatArray

    def __post_init__(self) -> None:
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        same_length(**arrays)
        freeze(*arrays.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """Light at one instant; the fields of `LightConditions` as plain numbers, units as there."""

    sun_elevation_deg: float
    moon_elevation_deg: float
    moon_azimuth_deg: float
    moon_illumination: float
    moon_separation_deg: float
    sun_separation_deg: float
    sunlit_fraction: float
    helioecliptic_longitude_deg: float
    ecliptic_latitude_deg: float
    galactic_latitude_deg: float


def light_conditions(along: Track, station: Station) -> LightConditions:
    """Light along a track.

    Parameters
    ----------
    along : Track
        Geometry of the pass.
    station : Station
        The station of the track.

    Returns
    -------
    LightConditions
        On the grid of the track.

    Raises
    ------
    DomainError
        If the station is not the track's, or an instant lies outside the ephemeris, 2015 to 2049.

    Notes
    -----
    Apparent places from JPL DE421, light time and aberration included. Phase of the Moon as seen from
    the Earth's centre, as almanacs give it; parallax changes it by less than 0.01.
    """
    if station.name != along.station:
        raise DomainError(f"station is {station.name!r}, must be the station of the track, {along.station!r}")
    times = instants(along.epoch_utc, along.time_s)
    sun, moon = apparent_place("sun", station, times), apparent_place("moon", station, times)
    sun_km, moon_km = (place.position_km + along.station_position_km for place in (sun, moon))
    to_satellite_km = along.satellite_position_km - along.station_position_km
    longitude_deg, latitude_deg = ecliptic_place_deg(to_satellite_km.T, sun.position_km.T)
    return LightConditions(
        sun_elevation_deg=sun.elevation_deg,
        moon_elevation_deg=moon.elevation_deg,
        moon_azimuth_deg=moon.azimuth_deg,
        moon_illumination=lit_share(angle_rad(-moon_km, sun_km - moon_km)),
        moon_separation_deg=to_deg(angle_rad(moon.position_km, to_satellite_km)),
        sun_separation_deg=to_deg(angle_rad(sun.position_km, to_satellite_km)),
        sunlit_fraction=sunlit_fraction(satellite_position_km=along.satellite_position_km, sun_position_km=sun_km),
        helioecliptic_longitude_deg=longitude_deg,
        ecliptic_latitude_deg=latitude_deg,
        galactic_latitude_deg=galactic_latitude_deg(to_satellite_km.T),
    )


def sun_position_km(along: Track, station: Station) -> FloatArray:
    """Apparent place of the Sun along a track, geocentric, GCRS axes, shape (n, 3) [km].

    Raises
    ------
    DomainError
        If an instant lies outside the ephemeris, 2015 to 2049.
    """
    times = instants(along.epoch_utc, along.time_s)
    return apparent_place("sun", station, times).position_km + along.station_position_km


def light_at(pass_: Pass) -> Light:
    """Light at the culmination of a pass.

    Raises
    ------
    DomainError
        If the culmination lies outside the ephemeris, 2015 to 2049.
    """
    at_culmination = track(pass_.elements, pass_.site, start_utc=pass_.culmination_utc, time_s=[0.0])
    conditions = light_conditions(at_culmination, pass_.site)
    return Light(**{field.name: float(getattr(conditions, field.name)[0]) for field in fields(conditions)})


def lights_at(passes: Sequence[Pass]) -> LightConditions:
    """Light at the culmination of each pass, for many passes at once.

    Parameters
    ----------
    passes : sequence of Pass
        In any order; those of one element set share its propagation.

    Returns
    -------
    LightConditions
        One entry for each pass, in their order; angles [deg] equal to those of `light_at` within 0.1 arcsec, places
        on the sky within 3 arcsec.

    Raises
    ------
    DomainError
        If a culmination lies outside the ephemeris, 2015 to 2049.
    ElementsError
        If SGP4 fails at a culmination.
    """
    if not passes:
        return LightConditions(**{field.name: np.empty(0) for field in fields(LightConditions)})
    order = np.array(sorted(range(len(passes)), key=lambda index: id(passes[index].elements)))
    by_set = [passes[index] for index in order]
    seconds = epoch_seconds(pass_.culmination_utc for pass_ in by_set)
    states = states_of([pass_.elements for pass_ in by_set], np.ones(order.size, dtype=np.intp), seconds)
    scene = Scene(seconds, sites_of([pass_.site for pass_ in by_set]), lambda: states, almanac(seconds))
    north, east = scene.axes
    sight = _gcrs(scene.sight, seconds)
    longitude_deg, latitude_deg = ecliptic_place_deg(sight, _gcrs(scene.sun, seconds))
    columns = {
        "sun_elevation_deg": to_deg(np.arcsin(dot(scene.up, scene.sun))),
        "moon_elevation_deg": to_deg(np.arcsin(dot(scene.up, scene.moon))),
        "moon_azimuth_deg": to_deg(np.arctan2(dot(east, scene.moon), dot(north, scene.moon))) % 360.0,
        "moon_illumination": scene.lit_share,
        "moon_separation_deg": to_deg(angle_rad(scene.moon.T, scene.sight.T)),
        "sun_separation_deg": to_deg(angle_rad(scene.sun.T, scene.sight.T)),
        "sunlit_fraction": sunlit_fraction(satellite_position_km=states[0].T, sun_position_km=scene.sun_km.T),
        "helioecliptic_longitude_deg": longitude_deg,
        "ecliptic_latitude_deg": latitude_deg,
        "galactic_latitude_deg": galactic_latitude_deg(sight),
    }
    back = np.argsort(order)
    return LightConditions(**{name: column[back] for name, column in columns.items()})


def _gcrs(vectors: FloatArray, seconds: FloatArray) -> FloatArray:
    """Vectors of shape (3, n) from TEME to GCRS axes, which turn by less than 2 arcsec in a span of axes."""
    spans, index = np.unique(seconds // _AXES_SPAN_S, return_inverse=True)
    axes = teme_axes(instants(EPOCH_UTC, (spans + 0.5) * _AXES_SPAN_S))
    return np.einsum("ijn,in->jn", axes[:, :, index], vectors)


def sunlit_fraction(*, satellite_position_km: ArrayLike, sun_position_km: ArrayLike) -> FloatArray:
    """Share of the Sun's disc that a satellite sees past the Earth.

    Parameters
    ----------
    satellite_position_km, sun_position_km : array_like, shape (..., 3)
        Geocentric positions [km] in the same axes.

    Returns
    -------
    ndarray, shape (...)
        1 in full sunlight, 0 in the umbra, between them in the penumbra.

    Raises
    ------
    DomainError
        If a satellite lies inside the Earth, or where the Earth's disc is smaller than the Sun's.

    Notes
    -----
    Conical shadow: overlap area of two discs (O. Montenbruck and E. Gill, Satellite Orbits, sec. 3.4.2, recalled)
    of a spherical Earth of equatorial radius without atmosphere. Flattening (21 km) shifts the shadow's edge by up
    to about 3 s for a low orbit, refraction in the air by as much again.
    """
    satellite = np.asarray(satellite_position_km, dtype=float)
    to_sun = np.asarray(sun_position_km, dtype=float) - satellite
    distance_km = np.linalg.norm(satellite, axis=-1)
    within("satellite distance_km", distance_km, EARTH_EQUATORIAL_RADIUS_KM, 1.3e6)
    sun_rad = np.arcsin(SUN_RADIUS_KM / np.linalg.norm(to_sun, axis=-1))
    earth_rad = np.arcsin(EARTH_EQUATORIAL_RADIUS_KM / distance_km)
    return 1.0 - covered_share(sun_rad, earth_rad, angle_rad(-satellite, to_sun))


def covered_share(radius: FloatArray, cover: FloatArray, separation: FloatArray) -> FloatArray:
    """Share of a disc that a larger disc covers.

    Parameters
    ----------
    radius, cover : ndarray, shape (...)
        Radii of the disc and of the larger disc over it, in one unit.
    separation : ndarray, shape (...)
        Distance of their centres, same unit.

    Returns
    -------
    ndarray, shape (...)
        In [0, 1].
    """
    apart = np.clip(separation, cover - radius, cover + radius)
    partly = np.abs(separation - cover) < radius
    chord_at = (apart**2 + radius**2 - cover**2) / (2.0 * apart)
    half_chord = np.sqrt(np.maximum(radius**2 - chord_at**2, 0.0))
    lens = (
        radius**2 * np.arccos(np.clip(chord_at / radius, -1.0, 1.0))
        + cover**2 * np.arccos(np.clip((apart - chord_at) / cover, -1.0, 1.0))
        - apart * half_chord
    )
    return np.where(partly, np.clip(lens / (np.pi * radius**2), 0.0, 1.0), separation < cover)


def lit_share(phase_rad: ArrayLike) -> FloatArray:
    """Lit share of a sphere's disc at a phase angle [rad] between Sun and observer, seen from the sphere."""
    return 0.5 * (1.0 + np.cos(phase_rad))


def angle_rad(first: FloatArray, second: FloatArray) -> FloatArray:
    """Angle [rad] between vectors, shape (..., 3); good for small angles too."""
    crossed = np.linalg.norm(np.cross(first, second), axis=-1)
    return np.arctan2(crossed, np.sum(first * second, axis=-1))


def darkness(sun_elevation_deg: float) -> Darkness:
    """Name of the light at a Sun's elevation [deg]: the kind of twilight, day or night.

    Day ends when the upper rim sets (-0.833 deg), civil, nautical and astronomical twilight at -6, -12 and -18 deg.

    Raises
    ------
    DomainError
        If the elevation is outside [-90, 90] or nan.
    """
    within("sun_elevation_deg", sun_elevation_deg, -90.0, 90.0)
    return next((name for limit, name in _NIGHT_FALLS if sun_elevation_deg >= limit), "night")
