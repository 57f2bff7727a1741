"""What a pass could give. Witness: the proofs themselves, and settings tried at random that must not be better."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.errors import DomainError, UnknownName
from passplan.mission.key_channel import counts_at, own_setting
from passplan.mission.key_gain import gain_table
from passplan.mission.key_study import optimum, study, study_of, sweep
from passplan.mission.link import key_settings
from passplan.qkd.engine import KeyWindow
from passplan.qkd.gain import SourceSetting
from passplan.qkd.key_length import PROOFS, decoy3_variable_length

NAME = "decoy3_variable_length"


@pytest.fixture(scope="module")
def best(reference):
    return optimum(reference, NAME, rng=np.random.default_rng(1))


def test_a_study_holds_every_proof_once(reference):
    found = study(reference)
    assert set(found.keys) | set(found.refused) == set(PROOFS)
    assert found.keys == reference.keys
    assert set(found.refused) == {"rusca2018_1decoy", "wiesemann2026_1decoy"}
    assert "needs two with mu1 > mu2 > 0" in found.refused["rusca2018_1decoy"]


def test_an_unknown_proof_is_no_refusal(reference):
    with pytest.raises(UnknownName, match="did you mean 'lim2014'"):
        study_of(reference.counts, proofs=("lim2015",), settings=key_settings(reference.selection))


def test_the_best_setting_is_counted_like_the_missions(reference, best):
    key = decoy3_variable_length(best.counts, settings=key_settings(reference.selection))
    assert best.key == key
    assert best.own_key == reference.keys[NAME]
    assert best.gain == best.key.secret_bits / reference.keys[NAME].secret_bits
    assert best.gain > 2.0
    assert best.optimum.key.secret_bits == pytest.approx(best.key.secret_bits, rel=1e-3)  # planned and counted
    assert best.optimum.gap_bits < 1.0
    assert best.optimum.source.bob_key_probability == reference.site.detectors.basis_split
    assert best.optimum.window is reference.window


def test_no_random_setting_is_better(reference, best):
    rng, settings = np.random.default_rng(7), key_settings(reference.selection)
    for _ in range(100):
        signal = rng.uniform(0.3, 0.9)
        setting = SourceSetting(
            intensities=(signal, signal * rng.uniform(0.05, 0.6), 0.0),
            probabilities=tuple(rng.dirichlet((4.0, 2.0, 1.0))),
            alice_key_probability=rng.uniform(0.5, 0.98),
            bob_key_probability=0.5,
        )
        key = decoy3_variable_length(counts_at(reference, setting), settings=settings)
        assert key.secret_bits < best.key.secret_bits


def test_a_chosen_window_is_no_worse_than_the_missions(reference, best):
    free = optimum(reference, NAME, rng=np.random.default_rng(1), window="best")
    assert free.key.secret_bits > best.key.secret_bits
    assert free.optimum.window.mask.shape == reference.mask.shape
    assert free.optimum.window.mask.sum() > reference.mask.sum()
    assert free.optimum.window.rule.startswith("predicted background clicks over")


def test_a_proof_for_two_intensities_is_searched_with_two(reference):
    found = optimum(reference, "wiesemann2026_1decoy", rng=np.random.default_rng(1))
    assert len(found.counts.intensities) == 2
    assert found.key.secret_bits > 0
    assert found.own_key is None
    assert found.gain is None


def test_the_sweep_passes_through_the_pass_itself(reference, best):
    start = sweep(reference, NAME, loss_db=[30.0], rng=np.random.default_rng(1)).pass_loss_db
    found = sweep(reference, NAME, loss_db=[start, 36.0, 60.0], rng=np.random.default_rng(1))
    first, second, last = found.rows()
    assert first["own_secret_bits"] == pytest.approx(reference.keys[NAME].secret_bits, rel=1e-3)
    assert first["secret_bits"] == pytest.approx(best.key.secret_bits, rel=1e-3)
    assert first["secret_bits"] > second["secret_bits"] > second["own_secret_bits"] > 0
    assert (last["secret_bits"], last["own_secret_bits"]) == (0, 0)
    assert {row["window_rule"] for row in found.rows()} == {reference.window.rule}
    assert {row["proof"] for row in found.rows()} == {NAME}


def test_the_sweep_of_a_proof_that_refuses_the_source(reference):
    found = sweep(reference, "rusca2018_1decoy", loss_db=[33.0], rng=np.random.default_rng(1), window="best")
    assert found.own_bits is None
    assert found.rows()[0]["own_secret_bits"] is None
    assert found.rows()[0]["secret_bits"] > 0
    assert found.rows()[0]["window_rule"] != reference.window.rule


def test_a_window_without_seconds_is_refused(reference):
    empty = replace(reference, window=KeyWindow(mask=np.zeros_like(reference.mask), rule="predicted range <= 100 km"))
    with pytest.raises(DomainError, match=r"no second is in the key window \(predicted range <= 100 km\)"):
        optimum(empty, NAME, rng=np.random.default_rng(1))


def test_unknown_names_are_refused(reference):
    with pytest.raises(UnknownName, match="proof 'lim2015'"):
        optimum(reference, "lim2015", rng=np.random.default_rng(1))
    with pytest.raises(UnknownName, match="window 'bets' is not known; did you mean 'best'"):
        optimum(reference, NAME, rng=np.random.default_rng(1), window="bets")


def test_the_gain_of_the_receivers_of_2021(reference):
    """A splitter of 10:90 and its best setting against 2017's, held between two figures of a Micius-like pass.

    There lim2014 makes 165,290 bits at 2017's setting, 392,058 at the best one of a 50:50 splitter and 569,285 of a
    10:90 one, whose test basis has no more noise than before. The two detectors of a passive receiver keep all theirs
    behind a tenth of the light, which costs a part of that gain.
    """
    (row,) = gain_table(reference, rng=np.random.default_rng(1), proofs=("lim2014",))
    assert row.own == reference.keys["lim2014"].secret_bits
    assert row.own < row.own_biased < row.best < row.best_biased
    assert row.best / row.own == pytest.approx(392_058 / 165_290, rel=0.05)
    assert 392_058 / 165_290 < row.gain < 569_285 / 165_290
    assert row.setting.optimum.source.bob_key_probability == 0.9
    assert own_setting(reference).bob_key_probability == 0.5


def test_a_gain_over_nothing_is_none(reference):
    (row,) = gain_table(reference, rng=np.random.default_rng(1), proofs=("rusca2018_1decoy",))
    assert (row.own, row.own_biased, row.gain) == (0, 0, None)
    assert row.best_biased > row.best > 0
