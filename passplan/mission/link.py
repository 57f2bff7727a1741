"""One pass from track to key. Many imports and no formula: each stage's record becomes the next stage's arguments."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil, floor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from passplan.apt.beacon import Beacon
from passplan.apt.disturbance import olympus_psd
from passplan.apt.loop import End, simulate_link
from passplan.apt.sight import Sight
from passplan.apt.spectrum import Psd
from passplan.apt.spectrum_file import read_psd
from passplan.channel.atmosphere import air_transmittance, turbulence_above
from passplan.channel.refraction import apparent_elevation_deg
from passplan.channel.scintillation import aperture_index, point_index
from passplan.checks import FloatArray, one_of, within
from passplan.detection.rates import Clicks
from passplan.errors import DomainError
from passplan.mission.background_path import background_of
from passplan.mission.channel_path import budget_of, clicks_of
from passplan.mission.polarization_path import polarization_of
from passplan.mission.result import CATALOGUE, OLYMPUS, PassPath, PassResult, RunOptions
from passplan.mission.selection import Selection
from passplan.orbit.light import light_conditions
from passplan.orbit.track import Track, track
from passplan.qkd.counts import Counts
from passplan.qkd.detector_mismatch import ratio_deltas
from passplan.qkd.engine import key_lengths, key_window, window_counts
from passplan.qkd.key_length import PROOFS, suitable_proofs
from passplan.qkd.key_record import KeyLength
from passplan.qkd.settings import KeySettings
from passplan.units import deg_to_urad

_LONGEST_S = 36_000.0  # 20 million steps of the loops; some minutes of work


def simulate_pass(
    selection: Selection,
    *,
    seed: int,
    options: RunOptions | None = None,
    executor: Executor | None = None,
    meanwhile: Callable[[PassPath], None] = lambda path: None,
) -> PassResult:
    """Simulate one pass.

    Parameters
    ----------
    selection : Selection
        The pass and the records of its satellite and station.
    seed : int
        Seed of every random draw; the same seed gives the same result.
    options : RunOptions, optional
        What differs from the catalogue.
    executor : Executor, optional
        Where the two terminals are tracked; by default here.
    meanwhile : callable
        Called with what is known before, while they are tracked elsewhere.

    Raises
    ------
    PassplanError
        As the stages do: an element set that fails, a value outside a model's range.
    """
    within("seed", seed, 0, np.inf)
    options = options or RunOptions()
    _refuse_endless(selection)
    selection = with_options(selection, options)
    path = track_of(selection)
    apparent_deg = apparent_elevation_deg(elevation_deg=path.elevation_deg)
    tracking = partial(simulate_link, *ends_of(selection, path, apparent_deg, options), rngs=generators(seed))
    task = executor.submit(tracking) if executor else None
    before = PassPath(
        selection=selection,
        seed=seed,
        options=options,
        track=path,
        light=light_conditions(path, selection.site.station),
        polarization=polarization_of(selection, path),
        window=key_window(range_km=path.range_km, max_range_km=selection.payload.key.max_range_km),
    )
    meanwhile(before)
    satellite, ground = task.result() if task else tracking()
    budget = budget_of(selection, path, apparent_deg, satellite, ground)
    background = background_of(selection, path, before.light, apparent_deg)
    clicks = clicks_of(
        selection,
        budget,
        locked=satellite.locked * ground.locked,
        background_cps=background.total_cps,
        error_polarization=before.polarization.error,
    )
    counts = counts_of(selection, clicks, before.mask)
    return PassResult(
        **{field.name: getattr(before, field.name) for field in fields(before)},
        satellite=satellite, ground=ground, budget=budget, background=background,
        clicks=clicks, counts=counts, keys=keys_of(selection, counts),
    )  # fmt: skip


def _refuse_endless(selection: Selection) -> None:
    """Raise DomainError when a pass is too long to be tracked in the time domain."""
    pass_ = selection.pass_
    if pass_.duration_s > _LONGEST_S:
        raise DomainError(
            f"{pass_.pass_id} lasts {pass_.duration_s / 3600.0:.1f} h, must be at most {_LONGEST_S / 3600.0:g} h to be "
            "tracked; raise --min-elevation for a shorter one (a geostationary satellite has none)"
        )


def track_of(selection: Selection) -> Track:
    """The pass, or the part of it that is flown, on whole UTC seconds from first to last."""
    pass_, contact = selection.pass_, selection.contact
    start, stop = (pass_.rise_utc, pass_.set_utc) if contact is None else (contact.start_utc, contact.end_utc)
    midnight = datetime.combine(start.date(), datetime.min.time(), tzinfo=UTC)
    first = ceil((start - midnight).total_seconds())
    last = floor((stop - midnight).total_seconds())
    return track(
        pass_.elements,
        selection.site.station,
        start_utc=midnight + timedelta(seconds=first),
        time_s=np.arange(last - first + 1, dtype=float),
    )


def counts_of(selection: Selection, clicks: Clicks, mask: NDArray[np.bool_]) -> Counts:
    """Clicks and errors of the seconds of the key window, summed."""
    return window_counts(
        clicks=clicks.clicks,
        errors=clicks.errors,
        intensities=selection.payload.source.intensities,
        probabilities=selection.payload.source.probabilities,
        mask=mask,
    )


def keys_of(selection: Selection, counts: Counts) -> dict[str, KeyLength]:
    """Key length of a block of counts under every proof that suits the source, with the mission's practice."""
    mission = selection.payload.key.proof
    proofs = dict.fromkeys((mission, *suitable_proofs(counts)))  # the mission's own may refuse, and says why
    return key_lengths(counts, settings=key_settings(selection), proofs=proofs)


def key_settings(selection: Selection) -> KeySettings:
    """What the mission's practice, its source and the station's detectors set for every proof.

    Of detectors that are alike nothing is stated of a mismatch. Else the ratio is taken for that of both bases, dark
    counts as alike, and the detectors as not trading places.
    """
    practice, ratio = selection.payload.key, selection.site.detectors.efficiency_mismatch
    deltas = (None, None) if ratio == 1.0 else ratio_deltas(efficiency_ratio=ratio)
    return KeySettings(
        error_correction_efficiency=practice.error_correction_efficiency,
        epsilon_sec=practice.epsilon_sec,
        epsilon_cor=practice.epsilon_cor,
        intensity_spread=selection.payload.source.intensity_spread,
        mismatch_delta1=deltas[0],
        mismatch_delta2=deltas[1],
    )


def with_options(selection: Selection, options: RunOptions) -> Selection:
    """The records of a pass with what a user sets for one run: key window, proof, visibility."""
    payload, site = selection.payload, selection.site
    if options.max_range_km is not None:
        payload = replace(payload, key=replace(payload.key, max_range_km=options.max_range_km))
    if options.proof is not None:
        payload = replace(payload, key=replace(payload.key, proof=one_of("proof", options.proof, PROOFS)))
    if options.disturbance not in (None, CATALOGUE):
        assumed = {key: reason for key, reason in payload.assumed.items() if not key.startswith("vibration.")}
        payload = replace(payload, assumed=assumed)
    if options.visibility_km is not None:
        assumed = {**site.assumed, "atmosphere.visibility_km": "given by hand for this run"}
        atmosphere = site.atmosphere.with_visibility(options.visibility_km)
        site = replace(site, atmosphere=atmosphere, assumed=assumed)
    return replace(selection, payload=payload, site=site)


def _vibration(selection: Selection, options: RunOptions) -> Psd:
    if options.disturbance in (None, CATALOGUE):
        return selection.payload.vibration
    if options.disturbance == OLYMPUS:
        return olympus_psd
    name = str(options.disturbance)
    if not Path(name).exists() and not Path(name).suffix:
        one_of("disturbance", name, (CATALOGUE, OLYMPUS))
    return read_psd(name)


def ends_of(selection: Selection, path: Track, apparent_deg: FloatArray, options: RunOptions) -> tuple[End, End]:
    """Both ends of a link along a track, satellite and ground, ready to be tracked with any seed."""
    payload, site = selection.payload, selection.site
    air = turbulence_above(site.atmosphere, height_m=site.station.height_m, profile=selection.cn2_profile)
    up, down = (_beacon_transmittance(selection, beacon, apparent_deg) for beacon in (site.beacon, payload.beacon))
    satellite = Sight(
        time_s=path.time_s,
        rate_x_urad_s=path.satellite_rate_x_urad_s,
        rate_y_urad_s=path.satellite_rate_y_urad_s,
        range_km=path.range_km,
        beacon_transmittance=up,
        point_ahead_x_urad=path.point_ahead_x_urad,
        point_ahead_y_urad=path.point_ahead_y_urad,
        scintillation=point_index(air, elevation_deg=apparent_deg, wavelength_nm=site.beacon.wavelength_nm),
        gaps_s=options.clouds_s,
    )
    ground = Sight(
        time_s=path.time_s,
        rate_x_urad_s=path.ground_rate_x_urad_s,
        rate_y_urad_s=path.ground_rate_y_urad_s,
        range_km=path.range_km,
        beacon_transmittance=down,
        azimuth_deg=path.azimuth_deg,
        elevation_deg=apparent_deg,
        refraction_urad=deg_to_urad(apparent_deg - path.elevation_deg),
        scintillation=aperture_index(
            air,
            elevation_deg=apparent_deg,
            wavelength_nm=payload.beacon.wavelength_nm,
            aperture_m=site.apt.aperture_m,
        ),
        gaps_s=options.clouds_s,
    )
    return (
        End(terminal=payload.apt, sight=satellite, beacon=payload.beacon, vibration=_vibration(selection, options)),
        End(terminal=site.apt, sight=ground, beacon=site.beacon, vibration=site.vibration),
    )


def generators(seed: int) -> tuple[np.random.Generator, np.random.Generator]:
    """Random numbers of both ends, satellite and ground, of one seed."""
    satellite, ground = np.random.default_rng(seed).spawn(2)
    return satellite, ground


def _beacon_transmittance(selection: Selection, beacon: Beacon, apparent_deg: FloatArray) -> FloatArray:
    """Air's share of a beacon by the laws: a table of extinction is made for the signal."""
    return air_transmittance(
        selection.site.atmosphere,
        elevation_deg=apparent_deg,
        wavelength_nm=beacon.wavelength_nm,
        height_m=selection.site.station.height_m,
    ).transmittance
