"""``passplan track`` as a user calls it. Witnesses: the document, exact cloud lengths, files on disk, exit codes."""

import csv
import io
import json

import pytest

from passplan.cli.main import main
from passplan.mission.monte_carlo import NUMBERS
from passplan.report.drawing import TRACKING_PAGE, TRACKING_PLOTS

PASS = "micius/xinglong/20161219T165213Z"


def run(capsys, *words):
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_both_ends_are_printed(capsys, here):
    code, out, err = run(capsys, "track", PASS)
    assert (code, err) == (0, "")
    for word in ("SATELLITE TERMINAL", "GROUND TERMINAL", "limit 800 urad", "limit 10 deg/s", "in state fine lock"):
        assert word in out


def test_a_cloud_takes_the_lock_and_is_recorded(capsys, here):
    """Exact: two clouds of 20 s and 2.5 s in the key window of 273 s."""
    code, out, _ = run(capsys, "track", PASS, "--cloud", "150:170", "--cloud", "200:202.5", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["run"]["clouds_s"] == [[150.0, 170.0], [200.0, 202.5]]
    tracking = document["tracking"]
    assert [len(tracking[end]["outages"]) for end in ("satellite", "ground")] == [2, 2]
    assert tracking["locked_fraction"] == pytest.approx(1.0 - 22.5 / 273.0, abs=0.01)
    assert tracking["ground"]["outages"][1]["duration_s"] == pytest.approx(2.5, abs=0.5)
    assert "statistics" not in document


def test_clouds_in_any_order_that_overlap_are_one(capsys, here):
    """Exact: 150 to 170 and 165 to 175 s are one cloud of 25 s."""
    spans = ("200:202.5", "165:175", "150:170")
    code, out, _ = run(capsys, "track", PASS, *(word for span in spans for word in ("--cloud", span)), "--json")
    assert code == 0
    assert json.loads(out)["run"]["clouds_s"] == [[150.0, 175.0], [200.0, 202.5]]


@pytest.mark.parametrize("text", ["5", "5:6:7", "a:b", ""])
def test_a_cloud_that_is_no_span_is_a_usage_error(capsys, here, text):
    code, out, err = run(capsys, "track", PASS, "--cloud", text)
    assert (code, out) == (2, "")
    assert f"{text!r} is not START:STOP in seconds, as 120:150.5" in err


@pytest.mark.parametrize("text", ["7:5", "-1:5", "3:3", "nan:4", "3:inf"])
def test_a_cloud_of_wrong_times_is_bad_input(capsys, here, text):
    code, out, err = run(capsys, "track", PASS, f"--cloud={text}")
    assert (code, out) == (3, "")
    assert f"--cloud is {text}, must be START:STOP [s] with 0 <= START < STOP" in err


def test_a_cloud_is_part_of_the_command_that_repeats_a_run(capsys, here, few_plots):
    code, _, _ = run(capsys, "simulate", PASS, "--cloud", "150:170.25", "--report", "one")
    assert code == 0
    page = (here / "one" / "report.html").read_text()
    assert "--cloud 150.0:170.25" in page


def test_runs_as_text_csv_and_json(capsys, here):
    code, out, _ = run(capsys, "track", PASS, "--runs", "2", "--jobs", "2")
    assert code == 0
    assert "GROUND TERMINAL" in out
    assert "2 runs, seeds 20161219 to 20161220" in out
    code, out, _ = run(capsys, "track", PASS, "--runs", "2", "--jobs", "1", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert tuple(rows[0]) == ("seed", *NUMBERS)
    assert [row["seed"] for row in rows] == ["20161219", "20161220"]
    code, out, _ = run(capsys, "track", PASS, "--runs", "2", "--jobs", "1", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["statistics"]["by_run"]["satellite_bias_urad"] == [
        float(row["satellite_bias_urad"]) for row in rows
    ]
    first = document["statistics"]["by_run"]["ground_fine_x_rms_urad"][0]
    assert first == pytest.approx(document["tracking"]["ground"]["fine_x_rms_urad"], rel=1e-9)


@pytest.mark.parametrize("suffix", ["json", "csv", "ecsv", "png", "svg"])
def test_runs_by_suffix(capsys, here, suffix):
    code, out, err = run(capsys, "track", PASS, "--runs", "1", "-o", f"runs.{suffix}")
    assert (code, out) == (0, "")
    assert f"wrote runs.{suffix}" in err
    assert (here / f"runs.{suffix}").stat().st_size > 500


def test_a_page_of_all_plots(capsys, here):
    code, _, err = run(capsys, "track", PASS, "-o", "page.png")
    assert code == 0
    assert "wrote page.png" in err
    assert (here / "page.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_of_plots(capsys, here, monkeypatch):
    some = {name: TRACKING_PLOTS[name] for name in ("states", "each_second_ground")}  # each is drawn in tests/plots
    monkeypatch.setattr("passplan.report.drawing.TRACKING_PLOTS", some)
    one = {TRACKING_PAGE: lambda result: TRACKING_PLOTS["states"](result).figure}  # the page is drawn just above
    monkeypatch.setattr("passplan.report.drawing._PAGES", one)
    code, _, err = run(capsys, "track", PASS, "--plots", "plots", "--runs", "1")
    assert code == 0
    assert "wrote 4 plots to plots" in err
    assert {path.stem for path in (here / "plots").iterdir()} == {*some, "tracking_page", "statistics"}


def test_a_file_is_no_folder_for_plots(capsys, here):
    (here / "taken").write_text("mine")
    code, _, err = run(capsys, "track", PASS, "--plots", "taken")
    assert code == 2
    assert "is a file" in err
    assert (here / "taken").read_text() == "mine"


@pytest.mark.parametrize("words", [["--runs", "0"], ["--runs", "2", "--jobs", "0"]])
def test_counts_below_one_are_refused(capsys, here, words):
    code, _, err = run(capsys, "track", PASS, *words)
    assert code == 2
    assert "is not in the range x>=1" in err


def test_jobs_without_runs_are_refused(capsys, here):
    code, _, err = run(capsys, "track", PASS, "--jobs", "2")
    assert code == 2
    assert "--jobs is for --runs N" in err


def test_an_interrupt_ends_with_130_and_writes_nothing(capsys, here, monkeypatch):
    def interrupted(*words, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("passplan.mission.monte_carlo.run_numbers", interrupted)
    code, out, err = run(capsys, "track", PASS, "--runs", "3", "--jobs", "1", "-o", "runs.csv")
    assert (code, out) == (130, "")
    assert "interrupted" in err
    assert list(here.iterdir()) == []
