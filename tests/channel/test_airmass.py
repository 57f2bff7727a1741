import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from passplan.channel.airmass import (
    AIRMASS_MODELS,
    airmass_model,
    layer_airmass,
    plane_parallel_airmass,
    shell_airmass,
    young_airmass,
)
from passplan.channel.extinction import airmass
from passplan.channel.refraction import apparent_elevation_deg
from passplan.errors import DomainError, UnknownName

EARTH_M = 6378137.0


def test_kasten_and_young_as_tabulated():
    """Kasten and Young 1989: 1 at 90 deg, 1.994 at 30, 2.90 at 20, 5.59 at 10, to the printed digit."""
    values = airmass_model("kasten-young-1989")(elevation_deg=[90.0, 30.0, 20.0, 10.0])
    printed_step = np.array([0.0005, 0.0005, 0.005, 0.005])
    assert np.all(np.abs(values - [1.0, 1.994, 2.90, 5.59]) <= printed_step)


def test_plane_parallel_is_the_cosecant():
    """Exact: 1 / sin 30 deg = 2; 5.7588 at 10 deg."""
    np.testing.assert_allclose(plane_parallel_airmass(elevation_deg=[30.0, 10.0]), [2.0, 5.758770], rtol=1e-6)


def test_young_meets_kasten_and_young():
    """Second formula: 1994 at the true elevation and 1989 at the apparent one agree to 0.3 % from 5 deg up."""
    true_deg = np.linspace(5.0, 90.0, 40)
    apparent_deg = apparent_elevation_deg(elevation_deg=true_deg)
    np.testing.assert_allclose(
        young_airmass(elevation_deg=true_deg), airmass(elevation_deg=np.minimum(apparent_deg, 90.0)), rtol=3e-3
    )
    assert young_airmass(elevation_deg=0.0) == pytest.approx(31.735, abs=1e-3)  # 0.0096467 / 0.000303978


def exact_shell(elevation_deg, scale_height_m):
    """Column of exp(-z / H) along a straight path, the height without approximation."""
    sine = np.sin(np.radians(elevation_deg))

    def density(s):
        height_m = np.sqrt(EARTH_M**2 + s**2 + 2.0 * EARTH_M * s * sine) - EARTH_M
        return np.exp(-height_m / scale_height_m) / scale_height_m

    stop_m = 25.0 * scale_height_m / max(sine, 0.02)
    return quad(density, 0.0, stop_m, epsabs=0.0, epsrel=1e-9, limit=200)[0]


@pytest.mark.parametrize("scale_height_m", [1500.0, 8434.0])
@pytest.mark.parametrize("elevation_deg", [0.0, 2.0, 5.0, 10.0, 20.0, 45.0, 90.0])
def test_the_shell_is_the_integral(elevation_deg, scale_height_m):
    """Numeric quadrature of the exact geometry, to 0.1 %."""
    value = shell_airmass(elevation_deg=elevation_deg, scale_height_m=scale_height_m)
    assert value == pytest.approx(exact_shell(elevation_deg, scale_height_m), rel=1e-3)


def test_the_shell_of_air_meets_kasten_and_young():
    """Kasten and Young 1989, who trace bent rays, from 10 deg up to 1 %; haze of 1500 m lies 2 % above them at 10."""
    elevation_deg = np.linspace(10.0, 90.0, 30)
    straight = shell_airmass(elevation_deg=elevation_deg)
    np.testing.assert_allclose(straight, airmass(elevation_deg=elevation_deg), rtol=0.01)
    haze = shell_airmass(elevation_deg=10.0, scale_height_m=1500.0)
    assert haze / airmass(elevation_deg=10.0) == pytest.approx(1.02, abs=0.005)


@given(low_deg=st.floats(0.1, 80.0), layer_km=st.floats(0.1, 50.0))
def test_airmass_falls_with_elevation(low_deg, layer_km):
    """Property: every model falls towards the zenith, where it is 1; a layer stays under the cosecant."""
    models = [*AIRMASS_MODELS.values()]
    models.append(lambda elevation_deg: layer_airmass(elevation_deg=elevation_deg, layer_height_m=layer_km * 1e3))
    for model in models:
        low, high, zenith = model(elevation_deg=[low_deg, low_deg + 9.0, 90.0])
        assert low > high > zenith
        assert zenith == pytest.approx(1.0, abs=4e-4)
    assert models[-1](elevation_deg=low_deg) < plane_parallel_airmass(elevation_deg=low_deg)


def test_a_layer_at_ten_kilometres():
    """Exact triangle: at the horizon (R + z) / sqrt(2 R z + z^2) = 17.89 for 10 km."""
    expected = (EARTH_M + 1e4) / np.sqrt(2.0 * EARTH_M * 1e4 + 1e8)
    assert layer_airmass(elevation_deg=0.0, layer_height_m=1e4) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", sorted(AIRMASS_MODELS))
def test_below_the_horizon_is_refused(name):
    """Refusal: elevation under 0, above 90, nan."""
    for elevation_deg in (-0.1, 90.1, np.nan):
        with pytest.raises(DomainError, match=r"elevation_deg is .* must lie in"):
            airmass_model(name)(elevation_deg=[45.0, elevation_deg])


def test_other_refusals():
    """Refusal: horizon of a flat Earth, layer and scale height of 0, an unknown model."""
    with pytest.raises(DomainError, match="elevation_deg"):
        plane_parallel_airmass(elevation_deg=0.0)
    with pytest.raises(DomainError, match="scale_height_m"):
        shell_airmass(elevation_deg=30.0, scale_height_m=0.0)
    with pytest.raises(DomainError, match="layer_height_m"):
        layer_airmass(elevation_deg=30.0, layer_height_m=0.0)
    with pytest.raises(DomainError, match="elevation_deg"):
        layer_airmass(elevation_deg=-1.0, layer_height_m=1e4)
    with pytest.raises(UnknownName, match="did you mean 'young-1994'"):
        airmass_model("young-1995")
