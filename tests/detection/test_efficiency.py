"""Efficiency tables: the one published value, exact interpolation, and refusals that name line and range."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.detection.detector import Detectors
from passplan.detection.efficiency import (
    EFFICIENCY_TABLES,
    INGAAS_SPAD,
    NANOWIRE,
    SILICON_SPAD,
    EfficiencyTable,
    detection_efficiency,
    parse_efficiency,
    with_table,
)
from passplan.errors import DomainError, InputError

CSV = "# measured with a power meter\nwavelength_nm, efficiency\n\n800,0.6\n900,0.4\n"


def test_silicon_at_the_wavelength_of_micius():
    """Nature 549, 43 (2017): 50 % at 850 nm; a coarse table must come within 5 percentage points."""
    found = detection_efficiency(SILICON_SPAD, wavelength_nm=848.6)
    assert abs(found.value - 0.5) < 0.05
    assert not found.extrapolated


def test_each_kind_of_detector_has_its_band():
    """Physics: silicon ends at its band gap; at 1550 nm a nanowire beats an InGaAs diode."""
    with pytest.raises(DomainError, match=r"thick silicon.*wavelength_nm is 1550"):
        detection_efficiency(SILICON_SPAD, wavelength_nm=1550.0)
    nanowire, diode = (detection_efficiency(table, wavelength_nm=1550.0).value for table in (NANOWIRE, INGAAS_SPAD))
    assert nanowire > 2.0 * diode
    for table in (SILICON_SPAD, INGAAS_SPAD, NANOWIRE):
        assert "recalled, not re-read" in table.source


def test_a_table_from_text_is_linear_between_its_rows():
    """Exact: a quarter of the way, and the rows themselves."""
    table = parse_efficiency(CSV, name="own.csv", source="own")
    np.testing.assert_allclose(detection_efficiency(table, wavelength_nm=[800.0, 825.0, 900.0]).value, [0.6, 0.55, 0.4])


def test_outside_only_when_asked_and_then_labelled():
    """Refusal, and the nearest end with its flag when asked."""
    table = parse_efficiency(CSV, name="own.csv", source="own")
    with pytest.raises(DomainError, match=r"'own.csv': wavelength_nm is 901.0, must lie in \[800, 900\]"):
        detection_efficiency(table, wavelength_nm=[850.0, 901.0])
    found = detection_efficiency(table, wavelength_nm=[790.0, 850.0, 901.0], extrapolate=True)
    np.testing.assert_allclose(found.value, [0.6, 0.5, 0.4])
    np.testing.assert_array_equal(found.extrapolated, [True, False, True])
    with pytest.raises(DomainError, match="wavelength_nm is nan"):
        detection_efficiency(table, wavelength_nm=np.nan, extrapolate=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "own.csv: header is ''"),
        ("wavelength_um,efficiency\n0.8,0.5\n", "header is 'wavelength_um,efficiency', must be"),
        (CSV + "950\n", "own.csv: line 6 is '950', must hold a wavelength"),
        (CSV + "950,high\n", "line 6 is '950,high'"),
    ],
)
def test_text_that_is_no_table_is_refused(text, message):
    """Refusal: file, line and what stands there."""
    with pytest.raises(InputError, match=message):
        parse_efficiency(text, name="own.csv", source="own")


@pytest.mark.parametrize(
    ("wavelength_nm", "efficiency", "message"),
    [
        ((800.0,), (0.5,), "has 1 wavelengths and 1 efficiencies"),
        ((800.0, 900.0), (0.5,), "has 2 wavelengths and 1 efficiencies"),
        ((800.0, 900.0), (0.5, 1.5), r"efficiency is 1\.5"),
        ((0.0, 900.0), (0.5, 0.5), r"wavelength_nm is 0\.0"),
        ((900.0, 800.0), (0.5, 0.5), "must rise from row to row"),
    ],
)
def test_records_that_cannot_be_interpolated_are_refused(wavelength_nm, efficiency, message):
    """Refusal: the table is named."""
    with pytest.raises(DomainError, match=message):
        EfficiencyTable(name="x", source="own", wavelength_nm=wavelength_nm, efficiency=efficiency)


def test_detectors_take_the_product_of_factor_and_table():
    """Exact: factor 0.9 times 0.55; the flag says whether the wavelength lay outside, and the table is gone."""
    table = parse_efficiency(CSV, name="own.csv", source="own")
    named = Detectors(
        efficiency=0.9, dark_cps=25.0, dead_time_ns=50.0, gate_ns=2.0, timing_sigma_ns=0.5, efficiency_table="own.csv"
    )
    found = with_table(named, table, wavelength_nm=825.0, extrapolate=True)
    assert abs(found.efficiency - 0.9 * 0.55) < 1e-15
    assert found == replace(named, efficiency=found.efficiency, efficiency_table=None)
    outside = with_table(named, table, wavelength_nm=950.0, extrapolate=True)
    assert abs(outside.efficiency - 0.9 * 0.4) < 1e-15
    assert outside.extrapolate_efficiency
    with pytest.raises(DomainError, match=r"wavelength_nm is 950\.0, must lie in \[800, 900\]"):
        with_table(named, table, wavelength_nm=950.0)
    assert dict(EFFICIENCY_TABLES) == {"silicon": SILICON_SPAD, "ingaas": INGAAS_SPAD, "nanowire": NANOWIRE}
