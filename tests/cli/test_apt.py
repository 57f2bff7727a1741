"""``passplan apt design``: what a tired reader sees, in each form, and the exit codes."""

import json

import pytest

from passplan.cli.main import main

LOOP = """
[camera]
frame_rate_hz = 2000.0
[law]
kind = "integrator"
gain = {gain}
[vibration]
rms_urad = 9.3
roll_off_hz = 30.0
"""


@pytest.fixture
def loop_file(tmp_path):
    def write(gain):
        path = tmp_path / "bench.toml"
        path.write_text(LOOP.format(gain=gain))
        return str(path)

    return write


def test_all_goals_met(loop_file, capsys):
    assert main(["apt", "design", loop_file(0.25)]) == 0
    text = capsys.readouterr().out
    assert text.startswith("bench: all goals met\nintegrator: gain 0.25\n")
    assert text.count(" OK ") == 4
    assert " NOT " not in text
    for word in ("phase margin", "68.46", "12.04", "crossover", "79.79 Hz", "TOTAL RMS"):  # physics A4
        assert word in text


def test_goals_not_met(loop_file, capsys):
    assert main(["apt", "design", loop_file(0.6)]) == 1
    text = capsys.readouterr().out
    assert "GOALS NOT MET" in text
    assert " NOT   phase margin" in text


def test_an_unstable_loop(loop_file, capsys):
    assert main(["apt", "design", loop_file(1.3)]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "bench is unstable: its largest pole has the magnitude 1.14018" in captured.err
    assert "stable with its gain times less than 0.7692" in captured.err


def test_tuning_an_unstable_loop(loop_file, capsys):
    assert main(["apt", "design", loop_file(1.3), "--tune"]) == 0
    captured = capsys.readouterr()
    assert "as it stands, bench is unstable" in captured.err
    assert captured.out.startswith("bench, tuned: all goals met\nintegrator: gain 0.4")


def test_forms(loop_file, capsys, tmp_path):
    path = loop_file(0.25)
    assert main(["apt", "design", path, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["goals_met"] is True
    assert main(["apt", "design", path, "--csv"]) == 0
    assert capsys.readouterr().out.startswith("frequency_hz,open_loop_real,")
    for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".json", b"{"), (".csv", b"frequency_hz")):
        target = tmp_path / f"sheet{suffix}"
        assert main(["apt", "design", path, "-o", str(target)]) == 0
        assert target.read_bytes().startswith(start)
        assert f"wrote {target}" in capsys.readouterr().err


def test_a_terminal_of_the_catalogue(capsys):
    assert main(["apt", "design", "micius", "--sight-rate", "11.93", "--point-ahead", "51.4", "-v"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("micius, fine loop: all goals met")
    assert "the line of sight moves at 11.93 mrad/s, the point-ahead is 51.4 urad" in captured.out
    assert "read " in captured.err
    assert main(["apt", "design", "xinglong", "--stage", "coarse"]) == 0
    assert capsys.readouterr().out.startswith("xinglong, coarse loop")


def test_usage(loop_file, capsys):
    assert main(["apt", "design", loop_file(0.25), "--ecsv"]) == 2
    assert "there is no ECSV of a design" in capsys.readouterr().err
    assert main(["apt", "design", loop_file(0.25), "-o", "sheet.doc"]) == 2
    assert "the suffix is .doc" in capsys.readouterr().err
    assert main(["apt", "design", "micius", "--point-ahead", "900"]) == 3
    assert "less than the point-ahead of 900 urad" in capsys.readouterr().err
    assert main(["apt", "design", "nowhere"]) == 3
    assert "'nowhere' is no file, satellite or station" in capsys.readouterr().err


def test_help_names_the_command(capsys):
    assert main(["apt", "--help"]) == 0
    assert "design" in capsys.readouterr().out
