import copy
import json
import re

import pytest

from passplan.errors import InputError
from passplan.qkd.counts_file import (
    parse_counts,
    parse_key_request,
    parse_key_table,
    read_counts,
    read_key_request,
)
from passplan.qkd.settings import KeySettings, Options

DOCUMENT = {
    "intensities": [0.8, 0.1, 0.0],
    "probabilities": [0.5, 0.25, 0.25],
    "key_basis": {"clicks": [1000, 100, 8], "errors": [10, 3, 4]},
    "test_basis": {"clicks": [500, 50.0, 4], "errors": [5, 2, 2]},
    "error_correction_efficiency": 1.22,
    "error_correction_leak_bits": None,
    "epsilon_sec": 1e-10,
    "epsilon_cor": 1e-14,
    "options": {"sampling": "serfling", "clip_negative": True, "cap_errors": None, "pool_errors": False},
}
TABLE = """# counts of one pass
intensity, probability, key_clicks, key_errors, test_clicks, test_errors
0.8, 0.5, 1000, 10, 500.0, 5

0.1, 0.25, 100, 3, 50, 2
0.0, 0.25, 8, 4, 4, 2
"""


def changed(**parts):
    document = copy.deepcopy(DOCUMENT)
    for path, value in parts.items():
        *tables, key = path.split("__")
        target = document
        for name in tables:
            target = target[name]
        target[key] = value
    return document


def faults_of(document):
    with pytest.raises(InputError) as caught:
        parse_counts(document, source="pass.json")
    return str(caught.value).splitlines()


def test_a_document_gives_its_counts_and_settings(tmp_path):
    """Round trip: what the document says is what the records hold, from memory and from a file."""
    counts, settings = parse_key_request(DOCUMENT, source="pass.json")
    assert counts.intensities == (0.8, 0.1, 0.0)
    assert counts.key_basis.errors == (10, 3, 4)
    assert counts.test_basis.clicks == (500, 50, 4)
    options = Options(sampling="serfling", clip_negative=True, pool_errors=False)
    assert settings == KeySettings(
        error_correction_efficiency=1.22, epsilon_sec=1e-10, epsilon_cor=1e-14, options=options
    )
    path = tmp_path / "pass.json"
    path.write_text(json.dumps(DOCUMENT))
    assert read_key_request(path) == (counts, settings)
    assert read_counts(path) == parse_counts(DOCUMENT, source="pass.json") == counts


def test_a_table_gives_the_same_counts(tmp_path):
    """Two routes: the CSV form of the same counts, with default settings."""
    counts, settings = parse_key_table(TABLE.splitlines(), source="pass.csv")
    assert counts == parse_counts(DOCUMENT, source="pass.json")
    assert settings == KeySettings()
    path = tmp_path / "pass.CSV"
    path.write_text(TABLE)
    assert read_key_request(str(path)) == (counts, settings)


def test_settings_may_be_left_out():
    """Limit: counts alone are a document; the settings are then the defaults."""
    counts_alone = {name: DOCUMENT[name] for name in ("intensities", "probabilities", "key_basis", "test_basis")}
    assert parse_key_request(counts_alone, source="pass.json").settings == KeySettings()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([1], "the document is [1], must be a table of intensities, probabilities, key_basis, test_basis"),
        (changed(epsilon_see=1e-9), "epsilon_see is not known; did you mean 'epsilon_sec'?"),
        (changed(zzz=1), "zzz is not known; Allowed: intensities"),
        (changed(key_basis__click=[1]), "key_basis.click is not known; did you mean 'clicks'?"),
        (changed(options__clip=True), "options.clip is not known"),
        (changed(options__sampling="hypergeometrical"), "options.sampling 'hypergeometrical' is not known; did you"),
        (changed(options__sampling=3), "options.sampling is 3, must be one of fung, hypergeometric, serfling"),
        (changed(options__cap_errors=1), "options.cap_errors is 1, must be true, false or left out"),
        (changed(options=None), "options is None, must be a table"),
        (changed(key_basis=[1, 2]), "key_basis is [1, 2], must be a table of clicks, errors"),
        (changed(key_basis__clicks=7), "key_basis.clicks is 7, must be a list of numbers"),
        (changed(key_basis__clicks=[1000, "x", 8]), "key_basis.clicks[1] is 'x', must be a number"),
        (changed(key_basis__clicks=[1000, True, 8]), "key_basis.clicks[1] is True, must be a number"),
        (changed(key_basis__clicks=[10**400, 1, 8]), "must be a number"),
        (changed(key_basis__errors=[10, 101, 4]), "key_basis.errors[1] is 101, must be <= clicks[1], 100"),
        (changed(test_basis__clicks=[500, 50]), "test_basis.clicks has 2 entries, must have 3, one an intensity"),
        (changed(test_basis__errors=[5, 2, -2]), "test_basis.errors[2] is -2, must be a whole number >= 0 (counts)"),
        (changed(test_basis__errors=[5, 2, float("nan")]), "test_basis.errors[2] is nan"),
        (
            changed(key_basis__clicks=[1000.5, 100, 8]),
            "key_basis.clicks[0] is 1000.5, must be a whole number >= 0 (counts)",
        ),
        (changed(test_basis__errors=[5, 2, 0.5]), "test_basis.errors[2] is 0.5, must be a whole number >= 0 (counts)"),
        (changed(test_basis__clicks=[float("inf"), 50, 4]), "test_basis.clicks[0] is inf, must be a whole number"),
        (changed(intensities=[0.1, 0.8, 0.0]), "intensities are 0.1, 0.8, 0, must fall strictly"),
        (changed(intensities="0.8"), "intensities is '0.8', must be a list of numbers"),
        (changed(probabilities=[0.5, 0.5, 0.25]), "probabilities add up to 1.25"),
        (changed(epsilon_sec=0), "epsilon_sec is 0.0, must lie in (0, 1)"),
        (changed(epsilon_sec=None), "epsilon_sec is None, must be a number"),
        (changed(error_correction_efficiency=0.9), "error_correction_efficiency is 0.9, must lie in [1, inf)"),
        (changed(error_correction_leak_bits=-1), "error_correction_leak_bits is -1.0, must lie in [0, inf)"),
    ],
)
def test_each_fault_is_named(document, message):
    """Refusal: source, key, value, limit and, for a key that is not known, the nearest right spelling."""
    assert any(line.startswith(f"pass.json: {message}") or message in line for line in faults_of(document))


def test_all_faults_are_told_at_once():
    """Refusal: one line a fault, of settings, counts and spelling together."""
    document = changed(epsilon_sec=2, epsilon_cor="x", intensitys=[], key_basis__errors=[10, 101, 4])
    del document["test_basis"]["errors"], document["probabilities"]
    lines = faults_of(document)
    assert len(lines) == 6
    assert all(line.startswith("pass.json: ") for line in lines)
    assert {line.removeprefix("pass.json: ").split()[0] for line in lines} == {
        "intensitys",
        "probabilities",
        "key_basis.errors[1]",
        "test_basis.errors",
        "epsilon_sec",
        "epsilon_cor",
    }


def test_an_entry_that_is_no_count_blames_no_other():
    """Refusal: a negative or broken click has one fault, though its errors are more; its neighbours are still told."""
    document = changed(key_basis__clicks=[1000, -853, 8], key_basis__errors=[10, 3, 9])
    assert faults_of(document) == [
        "pass.json: key_basis.clicks[1] is -853, must be a whole number >= 0 (counts)",
        "pass.json: key_basis.errors[2] is 9, must be <= clicks[2], 8",
    ]
    assert faults_of(changed(key_basis__errors=[10, 3])) == [
        "pass.json: key_basis.errors has 2 entries, must have 3 like clicks"
    ]


def test_a_missing_basis_is_named():
    """Refusal: a basis that is not there."""
    document = copy.deepcopy(DOCUMENT)
    del document["test_basis"]
    assert faults_of(document) == ["pass.json: test_basis is missing"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("key_errors", "key_error", "column key_error is not known; did you mean 'key_errors'?"),
        ("key_errors", "key_error", "column key_errors is missing"),
        ("key_errors", "key_clicks", "column key_clicks stands twice"),
        ("key_errors", "key_error", "line 2: column key_errors is missing"),
        ("1000", "many", "line 3: key_clicks is 'many', must be a number"),
        ("1000", "1_000", "line 3: key_clicks is '1_000', must be a number in plain digits, such as 1000 or 1e3"),
        ("1000", "\u0661\u0662", "line 3: key_clicks is '\u0661\u0662', must be a number in plain digits"),
        ("1000", '"1,000"', "line 3: key_clicks is '1,000', must be a number in plain digits"),
        ("1000", "", "line 3: key_clicks is '', must be a number"),
        ("1000", "1000.5", "line 3: key_clicks is 1000.5, must be a whole number >= 0 (counts)"),
        ("0.1, 0.25", "0.1, 1.25", "line 5: probability is 1.25, must lie in (0, 1)"),
        (", 50, 2", ", 50", "line 5 has 5 cells, must have 6"),
        ("0.1, 0.25", "0.1, 0.35", "probabilities add up to 1.1"),
        ("100, 3", "100, 300", "line 5: key_errors is 300, must be <= clicks[1], 100"),
    ],
)
def test_a_table_names_its_faults(old, new, message):
    """Refusal: column, line and value of a CSV table."""
    with pytest.raises(InputError) as caught:
        parse_key_table(TABLE.replace(old, new).splitlines(), source="pass.csv")
    assert message in str(caught.value)
    assert str(caught.value).startswith("pass.csv: ")


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_another_separator_is_called_one(separator):
    """Refusal: one fault, not thirteen; a comma may then stand for the point of a decimal, so it is not guessed."""
    with pytest.raises(InputError) as caught:
        parse_key_table(TABLE.replace(",", separator).splitlines(), source="pass.csv")
    assert str(caught.value) == f"pass.csv: line 2: the separator is {separator!r}, must be ','"


def test_remarks_may_be_indented_and_cells_may_break():
    """Property: remarks and blank lines change nothing, and lines are those of the file all the same."""
    remarks = TABLE.replace("# counts", "  # counts").replace("0.1,", "\t# second\n0.1,")
    assert parse_key_table(remarks.splitlines(), source="pass.csv") == parse_key_table(TABLE.splitlines(), source="x")
    broken = TABLE.replace("1000", '"10\n00"').replace("100, 3", "x, 3").splitlines(keepends=True)
    with pytest.raises(InputError, match=r"line 6: key_clicks is 'x'"):
        parse_key_table(broken, source="pass.csv")


def test_a_cell_beyond_all_reason_is_refused():
    """Limit: csv stops at 131,072 characters a cell."""
    with pytest.raises(InputError, match=r"pass\.csv: line 3: no CSV: field larger than field limit"):
        parse_key_table(TABLE.replace("1000", "1" * 200_000).splitlines(), source="pass.csv")
    with pytest.raises(InputError) as caught:
        parse_key_table(TABLE.replace("1000", "1" * 5_000).splitlines(), source="pass.csv")
    assert len(str(caught.value)) < 150


def test_an_empty_table_misses_all_columns():
    """Limit: no header, six missing columns."""
    with pytest.raises(InputError) as caught:
        parse_key_table([], source="pass.csv")
    assert str(caught.value).count("is missing") == 6


def test_unreadable_files_are_named(tmp_path):
    """Refusal: no such file, no text, no JSON (with its line)."""
    with pytest.raises(InputError, match=r"none.json: cannot be read"):
        read_counts(tmp_path / "none.json")
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputError, match=r"binary.json: cannot be read"):
        read_counts(binary)
    broken = tmp_path / "broken.json"
    broken.write_text('{"intensities": [0.8,\n 0.1,,]}')
    with pytest.raises(InputError, match=r"broken.json: line 2, column 6: no JSON"):
        read_counts(broken)


def test_faults_of_a_file_carry_their_line(tmp_path):
    """Refusal: the line of the value, or of the table from which it is missing; none where there is none."""
    path = tmp_path / "pass.json"
    document = changed(key_basis__clicks=[1000, -1, 8], test_basis__click=[1], epsilon_sec=2, options__sampling="fun")
    del document["probabilities"], document["test_basis"]["errors"]
    path.write_text(json.dumps(document, indent=1))
    numbered = dict(enumerate(path.read_text().splitlines(), 1))
    with pytest.raises(InputError) as caught:
        read_key_request(path)
    told = {}
    for line in str(caught.value).splitlines():
        place = re.match(rf"{re.escape(str(path))}: (?:line (\d+): )?([\w.\[\]]+)", line)
        told[place[2]] = numbered.get(int(place[1])) if place[1] else None
    assert {name: text and text.strip(" ,") for name, text in told.items()} == {
        "probabilities": None,
        "key_basis.clicks[1]": "-1",
        "test_basis.click": '"click": [',
        "test_basis.errors": '"test_basis": {',
        "epsilon_sec": '"epsilon_sec": 2',
        "options.sampling": '"sampling": "fun"',
    }


def test_a_key_that_stands_twice_is_refused(tmp_path):
    """Refusal: the last one must not win in silence; the same key in another table is none."""
    path = tmp_path / "pass.json"
    text = json.dumps(DOCUMENT, indent=1).replace('"epsilon_cor"', '"epsilon_sec": 1e-5,\n "epsilon_cor"')
    path.write_text(text.replace('"clip_negative"', '"sampl\\u0069ng": "fung",\n "clip_negative"'))
    lines = path.read_text().splitlines()
    first, second = (number for number, line in enumerate(lines, 1) if "epsilon_sec" in line)
    with pytest.raises(InputError) as caught:
        read_key_request(path)
    one, other = str(caught.value).splitlines()
    assert one == f"{path}: line {second}: epsilon_sec stands twice, first in line {first}"
    assert "options.sampling stands twice" in other


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"intensities": [\n' + "7" * 5001 + "]}", r"line 2: a whole number of 5001 digits, must have at most 300"),
        ("[" * 100_000, r"nested too deeply, must be a table of tables of lists"),
        ('{"intensities": ' + "[" * 100_000 + "]" * 100_000 + "}", r"nested too deeply"),
        ("", r"line 1, column 1: no JSON"),
        ("[]", r"the document is \[\], must be a table"),
    ],
)
def test_json_beyond_all_reason_is_refused(tmp_path, text, message):
    path = tmp_path / "pass.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"pass\.json: " + message) as caught:
        read_key_request(path)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_as_spreadsheets_write_them(tmp_path, end):
    """Two routes: byte order mark and line ends of another system change nothing."""
    text = {"pass.csv": TABLE, "pass.json": json.dumps(DOCUMENT, indent=1)}
    for name, written in text.items():
        plain, marked = tmp_path / name, tmp_path / f"marked-{name}"
        plain.write_text(written)
        marked.write_bytes(b"\xef\xbb\xbf" + written.replace("\n", end).encode())
        assert read_key_request(marked) == read_key_request(plain)


def test_expected_counts_of_a_plan_are_taken_as_such():
    """Nearly all of a plan's counts are fractions: they are taken, and said to be expected ones."""
    fractions = {"clicks": [1000.25, 100.5, 8.0], "errors": [10.5, 4.25, 3.75]}
    request = parse_key_request(DOCUMENT | {"key_basis": fractions, "test_basis": fractions}, source="plan.json")
    assert request.is_expected
    assert request.counts.key_basis.clicks == (1000.25, 100.5, 8.0)
    assert not parse_key_request(DOCUMENT, source="pass.json").is_expected
    wrong = {"clicks": [1000.25, 100.5, -8.0], "errors": [10.5, 4.25, 3.75]}
    with pytest.raises(InputError, match=r"key_basis.clicks\[2\] is -8, must be a number >= 0 \(counts\)"):
        parse_key_request(DOCUMENT | {"key_basis": wrong, "test_basis": fractions}, source="plan.json")
