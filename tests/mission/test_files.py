"""Writing: a fault leaves what was there, and nothing that is not ours is taken away. Witness: the folder itself."""

import pytest

from passplan.errors import InputError
from passplan.mission.files import check_folder, folder_beside, write_file


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.txt"
    write_file(path, "old")
    with pytest.raises(TypeError):
        write_file(path, 3)
    assert path.read_text() == "old"
    write_file(path, b"new")
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


def test_a_folder_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot be written: No such file"):
        write_file(tmp_path / "none" / "a.txt", "x")


def test_a_report_folder_is_made_with_its_parents(tmp_path):
    with folder_beside(tmp_path / "a" / "b") as beside:
        write_file(beside / "x.txt", "1")
    assert names(tmp_path / "a" / "b") == ["x.txt"]


def test_a_fault_leaves_no_trace(tmp_path):
    with pytest.raises(TypeError), folder_beside(tmp_path / "report") as beside:
        write_file(beside / "b.txt", 2)
    assert names(tmp_path) == []


def test_files_are_replaced_and_everything_else_stays(tmp_path):
    """A report written into a folder of one's own must not wipe it."""
    target = tmp_path / "results"
    target.mkdir()
    (target / "thesis.tex").write_text("mine")
    (target / "summary.json").write_text("old")
    with folder_beside(target) as beside:
        write_file(beside / "summary.json", "new")
    assert names(target) == ["summary.json", "thesis.tex"]
    assert (target / "thesis.tex").read_text() == "mine"
    assert (target / "summary.json").read_text() == "new"
    with pytest.raises(TypeError), folder_beside(target) as beside:
        write_file(beside / "summary.json", 2)
    assert (target / "summary.json").read_text() == "new"
    assert names(target) == ["summary.json", "thesis.tex"]


def test_the_folder_one_stands_in(tmp_path, monkeypatch):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    with folder_beside(Path(".")) as beside:
        write_file(beside / "a.txt", "1")
    assert names(tmp_path) == ["a.txt"]


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "report").write_text("mine")
    with pytest.raises(InputError, match="is a file"), folder_beside(tmp_path / "report"):
        pass
    with pytest.raises(InputError, match="is no folder in which you may write"):
        check_folder(tmp_path / "report" / "deeper")
    assert (tmp_path / "report").read_text() == "mine"
