import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.channel.moonlight import (
    moonlight_nanolambert,
    moonlight_radiance,
    paper_extinction_db,
    scattered_radiance,
    scattering_airmass,
    scattering_function,
)
from passplan.channel.radiance_units import magnitude_radiance, nanolambert_of_v_mag, v_mag_of_nanolambert
from passplan.channel.sky_levels import moonlight_geometry
from passplan.channel.source_spectra import solar_irradiance_w_m2_um
from passplan.errors import DomainError

PLACE = {"moon_illumination": 1.0, "moon_elevation_deg": 45.0, "moon_separation_deg": 90.0, "elevation_deg": 45.0}


def test_paper_by_hand():
    """Krisciunas and Schaefer 1991 worked through with a pocket calculator: full Moon, 45 deg, 90 deg apart."""
    airmass = 1.0 / 0.52**0.5
    function = 229_086.8 * 1.06 + 7_943.3
    by_hand = function * 10.0 ** (-0.4 * 3.84) * 10.0 ** (-0.0688 * airmass) * (1.0 - 10.0 ** (-0.0688 * airmass))
    sky = moonlight_nanolambert(**PLACE)
    assert sky == pytest.approx(by_hand, rel=1e-5)
    assert v_mag_of_nanolambert(sky) == pytest.approx(18.67, abs=0.01)
    brightening = -2.5 * np.log((sky + 79.0) / 79.0) / np.log(10.0)
    assert -3.1 < brightening < -2.8


@given(
    separation_deg=st.floats(1.0, 180.0), elevation_deg=st.floats(10.0, 90.0), moon_elevation_deg=st.floats(1.0, 90.0)
)
def test_same_shape_as_the_relative_model(separation_deg, elevation_deg, moon_elevation_deg):
    """Other code: ``background.moonlight_geometry``, which is the same paper relative to the reference place."""
    angles = {
        "moon_elevation_deg": moon_elevation_deg,
        "moon_separation_deg": separation_deg,
        "elevation_deg": elevation_deg,
    }
    ratio = moonlight_nanolambert(moon_illumination=1.0, **angles) / moonlight_nanolambert(**PLACE)
    assert ratio == pytest.approx(float(moonlight_geometry(**angles)), rel=1e-9)


def test_radiance_in_v_is_the_papers():
    """Exact but for 0.92104 against 0.4 ln 10: in V the radiance is the nanolamberts through V magnitudes."""
    lit = PLACE | {"moon_illumination": [1.0, 0.7], "moon_separation_deg": [5.0, 120.0]}
    expected = magnitude_radiance(mag_arcsec2=v_mag_of_nanolambert(moonlight_nanolambert(**lit)), wavelength_nm=545.0)
    in_v_db = paper_extinction_db(wavelength_nm=545.0)
    np.testing.assert_allclose(np.sum(in_v_db), 4.0 * 0.172, rtol=1e-12)
    np.testing.assert_allclose(moonlight_radiance(wavelength_nm=545.0, **lit), expected, rtol=3e-4)


def test_moon_and_day_against_the_classic_list():
    """Miao 2005 (recalled): its clear day, 1.5, agrees within 2; its full Moon, 1.5e-3, is over 100 times the paper's.

    Independent: Sun over full Moon is 4e5, and 1.5/4e5 = 4e-6 is what the paper gives, within 3.
    """
    full = moonlight_radiance(wavelength_nm=848.6, **PLACE)
    molecules_db, haze_db = paper_extinction_db(wavelength_nm=848.6)
    day = scattered_radiance(
        irradiance_w_m2_um=solar_irradiance_w_m2_um(wavelength_nm=848.6),
        source_elevation_deg=45.0,
        separation_deg=90.0,
        elevation_deg=45.0,
        rayleigh_zenith_db=molecules_db,
        aerosol_zenith_db=haze_db,
    )
    assert 1.5 / 2.0 < day < 1.5 * 2.0
    assert 1.5 / 4e5 / 3.0 < full < 1.5 / 4e5 * 3.0
    assert 100.0 < 1.5e-3 / full < 300.0


def test_single_scattering_limit():
    """Exact: in thin air the light is proportional to the optical depth, part by part; no air, no light."""
    common = {"irradiance_w_m2_um": 1.0, "source_elevation_deg": 60.0, "separation_deg": 40.0, "elevation_deg": 90.0}
    thin = scattered_radiance(**common, rayleigh_zenith_db=1e-6, aerosol_zenith_db=0.0)
    thicker = scattered_radiance(**common, rayleigh_zenith_db=3e-6, aerosol_zenith_db=0.0)
    hazy = scattered_radiance(**common, rayleigh_zenith_db=3e-6, aerosol_zenith_db=2e-6)
    haze = scattered_radiance(**common, rayleigh_zenith_db=0.0, aerosol_zenith_db=2e-6)
    assert thicker == pytest.approx(3.0 * thin, rel=1e-5)
    assert hazy == pytest.approx(thicker + haze, rel=1e-5)
    assert scattered_radiance(**common, rayleigh_zenith_db=0.0, aerosol_zenith_db=0.0) == 0.0


def test_haze_and_colour():
    """Property: haze brightens the sky near the Moon; 1550 nm is far darker than 850 nm, 850 nm than V."""
    near = PLACE | {"moon_separation_deg": 12.0}
    clear, hazy = (moonlight_radiance(wavelength_nm=850.0, **near, aerosol_zenith_db=db) for db in (0.2, 0.8))
    assert hazy > 1.5 * clear
    v, red, infrared = (float(moonlight_radiance(wavelength_nm=w, **PLACE)) for w in (550.0, 850.0, 1550.0))
    assert v > 3.0 * red > 20.0 * infrared
    assert infrared > 0.0


def test_moon_below_the_horizon():
    """Definition: no light at and below 0 deg."""
    down = PLACE | {"moon_elevation_deg": [0.0, -20.0]}
    np.testing.assert_array_equal(moonlight_nanolambert(**down), 0.0)
    np.testing.assert_array_equal(moonlight_radiance(wavelength_nm=850.0, **down), 0.0)


def test_pieces_as_printed():
    """The paper's eqs. 3, 17 to 19: airmass 1 and 5; 6.2e7/rho^2 in the aureole; the disc is 0.25 deg."""
    np.testing.assert_allclose(scattering_airmass(elevation_deg=[90.0, 0.0]), [1.0, 5.0])
    rayleigh, aerosol = scattering_function(separation_deg=[5.0, 90.0, 0.25, 0.0])
    assert aerosol[0] == pytest.approx(2.48e6)
    assert aerosol[1] == pytest.approx(10.0**3.9)
    assert rayleigh[1] == pytest.approx(10.0**5.36 * 1.06)
    assert aerosol[2] == aerosol[3]
    assert nanolambert_of_v_mag(0.0) == pytest.approx(3.4e10, rel=0.01)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: scattering_airmass(elevation_deg=91.0), "elevation_deg is 91"),
        (lambda: scattering_function(separation_deg=-1.0), "separation_deg is -1"),
        (lambda: moonlight_nanolambert(**PLACE, extinction_mag=-0.1), "extinction_mag is -0.1"),
        (lambda: paper_extinction_db(wavelength_nm=0.0), "wavelength_nm is 0"),
        (lambda: moonlight_radiance(wavelength_nm=400.0, **PLACE), "wavelength_nm is 400"),
        (lambda: moonlight_radiance(wavelength_nm=850.0, **PLACE, rayleigh_zenith_db=-1.0), "rayleigh_zenith_db is -1"),
        (lambda: moonlight_radiance(wavelength_nm=850.0, **PLACE, aerosol_zenith_db=-1.0), "aerosol_zenith_db is -1"),
    ],
)
def test_refusals(call, message):
    """Refusal: field, value and range."""
    with pytest.raises(DomainError, match=message):
        call()


def test_negative_light_is_refused():
    """Refusal: an irradiance below nought."""
    with pytest.raises(DomainError, match="irradiance_w_m2_um is -1"):
        scattered_radiance(
            irradiance_w_m2_um=-1.0,
            source_elevation_deg=45.0,
            separation_deg=90.0,
            elevation_deg=45.0,
            rayleigh_zenith_db=0.1,
            aerosol_zenith_db=0.1,
        )
