from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from passplan.errors import DomainError
from passplan.mission.campaign_candidates import find_candidates
from passplan.mission.campaign_scenario import CampaignScenario, Span
from passplan.mission.planned_key import (
    CLICKS,
    ERRORS,
    LATE_S,
    KeyRule,
    PlannedProfile,
    key_bits,
    key_rule_of,
    running_sums,
    why_no_key,
    window_of,
    windows_of,
)
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.key_length import PROOFS
from passplan.units import to_deg

WEEK = Span(
    satellites=("micius",),
    stations=("xinglong",),
    start=datetime(2016, 12, 16, tzinfo=UTC),
    end=datetime(2016, 12, 20, tzinfo=UTC),
)
RATES = np.array([[[8e3, 9e2, 2.0], [7e3, 8e2, 2.0]], [[80.0, 10.0, 1.0], [70.0, 8.0, 1.0]]])  # clicks, errors


@pytest.fixture(scope="module")
def candidate(catalog):
    found = find_candidates(CampaignScenario(campaign=WEEK), catalog).usable
    return max(found, key=lambda each: each.pass_.max_elevation_deg)


@pytest.fixture(scope="module")
def rule(reference_selection):
    return key_rule_of(reference_selection)


@pytest.fixture(scope="module")
def steady(candidate, rule):
    """200 s of constant rates from 100 s on, the satellite overhead of the direction north to east."""
    time_s = np.linspace(100.0, 300.0, 41)
    rates = np.broadcast_to(RATES, (41, 2, 2, 3)).copy()
    azimuth = np.linspace(0.0, 0.5 * np.pi, 41)
    north_to_east = np.stack([np.sin(azimuth), np.cos(azimuth), np.zeros(41)], axis=-1)
    return PlannedProfile(
        candidate=candidate,
        epoch_utc=datetime(2016, 12, 16, tzinfo=UTC),
        rule=rule,
        stretches=((100.0, 300.0),),
        contacts=((99.5, 300.0),),
        time_s=time_s,
        azimuth_deg=to_deg(azimuth),
        elevation_deg=np.zeros(41),
        range_km=np.full(41, 900.0),
        rates=rates,
        sums=running_sums(time_s, rates),
        station_sight=north_to_east,
        satellite_sight=-north_to_east,
        lock_delay_s=0.5,
    )


def test_counts_of_a_steady_pass(steady):
    """Exact: rate times the time with light, which begins a lock delay after the start."""
    counts = steady.counts([99.5, 150.0, 50.0, 250.0], [300.0, 160.0, 99.0, 400.0])
    seconds = np.array([200.0, 9.5, 0.0, 49.5])
    np.testing.assert_allclose(counts, seconds[:, None, None, None] * RATES, rtol=1e-12)


def test_running_sums_are_exact_for_straight_rates(steady):
    """Exact: the integral of a straight line, at instants that are no nodes, late by the half second of the chain."""
    time_s = np.sort(np.append(np.linspace(100.0, 300.0, 9), 113.7))
    straight = (time_s - 50.0)[:, None, None, None] * RATES
    ramp = replace(steady, time_s=time_s, rates=straight, sums=running_sums(time_s, straight), lock_delay_s=0.0)
    start, stop = 111.3, 222.2
    expected = 0.5 * ((stop - LATE_S - 50.0) ** 2 - (start - LATE_S - 50.0) ** 2)
    np.testing.assert_allclose(ramp.counts(start, stop)[0], expected * RATES, rtol=1e-12)


def test_only_seconds_within_the_stretches_count(steady):
    gap = replace(steady, stretches=((100.0, 150.0), (200.0, 300.0)))
    np.testing.assert_allclose(gap.counts(99.5, 300.0)[0], 150.0 * RATES, rtol=1e-12)


@pytest.mark.parametrize("proof", ["decoy3_variable_length", "ma2005_sigma"])
def test_keys_are_those_of_the_proof(steady, proof):
    """Other route: the proof on a single block of counts."""
    profile = replace(steady, rule=replace(steady.rule, proof=proof))
    starts, stops = np.array([99.5, 120.0, 160.0]), np.array([300.0, 290.0, 170.0])
    bits = key_bits([profile] * 3, starts, stops)
    for start, stop, found in zip(starts, stops, bits, strict=True):
        counts = profile.counts(start, stop)[0]
        bases = [
            BasisCounts(clicks=tuple(counts[CLICKS, basis]), errors=tuple(counts[ERRORS, basis])) for basis in (0, 1)
        ]
        block = Counts(
            intensities=profile.rule.intensities,
            probabilities=profile.rule.probabilities,
            key_basis=bases[0],
            test_basis=bases[1],
        )
        assert found == PROOFS[proof](block, settings=profile.rule.settings).secret_bits
    assert bits[0] > bits[1] > bits[2] >= 0.0


def test_profiles_may_stand_in_any_order(steady):
    """Property: keys of mixed profiles and rules are each those asked for alone."""
    other = replace(steady, rule=replace(steady.rule, proof="lim2014"))
    dim = replace(steady, rates=0.5 * steady.rates, sums=0.5 * steady.sums)
    profiles = [steady, other, dim, steady, dim]
    starts = [100.0, 100.0, 100.0, 150.0, 120.0]
    together = key_bits(profiles, starts, 300.0)
    alone = [key_bits([one], [start], [300.0])[0] for one, start in zip(profiles, starts, strict=True)]
    assert together.tolist() == alone
    assert together[0] > together[2] > 0.0


def test_a_window_carries_key_and_directions(steady):
    """Exact: directions at both ends, straight between the instants and of unit length."""
    window = window_of(steady, 150.0, 300.0, clear=0.5, night="2016-12-19")
    assert window.contact == steady.candidate.pass_.pass_id
    assert (window.satellite, window.station) == ("micius", "xinglong")
    assert window.key_bits == key_bits([steady], 150.0, 300.0)[0]
    assert window.clear == 0.5
    first, last = (np.array(end) for end in window.station_aim)
    angle = 0.5 * np.pi * 0.25
    np.testing.assert_allclose(first, [np.sin(angle), np.cos(angle), 0.0], atol=1e-12)
    np.testing.assert_allclose(last, [1.0, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(np.array(window.satellite_aim), -np.array([first, last]), atol=1e-12)


def test_no_window_without_key(steady):
    assert window_of(steady, 100.0, 101.0) is None
    long, short = windows_of([steady, steady], [100.0, 100.0], [300.0, 101.0])
    assert long.key_bits > 0.0
    assert short is None
    assert key_bits([], [], []).size == 0


def test_why_there_is_no_key(steady):
    assert why_no_key(steady) == ""
    far = replace(steady, rule=replace(steady.rule, max_range_km=400.0))
    assert why_no_key(far).endswith("km, key is made within 400 km")
    assert why_no_key(replace(steady, stretches=(), contacts=())) == "never usable while within 1200 km"
    dark = replace(steady, rates=0.0 * steady.rates, sums=0.0 * steady.sums)
    assert why_no_key(dark) == "no sifted bit is expected"
    noisy_rates = steady.rates.copy()
    noisy_rates[:, ERRORS] = 0.2 * noisy_rates[:, CLICKS]
    noisy = replace(steady, rates=noisy_rates, sums=running_sums(steady.time_s, noisy_rates))
    told = "3e+06 sifted bits with 20.0% errors leave no key (decoy3_variable_length)"
    assert why_no_key(noisy) == told
    pass_ = noisy.candidate.pass_
    old = replace(pass_.elements, epoch_utc=pass_.culmination_utc - timedelta(days=45.2))
    aged = replace(noisy, candidate=replace(noisy.candidate, pass_=replace(pass_, elements=old)))
    assert why_no_key(aged) == f"{told}; the element set is 45.2 d from the pass"


def test_refusals(steady, rule):
    with pytest.raises(DomainError, match=r"stop_s is 100.0 s, must not be before start_s, 200.0 s"):
        key_bits([steady, steady], [100.0, 200.0], [300.0, 100.0])
    with pytest.raises(DomainError, match="proof 'wiesemann2026_1decoy' does not suit a source of 3 intensities"):
        replace(rule, proof="wiesemann2026_1decoy")
    assert isinstance(replace(rule, proof="lim2014"), KeyRule)
