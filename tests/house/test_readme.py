"""House rule: what the README prints is what runs."""

import json
import re
import shlex

from passplan.apt.compilation import compile_now
from passplan.cli.main import COMMANDS, main

TEST_COMMAND = "python3 -m venv .venv && .venv/bin/pip install '.[test]' && .venv/bin/pytest"
DEMO_COMMAND = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/passplan demo"


def commands_printed(readme):
    """Lines of the README's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", readme, flags=re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_ci_runs_the_readmes_test_command_as_printed(checkout):
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    assert TEST_COMMAND in commands_printed(readme)
    assert DEMO_COMMAND in commands_printed(readme)
    script = (checkout / ".ci" / "run").read_text(encoding="utf-8")
    assert TEST_COMMAND in script.splitlines()


def test_every_passplan_command_of_the_readme_runs(checkout, tmp_path, monkeypatch):
    """Each printed command, as a user would type it in a checkout, ends with 0."""
    compile_now()  # in this process, so that no command starts a second one for it
    basis = {"clicks": [835536.0, 52976.0, 853.0], "errors": [9191.0, 948.0, 427.0]}
    counts = {"intensities": [0.8, 0.1, 0.0], "probabilities": [0.5, 0.25, 0.25]}
    (tmp_path / "counts.json").write_text(json.dumps(counts | {"key_basis": basis, "test_basis": basis}))
    for folder in ("tle", "stations"):
        (tmp_path / folder).symlink_to(checkout / folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    printed = [line for line in commands_printed(readme) if line.startswith("passplan ")]
    assert {line.split()[1] for line in printed} >= set(COMMANDS)
    for line in printed:
        assert main(shlex.split(line)[1:]) == 0, line


def test_the_floors_stand_in_the_readme(checkout, package):
    """Each room of the package has its line in the README's drawing."""
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    for room in sorted(path.name for path in package.iterdir() if (path / "__init__.py").is_file()):
        assert f"{room}/" in readme, room
