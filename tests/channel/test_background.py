import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.channel.background import (
    city_light_factor,
    moon_phase_share,
    moonlight_geometry,
    sky_counts_cps,
    sky_radiance,
    sunlight_share,
)
from passplan.channel.receiver import Receiver
from passplan.channel.sky import Sky
from passplan.errors import DomainError

SETTING = {
    "aperture_m": 1.0,
    "obscuration": 0.3,
    "field_of_view_urad": 100.0,
    "filter_nm": 5.0,
    "wavelength_nm": 848.6,
    "efficiency": 0.08,
}
FULL_MOON = {
    "moon_illumination": 1.0,
    "moon_elevation_deg": 45.0,
    "moon_separation_deg": 90.0,
    "sun_elevation_deg": -40.0,
}
PLACES = {"moon_elevation_deg": 45.0, "moon_separation_deg": 90.0, "elevation_deg": 45.0}


def test_counts_of_the_classic_skies():
    """Radiances of Miao 2005 (recalled): full Moon 1.44e4, new Moon 1.44e3, moonless 144, clear day 1.44e7 counts/s."""
    counts_cps = sky_counts_cps(radiance_w_m2_sr_um=[1.5e-3, 1.5e-4, 1.5e-5, 1.5], **SETTING)
    np.testing.assert_allclose(counts_cps, [1.44e4, 1.44e3, 144.0, 1.44e7], rtol=1e-3)


@given(factor=st.floats(0.1, 0.99))
def test_counts_scale_with_etendue_and_band(factor):
    """Property: proportional to the area, the solid angle and the filter."""
    counts_cps = sky_counts_cps(radiance_w_m2_sr_um=1.0, **SETTING)
    for name, power in (("aperture_m", 2), ("field_of_view_urad", 2), ("filter_nm", 1), ("efficiency", 1)):
        changed = sky_counts_cps(radiance_w_m2_sr_um=1.0, **(SETTING | {name: factor * SETTING[name]}))
        assert changed == pytest.approx(factor**power * counts_cps, rel=1e-12)


@pytest.mark.parametrize(("illumination", "expected"), [(1.0, 1.0), (0.629, 0.148), (0.5, 0.091)])
def test_moon_phases(illumination, expected):
    """Krisciunas and Schaefer 1991: phase angle 75 deg (62.9 % lit) is 2.08 mag, x0.148; the half Moon gives 1/11."""
    assert moon_phase_share(moon_illumination=illumination) == pytest.approx(expected, rel=0.01)


def test_moonlight_at_the_reference_place():
    """Definition: 1 at 45 deg, 90 deg apart; 0 with the Moon down."""
    assert moonlight_geometry(**PLACES) == pytest.approx(1.0, rel=1e-12)
    below = moonlight_geometry(**(PLACES | {"moon_elevation_deg": np.array([0.0, -30.0])}))
    np.testing.assert_array_equal(below, [0.0, 0.0])


def test_moonlight_of_krisciunas_and_schaefer():
    """Their model by hand in nanolamberts: full Moon at 60 deg from the zenith, sight at the zenith, 60 deg off."""

    def airmass(zenith_deg):
        return (1.0 - 0.96 * np.sin(np.deg2rad(zenith_deg)) ** 2) ** -0.5

    def brightness_nl(separation_deg, moon_zenith_deg, zenith_deg):
        rayleigh = 10.0**5.36 * (1.06 + np.cos(np.deg2rad(separation_deg)) ** 2)
        scattering = rayleigh + 10.0 ** (6.15 - separation_deg / 40.0)
        moon = 10.0 ** (-0.4 * (3.84 + 16.57))
        dimming = 10.0 ** (-0.4 * 0.172 * airmass(moon_zenith_deg))
        return scattering * moon * dimming * (1.0 - 10.0 ** (-0.4 * 0.172 * airmass(zenith_deg)))

    expected = brightness_nl(60.0, 60.0, 0.0) / brightness_nl(90.0, 45.0, 45.0)
    geometry = moonlight_geometry(moon_elevation_deg=30.0, moon_separation_deg=60.0, elevation_deg=90.0)
    assert geometry == pytest.approx(expected, rel=1e-12)


@given(separation_deg=st.floats(0.0, 60.0), moon_elevation_deg=st.floats(1.0, 80.0))
def test_moonlight_grows_towards_the_moon(separation_deg, moon_elevation_deg):
    """Property: brighter nearer the Moon (but for a small step of the model at 10 deg) and with a higher Moon."""
    step_at_ten_deg = 1.2
    near, far = moonlight_geometry(
        **(PLACES | {"moon_separation_deg": np.array([separation_deg, separation_deg + 5.0])})
    )
    assert near * step_at_ten_deg > far > 0.0
    low, high = moonlight_geometry(
        **(PLACES | {"moon_elevation_deg": np.array([moon_elevation_deg, moon_elevation_deg + 5.0])})
    )
    assert low < high


def test_twilight():
    """Stated anchors: nothing below -18 deg, 3.4 lux of 10 klx at -6 deg, 400 lux at 0, the day above 10 deg."""
    share = sunlight_share(sun_elevation_deg=[-70.0, -6.0, 0.0, 10.0, 60.0])
    np.testing.assert_allclose(share, [0.0, 3.4e-4, 0.04, 1.0, 1.0], rtol=1e-12)


@given(sun_elevation_deg=st.floats(-18.0, 9.0))
def test_dawn_brightens(sun_elevation_deg):
    """Property: the sky never darkens while the Sun rises."""
    low, high = sunlight_share(sun_elevation_deg=[sun_elevation_deg, sun_elevation_deg + 1.0])
    assert 0.0 < low < high <= 1.0


def test_towns_round_the_circle():
    """Linear between the given azimuths, through north as well; no towns, no change."""
    city = ((100.0, 3.0), (200.0, 1.0), (300.0, 2.0))
    factor = city_light_factor(azimuth_deg=[100.0, 150.0, 300.0, 0.0, 20.0, 380.0, -60.0], city_light=city)
    between = 2.0 + 60.0 / 160.0
    np.testing.assert_allclose(factor, [3.0, 2.0, 2.0, between, 2.5, 2.5, 2.0], rtol=1e-12)
    np.testing.assert_array_equal(city_light_factor(azimuth_deg=[0.0, 77.0], city_light=()), [1.0, 1.0])


def test_sum_of_the_sky():
    """Sum: night glow alone, times the towns; plus the full Moon at the reference place; plus the day."""
    night = FULL_MOON | {"moon_elevation_deg": -5.0}
    assert sky_radiance(**night) == pytest.approx(1.5e-5, rel=1e-12)
    assert sky_radiance(**night, city_factor=3.0) == pytest.approx(4.5e-5, rel=1e-12)
    assert sky_radiance(**FULL_MOON) == pytest.approx(1.515e-3, rel=1e-12)
    assert sky_radiance(**(night | {"sun_elevation_deg": 50.0})) == pytest.approx(1.5 + 1.5e-5, rel=1e-12)
    dark = sky_radiance(**FULL_MOON, dark_radiance=1e-6, full_moon_radiance=1e-4)
    assert dark == pytest.approx(1.01e-4, rel=1e-12)


@pytest.mark.parametrize("name", ["radiance_w_m2_sr_um", *SETTING])
def test_wrong_settings_are_refused_by_name(name):
    """Refusal: the message names the field."""
    with pytest.raises(DomainError, match=name):
        sky_counts_cps(**({"radiance_w_m2_sr_um": 1.0} | SETTING | {name: -1.0}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("moon_illumination", 1.1),
        ("moon_elevation_deg", 91.0),
        ("moon_separation_deg", -1.0),
        ("sun_elevation_deg", -91.0),
        ("dark_radiance", -1.0),
        ("full_moon_radiance", np.nan),
        ("day_radiance", -1.0),
        ("elevation_deg", 100.0),
        ("city_factor", 0.0),
    ],
)
def test_wrong_skies_are_refused_by_name(name, value):
    """Refusal: the message names the field."""
    with pytest.raises(DomainError, match=name):
        sky_radiance(**(FULL_MOON | {name: value}))


@pytest.mark.parametrize(
    ("city_light", "message"),
    [(((360.0, 1.0),), "azimuth"), (((0.0, 0.0),), "factor"), (((50.0, 1.0), (20.0, 2.0)), "must rise strictly")],
)
def test_wrong_towns_are_refused(city_light, message):
    """Refusal: azimuth out of the circle, a factor of nought, azimuths out of order."""
    with pytest.raises(DomainError, match=message):
        Sky(city_light=city_light)
    with pytest.raises(DomainError, match="azimuth_deg"):
        city_light_factor(azimuth_deg=np.nan, city_light=())


def test_records_keep_their_limits():
    """Refusal: each limit by the name of its field; good records pass."""
    good = {"aperture_m": 1.0, "field_of_view_urad": 100.0, "filter_nm": 5.0, "optics_efficiency": 0.16}
    assert Receiver(**good).obscuration == 0.0
    for name in (*good, "obscuration"):
        with pytest.raises(DomainError, match=f"Receiver.{name}"):
            Receiver(**(good | {name: -0.1}))
    with pytest.raises(DomainError, match=r"Sky\.dark_radiance"):
        Sky(dark_radiance_w_m2_sr_um=0.0)
    assert Sky(city_light=((90.0, 2.0), (180.0, 1.0))).city_light[0] == (90.0, 2.0)
