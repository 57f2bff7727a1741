"""What the detectors count without the signal, by cause: sky, stray light of lasers, dark counts."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from passplan.channel.receiver import Receiver
from passplan.channel.sky import Sky, SkyView
from passplan.channel.sky_components import sky_components
from passplan.channel.sky_counts import sky_counts_cps
from passplan.channel.stray_light import filter_leak_cps
from passplan.checks import FloatArray, freeze, same_length, within

SKY_CAUSES = ("dark", "airglow", "zodiacal", "starlight", "moonlight", "sunlight", "city")


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayLaser:
    """Laser light that reaches the telescope beside the signal.

    wavelength_nm : [nm], > 0
    power_w : inside the aperture and the field stop, before the optics [W], shape (n,)
    """

    wavelength_nm: float
    power_w: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Background:
    """Raw counts by cause on one grid: all detectors together, before the time gate, without dead time.

    by_cause_cps : counts [1/s] of each cause, shape (n,), read-only: those of ``SKY_CAUSES`` that the sky is told by,
        the stray lasers by their names, and "dark_counts"
    """

    by_cause_cps: dict[str, FloatArray]

    def __post_init__(self) -> None:
        same_length(**self.by_cause_cps)
        freeze(*self.by_cause_cps.values())

    @property
    def sky_cps(self) -> FloatArray:
        """Counts [1/s] of the sky alone, shape (n,)."""
        return np.sum([counts for cause, counts in self.by_cause_cps.items() if cause in SKY_CAUSES], axis=0)

    @property
    def total_cps(self) -> FloatArray:
        """Counts [1/s] of all causes, shape (n,)."""
        return np.sum(list(self.by_cause_cps.values()), axis=0)


def background_counts(
    *,
    sky: Sky,
    view: SkyView,
    receiver: Receiver,
    wavelength_nm: float,
    molecular_zenith_db: float,
    aerosol_zenith_db: float,
    detector_efficiency: float,
    dark_cps: float,
    lasers: Mapping[str, StrayLaser] | None = None,
) -> Background:
    """Background along a pass by cause.

    Parameters
    ----------
    sky : Sky
        Brightness of the sky.
    view : SkyView
        Line of sight, Moon and Sun, n instants.
    receiver : Receiver
        Aperture, field stop, filter, optics and the blocking of stray light.
    wavelength_nm : float
        Wavelength of the signal [nm].
    molecular_zenith_db, aerosol_zenith_db : float
        Zenith loss of the site's clear air and haze at that wavelength [dB], >= 0.
    detector_efficiency : float
        [1], 0 to 1; taken for stray light too.
    dark_cps : float
        Dark counts of all detectors together [1/s], >= 0.
    lasers : mapping of str to StrayLaser, optional
        Stray light by the name of its cause; it counts where the receiver states its ``beacon_blocking_db``.

    Returns
    -------
    Background
        Counts [1/s] by cause.

    Raises
    ------
    DomainError
        If the filter misses the signal, or an input lies outside its range or is nan.

    Notes
    -----
    The filter passes everything over its full width and nothing beside it; the radiance is that of its middle, a
    wide-band mean: lines of the airglow and of the Sun within the filter are not told apart.
    """
    within("dark_cps", dark_cps, 0.0, np.inf, ends="[)")
    band = receiver.passband(wavelength_nm=wavelength_nm)
    efficiency = receiver.optics_efficiency * detector_efficiency
    cps_per_radiance = sky_counts_cps(
        radiance_w_m2_sr_um=1.0,
        aperture_m=receiver.aperture_m,
        field_of_view_urad=receiver.field_of_view_urad,
        filter_nm=band.width_nm,
        wavelength_nm=band.centre_nm,
        efficiency=efficiency,
        obscuration=receiver.obscuration,
    )
    radiances = sky_components(
        sky,
        view,
        wavelength_nm=band.centre_nm,
        molecular_zenith_db=molecular_zenith_db,
        aerosol_zenith_db=aerosol_zenith_db,
    )
    counts = {cause: radiance * cps_per_radiance for cause, radiance in radiances.items()}
    grid = view.elevation_deg.shape
    for cause, laser in (lasers or {}).items():
        counts[cause] = np.zeros(grid)
        if receiver.beacon_blocking_db is not None:
            counts[cause] = filter_leak_cps(
                power_w=laser.power_w,
                wavelength_nm=laser.wavelength_nm,
                blocking_db=receiver.beacon_blocking_db,
                efficiency=efficiency,
            )
    return Background(by_cause_cps={**counts, "dark_counts": np.full(grid, float(dark_cps))})
