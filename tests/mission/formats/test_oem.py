"""The ephemeris message, read back and interpolated by the library oem."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from astropy.time import Time
from oem import OrbitEphemerisMessage

from passplan.errors import InputError
from passplan.mission.formats.oem import oem_text

ONE_MICROMETRE_KM = 1e-9


@pytest.fixture
def read(tmp_path):
    def reader(text):
        path = tmp_path / "pass.oem"
        path.write_text(text, encoding="ascii")
        return OrbitEphemerisMessage.open(path)

    return reader


def test_header_and_metadata(one, created, read):
    """Keywords of CCSDS 502.0-B-2, tables 5-2 and 5-3."""
    message = read(oem_text([one], created_utc=created))
    (segment,) = message.segments
    found = segment.metadata
    assert message.version == "2.0"
    assert message.header["ORIGINATOR"] == "PASSPLAN"
    assert message.header["CREATION_DATE"] == Time("2016-12-18T09:30:15", scale="utc")
    assert (found["OBJECT_NAME"], found["OBJECT_ID"]) == ("MICIUS", "2016-051A")
    assert (found["CENTER_NAME"], found["REF_FRAME"], found["TIME_SYSTEM"]) == ("EARTH", "GCRF", "UTC")
    assert (found["INTERPOLATION"], found["INTERPOLATION_DEGREE"]) == ("LAGRANGE", 9)
    assert found["USEABLE_START_TIME"].to_datetime() == one.rise_utc.replace(tzinfo=None)
    assert found["USEABLE_STOP_TIME"].to_datetime() == one.set_utc.replace(tzinfo=None)


@pytest.mark.parametrize("step_s", [1.0, 10.0, 60.0, 2.5])
def test_states_are_skyfields_and_interpolate_up_to_rise_and_set(one, created, read, direct, step_s):
    """oem's own Lagrange interpolation by the hints of the file, against plain Skyfield in GCRS."""
    message = read(oem_text([one], created_utc=created, step_s=step_s))
    (segment,) = message.segments
    whens = [state.epoch.to_datetime() for state in segment.states]
    assert whens[1] - whens[0] == timedelta(seconds=step_s)
    truth_km = direct(one.elements, [when.replace(tzinfo=one.rise_utc.tzinfo) for when in whens]).space_km
    written_km = np.array([state.position for state in segment.states])
    assert np.abs(written_km - truth_km).max() < ONE_MICROMETRE_KM
    asked = [one.rise_utc + share * (one.set_utc - one.rise_utc) for share in np.linspace(0.0, 1.0, 25)]
    found_km = np.array([message(Time(when.replace(tzinfo=None), scale="utc")).position for when in asked])
    one_millimetre_km = 1e-6
    assert np.abs(found_km - direct(one.elements, asked).space_km).max() < one_millimetre_km


def test_velocities_are_those_of_sgp4(one, created, read, direct):
    """Skyfield's velocity in GCRS, to a micrometre a second."""
    (segment,) = read(oem_text([one], created_utc=created)).segments
    whens = [state.epoch.to_datetime().replace(tzinfo=one.rise_utc.tzinfo) for state in segment.states]
    truth_km_s = direct(one.elements, whens).at.velocity.km_per_s.T
    assert np.abs(np.array([state.velocity for state in segment.states]) - truth_km_s).max() < 1e-9


def test_passes_become_segments_and_overlapping_ones_share_one(passes, created, read):
    """502.0-B-2, 5.2.4: useable spans of segments do not overlap."""
    (last,) = [item for item in passes if item.pass_id == "micius/xinglong/20161219T165213Z"]
    near = replace(last, station="Near", set_utc=last.set_utc + timedelta(seconds=20))
    message = read(oem_text([*passes, near], created_utc=created))
    spans = [(part.metadata["USEABLE_START_TIME"], part.metadata["USEABLE_STOP_TIME"]) for part in message.segments]
    assert len(spans) == len(passes)
    for (_, stop), (start, _) in pairwise(spans):
        assert stop < start
    for item in [*passes, near]:
        rise, down = (Time(when.replace(tzinfo=None), scale="utc") for when in (item.rise_utc, item.set_utc))
        assert sum(start <= rise and down <= stop for start, stop in spans) == 1


def test_text_is_plain_lines_of_at_most_254(relabelled, created):
    """502.0-B-2, 7.3: printable ASCII; comments right after META_START."""
    text = oem_text([relabelled("Köln-墨子 " + "x" * 400, "y" * 300)], created_utc=created)
    lines = text.splitlines()
    assert text.isascii()
    assert max(map(len, lines)) <= 254
    start = lines.index("META_START")
    comments = [number for number, line in enumerate(lines) if line.startswith("COMMENT ")]
    assert comments == list(range(start + 1, start + 1 + len(comments)))
    assert any("passplan 0." in lines[number] for number in comments)
    assert any(line.startswith("OBJECT_NAME = KOLN-?? X") for line in lines)


def test_an_object_without_designator_is_unknown(one, nameless, created):
    unnamed = replace(one, elements=nameless)
    assert "\nOBJECT_ID = UNKNOWN\n" in oem_text([unnamed], created_utc=created)


def test_overlap_from_different_sets_is_refused(one, micius_new_year, created):
    other = replace(one, elements=micius_new_year, station="Elsewhere")
    with pytest.raises(InputError, match="overlap but follow from different element sets: write a file for each"):
        oem_text([one, other], created_utc=created)
