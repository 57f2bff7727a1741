"""The fibre beside the satellite: the paper's comparison, dispersion by two routes, the bound without a repeater."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.channel.fibre import (
    SECONDS_PER_JULIAN_YEAR,
    crossover_distance_km,
    dispersed_width_ps,
    fibre_loss_db,
    orders_of_magnitude,
    plob_bound_bits,
    seconds_per_sifted_bit,
    transform_limited_width_nm,
)
from passplan.errors import DomainError


def test_twenty_orders_of_magnitude():
    """Nature 549, 43 (2017), Fig. 4: 1200 km of 0.2 dB/km are 240 dB, 20 orders beyond the satellite's 40 dB."""
    fibre_db = fibre_loss_db(length_km=1200.0)
    assert abs(fibre_db - 240.0) < 1e-9
    assert abs(orders_of_magnitude(loss_db=40.0, other_loss_db=fibre_db) - 20.0) < 1e-9


def test_six_million_years_for_a_bit():
    """Nature 549, 43 (2017): over six million years; exactly 2e14 s, 6.34 million Julian years."""
    wait_s = seconds_per_sifted_bit(loss_db=240.0)
    assert abs(wait_s / 2e14 - 1.0) < 1e-9
    assert abs(wait_s / SECONDS_PER_JULIAN_YEAR / 1e6 - 6.34) < 0.005


def test_fixed_losses_add():
    """Exact: ten splices of 0.05 dB on 50 and 100 km."""
    found_db = fibre_loss_db(length_km=[50.0, 100.0], attenuation_db_km=0.17, fixed_loss_db=0.5)
    np.testing.assert_allclose(found_db, [9.0, 17.5], rtol=1e-14)


def test_dispersion_of_a_transform_limited_pulse():
    """Two routes: D L width against sqrt(1 + (4 ln 2 beta2 L / pulse^2)^2), beta2 = -D wavelength^2 / (2 pi c)."""
    pulse_ps, wavelength_nm, length_km, dispersion = 30.0, 1550.0, 80.0, 17.0
    spectral_nm = transform_limited_width_nm(pulse_fwhm_ps=pulse_ps, wavelength_nm=wavelength_nm)
    found_ps = dispersed_width_ps(length_km=length_km, pulse_fwhm_ps=pulse_ps, spectral_fwhm_nm=spectral_nm)
    light_nm_ps = 299_792.458
    beta2_ps2_km = dispersion * wavelength_nm**2 / (2.0 * np.pi * light_nm_ps)
    expected_ps = pulse_ps * np.sqrt(1.0 + (4.0 * np.log(2.0) * beta2_ps2_km * length_km / pulse_ps**2) ** 2)
    assert abs(found_ps / expected_ps - 1.0) < 1e-12
    assert found_ps > 5.0 * pulse_ps


def test_no_dispersion_no_broadening():
    """Limit: D = 0."""
    width_ps = dispersed_width_ps(
        length_km=1000.0, pulse_fwhm_ps=200.0, spectral_fwhm_nm=0.1, dispersion_ps_nm_km=[0.0, -17.0]
    )
    assert width_ps[0] == 200.0
    assert abs(width_ps[1] - np.hypot(200.0, 1700.0)) < 1e-9


def test_crossover_with_a_steady_and_a_rising_satellite_loss():
    """Exact: 40 dB at 0.2 dB/km is 200 km; 30 dB + 0.05 dB/km crosses where 0.15 d = 30."""
    distance_km = np.array([0.0, 150.0, 1000.0])
    steady_km = crossover_distance_km(distance_km=distance_km, satellite_loss_db=40.0)
    rising_km = crossover_distance_km(distance_km=distance_km, satellite_loss_db=30.0 + 0.05 * distance_km)
    assert abs(steady_km - 200.0) < 1e-9
    assert abs(rising_km - 200.0) < 1e-9
    with_switch_km = crossover_distance_km(distance_km=distance_km, satellite_loss_db=40.0, fixed_loss_db=4.0)
    assert abs(with_switch_km - 180.0) < 1e-9


def test_repeaterless_bound():
    """Exact: half a transmittance gives one bit; 1 / ln 2 times the transmittance where that is small."""
    np.testing.assert_allclose(plob_bound_bits(transmittance=[0.0, 0.5, 0.75]), [0.0, 1.0, 2.0], atol=1e-15)
    assert abs(plob_bound_bits(transmittance=1e-24) / (1e-24 / np.log(2.0)) - 1.0) < 1e-14


@given(length_km=st.floats(0.0, 1000.0), more_km=st.floats(1.0, 500.0))
def test_a_longer_fibre_waits_longer(length_km, more_km):
    """Property: loss, wait and width rise with the length."""
    near_db, far_db = fibre_loss_db(length_km=[length_km, length_km + more_km])
    assert far_db > near_db
    assert seconds_per_sifted_bit(loss_db=far_db) > seconds_per_sifted_bit(loss_db=near_db)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fibre_loss_db(length_km=-1.0), "length_km is -1"),
        (lambda: fibre_loss_db(length_km=1.0, attenuation_db_km=np.nan), "attenuation_db_km is nan"),
        (lambda: fibre_loss_db(length_km=1.0, fixed_loss_db=-2.0), "fixed_loss_db is -2"),
        (lambda: orders_of_magnitude(loss_db=-1.0, other_loss_db=2.0), "loss_db is -1"),
        (lambda: seconds_per_sifted_bit(loss_db=1.0, sifting=0.0), "sifting is 0"),
        (lambda: seconds_per_sifted_bit(loss_db=1.0, photons_per_pulse=2.0), "photons_per_pulse is 2"),
        (lambda: transform_limited_width_nm(pulse_fwhm_ps=0.0, wavelength_nm=1550.0), "pulse_fwhm_ps is 0"),
        (lambda: dispersed_width_ps(length_km=1.0, pulse_fwhm_ps=1.0, spectral_fwhm_nm=-1.0), "spectral_fwhm_nm is -1"),
        (lambda: plob_bound_bits(transmittance=1.0), "transmittance is 1"),
        (lambda: crossover_distance_km(distance_km=[2.0, 1.0], satellite_loss_db=1.0), "two rising distances"),
        (
            lambda: crossover_distance_km(distance_km=[0.0, 100.0], satellite_loss_db=40.0),
            "do not cross between 0 and 100 km",
        ),
    ],
)
def test_inputs_outside_their_range_are_refused(call, message):
    """Refusal: each input is named with its value."""
    with pytest.raises(DomainError, match=message):
        call()
