"""``passplan polar``: rotation of the polarization, wave-plate command, contrast with and without compensation."""

from typing import Any

import click

from passplan.cli.options import form_of, output_options, pass_options, run_options
from passplan.cli.stage import Part, hand_out, run

PART = Part(
    titles=("pass", "polarization"),
    keys=("pass", "window", "polarization"),
    columns=("rotation", "hwp", "contrast", "in_key"),
    plots=("contrast", "rotation"),
)


@click.command()
@pass_options
@run_options
@output_options
def command(**options: Any) -> None:
    """Rotation of the polarization, wave-plate command, contrast with and without compensation."""
    form = form_of(options)
    hand_out(run(options, form), form, PART)
