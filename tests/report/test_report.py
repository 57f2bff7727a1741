"""The report: published figures beside simulated ones, everything assumed, and nothing from outside."""

import re

import pytest

from passplan.mission.link import RunOptions, simulate_pass
from passplan.mission.selection import Limits, select_by_id
from passplan.mission.summary import summary, value_of
from passplan.mission.validation import published_curves
from passplan.report.console import sections_text, table_text
from passplan.report.drawing import PLOTS, draw, draw_all
from passplan.report.folder import write_report
from passplan.report.page import page_html
from passplan.report.rows import LINES, sections


@pytest.fixture(scope="module")
def document(reference):
    return summary(reference)


def test_every_line_has_its_place_in_the_document(document):
    for lines in LINES.values():
        for _, key, text in lines:
            assert text(value_of(document, key))


def test_every_published_figure_stands_beside_a_simulated_one(document):
    shown = {row.published for block in sections(document) for row in block.rows}
    assert {item["printed"] for item in document["published"]} <= shown


def test_second_hand_figures_keep_their_label(document):
    rows = [row for block in sections(document) for row in block.rows if "digitised" in row.source]
    assert rows
    assert all(row.source.endswith("read second-hand") for row in rows)


def test_the_console_table_fits_a_page(document):
    text = sections_text(sections(document))
    assert max(map(len, text.splitlines())) <= 120
    assert "300,939 bit" in text


def test_parts_stand_under_their_whole(document):
    """Set-in lines belong to the line above: terms of the loss under the losses, causes under the background."""
    names = [row.quantity for row in sections(document, ("link",))[0].rows]
    assert names.index("loss at the largest range") + 1 == names.index("  diffraction")
    assert names.index("  receiver optics") < names.index("raw background")
    assert names.index("raw background") + 1 == names.index("  of it airglow")
    page = page_html(document, {}, command="passplan")
    assert '<td class="in">of it airglow</td>' in page
    assert "<td>raw background</td>" in page


def test_a_steady_term_is_one_number(document):
    """Main lobe 0.38 is 4.20 dB in every second; diffraction has two ends."""
    shown = {row.quantity.strip(): row.simulated for row in sections(document, ("link",))[0].rows}
    assert shown["main lobe"] == "4.20 dB"
    assert " to " in shown["diffraction"]


def test_a_table_is_never_cut():
    text = table_text(("name", "value"), [("x" * 200, "1")], numbers=1)
    assert "x" * 200 in text


def test_the_page_is_whole_and_asks_for_nothing(reference, document):
    page = page_html(document, draw_all(reference), command="passplan simulate <x>")
    assert page.count("data:image/png;base64,") == len(PLOTS)
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert "<script" not in page
    assert "passplan simulate &lt;x&gt;" in page
    for item in document["assumed"]:
        assert item["key"] in page
    for name in document["key"]["by_proof"]:
        assert f"<b>{name}</b>" in page


def test_what_is_assumed_is_listed_with_its_reason(document):
    keys = {item["key"] for item in document["assumed"]}
    assert {
        "atmosphere.visibility_km", "transmitter.main_lobe_efficiency", "sky.airglow_activity",
        "receiver.field_of_view_urad", "receiver.filter_nm", "source.preparation_error", "attitude.reference_axis",
    } <= keys  # fmt: skip


@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_same_pass_gives_the_same_picture(reference, form):
    curves = published_curves(reference)
    assert draw("qber", reference, curves, form) == draw("qber", reference, curves, form)


def test_a_pass_that_nobody_published(catalog, tmp_path):
    """Another satellite pass, another station: nothing is wired to the worked night."""
    selection = select_by_id(catalog, "micius/nanshan/20170213T1838", limits=Limits())
    result = simulate_pass(selection, seed=3)
    document = write_report(result, tmp_path / "report", command="again")
    assert document["published"] is None
    assert document["key"]["secret_bits"] > 0
    assert "published" in (tmp_path / "report" / "report.html").read_text()


def test_an_empty_key_window_gives_no_key_and_no_fault(reference_selection, tmp_path):
    result = simulate_pass(reference_selection, seed=3, options=RunOptions(max_range_km=600.0))
    document = write_report(result, tmp_path / "report", command="again")
    assert document["window"]["duration_s"] == 0.0
    assert document["window"]["start_utc"] is None
    assert document["detection"]["qber"] is None
    assert document["key"]["secret_bits"] == 0
    assert "-" in sections_text(sections(document))
