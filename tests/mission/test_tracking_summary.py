"""Tracking section of the document, and its warnings. Witnesses: geometry, the time-domain run, exact relations."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.mission.link import simulate_pass
from passplan.mission.result import RunOptions
from passplan.mission.selection import Limits, select_by_id
from passplan.mission.tracking_summary import keyhole_of, tracking_section, tracking_warnings

CLOUD = (150.0, 180.0)


def with_terminals(result, *, satellite=None, ground=None):
    """The result as if it were one of other terminals."""
    chosen = result.selection
    payload = replace(chosen.payload, apt=satellite or chosen.payload.apt)
    site = replace(chosen.site, apt=ground or chosen.site.apt, assumed={}, sources={})
    return replace(result, selection=replace(chosen, payload=payload, site=site))


def with_gimbal(terminal, **changes):
    return replace(terminal, coarse=replace(terminal.coarse, gimbal=replace(terminal.coarse.gimbal, **changes)))


def with_stroke(terminal, stroke_mrad):
    return replace(terminal, fine=replace(terminal.fine, mirror=replace(terminal.fine.mirror, stroke_mrad=stroke_mrad)))


@pytest.fixture(scope="module")
def clouded(reference_selection):
    return simulate_pass(reference_selection, seed=20161219, options=RunOptions(clouds_s=(CLOUD,)))


@pytest.fixture(scope="module")
def steep(catalog):
    """A pass through 85.5 deg, faster in azimuth than the mount's 10 deg/s."""
    return simulate_pass(select_by_id(catalog, "micius/nanshan/20170213T18", limits=Limits()), seed=1)


def test_a_quiet_pass_has_no_warning(reference):
    assert tracking_warnings(reference) == []
    assert tracking_section(reference)["keyhole"] is None


def test_states_fill_the_pass(reference):
    section = tracking_section(reference)
    for end in ("satellite", "ground"):
        seconds = section[end]["states_s"]
        assert sum(seconds.values()) == pytest.approx(reference.track.time_s.size, abs=0.01)
        assert seconds["fine_lock"] > 416.0
        assert section[end]["outages"] == []
        assert section[end]["longest_reacquisition_s"] is None


def test_a_cloud_is_an_outage(clouded):
    """Exact: 30 s without beacon, then the time to find it again, and the share of the window that remains."""
    section = tracking_section(clouded)
    lost_s = []
    for end in ("satellite", "ground"):
        (outage,) = section[end]["outages"]
        assert outage["start_utc"].startswith("2016-12-19T16:51:14.0")
        assert outage["duration_s"] - outage["reacquisition_s"] == pytest.approx(30.0, abs=0.03)
        assert 0.0 < outage["reacquisition_s"] < 5.0
        assert section[end]["longest_reacquisition_s"] == outage["reacquisition_s"]
        assert section[end]["dropouts"] == 1
        lost_s.append(outage["duration_s"])
    assert section["dropouts"] == 2
    window_s = int(clouded.mask.sum())
    assert section["locked_fraction"] == pytest.approx(1.0 - max(lost_s) / window_s, abs=0.5 / window_s)


def test_no_key_is_made_behind_a_cloud(clouded):
    behind = slice(int(CLOUD[0]) + 1, int(CLOUD[1]))
    assert np.all(clouded.sifted_bits[behind] < 1e-3 * clouded.sifted_bits.max())


def test_a_cloud_after_the_pass_is_told(reference):
    late = replace(reference, options=RunOptions(clouds_s=((500.0, 600.0),)))
    (warning,) = tracking_warnings(late)
    assert warning == "the cloud from 500 to 600 s comes after the pass, which ends at 417 s"


def test_torque_is_inertia_times_effort(reference):
    """Newton: 40 kg m^2 at the largest acceleration of the motors."""
    ground = with_gimbal(reference.site.apt, inertia_kg_m2=40.0, torque_limit_n_m=30.0)
    end = tracking_section(with_terminals(reference, ground=ground))["ground"]
    rad_s2 = 1e-6 * np.array(
        [reference.ground.axis_effort_x_urad_s2.max(), reference.ground.axis_effort_y_urad_s2.max()]
    )
    np.testing.assert_allclose(end["axis_torque_max_n_m"], 40.0 * rad_s2, rtol=1e-12)
    assert end["axis_torque_limit_n_m"] == 30.0
    without = tracking_section(reference)["ground"]
    assert without["axis_torque_max_n_m"] is None
    assert without["axis_torque_limit_n_m"] is None


def test_the_mount_turns_as_fast_as_the_sky(reference):
    """Two routes: the fastest azimuth of the track, and that of the gimbal's axis in the run."""
    azimuth, elevation = tracking_section(reference)["ground"]["axis_rate_max_deg_s"]
    assert azimuth == pytest.approx(np.abs(reference.track.azimuth_rate_deg_s).max(), rel=0.02)
    assert elevation == pytest.approx(np.abs(reference.track.elevation_rate_deg_s).max(), rel=0.05)


def test_the_keyhole_is_found_where_the_run_loses_the_lock(steep):
    """Two routes: the way of an ideal mount, and the tracking run; and the azimuth rate of the track."""
    keyhole = keyhole_of(steep)
    ((start_s, stop_s),) = keyhole.outages_s
    outage_s = steep.ground.outages_s[0]
    assert start_s == pytest.approx(outage_s[0], abs=0.1)
    assert stop_s == pytest.approx(outage_s[1], abs=1.0)
    assert keyhole.needed_deg_s == pytest.approx(np.abs(steep.track.azimuth_rate_deg_s).max(), rel=0.01)
    assert keyhole.limit_deg_s == 10.0
    assert keyhole.reach_urad == pytest.approx(650.0 + 650.0)
    warning = next(text for text in tracking_warnings(steep) if "azimuth axis" in text)
    assert "would have to turn at 11.5 deg/s, its limit is 10 deg/s" in warning
    assert "no fine lock from 2017-02-13T18:38:34.4" in warning
    assert f"for {stop_s - start_s:.1f} s" in warning
    assert tracking_section(steep)["keyhole"]["outages_s"] == keyhole.outages_s


def test_a_narrow_keyhole_stays_within_reach(steep):
    """A mount 1 % too slow falls behind by less than the mirror takes up."""
    ground = with_gimbal(steep.site.apt, rate_limit_deg_s=0.99 * keyhole_of(steep).needed_deg_s)
    ground = with_gimbal(ground, acceleration_limit_deg_s2=20.0)
    slow = with_terminals(steep, ground=ground)
    keyhole = keyhole_of(slow)
    assert keyhole.outages_s == ()
    assert 0.0 < keyhole.error_urad < keyhole.reach_urad
    assert "within the 1.3 mrad that the fine stage reaches" in tracking_warnings(slow)[0]


def test_no_keyhole_for_a_fast_mount_or_none(steep):
    assert keyhole_of(with_terminals(steep, ground=with_gimbal(steep.site.apt, rate_limit_deg_s=15.0))) is None
    bare = replace(steep.site.apt, coarse=replace(steep.site.apt.coarse, mount=None))
    assert keyhole_of(with_terminals(steep, ground=bare)) is None


def with_mount(terminal, **changes):
    return replace(terminal, coarse=replace(terminal.coarse, mount=replace(terminal.coarse.mount, **changes)))


def test_an_elevation_axis_that_ends_is_told(reference):
    """Geometry: the axis stops at 40 deg, the pass culminates at 47.8; the time above 40 deg and the mrad of reach."""
    short = with_terminals(reference, ground=with_mount(reference.site.apt, elevation_range_deg=(0.0, 40.0)))
    (warning,) = tracking_warnings(short)
    assert "the elevation axis would have to go from 10.1 to 47.8 deg, its limits are 0 and 40 deg" in warning
    most_deg = reference.track.elevation_deg.max() - 40.0
    missed_mrad = float(warning.split("by up to ")[1].split(" mrad")[0])
    assert missed_mrad == pytest.approx(1e3 * np.deg2rad(most_deg), rel=0.005)
    lost_s = float(warning.split(" for ")[1].split(" s")[0])
    assert lost_s == pytest.approx(np.count_nonzero(reference.track.elevation_deg > 40.0), abs=3.0)


def test_a_motor_that_is_too_weak_is_told(reference):
    """The azimuth of the pass accelerates by 0.0118 deg/s^2."""
    ground = with_gimbal(reference.site.apt, acceleration_limit_deg_s2=0.002)
    (warning,) = tracking_warnings(with_terminals(reference, ground=ground))
    needed = float(warning.split("accelerate by ")[1].split(" deg")[0])
    assert needed == pytest.approx(0.0118, rel=0.01)
    assert "its motor's limit is 0.002 deg/s^2" in warning
    assert "beyond the 1.3 mrad that the fine stage reaches: no fine lock from 2016-12-19T16:" in warning
    strong = with_gimbal(reference.site.apt, acceleration_limit_deg_s2=0.013)
    assert tracking_warnings(with_terminals(reference, ground=strong)) == []


def test_a_stroke_below_the_point_ahead_is_told(reference):
    """51.5 urad at culmination, in x and y of the terminal."""
    lead = max(np.abs(reference.track.point_ahead_x_urad).max(), np.abs(reference.track.point_ahead_y_urad).max())
    (warning,) = tracking_warnings(with_terminals(reference, satellite=with_stroke(reference.payload.apt, 0.04)))
    assert "reaches 20 urad to either side, less than the point-ahead of an axis" in warning
    assert f"{lead:.1f} urad" in warning


def test_a_stroke_that_is_nearly_used_is_told(reference):
    most = max(reference.ground.stroke_x_urad.max(), reference.ground.stroke_y_urad.max())
    small = with_stroke(reference.site.apt, 2e-3 * most / 0.95)  # half of it is 1/0.95 of what was used
    (warning,) = tracking_warnings(with_terminals(reference, ground=small))
    assert warning.startswith(f"ground: the fast mirror used {most:.0f} of ")
    assert warning.endswith("95 %")


def test_a_spectrum_beyond_the_run_is_told(reference, tmp_path):
    """Exact: 1 urad^2/Hz from 10 to 20,000 Hz; the run shows what lies below half its rate."""
    path = tmp_path / "wide.csv"
    path.write_text("# sided = one\n# unit = urad2/Hz\nfrequency_hz,psd\n10,1\n20000,1\n")
    (warning,) = tracking_warnings(replace(reference, options=RunOptions(disturbance=str(path))))
    nyquist_hz = 0.5 / reference.payload.apt.step_s
    assert warning.startswith(f"{path}: of 141 urad rms")
    assert f"{100.0 * (20000.0 - nyquist_hz) / 19990.0:.3g} % of the variance lies outside" in warning


def test_a_pass_that_never_locks(reference):
    """Null where there is nothing to tell."""
    dark = {"acquired_s": np.nan, "acquisition_s": np.nan, "locked": np.zeros_like(reference.ground.locked)}
    never = replace(reference, ground=replace(reference.ground, **dark))
    assert tracking_warnings(never) == ["ground: never in fine lock"]
    section = tracking_section(never)
    assert section["acquired_utc"] is None
    assert section["acquisition_s"] is None
    assert section["locked_fraction"] == 0.0
    assert section["ground"]["acquired_utc"] is None
    assert section["ground"]["fine_x_rms_urad"] is None
    assert section["ground"]["stroke_used_share"] is None


def test_a_lock_that_is_lost_for_good_is_told(reference_selection):
    """A cloud from the 400th second to beyond the end of the pass, 417 s."""
    options = RunOptions(clouds_s=((400.0, 500.0),))
    result = simulate_pass(reference_selection, seed=20161219, options=options)
    told = [text for text in tracking_warnings(result) if "not found again" in text]
    assert [text.split(":")[0] for text in told] == ["satellite", "ground"]
    assert "the fine lock was lost at 2016-12-19T16:55:24.0" in told[0]
    assert tracking_section(result)["ground"]["outages"][-1]["reacquisition_s"] is None
