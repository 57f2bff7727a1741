"""Tables of what a pass could give. Witness: the records they are made of."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.mission.key_channel import own_setting
from passplan.mission.key_gain import gain_table
from passplan.mission.key_study import Study, optimum, study, sweep
from passplan.report.console import keys_text
from passplan.report.key_sheet import (
    columns_of,
    gain_text,
    optimum_document,
    optimum_rows,
    optimum_text,
    proofs_document,
    proofs_rows,
    sweep_document,
    sweep_picture,
    sweep_text,
)

NAME = "decoy3_variable_length"


@pytest.fixture(scope="module")
def best(reference):
    return optimum(reference, NAME, rng=np.random.default_rng(1), window="best")


@pytest.fixture(scope="module")
def losses(reference):
    return sweep(reference, NAME, loss_db=[33.0, 60.0], rng=np.random.default_rng(1))


def test_every_proof_has_its_key_or_its_reason(reference):
    found = study(reference)
    document, rows = proofs_document(found), proofs_rows(found)
    assert document[NAME]["secret_bits"] == reference.keys[NAME].secret_bits
    assert document["rusca2018_1decoy"] == {"suits": False, "reason": found.refused["rusca2018_1decoy"]}
    assert len({tuple(row) for row in rows}) == 1
    assert columns_of(rows)["proof"] == [*found.keys, *found.refused]
    assert columns_of([]) == {}
    text = keys_text(found.keys, found.refused)
    assert f"{reference.keys[NAME].secret_bits:,}" in text
    assert "rusca2018_1decoy is not for these counts: intensities are" in text


def test_reasons_stand_alone_where_no_proof_suits():
    assert keys_text({}, Study(keys={}, refused={"x": "why"}).refused) == "x is not for these counts: why\n"


def test_the_best_setting_stands_beside_the_missions(reference, best):
    document = optimum_document(reference, [best], window="best")["by_proof"][NAME]
    assert document["secret_bits"] == best.key.secret_bits
    assert document["own_secret_bits"] == reference.keys[NAME].secret_bits
    assert document["certificate"]["seed_gap_bits"] == best.optimum.gap_bits
    assert document["window"]["rule"] == best.optimum.window.rule
    (row,) = optimum_rows([best])
    assert row["gain"] == best.gain
    text = optimum_text(reference, [best], own=own_setting(reference), window="best")
    assert f"{best.key.secret_bits:,}" in text
    assert f"{best.gain:.2f}" in text
    assert "intensities 0.8 0.1 0" in text
    assert f"window {best.optimum.window.mask.sum()} s from 16:49" in text


def test_a_setting_without_a_key_says_why(reference, best):
    short = replace(best, key=replace(best.key, secret_bits=0, secret_bits_real=-1234.0))
    text = optimum_text(reference, [short], own=own_setting(reference), window="best")
    assert "no setting makes a key; the best lacks 1,234 bit" in text
    empty = replace(best, optimum=replace(best.optimum, tested_single_photons=7.0))
    text = optimum_text(reference, [empty], own=own_setting(reference), window="best")
    assert "no key, 7 single photons tested, needs 100" in text


def test_the_sweep_tells_where_the_pass_is(reference, losses):
    text = sweep_text([losses], window="mission")
    assert f"this pass has {losses.pass_loss_db:.2f} dB" in text
    first, second = text.strip().splitlines()[-2:]
    assert f"{losses.rows()[0]['secret_bits']:,}" in first
    assert second.split()[2:] == ["0", "0", *"------"]
    document = sweep_document([losses], window="mission")
    assert document["by_proof"][NAME] == losses.rows()
    assert document["pass_loss_db"] == losses.pass_loss_db
    assert sweep_text([], window="mission") == ""


def test_the_same_sweep_gives_the_same_picture(reference, losses):
    assert sweep_picture(reference, [losses], "svg") == sweep_picture(reference, [losses], "svg")
    assert sweep_picture(reference, [losses], "png").startswith(b"\x89PNG")


def test_the_gain_stands_in_a_table(reference):
    rows = gain_table(reference, rng=np.random.default_rng(1), proofs=(NAME, "rusca2018_1decoy"))
    text = gain_text(rows, basis_split=0.9, own_split=0.5)
    assert "mission's, 50:50" in text
    assert "best, 90:10" in text
    assert f"{rows[0].best_biased:,}" in text
    assert f"{rows[0].gain:.2f}" in text
    assert text.strip().splitlines()[-1].split()[1] == "0"
