"""Campaigns that can fly nothing: each with one rule tightened, which the message must name, and none before it.

Witness: two nights of Micius over Xinglong and Nanshan, of which all is flown without the rule.
"""

import re
from dataclasses import replace

import pytest

from passplan.errors import NothingFound
from passplan.mission.campaign_binding import require_flown, stops_of, why_nothing
from passplan.mission.campaign_candidates import Candidates, find_candidates
from passplan.mission.campaign_plan import prospect_of
from passplan.mission.scenario_files import load_scenario
from passplan.schedule.refusal import BUDGET, WORTHLESS, Refusal

HEAD = """[campaign]
satellites = ["micius"]
stations = ["xinglong", "nanshan"]
start = {}
end = {}
"""
CLOSED = "[[closed]]\nof = {!r}\nstart = 2016-12-18\nend = 2016-12-22\n"


@pytest.fixture(scope="module")
def load(catalog, tmp_path_factory):
    """Load a scenario of further lines."""

    def call(more="", start="2016-12-19", end="2016-12-21"):
        path = tmp_path_factory.mktemp("scenario") / "nights.toml"
        path.write_text(HEAD.format(start, end) + more)
        return load_scenario(path, catalog)

    return call


@pytest.fixture(scope="module")
def prospect(load, catalog):
    return prospect_of(load(), catalog)


@pytest.fixture
def message(load, prospect):
    """Message of the scenario with further lines that leave the profiles as they are."""
    return lambda more: why_nothing(load(more), prospect.candidates, prospect.profiles)


def test_passes_that_have_a_window_are_not_stopped(prospect):
    """Property: passes are stopped or offered, one or the other."""
    stops = stops_of(prospect.loaded.scenario, prospect.candidates, prospect.profiles)
    assert {stop.pass_id for stop in stops} == set(prospect.offer.refused)
    assert not {stop.pass_id for stop in stops} & {window.contact for window in prospect.offer.windows}


@pytest.mark.parametrize(
    ("more", "rule", "told"),
    [
        (CLOSED.format("xinglong") + CLOSED.format("nanshan"), "[[closed]]", "laser keep-out of "),
        ('[hours.xinglong]\nstart = "10:00"\nend = "11:00"\n[hours.nanshan]\nstart = "10:00"\nend = "11:00"\n',
         "[hours]", "all through"),
        ('[classical]\nmax_delay_h = 1\n[[classical.window]]\nsatellite = "micius"\n'
         "start = 2016-12-20T06:00:00Z\nend = 2016-12-20T07:00:00Z\n", "[classical]", "no classical contact of micius"),
        ("[contact]\nmin_length_s = 4000\n", "contact.min_length_s", "s are left, must be at least 4000 s"),
        ("[contact]\nmin_key_bits = 100e6\n", "contact.min_key_bits", "makes "),
    ],
)  # fmt: skip
def test_the_rule_that_stops_those_that_got_furthest_binds(message, prospect, more, rule, told):
    """The Sun takes more passes than any other rule can: it is counted, and does not bind."""
    text = message(more)
    assert text.startswith(f"none of 10 passes can be flown; {rule} binds: of 4 passes that got so far the best, ")
    assert told in text
    assert "stopped by each rule in turn: passes.max_sun_elevation_deg 5, link.max_range_km 1" in text
    assert text.endswith(f", {rule} 4")


def test_the_best_value_stands_beside_the_limit(message, prospect):
    """The greatest key and the longest window of the offer, to the digits that are told."""
    best = max(prospect.offer.windows, key=lambda window: window.key_bits)
    assert f"{best.contact}: makes {best.key_bits / 1e3:.0f} kbit, must make at least 100 Mbit;" in message(
        "[contact]\nmin_key_bits = 100e6\n"
    )
    near = f"[contact]\nmin_key_bits = {best.key_bits + 0.5}\n"
    assert f"makes {best.key_bits:,.0f} bit, must make at least {best.key_bits + 0.5:,.1f} bit;" in message(near)
    longest = max(prospect.offer.windows, key=lambda window: window.duration_s)
    assert f"{longest.contact}: {longest.duration_s:.0f} s are left, must be at least 4000 s;" in message(
        "[contact]\nmin_length_s = 4000\n"
    )


def test_a_pass_without_counts_is_stopped_by_its_proof(load, prospect):
    dark = [replace(each, rates=0.0 * each.rates, sums=0.0 * each.sums) for each in prospect.profiles]
    text = why_nothing(load(), prospect.candidates, dark)
    assert "; key.proof binds: of 4 passes" in text
    assert ": no sifted bit is expected; " in text


def test_light_is_asked_rule_by_rule(load, catalog):
    """No pass is 180 deg from the Moon; those by night get past the Sun, and those alone are counted for the Moon."""
    loaded = load("[passes]\nmin_moon_separation_deg = 179.9\n")
    candidates = find_candidates(loaded.scenario, catalog)
    assert candidates.usable == ()
    text = why_nothing(loaded, candidates, ())
    assert "; passes.min_moon_separation_deg binds: of 5 passes" in text
    assert "deg from the satellite, must be at least 179.9 deg, all through" in text
    assert text.endswith("passes.max_sun_elevation_deg 5, passes.min_moon_separation_deg 5")


def test_old_elements_are_told_by_age(load, prospect):
    old = tuple(
        replace(one, intervals=(), unfit="nearest element set is 99 d older") for one in prospect.candidates.usable
    )
    text = why_nothing(load(), Candidates(usable=(), cut_away=old), ())
    assert text.startswith("none of 5 passes can be flown; campaign.max_age_days binds")


@pytest.mark.parametrize(
    ("more", "dates", "told"),
    [
        ("[passes]\nmin_elevation_deg = 89\n", {}, r"passes\.min_elevation_deg binds: the highest, .* must reach 89 d"),
        ("[passes]\nmax_range_km = 300\n", {}, r"passes\.max_range_km binds: the nearest, .*must come within 300 km"),
        ("[passes]\nmin_duration_s = 5000\n", {}, r"\[passes\] binds: .*min_duration_s, 5000 s, together"),
        ("", {"start": "2040-12-19", "end": "2040-12-21"},
         r"campaign\.max_age_days binds: .* d from 2040-12-19T00:00:00Z, must be within 30 d"),
        ("", {"start": "2016-12-19T00:00:00Z", "end": "2016-12-19T00:01:00Z"}, "no satellite rises over any of its st"),
    ],
)  # fmt: skip
def test_without_any_candidate_geometry_or_age_binds(load, more, dates, told):
    text = why_nothing(load(more, **dates), Candidates(usable=(), cut_away=()), ())
    assert re.search(told, text)


def test_a_plan_that_flies_nothing_says_why():
    """Two refusals of three are of one kind."""
    refusals = [
        Refusal(contact="a", place=0, kind=WORTHLESS, reason="worth nothing"),
        Refusal(contact="b", place=1, kind=BUDGET, reason="quota used up"),
        Refusal(contact="c", place=2, kind=BUDGET, reason="quota used up"),
    ]
    with pytest.raises(NothingFound, match="no pass is flown of 3 that could be; 2 of them for one reason: b, quota"):
        require_flown(0, refusals)
    with pytest.raises(NothingFound, match=r"no pass is flown of 0 that could be$"):
        require_flown(0, [])
    require_flown(1, refusals)
