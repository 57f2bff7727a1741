"""``passplan apt acquire`` as a user calls it. Witnesses: the printed beacons and fields, the document, exit codes."""

import json
import re

import pytest

from passplan.cli.main import main

PASS = "micius/xinglong/20161219T165213Z"
FEW = ("--runs", "200")


def run(capsys, *words):
    code = main(["apt", "acquire", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def cells(out):
    """Cells of each line of the tables by its first."""
    lines = (re.split(r"\s{2,}", line.strip()) for line in out.splitlines())
    return {first: rest for first, *rest in lines}


def test_the_sheet(capsys):
    """Printed: beacons of 0.9 and 1.25 mrad full, powers 2.7 and 0.16 W; 2.3 deg and 5.76 mrad of field."""
    code, out, err = run(capsys, PASS, *FEW)
    assert (code, err) == (0, "")
    assert out.startswith(f"{PASS}: both ends locked in 100.00% of 200 runs within 30 s\n")
    rows = cells(out)
    assert rows["other's beacon, half-angle at 1/e^2, urad"] == ["450", "625"]
    assert rows["camera's field to either side, urad"] == ["20070", "2880"]
    assert rows["power sent, W"] == ["2.7", "0.16"]
    for word in ("collection, dB", "extinction, dB", "threshold, electrons", "Moon from the line of sight, deg"):
        assert word in out
    assert "through an assumed filter of 10 nm" in out
    assert "runs: 95% are locked after, s" in out


def test_the_document(capsys, tmp_path):
    target = tmp_path / "acquisition.json"
    code, out, err = run(capsys, "micius", "xinglong", "--night", "2016-12-19", *FEW, "--at", 100, "-o", target)
    assert (code, out) == (0, "")
    assert f"wrote {target}" in err
    document = json.loads(target.read_text())
    assert (document["pass_id"], document["second"], document["seed"]) == (PASS, 100, 20161219)
    assert document["when_utc"] == "2016-12-19T16:50:24.000Z"
    for end in ("satellite", "ground"):
        section = document[end]
        causes = section["uncertainty"]["causes_urad"]
        assert sum(value**2 for value in causes.values()) == pytest.approx(section["uncertainty"]["sigma_urad"] ** 2)
        times = section["monte_carlo"]
        assert times["quantile_5_s"] <= times["quantile_50_s"] <= times["quantile_95_s"]
        assert section["closed_form"]["cells"] is None
    assert set(document["inputs"]) == {"micius.toml", "micius.tle", "xinglong.toml"}
    code, out, _ = run(capsys, PASS, *FEW, "--at", 100, "--json")
    again = json.loads(out)
    assert {**again, "inputs": None} == {**document, "inputs": None}


def test_a_limit_that_is_too_short(capsys):
    """Exact: five frames at 40 Hz take 125 ms, so none is found in 100 ms, and a time that is none is null."""
    code, out, _ = run(capsys, PASS, *FEW, "--limit", 0.1)
    assert code == 1
    assert "both ends locked in 0.00% of 200 runs within 0.1 s" in out
    assert "never" in out
    code, out, _ = run(capsys, PASS, *FEW, "--limit", 0.1, "--json")
    assert code == 1
    assert json.loads(out)["both"]["monte_carlo"]["mean_s"] is None


def test_a_scan_is_printed_with_its_closed_forms(capsys, tmp_path, checkout):
    """Exact: a cone of 2 mrad in steps of 0.7 times 0.9 mrad has 31.66 dwells of 0.2 s, 6.332 s."""
    own = tmp_path / "stations"
    own.mkdir()
    text = (checkout / "stations" / "xinglong.toml").read_text()
    text = text.replace('name = "Xinglong"', 'name = "Hilltop"', 1)
    search = '[apt.coarse.search]\nkind = "spiral"\nradius_mrad = 2.0\ndwell_s = 0.2\n\n[apt.coarse.gimbal]'
    (own / "hilltop.toml").write_text(text.replace("[apt.coarse.gimbal]", search, 1))
    words = ("micius", "hilltop", "--night", "2016-12-19", "--catalog", tmp_path, *FEW, "--limit", 10)
    code, out, _ = run(capsys, *words)
    assert code == 0
    rows = cells(out)
    assert rows["search"] == ["stare", "spiral"]
    assert rows["formula: dwells in the cone"][:2] == ["-", "31.66"]
    assert rows["formula: time of the whole scan, s"][:2] == ["-", "6.332"]


def test_usage_and_bad_input(capsys):
    for words, told in (
        ((PASS, "--csv"), "there is no table of an acquisition"),
        ((PASS, "-o", "times.csv"), "the suffix is .csv, must be one of .json"),
        (("micius", "xinglong"), "give one PASS, or SATELLITE STATION with --night DATE"),
        ((PASS, "--runs", 0), "0 is not in the range x>=1"),
    ):
        code, out, err = run(capsys, *words)
        assert (code, out) == (2, "")
        assert told in err
    for words, told in (
        ((PASS, *FEW, "--at", 5000), "second of the pass is 5000.0, must lie in [0, "),
        ((PASS, *FEW, "--limit", -1), "--limit is -1, must lie in (0, 100000] s"),
        ((PASS, *FEW, "--filter-nm", 0), "--filter-nm is 0, must lie in (0, 1000] nm"),
    ):
        code, out, err = run(capsys, *words)
        assert (code, out) == (3, "")
        assert told in err


def test_verbose_names_the_files(capsys):
    code, _, err = run(capsys, PASS, *FEW, "-v")
    assert code == 0
    assert "read " in err
    assert "xinglong.toml" in err
