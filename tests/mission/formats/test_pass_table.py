"""The list of passes: the same rows as the search prints."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from astropy.table import QTable

from passplan.mission.formats.pass_table import pass_csv_text, pass_ecsv_text, pass_json_text
from passplan.mission.pass_rows import COLUMNS, pass_rows


def test_columns_are_those_of_the_search(passes):
    assert all(tuple(row) == COLUMNS for row in pass_rows(passes))


def test_csv_ecsv_and_json_hold_the_same_rows(passes, created):
    """Python's csv, astropy's ECSV reader and json; all digits."""
    rows = list(csv.DictReader(io.StringIO(pass_csv_text(passes, created_utc=created))))
    table = QTable.read(pass_ecsv_text(passes, created_utc=created), format="ascii.ecsv")
    document = json.loads(pass_json_text(passes, created_utc=created))
    ordered = sorted(passes, key=lambda item: item.rise_utc)
    assert [row["pass_id"] for row in rows] == [item.pass_id for item in ordered]
    assert list(table["pass_id"]) == [item["pass_id"] for item in document["passes"]]
    for row, item, column, pass_ in zip(rows, document["passes"], table, ordered, strict=True):
        assert float(row["max_elevation_deg"]) == item["max_elevation_deg"] == pass_.max_elevation_deg
        assert column["max_elevation_deg"].value == pass_.max_elevation_deg
        assert abs(datetime.fromisoformat(item["rise_utc"]) - pass_.rise_utc) <= timedelta(milliseconds=0.5)
    assert str(table["min_range_km"].unit) == "km"


def test_headings_say_where_it_comes_from(one, created):
    document = json.loads(pass_json_text([one], created_utc=created))
    table = QTable.read(pass_ecsv_text([one], created_utc=created), format="ascii.ecsv")
    for heading in (document, table.meta):
        assert heading["created_utc"] == "2016-12-18T09:30:15Z"
        assert heading["element_sets"] == [
            {
                "satellite": "Micius",
                "norad_id": 41731,
                "epoch_utc": "2016-12-19T13:39:33.153408Z",
                "source": "micius.tle:1",
            }
        ]


def test_naive_instants_are_refused(one):
    with pytest.raises(ValueError, match=r"created_utc .* is naive"):
        pass_csv_text([one], created_utc=datetime.now(UTC).replace(tzinfo=None))
