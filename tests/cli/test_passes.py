"""``passplan passes``: forms, options, several files, faults, and a search that is taken up again."""

import csv
import io
import json

import pytest
from catalogues import catalogue

from passplan.cli.main import main
from passplan.mission.pass_rows import COLUMNS, USE_COLUMNS
from passplan.orbit.elements import checksum

START = "2026-03-19T00:00:00Z"
LATE = """\
MICIUS
1 41731U 16051A   25265.33409832  .00080539  00000-0  89175-3 0  9999
2 41731  97.2945 187.6583 0004596  12.3887 347.7483 15.62724089508176
"""


def text_of(sets):
    return "".join(f"{item.name}\n{item.line_1}\n{item.line_2}\n" for item in sets)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with three files: twelve good objects, the first with a wrong checksum, and one that decays."""
    monkeypatch.chdir(tmp_path)
    lines = text_of(catalogue(12)).splitlines()
    (tmp_path / "good.tle").write_text("\n".join(lines) + "\n")
    lines[1] = lines[1][:-1] + str((int(lines[1][-1]) + 1) % 10)
    (tmp_path / "faulty.tle").write_text("\n".join(lines) + "\n")
    (tmp_path / "late.tle").write_text(LATE)
    return tmp_path


def run(capsys, *words):
    code = main(["passes", *(str(word) for word in words)])
    out, err = capsys.readouterr()
    return code, out, err


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


GOOD = ("--elements", "good.tle", "--station", "graz", "--from", START)
ANY = (*GOOD, "--any-light")


def test_all_objects_of_a_file_as_csv(capsys, here):
    """The documented columns; every object that rises; the same from one process or two."""
    code, out, err = run(capsys, *ANY, "--csv")
    rows = rows_of(out)
    assert (code, err) == (0, "")
    assert tuple(rows[0]) == COLUMNS
    assert len({row["norad_id"] for row in rows}) >= 10
    assert [row["rise_utc"] for row in rows] == sorted(row["rise_utc"] for row in rows)
    assert run(capsys, *ANY, "--csv", "--jobs", "2") == (code, out, err)


@pytest.mark.parametrize("suffix", ["json", "csv", "ecsv", "ics", "czml", "kml"])
def test_every_suffix(capsys, here, suffix):
    """Each file is what its suffix says, holds every pass, and nothing goes to stdout."""
    _, listed, _ = run(capsys, *ANY, "--csv")
    ids = {row["pass_id"] for row in rows_of(listed)}
    code, out, err = run(capsys, *ANY, "-o", f"out.{suffix}")
    assert (code, out) == (0, "")
    assert f"wrote out.{suffix}" in err
    text = (here / f"out.{suffix}").read_text()
    if suffix == "json":
        assert {item["pass_id"] for item in json.loads(text)["passes"]} == ids
    elif suffix == "csv":
        assert text == listed
    elif suffix == "ecsv":
        from astropy.table import QTable

        assert set(QTable.read(text, format="ascii.ecsv")["pass_id"]) == ids
    elif suffix == "ics":
        from icalendar import Calendar

        assert len(Calendar.from_ical(text).walk("VEVENT")) == len(ids)
    elif suffix == "czml":
        assert sum(name in text for name in ids) == len(ids)
        assert json.loads(text)[0]["id"] == "document"
    else:
        from lxml import etree

        assert etree.fromstring(text.encode()).tag.endswith("kml")
    assert sorted(path.name for path in here.iterdir() if path.name.startswith("out")) == [f"out.{suffix}"]


def test_an_unknown_suffix(capsys, here):
    code, _, err = run(capsys, *ANY, "-o", "out.txt")
    assert code == 2
    assert "the suffix is .txt, must be one of .json, .csv, .ecsv, .ics, .czml, .kml" in err


@pytest.mark.parametrize(
    ("words", "fewer"),
    [
        (("--any-light",), False),
        (("--max-sun-elevation", "-18"), True),
        (("--any-light", "--max-range-km", "1200"), True),
        (("--any-light", "--min-duration", "300"), True),
        (("--any-light", "--min-elevation", "40"), True),
        (("--any-light", "--satellite-light", "umbra", "--satellite-light", "penumbra"), True),
        (("--any-light", "--max-moon-elevation", "0", "--min-duration", "60"), True),
        (("--any-light", "--min-moon-separation", "100"), True),
        (("--any-light", "--max-moon-illumination", "0"), True),
        (("--any-light", "--min-sun-separation", "100"), True),
    ],
)
def test_conditions_leave_fewer_passes(capsys, here, words, fewer):
    """Property: no rule leaves more than all; columns of use stand where there is a rule of light."""
    every = rows_of(run(capsys, *ANY, "--csv")[1])
    code, out, _ = run(capsys, *GOOD, *words, "--csv")
    rows = rows_of(out)
    assert code == (0 if rows else 1)
    assert (len(rows) < len(every)) == fewer
    light = ("--max-sun", "--satellite", "--max-moon", "--min-moon", "--min-sun")
    has_light_rule = any(word.startswith(light) for word in words)
    header = tuple(out.split("\n", 1)[0].split(","))
    assert header == ((*COLUMNS, *USE_COLUMNS) if has_light_rule else COLUMNS)
    if has_light_rule:
        assert all(0.0 < float(row["usable_s"]) <= float(row["duration_s"]) + 1e-3 for row in rows)


def test_refraction_finds_longer_passes(capsys, here):
    """Air lifts the satellite: the same passes, each longer."""
    plain = rows_of(run(capsys, *ANY, "--csv")[1])
    bent = rows_of(run(capsys, *ANY, "--csv", "--refraction", "bennett")[1])
    by_top = {row["culmination_utc"][:16] + row["satellite"]: row for row in bent}
    for row in plain:
        if row["is_truncated"] == "false":
            assert float(by_top[row["culmination_utc"][:16] + row["satellite"]]["duration_s"]) > float(
                row["duration_s"]
            )


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--min-elevation", "95"), 3, "--min-elevation is 95, must lie in [0, 89.9] deg"),
        (("--max-range-km", "0"), 3, "--max-range-km is 0, must lie in (0, 1e+06] km"),
        (("--max-range-km", "near"), 2, "'near' is not a number"),
        (("--min-duration", "-1"), 3, "--min-duration is -1, must lie in [0, 1e+06] s"),
        (("--max-moon-illumination", "1.5"), 3, "--max-moon-illumination is 1.5, must lie in [0, 1] of the disc"),
        (("--min-moon-separation", "nan"), 3, "--min-moon-separation is nan"),
        (("--min-sun-separation", "181"), 3, "--min-sun-separation is 181"),
        (("--max-sun-elevation", "-91"), 3, "--max-sun-elevation is -91"),
        (("--days", "0"), 3, "--days is 0, must lie in (0, 13000] d"),
        (("--satellite-light", "moonlit"), 2, "'moonlit' is not one of"),
        (("--refraction", "snell"), 2, "'snell' is not"),
        (("--jobs", "0"), 2, "--jobs"),
        (("--night", "2026-03-19"), 2, "give --from TIME with --days N, or --night DATE"),
        (("--resume",), 2, "--resume needs -o FILE.csv and --from"),
        (("--resume", "-o", "out.json"), 2, "--resume needs -o FILE.csv and --from"),
        (("--resume", "-o", "out.csv"), 3, "out.csv.part.json: there is no interrupted search to resume"),
        (("--json", "--csv"), 2, "choose one of"),
        (("-o", "none/out.csv"), 3, "there is no folder none"),
        (("--station", "1,2"), 3, "is not three numbers"),
        (("--station", "nowhere"), 3, "nowhere"),
        (("--elements", "none.tle"), 3, "none.tle"),
    ],
)
def test_bad_values_are_refused_before_any_work(capsys, here, words, code, says):
    before = sorted(here.iterdir())
    found, out, err = run(capsys, *ANY, *words)
    assert (found, out) == (code, ""), err
    assert says in err
    assert sorted(here.iterdir()) == before


def test_an_unknown_satellite(capsys, here):
    code, out, err = run(capsys, "SAT-99", *ANY)
    assert (code, out) == (3, "")
    assert "good.tle" in err
    assert "sat-99" in err.lower()


def test_several_files_and_satellites_by_name(capsys, here, checkout):
    code, out, _ = run(
        capsys, "sat-0", "41731", *ANY, "--elements", checkout / "tle" / "micius.tle", "--max-age-days", "300", "--csv"
    )
    assert code == 0
    assert {row["norad_id"] for row in rows_of(out)} == {"10000", "41731"}


def test_a_faulty_object_beside_good_ones(capsys, here):
    """The good ones are those of the file without it; the fault is told with its line."""
    _, good, _ = run(capsys, *ANY, "--csv")
    code, out, err = run(capsys, "--elements", "faulty.tle", *ANY[2:], "--csv")
    assert code == 0
    assert rows_of(out) == [row for row in rows_of(good) if row["norad_id"] != "10000"]
    assert "faulty.tle:2" in err
    assert "checksum" in err
    assert run(capsys, "--elements", "faulty.tle", *ANY[2:], "--csv", "--quiet")[2] == ""


def test_only_faulty_objects(capsys, here):
    lines = (here / "faulty.tle").read_text().splitlines()[:3]
    (here / "all.tle").write_text("\n".join(lines) + "\n")
    code, out, err = run(capsys, "--elements", "all.tle", *ANY[2:])
    assert (code, out) == (3, ""), err
    assert "all.tle:2" in err


def test_a_decayed_object_alone_is_refused(capsys, here):
    """It has no position in September 2026, a year after its epoch."""
    words = ("--station", "graz", "--any-light", "--from", "2026-09-01T00:00:00Z", "--max-age-days", "1000")
    code, out, err = run(capsys, "--elements", "late.tle", *words)
    assert (code, out) == (3, "")
    assert "decayed" in err
    assert "late.tle:2" in err


def test_a_decayed_object_beside_good_ones_is_a_remark(capsys, here):
    words = ("--station", "graz", "--any-light", "--from", "2026-09-01T00:00:00Z", "--max-age-days", "1000", "--csv")
    _, good, _ = run(capsys, "--elements", "good.tle", *words)
    code, out, err = run(capsys, "--elements", "good.tle", "--elements", "late.tle", *words)
    assert code == 0
    assert out == good
    assert err.count("late.tle:2") == 1
    assert "decayed" in err


def test_many_objects_too_old_are_one_remark(capsys, here):
    """Three new ones beside twelve of March: found; the twelve in one line."""
    new = [line.replace("26078.00000000", "26130.00000000") for line in text_of(catalogue(3)).splitlines()]
    new = [line[:68] + str(checksum(line[:68])) if line.startswith(("1 ", "2 ")) else line for line in new]
    new = [line.replace("SAT-", "NEW-").replace("1000", "2000", 1) for line in new]
    new = [line[:68] + str(checksum(line[:68])) if line.startswith(("1 ", "2 ")) else line for line in new]
    (here / "new.tle").write_text("\n".join(new) + "\n")
    words = ("--station", "graz", "--any-light", "--from", "2026-05-10T00:00:00Z", "--csv")
    code, out, err = run(capsys, "--elements", "good.tle", "--elements", "new.tle", *words)
    assert code == 0
    assert {row["satellite"] for row in rows_of(out)} <= {"NEW-0", "NEW-1", "NEW-2"}
    assert len(err.strip().splitlines()) == 1
    assert "12 objects are left out: no element set is young enough; the first: " in err
    code, out, err = run(capsys, "--elements", "good.tle", *words)
    assert code != 0
    assert "12 objects are left out" in err


def test_a_night_without_a_pass_says_so(capsys, here):
    code, _, err = run(capsys, *GOOD, "--min-elevation", "89.9")
    assert code == 1
    assert "no pass in this time that meets the conditions; --explain tells why" in err


def test_explained(capsys, here):
    """Every pass above the horizon has its verdict; those usable are those listed."""
    _, listed, _ = run(capsys, *GOOD, "--csv")
    code, out, err = run(capsys, *GOOD, "--explain", "--csv")
    rows = rows_of(out)
    assert (code, err) == (0, "")
    assert tuple(rows[0]) == ("pass_id", "usable", "kind", "value", "text")
    assert sum(row["usable"] == "true" for row in rows) == len(rows_of(listed))
    assert {row["kind"] for row in rows} >= {"usable", "too_low", "daylight"}
    code, out, _ = run(capsys, *GOOD, "--explain")
    assert code == 0
    assert out.rstrip().splitlines()[-1].startswith(f"{len(rows)} passes: ")
    assert json.loads(run(capsys, *GOOD, "--explain", "--json")[1])["passes"][0]["pass_id"] == rows[0]["pass_id"]
    code, _, _ = run(capsys, *GOOD, "--explain", "-o", "why.csv")
    assert (here / "why.csv").read_text() == run(capsys, *GOOD, "--explain", "--csv")[1]
    code, _, err = run(capsys, *GOOD, "--explain", "--min-elevation", "89.9")
    assert code == 1
    assert "no pass in this time that meets the conditions" in err


def test_an_interrupted_search_is_taken_up_again(capsys, here, monkeypatch):
    """Ctrl-C after the first of four windows: exit 130, the parts stay; --resume ends with the same bytes."""
    monkeypatch.setattr("passplan.orbit.passes._PAIR_DAYS", 3.0)
    assert run(capsys, *ANY, "-o", "whole.csv")[0] == 0
    monkeypatch.setattr("passplan.cli.passes.progress_bar", interrupting)
    code, _, err = run(capsys, *ANY, "-o", "out.csv")
    assert code == 130
    assert "interrupted" in err
    assert sorted(path.name for path in here.glob("out*")) == ["out.csv.part", "out.csv.part.json"]
    monkeypatch.undo()
    monkeypatch.chdir(here)
    code, _, err = run(capsys, *ANY, "-o", "out.csv", "--resume", "--min-elevation", "11")
    assert code == 3
    assert "the interrupted search is another one" in err
    code, _, err = run(capsys, *ANY, "-o", "out.csv", "--resume")
    assert code == 0
    assert "wrote out.csv" in err
    whole, again = (rows_of((here / name).read_text()) for name in ("whole.csv", "out.csv"))
    assert sorted(row["pass_id"] for row in again) == sorted(row["pass_id"] for row in whole)
    assert sorted(path.name for path in here.glob("out*")) == ["out.csv"]


class interrupting:  # noqa: N801  # stands in for a function
    """A progress bar at whose first step the user interrupts."""

    def __init__(self, what):
        self.what = what

    def __enter__(self):
        def step(share):
            raise KeyboardInterrupt

        return step

    def __exit__(self, *fault):
        return None
