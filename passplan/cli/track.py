"""``passplan track``: acquisition, coarse and fine loops along a pass, in the time domain."""

from typing import Any

import click

from passplan.cli.options import form_of, output_options, pass_options, run_options
from passplan.cli.stage import Part, hand_out, run

PART = Part(
    titles=("pass", "tracking"),
    keys=("pass", "window", "tracking"),
    columns=("azimuth_deg", "elevation_deg", "range", "point", "jitter", "locked", "in_key"),
    plots=("tracking",),
)


@click.command()
@pass_options
@run_options
@output_options
def command(**options: Any) -> None:
    """Acquisition, coarse and fine loops along a pass, in the time domain."""
    form = form_of(options)
    hand_out(run(options, form), form, PART)
