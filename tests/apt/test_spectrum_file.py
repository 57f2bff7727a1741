"""User spectra: what is stated is used, what is not stated is refused with file and line."""

import numpy as np
import pytest

from passplan.apt.disturbance import VibrationSpectrum, vibration
from passplan.apt.spectrum import cumulative_rms_urad
from passplan.apt.spectrum_file import TabulatedPsd, TwoAxisPsd, read_psd
from passplan.errors import DomainError, InputError

GOOD = "# platform\n# sided = one\n# unit = urad2/Hz\nfrequency_hz,psd\n1,4\n\n100,0.04\n"


def written(path, text):
    path.write_text(text)
    return path


def test_reads_what_is_stated(tmp_path):
    """Two-sided rad^2/Hz against one-sided urad^2/Hz: factor 2e12."""
    psd = read_psd(written(tmp_path / "one.csv", GOOD))
    other = GOOD.replace("one", "two").replace("urad2", "rad2")
    two = read_psd(written(tmp_path / "two.csv", other))
    assert psd.band_hz == (1.0, 100.0)
    np.testing.assert_allclose(psd([1.0, 10.0, 100.0, 0.5, 200.0]), [4.0, 0.4, 0.04, 0.0, 0.0], rtol=1e-12)
    np.testing.assert_allclose(two([1.0, 10.0]), [8e12, 0.8e12], rtol=1e-12)


def test_two_columns_are_two_axes(tmp_path):
    """The same heading with psd_x and psd_y; each column of the file is that of one axis."""
    text = "# sided = two\n# unit = urad2/Hz\nfrequency_hz,psd_x,psd_y\n1,4,8\n100,0.04,0.08\n"
    psd = read_psd(written(tmp_path / "both.csv", text))
    assert isinstance(psd, TwoAxisPsd)
    np.testing.assert_allclose(psd.x([1.0, 10.0]), [8.0, 0.8], rtol=1e-12)
    np.testing.assert_allclose(psd.y([1.0, 10.0]), [16.0, 1.6], rtol=1e-12)
    np.testing.assert_allclose(psd([1.0, 10.0]), [12.0, 1.2], rtol=1e-12)
    with pytest.raises(InputError, match=r"bad.csv:5: psd_y is -1, must be finite and >= 0"):
        read_psd(written(tmp_path / "bad.csv", text.replace("0.08", "-1")))


def test_a_tabulated_shape_gives_its_rms():
    """A table of the analytic shape holds its rms, and so does the series made of it."""
    shape = VibrationSpectrum(rms_urad=5.0, corner_hz=2.0, roll_off_hz=20.0)
    frequency_hz = np.geomspace(1e-3, 1e3, 400)
    table = TabulatedPsd(frequency_hz=frequency_hz, psd_urad2_hz=shape(frequency_hz))
    assert cumulative_rms_urad(table, frequency_hz=1e-3) == pytest.approx(5.0, rel=1e-3)
    series = vibration(table, duration_s=400.0, step_s=5e-3, rng=np.random.default_rng(1))
    independent = 2 * 400.0 * 2.0 * np.pi
    assert series.std() == pytest.approx(5.0, rel=5.0 / np.sqrt(2.0 * independent))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# sided = one\n", "", r"bad.csv:3: a comment line '# sided = one\|two'"),
        ("# unit = urad2/Hz\n", "", r"bad.csv:3: a comment line '# unit = urad2/Hz\|rad2/Hz'"),
        ("sided = one", "sided = half", "bad.csv:2: sided is 'half', allowed: one, two"),
        ("frequency_hz,psd", "f,S", "bad.csv:4: heading is 'f,S'"),
        ("1,4", "1,four", "bad.csv:5: '1,four' is not a row of numbers, frequency_hz,psd"),
        ("1,4", "1,4,4", "bad.csv:5: '1,4,4' has 3 numbers, must have 2"),
        ("# unit = urad2/Hz", "# unit = deg2/Hz", "bad.csv:3: unit is 'deg2/Hz', allowed: urad2/Hz, rad2/Hz"),
        (
            "\n\n",
            "\n# unit = rad2/Hz\n",
            "bad.csv:6: unit is 'rad2/Hz', but line 3 says 'urad2/Hz'; a file has one unit",
        ),
        ("frequency_hz,psd", "frequency_hz,psd_x", "heading is 'frequency_hz,psd_x', must be 'frequency_hz,psd' or "),
        ("100,0.04", "1,0.04", "bad.csv:7: frequency_hz is 1, the same as in the row above"),
        ("1,4", "nan,4", "bad.csv:5: frequency_hz is nan, must be finite"),
        ("1,4", "0,4", "bad.csv:5: frequency_hz is 0"),
        ("100,0.04", "0.5,1", "bad.csv:7: frequency_hz is 0.5, must be finite and above 1 Hz"),
        ("1,4", "1,-4", "bad.csv:5: psd is -4"),
        ("100,0.04\n", "", "needs the heading frequency_hz,psd and at least two rows, found 1"),
    ],
)
def test_refusals_name_file_and_line(tmp_path, old, new, message):
    """Each fault of a file ends in one line that says where it is."""
    with pytest.raises(InputError, match=message):
        read_psd(written(tmp_path / "bad.csv", GOOD.replace(old, new)))


def test_a_missing_file_is_an_input_error(tmp_path):
    """The file that cannot be read is named."""
    with pytest.raises(InputError, match=r"none.csv: cannot be read"):
        read_psd(tmp_path / "none.csv")


def test_a_table_must_be_a_spectrum():
    """Limits of the record."""
    with pytest.raises(DomainError, match="step between frequencies"):
        TabulatedPsd(frequency_hz=np.array([2.0, 1.0]), psd_urad2_hz=np.ones(2))
    with pytest.raises(DomainError, match="psd_urad2_hz is -1"):
        TabulatedPsd(frequency_hz=np.array([1.0, 2.0]), psd_urad2_hz=np.array([1.0, -1.0]))
    with pytest.raises(DomainError, match="number of frequencies is 1"):
        TabulatedPsd(frequency_hz=np.array([1.0]), psd_urad2_hz=np.array([1.0]))
