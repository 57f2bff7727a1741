"""``passplan demo``: the worked night."""

from pathlib import Path
from typing import Any

import click

from passplan.cli.options import catalog_option, form_of, output_options, seed_option
from passplan.cli.simulate import run_with_report

DEMO_PASS = "micius/xinglong/20161219T1652"  # the pass of Figs 2 to 4 of Liao et al., Nature 549, 43 (2017)


@click.command()
@seed_option
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("passplan-demo"),
    show_default=True,
    help="Folder for report, table, document and plots.",
)
@catalog_option
@output_options
def command(report: Path, **options: Any) -> None:
    """Work one night through, offline: Micius over Xinglong on 2016-12-19, beside the figures published of it."""
    form = form_of(options)
    options |= {"what": (DEMO_PASS,), "night": None, "min_elevation": 10.0, "max_age_days": 30.0}
    options["max_sun_elevation"] = 0.0
    options |= dict.fromkeys(("disturbance", "visibility_km", "max_range_km", "proof"))
    _, again = run_with_report(report, options, form)
    if not (form.as_json or form.as_csv or form.as_ecsv):
        click.echo(f"What is assumed, and why, stands in {report}/report.html. Again:\n  {again}")
