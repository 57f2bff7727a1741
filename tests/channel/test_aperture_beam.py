import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import j0, j1

from passplan.channel.aperture_beam import (
    ApertureBeam,
    aperture_collection,
    axis_gain_db,
    far_field_gain,
    fresnel_number,
    full_width_urad,
    launched_share,
    strehl_ratio,
)
from passplan.channel.diffraction import gaussian_collection
from passplan.errors import DomainError
from passplan.units import to_loss_db

PRINTED_STEP = 0.006  # tables of two decimals


def telescope(**changes):
    values = {"aperture_m": 0.3, "waist_m": np.inf, "wavelength_nm": 848.6}
    return ApertureBeam(**(values | changes))


@pytest.mark.parametrize(
    ("waist_m", "obscuration", "width_urad", "gain_db"),
    [
        (np.inf, 0.0, 4.66, 120.91),
        (np.inf, 0.25, 4.47, 120.35),
        (0.15 / 1.12, 0.0, 5.33, 120.02),
        (0.15 / 1.12, 0.25, 4.96, 119.05),
        (0.054, 0.0, 10.01, 115.04),
        (0.054, 0.25, 7.59, 110.85),
    ],
)
def test_aperture_facts(waist_m, obscuration, width_urad, gain_db):
    """Worked apart for 848.6 nm and 300 mm: FULL width at 1/e^2 [urad], gain over the laser's power [dB], to 0.01."""
    beam = telescope(waist_m=waist_m, obscuration=obscuration)
    assert full_width_urad(beam) == pytest.approx(width_urad, abs=0.01)
    assert axis_gain_db(beam) == pytest.approx(gain_db, abs=PRINTED_STEP)


@pytest.mark.parametrize(("waist_m", "obscuration", "expected_db"), [(0.054, 0.25, 22.8), (np.inf, 0.0, 12.7)])
def test_loss_at_1200_km(waist_m, obscuration, expected_db):
    """Worked apart from the gain on the axis, 1 m at 1200 km; the whole metre sees some of the lobe's fall."""
    beam = telescope(waist_m=waist_m, obscuration=obscuration)
    shares = [aperture_collection(beam, range_km=1200.0, aperture_m=d) * launched_share(beam) for d in (0.01, 1.0)]
    on_axis_db, loss_db = to_loss_db(shares[0] * 1e4), to_loss_db(shares[1])
    assert on_axis_db == pytest.approx(expected_db, abs=0.06)
    assert 0.0 < loss_db - on_axis_db < 0.15


def test_width_of_the_airy_lobe():
    """Closed form: (2 J1(x)/x)^2 = exp(-2) at x = 2.5838, so the full width is 1.6449 wavelength/aperture."""
    assert full_width_urad(telescope()) == pytest.approx(1.64490 * 0.8486 / 0.3, rel=1e-4)


def test_uniform_beam_is_the_airy_pattern():
    """Closed form (Airy): gain (pi D/lambda)^2 [2 J1(x)/x]^2, x = k a angle."""
    angle_urad = np.linspace(0.01, 12.0, 200)
    x = np.pi * 0.3 / 848.6e-9 * angle_urad * 1e-6
    airy = (np.pi * 0.3 / 848.6e-9) ** 2 * (2.0 * j1(x) / x) ** 2
    np.testing.assert_allclose(far_field_gain(telescope(), angle_urad=angle_urad), airy, rtol=1e-9, atol=1.0)


@given(ratio=st.floats(0.05, 6.0), obscuration=st.floats(0.0, 0.8))
def test_axis_gain_of_klein_and_degnan(ratio, obscuration):
    """Klein and Degnan 1974: G = (pi D/lambda)^2 (2/m^2) [exp(-m^2) - exp(-e^2 m^2)]^2, m aperture radius / waist."""
    beam = telescope(waist_m=0.15 / ratio, obscuration=obscuration)
    bracket = np.exp(-(ratio**2)) - np.exp(-((obscuration * ratio) ** 2))
    expected = (np.pi * 0.3 / 848.6e-9) ** 2 * 2.0 / ratio**2 * bracket**2
    assert far_field_gain(beam, angle_urad=0.0) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("range_km", [0.5, 3.0, 10.8, 100.0, 1200.0])
def test_untruncated_beam_is_the_gaussian_near_and_far(range_km):
    """Closed form: 1 - exp(-2 b^2/w(z)^2), w(z) = w0 sqrt(1 + (z/z_R)^2), from well inside the Rayleigh range."""
    beam = telescope(waist_m=0.03)
    reach = 1.0 + (range_km * 1e3 * 848.6e-9 / (np.pi * 0.03**2)) ** 2
    spot_m = 0.03 * np.sqrt(reach)
    expected = gaussian_collection(
        range_km=range_km,
        divergence_x_urad=spot_m / range_km * 1e3,
        divergence_y_urad=spot_m / range_km * 1e3,
        aperture_m=0.2,
        obscuration=0.3,
    )
    share = aperture_collection(beam, range_km=range_km, aperture_m=0.2, obscuration=0.3)
    assert share == pytest.approx(expected, rel=1e-6)


def test_encircled_power_of_the_airy_pattern():
    """Closed form (Rayleigh 1881): 1 - J0(x)^2 - J1(x)^2 within x = k a angle, far away."""
    diameter_m = np.array([2.0, 20.0, 60.0])
    x = np.pi * 0.3 / 848.6e-9 * 0.5 * diameter_m / 20_000e3
    for wide_m, expected in zip(diameter_m, 1.0 - j0(x) ** 2 - j1(x) ** 2, strict=True):
        share = aperture_collection(telescope(), range_km=20_000.0, aperture_m=float(wide_m))
        assert share == pytest.approx(expected, rel=2e-5)


def test_near_a_wide_receiver_takes_all():
    """Limit: at 1 km a receiver three times the aperture takes all but 1 % of edge wave; power is conserved."""
    share = aperture_collection(telescope(obscuration=0.25), range_km=1.0, aperture_m=0.9)
    assert 0.99 < share <= 1.0


def test_near_field_tends_to_the_far_field():
    """Limit: gain A / (4 pi R^2), of the laser's power, at 1e6 km."""
    beam = telescope(waist_m=0.1, obscuration=0.2)
    expected = 10.0 ** (0.1 * axis_gain_db(beam)) * 0.25 * np.pi / (4.0 * np.pi * 1e18)
    share = aperture_collection(beam, range_km=1e6, aperture_m=1.0) * launched_share(beam)
    assert share == pytest.approx(expected, rel=1e-5)


def test_tables_agree_with_the_integral():
    """Two routes: many ranges are interpolated in octaves, single ones are integrated."""
    ranges_km = np.geomspace(480.0, 2300.0, 60)
    beam = telescope(waist_m=0.06, obscuration=0.25, wavefront_error_rms_nm=40.0)
    table = aperture_collection(beam, range_km=ranges_km, aperture_m=1.2, obscuration=0.3)
    single = [aperture_collection(beam, range_km=r, aperture_m=1.2, obscuration=0.3) for r in ranges_km[::7]]
    np.testing.assert_allclose(table[::7], single, rtol=1e-6)
    assert table.reshape(6, 10).shape == (6, 10)
    assert aperture_collection(beam, range_km=ranges_km.reshape(6, 10), aperture_m=1.2).shape == (6, 10)


@settings(max_examples=15)
@given(ratio=st.floats(0.3, 3.0), obscuration=st.floats(0.0, 0.5), range_km=st.floats(5.0, 40_000.0))
def test_shares_stay_shares(ratio, obscuration, range_km):
    """Property: in [0, 1], and a wider receiver takes no less."""
    beam = telescope(waist_m=0.15 / ratio, obscuration=obscuration)
    small, wide = (aperture_collection(beam, range_km=range_km, aperture_m=d) for d in (0.4, 1.5))
    assert 0.0 < small <= wide <= 1.0


def test_strehl_ratio_of_a_fourteenth_wave():
    """Published: Marechal's criterion, an rms of wavelength/14 leaves 0.82 (exp form); gain falls by the same."""
    clear, rough = telescope(), telescope(wavefront_error_rms_nm=848.6 / 14.0)
    assert strehl_ratio(clear) == 1.0
    assert strehl_ratio(rough) == pytest.approx(0.8176, abs=1e-4)
    loss_db = to_loss_db(strehl_ratio(rough))
    assert axis_gain_db(clear) - axis_gain_db(rough) == pytest.approx(loss_db, abs=1e-9)
    share = [aperture_collection(beam, range_km=1e3, aperture_m=1.0) for beam in (clear, rough)]
    assert share[1] / share[0] == pytest.approx(strehl_ratio(rough), rel=1e-12)


def test_launched_share_counts_the_aperture():
    """Closed form: 1 - exp(-2) of a beam whose 1/e^2 radius is the aperture's; 1 - e^2 of a uniform one."""
    assert launched_share(telescope(waist_m=0.15)) == pytest.approx(1.0 - np.exp(-2.0), rel=1e-12)
    assert launched_share(telescope(obscuration=0.25)) == pytest.approx(0.9375, rel=1e-12)


def test_wrong_beams_are_refused():
    """Refusal: the message names field and range."""
    with pytest.raises(DomainError, match=r"ApertureBeam\.waist_m"):
        telescope(waist_m=0.001)
    with pytest.raises(DomainError, match=r"ApertureBeam\.wavefront_error_rms_nm \[nm\] is 130\.0.*121\.229"):
        telescope(wavefront_error_rms_nm=130.0)
    with pytest.raises(DomainError, match=r"ApertureBeam\.obscuration"):
        telescope(obscuration=1.0)


def test_wrong_geometry_is_refused():
    """Refusal: the message names the argument; ranges too near for the integral are refused."""
    good = {"range_km": 1000.0, "aperture_m": 1.0, "obscuration": 0.0}
    for name, value in (("range_km", -1.0), ("aperture_m", 0.0), ("obscuration", 1.0)):
        with pytest.raises(DomainError, match=name):
            aperture_collection(telescope(), **(good | {name: value}))
    with pytest.raises(DomainError, match="Fresnel number"):
        aperture_collection(telescope(), range_km=1e-3, aperture_m=1.0)
    with pytest.raises(DomainError, match="angle_urad"):
        far_field_gain(telescope(), angle_urad=-1.0)
    assert fresnel_number(telescope(), range_km=1000.0) == pytest.approx(0.0265, abs=1e-4)
