"""``passplan fit``: visibility, static loss, background and intrinsic error of a measured pass."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form, form_of, output_options, pass_options, run_options
from passplan.cli.stage import again, busy, run, write_plots

if TYPE_CHECKING:
    from passplan.mission.fit import Fit
    from passplan.mission.measured_pass import Measured
    from passplan.mission.result import PassPath, PassResult

SUFFIXES = (".json", ".csv", ".ecsv", ".png", ".svg", ".pdf")


class Held(click.ParamType):
    """NAME=VALUE of a parameter that is held."""

    name = "held"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        """Name and number of a text; whether they are known is for the fit to say."""
        name, _, number = value.partition("=")
        try:
            return name.strip(), float(number)
        except ValueError:
            self.fail(f"{value!r} is not NAME=VALUE, as visibility_km=23", param, ctx)


@click.command()
@pass_options
@run_options
@click.option(
    "--counts",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Measured counts a second, CSV or ECSV: time_utc, sifted_bits, errors or qber, and more.",
)
@click.option(
    "--hold",
    type=Held(),
    multiple=True,
    metavar="NAME=VALUE",
    help="Hold a parameter: visibility_km, static_loss_db, background_factor, background_cps, intrinsic_error; "
    "repeatable.",
)
@click.option(
    "--background",
    type=click.Choice(["factor", "constant"]),
    default="factor",
    show_default=True,
    help="Multiply the simulated sky, or fit one constant count with the dark counts in it.",
)
@click.option("--allow-gaps", is_flag=True, help="Take a file with holes between its rows.")
@click.option(
    "--plots", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Folder for data, residuals, page."
)
@output_options
def command(
    counts: Path, hold: tuple[tuple[str, float], ...], background: str, allow_gaps: bool, plots: Path | None,
    **options: Any,
) -> int:  # fmt: skip
    """Solve for visibility, static loss, background and intrinsic error of a measured pass.

    Tracking is simulated once; the options of a simulation give the start. Without errors in the file the intrinsic
    error is held, and so is the background unless counts with the signal blanked are there. Says which parameters the
    data cannot separate, and ends with the command that simulates with the fitted visibility and with what else to
    write into which file. A fit that ends at a limit of a parameter says so, and the exit code is 1.
    """
    form = form_of(options)
    form.allow(*SUFFIXES)
    held = _held(hold)
    read: list[Measured] = []

    def read_meanwhile(path: "PassPath") -> None:
        from passplan.mission.measured_pass import limits_of, read_measured

        read.append(read_measured(counts, limits=limits_of(path.selection), allow_gaps=allow_gaps))

    result = run(options, form, read_meanwhile)
    with busy("fitting"):
        from passplan.mission.fit import DEFAULT_PARAMETERS, fit_pass

        wanted = background == "constant" or "background_cps" in held
        instead = {"background_factor": "background_cps"} if wanted else {}
        names = tuple(instead.get(name, name) for name in DEFAULT_PARAMETERS)
        fit = fit_pass(result, read[0], parameters=names, hold=held)
    if not form.is_table:
        _remarks(fit, form)
    for gap in fit.measured.gaps:
        form.detail(f"{fit.measured.source}: {gap}")
    _hand_out(fit, result, form, options)
    if plots is not None:
        write_plots(lambda: _pictures(fit, result), plots, form)
    return _exit_code(fit, form)


def _held(hold: tuple[tuple[str, float], ...]) -> dict[str, float]:
    """Value of each held name; a name twice is refused."""
    held: dict[str, float] = {}
    for name, value in hold:
        if name in held:
            raise click.UsageError(f"--hold {name} stands twice, with {held[name]:g} and {value:g}; give it once")
        held[name] = value
    return held


def _exit_code(fit: "Fit", form: Form) -> int:
    """0, or 1 with a remark when a parameter ended at a limit."""
    from passplan.mission.fit_advice import limits_text

    if text := limits_text(fit):
        form.remark(f"the fit ended at a limit: {text}")
        return 1
    return 0


def _remarks(fit: "Fit", form: Form) -> None:
    for text in fit.inseparable:
        form.remark(f"not separated: {text}")
    for item in fit.parameters:
        if item.note and item.interval_68 is not None and not item.limit:
            form.remark(f"{item.name}: {item.note}")


def _hand_out(fit: "Fit", result: "PassResult", form: Form, options: dict[str, Any]) -> None:
    if form.output is not None:
        from passplan.mission.files import write_file

        write_file(form.output, _content(fit, result, form.output.suffix.lower()))
        form.remark(f"wrote {form.output}")
    elif form.is_table:
        from passplan.report.fit_sheet import fit_text

        click.echo(fit_text(fit, pass_id=result.pass_.pass_id), nl=False)
        _hand_on(fit, result, options)
    else:
        suffix = ".json" if form.as_json else ".csv" if form.as_csv else ".ecsv"
        click.echo(_content(fit, result, suffix), nl=False)


def _hand_on(fit: "Fit", result: "PassResult", options: dict[str, Any]) -> None:
    """What no file takes, the command that simulates with the fitted visibility, and what else goes into the files."""
    from passplan.mission.fit_advice import VISIBILITY, advice
    from passplan.report.fit_sheet import files_text

    if fit.at_limits:
        return
    told = advice(fit, result)
    for text in told.left_out:
        click.echo(f"LEFT OUT: {text}")
    fitted_km = [float(f"{change.value:.6g}") for change in told.changes if change.key == VISIBILITY]
    words = again({**options, **({"visibility_km": fitted_km[0]} if fitted_km else {})})
    click.echo(shlex.join(["passplan", "simulate", result.pass_.pass_id, "--seed", str(result.seed), *words]))
    if text := files_text(told):
        click.echo(text)


def _content(fit: "Fit", result: "PassResult", suffix: str) -> str | bytes:
    from passplan.mission.export import csv_text, ecsv_text, json_text, table_meta
    from passplan.report.fit_sheet import fit_columns, fit_document

    if suffix == ".json":
        return json_text(fit_document(fit, result))
    if suffix == ".csv":
        return csv_text(fit_columns(fit))
    if suffix == ".ecsv":
        return ecsv_text(fit_columns(fit), meta={**table_meta(result), "fitted": fit.values})
    from passplan.plots.fit import fit_page
    from passplan.report.drawing import picture

    return picture(fit_page(fit, pass_id=result.pass_.pass_id), suffix[1:], salt="fit")


def _pictures(fit: "Fit", result: "PassResult") -> dict[str, bytes]:
    from passplan.plots.fit import correlations, data_with_model, fit_page, residuals
    from passplan.report.drawing import picture

    figures = {
        "fit_data": data_with_model(fit).figure,
        "fit_residuals": residuals(fit).figure,
        "fit_correlation": correlations(fit).figure,
        "fit_page": fit_page(fit, pass_id=result.pass_.pass_id),
    }
    return {name: picture(figure, "png", salt=name) for name, figure in figures.items()}
