"""The proof that stands as the key where a satellite's file names none. Witness: the proofs' own conditions."""

from dataclasses import replace

import pytest

from passplan.errors import UnknownName
from passplan.mission.payload import KeyPractice
from passplan.qkd.key_length import default_proof


def test_micius_has_the_careful_proof_for_two_decoys(reference):
    assert reference.payload.key.proof == "decoy3_variable_length"
    assert reference.keys["decoy3_variable_length"].secret_bits > 0


@pytest.mark.parametrize(
    ("intensities", "probabilities", "proof"),
    [
        ((0.8, 0.1, 0.0), (0.5, 0.25, 0.25), "decoy3_variable_length"),
        ((0.5, 0.2), (0.5, 0.5), "wiesemann2026_1decoy"),
    ],
)
def test_a_file_that_names_none_has_one_that_takes_its_source(reference, intensities, probabilities, proof):
    source = replace(reference.payload.source, intensities=intensities, probabilities=probabilities)
    payload = replace(reference.payload, source=source, key=KeyPractice(max_range_km=1200.0))
    assert payload.key.proof == proof == default_proof(intensities)


def test_a_named_proof_stays(reference):
    payload = replace(reference.payload, key=KeyPractice(max_range_km=1200.0, proof="chernoff"))
    assert payload.key.proof == "chernoff"


def test_an_unknown_proof_is_refused():
    with pytest.raises(UnknownName, match="did you mean 'lim2014'"):
        KeyPractice(max_range_km=1200.0, proof="lim2015")
