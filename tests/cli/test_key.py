"""``passplan key`` as a user calls it: every proof, best settings, key against loss, and what does not go together."""

import csv
import io
import json
import re

import pytest

from passplan.cli.main import main
from passplan.qkd.key_length import PROOFS

PASS = "micius/xinglong/20161219T165213Z"
COUNTS = {
    "intensities": [0.8, 0.1, 0.0],
    "probabilities": [0.5, 0.25, 0.25],
    "key_basis": {"clicks": [835536, 52976, 853], "errors": [9191, 948, 427]},
    "test_basis": {"clicks": [835536, 52976, 853], "errors": [9191, 948, 427]},
}


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*words):
        code = main(["key", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_every_proof_is_searched(run):
    code, out, err = run(PASS, "--proof", "all", "--optimize", "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert document["key"]["proof"] == "decoy3_variable_length"
    assert set(document["proofs"]) == set(document["optimum"]["by_proof"]) == set(PROOFS)
    best = document["optimum"]["by_proof"]["decoy3_variable_length"]
    assert best["secret_bits"] > best["own_secret_bits"] == document["key"]["secret_bits"] > 0
    assert best["certificate"]["seed_gap_bits"] < 1.0
    assert document["seed"] == 20161219


def test_searches_stand_side_by_side_in_one_document(run):
    code, out, _ = run(PASS, "--proof", "lim2014", "--optimize", "--sweep", "loss=32:37:4", "--json")
    document = json.loads(out)
    assert code == 0
    assert [row["loss_db"] for row in document["sweep"]["by_proof"]["lim2014"]] == [32.0, 36.0]
    assert set(document["optimum"]["by_proof"]) == {"lim2014"}
    assert document["key"]["proof"] == "lim2014"
    assert "proofs" not in document


def test_one_proof_is_searched_alone_and_as_in_company(run):
    words = (PASS, "--proof", "chernoff", "--optimize", "--window", "best", "--seed", "5")
    code, out, _ = run(*words, "--csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert code == 0
    assert row["proof"] == "chernoff"
    assert row["window_rule"].startswith("predicted background")
    code, out, _ = run(*words)
    assert f"{int(row['secret_bits']):,}" in out
    assert "BEST SETTINGS" in out
    assert "chernoff, f 1.16" in out  # stands as the key of the pass too


def test_a_proof_that_refuses_the_missions_source_is_searched_all_the_same(run):
    code, out, _ = run(PASS, "--proof", "wiesemann2026_1decoy", "--optimize")
    assert code == 0
    assert "not its source" in out
    code, _, err = run(PASS, "--proof", "wiesemann2026_1decoy")
    assert code == 3
    assert "needs two with mu1 > mu2 > 0" in err


def test_every_proof_as_a_table(run):
    code, out, _ = run(PASS, "--proof", "all")
    assert code == 0
    assert "EVERY PROOF" in out
    assert "rusca2018_1decoy is not for these counts" in out


@pytest.mark.parametrize(
    ("words", "suffix"),
    [
        (("--proof", "all"), "csv"),
        (("--proof", "all"), "png"),
        (("--optimize",), "png"),
        (("--sweep", "loss=32:36:2"), "json"),
        (("--sweep", "loss=32:36:2"), "csv"),
        (("--sweep", "loss=32:36:2"), "png"),
    ],
)
def test_output_by_suffix(run, tmp_path, words, suffix):
    code, out, err = run(PASS, *words, "-o", f"key.{suffix}")
    assert (code, out) == (0, "")
    assert f"wrote key.{suffix}" in err
    data = (tmp_path / f"key.{suffix}").read_bytes()
    assert data.startswith({"json": b"{", "csv": b"proof,", "png": b"\x89PNG"}[suffix])
    assert [path.name for path in tmp_path.iterdir()] == [f"key.{suffix}"]


def test_measured_counts_under_every_proof(run, tmp_path):
    (tmp_path / "counts.json").write_text(json.dumps(COUNTS))
    code, out, _ = run("--counts", "counts.json", "--proof", "all")
    assert code == 0
    assert "decoy3_variable_length" in out
    assert "rusca2018_1decoy is not for these counts" in out
    code, out, _ = run("--counts", "counts.json", "--proof", "all", "--json")
    document = json.loads(out)
    assert set(document["by_proof"]) | set(document["refused"]) == set(PROOFS)


def test_measured_counts_as_csv_under_every_proof(run, tmp_path):
    rows = ["intensity,probability,key_clicks,key_errors,test_clicks,test_errors"]
    rows += ["0.8,0.7,835536,9191,835536,9191", "0.1,0.3,52976,948,52976,948"]
    (tmp_path / "counts.csv").write_text("\n".join(rows))
    code, out, _ = run("--counts", "counts.csv", "--proof", "all", "-o", "key.json")
    document = json.loads((tmp_path / "key.json").read_text())
    assert (code, out) == (0, "")
    assert set(document["by_proof"]) == {"wiesemann2026_1decoy", "rusca2018_1decoy"}


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (
            ("--sweep", "loss=45:20:0.5"),
            3,
            "--sweep is loss=45:20:0.5, for loss=FROM:TO:STEP: TO is 20, must lie in (FROM, 200] dB",
        ),
        (("--sweep", "loss=20:45:0"), 3, "STEP is 0, must lie in (0, 200] dB"),
        (("--sweep", "loss=20:45:inf"), 3, "STEP is inf, must lie in (0, 200] dB"),
        (("--sweep", "loss=20:45:nan"), 3, "STEP is nan, must lie in (0, 200] dB"),
        (("--sweep", "loss=-5:45:1"), 3, "FROM is -5, must lie in [0, 200] dB"),
        (("--sweep", "loss=20:nan:1"), 3, "TO is nan, must lie in (FROM, 200] dB"),
        (
            ("--sweep", "loss=-5:300:0"),
            3,
            "FROM is -5, must lie in [0, 200] dB; TO is 300, must lie in (FROM, 200] dB;",
        ),
        (("--sweep", "loss=20:45:1e-6"), 3, "must be at most 1000"),
        (("--sweep", "loss=20:45"), 2, "is not loss=FROM:TO:STEP in dB"),
        (("--sweep", "qber=20:45:1"), 2, "is not loss=FROM:TO:STEP in dB"),
        (("--sweep", "loss=a:b:c"), 2, "is not loss=FROM:TO:STEP in dB"),
        (("--window", "best"), 2, "add --optimize or --sweep"),
        (("--optimize", "--ecsv"), 2, "handed out as --csv, --json or -o FILE"),
        (("--optimize", "-o", "x.ecsv"), 2, "must be one of .json, .csv"),
        (("--optimize", "--proof", "lim2015"), 3, "--proof 'lim2015' is not known; did you mean 'lim2014'?"),
        (("--proof", "al"), 3, "--proof 'al' is not known; did you mean 'all'?"),
    ],
)
def test_what_cannot_be_asked_for(run, tmp_path, words, code, message):
    found, out, err = run(PASS, *words)
    assert (found, out) == (code, "")
    assert message in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--seed", "20161219"), "--seed"),
        (("--night", "2016-12-19", "--max-range-km", "500"), "--night, --max-range-km"),
        (("--cloud", "1:2", "--visibility-km", "20"), "--visibility-km, --cloud"),
        (("--window", "best"), "--window"),
        (("--min-elevation", "10"), "--min-elevation"),
    ],
)
@pytest.mark.parametrize("files", [("a.json",), ("a.json", "b.json")])
def test_measured_counts_take_no_options_of_a_pass(run, files, words, told):
    """Refusal: an option that would change nothing, even at its default value."""
    code, out, err = run(*(word for name in files for word in ("--counts", name)), *words)
    assert (code, out) == (2, "")
    assert f"with --counts leave out what belongs to a simulated pass: {told}\n" in err


def test_measured_counts_stand_above_their_keys(run, tmp_path):
    """Witness: the 2017 counts by hand: 2 * 835,536 sifted bits, 9,191 of 835,536 wrong, 10,566 of 889,365 in all."""
    (tmp_path / "counts.json").write_text(json.dumps(COUNTS))
    code, out, _ = run("--counts", "counts.json")
    assert code == 0
    assert "sifted bits 1,671,072 (signal intensity, both bases), QBER 1.10 %" in out
    rows = {words[0]: words for line in out.splitlines() if (words := line.split())}
    assert rows["all"] == ["all", "889,365", "1.19", "%", "889,365", "1.19", "%"]
    assert rows["0"] == ["0", "0.25", "853", "50.06", "%", "853", "50.06", "%"]
    assert rows["decoy3_variable_length"][1] == "default"
    assert rows["ma2005_sigma"][1:3] == ["to", "compare"]
    assert "," in rows["lim2014"][1]  # neither
    code, out, _ = run("--counts", "counts.json", "--proof", "lim2014", "--json")
    document = json.loads(out)
    assert document["default_proof"] == "decoy3_variable_length"
    assert document["detection"] == {"sifted_bits": 1_671_072.0, "qber": 9191 / 835_536}
    assert document["proof"] == "lim2014"


SHORT = {"clicks": [83, 52, 8], "errors": [9, 9, 4]}
NOTHING = {"clicks": [0, 0, 0], "errors": [0, 0, 0]}


@pytest.mark.parametrize("basis", [SHORT, NOTHING])
@pytest.mark.parametrize("proof", [None, "lim2014", "ma2005_sigma", "all"])
def test_counts_without_a_key_are_exit_1(run, tmp_path, basis, proof):
    """Rule: 1 says that it ran and found nothing; the table is printed, or the file written, all the same."""
    (tmp_path / "few.json").write_text(json.dumps({**COUNTS, "key_basis": basis, "test_basis": basis}))
    words = ("--counts", "few.json", *(() if proof is None else ("--proof", proof)))
    standing = proof if proof in ("lim2014", "ma2005_sigma") else "decoy3_variable_length"
    code, out, err = run(*words)
    assert code == 1
    assert standing in out
    assert re.fullmatch(rf"passplan: few\.json: no key under {standing}, which lacks [\d,]+ bit\n", err)
    code, out, err = run(*words, "--json", "--quiet")
    assert (code, err) == (1, "")
    assert json.loads(out)["input"] == "few.json"


def test_counts_that_every_proof_refuses_are_exit_1(run, tmp_path):
    """Rule: asked for every proof, the reasons are the answer; asked for those that suit, a refusal names the file."""
    counts = {**COUNTS, "intensities": [0.8, 0.7, 0.6]}
    (tmp_path / "odd.json").write_text(json.dumps(counts))
    code, out, err = run("--counts", "odd.json", "--proof", "all")
    assert code == 1
    assert out.count("is not for these counts") == len(PROOFS)
    assert "odd.json: no key: decoy3_variable_length refuses these counts" in err
    for words in ((), ("--proof", "lim2014"), ("--proof", "wiesemann2026_1decoy", "--json")):
        code, out, err = run("--counts", "odd.json", *words)
        assert (code, out) == (3, "")
        assert err.startswith("passplan: odd.json: intensities are 0.8, 0.7, 0.6")


def test_a_pass_without_a_key_is_exit_1(run, tmp_path):
    """Rule: as with counts; 20 s of a pass are a few thousand bits, too few for any sampling bound."""
    code, out, err = run(PASS, "--max-range-km", "646")
    assert code == 1
    assert "KEY" in out
    assert re.fullmatch(r"passplan: no key under decoy3_variable_length, which lacks [\d,]+ bit\n", err)
    code, _, err = run(PASS, "--max-range-km", "646", "--proof", "all", "-o", "x.csv")
    assert code == 1
    assert "no key under decoy3_variable_length" in err
    assert (tmp_path / "x.csv").exists()


def test_a_search_without_a_key_is_exit_1(run):
    code, out, err = run(PASS, "--sweep", "loss=70:80:5", "--csv")
    assert (code, err) == (1, "passplan: no setting makes a key\n")
    assert {row["secret_bits"] for row in csv.DictReader(io.StringIO(out))} == {"0"}


def test_a_measured_leak_is_of_one_key_set(run, tmp_path):
    """Rule: the leak is of the key basis unless one proof is asked; both bases paid 0.91 of the Shannon limit."""
    (tmp_path / "leak.json").write_text(json.dumps({**COUNTS, "error_correction_leak_bits": 150_000}))
    code, out, _ = run("--counts", "leak.json")
    assert code == 0
    assert "lim2014_both_bases is not for these counts: error_correction_leak_bits is taken as told for the key" in out
    code, out, _ = run("--counts", "leak.json", "--json")
    document = json.loads(out)
    assert {key["leak_bits"] for key in document["by_proof"].values()} == {150_000.0}
    assert set(document["refused"]) == {"lim2014_both_bases", "ma2005_sigma"}


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"intensities": [' + "7" * 5001 + "]}", "\ufeff{}", '{"epsilon_sec": 1, "epsilon_sec": 1}']
)
def test_no_file_of_counts_is_a_fault_of_passplan(run, tmp_path, text):
    """Rule: bad input is exit 3 with the file's name, whatever is in it; 70 is for faults of the program."""
    (tmp_path / "x.json").write_text(text)
    code, out, err = run("--counts", "x.json")
    assert (code, out) == (3, "")
    assert err.startswith("passplan: x.json: ")


def test_the_help_names_every_proof_at_once(run):
    code, out, _ = run("--help")
    assert code == 0
    assert "--proof NAME|all" in out


def test_measured_counts_have_the_setting_they_have(run):
    code, _, err = run("--counts", "counts.json", "--optimize")
    assert code == 2
    assert "need a PASS" in err
    code, _, err = run(PASS, "--counts", "counts.json")
    assert code == 2
    assert "not both" in err


def test_nothing_in_the_window_is_exit_1(run, tmp_path):
    code, out, err = run(PASS, "--max-range-km", "100", "--optimize")
    assert code == 1
    assert "KEY" in out
    assert "no second is in the key window" in err
    code, out, err = run(PASS, "--max-range-km", "100", "--sweep", "loss=30:40:5", "-o", "x.png")
    assert (code, out) == (1, "")
    assert list(tmp_path.iterdir()) == []
    code, out, _ = run(PASS, "--max-range-km", "100", "--optimize", "--window", "best", "--csv")
    assert code == 0
    assert int(next(csv.DictReader(io.StringIO(out)))["secret_bits"]) > 0
