"""Tables of ``passplan validate``. Witnesses: a canned validation whose words and numbers can be told beforehand."""

import pytest

from passplan.mission.spread import Band
from passplan.mission.uncertainty import QBER, SIFTED
from passplan.mission.validation_needs import Needs
from passplan.mission.validation_table import Check, PublishedPass, Validation
from passplan.report.validation_sheet import (
    bound_text,
    outside_texts,
    validation_columns,
    validation_document,
    validation_text,
)

MOONLIT = "micius/xinglong/20170112T160427Z"


def five(low, high):
    return Band(p2_5=low, p16=low, p50=0.5 * (low + high), p84=high, p97_5=high)


def check(**given):
    known = {
        "subject": MOONLIT,
        "key": QBER,
        "printed": "1.1 %",
        "value": 0.011,
        "source": "a paper",
        "status": "read",
        "simulated": 0.012,
        "band": five(0.008, 0.016),
        "drives": (("intrinsic error", 1.004), ("background", 0.04)),
    }
    return Check(**{**known, **given})  # fmt: skip


def published(*checks, needs=None):
    own = {"inputs": {"a.toml": "12ab"}, "element_set": {"age_days": 0.2}, "schema_version": 1, "pass_id": MOONLIT}
    return PublishedPass(
        pass_id=MOONLIT, checks=checks, max_elevation_deg=35.83, moon_illumination=0.9987, moon_elevation_deg=66.6,
        moon_separation_deg=42.02, background_cps=234.9, moonlight_cps=90.3, heading=own, needs=needs,
    )  # fmt: skip


def validation(*checks, flown=(), needs=None):
    return Validation(
        satellite="Micius", seed=7, samples=20, passes=(published(*checks, needs=needs),), flown=tuple(flown)
    )


NEEDS = Needs(
    qber=0.0282, moonlight_times=80.36, further_loss_db=14.98, preparation_error=0.0242, preparation_now=0.0068
)
BRIGHT = {"printed": "2.82 %", "value": 0.0282, "status": "read second-hand"}
FLOWN = {"subject": "Ngari", "key": "link.loss_db", "reading": "in front of the detectors", "range_km": 500.0,
         "printed": "41 dB", "value": 41.0, "simulated": 35.9, "band": five(31.0, 40.6), "is_stated": False,
         "drives": (("optics_efficiency", 0.8),)}  # fmt: skip


def test_tables_for_people():
    text = validation_text(
        validation(check(), check(key=SIFTED, value=9.0, band=five(8.0, 1.6e6)), flown=[check(**FLOWN)])
    )
    for words in ("intrinsic error 100 %, background 4 %", "0.80 %", "1.60 %", "2.00", "1,600,000", "Moon lit",
                  "35.8", "100%", "41 dB", "31.00 dB", "no, not claimed", "optics efficiency 80 %",
                  "nobody claims this reading", "holds: 8 of 9 printed QBER", "stated bounds"):  # fmt: skip
        assert words in text, words
    assert "not read in the paper" not in text


def test_what_was_not_read_is_marked():
    text = validation_text(validation(check(**BRIGHT)))
    assert "2.82 % *" in text
    assert "* not read in the paper itself" in text
    assert "link that flew" not in text


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        (NEEDS, "it would need moonlight 80.4 times as bright, or 15.0 dB more loss, or 2.42 % of preparation error in "
                "place of 0.68 %"),
        (Needs(qber=0.4, moonlight_times=None, further_loss_db=None, preparation_error=None, preparation_now=0.01),
         "no moonlight, loss or preparation error within reason gives it"),
    ],
)  # fmt: skip
def test_a_pass_outside_says_why(needs, words):
    (text,) = outside_texts(validation(check(**BRIGHT), needs=needs))
    assert f"{MOONLIT}, QBER: 2.82 %, band 0.80 % to 1.60 %; with the Moon 100 % lit, 67 deg high" in text
    assert words in text


def test_a_count_outside_has_only_its_band():
    (text,) = outside_texts(validation(check(key=SIFTED, printed="9 bit", value=9.0, band=five(10.0, 20.0))))
    assert text == f"{MOONLIT}, sifted bits: 9 bit, band 10 to 20"


def test_bounds_in_words():
    holds, wide = validation(check(band=five(0.004, 0.016))).bounds
    assert bound_text(holds) == "holds: 8 of 9 printed QBER lie inside their 95 % band (1 of 1)"
    assert bound_text(wide) == "FAILS: that band is no wider than a factor of 3 (widest: 4.00)"


def test_a_band_from_nothing_has_no_ratio():
    text = validation_text(validation(check(band=five(0.0, 0.016))))
    assert " - " in text
    assert "inf" not in text.split("stated bounds")[0]


def test_document_and_rows_tell_the_same():
    found = validation(check(**BRIGHT), flown=[check(**FLOWN)], needs=NEEDS)
    document, columns = validation_document(found), validation_columns(found)
    (one,), (flown,) = document["passes"], document["flown_links"]
    figure = one["figures"][0]
    assert document["inputs"] == {"a.toml": "12ab"}
    assert (document["schema_version"], document["seed"], document["samples"], document["holds"]) == (1, 7, 20, False)
    assert [bound["holds"] for bound in document["bounds"]] == [False, True]
    assert one["needs"]["moonlight_times"] == 80.36
    assert (one["moon_separation_deg"], one["element_set"]) == (42.02, {"age_days": 0.2})
    assert (flown["link"], flown["range_km"], flown["is_stated"]) == ("Ngari", 500.0, False)
    assert figure["drives"] == {"intrinsic error": 1.004, "background": 0.04}
    for name in ("published", "simulated", "p2_5", "p97_5", "width_ratio", "is_inside"):
        assert columns[name] == [figure[name], flown[name]]
    assert columns["moonlight_cps"][0] == 90.3
    assert columns["drive_2"] == ["background", ""]
    assert {len(column) for column in columns.values()} == {2}
    assert columns["moonlight_cps"][1] != columns["moonlight_cps"][1]  # nan: no sky is told of a link
