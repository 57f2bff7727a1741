"""What a measurement of a tracked pass should have counted, for any value of the parameters that a fit varies.

The chain is the one that simulates a pass. Tracking is simulated once, at the start values; of the loss only the
extinction hangs on the visibility, so it alone is tabulated, and a call costs what the clicks cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log, nan

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from passplan.channel.refraction import apparent_elevation_deg
from passplan.checks import FloatArray, freeze
from passplan.errors import DomainError, InputError
from passplan.mission.channel_path import budget_of, clicks_of
from passplan.mission.measured_pass import Measured
from passplan.mission.result import PassResult
from passplan.mission.selection import Selection
from passplan.units import seconds_between

LOCKED = 0.99  # least share of a row in which the simulated tracking is locked; other rows are left out
_NODES_KM = (1.0, 1.4, 2.0, 3.2, 5.0, 7.0, 10.0, 14.0, 20.0, 32.0, 50.0, 100.0, 300.0)
_LEAST_DB = 1e-6  # so that the extinction of no haze has a logarithm


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a fit may vary.

    name, unit : as they are told
    is_log     : is its logarithm fitted? then its interval lies evenly around that
    low, high  : limits of the value
    usual      : range in which it usually lies; data that leave more than that range do not constrain it
    """

    name: str
    unit: str
    is_log: bool
    low: float
    high: float
    usual: tuple[float, float]

    def scaled(self, value: float) -> float:
        """Value as it is fitted."""
        return log(value) if self.is_log else value

    def natural(self, scaled: float) -> float:
        """Value of a fitted one."""
        return float(np.exp(scaled)) if self.is_log else float(scaled)

    def interval(self, middle: float, half: float, limits: tuple[float, float]) -> tuple[float, float]:
        """Ends of an interval about a fitted value, in its unit and inside limits."""
        low, high = map(self.scaled, limits)
        return self.natural(max(middle - half, low)), self.natural(min(middle + half, high))

    @property
    def usual_sigma(self) -> float:
        """Standard deviation of an even distribution over the usual range, as it is fitted."""
        low, high = map(self.scaled, self.usual)
        return (high - low) / float(np.sqrt(12.0))


PARAMETERS = {
    item.name: item
    for item in (
        Parameter(name="visibility_km", unit="km", is_log=True, low=1.0, high=300.0, usual=(1.0, 100.0)),
        Parameter(name="static_loss_db", unit="dB", is_log=False, low=-10.0, high=40.0, usual=(-3.0, 10.0)),
        Parameter(name="background_factor", unit="1", is_log=True, low=1e-4, high=1e5, usual=(0.1, 10.0)),
        Parameter(name="background_cps", unit="1/s", is_log=True, low=1e-2, high=4e6, usual=(30.0, 1e4)),
        Parameter(name="intrinsic_error", unit="1", is_log=False, low=0.0, high=0.4, usual=(0.0, 0.05)),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Expected counts of n rows.

    sifted, errors   : sifted bits and wrong ones among them [count], shape (n,)
    fading_variance  : variance of the sifted bits by the fades that the model knows [count^2], shape (n,)
    background_cps   : raw counts with the signal blanked [1/s], shape (n,)
    loss_db          : mean loss [dB], shape (n,)
    """

    sifted: FloatArray
    errors: FloatArray
    fading_variance: FloatArray
    background_cps: FloatArray
    loss_db: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PassModel:
    """A tracked pass, ready to be asked for the counts of a measurement's rows.

    result      : the pass at its start values
    other_db    : loss without extinction [dB], each second
    extinction  : logarithm of the extinction [dB] of each second against that of the visibility [km]; None where the
        station's table of extinction does not know it
    shares      : share of each second that a row takes in, shape (rows, seconds)
    visible_km  : visibilities that the station's air knows
    """

    result: PassResult
    other_db: FloatArray
    extinction: PchipInterpolator | None
    shares: FloatArray
    visible_km: tuple[float, float]

    def start(self) -> dict[str, float]:
        """Value of each parameter with which the pass was simulated."""
        return {
            "visibility_km": self._start_km(),
            "static_loss_db": 0.0,
            "background_factor": 1.0,
            "background_cps": float(np.mean(self.result.background_cps)),
            "intrinsic_error": self.result.payload.source.preparation_error,
        }

    def _start_km(self) -> float:
        """Visibility of the simulated air; of one with a measured optical depth the one of the nearest extinction."""
        given_km = self.result.site.atmosphere.visibility_km
        if given_km is not None or self.extinction is None:
            return nan if given_km is None else given_km
        try_km = np.geomspace(*self.visible_km, 201)
        away_db = np.exp(self.extinction(np.log(try_km))) - self.result.budget.terms_db["extinction"]
        return float(try_km[np.argmin(np.sum(away_db**2, axis=1))])

    def limits(self, name: str) -> tuple[float, float]:
        """Lowest and highest value of a parameter for this pass."""
        low, high = PARAMETERS[name].low, PARAMETERS[name].high
        if name == "visibility_km":
            return self.visible_km
        return (max(low, -float(self.other_db.min())), high) if name == "static_loss_db" else (low, high)

    def expected(self, values: Mapping[str, float]) -> Expected:
        """Expected counts at values of the parameters; what is absent has its start value.

        With ``background_cps`` the background is that constant, dark counts included; else the sky's counts are
        multiplied by ``background_factor``, and the dark counts stay.
        """
        result, budget, source = self.result, self.result.budget, self.result.payload.source
        extinction_db = budget.terms_db["extinction"]
        if self.extinction is not None and "visibility_km" in values:
            extinction_db = np.exp(self.extinction(log(values["visibility_km"])))
        loss_db = np.maximum(self.other_db + extinction_db + values.get("static_loss_db", 0.0), 0.0)
        background = result.background_cps + (values.get("background_factor", 1.0) - 1.0) * result.sky_cps
        if "background_cps" in values:
            background = np.full(loss_db.size, values["background_cps"])
        clicks = clicks_of(
            with_intrinsic_error(result.selection, values.get("intrinsic_error", source.preparation_error)),
            replace(budget, terms_db={"all": loss_db}),
            locked=result.satellite.locked * result.ground.locked,
            background_cps=background,
            error_polarization=result.polarization.error,
        )
        scatter = clicks.sifted * budget.transmittance_std / budget.transmittance
        return Expected(
            sifted=self.shares @ clicks.sifted,
            errors=self.shares @ clicks.sifted_errors,
            fading_variance=self.shares**2 @ scatter**2,
            background_cps=self._mean(background),
            loss_db=self._mean(loss_db),
        )

    def _mean(self, each_second: FloatArray) -> FloatArray:
        return np.asarray(self.shares @ each_second / self.shares.sum(axis=1))


def pass_model(result: PassResult, measured: Measured) -> tuple[PassModel, NDArray[np.bool_]]:
    """Model of a measurement's rows, and which of them it is for: those in which the simulated tracking is locked.

    Raises
    ------
    InputError
        If the simulated tracking is locked in no row.
    """
    shares = _shares(result, measured)
    locked = shares @ (result.satellite.locked * result.ground.locked) / measured.interval_s
    used = locked >= LOCKED
    if not used.any():
        raise InputError(f"{measured.source}: the simulated tracking is locked in none of the {used.size} rows")
    extinction, visible_km = _extinction(result)
    other_db = result.budget.loss_db - result.budget.terms_db["extinction"]
    freeze(other_db)
    model = PassModel(
        result=result, other_db=other_db, extinction=extinction, shares=shares[used], visible_km=visible_km
    )
    return model, used


def with_visibility(selection: Selection, visibility_km: float) -> Selection:
    """The same pass through air of another visibility [km]."""
    site = selection.site
    return replace(selection, site=replace(site, atmosphere=site.atmosphere.with_visibility(visibility_km)))


def with_intrinsic_error(selection: Selection, error: float) -> Selection:
    """The same pass with another error of preparation and alignment [1]."""
    payload = selection.payload
    return replace(selection, payload=replace(payload, source=replace(payload.source, preparation_error=error)))


def _shares(result: PassResult, measured: Measured) -> FloatArray:
    """Part [s] of each second of the pass that each row takes in; a second of the track lasts from its instant."""
    begin_s = seconds_between(result.track.epoch_utc, measured.epoch_utc) + measured.time_s[:, None]
    seconds = result.track.time_s[None, :]
    end_s = begin_s + measured.interval_s[:, None]
    return np.clip(np.minimum(end_s, seconds + 1.0) - np.maximum(begin_s, seconds), 0.0, 1.0)


def _extinction(result: PassResult) -> tuple[PchipInterpolator | None, tuple[float, float]]:
    """Logarithm of the extinction [dB] against that of the visibility [km], and the visibilities that the air takes."""
    apparent_deg = apparent_elevation_deg(elevation_deg=result.track.elevation_deg)
    start_km = result.site.atmosphere.visibility_km
    taken: dict[float, FloatArray] = {}
    for node_km in sorted({*_NODES_KM, *(() if start_km is None else (start_km,))}):  # exact where the fit starts
        try:
            selection = with_visibility(result.selection, node_km)
            budget = budget_of(selection, result.track, apparent_deg, result.satellite, result.ground)
        except DomainError:  # a table of extinction may know fewer visibilities
            continue
        taken[node_km] = np.log(np.maximum(budget.terms_db["extinction"], _LEAST_DB))
    if len(taken) < 2:
        return None, (_NODES_KM[0], _NODES_KM[-1])
    return PchipInterpolator(np.log(list(taken)), list(taken.values()), axis=0), (min(taken), max(taken))
