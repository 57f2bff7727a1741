"""Verdicts on a scenario: figures from the catalogue's own dates, nights from the almanac."""

from datetime import UTC, datetime

import pytest

from passplan.mission.scenario_check import scenario_verdicts, whole_verdict
from passplan.mission.scenario_files import load_scenario
from passplan.mission.status import check_file

NOW = datetime(2016, 12, 19, tzinfo=UTC)
HEAD = """[campaign]
satellites = ["micius"]
stations = ["xinglong"]
start = {}
end = {}
"""


@pytest.fixture
def verdicts(tmp_path, catalog):
    """Verdicts on a text by name, and the one on the file as ``file``."""

    def call(text, start="2016-12-17", end="2016-12-20"):
        path = tmp_path / "night.toml"
        path.write_text(HEAD.format(start, end) + text, encoding="utf-8")
        loaded = load_scenario(path, catalog)
        found = scenario_verdicts(loaded)
        return {each.name: each for each in found} | {"file": whole_verdict(loaded, found)}

    return call


def test_a_good_scenario_is_go_in_every_matter(verdicts):
    found = verdicts("")
    assert all(each.go for each in found.values())
    assert list(found) == [
        "element sets of micius", "Sun and Moon", "Earth orientation", "station xinglong", "weather", "passes", "file",
    ]  # fmt: skip
    assert found["file"].holds == "1 satellite, 1 station, 2016-12-17 to 2016-12-20, 3 d"
    assert found["file"].reason == "valid; nothing below is NO-GO"
    assert found["Sun and Moon"].reason == "ends 12,064 d after the campaign"  # 33 years with 8 leap days, and 11 days


def test_the_farthest_instant_from_the_element_sets_is_told_with_its_margin(verdicts):
    """Sets of 2016-12-18 and 2016-12-19 surround the span; before them comes one of 2016-10-09."""
    found = verdicts("", start="2016-12-17", end="2016-12-18")["element sets of micius"]
    assert found.go
    assert found.reason.startswith("at most 1.")
    assert ", 2016-12-17T00:00:00Z; limit 30 d, margin 28." in found.reason


def test_days_without_an_element_set_are_counted(verdicts):
    """Between the sets of 2016-10-09 and 2016-12-18 lie 70.1 d: 10.1 d are farther than 30 d from both."""
    found = verdicts("", start="2016-09-20", end="2016-12-30")["element sets of micius"]
    assert found.go
    assert found.reason == (
        "at most 35.1 d from a set, 2016-11-13T20:00:48Z; limit 30 d: "
        "the passes of 10.1 d between 2016-11-08 and 2016-11-18 are left out"
    )


def test_a_span_without_any_element_set_is_no_go(verdicts):
    found = verdicts("", start="2023-01-01", end="2023-01-04")
    assert not found["element sets of micius"].go
    assert not found["passes"].go
    assert found["file"].reason == "NO-GO for element sets of micius, passes"
    assert "none of " in found["passes"].reason
    assert "left by element ages, closures and operator hours" in found["passes"].reason


def test_a_quota_of_no_pass_is_no_go(verdicts):
    found = verdicts("[quota]\npasses = 0\n")
    assert not found["quota of micius"].go
    assert found["quota of micius"].holds == "0 passes a night"
    assert found["file"].reason == "NO-GO for quota of micius"
    assert verdicts("[quota]\npasses = 1\n")["quota of micius"].go


def test_darkness_is_counted_and_what_operators_leave_of_it(verdicts):
    """Three December nights of 12.5 h; operators from 18:00 to 20:00 leave six hours, a closure four of them."""
    found = verdicts("")["station xinglong"]
    nights, hours = found.holds.split(" nights, ")
    assert nights == "3"
    assert 37.0 < float(hours.split(" h ")[0]) < 38.5
    shifts = '[hours.xinglong]\nstart = "18:00"\nend = "20:00"\nutc_offset_h = 8\n'
    assert verdicts(shifts)["station xinglong"].reason == "6.0 h open; the rest is closed or outside operator hours"
    night = '[[closed]]\nof = "xinglong"\nstart = 2016-12-18T04:00:00Z\nend = 2016-12-19T04:00:00Z\n'
    assert verdicts(shifts + night)["station xinglong"].reason.startswith("4.0 h open")


def test_operators_who_work_by_day_are_no_go(verdicts):
    found = verdicts('[hours.xinglong]\nstart = "09:00"\nend = "16:00"\nutc_offset_h = 8\n')
    assert found["station xinglong"].reason == "operator hours and closures leave nothing of it"
    assert (found["station xinglong"].go, found["passes"].go, found["file"].go) == (False, False, False)


def test_a_night_that_never_gets_dark_is_no_go(verdicts):
    found = verdicts("[passes]\nmax_sun_elevation_deg = -80\n")
    assert found["station xinglong"].reason == "the Sun is never below -80 deg in the campaign"
    assert not found["station xinglong"].go
    assert found["passes"].reason == "none above 10 deg in the first 3 d that the other rules of [passes] leave"


def test_daylight_may_be_let_in(verdicts):
    assert verdicts("[passes]\nmax_sun_elevation_deg = 90\n")["station xinglong"].reason == "72.0 h open"


def test_the_classical_channel_has_its_matter(verdicts):
    """One window of ten minutes, an hour's wait: passes may end in 70 min."""
    text = "[classical]\nmax_delay_h = 1\n"
    window = '[[classical.window]]\nsatellite = "micius"\nstart = 2016-12-18T03:00:00Z\nend = 2016-12-18T03:10:00Z\n'
    found = verdicts(text + window)["classical channel of micius"]
    assert (found.holds, found.reason) == ("1 window", "serves passes that end in 1.2 h of 72.0 h")


def test_a_forecast_must_cover_the_campaign(verdicts, tmp_path):
    rows = "station,time_utc,cloud\n" + "".join(f"xinglong,2016-12-17T{hour:02}:00:00Z,0.25\n" for hour in range(24))
    (tmp_path / "sky.csv").write_text(rows)
    text = '[weather]\nfile = "sky.csv"\n'
    found = verdicts(text, end="2016-12-18")["weather"]
    assert (found.go, found.holds) == (True, "sky.csv")
    assert found.reason == "covers the campaign; clear of its time, day and night: xinglong 75%"
    short = verdicts(text)["weather"]
    assert not short.go
    assert "covers 2016-12-17T00:00:00Z to 2016-12-18T00:00:00Z, must cover 2016-12-17T00:00:00Z to 20" in short.reason


def test_clouds_that_never_part_are_no_go(verdicts):
    assert not verdicts("[weather]\ncloud = 1\n")["weather"].go


def test_the_highest_pass_is_named(verdicts):
    """The pass of 2016-12-19 over Xinglong of Liao et al., Nature 549, 43 (2017)."""
    found = verdicts("", start="2016-12-19T12:00:00Z", end="2016-12-20")["passes"]
    assert found.reason.endswith("micius/xinglong/20161219T165213Z")


def test_a_file_with_a_campaign_is_checked_as_one(tmp_path, catalog):
    path = tmp_path / "night.toml"
    path.write_text(HEAD.format("2016-12-17", "2016-12-20"), encoding="utf-8")
    found = check_file(path, now=NOW, catalog=catalog)
    assert (found.verdict.kind, found.verdict.go, len(found.matters)) == ("scenario", True, 6)
    path.write_text(HEAD.format("2016-12-17", "2016-12-17"), encoding="utf-8")
    faulty = check_file(path, now=NOW, catalog=catalog)
    assert (faulty.verdict.kind, faulty.matters) == ("faulty", ())
    assert "must be after start" in faulty.verdict.reason


@pytest.mark.parametrize(
    ("rows", "holds", "reason"),
    [
        (
            "station,time_utc,cloud,member\n"
            + "".join(f"graz,2026-01-01T00:00:00Z,{cloud},{cloud}\n" for cloud in (0, 1)),
            "graz; 2 members",
            "a forecast: 2026-01-01T00:00:00Z to 2026-01-01T01:00:00Z, 1 step",
        ),
        (
            "# of a year\nstation,month,hour_utc,cloud\n"
            + "".join(f"graz,{month},{hour},0.5\n" for month in range(1, 13) for hour in range(24)),
            "graz; every month and hour",
            "a climatology: stands for any date",
        ),
    ],
)
def test_a_weather_file_is_checked_as_one(tmp_path, rows, holds, reason):
    (tmp_path / "sky.csv").write_text(rows)
    verdict = check_file(tmp_path / "sky.csv", now=NOW).verdict
    assert (verdict.kind, verdict.go, verdict.holds, verdict.reason) == ("weather", True, holds, reason)


def test_a_faulty_weather_file_is_faulty(tmp_path):
    (tmp_path / "sky.csv").write_text("station,time_utc,cloud\ngraz,2026-01-01T00:00:00Z,50\n")
    verdict = check_file(tmp_path / "sky.csv", now=NOW).verdict
    assert verdict.kind == "faulty"
    assert "sky.csv:2: cloud is 50, must lie in [0, 1]; if that is per cent, write 0.5" in verdict.reason
