"""``passplan polar`` as a user calls it. Witnesses: the document, the columns, files on disk, exit codes."""

import csv
import io
import json

import pytest

from passplan.cli.main import main
from passplan.report.drawing import POLARIZATION_PLOTS

PASS = "micius/xinglong/20161219T165213Z"
COLUMNS = (
    "time_utc", "rotation_deg", "hwp_deg", "contrast_uncompensated", "contrast_compensated", "in_key_window",
    "residual_deg", "unknown_angle_deg", "contrast_h", "contrast_v", "contrast_d", "contrast_a", "held_back",
    "contrast_uncompensated_h", "contrast_uncompensated_v", "contrast_uncompensated_d", "contrast_uncompensated_a",
    "error_hv", "error_da",
)  # fmt: skip


def run(capsys, *words):
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def slow_catalog(checkout, tmp_path):
    """The bundled catalogue with a plate of Xinglong that turns at 0.5 deg/s at most and stops at 75 deg."""
    for folder in ("tle", "stations"):
        (tmp_path / "own" / folder).mkdir(parents=True)
        for path in (checkout / folder).iterdir():
            (tmp_path / "own" / folder / path.name).write_bytes(path.read_bytes())
    station = tmp_path / "own" / "stations" / "xinglong.toml"
    text = station.read_text()
    motor = "max_rate_deg_s = 10.0\nmax_acceleration_deg_s2 = 20.0\nbias_deg = 0.0"
    assert text.count(motor) == 1
    stops = "max_rate_deg_s = 0.5\nmax_acceleration_deg_s2 = 20.0\nbias_deg = 0.0\nmin_deg = -20.0\nmax_deg = 75.0"
    station.write_text(text.replace(motor, stops))
    return tmp_path / "own"


def test_blocks_for_people(capsys, here):
    code, out, err = run(capsys, "polar", PASS)
    assert (code, err) == (0, "")
    for word in ("WAVE PLATES", "POLARIZATION STATES", "POLARIZATION ERROR BY CAUSE"):
        assert word in out
    for words in (
        "limit 10 deg/s",
        "sifting exchanges them too",
        "from 2.55 to 86.25 deg",
        "with still plates",
        "over the seconds",
    ):
        assert words in out
    assert max(map(len, out.splitlines())) <= 120


def test_one_row_a_second(capsys, here):
    code, out, _ = run(capsys, "polar", PASS, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 417
    errors = [sum(1.0 / (1.0 + float(row[f"contrast_{state}"])) for state in "hvda") / 4.0 for row in rows]
    mean = [1.0 / (1.0 + float(row["contrast_compensated"])) for row in rows]
    assert errors == pytest.approx(mean, rel=1e-9)  # contrast of the mean error of the four states
    assert {row["held_back"] for row in rows} == {"0"}


def test_units_of_the_columns(capsys, here):
    """Read back by astropy."""
    from astropy.table import QTable

    _, out, _ = run(capsys, "polar", PASS, "--ecsv")
    table = QTable.read(out, format="ascii.ecsv")
    for name in ("rotation_deg", "hwp_deg", "residual_deg", "unknown_angle_deg"):
        assert str(table[name].unit) == "deg"
    assert table["contrast_h"].dtype.kind == "f"
    assert table["held_back"].dtype.kind == "i"


def test_the_document_of_the_polarization(capsys, here):
    code, out, _ = run(capsys, "polar", PASS, "--json")
    document = json.loads(out)
    assert code == 0
    assert {"pass", "window", "polarization"} <= set(document)
    assert "tracking" not in document
    assert set(document["polarization"]["plate"]["hwp"]) == {
        "start_deg", "stop_deg", "travel_deg", "max_rate_deg_s", "max_acceleration_deg_s2",
    }  # fmt: skip


def test_a_page_and_a_folder_of_plots(capsys, here, monkeypatch):
    some = {"plate_rates": POLARIZATION_PLOTS["plate_rates"]}  # each is drawn in tests/plots
    monkeypatch.setattr("passplan.report.drawing.POLARIZATION_PLOTS", some)
    code, out, err = run(capsys, "polar", PASS, "--plots", "plots", "-o", "page.png")
    assert (code, out) == (0, "")
    assert "wrote 2 plots to plots" in err
    assert "wrote page.png" in err
    assert {path.name for path in (here / "plots").iterdir()} == {"plate_rates.png", "polarization_page.png"}
    assert (here / "page.png").read_bytes() == (here / "plots" / "polarization_page.png").read_bytes()


def test_a_file_is_no_folder_for_plots(capsys, here):
    (here / "taken").write_text("mine")
    code, _, err = run(capsys, "polar", PASS, "--plots", "taken")
    assert code == 2
    assert "is a file" in err
    assert (here / "taken").read_text() == "mine"


def test_remarks_name_the_times_of_a_plate_that_cannot_follow(capsys, here, slow_catalog):
    code, out, err = run(capsys, "polar", PASS, "--catalog", slow_catalog)
    assert code == 0
    assert "keep a wave plate from its command from 2016-12-19T16:5" in err
    assert "a wave plate rewinds from 2016-12-19T16:5" in err
    assert "limit 0.5 deg/s" in out
    rewind = next(row for row in out.splitlines() if row.strip().startswith("rewinds"))
    assert rewind.split() == ["rewinds", "once"]
    code, out, _ = run(capsys, "polar", PASS, "--catalog", slow_catalog, "--json")
    document = json.loads(out)
    assert document["polarization"]["held_back"]
    assert any("rewinds from" in warning for warning in document["warnings"])
