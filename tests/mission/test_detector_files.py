"""Efficiency tables that a station's file names: the product by hand, and faults told with key and path."""

from dataclasses import replace

import pytest

from passplan.detection.detector import Detectors
from passplan.detection.efficiency import SILICON_SPAD
from passplan.errors import InputError, UnknownName
from passplan.mission.detector_files import detectors_at, efficiency_table_of

PLAIN = Detectors(efficiency=0.9, dark_cps=25.0, dead_time_ns=50.0, gate_ns=2.0, timing_sigma_ns=0.5)


def named(text, **changes):
    """Detectors with a table, their efficiency a factor on it."""
    return replace(PLAIN, efficiency_table=text, **changes)


def test_no_table_changes_nothing(tmp_path):
    """Identity: the very record, no file."""
    assert detectors_at(PLAIN, tmp_path, wavelength_nm=848.6) == (PLAIN, ())


def test_a_built_in_table(tmp_path):
    """By hand: silicon is 0.48 at 850 nm, a factor of 0.9 on it."""
    found, files = detectors_at(named("silicon"), tmp_path, wavelength_nm=850.0)
    assert abs(found.efficiency - 0.9 * 0.48) < 1e-12
    assert found.efficiency_table is None
    assert files == ()


def test_a_file_beside_the_station(tmp_path):
    """By hand: halfway between 0.6 and 0.4, a factor of 0.9 on it; the file is told."""
    path = tmp_path / "own.csv"
    path.write_text("wavelength_nm,efficiency\n800,0.6\n900,0.4\n")
    found, files = detectors_at(named("own.csv"), tmp_path, wavelength_nm=850.0)
    assert abs(found.efficiency - 0.45) < 1e-12
    assert files == (path,)


def test_outside_only_when_asked_and_then_labelled(tmp_path):
    """Refusal with the way out; the label when asked."""
    with pytest.raises(
        InputError,
        match=r"'silicon': .*is 1550\.0, must lie in \[400, 1060\] nm; detectors\.extrapolate_efficiency = true",
    ):
        detectors_at(named("silicon"), tmp_path, wavelength_nm=1550.0)
    asked = named("silicon", extrapolate_efficiency=True)
    assert detectors_at(asked, tmp_path, wavelength_nm=1070.0)[0].extrapolate_efficiency
    assert not detectors_at(asked, tmp_path, wavelength_nm=850.0)[0].extrapolate_efficiency


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("own.csv", None, "efficiency_table is 'own.csv', but no such file stands in"),
        ("own.csv", b"wavelength_nm,efficiency\n800,high\n", r"own\.csv: line 2 is '800,high'"),
        ("own.csv", b"wavelength_nm,efficiency\n800,60\n900,0.4\n", r"own\.csv.*efficiency is 60\.0"),
        ("own.csv", b"\xff\xfe\x00", r"own\.csv: cannot be read"),
    ],
)
def test_faults_of_a_file_are_told_with_its_path(tmp_path, name, content, message):
    """Refusal: path, line and value."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        detectors_at(named(name), tmp_path, wavelength_nm=850.0)


def test_unknown_tables_are_told_with_the_nearest(tmp_path):
    """Refusal: the names that are known, and the likely one."""
    with pytest.raises(
        UnknownName, match=r"must be silicon, ingaas, nanowire or a file \*\.csv; did you mean 'silicon'"
    ):
        detectors_at(named("silcon"), tmp_path, wavelength_nm=850.0)


def test_a_product_above_one_is_refused(tmp_path):
    """Refusal: unlike detectors of which the stronger would exceed 1."""
    (tmp_path / "own.csv").write_text("wavelength_nm,efficiency\n800,0.9\n900,0.9\n")
    with pytest.raises(InputError, match="the stronger detector has"):
        detectors_at(named("own.csv", efficiency_mismatch=0.5), tmp_path, wavelength_nm=850.0)


def test_a_table_is_found_without_a_wavelength(tmp_path):
    """What a check of the file alone can do: the built-in table, the file, or the fault."""
    assert efficiency_table_of(PLAIN, tmp_path) == (None, ())
    assert efficiency_table_of(named("silicon"), tmp_path) == (SILICON_SPAD, ())
    with pytest.raises(InputError, match="no such file stands in"):
        efficiency_table_of(named("own.csv"), tmp_path)
