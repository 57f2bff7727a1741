import numpy as np
import pytest

from passplan.errors import DomainError
from passplan.orbit.overhead import overhead_elevation_deg, overhead_point_ahead_urad


def test_zenith_and_horizon():
    """Limits: at the orbit's height 90 deg, at the tangent 0; the speed at 500 km is 7.61 km/s: 50.8 urad of lead."""
    tangent_km = np.sqrt(6878.137**2 - 6378.137**2)
    np.testing.assert_allclose(
        overhead_elevation_deg(range_km=[500.0, tangent_km], orbit_height_km=500.0), [90.0, 0.0], atol=1e-5
    )
    lead_urad = overhead_point_ahead_urad(range_km=500.0, orbit_height_km=500.0)
    assert lead_urad == pytest.approx(2e6 * 7.6126 / 299_792.458, rel=1e-4)


def test_the_triangle_closes():
    """Other route: the satellite set at an angle from the site on its circle, range and elevation from vectors."""
    turn = np.deg2rad([1.0, 4.0, 9.0])
    site_km, radius_km = 6378.137 + 5.05, 6878.137
    across_km, up_km = radius_km * np.sin(turn), radius_km * np.cos(turn) - site_km
    range_km = np.hypot(across_km, up_km)
    at = {"range_km": range_km, "orbit_height_km": 500.0, "site_height_m": 5050.0}
    np.testing.assert_allclose(overhead_elevation_deg(**at), np.rad2deg(np.arctan2(up_km, across_km)), atol=1e-9)
    speed_km_s = np.sqrt(398_600.8 / radius_km)
    velocity = speed_km_s * np.stack([np.cos(turn), -np.sin(turn)])
    along = (across_km * velocity[0] + up_km * velocity[1]) / range_km
    expected_urad = 2e6 * np.sqrt(speed_km_s**2 - along**2) / 299_792.458
    np.testing.assert_allclose(overhead_point_ahead_urad(**at), expected_urad, rtol=1e-9)


@pytest.mark.parametrize("range_km", [400.0, 3000.0, np.nan])
def test_ranges_that_are_not_seen(range_km):
    with pytest.raises(DomainError, match=r"range_km is .*, must lie in \[500"):
        overhead_elevation_deg(range_km=range_km, orbit_height_km=500.0)


def test_other_refusals():
    with pytest.raises(DomainError, match="orbit_height_km is 5"):
        overhead_elevation_deg(range_km=500.0, orbit_height_km=5.0)
    with pytest.raises(DomainError, match="site_height_m is 20000"):
        overhead_point_ahead_urad(range_km=500.0, orbit_height_km=500.0, site_height_m=20_000.0)
