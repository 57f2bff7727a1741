"""The calendar, read back by the library icalendar."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import InputError
from passplan.mission.formats.icalendar import icalendar_text


def events(text):
    calendar = icalendar.Calendar.from_ical(text)
    assert calendar["VERSION"] == "2.0"
    assert calendar.errors == []
    return calendar.walk("VEVENT")


def test_an_event_a_pass(passes, created):
    """Each pass is covered by its event in whole seconds; fields survive icalendar's parser."""
    found = events(icalendar_text(passes, created_utc=created))
    assert len(found) == len(passes)
    for event, item in zip(found, sorted(passes, key=lambda item: item.rise_utc), strict=True):
        assert event.errors == []
        assert str(event["UID"]) == f"{item.pass_id}/41731@passplan"
        assert event.decoded("DTSTAMP") == created
        start, end = event.decoded("DTSTART"), event.decoded("DTEND")
        assert start <= item.rise_utc < start + timedelta(seconds=1)
        assert end - timedelta(seconds=1) <= item.set_utc < end
        assert start.tzinfo is not None
        assert event["GEO"].to_ical() == f"{item.site.latitude_deg};{item.site.longitude_deg}"
        assert str(event["LOCATION"]) == item.station


def test_the_description_of_the_published_pass(one, created):
    (event,) = events(icalendar_text([one], created_utc=created))
    lines = str(event["DESCRIPTION"]).split("\n")
    assert str(event["SUMMARY"]) == "Micius over Xinglong, 48 deg"
    assert lines[0] == "micius/xinglong/20161219T165213Z"
    assert lines[1] == "Rise 2016-12-19T16:48:43.736Z, azimuth 0.26 deg"
    assert lines[2] == "Culmination 2016-12-19T16:52:13.457Z, elevation 47.83 deg, azimuth 285.71 deg"
    assert lines[3] == "Set 2016-12-19T16:55:40.807Z, azimuth 211.00 deg"
    assert lines[5] == "Element set of 2016-12-19T13:39:33.153Z, 0.13 d old at culmination"
    assert "read from micius.tle:1" in str(event["COMMENT"])


def test_a_cut_pass_says_so(one, created):
    (event,) = events(icalendar_text([replace(one, is_truncated=True)], created_utc=created))
    assert "Cut by the search window" in str(event["DESCRIPTION"])


def test_the_same_pass_keeps_its_uid_and_the_file_its_bytes(one, created):
    later = created + timedelta(days=1)
    first, second = (events(icalendar_text([one], created_utc=when))[0] for when in (created, later))
    assert first["UID"] == second["UID"]
    assert first.decoded("DTSTAMP") != second.decoded("DTSTAMP")
    assert icalendar_text([one], created_utc=created) == icalendar_text([one], created_utc=created)


@given(
    satellite=st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=120),
    station=st.sampled_from(["a;b,c\\d", "Köln; Süd, \\n", "兴隆" * 40, '"x":y']),
)
def test_any_name_survives_folding_and_escaping(one, relabelled, created, satellite, station):
    """RFC 5545, 3.1: lines of at most 75 octets, ended by CRLF, no letter cut in two; 3.3.11: escaped text."""
    text = icalendar_text([relabelled(satellite, station)], created_utc=created)
    lines = text.encode().split(b"\r\n")
    assert lines[-1] == b""
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()  # a letter cut in two would fail
    (event,) = events(text)
    assert str(event["LOCATION"]) == station
    assert str(event["SUMMARY"]) == f"{satellite} over {station}, 48 deg"


def test_naive_instants_are_refused(one):
    with pytest.raises(InputError, match="created_utc 2016-12-18T00:00:00 is naive"):
        icalendar_text([one], created_utc=datetime(2016, 12, 18, tzinfo=UTC).replace(tzinfo=None))
