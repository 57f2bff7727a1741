import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.channel.sky_levels import moon_phase_share, moonlight_geometry, sunlight_share
from passplan.errors import DomainError

PLACES = {"moon_elevation_deg": 45.0, "moon_separation_deg": 90.0, "elevation_deg": 45.0}


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


@pytest.mark.parametrize(
    ("name", "value"), [("moon_elevation_deg", 91.0), ("moon_separation_deg", -1.0), ("elevation_deg", 100.0)]
)
def test_wrong_places_are_refused_by_name(name, value):
    """Refusal: the message names the field."""
    with pytest.raises(DomainError, match=f"{name} is {value:g}"):
        moonlight_geometry(**(PLACES | {name: value}))


def test_wrong_lights_are_refused_by_name():
    """Refusal: a Moon lit by more than all of it, a Sun below the nadir."""
    with pytest.raises(DomainError, match=r"moon_illumination is 1\.1"):
        moon_phase_share(moon_illumination=1.1)
    with pytest.raises(DomainError, match="sun_elevation_deg is -91"):
        sunlight_share(sun_elevation_deg=-91.0)
