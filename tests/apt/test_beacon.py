"""Beacon link: the printed photon budget, conservation of power, and limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.apt.beacon import Beacon, beacon_budget, photons_per_exposure, received_power_w
from passplan.apt.sensor import Camera, spot_electrons
from passplan.errors import DomainError

GROUND = Beacon(power_w=2.7, full_divergence_mrad=0.9, wavelength_nm=671.0)
FINE = Camera(field_mrad=0.64, pixels=60, frame_rate_hz=2000.0, saturation_e=1e12)


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


def test_budget_of_the_reference_pass():
    """Printed: at 5 % throughput 3.5e7 to 1.2e8 photons in 0.5 ms; half of them make electrons."""
    budget = beacon_budget(GROUND, FINE, range_km=[1200.0, 645.37], aperture_m=0.3)
    np.testing.assert_allclose(budget.electrons, [1.75e7, 6e7], rtol=2e-2)
    np.testing.assert_allclose(budget.received_w, 0.05e-6 * np.array([0.42, 1.44]), rtol=1e-2)
    np.testing.assert_allclose(budget.terms_db["optics"], 13.0103, rtol=1e-6)
    np.testing.assert_allclose(budget.terms_db["quantum efficiency"], 3.0103, rtol=1e-6)


def test_budget_against_the_direct_way():
    """Two routes: decibels term by term, and powers; pointing error, extinction and a whole grid in it."""
    beacon = Beacon(power_w=0.16, full_divergence_mrad=1.25, wavelength_nm=532.0, pointing_error_urad=300.0)
    range_km, extinction_db = np.array([500.0, 900.0, 1700.0]), np.array([2.0, 4.0, 9.0])
    budget = beacon_budget(beacon, FINE, range_km=range_km, aperture_m=1.2, extinction_db=extinction_db)
    power_w = received_power_w(beacon, range_km=range_km, aperture_m=1.2, transmittance=10.0 ** (-0.1 * extinction_db))
    photons = photons_per_exposure(power_w, wavelength_nm=532.0, exposure_s=FINE.exposure_s)
    np.testing.assert_allclose(budget.electrons, spot_electrons(FINE, photons), rtol=1e-12)
    np.testing.assert_allclose(budget.received_w, power_w * FINE.throughput, rtol=1e-12)
    assert set(budget.terms_db) == {
        "collection", "pointing", "extinction", "scintillation", "optics", "quantum efficiency"
    }  # fmt: skip
    np.testing.assert_allclose(budget.terms_db["pointing"], 2.0 * (300.0 / 625.0) ** 2 * 4.342944819, rtol=1e-9)
    np.testing.assert_allclose(budget.terms_db["scintillation"], 0.0, atol=1e-15)


def test_fade_that_a_share_of_the_time_exceeds(rng):
    """Quantile of simulated log-normal fades of mean 1 and index 0.4, 2 %; the mean has no loss."""
    fades = rng.lognormal(-0.5 * np.log(1.4), np.sqrt(np.log(1.4)), 1_000_000)
    arguments = {"range_km": 1000.0, "aperture_m": 0.3, "scintillation_index": 0.4}
    for share in (0.01, 0.1, 0.5):
        loss_db = beacon_budget(GROUND, FINE, **arguments, fade_share=share).terms_db["scintillation"]
        assert 10.0 ** (-0.1 * loss_db) == pytest.approx(np.quantile(fades, share), rel=0.02)


def test_beacon_that_points_elsewhere():
    """Limit: each term is cut at 300 dB, and no electron is left."""
    lost = Beacon(power_w=1.0, full_divergence_mrad=0.01, wavelength_nm=671.0, pointing_error_urad=1000.0)
    budget = beacon_budget(lost, FINE, range_km=1000.0, aperture_m=0.3)
    assert budget.terms_db["pointing"] == pytest.approx(300.0)
    assert budget.electrons < 1e-12


def test_shorter_exposure_gathers_less():
    """Exact: half of the frame, half of the electrons."""
    short = Camera(field_mrad=0.64, pixels=60, frame_rate_hz=2000.0, saturation_e=1e12, exposure_share=0.5)
    whole, half = (beacon_budget(GROUND, c, range_km=800.0, aperture_m=0.3).electrons for c in (FINE, short))
    assert half == pytest.approx(0.5 * whole, rel=1e-12)


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
    for name, value in (
        ("range_km", 0.0),
        ("aperture_m", -1.0),
        ("extinction_db", -1.0),
        ("scintillation_index", -1.0),
        ("fade_share", 0.6),
    ):
        with pytest.raises(DomainError, match=f"{name} is {value}"):
            beacon_budget(GROUND, FINE, **{"range_km": 1.0, "aperture_m": 1.0, name: value})
