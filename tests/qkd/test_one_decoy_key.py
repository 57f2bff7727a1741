from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError, UnknownName
from passplan.qkd.block import Blocks, Terms, block_of
from passplan.qkd.counts import BasisCounts, Counts, add_counts
from passplan.qkd.leakage import tomamichel_leak_bits
from passplan.qkd.proof_rusca2018 import rusca2018_1decoy, rusca2018_1decoy_terms, suits_rusca2018
from passplan.qkd.proof_wiesemann2026 import (
    suits_wiesemann2026,
    wiesemann2026_1decoy,
    wiesemann2026_1decoy_terms,
)
from passplan.qkd.sampling import SAMPLING
from passplan.qkd.settings import KeySettings, Options

SETTINGS = KeySettings()
PROOFS = [rusca2018_1decoy, wiesemann2026_1decoy]
TERMS = {rusca2018_1decoy: rusca2018_1decoy_terms, wiesemann2026_1decoy: wiesemann2026_1decoy_terms}
both_proofs = pytest.mark.parametrize("proof", PROOFS)
any_proof = st.sampled_from(PROOFS)
MU, P = (0.54, 0.18), (0.63, 0.37)


def basis(pulses, eta, background=5e-7, wrong=0.01):
    light = 1.0 - np.exp(-eta * np.array(MU))
    clicks, errors = np.array(P) * (background + light), np.array(P) * (0.5 * background + wrong * light)
    return BasisCounts(clicks=(pulses * clicks).tolist(), errors=(pulses * errors).tolist())


def block(pulses, *, eta=2e-4, **noise):
    return Counts(
        intensities=MU,
        probabilities=P,
        key_basis=basis(0.7 * pulses, eta, **noise),
        test_basis=basis(0.04 * pulses, eta, **noise),
    )


PASS = block(2.7e10)


def blocks_of(counts):
    return Blocks(**{f.name: np.stack([getattr(block_of(c), f.name) for c in counts]) for f in fields(Blocks)})


def values_of(terms):
    return {f.name: getattr(terms, f.name) for f in fields(Terms)}


@both_proofs
def test_many_blocks_are_each_block_alone(proof):
    """Two routes: arrays of blocks, good and hopeless, against each block alone."""
    cases = [PASS, block(1e6), block(1e9), block(2.7e10, wrong=0.2), block(2.7e10, eta=0.0), block(0.0), block(1e13)]
    for sampling in SAMPLING:
        settings = KeySettings(options=Options(sampling=sampling, pool_errors=True, cap_errors=True))
        many = values_of(TERMS[proof](blocks_of(cases), settings=settings))
        alone = [values_of(TERMS[proof](block_of(counts), settings=settings)) for counts in cases]
        for name, values in many.items():
            assert values.shape == (len(cases),)
            assert values == pytest.approx(np.array([one[name] for one in alone]), rel=1e-9, abs=1e-6)


@both_proofs
def test_terms_and_key_agree(proof):
    """Two routes: the record's numbers are those of the terms."""
    key, terms = proof(PASS, settings=SETTINGS), TERMS[proof](block_of(PASS), settings=SETTINGS)
    assert key.secret_bits_real == terms.real > 1e5
    assert key.leak_bits == terms.leak
    assert key.bounds["single_photon_lower"] == terms.single
    assert key.error_correction_efficiency == pytest.approx(1.16, rel=1e-12)


@both_proofs
def test_a_search_sees_where_the_key_lies(proof):
    """Property: without key, the real length still rises as the noise falls and as either basis grows to some size.

    Below about a hundred clicks in a basis nothing is promised: there is too little to tell one block from another.
    """
    for hopeless in (
        [block(2.7e10, wrong=x) for x in (0.45, 0.4, 0.3, 0.2, 0.1)],
        [replace(PASS, test_basis=basis(2.7e10 * x, 2e-4)) for x in (5e-5, 1e-4, 2e-4, 5e-4)],
        [replace(PASS, key_basis=basis(2.7e10 * x, 2e-4)) for x in (2e-5, 1e-4, 5e-4)],
    ):
        reals = TERMS[proof](blocks_of(hopeless), settings=SETTINGS).real
        assert all(worse < better for worse, better in pairwise(reals.tolist()))
        assert reals[0] < 0.0


@both_proofs
def test_intensities_that_are_not_covered_prove_nothing(proof):
    """Limit: a decoy of no light, or as strong as the signal, gives terms without key and without a warning."""
    terms = TERMS[proof](
        replace(blocks_of([PASS] * 3), intensities=np.array([[0.5, 0.0], [0.3, 0.3], [0.2, 0.5]])), settings=SETTINGS
    )
    for name in ("vacuum", "single", "tested"):
        assert getattr(terms, name).tolist() == [0.0] * 3
    assert terms.phase_error.tolist() == [0.5] * 3
    assert (terms.real < 0.0).all()
    alone = TERMS[proof](replace(block_of(PASS), intensities=np.array([0.5, 0.0])), settings=SETTINGS)
    assert alone.real == terms.real[0]


@both_proofs
def test_less_caution_and_less_noise_give_more_key(proof):
    """Property: the length rises with each epsilon from 1e-30 on, with the block, and falls with noise and loss."""
    for name in ("epsilon_sec", "epsilon_cor"):
        reals = [proof(PASS, settings=KeySettings(**{name: 10.0**x})).secret_bits_real for x in (-30, -20, -9, -2)]
        assert all(less < more for less, more in pairwise(reals))
    for cases in (
        [block(2.7e10, wrong=x) for x in (0.05, 0.03, 0.01, 0.0)],
        [block(2.7e10, background=x) for x in (1e-5, 1e-6, 1e-7, 0.0)],
        [block(2.7e10, eta=x) for x in (5e-5, 1e-4, 1e-3, 1e-2)],
        [block(x) for x in (1e10, 1e11, 1e12, 1e15)],
    ):
        bits = [proof(counts, settings=SETTINGS).secret_bits for counts in cases]
        assert all(less < more or less == more == 0 for less, more in pairwise(bits))
        assert bits[-1] > 0


@given(proof=any_proof, share=st.floats(0.01, 0.99), sampling=st.sampled_from(["fung", "serfling", "hypergeometric"]))
def test_sum_of_counts_beats_sum_of_keys(proof, share, sampling):
    """Property: a block cut in two parts of like statistics never gives more key than the whole."""
    settings = KeySettings(options=Options(sampling=sampling))
    parts = [block(2.7e10 * share), block(2.7e10 * (1.0 - share))]
    whole = proof(add_counts(*parts), settings=settings).secret_bits
    assert whole >= sum(proof(part, settings=settings).secret_bits for part in parts)


@given(
    proof=any_proof,
    clicks=st.lists(st.one_of(st.floats(0.0, 1e7), st.just(0.0), st.floats(0.0, 1e12)), min_size=4, max_size=4),
    shares=st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4),
    exponents=st.tuples(st.floats(-30.0, -0.1), st.floats(-30.0, -0.1)),
    options=st.builds(
        Options,
        sampling=st.sampled_from(["fung", "serfling", "serfling_printed", "yin"]),
        concentration=st.sampled_from(["hoeffding", "azuma"]),
        clip_negative=st.booleans(),
        cap_errors=st.booleans(),
        pool_errors=st.booleans(),
        with_vacuum=st.booleans(),
    ),
)
def test_any_counts_give_a_sane_length(proof, clicks, shares, exponents, options):
    """Property: whatever the counts, even impossible ones: finite, at most the clicks of the key basis, no warning."""
    errors = [n * s for n, s in zip(clicks, shares, strict=True)]
    counts = Counts(
        intensities=MU,
        probabilities=P,
        key_basis=BasisCounts(clicks=clicks[:2], errors=errors[:2]),
        test_basis=BasisCounts(clicks=clicks[2:], errors=errors[2:]),
    )
    settings = KeySettings(options=options, epsilon_sec=10.0 ** exponents[0], epsilon_cor=10.0 ** exponents[1])
    key = proof(counts, settings=settings)
    assert 0 <= key.secret_bits <= counts.key_basis.total_clicks
    assert np.isfinite(key.secret_bits_real)
    assert 0.0 <= key.bounds["phase_error_upper"] <= 0.5
    many = TERMS[proof](blocks_of([counts, PASS]), settings=settings)
    assert all(np.isfinite(values).all() for values in values_of(many).values())


@both_proofs
def test_bounds_hold_for_simulated_photons(proof, rng):
    """Statistics: photon number by photon number, 400 simulated blocks; no bound is ever broken (allowed: 1e-9)."""
    eta, background, wrong, pulses = 0.003, 1e-6, 0.01, 2e9
    n = np.arange(8)
    factorials = np.cumprod(np.maximum(n, 1))
    sent = pulses * np.array(P) * np.exp(-np.array(MU)) * np.array(MU) ** n[:, None] / factorials[:, None]
    click = 1.0 - (1.0 - background) * (1.0 - eta) ** n
    error = (0.5 * background + wrong * (click - background)) / click
    for _ in range(400):
        clicks = {name: rng.poisson(0.5 * sent * click[:, None]) for name in ("key", "test")}
        errors = {name: rng.binomial(values, error[:, None]) for name, values in clicks.items()}
        bases = {
            f"{name}_basis": BasisCounts(
                clicks=clicks[name].sum(axis=0).tolist(), errors=errors[name].sum(axis=0).tolist()
            )
            for name in ("key", "test")
        }
        counts = Counts(intensities=MU, probabilities=P, **bases)
        bounds = proof(counts, settings=KeySettings(options=Options(with_vacuum=True))).bounds
        assert bounds["vacuum_lower"] <= clicks["key"][0].sum()
        assert 0.0 < bounds["single_photon_lower"] <= clicks["key"][1].sum()
        assert bounds["single_photon_errors_upper"] >= errors["test"][1].sum()
        assert bounds["phase_error_upper"] >= errors["key"][1].sum() / clicks["key"][1].sum()


@both_proofs
def test_options_move_the_length_the_right_way(proof):
    """Property: Azuma costs key, the cap on errors never does; pooled errors are those spread by hand."""

    def real(counts=PASS, **options):
        return proof(counts, settings=KeySettings(options=Options(**options))).secret_bits_real

    assert real(concentration="azuma") < real() <= real(cap_errors=True)
    rate = PASS.test_basis.total_errors / PASS.test_basis.total_clicks
    spread = BasisCounts(clicks=PASS.test_basis.clicks, errors=[rate * n for n in PASS.test_basis.clicks])
    assert real(pool_errors=True) == pytest.approx(real(replace(PASS, test_basis=spread)), rel=1e-12)
    assert real(pool_errors=True) != real()


@both_proofs
def test_the_errors_in_the_test_are_capped_at_those_seen(proof):
    """Convention: cap_errors holds the single-photon errors at all errors of the test basis."""
    few = block(1e8)
    loose, capped = (proof(few, settings=KeySettings(options=Options(cap_errors=c))) for c in (False, True))
    assert capped.bounds["single_photon_errors_upper"] == few.test_basis.total_errors
    assert loose.bounds["single_photon_errors_upper"] > few.test_basis.total_errors


@both_proofs
def test_clips_are_told_apart(proof):
    """Convention: clip_errors follows clip_negative, unless given; without the clip the few errors go below 0."""
    few = block(1e8)
    wrong = {
        (counts, errors): proof(
            few, settings=KeySettings(options=Options(clip_negative=counts, clip_errors=errors, with_vacuum=True))
        ).bounds["single_photon_errors_upper"]
        for counts, errors in ((True, None), (True, False), (False, None), (False, True))
    }
    assert wrong[True, None] <= wrong[True, False] <= wrong[False, None]
    assert wrong[False, True] < wrong[False, None]


@both_proofs
def test_a_measured_leak_counts_bit_by_bit(proof):
    """Exact: one more bit told is one bit less of key; an estimate for finite blocks may be asked for."""
    planned = proof(PASS, settings=SETTINGS)
    measured = proof(PASS, settings=KeySettings(error_correction_leak_bits=planned.leak_bits + 1000.0))
    assert planned.secret_bits_real - measured.secret_bits_real == pytest.approx(1000.0, abs=1e-6)
    many = TERMS[proof](blocks_of([PASS, PASS]), settings=KeySettings(error_correction_leak_bits=7.0))
    assert many.leak.tolist() == [7.0, 7.0]
    settings = KeySettings(error_correction_efficiency=1.0, options=Options(leak_model="tomamichel"))
    clicks, errors = PASS.key_basis.total_clicks, PASS.key_basis.total_errors
    least = tomamichel_leak_bits(clicks=np.array(clicks), error_rate=np.array(errors / clicks), epsilon_cor=1e-15)
    assert proof(PASS, settings=settings).leak_bits == pytest.approx(float(least), rel=1e-12)


@both_proofs
def test_the_worst_corner_of_the_intensities(proof):
    """Two routes: five evaluations by hand, the shortest kept; a spread that mixes the intensities up is refused."""
    settings = KeySettings(intensity_spread=0.02, options=Options(intensity_spread_corners=True))
    corners = [
        (MU[0] * (1 + a), MU[1] * (1 + b)) for a, b in ((0, 0), *((i, j) for i in (-0.02, 0.02) for j in (-0.02, 0.02)))
    ]
    lengths = [proof(replace(PASS, intensities=mu), settings=SETTINGS).secret_bits for mu in corners]
    key = proof(PASS, settings=settings)
    assert key.secret_bits == min(lengths) < lengths[0]
    assert any("no part of the proof" in line for line in key.assumptions)
    with pytest.raises(DomainError, match=r"intensity_spread is 0\.6"):
        proof(PASS, settings=replace(settings, intensity_spread=0.6))


@both_proofs
def test_flaws_that_are_not_covered_are_said(proof):
    """Convention: four lines, one a flaw, for the proofs take none of them as an input."""
    lines = proof(PASS, settings=SETTINGS).assumptions
    for flaw in ("spread of the intensities", "betray their basis", "detectors that are unlike", "afterpulsing"):
        assert any(line.startswith("not covered") and flaw in line for line in lines)


@both_proofs
@pytest.mark.parametrize("empty", ["key_basis", "test_basis"])
def test_an_empty_basis_gives_no_key(proof, empty):
    """Limit: without clicks to key, or without any test, the length is 0 and its real value negative."""
    counts = replace(PASS, **{empty: BasisCounts(clicks=(0, 0), errors=(0, 0))})
    for settings in (SETTINGS, KeySettings(error_correction_leak_bits=0.0, options=Options(with_vacuum=True))):
        key = proof(counts, settings=settings)
        assert key.secret_bits == 0
        assert key.secret_bits_real < 0.0
        assert key.bounds["phase_error_upper"] == 0.5


@both_proofs
def test_other_sources_and_concentrations_are_refused(proof):
    """Refusal: three intensities, a decoy without light, a concentration made for two decoys."""
    three = BasisCounts(clicks=(10, 5, 1), errors=(0, 0, 0))
    counts = Counts(intensities=(0.5, 0.1, 0.0), probabilities=(0.5, 0.3, 0.2), key_basis=three, test_basis=three)
    suits = {rusca2018_1decoy: suits_rusca2018, wiesemann2026_1decoy: suits_wiesemann2026}[proof]
    message = rf"intensities are 0.5, 0.1, 0; {proof.__name__} needs two with mu1 > mu2 > 0 \(mean photons\)"
    with pytest.raises(DomainError, match=message):
        proof(counts, settings=SETTINGS)
    dark = replace(PASS, intensities=(0.5, 0.0))
    with pytest.raises(DomainError, match=r"intensities are 0\.5, 0; "):
        proof(dark, settings=SETTINGS)
    assert [suits(c) for c in (PASS, counts, dark)] == [True, False, False]
    with pytest.raises(UnknownName, match="'exact' is not known"):
        proof(PASS, settings=KeySettings(options=Options(concentration="exact")))
