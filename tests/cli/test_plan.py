"""``passplan plan`` and ``campaign``: what a user types, what comes out, and what a kill leaves."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from bench_campaign import hashes

from passplan.cli.main import main

PASS = "micius/xinglong/20161219T165213Z"
NIGHT = """
[campaign]
name = "one night"
satellites = ["micius"]
stations = ["xinglong"]
start = 2016-12-19
end = 2016-12-20
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    path = tmp_path_factory.mktemp("scenario") / "night.toml"
    path.write_text(NIGHT)
    return path


@pytest.fixture
def written(tmp_path):
    """Write a scenario with further lines, and return its path."""

    def write(more, text=NIGHT):
        path = tmp_path / "night.toml"
        path.write_text(text + more)
        return path

    return write


def run(capsys, *words):
    """Exit code, stdout and stderr of a command."""
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture(scope="module")
def plan_file(scenario, tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    assert main(["plan", str(scenario), "--jobs", "1", "-o", str(path)]) == 0
    return path


def test_a_plan_is_a_table_with_its_proof_and_reasons(capsys, scenario):
    code, out, _ = run(capsys, "plan", scenario, "--jobs", 1, "--explain")
    assert code == 0
    assert "2016-12-19 16:49:56" in out
    assert "proven: no timetable has more" in out
    assert "micius/xinglong/20161219T035004Z" in out
    assert "must be below -12 deg" in out


def test_the_document_names_what_it_rests_on(plan_file):
    document = json.loads(plan_file.read_text())
    (flown,) = (row for row in document["passes"] if row["is_chosen"])
    assert flown["pass_id"] == PASS
    assert set(document["inputs"]) >= {"night.toml", "micius.toml", "micius.tle", "xinglong.toml"}
    assert document["proofs"][0]["proof"] == "decoy3_variable_length"
    assert document["objective"]["is_proven"]
    assert all(row["is_chosen"] or row["reason"] for row in document["passes"])


def test_the_table_has_a_row_a_pass(capsys, scenario, plan_file):
    code, out, _ = run(capsys, "plan", scenario, "--jobs", 1, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [row["pass_id"] for row in rows] == [row["pass_id"] for row in json.loads(plan_file.read_text())["passes"]]


@pytest.mark.parametrize(
    ("suffix", "start"), [(".ics", b"BEGIN:VCALENDAR"), (".html", b"<!doctype"), (".png", b"\x89PNG")]
)
def test_files_by_suffix(capsys, scenario, tmp_path, suffix, start):
    path = tmp_path / f"plan{suffix}"
    assert run(capsys, "plan", scenario, "--jobs", 1, "-o", path)[0] == 0
    assert path.read_bytes().startswith(start)


def test_a_standing_plan_without_changes_stays(capsys, scenario, plan_file):
    code, out, _ = run(
        capsys, "plan", scenario, "--jobs", 1, "--json", "--former", plan_file, "--max-changes", 0,
        "--freeze-until", "2016-12-19T18:00:00Z",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["passes"] == json.loads(plan_file.read_text())["passes"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--freeze-until", "2016-12-19T18:00:00Z"], 2, "--freeze-until needs --former PLAN.json"),
        (["--change-cost", "5"], 2, "--change-cost needs --former PLAN.json"),
        (["--ecsv"], 2, "a plan is handed out as --json, --csv or -o FILE"),
        (["-o", "plan.tex"], 2, "the suffix is .tex, must be one of .json, .csv, .ics"),
        (["--time-limit", "0"], 3, "--time-limit is 0, must lie in (0, 1e+06] s"),
        (["--objective", "demand"], 3, "demand"),
        (["--former", "absent.json"], 3, "absent.json: cannot be read"),
    ],
)
def test_wrong_words_are_told(capsys, scenario, monkeypatch, tmp_path, words, code, message):
    monkeypatch.chdir(tmp_path)
    found, _, err = run(capsys, "plan", scenario, *words)
    assert found == code
    assert message in err


def test_without_a_pass_the_rule_that_binds_is_told(capsys, written):
    """The pass of the night rises to 47.8 deg."""
    code, _, err = run(capsys, "plan", written("[contact]\nmin_length_s = 3000\n"), "--jobs", 1)
    assert code == 1
    assert "; contact.min_length_s binds: of 1 pass that got so far the best" in err
    assert "s are left, must be at least 3000 s" in err


@pytest.mark.parametrize(
    ("more", "reason"),
    [("[quota]\npasses = 0\n", "at most 0 may be used"), ("[weather]\ncloud = 1.0\n", "the sky is never clear")],
)
def test_a_plan_that_flies_nothing_is_handed_out_and_ends_with_1(capsys, written, tmp_path, more, reason):
    """One pass of the night could be flown."""
    path = written(more)
    code, out, err = run(capsys, "plan", path, "--jobs", 1, "--json")
    assert code == 1
    assert json.loads(out)["nights"][0]["chosen"] == 0
    assert f"no pass is flown of 1 that could be; 1 of them for one reason: {PASS}, " in err
    assert reason in err
    code, _, err = run(capsys, "campaign", path, "--folder", tmp_path / "campaign", "--jobs", 1)
    assert code == 1
    assert reason in err
    assert (tmp_path / "campaign" / "report.html").is_file()


def test_a_campaign_leaves_its_files_and_goes_on(capsys, scenario, tmp_path):
    folder = tmp_path / "campaign"
    code, out, err = run(capsys, "campaign", scenario, "--folder", folder, "--jobs", 1)
    assert code == 0
    assert "simulated" in out
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    of_pass = f"passes/{PASS.replace('/', '_')}"
    assert {"plan.json", "timetable.csv", "timetable.ics", "report.html", f"{of_pass}/pointing.mount"} <= names
    assert {f"{of_pass}/waveplates.hwp", f"{of_pass}/per_second.csv"} <= names
    before = hashes(folder)
    code, _, err = run(capsys, "campaign", scenario, "--folder", folder, "--jobs", 1)
    assert code == 3
    assert "holds an earlier run; --resume goes on with it" in err
    assert run(capsys, "campaign", scenario, "--folder", folder, "--jobs", 1, "--resume")[0] == 0
    assert hashes(folder) == before


@pytest.mark.parametrize("shard", ["0/2", "3/2", "x", "1/", "/2", "1/0"])
def test_a_wrong_shard_is_told(capsys, scenario, shard):
    code, _, err = run(capsys, "campaign", scenario, "--shard", shard)
    assert code == 2
    assert "is not I/N with 1 <= I <= N, as 2/4" in err


def test_a_campaign_that_was_killed_ends_the_same(scenario, tmp_path):
    """Killed and gone on with two processes: the bytes of one that ran through (ten kills: bench_campaign.py)."""
    words = [sys.executable, "-m", "passplan", "campaign", str(scenario), "--quiet", "--folder"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert main(["campaign", str(scenario), "--jobs", "1", "--quiet", "--folder", str(whole)]) == 0
    process = subprocess.Popen([*words, killed, "--jobs", "2"], stdout=subprocess.DEVNULL)
    for _ in range(600):  # until the first record stands, then a little more
        if list(killed.glob("tasks/*.json")) or process.poll() is not None:
            break
        time.sleep(0.1)
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert main(["campaign", str(scenario), "--jobs", "2", "--quiet", "--resume", "--folder", str(killed)]) == 0
    assert hashes(killed) == hashes(whole)
