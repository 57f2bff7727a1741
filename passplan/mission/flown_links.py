"""Links that were flown and whose loss is printed: what the channel gives for them, as a band, from what is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.atmosphere import Atmosphere, air_transmittance
from passplan.channel.budget import LossBudget, loss_budget
from passplan.channel.pointing_loss import PointingError
from passplan.channel.receiver import Receiver
from passplan.channel.transmitter import FarFieldTransmitter
from passplan.channel.turbulence import HufnagelValley
from passplan.channel.uplink import UplinkBeam
from passplan.channel.uplink_budget import SpaceReceiver, UplinkControl, ground_cn2_of_seeing, uplink_budget
from passplan.checks import FloatArray, one_of, within
from passplan.errors import DomainError
from passplan.mission.spread import Band, Limits, Spread, band, sampled_inputs
from passplan.orbit.overhead import overhead_elevation_deg, overhead_point_ahead_urad
from passplan.units import to_loss_db

_SEEING_NM = 500.0
_BEACON_NM = 532.0
_SEEING_STEPS = 10  # Cn2 profiles stand on so many steps to the natural octave, so that their tables serve many samples


@dataclass(frozen=True, slots=True, kw_only=True)
class FlownInput:
    """One number of a flown link; the unit stands in its key.

    value : the number
    spread : how far it may be off; None: taken as exact
    limits : smallest and largest value it can have
    status : "read" in the source, "recalled" of one that was not read again, or "assumed"
    source : where it comes from, or why it was chosen
    """

    value: float
    spread: Spread | None = None
    limits: Limits = Limits()  # noqa: RUF009 - an immutable tuple
    status: Literal["read", "recalled", "assumed"]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlownLink:
    """A link with printed losses.

    name, source : what flew, and where the losses are printed
    direction : "up" or "down"
    ranges_km, printed_db : slant ranges [km] and the losses printed for them [dB]
    inputs : by key, those that ``uplink_terms`` or ``downlink_terms`` ask for
    readings : what the printed loss may count, by name: keys of inputs that are efficiencies [1], beside the channel
        from the telescope's output to in front of the detectors, which always counts
    """

    name: str
    source: str
    direction: Literal["up", "down"]
    ranges_km: tuple[float, ...]
    printed_db: tuple[float, ...]
    inputs: Mapping[str, FlownInput]
    readings: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        one_of("FlownLink.direction", self.direction, ("up", "down"))
        if len(self.ranges_km) != len(self.printed_db):
            raise DomainError(
                f"FlownLink {self.name!r} has {len(self.ranges_km)} ranges_km and {len(self.printed_db)} printed_db, "
                "must be as many"
            )
        for name, keys in self.readings.items():
            for key in keys:
                one_of(f"FlownLink.readings[{name!r}]", key, self.inputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlownBand:
    """What the channel gives for a flown link.

    range_km : shape (n,)
    terms_db : median loss of each term [dB], shape (n,) each
    total_db : by reading, the band of the whole loss [dB], quantiles of shape (n,)
    drives_db : by input, half the difference of the mean losses of its upper and lower half of samples [dB], shape (n,)
    """

    range_km: FloatArray
    terms_db: dict[str, FloatArray]
    total_db: dict[str, Band]
    drives_db: dict[str, FloatArray]


def flown_band(link: FlownLink, *, range_km: ArrayLike, samples: int, rng: np.random.Generator) -> FlownBand:
    """Band of the loss of a flown link along its ranges, from the spreads of its inputs.

    Parameters
    ----------
    link : FlownLink
        The link.
    range_km : array_like, shape (n,)
        Slant ranges [km].
    samples : int
        Draws, >= 2; 400 settle the 95 % band to some 0.2 dB.
    rng : numpy.random.Generator
        Source of randomness.

    Raises
    ------
    DomainError
        If a range is below the horizon, an input is missing or lies outside a model's range.

    Notes
    -----
    The inputs are independent, drawn as a Latin hypercube. The pass is taken as straight overhead on a circular orbit.
    """
    within("samples", samples, 2, np.inf)
    path = np.atleast_1d(np.asarray(range_km, dtype=float))
    drawn = _drawn(link, samples, rng)
    terms_of = uplink_terms if link.direction == "up" else downlink_terms
    try:
        budgets = [terms_of({key: float(values[k]) for key, values in drawn.items()}, path) for k in range(samples)]
    except KeyError as error:
        raise DomainError(
            f"FlownLink {link.name!r} has no input {error}, which a link {link.direction} needs"
        ) from error
    terms_db = {name: np.stack([each.terms_db[name] for each in budgets]) for name in budgets[0].terms_db}
    channel_db = sum(terms_db.values(), start=np.zeros((samples, path.size)))
    total_db = {
        name: channel_db + sum((to_loss_db(drawn[key])[:, None] for key in keys), start=np.zeros((samples, 1)))
        for name, keys in link.readings.items()
    }
    whole_db = list(total_db.values())[-1]
    upper = {key: values > np.median(values) for key, values in drawn.items() if link.inputs[key].spread}
    return FlownBand(
        range_km=path,
        terms_db={name: np.median(values, axis=0) for name, values in terms_db.items()},
        total_db={name: band(values) for name, values in total_db.items()},
        drives_db={
            key: 0.5 * (whole_db[high].mean(axis=0) - whole_db[~high].mean(axis=0)) for key, high in upper.items()
        },
    )


def uplink_terms(values: Mapping[str, float], range_km: FloatArray) -> LossBudget:
    """Budget of an uplink; the values are those of a ``FlownLink`` with direction "up", by key."""
    height = {"orbit_height_km": values["orbit_height_km"], "site_height_m": values["site_height_m"]}
    elevation_deg = overhead_elevation_deg(range_km=range_km, **height)
    above = HufnagelValley(ground_cn2=0.0, high_wind_m_s=values["high_wind_m_s"], site_height_m=values["site_height_m"])
    profile = _profile(above, values["seeing_urad"])
    jitter_urad = values["jitter_urad"]
    return uplink_budget(
        range_km=range_km,
        elevation_deg=elevation_deg,
        beam=UplinkBeam(
            waist_m=values["waist_m"],
            full_divergence_urad=values["full_divergence_urad"],
            wavelength_nm=values["wavelength_nm"],
        ),
        receiver=SpaceReceiver(aperture_m=values["aperture_m"], optics_efficiency=values["optics_efficiency"]),
        profile=profile,
        extinction=_extinction(values, elevation_deg),
        error=PointingError(jitter_x_urad=jitter_urad, jitter_y_urad=jitter_urad, bias_x_urad=values["bias_urad"]),
        control=UplinkControl(
            tilt_gain=values["tilt_gain"],
            point_ahead_urad=overhead_point_ahead_urad(range_km=range_km, **height),
        ),
        main_lobe_efficiency=values["main_lobe_efficiency"],
    )


def downlink_terms(values: Mapping[str, float], range_km: FloatArray) -> LossBudget:
    """Budget of a downlink; the values are those of a ``FlownLink`` with direction "down", by key."""
    height = {"orbit_height_km": values["orbit_height_km"], "site_height_m": values["site_height_m"]}
    jitter_urad = values["jitter_urad"]
    ground_urad = values["ground_jitter_urad"]
    return loss_budget(
        range_km=range_km,
        elevation_deg=overhead_elevation_deg(range_km=range_km, **height),
        los_rate_urad_s=np.zeros(range_km.size),
        transmitter=FarFieldTransmitter(
            aperture_m=values["launch_aperture_m"],
            full_divergence_x_urad=values["full_divergence_urad"],
            full_divergence_y_urad=values["full_divergence_urad"],
            beam="gaussian",
            wavelength_nm=values["wavelength_nm"],
            main_lobe_efficiency=values["main_lobe_efficiency"],
        ),
        receiver=Receiver(
            aperture_m=values["aperture_m"],
            field_of_view_urad=values["field_of_view_urad"],
            filter_nm=values["filter_nm"],
            optics_efficiency=values["optics_efficiency"],
        ),
        atmosphere=Atmosphere(visibility_km=values["visibility_km"], ground_cn2=values["ground_cn2"]),
        height_m=values["site_height_m"],
        satellite_error=PointingError(
            jitter_x_urad=jitter_urad, jitter_y_urad=jitter_urad, bias_x_urad=values["bias_urad"]
        ),
        ground_error=PointingError(jitter_x_urad=ground_urad, jitter_y_urad=ground_urad),
        jitter_correlation_s=0.01,
        beacon_nm=_BEACON_NM,
    )


def _drawn(link: FlownLink, samples: int, rng: np.random.Generator) -> dict[str, FloatArray]:
    spreads = {key: given.spread for key, given in link.inputs.items() if given.spread is not None}
    values = {key: given.value for key, given in link.inputs.items()}
    limits = {key: given.limits for key, given in link.inputs.items()}
    drawn = {key: np.full(samples, value) for key, value in values.items()}
    return drawn | sampled_inputs(spreads, values, limits, samples, rng)


def _profile(above: HufnagelValley, seeing_urad: float) -> HufnagelValley:
    """Profile with a measured seeing, rounded to one of few, so that the tables kept by profile are used again."""
    rounded_urad = float(np.exp(np.round(np.log(seeing_urad) * _SEEING_STEPS) / _SEEING_STEPS))
    ground_cn2 = ground_cn2_of_seeing(
        seeing_fwhm_urad=rounded_urad,
        wavelength_nm=_SEEING_NM,
        site_height_m=above.site_height_m,
        high_wind_m_s=above.high_wind_m_s,
    )
    return HufnagelValley(ground_cn2=ground_cn2, high_wind_m_s=above.high_wind_m_s, site_height_m=above.site_height_m)


def _extinction(values: Mapping[str, float], elevation_deg: FloatArray) -> FloatArray:
    return air_transmittance(
        Atmosphere(visibility_km=values["visibility_km"]),
        elevation_deg=elevation_deg,
        wavelength_nm=values["wavelength_nm"],
        height_m=values["site_height_m"],
    ).transmittance
