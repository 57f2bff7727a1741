"""A long search written window by window: the same bytes however often it is interrupted."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from catalogues import EPOCH, catalogue

from passplan.errors import InputError
from passplan.mission.export import csv_text
from passplan.mission.long_search import columns, write_search
from passplan.mission.pass_rows import COLUMNS, USE_COLUMNS, columns_of, pass_rows
from passplan.mission.search import Query, prepare
from passplan.orbit.conditions import Conditions
from passplan.orbit.passes import find_passes

HOURS_6 = timedelta(hours=6)


@pytest.fixture
def elements(tmp_path):
    path = tmp_path / "some.tle"
    path.write_text("".join(f"{item.name}\n{item.line_1}\n{item.line_2}\n" for item in catalogue(12)))
    return path


@pytest.fixture
def query(elements):
    return Query(
        stations=("graz", "10,-60,5"),
        element_files=(elements,),
        start=EPOCH,
        length=timedelta(days=1),
        conditions=Conditions(),
        max_age_days=30.0,
    )


@pytest.fixture
def field(query):
    return prepare(query)


class Interrupt:
    """Raises what a user's Ctrl-C raises after so many windows."""

    def __init__(self, windows):
        self.left = windows

    def __call__(self, share):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def interrupted(path, query, field, windows, **options):
    with pytest.raises(KeyboardInterrupt):
        write_search(path, query, field, window=HOURS_6, progress=Interrupt(windows), **options)


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_one_window_is_the_table_of_the_search(tmp_path, query, field):
    """Two routes: `find_passes`, `pass_rows` and `csv_text` over the whole time, byte for byte."""
    path = tmp_path / "out.csv"
    shares = []
    outcome = write_search(path, query, field, progress=shares.append)
    ((first, last), stations) = next(iter(field.windows.items()))
    passes = find_passes(field.histories, stations, first, last)
    assert path.read_text() == csv_text(columns_of(pass_rows(passes)))
    assert outcome.passes == len(passes) > 50
    assert shares == [1.0]


def test_rows_stand_in_the_window_in_which_the_pass_ends(tmp_path, query, field):
    """Property: the passes of the whole, in order of rise within windows, times to the millisecond."""
    path = tmp_path / "out.csv"
    shares = []
    write_search(path, query, field, window=HOURS_6, progress=shares.append)
    found = rows_of(path)
    ((first, last), stations) = next(iter(field.windows.items()))
    expected = sorted(
        find_passes(field.histories, stations, first, last),
        key=lambda p: (min((p.set_utc - first) // HOURS_6, 3), p.rise_utc, p.satellite, p.station),
    )
    assert [row["pass_id"] for row in found] == [p.pass_id for p in expected]
    assert [row["is_truncated"] == "true" for row in found] == [p.is_truncated for p in expected]
    assert shares == [0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("conditions", [Conditions(), Conditions(max_sun_elevation_deg=-6.0, min_duration_s=60.0)])
def test_an_interruption_after_any_window_changes_no_byte(tmp_path, query, conditions):
    """Exact, with and without rules of light; what is unfinished lies beside, and is gone when all is written."""
    query = replace(query, conditions=conditions)
    field = prepare(query)
    whole = tmp_path / "whole.csv"
    outcome = write_search(whole, query, field, window=HOURS_6)
    assert outcome.passes == len(rows_of(whole)) > 10
    for windows in (1, 2, 3, 4):
        path = tmp_path / f"after{windows}.csv"
        interrupted(path, query, field, windows)
        part, notes = Path(f"{path}.part"), Path(f"{path}.part.json")
        assert not path.exists()
        assert part.exists()
        assert notes.exists()
        with part.open("ab") as file:
            file.write(b"half a row of the window that was under way")
        again = write_search(path, query, field, window=HOURS_6, resume=True)
        assert path.read_bytes() == whole.read_bytes()
        assert again == outcome
        assert not part.exists()
        assert not notes.exists()


def test_several_interruptions_and_processes(tmp_path, query, field):
    """Exact: after every window once, two processes now and one then."""
    whole, path = tmp_path / "whole.csv", tmp_path / "often.csv"
    write_search(whole, query, field, window=HOURS_6)
    interrupted(path, query, field, 1)
    interrupted(path, query, field, 1, resume=True, processes=2)
    interrupted(path, query, field, 1, resume=True)
    write_search(path, query, field, window=HOURS_6, resume=True, processes=2)
    assert path.read_bytes() == whole.read_bytes()


def test_an_interrupted_search_is_not_overwritten(tmp_path, query, field):
    """Whoever forgets --resume loses nothing: both files stay as they are."""
    path = tmp_path / "out.csv"
    part, notes = Path(f"{path}.part"), Path(f"{path}.part.json")
    interrupted(path, query, field, 2)
    before = part.read_bytes(), notes.read_bytes()
    with pytest.raises(InputError, match=r"out.csv.part.json: an interrupted search stands there; go on with --resume"):
        write_search(path, query, field, window=HOURS_6)
    assert (part.read_bytes(), notes.read_bytes()) == before
    write_search(path, query, field, window=HOURS_6, resume=True)
    assert len(rows_of(path)) > 50


def test_a_resumption_needs_what_was_left(tmp_path, query, field):
    """Each refusal names the file and the way out; the parts stay."""
    path = tmp_path / "out.csv"
    part, notes = Path(f"{path}.part"), Path(f"{path}.part.json")
    with pytest.raises(InputError, match=r"out.csv.part.json: there is no interrupted search to resume; leave out"):
        write_search(path, query, field, resume=True)
    interrupted(path, query, field, 2)
    for other in (
        replace(query, conditions=Conditions(min_elevation_deg=20.0)),
        replace(query, max_age_days=3.0),
        replace(query, length=timedelta(days=2)),
        replace(query, stations=("graz",)),
    ):
        with pytest.raises(InputError, match=r"part.json: the interrupted search is another one; remove it"):
            write_search(path, other, prepare(other), resume=True)
    kept = notes.read_text()
    for text in ("{", "[]", "{}", kept.replace('"row"', '"rows"'), kept.replace('"size": ', '"size": "x')):
        notes.write_text(text if text.count('"') % 2 == 0 else text.replace('"x', '"x"', 1))
        with pytest.raises(InputError, match=r"part.json: cannot be read: .*; remove it to begin anew"):
            write_search(path, query, field, resume=True)
    notes.write_text(kept)
    size = json.loads(kept)["size"]
    data = part.read_bytes()
    part.write_bytes(data[:-5])
    with pytest.raises(InputError, match=rf"out.csv.part: holds {len(data) - 5} bytes, must hold {size}; remove it"):
        write_search(path, query, field, resume=True)
    part.write_bytes(data)
    write_search(path, query, field, window=HOURS_6, resume=True)
    assert path.exists()


def test_stations_with_nights_of_their_own_are_refused(tmp_path, query):
    nightly = replace(query, start=None, night="2026-03-20")
    with pytest.raises(InputError, match=r"out.csv: stations with nights of their own cannot be written"):
        write_search(tmp_path / "out.csv", nightly, prepare(nightly))
    assert not (tmp_path / "out.csv.part").exists()


def test_a_folder_that_is_not_there(tmp_path, query, field):
    with pytest.raises(InputError, match=r"none/out.csv: cannot be written: No such file or directory"):
        write_search(tmp_path / "none" / "out.csv", query, field)


def test_passes_too_far_from_their_set_are_left_out_and_told(tmp_path, query):
    """Half the time is farther than half a day from the sets."""
    query = replace(query, start=EPOCH + timedelta(hours=6), max_age_days=0.5)
    path = tmp_path / "out.csv"
    outcome = write_search(path, query, prepare(query))
    assert 0 < outcome.passes == len(rows_of(path))
    assert all(abs(float(row["element_age_days"])) <= 0.5 for row in rows_of(path))
    assert any("are left out, more than 0.5 d from a set" in remark for remark in outcome.remarks)


def test_columns_follow_the_rules(query):
    """The documented columns, and those of use when there is a rule of light."""
    assert columns(query) == COLUMNS
    assert columns(replace(query, conditions=Conditions(max_sun_elevation_deg=-6.0))) == (*COLUMNS, *USE_COLUMNS)
