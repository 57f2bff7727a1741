import numpy as np
import pytest

from passplan.channel.fading import log_normal_series
from passplan.channel.outages import (
    crossing_rate_hz,
    log_normal_outage,
    mean_fade_s,
    outage_statistics,
    rice_crossing_rate_hz,
)
from passplan.errors import DomainError


def test_statistics_by_hand():
    """Counted by hand: outages of 2, 1 and 2 steps, the first cut by the start."""
    found = outage_statistics([0.1, 0.2, 1.0, 0.3, 1.0, 1.0, 0.1, 0.1, 0.5, 1.0], threshold=0.5, step_s=0.1)
    assert (found.count, found.share) == (3, 0.5)
    assert found.total_s == pytest.approx(0.5)
    assert found.mean_s == pytest.approx(0.5 / 3.0)
    assert found.longest_s == pytest.approx(0.2)
    assert found.rate_hz == pytest.approx(2.0)


def test_a_series_without_outage():
    """Identity: nothing below the level, all zeros."""
    found = outage_statistics([1.0, 2.0], threshold=0.5, step_s=1.0)
    assert (found.count, found.total_s, found.mean_s, found.longest_s, found.rate_hz) == (0, 0.0, 0.0, 0.0, 0.0)


def test_closed_forms_against_a_series():
    """Simulation of 300 s at 1 kHz: probability, rate and mean duration of fades below 0.7, each within 4 %."""
    law = {"threshold": 0.7, "index": 0.1}
    fade = log_normal_series(index=0.1, correlation_s=8e-3, step_s=1e-3, count=300_000, rng=np.random.default_rng(7))
    found = outage_statistics(fade, threshold=0.7, step_s=1e-3)
    probability = log_normal_outage(**law)
    rate_hz = crossing_rate_hz(**law, correlation_s=8e-3, step_s=1e-3)
    assert found.share == pytest.approx(probability, rel=0.04)
    assert found.rate_hz == pytest.approx(rate_hz, rel=0.04)
    assert found.mean_s == pytest.approx(mean_fade_s(probability=probability, rate_hz=rate_hz), rel=0.04)


def test_crossings_of_the_median():
    """Exact: a Gaussian pair of correlation r straddles 0 one way with probability arccos(r)/(2 pi)."""
    median = np.exp(-0.5 * np.log1p(0.1))
    rate_hz = crossing_rate_hz(threshold=median, index=0.1, correlation_s=8e-3, step_s=1e-3)
    assert rate_hz == pytest.approx(np.arccos(np.exp(-1.0 / 8.0)) / (2.0 * np.pi) * 1e3, rel=1e-12)
    assert rice_crossing_rate_hz(threshold=median, index=0.1, zero_crossing_hz=30.0) == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: outage_statistics([], threshold=1.0, step_s=1.0), r"fade has the shape \(0,\)"),
        (lambda: outage_statistics([np.nan], threshold=1.0, step_s=1.0), "fade is nan"),
        (lambda: outage_statistics([1.0], threshold=1.0, step_s=0.0), "step_s is 0.0"),
        (lambda: log_normal_outage(threshold=0.0, index=0.1), "threshold is 0.0"),
        (lambda: log_normal_outage(threshold=0.5, index=0.0), "index is 0.0"),
        (lambda: rice_crossing_rate_hz(threshold=0.5, index=0.1, zero_crossing_hz=0.0), "zero_crossing_hz is 0.0"),
        (lambda: mean_fade_s(probability=1.1, rate_hz=1.0), "probability is 1.1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(DomainError, match=message):
        call()
