import numpy as np
import pytest

from passplan.channel.fade_series import gamma_gamma_series
from passplan.channel.fading import log_normal_series
from passplan.channel.gamma_gamma import shapes_for_index
from passplan.channel.outages import (
    PassOutages,
    crossing_rate_hz,
    gamma_gamma_outage,
    log_normal_outage,
    mean_fade_s,
    outage_statistics,
    pass_outages,
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
        (lambda: gamma_gamma_outage(threshold=0.0, index=0.1), "threshold is 0.0"),
        (lambda: gamma_gamma_outage(threshold=0.5, index=0.0), "index is 0.0"),
        (lambda: rice_crossing_rate_hz(threshold=0.5, index=0.1, zero_crossing_hz=0.0), "zero_crossing_hz is 0.0"),
        (lambda: mean_fade_s(probability=1.1, rate_hz=1.0), "probability is 1.1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(DomainError, match=message):
        call()


@pytest.mark.parametrize("law", [log_normal_outage, gamma_gamma_outage])
def test_a_pass_against_its_series(law):
    """Simulation of 3 x 100 s at 1 kHz below one level of received power: probability, rate, duration within 6 %."""
    mean, index = np.array([1.0, 1.3, 0.9]), np.array([0.1, 0.2, 0.05])
    timing = {"correlation_s": 8e-3, "step_s": 1e-3}
    found = pass_outages(transmittance=mean, index=index, threshold=0.8, law=law, **timing)
    rng = np.random.default_rng(8)
    for place in range(3):
        if law is log_normal_outage:
            fade = log_normal_series(index=index[place], count=100_000, rng=rng, **timing)
        else:
            alpha, beta = shapes_for_index(index=index[place])
            fade = gamma_gamma_series(alpha=alpha, beta=beta, count=100_000, rng=rng, **timing)
        drawn = outage_statistics(mean[place] * fade, threshold=0.8, step_s=1e-3)
        assert drawn.share == pytest.approx(found.probability[place], rel=0.06)
        assert drawn.rate_hz == pytest.approx(found.rate_hz[place], rel=0.06)
        assert drawn.mean_s == pytest.approx(found.mean_fade_s[place], rel=0.06)
    assert found.worst == 2
    assert found.share == pytest.approx(np.mean(found.probability))


def test_a_pass_and_the_closed_forms_of_a_second():
    """Two routes: seconds of a pass, and the functions for one level; dark seconds are out, bright ones never."""
    found = pass_outages(transmittance=[0.0, 1e-3, 1e3], index=0.1, threshold=7e-4, correlation_s=8e-3, step_s=1e-3)
    np.testing.assert_array_equal(found.probability[[0, 2]], [1.0, 0.0])
    np.testing.assert_array_equal(found.rate_hz[[0, 2]], [0.0, 0.0])
    np.testing.assert_array_equal(found.mean_fade_s[[0, 2]], [np.inf, 0.0])
    assert found.probability[1] == pytest.approx(log_normal_outage(threshold=0.7, index=0.1), rel=1e-12)
    rate_hz = crossing_rate_hz(threshold=0.7, index=0.1, correlation_s=8e-3, step_s=1e-3)
    assert found.rate_hz[1] == pytest.approx(rate_hz, rel=1e-9)
    with pytest.raises(ValueError, match="read-only"):
        found.probability[0] = 0.5


GOOD_PASS = {"transmittance": [1.0], "index": 0.1, "threshold": 0.5, "correlation_s": 8e-3, "step_s": 1e-3}


@pytest.mark.parametrize("name", GOOD_PASS)
def test_wrong_passes_are_refused_by_name(name):
    """Refusal: the message names the field; a pass has seconds."""
    with pytest.raises(DomainError, match=f"{name} is -1"):
        pass_outages(**{**GOOD_PASS, name: [-1.0] if name == "transmittance" else -1.0})
    with pytest.raises(DomainError, match=r"transmittance has the shape \(\), must be \(n,\)"):
        pass_outages(**{**GOOD_PASS, "transmittance": 1.0})
    with pytest.raises(DomainError, match="probability 1, rate_hz 2"):
        PassOutages(probability=np.zeros(1), rate_hz=np.zeros(2), mean_fade_s=np.zeros(1))
