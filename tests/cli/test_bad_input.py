"""Bad input gives one clear line, the right exit code, and no half-written output."""

import json
import shutil

import pytest

from passplan.cli.main import main

PASS = "micius/xinglong/20161219T165213Z"
LINE_1 = "1 41731U 16051A   16354.56913372  .00000384  00000-0  18801-4 0  9991"
LINE_2 = "2 41731  97.3698 268.1064 0013349 175.8929 309.0190 15.23916091 19164"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def own(here, checkout):
    """A catalogue of one's own, to be spoiled."""
    for kind in ("tle", "stations"):
        (here / "own" / kind).mkdir(parents=True)
    payload = (checkout / "tle" / "micius.toml").read_text()
    (here / "own" / "tle" / "mine.toml").write_text(payload.replace("micius.tle", "mine.tle"))
    for curve in (checkout / "tle").glob("*.csv"):
        shutil.copy(curve, here / "own" / "tle")
    (here / "own" / "tle" / "mine.tle").write_text(f"MINE\n{LINE_1}\n{LINE_2}\n")
    return here / "own"


def refused(capsys, *words):
    """Exit code and the text on stderr; nothing may stand on stdout."""
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert out == ""
    return code, err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("simulate", "micus/xinglong/20161219T1652"), 3, "did you mean 'micius'?"),
        (("simulate", "micius/xinlong/20161219T1652"), 3, "did you mean 'xinglong'?"),
        (("simulate", "micius/xinglong"), 3, "is no pass; write satellite/station"),
        (("simulate", "micius/xinglong/20161219T1201"), 1, "does not rise"),
        (("simulate", PASS, "--min-elevation", "60"), 1, "reaches 47.8 deg"),
        (("simulate", "micius", "xinglong", "--night", "2019-06-01"), 3, "d old"),
        (("simulate", "micius", "xinglong", "--night", "2016-13-41"), 3, "is not ISO 8601"),
        (("simulate", "micius", "xinglong"), 2, "with --night DATE"),
        (("simulate", PASS, "--visibility-km", "nan"), 3, "--visibility-km is nan, must lie in [1, 300] km"),
        (("simulate", PASS, "--visibility-km", "0.1"), 3, "--visibility-km is 0.1, must lie in [1, 300] km"),
        (("simulate", PASS, "--visibility-km", "far"), 2, "'far' is not a number"),
        (("simulate", PASS, "--max-range-km", "inf"), 3, "--max-range-km is inf"),
        (("simulate", PASS, "--seed", "-1"), 2, "--seed"),
        (("simulate", PASS, "-o", "none/x.json"), 3, "there is no folder none"),
        (("simulate", PASS, "-o", "x.json", "--csv"), 2, "leave out --json"),
        (("simulate", PASS, "--disturbance", "olympuss"), 3, "did you mean 'olympus'?"),
        (("passes", "micius", "--from", "2016-12-19T00:00:00Z", "--days", "nan"), 3, "--days is nan"),
        (("passes", "micius", "--from", "2049-12-19T00:00:00Z", "--days", "90"), 3, "ephemeris"),
        (("simulate", PASS, "--disturbance", "none.csv"), 3, "none.csv"),
        (("simulate", PASS, "--json", "--csv"), 2, "choose one of"),
        (("simulate", PASS, "--prof", "lim2014"), 2, "--proof"),
        (("key", PASS, "--proof", "lim2015"), 3, "did you mean 'lim2014'?"),
        (("key", "--counts", "none.json"), 3, "none.json"),
        (("passes", "micius", "--from", "2016-12-19T00:00:00"), 3, "is naive"),
        (("passes", "micius", "--station", "graz"), 2, "--from TIME"),
        (("passes", "--station", "95,0,0", "--night", "2016-12-19"), 3, "latitude"),
        (("passes", "micius", "--night", "2016-12-19", "--elements", "none.tle"), 3, "none.tle"),
        (("check", "none.toml"), 3, ""),
        (("fly",), 2, "No such command"),
    ],
)
def test_refusals(capsys, here, words, code, says):
    if words[0] == "check":
        assert main(list(words)) == code
        return
    found, err = refused(capsys, *words)
    assert found == code, err
    assert says in err
    assert list(here.iterdir()) == []


def test_a_night_without_a_pass(capsys, here):
    """Near the pole of the orbit's dark side: the satellite does not rise high enough."""
    code, err = refused(capsys, "simulate", "micius", "xinglong", "--night", "2016-12-19", "--min-elevation", "80")
    assert code == 1
    assert "no pass" in err


def test_a_bad_checksum(capsys, own):
    (own / "tle" / "mine.tle").write_text(f"MINE\n{LINE_1[:-1]}5\n{LINE_2}\n")
    code, err = refused(capsys, "simulate", "mine/xinglong/20161219T1652", "--catalog", own)
    assert code == 3
    assert "mine.tle:2" in err
    assert "checksum" in err


def test_an_empty_element_file(capsys, own):
    (own / "tle" / "mine.tle").write_text("")
    code, err = refused(capsys, "simulate", "mine/xinglong/20161219T1652", "--catalog", own)
    assert code == 3
    assert "holds no element set" in err


def test_an_element_set_of_another_object(capsys, own):
    path = own / "tle" / "mine.toml"
    path.write_text(path.read_text().replace("norad_id = 41731", "norad_id = 25544"))
    code, err = refused(capsys, "simulate", "mine/xinglong/20161219T1652", "--catalog", own)
    assert code == 3
    assert "must hold only 25544" in err


def test_a_decayed_orbit(capsys, own, checkout):
    """The set of 2025-09-22, in the last days of the orbit, carried ten months on."""
    code, err = refused(
        capsys, "simulate", "micius", "xinglong", "--night", "2026-08-01", "--max-age-days", "10000"
    )  # fmt: skip
    assert code == 3
    assert "decayed" in err


def test_an_old_set_is_used_when_asked(capsys, here):
    code = main(
        ["passes", "micius", "--station", "graz", "--night", "2017-07-15", "--max-age-days", "90", "--any-light"]
    )
    _, err = capsys.readouterr()
    assert code == 0
    assert "d old" in err


def test_faults_of_a_payload_file(capsys, own):
    path = own / "tle" / "mine.toml"
    text = path.read_text().replace("aperture_m = 0.30", "aperture_m = -0.30").replace("clock_hz", "clok_hz")
    path.write_text(text)
    code, err = refused(capsys, "simulate", "mine/xinglong/20161219T1652", "--catalog", own)
    assert code == 3
    assert "transmitter.aperture_m is -0.3, must be > 0 m" in err
    assert "did you mean 'clock_hz'?" in err


def test_a_note_on_a_key_that_is_not_there(capsys, own):
    path = own / "tle" / "mine.toml"
    path.write_text(path.read_text().replace("\n[spread]\n", '\n"transmitter.apertur_m" = "x"\n\n[spread]\n'))
    code, err = refused(capsys, "simulate", "mine/xinglong/20161219T1652", "--catalog", own)
    assert code == 3
    assert "did you mean 'aperture_m'?" in err


def test_faults_of_a_file_of_counts(capsys, here):
    (here / "counts.json").write_text(json.dumps({"intensities": [0.8, 0.1, 0.0], "probabilites": [0.5, 0.25, 0.25]}))
    code, err = refused(capsys, "key", "--counts", "counts.json")
    assert code == 3
    assert "probabilities" in err
    (here / "counts.json").write_text("")
    code, err = refused(capsys, "key", "--counts", "counts.json")
    assert code == 3
    assert "counts.json" in err


def test_a_fault_while_writing_leaves_the_old_report(capsys, here, monkeypatch, few_plots):
    """Write beside, then rename."""
    import passplan.report.folder as folder

    (here / "passplan-demo").mkdir()
    (here / "passplan-demo" / "summary.json").write_text("old")
    monkeypatch.setattr(folder, "page_html", lambda *a, **k: 1 / 0)
    assert main(["demo"]) == 70
    assert "a fault of its own: ZeroDivisionError" in capsys.readouterr().err
    assert (here / "passplan-demo" / "summary.json").read_text() == "old"
    assert [path.name for path in here.iterdir()] == ["passplan-demo"]


def test_a_report_where_a_file_stands(capsys, here):
    (here / "taken").write_text("mine")
    code = main(["simulate", PASS, "--report", "taken"])
    assert code in (2, 3)
    assert (here / "taken").read_text() == "mine"


def test_an_interrupt_ends_with_130(capsys, monkeypatch):
    import passplan.mission.catalog as catalog

    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(catalog, "open_catalog", interrupted)
    assert main(["simulate", PASS]) == 130


def test_a_report_into_a_folder_of_ones_own_wipes_nothing(capsys, here, few_plots):
    (here / "results").mkdir()
    (here / "results" / "mine.txt").write_text("keep")
    assert main(["simulate", PASS, "--report", "results"]) == 0
    assert (here / "results" / "mine.txt").read_text() == "keep"
    assert (here / "results" / "report.html").is_file()


def test_a_payload_that_names_a_file_that_is_not_there(capsys, own):
    path = own / "tle" / "mine.toml"
    path.write_text(path.read_text().replace("micius_20161219_link_loss.csv", "none.csv"))
    code, err = refused(capsys, "simulate", "mine/xinglong/20161219T1652", "--catalog", own)
    assert code == 3
    assert "do not stand beside it" in err
    assert "none.csv" in err
    assert main(["check", str(path), "--quiet"]) == 3


def test_an_unknown_proof_of_a_payload_is_a_fault_of_the_file(capsys, own):
    path = own / "tle" / "mine.toml"
    path.write_text(path.read_text().replace('proof = "decoy3_variable_length"', 'proof = "lim2041"'))
    assert main(["check", str(path)]) == 3
    assert "did you mean 'lim2014'?" in capsys.readouterr().out


def test_counts_that_no_proof_takes(capsys, here):
    basis = {"clicks": [1000.0, 100.0, 90.0], "errors": [10.0, 1.0, 1.0]}
    counts = {"intensities": [0.5, 0.3, 0.25], "probabilities": [0.6, 0.2, 0.2]}
    counts |= {"key_basis": basis, "test_basis": basis}
    (here / "counts.json").write_text(json.dumps(counts))
    code, err = refused(capsys, "key", "--counts", "counts.json")
    assert code == 3
    assert "intensities are 0.5, 0.3, 0.25" in err
    assert "mu1 > mu2 + mu3" in err


def test_an_empty_key_window_is_said_and_ends_with_1(capsys, here):
    code = main(["simulate", PASS, "--max-range-km", "600", "--json"])
    out, err = capsys.readouterr()
    assert code == 1
    assert json.loads(out)["key"]["secret_bits"] == 0
    assert "no second is in the key window (predicted range <= 600 km); the smallest range is 645." in err


def test_an_age_inside_a_long_window_is_refused_too(capsys, here):
    """Sets of October and December 2016 leave a gap: no pass in it may be older than the limit."""
    code = main([
        "passes", "micius", "--station", "xinglong", "--from", "2016-10-08T00:00:00Z", "--days", "75", "--json",
    ])  # fmt: skip
    out, err = capsys.readouterr()
    ages = [abs(item["element_age_days"]) for item in json.loads(out)["passes"]]
    assert code == 0
    assert max(ages) <= 30.0
    assert "left out, more than 30 d from a set" in err
    assert "d old" in err


def test_a_pass_through_the_keyhole_is_warned_of(capsys, here):
    assert main(["track", "micius/nanshan/20170213T18"]) == 0
    assert "the azimuth axis would have to turn at 11.5 deg/s, its limit is 10 deg/s" in capsys.readouterr().err
