import re
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from element_forms import FORMS, as_csv, as_named_tle, synthetic

from passplan.mission.catalog import Catalog, bundled_folder
from passplan.mission.library import ELEMENT_SUFFIXES
from passplan.mission.status import check_file, data_status

NOW = datetime(2026, 3, 20, tzinfo=UTC)


@pytest.fixture
def sets(rng):
    """Five objects of 2026-03-19."""
    return synthetic(5, rng)


def check(path, sets, write=as_named_tle, **options):
    path.write_text(write(sets), encoding="utf-8")
    return check_file(path, **{"now": NOW, **options})


@pytest.mark.parametrize("suffix", [*ELEMENT_SUFFIXES, ".TLE"])
def test_element_files_of_any_suffix_are_checked(tmp_path, sets, suffix):
    """One row for the file, with its counts; one verdict for each object."""
    found = check(tmp_path / f"objects{suffix}", sets)
    assert found.verdict.kind == "elements"
    assert found.verdict.go
    assert found.verdict.holds == "5 objects, 5 sets, 0 NO-GO, 2026-03-19 to 2026-03-19"
    assert found.verdict.reason.endswith(" d from 2026-03-20T00:00:00Z, limit 30 d")
    assert [item.norad_id for item in found.objects] == [10_000, 10_001, 10_002, 10_003, 10_004]
    assert found.faults == ()


@pytest.mark.parametrize("form", FORMS)
def test_any_form_gives_the_same_verdicts(tmp_path, sets, form):
    """The form of the file is no part of the verdict."""
    found = check(tmp_path / "objects.txt", sets, FORMS[form])
    expected = check(tmp_path / "other.txt", sets)
    assert found.verdict.holds == expected.verdict.holds
    assert [item.perigee_km for item in found.objects] == pytest.approx([item.perigee_km for item in expected.objects])


def test_objects_that_are_no_go_are_counted_by_their_verdicts(tmp_path, sets):
    """One stale, one decayed, one that is both; a history counts once."""
    old = timedelta(days=40)
    sets[1] = replace(sets[1], epoch_utc=sets[1].epoch_utc - old)
    sets[2] = replace(sets[2], mean_motion_rev_day=16.9, eccentricity=0.0)
    sets[3] = replace(sets[3], mean_motion_rev_day=16.9, eccentricity=0.0, epoch_utc=sets[3].epoch_utc - old)
    history = [replace(sets[0], epoch_utc=sets[0].epoch_utc - timedelta(days=days)) for days in (50, 0)]
    found = check(tmp_path / "a.json", [*history, *sets], FORMS["json"])
    assert found.verdict.holds == "5 objects, 7 sets, 3 NO-GO, 2026-01-28 to 2026-03-19"
    assert found.verdict.reason.endswith("limit 30 d, 2 decayed, 2 stale")
    assert (found.verdict.kind, found.verdict.go) == ("elements", False)
    assert [item.go for item in found.objects] == [True, False, False, False, True]


def test_the_limit_of_age_is_the_callers(tmp_path, sets):
    """40 days on, with a limit of 30 and of 50 days."""
    later = NOW + timedelta(days=40)
    assert not check(tmp_path / "a.csv", sets, as_csv, now=later).verdict.go
    assert check(tmp_path / "a.csv", sets, as_csv, now=later, max_age_days=50.0).verdict.go


def test_a_faulty_object_makes_the_file_faulty_and_the_others_are_judged(tmp_path, sets):
    """The checksum of the third object is wrong."""
    path = tmp_path / "a.tle"
    lines = as_named_tle(sets).splitlines()
    lines[7] = lines[7][:-1] + str((int(lines[7][-1]) + 1) % 10)
    path.write_text("\n".join(lines))
    found = check_file(path, now=NOW)
    assert (found.verdict.kind, found.verdict.go) == ("faulty", False)
    assert found.verdict.holds.startswith("4 objects, 4 sets, 0 NO-GO")
    assert found.verdict.reason.endswith(", 1 fault")
    (fault,) = found.faults
    assert (fault.source, fault.norad_id, fault.name) == (f"{path}:8", 10_002, "OBJECT 2")
    assert len(found.objects) == 4


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.tle", "<html>", "it is a web page"),
        ("a.omm", "", "holds no element set: it is empty"),
        ("a.png", "x", r"the suffix is \.png, must be \.tle, .* or \.toml"),
        ("a", "x", "the suffix is absent, must be"),
        ("a.toml", "[station]\n", "a.toml"),
    ],
)
def test_files_without_anything_are_faulty(tmp_path, name, text, message):
    """What it is, or what it should be."""
    path = tmp_path / name
    path.write_text(text)
    found = check_file(path, now=NOW)
    assert (found.verdict.kind, found.verdict.go, found.objects) == ("faulty", False, ())
    assert re.search(message, found.verdict.reason)


def test_a_missing_file_is_faulty(tmp_path):
    """No traceback, a verdict."""
    assert "cannot be read" in check_file(tmp_path / "none.csv", now=NOW).verdict.reason


def test_the_status_of_the_bundled_catalogue():
    """One row a file, and the tables; the objects of a file do not flood it."""
    rows = data_status(Catalog((bundled_folder(),)), now=datetime(2016, 12, 19, tzinfo=UTC))
    by_name = {row.name.rpartition("/")[2]: row for row in rows}
    assert len(by_name) == len(rows)
    micius = by_name["micius.tle"]
    assert (micius.kind, micius.go) == ("elements", True)
    assert micius.holds == "1 object, 29 sets, 0 NO-GO, 2016-09-22 to 2025-09-22"
    assert micius.reason == "nearest set is +0.1 d from 2016-12-19T00:00:00Z, limit 30 d"
    assert by_name["graz.toml"].kind == "GroundSite"
    assert by_name["micius.toml"].kind == "Payload"
    assert {row.kind for row in rows} == {"elements", "GroundSite", "Payload", "table"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        late = data_status(Catalog((bundled_folder(),)), now=datetime(2060, 1, 1, tzinfo=UTC))
    assert {row.name for row in late if row.kind == "table" and not row.go} == {"Earth orientation", "Sun and Moon"}


@pytest.mark.parametrize(
    ("section", "line", "message"),
    [
        (
            "detectors",
            'efficiency_table = "silcon"',
            r":{}: detectors.efficiency_table is 'silcon', .*did you mean 'silicon'",
        ),
        ("detectors", 'efficiency_table = "own.csv"', "efficiency_table is 'own.csv', but no such file stands in"),
        (
            "receiver",
            "filter_centre_nm = 2000.0",
            r":{}: receiver.filter_centre_nm is 2000.0, must lie in \[500, 1600\] nm",
        ),
        ("night", "visibility_km = 0.5", r":{}: night\[1\].visibility_km is 0.5, must be >= 1 km"),
        ("night", "visibility_km = 301", r":{}: night\[1\].visibility_km is 301, must be <= 300 km"),
        ("beacon", "wavelength_nm = 1700.0", r":{}: beacon.wavelength_nm is 1700.0, must lie in \[500, 1600\] nm"),
    ],
)
def test_a_check_refuses_what_a_link_would_refuse(tmp_path, checkout, section, line, message):
    """GO must not be said to a file that no pass can be run with; line, value, limits, unit."""
    text = (checkout / "stations" / "xinglong.toml").read_text(encoding="utf-8")
    header = f"[[{section}]]\n" if section == "night" else f"[{section}]\n"
    before, after = text.split(header)
    inside, rest = after.split("\n\n", 1)
    inside = re.sub(rf"(?m)^{line.split()[0]} = .*\n?", "", inside)
    path = tmp_path / "site.toml"
    path.write_text(before + header + line + "\n" + inside + "\n\n" + rest, encoding="utf-8")
    verdict = check_file(path, now=NOW).verdict
    number = before.count("\n") + 2
    assert (verdict.kind, verdict.go) == ("faulty", False)
    assert re.search(message.format(number), verdict.reason), verdict.reason


def test_a_satellite_whose_light_no_model_of_the_air_knows(tmp_path, checkout):
    """2000 nm is beyond the laws, for signal and source alike."""
    text = (checkout / "tle" / "micius.toml").read_text(encoding="utf-8").replace("= 848.6", "= 2000.0")
    text = text.replace("full_divergence_x_urad = ", "full_divergence_x_urad = 1").replace(
        "full_divergence_y_urad = ", "full_divergence_y_urad = 1"
    )
    path = tmp_path / "micius.toml"
    path.write_text(text, encoding="utf-8")
    reason = check_file(path, now=NOW).verdict.reason
    place = text[: text.index("2000.0")].count("\n") + 1
    assert reason == f"{path}:{place}: transmitter.wavelength_nm is 2000.0, must lie in [500, 1600] nm"
