"""Grids and states that a reader can interpolate."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import BarycentricInterpolator

from passplan.errors import DomainError, InputError
from passplan.mission.formats.sampling import (
    MARGIN_SAMPLES,
    check_step,
    ephemeris,
    grid_s,
    in_order,
    largest_step_s,
    one_satellite,
)
from passplan.orbit.elements import period_s

NOON = datetime(2016, 12, 19, 12, tzinfo=UTC)


@given(
    first=st.floats(0.0, 86_399.0),
    length=st.floats(0.0, 7_200.0),
    step=st.sampled_from([0.1, 0.5, 1.0, 7.0, 60.0]),
    margin=st.integers(1, 6),
)
def test_grid_encloses_with_its_margin_and_lies_on_multiples(first, length, step, margin):
    """Property: ``margin`` samples at or before the first instant and at or after the last, not one more needed."""
    start = NOON.replace(hour=0) + timedelta(seconds=first)
    end = start + timedelta(seconds=length)
    epoch, seconds = grid_s(start, end, step, margin)
    low, high = (start - epoch).total_seconds(), (end - epoch).total_seconds()
    tiny = 1e-6
    assert seconds[margin - 1] <= low + tiny
    assert seconds[margin - 1] > low - step - tiny
    assert high - tiny <= seconds[-margin] < high + step + tiny
    np.testing.assert_allclose(seconds / step, np.rint(seconds / step), atol=1e-5)
    np.testing.assert_allclose(np.diff(seconds), step, atol=2e-6)


def test_too_many_samples_and_too_small_steps_are_refused():
    with pytest.raises(DomainError, match=r"step_s is 0.001 s, gives 86400001 samples, must give at most 1000000"):
        grid_s(NOON, NOON + timedelta(days=1), 0.001, 1)
    with pytest.raises(DomainError, match=r"step_s is 0.0, must lie in \[0.001, 86400\]"):
        grid_s(NOON, NOON + timedelta(days=1), 0.0, 1)


@pytest.mark.parametrize("orbit", ["micius", "molniya"])
@pytest.mark.parametrize("frame", ["ground", "space"])
def test_the_largest_step_interpolates_to_a_millimetre(orbit, frame, request, direct):
    """Ten-point interpolation by scipy against Skyfield, through the perigee of a Molniya orbit too."""
    elements = request.getfixturevalue(orbit)
    step = np.floor(largest_step_s(elements))
    last = NOON + timedelta(seconds=period_s(elements))
    states = ephemeris(elements, NOON, last, step, frame)
    asked = np.round(np.linspace(0.0, period_s(elements), 301), 6)  # 0.5 us would be 4 mm
    inside = (NOON - states.epoch_utc).total_seconds() + asked
    truth = direct(elements, [NOON + timedelta(seconds=second) for second in asked])
    truth_km = truth.ground_km if frame == "ground" else truth.space_km
    left = np.searchsorted(states.time_s, inside, side="right") - 1
    for second, index, position_km in zip(inside, left, truth_km, strict=True):
        nodes = slice(index - MARGIN_SAMPLES + 1, index + MARGIN_SAMPLES + 1)
        local = states.time_s[nodes] - second
        found_km = BarycentricInterpolator(local, states.position_km[nodes])(0.0)
        one_millimetre_km = 1e-6
        assert np.abs(found_km - position_km).max() < one_millimetre_km


def test_steps_beyond_are_refused(micius):
    """A low orbit of 5670 s: a sixtieth is 94 s."""
    with pytest.raises(DomainError, match=r"step_s is 150 s, must lie in \[0.001, 94\.\d\] s for Micius"):
        check_step(micius, 150.0)
    with pytest.raises(DomainError, match="step_s is nan s"):
        check_step(micius, float("nan"))


def test_a_leap_second_within_is_refused(micius_new_year):
    """2016-12-31T23:59:60: SGP4's days have 86,400 s, so that the orbit jumps by 7 km there."""
    midnight = datetime(2017, 1, 1, tzinfo=UTC)
    with pytest.raises(
        InputError, match="leap second lies within the ephemeris of Micius, before 2017-01-01T00:00:00Z"
    ):
        ephemeris(micius_new_year, midnight - timedelta(minutes=5), midnight + timedelta(minutes=5), 10.0, "space")
    after = ephemeris(micius_new_year, midnight + timedelta(minutes=1), midnight + timedelta(minutes=9), 10.0, "space")
    assert after.times_utc[0] == midnight + timedelta(seconds=20)


def test_order_and_doubles(passes):
    again = in_order([*reversed(passes), passes[0]])
    assert [item.pass_id for item in again] == [item.pass_id for item in sorted(passes, key=lambda item: item.rise_utc)]


def test_no_pass_and_other_satellites_are_refused(one, molniya):
    with pytest.raises(InputError, match="there is no pass to export"):
        in_order([])
    other = replace(one, norad_id=25544)
    with pytest.raises(InputError, match="an OEM holds one satellite, but the passes are of 25544, 41731"):
        one_satellite([one, other], "an OEM")
