"""Adding files to the user's data folder: checked whole, copied byte for byte, never over something else unasked."""

import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from passplan.errors import InputError, PassplanError
from passplan.mission import store
from passplan.mission.catalog import Catalog, bundled_folder, load_history, load_satellite, load_site
from passplan.mission.fetch_log import Fetch, FetchLog, write_log
from passplan.mission.store import add_files, companions, element_verdicts
from passplan.orbit.element_files import read_elements
from passplan.orbit.elements import checksum

NOW = datetime(2016, 12, 20, tzinfo=UTC)


@pytest.fixture
def incoming(tmp_path):
    """A folder with what a user may have: the bundled files, and a file of two objects of which one is damaged."""
    folder = tmp_path / "incoming"
    for kind in ("tle", "stations"):
        shutil.copytree(bundled_folder() / kind, folder / kind)
    lines = (folder / "tle" / "micius.tle").read_text().splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("1 41731"))
    good = lines[start : start + 2]
    bad = [line.replace(" 41731", " 00005") for line in good]
    bad = [line[:68] + str((checksum(line) + 1) % 10) for line in bad]
    (folder / "good.tle").write_text("\n".join(good) + "\n")
    (folder / "mixed.tle").write_text("\r\n".join(["GOOD", *good, "BAD", *bad]) + "\r\n", newline="")
    (folder / "bad.tle").write_text("\n".join(bad) + "\n")
    return folder


@pytest.fixture
def own(tmp_path):
    return tmp_path / "own"


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_station_is_added_byte_for_byte_and_found(incoming, own):
    (added,) = add_files([incoming / "stations" / "graz.toml"], folder=own, name="Roof of Graz")
    assert (added.kind, added.state, added.before) == ("station", "added", "")
    assert added.holds.startswith("Graz, 47.0")
    assert tree(own) == {"stations/roof-of-graz.toml": (incoming / "stations" / "graz.toml").read_bytes()}
    assert load_site(Catalog((own, bundled_folder())), "roof-of-graz")[0].station.name == "Graz"


def test_a_station_that_hides_a_bundled_one_says_so(incoming, own):
    (added,) = add_files([incoming / "stations" / "graz.toml"], folder=own)
    assert added.before == "takes the place of the bundled graz"


def test_a_satellite_comes_with_the_files_it_names(incoming, own):
    (added,) = add_files([incoming / "tle" / "micius.toml"], folder=own)
    assert (added.kind, added.holds) == ("satellite", "Micius (41731), 1 object, 29 sets, 2016-09-22 to 2025-09-22")
    payload, history, _ = load_satellite(Catalog((own,)), "micius")
    named = companions(payload)
    assert "micius.tle" in named
    assert len(named) == len(set(named)) > 1
    assert set(tree(own)) == {"tle/micius.toml", *(f"tle/{name}" for name in named)}
    assert len(history) == 29


def test_element_files_are_kept_as_they_are_and_their_faults_told(incoming, own):
    (added,) = add_files([incoming / "mixed.tle"], folder=own)
    assert (added.kind, added.state) == ("elements", "added")
    assert added.holds.startswith("1 object, 1 set, 2016-")
    assert [re.search(r"mixed.tle:(\d): checksum", fault)[1] for fault in added.faults] == ["5", "6"]
    assert tree(own) == {"elements/mixed.tle": (incoming / "mixed.tle").read_bytes()}
    assert [item.name for item in load_history(Catalog((own,)), "good")] == ["GOOD"]


@pytest.mark.parametrize("name", ["good.tle", "stations/graz.toml", "tle/micius.toml"])
def test_adding_twice_changes_nothing(incoming, own, name):
    add_files([incoming / name], folder=own)
    before = {path: path.stat().st_mtime_ns for path in own.rglob("*")}
    (again,) = add_files([incoming / name], folder=own)
    assert (again.state, again.before) == ("unchanged", "")
    assert {path: path.stat().st_mtime_ns for path in own.rglob("*")} == before


def test_a_different_file_of_the_same_name_is_replaced_only_by_force(incoming, own):
    add_files([incoming / "good.tle"], folder=own)
    held = tree(own)
    shutil.copy(incoming / "mixed.tle", incoming / "good.tle")
    with pytest.raises(InputError, match=r"good.tle: is there already, and differs; --force replaces it, --name"):
        add_files([incoming / "good.tle"], folder=own)
    assert tree(own) == held
    (kept,) = add_files([incoming / "good.tle"], folder=own, name="good-2.tle")
    assert kept.file.endswith("elements/good-2.tle")
    (added,) = add_files([incoming / "good.tle"], folder=own, force=True)
    assert added.state == "replaced"
    assert added.before.startswith("1 object, 1 set, 2016-")
    (own / "elements" / "good.tle").write_text("rubbish")
    (added,) = add_files([incoming / "good.tle"], folder=own, force=True)
    assert added.before == "a file that cannot be read"


def test_one_wrong_file_keeps_all_from_being_copied_and_all_faults_are_told(incoming, own):
    text = (incoming / "stations" / "graz.toml").read_text()
    (incoming / "stations" / "wrong.toml").write_text(text.replace("latitude_deg = 47", "latitude_deg = 147"))
    with pytest.raises(InputError) as caught:
        add_files([incoming / "good.tle", incoming / "bad.tle", incoming / "stations" / "wrong.toml"], folder=own)
    assert "bad.tle:1: checksum" in str(caught.value)
    assert "latitude_deg" in str(caught.value)
    assert not own.exists()


def test_a_satellite_whose_files_are_missing_or_strange_is_refused(incoming, own):
    (incoming / "tle" / "micius_20161219_link_loss.csv").unlink()
    with pytest.raises(InputError, match=r"do not stand beside it: micius_20161219_link_loss.csv"):
        add_files([incoming / "tle" / "micius.toml"], folder=own)
    toml = (incoming / "tle" / "micius.toml").read_text()
    (incoming / "tle" / "micius.toml").write_text(toml.replace("norad_id = 41731", "norad_id = 41732"))
    (incoming / "tle" / "micius_20161219_link_loss.csv").write_text("x")
    with pytest.raises(InputError, match="holds sets of number 41731, must hold only 41732"):
        add_files([incoming / "tle" / "micius.toml"], folder=own)
    assert not own.exists()


def test_two_files_for_one_place(incoming, own):
    other = incoming / "more"
    other.mkdir()
    shutil.copy(incoming / "mixed.tle", other / "good.tle")
    with pytest.raises(InputError, match=r"elements/good.tle: two of the files would go there"):
        add_files([incoming / "good.tle", other / "good.tle"], folder=own, force=True)


def test_names_that_do_not_suit(incoming, own):
    with pytest.raises(InputError, match="a name is for one file, but 2 are given"):
        add_files([incoming / "good.tle", incoming / "bad.tle"], folder=own, name="x")
    with pytest.raises(InputError, match=r"the name '../.' holds neither a letter nor a digit"):
        add_files([incoming / "good.tle"], folder=own, name="../.")


@pytest.mark.parametrize("name", ["../../up", "..up", ".hidden", "a/b.tle"])
def test_no_name_leads_out_of_the_folder_or_out_of_sight(incoming, own, name):
    (added,) = add_files([incoming / "good.tle"], folder=own, name=name)
    (path,) = (own / "elements").iterdir()
    assert added.file == str(path)
    assert len(load_history(Catalog((own,)), "41731")) == 1


def test_a_file_with_an_unknown_suffix_is_taken_for_what_it_holds(incoming, own):
    shutil.copy(incoming / "good.tle", incoming / "good.data")
    (added,) = add_files([incoming / "good.data"], folder=own)
    assert added.file.endswith("elements/good.txt")
    assert len(load_history(Catalog((own,)), "41731")) == 1


def test_files_and_folders_that_cannot_be_used(incoming, own, tmp_path):
    for path in (incoming / "none.tle", incoming / "none.toml", incoming / "stations"):
        with pytest.raises(PassplanError, match=f"{path.name}.*(cannot be read|is no)"):
            add_files([path], folder=own)
    own.write_text("a file")
    with pytest.raises(InputError, match="elements: cannot be made"):
        add_files([incoming / "good.tle"], folder=own)


def test_a_fault_while_writing_leaves_no_satellite_without_its_files(incoming, own, monkeypatch):
    """The payload's file is written last; what was written before it is harmless."""
    written = []

    def failing(path, content):
        written.append(path.name)
        if path.suffix == ".csv":
            raise InputError(f"{path}: cannot be written: no space")
        path.write_bytes(content)

    monkeypatch.setattr(store, "write_file", failing)
    with pytest.raises(InputError, match="no space"):
        add_files([incoming / "tle" / "micius.toml"], folder=own)
    assert "micius.toml" not in written
    assert Catalog((own,)).paths("tle", ".toml") == {}


def test_status_of_element_files(incoming, own):
    add_files([incoming / "good.tle", incoming / "mixed.tle"], folder=own)
    (own / "elements" / "rubbish.txt").write_text("<html>")
    fetch = Fetch(
        query="GROUP=active", source="celestrak", url="https://celestrak.org/x", file="good.tle",
        asked_utc=NOW - timedelta(hours=1), taken_utc=NOW - timedelta(hours=1), next_utc=NOW + timedelta(hours=1),
    )  # fmt: skip
    write_log(own, FetchLog().with_fetch("https://celestrak.org", fetch))
    epoch = load_history(Catalog((own,)), "41731")[0].epoch_utc
    good, mixed, rubbish = element_verdicts(Catalog((own,)), now=epoch + timedelta(days=2))
    assert (good.kind, good.go) == ("elements", True)
    assert good.holds.startswith("1 object, 1 set, ")
    assert "nearest set is +2.0 d from" in good.reason
    assert "GROUP=active of celestrak, taken" in good.reason
    assert (mixed.go, "2 faults: " in mixed.reason) == (False, True)
    assert (rubbish.kind, rubbish.go) == ("faulty", False)
    old = element_verdicts(Catalog((own,)), now=epoch + timedelta(days=31))[0]
    assert old.go is False
    soon, late = (element_verdicts(Catalog((own,)), now=NOW + timedelta(hours=hours))[0] for hours in (0, 2))
    assert "taken 1.0 h ago, may be refreshed from 2016-12-20T01:00:00Z" in soon.reason
    assert "taken 3.0 h ago, may be refreshed now" in late.reason


def test_a_file_that_vanishes_between_check_and_copy(incoming, own, monkeypatch):
    def read_and_remove(path):
        reading = read_elements(path)
        path.unlink()
        return reading

    monkeypatch.setattr(store, "read_elements", read_and_remove)
    with pytest.raises(InputError, match=r"good.tle: cannot be read: No such file"):
        add_files([incoming / "good.tle"], folder=own)
    assert not own.exists()


def test_a_station_brings_the_tables_it_names(tmp_path, checkout):
    """The copy in the data folder is whole: the same station can be read there with its table of the air."""
    source = tmp_path / "source"
    source.mkdir()
    text = (checkout / "stations" / "xinglong.toml").read_text()
    text = text.replace("\n[atmosphere]\n", '\n[atmosphere]\nextinction_table = "air.csv"\n')
    (source / "own.toml").write_text(text.replace('name = "Xinglong"', 'name = "Own"'))
    with pytest.raises(InputError, match=r"extinction_table is 'air\.csv', but no such file"):
        add_files([source / "own.toml"], folder=tmp_path / "data")
    (source / "air.csv").write_text("wavelength_nm,elevation_deg,transmittance\n848.6,90,0.8\n848.6,10,0.3\n")
    add_files([source / "own.toml"], folder=tmp_path / "data")
    assert (tmp_path / "data" / "stations" / "air.csv").read_bytes() == (source / "air.csv").read_bytes()
