"""The air above a site, as a record, and what it takes from a beam: by laws or by a table."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.channel.aerosol import measured_aerosol_db
from passplan.channel.airmass import AIRMASS_MODELS, airmass_model, shell_airmass
from passplan.channel.cloud import CloudLayer
from passplan.channel.extinction import VISIBILITY_RANGE_KM, aerosol_zenith_db, clear_zenith_db
from passplan.channel.extinction_table import ExtinctionTable, table_transmittance
from passplan.channel.passband import band_absorption_db
from passplan.channel.profiles import BuftonWind, TabulatedProfile
from passplan.channel.refraction import true_elevation_deg
from passplan.channel.turbulence import Cn2Profile, HufnagelValley
from passplan.checks import FloatArray, NonNegative, Positive, check_limits, one_of
from passplan.errors import DomainError
from passplan.units import to_transmittance

TRUE_ELEVATION_MODELS = ("young-1994",)  # every other model takes the apparent elevation


@dataclass(frozen=True, slots=True, kw_only=True)
class Atmosphere:
    """Air above the site during a pass.

    visibility_km : meteorological visibility reduced to sea level [km], 1 to 300 (300: no aerosol to speak of); this or
        a measured optical depth, not both
    aerosol_optical_depth : vertical optical depth of the haze above the site, as a sun photometer gives it [1], >= 0
    aerosol_measured_nm : wavelength at which it was measured [nm], 300 to 2000
    angstrom_exponent : its fall with the wavelength [1], -1 to 3; 1.3 is continental (general knowledge)
    aerosol_scale_height_m : height over which the aerosol falls by 1/e [m], > 0; 1200 to 2000 is usual (general
        knowledge, not read in a source)
    airmass_model : airmass of the clear air, a name of ``AIRMASS_MODELS``; haze has the shell of its own scale height
    cloud : layers that cover the line of sight with a probability
    ground_cn2 : Hufnagel-Valley ground term, refractive-index structure constant at the site [m^(-2/3)], >= 0;
        1.7e-14 is the 5/7 model
    high_wind_m_s : rms wind between 5 and 20 km height [m/s], >= 0; 21 is the 5/7 model
    wind : wind over height, for the speed of the fades and of adaptive optics; None: high_wind_m_s at 10 km
    extinction_table : file of slant transmittances (MODTRAN, libRadtran) beside the station's, in place of the laws
    cn2_profile : file of a measured profile beside the station's, in place of Hufnagel-Valley
    cn2_height_above : whether the heights in it count from the "site" or the "sea"
    extrapolate : go beyond the ends of these tables, or into absorption bands by coarse means; the result is labelled
    """

    visibility_km: Annotated[float, Interval(ge=VISIBILITY_RANGE_KM[0], le=VISIBILITY_RANGE_KM[1])] | None = None
    aerosol_optical_depth: NonNegative | None = None
    aerosol_measured_nm: Annotated[float, Interval(ge=300.0, le=2000.0)] = 550.0
    angstrom_exponent: Annotated[float, Interval(ge=-1.0, le=3.0)] = 1.3
    aerosol_scale_height_m: Positive = 1500.0
    airmass_model: str = "kasten-young-1989"
    cloud: tuple[CloudLayer, ...] = ()
    ground_cn2: NonNegative = 1.7e-14
    high_wind_m_s: NonNegative = 21.0
    wind: BuftonWind | None = None
    extinction_table: str | None = None
    cn2_profile: str | None = None
    cn2_height_above: Literal["site", "sea"] = "site"
    extrapolate: bool = False

    def __post_init__(self) -> None:
        check_limits(self)
        one_of("Atmosphere.airmass_model", self.airmass_model, AIRMASS_MODELS)
        if (self.visibility_km is None) == (self.aerosol_optical_depth is None):
            raise DomainError("Atmosphere needs visibility_km [km] or aerosol_optical_depth [1], one and not both")

    def with_visibility(self, visibility_km: float) -> "Atmosphere":
        """Return the same air with a visibility [km] in place of what the haze was given by."""
        return replace(self, visibility_km=visibility_km, aerosol_optical_depth=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AirTransmittance:
    """What the clear and hazy air lets through; clouds are not in it.

    transmittance : shape (...) [1]
    labels : what of it goes beyond a table or rests on coarse means; empty as a rule
    """

    transmittance: FloatArray
    labels: tuple[str, ...] = ()


def zenith_parts_db(atmosphere: Atmosphere, *, wavelength_nm: float, height_m: float) -> tuple[float, float]:
    """Zenith loss of the clear air and of the haze above a site.

    Parameters
    ----------
    atmosphere : Atmosphere
        Visibility or optical depth are used; a table of extinction is not.
    wavelength_nm : float
        Wavelength [nm], 500 to 1600.
    height_m : float
        Height of the site above sea level [m], -500 to 9000.

    Returns
    -------
    clear_db, aerosol_db : float
        Loss [dB] >= 0 of one airmass each.

    Raises
    ------
    DomainError
        If an input lies outside its range.

    Notes
    -----
    Sources: those of ``clear_zenith_db``, ``aerosol_zenith_db`` and ``measured_aerosol_db``.
    """
    clear_db = clear_zenith_db(wavelength_nm=wavelength_nm, height_m=height_m)
    if atmosphere.visibility_km is not None:
        haze_db = aerosol_zenith_db(
            wavelength_nm=wavelength_nm,
            visibility_km=atmosphere.visibility_km,
            height_m=height_m,
            aerosol_scale_height_m=atmosphere.aerosol_scale_height_m,
        )
    else:
        haze_db = measured_aerosol_db(
            wavelength_nm=wavelength_nm,
            optical_depth=atmosphere.aerosol_optical_depth or 0.0,
            measured_nm=atmosphere.aerosol_measured_nm,
            angstrom_exponent=atmosphere.angstrom_exponent,
        )
    return float(clear_db), float(haze_db)


def air_transmittance(
    atmosphere: Atmosphere,
    *,
    elevation_deg: ArrayLike,
    wavelength_nm: float,
    height_m: float,
    table: ExtinctionTable | None = None,
) -> AirTransmittance:
    """Transmittance of air and haze along a slant path, for one line.

    Parameters
    ----------
    atmosphere : Atmosphere
        The air.
    elevation_deg : array_like, shape (...)
        Apparent elevation [deg], in (0, 90].
    wavelength_nm : float
        Wavelength [nm], 500 to 1600.
    height_m : float
        Height of the site above sea level [m], -500 to 9000.
    table : ExtinctionTable, optional
        Slant transmittances that take the place of the laws, for this site and its haze.

    Returns
    -------
    AirTransmittance
        Values and labels.

    Raises
    ------
    DomainError
        If an input lies outside its range, the wavelength lies in an absorption band, or a value lies beyond the table,
        unless the atmosphere asks for extrapolation.

    Notes
    -----
    Clear air by the named airmass, haze by the shell of its scale height (2 % more at 10 deg, as MODTRAN's slant paths
    have it). The coarse mean of an absorption band counts as one airmass of it at every elevation: strong lines are
    black at once.
    """
    if table is not None:
        read = table_transmittance(
            table, elevation_deg=elevation_deg, wavelength_nm=wavelength_nm, extrapolate=atmosphere.extrapolate
        )
        beyond = f"extinction beyond the table {table.label}".rstrip()
        return AirTransmittance(
            transmittance=read.transmittance, labels=(beyond,) if np.any(read.is_extrapolated) else ()
        )
    lines_db, bands = band_absorption_db(
        low_nm=wavelength_nm, high_nm=wavelength_nm, extrapolate=atmosphere.extrapolate
    )
    clear_db, haze_db = zenith_parts_db(atmosphere, wavelength_nm=wavelength_nm, height_m=height_m)
    model = airmass_model(atmosphere.airmass_model)
    seen_deg = elevation_deg
    if atmosphere.airmass_model in TRUE_ELEVATION_MODELS:
        seen_deg = np.maximum(true_elevation_deg(apparent_deg=elevation_deg), 0.0)
    haze = shell_airmass(elevation_deg=elevation_deg, scale_height_m=atmosphere.aerosol_scale_height_m)
    loss_db = lines_db + clear_db * model(elevation_deg=seen_deg) + haze_db * haze
    return AirTransmittance(
        transmittance=to_transmittance(loss_db),
        labels=tuple(f"coarse mean of the {band.gas} band {band.low_nm:g} to {band.high_nm:g} nm" for band in bands),
    )


def turbulence_above(atmosphere: Atmosphere, *, height_m: float, profile: TabulatedProfile | None = None) -> Cn2Profile:
    """Turbulence above a site at a height above the sea [m]: the measured profile, or else Hufnagel-Valley."""
    if profile is not None:
        return profile
    return HufnagelValley(
        ground_cn2=atmosphere.ground_cn2, high_wind_m_s=atmosphere.high_wind_m_s, site_height_m=height_m
    )
