"""From transmittance and background to expected clicks and errors for each basis, intensity and second."""

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.checks import FloatArray, freeze, same_length, within
from passplan.detection.acceptance import pulse_acceptance
from passplan.detection.detector import (
    Assigned,
    Detectors,
    afterpulse_cps,
    assigned_clicks,
    live_fraction,
)
from passplan.detection.saturation import paralysable_live_fraction, saturated
from passplan.detection.source import Source
from passplan.errors import DomainError

_BLOCK = 4096  # seconds at a time, so that a block's arrays stay in the processor's cache


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clicks:
    """Clicks of a pass on one time grid; basis 0 is the key basis, 1 the test basis; intensities as in the source.

    clicks : sifted clicks, source and receiver in the same basis, shape (2, K, n) [count]
    errors : those with the wrong bit, shape (2, K, n) [count]
    detections : accepted clicks of all bases and intensities, sifted or not, shape (n,) [count]
    errors_polarization, errors_preparation, errors_background : errors of the signal intensity in both bases, by cause,
        shape (n,) [count]; they sum to its errors; background holds dark counts and afterpulses too
    saturated : whether the busiest detector clicks more often than its limit, so that counts are not to be trusted,
        shape (n,)
    """

    clicks: FloatArray
    errors: FloatArray
    detections: FloatArray
    errors_polarization: FloatArray
    errors_preparation: FloatArray
    errors_background: FloatArray
    saturated: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Check that all arrays share one time grid, then mark them read-only."""
        arrays: dict[str, NDArray[Any]] = {field.name: getattr(self, field.name) for field in fields(self)}
        same_length(**arrays)
        if self.clicks.shape != self.errors.shape or self.clicks.ndim != 3 or self.clicks.shape[0] != 2:
            raise DomainError(
                f"clicks has shape {self.clicks.shape} and errors {self.errors.shape}, must both be (2, intensities, n)"
            )
        freeze(*arrays.values())

    @property
    def sifted(self) -> FloatArray:
        """Sifted bits of the signal intensity, both bases, shape (n,) [count]."""
        return np.asarray(self.clicks[:, 0].sum(axis=0))

    @property
    def sifted_errors(self) -> FloatArray:
        """Wrong ones among the sifted bits of the signal intensity, both bases, shape (n,) [count]."""
        return np.asarray(self.errors[:, 0].sum(axis=0))


class _Gate(NamedTuple):
    """A gate: detected photons for each unit of transmittance (K,), noise of one detector (n,), live share (n,).

    saturated : whether the busiest detector clicks too often, shape (n,)
    """

    photons: FloatArray
    noise: FloatArray
    live: FloatArray
    saturated: NDArray[np.bool_]


def expected_clicks(
    source: Source,
    detectors: Detectors,
    *,
    transmittance: ArrayLike,
    background_cps: ArrayLike,
    error_polarization: ArrayLike,
    dwell_s: float = 1.0,
    transmittance_variance: ArrayLike | None = None,
) -> Clicks:
    """Mean numbers of clicks and errors in each interval.

    Parameters
    ----------
    source : Source
        Intensities, their probabilities, clock, basis and preparation error.
    detectors : Detectors
        Passive four-detector receiver.
    transmittance : array_like, shape (n,)
        From the transmitter's output to in front of the detectors, mean over the interval [1], in [0, 1].
    background_cps : array_like, shape (n,) or ()
        Background and dark counts of all detectors together, before the gate [1/s], >= 0.
    error_polarization : array_like, shape (n,), (2, n) or ()
        Probability of the wrong port from the polarization, intrinsic contrast included [1], in [0, 1]; with two rows,
        for the key basis and the test basis.
    dwell_s : float
        Length of each interval [s], > 0.
    transmittance_variance : array_like, shape (n,) or (), optional
        Variance of the transmittance within the interval [1]. Without it the mean stands for every pulse.

    Returns
    -------
    Clicks
        Expected counts.

    Raises
    ------
    DomainError
        If an input lies outside its range, the variance exceeds t (1 - t), the gates overlap, or the detectors name a
        table of efficiency that has not been read.

    Notes
    -----
    For an intensity mu, m = mu t eta_det gate_acceptance photons are detected in a gate on average, split by the beam
    splitter and by the analyser, and each detector clicks with live (1 - (1 - Y0) exp(-its share)), Y0 = 1 - exp(-raw
    cps / 4 * gate). This is exact for Poisson photon numbers; no small-signal limit is taken. Double clicks follow
    `assigned_clicks`. Light of the other basis splits evenly over both ports. Errors of polarization and preparation
    combine as independent flips. Noise and afterpulses are even in time and over the detectors.

    Detectors of unlike efficiency: the mean over both values of the bit, each with its own port as the right one; the
    share of live time is that of the mean efficiency.

    Fading: the gain is concave in t, so its mean is lower than the gain of the mean. It is taken as the mean over
    t - sigma and t + sigma, which is right to second order in sigma, whatever the distribution.

    Errors by cause: errors that vanish with the noise are background; the rest is shared between polarization and
    preparation in proportion to the flips that only one of them makes.
    """
    times = np.atleast_1d(np.asarray(transmittance, dtype=float))
    noise_cps = np.broadcast_to(np.asarray(background_cps, dtype=float), times.shape)
    polarization = np.broadcast_to(np.asarray(error_polarization, dtype=float), (2, *times.shape))
    _check(times, noise_cps, polarization, dwell_s)
    if detectors.basis_split == 0.5 and np.ndim(error_polarization) < 2:
        polarization = polarization[:1]  # both bases are alike: one stands for both
    if detectors.efficiency_table is not None:
        raise DomainError(
            f"Detectors.efficiency_table is {detectors.efficiency_table!r}, must be read first (efficiency.with_table)"
        )
    pulse_acceptance(source, detectors)  # refuses gates that overlap
    spread = _spread(times, transmittance_variance)
    points = times[None] if spread is None else np.stack([times - spread, times + spread])
    pulses = _pulses(source, dwell_s)
    blocks = []
    for start in range(0, max(times.size, 1), _BLOCK):
        part = slice(start, start + _BLOCK)
        gate = _gate(source, detectors, times[part], noise_cps[part])
        blocks.append(_counts(source, detectors, gate, pulses, polarization[:, part], points[:, part]))
    whole = blocks[0] if len(blocks) == 1 else (np.concatenate(each, axis=-1) for each in zip(*blocks, strict=True))
    return Clicks(**dict(zip((field.name for field in fields(Clicks)), whole, strict=True)))


def sampled_clicks(expected: Clicks, rng: np.random.Generator) -> Clicks:
    """Draw one realisation of a pass.

    Parameters
    ----------
    expected : Clicks
        Mean numbers.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Clicks
        Whole numbers as floats: Poisson clicks, binomial errors among them, Poisson clicks that sifting drops, and
        multinomial causes of the signal's errors; errors <= clicks and sifted <= detections always.

    Notes
    -----
    Poisson is the limit of binomial draws at gains far below 1 (at most 1e-3 on a satellite link).
    """
    clicks = rng.poisson(expected.clicks)
    share = np.divide(expected.errors, expected.clicks, out=np.zeros_like(expected.errors), where=expected.clicks > 0.0)
    errors = rng.binomial(clicks, np.clip(share, 0.0, 1.0))
    unsifted = rng.poisson(np.maximum(expected.detections - expected.clicks.sum(axis=(0, 1)), 0.0))
    causes = np.stack([expected.errors_polarization, expected.errors_preparation, expected.errors_background], axis=-1)
    causes = np.maximum(causes, 0.0)
    total = causes.sum(axis=-1, keepdims=True)
    even = np.full_like(causes, 1.0 / 3.0)
    by_cause = rng.multinomial(errors[:, 0].sum(axis=0), np.divide(causes, total, out=even, where=total > 0.0))
    polarization, preparation, background = np.moveaxis(by_cause.astype(float), -1, 0)
    return Clicks(
        clicks=clicks.astype(float),
        errors=errors.astype(float),
        detections=(clicks.sum(axis=(0, 1)) + unsifted).astype(float),
        errors_polarization=polarization,
        errors_preparation=preparation,
        errors_background=background,
        saturated=expected.saturated,
    )


def _check(transmittance: FloatArray, background_cps: FloatArray, error: FloatArray, dwell_s: float) -> None:
    if transmittance.ndim != 1:
        raise DomainError(f"transmittance has shape {transmittance.shape}, must be (n,)")
    within("transmittance", transmittance, 0.0, 1.0)
    within("background_cps", background_cps, 0.0, np.inf, ends="[)")
    within("error_polarization", error, 0.0, 1.0)
    within("dwell_s", dwell_s, 0.0, np.inf, ends="()")


def _spread(transmittance: FloatArray, variance: ArrayLike | None) -> FloatArray | None:
    """Standard deviation of the transmittance [1]; no distribution on [0, 1] has a variance above t (1 - t)."""
    if variance is None:
        return None
    spread = np.broadcast_to(np.asarray(variance, dtype=float), transmittance.shape)
    within("transmittance_variance", spread, 0.0, 1.0)
    excess = spread > transmittance * (1.0 - transmittance)
    if np.any(excess):
        first = int(np.flatnonzero(excess)[0])
        raise DomainError(
            f"transmittance_variance is {spread[first]:g} at a mean of {transmittance[first]:g}, "
            "must not exceed t (1 - t)"
        )
    return np.sqrt(spread)


def _pulses(source: Source, dwell_s: float) -> FloatArray:
    """Pulses sent in each basis and intensity, shape (2, K) [count]."""
    bases = np.array([source.basis_probability, 1.0 - source.basis_probability])
    return source.clock_hz * dwell_s * np.multiply.outer(bases, source.probabilities)


def _gate(source: Source, detectors: Detectors, transmittance: FloatArray, background_cps: FloatArray) -> _Gate:
    """Properties of a gate; the rates that cause dead time and afterpulses are those of mean transmittance, ungated."""
    photons = detectors.efficiency * np.asarray(source.intensities)
    lit = -np.expm1(-np.multiply.outer(photons, transmittance))
    lit_cps = source.clock_hz * (np.asarray(source.probabilities) @ lit)
    raw_cps = lit_cps + background_cps
    after_cps = afterpulse_cps(rate_cps=raw_cps, afterpulse_probability=detectors.afterpulse_probability)
    gate_s = detectors.gate_ns * 1e-9  # ns to s
    live = paralysable_live_fraction if detectors.paralysable else live_fraction
    busiest = 0.5 * max(detectors.basis_split, 1.0 - detectors.basis_split) * detectors.port_factors[0][0]
    return _Gate(
        photons=photons * pulse_acceptance(source, detectors),
        noise=-np.expm1(-(background_cps + after_cps) / detectors.count * gate_s),
        live=live(rate_cps=(raw_cps + after_cps) / detectors.count, dead_time_ns=detectors.dead_time_ns),
        saturated=saturated(
            rate_cps=busiest * lit_cps + (background_cps + after_cps) / detectors.count,
            limit_cps=detectors.saturation_cps,
        ),
    )


def _counts(
    source: Source,
    detectors: Detectors,
    gate: _Gate,
    pulses: FloatArray,
    polarization: FloatArray,
    points: FloatArray,
) -> tuple[NDArray[Any], ...]:
    """Fields of `Clicks` in their order, for a stretch of time; points are the transmittances of fading, (1 or 2, n).

    Fading enters by the two-point rule; the lower point may be a negative transmittance, the mean of both is not.
    """
    preparation = source.preparation_error
    flip = polarization + preparation - 2.0 * polarization * preparation
    noise, seen = gate.live * gate.noise, gate.live * (1.0 - gate.noise)
    bits = [_lit(gate, detectors, flip, points, factors) for factors in detectors.port_factors]
    noisy = _mean_of([_sorted_clicks(detectors, *(noise + seen * port for port in ports)) for ports in bits])
    quiet = _mean_of([_sorted_clicks(detectors, *(gate.live * port[:, :, 0] for port in ports)) for ports in bits])
    clicks, errors, others = (pulses[:, :, None] * probability for probability in noisy)
    quiet_errors = pulses[:, :1] * quiet.errors
    by_polarization = quiet_errors * _polarization_share(polarization, preparation)
    return (
        clicks,
        errors,
        (clicks + others).sum(axis=(0, 1)),
        by_polarization.sum(axis=0),
        (quiet_errors - by_polarization).sum(axis=0),
        (errors[:, 0] - quiet_errors).sum(axis=0),
        gate.saturated,
    )


def _lit(
    gate: _Gate, detectors: Detectors, flip: FloatArray, points: FloatArray, factors: tuple[float, float]
) -> tuple[FloatArray, ...]:
    """Shares of gates with detected light, shape (points, 2 or 1, K, n): right, wrong, ports of the other basis.

    Bases stand in the order of the source; the receiver's other basis gets what is left and splits it evenly. Twins
    have one port of the other basis, detectors with unlike factors two.
    """
    here, there = factors
    photons = gate.photons[:, None] * -points[:, None, None, :]
    split = np.array([detectors.basis_split, 1.0 - detectors.basis_split])[: len(flip), None]
    others = {factor: np.broadcast_to(0.5 * (1.0 - split) * factor, flip.shape) for factor in factors}
    shares = (split * (1.0 - flip) * here, split * flip * there, *others.values())
    return tuple(-np.expm1(photons * share[:, None, :]) for share in shares)


def _sorted_clicks(detectors: Detectors, right: FloatArray, wrong: FloatArray, *other: FloatArray) -> Assigned:
    """Sorted clicks of a gate, mean over the points of fading (the first axis); one or two other ports."""
    each = assigned_clicks(
        right=right, wrong=wrong, other_first=other[0], other_second=other[-1], cross_basis=detectors.cross_basis
    )
    if right.shape[0] == 1:
        return Assigned(*(term[0] for term in each))
    return Assigned(*(0.5 * (term[0] + term[1]) for term in each))


def _mean_of(cases: list[Assigned]) -> Assigned:
    """Mean over the values of the bit; the case itself where detectors are twins."""
    if len(cases) == 1:
        return cases[0]
    return Assigned(*(sum(terms) / len(cases) for terms in zip(*cases, strict=True)))


def _polarization_share(polarization: FloatArray, preparation: float) -> FloatArray:
    """Share of the flips that polarization alone makes among those that one cause alone makes."""
    alone = polarization * (1.0 - preparation)
    either = alone + preparation * (1.0 - polarization)
    return np.divide(alone, either, out=np.zeros_like(alone), where=either > 0.0)
