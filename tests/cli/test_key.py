"""``passplan key`` as a user calls it: every proof, best settings, key against loss, and what does not go together."""

import csv
import io
import json

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
    rows += [f"{k},{p},835536,9191,835536,9191" for k, p in ((0.8, 0.7), (0.1, 0.3))]
    (tmp_path / "counts.csv").write_text("\n".join(rows))
    code, out, _ = run("--counts", "counts.csv", "--proof", "all", "-o", "key.json")
    document = json.loads((tmp_path / "key.json").read_text())
    assert (code, out) == (0, "")
    assert set(document["by_proof"]) == {"wiesemann2026_1decoy", "rusca2018_1decoy"}


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--sweep", "loss=45:20:0.5"), 3, "--sweep is loss=45:20:0.5, must be loss=FROM:TO:STEP [dB]"),
        (("--sweep", "loss=20:45:0"), 3, "STEP > 0"),
        (("--sweep", "loss=-5:45:1"), 3, "0 <= FROM < TO"),
        (("--sweep", "loss=20:nan:1"), 3, "0 <= FROM < TO"),
        (("--sweep", "loss=20:45:1e-6"), 3, "must be at most 1000"),
        (("--sweep", "loss=20:45"), 2, "is not loss=FROM:TO:STEP in dB"),
        (("--sweep", "qber=20:45:1"), 2, "is not loss=FROM:TO:STEP in dB"),
        (("--sweep", "loss=a:b:c"), 2, "is not loss=FROM:TO:STEP in dB"),
        (("--window", "best"), 2, "add --optimize or --sweep"),
        (("--optimize", "--ecsv"), 2, "handed out as --csv, --json or -o FILE"),
        (("--optimize", "-o", "x.ecsv"), 2, "must be one of .json, .csv"),
        (("--optimize", "--proof", "lim2015"), 3, "did you mean 'lim2014'?"),
    ],
)
def test_what_cannot_be_asked_for(run, tmp_path, words, code, message):
    found, out, err = run(PASS, *words)
    assert (found, out) == (code, "")
    assert message in err
    assert list(tmp_path.iterdir()) == []


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
