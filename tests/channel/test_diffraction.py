import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import dblquad

from passplan.channel.diffraction import (
    COLLECTION,
    gaussian_collection,
    top_hat_collection,
)
from passplan.channel.transmitter import FarFieldTransmitter, diffraction_transmittance
from passplan.errors import DomainError, UnknownName
from passplan.units import to_loss_db

RANGES_KM = np.array([530.0, 645.0, 1000.0, 1200.0, 1600.0])
PRINTED_STEP_DB = 0.006  # tables of two decimals


def micius(**changes):
    values = {
        "aperture_m": 0.3,
        "full_divergence_x_urad": 10.0,
        "full_divergence_y_urad": 10.0,
        "beam": "gaussian",
        "wavelength_nm": 848.6,
    }
    return FarFieldTransmitter(**(values | changes))


@pytest.mark.parametrize(
    ("beam", "expected_db"),
    [
        ("gaussian", [11.63, 13.28, 17.03, 18.60, 21.09]),
        ("top-hat", [14.49, 16.19, 20.00, 21.58, 24.08]),
        ("top-hat-from-aperture", [14.96, 16.59, 20.26, 21.80, 24.24]),
    ],
)
def test_ten_microradian_beam_into_one_metre(beam, expected_db):
    """Closed forms worked by hand for 10 urad full angle and D = 1 m; 21.58 dB is the 22 dB that Liao 2017 prints."""
    loss_db = to_loss_db(diffraction_transmittance(micius(beam=beam), range_km=RANGES_KM, aperture_m=1.0))
    np.testing.assert_allclose(loss_db, expected_db, atol=PRINTED_STEP_DB)


def test_elliptic_beam_in_the_small_aperture_limit():
    """D^2 / (2 w_x w_y) for 9 x 11 urad: 11.43, 13.14, 16.95, 18.53, 21.03 dB, the limit that the share stays under."""
    limit_db = np.array([11.43, 13.14, 16.95, 18.53, 21.03])
    small = gaussian_collection(range_km=RANGES_KM, divergence_x_urad=4.5, divergence_y_urad=5.5, aperture_m=1e-4)
    np.testing.assert_allclose(to_loss_db(small * 1e8), limit_db, atol=PRINTED_STEP_DB)
    whole = gaussian_collection(range_km=RANGES_KM, divergence_x_urad=4.5, divergence_y_urad=5.5, aperture_m=1.0)
    excess_db = to_loss_db(whole) - limit_db
    assert np.all(excess_db > 0.0)
    assert np.all(np.diff(excess_db) < 0.0)


@pytest.mark.parametrize(("width_x_m", "width_y_m", "obscuration"), [(2.9, 3.5, 0.0), (2.9, 3.5, 0.3), (0.6, 1.5, 0.4)])
def test_elliptic_beam_against_a_plane_integral(width_x_m, width_y_m, obscuration):
    """Numeric integral of the irradiance over the annulus in polar coordinates (scipy)."""

    def irradiance(radius_m, angle):
        x, y = radius_m * np.cos(angle) / width_x_m, radius_m * np.sin(angle) / width_y_m
        return radius_m * 2.0 / (np.pi * width_x_m * width_y_m) * np.exp(-2.0 * (x**2 + y**2))

    expected, _ = dblquad(irradiance, 0.0, 2.0 * np.pi, 0.5 * obscuration, 0.5, epsabs=1e-11)
    share = gaussian_collection(
        range_km=1000.0,
        divergence_x_urad=width_x_m,
        divergence_y_urad=width_y_m,
        aperture_m=1.0,
        obscuration=obscuration,
    )
    assert share == pytest.approx(expected, rel=1e-8)


def test_a_round_beam_by_either_route():
    """Two routes: the closed form of the round beam and the quadrature of one that is out of round by 1e-12."""
    common = {"range_km": RANGES_KM, "divergence_x_urad": 5.0, "aperture_m": 3.0, "obscuration": 0.3}
    closed, summed = (gaussian_collection(divergence_y_urad=5.0 * (1.0 + more), **common) for more in (0.0, 1e-12))
    np.testing.assert_allclose(closed, summed, rtol=1e-11)


def test_gain_form_of_the_link_equation():
    """Identity: eta = G A / (4 pi R^2) with G = 8/theta^2 for a small aperture (any antenna textbook)."""
    theta, range_m, aperture_m = 5e-6, 1.2e6, 0.01
    gain_form = 8.0 / theta**2 * (0.25 * np.pi * aperture_m**2) / (4.0 * np.pi * range_m**2)
    share = gaussian_collection(range_km=1200.0, divergence_x_urad=5.0, divergence_y_urad=5.0, aperture_m=aperture_m)
    assert share == pytest.approx(gain_form, rel=1e-5)


def test_top_hat_is_the_ratio_of_areas_and_never_more_than_all():
    """Geometry: (D/(full angle * R))^2, less the obscured disc, clipped where the aperture is wider than the spot."""
    common = {"divergence_x_urad": 5.0, "divergence_y_urad": 5.0}
    share = top_hat_collection(range_km=1000.0, aperture_m=1.0, obscuration=0.5, **common)
    assert share == pytest.approx(0.01 * 0.75, rel=1e-12)
    assert top_hat_collection(range_km=1.0, aperture_m=1.0, **common) == 1.0
    assert top_hat_collection(range_km=1.0, aperture_m=1.0, obscuration=0.5, **common) == 0.0


@pytest.mark.parametrize(
    ("range_km", "full_divergence_urad", "aperture_m", "expected_db"),
    [([36_000.0, 38_000.0], 10.0, 1.0, [48.1, 48.6]), ([36_000.0, 38_000.0], 3.0, 2.5, [29.7, 30.2])],
)
def test_geostationary_links(range_km, full_divergence_urad, aperture_m, expected_db):
    """Worked apart, to 0.1 dB: FULL angle and receiver of two geostationary cases; no air, as between satellites."""
    half_urad = 0.5 * full_divergence_urad
    share = gaussian_collection(
        range_km=range_km, divergence_x_urad=half_urad, divergence_y_urad=half_urad, aperture_m=aperture_m
    )
    np.testing.assert_allclose(to_loss_db(share), expected_db, atol=0.06)


def test_a_top_hat_starts_as_wide_as_its_aperture():
    """Geometry: (D_r/(full angle * R + D_t))^2; at the telescope a receiver of its size takes all."""
    common = {"divergence_x_urad": 5.0, "divergence_y_urad": 5.0, "launch_aperture_m": 0.3}
    assert top_hat_collection(range_km=1e-6, aperture_m=0.3, **common) == pytest.approx(1.0, rel=1e-6)
    assert top_hat_collection(range_km=100.0, aperture_m=0.13, **common) == pytest.approx(0.01, rel=1e-12)
    with pytest.raises(DomainError, match="launch_aperture_m"):
        top_hat_collection(range_km=100.0, aperture_m=1.0, **(common | {"launch_aperture_m": -0.1}))


@pytest.mark.parametrize("model", COLLECTION.values(), ids=COLLECTION)
@given(range_km=st.floats(300.0, 40_000.0), factor=st.floats(1.01, 10.0), obscuration=st.floats(0.0, 0.6))
def test_a_longer_path_collects_less(model, range_km, factor, obscuration):
    """Property: shares lie in (0, 1] and fall with range; an obscured telescope collects less than a clear one."""
    beam = {"divergence_x_urad": 4.0, "divergence_y_urad": 6.0, "aperture_m": 1.0}
    near, far = model(range_km=np.array([range_km, factor * range_km]), obscuration=obscuration, **beam)
    assert 0.0 < far < near <= model(range_km=range_km, **beam) <= 1.0


def test_inputs_broadcast():
    """Shape rule: (3, 1) ranges against (2,) divergences give (3, 2)."""
    for model in COLLECTION.values():
        share = model(
            range_km=[[500.0], [600.0], [700.0]], divergence_x_urad=[4.0, 5.0], divergence_y_urad=5.0, aperture_m=1.0
        )
        assert share.shape == (3, 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("range_km", 0.0),
        ("range_km", np.nan),
        ("divergence_x_urad", -1.0),
        ("divergence_y_urad", 0.0),
        ("aperture_m", 0.0),
        ("obscuration", 1.0),
    ],
)
def test_wrong_geometry_is_refused_by_name(name, value):
    """Refusal: the message names the field."""
    good = {"range_km": 1e3, "divergence_x_urad": 5.0, "divergence_y_urad": 5.0, "aperture_m": 1.0, "obscuration": 0.0}
    for model in COLLECTION.values():
        with pytest.raises(DomainError, match=name):
            model(**(good | {name: value}))


def test_half_angles_of_the_transmitter():
    """Definition: the file gives full angles, the formulae take half."""
    transmitter = micius(full_divergence_x_urad=9.0, full_divergence_y_urad=11.0)
    assert (transmitter.divergence_x_urad, transmitter.divergence_y_urad) == (4.5, 5.5)


def test_a_beam_narrower_than_diffraction_is_refused():
    """Limit: wavelength/aperture = 2.83 urad for 848.6 nm and 0.3 m; a half-angle for a full one may show here."""
    with pytest.raises(DomainError, match=r"full_divergence_y_urad is 2\.5 urad.*2\.83 urad"):
        micius(full_divergence_y_urad=2.5)


def test_wrong_transmitters_are_refused():
    """Refusal: a wrong beam name with the right spelling, an efficiency of nought."""
    with pytest.raises(UnknownName, match="did you mean 'gaussian'"):
        micius(beam="gausian")
    with pytest.raises(DomainError, match="main_lobe_efficiency"):
        micius(main_lobe_efficiency=0.0)
