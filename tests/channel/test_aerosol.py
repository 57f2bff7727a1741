import numpy as np
import pytest

from passplan.channel.aerosol import (
    angstrom_depth,
    depth_to_db,
    kim_exponent,
    koschmieder_per_km,
    kruse_exponent,
    measured_aerosol_db,
    molecular_zenith_db,
    parted_transmittance,
    visibility_aerosol_db,
)
from passplan.channel.extinction import (
    aerosol_zenith_db,
    clear_zenith_db,
    rayleigh_zenith_db,
    zenith_extinction_db,
)
from passplan.errors import DomainError
from passplan.units import to_loss_db, to_transmittance

VISIBILITY_KM = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0]


def test_two_formulas_of_molecular_scattering():
    """Second formula: Hansen and Travis 1974 within 1.5 % of Bodhaine 1999, 500 to 1600 nm; 0.0975 at 550 nm."""
    wavelength_nm = np.linspace(500.0, 1600.0, 111)
    np.testing.assert_allclose(
        molecular_zenith_db(wavelength_nm=wavelength_nm), rayleigh_zenith_db(wavelength_nm=wavelength_nm), rtol=0.015
    )
    assert molecular_zenith_db(wavelength_nm=550.0) == pytest.approx(0.0975 * 4.343, rel=0.005)


@pytest.mark.parametrize("height_m", [0.0, 890.0, 3200.0, 5000.0])
def test_molecules_follow_the_pressure(height_m):
    """Standard atmosphere 1976: pressure share (1 - 2.25577e-5 h)^5.25588, to 1 %."""
    share = molecular_zenith_db(wavelength_nm=850.0, height_m=height_m) / molecular_zenith_db(wavelength_nm=850.0)
    assert share == pytest.approx((1.0 - 2.25577e-5 * height_m) ** 5.25588, rel=0.01)


def test_a_depth_of_one():
    """Exact: 10 / ln 10 = 4.342945 dB; a depth of 1000 must not overflow."""
    np.testing.assert_allclose(depth_to_db([0.0, 1.0, 1000.0]), [0.0, 4.342945, 4342.945], rtol=1e-6)


def test_angstrom():
    """Exact: exponent 1 halves the depth at twice the wavelength; exponent 0 keeps it."""
    np.testing.assert_allclose(
        angstrom_depth(wavelength_nm=1100.0, optical_depth=0.3, measured_nm=550.0, angstrom_exponent=[1.0, 0.0]),
        [0.15, 0.3],
    )
    loss_db = measured_aerosol_db(wavelength_nm=550.0, optical_depth=0.1, measured_nm=550.0)
    assert loss_db == pytest.approx(0.4343, abs=1e-4)


def test_koschmieder():
    """Published: 3.912 / V for 2 %, 2.996 / V for 5 % contrast."""
    assert koschmieder_per_km(visibility_km=1.0) == pytest.approx(3.912, abs=5e-4)
    assert koschmieder_per_km(visibility_km=10.0, contrast=0.05) == pytest.approx(0.2996, abs=5e-5)


def test_kruse_and_kim():
    """Their printed branches: 1.6, 1.3, 0.585 V^(1/3); 0.16 V + 0.34, V - 0.5, 0."""
    np.testing.assert_allclose(kruse_exponent(visibility_km=[60.0, 6.0, 1.0]), [1.6, 1.3, 0.585])
    np.testing.assert_allclose(kim_exponent(visibility_km=[60.0, 6.0, 1.0, 0.5, 0.2]), [1.6, 1.3, 0.5, 0.0, 0.0])
    np.testing.assert_allclose(kim_exponent(visibility_km=5.9999999), 1.3, rtol=1e-6)


@pytest.mark.parametrize("visibility_km", [2.0, 5.0, 10.0, 20.0, 23.0])
def test_koschmieder_and_kruse_meet_the_tables(visibility_km):
    """Other model: MODTRAN's haze at 848.6 nm, within 40 %, with 1500 m scale height."""
    loss_db = visibility_aerosol_db(
        wavelength_nm=848.6, visibility_km=visibility_km, exponent=kruse_exponent(visibility_km=visibility_km)
    )
    assert loss_db == pytest.approx(aerosol_zenith_db(wavelength_nm=848.6, visibility_km=visibility_km), rel=0.40)


def test_haze_of_a_high_site():
    """Exact: 890 m above the sea exp(-890 / 1500) of the haze is left; molecular air has no haze left to give."""
    high, sea = (
        visibility_aerosol_db(wavelength_nm=850.0, visibility_km=23.0, exponent=1.3, height_m=h) for h in (890.0, 0.0)
    )
    assert high / sea == pytest.approx(np.exp(-890.0 / 1500.0), rel=1e-12)
    assert visibility_aerosol_db(wavelength_nm=850.0, visibility_km=300.0, exponent=1.3) < 0.02


@pytest.mark.parametrize(
    ("wavelength_nm", "printed_db", "clear_db"),
    [
        (848.6, [13.1, 6.94, 3.16, 1.85, 1.04, 0.504], 0.323),
        (1550.0, [6.19, 3.26, 1.46, 0.835, 0.45, 0.206], 0.125),
    ],
)
def test_the_visibility_table(wavelength_nm, printed_db, clear_db):
    """MODTRAN tables of Qrackling (MIT licence), dB per airmass, as air and haze apart."""
    air_db = clear_zenith_db(wavelength_nm=wavelength_nm)
    haze_db = aerosol_zenith_db(wavelength_nm=wavelength_nm, visibility_km=VISIBILITY_KM)
    assert air_db == pytest.approx(clear_db, abs=5e-4)
    np.testing.assert_allclose(air_db + haze_db, printed_db, rtol=1e-12)


def test_the_zenith_transmittances():
    """The same tables as zenith transmittance at 848.6 nm: 1, 2, 5, 10, 20, 50 km, 23 km read between, and clear."""
    zenith = to_transmittance(zenith_extinction_db(wavelength_nm=848.6, visibility_km=[*VISIBILITY_KM, 23.0]))
    np.testing.assert_allclose(zenith[:6], [0.049, 0.202, 0.483, 0.654, 0.787, 0.890], atol=1.01e-3)
    assert zenith[6] == pytest.approx(0.81, abs=0.005)
    assert to_transmittance(clear_zenith_db(wavelength_nm=848.6)) == pytest.approx(0.928, abs=5e-4)


@pytest.mark.parametrize(
    ("visibility_km", "printed"),
    [(5.0, [0.016, 0.120, 0.234]), (20.0, [0.256, 0.498, 0.620]), (None, [0.660, 0.806, 0.862])],
)
def test_the_slant_table(visibility_km, printed):
    """MODTRAN slant paths at 10, 20, 30 deg, 5 km, 20 km and clear: to the last printed digit, 0.001."""
    haze_db = 0.0
    if visibility_km is not None:
        haze_db = aerosol_zenith_db(wavelength_nm=848.6, visibility_km=visibility_km)
    slant = parted_transmittance(
        elevation_deg=[10.0, 20.0, 30.0],
        clear_zenith_db=clear_zenith_db(wavelength_nm=848.6),
        aerosol_zenith_db=haze_db,
    )
    np.testing.assert_allclose(slant, printed, atol=1e-3)


@pytest.mark.parametrize("visibility_km", [5.0, 20.0])
def test_two_per_cent_more_at_ten_degrees(visibility_km):
    """MODTRAN: the hazy loss at 10 deg is 2 % above zenith loss times Kasten-Young (5.586); 0.5 % at 20 deg and up."""
    air_db = clear_zenith_db(wavelength_nm=848.6)
    haze_db = aerosol_zenith_db(wavelength_nm=848.6, visibility_km=visibility_km)
    slant = parted_transmittance(elevation_deg=[10.0, 20.0, 90.0], clear_zenith_db=air_db, aerosol_zenith_db=haze_db)
    excess = to_loss_db(slant) / ((air_db + haze_db) * np.array([5.586, 2.904, 1.0])) - 1.0
    assert excess[0] == pytest.approx(0.02, abs=0.005)
    assert np.all(np.abs(excess[1:]) < 0.006)


def test_1550_nm_loses_half():
    """Case C6: 0.4 to 0.5 of the dB at 848.6 nm (tables: 0.473 at 1 km, 0.387 in clear air)."""
    at_850_db, at_1550_db = (
        zenith_extinction_db(wavelength_nm=nm, visibility_km=VISIBILITY_KM) for nm in (848.6, 1550.0)
    )
    assert np.all((at_1550_db / at_850_db > 0.4) & (at_1550_db / at_850_db < 0.5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: molecular_zenith_db(wavelength_nm=300.0), "wavelength_nm is 300.0"),
        (lambda: molecular_zenith_db(wavelength_nm=850.0, height_m=1e4), "height_m"),
        (lambda: molecular_zenith_db(wavelength_nm=850.0, scale_height_m=0.0), "scale_height_m"),
        (lambda: depth_to_db(-0.1), "optical_depth is -0.1"),
        (lambda: angstrom_depth(wavelength_nm=850.0, optical_depth=-0.1, measured_nm=550.0), "optical_depth is -0.1"),
        (lambda: angstrom_depth(wavelength_nm=450.0, optical_depth=0.1, measured_nm=550.0), "wavelength_nm"),
        (lambda: angstrom_depth(wavelength_nm=850.0, optical_depth=0.1, measured_nm=0.0), "measured_nm"),
        (
            lambda: angstrom_depth(wavelength_nm=850.0, optical_depth=0.1, measured_nm=550.0, angstrom_exponent=4.0),
            "angstrom_exponent",
        ),
        (lambda: koschmieder_per_km(visibility_km=0.0), "visibility_km is 0.0"),
        (lambda: koschmieder_per_km(visibility_km=10.0, contrast=0.0), "contrast"),
        (lambda: kruse_exponent(visibility_km=0.5), "visibility_km is 0.5"),
        (lambda: kim_exponent(visibility_km=0.0), "visibility_km is 0.0"),
        (lambda: visibility_aerosol_db(wavelength_nm=850.0, visibility_km=0.0, exponent=1.3), "visibility_km is 0.0"),
        (
            lambda: visibility_aerosol_db(
                wavelength_nm=850.0, visibility_km=9.0, exponent=1.3, aerosol_scale_height_m=0.0
            ),
            "aerosol_scale_height_m",
        ),
        (
            lambda: visibility_aerosol_db(wavelength_nm=850.0, visibility_km=9.0, exponent=1.3, height_m=-501.0),
            "height_m",
        ),
        (
            lambda: parted_transmittance(elevation_deg=-1.0, clear_zenith_db=0.3, aerosol_zenith_db=1.0),
            "elevation_deg is -1.0",
        ),
        (
            lambda: parted_transmittance(elevation_deg=30.0, clear_zenith_db=-0.3, aerosol_zenith_db=1.0),
            "clear_zenith_db",
        ),
        (
            lambda: parted_transmittance(elevation_deg=30.0, clear_zenith_db=0.3, aerosol_zenith_db=-1.0),
            "aerosol_zenith_db",
        ),
    ],
)
def test_refusals(call, message):
    """Refusal: each limit by the name of its argument."""
    with pytest.raises(DomainError, match=message):
        call()
