"""From what a user asks for to histories, times and remarks."""

import re
from datetime import timedelta

import pytest
from catalogues import EPOCH, catalogue

from passplan.errors import DomainError, ElementsError, InputError, UnknownName
from passplan.mission.search import Ages, Query, explained, failure_reasons, failure_remarks, prepare, search
from passplan.orbit.conditions import Conditions
from passplan.orbit.elements import parse_tle
from passplan.orbit.passes import find_passes

DAY = timedelta(days=1)


def text_of(sets):
    return "".join(f"{item.name}\n{item.line_1}\n{item.line_2}\n" for item in sets)


@pytest.fixture
def elements(tmp_path):
    path = tmp_path / "some.tle"
    path.write_text(text_of(catalogue(12)))
    return path


def query_of(*files, **changes):
    usual = {
        "stations": ("graz", "10,-60,5"),
        "element_files": files,
        "start": EPOCH,
        "length": DAY,
        "conditions": Conditions(),
        "max_age_days": 30.0,
    }
    return Query(**(usual | changes))


def test_all_objects_of_a_file_over_the_stations_named(elements):
    """By hand: histories in the order of the file, one time, a station by name and one by its coordinates."""
    field = prepare(query_of(elements))
    assert [history[0].name for history in field.histories] == [f"SAT-{number}" for number in range(12)]
    ((window, stations),) = field.windows.items()
    assert window == (EPOCH, EPOCH + DAY)
    assert [station.name for station in stations] == ["Graz", "10,-60,5"]
    assert field.remarks == ()


def test_objects_by_name_or_number_in_any_case(elements):
    field = prepare(query_of(elements, satellites=("sat-3", "10005")))
    assert [history[0].norad_id for history in field.histories] == [10_003, 10_005]
    with pytest.raises(InputError, match=r"(?i)some.tle: holds no satellite .*sat-99"):
        prepare(query_of(elements, satellites=("sat-3", "SAT-99", "nobody")))


def test_several_files_make_one_history(tmp_path, elements, checkout):
    """Sets of one object in two files; the duplicate counts once."""
    other = tmp_path / "other.tle"
    other.write_text(text_of(catalogue(2)) + (checkout / "tle" / "micius.tle").read_text())
    field = prepare(query_of(elements, other, satellites=("10000", "41731"), max_age_days=1e5))
    assert [(history[0].norad_id, len(history)) for history in field.histories] == [(10_000, 1), (41_731, 29)]


def test_faulty_sets_are_left_out_and_told(tmp_path):
    """One, told with file and line; of many the number and the first; good ones stay."""
    sets = catalogue(12)
    broken = text_of(sets).splitlines()
    path = tmp_path / "some.tle"
    broken[1] = broken[1][:-1] + str((int(broken[1][-1]) + 1) % 10)
    path.write_text("\n".join(broken) + "\n")
    field = prepare(query_of(path))
    assert len(field.histories) == 11
    (remark,) = field.remarks
    assert "some.tle:2" in remark
    assert "checksum" in remark
    for row in range(4, 25, 3):
        broken[row] = broken[row][:-1] + str((int(broken[row][-1]) + 1) % 10)
    path.write_text("\n".join(broken) + "\n")
    field = prepare(query_of(path))
    assert len(field.histories) == 4
    (remark,) = field.remarks
    assert remark.startswith("8 element sets are faulty and left out; `passplan check` lists them; the first: ")
    assert "some.tle:2" in remark


def test_objects_that_are_too_old_are_left_out_and_told(elements):
    """Of several the number; one alone is refused."""
    late = {"start": EPOCH + timedelta(days=40)}
    field = prepare(query_of(elements, **late))
    assert field.histories == ()
    (remark,) = field.remarks
    assert remark.startswith("12 objects are left out: no element set is young enough; the first: ")
    assert "SAT-0" in remark
    with pytest.raises(ElementsError, match=r"SAT-3.*40.0 d older than .*, must be within 30 d"):
        prepare(query_of(elements, satellites=("sat-3",), **late))


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"start": None}, InputError, "a search needs a start or a night"),
        ({"start": EPOCH.replace(year=2014)}, InputError, "the time begins before 2015-01-01T00:00:00Z, where the eph"),
        ({"start": EPOCH.replace(year=2049, month=12, day=30)}, InputError, "the time ends after 2049-12-30T23:58:00Z"),
        ({"stations": ("nowhere",)}, UnknownName, "nowhere"),
        ({"stations": ("1,2",)}, InputError, "is not three numbers lat,lon,height"),
        ({"stations": ("1,200,3",)}, DomainError, "longitude_deg is 200"),
        ({"night": "yesterday"}, InputError, "--night 'yesterday' is not ISO 8601"),
    ],
)
def test_wrong_queries_are_refused(elements, change, kind, says):
    with pytest.raises(kind, match=says):
        prepare(query_of(elements, **change))


def test_nights_are_each_station_s_own(elements):
    """Local solar noon to noon: half a day apart for stations half the Earth apart."""
    field = prepare(query_of(elements, start=None, night="2026-03-20", stations=("0,0,0", "0,179,0", "10,0,0")))
    assert [len(stations) for stations in field.windows.values()] == [2, 1]
    (first, last), (other, _) = field.windows
    assert last - first == DAY
    assert abs((first - other) / timedelta(hours=1)) == pytest.approx(179.0 / 15.0, abs=0.01)
    found = [p for part in search(query_of(elements), field) for p in part.passes]
    assert {p.station for p in found} == {"0,0,0", "0,179,0", "10,0,0"}


def test_the_search_is_that_of_the_library(elements, graz_station):
    """Two routes."""
    query = query_of(elements, stations=("graz",))
    found = [p for part in search(query, prepare(query), window=timedelta(hours=7)) for p in part.passes]
    expected = find_passes([[item] for item in catalogue(12)], [graz_station], EPOCH, EPOCH + DAY)
    assert sorted(p.pass_id for p in found) == sorted(p.pass_id for p in expected)


@pytest.fixture
def graz_station(catalog):
    from passplan.mission.catalog import load_site

    return load_site(catalog, "graz")[0].station


def test_passes_too_far_from_their_set_are_left_out(graz_station):
    """By hand: sets told as stale beyond 7 d; passes beyond the limit are counted."""
    histories = [[item] for item in catalogue(2)]
    passes = find_passes(histories, [graz_station], EPOCH + 6 * DAY, EPOCH + 10 * DAY)
    ages = Ages(8.0)
    kept, remarks = ages.young(passes), ages.remarks()
    assert [p.culmination_utc < EPOCH + 8 * DAY for p in kept] == [True] * len(kept)
    assert 0 < len(kept) < len(passes)
    left = [sum(p.satellite == f"SAT-{n}" and p not in kept for p in passes) for n in range(2)]
    for number in range(2):
        assert f"SAT-{number}: {left[number]} passes left out, more than 8 d from a set" in remarks
        stale = rf"SAT-{number}: \d+ passes from element sets that are 7\.\d to [78]\.\d d old"
        assert any(re.fullmatch(stale, text) for text in remarks)
    tolerant = Ages(30.0)
    assert len(tolerant.young(passes)) == len(passes)
    assert not any("left out" in text for text in tolerant.remarks())
    together = ages.young(passes)  # a second window adds up
    assert together == kept
    assert f"SAT-0: {2 * left[0]} passes left out, more than 8 d from a set" in ages.remarks()


LATE = """\
1 41731U 16051A   25265.33409832  .00080539  00000-0  89175-3 0  9999
2 41731  97.2945 187.6583 0004596  12.3887 347.7483 15.62724089508176
"""


def test_a_decayed_object_is_told_once(graz_station):
    late = parse_tle(LATE, source="late.tle", name="Micius")[0]
    passes = find_passes([[late]], [graz_station], EPOCH + 40 * DAY, EPOCH + 41 * DAY)
    assert len(passes.failures) == 1
    found = list(search(query_of(start=EPOCH + 40 * DAY), field_of(late, graz_station), window=timedelta(hours=3)))
    (remark,) = failure_remarks(failure_reasons([failure for part in found for failure in part.failures]))
    assert remark.startswith("late.tle:1: Micius (41731)")
    assert "decayed" in remark


def field_of(elements, station):
    from passplan.mission.search import Field

    window = (EPOCH + 40 * DAY, EPOCH + 41 * DAY)
    return Field(histories=((elements,),), windows={window: (station,)}, remarks=())


def test_every_pass_above_the_horizon_is_explained(elements, graz_station):
    """Property: usable are those that the search with the same conditions finds; all others have a reason."""
    conditions = Conditions(min_elevation_deg=20.0, max_range_km=2500.0, max_sun_elevation_deg=-6.0)
    query = query_of(elements, stations=("graz",), conditions=conditions)
    rows, ages, reasons = explained(query, prepare(query))
    assert (ages.left_out, reasons) == ({}, {})
    histories = [[item] for item in catalogue(12)]
    found = find_passes(histories, [graz_station], EPOCH, EPOCH + DAY, conditions)
    every = find_passes(histories, [graz_station], EPOCH, EPOCH + DAY, min_elevation_deg=0.0)
    assert [row.pass_.pass_id for row in rows] == [
        p.pass_id for p in sorted(every, key=lambda p: (p.rise_utc, p.satellite, p.station))
    ]
    usable_s = sum(row.value for row in rows if row.is_usable)
    assert usable_s == pytest.approx(sum(p.usability.duration_s for p in found), abs=0.05)
    assert {row.kind for row in rows} >= {"usable", "too_low", "daylight"}
    assert all(row.text for row in rows)
