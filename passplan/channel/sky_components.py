"""How bright the sky is along a pass, by cause: airglow, zodiacal light, stars, Moon, Sun, towns."""

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.city_light import Town, town_radiance
from passplan.channel.moonlight import moonlight_radiance, paper_extinction_db
from passplan.channel.sky_glow import (
    TYPICAL_STARLIGHT_S10,
    TYPICAL_ZODIACAL_S10,
    airglow_radiance,
    dust_and_star_radiance,
    starlight_s10,
    zodiacal_s10,
)
from passplan.channel.twilight import NIGHT_BELOW_DEG, sunlit_sky_radiance
from passplan.checks import FloatArray, within

CAUSES = ("airglow", "zodiacal", "starlight", "moonlight", "sunlight", "city")


def sky_components(
    *,
    wavelength_nm: float,
    elevation_deg: ArrayLike,
    azimuth_deg: ArrayLike,
    moon_illumination: ArrayLike,
    moon_elevation_deg: ArrayLike,
    moon_separation_deg: ArrayLike,
    sun_elevation_deg: ArrayLike,
    sun_separation_deg: ArrayLike,
    helioecliptic_longitude_deg: ArrayLike | None = None,
    ecliptic_latitude_deg: ArrayLike | None = None,
    galactic_latitude_deg: ArrayLike | None = None,
    rayleigh_zenith_db: float | None = None,
    aerosol_zenith_db: float | None = None,
    airglow_activity: float = 1.0,
    towns: tuple[Town, ...] = (),
) -> dict[str, FloatArray]:
    """Spectral radiance of the sky by cause on the grid of a pass, as the ground sees it.

    Parameters
    ----------
    wavelength_nm : float
        Wavelength of the signal [nm], 500 to 1600.
    elevation_deg, azimuth_deg : array_like, shape (n,)
        Line of sight [deg]; elevation 0 to 90.
    moon_illumination : array_like, shape (n,) or ()
        Lit share of the Moon [1], in [0, 1].
    moon_elevation_deg, sun_elevation_deg : array_like, shape (n,)
        Elevation of Moon and Sun [deg], -90 to 90.
    moon_separation_deg, sun_separation_deg : array_like, shape (n,)
        Angle of each from the line of sight [deg], 0 to 180.
    helioecliptic_longitude_deg, ecliptic_latitude_deg : array_like, shape (n,), optional
        Ecliptic place of the line of sight, longitude less that of the Sun [deg]; without both, zodiacal light is 100
        S10 everywhere.
    galactic_latitude_deg : array_like, shape (n,), optional
        Galactic latitude [deg]; without it, starlight is 100 S10 everywhere.
    rayleigh_zenith_db, aerosol_zenith_db : float, optional
        Zenith loss of the site's molecules and haze [dB], >= 0; without them those of Mauna Kea.
    airglow_activity : float
        Factor on the airglow [1], >= 0.
    towns : tuple of Town
        Domes of light around the site.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        Radiance [W m^-2 sr^-1 um^-1] for each of ``CAUSES``; their sum is the sky.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    Within 15 deg of the Sun zodiacal light takes its largest tabulated value; there daylight or twilight outshines it.
    Sources: those of ``sky_glow``, ``moonlight``, ``twilight`` and ``city_light``.
    """
    within("moon_illumination", moon_illumination, 0.0, 1.0)
    paper_db = paper_extinction_db(wavelength_nm=wavelength_nm)
    rayleigh_db = paper_db[0] if rayleigh_zenith_db is None else rayleigh_zenith_db
    aerosol_db = paper_db[1] if aerosol_zenith_db is None else aerosol_zenith_db
    zodiacal, stars = _glow_s10(helioecliptic_longitude_deg, ecliptic_latitude_deg, galactic_latitude_deg)
    per_s10 = dust_and_star_radiance(
        wavelength_nm=wavelength_nm, s10=1.0, elevation_deg=elevation_deg, zenith_db=rayleigh_db + aerosol_db
    )
    moon = sun = np.zeros(np.shape(elevation_deg))
    if np.any(np.asarray(moon_elevation_deg) > 0.0):
        moon = moonlight_radiance(
            wavelength_nm=wavelength_nm,
            moon_illumination=moon_illumination,
            moon_elevation_deg=moon_elevation_deg,
            moon_separation_deg=moon_separation_deg,
            elevation_deg=elevation_deg,
            rayleigh_zenith_db=rayleigh_db,
            aerosol_zenith_db=aerosol_db,
        )
    if np.any(np.asarray(sun_elevation_deg) >= NIGHT_BELOW_DEG):
        sun = sunlit_sky_radiance(
            wavelength_nm=wavelength_nm,
            sun_elevation_deg=sun_elevation_deg,
            sun_separation_deg=sun_separation_deg,
            elevation_deg=elevation_deg,
            rayleigh_zenith_db=rayleigh_db,
            aerosol_zenith_db=aerosol_db,
        )
    airglow = airglow_radiance(wavelength_nm=wavelength_nm, elevation_deg=elevation_deg, activity=airglow_activity)
    city = town_radiance(azimuth_deg=azimuth_deg, elevation_deg=elevation_deg, towns=towns)
    return dict(zip(CAUSES, (airglow, zodiacal * per_s10, stars * per_s10, moon, sun, city), strict=True))


def _glow_s10(
    longitude_deg: ArrayLike | None, latitude_deg: ArrayLike | None, galactic_deg: ArrayLike | None
) -> tuple[FloatArray, FloatArray]:
    zodiacal, stars = np.asarray(TYPICAL_ZODIACAL_S10), np.asarray(TYPICAL_STARLIGHT_S10)
    if longitude_deg is not None and latitude_deg is not None:
        zodiacal = zodiacal_s10(
            helioecliptic_longitude_deg=longitude_deg, ecliptic_latitude_deg=latitude_deg, extrapolate=True
        ).s10
    if galactic_deg is not None:
        stars = starlight_s10(galactic_latitude_deg=galactic_deg)
    return zodiacal, stars
