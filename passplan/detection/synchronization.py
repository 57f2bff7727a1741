"""Gates that are not centred: a constant offset, a clock that drifts, and the width of gate that serves best."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf

from passplan.checks import FloatArray, within
from passplan.constants import SPEED_OF_LIGHT_M_S
from passplan.detection.error_rate import key_weight, noisy_error_rate
from passplan.detection.gating import gate_acceptance
from passplan.errors import DomainError

_ROOT2 = math.sqrt(2.0)


def doppler_drift_ns_s(*, range_rate_m_s: ArrayLike, clock_error_ppb: ArrayLike = 0.0) -> FloatArray:
    """Rate at which the pulses run away from gates of constant period.

    Parameters
    ----------
    range_rate_m_s : array_like, shape (...)
        Range rate that the gates do not follow [m/s]: the whole of it without correction, else its error.
    clock_error_ppb : array_like, shape (...)
        Relative frequency error of the two clocks [1e-9], positive when the ground's is fast. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Drift of the arrival times [ns/s], positive when they come later and later: range rate / c, and 1 ns/s for each
        ppb. First order in range rate / c; the next order is 3e-5 of it at most.

    Raises
    ------
    DomainError
        If an input is not finite.

    Notes
    -----
    7 km/s drift by 23 us/s, so a gate of 2 ns must follow the pulses; 0.1 m/s of error drift by 0.33 ns/s.
    """
    within("range_rate_m_s", range_rate_m_s, -np.inf, np.inf, ends="()")
    within("clock_error_ppb", clock_error_ppb, -np.inf, np.inf, ends="()")
    doppler = np.asarray(range_rate_m_s, dtype=float) / (SPEED_OF_LIGHT_M_S * 1e-9)  # m/s over m/ns
    return doppler + np.asarray(clock_error_ppb, dtype=float)


def offset_acceptance(*, gate_ns: ArrayLike, timing_sigma_ns: ArrayLike, offset_ns: ArrayLike) -> FloatArray:
    """Share of the pulses inside a gate that is not centred on them.

    Parameters
    ----------
    gate_ns : array_like, shape (...)
        Full width of the gate [ns], > 0.
    timing_sigma_ns : array_like, shape (...)
        Standard deviation of the arrival times [ns], > 0.
    offset_ns : array_like, shape (...)
        Mean arrival against the middle of the gate [ns]. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Share [1], exact for Gaussian arrival times; `gate_acceptance` where the offset is 0.

    Raises
    ------
    DomainError
        If an input lies outside its range.
    """
    early, late = _edges(gate_ns, timing_sigma_ns, offset_ns)
    return np.asarray(0.5 * (erf(late) - erf(early)))


def drifting_acceptance(
    *, gate_ns: ArrayLike, timing_sigma_ns: ArrayLike, drift_ns: ArrayLike, offset_ns: ArrayLike = 0.0
) -> FloatArray:
    """Mean share of the pulses inside a gate from which they drift evenly between two corrections.

    Parameters
    ----------
    gate_ns : array_like, shape (...)
        Full width of the gate [ns], > 0.
    timing_sigma_ns : array_like, shape (...)
        Standard deviation of the arrival times without the drift [ns], > 0.
    drift_ns : array_like, shape (...)
        Whole drift between two corrections [ns]: `doppler_drift_ns_s` times the interval.
    offset_ns : array_like, shape (...)
        Mean arrival against the middle of the gate [ns]. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Share [1], mean over arrivals from offset - drift / 2 to offset + drift / 2; exact for Gaussian arrival times.

    Raises
    ------
    DomainError
        If an input lies outside its range.
    """
    within("drift_ns", drift_ns, -np.inf, np.inf, ends="()")
    sigma = np.asarray(timing_sigma_ns, dtype=float)
    half = np.maximum(0.5 * np.abs(np.asarray(drift_ns, dtype=float)), 1e-4 * sigma)  # no 0 / 0; off by 1e-9 at most
    sweep = [np.add(offset_ns, sign * half) for sign in (-1.0, 1.0)]
    (first_early, first_late), (last_early, last_late) = (_edges(gate_ns, sigma, offset) for offset in sweep)
    late = _erf_integral(first_late) - _erf_integral(last_late)
    early = _erf_integral(first_early) - _erf_integral(last_early)
    return np.asarray(np.clip((late - early) * _ROOT2 * sigma / (4.0 * half), 0.0, 1.0))


def best_gate_ns(
    *,
    signal_bit_s: float,
    noise_bit_s: float,
    error_intrinsic: float,
    timing_sigma_ns: float,
    clock_hz: float,
    correction_efficiency: float = 1.16,
) -> float:
    """Gate that leaves the most key: a wide one lets noise in, a narrow one keeps signal out.

    Parameters
    ----------
    signal_bit_s : float
        Sifted signal bits without a gate [1/s], > 0.
    noise_bit_s : float
        Sifted noise bits without a gate [1/s], >= 0, spread evenly in time.
    error_intrinsic : float
        Error probability of the signal [1], in [0, 0.5].
    timing_sigma_ns : float
        Standard deviation of the arrival times [ns], > 0.
    clock_hz : float
        Pulses per second [Hz], > 0; the gate is at most the period.
    correction_efficiency : float
        Bits of error correction over the Shannon limit [1], >= 1.

    Returns
    -------
    float
        Full width [ns] at which (S + B) (1 - (1 + f) h(Q)) is greatest, to 1e-3 of the spread. The weight is that of
        single photons and long keys; decoy states and finite keys move the width little.

    Raises
    ------
    DomainError
        If an input lies outside its range, or no width leaves a key.
    """
    within("timing_sigma_ns", timing_sigma_ns, 0.0, np.inf, ends="()")
    within("clock_hz", clock_hz, 0.0, np.inf, ends="()")
    period_ns = 1e9 / clock_hz
    width_ns = np.linspace(0.0, min(period_ns, 12.0 * timing_sigma_ns), 400)[1:]

    def weight(gate_ns: FloatArray) -> FloatArray:
        signal = signal_bit_s * gate_acceptance(gate_ns=gate_ns, timing_sigma_ns=timing_sigma_ns)
        noise = noise_bit_s * gate_ns / period_ns
        error = noisy_error_rate(signal_bit_s=signal, noise_bit_s=noise, error_intrinsic=error_intrinsic)
        return (signal + noise) * key_weight(qber=error, correction_efficiency=correction_efficiency)

    for _ in range(2):  # a coarse grid, then a fine one between the neighbours of its best
        best = int(np.argmax(weight(width_ns)))
        neighbours = width_ns[max(best - 1, 0)], width_ns[min(best + 1, width_ns.size - 1)]
        chosen_ns, width_ns = float(width_ns[best]), np.linspace(*neighbours, 400)
    if weight(np.array([chosen_ns]))[0] <= 0.0:
        raise DomainError(f"no gate leaves a key: noise_bit_s is {noise_bit_s:g} beside signal_bit_s {signal_bit_s:g}")
    return chosen_ns


def _edges(gate_ns: ArrayLike, sigma_ns: ArrayLike, offset_ns: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Edges of the gate seen from the mean arrival, in units of sqrt(2) sigma."""
    within("gate_ns", gate_ns, 0.0, np.inf, ends="()")
    within("timing_sigma_ns", sigma_ns, 0.0, np.inf, ends="()")
    within("offset_ns", offset_ns, -np.inf, np.inf, ends="()")
    half, unit = 0.5 * np.asarray(gate_ns, dtype=float), _ROOT2 * np.asarray(sigma_ns, dtype=float)
    offset = np.asarray(offset_ns, dtype=float)
    return (-half - offset) / unit, (half - offset) / unit


def _erf_integral(x: FloatArray) -> FloatArray:
    """Integral of erf from 0 to x, but for a constant: x erf(x) + exp(-x^2) / sqrt(pi)."""
    return np.asarray(x * erf(x) + np.exp(-np.square(x)) / math.sqrt(math.pi))
