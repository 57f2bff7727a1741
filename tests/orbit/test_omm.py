import io
from dataclasses import replace
from datetime import UTC, datetime
from math import dist
from pathlib import Path

import pytest
from element_forms import MESSAGES, as_csv, as_xml, element_sets, entry, two_lines
from hypothesis import given
from hypothesis import strategies as st
from sgp4 import omm as sgp4_omm
from sgp4.api import Satrec

from passplan.errors import ElementsError
from passplan.orbit.elements import parse_elements
from passplan.orbit.omm import Message, omm_reading
from passplan.orbit.topocentric import propagator

# CCSDS 502.0-B-2, figure 4-1: the standard's own example, with the units of figure 4-3.
GOES_9 = """\
CCSDS_OMM_VERS = 2.0
CREATION_DATE = 2007-065T16:00:00
ORIGINATOR = NOAA/USA
OBJECT_NAME = GOES 9
OBJECT_ID = 1995-025A
CENTER_NAME = EARTH
REF_FRAME = TEME
TIME_SYSTEM = UTC
MEAN_ELEMENT_THEORY = SGP/SGP4
EPOCH = 2007-064T10:34:41.4264
MEAN_MOTION = 1.00273272 [rev/day]
ECCENTRICITY = 0.0005013
INCLINATION = 3.0539 [deg]
RA_OF_ASC_NODE = 81.7939 [deg]
ARG_OF_PERICENTER = 249.2363 [deg]
MEAN_ANOMALY = 150.1602 [deg]
GM = 398600.8 [km**3/s**2]
EPHEMERIS_TYPE = 0
CLASSIFICATION_TYPE = U
NORAD_CAT_ID = 23581
ELEMENT_SET_NO = 0925
REV_AT_EPOCH = 4316
BSTAR = 0.0001 [1/ER]
MEAN_MOTION_DOT = -0.00000113 [rev/day**2]
MEAN_MOTION_DDOT = 0.0 [rev/day**3]
"""


@pytest.fixture(scope="module")
def fields(micius):
    """Keys and values of a good message."""
    return entry(micius[0])


def read_one(fields, **changes):
    """Reading of one message with changed values; a value of ... takes the key away."""
    changed = {key: value for key, value in {**fields, **changes}.items() if value is not ...}
    return omm_reading([Message(7, changed)], source="x")


def reasons_of(fields, **changes):
    reading = read_one(fields, **changes)
    assert reading.sets == ()
    return [str(fault) for fault in reading.faults]


def test_the_standards_own_example():
    """CCSDS 502.0-B-2, section 4.3, and the two lines that it was made of."""
    (elements,) = parse_elements(GOES_9, source="goes.kvn").sets
    assert (elements.name, elements.object_id, elements.norad_id) == ("GOES 9", "1995-025A", 23581)
    assert elements.epoch_utc == datetime(2007, 3, 5, 10, 34, 41, 426_400, tzinfo=UTC)
    assert elements.mean_motion_rev_day == 1.00273272
    assert elements.mean_motion_dot_rev_day2 == -1.13e-6
    assert elements.drag_term == 1e-4
    assert (elements.line_1, elements.line_2, elements.source) == (None, None, "goes.kvn:1")


@pytest.mark.parametrize("form", MESSAGES)
@given(elements=element_sets(numbers=(1, 999_999_999)))
def test_what_is_written_by_the_keys_is_read_back(form, elements):
    """Every field of a random set, numbers above 339,999 included, in each form."""
    reading = parse_elements(MESSAGES[form]([elements]), source="x")
    assert reading.faults == ()
    assert [replace(item, source="") for item in reading.sets] == [elements]


@given(sets=st.lists(element_sets(), min_size=1, max_size=4))
def test_sgp4s_reader_gives_the_same_model(sets):
    """sgp4.omm reads CSV and XML; initialize makes its model, and both give one state, to the last digit."""
    theirs = [*sgp4_omm.parse_csv(io.StringIO(as_csv(sets))), *sgp4_omm.parse_xml(io.StringIO(as_xml(sets)))]
    ours = [*parse_elements(as_csv(sets), source="x").sets, *parse_elements(as_xml(sets), source="x").sets]
    for fields_, elements in zip(theirs, ours, strict=True):
        model = Satrec()
        fields_["OBJECT_ID"] = fields_["OBJECT_ID"] or "2000-001A"  # its reader takes none that is unknown
        sgp4_omm.initialize(model, fields_)
        mine = propagator(elements)
        assert (model.jdsatepoch, model.jdsatepochF) == (mine.jdsatepoch, mine.jdsatepochF)
        for minutes in (0.0, 137.0, 1440.0):
            assert str(mine.sgp4_tsince(minutes)) == str(model.sgp4_tsince(minutes))  # nan is nan, too


@pytest.mark.parametrize("form", MESSAGES)
def test_a_message_and_its_two_lines_give_one_orbit(form, micius, molniya, geostationary):
    """The public catalogues' rounding loses nothing: positions over a day agree within a millimetre."""
    for original in (*micius, molniya, geostationary):
        (read,) = parse_elements(MESSAGES[form]([original]), source="x").sets
        for hours in range(25):
            days = original.epoch_utc.timestamp() / 86_400.0 + 2_440_587.5
            instant = (days // 1.0, days % 1.0 + hours / 24.0)
            _, ours, _ = propagator(read).sgp4(*instant)
            _, lines, _ = Satrec.twoline2rv(original.line_1, original.line_2).sgp4(*instant)
            one_millimetre_km = 1e-6
            assert dist(ours, lines) < one_millimetre_km


def test_a_number_that_no_line_can_hold_moves_nothing(micius):
    """The catalogue number is a label: 999,999,999 flies as 41731 does."""
    small = replace(micius[0], line_1=None, line_2=None)
    large = replace(small, norad_id=999_999_999)
    assert propagator(large).sgp4_tsince(500.0) == propagator(small).sgp4_tsince(500.0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"EPOCH": ...}, ["x:7: EPOCH is missing"]),
        ({"NORAD_CAT_ID": None}, ["x:7: NORAD_CAT_ID is missing"]),
        ({"MEAN_MOTION": ""}, ["x:7: MEAN_MOTION is missing"]),
        ({"BSTAR": ..., "INCLINATION": "x"}, ["x:7: BSTAR is missing", "x:7: INCLINATION is 'x', must be a number"]),
        ({"MEAN_ANOMALY": "1_0"}, ["x:7: MEAN_ANOMALY is '1_0', must be a number"]),
        ({"MEAN_ANOMALY": "१"}, ["x:7: MEAN_ANOMALY is '१', must be a number"]),
        ({"MEAN_ANOMALY": True}, ["x:7: MEAN_ANOMALY is True, must be a number"]),
        ({"MEAN_ANOMALY": [1.0]}, ["x:7: MEAN_ANOMALY is [1.0], must be a number"]),
        ({"MEAN_MOTION": 10**400}, [f"x:7: MEAN_MOTION is 1{'0' * 36}..., must be a number"]),
        ({"BSTAR": "nan"}, ["x:7: drag_term is nan, must lie in (-inf, inf)"]),
        ({"MEAN_MOTION_DOT": "inf"}, ["x:7: mean_motion_dot_rev_day2 is inf, must lie in (-inf, inf)"]),
        ({"MEAN_MOTION_DDOT": "-"}, ["x:7: MEAN_MOTION_DDOT is '-', must be a number"]),
        ({"ECCENTRICITY": 1.2}, ["x:7: eccentricity is 1.2, must lie in [0, 1)"]),
        ({"NORAD_CAT_ID": "A0001"}, ["x:7: NORAD_CAT_ID is 'A0001', must be a whole number of up to 9 digits"]),
        ({"NORAD_CAT_ID": 41731.5}, ["x:7: NORAD_CAT_ID is 41731.5, must be a whole number of up to 9 digits"]),
        ({"NORAD_CAT_ID": "1234567890"}, ["x:7: norad_id is 1234567890.0, must lie in [0, 1e+09]"]),
        ({"EPOCH": 5}, ["x:7: EPOCH is 5, must be a UTC time such as 2020-06-05T20:16:19.507123"]),
        ({"EPOCH": "3020-06-05T00:00:00"}, [
            "x:7: epoch_utc is 3020-06-05T00:00:00Z, must lie in [1957-01-01, 2100-01-01)"]),
        ({"REF_FRAME": "EME2000"}, ["x:7: REF_FRAME is 'EME2000', must be TEME"]),
        ({"TIME_SYSTEM": "TAI"}, ["x:7: TIME_SYSTEM is 'TAI', must be UTC"]),
        ({"CENTER_NAME": "MARS"}, ["x:7: CENTER_NAME is 'MARS', must be EARTH"]),
        ({"MEAN_ELEMENT_THEORY": "DSST"}, ["x:7: MEAN_ELEMENT_THEORY is 'DSST', must be SGP4 or SGP/SGP4"]),
        ({"EPHEMERIS_TYPE": 4}, ["x:7: EPHEMERIS_TYPE is 4, must be 0 or 1 or 2 or 3"]),
    ],
)  # fmt: skip
def test_wrong_messages_are_faults(fields, changes, expected):
    """Each fault names line, key, what it was and what it must be; all faults of a message at once."""
    assert reasons_of(fields, **changes) == expected


@pytest.mark.parametrize(
    "text",
    ["2020-06-05", "2020-06-05T12:00", "2020-06-05T12:00:00+02:00", "05.06.2020 12:00:00", "2020-02-30T00:00:00",
     "2020-366T00:00:00.5Z ?", "2021-366T00:00:00", "2020-000T00:00:00", "2020-06-05T12:00:61", "2020-06-05T25:00:00",
     "9999-12-31T23:59:60", "2020-W23-5T20:16:19.507123", "2020-13-05T20:16:19.507123",
     "2020-06-05T20:16:19.5+0200", "2020-06-05T20:16:19.50+200", "", "T"],
)  # fmt: skip
def test_absurd_epochs_are_faults(fields, text):
    """A day without its time, local times, days that no calendar has."""
    (told,) = reasons_of(fields, EPOCH=text)
    assert told in (
        f"x:7: EPOCH is {text!r}, must be a UTC time such as 2020-06-05T20:16:19.507123",
        "x:7: EPOCH is missing",
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2020-06-05T20:16:19.507123", (2020, 6, 5, 20, 16, 19, 507_123)),
        ("2020-06-05T20:16:19.507123Z", (2020, 6, 5, 20, 16, 19, 507_123)),
        ("2020-06-05T20:16:19.5071235999", (2020, 6, 5, 20, 16, 19, 507_124)),
        ("2020-06-05T20:16:19", (2020, 6, 5, 20, 16, 19)),
        ("2020-06-05T20:16:19.9999999", (2020, 6, 5, 20, 16, 20)),
        ("2020-06-05 20:16:19+00:00", (2020, 6, 5, 20, 16, 19)),
        ("2020-366T00:00:00.5Z", (2020, 12, 31, 0, 0, 0, 500_000)),
        ("2021-365T23:59:59.", (2021, 12, 31, 23, 59, 59)),
        ("2016-12-31T23:59:60.25", (2017, 1, 1, 0, 0, 0, 250_000)),
    ],
)
def test_epochs_are_utc_with_or_without_a_z(fields, text, parts):
    """CCSDS time codes A and B; a leap second runs into the next day, as in all clocks that do not count it."""
    (elements,) = read_one(fields, EPOCH=text).sets
    assert elements.epoch_utc == datetime(*parts, tzinfo=UTC)


def test_what_may_be_missing(fields, micius):
    """Name and designator, and the two rates of which SGP4 makes no use."""
    (elements,) = read_one(
        fields, OBJECT_NAME=None, OBJECT_ID="UNKNOWN", MEAN_MOTION_DOT=..., MEAN_MOTION_DDOT="", EPHEMERIS_TYPE=""
    ).sets
    assert (elements.name, elements.object_id) == ("41731", "")
    assert (elements.mean_motion_dot_rev_day2, elements.mean_motion_ddot_rev_day3) == (0.0, 0.0)
    assert propagator(elements).sgp4_tsince(99.0) == propagator(
        replace(micius[0], line_1=None, line_2=None)
    ).sgp4_tsince(99.0)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[rev/day]", "[deg/s]", "MEAN_MOTION is in 'deg/s', must be in rev/day"),
        ("3.0539 [deg]", "3.0539 [rad]", "INCLINATION is in 'rad', must be in deg"),
        ("0.0005013", "0.0005013 [%]", "ECCENTRICITY is in '%', must be in no unit"),
        ("[1/ER]", "[1/km]", "BSTAR is in '1/km', must be in 1/ER"),
    ],
)
def test_wrong_units_are_faults(old, new, told):
    """A number in another unit is another number; the name of an object may hold brackets."""
    text = GOES_9 + "\n" + GOES_9.replace(old, new, 1)
    (fault,) = parse_elements(text, source="x").faults
    assert fault.reason == told
    assert (fault.norad_id, fault.name, fault.source) == (23581, "GOES 9", "x:27")
    newer = GOES_9.replace("[1/ER]", "[1/[Earth radii]]").replace("GOES 9", "GOES 9 [+]")
    assert parse_elements(newer, source="x").sets[0].name == "GOES 9 [+]"


def test_a_key_that_stands_twice_is_a_fault():
    """Which of the two is meant nobody knows; line and both values are told."""
    with pytest.raises(
        ElementsError, match=r"x:13: ECCENTRICITY stands twice, '0\.0005013' and '0\.1', must stand once"
    ):
        parse_elements(GOES_9.replace("INCLINATION =", "ECCENTRICITY = 0.1\nINCLINATION =", 1), source="x")


def test_the_bundled_history_reads_the_same_from_messages(checkout):
    """29 published sets of Micius, through each form and back."""
    text = Path(checkout / "tle" / "micius.tle").read_text(encoding="utf-8")
    sets = parse_elements(text, source="x").sets
    plain = [replace(item, line_1=None, line_2=None, source="") for item in sets]
    for form in MESSAGES.values():
        assert [replace(item, source="") for item in parse_elements(form(sets), source="x").sets] == plain
    assert [two_lines(item)[1][:63] for item in plain[:1]] == [sets[0].line_2[:63]]
