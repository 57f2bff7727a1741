from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from passplan.mission.campaign_candidates import find_candidates
from passplan.mission.campaign_scenario import CampaignScenario, KeyWish, LinkSettings, NightConditions, Span
from passplan.mission.link import simulate_pass, track_of
from passplan.mission.link_batch import PlannedPass, clicks_of_many
from passplan.mission.planned_key import CLICKS, ERRORS, key_bits, why_no_key, window_of
from passplan.mission.planned_pairs import Pair, calibrations_of, pairs_of
from passplan.mission.planned_profiles import profiles_of
from passplan.mission.polarization_path import polarization_of, unknown_deg_of
from passplan.mission.selection import Limits, select_by_id, selection_of
from passplan.orbit.light import light_conditions
from passplan.orbit.track import track
from passplan.polarization.feedback import ReferenceLaser
from passplan.units import seconds_between

SPAN = Span(
    satellites=("micius",),
    stations=("nanshan",),
    start=datetime(2017, 1, 16, tzinfo=UTC),
    end=datetime(2017, 1, 21, tzinfo=UTC),
)
SCENARIO = CampaignScenario(campaign=SPAN)


@pytest.fixture(scope="module")
def pairs(catalog):
    return pairs_of(SCENARIO, catalog, find_candidates(SCENARIO, catalog).usable)


@pytest.fixture(scope="module")
def calibrations(pairs):
    return calibrations_of(SCENARIO, pairs)


@pytest.fixture(scope="module")
def profiles(pairs, calibrations):
    return profiles_of(SCENARIO, pairs, calibrations)


def named(profiles, beginning):
    return next(each for each in profiles if each.candidate.pass_.pass_id.startswith(beginning))


def planned(scenario, catalog, calibrations, candidates=None):
    """Profiles of another scenario with a calibration that stands."""
    found = find_candidates(scenario, catalog).usable if candidates is None else candidates
    return profiles_of(scenario, pairs_of(scenario, catalog, found), calibrations)


@pytest.mark.parametrize(
    ("beginning", "bound"),
    [
        ("micius/nanshan/20170117T1858", 0.005),  # 47 deg
        ("micius/nanshan/20170118T1836", 0.02),  # 89 deg: the mount loses it for 17 s
        ("micius/nanshan/20170119T1815", 0.005),  # 42 deg
    ],
)
def test_planned_keys_are_those_of_the_full_chain(profiles, catalog, beginning, bound):
    """Other route: the full chain, with a seed that no calibration has seen, over the whole key window."""
    profile = named(profiles, beginning)
    result = simulate_pass(selection_of(catalog, profile.candidate.pass_), seed=99)
    (contact,) = profile.contacts
    signal = profile.counts(*contact)[0, :, :, 0].sum(axis=1)
    assert signal[CLICKS] == pytest.approx(result.sifted_bits[result.mask].sum(), rel=0.02)
    assert signal[ERRORS] == pytest.approx(result.sifted_errors[result.mask].sum(), rel=0.06)
    assert key_bits([profile], *contact)[0] == pytest.approx(result.keys[profile.rule.proof].secret_bits, rel=bound)


def test_a_trimmed_contact_is_a_pass_cut_short(profiles, catalog):
    """Other route: the full chain on a pass that begins and ends where the contact does, acquisition included."""
    profile = named(profiles, "micius/nanshan/20170117T1858")
    pass_ = profile.candidate.pass_
    rise, down = (pass_.culmination_utc + timedelta(seconds=offset) for offset in (-40.0, 90.0))
    cut = replace(pass_, rise_utc=rise, set_utc=down)
    start_s, stop_s = (seconds_between(profile.epoch_utc, when) for when in (rise, down))
    result = simulate_pass(selection_of(catalog, cut), seed=99)
    bits = result.keys[profile.rule.proof].secret_bits
    assert key_bits([profile], start_s, stop_s)[0] == pytest.approx(bits, rel=0.02)


def test_the_result_does_not_depend_on_the_processes(pairs, calibrations, profiles):
    assert calibrations_of(SCENARIO, pairs, jobs=2) == calibrations
    again = profiles_of(SCENARIO, pairs, calibrations, jobs=2)
    for one, two in zip(profiles, again, strict=True):
        assert one.candidate.pass_.pass_id == two.candidate.pass_.pass_id
        assert one.contacts == two.contacts
        np.testing.assert_array_equal(one.sums, two.sums)


def test_profiles_stand_in_the_order_of_the_candidates(profiles, catalog):
    ids = [each.pass_.pass_id for each in find_candidates(SCENARIO, catalog).usable]
    assert [each.candidate.pass_.pass_id for each in profiles] == ids


def test_stretches_are_the_key_window(profiles):
    """Property: the range is at its limit at both ends, and a contact begins a lock delay before."""
    for profile in profiles:
        if profile.candidate.pass_.min_range_km >= 1200.0:
            assert profile.contacts == ()
            assert profile.time_s.size == 0
            assert why_no_key(profile).endswith("km, key is made within 1200 km")
            continue
        np.testing.assert_allclose(profile.range_km[[0, -1]], 1200.0, atol=0.01)
        ((start_s, stop_s),) = profile.stretches
        assert profile.contacts == ((start_s - profile.lock_delay_s, stop_s),)
        assert (profile.time_s[0], profile.time_s[-1]) == pytest.approx((start_s, stop_s))


def test_rules_of_light_cut_the_stretches(catalog, calibrations):
    """Property: with the satellite in the umbra no second of a contact lies outside what the rule leaves."""
    scenario = CampaignScenario(
        campaign=replace(
            SPAN, start=datetime(2017, 6, 1, tzinfo=UTC), end=datetime(2017, 6, 10, tzinfo=UTC), max_age_days=60.0
        ),
        passes=NightConditions(satellite_light="umbra"),
    )
    found = planned(scenario, catalog, calibrations)
    cut = [each for each in found if each.candidate.cuts and each.contacts]
    assert cut
    for profile in cut:
        allowed = profile.candidate.intervals
        for start_s, stop_s in profile.contacts:
            assert any(
                seconds_between(profile.epoch_utc, each.start_utc) <= start_s
                and stop_s <= seconds_between(profile.epoch_utc, each.end_utc)
                for each in allowed
            )


def test_directions_are_of_unit_length_and_geometric(profiles, catalog):
    """Other route: azimuth, elevation and nadir angle from the track of the pass on its own seconds."""
    profile = named(profiles, "micius/nanshan/20170117T1858")
    path = track_of(selection_of(catalog, profile.candidate.pass_))
    offset_s = seconds_between(profile.epoch_utc, path.epoch_utc)
    at_s = offset_s + path.time_s[200]
    satellite, station = profile.sights(at_s)
    assert station[2] == pytest.approx(np.sin(np.radians(path.elevation_deg[200])), abs=2e-3)
    assert np.degrees(np.arctan2(station[0], station[1])) % 360.0 == pytest.approx(path.azimuth_deg[200], abs=0.2)
    down = -path.satellite_position_km[200] / np.linalg.norm(path.satellite_position_km[200])
    sight = path.station_position_km[200] - path.satellite_position_km[200]
    assert -satellite[0] == pytest.approx(down @ sight / np.linalg.norm(sight), abs=2e-3)
    forward = path.satellite_velocity_km_s[200] @ sight
    assert np.sign(satellite[1]) == np.sign(forward)
    window = window_of(profile, *profile.contacts[0])
    assert np.allclose(np.linalg.norm([*window.satellite_aim, *window.station_aim], axis=1), 1.0)


def test_the_scenario_sets_range_visibility_and_proof(catalog, calibrations, profiles):
    """Property: a nearer window, thicker air and a tighter proof each cost key; the rule says what was asked for."""
    beginning = "micius/nanshan/20170117T1858"
    candidates = [named(profiles, beginning).candidate]

    def bits(**tables):
        (profile,) = planned(CampaignScenario(campaign=SPAN, **tables), catalog, calibrations, candidates)
        return profile, key_bits([profile], *profile.contacts[0])[0]

    _, usual = bits()
    near, nearer_bits = bits(link=LinkSettings(max_range_km=900.0))
    _, hazy_bits = bits(link=LinkSettings(visibility_km=10.0))
    other, other_bits = bits(key=KeyWish(proof="tupkary_variable_length"))
    assert near.rule.max_range_km == 900.0
    assert near.range_km.max() == pytest.approx(900.0, abs=0.01)
    assert other.rule.proof == "tupkary_variable_length"
    assert usual == key_bits([named(profiles, beginning)], *named(profiles, beginning).contacts[0])[0]
    assert 0.0 < nearer_bits < usual
    assert 0.0 < hazy_bits < usual
    assert 0.0 < other_bits < usual


def test_a_night_of_its_own_is_a_pair_of_its_own(catalog):
    """Catalogue: the file of Xinglong knows the visibility of 2016-12-19, and of no other night of that week."""
    scenario = CampaignScenario(
        campaign=replace(
            SPAN,
            stations=("xinglong",),
            start=datetime(2016, 12, 18, tzinfo=UTC),
            end=datetime(2016, 12, 22, tzinfo=UTC),
        )
    )
    pairs = pairs_of(scenario, catalog, find_candidates(scenario, catalog).usable)
    assert len(pairs) == 2
    assert {pair.name for pair in pairs} == {("micius", "xinglong")}
    special = min(pairs, key=lambda pair: len(pair.candidates))
    assert {each.pass_.culmination_utc.date().isoformat() for each in special.candidates} == {"2016-12-19"}
    air = {pair.selection.site.atmosphere.visibility_km for pair in pairs}
    assert len(air) == 2


def test_no_pass_near_enough_no_calibration(catalog):
    scenario = CampaignScenario(campaign=SPAN, link=LinkSettings(max_range_km=100.0))
    pairs = pairs_of(scenario, catalog, find_candidates(scenario, catalog).usable)
    assert calibrations_of(scenario, pairs) == {}
    assert all(profile.contacts == () for profile in profiles_of(scenario, pairs, {}))
    assert profiles_of(scenario, (), {}) == ()


def test_the_age_of_the_set_is_that_of_each_instant(catalog):
    """Other route: two passes on one track, each with its own age, against each pass alone."""
    selection = select_by_id(catalog, "micius/nanshan/20170117T1858", limits=Limits())
    first = track_of(selection)
    later = track_of(select_by_id(catalog, "micius/nanshan/20170119T1815", limits=Limits()))
    offset_s = seconds_between(first.epoch_utc, later.epoch_utc)
    both = track(
        selection.pass_.elements,
        selection.site.station,
        start_utc=first.epoch_utc,
        time_s=np.concatenate([first.time_s, later.time_s + offset_s]),
    )
    ages = np.repeat([first.elements_age_days, later.elements_age_days], [first.time_s.size, later.time_s.size])
    together = unknown_deg_of(selection, both, age_days=ages)
    alone = [unknown_deg_of(selection, each, age_days=each.elements_age_days) for each in (first, later)]
    np.testing.assert_allclose(together, np.concatenate(alone), rtol=1e-5)


@pytest.mark.parametrize("kind", ["driven", "still", "reference laser", "over the top"])
def test_the_polarization_is_that_of_the_receiver(pairs, calibrations, kind):
    """Other route: clicks of the pass on its own seconds, with the errors of its own polarization path."""
    (pair,) = pairs
    ids = [each.pass_.pass_id for each in pair.candidates]
    place = next(number for number, text in enumerate(ids) if text.startswith("micius/nanshan/20170117T1858"))
    site, receiver = pair.selection.site, pair.selection.site.polarization
    if kind == "still":
        receiver = replace(receiver, compensated=False)
    elif kind == "reference laser":
        receiver = replace(receiver, feedback=ReferenceLaser(noise_deg=1.0, period_s=1.0, gain=0.5))
    elif kind == "over the top":
        mount = replace(site.apt.coarse.mount, elevation_range_deg=(0.0, 180.0))
        site = replace(site, apt=replace(site.apt, coarse=replace(site.apt.coarse, mount=mount)))
    here = replace(pair.selection, site=replace(site, polarization=receiver), pass_=pair.candidates[place].pass_)
    own = Pair(
        selection=here,
        candidates=(pair.candidates[place],),
        key_intervals=(pair.key_intervals[place],),
        places=(0,),
    )
    (profile,) = profiles_of(SCENARIO, [own], calibrations)
    path, calibration = track_of(here), calibrations["micius", "nanshan"]
    seconds = PlannedPass(
        track=path,
        light=light_conditions(path, site.station),
        satellite_error=calibration.pointing_at("satellite", path.elevation_deg),
        ground_error=calibration.pointing_at("ground", path.elevation_deg),
        error_polarization=polarization_of(here, path).error,
    )
    (clicks,) = clicks_of_many(here, [seconds], jitter_correlation_s=calibration.correlation_s)
    near = path.range_km <= 1200.0
    counts = profile.counts(*profile.contacts[0])[0]
    assert counts[CLICKS, :, 0].sum() == pytest.approx(clicks.sifted[near].sum(), rel=5e-3)
    assert counts[ERRORS, :, 0].sum() == pytest.approx(clicks.sifted_errors[near].sum(), rel=1e-2)
