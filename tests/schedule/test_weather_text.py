"""Weather files: what they say arrives where it belongs, and every fault is told with its line, all at once."""

from datetime import UTC, datetime
from itertools import product

import numpy as np
import pytest

from passplan.errors import InputError
from passplan.schedule.weather import Climatology, CloudTable
from passplan.schedule.weather_text import parse_clouds

FORECAST = """# two stations, steps of three hours
station,time_utc,cloud
graz,2016-12-19T12:00:00Z,0.2
graz,2016-12-19T15:00:00Z,0.4
nanshan, 2016-12-19T23:00:00+08:00, 1

nanshan,2016-12-19T12:00:00Z,0
"""


def test_a_forecast():
    """Rows in any order and in any zone; a step stands until the next, the last as long as the others."""
    table = parse_clouds(FORECAST, source="f.csv", known=("graz", "nanshan", "lijiang"), needed=("graz",))
    assert isinstance(table, CloudTable)
    assert table.stations == ("graz", "nanshan")
    assert table.epoch_utc == datetime(2016, 12, 19, 12, tzinfo=UTC)
    np.testing.assert_array_equal(table.time_s, [0.0, 10_800.0])
    assert table.end_s == 21_600.0
    np.testing.assert_array_equal(table.cloud, [[[0.2, 0.4], [0.0, 1.0]]])
    assert table.source == "f.csv"


def test_a_forecast_of_one_time_stands_an_hour():
    assert parse_clouds("station,time_utc,cloud\ngraz,2016-12-19,0.2", source="f.csv").end_s == 3600.0


def test_members():
    rows = [f"graz,2016-12-19T{hour}:00:00Z,0.{member}{hour},{member}" for member, hour in product("21", (10, 11, 12))]
    table = parse_clouds("\ufeffstation,time_utc,cloud,member\r\n" + "\r\n".join(rows), source="f.csv")
    np.testing.assert_allclose(table.cloud[:, 0], [[0.110, 0.111, 0.112], [0.210, 0.211, 0.212]])


def climatology(station="graz"):
    return [f"{station},{month},{hour},{(month + hour) / 40.0}" for month in range(1, 13) for hour in range(24)]


def test_a_climatology():
    table = parse_clouds("\n".join(["station,month,hour_utc,cloud", *reversed(climatology())]), source="c.csv")
    assert isinstance(table, Climatology)
    np.testing.assert_allclose(table.cloud[0], (np.arange(1, 13)[:, None] + np.arange(24)) / 40.0)


def faults(text, **more):
    with pytest.raises(InputError) as caught:
        parse_clouds(text, source="w.csv", **more)
    return str(caught.value).splitlines()


def test_every_fault_with_its_line():
    text = "\n".join(
        [
            "station,time_utc,cloud",
            "graz,2016-12-19T12:00:00Z,20",
            "graz,2016-12-19T13:00:00,0.1",
            "graz,2016-12-19T14:00:00Z,-0.1",
            "graz,2016-12-19T15:00:00Z,cloudy",
            "graz,2016-12-19T16:00:00Z",
            "garz,2016-12-19T16:00:00Z,0.5",
            "graz,2016-12-19T17:00:00Z,0.5",
            "graz,2016-12-19T18:00:00+01:00,0.5",
            ",2016-12-19T18:00:00Z,nan",
        ]
    )
    assert faults(text, known=("graz", "nanshan"), needed=("nanshan",)) == [
        "w.csv:2: cloud is 20, must lie in [0, 1]; if that is per cent, write 0.2",
        "w.csv:3: time_utc 2016-12-19T13:00:00 is naive: write the zone, as in 2016-12-19T13:00:00Z for UTC",
        "w.csv:4: cloud is -0.1, must lie in [0, 1]",
        "w.csv:5: cloud is 'cloudy', must be a number",
        "w.csv:6: 2 values, must be 3: station,time_utc,cloud",
        "w.csv:7: station 'garz' is not known; did you mean 'graz'?",
        "w.csv:9: graz at 2016-12-19T17:00:00Z stands twice, first in line 8",
        "w.csv:10: cloud is nan, must lie in [0, 1]",
        "w.csv:10: station is empty",
        "w.csv: station 'nanshan' has no rows, and is needed",
    ]


def test_faults_of_a_climatology():
    text = "station,month,hour_utc,cloud\ngraz,13,0,0.5\ngraz,1,24,0.5\ngraz,1.5,3,0.5\nzzz,1,1,101"
    assert faults(text, known=("graz",)) == [
        "w.csv:2: month is 13, must lie in [1, 12]",
        "w.csv:3: hour_utc is 24, must lie in [0, 23]",
        "w.csv:4: month is '1.5', must be a whole number",
        "w.csv:5: cloud is 101, must lie in [0, 1]",
        "w.csv:5: station 'zzz' is not known",
    ]


def test_faults_are_told_by_number_of_line_twenty_at_most():
    """By text line 10 would come before line 2; 25 faulty rows are 20 told and 5 counted."""
    rows = [f"graz,2016-12-{day:02d},2" for day in range(1, 26)]
    told = faults("\n".join(["station,time_utc,cloud", *rows]))
    assert [line.split(":")[1] for line in told[:-1]] == [str(number) for number in range(2, 22)]
    assert told[-1] == "w.csv: and 5 more faults"


def test_a_stray_time_is_told_with_its_line():
    """Nine hundred years of 365.2425 d are 328,718 d."""
    rows = ["graz,2016-12-19T10:00:00Z,0.1", "graz,2916-12-19T12:00:00Z,0.1", "graz,2016-12-19T11:00:00Z,0.1"]
    assert faults("\n".join(["station,time_utc,cloud", *rows, "graz,2016-12-19T12:00:00Z,0.1"])) == [
        "w.csv:3: time_utc is 2916-12-19T12:00:00Z, 328,718 d from most others, "
        "2016-12-19T10:00:00Z to 2016-12-19T12:00:00Z; must be within 30 d"
    ]


def test_gaps_are_named_and_counted():
    head = "station,time_utc,cloud"
    rows = [f"{station},2016-12-19T{hour:02d}:00:00Z,0.5" for station in ("graz", "nanshan") for hour in range(20)]
    missing = [row for row in rows if "T07" not in row and row != "graz,2016-12-19T09:00:00Z,0.5"]
    assert faults("\n".join([head, *missing])) == [
        "w.csv: no row for graz at 2016-12-19T07:00:00Z",
        "w.csv: no row for graz at 2016-12-19T09:00:00Z",
        "w.csv: no row for nanshan at 2016-12-19T07:00:00Z",
    ]
    told = faults("\n".join(["station,month,hour_utc,cloud", *climatology()[:-12], *climatology("nanshan")[1:]]))
    assert told[0] == "w.csv: no row for graz in month 12, hour 12"
    assert told[10:] == ["w.csv: and 3 more gaps"]


def test_a_member_that_lacks_a_time():
    rows = [f"graz,2016-12-19T{hour}:00:00Z,0.5,{member}" for member, hour in product("ab", (10, 11))][:-1]
    assert faults("\n".join(["station,time_utc,cloud,member", *rows])) == [
        "w.csv: no row for graz at 2016-12-19T11:00:00Z, member b"
    ]


@pytest.mark.parametrize("text", ["", "station,cloud\ngraz,0.5", "station,time_utc,cloud,cloud\n", "\n\nhello"])
def test_wrong_columns(text):
    (told,) = faults(text)
    assert "columns are" in told
    assert "must be station,time_utc,cloud or station,time_utc,cloud,member or station,month,hour_utc,cloud" in told
    assert told.startswith("w.csv:3" if "hello" in text else "w.csv:1")


def test_no_rows():
    assert faults("# nothing\nstation,time_utc,cloud\n") == ["w.csv:2: no rows below the header"]
