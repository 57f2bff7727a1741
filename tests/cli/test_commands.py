"""The commands as a user calls them: what goes to stdout, what to stderr, and the exit code."""

import csv
import io
import json

import pytest

from passplan.cli.main import main
from passplan.mission.pass_rows import COLUMNS

PASS = "micius/xinglong/20161219T165213Z"

DOCUMENT_KEYS = {
    "schema_version": (),
    "passplan_version": (),
    "pass_id": (),
    "seed": (),
    "inputs": (),
    "pass": (
        "satellite", "station", "rise_utc", "culmination_utc", "set_utc", "max_elevation_deg", "min_range_km",
        "sun_elevation_deg", "moon_elevation_deg", "moon_illumination", "sunlit_fraction", "element_age_days",
    ),
    "window": ("start_utc", "stop_utc", "duration_s", "rule"),
    "tracking": ("acquired_utc", "acquisition_s", "satellite", "ground", "locked_fraction", "dropouts"),
    "polarization": (
        "rotation_span_deg", "contrast_compensated_mean", "qber_polarization", "contrast_uncompensated_max",
        "contrast_uncompensated_min",
    ),
    "link": ("loss_db", "terms_db"),
    "detection": ("detections", "sifted_bits", "sifted_rate_bit_s", "qber", "background_cps"),
    "key": (
        "proof", "epsilon_sec", "epsilon_cor", "error_correction_efficiency", "secret_bits", "secret_rate_bit_s",
        "by_proof",
    ),
    "published": None,
}  # fmt: skip

PER_SECOND = [
    "time_utc", "azimuth_deg", "elevation_deg", "range_km", "point_ahead_urad", "rotation_deg", "hwp_deg",
    "pointing_x_urad", "pointing_y_urad", "jitter_urad", "locked", "loss_diffraction_db", "loss_extinction_db",
    "loss_db", "transmittance_std", "background_cps", "clicks_0.8", "clicks_0.1", "clicks_0", "errors_0.8",
    "errors_0.1", "errors_0", "contrast_uncompensated", "contrast_compensated", "sifted_bits", "qber",
]  # fmt: skip


def run(capsys, *words):
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_simulate_prints_the_whole_document(capsys, here):
    """Keys of the documented JSON form."""
    code, out, err = run(capsys, "simulate", PASS, "--json")
    document = json.loads(out)
    assert code == 0
    assert err == ""
    for section, keys in DOCUMENT_KEYS.items():
        assert section in document
        assert set(keys or ()) <= set(document[section] if keys else ())
    for terminal in ("satellite", "ground"):
        wanted = {"coarse_rms_urad", "fine_x_rms_urad", "fine_y_rms_urad", "bias_urad", "stroke_used_urad"}
        assert wanted <= set(document["tracking"][terminal])
    assert list(here.iterdir()) == []


def test_simulate_per_second_as_csv(capsys, here):
    code, out, _ = run(capsys, "simulate", "micius", "xinglong", "--night", "2016-12-19", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert set(PER_SECOND) <= set(rows[0])
    assert len(rows) == 417
    assert rows[0]["time_utc"] == "2016-12-19T16:48:44Z"
    total = sum(float(row["sifted_bits"]) for row in rows if row["in_key_window"] == "1")
    assert total == pytest.approx(1_671_072, rel=0.1)


def test_simulate_writes_a_report_folder(capsys, here, few_plots):
    code, out, err = run(capsys, "simulate", PASS)
    folder = here / "passplan-micius-xinglong-20161219T165213Z"
    assert code == 0
    assert "secret bits" in out
    assert "300,939" in out
    assert str(folder.name) in err
    assert {"report.html", "summary.json", "per_second.ecsv", "loss.png"} <= {path.name for path in folder.iterdir()}
    assert [path.name for path in here.iterdir()] == [folder.name]


def test_ecsv_carries_units_and_provenance(capsys, here):
    """Read back by astropy."""
    from astropy.table import QTable

    code, out, _ = run(capsys, "link", PASS, "--ecsv")
    table = QTable.read(out, format="ascii.ecsv")
    assert code == 0
    assert str(table["range_km"].unit) == "km"
    assert table.meta["pass_id"] == PASS
    assert table.meta["seed"] == 20161219
    assert "element_set" in table.meta


@pytest.mark.parametrize("suffix", ["json", "csv", "ecsv", "png", "svg"])
def test_output_by_suffix(capsys, here, suffix):
    code, out, err = run(capsys, "polar", PASS, "-o", f"polar.{suffix}")
    assert (code, out) == (0, "")
    assert f"wrote polar.{suffix}" in err
    assert (here / f"polar.{suffix}").stat().st_size > 500


def test_an_unknown_suffix_is_a_usage_error(capsys, here):
    code, _, err = run(capsys, "polar", PASS, "-o", "polar.xyz")
    assert code == 2
    assert ".json, .csv" in err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("command", ["track", "polar", "link", "key"])
def test_stage_commands_show_their_part(capsys, here, command):
    code, out, _ = run(capsys, command, PASS)
    assert code == 0
    assert out.startswith(PASS)
    section = {"track": "TRACKING", "polar": "POLARIZATION", "link": "LINK", "key": "KEY"}[command]
    assert section in out
    assert list(here.iterdir()) == []


def test_a_chosen_proof_stands_as_the_key(capsys, here):
    code, out, _ = run(capsys, "key", PASS, "--proof", "ma2005_sigma", "--json")
    key = json.loads(out)["key"]
    assert code == 0
    assert key["proof"] == "ma2005_sigma"
    assert key["secret_bits"] == key["by_proof"]["ma2005_sigma"]


def test_key_of_measured_counts(capsys, here):
    """Lim et al. 2014 on the Micius-like counts: 162,798 bits as printed by two public codes' convention."""
    basis = {"clicks": [835535.9574732629, 52975.53503115365, 853.1250001192482]}
    basis["errors"] = [9191.422074730246, 947.786600310344, 426.5625]
    counts = {"intensities": [0.8, 0.1, 0.0], "probabilities": [0.5, 0.25, 0.25]}
    counts |= {"key_basis": basis, "test_basis": basis, "error_correction_efficiency": 1.16}
    (here / "counts.json").write_text(json.dumps(counts))
    code, out, _ = run(capsys, "key", "--counts", "counts.json", "--proof", "lim2014", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["secret_bits"] == 162_798
    assert {"proof", "secret_bits_real", "bounds", "leak_bits", "epsilon", "assumptions"} <= set(document)
    code, out, _ = run(capsys, "key", "--counts", "counts.json")
    assert "162,798" in out
    assert "ma2005_sigma" in out


def test_passes_of_a_window_as_csv(capsys, here):
    code, out, _ = run(
        capsys, "passes", "micius", "--station", "xinglong", "--from", "2016-12-19T00:00:00Z", "--days", "1",
        "--any-light", "--csv",
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert tuple(rows[0]) == COLUMNS
    assert PASS in [row["pass_id"] for row in rows]
    assert [row["rise_utc"] for row in rows] == sorted(row["rise_utc"] for row in rows)
    assert rows[0]["rise_utc"].endswith("Z")
    assert len(rows[0]["rise_utc"]) == len("2016-12-19T16:48:43.736Z")


def test_dark_passes_are_fewer_than_all(capsys, here):
    window = ("passes", "micius", "--station", "xinglong", "--from", "2016-12-19T00:00:00Z", "--csv")
    dark = run(capsys, *window)[1].count("\n")
    every = run(capsys, *window, "--any-light")[1].count("\n")
    assert 1 < dark < every


def test_passes_over_a_place_by_its_coordinates(capsys, here, checkout):
    code, out, _ = run(
        capsys, "passes", "--elements", checkout / "tle" / "micius.tle", "--station", "40.4,117.6,900",
        "--night", "2016-12-19", "--json",
    )  # fmt: skip
    passes = json.loads(out)["passes"]
    assert code == 0
    assert {item["station"] for item in passes} == {"40.4,117.6,900"}


def test_passes_for_people(capsys, here):
    code, out, _ = run(capsys, "passes", "micius", "--station", "xinglong", "--night", "2016-12-19")
    assert code == 0
    assert PASS in out
    assert max(map(len, out.splitlines())) <= 160


def test_data_status_and_check(capsys, here, checkout):
    code, out, _ = run(capsys, "data", "status")
    assert code == 0
    assert "Earth orientation" in out
    files = [checkout / "stations" / "graz.toml", checkout / "tle" / "micius.toml"]
    assert run(capsys, "check", *files)[0] == 0
    tle = checkout / "tle" / "micius.tle"
    assert run(capsys, "check", tle, "--at", "2016-12-19T16:52:00Z")[0] == 0
    code, out, _ = run(capsys, "check", tle, "--at", "2019-06-01T00:00:00Z")
    assert code == 1
    assert "NO-GO" in out


def test_check_names_every_fault_of_a_file(capsys, here, checkout):
    text = (checkout / "stations" / "graz.toml").read_text().replace("latitude_deg = 47.0671", "latitude_deg = 147")
    (here / "graz.toml").write_text(text.replace("aperture_m = 0.5", "apperture_m = 0.5", 1))
    (here / "stations").mkdir()
    (here / "graz.toml").rename(here / "stations" / "graz.toml")
    code, out, _ = run(capsys, "check", here / "stations" / "graz.toml", "--json")
    reason = json.loads(out)["verdicts"][0]["reason"]
    assert code == 3
    assert "station.latitude_deg is 147" in reason
    assert "did you mean 'aperture_m'?" in reason


def test_demo_ends_with_the_command_that_repeats_it(capsys, here, few_plots):
    code, out, _ = run(capsys, "demo")
    again = out.strip().splitlines()[-1].split()
    assert code == 0
    assert again[:2] == ["passplan", "simulate"]
    first = (here / "passplan-demo" / "summary.json").read_bytes()
    assert run(capsys, *again[1:])[0] == 0
    assert (here / "passplan-demo" / "summary.json").read_bytes() == first
