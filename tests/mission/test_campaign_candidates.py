import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from passplan.errors import DomainError, InputError, UnknownName
from passplan.mission.campaign_candidates import find_candidates, reasons_of
from passplan.mission.campaign_scenario import CampaignScenario, NightConditions, Span
from passplan.orbit.elements import nearest_in_time
from passplan.orbit.light import light_at
from passplan.units import parse_utc, seconds_between

FLOWN = Span(
    satellites=("micius",),
    stations=("xinglong", "nanshan", "delingha"),
    start=datetime(2016, 9, 20, tzinfo=UTC),
    end=datetime(2017, 5, 25, tzinfo=UTC),
)
WEEK = Span(
    satellites=("Micius",),
    stations=("xinglong",),
    start=datetime(2016, 12, 16, tzinfo=UTC),
    end=datetime(2016, 12, 23, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def flown(catalog):
    return find_candidates(CampaignScenario(campaign=FLOWN), catalog)


@pytest.fixture(scope="module")
def week(catalog):
    conditions = NightConditions(min_moon_separation_deg=20.0, satellite_light="umbra")
    return find_candidates(CampaignScenario(campaign=WEEK, passes=conditions), catalog)


def test_all_published_passes_are_found_at_night(flown, checkout):
    """Published: 21 of the orbits of Liao et al. 2017, culminations to the second from the element set of their day.

    That of 2017-03-10 is printed 3.7 s later than its element set gives, which Skyfield's own search confirms.
    """
    odd = {"2017-03-10T19:01:09Z": 4.0}
    text = (checkout / "tests" / "reference" / "micius_2017_passes.csv").read_text()
    published = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    assert len(published) == 21
    for row in published:
        when = parse_utc(row["culmination_utc"])
        mine = [each for each in flown.usable if each.station == row["station"]]
        nearest = min(mine, key=lambda each: abs(each.pass_.culmination_utc - when))
        assert abs(seconds_between(when, nearest.pass_.culmination_utc)) < odd.get(row["culmination_utc"], 0.6), row
        assert any(each.start_utc < when < each.end_utc for each in nearest.intervals), row


def test_candidates_split_into_usable_and_cut_away(flown):
    """Property: each pass stands in one of both, in order of rise, and the cut-away ones say why."""
    ids = [each.pass_.pass_id for part in (flown.usable, flown.cut_away) for each in part]
    assert len(ids) == len(set(ids))
    assert flown.failures == ()
    for part in (flown.usable, flown.cut_away):
        rises = [each.pass_.rise_utc for each in part]
        assert rises == sorted(rises)
    assert all(each.is_usable for each in flown.usable)
    assert not any(each.is_usable for each in flown.cut_away)
    assert all(reasons_of(each) for each in flown.cut_away)


def test_names_are_those_of_the_scenario(week):
    assert {each.satellite for each in week.usable + week.cut_away} == {"Micius"}
    assert {each.station for each in week.usable + week.cut_away} == {"xinglong"}


def test_reasons_in_words(week):
    """Other route: the Sun at culmination, by the almanac, is that which the sentence tells; the words are plain."""
    for each in week.cut_away:
        satellite, sun = reasons_of(each)
        assert satellite == "satellite sunlit all through"
        assert sun.endswith("deg, must be below -12 deg, all through")
        told_deg = float(sun.removeprefix("Sun at ").split()[0])
        assert told_deg == pytest.approx(light_at(each.pass_).sun_elevation_deg, abs=2.0)


def test_moon_near_the_line_of_sight_is_told(catalog):
    """Property: with the Moon kept 179 deg away, each night pass under a risen Moon says how near it stands."""
    scenario = CampaignScenario(
        campaign=replace(WEEK, start=datetime(2017, 1, 10, tzinfo=UTC), end=datetime(2017, 1, 14, tzinfo=UTC)),
        passes=NightConditions(min_moon_separation_deg=179.0),
    )
    found = find_candidates(scenario, catalog)
    told = [text for each in found.cut_away for text in reasons_of(each) if text.startswith("Moon")]
    assert told
    assert all("deg from the satellite, must be at least 179 deg" in text for text in told)


def test_too_short_rests_are_told_once(catalog):
    """Property: in June the satellite enters the shadow within some passes; what is left of those is too short."""
    scenario = CampaignScenario(
        campaign=replace(
            WEEK, start=datetime(2017, 6, 1, tzinfo=UTC), end=datetime(2017, 6, 20, tzinfo=UTC), max_age_days=90.0
        ),
        passes=NightConditions(satellite_light="umbra", min_duration_s=200.0),
    )
    found = find_candidates(scenario, catalog)
    short = [reasons_of(each) for each in found.cut_away if any(cut.reason == "too_short" for cut in each.cuts)]
    assert short
    for sunlit, penumbra, rest in short:
        assert sunlit.startswith("satellite sunlit until 17:")
        assert penumbra.startswith("satellite in the penumbra from 17:")
        assert rest.startswith("the rest lasts ")
        assert rest.endswith(" s, must last 200 s")


def test_old_elements_cut_a_pass_away(catalog):
    """Other route: the age of the nearest set, counted from the catalogue's own sets."""
    span = replace(WEEK, start=datetime(2017, 6, 1, tzinfo=UTC), end=datetime(2017, 8, 1, tzinfo=UTC))
    found = find_candidates(CampaignScenario(campaign=span), catalog)
    old = [each for each in found.cut_away if each.unfit]
    assert old
    assert any(not each.unfit for each in found.cut_away + found.usable)
    for each in old:
        nearest = nearest_in_time([each.pass_.elements], each.pass_.culmination_utc)
        assert (each.pass_.culmination_utc - nearest.epoch_utc) > timedelta(days=30)
        assert "older, must be within 30 d" in reasons_of(each)[0]
    all_day = CampaignScenario(campaign=replace(span, max_age_days=90.0))
    assert not any(each.unfit for each in find_candidates(all_day, catalog).cut_away)


def test_without_rules_the_whole_pass_is_usable(catalog):
    conditions = NightConditions(max_sun_elevation_deg=None)
    found = find_candidates(CampaignScenario(campaign=WEEK, passes=conditions), catalog)
    assert found.cut_away == ()
    assert all(reasons_of(each) == () for each in found.usable)
    assert all(each.intervals[0].duration_s == each.pass_.duration_s for each in found.usable)


def test_element_files_lie_beside_the_scenario(catalog, checkout, tmp_path):
    (tmp_path / "mine.tle").write_text((checkout / "tle" / "micius.tle").read_text())
    own = CampaignScenario(campaign=replace(WEEK, element_files=("mine.tle",)))
    found = find_candidates(own, catalog, folder=tmp_path)
    bundled = find_candidates(CampaignScenario(campaign=WEEK), catalog)
    assert [each.pass_.pass_id for each in found.usable] == [each.pass_.pass_id for each in bundled.usable]


def test_a_station_file_lies_beside_the_scenario(catalog, checkout, tmp_path):
    (tmp_path / "roof.toml").write_text((checkout / "stations" / "xinglong.toml").read_text())
    found = find_candidates(CampaignScenario(campaign=replace(WEEK, stations=("roof.toml",))), catalog, folder=tmp_path)
    assert {each.station for each in found.usable} == {"roof.toml"}


def test_one_object_of_two_names_is_one(catalog):
    twice = replace(WEEK, satellites=("micius", "41731"), stations=("xinglong", "xinglong"))
    found = find_candidates(CampaignScenario(campaign=twice), catalog)
    once = find_candidates(CampaignScenario(campaign=WEEK), catalog)
    assert len(found.usable) == len(once.usable)
    assert {each.satellite for each in found.usable} == {"micius"}


def test_the_search_does_not_depend_on_the_processes(catalog):
    one, two = (find_candidates(CampaignScenario(campaign=WEEK), catalog, jobs=jobs) for jobs in (1, 2))
    assert [each.pass_.culmination_utc for each in one.usable] == [each.pass_.culmination_utc for each in two.usable]
    assert [each.intervals for each in one.usable] == [each.intervals for each in two.usable]


def test_refusals(catalog):
    with pytest.raises(UnknownName, match="did you mean 'micius'"):
        find_candidates(CampaignScenario(campaign=replace(WEEK, satellites=("miciu",))), catalog)
    with pytest.raises(UnknownName, match="did you mean 'xinglong'"):
        find_candidates(CampaignScenario(campaign=replace(WEEK, stations=("xinlong",))), catalog)
    with pytest.raises(DomainError, match="must be after start"):
        find_candidates(CampaignScenario(campaign=replace(WEEK, end=datetime(2016, 12, 1, tzinfo=UTC))), catalog)
    with pytest.raises(InputError, match=r"none\.tle"):
        find_candidates(CampaignScenario(campaign=replace(WEEK, element_files=("none.tle",))), catalog)
