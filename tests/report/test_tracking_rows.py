"""Tracking of one end and of many runs as text. Witness: the document and the statistics they are made of."""

import numpy as np
import pytest

from passplan.mission.monte_carlo import NUMBERS, TrackStatistics
from passplan.mission.summary import summary
from passplan.report.rows import sections
from passplan.report.statistics_sheet import statistics_document, statistics_text


@pytest.fixture
def document(reference):
    return summary(reference)


def shown(document, title="ground"):
    (block,) = sections(document, (title,))
    return {row.quantity: row for row in block.rows}


def test_an_end_stands_against_its_limits(document):
    rows, end = shown(document), document["tracking"]["ground"]
    assert rows["stroke to either side"].simulated == f"{end['stroke_used_urad']:.3g} urad"
    assert rows["stroke to either side"].source == "limit 650 urad"
    assert rows["fastest axes"].source == "limit 10 deg/s"
    assert rows["largest accelerations of the motors"].source == "limit 5 deg/s^2"
    assert rows["  in state fine lock"].simulated == f"{end['states_s']['fine_lock']:.2f} s"
    assert "  in state dropout" not in rows
    assert rows["longest time to reacquire"].simulated == "-"


def test_torques_are_shown_where_they_are_known(document):
    document["tracking"]["ground"] |= {"axis_torque_max_n_m": [3.25, 0.5], "axis_torque_limit_n_m": None}
    row = shown(document)["largest torques"]
    assert (row.simulated, row.source) == ("3.25, 0.5 N m", "")


def test_outages_are_listed_up_to_a_number(document):
    outage = {"start_utc": "2016-12-19T16:50:00.000Z", "duration_s": 2.5, "reacquisition_s": 0.25}
    document["tracking"]["ground"]["outages"] = [{**outage, "reacquisition_s": None}, *[outage] * 11]
    (block,) = sections(document, ("ground",))
    listed = [row for row in block.rows if row.quantity.startswith("  outage at 16:50:00.000Z")]
    assert [row.source for row in listed] == ["not found again", *["found again in 0.25 s"] * 7]
    assert shown(document)["  more outages"].simulated == "4"


def test_statistics_as_text_and_document():
    values = {name: np.array([1.0, 2.0, 4.0]) for name in NUMBERS}
    values["ground_reacquisition_s"] = np.full(3, np.nan)
    runs = TrackStatistics(seeds=np.array([8, 9, 10]), by_run=values)
    text = statistics_text(runs)
    assert "3 runs, seeds 8 to 10" in text
    lines = {" ".join(line.split()[:-7]): line.split()[-7:] for line in text.splitlines() if len(line.split()) > 7}
    assert lines["satellite fine x rms"] == ["urad", "3", "2.333", "1.528", "1.1", "2", "3.8"]
    assert lines["ground reacquisition"] == ["s", "0", "-", "-", "-", "-", "-"]
    assert lines["locked fraction"][0] == "1"
    document = statistics_document(runs)
    assert (document["runs"], document["first_seed"], document["last_seed"]) == (3, 8, 10)
    assert document["by_run"]["seed"] == [8, 9, 10]
    assert document["spread"]["acquired_s"]["p50"] == 2.0
