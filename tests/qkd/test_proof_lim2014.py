import csv
import json
from dataclasses import replace
from itertools import pairwise
from math import log2
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.qkd.counts import BasisCounts, Counts, add_counts, swap_bases
from passplan.qkd.proof_lim2014 import lim2014, lim2014_both_bases
from passplan.qkd.settings import KeySettings, Options
from passplan.qkd.weak_decoy import weak_decoy_single_photons

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
MICIUS = json.loads((REFERENCE / "finite_key_micius.json").read_text())
PEERS = [
    {name: float(value) for name, value in row.items()}
    for row in csv.DictReader(
        line for line in (REFERENCE / "finite_key_lim2014_peers.csv").read_text().splitlines() if line[0] != "#"
    )
]
SETTINGS = KeySettings()
RELATIVE = 1e-9


def counts_of(document):
    bases = {name: BasisCounts(**document[name]) for name in ("key_basis", "test_basis")}
    return Counts(intensities=document["intensities"], probabilities=document["probabilities"], **bases)


def scaled(counts, factor):
    def basis(part):
        return BasisCounts(clicks=[factor * n for n in part.clicks], errors=[factor * m for m in part.errors])

    return replace(counts, key_basis=basis(counts.key_basis), test_basis=basis(counts.test_basis))


def peer_counts(row):
    def three(name):
        return tuple(row[f"{name}{i}"] for i in (1, 2, 3))

    return Counts(
        intensities=three("mu"),
        probabilities=three("p"),
        key_basis=BasisCounts(clicks=three("nX"), errors=three("mX")),
        test_basis=BasisCounts(clicks=three("nZ"), errors=three("mZ")),
    )


R4 = counts_of(MICIUS["counts"])
CAPPED = KeySettings(options=Options(cap_errors=True))


@pytest.mark.parametrize("row", MICIUS["lim2014"], ids=lambda row: row["id"])
def test_the_r4_pass_gives_the_reference_lengths(row):
    """Reference evaluations of the R4 pass at the 2017 settings (own calculation, made apart), to one bit."""
    settings = KeySettings(options=Options(sampling=row["sampling"], cap_errors=row["cap_errors"]))
    key = lim2014(R4, settings=settings)
    assert key.secret_bits == row["one_basis"]
    for name in ("vacuum_lower", "single_photon_lower", "single_photon_errors_upper", "phase_error_upper"):
        assert key.bounds[name] == pytest.approx(row[name], rel=1e-12)
    if row["both_bases"] is not None:
        assert lim2014_both_bases(R4, settings=settings).secret_bits == row["both_bases"]


def test_the_paper_is_the_default():
    """Convention: Fung sampling, lower counts clipped at 0, errors not capped: 162,798 bits on the R4 pass."""
    key = lim2014(R4, settings=SETTINGS)
    assert key.options == {
        "sampling": "fung",
        "concentration": "hoeffding",
        "clip_negative": True,
        "clip_errors": True,
        "cap_errors": False,
        "pool_errors": False,
        "leak_model": "entropy",
    }
    assert key.secret_bits == 162_798


@pytest.mark.parametrize(
    "row", PEERS, ids=lambda row: f"{row['eta_dB']:g}dB-{row['N']:g}-{row['w1adri_bits_full_lambdaEC']:.0f}"
)
def test_two_public_codes_agree(row):
    """Other libraries: length, bounds and leak of two public codes; where they give no key, neither do we."""
    settings = KeySettings(
        epsilon_sec=row["eps_sec"], epsilon_cor=row["eps_cor"], error_correction_efficiency=row["f_EC"]
    )
    key = lim2014(peer_counts(row), settings=settings)
    if row["w1adri_bits_full_lambdaEC"] == 0.0:
        assert key.secret_bits == 0
        return
    assert key.secret_bits_real == pytest.approx(row["w1adri_bits_full_lambdaEC"], rel=RELATIVE)
    assert key.leak_bits == pytest.approx(row["lambda_ec_full"], rel=RELATIVE)
    expected = {
        "vacuum_lower": row["s_x0"],
        "single_photon_lower": row["s_x1"],
        "single_photon_errors_upper": row["v_z1"],
        "phase_error_upper": row["phi_x"],
    }
    assert {name: key.bounds[name] for name in expected} == pytest.approx(expected, rel=RELATIVE)


def test_bounds_hold_for_simulated_photons(rng):
    """Statistics: photon number by photon number, 400 simulated blocks; no bound is ever broken (allowed: 1e-9)."""
    mu, p, eta, background, wrong, pulses = (0.6, 0.2, 0.0), (0.5, 0.3, 0.2), 0.003, 1e-6, 0.01, 1e9
    n = np.arange(8)
    factorials = np.cumprod(np.maximum(n, 1))
    sent = pulses * np.array(
        [[q * np.exp(-k) * k**i / f for k, q in zip(mu, p, strict=True)] for i, f in zip(n, factorials, strict=True)]
    )
    click = 1.0 - (1.0 - background) * (1.0 - eta) ** n
    error = (0.5 * background + wrong * (click - background)) / click
    for _ in range(400):
        clicks = {name: rng.poisson(0.5 * sent * click[:, None]) for name in ("key", "test")}
        errors = {name: rng.binomial(values, error[:, None]) for name, values in clicks.items()}
        counts = Counts(
            intensities=mu,
            probabilities=p,
            key_basis=BasisCounts(clicks=clicks["key"].sum(axis=0).tolist(), errors=errors["key"].sum(axis=0).tolist()),
            test_basis=BasisCounts(
                clicks=clicks["test"].sum(axis=0).tolist(), errors=errors["test"].sum(axis=0).tolist()
            ),
        )
        bounds = lim2014(counts, settings=SETTINGS).bounds
        assert bounds["vacuum_lower"] <= clicks["key"][0].sum()
        assert 0.0 < bounds["single_photon_lower"] <= clicks["key"][1].sum()
        assert bounds["single_photon_errors_upper"] >= errors["test"][1].sum()
        assert bounds["phase_error_upper"] >= errors["key"][1].sum() / clicks["key"][1].sum()


def test_many_counts_reach_the_asymptotic_bound():
    """Two routes: at 1e16 times the counts the single photons per count are those of Ma 2005 without fluctuation."""
    factor = 1e16
    key = lim2014(scaled(R4, factor), settings=SETTINGS)
    mu, nu, _ = R4.intensities
    yields = [n / p for n, p in zip(R4.key_basis.clicks, R4.probabilities, strict=True)]
    one = weak_decoy_single_photons(
        signal_upper=yields[0], decoy_lower=yields[1], vacuum_upper=yields[2], signal=mu, decoy=nu
    )
    tau1 = sum(p * k * np.exp(-k) for k, p in zip(R4.intensities, R4.probabilities, strict=True))
    assert key.bounds["single_photon_lower"] / factor == pytest.approx(float(tau1 * one), rel=1e-5)
    tau0 = sum(p * np.exp(-k) for k, p in zip(R4.intensities, R4.probabilities, strict=True))
    assert key.bounds["vacuum_lower"] / factor == pytest.approx(tau0 * yields[2], rel=1e-5)


def test_larger_blocks_give_more_per_count():
    """Property: length over counts rises with the block; one block beats its parts."""
    rates = [lim2014(scaled(R4, f), settings=SETTINGS).secret_bits_real / f for f in (0.5, 1.0, 2.0, 10.0, 1e3)]
    assert all(low < high for low, high in pairwise(rates))


@given(share=st.floats(0.01, 0.99), sampling=st.sampled_from(["fung", "serfling", "hypergeometric"]))
def test_sum_of_counts_beats_sum_of_keys(share, sampling):
    """Property: a block cut in two parts of like statistics never gives more key than the whole."""
    settings = KeySettings(options=Options(sampling=sampling))
    parts = [scaled(R4, share), scaled(R4, 1.0 - share)]
    whole = lim2014(add_counts(*parts), settings=settings).secret_bits
    assert whole >= sum(lim2014(part, settings=settings).secret_bits for part in parts)


@given(
    exponents=st.tuples(st.floats(-30.0, -1.0), st.floats(-30.0, -1.0)), sampling=st.sampled_from(["fung", "serfling"])
)
def test_less_caution_gives_more_key(exponents, sampling):
    """Property: the length never falls when either failure probability rises, down to 1e-30."""
    low, high = (10.0**e for e in sorted(exponents))
    for name in ("epsilon_sec", "epsilon_cor"):
        shorter, longer = (
            lim2014(R4, settings=KeySettings(options=Options(sampling=sampling), **{name: e})) for e in (low, high)
        )
        assert shorter.secret_bits_real <= longer.secret_bits_real


small = st.floats(0.0, 1e7)


@given(
    clicks=st.lists(small, min_size=6, max_size=6),
    shares=st.lists(st.floats(0.0, 1.0), min_size=6, max_size=6),
    options=st.builds(
        Options,
        sampling=st.sampled_from(["fung", "serfling", "hypergeometric"]),
        clip_negative=st.booleans(),
        cap_errors=st.booleans(),
        pool_errors=st.booleans(),
    ),
)
def test_any_counts_give_a_sane_length(clicks, shares, options):
    """Property: whatever the counts, even impossible ones: finite, at most the clicks of the key basis, no warning."""
    errors = [n * s for n, s in zip(clicks, shares, strict=True)]
    counts = Counts(
        intensities=(0.6, 0.2, 0.01),
        probabilities=(0.5, 0.3, 0.2),
        key_basis=BasisCounts(clicks=clicks[:3], errors=errors[:3]),
        test_basis=BasisCounts(clicks=clicks[3:], errors=errors[3:]),
    )
    key = lim2014(counts, settings=KeySettings(options=options))
    assert 0 <= key.secret_bits <= counts.key_basis.total_clicks
    assert np.isfinite(key.secret_bits_real)
    assert key.bounds["phase_error_upper"] <= 0.5
    both = lim2014_both_bases(counts, settings=KeySettings(options=options))
    assert both.secret_bits <= counts.key_basis.total_clicks + counts.test_basis.total_clicks


@pytest.mark.parametrize("empty", ["key_basis", "test_basis"])
def test_an_empty_basis_gives_no_key(empty):
    """Limit: without clicks to key, or without any test, the length is 0 and its real value negative."""
    counts = replace(R4, **{empty: BasisCounts(clicks=(0, 0, 0), errors=(0, 0, 0))})
    for proof in (lim2014, lim2014_both_bases):
        key = proof(counts, settings=SETTINGS)
        assert key.secret_bits == 0
        assert key.secret_bits_real < 0.0
    assert lim2014(counts, settings=KeySettings(error_correction_leak_bits=0.0)).secret_bits == 0


def test_options_move_the_length_the_right_way():
    """Property: the cap never costs key; without the clip there is less; pooled errors hide those of the vacuum."""
    plain = lim2014(R4, settings=SETTINGS).secret_bits
    assert lim2014(R4, settings=CAPPED).secret_bits > plain
    assert lim2014(R4, settings=KeySettings(options=Options(clip_negative=False))).secret_bits < plain
    pooled = lim2014(R4, settings=KeySettings(options=Options(pool_errors=True)))
    rate = R4.test_basis.total_errors / R4.test_basis.total_clicks
    errors = BasisCounts(clicks=R4.test_basis.clicks, errors=[rate * n for n in R4.test_basis.clicks])
    assert pooled.secret_bits == lim2014(replace(R4, test_basis=errors), settings=SETTINGS).secret_bits


def test_a_measured_leak_counts_bit_by_bit():
    """Exact: one more bit told is one bit less of key; the efficiency is the leak over the entropy."""
    planned = lim2014(R4, settings=SETTINGS)
    measured = lim2014(R4, settings=KeySettings(error_correction_leak_bits=planned.leak_bits + 1000.0))
    assert planned.secret_bits_real - measured.secret_bits_real == pytest.approx(1000.0, abs=1e-6)
    assert planned.error_correction_efficiency == pytest.approx(1.16, rel=1e-12)
    assert measured.error_correction_efficiency == pytest.approx(1.16 * (1.0 + 1000.0 / planned.leak_bits), rel=1e-12)


def test_the_penalty_terms_are_those_of_eq_1():
    """Exact: l + leak - s_0 - s_1 (1 - h(phi)) = -6 log2(21 / eps_sec) - log2(2 / eps_cor)."""
    key = lim2014(R4, settings=SETTINGS)
    phi, single = key.bounds["phase_error_upper"], key.bounds["single_photon_lower"]
    entropy = -phi * log2(phi) - (1.0 - phi) * log2(1.0 - phi)
    rest = key.secret_bits_real + key.leak_bits - key.bounds["vacuum_lower"] - single * (1.0 - entropy)
    assert rest == pytest.approx(-6.0 * log2(21.0 / 1e-9) - log2(2.0 / 1e-15), abs=1e-6)


def test_both_bases_are_two_directions_at_half_epsilon():
    """Two routes: the sum of either direction alone; a measured leak goes off once; a dead direction takes nothing."""
    half = KeySettings(epsilon_sec=0.5e-9, epsilon_cor=0.5e-15)
    both = lim2014_both_bases(R4, settings=SETTINGS)
    assert both.secret_bits == sum(lim2014(c, settings=half).secret_bits for c in (R4, swap_bases(R4)))
    assert "not by the 2014 paper" in both.assumptions[0]
    measured = lim2014_both_bases(R4, settings=KeySettings(error_correction_leak_bits=both.leak_bits))
    assert measured.secret_bits_real == pytest.approx(both.secret_bits_real, abs=1e-6)
    bad = replace(R4, key_basis=replace(R4.key_basis, errors=[0.4 * n for n in R4.key_basis.clicks]))
    one_way = lim2014_both_bases(bad, settings=SETTINGS)
    assert one_way.secret_bits == 0
    assert one_way.secret_bits_real < 0.0


@pytest.mark.parametrize("proof", [lim2014, lim2014_both_bases])
def test_other_intensities_are_refused(proof):
    """Refusal: two intensities, or decoys too strong for eq. 3."""
    two = BasisCounts(clicks=(10, 5), errors=(0, 0))
    counts = Counts(intensities=(0.5, 0.1), probabilities=(0.5, 0.5), key_basis=two, test_basis=two)
    with pytest.raises(DomainError, match=rf"intensities are 0.5, 0.1; {proof.__name__} needs three with mu1 > mu2"):
        proof(counts, settings=SETTINGS)
    with pytest.raises(DomainError, match=rf"intensities are 0.5, 0.3, 0.2; {proof.__name__} needs three"):
        proof(replace(R4, intensities=(0.5, 0.3, 0.2)), settings=SETTINGS)


@pytest.mark.parametrize("leak_bits", [None, 40_000.0])
def test_both_bases_are_the_sum_of_two_directions(leak_bits):
    """Definition, bases unlike: each direction at half the epsilons; a measured leak falls on both, however shared."""
    unlike = Counts(
        intensities=(0.8, 0.1, 0.0),
        probabilities=(0.5, 0.25, 0.25),
        key_basis=BasisCounts(clicks=(835_000.0, 53_000.0, 900.0), errors=(9_000.0, 950.0, 430.0)),
        test_basis=BasisCounts(clicks=(400_000.0, 90_000.0, 5_000.0), errors=(4_000.0, 1_100.0, 2_400.0)),
    )
    settings = replace(SETTINGS, error_correction_leak_bits=leak_bits)
    both = lim2014_both_bases(unlike, settings=settings)
    share = 888_900.0 / (888_900.0 + 495_000.0)
    parts = [
        lim2014(
            counts,
            settings=replace(
                settings,
                epsilon_sec=0.5e-9,
                epsilon_cor=0.5e-15,
                error_correction_leak_bits=None if leak_bits is None else leak_bits * part,
            ),
        )
        for counts, part in ((unlike, share), (swap_bases(unlike), 1.0 - share))
    ]
    for name in ("vacuum_lower", "single_photon_lower", "single_photon_errors_upper"):
        assert both.bounds[name] == pytest.approx(sum(part.bounds[name] for part in parts), rel=1e-9)
    assert both.secret_bits_real == pytest.approx(sum(max(p.secret_bits_real, 0.0) for p in parts), rel=1e-9)
    assert both.leak_bits == pytest.approx(sum(part.leak_bits for part in parts), rel=1e-9)
