import numpy as np
import pytest

from passplan.channel.city_light import Town, city_factor_at, city_light_factor, town_radiance
from passplan.errors import DomainError

TOWN = Town(azimuth_deg=350.0, horizon_radiance_w_m2_sr_um=1e-4, azimuth_width_deg=20.0, elevation_scale_deg=15.0)


def test_one_town():
    """Formula: its full value at the horizon, exp(-1/2) one width aside and through north, 1/e one scale up."""
    found = town_radiance(azimuth_deg=[350.0, 10.0, -10.0, 330.0], elevation_deg=[0.0, 0.0, 15.0, -5.0], towns=(TOWN,))
    np.testing.assert_allclose(found, 1e-4 * np.exp([0.0, -0.5, -1.0, -0.5]), rtol=1e-12)


def test_towns_add():
    """Sum of each alone; none is dark."""
    other = Town(azimuth_deg=90.0, horizon_radiance_w_m2_sr_um=5e-5)
    sight = {"azimuth_deg": np.linspace(0.0, 360.0, 7), "elevation_deg": 25.0}
    both = town_radiance(**sight, towns=(TOWN, other))
    alone = town_radiance(**sight, towns=(TOWN,)) + town_radiance(**sight, towns=(other,))
    np.testing.assert_allclose(both, alone, rtol=1e-12)
    np.testing.assert_array_equal(town_radiance(**sight, towns=()), np.zeros(7))


def test_pairs_fade_upwards():
    """Other code: without a scale the factors of ``city_light_factor``; with one, (f - 1)/e is left one scale up."""
    pairs = ((100.0, 3.0), (200.0, 1.0))
    azimuths_deg = [100.0, 150.0, 20.0]
    plain = city_light_factor(azimuth_deg=azimuths_deg, city_light=pairs)
    same = city_factor_at(azimuth_deg=azimuths_deg, elevation_deg=30.0, city_light=pairs)
    np.testing.assert_allclose(same, plain, rtol=1e-12)
    faded = city_factor_at(azimuth_deg=100.0, elevation_deg=20.0, city_light=pairs, elevation_scale_deg=20.0)
    assert faded == pytest.approx(1.0 + 2.0 / np.e)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("azimuth_deg", 360.0),
        ("horizon_radiance_w_m2_sr_um", -1.0),
        ("azimuth_width_deg", 0.0),
        ("elevation_scale_deg", 0.0),
    ],
)
def test_record_keeps_its_limits(field, value):
    """Refusal: the field by its name."""
    with pytest.raises(DomainError, match=f"Town.{field} is"):
        Town(**({"azimuth_deg": 0.0, "horizon_radiance_w_m2_sr_um": 1e-4} | {field: value}))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: town_radiance(azimuth_deg=np.nan, elevation_deg=0.0, towns=()), "azimuth_deg is nan"),
        (lambda: town_radiance(azimuth_deg=0.0, elevation_deg=91.0, towns=()), "elevation_deg is 91"),
        (lambda: city_factor_at(azimuth_deg=0.0, elevation_deg=-91.0, city_light=()), "elevation_deg is -91"),
        (
            lambda: city_factor_at(azimuth_deg=0.0, elevation_deg=0.0, city_light=(), elevation_scale_deg=0.0),
            "elevation_scale_deg is 0",
        ),
    ],
)
def test_refusals(call, message):
    """Refusal: field, value and range."""
    with pytest.raises(DomainError, match=message):
        call()


def test_towns_round_the_circle():
    """Linear between the given azimuths, through north as well; no towns, no change."""
    city = ((100.0, 3.0), (200.0, 1.0), (300.0, 2.0))
    factor = city_light_factor(azimuth_deg=[100.0, 150.0, 300.0, 0.0, 20.0, 380.0, -60.0], city_light=city)
    between = 2.0 + 60.0 / 160.0
    np.testing.assert_allclose(factor, [3.0, 2.0, 2.0, between, 2.5, 2.5, 2.0], rtol=1e-12)
    np.testing.assert_array_equal(city_light_factor(azimuth_deg=[0.0, 77.0], city_light=()), [1.0, 1.0])
    with pytest.raises(DomainError, match="azimuth_deg"):
        city_light_factor(azimuth_deg=np.nan, city_light=())
