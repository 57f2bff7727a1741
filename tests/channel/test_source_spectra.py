import numpy as np
import pytest

from passplan.channel.source_spectra import (
    ARCSEC2_SR,
    moon_irradiance_w_m2_um,
    moon_phase_angle_deg,
    moon_v_magnitude,
    solar_irradiance_w_m2_um,
    star_irradiance_w_m2_um,
    sun_colour,
    zero_point_w_m2_um,
)
from passplan.errors import DomainError


@pytest.mark.parametrize("wavelength_nm", [500.0, 700.0, 850.0, 1100.0, 1400.0, 1600.0])
def test_sun_is_near_a_black_body(wavelength_nm):
    """Planck's law at the Sun's effective temperature, 5772 K: within 20 % (at 1600 nm the real Sun is brighter)."""
    wavelength_m = wavelength_nm * 1e-9
    planck = 1.191043e-16 / wavelength_m**5 / np.expm1(0.01438777 / (wavelength_m * 5772.0))
    disc_sr = np.pi * (695_700.0 / 149_597_871.0) ** 2
    solar = solar_irradiance_w_m2_um(wavelength_nm=wavelength_nm)
    assert solar == pytest.approx(planck * disc_sr * 1e-6, rel=0.2)


def test_solar_light_by_the_photometry_of_stars():
    """Other route: the Sun's V of -26.74 on the zero point of V, 5 %."""
    by_magnitude = star_irradiance_w_m2_um(magnitude=-26.74, wavelength_nm=545.0)
    assert by_magnitude == pytest.approx(solar_irradiance_w_m2_um(wavelength_nm=545.0), rel=0.05)


def test_zero_points():
    """Bessell, Castelli and Plez 1998: V 3.631e-8, I 1.126e-8, H 1.138e-9 W m^-2 um^-1; 500 nm goes on from V and R."""
    zero = zero_point_w_m2_um(wavelength_nm=[545.0, 798.0, 1630.0 - 30.0, 500.0])
    np.testing.assert_allclose(zero[:2], [3.631e-8, 1.126e-8], rtol=1e-9)
    assert 1.138e-9 < zero[2] < 1.3e-9
    assert zero[3] == pytest.approx(3.631e-8 * (500.0 / 545.0) ** (np.log(2.177 / 3.631) / np.log(641.0 / 545.0)))
    assert pytest.approx(2.3504e-11, rel=1e-4) == ARCSEC2_SR


def test_phase_law_of_the_moon():
    """Krisciunas and Schaefer 1991, eq. 9: full -12.73; 75 deg (63 % lit) 2.08 mag fainter, x0.148."""
    full, later = moon_v_magnitude(phase_angle_deg=[0.0, 75.0])
    assert full == -12.73
    assert later - full == pytest.approx(2.08, abs=0.005)
    assert 10.0 ** (-0.4 * (later - full)) == pytest.approx(0.148, rel=0.01)
    np.testing.assert_allclose(moon_phase_angle_deg(moon_illumination=[1.0, 0.5, 0.0]), [0.0, 90.0, 180.0])
    assert moon_phase_angle_deg(moon_illumination=0.64) == pytest.approx(75.0, abs=1.5)


def test_moon_against_the_sun():
    """General knowledge: in V the Sun outshines the full Moon 4e5 times; towards the red, less (the Moon is redder)."""
    wavelengths_nm = (545.0, 850.0, 1550.0)
    ratio = [
        float(
            solar_irradiance_w_m2_um(wavelength_nm=w) / moon_irradiance_w_m2_um(moon_illumination=1.0, wavelength_nm=w)
        )
        for w in wavelengths_nm
    ]
    assert ratio[0] == pytest.approx(4.0e5, rel=0.1)
    assert ratio[0] > ratio[1] > ratio[2] > 2e5
    assert sun_colour(850.0, 850.0) == 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: solar_irradiance_w_m2_um(wavelength_nm=400.0), r"wavelength_nm is 400.*500, 1600"),
        (lambda: zero_point_w_m2_um(wavelength_nm=np.nan), "wavelength_nm is nan"),
        (lambda: moon_phase_angle_deg(moon_illumination=1.2), "moon_illumination is 1.2"),
        (lambda: moon_v_magnitude(phase_angle_deg=-1.0), "phase_angle_deg is -1"),
        (lambda: star_irradiance_w_m2_um(magnitude=50.0, wavelength_nm=800.0), "magnitude is 50"),
        (lambda: sun_colour(1700.0, 500.0), "wavelength_nm is 1700"),
    ],
)
def test_refusals(call, message):
    """Refusal: field, value and range."""
    with pytest.raises(DomainError, match=message):
        call()
