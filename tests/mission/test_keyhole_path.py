from dataclasses import replace

import numpy as np
import pytest

from passplan.mission.keyhole_path import keyhole_outages_of, keyhole_reach_s, may_meet_keyhole
from passplan.mission.link import track_of
from passplan.mission.selection import Limits, select_by_id

HIGHEST = "micius/nanshan/20170118T183640"  # 89 deg


@pytest.fixture(scope="module")
def high(catalog):
    return select_by_id(catalog, HIGHEST, limits=Limits())


def without_mount(selection):
    coarse = replace(selection.site.apt.coarse, mount=None)
    apt = replace(selection.site.apt, coarse=coarse)
    return replace(selection, site=replace(selection.site, apt=apt, assumed={}, spread={}))


def test_a_pass_through_the_zenith_is_lost_about_its_culmination(high):
    """Other route: the tracked pass loses its fine lock 1.5 s before the culmination and has it again 15.0 s after."""
    path = track_of(high)
    ((start_s, stop_s),) = keyhole_outages_of(high, path)
    middle_s = path.time_s[np.argmin(path.range_km)]
    assert may_meet_keyhole(high, high.pass_)
    assert start_s - middle_s == pytest.approx(-1.5, abs=0.2)
    assert stop_s - middle_s == pytest.approx(13.6, abs=0.2)


def test_the_bound_never_misses_an_outage(high, reference_selection):
    """Property: a pass that the bound clears has no outage; this one culminates at 49 deg."""
    assert not may_meet_keyhole(reference_selection, reference_selection.pass_)
    assert keyhole_outages_of(reference_selection, track_of(reference_selection)) == ()


def test_a_terminal_without_mount_has_no_keyhole(high):
    bare = without_mount(high)
    assert not may_meet_keyhole(bare, high.pass_)
    assert keyhole_outages_of(bare, track_of(high)) == ()


def test_the_reach_covers_half_a_turn(high):
    assert keyhole_reach_s(high) > 180.0 / high.site.apt.coarse.gimbal.rate_limit_deg_s
