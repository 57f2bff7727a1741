from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from passplan.channel.turbulence import (
    HufnagelValley,
    arrival_tilt_urad,
    beam_spread_urad,
    fried_parameter_m,
    isoplanatic_angle_urad,
    path_moment,
    rytov_variance,
    seeing_fwhm_urad,
    slant_factor,
    structure_constant,
    wave_number_per_m,
)
from passplan.errors import DomainError

SEA_LEVEL = HufnagelValley()
ELEVATION_DEG = np.array([90.0, 47.8, 30.0, 19.4, 10.0])


def test_the_five_and_the_seven():
    """HV 5/7 has its name from r0 = 5 cm and 7 urad at 500 nm: 4.96 cm and 6.89 urad; column 2.235e-12 m^(1/3)."""
    assert path_moment(SEA_LEVEL, order=0.0) == pytest.approx(2.235e-12, abs=1e-15)
    assert fried_parameter_m(SEA_LEVEL, elevation_deg=90.0, wavelength_nm=500.0) == pytest.approx(0.0496, abs=5e-5)
    angle_urad = isoplanatic_angle_urad(SEA_LEVEL, elevation_deg=90.0, wavelength_nm=[500.0, 848.6])
    np.testing.assert_allclose(angle_urad, [6.89, 13.0], atol=0.01)


def test_table_at_the_signal_wavelength():
    """Worked apart for sea-level HV 5/7 at 848.6 nm: r0 and Rytov variance at 90, 47.8, 30, 19.4, 10 deg."""
    path = {"elevation_deg": ELEVATION_DEG, "wavelength_nm": 848.6}
    np.testing.assert_allclose(fried_parameter_m(SEA_LEVEL, **path) * 100.0, [9.36, 7.82, 6.17, 4.83, 3.27], atol=0.006)
    np.testing.assert_allclose(rytov_variance(SEA_LEVEL, **path), [0.1268, 0.220, 0.452, 0.957, 3.14], rtol=1.5e-3)
    assert fried_parameter_m(SEA_LEVEL, elevation_deg=90.0, wavelength_nm=1550.0) == pytest.approx(0.193, abs=5e-4)


def test_seeing_and_tilt():
    """Worked apart: seeing 8.9 to 17 urad, tilt of a 1 m aperture 2.6 to 4.5 urad per axis, zenith to 19 deg."""
    path = {"elevation_deg": [90.0, 19.4], "wavelength_nm": 848.6}
    np.testing.assert_allclose(seeing_fwhm_urad(SEA_LEVEL, **path), [8.9, 17.2], atol=0.05)
    np.testing.assert_allclose(arrival_tilt_urad(SEA_LEVEL, aperture_m=1.0, **path), [2.6, 4.5], atol=0.05)


def test_tilt_does_not_depend_on_the_wavelength():
    """Identity: geometric tilt is achromatic."""
    tilts = arrival_tilt_urad(SEA_LEVEL, elevation_deg=30.0, wavelength_nm=[532.0, 848.6, 1550.0], aperture_m=0.3)
    np.testing.assert_allclose(tilts, tilts[0], rtol=1e-12)


@pytest.mark.parametrize("order", [0.0, 5.0 / 6.0, 5.0 / 3.0, 2.0])
def test_moments_against_adaptive_quadrature(order):
    """scipy.integrate.quad over a mountain site, panel by panel to 60 km."""
    profile = HufnagelValley(site_height_m=3000.0, high_wind_m_s=30.0)
    edges_m = [0.0, 200.0, 1000.0, 5000.0, 15_000.0, 60_000.0]
    expected = sum(
        quad(lambda h: structure_constant(profile, height_m=h) * h**order, low, high, epsabs=0.0, epsrel=1e-10)[0]
        for low, high in pairwise(edges_m)
    )
    assert path_moment(profile, order=order) == pytest.approx(expected, rel=2e-6)


def test_the_ground_term_rises_with_the_site():
    """Profile: Cn2 at the ground is A plus the two terms above sea level; a higher site has larger r0."""
    site = HufnagelValley(site_height_m=890.0)
    assert structure_constant(site, height_m=0.0) == pytest.approx(
        1.7e-14 + 2.7e-16 * np.exp(-890.0 / 1500.0), rel=1e-6
    )
    heights_m = (0.0, 890.0, 3000.0)
    coherence_m = [
        fried_parameter_m(HufnagelValley(site_height_m=h), elevation_deg=90.0, wavelength_nm=848.6) for h in heights_m
    ]
    assert np.all(np.diff(coherence_m) > 0.0)


def test_jet_coefficient():
    """Model: 5.94e-53 (v/27)^2 h^10 e^(-h/1000) (not 5.49e-53) at 10 km with v = 27 m/s and no other term."""
    profile = HufnagelValley(ground_cn2=0.0, high_wind_m_s=27.0)
    expected = 5.94e-53 * 1e40 * np.exp(-10.0) + 2.7e-16 * np.exp(-10.0 / 1.5)
    assert structure_constant(profile, height_m=10_000.0) == pytest.approx(expected, rel=1e-12)


def test_spread_of_a_downlink_is_negligible():
    """Worked apart: rho0 = 12.7 m at the satellite's end, so 0.030 urad from 645 km at the zenith."""
    spread_urad = beam_spread_urad(SEA_LEVEL, elevation_deg=90.0, range_km=645.0, wavelength_nm=848.6)
    assert spread_urad == pytest.approx(0.0301, abs=2e-4)
    farther = beam_spread_urad(SEA_LEVEL, elevation_deg=90.0, range_km=1290.0, wavelength_nm=848.6)
    assert farther == pytest.approx(0.5 * spread_urad, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: structure_constant(SEA_LEVEL, height_m=-1.0), "height_m"),
        (lambda: path_moment(SEA_LEVEL, order=5.0), "order"),
        (lambda: slant_factor(elevation_deg=0.0), "elevation_deg"),
        (lambda: wave_number_per_m(wavelength_nm=0.0), "wavelength_nm"),
        (lambda: arrival_tilt_urad(SEA_LEVEL, elevation_deg=30.0, wavelength_nm=850.0, aperture_m=0.0), "aperture_m"),
        (lambda: beam_spread_urad(SEA_LEVEL, elevation_deg=30.0, range_km=0.0, wavelength_nm=850.0), "range_km"),
        (lambda: HufnagelValley(site_height_m=10_000.0), "site_height_m"),
        (lambda: HufnagelValley(ground_cn2=-1.0), "ground_cn2"),
    ],
)
def test_wrong_inputs_are_refused_by_name(call, name):
    """Refusal: the message names the field."""
    with pytest.raises(DomainError, match=name):
        call()
