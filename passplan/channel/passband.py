"""The filter's passband: whether it lets the signal through, averages over it, and absorption lines within it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.channel.extinction import WAVELENGTH_RANGE_NM, airmass
from passplan.checks import FloatArray, Positive, check_limits, within
from passplan.errors import DomainError
from passplan.units import to_loss_db, to_transmittance

_NODES = 8  # Gauss-Legendre; scattering is smooth over a passband


@dataclass(frozen=True, slots=True, kw_only=True)
class Passband:
    """Spectral filter that is open over its full width and shut beside it.

    centre_nm : middle of the passband [nm], 500 to 1600
    width_nm : FULL width [nm], > 0
    """

    centre_nm: Annotated[float, Interval(ge=WAVELENGTH_RANGE_NM[0], le=WAVELENGTH_RANGE_NM[1])]
    width_nm: Positive

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def low_nm(self) -> float:
        """Short end [nm]."""
        return self.centre_nm - 0.5 * self.width_nm

    @property
    def high_nm(self) -> float:
        """Long end [nm]."""
        return self.centre_nm + 0.5 * self.width_nm

    def require(self, *, wavelength_nm: float) -> None:
        """Raise DomainError if the filter misses a line at this wavelength [nm]."""
        if not self.low_nm <= wavelength_nm <= self.high_nm:
            raise DomainError(
                f"wavelength_nm is {wavelength_nm:g}, but the filter passes {self.low_nm:g} to {self.high_nm:g} nm only"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsorptionBand:
    """Lines of one gas, taken together.

    gas : what absorbs
    low_nm, high_nm : ends of the band [nm]
    mean_transmittance : of one airmass from sea level, averaged over the band [1], coarse
    """

    gas: str
    low_nm: float
    high_nm: float
    mean_transmittance: float


# All ends and means are general knowledge of solar spectra (about 2 cm of water), recalled, not re-read: means to 0.1
# at best, and lines within a band run from 0 to 1. They say where a table is needed; they do not replace it.
ABSORPTION_BANDS = tuple(
    AbsorptionBand(gas=gas, low_nm=low_nm, high_nm=high_nm, mean_transmittance=mean)
    for gas, low_nm, high_nm, mean in (
        ("O2", 686.0, 695.0, 0.90),
        ("H2O", 714.0, 735.0, 0.85),
        ("O2", 759.0, 771.0, 0.60),
        ("H2O", 813.0, 836.0, 0.90),
        ("H2O", 892.0, 990.0, 0.70),
        ("H2O", 1085.0, 1175.0, 0.65),
        ("O2", 1262.0, 1282.0, 0.90),
        ("H2O", 1320.0, 1490.0, 0.30),
        ("CO2", 1565.0, 1585.0, 0.97),
        ("CO2", 1595.0, 1615.0, 0.97),
    )
)


def bands_touched(*, low_nm: float, high_nm: float) -> tuple[AbsorptionBand, ...]:
    """Absorption bands that a passband from low_nm to high_nm [nm] meets, shortest first; empty: a clean window."""
    return tuple(band for band in ABSORPTION_BANDS if band.low_nm <= high_nm and band.high_nm >= low_nm)


def band_absorption_db(
    *, low_nm: float, high_nm: float, extrapolate: bool = False
) -> tuple[float, tuple[AbsorptionBand, ...]]:
    """Coarse zenith loss by absorption lines, averaged over a passband: 0 in a clean window, refused in a band.

    Parameters
    ----------
    low_nm, high_nm : float
        Ends of the passband [nm], 500 to 1600; equal for a single line.
    extrapolate : bool
        Take the coarse means of ``ABSORPTION_BANDS`` instead of refusing.

    Returns
    -------
    loss_db : float
        Loss [dB] >= 0 of one airmass from sea level.
    bands : tuple of AbsorptionBand
        The bands met. When it is not empty, the loss is a guess, and the result must carry that label.

    Raises
    ------
    DomainError
        If an end lies outside 500 to 1600 nm, the ends are out of order, or a band is met and ``extrapolate`` is false.

    Notes
    -----
    The transmittance is averaged, not its logarithm. Several airmasses through a band lose less than that many times
    the dB, because the strong lines are black already; so the value holds near one airmass. Ozone takes up to 0.15 dB
    between 500 and 700 nm (general knowledge) and is not counted.
    """
    within("low_nm", low_nm, *WAVELENGTH_RANGE_NM)
    within("high_nm", high_nm, low_nm, WAVELENGTH_RANGE_NM[1])
    bands = bands_touched(low_nm=low_nm, high_nm=high_nm)
    if bands and not extrapolate:
        listed = ", ".join(f"{band.gas} {band.low_nm:g} to {band.high_nm:g} nm" for band in bands)
        raise DomainError(
            f"{low_nm:g} to {high_nm:g} nm meets absorption lines ({listed}): give an extinction table of MODTRAN or "
            "libRadtran, or ask for the coarse mean with extrapolate = true"
        )
    if high_nm == low_nm:
        mean = min((band.mean_transmittance for band in bands), default=1.0)
    else:
        taken_nm = sum(
            (min(high_nm, band.high_nm) - max(low_nm, band.low_nm)) * (1.0 - band.mean_transmittance) for band in bands
        )
        mean = 1.0 - taken_nm / (high_nm - low_nm)
    return float(to_loss_db(mean)), bands


def passband_mean(
    transmittance: ArrayLike, *, wavelength_nm: ArrayLike, passband: Passband, spectrum: ArrayLike = 1.0
) -> FloatArray:
    """Mean of a sampled transmittance over a passband, weighted with the spectrum of the light.

    Parameters
    ----------
    transmittance : array_like, shape (..., m)
        Transmittance [1] at the m wavelengths.
    wavelength_nm : array_like, shape (m,)
        Wavelengths [nm], rising, that cover the passband.
    passband : Passband
        The filter.
    spectrum : array_like, shape (m,) or ()
        Spectral power of the light [any unit per nm], >= 0, not 0 all over the passband; flat by default.

    Returns
    -------
    ndarray, shape (...)
        Integral of transmittance times spectrum over the passband, over that of the spectrum [1].

    Raises
    ------
    DomainError
        If the wavelengths do not rise or do not cover the passband, or the spectrum is negative or has no light in it.

    Notes
    -----
    Trapezoids between the samples, the ends of the passband interpolated. Beer's law holds for one line, so the loss in
    dB of the mean is below the mean loss in dB. A laser's line is far narrower than a filter: the mean is for sky light
    and for broad sources.
    """
    nm = np.asarray(wavelength_nm, dtype=float)
    if nm.size < 2 or not np.all(np.diff(nm) > 0.0):
        raise DomainError("wavelength_nm must hold at least two values, rising")
    within("passband ends", [passband.low_nm, passband.high_nm], nm[0], nm[-1])
    weight = np.broadcast_to(np.asarray(spectrum, dtype=float), nm.shape)
    within("spectrum", weight, 0.0, np.inf, ends="[)")
    inside = nm[(nm > passband.low_nm) & (nm < passband.high_nm)]
    nodes = np.concatenate([[passband.low_nm], inside, [passband.high_nm]])
    left = np.clip(np.searchsorted(nm, nodes, side="right") - 1, 0, nm.size - 2)
    part = (nodes - nm[left]) / (nm[left + 1] - nm[left])
    values = np.asarray(transmittance, dtype=float)
    at_nodes = values[..., left] * (1.0 - part) + values[..., left + 1] * part
    step = np.diff(nodes)
    share = (weight[left] * (1.0 - part) + weight[left + 1] * part) * 0.5 * (np.append(step, 0) + np.insert(step, 0, 0))
    if share.sum() <= 0.0:
        raise DomainError("spectrum holds no light inside the passband")
    return at_nodes @ (share / share.sum())


def passband_transmittance(
    zenith_db_of: Callable[[float], ArrayLike], *, elevation_deg: ArrayLike, passband: Passband
) -> FloatArray:
    """Mean over a passband of the transmittance along a slant path, for scattering that is smooth in wavelength.

    Parameters
    ----------
    zenith_db_of : callable
        Zenith loss [dB] >= 0 at a wavelength [nm], such as a call of ``extinction.zenith_extinction_db``.
    elevation_deg : array_like, shape (...)
        Apparent elevation [deg], in [0, 90].
    passband : Passband
        The filter; flat spectrum.

    Returns
    -------
    ndarray, shape (...)
        Transmittance [1].

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan, or the passband meets absorption lines.
    """
    band_absorption_db(low_nm=passband.low_nm, high_nm=passband.high_nm)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    path = airmass(elevation_deg=elevation_deg)
    mean = np.zeros(path.shape)
    for node, weight in zip(nodes, weights, strict=True):
        zenith_db = zenith_db_of(passband.centre_nm + 0.5 * passband.width_nm * float(node))
        mean = mean + 0.5 * weight * to_transmittance(np.multiply(zenith_db, path))
    return mean
