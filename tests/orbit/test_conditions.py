from dataclasses import FrozenInstanceError
from datetime import datetime, timedelta

import pytest

from passplan.errors import DomainError, InputError, UnknownName
from passplan.orbit.conditions import Conditions, Cut, Interval, Usability, in_words, told_apart


@pytest.fixture
def start(utc):
    return utc(2018, 8, 20, 18, 40)


def cut_of(start, end, reason="sun", worst=-8.3, limit=-12.0, unit="deg"):
    return Cut(start_utc=start, end_utc=end, reason=reason, worst=worst, limit=limit, unit=unit)


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("min_elevation_deg", 90.0, r"\[-10, 90\)"),
        ("max_range_km", 0.0, r"\(0, inf\)"),
        ("min_duration_s", -1.0, r"\[0, inf\)"),
        ("max_sun_elevation_deg", -91.0, r"\[-90, 90\]"),
        ("max_moon_elevation_deg", -1.0, r"\[0, 90\]"),
        ("min_moon_separation_deg", 181.0, r"\[0, 180\]"),
        ("max_moon_illumination", 1.1, r"\[0, 1\]"),
        ("min_sun_separation_deg", float("nan"), r"\[0, 180\]"),
    ],
)
def test_limits_out_of_range_are_refused(field, value, allowed):
    """Each field names itself, its value and what is allowed."""
    with pytest.raises(DomainError, match=rf"Conditions.{field} is {value}, must lie in {allowed}"):
        Conditions(**{field: value})


def test_unknown_words_are_refused():
    """Light and refraction have names; the nearest right one is told."""
    with pytest.raises(UnknownName, match="satellite_light 'sunlight' is not known; did you mean 'sunlit'"):
        Conditions(satellite_light={"sunlight"})
    with pytest.raises(DomainError, match="satellite_light is empty, must hold some of sunlit, penumbra, umbra"):
        Conditions(satellite_light=())
    with pytest.raises(UnknownName, match="refraction 'benet' is not known; did you mean 'bennett'"):
        Conditions(refraction="benet")


def test_conditions_are_a_value():
    """Frozen, equal and hashable; any iterable of lights will do."""
    assert Conditions(satellite_light=["umbra", "penumbra"]) == Conditions(satellite_light={"penumbra", "umbra"})
    assert hash(Conditions()) == hash(Conditions(satellite_light=("sunlit", "penumbra", "umbra")))
    with pytest.raises(FrozenInstanceError):
        Conditions().min_elevation_deg = 5.0


def test_stretches_of_time_run_forward(start):
    """Refused: an end before its start, and naive times."""
    with pytest.raises(DomainError, match=r"Interval.end_utc is .*, must not be before start_utc"):
        Interval(start_utc=start, end_utc=start - timedelta(seconds=1))
    with pytest.raises(DomainError, match=r"Cut.end_utc is .*, must not be before start_utc"):
        cut_of(start, start - timedelta(seconds=1))
    with pytest.raises(InputError, match=r"Interval.end_utc .* is naive"):
        Interval(start_utc=start, end_utc=datetime(2018, 8, 20, 19))


def test_times_of_use_add_up(start):
    """Exact: 10 s and 20 s."""
    parts = [(0, 10), (40, 60)]
    intervals = tuple(
        Interval(start_utc=start + timedelta(seconds=a), end_utc=start + timedelta(seconds=b)) for a, b in parts
    )
    assert Usability(intervals=intervals, cuts=()).duration_s == 30.0
    assert cut_of(start, start + timedelta(seconds=5)).duration_s == 5.0


@pytest.mark.parametrize(
    ("reason", "worst", "limit", "unit", "text"),
    [
        ("sun", -8.3, -12.0, "deg", "Sun at -8.3 deg, must be below -12 deg, until 18:42:10Z"),
        ("sun", -11.9996, -12.0, "deg", "Sun at -11.9996 deg, must be below -12 deg, until 18:42:10Z"),
        ("satellite_sunlit", 1.0, 0.0, "1", "satellite sunlit until 18:42:10Z"),
        ("satellite_penumbra", 0.3, 0.0, "1", "satellite in the penumbra until 18:42:10Z"),
        ("satellite_umbra", 0.0, 1.0, "1", "satellite in the umbra until 18:42:10Z"),
        ("moon_elevation", 41.27, 30.0, "deg", "Moon at 41.3 deg, must be at most 30 deg, until 18:42:10Z"),
        (
            "moon_separation",
            4.0,
            20.0,
            "deg",
            "Moon 4.0 deg from the satellite, must be at least 20 deg, until 18:42:10Z",
        ),
        ("moon_illumination", 0.97, 0.5, "1", "Moon 97% lit, must be at most 50%, until 18:42:10Z"),
        (
            "sun_separation",
            3.0,
            30.0,
            "deg",
            "Sun 3.0 deg from the satellite, must be at least 30 deg, until 18:42:10Z",
        ),
        ("elevation", 2.0, 10.0, "deg", "down to 2.0 deg, must stay above 10 deg, until 18:42:10Z"),
        ("range", 1834.2, 1200.0, "km", "up to 1834 km away, must stay within 1200 km, until 18:42:10Z"),
        ("too_short", 42.0, 60.0, "s", "lasts 42 s, must last 60 s"),
    ],
)
def test_every_reason_has_words(start, reason, worst, limit, unit, text):
    """The text as it is shown."""
    whole = Interval(start_utc=start, end_utc=start + timedelta(seconds=600))
    cut = cut_of(start, start + timedelta(seconds=130), reason, worst, limit, unit)
    assert in_words(cut, whole=whole) == text


@pytest.mark.parametrize(
    ("first_s", "last_s", "length_s", "when"),
    [
        (0, 600, 600, "all through"),
        (0, 130, 600, "until 18:42:10Z"),
        (130, 600, 600, "from 18:42:10Z"),
        (130, 140, 600, "from 18:42:10Z to 18:42:20Z"),
        (130, 140, 90_000, "from 2018-08-20T18:42:10Z to 2018-08-20T18:42:20Z"),
    ],
)
def test_words_for_the_time(start, first_s, last_s, length_s, when):
    """From the beginning, to the end, both or neither; with the date when the pass is long."""
    whole = Interval(start_utc=start, end_utc=start + timedelta(seconds=length_s))
    cut = cut_of(
        start + timedelta(seconds=first_s), start + timedelta(seconds=last_s), "satellite_sunlit", 1.0, 0.0, "1"
    )
    assert in_words(cut, whole=whole) == f"satellite sunlit {when}"


def test_a_value_is_told_apart_from_its_limit():
    """As many digits as needed, four at most."""
    assert told_apart(9.97, 10.0) == "9.97"
    assert told_apart(8.32, 10.0) == "8.3"
    assert told_apart(1200.4, 1200.0, digits=0) == "1200.4"
    assert told_apart(10.0, 10.0) == "10.0000"
