"""``passplan key`` for several passes at once, simulated or measured: blocks, their keys, and what a block gains."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form
from passplan.cli.stage import exit_code, run, select

if TYPE_CHECKING:
    from passplan.mission.key_blocks import Block, Part

ALL = "all"


def blocks_of_files(paths: Sequence[Path], proof: str | None, form: Form) -> int:
    """Keys of the blocks that several files of counts make; returns the exit code."""
    _check(form)
    from passplan.mission.measured import parts_of_files

    return _hand_out(parts_of_files(paths), proof, form)


def blocks_of_passes(options: dict[str, Any], form: Form) -> int:
    """Keys of the blocks that several passes make, each simulated as it would be alone; returns the exit code."""
    _check(form)
    from passplan.mission.key_blocks import part_of_pass, refuse_repeated, refuse_strangers

    words = options["what"]
    passes = [select({**options, "what": (word,)}).pass_ for word in words]
    refuse_repeated(pass_.pass_id for pass_ in passes)  # before minutes are spent on simulating
    refuse_strangers((pass_.pass_id, (pass_.satellite, pass_.station)) for pass_ in passes)
    parts = []
    for word in words:
        result = run({**options, "what": (word,), "proof": None}, form)
        exit_code(result, form)  # its remark on an empty window; another pass may still make key
        parts.append(part_of_pass(result))
    return _hand_out(parts, options["proof"], form)


def _check(form: Form) -> None:
    form.allow(".json", ".csv")
    if form.as_ecsv:
        raise click.UsageError("the keys of blocks are handed out as --csv, --json or -o FILE")


def _hand_out(parts: "Sequence[Part]", proof: str | None, form: Form) -> int:
    from passplan.mission.files import write_file
    from passplan.mission.key_blocks import blocks_of, likely_repeats
    from passplan.mission.key_study import why_no_key
    from passplan.qkd.key_length import PROOFS

    for remark in likely_repeats(parts):
        form.remark(remark)
    asked = None if proof is None else tuple(PROOFS) if proof == ALL else (proof,)
    one = None if proof == ALL else proof
    blocks = blocks_of(parts, proofs=asked)
    text = _text(blocks, one, form)
    if form.output is None:
        click.echo(text, nl=False)
    else:
        write_file(form.output, text)
        form.remark(f"wrote {form.output}")
    reasons = [why_no_key(block.study.keys, standing=one or block.default_proof) for block in blocks]
    for number, why in enumerate(reasons, 1):
        if why is not None:
            form.remark(f"block {number}: {why}")
    return int(None not in reasons)


def _text(blocks: "Sequence[Block]", proof: str | None, form: Form) -> str:
    from passplan.mission.export import csv_text, json_text
    from passplan.report.block_sheet import blocks_document, blocks_rows, blocks_text
    from passplan.report.key_sheet import columns_of

    if form.is_json:
        return json_text(blocks_document(blocks, proof=proof))
    if form.is_table:
        return blocks_text(blocks, proof=proof)
    return csv_text(columns_of(blocks_rows(blocks)))
