import numpy as np
import pytest

from passplan.channel.profiles import (
    BuftonWind,
    TabulatedProfile,
    layer_speed_m_s,
    mean_layer_speed_m_s,
    parse_profile,
    read_profile,
    rms_wind_m_s,
)
from passplan.channel.scintillation import andrews_aperture_factor, aperture_index, point_index
from passplan.channel.turbulence import HufnagelValley, fried_parameter_m, path_moment, structure_constant
from passplan.errors import DomainError, InputError

HEIGHT_M = np.concatenate([np.linspace(0.0, 1000.0, 101), np.linspace(1100.0, 40_000.0, 390)])
TABLE = TabulatedProfile(
    height_m=tuple(HEIGHT_M), strength=tuple(structure_constant(HufnagelValley(), height_m=HEIGHT_M))
)
SHORT = {"height_m": (0.0, 1000.0), "strength": (1e-14, 1e-16)}


def test_a_table_of_the_model_gives_the_model():
    """HV 5/7 put into a table: r0 and moments within 1 %, one metre's index too, 4.96 cm at 500 nm."""
    assert fried_parameter_m(TABLE, elevation_deg=90.0, wavelength_nm=500.0) == pytest.approx(0.0496, rel=0.01)
    assert path_moment(TABLE, order=2.0) == pytest.approx(path_moment(HufnagelValley(), order=2.0), rel=0.01)
    path = {"elevation_deg": 30.0, "wavelength_nm": 848.6, "aperture_m": 1.0}
    assert aperture_index(TABLE, **path) == pytest.approx(aperture_index(HufnagelValley(), **path), rel=0.01)


def test_andrews_factor():
    """Worked apart: .00020 .00047 .0014 .0039 .013, two digits; the exact integral is 1.5 to 4 times as much."""
    path = {"elevation_deg": np.array([90.0, 47.8, 30.0, 19.4, 10.0]), "wavelength_nm": 848.6}
    index = andrews_aperture_factor(HufnagelValley(), aperture_m=1.0, **path) * point_index(HufnagelValley(), **path)
    np.testing.assert_allclose(index, [0.00020, 0.00047, 0.0014, 0.0039, 0.013], rtol=0.035)
    share = aperture_index(HufnagelValley(), aperture_m=1.0, **path) / index
    assert share.min() > 1.45
    assert share.max() < 4.2


def test_interpolation_is_log_linear():
    """Exact: the geometric mean half way; above the sea the table moves down by the site's height."""
    assert structure_constant(TabulatedProfile(**SHORT), height_m=500.0) == pytest.approx(1e-15)
    high = TabulatedProfile(**SHORT, height_above="sea", site_height_m=400.0)
    assert structure_constant(high, height_m=100.0) == pytest.approx(1e-15)


def test_extrapolation_only_when_asked():
    """Property: refused, or done with the last slope and labelled."""
    with pytest.raises(DomainError, match=r"height_m is 1500.0, must lie in \[0, 1000\]"):
        structure_constant(TabulatedProfile(**SHORT), height_m=1500.0)
    with pytest.raises(DomainError, match="holds 0 to 1000 m above the site; integrals over height need"):
        path_moment(TabulatedProfile(**SHORT), order=0.0)
    longer = TabulatedProfile(**SHORT, extrapolate=True)
    assert longer.is_extrapolated
    assert not TABLE.is_extrapolated
    assert structure_constant(longer, height_m=1500.0) == pytest.approx(1e-17)
    assert path_moment(longer, order=0.0) == pytest.approx(1e-14 * 1000.0 / np.log(100.0), rel=1e-6)


def test_csv(tmp_path):
    """Round trip through a file with a comment."""
    path = tmp_path / "night.csv"
    path.write_text("# one night\nheight_m,cn2\n0,1e-14\n1000,1e-16\n", encoding="utf-8")
    assert read_profile(path) == TabulatedProfile(**SHORT)
    with pytest.raises(InputError, match="cannot be read"):
        read_profile(tmp_path / "none.csv")


def test_csv_as_spreadsheets_write_it(tmp_path):
    """A byte-order mark, spaces after the commas and a closing space leave the same table."""
    path = tmp_path / "night.csv"
    path.write_text("\ufeffheight_m, cn2 \n0, 1e-14\n1000, 1e-16\n", encoding="utf-8")
    assert read_profile(path) == TabulatedProfile(**SHORT)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: header is ''"),
        ("h,c\n", "line 1: header is 'h,c'"),
        ("height_m,cn2\n0,1e-14\n5\n", "line 3: 1 fields, must be 2"),
        ("height_m,cn2\n0,x\n", "line 2: cn2 is 'x', must be a number"),
        ("height_m,cn2\n0,-1e-14\n", "line 2: cn2 is -1e-14, must be > 0"),
        ("height_m,cn2\nnan,1e-14\n", "line 2: height_m is nan, must be finite"),
        ("height_m,cn2\n10,1e-14\n5,1e-14\n", "line 3: height_m is 5, must be above 10 m"),
    ],
)
def test_bad_csv_is_named(text, message):
    with pytest.raises(InputError, match=message):
        parse_profile(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"height_m": (0.0,)}, "1 heights and 2 values"),
        ({"height_m": (5.0, 5.0)}, "must increase"),
        ({"strength": (1e-14, 0.0)}, "strength is 0.0"),
        ({"height_above": "sea", "site_height_m": 2000.0}, "ends at 1000 m, below the site"),
    ],
)
def test_bad_table_is_named(change, message):
    with pytest.raises(DomainError, match=message):
        TabulatedProfile(**{**SHORT, **change})


def test_wind():
    """Exact: 35 m/s in the jet, plus 12 mrad/s times 9.4 km at the zenith, twice that at 30 deg; still air 5 m/s."""
    assert layer_speed_m_s(BuftonWind(), height_m=9400.0) == pytest.approx(35.0)
    slewed = layer_speed_m_s(BuftonWind(), height_m=9400.0, los_rate_urad_s=12e3, elevation_deg=[90.0, 30.0])
    np.testing.assert_allclose(slewed, [35.0 + 112.8, 35.0 + 225.6])
    calm = BuftonWind(jet_m_s=0.0)
    assert rms_wind_m_s(calm) == pytest.approx(5.0)
    assert mean_layer_speed_m_s(HufnagelValley(), calm) == pytest.approx(5.0)
    with pytest.raises(DomainError, match=r"los_rate_urad_s is -1.0"):
        rms_wind_m_s(calm, los_rate_urad_s=-1.0)
