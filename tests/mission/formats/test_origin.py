"""What files say of themselves."""

from dataclasses import replace
from importlib.metadata import version

import pytest

from passplan.mission.formats.origin import GROUND_FRAME, ascii_line, distinct_sets, ilrs_id, origin_lines


def test_origin_names_program_set_file_and_frame_but_no_folder(one):
    text = "\n".join(origin_lines([one], GROUND_FRAME))
    assert f"passplan {version('passplan')}; times are UTC" in text
    assert (
        "SGP4 from the element set of Micius (41731), epoch 2016-12-19T13:39:33.153408Z, read from micius.tle:1" in text
    )
    assert "/home" not in text
    assert "polar motion left out" in text


def test_each_set_is_told_once(one, micius_new_year):
    other = replace(one, elements=micius_new_year)
    assert distinct_sets([one, other, one]) == [one.elements, micius_new_year]


@pytest.mark.parametrize(
    ("designator", "number"),
    [
        ("1976-039A", "7603901"),  # LAGEOS-1, the example of the format's own document
        ("2003-042F", "0304206"),  # Larets, ILRS satellite list
        ("2011-060A", "1106001"),  # Galileo 101, header of a published prediction
        ("2018-001J", "1800109"),  # I is no piece: J follows H
        ("2018-001AA", "1800125"),  # 24 letters
        ("2018-001ZZ", ""),  # 600 has no two digits
        ("2018-001I", ""),
        ("", ""),
    ],
)
def test_number_of_laser_ranging(designator, number):
    assert ilrs_id(designator) == number


def test_ascii_keeps_what_it_can():
    """NFKD takes accents off; what has no ASCII form becomes a question mark, and no line break stays."""
    assert ascii_line("Günter\n墨子 x", 80) == "Gunter??? x"
    assert ascii_line("abcdef", 3) == "abc"
