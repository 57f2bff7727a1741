"""Mount: an axis after its target against kinematics, whole rates, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.apt.mount import Mount, follow_limited, whole_rates, within_limits
from passplan.errors import DomainError

TIME_S = np.arange(0.0, 60.0, 0.01)


def test_a_target_within_the_limits_is_followed_exactly():
    """A swing of 10 deg at 0.5 rad/s: 5 deg/s and 2.5 deg/s^2."""
    target = 10.0 * np.sin(0.5 * TIME_S)
    way = follow_limited(target, TIME_S, rate_limit_deg_s=5.01, acceleration_limit_deg_s2=2.51)
    np.testing.assert_allclose(way, target, atol=1e-9)
    assert within_limits(target, TIME_S, rate_limit_deg_s=5.01, acceleration_limit_deg_s2=2.51)
    assert not within_limits(target, TIME_S, rate_limit_deg_s=4.99, acceleration_limit_deg_s2=2.51)
    assert not within_limits(target, TIME_S, rate_limit_deg_s=5.01, acceleration_limit_deg_s2=2.49)


@pytest.mark.parametrize("sense", [1.0, -1.0])
def test_a_jump_is_made_good_in_the_time_of_bang_bang(sense):
    """A/v + v/a from rest to rest, here 30/3 + 3/1 s."""
    target = np.full(TIME_S.size, 30.0 * sense)
    way = follow_limited(target, TIME_S, rate_limit_deg_s=3.0, acceleration_limit_deg_s2=1.0, start=(0.0, 0.0))
    arrived_s = TIME_S[np.argmax(np.abs(way - target) < 1e-3)]
    assert arrived_s == pytest.approx(13.0, abs=0.1)
    assert np.abs(way).max() < 30.0 + 1e-9


@given(
    knots=st.lists(st.floats(-180.0, 180.0), min_size=4, max_size=12),
    rate=st.floats(0.5, 10.0),
    acceleration=st.floats(0.5, 20.0),
)
def test_the_limits_hold_whatever_the_target(knots, rate, acceleration):
    """Rates and their changes never exceed the limits."""
    time_s = np.arange(0.0, 20.0, 0.05)
    target = np.interp(time_s, np.linspace(0.0, 20.0, len(knots)), knots)
    way = follow_limited(target, time_s, rate_limit_deg_s=rate, acceleration_limit_deg_s2=acceleration)
    rates = np.diff(way) / 0.05
    assert np.abs(rates).max() <= rate * (1.0 + 1e-6)
    assert np.abs(np.diff(rates)).max() <= acceleration * 0.05 * (1.0 + 1e-6)


@given(rate_deg_s=st.floats(-0.9, 0.9), bend=st.floats(-0.01, 0.01))
def test_whole_rates_keep_near(rate_deg_s, bend):
    """Each piece has a whole multiple of the step, and the error at its end is at most half a step's way."""
    mount = Mount(rate_step_deg_s=0.05, rate_update_s=2.0)
    time_s = np.arange(0.0, 30.01, 0.1)
    target = rate_deg_s * time_s + 0.5 * bend * (time_s - 15.0) ** 2
    way = whole_rates(mount, target, time_s, rate_limit_deg_s=3.0)
    multiples = np.diff(way) / 0.1 / 0.05
    np.testing.assert_allclose(multiples, np.round(multiples), atol=1e-6)
    error = np.abs(way - target)
    assert error[::20].max() <= 0.5 * 0.05 * 2.0 + 1e-9
    assert error.max() <= 0.05 * 2.0


def test_refusals():
    """Each limit names its field."""
    with pytest.raises(DomainError, match=r"Mount.azimuth_range_deg is \(10, -10\), low must be less than high"):
        Mount(azimuth_range_deg=(10.0, -10.0))
    with pytest.raises(DomainError, match=r"Mount.azimuth_range_deg is nan"):
        Mount(azimuth_range_deg=(np.nan, 10.0))
    with pytest.raises(DomainError, match=r"Mount.elevation_range_deg is 300"):
        Mount(elevation_range_deg=(0.0, 300.0))
    with pytest.raises(DomainError, match=r"Mount.stow_azimuth_deg is 300.0, must lie in \[-270, 270\]"):
        Mount(stow_azimuth_deg=300.0)
    with pytest.raises(DomainError, match=r'Mount.keyhole is \'wait\', must be "follow" or "lead"'):
        Mount(keyhole="wait")
    with pytest.raises(DomainError, match=r"Mount.may_flip is true, but elevation_range_deg ends at 90 deg"):
        Mount(may_flip=True)
    with pytest.raises(DomainError, match=r"Mount.rate_step_deg_s is -1"):
        Mount(rate_step_deg_s=-1.0)
    with pytest.raises(DomainError, match=r"Mount.rate_step_deg_s is 0.0, must lie in \(0, 3\]"):
        whole_rates(Mount(), np.zeros(3), np.arange(3.0), rate_limit_deg_s=3.0)
    limits = {"rate_limit_deg_s": 1.0, "acceleration_limit_deg_s2": 1.0}
    with pytest.raises(DomainError, match=r"target_deg has shape \(3,\), time_s \(4,\)"):
        follow_limited(np.zeros(3), np.arange(4.0), **limits)
    with pytest.raises(DomainError, match=r"steps of time_s is -1"):
        follow_limited(np.zeros(2), [1.0, 0.0], **limits)
    with pytest.raises(DomainError, match=r"rate_limit_deg_s is 0"):
        follow_limited(np.zeros(2), [0.0, 1.0], rate_limit_deg_s=0.0, acceleration_limit_deg_s2=1.0)
