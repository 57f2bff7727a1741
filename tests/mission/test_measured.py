"""Keys of a file of counts. Witness: the proofs on the same counts, and sums by hand."""

import json
from dataclasses import replace

import pytest

from passplan.errors import InputError, UnknownName
from passplan.mission.measured import measured_document, measured_keys, sifted
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.key_length import PROOFS
from passplan.qkd.settings import KeySettings

BASIS = BasisCounts(clicks=(835_536.0, 52_976.0, 853.0), errors=(9_191.0, 948.0, 427.0))
COUNTS = Counts(intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25), key_basis=BASIS, test_basis=BASIS)
SUITING = set(PROOFS) - {"rusca2018_1decoy", "wiesemann2026_1decoy"}


@pytest.fixture
def file(tmp_path):
    def write(counts=COUNTS, **settings):
        bases = {name: getattr(counts, name) for name in ("key_basis", "test_basis")}
        document = {
            "intensities": counts.intensities,
            "probabilities": counts.probabilities,
            **{name: {"clicks": basis.clicks, "errors": basis.errors} for name, basis in bases.items()},
            **settings,
        }
        path = tmp_path / "pass.json"
        path.write_text(json.dumps(document))
        return path

    return write


def test_a_file_has_the_keys_of_its_counts(file):
    """Two routes: each proof asked by hand; those that do not suit the source are asked only when all are."""
    found = measured_keys(file(epsilon_sec=1e-10))
    settings = KeySettings(epsilon_sec=1e-10)
    assert found.counts == COUNTS
    assert found.study.keys == {name: PROOFS[name](COUNTS, settings=settings) for name in PROOFS if name in SUITING}
    assert found.study.refused == {}
    assert found.default_proof == "decoy3_variable_length"
    every = measured_keys(file(epsilon_sec=1e-10), proofs=tuple(PROOFS))
    assert every.study.keys == found.study.keys
    assert set(every.study.refused) == set(PROOFS) - SUITING


def test_a_document_is_of_one_proof_or_of_all(file):
    path = file()
    one = measured_document(measured_keys(path, proofs=("lim2014",)), proof="lim2014")
    every = measured_document(measured_keys(path))
    assert (one["proof"], one["input"], one["default_proof"]) == ("lim2014", "pass.json", "decoy3_variable_length")
    assert one["secret_bits"] == every["by_proof"]["lim2014"]["secret_bits"] > 0
    assert set(every["by_proof"]) == SUITING
    assert every["refused"] == {}
    assert json.loads(json.dumps(one))["detection"] == {"sifted_bits": 1_671_072.0, "qber": 18_382 / 1_671_072}


def test_nothing_sifted_has_no_error_rate():
    """Limit: no clicks."""
    nothing = BasisCounts(clicks=(0.0, 0.0, 0.0), errors=(0.0, 0.0, 0.0))
    assert sifted(replace(COUNTS, key_basis=nothing, test_basis=nothing)) == (0.0, None)


@pytest.mark.parametrize(
    ("intensities", "proofs", "message"),
    [
        ((0.8, 0.1, 0.0), ("rusca2018_1decoy",), r"needs two with mu1 > mu2 > 0"),
        ((0.8, 0.7, 0.6), None, r"intensities are 0\.8, 0\.7, 0\.6; decoy3_variable_length needs three"),
        ((0.8, 0.7, 0.6), ("chernoff",), r"intensities are 0\.8, 0\.7, 0\.6; chernoff needs three"),
    ],
)
def test_a_refusal_names_the_file(file, intensities, proofs, message):
    with pytest.raises(InputError, match=r"pass\.json: .*" + message):
        measured_keys(file(replace(COUNTS, intensities=intensities)), proofs=proofs)


def test_two_intensities_are_refused_by_their_own_default(file):
    """Refusal: the reason of the proof that would have suited a source of so many intensities."""
    pair = BasisCounts(clicks=(1000.0, 10.0), errors=(10.0, 1.0))
    counts = Counts(intensities=(0.5, 0.0), probabilities=(0.9, 0.1), key_basis=pair, test_basis=pair)
    with pytest.raises(InputError, match=r"wiesemann2026_1decoy needs two with mu1 > mu2 > 0"):
        measured_keys(file(counts))


def test_reasons_of_all_proofs_are_an_answer(file):
    found = measured_keys(file(replace(COUNTS, intensities=(0.8, 0.7, 0.6))), proofs=tuple(PROOFS))
    assert found.study.keys == {}
    assert set(found.study.refused) == set(PROOFS)


def test_an_unknown_proof_is_told_before_the_file_is_read(tmp_path):
    with pytest.raises(UnknownName, match="did you mean 'lim2014'"):
        measured_keys(tmp_path / "none.json", proofs=("lim2015",))
    with pytest.raises(InputError, match=r"none\.json: cannot be read"):
        measured_keys(tmp_path / "none.json")
