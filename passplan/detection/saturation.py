"""Detectors near their limits: paralysable dead time, the true rate behind a measured one, afterpulses."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.checks import FloatArray, within

SATURATION_CPS = 1e6  # of one silicon avalanche diode with active quenching; general knowledge, an order of magnitude


def paralysable_live_fraction(*, rate_cps: ArrayLike, dead_time_ns: float) -> FloatArray:
    """Share of the time in which a detector is live when each photon in the blind time prolongs it, exp(-r tau).

    Parameters
    ----------
    rate_cps : array_like, shape (...)
        Clicks each second that an ever-live detector would give [1/s], >= 0.
    dead_time_ns : float
        Blind time after a photon [ns], >= 0.

    Returns
    -------
    ndarray, shape (...)
        Live share [1], in (0, 1]. The twin of `live_fraction`, for passively quenched diodes; both agree to
        (r tau)^2 / 2. Arrivals even in time. Source: Knoll, Radiation Detection and Measurement, ch. 4 (recalled, not
        re-read).

    Raises
    ------
    DomainError
        If the rate or the dead time is negative.
    """
    within("rate_cps", rate_cps, 0.0, np.inf, ends="[)")
    within("dead_time_ns", dead_time_ns, 0.0, np.inf, ends="[)")
    return np.exp(-np.asarray(rate_cps, dtype=float) * (dead_time_ns * 1e-9))  # ns to s


def true_rate_cps(*, measured_cps: ArrayLike, dead_time_ns: float) -> FloatArray:
    """Rate that an ever-live detector would have counted, m / (1 - m tau); dead time not paralysable.

    Parameters
    ----------
    measured_cps : array_like, shape (...)
        Clicks counted on one detector [1/s], in [0, 1 / dead time).
    dead_time_ns : float
        Blind time after a click [ns], > 0.

    Returns
    -------
    ndarray, shape (...)
        Rate without dead time [1/s].

    Raises
    ------
    DomainError
        If the dead time is not > 0, or the rate is one that such a detector cannot count.
    """
    within("dead_time_ns", dead_time_ns, 0.0, np.inf, ends="()")
    within("measured_cps", measured_cps, 0.0, 1e9 / dead_time_ns, ends="[)")  # ns to 1/s
    measured = np.asarray(measured_cps, dtype=float)
    return measured / (1.0 - measured * (dead_time_ns * 1e-9))  # ns to s


def saturated(*, rate_cps: ArrayLike, limit_cps: float = SATURATION_CPS) -> NDArray[np.bool_]:
    """Where a detector's rate is above what it counts truly.

    Parameters
    ----------
    rate_cps : array_like, shape (...)
        Clicks each second on one detector, gated or not [1/s], >= 0.
    limit_cps : float
        Rate above which efficiency and jitter change [1/s], > 0. 1 Mcps is an order of magnitude for silicon.

    Returns
    -------
    ndarray of bool, shape (...)
        True where counts are not to be trusted; a clear day through 1 m and 100 urad is 14 Mcps.

    Raises
    ------
    DomainError
        If the rate is negative or the limit not > 0.
    """
    within("rate_cps", rate_cps, 0.0, np.inf, ends="[)")
    within("limit_cps", limit_cps, 0.0, np.inf, ends="()")
    return np.asarray(np.asarray(rate_cps, dtype=float) > limit_cps)


def afterpulses_in_gates(*, clock_hz: float, gate_ns: float, lifetime_ns: float, dead_time_ns: float) -> float:
    """Share of the afterpulses that fall into later gates, after a click in the middle of a gate.

    Parameters
    ----------
    clock_hz : float
        Gates per second [Hz], > 0.
    gate_ns : float
        Full width of the gate [ns], > 0, at most the period.
    lifetime_ns : float
        Lifetime of the trapped charges [ns], > 0.
    dead_time_ns : float
        Blind time after the click [ns], >= 0: afterpulses begin there.

    Returns
    -------
    float
        Share [1] of those that come after the dead time; the gate's duty where the lifetime is long against the
        period. Exact for exponential release and a single trap.

    Raises
    ------
    DomainError
        If an input lies outside its range or the gates overlap.
    """
    within("clock_hz", clock_hz, 0.0, np.inf, ends="()")
    period_ns = 1e9 / clock_hz
    within("gate_ns", gate_ns, 0.0, period_ns, ends="(]")
    within("lifetime_ns", lifetime_ns, 0.0, np.inf, ends="()")
    within("dead_time_ns", dead_time_ns, 0.0, np.inf, ends="[)")
    half_ns = 0.5 * gate_ns
    first = max(math.floor((dead_time_ns - half_ns) / period_ns) + 1, 1)  # first later gate to end after the dead time
    begin_ns = max(first * period_ns - half_ns, dead_time_ns)
    end_ns = first * period_ns + half_ns
    in_first = math.exp((dead_time_ns - begin_ns) / lifetime_ns) - math.exp((dead_time_ns - end_ns) / lifetime_ns)
    next_begin_ns = end_ns + period_ns - gate_ns
    in_second = -math.exp((dead_time_ns - next_begin_ns) / lifetime_ns) * math.expm1(-gate_ns / lifetime_ns)
    return in_first + in_second / -math.expm1(-period_ns / lifetime_ns)


def afterpulse_error_rate(*, afterpulse_probability: ArrayLike, retained: ArrayLike = 1.0) -> FloatArray:
    """Error rate that afterpulses add, p retained / 2.

    Parameters
    ----------
    afterpulse_probability : array_like, shape (...)
        Chance that a click is followed by a false one [1], in [0, 1).
    retained : array_like, shape (...)
        Share of them that the gate lets pass [1], in [0, 1]: its duty, or `afterpulses_in_gates`. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Added error rate [1], first order in p: an afterpulse knows nothing of the bit.

    Raises
    ------
    DomainError
        If an input lies outside its range.
    """
    within("afterpulse_probability", afterpulse_probability, 0.0, 1.0, ends="[)")
    within("retained", retained, 0.0, 1.0)
    return np.asarray(0.5 * np.multiply(afterpulse_probability, retained))


def paralysed_peak_cps(*, dead_time_ns: float) -> float:
    """Highest rate that a paralysable detector counts, 1 / (e tau).

    Parameters
    ----------
    dead_time_ns : float
        Blind time after a photon [ns], > 0.

    Returns
    -------
    float
        Counted rate [1/s]; more light than 1 / tau lowers it again.

    Raises
    ------
    DomainError
        If the dead time is not > 0.
    """
    within("dead_time_ns", dead_time_ns, 0.0, np.inf, ends="()")
    return 1e9 / (math.e * dead_time_ns)  # ns to s
