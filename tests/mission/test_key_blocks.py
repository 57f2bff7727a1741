"""Several passes as blocks. Witness: the proofs on counts summed by hand, and the keys of the parts."""

import json
from dataclasses import replace

import numpy as np
import pytest

from passplan.errors import InputError, UnknownName
from passplan.mission.key_blocks import (
    Part,
    blocks_of,
    careful_total,
    likely_repeats,
    part_of_pass,
    refuse_repeated,
    refuse_strangers,
    totals_of,
)
from passplan.mission.measured import parts_of_files
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.engine import KeyWindow
from passplan.qkd.key_length import PROOFS
from passplan.qkd.settings import KeySettings, Options
from passplan.report.block_sheet import SUMMED, UNSTATED, blocks_document, blocks_rows, blocks_text

BASIS = BasisCounts(clicks=(835_536.0, 52_976.0, 853.0), errors=(9_191.0, 948.0, 427.0))
ONE = Counts(intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25), key_basis=BASIS, test_basis=BASIS)
THREE_BASES = BasisCounts(clicks=(2_506_608.0, 158_928.0, 2_559.0), errors=(27_573.0, 2_844.0, 1_281.0))
THREE = replace(ONE, key_basis=THREE_BASES, test_basis=THREE_BASES)  # added by hand
PAIR = BasisCounts(clicks=(800_000.0, 50_000.0), errors=(9_000.0, 900.0))
TWO_INTENSITIES = Counts(intensities=(0.8, 0.1), probabilities=(0.7, 0.3), key_basis=PAIR, test_basis=PAIR)
SETTINGS = KeySettings()


def part(name, counts=ONE, settings=SETTINGS, **rest):
    return Part(name=name, counts=counts, settings=settings, **rest)


def parts(*counts):
    return [part(f"{place}.json", each) for place, each in enumerate(counts)]


@pytest.mark.parametrize("name", ["decoy3_variable_length", "lim2014", "chernoff", "tupkary_variable_length"])
def test_like_passes_are_one_block(name):
    """Two routes: the proof on the three passes added by hand; more than three keys of one pass together."""
    (block,) = blocks_of(parts(ONE, ONE, ONE))
    assert block.counts == THREE
    assert block.study.keys[name] == PROOFS[name](THREE, settings=SETTINGS)
    alone = PROOFS[name](ONE, settings=SETTINGS).secret_bits
    assert block.alone[name] == (alone, alone, alone)
    assert block.gain(name) == block.study.keys[name].secret_bits / (3 * alone)
    assert block.gain(name) > 1.0


@pytest.mark.parametrize(
    "change",
    [
        {"intensities": (0.7, 0.1, 0.0)},
        {"probabilities": (0.4, 0.35, 0.25)},
    ],
)
def test_other_settings_start_a_label_set(change):
    """Rule A.7: parts with the settings of the first join it, whatever stands between them."""
    other = replace(ONE, **change)
    blocks = blocks_of(parts(ONE, other, ONE))
    assert [[one.name for one in block.parts] for block in blocks] == [["0.json", "2.json"], ["1.json"]]
    assert blocks[1].counts == other
    assert blocks[1].gain("chernoff") == 1.0


def test_another_basis_choice_starts_a_label_set():
    """Rule A.7: the choice of basis is a setting too."""
    given = [part("a", bias=(0.5, 0.5)), part("b", bias=(0.5, 0.9)), part("c", bias=(0.5, 0.5))]
    assert [len(block.parts) for block in blocks_of(given)] == [2, 1]


def test_a_total_is_of_separate_keys():
    """Union bound: lengths add, and so do the failure probabilities; ma2005_sigma states none that could."""
    blocks = blocks_of(
        [part("a"), part("b", replace(ONE, intensities=(0.7, 0.1, 0.0)), KeySettings(epsilon_sec=1e-10))]
    )
    totals = totals_of(blocks)
    assert set(totals) == set(blocks[0].study.keys)
    found = totals["lim2014"]
    assert found.secret_bits == sum(block.study.keys["lim2014"].secret_bits for block in blocks)
    assert (found.epsilon_sec, found.epsilon_cor) == pytest.approx((1.1e-9, 2e-15), rel=1e-12)
    assert found.epsilon_total == pytest.approx(1.1e-9 + 2e-15, rel=1e-12)
    assert totals["ma2005_sigma"].epsilon_total is None
    assert careful_total(blocks) == totals["decoy3_variable_length"]


def test_blocks_of_unlike_sources_have_a_total_of_their_own_proofs():
    blocks = blocks_of(parts(ONE, TWO_INTENSITIES))
    assert totals_of(blocks) == {}
    found = careful_total(blocks)
    names = ("decoy3_variable_length", "wiesemann2026_1decoy")
    bits = [block.study.keys[name].secret_bits for block, name in zip(blocks, names, strict=True)]
    assert found.secret_bits == sum(bits)
    assert found.epsilon_sec == 2e-9
    text = blocks_text(blocks)
    assert f"{sum(bits):,}" in text
    assert ", ".join(names) in text
    assert careful_total(blocks_of(parts(ONE), proofs=("lim2014",))) is None


def test_no_proof_for_all_blocks_is_said():
    blocks = blocks_of(parts(ONE, TWO_INTENSITIES), proofs=("lim2014", "rusca2018_1decoy"))
    assert "TOTAL: none, for no proof takes all blocks" in blocks_text(blocks)
    document = blocks_document(blocks)
    assert (document["total"]["by_proof"], document["total"]["default"]) == ({}, None)


def test_measured_leaks_are_added():
    """Rule: bits told for two passes are told for the block of both."""
    told = KeySettings(error_correction_leak_bits=100_000.0, matched_pulses=1e9)
    (block,) = blocks_of(
        [part("a", settings=told), part("b", settings=replace(told, error_correction_leak_bits=1.2e5))]
    )
    assert block.settings == replace(told, error_correction_leak_bits=220_000.0, matched_pulses=2e9)
    assert block.study.keys["lim2014"].leak_bits == 220_000.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            KeySettings(epsilon_sec=1e-10),
            r"b\.csv: epsilon_sec is 1e-10, in a\.json 1e-09: must be the same in all parts",
        ),
        (KeySettings(epsilon_cor=1e-12), r"epsilon_cor is 1e-12, in a\.json 1e-15: .*; a CSV table has the defaults"),
        (KeySettings(error_correction_efficiency=1.2), r"error_correction_efficiency is 1\.2, in a\.json 1\.16"),
        (
            KeySettings(error_correction_leak_bits=5e4),
            r"error_correction_leak_bits is 50000, in a\.json left out: must be given by all parts of a block",
        ),
        (KeySettings(options=Options(sampling="serfling")), r"options\.sampling is serfling, in a\.json left out"),
        (KeySettings(mismatch_delta1=0.1), r"mismatch_delta1 is 0\.1, in a\.json left out"),
    ],
)
def test_settings_of_one_block_must_agree(settings, message):
    with pytest.raises(InputError, match=message):
        blocks_of([part("a.json"), part("b.csv", settings=settings)])


def test_all_disagreements_are_told_at_once():
    with pytest.raises(InputError) as told:
        blocks_of([part("a"), part("b", settings=KeySettings(epsilon_sec=1e-10, epsilon_cor=1e-10)), part("a2")])
    assert [line[:14] for line in str(told.value).splitlines()] == ["b: epsilon_sec", "b: epsilon_cor"]
    other = replace(ONE, intensities=(0.7, 0.1, 0.0))
    assert len(blocks_of([part("a"), part("b", other, KeySettings(epsilon_sec=1e-10))])) == 2  # no block of both


def test_a_measured_leak_drops_other_key_sets():
    """Rule: as with one file; the leaks of the parts are of the key basis, so both bases do not pay with it."""
    told = KeySettings(error_correction_leak_bits=200_000.0)
    (block,) = blocks_of([part("a", settings=told), part("b", settings=told)])
    assert set(block.study.refused) == {"lim2014_both_bases", "ma2005_sigma"}
    assert set(block.alone) == set(block.study.keys)
    assert "lim2014_both_bases is not for these counts: error_correction_leak_bits" in blocks_text([block])
    (block,) = blocks_of([part("a", settings=told), part("b", settings=told)], proofs=("lim2014_both_bases",))
    assert set(block.study.keys) == {"lim2014_both_bases"}


def test_one_pass_stands_in_a_block_once():
    with pytest.raises(InputError, match=r"x/y/1 is given twice: each pass may stand in one block once"):
        refuse_repeated(["x/y/1", "x/y/2", "x/y/1"])
    with pytest.raises(InputError, match="a is given twice"):
        blocks_of([part("a"), part("a")])


def test_a_block_belongs_to_one_pair():
    told = r"b is of Micius and Nanshan, a of Micius and Xinglong: a block belongs to one satellite and one station"
    with pytest.raises(InputError, match=told):
        blocks_of([part("a", pair=("Micius", "Xinglong")), part("b", pair=("Micius", "Nanshan"))])
    refuse_strangers([("a", None), ("b", ("Micius", "Nanshan"))])


def test_a_block_without_a_proof_is_refused():
    with pytest.raises(InputError, match=r"block of 0\.json, 1\.json: intensities are 0\.8, 0\.1; lim2014 needs three"):
        blocks_of(parts(TWO_INTENSITIES, TWO_INTENSITIES), proofs=("lim2014",))
    with pytest.raises(UnknownName, match="did you mean 'lim2014'"):
        blocks_of(parts(ONE), proofs=("lim2015",))
    unfit = replace(ONE, intensities=(0.8, 0.7, 0.6))
    with pytest.raises(InputError, match=r"block of 0\.json: intensities are 0\.8, 0\.7, 0\.6"):
        blocks_of(parts(unfit))


def test_like_counts_under_two_names_are_remarked():
    nothing = BasisCounts(clicks=(0.0, 0.0, 0.0), errors=(0.0, 0.0, 0.0))
    empty = replace(ONE, key_basis=nothing, test_basis=nothing)
    given = parts(ONE, THREE, ONE, empty, empty)
    assert likely_repeats(given) == ["2.json holds the same counts as 0.json: is one pass counted twice?"]


def test_a_simulated_pass_is_a_part(reference):
    """Two routes: a block of one pass has just the keys of that pass; a pass without a second adds nothing."""
    found = part_of_pass(reference)
    assert found.pair == ("Micius", "Xinglong")
    assert found.bias == (reference.payload.source.basis_probability, reference.site.detectors.basis_split)
    assert "273 s from 16:49:58 to 16:54:31, predicted range <= 1200 km" in found.note
    assert found.record["window"]["duration_s"] == 273.0
    (block,) = blocks_of([found])
    assert block.study.keys == reference.keys
    window = KeyWindow(mask=np.zeros_like(reference.mask), rule="predicted range <= 100 km")
    nothing = BasisCounts(clicks=(0.0, 0.0, 0.0), errors=(0.0, 0.0, 0.0))
    counts = replace(reference.counts, key_basis=nothing, test_basis=nothing)
    empty = replace(part_of_pass(replace(reference, window=window, counts=counts)), name="other")
    assert empty.note.startswith("no second, predicted range <= 100 km")
    (both,) = blocks_of([found, empty])
    assert both.study.keys == reference.keys
    assert set(blocks_document([both])["assumptions"]).isdisjoint({UNSTATED})
    assert "key basis: sender 0.5, receiver 0.5" in blocks_text([both])


def test_the_document_says_which_pass_made_which_block():
    blocks = blocks_of(parts(ONE, THREE, replace(ONE, intensities=(0.7, 0.1, 0.0))))
    document = json.loads(json.dumps(blocks_document(blocks, proof="lim2014")))
    first, second = document["blocks"]
    assert [one["name"] for one in first["parts"]] == ["0.json", "1.json"]
    assert [one["name"] for one in second["parts"]] == ["2.json"]
    key = first["by_proof"]["lim2014"]
    assert key["sum_of_parts_bits"] == sum(one["secret_bits"]["lim2014"] for one in first["parts"])
    assert key["gain"] == key["secret_bits"] / key["sum_of_parts_bits"]
    assert document["secret_bits"] == key["secret_bits"] + second["by_proof"]["lim2014"]["secret_bits"]
    assert document["epsilon"] == {"sec": 2e-9, "cor": 2e-15, "total": pytest.approx(2e-9 + 2e-15)}
    assert document["assumptions"][0] == UNSTATED
    assert "proof" not in blocks_document(blocks)


def test_rows_and_text_hold_the_gain():
    blocks = blocks_of(parts(ONE, THREE, replace(ONE, intensities=(0.7, 0.1, 0.0))), proofs=tuple(PROOFS))
    rows = {(row["block"], row["proof"]): row for row in blocks_rows(blocks)}
    row = rows[1, "chernoff"]
    text = blocks_text(blocks)
    assert row["parts"] == "0.json 1.json"
    assert row["epsilon_total"] == 1e-9 + 1e-15
    assert f"{row['secret_bits'] - row['sum_of_parts_bits']:+,}" in text
    for words in ("BLOCK 1: one key from the counts of 2 parts", "BLOCK 2", "TOTAL of 2 separate keys", SUMMED):
        assert words in text
    assert "with 2 times these epsilons" in text
    assert "rusca2018_1decoy is not for these counts" in text
    assert text.count("in 21 equal shares: key clicks 5 (2.38e-10)") == 1
    assert f"bits alone, {'chernoff'}" in blocks_text(blocks, proof="chernoff")
    only = blocks_text(blocks_of(parts(ONE), proofs=("lim2014",)))
    assert "bits alone, lim2014" in only
    assert "TOTAL" not in only


def test_files_become_parts(tmp_path):
    """All faults of all files at once; one file under two names is still one."""
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(blocks_document(blocks_of(parts(ONE)))["blocks"][0]))
    paths = [tmp_path / name for name in ("a.json", "b.json", "c.json")]
    with pytest.raises(InputError) as told:
        parts_of_files(paths)
    assert all(str(path) in str(told.value) for path in paths)
    wanted = {
        "intensities": ONE.intensities,
        "probabilities": ONE.probabilities,
        "key_basis": {"clicks": BASIS.clicks, "errors": BASIS.errors},
        "test_basis": {"clicks": BASIS.clicks, "errors": BASIS.errors},
    }
    for path in paths[:2]:
        path.write_text(json.dumps(wanted))
    found = parts_of_files(paths[:2])
    assert [one.counts for one in found] == [ONE, ONE]
    assert [one.name for one in found] == [str(path) for path in paths[:2]]
    assert len(found[0].record["sha256"]) == 64
    paths[2].symlink_to(paths[0])
    with pytest.raises(InputError, match=r"c\.json is given twice \(it is .*a\.json\): each file may stand"):
        parts_of_files(paths)
    with pytest.raises(InputError, match=r"a\.json is given twice: each file"):
        parts_of_files([paths[0], paths[0]])
