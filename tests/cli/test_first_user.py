"""What a first user met in the search and the export of passes, and must not meet again."""

import csv
import io

import pytest
from catalogues import EPOCH, STATIONS, catalogue

from passplan.cli.main import main
from passplan.orbit.conditions import Conditions
from passplan.orbit.passes import find_passes

MICIUS = ("passes", "micius", "--station", "xinglong")
NIGHT = ("--night", "2016-12-19")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    return tmp_path


def run(capsys, *words):
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


def test_explain_tells_what_is_too_old(capsys):
    """No pass is dropped in silence: the remark of the plain search stands beside the explanation too."""
    code, out, err = run(capsys, *MICIUS, *NIGHT, "--explain", "--max-age-days", "0.01")
    assert code == 1
    assert "left out, more than 0.01 d from a set" in err
    assert "more follow from sets that are too old" in out


def test_explain_writes_tables_only(capsys):
    code, _, err = run(capsys, *MICIUS, *NIGHT, "--explain", "-o", "why.ics")
    assert code == 2
    assert "must be one of .json, .csv, .ecsv" in err


def test_a_name_twice_is_one_name(capsys):
    window = ("--from", "2016-12-19T00:00:00Z", "--csv")
    once = run(capsys, *MICIUS, *window)
    assert run(capsys, "passes", "micius", "41731", "--station", "xinglong", "--station", "xinglong", *window) == once


@pytest.mark.parametrize(
    "when", [("--from", "9999-12-31T00:00:00Z"), ("--night", "9999-12-31"), ("--night", "0001-01-01")]
)
def test_the_end_of_time_is_bad_input(capsys, when):
    code, _, err = run(capsys, *MICIUS, *when)
    assert code == 3
    assert "ephemeris of the Sun" in err


def test_a_low_pass_is_not_denied(capsys):
    """--explain lists it with 9.5 deg; export says the same, not that the satellite does not rise."""
    code, _, err = run(capsys, "export", "micius/xinglong/20161219T151819Z", "-o", "low.ics")
    assert code == 1
    assert "reaches 9.5 deg" in err


def test_a_faulty_object_that_is_asked_for_is_told(capsys, here):
    first, second = catalogue(2)
    wrong = first.line_1[:-1] + str((int(first.line_1[-1]) + 1) % 10)
    lines = [first.name, wrong, first.line_2, second.name, second.line_1, second.line_2]
    (here / "two.tle").write_text("\n".join(lines))
    code, _, err = run(
        capsys, "passes", first.name, "--elements", "two.tle", "--station", "graz", "--from", "2026-03-19"
    )
    assert code == 3
    assert "two.tle:2: checksum" in err


def test_two_objects_of_one_name_are_told_apart_by_number(capsys, here):
    low = catalogue(2)
    (here / "same.tle").write_text("".join(f"TBA\n{item.line_1}\n{item.line_2}\n" for item in low))
    window = ("--elements", "same.tle", "--station", "graz", "--from", "2026-03-19T00:00:00Z", "--any-light", "--csv")
    _, out, _ = run(capsys, "passes", *window)
    rows = list(csv.DictReader(io.StringIO(out)))
    for row in (rows[0], rows[-1]):
        code, out, _ = run(capsys, "export", row["pass_id"], "--elements", "same.tle", "--format", "csv")
        (found,) = csv.DictReader(io.StringIO(out))
        assert (code, found["norad_id"], found["rise_utc"]) == (0, row["norad_id"], row["rise_utc"])
    code, _, err = run(capsys, "export", "tba/graz/20260319", "--elements", "same.tle", "--format", "csv")
    assert code == 3
    assert "fits" in err


def test_a_pass_over_coordinates_leaves_too(capsys, checkout):
    place = "47.07,15.49,540"
    words = ("--elements", checkout / "tle" / "micius.tle", "--station", place)
    _, out, _ = run(capsys, "passes", *words, *NIGHT, "--any-light", "--csv")
    row = next(csv.DictReader(io.StringIO(out)))
    code, out, _ = run(capsys, "export", row["pass_id"], *words, "--format", "csv")
    assert code == 0
    assert next(csv.DictReader(io.StringIO(out)))["rise_utc"] == row["rise_utc"]


def test_the_library_takes_one_set_one_station_and_one_light():
    """A set by itself is a history, a station by itself a list, a word one kind of light."""
    (only,) = catalogue(1)
    end = EPOCH.replace(day=20)
    whole = find_passes([[only]], [STATIONS[2]], EPOCH, end, Conditions(satellite_light=frozenset({"umbra"})))
    assert find_passes([only], STATIONS[2], EPOCH, end, Conditions(satellite_light="umbra")) == whole
