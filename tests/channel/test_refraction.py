import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.channel.refraction import (
    apparent_elevation_deg,
    chromatic_refraction_urad,
    refraction_urad,
    refractivity,
    true_elevation_deg,
)
from passplan.errors import DomainError

ELEVATION_DEG = np.array([10.0, 20.0, 30.0, 45.0])


def test_refraction_of_visible_light():
    """Saemundsson's formula worked apart: 1573, 797, 508, 295 urad at 10, 20, 30, 45 deg."""
    np.testing.assert_allclose(refraction_urad(elevation_deg=ELEVATION_DEG), [1573.0, 797.0, 508.0, 295.0], atol=0.6)


def test_refraction_at_the_horizon():
    """Meeus, Astronomical Algorithms, chapter 16: about 28.98 arcmin at true elevation 0."""
    arcmin_urad = 290.888
    assert refraction_urad(elevation_deg=0.0) / arcmin_urad == pytest.approx(28.98, abs=0.02)


@pytest.mark.parametrize(
    ("beacon_nm", "expected_urad"), [(532.0, [19.5, 9.9, 6.3, 3.7]), (671.0, [7.5, 3.8, 2.4, 1.4])]
)
def test_beacon_stands_above_the_signal(beacon_nm, expected_urad):
    """Worked apart from the dispersion of air, against 850 nm, at 10, 20, 30, 45 deg."""
    lift_urad = chromatic_refraction_urad(elevation_deg=ELEVATION_DEG, beacon_nm=beacon_nm, signal_nm=850.0)
    np.testing.assert_allclose(lift_urad, expected_urad, atol=0.06)


def test_refractivity_of_standard_air():
    """Ciddor 1996 and Birch and Downs 1994 agree on n - 1 = 2.7653e-4 at 633 nm (2.765e-4 in the handbooks)."""
    assert refractivity(wavelength_nm=633.0) == pytest.approx(2.765e-4, abs=1e-7)


def test_bennett_undoes_saemundsson():
    """The two published formulae are inverse to 0.1 arcmin (Meeus, chapter 16)."""
    tenth_arcmin_deg = 0.1 / 60.0
    true_deg = np.linspace(1.0, 90.0, 200)
    back_deg = true_elevation_deg(apparent_deg=apparent_elevation_deg(elevation_deg=true_deg))
    np.testing.assert_allclose(back_deg, true_deg, atol=tenth_arcmin_deg)


@given(elevation_deg=st.floats(-1.0, 89.0))
def test_refraction_lifts_and_keeps_the_order(elevation_deg):
    """Property: images are lifted, never past the zenith, and a higher object stays higher."""
    low, high = apparent_elevation_deg(elevation_deg=[elevation_deg, elevation_deg + 1.0])
    assert elevation_deg <= low < high <= 90.0


def test_thin_air_refracts_in_proportion():
    """Ideal gas: refraction goes as P/T, exactly in the formula."""
    full = refraction_urad(elevation_deg=20.0)
    assert refraction_urad(elevation_deg=20.0, pressure_hpa=505.0) == pytest.approx(0.5 * full, rel=1e-12)
    assert refraction_urad(elevation_deg=20.0, temperature_c=-30.0) == pytest.approx(full * 283.0 / 243.0, rel=1e-12)
    assert refraction_urad(elevation_deg=90.0) == 0.0


@pytest.mark.parametrize(
    ("name", "value"),
    [("elevation_deg", -2.0), ("elevation_deg", np.nan), ("pressure_hpa", -1.0), ("temperature_c", 70.0)],
)
def test_wrong_air_is_refused(name, value):
    """Refusal: the message names the field."""
    with pytest.raises(DomainError, match=name):
        refraction_urad(**({"elevation_deg": 20.0} | {name: value}))


def test_wrong_wavelengths_and_apparent_elevations_are_refused():
    """Refusal: outside the dispersion formula; below the horizon."""
    with pytest.raises(DomainError, match="wavelength_nm"):
        chromatic_refraction_urad(elevation_deg=20.0, beacon_nm=200.0, signal_nm=850.0)
    with pytest.raises(DomainError, match="apparent_deg"):
        true_elevation_deg(apparent_deg=-1.0)
