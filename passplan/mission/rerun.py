"""The same tracked pass once more with other inputs: loss, background, clicks and key, in a few milliseconds.

Nothing is tracked again. The satellite's place along its way, the jitter and the bias act on the tracked residual; the
polarization changes only in its intrinsic contrast; light of Sun and Moon stays where it was. Only the seconds of the
key window are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from passplan.apt.residual import TerminalTrack
from passplan.channel.atmosphere import Atmosphere
from passplan.channel.budget import LossBudget
from passplan.channel.refraction import apparent_elevation_deg
from passplan.channel.sky import Sky
from passplan.checks import FloatArray
from passplan.detection.rates import Clicks
from passplan.errors import DomainError
from passplan.mission.background_path import background_of
from passplan.mission.channel_path import budget_of, clicks_of
from passplan.mission.link import counts_of, key_settings
from passplan.mission.payload import GroundSite, Payload
from passplan.mission.result import PassResult
from passplan.mission.selection import Selection
from passplan.orbit.light import LightConditions
from passplan.orbit.track import Track
from passplan.polarization.error_balance import error_balance
from passplan.qkd.engine import key_lengths

Record = TypeVar("Record")

# Inputs of the re-run that are no key of a file, and their value without an error.
CITY = "sky.city_factor"  # acts on lists of the station's file
CLOUD = "cloud.layer_"  # and the number of a layer of the atmosphere: 1 there, 0 not
TRACKED = {"pointing.jitter_factor": 1.0, "pointing.bias_x_urad": 0.0, "pointing.bias_y_urad": 0.0,
           "element_set.along_track_km": 0.0}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Base:
    """A tracked pass cut to the seconds of its key window, ready to be run again; arrays on their grid, shape (n,).

    whole     : the pass itself
    selection : its records without notes, so that a changed copy is made quickly
    """

    whole: PassResult
    selection: Selection
    track: Track
    light: LightConditions
    satellite: TerminalTrack
    ground: TerminalTrack

    @cached_property
    def nominal(self) -> "Rerun":
        """The pass with every input at its value."""
        return rerun(self, {}, reuse=False)

    @cached_property
    def unshifted(self) -> tuple[Track, FloatArray]:
        """Track of the key window and its apparent elevation [deg]."""
        return self.track, apparent_elevation_deg(elevation_deg=self.track.elevation_deg)

    @cached_property
    def error_of_plates(self) -> FloatArray:
        """Error of both bases with the plates driven as they were, the intrinsic error left out, shape (2, n) [1]."""
        return _error_with(self, np.inf)

    @cached_property
    def speed_km_s(self) -> FloatArray:
        """Speed of the satellite [km/s]."""
        return np.asarray(np.linalg.norm(self.track.satellite_velocity_km_s, axis=1))


@dataclass(frozen=True, kw_only=True)
class Rerun:
    """What one run left, on the seconds of the key window, shape (n,); the polarization error has shape (2, n)."""

    selection: Selection
    tracked: tuple[float, ...]
    budget: LossBudget
    background_cps: FloatArray
    error_polarization: FloatArray
    clicks: Clicks

    @cached_property
    def secret_bits(self) -> float:
        """Key of the expected counts under the mission's proof [bit]."""
        proof = self.selection.payload.key.proof
        counts = counts_of(self.selection, self.clicks, np.ones(self.background_cps.shape, dtype=bool))
        return float(key_lengths(counts, settings=key_settings(self.selection), proofs=[proof])[proof].secret_bits)


def base_of(result: PassResult) -> Base:
    """Cut a pass to its key window.

    Raises
    ------
    DomainError
        If no second is in the key window.
    """
    mask = result.mask
    if not mask.any():
        raise DomainError(f"{result.pass_.pass_id}: no second is in the key window ({result.window.rule})")
    selection = replace(
        result.selection,
        payload=replace(result.payload, sources={}, assumed={}, spread={}),
        site=replace(result.site, sources={}, assumed={}, spread={}),
    )
    return Base(
        whole=result,
        selection=selection,
        track=_cut(result.track, mask),
        light=_cut(result.light, mask),
        satellite=_cut(result.satellite, mask),
        ground=_cut(result.ground, mask),
    )


def rerun(base: Base, values: Mapping[str, float], *, reuse: bool = True) -> Rerun:
    """Run the pass again.

    Parameters
    ----------
    base : Base
        The tracked pass.
    values : mapping
        New values by dotted key of either file, by a name in `TRACKED`, or `CITY` [unit of the key].
    reuse : bool
        Take stages that the values do not touch from the pass with every input at its value.

    Raises
    ------
    DomainError
        If a value lies outside what its record or a model allows; names the values.
    """
    try:
        return _rerun(base, values, base.nominal if reuse else None)
    except DomainError as error:
        listed = ", ".join(f"{key} = {value:.6g}" for key, value in values.items())
        raise DomainError(f"a sample of the spreads is refused: {error} (at {listed})") from error


def _rerun(base: Base, values: Mapping[str, float], before: Rerun | None) -> Rerun:
    tracked = tuple(float(values.get(name, usual)) for name, usual in TRACKED.items())
    selection = changed_selection(base.selection, values)
    path, apparent_deg = shifted(base, tracked[3])
    budget, background_cps = _standing(before, tracked, selection)
    if budget is None:
        satellite = _shaken(base.satellite, *tracked[:3])
        budget = budget_of(selection, path, apparent_deg, satellite, _shaken(base.ground, tracked[0], 0.0, 0.0))
    if background_cps is None:
        background_cps = background_of(selection, path, base.light, apparent_deg).total_cps
    error = _polarization(base, selection)
    clicks = clicks_of(
        selection,
        budget,
        locked=base.satellite.locked * base.ground.locked,
        background_cps=background_cps,
        error_polarization=error,
    )
    return Rerun(
        selection=selection,
        tracked=tracked,
        budget=budget,
        background_cps=background_cps,
        error_polarization=error,
        clicks=clicks,
    )


def _standing(
    before: Rerun | None, tracked: tuple[float, ...], selection: Selection
) -> tuple[LossBudget | None, FloatArray | None]:
    """Loss and background of an earlier run, each where nothing that it rests on differs."""
    if before is None:
        return None, None
    old, new = before.selection, selection
    same_path = (
        before.tracked[3] == tracked[3]
        and old.payload.transmitter == new.payload.transmitter
        and (old.site.receiver, old.site.atmosphere) == (new.site.receiver, new.site.atmosphere)
        and old.site.station == new.site.station
    )
    same_noise = (old.site.sky, old.site.detectors) == (new.site.sky, new.site.detectors)
    budget = before.budget if same_path and before.tracked == tracked else None
    return budget, before.background_cps if same_path and same_noise else None


def _polarization(base: Base, selection: Selection) -> FloatArray:
    """Error of both bases with the plates driven as they were, shape (2, n) [1]."""
    contrast = selection.site.polarization.intrinsic_contrast
    if contrast == base.whole.site.polarization.intrinsic_contrast:
        return base.whole.polarization.error[:, base.whole.mask]
    return _error_with(base, contrast)


def _error_with(base: Base, intrinsic_contrast: float) -> FloatArray:
    whole = base.whole.polarization
    receiver = replace(base.whole.site.polarization, intrinsic_contrast=intrinsic_contrast)
    balance = error_balance(receiver, whole.compensation, unknown_sigma_deg=whole.unknown_sigma_deg)
    return balance.bases(compensated=whole.compensated)[:, base.whole.mask]


def shifted(base: Base, ahead_km: float) -> tuple[Track, FloatArray]:
    """Track of a satellite that flies ahead of its element set [km], and its apparent elevation [deg].

    It is early by the distance over its speed; the turn of the Earth in that time, 30 m a kilometre, is left out.
    """
    if ahead_km == 0.0:
        return base.unshifted
    path, whole = base.track, base.whole.track
    then_s = path.time_s + ahead_km / base.speed_km_s
    names = ("range_km", "elevation_deg", "azimuth_deg", "line_of_sight_rate_urad_s")
    values = {name: getattr(whole, name) for name in names}
    values["azimuth_deg"] = np.unwrap(whole.azimuth_deg, period=360.0)
    path = replace(path, **{name: np.interp(then_s, whole.time_s, each) for name, each in values.items()})
    return path, apparent_elevation_deg(elevation_deg=path.elevation_deg)


def _shaken(terminal: TerminalTrack, factor: float, bias_x_urad: float, bias_y_urad: float) -> TerminalTrack:
    """The same tracking with its jitter times a factor [1] and further biases [urad]."""
    if factor == 1.0 and bias_x_urad == bias_y_urad == 0.0:
        return terminal
    return replace(
        terminal,
        jitter_x_urad=factor * terminal.jitter_x_urad,
        jitter_y_urad=factor * terminal.jitter_y_urad,
        bias_x_urad=terminal.bias_x_urad + bias_x_urad,
        bias_y_urad=terminal.bias_y_urad + bias_y_urad,
    )


def changed_selection(selection: Selection, values: Mapping[str, float]) -> Selection:
    """Records with new values at dotted keys, each in the file that has its first part."""
    own = {key: value for key, value in values.items() if key not in TRACKED and key != CITY}
    if CITY in values:
        site = selection.site
        selection = replace(selection, site=replace(site, sky=_with_city(site.sky, values[CITY])))
    there = {key: value for key, value in own.items() if key.startswith(CLOUD)}
    if there:
        selection = replace(selection, site=replace(selection.site, atmosphere=_with_clouds(selection, there)))
    changed = {}
    for name, schema in (("payload", Payload), ("site", GroundSite)):
        heads = {field.name for field in fields(schema)}
        mine = {key: value for key, value in own.items() if key.split(".")[0] in heads}
        if mine:
            changed[name] = with_values(getattr(selection, name), mine)
    return replace(selection, **changed) if changed else selection


def _with_city(sky: Sky, factor: float) -> Sky:
    """The same sky with what towns add to it times a factor [1]."""
    lights = tuple(
        (azimuth, 1.0 + factor * (light - 1.0) if light > 1.0 else light) for azimuth, light in sky.city_light
    )
    towns = tuple(
        replace(town, horizon_radiance_w_m2_sr_um=factor * town.horizon_radiance_w_m2_sr_um) for town in sky.towns
    )
    return replace(sky, city_light=lights, towns=towns)


def _with_clouds(selection: Selection, there: Mapping[str, float]) -> Atmosphere:
    """The air with each layer that is named present or absent for certain."""
    air = selection.site.atmosphere
    layers = (
        replace(layer, probability=there.get(f"{CLOUD}{number}", layer.probability))
        for number, layer in enumerate(air.cloud, start=1)
    )
    return replace(air, cloud=tuple(layers))


def with_values(record: Record, values: Mapping[str, float]) -> Record:
    """Copy of nested frozen records with new values at dotted keys."""
    below: dict[str, dict[str, float]] = {}
    changed: dict[str, Any] = {}
    for key, value in values.items():
        head, _, rest = key.partition(".")
        if rest:
            below.setdefault(head, {})[rest] = value
        else:
            changed[head] = float(value)
    for head, inner in below.items():
        changed[head] = with_values(getattr(record, head), inner)
    return replace(record, **changed)  # type: ignore[type-var]


def _cut(record: Record, mask: NDArray[np.bool_]) -> Record:
    """Record of arrays on a grid, cut to a mask; longer series, of samples within a second, to their first sample."""
    cut: dict[str, Any] = {}
    for field in fields(record):  # type: ignore[arg-type]
        value = getattr(record, field.name)
        if not isinstance(value, np.ndarray):
            continue
        if value.shape[0] == mask.size:
            cut[field.name] = value[mask]
        elif value.shape[0] > mask.size:
            cut[field.name] = value[:1]
    return replace(record, **cut)  # type: ignore[type-var]
