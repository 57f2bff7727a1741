import re

import numpy as np
import pytest

from passplan.channel.extinction import airmass
from passplan.channel.extinction_table import (
    FLOOR_TRANSMITTANCE,
    ExtinctionTable,
    parse_extinction_table,
    read_extinction_table,
    table_transmittance,
)
from passplan.channel.passband import Passband
from passplan.errors import DomainError, InputError

ELEVATIONS_DEG = (90.0, 30.0, 10.0)


def beer(wavelength_nm, elevation_deg):
    """Witness: a depth linear in the wavelength times the Kasten-Young airmass."""
    return np.exp(-0.2 * (2.0 - wavelength_nm / 850.0) * airmass(elevation_deg=elevation_deg))


def text_of(angle="elevation_deg", wavelengths=(840.0, 850.0, 860.0), elevations=ELEVATIONS_DEG):
    rows = ["# visibility_km = 23", "# height_m = 890", "# source = a law", "# made by hand"]
    rows.append(f"wavelength_nm,{angle},transmittance")
    for nm in wavelengths:
        for deg in elevations:
            rows.append(f"{nm},{deg if angle == 'elevation_deg' else 90.0 - deg},{float(beer(nm, deg))!r}")
    return rows


@pytest.mark.parametrize("angle", ["elevation_deg", "zenith_deg"])
def test_between_the_points_beers_law_is_exact(angle):
    """Exact: log T linear in airmass and wavelength is what the table interpolates; 0 at the points and between."""
    table = parse_extinction_table(text_of(angle), source="t.csv")
    assert (table.visibility_km, table.height_m, table.source) == (23.0, 890.0, "a law")
    elevation_deg = np.array([10.0, 17.0, 30.0, 55.0, 90.0])
    for wavelength_nm in (840.0, 848.6, 860.0):
        found = table_transmittance(table, elevation_deg=elevation_deg, wavelength_nm=wavelength_nm)
        np.testing.assert_allclose(found.transmittance, beer(wavelength_nm, elevation_deg), rtol=1e-12)
        assert not found.is_extrapolated.any()
    one = table_transmittance(table, elevation_deg=17.0, wavelength_nm=845.0)
    assert one.transmittance == pytest.approx(beer(845.0, 17.0), rel=1e-12)


def test_rows_come_in_any_order(tmp_path):
    """Property: shuffled rows and a byte-order mark give the same table from a file."""
    rows = text_of()
    path = tmp_path / "table.csv"
    path.write_text("\ufeff" + "\n".join(rows[:5] + rows[:4:-1]) + "\n", encoding="utf-8")
    found, expected = read_extinction_table(path), parse_extinction_table(rows, source="t.csv")
    np.testing.assert_array_equal(found.transmittance, expected.transmittance)
    np.testing.assert_array_equal(found.airmass, airmass(elevation_deg=list(ELEVATIONS_DEG)))


def test_beyond_the_table_is_refused_unless_asked_and_then_marked():
    """Beer's law continued is exact here; the marks say which values lie beyond."""
    table = parse_extinction_table(text_of(), source="t.csv")
    own = r"t\.csv: .*; atmosphere\.extrapolate = true goes on beyond it$"
    with pytest.raises(DomainError, match=r"elevation_deg is 5, must lie in \[10, 90\] deg") as low_down:
        table_transmittance(table, elevation_deg=[45.0, 5.0], wavelength_nm=850.0)
    with pytest.raises(DomainError, match=r"wavelength_nm is 900, must lie in \[840, 860\] nm") as beside:
        table_transmittance(table, elevation_deg=45.0, wavelength_nm=900.0)
    assert all(re.match(own, str(each.value)) for each in (low_down, beside))
    low = table_transmittance(table, elevation_deg=[45.0, 5.0], wavelength_nm=850.0, extrapolate=True)
    np.testing.assert_allclose(low.transmittance, beer(850.0, np.array([45.0, 5.0])), rtol=1e-12)
    np.testing.assert_array_equal(low.is_extrapolated, [False, True])
    far = table_transmittance(table, elevation_deg=[45.0, 60.0], wavelength_nm=900.0, extrapolate=True)
    np.testing.assert_allclose(far.transmittance, beer(900.0, np.array([45.0, 60.0])), rtol=1e-12)
    assert far.is_extrapolated.all()


def test_the_zenith_belongs_to_a_table_that_begins_there():
    """The formula of the airmass has its least value 0.02 deg beside the zenith, 1e-9 below that of 90 deg."""
    table = parse_extinction_table(text_of(), source="t.csv")
    assert airmass(elevation_deg=89.98) < table.airmass[0]
    found = table_transmittance(table, elevation_deg=[89.98, 90.0, 10.0], wavelength_nm=850.0)
    assert not found.is_extrapolated.any()
    assert table.elevation_range_deg == (10.0, 90.0)
    low = parse_extinction_table(text_of(elevations=(60.0, 20.5)), source="t.csv")
    assert low.elevation_range_deg == (20.5, 60.0)


def test_a_zenith_table_goes_through_the_origin():
    """Exact: with one airmass, Beer's law through T = 1 at airmass 0, marked except at the zenith itself."""
    table = parse_extinction_table(text_of(wavelengths=(850.0,), elevations=(90.0,)), source="t.csv")
    found = table_transmittance(table, elevation_deg=[90.0, 30.0], wavelength_nm=850.0, extrapolate=True)
    np.testing.assert_allclose(found.transmittance, beer(850.0, np.array([90.0, 30.0])), rtol=1e-3)
    np.testing.assert_array_equal(found.is_extrapolated, [False, True])


def test_the_passband_averages_transmittance():
    """Exact: half of the passband black and half open is 0.5, where a mean of dB would give 150 dB."""
    rows = ["wavelength_nm,elevation_deg,transmittance"]
    rows += [f"{nm},{deg},{t}" for nm, t in ((840, 1), (850, 1), (850.001, 0), (860, 0)) for deg in (90, 30)]
    table = parse_extinction_table(rows, source="t.csv")
    assert table.transmittance.min() == FLOOR_TRANSMITTANCE
    found = table_transmittance(table, elevation_deg=[90.0, 45.0], passband=Passband(centre_nm=850.0, width_nm=10.0))
    np.testing.assert_allclose(found.transmittance, [0.5, 0.5], rtol=1e-3)
    with pytest.raises(DomainError, match="passband ends"):
        table_transmittance(table, elevation_deg=45.0, passband=Passband(centre_nm=860.0, width_nm=10.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({5: "840.0,90.0,1.2"}, r"t.csv: line 6: transmittance is '1.2', must be a number in \[0, 1\]"),
        ({5: "840.0,90.0,-0.1"}, "line 6: transmittance is '-0.1'"),
        ({5: "840.0,90.0,nan"}, "line 6: transmittance is 'nan'"),
        ({5: "840.0,ninety,0.5"}, "line 6: elevation_deg is 'ninety'"),
        ({5: "840.0,-5,0.5"}, r"line 6: elevation_deg is '-5', must be a number in \[0, 90\]"),
        ({5: "840.0,90.0"}, "line 6 has 2 cells, must have 3"),
        ({6: "840.0,90.0,0.5"}, "line 7: wavelength_nm 840 at elevation 90 deg stands twice"),
        ({6: ""}, "no row for wavelength_nm 840 at elevation 30 deg"),
        ({0: "# visibility_km = 0"}, "line 1: visibility_km is '0'"),
        ({1: "# height_m = high"}, "line 2: height_m is 'high'"),
        ({4: "wavelength_nm,elevation_deg,loss"}, "column 'loss' is not known; allowed: wavelength_nm"),
        ({4: "wavelength_nm,elevation_deg"}, "column transmittance is missing"),
        ({4: "wavelength_nm,wavelength_nm,transmittance"}, "column wavelength_nm stands twice"),
        (
            {4: "wavelength_nm,elevation_deg,zenith_deg,transmittance"},
            "needs one column of elevation_deg and zenith_deg",
        ),
    ],
)
def test_faults_are_named_by_line(change, message):
    """Refusal: source, line, column, value and limit."""
    rows = [change.get(place, row) for place, row in enumerate(text_of())]
    with pytest.raises(InputError, match=message):
        parse_extinction_table(rows, source="t.csv")


@pytest.mark.parametrize(
    ("cell", "further"),
    [
        ("840.0,90.0,1.2", []),
        ("840.0,90.0,dark", []),
        ("840.0,95,0.5", []),
        ("840.0,90.0", []),
        (
            "840.0,90.0,1.2",
            ["t.csv: no row for wavelength_nm 860 at elevation 10 deg: every wavelength needs the same angles"],
        ),
    ],
)
def test_one_bad_cell_makes_one_fault(cell, further):
    """A row that is there but wrong is not missing too; one that is missing is still told."""
    rows = text_of()
    rows[5] = cell
    with pytest.raises(InputError) as caught:
        parse_extinction_table(rows[:-1] if further else rows, source="t.csv")
    first, *rest = str(caught.value).splitlines()
    assert first.startswith("t.csv: line 6")
    assert rest == further


def test_empty_and_missing_files(tmp_path):
    """Refusal: a header alone, an empty file, no file."""
    with pytest.raises(InputError, match="the table has no rows"):
        parse_extinction_table(text_of()[:5], source="t.csv")
    with pytest.raises(InputError, match="column wavelength_nm is missing"):
        parse_extinction_table([], source="t.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_extinction_table(tmp_path / "none.csv")


def test_one_of_line_and_passband():
    """Refusal: neither, both, below the horizon, a record with transmittance above 1."""
    table = parse_extinction_table(text_of(), source="t.csv")
    with pytest.raises(DomainError, match="either wavelength_nm or passband"):
        table_transmittance(table, elevation_deg=45.0)
    with pytest.raises(DomainError, match=r"elevation_deg is -1\.0"):
        table_transmittance(table, elevation_deg=-1.0, wavelength_nm=850.0)
    with pytest.raises(DomainError, match=r"ExtinctionTable\.transmittance"):
        ExtinctionTable(wavelength_nm=np.array([850.0]), airmass=np.array([1.0]), transmittance=np.array([[1.5]]))
