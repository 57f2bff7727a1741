from dataclasses import replace

import pytest

from passplan.errors import DomainError, UnknownName
from passplan.qkd.block import block_of
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.key_length import PROOFS, TERMS, KeySettings, proof_named, suitable_proofs

BASIS = BasisCounts(clicks=(800_000, 50_000, 800), errors=(9_000, 900, 400))
COUNTS = Counts(intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25), key_basis=BASIS, test_basis=BASIS)


TWO = BasisCounts(clicks=(800_000, 50_000), errors=(9_000, 900))
ONE_DECOY = Counts(intensities=(0.5, 0.1), probabilities=(0.8, 0.2), key_basis=TWO, test_basis=TWO)
OF_TWO_DECOYS = ("decoy3_variable_length", "lim2014", "lim2014_both_bases", "chernoff", "tupkary_variable_length")


@pytest.mark.parametrize("name", sorted(PROOFS))
def test_every_proof_answers_under_its_own_name(name):
    """Interface: one signature, the id in the answer, a reference and assumptions with it; terms say the same."""
    counts = ONE_DECOY if name.endswith("1decoy") else COUNTS
    key = proof_named(name)(counts, settings=KeySettings())
    assert key.proof == name
    assert key.secret_bits > 0
    assert key.reference
    assert key.assumptions
    assert key.options
    assert float(TERMS[name](block_of(counts), settings=KeySettings()).real) == pytest.approx(
        key.secret_bits_real, rel=1e-12
    )


@pytest.mark.parametrize(
    ("counts", "names"),
    [
        (COUNTS, (*OF_TWO_DECOYS, "ma2005_sigma")),
        (replace(COUNTS, intensities=(0.8, 0.1, 2e-4)), OF_TWO_DECOYS),
        (replace(COUNTS, intensities=(0.5, 0.3, 0.2)), ()),
        (ONE_DECOY, ("wiesemann2026_1decoy", "rusca2018_1decoy")),
    ],
)
def test_suitable_proofs_answer_and_the_others_refuse(counts, names):
    """Property: every proof either is named as suitable and answers, or refuses the source."""
    assert suitable_proofs(counts) == names
    for name, proof in PROOFS.items():
        if name in names:
            assert proof(counts, settings=KeySettings()).proof == name
        else:
            with pytest.raises(DomainError, match=r"intensities are .* needs"):
                proof(counts, settings=KeySettings())


def test_a_misspelt_proof_is_corrected():
    """Refusal: the nearest right spelling and all that are allowed."""
    with pytest.raises(UnknownName, match=r"proof 'lim2041' is not known; did you mean 'lim2014'\?.*ma2005_sigma"):
        proof_named("lim2041")
