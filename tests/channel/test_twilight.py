import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.channel.radiance_units import magnitude_radiance
from passplan.channel.twilight import sunlit_sky_radiance, zenith_twilight_radiance
from passplan.errors import DomainError

PLACE = {"wavelength_nm": 800.0, "sun_separation_deg": 90.0, "elevation_deg": 45.0}


@pytest.mark.parametrize(
    ("wavelength_nm", "sun_elevation_deg", "mag_arcsec2"),
    [(550.0, -5.0, 11.84), (650.0, -5.0, 11.40), (800.0, -5.0, 10.93), (800.0, -10.0, 16.73), (550.0, -8.0, 15.881)],
)
def test_zenith_of_paranal(wavelength_nm, sun_elevation_deg, mag_arcsec2):
    """Patat et al. 2006 (recalled): V, R, I 11.84, 11.40, 10.93 mag at 5 deg; a1 3 + a2 9 = 4.041 fainter at 8 in V."""
    found = zenith_twilight_radiance(wavelength_nm=wavelength_nm, sun_elevation_deg=sun_elevation_deg)
    expected = magnitude_radiance(mag_arcsec2=mag_arcsec2, wavelength_nm=wavelength_nm)
    assert found == pytest.approx(float(expected), rel=1e-9)


def test_illuminance_at_the_end_of_civil_twilight():
    """General knowledge: 3.4 lux on the ground is 1.1 cd/m2 of an even sky; V 0 is 1.084e5 cd/m2; -6 deg within 3."""
    v_0 = float(magnitude_radiance(mag_arcsec2=0.0, wavelength_nm=550.0))
    zenith = float(zenith_twilight_radiance(wavelength_nm=550.0, sun_elevation_deg=-6.0)) / v_0 * 1.084e5
    assert 1.0 / 3.0 < zenith / (3.4 / np.pi) < 3.0


def test_end_of_night():
    """Definition: nothing below -18 deg; there twilight is already under a hundredth of the dark sky (1e-5)."""
    dark, last = zenith_twilight_radiance(wavelength_nm=850.0, sun_elevation_deg=[-18.5, -18.0])
    assert dark == 0.0
    assert 0.0 < last < 1e-7


@given(
    sun_elevation_deg=st.floats(-18.0, 9.0),
    wavelength_nm=st.floats(500.0, 1600.0),
    separation_deg=st.floats(60.0, 120.0),
)
def test_dawn_brightens_without_a_step(sun_elevation_deg, wavelength_nm, separation_deg):
    """Property: brighter with the Sun, and by less than 3 in a quarter of a degree (no step between the three laws)."""
    steps_deg = np.array([0.0, 0.25]) + sun_elevation_deg
    place = {"wavelength_nm": wavelength_nm, "sun_separation_deg": separation_deg, "elevation_deg": 60.0}
    low, high = sunlit_sky_radiance(sun_elevation_deg=steps_deg, **place)
    assert 0.0 < low <= high < 3.0 * low


def test_clear_day():
    """Miao 2005 (recalled): 1.5 W m^-2 sr^-1 um^-1 by day, here within 3; 1550 nm 10 to 50 times darker than 850 nm."""
    red, infrared = (
        float(sunlit_sky_radiance(wavelength_nm=w, sun_elevation_deg=45.0, sun_separation_deg=90.0, elevation_deg=45.0))
        for w in (848.6, 1550.0)
    )
    assert 0.5 < red < 4.5
    assert 10.0 < red / infrared < 50.0


def test_towards_the_sun_it_is_brighter():
    """Property: by day and by twilight nearer the Sun; at the zenith by twilight no direction counts (exact)."""
    near, far = sunlit_sky_radiance(**(PLACE | {"sun_separation_deg": [20.0, 90.0]}), sun_elevation_deg=40.0)
    assert near > 2.0 * far
    near, far = sunlit_sky_radiance(**(PLACE | {"sun_separation_deg": [54.0, 126.0]}), sun_elevation_deg=-9.0)
    assert near > 2.0 * far
    zenith = sunlit_sky_radiance(
        wavelength_nm=800.0, sun_separation_deg=99.0, elevation_deg=90.0, sun_elevation_deg=-9.0
    )
    assert zenith == pytest.approx(float(zenith_twilight_radiance(wavelength_nm=800.0, sun_elevation_deg=-9.0)))


def test_haze_by_day():
    """Property: more haze, a brighter sky near the Sun."""
    near = PLACE | {"sun_separation_deg": 15.0, "sun_elevation_deg": 40.0}
    clear, hazy = (float(sunlit_sky_radiance(**near, aerosol_zenith_db=db)) for db in (0.1, 0.5))
    assert hazy > 2.0 * clear


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wavelength_nm": 1700.0}, "wavelength_nm is 1700"),
        ({"sun_elevation_deg": -91.0}, "sun_elevation_deg is -91"),
        ({"sun_separation_deg": 181.0}, "sun_separation_deg is 181"),
        ({"elevation_deg": np.nan}, "elevation_deg is nan"),
        ({"rayleigh_zenith_db": -1.0}, "rayleigh_zenith_db is -1"),
    ],
)
def test_refusals(change, message):
    """Refusal: field, value and range."""
    with pytest.raises(DomainError, match=message):
        sunlit_sky_radiance(**({"sun_elevation_deg": 10.0} | PLACE | change))
