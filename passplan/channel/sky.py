"""How bright the sky over a station is, as a record."""

from dataclasses import dataclass

import numpy as np

from passplan.checks import NonNegative, Positive, check_limits, within
from passplan.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """Brightness of the sky at the site near the signal's wavelength, spectral radiance in W m^-2 sr^-1 um^-1.

    dark_radiance_w_m2_sr_um : clear night without Moon, > 0
    full_moon_radiance_w_m2_sr_um : added by a full Moon at 45 deg elevation, 90 deg from the line of sight, >= 0
    day_radiance_w_m2_sr_um : clear day, Sun above 10 deg, >= 0
    city_light : pairs (azimuth [deg] in [0, 360), factor on the dark radiance [1] > 0), azimuths rising; empty: none

    The defaults are the values of Miao et al. 2005 (New J. Phys. 7, 215), recalled and not read again; an independent
    estimate of the moonless value from 19.9 mag/arcsec^2 lies a factor of 3 lower.
    """

    dark_radiance_w_m2_sr_um: Positive = 1.5e-5
    full_moon_radiance_w_m2_sr_um: NonNegative = 1.5e-3
    day_radiance_w_m2_sr_um: NonNegative = 1.5
    city_light: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        check_limits(self)
        if not self.city_light:
            return
        azimuths_deg, factors = zip(*self.city_light, strict=True)
        within("Sky.city_light azimuth [deg]", azimuths_deg, 0.0, 360.0, ends="[)")
        within("Sky.city_light factor", factors, 0.0, np.inf, ends="()")
        if np.any(np.diff(azimuths_deg) <= 0.0):
            raise DomainError(f"Sky.city_light azimuths are {azimuths_deg} deg, must rise strictly")
