"""Detectors: exact probabilities, enumeration of click patterns, and refusals."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passplan.detection.detector import (
    Detectors,
    afterpulse_cps,
    assigned_clicks,
    click_probability,
    live_fraction,
)
from passplan.errors import DomainError, UnknownName

# Nature 549, 43 (2017), main text; the dead time is not printed and typical of silicon avalanche diodes.
XINGLONG = Detectors(efficiency=0.5, dark_cps=25.0, dead_time_ns=50.0, gate_ns=2.0, timing_sigma_ns=0.5)
ROUNDING = 1e-12
probability = st.floats(0.0, 1.0)


def test_click_probability_is_one_minus_silence():
    """Exact: 1 - (1 - Y0) exp(-m), also where the signal is far below 1."""
    mean_photons = np.array([0.0, 1e-12, 1e-3, 0.5, 20.0])
    silence = (1.0 - 1e-3) * np.exp(-mean_photons)
    np.testing.assert_allclose(click_probability(mean_photons=mean_photons, noise=1e-3), 1.0 - silence, rtol=1e-9)
    assert abs(click_probability(mean_photons=1e-12) / 1e-12 - 1.0) < 1e-11
    assert click_probability(mean_photons=np.inf, live=0.9) == 0.9


def test_dead_time_at_the_published_rate():
    """Exact: 13 kcps on four detectors of 50 ns lose 1.6e-4."""
    lost = 1.0 - live_fraction(rate_cps=13e3 / 4.0, dead_time_ns=50.0)
    assert abs(lost - 1.6e-4) < 0.05e-4


def test_dead_time_against_a_simulated_detector():
    """Monte Carlo: even arrivals, each click blinds the detector; five sigma of the counted clicks."""
    rate_cps, dead_time_s, arrivals = 2e6, 200e-9, 200_000
    rng = np.random.default_rng(3)
    clicks, blind_until_s = 0, 0.0
    for arrival_s in np.cumsum(rng.exponential(1.0 / rate_cps, arrivals)).tolist():
        if arrival_s >= blind_until_s:
            clicks += 1
            blind_until_s = arrival_s + dead_time_s
    live = live_fraction(rate_cps=rate_cps, dead_time_ns=200.0)
    assert abs(clicks / arrivals - live) < 5.0 * np.sqrt(live * (1.0 - live) / arrivals)


def test_afterpulses_follow_afterpulses():
    """Exact: the geometric series p + p^2 + ..."""
    series = sum(0.04**order for order in range(1, 12))
    assert abs(afterpulse_cps(rate_cps=1e4, afterpulse_probability=0.04) / 1e4 - series) < ROUNDING
    assert afterpulse_cps(rate_cps=1e4, afterpulse_probability=0.0) == 0.0


def enumerated(probabilities, cross_basis):
    """Sum over the sixteen click patterns of (right, wrong, other, other): matched, errors, mismatched."""
    matched = errors = mismatched = 0.0
    for pattern in product((0, 1), repeat=4):
        chance = np.prod([p if click else 1.0 - p for p, click in zip(probabilities, pattern, strict=True)])
        right, wrong = pattern[:2]
        here, there = bool(right or wrong), bool(pattern[2] or pattern[3])
        weight = 1.0
        if here and there:
            weight = 0.5 if cross_basis == "random" else 0.0
        matched += chance * weight * here
        mismatched += chance * weight * there
        errors += chance * weight * (0.5 if right and wrong else wrong)
    return matched, errors, mismatched


@settings(deadline=None)
@given(
    probabilities=st.tuples(probability, probability, probability, probability),
    cross_basis=st.sampled_from(["random", "discard"]),
)
def test_assignment_is_the_sum_over_all_click_patterns(probabilities, cross_basis):
    """Two routes: closed form against an enumeration of the sixteen patterns."""
    right, wrong, first, second = (np.asarray(each) for each in probabilities)
    found = assigned_clicks(right=right, wrong=wrong, other_first=first, other_second=second, cross_basis=cross_basis)
    np.testing.assert_allclose(found, enumerated(probabilities, cross_basis), atol=ROUNDING)


def test_random_assignment_keeps_every_click():
    """Property: with the lot, accepted clicks of both bases are all gates that are not silent; with discard fewer."""
    chances = {"right": 0.3, "wrong": 0.1, "other_first": 0.2, "other_second": 0.25}
    arrays = {name: np.asarray(chance) for name, chance in chances.items()}
    silence = np.prod([1.0 - chance for chance in chances.values()])
    kept = assigned_clicks(**arrays, cross_basis="random")
    dropped = assigned_clicks(**arrays, cross_basis="discard")
    assert abs(kept.matched + kept.mismatched - (1.0 - silence)) < ROUNDING
    crossed = (1.0 - 0.7 * 0.9) * (1.0 - 0.8 * 0.75)
    assert abs(kept.matched + kept.mismatched - dropped.matched - dropped.mismatched - crossed) < ROUNDING


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("efficiency", 1.2),
        ("dark_cps", -1.0),
        ("dead_time_ns", -1.0),
        ("gate_ns", 0.0),
        ("timing_sigma_ns", -0.1),
        ("afterpulse_probability", 1.0),
        ("basis_split", -0.1),
        ("efficiency_mismatch", 1.1),
        ("efficiency_mismatch", 0.0),
        ("synchronization_sigma_ns", -0.1),
        ("detector_fwhm_ns", -0.1),
        ("gate_offset_ns", np.nan),
        ("gate_drift_ns", -0.1),
        ("saturation_cps", 0.0),
    ],
)
def test_an_impossible_receiver_is_refused(field, value):
    """Refusal: the field is named."""
    with pytest.raises(DomainError, match=rf"Detectors\.{field} is"):
        replace(XINGLONG, **{field: value})


def test_other_receivers_are_refused():
    """Refusal: the model is that of four detectors; the rule for crossed clicks is one of two."""
    with pytest.raises(DomainError, match=r"Detectors\.count is 2, must be 4"):
        replace(XINGLONG, count=2)
    with pytest.raises(UnknownName, match="did you mean 'random'"):
        replace(XINGLONG, cross_basis="randon")


def test_ranges_of_the_formulas_are_refused():
    """Refusal: each input is named."""
    with pytest.raises(DomainError, match="noise is 2"):
        click_probability(mean_photons=1.0, noise=2.0)
    with pytest.raises(DomainError, match=r"live is -0\.1"):
        click_probability(mean_photons=1.0, live=-0.1)
    with pytest.raises(DomainError, match="rate_cps is -1"):
        live_fraction(rate_cps=-1.0, dead_time_ns=50.0)
    with pytest.raises(DomainError, match="dead_time_ns is -1"):
        live_fraction(rate_cps=1.0, dead_time_ns=-1.0)
    with pytest.raises(DomainError, match="rate_cps is nan"):
        afterpulse_cps(rate_cps=np.nan, afterpulse_probability=0.01)
    with pytest.raises(DomainError, match="afterpulse_probability is 1"):
        afterpulse_cps(rate_cps=1.0, afterpulse_probability=1.0)


def test_causes_of_the_spread_come_together():
    """Exact: without the causes the whole stands; one of the two alone is refused."""
    assert XINGLONG.arrival_spread_ns(pulse_width_ns=0.2) == 0.5
    causes = replace(XINGLONG, synchronization_sigma_ns=0.3, detector_fwhm_ns=0.0)
    assert abs(causes.arrival_spread_ns(pulse_width_ns=0.0) - 0.3) < ROUNDING
    with pytest.raises(DomainError, match=r"detector_fwhm_ns None \[ns\], must be given both or neither"):
        replace(XINGLONG, synchronization_sigma_ns=0.3)


def test_unlike_detectors_keep_their_mean():
    """Identity: both factors average to 1 and stand in the ratio of the mismatch."""
    assert XINGLONG.port_factors == ((1.0, 1.0),)
    (strong, weak), swapped = replace(XINGLONG, efficiency_mismatch=0.6).port_factors
    assert swapped == (weak, strong)
    assert abs(strong + weak - 2.0) < ROUNDING
    assert abs(weak / strong - 0.6) < ROUNDING
    with pytest.raises(
        DomainError, match=r"efficiency is 0\.9 and efficiency_mismatch 0\.5: .* has 1\.2, must have <= 1"
    ):
        replace(XINGLONG, efficiency=0.9, efficiency_mismatch=0.5)
