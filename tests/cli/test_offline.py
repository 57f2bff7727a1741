"""Nothing reaches for a network, today and in three years; each run is a fresh process, as a user's."""

import json
import os
import subprocess
import sys

# Any connection is a failure, not a time-out: the socket of the fresh process refuses to be made for the internet.
BLOCKED = """
import socket, sys
class NoNetwork(socket.socket):
    def __init__(self, family=-1, *args, **kwargs):
        if family in (-1, socket.AF_INET, socket.AF_INET6):
            raise OSError("the network was asked for")
        super().__init__(family, *args, **kwargs)
socket.socket = NoNetwork
def refused(*args, **kwargs):
    raise OSError("the network was asked for")
socket.getaddrinfo = socket.create_connection = refused
"""

# Whatever asks for the time gets three years more.
LATER = """
import time, datetime
ahead = 3 * 365.25 * 86400.0
true_time = time.time
time.time = lambda: true_time() + ahead
class Later(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(seconds=ahead)
    @classmethod
    def utcnow(cls):
        return cls.now(datetime.timezone.utc).replace(tzinfo=None)
datetime.datetime = Later
"""

CALL = "from passplan.cli.main import main\nif __name__ == '__main__':\n    sys.exit(main())\n"


def run(folder, prelude, *words, warnings="error::DeprecationWarning"):
    """Run the program in a fresh interpreter behind a prelude."""
    script = folder / "run.py"
    script.write_text("import sys\n" + prelude + CALL)
    environment = os.environ | {"MPLBACKEND": "agg", "XDG_DATA_HOME": str(folder / "none")}
    return subprocess.run(
        [sys.executable, "-W", warnings, str(script), *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_whole_demo_runs_without_a_network(tmp_path):
    done = run(tmp_path, BLOCKED, "demo")
    assert done.returncode == 0, done.stderr
    report = (tmp_path / "passplan-demo" / "report.html").read_text()
    assert "1,671,072" in report
    for outside in ("http://", "https://", "<script", "<link", "@import", "url("):
        assert outside not in report.replace("http://www.w3.org", "")


def test_the_block_is_real(tmp_path):
    done = run(
        tmp_path, BLOCKED + "import urllib.request\nurllib.request.urlopen('http://192.0.2.1', timeout=1)\n", "-h"
    )
    assert done.returncode != 0
    assert "the network was asked for" in done.stderr


def test_a_clock_three_years_ahead_changes_nothing(tmp_path):
    now = run(tmp_path, "", "simulate", "micius/xinglong/20161219T1652", "--json")
    later = run(tmp_path, LATER, "simulate", "micius/xinglong/20161219T1652", "--json")
    assert later.returncode == 0, later.stderr
    assert json.loads(later.stdout) == json.loads(now.stdout)


def test_data_status_in_three_years_says_that_the_tables_have_ended(tmp_path):
    done = run(tmp_path, LATER, "data", "status", "--json")
    assert done.returncode == 0, done.stderr
    verdicts = {item["name"]: item for item in json.loads(done.stdout)["verdicts"]}
    assert verdicts["Earth orientation"]["go"] is False
    assert verdicts["Sun and Moon"]["go"] is True


def test_passes_beyond_the_earth_orientation_table_warn_once(tmp_path):
    done = run(
        tmp_path, LATER, "passes", "micius", "--station", "xinglong", "--from", "2030-01-01T00:00:00Z",
        "--max-age-days", "5000", "--json", warnings="default",
    )  # fmt: skip
    # The set of 2025 has decayed by then; what counts is that the table's end is a warning and no fault.
    assert "decayed" in done.stderr
    assert done.stderr.count("EarthOrientationWarning") == 1


def test_a_script_that_calls_a_command_needs_no_guard(tmp_path):
    """No process is started behind the back of somebody else's program."""
    script = tmp_path / "mine.py"
    script.write_text("from passplan.cli.main import main\nprint(main(['track', 'micius/xinglong/20161219T1652']))\n")
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("0")
    assert done.stdout.count("TRACKING") == 1


def test_python_m_passplan_runs_a_command_once(tmp_path):
    """The process that tracks is a fresh one, and must not take the command for its own."""
    words = [sys.executable, "-m", "passplan", "track", "micius/xinglong/20161219T1652"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("TRACKING") == 1
    assert "Traceback" not in done.stderr
