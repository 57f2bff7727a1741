"""Wind on a mount: the gust spectrum's integral and slope, the still limit of the servo, limits."""

import numpy as np
import pytest
from scipy.integrate import quad

from passplan.apt.spectrum import cumulative_rms_urad
from passplan.apt.wind import WindLoad, gust_psd, wind_torque_psd
from passplan.errors import DomainError

GUSTS = {"wind_m_s": 6.0, "gust_rms_m_s": 0.9, "gust_length_m": 60.0}
LOAD = WindLoad(wind_m_s=6.0, area_m2=1.5, lever_m=0.5, inertia_kg_m2=800.0, servo_hz=5.0)


def test_gusts_hold_their_rms():
    """Integral of von Karman's spectrum: the variance of the speed, but for the rounding of 70.8 (70.78 exactly)."""
    variance, _ = quad(lambda x: gust_psd(np.exp(x), **GUSTS) * np.exp(x), -25.0, 30.0, limit=500)
    assert variance == pytest.approx(0.81, rel=2e-4)


def test_gusts_fall_with_the_five_thirds():
    """Kolmogorov's inertial range above U/L; 4 s^2 L/U at rest, four times the integral time."""
    slope = np.log(gust_psd(100.0, **GUSTS) / gust_psd(10.0, **GUSTS)) / np.log(10.0)
    assert slope == pytest.approx(-5.0 / 3.0, abs=1e-3)
    assert gust_psd(0.0, **GUSTS) == pytest.approx(4.0 * 0.81 * 10.0)


def test_slow_gusts_move_a_stiff_mount_as_a_spring():
    """Torque 2 T s/U over the stiffness J w^2, when servo and area are far above the gusts."""
    stiff = WindLoad(wind_m_s=6.0, area_m2=1e-6, lever_m=5e5, inertia_kg_m2=800.0, servo_hz=500.0)
    torque_n_m = 0.5 * 1.225 * 1.2 * 1e-6 * 5e5 * 36.0
    assert stiff.mean_torque_n_m == pytest.approx(torque_n_m)
    expected_urad = 2.0 * torque_n_m * 0.15 / (800.0 * (2.0 * np.pi * 500.0) ** 2) * 1e6
    assert cumulative_rms_urad(stiff, frequency_hz=1e-4) == pytest.approx(expected_urad, rel=0.005)


def test_a_fast_gust_meets_inertia_alone():
    """Far above the servo the angle is torque over J (2 pi f)^2, and the area averages small gusts away."""
    frequency_hz = np.array([500.0, 1000.0])
    inertia = wind_torque_psd(LOAD, frequency_hz) / (800.0 * (2.0 * np.pi * frequency_hz) ** 2) ** 2 * 1e12
    np.testing.assert_allclose(LOAD(frequency_hz), inertia, rtol=1e-3)
    slope = np.log2(wind_torque_psd(LOAD, 1000.0) / wind_torque_psd(LOAD, 500.0))
    assert slope == pytest.approx(-5.0 / 3.0 - 8.0 / 3.0, abs=0.02)


def test_angle_grows_with_the_square_of_the_wind():
    """Property: with the servo far above the gusts, twice the wind makes four times the angle."""
    rms_urad = []
    for wind_m_s in (3.0, 6.0):
        load = WindLoad(wind_m_s=wind_m_s, area_m2=1e-6, lever_m=1e5, inertia_kg_m2=800.0, servo_hz=500.0)
        rms_urad.append(float(cumulative_rms_urad(load, frequency_hz=1e-4)))
    assert rms_urad[1] / rms_urad[0] == pytest.approx(4.0, rel=0.01)


def test_refusals():
    """Each limit names its field."""
    with pytest.raises(DomainError, match=r"WindLoad\.servo_hz is 0"):
        WindLoad(wind_m_s=6.0, area_m2=1.5, lever_m=0.5, inertia_kg_m2=800.0, servo_hz=0.0)
    with pytest.raises(DomainError, match="frequency_hz is -1"):
        LOAD(-1.0)
    for name, value in (("wind_m_s", 0.0), ("gust_rms_m_s", -1.0), ("gust_length_m", 0.0)):
        with pytest.raises(DomainError, match=f"{name} is {value:g}"):
            gust_psd(1.0, **{**GUSTS, name: value})
