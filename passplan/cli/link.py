"""``passplan link``: loss terms of a pass against time, how sure they are, and which input drives them."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form, form_of, output_options, pass_options, run_options
from passplan.cli.stage import Part, busy, exit_code, hand_out, run, write_plots

if TYPE_CHECKING:
    from passplan.mission.result import PassResult
    from passplan.mission.uncertainty import Uncertainty

PART = Part(
    titles=("pass", "key window", "link"),
    keys=("pass", "window", "link"),
    columns=("elevation_deg", "range_km", "loss", "transmittance", "background", "in_key"),
    plots=("loss",),
)
PLOTS = ("loss", "sifted_rate", "qber")


@click.command()
@pass_options
@run_options
@click.option(
    "--sensitivity",
    is_flag=True,
    help="68 % and 95 % bands from the spreads of the inputs, and which input drives them.",
)
@click.option(
    "--samples",
    type=click.IntRange(min=20, max=100_000),
    default=200,
    show_default=True,
    help="Joint samples of the inputs, with --sensitivity.",
)
@click.option(
    "--plots",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Folder for the plots of the link as PNG files.",
)
@output_options
def command(sensitivity: bool, samples: int, plots: Path | None, **options: Any) -> int:
    """Loss terms of a pass against time, transmitter output to in front of the detectors.

    --sensitivity varies every input that has a spread in the satellite's or the station's file.
    """
    form = form_of(options)
    if sensitivity and not (form.is_table or form.is_json):
        raise click.UsageError("--sensitivity makes tables or JSON: leave out --csv and --ecsv, or use -o FILE.json")
    if plots is not None:
        from passplan.mission.files import check_folder

        check_folder(plots)
    result = run(options, form)
    found = _uncertainty(result, samples, form) if sensitivity and result.mask.any() else None
    if plots is not None:
        write_plots(lambda: _pictures(result, found), plots, form)
    if found is None:
        hand_out(result, form, PART)
        return exit_code(result, form)
    from passplan.report.sensitivity_sheet import sensitivity_document, sensitivity_text

    part = replace(PART, keys=(*PART.keys, "uncertainty"))
    hand_out(result, form, part, further={"uncertainty": sensitivity_document(found)})
    if form.is_table:
        click.echo(sensitivity_text(found, proof=result.payload.key.proof), nl=False)
    return exit_code(result, form)


def _uncertainty(result: "PassResult", samples: int, form: Form) -> "Uncertainty":
    """Bands by a generator of the run's seed that no other draw uses."""
    with busy("varying the inputs"):
        import numpy as np

        from passplan.mission.uncertainty import uncertainty_of

        found = uncertainty_of(result, samples=samples, rng=np.random.default_rng(result.seed).spawn(3)[2])
    if not found.inputs:
        form.remark("no input has a spread: the bands hold the counting statistics alone")
    return found


def _pictures(result: "PassResult", found: "Uncertainty | None") -> dict[str, bytes]:
    from passplan.mission.validation import published_curves
    from passplan.report.drawing import draw

    curves = published_curves(result)
    drawn = {name: draw(name, result, curves) for name in PLOTS}
    if found is None:
        return drawn
    from passplan.report.sensitivity_sheet import sensitivity_pictures

    return drawn | sensitivity_pictures(result, found)
