"""How bright the sky is along a pass, by cause: airglow, zodiacal light, stars, Moon, Sun, towns."""

from typing import Any

import numpy as np

from passplan.channel.city_light import city_factor_at, town_radiance
from passplan.channel.extinction import rayleigh_zenith_db
from passplan.channel.moonlight import moonlight_radiance
from passplan.channel.sky import Sky, SkyView
from passplan.channel.sky_glow import airglow_radiance, dust_and_star_radiance, starlight_s10, zodiacal_s10
from passplan.channel.sky_levels import moon_phase_share, moonlight_geometry, sunlight_share
from passplan.channel.twilight import NIGHT_BELOW_DEG, sunlit_sky_radiance
from passplan.checks import FloatArray, within

_PRESSURE_SCALE_HEIGHT_M = 8000.0  # general knowledge, not read in a source
HAZIEST_DB = 2.0  # of zenith loss: thicker haze scatters more than once, and the models of Moon and Sun end


def scattering_parts_db(
    *, wavelength_nm: float, height_m: float, clear_db: float, haze_db: float
) -> tuple[float, float]:
    """Zenith loss of clear air and haze, parted anew into what molecules scatter and the rest.

    Parameters
    ----------
    wavelength_nm : float
        Wavelength [nm], 300 to 2000.
    height_m : float
        Height of the site above sea level [m], -500 to 9000.
    clear_db, haze_db : float
        Zenith loss of air without haze and of the haze above the site [dB], >= 0.

    Returns
    -------
    molecular_db, aerosol_db : float
        Loss [dB] >= 0; their sum is that of the inputs.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Air without haze still holds a background of particles and vapour; it counts with the haze, as all does that is not
    molecules in the extinction from which the moonlight model starts. Rayleigh scattering: ``rayleigh_zenith_db``.
    """
    within("height_m", height_m, -500.0, 9000.0)
    within("clear_db", clear_db, 0.0, np.inf, ends="[)")
    within("haze_db", haze_db, 0.0, np.inf, ends="[)")
    at_site = float(rayleigh_zenith_db(wavelength_nm=wavelength_nm) * np.exp(-height_m / _PRESSURE_SCALE_HEIGHT_M))
    molecular_db = min(at_site, clear_db)
    return molecular_db, clear_db - molecular_db + haze_db


def sky_components(
    sky: Sky, view: SkyView, *, wavelength_nm: float, molecular_zenith_db: float, aerosol_zenith_db: float
) -> dict[str, FloatArray]:
    """Spectral radiance of the sky by cause on the grid of a pass, as the ground sees it.

    Parameters
    ----------
    sky : Sky
        What is known of the site's sky; what is not follows from physics.
    view : SkyView
        Line of sight, Moon and Sun, n instants.
    wavelength_nm : float
        Wavelength [nm], 500 to 1600.
    molecular_zenith_db, aerosol_zenith_db : float
        Zenith loss of the site's clear air and of its haze there [dB], >= 0; they scatter the light of Moon and Sun.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        Radiance [W m^-2 sr^-1 um^-1]: airglow, zodiacal and starlight, or dark where the file gives that level, then
        moonlight, sunlight and city. Their sum is the sky.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Haze above 2 dB scatters the light of Moon and Sun as 2 dB does: the models scatter once, and would make a thick
    haze dark that in truth stays bright (so a lower bound, by a factor of 3 and more). Towns are domes of light, or
    factors on the dark sky: what a factor adds is city light, one below 1 dims the dark sky. Within 15 deg of the Sun
    zodiacal light takes its largest tabulated value; daylight or twilight outshines it. Sources: those of ``sky_glow``,
    ``moonlight``, ``twilight``, ``city_light`` and ``sky_levels``.
    """
    within("moon_illumination", view.moon_illumination, 0.0, 1.0)
    within("moon_elevation_deg", view.moon_elevation_deg, -90.0, 90.0)
    within("sun_elevation_deg", view.sun_elevation_deg, -90.0, 90.0)
    air = (molecular_zenith_db, min(aerosol_zenith_db, HAZIEST_DB))
    parts = _dark(sky, view, wavelength_nm, molecular_zenith_db + aerosol_zenith_db)
    city = town_radiance(azimuth_deg=view.azimuth_deg, elevation_deg=view.elevation_deg, towns=sky.towns)
    if sky.city_light:
        factor = city_factor_at(
            azimuth_deg=view.azimuth_deg,
            elevation_deg=view.elevation_deg,
            city_light=sky.city_light,
            elevation_scale_deg=np.inf if sky.city_elevation_scale_deg is None else sky.city_elevation_scale_deg,
        )
        city = city + sum(parts.values()) * np.maximum(factor - 1.0, 0.0)
        parts = {cause: radiance * np.minimum(factor, 1.0) for cause, radiance in parts.items()}
    moon, sun = _moonlight(sky, view, wavelength_nm, air), _sunlight(sky, view, wavelength_nm, air)
    return {**parts, "moonlight": moon, "sunlight": sun, "city": city}


def _dark(sky: Sky, view: SkyView, wavelength_nm: float, zenith_db: float) -> dict[str, FloatArray]:
    """Moonless sky without towns."""
    if sky.dark_radiance_w_m2_sr_um is not None:
        return {"dark": np.full(view.elevation_deg.shape, sky.dark_radiance_w_m2_sr_um)}
    per_s10 = dust_and_star_radiance(
        wavelength_nm=wavelength_nm, s10=1.0, elevation_deg=view.elevation_deg, zenith_db=zenith_db
    )
    dust = zodiacal_s10(
        helioecliptic_longitude_deg=view.helioecliptic_longitude_deg,
        ecliptic_latitude_deg=view.ecliptic_latitude_deg,
        extrapolate=True,
    )
    return {
        "airglow": airglow_radiance(
            wavelength_nm=wavelength_nm, elevation_deg=view.elevation_deg, activity=sky.airglow_activity
        ),
        "zodiacal": dust.s10 * per_s10,
        "starlight": starlight_s10(galactic_latitude_deg=view.galactic_latitude_deg) * per_s10,
    }


def _moonlight(sky: Sky, view: SkyView, wavelength_nm: float, air: tuple[float, float]) -> FloatArray:
    if not np.any(view.moon_elevation_deg > 0.0):
        return np.zeros(view.elevation_deg.shape)
    place: dict[str, Any] = {
        "moon_elevation_deg": view.moon_elevation_deg,
        "moon_separation_deg": view.moon_separation_deg,
        "elevation_deg": view.elevation_deg,
    }
    if sky.full_moon_radiance_w_m2_sr_um is None:
        moonlight = moonlight_radiance(
            wavelength_nm=wavelength_nm,
            moon_illumination=view.moon_illumination,
            rayleigh_zenith_db=air[0],
            aerosol_zenith_db=air[1],
            **place,
        )
    else:
        phase = moon_phase_share(moon_illumination=view.moon_illumination)
        moonlight = sky.full_moon_radiance_w_m2_sr_um * phase * moonlight_geometry(**place)
    return sky.moonlight_factor * moonlight


def _sunlight(sky: Sky, view: SkyView, wavelength_nm: float, air: tuple[float, float]) -> FloatArray:
    if not np.any(view.sun_elevation_deg >= NIGHT_BELOW_DEG):
        return np.zeros(view.elevation_deg.shape)
    if sky.day_radiance_w_m2_sr_um is not None:
        return sky.day_radiance_w_m2_sr_um * sunlight_share(sun_elevation_deg=view.sun_elevation_deg)
    return sunlit_sky_radiance(
        wavelength_nm=wavelength_nm,
        sun_elevation_deg=view.sun_elevation_deg,
        sun_separation_deg=view.sun_separation_deg,
        elevation_deg=view.elevation_deg,
        rayleigh_zenith_db=air[0],
        aerosol_zenith_db=air[1],
    )
