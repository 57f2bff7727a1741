import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.qkd.block import Terms, block_of
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.proof_decoy3 import decoy3_variable_length, decoy3_variable_length_terms, suits_decoy3
from passplan.qkd.proof_lim2014 import lim2014
from passplan.qkd.settings import KeySettings, Options

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ROWS = json.loads((REFERENCE / "finite_key_variable.json").read_text())["decoy3_variable_length"]


def counts_of(row):
    bases = {name: BasisCounts(**row[name]) for name in ("key_basis", "test_basis")}
    return Counts(intensities=row["intensities"], probabilities=row["probabilities"], **bases)


R4 = counts_of(ROWS[0])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_r4_pass_gives_the_reference_lengths(row):
    """Reference evaluations of the R4 pass, made apart: to the bit, with every bound; rounded optima within 0.1 %."""
    key = decoy3_variable_length(counts_of(row), settings=KeySettings(options=Options(**row["options"])))
    if row["settings_rounded"]:
        assert key.secret_bits == pytest.approx(row["secret_bits"], rel=1e-3)
        return
    assert key.secret_bits == row["secret_bits"]
    for name, value in row["bounds"].items():
        assert key.bounds[name] == pytest.approx(value, rel=1e-9)


@given(sampling=st.sampled_from(["serfling", "hypergeometric"]), factor=st.floats(0.01, 10.0))
def test_it_is_lim_2014_with_other_sampling(sampling, factor):
    """Two routes: lim2014 with the same options gives the same length; only what is assumed differs."""

    def basis(part):
        return BasisCounts(clicks=[factor * n for n in part.clicks], errors=[factor * m for m in part.errors])

    counts = replace(R4, key_basis=basis(R4.key_basis), test_basis=basis(R4.test_basis))
    own = decoy3_variable_length(counts, settings=KeySettings(options=Options(sampling=sampling)))
    other = lim2014(counts, settings=KeySettings(options=Options(sampling=sampling, cap_errors=True)))
    assert own.secret_bits_real == other.secret_bits_real
    assert own.epsilon == other.epsilon
    assert "read as variable length" in own.assumptions[0]


def test_the_corners_shorten_the_key_and_are_named():
    """Convention: with 5 % spread the key is that of the worst corner; the record says that no proof covers it."""
    plain = decoy3_variable_length(R4, settings=KeySettings())
    spread = decoy3_variable_length(R4, settings=KeySettings(options=Options(intensity_spread_corners=True)))
    assert 0 < spread.secret_bits < plain.secret_bits
    assert spread.options["intensity_spread_corners"] is True
    assert any("no part of the proof" in line for line in spread.assumptions)
    assert any(line == "not covered: a spread of the intensities" for line in plain.assumptions)


def test_limits_by_size_are_named():
    """Convention: limits of each count by its own size need independent clicks, and the record says so."""
    by_size = decoy3_variable_length(R4, settings=KeySettings(options=Options(concentration="exact")))
    assert any("clicks independent of each other" in line for line in by_size.assumptions)
    assert by_size.secret_bits > decoy3_variable_length(R4, settings=KeySettings()).secret_bits


def test_terms_are_those_of_each_block():
    """Two routes: two blocks stacked give the terms of each alone."""
    settings = KeySettings(options=Options(intensity_spread_corners=True))
    single = [block_of(counts_of(ROWS[i])) for i in (0, 3)]
    both = type(single[0])(**{f.name: np.stack([getattr(b, f.name) for b in single]) for f in fields(single[0])})
    together = decoy3_variable_length_terms(both, settings=settings)
    for i, block in enumerate(single):
        alone = decoy3_variable_length_terms(block, settings=settings)
        for field in fields(Terms):
            np.testing.assert_allclose(getattr(together, field.name)[i], getattr(alone, field.name), rtol=1e-12)


def test_other_sources_and_samplings_are_refused():
    """Refusal: decoys too strong, also at a corner; a sampling term that is an estimate or was withdrawn."""
    assert suits_decoy3(R4)
    with pytest.raises(DomainError, match=r"intensities are 0.5, 0.3, 0.2; decoy3_variable_length needs three"):
        decoy3_variable_length(replace(R4, intensities=(0.5, 0.3, 0.2)), settings=KeySettings())
    close = KeySettings(intensity_spread=0.2, options=Options(intensity_spread_corners=True))
    with pytest.raises(
        DomainError, match=r"intensity 2 may fall to 0.08, must exceed the weaker ones together, up to 0"
    ):
        decoy3_variable_length(replace(R4, intensities=(0.8, 0.1, 0.07)), settings=close)
    for sampling in ("fung", "yin", "serfling_printed"):
        with pytest.raises(DomainError, match=f"Options.sampling is '{sampling}', decoy3_variable_length takes one of"):
            decoy3_variable_length(R4, settings=KeySettings(options=Options(sampling=sampling)))
