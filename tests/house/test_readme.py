"""House rule: what the README prints is what runs."""

import re

from click.testing import CliRunner

from passplan.cli.main import COMMANDS, cli

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


def test_every_passplan_command_of_the_readme_parses(checkout):
    """Each printed command names a known command and known options."""
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    printed = [line for line in commands_printed(readme) if line.startswith("passplan ")]
    assert {line.split()[1] for line in printed} >= {"demo", "simulate", "passes", "key"}
    for line in printed:
        words = line.split("#")[0].split()[1:]
        assert words[0] in COMMANDS, line
        shown = CliRunner().invoke(cli, [words[0], "--help"])
        for option in (word for word in words if word.startswith("--")):
            assert option.split("=")[0] in shown.output or words[0] == "data", f"{line}: {option}"


def test_the_floors_stand_in_the_readme(checkout, package):
    """Each room of the package has its line in the README's drawing."""
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    for room in sorted(path.name for path in package.iterdir() if (path / "__init__.py").is_file()):
        assert f"{room}/" in readme, room
