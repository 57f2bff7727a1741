import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from element_forms import FORMS, as_named_tle, synthetic

from passplan.cli.main import main
from passplan.cli.verdicts import MOST_ROWS

AT = ("--at", "2026-03-20T00:00:00Z")


@pytest.fixture
def sets(rng):
    """Five objects of 2026-03-19, the second one with a name that rich would take for markup."""
    made = synthetic(5, rng)
    made[1] = replace(made[1], name="STARLINK [red]1[/red] :100:")
    return made


@pytest.fixture
def run(capsys):
    """Run ``passplan check``: exit code, stdout, stderr."""

    def call(*words):
        code = main(["check", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def written(path, sets, write=as_named_tle):
    path.write_text(write(sets), encoding="utf-8")
    return path


@pytest.mark.parametrize("form", FORMS)
def test_a_good_file_is_one_row_and_exit_0(tmp_path, sets, run, form):
    """Whatever the form: GO, and the counts."""
    code, out, _ = run(written(tmp_path / "a.txt", sets, FORMS[form]), *AT)
    assert code == 0
    assert "5 objects, 5 sets, 0 NO-GO" in out
    assert "OBJECT 0" not in out


def test_verbose_lists_all_objects(tmp_path, sets, run):
    """Their names as they stand, with number, epoch, altitudes and period."""
    code, out, _ = run(written(tmp_path / "a.txt", sets), *AT, "-v")
    assert code == 0
    assert "  OBJECT 0 (10000)" in out
    assert "STARLINK [red]1[/red] :100: (10001)" in out
    assert out.count(" epoch 2026-03-19, ") == 5


def test_an_object_that_is_no_go_has_a_row_and_exit_1(tmp_path, sets, run):
    """One of five is 40 days old; a payload file beside it is GO."""
    sets[1] = replace(sets[1], epoch_utc=sets[1].epoch_utc - timedelta(days=40))
    code, out, _ = run(written(tmp_path / "a.txt", sets), *AT)
    assert code == 1
    assert "5 objects, 5 sets, 1 NO-GO" in out
    (row,) = [line for line in out.splitlines() if "(10001)" in line]
    assert row.split()[0] == "NO-GO"
    assert "stale: epoch 2026-02-" in row
    assert run(tmp_path / "a.txt", *AT, "--max-age-days", "50")[0] == 0


def test_a_fault_is_told_with_its_line_and_exit_3(tmp_path, sets, run):
    """Line 105 of the file; the others are judged."""
    lines = ["#"] * 100 + as_named_tle(sets).splitlines()
    lines[104] = lines[104][:-1]
    path = tmp_path / "a.tle"
    path.write_text("\n".join(lines))
    code, out, _ = run(path, *AT)
    assert code == 3
    assert "a.tle:105: length is 68 characters, must be 69" in out
    assert "4 objects, 4 sets, 0 NO-GO" in out
    (row,) = [line for line in out.splitlines() if ":105:" in line]
    assert "STARLINK [red]1[/red] :100:" in row


def test_the_worst_file_gives_the_exit_code(tmp_path, sets, run, checkout):
    """Faulty before NO-GO before GO."""
    good = written(tmp_path / "good.tle", sets)
    old = written(tmp_path / "old.tle", [replace(sets[0], epoch_utc=sets[0].epoch_utc - timedelta(days=40))])
    page = tmp_path / "page.json"
    page.write_text("<html>")
    station = checkout / "stations" / "graz.toml"
    assert run(good, station, *AT)[0] == 0
    assert run(good, old, station, *AT)[0] == 1
    code, out, _ = run(page, good, old, *AT)
    assert code == 3
    assert "it is a web page (HTML)" in out


def test_json_has_stable_keys(tmp_path, sets, run):
    """Files, faults and objects apart, each with its file; -v lists the objects that are GO."""
    sets[0] = replace(sets[0], epoch_utc=sets[0].epoch_utc - timedelta(days=40))
    path = written(tmp_path / "a.tle", sets)
    path.write_text(path.read_text() + "LOST\n")
    code, out, _ = run(path, *AT, "--json")
    document = json.loads(out)
    assert code == 3
    assert set(document) >= {"schema_version", "passplan_version", "verdicts", "faults", "objects"}
    (verdict,) = document["verdicts"]
    assert list(verdict) == ["name", "kind", "holds", "go", "reason"]
    assert (verdict["name"], verdict["kind"], verdict["go"]) == (str(path), "faulty", False)
    assert document["faults"] == [
        {
            "file": str(path),
            "source": f"{path}:16",
            "norad_id": None,
            "name": "LOST",
            "reason": "name 'LOST' is the last line, must be followed by an element set",
        }
    ]
    (item,) = document["objects"]
    assert list(item) == [
        "file", "source", "norad_id", "name", "epoch_utc", "age_days", "perigee_km", "apogee_km", "period_min", "go",
        "reasons",
    ]  # fmt: skip
    assert (item["file"], item["norad_id"], item["go"]) == (str(path), 10_000, False)
    assert item["epoch_utc"].startswith("2026-02-07T")
    assert item["reasons"][0].startswith("stale: ")
    _, out, _ = run(path, *AT, "--json", "-v")
    assert [item["norad_id"] for item in json.loads(out)["objects"]] == [10_000, 10_001, 10_002, 10_003, 10_004]


@pytest.mark.parametrize("count", [MOST_ROWS, MOST_ROWS + 30])
def test_a_terminal_is_not_flooded_but_files_are_whole(tmp_path, run, rng, count):
    """All objects are stale: the table is cut and says so, -v and CSV hold every one."""
    path = written(tmp_path / "a.txt", synthetic(count, rng))
    at = ("--at", "2026-06-20T00:00:00Z")
    code, out, _ = run(path, *at)
    assert code == 1
    assert out.count("stale: ") == MOST_ROWS
    assert ("and 30 more NO-GO; -v, --csv and --json list them all" in out) == (count > MOST_ROWS)
    assert run(path, *at, "-v")[1].count("stale: ") == count
    code, out, _ = run(path, *at, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["kind"] for row in rows] == ["elements"] + ["object"] * count
    assert {row["go"] for row in rows} == {"false"}
    assert run(path, *at, "-o", tmp_path / "out.json")[0] == 1
    assert len(json.loads((tmp_path / "out.json").read_text())["objects"]) == count


def test_thousands_of_objects_are_set_as_a_plain_table(tmp_path, run, rng):
    """Aligned columns under their headings."""
    path = written(tmp_path / "a.txt", synthetic(3 * MOST_ROWS, rng))
    code, out, _ = run(path, *AT, "-v")
    lines = out.splitlines()
    assert code == 0
    assert len(lines) == 3 * MOST_ROWS + 2
    place = lines[0].index("holds")
    assert all(line[place:].startswith("epoch 2026-03-19, ") for line in lines[2:])


def test_a_wrong_suffix_and_a_naive_time(tmp_path, run):
    """Refusals name what is allowed."""
    (tmp_path / "a.png").write_text("x")
    code, out, _ = run(tmp_path / "a.png")
    assert code == 3
    assert "the suffix is .png, must be .tle" in out
    assert main(["check", str(tmp_path / "a.png"), "--at", "2026-03-20T00:00:00"]) == 3
