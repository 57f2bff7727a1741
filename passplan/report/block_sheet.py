"""Keys of blocks of several passes as document, rows and text: which pass made which block, and what that gains."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from passplan.mission.key_blocks import Block, Part, Total, careful_total, totals_of
from passplan.mission.key_study import marks_of
from passplan.mission.summary import SCHEMA_VERSION
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.key_record import KeyLength
from passplan.report.console import table_text
from passplan.report.epsilons import epsilon_text, roles_text

UNSTATED = (
    "files of counts name neither satellite nor station nor basis choice: that all parts of a block have the same is "
    "taken for granted"
)
_SUMS = ("sec", "cor", "total")
SUMMED = "keys of different blocks are separate keys; a total has the sum of their lengths and of their epsilons"


def blocks_document(blocks: Sequence[Block], *, proof: str | None = None) -> dict[str, Any]:
    """Document of blocks; with one proof its length [bit] and its epsilons stand at the top, summed over the blocks."""
    totals = totals_of(blocks)
    careful = careful_total(blocks)
    top = {}
    if proof is not None:
        top = {"proof": proof, "secret_bits": totals[proof].secret_bits, "epsilon": _sums(totals[proof])}
    return {
        "schema_version": SCHEMA_VERSION,
        "passplan_version": version("passplan"),
        **top,
        "assumptions": list(assumptions_of(blocks)),
        "total": {
            "keys": len(blocks),
            "by_proof": {name: asdict(total) for name, total in totals.items()},
            "default_proofs": [block.default_proof for block in blocks],
            "default": None if careful is None else asdict(careful),
        },
        "blocks": [_block(block) for block in blocks],
    }


def blocks_rows(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """One row a block and proof: lengths in bits, the gain over the parts [1], epsilons [1]; parts joined by blanks."""
    return [
        {
            "block": number,
            "parts": " ".join(part.name for part in block.parts),
            "proof": name,
            "secret_bits": key.secret_bits,
            "sum_of_parts_bits": sum(block.alone[name]),
            "gain": block.gain(name),
            "phase_error_upper": key.bounds["phase_error_upper"],
            "leak_bits": key.leak_bits,
            "error_correction_efficiency": key.error_correction_efficiency,
            "epsilon_sec": key.epsilon.get("sec"),
            "epsilon_cor": key.epsilon.get("cor"),
            "epsilon_total": key.epsilon.get("total"),
        }
        for number, block in enumerate(blocks, 1)
        for name, key in block.study.keys.items()
    ]


def blocks_text(blocks: Sequence[Block], *, proof: str | None = None) -> str:
    """Text of blocks: their parts, the key of each beside the sum of the keys of its parts, and the total of keys.

    ``proof`` is the one under which the parts are shown alone; by default the careful one for each source.
    """
    many = len(blocks) > 1
    texts = [_block_text(number, block, proof) for number, block in enumerate(blocks, 1)]
    if many:
        texts.append(_total_text(blocks))
    assumed = "".join(f"assumes {line}\n" for line in assumptions_of(blocks))
    texts.append(roles_text(key for block in blocks for key in block.study.keys.values()) + assumed)
    return "\n".join(texts)


def assumptions_of(blocks: Iterable[Block]) -> tuple[str, ...]:
    """What the sums of counts rest on; no unit."""
    parts = [part for block in blocks for part in block.parts]
    unstated = (UNSTATED,) if any(part.pair is None or part.bias is None for part in parts) else ()
    return (*unstated, "both sides keep the sifted bits of every part until the last one of its block")


def _block_text(number: int, block: Block, proof: str | None) -> str:
    shown = proof if proof in block.study.keys else block.default_proof
    if shown not in block.study.keys:
        shown = next(iter(block.study.keys))
    counts, many = block.counts, len(block.parts)
    source = f"intensities {_joined(counts.intensities)}, probabilities {_joined(counts.probabilities)}"
    if block.parts[0].bias is not None:
        source += "; key basis: sender {:g}, receiver {:g}".format(*block.parts[0].bias)
    heading = f"BLOCK {number}: one key from the counts of {many} part{'s' * (many > 1)}; {source}\n"
    reasons = "".join(f"{name} is not for these counts: {why}\n" for name, why in block.study.refused.items())
    price = f"sum of parts: {many} separate keys, with {many} times these epsilons\n" if many > 1 else ""
    return f"{heading}\n{_parts_table(block, shown)}\n{_keys_table(block)}{price}{reasons}"


def _parts_table(block: Block, proof: str) -> str:
    headings = ["part", "key clicks", "errors", "test clicks", "errors", f"bits alone, {proof}"]
    bits = block.alone[proof]
    rows = [_part_cells(part.name, part.counts, alone) for part, alone in zip(block.parts, bits, strict=True)]
    if len(rows) > 1:
        rows.append(_part_cells("sum", block.counts, sum(bits)))
    table = table_text(headings, rows, numbers=len(headings) - 1)
    notes = "".join(f"{part.name}: {part.note}\n" for part in block.parts if part.note)
    return _trimmed(table) + notes


def _part_cells(name: str, counts: Counts, bits: int) -> tuple[str, ...]:
    cells = [name]
    for basis in (counts.key_basis, counts.test_basis):
        clicks = basis.total_clicks
        cells += [f"{clicks:,.0f}", f"{100.0 * basis.total_errors / clicks:.2f} %" if clicks else "-"]
    return (*cells, f"{bits:,}")


def _keys_table(block: Block) -> str:
    headings = (
        "proof", "use", "secret bits", "sum of parts", "gained", "ratio", "phase error <=", "leaked", "f", "epsilons",
    )  # fmt: skip
    return _trimmed(table_text(headings, (_key_cells(block, key) for key in block.study.keys.values())))


def _key_cells(block: Block, key: KeyLength) -> tuple[str, ...]:
    parts_bits, gain = sum(block.alone[key.proof]), block.gain(key.proof)
    phase, efficiency = key.bounds["phase_error_upper"], key.error_correction_efficiency
    return (
        key.proof,
        marks_of(block.default_proof, "default").get(key.proof, ""),
        f"{key.secret_bits:,}",
        f"{parts_bits:,}",
        f"{key.secret_bits - parts_bits:+,}",
        "-" if gain is None else f"{gain:.3f}",
        "-" if phase is None else f"{100.0 * phase:.2f} %",
        f"{key.leak_bits:,.0f}",
        "-" if efficiency is None else f"{efficiency:.3g}",
        epsilon_text({what: key.epsilon[what] for what in _SUMS if what in key.epsilon} or key.epsilon),
    )


def _total_text(blocks: Sequence[Block]) -> str:
    totals = {name: (name, total) for name, total in totals_of(blocks).items()}
    careful, names = careful_total(blocks), [block.default_proof for block in blocks]
    if careful is not None and len(set(names)) > 1:
        totals["default"] = (", ".join(names), careful)
    if not totals:
        return f"TOTAL: none, for no proof takes all blocks; {SUMMED}\n"
    headings = ("proof", "secret bits", "epsilon sec", "epsilon cor", "epsilon total")
    cells = (
        (
            name,
            f"{total.secret_bits:,}",
            *(_number(value) for value in (total.epsilon_sec, total.epsilon_cor, total.epsilon_total)),
        )
        for name, total in totals.values()
    )
    table = table_text(headings, cells, numbers=len(headings) - 1)
    return f"TOTAL of {len(blocks)} separate keys, one a block; {SUMMED}\n\n{_trimmed(table)}"


def _block(block: Block) -> dict[str, Any]:
    settings, bias = block.settings, block.parts[0].bias
    return {
        "parts": [_part(block, place, part) for place, part in enumerate(block.parts)],
        **_counts(block.counts),
        "alice_key_probability": None if bias is None else bias[0],
        "bob_key_probability": None if bias is None else bias[1],
        "epsilon_sec": settings.epsilon_sec,
        "epsilon_cor": settings.epsilon_cor,
        "error_correction_efficiency": settings.error_correction_efficiency,
        "error_correction_leak_bits": settings.error_correction_leak_bits,
        "by_proof": {
            name: {**key.to_dict(), "sum_of_parts_bits": sum(block.alone[name]), "gain": block.gain(name)}
            for name, key in block.study.keys.items()
        },
        "refused": dict(block.study.refused),
    }


def _part(block: Block, place: int, part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "satellite": None if part.pair is None else part.pair[0],
        "station": None if part.pair is None else part.pair[1],
        **part.record,
        **{name: _basis(getattr(part.counts, name)) for name in ("key_basis", "test_basis")},
        "secret_bits": {name: bits[place] for name, bits in block.alone.items()},
    }


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        "intensities": counts.intensities,
        "probabilities": counts.probabilities,
        "key_basis": _basis(counts.key_basis),
        "test_basis": _basis(counts.test_basis),
    }


def _basis(basis: BasisCounts) -> dict[str, Any]:
    return {"clicks": basis.clicks, "errors": basis.errors}


def _sums(total: Total) -> dict[str, float | None]:
    return {"sec": total.epsilon_sec, "cor": total.epsilon_cor, "total": total.epsilon_total}


def _trimmed(table: str) -> str:
    return table.strip("\n") + "\n"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _joined(values: Iterable[float]) -> str:
    return " ".join(f"{value:g}" for value in values)
