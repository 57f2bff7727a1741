"""Measured counts of a pass from a file: what is read, and how each fault is told.

Witness: the numbers that the test itself wrote, and what the text of each fault must name.
"""

import re
from datetime import UTC, datetime

import numpy as np
import pytest

from passplan.errors import InputError
from passplan.mission.export import csv_text, ecsv_text, per_second
from passplan.mission.measured_pass import MOST_FAULTS, PassLimits, limits_of, parse_measured, read_measured

LIMITS = PassLimits(
    first_utc=datetime(2016, 12, 19, 16, 50, tzinfo=UTC),
    last_utc=datetime(2016, 12, 19, 16, 56, tzinfo=UTC),
    sifted_bit_s=2e6,
    raw_cps=4e6,
)
HEADER = "time_utc,sifted_bits,errors"


def rows(*bodies, header=HEADER):
    """Lines of a table whose rows follow each other second by second from 16:51:00."""
    return [header, *(f"2016-12-19T16:51:{second:02d}Z,{body}" for second, body in enumerate(bodies))]


def parse(lines, **more):
    return parse_measured(lines, source="night.csv", limits=LIMITS, **more)


def told(lines, **more):
    with pytest.raises(InputError) as caught:
        parse(lines, **more)
    return str(caught.value)


def test_counts_and_errors():
    measured = parse(rows("100,1", "200,0", "50,50"))
    assert measured.epoch_utc == datetime(2016, 12, 19, 16, 51, tzinfo=UTC)
    np.testing.assert_array_equal(measured.time_s, [0.0, 1.0, 2.0])
    np.testing.assert_array_equal(measured.sifted_bits, [100.0, 200.0, 50.0])
    np.testing.assert_array_equal(measured.errors, [1.0, 0.0, 50.0])
    np.testing.assert_array_equal(measured.interval_s, 1.0)
    assert measured.background_cps is None
    assert not measured.errors.flags.writeable


def test_rates_times_their_interval():
    lines = ["# epoch_utc: 2016-12-19T16:51:00Z", "time_s,sifted_kbit_s,qber,interval_s", "0,2,0.01,0.5", "0.5,4,0,0.5"]
    measured = parse(lines)
    np.testing.assert_allclose(measured.sifted_bits, [1000.0, 2000.0])  # 2 kbit/s for half a second
    np.testing.assert_allclose(measured.errors, [10.0, 0.0])
    same = parse([lines[0], "time_s,sifted_rate_bit_s,interval_s", "0,2000,0.5", "0.5,4000,0.5"])
    np.testing.assert_allclose(same.sifted_bits, measured.sifted_bits)
    assert same.errors is None


def test_the_share_of_errors_may_be_empty_where_there_is_no_bit():
    np.testing.assert_array_equal(parse(rows("0,", "10,0.1", header="time_utc,sifted_bits,qber")).errors, [0.0, 1.0])
    assert "night.csv: line 2: qber is '', must be a number in [0, 1]" in told(
        rows("7,", "10,0.1", header="time_utc,sifted_bits,qber")
    )


def test_ecsv_parted_by_spaces():
    lines = ["# %ECSV 1.0", "# ---", "time_utc sifted_bits", "2016-12-19T16:51:00Z 5", '"2016-12-19T16:51:01Z" 6']
    np.testing.assert_array_equal(parse(lines).sifted_bits, [5.0, 6.0])


@pytest.mark.parametrize("form", ["csv", "ecsv"])
def test_the_table_of_a_simulated_pass_is_read_as_it_is(reference, tmp_path, form):
    """Witness: the arrays from which the table was written."""
    columns = per_second(reference)
    path = tmp_path / f"pass.{form}"
    path.write_text(csv_text(columns) if form == "csv" else ecsv_text(columns, meta={}))
    measured = read_measured(path, limits=limits_of(reference.selection))
    np.testing.assert_array_equal(measured.sifted_bits, reference.sifted_bits)
    np.testing.assert_allclose(measured.errors, reference.sifted_errors, rtol=1e-12)
    np.testing.assert_array_equal(measured.time_s, reference.track.time_s - reference.track.time_s[0])
    assert measured.epoch_utc.timestamp() == reference.track.epoch_utc.timestamp() + reference.track.time_s[0]


def test_limits_are_the_seconds_of_the_pass_and_the_rate_of_saturated_diodes(reference):
    limits = limits_of(reference.selection)
    seconds = (limits.last_utc - limits.first_utc).total_seconds()
    assert seconds == reference.track.time_s.size
    # Witness: four diodes at 1 Mcps each, of which the printed sifting ratio 0.4706 remains (Liao et al. 2017), and the
    # share of the signal among the clicks, 0.8 * 0.5 / (0.8 * 0.5 + 0.1 * 0.25).
    assert limits.sifted_bit_s == pytest.approx(4e6 * 0.5 * 0.4 / 0.425, rel=0.1)
    assert limits.raw_cps == 4e6


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (rows("nan,0"), "line 2: sifted_bits is 'nan', must be a number in [0, inf) bit"),
        (rows("-3,0"), "line 2: sifted_bits is '-3', must be a number in [0, inf) bit"),
        (rows("inf,0"), "line 2: sifted_bits is 'inf', must be a number in [0, inf) bit"),
        (rows("many,0"), "line 2: sifted_bits is 'many'"),
        (rows("5,6"), "line 2: errors is 6, must not exceed the sifted bits, 5"),
        (rows("5,1.5", header="time_utc,sifted_bits,qber"), "line 2: qber is '1.5', must be a number in [0, 1]"),
        (rows("5,0", "5"), "line 3 has 2 cells, must have 3"),
        ([HEADER], "no row of counts"),
        ([], "no column time_utc or time_s"),
        (rows("5,0", header="time_utc,sifted_bit,errors"), "did you mean 'sifted_bits' by 'sifted_bit'?"),
        (rows("5,6", header="time_utc,sifted_bits,sifted_bits"), "column sifted_bits stands twice"),
        (["time_s,sifted_bits", "0,5"], "column time_s needs the time of its zero in a remark, as '# epoch_utc = "),
        ([HEADER, "2016-12-19T16:51:00,5,0"], "line 2: time_utc 2016-12-19T16:51:00 is naive"),
        ([HEADER, "at noon,5,0"], "line 2: time_utc 'at noon' is not ISO 8601"),
        (
            rows("5,4000001", header="time_utc,sifted_bits,background_cps"),
            "line 2: background_cps is 4e+06 1/s: saturated, the detectors count up to 4e+06 1/s truly",
        ),
        (rows("3000000,0"), "line 2: sifted_bits is 3e+06: saturated, the detectors count up to 2e+06 truly"),
        (
            rows("5,0", header="time_utc,sifted_bits,interval_s"),
            "line 2: interval_s is '0', must be a number in (0, inf)",
        ),
        (
            rows("5,-1", header="time_utc,sifted_bits,loss_db"),
            "line 2: loss_db is '-1', must be a number in [0, inf) dB",
        ),
    ],
)
def test_faults(lines, message):
    assert f"night.csv: {message}" in told(lines) or message in told(lines)


def test_times_twice_out_of_order_overlapping_and_outside():
    lines = [
        HEADER,
        "2016-12-19T16:49:59.5Z,5,0",
        "2016-12-19T16:50:01Z,5,0",
        "2016-12-19T16:50:01Z,5,0",
        "2016-12-19T16:50:00.8Z,5,0",
        "2016-12-19T16:50:01.3Z,5,0",
        "2016-12-19T16:55:59.5Z,5,0",
    ]
    text = told(lines, allow_gaps=True)
    assert "line 2: the interval from 2016-12-19T16:49:59.500Z must lie in the pass, 2016-12-19T16:50:00Z to" in text
    assert "line 4: the time 2016-12-19T16:50:01.000Z stands twice, first on line 3" in text
    assert "line 5: the time 2016-12-19T16:50:00.800Z comes before that of line 4, times must rise" in text
    assert "line 6: the time 2016-12-19T16:50:01.300Z begins 0.5 s after line 5, whose interval_s is 1 s" in text
    assert "line 7: the interval from 2016-12-19T16:55:59.500Z must lie in the pass" in text
    assert len(text.splitlines()) == 5


def test_gaps_are_named_and_may_be_allowed():
    lines = [*rows("5,0", "6,0", "7,0"), "2016-12-19T16:51:12Z,8,0"]
    gap = "line 5: gap of 10 s where rows follow after 1 s, from 2016-12-19T16:51:02Z to 2016-12-19T16:51:12Z"
    assert told(lines) == f"night.csv: {gap}; --allow-gaps fits what is there"
    assert parse(lines, allow_gaps=True).gaps == (gap,)


def test_all_faults_at_once_and_a_flood_is_counted():
    text = told([*rows("nan,0", "5,6"), "2016-12-19T16:51:01Z,-1,0"])
    assert [re.search(r"line \d", line)[0] for line in text.splitlines()] == ["line 4", "line 2", "line 4", "line 3"]
    flood = [HEADER, *(f"2016-12-19T16:5{i // 60}:{i % 60:02d}Z,-1,0" for i in range(130))]
    assert told(flood).splitlines()[-1] == f"night.csv: and {130 - MOST_FAULTS} more faults"


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    """Spreadsheets write EF BB BF before the text (RFC 3629, 6)."""
    path = tmp_path / "night.csv"
    path.write_bytes(b"\xef\xbb\xbf" + "\n".join(rows("100,1", "200,0")).encode())
    np.testing.assert_array_equal(read_measured(path, limits=LIMITS).sifted_bits, [100.0, 200.0])


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        read_measured(tmp_path / "none.csv", limits=LIMITS)
