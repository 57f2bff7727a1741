"""House rule: what is public says what it takes, in which unit, and where a formula comes from."""

import ast
import re

import pytest

STAGES = ["orbit", "apt", "polarization", "channel", "detection", "qkd"]
UNIT = re.compile(r"\[[^\]]+\]|dimensionless|\bs\b|deg|urad|km|dB")


def public_functions(folder):
    """Public functions and classes at the top of every file of a folder."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                yield path, node


def test_everything_public_has_a_docstring(package):
    bare = [f"{path.name}:{node.name}" for path, node in public_functions(package) if not ast.get_docstring(node)]
    assert bare == []


@pytest.mark.parametrize("stage", STAGES)
def test_functions_with_units_in_their_arguments_state_them(package, stage):
    """A stage's function whose arguments are physical prints at least one unit in its docstring."""
    silent = []
    for path, node in public_functions(package / stage):
        if not isinstance(node, ast.FunctionDef):
            continue
        names = [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)]
        physical = [name for name in names if re.search(r"_(deg|urad|km|m|s|hz|nm|ns|db|cps|w)$", name)]
        if physical and not UNIT.search(ast.get_docstring(node) or ""):
            silent.append(f"{path.name}:{node.name}")
    assert silent == []


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_names_its_sources(package, stage):
    """Formulas come from somewhere: each room cites at least one paper or standard."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (package / stage).rglob("*.py"))
    assert re.search(r"Source|et al\.|IAU|Nature|Phys\.|Opt\.", text)


def test_no_words_of_unfinished_work(package):
    pattern = re.compile(r"TODO|FIXME|XXX|NotImplementedError")
    found = [str(path) for path in package.rglob("*.py") if pattern.search(path.read_text(encoding="utf-8"))]
    assert found == []
