"""What is left of a run, second by second: by hand from small series, and the states that end up in the record."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.apt.acquisition import State
from passplan.apt.disturbance import micius_like_psd
from passplan.apt.residual import Run, rms_over, second_of_step, summarise
from passplan.errors import DomainError

LOCK, DROP, SEARCH = int(State.FINE_LOCK), int(State.DROPOUT), int(State.SEARCH)


@pytest.fixture
def summary(satellite):
    """Track of a run of samples 0.1 s apart, nodes 0.5 s apart."""

    def made(fine, states, *, coarse=None, mirror=None, axes=None, start_s=0.0, terminal=satellite, **more):
        fine = np.asarray(fine, dtype=np.complex64)
        still = np.zeros(fine.size, dtype=np.complex64)
        seconds = fine.size // 10
        run = Run(
            time_s=start_s + np.arange(float(seconds)),
            step_s=0.1,
            series=np.stack((fine, still if coarse is None else coarse, still if mirror is None else mirror)),
            states=np.asarray(states, dtype=np.int8),
            node_s=0.5,
            axes=np.zeros((2, 2 * seconds + 2), dtype=np.complex64) if axes is None else axes,
        )
        return summarise(run, terminal=terminal, **{"lead": None, "gaps_s": (), **more})

    return made


def test_bias_and_jitter_are_those_of_the_locked_part(summary):
    """By hand: locked for 0.4 s at 1 and 3 urad, then adrift at 1000; the third second, never locked, counts whole."""
    fine = [1, 3, 1, 3, *[1000] * 6, *[2j] * 10, *[10, 20] * 5]
    states = [*[LOCK] * 4, *[DROP] * 6, *[LOCK] * 10, *[SEARCH] * 10]
    track = summary(fine, states)
    assert track.locked.tolist() == [0.4, 1.0, 0.0]
    np.testing.assert_allclose(track.bias_x_urad, [2.0, 0.0, 15.0])
    np.testing.assert_allclose(track.jitter_x_urad, [1.0, 0.0, 5.0])
    np.testing.assert_allclose(track.bias_y_urad, [0.0, 2.0, 0.0])
    assert track.state.tolist() == [DROP, LOCK, SEARCH]


def test_rms_and_strokes_of_all_samples(summary):
    """By hand: rms with the mean, and largest angle to either side; complex series are x + iy."""
    coarse = np.repeat([3 + 4j, -6 + 0j], 10).astype(np.complex64)
    mirror = np.tile([1 - 7j, -5 + 2j], 10).astype(np.complex64)
    track = summary(np.zeros(20), [LOCK] * 20, coarse=coarse, mirror=mirror)
    np.testing.assert_allclose(track.coarse_x_urad, [3.0, 6.0])
    np.testing.assert_allclose(track.coarse_y_urad, [4.0, 0.0])
    np.testing.assert_allclose(track.stroke_x_urad, [5.0, 5.0])
    np.testing.assert_allclose(track.stroke_y_urad, [7.0, 7.0])


def test_boresight_and_lead(summary, satellite):
    """The residual is the wanted direction less the beam's: camera less boresight plus lead, which is interpolated."""
    terminal = replace(satellite, boresight_urad=(0.5, -0.25))
    track = summary(np.zeros(20), [LOCK] * 20, terminal=terminal, lead=np.array([10.0 + 0j, 20.0 + 4.0j]))
    np.testing.assert_allclose(track.residual_x_urad[[0, 5, 10, 15]], [9.5, 14.5, 19.5, 19.5], rtol=1e-6)
    np.testing.assert_allclose(track.residual_y_urad[[0, 5, 10]], [0.25, 2.25, 4.25], rtol=1e-6)


def test_rates_and_efforts_of_the_axes(summary):
    """A second has the larger of the rates at its ends and between, and what the motor did until its end."""
    axes = np.zeros((2, 6), dtype=np.complex64)
    axes[0, :5] = [1 + 1j, -8 + 1j, 3 + 1j, 2 + 1j, 4 - 9j]
    axes[1, :5] = [100, 5 + 1j, 6 + 2j, 7 + 3j, 2 + 4j]
    track = summary(np.zeros(20), [LOCK] * 20, axes=axes)
    assert track.axis_rate_x_urad_s.tolist() == [8.0, 4.0]
    assert track.axis_rate_y_urad_s.tolist() == [1.0, 9.0]
    assert track.axis_effort_x_urad_s2.tolist() == [6.0, 7.0]
    assert track.axis_effort_y_urad_s2.tolist() == [2.0, 4.0]


def test_times_of_acquisition_and_outages(summary):
    """By hand, on a grid that starts at 100 s: found after 0.5 s of search, lost twice, back after a cloud and without.

    A dropout that no cloud made counts from the loss; one that a cloud made counts from the cloud's end.
    """
    states = [1] * 3 + [SEARCH] * 5 + [LOCK] * 4 + [DROP] * 6 + [LOCK] * 4 + [DROP] * 3 + [LOCK] * 5
    track = summary(np.zeros(30), states, start_s=100.0, gaps_s=((101.2, 101.5), (140.0, 150.0)))
    assert track.acquired_s == pytest.approx(100.8)
    assert track.acquisition_s == pytest.approx(0.5)
    assert track.dropouts == 2
    np.testing.assert_allclose(track.outages_s, [[101.2, 101.8], [102.2, 102.5]])
    np.testing.assert_allclose(track.reacquisition_s, [0.3, 0.3])


def test_without_any_lock(summary):
    """Nothing was acquired, lost or found again."""
    track = summary(np.zeros(20), [SEARCH] * 20)
    assert np.isnan(track.acquired_s)
    assert np.isnan(track.acquisition_s)
    assert track.dropouts == 0
    assert track.outages_s.shape == (0, 2)
    assert track.reacquisition_s.size == 0


def test_an_outage_at_the_end_is_open(summary):
    """It lasts until the end of the run, and nobody knows how long it would take."""
    track = summary(np.zeros(20), [LOCK] * 15 + [DROP] * 5)
    np.testing.assert_allclose(track.outages_s, [[1.5, 2.0]])
    assert np.isnan(track.reacquisition_s).tolist() == [True]


@given(step_s=st.floats(1e-4, 0.01), seconds=st.integers(1, 50))
def test_every_sample_belongs_to_its_second(step_s, seconds):
    """Property: the second of a sample is the whole part of its time, but never beyond the last."""
    steps = int(seconds / step_s)
    found = second_of_step(steps, step_s=step_s, seconds=seconds)
    expected = np.minimum(np.floor(np.arange(steps) * step_s + 1e-9), seconds - 1)
    np.testing.assert_array_equal(found, expected)


def test_statistics_over_chosen_seconds(satellite, run):
    """Two routes: numpy on the samples of the same seconds."""
    track = run(replace(satellite, boresight_urad=(0.5, 0.0)), seconds=8, vibration=micius_like_psd)
    mask = np.arange(8) >= 3
    found = rms_over(track, mask)
    chosen = second_of_step(track.residual_x_urad.size, step_s=track.residual_step_s, seconds=8) >= 3
    x, y = (series[chosen].astype(float) for series in (track.residual_x_urad, track.residual_y_urad))
    assert found.fine_x_rms_urad == pytest.approx(x.std(), rel=1e-6)
    assert found.fine_y_rms_urad == pytest.approx(y.std(), rel=1e-6)
    assert found.bias_urad == pytest.approx(np.hypot(x.mean(), y.mean()), rel=1e-5)
    coarse = np.concatenate((track.gimbal_x_urad[chosen], track.gimbal_y_urad[chosen])).astype(float)
    assert found.coarse_rms_urad == pytest.approx(np.sqrt(np.mean(coarse**2)), rel=1e-3)
    assert found.stroke_used_urad == max(
        np.abs(track.mirror_x_urad[chosen]).max(), np.abs(track.mirror_y_urad[chosen]).max()
    )


def test_statistics_over_nothing_are_nan(satellite, run):
    """No second chosen, no statistics."""
    found = rms_over(run(satellite, seconds=3), np.zeros(3, dtype=bool))
    assert np.isnan([getattr(found, name) for name in type(found).__slots__]).all()


def test_refusals(satellite, run):
    """A mask of another length, a record whose arrays do not fit, and a record that somebody would change."""
    track = run(satellite, seconds=3)
    with pytest.raises(DomainError, match=r"mask has shape \(5,\), must be \(3,\), one flag for each second"):
        rms_over(track, [True] * 5)
    with pytest.raises(DomainError, match="arrays must share one grid"):
        replace(track, locked=np.zeros(4))
    with pytest.raises(DomainError, match="arrays must share one grid"):
        replace(track, mirror_x_urad=np.zeros(4, dtype=np.float32))
    with pytest.raises(ValueError, match="read-only"):
        track.residual_x_urad[0] = 0.0
