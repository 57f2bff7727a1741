import numpy as np
import pytest
from scipy.integrate import quad

from passplan.channel.stray_light import backscatter_power_w, filter_leak_cps, own_beacon_power_w
from passplan.errors import DomainError

LEAK = {"power_w": 1e-9, "wavelength_nm": 532.0, "blocking_db": 90.0, "efficiency": 0.08}
AIR = {"power_w": 2.0, "aperture_m": 1.0, "elevation_deg": 30.0, "overlap_range_m": 500.0}


def test_leak_by_hand():
    """By hand: 1 nW at 532 nm is 2.678e9 photons/s; 90 dB and 8 % leave 0.214 counts/s; 10 dB less, ten times that."""
    found = filter_leak_cps(**(LEAK | {"blocking_db": [90.0, 80.0]}))
    np.testing.assert_allclose(found, [0.2142, 2.142], rtol=1e-3)


@pytest.mark.parametrize("elevation_deg", [5.0, 30.0, 90.0])
def test_backscatter_by_quadrature(elevation_deg):
    """Other route: the lidar integral of exp(-r sin h / H) / r^2 by adaptive quadrature."""
    slope_per_m = np.sin(np.deg2rad(elevation_deg)) / 6000.0
    integral = quad(lambda r: np.exp(-r * slope_per_m) / r**2, 500.0, np.inf, epsabs=0.0)[0]
    expected = 2.0 * 1.5e-6 * 0.25 * np.pi * integral
    assert backscatter_power_w(**(AIR | {"elevation_deg": elevation_deg})) == pytest.approx(expected, rel=1e-6)


def test_backscatter_of_even_air():
    """Exact limit: without a scale height, P b A / r0."""
    even = backscatter_power_w(**AIR, backscatter_per_m_sr=1e-5, scale_height_m=1e12)
    assert even == pytest.approx(2.0 * 1e-5 * 0.25 * np.pi / 500.0, rel=1e-6)


@pytest.mark.parametrize(
    ("field", "value"), [("power_w", -1.0), ("wavelength_nm", 0.0), ("blocking_db", -1.0), ("efficiency", 1.1)]
)
def test_wrong_leaks_are_refused(field, value):
    """Refusal: the field by its name (the loss by its kind)."""
    name = "loss_db" if field == "blocking_db" else field
    with pytest.raises(DomainError, match=f"{name} is {value:g}"):
        filter_leak_cps(**(LEAK | {field: value}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("power_w", -1.0),
        ("aperture_m", 0.0),
        ("elevation_deg", 0.0),
        ("overlap_range_m", 0.0),
        ("backscatter_per_m_sr", -1.0),
        ("scale_height_m", 0.0),
    ],
)
def test_wrong_air_is_refused(field, value):
    """Refusal: the field by its name."""
    with pytest.raises(DomainError, match=f"{field} is {value:g}"):
        backscatter_power_w(**(AIR | {field: value}))


OWN = {
    "power_w": 2.7, "half_divergence_urad": 450.0, "aperture_m": 1.0, "field_of_view_urad": 36.0, "elevation_deg": 30.0,
    "molecular_zenith_db": 0.18, "aerosol_zenith_db": 0.5, "aerosol_scale_height_m": 1500.0, "obscuration": 0.3,
}  # fmt: skip


def test_own_beacon_by_hand():
    """By hand: the share of the beam in the stop, 2 (18/450)^2, and the lidar equation of each layer by quadrature."""
    seen = 2.0 * (18.0 / 450.0) ** 2 * 0.91
    first_m = 0.5 / 450e-6
    depth_per_db = 0.2302585
    expected = 0.0
    for depth, scale_m, per_sr in (
        (0.18 * depth_per_db, 8000.0, 3.0 / (8.0 * np.pi)),
        (0.5 * depth_per_db, 1500.0, 1.0 / 50.0),
    ):
        column = quad(lambda r, h=scale_m: np.exp(-0.5 * r / h) / r**2, first_m, np.inf, epsabs=0.0)[0]
        expected += 2.7 * depth / scale_m * per_sr * 0.25 * np.pi * column
    assert own_beacon_power_w(**OWN) == pytest.approx(seen * expected, rel=2e-3)


def test_clean_air_has_the_default_backscatter():
    """Two routes: Rayleigh depth 0.097 at 550 nm over 8 km, all of the beam in the stop: the default within 5 %."""
    air = {
        "field_of_view_urad": 1e9,
        "molecular_zenith_db": 0.097 * 4.3429,
        "aerosol_zenith_db": 0.0,
        "obscuration": 0.0,
    }
    plain = backscatter_power_w(
        power_w=2.7, aperture_m=1.0, elevation_deg=30.0, overlap_range_m=0.5 / 450e-6, scale_height_m=8000.0
    )
    assert own_beacon_power_w(**(OWN | air | {"field_of_view_urad": 1e9})) == pytest.approx(plain, rel=0.05)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("half_divergence_urad", 0.0),
        ("field_of_view_urad", 0.0),
        ("obscuration", 1.0),
        ("molecular_zenith_db", -1.0),
        ("aerosol_zenith_db", -1.0),
        ("aerosol_scale_height_m", 0.0),
    ],
)
def test_wrong_beacons_are_refused(field, value):
    """Refusal: the field by its name."""
    with pytest.raises(DomainError, match=f"{field} is {value:g}"):
        own_beacon_power_w(**(OWN | {field: value}))
