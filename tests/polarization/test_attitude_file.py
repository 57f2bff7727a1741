"""Attitude files: CCSDS messages and tables, in all their conventions, and what is refused."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from passplan.errors import InputError
from passplan.polarization.attitude_file import HEADING, read_attitude
from passplan.polarization.attitude_history import attitude_at

EPOCH = datetime(2016, 12, 19, 16, 48, 44, tzinfo=UTC)
MESSAGE = """CCSDS_AEM_VERS = 2.0
COMMENT made by hand
CREATION_DATE = 2016-12-19T00:00:00
ORIGINATOR = TEST

META_START
COMMENT attitude of one pass
OBJECT_NAME = MICIUS
OBJECT_ID = 2016-051A
REF_FRAME_A = EME2000
REF_FRAME_B = SC_BODY_1
TIME_SYSTEM = UTC
START_TIME = 2016-12-19T16:48:44
STOP_TIME = 2016-12-19T16:48:46
ATTITUDE_TYPE = QUATERNION
META_STOP

DATA_START
2016-12-19T16:48:44.0000 0 0 0.70710678 0.70710678
2016-354T16:48:45Z 0 0 0.8 0.6
COMMENT the last
2016-12-19T16:48:46.5 0 0 1 0
DATA_STOP
"""
TABLE = f"""# by hand
{HEADING}
2016-12-19T16:48:44Z,0,0,0.70710678,0.70710678

2016-12-19T17:48:45+01:00,0,0,0.8,0.6
2016-12-19T16:48:46.5Z,0,0,1,0
"""


@pytest.fixture
def read(tmp_path):
    """A function that reads a text as a file named pass.txt, with pairs of words replaced."""

    def read_text(text, *changes):
        path = tmp_path / "pass.txt"
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        return read_attitude(path)

    return read_text


def first(history):
    return attitude_at(history, epoch_utc=EPOCH, time_s=0.0)


def test_the_example_of_the_standard_turns_the_right_way(read):
    """CCSDS 504.0-B-2, F2.2: B is A turned by +90 deg about Z, so X of B has the coordinates 0, 1, 0 in A."""
    turn = first(read(MESSAGE))
    np.testing.assert_allclose(turn.apply([1.0, 0.0, 0.0]), [[0.0, 1.0, 0.0]], atol=1e-7)
    np.testing.assert_allclose(turn.inv().apply([1.0, 0.0, 0.0]), [[0.0, -1.0, 0.0]], atol=1e-7)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("direction", ["A2B", "B2A"])
@pytest.mark.parametrize("place", ["FIRST", "LAST"])
def test_every_convention_states_the_same_attitude(read, version, swapped, direction, place):
    """Property: exchanging the frames or the direction inverts, the place of the scalar permutes; nothing else."""
    wanted = Rotation.from_quat([0.1, -0.2, 0.3, 0.927361])
    inverted = swapped != (direction == "B2A")
    x, y, z, scalar = (wanted.inv() if inverted else wanted).as_quat()
    numbers = (scalar, x, y, z) if place == "FIRST" else (x, y, z, scalar)
    frames = ("SC_BODY_1", "ICRF") if swapped else ("ICRF", "SC_BODY_1")
    history = read(
        MESSAGE,
        ("VERS = 2.0", f"VERS = {version}"),
        ("REF_FRAME_A = EME2000\nREF_FRAME_B = SC_BODY_1", f"REF_FRAME_A = {frames[0]}\nREF_FRAME_B = {frames[1]}"),
        ("META_STOP", f"ATTITUDE_DIR = {direction}\nQUATERNION_TYPE = {place}\nMETA_STOP"),
        ("0 0 0.70710678 0.70710678", " ".join(f"{number:.12f}" for number in numbers)),
    )
    found = first(history).apply(np.eye(3))
    np.testing.assert_allclose(found, wanted.apply(np.eye(3)), atol=1e-6)


def test_a_table_and_a_message_say_the_same(read):
    """Two routes: times with a zone, a day of the year, blank lines and comments; quaternions to length 1."""
    message, table = read(MESSAGE), read(TABLE)
    assert message.start_utc == table.start_utc == EPOCH
    assert message.stop_utc == table.stop_utc == EPOCH + timedelta(seconds=2.5)
    (one,), (other,) = message.segments, table.segments
    np.testing.assert_array_equal(one.time_s, [0.0, 1.0, 2.5])
    np.testing.assert_array_equal(one.time_s, other.time_s)
    np.testing.assert_array_equal(one.quaternions, other.quaternions)
    np.testing.assert_allclose(np.linalg.norm(one.quaternions, axis=1), 1.0, atol=1e-15)


def test_rates_behind_the_quaternion_are_passed_over(read):
    """CCSDS 504.0-B-2, table 4-4: QUATERNION/ANGVEL holds seven numbers, the quaternion first."""
    with_rates = MESSAGE.replace("QUATERNION\n", "QUATERNION/ANGVEL\n")
    for row in ("0.70710678 0.70710678", "0 0 0.8 0.6", "0 0 1 0"):
        with_rates = with_rates.replace(row, f"{row} 0.1 0.2 0.3")
    np.testing.assert_array_equal(read(with_rates).segments[0].quaternions, read(MESSAGE).segments[0].quaternions)


@given(
    vectors=st.lists(st.tuples(*[st.floats(-3.0, 3.0)] * 3), min_size=2, max_size=6),
    step_s=st.integers(1, 60),
)
def test_a_message_survives_a_round_trip(tmp_path_factory, vectors, step_s):
    """Property: attitudes written with 12 digits and read again are the same to 1e-11."""
    turns = Rotation.from_rotvec(vectors)
    times = [EPOCH + timedelta(seconds=step_s * index) for index in range(len(vectors))]
    rows = [
        f"{when:%Y-%m-%dT%H:%M:%S} " + " ".join(f"{number:.12f}" for number in quaternion)
        for when, quaternion in zip(times, turns.as_quat(), strict=True)
    ]
    head, tail = MESSAGE.split("DATA_START\n")[0], "\nDATA_STOP\n"
    path = tmp_path_factory.mktemp("round") / "trip.aem"
    path.write_text(head + "DATA_START\n" + "\n".join(rows) + tail, encoding="utf-8")
    found = attitude_at(read_attitude(path), epoch_utc=EPOCH, time_s=step_s * np.arange(len(vectors)))
    np.testing.assert_allclose(found.as_matrix(), turns.as_matrix(), atol=1e-11)


def test_segments_are_kept_apart(read):
    """CCSDS 504.0-B-2, 4.2.4.8.3: no interpolation across blocks; the usable span limits each."""
    block = MESSAGE[MESSAGE.index("META_START") :]
    later = block.replace("16:48:4", "16:58:4").replace(
        "META_STOP",
        "USEABLE_START_TIME = 2016-12-19T16:58:44.5\nUSEABLE_STOP_TIME = 2016-12-19T16:58:46\nMETA_STOP",
    )
    history = read(MESSAGE + later)
    assert [(segment.start_s, segment.stop_s) for segment in history.segments] == [(0.0, 2.5), (600.5, 602.0)]
    with pytest.raises(InputError, match=r"pass.txt:24: block begins 2\.5 s before the end of the last"):
        read(MESSAGE + block)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0 0 0.8 0.6", "0 0 0.8 0.61", r"pass.txt:20: quaternion \(.*\) has length 1\.00603, must be 1 within 0\.001"),
        ("0 0 0.8 0.6", "0 0 nan 0.6", r"pass.txt:20: quaternion .* has length nan, must be 1"),
        ("0 0 0.8 0.6", "0 0 0.8", "pass.txt:20: 3 numbers after the time, must be 4 for QUATERNION"),
        ("0 0 0.8 0.6", "0 0 0.8 x", "pass.txt:20: '.* 0.8 x' is not a time and numbers"),
        ("2016-354T16:48:45Z", "2016-354T16:48:44Z", "pass.txt:20: time 2016-12-19T16:48:44.000Z repeats"),
        ("2016-354T16:48:45Z", "2016-353T16:48:45Z", "pass.txt:20: time 2016-12-18.* goes back behind .*must increase"),
        ("2016-354T16:48:45Z", "2016-367T16:48:45Z", "pass.txt:20: day '2016-367' is not in the calendar"),
        ("2016-354T16:48:45Z", "yesterday", "pass.txt:20: time 'yesterday.*' is not ISO 8601"),
        ("EME2000", "ITRF-97", r"pass.txt:10: REF_FRAME_A is 'ITRF-97', must be .*EME2000.*fixed to the Earth"),
        ("EME2000", "LVLH", "pass.txt:10: REF_FRAME_A is 'LVLH'"),
        ("EME2000", "SC_BODY_2", "pass.txt:11: frames are SC_BODY_2 and SC_BODY_1, must be one inertial and one"),
        ("SC_BODY_1", "GCRF", "pass.txt:11: frames are EME2000 and GCRF, must be one inertial and one"),
        ("SYSTEM = UTC", "SYSTEM = TAI", "pass.txt:12: TIME_SYSTEM is 'TAI', must be UTC"),
        ("= QUATERNION", "= EULER_ANGLE", "pass.txt:15: ATTITUDE_TYPE is 'EULER_ANGLE', must be QUATERNION or"),
        ("META_STOP", "ATTITUDE_DIR = A\nMETA_STOP", "pass.txt:16: ATTITUDE_DIR is 'A', must be A2B or B2A"),
        ("META_STOP", "ATTITUDE_DIRE = A2B\nMETA_STOP", "'ATTITUDE_DIRE' is no key .* did you mean 'ATTITUDE_DIR'"),
        ("META_STOP", "TIME_SYSTEM = UTC\nMETA_STOP", "pass.txt:16: TIME_SYSTEM stands twice"),
        ("TIME_SYSTEM = UTC\n", "", "pass.txt:15: TIME_SYSTEM is missing in the metadata above"),
        ("VERS = 2.0", "VERS = 1.0", "pass.txt:16: ATTITUDE_DIR is missing"),
        ("VERS = 2.0", "VERS = 3.0", "pass.txt:1: CCSDS_AEM_VERS is '3.0', must be 1.0 or 2.0"),
        ("DATA_START\n", "", "pass.txt:18: '2016-12-19T16:48:44.0000 0 .*' stands outside a block"),
        ("META_STOP\n", "", "pass.txt:17: DATA_START after META_START, must be META_STOP"),
        ("DATA_STOP", "META_START", "pass.txt:23: META_START after DATA_START, must be DATA_STOP"),
        ("DATA_STOP\n", "", "pass.txt: ends after DATA_START, must end with DATA_STOP"),
        ("META_STOP", "USEABLE_STOP_TIME = 2016-12-19T17:00:00\nMETA_STOP", "pass.txt:6: usable span is .* within its"),
    ],
)
def test_faults_of_a_message_are_named(read, old, new, message):
    """Refusals: file, line, field, value and what is allowed."""
    with pytest.raises(InputError, match=message):
        read(MESSAGE, (old, new))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.8,0.6", "0.8", r"pass.txt:5: '.*' has 4 fields, must have 5, time_utc,qx,qy,qz,qw"),
        ("0.8,0.6", "0.8,w", "pass.txt:5: qw is 'w', must be a number"),
        ("0.8,0.6", "inf,0.6", "pass.txt:5: qz is 'inf', must be finite"),
        ("0.8,0.6", "0.5,0.6", "pass.txt:5: quaternion .* must be 1 within 0.001"),
        ("17:48:45+01:00", "16:48:45", "pass.txt:5: time_utc .* is naive"),
        ("16:48:46.5Z", "16:48:43Z", "pass.txt:6: time .* goes back behind 2016-12-19T16:48:45.000Z"),
        ("time_utc,qx", "time_utc,qw", "pass.txt: begins with 'time_utc,qw,.*', must begin with CCSDS_AEM_VERS"),
    ],
)
def test_faults_of_a_table_are_named(read, old, new, message):
    """Refusals: file, line, field, value and what is allowed."""
    # The row with a zone of its own is line 5 of the text: comment, heading, row, blank line, row.
    with pytest.raises(InputError, match=message):
        read(TABLE, (old, new))


def test_too_little_is_refused(read, tmp_path):
    """Refusals: nothing, one row, and no file."""
    with pytest.raises(InputError, match="begins with '', must begin with"):
        read("")
    with pytest.raises(InputError, match="holds no row under time_utc"):
        read(HEADING)
    with pytest.raises(InputError, match="holds 1 attitudes, must hold at least 2"):
        read(f"{HEADING}\n2016-12-19T16:48:44Z,0,0,0,1")
    with pytest.raises(InputError, match="holds no line of data"):
        read(MESSAGE.split("DATA_START")[0] + "DATA_START\nDATA_STOP\n")
    with pytest.raises(InputError, match=r"absent\.csv: cannot be read as text"):
        read_attitude(tmp_path / "absent.csv")
