"""Tables and files: nothing is lost on a fault, and other programs read what we write."""

import json

import numpy as np
import pytest
from astropy.table import QTable

from passplan.errors import InputError
from passplan.mission.export import csv_text, ecsv_text, folder_beside, json_text, per_second, table_meta, write_file


def test_astropy_reads_the_ecsv_with_units_types_and_meta(reference):
    """Astropy's own reader, as the witness of a header written by hand."""
    columns = per_second(reference)
    table = QTable.read(ecsv_text(columns, meta=table_meta(reference)), format="ascii.ecsv")
    assert table.colnames == list(columns)
    assert str(table["azimuth_deg"].unit) == "deg"
    assert str(table["point_ahead_urad"].unit) == "urad"
    assert str(table["background_cps"].unit) == "1 / s"
    assert str(table["loss_db"].unit) == "dB"
    np.testing.assert_array_equal(np.asarray(table["range_km"].value), columns["range_km"])
    assert table["in_key_window"].dtype.kind == "i"
    assert table.meta["pass_id"] == reference.pass_.pass_id
    assert table.meta["proof"] == "lim2014"


def test_ecsv_of_texts_truths_and_gaps():
    columns = {"name": ['a, "b"', "c"], "go": [True, False], "value_km": [1.5, np.nan], "count": [1, 2]}
    table = QTable.read(ecsv_text(columns, meta={"x": 1, "y": None}), format="ascii.ecsv")
    assert list(table["name"]) == ['a, "b"', "c"]
    assert list(table["go"]) == [True, False]
    assert list(table["count"]) == [1, 2]
    assert table["value_km"][0].value == 1.5


def test_csv_keeps_all_digits():
    text = csv_text({"a": [0.1, np.nan], "b": ["x", "y,z"], "c": [True, False], "d": [1, 2]})
    assert text.splitlines() == ["a,b,c,d", "0.1,x,true,1", ',"y,z",false,2']


def test_json_turns_what_is_no_number_into_null():
    document = json.loads(json_text({"a": np.float64("nan"), "b": (np.int64(1), True), "c": {"d": np.inf}}))
    assert document == {"a": None, "b": [1, True], "c": {"d": None}}


def test_columns_of_one_length():
    with pytest.raises(ValueError, match="shorter"):
        csv_text({"a": [1, 2], "b": [1]})


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.txt"
    write_file(path, "old")
    with pytest.raises(TypeError):
        write_file(path, 3)
    assert path.read_text() == "old"
    write_file(path, b"new")
    assert path.read_text() == "new"
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_file(tmp_path / "none" / "a.txt", "x")
    with pytest.raises(InputError, match="cannot be written"), folder_beside(tmp_path / "none" / "b"):
        pass


def test_a_folder_takes_the_place_of_the_old_one_when_all_went_well(tmp_path):
    target = tmp_path / "report"
    with folder_beside(target) as beside:
        write_file(beside / "a.txt", "1")
    with pytest.raises(TypeError), folder_beside(target) as beside:
        write_file(beside / "b.txt", 2)
    assert [path.name for path in target.iterdir()] == ["a.txt"]
    with folder_beside(target) as beside:
        write_file(beside / "c.txt", "3")
    assert [path.name for path in target.iterdir()] == ["c.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "report").write_text("mine")
    with pytest.raises(InputError, match="is a file"), folder_beside(tmp_path / "report"):
        pass
    assert (tmp_path / "report").read_text() == "mine"
