import json
from dataclasses import replace
from math import log2
from pathlib import Path

import numpy as np
import pytest

from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.decoy import two_decoys
from passplan.qkd.proof_chernoff import SATQUMA_OPTIONS, chernoff, suits_chernoff
from passplan.qkd.proof_lim2014 import lim2014
from passplan.qkd.settings import KeySettings, Options
from passplan.qkd.statistics import binary_entropy

REFERENCE = json.loads((Path(__file__).resolve().parents[1] / "reference" / "finite_key_two_decoy.json").read_text())
RELATIVE = 1e-9


def rows_of(name):
    table = REFERENCE[name]
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def three(row, name):
    return tuple(row[f"{name[:2]}{i}{name[2:]}"] for i in (1, 2, 3))


def satquma_counts(row, errors="mZ"):
    key = three(row, "nX")
    rate = row["mX_total"] / sum(key)  # SatQuMA uses their total alone
    return Counts(
        intensities=(row["mu1"], row["mu2"], 0.0),
        probabilities=(row["P1"], row["P2"], 1.0 - row["P1"] - row["P2"]),
        key_basis=BasisCounts(clicks=key, errors=[rate * n for n in key]),
        test_basis=BasisCounts(clicks=three(row, "nZ"), errors=three(row, errors)),
    )


def with_options(**options):
    return KeySettings(options=Options(**options))


def clipped(key):
    return max(key.secret_bits_real, 0.0)


def test_satquma_v2_to_the_last_digit():
    """Another library: SatQuMA 2.0.0 on its own pass file, 482,056 bits, with every bound it returned."""
    given = REFERENCE["satquma_v2"]
    rate = given["key_errors_total"] / sum(given["key_clicks"])
    counts = Counts(
        intensities=given["intensities"],
        probabilities=given["probabilities"],
        key_basis=BasisCounts(clicks=given["key_clicks"], errors=[rate * n for n in given["key_clicks"]]),
        test_basis=BasisCounts(clicks=given["test_clicks"], errors=given["test_errors"]),
    )
    assert suits_chernoff(counts)
    key = chernoff(counts, settings=KeySettings(options=replace(SATQUMA_OPTIONS, pool_errors=False)))
    assert key.secret_bits == 482_056
    assert key.secret_bits_real == pytest.approx(given["secret_bits_real"], rel=1e-12)
    assert list(key.bounds.values())[:4] == pytest.approx(
        [given[name] for name in ("vacuum", "single", "wrong", "phase_error")], rel=1e-12
    )
    assert key.leak_bits == pytest.approx(given["leak"], rel=1e-12)
    assert key.options["leak_model"] == "tomamichel"


@pytest.mark.parametrize("row", rows_of("satquma_fixed"), ids=lambda row: f"{row['SKL_chernoff_logM']:.0f}")
def test_satquma_and_another_code_agree(row):
    """Other libraries: SatQuMA with three kinds of limits, W1Adri on the same counts; errors as SatQuMA pooled them."""
    counts = satquma_counts(row)
    key = chernoff(counts, settings=KeySettings(options=replace(SATQUMA_OPTIONS, pool_errors=False)))
    assert key.secret_bits_real == pytest.approx(row["SKL_chernoff_logM"], rel=RELATIVE)
    assert key.leak_bits == pytest.approx(row["lambdaEC_logM"], rel=RELATIVE)
    assert key.bounds["phase_error_upper"] == pytest.approx(row["phi_x"], rel=RELATIVE)
    own = with_options(clip_errors=False, cap_errors=True)
    for proof, name in ((chernoff, "SKL_chernoff_block"), (lim2014, "SKL_hoeffding_block")):
        assert clipped(proof(counts, settings=own)) == pytest.approx(row[name], rel=RELATIVE)
    paper = KeySettings()
    same, unpooled = (lim2014(c, settings=paper) for c in (counts, satquma_counts(row, "mZ_unpooled")))
    assert clipped(same) == pytest.approx(row["w1adri_lim14_samecounts"], rel=RELATIVE)
    assert clipped(unpooled) == pytest.approx(row["w1adri_lim14_unpooled_errors"], rel=RELATIVE)


@pytest.mark.parametrize("row", rows_of("satquma_fixed")[:6], ids=lambda row: f"{row['SKL_asymptotic_block']:.0f}")
def test_satquma_without_fluctuation_agrees(row):
    """Another library: the same bounds with no deviation and no penalty are SatQuMA's asymptotic length."""
    counts = satquma_counts(row)
    source = two_decoys(intensities=np.array(counts.intensities), probabilities=np.array(counts.probabilities))

    def reduced(values):
        return source.weight * np.array(values)

    key, test, wrong = (reduced(part) for part in (counts.key_basis.clicks, counts.test_basis.clicks, three(row, "mZ")))
    vacuum, test_vacuum = source.vacuum(key, key), source.vacuum(test, test)
    single, tested = source.single(key, key, vacuum), source.single(test, test, test_vacuum)
    rate = min(float(source.errors(wrong, wrong)), sum(three(row, "mZ"))) / float(tested)
    clicks = counts.key_basis.total_clicks
    leak = 1.16 * clicks * float(binary_entropy(row["mX_total"] / clicks))
    length = vacuum + single * (1.0 - float(binary_entropy(rate))) - leak
    assert float(length) == pytest.approx(row["SKL_asymptotic_block"], rel=RELATIVE)


@pytest.mark.parametrize("row", rows_of("two_codes"), ids=lambda row: f"{row['w1adri_bits_full_lambdaEC']:.0f}")
def test_two_codes_of_lim2014_agree(row):
    """Other libraries: W1Adri with the leak of all clicks, KlenM with the errors of the weakest intensity left out."""
    counts = Counts(
        intensities=three(row, "mu"),
        probabilities=tuple(row[f"p{i}"] for i in (1, 2, 3)),
        key_basis=BasisCounts(clicks=three(row, "nX"), errors=three(row, "mX")),
        test_basis=BasisCounts(clicks=three(row, "nZ"), errors=three(row, "mZ")),
    )
    common = {"epsilon_sec": row["eps_sec"], "epsilon_cor": row["eps_cor"]}
    key = lim2014(counts, settings=KeySettings(error_correction_efficiency=row["f_EC"], **common))
    if row["w1adri_bits_full_lambdaEC"] == 0.0:
        assert key.secret_bits == 0
        return
    assert key.secret_bits_real == pytest.approx(row["w1adri_bits_full_lambdaEC"], rel=RELATIVE)
    clicks = counts.key_basis.total_clicks
    rate = (row["mX1"] + row["mX2"]) / clicks
    told = row["f_EC"] * clicks * float(binary_entropy(rate))
    other = lim2014(counts, settings=KeySettings(error_correction_leak_bits=told, **common))
    assert other.secret_bits_real == pytest.approx(row["klenm_bits_maxphase0.5"], rel=RELATIVE)


def test_own_choice_counts_the_errors_of_each_intensity():
    """Convention: Fung sampling, cap, clips, no pooling; pooling moves errors away from the vacuum clicks."""
    row = rows_of("satquma_fixed")[0]
    counts = satquma_counts(row, "mZ_unpooled")
    key = chernoff(counts, settings=KeySettings())
    assert key.options == {
        "sampling": "fung",
        "concentration": "chernoff",
        "clip_negative": True,
        "clip_errors": True,
        "cap_errors": True,
        "pool_errors": False,
        "leak_model": "entropy",
    }
    pooled = chernoff(counts, settings=with_options(pool_errors=True))
    assert pooled.bounds["single_photon_errors_upper"] != key.bounds["single_photon_errors_upper"]
    rest = pooled.secret_bits_real + pooled.leak_bits - pooled.bounds["vacuum_lower"]
    entropy = float(binary_entropy(pooled.bounds["phase_error_upper"]))
    assert rest - pooled.bounds["single_photon_lower"] * (1.0 - entropy) == pytest.approx(
        -6.0 * log2(21.0 / 1e-9) - log2(2.0 / 1e-15), abs=1e-4
    )
