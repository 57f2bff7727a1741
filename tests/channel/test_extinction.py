import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.channel.atmosphere import Atmosphere
from passplan.channel.extinction import (
    aerosol_zenith_db,
    airmass,
    clear_zenith_db,
    extinction_transmittance,
    rayleigh_zenith_db,
    zenith_extinction_db,
)
from passplan.errors import DomainError
from passplan.units import to_loss_db


def test_kasten_and_young():
    """The formula of 1989 worked apart: 1 at 90 deg, 1.994 at 30, 2.90 at 20, 5.59 at 10, 37.92 at the horizon."""
    printed_step = 0.005
    elevation_deg = [90.0, 30.0, 20.0, 10.0]
    np.testing.assert_allclose(airmass(elevation_deg=elevation_deg), [1.0, 1.994, 2.90, 5.59], atol=printed_step)
    assert airmass(elevation_deg=0.0) == pytest.approx(37.92, abs=6e-3)


def test_airmass_of_the_reference_pass():
    """Worked for the Micius pass of 2016-12-19: 1.348 at culmination, 2.96 and 3.01 at 1200 km."""
    np.testing.assert_allclose(airmass(elevation_deg=[47.83, 19.6, 19.24]), [1.348, 2.96, 3.01], atol=0.006)


@pytest.mark.parametrize(
    ("wavelength_nm", "printed_db"),
    [(848.6, [13.1, 6.94, 3.16, 1.85, 1.04, 0.504]), (1550.0, [6.19, 3.26, 1.46, 0.835, 0.45, 0.206])],
)
def test_tabulated_visibilities(wavelength_nm, printed_db):
    """MODTRAN tables of Qrackling (MIT licence) reduced to dB per airmass: 1, 2, 5, 10, 20, 50 km visibility."""
    loss_db = zenith_extinction_db(wavelength_nm=wavelength_nm, visibility_km=[1.0, 2.0, 5.0, 10.0, 20.0, 50.0])
    np.testing.assert_allclose(loss_db, printed_db, rtol=1e-12)


@pytest.mark.parametrize(("wavelength_nm", "clear_db", "at_23_km_db"), [(848.6, 0.323, 0.92), (1550.0, 0.125, 0.40)])
def test_between_the_tabulated_visibilities(wavelength_nm, clear_db, at_23_km_db):
    """The same tables read between the lines at 23 km, and their clear column, which 300 km must approach."""
    reading_db, last_haze_db = 0.02, 0.015
    hazy_db, clearest_db = zenith_extinction_db(wavelength_nm=wavelength_nm, visibility_km=[23.0, 300.0])
    assert hazy_db == pytest.approx(at_23_km_db, abs=reading_db)
    assert 0.0 < clearest_db - clear_db < last_haze_db


@pytest.mark.parametrize(("visibility_km", "expected"), [(5.0, [0.016, 0.120, 0.234]), (20.0, [0.256, 0.498, 0.620])])
def test_slant_paths(visibility_km, expected):
    """MODTRAN slant transmittances at 10, 20, 30 deg; 2 % of the loss at 10 deg and 0.5 % above are the law's error."""
    zenith_db = zenith_extinction_db(wavelength_nm=848.6, visibility_km=visibility_km)
    loss_db = to_loss_db(extinction_transmittance(elevation_deg=[10.0, 20.0, 30.0], zenith_db=zenith_db))
    printed_db = to_loss_db(expected)
    last_digit_db = 4.35 * 0.0005 / np.array(expected)
    assert np.all(np.abs(loss_db - printed_db) < np.array([0.02, 0.005, 0.005]) * printed_db + last_digit_db)


def test_haze_thins_with_height_faster_than_air():
    """exp(-890/1500) = 0.5525 for the aerosol; 8000 m for the rest: 0.8947 (arithmetic)."""
    at_sea = aerosol_zenith_db(wavelength_nm=848.6, visibility_km=5.0)
    at_site = aerosol_zenith_db(wavelength_nm=848.6, visibility_km=5.0, height_m=890.0, aerosol_scale_height_m=1500.0)
    assert at_site / at_sea == pytest.approx(0.5525, abs=5e-5)
    clear = clear_zenith_db(wavelength_nm=848.6, height_m=890.0) / clear_zenith_db(wavelength_nm=848.6)
    assert clear == pytest.approx(0.8947, abs=5e-5)


@given(visibility_km=st.floats(1.0, 290.0), wavelength_nm=st.floats(500.0, 1590.0), height_m=st.floats(0.0, 5000.0))
def test_extinction_is_monotone(visibility_km, wavelength_nm, height_m):
    """Property: a longer view, a longer wavelength and a higher site each lose less."""
    here = {"visibility_km": visibility_km, "wavelength_nm": wavelength_nm, "height_m": height_m}
    loss_db = zenith_extinction_db(**here)
    for name, step in (("visibility_km", 1.0), ("wavelength_nm", 1.0), ("height_m", 10.0)):
        assert 0.0 < zenith_extinction_db(**(here | {name: here[name] + step})) < loss_db


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wavelength_nm", 450.0),
        ("wavelength_nm", 1700.0),
        ("visibility_km", 0.5),
        ("visibility_km", 301.0),
        ("height_m", 9500.0),
        ("aerosol_scale_height_m", 0.0),
    ],
)
def test_outside_the_tables_is_refused(name, value):
    """Refusal: the message names the field."""
    good = {"wavelength_nm": 848.6, "visibility_km": 10.0, "height_m": 0.0, "aerosol_scale_height_m": 1500.0}
    with pytest.raises(DomainError, match=name):
        zenith_extinction_db(**(good | {name: value}))


def test_molecular_scattering():
    """Bodhaine et al. 1999 and the handbooks: optical depth 0.098 at 550 nm and sea level, to 1 %."""
    depth = rayleigh_zenith_db(wavelength_nm=550.0) * np.log(10.0) / 10.0
    assert depth == pytest.approx(0.0975, rel=0.01)
    with pytest.raises(DomainError, match="wavelength_nm"):
        rayleigh_zenith_db(wavelength_nm=0.0)


def test_beacons_lose_more_than_molecules_scatter():
    """Bounds at 532 and 671 nm: above pure Rayleigh, within 0.5 dB of it in air without haze (general knowledge)."""
    for beacon_nm in (532.0, 671.0):
        excess_db = clear_zenith_db(wavelength_nm=beacon_nm) - rayleigh_zenith_db(wavelength_nm=beacon_nm)
        assert 0.0 < excess_db < 0.5


def test_clear_air_obeys_the_same_limits():
    """Refusal: wavelength and height of the clear part."""
    with pytest.raises(DomainError, match="wavelength_nm"):
        clear_zenith_db(wavelength_nm=499.0)
    with pytest.raises(DomainError, match="height_m"):
        clear_zenith_db(wavelength_nm=848.6, height_m=-600.0)


def test_paths_below_the_horizon_are_refused():
    """Refusal: negative elevation, negative loss."""
    with pytest.raises(DomainError, match="elevation_deg"):
        airmass(elevation_deg=-0.1)
    with pytest.raises(DomainError, match="zenith_db"):
        extinction_transmittance(elevation_deg=30.0, zenith_db=-1.0)


def test_the_atmosphere_defaults_to_hufnagel_valley_five_seven():
    """Convention: HV 5/7 has A = 1.7e-14 and 21 m/s."""
    air = Atmosphere(visibility_km=23.0)
    assert (air.ground_cn2, air.high_wind_m_s) == (1.7e-14, 21.0)


def test_wrong_atmospheres_are_refused():
    """Refusal: each limit by the name of its field."""
    for name, value in (("visibility_km", 0.9), ("ground_cn2", -1e-15), ("aerosol_scale_height_m", 0.0)):
        with pytest.raises(DomainError, match=name):
            Atmosphere(**({"visibility_km": 23.0} | {name: value}))
