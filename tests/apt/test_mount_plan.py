"""Plan of a pass: exact directions of a circular orbit, a brute-force keyhole, branches, stops, over the top."""

import numpy as np
import pytest

from passplan.apt.axes import pointing, sky_offset_urad
from passplan.apt.mount import Mount
from passplan.apt.mount_plan import (
    MountPlan,
    axis_rates_deg_s,
    first_way_deg,
    ideal_error_urad,
    ideal_offset_urad,
    keyhole_outages,
    plan_mount,
)
from passplan.errors import DomainError

EARTH_KM, ORBIT_KM, EARTH_KM3_S2 = 6371.0, 6871.0, 398600.4418
LIMITS = {"rate_limit_deg_s": 3.0, "acceleration_limit_deg_s2": 5.0}
OVER = {"may_flip": True, "elevation_range_deg": (0.0, 180.0)}


def seen(time_s, *, highest_deg, heading_deg=30.0):
    """Directions east, north, up to a satellite on a circular orbit of 500 km, culminating at time 0; Earth at rest."""
    highest = np.deg2rad(highest_deg)
    beside = np.pi / 2 - highest - np.arcsin(EARTH_KM / ORBIT_KM * np.cos(highest))
    angle = np.sqrt(EARTH_KM3_S2 / ORBIT_KM**3) * np.asarray(time_s, dtype=float)
    along = ORBIT_KM * np.sin(angle)
    across = -ORBIT_KM * np.cos(angle) * np.sin(beside)
    up = ORBIT_KM * np.cos(angle) * np.cos(beside) - EARTH_KM
    heading = np.deg2rad(heading_deg)
    east = along * np.sin(heading) + across * np.cos(heading)
    north = along * np.cos(heading) - across * np.sin(heading)
    direction = np.stack([east, north, up], axis=-1)
    return direction / np.linalg.norm(direction, axis=-1, keepdims=True)


def look_angles(time_s, **geometry):
    """Azimuth in [0, 360) and elevation [deg]."""
    east, north, up = seen(time_s, **geometry).T
    return np.rad2deg(np.arctan2(east, north)) % 360.0, np.rad2deg(np.arctan2(up, np.hypot(east, north)))


def planned(mount, *, seconds=200, limits=LIMITS, **geometry):
    """Plan of a pass from and to a number of seconds about the culmination."""
    time_s = np.arange(-seconds, seconds + 1.0)
    azimuth, elevation = look_angles(time_s, **geometry)
    return plan_mount(mount, time_s=time_s, azimuth_deg=azimuth, elevation_deg=elevation, **limits)


def outage_s(plan, field_urad):
    return sum(stop - start for start, stop in keyhole_outages(plan, field_urad=field_urad))


@pytest.mark.parametrize("highest_deg", [20.0, 48.0, 80.0, 89.9])
def test_nodes_lie_on_the_orbit(highest_deg):
    """The target at the nodes between the given seconds is the exact direction, to 0.01 urad, and a second beyond."""
    plan = planned(Mount(), highest_deg=highest_deg)
    assert plan.node_time_s[[0, -1]] == pytest.approx([-200.0, 201.0])
    exact = seen(plan.node_time_s, highest_deg=highest_deg)
    miss_urad = np.hypot(*sky_offset_urad(exact, plan.target_azimuth_deg, plan.target_elevation_deg))
    assert miss_urad[:-10].max() < 0.01
    assert miss_urad.max() < 0.1


def test_an_ordinary_pass():
    """Within the limits the program is the target, the ideal mount follows, and no seconds are lost."""
    plan = planned(Mount(), highest_deg=48.0)
    assert not plan.flipped
    assert not plan.over_the_top
    assert plan.rewinds == 0
    np.testing.assert_array_equal(plan.program_azimuth_deg, plan.target_azimuth_deg)
    np.testing.assert_array_equal(plan.ideal_elevation_deg, plan.target_elevation_deg)
    assert keyhole_outages(plan, field_urad=1.0) == ()
    assert np.hypot(*ideal_offset_urad(plan)).max() < 1e-3
    across_urad_s = np.sqrt(EARTH_KM3_S2 / ORBIT_KM**3) * ORBIT_KM  # km/s, over the range and the cosine below
    range_km = np.sqrt(EARTH_KM**2 * np.sin(np.deg2rad(48.0)) ** 2 + ORBIT_KM**2 - EARTH_KM**2)
    range_km -= EARTH_KM * np.sin(np.deg2rad(48.0))
    fastest = np.rad2deg(across_urad_s / range_km / np.cos(np.deg2rad(48.0)))
    assert np.abs(axis_rates_deg_s(plan)[0]).max() == pytest.approx(fastest, rel=1e-4)


@pytest.mark.parametrize("field_urad", [200.0, 2900.0])
def test_keyhole_at_85_deg_with_3_deg_s(field_urad):
    """The line of 3 deg/s, from where the azimuth gets faster to where it meets the curve again, at steps of 1 ms."""
    time_s = np.arange(-200.0, 200.0, 1e-3)
    azimuth, elevation = look_angles(time_s, highest_deg=85.0)
    azimuth = np.unwrap(azimuth, period=360.0)
    sense = np.sign(azimuth[-1] - azimuth[0])
    too_fast = sense * np.gradient(azimuth, time_s) > 3.0
    leave = int(np.argmax(too_fast))
    line = azimuth[leave] + 3.0 * sense * (time_s - time_s[leave])
    caught = leave + 1 + int(np.argmax(sense * (azimuth - line)[leave + 1 :] < 0.0))
    away = slice(leave, caught)
    cosine = (seen(time_s[away], highest_deg=85.0) * pointing(line[away], elevation[away])).sum(axis=-1)
    out = 1e6 * np.arccos(np.minimum(cosine, 1.0)) > field_urad
    expected_s = 1e-3 * np.count_nonzero(out)

    limits = {"rate_limit_deg_s": 3.0, "acceleration_limit_deg_s2": 20.0}
    plan = planned(Mount(), limits=limits, highest_deg=85.0)
    outages = keyhole_outages(plan, field_urad=field_urad)
    assert len(outages) == 1
    assert expected_s > 30.0
    assert outage_s(plan, field_urad) == pytest.approx(expected_s, abs=0.2)
    assert outages[0][0] == pytest.approx(time_s[leave + np.argmax(out)], abs=0.15)
    assert np.abs(axis_rates_deg_s(plan)[0]).max() <= 3.0 + 1e-6


def test_leading_halves_the_error_and_is_symmetrical():
    """Alike before and after the culmination; less than half of what following errs, though out for longer."""
    follow, lead = (planned(Mount(keyhole=keyhole), highest_deg=85.0) for keyhole in ("follow", "lead"))
    outages = keyhole_outages(lead, field_urad=2900.0)
    assert outages[0][0] == pytest.approx(-outages[-1][1], abs=0.1)
    before, after = (ideal_error_urad(lead)[side].max() for side in (lead.node_time_s < 0.0, lead.node_time_s > 0.0))
    assert before == pytest.approx(after, rel=2e-3)
    assert before < 0.5 * ideal_error_urad(follow).max()
    assert outage_s(lead, 2900.0) > outage_s(follow, 2900.0)
    wide_urad = 100e3
    assert outage_s(lead, wide_urad) == 0.0
    assert outage_s(follow, wide_urad) > 10.0


@pytest.mark.parametrize("highest_deg", [89.9, 90.0])
def test_over_the_top(highest_deg):
    """The axis errs by no more than the zenith distance of the culmination, where following loses a minute."""
    plan = planned(Mount(**OVER), highest_deg=highest_deg)
    assert plan.over_the_top
    assert ideal_error_urad(plan).max() < 1.02e6 * np.deg2rad(90.0 - highest_deg) + 50.0
    assert plan.program_elevation_deg[-1] > 90.0
    assert max(np.abs(rate).max() for rate in axis_rates_deg_s(plan)) <= 3.0 + 1e-6
    assert outage_s(planned(Mount(), highest_deg=highest_deg), 2900.0) > 50.0


def test_over_the_top_only_when_it_helps():
    """A pass that can be followed stays in its branch; so does one far from the zenith."""
    assert not planned(Mount(**OVER), highest_deg=48.0).over_the_top
    assert not planned(Mount(**OVER), limits=LIMITS | {"rate_limit_deg_s": 2.0}, highest_deg=70.0).over_the_top


def test_flip_keeps_clear_of_the_stops():
    """From 0 to 360 deg, a pass through north fits with the azimuth turned by 180 deg alone."""
    through_north = {"highest_deg": 48.0, "heading_deg": 90.0}  # eastward, culminating in the north
    plan = planned(Mount(azimuth_range_deg=(0.0, 360.0), **OVER), **through_north)
    assert plan.flipped
    assert plan.rewinds == 0
    assert plan.program_elevation_deg.min() > 90.0
    assert ideal_error_urad(plan).max() < 1e-3
    exact = seen(plan.node_time_s[:-10], highest_deg=48.0, heading_deg=90.0)
    np.testing.assert_allclose(pointing(plan.program_azimuth_deg, plan.program_elevation_deg)[:-10], exact, atol=1e-8)


def test_rewind_at_a_stop():
    """Without flip the same pass meets the stop and turns back a whole turn: 360 deg at 3 deg/s are two minutes."""
    plan = planned(Mount(azimuth_range_deg=(0.0, 360.0)), highest_deg=48.0, heading_deg=90.0)
    assert plan.rewinds == 1
    assert plan.program_azimuth_deg.min() >= 0.0
    assert plan.program_azimuth_deg.max() <= 360.0
    (outage,) = keyhole_outages(plan, field_urad=2900.0)
    moved_deg = np.interp(outage, plan.node_time_s, plan.ideal_azimuth_deg)
    assert outage[1] - outage[0] == pytest.approx(abs(moved_deg[1] - moved_deg[0]) / 3.0, abs=1.5)
    assert 60.0 < outage[1] - outage[0] < 120.0


def test_the_wrap_takes_the_least_way():
    """Of the turns that fit, the one nearest the stow position, never over the top without need."""
    for stow_deg, start_deg in ((-200.0, -134.0), (200.0, 226.0)):
        mount = Mount(azimuth_range_deg=(-450.0, 450.0), stow_azimuth_deg=stow_deg, stow_elevation_deg=90.0, **OVER)
        plan = planned(mount, highest_deg=48.0)
        assert plan.program_azimuth_deg[0] == pytest.approx(start_deg, abs=1.0)
        assert not plan.flipped
        way_deg = abs(plan.program_azimuth_deg[0] - stow_deg)
        assert first_way_deg(mount, plan) == max(way_deg, 90.0 - plan.program_elevation_deg[0])
    assert first_way_deg(Mount(), plan) is None


def test_the_elevation_axis_waits_at_its_end():
    """A mount that ends at 40 deg misses a pass of 48 deg by 8 deg while it is higher."""
    plan = planned(Mount(elevation_range_deg=(0.0, 40.0)), highest_deg=48.0)
    assert plan.program_elevation_deg.max() == 40.0
    assert ideal_error_urad(plan).max() == pytest.approx(1e6 * np.deg2rad(8.0), rel=1e-3)
    (outage,) = keyhole_outages(plan, field_urad=100.0)
    higher = plan.node_time_s[plan.target_elevation_deg > 40.0]
    assert outage == pytest.approx((higher[0], higher[-1]), abs=0.15)


def test_whole_rates():
    """The program stays within half a rate step times the update at each setting, in both axes."""
    mount = Mount(rate_step_deg_s=0.01, rate_update_s=0.5)
    plan = planned(mount, highest_deg=48.0)
    for told, wanted in (
        (plan.program_azimuth_deg, plan.target_azimuth_deg),
        (plan.program_elevation_deg, plan.target_elevation_deg),
    ):
        assert np.abs(told - wanted)[::5].max() <= 0.5 * 0.01 * 0.5 + 1e-9
        assert np.abs(told - wanted).max() <= 0.01 * 0.5
    x_urad, y_urad = ideal_offset_urad(plan)
    cosine = np.cos(np.deg2rad(plan.target_elevation_deg))
    np.testing.assert_allclose(
        x_urad, 1e6 * cosine * np.deg2rad(plan.target_azimuth_deg - plan.program_azimuth_deg), atol=0.01
    )
    np.testing.assert_allclose(
        y_urad, 1e6 * np.deg2rad(plan.target_elevation_deg - plan.program_elevation_deg), atol=0.01
    )


def test_outages_at_the_ends_and_with_crossings_between_nodes():
    """Straight between nodes: an error of 0, 2, 0 degrees in elevation is over 1 degree from half to half."""
    time_s = np.arange(5.0)
    angles = np.zeros(5)
    error_deg = np.array([2.0, 0.0, 2.0, 0.0, 2.0])
    plan = MountPlan(
        node_time_s=time_s, target_azimuth_deg=angles, target_elevation_deg=error_deg, program_azimuth_deg=angles,
        program_elevation_deg=angles, ideal_azimuth_deg=angles, ideal_elevation_deg=angles,
        flipped=False, over_the_top=False, rewinds=0,
    )  # fmt: skip
    outages = keyhole_outages(plan, field_urad=1e6 * np.deg2rad(1.0))
    np.testing.assert_allclose(outages, [(0.0, 0.5), (1.5, 2.5), (3.5, 4.0)], atol=1e-9)
    with pytest.raises(ValueError, match="read-only"):
        plan.target_elevation_deg[0] = 1.0


def test_refusals():
    """A mount that cannot reach a pass is refused with the angles that show it."""
    with pytest.raises(DomainError, match=r"azimuth axis needs .* to .* deg, limits 0 to 90 deg"):
        planned(Mount(azimuth_range_deg=(0.0, 90.0)), highest_deg=48.0)
    with pytest.raises(DomainError, match=r"elevation axis needs .* to 48.0 deg, limits 60 to 90 deg"):
        planned(Mount(elevation_range_deg=(60.0, 90.0)), highest_deg=48.0)
    with pytest.raises(DomainError, match=r"Mount.rate_update_s is 0.25 s, must be a multiple of 0.1 s"):
        planned(Mount(rate_step_deg_s=0.01, rate_update_s=0.25), highest_deg=48.0)
    with pytest.raises(DomainError, match=r"look angles \(3,\), must be one \(m,\), m >= 4"):
        plan_mount(Mount(), time_s=np.arange(3.0), azimuth_deg=np.zeros(3), elevation_deg=np.zeros(3), **LIMITS)
    with pytest.raises(DomainError, match=r"look angles is nan"):
        plan_mount(Mount(), time_s=np.arange(4.0), azimuth_deg=np.full(4, np.nan), elevation_deg=np.zeros(4), **LIMITS)
    with pytest.raises(DomainError, match=r"steps of time_s is 0"):
        plan_mount(Mount(), time_s=np.zeros(4), azimuth_deg=np.zeros(4), elevation_deg=np.zeros(4), **LIMITS)
    with pytest.raises(DomainError, match="node_step_s is 0"):
        plan_mount(
            Mount(),
            time_s=np.arange(4.0),
            azimuth_deg=np.zeros(4),
            elevation_deg=np.zeros(4),
            node_step_s=0.0,
            **LIMITS,
        )
    plan = planned(Mount(), highest_deg=48.0)
    with pytest.raises(DomainError, match="field_urad is 0"):
        keyhole_outages(plan, field_urad=0.0)
    values = {name: getattr(plan, name) for name in MountPlan.__slots__}
    with pytest.raises(DomainError, match=r"MountPlan.ideal_azimuth_deg has shape \(2,\), not"):
        MountPlan(**values | {"ideal_azimuth_deg": np.zeros(2)})
