from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from skyfield.sgp4lib import EarthSatellite
from skyfield.toposlib import wgs84

from passplan.errors import DomainError, ElementsError, InputError
from passplan.orbit.conditions import Conditions
from passplan.orbit.earth import clock, timescale
from passplan.orbit.elements import checksum, nearest_in_time, parse_tle, period_s
from passplan.orbit.passes import Passes, find_passes, iter_passes, slug
from passplan.orbit.station import Station
from passplan.orbit.usability import usable


def test_the_published_pass(micius, xinglong, utc):
    """Liao et al. 2017: 2016-12-19 over Xinglong, 645 km; the set nearest in time is 16354.56913372."""
    day, night = find_passes([micius], [xinglong], utc(2016, 12, 19), utc(2016, 12, 20))
    assert day.rise_utc < day.set_utc < night.rise_utc
    assert night.pass_id == "micius/xinglong/20161219T165213Z"
    assert night.elements is micius[1]
    assert day.elements is micius[0]
    assert night.min_range_km == pytest.approx(645.4, abs=1.0)
    assert night.max_elevation_deg == pytest.approx(47.83, abs=0.05)
    assert night.duration_s == pytest.approx(417.0, abs=1.0)
    assert (night.culminations, night.is_truncated, night.norad_id) == (1, False, 41731)


def test_the_window_within_1200_km(micius, xinglong, utc):
    """Liao et al. 2017: 273 s within 1200 km."""
    near = find_passes([micius], [xinglong], utc(2016, 12, 19, 12), utc(2016, 12, 20), max_range_km=1200.0)
    assert [p.duration_s for p in near] == [pytest.approx(273.0, abs=1.0)]


def test_a_window_cuts_a_pass_and_says_so(micius, xinglong, utc):
    """The published pass, window from 16:50:00 to 16:51:00: cut at both ends, highest at the end, no culmination."""
    start, end = utc(2016, 12, 19, 16, 50), utc(2016, 12, 19, 16, 51)
    (cut,) = find_passes([micius], [xinglong], start, end)
    assert (cut.rise_utc, cut.culmination_utc, cut.set_utc) == (start, end, end)
    assert (cut.is_truncated, cut.culminations) == (True, 0)
    assert cut.max_elevation_deg == pytest.approx(32.61, abs=0.05)
    (half,) = find_passes([micius], [xinglong], start, utc(2016, 12, 19, 17))
    assert (half.rise_utc, half.is_truncated, half.culminations) == (start, True, 1)
    assert half.pass_id == "micius/xinglong/20161219T165213Z"


def test_two_windows_share_a_cut_pass_without_overlap(micius, xinglong, utc):
    """Property: the parts of a pass in two adjoining windows add up to the pass."""
    middle = utc(2016, 12, 19, 16, 51, 30)
    whole = find_passes([micius], [xinglong], utc(2016, 12, 19, 16), utc(2016, 12, 19, 17))
    parts = [
        *find_passes([micius], [xinglong], utc(2016, 12, 19, 16), middle),
        *find_passes([micius], [xinglong], middle, utc(2016, 12, 19, 17)),
    ]
    assert sum(p.duration_s for p in parts) == pytest.approx(whole[0].duration_s, abs=1e-3)


def test_pieces_of_a_long_window_do_not_cut_passes(iss, graz, utc):
    """Twelve days in one call, more than any one piece holds, against day by day: the same crossings to 1 ms."""
    start = utc(2018, 8, 20)
    whole = find_passes([[iss]], [graz], start, start + timedelta(days=12))
    assert not any(p.is_truncated for p in whole)
    daily = [
        p
        for day in range(12)
        for p in find_passes([[iss]], [graz], start + timedelta(days=day), start + timedelta(days=day + 1))
        if not p.is_truncated
    ]
    by_rise = {round((p.rise_utc - start).total_seconds()): p for p in whole}
    for p in daily:
        twin = by_rise[round((p.rise_utc - start).total_seconds())]
        assert abs((twin.rise_utc - p.rise_utc).total_seconds()) < 1e-3
        assert abs((twin.set_utc - p.set_utc).total_seconds()) < 1e-3
    assert len(daily) >= len(whole) - 11


def test_a_satellite_that_never_sets_gives_one_cut_pass(geostationary, utc):
    """A geostationary satellite: one pass over three days on one side of the Earth, none on the other."""
    start, end = utc(2018, 8, 20), utc(2018, 8, 23)
    below, far = (
        Station(name="x", latitude_deg=0.0, longitude_deg=longitude_deg, height_m=0.0)
        for longitude_deg in sub_longitudes(geostationary, start)
    )
    (pass_,) = find_passes([[geostationary]], [below], start, end)
    assert (pass_.rise_utc, pass_.set_utc, pass_.is_truncated) == (start, end, True)
    assert find_passes([[geostationary]], [far], start, end) == []


@pytest.mark.parametrize("days", [(1.8, 3.9), (0.1, 5.9), (-20.0, 5.0), (9.0, 12.0)])
def test_a_history_of_a_satellite_that_never_sets_gives_one_pass(geostationary, utc, days):
    """Three sets of one object, changed within the window: still one pass."""
    start, end = utc(2018, 8, 20), utc(2018, 8, 26)
    station = Station(name="x", latitude_deg=0.0, longitude_deg=sub_longitudes(geostationary, start)[0], height_m=0.0)
    history = [geostationary, *(drifted(geostationary, shift) for shift in days)]
    (pass_,) = find_passes([history], [station], start, end)
    assert (pass_.rise_utc, pass_.set_utc, pass_.is_truncated) == (start, end, True)


def sub_longitudes(elements, start):
    """Longitude [deg] under the satellite, and the opposite one."""
    times = clock(start, [0.0])
    point = wgs84.subpoint_of(EarthSatellite(elements.line_1, elements.line_2, ts=timescale()).at(times))
    longitude_deg = float(point.longitude.degrees[0])
    return longitude_deg, longitude_deg - 180.0 if longitude_deg > 0.0 else longitude_deg + 180.0


def drifted(elements, days):
    """The same lines under another epoch in the record alone: a set that would be chosen later."""
    return replace(elements, epoch_utc=elements.epoch_utc + timedelta(days=days))


def test_one_pass_with_two_culminations(plain_angles, molniya, graz, utc):
    """A high elongated orbit rises, dips above the limit, and rises again: one pass with several culminations."""
    start = utc(2018, 8, 20)
    passes = find_passes([[molniya]], [graz], start, start + timedelta(days=3), min_elevation_deg=0.0)
    several = [p for p in passes if p.culminations > 1]
    assert several
    for pass_ in several:
        seconds = np.arange(0.0, pass_.duration_s, 5.0)
        height = plain_angles(molniya, graz, pass_.rise_utc, seconds)[0]
        tops = np.flatnonzero((height[1:-1] > height[:-2]) & (height[1:-1] > height[2:]))
        assert tops.size == pass_.culminations
        assert pass_.max_elevation_deg == pytest.approx(height.max(), abs=1e-3)


def test_the_change_of_element_set_neither_loses_nor_doubles_a_pass(iss, graz, utc):
    """Sets changed at every minute of a pass: always the one pass, the second set 3 s behind the first."""
    start, end = utc(2018, 8, 20), utc(2018, 8, 21)
    alone = find_passes([[iss]], [graz], start, end)
    for minute in range(-2, 14):
        middle = alone[1].rise_utc + timedelta(minutes=minute)
        second = shifted(iss, 3.0, middle + (middle - iss.epoch_utc))
        passes = find_passes([[iss, second]], [graz], start, end)
        assert len(passes) == len(alone)
        for pass_, twin in zip(passes, alone, strict=True):
            late_s = (pass_.rise_utc - twin.rise_utc).total_seconds()
            nearest = nearest_in_time([iss, second], pass_.culmination_utc)
            assert pass_.elements is nearest
            assert late_s == pytest.approx(3.0 if nearest is second else 0.0, abs=1.0)


@pytest.mark.parametrize(("gap_s", "count"), [(10.0, 0), (-60.0, 1)])
def test_a_pass_that_one_set_alone_sees_counts_when_that_set_is_the_nearest(iss, graz, utc, gap_s, count):
    """The limit lies between the greatest elevations that two sets 60 s apart give to one pass."""
    start, end = utc(2018, 8, 20, 16), utc(2018, 8, 22)
    first = find_passes([[iss]], [graz], start, end)[0]
    late = find_passes([[shifted(iss, 60.0, iss.epoch_utc)]], [graz], start, end)[0]
    higher, lower = sorted((first, late), key=lambda pass_: -pass_.max_elevation_deg)
    sign = -1.0 if higher is first else 1.0
    middle = higher.culmination_utc + timedelta(seconds=sign * gap_s)
    second = shifted(iss, 60.0, middle + (middle - iss.epoch_utc))
    limit_deg = 0.5 * (higher.max_elevation_deg + lower.max_elevation_deg)
    around = (first.rise_utc - timedelta(minutes=20), first.set_utc + timedelta(minutes=20))
    assert len(find_passes([[iss, second]], [graz], *around, min_elevation_deg=limit_deg)) == count


def shifted(elements, late_s, epoch):
    """The set with its mean anomaly set back by some seconds, filed under another epoch."""
    anomaly_deg = (float(elements.line_2[43:51]) - 360.0 * late_s / period_s(elements)) % 360.0
    line_2 = elements.line_2[:43] + f"{anomaly_deg:8.4f}" + elements.line_2[51:68]
    text = f"{elements.line_1}\n{line_2}{checksum(line_2)}"
    return replace(parse_tle(text, source="shifted")[0], epoch_utc=epoch)


def test_several_satellites_and_stations_are_sorted_by_rise(micius, xinglong, graz, utc):
    """Property: the list is the union of the single searches, in order of rise."""
    start, end = utc(2016, 12, 19), utc(2016, 12, 21)
    renamed = [replace(elements, name="Twin", norad_id=1) for elements in micius]
    together = find_passes([micius, renamed], [xinglong, graz], start, end)
    single = [
        p for history in (micius, renamed) for s in (xinglong, graz) for p in find_passes([history], [s], start, end)
    ]
    assert sorted(p.pass_id for p in together) == sorted(p.pass_id for p in single)
    assert [p.rise_utc for p in together] == sorted(p.rise_utc for p in together)


def test_no_pass_is_an_empty_list(micius, xinglong, utc):
    """Nothing in ten minutes at noon."""
    assert find_passes([micius], [xinglong], utc(2016, 12, 19, 12), utc(2016, 12, 19, 12, 10)) == []
    assert find_passes([], [xinglong], utc(2016, 12, 19), utc(2016, 12, 20)) == []
    assert find_passes([micius], [], utc(2016, 12, 19), utc(2016, 12, 20)) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [("MICIUS (QSS)", "micius-qss"), ("-33.9,18.4,10", "-33.9-18.4-10"), ("40.4,-105.2,1600", "40.4--105.2-1600")],
)
def test_names_become_parts_of_a_path(name, expected):
    """Signs of a position survive, so that north and south stay apart."""
    assert slug(name) == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"min_elevation_deg": float("nan")}, "min_elevation_deg is nan"),
        ({"min_elevation_deg": 90.0}, r"min_elevation_deg is 90.0, must lie in \[-10, 90\)"),
        ({"max_range_km": 0.0}, r"max_range_km is 0.0, must lie in \(0, inf\)"),
    ],
)
def test_wrong_limits_are_refused(micius, xinglong, utc, change, message):
    """Each limit has its range."""
    with pytest.raises(DomainError, match=message):
        find_passes([micius], [xinglong], utc(2016, 12, 19), utc(2016, 12, 20), **change)


def test_wrong_windows_and_histories_are_refused(micius, iss, micius_late, xinglong, utc):
    """Naive times, an empty window, an empty or mixed history, a decayed object."""
    day = utc(2016, 12, 19)
    with pytest.raises(InputError, match="start 2016-12-19T00:00:00 is naive"):
        find_passes([micius], [xinglong], datetime(2016, 12, 19), day)
    with pytest.raises(DomainError, match="end is 2016-12-19T00:00:00Z, must be after start"):
        find_passes([micius], [xinglong], day, day)
    with pytest.raises(ElementsError, match="a history holds no element set"):
        find_passes([[]], [xinglong], day, day + timedelta(days=1))
    with pytest.raises(ElementsError, match="objects 25544, 41731, must hold one"):
        find_passes([[*micius, iss]], [xinglong], day, day + timedelta(days=1))


def test_a_decayed_object_is_told(micius_late, xinglong, utc):
    """Micius re-entered in 2025 or 2026: its last set gives no position in September 2026, and the search says so."""
    start, end = utc(2026, 9, 1), utc(2026, 9, 2)
    passes = find_passes([[micius_late]], [xinglong], start, end)
    assert len(passes) == 0
    (failure,) = passes.failures
    assert (failure.elements, failure.start_utc, failure.end_utc) == (micius_late, start, end)
    assert "decayed" in str(failure)


def test_a_pass_keeps_its_order(micius, xinglong, utc):
    """A pass whose culmination lies outside cannot exist."""
    (pass_,) = find_passes([micius], [xinglong], utc(2016, 12, 19, 16), utc(2016, 12, 19, 17))
    with pytest.raises(DomainError, match=r"Pass.culmination_utc is .* must lie between rise_utc"):
        replace(pass_, culmination_utc=pass_.set_utc + timedelta(seconds=1))


def test_a_search_needs_a_process(iss, graz, utc):
    with pytest.raises(DomainError, match=r"processes is 0.*, must lie in \[1, inf\)"):
        find_passes([[iss]], [graz], utc(2018, 8, 20), utc(2018, 8, 21), processes=0)


def test_a_search_of_nothing_finds_nothing(iss, graz, utc):
    """No satellite, no station, and neither."""
    window = utc(2018, 8, 20), utc(2018, 8, 21)
    for satellites, stations in (([], [graz]), ([[iss]], []), ([], [])):
        passes = find_passes(satellites, stations, *window, max_range_km=1000.0)
        assert (len(passes), list(passes), passes.failures) == (0, [], ())


def test_rules_of_light_tell_what_they_leave(iss, graz, utc):
    """`usable` on the bare passes: the same intervals; a pass of which nothing is left stands in ``cut_away``."""
    start, end = utc(2018, 8, 20), utc(2018, 9, 1)
    dark = Conditions(max_sun_elevation_deg=-6.0, satellite_light={"sunlit"})
    passes, bare = find_passes([[iss]], [graz], start, end, dark), find_passes([[iss]], [graz], start, end)
    assert 0 < len(passes) < len(bare)
    assert {p.pass_id for p in passes} | {p.pass_id for p in passes.cut_away} == {p.pass_id for p in bare}
    assert [p.usability for p in passes] == [u for u in usable(list(bare), dark) if u.intervals]
    assert all(not p.usability.intervals and p.usability.cuts for p in passes.cut_away)
    assert bare.cut_away is None
    assert all(p.usability is None for p in bare)
    for window in (timedelta(hours=1), timedelta(days=2)):
        parts = [part.passes for part in iter_passes([[iss]], [graz], start, end, dark, window=window)]
        joined = Passes.joined(parts, ())
        for one, other in ((joined, passes), (joined.cut_away, passes.cut_away)):
            assert [p.pass_id for p in one] == [p.pass_id for p in other]
            assert [len(p.usability.cuts) for p in one] == [len(p.usability.cuts) for p in other]


def test_a_day_without_a_night(iss, utc):
    """At 55 deg north in June the Sun does not go down to -12 deg: no pass, all cut away by the Sun."""
    place = Station(name="north", latitude_deg=55.0, longitude_deg=20.0, height_m=0.0)
    asked = Conditions(max_sun_elevation_deg=-12.0)
    passes = find_passes([[iss]], [place], utc(2018, 6, 20), utc(2018, 6, 21), asked)
    assert len(passes) == 0
    assert len(passes.cut_away) > 3
    assert {cut.reason for p in passes.cut_away for cut in p.usability.cuts} == {"sun"}


def test_short_passes_are_left_out(iss, graz, utc):
    """Property: with a shortest time exactly the longer passes are left."""
    window = utc(2018, 8, 20), utc(2018, 8, 25)
    every = find_passes([[iss]], [graz], *window)
    middle_s = float(np.median([p.duration_s for p in every]))
    long = find_passes([[iss]], [graz], *window, Conditions(min_duration_s=middle_s))
    assert list(long) == [p for p in every if p.duration_s >= middle_s]
    assert 0 < len(long) < len(every)


def test_passes_are_a_sequence_and_a_table(iss, molniya, graz, xinglong, utc):
    """Exact: indices, slices, membership, equality; the table has the columns of the records, with units."""
    passes = find_passes([[iss], [molniya]], [graz, xinglong], utc(2018, 8, 20), utc(2018, 8, 22))
    listed = list(passes)
    assert [p.rise_utc for p in listed] == sorted(p.rise_utc for p in listed)
    assert passes[0] == listed[0]
    assert passes[-1] == listed[-1]
    assert passes[2:5] == listed[2:5]
    assert listed[3] in passes
    assert passes == listed
    assert passes != listed[:-1]
    assert passes != "passes"
    with pytest.raises(IndexError, match="range object index out of range"):
        passes[len(passes)]
    table = passes.to_table()
    assert list(table["pass_id"]) == [p.pass_id for p in listed]
    assert str(table["max_elevation_deg"].unit) == "deg"
    assert str(table["duration_s"].unit) == "s"
    assert table["rise_utc"].unit is None
    assert table["rise_utc"][0].endswith("Z")


def test_wide_limits_are_taken_from_the_conditions_unless_given(iss, graz, utc):
    """Exact: the two ways of saying a limit."""
    window = utc(2018, 8, 20), utc(2018, 8, 22)
    asked = Conditions(min_elevation_deg=30.0, max_range_km=700.0)
    by_name = find_passes([[iss]], [graz], *window, min_elevation_deg=30.0, max_range_km=700.0)
    assert list(by_name) == list(find_passes([[iss]], [graz], *window, asked))
    other = find_passes([[iss]], [graz], *window, asked, min_elevation_deg=0.0, max_range_km=2000.0)
    assert len(other) > len(by_name) > 0
