"""``passplan link``: loss terms of a pass against time, transmitter output to in front of the detectors."""

from typing import Any

import click

from passplan.cli.options import form_of, output_options, pass_options, run_options
from passplan.cli.stage import Part, exit_code, hand_out, run

PART = Part(
    titles=("pass", "key window", "link"),
    keys=("pass", "window", "link"),
    columns=("elevation_deg", "range_km", "loss", "transmittance", "background", "in_key"),
    plots=("loss",),
)


@click.command()
@pass_options
@run_options
@output_options
def command(**options: Any) -> int:
    """Loss terms of a pass against time, transmitter output to in front of the detectors."""
    form = form_of(options)
    result = run(options, form)
    hand_out(result, form, PART)
    return exit_code(result, form)
