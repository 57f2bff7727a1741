"""Errors by cause: they sum to the whole, each to its formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.polarization.coatings import Ideal, Metal
from passplan.polarization.compensation import compensate
from passplan.polarization.error_balance import CAUSES, error_balance
from passplan.polarization.error_rate import contrast, error_of_visibility, visibility
from passplan.polarization.plate_motor import WavePlateMotor
from passplan.polarization.receiver import PolarizationReceiver
from passplan.polarization.train import PRESETS

ROUNDING = 1e-12
GOLD = Metal(material="gold", index=(0.16, 5.34))
IDEAL = WavePlateMotor(
    step_deg=0.0,
    update_period_s=0.02,
    latency_s=0.0,
    max_rate_deg_s=1e6,
    max_acceleration_deg_s2=1e9,
    prediction=True,
)
USUAL = WavePlateMotor(
    step_deg=0.1, update_period_s=1.0, latency_s=0.5, max_rate_deg_s=10.0, max_acceleration_deg_s2=20.0
)


def receiver_of(motor=IDEAL, frame="tube", **changes):
    return PolarizationReceiver(**{"frame": frame, "intrinsic_contrast": 280.0, "motor": motor} | changes)


@pytest.mark.parametrize("plates", ["half-wave", "quarter-half-quarter"])
@pytest.mark.parametrize("frame", ["tube", "nasmyth", "coude-sum"])
def test_causes_sum_to_the_whole(reference_arrival, frame, plates):
    """Property: at every sample the four causes add up to the mean error of the four states, none missing."""
    receiver = receiver_of(USUAL, frame, plates=plates, coating=GOLD if PRESETS[frame] else Ideal(), depolarized=0.003)
    compensation = compensate(receiver, reference_arrival(train=receiver.train))
    unknown_deg = np.linspace(0.0, 2.0, 417)
    balance = error_balance(receiver, compensation, unknown_sigma_deg=unknown_deg)
    assert tuple(balance.by_cause) == CAUSES
    total = sum(balance.by_cause.values())
    np.testing.assert_allclose(total, balance.driven.mean(axis=0), atol=ROUNDING)
    np.testing.assert_allclose(total, balance.bases(compensated=True).mean(axis=0), atol=ROUNDING)
    assert np.all(balance.by_cause["optics"] > 0.0)
    assert np.all(balance.by_cause["intrinsic"] > 0.0)
    assert balance.by_cause["knowledge"][0] == 0.0


@given(
    bias_deg=st.floats(-5.0, 5.0),
    sigma_deg=st.floats(0.0, 20.0),
    depolarized=st.floats(0.0, 0.3),
    intrinsic_contrast=st.floats(2.0, 1e6),
    rotation_deg=st.floats(-90.0, 90.0),
)
def test_each_cause_multiplies_the_visibility(
    still_arrival, bias_deg, sigma_deg, depolarized, intrinsic_contrast, rotation_deg
):
    """Exact: independent flips: 1 - d, cos 4 b, exp(-2 s^2), (C - 1) / (C + 1), in that order."""
    motor = WavePlateMotor(
        step_deg=0.0,
        update_period_s=1.0,
        latency_s=0.0,
        max_rate_deg_s=1.0,
        max_acceleration_deg_s2=1.0,
        bias_deg=bias_deg,
    )
    receiver = receiver_of(motor, depolarized=depolarized, intrinsic_contrast=intrinsic_contrast)
    compensation = compensate(receiver, still_arrival(receiver, rotation_deg=rotation_deg))
    balance = error_balance(receiver, compensation, unknown_sigma_deg=sigma_deg)
    factors = [
        1.0 - depolarized,
        np.cos(4.0 * np.deg2rad(bias_deg)),
        np.exp(-2.0 * np.deg2rad(sigma_deg) ** 2),
        (intrinsic_contrast - 1.0) / (intrinsic_contrast + 1.0),
    ]
    expected = np.diff(0.5 * (1.0 - np.cumprod(factors)), prepend=0.0)
    found = [balance.by_cause[name] for name in CAUSES]
    np.testing.assert_allclose(found, np.broadcast_to(expected[:, None], (4, 4)), atol=1e-10)
    rotated = 0.5 * (1.0 - np.cos(2.0 * np.deg2rad(rotation_deg)) * factors[0] * factors[3])
    np.testing.assert_allclose(balance.still, rotated, atol=1e-10)


def test_contrast_and_error_rate_are_consistent(reference_arrival):
    """Exact: QBER = (1 - V) / 2 = 1 / (1 + C) for both bases, before and after; a perfect receiver keeps its 280:1."""
    receiver = receiver_of()
    balance = error_balance(receiver, compensate(receiver, reference_arrival()))
    assert np.abs(contrast(balance.driven) - 280.0).max() < 1e-4
    for compensated in (True, False):
        qber = balance.bases(compensated=compensated)
        np.testing.assert_allclose(qber, 1.0 / (1.0 + contrast(qber)), atol=ROUNDING)
        np.testing.assert_allclose(qber, error_of_visibility(visibility(qber)), atol=ROUNDING)
        states = balance.driven if compensated else balance.still
        np.testing.assert_allclose(qber, [states[:2].mean(axis=0), states[2:].mean(axis=0)], atol=ROUNDING)
    assert balance.bases(compensated=False).max() > 0.99


def test_both_bases_suffer_a_rotation_alike_and_a_retardance_not(reference_arrival):
    """Property: rotation hurts H/V and D/A equally; gold behind a half-wave plate does not."""
    receiver = receiver_of(USUAL)
    qber = error_balance(receiver, compensate(receiver, reference_arrival())).bases(compensated=True)
    np.testing.assert_allclose(qber[0], qber[1], atol=ROUNDING)
    golden = receiver_of(USUAL, "nasmyth", coating=GOLD)
    apart = error_balance(golden, compensate(golden, reference_arrival(train=golden.train))).bases(compensated=True)
    assert np.abs(apart[0] - apart[1]).max() > 0.01


def test_arrays_are_read_only(still_arrival):
    """Property: no stage changes the result of another."""
    receiver = receiver_of()
    balance = error_balance(receiver, compensate(receiver, still_arrival(receiver)))
    for array in (balance.still, balance.driven, *balance.by_cause.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


def test_a_spread_that_is_none_is_refused(still_arrival):
    """Refusal: a negative standard deviation, or one that is no number."""
    receiver = receiver_of()
    compensation = compensate(receiver, still_arrival(receiver))
    for sigma_deg in (-0.1, np.nan):
        with pytest.raises(DomainError, match=rf"sigma_deg is {sigma_deg}"):
            error_balance(receiver, compensation, unknown_sigma_deg=sigma_deg)
