"""House rule: every import points down, and no stage knows another."""

import ast
from functools import cache

import pytest

STAGES = ["orbit", "schedule", "apt", "polarization", "channel", "detection", "qkd", "network"]
FLOOR = {
    "errors": 0, "constants": 0, "checks": 1, "units": 2, **dict.fromkeys(STAGES, 3),
    "mission": 4, "plots": 5, "report": 6, "web": 7, "cli": 8, "__main__": 9,
}  # fmt: skip


@cache
def nodes_of(path):
    """Every node of a file's syntax tree; parsed once for all tests here."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def rooms_imported(path):
    """Rooms of passplan that a file imports, anywhere in it."""
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            if node.module.split(".")[0] == "passplan":
                yield from (f"{node.module}.{alias.name}".split(".")[1] for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (f"{a.name}.__init__".split(".")[1] for a in node.names if a.name.split(".")[0] == "passplan")


def test_imports_point_down(package):
    for path in package.rglob("*.py"):
        here = path.relative_to(package).parts[0].removesuffix(".py")
        if here == "__init__":  # the package's face may see everything
            continue
        for there in rooms_imported(path):
            assert here == there or FLOOR.get(there, 99) < FLOOR[here], f"{path.name}: {here} -> {there}"


def test_an_upward_import_would_be_seen(tmp_path):
    (tmp_path / "bad.py").write_text("def f():\n    from passplan.mission import link\n    import passplan.cli.main\n")
    assert list(rooms_imported(tmp_path / "bad.py")) == ["mission", "cli"]


def test_one_door_to_skyfield(package):
    """Only earth and topocentric may know Skyfield's times and positions."""
    knowing = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in nodes_of(path)
        if (isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "skyfield")
        or (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "skyfield" for alias in node.names))
    }
    assert knowing <= {"orbit/earth.py", "orbit/topocentric.py"}


def test_no_file_imports_anothers_private_name(package):
    for path in package.rglob("*.py"):
        for node in nodes_of(path):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("passplan"):
                private = [alias.name for alias in node.names if alias.name.startswith("_")]
                assert not private, f"{path.name} imports {private}"


def test_folders_introduce_themselves_and_hold_nothing_else(package):
    for path in package.rglob("*/__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert len(body) == 1, path
        assert isinstance(body[0], ast.Expr), path


@pytest.mark.parametrize("longest", [350])
def test_files_stay_small(package, longest):
    lengths = {str(path): path.read_text(encoding="utf-8").count("\n") for path in package.rglob("*.py")}
    assert {name: lines for name, lines in lengths.items() if lines > longest} == {}


def test_functions_stay_short(package):
    """At most 60 lines of code, the docstring not counted."""
    for path in package.rglob("*.py"):
        for node in nodes_of(path):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                assert lines <= 60, f"{path.name}: {node.name} has {lines} lines"


@pytest.mark.parametrize("word", ["log10", "deg2rad", "rad2deg", "np.radians", "np.degrees"])
def test_units_alone_converts(package, word):
    """Logarithms of losses and degree-radian factors live in units.py."""
    elsewhere = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if path.name != "units.py" and any(word in line.split("#")[0] for line in code_lines(path))
    ]
    assert elsewhere == []


@cache
def code_lines(path):
    """Lines of a file without its docstrings."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for node in nodes_of(path):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for number in range(node.lineno - 1, node.end_lineno):
                lines[number] = ""
    return lines
