"""``passplan link`` as a user calls it. Witnesses: the document, files on disk, exit codes, equal bytes."""

import json

import pytest

from passplan.cli.main import main

PASS = "micius/xinglong/20161219T165213Z"


def run(capsys, *words):
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def few(checkout, tmp_path_factory):
    """The bundled catalogue with two spreads in all, so that a run is short."""
    own = tmp_path_factory.mktemp("own")
    lines = {
        "micius": '"pointing.jitter_factor" = { factor = 1.3, reason = "a test" }',
        "xinglong": '"atmosphere.visibility_km" = { factor = 2.0, reason = "a test" }',
    }
    for folder in ("tle", "stations"):
        (own / folder).mkdir()
        for path in (checkout / folder).iterdir():
            (own / folder / path.name).write_bytes(path.read_bytes())
            if path.suffix == ".toml" and path.stem in lines:
                text = path.read_text(encoding="utf-8")
                head = text[: text.index("[spread]")]
                (own / folder / path.name).write_text(f"{head}[spread]\n{lines[path.stem]}\n", encoding="utf-8")
    return own


def test_tables_for_people(capsys, here, few):
    code, out, _ = run(capsys, "link", PASS, "--sensitivity", "--samples", 20, "--plots", "pictures", "--catalog", few)
    assert code == 0
    for words in ("68 % from", "95 % from", "share", "atmosphere.visibility_km", "cause alone", "counting", "x/: 1.25"):
        assert words in out
    names = {"loss", "sifted_rate", "qber", "loss_band", "qber_band", "tornado"}
    assert {path.stem for path in (here / "pictures").iterdir()} == names
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in (here / "pictures").iterdir())


def test_same_seed_same_bytes(capsys, here, few):
    words = ("link", PASS, "--sensitivity", "--samples", 20, "--json", "--catalog", few)
    (code, out, _), (_, again, _) = run(capsys, *words), run(capsys, *words)
    document = json.loads(out)["uncertainty"]
    assert code == 0
    assert out == again
    loss = document["results"]["link.loss_db.mean"]
    assert loss["p2_5"] < loss["p16"] < loss["p50"] < loss["p84"] < loss["p97_5"]
    assert loss["nominal"] == pytest.approx(json.loads(out)["link"]["loss_db"]["mean"], rel=1e-12)
    assert set(document["by_cause"]) == {"visibility", "pointing", "counting"}
    assert len(document["per_second"]["loss_db"]["p84"]) == len(document["per_second"]["time_s"]) == 273


def test_no_second_of_key_no_bands(capsys, here):
    code, out, err = run(capsys, "link", PASS, "--sensitivity", "--samples", 20, "--max-range-km", 300)
    assert code == 1
    assert "no second is in the key window" in err
    assert "95 %" not in out


@pytest.mark.parametrize("form", ["--csv", "--ecsv"])
def test_bands_are_no_columns(capsys, here, form):
    code, _, err = run(capsys, "link", PASS, "--sensitivity", form)
    assert code == 2
    assert "--sensitivity makes tables or JSON" in err


def test_too_few_samples_is_a_usage_error(capsys, here):
    code, _, err = run(capsys, "link", PASS, "--sensitivity", "--samples", 5)
    assert code == 2
    assert "20<=x" in err
