"""Attitude between given instants."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from passplan.errors import DomainError
from passplan.polarization.attitude_history import AttitudeHistory, AttitudeSegment, attitude_at

EPOCH = datetime(2016, 12, 19, 16, 48, 44, tzinfo=UTC)
AXIS = np.array([0.36, 0.48, 0.8])


def segment(time_s, turns, **span):
    times_s = np.asarray(time_s, dtype=float)
    return AttitudeSegment(
        time_s=times_s,
        quaternions=turns.as_quat(),
        **{"start_s": float(times_s[0]), "stop_s": float(times_s[-1]), **span},
    )


def spin(time_s, rate_deg_s=1.0):
    start = Rotation.from_euler("xyz", [20.0, -30.0, 70.0], degrees=True)
    return (
        Rotation.from_rotvec(np.deg2rad(rate_deg_s) * np.multiply.outer(np.asarray(time_s, dtype=float), AXIS)) * start
    )


def history(*segments):
    return AttitudeHistory(epoch_utc=EPOCH, segments=segments, source="pass.aem")


@given(
    rate_deg_s=st.floats(-13.0, 13.0),
    time_s=st.lists(st.floats(0.0, 30.0), min_size=1, max_size=5),
    signs=st.lists(st.sampled_from([1.0, -1.0]), min_size=4, max_size=4),
)
def test_a_constant_rate_is_met_exactly_whatever_the_signs(rate_deg_s, time_s, signs):
    """Exact: a turn about one axis at one rate, below half a turn a step; q and -q are the same attitude."""
    nodes_s = np.array([0.0, 10.0, 17.0, 30.0])[:, None]
    quaternions = spin(nodes_s[:, 0], rate_deg_s).as_quat() * np.array(signs)[:, None]
    given_ones = AttitudeSegment(time_s=nodes_s[:, 0], quaternions=quaternions, start_s=0.0, stop_s=30.0)
    found = attitude_at(history(given_ones), epoch_utc=EPOCH, time_s=time_s)
    np.testing.assert_allclose(found.as_matrix(), spin(time_s, rate_deg_s).as_matrix(), atol=1e-12)


def test_the_epochs_of_file_and_pass_may_differ():
    """Exact: asking from another epoch shifts the times."""
    whole = history(segment([0.0, 100.0], spin([0.0, 100.0])))
    found = attitude_at(whole, epoch_utc=EPOCH + timedelta(seconds=40.25), time_s=[2.0], max_gap_s=100.0)
    np.testing.assert_allclose(found.as_matrix(), spin([42.25]).as_matrix(), atol=1e-12)
    assert (whole.start_utc, whole.stop_utc) == (EPOCH, EPOCH + timedelta(seconds=100.0))


def test_at_a_common_instant_the_later_segment_holds():
    """Exact: a jump between two segments at one instant; before it the first holds."""
    jump = history(segment([0.0, 10.0], spin([0.0, 10.0])), segment([10.0, 20.0], spin([0.0, 10.0])))
    found = attitude_at(jump, epoch_utc=EPOCH, time_s=[9.0, 10.0, 11.0])
    np.testing.assert_allclose(found.as_matrix(), spin([9.0, 0.0, 1.0]).as_matrix(), atol=1e-12)


def test_what_is_not_covered_is_refused_with_the_instants():
    """Refusals: outside, across a gap, between segments; a gap that the pass does not meet is no fault."""
    times_s = [0.0, 10.0, 100.0, 110.0]
    gappy = history(segment(times_s, spin(times_s)))
    told = "covers 2016-12-19T16:48:44.000Z to 2016-12-19T16:50:34.000Z, but 2016-12-19T16:48:43.000Z to"
    with pytest.raises(DomainError, match=told):
        attitude_at(gappy, epoch_utc=EPOCH, time_s=[-1.0, 5.0])
    with pytest.raises(DomainError, match=r"to 2016-12-19T16:50:34\.500Z is needed"):
        attitude_at(gappy, epoch_utc=EPOCH, time_s=[105.0, 110.5])
    gap = r"gap of 90 s from 2016-12-19T16:48:54\.000Z to 2016-12-19T16:50:24\.000Z .* max_gap_s 60 s"
    for asked_s in ([5.0, 105.0], [50.0]):
        with pytest.raises(DomainError, match=gap):
            attitude_at(gappy, epoch_utc=EPOCH, time_s=asked_s)
    assert len(attitude_at(gappy, epoch_utc=EPOCH, time_s=[0.0, 10.0])) == 2
    assert len(attitude_at(gappy, epoch_utc=EPOCH, time_s=[0.0, 50.0], max_gap_s=90.0)) == 2
    split = history(segment([0.0, 10.0], spin([0.0, 10.0])), segment([20.0, 30.0], spin([20.0, 30.0])))
    with pytest.raises(DomainError, match=r"2016-12-19T16:48:59\.000Z lies between two segments"):
        attitude_at(split, epoch_utc=EPOCH, time_s=[5.0, 15.0, 25.0])


def test_wrong_histories_are_refused():
    """Refusals of the records and of the question."""
    turns = spin([0.0, 10.0])
    with pytest.raises(DomainError, match="step between attitudes"):
        segment([10.0, 0.0], turns, start_s=0.0, stop_s=10.0)
    with pytest.raises(DomainError, match="number of attitudes in a segment is 1"):
        segment([0.0], spin([0.0]))
    with pytest.raises(DomainError, match=r"quaternions has shape \(2, 4\), must be \(3, 4\)"):
        segment([0.0, 1.0, 2.0], turns)
    with pytest.raises(DomainError, match="length of a quaternion is 2"):
        AttitudeSegment(time_s=np.array([0.0, 1.0]), quaternions=2.0 * turns.as_quat(), start_s=0.0, stop_s=1.0)
    with pytest.raises(DomainError, match=r"start_s is -1.0, must lie in \[0, 10\]"):
        segment([0.0, 10.0], turns, start_s=-1.0)
    with pytest.raises(DomainError, match=r"stop_s is 11.0, must lie in \[0, 10\]"):
        segment([0.0, 10.0], turns, stop_s=11.0)
    with pytest.raises(DomainError, match="holds no attitude"):
        history()
    one = segment([0.0, 10.0], turns)
    with pytest.raises(DomainError, match=r"segment begins at .*44.000Z, before the end of the last at .*54.000Z"):
        history(one, one)
    with pytest.raises(DomainError, match="time_s is nan"):
        attitude_at(history(one), epoch_utc=EPOCH, time_s=[np.nan])
    with pytest.raises(DomainError, match="number of times is 0"):
        attitude_at(history(one), epoch_utc=EPOCH, time_s=[])
    with pytest.raises(DomainError, match="max_gap_s is 0"):
        attitude_at(history(one), epoch_utc=EPOCH, time_s=[1.0], max_gap_s=0.0)
