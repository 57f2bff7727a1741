"""House rule: the public face is short, sorted, lazy, and importing it costs nothing."""

import subprocess
import sys

import passplan

HEAVY = ("numba", "scipy", "astropy", "matplotlib", "skyfield", "pandas")


def loaded_after(statement):
    """Which heavy libraries a statement loads in a fresh interpreter."""
    code = f"{statement}\nimport sys\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_face_is_sorted_and_complete():
    assert passplan.__all__ == sorted(passplan.__all__)
    for name in passplan.__all__:
        assert getattr(passplan, name) is not None
    assert set(passplan.__all__) <= set(dir(passplan))


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(passplan, "find_pass")


def test_importing_passplan_loads_nothing_heavy():
    assert loaded_after("import passplan") == "[]"


def test_the_help_loads_nothing_heavy():
    statement = "import contextlib, io\nfrom passplan.cli.main import main\n"
    statement += "with contextlib.redirect_stdout(io.StringIO()):\n    assert main(['--help']) == 0"
    assert loaded_after(statement) == "[]"


def test_the_loop_is_compiled_at_its_first_call_only():
    """Numba must be absent after importing the room that uses it."""
    assert "numba" not in loaded_after("import passplan.apt.loop, passplan.mission.link")
