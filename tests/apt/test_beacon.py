"""Beacon link: the printed photon budget, conservation of power, and limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.apt.beacon import Beacon, photons_per_exposure, received_power_w
from passplan.errors import DomainError

GROUND = Beacon(power_w=2.7, full_divergence_mrad=0.9, wavelength_nm=671.0)


def test_photon_budget_of_the_reference_pass():
    """Printed: 2.7 W, 0.9 mrad, 0.3 m give 0.42 to 1.4 uW, and at 5 % throughput 3.5e7 to 1.2e8 photons in 0.5 ms."""
    power_w = received_power_w(GROUND, range_km=[1200.0, 645.37], aperture_m=0.3)
    photons = photons_per_exposure(0.05 * power_w, wavelength_nm=671.0, exposure_s=0.5e-3)
    np.testing.assert_allclose(power_w * 1e6, [0.42, 1.44], rtol=1e-2)
    np.testing.assert_allclose(photons, [3.5e7, 1.2e8], rtol=2e-2)


def test_a_photon_has_its_energy():
    """One joule at 532 nm is 2.678e18 photons (E = hc/lambda = 3.7338e-19 J)."""
    assert photons_per_exposure(1.0, wavelength_nm=532.0, exposure_s=1.0) == pytest.approx(1 / 3.7338e-19, rel=1e-4)


def test_offset_beam():
    """At the 1/e^2 half-angle the intensity is e^-2 of that on the axis."""
    offset = Beacon(power_w=2.7, full_divergence_mrad=0.9, wavelength_nm=671.0, pointing_error_urad=450.0)
    ratio = received_power_w(offset, range_km=1000.0, aperture_m=0.3) / received_power_w(
        GROUND, range_km=1000.0, aperture_m=0.3
    )
    assert ratio == pytest.approx(np.exp(-2.0), rel=1e-12)


@given(range_km=st.floats(1.0, 4e4), transmittance=st.floats(0.0, 1.0))
def test_no_more_than_was_sent(range_km, transmittance):
    """Property: 0 <= received <= sent, and less from farther away."""
    near, far = (
        received_power_w(GROUND, range_km=r, aperture_m=0.3, transmittance=transmittance)
        for r in (range_km, 2 * range_km)
    )
    assert 0.0 <= far <= near <= 2.7 * transmittance


def test_refusals():
    """Each limit names its field."""
    with pytest.raises(DomainError, match="range_km is 0"):
        received_power_w(GROUND, range_km=0.0, aperture_m=0.3)
    with pytest.raises(DomainError, match="transmittance is 2"):
        received_power_w(GROUND, range_km=1.0, aperture_m=0.3, transmittance=2.0)
    with pytest.raises(DomainError, match="exposure_s is 0"):
        photons_per_exposure(1.0, wavelength_nm=532.0, exposure_s=0.0)
    with pytest.raises(DomainError, match=r"Beacon.power_w is -1"):
        Beacon(power_w=-1.0, full_divergence_mrad=0.9, wavelength_nm=671.0)
