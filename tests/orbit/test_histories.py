"""Rows of a search, and contacts put together over seams and changes of the element set."""

from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pytest

from passplan.errors import ElementsError
from passplan.orbit.contacts import Contacts, joined, no_contacts
from passplan.orbit.elements import nearest_in_time, period_s
from passplan.orbit.joints import carried_on, cut_to, settled
from passplan.orbit.nodes import ANCHOR
from passplan.orbit.passes import find_passes
from passplan.orbit.rows import checked_history, instant_of, rows_within, seconds_of

DAY_S = 86_400.0


def contacts(*rows):
    """Contacts of (row, site, rise, culmination, set, highest, cut before, cut after), times in s."""
    made = []
    for row, site, rise_s, top_s, set_s, highest_deg, before, after in rows:
        values = {item.name: 0.0 for item in fields(Contacts)} | {
            "row": row,
            "site": site,
            "rise_s": rise_s,
            "culmination_s": top_s,
            "set_s": set_s,
            "rise_azimuth_deg": rise_s,
            "culmination_azimuth_deg": top_s,
            "set_azimuth_deg": set_s,
            "max_elevation_deg": highest_deg,
            "min_range_km": 90.0 - highest_deg,
            "culminations": int(rise_s < top_s < set_s),
            "is_cut_before": before,
            "is_cut_after": after,
        }
        kinds = {item.name: getattr(no_contacts(), item.name).dtype for item in fields(Contacts)}
        made.append(Contacts(**{name: np.array([values[name]], dtype=kind) for name, kind in kinds.items()}))
    return joined(made)


def told(found):
    names = ("row", "site", "rise_s", "culmination_s", "set_s", "max_elevation_deg", "is_cut_before", "is_cut_after")
    return sorted(zip(*(getattr(found, name).tolist() for name in names), strict=True))


def test_joined_contacts_keep_their_kinds():
    """Exact: of nothing, of one, and of several with an empty one among them."""
    assert len(joined([])) == 0
    one = contacts((0, 1, 2.0, 3.0, 4.0, 50.0, False, True))
    assert joined([no_contacts(), one]) is one
    two = joined([one, no_contacts(), one])
    assert (two.row.dtype, two.is_cut_after.dtype, len(two)) == (one.row.dtype, bool, 2)


def test_contacts_go_on_over_a_seam():
    """By hand: joined, ended at the seam, begun at the seam, begun later after a failure, and another pair's."""
    earlier = contacts(
        (0, 0, 50.0, 90.0, 100.0, 40.0, False, True),
        (1, 0, 60.0, 100.0, 100.0, 20.0, True, True),
        (2, 0, 70.0, 80.0, 100.0, 30.0, False, True),
        (3, 0, 70.0, 80.0, 100.0, 30.0, False, True),
    )
    later = contacts(
        (0, 0, 100.0, 100.0, 130.0, 39.0, True, False),
        (0, 1, 100.0, 110.0, 130.0, 39.0, True, False),
        (1, 0, 100.0, 120.0, 200.0, 60.0, True, True),
        (3, 0, 150.0, 160.0, 170.0, 50.0, True, False),
        (4, 0, 110.0, 120.0, 130.0, 50.0, False, False),
    )
    assert told(carried_on(earlier, later, 100.0)) == [
        (0, 0, 50.0, 90.0, 130.0, 40.0, False, False),
        (0, 1, 100.0, 110.0, 130.0, 39.0, False, False),
        (1, 0, 60.0, 120.0, 200.0, 60.0, True, True),
        (2, 0, 70.0, 80.0, 100.0, 30.0, False, False),
        (3, 0, 70.0, 80.0, 100.0, 30.0, False, False),
        (3, 0, 150.0, 160.0, 170.0, 50.0, True, False),
        (4, 0, 110.0, 120.0, 130.0, 50.0, False, False),
    ]
    whole = carried_on(earlier.take(np.array([1])), later.take(np.array([2])), 100.0)
    assert (whole.rise_azimuth_deg[0], whole.set_azimuth_deg[0], whole.culmination_azimuth_deg[0]) == (60, 200, 120)
    assert (whole.min_range_km[0], whole.culminations[0]) == (30.0, 1)


def test_contacts_are_cut_to_a_window():
    """By hand: what reaches beyond is searched again within the window only, the rest stays, what is outside goes."""
    asked = []

    def again(row, site, start_s, end_s):
        asked.append((row, site, start_s, end_s))
        part = (row, site, max(start_s, 950.0), end_s, end_s, 30.0, False, True)
        return contacts(part, (row, site, start_s, start_s + 10.0, start_s + 20.0, 5.0, True, False))

    whole = contacts(
        (0, 0, 100.0, 200.0, 300.0, 40.0, False, False),
        (1, 2, 950.0, 1100.0, 1200.0, 80.0, False, False),
        (0, 0, 1000.0, 1100.0, 1200.0, 80.0, False, False),
        (0, 0, -50.0, -20.0, 0.0, 80.0, False, False),
    )
    found = cut_to(whole, again, 0.0, 1000.0)
    assert asked == [(1, 2, 890.0, 1000.0)]
    assert told(found) == [
        (0, 0, 100.0, 200.0, 300.0, 40.0, False, False),
        (1, 2, 950.0, 1000.0, 1000.0, 30.0, False, True),
    ]


@pytest.fixture
def three(iss):
    """Sets of one object, ten days apart."""
    return [replace(iss, epoch_utc=iss.epoch_utc + timedelta(days=10 * number)) for number in range(3)]


def test_rows_are_searched_a_period_beyond_their_own_time(three):
    """By hand: half-way between epochs the next set takes over; windows that a set cannot reach leave it out."""
    first_s = seconds_of(three[0].epoch_utc)
    low_s, high_s = first_s - 30 * DAY_S, first_s + 60 * DAY_S
    rows = rows_within([three], low_s, high_s)
    assert [row.elements for row in rows] == three
    margin_s = period_s(three[0])
    assert rows[1].nearest_s == (first_s + 5 * DAY_S, first_s + 15 * DAY_S)
    assert rows[1].searched_s == (first_s + 5 * DAY_S - margin_s, first_s + 15 * DAY_S + margin_s)
    assert (rows[0].nearest_s[0], rows[2].nearest_s[1]) == (float("-inf"), float("inf"))
    late = rows_within([three], first_s + 15 * DAY_S + 2.0 * margin_s, high_s)
    assert [row.elements for row in late] == three[2:]
    (only,) = rows_within([three[:1]], low_s, high_s)
    assert only.searched_s == only.nearest_s == (low_s, high_s)


def test_seconds_and_instants_are_inverse(utc):
    """Exact to the microsecond, before and after the anchor."""
    for when in (ANCHOR, utc(1999, 12, 31, 23, 59, 59), utc(2026, 9, 1, 1, 2, 3)):
        assert instant_of(seconds_of(when)) == when
    assert instant_of(0.1234564) == ANCHOR + timedelta(microseconds=123_456)


def test_a_history_is_put_in_order_and_checked(three, molniya):
    """Of one epoch given twice the first stands; nothing and a mixture are refused."""
    twin = replace(three[1], source="twin")
    assert checked_history([three[2], three[1], twin, three[0]]) == tuple(three)
    with pytest.raises(ElementsError, match="a history holds no element set"):
        checked_history([])
    with pytest.raises(ElementsError, match="a history holds the objects 25544, 99999, must hold one"):
        checked_history([three[0], molniya])


def test_a_pass_that_several_sets_see_is_told_by_the_nearest(three):
    """By hand: a pass seen by two sets, by the wrong set alone, by the right one alone, and over another site."""
    first_s = seconds_of(three[0].epoch_utc)
    change_s = first_s + 5 * DAY_S
    rows = rows_within([three[:2]], first_s, first_s + 10 * DAY_S)

    def span(row, site, offset_s, highest_deg=40.0):
        top_s = change_s + offset_s
        return (row, site, top_s - 300.0, top_s, top_s + 300.0, highest_deg, False, False)

    found = contacts(
        span(0, 0, -1000.0), span(1, 0, -990.0), span(0, 0, 4000.0), span(1, 0, 9000.0), span(0, 1, -1010.0)
    )

    def never(*arguments):
        raise AssertionError("nothing is cut")

    kept = settled(found, rows, never, first_s, first_s + 10 * DAY_S)
    tops_s = [(row, site, round(top_s - change_s)) for row, site, _, top_s, *_ in told(kept)]
    assert tops_s == [(0, 0, -1000), (0, 1, -1010), (1, 0, 9000)]


def test_each_pass_follows_from_the_set_nearest_to_its_culmination(micius, xinglong, graz, utc):
    """`nearest_in_time`, and a search with that set alone: the same times to 1 ms."""
    start, end = utc(2016, 12, 15), utc(2017, 1, 14)
    passes = find_passes([micius], [xinglong, graz], start, end)
    assert len({p.elements.epoch_utc for p in passes}) == len(micius) == 5
    assert passes.sets() == [p.elements for p in passes]
    for elements in micius:
        alone = find_passes([[elements]], [xinglong, graz], start, end)
        own = [p for p in passes if p.elements is elements]
        assert all(nearest_in_time(micius, p.culmination_utc) is elements for p in own)
        for p in own:
            (twin,) = [q for q in alone if q.site is p.site and q.rise_utc < p.set_utc and q.set_utc > p.rise_utc]
            assert abs((twin.rise_utc - p.rise_utc).total_seconds()) < 1e-3
            assert abs((twin.set_utc - p.set_utc).total_seconds()) < 1e-3


def test_a_pass_names_the_set_that_it_follows_from(iss, graz, utc):
    """A second set 10 s late, the change 4 s after the first one's culmination: edges are those of the set told."""
    start, end = utc(2018, 8, 20, 16), utc(2018, 8, 22)
    first = find_passes([[iss]], [graz], start, end)[0]
    middle = first.culmination_utc + timedelta(seconds=4.0)
    second = replace(
        iss,
        line_1=None,
        line_2=None,
        epoch_utc=middle + (middle - iss.epoch_utc),
        mean_anomaly_deg=_anomaly_deg(iss, middle + (middle - iss.epoch_utc) - timedelta(seconds=10.0)),
    )
    for item in find_passes([[iss, second]], [graz], start, end)[:3]:
        at_rise = find_passes([[item.elements]], [graz], item.rise_utc - timedelta(minutes=5), item.set_utc)
        assert min(abs((one.rise_utc - item.rise_utc).total_seconds()) for one in at_rise) < 1e-3


def _anomaly_deg(elements, when):
    """Mean anomaly [deg] carried on by the mean motion alone."""
    turns = elements.mean_motion_rev_day * (when - elements.epoch_utc) / timedelta(days=1)
    return (elements.mean_anomaly_deg + 360.0 * turns) % 360.0
