"""One object's sets out of large files: the same sets, with the same lines, as reading the whole file gives."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import ElementsError
from passplan.mission.library import all_names, element_paths, numbers_named, one_epoch_each, sets_of_number
from passplan.orbit.element_files import read_elements
from passplan.orbit.elements import checksum

KEYS = (
    "OBJECT_NAME", "OBJECT_ID", "EPOCH", "MEAN_MOTION", "ECCENTRICITY", "INCLINATION", "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER", "MEAN_ANOMALY", "EPHEMERIS_TYPE", "CLASSIFICATION_TYPE", "NORAD_CAT_ID", "ELEMENT_SET_NO",
    "REV_AT_EPOCH", "BSTAR", "MEAN_MOTION_DOT", "MEAN_MOTION_DDOT",
)  # fmt: skip
FRAME = {"CENTER_NAME": "EARTH", "REF_FRAME": "TEME", "TIME_SYSTEM": "UTC", "MEAN_ELEMENT_THEORY": "SGP4"}


def values(number, day, name):
    """One object's keywords and values, as CelesTrak writes them."""
    epoch = f"2020-06-{day:02d}T12:00:00.000000"
    texts = ("2016-051A", epoch, "15.41731000", ".0041731", "97.3", "80.7", "283.7", "76.2", "0", "U", str(number))
    return dict(zip(KEYS, (name, *texts, "999", "41731", ".5E-4", ".1E-4", "0"), strict=True))


def alpha_5(number):
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    return f"{number:05d}" if number < 100_000 else letters[number // 10_000 - 10] + f"{number % 10_000:04d}"


def lines(number, day, name, *, zero=""):
    """One object as three lines; columns of the two-line format (Vallado and Cefola 2012)."""
    first = f"1 {alpha_5(number)}U 16051A   20{day + 152:03d}.50000000  .00001000  00000-0  50000-4 0  999"
    second = f"2 {alpha_5(number)}  97.3000  80.7000 0041731 283.7000  76.2000 15.4173100041731"
    return f"{zero}{name}\n{first}{checksum(first)}\n{second}{checksum(second)}\n"


def as_tle(objects):
    return "# a remark\n" + "\n".join(lines(*item) for item in objects)


def as_3le(objects):
    return "".join(lines(*item, zero="0 ") for item in objects).replace("\n", "\r\n")


def as_csv(objects):
    text = io.StringIO()
    writer = csv.DictWriter(text, KEYS)
    writer.writeheader()
    writer.writerows(values(*item) for item in objects)
    return text.getvalue()


def as_json(objects):
    return json.dumps([values(*item) for item in objects])


def as_pretty_json(objects):
    return json.dumps([values(*item) for item in objects], indent=2)


def as_kvn(objects):
    heading = "CCSDS_OMM_VERS = 2.0\nCREATION_DATE = 2020-06-05T00:00:00\nORIGINATOR = TEST\n"
    blocks = ({**FRAME, **values(*item)} for item in objects)
    return "\n".join(heading + "".join(f"{key} = {value}\n" for key, value in block.items()) for block in blocks)


def as_xml(objects):
    def tags(block, names):
        return "".join(f"<{name}>{block[name]}</{name}>\n" for name in names)

    def omm(block):
        data = f"<meanElements>{tags(block, KEYS[2:9])}</meanElements><tleParameters>{tags(block, KEYS[9:])}"
        return (
            '<omm id="CCSDS_OMM_VERS" version="2.0"><header/><body><segment><metadata>'
            f"{tags(block, [*KEYS[:2], *FRAME])}</metadata><data>{data}</tleParameters></data></segment></body></omm>\n"
        )

    blocks = ({**FRAME, **values(*item)} for item in objects)
    return '<?xml version="1.0" encoding="UTF-8"?>\n<ndm>\n' + "".join(map(omm, blocks)) + "</ndm>\n"


FORMS = {
    ".tle": as_tle, ".3le": as_3le, ".csv": as_csv, ".json": as_json, ".omm": as_pretty_json, ".kvn": as_kvn,
    ".xml": as_xml,
}  # fmt: skip

# Numbers that are parts of each other, that stand in other fields, and that need a letter.
NUMBERS = (5, 15, 50, 4173, 41731, 14173, 99_999, 100_005, 111_111, 339_999)
OBJECTS = st.lists(
    st.tuples(st.sampled_from(NUMBERS), st.integers(1, 9), st.sampled_from(["QSS (MOZI)", "TEST 41731", "X-5", "DEB"])),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("suffix", FORMS)
@given(objects=OBJECTS, number=st.sampled_from(NUMBERS))
def test_one_object_is_found_as_if_all_were_read(tmp_path_factory, suffix, objects, number):
    """Two routes: the cut, and the whole file filtered; the lines told in each source included."""
    path = tmp_path_factory.mktemp("library") / f"file{suffix}"
    path.write_text(FORMS[suffix](objects), newline="")
    whole = read_elements(path)
    assert len(whole.sets) == len(objects)
    expected = tuple(item for item in whole.sets if item.norad_id == number)
    sets, files = sets_of_number([path], number)
    assert sets == expected
    assert files == ((path,) if expected else ())


@pytest.mark.parametrize("suffix", FORMS)
@pytest.mark.parametrize("name", ["qss-mozi", "QSS (mozi)", "2016-051A"])
def test_objects_by_name_or_designator(tmp_path, suffix, name):
    path = tmp_path / f"file{suffix}"
    path.write_text(FORMS[suffix]([(41731, 1, "QSS (MOZI)"), (15, 2, "QSS"), (50, 3, "MOZI")]), newline="")
    expected = {41731: "QSS (MOZI)"} if name != "2016-051A" else {41731: "QSS (MOZI)", 15: "QSS", 50: "MOZI"}
    assert numbers_named([path], name) == expected
    assert all_names([path]) == {"qss-mozi": {41731}, "qss": {15}, "mozi": {50}}


def test_beyond_two_line_numbers(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text(as_csv([(123_456_789, 1, "NEW"), (12_345_678, 1, "OTHER")]))
    assert [item.norad_id for item in sets_of_number([path], 123_456_789)[0]] == [123_456_789]


def test_an_object_whose_sets_are_all_faulty_is_told(tmp_path):
    """Its neighbour is not touched by that, and an object that is not there is no fault."""
    path = tmp_path / "two.tle"
    text = lines(41731, 1, "BAD").replace("97.3000", "97.3001") + lines(5, 1, "GOOD")
    path.write_text(text)
    with pytest.raises(ElementsError, match=r"two.tle:3: checksum"):
        sets_of_number([path], 41731)
    assert len(sets_of_number([path], 5)[0]) == 1
    assert sets_of_number([path], 77) == ((), ())


def test_a_file_that_holds_nothing_is_passed_over(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("the number 41731 is in here\n")
    assert sets_of_number([path], 41731) == ((), ())


@pytest.mark.parametrize("suffix", FORMS)
def test_lines_that_end_as_on_an_old_macintosh(tmp_path, suffix):
    """A lone CR: the cut sees one long line, and the object is found all the same."""
    path = tmp_path / f"file{suffix}"
    text = FORMS[suffix]([(5, 1, "A"), (41731, 1, "B"), (50, 1, "C")])
    path.write_text(text.replace("\r\n", "\n").replace("\n", "\r"), newline="")
    assert [item.name for item in sets_of_number([path], 41731)[0]] == ["B"]


def test_a_wrapping_that_the_cut_does_not_know_is_read_whole(tmp_path):
    """XML whose omm elements rely on a prefix that the root declares."""
    path = tmp_path / "file.xml"
    text = as_xml([(41731, 1, "A"), (5, 1, "B")])
    text = text.replace("<ndm>", '<ndm xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">')
    path.write_text(text.replace("<omm ", '<omm xsi:noNamespaceSchemaLocation="x" '))
    assert [item.name for item in sets_of_number([path], 41731)[0]] == ["A"]


def test_files_that_cannot_be_read(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ElementsError, match=r"file.csv: cannot be read"):
        sets_of_number([path], 5)


def test_element_files_are_known_by_their_suffix(tmp_path):
    folder = tmp_path / "elements"
    folder.mkdir()
    for name in ("b.csv", "a.TLE", ".hidden.csv", "README.md", "refresh.json.bak"):
        (folder / name).write_text("x")
    (folder / "folder.json").mkdir()
    assert [path.name for path in element_paths([tmp_path, tmp_path / "none"])] == ["a.TLE", "b.csv"]


def test_each_epoch_once_and_the_first_counts(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(as_csv([(5, 3, "LATE"), (5, 1, "FIRST"), (5, 3, "AGAIN")]))
    chosen = one_epoch_each(read_elements(path).sets)
    assert [(item.name, item.epoch_utc) for item in chosen] == [
        ("FIRST", datetime(2020, 6, 1, 12, tzinfo=UTC)),
        ("LATE", datetime(2020, 6, 3, 12, tzinfo=UTC)),
    ]
