"""Reading of a campaign's scenario: every fault at once, with file, line, key, value and what is allowed."""

import hashlib
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from passplan.errors import InputError
from passplan.mission.campaign_scenario import Aim, CampaignScenario, Closure, Demand, Hours, Simulated, Span, Terminals
from passplan.mission.scenario_files import load_scenario, read_scenario, with_aim
from passplan.mission.scenario_rules import aim_faults

HEAD = """[campaign]
satellites = ["micius"]
stations = ["xinglong", "nanshan"]
start = 2016-12-17
end = 2016-12-24
"""


@pytest.fixture
def load(tmp_path, catalog):
    """Write a text and load it."""

    def call(text):
        path = tmp_path / "night.toml"
        path.write_text(text, encoding="utf-8")
        return load_scenario(path, catalog)

    return call


def test_a_short_scenario_has_all_the_defaults(load):
    found = load(HEAD).scenario
    span = Span(
        satellites=("micius",),
        stations=("xinglong", "nanshan"),
        start=datetime(2016, 12, 17, tzinfo=UTC),
        end=datetime(2016, 12, 24, tzinfo=UTC),
    )
    assert found == CampaignScenario(campaign=span)
    assert found.passes.max_sun_elevation_deg == -12.0


def test_values_may_carry_their_units(load):
    """By hand: 12 kbit, 2 weeks, half a turn a minute, 90 min, 1.8 kJ = 0.5 W h, 1 Mbit, 30 %."""
    found = load(
        HEAD.replace("end =", 'max_age_days = "2 week"\nend =')
        + '[contact]\nmin_key_bits = "12 kbit"\nslew_deg_s = "180 deg / min"\nmin_length_s = "2 min"\n'
        '[classical]\nmax_delay_h = "90 min"\n[quota]\nenergy_wh = "1.8 kJ"\npower_w = "1 mW"\n'
        '[[demand]]\nbetween = ["xinglong", "nanshan"]\nbits = "1 Mbit"\n[weather]\ncloud = "30 %"\n'
        '[hours.xinglong]\nstart = "18:00"\nend = 06:30:00\nutc_offset_h = "480 min"\n'
    ).scenario
    assert found.campaign.max_age_days == pytest.approx(14.0)
    assert found.contact.min_key_bits == pytest.approx(12_000.0)
    assert found.contact.slew_deg_s == pytest.approx(3.0)
    assert found.contact.min_length_s == pytest.approx(120.0)
    assert found.classical.max_delay_h == pytest.approx(1.5)
    assert (found.quota.energy_wh, found.quota.power_w) == (pytest.approx(0.5), pytest.approx(1e-3))
    assert found.demand[0].bits == pytest.approx(1e6)
    assert found.weather.cloud == pytest.approx(0.3)
    assert found.hours["xinglong"] == Hours(start=time(18), end=time(6, 30), utc_offset_h=8.0)


def test_times_are_utc_whatever_their_zone(load):
    found = load(HEAD.replace("2016-12-17", "2016-12-17T08:00:00+08:00").replace("2016-12-24", '"20161224T000000Z"'))
    assert found.scenario.campaign.start == datetime(2016, 12, 17, tzinfo=UTC)
    assert found.scenario.campaign.end == datetime(2016, 12, 24, tzinfo=UTC)


def test_every_spelling_of_a_name_becomes_the_one_of_the_pass_ids(load):
    found = load(
        '[campaign]\nsatellites = ["QSS"]\nstations = ["XingLong", "nanshan"]\nstart = 2016-12-17\nend = 2016-12-24\n'
        "[terminals.Xinglong]\ncount = 2\n[priority]\nMOZI = 2\n[quota_of.41731]\npasses = 3\n"
        '[hours.NANSHAN]\nstart = "18:00"\nend = "06:00"\n[[closed]]\nof = "Micius"\n'
        "start = 2016-12-18\nend = 2016-12-19\n"
        '[[classical.window]]\nsatellite = "mozi"\nstart = 2016-12-18\nend = 2016-12-19\n'
        '[[demand]]\nbetween = ["Nanshan", "XINGLONG"]\n'
    ).scenario
    assert (found.campaign.satellites, found.campaign.stations) == (("micius",), ("xinglong", "nanshan"))
    assert found.terminals == {"xinglong": Terminals(count=2)}
    assert (list(found.priority), list(found.quota_of), list(found.hours)) == (["micius"], ["micius"], ["nanshan"])
    assert found.closed[0].of == found.classical.window[0].satellite == "micius"
    assert found.demand == (Demand(between=("nanshan", "xinglong")),)


def test_the_files_it_stands_on_come_with_their_hashes(load, checkout, tmp_path):
    weather = "station,month,hour_utc,cloud\n" + "".join(
        f"{name},{month},{hour},0.5\n"
        for name in ("xinglong", "nanshan")
        for month in range(1, 13)
        for hour in range(24)
    )
    (tmp_path / "sky.csv").write_text(weather)
    (tmp_path / "sets.tle").write_bytes((checkout / "tle" / "micius.tle").read_bytes())
    text = HEAD.replace("end =", 'element_files = ["sets.tle"]\nend =') + '[weather]\nfile = "sky.csv"\n'
    loaded = load(text)
    hashes = loaded.hashes()
    names = ["night.toml", "micius.toml", "micius.tle", "xinglong.toml", "nanshan.toml", "sets.tle", "sky.csv"]
    assert [Path(name).name for name in hashes] == names
    assert hashes[str(tmp_path / "night.toml")] == hashlib.sha256(text.encode()).hexdigest()
    assert (loaded.element_files, loaded.weather_file) == ((tmp_path / "sets.tle",), tmp_path / "sky.csv")
    assert loaded.histories["micius"][0].source.startswith(str(tmp_path / "sets.tle"))
    assert loaded.clouds.stations == ("nanshan", "xinglong")


def test_a_stations_own_file_may_stand_beside_the_scenario(load, checkout, tmp_path):
    own = (checkout / "stations" / "graz.toml").read_text(encoding="utf-8")
    (tmp_path / "site.toml").write_text(own, encoding="utf-8")
    loaded = load(HEAD.replace('"nanshan"', '"site.toml"') + "[terminals.graz]\ncount = 2\n")
    assert loaded.scenario.campaign.stations == ("xinglong", "site.toml")
    assert list(loaded.scenario.terminals) == ["site.toml"]
    assert loaded.stations["site.toml"].name == "Graz"


def test_what_has_no_effect_is_remarked(load):
    remarks = load(
        HEAD + '[[demand]]\nbetween = ["xinglong", "nanshan"]\n[quota]\npower_w = 5\n'
        '[[closed]]\nof = "nanshan"\nstart = 2015-01-01\nend = 2015-02-01\n'
    )
    assert remarks.remarks == (
        "[[demand]] has no effect with objective.kind = 'sum'",
        "[quota]: power_w has no effect without energy_wh",
        "closed[1] lies outside the span of [campaign]",
    )


def test_another_aim_is_checked_like_the_files_own(load):
    loaded = load(HEAD + "[objective]\ngap = 0.01\n")
    changed = with_aim(loaded, kind="fair")
    assert changed.scenario.objective == Aim(kind="fair", gap=0.01)
    with pytest.raises(InputError, match=r"night\.toml:6: objective\.kind is 'demand', but there is no pair"):
        with_aim(loaded, kind="demand")
    assert aim_faults(Aim(kind="demand"), pairs=1) == {}


def test_a_file_that_is_none(load, tmp_path, catalog):
    with pytest.raises(InputError, match="cannot be read"):
        read_scenario(tmp_path / "none.toml", catalog)
    with pytest.raises(InputError, match=r"night\.toml:1: is empty, must hold the tables campaign, passes"):
        load("# nothing\n")
    with pytest.raises(InputError, match="is not TOML"):
        load("[campaign\n")
    with pytest.raises(InputError, match=r"night\.toml:1: campaign is missing"):
        load("[contact]\ntrim = true\n")


def test_records_know_their_own_limits():
    assert Closure(
        of="all", start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC)
    ).is_of_all_the_sky
    with pytest.raises(ValueError, match=r"Simulated\.check is -1"):
        Simulated(check=-1, passes=3)
