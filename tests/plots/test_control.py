"""Plots of a loop: what they draw is what the design says."""

import numpy as np
import pytest

from passplan.mission.loop_design import LARGEST_MS, curves, designed
from passplan.mission.loop_file import read_case
from passplan.plots.control import bode, loop_sheet, nyquist, sensitivities, spectra
from passplan.report.loop_sheet import law_text, picture

LOOP = '[camera]\nframe_rate_hz = 2000.0\n[law]\nkind = "integrator"\ngain = {gain}\n[vibration]\nrms_urad = 9.3\n'


@pytest.fixture(scope="module")
def designs(tmp_path_factory):
    from passplan.mission.catalog import Catalog, bundled_folder

    folder = tmp_path_factory.mktemp("loops")
    found = []
    for name, gain in (("good", 0.25), ("poor", 0.7)):
        path = folder / f"{name}.toml"
        path.write_text(LOOP.format(gain=gain))
        found.append(designed(read_case(str(path), Catalog((bundled_folder(),)))))
    return found


def test_curves_are_drawn_as_computed(designs):
    columns = curves(designs[0].case)
    for plot, name in ((bode, "open_loop_gain"), (sensitivities, "sensitivity"), (spectra, "psd_before_urad2_hz")):
        line = plot(designs[0], columns=columns).get_lines()[0]
        np.testing.assert_array_equal(line.get_xdata(), columns["frequency_hz"])
        np.testing.assert_array_equal(line.get_ydata(), columns[name])


def test_the_peak_is_marked_where_it_is(designs):
    found = designs[0].margins
    marks = [line for line in sensitivities(designs[0]).get_lines() if line.get_marker() == "v"]
    assert marks[0].get_xydata()[0] == pytest.approx([found.peak_hz, found.peak_sensitivity])


def test_nyquist_keeps_out_of_the_circle_when_the_goal_is_met(designs):
    """The curve's least distance from -1 is the modulus margin; the circle has the radius 1/Ms."""
    for design, outside in zip(designs, (True, False), strict=True):
        points = nyquist(design).get_lines()[0].get_xydata()
        nearest = np.hypot(points[:, 0] + 1.0, points[:, 1]).min()
        assert nearest == pytest.approx(design.margins.modulus_margin, rel=1e-3)
        assert (nearest >= 1.0 / LARGEST_MS) is np.True_ if outside else nearest < 1.0 / LARGEST_MS


def test_axes_are_named_and_given_axes_are_used(designs):
    for plot in (bode, nyquist, sensitivities, spectra):
        ax = plot(designs[0])
        assert plot(designs[0], ax) is ax
        assert "[" in ax.get_xlabel()
        assert "[" in ax.get_ylabel()


def test_the_sheet_says_what_is_met(designs):
    good, poor = (loop_sheet(design).texts[-1] for design in designs)
    assert "NOT" not in good.get_text()
    assert "NOT  phase margin" in poor.get_text()
    assert good.get_color() != poor.get_color()


def test_a_design_always_gives_the_same_picture(designs):
    first = picture(designs[0], "png")
    assert first.startswith(b"\x89PNG")
    assert picture(designs[0], "png") == first


def test_a_law_in_one_line(designs):
    assert law_text(designs[0].case.law) == "integrator: gain 0.25"
