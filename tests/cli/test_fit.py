"""``passplan fit``: what a tired reader sees, in each form, and the exit codes.

The pass is the session's, but for one run from end to end. Witness: the counts that the test itself wrote.
"""

import csv
import json

import pytest

from passplan.cli.main import main
from passplan.mission.export import csv_text, per_second
from passplan.mission.fit_model import pass_model
from passplan.mission.measured_pass import limits_of, parse_measured

PASS = "micius/xinglong/20161219T165213Z"


@pytest.fixture(scope="module")
def model(reference):
    """Model of every row of the pass."""
    rows = parse_measured(
        csv_text(per_second(reference)).splitlines(), source="pass", limits=limits_of(reference.selection)
    )
    return pass_model(reference, rows)


@pytest.fixture
def simulated(monkeypatch, reference, model):
    """The session's pass instead of a new simulation, and its extinction tabulated once."""
    table = model[0].extinction, model[0].visible_km
    monkeypatch.setattr("passplan.mission.fit_model._extinction", lambda result: table)

    def run(options, form, meanwhile):
        meanwhile(reference)
        return reference

    monkeypatch.setattr("passplan.cli.fit.run", run)


@pytest.fixture(scope="module")
def counts(tmp_path_factory, reference, model):
    """The simulated pass with 2 dB more of static loss, whole counts of every third second."""
    path = tmp_path_factory.mktemp("fit") / "counts.csv"
    expected = model[0].expected({"static_loss_db": 2.0, "intrinsic_error": 0.012})
    times = per_second(reference)["time_utc"][model[1]]
    lines = ["time_utc,sifted_bits,errors"]
    for time, bits, errors in zip(times[::3], expected.sifted[::3], expected.errors[::3], strict=True):
        lines.append(f"{time},{round(bits)},{round(errors)}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.usefixtures("simulated")
def test_the_table(counts, capsys):
    assert main(["fit", PASS, "--counts", str(counts), "--hold", "background_factor=1", "--visibility-km", "3.1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{PASS}: ")
    table = {words[0]: words for line in lines if (words := line.split())}
    assert float(table["static_loss_db"][3]) == pytest.approx(2.0, abs=0.05)
    assert float(table["intrinsic_error"][3]) == pytest.approx(0.012, abs=2e-4)
    assert "held as asked" in " ".join(table["background_factor"])
    assert lines[-1].startswith(f"passplan simulate {PASS} --seed 20161219 --visibility-km 3.")
    assert any(line.startswith("in the satellite's file: source.preparation_error = 0.01") for line in lines)


@pytest.mark.usefixtures("simulated")
def test_forms(counts, capsys, tmp_path):
    words = ["fit", PASS, "--counts", str(counts)]
    assert main([*words, "--background", "constant", "--json"]) == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert document["pass_id"] == PASS
    assert document["parameters"]["static_loss_db"]["value"] == pytest.approx(2.0, abs=0.1)
    assert document["parameters"]["static_loss_db"]["is_fitted"] is True
    for text in document["inseparable"]:
        assert f"not separated: {text}" in captured.err
    target = tmp_path / "fit.csv"
    assert main([*words, "-o", str(target), "--plots", str(tmp_path / "plots")]) == 0
    rows = list(csv.DictReader(target.read_text().splitlines()))
    assert len(rows) == document["measured"]["rows_used"]
    assert float(rows[50]["sifted_bits_model"]) == pytest.approx(float(rows[50]["sifted_bits"]), rel=0.02)
    names = ["fit_correlation", "fit_data", "fit_page", "fit_residuals"]
    assert sorted(path.stem for path in (tmp_path / "plots").iterdir()) == names
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in (tmp_path / "plots").iterdir())


@pytest.mark.usefixtures("simulated")
def test_bad_input(counts, capsys, tmp_path, checkout):
    bad = tmp_path / "bad.csv"
    bad.write_text("time_utc,sifted_bits,errors\n2016-12-19T16:51:00Z,nan,0\n2016-12-19T16:51:00Z,5,6\n")
    assert main(["fit", PASS, "--counts", str(bad)]) == 3
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    assert f"{bad}: line 3: errors is 6, must not exceed the sifted bits, 5" in errors
    assert main(["fit", PASS, "--counts", str(tmp_path / "none.csv")]) == 3
    assert "cannot be read" in capsys.readouterr().err
    curve = checkout / "tle" / "micius_20161219_sifted_rate.csv"
    assert main(["fit", PASS, "--counts", str(curve)]) == 3
    assert "--allow-gaps fits what is there" in capsys.readouterr().err
    assert main(["fit", PASS, "--counts", str(counts), "--hold", "haze=3"]) == 3
    assert "parameter 'haze' is not known" in capsys.readouterr().err


def test_usage(capsys):
    assert main(["fit", PASS]) == 2
    assert "--counts" in capsys.readouterr().err
    assert main(["fit", PASS, "--counts", "c.csv", "--hold", "visibility_km"]) == 2
    assert "is not NAME=VALUE, as visibility_km=23" in capsys.readouterr().err
    assert main(["fit", PASS, "--counts", "c.csv", "-o", "fit.doc"]) == 2
    assert "the suffix is .doc" in capsys.readouterr().err


def test_the_digitised_rate_of_the_reference_pass(capsys, checkout):
    """Liao et al., Nature 549, 43 (2017), Fig. 3b, digitised (second-hand): a rate without errors, with dropouts.

    Haze and main lobe are one number there, as the assumptions of the catalogue say of themselves.
    """
    curve = checkout / "tle" / "micius_20161219_sifted_rate.csv"
    assert main(["fit", PASS, "--counts", str(curve), "--allow-gaps", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["measured"]["rows"] == 200
    assert document["correlation"]["names"] == ["visibility_km", "static_loss_db"]
    assert document["inseparable"][0].startswith("visibility and static loss move together (correlation +0.9")
    assert document["parameters"]["intrinsic_error"]["note"] == "held: the file has no errors"
    low, high = document["parameters"]["visibility_km"]["interval_95"]
    assert low > 2.0  # the paper's own 3 to 8 dB at 1200 km are 5 to 23 km (physics ledger)
    assert 5.0 < high < 23.0
