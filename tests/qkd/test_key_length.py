from dataclasses import replace

import pytest

from passplan.errors import DomainError, UnknownName
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.key_length import PROOFS, KeySettings, proof_named, suitable_proofs

BASIS = BasisCounts(clicks=(800_000, 50_000, 800), errors=(9_000, 900, 400))
COUNTS = Counts(intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25), key_basis=BASIS, test_basis=BASIS)


@pytest.mark.parametrize("name", sorted(PROOFS))
def test_every_proof_answers_under_its_own_name(name):
    """Interface: one signature, the id in the answer, a reference and assumptions with it."""
    key = proof_named(name)(COUNTS, settings=KeySettings())
    assert key.proof == name
    assert key.secret_bits > 0
    assert key.reference
    assert key.assumptions
    assert key.options


TWO = BasisCounts(clicks=(800_000, 50_000), errors=(9_000, 900))
ONE_DECOY = Counts(intensities=(0.5, 0.1), probabilities=(0.8, 0.2), key_basis=TWO, test_basis=TWO)


@pytest.mark.parametrize(
    ("counts", "names"),
    [
        (COUNTS, ("lim2014", "lim2014_both_bases", "ma2005_sigma")),
        (replace(COUNTS, intensities=(0.8, 0.1, 2e-4)), ("lim2014", "lim2014_both_bases")),
        (replace(COUNTS, intensities=(0.5, 0.3, 0.2)), ()),
        (ONE_DECOY, ()),
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
