"""From what a user types to one pass."""

import pytest

from passplan.errors import ElementsError, InputError, NothingFound
from passplan.mission.selection import Limits, select_by_id, select_by_night

FULL = "micius/xinglong/20161219T165213Z"


@pytest.mark.parametrize("text", [FULL, FULL[:-1], "micius/xinglong/20161219T1652", "micius/xinglong/20161219T16521"])
def test_a_unique_beginning_is_enough(catalog, text):
    assert select_by_id(catalog, text, limits=Limits()).pass_.pass_id == FULL


def test_the_same_pass_to_the_last_digit_however_it_is_asked_for(catalog):
    by_id = select_by_id(catalog, FULL, limits=Limits()).pass_
    by_beginning = select_by_id(catalog, "micius/xinglong/20161219T16", limits=Limits()).pass_
    by_night = select_by_night(catalog, "41731", "Xinglong", "2016-12-19", limits=Limits()).pass_
    assert by_id == by_beginning == by_night


def test_a_beginning_of_several_is_refused_with_their_ids(catalog):
    with pytest.raises(InputError, match=r"fits 2 passes: micius/xinglong/.*deg high, Sun at"):
        select_by_id(catalog, "micius/xinglong/20161219", limits=Limits(min_elevation_deg=20.0))


def test_the_highest_dark_pass_of_a_night_is_taken_and_the_others_named(catalog):
    selection = select_by_night(catalog, "micius", "nanshan", "2017-02-13", limits=Limits(min_elevation_deg=5.0))
    assert selection.pass_.max_elevation_deg > 80.0
    assert all(name.startswith("micius/nanshan/2017021") for name in selection.others)


def test_published_pass_of_nanshan(catalog):
    """A public simulator's preset of the orbit of 2017-02-13: 507.1 km, 85.7 deg; the paper's table has 507.0 km."""
    pass_ = select_by_night(catalog, "micius", "nanshan", "2017-02-13", limits=Limits()).pass_
    assert pass_.min_range_km == pytest.approx(507.0, abs=1.0)
    assert pass_.max_elevation_deg == pytest.approx(85.7, abs=0.2)


def test_too_low_says_how_high_it_comes(catalog):
    says = f"above 60 deg: the highest, {FULL}, reaches 47.8 deg"
    with pytest.raises(NothingFound, match=says):
        select_by_id(catalog, FULL, limits=Limits(min_elevation_deg=60.0))


def test_a_pass_in_daylight_is_named(catalog):
    """Micius crosses by day twelve hours after it crosses by night; a night that has only such passes says so."""
    with pytest.raises(NothingFound, match="in brighter sky"):
        select_by_night(catalog, "micius", "xinglong", "2017-03-11", limits=Limits(min_elevation_deg=60.0))


def test_the_age_of_the_set_is_a_warning_and_then_a_refusal(catalog):
    fresh = select_by_night(catalog, "micius", "xinglong", "2016-12-19", limits=Limits())
    stale = select_by_night(catalog, "micius", "xinglong", "2016-12-26", limits=Limits(min_elevation_deg=5.0))
    assert fresh.warnings == ()
    assert len(stale.warnings) == 1
    assert "7." in stale.warnings[0]
    with pytest.raises(ElementsError, match="30"):
        select_by_night(catalog, "micius", "xinglong", "2019-06-01", limits=Limits())


@pytest.mark.parametrize(
    "text", ["micius", "micius/xinglong", "micius/xinglong/2016", "a/b/c", "micius/xinglong/20161319"]
)
def test_what_is_no_id(catalog, text):
    with pytest.raises(InputError):
        select_by_id(catalog, text, limits=Limits())
