"""A plan for a terminal. Witness: the figures of a plan of six passes, added up by hand."""

import re

import pytest
from made_up_plan import SUN, document_of, pass_row, proof_row, simulated, small_plan, year_plan

from passplan.report.plan_lines import (
    flown,
    kind_of_reason,
    level_texts,
    passes_text,
    reason_groups,
    sum_text,
    without_pair,
)
from passplan.report.plan_sheet import plan_text


@pytest.fixture
def document():
    return small_plan()


def lines_with(text, word):
    return [line for line in text.splitlines() if word in line]


def test_a_line_a_contact_in_order_of_start(document):
    (first, second), (third,) = (lines_with(plan_text(document), day) for day in ("2016-12-01 1", "2016-12-02 1"))
    assert first.split() == [
        "12-01",
        "2016-12-01",
        "16:40:00",
        "16:46:40",
        "micius",
        "xinglong",
        "48",
        "400",
        "41.2",
        "100%",
    ]
    assert re.split(" +", second.strip()) == [
        "12-01", "2016-12-01", "18:15:20", "18:18:20", "micius", "nanshan", "trimmed", "48", "180", "300.9", "60%",
    ]  # fmt: skip
    assert third.split()[4:6] == ["jinan", "xinglong"]


def test_a_night_after_midnight_keeps_its_evening():
    row = pass_row("micius", "graz", "2016-12-01", "2016-12-02T00:30:00Z", 360, key_bits=5e4, is_chosen=True)
    assert lines_with(plan_text(document_of([row])), "00:30:00")[0].split()[:3] == ["12-01", "2016-12-02", "00:30:00"]


def test_columns_that_say_nothing_are_left_out():
    row = pass_row("micius", "graz", "2016-12-01", "2016-12-01T20:30:00Z", 360, key_bits=5e4, is_chosen=True)
    text = plan_text(document_of([row]))
    for word in ("clear ", "trimmed", "sim kbit", "with weather"):
        assert word not in text.replace("a clear sky", "")


def test_totals_of_the_nights(document):
    """41,234 + 300,939 bit and 120,500 bit; with the weather 0.6 of the second."""
    text = plan_text(document)
    assert lines_with(text, "2016-12-01  ")[0].split() == ["2016-12-01", "2", "of", "3", "580", "342.2", "221.8"]
    assert lines_with(text, "2016-12-02  ")[0].split() == ["2016-12-02", "1", "of", "1", "420", "120.5", "120.5"]
    assert lines_with(text, "all  ")[0].split() == ["all", "3", "of", "4", "1,000", "462.7", "342.3"]


def test_sums_say_what_they_are(document):
    """Three blocks of epsilon_sec 1e-9 and epsilon_cor 1e-15."""
    assert sum_text(document) == (
        "462.7 kbit under a clear sky, 342.3 kbit with the weather: a sum of keys of 3 separate blocks, proof lim2014; "
        "their epsilon_sec add up to 3e-09, their epsilon_cor to 3e-15"
    )


def test_a_block_without_a_stated_proof_is_counted(document):
    document["proofs"] = [proof_row("micius", "nanshan")]
    assert "proof lim2014 (2 without a stated one); their epsilon_sec add up to 1e-09" in sum_text(document)


def level(**values):
    base = {"objective": "sum", "worth": 1e6, "bound": 1e6, "gap": 0.0, "greedy_worth": 9e5, "unit": "bit"}
    return {**base, **values}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "sum 1,000,000 bit, proven: no timetable has more; the greedy choice 900,000 bit"),
        (
            {"bound": 1.25e6, "gap": 0.2},
            "sum 1,000,000 bit, at most 20 % below the best, bound 1,250,000 bit; the greedy choice 900,000 bit",
        ),
        (
            {"bound": None, "gap": None, "greedy_worth": None},
            "sum 1,000,000 bit, no bound was found in time; the greedy choice found none",
        ),
        (
            {"objective": "chance", "worth": 0.5, "bound": 0.5, "greedy_worth": 0.25, "unit": "1"},
            "chance 0.5000, proven: no timetable has more; the greedy choice 0.2500",
        ),
    ],
)
def test_how_well_a_plan_is_proven(document, values, told):
    document["objective"]["levels"] = [level(**values)]
    assert level_texts(document) == [told]


def test_a_later_stage_is_proven_among_those_as_good_before(document):
    document["objective"]["levels"] = [level(objective="fair"), level()]
    document["objective"]["has_trimmed_windows"] = True
    first, second = level_texts(document)
    assert "proven: no timetable of the windows offered has more;" in first
    assert "proven: no timetable of the windows offered as good in the stages before has more;" in second


def test_a_chance_says_of_what(document):
    """The plan has two nights with passes that can be flown."""
    chance = level(objective="chance", worth=0.5, bound=0.5, greedy_worth=0.25, unit="1")
    document["objective"] |= {"night_bits": 2e4, "levels": [chance]}
    (told,) = level_texts(document)
    assert told.startswith("chance 0.5000, mean over 2 nights of the chance of at least 20.0 kbit, proven: no")


@pytest.mark.parametrize(("wanted_bits", "is_possible"), [(1e3, True), (1e9, False)])
def test_a_chance_of_nothing_says_why(document, wanted_bits, is_possible):
    """Property: the most that a night can make is told only where it is less than wanted."""
    none = level(objective="chance", worth=0.0, bound=0.0, gap=0.0, greedy_worth=0.0, unit="1")
    document["objective"] |= {"night_bits": wanted_bits, "levels": [none]}
    (told,) = level_texts(document)
    assert "which no timetable reaches in any weather drawn" in told
    assert ("all passes of the best night make" in told) != is_possible


def test_passes_that_serve_no_pair_are_marked(document):
    """Of three flown passes two are relayed."""
    first, second, third = (row["pass_id"] for row in flown(document))
    relay = {"first": first, "second": second, "spent_bits": 1e3, "expected_bits": 1e3}
    pair = {"between": ["a", "b"], "wanted_bits": None, "expected_bits": 1e3, "weight": 1.0, "relays": [relay]}
    assert without_pair(document) == frozenset()
    document["pairs"] = [pair]
    assert without_pair(document) == {third}
    assert [" no pair " in line for line in plan_text(document).splitlines() if re.match(r" ?12-0", line)] == [
        False, False, True,
    ]  # fmt: skip


def test_one_is_no_plural():
    row = pass_row("micius", "graz", "2016-12-01", "2016-12-01T20:30:00Z", 360, key_bits=5e4, is_chosen=False)
    text = plan_text(document_of([{**row, "reason": "Sun"}]))
    assert "1 of 1 pass (" in text
    assert [passes_text(number) for number in (0, 1, 2)] == ["0 passes", "1 pass", "2 passes"]


def test_the_greedy_way_out_and_changes_are_told(document):
    document["objective"] |= {"method": "greedy", "changes": 2}
    assert level_texts(document)[1:] == [
        "the solver had nothing better in its time than the greedy choice",
        "2 contacts added to or dropped from the standing plan",
    ]


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (SUN, "Sun at … deg, must be below … deg"),
        ("Sun at 27.7 deg, must be below -12 deg, all through", "Sun at … deg, must be below … deg"),
        ("Sun at -8.3 deg, must be below -12 deg, until 18:42:10Z", "Sun at … deg, must be below … deg"),
        ("satellite sunlit until 18:42:10Z; 51 s are left, must be at least 60 s", "satellite sunlit"),
        ("lost to micius/graz/20161201T164320Z on graz by at most 32.2 kbit", "lost to other passes"),
        ("12 Mbit are expected, must be at least 30 kbit", "… bit are expected, must be at least … bit"),
        ("no classical contact of micius within 12 h of its end",
         "no classical contact of the satellite within … h of its end"),
        ("1.05e+05 sifted bits with 1.3% errors leave no key (lim2014)", "… sifted bits with … errors leave no key"),
        ("frozen: beside what is fixed there is no room, a on graz", "frozen: beside what is fixed there is no room"),
        ("passes in a night used up (3 of 3 passes); lost to a", "passes in a night used up"),
        ("not chosen in place of a, though the plan is not proven to be the best (gap 0.2)",
         "not chosen, though the plan is not proven to be the best"),
        ("maintenance 'mirror' of graz until 18:42:10Z", "maintenance 'mirror' of the station"),
        ("", "no reason given"),
    ],
)  # fmt: skip
def test_kinds_of_reasons(reason, kind):
    row = {"satellite": "micius", "station": "graz", "reason": reason}
    assert kind_of_reason(row) == kind


def test_reasons_are_counted(document):
    """Of six passes two have the Sun against them, and one loses."""
    text = plan_text(document)
    assert "not flown: 3 of 6 passes" in text
    assert "     2  Sun at … deg, must be below … deg\n     1  lost to other passes\n" in text
    assert SUN not in text


def test_every_reason_on_request(document):
    text = plan_text(document, explain=True)
    for row in document["passes"]:
        assert row["is_chosen"] or row["reason"] in re.sub(r"\s+", " ", text)


def test_simulated_keys_stand_beside(document):
    outcomes = simulated(document)
    _, second, third = sorted(outcomes, key=lambda name: name[-16:])
    outcomes |= {second: None, third: {"fault": "Sun keep-out", "files": {}}}
    text = plan_text({**document, "simulated": outcomes})
    found = [line.split()[-1] for line in lines_with(text, "2016-12-0") if re.match(r" ?12-0", line)]
    assert found == ["20.6", "yet", "failed"]
    assert lines_with(text, "all  ")[0].split()[-1] == "20.6"


def test_a_plan_that_flies_nothing(document):
    document["passes"] = [{**row, "is_chosen": False} for row in document["passes"]]
    text = plan_text(document)
    assert "not flown: 6 of 6 passes" in text
    assert "start UTC" not in text


def test_a_plan_that_flies_everything():
    row = pass_row("micius", "graz", "2016-12-01", "2016-12-01T20:30:00Z", 360, key_bits=5e4, is_chosen=True)
    assert "every candidate is flown" in plan_text(document_of([row]))


@pytest.mark.parametrize("explain", [False, True])
def test_it_fits_a_page(explain):
    """110 columns, whole words, whatever the reasons."""
    document = year_plan(nights=30)
    document["passes"][0]["reason"] = "; ".join(["Moon 8.0 deg from the satellite, must be at least 20 deg"] * 9)
    document["simulated"] = simulated(document)
    assert max(map(len, plan_text(document, explain=explain).splitlines())) <= 110


def test_names_are_no_markup():
    row = pass_row("micius", "[red]", "2016-12-01", "2016-12-01T20:30:00Z", 360, key_bits=5e4, is_chosen=True)
    assert " [red] " in plan_text(document_of([row]))


def test_most_frequent_reasons_come_first():
    sizes = [len(rows) for _, rows in reason_groups(year_plan())]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == 365 * 9
