"""Records of tasks: whole or absent, found again, and nobody else's."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from passplan.errors import InputError
from passplan.mission.task_store import Task, fingerprint, opened_store

TASK = Task(kind="simulate", name="a/b/1", inputs={"seed": 1, "files": {"x": "0a"}})


def test_a_task_is_named_by_what_its_outcome_depends_on():
    assert Task(kind="simulate", name="other", inputs={"files": {"x": "0a"}, "seed": 1}).digest == TASK.digest
    assert Task(kind="simulate", name="a/b/1", inputs={"seed": 2, "files": {"x": "0a"}}).digest != TASK.digest
    assert Task(kind="plan", name="a/b/1", inputs=TASK.inputs).digest != TASK.digest


def test_an_outcome_is_found_again(tmp_path):
    with opened_store(tmp_path / "new" / "campaign") as store:
        assert store.outcome_of(TASK) is None
        store.keep(TASK, {"bits": 17, "loss": 26.25, "text": "é"})
    with opened_store(tmp_path / "new" / "campaign") as store:
        assert store.outcome_of(TASK) == {"bits": 17, "loss": 26.25, "text": "é"}
        assert [path.suffix for path in store.path_of(TASK).parent.iterdir()] == [".json"]


@pytest.mark.parametrize("harm", ["half", "other outcome", "other task", "a list", "not there"])
def test_a_harmed_record_counts_as_not_done(tmp_path, harm):
    with opened_store(tmp_path) as store:
        store.keep(TASK, {"bits": 17})
        path = store.path_of(TASK)
        text = path.read_text(encoding="utf-8")
        record = json.loads(text)
        if harm == "half":
            path.write_text(text[: len(text) // 2])
        elif harm == "other outcome":
            path.write_text(json.dumps(record | {"outcome": {"bits": 18}}))
        elif harm == "other task":
            path.write_text(json.dumps(record | {"digest": "0"}))
        elif harm == "a list":
            path.write_text("[]")
        else:
            path.unlink()
        assert store.outcome_of(TASK) is None
        store.keep(TASK, {"bits": 17})
        assert store.outcome_of(TASK) == {"bits": 17}


def test_one_campaign_at_a_time(tmp_path):
    """The lock is between processes, and goes with the one that holds it."""
    pytest.importorskip("fcntl")
    script = (
        "import sys, time; from pathlib import Path; from passplan.mission.task_store import opened_store\n"
        "with opened_store(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(
                InputError, match=r"another campaign is at work in this folder; wait for it, or name another"
            ),
            opened_store(tmp_path),
        ):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with opened_store(tmp_path):
        pass  # and free again


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file, must be a folder or absent"), opened_store(tmp_path / "file"):
        pass


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="no folder in which you may write"), opened_store(tmp_path / "new"):
        pass


def test_nothing_is_left_of_a_record_that_cannot_be_written(tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    with opened_store(tmp_path) as store:
        monkeypatch.setattr("passplan.mission.files.os.replace", full)
        with pytest.raises(InputError, match="cannot be written: No space left on device"):
            store.keep(TASK, {"bits": 17})
        assert not list(store.path_of(TASK).parent.iterdir())


def test_numbers_that_json_does_not_know_are_refused(tmp_path):
    with opened_store(tmp_path) as store, pytest.raises(ValueError, match="not JSON compliant"):
        store.keep(TASK, {"bits": float("nan")})


def test_a_fingerprint_is_the_same_in_every_process():
    """Sets of texts have another order in each process; records, arrays and mappings are told by what they hold."""
    script = (
        "import numpy as np; from passplan.mission.campaign_scenario import NightConditions;"
        "from passplan.mission.task_store import fingerprint;"
        "print(fingerprint((NightConditions(), {'a': np.arange(3.0)}, frozenset('xyz'), None, 0.1)))"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert found[0] == found[1]


def test_fingerprints_tell_items_apart():
    items = (
        1,
        1.0,
        "1",
        (1,),
        [1, 2],
        {1: 2},
        {2: 1},
        {1, 2},
        None,
        np.zeros(2),
        np.zeros((2, 1)),
        np.zeros(2, int),
        TASK,
    )
    assert len({fingerprint(item) for item in items}) == len(items)
    assert fingerprint(np.array([0.1])) != fingerprint(np.array([np.nextafter(0.1, 1.0)]))
    assert fingerprint({"b", "a"}) == fingerprint(frozenset(("a", "b")))
