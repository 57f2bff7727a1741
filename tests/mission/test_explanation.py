from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from passplan.errors import DomainError
from passplan.mission.explanation import explain, summary
from passplan.orbit.conditions import Conditions, Cut, Interval, Usability
from passplan.orbit.passes import find_passes
from passplan.orbit.usability import usable

START = datetime(2016, 12, 19, 16, 48, tzinfo=UTC)
LENGTH_S = 600.0
WANTED = Conditions(
    max_range_km=1200.0, min_duration_s=60.0, max_sun_elevation_deg=-12.0, satellite_light={"umbra", "penumbra"}
)


@pytest.fixture(scope="module")
def published_pass(reference_selection):
    """Micius over Xinglong on 2016-12-19."""
    return reference_selection.pass_


@pytest.fixture
def candidate(published_pass):
    """A pass of 600 s whose other fields a test may set."""
    return replace(
        published_pass,
        rise_utc=START,
        culmination_utc=START + timedelta(seconds=300),
        set_utc=START + timedelta(seconds=LENGTH_S),
        max_elevation_deg=60.0,
        min_range_km=700.0,
    )


def cut(first_s, last_s, reason, worst=1.0, limit=0.0, unit="1"):
    start, end = (START + timedelta(seconds=s) for s in (first_s, last_s))
    return Cut(start_utc=start, end_utc=end, reason=reason, worst=worst, limit=limit, unit=unit)


def left(*parts, cuts=()):
    """Usability of intervals (from, to) [s] and cuts."""
    intervals = [(START + timedelta(seconds=a), START + timedelta(seconds=b)) for a, b in parts]
    return Usability(intervals=tuple(Interval(start_utc=a, end_utc=b) for a, b in intervals), cuts=tuple(cuts))


def low(first_s=0.0, last_s=LENGTH_S):
    return cut(first_s, last_s, "elevation", 0.0, 10.0, "deg")


def far(first_s=0.0, last_s=LENGTH_S):
    return cut(first_s, last_s, "range", 2000.0, 1200.0, "km")


def sun(first_s, last_s, worst=-5.1):
    return cut(first_s, last_s, "sun", worst, -12.0, "deg")


CASES = [
    ({"max_elevation_deg": 8.3}, left(cuts=[low()]), "too_low", "highest 8.3 deg, must reach 10 deg"),
    ({"max_elevation_deg": 9.97}, left(cuts=[low()]), "too_low", "highest 9.97 deg, must reach 10 deg"),
    ({"min_range_km": 1420.3}, left(cuts=[far()]), "too_far", "nearest 1420 km, must come within 1200 km"),
    (
        {"max_elevation_deg": 8.3, "min_range_km": 1420.3},
        left(cuts=[low(), far()]),
        "too_low",
        "highest 8.3 deg, must reach 10 deg; nearest 1420 km, must come within 1200 km",
    ),
    ({}, left(cuts=[low(0, 300), far(200, 600)]), "apart", "never high enough and near enough at once"),
    (
        {},
        left(cuts=[low(0, 200), cut(200, 242, "too_short", 42.0, 60.0, "s"), low(242, 600)]),
        "too_short",
        "lasts 42 s, must last 60 s",
    ),
    (
        {},
        left(cuts=[low(0, 100), sun(100, 500), low(500, 600)]),
        "twilight",
        "Sun at -5.1 deg, must be below -12 deg, all through",
    ),
    ({}, left(cuts=[sun(0, 600, 3.0)]), "daylight", "Sun at 3.0 deg, must be below -12 deg, all through"),
    ({}, left(cuts=[cut(0, 600, "satellite_sunlit")]), "satellite_sunlit", "satellite sunlit all through"),
    (
        {},
        left(cuts=[cut(0, 570, "satellite_sunlit"), cut(570, 600, "too_short", 30.0, 60.0, "s")]),
        "satellite_sunlit_in_part",
        "satellite sunlit until 16:57:30Z; the rest lasts 30 s, must last 60 s",
    ),
    (
        {},
        left(cuts=[sun(0, 600), cut(0, 200, "satellite_sunlit")]),
        "twilight",
        "Sun at -5.1 deg, must be below -12 deg, all through; satellite sunlit until 16:51:20Z",
    ),
    ({}, left((0, 600)), "usable", "usable 600 s, 16:48:00Z to 16:58:00Z"),
    (
        {},
        left((250, 500), cuts=[low(0, 100), cut(100, 250, "satellite_sunlit"), low(500, 600)]),
        "usable",
        "usable 250 s, 16:52:10Z to 16:56:20Z; satellite sunlit until 16:52:10Z",
    ),
    (
        {},
        left((0, 200), (400, 600), cuts=[cut(200, 400, "moon_separation", 3.0, 20.0, "deg")]),
        "usable",
        "usable 400 s in 2 parts, 16:48:00Z to 16:58:00Z; "
        "Moon 3.0 deg from the satellite, must be at least 20 deg, from 16:51:20Z to 16:54:40Z",
    ),
]


@pytest.mark.parametrize(("fields", "usability", "kind", "text"), CASES)
def test_every_verdict_has_its_words(candidate, fields, usability, kind, text):
    """The text as it is shown, and the stable key."""
    (row,) = explain([replace(candidate, **fields)], WANTED, [usability])
    assert (row.kind, row.text) == (kind, text)
    assert row.is_usable == (kind == "usable")


def rows_of(candidate, cases):
    return [
        row for fields, usability, _, _ in cases for row in explain([replace(candidate, **fields)], WANTED, [usability])
    ]


def test_a_night_in_one_line(candidate):
    """The text as it is shown: the best of each kind."""
    cases = [({"max_elevation_deg": 4.0}, left(cuts=[low()]), "", ""), CASES[0], CASES[7], CASES[8]]
    expected = "4 passes: 2 too low (highest 8.3 deg), 1 in daylight, 1 sunlit all through"
    assert summary(rows_of(candidate, cases)) == expected
    cases = [CASES[2], ({"min_range_km": 1300.0}, left(cuts=[far()]), "", ""), CASES[5], CASES[11]]
    assert summary(rows_of(candidate, cases)) == (
        "4 passes: 1 usable, 2 too far (nearest 1300 km), 1 too short (longest 42 s)"
    )
    assert summary(rows_of(candidate, CASES[9:10])) == "1 pass: 1 sunlit in part"
    assert summary([]) == "no pass above the horizon"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("satellite_penumbra", "in the penumbra"),
        ("satellite_umbra", "in the umbra all through"),
        ("moon_elevation", "with the Moon too high"),
        ("moon_separation", "too near the Moon"),
        ("moon_illumination", "with the Moon too bright"),
        ("sun_separation", "too near the Sun"),
    ],
)
def test_every_reason_has_its_place_in_the_summary(candidate, reason, words):
    """The text as it is shown."""
    rows = explain([candidate], WANTED, [left(cuts=[cut(0, 600, reason)])])
    assert summary(rows) == f"1 pass: 1 {words}"


def test_the_published_night(reference_selection):
    """Micius over Xinglong, 2016-12-19: the published pass can be used, in the umbra and at night; others cannot."""
    elements, station = reference_selection.pass_.elements, reference_selection.pass_.site
    passes = find_passes([[elements]], [station], START - timedelta(hours=12), START + timedelta(hours=12))
    conditions = Conditions(min_elevation_deg=12.0, max_sun_elevation_deg=-12.0, satellite_light={"umbra", "penumbra"})
    rows = explain(passes, conditions, usable(passes, conditions, geometry=True))
    kinds = {row.pass_.pass_id: row.kind for row in rows}
    assert kinds.pop(reference_selection.pass_.pass_id) == "usable"
    assert kinds
    assert set(kinds.values()) <= {"daylight", "twilight", "too_low", "satellite_sunlit"}


def test_one_usability_a_pass(candidate):
    """Refused: lists of different lengths."""
    with pytest.raises(DomainError, match="arrays must share one grid, but their lengths are: passes 1, usabilities 0"):
        explain([candidate], WANTED, [])
