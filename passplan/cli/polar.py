"""``passplan polar``: rotation of the polarization, what the wave plates do, contrast of each state, error by cause."""

from pathlib import Path
from typing import Any

import click

from passplan.cli.options import form_of, output_options, pass_options, run_options
from passplan.cli.stage import Part, busy, exit_code, hand_out, run, write_plots

PART = Part(
    titles=("pass", "polarization", "wave plates", "polarization states", "polarization error by cause"),
    keys=("pass", "window", "polarization", "polarization_cases"),
    columns=(
        "rotation",
        "hwp",
        "qwp",
        "residual",
        "unknown_angle",
        "contrast",
        "held_back",
        "error_hv",
        "error_da",
        "in_key",
    ),
    plots=("polarization_page",),
)


@click.command()
@pass_options
@run_options
@click.option(
    "--plots",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Folder for every polarization plot as a PNG file.",
)
@output_options
def command(plots: Path | None, **options: Any) -> int:
    """Rotation of the polarization, wave plates, contrast with and without them, error by cause, what the key can lose.

    -o FILE.png draws contrast, angles, rates of the plates and the error by cause on one page.
    """
    form = form_of(options)
    if plots is not None:
        from passplan.mission.files import check_folder

        check_folder(plots)
    result = run(options, form)
    if plots is not None:
        from passplan.report.drawing import draw_polarization

        write_plots(lambda: draw_polarization(result), plots, form)
    if not (form.is_table or form.is_json):
        hand_out(result, form, PART)
        return exit_code(result, form)
    with busy("changing one thing at a time"):
        from passplan.mission.polarization_cases import polarization_cases
        from passplan.report.cases_sheet import cases_document, cases_text

        cases = polarization_cases(result)
    hand_out(result, form, PART, further={"polarization_cases": cases_document(cases)})
    if form.is_table:
        click.echo(cases_text(cases, proof=result.payload.key.proof), nl=False)
    return exit_code(result, form)
