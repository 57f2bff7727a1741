"""No plan without a test: ma2005_sigma pools both bases, but each must prove single photons of its own."""

from dataclasses import fields, replace

import numpy as np
import pytest
from key_passes import r4_pass

from passplan.qkd.block import Blocks, block_of
from passplan.qkd.counts import BasisCounts, Counts, swap_bases
from passplan.qkd.optimize import optimise
from passplan.qkd.optimum import LEAST_TESTED, Task, guarded_key
from passplan.qkd.proof_ma2005 import ma2005_sigma, ma2005_sigma_terms
from passplan.qkd.search import Effort
from passplan.qkd.settings import KeySettings
from passplan.qkd.weak_decoy import weak_decoy_single_photons

SETTINGS = KeySettings()
BASIS = BasisCounts(clicks=(835_535.0, 52_980.0, 850.0), errors=(8_770.0, 932.0, 425.0))
R4 = Counts(intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25), key_basis=BASIS, test_basis=BASIS)
FEW = BasisCounts(clicks=(83.0, 5.3, 0.085), errors=(0.88, 0.093, 0.0425))


def proven_in(counts, settings):
    return float(ma2005_sigma_terms(block_of(counts), settings=settings).tested)


def test_the_tested_are_those_of_the_poorer_basis():
    """Two routes: Ma et al.'s bound from the counts of the poorer basis alone, worst of the intensities as they are."""
    poorer = BasisCounts(clicks=(400_000.0, 25_000.0, 420.0), errors=(4_000.0, 450.0, 210.0))
    uneven, settings = replace(R4, test_basis=poorer), KeySettings(sigmas=5.0, intensity_spread=0.0)
    seen, sent = np.array(poorer.clicks), np.array(uneven.probabilities)
    upper, lower = (seen + 5.0 * np.sqrt(seen)) / sent, (seen - 5.0 * np.sqrt(seen)) / sent
    own = weak_decoy_single_photons(
        signal_upper=upper[0], decoy_lower=lower[1], vacuum_upper=upper[2], signal=0.8, decoy=0.1
    )
    expected = 0.5 * 0.8 * np.exp(-0.8) * float(own)
    assert proven_in(uneven, settings) == pytest.approx(expected, rel=1e-12)
    assert proven_in(swap_bases(uneven), settings) == pytest.approx(expected, rel=1e-12)
    assert float(ma2005_sigma_terms(block_of(uneven), settings=settings).single) > 2.0 * expected


def test_the_pooled_length_stays():
    """Published way: key and bounds are those of both bases together; that the bases are unlike does not enter."""
    whole, uneven = ma2005_sigma(R4, settings=SETTINGS), replace(R4, test_basis=FEW)
    more = BasisCounts(
        clicks=tuple(2.0 * n - k for n, k in zip(BASIS.clicks, FEW.clicks, strict=True)),
        errors=tuple(2.0 * n - k for n, k in zip(BASIS.errors, FEW.errors, strict=True)),
    )
    moved = ma2005_sigma(replace(uneven, key_basis=more), settings=SETTINGS)
    assert moved.secret_bits_real == pytest.approx(whole.secret_bits_real, rel=1e-12)
    for name in ("single_photon_lower", "single_photon_errors_upper", "phase_error_upper"):
        assert moved.bounds[name] == pytest.approx(whole.bounds[name], rel=1e-12)


@pytest.mark.parametrize("settings", [SETTINGS, KeySettings(intensity_spread=0.0)], ids=["corners", "middle"])
def test_many_blocks_are_one_by_one(settings):
    """Two routes: the tested of stacked blocks are those of each block alone; none where a basis says nothing."""
    every = [R4, replace(R4, test_basis=FEW), replace(R4, key_basis=FEW), replace(R4, intensities=(0.5, 0.49, 0.0))]
    blocks = [block_of(counts) for counts in every]
    stacked = Blocks(**{f.name: np.stack([getattr(block, f.name) for block in blocks]) for f in fields(Blocks)})
    together = ma2005_sigma_terms(stacked, settings=settings).tested
    alone = [float(ma2005_sigma_terms(block, settings=settings).tested) for block in blocks]
    np.testing.assert_allclose(together, alone, rtol=1e-12)
    assert alone[0] > LEAST_TESTED
    assert alone[1:] == [0.0, 0.0, 0.0] if settings is SETTINGS else alone[1:3] == [0.0, 0.0]


@pytest.mark.parametrize("poor", [replace(R4, test_basis=FEW), replace(R4, key_basis=FEW)], ids=["test", "key"])
def test_a_key_without_a_test_is_held_back(poor):
    """Rule: fewer single photons in a basis than a key needs make none, however many the other holds."""
    task = Task(proof="ma2005_sigma", settings=SETTINGS, bob_key_probability=0.5)
    assert ma2005_sigma(poor, settings=SETTINGS).secret_bits > 0
    key, tested = guarded_key(poor, task=task)
    assert (key.secret_bits, tested) == (0, 0.0)
    whole, many = guarded_key(R4, task=task)
    assert whole.secret_bits == ma2005_sigma(R4, settings=SETTINGS).secret_bits > 0
    assert many > LEAST_TESTED


@pytest.mark.parametrize("bob", [None, 0.5, 0.9], ids=["tied", "even", "uneven"])
def test_the_plan_tests_both_bases(bob):
    """Rule: an optimum with a key has its sample in the poorer basis, wherever Bob's splitter stands."""
    found = optimise(
        r4_pass(),
        proof="ma2005_sigma",
        settings=SETTINGS,
        bob_key_probability=bob,
        rng=np.random.default_rng(1),
        effort=replace(Effort(), seeds=2),
    )
    assert found.key.secret_bits > 0
    assert found.tested_single_photons >= LEAST_TESTED
    poorer = min(found.counts.key_basis.clicks[0], found.counts.test_basis.clicks[0])
    assert found.tested_single_photons < poorer
