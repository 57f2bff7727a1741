from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sgp4.alpha5 import from_alpha5
from sgp4.api import Satrec

from passplan.errors import DomainError, ElementsError, InputError
from passplan.orbit.elements import (
    age_days,
    catalogue_number,
    checksum,
    histories,
    nearest_in_time,
    parse_tle,
    period_s,
    read_tle,
    trusted,
)

LINE_1 = "1 41731U 16051A   16353.90152003  .00000364  00000-0  17957-4 0  9993"
LINE_2 = "2 41731  97.3699 267.4500 0013200 178.5836 246.0824 15.23915303 19063"


def with_checksum(line):
    return line[:68] + str(checksum(line))


def test_all_published_sets_are_read(micius_text):
    """The published texts hold five sets; one has explicit signs and a leading zero of the inclination."""
    sets = parse_tle(micius_text, source="micius.tle")
    assert [elements.norad_id for elements in sets] == [41731] * 5
    assert {elements.name for elements in sets} == {"MICIUS (QSS)"}
    assert sets[3].line_2.startswith("2 41731 097.3698")
    assert [elements.source for elements in sets[:2]] == ["micius.tle:2", "micius.tle:5"]


def test_the_epoch_is_the_propagators(micius):
    """sgp4's own reading of the same lines: Julian date of the epoch."""
    microsecond_days = 1e-6 / 86_400.0
    for elements in micius:
        model = Satrec.twoline2rv(elements.line_1, elements.line_2)
        since = elements.epoch_utc - datetime(2000, 1, 1, 12, tzinfo=UTC)
        julian_days = 2_451_545.0 - model.jdsatepoch + since / timedelta(days=1)
        assert julian_days == pytest.approx(model.jdsatepochF, abs=10.0 * microsecond_days)


def test_line_endings_comments_blanks_and_zero_names():
    """A text may have CRLF, blank lines, a byte-order mark, comments, and names with a leading 0."""
    text = "\ufeff# history\r\n\r\n0 MICIUS\r\n" + LINE_1 + "\r\n" + LINE_2 + "   \r\n\r\n"
    (elements,) = parse_tle(text, source="x")
    assert (elements.name, elements.source) == ("MICIUS", "x:4")


def test_a_set_without_a_name_is_called_by_its_number_and_a_given_name_wins():
    """Two-line sets carry no name."""
    assert parse_tle(f"{LINE_1}\n{LINE_2}", source="x")[0].name == "41731"
    assert parse_tle(f"FOO\n{LINE_1}\n{LINE_2}", source="x", name="Micius")[0].name == "Micius"


@given(number=st.integers(100_000, 339_999))
def test_letters_stand_for_numbers_beyond_99999(number):
    """sgp4's alpha5 module reads the same text to the same number."""
    letter = "ABCDEFGHJKLMNPQRSTUVWXYZ"[number // 10_000 - 10]
    text = f"{letter}{number % 10_000:04d}"
    assert catalogue_number(text) == number == from_alpha5(text)


def test_a_set_with_a_letter_is_read():
    """Alpha-5: B2544 is object 112544."""
    lines = [with_checksum(line.replace("41731", "B2544")) for line in (LINE_1, LINE_2)]
    assert parse_tle("\n".join(lines), source="x")[0].norad_id == 112_544


def test_shape_of_the_orbit(micius):
    """Columns of line 2: 15.23915303 turns a day, eccentricity 0.0013200."""
    assert period_s(micius[0]) == pytest.approx(86_400.0 / 15.23915303, rel=1e-12)
    assert micius[0].eccentricity == 0.00132


@given(column=st.integers(2, 67), digit=st.sampled_from("0123456789"))
def test_any_changed_digit_is_noticed(column, digit):
    """A checksum modulo 10 sees every change of one digit."""
    if not LINE_1[column].isdigit() or LINE_1[column] == digit:
        return
    broken = LINE_1[:column] + digit + LINE_1[column + 1 :]
    with pytest.raises(ElementsError, match=f"x:1: checksum is 3, must be {checksum(broken)}"):
        parse_tle(f"{broken}\n{LINE_2}", source="x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{LINE_1[:-1]}\n{LINE_2}", "x:1: length is 68 characters, must be 69"),
        (
            f"{LINE_1}\n{with_checksum(LINE_2.replace('41731', '41732'))}",
            "x:2: catalogue number is 41732, must be 41731",
        ),
        (f"{LINE_1}\n{LINE_1}\n{LINE_2}", "x:1: line 1 is followed by '1 41731U"),
        (f"{LINE_2}", "x:1: line 2 is '2 41731 .*must follow its line 1"),
        (f"NAME\n{LINE_1}", "x:2: line 1 is the last line, must be followed by its line 2"),
        (f"{with_checksum(LINE_1.replace('16353.9', '16367.9'))}\n{LINE_2}", r"x:1: day of the epoch is 367.90152003"),
        (
            f"{with_checksum(LINE_1.replace('16353.9', '16xyz.9'))}\n{LINE_2}",
            "x:1: epoch is '16xyz.90152003', must be a n",
        ),
        (
            f"{LINE_1}\n{with_checksum(LINE_2.replace(' 97.3699', '197.3699'))}",
            "x:2: inclination is 197.3699 deg, must",
        ),
        (f"{LINE_1}\n{with_checksum(LINE_2.replace('15.23915303', ' 0.00000000'))}", "x:2: mean motion is 0 rev"),
        (f"{LINE_1}\n{with_checksum(LINE_2.replace('0013200', '0O13200'))}", "x:2: eccentricity is '0O13200', must be"),
        ("", "x: holds no element set"),
        ("# nothing\n\n", "x: holds no element set"),
        ("a text about something else\n", "x: holds no element set"),
    ],
)
def test_wrong_texts_are_refused(text, message):
    """Each fault names the file, the line, what it was and what it must be."""
    with pytest.raises(ElementsError, match=message):
        parse_tle(text, source="x")


def test_all_faults_are_told_at_once():
    """Three faulty lines, three lines of message."""
    text = f"{LINE_1[:-1]}4\n{LINE_2[:-1]}5\nNAME\n{LINE_1}\n{LINE_2[:-2]}"
    with pytest.raises(ElementsError) as caught:
        parse_tle(text, source="x")
    assert str(caught.value).splitlines() == [
        "x:1: checksum is 4, must be 3",
        "x:2: checksum is 5, must be 3",
        "x:5: length is 67 characters, must be 69",
    ]


def test_files_are_read_and_missing_ones_refused(tmp_path, micius_text):
    """A file gives what its text gives; one that is missing or not text is named."""
    path = tmp_path / "micius.tle"
    path.write_text(micius_text, encoding="utf-8")
    assert len(read_tle(path, name="Micius")) == 5
    with pytest.raises(ElementsError, match=r"none\.tle: cannot be read"):
        read_tle(tmp_path / "none.tle")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ElementsError, match=r"micius\.tle: cannot be read"):
        read_tle(path)


def test_the_nearest_set_of_a_history(micius, utc):
    """The sets of day 353.9 and 354.6 of 2016: 2016-12-19 16:52 is nearer to the second."""
    assert nearest_in_time(micius, utc(2016, 12, 19, 16, 52)) is micius[1]
    assert nearest_in_time(micius, utc(2010, 1, 1)) is micius[0]
    with pytest.raises(ElementsError, match="holds no element set to choose from"):
        nearest_in_time([], utc(2016, 12, 19))


@given(days=st.floats(-5_000.0, 5_000.0))
def test_age_is_signed(micius, days):
    """Age is the instant minus the epoch, to the microsecond of a datetime."""
    when = micius[0].epoch_utc + timedelta(days=days)
    assert age_days(micius[0], when) == pytest.approx(days, abs=2e-11)


@pytest.mark.parametrize(("days", "warnings"), [(-6.9, 0), (6.9, 0), (7.1, 1), (-7.1, 1), (29.9, 1)])
def test_age_warns_beyond_a_week(micius, days, warnings):
    """Limits: 7 d and 30 d either side of the epoch."""
    assert len(trusted(micius[0], micius[0].epoch_utc + timedelta(days=days))) == warnings


def test_old_sets_are_refused_unless_asked(micius):
    """Limits: 30 d, or what the caller says."""
    later = micius[0].epoch_utc + timedelta(days=30.5)
    with pytest.raises(ElementsError, match=r"micius.tle:2: element set of Micius .* is 30.5 d older .* within 30 d"):
        trusted(micius[0], later)
    with pytest.raises(ElementsError, match=r"is 30.5 d younger"):
        trusted(micius[0], micius[0].epoch_utc - timedelta(days=30.5))
    assert "30.5 d older" in trusted(micius[0], later, max_age_days=31.0)[0]
    with pytest.raises(DomainError, match="max_age_days is nan"):
        trusted(micius[0], later, max_age_days=float("nan"))


def test_histories_are_sorted_and_hold_each_epoch_once(micius, iss):
    """Sets out of order, a set twice, and a later set of the same epoch: the last one of the file stands."""
    corrected = replace(micius[1], drag_term=0.5, source="late:1")
    found = histories([micius[2], iss, micius[1], micius[0], micius[2], corrected])
    assert list(found) == [41731, 25544]
    assert found[41731] == (micius[0], corrected, micius[2])
    assert histories([]) == {}


@given(order=st.permutations(range(5)))
def test_a_history_does_not_depend_on_the_order_of_the_file(micius, order):
    """Five sets of different epochs."""
    assert histories(micius[index] for index in order) == {41731: tuple(micius)}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("eccentricity", 1.0, r"Elements.eccentricity is 1.0, must lie in \[0, 1\)"),
        ("eccentricity", -0.1, "Elements.eccentricity is -0.1"),
        ("inclination_deg", 180.1, r"Elements.inclination_deg is 180.1, must lie in \[0, 180\]"),
        ("mean_motion_rev_day", 0.0, "Elements.mean_motion_rev_day is 0.0"),
        ("mean_motion_rev_day", float("inf"), "Elements.mean_motion_rev_day is inf"),
        ("ascending_node_deg", 360.1, "Elements.ascending_node_deg is 360.1"),
        ("perigee_argument_deg", -360.1, "Elements.perigee_argument_deg is -360.1"),
        ("mean_anomaly_deg", float("nan"), "Elements.mean_anomaly_deg is nan"),
        ("drag_term", float("nan"), "Elements.drag_term is nan"),
        ("mean_motion_dot_rev_day2", float("inf"), "Elements.mean_motion_dot_rev_day2 is inf"),
        ("mean_motion_ddot_rev_day3", float("nan"), "Elements.mean_motion_ddot_rev_day3 is nan"),
        ("norad_id", -1, "Elements.norad_id is -1"),
        ("norad_id", 10**9, "Elements.norad_id is 1000000000"),
        ("epoch_utc", datetime(1956, 12, 31, tzinfo=UTC), r"epoch_utc is 1956-.* must lie in \[1957-01-01, 2100"),
        ("epoch_utc", datetime(2100, 1, 1, tzinfo=UTC), "Elements.epoch_utc is 2100-01-01"),
    ],
)  # fmt: skip
def test_a_record_cannot_exist_when_wrong(micius, field, value, message):
    """Limits of each field."""
    with pytest.raises(DomainError, match=message):
        replace(micius[0], **{field: value})


def test_lines_come_in_pairs(micius):
    """A set has both lines or none."""
    with pytest.raises(ElementsError, match="line_1 and line_2 of Micius must both be there or both be None"):
        replace(micius[0], line_2=None)
    assert replace(micius[0], line_1=None, line_2=None).norad_id == 41731


def test_an_epoch_in_another_zone_is_an_instant_too(micius):
    """Beijing's 08:00 is 00:00 UTC."""
    east = datetime(2016, 12, 19, 8, tzinfo=timezone(timedelta(hours=8)))
    moved = replace(micius[0], epoch_utc=east)
    assert age_days(moved, datetime(2016, 12, 20, tzinfo=UTC)) == 1.0


def test_naive_times_are_refused(micius):
    """Local time would be a guess."""
    with pytest.raises(InputError, match="is naive"):
        age_days(micius[0], datetime(2016, 12, 19))
    with pytest.raises(InputError, match=r"Elements.epoch_utc .* is naive"):
        replace(micius[0], epoch_utc=datetime(2016, 12, 19))
