from dataclasses import fields, replace
from math import pi

import pytest
from element_forms import as_named_tle, element_sets, two_lines
from hypothesis import given
from hypothesis import strategies as st
from sgp4.api import Satrec

from passplan.errors import ElementsError
from passplan.orbit.element_line import checksum
from passplan.orbit.elements import parse_elements, parse_tle
from passplan.orbit.tle import tle_reading

LINE_1 = "1 41731U 16051A   16353.90152003  .00000364  00000-0  17957-4 0  9993"
LINE_2 = "2 41731  97.3699 267.4500 0013200 178.5836 246.0824 15.23915303 19063"
ISS_1 = "1 25544U 98067A   18232.64596133  .00001489  00000-0  30033-4 0  9998"
ISS_2 = "2 25544  51.6431  57.4689 0005970  78.9436 323.2659 15.53856154128542"
ORIGINAL = parse_tle(f"{LINE_1}\n{LINE_2}", source="x", name="Micius")[0]
GOOD = f"ISS\n{ISS_1}\n{ISS_2}\n"


def with_checksum(line):
    return line[:68] + str(checksum(line))


def changed(line, column, text):
    """The line with other text from a column (counted from 1) on, and its checksum mended."""
    return with_checksum(line[: column - 1] + text + line[column - 1 + len(text) :])


def unlike(first, second, *, but=()):
    """Names of the fields in which two sets differ."""
    names = [field.name for field in fields(first) if field.name not in but]
    return {name for name in names if getattr(first, name) != getattr(second, name)}


@given(elements=element_sets())
def test_what_is_written_by_the_columns_is_read_back(elements):
    """Every field of a random set, to the last digit that the lines hold."""
    reading = tle_reading("\n".join(two_lines(elements)), source="x", name=elements.name)
    assert reading.faults == ()
    line_1, line_2 = two_lines(elements)
    assert reading.sets == (replace(elements, source="x:1", line_1=line_1, line_2=line_2),)


@given(elements=element_sets())
def test_sgp4_reads_the_same_numbers(elements):
    """sgp4's own reader of two lines: Satrec keeps radians and minutes."""
    lines = two_lines(elements)
    (read,) = tle_reading("\n".join(lines), source="x").sets
    model = Satrec.twoline2rv(*lines)
    assert model.satnum == read.norad_id
    assert model.ecco == read.eccentricity
    assert model.bstar == pytest.approx(read.drag_term, rel=1e-14)
    for theirs, ours_deg in (
        (model.inclo, read.inclination_deg),
        (model.nodeo, read.ascending_node_deg),
        (model.argpo, read.perigee_argument_deg),
        (model.mo, read.mean_anomaly_deg),
    ):
        assert theirs == pytest.approx(ours_deg * pi / 180.0, rel=1e-14)
    assert model.no_kozai == pytest.approx(read.mean_motion_rev_day * pi / 720.0, rel=1e-14)
    assert model.ndot == pytest.approx(read.mean_motion_dot_rev_day2 * pi / 1_036_800.0, rel=1e-14)
    assert model.nddot == pytest.approx(read.mean_motion_ddot_rev_day3 * pi / 1_492_992_000.0, rel=1e-14)


@given(line=st.sampled_from((0, 1)), column=st.integers(0, 68), letter=st.characters(codec="latin-1"))
def test_one_changed_character_is_noticed_or_changes_no_orbit(line, column, letter):
    """The checksum is blind to a letter for a letter or a blank: then number, epoch and orbit are still the same."""
    lines = [LINE_1, LINE_2]
    lines[line] = lines[line][:column] + letter + lines[line][column + 1 :]
    reading = tle_reading("\n".join(lines), source="x", name="Micius")
    assert reading.faults or reading.sets
    for elements in reading.sets:
        assert reading.faults == ()
        assert unlike(elements, ORIGINAL, but=("line_1", "line_2")) <= {"object_id"}


def test_every_character_of_every_column_is_noticed_or_changes_no_orbit():
    """The same for all printable characters in all columns, and what sgp4 makes of the lines that pass."""
    origin = Satrec.twoline2rv(LINE_1, LINE_2)
    passed = 0
    for line in (0, 1):
        for column in range(69):
            for code in range(32, 127):
                lines = [LINE_1, LINE_2]
                lines[line] = lines[line][:column] + chr(code) + lines[line][column + 1 :]
                for elements in tle_reading("\n".join(lines), source="x", name="Micius").sets:
                    passed += 1
                    assert unlike(elements, ORIGINAL, but=("line_1", "line_2")) <= {"object_id"}
                    model = Satrec.twoline2rv(elements.line_1, elements.line_2)
                    assert model.sgp4_tsince(600.0) == origin.sgp4_tsince(600.0)
    assert passed > 138  # the lines themselves, once for each column


@pytest.mark.parametrize(
    ("broken", "faults"),
    [
        (f"{LINE_1[:-1]}4\n{LINE_2}", ["x:1: checksum is 4, must be 3"]),
        (f"{LINE_1}\n{LINE_2[:-1]}", ["x:2: length is 68 characters, must be 69"]),
        (f"{LINE_1}\n{LINE_2[:-1]}x", ["x:2: checksum is 'x', must be a digit in columns 69 to 69"]),
        (f"{changed(LINE_1, 33, 'X')}\n{LINE_2}", ["x:1: column 33 is 'X', must be blank"]),
        (f"{changed(LINE_1, 8, 'u')}\n{LINE_2}", [
            "x:1: classification is 'u', must be a letter or blank in columns 8 to 8"]),
        (f"{changed(LINE_1, 10, '16-51A')}\n{LINE_2}", [
            "x:1: international designator is '16-51A  ', must be letters, digits or blanks in columns 10 to 17"]),
        (f"{changed(LINE_1, 63, '4')}\n{LINE_2}", [
            "x:1: ephemeris type is 4, a set for SGP4-XP, must be 0 to 3 (SGP4)"]),
        (f"{changed(LINE_1, 21, '000')}\n{LINE_2}", ["x:1: day of the epoch is 0.90152003, must lie in [1, 367)"]),
        (f"{LINE_1}\n{changed(LINE_2, 9, '197.3699')}", ["x:2: inclination is 197.3699 deg, must lie in [0, 180]"]),
        (f"{LINE_1}\n{changed(LINE_2, 53, ' 0.00000000')}", ["x:2: mean motion is 0 revolutions a day, must be > 0"]),
        (f"{LINE_1}\n{changed(LINE_2, 18, '400.0000')}", [
            "x:2: ascending_node_deg is 400.0, must lie in [-360, 360]"]),
        (f"{LINE_1}\n{changed(LINE_2, 3, '41732')}", ["x:2: catalogue number is 41732, must be 41731 as in line 1"]),
        (f"{LINE_1}\n{changed(LINE_2, 3, '417X1')}", [
            "x:2: catalogue number is '417X1', must be a number in columns 3 to 7"]),
        (f"{LINE_1}", ["x:1: line 1 is followed by 'ISS', must be followed by its line 2"]),
        (f"{LINE_2}", ["x:1: line 2 is '2 41731  97.3699 267.450'..., must follow its line 1"]),
        (f"MICIUS\n{LINE_1}", ["x:2: line 1 is followed by 'ISS', must be followed by its line 2"]),
        ("MICIUS", ["x:1: name 'MICIUS' is followed by 'ISS', must be followed by an element set"]),
        (f"3{LINE_1[1:]}\n{LINE_2}", [
            "x:1: the line is '3 41731U 16051A   16353.'..., must be an element line, or a name of at most 59 "
            "characters",
            "x:2: line 2 is '2 41731  97.3699 267.450'..., must follow its line 1"]),
        (f"{LINE_2}\n{LINE_1}", [
            "x:1: line 2 is '2 41731  97.3699 267.450'..., must follow its line 1",
            "x:2: line 1 is followed by 'ISS', must be followed by its line 2"]),
        (f"{LINE_1[:-1]}4\n{LINE_2[:-1]}5", ["x:1: checksum is 4, must be 3", "x:2: checksum is 5, must be 3"]),
    ],
)  # fmt: skip
def test_one_bad_set_hides_no_other(broken, faults):
    """The set after the broken one is read; the fault names file, line, what it was and what it must be."""
    reading = tle_reading(f"{broken}\n{GOOD}", source="x")
    assert [str(fault) for fault in reading.faults] == faults
    assert [(item.norad_id, item.name) for item in reading.sets] == [(25544, "ISS")]
    before = tle_reading(f"{GOOD}{broken}\n{GOOD}", source="x")
    assert len(before.sets) == 2
    assert len(before.faults) == len(faults)


def test_a_fault_knows_its_object():
    """Number and name, as far as they can be read."""
    (fault,) = tle_reading(f"MICIUS\n{LINE_1[:-1]}4\n{LINE_2}\n", source="x").faults
    assert (fault.norad_id, fault.name, fault.source) == (41731, "MICIUS", "x:2")
    (fault,) = tle_reading("MICIUS", source="x").faults
    assert (fault.norad_id, fault.name) == (None, "MICIUS")
    assert str(fault) == "x:1: name 'MICIUS' is the last line, must be followed by an element set"
    (fault,) = tle_reading(LINE_1, source="x").faults
    assert str(fault) == "x:1: line 1 is the last line, must be followed by its line 2"


def test_a_name_of_a_lost_set_does_not_pass_to_the_next():
    """MICIUS has lost its lines; the set without a name that follows is called by its number."""
    reading = tle_reading(f"MICIUS\n{LINE_2}\n{ISS_1}\n{ISS_2}", source="x")
    assert [item.name for item in reading.sets] == ["25544"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_endings_comments_names_and_trailing_blanks(end):
    """Lines are counted the same for any ending; a name may look like the beginning of an element line."""
    lines = ["\ufeff# a comment", "", "0 1 HOPE  ", LINE_1 + "  ", LINE_2, "2 FOLD", ISS_1, ISS_2, ""]
    reading = tle_reading(end.join(lines), source="x")
    assert reading.faults == ()
    assert [(item.name, item.source) for item in reading.sets] == [("1 HOPE", "x:4"), ("2 FOLD", "x:7")]


def test_the_last_alpha_5_number():
    """Z9999 is object 339,999, as in sgp4.alpha5."""
    lines = [with_checksum(line.replace("41731", "Z9999")) for line in (LINE_1, LINE_2)]
    (elements,) = tle_reading("\n".join(lines), source="x").sets
    assert elements.norad_id == Satrec.twoline2rv(*lines).satnum == 339_999
    assert tle_reading("\n".join(changed(line, 3, "I2345") for line in lines), source="x").sets == ()


@pytest.mark.parametrize(
    ("text", "object_id"),
    [("98067A", "1998-067A"), ("57001A", "1957-001A"), ("56001ABC", "2056-001ABC"), ("        ", ""), ("ABC", "")],
)
def test_international_designators(text, object_id):
    """Two-digit years as for the epoch: 57 to 99 are of the twentieth century."""
    (elements,) = tle_reading(f"{changed(LINE_1, 10, f'{text:<8}')}\n{LINE_2}", source="x").sets
    assert elements.object_id == object_id


def test_padded_and_signed_fields():
    """Blanks or zeros on the left, an explicit plus, a minus: the values of the columns."""
    line_1 = with_checksum("1 00005U 58002B   00  1.50000000 -.00000023  00000+0 -28098-4 0    0 ")
    line_2 = with_checksum("2     5   4.2682   8.7242    8597   1.7667   9.3264  1.82419157    0 ")
    (elements,) = tle_reading(f"{line_1}\n{line_2}", source="x").sets
    assert elements.norad_id == 5
    assert elements.eccentricity == 0.0008597
    assert elements.drag_term == -0.28098e-4
    assert elements.mean_motion_dot_rev_day2 == -2.3e-7
    assert elements.epoch_utc.isoformat() == "2000-01-01T12:00:00+00:00"
    assert elements.mean_motion_rev_day == 1.82419157


def test_catalogue_files_are_read_strictly():
    """parse_tle tells all faults and gives nothing; names without a set it passes over."""
    with pytest.raises(ElementsError, match="x:1: checksum is 4, must be 3"):
        parse_tle(f"{LINE_1[:-1]}4\n{LINE_2}\n{GOOD}", source="x")
    assert len(parse_tle(f"A TITLE\n{GOOD}", source="x")) == 1


@given(sets=st.lists(element_sets(), min_size=1, max_size=5), data=st.data())
def test_a_file_cut_anywhere_tells_it_and_keeps_what_came_before(sets, data):
    """All sets that are whole are read, no other one is, and something is told unless the cut lies between sets."""
    text = as_named_tle(sets)
    whole = tle_reading(text, source="x").sets
    end = data.draw(st.integers(0, len(text) - 1))
    reading = tle_reading(text[:end], source="x")
    assert reading.sets == whole[: len(reading.sets)]
    at_a_seam = any(len(as_named_tle(sets[:count])) - end in (0, 1) for count in range(len(sets) + 1))
    assert bool(reading.faults) != at_a_seam


@given(data=st.binary(max_size=400))
def test_no_text_raises_anything_else(data):
    """Random bytes, alone and after a good set."""
    text = data.decode("latin-1")
    assert tle_reading(text, source="x").sets == ()
    assert len(tle_reading(f"{GOOD}\n{text}", source="x").sets) == 1
    with pytest.raises(ElementsError):
        parse_elements(f"1 {text}", source="x")
