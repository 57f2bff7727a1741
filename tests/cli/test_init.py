"""``passplan init``, and ``passplan check`` of what it writes."""

import json

import pytest

from passplan.cli.main import main
from passplan.mission.templates import TEMPLATES, template_text


@pytest.fixture
def run(capsys):
    """Run a command: exit code, stdout, stderr."""

    def call(*words):
        code = main([str(word) for word in words])
        return (code, *capsys.readouterr())

    return call


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_template_goes_to_stdout(run, kind):
    code, out, err = run("init", kind)
    assert (code, out, err) == (0, template_text(kind), "")


def test_the_kinds_are_listed(run):
    code, out, _ = run("init", "--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[3:] if line.strip()] == list(TEMPLATES)


def test_a_file_is_written_and_never_over_another(run, tmp_path):
    path = tmp_path / "night.toml"
    code, out, err = run("init", "scenario", "-o", path)
    assert (code, out) == (0, "")
    assert f"wrote {path}; `passplan check {path}`" in err
    path.write_text("mine")
    code, _, err = run("init", "scenario", "-o", path)
    assert (code, path.read_text()) == (3, "mine")
    assert "is there already; --force writes over it" in err
    assert run("init", "scenario", "-o", path, "--force")[0] == 0
    assert path.read_text() == template_text("scenario")


@pytest.mark.parametrize("words", [("init",), ("init", "scenario", "--list")])
def test_one_kind_or_the_list(run, words):
    code, _, err = run(*words)
    assert code == 2
    assert "name a KIND of file, or ask for --list" in err


def test_an_unknown_kind_has_its_nearest(run):
    code, _, err = run("init", "wether")
    assert code == 3
    assert "did you mean 'weather'?" in err


def test_the_template_is_checked_matter_by_matter(run, tmp_path):
    path = tmp_path / "night.toml"
    run("init", "scenario", "-o", path)
    code, out, _ = run("check", path)
    assert code == 0
    rows = [line.split() for line in out.splitlines()[3:] if line.strip()]
    assert {row[0] for row in rows} == {"GO"}
    assert "  station xinglong " in out
    assert "limit 30 d, margin 28.6 d" in out
    code, out, _ = run("check", path, "--json")
    document = json.loads(out)
    assert [verdict["kind"] for verdict in document["verdicts"]] == ["scenario"]
    assert len(document["matters"]) == 8
    assert {(item["file"], item["kind"], item["go"]) for item in document["matters"]} == {(str(path), "matter", True)}


def test_each_fault_of_a_scenario_has_its_row(run, tmp_path):
    path = tmp_path / "night.toml"
    path.write_text('[campaign]\nsatellites = ["micus"]\nstations = ["graz"]\nstart = 2016-12-17\nend = 2016-12-16x\n')
    assert run("check", path)[0] == 3
    path.write_text('[campaign]\nsatellites = ["micus"]\nstations = ["graz"]\nstart = 2016-12-17\nend = 2016-12-16\n')
    code, out, _ = run("check", path)
    assert code == 3
    rows = [line.split() for line in out.splitlines()[3:] if line.strip()]
    assert [row[:3] for row in rows[1:]] == [["NO-GO", "line", "2"], ["NO-GO", "line", "5"]]
    assert "2 faults" in out
    code, out, _ = run("check", path, "--csv")
    assert f"{path}:5: campaign.end is 2016-12-16T00:00:00Z, must be after start" in out


def test_a_scenario_that_cannot_be_flown_is_exit_1(run, tmp_path):
    path = tmp_path / "night.toml"
    path.write_text('[campaign]\nsatellites = ["micius"]\nstations = ["graz"]\nstart = 2023-01-01\nend = 2023-01-02\n')
    code, out, _ = run("check", path)
    assert code == 1
    assert "NO-GO for element sets of micius, passes" in out


def test_stations_of_a_catalogue_by_hand(run, tmp_path, checkout):
    """``--catalog`` adds a folder, in which the scenario's names are looked for too."""
    (tmp_path / "own" / "stations").mkdir(parents=True)
    own = (
        (checkout / "stations" / "graz.toml")
        .read_text(encoding="utf-8")
        .replace('name = "Graz"', 'name = "Lustbuehel"')
    )
    (tmp_path / "own" / "stations" / "lustbuehel.toml").write_text(own, encoding="utf-8")
    path = tmp_path / "night.toml"
    path.write_text(
        '[campaign]\nsatellites = ["micius"]\nstations = ["Lustbuehel"]\nstart = 2016-12-17\nend = 2016-12-19\n'
    )
    assert run("check", path)[0] == 3
    code, out, _ = run("check", path, "--catalog", tmp_path / "own")
    assert code == 0
    assert "station lustbuehel" in out
