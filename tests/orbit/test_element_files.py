from dataclasses import replace

import pytest
from element_forms import FORMS, MESSAGES, as_csv, as_json, as_json_of_texts, as_kvn, as_named_tle, as_xml, element_sets
from hypothesis import given, settings
from hypothesis import strategies as st

from passplan.errors import ElementsError
from passplan.orbit.elements import parse_elements, read_elements

# What breaks the second of three objects in each form: a text that stands once, and what comes in its place.
BREAKS = {
    "json": ('"OBJECT_NAME":"SECOND"', '"OBJECT_NAME":"SECOND'),
    "json of texts": ('"OBJECT_NAME": "SECOND"', '"OBJECT_NAME" "SECOND"'),
    "csv": ("SECOND,", "SECOND,,"),
    "kvn": ("= SECOND", "= SECOND\nnot a line of a message"),
    "xml": ("<OBJECT_NAME>SECOND", "<OBJECT_NAM>SECOND"),
    "tle": ("2 20000 ", "2 20000X"),
    "named tle": ("2 20000 ", "2 20000X"),
    "3le": ("2 20000 ", "2 20000X"),
}


@pytest.fixture(scope="module")
def three(micius):
    """Three objects, in the order of their numbers."""
    plain = replace(micius[0], line_1=None, line_2=None, source="")
    names = ("FIRST", "SECOND", "THIRD")
    return [replace(plain, norad_id=10_000 * (i + 1), name=name) for i, name in enumerate(names)]


def numbers(reading):
    return [item.norad_id for item in reading.sets]


def told(text):
    """Faults of a text, one text each."""
    return [str(fault) for fault in parse_elements(text, source="x").faults]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_known_by_its_content(form, start, end, three):
    """Whatever the line ends, with a byte-order mark or blank lines before."""
    text = start + FORMS[form](three).replace("\r\n", "\n").replace("\n", end)
    reading = parse_elements(text, source="x")
    assert reading.faults == ()
    plain = [replace(item, source="", name="", line_1=None, line_2=None) for item in reading.sets]
    assert plain == [replace(item, name="") for item in three]
    if form != "tle":
        assert [item.name for item in reading.sets] == ["FIRST", "SECOND", "THIRD"]


@pytest.mark.parametrize("form", ["tle", "3le", "csv", "kvn"])
def test_comments_and_blanks_between(form, three):
    """Lines that begin with # count as lines and say nothing."""
    lines = ["# a comment", "", *FORMS[form](three).splitlines()]
    reading = parse_elements("\n".join(f"{line}   \n# again" for line in lines), source="x")
    assert reading.faults == ()
    assert numbers(reading) == [10_000, 20_000, 30_000]


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_read_by_its_content_not_its_suffix(form, three, tmp_path):
    """A wrong suffix changes nothing; the file stands in the source of each set."""
    path = tmp_path / "objects.dat"
    path.write_text(FORMS[form](three), encoding="utf-8")
    reading = read_elements(path)
    assert numbers(reading) == [10_000, 20_000, 30_000]
    assert all(item.source.startswith(f"{path}:") for item in reading.sets)


@pytest.mark.parametrize("form", FORMS)
def test_one_bad_object_hides_no_other(form, three):
    """The second of three is broken: the first and the third are read, and the fault has the second's line."""
    good = FORMS[form](three)
    old, new = BREAKS[form]
    assert good.count(old) == 1
    text = good.replace(old, new)
    reading = parse_elements(text, source="x")
    assert numbers(reading) == [10_000, 30_000]
    assert len(reading.faults) == 1
    first, line = int(reading.sets[0].source[2:]), int(reading.faults[0].source[2:])
    assert first <= line <= int(reading.sets[1].source[2:])


def test_sets_stay_in_the_order_of_the_file_duplicates_included(three):
    """Sorting and dropping is for histories."""
    mixed = [three[2], three[0], three[2], three[1]]
    for form in FORMS.values():
        assert numbers(parse_elements(form(mixed), source="x")) == [30_000, 10_000, 30_000, 20_000]


def test_a_name_may_look_like_another_form(three):
    """Brackets, braces and an equals sign in the first name of a file of two-line sets."""
    for name in ("[DTC] 1", "{X}", "A, EPOCH", "a = b", "0 MEAN_MOTION, EPOCH"):
        text = as_named_tle([replace(three[0], name=name)])
        assert [item.name for item in parse_elements(text, source="x").sets] == [name.removeprefix("0 ")], name


def test_lines_of_records(three):
    """Where each record begins, as an editor counts."""
    assert [item.source for item in parse_elements(as_csv(three), source="x").sets] == ["x:2", "x:3", "x:4"]
    assert [item.source for item in parse_elements(as_json(three), source="x").sets] == ["x:1", "x:1", "x:1"]
    assert [item.source for item in parse_elements(as_json_of_texts(three), source="x").sets] == ["x:1", "x:2", "x:3"]
    assert [item.source for item in parse_elements(as_xml(three), source="x").sets] == ["x:3", "x:7", "x:11"]
    starts = [n for n, line in enumerate(as_kvn(three).splitlines(), start=1) if line.startswith("CCSDS_OMM_VERS")]
    assert [item.source for item in parse_elements(as_kvn(three), source="x").sets] == [f"x:{n}" for n in starts]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x: holds no element set: it is empty"),
        (" \n\ufeff\n", "x: holds no element set"),
        ("<!DOCTYPE HTML PUBLIC>\n<html><body>403 Forbidden</body></html>", r"it is a web page \(HTML\), must"),
        ("\n<html lang='en'><head></head></html>", "it is a web page"),
        ("<h1>Not found</h1>", "x: holds no element set; it begins with '<h1>Not found</h1>'"),
        ("<ndm></ndm>", "x: holds no element set; it begins with '<ndm></ndm>'"),
        ("No GP data found", "it begins with 'No GP data found'\nx:1: name 'No GP data found' is"),
        ("[]", r"x: holds no element set; it begins with '\[\]'"),
        ('{"error": "You have exceeded your limit"}', "x:1: NORAD_CAT_ID is missing"),
        ("CCSDS_OEM_VERS = 2.0\nORIGINATOR = X\n", "x:1: NORAD_CAT_ID is missing"),
        ("OBJECT_NAME,EPOCH,MEAN_MOTION\n", "x: holds no element set; it begins with 'OBJECT_NAME,EPOCH,MEAN_MOTION'"),
    ],
)  # fmt: skip
def test_a_text_without_any_set_is_refused(text, message):
    """The message says what it looks like."""
    with pytest.raises(ElementsError, match=message):
        parse_elements(text, source="x")


def test_a_flood_of_faults_is_cut_in_the_message():
    """The first hundred are told, and how many more there are."""
    with pytest.raises(ElementsError, match=r"\nx: and 20 more faults$") as caught:
        parse_elements("NAME\n" * 120, source="x")
    assert len(str(caught.value).splitlines()) == 102


def test_a_table_tells_its_own_faults(three):
    """Cells too many or too few, a lost quotation mark, a header with a key twice, a header in the middle."""
    lines = as_csv(three).splitlines()
    assert told("\n".join([*lines, lines[1].rpartition(",")[0]])) == [
        "x:5: the row has 16 cells, must have 17 as the header"
    ]
    assert told("\n".join([*lines, '"LOST' + lines[1]])) == ["x:5: the row is no CSV: unexpected end of data"]
    assert told("\n".join([*lines, *lines])) == []
    twice = lines[0].replace("REV_AT_EPOCH", "EPOCH")
    assert told("\n".join([*lines, twice, *lines])) == ["x:5: the header holds EPOCH twice"]
    quoted = "\n".join('"' + line.replace(",", '","') + '"' for line in lines)
    assert numbers(parse_elements(quoted, source="x")) == [10_000, 20_000, 30_000]


def test_columns_may_stand_in_any_order_and_others_beside_them(three):
    """The header says which is which."""
    rows = [[*line.split(",")[::-1], "more"] for line in as_csv(three).splitlines()]
    reading = parse_elements("\n".join(map(",".join, rows)), source="x")
    assert [replace(item, source="") for item in reading.sets] == three


def test_json_tells_its_own_faults(three):
    """What stands between objects, lists cut short, nesting and numbers without end."""
    good = as_json(three)
    assert told(good[:-1]) == ["x:1: the list has no end ']': the file is cut short"]
    assert told(good[:-1] + ", null]") == ["x:1: after record 3 stands 'null', must be a JSON object"]
    assert told(good[:-2] + "]")[0].startswith("x:1: record 3 is no JSON: Expecting ',' delimiter at column ")
    assert told(good[:-1] + ',\n{"A":' + "[" * 100_000 + "]") == ["x:2: record 4 is no JSON: it is nested too deeply"]
    assert told(good[:-1] + ',{"A":' + "1" * 5000 + "}]") == [
        "x:1: record 4 is no JSON: it holds a number of too many digits"
    ]


def test_json_objects_need_no_list(three):
    """One object, or one a line."""
    assert numbers(parse_elements(as_json(three[:1])[1:-1], source="x")) == [10_000]
    lines = "\n".join(as_json([item])[1:-1] for item in three)
    assert numbers(parse_elements(lines, source="x")) == [10_000, 20_000, 30_000]


def test_xml_tells_its_own_faults(three):
    """Messages and lists cut short; comments, name spaces and entities."""
    good = as_xml(three)
    assert told(good.replace("</ndm>", "")) == ["x:16: the list has no end </ndm>: the file is cut short"]
    assert "x:7: the message has no end </omm>: it is cut short or not closed" in told(good.replace("</omm>", "", 2))
    assert told(good.replace("SECOND", "&bomb;")) == ["x:8: the message is no XML: undefined entity at column 24"]
    commented = good.replace("<metadata>", "<!-- <omm>\n --><metadata>")
    assert [item.source for item in parse_elements(commented, source="x").sets] == ["x:3", "x:8", "x:13"]
    spaced = good.replace("<omm ", "<n:omm ").replace("</omm>", "</n:omm>").replace("<segment>", "<n:segment>")
    spaced = spaced.replace("</segment>", "</n:segment>").replace("<ndm ", "<n:ndm ").replace("</ndm>", "</n:ndm>")
    assert numbers(parse_elements(spaced, source="x")) == [10_000, 20_000, 30_000]
    single = good[good.index("<omm") :].split("</omm>")[0] + "</omm>"
    assert numbers(parse_elements(single, source="x")) == [10_000]


def test_entities_never_grow(three):
    """A declaration of entities does not reach the parser: what uses one is a fault, and takes no memory."""
    bomb = '<!DOCTYPE ndm [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>\n'
    text = as_xml(three).replace("<ndm ", bomb + "<ndm ", 1).replace("SECOND", "&b;")
    assert numbers(parse_elements(text, source="x")) == [10_000, 30_000]


def test_key_value_messages_may_lack_their_first_line(three):
    """A new OBJECT_NAME begins a new message; delimiters of sections are passed over."""
    text = as_kvn(three).replace("CCSDS_OMM_VERS = 2.0\n", "META_START\n")
    assert [item.name for item in parse_elements(text, source="x").sets] == ["FIRST", "SECOND", "THIRD"]
    broken = as_kvn(three).replace("= SECOND", "= SECOND\nsomething else that is long")
    assert "must be KEY = value" in told(broken)[0]


@settings(max_examples=60)
@pytest.mark.parametrize("form", ["json", "json of texts", "xml"])
@given(sets=st.lists(element_sets(), min_size=1, max_size=3), data=st.data())
def test_a_bracketed_file_cut_anywhere_tells_it(form, sets, data):
    """All that is whole is read, and nothing else; that the rest is missing is always told."""
    text = FORMS[form](sets).rstrip()
    whole = parse_elements(text, source="x").sets
    end = data.draw(st.integers(0, len(text) - 1))
    try:
        reading = parse_elements(text[:end], source="x")
    except ElementsError:
        return
    assert reading.sets == whole[: len(reading.sets)]
    assert reading.faults


@settings(max_examples=60)
@pytest.mark.parametrize("form", ["csv", "kvn"])
@given(sets=st.lists(element_sets(), min_size=1, max_size=3), data=st.data())
def test_a_plain_file_cut_anywhere_gives_nothing_false(form, sets, data):
    """A number cut short cannot be seen in the last value of all, which SGP4 makes no use of."""
    text = FORMS[form](sets)
    whole = parse_elements(text, source="x").sets
    try:
        reading = parse_elements(text[: data.draw(st.integers(0, len(text)))], source="x")
    except ElementsError:
        return
    for cut, complete in zip(reading.sets, whole, strict=False):
        rates = {"mean_motion_ddot_rev_day3": complete.mean_motion_ddot_rev_day3}
        if form == "kvn":  # its last two keys may be missing, so that the one before the last may be cut, too
            rates["mean_motion_dot_rev_day2"] = complete.mean_motion_dot_rev_day2
            rates["drag_term"] = complete.drag_term if cut is reading.sets[-1] else cut.drag_term
        assert replace(cut, **rates) == complete


@settings(max_examples=100)
@pytest.mark.parametrize("form", FORMS)
@given(junk=st.binary(max_size=60), data=st.data())
def test_no_bytes_raise_anything_else(form, junk, data, three, tmp_path_factory):
    """Random bytes in place of a part of a file, and a file of nothing else."""
    good = FORMS[form](three).encode()
    start = data.draw(st.integers(0, len(good)))
    path = tmp_path_factory.getbasetemp() / "junk.txt"
    for content in (good[:start] + junk + good[start + data.draw(st.integers(0, 60)) :], junk):
        path.write_bytes(content)
        try:
            reading = read_elements(path)
        except ElementsError:
            continue
        assert reading.sets


@given(text=st.text(st.characters(), max_size=200))
@pytest.mark.parametrize("start", ["", "{", "[{", "<omm>", "<omm></omm>", "EPOCH,MEAN_MOTION\n", "A = 1\n", "1 "])
def test_no_text_raises_anything_else(start, text):
    """Texts that begin like one of the forms, lone surrogates included."""
    with pytest.raises(ElementsError):
        parse_elements(start + text, source="x")


def test_other_encodings(three, tmp_path):
    """UTF-16 with its mark is what some shells write; a byte that is no text spoils only what it stands in."""
    path = tmp_path / "objects.txt"
    path.write_text(as_named_tle(three), encoding="utf-16")
    assert numbers(read_elements(path)) == [10_000, 20_000, 30_000]
    path.write_bytes(as_named_tle(three).encode().replace(b"SECOND", b"SEC\xd6ND"))
    reading = read_elements(path)
    assert numbers(reading) == [10_000, 20_000, 30_000]
    assert [str(fault) for fault in reading.faults] == [f"{path}:4: byte 0xd6 is no UTF-8 text"]
    path.write_bytes(b"\xff\xfe" + as_named_tle(three).encode("utf-16-le") + b"\x00")
    assert "is no UTF-16 text" in str(read_elements(path).faults[0])


def test_files_that_cannot_be_read(tmp_path):
    """A missing file, a folder, a name that no file can have."""
    for path in (tmp_path / "none.tle", tmp_path, "a\0b"):
        with pytest.raises(ElementsError, match="cannot be read"):
            read_elements(path)


def test_messages_and_lines_are_not_mixed(three):
    """The first line decides; what follows in another form is told, and not read."""
    reading = parse_elements(as_named_tle(three[:1]) + as_csv(three[1:]), source="x")
    assert numbers(reading) == [10_000]
    assert reading.faults
    assert set(MESSAGES) < set(FORMS)
