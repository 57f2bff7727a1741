"""How sure the loss, the rate and the errors of a pass are, from the spreads of its inputs, and which drives them.

All inputs are independent and are drawn together for the bands; the ranking moves one input at a time. Names of results
are those of the document of a pass, such as ``detection.qber``, so that a printed figure can be held against its band.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from passplan.channel.atmosphere import Atmosphere
from passplan.checks import FloatArray, within
from passplan.mission.catalog import night_window
from passplan.mission.payload import spread_inputs
from passplan.mission.rerun import CLOUD, Base, base_of
from passplan.mission.rerun_light import TURBULENCE
from passplan.mission.rerun_many import Runs, rerun_many, secret_bits
from passplan.mission.result import PassResult
from passplan.mission.spread import Band, Limits, Spread, SpreadInput, band, causes_of, sampled_inputs

LOSS, QBER, SIFTED = "link.loss_db.mean", "detection.qber", "detection.sifted_bits"
NEAREST, FARTHEST = "link.loss_at_min_range_db", "link.loss_at_max_range_db"
BACKGROUND, SECRET = "detection.background_cps", "key.secret_bits"
RESULTS = (LOSS, NEAREST, FARTHEST, SIFTED, QBER, BACKGROUND, SECRET)
RANKED = (LOSS, QBER, SIFTED)
COUNTING = "counting"
FEWEST = 20  # samples: below, a 95 % band is no more than the ends of what was drawn

_NODES = 5  # of a Gauss-Hermite sum over the normal score of one input: exact for polynomials to degree 9
_STILL = "element_set.along_track_km"  # moved by 0 where no input has a spread
_LEVELS = 16  # of an input that shapes the turbulence profile, whose integrals are kept by profile: 8 ms for a new one
_SHARE_OF_CAUSE = 8  # the band of one cause has so many times fewer samples than that of all


@dataclass(frozen=True, slots=True, kw_only=True)
class InputEffect:
    """One input of the ranking.

    file   : "satellite" or "station"
    key    : its dotted key, or a pseudo-key
    value  : its value, in the unit of the key
    spread : its width in words, with the age of the element set in it
    cause, reason : under which it is gathered, and where the width comes from
    minus, plus : change of each result when it stands at its 16 % or 84 % quantile, all else at its value
    share  : variance of each result when it alone varies, over the variance when everything does [1]
    """

    file: str
    key: str
    value: float
    spread: str
    cause: str
    reason: str
    minus: dict[str, float]
    plus: dict[str, float]
    share: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """Bands of a pass over its key window of n seconds; 68 % is p16 .. p84, 95 % is p2_5 .. p97_5, by quantiles.

    samples : joint samples
    time_s  : seconds of the key window on the grid of the track, shape (n,) [s]
    loss_db : loss of each second, transmitter output to in front of the detectors [dB]
    transmittance : the same as a share [1]
    sifted_bits, qber : of each second, counting statistics included [bit/s], [1]; a second without a bit has QBER 1/2
    nominal : each of `RESULTS` with every input at its value
    totals  : band of each of `RESULTS`; counting statistics are in the sifted bits and the QBER, not in the secret bits
    by_cause : the same but for the secret bits, all other causes held still; "counting" is that of the counts
    cause_share : share of the variance of each of `RANKED` [1], by cause; what is missing to 1 comes from causes that
        act together
    inputs  : effects, those with the largest share of the variance of the loss, QBER or sifted bits first
    """

    samples: int
    time_s: FloatArray
    loss_db: Band
    transmittance: Band
    sifted_bits: Band
    qber: Band
    nominal: dict[str, float]
    totals: dict[str, Band]
    by_cause: dict[str, dict[str, Band]]
    cause_share: dict[str, dict[str, float]]
    inputs: tuple[InputEffect, ...]


def uncertainty_of(result: PassResult, *, samples: int = 400, rng: np.random.Generator) -> Uncertainty:
    """Bands and ranking of a pass that has been simulated.

    Parameters
    ----------
    result : PassResult
        The pass; its tracking stands, nothing is tracked again.
    samples : int
        Joint Latin-hypercube samples, >= 20; each cause alone has an eighth of them, at least 20.
    rng : numpy.random.Generator
        Source of randomness.

    Raises
    ------
    DomainError
        If there are too few samples, no second is in the key window, or a model refuses a sample.

    Notes
    -----
    Variances of one input alone are five-point Gauss-Hermite sums over its normal score. Counts are drawn as Poisson
    sifted bits and binomial errors among them. Inputs of the turbulence profile take 16 levels.
    """
    within("samples", samples, FEWEST, np.inf, ends="[)")
    base, owners = base_of(result), inputs_of(result)
    drawn = _draw(tuple(owners), samples, rng)
    runs = rerun_many(base, drawn)
    noisy = _counted(runs.sifted, runs.sifted_errors, rng)
    totals = _totals(base, runs) | {SECRET: secret_bits(base, drawn, runs, where=range(samples))}
    totals |= {SIFTED: noisy[0].sum(axis=1), QBER: _rate(noisy[1].sum(axis=1), noisy[0].sum(axis=1))}
    bands = {name: band(values) for name, values in totals.items()}
    variance = {name: float(np.var(totals[name])) for name in RANKED}
    few = max(samples // _SHARE_OF_CAUSE, FEWEST)
    causes = {cause: tuple(each for each in owners if each.cause == cause) for cause in causes_of(owners)}
    alone = _alone(base, tuple(owners), [_draw(inputs, few, rng) for inputs in causes.values()])
    nominal = alone.nominal
    by_cause = {
        cause: {name: band(values) for name, values in moved.items()}
        for cause, moved in zip(causes, alone.causes, strict=True)
    }
    effects = [
        _effect(each, file, nominal, moved, variance)
        for (each, file), moved in zip(owners.items(), alone.inputs, strict=True)
    ]
    shares = {
        cause: {name: sum(each.share[name] for each in effects if each.cause == cause) for name in RANKED}
        for cause in by_cause
    }
    by_cause[COUNTING], shares[COUNTING] = _counting(base, nominal, variance, samples, rng)
    return Uncertainty(
        samples=samples,
        time_s=base.track.time_s,
        loss_db=band(runs.loss_db),
        transmittance=band(runs.transmittance),
        sifted_bits=band(noisy[0]),
        qber=band(_rate(noisy[1], noisy[0])),
        nominal=nominal,
        totals=bands,
        by_cause=by_cause,
        cause_share=shares,
        inputs=tuple(sorted(effects, key=lambda each: -max(each.share.values()))),
    )


def inputs_of(result: PassResult) -> dict[SpreadInput, str]:
    """Inputs of a pass that carry a spread, each with "satellite" or "station", whose file holds it.

    The visibility of a night that the station's file knows has that night's own ``spread_factor``, if it gives one; one
    given by hand keeps the file's spread. The error along the track has grown with the age of the element set, and the
    bias acts on both axes independently. A layer of cloud is there or not, with its probability; at its value it is the
    mean of both.
    """
    found: dict[SpreadInput, str] = {}
    for each in spread_inputs(result.payload):
        spread = each.spread.at_age(result.track.elements_age_days)
        if each.key == "pointing.bias_urad":
            found |= {replace(each, key=f"pointing.bias_{axis}_urad"): "satellite" for axis in "xy"}
        else:
            found[replace(each, spread=spread)] = "satellite"
    own = _night_spread(result)
    for each in spread_inputs(replace(result.site, spread={**result.site.spread, **own})):
        found[each] = "station"
    return found | dict.fromkeys(_cloud_inputs(result.site.atmosphere), "station")


def _cloud_inputs(air: Atmosphere) -> list[SpreadInput]:
    """Layers of cloud that may be there or not."""
    reason = "the layer's own probability, night to night"
    return [
        SpreadInput(
            key=f"{CLOUD}{number}",
            value=layer.probability,
            limits=Limits(low=0.0, high=1.0),
            spread=Spread(chance=layer.probability, cause="cloud", reason=reason),
        )
        for number, layer in enumerate(air.cloud, start=1)
        if 0.0 < layer.probability < 1.0
    ]


def _night_spread(result: PassResult) -> dict[str, Spread]:
    """Spread of the visibility that the station's file gives for the night of the pass, if it does."""
    if result.options.visibility_km is not None:
        return {}
    for night in result.site.night:
        evening = datetime.combine(night.date, time(0), tzinfo=UTC)
        start, end = night_window(evening, result.site.station.longitude_deg)
        if start <= result.pass_.culmination_utc < end and night.spread_factor is not None:
            return {"atmosphere.visibility_km": Spread(factor=night.spread_factor, reason=night.reason)}
    return {}


class _Alone(NamedTuple):
    """Results by name, one value a run: of nothing moved, of each cause's samples, of each input at `_places`."""

    nominal: dict[str, float]
    causes: list[dict[str, FloatArray]]
    inputs: list[dict[str, FloatArray]]


def _draw(inputs: Sequence[SpreadInput], samples: int, rng: np.random.Generator) -> dict[str, FloatArray]:
    """Joint samples of inputs by key, shape (samples,); of a shift by nothing where there is no input."""
    values = sampled_inputs(
        {each.key: each.spread for each in inputs},
        {each.key: each.value for each in inputs},
        {each.key: each.limits for each in inputs},
        samples,
        rng,
    )
    for each in inputs:
        if each.key in TURBULENCE:
            levels = np.sort(values[each.key])[(np.arange(_LEVELS) * samples + samples // 2) // _LEVELS]
            values[each.key] = levels[np.argmin(np.abs(values[each.key][:, None] - levels), axis=1)]
    return values or {_STILL: np.zeros(samples)}


def _alone(base: Base, inputs: Sequence[SpreadInput], causes: Sequence[Mapping[str, FloatArray]]) -> _Alone:
    """Runs in which only some inputs move, joined so that they share every stage that they can."""
    moved = [*causes, *({each.key: _places(each)} for each in inputs)]
    ends = np.cumsum([1, *(next(iter(block.values())).size for block in moved)])
    columns = {each.key: np.full(ends[-1], each.value) for each in inputs} or {_STILL: np.zeros(1)}
    for start, stop, block in zip(ends[:-1], ends[1:], moved, strict=True):
        for key, values in block.items():
            columns[key][start:stop] = values
    runs = rerun_many(base, columns)
    totals = _totals(base, runs) | {SECRET: np.full(ends[-1], np.nan)}
    first = ends[len(causes) : -1]  # run of each input
    where = [0, *(first + 0), *(first + 1)]
    totals[SECRET][where] = secret_bits(base, columns, runs, where=where)
    blocks = [{name: values[start:stop] for name, values in totals.items()} for start, stop in pairwise(ends)]
    return _Alone(
        nominal={name: float(values[0]) for name, values in totals.items()},
        causes=[{name: values for name, values in block.items() if name != SECRET} for block in blocks[: len(causes)]],
        inputs=blocks[len(causes) :],
    )


def _places(each: SpreadInput) -> FloatArray:
    """Values of an input at its 16 % and 84 % quantiles and at the nodes of the sum over its normal score."""
    from scipy.special import ndtr

    at = each.at(ndtr(np.concatenate([[-1.0, 1.0], np.polynomial.hermite_e.hermegauss(_NODES)[0]])))
    return np.where(np.isclose(at, each.value, rtol=1e-12, atol=0.0), each.value, at)


def _totals(base: Base, runs: Runs) -> dict[str, FloatArray]:
    """Results of each run by name; nearest and farthest are those of the predicted range."""
    bits = runs.sifted.sum(axis=1)
    return {
        LOSS: runs.loss_db.mean(axis=1),
        NEAREST: runs.loss_db[:, np.argmin(base.track.range_km)],
        FARTHEST: runs.loss_db[:, np.argmax(base.track.range_km)],
        SIFTED: bits,
        QBER: _rate(runs.sifted_errors.sum(axis=1), bits),
        BACKGROUND: runs.background_cps.mean(axis=1),
    }


def _counted(sifted: FloatArray, errors: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Whole numbers of sifted bits and errors drawn about the expected ones."""
    bits = rng.poisson(sifted)
    return bits.astype(float), rng.binomial(bits, _rate(errors, sifted)).astype(float)


def _rate(errors: FloatArray, bits: FloatArray) -> FloatArray:
    """Errors over bits [1]; 1/2 where there is no bit."""
    return np.divide(errors, bits, out=np.full(np.shape(bits), 0.5), where=bits > 0.0)


def _counting(
    base: Base, nominal: Mapping[str, float], variance: Mapping[str, float], samples: int, rng: np.random.Generator
) -> tuple[dict[str, Band], dict[str, float]]:
    """Bands and shares of the statistics of the counts alone."""
    clicks = base.nominal.clicks
    shape = (samples, clicks.sifted.size)
    bits, errors = _counted(np.broadcast_to(clicks.sifted, shape), np.broadcast_to(clicks.sifted_errors, shape), rng)
    drawn = {name: np.full(samples, value) for name, value in nominal.items() if name != SECRET}
    drawn |= {SIFTED: bits.sum(axis=1), QBER: _rate(errors.sum(axis=1), bits.sum(axis=1))}
    qber, expected = nominal[QBER], nominal[SIFTED]
    own = {LOSS: 0.0, SIFTED: expected, QBER: qber * (1.0 - qber) / max(expected, 1.0)}  # Poisson, binomial
    shares = {name: _share(own[name], variance[name]) for name in RANKED}
    return {name: band(values) for name, values in drawn.items()}, shares


def _effect(
    each: SpreadInput,
    file: str,
    nominal: Mapping[str, float],
    moved: Mapping[str, FloatArray],
    variance: Mapping[str, float],
) -> InputEffect:
    """What one input does, from the results at its `_places`, all others at their values."""
    weights = np.polynomial.hermite_e.hermegauss(_NODES)[1]
    share = {}
    for name in RANKED:
        mean = float(np.average(moved[name][2:], weights=weights))
        share[name] = _share(float(np.average((moved[name][2:] - mean) ** 2, weights=weights)), variance[name])
    minus, plus = ({name: float(moved[name][place]) - nominal[name] for name in RESULTS} for place in (0, 1))
    return InputEffect(
        file=file,
        key=each.key,
        value=each.value,
        spread=each.spread.text,
        cause=each.cause,
        reason=each.spread.reason,
        minus=minus,
        plus=plus,
        share=share,
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else 0.0
