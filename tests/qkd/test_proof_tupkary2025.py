import json
from dataclasses import fields, replace
from itertools import pairwise
from math import log2, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.qkd.block import Blocks, Terms, block_of
from passplan.qkd.counts import BasisCounts, Counts, add_counts, pool_errors
from passplan.qkd.proof_tupkary2025 import suits_tupkary, tupkary_variable_length, tupkary_variable_length_terms
from passplan.qkd.settings import KeySettings, Options

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ROWS = json.loads((REFERENCE / "finite_key_variable.json").read_text())["tupkary_variable_length"]
SETTINGS = KeySettings()


def counts_of(row):
    bases = {name: BasisCounts(**row[name]) for name in ("key_basis", "test_basis")}
    return Counts(intensities=row["intensities"], probabilities=row["probabilities"], **bases)


def scaled(counts, factor):
    def basis(part):
        return BasisCounts(clicks=[factor * n for n in part.clicks], errors=[factor * m for m in part.errors])

    return replace(counts, key_basis=basis(counts.key_basis), test_basis=basis(counts.test_basis))


def stacked(blocks):
    return Blocks(**{f.name: np.stack([getattr(block, f.name) for block in blocks]) for f in fields(Blocks)})


R4 = counts_of(ROWS[0])
OPTIMUM = counts_of(ROWS[1])


def test_the_r4_pass_gives_the_reference_length():
    """Reference evaluation of the R4 pass at the 2017 settings, made apart: to the bit, and in every bound."""
    row = ROWS[0]
    key = tupkary_variable_length(R4, settings=SETTINGS)
    assert key.secret_bits == row["secret_bits"] == 118_447
    for name, value in row["bounds"].items():
        assert key.bounds[name] == pytest.approx(value, rel=1e-12)
    assert key.bounds["vacuum_lower"] is None
    assert key.epsilon["privacy_amplification"] == pytest.approx(row["share"], rel=1e-12)


@pytest.mark.parametrize("row", ROWS[1:], ids=lambda row: row["id"])
def test_the_optima_are_met(row):
    """Reference optima (own differential evolution, made apart), settings printed to five digits: within 0.1 %."""
    key = tupkary_variable_length(counts_of(row), settings=SETTINGS)
    assert key.secret_bits == pytest.approx(row["secret_bits"], rel=1e-3)
    assert key.bounds["phase_error_upper"] == pytest.approx(row["bounds"]["phase_error_upper"], rel=1e-3)


@pytest.mark.parametrize(
    ("deltas", "bounds"), [((None, None), 10), ((0.0, 0.0), 10), ((0.01, 0.0), 11), ((0.01, 0.02), 12)]
)
def test_the_epsilon_account_adds_up(deltas, bounds):
    """Exact: 2 sqrt(k) e + e is eps_sec, k ten and one for each delta above 0; the tail is that of one share."""
    settings = KeySettings(mismatch_delta1=deltas[0], mismatch_delta2=deltas[1])
    key = tupkary_variable_length(OPTIMUM, settings=settings)
    share = key.epsilon[f"root_of_each_of_{bounds}_bounds"]
    assert key.epsilon["estimation"] == pytest.approx(2.0 * sqrt(bounds) * share, rel=1e-12)
    assert key.epsilon["estimation"] + key.epsilon["privacy_amplification"] == pytest.approx(1e-9, rel=1e-12)
    phi, single = key.bounds["phase_error_upper"], key.bounds["single_photon_lower"]
    entropy = -phi * log2(phi) - (1.0 - phi) * log2(1.0 - phi)
    rest = key.secret_bits_real + key.leak_bits - single * (1.0 - entropy)
    assert rest == pytest.approx(2.0 * log2(2.0 * share) - log2(2.0 / 1e-15), abs=1e-6)


def test_mismatch_raises_the_phase_error_as_printed():
    """Exact for many counts: the excess terms vanish and phi = (e_1 + delta1) / (1 - delta2)."""
    settings = KeySettings(mismatch_delta1=0.03, mismatch_delta2=0.1)
    bounds = tupkary_variable_length(scaled(R4, 1e10), settings=settings).bounds
    rate = (
        bounds["single_photon_errors_upper"]
        / tupkary_variable_length_terms(block_of(scaled(R4, 1e10)), settings=settings).tested
    )
    assert bounds["phase_error_upper"] == pytest.approx((float(rate) + 0.03) / 0.9, rel=1e-4)


@given(low=st.floats(0.0, 0.1), step=st.floats(0.0, 0.1), which=st.sampled_from(["mismatch_delta1", "mismatch_delta2"]))
def test_unlike_detectors_give_less(low, step, which):
    """Property: more mismatch never gives more key, and none is the limit of little."""
    none, some, more = (
        tupkary_variable_length(OPTIMUM, settings=KeySettings(**{which: value})).secret_bits_real
        for value in (None, low, low + step)
    )
    assert none >= some >= more


def test_the_assumptions_say_what_is_covered():
    """Convention: the mismatch is covered, and said to be stated or not; the other flaws are named as not covered."""
    alike = tupkary_variable_length(R4, settings=SETTINGS).assumptions
    unlike = tupkary_variable_length(R4, settings=KeySettings(mismatch_delta1=0.01)).assumptions
    assert any("detectors alike" in line for line in alike)
    assert any("detectors unlike within" in line for line in unlike)
    for line in ("a spread of the intensities", "betray their basis", "afterpulsing"):
        assert any("not covered" in text and line in text for text in alike)
    by_size = tupkary_variable_length(R4, settings=KeySettings(options=Options(concentration="exact"))).assumptions
    assert any("clicks independent of each other" in line for line in by_size)


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
    clicks = {name: rng.poisson(0.5 * sent * click[:, None], size=(400, 8, 3)) for name in ("key", "test")}
    errors = {name: rng.binomial(values, error[:, None]) for name, values in clicks.items()}
    blocks = Blocks(
        intensities=np.broadcast_to(mu, (400, 3)),
        probabilities=np.broadcast_to(p, (400, 3)),
        key_clicks=clicks["key"].sum(axis=1).astype(float),
        key_errors=errors["key"].sum(axis=1).astype(float),
        test_clicks=clicks["test"].sum(axis=1).astype(float),
        test_errors=errors["test"].sum(axis=1).astype(float),
    )
    terms = tupkary_variable_length_terms(blocks, settings=SETTINGS)
    assert np.all(
        (0.5 * clicks["key"][:, 1].sum(axis=1) < terms.single) & (terms.single <= clicks["key"][:, 1].sum(axis=1))
    )
    assert np.all(terms.tested <= clicks["test"][:, 1].sum(axis=1))
    assert np.all(terms.wrong >= errors["test"][:, 1].sum(axis=1))
    assert np.all(terms.phase_error >= errors["key"][:, 1].sum(axis=1) / clicks["key"][:, 1].sum(axis=1))


def test_many_blocks_are_one_by_one():
    """Two routes: the terms of stacked blocks are those of each block alone, with mismatch and corners too."""
    settings = KeySettings(mismatch_delta1=0.002, mismatch_delta2=0.001, options=Options(intensity_spread_corners=True))
    every = [block_of(c) for c in (R4, OPTIMUM, scaled(R4, 1e-3), scaled(OPTIMUM, 1e3))]
    together = tupkary_variable_length_terms(stacked(every), settings=settings)
    for i, block in enumerate(every):
        alone = tupkary_variable_length_terms(block, settings=settings)
        for field in fields(Terms):
            np.testing.assert_allclose(getattr(together, field.name)[i], getattr(alone, field.name), rtol=1e-12)


def test_larger_blocks_give_more_per_count():
    """Property: length over counts rises with the block towards its limit; one block beats its parts."""
    rates = [tupkary_variable_length(scaled(R4, f), settings=SETTINGS).secret_bits_real / f for f in (0.5, 1, 10, 1e4)]
    assert all(low < high for low, high in pairwise(rates))
    half = scaled(OPTIMUM, 0.5)
    whole = tupkary_variable_length(add_counts(half, half), settings=SETTINGS).secret_bits
    assert whole >= 2 * tupkary_variable_length(half, settings=SETTINGS).secret_bits


@given(exponents=st.tuples(st.floats(-30.0, -1.0), st.floats(-30.0, -1.0)))
def test_less_caution_gives_more_key(exponents):
    """Property: the length never falls when either failure probability rises, down to 1e-30."""
    low, high = (10.0**e for e in sorted(exponents))
    for name in ("epsilon_sec", "epsilon_cor"):
        shorter, longer = (tupkary_variable_length(R4, settings=KeySettings(**{name: e})) for e in (low, high))
        assert shorter.secret_bits_real <= longer.secret_bits_real


@given(
    clicks=st.lists(st.floats(0.0, 1e12, allow_subnormal=False), min_size=6, max_size=6),
    shares=st.lists(st.floats(0.0, 1.0), min_size=6, max_size=6),
    deltas=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)),
    epsilon=st.sampled_from([1e-30, 1e-9, 0.5]),
    options=st.builds(
        Options,
        concentration=st.sampled_from(["hoeffding", "azuma", "chernoff", "exact"]),
        clip_negative=st.booleans(),
        cap_errors=st.booleans(),
        pool_errors=st.booleans(),
        intensity_spread_corners=st.booleans(),
    ),
)
def test_any_counts_give_a_sane_length(clicks, shares, deltas, epsilon, options):
    """Property: whatever the counts, even impossible ones: finite, at most the clicks of the key basis, no warning."""
    errors = [n * s for n, s in zip(clicks, shares, strict=True)]
    counts = replace(
        R4,
        key_basis=BasisCounts(clicks=clicks[:3], errors=errors[:3]),
        test_basis=BasisCounts(clicks=clicks[3:], errors=errors[3:]),
    )
    settings = KeySettings(epsilon_sec=epsilon, mismatch_delta1=deltas[0], mismatch_delta2=deltas[1], options=options)
    key = tupkary_variable_length(counts, settings=settings)
    assert np.isfinite(key.secret_bits_real)
    assert key.secret_bits <= sum(clicks[:3])
    assert 0.0 <= key.bounds["phase_error_upper"] <= 0.5


def test_hopeless_blocks_keep_a_slope():
    """Property: without a key the real length still says which way it lies: fewer errors, more counts, better order."""

    def bad(share):
        return replace(R4, test_basis=replace(R4.test_basis, errors=[share * n for n in R4.test_basis.clicks]))

    worse, better = (tupkary_variable_length(bad(s), settings=SETTINGS).secret_bits_real for s in (0.4, 0.3))
    assert worse < better < 0.0
    few, fewer = (tupkary_variable_length(scaled(R4, f), settings=SETTINGS) for f in (1e-3, 1e-4))
    assert fewer.secret_bits == few.secret_bits == 0
    blocks = block_of(R4)
    order = stacked(
        [replace(blocks, intensities=np.array(mu)) for mu in ((0.8, 0.1, 0.0), (0.3, 0.2, 0.1), (0.1, 0.1, 0.1))]
    )
    real = tupkary_variable_length_terms(order, settings=SETTINGS).real
    assert real[0] > 0.0 > max(real[1:])
    assert np.isfinite(real).all()


def test_a_measured_leak_and_the_options_count():
    """Exact: one more bit told is one bit less; the cap, the exact sampling and the exact limits each lengthen R4."""
    planned = tupkary_variable_length(R4, settings=SETTINGS)
    measured = tupkary_variable_length(R4, settings=KeySettings(error_correction_leak_bits=planned.leak_bits + 500.0))
    assert planned.secret_bits_real - measured.secret_bits_real == pytest.approx(500.0, abs=1e-6)
    lengths = [
        tupkary_variable_length(R4, settings=KeySettings(options=Options(**chosen))).secret_bits
        for chosen in (
            {},
            {"cap_errors": True},
            {"cap_errors": True, "sampling": "hypergeometric"},
            {"cap_errors": True, "sampling": "hypergeometric", "concentration": "exact"},
        )
    ]
    assert all(low < high for low, high in pairwise(lengths))
    pooled = tupkary_variable_length(R4, settings=KeySettings(options=Options(pool_errors=True)))
    by_hand = tupkary_variable_length(replace(R4, test_basis=pool_errors(R4.test_basis)), settings=SETTINGS)
    assert pooled.secret_bits_real == pytest.approx(by_hand.secret_bits_real, rel=1e-12)
    assert pooled.secret_bits_real != planned.secret_bits_real


def test_other_sources_and_samplings_are_refused():
    """Refusal: decoys too strong, also at a corner of the spread; a sampling term that is an estimate."""
    assert suits_tupkary(R4)
    with pytest.raises(DomainError, match=r"intensities are 0.5, 0.3, 0.2; tupkary_variable_length needs three with"):
        tupkary_variable_length(replace(R4, intensities=(0.5, 0.3, 0.2)), settings=SETTINGS)
    with pytest.raises(DomainError, match=r"intensity_spread is 0.05: intensity 1 may fall to 0.475, must exceed"):
        tupkary_variable_length(
            replace(R4, intensities=(0.5, 0.3, 0.18)),
            settings=KeySettings(options=Options(intensity_spread_corners=True)),
        )
    with pytest.raises(DomainError, match=r"Options.sampling is 'fung', tupkary_variable_length takes one of hyperg"):
        tupkary_variable_length(R4, settings=KeySettings(options=Options(sampling="fung")))
