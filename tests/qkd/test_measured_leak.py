"""A measured leak is charged in full, and one that no error correction can have is named."""

from dataclasses import fields, replace

import numpy as np
import pytest

from passplan.qkd.block import Blocks, block_of
from passplan.qkd.counts import BasisCounts, Counts, swap_bases
from passplan.qkd.key_length import PROOFS, TERMS
from passplan.qkd.key_record import whole_bits
from passplan.qkd.leakage import error_entropy_bits, leak_cautions
from passplan.qkd.proof_lim2014 import lim2014, lim2014_both_bases, lim2014_both_bases_terms
from passplan.qkd.settings import KeySettings

EVEN = BasisCounts(clicks=(835_535.0, 52_980.0, 850.0), errors=(8_770.0, 932.0, 425.0))
R4 = Counts(intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25), key_basis=EVEN, test_basis=EVEN)
WEAK = BasisCounts(clicks=(8_000.0, 500.0, 8.0), errors=(90.0, 10.0, 4.0))  # proves no single photon
UNEVEN = Counts(
    intensities=(0.8, 0.1, 0.0),
    probabilities=(0.5, 0.25, 0.25),
    key_basis=BasisCounts(clicks=tuple(10.0 * n for n in EVEN.clicks), errors=tuple(10.0 * m for m in EVEN.errors)),
    test_basis=BasisCounts(clicks=EVEN.clicks, errors=tuple(0.4 * n for n in EVEN.clicks)),
)  # the test of the key basis fails; the other way round there is a key
TWO = Counts(
    intensities=(0.8, 0.1),
    probabilities=(0.7, 0.3),
    key_basis=BasisCounts(clicks=EVEN.clicks[:2], errors=EVEN.errors[:2]),
    test_basis=BasisCounts(clicks=EVEN.clicks[:2], errors=EVEN.errors[:2]),
)
HALF = KeySettings(epsilon_sec=0.5e-9, epsilon_cor=0.5e-15)


def counts_for(proof):
    return TWO if proof.endswith("1decoy") else R4


@pytest.mark.parametrize("counts", [R4, UNEVEN, swap_bases(UNEVEN)], ids=["both", "other alone", "key basis alone"])
@pytest.mark.parametrize("leak_bits", [0.0, 1_000.0, 60_000.0])
def test_both_bases_are_charged_the_whole_leak(counts, leak_bits):
    """Exact: the keys that either direction gives before any leak, less every bit told, whichever basis is kept."""
    untold = replace(HALF, error_correction_leak_bits=0.0)
    before = [max(lim2014(one, settings=untold).secret_bits_real, 0.0) for one in (counts, swap_bases(counts))]
    assert sum(before) > 60_000.0
    key = lim2014_both_bases(counts, settings=KeySettings(error_correction_leak_bits=leak_bits))
    assert key.secret_bits_real == pytest.approx(sum(before) - leak_bits, rel=1e-12)
    assert key.secret_bits == whole_bits(key.secret_bits_real)
    assert key.leak_bits == leak_bits


def test_more_told_than_there_is_leaves_no_key():
    """Property: the length goes on falling bit by bit below 0, and no direction is kept at the other's cost."""
    lengths = [
        lim2014_both_bases(UNEVEN, settings=KeySettings(error_correction_leak_bits=leak)) for leak in (1e7, 1e7 + 1e3)
    ]
    assert [key.secret_bits for key in lengths] == [0, 0]
    assert lengths[0].secret_bits_real - lengths[1].secret_bits_real == pytest.approx(1e3, abs=1e-3)
    assert lengths[0].secret_bits_real < 0.0


def test_terms_charge_the_same():
    """Two routes: many blocks in one call are those of each block alone."""
    every = [block_of(counts) for counts in (R4, UNEVEN, swap_bases(UNEVEN), replace(R4, test_basis=WEAK))]
    stacked = Blocks(**{f.name: np.stack([getattr(block, f.name) for block in every]) for f in fields(Blocks)})
    settings = KeySettings(error_correction_leak_bits=60_000.0)
    together = lim2014_both_bases_terms(stacked, settings=settings)
    np.testing.assert_array_equal(together.leak, 60_000.0)
    for i, counts in enumerate((R4, UNEVEN, swap_bases(UNEVEN), replace(R4, test_basis=WEAK))):
        alone = lim2014_both_bases(counts, settings=settings)
        assert together.real[i] == pytest.approx(alone.secret_bits_real, rel=1e-12)


@pytest.mark.parametrize("proof", PROOFS)
def test_a_leak_below_the_shannon_limit_is_named(proof):
    """Shannon: no one-way correction of many bits tells fewer than n h(m / n); planned leaks are never below it."""
    counts = counts_for(proof)
    planned = PROOFS[proof](counts, settings=KeySettings())
    limit = planned.leak_bits / planned.error_correction_efficiency
    for leak_bits, said in ((0.0, 1), (0.999 * limit, 1), (1.001 * limit, 0)):
        key = PROOFS[proof](counts, settings=KeySettings(error_correction_leak_bits=leak_bits))
        assert sum(line.startswith("caution: the leak given") for line in key.assumptions) == said
    assert not any("leak given" in line for line in planned.assumptions)


def test_the_caution_has_both_numbers():
    """Convention: what was given, what the limit is, both in bits."""
    limit = error_entropy_bits(clicks=1000.0, errors=110.0)
    (line,) = leak_cautions(leak=250.0, entropy_bits=limit, settings=KeySettings(error_correction_leak_bits=250.0))
    assert "250 bit" in line
    assert f"{limit:,.0f} bit" in line
    assert leak_cautions(leak=0.0, entropy_bits=0.0, settings=KeySettings(error_correction_leak_bits=0.0)) == ()
    assert leak_cautions(leak=250.0, entropy_bits=limit, settings=KeySettings()) == ()


@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize("leak_bits", [None, 0.0, -0.0])
def test_no_leak_is_not_negative(proof, leak_bits):
    """Exact: without a click nothing is told, 0 and not -0 bit."""
    counts = counts_for(proof)
    none = BasisCounts(clicks=(0.0,) * len(counts.intensities), errors=(0.0,) * len(counts.intensities))
    settings = KeySettings(error_correction_leak_bits=leak_bits)
    empty = replace(counts, key_basis=none, test_basis=none)
    assert repr(PROOFS[proof](empty, settings=settings).leak_bits) == "0.0"
    assert repr(float(TERMS[proof](block_of(empty), settings=settings).leak)) == "0.0"
