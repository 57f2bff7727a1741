"""``passplan export`` as a user calls it."""

import csv
import io
import json

import icalendar
import pytest

from passplan.cli.export import FORMAT_NAMES
from passplan.cli.main import main
from passplan.mission.outgoing import COMMANDS, FORMATS

ONE = "micius/xinglong/20161219T165213Z"
OTHER = "micius/nanshan/20161219T"


def run(capsysbinary, *words):
    code = main([str(word) for word in words])
    out, err = capsysbinary.readouterr()
    return code, out.decode(), err.decode()


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_offers_what_the_library_writes():
    assert tuple(sorted((*FORMATS, *COMMANDS))) == FORMAT_NAMES


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("cpf", "H1 CPF  2 "),
        ("csv", "pass_id,satellite,"),
        ("czml", "[\n"),
        ("ecsv", "# %ECSV 1.0"),
        ("hwp", f"# pass {ONE}"),
        ("ics", "BEGIN:VCALENDAR\r\n"),
        ("json", "{\n"),
        ("kml", "<?xml "),
        ("mount", f"# pass {ONE}"),
        ("oem", "CCSDS_OEM_VERS = 2.0\n"),
    ],
)
def test_every_format_to_stdout(capsysbinary, here, name, beginning):
    code, out, err = run(capsysbinary, "export", "micius/xinglong/20161219T1652", "--format", name)
    assert (code, err) == (0, "")
    assert out.startswith(beginning)
    assert list(here.iterdir()) == []


def test_several_passes_in_one_calendar_by_the_suffix(capsysbinary, here):
    """CRLF reaches the disk as it is; the library icalendar reads both events."""
    code, out, err = run(capsysbinary, "export", ONE, "micius/xinglong/20161218T17", "-o", "night.ics")
    assert (code, out) == (0, "")
    assert "wrote night.ics" in err
    data = (here / "night.ics").read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n")
    events = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert [str(event["UID"]).split("/")[2] for event in events] == sorted(
        str(event["UID"]).split("/")[2] for event in events
    )
    assert len(events) == 2


def test_a_folder_gets_a_file_a_pass(capsysbinary, here):
    code, _, err = run(
        capsysbinary, "export", ONE, "micius/xinglong/20161218T17", "--format", "mount", "--step", "10", "-o", "tables/"
    )
    assert code == 0
    names = sorted(path.name for path in (here / "tables").iterdir())
    assert len(names) == 2
    assert names[1] == "micius_xinglong_20161219T165213Z.mount"
    assert err.count("wrote tables/") == 2


def test_min_elevation_moves_rise_and_set(capsysbinary, here):
    def duration(*words):
        _, out, _ = run(capsysbinary, "export", ONE, "--format", "csv", *words)
        return float(next(csv.DictReader(io.StringIO(out)))["duration_s"])

    assert duration("--min-elevation", "30") < duration()


def test_step_reaches_the_file(capsysbinary, here):
    _, out, _ = run(capsysbinary, "export", ONE, "--format", "czml", "--step", "30")
    samples = json.loads(out)[2]["position"]["cartesian"]
    assert samples[4] - samples[0] == 30.0


def test_quiet(capsysbinary, here):
    assert run(capsysbinary, "export", ONE, "-o", "a.kml", "--quiet") == (0, "", "")
    assert (here / "a.kml").is_file()


def test_an_old_set_is_told_and_a_too_old_one_refused(capsysbinary, here):
    """The bundled history pauses on 2017-01-12: nine days later a remark."""
    code, out, err = run(capsysbinary, "export", "micius/xinglong/20170121T1558", "--format", "ics")
    assert code == 0
    assert "beyond 7 d expect kilometres" in err
    assert "d old at culmination" in out.replace("\r\n ", "")
    code, _, err = run(
        capsysbinary, "export", "micius/xinglong/20161219T165213Z", "--format", "ics", "--max-age-days", "0.01"
    )
    assert code == 3
    assert "must be within 0.01 d" in err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((ONE,), 2, "give --format, or -o FILE with a suffix: cpf, csv, czml, ecsv, hwp, ics, json, kml, mount, oem"),
        ((ONE, "-o", "pass.txt"), 2, "give --format, or -o FILE with a suffix"),
        ((ONE, "--format", "hpw"), 2, "'hpw' is not one of"),
        ((), 2, "Missing argument 'PASS...'"),
        ((ONE, "-o", "nowhere/pass.ics"), 3, "nowhere/pass.ics: cannot be written: there is no folder nowhere"),
        ((ONE, "--format", "ics", "--step", "5"), 3, "step_s is 5 s, but ics has no steps"),
        ((ONE, "--format", "oem", "--step", "900"), 3, "step_s is 900 s, must lie in"),
        ((ONE, "--format", "oem", "--step", "0"), 3, "--step is 0, must lie in (0, 86400] s"),
        ((ONE, "micius/xinglong/20161218T17", "--format", "mount"), 3, "a mount table holds one pass, not 2"),
        ((ONE, "micius/xinglong/20161218T17", "--format", "hwp"), 3, "a hwp file holds one pass, not 2"),
        ((ONE, "--format", "hwp", "--step", "60"), 3, "step_s is 60.0, must lie in [0.02, 10]"),
        (("micius/xinglong/20161219T0300", "--format", "ics"), 1, "no pass of"),
        (("nonsense", "--format", "ics"), 3, "'nonsense' is no pass"),
    ],
)
def test_refusals_leave_nothing(capsysbinary, here, words, code, message):
    found, out, err = run(capsysbinary, "export", *words)
    assert (found, out) == (code, "")
    assert message in err
    assert list(here.iterdir()) == []


def test_a_file_where_a_folder_should_be(capsysbinary, here):
    (here / "tables").write_text("mine")
    code, _, err = run(capsysbinary, "export", ONE, "--format", "kml", "-o", "tables/")
    assert code == 3
    assert "tables: is a file, must be a folder or absent" in err
    assert (here / "tables").read_text() == "mine"


def test_a_fault_in_one_of_several_writes_none(capsysbinary, here):
    code, _, _ = run(capsysbinary, "export", ONE, "micius/xinglong/20161219T0300", "--format", "kml", "-o", "all/")
    assert code == 1
    assert list(here.iterdir()) == []


def test_a_command_file_needs_the_records_of_the_receiver(capsysbinary, here):
    """A station by coordinates has no wave plates."""
    words = ("micius/40.4,117.6,900/20161219T1652", "--station", "40.4,117.6,900", "--format", "hwp")
    code, out, err = run(capsysbinary, "export", *words)
    assert (code, out) == (3, "")
    assert "'40.4,117.6,900' is not in the catalogue" in err
