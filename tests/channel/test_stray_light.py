import numpy as np
import pytest
from scipy.integrate import quad

from passplan.channel.stray_light import backscatter_power_w, filter_leak_cps
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
