"""Tracking plots: labelled axes, and the run's own data in the lines. Witnesses: the drawn artists, Parseval."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from passplan.apt.acquisition import State
from passplan.mission.monte_carlo import NUMBERS, TrackStatistics, ends_of_result
from passplan.plots import tracking, tracking_pages, tracking_spectra
from passplan.report.drawing import TRACKING_PLOTS

ENDS = ("satellite", "ground")


@pytest.fixture
def ax():
    return Figure().add_subplot()


@pytest.fixture(scope="module")
def lockless(reference):
    """The pass as if the ground had never locked."""
    ground = reference.ground
    lost = {"locked": np.zeros_like(ground.locked), "sample_state": np.full_like(ground.sample_state, State.SEARCH)}
    return replace(reference, ground=replace(ground, **lost))


def line(ax, label):
    """Data of the line with a label."""
    return next(item.get_data() for item in ax.get_lines() if item.get_label() == label)


def settled(track):
    """Samples in fine lock, but for the first seconds, whose jump from the search no window of a spectrum sees."""
    locked = track.sample_state == State.FINE_LOCK
    locked[: round(5.0 / track.residual_step_s)] = False
    return locked


@pytest.mark.parametrize("name", TRACKING_PLOTS)
def test_axes_carry_units(reference, name):
    drawn = TRACKING_PLOTS[name](reference)
    assert drawn.get_xlabel().endswith("]")
    assert drawn.get_ylabel().endswith("]")
    assert drawn.get_title()
    assert drawn.get_legend() is not None


@pytest.mark.parametrize("name", TRACKING_PLOTS)
def test_a_pass_without_lock_is_drawn(lockless, name):
    assert TRACKING_PLOTS[name](lockless).get_title()


@pytest.mark.parametrize("name", TRACKING_PLOTS)
def test_the_given_axes_are_used(reference, ax, name):
    assert TRACKING_PLOTS[name](reference, ax=ax) is ax


def test_pointing_error_are_samples_of_the_residual(reference, ax):
    drawn = tracking.pointing_error(reference, "satellite", ax)
    minutes, error = line(drawn, "y")
    track = reference.satellite
    assert error.size == pytest.approx(10 * track.time_s.size, rel=0.01)
    assert minutes[-1] - minutes[0] == pytest.approx(track.time_s.size / 60.0, rel=1e-3)
    step = round(0.1 / track.residual_step_s)
    locked = track.sample_state[::step] == State.FINE_LOCK
    np.testing.assert_array_equal(error[locked], track.residual_y_urad[::step][locked])
    assert np.isnan(error[~locked]).all()


def test_each_second_shows_jitter_bias_and_lock(reference, ax):
    tracking.each_second(reference, "ground", ax)
    locked = reference.ground.locked > 0.0
    np.testing.assert_array_equal(line(ax, "x, jitter rms")[1][locked], reference.ground.jitter_x_urad[locked])
    np.testing.assert_array_equal(line(ax, "y, bias")[1][locked], reference.ground.bias_y_urad[locked])
    (other,) = (axes for axes in ax.figure.axes if axes is not ax)
    tops = other.collections[0].get_datalim(other.transData)
    assert tops.y1 == pytest.approx(100.0)


@pytest.mark.parametrize("end", ENDS)
def test_the_spectrum_holds_the_variance(reference, end):
    """Parseval: the area under the residual's spectrum is its mean square about its mean, 5 % for thinning."""
    track = getattr(reference, end)
    curves = tracking_spectra.spectra_of(reference, end)
    for axis in "xy":
        frequency_hz, density = curves[f"residual {axis}"]
        variance = getattr(track, f"residual_{axis}_urad")[settled(track)].var(dtype=float)
        assert np.trapezoid(density, frequency_hz) == pytest.approx(variance, rel=0.05)
    before_hz, before = curves["vibration"]
    vibration = ends_of_result(reference)[ENDS.index(end)].vibration
    np.testing.assert_array_equal(before, vibration(before_hz))


def test_cumulative_rms_ends_at_the_rms(reference, ax):
    """The files' own 9.3 and 5 urad before; after, the rms of the residual."""
    tracking_spectra.cumulative_rms(reference, ax)
    for end, before_urad in (("satellite", 9.3), ("ground", 5.0)):
        assert line(ax, f"{end}, vibration")[1][-1] == pytest.approx(before_urad, rel=0.01)
        track = getattr(reference, end)
        after_urad = track.residual_x_urad[settled(track)].std(dtype=float)
        rms = line(ax, f"{end}, residual x")[1]
        assert np.all(np.diff(rms) > 0.0)
        assert rms[-1] == pytest.approx(after_urad, rel=0.03)


def test_without_lock_there_is_the_vibration_alone(lockless):
    assert list(tracking_spectra.spectra_of(lockless, "ground")) == ["vibration"]
    assert len(tracking_spectra.spectra_of(lockless, "satellite")) == 3


def test_the_strokes_shares_sum_to_the_whole(reference, ax):
    tracking.stroke_histogram(reference, ax)
    assert len(ax.patches) == 4
    for patch in ax.patches:
        assert patch.get_data().values.sum() == pytest.approx(100.0, abs=0.02)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "satellite x, 100 % = 800 urad" in labels


def test_rates_stand_against_their_limits(reference, ax):
    """The mount follows the azimuth of the track to 2 %; limits as in the files."""
    tracking.axis_rates(reference, ax)
    azimuth = line(ax, "ground azimuth")[1]
    assert azimuth.max() == pytest.approx(np.abs(reference.track.azimuth_rate_deg_s).max(), rel=0.02)
    assert line(ax, "satellite, limit")[1][0] == 5.0
    assert line(ax, "ground, limit")[1][0] == 10.0


def test_torques_are_shares_of_the_limit(reference, ax):
    """Exact: effort over the limit of the acceleration, and the limit as inertia times it."""
    gimbal = replace(reference.site.apt.coarse.gimbal, inertia_kg_m2=40.0)
    apt = replace(reference.site.apt, coarse=replace(reference.site.apt.coarse, gimbal=gimbal))
    chosen = reference.selection
    heavy = replace(reference, selection=replace(chosen, site=replace(chosen.site, apt=apt)))
    tracking.axis_torques(heavy, ax)
    limit_urad_s2 = gimbal.acceleration_limit_urad_s2
    expected = 100.0 * reference.ground.axis_effort_y_urad_s2 / limit_urad_s2
    np.testing.assert_allclose(line(ax, "ground elevation")[1], np.maximum(expected, 1e-5), rtol=1e-12)
    notes = ax.texts[0].get_text()
    assert "satellite: 100 % = 20 deg/s²" in notes
    assert f"ground: 100 % = {40.0 * 1e-6 * limit_urad_s2:.3g} N m" in notes


def test_what_the_coarse_stage_leaves(reference, ax):
    tracking.coarse_error(reference, ax)
    np.testing.assert_array_equal(line(ax, "ground y")[1], reference.ground.coarse_y_urad)
    assert line(ax, "satellite, half the mirror's stroke")[1][0] == 800.0


def test_states_are_those_of_the_samples(reference, ax):
    tracking.states(reference, ax)
    drawn = np.round(line(ax, "satellite")[1])
    assert set(drawn) == set(np.unique(reference.satellite.sample_state))
    assert [text.get_text() for text in ax.get_yticklabels()][State.FINE_LOCK] == "fine lock"


def test_the_page_holds_every_plot(reference):
    page = tracking_pages.tracking_page(reference)
    titles = {axes.get_title() for axes in page.axes if axes.get_title()}
    assert titles == {plot(reference).get_title() for plot in TRACKING_PLOTS.values()}
    assert reference.pass_.pass_id in page.get_suptitle()


def test_the_page_of_many_runs(rng):
    values = {name: rng.normal(3.0, 0.1, 40) for name in NUMBERS}
    values["ground_fine_x_rms_urad"] = np.full(40, np.nan)
    runs = TrackStatistics(seeds=np.arange(7, 47), by_run=values)
    page = tracking_pages.statistics_page(runs)
    assert page.get_suptitle() == "40 runs, seeds 7 to 46"
    first, third = page.axes[0], page.axes[2]
    assert sum(patch.get_height() for patch in first.patches) == 40
    assert first.get_xlabel() == "satellite fine x, rms [urad]"
    assert [item.get_xdata()[0] for item in first.get_lines()] == pytest.approx(
        np.percentile(values["satellite_fine_x_rms_urad"], [5, 50, 95])
    )
    assert third.get_title() == "in no run"
