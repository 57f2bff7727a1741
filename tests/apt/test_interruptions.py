"""What interrupts the closed loop: acquisition, a dark other end, clouds, fades, lost frames, and gains too high."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.apt.acquisition import State
from passplan.apt.disturbance import VibrationSpectrum, micius_like_psd
from passplan.apt.laws import Integrator
from passplan.apt.loop import End, simulate_link
from passplan.apt.scan import Scan
from passplan.errors import DomainError

STILL = VibrationSpectrum(rms_urad=0.0)


def test_acquisition_follows_the_states(satellite, run, with_coarse):
    """Stow, move, search, confirm, pull in: the time of each, from the record's own numbers."""
    gimbal = {"rate_limit_deg_s": 2.0, "acceleration_limit_deg_s2": 4.0}
    track = run(replace(with_coarse(satellite, gimbal=gimbal), stow_s=2.0, stow_deg=10.0), seconds=12)
    arrival_s = 2.0 + 5.5
    least_s = 5 / 40.0 + 19 / 2000.0  # the fine frame that ends with the last coarse one counts
    assert track.state[1:3].tolist() == [State.STOW, State.OPEN_LOOP]
    assert track.state[6] == State.OPEN_LOOP
    assert track.state[-1] == State.FINE_LOCK
    assert arrival_s + least_s <= track.acquired_s <= arrival_s + least_s + 3 / 40.0
    assert least_s - 1 / 40.0 <= track.acquisition_s <= least_s + 3 / 40.0  # a frame under way counts


def test_a_stare_never_finds_a_target_outside_the_field_and_a_scan_does(satellite, run, with_coarse):
    """A staring camera of 1 mrad does not see 3 mrad away; a spiral finds it when it comes by, and the lock follows."""
    narrow = replace(with_coarse(satellite, camera={"field_mrad": 1.0}), time_tag_error_s=1.0)
    rate = np.full(10, 3000.0)
    blind = run(narrow, seconds=10, rate_x_urad_s=rate)
    assert np.isnan(blind.acquired_s)
    assert np.isnan(blind.acquisition_s)
    assert blind.locked.max() == 0.0
    assert set(blind.state.tolist()) == {State.SEARCH}
    dwell_s, step = 0.2, 0.5
    scanning = with_coarse(
        narrow, search=Scan(kind="spiral", radius_mrad=4.0, dwell_s=dwell_s, step_ratio=step), confirm_frames=3
    )
    found = run(scanning, seconds=60, rate_x_urad_s=np.full(60, 3000.0))
    cells = np.pi * 3.0**2 / (step * 1.0) ** 2
    ring = 2.0 * np.pi * 3.0 / step  # cells of one turn there
    assert dwell_s * (cells - ring) < found.acquisition_s < dwell_s * (cells + ring)
    assert found.locked[-1] == 1.0
    assert found.gimbal_x_urad[-1] == pytest.approx(0.0, abs=1.0)


def test_an_end_that_points_away_leaves_the_other_in_the_dark(
    satellite, station, sight_of, ground_beacon, satellite_beacon
):
    """5 mrad beside a beacon of 0.625 mrad half width is exp(-128): the ground waits until the satellite has locked.

    The satellite sees the ground's beacon from the start, so it turns to the ground first.
    """
    away = replace(satellite, time_tag_error_s=0.5)
    sight = sight_of(8, rate_x_urad_s=np.full(8, 10_000.0))
    ends = [
        (
            End(terminal=terminal, sight=sight, beacon=satellite_beacon, vibration=STILL),
            End(terminal=station, sight=sight, beacon=ground_beacon, vibration=STILL),
        )
        for terminal in (satellite, away)
    ]
    rngs = [tuple(np.random.default_rng(2).spawn(2)) for _ in ends]
    (_, soon), (up, down) = (simulate_link(*pair, rngs=pair_rngs) for pair, pair_rngs in zip(ends, rngs, strict=True))
    coarse_urad = np.hypot(up.gimbal_x_urad, up.gimbal_y_urad)
    at_s = up.residual_step_s * np.arange(coarse_urad.size)
    lit_s = at_s[np.flatnonzero(2.0 * (coarse_urad / 625.0) ** 2 > np.log(1e7))[-1]]
    assert up.sample_state[np.searchsorted(at_s, 0.2)] >= State.COARSE_LOCK
    assert soon.acquired_s < lit_s
    assert (
        down.sample_state[np.searchsorted(down.residual_step_s * np.arange(down.sample_state.size), lit_s)]
        == State.SEARCH
    )
    assert lit_s < down.acquired_s < lit_s + 1.5
    assert up.locked[-1] == down.locked[-1] == 1.0


def test_two_blind_ends_never_find_each_other(satellite, station, sight_of, ground_beacon, satellite_beacon):
    """Both point away, so neither sees a beacon; each alone would be found by the other."""
    sight = sight_of(5, rate_x_urad_s=np.full(5, 2_500.0))
    up = End(terminal=replace(satellite, time_tag_error_s=1.0), sight=sight, beacon=satellite_beacon, vibration=STILL)
    down = End(terminal=replace(station, time_tag_error_s=1.0), sight=sight, beacon=ground_beacon, vibration=STILL)
    both = simulate_link(up, down, rngs=tuple(np.random.default_rng(2).spawn(2)))
    assert all(np.isnan(track.acquired_s) for track in both)


def test_both_ends_have_the_same_seconds(satellite, sight_of, ground_beacon):
    one, other = (End(terminal=satellite, sight=sight_of(n), beacon=ground_beacon, vibration=STILL) for n in (3, 4))
    with pytest.raises(DomainError, match="both ends must have the same time_s"):
        simulate_link(one, other, rngs=tuple(np.random.default_rng(2).spawn(2)))


def test_a_cloud_drops_the_lock_and_it_comes_back(satellite, run):
    """2.03 s without beacon: one dropout, coasting 0.5 s, search, and 5 coarse and 20 fine frames after the cloud."""
    stop_s = 10.13
    track = run(satellite, vibration=micius_like_psd, gaps_s=((8.1, stop_s),))
    assert track.dropouts == 1
    assert track.locked[9] == 0.0
    assert track.state[8:10].tolist() == [State.SEARCH, State.SEARCH]
    assert track.locked[7] == track.locked[12] == 1.0
    (start_s, back_s), (reacquired_s,) = track.outages_s[0], track.reacquisition_s
    assert start_s == pytest.approx(8.1, abs=3e-3)
    assert reacquired_s == pytest.approx(back_s - stop_s)
    least_s = 5 / 40.0 + 19 / 2000.0
    assert least_s - 1 / 40.0 <= reacquired_s <= least_s + 3 / 40.0


def test_a_short_cloud_is_coasted(satellite, run, with_fine):
    """Without beacon for less than the coasting time the terminal passes through REACQUIRE, not through the search."""
    track = run(with_fine(satellite, coast_s=3.0), gaps_s=((8.0, 9.0),))
    assert track.dropouts == 1
    assert track.state[8] == State.DROPOUT
    assert State.SEARCH not in track.sample_state[np.arange(track.sample_state.size) * track.residual_step_s > 1.0]
    assert track.reacquisition_s == pytest.approx(20 / 2000.0, abs=2e-3)
    assert track.outages_s[0] == pytest.approx([8.0, 9.01], abs=3e-3)


def test_an_outage_that_lasts_to_the_end(satellite, run):
    """It ends with the run, and has no time of reacquisition."""
    track = run(satellite, gaps_s=((15.0, 30.0),))
    assert track.outages_s[-1] == pytest.approx([15.0, 20.0], abs=3e-3)
    assert np.isnan(track.reacquisition_s[-1])
    assert (track.locked[16:] == 0.0).all()


def test_lost_frames_cost_lock(satellite, run, with_fine):
    """5 % of lost frames in losses of 10: each starts a dropout, and 20 good frames must follow before the lock.

    Expected: a fresh loss comes at 0.05/0.95/10 a frame, and each chain of them takes its frames and the dwell.
    """
    track = run(with_fine(satellite, camera={"dropout_share": 0.05}), seconds=60)
    begin = 0.05 / 0.95 / 10.0
    dwell, mean_loss = 20, 10.0
    # Mean time to 20 good frames in a row after a loss, renewals included: a run of dwell without a fresh loss.
    survive = (1.0 - begin) ** (dwell - 1)
    good = (1.0 - survive) / (begin * survive)
    out = mean_loss + good + 1.0 + mean_loss * (1.0 / survive - 1.0)
    expected = (1.0 / begin) / (1.0 / begin + out)
    losses = track.dropouts
    assert losses > 400
    assert track.locked[2:].mean() == pytest.approx(expected, abs=4.0 * (1.0 - expected) / np.sqrt(losses))
    late = np.arange(track.sample_state.size) * track.residual_step_s > 2.0
    assert set(np.unique(track.sample_state[late])) == {State.FINE_LOCK, State.DROPOUT, State.REACQUIRE}


def test_deep_fades_break_a_weak_link(satellite, run):
    """Near the threshold of 500 electrons a scintillation of 1 drops the lock; a strong beacon rides through."""
    strong = run(satellite, scintillation=np.full(20, 1.0))
    camera_light = 2.0e-5
    weak = run(satellite, scintillation=np.full(20, 1.0), beacon_transmittance=np.full(20, camera_light))
    steady = run(satellite, beacon_transmittance=np.full(20, camera_light))
    assert strong.dropouts == steady.dropouts == 0
    assert weak.dropouts > 10
    assert 0.0 < weak.locked[2:].mean() < 1.0


@pytest.mark.parametrize("gain", [1.1, 1.8])
def test_an_unstable_fine_loop_is_refused_with_its_time(satellite, run, with_fine, gain):
    """The pole by numpy.roots of z^2 - z + g for a mirror that follows at once; the time by its growth."""
    terminal = with_fine(satellite, law=Integrator(gain=gain), mirror={"resonance_hz": 20_000.0})
    root = np.abs(np.roots([1.0, -1.0, gain])).max()
    with pytest.raises(DomainError, match=r"the fine loop is unstable: its largest pole has the magnitude") as refusal:
        run(terminal, vibration=micius_like_psd)
    text = str(refusal.value)
    assert float(text.split("magnitude ")[1].split(",")[0]) == pytest.approx(root, rel=0.05)
    left_s = float(text.split("left the field of view at ")[1].split(" s")[0])
    frames_to_leave = np.log(320.0 / 1.0) / np.log(root)
    acquired_s = 0.15
    assert acquired_s < left_s < acquired_s + 3.0 * frames_to_leave / 2000.0 + 0.05


def test_an_unstable_loop_that_stays_in_the_field_is_refused_too(satellite, run, with_fine):
    """A mirror of 0.2 mrad rings from stop to stop inside a field of 0.64 mrad: no lock is lost."""
    terminal = with_fine(satellite, law=Integrator(gain=1.5), mirror={"stroke_mrad": 0.2})
    with pytest.raises(DomainError, match=r"the fine loop is unstable.* the spot never left the field of view"):
        run(terminal, vibration=micius_like_psd, seconds=4)


def test_an_unstable_coarse_loop_is_refused(satellite, run, with_coarse):
    """An integrator of 1.5 with a frame of delay and an 8 Hz gimbal."""
    with pytest.raises(
        DomainError, match=r"the coarse loop is unstable.*the spot left the field of view at \d+\.\d+ s"
    ):
        run(with_coarse(satellite, law=Integrator(gain=1.5)), vibration=micius_like_psd, seconds=30)
