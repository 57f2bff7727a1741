"""``passplan data``: what it prints, its exit codes, and that a refresh reaches only the server it is told."""

import csv
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from passplan.cli.main import main
from passplan.mission.catalog import bundled_folder

HEADER = (
    "OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,MEAN_ANOMALY,"
    "EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,MEAN_MOTION_DOT,MEAN_MOTION_DDOT"
)


def table(*numbers, mean_motion="15.4"):
    rows = [f"SAT {number},2016-051A,2020-06-05T00:00:00,{mean_motion},.001,97,80,283,76,0,U,{number},9,1,0,0,0"
            for number in numbers]  # fmt: skip
    return "\n".join([HEADER, *rows]) + "\n"


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for name in ("SPACETRACK_USER", "SPACETRACK_IDENTITY", "SPACETRACK_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "passplan"


@pytest.fixture
def server(monkeypatch):
    """A server that answers everything with ``server.reply`` (status, text), and notes the addresses."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.seen.append(self.path)
            status, text = self.server.reply
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.seen, running.reply = [], (200, table(41731))
        monkeypatch.setenv("PASSPLAN_CELESTRAK_URL", f"http://127.0.0.1:{running.server_port}")
        monkeypatch.setenv("PASSPLAN_SPACETRACK_URL", f"http://127.0.0.1:{running.server_port}")
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_add_tells_what_was_added(own, tmp_path, capsys):
    (tmp_path / "many.csv").write_text(table(5, 6, 6))
    assert main(["data", "add", str(tmp_path / "many.csv")]) == 0
    out = capsys.readouterr().out
    assert "added" in out
    assert "2 objects, 3 sets, 2020-06-05 to 2020-06-05" in out
    assert (own / "elements" / "many.csv").read_text() == table(5, 6, 6)
    assert main(["data", "add", str(tmp_path / "many.csv"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema_version"]
    assert document["added"][0]["state"] == "unchanged"


def test_add_refuses_with_exit_code_3_and_tells_faults_of_objects(own, tmp_path, capsys):
    path = tmp_path / "many.csv"
    path.write_text(table(5) + table(*range(10, 22), mean_motion="fast").removeprefix(HEADER + "\n"))
    assert main(["data", "add", str(path)]) == 0
    err = capsys.readouterr().err
    assert "many.csv:3: " in err
    assert "and 2 faults more; -v lists them" in err
    assert main(["data", "add", str(path), "-v"]) == 0
    assert "many.csv:14: " in capsys.readouterr().err
    path.write_text(table(6))
    assert main(["data", "add", str(path)]) == 3
    assert "--force replaces it" in capsys.readouterr().err
    assert main(["data", "add", str(path), "--force"]) == 0
    assert "replaced" in capsys.readouterr().out
    assert main(["data", "add", str(path), str(path), "--name", "x"]) == 2
    assert main(["data", "add", str(tmp_path / "none.csv")]) == 3
    assert "none.csv: cannot be read" in capsys.readouterr().err


def test_refresh_without_a_satellite_asks_for_those_with_a_payload(own, server, capsys):
    assert main(["data", "refresh"]) == 0
    assert server.seen == ["/NORAD/elements/gp.php?CATNR=41731&FORMAT=csv"]
    assert "1 object, 1 set, 1 new, newest 2020-06-05T00:00:00Z" in capsys.readouterr().out
    assert main(["data", "refresh", "micius", "--json"]) == 0
    (item,) = json.loads(capsys.readouterr().out)["refreshed"]
    assert (item["state"], len(server.seen)) == ("resting", 1)
    assert item["next_utc"].endswith("Z")
    assert main(["data", "status", "--json"]) == 0
    rows = {item["name"]: item for item in json.loads(capsys.readouterr().out)["verdicts"]}
    assert "CATNR=41731 of celestrak, taken 0.0 h ago" in rows[str(own / "elements" / "celestrak-41731.csv")]["reason"]


def test_refresh_of_groups_names_and_launches(own, server, capsys):
    words = ["--group", "active", "--name", "SAT", "--launch", "2016-051", "25544", "--csv"]
    server.reply = (200, table(25544))
    assert main(["data", "refresh", *words]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["query"] for row in rows] == ["CATNR=25544", "GROUP=active", "NAME=SAT", "INTDES=2016-051"]
    assert [row["state"] for row in rows] == ["new"] * 4
    assert len(server.seen) == 4


def test_refresh_that_fails_ends_with_3_and_one_line_a_query(own, server, capsys):
    server.reply = (500, "no")
    assert main(["data", "refresh", "micius", "25544"]) == 3
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 2
    assert "answers 500 to CATNR=41731" in err[0]
    assert "CATNR=25544: not asked" in err[1]
    assert main(["data", "refresh", "micious"]) == 3
    assert "did you mean 'micius'" in capsys.readouterr().err
    assert len(server.seen) == 1


def test_space_track_needs_its_account(own, server, capsys, monkeypatch):
    assert main(["data", "refresh", "--source", "space-track"]) == 3
    assert "SPACETRACK_USER is not set in the environment" in capsys.readouterr().err
    monkeypatch.setenv("SPACETRACK_USER", "someone")
    monkeypatch.setenv("SPACETRACK_PASSWORD", "secret-horse")
    server.reply = (200, '{"Login":"Failed"}')
    assert main(["data", "refresh", "--source", "space-track"]) == 3
    told = capsys.readouterr()
    assert "refuses the login" in told.err
    assert "secret-horse" not in told.out + told.err
    assert server.seen == ["/ajaxauth/login"]


def test_results_to_a_file(own, server, tmp_path, capsys):
    target = tmp_path / "refreshed.ecsv"
    assert main(["data", "refresh", "-o", str(target)]) == 0
    assert "CATNR=41731" in target.read_text()
    assert f"wrote {target}" in capsys.readouterr().err
    assert main(["data", "refresh", "-o", str(tmp_path / "x.png")]) == 2


def test_the_catalogue_of_the_package_is_never_written(own, server, tmp_path):
    before = {
        path: path.stat().st_mtime_ns
        for path in bundled_folder().glob("*/*")
        if path.parent.name in ("tle", "stations")
    }
    (tmp_path / "many.csv").write_text(table(5))
    main(["data", "add", str(tmp_path / "many.csv")])
    main(["data", "refresh"])
    assert not (bundled_folder() / "elements").exists()
    assert before == {path: path.stat().st_mtime_ns for path in before}
