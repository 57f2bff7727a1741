from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import gamma, j1

from passplan.channel.scintillation import aperture_index, filtered_strength, is_weak, large_aperture_index, point_index
from passplan.channel.turbulence import HufnagelValley, rytov_variance
from passplan.errors import DomainError

SEA_LEVEL = HufnagelValley()
ELEVATION_DEG = np.array([90.0, 47.8, 30.0, 19.4, 10.0])
SIGNAL_NM = 848.6


def test_point_receiver():
    """Worked apart with the saturation formula of Andrews and Phillips: .125, .211, .399, .688, 1.12."""
    index = point_index(SEA_LEVEL, elevation_deg=ELEVATION_DEG, wavelength_nm=SIGNAL_NM)
    np.testing.assert_allclose(index, [0.125, 0.211, 0.399, 0.688, 1.12], rtol=2.5e-3)


def test_one_metre_aperture():
    """Worked apart by two-dimensional quadrature: .00030, .00072, .0023, .0077, .052 (two digits printed)."""
    index = aperture_index(SEA_LEVEL, elevation_deg=ELEVATION_DEG, wavelength_nm=SIGNAL_NM, aperture_m=1.0)
    np.testing.assert_allclose(index, [0.00030, 0.00072, 0.0023, 0.0077, 0.052], rtol=0.015)
    asymptote = large_aperture_index(SEA_LEVEL, elevation_deg=ELEVATION_DEG, aperture_m=1.0)
    np.testing.assert_allclose(asymptote, [0.00033, 0.00081, 0.0026, 0.0090, 0.063], rtol=0.02)


@pytest.mark.parametrize("zone", [1e-3, 0.03, 0.5])
def test_filter_integral_against_adaptive_quadrature(zone):
    """scipy.integrate.quad, lobe by lobe, with the mean of the far tail added in closed form."""

    def integrand(u):
        return u ** (-8.0 / 3.0) * np.sin(zone * u * u) ** 2 * (2.0 * j1(u) / u) ** 2

    far = 40.0 * np.pi
    lobes = np.concatenate([[0.0, 0.5], np.arange(1.0, 40.0, 0.5) * np.pi, [far]])
    body = sum(quad(integrand, low, high, limit=200)[0] for low, high in pairwise(lobes))
    expected = body + 2.0 / np.pi * 3.0 / 14.0 * far ** (-14.0 / 3.0)
    assert filtered_strength(zone=[zone])[0] == pytest.approx(expected, rel=1e-5)


def test_far_layer_forgets_the_aperture():
    """Closed form without filter, int u^(-8/3) sin^2(zone u^2) du (Gradshteyn 3.823), the limit of a small aperture."""
    zone, power = 5000.0, 5.0 / 6.0
    closed = 0.5 * zone**power * gamma(1.0 - power) / power * np.cos(0.5 * np.pi * power) * 2.0 ** (power - 1.0)
    finite_aperture = 0.05
    assert filtered_strength(zone=[zone])[0] == pytest.approx(closed, rel=finite_aperture)


def test_wide_apertures_reach_the_geometric_limit():
    """Tatarskii: for D far beyond the Fresnel zone the index tends to 17.34 D^(-7/3) sec^3 int Cn2 h^2, from below."""
    ratio = [
        aperture_index(SEA_LEVEL, elevation_deg=60.0, wavelength_nm=SIGNAL_NM, aperture_m=width)
        / large_aperture_index(SEA_LEVEL, elevation_deg=60.0, aperture_m=width)
        for width in (0.3, 1.0, 4.0, 20.0)
    ]
    assert np.all(np.diff(ratio) > 0.0)
    assert 0.985 < ratio[-1] < 1.0


def test_a_small_aperture_is_nearly_a_point_in_weak_turbulence():
    """Limit: for 5 cm in very weak turbulence the index lies under the Rytov variance, and within half of it."""
    weak = HufnagelValley(ground_cn2=1e-16, high_wind_m_s=5.0)
    rytov = rytov_variance(weak, elevation_deg=90.0, wavelength_nm=1550.0)
    index = aperture_index(weak, elevation_deg=90.0, wavelength_nm=1550.0, aperture_m=0.05)
    assert 0.5 * rytov < index < rytov


@settings(max_examples=15)
@given(elevation_deg=st.floats(6.0, 85.0), aperture_m=st.floats(0.06, 5.0))
def test_index_falls_with_elevation_and_aperture(elevation_deg, aperture_m):
    """Property: higher is steadier, wider is steadier, and no aperture exceeds the point receiver."""
    here = {"elevation_deg": elevation_deg, "wavelength_nm": SIGNAL_NM}
    index = aperture_index(SEA_LEVEL, aperture_m=aperture_m, **here)
    assert 0.0 < index <= point_index(SEA_LEVEL, **here)
    assert aperture_index(SEA_LEVEL, aperture_m=1.2 * aperture_m, **here) <= index
    higher = aperture_index(SEA_LEVEL, elevation_deg=elevation_deg + 4.0, wavelength_nm=SIGNAL_NM, aperture_m=1.0)
    assert higher < aperture_index(SEA_LEVEL, aperture_m=1.0, **here)


def test_strong_turbulence_is_held_at_the_point_receiver():
    """Stated clip: 5 cm at 10 deg, where weak theory would exceed the saturated value."""
    path = {"elevation_deg": 10.0, "wavelength_nm": SIGNAL_NM}
    assert aperture_index(SEA_LEVEL, aperture_m=0.05, **path) == point_index(SEA_LEVEL, **path)


def test_interpolation_does_not_depend_on_the_grid():
    """Two routes: one elevation alone and within a long grid agree to 1e-5."""
    grid_deg = np.linspace(5.0, 90.0, 301)
    together = aperture_index(SEA_LEVEL, elevation_deg=grid_deg, wavelength_nm=SIGNAL_NM, aperture_m=0.4)
    for place in (0, 50, 150, 300):
        alone = aperture_index(SEA_LEVEL, elevation_deg=grid_deg[place], wavelength_nm=SIGNAL_NM, aperture_m=0.4)
        assert together[place] == pytest.approx(alone, rel=1e-5)


def test_weak_theory_ends_near_nineteen_degrees():
    """Rytov variance .957 at 19.4 deg and 3.14 at 10 deg (worked apart)."""
    np.testing.assert_array_equal(
        is_weak(SEA_LEVEL, elevation_deg=ELEVATION_DEG, wavelength_nm=SIGNAL_NM), [True, True, True, True, False]
    )


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: aperture_index(SEA_LEVEL, elevation_deg=30.0, wavelength_nm=850.0, aperture_m=0.01), "aperture_m"),
        (lambda: aperture_index(SEA_LEVEL, elevation_deg=0.0, wavelength_nm=850.0, aperture_m=1.0), "elevation_deg"),
        (lambda: large_aperture_index(SEA_LEVEL, elevation_deg=30.0, aperture_m=-1.0), "aperture_m"),
        (lambda: point_index(SEA_LEVEL, elevation_deg=91.0, wavelength_nm=850.0), "elevation_deg"),
        (lambda: is_weak(SEA_LEVEL, elevation_deg=30.0, wavelength_nm=-1.0), "wavelength_nm"),
        (lambda: filtered_strength(zone=[0.0]), "zone"),
    ],
)
def test_wrong_inputs_are_refused_by_name(call, name):
    """Refusal: the message names the field."""
    with pytest.raises(DomainError, match=name):
        call()
