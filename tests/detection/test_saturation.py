"""Detectors near their limits: exact formulas, and simulated dead time and afterpulses."""

import numpy as np
import pytest

from passplan.detection.detector import live_fraction
from passplan.detection.saturation import (
    afterpulse_error_rate,
    afterpulses_in_gates,
    paralysable_live_fraction,
    paralysed_peak_cps,
    saturated,
    true_rate_cps,
)
from passplan.errors import DomainError


def test_paralysable_dead_time_against_simulated_arrivals():
    """Monte Carlo: a photon counts when none came within the dead time before it; five sigma."""
    rate_cps, arrivals = 3e6, 200_000
    gaps_s = np.random.default_rng(5).exponential(1.0 / rate_cps, arrivals)
    counted = np.count_nonzero(gaps_s > 200e-9)
    live = paralysable_live_fraction(rate_cps=rate_cps, dead_time_ns=200.0)
    assert abs(counted - arrivals * live) < 5.0 * np.sqrt(arrivals * live * (1.0 - live))


def test_both_kinds_of_dead_time_agree_for_few_clicks():
    """Limit: they differ by (r tau)^2 / 2; 13 kcps on four detectors of 50 ns lose 1.6e-4 either way."""
    load = 3250.0 * 50e-9
    either = paralysable_live_fraction(rate_cps=3250.0, dead_time_ns=50.0)
    assert abs(live_fraction(rate_cps=3250.0, dead_time_ns=50.0) - either - 0.5 * load**2) < 1e-11
    assert abs(1.0 - either - 1.6e-4) < 0.05e-4


def test_paralysed_peak():
    """Calculus: the counted rate r exp(-r tau) is greatest at r = 1 / tau."""
    rate_cps = np.linspace(1e6, 1e8, 100_000)
    counted = rate_cps * paralysable_live_fraction(rate_cps=rate_cps, dead_time_ns=50.0)
    assert abs(counted.max() / paralysed_peak_cps(dead_time_ns=50.0) - 1.0) < 1e-8


def test_true_rate_inverts_the_dead_time():
    """Two routes: what `live_fraction` takes away comes back."""
    rate_cps = np.array([0.0, 1e4, 1e6, 1e8])
    measured = rate_cps * live_fraction(rate_cps=rate_cps, dead_time_ns=50.0)
    np.testing.assert_allclose(true_rate_cps(measured_cps=measured, dead_time_ns=50.0), rate_cps, rtol=1e-12)


def test_a_clear_day_saturates_and_a_full_moon_does_not():
    """Worked values of a 1 m telescope, 100 urad and 5 nm: 14.4 Mcps by day, 14.4 kcps under a full Moon."""
    np.testing.assert_array_equal(saturated(rate_cps=[1.44e7, 1.44e4]), [True, False])


def test_one_percent_of_afterpulses():
    """Exact to first order: 0.5 % of errors without a gate, 0.1 % when a gate of duty 0.2 keeps late ones."""
    np.testing.assert_allclose(afterpulse_error_rate(afterpulse_probability=0.01), 0.005, rtol=1e-14)
    late = afterpulses_in_gates(clock_hz=1e8, gate_ns=2.0, lifetime_ns=1e6, dead_time_ns=53.0)
    assert abs(late - 0.2) < 1e-4
    assert abs(afterpulse_error_rate(afterpulse_probability=0.01, retained=late) - 0.001) < 1e-6


@pytest.mark.parametrize(("lifetime_ns", "dead_time_ns"), [(4.0, 0.0), (15.0, 12.0), (15.0, 20.3), (30.0, 50.5)])
def test_share_of_afterpulses_in_gates_against_draws(lifetime_ns, dead_time_ns):
    """Monte Carlo: exponential delays after the dead time, those within 1 ns of a later pulse; five sigma."""
    draws = 200_000
    delay_ns = dead_time_ns + np.random.default_rng(6).exponential(lifetime_ns, draws)
    inside = (np.abs((delay_ns + 5.0) % 10.0 - 5.0) < 1.0) & (delay_ns > 5.0)
    share = afterpulses_in_gates(clock_hz=1e8, gate_ns=2.0, lifetime_ns=lifetime_ns, dead_time_ns=dead_time_ns)
    assert abs(np.count_nonzero(inside) - draws * share) < 5.0 * np.sqrt(draws * share)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paralysable_live_fraction(rate_cps=-1.0, dead_time_ns=50.0), "rate_cps is -1"),
        (lambda: true_rate_cps(measured_cps=2e7, dead_time_ns=50.0), r"measured_cps is 20000000.*2e\+07"),
        (lambda: saturated(rate_cps=1.0, limit_cps=0.0), "limit_cps is 0"),
        (
            lambda: afterpulses_in_gates(clock_hz=1e8, gate_ns=11.0, lifetime_ns=1.0, dead_time_ns=0.0),
            r"gate_ns is 11\.0, must lie in \(0, 10\]",
        ),
        (lambda: afterpulse_error_rate(afterpulse_probability=1.0), "afterpulse_probability is 1"),
        (lambda: paralysed_peak_cps(dead_time_ns=0.0), "dead_time_ns is 0"),
    ],
)
def test_inputs_outside_their_range_are_refused(call, message):
    """Refusal: each input is named with its value."""
    with pytest.raises(DomainError, match=message):
        call()
