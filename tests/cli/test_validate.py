"""``passplan validate`` as a user calls it. Witnesses: documents, files on disk, exit codes, equal bands elsewhere."""

import csv
import io
import json

import pytest

from passplan.cli.main import main
from passplan.mission import validation_table
from passplan.mission.spread import Band
from passplan.mission.validation_table import Check, PublishedPass, Validation

PASS = "micius/xinglong/20161219T165213Z"


def run(capsys, *words):
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture(scope="module")
def few(checkout, tmp_path_factory):
    """The bundled catalogue with the figures of the worked night alone and two spreads in all: a short run."""
    own = tmp_path_factory.mktemp("own")
    spreads = {
        "micius": '"source.preparation_error" = { factor = 1.4, reason = "a test" }',
        "xinglong": '"receiver.optics_efficiency" = { factor = 1.1, reason = "a test" }',
    }
    for folder in ("tle", "stations"):
        (own / folder).mkdir()
        for path in (checkout / folder).iterdir():
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".toml" and path.stem in spreads:
                text = f"{text[: text.index('[spread]')]}[spread]\n{spreads[path.stem]}\n"
            if path.name == "micius.toml":
                second = text.index("[[published]]", text.index("[[published]]") + 1)
                text = text[:second] + text[text.index("\n[sources]\n") :]
            (own / folder / path.name).write_text(text, encoding="utf-8")
    return own


@pytest.fixture
def canned(monkeypatch):
    """A validation that holds or not, in place of the simulation; what it was called with."""
    calls = {}

    def standing(value):
        figure = Check(
            subject=PASS, key="detection.qber", printed=f"{value:.1%}", value=value, source="a paper", status="read",
            simulated=0.011, band=Band(p2_5=0.008, p16=0.009, p50=0.011, p84=0.014, p97_5=0.016),
            drives=(("intrinsic error", 0.9), ("background", 0.02)),
        )  # fmt: skip
        heading = {"inputs": {}, "element_set": {}, "schema_version": 1}
        one = PublishedPass(
            pass_id=PASS, checks=(figure,), max_elevation_deg=47.8, moon_illumination=0.64, moon_elevation_deg=23.0,
            moon_separation_deg=98.0, background_cps=166.0, moonlight_cps=2.0, heading=heading, needs=None,
        )  # fmt: skip
        found = Validation(satellite="Micius", seed=1, samples=20, passes=(one,), flown=())

        def validate(catalog, satellite, **given):
            calls.update(given, satellite=satellite)
            return found

        monkeypatch.setattr(validation_table, "validate", validate)
        return calls

    return standing


def test_one_pass_through(capsys, few):
    """Bands are those of ``passplan link --sensitivity`` with as many samples."""
    common = ("--samples", 100, "--catalog", few, "--json")
    code, out, err = run(capsys, "validate", *common, "--jobs", 1)
    _, other, _ = run(capsys, "link", PASS, "--sensitivity", *common)
    document, results = json.loads(out), json.loads(other)["uncertainty"]["results"]
    (one,) = document["passes"]
    assert err == ""
    assert code == (0 if document["holds"] else 1)
    assert one["pass_id"] == PASS
    assert document["inputs"] == json.loads(other)["inputs"]
    assert len(one["figures"]) == 4
    for figure in one["figures"]:
        expected = results[figure["key"]]
        assert {name: figure[name] for name in expected if name != "nominal"} == {
            name: value for name, value in expected.items() if name != "nominal"
        }
        assert figure["simulated"] == expected["nominal"]
    assert {link["link"] for link in document["flown_links"]} == {
        "Micius to Delingha, 2017",
        "Ngari to Micius, 2016-17",
    }


def test_exit_code_and_tables(capsys, canned):
    calls = canned(0.011)
    code, out, err = run(capsys, "validate")
    assert (code, err) == (0, "")
    assert (calls["satellite"], calls["samples"]) == ("micius", 200)
    assert calls["jobs"] >= 1
    assert "holds: 8 of 9 printed QBER" in out
    canned(0.02)
    code, out, err = run(capsys, "validate", "micius")
    assert code == 1
    assert "FAILS: 8 of 9 printed QBER lie inside their 95 % band (0 of 1)" in out
    assert "passplan: FAILS: 8 of 9" in err


def test_files_and_forms(capsys, canned, tmp_path):
    canned(0.011)
    _, printed, _ = run(capsys, "validate", "--csv")
    (row,) = csv.DictReader(io.StringIO(printed))
    assert (row["subject"], row["published"], row["p97_5"], row["range_km"]) == (PASS, "0.011", "0.016", "")
    for name in ("a.csv", "a.json"):
        code, out, err = run(capsys, "validate", "-o", tmp_path / name)
        assert (code, out) == (0, "")
        assert f"wrote {tmp_path / name}" in err
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == printed
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["passes"][0]["pass_id"] == PASS


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--ecsv",), 2, "leave out --ecsv"),
        (("-o", "a.png"), 2, "must be one of .json, .csv"),
        (("--samples", "99"), 2, "99 is not in the range"),
        (("nobody",), 3, "nobody"),
    ],
)
def test_refusals(capsys, words, code, told):
    found, out, err = run(capsys, "validate", *words)
    assert (found, out) == (code, "")
    assert told in err
