"""``passplan key`` with several passes or files. Witness: the same command on each alone, and the sums by hand."""

import csv
import io
import json
import re

import pytest

from passplan.cli.main import main

DAY_ONE, DAY_TWO = "micius/xinglong/20161219T165213Z", "micius/xinglong/20161220T163047Z"
COUNTS = {
    "intensities": [0.8, 0.1, 0.0],
    "probabilities": [0.5, 0.25, 0.25],
    "key_basis": {"clicks": [835536, 52976, 853], "errors": [9191, 948, 427]},
    "test_basis": {"clicks": [835536, 52976, 853], "errors": [9191, 948, 427]},
}
TABLE = """intensity,probability,key_clicks,key_errors,test_clicks,test_errors
0.8,0.5,835530,9191,835536,9191
0.1,0.25,52976,948,52976,948
0.0,0.25,853,427,853,427
"""


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps(COUNTS))
    (tmp_path / "b.csv").write_text(TABLE)
    (tmp_path / "c.json").write_text(json.dumps({**COUNTS, "intensities": [0.7, 0.1, 0.0]}))
    (tmp_path / "d.json").write_text(json.dumps({**COUNTS, "epsilon_sec": 1e-10}))
    (tmp_path / "e.json").write_text(json.dumps(COUNTS))

    def call(*words):
        code = main(["key", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def of_files(*names):
    return [word for name in names for word in ("--counts", name)]


def test_two_passes_are_one_block(run):
    """Two routes: each pass asked alone; their counts add, and the key is longer than both keys together."""
    alone = []
    for word in (DAY_ONE, DAY_TWO):
        code, out, _ = run(word, "--json")
        assert code == 0
        alone.append(json.loads(out)["key"]["by_proof"])
    code, out, err = run(DAY_ONE, DAY_TWO, "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    (block,) = document["blocks"]
    assert [part["pass_id"] for part in block["parts"]] == [DAY_ONE, DAY_TWO]
    assert [part["secret_bits"] for part in block["parts"]] == alone
    clicks = [part["key_basis"]["clicks"] for part in block["parts"]]
    assert block["key_basis"]["clicks"] == pytest.approx([sum(both) for both in zip(*clicks, strict=True)], rel=1e-12)
    for name, key in block["by_proof"].items():
        assert key["secret_bits"] > key["sum_of_parts_bits"] == sum(each[name] for each in alone)
    assert document["total"]["by_proof"]["lim2014"]["epsilon_sec"] == 1e-9
    assert (block["alice_key_probability"], block["bob_key_probability"]) == (0.5, 0.5)


def test_passes_without_a_second_are_exit_1(run):
    code, out, err = run(DAY_ONE, DAY_TWO, "--max-range-km", "100", "--proof", "lim2014")
    assert code == 1
    assert "no second, predicted range <= 100 km" in out
    assert err.count("no second is in the key window") == 2


def test_files_make_blocks(run, tmp_path):
    """The same settings are one block, others another; a total is of separate keys, and its epsilon the sum."""
    code, out, err = run(*of_files("a.json", "c.json", "b.csv"))
    assert (code, err) == (0, "")
    assert "BLOCK 1: one key from the counts of 2 parts" in out
    assert "BLOCK 2: one key from the counts of 1 part;" in out
    assert "TOTAL of 2 separate keys" in out
    code, out, err = run(*of_files("a.json", "c.json", "b.csv"), "--proof", "lim2014", "-o", "key.json")
    assert (code, out, err) == (0, "", "passplan: wrote key.json\n")
    document = json.loads((tmp_path / "key.json").read_text())
    first, second = document["blocks"]
    assert [part["name"] for part in first["parts"]] == ["a.json", "b.csv"]
    assert first["key_basis"]["clicks"] == [1671066.0, 105952.0, 1706.0]
    bits = [block["by_proof"]["lim2014"]["secret_bits"] for block in (first, second)]
    assert document["secret_bits"] == sum(bits)
    assert document["epsilon"]["sec"] == 2e-9
    code, out, _ = run(*of_files("a.json", "c.json", "b.csv"), "--proof", "all", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [int(row["secret_bits"]) for row in rows if row["proof"] == "lim2014"] == bits


def test_blocks_without_a_key_are_exit_1(run, tmp_path):
    """Rule: 1 when no block leaves a key; one that does is enough, and the other is remarked."""
    few = {"clicks": [83, 52, 8], "errors": [9, 9, 4]}
    for name, intensity in (("f.json", 0.8), ("g.json", 0.6)):
        counts = {**COUNTS, "intensities": [intensity, 0.1, 0.0], "key_basis": few, "test_basis": few}
        (tmp_path / name).write_text(json.dumps(counts))
    code, out, err = run(*of_files("f.json", "g.json"), "--proof", "lim2014", "--csv")
    assert code == 1
    assert {row["secret_bits"] for row in csv.DictReader(io.StringIO(out))} == {"0"}
    assert [line.partition(", which")[0] for line in err.splitlines()] == [
        "passplan: block 1: no key under lim2014",
        "passplan: block 2: no key under lim2014",
    ]
    code, out, err = run(*of_files("a.json", "g.json"))
    assert code == 0
    assert err.startswith("passplan: block 2: no key under decoy3_variable_length, which lacks ")
    assert re.search(r"decoy3_variable_length +default ", out)
    assert re.search(r"ma2005_sigma +to compare ", out)


def test_like_counts_are_remarked(run):
    code, _, err = run(*of_files("a.json", "e.json"))
    assert code == 0
    assert err == "passplan: e.json holds the same counts as a.json: is one pass counted twice?\n"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (
            of_files("a.json", "d.json"),
            3,
            "d.json: epsilon_sec is 1e-10, in a.json 1e-09: must be the same",
        ),
        (of_files("a.json", "b.csv", "a.json"), 3, "a.json is given twice: each file may stand in one block once"),
        (of_files("a.json", "x.json"), 3, "x.json: cannot be read"),
        ([*of_files("a.json", "b.csv"), "--proof", "lim2015"], 3, "did you mean 'lim2014'?"),
        ([*of_files("a.json", "b.csv"), "--proof", "rusca2018_1decoy"], 3, "block of a.json, b.csv: intensities are"),
        ([*of_files("a.json", "b.csv"), "--ecsv"], 2, "handed out as --csv, --json or -o FILE"),
        ([*of_files("a.json", "b.csv"), "-o", "x.png"], 2, "must be one of .json, .csv"),
        ([*of_files("a.json", "b.csv"), "--optimize"], 2, "need a PASS"),
        ([*of_files("a.json", "b.csv"), DAY_ONE], 2, "not both"),
        ([DAY_ONE, DAY_ONE[:-5]], 3, f"{DAY_ONE} is given twice: each pass may stand in one block once"),
        ([DAY_ONE, "micius/nanshan/20161215T1818"], 3, "a block belongs to one satellite and one station"),
        ([DAY_ONE, DAY_TWO, "--optimize"], 2, "--optimize and --sweep need one PASS"),
        ([DAY_ONE, DAY_TWO, "--proof", "lim2015"], 3, "did you mean 'lim2014'?"),
        (["micius", "xinglong"], 2, "give one PASS, or SATELLITE STATION with --night DATE"),
    ],
)
def test_what_makes_no_block(run, tmp_path, words, code, message):
    before = sorted(tmp_path.iterdir())
    found, out, err = run(*words)
    assert (found, out) == (code, "")
    assert message in err
    assert sorted(tmp_path.iterdir()) == before
