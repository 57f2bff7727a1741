"""Key of measured counts: a file in, the key length under one proof, under each that suits, or under all out."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

from passplan.checks import one_of
from passplan.mission.key_study import Study, study_of
from passplan.mission.summary import SCHEMA_VERSION
from passplan.qkd.counts_file import read_key_request
from passplan.qkd.engine import key_lengths
from passplan.qkd.key_length import PROOFS, suitable_proofs
from passplan.qkd.key_record import KeyLength


def key_of_file(path: Path, *, proof: str | None) -> tuple[dict[str, Any], dict[str, KeyLength]]:
    """Document and key lengths of a file of counts (JSON or CSV).

    With a proof the document has that proof's keys at its top; without, ``by_proof`` holds one such document each.

    Raises
    ------
    InputError
        When the file is wrong, with all its faults.
    UnknownName
        For a proof that is not known.
    """
    if proof is not None:
        one_of("proof", proof, PROOFS)
    request = read_key_request(path)
    proofs = suitable_proofs(request.counts) if proof is None else (proof,)
    if not proofs:
        proofs = tuple(PROOFS)  # none suits; the first one then says why
    keys = key_lengths(request.counts, settings=request.settings, proofs=proofs)
    documents = {name: key.to_dict() for name, key in keys.items()}
    body = documents[proof] if proof is not None else {"by_proof": documents}
    return {**_heading(path), **body}, keys


def study_of_file(path: Path) -> tuple[dict[str, Any], Study]:
    """Document and key lengths [bit] of a file of counts under every proof, with the reasons of those that refuse it.

    Raises
    ------
    InputError
        When the file is wrong, with all its faults.
    """
    request = read_key_request(path)
    found = study_of(request.counts, settings=request.settings)
    documents = {name: key.to_dict() for name, key in found.keys.items()}
    return {**_heading(path), "by_proof": documents, "refused": found.refused}, found


def _heading(path: Path) -> dict[str, Any]:
    return {"schema_version": SCHEMA_VERSION, "passplan_version": version("passplan"), "input": path.name}
