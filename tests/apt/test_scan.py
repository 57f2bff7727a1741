"""Scans: no hole in the cone, the closed forms of their cells, and refusals."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import KDTree

from passplan.apt.scan import Scan, check_dwell, scan_path_urad
from passplan.errors import DomainError, UnknownName

SPIRAL = Scan(kind="spiral", radius_mrad=8.73, dwell_s=0.05)


def test_cells_of_the_printed_spiral():
    """Printed: 1.25 mrad beam, 8.73 mrad half-cone: 313 cells, 15.6 s; the half pitch beyond the edge adds a tenth."""
    path = scan_path_urad(SPIRAL, 1250.0)
    inside = np.count_nonzero(np.abs(path) <= 8730.0)
    assert inside == 313
    assert inside * SPIRAL.dwell_s == pytest.approx(15.6, abs=0.06)
    assert path.size == pytest.approx(np.pi * (8730.0 / 875.0 + 0.5) ** 2, abs=2.0)


@pytest.mark.parametrize("kind", ["spiral", "raster"])
def test_cells_of_a_narrow_beam(kind):
    """Printed: 10 urad over 1 mrad half-cone, 64,114 cells, 321 s at 5 ms; both scans to 1 %."""
    path = scan_path_urad(Scan(kind=kind, radius_mrad=1.0, dwell_s=0.005), 10.0)
    assert path.size == pytest.approx(64_114, rel=0.01)
    inside = np.count_nonzero(np.abs(path) <= 1000.0)
    assert inside == pytest.approx(64_114, rel=1e-3)
    assert 0.005 * inside == pytest.approx(321.0, rel=0.01)


@given(kind=st.sampled_from(["spiral", "raster"]), cells=st.floats(0.05, 40.0), width_urad=st.floats(1.0, 1e4))
def test_no_hole_in_the_cone(kind, cells, width_urad):
    """Property: each point of the cone lies within half a width of some dwell, at the step ratio of 0.7."""
    radius_urad = cells * width_urad
    path = scan_path_urad(Scan(kind=kind, radius_mrad=1e-3 * radius_urad, dwell_s=1.0), width_urad)
    rng = np.random.default_rng(1)
    angle = 2.0j * np.pi * rng.random(20_000)
    points = radius_urad * np.sqrt(rng.random(20_000)) * np.exp(angle)
    points[:2000] = radius_urad * np.exp(angle[:2000])  # the rim itself
    tree = KDTree(np.stack((path.real, path.imag), axis=1))
    distance, _ = tree.query(np.stack((points.real, points.imag), axis=1))
    assert distance.max() <= 0.5 * width_urad * (1.0 + 1e-12)


def test_a_step_of_a_whole_width_leaves_holes():
    """Counter-test of the one above: round beams side by side do not cover a plane."""
    path = scan_path_urad(replace(SPIRAL, step_ratio=1.0), 1000.0)
    rng = np.random.default_rng(2)
    points = 8000.0 * rng.uniform(-0.7, 0.7, (20_000, 2))
    distance, _ = KDTree(np.stack((path.real, path.imag), axis=1)).query(points)
    assert distance.max() > 500.0


def test_spiral_goes_outward_at_a_constant_areal_rate():
    """Exact: the first dwell is the prediction, and the circle through the dwell k has an area of k cells."""
    path = scan_path_urad(SPIRAL, 1250.0)
    assert path[0] == 0.0
    np.testing.assert_allclose(np.pi * np.abs(path) ** 2 / 875.0**2, np.arange(path.size), rtol=1e-12, atol=1e-9)


def test_raster_takes_neighbouring_steps():
    """To and fro: along a row the step is one pitch, and a new row begins where the last one ended."""
    path = scan_path_urad(replace(SPIRAL, kind="raster"), 1250.0)
    step = np.diff(path) / 875.0
    along = np.abs(step.imag) < 1e-9
    np.testing.assert_allclose(np.abs(step[along]), 1.0, rtol=1e-9)
    np.testing.assert_allclose(step[~along].imag, 1.0, rtol=1e-9)
    assert np.abs(step[~along].real).max() < 4.0


def test_stare_stays():
    """One dwell, at the prediction."""
    np.testing.assert_array_equal(scan_path_urad(Scan(), 100.0), [0.0])


def test_dwell_against_what_it_must_hold():
    """40 Hz, 7 ms of light, 20 ms of loop: 52 ms; a stare may do as it likes."""
    needs = {"exposure_s": 0.025, "light_time_s": 0.007, "loop_delay_s": 0.02}
    check_dwell(replace(SPIRAL, dwell_s=0.0521), **needs)
    check_dwell(Scan(dwell_s=1e-3), **needs)
    with pytest.raises(DomainError, match=r"dwell_s is 0.05 s, must be at least 0.052 s: exposure 0.025 s \+ light"):
        check_dwell(SPIRAL, **needs)


def test_refusals():
    """Each limit names its field."""
    with pytest.raises(UnknownName, match=r"kind of scan 'spirale' is not known; did you mean 'spiral'"):
        Scan(kind="spirale")
    with pytest.raises(DomainError, match=r"Scan.dwell_s is 0"):
        Scan(dwell_s=0.0)
    with pytest.raises(DomainError, match=r"Scan.step_ratio is 1.2"):
        Scan(step_ratio=1.2)
    with pytest.raises(DomainError, match=r"Scan.radius_mrad is -1"):
        Scan(radius_mrad=-1.0)
    with pytest.raises(DomainError, match=r"width_urad is 0"):
        scan_path_urad(SPIRAL, 0.0)
    with pytest.raises(DomainError, match=r"spiral of 8.73 mrad half-angle in steps of 0.7 urad has 4.89e\+08 dwells"):
        scan_path_urad(SPIRAL, 1.0)
    with pytest.raises(DomainError, match=r"light_time_s is -1"):
        check_dwell(SPIRAL, exposure_s=0.0, light_time_s=-1.0)
