"""``passplan key``: key length under each proof, of a pass or of measured counts; best settings; key against loss."""

from pathlib import Path
from typing import Any

import click

from passplan.cli.key_studies import ALL, MISSION, PART, Asks, LossRange, studied
from passplan.cli.options import Form, form_of, limit_options, output_options, run_options, sun_option
from passplan.cli.options import catalog_option as with_catalog
from passplan.cli.stage import exit_code, hand_out, run


@click.command()
@click.argument("what", nargs=-1, metavar="[PASS | SATELLITE STATION]")
@click.option("--night", metavar="DATE", help="Evening of the night, with SATELLITE STATION.")
@click.option("--counts", type=click.Path(path_type=Path), help="Measured counts, JSON or CSV, instead of a pass.")
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
def command(counts: Path | None, optimize: bool, window: str, sweep: tuple[float, ...] | None, **options: Any) -> int:
    """Print the key length of a pass, or of measured counts, under each proof.

    Sums of counts make keys: the clicks of the key window are added up, and one length is computed from them.

    --proof all adds every proof with its epsilons, or the reason why it is not for these counts. With --proof all,
    --optimize or --sweep, -o FILE.csv and -o FILE.png hold what was asked for, not the seconds of the pass.
    """
    form = form_of(options)
    asks = Asks(proof=options["proof"], optimize=optimize, window=window, losses_db=sweep)
    asks.check(options["what"], counts, form)
    if counts is not None:
        measured_key(counts, options["proof"], form)
        return 0
    if asks.anything:
        return studied(asks, options, form)
    result = run(options, form)
    hand_out(result, form, PART)
    return exit_code(result, form)


def measured_key(path: Path, proof: str | None, form: Form) -> None:
    """Key length of a file of counts."""
    from passplan.mission.export import json_text
    from passplan.mission.files import write_file
    from passplan.mission.measured import key_of_file, study_of_file
    from passplan.report.console import keys_text

    form.allow(".json")
    if form.as_csv or form.as_ecsv:
        raise click.UsageError("the key of a file of counts is handed out as --json or -o FILE.json")
    if proof == ALL:
        document, study = study_of_file(path)
        shown = keys_text(study.keys, study.refused)
    else:
        document, keys = key_of_file(path, proof=proof)
        shown = keys_text(keys)
    text = json_text(document) if form.as_json or form.output is not None else shown
    if form.output is None:
        click.echo(text, nl=False)
    else:
        write_file(form.output, text)
        form.remark(f"wrote {form.output}")
