import numpy as np
import pytest

from passplan.channel.radiance_units import magnitude_radiance
from passplan.channel.sky_glow import (
    airglow_radiance,
    dust_and_star_radiance,
    star_in_field_radiance,
    starlight_s10,
    van_rhijn_factor,
    zodiacal_s10,
)
from passplan.errors import DomainError


@pytest.mark.parametrize(
    ("wavelength_nm", "mag_arcsec2", "tolerance"),
    [(550.0, 21.83, 0.1), (650.0, 21.06, 0.1), (798.0, 19.74, 0.1), (900.0, 18.76, 0.2), (1600.0, 14.42, 0.2)],
)
def test_moonless_zenith_of_paranal(wavelength_nm, mag_arcsec2, tolerance):
    """ESO sky model for Paranal, moonless zenith at the ecliptic pole: V 21.83, R 21.06, I 19.74, Z 18.76, H 14.42."""
    zodiacal = zodiacal_s10(helioecliptic_longitude_deg=135.0, ecliptic_latitude_deg=90.0).s10
    stars = starlight_s10(galactic_latitude_deg=45.0)
    dust = dust_and_star_radiance(wavelength_nm=wavelength_nm, s10=zodiacal + 0.3 * stars, elevation_deg=90.0)
    total = airglow_radiance(wavelength_nm=wavelength_nm, elevation_deg=90.0) + dust
    expected = magnitude_radiance(mag_arcsec2=mag_arcsec2, wavelength_nm=wavelength_nm)
    assert total == pytest.approx(float(expected), rel=tolerance)


def test_moonless_sky_near_the_classic_value():
    """Miao 2005 (recalled): 1.5e-5 without Moon; within a factor of 2 at 848.6 nm; 1550 nm is 5 to 20 times that."""
    red, infrared = (float(airglow_radiance(wavelength_nm=w, elevation_deg=45.0)) for w in (848.6, 1550.0))
    assert 0.5 < red / 1.5e-5 < 2.0
    assert 5.0 < infrared / red < 20.0


def test_van_rhijn():
    """Exact for a layer at 90 km: 1 at the zenith, at the horizon ((R + H)^2/((R + H)^2 - R^2))^(1/2) = 6.02."""
    horizon = (6461.0**2 / (6461.0**2 - 6371.0**2)) ** 0.5
    np.testing.assert_allclose(van_rhijn_factor(elevation_deg=[90.0, 0.0]), [1.0, horizon], rtol=1e-9)
    assert horizon == pytest.approx(6.02, abs=0.01)
    assert airglow_radiance(wavelength_nm=850.0, elevation_deg=0.0, activity=0.5) == pytest.approx(
        0.5 * horizon * float(airglow_radiance(wavelength_nm=850.0, elevation_deg=90.0))
    )


def test_zodiacal_table():
    """Leinert et al. 1998, table 16: places in print, one between four of them, both sides of Sun and ecliptic."""
    longitudes_deg = [90.0, 60.0, 180.0, 135.0, 15.0, 30.0, 270.0, -90.0]
    latitudes_deg = [0.0, 0.0, 0.0, 90.0, 0.0, -30.0, 0.0, 0.0]
    found = zodiacal_s10(helioecliptic_longitude_deg=longitudes_deg, ecliptic_latitude_deg=latitudes_deg)
    np.testing.assert_allclose(found.s10, [202.0, 395.0, 180.0, 60.0, 9000.0, 285.0, 202.0, 202.0], rtol=1e-9)
    assert not found.is_extrapolated.any()
    between = zodiacal_s10(helioecliptic_longitude_deg=97.5, ecliptic_latitude_deg=2.5).s10
    assert between == pytest.approx((202.0 + 196.0 + 166.0 + 164.0) / 4.0)
    v_mag = 27.78 - 2.5 * np.log(60.0) / np.log(10.0)
    by_magnitude = float(magnitude_radiance(mag_arcsec2=v_mag, wavelength_nm=545.0))
    in_v = dust_and_star_radiance(wavelength_nm=545.0, s10=60.0, elevation_deg=90.0)
    assert in_v == pytest.approx(by_magnitude, rel=0.1)


def test_zodiacal_light_near_the_sun_is_refused_or_labelled():
    """Refusal within 15 deg of the Sun; asked for, it is the largest value, and says so."""
    with pytest.raises(DomainError, match=r"elongation from the Sun is 5 deg, must lie in \[15, 180\] deg"):
        zodiacal_s10(helioecliptic_longitude_deg=[5.0, 90.0], ecliptic_latitude_deg=0.0)
    asked = zodiacal_s10(helioecliptic_longitude_deg=[5.0, 90.0], ecliptic_latitude_deg=0.0, extrapolate=True)
    np.testing.assert_array_equal(asked.is_extrapolated, [True, False])
    assert asked.s10[0] == 9000.0


def test_starlight():
    """Recalled from Roach and Gordon: 250 S10 on the galactic equator, 30 to 50 at the poles, alike north and south."""
    found = starlight_s10(galactic_latitude_deg=[0.0, 90.0, -90.0])
    assert found[0] == 250.0
    assert 30.0 < found[1] == found[2] < 50.0


def test_colour_and_air():
    """Definitions: 1.28e-8 at 500 nm above the air; 3 dB take half of it; the red is redder than the Sun."""
    above = dust_and_star_radiance(wavelength_nm=500.0, s10=2.0, elevation_deg=90.0)
    assert above == pytest.approx(2.56e-8, rel=1e-9)
    below = dust_and_star_radiance(wavelength_nm=500.0, s10=2.0, elevation_deg=90.0, zenith_db=3.0103)
    assert below == pytest.approx(0.5 * above, rel=1e-5)
    plain, redder = (
        dust_and_star_radiance(wavelength_nm=1000.0, s10=1.0, elevation_deg=90.0, reddening=share)
        for share in (0.0, 0.6)
    )
    assert plain == pytest.approx(1.28e-8 * 745.0 / 1920.0)
    assert redder / plain == pytest.approx(1.0 + 0.6 * 0.30103, rel=1e-5)


def test_star_in_the_field():
    """By hand: I = 0 through 100 urad, 1.126e-8 / (pi/4 1e-8) = 1.434; five magnitudes are a factor of 100."""
    star = star_in_field_radiance(magnitude=[0.0, 5.0], wavelength_nm=798.0, field_of_view_urad=100.0)
    np.testing.assert_allclose(star, [1.434, 0.01434], rtol=1e-3)
    dimmed = star_in_field_radiance(magnitude=0.0, wavelength_nm=798.0, field_of_view_urad=100.0, transmittance=0.5)
    assert dimmed == pytest.approx(0.5 * star[0])


STAR = {"magnitude": 0.0, "wavelength_nm": 800.0, "field_of_view_urad": 100.0}
DUST = {"wavelength_nm": 800.0, "s10": 100.0, "elevation_deg": 45.0}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: van_rhijn_factor(elevation_deg=-1.0), "elevation_deg is -1"),
        (lambda: van_rhijn_factor(elevation_deg=1.0, layer_height_km=0.0), "layer_height_km is 0"),
        (lambda: airglow_radiance(wavelength_nm=1700.0, elevation_deg=45.0), "wavelength_nm is 1700"),
        (lambda: airglow_radiance(wavelength_nm=850.0, elevation_deg=45.0, activity=-1.0), "activity is -1"),
        (lambda: zodiacal_s10(helioecliptic_longitude_deg=np.inf, ecliptic_latitude_deg=0.0), "longitude_deg is inf"),
        (lambda: zodiacal_s10(helioecliptic_longitude_deg=90.0, ecliptic_latitude_deg=91.0), "latitude_deg is 91"),
        (lambda: starlight_s10(galactic_latitude_deg=np.nan), "galactic_latitude_deg is nan"),
        (lambda: dust_and_star_radiance(**(DUST | {"s10": -1.0})), "s10 is -1"),
        (lambda: dust_and_star_radiance(**DUST, zenith_db=-1.0), "zenith_db is -1"),
        (lambda: dust_and_star_radiance(**DUST, reddening=3.0), "reddening is 3"),
        (lambda: star_in_field_radiance(**(STAR | {"field_of_view_urad": 0.0})), "field_of_view_urad is 0"),
        (lambda: star_in_field_radiance(**STAR, transmittance=1.5), "transmittance is 1.5"),
    ],
)
def test_refusals(call, message):
    """Refusal: field, value and range."""
    with pytest.raises(DomainError, match=message):
        call()
