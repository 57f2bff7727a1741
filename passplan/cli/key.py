"""``passplan key``: counts, error rate and key length under each proof, of a simulated pass or of measured counts."""

from pathlib import Path
from typing import Any

import click

from passplan.cli.options import Form, form_of, limit_options, output_options, run_options, sun_option
from passplan.cli.options import catalog_option as with_catalog
from passplan.cli.stage import Part, exit_code, hand_out, run

PART = Part(
    titles=("key window", "detection", "key"),
    keys=("pass", "window", "detection", "key"),
    columns=("clicks", "errors", "sifted", "qber", "background", "in_key"),
    plots=("qber",),
)


@click.command()
@click.argument("what", nargs=-1, metavar="[PASS | SATELLITE STATION]")
@click.option("--night", metavar="DATE", help="Evening of the night, with SATELLITE STATION.")
@click.option("--counts", type=click.Path(path_type=Path), help="Measured counts, JSON or CSV, instead of a pass.")
@limit_options
@sun_option
@with_catalog
@run_options
@output_options
def command(counts: Path | None, **options: Any) -> int:
    """Print the key length of a pass, or of measured counts, under each proof.

    Sums of counts make keys: the clicks of the key window are added up, and one length is computed from them.
    """
    form = form_of(options)
    if counts is not None:
        if options["what"]:
            raise click.UsageError("give a PASS or --counts FILE, not both")
        measured_key(counts, options["proof"], form)
        return 0
    result = run(options, form)
    hand_out(result, form, PART)
    return exit_code(result, form)


def measured_key(path: Path, proof: str | None, form: Form) -> None:
    """Key length of a file of counts."""
    from passplan.mission.export import json_text
    from passplan.mission.files import write_file
    from passplan.mission.measured import key_of_file
    from passplan.report.console import keys_text

    form.allow(".json")
    if form.as_csv or form.as_ecsv:
        raise click.UsageError("the key of a file of counts is handed out as --json or -o FILE.json")
    document, keys = key_of_file(path, proof=proof)
    text = json_text(document) if form.as_json or form.output is not None else keys_text(keys)
    if form.output is None:
        click.echo(text, nl=False)
    else:
        write_file(form.output, text)
        form.remark(f"wrote {form.output}")
