"""``passplan key``: key length under each proof, of a pass or of measured counts; best settings; key against loss."""

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from passplan.cli.key_blocks import blocks_of_files, blocks_of_passes
from passplan.cli.key_studies import ALL, MISSION, PART, Asks, LossRange, check_proof, no_key, studied
from passplan.cli.options import Form, form_of, limit_options, output_options, run_options, sun_option
from passplan.cli.options import catalog_option as with_catalog
from passplan.cli.stage import exit_code, hand_out, run

_WITH_COUNTS = ("counts", "optimize", "sweep", "proof", "as_json", "as_csv", "as_ecsv", "output", "quiet", "verbose")


def _told_of_all(command: click.Command) -> click.Command:
    """The command with 'all' in the help of its --proof, which other commands do not take."""
    for option in command.params:
        if isinstance(option, click.Option) and option.name == "proof":
            option.help = f"{option.help} 'all' for every proof beside the others."
            option.metavar = "NAME|all"
    return command


@_told_of_all
@click.command()
@click.argument("what", nargs=-1, metavar="[PASS... | SATELLITE STATION]")
@click.option("--night", metavar="DATE", help="Evening of the night, with SATELLITE STATION.")
@click.option(
    "--counts",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Measured counts, JSON or CSV, instead of a pass; several files make blocks.",
)
@click.option("--optimize", is_flag=True, help="Best intensities, probabilities and bias of the source for the pass.")
@click.option(
    "--window",
    type=click.Choice((MISSION, "best")),
    default=MISSION,
    show_default=True,
    help="Seconds for --optimize and --sweep: by the mission's rule, or chosen by predicted loss and background.",
)
@click.option(
    "--sweep",
    type=LossRange(),
    metavar="loss=FROM:TO:STEP",
    help="Key against the loss of the best second, detectors included [dB], as loss=20:45:0.5.",
)
@limit_options
@sun_option
@with_catalog
@run_options
@output_options
@click.pass_context
def command(
    context: click.Context,
    counts: tuple[Path, ...],
    optimize: bool,
    window: str,
    sweep: tuple[float, ...] | None,
    **options: Any,
) -> int:
    """Print the key length of a pass, or of measured counts, under each proof.

    Sums of counts make keys: the clicks of the key window are added up, and one length is computed from them.

    Several PASS, or --counts several times, of one satellite and one station are one block, with one key from all their
    counts, beside the sum of the keys of its parts; other source settings start a block, and a key, of their own.

    --proof all adds every proof with its epsilons, or the reason why it is not for these counts. With --proof all,
    --optimize or --sweep, -o FILE.csv and -o FILE.png hold what was asked for, not the seconds of the pass.
    """
    form = form_of(options)
    asks = Asks(
        what=options["what"],
        night=options["night"],
        proof=options["proof"],
        optimize=optimize,
        window=window,
        losses_db=sweep,
    )
    if counts:
        _refuse_pass_options(context)
    asks.check(counts, form)
    check_proof(asks.proof)
    if len(counts) > 1:
        return blocks_of_files(counts, asks.proof, form)
    if counts:
        return measured_key(counts[0], asks.proof, form)
    if asks.is_block:
        return blocks_of_passes(options, form)
    if asks.anything:
        return studied(asks, options, form)
    result = run(options, form)
    hand_out(result, form, PART)
    return exit_code(result, form) or no_key(result.keys, result.payload.key.proof, form)


def _refuse_pass_options(context: click.Context) -> None:
    """Refuse options of a pass that are given with counts, which would change nothing."""
    given = [
        option.opts[0]
        for option in context.command.params
        if isinstance(option, click.Option)
        and option.name is not None
        and option.name not in _WITH_COUNTS
        and context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"with --counts leave out what belongs to a simulated pass: {', '.join(given)}")


def measured_key(path: Path, proof: str | None, form: Form) -> int:
    """Hand out the key length of a file of counts; returns the exit code."""
    form.allow(".json")
    if form.as_csv or form.as_ecsv:
        raise click.UsageError("the key of a file of counts is handed out as --json or -o FILE.json")
    from passplan.mission.export import json_text
    from passplan.mission.files import write_file
    from passplan.mission.key_study import marks_of
    from passplan.mission.measured import measured_document, measured_keys, remarks_of
    from passplan.qkd.key_length import PROOFS
    from passplan.report.console import keys_text
    from passplan.report.key_sheet import counts_text

    found = measured_keys(path, proofs=tuple(PROOFS) if proof == ALL else None if proof is None else (proof,))
    if form.is_json:
        text = json_text(measured_document(found, proof=None if proof == ALL else proof))
    else:
        marks = marks_of(found.default_proof, "default")
        text = counts_text(found.counts) + keys_text(found.study.keys, found.study.refused, marks=marks)
    for remark in remarks_of(found):
        form.remark(f"{found.name}: {remark}")
    if form.output is None:
        click.echo(text, nl=False)
    else:
        write_file(form.output, text)
        form.remark(f"wrote {form.output}")
    return no_key(found.study.keys, found.default_proof if proof in (None, ALL) else str(proof), form, of=found.name)
