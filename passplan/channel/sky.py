"""How bright the sky over a station is, and where Moon, Sun and line of sight stand in it, as records."""

from dataclasses import dataclass, fields

import numpy as np

from passplan.channel.city_light import Town
from passplan.checks import FloatArray, NonNegative, Positive, check_limits, same_length, within
from passplan.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """Brightness of the sky at the site near the signal's wavelength, spectral radiance in W m^-2 sr^-1 um^-1.

    A level that is None follows from physics, cause by cause; a number, measured or taken from a list, replaces it.

    dark_radiance_w_m2_sr_um : clear night without Moon, > 0; None: airglow, zodiacal light and starlight
    full_moon_radiance_w_m2_sr_um : added by a full Moon at 45 deg elevation, 90 deg from the line of sight, >= 0; None:
        moonlight scattered by the site's own molecules and haze
    day_radiance_w_m2_sr_um : clear day, Sun above 10 deg, >= 0; None: twilight and sunlight scattered likewise
    airglow_activity : factor of the night and the solar cycle on the airglow [1], >= 0; 0.5 to 2 is usual
    moonlight_factor : factor on the moonlight, whichever way it is given [1], >= 0
    city_light : pairs (azimuth [deg] in [0, 360), factor on the dark radiance [1] > 0), azimuths rising; empty: none
    city_elevation_scale_deg : elevation over which what these factors add falls by 1/e [deg], > 0; None: it does not
    towns : domes of light around the site, in radiance
    """

    dark_radiance_w_m2_sr_um: Positive | None = None
    full_moon_radiance_w_m2_sr_um: NonNegative | None = None
    day_radiance_w_m2_sr_um: NonNegative | None = None
    airglow_activity: NonNegative = 1.0
    moonlight_factor: NonNegative = 1.0
    city_light: tuple[tuple[float, float], ...] = ()
    city_elevation_scale_deg: Positive | None = None
    towns: tuple[Town, ...] = ()

    def __post_init__(self) -> None:
        check_limits(self)
        if not self.city_light:
            return
        azimuths_deg, factors = zip(*self.city_light, strict=True)
        within("Sky.city_light azimuth [deg]", azimuths_deg, 0.0, 360.0, ends="[)")
        within("Sky.city_light factor", factors, 0.0, np.inf, ends="()")
        if np.any(np.diff(azimuths_deg) <= 0.0):
            raise DomainError(f"Sky.city_light azimuths are {azimuths_deg} deg, must rise strictly")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SkyView:
    """Line of sight and the lights around it, arrays on one grid, shape (n,) each [deg] unless said.

    elevation_deg : of the line of sight, with refraction, 0 to 90
    azimuth_deg : of the line of sight, from north over east
    moon_illumination : lit share of the Moon [1]
    moon_elevation_deg, sun_elevation_deg : elevation of Moon and Sun, -90 to 90
    moon_separation_deg, sun_separation_deg : angle of each from the line of sight, 0 to 180
    helioecliptic_longitude_deg, ecliptic_latitude_deg : ecliptic place of the line of sight, longitude less the Sun's
    galactic_latitude_deg : of the line of sight
    """

    elevation_deg: FloatArray
    azimuth_deg: FloatArray
    moon_illumination: FloatArray
    moon_elevation_deg: FloatArray
    moon_separation_deg: FloatArray
    sun_elevation_deg: FloatArray
    sun_separation_deg: FloatArray
    helioecliptic_longitude_deg: FloatArray
    ecliptic_latitude_deg: FloatArray
    galactic_latitude_deg: FloatArray

    def __post_init__(self) -> None:
        same_length(**{field.name: getattr(self, field.name) for field in fields(self)})
