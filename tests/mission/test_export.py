"""Tables and files: nothing is lost on a fault, and other programs read what we write."""

import json

import numpy as np
import pytest
from astropy.table import QTable

from passplan.mission.export import csv_text, ecsv_text, json_text, per_second, table_meta


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
    assert table.meta["proof"] == "decoy3_variable_length"


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
