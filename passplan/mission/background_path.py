"""Background of one pass by cause: both files and the light along the track, handed to the channel; its warnings."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from passplan.apt.beacon import received_power_w
from passplan.channel.atmosphere import Atmosphere, air_transmittance, zenith_parts_db
from passplan.channel.background import Background, StrayLaser, background_counts
from passplan.channel.sky import SkyView
from passplan.channel.sky_components import scattering_parts_db
from passplan.channel.stray_light import own_beacon_power_w
from passplan.checks import FloatArray
from passplan.detection.saturation import saturated
from passplan.mission.result import PassResult
from passplan.mission.selection import Selection
from passplan.mission.tracking_summary import utc_at
from passplan.orbit.light import LightConditions
from passplan.orbit.track import Track


def background_of(selection: Selection, path: Track, light: LightConditions, apparent_deg: FloatArray) -> Background:
    """Raw counts along a track by cause, elevation with refraction [deg]."""
    site, wavelength_nm = selection.site, selection.payload.transmitter.wavelength_nm
    molecular_db, aerosol_db = _scattering_db(site.atmosphere, site.station.height_m, wavelength_nm)
    return background_counts(
        sky=site.sky,
        view=_view(path, light, apparent_deg),
        receiver=site.receiver,
        wavelength_nm=wavelength_nm,
        molecular_zenith_db=molecular_db,
        aerosol_zenith_db=aerosol_db,
        detector_efficiency=site.detectors.efficiency,
        dark_cps=site.detectors.all_dark_cps,
        lasers=_lasers(selection, path, apparent_deg),
    )


def background_warnings(result: PassResult) -> list[str]:
    """Where the background blinds the detectors, and where it leaves no key."""
    detectors, total_cps = result.site.detectors, result.background_cps
    warnings = []
    blind = saturated(rate_cps=total_cps / detectors.count, limit_cps=detectors.saturation_cps)
    if np.any(blind):
        warnings.append(_saturation_warning(result, blind))
    secret_bits = result.keys[result.payload.key.proof].secret_bits
    errors, bits = result.sifted_errors[result.mask].sum(), result.sifted_bits[result.mask].sum()
    of_background = result.clicks.errors_background[result.mask].sum()
    if bits > 0.0 and secret_bits == 0 and of_background > 0.5 * errors:
        warnings.append(
            f"no key is left: the background of {total_cps[result.mask].mean():.3g} counts/s "
            f"({_loudest(result, result.mask)}) makes a QBER of {100.0 * errors / bits:.1f} %"
        )
    return warnings


def _saturation_warning(result: PassResult, blind: NDArray[np.bool_]) -> str:
    first, last = np.flatnonzero(blind)[[0, -1]]
    time_s, sun_deg = result.track.time_s, result.light.sun_elevation_deg
    clocks = [str(utc_at(result, time_s[index])).split("T")[1].removesuffix("Z") for index in (first, last)]
    source = "the sky" if result.sky_cps[blind].sum() > 0.5 * result.background_cps[blind].sum() else "the background"
    return (
        f"{source} saturates the detectors from {clocks[0]} to {clocks[1]}: Sun at {sun_deg[first]:.0f} to "
        f"{sun_deg[last]:.0f} deg, up to {result.background_cps.max() / result.site.detectors.count:.2g} counts/s each "
        f"({_loudest(result, blind)}), above {result.site.detectors.saturation_cps:.2g}"
    )


def _loudest(result: PassResult, seconds: NDArray[np.bool_]) -> str:
    means = {cause: counts[seconds].mean() for cause, counts in result.background.by_cause_cps.items()}
    return "most of it " + max(means, key=lambda cause: means[cause]).replace("_", " ")


def _view(path: Track, light: LightConditions, apparent_deg: FloatArray) -> SkyView:
    return SkyView(
        elevation_deg=apparent_deg,
        azimuth_deg=path.azimuth_deg,
        moon_illumination=light.moon_illumination,
        moon_elevation_deg=light.moon_elevation_deg,
        moon_separation_deg=light.moon_separation_deg,
        sun_elevation_deg=light.sun_elevation_deg,
        sun_separation_deg=light.sun_separation_deg,
        helioecliptic_longitude_deg=light.helioecliptic_longitude_deg,
        ecliptic_latitude_deg=light.ecliptic_latitude_deg,
        galactic_latitude_deg=light.galactic_latitude_deg,
    )


@lru_cache(maxsize=64)
def _scattering_db(atmosphere: Atmosphere, height_m: float, wavelength_nm: float) -> tuple[float, float]:
    """Zenith loss [dB] by molecules and by everything else above the site, once for many passes."""
    clear_db, haze_db = zenith_parts_db(atmosphere, wavelength_nm=wavelength_nm, height_m=height_m)
    return scattering_parts_db(wavelength_nm=wavelength_nm, height_m=height_m, clear_db=clear_db, haze_db=haze_db)


def _lasers(selection: Selection, path: Track, apparent_deg: FloatArray) -> dict[str, StrayLaser]:
    """Light of the satellite's beacon, and of the station's own thrown back by the air."""
    payload, site = selection.payload, selection.site
    if site.receiver.beacon_blocking_db is None:
        nothing_w = np.zeros(path.time_s.size)
        return {
            "satellite_beacon": StrayLaser(wavelength_nm=payload.beacon.wavelength_nm, power_w=nothing_w),
            "ground_beacon": StrayLaser(wavelength_nm=site.beacon.wavelength_nm, power_w=nothing_w),
        }
    air = air_transmittance(
        site.atmosphere,
        elevation_deg=apparent_deg,
        wavelength_nm=payload.beacon.wavelength_nm,
        height_m=site.station.height_m,
    )
    arriving_w = received_power_w(
        payload.beacon,
        range_km=path.range_km,
        aperture_m=site.receiver.aperture_m,
        transmittance=air.transmittance * (1.0 - site.receiver.obscuration**2),
    )
    molecular_db, aerosol_db = _scattering_db(site.atmosphere, site.station.height_m, site.beacon.wavelength_nm)
    returning_w = own_beacon_power_w(
        power_w=site.beacon.power_w,
        half_divergence_urad=site.beacon.half_divergence_urad,
        aperture_m=site.receiver.aperture_m,
        obscuration=site.receiver.obscuration,
        field_of_view_urad=site.receiver.field_of_view_urad,
        elevation_deg=apparent_deg,
        molecular_zenith_db=molecular_db,
        aerosol_zenith_db=aerosol_db,
        aerosol_scale_height_m=site.atmosphere.aerosol_scale_height_m,
    )
    return {
        "satellite_beacon": StrayLaser(wavelength_nm=payload.beacon.wavelength_nm, power_w=arriving_w),
        "ground_beacon": StrayLaser(wavelength_nm=site.beacon.wavelength_nm, power_w=returning_w),
    }
