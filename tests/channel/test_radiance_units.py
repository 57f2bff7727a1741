import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.channel.radiance_units import (
    magnitude_radiance,
    nanolambert_of_v_mag,
    photon_energy_j,
    radiance_of,
    v_mag_of_nanolambert,
)
from passplan.errors import DomainError, InputError


def test_nanolamberts_of_the_paper():
    """Krisciunas and Schaefer 1991: the dark zenith of Mauna Kea, V 21.587, is 79.0 nL."""
    assert nanolambert_of_v_mag(21.587) == pytest.approx(79.0, rel=5e-4)


@given(v_mag=st.floats(-10.0, 30.0))
def test_magnitudes_and_back(v_mag):
    """Inverse functions."""
    assert v_mag_of_nanolambert(nanolambert_of_v_mag(v_mag)) == pytest.approx(v_mag, abs=1e-9)


def test_dark_sky_of_the_near_infrared():
    """By hand: 19.9 mag per square arcsecond with 1.13e-8 W m^-2 um^-1 for 0 mag is 5e-6 W m^-2 sr^-1 um^-1."""
    by_hand = 1.13e-8 * 10.0 ** (-0.4 * 19.9) / 2.3504e-11
    assert magnitude_radiance(mag_arcsec2=19.9, wavelength_nm=798.0) == pytest.approx(by_hand, rel=0.01)
    assert by_hand == pytest.approx(5e-6, rel=0.06)


@pytest.mark.parametrize(
    "text",
    [
        "1.5e-3 W/m2/sr/um",
        "1.5e-3 W m^-2 sr^-1 um^-1",
        "0.0015 W m-2 sr-1 µm-1",
        "1.5e-6 W/m^2/sr/nm",
        "  1.5e-6 W m^-2 sr^-1 nm^-1 ",
    ],
)
def test_ways_of_writing(text):
    """Same radiance by definition of the prefixes."""
    assert radiance_of(text) == pytest.approx(1.5e-3, rel=1e-12)


def test_photons_and_magnitudes():
    """Definitions: h c / w a photon, the square arcsecond, Vega magnitudes; V carried over by sunlight."""
    energy_j = photon_energy_j(850.0)
    assert energy_j == pytest.approx(1.98645e-25 / 850e-9, rel=1e-5)
    assert radiance_of("2e10 ph/s/m2/sr/um", wavelength_nm=850.0) == pytest.approx(2e10 * energy_j, rel=1e-12)
    assert radiance_of("2e7 photons s^-1 m^-2 sr^-1 nm^-1", wavelength_nm=850.0) == pytest.approx(2e10 * energy_j)
    assert radiance_of("1 ph/s/m2/arcsec2/um", wavelength_nm=850.0) == pytest.approx(energy_j / 2.3504e-11, rel=1e-4)
    here = magnitude_radiance(mag_arcsec2=19.9, wavelength_nm=850.0)
    assert radiance_of("19.9 mag/arcsec2", wavelength_nm=850.0) == pytest.approx(here, rel=1e-12)
    in_v = radiance_of("21.6 mag arcsec^-2 (V)", wavelength_nm=545.0)
    assert in_v == pytest.approx(magnitude_radiance(mag_arcsec2=21.6, wavelength_nm=545.0), rel=1e-12)
    assert radiance_of("21.6 mag/arcsec2 (V)", wavelength_nm=850.0) == pytest.approx(in_v * 990.0 / 1868.7, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bright", "does not begin with a number"),
        ("nan W/m2/sr/um", "does not begin with a number"),
        ("1.5e-3", r"unit '', allowed: W/m2/sr/um, W/m2/sr/nm$"),
        ("1.5e-3 W/m2/sr", r"unit 'W/m2/sr', allowed: W/m2/sr/um"),
        ("1.5e-3 W/cm2/sr/um", "allowed"),
        ("1.5e-3 cd/m2", "allowed"),
        ("20 mag", "allowed"),
        ("20 mag/arcsec2", r"needs the wavelength \[nm\]"),
        ("20 ph/s/m2/sr/nm", r"needs the wavelength \[nm\]"),
    ],
)
def test_wrong_units_are_refused(text, message):
    """Refusal: the text, its unit and the allowed ones."""
    with pytest.raises(InputError, match=message):
        radiance_of(text)


def test_only_what_is_allowed_is_listed():
    """Every unit that a refusal lists is read; with a wavelength those of photons and magnitudes too."""
    for options in ({}, {"wavelength_nm": 850.0}):
        with pytest.raises(InputError) as caught:
            radiance_of("1 cd/m2", **options)
        listed = str(caught.value).split("allowed: ")[1].split(", ")
        assert all(radiance_of(f"1 {unit}", **options) >= 0.0 for unit in listed)
        assert ("mag/arcsec2" in listed) == bool(options)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: radiance_of("-1 W/m2/sr/um"), r"radiance \[W/m2/sr/um\] is -1"),
        (lambda: radiance_of("1e999 W/m2/sr/um"), r"radiance .* is inf"),
        (lambda: radiance_of("20 mag/arcsec2", wavelength_nm=300.0), "wavelength_nm is 300"),
        (lambda: magnitude_radiance(mag_arcsec2=99.0, wavelength_nm=850.0), "mag_arcsec2 is 99"),
        (lambda: v_mag_of_nanolambert(0.0), "nanolambert is 0"),
        (lambda: photon_energy_j(0.0), "wavelength_nm is 0"),
    ],
)
def test_values_out_of_range_are_refused(call, message):
    """Refusal: field, value and range."""
    with pytest.raises(DomainError, match=message):
        call()
