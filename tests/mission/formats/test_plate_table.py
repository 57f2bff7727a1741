"""The command file of the wave plates: what stands in it, and that a drive which obeys it is right."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from passplan.errors import DomainError
from passplan.mission.formats.plate_table import plate_text
from passplan.mission.link import track_of
from passplan.mission.polarization_path import polarization_of, with_receiver
from passplan.units import parse_utc


def rows(text):
    return list(csv.DictReader(line for line in text.splitlines() if line[0] != "#"))


def remarks(text):
    return [line for line in text.splitlines() if line[0] == "#"]


def column(text, name):
    return np.array([float(row[name]) for row in rows(text)])


@pytest.fixture(scope="module")
def text(reference_selection, created):
    return plate_text(reference_selection, created_utc=created)


def test_the_angles_are_half_the_rotation(reference_selection, text):
    """Exact: a half-wave plate stands at half the angle of arrival; the frame is tied to the seconds of the pass."""
    path = track_of(reference_selection)
    rotation_deg = polarization_of(reference_selection, path).rotation_deg
    start_s = (parse_utc(rows(text)[0]["time_utc"]) - path.epoch_utc).total_seconds()
    inside = slice(int(-start_s), int(-start_s) + path.time_s.size)
    last_digit_deg = 1e-4
    np.testing.assert_allclose(column(text, "hwp_deg")[inside], 0.5 * rotation_deg, atol=last_digit_deg)


def test_the_rates_are_those_of_the_angles(text):
    """Two routes: the rate column beside differences of the angle column."""
    angle_deg, rate_deg_s = column(text, "hwp_deg"), column(text, "hwp_rate_deg_s")
    np.testing.assert_allclose(rate_deg_s[2:-2], np.gradient(angle_deg)[2:-2], atol=1e-3)
    assert not column(text, "held_back").any()


def test_the_remarks_say_what_a_drive_must_know(text):
    told = "\n".join(remarks(text))
    for words in (
        "pass micius/xinglong/20161219T165213Z",
        "epoch 2016-12-19T13:39:33.153408Z",
        "exchange D and A in sifting",
        "hwp: from 2.53 to 86.24 deg, at most 0.651 of 10 deg/s",
        "held back: never",
        "rewinds: never",
        "predicted contrast of the mean error while the range is up to 1200 km",
    ):
        assert words in told


def test_a_slow_motor_is_given_what_it_can_do(reference_selection, created):
    """Property: no row asks for more than the motor's speed, and the outage is named with its instants."""
    receiver = reference_selection.site.polarization
    slow = replace(receiver, motor=replace(receiver.motor, max_rate_deg_s=0.4))
    text = plate_text(with_receiver(reference_selection, slow), created_utc=created)
    assert np.abs(column(text, "hwp_rate_deg_s")).max() <= 0.4001
    assert column(text, "held_back").any()
    (line,) = (line for line in remarks(text) if "held back:" in line)
    assert "2016-12-19T16:51:" in line
    assert "Z to 2016-12-19T16:5" in line


def test_stops_choose_the_branch(reference_selection, created):
    """Exact: between stops of 100 and 190 deg the same pass lies 90 or 180 deg higher, without a rewind."""
    receiver = reference_selection.site.polarization
    stopped = replace(receiver, motor=replace(receiver.motor, min_deg=91.0, max_deg=181.0))
    text = plate_text(with_receiver(reference_selection, stopped), created_utc=created)
    free = plate_text(reference_selection, created_utc=created)
    np.testing.assert_allclose(column(text, "hwp_deg") - column(free, "hwp_deg"), 90.0, atol=2e-4)
    assert "# rewinds: never" in remarks(text)


def test_three_plates_have_three_pairs_of_columns(reference_selection, created):
    receiver = replace(reference_selection.site.polarization, plates="quarter-half-quarter", frame="coude-sum")
    text = plate_text(with_receiver(reference_selection, receiver), created_utc=created, step_s=5.0)
    assert list(rows(text)[0]) == [
        "time_utc", "qwp_first_deg", "qwp_first_rate_deg_s", "hwp_deg", "hwp_rate_deg_s", "qwp_second_deg",
        "qwp_second_rate_deg_s", "held_back",
    ]  # fmt: skip
    assert any("labels of D and A kept" in line for line in remarks(text))


def test_refuses_a_step_that_no_drive_can_follow(reference_selection, created):
    with pytest.raises(DomainError, match=r"step_s is 0.01, must lie in \[0.02, 10\]"):
        plate_text(reference_selection, created_utc=created, step_s=0.01)
