"""Key of measured counts: a file in, the key length under one proof, under each that suits, or under all out."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from passplan.checks import one_of
from passplan.errors import InputError
from passplan.mission.key_blocks import Part
from passplan.mission.key_study import Study, study_of
from passplan.mission.summary import SCHEMA_VERSION
from passplan.qkd.counts import Counts
from passplan.qkd.counts_file import read_key_request
from passplan.qkd.key_length import PROOFS, default_proof, suitable_proofs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """Counts of one file, and their keys.

    name : the file, as the user knows it
    counts : its clicks and errors [counts]
    study : keys [bit] by proof id, and why other proofs refuse it
    is_expected : whether the counts are those that a plan expects, rather than measured ones
    """

    name: str
    counts: Counts
    study: Study
    is_expected: bool = False

    @property
    def default_proof(self) -> str:
        """Id of the careful proof for this source."""
        return default_proof(self.counts.intensities)


def measured_keys(path: Path, *, proofs: Sequence[str] | None = None) -> Measured:
    """Keys [bit] of a file of counts (JSON or CSV).

    Parameters
    ----------
    path : Path
        The file.
    proofs : sequence of str, optional
        Proofs to ask; by default those that suit its source.

    Raises
    ------
    InputError
        When the file is wrong, with all its faults; when the only proof asked refuses it, or all that might suit.
    UnknownName
        For a proof that is not known.
    """
    for name in proofs or ():
        one_of("proof", name, PROOFS)
    request = read_key_request(path)
    asked = tuple(proofs if proofs is not None else suitable_proofs(request.counts)) or tuple(PROOFS)
    study = study_of(request.counts, proofs=asked, settings=request.settings)
    if not study.keys and (proofs is None or len(asked) == 1):
        careful = default_proof(request.counts.intensities)
        raise InputError(f"{path}: {study.refused[careful if careful in study.refused else asked[0]]}")
    return Measured(name=str(path), counts=request.counts, study=study, is_expected=request.is_expected)


def measured_document(measured: Measured, *, proof: str | None = None) -> dict[str, Any]:
    """Document of a file of counts: with a proof that proof's keys at its top, else ``by_proof`` one such each.

    ``detection`` has the sifted bits [bit] (signal intensity, both bases) and their error rate [1], as that of a pass.
    """
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "passplan_version": version("passplan"),
        "input": Path(measured.name).name,
        "default_proof": measured.default_proof,
        "is_expected": measured.is_expected,
        "detection": sifted(measured.counts)._asdict(),
    }
    if proof is not None:
        return {**document, **measured.study.keys[proof].to_dict()}
    by_proof = {name: key.to_dict() for name, key in measured.study.keys.items()}
    return {**document, "by_proof": by_proof, "refused": dict(measured.study.refused)}


def remarks_of(measured: Measured) -> list[str]:
    """What a user should know before trusting the keys: what the counts are, and cautions of the proofs."""
    told = ["the counts are fractions: expected ones of a plan, not measured"] if measured.is_expected else []
    cautions = [line for key in measured.study.keys.values() for line in key.assumptions if line.startswith("caution")]
    return [*told, *dict.fromkeys(cautions)]


class Sifted(NamedTuple):
    """Sifted bits [bit] and the share of them that is wrong [1]; None without bits."""

    sifted_bits: float
    qber: float | None


def sifted(counts: Counts) -> Sifted:
    """Bits of the signal intensity in both bases [bit], and their error rate [1]."""
    bases = (counts.key_basis, counts.test_basis)
    bits, errors = sum(basis.clicks[0] for basis in bases), sum(basis.errors[0] for basis in bases)
    return Sifted(sifted_bits=bits, qber=errors / bits if bits > 0.0 else None)


def parts_of_files(paths: Sequence[Path]) -> tuple[Part, ...]:
    """Counts of several files (JSON or CSV) as parts of blocks [counts], in the order given.

    Raises
    ------
    InputError
        When files are wrong, with all faults of all of them, or one is given twice, under whatever name.
    """
    parts, faults = [], []
    for path in paths:
        try:
            parts.append(_part_of_file(path))
        except InputError as error:
            faults.append(str(error))
    if faults:
        raise InputError("\n".join(dict.fromkeys(faults)))
    for one, other in combinations(paths, 2):
        if one.samefile(other):
            told = "" if one == other else f" (it is {one})"
            raise InputError(f"{other} is given twice{told}: each file may stand in one block once")
    return tuple(parts)


def _part_of_file(path: Path) -> Part:
    request = read_key_request(path)
    return Part(
        name=str(path),
        counts=request.counts,
        settings=request.settings,
        record={"sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
    )
