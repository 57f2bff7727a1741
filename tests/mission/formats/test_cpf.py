"""The laser-ranging prediction, read back by columns as its document prints them, and interpolated."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from scipy.interpolate import lagrange

from passplan.errors import DomainError, InputError
from passplan.mission.formats.cpf import cpf_text

# Fields of the format document, version 2.00: name, first and last column, counted from 1.
H1 = (("CPF", 4, 6), ("version", 8, 9), ("source", 12, 14), ("year", 16, 19), ("month", 21, 22), ("day", 24, 25),
      ("hour", 27, 28), ("sequence", 31, 33), ("sub_sequence", 35, 36), ("target", 38, 47),
      ("notes", 49, 58))  # fmt: skip
H2 = (("cospar", 4, 11), ("sic", 13, 16), ("norad", 18, 25), ("start", 27, 45), ("end", 47, 65), ("step", 67, 71),
      ("tiv", 73, 73), ("class", 75, 75), ("frame", 77, 78), ("rotation", 80, 80), ("mass_centre", 82, 82),
      ("location", 84, 85))  # fmt: skip
POSITION = (("direction", 4, 4), ("mjd", 6, 10), ("second", 12, 24), ("leap", 26, 27), ("x", 29, 45), ("y", 47, 63),
            ("z", 65, 81))  # fmt: skip


@dataclass
class Prediction:
    """What a tracking station takes from a file."""

    h1: dict
    h2: dict
    comments: list
    whens: list
    position_m: np.ndarray
    flags: set

    def at(self, when):
        """Ten-point Lagrange interpolation, five records on either side, by scipy's polynomial."""
        left = max(number for number, entry in enumerate(self.whens) if entry <= when)
        assert 4 <= left <= len(self.whens) - 5
        left = min(left, len(self.whens) - 6)
        nodes = range(left - 4, left + 6)
        step = (self.whens[left + 1] - self.whens[left]).total_seconds()
        local = [(self.whens[number] - when).total_seconds() / step for number in nodes]
        return np.array([lagrange(local, self.position_m[nodes, axis])(0.0) for axis in range(3)])


def fields(line, layout):
    assert all(line[first - 2] == " " for _, first, _ in layout)
    return {name: line[first - 1 : last].strip() for name, first, last in layout}


def read(text):
    lines = text.splitlines()
    assert text.endswith("99\n")
    assert lines[0].startswith("H1 ")
    assert lines[1].startswith("H2 ")
    assert lines[2] == "H9"
    assert {line[:2] for line in lines[3:-1]} == {"00", "10"}
    assert max(map(len, lines)) <= 85
    rows = [fields(line, POSITION) for line in lines if line.startswith("10 ")]
    days = [date(1858, 11, 17) + timedelta(days=int(row["mjd"])) for row in rows]
    midnights = [datetime.combine(day, datetime.min.time(), tzinfo=UTC) for day in days]
    return Prediction(
        h1=fields(lines[0].ljust(58), H1),
        h2=fields(lines[1].ljust(85), H2),
        comments=[line[3:] for line in lines if line.startswith("00 ")],
        whens=[day + timedelta(seconds=float(row["second"])) for day, row in zip(midnights, rows, strict=True)],
        position_m=np.array([[float(row[axis]) for axis in "xyz"] for row in rows]),
        flags={(row["direction"], row["leap"]) for row in rows},
    )


def test_headers(one, created):
    found = read(cpf_text([one], created_utc=created))
    assert found.h1 == {
        "CPF": "CPF", "version": "2", "source": "PPL", "year": "2016", "month": "12", "day": "18", "hour": "09",
        "sequence": "353", "sub_sequence": "01", "target": "micius", "notes": "SGP4",
    }  # fmt: skip
    assert found.h2 == {
        "cospar": "1605101", "sic": "0000", "norad": "41731", "start": "2016 12 19 16 44 00",
        "end": "2016 12 19 17 00 00", "step": "60", "tiv": "1", "class": "0", "frame": "0", "rotation": "0",
        "mass_centre": "0", "location": "1",
    }  # fmt: skip
    assert found.flags == {("0", "0")}
    assert "COSPAR number 2016-051A; SIC not known (0000); reflector not known (class 0)" in found.comments
    assert all(found.comments)  # readers stumble over an empty comment


@pytest.mark.parametrize("step_s", [5.0, 60.0, 90.0])
def test_ten_point_interpolation_is_within_a_centimetre_of_skyfield(one, created, direct, step_s):
    """Body-fixed positions of SGP4 by Skyfield's own frames, from rise to set; the file rounds to a millimetre."""
    found = read(cpf_text([one], created_utc=created, step_s=step_s))
    half_a_millimetre_m = 5.1e-4
    assert np.abs(found.position_m - 1e3 * direct(one.elements, found.whens).ground_km).max() < half_a_millimetre_m
    asked = [one.rise_utc + share * (one.set_utc - one.rise_utc) for share in np.linspace(0.0, 1.0, 41)]
    interpolated_m = np.array([found.at(when) for when in asked])
    one_centimetre_m = 1e-2
    assert np.abs(interpolated_m - 1e3 * direct(one.elements, asked).ground_km).max() < one_centimetre_m


def test_several_passes_make_one_table_over_midnight(passes, created):
    found = read(cpf_text(passes, created_utc=created, step_s=60.0))
    gaps = {second - first for first, second in pairwise(found.whens)}
    assert gaps == {timedelta(seconds=60)}
    assert found.whens[4] <= min(item.rise_utc for item in passes)
    assert found.whens[-5] >= max(item.set_utc for item in passes)
    assert found.whens[0].date() != found.whens[-1].date()
    assert sum(line.startswith("pass micius/") for line in found.comments) == len(passes)


def test_an_object_without_names(one, relabelled, nameless, created):
    """No designator gives 0; a name without Latin letters gives the catalogue number as the target."""
    found = read(
        cpf_text([replace(relabelled("墨子", "x"), elements=replace(nameless, name="墨子"))], created_utc=created)
    )
    assert found.h2["cospar"] == "0"
    assert found.h1["target"] == "99999"
    assert any("COSPAR number not known" in line for line in found.comments)


def test_a_long_name_is_cut_to_ten_letters(relabelled, created):
    found = read(cpf_text([relabelled("MICIUS (QSS) demonstrator", "x")], created_utc=created))
    assert found.h1["target"] == "miciusqssd"


def test_other_sets_and_broken_steps_are_refused(one, micius_new_year, created):
    later = replace(one, elements=micius_new_year)
    later = replace(later, station="Elsewhere")
    with pytest.raises(InputError, match="a CPF holds one element set, but the passes follow from 2"):
        cpf_text([one, later], created_utc=created)
    with pytest.raises(DomainError, match=r"step_s is 2\.5 s, must be whole seconds up to 99999 in a CPF"):
        cpf_text([one], created_utc=created, step_s=2.5)
