"""The calendar of a timetable, read back by the library icalendar."""

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_plan import document_of, pass_row, simulated, small_plan

from passplan.errors import InputError
from passplan.mission.formats.timetable_calendar import timetable_calendar_text
from passplan.units import parse_utc


@pytest.fixture
def document():
    return small_plan()


def events(document):
    calendar = icalendar.Calendar.from_ical(timetable_calendar_text(document))
    assert calendar["VERSION"] == "2.0"
    assert calendar.errors == []
    return calendar.walk("VEVENT")


def test_an_event_a_contact(document):
    """Each contact is covered by its event in whole seconds, in order of start; the others have none."""
    flown = [row for row in document["passes"] if row["is_chosen"]]
    found = events(document)
    assert len(found) == len(flown) == 3
    for event, row in zip(found, flown, strict=True):
        assert event.errors == []
        assert str(event["UID"]) == f"december/{row['pass_id']}@passplan"
        assert event.decoded("DTSTAMP") == datetime(2016, 12, 1, tzinfo=UTC)
        start, stop = parse_utc(row["start_utc"]), parse_utc(row["stop_utc"])
        assert start - timedelta(seconds=1) < event.decoded("DTSTART") <= start
        assert stop < event.decoded("DTEND") <= stop + timedelta(seconds=1)
        assert str(event["LOCATION"]) == row["station"]
        assert str(event["TRANSP"]) == "OPAQUE"


def test_what_an_event_says(document):
    whole, trimmed, _ = events(document)
    assert str(whole["SUMMARY"]) == "micius -> xinglong, 41.2 kbit planned"
    lines = str(whole["DESCRIPTION"]).split("\n")
    assert lines == [
        "micius/xinglong/20161201T164320Z",
        "Contact 2016-12-01T16:40:00.000Z to 2016-12-01T16:46:40.000Z, 400 s",
        "Highest elevation 47.8 deg, smallest range 645 km",
        "Key under a clear sky 41,234 bit",
        "Proof lim2014, epsilon_sec 1e-09, epsilon_cor 1e-15",
        "Terminals: micius 1, xinglong 1",
        "Element set +0.1 d old; december, passplan 0.6.0",
    ]
    told = str(trimmed["DESCRIPTION"])
    assert "Trimmed: the pass is above the lowest elevation from 2016-12-01T18:15:00.000Z" in told
    assert "Key under a clear sky 300,939 bit, with the weather 181 kbit (clear 60 %)" in told


def test_simulated_keys_are_told(document):
    outcomes = simulated(document)
    names = list(outcomes)
    outcomes |= {names[1]: {"fault": "Sun keep-out", "files": {}}, names[2]: None}
    first, second, third = (str(event["DESCRIPTION"]) for event in events({**document, "simulated": outcomes}))
    assert "Simulated 20,617 bit" in first
    assert "Simulation failed: Sun keep-out" in second
    assert "Simulat" not in third


def test_the_same_plan_gives_the_same_bytes(document):
    assert timetable_calendar_text(document) == timetable_calendar_text(small_plan())


def test_a_changed_plan_moves_an_event():
    """The UID is that of the pass, whatever part of it is flown."""
    rows = [
        pass_row("micius", "graz", "2016-12-01", "2016-12-01T20:00:00Z", 400, key_bits=5e4, is_chosen=True, stop=stop)
        for stop in (400.0, 300.0)
    ]
    (before,), (after,) = (events(document_of([row])) for row in rows)
    assert before["UID"] == after["UID"]
    assert before.decoded("DTEND") - after.decoded("DTEND") == timedelta(seconds=100)


def test_a_plan_that_flies_nothing_is_an_empty_calendar(document):
    document["passes"] = [{**row, "is_chosen": False} for row in document["passes"]]
    assert events(document) == []


def test_a_document_of_something_else_is_refused():
    with pytest.raises(InputError, match="document: is no plan of passplan: 'passes' must be a list of rows"):
        timetable_calendar_text({"pass": {}})


@given(
    name=st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=90),
    station=st.sampled_from(["a;b,c\\d", "Köln; Süd, \\n", "兴隆" * 40, '"x":y']),
)
def test_any_name_survives_folding_and_escaping(name, station):
    """RFC 5545, 3.1: lines of at most 75 octets ended by CRLF; 3.3.11: escaped text."""
    row = pass_row(name, station, "2016-12-01", "2016-12-01T20:00:00Z", 400, key_bits=5e4, is_chosen=True)
    document = document_of([row], campaign=name)
    raw = timetable_calendar_text(document).encode()
    assert max(map(len, raw.split(b"\r\n"))) <= 75
    assert b"\n" not in raw.replace(b"\r\n", b"")
    (event,) = events(document)
    assert str(event["LOCATION"]) == station
    assert str(event["SUMMARY"]).startswith(f"{name} -> {station}, ")
